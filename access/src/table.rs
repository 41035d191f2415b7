//! The one table of who may see and do what.
//!
//! [`COMMANDS`] says for each command which role may give it, where, and with what weight. [`Fields`] says the same of
//! reading `Type.field`. What is not in the table is refused.

use std::fmt;

use schema::{ClusterId, Kind, OrganisationId, ProjectId, Side, SubjectId};
use thiserror::Error;

use super::{
    Actor, Grant, Role,
    sides::{Confirming, Recorder, is_counterparty},
};

/// What part of the record a role acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Anywhere,
    /// Clusters that the grant names.
    OwnClusters,
    /// Projects that the grant names, those in its clusters, and those that its organisation leads.
    OwnProjects,
    /// Permits that the grant's organisation decides on.
    OwnAuthority,
    /// Programmes and awards that the grant's organisation funds.
    OwnFunding,
    /// Partnerships that the grant's organisation is a party of.
    OwnPartnerships,
    /// Clusters that the grant's organisation is a member of.
    OwnMembership,
    /// Clusters and projects that the grant's organisation funds.
    OwnBacking,
    /// Memberships in the grant's own role for its organisation, where the grant owns that.
    OwnOrganisation,
    /// What is on record of whoever asks.
    Oneself,
}

/// What a role's word weighs where a command is concerned.
///
/// A project lead may log that a permit was granted, but the grant is the authority's fact: the lead claims it, the
/// authority settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// May confirm what others record, and record nothing.
    Witness,
    /// May record, and amend what they recorded themselves.
    Claim,
    /// The party whose fact it is: may record, and amend whoever recorded it.
    Party,
    /// The counterparty whose fact it is: as a party, and what it records or confirms is confirmed by that.
    Authority,
}

impl Weight {
    const fn records(self) -> bool {
        matches!(self, Self::Claim | Self::Party | Self::Authority)
    }

    const fn confirms(self) -> bool {
        matches!(self, Self::Witness | Self::Authority)
    }
}

/// One role's part in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Who.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// With what weight.
    pub weight: Weight,
}

const fn rule(role: Role, scope: Scope, weight: Weight) -> Rule {
    Rule { role, scope, weight }
}

/// What concerns all clusters together is for the initiative to say.
const INITIATIVE: &[Rule] = &[rule(Role::Administrator, Scope::Anywhere, Weight::Party)];

/// Organisations, and the policy that clusters rely on, are shared by all clusters.
const SHARED: &[Rule] =
    &[rule(Role::Administrator, Scope::Anywhere, Weight::Party), rule(Role::ClusterManager, Scope::Anywhere, Weight::Claim)];

/// Who belongs to a cluster.
const MEMBER: &[Rule] =
    &[rule(Role::Administrator, Scope::Anywhere, Weight::Party), rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party)];

/// What a cluster says of itself: its manager owns the baseline and the targets.
const CLUSTER: &[Rule] = &[rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party)];

/// Documents for a criterion of a cluster's ladder: others accept them, of whom the ladder names some for each criterion.
const CLUSTER_CRITERION: &[Rule] = &[
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::ProjectLead, Scope::OwnMembership, Weight::Witness),
    rule(Role::Funder, Scope::OwnBacking, Weight::Witness),
    rule(Role::Verifier, Scope::Anywhere, Weight::Witness),
    rule(Role::Administrator, Scope::Anywhere, Weight::Witness),
];

/// What becomes of a project.
const PROJECT: &[Rule] =
    &[rule(Role::ProjectLead, Scope::OwnProjects, Weight::Party), rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party)];

/// Documents for a criterion of a project's ladder: others accept them, of whom the ladder names some for each criterion.
const PROJECT_CRITERION: &[Rule] = &[
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Witness),
    rule(Role::ProjectLead, Scope::OwnMembership, Weight::Witness),
    rule(Role::Funder, Scope::OwnBacking, Weight::Witness),
    rule(Role::Verifier, Scope::Anywhere, Weight::Witness),
    rule(Role::Administrator, Scope::Anywhere, Weight::Witness),
];

/// A criterion is waived by whoever keeps the cluster, not by whoever has to meet it.
const WAIVER: &[Rule] = &[rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party)];

/// A programme is its funder's.
const PROGRAMME: &[Rule] =
    &[rule(Role::Funder, Scope::OwnFunding, Weight::Authority), rule(Role::Administrator, Scope::Anywhere, Weight::Party)];

/// That money is sought or given: both sides bring it on record.
const AWARD: &[Rule] = &[
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::Funder, Scope::OwnFunding, Weight::Party),
];

/// What whoever seeks money does; who funds can confirm it.
const SEEKER: &[Rule] = &[
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::Funder, Scope::OwnFunding, Weight::Witness),
];

