//! Sums of money over awards: each unit of money counts once, and every page gives the same sum.

use std::{collections::BTreeSet, sync::Arc};

use schema::{ThingId, award::AwardIdentified};

use super::Day;
use crate::{
    Amounts, Sight,
    things::{Award, Programme, Thing},
};

/// How many awards money is followed back through at most.
const SOURCES_MAX: usize = 16;

/// What is awarded, committed and paid out under a programme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProgrammeSums {
    /// Awarded by awards that stand, and what was paid and not got back by those that were ended.
    pub awarded: Amounts,
    /// Committed by signed agreements, counted in the same way.
    pub obligated: Amounts,
    /// Paid out.
    pub disbursed: Amounts,
    /// Passed on out of awards under the programme: a part of what these award.
    pub passed_on: Amounts,
    /// What is left of the budget, in its currency; none where the budget is not known.
    pub left: Option<Amounts>,
}

impl ProgrammeSums {
    /// The sums of `programme`, over the awards that can be seen.
    pub fn of(sight: &impl Sight, day: Day, programme: &Thing<Programme>) -> Self {
        let mut sums = Self::default();
        for thing in sight.naming::<Award>(programme.id()).filter(|award| day.knows(award)) {
            let award = day.state(&thing);
            let is_under = |named: &AwardIdentified| named.programme.is_some_and(|id| ThingId::from(id) == programme.id());
            let Some(identified) = award.identified().filter(|identified| is_under(identified)) else { continue };
            let sources = sources(sight, day, identified);
            if sources.iter().filter_map(|source| source.identified()).any(is_under) {
                sums.passed_on.add_all(&award.counted_awarded());
                continue;
            }
            sums.awarded.add_all(&award.counted_awarded());
            sums.obligated.add_all(&award.counted_obligated());
            sums.disbursed.add_all(&award.disbursed);
        }
        let budget = day.state(programme).budget;
        sums.left = budget.map(|budget| Amounts::of(budget).less(&sums.awarded));
        sums
    }
}

/// The awards out of which an award is passed on, directly or by way of others, that count as awarded.
pub fn sources(sight: &impl Sight, day: Day, award: &AwardIdentified) -> Vec<Award> {
    let mut sources = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = award.out_of;
    while let Some(thing) = next.filter(|id| seen.insert(*id)).and_then(|id| sight.thing::<Award>(id)) {
        next = follow(day, &thing, &mut sources).filter(|_| seen.len() < SOURCES_MAX);
    }
    sources
}

fn follow(day: Day, thing: &Arc<Thing<Award>>, sources: &mut Vec<Award>) -> Option<schema::AwardId> {
    let state = day.state(thing).into_owned();
    let out_of = state.identified()?.out_of;
    if day.knows(thing) && state.counts_as_awarded() {
        sources.push(state);
    }
    out_of
}
