//! Small values that many types have.

use gate::gated;

use crate::{
    Context,
    scalars::{CapacityUnit, CurrencyCode, Date, Decimal, Exactness, Line},
};

/// Money: a decimal and a currency. Amounts of two currencies are never added.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Money {
    /// How much, in whole units of the currency.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: CurrencyCode,
}

impl From<schema::Money> for Money {
    fn from(money: schema::Money) -> Self {
        Self { amount: Decimal(money.amount()), currency: CurrencyCode(money.currency()) }
    }
}

/// A capacity with its unit. Capacities of two units are never added.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Capacity {
    /// How much.
    pub value: Decimal,
    /// Of what.
    pub unit: CapacityUnit,
    /// How exactly it is known; null where nothing is said.
    pub bound: Option<Exactness>,
}

impl From<schema::project::Capacity> for Capacity {
    fn from(capacity: schema::project::Capacity) -> Self {
        Self { value: Decimal(capacity.value), unit: capacity.unit.into(), bound: capacity.bound.map(Exactness::from) }
    }
}

/// A number of calendar days between two dates.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Days {
    /// How many, between the days that the dates stand for.
    pub count: i32,
    /// Whether it is known to the day.
    pub exact: bool,
    /// The fewest that the dates leave open.
    pub least: i32,
    /// The most that the dates leave open; null where nobody knows when it began.
    pub most: Option<i32>,
}

impl From<projections::things::Days> for Days {
    fn from(days: projections::things::Days) -> Self {
        let number = |days: i64| i32::try_from(days).unwrap_or(i32::MAX);
        Self { count: number(days.count), exact: days.is_exact(), least: number(days.least), most: days.most.map(number) }
    }
}

/// A point on Earth.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Location {
    /// Degrees north of the equator, -90 to 90.
    pub latitude: Decimal,
    /// Degrees east of Greenwich, -180 to 180.
    pub longitude: Decimal,
    /// How far it may lie from there, in metres.
    pub precision_m: Option<i32>,
    /// From where it is known.
    pub source: Option<Line>,
}

impl From<&schema::Location> for Location {
    fn from(location: &schema::Location) -> Self {
        Self {
            latitude: Decimal(location.latitude()),
            longitude: Decimal(location.longitude()),
            precision_m: location.precision_m().map(|metres| metres.try_into().unwrap_or(i32::MAX)),
            source: location.source().cloned().map(Line),
        }
    }
}

/// What another system calls a thing.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ExternalId {
    /// Who gives the id: a register's short name, for example.
    pub scheme: Line,
    /// The id there.
    pub value: Line,
}

impl From<&schema::ExternalId> for ExternalId {
    fn from(id: &schema::ExternalId) -> Self {
        Self { scheme: Line(id.scheme.clone()), value: Line(id.value.clone()) }
    }
}

/// The identifiers of a thing.
pub fn identifiers(ids: &[schema::ExternalId]) -> Vec<ExternalId> {
    ids.iter().map(ExternalId::from).collect()
}

/// Something that a register says of a thing beside its facts.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Attribute {
    /// What, by the name that the register or its mapping gives it.
    pub name: Line,
    /// What it says.
    pub value: Line,
}

/// The attributes of a thing.
pub fn attributes(attributes: &std::collections::BTreeMap<schema::Line, schema::Line>) -> Vec<Attribute> {
    attributes.iter().map(|(name, value)| Attribute { name: Line(name.clone()), value: Line(value.clone()) }).collect()
}

/// A document that a fact rests on.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Evidence {
    /// What the document is called.
    pub title: Line,
    /// A URL or a file name.
    pub location: Option<Line>,
    /// SHA-256 of the document, 64 hexadecimal digits.
    pub sha256: Option<Line>,
    /// When the document was issued.
    pub issued_on: Option<Date>,
    /// Of what kind the file is, such as `application/pdf`.
    pub media_type: Option<Line>,
    /// How many bytes the file has.
    pub bytes: Option<i32>,
    /// Where in the document it says so: a page, a paragraph.
    pub locator: Option<Line>,
}

impl From<&schema::Evidence> for Evidence {
    fn from(evidence: &schema::Evidence) -> Self {
        Self {
            title: Line(evidence.title.clone()),
            location: evidence.location.clone().map(Line),
            sha256: evidence.sha256.clone().map(Line),
            issued_on: evidence.issued_on.map(Date),
            media_type: evidence.media_type.clone().map(Line),
            bytes: evidence.bytes.map(|bytes| i32::try_from(bytes).unwrap_or(i32::MAX)),
            locator: evidence.locator.clone().map(Line),
        }
    }
}
