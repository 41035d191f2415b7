//! Events that a row says happened: which type, when, on what conditions, and with what payload.

use std::fmt;

use schema::{EventType, Fact, Kind, Line, permit::PermitFact, project::ProjectFact};
use serde_json::{Map, Value};

use super::{
    claims::{AnyFact, DatedBy, Open, Warning},
    document::{Node, Section, not_one_of},
    fold,
    rejects::RejectReason,
    row::{DateCell, RowReader},
    source::{ColumnId, Context, Source, Words},
};

/// When an event happened.
#[derive(Debug)]
pub(super) enum When {
    /// The date of the edition: the register says that it is so, and not since when.
    Edition,
    /// The first of these columns that is not blank.
    Columns(Vec<ColumnId>),
}

/// What happens when the date can't be read, or lies after the edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Unreadable {
    /// The cell is kept as an attribute, with a warning.
    #[default]
    Keep,
    /// The cell is left out, without a warning.
    Ignore,
    /// The row is refused.
    Reject,
}

impl Unreadable {
    const WORDS: [(&'static str, Self); 3] = [("keep", Self::Keep), ("ignore", Self::Ignore), ("reject", Self::Reject)];

    fn of(section: &Section<'_>) -> Self {
        section.get("unreadable").and_then(|node| node.choice("a way to treat it", &Self::WORDS)).unwrap_or_default()
    }

    /// Treats a cell that holds no date that can be used.
    fn treat(self, kind: Kind, column: ColumnId, cell: &str, why: Unusable, row: &mut RowReader<'_>) -> Result<(), RejectReason> {
        let (name, cell) = (row.column_name(column), cell.to_owned());
        match (self, why) {
            (Self::Keep, why) => {
                row.keep(kind, column, &cell);
                row.warn(Warning::NotADate { column: name, cell, says: why.to_string() });
                Ok(())
            }
            (Self::Ignore, _) => {
                row.leave_open();
                Ok(())
            }
            (Self::Reject, Unusable::NotADate) => Err(RejectReason::UnreadableDate { column: name, cell }),
            (Self::Reject, Unusable::AfterEdition) => {
                Err(RejectReason::DateAfterEdition { column: name, cell, published_on: row.edition.published_on() })
            }
        }
    }
}

/// Why a cell gives no date of an event.
#[derive(Debug, Clone, Copy)]
enum Unusable {
    NotADate,
    AfterEdition,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotADate => "it is not a date in the mapping's formats",
            Self::AfterEdition => "it lies after the edition",
        })
    }
}

/// Something that has to hold for a row.
#[derive(Debug)]
pub(super) enum Condition {
    Is(ColumnId, Vec<String>),
    IsNot(ColumnId, Vec<String>),
    /// Whether all of the columns are blank.
    Blank(Vec<ColumnId>, bool),
    /// Whether any of the columns holds a date.
    Dated(Vec<ColumnId>, bool),
    SameDate(ColumnId, ColumnId, bool),
    NotAfterEdition(ColumnId),
}

impl Condition {
    /// Whether it holds; nothing where that hangs on a cell that can't be read, or on a column that the file does not have.
    pub(super) fn holds(&self, row: &RowReader<'_>) -> Option<bool> {
        let is_open = |column: &ColumnId| row.is_missing(*column) || matches!(row.date(*column), DateCell::Unreadable(_));
        let is = |column: &ColumnId, words: &[String]| row.cell(*column).is_some_and(|cell| words.contains(&fold(&cell)));
        let (holds, is_known) = match self {
            Self::Is(column, words) => (is(column, words), !row.is_missing(*column)),
            Self::IsNot(column, words) => (!is(column, words), !row.is_missing(*column)),
            Self::Blank(columns, expected) => {
                let is_blank = columns.iter().all(|column| row.cell(*column).is_none());
                (is_blank == *expected, !is_blank || !columns.iter().any(|column| row.is_missing(*column)))
            }
            Self::Dated(columns, expected) => {
                let is_dated = row.first_date(columns).is_some();
                (is_dated == *expected, is_dated || !columns.iter().any(is_open))
            }
            Self::SameDate(a, b, expected) => {
                let date = row.date(*a).date();
                let is_same = date.is_some() && date == row.date(*b).date();
                (is_same == *expected, !is_open(a) && !is_open(b))
            }
            Self::NotAfterEdition(column) => {
                let date = row.date(*column).date();
                (date.is_some_and(|date| date.first() <= row.edition.published_on()), !is_open(column))
            }
        };
        is_known.then_some(holds)
    }

    /// The column and the words that a cell of it is compared with, if it is.
    pub(super) fn words(&self) -> Option<(ColumnId, &[String])> {
        match self {
            Self::Is(column, words) | Self::IsNot(column, words) => Some((*column, words)),
            _ => None,
        }
    }