/// What a funder does; whoever receives may log it, as a claim.
const FUNDER: &[Rule] = &[
    rule(Role::Funder, Scope::OwnFunding, Weight::Authority),
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Claim),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Claim),
];

/// What partners do: one records it, another confirms it; of one between clusters, the manager of the other.
const PARTNERSHIP: &[Rule] = &[
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Witness),
    rule(Role::ProjectLead, Scope::OwnPartnerships, Weight::Party),
    rule(Role::ProjectLead, Scope::OwnPartnerships, Weight::Witness),
];

/// What an applicant does; the authority it is done to can confirm it.
const APPLICANT: &[Rule] = &[
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::Regulator, Scope::OwnAuthority, Weight::Witness),
];

/// What an authority does; the applicant may log it, as a claim.
const AUTHORITY: &[Rule] = &[
    rule(Role::Regulator, Scope::OwnAuthority, Weight::Authority),
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Claim),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Claim),
];

/// What a court or another third party does: each side may log it, neither settles it.
const THIRD_PARTY: &[Rule] = &[
    rule(Role::Regulator, Scope::OwnAuthority, Weight::Party),
    rule(Role::ProjectLead, Scope::OwnProjects, Weight::Claim),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Claim),
];

/// Who holds which role, and where: a manager gives roles in its own clusters, an owner its own role for its organisation.
const MEMBERSHIP: &[Rule] = &[
    rule(Role::Administrator, Scope::Anywhere, Weight::Party),
    rule(Role::ClusterManager, Scope::OwnClusters, Weight::Party),
    rule(Role::ProjectLead, Scope::OwnOrganisation, Weight::Party),
    rule(Role::Funder, Scope::OwnOrganisation, Weight::Party),
    rule(Role::Regulator, Scope::OwnOrganisation, Weight::Party),
];

/// Which tokens hold no longer: everybody says so of their own.
const CREDENTIAL: &[Rule] = &[
    rule(Role::Administrator, Scope::Anywhere, Weight::Party),
    rule(Role::ClusterManager, Scope::Oneself, Weight::Party),
    rule(Role::ProjectLead, Scope::Oneself, Weight::Party),
    rule(Role::Funder, Scope::Oneself, Weight::Party),
    rule(Role::Regulator, Scope::Oneself, Weight::Party),
    rule(Role::Verifier, Scope::Oneself, Weight::Party),
    rule(Role::Auditor, Scope::Oneself, Weight::Party),
];

