//! The same acts say the same, whatever order they were recorded in.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use std::{collections::BTreeMap, fmt::Debug};

use crate::support::{facts::*, *};
use chrono::NaiveDate;
use projections::{
    Kinded,
    things::{
        Award, Cluster, Days, Disagreement, Fate, Flag, Initiative, Partnership, Permit, PolicyMeasure, Programme, Register,
        Subject, Thing, fates,
    },
};
use proptest::{prelude::*, sample::Index};
use schema::{
    Assurance, Date, EventId, Evidence, Fact, RegisterRow, award::AwardFact, permit::PermitFact, register::RegisterFact,
};

/// Days on which questions are asked: between, before, on and after the dates that facts have.
const DAYS: [&str; 7] = ["1999-12-31", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-01", "2024-06-30", "2026-05-31"];

/// Ends of months, a leap day, and dates that are not known to the day; few, so that many fall on one.
const DATES: [&str; 12] = [
    "2023-12-31",
    "2024-01-31",
    "2024-01-31",
    "2024-02-28",
    "2024-02-29",
    "2024-02-29",
    "2024-03-01",
    "2024-03-31",
    "2024-02",
    "2024-Q1",
    "2024",
    "2024-06-30",
];

const EDITIONS: [&str; 3] = ["2023-12-31", "2024-03-31", "2024-06-30"];

/// All that a thing says, and nothing of how it came to be recorded.
#[derive(Debug, PartialEq)]
struct Seen<S: Kinded> {
    live: Vec<SeenFact<S::Fact>>,
    state: S,
    flags: Vec<Flag>,
    fates: BTreeMap<EventId, Fate>,
    against_retractions: Vec<EventId>,
    states_on: Vec<S>,
}

#[derive(Debug, PartialEq)]
struct SeenFact<F> {
    fact_id: EventId,
    version: EventId,
    fact: F,
    occurred_on: Date,
    assurance: Assurance,
    evidence: Vec<Evidence>,
    disagreement: Option<(bool, EventId)>,
    register_row: Option<RegisterRow>,
}

fn seen<S: Kinded>(thing: &Thing<S>) -> Seen<S> {
    let live = thing.live().iter().map(|live| SeenFact {
        fact_id: live.fact_id,
        version: live.version.header.id,
        fact: live.fact().clone(),
        occurred_on: live.occurred_on(),
        assurance: live.assurance,
        evidence: live.evidence.clone(),
        disagreement: live.disagreement.as_ref().map(|disagreement| match disagreement {
            Disagreement::Differs(act) => (true, act.header.id),
            Disagreement::Withdrawn(act) => (false, act.header.id),
        }),
        register_row: live.register_row().cloned(),
    });
    Seen {
        live: live.collect(),
        state: thing.state().clone(),
        flags: thing.flags().to_vec(),
        fates: thing.acts().iter().map(|act| act.header.id).zip(fates(thing.acts())).collect(),
        against_retractions: against_retractions(thing.acts()),
        states_on: DAYS.iter().map(|text| thing.on(day(text))).collect(),
    }
}

fn against_retractions<F: Fact>(acts: &projections::things::Acts<F>) -> Vec<EventId> {
    let said = projections::things::said_by_registers(acts);
    let mut ids: Vec<_> = said.iter().filter_map(|said| said.contradiction().map(|act| act.header.id)).collect();
    ids.sort();
    ids
}

fn durations(permit: &Permit) -> Vec<[Option<Days>; 3]> {
    let at = |text: &&str| -> NaiveDate { day(text) };
    DAYS.iter().map(at).map(|day| [permit.elapsed(day), permit.used(day), permit.stopped(day)]).collect()
}

/// What an act does to an earlier one.
#[derive(Debug, Clone, Copy)]
enum Does {
    State,
    Correct,
    Retract,
    Confirm,
    Attach,
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        5 => Just(Does::State),
        3 => Just(Does::Correct),
        3 => Just(Does::Retract),
        1 => Just(Does::Confirm),
        1 => Just(Does::Attach),
    ]
}

type Plan<F> = (Does, Index, F, &'static str, Option<&'static str>, u32);

