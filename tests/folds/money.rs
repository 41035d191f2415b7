//! Money: what is awarded covers what is obligated, and that what is paid out, in each currency.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use crate::support::*;
use projections::{
    Across, Sight,
    things::{Award, AwardState, Cluster, FlagCode, Programme, Thing},
    views::{
        Day,
        money::ProgrammeSums,
        rollup::{Beside, Funding, RollUp, roll_up_cluster},
    },
};
use proptest::prelude::*;
use schema::{Money, award::AwardFact};
use serde_json::{Value, json};

const CURRENCIES: [&str; 2] = ["EUR", "USD"];

fn money(amount: i64, currency: &str) -> Value {
    json!({ "amount": amount.to_string(), "currency": currency })
}

fn sum_of(sums: &projections::Amounts, currency: &str) -> rust_decimal::Decimal {
    sums.get(currency.parse().unwrap())
}

fn identified() -> AwardFact {
    a!(AwardIdentified { "title": "Grant", "side": "public" })
}

/// What may be said of money, in amounts so small that much of it fits.
fn fact() -> impl Strategy<Value = AwardFact> {
    let currency = prop_oneof![4 => Just("EUR"), 1 => Just("USD")];
    (0..11_u8, 0..60_i64, currency).prop_map(|(what, amount, currency)| {
        let (amount, more) = (money(amount, currency), money(amount + 30, currency));
        match what {
            0 | 1 => a!(AwardMade { "amount": more }),
            2 | 3 => a!(AwardAgreementSigned { "obligated": amount }),
            4 => a!(AwardAmended { "awarded": more, "reason": "prices" }),
            5 => a!(AwardAmended { "obligated": amount, "reason": "prices" }),
            6 => a!(AwardAmended { "awarded": more, "obligated": amount, "reason": "prices" }),
            7 => a!(AwardDisbursed { "amount": amount }),
            8 => a!(PerformancePaid { "amount": amount, "basis": "tonnes" }),
            9 => a!(AwardDeobligated { "amount": amount, "reason": "underspent" }),
            _ => a!(AwardRecovered { "amount": amount, "reason": "not built" }),
        }
    })
}

/// Facts with the month in which they occurred; two in three begin with an award and its agreement.
fn facts() -> impl Strategy<Value = Vec<(u32, AwardFact)>> {
    let agreed =
        vec![(1, a!(AwardMade { "amount": money(60, "EUR") })), (2, a!(AwardAgreementSigned { "obligated": money(50, "EUR") }))];
    let begun = prop_oneof![1 => Just(Vec::new()), 2 => Just(agreed)];
    let more = prop::collection::vec((1..=24_u32, fact()), 0..40);
    (begun, more).prop_map(|(begun, more)| [begun, more].concat())
}

fn day_of(month: u32) -> String {
    format!("{}-{:02}-01", 2023 + (month - 1) / 12, (month - 1) % 12 + 1)
}

/// The award on which each of `facts` was recorded that raised no flag, as a person's would be refused.
fn without_flags(facts: Vec<(u32, AwardFact)>) -> Thing<Award> {
    let mut acts = vec![stated(1, "2022-01-01", identified())];
    for (number, (month, fact)) in (2..).zip(facts) {
        acts.push(stated(number, &day_of(month), fact));
        if !thing::<Award>(&acts).flags().is_empty() {
            acts.pop();
        }
    }
    thing(&acts)
}