/// Every command that states a fact, the type of event it records, and whose part it is. Auditors have none but to revoke
/// their own tokens.
pub static COMMANDS: &[(&str, &str, &[Rule])] = &[
    ("exchangeRatesPublish", "ExchangeRatesPublished", INITIATIVE),
    ("organisationRegister", "OrganisationRegistered", SHARED),
    ("initiativeName", "InitiativeNamed", INITIATIVE),
    ("initiativeFigureState", "InitiativeFigureStated", INITIATIVE),
    ("clusterRegister", "ClusterRegistered", INITIATIVE),
    ("clusterMemberJoin", "ClusterMemberJoined", MEMBER),
    ("clusterMemberLeave", "ClusterMemberLeft", MEMBER),
    ("clusterConvenorName", "ClusterConvenorNamed", MEMBER),
    ("clusterCharterSign", "ClusterCharterSigned", CLUSTER),
    ("clusterGovernanceEstablish", "ClusterGovernanceEstablished", CLUSTER),
    ("clusterBaselineState", "ClusterBaselineStated", CLUSTER),
    ("clusterTargetSet", "ClusterTargetSet", CLUSTER),
    ("clusterSharedAssetDeclare", "SharedAssetDeclared", CLUSTER),
    ("clusterTalentProgrammeLaunch", "TalentProgrammeLaunched", CLUSTER),
    ("clusterStandardAdopt", "StandardAdopted", CLUSTER),
    ("clusterPracticeShare", "PracticeShared", CLUSTER),
    ("clusterPermitScopeDeclare", "ClusterPermitScopeDeclared", CLUSTER),
    ("clusterRelianceDeclare", "ClusterRelianceDeclared", CLUSTER),
    ("clusterCriterionEvidence", "ClusterCriterionEvidenced", CLUSTER_CRITERION),
    ("clusterCriterionWaive", "ClusterCriterionWaived", INITIATIVE),
    ("projectRegister", "ProjectRegistered", PROJECT),
    ("projectRescope", "ProjectRescoped", PROJECT),
    ("projectRename", "ProjectRenamed", PROJECT),
    ("projectStandingReport", "ProjectStandingReported", PROJECT),
    ("projectStageEnter", "ProjectStageEntered", PROJECT),
    ("projectSuspend", "ProjectSuspended", PROJECT),
    ("projectResume", "ProjectResumed", PROJECT),
    ("projectShelve", "ProjectShelved", PROJECT),
    ("projectCancel", "ProjectCancelled", PROJECT),
    ("projectRevive", "ProjectRevived", PROJECT),
    ("milestonePlan", "MilestonePlanned", PROJECT),
    ("milestoneReschedule", "MilestoneRescheduled", PROJECT),
    ("milestoneRebaseline", "MilestoneRebaselined", PROJECT),
    ("milestoneAchieve", "MilestoneAchieved", PROJECT),
    ("milestoneDrop", "MilestoneDropped", PROJECT),
    ("projectDependencyDeclare", "DependencyDeclared", PROJECT),
    ("projectDependencyDrop", "DependencyDropped", PROJECT),
    ("projectFidPlan", "FidPlanned", PROJECT),
    ("projectFidDefer", "FidDeferred", PROJECT),
    ("projectFidTake", "FidTaken", PROJECT),
    ("projectFinancialCloseReach", "ProjectFinancialCloseReached", PROJECT),
    ("projectCostEstimate", "CostEstimated", PROJECT),
    ("projectCapacityCommission", "CapacityCommissioned", PROJECT),
    ("projectAbatementReport", "AbatementReported", PROJECT),
    ("projectPermitScopeDeclare", "ProjectPermitScopeDeclared", PROJECT),
    ("projectRelianceDeclare", "ProjectRelianceDeclared", PROJECT),
    ("projectFundingDeclare", "ProjectFundingDeclared", PROJECT),
    ("projectCriterionEvidence", "ProjectCriterionEvidenced", PROJECT_CRITERION),
    ("projectCriterionWaive", "ProjectCriterionWaived", WAIVER),
    ("permitIdentify", "PermitIdentified", APPLICANT),
    ("permitRegimeDetermine", "RegimeDetermined", AUTHORITY),
    ("permitPreApplicationOpen", "PreApplicationOpened", APPLICANT),
    ("permitApplicationSubmit", "ApplicationSubmitted", APPLICANT),
    ("permitApplicationAmend", "ApplicationAmended", APPLICANT),
    ("permitApplicationReturn", "ApplicationReturned", AUTHORITY),
    ("permitApplicationAccept", "ApplicationAccepted", AUTHORITY),
    ("permitClockStart", "ClockStarted", AUTHORITY),
    ("permitProcedureStepTake", "ProcedureStepTaken", AUTHORITY),
    ("permitDeadlinePublish", "DeadlinePublished", AUTHORITY),
    ("permitLimitReplace", "LimitReplaced", AUTHORITY),
    ("permitInformationRequest", "InformationRequested", AUTHORITY),
    ("permitClockStop", "ClockStopped", AUTHORITY),
    ("permitInformationSupply", "InformationSupplied", APPLICANT),
    ("permitClockResume", "ClockResumed", AUTHORITY),
    ("permitDeadlineExtend", "DeadlineExtended", AUTHORITY),
    ("permitConsultationOpen", "ConsultationOpened", AUTHORITY),
    ("permitConsulteeAnswer", "ConsulteeAnswered", THIRD_PARTY),
    ("permitConsultationClose", "ConsultationClosed", AUTHORITY),
    ("permitApplicationCallIn", "ApplicationCalledIn", THIRD_PARTY),
    ("permitRecommend", "RecommendationMade", AUTHORITY),
    ("permitRefuse", "PermitRefused", AUTHORITY),
    ("permitPartlyGrant", "PermitPartlyGranted", AUTHORITY),
    ("permitGrant", "PermitGranted", AUTHORITY),
    ("permitDeemGranted", "PermitDeemedGranted", AUTHORITY),
    ("permitApplicationWithdraw", "ApplicationWithdrawn", APPLICANT),
    ("permitApplicationLapse", "ApplicationLapsed", AUTHORITY),
    ("permitChallengeLodge", "ChallengeLodged", THIRD_PARTY),
    ("permitChallengeWithdraw", "ChallengeWithdrawn", THIRD_PARTY),
    ("permitChallengeDismiss", "ChallengeDismissed", THIRD_PARTY),
    ("permitChallengeUphold", "ChallengeUpheld", THIRD_PARTY),
    ("permitDeterminationQuash", "DeterminationQuashed", THIRD_PARTY),
    ("permitRedeterminationOpen", "RedeterminationOpened", AUTHORITY),
    ("permitConditionDetailsSubmit", "ConditionDetailsSubmitted", APPLICANT),
    ("permitConditionDischarge", "ConditionDischarged", AUTHORITY),
    ("permitConditionBreach", "ConditionBreached", AUTHORITY),
    ("permitSurrender", "PermitSurrendered", APPLICANT),
    ("permitExpire", "PermitExpired", AUTHORITY),
    ("permitStandingReport", "PermitStandingReported", AUTHORITY),
    ("programmeOpen", "ProgrammeOpened", PROGRAMME),
    ("programmeBudgetAmend", "ProgrammeBudgetAmended", PROGRAMME),
    ("programmeClose", "ProgrammeClosed", PROGRAMME),
    ("awardIdentify", "AwardIdentified", AWARD),
    ("awardApply", "AwardAppliedFor", SEEKER),
    ("awardShortlist", "AwardShortlisted", FUNDER),
    ("awardExpect", "AwardExpected", FUNDER),
    ("awardDecline", "AwardDeclined", FUNDER),
    ("awardMake", "AwardMade", FUNDER),
    ("awardAgreementSign", "AwardAgreementSigned", FUNDER),
    ("awardAmend", "AwardAmended", FUNDER),
    ("awardFinancialCloseReach", "FinancialCloseReached", SEEKER),
    ("awardConditionMeet", "AwardConditionMet", FUNDER),
    ("awardDisburse", "AwardDisbursed", FUNDER),
    ("awardPerformancePay", "PerformancePaid", FUNDER),
    ("awardDeobligate", "AwardDeobligated", FUNDER),
    ("awardRecover", "AwardRecovered", FUNDER),
    ("awardLoanRepay", "LoanRepaid", FUNDER),
    ("awardGuaranteeCall", "GuaranteeCalled", FUNDER),
    ("awardTerminate", "AwardTerminated", FUNDER),
    ("partnershipIdentify", "PartnershipIdentified", PARTNERSHIP),
    ("partnershipDiscussionOpen", "PartnershipDiscussionOpened", PARTNERSHIP),
    ("partnershipMemorandumSign", "MemorandumSigned", PARTNERSHIP),
    ("partnershipTermSheetSign", "TermSheetSigned", PARTNERSHIP),
    ("partnershipAgreementSign", "BindingAgreementSigned", PARTNERSHIP),
    ("partnershipBecomeActive", "PartnershipBecameActive", PARTNERSHIP),
    ("partnershipPartnerJoin", "PartnerJoined", PARTNERSHIP),
    ("partnershipPartnerLeave", "PartnerLeft", PARTNERSHIP),
    ("partnershipExpire", "PartnershipExpired", PARTNERSHIP),
    ("partnershipTerminate", "PartnershipTerminated", PARTNERSHIP),
    ("policyMeasureIdentify", "PolicyMeasureIdentified", SHARED),
    ("policyMeasurePropose", "PolicyMeasureProposed", SHARED),
    ("policyMeasureConsultationOpen", "PolicyMeasureConsultationOpened", SHARED),
    ("policyMeasureAdopt", "PolicyMeasureAdopted", SHARED),
    ("policyMeasureEnterIntoForce", "PolicyMeasureEnteredIntoForce", SHARED),
    ("policyMeasureEffectSet", "PolicyMeasureEffectSet", SHARED),
    ("policyMeasureAmend", "PolicyMeasureAmended", SHARED),
    ("policyMeasureSuspend", "PolicyMeasureSuspended", SHARED),
    ("policyMeasureRepeal", "PolicyMeasureRepealed", SHARED),
    ("subjectAdmit", "SubjectAdmitted", INITIATIVE),
    ("membershipGrant", "MembershipGranted", MEMBERSHIP),
    ("membershipEnd", "MembershipEnded", MEMBERSHIP),
    ("tokenRevoke", "CredentialRevoked", CREDENTIAL),
    ("sessionsEnd", "SessionsEnded", CREDENTIAL),
];

