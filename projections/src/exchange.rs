//! Converting money at the euro foreign exchange reference rates of the European Central Bank: only when somebody asks
//! for it, at the rate of a stated date, which is shown.
//!
//! The rates up to October 2026 come with the program, and never change: a figure that was once given at them is given
//! again. Later ones are on record, as facts of the bank's register, so that what was known when is known of them too.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};
use schema::{
    Currency, Date, EventId, Precision, RegisterId,
    register::{ExchangeRate, ExchangeRatesPublished},
};
use serde::Serialize;

use crate::Amounts;

/// Whose rates these are.
pub const SOURCE: &str = "European Central Bank, euro foreign exchange reference rates";

/// The short name of the register that has the rates.
pub const REGISTER_NAME: &str = "ecb-euro-rates";

/// How rates are added, to end a sentence.
pub const HOW_TO_ADD: &str = "an administrator adds later ones from the file that the bank publishes (eurofxref-hist.zip), \
    with 'milepost rates add FILE' or the mutation exchangeRatesPublish";

/// The rates are published on the days on which TARGET works; the longest gap is Easter, or Christmas and New Year.
const DAYS_WITHOUT_RATES_MAX: u64 = 7;

/// More currencies than the bank ever had on one day; one fact has no more.
pub const RATES_OF_A_DAY_MAX: usize = 100;

/// The register that has the rates: there is one in a record.
#[must_use]
pub fn register() -> RegisterId {
    RegisterId::of(REGISTER_NAME)
}

/// A published rate: how much of `currency` one euro was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The currency.
    pub currency: Currency,
    /// Its units for one euro.
    pub per_euro: Decimal,
    /// The day on which it was published.
    pub published_on: NaiveDate,
    /// The fact that says so; none where it comes with the program.
    pub fact: Option<EventId>,
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
    /// The rates do not go as far as the day.
    #[error(
        "there is no rate for {currency} at {on} yet: the rates of the European Central Bank here end on {last}; {HOW_TO_ADD}"
    )]
    Ended {
        /// The currency.
        currency: Currency,
        /// The date asked for.
        on: NaiveDate,
        /// The last day of which there are rates.
        last: NaiveDate,
    },
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

/// Why rates can't be put on record, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is nothing to record.
    #[error("no rate is given for {on}; give at least one, or leave the day out")]
    None {
        /// The day.
        on: Date,
    },
    /// More than a day can have.
    #[error("{given} rates are given for {on}, and a day has {RATES_OF_A_DAY_MAX} at most; give each currency once")]
    TooMany {
        /// The day.
        on: Date,
        /// How many are given.
        given: usize,
    },
    /// One currency stands there twice.
    #[error("{currency} has two rates for {on}; give each currency once")]
    Twice {
        /// The day.
        on: Date,
        /// The currency.
        currency: Currency,
    },
    /// A rate is of a day.
    #[error("'{on}' is not a day; rates are published on one, such as 2026-11-03")]
    Inexact {
        /// What is given for the day.
        on: Date,
    },
    /// There was no euro yet.
    #[error("{on} lies before 4 January 1999, when the first rates of the euro were published; leave the day out")]
    BeforeTheEuro {
        /// The day.
        on: Date,
    },
    /// The day has not come.
    #[error("{on} lies ahead of today, {today}; leave the day out until its rates are published")]
    Ahead {
        /// The day.
        on: Date,
        /// Today.
        today: NaiveDate,
    },
    /// Another rate is known of that day.
    #[error("{currency} is known as {known} for one euro on {on}, and {given} is given; {}", mend(.fact.as_ref()))]
    Contradicts {
        /// The day.
        on: NaiveDate,
        /// The currency.
        currency: Currency,
        /// What is known.
        known: Decimal,
        /// What is given.
        given: Decimal,
        /// The fact that says what is known; none where it comes with the program.
        fact: Option<EventId>,
    },
}

fn mend(fact: Option<&EventId>) -> String {
    let Some(fact) = fact else {
        return "the known one comes with the program and stays, so look for the mistake in what is given".to_owned();
    };
    let register = register();
    format!(
        "if the known one is wrong, retract it (factRetract, thing {register}, fact {fact}) or correct it, else mend what is given"
    )
}

struct Table {
    columns: Vec<Currency>,
    days: BTreeMap<NaiveDate, Vec<Option<Decimal>>>,
}

