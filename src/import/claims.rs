//! What one row of an edition says, as facts of the record.

use std::{collections::BTreeMap, fmt};

use rust_decimal::Decimal;
use schema::{
    Date, Fact, Kind, Line, Money, OrganisationId, PermitId, ProjectId, ThingId,
    organisation::OrganisationFact,
    permit::{PermitFact, PermitIdentified},
    project::{Capacity, Lever, ProjectFact, ProjectRegistered},
};

use super::{
    edition::joined_key,
    events::{Happened, Told},
    reader::Row,
    rejects::RejectReason,
    row::{DateCell, RowReader},
    source::{ColumnId, Source},
    things::{Attribute, AttributeKind, Identifier, PermitRule, ProjectRule},
};

/// A fact of whichever kind of thing a register can speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyFact {
    /// Of an organisation.
    Organisation(OrganisationFact),
    /// Of a project.
    Project(ProjectFact),
    /// Of a permit.
    Permit(PermitFact),
}

impl AnyFact {
    /// The name of the fact's type, such as `PermitGranted`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Organisation(fact) => fact.event_type().name,
            Self::Project(fact) => fact.event_type().name,
            Self::Permit(fact) => fact.event_type().name,
        }
    }
}

/// From where a claim has its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatedBy {
    /// The row says it: another date in a later edition is a correction.
    Row,
    /// The row says no date, and the edition's stands in: the same claim in a later edition is nothing new, and another
    /// claim in its place does not make the earlier one wrong.
    Edition,
}

/// A part of a payload of which the row says nothing that counts: a cell can't be read, or its column is not in the file. It
/// stays as it is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// A member, by its name in the payload.
    Member(String),
    /// One of the attributes.
    Attribute(Line),
}

/// One thing that a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The thing it is about; the same row key names the same thing in every edition.
    pub thing: ThingId,
    /// What of the row it is, as the mapping names it: `project`, `permit`, an organisation or the field of an event. The
    /// same in every edition, and unique among the claims of a row on one thing.
    pub field: Line,
    /// When it occurred.
    pub occurred_on: Date,
    /// From where that date is.
    pub dated_by: DatedBy,
    /// What it says.
    pub fact: AnyFact,
    /// The parts of it that stay as they are on record.
    pub open: Vec<Open>,
}

/// Something odd in a row that is taken all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A word that the vocabulary has not; the value stays unknown.
    UnknownWord {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
    },
    /// A cell that gives no date of an event; it is kept as an attribute.
    NotADate {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
        /// Why.
        says: String,
    },
    /// A cell that can't be taken as what the mapping says it is.
    LeftOut {
        /// The column.
        column: String,
        /// The cell, shortened.
        cell: String,
        /// Why.
        says: String,
    },
    /// An event whose payload does not hold together.
    EventLeftOut {
        /// The field of the event.
        field: Line,
        /// Why.
        says: String,
    },
}

impl Warning {
    /// A stable code for what is odd.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownWord { .. } => "ODD_WORD",
            Self::NotADate { .. } => "ODD_DATE",
            Self::LeftOut { .. } => "ODD_CELL",
            Self::EventLeftOut { .. } => "ODD_EVENT",
        }
    }
}

impl Warning {
    /// The column that it is about; none where it is about an event as a whole.
    pub(super) const fn column(&self) -> Option<&String> {
        match self {
            Self::UnknownWord { column, .. } | Self::NotADate { column, .. } | Self::LeftOut { column, .. } => Some(column),
            Self::EventLeftOut { .. } => None,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownWord { column, cell } => {
                write!(f, "column '{column}': '{cell}' is not in the mapping's vocabulary; the value stays unknown")
            }
            Self::NotADate { column, cell, says } => {
                write!(f, "column '{column}': '{cell}' is kept as an attribute only, {says}")
            }
            Self::LeftOut { column, cell, says } => write!(f, "column '{column}': '{cell}' is left out, {says}"),
            Self::EventLeftOut { field, says } => write!(f, "the event '{field}' is left out, {says}"),
        }
    }
}

/// Everything that one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowClaims {
    /// The number of the row.
    pub row: u32,
    /// The row's key; the parts of one of several columns are joined by ` / `, a slash within one being doubled.
    pub key: Line,
    /// Organisations first, then the project, the permit, and their events in the order of the mapping.
    ///
    /// Every row that names an organisation claims that it exists, in the same words throughout the edition.
    pub claims: Vec<Claim>,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// The fields of which the row says nothing that counts: what is on record of them stays.
    pub open: Vec<(ThingId, Line)>,
}