/// What is done to a fact that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Amendment {
    /// Another fact in its place (`corrects`).
    Correct,
    /// Taken back (`factRetract`).
    Retract,
    /// Documents added (`factEvidenceAttach`).
    AttachEvidence,
    /// Confirmed (`factConfirm`).
    Confirm,
    /// Said not to be right (`factDispute`).
    Dispute,
}

/// The commands that are about a fact on record, whichever command stated it. A correction is the command that states
/// the right fact.
pub static AMENDMENTS: &[(&str, Amendment)] = &[
    ("factRetract", Amendment::Retract),
    ("factEvidenceAttach", Amendment::AttachEvidence),
    ("factConfirm", Amendment::Confirm),
    ("factDispute", Amendment::Dispute),
];

/// The command by which the instants of acts are said to be wrong. It is about the record, and no thing of it.
pub const DISOWN: &str = "instantsDisown";

/// The commands that are about the record as a whole.
pub static OF_RECORD: &[(&str, &str, &[Rule])] = &[(DISOWN, "InstantsDisowned", INITIATIVE)];

/// The command of several acts. It needs what the command of each of its acts needs.
pub const TOGETHER: &str = "actsRecord";

/// Where a thing stands in the record, as far as access is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The clusters that the thing is, or that its projects are in.
    pub clusters: Vec<ClusterId>,
    /// The projects that the thing is, or is about.
    pub projects: Vec<ProjectId>,
    /// The organisations that lead those projects.
    pub leads: Vec<OrganisationId>,
    /// The authority that decides, for a permit.
    pub authority: Option<OrganisationId>,
    /// Who funds, for a programme or an award.
    pub funder: Option<OrganisationId>,
    /// Who is a party, for a partnership.
    pub partners: Vec<OrganisationId>,
    /// Who is a member of those clusters, where documents are to be accepted.
    pub members: Vec<OrganisationId>,
    /// Who funds those clusters and projects, where documents are to be accepted.
    pub backers: Vec<OrganisationId>,
    /// For which organisation in which role, for a membership.
    pub membership: Option<(OrganisationId, Role)>,
    /// Whose it is, for what is on record of a subject.
    pub subject: Option<SubjectId>,
}

