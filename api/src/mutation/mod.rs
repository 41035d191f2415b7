//! The root of mutations: one for every command.
//!
//! A command states one fact. Each takes what is its own and the particulars that all take; with `corrects` it changes an
//! earlier fact of the same type in the members that are given. `actsRecord` takes several of them for one thing.

mod act;
mod inputs;
mod instants;
mod payloads;
mod run;

use chrono::{DateTime, NaiveDate, Utc};
use graphql::GraphqlError;
use juniper::{DefaultScalarValue, GraphQLInputObject, ID, graphql_object};
use projections::things::{
    Award, Cluster, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register, State, Subject,
};
use schema::{award, cluster, initiative, organisation, partnership, permit, policy, programme, project, register, subject};

use self::{
    act::{ActInput, ActsRecordInput, OneAct},
    inputs::{
        AttributeInput, CapacityInput, ConditionInput, ConsulteeInput, CorrectsInput, Dispatch, EvidenceInput, ExchangeRateInput,
        ExternalIdInput, LocationInput, MoneyInput, Particulars, PeriodInput, PlannedPaymentInput, ShareInput, StateAidInput,
        StatedCountInput, StatedEmissionsInput, StatedMoneyInput, TermInput,
    },
    instants::{InstantsDisownInput, InstantsPayload},
    payloads::{
        ActsPayload, AwardPayload, ClusterPayload, FactPayload, InitiativePayload, OrganisationPayload, PartnershipPayload,
        PermitPayload, PolicyMeasurePayload, ProgrammePayload, ProjectPayload, RegisterPayload, SubjectPayload,
    },
    run::{Amendment, Asked, Outcome, amend, state, together},
};
use crate::{
    Context,
    member::Member,
    scalars::{
        AssetKind, ChallengeKind, CommandId, CountryCode, Date, DecidedBy, Decimal, DependencyKind, EstimateClass, Exactness,
        FactId, Given, Instrument, JurisdictionCode, LanguageTag, LegalEntityIdentifier, Lever, Line, MoveCause, Note,
        OrganisationKind, PartnershipKind, Party, PermitStanding, PolicyEffect, Purpose, Recommendation, Relief,
        ResponsibleParty, Role, Side, Stage, Standing, SubjectKind, Visibility,
    },
};

/// What can be recorded.
pub struct Mutation;

/// The names of those `members` that are not left out.
fn members_given(members: &[(&str, bool)]) -> Vec<schema::Line> {
    members.iter().filter(|(_, is_left_out)| !is_left_out).filter_map(|(name, _)| name.parse().ok()).collect()
}

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
                $($(#[$field_doc])* $field: Member<$field_type>,)*
                /// The legal or business date, as exactly as it is known.
                occurred_on: Date,
                /// The day on which a public source (a press release, a decision's publication) first said so.
                published_on: Option<NaiveDate>,
                /// The documents it rests on.
                evidence: Option<Vec<EvidenceInput>>,
                /// For whose eyes it is. If left out: as what it is about, never wider than what it adds to, else everyone with a role.
                visibility: Option<Visibility>,
                /// Why a rule is to be overridden, for those who may.
                override_reason: Option<Note>,
                /// The language of the texts in it, as a tag of BCP 47.
                language: Option<LanguageTag>,
                /// A UUID of your making. Send the command again with the same one when no answer came: it is recorded once.
                command_id: Option<CommandId>,
                /// The `record.revision` that you saw: the command is refused if anything was recorded since.
                expected_revision: Option<String>,
                /// The earlier fact of the same type that this one corrects: what is left out stays as it is, and what is null is emptied.
                corrects: Option<CorrectsInput>,
                /// If true, nothing is recorded: the answer says what would be, and `changes` what that would change.
                preview: Option<bool>,
            }

            impl $input {
                fn split(self) -> Result<($module::$fact, Particulars), GraphqlError> {
                    let members = [$((stringify!($field), self.$field.is_left_out),)*];
                    let fact = $module::$fact { $($field: self.$field.given()?,)* };
                    let particulars = Particulars {
                        dispatch: Dispatch {
                            thing: self.$thing.into(),
                            command_id: self.command_id,
                            expected_revision: self.expected_revision,
                            preview: self.preview,
                        },
                        occurred_on: self.occurred_on,
                        published_on: self.published_on,
                        evidence: self.evidence,
                        visibility: self.visibility,
                        override_reason: self.override_reason,
                        language: self.language,
                        corrects: self.corrects,
                        members: members_given(&members),
                    };
                    Ok((fact, particulars))
                }
            }
        )+

        $(
            impl OneAct for $input {
                fn asked(self: Box<Self>, _: &Context) -> Result<(Asked, Particulars), GraphqlError> {
                    let (fact, particulars) = self.split()?;
                    let fact: <$state as State>::Fact = fact.into();
                    Ok((Asked::Fact(Box::new(fact)), particulars))
                }
            }
        )+

        /// What one act of a command of several can be.
        static ACTS: &[act::Choice] = &[
            $(act::Choice::of::<$input>(stringify!($command)),)+
            act::Choice::of::<FactRetractInput>("fact_retract"),
            act::Choice::of::<FactConfirmInput>("fact_confirm"),
            act::Choice::of::<FactDisputeInput>("fact_dispute"),
            act::Choice::of::<FactEvidenceAttachInput>("fact_evidence_attach"),
        ];

        /// What can be recorded.
        #[graphql_object(context = Context, scalar = DefaultScalarValue)]
        impl Mutation {
            $(
                $(#[$doc])*
                fn $command(context: &Context, #[graphql(description = "What is to be recorded.")] input: $input) -> Result<$payload, GraphqlError> {
                    let (fact, particulars) = input.split()?;
                    state::<$state>(context, fact.into(), particulars).map($payload)
                }
            )+

            /// Records several acts on one thing that is on record, all or none: what does not fit is looked for on the thing as it
            /// would be with all of them. `userErrors.field` names the act by its place, as in `acts.1.dueOn`.
            fn acts_record(context: &Context, #[graphql(description = "What is to be recorded.")] input: ActsRecordInput) -> Result<ActsPayload, GraphqlError> {
                acts_record(context, input).map(ActsPayload)
            }

            /// Records that the instants of acts are wrong, since the clock that gave them was: they count as known from the next right
            /// instant on. It is taken also while the clock of the service lies behind the record.
            fn instants_disown(context: &Context, #[graphql(description = "Which acts are meant.")] input: InstantsDisownInput) -> Result<InstantsPayload, GraphqlError> {
                instants::disown(context, input)
            }

            /// Takes back an act that should never have been recorded: a fact, a correction, or a retraction.
            fn fact_retract(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactRetractInput) -> Result<FactPayload, GraphqlError> {
                amend(context, input.amendment(), input.particulars(context)).map(FactPayload)
            }

            /// Confirms, as the counterparty, that a fact is right as it stands.
            fn fact_confirm(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactConfirmInput) -> Result<FactPayload, GraphqlError> {
                amend(context, input.amendment(), input.particulars(context)).map(FactPayload)
            }

            /// Says, as somebody whom it concerns, that a fact is not right. It counts on; whose fact it is may correct it.
            fn fact_dispute(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactDisputeInput) -> Result<FactPayload, GraphqlError> {
                amend(context, input.amendment(), input.particulars(context)).map(FactPayload)
            }

            /// Adds documents to a fact that is on record.
            fn fact_evidence_attach(context: &Context, #[graphql(description = "What is to be recorded.")] input: FactEvidenceAttachInput) -> Result<FactPayload, GraphqlError> {
                amend(context, input.amendment(), input.particulars(context)).map(FactPayload)
            }
        }
    };
}

