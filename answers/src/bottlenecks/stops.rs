//! What stops and incomplete applications cost (DOMAIN §6.3).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schema::permit::Party;

use super::{Halt, Passage};
use crate::statistics::{Percent, quantile};

/// The grounds, by their ids in regimes, on which a clock stops because an application is not complete.
const COMPLETENESS_GROUNDS: [&str; 2] = ["incomplete", "completeness"];

/// What one party took on one ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedBy {
    /// Who had to act.
    pub party: Party,
    /// On what ground: its id in the regime or, without one, in words.
    pub ground: String,
    /// Days, each counted once: of stops that overlap the first has it.
    pub days: u64,
    /// In how many permits.
    pub permits: u32,
}

/// How much of the time that elapsed stood still.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stopped {
    /// By party and ground, the most days first.
    pub by: Vec<StoppedBy>,
    /// Days that stood still, each counted once.
    pub days: u64,
    /// Days that elapsed, of the same permits.
    pub elapsed_days: u64,
    /// In how many permits something stood still.
    pub permits: u32,
    /// How many permits there are whose elapsed days are known.
    pub n: u32,
}

impl Stopped {
    /// The share of what elapsed that stood still, 0 to 1; none where nothing elapsed.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        share(self.days, self.elapsed_days)
    }
}

/// A part of a whole; none where there is nothing of the whole.
#[expect(clippy::cast_precision_loss, reason = "days and counts lie far below 2^52")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How much of what elapsed in `passages` stood still.
#[must_use]
pub fn stopped<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Stopped {
    let mut stopped = Stopped::default();
    let mut by: BTreeMap<(Party, &str), (u64, u32)> = BTreeMap::new();
    for passage in passages {
        let Some(elapsed) = passage.elapsed() else { continue };
        stopped.n += 1;
        stopped.elapsed_days += u64::from(elapsed);
        let taken = taken(passage);
        stopped.permits += u32::from(!taken.is_empty());
        for (of, days) in taken {
            stopped.days += days;
            let (sum, permits) = by.entry(of).or_default();
            *sum += days;
            *permits += 1;
        }
    }
    let of = |((party, ground), (days, permits)): ((Party, &str), (u64, u32))| StoppedBy {
        party,
        ground: ground.to_owned(),
        days,
        permits,
    };
    stopped.by = by.into_iter().map(of).collect();
    stopped.by.sort_by_key(|by| std::cmp::Reverse(by.days));
    stopped
}

/// The days of a passage that stood still by party and ground, between its submission and its end.
fn taken(passage: &Passage) -> BTreeMap<(Party, &str), u64> {
    let mut taken = BTreeMap::new();
    let Some(submitted) = passage.submitted else { return taken };
    let end = passage.ended.unwrap_or(passage.watch.until);
    let mut halts: Vec<&Halt> = passage.halts.iter().collect();
    halts.sort_by_key(|halt| (halt.from, halt.until.is_none(), halt.until, halt.party, halt.ground.as_str()));
    let mut counted_to = submitted;
    for halt in halts {
        let until = halt.until.map_or(end, |until| until.min(end));
        let days = days_between(halt.from.max(counted_to), until);
        if days > 0 {
            *taken.entry((halt.party, halt.ground.as_str())).or_default() += days;
            counted_to = until;
        }
    }
    taken
}

fn days_between(from: NaiveDate, until: NaiveDate) -> u64 {
    u64::try_from((until - from).num_days()).unwrap_or_default()
}

/// What it costs to get an application complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Completeness {
    /// Half are accepted within so many days of the submission, stops on completeness grounds added; none below five.
    pub median: Option<u32>,
    /// All such days together.
    pub days: u64,
    /// Of how many both the submission and the first acceptance are known.
    pub known: u32,
    /// How many were submitted.
    pub of: u32,
    /// How many returns as incomplete there were.
    pub returns: u32,
    /// How many permits were returned at least once.
    pub returned: u32,
}

/// What it cost to get the applications of `passages` complete.
#[must_use]
pub fn completeness<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Completeness {
    let mut completeness = Completeness::default();
    let mut losses = Vec::new();
    for passage in passages.into_iter().filter(|passage| passage.submitted.is_some()) {
        completeness.of += 1;
        completeness.returns += passage.returns;
        completeness.returned += u32::from(passage.returns > 0);
        let Some(to_acceptance) = passage.to_acceptance else { continue };
        let stopped = taken(passage).into_iter().filter(|((_, ground), _)| COMPLETENESS_GROUNDS.contains(ground));
        let loss = u64::from(to_acceptance) + stopped.map(|(_, days)| days).sum::<u64>();
        completeness.known += 1;
        completeness.days += loss;
        losses.push(u32::try_from(loss).unwrap_or(u32::MAX));
    }
    losses.sort_unstable();
    completeness.median = quantile(&losses, Percent::MEDIAN);
    completeness
}
