//! In what order the facts of a thing stand.
//!
//! By day, rank in life, sequence, row of the register, what they say, and only then by id, so that no answer hangs on an
//! id: facts that have all but the id in common say the same.
//!
//! A date that is known less exactly than to the day stands on its first day, but not before the latest exact day, inside
//! its interval, of a fact of lower rank. Two dates are out of order only if no choice of days puts them in order. So where
//! something does not fit, other choices are tried: other days for coarse dates, and another turn among the facts of one
//! day. The first choice with which the least does not fit is taken; it depends on the facts alone.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use chrono::NaiveDate;
use schema::{Date, Fact, Precision, Rank};

use super::{Flag, FlagCode, Live, State};

/// Of a thing with more acts no other choices are tried.
pub(super) const TRIED_ACTS_MAX: usize = 512;

/// How many facts are folded at most to find a choice that fits.
const TRIED_STEPS_MAX: usize = 4_096;

/// How often all facts are gone through for a better choice.
const PASSES_MAX: usize = 3;

/// Where among the days a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The day.
    pub day: NaiveDate,
    /// Whether it comes after the other facts of that day, whatever its rank.
    pub is_late: bool,
}

impl Place {
    /// Where a fact of this date stands as long as nothing is known of others.
    pub(super) fn first(date: Date) -> Self {
        Self { day: date.first(), is_late: false }
    }
}

/// All by which facts are in order, but for what they say and their ids.
type Key = (Place, Rank, Option<u16>, (bool, u32), Date);

impl<F: Fact> Live<F> {
    /// A person's word comes after a register's of the same day and rank.
    fn order_key(&self) -> Key {
        let origin = &self.version.metadata.origin;
        let row = origin.row().map_or((true, 0), |row| (false, row.row));
        (self.place, self.fact().rank(), self.sequence(), row, self.occurred_on())
    }

    fn says(&self) -> Vec<u8> {
        self.fact().encode().unwrap_or_default()
    }

    /// Whether it comes before or after `other`.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let by_key = self.order_key().cmp(&other.order_key());
        by_key.then_with(|| self.says().cmp(&other.says())).then_with(|| self.fact_id.cmp(&other.fact_id))
    }

    fn is_coarse(&self) -> bool {
        self.occurred_on().precision() != Precision::Day
    }
}

/// How far the order of some facts is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Latitude {
    /// The last day on which one that has a coarse date can have been.
    pub coarse_until: Option<NaiveDate>,
    /// Whether any fact could stand elsewhere.
    pub is_any: bool,
    /// Whether other choices than the first were tried: a further fact may then lead to another.
    pub is_tried: bool,
}

impl Latitude {
    fn of<F: Fact>(live: &[Live<F>]) -> Self {
        let coarse_until = live.iter().filter(|live| live.is_coarse()).map(|live| live.occurred_on().last()).max();
        let shares_its_day = |pair: &[Live<F>]| pair[0].place.day == pair[1].place.day;
        Self { coarse_until, is_any: coarse_until.is_some() || live.windows(2).any(shares_its_day), is_tried: false }
    }
}

/// The facts of a thing with `acts` acts, in their order.
pub(super) fn in_order<S: State>(mut live: Vec<Live<S::Fact>>, acts: usize) -> (Vec<Live<S::Fact>>, Latitude) {
    place_on_first_days(&mut live);
    sort(&mut live);
    let mut latitude = Latitude::of(&live);
    if latitude.is_any && acts <= TRIED_ACTS_MAX && misfits::<S>(live.iter()) > 0 {
        latitude.is_tried = true;
        let places = Trial::<S>::new(&live).best();
        for (live, place) in live.iter_mut().zip(places) {
            live.place = place;
        }
        sort(&mut live);
    }
    (live, latitude)
}

fn place_on_first_days<F: Fact>(live: &mut [Live<F>]) {
    if live.iter().all(|live| !live.is_coarse()) {
        return;
    }
    let exact = live.iter().filter(|live| !live.is_coarse());
    let mut exact: Vec<_> = exact.map(|live| (live.occurred_on().first(), live.fact().rank())).collect();
    exact.sort_unstable();
    for live in live.iter_mut().filter(|live| live.is_coarse()) {
        let (date, rank) = (live.occurred_on(), live.fact().rank());
        let Some(earliest) = date.earliest() else { continue };
        let start = exact.partition_point(|(day, _)| *day < earliest);
        let end = exact.partition_point(|(day, _)| *day <= date.last());
        if let Some((day, _)) = exact[start..end].iter().rev().find(|(_, other)| *other < rank) {
            live.place.day = *day;
        }
    }
}