impl Reach {
    /// Everything that is within this or within `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.clusters.extend(other.clusters);
        self.projects.extend(other.projects);
        self.leads.extend(other.leads);
        self.partners.extend(other.partners);
        self.members.extend(other.members);
        self.backers.extend(other.backers);
        self.authority = self.authority.or(other.authority);
        self.funder = self.funder.or(other.funder);
        self.membership = self.membership.or(other.membership);
        self.subject = self.subject.or(other.subject);
        self
    }

    /// Whether this is no further than `other`: in the same clusters and projects, or, where it is in none, with the same
    /// organisations. Who leads what is in a cluster or a project does not move it.
    #[must_use]
    pub fn lies_within(&self, other: &Self) -> bool {
        let has_place = !self.clusters.is_empty() || !self.projects.is_empty();
        self.clusters.iter().all(|cluster| other.clusters.contains(cluster))
            && self.projects.iter().all(|project| other.projects.contains(project))
            && (has_place || self.leads.iter().all(|lead| other.leads.contains(lead)))
            && (has_place || self.partners.iter().all(|partner| other.partners.contains(partner)))
            && self.authority == other.authority
            && self.funder == other.funder
    }
}

/// In what capacity an actor may go ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumed<'a> {
    /// By which grant.
    pub grant: &'a Grant,
    /// With what weight: what an [`Weight::Authority`] records is confirmed.
    pub weight: Weight,
}

impl Assumed<'_> {
    /// As which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.grant.role
    }

    /// For which organisation.
    #[must_use]
    pub const fn organisation(&self) -> Option<OrganisationId> {
        self.grant.organisation
    }
}

/// What is to be done to an act on record, and whose acts that touches.
#[derive(Debug, Clone)]
pub struct Amending<'a> {
    /// What is to be done.
    pub amendment: Amendment,
    /// The command that states such facts.
    pub command: &'a str,
    /// The kind of thing.
    pub kind: Kind,
    /// Whose acts it touches: the act itself, the version that counts in its place, and who made it their own by
    /// confirming it.
    pub recorders: &'a [Recorder],
    /// Whether the act is somebody's word on another's fact: a confirmation or a dispute.
    pub is_word: bool,
    /// Whether it says where the thing stands, so that whoever has it out of reach has that out of reach too.
    pub places: bool,
    /// Whether the thing is a partnership between clusters, of which each is a side.
    pub is_between_clusters: bool,
    /// The roles that accept documents for the criterion, where it is about one.
    pub accepted_by: Option<&'a [Role]>,
}

/// The actor may not do this. Says nothing of the thing that it was to be done to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The token was narrowed.
    #[error("the token's scope has no {0}; ask for a token that has")]
    Narrowed(&'static str),
    /// Who held what is never restated: what was done by it was done.
    #[error(
        "what is on record of a subject is neither corrected nor taken back, confirmed nor disputed; end the membership and grant \
         another, or make another token"
    )]
    NotAmended,
    /// A role that ends would not, if whoever holds it could give it to themselves.
    #[error("nobody gives a role to themselves; ask somebody else who may")]
    ToOneself,
    /// No role of the actor may do it, or not here.
    #[error("none of your roles may do '{command}' here; it is for {who}")]
    OutOfScope {
        /// What was to be done.
        command: String,
        /// Who may do it, by the table: that says nothing of the thing.
        who: String,
    },
}