/// Acts about earlier ones, as they can come to be recorded. Ids are drawn, so that theirs is another order.
fn acts<F: Fact>(facts: Vec<F>) -> impl Strategy<Value = Vec<Said<F>>> {
    let edition = prop_oneof![3 => Just(None), 2 => prop::sample::select(&EDITIONS[..]).prop_map(Some)];
    let plan = (does(), any::<Index>(), prop::sample::select(facts), prop::sample::select(&DATES[..]), edition, any::<u32>());
    prop::collection::vec(plan, 1..24).prop_map(|plans| {
        let mut acts: Vec<(u128, Said<F>)> = Vec::new();
        for (at, plan) in plans.into_iter().enumerate() {
            let number = u128::from(plan.5) << 8 | at as u128;
            let act = act(number, plan, &acts);
            acts.push((number, act));
        }
        acts.into_iter().map(|(_, act)| act).collect()
    })
}

fn act<F: Fact>(number: u128, (does, about, fact, on, edition, _): Plan<F>, earlier: &[(u128, Said<F>)]) -> Said<F> {
    let bears_a_fact = |said: &&(u128, Said<F>)| said.1.act.fact().is_some();
    let facts: Vec<_> = earlier.iter().filter(bears_a_fact).collect();
    let act = match does {
        Does::Retract if !earlier.is_empty() => retracted(number, about.get(earlier).0),
        Does::Correct if !facts.is_empty() => corrected(number, about.get(&facts).0, on, fact),
        Does::Confirm if !facts.is_empty() => confirmed(number, about.get(&facts).0),
        Does::Attach if !facts.is_empty() => evidence_attached(number, about.get(&facts).0, &format!("letter {number}")),
        _ => stated(number, on, fact),
    };
    edition.map_or(act.clone(), |edition| act.by_register(edition))
}

/// The acts in the order in which they happened to be recorded, and in another.
fn in_two_orders<F: Fact>(facts: Vec<F>) -> impl Strategy<Value = (Vec<Said<F>>, Vec<Said<F>>)> {
    acts(facts).prop_flat_map(|acts| (Just(acts.clone()), Just(acts).prop_shuffle()))
}

