//! The state of a permit: where it stands, what was determined, what was challenged, whose court the ball is in.

mod durations;
mod fold;
mod open;

use std::sync::Arc;

use chrono::NaiveDate;
use schema::{
    Date, EventId, Line, LineKey, Note,
    permit::{ChallengeKind, Condition, DecidedBy, Party, Period, PermitFact, PermitIdentified, PermitStanding, Recommendation},
};
use serde::{Deserialize, Serialize};

use self::fold::Aside;
use super::{Flag, Live, State};
use crate::Series;

/// Where a permit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitState {
    /// It is known to be needed.
    #[default]
    Identified,
    /// Talks with the authority have begun.
    PreApplication,
    /// An application is submitted and being checked for completeness.
    Submitted,
    /// The application was returned as incomplete.
    Returned,
    /// The application was accepted as complete.
    Accepted,
    /// The statutory clock runs.
    InReview,
    /// The statutory clock is stopped.
    Stopped,
    /// A determination was recommended.
    Recommended,
    /// The application was determined.
    Decided,
    /// The determination, or the lack of one, is being challenged.
    Challenged,
    /// It was granted with conditions that are not all discharged.
    ConditionsOpen,
    /// It was granted and all its conditions are discharged.
    Closed,
    /// The application was withdrawn.
    Withdrawn,
    /// The application lapsed.
    Lapsed,
    /// The grant was given up.
    Surrendered,
    /// The grant ran out.
    Expired,
    /// A source says that it is over; how it ended is not on record.
    ReportedOver,
}

/// What was determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Refused.
    Refused,
    /// Granted for a part.
    PartlyGranted,
    /// Granted.
    Granted,
    /// Granted by the running out of a period.
    DeemedGranted,
}

impl Outcome {
    /// Whether there is a grant, if only for a part.
    #[must_use]
    pub const fn is_grant(self) -> bool {
        !matches!(self, Self::Refused)
    }
}

/// A determination of the application.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Determination {
    /// What was determined.
    pub outcome: Outcome,
    /// By whom.
    pub decided_by: DecidedBy,
    /// When.
    pub decided_on: Date,
    /// The last day on which the grant can be used.
    pub valid_until: Option<Date>,
    /// The last day on which it can be challenged, where the decision says so.
    pub challengeable_until: Option<Date>,
    /// Why it was refused.
    pub grounds: Vec<Note>,
    /// When a court quashed it.
    pub quashed_on: Option<Date>,
    /// The fact that says so.
    pub fact_id: EventId,
    /// How often way had been made for a new determination before it.
    #[serde(skip)]
    round: u32,
}

impl Determination {
    /// By what one that stands comes before another. What is determined anew comes before what it was made way by; of one
    /// round, the word of an appeal or a minister comes before the authority's.
    fn rank(&self) -> (u32, bool, NaiveDate) {
        (self.round, self.decided_by != DecidedBy::Authority, self.decided_on.first())
    }
}

/// A stop of the statutory clock: `[from, until)`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stop {
    /// The first day that is not counted.
    pub from: Date,
    /// The first day that is counted again; `None` while stopped.
    pub until: Option<Date>,
    /// On what ground, in words.
    pub reason: Line,
    /// On what ground, by its id in the regime.
    pub ground: Option<Line>,
    /// Act and article.
    pub legal_basis: Option<Line>,
    /// Who has to act.
    pub responsible: Party,
    /// When the clock is expected to run again.
    pub expected_resumption: Option<Date>,
    /// The fact that says so.
    pub fact_id: EventId,
}

impl Stop {
    /// By what its ground is the same as another's: the id in the regime or, without one, the words.
    fn ground_key(&self) -> LineKey {
        self.ground.as_ref().unwrap_or(&self.reason).key()
    }
}

/// An extension of the deadline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extension {
    /// By how much, where it is not to a date.
    pub by: Option<Period>,
    /// To which date, where one is named.
    pub to: Option<Date>,
    /// When it was granted.
    pub extended_on: Date,
    /// Act and article.
    pub legal_basis: Option<Line>,
    /// Who approved it.
    pub approved_by: Option<Line>,
    /// Why.
    pub reason: Note,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// How a challenge ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeEnd {
    /// The challenger gave it up.
    Withdrawn,
    /// It failed.
    Dismissed,
    /// It succeeded.
    Upheld,
    /// The application was determined anew while it was pending; how it ended is not on record.
    Overtaken,
}