impl Refusal {
    /// No role of the actor may do `command`, or not here.
    #[must_use]
    pub fn out_of_scope(command: &str) -> Self {
        Self::OutOfScope { command: command.chars().take(60).collect(), who: who_may(command) }
    }
}

/// Who has a part in `command`, in words: each role with its part of the record, and those who only confirm last.
fn who_may(command: &str) -> String {
    let of = |records: bool| {
        let mut said: Vec<String> = Vec::new();
        for rule in rules(command).iter().filter(|rule| rule.weight.records() == records) {
            let words = format!("{} ({})", rule.role, rule.scope);
            if !said.contains(&words) {
                said.push(words);
            }
        }
        said.join(", ")
    };
    match (of(true), of(false)) {
        (recording, _) if recording.is_empty() => "nobody".to_owned(),
        (recording, confirming) if confirming.is_empty() => recording,
        (recording, confirming) => format!("{recording}; to confirm only, for {confirming}"),
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anywhere => "everywhere",
            Self::OwnClusters => "in its clusters",
            Self::OwnProjects => "for its projects",
            Self::OwnAuthority => "where its organisation decides",
            Self::OwnFunding => "where its organisation funds",
            Self::OwnPartnerships => "where its organisation is a partner",
            Self::OwnMembership => "where its organisation is a member",
            Self::OwnBacking => "where its organisation backs",
            Self::OwnOrganisation => "for the organisation that it owns",
            Self::Oneself => "about oneself",
        })
    }
}

impl Scope {
    /// Whether `grant` extends to `reach`.
    #[must_use]
    pub fn covers(self, grant: &Grant, reach: &Reach) -> bool {
        match self {
            Self::Anywhere => true,
            Self::OwnClusters => meet(&grant.clusters, &reach.clusters),
            Self::OwnProjects => {
                meet(&grant.projects, &reach.projects)
                    || meet(&grant.clusters, &reach.clusters)
                    || grant.organisation.is_some_and(|organisation| reach.leads.contains(&organisation))
            }
            Self::OwnAuthority => grant.organisation.is_some() && grant.organisation == reach.authority,
            Self::OwnFunding => grant.organisation.is_some() && grant.organisation == reach.funder,
            Self::OwnPartnerships => grant.organisation.is_some_and(|organisation| reach.partners.contains(&organisation)),
            Self::OwnMembership => grant.organisation.is_some_and(|organisation| reach.members.contains(&organisation)),
            Self::OwnBacking => grant.organisation.is_some_and(|organisation| reach.backers.contains(&organisation)),
            Self::OwnOrganisation => {
                grant.owner && grant.organisation.is_some_and(|organisation| reach.membership == Some((organisation, grant.role)))
            }
            // No grant says who holds it.
            Self::Oneself => false,
        }
    }
}

fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.iter().any(|one| b.contains(one))
}

/// The rules of `command`; none if there is no such command.
#[must_use]
pub fn rules(command: &str) -> &'static [Rule] {
    COMMANDS.iter().chain(OF_RECORD).find(|(name, ..)| *name == command).map_or(&[], |(.., rules)| rules)
}

/// The command that records events of `event_type`; none for what only an import records.
#[must_use]
pub fn command_recording(event_type: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(_, recorded, _)| *recorded == event_type).map(|(name, ..)| *name)
}

/// Whether any command is for one of the roles of `actor`, wherever that may be, beside those about themselves.
#[must_use]
pub fn records_anything(actor: &Actor) -> bool {
    let is_for = |rule: &Rule, grant: &Grant| rule.role == grant.role && rule.scope != Scope::Oneself;
    let has_command = |grant: &Grant| COMMANDS.iter().any(|(.., rules)| rules.iter().any(|rule| is_for(rule, grant)));
    actor.scopes.write && actor.grants.iter().any(has_command)
}

/// How the table and the mutations of a schema differ, a line each. A test expects none.
#[must_use]
pub fn command_differences(mutations: &[&str]) -> Vec<String> {
    let listed = COMMANDS.iter().chain(OF_RECORD).map(|(name, ..)| *name).chain(AMENDMENTS.iter().map(|(name, _)| *name));
    let listed: Vec<&str> = listed.chain([TOGETHER]).collect();
    let unlisted = mutations.iter().filter(|name| !listed.contains(name)).map(|name| format!("{name} is not in the table"));
    unlisted
        .chain(listed.iter().filter(|name| !mutations.contains(name)).map(|name| format!("{name} is not in the schema")))
        .collect()
}

/// In what capacity `actor` may give `command` to a thing at `reach`: the weightiest, where there are several.
///
/// # Errors
///
/// When no grant allows it, when the token was narrowed to reading, or when there is no such command.
pub fn permits<'a>(actor: &'a Actor, command: &str, reach: &Reach) -> Result<Assumed<'a>, Refusal> {
    let is_own = |rule: &Rule| rule.scope == Scope::Oneself && reach.subject == Some(actor.subject);
    assume(actor, command, |grant, rule| rule.weight.records() && (rule.scope.covers(grant, reach) || is_own(rule)))
}