/// The organisations of a row by what they are to it; nothing for one whose name is left open.
type Organisations = BTreeMap<Line, Option<OrganisationId>>;

/// The members of a founding fact while they are read, and those that are left open.
struct Members<'r, 'e> {
    reader: &'r mut RowReader<'e>,
    open: Vec<Open>,
}

impl<'e> Members<'_, 'e> {
    /// What `read` makes of the row for the member `name`.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&mut RowReader<'e>) -> T) -> T {
        let (value, is_open) = self.reader.reading(read);
        self.open.extend(is_open.then(|| Open::Member(name.to_owned())));
        value
    }

    /// The organisation that the mapping says is the member `name`.
    fn organisation(&mut self, name: &str, rule: Option<&Line>, organisations: &Organisations) -> Option<OrganisationId> {
        let named = organisations.get(rule?)?;
        self.open.extend(named.is_none().then(|| Open::Member(name.to_owned())));
        *named
    }
}

/// Reads the claims of a row whose key is known to be its own.
pub(super) fn read_claims(parts: &[String], row: &Row, reader: &mut RowReader<'_>) -> Result<RowClaims, RejectReason> {
    let key = Line::try_new(&joined_key(parts)).map_err(|error| RejectReason::KeyUnfit { says: error.to_string() })?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let register = reader.edition.mapping.about.name.as_str();
    let thing = |kind| ThingId::from_register(kind, register, &parts);
    let (organisations, mut claims) = read_organisations(reader)?;
    let (events, open) = read_events(thing, reader)?;
    if let Some(rule) = &reader.edition.mapping.project {
        let mut members = Members { reader: &mut *reader, open: Vec::new() };
        let fact = project(rule, &organisations, &mut members)?;
        let said = (AnyFact::Project(fact.into()), members.open);
        claims.push(founding(thing(Kind::Project), (&rule.field, &rule.since), said, reader));
    }
    if let Some(rule) = &reader.edition.mapping.permit {
        let of_project = reader.edition.mapping.project.as_ref().map(|_| thing(Kind::Project));
        let mut members = Members { reader: &mut *reader, open: Vec::new() };
        let fact = permit(rule, of_project, &organisations, &mut members)?;
        let said = (AnyFact::Permit(fact.into()), members.open);
        claims.push(founding(thing(Kind::Permit), (&rule.field, &rule.since), said, reader));
    }
    claims.extend(events);
    Ok(RowClaims { row: row.number, key, claims, warnings: std::mem::take(&mut reader.warnings), open })
}

fn read_organisations(reader: &mut RowReader<'_>) -> Result<(Organisations, Vec<Claim>), RejectReason> {
    let (mut organisations, mut claims) = (Organisations::new(), Vec::new());
    let edition = reader.edition;
    for (rule, spellings) in edition.mapping.organisations.iter().zip(&edition.spellings) {
        let (read, is_open) = reader.reading(|reader| rule.read(spellings, reader));
        let (id, claim) = read?.unzip();
        if is_open || id.is_some() {
            organisations.insert(rule.field.clone(), id);
        }
        claims.extend(claim);
    }
    Ok((organisations, claims))
}

type Events = (Vec<Claim>, Vec<(ThingId, Line)>);

/// The events of a row, and the fields that it leaves open. Of the rules with one field, the first counts that applies; none
/// does where it can't be told whether one before it would.
fn read_events(thing: impl Fn(Kind) -> ThingId, reader: &mut RowReader<'_>) -> Result<Events, RejectReason> {
    let (mut claims, mut open): Events = (Vec::new(), Vec::new());
    for rule in &reader.edition.mapping.events {
        let (thing, field) = (thing(rule.thing), rule.field.clone());
        let is_said = claims.iter().any(|claim| claim.thing == thing && claim.field == field);
        if is_said || open.contains(&(thing, field.clone())) {
            continue;
        }
        match rule.read(reader)? {
            Told::Nothing => {}
            Told::Open => open.push((thing, field)),
            Told::Event(happened) => {
                let Happened { occurred_on, dated_by, fact, open } = *happened;
                claims.push(Claim { thing, field, occurred_on, dated_by, fact, open });
            }
        }
    }
    Ok((claims, open))
}