    fn read(node: &Node<'_>, context: &Context) -> Option<Self> {
        const TESTS: [&str; 7] = ["is", "is_not", "blank", "dated", "same_date_as", "other_date_than", "not_after_edition"];
        let section = node.table()?;
        let known: Vec<&str> = TESTS.iter().copied().chain(["column"]).collect();
        section.only(&known);
        let column = section.need("column")?;
        let mut tests = TESTS.iter().filter_map(|test| section.get(test).map(|node| (*test, node)));
        let (Some((test, value)), None) = (tests.next(), tests.next()) else {
            node.mistake(format!("a condition has one of {}", TESTS.join(", ")));
            return None;
        };
        if ["blank", "dated"].contains(&test) {
            let expected = value.truth()?;
            return Some(if test == "blank" {
                Self::Blank(context.columns(&column), expected)
            } else {
                Self::Dated(context.dates(&column), expected)
            });
        }
        let is_of_words = ["is", "is_not"].contains(&test);
        let column = if is_of_words { context.column(&column)? } else { context.date(&column)? };
        let words = || value.one_or_many().iter().filter_map(|word| word.text().map(fold)).collect();
        Some(match test {
            "is" => Self::Is(column, words()),
            "is_not" => Self::IsNot(column, words()),
            "same_date_as" => Self::SameDate(column, context.date(&value)?, true),
            "other_date_than" => Self::SameDate(column, context.date(&value)?, false),
            _ => {
                if value.truth() != Some(true) {
                    value.mistake("write true, or leave the condition out");
                }
                Self::NotAfterEdition(column)
            }
        })
    }

    pub(super) fn read_all(section: &Section<'_>, context: &Context) -> Vec<Self> {
        section.get("when").iter().flat_map(Node::one_or_many).filter_map(|node| Self::read(&node, context)).collect()
    }
}

/// What a member of a payload is.
#[derive(Debug)]
enum Member {
    Text(Source),
    Texts(Source),
    Integer(Source),
    Date(Vec<ColumnId>, Unreadable),
}

/// An event of the mapping.
#[derive(Debug)]
pub(super) struct EventRule {
    pub(super) field: Line,
    pub(super) thing: Kind,
    pub(super) type_index: usize,
    when: When,
    unreadable: Unreadable,
    pub(super) conditions: Vec<Condition>,
    payload: Vec<(String, Member)>,
    /// The dates that the payload can't be without.
    needed_dates: Vec<String>,
}

/// What a row says of an event.
#[derive(Debug)]
pub(super) enum Told {
    /// That it did not happen, or nothing.
    Nothing,
    /// A cell can't be read, or its column is not in the file: whatever is on record of it stays.
    Open,
    /// That it happened.
    Event(Box<Happened>),
}

/// An event that a row says happened.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) occurred_on: schema::Date,
    pub(super) dated_by: DatedBy,
    pub(super) fact: AnyFact,
    /// The members of the payload that stay as they are on record.
    pub(super) open: Vec<Open>,
}

impl EventRule {
    /// What the row says of this event: nothing, where the date is blank or a condition does not hold.
    pub(super) fn read(&self, row: &mut RowReader<'_>) -> Result<Told, RejectReason> {
        let hold: Vec<Option<bool>> = self.conditions.iter().map(|condition| condition.holds(row)).collect();
        if hold.contains(&Some(false)) {
            return Ok(Told::Nothing);
        }
        if hold.contains(&None) {
            return Ok(Told::Open);
        }
        let (dated, is_open) = row.reading(|row| self.date(row));
        match dated? {
            None if is_open => Ok(Told::Open),
            None => Ok(Told::Nothing),
            Some((occurred_on, dated_by)) => self.event(occurred_on, dated_by, row),
        }
    }

    fn event(&self, occurred_on: schema::Date, dated_by: DatedBy, row: &mut RowReader<'_>) -> Result<Told, RejectReason> {
        let (payload, open) = self.payload(row)?;
        let is_open = |name: &String| open.contains(&Open::Member(name.clone()));
        let lacking: Vec<&String> = self.needed_dates.iter().filter(|name| !payload.contains_key(*name)).collect();
        if !lacking.is_empty() {
            return Ok(if lacking.into_iter().any(is_open) { Told::Open } else { Told::Nothing });
        }
        match decode(self.thing, self.type_index, &payload) {
            Ok(fact) => Ok(Told::Event(Box::new(Happened { occurred_on, dated_by, fact, open }))),
            Err(says) => {
                row.warn(Warning::EventLeftOut { field: self.field.clone(), says });
                Ok(Told::Open)
            }
        }
    }