/// The role whose own acts `command` states: those of an authority or of a funder. None where it states nobody's in
/// particular.
#[must_use]
pub fn author(command: &str) -> Option<Role> {
    rules(command).iter().find(|rule| rule.weight == Weight::Authority).map(|rule| rule.role)
}

/// In what capacity `actor` may do to an act at `reach` what `amending` says; `side` says on whose side each of their grants
/// stands there.
///
/// - An act of an authority or a funder is undone by that party alone, wherever the thing stands by now.
/// - What was recorded for an organisation is amended by its members; what nobody recorded for one, by whoever recorded it.
///   So it is by the party whose fact it is, unless that is another's act: of a competing lead, of the other side.
/// - A confirmation and a dispute are taken back by those whose word they are.
/// - Only a counterparty confirms; of documents, only those whom the ladder names accept.
/// - Whoever has a part in it disputes, but not what is their own: that is corrected.
/// - What is on record of a subject nobody amends: a revocation that could be taken back would be none.
///
/// # Errors
///
/// As for [`permits`].
pub fn permits_amendment<'a>(
    actor: &'a Actor,
    reach: &Reach,
    amending: &Amending<'_>,
    side: impl Fn(&Grant) -> Side,
) -> Result<Assumed<'a>, Refusal> {
    if amending.kind == Kind::Subject {
        return Err(Refusal::NotAmended);
    }
    let recorders = amending.recorders;
    assume(actor, amending.command, |grant, rule| {
        let covers = || rule.scope.covers(grant, reach);
        let confirming = || Confirming { subject: actor.subject, grant, side: side(grant) };
        match amending.amendment {
            Amendment::Confirm => {
                let is_named = amending.accepted_by.is_none_or(|roles| roles.contains(&grant.role));
                rule.weight.confirms()
                    && is_named
                    && covers()
                    && recorders.iter().all(|said| {
                        is_counterparty(amending.kind, said, &confirming(), &reach.leads, amending.is_between_clusters)
                    })
            }
            Amendment::Dispute => covers() && !recorders.iter().any(|said| is_own_side(actor, grant, said)),
            Amendment::Correct | Amendment::Retract | Amendment::AttachEvidence => {
                let is_ours = recorders.iter().all(|said| is_own_act(grant, said)) && rule.weight.records();
                let stays_ours = is_ours && !recorders.is_empty() && !amending.places;
                let competes = |said: &Recorder| competes(amending, said, &confirming(), reach);
                (covers() || stays_ours)
                    && recorders
                        .iter()
                        .all(|said| may_amend(actor, (grant, rule.weight), said, amending.is_word, || competes(said)))
            }
        }
    })
}

/// Whether what `said` recorded is a competitor's: of the other side of a partnership, or of another company's lead.
fn competes(amending: &Amending<'_>, said: &Recorder, confirming: &Confirming<'_>, reach: &Reach) -> bool {
    let is_partnership = amending.kind == Kind::Partnership;
    is_competing_lead(said, confirming)
        || (is_partnership && is_counterparty(amending.kind, said, confirming, &reach.leads, amending.is_between_clusters))
}

/// Whether an act was recorded by the bearer of `grant`, or for their organisation.
fn is_own_side(actor: &Actor, grant: &Grant, said: &Recorder) -> bool {
    said.subject == actor.subject || (said.organisation.is_some() && said.organisation == grant.organisation)
}

/// Whether an act belongs to the bearer of `grant`: to their organisation, or to themselves where it was recorded for none.
fn is_own(actor: &Actor, grant: &Grant, said: &Recorder) -> bool {
    match said.organisation {
        Some(organisation) => grant.organisation == Some(organisation),
        None => said.subject == actor.subject,
    }
}

/// Whether an act was recorded in the same role for the same organisation, and so stays theirs wherever the thing goes.
fn is_own_act(grant: &Grant, said: &Recorder) -> bool {
    said.organisation.is_some() && said.organisation == grant.organisation && said.role == Some(grant.role)
}

fn may_amend(
    actor: &Actor,
    (grant, weight): (&Grant, Weight),
    said: &Recorder,
    is_word: bool,
    competes: impl FnOnce() -> bool,
) -> bool {
    let is_own = is_own(actor, grant, said);
    if is_word {
        return is_own;
    }
    if said.is_act_of_party() {
        return is_own && said.role == Some(grant.role);
    }
    match weight {
        Weight::Authority => true,
        Weight::Party => is_own || !competes(),
        Weight::Claim => is_own,
        Weight::Witness => false,
    }
}

