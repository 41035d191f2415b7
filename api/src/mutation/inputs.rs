//! What commands take beside what is their own.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use graphql::{Code, GraphqlError};
use juniper::{GraphQLInputObject, ID};
use schema::{check_document_location, cluster, permit::Period, register::ExchangeRate};

use crate::scalars::{
    Bound, CapacityUnit, CommandId, CurrencyCode, Date, Decimal, Exactness, FactId, Given, LanguageTag, Line, Note, PeriodUnit,
    Visibility,
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
    /// Of what kind the file is, such as `application/pdf` (RFC 6838).
    pub media_type: Option<Line>,
    /// How many bytes the file has.
    pub bytes: Option<i32>,
    /// Where in the document it says so: a page, a paragraph.
    pub locator: Option<Line>,
}

impl Given<schema::Evidence> for EvidenceInput {
    fn given(self) -> Result<schema::Evidence, GraphqlError> {
        let is_digest = |line: &Line| {
            line.0.as_str().len() == 64 && line.0.as_str().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if self.sha256.as_ref().is_some_and(|line| !is_digest(line)) {
            return Err(GraphqlError::new(Code::InvalidInput, "a SHA-256 has 64 lower-case hexadecimal digits"));
        }
        let located = self.location.as_ref().map_or(Ok(()), |location| check_document_location(location.0.as_str()));
        if let Err(error) = located {
            return Err(GraphqlError::new(Code::InvalidInput, error.to_string()));
        }
        if let Some(media_type) = self.media_type.as_ref().filter(|media_type| !is_media_type(media_type.0.as_str())) {
            let message = format!("'{}' is no media type; write application/pdf, for example", media_type.0);
            return Err(GraphqlError::new(Code::InvalidInput, message));
        }
        Ok(schema::Evidence {
            title: self.title.0,
            location: self.location.given()?,
            sha256: self.sha256.given()?,
            issued_on: self.issued_on.given()?,
            media_type: self.media_type.given()?,
            bytes: self.bytes.given()?,
            locator: self.locator.given()?,
        })
    }
}

/// Whether `text` is a type and a subtype as RFC 6838 has them.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        (1..=127).contains(&name.len()) && name.bytes().all(allowed)
    };
    text.split_once('/').is_some_and(|(of, subtype)| is_name(of) && is_name(subtype))
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

/// A rate of exchange: how much of a currency one euro was worth.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct ExchangeRateInput {
    /// The currency; not the euro.
    pub currency: CurrencyCode,
    /// Its units for one euro, as they were published.
    pub per_euro: Decimal,
}

impl Given<ExchangeRate> for ExchangeRateInput {
    fn given(self) -> Result<ExchangeRate, GraphqlError> {
        let rate = ExchangeRate::try_new(self.currency.0, self.per_euro.0);
        rate.map_err(|error| GraphqlError::new(Code::InvalidInput, error.to_string()))
    }
}

/// What part of an award is for one project or cluster, as an amount or in percent.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct ShareInput {
    /// The project. Give this, or `cluster`.
    pub project: Option<ID>,
    /// The cluster, where it is for a cluster as a whole.
    pub cluster: Option<ID>,
    /// How much. Give this, or `percent`.
    pub amount: Option<MoneyInput>,
    /// How many percent of the whole, above 0 and up to 100.
    pub percent: Option<Decimal>,
}

impl Given<schema::award::Share> for ShareInput {
    fn given(self) -> Result<schema::award::Share, GraphqlError> {
        let (project, cluster) = (self.project.given()?, self.cluster.given()?);
        Ok(schema::award::Share { project, cluster, amount: self.amount.given()?, percent: self.percent.given()? })
    }
}

/// That an award is state aid.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct StateAidInput {
    /// The number of the case or of the scheme.
    pub reference: Line,
    /// On what it rests, such as the general block exemption.
    pub basis: Option<Line>,
}

impl Given<schema::award::StateAid> for StateAidInput {
    fn given(self) -> Result<schema::award::StateAid, GraphqlError> {
        Ok(schema::award::StateAid { reference: self.reference.0, basis: self.basis.given()? })
    }
}

/// What has to be met under an agreement, and what is paid when it is.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct TermInput {
    /// Its short name, as in the conditions of the agreement.
    pub condition: Line,
    /// Until when it is to be met.
    pub due_on: Option<Date>,
    /// The milestone of the project that meets it, by its short name.
    pub milestone: Option<Line>,
    /// The permit that meets it.
    pub permit: Option<ID>,
    /// How much may then be paid.
    pub releases: Option<MoneyInput>,
}

