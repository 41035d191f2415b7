//! Facts about the registers that facts are imported from, and the rates of exchange that a central bank publishes.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Currency, Line, Settled,
    fact::{facts, payloads},
};

/// The least that one euro was ever worth of a currency, with room to spare.
const PER_EURO_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

/// The most that one euro was ever worth of a currency, with room to spare: the Turkish lira of before 2005 stood at 1.9
/// million.
const PER_EURO_MAX: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);

/// The European Central Bank publishes five significant digits; ten decimals hold any of them.
const DECIMALS_MAX: u32 = 10;

/// Why a number is no rate of exchange.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RateError {
    /// A euro is worth a euro.
    #[error("one euro is worth one euro; leave EUR out")]
    OfTheEuro,
    /// Not above zero.
    #[error("{per_euro} {currency} for one euro is no rate: a rate lies above zero; leave the currency out if it had none")]
    NotAboveZero {
        /// The currency.
        currency: Currency,
        /// The number as given.
        per_euro: Decimal,
    },
    /// No currency ever stood there.
    #[error("{per_euro} {currency} for one euro can't be right: rates lie between {PER_EURO_MIN} and {PER_EURO_MAX}")]
    Absurd {
        /// The currency.
        currency: Currency,
        /// The number as given.
        per_euro: Decimal,
    },
    /// More decimals than any rate is published with.
    #[error("{per_euro} {currency} for one euro has more than {DECIMALS_MAX} decimals; give it as it was published")]
    TooManyDecimals {
        /// The currency.
        currency: Currency,
        /// The number as given.
        per_euro: Decimal,
    },
}

/// A rate of exchange: how much of a currency one euro was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct ExchangeRate {
    currency: Currency,
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(\.[0-9]+)?$"))]
    per_euro: Decimal,
}

impl ExchangeRate {
    /// A rate of `per_euro` units of `currency` for one euro.
    ///
    /// # Errors
    /// When that can't be a rate.
    pub fn try_new(currency: Currency, per_euro: Decimal) -> Result<Self, RateError> {
        if currency.code() == "EUR" {
            return Err(RateError::OfTheEuro);
        }
        if per_euro <= Decimal::ZERO {
            return Err(RateError::NotAboveZero { currency, per_euro });
        }
        if !(PER_EURO_MIN..=PER_EURO_MAX).contains(&per_euro) {
            return Err(RateError::Absurd { currency, per_euro });
        }
        let per_euro = per_euro.normalize();
        if per_euro.scale() > DECIMALS_MAX {
            return Err(RateError::TooManyDecimals { currency, per_euro });
        }
        Ok(Self { currency, per_euro })
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Its units for one euro.
    #[must_use]
    pub const fn per_euro(self) -> Decimal {
        self.per_euro
    }
}

impl<'de> Deserialize<'de> for ExchangeRate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Given {
            currency: Currency,
            per_euro: Decimal,
        }
        let Given { currency, per_euro } = Given::deserialize(deserializer)?;
        Self::try_new(currency, per_euro).map_err(serde::de::Error::custom)
    }
}

payloads! {
    /// An edition of a register was imported to its end.
    RegisterEditionTaken {
        /// The register's short name, such as `repd`.
        register: Line,
        /// Its full name.
        title: Line,
        /// The date of the edition.
        published_on: NaiveDate,
        /// What the file was called.
        file: Line,
        /// SHA-256 of the file, 64 lower-case hexadecimal digits.
        file_sha256: Line,
        /// Rows in the file, without the header.
        rows_read: u32,
        /// Rows that were refused, with the reason in the rejects file.
        rows_rejected: u32,
        /// The keys of rows that an earlier edition had and this one has not; their facts are left as they are.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rows_vanished: Vec<Line>,
    }

    /// Rates of exchange of one day were published; they occurred on that day.
    ExchangeRatesPublished {
        /// The rates, each currency once. A day may have more than one such fact, for other currencies.
        rates: Vec<ExchangeRate>,
    }
}

facts! {
    /// The facts of a register.
    RegisterFact of Register {
        /// See [`RegisterEditionTaken`].
        RegisterEditionTaken,
        /// See [`ExchangeRatesPublished`].
        ExchangeRatesPublished,
    }
    references |_| Vec::new();
    settling |fact| match fact {
        RegisterFact::ExchangeRatesPublished(published) => {
            let settled = |rate: &ExchangeRate| Settled::new(format!("the rate of {}", rate.currency()), &rate.per_euro());
            published.rates.iter().map(settled).collect()
        }
        RegisterFact::RegisterEditionTaken(_) => Vec::new(),
    };
}
