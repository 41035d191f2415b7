//! Facts about permits, in the words of a decision letter.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ClusterId, Date, EventId, ExternalId, Jurisdiction, Line, Named, Note, OrganisationId, ProjectId, Settled, ThingId,
    fact::{facts, payloads},
};

/// Whose court the ball is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who applies.
    Applicant,
    /// The authority that decides.
    Authority,
    /// Another authority that has to be heard.
    OtherAuthority,
    /// Somebody else.
    ThirdParty,
    /// A court or an appeal body.
    Court,
}

/// Who determined an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The authority that it was addressed to.
    #[default]
    Authority,
    /// The body that heard the appeal.
    Appeal,
    /// A minister who called it in.
    Minister,
}

/// How a determination is challenged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeKind {
    /// An appeal on the merits.
    Appeal,
    /// A review of lawfulness by a court.
    JudicialReview,
}

/// How a source says that a permit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermitStanding {
    /// Something is still to be decided.
    Open,
    /// It is granted.
    Granted,
    /// What it is for is being built, or was.
    InUse,
    /// It is refused.
    Refused,
    /// Nothing is to be decided any more; how it ended is not said.
    Closed,
}

/// What an examining body recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recommendation {
    /// To grant.
    Grant,
    /// To refuse.
    Refuse,
}

/// The unit of a statutory period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// Days of the calendar.
    CalendarDay,
    /// Working days of the authority's calendar.
    BusinessDay,
    /// Weeks of seven days.
    Week,
    /// Months of the calendar.
    Month,
    /// Years of the calendar.
    Year,
}

/// A statutory period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// How many, at least 1.
    #[schemars(range(min = 1))]
    pub count: u16,
    /// Of what.
    pub unit: PeriodUnit,
}

/// What a grant requires.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// Its number in the decision letter.
    pub reference: Line,
    /// What it requires.
    pub text: Note,
    /// Whether it has to be met before building begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before_construction: bool,
    /// Until when it is to be met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// After which period it is due again, as a yearly report is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurs: Option<Period>,
    /// The last day on which it binds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Somebody who is asked in a consultation: an organisation on record, or somebody by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consultee {
    /// The organisation, where it is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// What they are called, where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Line>,
    /// Until when they are to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
}

/// What a court or an appeal body that upholds a challenge does about the determination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relief {
    /// It quashes the determination.
    Quashed,
    /// It quashes a part of it.
    QuashedInPart,
    /// It determines in the authority's place.
    Substituted,
    /// It gives it back to be determined again.
    Remitted,
    /// Nothing: the determination stands although it was unlawful.
    None,
}

