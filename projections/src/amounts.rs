//! Sums of money: one for each currency, since amounts of two currencies are never added.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schema::{Currency, Money};
use serde::Serialize;

/// A sum for each currency in which there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Amounts(BTreeMap<Currency, Decimal>);

impl Amounts {
    /// The one amount.
    #[must_use]
    pub fn of(money: Money) -> Self {
        Self(BTreeMap::from([(money.currency(), money.amount())]))
    }

    /// Whether there is no sum in any currency.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is more than nothing in some currency.
    #[must_use]
    pub fn is_something(&self) -> bool {
        self.0.values().any(|amount| *amount > Decimal::ZERO)
    }

    /// Each sum with its currency, in the order of the currencies' codes. A sum can lie below zero.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, Decimal)> {
        self.0.iter().map(|(currency, amount)| (*currency, *amount))
    }

    /// The sum in `currency`; 0 where there is none.
    #[must_use]
    pub fn get(&self, currency: Currency) -> Decimal {
        self.0.get(&currency).copied().unwrap_or_default()
    }

    /// Whether there is a sum in `currency`.
    #[must_use]
    pub fn has(&self, currency: Currency) -> bool {
        self.0.contains_key(&currency)
    }

    /// Adds `money` to the sum of its currency.
    pub fn add(&mut self, money: Money) {
        let sum = self.0.entry(money.currency()).or_default();
        *sum = sum.saturating_add(money.amount());
    }

    /// Takes `money` from the sum of its currency.
    pub fn subtract(&mut self, money: Money) {
        let sum = self.0.entry(money.currency()).or_default();
        *sum = sum.saturating_sub(money.amount());
    }

    /// Puts `money` in the place of the sum of its currency.
    pub fn set(&mut self, money: Money) {
        self.0.insert(money.currency(), money.amount());
    }

    /// Adds each of `others` to the sum of its currency.
    pub fn add_all(&mut self, others: &Self) {
        for (currency, amount) in others.iter() {
            let sum = self.0.entry(currency).or_default();
            *sum = sum.saturating_add(amount);
        }
    }

    /// What is left of these when `others` are taken away, in the currencies of these.
    #[must_use]
    pub fn less(&self, others: &Self) -> Self {
        Self(self.iter().map(|(currency, amount)| (currency, amount.saturating_sub(others.get(currency)))).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(cents: i64, currency: &str) -> Money {
        Money::try_new(Decimal::new(cents, 2), currency.parse().unwrap()).unwrap()
    }

    #[test]
    fn two_currencies_are_two_sums() {
        let mut sums = Amounts::of(money(100, "EUR"));
        sums.add(money(200, "USD"));
        sums.add(money(1, "EUR"));
        let said: Vec<_> = sums.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
        assert_eq!(said, ["1.01 EUR", "2 USD"]);
    }

    proptest! {
        #[test]
        fn a_sum_does_not_depend_on_the_order(mut cents in prop::collection::vec(0_i64..1_000_000_000, 0..40)) {
            let sum = |cents: &[i64]| {
                let mut sums = Amounts::default();
                for cents in cents {
                    sums.add(money(*cents, "EUR"));
                }
                sums
            };
            let forwards = sum(&cents);
            cents.reverse();
            prop_assert_eq!(&forwards, &sum(&cents));
            let eur = "EUR".parse().unwrap();
            prop_assert_eq!(forwards.get(eur), cents.iter().map(|cents| Decimal::new(*cents, 2)).sum::<Decimal>());
        }
    }
}
