//! How long applications take, and whether they are decided in time.

use super::{Ending, Passage, Way};
use crate::statistics::{Observation, Percent, Table, quantile};

/// The durations of those that have ended (DOMAIN §6.1, §6.7), and how many are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    /// Half took no longer, in days; none for fewer than five.
    pub median: Option<u32>,
    /// Four fifths took no longer.
    pub p80: Option<u32>,
    /// Nine tenths took no longer.
    pub p90: Option<u32>,
    /// Of how many.
    pub n: u32,
    /// Of how many of them both dates are known to the day.
    pub exact: u32,
    /// How many are over of which one of the two dates is not on record.
    pub undated: u32,
    /// How many ended certainly before they were submitted.
    pub impossible: u32,
}

impl Durations {
    /// How many are over, however much is known of when.
    #[must_use]
    pub const fn over(&self) -> u32 {
        self.n + self.undated + self.impossible
    }

    /// The share of those that are over of which both dates are on record, 0 to 1; none where none is over.
    #[must_use]
    pub fn dated(&self) -> Option<f64> {
        super::stops::share(u64::from(self.n + self.impossible), u64::from(self.over()))
    }
}

/// The durations of those of `passages` that have ended.
#[must_use]
pub fn durations<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Durations {
    let mut durations = Durations { median: None, p80: None, p90: None, n: 0, exact: 0, undated: 0, impossible: 0 };
    let mut days = Vec::new();
    for passage in passages {
        match passage.way {
            Way::Ended(taken, _) => {
                durations.n += 1;
                durations.exact += u32::from(taken.is_exact());
                days.extend(passage.elapsed());
            }
            Way::Undated => durations.undated += 1,
            Way::Impossible => durations.impossible += 1,
            Way::NotSubmitted | Way::Open(_) => {}
        }
    }
    days.sort_unstable();
    durations.median = quantile(&days, Percent::MEDIAN);
    durations.p80 = quantile(&days, Percent::P80);
    durations.p90 = quantile(&days, Percent::P90);
    durations
}

/// What survival and incidences are made of: those that are pending are lost from sight on the last day of which is told.
#[must_use]
pub fn table<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Table<Ending> {
    let observations: Vec<Observation<Ending>> = passages.into_iter().filter_map(Passage::observation).collect();
    Table::of(&observations)
}

/// How many were decided in time (DOMAIN §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OnTime {
    /// By the deadline as if nothing had been extended.
    pub strict: u32,
    /// By the deadline as extended.
    pub extended: u32,
    /// Of so many of which both are known.
    pub known: u32,
    /// How many were determined.
    pub of: u32,
}

impl OnTime {
    /// The share in time by the strict deadline, 0 to 1; none where nothing is known.
    #[must_use]
    pub fn strict_share(&self) -> Option<f64> {
        super::stops::share(self.strict.into(), self.known.into())
    }

    /// The share in time by the extended deadline, 0 to 1; none where nothing is known.
    #[must_use]
    pub fn extended_share(&self) -> Option<f64> {
        super::stops::share(self.extended.into(), self.known.into())
    }

    /// What extensions hide: the share in time as extended, less that in time strictly.
    #[must_use]
    pub fn masking_gap(&self) -> Option<f64> {
        Some(self.extended_share()? - self.strict_share()?)
    }
}

/// How many of those of `passages` that were determined were so in time.
#[must_use]
pub fn on_time<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> OnTime {
    let mut on_time = OnTime::default();
    let is_determined = |passage: &&Passage| passage.ending().is_some_and(Ending::is_determination);
    for passage in passages.into_iter().filter(is_determined) {
        on_time.of += 1;
        let Some(timing) = passage.timing else { continue };
        on_time.known += 1;
        on_time.strict += u32::from(timing.strict);
        on_time.extended += u32::from(timing.extended);
    }
    on_time
}
