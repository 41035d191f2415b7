//! What is due of somebody on a day, and when they are to be told (issue 15.7: the cadence of the best).

use chrono::NaiveDate;
use schema::{EventId, permit::Party};

/// How many days a telling stays on the docket, the first included: who looks once a week misses none.
pub const TOLD_DAYS: i64 = 7;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// An authority has to act by a statutory deadline.
    Decision,
    /// A clock that is stopped is expected to run again.
    Resumption,
    /// Information that was asked for is to be supplied.
    Information,
    /// A condition of the grant is to be met.
    Condition,
    /// The last day on which a determination, or the lack of one, can be challenged.
    Challenge,
}

/// Something that somebody has to do by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub what: What,
    /// The last day for it; none where nobody said one, as of a request without a date.
    pub on: Option<NaiveDate>,
    /// Since when it waits, where that is known.
    pub since: Option<NaiveDate>,
    /// Who has to act.
    pub acts: Party,
    /// Which limit, ground, request or condition, in words.
    pub words: String,
    /// The fact that says so, where one does.
    pub fact: Option<EventId>,
}

impl Due {
    /// Days from `day` to the last one, negative when that has passed.
    #[must_use]
    pub fn left_days(&self, day: NaiveDate) -> Option<i64> {
        self.on.map(|on| (on - day).num_days())
    }

    /// Whether its last day lies before `day`.
    #[must_use]
    pub fn has_passed(&self, day: NaiveDate) -> bool {
        self.left_days(day).is_some_and(|left| left < 0)
    }

    /// What is to be told to whom on `day`: the last moment of the cadence that has come, if that was no more than a week ago.
    ///
    /// Before the last day and on it, who has to act is told; after it, who waits for them as well. Of a window that has
    /// closed nothing is told.
    #[must_use]
    pub fn telling(&self, day: NaiveDate) -> Option<Telling> {
        let passed = -self.left_days(day)?;
        let moment = Moment::ALL.into_iter().rfind(|moment| moment.days_after() <= passed)?;
        let is_fresh = passed - moment.days_after() < TOLD_DAYS;
        if !is_fresh || (self.what == What::Challenge && moment.days_after() > 0) {
            return None;
        }
        let on = self.on?.checked_add_signed(chrono::Duration::days(moment.days_after()))?;
        let waits = (moment.days_after() > 0).then(|| waits_for(self.acts)).flatten();
        Some(Telling { moment, on, to: std::iter::once(self.acts).chain(waits).collect() })
    }
}

/// Who waits for what a party has to do.
const fn waits_for(acts: Party) -> Option<Party> {
    match acts {
        Party::Authority | Party::Court => Some(Party::Applicant),
        Party::Applicant | Party::OtherAuthority | Party::ThirdParty => Some(Party::Authority),
    }
}

/// When something that is due is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Five days before its last day.
    FiveDaysBefore,
    /// On its last day.
    OnTheDay,
    /// Fourteen days after it.
    FourteenDaysAfter,
    /// Twenty-eight days after it.
    TwentyEightDaysAfter,
    /// Forty-two days after it.
    FortyTwoDaysAfter,
}

impl Moment {
    /// Every moment, in order.
    pub const ALL: [Self; 5] =
        [Self::FiveDaysBefore, Self::OnTheDay, Self::FourteenDaysAfter, Self::TwentyEightDaysAfter, Self::FortyTwoDaysAfter];

    /// How many days after the last day it lies; negative before it.
    #[must_use]
    pub const fn days_after(self) -> i64 {
        match self {
            Self::FiveDaysBefore => -5,
            Self::OnTheDay => 0,
            Self::FourteenDaysAfter => 14,
            Self::TwentyEightDaysAfter => 28,
            Self::FortyTwoDaysAfter => 42,
        }
    }
}

/// What is to be told, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Which moment of the cadence has come.
    pub moment: Moment,
    /// On which day it came.
    pub on: NaiveDate,
    /// To whom: first who has to act, then who waits.
    pub to: Vec<Party>,
}