fn sort<F: Fact>(live: &mut [Live<F>]) {
    live.sort_by_cached_key(Live::order_key);
    for tied in live.chunk_by_mut(|one, other| one.order_key() == other.order_key()) {
        if tied.len() > 1 {
            tied.sort_by_cached_key(|live| (live.says(), live.fact_id));
        }
    }
}

/// How much does not fit when the facts stand in this order.
fn misfits<'a, S: State>(live: impl Iterator<Item = &'a Live<S::Fact>>) -> usize {
    let (mut state, mut aside, mut flags) = (S::default(), S::Aside::default(), Vec::new());
    for live in live {
        state.take(&mut aside, live, &mut flags);
    }
    flags.len() + state.whole(&aside).len()
}

/// A search for the places with which the least does not fit.
struct Trial<'a, S: State> {
    live: &'a [Live<S::Fact>],
    places: Vec<Place>,
    /// For each fact its turn, if all were of one day.
    turns: Vec<usize>,
    steps_left: usize,
}

impl<'a, S: State> Trial<'a, S> {
    fn new(live: &'a [Live<S::Fact>]) -> Self {
        let mut by_turn: Vec<_> = (0..live.len()).collect();
        by_turn.sort_by_cached_key(|at| {
            let (_, rank, sequence, row, date) = live[*at].order_key();
            (rank, sequence, row, date, live[*at].says(), live[*at].fact_id)
        });
        let mut turns = vec![0; live.len()];
        for (turn, at) in by_turn.into_iter().enumerate() {
            turns[at] = turn;
        }
        let places = live.iter().map(|live| live.place).collect();
        Self { live, places, turns, steps_left: TRIED_STEPS_MAX }
    }

    fn best(mut self) -> Vec<Place> {
        let mut least = self.misfits();
        for _ in 0..PASSES_MAX {
            let before = least;
            for at in 0..self.live.len() {
                least = self.try_at(at, least);
            }
            if least == before {
                break;
            }
        }
        self.places
    }

    /// Takes the best of the places at which the fact at `at` can stand; gives how much does not fit then.
    fn try_at(&mut self, at: usize, mut least: usize) -> usize {
        for place in self.choices(at) {
            if least == 0 || self.steps_left < self.live.len() {
                break;
            }
            let stood = std::mem::replace(&mut self.places[at], place);
            let found = self.misfits();
            if found < least {
                least = found;
            } else {
                self.places[at] = stood;
            }
        }
        least
    }

    fn misfits(&mut self) -> usize {
        self.steps_left = self.steps_left.saturating_sub(self.live.len());
        let mut order: Vec<_> = (0..self.live.len()).collect();
        order.sort_unstable_by_key(|at| (self.places[*at], self.turns[*at]));
        misfits::<S>(order.into_iter().map(|at| &self.live[at]))
    }

    /// Where else the fact at `at` can stand: on which days of other facts, before them or after.
    fn choices(&self, at: usize) -> Vec<Place> {
        let date = self.live[at].occurred_on();
        let can_be = |day: &NaiveDate| date.earliest().is_none_or(|earliest| earliest <= *day) && *day <= date.last();
        let others = self.places.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, place)| place.day);
        let mut days: BTreeSet<_> = others.filter(can_be).collect();
        if self.live[at].is_coarse() {
            days.insert(date.first());
        }
        let places = days.into_iter().flat_map(|day| [false, true].map(|is_late| Place { day, is_late }));
        places.filter(|place| *place != self.places[at]).collect()
    }
}

/// The facts of one day and one rank that can't both hold and of which nothing tells which is the later: those that are
/// not of one command, which sends its acts in their order.
pub(super) fn same_day<F: Fact>(live: &[Live<F>]) -> Vec<Flag> {
    let beside = |one: &Live<F>, other: &Live<F>| one.place == other.place && one.fact().rank() == other.fact().rank();
    let mut flags: Vec<_> = live.chunk_by(beside).filter(|tied| tied.len() > 1).flat_map(contradictions).collect();
    flags.sort();
    flags.dedup();
    flags
}

fn contradictions<F: Fact>(tied: &[Live<F>]) -> Vec<Flag> {
    let mut matters: BTreeMap<String, Vec<(String, &Live<F>)>> = BTreeMap::new();
    for live in tied {
        for settled in live.fact().settles() {
            matters.entry(settled.matter).or_default().push((settled.how, live));
        }
    }
    let contradicts = |said: &[(String, &Live<F>)]| {
        let pairs = said.windows(2);
        pairs.into_iter().any(|pair| pair[0].0 != pair[1].0 && !pair[0].1.precedes_in_its_command(pair[1].1))
    };
    let unclear = matters.into_values().filter(|said| contradicts(said));
    unclear.map(|said| Flag::new(FlagCode::SameDay, said.iter().map(|(_, live)| live.fact_id))).collect()
}