/// Whether an act is of a lead for other organisations than those for which this lead speaks: companies compete.
fn is_competing_lead(said: &Recorder, confirming: &Confirming<'_>) -> bool {
    let both_lead = said.role == Some(Role::ProjectLead) && confirming.grant.role == Role::ProjectLead;
    both_lead
        && !said.side.organisations.is_empty()
        && !confirming.side.organisations.is_empty()
        && !said.side.shares_organisation(&confirming.side)
}

fn assume<'a>(actor: &'a Actor, command: &str, enough: impl Fn(&Grant, &Rule) -> bool) -> Result<Assumed<'a>, Refusal> {
    if !actor.scopes.write {
        return Err(Refusal::Narrowed("milepost:write"));
    }
    let rules = rules(command);
    let assumed = actor.grants.iter().flat_map(|grant| rules.iter().map(move |rule| (grant, rule)));
    assumed
        .filter(|(grant, rule)| grant.role == rule.role && enough(grant, rule))
        .max_by_key(|(_, rule)| rule.weight)
        .map(|(grant, rule)| Assumed { grant, weight: rule.weight })
        .ok_or_else(|| Refusal::out_of_scope(command))
}

/// Who may read a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever bears a valid token that gives a role.
    SignedIn,
    /// Bearers of one of these roles.
    Roles(&'static [Role]),
    /// The parties of the thing, and auditors. To anybody else the field is null.
    Parties,
    /// Figures of a company: for the parties of the thing, funders and auditors. Companies in a cluster compete.
    Commercial,
}

impl fmt::Display for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedIn => f.write_str("everybody"),
            Self::Roles(roles) => {
                let names: Vec<&str> = roles.iter().map(|role| role.word()).collect();
                f.write_str(&names.join(", "))
            }
            Self::Parties => f.write_str("parties of the thing, auditor"),
            Self::Commercial => f.write_str("parties of the thing, funder, auditor"),
        }
    }
}

impl Readers {
    /// Whether `actor` is one of them. Where it matters, it is asked whether they are a `party` of the thing.
    #[must_use]
    pub fn let_through(self, actor: &Actor, party: impl FnOnce() -> bool) -> bool {
        actor.scopes.read
            && match self {
                Self::SignedIn => true,
                Self::Roles(roles) => roles.iter().any(|role| actor.has(*role)),
                Self::Parties => actor.has(Role::Auditor) || party(),
                Self::Commercial => actor.has(Role::Auditor) || actor.has(Role::Funder) || party(),
            }
    }
}

/// The rows of the table that are about reading: `Type.field`, in their order, and who may read it.
#[derive(Debug, Clone, Copy)]
pub struct Fields(pub &'static [(&'static str, Readers)]);

impl Fields {
    /// Who may read `field` of `type_name`; `None` if the table doesn't say, which means nobody.
    #[must_use]
    pub fn readers(self, type_name: &str, field: &str) -> Option<Readers> {
        let sought = || [type_name, ".", field].into_iter().flat_map(str::bytes);
        let at = self.0.binary_search_by(|(name, _)| name.bytes().cmp(sought())).ok()?;
        self.0.get(at).map(|(_, readers)| *readers)
    }

    /// Whether `actor` may read `field` of `type_name`. Where it matters, it is asked whether they are a `party` of the
    /// thing.
    #[must_use]
    pub fn may_read(self, actor: &Actor, type_name: &str, field: &str, party: impl FnOnce() -> bool) -> bool {
        self.readers(type_name, field).is_some_and(|readers| readers.let_through(actor, party))
    }

    /// How the table and the fields of a schema differ, a line each: fields without a row, rows without a field, rows
    /// that are there twice or out of order. A test expects none.
    #[must_use]
    pub fn differences<'a>(self, schema: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
        let schema: Vec<String> = schema.into_iter().map(|(type_name, field)| format!("{type_name}.{field}")).collect();
        let rows: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        let unlisted = schema.iter().filter(|field| !rows.contains(&field.as_str()));
        let stale = rows.iter().filter(|row| !schema.iter().any(|field| field == *row));
        let repeated = rows.iter().enumerate().filter(|(at, row)| rows[..*at].contains(row)).map(|(_, row)| row);
        let misplaced = rows.windows(2).filter(|rows| rows[0] > rows[1]).map(|rows| rows[1]);
        unlisted
            .map(|field| format!("{field} is not in the table"))
            .chain(misplaced.map(|row| format!("{row} is out of order")))
            .chain(stale.map(|row| format!("{row} is not in the schema")))
            .chain(repeated.map(|row| format!("{row} is in the table twice")))
            .collect()
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
