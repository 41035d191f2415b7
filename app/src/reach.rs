//! Where a thing stands in the record, as far as access is concerned.

use std::cell::LazyCell;

use access::{
    Actor, Role,
    table::{Reach, Scope},
};
use chrono::{DateTime, Utc};
use domain::law::NamedLaw;
use projections::{
    Picture,
    things::{Award, Cluster, Live, Partnership, Permit, Programme, Project, State, Subject, Thing},
    views::ladder::Climber,
};
use schema::{
    ClusterId, Fact, Kind, Line, OrganisationId, ProgrammeId, ProjectId, SubjectId, ThingId,
    award::{AwardFact, AwardIdentified},
    partnership::{PartnershipFact, PartnershipIdentified},
    permit::{PermitFact, PermitIdentified},
    programme::ProgrammeFact,
    project::{MilestoneKey, ProjectFact, ProjectRegistered, milestone_key},
    register::{ExchangeRate, RegisterFact},
    subject::{MembershipGranted, SubjectFact},
};

/// Where `thing` stands in `picture`.
#[must_use]
pub fn reach_of(picture: &Picture, thing: ThingId) -> Reach {
    match thing.kind() {
        Kind::Initiative | Kind::Organisation | Kind::PolicyMeasure | Kind::Register => Reach::default(),
        Kind::Subject => Reach { subject: SubjectId::try_from(thing).ok(), ..Reach::default() },
        Kind::Cluster => Reach { clusters: ClusterId::try_from(thing).into_iter().collect(), ..Reach::default() },
        Kind::Project => {
            let mut reach = match picture.thing::<Project>(thing).and_then(|project| founding(project)) {
                Some(ProjectFact::ProjectRegistered(registered)) => of_project(registered),
                _ => Reach::default(),
            };
            reach.projects.extend(ProjectId::try_from(thing));
            reach
        }
        Kind::Permit => match picture.thing::<Permit>(thing).and_then(|permit| founding(permit)) {
            Some(PermitFact::PermitIdentified(identified)) => of_permit(picture, identified),
            _ => Reach::default(),
        },
        Kind::Programme => match picture.thing::<Programme>(thing).and_then(|programme| founding(programme)) {
            Some(ProgrammeFact::ProgrammeOpened(opened)) => Reach { funder: Some(opened.funder), ..Reach::default() },
            _ => Reach::default(),
        },
        Kind::Award => match picture.thing::<Award>(thing).and_then(|award| founding(award)) {
            Some(AwardFact::AwardIdentified(identified)) => of_award(picture, identified),
            _ => Reach::default(),
        },
        Kind::Partnership => match picture.thing::<Partnership>(thing) {
            Some(partnership) => {
                let mut reach = match founding(partnership) {
                    Some(PartnershipFact::PartnershipIdentified(identified)) => of_partnership(picture, identified),
                    _ => Reach::default(),
                };
                let present = partnership.state().partners.iter().filter(|partner| partner.left_on.is_none());
                reach.partners = present.map(|partner| partner.organisation).collect();
                reach
            }
            None => Reach::default(),
        },
    }
}

/// The fact that brings `thing` on record. Of a thing whose founding was retracted, the last such fact: those who
/// had it within reach still have, so that they can take the retraction back.
pub(super) fn founding<S: State>(thing: &Thing<S>) -> Option<&S::Fact> {
    let retracted = || thing.acts().iter().rev().filter_map(|act| act.content.fact()).find(|fact| fact.order_of_life() == 0);
    thing.founding().map(Live::fact).or_else(|| retracted().map(|fact| &**fact))
}

fn of_project(registered: &ProjectRegistered) -> Reach {
    Reach { clusters: registered.cluster.into_iter().collect(), leads: registered.lead.into_iter().collect(), ..Reach::default() }
}

fn of_permit(picture: &Picture, permit: &PermitIdentified) -> Reach {
    let mut reach = Reach { authority: permit.authority, clusters: permit.clusters.clone(), ..Reach::default() };
    add_projects(&mut reach, picture, &permit.projects);
    reach
}

/// Who receives an award is to it what a lead is to a project.
fn of_award(picture: &Picture, award: &AwardIdentified) -> Reach {
    let mut reach = Reach {
        clusters: award.clusters.clone(),
        leads: award.recipient.into_iter().collect(),
        funder: award.funder.or_else(|| funder_of(picture, award.programme?)),
        ..Reach::default()
    };
    add_projects(&mut reach, picture, &award.projects);
    reach
}

