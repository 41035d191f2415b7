//! What happened to an application, as far as a clock asks: a fold of a permit's facts feeds it.

use chrono::NaiveDate;
use schema::{
    Date, Precision,
    permit::{ChallengeKind, Party, Period, Relief},
};

use crate::regime::Trigger;

/// What a caller calls a fact: any number of its own, by which others refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey(pub usize);

/// An application to which a regime's law applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The regime, by its id.
    pub regime: String,
    /// The case as it was identified, by its id.
    pub case: String,
    /// Where it is: codes such as `GB-ENG`, `NL`, `DE-BW`. They choose the calendar.
    pub places: Vec<String>,
    /// What happened, in any order.
    pub happenings: Vec<Happening>,
}

/// Something that happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What the caller calls it; no two are the same.
    pub key: FactKey,
    /// The day of the act itself. A coarse date counts from its first day.
    pub on: Date,
    /// Its place among those of the same day, where that is known.
    pub sequence: u16,
    /// Whether it is taken, and flagged, where the law has no room for it: from a register, or by an override.
    pub insisted: bool,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The application was submitted.
    Submitted {
        /// When it was received, where that is another day.
        received_on: Option<Date>,
    },
    /// The application was amended.
    Amended {
        /// Whether the amendment is material; unknown, if none.
        material: Option<bool>,
    },
    /// The application was returned as incomplete.
    Returned,
    /// The application was accepted as complete.
    Accepted,
    /// The authority said that the clock started.
    ClockStarted,
    /// The authority asked for information.
    InformationRequested {
        /// The regime's ground, where it is one to stop on.
        ground: Option<String>,
        /// Until when it is to be supplied.
        due_on: Option<Date>,
    },
    /// Information was supplied.
    InformationSupplied {
        /// The request; the last open one, where none is named.
        request: Option<FactKey>,
        /// Whether that was all; taken to be so, unless it was not.
        complete: Option<bool>,
    },
    /// The clock was stopped.
    Stopped {
        /// The regime's ground.
        ground: Option<String>,
        /// Who has to act.
        responsible: Party,
    },
    /// The clock was resumed.
    Resumed {
        /// The stop; the last open one on the ground, or the last open one, where none is named.
        stop: Option<FactKey>,
        /// The ground that is over.
        ground: Option<String>,
    },
    /// A deadline was extended.
    Extended {
        /// Which limit; the one that knows the ground, where none is named.
        limit: Option<String>,
        /// The regime's ground; the only one of the limit, where none is named.
        ground: Option<String>,
        /// By how much, where it is not to a date.
        by: Option<Period>,
        /// To which date.
        to: Option<Date>,
    },
    /// A limit was replaced by another length or date.
    Replaced {
        /// Which limit.
        limit: String,
        /// Another length.
        by: Option<Period>,
        /// Another date.
        to: Option<Date>,
    },
    /// The authority published the deadline of a limit.
    Published {
        /// Which limit.
        limit: String,
        /// Its deadline.
        deadline: Date,
    },
    /// A step of the regime was taken.
    Step(String),
    /// A consultation opened.
    ConsultationOpened,
    /// A consultation closed.
    ConsultationClosed,
    /// A recommendation was made, and received by who decides.
    Recommended,
    /// The application was granted, partly granted or refused.
    Determined {
        /// When that was announced, where it is another day.
        announced_on: Option<Date>,
        /// Whether this records what the law made of silence.
        deemed: bool,
    },
    /// The application was withdrawn.
    Withdrawn,
    /// The application lapsed.
    Lapsed,
    /// The determination, or the lack of one, was challenged.
    ChallengeLodged {
        /// How.
        kind: ChallengeKind,
        /// By whom; unknown, if none.
        by: Option<Party>,
    },
    /// A challenge was withdrawn or dismissed.
    ChallengeEnded {
        /// The challenge; the last open one, where none is named.
        challenge: Option<FactKey>,
    },
    /// A challenge was upheld.
    ChallengeUpheld {
        /// The challenge; the last open one, where none is named.
        challenge: Option<FactKey>,
        /// What became of the determination, where it is said.
        relief: Option<Relief>,
    },
    /// The determination was quashed.
    Quashed {
        /// Whether in part only.
        in_part: bool,
    },
    /// The application is to be determined again.
    RedeterminationOpened,
    /// Another regime or case was found to apply, from this day on.
    RegimeDetermined {
        /// The regime.
        regime: String,
        /// The case.
        case: String,
    },
}

