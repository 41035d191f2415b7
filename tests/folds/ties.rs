//! Facts of one day, and dates that overlap: the same answers for any order of recording and whatever the ids are.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use crate::support::{facts::*, *};
use projections::{
    Entry, Kinded, Picture,
    things::{Award, Cluster, FlagCode, Partnership, Permit, PermitState, PolicyMeasure, Programme, Project, Thing},
};
use proptest::{prelude::*, sample::Index};
use schema::{
    CommandId, EventId, Fact, Origin,
    award::AwardFact,
    permit::{Party, PermitFact},
    project::{ProjectFact, Stage, Standing},
};

/// Calls `check` with a thing of `facts` for every order of recording, under ids in every order of them.
fn under_all_ids<S: Kinded>(facts: &[(&str, S::Fact)], check: impl Fn(&Thing<S>, &[u128])) {
    let mut ids: Vec<u128> = (1..=facts.len() as u128).collect();
    in_every_order(&mut ids, 0, &mut |ids| {
        let acts: Vec<_> = ids.iter().zip(facts).map(|(id, (on, fact))| stated(*id, on, fact.clone())).collect();
        check(&thing::<S>(&acts), ids);
        let reversed: Vec<_> = acts.into_iter().rev().collect();
        check(&thing::<S>(&reversed), ids);
    });
}

fn in_every_order(items: &mut Vec<u128>, from: usize, check: &mut dyn FnMut(&[u128])) {
    if from == items.len() {
        return check(items);
    }
    for at in from..items.len() {
        items.swap(from, at);
        in_every_order(items, from + 1, check);
        items.swap(from, at);
    }
}

fn registered() -> (&'static str, ProjectFact) {
    ("2020-01-01", a!(ProjectRegistered { "title": "Plant" }))
}

fn entered(on: &'static str, stage: &str) -> (&'static str, ProjectFact) {
    (on, a!(ProjectStageEntered { "stage": stage }))
}

