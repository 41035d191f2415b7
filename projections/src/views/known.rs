//! Until when a thing is known, of which nothing but a register tells.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use schema::{
    ExternalId,
    project::{Stage, Standing},
};

use super::Day;
use crate::{
    Kinded, Sight,
    things::{Permit, Project, Register, Thing},
};

/// Months in which nothing occurred and nothing was published, after which a project is a candidate for being shelved.
const SHELVED_CANDIDATE_MONTHS: u32 = 24;

/// The edition until which `thing` is known, where nothing but registers tells of it: the last one published by `as_of`
/// in which it is still there. `keys` are what the register calls it; without any, what it had and has not any more counts
/// too. `None` where a person has told of it, and where nothing is published of it.
pub fn known_until<S: Kinded>(sight: &impl Sight, as_of: NaiveDate, thing: &Thing<S>, keys: &[ExternalId]) -> Option<NaiveDate> {
    let mut tellers = BTreeSet::new();
    for live in thing.live() {
        tellers.insert(&live.register_row()?.register);
    }
    let told = thing.live().iter().filter_map(|live| live.version.metadata.published_on);
    let told = told.filter(|on| *on <= as_of).max()?;
    let registers = sight.things::<Register>();
    let editions = registers.flat_map(|register| register.state().editions.clone()).map(|edition| edition.taken);
    let has_it = |vanished: &[schema::Line]| !keys.iter().any(|key| vanished.contains(&key.value));
    let editions =
        editions.filter(|taken| tellers.contains(&taken.register) && taken.published_on <= as_of && has_it(&taken.rows_vanished));
    Some(editions.map(|taken| taken.published_on).fold(told, NaiveDate::max))
}

/// The edition until which a permit is known; see [`known_until`].
pub fn permit_known_until(sight: &impl Sight, day: Day, thing: &Thing<Permit>) -> Option<NaiveDate> {
    let keys = thing.state().identified().map(|identified| identified.identifiers.as_slice());
    known_until(sight, day.as_of, thing, keys.unwrap_or_default())
}

/// The day to which the durations of a permit run: that of the question; while it is open, no further than it is known.
pub fn durations_run_to(sight: &impl Sight, day: Day, thing: &Thing<Permit>, state: &Permit) -> NaiveDate {
    let known_until = if state.is_open() { permit_known_until(sight, day, thing) } else { None };
    known_until.unwrap_or(day.as_of)
}

/// Whether nothing occurred and nothing was published of a project for 24 months, although it is neither finished nor given
/// up. What a register is silent about is known until its last edition: one that was not imported makes no candidate.
pub fn is_shelved_candidate(sight: &impl Sight, day: Day, thing: &Thing<Project>, state: &Project) -> bool {
    if state.standing != Standing::Active || state.stage >= Some(Stage::Operational) {
        return false;
    }
    let occurred = thing.live().iter().map(|live| live.occurred_on().last());
    let published = thing.acts().iter().filter_map(|act| act.metadata.published_on);
    let last = occurred.chain(published).filter(|on| *on <= day.as_of).max();
    let quiet_from = last.and_then(|last| last.checked_add_months(Months::new(SHELVED_CANDIDATE_MONTHS)));
    let known_until = known_until(sight, day.as_of, thing, &[]).unwrap_or(day.as_of);
    quiet_from.is_some_and(|from| from <= known_until)
}