/// The claim that a thing exists: since the date that the mapping names, else since the edition. A date that can't be read is
/// said, and leaves the one on record.
fn founding(
    thing: ThingId,
    (field, since): (&Line, &[ColumnId]),
    (fact, open): (AnyFact, Vec<Open>),
    reader: &mut RowReader<'_>,
) -> Claim {
    let published_on = reader.edition.published_on();
    let said = reader.first_date(since).filter(|date| date.first() <= published_on);
    let is_open = since.iter().any(|column| reader.is_missing(*column)) || reader.holds_no_date(since);
    let dated_by = if said.is_some() && !is_open { DatedBy::Row } else { DatedBy::Edition };
    let occurred_on = said.unwrap_or(Date::day(published_on));
    Claim { thing, field: field.clone(), occurred_on, dated_by, fact, open }
}

fn read_line(source: Option<&Source>, reader: &mut RowReader<'_>) -> Result<Option<Line>, RejectReason> {
    source.map_or(Ok(None), |source| {
        let word = source.read(reader)?;
        Ok(word.and_then(|word| reader.line(source.columns.first().copied(), &word)))
    })
}

fn read_as<T: std::str::FromStr<Err: ToString>>(
    source: Option<&Source>,
    reader: &mut RowReader<'_>,
) -> Result<Option<T>, RejectReason> {
    source.map_or(Ok(None), |source| source.read_as(reader))
}

fn needed(thing: &'static str, value: &'static str, source: &Source, reader: &mut RowReader<'_>) -> Result<Line, RejectReason> {
    let blank = || RejectReason::Missing { thing, value, says: "the cell is blank".to_owned() };
    let word = source.read(reader)?.ok_or_else(blank)?;
    Line::try_new(&word).map_err(|error| RejectReason::Unfit { thing, value, says: error.to_string() })
}

fn number(column: ColumnId, reader: &mut RowReader<'_>) -> Option<Decimal> {
    let cell = reader.first_filled(&[column]).and_then(|column| reader.cell(column))?;
    let number = reader.number(column);
    if number.is_none() {
        reader.warn_of(Some(column), &cell, "it is not a number as the mapping writes them");
    }
    number
}

fn not_below_zero(column: ColumnId, reader: &mut RowReader<'_>) -> Option<Decimal> {
    let number = number(column, reader)?;
    if number.is_sign_negative() && !number.is_zero() {
        reader.warn_of(Some(column), &number.to_string(), "it is below zero");
        return None;
    }
    Some(number)
}

fn project(
    rule: &ProjectRule,
    organisations: &Organisations,
    members: &mut Members<'_, '_>,
) -> Result<ProjectRegistered, RejectReason> {
    let amount = |column: ColumnId| move |reader: &mut RowReader<'_>| not_below_zero(column, reader);
    Ok(ProjectRegistered {
        title: needed("project", "title", &rule.title, members.reader)?,
        cluster: members.read("cluster", |reader| read_as(rule.cluster.as_ref(), reader))?,
        lead: members.organisation("lead", rule.lead.as_ref(), organisations),
        country: members.read("country", |reader| read_as(rule.country.as_ref(), reader))?,
        place: members.read("place", |reader| read_line(rule.place.as_ref(), reader))?,
        levers: members.read("levers", |reader| levers(rule, reader))?,
        technology: members.read("technology", |reader| read_line(rule.technology.as_ref(), reader))?,
        capacity: rule.capacity.and_then(|(column, unit)| {
            let value = members.read("capacity", amount(column));
            value.map(|value| Capacity::new(value, unit))
        }),
        abatement_t_per_year: rule.abatement.and_then(|column| members.read("abatement_t_per_year", amount(column))),
        capex: members.read("capex", |reader| capex(rule, reader)),
        jobs: members.read("jobs", |reader| jobs(rule, reader)),
        identifiers: members.read("identifiers", |reader| identifiers(&rule.identifiers, reader)),
        attributes: attributes(Kind::Project, &rule.attributes, members)?,
        abatement_bound: None,
        part_of: None,
        capacities: Vec::new(),
        location: None,
        abatement_counted_in: None,
    })
}

fn levers(rule: &ProjectRule, reader: &mut RowReader<'_>) -> Result<Vec<Lever>, RejectReason> {
    let mut words = match &rule.levers {
        None => Vec::new(),
        Some(levers) => levers.read_all(reader)?,
    };
    words.dedup();
    Ok(words.into_iter().filter_map(|lever| serde_json::from_value(lever.into()).ok()).collect())
}

fn capex(rule: &ProjectRule, reader: &mut RowReader<'_>) -> Option<Money> {
    let (column, currency) = rule.capex.as_ref()?;
    let amount = not_below_zero(*column, reader)?;
    let money = Money::try_new(amount, *currency);
    money.map_err(|error| reader.warn_of(Some(*column), &amount.to_string(), &error.to_string())).ok()
}