/// A challenge to the determination.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Challenge {
    /// Before whom.
    pub kind: ChallengeKind,
    /// When it was lodged; `None` when only its end is on record.
    pub lodged_on: Option<Date>,
    /// By whom.
    pub by: Option<Party>,
    /// How it ended; `None` while it is open.
    pub end: Option<ChallengeEnd>,
    /// When it ended.
    pub ended_on: Option<Date>,
    /// The facts that say so.
    pub facts: Vec<EventId>,
}

/// A condition of the grant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConditionState {
    /// What the grant requires.
    pub condition: Condition,
    /// When it was discharged.
    pub discharged_on: Option<Date>,
    /// When it was breached, if it was.
    pub breached_on: Option<Date>,
    /// Whether it is discharged, and was not breached since.
    pub is_met: bool,
}

impl ConditionState {
    /// Whether it was breached, and not discharged since.
    #[must_use]
    pub const fn is_breached(&self) -> bool {
        self.breached_on.is_some() && !self.is_met
    }
}

/// Whose court the ball is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Court {
    /// Who has to act.
    pub party: Party,
    /// Since when.
    pub since: Date,
}

/// What a source says of how the permit stands, without saying since when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedStanding {
    /// How it stands.
    pub standing: PermitStanding,
    /// What the source calls it.
    pub words: Option<Line>,
    /// When it stood so.
    pub as_of: Date,
    /// The fact that says so.
    pub fact_id: EventId,
    /// Whether it is still to be decided, or challenged, by what is on record with its date.
    #[serde(skip)]
    is_open_by_dates: bool,
}

/// The regime and the case that were found to apply in the place of those that the permit was identified with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegimeFound {
    /// The regime, by its id.
    pub regime: Line,
    /// The case within the regime, by its id.
    pub case: Line,
    /// From when on.
    pub from: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// What is known of a permit.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Permit {
    founding: Option<Arc<PermitFact>>,
    /// The regime that was found to apply, where another was thought to before or none was known.
    pub regime_found: Option<Box<RegimeFound>>,
    /// Where it stands.
    pub state: PermitState,
    /// Since when; `None` while only its identification is on record, and where only a report says so.
    pub state_since: Option<Date>,
    /// Who has to act now; `None` when nobody has to.
    pub court: Option<Court>,
    /// The reference of the last application that has one.
    pub reference: Option<Line>,
    /// When an application was first submitted.
    pub submitted_on: Option<Date>,
    /// How often it was returned as incomplete.
    pub returns: u32,
    /// What is missing, by the last return.
    pub missing: Vec<Line>,
    /// When it was accepted as complete.
    pub accepted_on: Option<Date>,
    /// When the statutory clock started.
    pub clock_started_on: Option<Date>,
    /// Every stop of the clock.
    pub stops: Series<Stop>,
    /// Every extension of the deadline.
    pub extensions: Series<Extension>,
    /// When a minister called the application in.
    pub called_in_on: Option<Date>,
    /// What was recommended.
    pub recommendation: Option<Recommendation>,
    /// Every determination, quashed ones included.
    pub determinations: Series<Determination>,
    /// Whether a challenge to the determination that counts was upheld, and nothing says yet what follows from that.
    pub is_unsettled: bool,
    /// Every challenge.
    pub challenges: Series<Challenge>,
    /// The conditions of the grant.
    pub conditions: Series<ConditionState>,
    /// When the application was withdrawn or lapsed, or the grant surrendered or expired.
    pub ended_on: Option<Date>,
    /// When the application was first withdrawn or lapsed, whatever was determined afterwards.
    pub given_up_on: Option<Date>,
    /// What a source says of how it stands, as long as nothing is on record that happened later.
    pub reported: Option<Box<ReportedStanding>>,
}

impl Permit {
    /// What was identified.
    #[must_use]
    pub fn identified(&self) -> Option<&PermitIdentified> {
        match self.founding.as_deref()? {
            PermitFact::PermitIdentified(identified) => Some(identified),
            _ => None,
        }
    }

    /// The regime whose periods apply, by its id or by what a source calls it.
    #[must_use]
    pub fn regime(&self) -> Option<&Line> {
        match &self.regime_found {
            Some(found) => Some(&found.regime),
            None => self.identified()?.regime.as_ref(),
        }
    }