/// Who funds a programme, also one whose opening was retracted.
fn funder_of(picture: &Picture, programme: ProgrammeId) -> Option<OrganisationId> {
    match picture.thing::<Programme>(programme).and_then(|programme| founding(programme)) {
        Some(ProgrammeFact::ProgrammeOpened(opened)) => Some(opened.funder),
        _ => None,
    }
}

fn of_partnership(picture: &Picture, partnership: &PartnershipIdentified) -> Reach {
    let (clusters, partners) = (partnership.clusters.clone(), partnership.parties.clone());
    let mut reach = Reach { clusters, partners, ..Reach::default() };
    add_projects(&mut reach, picture, &partnership.projects);
    reach
}

fn add_projects(reach: &mut Reach, picture: &Picture, projects: &[ProjectId]) {
    for project in projects {
        let of_project = reach_of(picture, project.thing());
        reach.clusters.extend(of_project.clusters);
        reach.projects.extend(of_project.projects);
        reach.leads.extend(of_project.leads);
    }
}

/// Adds to the `reach` of a cluster or a project who may accept its documents: the members of its clusters, and whoever
/// funds it.
pub(super) fn add_acceptors(reach: &mut Reach, picture: &Picture, thing: ThingId) {
    for cluster in &reach.clusters {
        let members = picture.thing::<Cluster>(*cluster).into_iter().flat_map(|cluster| cluster.state().members());
        reach.members.extend(members.map(|member| member.organisation));
    }
    let awards = picture.links().to(thing, Kind::Award);
    reach.backers.extend(awards.filter_map(|award| reach_of(picture, award).funder));
}

/// A tie of a thing to a party that the fact which brings it on record makes: who decides on it, funds it, leads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// The member of the fact that says so.
    pub member: &'static str,
    /// To what it is.
    pub to: ThingId,
    /// Whose it is to say that it is otherwise.
    pub holder: Holder,
    /// The programme that makes it, where the fact does so only by naming one.
    pub through: Option<ProgrammeId>,
}

/// A party, as far as ties are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// An organisation, for which one of its members speaks in this role.
    Organisation(OrganisationId, Role),
    /// A cluster, for which its manager speaks.
    Cluster(ClusterId),
}

impl Tie {
    /// Whether both say the same, however they come about.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.member, self.to, self.holder) == (other.member, other.to, other.holder)
    }

    fn organisation(member: &'static str, organisation: OrganisationId, role: Role) -> Self {
        let holder = Holder::Organisation(organisation, role);
        Self { member, to: organisation.thing(), holder, through: None }
    }

    fn cluster(member: &'static str, cluster: ClusterId) -> Self {
        Self { member, to: cluster.thing(), holder: Holder::Cluster(cluster), through: None }
    }

    /// The ties to who leads each of `projects`.
    fn projects(picture: &Picture, projects: &[ProjectId]) -> Vec<Self> {
        let of_project = |project: &ProjectId| {
            let leads = reach_of(picture, project.thing()).leads;
            let tie = |lead| Self { to: project.thing(), ..Self::organisation("projects", lead, Role::ProjectLead) };
            leads.into_iter().map(tie).collect::<Vec<_>>()
        };
        projects.iter().flat_map(of_project).collect()
    }
}

/// What a fact says of a criterion.
pub struct OfCriterion<'a> {
    /// Whose ladder it is of.
    pub climber: Climber,
    /// Its id.
    pub criterion: &'a Line,
    /// Whether documents are filed for it; else it is waived.
    pub is_evidenced: bool,
}

impl<'a> OfCriterion<'a> {
    const fn evidenced(climber: Climber, criterion: &'a Line) -> Option<Self> {
        Some(Self { climber, criterion, is_evidenced: true })
    }

    const fn waived(climber: Climber, criterion: &'a Line) -> Option<Self> {
        Some(Self { climber, criterion, is_evidenced: false })
    }
}

/// What a command's fact needs of the record beside its own thing: where the thing that it may found would stand, and
/// which criterion it is about.
pub trait Founds {
    /// Where the thing would stand: one reach for each of the things that have to allow it. `None` for other facts.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>>;

    /// Where those stand who have to allow the fact, one reach for each, whatever `thing` it is on. `None` for facts of things
    /// that stand somewhere themselves.
    fn allowed_at(&self, _: &Picture, _thing: ThingId) -> Option<Vec<Reach>> {
        None
    }

