//! Money: what is awarded covers what is obligated, and that what is paid out, in each currency.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

mod support;

use projections::things::{Award, AwardState, FlagCode, Thing};
use proptest::prelude::*;
use schema::{Money, award::AwardFact};
use serde_json::{Value, json};
use support::*;

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