    /// The case within the regime.
    #[must_use]
    pub fn case(&self) -> Option<&Line> {
        match &self.regime_found {
            Some(found) => Some(&found.case),
            None => self.identified()?.case.as_ref(),
        }
    }

    /// The fact by which it is granted, where that is on record with its date or reported.
    ///
    /// # Errors
    ///
    /// Why there is no grant that stands, in words.
    pub fn grant(&self) -> Result<EventId, String> {
        let ended = || self.ended_on.map(|on| format!(" on {on}")).unwrap_or_default();
        match self.determination() {
            _ if self.state == PermitState::Surrendered => Err(format!("the grant was surrendered{}", ended())),
            _ if self.state == PermitState::Expired => Err(format!("the grant expired{}", ended())),
            Some(_) if self.state < PermitState::Decided => Err("it is being determined anew".to_owned()),
            Some(_) if self.is_unsettled => Err("a challenge to it was upheld, and nothing followed yet".to_owned()),
            Some(determination) if determination.outcome.is_grant() => Ok(determination.fact_id),
            Some(_) => Err("it is refused".to_owned()),
            None => self.reported_grant().ok_or_else(|| self.why_undetermined().to_owned()),
        }
    }

    /// The report by which it is granted, where nothing is determined.
    fn reported_grant(&self) -> Option<EventId> {
        let granted = self.reported_outcome() == Some(Outcome::Granted);
        self.reported.as_deref().filter(|_| granted).map(|reported| reported.fact_id)
    }

    fn why_undetermined(&self) -> &'static str {
        match self.reported_outcome() {
            Some(_) => "it is reported as refused",
            None if self.is_open() && self.determinations.is_empty() => "it is not determined",
            None if !self.determinations.is_empty() => "the determination is quashed",
            None => "it has ended without a grant",
        }
    }

    /// What was determined or, where no determination is on record, reported.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.determination().map(|determination| determination.outcome).or_else(|| self.reported_outcome())
    }

    /// What a report says was determined, where nothing is on record as determined.
    fn reported_outcome(&self) -> Option<Outcome> {
        let reported = self.reported.as_deref().filter(|_| self.is_reported_over() && self.determination().is_none())?;
        match reported.standing {
            PermitStanding::Granted | PermitStanding::InUse => Some(Outcome::Granted),
            PermitStanding::Refused => Some(Outcome::Refused),
            PermitStanding::Open | PermitStanding::Closed => None,
        }
    }

    /// Whether what it is for is being built, or was, as a source reported.
    #[must_use]
    pub fn is_reported_in_use(&self) -> bool {
        self.reported.as_deref().is_some_and(|reported| reported.standing == PermitStanding::InUse)
    }

    /// The determination that counts: the last for which way was made; of those, that of an appeal or a minister before
    /// that of the authority, then the latest.
    #[must_use]
    pub fn determination(&self) -> Option<&Determination> {
        let standing = self.determinations.iter().filter(|determination| determination.quashed_on.is_none());
        standing.max_by_key(|determination| determination.rank())
    }

    /// Whether something is still to be decided: it is neither ended nor determined, or the determination is challenged,
    /// and no source says that it is over.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state < PermitState::Decided || self.state == PermitState::Challenged
    }

    /// Whether a source says that what is open by the dates is over.
    fn is_reported_over(&self) -> bool {
        let reported = self.reported.as_deref();
        reported.is_some_and(|reported| reported.is_open_by_dates && reported.standing != PermitStanding::Open)
    }

    /// What a source reported, where it does not fit what is on record with its date.
    fn reported_otherwise(&self) -> Option<&ReportedStanding> {
        let reported = self.reported.as_deref()?;
        let granted = self.determination().is_some_and(|determination| determination.outcome.is_grant());
        let is_open = reported.is_open_by_dates;
        let fits = match reported.standing {
            PermitStanding::Open => is_open,
            PermitStanding::Granted | PermitStanding::InUse => granted && !is_open,
            PermitStanding::Refused => self.determination().is_some() && !granted && !is_open,
            PermitStanding::Closed => !is_open,
        };
        (!fits).then_some(reported)
    }
}

impl State for Permit {
    type Fact = PermitFact;

    type Aside = Aside;

    fn take(&mut self, aside: &mut Aside, live: &Live<PermitFact>, flags: &mut Vec<Flag>) {
        fold::take(self, aside, live, flags);
    }

    fn whole(&self, aside: &Aside) -> Vec<Flag> {
        fold::whole(self, aside)
    }
}