    fn date(&self, row: &mut RowReader<'_>) -> Result<Option<(schema::Date, DatedBy)>, RejectReason> {
        let When::Columns(columns) = &self.when else {
            return Ok(Some((schema::Date::day(row.edition.published_on()), DatedBy::Edition)));
        };
        let Some(column) = row.first_filled(columns) else { return Ok(None) };
        match row.date(column) {
            DateCell::Blank => Ok(None),
            DateCell::Read(date) if date.first() <= row.edition.published_on() => Ok(Some((date, DatedBy::Row))),
            DateCell::Read(_) => {
                let cell = row.cell(column).unwrap_or_default();
                self.unreadable.treat(self.thing, column, &cell, Unusable::AfterEdition, row).map(|()| None)
            }
            cell => {
                not_a_date(self.thing, column, cell, self.unreadable, row)?;
                Ok(None)
            }
        }
    }

    /// The payload for the row, without the members that are not known, and those that are left open.
    fn payload(&self, row: &mut RowReader<'_>) -> Result<(Map<String, Value>, Vec<Open>), RejectReason> {
        let (mut payload, mut open) = (Map::new(), Vec::new());
        for (name, member) in &self.payload {
            let (value, is_open) = row.reading(|row| self.member(member, row));
            payload.extend(value?.map(|value| (name.clone(), value)));
            open.extend(is_open.then(|| Open::Member(name.clone())));
        }
        Ok((payload, open))
    }

    fn member(&self, member: &Member, row: &mut RowReader<'_>) -> Result<Option<Value>, RejectReason> {
        Ok(match member {
            Member::Text(source) => source.read(row)?.map(Value::from),
            Member::Texts(source) => Some(Value::from(source.read_all(row)?)),
            Member::Integer(source) => source.read_as::<u64>(row)?.map(Value::from),
            Member::Date(columns, unreadable) => self.date_member(columns, *unreadable, row)?.map(Value::from),
        })
    }

    fn date_member(
        &self,
        columns: &[ColumnId],
        unreadable: Unreadable,
        row: &mut RowReader<'_>,
    ) -> Result<Option<String>, RejectReason> {
        let Some(column) = row.first_filled(columns) else { return Ok(None) };
        match row.date(column) {
            DateCell::Read(date) => Ok(Some(date.to_string())),
            cell => not_a_date(self.thing, column, cell, unreadable, row).map(|()| None),
        }
    }
}

/// Keeps a word that is known to be no date, and treats one that can't be read.
fn not_a_date(
    thing: Kind,
    column: ColumnId,
    cell: DateCell,
    unreadable: Unreadable,
    row: &mut RowReader<'_>,
) -> Result<(), RejectReason> {
    match cell {
        DateCell::Word(word) => row.keep(thing, column, &word),
        DateCell::Unreadable(cell) => unreadable.treat(thing, column, &cell, Unusable::NotADate, row)?,
        DateCell::Blank | DateCell::Read(_) => {}
    }
    Ok(())
}

fn decode(thing: Kind, index: usize, payload: &Map<String, Value>) -> Result<AnyFact, String> {
    let data = serde_json::to_vec(payload).map_err(|error| error.to_string())?;
    let fact = match thing {
        Kind::Project => ProjectFact::decode(index, &data).map(AnyFact::Project),
        _ => PermitFact::decode(index, &data).map(AnyFact::Permit),
    };
    fact.map_err(|error| error.to_string())
}

fn types_of(thing: Kind) -> &'static [EventType] {
    if thing == Kind::Project { ProjectFact::TYPES } else { PermitFact::TYPES }
}

/// The enumerated words of a schema; none where it enumerates nothing.
pub(super) fn words_of(schema: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(text);
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    listed.chain(described.filter_map(|choice| choice.get("const").and_then(text))).collect()
}

/// The schema behind references and behind 'or null'.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> (&'a Value, Option<&'a str>) {
    let present = |schema: &&Value| schema.get("type").and_then(Value::as_str) != Some("null");
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        return choices.iter().find(present).map_or((schema, None), |choice| resolved(choice, root));
    }
    match schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
        Some(name) => (root.get("$defs").and_then(|defs| defs.get(name)).unwrap_or(schema), Some(name)),
        None => (schema, None),
    }
}