impl Happening {
    /// The day on which it counts: the first day of a coarse date.
    #[must_use]
    pub fn day(&self) -> NaiveDate {
        self.on.first()
    }

    /// Whether its day is known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.on.precision() == Precision::Day
    }

    /// The day on which `trigger` comes by this, if it does.
    pub(super) fn fires(&self, trigger: &Trigger) -> Option<NaiveDate> {
        match (trigger, &self.what) {
            (Trigger::Receipt, What::Submitted { received_on }) => Some(received_on.unwrap_or(self.on).first()),
            (Trigger::Determination, What::Determined { .. }) => Some(self.day()),
            (Trigger::Announced, What::Determined { announced_on, .. }) => Some(announced_on.unwrap_or(self.on).first()),
            (Trigger::Appeal, What::ChallengeLodged { kind: ChallengeKind::Appeal, by }) => {
                by.is_none_or(|by| by == Party::Applicant).then(|| self.day())
            }
            (Trigger::Step(id), What::Step(step)) if id == step => Some(self.day()),
            (Trigger::Fact(name), what) if what.fact() == Some(name) => Some(self.day()),
            _ => None,
        }
    }
}

impl What {
    /// The name of its type of fact, where a regime can name it.
    fn fact(&self) -> Option<&'static str> {
        Some(match self {
            Self::Submitted { .. } => "ApplicationSubmitted",
            Self::Amended { .. } => "ApplicationAmended",
            Self::Returned => "ApplicationReturned",
            Self::Accepted => "ApplicationAccepted",
            Self::ClockStarted => "ClockStarted",
            Self::InformationSupplied { .. } => "InformationSupplied",
            Self::ConsultationOpened => "ConsultationOpened",
            Self::ConsultationClosed => "ConsultationClosed",
            Self::Recommended => "RecommendationMade",
            Self::Withdrawn => "ApplicationWithdrawn",
            Self::Lapsed => "ApplicationLapsed",
            Self::ChallengeLodged { .. } => "ChallengeLodged",
            Self::Quashed { .. } => "DeterminationQuashed",
            Self::RedeterminationOpened => "RedeterminationOpened",
            Self::Published { .. } => "DeadlinePublished",
            _ => return None,
        })
    }

    /// The place in life of what happens on one day: what ends a stop comes before a further stop, what starts a clock before
    /// what stops it, what determines last.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::RegimeDetermined { .. } => 0,
            Self::Submitted { .. } => 1,
            Self::Returned => 2,
            Self::Amended { .. } => 3,
            Self::Accepted => 4,
            Self::ClockStarted => 5,
            Self::Step(_) => 6,
            Self::Published { .. } => 7,
            Self::ConsultationOpened => 8,
            Self::ConsultationClosed => 9,
            Self::Recommended => 10,
            Self::Extended { .. } => 11,
            Self::Replaced { .. } => 12,
            Self::Resumed { .. } => 13,
            Self::InformationRequested { .. } => 14,
            Self::InformationSupplied { .. } => 15,
            Self::Stopped { .. } => 16,
            Self::Withdrawn => 17,
            Self::Lapsed => 18,
            Self::Determined { .. } => 19,
            Self::ChallengeLodged { .. } => 20,
            Self::ChallengeEnded { .. } => 21,
            Self::ChallengeUpheld { .. } => 22,
            Self::Quashed { .. } => 23,
            Self::RedeterminationOpened => 24,
        }
    }
}