fn same<S: Kinded + Debug>(one: &Thing<S>, other: &Thing<S>) -> Result<(), TestCaseError> {
    prop_assert_eq!(seen(one), seen(other));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_order_of_recording_says_nothing_about_a_permit((one, other) in in_two_orders(permit_facts())) {
        let (one, other) = (permit(&one), permit(&other));
        same(&one, &other)?;
        prop_assert_eq!(durations(one.state()), durations(other.state()));
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_a_project((one, other) in in_two_orders(project_facts())) {
        same(&project(&one), &project(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_a_cluster((one, other) in in_two_orders(cluster_facts())) {
        same(&thing::<Cluster>(&one), &thing::<Cluster>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_an_award((one, other) in in_two_orders(award_facts())) {
        same(&thing::<Award>(&one), &thing::<Award>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_a_partnership((one, other) in in_two_orders(partnership_facts())) {
        same(&thing::<Partnership>(&one), &thing::<Partnership>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_a_policy_measure((one, other) in in_two_orders(measure_facts())) {
        same(&thing::<PolicyMeasure>(&one), &thing::<PolicyMeasure>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_a_programme((one, other) in in_two_orders(programme_facts())) {
        same(&thing::<Programme>(&one), &thing::<Programme>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_the_initiative((one, other) in in_two_orders(initiative_facts())) {
        same(&thing::<Initiative>(&one), &thing::<Initiative>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_rates((one, other) in in_two_orders(rates())) {
        same(&thing::<Register>(&one), &thing::<Register>(&other))?;
    }

    #[test]
    fn the_order_of_recording_says_nothing_about_a_subject((one, other) in in_two_orders(subject_facts())) {
        same(&thing::<Subject>(&one), &thing::<Subject>(&other))?;
    }
}

/// Rates of exchange. Where an edition stands in the log is known of it, so that its order says something.
fn rates() -> Vec<RegisterFact> {
    let facts = register_facts().into_iter();
    facts.filter(|fact| matches!(fact, RegisterFact::ExchangeRatesPublished(_))).collect()
}

/// A type of fact that none of the lists above has would be one that no order was tried of.
#[test]
fn every_type_of_fact_is_tried_in_orders() {
    fn tried<F: Fact>(facts: &[F]) {
        let tried: std::collections::BTreeSet<_> = facts.iter().map(|fact| fact.event_type().name).collect();
        assert_eq!(tried, F::TYPES.iter().map(|event_type| event_type.name).collect());
    }
    tried(&permit_facts());
    tried(&project_facts());
    tried(&cluster_facts());
    tried(&award_facts());
    tried(&partnership_facts());
    tried(&measure_facts());
    tried(&programme_facts());
    tried(&initiative_facts());
    tried(&register_facts());
    tried(&subject_facts());
}

/// Calls `check` with `items` in every order.
fn in_every_order<T: Clone>(items: &mut Vec<T>, from: usize, check: &mut dyn FnMut(&[T])) {
    if from == items.len() {
        return check(items);
    }
    for at in from..items.len() {
        items.swap(from, at);
        in_every_order(items, from + 1, check);
        items.swap(from, at);
    }
}

fn in_every_order_the_same(mut acts: Vec<Said<PermitFact>>, check: impl Fn(&Thing<Permit>)) {
    let expected = seen(&permit(&acts));
    in_every_order(&mut acts, 0, &mut |acts| {
        let permit = permit(acts);
        check(&permit);
        assert_eq!(seen(&permit), expected);
    });
}

#[test]
fn a_stop_logged_late_gives_the_clock_of_one_logged_in_time() {
    let acts = life![
        "2024-01-31" ApplicationSubmitted {},
        "2024-01-31" ClockStarted {},
        "2024-02-28" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-03-01" ClockResumed {},
        "2024-03-31" PermitGranted {},
    ];
    in_every_order_the_same(acts, |permit| {
        let (permit, as_of) = (permit.state(), day("2025-01-01"));
        let counts = [permit.elapsed(as_of), permit.used(as_of), permit.stopped(as_of)].map(|days| days.unwrap().count);
        assert_eq!(counts, [60, 58, 2]);
    });
}

#[test]
fn a_payment_logged_late_gives_the_award_of_one_logged_in_time() {
    let mut acts: Vec<Said<AwardFact>> = life![
        "2023-12-31" AwardIdentified { "title": "Grant", "side": "public" },
        "2024-01-31" AwardMade { "amount": { "amount": "100", "currency": "EUR" } },
        "2024-02-29" AwardAgreementSigned { "obligated": { "amount": "80", "currency": "EUR" } },
        "2024-03-01" AwardDisbursed { "amount": { "amount": "50", "currency": "EUR" } },
        "2024-06-30" AwardDisbursed { "amount": { "amount": "31", "currency": "EUR" } },
    ];
    let expected = seen(&thing::<Award>(&acts));
    in_every_order(&mut acts, 0, &mut |acts| {
        let award = thing::<Award>(acts);
        let over: Vec<_> = award.flags().iter().map(|flag| (flag.code, flag.facts.clone())).collect();
        assert_eq!(over, [(projections::things::FlagCode::DisbursedBeyondObligation, vec![id(5)])], "the later one is over");
        assert_eq!(seen(&award), expected);
    });
}

#[test]
fn a_fact_corrected_twice_reads_as_last_corrected_in_whatever_order() {
    let mut acts =
        life!["2024-01-31" PermitIdentified { "title": "Plant", "instrument": "consent" }, "2023-02-28" ApplicationSubmitted {}];
    acts.push(corrected(3, 2, "2024-02-28", a!(ApplicationSubmitted {})));
    acts.push(corrected(4, 3, "2024-02-29", a!(ApplicationSubmitted {})));
    acts.push(confirmed(5, 4));
    in_every_order_the_same(acts, |permit| assert_eq!(permit.state().submitted_on, Some(date("2024-02-29"))));
}

#[test]
fn a_fact_whose_retraction_was_retracted_counts_in_whatever_order() {
    let mut acts =
        life!["2024-01-31" PermitIdentified { "title": "Plant", "instrument": "consent" }, "2024-02-29" ApplicationSubmitted {}];
    acts.extend([retracted(3, 2), retracted(4, 3)]);
    in_every_order_the_same(acts.clone(), |permit| assert_eq!(permit.state().submitted_on, Some(date("2024-02-29"))));
    acts.push(retracted(5, 4));
    in_every_order_the_same(acts, |permit| assert_eq!(permit.state().submitted_on, None));
}

#[test]
fn two_withdrawals_of_an_edition_show_the_same_disagreement_in_whatever_order() {
    let submitted = || a!(ApplicationSubmitted {});
    let acts = vec![
        stated(1, "2024-01-31", submitted()).by_register("2023-12-31"),
        corrected(2, 1, "2024-02-29", submitted()),
        retracted(3, 1).by_register("2024-03-31"),
        retracted(4, 1).by_register("2024-06-30"),
    ];
    in_every_order_the_same(acts, |permit| assert_eq!(permit.live().len(), 1));
}
