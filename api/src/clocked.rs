//! What the clocks of permits said lately, so that a docket that is asked again need not count their days again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use answers::docket::Limit;
use chrono::NaiveDate;
use projections::things::{Permit, Thing};
use schema::ThingId;

/// Of how many permits it is kept at most; when there are more, all is forgotten and begun anew.
const PERMITS_MAX: usize = 200_000;

/// What is kept of one permit: as it was seen last, for the day for which it was asked last.
struct Kept {
    thing: Arc<Thing<Permit>>,
    as_of: NaiveDate,
    limits: Arc<[Limit]>,
}

/// What the clocks of permits said lately.
///
/// A permit is told by the value that was looked at and not by its id: one on which something was recorded since, or of which
/// somebody else sees less, is another value. So nothing has to be thrown away, and nobody is told what others see.
#[derive(Default)]
pub struct Clocked(Mutex<HashMap<ThingId, Kept>>);

impl Clocked {
    /// What the clocks of `thing` say on `as_of`: what was kept, or what `find` finds.
    pub fn limits(&self, thing: &Arc<Thing<Permit>>, as_of: NaiveDate, find: impl FnOnce() -> Vec<Limit>) -> Arc<[Limit]> {
        let is_same = |kept: &&Kept| kept.as_of == as_of && Arc::ptr_eq(&kept.thing, thing);
        let kept = self.with(|kept| kept.get(&thing.id()).filter(is_same).map(|kept| Arc::clone(&kept.limits)));
        if let Some(limits) = kept {
            return limits;
        }
        // Found without holding the others up. Two that ask for the same at once both find it.
        let limits: Arc<[Limit]> = find().into();
        let found = Kept { thing: Arc::clone(thing), as_of, limits: Arc::clone(&limits) };
        self.with(|kept| {
            if kept.len() >= PERMITS_MAX {
                kept.clear();
            }
            kept.insert(thing.id(), found)
        });
        limits
    }

    /// Does something with all that is kept, whoever panicked while holding it: each entry is whole.
    fn with<T>(&self, what: impl FnOnce(&mut HashMap<ThingId, Kept>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