    /// The instant that has come by what it says, where it says so.
    fn has_come(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Whether it gives a role to the subject that it is on.
    fn gives_role(&self) -> bool {
        false
    }

    /// Whether the fact says more of what `earlier` says, so that whoever may not see the one should not see the other.
    fn follows(&self, _earlier: &Self) -> bool {
        false
    }

    /// The criterion of a ladder that the fact is about. `None` for other facts.
    fn criterion(&self) -> Option<OfCriterion<'_>> {
        None
    }

    /// The permitting regime and the case that the fact names. `None` for other facts.
    fn law(&self) -> Option<NamedLaw<'_>> {
        None
    }

    /// The rates of exchange that the fact states. `None` for other facts.
    fn rates(&self) -> Option<&[ExchangeRate]> {
        None
    }

    /// The ties of the thing that the fact brings on record. None for other facts.
    fn ties(&self, _: &Picture) -> Vec<Tie> {
        Vec::new()
    }
}

impl Founds for schema::organisation::OrganisationFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        Some(vec![Reach::default()])
    }
}

impl Founds for schema::cluster::ClusterFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        matches!(self, Self::ClusterRegistered(_)).then(|| vec![Reach::default()])
    }

    fn criterion(&self) -> Option<OfCriterion<'_>> {
        match self {
            Self::ClusterCriterionEvidenced(filed) => OfCriterion::evidenced(Climber::Cluster, &filed.criterion),
            Self::ClusterCriterionWaived(waived) => OfCriterion::waived(Climber::Cluster, &waived.criterion),
            _ => None,
        }
    }
}

impl Founds for ProjectFact {
    /// A project in a cluster is for those to bring on record who keep the cluster, or whose organisation is a member of
    /// it: that somebody leads a project does not bring another's cluster within their reach.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>> {
        let Self::ProjectRegistered(registered) = self else { return None };
        let Some(cluster) = registered.cluster else { return Some(vec![of_project(registered)]) };
        let members = picture.thing::<Cluster>(cluster).into_iter().flat_map(|cluster| cluster.state().members());
        let leads = members.map(|member| member.organisation).collect();
        Some(vec![Reach { clusters: vec![cluster], leads, ..Reach::default() }])
    }

    fn ties(&self, _: &Picture) -> Vec<Tie> {
        let Self::ProjectRegistered(registered) = self else { return Vec::new() };
        let lead = registered.lead.map(|lead| Tie::organisation("lead", lead, Role::ProjectLead));
        let cluster = registered.cluster.map(|cluster| Tie::cluster("cluster", cluster));
        lead.into_iter().chain(cluster).collect()
    }

    fn follows(&self, earlier: &Self) -> bool {
        milestone(self).is_some_and(|name| milestone(earlier) == Some(name))
    }

    fn criterion(&self) -> Option<OfCriterion<'_>> {
        match self {
            Self::ProjectCriterionEvidenced(filed) => OfCriterion::evidenced(Climber::Project, &filed.criterion),
            Self::ProjectCriterionWaived(waived) => OfCriterion::waived(Climber::Project, &waived.criterion),
            _ => None,
        }
    }
}

impl Founds for PermitFact {
    /// Every project and cluster that a permit is said to be for has to be within reach.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>> {
        let Self::PermitIdentified(permit) = self else { return None };
        let bare = PermitIdentified { projects: Vec::new(), clusters: Vec::new(), ..permit.clone() };
        let for_project = |project: &ProjectId| PermitIdentified { projects: vec![*project], ..bare.clone() };
        let for_cluster = |cluster: &ClusterId| PermitIdentified { clusters: vec![*cluster], ..bare.clone() };
        let single = permit.projects.iter().map(for_project).chain(permit.clusters.iter().map(for_cluster));
        let mut reaches: Vec<_> = single.map(|permit| of_permit(picture, &permit)).collect();
        if reaches.is_empty() {
            reaches.push(of_permit(picture, &bare));
        }
        Some(reaches)
    }

    fn law(&self) -> Option<NamedLaw<'_>> {
        NamedLaw::of(self)
    }

    fn ties(&self, picture: &Picture) -> Vec<Tie> {
        let Self::PermitIdentified(permit) = self else { return Vec::new() };
        let authority = permit.authority.map(|authority| Tie::organisation("authority", authority, Role::Regulator));
        let mut ties: Vec<_> = authority.into_iter().collect();
        ties.extend(Tie::projects(picture, &permit.projects));
        ties.extend(permit.clusters.iter().map(|cluster| Tie::cluster("clusters", *cluster)));
        ties
    }
}

impl Founds for schema::initiative::InitiativeFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        matches!(self, Self::InitiativeNamed(_)).then(|| vec![Reach::default()])
    }
}