fn read_member(name: &str, node: &Node<'_>, root: &Value, context: &Context) -> Option<Member> {
    let properties = root.get("properties").and_then(Value::as_object);
    let Some(property) = properties.and_then(|properties| properties.get(name)) else {
        let known: Vec<&str> = properties.iter().flat_map(|properties| properties.keys()).map(String::as_str).collect();
        node.mistake(not_one_of("part of this event", name, &known));
        return None;
    };
    let (schema, defined) = resolved(property, root);
    let words = |schema| match words_of(schema) {
        words if words.is_empty() => Words::Any,
        words => Words::OneOf(words),
    };
    let type_of = |schema: &Value| match schema.get("type") {
        Some(Value::Array(types)) => types.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
        other => other.and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    match type_of(schema).as_str() {
        _ if defined == Some("Date") => read_date_member(node, context),
        "string" | "" if schema.get("properties").is_none() => Some(Member::Text(context.source(node, words(schema), false)?)),
        "integer" => Some(Member::Integer(context.source(node, Words::of::<u64>(), false)?)),
        "array" => {
            let (item, _) = schema.get("items").map_or((schema, None), |items| resolved(items, root));
            if type_of(item) == "string" || !words_of(item).is_empty() {
                return Some(Member::Texts(context.source(node, words(item), true)?));
            }
            node.mistake("this part has parts of its own; a register can't fill it");
            None
        }
        _ => {
            node.mistake("this part has parts of its own; a register can't fill it");
            None
        }
    }
}

fn read_date_member(node: &Node<'_>, context: &Context) -> Option<Member> {
    if !node.is_table() {
        return Some(Member::Date(context.dates(node), Unreadable::default()));
    }
    let section = node.table()?;
    section.only(&["column", "unreadable"]);
    Some(Member::Date(context.dates(&section.need("column")?), Unreadable::of(&section)))
}

fn read_when(node: &Node<'_>, context: &Context) -> Option<When> {
    if !node.is_table() {
        return Some(When::Columns(context.dates(node)));
    }
    let section = node.table()?;
    section.only(&["edition"]);
    let edition = section.need("edition")?;
    if edition.truth() != Some(true) {
        edition.mistake("write { edition = true }, or the name of a column");
    }
    Some(When::Edition)
}

/// Reads one `[[event]]`.
fn read_event(node: &Node<'_>, context: &Context) -> Option<EventRule> {
    let section = node.table()?;
    section.only(&["field", "thing", "type", "date", "unreadable", "when", "with"]);
    let conditions = Condition::read_all(&section, context);
    let when = section.need("date").and_then(|node| read_when(&node, context));
    let field = section.need("field").and_then(|node| node.parsed(Line::try_new));
    let things = [("project", Kind::Project), ("permit", Kind::Permit)];
    let thing = section.need("thing").and_then(|node| node.choice("a thing of a row", &things))?;
    let types = types_of(thing);
    let happens: Vec<(&str, usize)> = types.iter().enumerate().skip(1).map(|(index, known)| (known.name, index)).collect();
    let type_index = section.need("type").and_then(|node| node.choice(&format!("an event of a {thing}"), &happens))?;
    let (payload, needed) = read_payload(&section, types.get(type_index)?, context);
    let dates = payload.iter().filter(|(_, member)| matches!(member, Member::Date(..))).map(|(name, _)| name);
    let needed_dates = dates.filter(|name| needed.contains(name)).cloned().collect();
    let unreadable = Unreadable::of(&section);
    Some(EventRule { field: field?, thing, type_index, when: when?, unreadable, conditions, payload, needed_dates })
}

/// The members that the mapping fills, and the names of those that the event needs.
fn read_payload(section: &Section<'_>, event_type: &EventType, context: &Context) -> (Vec<(String, Member)>, Vec<String>) {
    let root = (event_type.schema)().to_value();
    let with = section.table("with");
    let members: Vec<_> = with
        .iter()
        .flat_map(Section::entries)
        .filter_map(|(name, node)| Some((name.to_owned(), read_member(name, &node, &root, context)?)))
        .collect();
    let needed = root.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let needed: Vec<String> = needed.map(str::to_owned).collect();
    for missing in needed.iter().filter(|name| with.as_ref().is_none_or(|with| with.get(name).is_none())) {
        section.node().mistake(format!("{} needs '{missing}'; write it in 'with'", event_type.name));
    }
    (members, needed)
}

/// Reads the events; those of one field have to be of one thing and one type, so that one can correct another.
pub(super) fn read_events(root: &Section<'_>, context: &Context) -> Vec<EventRule> {
    let mut rules: Vec<EventRule> = Vec::new();
    for node in root.get("event").iter().flat_map(Node::list) {
        let Some(rule) = read_event(&node, context) else { continue };
        let word = rule.thing.word();
        if root.get(word).is_none() {
            node.mistake(format!("this is an event of a {word}, and there is no [{word}]"));
        }
        if ["project", "permit"].contains(&rule.field.as_str()) {
            node.mistake(format!("'{}' is the name of the row's {0} itself; choose another 'field'", rule.field));
        }
        let same_field = rules.iter().find(|other| other.field == rule.field);
        if same_field.is_some_and(|other| (other.thing, other.type_index) != (rule.thing, rule.type_index)) {
            node.mistake(format!("the field '{}' is that of an event of another type; choose another", rule.field));
        }
        rules.push(rule);
    }
    rules
}