payloads! {
    /// A permit that is needed came on record.
    PermitIdentified {
        /// What it is for.
        title: Line,
        /// The instrument, such as planning permission.
        instrument: Line,
        /// The authority that decides, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<OrganisationId>,
        /// Whose law applies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jurisdiction: Option<Jurisdiction>,
        /// The regime whose periods apply, by its short name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        regime: Option<Line>,
        /// The case within the regime.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case: Option<Line>,
        /// Act and article under which it is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_basis: Option<Line>,
        /// The projects that need it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        projects: Vec<ProjectId>,
        /// The clusters that need it for what they share.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clusters: Vec<ClusterId>,
        /// The authority's reference.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
        /// What a register says of it beside, by the mapping's names.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<Line, Line>,
    }

    /// Another regime or case was found to apply than was thought, from the day on which this occurred.
    RegimeDetermined {
        /// The regime, by its id.
        regime: Line,
        /// The case within the regime, by its id.
        case: Line,
        /// Which version of the regime, where the decision says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<Line>,
    }

    /// Talks with the authority before an application began.
    PreApplicationOpened {}

    /// An application was submitted.
    ApplicationSubmitted {
        /// The reference it was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
        /// When the authority received it, where that is another day: most periods run from there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received_on: Option<Date>,
    }

    /// An application was amended by whoever made it.
    ApplicationAmended {
        /// What was amended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Note>,
        /// Whether the amendment is material, which in some regimes begins the period anew; unknown, if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        material: Option<bool>,
    }

    /// An application was returned as incomplete.
    ApplicationReturned {
        /// What is missing.
        missing: Vec<Line>,
    }

    /// An application was accepted as complete.
    ApplicationAccepted {}

    /// The statutory clock started.
    ClockStarted {}

    /// A step was taken that the regime names, beside those that every regime knows.
    ProcedureStepTaken {
        /// The step, by its id in the regime.
        step: Line,
    }

    /// The authority published the day by which it, or whoever has to, is to act: it stands in the place of what the law gives.
    DeadlinePublished {
        /// Which limit of the regime, by its id.
        limit: Line,
        /// The deadline.
        deadline: Date,
    }

    /// A limit was replaced by another length or date than that of the law.
    LimitReplaced {
        /// Which limit of the regime, by its id.
        limit: Line,
        /// By another length, where it is not to a date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Period>,
        /// By another date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
        /// Act and article.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_basis: Option<Line>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// The authority asked for information.
    InformationRequested {
        /// What is asked for.
        what: Note,
        /// Until when it is to be supplied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_on: Option<Date>,
        /// The ground on which it is asked for, by its id in the regime.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ground: Option<Line>,
    }

    /// The statutory clock stopped; the day of the stop is the first day not counted.
    ClockStopped {
        /// On what ground.
        reason: Line,
        /// Act and article.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_basis: Option<Line>,
        /// Who has to act.
        responsible: Party,
        /// When it is expected to run again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected_resumption: Option<Date>,
        /// The ground on which it stopped, by its id in the regime.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ground: Option<Line>,
    }

    /// The information asked for was supplied.
    InformationSupplied {
        /// What was supplied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Note>,
        /// The request that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<EventId>,
        /// Whether that was all that was asked for; unknown, if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        complete: Option<bool>,
    }

    /// The statutory clock runs again; the day of the resumption counts.
    ClockResumed {
        /// The stop that it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop: Option<EventId>,
        /// The ground that is over, by its id in the regime.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ground: Option<Line>,
    }

    /// The deadline was extended.
    DeadlineExtended version 2 {
        /// By how much, where it is not to a date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Period>,
        /// To which date, where one is named in the place of the deadline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
        /// Which limit of the regime is extended, by its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Line>,
        /// On what ground, by its id in the regime.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ground: Option<Line>,
        /// Act and article.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_basis: Option<Line>,
        /// Who approved it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<Line>,
        /// Why.
        reason: Note,
    }

    /// A consultation opened.
    ConsultationOpened {
        /// Of whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Line>,
        /// The last day on which it can be answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes_on: Option<Date>,
        /// Which round it is, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        round: Option<u32>,
        /// Who is asked by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        consultees: Vec<Consultee>,
    }

    /// Somebody who was asked in a consultation answered.
    ConsulteeAnswered {
        /// The consultation, by the fact that opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        consultation: Option<EventId>,
        /// Who answered, where the organisation is on record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<OrganisationId>,
        /// Who answered, where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Line>,
        /// What the answer was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Note>,
    }

    /// A consultation closed.
    ConsultationClosed {
        /// The consultation, by the fact that opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        consultation: Option<EventId>,
    }

    /// A minister took the application over from the authority.
    ApplicationCalledIn {
        /// Who called it in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Line>,
    }

    /// The examining body recommended a determination.
    RecommendationMade {
        /// What it recommended.
        recommendation: Recommendation,
        /// Who recommended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Line>,
    }

    /// The permit was refused.
    PermitRefused {
        /// Who decided.
        #[serde(default)]
        decided_by: DecidedBy,
        /// On what grounds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        grounds: Vec<Note>,
        /// The last day on which it can be challenged, where the decision says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced_on: Option<Date>,
        /// The reference of the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
    }

    /// The permit was granted for a part of what was applied for.
    PermitPartlyGranted {
        /// Who decided.
        #[serde(default)]
        decided_by: DecidedBy,
        /// What was not granted.
        refused_part: Note,
        /// What the grant requires.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<Condition>,
        /// The last day on which the grant can be used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Date>,
        /// The last day on which it can be challenged, where the decision says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced_on: Option<Date>,
        /// The reference of the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
    }

    /// The permit was granted.
    PermitGranted {
        /// Who decided.
        #[serde(default)]
        decided_by: DecidedBy,
        /// What the grant requires.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<Condition>,
        /// The last day on which the grant can be used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Date>,
        /// The last day on which it can be challenged, where the decision says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced_on: Option<Date>,
        /// The reference of the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
    }

    /// The permit counts as granted because the period ran out.
    PermitDeemedGranted {
        /// Act and article.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_basis: Option<Line>,
        /// The last day on which it can be challenged, where the decision says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challengeable_until: Option<Date>,
        /// When it was announced, where a period runs from there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced_on: Option<Date>,
        /// The reference of the decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
    }

    /// The application was withdrawn.
    ApplicationWithdrawn {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// The application lapsed without a determination.
    ApplicationLapsed {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// The determination was challenged.
    ChallengeLodged {
        /// How.
        kind: ChallengeKind,
        /// By whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Party>,
        /// The reference of the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
        /// The determination that it is against.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        against: Option<EventId>,
        /// Whether the determination has no effect meanwhile; unknown, if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suspends: Option<bool>,
    }

    /// The challenge was withdrawn.
    ChallengeWithdrawn {
        /// How the determination had been challenged.
        kind: ChallengeKind,
        /// The challenge, by the fact that lodged it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challenge: Option<EventId>,
    }

    /// The challenge failed; the determination stands.
    ChallengeDismissed {
        /// How the determination had been challenged.
        kind: ChallengeKind,
        /// The challenge, by the fact that lodged it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challenge: Option<EventId>,
    }

    /// The challenge succeeded; what follows (a quashing, a new determination) is a fact of its own.
    ChallengeUpheld {
        /// How the determination had been challenged.
        kind: ChallengeKind,
        /// The challenge, by the fact that lodged it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challenge: Option<EventId>,
        /// What it does about the determination; not said, if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relief: Option<Relief>,
    }

    /// A court quashed the determination.
    DeterminationQuashed {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
        /// The determination that was quashed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        determination: Option<EventId>,
        /// Whether only a part of it was; unknown, if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_part: Option<bool>,
    }

    /// The application is to be determined again.
    RedeterminationOpened {}

    /// Details were submitted to have a condition discharged.
    ConditionDetailsSubmitted {
        /// Its number in the decision letter.
        condition: Line,
        /// What was submitted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Note>,
        /// The reference that the submission was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
    }

    /// A condition was met to the authority's satisfaction.
    ConditionDischarged {
        /// Its number in the decision letter.
        condition: Line,
        /// For which period, where it recurs: a year, a quarter, an interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_period: Option<Date>,
    }

    /// A condition was breached.
    ConditionBreached {
        /// Its number in the decision letter.
        condition: Line,
        /// How.
        what: Note,
    }

    /// The holder gave the permit up.
    PermitSurrendered {}

    /// The permit ran out unused.
    PermitExpired {}

    /// A source stated how a permit stands at a date, without saying since when.
    PermitStandingReported {
        /// How it stood.
        standing: PermitStanding,
        /// What the source calls it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Line>,
    }
}

facts! {
    /// The facts of a permit.
    PermitFact of Permit {
        /// See [`PermitIdentified`].
        PermitIdentified,
        /// See [`RegimeDetermined`].
        RegimeDetermined,
        /// See [`PreApplicationOpened`].
        PreApplicationOpened,
        /// See [`ApplicationSubmitted`].
        ApplicationSubmitted,
        /// See [`ApplicationAmended`].
        ApplicationAmended,
        /// See [`ApplicationReturned`].
        ApplicationReturned,
        /// See [`ApplicationAccepted`].
        ApplicationAccepted,
        /// See [`ClockStarted`].
        ClockStarted,
        /// See [`ProcedureStepTaken`].
        ProcedureStepTaken,
        /// See [`DeadlinePublished`].
        DeadlinePublished,
        /// See [`LimitReplaced`].
        LimitReplaced,
        /// See [`InformationRequested`].
        InformationRequested,
        /// See [`ClockResumed`].
        ClockResumed,
        /// See [`ClockStopped`]. After the resumption, since a clock that runs again can stop again on the same day.
        ClockStopped,
        /// See [`InformationSupplied`].
        InformationSupplied,
        /// See [`DeadlineExtended`].
        DeadlineExtended,
        /// See [`ConsultationOpened`].
        ConsultationOpened,
        /// See [`ConsulteeAnswered`].
        ConsulteeAnswered,
        /// See [`ConsultationClosed`].
        ConsultationClosed,
        /// See [`ApplicationCalledIn`].
        ApplicationCalledIn,
        /// See [`RecommendationMade`].
        RecommendationMade,
        /// See [`PermitRefused`].
        PermitRefused,
        /// See [`PermitPartlyGranted`].
        PermitPartlyGranted,
        /// See [`PermitGranted`].
        PermitGranted,
        /// See [`PermitDeemedGranted`].
        PermitDeemedGranted,
        /// See [`ApplicationWithdrawn`].
        ApplicationWithdrawn,
        /// See [`ApplicationLapsed`].
        ApplicationLapsed,
        /// See [`ChallengeLodged`].
        ChallengeLodged,
        /// See [`ChallengeWithdrawn`].
        ChallengeWithdrawn,
        /// See [`ChallengeDismissed`].
        ChallengeDismissed,
        /// See [`ChallengeUpheld`].
        ChallengeUpheld,
        /// See [`DeterminationQuashed`].
        DeterminationQuashed,
        /// See [`RedeterminationOpened`].
        RedeterminationOpened,
        /// See [`ConditionDetailsSubmitted`].
        ConditionDetailsSubmitted,
        /// See [`ConditionDischarged`].
        ConditionDischarged,
        /// See [`ConditionBreached`].
        ConditionBreached,
        /// See [`PermitSurrendered`].
        PermitSurrendered,
        /// See [`PermitExpired`].
        PermitExpired,
        /// See [`PermitStandingReported`]. Last, since it is about all that has happened by then.
        PermitStandingReported,
    }
    references |fact| match fact {
        PermitFact::PermitIdentified(identified) => {
            let authority = identified.authority.map(OrganisationId::thing);
            let projects = identified.projects.iter().copied().map(ThingId::from);
            let clusters = identified.clusters.iter().copied().map(ThingId::from);
            authority.into_iter().chain(projects).chain(clusters).collect()
        }
        PermitFact::ConsultationOpened(opened) => {
            opened.consultees.iter().filter_map(|consultee| consultee.organisation).map(ThingId::from).collect()
        }
        PermitFact::ConsulteeAnswered(answered) => answered.organisation.map(ThingId::from).into_iter().collect(),
        _ => Vec::new(),
    };
    named |fact| {
        const DETERMINATIONS: &[&str] = &["PermitRefused", "PermitPartlyGranted", "PermitGranted", "PermitDeemedGranted"];
        let (named, types): (_, &[&str]) = match fact {
            PermitFact::InformationSupplied(supplied) => (supplied.request, &["InformationRequested"]),
            PermitFact::ClockResumed(resumed) => (resumed.stop, &["ClockStopped"]),
            PermitFact::ConsulteeAnswered(answered) => (answered.consultation, &["ConsultationOpened"]),
            PermitFact::ConsultationClosed(closed) => (closed.consultation, &["ConsultationOpened"]),
            PermitFact::ChallengeLodged(lodged) => (lodged.against, DETERMINATIONS),
            PermitFact::ChallengeWithdrawn(withdrawn) => (withdrawn.challenge, &["ChallengeLodged"]),
            PermitFact::ChallengeDismissed(dismissed) => (dismissed.challenge, &["ChallengeLodged"]),
            PermitFact::ChallengeUpheld(upheld) => (upheld.challenge, &["ChallengeLodged"]),
            PermitFact::DeterminationQuashed(quashed) => (quashed.determination, DETERMINATIONS),
            _ => (None, &[]),
        };
        Named::of(named, types).into_iter().collect()
    };
    ranked |fact| match fact {
        // One that says which stop it ends stands after that stop, and one that doesn't before those of its day.
        PermitFact::ClockResumed(resumed) if resumed.stop.is_some() || resumed.ground.is_some() => {
            Some((Order::ClockStopped, 1))
        }
        _ => None,
    };
    settling |fact| match fact {
        PermitFact::ApplicationReturned(returned) => vec![Settled::new("missing", &returned.missing)],
        PermitFact::RecommendationMade(made) => vec![Settled::new("recommendation", &made.recommendation)],
        PermitFact::PermitStandingReported(reported) => vec![Settled::new("standing", &reported.standing)],
        PermitFact::DeadlineExtended(extended) => {
            let limit = extended.limit.as_ref().map(Line::key);
            let matter = limit.map_or_else(|| "deadline".to_owned(), |limit| format!("deadline {}", limit.as_str()));
            Settled::given(matter, extended.to.as_ref()).into_iter().collect()
        }
        PermitFact::DeadlinePublished(published) => {
            let matter = format!("published {}", published.limit.key().as_str());
            vec![Settled::new(matter, &published.deadline)]
        }
        PermitFact::LimitReplaced(replaced) => {
            let matter = format!("replaced {}", replaced.limit.key().as_str());
            Settled::given(matter, replaced.to.as_ref()).into_iter().collect()
        }
        PermitFact::RegimeDetermined(determined) => vec![Settled::new("regime", &(&determined.regime, &determined.case))],
        _ => Vec::new(),
    };
}