impl Founds for schema::policy::PolicyMeasureFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        matches!(self, Self::PolicyMeasureIdentified(_)).then(|| vec![Reach::default()])
    }
}

impl Founds for ProgrammeFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        let Self::ProgrammeOpened(opened) = self else { return None };
        Some(vec![Reach { funder: Some(opened.funder), ..Reach::default() }])
    }

    fn ties(&self, _: &Picture) -> Vec<Tie> {
        let Self::ProgrammeOpened(opened) = self else { return Vec::new() };
        vec![Tie::organisation("funder", opened.funder, Role::Funder)]
    }
}

impl Founds for AwardFact {
    /// Every project and cluster that an award is said to be for has to be within reach.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>> {
        let Self::AwardIdentified(award) = self else { return None };
        let bare = AwardIdentified { projects: Vec::new(), clusters: Vec::new(), ..award.clone() };
        // That somebody receives money does not bring another's project within their reach.
        let unreceived = AwardIdentified { recipient: None, ..bare.clone() };
        let for_project = |project: &ProjectId| AwardIdentified { projects: vec![*project], ..unreceived.clone() };
        let for_cluster = |cluster: &ClusterId| AwardIdentified { clusters: vec![*cluster], ..unreceived.clone() };
        let single = award.projects.iter().map(for_project).chain(award.clusters.iter().map(for_cluster));
        let mut reaches: Vec<_> = single.map(|award| of_award(picture, &award)).collect();
        if reaches.is_empty() {
            reaches.push(of_award(picture, &bare));
        }
        Some(reaches)
    }

    fn ties(&self, picture: &Picture) -> Vec<Tie> {
        let Self::AwardIdentified(award) = self else { return Vec::new() };
        let tie = |member, funder| Tie::organisation(member, funder, Role::Funder);
        let mut ties: Vec<_> = award.funder.map(|funder| tie("funder", funder)).into_iter().collect();
        if let Some(programme) = award.programme
            && let Some(funder) = funder_of(picture, programme)
        {
            if award.funder.is_none() {
                ties.push(Tie { through: Some(programme), ..tie("funder", funder) });
            }
            ties.push(Tie { to: programme.thing(), through: Some(programme), ..tie("programme", funder) });
        }
        ties.extend(award.recipient.map(|recipient| Tie::organisation("recipient", recipient, Role::ProjectLead)));
        ties.extend(Tie::projects(picture, &award.projects));
        ties.extend(award.clusters.iter().map(|cluster| Tie::cluster("clusters", *cluster)));
        ties
    }

    /// What becomes of an amount that is confidential is confidential too.
    fn follows(&self, _: &Self) -> bool {
        true
    }
}

/// The milestone that a fact of a project is about, however its name is written.
fn milestone(fact: &ProjectFact) -> Option<MilestoneKey> {
    let name = match fact {
        ProjectFact::MilestonePlanned(planned) => &planned.milestone,
        ProjectFact::MilestoneRescheduled(moved) => &moved.milestone,
        ProjectFact::MilestoneRebaselined(rebaselined) => &rebaselined.milestone,
        ProjectFact::MilestoneAchieved(achieved) => &achieved.milestone,
        ProjectFact::MilestoneDropped(dropped) => &dropped.milestone,
        ProjectFact::FidPlanned(_) | ProjectFact::FidDeferred(_) | ProjectFact::FidTaken(_) => {
            return Some(MilestoneKey::fid());
        }
        _ => return None,
    };
    Some(milestone_key(name))
}

impl Founds for PartnershipFact {
    /// One side of a partnership brings it on record for both; every project that it is said to be for has to be within
    /// reach, and one of the clusters: what raises another's level is not for one party to say alone.
    fn founds(&self, picture: &Picture) -> Option<Vec<Reach>> {
        let Self::PartnershipIdentified(partnership) = self else { return None };
        let mut reaches: Vec<_> = partnership.projects.iter().map(|project| reach_of(picture, project.thing())).collect();
        if !partnership.clusters.is_empty() {
            reaches.push(Reach { clusters: partnership.clusters.clone(), ..Reach::default() });
        }
        if reaches.is_empty() {
            reaches.push(of_partnership(picture, partnership));
        }
        Some(reaches)
    }

