//! A thing with many acts goes on from the conclusions that were drawn; it says what it would if all were drawn anew.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use crate::support::{facts::*, *};
use chrono::{Duration, NaiveDate};
use projections::{
    Entry, Kinded, Picture,
    things::{Award, Cluster, Initiative, Partnership, Permit, PolicyMeasure, Programme, Project, Register, Thing},
};
use proptest::{prelude::*, sample::Index};
use schema::Fact;

/// What is done next: a fact at the end of life as a rule, and now and then anything else.
#[derive(Debug, Clone)]
struct Step<F> {
    does: u8,
    fact: F,
    days: u8,
    about: Index,
    by_register: bool,
}

/// Histories long enough for a thing to go on from what was drawn.
fn steps<F: Fact>(facts: Vec<F>) -> impl Strategy<Value = Vec<Step<F>>> {
    let drawn = (0..60_u8, prop::sample::select(facts), 0..3_u8, any::<Index>(), prop::bool::weighted(0.1));
    let step = drawn.prop_map(|(does, fact, days, about, by_register)| Step { does, fact, days, about, by_register });
    prop::collection::vec(step, 70..120)
}

/// Ids are those of steps to come for some that are about another, so that what is not there yet can turn up.
fn acts<F: Fact>(founding: F, steps: Vec<Step<F>>) -> Vec<Said<F>> {
    let mut today: NaiveDate = day("2020-01-01");
    let mut acts = vec![stated(1, "2020-01-01", founding)];
    for (number, step) in (2..).zip(steps) {
        today += Duration::days(step.days.into());
        let (on, earlier) = (today.to_string(), 1 + step.about.index(number as usize - 1) as u128);
        let act = match step.does {
            0 => corrected(number, earlier, &on, step.fact),
            1 => retracted(number, earlier),
            2 => confirmed(number, earlier),
            3 => evidence_attached(number, earlier, "letter"),
            4 => confirmed(number, number + 1 + step.about.index(20) as u128),
            5 => stated(number, "2020-02", step.fact),
            6 => stated(number, &on, step.fact).for_parties(),
            7 => stated(number, "2090-01-01", step.fact),
            8 => stated(number, &on, step.fact).resting_on("letter"),
            _ => stated(number, &on, step.fact),
        };
        acts.push(if step.by_register { act.by_register("2023-12-31") } else { act });
    }
    acts
}

fn in_batches<S: Kinded>(acts: &[Said<S::Fact>], size: usize) -> Result<(), TestCaseError> {
    let (mut log, id) = (Log::default(), the(S::Fact::KIND));
    for act in acts {
        log.record_on(id, act);
    }
    let mut picture = Picture::default();
    for batch in log.events.chunks(size) {
        let before = picture.clone();
        picture = picture.with(batch.iter().map(Entry::from));
        let thing = picture.thing::<S>(id).unwrap();
        let anew = Thing::<S>::of(id, thing.acts().iter().cloned().collect());
        prop_assert_eq!(&**thing, &anew);
        prop_assert_eq!(before.thing::<S>(id).map_or(0, |thing| thing.acts().len()) + batch.len(), thing.acts().len());
    }
    prop_assert_eq!(picture.hash(), log.picture().hash());
    for target in log.picture().thing::<S>(id).unwrap().live().iter().flat_map(|live| live.fact().references()) {
        prop_assert!(picture.links().to(target, S::Fact::KIND).any(|source| source == id));
    }
    Ok(())
}

macro_rules! goes_on_as_if_anew {
    ($($name:ident: $kind:ident of $facts:expr;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(24))]

            $(#[test]
            fn $name(steps in steps($facts), size in prop::sample::select(&[1_usize, 1, 3, 40][..])) {
                in_batches::<$kind>(&acts($facts.remove(0), steps), size)?;
            })+
        }
    };
}

goes_on_as_if_anew! {
    a_permit_goes_on_as_if_drawn_anew: Permit of permit_facts();
    a_project_goes_on_as_if_drawn_anew: Project of project_facts();
    a_cluster_goes_on_as_if_drawn_anew: Cluster of cluster_facts();
    an_award_goes_on_as_if_drawn_anew: Award of award_facts();
    a_partnership_goes_on_as_if_drawn_anew: Partnership of partnership_facts();
    a_policy_measure_goes_on_as_if_drawn_anew: PolicyMeasure of measure_facts();
    a_programme_goes_on_as_if_drawn_anew: Programme of programme_facts();
    the_initiative_goes_on_as_if_drawn_anew: Initiative of initiative_facts();
    a_register_goes_on_as_if_drawn_anew: Register of register_facts();
}
