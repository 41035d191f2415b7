//! Converting money at the euro foreign exchange reference rates of the European Central Bank: only when somebody asks
//! for it, at the rate of a stated date, which is shown.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};
use schema::Currency;

use crate::Amounts;

/// Whose rates these are.
pub const SOURCE: &str = "European Central Bank, euro foreign exchange reference rates";

/// The rates are published on the days on which TARGET works; the longest gap is Easter, or Christmas and New Year.
const DAYS_WITHOUT_RATES_MAX: u64 = 7;

/// A published rate: how much of `currency` one euro was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The currency.
    pub currency: Currency,
    /// Its units for one euro.
    pub per_euro: Decimal,
    /// The day on which it was published.
    pub published_on: NaiveDate,
}

/// Sums brought to one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The sum, rounded to the decimals of its currency (half away from zero), once, at the end.
    pub amount: Decimal,
    /// The currency it is in.
    pub currency: Currency,
    /// The rates that were used.
    pub rates: Vec<Rate>,
}

/// Why sums can't be brought to one currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// There is no rate for it.
    #[error("there is no rate for {currency} at {on}; the rates of the European Central Bank here go from {first} to {last}")]
    NoRate {
        /// The currency.
        currency: Currency,
        /// The date asked for.
        on: NaiveDate,
        /// The first day of which there are rates.
        first: NaiveDate,
        /// The last day of which there are rates.
        last: NaiveDate,
    },
}

struct Table {
    columns: Vec<Currency>,
    days: BTreeMap<NaiveDate, Vec<Option<Decimal>>>,
}

/// The rates of 2015 to October 2026.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../data/ecb-rates.csv")));

impl Table {
    fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let columns = header.split(',').skip(1).filter_map(|code| code.parse().ok()).collect();
        let day = |line: &str| {
            let (date, rates) = line.split_once(',')?;
            Some((date.parse().ok()?, rates.split(',').map(|rate| rate.parse().ok()).collect()))
        };
        Self { columns, days: lines.filter_map(day).collect() }
    }
}

/// The rate of `currency` that was published on `on`, or last before it; none when that is more than a week before.
///
/// # Errors
///
/// When there is no such rate.
pub fn rate(currency: Currency, on: NaiveDate) -> Result<Rate, ConversionError> {
    let first_of = |day: Option<(&NaiveDate, _)>| day.map_or(NaiveDate::MIN, |(day, _): (&NaiveDate, &Vec<_>)| *day);
    let none = || {
        let (first, last) = (first_of(TABLE.days.first_key_value()), first_of(TABLE.days.last_key_value()));
        ConversionError::NoRate { currency, on, first, last }
    };
    if currency.code() == "EUR" {
        return Ok(Rate { currency, per_euro: Decimal::ONE, published_on: on });
    }
    let column = TABLE.columns.iter().position(|known| *known == currency).ok_or_else(none)?;
    let earliest = on.checked_sub_days(Days::new(DAYS_WITHOUT_RATES_MAX)).unwrap_or(on);
    let mut days = TABLE.days.range(earliest..=on).rev();
    let found = days.find_map(|(day, rates)| Some((*day, (*rates.get(column)?)?)));
    let (published_on, per_euro) = found.filter(|(_, rate)| *rate > Decimal::ZERO).ok_or_else(none)?;
    Ok(Rate { currency, per_euro, published_on })
}

/// Brings `amounts` to `currency` at the rates of `on`, by way of the euro.
///
/// # Errors
///
/// When there is no rate for one of the currencies.
pub fn convert(amounts: &Amounts, currency: Currency, on: NaiveDate) -> Result<Converted, ConversionError> {
    let crosses = amounts.iter().any(|(from, _)| from != currency);
    let to = crosses.then(|| rate(currency, on)).transpose()?;
    let mut sum = Decimal::ZERO;
    let mut rates = Vec::new();
    for (from, amount) in amounts.iter() {
        let Some(to) = to.filter(|_| from != currency) else {
            sum = sum.saturating_add(amount);
            continue;
        };
        let rate = rate(from, on)?;
        let euros = amount.checked_div(rate.per_euro).unwrap_or_default();
        sum = sum.saturating_add(euros.saturating_mul(to.per_euro));
        rates.push(rate);
    }
    rates.extend(to);
    rates.retain(|rate| rate.currency.code() != "EUR");
    let amount = sum.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero);
    Ok(Converted { amount, currency, rates })
}

#[cfg(test)]
mod tests {
    use schema::Money;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn money(amount: &str, currency: &str) -> Money {
        Money::try_new(amount.parse().unwrap(), currency.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_rate_is_that_of_the_day_or_the_last_before() {
        let usd = "USD".parse().unwrap();
        assert_eq!(rate(usd, day("2015-01-02")).unwrap().per_euro, "1.2043".parse().unwrap());
        // A Saturday and a Sunday stand on the Friday before.
        assert_eq!(rate(usd, day("2015-01-04")).unwrap().published_on, day("2015-01-02"));
        assert!(rate(usd, day("2015-01-01")).is_err());
        assert!(rate(usd, day("2030-01-01")).is_err());
        assert!(rate("XAU".parse().unwrap(), day("2020-01-02")).is_err());
    }

    #[test]
    fn sums_of_several_currencies_meet_in_one_by_way_of_the_euro() {
        let mut amounts = Amounts::of(money("120.43", "USD"));
        amounts.add(money("78", "GBP"));
        amounts.add(money("1", "EUR"));
        let euros = convert(&amounts, "EUR".parse().unwrap(), day("2015-01-02")).unwrap();
        assert_eq!((euros.amount, euros.rates.len()), ("201".parse().unwrap(), 2));
        let pounds = convert(&Amounts::of(money("120.43", "USD")), "GBP".parse().unwrap(), day("2015-01-02")).unwrap();
        assert_eq!((pounds.amount, pounds.rates.len()), ("78".parse().unwrap(), 2));
    }

    #[test]
    fn what_is_in_the_currency_asked_for_needs_no_rate() {
        let euros = convert(&Amounts::of(money("5.55", "USD")), "USD".parse().unwrap(), day("1998-01-01")).unwrap();
        assert_eq!((euros.amount, euros.rates.len()), ("5.55".parse().unwrap(), 0));
    }
}
