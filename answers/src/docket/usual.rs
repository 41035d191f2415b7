//! What is usual: how old permits of a kind grow, and how long stops on a ground last.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use projections::{
    Sight,
    things::{Live, Permit, Register, Stop, Thing},
};
use schema::{Date, Line, LineKey, permit::PermitFact};

use crate::{
    bottlenecks::{Ending, Way, count, way},
    statistics::{Observation, Percent, Survival, Table, quantile},
};

/// What is usual among all permits that somebody may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usual {
    /// By instrument: the age by which 85 % have ended, in days.
    kinds: HashMap<LineKey, u32>,
    /// By ground: what 85 % of the stops that are over did not exceed, in days.
    stops: BTreeMap<LineKey, u32>,
}

/// How old a permit is, beside what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Days since the submission, to the day asked or, of a register's, to its edition.
    pub days: u32,
    /// The age by which 85 % of its kind have ended, where that is known.
    pub usual: Option<u32>,
}

impl Age {
    /// Whether it is past what is usual for its kind.
    #[must_use]
    pub fn is_ageing(self) -> bool {
        self.usual.is_some_and(|usual| self.days > usual)
    }
}

impl Usual {
    /// The age of a permit that is open, beside what is usual for its kind.
    #[must_use]
    pub fn age(&self, state: &Permit, until: NaiveDate) -> Option<Age> {
        let elapsed = state.elapsed(until).filter(|_| state.is_open())?;
        let kind = state.identified().map(|identified| identified.instrument.key());
        let usual = kind.and_then(|kind| self.kinds.get(&kind)).copied();
        Some(Age { days: count(elapsed), usual })
    }

    /// Whether a stop that lasts for so many days has lasted longer than is usual on its ground; none, where fewer than five
    /// stops on it are over.
    #[must_use]
    pub fn is_long(&self, stop: &Stop, days: i64) -> Option<bool> {
        let usual = self.stops.get(&ground(stop))?;
        Some(days > i64::from(*usual))
    }
}

/// The ground of a stop: its id in the regime or, without one, in words.
fn ground(stop: &Stop) -> LineKey {
    stop.ground.as_ref().unwrap_or(&stop.reason).key()
}

/// Finds out what is usual, permit after permit.
pub struct UsualBuilder {
    as_of: NaiveDate,
    /// The last edition of each register by the day asked.
    editions: Vec<(Line, NaiveDate)>,
    /// The places of instruments among the observations, as they are written.
    places: HashMap<Line, usize>,
    observations: Vec<(LineKey, Vec<Observation<Ending>>)>,
    stops: BTreeMap<LineKey, Vec<u32>>,
}

impl UsualBuilder {
    /// What is usual on `as_of`; `sight` shows the registers.
    #[must_use]
    pub fn new(sight: &impl Sight, as_of: NaiveDate) -> Self {
        let mut editions: Vec<(Line, NaiveDate)> = Vec::new();
        for register in sight.things::<Register>() {
            let taken = register.state().editions.iter().map(|edition| &edition.taken);
            for taken in taken.filter(|taken| taken.published_on <= as_of) {
                match editions.iter_mut().find(|(register, _)| *register == taken.register) {
                    Some((_, last)) => *last = taken.published_on.max(*last),
                    None => editions.push((taken.register.clone(), taken.published_on)),
                }
            }
        }
        Self { as_of, editions, places: HashMap::new(), observations: Vec::new(), stops: BTreeMap::new() }
    }

    /// The last day of which is told of `permit`: that of the last edition, where nothing but registers tells of it.
    #[must_use]
    pub fn watched_until(&self, permit: &Thing<Permit>) -> NaiveDate {
        let mut last: Option<NaiveDate> = None;
        let mut before: Option<&Line> = None;
        for live in permit.live() {
            let Some(register) = register_of(live) else { return self.as_of };
            if before != Some(register) {
                let edition = self.editions.iter().find(|(known, _)| known == register);
                last = last.max(edition.map(|(_, on)| *on));
                before = Some(register);
            }
        }
        last.unwrap_or(self.as_of)
    }

    /// Takes a permit, which is in `state` on the day asked.
    pub fn add(&mut self, permit: &Thing<Permit>, state: &Permit) {
        let as_of = self.as_of;
        let is_past = |date: &Date| date.first() <= as_of;
        let submitted = state.submitted_on.filter(is_past);
        let Some(instrument) = state.identified().map(|identified| &identified.instrument).filter(|_| submitted.is_some()) else {
            return;
        };
        let ended = state.first_ended_on().filter(is_past);
        let ending = ended.and_then(|day| Ending::of(state, day).map(|ending| (day, ending)));
        let until = if ending.is_none() { self.watched_until(permit) } else { self.as_of };
        let observation = match way(state, submitted, ending, until) {
            Way::Open(days) => Observation::try_new(0, count(days), None),
            Way::Ended(days, ending) => Observation::try_new(0, count(days), Some(ending)),
            Way::NotSubmitted | Way::Undated | Way::Impossible => None,
        };
        let place = self.place(instrument);
        if let Some((_, observations)) = self.observations.get_mut(place) {
            observations.extend(observation);
        }
        for stop in &state.stops {
            let over =
                stop.until.filter(is_past).and_then(|until| u32::try_from((until.first() - stop.from.first()).num_days()).ok());
            if let Some(days) = over {
                self.stops.entry(ground(stop)).or_default().push(days);
            }
        }
    }

    /// Where the observations of an instrument are, however it is written.
    fn place(&mut self, instrument: &Line) -> usize {
        if let Some(place) = self.places.get(instrument) {
            return *place;
        }
        let key = instrument.key();
        let known = self.observations.iter().position(|(known, _)| *known == key);
        let place = known.unwrap_or_else(|| {
            self.observations.push((key, Vec::new()));
            self.observations.len() - 1
        });
        self.places.insert(instrument.clone(), place);
        place
    }

    /// What is usual among those that were taken.
    #[must_use]
    pub fn finish(self) -> Usual {
        let p85 = |observations: &[Observation<Ending>]| Survival::of(&Table::of(observations)).quantile(Percent::P85);
        let kinds = self.observations.into_iter().filter_map(|(kind, observations)| Some((kind, p85(&observations)?)));
        let stops = self.stops.into_iter().filter_map(|(ground, mut days)| {
            days.sort_unstable();
            Some((ground, quantile(&days, Percent::P85)?))
        });
        Usual { kinds: kinds.collect(), stops: stops.collect() }
    }
}

fn register_of(live: &Live<PermitFact>) -> Option<&Line> {
    live.version.metadata.origin.row().map(|row| &row.register)
}
