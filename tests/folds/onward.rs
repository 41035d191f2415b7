//! A thing with many acts goes on from the conclusions that were drawn; it says what it would if all were drawn anew.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use crate::support::{facts::*, *};
use chrono::{Duration, NaiveDate};
use projections::{
    Entry, Kinded, Picture,
    things::{Award, Cluster, Initiative, Partnership, Permit, PolicyMeasure, Programme, Project, Register, Subject, Thing},
};
use proptest::{prelude::*, sample::Index};
use schema::Fact;

/// What is done next: a fact at the end of life as a rule, and now and then one further up or anything else.
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

/// How many acts come before the steps. Of a thing with that many no other orders are tried, so that it goes on also where
/// something does not fit.
const BEFORE: usize = 450;

/// Ids are those of steps to come for some that are about another, so that what is not there yet can turn up.
fn acts<F: Fact>(mut facts: Vec<F>, before: usize, steps: Vec<Step<F>>) -> Vec<Said<F>> {
    let mut today: NaiveDate = day("2015-01-01");
    let mut acts = vec![stated(1, "2015-01-01", facts.remove(0))];
    for (number, fact) in (2..).zip(facts.into_iter().cycle().take(before)) {
        today += Duration::days(1);
        acts.push(stated(number, &today.to_string(), fact));
    }
    for (number, step) in (acts.len() as u128 + 1..).zip(steps) {
        today += Duration::days(step.days.into());
        let (on, earlier) = (today.to_string(), 1 + step.about.index(number as usize - 1) as u128);
        let reach = if step.days == 2 { 600 } else { 30 };
        let back = i64::try_from(step.about.index(reach)).unwrap();
        let long_ago = (today - Duration::days(back)).to_string();
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
            9..15 => stated(number, &long_ago, step.fact),
            15..18 => corrected(number, earlier, &long_ago, step.fact),
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
        // What is wrong stays wrong; all is drawn anew now and then only, since it takes long.
        if thing.acts().len() % 4 == 0 || thing.acts().len() == acts.len() {
            let anew = Thing::<S>::of(id, thing.acts().iter().cloned().collect());
            prop_assert_eq!(&**thing, &anew);
        }
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
            #![proptest_config(ProptestConfig::with_cases(16))]

            $(#[test]
            fn $name(
                steps in steps($facts),
                before in prop::sample::select(&[0, BEFORE][..]),
                size in prop::sample::select(&[1_usize, 1, 3, 40][..]),
            ) {
                in_batches::<$kind>(&acts($facts, before, steps), size)?;
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
    a_subject_goes_on_as_if_drawn_anew: Subject of subject_facts();
}
