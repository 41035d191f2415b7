//! Sums of money: one for each currency, and brought to one currency where somebody asks for it.

use std::sync::Arc;

use chrono::NaiveDate;
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{GraphQLInputObject, ID, graphql_object};
use projections::{
    Amounts,
    exchange::{self, Rates, SOURCE},
    things::{Register, Thing},
};

use crate::{
    Context,
    scalars::{CurrencyCode, Decimal, FactId},
    view::View,
};

/// A sum in one currency. It can lie below zero, unlike an amount on record.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Sum {
    /// How much, in whole units of the currency.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: CurrencyCode,
}

/// The rates of exchange that are known where a figure is asked for.
#[derive(Debug, Clone, Default)]
pub struct KnownRates(Option<Arc<Thing<Register>>>);

impl KnownRates {
    /// Those that `view` knows.
    pub fn of(view: &View) -> Self {
        Self(view.history(exchange::register()))
    }

    fn rates(&self) -> &Rates {
        self.0.as_ref().map_or(&exchange::SHIPPED, |register| &register.state().rates)
    }
}

/// Sums of money: one for each currency. Amounts of two currencies are never added, unless you say at which rates.
#[derive(Debug, Clone, Default)]
pub struct MoneyTotals {
    sums: Amounts,
    rates: KnownRates,
}

impl MoneyTotals {
    /// `sums`, which can be converted at `rates`.
    pub const fn new(sums: Amounts, rates: KnownRates) -> Self {
        Self { sums, rates }
    }
}

/// Into which currency, at the rates of which day.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct ConversionInput {
    /// The currency.
    pub currency: CurrencyCode,
    /// The day whose rates are used, or the last before it on which there were any.
    pub on: NaiveDate,
}

/// Sums of money: one for each currency. Amounts of two currencies are never added, unless you say at which rates.
#[gated]
#[graphql_object(name = "MoneyTotals", context = Context)]
impl MoneyTotals {
    /// The sum in each currency, in the order of the currencies' codes; none is not the same as zero.
    fn by_currency(&self) -> Vec<Sum> {
        self.sums.iter().map(|(currency, amount)| Sum { amount: Decimal(amount), currency: CurrencyCode(currency) }).collect()
    }

    /// All sums in one currency, at the rates of a day that you name. Null where there is nothing to convert, which is not
    /// zero. Refused where a rate is missing, with the last day of which there are rates and how more are added.
    fn converted(
        &self,
        #[graphql(description = "Into which currency, at the rates of which day.")] into: ConversionInput,
    ) -> Result<Option<ConvertedSum>, GraphqlError> {
        if self.sums.iter().next().is_none() {
            return Ok(None);
        }
        let converted = self.rates.rates().convert(&self.sums, into.currency.0, into.on);
        let converted = converted.map_err(|error| GraphqlError::new(Code::InvalidInput, error.to_string()))?;
        Ok(Some(ConvertedSum {
            amount: Decimal(converted.amount),
            currency: CurrencyCode(converted.currency),
            on: into.on,
            rates: converted.rates.iter().map(ExchangeRate::from).collect(),
            source: SOURCE.to_owned(),
        }))
    }
}

/// Sums brought to one currency.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ConvertedSum {
    /// How much, in whole units of the currency; rounded once, at the end, half away from zero.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: CurrencyCode,
    /// The day that was asked for.
    pub on: NaiveDate,
    /// The rates that were used.
    pub rates: Vec<ExchangeRate>,
    /// Whose rates these are.
    pub source: String,
}

/// A published rate of exchange.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ExchangeRate {
    /// The currency.
    pub currency: CurrencyCode,
    /// Its units for one euro.
    pub per_euro: Decimal,
    /// The day on which it was published.
    pub published_on: NaiveDate,
    /// The fact on record that says so; null for one that comes with the program, which has those of 2015 to October 2026.
    pub fact: Option<FactId>,
}

impl From<&exchange::Rate> for ExchangeRate {
    fn from(rate: &exchange::Rate) -> Self {
        Self {
            currency: CurrencyCode(rate.currency),
            per_euro: Decimal(rate.per_euro),
            published_on: rate.published_on,
            fact: rate.fact.map(FactId),
        }
    }
}

/// The rates of exchange at which sums are converted: those that come with the program, and those on record.
pub struct ExchangeRates(pub KnownRates);

/// The rates of exchange at which sums are converted: those that come with the program, and those on record.
#[gated]
#[graphql_object(context = Context)]
impl ExchangeRates {
    /// Whose rates these are.
    fn source(&self) -> &str {
        SOURCE
    }

    /// The register that those on record are facts of; it is not there before any is on record.
    fn register(&self) -> ID {
        ID::from(exchange::register().to_string())
    }

    /// The first day of which there are rates.
    fn first_on(&self) -> NaiveDate {
        self.0.rates().first_on()
    }

    /// The last day of which there are rates. An administrator adds later ones with `exchangeRatesPublish`, or with
    /// `milepost rates add` from the bank's file.
    fn last_on(&self) -> NaiveDate {
        self.0.rates().last_on()
    }

    /// The rates that were published on a day, in the order of the currencies' codes; none on a day without any.
    fn of_day(&self, #[graphql(description = "The day.")] on: NaiveDate) -> Vec<ExchangeRate> {
        self.0.rates().of_day(on).iter().map(ExchangeRate::from).collect()
    }
}
