//! How long permits stay in each state (DOMAIN §6.5).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use projections::things::{Permit, PermitState, Thing};

use crate::statistics::{Percent, quantile};

/// How long permits stay in one state in which somebody has still to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dwell {
    /// The state.
    pub state: PermitState,
    /// Half of the stays that are over took no longer, in days; none for fewer than five.
    pub median: Option<u32>,
    /// Four fifths of them took no longer.
    pub p80: Option<u32>,
    /// How many stays are over: a permit that comes back to a state stays twice.
    pub n: u32,
    /// How many last.
    pub lasting: u32,
    /// All days of all stays together, those that last up to the day that is asked.
    pub days: u64,
}

/// A stay in one state.
struct Stay {
    state: PermitState,
    from: NaiveDate,
    until: Option<NaiveDate>,
}

/// How long `permits` stay in each state up to `as_of`, in the order of life.
#[must_use]
pub fn dwell<'a>(permits: impl IntoIterator<Item = &'a Thing<Permit>>, as_of: NaiveDate) -> Vec<Dwell> {
    let mut over: BTreeMap<PermitState, Vec<u32>> = BTreeMap::new();
    let mut lasting: BTreeMap<PermitState, Vec<u32>> = BTreeMap::new();
    for stay in permits.into_iter().flat_map(|permit| stays(permit, as_of)) {
        let days = u32::try_from((stay.until.unwrap_or(as_of) - stay.from).num_days()).unwrap_or_default();
        let of = if stay.until.is_some() { &mut over } else { &mut lasting };
        of.entry(stay.state).or_default().push(days);
    }
    let states: BTreeSet<_> = over.keys().chain(lasting.keys()).copied().collect();
    let dwell = |state: PermitState| {
        let mut days = over.remove(&state).unwrap_or_default();
        let lasting = lasting.remove(&state).unwrap_or_default();
        days.sort_unstable();
        Dwell {
            state,
            median: quantile(&days, Percent::MEDIAN),
            p80: quantile(&days, Percent::P80),
            n: u32::try_from(days.len()).unwrap_or(u32::MAX),
            lasting: u32::try_from(lasting.len()).unwrap_or(u32::MAX),
            days: days.iter().chain(&lasting).map(|days| u64::from(*days)).sum(),
        }
    };
    states.into_iter().map(dwell).collect()
}

/// The stays of a permit, in order, but for those in which nobody has to act any more.
fn stays(permit: &Thing<Permit>, as_of: NaiveDate) -> Vec<Stay> {
    let days: BTreeSet<_> = permit.live().iter().map(|live| live.occurred_on().first()).filter(|day| *day <= as_of).collect();
    let mut stays: Vec<Stay> = Vec::new();
    for from in days {
        let state = permit.on(from).state;
        match stays.last_mut() {
            Some(last) if last.state == state => continue,
            Some(last) => last.until = Some(from),
            None => {}
        }
        stays.push(Stay { state, from, until: None });
    }
    stays.retain(|stay| is_waited_for(stay.state));
    stays
}

fn is_waited_for(state: PermitState) -> bool {
    state < PermitState::Decided || matches!(state, PermitState::Challenged | PermitState::ConditionsOpen)
}
