//! What comes in and what goes out (DOMAIN §6.4).

use chrono::{Months, NaiveDate};

use super::{Passage, stops::share};

/// Over how many months flow is counted.
const MONTHS: u32 = 12;

/// Arrivals and endings over the last twelve months, and what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// How many are submitted and have not ended.
    pub open: u32,
    /// How many were submitted in the twelve months up to the last day of which is told.
    pub arrivals: u32,
    /// How many ended in them.
    pub endings: u32,
}

impl Flow {
    /// Endings a month.
    #[must_use]
    pub fn endings_a_month(&self) -> f64 {
        f64::from(self.endings) / f64::from(MONTHS)
    }

    /// Arrivals a month.
    #[must_use]
    pub fn arrivals_a_month(&self) -> f64 {
        f64::from(self.arrivals) / f64::from(MONTHS)
    }

    /// How many months it takes to end what is open, at the pace of the last twelve; none where nothing ended in them.
    #[must_use]
    pub fn clearance_months(&self) -> Option<f64> {
        share(u64::from(self.open) * u64::from(MONTHS), self.endings.into())
    }

    /// Endings for each arrival; none where nothing arrived.
    #[must_use]
    pub fn clearance_rate(&self) -> Option<f64> {
        share(self.endings.into(), self.arrivals.into())
    }

    /// By how many arrivals exceed endings: what the backlog grew by.
    #[must_use]
    pub fn net_backlog(&self) -> i64 {
        i64::from(self.arrivals) - i64::from(self.endings)
    }
}

/// What came in and went out of `passages` in the twelve months that end with `as_of` or, of a register's, with its edition:
/// it is silent about what came later, which is not nothing.
#[must_use]
pub fn flow<'a>(passages: impl IntoIterator<Item = &'a Passage>, as_of: NaiveDate) -> Flow {
    let mut flow = Flow::default();
    for passage in passages {
        let until = passage.watch.until.min(as_of);
        let since = until.checked_sub_months(Months::new(MONTHS)).unwrap_or(NaiveDate::MIN);
        let is_of_them = |day: Option<NaiveDate>| u32::from(day.is_some_and(|day| since < day && day <= until));
        flow.open += u32::from(passage.is_open());
        flow.arrivals += is_of_them(passage.submitted);
        flow.endings += is_of_them(passage.ended);
    }
    flow
}