/// The rates of 2015 to October 2026. No line of it is ever changed and none is added: later rates are on record.
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

    /// The rates that were published on `day`.
    fn of_day(&self, day: NaiveDate) -> impl Iterator<Item = (Currency, Decimal)> {
        let rates = self.days.get(&day).into_iter().flatten();
        let known = self.columns.iter().zip(rates).filter_map(|(currency, rate)| Some((*currency, (*rate)?)));
        known.filter(|(_, rate)| *rate > Decimal::ZERO)
    }

    fn rate(&self, currency: Currency, day: NaiveDate) -> Option<Decimal> {
        self.of_day(day).find(|(known, _)| *known == currency).map(|(_, rate)| rate)
    }
}

/// A rate that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct OnRecord {
    per_euro: Decimal,
    fact: EventId,
}

/// The rates that are known: those on record, and the ones that come with the program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Rates {
    on_record: BTreeMap<NaiveDate, BTreeMap<Currency, OnRecord>>,
}

/// The rates that come with the program.
pub static SHIPPED: Rates = Rates { on_record: BTreeMap::new() };

impl Rates {
    /// Takes in what the fact with this id says of `day`.
    pub(crate) fn take(&mut self, day: NaiveDate, published: &ExchangeRatesPublished, fact: EventId) {
        let of_day = self.on_record.entry(day).or_default();
        for rate in &published.rates {
            of_day.insert(rate.currency(), OnRecord { per_euro: rate.per_euro(), fact });
        }
    }

    /// Whether any are on record.
    #[must_use]
    pub fn are_on_record(&self) -> bool {
        !self.on_record.is_empty()
    }

    /// The first day of which there are rates.
    #[must_use]
    pub fn first_on(&self) -> NaiveDate {
        let days = [self.on_record.keys().next(), TABLE.days.keys().next()];
        days.into_iter().flatten().min().copied().unwrap_or_default()
    }

    /// The last day of which there are rates.
    #[must_use]
    pub fn last_on(&self) -> NaiveDate {
        let days = [self.on_record.keys().next_back(), TABLE.days.keys().next_back()];
        days.into_iter().flatten().max().copied().unwrap_or_default()
    }

    /// The rates that were published on `day`, in the order of the currencies' codes.
    #[must_use]
    pub fn of_day(&self, day: NaiveDate) -> Vec<Rate> {
        let on_record = self.on_record.get(&day).into_iter().flatten();
        let on_record = on_record.map(|(currency, rate)| (*currency, (rate.per_euro, Some(rate.fact))));
        // What comes with the program is not to be put right by what is on record.
        let shipped = TABLE.of_day(day).map(|(currency, rate)| (currency, (rate, None)));
        let known: BTreeMap<_, _> = on_record.chain(shipped).collect();
        let rate = |(currency, (per_euro, fact))| Rate { currency, per_euro, published_on: day, fact };
        let mut rates: Vec<_> = known.into_iter().map(rate).collect();
        rates.sort_by_key(|rate| rate.currency.code());
        rates
    }

    /// The rate of `currency` that was published on `day`.
    fn published(&self, currency: Currency, day: NaiveDate) -> Option<Rate> {
        let shipped = || TABLE.rate(currency, day).map(|rate| (rate, None));
        let on_record = || {
            let rate = self.on_record.get(&day)?.get(&currency)?;
            Some((rate.per_euro, Some(rate.fact)))
        };
        let (per_euro, fact) = shipped().or_else(on_record)?;
        Some(Rate { currency, per_euro, published_on: day, fact })
    }

    /// The rate of `currency` that was published on `on`, or last before it; none when that is more than a week before.
    ///
    /// # Errors
    ///
    /// When there is no such rate.
    pub fn rate(&self, currency: Currency, on: NaiveDate) -> Result<Rate, ConversionError> {
        if currency.code() == "EUR" {
            return Ok(Rate { currency, per_euro: Decimal::ONE, published_on: on, fact: None });
        }
        let back = (0..=DAYS_WITHOUT_RATES_MAX).map_while(|days| on.checked_sub_days(Days::new(days)));
        let found = back.into_iter().find_map(|day| self.published(currency, day));
        found.ok_or_else(|| {
            let (first, last) = (self.first_on(), self.last_on());
            if on > last {
                return ConversionError::Ended { currency, on, last };
            }
            ConversionError::NoRate { currency, on, first, last }
        })
    }

