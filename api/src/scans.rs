//! What the fields of the API look through, in the units in which an operation is measured.
//!
//! Ten units are a point, and a point is to take about as long wherever it is spent. The figures come from the queries in the
//! README's table *At size*; `cargo bench --bench size` prints what a point takes in each.

use graphql::limits::Scans;
use projections::{
    Picture,
    things::{Award, Cluster, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project},
};

use crate::Api;

/// How many things that are looked at in a list are a unit.
const LISTED_PER_UNIT: u64 = 10;
/// Units for each project that is added up with its money, its permits and its capacity.
const UNITS_PER_ADDED_UP: u64 = 3;
/// Units for each project whose levels are found and whose blockers are named.
const UNITS_PER_OUTLOOK: u64 = 5;
/// Units for the levels of a cluster, and for each of its projects.
const UNITS_PER_LEVELS: u64 = 40;
/// Units for the clocks of a permit.
const UNITS_PER_CLOCKS: u64 = 2;
/// How many permits there are to one that is open, in the registers that we know.
const PERMITS_PER_OPEN: u64 = 8;
/// Units for the steps of a thing, of which each is decided on by way of trial.
const UNITS_PER_STEPS: u64 = 100;
/// Units for all of whom roles are on record.
const UNITS_PER_SUBJECTS: u64 = 100;
/// Units for the facts of a thing that somebody may confirm.
const UNITS_PER_AWAITING: u64 = 2;
/// Into how many groups permits are taken to fall, of which a page shows each with its own.
const GROUPS_ON_A_PAGE: u64 = 10;
/// How often levels are found anew for their history, in the years that it goes back.
const DAYS_IN_HISTORY: u64 = 100;
/// How many events that are gone through for an earlier picture are a unit.
const EVENTS_PER_UNIT: u64 = 20;

impl Scans for Api {
    fn of_field(&self, type_name: &str, field: &str) -> u64 {
        let picture = self.app().picture();
        let projects = || about(picture.things::<Project>().len());
        let permits = || about(picture.things::<Permit>().len());
        let clusters = || about(picture.things::<Cluster>().len());
        let in_a_cluster = || projects() / clusters();
        match (type_name, field) {
            ("Query", "organisations") => listed(picture.things::<Organisation>().len()),
            ("Query", "clusters") => listed(picture.things::<Cluster>().len()),
            ("Query", "projects" | "projectsByStage") => listed(picture.things::<Project>().len()),
            ("Query", "permits" | "permitsByState") => listed(picture.things::<Permit>().len()),
            ("Query", "permitBottlenecks") => permits() * UNITS_PER_CLOCKS,
            // The clocks of those that are open only, which are remembered.
            ("Query", "permitDocket") => permits() * UNITS_PER_CLOCKS / PERMITS_PER_OPEN,
            ("PermitBottleneck", "permits" | "forecasts" | "dwell") => {
                listed(picture.things::<Permit>().len()) / GROUPS_ON_A_PAGE
            }
            ("Query", "programmes") => listed(picture.things::<Programme>().len()),
            ("Query", "awards" | "awardsByState") => listed(picture.things::<Award>().len()),
            ("Query", "partnerships") => listed(picture.things::<Partnership>().len()),
            ("Query", "policyMeasures") => listed(picture.things::<PolicyMeasure>().len()),
            ("Query", "search") => listed(named_things(&picture)),
            ("Query", "rollUp" | "pipeline") => projects() * UNITS_PER_ADDED_UP,
            ("Query", "fidOutlook") => projects() * UNITS_PER_OUTLOOK,
            ("Cluster", "rollUp") => in_a_cluster() * UNITS_PER_ADDED_UP,
            ("Cluster", "pillars") => UNITS_PER_LEVELS + in_a_cluster(),
            ("Cluster", "projectLevels") => in_a_cluster() * UNITS_PER_OUTLOOK,
            // Whatever their number, which is not for everybody to know.
            ("Query", "subjects") => UNITS_PER_SUBJECTS,
            ("Query", "nextSteps") => UNITS_PER_STEPS,
            ("Record", "awaitingConfirmation") => UNITS_PER_AWAITING,
            ("DocketEntry", "clock") | ("Permit", "clocks" | "clocksUnknownBecause" | "clockMisfits") => UNITS_PER_CLOCKS,
            ("Project", "pillars") => UNITS_PER_OUTLOOK,
            (payload, "changes") if payload.ends_with("Payload") => 2 * (UNITS_PER_LEVELS + in_a_cluster()),
            ("Pillars", "history") => UNITS_PER_LEVELS * DAYS_IN_HISTORY,
            _ => 0,
        }
    }

    fn of_argument(&self, name: &str) -> u64 {
        if name == "asKnownAt" { about(self.app().picture().events()) / EVENTS_PER_UNIT } else { 0 }
    }
}

/// How many things there are by whose names something is sought; the other kinds have few.
fn named_things(picture: &Picture) -> usize {
    picture.things::<Project>().len() + picture.things::<Permit>().len() + picture.things::<Award>().len()
}

fn listed(things: usize) -> u64 {
    about(things) / LISTED_PER_UNIT
}

/// A count to the next power of two: what an operation cost is told, and the count holds things that its sender may not see.
fn about(count: impl TryInto<u64>) -> u64 {
    count.try_into().unwrap_or(u64::MAX >> 1).max(COUNT_TOLD_MIN).next_power_of_two()
}

/// Below this all counts are told alike.
const COUNT_TOLD_MIN: u64 = 64;