fn covers(award: &Award) -> Result<(), TestCaseError> {
    for currency in CURRENCIES {
        let sum = |sums| sum_of(sums, currency);
        let (awarded, obligated) = (sum(&award.awarded), sum(&award.obligated));
        let paid = sum(&award.disbursed) - sum(&award.recovered);
        prop_assert!(awarded >= obligated, "{awarded} {currency} awarded, {obligated} obligated");
        prop_assert!(obligated >= paid, "{obligated} {currency} obligated, {paid} paid out");
        prop_assert!(paid >= 0.into(), "{paid} {currency} paid out");
        prop_assert!(sum(&award.performance_paid) <= sum(&award.disbursed));
        let payments = award.payments.iter().filter(|payment| payment.amount.currency().code() == currency);
        prop_assert_eq!(payments.map(|payment| payment.amount.amount()).sum::<rust_decimal::Decimal>(), sum(&award.disbursed));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn of_an_award_without_flags_each_sum_covers_the_next_in_each_currency(facts in facts()) {
        let award = without_flags(facts);
        prop_assert!(award.flags().is_empty());
        covers(award.state())?;
    }

    #[test]
    fn it_did_so_on_every_day_of_its_life(facts in facts()) {
        let award = without_flags(facts);
        for month in 1..=24 {
            covers(&award.on(day(&day_of(month))))?;
        }
    }

    #[test]
    fn of_whatever_is_said_no_payment_is_lost(facts in facts()) {
        let said: Vec<Money> = facts.iter().filter_map(|(_, fact)| match fact {
            AwardFact::AwardDisbursed(disbursed) => Some(disbursed.amount),
            AwardFact::PerformancePaid(paid) => Some(paid.amount),
            _ => None,
        }).collect();
        let acts = (2..).zip(facts).map(|(number, (month, fact))| stated(number, &day_of(month), fact));
        let award = thing::<Award>(&std::iter::once(stated(1, "2022-01-01", identified())).chain(acts).collect::<Vec<_>>());
        for currency in CURRENCIES {
            let of_currency = said.iter().filter(|money| money.currency().code() == currency);
            let sum: rust_decimal::Decimal = of_currency.map(|money| money.amount()).sum();
            prop_assert_eq!(sum_of(&award.state().disbursed, currency), sum);
        }
    }
}

/// The first property is about something: this much of what is drawn comes as far as a payment.
#[test]
fn awards_without_flags_get_to_payments() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let drawn = (0..100).map(|_| proptest::strategy::ValueTree::current(&facts().new_tree(&mut runner).unwrap()));
    let paid = drawn.map(without_flags).filter(|award| award.state().state == AwardState::Disbursing).count();
    assert!(paid > 20, "only {paid} of 100");
}

#[test]
fn what_is_awarded_obligated_and_disbursed_are_three_numbers() {
    let award = thing::<Award>(&life![
        "2023-01-01" AwardIdentified { "title": "Grant", "side": "public" },
        "2023-02-01" AwardAppliedFor { "amount": { "amount": "120", "currency": "EUR" } },
        "2023-03-01" AwardExpected { "amount": { "amount": "110", "currency": "EUR" } },
        "2024-01-01" AwardMade { "amount": { "amount": "100", "currency": "EUR" } },
        "2024-02-01" AwardAgreementSigned { "obligated": { "amount": "80.50", "currency": "EUR" } },
        "2024-03-01" AwardDisbursed { "amount": { "amount": "50", "currency": "EUR" } },
        "2024-04-01" PerformancePaid { "amount": { "amount": "10", "currency": "EUR" }, "basis": "tonnes" },
        "2024-05-01" AwardDeobligated { "amount": { "amount": "20.50", "currency": "EUR" }, "reason": "underspent" },
        "2024-06-01" AwardRecovered { "amount": { "amount": "5", "currency": "EUR" }, "reason": "not built" },
    ]);
    let state = award.state();
    let sums = |award: &Award| {
        [&award.awarded, &award.obligated, &award.disbursed, &award.performance_paid, &award.recovered]
            .map(|sums| sum_of(sums, "EUR").normalize().to_string())
    };
    assert_eq!(sums(state), ["100", "60", "60", "10", "5"]);
    assert_eq!((state.applied_for.unwrap().amount(), state.expected.unwrap().amount()), (120.into(), 110.into()));
    assert_eq!(sums(&award.on(day("2024-02-29"))), ["100", "80.5", "0", "0", "0"]);
    assert_eq!(award.on(day("2023-12-31")).state, AwardState::Expected);
    assert!(award.on(day("2023-12-31")).awarded.is_empty());
    assert!(award.flags().is_empty());
}

#[test]
fn two_currencies_are_never_added() {
    let award = thing::<Award>(&life![
        "2023-01-01" AwardIdentified { "title": "Grant", "side": "public" },
        "2024-01-01" AwardMade { "amount": { "amount": "100", "currency": "EUR" } },
        "2024-02-01" AwardAgreementSigned { "obligated": { "amount": "80", "currency": "EUR" } },
        "2024-03-01" AwardDisbursed { "amount": { "amount": "50", "currency": "EUR" } },
        "2024-04-01" AwardDisbursed { "amount": { "amount": "20", "currency": "USD" } },
    ]);
    assert_eq!((sum_of(&award.state().disbursed, "EUR"), sum_of(&award.state().disbursed, "USD")), (50.into(), 20.into()));
    assert_eq!(codes(&award), [FlagCode::AwardOtherCurrency].into());
}