    /// Brings `amounts` to `currency` at the rates of `on`, by way of the euro.
    ///
    /// # Errors
    ///
    /// When there is no rate for one of the currencies.
    pub fn convert(&self, amounts: &Amounts, currency: Currency, on: NaiveDate) -> Result<Converted, ConversionError> {
        let crosses = amounts.iter().any(|(from, _)| from != currency);
        let to = crosses.then(|| self.rate(currency, on)).transpose()?;
        let mut sum = Decimal::ZERO;
        let mut rates = Vec::new();
        for (from, amount) in amounts.iter() {
            let Some(to) = to.filter(|_| from != currency) else {
                sum = sum.saturating_add(amount);
                continue;
            };
            let rate = self.rate(from, on)?;
            let euros = amount.checked_div(rate.per_euro).unwrap_or_default();
            sum = sum.saturating_add(euros.saturating_mul(to.per_euro));
            rates.push(rate);
        }
        rates.extend(to);
        rates.retain(|rate| rate.currency.code() != "EUR");
        let amount = sum.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero);
        Ok(Converted { amount, currency, rates })
    }

    /// Looks at whether `rates` of the day `on` can be put on record today, in the place of those that the fact `corrected`
    /// says, if it is given. One that is known already, and is the same, fits.
    ///
    /// # Errors
    ///
    /// Why they can't.
    pub fn fit(&self, on: Date, rates: &[ExchangeRate], today: NaiveDate, corrected: Option<EventId>) -> Result<(), Unfit> {
        let day = on.first();
        if on.precision() != Precision::Day {
            return Err(Unfit::Inexact { on });
        }
        if day < FIRST_RATES_ON {
            return Err(Unfit::BeforeTheEuro { on });
        }
        if day > today {
            return Err(Unfit::Ahead { on, today });
        }
        if rates.is_empty() {
            return Err(Unfit::None { on });
        }
        if rates.len() > RATES_OF_A_DAY_MAX {
            return Err(Unfit::TooMany { on, given: rates.len() });
        }
        for (place, rate) in rates.iter().enumerate() {
            let (currency, given) = (rate.currency(), rate.per_euro());
            if rates.iter().take(place).any(|earlier| earlier.currency() == currency) {
                return Err(Unfit::Twice { on, currency });
            }
            let known = self.published(currency, day).filter(|known| known.fact.is_none() || known.fact != corrected);
            if let Some(Rate { per_euro: known, fact, .. }) = known.filter(|known| known.per_euro != given) {
                return Err(Unfit::Contradicts { on: day, currency, known, given, fact });
            }
        }
        Ok(())
    }

    /// Whether all of `rates` are known to be those of `day`.
    #[must_use]
    pub fn know_all(&self, day: NaiveDate, rates: &[ExchangeRate]) -> bool {
        let is_known =
            |rate: &ExchangeRate| self.published(rate.currency(), day).is_some_and(|known| known.per_euro == rate.per_euro());
        rates.iter().all(is_known)
    }

    /// Those of `rates` of `day` that are not known yet.
    #[must_use]
    pub fn unknown(&self, day: NaiveDate, rates: &[ExchangeRate]) -> Vec<ExchangeRate> {
        rates.iter().filter(|rate| self.published(rate.currency(), day).is_none()).copied().collect()
    }
}

/// The first day on which rates of the euro were published: 4 January 1999.
pub const FIRST_RATES_ON: NaiveDate = match NaiveDate::from_ymd_opt(1999, 1, 4) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

#[cfg(test)]
mod tests {
    use schema::Money;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    fn shipped() -> Rates {
        Rates::default()
    }

    /// A rate that nobody published.
    fn made_up(currency: &str, per_euro: &str) -> ExchangeRate {
        ExchangeRate::try_new(currency.parse().unwrap(), per_euro.parse().unwrap()).unwrap()
    }

    /// With made-up rates of 3 November 2026 on record.
    fn with_more() -> Rates {
        let mut rates = shipped();
        let published = ExchangeRatesPublished { rates: vec![made_up("USD", "2.5"), made_up("GBP", "0.5")] };
        rates.take(day("2026-11-03"), &published, EventId(uuid::Uuid::from_u128(1)));
        rates
    }

