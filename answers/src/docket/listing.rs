//! All that is on a docket.

use std::{ops::Deref, sync::Arc};

use projections::{
    Sight,
    things::{Permit, Thing},
    views::Day,
};

use super::{Entry, Limit, UsualBuilder};

/// What a docket of `day` says of the permits that `sight` shows and that are `wanted`, in the order of their ids; `limits`
/// gives what the clocks of a permit say on that day. What is usual is so among all that can be seen.
pub fn entries<L: Deref<Target = [Limit]>>(
    sight: &impl Sight,
    day: Day,
    wanted: impl Fn(&Thing<Permit>, &Permit) -> bool,
    limits: impl Fn(&Arc<Thing<Permit>>) -> L,
) -> Vec<Entry> {
    let mut usual = UsualBuilder::new(sight, day.as_of);
    let mut found = Vec::new();
    for thing in sight.things::<Permit>() {
        let state = day.state(&thing);
        usual.add(&thing, &state);
        if Entry::may_be_on(&state, day.as_of) && wanted(&thing, &state) {
            let until = usual.watched_until(&thing);
            drop(state);
            found.push((thing, until));
        }
    }
    let usual = usual.finish();
    let entry = |(thing, until): (Arc<Thing<Permit>>, _)| {
        Entry::of(&thing, &day.state(&thing), &limits(&thing), &usual, day.as_of, until)
    };
    found.into_iter().filter_map(entry).collect()
}
