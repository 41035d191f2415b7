//! Countries (ISO 3166-1) and the jurisdictions whose law a permit is under.

use std::{borrow::Cow, fmt, str::FromStr, sync::LazyLock};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::Line;

/// The open list of countries (PDDL): code, name and continent of each.
static COUNTRIES: LazyLock<Vec<CountryRow>> = LazyLock::new(|| {
    let text = include_str!("../data/countries.csv");
    text.lines().skip(1).filter_map(CountryRow::parse).collect()
});

struct CountryRow {
    code: [u8; 2],
    name: &'static str,
    continent: &'static str,
}

impl CountryRow {
    /// Columns `alpha2, alpha3, numeric, name, continent, …`; a name with a comma stands in quotes.
    fn parse(line: &'static str) -> Option<Self> {
        let mut start = line.splitn(4, ',');
        let code = start.next()?.as_bytes().try_into().ok()?;
        let rest = start.nth(2)?;
        let (name, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once("\",")?,
            None => rest.split_once(',')?,
        };
        Some(Self { code, name, continent: rest.split(',').next()? })
    }
}

/// Every country, in the order of the list.
pub fn countries() -> impl Iterator<Item = Country> {
    COUNTRIES.iter().map(|row| Country(row.code))
}

/// Why a text is not a place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// ISO 3166-1 lists no such code.
    #[error("'{0}' is not a country of ISO 3166-1; write GB, NL or US, for example")]
    UnknownCountry(String),
    /// Neither a country, nor a part of one, nor the European Union.
    #[error("'{0}' is not a jurisdiction; write a country such as NL, a part of one such as GB-SCT, or EU")]
    UnknownJurisdiction(String),
}

/// A country of ISO 3166-1, by its two letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The English name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The continent, by its two letters: AF, AN, AS, EU, NA, OC or SA.
    #[must_use]
    pub fn continent(self) -> &'static str {
        self.row().map_or("", |row| row.continent)
    }

    fn row(self) -> Option<&'static CountryRow> {
        COUNTRIES.iter().find(|row| row.code == self.0)
    }
}

impl FromStr for Country {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let found = COUNTRIES.iter().find(|row| row.code == text.as_bytes());
        found.map(|row| Self(row.code)).ok_or_else(|| PlaceError::UnknownCountry(text.chars().take(20).collect()))
    }
}

/// Whose law applies: a country, a part of one (ISO 3166-2) or the European Union.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction(Box<str>);

impl Jurisdiction {
    /// The code: `NL`, `GB-SCT` or `EU`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl From<Country> for Jurisdiction {
    fn from(country: Country) -> Self {
        Self(country.code().into())
    }
}

impl FromStr for Jurisdiction {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let unknown = || PlaceError::UnknownJurisdiction(text.chars().take(20).collect());
        let (country, part) = text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
        if country != "EU" {
            country.parse::<Country>().map_err(|_| unknown())?;
        }
        let part_is_code = |part: &str| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        if part.is_some_and(|part| country == "EU" || !part_is_code(part)) {
            return Err(unknown());
        }
        Ok(Self(text.into()))
    }
}

/// A point on the map, in degrees of WGS 84.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Location {
    #[schemars(with = "String", regex(pattern = r"^-?[0-9]+(\.[0-9]+)?$"))]
    latitude: Decimal,
    #[schemars(with = "String", regex(pattern = r"^-?[0-9]+(\.[0-9]+)?$"))]
    longitude: Decimal,
    /// How far it may lie from there, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision_m: Option<u32>,
    /// From where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Line>,
}

/// Degrees that lie nowhere on Earth.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{latitude}, {longitude} is nowhere: latitudes go from -90 to 90 degrees, longitudes from -180 to 180")]
pub struct LocationError {
    /// The latitude as given.
    latitude: Decimal,
    /// The longitude as given.
    longitude: Decimal,
}

impl Location {
    /// The point at `latitude` and `longitude`, as exactly as `precision_m` says, known from `source`.
    ///
    /// # Errors
    /// When it lies nowhere on Earth.
    pub fn try_new(
        latitude: Decimal,
        longitude: Decimal,
        precision_m: Option<u32>,
        source: Option<Line>,
    ) -> Result<Self, LocationError> {
        if latitude.abs() > Decimal::from(90) || longitude.abs() > Decimal::from(180) {
            return Err(LocationError { latitude, longitude });
        }
        Ok(Self { latitude: latitude.normalize(), longitude: longitude.normalize(), precision_m, source })
    }

    /// Degrees north of the equator; south of it, below zero.
    #[must_use]
    pub const fn latitude(&self) -> Decimal {
        self.latitude
    }

    /// Degrees east of Greenwich; west of it, below zero.
    #[must_use]
    pub const fn longitude(&self) -> Decimal {
        self.longitude
    }

    /// How far it may lie from there, in metres.
    #[must_use]
    pub const fn precision_m(&self) -> Option<u32> {
        self.precision_m
    }

    /// From where it is known.
    #[must_use]
    pub const fn source(&self) -> Option<&Line> {
        self.source.as_ref()
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            latitude: Decimal,
            longitude: Decimal,
            precision_m: Option<u32>,
            source: Option<Line>,
        }
        let Parts { latitude, longitude, precision_m, source } = Parts::deserialize(deserializer)?;
        Self::try_new(latitude, longitude, precision_m, source).map_err(de::Error::custom)
    }
}

macro_rules! codes {
    ($($name:ident: $pattern:literal;)+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )+};
}

codes! {
    Country: "^[A-Z]{2}$";
    Jurisdiction: "^(EU|[A-Z]{2}(-[A-Z0-9]{1,3})?)$";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_of_the_list_is_read() {
        assert_eq!(countries().count(), include_str!("../data/countries.csv").lines().count() - 1);
        let gb: Country = "GB".parse().unwrap();
        assert_eq!((gb.name(), gb.continent()), ("UK", "EU"));
        assert!(countries().all(|country| !country.name().is_empty() && country.continent().len() == 2));
    }

    #[test]
    fn a_point_lies_somewhere_on_earth() {
        let at = |latitude: &str, longitude: &str| {
            Location::try_new(latitude.parse().unwrap(), longitude.parse().unwrap(), None, None)
        };
        let point = at("54.50", "-3.6").unwrap();
        let json = r#"{"latitude":"54.5","longitude":"-3.6"}"#;
        assert_eq!(serde_json::to_string(&point).unwrap(), json);
        assert_eq!(serde_json::from_str::<Location>(json).unwrap(), point);
        assert!(at("90", "-180").is_ok());
        for (latitude, longitude) in [("90.1", "0"), ("-91", "0"), ("0", "180.5"), ("0", "-181")] {
            assert!(at(latitude, longitude).is_err(), "{latitude}, {longitude}");
        }
        assert!(serde_json::from_str::<Location>(r#"{"latitude":"99","longitude":"0"}"#).is_err());
    }

    #[test]
    fn unknown_places_are_refused() {
        for text in ["", "UK", "gb", "GBR", "XX"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
        for text in ["GB-", "EU-1", "GB-scot", "GB-SCOT", "XX-1"] {
            assert!(text.parse::<Jurisdiction>().is_err(), "{text}");
        }
        for text in ["EU", "GB", "GB-SCT", "US-CA", "FR-59"] {
            assert_eq!(text.parse::<Jurisdiction>().unwrap().code(), text);
        }
    }
}
