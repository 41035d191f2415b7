//! What commands take beside what is their own.

use std::collections::BTreeMap;

use juniper::{GraphQLInputObject, ID};
use schema::{cluster, permit::Period};

use crate::graphql::{
    Code, GraphqlError,
    scalars::{Bound, CapacityUnit, CommandId, CurrencyCode, Date, Decimal, FactId, Given, Line, Note, PeriodUnit, Visibility},
};

/// A document that a fact rests on.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct EvidenceInput {
    /// What the document is called.
    pub title: Line,
    /// A URL or a file name.
    pub location: Option<Line>,
    /// SHA-256 of the document, 64 lower-case hexadecimal digits.
    pub sha256: Option<Line>,
    /// When the document was issued.
    pub issued_on: Option<Date>,
}

impl Given<schema::Evidence> for EvidenceInput {
    fn given(self) -> Result<schema::Evidence, GraphqlError> {
        let is_digest = |line: &Line| {
            line.0.as_str().len() == 64 && line.0.as_str().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if self.sha256.as_ref().is_some_and(|line| !is_digest(line)) {
            return Err(GraphqlError::new(Code::InvalidInput, "a SHA-256 has 64 lower-case hexadecimal digits"));
        }
        if let Some(location) = self.location.as_ref().filter(|location| !is_safe(location.0.as_str())) {
            let message = format!("'{}' is neither a file name nor an address that begins with https:// or http://", location.0);
            return Err(GraphqlError::new(Code::InvalidInput, message));
        }
        Ok(schema::Evidence {
            title: self.title.0,
            location: self.location.given()?,
            sha256: self.sha256.given()?,
            issued_on: self.issued_on.given()?,
        })
    }
}

/// Whether a location can be shown as a link: a scheme other than the web's could run something.
fn is_safe(location: &str) -> bool {
    let scheme = location.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.len() > 1
            && scheme.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.'))
    };
    match scheme.filter(|scheme| is_scheme(scheme)) {
        Some(scheme) => ["http", "https", "urn", "doi"].contains(&scheme.to_ascii_lowercase().as_str()),
        None => true,
    }
}

/// Money: a decimal, not below zero and with no more decimals than its currency has, and a currency.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct MoneyInput {
    /// How much, in whole units of the currency.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: CurrencyCode,
}

impl Given<schema::Money> for MoneyInput {
    fn given(self) -> Result<schema::Money, GraphqlError> {
        let money = schema::Money::try_new(self.amount.0, self.currency.0);
        money.map_err(|error| GraphqlError::new(Code::InvalidInput, error.to_string()))
    }
}

/// A capacity with its unit.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct CapacityInput {
    /// How much, not below zero.
    pub value: Decimal,
    /// Of what.
    pub unit: CapacityUnit,
}

impl Given<schema::project::Capacity> for CapacityInput {
    fn given(self) -> Result<schema::project::Capacity, GraphqlError> {
        Ok(schema::project::Capacity { value: self.value.given()?, unit: self.unit.into() })
    }
}

/// Emissions in a year.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct StatedEmissionsInput {
    /// Tonnes of CO2 equivalent per year, not below zero.
    pub t_per_year: Decimal,
    /// Of which year.
    pub year: Option<i32>,
}

impl Given<cluster::StatedEmissions> for StatedEmissionsInput {
    fn given(self) -> Result<cluster::StatedEmissions, GraphqlError> {
        Ok(cluster::StatedEmissions { t_per_year: self.t_per_year.given()?, year: self.year.given()? })
    }
}

/// Money in a year.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct StatedMoneyInput {
    /// How much.
    pub amount: MoneyInput,
    /// Of which year.
    pub year: Option<i32>,
}

impl Given<cluster::StatedMoney> for StatedMoneyInput {
    fn given(self) -> Result<cluster::StatedMoney, GraphqlError> {
        Ok(cluster::StatedMoney { amount: self.amount.given()?, year: self.year.given()? })
    }
}

/// A number of things in a year.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct StatedCountInput {
    /// How many.
    pub count: i32,
    /// How exactly that is known; exactly, if left out.
    pub bound: Option<Bound>,
    /// Of which year.
    pub year: Option<i32>,
}

impl Given<cluster::StatedCount> for StatedCountInput {
    fn given(self) -> Result<cluster::StatedCount, GraphqlError> {
        Ok(cluster::StatedCount { count: self.count.given()?, bound: self.bound.given()?, year: self.year.given()? })
    }
}

/// A statutory period.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct PeriodInput {
    /// How many, from 1 to 65,535.
    pub count: i32,
    /// Of what.
    pub unit: PeriodUnit,
}

impl Given<Period> for PeriodInput {
    fn given(self) -> Result<Period, GraphqlError> {
        let count = u16::try_from(self.count).ok().filter(|count| *count > 0);
        let count = count.ok_or_else(|| GraphqlError::new(Code::InvalidInput, "a period has a count from 1 to 65,535"))?;
        Ok(Period { count, unit: self.unit.into() })
    }
}

/// A condition of a grant.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct ConditionInput {
    /// Its number in the decision letter.
    pub reference: Line,
    /// What it requires.
    pub text: Note,
    /// Whether it has to be met before building begins.
    pub before_construction: Option<bool>,
}

impl Given<schema::permit::Condition> for ConditionInput {
    fn given(self) -> Result<schema::permit::Condition, GraphqlError> {
        let before_construction = self.before_construction.given()?;
        Ok(schema::permit::Condition { reference: self.reference.0, text: self.text.0, before_construction })
    }
}

/// What another system calls a thing.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct ExternalIdInput {
    /// Who gives the id: a register's short name, for example.
    pub scheme: Line,
    /// The id there.
    pub value: Line,
}

impl Given<schema::ExternalId> for ExternalIdInput {
    fn given(self) -> Result<schema::ExternalId, GraphqlError> {
        Ok(schema::ExternalId { scheme: self.scheme.0, value: self.value.0 })
    }
}

/// Something that a register says of a thing beside its facts.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct AttributeInput {
    /// What, by the name that the register or its mapping gives it.
    pub name: Line,
    /// What it says.
    pub value: Line,
}

impl Given<BTreeMap<schema::Line, schema::Line>> for Option<Vec<AttributeInput>> {
    fn given(self) -> Result<BTreeMap<schema::Line, schema::Line>, GraphqlError> {
        Ok(self.unwrap_or_default().into_iter().map(|attribute| (attribute.name.0, attribute.value.0)).collect())
    }
}

/// The earlier fact that a command corrects.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct CorrectsInput {
    /// The fact, of the same type.
    pub fact: FactId,
    /// Why it was wrong.
    pub reason: Note,
}

/// What every command takes beside what is its own.
#[derive(Debug, Clone)]
pub struct Particulars {
    /// The thing; `None` when the command brings it on record.
    pub thing: Option<ID>,
    /// The legal or business date.
    pub occurred_on: Date,
    /// The documents it rests on.
    pub evidence: Option<Vec<EvidenceInput>>,
    /// For whose eyes it is.
    pub visibility: Option<Visibility>,
    /// Why a rule is to be overridden.
    pub override_reason: Option<Note>,
    /// The id of the command.
    pub command_id: Option<CommandId>,
    /// The revision that the sender saw.
    pub expected_revision: Option<String>,
    /// The fact that is corrected.
    pub corrects: Option<CorrectsInput>,
}