    fn ties(&self, picture: &Picture) -> Vec<Tie> {
        let Self::PartnershipIdentified(partnership) = self else { return Vec::new() };
        let parties = partnership.parties.iter().map(|party| Tie::organisation("parties", *party, Role::ProjectLead));
        let clusters = partnership.clusters.iter().map(|cluster| Tie::cluster("clusters", *cluster));
        parties.chain(clusters).chain(Tie::projects(picture, &partnership.projects)).collect()
    }
}

impl Founds for RegisterFact {
    /// The rates of exchange are everybody's. What an import records of a register, nobody records else.
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        matches!(self, Self::ExchangeRatesPublished(_)).then(|| vec![Reach::default()])
    }

    fn rates(&self) -> Option<&[ExchangeRate]> {
        match self {
            Self::ExchangeRatesPublished(published) => Some(&published.rates),
            Self::RegisterEditionTaken(_) => None,
        }
    }
}

impl Founds for SubjectFact {
    fn founds(&self, _: &Picture) -> Option<Vec<Reach>> {
        None
    }

    /// A role is for those to give and to end who keep each cluster and project for which it is held, or own the organisation
    /// for which it is: for all of them, where there are several.
    fn allowed_at(&self, picture: &Picture, thing: ThingId) -> Option<Vec<Reach>> {
        Some(match self {
            // What a token carries is for its first use to record.
            Self::SubjectAdmitted(_) | Self::MembershipCarried(_) => vec![Reach::default()],
            Self::MembershipGranted(granted) => of_membership(picture, granted),
            Self::MembershipEnded(ended) => {
                let subject = picture.thing::<Subject>(thing);
                let held = subject.and_then(|subject| subject.state().membership(ended.membership));
                // What nobody granted is nobody's to end.
                held.map_or_else(|| vec![Reach::default()], |held| of_membership(picture, &held.granted))
            }
            Self::CredentialRevoked(_) | Self::SessionsEnded(_) => vec![reach_of(picture, thing)],
        })
    }

    fn has_come(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::SessionsEnded(ended) => Some(ended.issued_before),
            _ => None,
        }
    }

    fn gives_role(&self) -> bool {
        matches!(self, Self::MembershipGranted(_))
    }
}

/// Where those stand who may give a role. Whoever may give it to others, or holds it for nothing in particular, has it from an
/// administrator; so does whoever is neither to keep a cluster nor to lead projects there.
pub(super) fn of_membership(picture: &Picture, granted: &MembershipGranted) -> Vec<Reach> {
    let nowhere = || vec![Reach::default()];
    let Ok(role) = granted.role.as_str().parse::<Role>() else { return nowhere() };
    if granted.owner {
        return nowhere();
    }
    let is_local = matches!(role, Role::ClusterManager | Role::ProjectLead);
    let of_cluster = |cluster: &ClusterId| Reach { clusters: vec![*cluster], ..Reach::default() };
    let of_project = |project: &ProjectId| Reach { clusters: reach_of(picture, project.thing()).clusters, ..Reach::default() };
    let places = granted.clusters.iter().map(of_cluster).chain(granted.projects.iter().map(of_project));
    let mut reaches: Vec<_> = places.map(|reach| if is_local { reach } else { Reach::default() }).collect();
    let membership = granted.organisation.map(|organisation| (organisation, role));
    reaches.extend(membership.map(|membership| Reach { membership: Some(membership), ..Reach::default() }));
    if reaches.is_empty() { nowhere() } else { reaches }
}

/// Whether `actor` is a party of `thing`, and so sees what is for the parties only. Where it matters, it is asked at what
/// `reach` the thing stands.
///
/// Whoever may write to a thing on record is a party of it: what is decided on all that is known can then be told.
#[must_use]
pub fn is_party(actor: &Actor, thing: ThingId, reach: impl FnOnce() -> Reach) -> bool {
    let (kind, reach) = (thing.kind(), LazyCell::new(reach));
    if thing == actor.subject.thing() && actor.scopes.read {
        return true;
    }
    actor.grants.iter().any(|grant| match grant.role {
        Role::Auditor => true,
        Role::Administrator => {
            let kept = [Kind::Initiative, Kind::Organisation, Kind::Cluster, Kind::Programme, Kind::PolicyMeasure, Kind::Subject];
            kept.contains(&kind)
        }
        Role::ProjectLead => Scope::OwnProjects.covers(grant, &reach) || Scope::OwnPartnerships.covers(grant, &reach),
        Role::ClusterManager => Scope::OwnClusters.covers(grant, &reach),
        Role::Regulator => Scope::OwnAuthority.covers(grant, &reach),
        Role::Verifier => false,
        Role::Funder => Scope::OwnFunding.covers(grant, &reach),
    })
}