/// A fund of 1000 euros, and a cluster with a project.
fn fund() -> (Log, u128) {
    let mut log = Log::default();
    let cluster = a!(ClusterRegistered { "name": "Humber", "country": "GB" });
    let project = a!(ProjectRegistered { "title": "Pipeline", "cluster": cluster_id(1) });
    let programme = a!(ProgrammeOpened { "title": "Fund", "funder": organisation_id(1), "budget": money(1000, "EUR") });
    log.record(cluster_id(1), &stated(1, "2023-01-01", cluster));
    log.record(project_id(1), &stated(2, "2023-01-01", project));
    log.record(programme_id(1), &stated(3, "2023-01-01", programme));
    (log, 3)
}

/// An award under the fund for the project, or passed on out of another.
fn grant(number: u128, out_of: Option<u128>) -> AwardFact {
    let title = format!("Grant {number}");
    a!(AwardIdentified {
        "title": title, "side": "public", "programme": programme_id(1), "projects": [project_id(1)],
        "out_of": out_of.map(award_id)
    })
}

fn tell(log: &mut Log, acts: &mut u128, award: u128, facts: Vec<(&str, AwardFact)>) {
    for (on, fact) in facts {
        *acts += 1;
        log.record(award_id(award), &stated(*acts, on, fact));
    }
}

fn sums(log: &Log) -> (ProgrammeSums, RollUp) {
    let (picture, day) = (log.picture(), Day::today(day(TODAY)));
    let programme = Sight::thing::<Programme>(&picture, programme_id(1)).unwrap();
    let cluster = Sight::thing::<Cluster>(&picture, cluster_id(1)).unwrap();
    let beside = Beside { reads: &|_| true, overdue: &|_| None };
    let rollup = roll_up_cluster(&picture, day, &cluster, beside).unwrap();
    (ProgrammeSums::of(&picture, day, &programme), rollup)
}

fn eur(amounts: &projections::Amounts) -> rust_decimal::Decimal {
    sum_of(amounts, "EUR")
}

/// Awarded, obligated, disbursed: by the programme, and by the roll-up.
fn both(log: &Log) -> ([i64; 3], i64) {
    let (programme, rollup) = sums(log);
    let public: &Funding = &rollup.public;
    let of_programme = [&programme.awarded, &programme.obligated, &programme.disbursed].map(eur);
    let of_rollup = [&public.awarded.sums, &public.obligated.sums, &public.disbursed.sums].map(eur);
    assert_eq!(of_programme, of_rollup, "the programme and the roll-up agree");
    let number = |amount: rust_decimal::Decimal| i64::try_from(amount).unwrap();
    (of_programme.map(number), number(eur(&programme.left.unwrap())))
}

#[test]
fn an_award_that_is_terminated_keeps_what_was_paid_and_not_recovered() {
    let (mut log, mut acts) = fund();
    let made = ("2024-01-01", a!(AwardMade { "amount": money(600, "EUR") }));
    let signed = ("2024-02-01", a!(AwardAgreementSigned { "obligated": money(600, "EUR") }));
    tell(&mut log, &mut acts, 1, vec![("2023-02-01", grant(1, None)), made, signed]);
    assert_eq!(both(&log), ([600, 600, 0], 400));
    tell(&mut log, &mut acts, 1, vec![("2024-03-01", a!(AwardDisbursed { "amount": money(600, "EUR") }))]);
    tell(&mut log, &mut acts, 1, vec![("2024-06-01", a!(AwardTerminated { "reason": "not built" }))]);
    assert_eq!(both(&log), ([600, 600, 600], 400));
    let back = a!(AwardRecovered { "amount": money(250, "EUR"), "reason": "not built" });
    tell(&mut log, &mut acts, 1, vec![("2024-07-01", back)]);
    assert_eq!(both(&log), ([350, 350, 600], 650));
}