commands! {
    /// Records the rates of exchange of a day, at which sums are converted: those that the European Central Bank published,
    /// given in units of the currency for one euro. What is known already is not recorded again.
    exchange_rates_publish(ExchangeRatesPublishInput) -> RegisterPayload: Register register::ExchangeRatesPublished {
        /// The register that has the rates, where an earlier fact is corrected; leave it out to add rates.
        register: Option<ID> =>
        /// The rates, each currency once.
        rates: Vec<ExchangeRateInput>,
    }
    /// Records that somebody was admitted who reads and records, under an id that names nobody.
    subject_admit(SubjectAdmitInput) -> SubjectPayload: Subject subject::SubjectAdmitted {
        /// What is on record of them, as `subject-` and the id that their token bears; leave it out to have an id made.
        subject: Option<ID> =>
        /// What they are.
        kind: SubjectKind,
    }
    /// Gives somebody a role, in clusters, for projects or for an organisation, until an instant or until it is ended. It holds at
    /// once, whichever token they show. Nobody gives one to themselves. Nothing has to be on record of them.
    membership_grant(MembershipGrantInput) -> SubjectPayload: Subject subject::MembershipGranted {
        /// Who, as `subject-` and the id that their token bears.
        subject: ID =>
        /// Which role.
        role: Role,
        /// For which organisation they then act.
        organisation: Option<ID>,
        /// In which clusters.
        clusters: Option<Vec<ID>>,
        /// For which projects.
        projects: Option<Vec<ID>>,
        /// Whether they may give the same role for the organisation to others; no, if left out.
        owner: Option<bool>,
        /// The instant from which it gives nothing any more; until it is ended, if left out.
        until: Option<DateTime<Utc>>,
    }
    /// Ends a role that somebody was given, at once. What they recorded by it stays.
    membership_end(MembershipEndInput) -> SubjectPayload: Subject subject::MembershipEnded {
        /// Whose, as `subject-` and the id that their token bears.
        subject: ID =>
        /// Which: the fact that gave it.
        membership: FactId,
        /// Why.
        reason: Option<Note>,
    }
    /// Revokes a token, at once and for good.
    token_revoke(TokenRevokeInput) -> SubjectPayload: Subject subject::CredentialRevoked {
        /// Whose, as `subject-` and the id that it bears.
        subject: ID =>
        /// Which, by the id under which the record knows it: `viewer.credential`, or `credential` in a timeline.
        credential: ID,
        /// Why.
        reason: Option<Note>,
    }
    /// Revokes every token of somebody that was issued before an instant, at once and for good.
    sessions_end(SessionsEndInput) -> SubjectPayload: Subject subject::SessionsEnded {
        /// Whose, as `subject-` and the id that they bear.
        subject: ID =>
        /// The instant; not one that is yet to come.
        issued_before: DateTime<Utc>,
        /// Why.
        reason: Option<Note>,
    }
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
        /// Where it lies on the map.
        location: Option<LocationInput>,
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
        /// How exactly the abatement is known; exactly, if left out.
        abatement_bound: Option<Exactness>,
        /// Capital expenditure.
        capex: Option<MoneyInput>,
        /// Jobs created.
        jobs: Option<i32>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
        /// What a register says of it beside.
        attributes: Option<Vec<AttributeInput>>,
        /// The larger project of which it is a part or a phase.
        part_of: Option<ID>,
        /// What it will be able to do beside `capacity`.
        capacities: Option<Vec<CapacityInput>>,
        /// Where it lies on the map.
        location: Option<LocationInput>,
        /// The project in which its abatement is counted, so that a tonne counts once.
        abatement_counted_in: Option<ID>,
    }
    /// Records that a project is of another size from a day on; what is left out stays.
    project_rescope(ProjectRescopeInput) -> ProjectPayload: Project project::ProjectRescoped {
        /// The project.
        project: ID =>
        /// What it will then be able to do; the first stands for the capacity that was registered.
        capacities: Option<Vec<CapacityInput>>,
        /// Capital expenditure then.
        capex: Option<MoneyInput>,
        /// Abatement then, in tonnes of CO2 equivalent per year.
        abatement_t_per_year: Option<Decimal>,
        /// Jobs created then.
        jobs: Option<i32>,
        /// Why.
        reason: Note,
    }
    /// Records that a project is called otherwise from a day on.
    project_rename(ProjectRenameInput) -> ProjectPayload: Project project::ProjectRenamed {
        /// The project.
        project: ID =>
        /// What it is then called.
        title: Line,
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
        /// Of what kind it is: a word of the vocabulary, such as `grid connection`, or another.
        kind: Option<Line>,
    }
    /// Moves a milestone's forecast.
    milestone_reschedule(MilestoneRescheduleInput) -> ProjectPayload: Project project::MilestoneRescheduled {
        /// The project.
        project: ID =>
        /// The milestone, by its short name.
        milestone: Line,
        /// When it was to be reached.
        from: Option<Date>,
        /// When it is now to be reached.
        to: Date,
        /// Why.
        reason: Note,
        /// Who answers for the move.
        responsible: ResponsibleParty,
        /// What made it move.
        cause: Option<MoveCause>,
        /// The thing that made it move: a permit, a partnership, another project.
        because_of: Option<ID>,
    }
    /// Records that a milestone got a new baseline; the first is kept beside it.
    milestone_rebaseline(MilestoneRebaselineInput) -> ProjectPayload: Project project::MilestoneRebaselined {
        /// The project.
        project: ID =>
        /// The milestone, by its short name.
        milestone: Line,
        /// When it is to be reached by the new baseline.
        due_on: Date,
        /// Who approved it.
        approved_by: Option<Line>,
        /// Why.
        reason: Note,
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
        /// The regime whose periods apply, by its id: one that is known.
        regime: Option<Line>,
        /// The case within the regime, by its id.
        case: Option<Line>,
        /// Act and article under which it is needed.
        legal_basis: Option<Line>,
        /// The projects that need it.
        projects: Option<Vec<ID>>,
        /// The clusters that need it for what they share.
        clusters: Option<Vec<ID>>,
        /// The authority's reference.
        reference: Option<Line>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
        /// What a register says of it beside.
        attributes: Option<Vec<AttributeInput>>,
    }
    /// Records that another regime or case was found to apply than was thought, from its day on.
    permit_regime_determine(PermitRegimeDetermineInput) -> PermitPayload: Permit permit::RegimeDetermined {
        /// The permit.
        permit: ID =>
        /// The regime, by its id.
        regime: Line,
        /// The case within the regime, by its id.
        case: Line,
        /// Which version of the regime, where the decision says so.
        version: Option<Line>,
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
        /// When the authority received it, where that is another day.
        received_on: Option<Date>,
    }
    /// Records that the application was amended by whoever made it.
    permit_application_amend(PermitApplicationAmendInput) -> PermitPayload: Permit permit::ApplicationAmended {
        /// The permit.
        permit: ID =>
        /// What was amended.
        what: Option<Note>,
        /// Whether the amendment is material; unknown, if left out.
        material: Option<bool>,
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
    /// Records a step that the regime names, beside those that every regime knows.
    permit_procedure_step_take(PermitProcedureStepTakeInput) -> PermitPayload: Permit permit::ProcedureStepTaken {
        /// The permit.
        permit: ID =>
        /// The step, by its id in the regime.
        step: Line,
    }
    /// Records the deadline that the authority published: it stands in the place of the one that the law gives.
    permit_deadline_publish(PermitDeadlinePublishInput) -> PermitPayload: Permit permit::DeadlinePublished {
        /// The permit.
        permit: ID =>
        /// Which limit of the regime, by its id.
        limit: Line,
        /// The deadline.
        deadline: Date,
    }
    /// Records that a limit was replaced by another length or date than that of the law.
    permit_limit_replace(PermitLimitReplaceInput) -> PermitPayload: Permit permit::LimitReplaced {
        /// The permit.
        permit: ID =>
        /// Which limit of the regime, by its id.
        limit: Line,
        /// By another length. Give this, or `to`.
        by: Option<PeriodInput>,
        /// By another date.
        to: Option<Date>,
        /// Act and article.
        legal_basis: Option<Line>,
        /// Why.
        reason: Option<Note>,
    }
    /// Records that the authority asked for information.
    permit_information_request(PermitInformationRequestInput) -> PermitPayload: Permit permit::InformationRequested {
        /// The permit.
        permit: ID =>
        /// What is asked for.
        what: Note,
        /// Until when it is to be supplied.
        due_on: Option<Date>,
        /// The ground on which it is asked for, by its id in the regime.
        ground: Option<Line>,
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
        /// The ground on which it stopped, by its id in the regime.
        ground: Option<Line>,
    }
    /// Records that the information asked for was supplied.
    permit_information_supply(PermitInformationSupplyInput) -> PermitPayload: Permit permit::InformationSupplied {
        /// The permit.
        permit: ID =>
        /// What was supplied.
        what: Option<Note>,
        /// The request that it answers.
        request: Option<FactId>,
        /// Whether that was all that was asked for; unknown, if left out.
        complete: Option<bool>,
    }
    /// Records that the statutory clock runs again; the day of the resumption counts.
    permit_clock_resume(PermitClockResumeInput) -> PermitPayload: Permit permit::ClockResumed {
        /// The permit.
        permit: ID =>
        /// The stop that it ends.
        stop: Option<FactId>,
        /// The ground that is over, by its id in the regime.
        ground: Option<Line>,
    }
    /// Records that the deadline was extended.
    permit_deadline_extend(PermitDeadlineExtendInput) -> PermitPayload: Permit permit::DeadlineExtended {
        /// The permit.
        permit: ID =>
        /// By how much. Give this, or `to`.
        by: Option<PeriodInput>,
        /// To which date, where one is named in the place of the deadline.
        to: Option<Date>,
        /// Which limit of the regime is extended, by its id.
        limit: Option<Line>,
        /// On what ground, by its id in the regime.
        ground: Option<Line>,
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
        /// The last day on which it can be answered.
        closes_on: Option<Date>,
        /// Which round it is, from 1.
        round: Option<i32>,
        /// Who is asked by name.
        consultees: Option<Vec<ConsulteeInput>>,
    }
    /// Records that somebody who was asked in a consultation answered.
    permit_consultee_answer(PermitConsulteeAnswerInput) -> PermitPayload: Permit permit::ConsulteeAnswered {
        /// The permit.
        permit: ID =>
        /// The consultation, by the fact that opened it.
        consultation: Option<FactId>,
        /// Who answered, where the organisation is on record. Give this, or `name`.
        organisation: Option<ID>,
        /// Who answered, where it is not.
        name: Option<Line>,
        /// What the answer was.
        what: Option<Note>,
    }
    /// Records that a consultation closed.
    permit_consultation_close(PermitConsultationCloseInput) -> PermitPayload: Permit permit::ConsultationClosed {
        /// The permit.
        permit: ID =>
        /// The consultation, by the fact that opened it.
        consultation: Option<FactId>,
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
        /// The last day on which it can be challenged, where the decision says so.
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        announced_on: Option<Date>,
        /// The reference of the decision.
        reference: Option<Line>,
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
        /// The last day on which it can be challenged, where the decision says so.
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        announced_on: Option<Date>,
        /// The reference of the decision.
        reference: Option<Line>,
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
        /// The last day on which it can be challenged, where the decision says so.
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        announced_on: Option<Date>,
        /// The reference of the decision.
        reference: Option<Line>,
    }
    /// Records that the permit counts as granted because the period ran out.
    permit_deem_granted(PermitDeemGrantedInput) -> PermitPayload: Permit permit::PermitDeemedGranted {
        /// The permit.
        permit: ID =>
        /// Act and article.
        legal_basis: Option<Line>,
        /// The last day on which it can be challenged, where the decision says so.
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        announced_on: Option<Date>,
        /// The reference of the decision.
        reference: Option<Line>,
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
        /// The determination that it is against.
        against: Option<FactId>,
        /// Whether the determination has no effect meanwhile; unknown, if left out.
        suspends: Option<bool>,
    }
    /// Records that the challenge was withdrawn.
    permit_challenge_withdraw(PermitChallengeWithdrawInput) -> PermitPayload: Permit permit::ChallengeWithdrawn {
        /// The permit.
        permit: ID =>
        /// How the determination had been challenged.
        kind: ChallengeKind,
        /// The challenge, by the fact that lodged it.
        challenge: Option<FactId>,
    }
    /// Records that the challenge failed: the determination stands.
    permit_challenge_dismiss(PermitChallengeDismissInput) -> PermitPayload: Permit permit::ChallengeDismissed {
        /// The permit.
        permit: ID =>
        /// How the determination had been challenged.
        kind: ChallengeKind,
        /// The challenge, by the fact that lodged it.
        challenge: Option<FactId>,
    }
    /// Records that the challenge succeeded; what follows is recorded as a fact of its own.
    permit_challenge_uphold(PermitChallengeUpholdInput) -> PermitPayload: Permit permit::ChallengeUpheld {
        /// The permit.
        permit: ID =>
        /// How the determination had been challenged.
        kind: ChallengeKind,
        /// The challenge, by the fact that lodged it.
        challenge: Option<FactId>,
        /// What it does about the determination; not said, if left out.
        relief: Option<Relief>,
    }
    /// Records that a court quashed the determination.
    permit_determination_quash(PermitDeterminationQuashInput) -> PermitPayload: Permit permit::DeterminationQuashed {
        /// The permit.
        permit: ID =>
        /// Why.
        reason: Option<Note>,
        /// The determination that was quashed.
        determination: Option<FactId>,
        /// Whether only a part of it was; unknown, if left out.
        in_part: Option<bool>,
    }
    /// Records that the application is to be determined again.
    permit_redetermination_open(PermitRedeterminationOpenInput) -> PermitPayload: Permit permit::RedeterminationOpened {
        /// The permit.
        permit: ID =>
    }
    /// Records that details were submitted to have a condition discharged.
    permit_condition_details_submit(PermitConditionDetailsSubmitInput) -> PermitPayload: Permit permit::ConditionDetailsSubmitted {
        /// The permit.
        permit: ID =>
        /// Its number in the decision letter.
        condition: Line,
        /// What was submitted.
        what: Option<Note>,
        /// The reference that the submission was given.
        reference: Option<Line>,
    }
    /// Records that a condition was met to the authority's satisfaction.
    permit_condition_discharge(PermitConditionDischargeInput) -> PermitPayload: Permit permit::ConditionDischarged {
        /// The permit.
        permit: ID =>
        /// Its number in the decision letter.
        condition: Line,
        /// For which period, where it recurs: a year, a quarter, an interval.
        for_period: Option<Date>,
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
    /// Records how a source says a permit stands, without saying since when.
    permit_standing_report(PermitStandingReportInput) -> PermitPayload: Permit permit::PermitStandingReported {
        /// The permit.
        permit: ID =>
        /// How it stands.
        standing: PermitStanding,
        /// What the source calls it.
        words: Option<Line>,
    }
    /// Brings the initiative on record; there is one.
    initiative_name(InitiativeNameInput) -> InitiativePayload: Initiative initiative::InitiativeNamed {
        /// The initiative to correct; leave it out to bring it on record.
        initiative: Option<ID> =>
        /// Its name.
        name: Line,
        /// What it is for.
        purpose: Option<Note>,
    }
    /// Records figures that the initiative stated about itself; they occurred on the date as of which they are stated.
    initiative_figure_state(InitiativeFigureStateInput) -> InitiativePayload: Initiative initiative::InitiativeFigureStated {
        /// The initiative.
        initiative: ID =>
        /// How many clusters have signed.
        clusters: Option<i32>,
        /// In how many countries.
        countries: Option<i32>,
        /// On how many continents.
        continents: Option<i32>,
        /// Abatement potential in tonnes of CO2 equivalent per year.
        abatement_potential_t_per_year: Option<Decimal>,
        /// Contribution to gross domestic product.
        gdp: Option<MoneyInput>,
        /// Jobs.
        jobs: Option<i32>,
    }
    /// Records which organisation brings the members together.
    cluster_convenor_name(ClusterConvenorNameInput) -> ClusterPayload: Cluster cluster::ClusterConvenorNamed {
        /// The cluster.
        cluster: ID =>
        /// Who.
        organisation: ID,
    }
    /// Records that the members signed a charter.
    cluster_charter_sign(ClusterCharterSignInput) -> ClusterPayload: Cluster cluster::ClusterCharterSigned {
        /// The cluster.
        cluster: ID =>
        /// What it is called.
        title: Line,
    }
    /// Records that a body that governs the cluster was established.
    cluster_governance_establish(ClusterGovernanceEstablishInput) -> ClusterPayload: Cluster cluster::ClusterGovernanceEstablished {
        /// The cluster.
        cluster: ID =>
        /// What it is called.
        body: Line,
    }
    /// Records where the cluster starts from. Each figure has the year that its source gives.
    cluster_baseline_state(ClusterBaselineStateInput) -> ClusterPayload: Cluster cluster::ClusterBaselineStated {
        /// The cluster.
        cluster: ID =>
        /// Emissions.
        emissions: Option<StatedEmissionsInput>,
        /// Contribution to gross domestic product.
        gdp: Option<StatedMoneyInput>,
        /// Jobs.
        jobs: Option<StatedCountInput>,
        /// Tenants of the estate.
        tenants: Option<StatedCountInput>,
        /// Companies that take part.
        companies: Option<StatedCountInput>,
    }
    /// Records that a target was set: a reduction by a year, in tonnes, in percent, or both.
    cluster_target_set(ClusterTargetSetInput) -> ClusterPayload: Cluster cluster::ClusterTargetSet {
        /// The cluster.
        cluster: ID =>
        /// Tonnes of CO2 equivalent less per year.
        reduction_t_per_year: Option<Decimal>,
        /// Percent less than in the base year, above 0 and up to 100.
        reduction_percent: Option<Decimal>,
        /// The year it is measured from.
        base_year: Option<i32>,
        /// The year by which it is to be reached.
        target_year: i32,
    }
    /// Declares infrastructure that the members share, or will.
    cluster_shared_asset_declare(ClusterSharedAssetDeclareInput) -> ClusterPayload: Cluster cluster::SharedAssetDeclared {
        /// The cluster.
        cluster: ID =>
        /// What it is called; a short name that is its own within the cluster.
        asset: Line,
        /// What it is.
        kind: AssetKind,
        /// What it can do, or will.
        capacity: Option<CapacityInput>,
        /// Who runs it, or will.
        operator: Option<ID>,
        /// Where it lies on the map.
        location: Option<LocationInput>,
    }
    /// Records that a talent programme was launched.
    cluster_talent_programme_launch(ClusterTalentProgrammeLaunchInput) -> ClusterPayload: Cluster cluster::TalentProgrammeLaunched {
        /// The cluster.
        cluster: ID =>
        /// What it is called.
        programme: Line,
        /// Who learns what.
        about: Option<Note>,
    }
    /// Records that a standard was adopted.
    cluster_standard_adopt(ClusterStandardAdoptInput) -> ClusterPayload: Cluster cluster::StandardAdopted {
        /// The cluster.
        cluster: ID =>
        /// What it is called.
        standard: Line,
        /// For what.
        about: Option<Note>,
    }
    /// Shares a practice, for other clusters to learn from.
    cluster_practice_share(ClusterPracticeShareInput) -> ClusterPayload: Cluster cluster::PracticeShared {
        /// The cluster.
        cluster: ID =>
        /// What it is about.
        title: Line,
        /// What was done.
        done: Note,
        /// What came of it.
        result: Note,
    }
    /// Declares which permits the cluster itself needs, or why none.
    cluster_permit_scope_declare(ClusterPermitScopeDeclareInput) -> ClusterPayload: Cluster cluster::ClusterPermitScopeDeclared {
        /// The cluster.
        cluster: ID =>
        /// Every permit that is critical.
        permits: Option<Vec<ID>>,
        /// Why none is needed, where none is.
        none_needed: Option<Note>,
    }
    /// Declares which policy measures the cluster relies on, or why none.
    cluster_reliance_declare(ClusterRelianceDeclareInput) -> ClusterPayload: Cluster cluster::ClusterRelianceDeclared {
        /// The cluster.
        cluster: ID =>
        /// Every measure.
        measures: Option<Vec<ID>>,
        /// Why there is none, where there is none.
        none_relied_on: Option<Note>,
    }
    /// Files documents for a criterion of the cluster's ladder; it is met when a second role confirms the fact.
    cluster_criterion_evidence(ClusterCriterionEvidenceInput) -> ClusterPayload: Cluster cluster::ClusterCriterionEvidenced {
        /// The cluster.
        cluster: ID =>
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// What the documents show.
        statement: Note,
        /// The last day on which the documents count, where they expire.
        valid_until: Option<Date>,
    }
    /// Waives a criterion of the cluster's ladder until a date.
    cluster_criterion_waive(ClusterCriterionWaiveInput) -> ClusterPayload: Cluster cluster::ClusterCriterionWaived {
        /// The cluster.
        cluster: ID =>
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// Why.
        reason: Note,
        /// The last day of the waiver.
        until: Date,
    }
    /// Declares that a milestone needs one thing: another milestone, of this project or another, or a permit.
    project_dependency_declare(ProjectDependencyDeclareInput) -> ProjectPayload: Project project::DependencyDeclared {
        /// The project.
        project: ID =>
        /// The milestone that needs it, by its short name.
        milestone: Line,
        /// The milestone that is needed, by its short name.
        needs_milestone: Option<Line>,
        /// The project that has it, where that is another.
        of_project: Option<ID>,
        /// The permit that is needed.
        needs_permit: Option<ID>,
        /// How long after that it can be reached at the earliest.
        lag: Option<PeriodInput>,
        /// Which end waits for which; finish to start, where nothing is said.
        kind: Option<DependencyKind>,
    }
    /// Records that a milestone no longer needs what it was said to need.
    project_dependency_drop(ProjectDependencyDropInput) -> ProjectPayload: Project project::DependencyDropped {
        /// The project.
        project: ID =>
        /// The dependency, by the fact that declared it.
        dependency: FactId,
        /// Why.
        reason: Option<Note>,
    }
    /// Plans the final investment decision for the first time: the baseline of the milestone `fid`.
    project_fid_plan(ProjectFidPlanInput) -> ProjectPayload: Project project::FidPlanned {
        /// The project.
        project: ID =>
        /// When it is to be taken.
        due_on: Date,
    }
    /// Records that the final investment decision was put off.
    project_fid_defer(ProjectFidDeferInput) -> ProjectPayload: Project project::FidDeferred {
        /// The project.
        project: ID =>
        /// When it is now to be taken, where that is known.
        to: Option<Date>,
        /// Why.
        reason: Note,
        /// Who answers for it.
        responsible: ResponsibleParty,
        /// When it was to be taken, where a source says so.
        from: Option<Date>,
        /// What made it move.
        cause: Option<MoveCause>,
        /// The thing that made it move: a permit, a partnership, another project.
        because_of: Option<ID>,
    }
    /// Records that the final investment decision was taken; the project enters the stage `FID`.
    project_fid_take(ProjectFidTakeInput) -> ProjectPayload: Project project::FidTaken {
        /// The project.
        project: ID =>
        /// How much is invested.
        amount: Option<MoneyInput>,
        /// The part of it that is equity.
        equity: Option<MoneyInput>,
        /// The part of it that is debt.
        debt: Option<MoneyInput>,
    }
    /// Records that all finance documents of the project are signed and their conditions met.
    project_financial_close_reach(ProjectFinancialCloseReachInput) -> ProjectPayload: Project project::ProjectFinancialCloseReached {
        /// The project.
        project: ID =>
        /// The awards that belong to it.
        awards: Option<Vec<ID>>,
    }
    /// Records an estimate of what the project costs.
    project_cost_estimate(ProjectCostEstimateInput) -> ProjectPayload: Project project::CostEstimated {
        /// The project.
        project: ID =>
        /// How exactly.
        class: EstimateClass,
        /// Capital expenditure.
        capex: MoneyInput,
    }
    /// Records that capacity was commissioned: it works from this day.
    project_capacity_commission(ProjectCapacityCommissionInput) -> ProjectPayload: Project project::CapacityCommissioned {
        /// The project.
        project: ID =>
        /// How much, of what.
        capacity: CapacityInput,
        /// Which part of the project: what tells two of one capacity on one day apart.
        part: Option<Line>,
    }
    /// Records abatement in a period, as it was reported.
    project_abatement_report(ProjectAbatementReportInput) -> ProjectPayload: Project project::AbatementReported {
        /// The project.
        project: ID =>
        /// The first day of the period.
        from: Date,
        /// The last day of the period.
        to: Date,
        /// Tonnes of CO2 equivalent.
        t_co2e: Decimal,
        /// How exactly that is known; exactly, if left out.
        bound: Option<Exactness>,
        /// By what method it was determined.
        method: Line,
        /// Who verified it.
        verified_by: Option<Line>,
        /// By what standard it was verified.
        standard: Option<Line>,
        /// What is in it and what is not.
        boundary: Option<Note>,
    }
    /// Declares which permits are critical for the project, or why none is needed.
    project_permit_scope_declare(ProjectPermitScopeDeclareInput) -> ProjectPayload: Project project::ProjectPermitScopeDeclared {
        /// The project.
        project: ID =>
        /// Every permit that is critical.
        permits: Option<Vec<ID>>,
        /// Why none is needed, where none is.
        none_needed: Option<Note>,
    }
    /// Declares which policy measures the project relies on, or why none.
    project_reliance_declare(ProjectRelianceDeclareInput) -> ProjectPayload: Project project::ProjectRelianceDeclared {
        /// The project.
        project: ID =>
        /// Every measure.
        measures: Option<Vec<ID>>,
        /// Why there is none, where there is none.
        none_relied_on: Option<Note>,
    }
    /// Declares that the project gets no public money, and why: a zero that is known.
    project_funding_declare(ProjectFundingDeclareInput) -> ProjectPayload: Project project::ProjectFundingDeclared {
        /// The project.
        project: ID =>
        /// Why there is none.
        none: Note,
    }
    /// Files documents for a criterion of the project's ladder; it is met when a second role confirms the fact.
    project_criterion_evidence(ProjectCriterionEvidenceInput) -> ProjectPayload: Project project::ProjectCriterionEvidenced {
        /// The project.
        project: ID =>
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// What the documents show.
        statement: Note,
        /// The last day on which the documents count, where they expire.
        valid_until: Option<Date>,
    }
    /// Waives a criterion of the project's ladder until a date.
    project_criterion_waive(ProjectCriterionWaiveInput) -> ProjectPayload: Project project::ProjectCriterionWaived {
        /// The project.
        project: ID =>
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// Why.
        reason: Note,
        /// The last day of the waiver.
        until: Date,
    }
    /// Brings a funding programme on record.
    programme_open(ProgrammeOpenInput) -> ProgrammePayload: Programme programme::ProgrammeOpened {
        /// The programme to correct; leave it out to bring one on record.
        programme: Option<ID> =>
        /// What it is called.
        title: Line,
        /// The organisation that funds.
        funder: ID,
        /// Act and article, or the decision, on which it rests.
        legal_basis: Option<Line>,
        /// How much it has to give.
        budget: Option<MoneyInput>,
        /// How many awards it means to make.
        awards_planned: Option<i32>,
        /// The clusters it is open to; to those of all its countries, if left out.
        clusters: Option<Vec<ID>>,
        /// The countries it is open to; to all, if left out.
        countries: Option<Vec<CountryCode>>,
        /// The last day on which it can be applied for.
        closes_on: Option<Date>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
    }
    /// Records that the programme's budget was changed.
    programme_budget_amend(ProgrammeBudgetAmendInput) -> ProgrammePayload: Programme programme::ProgrammeBudgetAmended {
        /// The programme.
        programme: ID =>
        /// What it then has to give.
        budget: MoneyInput,
        /// Why.
        reason: Note,
    }
    /// Records that the programme takes no more applications.
    programme_close(ProgrammeCloseInput) -> ProgrammePayload: Programme programme::ProgrammeClosed {
        /// The programme.
        programme: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Brings money that is sought, expected or given on record.
    award_identify(AwardIdentifyInput) -> AwardPayload: Award award::AwardIdentified {
        /// The award to correct; leave it out to bring one on record.
        award: Option<ID> =>
        /// What it is for, in a line.
        title: Line,
        /// The programme it is under.
        programme: Option<ID>,
        /// Who gives, where that is known; with a programme, its funder.
        funder: Option<ID>,
        /// Who receives, where that is known.
        recipient: Option<ID>,
        /// The projects it is for.
        projects: Option<Vec<ID>>,
        /// The clusters it is for, where it is for a cluster as a whole.
        clusters: Option<Vec<ID>>,
        /// By what instrument.
        instrument: Option<Instrument>,
        /// Whose money it is; leave it out where that is not known.
        side: Option<Side>,
        /// What stage of a project it pays for.
        purpose: Option<Purpose>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
        /// The award out of which it is passed on.
        out_of: Option<ID>,
        /// What part of it is for which of its projects or clusters.
        shares: Option<Vec<ShareInput>>,
        /// That it is state aid.
        state_aid: Option<StateAidInput>,
    }
    /// Records that it was applied for.
    award_apply(AwardApplyInput) -> AwardPayload: Award award::AwardAppliedFor {
        /// The award.
        award: ID =>
        /// How much.
        amount: Option<MoneyInput>,
    }
    /// Records that the application was put on a short list or a reserve list.
    award_shortlist(AwardShortlistInput) -> AwardPayload: Award award::AwardShortlisted {
        /// The award.
        award: ID =>
        /// Whether on the reserve list; not, if left out.
        reserve: Option<bool>,
    }
    /// Records that it was announced, without anything binding.
    award_expect(AwardExpectInput) -> AwardPayload: Award award::AwardExpected {
        /// The award.
        award: ID =>
        /// How much, where that was said.
        amount: Option<MoneyInput>,
        /// How exactly the amount is known; exactly, if left out.
        bound: Option<Exactness>,
    }
    /// Records that the application was declined.
    award_decline(AwardDeclineInput) -> AwardPayload: Award award::AwardDeclined {
        /// The award.
        award: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Records that it was awarded.
    award_make(AwardMakeInput) -> AwardPayload: Award award::AwardMade {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// How exactly the amount is known; exactly, if left out.
        bound: Option<Exactness>,
    }
    /// Records that the agreement was signed: the money is obligated.
    award_agreement_sign(AwardAgreementSignInput) -> AwardPayload: Award award::AwardAgreementSigned {
        /// The award.
        award: ID =>
        /// How much is obligated.
        obligated: MoneyInput,
        /// The agreement's reference.
        reference: Option<Line>,
        /// What has to be met, by short names.
        conditions: Option<Vec<Line>>,
        /// Until when it has to be spent.
        ends_on: Option<Date>,
        /// What has to be met until when, and what that releases.
        terms: Option<Vec<TermInput>>,
        /// When how much is to be paid.
        payments_planned: Option<Vec<PlannedPaymentInput>>,
    }
    /// Records that the award or its agreement was amended.
    award_amend(AwardAmendInput) -> AwardPayload: Award award::AwardAmended {
        /// The award.
        award: ID =>
        /// How much is then awarded, if that changes.
        awarded: Option<MoneyInput>,
        /// How much is then obligated, if that changes.
        obligated: Option<MoneyInput>,
        /// Why.
        reason: Note,
    }
    /// Records that all financing agreements of the project are signed and their conditions met.
    award_financial_close_reach(AwardFinancialCloseReachInput) -> AwardPayload: Award award::FinancialCloseReached {
        /// The award.
        award: ID =>
    }
    /// Records that a condition of the agreement was met.
    award_condition_meet(AwardConditionMeetInput) -> AwardPayload: Award award::AwardConditionMet {
        /// The award.
        award: ID =>
        /// Which, by its short name.
        condition: Line,
    }
    /// Records that money was paid out.
    award_disburse(AwardDisburseInput) -> AwardPayload: Award award::AwardDisbursed {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// Which of several payments: what tells two of one amount on one day apart.
        tranche: Option<Line>,
    }
    /// Records that money was paid out for what was delivered, as under a contract for difference.
    award_performance_pay(AwardPerformancePayInput) -> AwardPayload: Award award::PerformancePaid {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// For what was delivered.
        basis: Line,
    }
    /// Records that a part of what was obligated was released.
    award_deobligate(AwardDeobligateInput) -> AwardPayload: Award award::AwardDeobligated {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// Why.
        reason: Note,
    }
    /// Records that money was paid back.
    award_recover(AwardRecoverInput) -> AwardPayload: Award award::AwardRecovered {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// Why.
        reason: Note,
    }
    /// Records that a loan, or a part of it, was paid back as was agreed.
    award_loan_repay(AwardLoanRepayInput) -> AwardPayload: Award award::LoanRepaid {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// Which of several: what tells two of one amount on one day apart.
        instalment: Option<Line>,
    }
    /// Records that a guarantee was called: its funder had to pay.
    award_guarantee_call(AwardGuaranteeCallInput) -> AwardPayload: Award award::GuaranteeCalled {
        /// The award.
        award: ID =>
        /// How much.
        amount: MoneyInput,
        /// Why.
        reason: Option<Note>,
    }
    /// Records that the award was ended before its time.
    award_terminate(AwardTerminateInput) -> AwardPayload: Award award::AwardTerminated {
        /// The award.
        award: ID =>
        /// Why.
        reason: Note,
    }
    /// Brings a partnership on record.
    partnership_identify(PartnershipIdentifyInput) -> PartnershipPayload: Partnership partnership::PartnershipIdentified {
        /// The partnership to correct; leave it out to bring one on record.
        partnership: Option<ID> =>
        /// What it is about, in a line.
        title: Line,
        /// Of what kind it is.
        kind: PartnershipKind,
        /// The organisations between which it is.
        parties: Option<Vec<ID>>,
        /// The clusters it serves, or between which it is.
        clusters: Option<Vec<ID>>,
        /// The projects it serves.
        projects: Option<Vec<ID>>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
    }
    /// Records that talks began.
    partnership_discussion_open(PartnershipDiscussionOpenInput) -> PartnershipPayload: Partnership partnership::PartnershipDiscussionOpened {
        /// The partnership.
        partnership: ID =>
    }
    /// Records that a memorandum of understanding was signed.
    partnership_memorandum_sign(PartnershipMemorandumSignInput) -> PartnershipPayload: Partnership partnership::MemorandumSigned {
        /// The partnership.
        partnership: ID =>
    }
    /// Records that a term sheet was signed.
    partnership_term_sheet_sign(PartnershipTermSheetSignInput) -> PartnershipPayload: Partnership partnership::TermSheetSigned {
        /// The partnership.
        partnership: ID =>
    }
    /// Records that a binding agreement was signed.
    partnership_agreement_sign(PartnershipAgreementSignInput) -> PartnershipPayload: Partnership partnership::BindingAgreementSigned {
        /// The partnership.
        partnership: ID =>
        /// What it is worth.
        value: Option<MoneyInput>,
        /// How much is bought, delivered, moved or shared.
        volume: Option<CapacityInput>,
        /// Until when it binds.
        binds_until: Option<Date>,
    }
    /// Records that the parties began to operate under their agreement.
    partnership_become_active(PartnershipBecomeActiveInput) -> PartnershipPayload: Partnership partnership::PartnershipBecameActive {
        /// The partnership.
        partnership: ID =>
    }
    /// Records that a party joined.
    partnership_partner_join(PartnershipPartnerJoinInput) -> PartnershipPayload: Partnership partnership::PartnerJoined {
        /// The partnership.
        partnership: ID =>
        /// Who.
        organisation: ID,
    }
    /// Records that a party left.
    partnership_partner_leave(PartnershipPartnerLeaveInput) -> PartnershipPayload: Partnership partnership::PartnerLeft {
        /// The partnership.
        partnership: ID =>
        /// Who.
        organisation: ID,
        /// Why.
        reason: Option<Note>,
    }
    /// Records that the partnership ran out.
    partnership_expire(PartnershipExpireInput) -> PartnershipPayload: Partnership partnership::PartnershipExpired {
        /// The partnership.
        partnership: ID =>
    }
    /// Records that the partnership was ended before its time.
    partnership_terminate(PartnershipTerminateInput) -> PartnershipPayload: Partnership partnership::PartnershipTerminated {
        /// The partnership.
        partnership: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Brings a policy measure on record.
    policy_measure_identify(PolicyMeasureIdentifyInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureIdentified {
        /// The measure to correct; leave it out to bring one on record.
        policy_measure: Option<ID> =>
        /// What it is called.
        title: Line,
        /// Where it applies.
        jurisdiction: JurisdictionCode,
        /// What it is: an act, a regulation, a plan.
        instrument: Option<Line>,
        /// Its official reference.
        reference: Option<Line>,
        /// What other systems call it.
        identifiers: Option<Vec<ExternalIdInput>>,
    }
    /// Records that it was proposed.
    policy_measure_propose(PolicyMeasureProposeInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureProposed {
        /// The measure.
        policy_measure: ID =>
    }
    /// Records that it went into consultation.
    policy_measure_consultation_open(PolicyMeasureConsultationOpenInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureConsultationOpened {
        /// The measure.
        policy_measure: ID =>
        /// Until when it can be commented on.
        closes_on: Option<Date>,
    }
    /// Records that it was adopted.
    policy_measure_adopt(PolicyMeasureAdoptInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureAdopted {
        /// The measure.
        policy_measure: ID =>
    }
    /// Records that it entered into force, for the first time or again.
    policy_measure_enter_into_force(PolicyMeasureEnterIntoForceInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureEnteredIntoForce {
        /// The measure.
        policy_measure: ID =>
    }
    /// Records that the day was set on which its effect begins, changes or ends.
    policy_measure_effect_set(PolicyMeasureEffectSetInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureEffectSet {
        /// The measure.
        policy_measure: ID =>
        /// What happens.
        effect: PolicyEffect,
        /// On which day; it may lie ahead.
        on: Date,
        /// Only for those who began to build before this day; with none of the two, for all.
        construction_begun_before: Option<Date>,
        /// Only for what is in service before this day.
        in_service_before: Option<Date>,
        /// But for those who began to build before this day, for whom all stays as it was.
        spares_construction_begun_before: Option<Date>,
        /// But for what is in service before this day, for which all stays as it was.
        spares_in_service_before: Option<Date>,
        /// How, in words.
        what: Option<Note>,
    }
    /// Records that it was amended.
    policy_measure_amend(PolicyMeasureAmendInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureAmended {
        /// The measure.
        policy_measure: ID =>
        /// What changed.
        what: Note,
    }
    /// Records that it was suspended.
    policy_measure_suspend(PolicyMeasureSuspendInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureSuspended {
        /// The measure.
        policy_measure: ID =>
        /// Why.
        reason: Option<Note>,
    }
    /// Records that it was repealed.
    policy_measure_repeal(PolicyMeasureRepealInput) -> PolicyMeasurePayload: PolicyMeasure policy::PolicyMeasureRepealed {
        /// The measure.
        policy_measure: ID =>
        /// Why.
        reason: Option<Note>,
    }
}

fn acts_record(context: &Context, input: ActsRecordInput) -> Result<Outcome, GraphqlError> {
    let ActsRecordInput { thing, acts, command_id, expected_revision, preview } = input;
    let acts = acts.into_iter().map(|ActInput(act)| act.asked(context)).collect::<Result<_, _>>()?;
    together(context, acts, &Dispatch { thing: Some(thing), command_id, expected_revision, preview })
}

macro_rules! amendments {
    ($($(#[$doc:meta])* $input:ident { $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* } with $evidence:expr, $amendment:expr;)+) => {$(
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
            /// The language of the texts in it, as a tag of BCP 47.
            language: Option<LanguageTag>,
            /// A UUID of your making. Send the command again with the same one when no answer came: it is recorded once.
            command_id: Option<CommandId>,
            /// The `record.revision` that you saw: the command is refused if anything was recorded since.
            expected_revision: Option<String>,
            /// If true, nothing is recorded: the answer says what would be, and `changes` what that would change.
            preview: Option<bool>,
        }

        impl OneAct for $input {
            fn asked(self: Box<Self>, context: &Context) -> Result<(Asked, Particulars), GraphqlError> {
                Ok((Asked::Amendment(self.amendment()), self.particulars(context)))
            }
        }

        impl $input {
            fn amendment(&self) -> Amendment {
                let amendment: fn(&Self) -> Amendment = $amendment;
                amendment(self)
            }

            fn particulars(self, context: &Context) -> Particulars {
                let evidence: fn(&Self) -> Option<Vec<EvidenceInput>> = $evidence;
                Particulars {
                    evidence: evidence(&self),
                    dispatch: Dispatch {
                        thing: Some(self.thing),
                        command_id: self.command_id,
                        expected_revision: self.expected_revision,
                        preview: self.preview,
                    },
                    occurred_on: self.occurred_on.unwrap_or_else(|| Date(schema::Date::day(context.app.now().date_naive()))),
                    published_on: None,
                    visibility: None,
                    override_reason: None,
                    language: self.language,
                    corrects: None,
                    members: Vec::new(),
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
    } with |_| None, |input| Amendment::Retract(input.fact.clone(), input.reason.0.clone());
    /// What `factConfirm` takes.
    FactConfirmInput {} with |_| None, |input| Amendment::Confirm(input.fact.clone());
    /// What `factDispute` takes.
    FactDisputeInput {
        /// Why it is not right.
        reason: Note,
    } with |_| None, |input| Amendment::Dispute(input.fact.clone(), input.reason.0.clone());
    /// What `factEvidenceAttach` takes.
    FactEvidenceAttachInput {
        /// The documents.
        evidence: Vec<EvidenceInput>,
    } with |input| Some(input.evidence.clone()), |input| Amendment::AttachEvidence(input.fact.clone());
}