impl Given<schema::award::Term> for TermInput {
    fn given(self) -> Result<schema::award::Term, GraphqlError> {
        Ok(schema::award::Term {
            condition: self.condition.0,
            due_on: self.due_on.given()?,
            milestone: self.milestone.given()?,
            permit: self.permit.given()?,
            releases: self.releases.given()?,
        })
    }
}

/// A payment that an agreement plans.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct PlannedPaymentInput {
    /// When.
    pub on: Date,
    /// How much.
    pub amount: MoneyInput,
}

impl Given<schema::award::PlannedPayment> for PlannedPaymentInput {
    fn given(self) -> Result<schema::award::PlannedPayment, GraphqlError> {
        Ok(schema::award::PlannedPayment { on: self.on.0, amount: self.amount.given()? })
    }
}

/// A capacity with its unit.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct CapacityInput {
    /// How much, not below zero.
    pub value: Decimal,
    /// Of what.
    pub unit: CapacityUnit,
    /// How exactly it is known; exactly, if left out.
    pub bound: Option<Exactness>,
}

impl Given<schema::project::Capacity> for CapacityInput {
    fn given(self) -> Result<schema::project::Capacity, GraphqlError> {
        Ok(schema::project::Capacity { value: self.value.given()?, unit: self.unit.into(), bound: self.bound.given()? })
    }
}

/// A point on the map, in degrees of WGS 84.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct LocationInput {
    /// Degrees north of the equator; south of it, below zero.
    pub latitude: Decimal,
    /// Degrees east of Greenwich; west of it, below zero.
    pub longitude: Decimal,
    /// How far it may lie from there, in metres.
    pub precision_m: Option<i32>,
    /// From where it is known.
    pub source: Option<Line>,
}

impl Given<schema::Location> for LocationInput {
    fn given(self) -> Result<schema::Location, GraphqlError> {
        let (precision_m, source) = (self.precision_m.given()?, self.source.given()?);
        let location = schema::Location::try_new(self.latitude.0, self.longitude.0, precision_m, source);
        location.map_err(|error| GraphqlError::new(Code::InvalidInput, error.to_string()))
    }
}

/// What many things have none of is kept beside them.
impl Given<Box<schema::Location>> for LocationInput {
    fn given(self) -> Result<Box<schema::Location>, GraphqlError> {
        self.given().map(Box::new)
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
    /// Until when it is to be met.
    pub due_on: Option<Date>,
    /// After which period it is due again, as a yearly report is.
    pub recurs: Option<PeriodInput>,
    /// The last day on which it binds.
    pub until: Option<Date>,
}

impl Given<schema::permit::Condition> for ConditionInput {
    fn given(self) -> Result<schema::permit::Condition, GraphqlError> {
        Ok(schema::permit::Condition {
            reference: self.reference.0,
            text: self.text.0,
            before_construction: self.before_construction.given()?,
            due_on: self.due_on.given()?,
            recurs: self.recurs.given()?,
            until: self.until.given()?,
        })
    }
}

/// Somebody who is asked in a consultation: an organisation on record, or somebody by name.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct ConsulteeInput {
    /// The organisation, where it is on record. Give this, or `name`.
    pub organisation: Option<ID>,
    /// What they are called, where they are not.
    pub name: Option<Line>,
    /// Until when they are to answer.
    pub due_on: Option<Date>,
}

impl Given<schema::permit::Consultee> for ConsulteeInput {
    fn given(self) -> Result<schema::permit::Consultee, GraphqlError> {
        let (organisation, name) = (self.organisation.given()?, self.name.given()?);
        Ok(schema::permit::Consultee { organisation, name, due_on: self.due_on.given()? })
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

/// How a command is sent, as its sender says.
#[derive(Debug, Clone)]
pub struct Dispatch {
    /// The thing; `None` when the command brings it on record.
    pub thing: Option<ID>,
    /// The id of the command.
    pub command_id: Option<CommandId>,
    /// The revision that the sender saw.
    pub expected_revision: Option<String>,
    /// Whether nothing is to be recorded.
    pub preview: Option<bool>,
}

/// What every act takes beside what is its own.
#[derive(Debug, Clone)]
pub struct Particulars {
    /// How it is sent.
    pub dispatch: Dispatch,
    /// The legal or business date.
    pub occurred_on: Date,
    /// The day on which a public source first said so.
    pub published_on: Option<NaiveDate>,
    /// The documents it rests on.
    pub evidence: Option<Vec<EvidenceInput>>,
    /// For whose eyes it is.
    pub visibility: Option<Visibility>,
    /// Why a rule is to be overridden.
    pub override_reason: Option<Note>,
    /// The language of its texts.
    pub language: Option<LanguageTag>,
    /// The fact that is corrected.
    pub corrects: Option<CorrectsInput>,
    /// The members of the fact that were given, by their names in its payload.
    pub members: Vec<schema::Line>,
}