    fn money(amount: &str, currency: &str) -> Money {
        Money::try_new(amount.parse().unwrap(), currency.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_rate_is_that_of_the_day_or_the_last_before() {
        let (rates, usd) = (shipped(), usd());
        let rate = |currency, on| rates.rate(currency, on);
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
        let euros = shipped().convert(&amounts, "EUR".parse().unwrap(), day("2015-01-02")).unwrap();
        assert_eq!((euros.amount, euros.rates.len()), ("201".parse().unwrap(), 2));
        let pounds = shipped().convert(&Amounts::of(money("120.43", "USD")), "GBP".parse().unwrap(), day("2015-01-02")).unwrap();
        assert_eq!((pounds.amount, pounds.rates.len()), ("78".parse().unwrap(), 2));
    }

    #[test]
    fn what_is_in_the_currency_asked_for_needs_no_rate() {
        let euros = shipped().convert(&Amounts::of(money("5.55", "USD")), "USD".parse().unwrap(), day("1998-01-01")).unwrap();
        assert_eq!((euros.amount, euros.rates.len()), ("5.55".parse().unwrap(), 0));
    }

    #[test]
    fn what_comes_with_the_program_stays_as_it_is() {
        let text = include_str!("../data/ecb-rates.csv");
        assert!(text.lines().last().unwrap().starts_with("2026-10-30,"), "later rates are put on record, not here");
        assert_eq!((text.lines().count(), shipped().first_on()), (3030, day("2015-01-02")));
    }

    #[test]
    fn past_the_last_day_it_is_said_where_the_rates_end_and_how_more_are_added() {
        let refused = shipped().rate(usd(), day("2026-11-27")).unwrap_err().to_string();
        assert!(refused.contains("end on 2026-10-30") && refused.contains("milepost rates add"), "{refused}");
        let refused = with_more().rate(usd(), day("2026-11-27")).unwrap_err().to_string();
        assert!(refused.contains("end on 2026-11-03"), "{refused}");
        let refused = shipped().rate(usd(), day("2014-01-02")).unwrap_err().to_string();
        assert!(refused.contains("go from 2015-01-02"), "{refused}");
    }

    #[test]
    fn what_is_on_record_is_used_from_its_day_and_says_which_fact_it_is() {
        let rates = with_more();
        let found = rates.rate(usd(), day("2026-11-05")).unwrap();
        assert_eq!((found.per_euro.to_string(), found.published_on), ("2.5".to_owned(), day("2026-11-03")));
        assert!(found.fact.is_some());
        assert_eq!(rates.rate(usd(), day("2026-11-02")).unwrap().published_on, day("2026-10-30"));
        let dollars = rates.convert(&Amounts::of(money("1", "GBP")), usd(), day("2026-11-03")).unwrap();
        assert_eq!(dollars.amount, "5".parse().unwrap());
        let of_day = rates.of_day(day("2026-11-03"));
        assert_eq!(of_day.iter().map(|rate| rate.currency.code()).collect::<Vec<_>>(), ["GBP", "USD"]);
    }

    #[test]
    fn what_can_not_be_a_rate_of_a_day_is_refused_by_name() {
        let rates = with_more();
        let today = day("2026-11-27");
        let refused = |on: &str, given: &[ExchangeRate]| {
            let unfit = rates.fit(on.parse().unwrap(), given, today, None).unwrap_err();
            unfit.to_string()
        };
        let one = [made_up("USD", "3")];
        assert!(refused("2026-11", &one).contains("not a day"));
        assert!(refused("2026-11-28", &one).contains("ahead of today"));
        assert!(refused("1998-12-31", &one).contains("before 4 January 1999"));
        assert!(refused("2026-11-04", &[]).contains("no rate is given"));
        assert!(refused("2026-11-04", &[made_up("USD", "3"), made_up("USD", "3")]).contains("USD has two rates"));
        assert!(refused("2026-11-04", &[made_up("USD", "3"); 101]).contains("101 rates"));
        assert!(refused("2026-11-03", &one).contains("USD is known as 2.5"));
        assert!(refused("2026-10-30", &one).contains("comes with the program"));
        assert_eq!(rates.fit("2026-11-03".parse().unwrap(), &[made_up("USD", "2.50")], today, None), Ok(()));
        let corrected = Some(EventId(uuid::Uuid::from_u128(1)));
        assert_eq!(rates.fit("2026-11-03".parse().unwrap(), &one, today, corrected), Ok(()));
        assert_eq!(rates.unknown(day("2026-11-03"), &[made_up("USD", "2.5"), made_up("CHF", "4")]), [made_up("CHF", "4")]);
    }
}