/// The facts of a project, in its stage and standing without a flag whatever their ids are.
fn stands(stage: Stage, standing: Standing, facts: &[(&'static str, ProjectFact)]) {
    let facts = [&[registered()], facts].concat();
    under_all_ids::<Project>(&facts, |project, ids| {
        let state = project.state();
        assert_eq!((state.stage, state.standing), (Some(stage), standing), "{facts:?} as {ids:?}");
        assert_eq!(project.flags(), [], "{facts:?} as {ids:?}");
    });
}

#[test]
fn stages_of_one_day_or_of_one_year_stand_in_the_order_of_life() {
    let active = Standing::Active;
    stands(Stage::Fid, active, &[entered("2023", "feed"), entered("2023", "fid")]);
    stands(Stage::Fid, active, &[entered("2023", "feed"), ("2023", a!(FidTaken {}))]);
    stands(
        Stage::Fid,
        active,
        &[
            entered("2023", "feed"),
            ("2023", a!(FidPlanned { "due_on": "2023" })),
            ("2023", a!(MilestoneAchieved { "milestone": "FID" })),
        ],
    );
    stands(Stage::Operational, active, &[entered("2024-05-10", "construction"), entered("2024-05-10", "operational")]);
    stands(Stage::Construction, active, &[("2024-05-10", a!(FidTaken {})), entered("2024-05-10", "construction")]);
    stands(
        Stage::Construction,
        active,
        &[("2024", a!(FidTaken {})), entered("2024-03", "feed"), entered("2024-05-10", "construction")],
    );
}

#[test]
fn a_coarse_date_is_in_order_where_some_choice_of_days_is() {
    let active = Standing::Active;
    stands(Stage::Fid, active, &[entered("2023-06-01", "feed"), entered("2023", "fid")]);
    stands(Stage::Fid, active, &[entered("2023-H2", "feed"), entered("2023", "fid")]);
    stands(Stage::Fid, active, &[entered("../2025-12", "feed"), entered("2025-06-01", "fid")]);
    stands(Stage::Fid, active, &[entered("2023-02/2023-05", "feed"), entered("2023-Q1", "fid")]);
    // A plan of the end of the year, which comes before stages in life, says nothing of when a stage was entered.
    let planned = ("2023-12-01", a!(MilestonePlanned { "milestone": "design", "due_on": "2024" }));
    stands(Stage::Fid, active, &[entered("2023", "feed"), entered("2023-06-01", "fid"), planned]);
}

#[test]
fn dates_that_no_choice_of_days_puts_in_order_are_flagged() {
    for (feed, fid) in [("2023-06", "2023-05"), ("2024", "2023"), ("2023-06-02", "2023-06-01"), ("2023-H2", "../2023-06")] {
        let facts = [registered(), entered(feed, "feed"), entered(fid, "fid")];
        under_all_ids::<Project>(&facts, |project, _| {
            assert_eq!(codes(project), [FlagCode::StageBackwards].into(), "{feed}, {fid}");
        });
    }
}

#[test]
fn what_is_interrupted_and_goes_on_within_one_month_or_day_fits() {
    let suspended = |on| (on, a!(ProjectSuspended { "reason": "prices" }));
    let resumed = |on| (on, a!(ProjectResumed {}));
    let feed = || entered("2021", "feed");
    stands(Stage::Feed, Standing::Active, &[feed(), suspended("2024-05-10"), resumed("2024-05")]);
    stands(Stage::Feed, Standing::Suspended, &[feed(), suspended("2024-03-01"), resumed("2024-05-10"), suspended("2024-05")]);
    stands(Stage::Feed, Standing::Suspended, &[feed(), suspended("2024-03-01"), resumed("2024-05-10"), suspended("2024-05-10")]);
    stands(Stage::Feed, Standing::Active, &[suspended("2024-03-01"), resumed("2024-05-10"), entered("2024-05", "feed")]);
}

fn running() -> Vec<(&'static str, PermitFact)> {
    vec![
        ("2020-01-01", a!(PermitIdentified { "title": "Plant", "instrument": "consent" })),
        ("2024-01-01", a!(ApplicationSubmitted {})),
        ("2024-01-01", a!(ClockStarted {})),
    ]
}

#[test]
fn a_clock_stopped_on_the_tenth_and_resumed_in_that_month_runs() {
    let stopped = || ("2024-05-10", a!(ClockStopped { "reason": "noise survey", "responsible": "applicant" }));
    for (on, resumed) in [
        ("2024-05", a!(ClockResumed {})),
        ("2024-05", a!(ClockResumed { "ground": "noise survey" })),
        ("2024-05-10", a!(ClockResumed {})),
        ("2024", a!(ClockResumed {})),
        ("../2024-05", a!(ClockResumed {})),
    ] {
        let facts = [running(), vec![stopped(), (on, resumed)]].concat();
        under_all_ids::<Permit>(&facts, |permit, _| {
            assert_eq!((permit.flags(), permit.state().state), (&[][..], PermitState::InReview), "{on}");
        });
    }
}

#[test]
fn two_stops_of_one_day_leave_the_ball_with_one_party_whatever_their_ids_are() {
    let stopped = |reason: &str, party: &str| ("2024-05-10", a!(ClockStopped { "reason": reason, "responsible": party }));
    let facts = [running(), vec![stopped("noise", "applicant"), stopped("flood", "other_authority")]].concat();
    under_all_ids::<Permit>(&facts, |permit, _| {
        assert_eq!(permit.flags(), []);
        let party = permit.state().court.unwrap().party;
        assert_eq!(party, Party::Applicant);
    });
}

#[test]
fn an_application_returned_in_the_month_in_which_it_is_submitted_again_fits() {
    let facts = [
        ("2020-01-01", a!(PermitIdentified { "title": "Plant", "instrument": "consent" })),
        ("2024-01-10", a!(ApplicationSubmitted {})),
        ("2024-03", a!(ApplicationReturned { "missing": ["a drawing"] })),
        ("2024-03-15", a!(ApplicationSubmitted {})),
    ];
    under_all_ids::<Permit>(&facts, |permit, _| {
        assert_eq!((permit.flags(), permit.state().state), (&[][..], PermitState::Submitted));
    });
}

#[test]
fn who_leaves_and_joins_again_on_one_day_is_a_member() {
    let organisation = organisation_id(1);
    let facts = [
        ("2020-01-01", a!(ClusterRegistered { "name": "One", "country": "NL" })),
        ("2021-01-01", a!(ClusterMemberJoined { "organisation": organisation })),
        ("2024-01-01", a!(ClusterMemberLeft { "organisation": organisation })),
        ("2024-01-01", a!(ClusterMemberJoined { "organisation": organisation })),
    ];
    under_all_ids::<Cluster>(&facts, |cluster, _| {
        assert_eq!((cluster.flags(), cluster.state().members().count()), (&[][..], 1));
    });
}

/// Two facts of one day of which one takes the other's place: the same one stands under all ids, and both are flagged.
fn one_stands<S: Kinded>(facts: &[(&'static str, S::Fact)], two: usize, says: impl Fn(&S) -> String) {
    let expected = says(thing::<S>(&history(facts.iter().cloned())).state());
    under_all_ids::<S>(facts, |thing, ids| {
        assert_eq!(says(thing.state()), expected, "{ids:?}");
        let flags: Vec<_> = thing.flags().iter().map(|flag| (flag.code, flag.facts.len())).collect();
        assert_eq!(flags, [(FlagCode::SameDay, 2)]);
        let mut flagged = thing.flags()[0].facts.clone();
        flagged.sort();
        let mut about = [id(ids[two]), id(ids[two + 1])];
        about.sort();
        assert_eq!(flagged, about);
    });
}

fn eur(amount: &str) -> serde_json::Value {
    serde_json::json!({ "amount": amount, "currency": "EUR" })
}

fn promised() -> Vec<(&'static str, AwardFact)> {
    vec![
        ("2020-01-01", a!(AwardIdentified { "title": "Grant", "side": "public" })),
        ("2024-01-01", a!(AwardMade { "amount": eur("100") })),
    ]
}

#[test]
fn of_two_facts_of_one_day_that_cannot_both_hold_the_same_stands_whatever_their_ids_are() {
    let amended = |amount| ("2024-03-01", a!(AwardAmended { "awarded": eur(amount), "reason": "prices" }));
    let facts = [promised(), vec![amended("150"), amended("170")]].concat();
    one_stands::<Award>(&facts, 2, |award| format!("{:?}", award.awarded));
    let plan = || vec![registered(), ("2021-01-01", a!(FidPlanned { "due_on": "2025" }))];
    let deferred = |to: &str| ("2024-03-01", a!(FidDeferred { "to": to, "reason": "prices", "responsible": "lead" }));
    let moved = a!(MilestoneRescheduled { "milestone": "FID", "to": "2028" });
    for other in [deferred("2027"), ("2024-03-01", a!(FidDeferred { "reason": "prices" })), ("2024-03-01", moved)] {
        let facts = [plan(), vec![deferred("2026"), other]].concat();
        one_stands::<Project>(&facts, 2, |project| format!("{:?}", project.fid_milestone().unwrap().forecast));
    }
    let estimated = |on, capex| (on, a!(CostEstimated { "class": "class3", "capex": eur(capex) }));
    for on in ["2024-03-01", "2024"] {
        let facts = [registered(), estimated(on, "400"), estimated(on, "500")];
        one_stands::<Project>(&facts, 1, |project| format!("{:?}", project.cost.as_ref().unwrap().capex));
    }
    let renamed = |title: &str| ("2024-03-01", a!(ProjectRenamed { "title": title }));
    one_stands::<Project>(&[registered(), renamed("One"), renamed("Two")], 1, |project| {
        project.registered().unwrap().title.to_string()
    });
    let named = |number| ("2024-03-01", a!(ClusterConvenorNamed { "organisation": organisation_id(number) }));
    let cluster = ("2020-01-01", a!(ClusterRegistered { "name": "One", "country": "NL" }));
    one_stands::<Cluster>(&[cluster, named(1), named(2)], 1, |cluster| format!("{:?}", cluster.convenor));
}

#[test]
fn the_more_exact_estimate_of_one_day_stands() {
    let estimated = |class: &str, capex| ("2024-03-01", a!(CostEstimated { "class": class, "capex": eur(capex) }));
    let facts = [registered(), estimated("class5", "900"), estimated("class3", "500")];
    under_all_ids::<Project>(&facts, |project, _| {
        assert_eq!((project.flags(), project.state().cost.as_ref().unwrap().capex.amount()), (&[][..], 500.into()));
    });
}

#[test]
fn amendments_of_one_day_that_change_different_amounts_or_say_the_same_both_hold() {
    let signed = ("2024-02-01", a!(AwardAgreementSigned { "obligated": eur("80") }));
    let awarded = ("2024-03-01", a!(AwardAmended { "awarded": eur("150"), "reason": "prices" }));
    let obligated = ("2024-03-01", a!(AwardAmended { "obligated": eur("90"), "reason": "prices" }));
    let again = ("2024-03-01", a!(AwardAmended { "awarded": eur("150"), "reason": "as the letter says" }));
    let facts = [promised(), vec![signed, awarded, obligated, again]].concat();
    under_all_ids::<Award>(&facts, |award, _| assert_eq!(award.flags(), []));
}

#[test]
fn the_acts_of_one_command_stand_in_its_order() {
    for (amounts, stands) in [(["150", "170"], 170), (["170", "150"], 150)] {
        for ids in [[3, 4], [4, 3]] {
            let mut acts = history(promised());
            for (at, (number, amount)) in (0..).zip(ids.into_iter().zip(amounts)) {
                let mut act = stated(number, "2024-03-01", a!(AwardAmended { "awarded": eur(amount), "reason": "prices" }));
                act.metadata.command_id = CommandId(uuid::Uuid::from_u128(77));
                act.metadata.sequence = Some(at);
                acts.push(act);
            }
            let award = thing::<Award>(&acts);
            let awarded = award.state().awarded.get("EUR".parse().unwrap());
            assert_eq!((award.flags(), awarded), (&[][..], stands.into()));
        }
    }
}

#[test]
fn the_rows_of_a_register_stand_in_their_order_and_a_persons_word_after_them() {
    for ids in [[3, 4, 5], [5, 4, 3], [4, 5, 3]] {
        let amended = |number: u128, amount: &str| {
            stated(number, "2024-03-01", a!(AwardAmended { "awarded": eur(amount), "reason": "prices" }))
        };
        let of_row = |act: Said<AwardFact>, at: u32| {
            let mut act = act.by_register("2024-06-30");
            if let Origin::Register(row) = &mut act.metadata.origin {
                row.row = at;
            }
            act
        };
        let mut acts = history(promised());
        acts.extend([of_row(amended(ids[0], "170"), 7), of_row(amended(ids[1], "160"), 8)]);
        let registered = thing::<Award>(&acts);
        assert_eq!(registered.state().awarded.get("EUR".parse().unwrap()), 160.into(), "the later row");
        assert_eq!(codes(&registered), [FlagCode::SameDay].into());
        acts.push(amended(ids[2], "150"));
        assert_eq!(thing::<Award>(&acts).state().awarded.get("EUR".parse().unwrap()), 150.into());
    }
}

/// What happens in a history: a fact, or something to an earlier one.
#[derive(Debug, Clone)]
struct Step<F> {
    does: u8,
    about: Index,
    fact: F,
    on: &'static str,
    row: Option<u32>,
    id: u64,
}

/// Few days, so that many facts are of one; and dates that overlap.
const DATES: [&str; 8] = ["2024-01-31", "2024-01-31", "2024-02-29", "2024-02", "2024-Q1", "2024", "../2024-03", "2024-06-30"];

/// Steps that differ in what they say: of two that say the same, nobody can tell which is which.
fn steps<F: Fact>(facts: Vec<F>) -> impl Strategy<Value = Vec<Step<F>>> {
    let row = prop_oneof![3 => Just(None), 1 => (0..9_u32).prop_map(Some)];
    let drawn = (0..8_u8, any::<Index>(), prop::sample::select(facts), prop::sample::select(&DATES[..]), row, any::<u64>());
    let step = drawn.prop_map(|(does, about, fact, on, row, id)| Step { does, about, fact, on, row, id });
    prop::collection::vec(step, 2..16).prop_map(|steps| {
        let mut kept: Vec<Step<F>> = Vec::new();
        for step in steps {
            let same = |other: &Step<F>| (&other.fact, other.on, other.row) == (&step.fact, step.on, step.row);
            if !kept.iter().any(same) {
                kept.push(step);
            }
        }
        kept
    })
}

/// The acts of a history under the ids that `id` gives to its steps. A fact that names another names the first step.
fn acts<F: Fact>(steps: &[Step<F>], id: impl Fn(usize) -> u128) -> Vec<Said<F>> {
    // The version of each fact that counts, so that none is corrected twice: of two corrections of one act the order of
    // the ids decides.
    let mut latest: Vec<usize> = Vec::new();
    let mut act = |(at, step): (usize, &Step<F>)| {
        let fact: F = naming(&step.fact, id(0));
        let act = match step.does {
            0 if !latest.is_empty() => {
                let version = step.about.index(latest.len());
                let of = std::mem::replace(&mut latest[version], at);
                corrected(id(at), id(of), step.on, fact)
            }
            1 if at > 0 => retracted(id(at), id(step.about.index(at))),
            _ => {
                latest.push(at);
                stated(id(at), step.on, fact)
            }
        };
        let Some(row) = step.row else { return act };
        let mut act = act.by_register("2024-03-31");
        if let Origin::Register(of) = &mut act.metadata.origin {
            of.row = row;
        }
        act
    };
    steps.iter().enumerate().map(&mut act).collect()
}

/// The same fact, which names `named` where it names one.
fn naming<F: Fact>(fact: &F, named: u128) -> F {
    let json = String::from_utf8(fact.encode().unwrap()).unwrap();
    let json = json.replace(&id(3).0.to_string(), &id(named).0.to_string());
    F::decode(fact.order_of_life(), json.as_bytes()).unwrap()
}

/// All that is known of what was `recorded`, in batches of this size, with the place among `written` for each id.
fn canonical<S: Kinded>(recorded: &[Said<S::Fact>], written: &[Said<S::Fact>], batch: usize) -> Vec<String> {
    let (mut log, the) = (Log::default(), the(S::Fact::KIND));
    for act in recorded {
        log.record_on(the, act);
    }
    let mut picture = Picture::default();
    for events in log.events.chunks(batch) {
        picture = picture.with(events.iter().map(Entry::from));
    }
    let thing = picture.thing::<S>(the).unwrap();
    let name = |text: String| {
        let acts = written.iter().enumerate();
        acts.fold(text, |text, (at, act)| text.replace(&act.id.0.to_string(), &format!("<{at}>")))
    };
    let state = |state: &S| name(serde_json::to_string(state).unwrap());
    let mut said = vec![state(thing.state())];
    said.extend(["2023-12-31", "2024-02-10", "2024-03-01"].map(|on| state(&thing.on(day(on)))));
    said.extend(thing.live().iter().map(|live| name(live.fact_id.0.to_string())));
    let flag = |flag: &projections::things::Flag| {
        let mut facts: Vec<_> = flag.facts.iter().map(|EventId(id)| name(id.to_string())).collect();
        facts.sort();
        format!("{:?} {facts:?}", flag.code)
    };
    let mut flags: Vec<_> = thing.flags().iter().map(flag).collect();
    flags.sort();
    said.extend(flags);
    said
}

macro_rules! same_whatever_the_ids_are {
    ($($name:ident: $kind:ident of $facts:expr;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(192))]

            $(#[test]
            fn $name(
                steps in steps($facts),
                shuffle in Just((0..16_usize).collect::<Vec<_>>()).prop_shuffle(),
                batch in 1..6_usize,
            ) {
                let written = acts(&steps, |at| 0x1000 + at as u128);
                let others = acts(&steps, |at| u128::from(steps[at].id) << 32 | 0x2000 + at as u128);
                let order = shuffle.into_iter().filter(|at| *at < steps.len());
                let shuffled: Vec<_> = order.map(|at| others[at].clone()).collect();
                let expected = canonical::<$kind>(&written, &written, 100);
                prop_assert_eq!(canonical::<$kind>(&shuffled, &others, batch), expected);
            })+
        }
    };
}

same_whatever_the_ids_are! {
    a_project_says_the_same_whatever_the_ids_are: Project of project_facts();
    a_permit_says_the_same_whatever_the_ids_are: Permit of permit_facts();
    an_award_says_the_same_whatever_the_ids_are: Award of award_facts();
    a_partnership_says_the_same_whatever_the_ids_are: Partnership of partnership_facts();
    a_cluster_says_the_same_whatever_the_ids_are: Cluster of cluster_facts();
    a_programme_says_the_same_whatever_the_ids_are: Programme of programme_facts();
    a_policy_measure_says_the_same_whatever_the_ids_are: PolicyMeasure of measure_facts();
}