#[test]
fn an_award_that_is_ended_before_anything_was_paid_leaves_the_budget_whole() {
    for end in ["AwardTerminated", "AwardDeclined"] {
        let (mut log, mut acts) = fund();
        let ended = crate::support::fact::<AwardFact>(end, &json!({ "reason": "not built" }));
        let made = ("2024-01-01", a!(AwardMade { "amount": money(600, "EUR") }));
        let signed = ("2024-02-01", a!(AwardAgreementSigned { "obligated": money(600, "EUR") }));
        tell(&mut log, &mut acts, 1, vec![("2023-02-01", grant(1, None)), made, signed, ("2024-06-01", ended)]);
        assert_eq!(both(&log), ([0, 0, 0], 1000), "{end}");
    }
}

#[test]
fn money_passed_on_counts_once_and_is_told_apart() {
    let (mut log, mut acts) = fund();
    let made = |amount| ("2024-01-01", a!(AwardMade { "amount": money(amount, "EUR") }));
    tell(&mut log, &mut acts, 1, vec![("2023-02-01", grant(1, None)), made(600)]);
    tell(&mut log, &mut acts, 2, vec![("2023-03-01", grant(2, Some(1))), made(200)]);
    tell(&mut log, &mut acts, 3, vec![("2023-04-01", grant(3, Some(2))), made(50)]);
    assert_eq!(both(&log), ([600, 0, 0], 400));
    let (programme, rollup) = sums(&log);
    assert_eq!((eur(&programme.passed_on), eur(&rollup.public.passed_on.sums)), (250.into(), 250.into()));
    assert_eq!((rollup.public.awards, rollup.public.awarded.of, rollup.public.passed_on.of), (3, 1, 2));
    // What is passed on out of what was declined is nobody else's.
    let (mut log, mut acts) = fund();
    tell(&mut log, &mut acts, 1, vec![("2023-02-01", grant(1, None)), ("2024-01-01", a!(AwardDeclined {}))]);
    tell(&mut log, &mut acts, 2, vec![("2023-03-01", grant(2, Some(1))), made(200)]);
    assert_eq!(both(&log), ([200, 0, 0], 800));
    // Two that are out of each other end the search.
    let (mut log, mut acts) = fund();
    tell(&mut log, &mut acts, 1, vec![("2023-02-01", grant(1, Some(2))), made(100)]);
    tell(&mut log, &mut acts, 2, vec![("2023-03-01", grant(2, Some(1))), made(200)]);
    let (programme, _) = sums(&log);
    assert_eq!((eur(&programme.awarded), eur(&programme.passed_on)), (0.into(), 300.into()));
}

#[test]
fn an_award_beyond_the_budget_or_in_a_currency_that_it_lacks_is_flagged() {
    let flags = |fact: AwardFact| {
        let (mut log, mut acts) = fund();
        tell(&mut log, &mut acts, 1, vec![("2023-02-01", grant(1, None)), ("2024-01-01", fact)]);
        let picture = log.picture();
        let award = Sight::thing::<Award>(&picture, award_id(1)).unwrap();
        Award::across(&award, &picture).into_iter().map(|flag| flag.code).collect::<Vec<_>>()
    };
    assert_eq!(flags(a!(AwardMade { "amount": money(1000, "EUR") })), []);
    assert_eq!(flags(a!(AwardMade { "amount": money(1_000_000, "EUR") })), [FlagCode::AwardBeyondBudget]);
    assert_eq!(flags(a!(AwardExpected { "amount": money(1001, "EUR") })), [FlagCode::AwardBeyondBudget]);
    assert_eq!(flags(a!(AwardMade { "amount": money(1, "USD") })), [FlagCode::AwardOutsideBudgetCurrency]);
}

#[test]
fn an_award_of_which_nothing_is_left_obligated_is_not_obligated() {
    let told = |amount: i64| {
        let released = a!(AwardDeobligated { "amount": money(amount, "EUR"), "reason": "underspent" });
        let signed = a!(AwardAgreementSigned { "obligated": money(80, "EUR") });
        let made = a!(AwardMade { "amount": money(100, "EUR") });
        let facts = [("2023-01-01", identified()), ("2024-01-01", made), ("2024-02-01", signed), ("2024-03-01", released)];
        thing::<Award>(&history(facts))
    };
    assert_eq!(told(79).state().state, AwardState::Obligated);
    let nothing = told(80);
    assert_eq!((nothing.state().state, nothing.state().state_since), (AwardState::Awarded, Some(date("2024-03-01"))));
    assert_eq!(nothing.on(day("2024-02-28")).state, AwardState::Obligated);
}
