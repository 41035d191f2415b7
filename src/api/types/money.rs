//! Sums of money: one for each currency, and brought to one currency where somebody asks for it.

use chrono::NaiveDate;
use gate::gated;
use juniper::{GraphQLInputObject, graphql_object};
use projections::{
    Amounts,
    exchange::{self, SOURCE},
};

use crate::{
    api::{
        Context,
        scalars::{CurrencyCode, Decimal},
    },
    graphql::{Code, GraphqlError},
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

/// Sums of money: one for each currency. Amounts of two currencies are never added, unless you say at which rates.
#[derive(Debug, Clone, Default)]
pub struct MoneyTotals(pub Amounts);

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
        self.0.iter().map(|(currency, amount)| Sum { amount: Decimal(amount), currency: CurrencyCode(currency) }).collect()
    }

    /// All sums in one currency, at the rates of a day that you name. Null where there is nothing to convert, which is not
    /// zero. Refused where a rate is missing.
    fn converted(
        &self,
        #[graphql(description = "Into which currency, at the rates of which day.")] into: ConversionInput,
    ) -> Result<Option<ConvertedSum>, GraphqlError> {
        if self.0.iter().next().is_none() {
            return Ok(None);
        }
        let converted = exchange::convert(&self.0, into.currency.0, into.on);
        let converted = converted.map_err(|error| GraphqlError::new(Code::InvalidInput, error.to_string()))?;
        let rate = |rate: &exchange::Rate| ExchangeRate {
            currency: CurrencyCode(rate.currency),
            per_euro: Decimal(rate.per_euro),
            published_on: rate.published_on,
        };
        Ok(Some(ConvertedSum {
            amount: Decimal(converted.amount),
            currency: CurrencyCode(converted.currency),
            on: into.on,
            rates: converted.rates.iter().map(rate).collect(),
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
}