fn jobs(rule: &ProjectRule, reader: &mut RowReader<'_>) -> Option<u32> {
    let column = rule.jobs?;
    let jobs = not_below_zero(column, reader)?;
    let whole = u32::try_from(jobs).ok().filter(|_| jobs.is_integer());
    if whole.is_none() {
        reader.warn_of(Some(column), &jobs.to_string(), "it is not a whole number");
    }
    whole
}

fn permit(
    rule: &PermitRule,
    project: Option<ThingId>,
    organisations: &Organisations,
    members: &mut Members<'_, '_>,
) -> Result<PermitIdentified, RejectReason> {
    Ok(PermitIdentified {
        title: needed("permit", "title", &rule.title, members.reader)?,
        instrument: needed("permit", "instrument", &rule.instrument, members.reader)?,
        authority: members.organisation("authority", rule.authority.as_ref(), organisations),
        jurisdiction: members.read("jurisdiction", |reader| read_as(rule.jurisdiction.as_ref(), reader))?,
        regime: members.read("regime", |reader| read_line(rule.regime.as_ref(), reader))?,
        case: members.read("case", |reader| read_line(rule.case.as_ref(), reader))?,
        legal_basis: members.read("legal_basis", |reader| read_line(rule.legal_basis.as_ref(), reader))?,
        projects: project.and_then(|project| ProjectId::try_from(project).ok()).into_iter().collect(),
        clusters: Vec::new(),
        reference: members.read("reference", |reader| read_line(rule.reference.as_ref(), reader))?,
        identifiers: members.read("identifiers", |reader| identifiers(&rule.identifiers, reader)),
        attributes: attributes(Kind::Permit, &rule.attributes, members)?,
    })
}

fn identifiers(rules: &[Identifier], reader: &mut RowReader<'_>) -> Vec<schema::ExternalId> {
    let mut found = Vec::new();
    for rule in rules {
        let Some(column) = reader.first_filled(&[rule.column]) else { continue };
        let cell = reader.cell(column).unwrap_or_default();
        let value = reader.line(Some(rule.column), &cell);
        found.extend(value.map(|value| schema::ExternalId { scheme: rule.scheme.clone(), value }));
    }
    found
}

/// The attributes that the mapping names, and the cells that were kept because they are no dates.
fn attributes(thing: Kind, rules: &[Attribute], members: &mut Members<'_, '_>) -> Result<BTreeMap<Line, Line>, RejectReason> {
    let kept = members.reader.kept.iter().filter(|(kind, ..)| *kind == thing);
    let mut attributes: BTreeMap<Line, Line> = kept.map(|(_, name, cell)| (name.clone(), cell.clone())).collect();
    for rule in rules {
        let (value, is_open) = members.reader.reading(|reader| attribute_line(rule, reader));
        attributes.extend(value?.map(|value| (rule.name.clone(), value)));
        members.open.extend(is_open.then(|| Open::Attribute(rule.name.clone())));
    }
    Ok(attributes)
}

fn attribute_line(rule: &Attribute, reader: &mut RowReader<'_>) -> Result<Option<Line>, RejectReason> {
    let Some(text) = attribute(rule, reader)? else { return Ok(None) };
    Ok(reader.line(rule.source.columns.first().copied(), &text))
}

/// The text of an attribute, written the one way of its kind; what is not of that kind stays as it stands.
fn attribute(rule: &Attribute, reader: &mut RowReader<'_>) -> Result<Option<String>, RejectReason> {
    let Some(text) = rule.source.read(reader)? else { return Ok(None) };
    Ok(Some(match rule.kind {
        AttributeKind::Text => text,
        AttributeKind::Number => {
            let column = rule.source.columns.iter().copied().find(|column| reader.cell(*column).as_deref() == Some(&text));
            let number = column.map_or_else(|| reader.edition.mapping.numbers.read(&text), |column| reader.number(column));
            number.map_or(text, |number| number.to_string())
        }
        AttributeKind::Date => match rule.source.columns.first().map(|column| reader.date(*column)) {
            Some(DateCell::Read(date)) => date.to_string(),
            _ => text,
        },
    }))
}

impl RowClaims {
    /// The permit of the row, where it has one.
    #[must_use]
    pub fn permit(&self) -> Option<PermitId> {
        self.claims.iter().find_map(|claim| PermitId::try_from(claim.thing).ok())
    }

    /// The project of the row, where it has one.
    #[must_use]
    pub fn project(&self) -> Option<ProjectId> {
        self.claims.iter().find_map(|claim| ProjectId::try_from(claim.thing).ok())
    }
}
