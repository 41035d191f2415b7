//! The root of mutations: one for every command.
//!
//! A command states one fact. Each takes what is its own and the particulars that all take; with `corrects` it puts its
//! fact in the place of an earlier one of the same type.

mod inputs;
mod payloads;
mod run;

use juniper::{GraphQLInputObject, ID, graphql_object};
use projections::things::{Cluster, Organisation, Permit, Project};
use schema::{cluster, organisation, permit, project};

use self::{
    inputs::{
        AttributeInput, CapacityInput, ConditionInput, CorrectsInput, EvidenceInput, ExternalIdInput, MoneyInput, Particulars,
        PeriodInput,
    },
    payloads::{ClusterPayload, FactPayload, OrganisationPayload, PermitPayload, ProjectPayload},
    run::{Amendment, amend, state},
};
use super::{
    GraphqlError,
    api::Context,
    scalars::{
        ChallengeKind, CommandId, CountryCode, Date, DecidedBy, Decimal, FactId, Given, JurisdictionCode, LegalEntityIdentifier,
        Lever, Line, Note, OrganisationKind, Party, Recommendation, ResponsibleParty, Stage, Standing, Visibility,
    },
};

/// What can be recorded.
pub struct Mutation;

macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $command:ident($input:ident) -> $payload:ident: $state:ident $module:ident::$fact:ident {
            $(#[$thing_doc:meta])*
            $thing:ident: $thing_type:ty =>
            $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)*
        }
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, GraphQLInputObject)]
            pub struct $input {
                $(#[$thing_doc])*
                $thing: $thing_type,
                $($(#[$field_doc])* $field: $field_type,)*
                /// The legal or business date, as exactly as it is known.
                occurred_on: Date,
                /// The documents it rests on.
                evidence: Option<Vec<EvidenceInput>>,
                /// For whose eyes it is; everyone with a role, if left out.
                visibility: Option<Visibility>,
                /// Why a rule is to be overridden, for those who may.
                override_reason: Option<Note>,
                /// A UUID of your making. Send the command again with the same one when no answer came: it is recorded once.
                command_id: Option<CommandId>,
                /// The `record.revision` that you saw: the command is refused if anything was recorded since.
                expected_revision: Option<String>,
                /// The earlier fact of the same type in whose place this one is put.
                corrects: Option<CorrectsInput>,
            }

            impl $input {
                fn split(self) -> Result<($module::$fact, Particulars), GraphqlError> {
                    let fact = $module::$fact { $($field: self.$field.given()?,)* };
                    let particulars = Particulars {
                        thing: self.$thing.into(),
                        occurred_on: self.occurred_on,
                        evidence: self.evidence,
                        visibility: self.visibility,
                        override_reason: self.override_reason,
                        command_id: self.command_id,
                        expected_revision: self.expected_revision,
                        corrects: self.corrects,
                    };
                    Ok((fact, particulars))
                }
            }
        )+

        /// What can be recorded.
        #[graphql_object(context = Context)]
        impl Mutation {
            $(
                $(#[$doc])*
                fn $command(context: &Context, #[graphql(description = "What is to be recorded.")] input: $input) -> Result<$payload, GraphqlError> {
                    let (fact, particulars) = input.split()?;
                    state::<$state>(context, fact.into(), particulars).map($payload)
                }
            )+

            /// Takes back an act that should never have been recorded: a fact, a correction, or a retraction.
            fn fact_retract(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactRetractInput) -> Result<FactPayload, GraphqlError> {
                let amendment = Amendment::Retract(input.fact.clone(), input.reason.0.clone());
                amend(context, amendment, input.particulars(context)).map(FactPayload)
            }

            /// Confirms, as the counterparty, that a fact is right as it stands.
            fn fact_confirm(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactConfirmInput) -> Result<FactPayload, GraphqlError> {
                let amendment = Amendment::Confirm(input.fact.clone());
                amend(context, amendment, input.particulars(context)).map(FactPayload)
            }

            /// Adds documents to a fact that is on record.
            fn fact_evidence_attach(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactEvidenceAttachInput) -> Result<FactPayload, GraphqlError> {
                let amendment = Amendment::AttachEvidence(input.fact.clone());
                amend(context, amendment, input.particulars(context)).map(FactPayload)
            }
        }
    };
}

commands! {
    /// Brings an organisation on record.
    organisation_register(OrganisationRegisterInput) -> OrganisationPayload: Organisation organisation::OrganisationRegistered {
        /// The organisation to correct; leave it out to bring one on record.
        organisation: Option<ID> =>
        /// Its name.
        name: Line,
        /// What it is.
        kind: OrganisationKind,
        /// Where it is established.
        country: Option<CountryCode>,
        /// Its Legal Entity Identifier (ISO 17442).
        lei: Option<LegalEntityIdentifier>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
    }
    /// Brings a cluster on record.
    cluster_register(ClusterRegisterInput) -> ClusterPayload: Cluster cluster::ClusterRegistered {
        /// The cluster to correct; leave it out to bring one on record.
        cluster: Option<ID> =>
        /// Its name.
        name: Line,
        /// The country it lies in.
        country: CountryCode,
        /// The town, port or region.
        place: Option<Line>,
        /// The sectors in it, such as steel or refining.
        sectors: Option<Vec<Line>>,
        /// Since when it is a signatory of the initiative.
        signatory_since: Option<Date>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
    }
    /// Records that an organisation joined a cluster.
    cluster_member_join(ClusterMemberJoinInput) -> ClusterPayload: Cluster cluster::ClusterMemberJoined {
        /// The cluster.
        cluster: ID =>
        /// The member.
        organisation: ID,
        /// What it does in the cluster.
        role: Option<Line>,
    }
    /// Records that a member left a cluster.
    cluster_member_leave(ClusterMemberLeaveInput) -> ClusterPayload: Cluster cluster::ClusterMemberLeft {
        /// The cluster.
        cluster: ID =>
        /// The member.
        organisation: ID,
        /// Why.
        reason: Option<Note>,
    }
    /// Brings a project on record.
    project_register(ProjectRegisterInput) -> ProjectPayload: Project project::ProjectRegistered {
        /// The project to correct; leave it out to bring one on record.
        project: Option<ID> =>
        /// What it is called.
        title: Line,
        /// The cluster it belongs to.
        cluster: Option<ID>,
        /// The organisation that leads it.
        lead: Option<ID>,
        /// The country it lies in.
        country: Option<CountryCode>,
        /// The town or site.
        place: Option<Line>,
        /// The levers it pulls.
        levers: Option<Vec<Lever>>,
        /// The technology in the words of its source.
        technology: Option<Line>,
        /// What it will be able to do.
        capacity: Option<CapacityInput>,
        /// Abatement in tonnes of CO2 equivalent per year.
        abatement_t_per_year: Option<Decimal>,
        /// Capital expenditure.
        capex: Option<MoneyInput>,
        /// Jobs created.
        jobs: Option<i32>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
        /// What a register says of it beside.
        attributes: Option<Vec<AttributeInput>>,
    }
    /// Records how a source says a project stands, without saying since when.
    project_standing_report(ProjectStandingReportInput) -> ProjectPayload: Project project::ProjectStandingReported {
        /// The project.
        project: ID =>
        /// The stage it is in.
        stage: Option<Stage>,
        /// Whether it goes on.
        standing: Option<Standing>,
    }
    /// Records that a project entered a stage.
    project_stage_enter(ProjectStageEnterInput) -> ProjectPayload: Project project::ProjectStageEntered {
        /// The project.
        project: ID =>
        /// Which.
        stage: Stage,
    }
    /// Records that a project was interrupted for a while.
    project_suspend(ProjectSuspendInput) -> ProjectPayload: Project project::ProjectSuspended {
        /// The project.
        project: ID =>
        /// Why.
        reason: Note,
    }
    /// Records that a project was put aside without a date.
    project_shelve(ProjectShelveInput) -> ProjectPayload: Project project::ProjectShelved {
        /// The project.
        project: ID =>
        /// Why.
        reason: Note,
    }
    /// Records that a project was given up.
    project_cancel(ProjectCancelInput) -> ProjectPayload: Project project::ProjectCancelled {
        /// The project.
        project: ID =>
        /// Why.
        reason: Note,
    }
    /// Records that a suspended project went on.
    project_resume(ProjectResumeInput) -> ProjectPayload: Project project::ProjectResumed {
        /// The project.
        project: ID =>
    }
    /// Records that a shelved or cancelled project was taken up again.
    project_revive(ProjectReviveInput) -> ProjectPayload: Project project::ProjectRevived {
        /// The project.
        project: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Plans a milestone for the first time: its baseline.
    milestone_plan(MilestonePlanInput) -> ProjectPayload: Project project::MilestonePlanned {
        /// The project.
        project: ID =>
        /// A short name that is the milestone's own within the project, such as `fid`.
        milestone: Line,
        /// What it is called, where the short name does not say.
        title: Option<Line>,
        /// When it is to be reached.
        due_on: Date,
    }
    /// Moves a milestone's forecast.
    milestone_reschedule(MilestoneRescheduleInput) -> ProjectPayload: Project project::MilestoneRescheduled {
        /// The project.
        project: ID =>
        /// The milestone, by its short name.
        milestone: Line,
        /// When it was to be reached.
        from: Date,
        /// When it is now to be reached.
        to: Date,
        /// Why.
        reason: Note,
        /// Who answers for the move.
        responsible: ResponsibleParty,
    }
    /// Records that a milestone was reached.
    milestone_achieve(MilestoneAchieveInput) -> ProjectPayload: Project project::MilestoneAchieved {
        /// The project.
        project: ID =>
        /// The milestone, by its short name.
        milestone: Line,
    }
    /// Records that a milestone is no longer pursued.
    milestone_drop(MilestoneDropInput) -> ProjectPayload: Project project::MilestoneDropped {
        /// The project.
        project: ID =>
        /// The milestone, by its short name.
        milestone: Line,
        /// Why.
        reason: Note,
    }
    /// Brings a permit that is needed on record.
    permit_identify(PermitIdentifyInput) -> PermitPayload: Permit permit::PermitIdentified {
        /// The permit to correct; leave it out to bring one on record.
        permit: Option<ID> =>
        /// What it is for.
        title: Line,
        /// The instrument, such as planning permission.
        instrument: Line,
        /// The authority that decides, where it is known.
        authority: Option<ID>,
        /// Whose law applies.
        jurisdiction: Option<JurisdictionCode>,
        /// The regime whose periods apply, by its short name.
        regime: Option<Line>,
        /// The case within the regime.
        case: Option<Line>,
        /// Act and article under which it is needed.
        legal_basis: Option<Line>,
        /// The projects that need it.
        projects: Option<Vec<ID>>,
        /// The authority's reference.
        reference: Option<Line>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
        /// What a register says of it beside.
        attributes: Option<Vec<AttributeInput>>,
    }
    /// Records that talks with the authority began before an application.
    permit_pre_application_open(PermitPreApplicationOpenInput) -> PermitPayload: Permit permit::PreApplicationOpened {
        /// The permit.
        permit: ID =>
    }
    /// Records that an application was submitted.
    permit_application_submit(PermitApplicationSubmitInput) -> PermitPayload: Permit permit::ApplicationSubmitted {
        /// The permit.
        permit: ID =>
        /// The reference it was given.
        reference: Option<Line>,
    }
    /// Records that an application was returned as incomplete.
    permit_application_return(PermitApplicationReturnInput) -> PermitPayload: Permit permit::ApplicationReturned {
        /// The permit.
        permit: ID =>
        /// What is missing.
        missing: Vec<Line>,
    }
    /// Records that an application was accepted as complete.
    permit_application_accept(PermitApplicationAcceptInput) -> PermitPayload: Permit permit::ApplicationAccepted {
        /// The permit.
        permit: ID =>
    }
    /// Records that the statutory clock started.
    permit_clock_start(PermitClockStartInput) -> PermitPayload: Permit permit::ClockStarted {
        /// The permit.
        permit: ID =>
    }
    /// Records that the authority asked for information.
    permit_information_request(PermitInformationRequestInput) -> PermitPayload: Permit permit::InformationRequested {
        /// The permit.
        permit: ID =>
        /// What is asked for.
        what: Note,
    }
    /// Records that the statutory clock stopped; the day of the stop is the first not counted.
    permit_clock_stop(PermitClockStopInput) -> PermitPayload: Permit permit::ClockStopped {
        /// The permit.
        permit: ID =>
        /// On what ground.
        reason: Line,
        /// Act and article.
        legal_basis: Option<Line>,
        /// Who has to act.
        responsible: Party,
        /// When it is expected to run again.
        expected_resumption: Option<Date>,
    }
    /// Records that the information asked for was supplied.
    permit_information_supply(PermitInformationSupplyInput) -> PermitPayload: Permit permit::InformationSupplied {
        /// The permit.
        permit: ID =>
        /// What was supplied.
        what: Option<Note>,
    }
    /// Records that the statutory clock runs again; the day of the resumption counts.
    permit_clock_resume(PermitClockResumeInput) -> PermitPayload: Permit permit::ClockResumed {
        /// The permit.
        permit: ID =>
    }
    /// Records that the deadline was extended.
    permit_deadline_extend(PermitDeadlineExtendInput) -> PermitPayload: Permit permit::DeadlineExtended {
        /// The permit.
        permit: ID =>
        /// By how much.
        by: PeriodInput,
        /// Act and article.
        legal_basis: Option<Line>,
        /// Who approved it.
        approved_by: Option<Line>,
        /// Why.
        reason: Note,
    }
    /// Records that a consultation opened.
    permit_consultation_open(PermitConsultationOpenInput) -> PermitPayload: Permit permit::ConsultationOpened {
        /// The permit.
        permit: ID =>
        /// Of whom.
        of: Option<Line>,
    }
    /// Records that a consultation closed.
    permit_consultation_close(PermitConsultationCloseInput) -> PermitPayload: Permit permit::ConsultationClosed {
        /// The permit.
        permit: ID =>
    }
    /// Records that a minister took the application over from the authority.
    permit_application_call_in(PermitApplicationCallInInput) -> PermitPayload: Permit permit::ApplicationCalledIn {
        /// The permit.
        permit: ID =>
        /// Who called it in.
        by: Option<Line>,
    }
    /// Records that the examining body recommended a determination.
    permit_recommend(PermitRecommendInput) -> PermitPayload: Permit permit::RecommendationMade {
        /// The permit.
        permit: ID =>
        /// What it recommended.
        recommendation: Recommendation,
        /// Who recommended it.
        by: Option<Line>,
    }
    /// Records that the permit was refused.
    permit_refuse(PermitRefuseInput) -> PermitPayload: Permit permit::PermitRefused {
        /// The permit.
        permit: ID =>
        /// Who decided; the authority, if left out.
        decided_by: Option<DecidedBy>,
        /// On what grounds.
        grounds: Option<Vec<Note>>,
    }
    /// Records that the permit was granted for a part of what was applied for.
    permit_partly_grant(PermitPartlyGrantInput) -> PermitPayload: Permit permit::PermitPartlyGranted {
        /// The permit.
        permit: ID =>
        /// Who decided; the authority, if left out.
        decided_by: Option<DecidedBy>,
        /// What was not granted.
        refused_part: Note,
        /// What the grant requires.
        conditions: Option<Vec<ConditionInput>>,
        /// The last day on which the grant can be used.
        valid_until: Option<Date>,
    }
    /// Records that the permit was granted.
    permit_grant(PermitGrantInput) -> PermitPayload: Permit permit::PermitGranted {
        /// The permit.
        permit: ID =>
        /// Who decided; the authority, if left out.
        decided_by: Option<DecidedBy>,
        /// What the grant requires.
        conditions: Option<Vec<ConditionInput>>,
        /// The last day on which the grant can be used.
        valid_until: Option<Date>,
    }
    /// Records that the permit counts as granted because the period ran out.
    permit_deem_granted(PermitDeemGrantedInput) -> PermitPayload: Permit permit::PermitDeemedGranted {
        /// The permit.
        permit: ID =>
        /// Act and article.
        legal_basis: Option<Line>,
    }
    /// Records that the application was withdrawn.
    permit_application_withdraw(PermitApplicationWithdrawInput) -> PermitPayload: Permit permit::ApplicationWithdrawn {
        /// The permit.
        permit: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Records that the application lapsed without a determination.
    permit_application_lapse(PermitApplicationLapseInput) -> PermitPayload: Permit permit::ApplicationLapsed {
        /// The permit.
        permit: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Records that the determination was challenged.
    permit_challenge_lodge(PermitChallengeLodgeInput) -> PermitPayload: Permit permit::ChallengeLodged {
        /// The permit.
        permit: ID =>
        /// How.
        kind: ChallengeKind,
        /// By whom.
        by: Option<Party>,
        /// The reference of the case.
        reference: Option<Line>,
    }
    /// Records that the challenge was withdrawn.
    permit_challenge_withdraw(PermitChallengeWithdrawInput) -> PermitPayload: Permit permit::ChallengeWithdrawn {
        /// The permit.
        permit: ID =>
        /// How the determination had been challenged.
        kind: ChallengeKind,
    }
    /// Records that the challenge failed: the determination stands.
    permit_challenge_dismiss(PermitChallengeDismissInput) -> PermitPayload: Permit permit::ChallengeDismissed {
        /// The permit.
        permit: ID =>
        /// How the determination had been challenged.
        kind: ChallengeKind,
    }
    /// Records that the challenge succeeded; what follows is recorded as a fact of its own.
    permit_challenge_uphold(PermitChallengeUpholdInput) -> PermitPayload: Permit permit::ChallengeUpheld {
        /// The permit.
        permit: ID =>
        /// How the determination had been challenged.
        kind: ChallengeKind,
    }
    /// Records that a court quashed the determination.
    permit_determination_quash(PermitDeterminationQuashInput) -> PermitPayload: Permit permit::DeterminationQuashed {
        /// The permit.
        permit: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Records that the application is to be determined again.
    permit_redetermination_open(PermitRedeterminationOpenInput) -> PermitPayload: Permit permit::RedeterminationOpened {
        /// The permit.
        permit: ID =>
    }
    /// Records that a condition was met to the authority's satisfaction.
    permit_condition_discharge(PermitConditionDischargeInput) -> PermitPayload: Permit permit::ConditionDischarged {
        /// The permit.
        permit: ID =>
        /// Its number in the decision letter.
        condition: Line,
    }
    /// Records that a condition was breached.
    permit_condition_breach(PermitConditionBreachInput) -> PermitPayload: Permit permit::ConditionBreached {
        /// The permit.
        permit: ID =>
        /// Its number in the decision letter.
        condition: Line,
        /// How.
        what: Note,
    }
    /// Records that the holder gave the permit up.
    permit_surrender(PermitSurrenderInput) -> PermitPayload: Permit permit::PermitSurrendered {
        /// The permit.
        permit: ID =>
    }
    /// Records that the permit ran out unused.
    permit_expire(PermitExpireInput) -> PermitPayload: Permit permit::PermitExpired {
        /// The permit.
        permit: ID =>
    }
}

macro_rules! amendments {
    ($($(#[$doc:meta])* $input:ident { $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* } with $evidence:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, GraphQLInputObject)]
        pub struct $input {
            /// The thing that the fact is about.
            thing: ID,
            /// The fact, by its id.
            fact: FactId,
            $($(#[$field_doc])* $field: $field_type,)*
            /// The day on which this is done; today in UTC, if left out.
            occurred_on: Option<Date>,
            /// A UUID of your making. Send the command again with the same one when no answer came: it is recorded once.
            command_id: Option<CommandId>,
            /// The `record.revision` that you saw: the command is refused if anything was recorded since.
            expected_revision: Option<String>,
        }

        impl $input {
            fn particulars(self, context: &Context) -> Particulars {
                let evidence: fn(&Self) -> Option<Vec<EvidenceInput>> = $evidence;
                Particulars {
                    evidence: evidence(&self),
                    thing: Some(self.thing),
                    occurred_on: self.occurred_on.unwrap_or_else(|| Date(schema::Date::day(context.app.now().date_naive()))),
                    visibility: None,
                    override_reason: None,
                    command_id: self.command_id,
                    expected_revision: self.expected_revision,
                    corrects: None,
                }
            }
        }
    )+};
}

amendments! {
    /// What `factRetract` takes.
    FactRetractInput {
        /// Why it should never have been recorded.
        reason: Note,
    } with |_| None;
    /// What `factConfirm` takes.
    FactConfirmInput {} with |_| None;
    /// What `factEvidenceAttach` takes.
    FactEvidenceAttachInput {
        /// The documents.
        evidence: Vec<EvidenceInput>,
    } with |input| Some(input.evidence.clone());
}
