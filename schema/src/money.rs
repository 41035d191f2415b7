//! Money: a decimal and an ISO 4217 currency, never a float.

use std::{borrow::Cow, fmt, str::FromStr};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Why an amount and a currency are not money.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// ISO 4217 lists no such code.
    #[error("'{0}' is not a currency of ISO 4217; write EUR, USD or GBP, for example")]
    UnknownCurrency(String),
    /// More decimals than the currency has minor units.
    #[error("{amount} has more decimals than {currency} has ({decimals}); round it")]
    TooManyDecimals {
        /// The amount as given.
        amount: Decimal,
        /// The currency as given.
        currency: Currency,
        /// The decimals of the currency (ISO 4217 minor units).
        decimals: u32,
    },
    /// An amount below zero; what is taken back is a fact of its own.
    #[error("{0} is below zero; what is taken back is recorded as such, not as a negative amount")]
    Negative(Decimal),
    /// More than any sum here can hold.
    #[error("{0} is too much; amounts go up to a million million million")]
    TooLarge(Decimal),
}

/// How exactly an amount or a quantity is known; exactly, where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// It is this much.
    Exactly,
    /// It is this much or less ("up to").
    AtMost,
    /// It is this much or more ("more than").
    AtLeast,
    /// It is near to this much.
    About,
}

/// The largest amount: 10^18, so that millions of them can be added without loss.
const AMOUNT_MAX: Decimal = Decimal::from_parts(2_808_348_672, 232_830_643, 0, false, 0);

/// A currency of ISO 4217, by its three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals an amount may have (ISO 4217 minor units); none for units such as gold.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(text)
            // Codes for "no currency" and for tests are in the list too.
            .filter(|currency| !matches!(currency.code(), "XXX" | "XTS"))
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(text.chars().take(20).collect()))
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$", "description": "A currency code of ISO 4217." })
    }
}

/// An amount of one currency, not below zero, with no more decimals than the currency has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Money {
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(\.[0-9]+)?$"))]
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Money of `amount` in `currency`.
    ///
    /// # Errors
    /// When the amount is below zero, above 10^18, or has more decimals than the currency (trailing zeros do not count).
    pub fn try_new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount < Decimal::ZERO {
            return Err(MoneyError::Negative(amount));
        }
        if amount > AMOUNT_MAX {
            return Err(MoneyError::TooLarge(amount));
        }
        let amount = amount.normalize();
        let decimals = currency.decimals();
        if amount.scale() > decimals {
            return Err(MoneyError::TooManyDecimals { amount, currency, decimals });
        }
        Ok(Self { amount, currency })
    }

    /// How much, in whole units of the currency (euros, not cents).
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// Of which currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            amount: Decimal,
            currency: Currency,
        }
        let Parts { amount, currency } = Parts::deserialize(deserializer)?;
        Self::try_new(amount, currency).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: &str, currency: &str) -> Result<Money, MoneyError> {
        Money::try_new(amount.parse().unwrap(), currency.parse()?)
    }

    #[test]
    fn an_amount_has_no_more_decimals_than_its_currency() {
        assert!(money("12.34", "EUR").is_ok());
        assert!(money("12.3400", "EUR").is_ok());
        assert!(money("12.345", "EUR").is_err());
        assert!(money("12.345", "KWD").is_ok());
        assert!(money("12.5", "JPY").is_err());
    }

    #[test]
    fn unknown_currencies_and_negative_amounts_are_refused() {
        assert_eq!(money("1", "EURO"), Err(MoneyError::UnknownCurrency("EURO".into())));
        assert!(money("1", "XXX").is_err());
        assert_eq!(money("1", "eur"), Err(MoneyError::UnknownCurrency("eur".into())));
        assert!(matches!(money("-1", "EUR"), Err(MoneyError::Negative(_))));
        assert!(money("1000000000000000000", "EUR").is_ok());
        assert!(matches!(money("1000000000000000000.01", "EUR"), Err(MoneyError::TooLarge(_))));
    }

    #[test]
    fn the_same_amount_is_equal_however_it_is_written() {
        assert_eq!(money("17", "EUR"), money("17.00", "EUR"));
        assert_eq!(serde_json::to_string(&money("17.00", "EUR").unwrap()).unwrap(), r#"{"amount":"17","currency":"EUR"}"#);
    }

    proptest! {
        #[test]
        fn money_reads_back_as_written(cents in 0_i64..i64::MAX) {
            let money = Money::try_new(Decimal::new(cents, 2), "EUR".parse().unwrap()).unwrap();
            let read: Money = serde_json::from_str(&serde_json::to_string(&money).unwrap()).unwrap();
            prop_assert_eq!(read, money);
        }
    }
}
