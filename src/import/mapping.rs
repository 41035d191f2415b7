//! A mapping: what the columns of a register mean, as its user wrote it.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt,
    path::Path,
    sync::Arc,
};

use schema::{Country, Currency, Jurisdiction, Kind, Line, project::CapacityUnit, project::Lever};

use super::{
    document::{Document, Mistake, Mistakes, Node, Section, not_one_of},
    events::{EventRule, read_event},
    organisations::OrganisationRule,
    reader::{Encoding, Format},
    source::{Column, ColumnId, Context, Source, Words},
    values::{Aliases, DateFormat, DateFormats, Numbers, Unknown, Vocabulary, collapse, fold},
};

/// What happens to rows that share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum DuplicateKeys {
    /// None is taken.
    #[default]
    Reject,
    /// The first is taken.
    First,
    /// The last is taken.
    Last,
}

/// How an attribute is written, so that one value always reads the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum AttributeKind {
    #[default]
    Text,
    Number,
    Date,
}

/// A column that is kept as it stands, under a name.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: Line,
    pub(super) source: Source,
    pub(super) kind: AttributeKind,
}

/// A column that holds what another system calls the thing.
#[derive(Debug)]
pub(super) struct Identifier {
    pub(super) scheme: Line,
    pub(super) column: ColumnId,
}

/// What a row says of its project.
#[derive(Debug)]
pub(super) struct ProjectRule {
    pub(super) since: Vec<ColumnId>,
    pub(super) title: Source,
    pub(super) cluster: Option<Source>,
    pub(super) lead: Option<Line>,
    pub(super) country: Option<Source>,
    pub(super) place: Option<Source>,
    pub(super) levers: Option<Source>,
    pub(super) technology: Option<Source>,
    pub(super) capacity: Option<(ColumnId, CapacityUnit)>,
    pub(super) abatement: Option<ColumnId>,
    pub(super) capex: Option<(ColumnId, Currency)>,
    pub(super) jobs: Option<ColumnId>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) attributes: Vec<Attribute>,
}

/// What a row says of its permit.
#[derive(Debug)]
pub(super) struct PermitRule {
    pub(super) since: Vec<ColumnId>,
    pub(super) title: Source,
    pub(super) instrument: Source,
    pub(super) authority: Option<Line>,
    pub(super) jurisdiction: Option<Source>,
    pub(super) regime: Option<Source>,
    pub(super) case: Option<Source>,
    pub(super) legal_basis: Option<Source>,
    pub(super) reference: Option<Source>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) attributes: Vec<Attribute>,
}

/// A mapping without mistakes.
#[derive(Debug)]
pub struct Mapping {
    /// The register's short name, such as `repd`.
    pub register: Line,
    /// The register's full name.
    pub title: Line,
    /// Who publishes it.
    pub publisher: Option<Line>,
    /// The licence it is published under.
    pub licence: Option<Line>,
    /// What the licence asks to be said.
    pub attribution: Option<Line>,
    /// Where it is published.
    pub url: Option<Line>,
    /// What is stated of the form of its files.
    pub format: Format,
    pub(super) columns: Vec<Column>,
    pub(super) key: Vec<ColumnId>,
    pub(super) duplicate_keys: DuplicateKeys,
    pub(super) edition_date: Option<ColumnId>,
    pub(super) optional: Vec<String>,
    pub(super) ignored: Vec<String>,
    pub(super) blank: HashSet<String>,
    pub(super) replace: Vec<(String, String)>,
    pub(super) renamed: HashMap<String, Vec<String>>,
    pub(super) date_words: HashSet<String>,
    date_formats: DateFormats,
    column_formats: HashMap<ColumnId, DateFormats>,
    pub(super) numbers: Numbers,
    pub(super) organisations: Vec<OrganisationRule>,
    pub(super) project: Option<ProjectRule>,
    pub(super) permit: Option<PermitRule>,
    pub(super) events: Vec<EventRule>,
    pub(super) project_field: Line,
    pub(super) permit_field: Line,
}

impl Mapping {
    /// Reads a mapping file; alias files are looked for beside it.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn open(path: &Path) -> Result<Self, Mistakes> {
        let unreadable = |error: std::io::Error| {
            Mistakes(vec![Mistake { line: 1, key: String::new(), says: format!("{}: {error}", path.display()) }])
        };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let beside = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, |file| std::fs::read_to_string(beside.join(file)).map_err(|error| error.to_string()))
    }

    /// Reads the text of a mapping; `load` gives the text of the alias files that it names.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn parse(text: &str, load: impl Fn(&str) -> Result<String, String>) -> Result<Self, Mistakes> {
        let document = Document::new(text);
        let value = document.parse()?;
        let mapping = document.root(&value).table().and_then(|root| read_mapping(&root, load));
        document.finish()?;
        let incomplete = Mistake { line: 1, key: String::new(), says: "the mapping is incomplete".to_owned() };
        mapping.ok_or_else(|| Mistakes(vec![incomplete]))
    }

    /// A cell as it is read: characters replaced as the mapping says, white space collapsed.
    pub(super) fn cleaned<'a>(&self, cell: &'a str) -> Cow<'a, str> {
        let wanted = self.replace.iter().filter(|(from, _)| cell.contains(from.as_str()));
        let replaced = wanted.fold(None, |text: Option<String>, (from, to)| Some(text.as_deref().unwrap_or(cell).replace(from, to)));
        match replaced {
            None => collapse(cell),
            Some(text) => Cow::Owned(collapse(&text).into_owned()),
        }
    }

    pub(super) fn formats_of(&self, column: ColumnId) -> &DateFormats {
        self.column_formats.get(&column).unwrap_or(&self.date_formats)
    }
}

fn read_mapping(root: &Section<'_>, load: impl Fn(&str) -> Result<String, String>) -> Option<Mapping> {
    root.only(&["register", "file", "dates", "numbers", "vocabulary", "aliases", "organisation", "project", "permit", "event"]);
    let context = Context {
        vocabularies: read_named(root, "vocabulary", read_vocabulary),
        aliases: read_named(root, "aliases", |node| {
            node.parsed(|file| Aliases::try_new(&load(file).map_err(|says| format!("{file}: {says}"))?).map_err(|says| format!("{file}, {says}")))
        }),
        ..Context::default()
    };
    let register = root.need("register").and_then(|node| node.table());
    let file = root.need("file").and_then(|node| node.table());
    let dates = root.table("dates");
    let organisations: Vec<OrganisationRule> = root
        .table("organisation")
        .iter()
        .flat_map(Section::entries)
        .filter_map(|(name, node)| OrganisationRule::read_rule(name, &node, &context))
        .collect();
    let project = root.table("project").map(|section| read_project(&section, &organisations, &context));
    let permit = root.table("permit").map(|section| read_permit(&section, &organisations, &context));
    let events = read_events(root, &context);
    if project.is_none() && permit.is_none() {
        root.node().mistake("the mapping says nothing of a row; write [project], [permit] or both");
    }
    let (register, file) = (register?, file?);
    register.only(&["name", "title", "publisher", "licence", "attribution", "url"]);
    file.only(&[
        "encoding", "delimiter", "sheet", "header_row", "key", "duplicate_keys", "edition_date", "optional", "ignored", "blank",
        "replace", "renamed",
    ]);
    let line = |key: &str| register.get(key).and_then(|node| node.parsed(Line::try_new));
    let choices = [("reject", DuplicateKeys::Reject), ("first", DuplicateKeys::First), ("last", DuplicateKeys::Last)];
    let name = register.need("name").and_then(|node| node.parsed(short_name));
    let title = register.need("title").and_then(|node| node.parsed(Line::try_new));
    let key = file.need("key").map(|node| some_columns(&node, &context)).unwrap_or_default();
    let edition_date = file.get("edition_date").and_then(|node| context.column(&node));
    let duplicate_keys = file.get("duplicate_keys").and_then(|node| node.choice("a way to treat them", &choices)).unwrap_or_default();
    let (format, renamed, replace) = (read_format(&file), read_renamed(&file), read_replace(&file));
    let column_formats = dates.as_ref().map(|dates| read_column_formats(dates, &context)).unwrap_or_default();
    let date_formats = dates.as_ref().map(read_formats).unwrap_or_default();
    let names = |key: &str| texts(&file, key).map(|name| collapse(&name).into_owned()).collect();
    Some(Mapping {
        publisher: line("publisher"),
        licence: line("licence"),
        attribution: line("attribution"),
        url: line("url"),
        format,
        key,
        duplicate_keys,
        edition_date,
        optional: names("optional"),
        ignored: names("ignored"),
        blank: texts(&file, "blank").map(|word| fold(&word)).collect(),
        replace,
        renamed,
        date_words: dates.iter().flat_map(|dates| texts(dates, "words").map(|word| fold(&word)).collect::<Vec<_>>()).collect(),
        date_formats,
        column_formats,
        numbers: root.table("numbers").map(|section| read_numbers(&section)).unwrap_or_default(),
        project: transposed(project)?,
        permit: transposed(permit)?,
        organisations,
        events,
        register: name?,
        title: title?,
        project_field: Line::try_new("project").ok()?,
        permit_field: Line::try_new("permit").ok()?,
        columns: context.columns.into_inner(),
    })
}

/// `None` where a rule was written with mistakes, which are noted.
fn transposed<T>(rule: Option<Option<T>>) -> Option<Option<T>> {
    rule.map_or(Some(None), |rule| rule.map(Some))
}

fn texts(section: &Section<'_>, key: &str) -> impl Iterator<Item = String> {
    let nodes = section.get(key).map(|node| node.one_or_many()).unwrap_or_default();
    nodes.into_iter().filter_map(|node| node.text().map(str::to_owned)).collect::<Vec<_>>().into_iter()
}

/// A register's short name, which ids and file names are made of.
fn short_name(text: &str) -> Result<Line, String> {
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if text.is_empty() || text.len() > 40 || !text.chars().all(fits) {
        return Err(format!("'{text}' is no short name; write up to 40 small letters, digits and hyphens, such as repd"));
    }
    Line::try_new(text).map_err(|error| error.to_string())
}

fn some_columns(node: &Node<'_>, context: &Context) -> Vec<ColumnId> {
    let columns = context.columns(node);
    if columns.is_empty() {
        node.mistake("name at least one column");
    }
    columns
}

fn read_named<T>(root: &Section<'_>, key: &str, read: impl Fn(&Node<'_>) -> Option<T>) -> HashMap<String, Arc<T>> {
    let Some(section) = root.table(key) else { return HashMap::new() };
    section.entries().filter_map(|(name, node)| Some((name.to_owned(), Arc::new(read(&node)?)))).collect()
}

fn read_vocabulary(node: &Node<'_>) -> Option<Vocabulary> {
    let section = node.table()?;
    section.only(&["unknown", "words"]);
    let choices = [("reject", Unknown::Reject), ("ignore", Unknown::Ignore), ("flag", Unknown::Flag)];
    let unknown = section.get("unknown").and_then(|node| node.choice("a way to treat unknown words", &choices)).unwrap_or_default();
    let mut words = HashMap::new();
    let entries = section.need("words").and_then(|node| node.table());
    for (word, node) in entries.iter().flat_map(Section::entries) {
        let meant: Vec<&str> = node.one_or_many().iter().filter_map(Node::text).filter(|word| !word.is_empty()).collect();
        if words.insert(fold(word), meant.into_iter().map(str::to_owned).collect()).is_some() {
            node.mistake(format!("'{word}' is here already, written with other capitals or spaces"));
        }
    }
    Some(Vocabulary { words, unknown })
}

fn read_format(file: &Section<'_>) -> Format {
    let delimiter = file.get("delimiter").and_then(|node| {
        node.parsed(|text| match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
            _ => Err(format!("'{text}' is no delimiter; write one character such as ; or \\t")),
        })
    });
    Format {
        encoding: file.get("encoding").and_then(|node| node.choice("an encoding", &Encoding::NAMES)),
        delimiter: delimiter.unwrap_or(b','),
        sheet: file.get("sheet").and_then(|node| node.text().map(str::to_owned)),
        header_row: file.get("header_row").and_then(|node| node.count()),
    }
}

fn read_renamed(file: &Section<'_>) -> HashMap<String, Vec<String>> {
    let renamed = file.table("renamed");
    let names = |node: &Node<'_>| node.one_or_many().iter().filter_map(|node| node.text().map(|name| collapse(name).into_owned())).collect();
    renamed.iter().flat_map(Section::entries).map(|(name, node)| (collapse(name).into_owned(), names(&node))).collect()
}

fn read_replace(file: &Section<'_>) -> Vec<(String, String)> {
    let replace = file.table("replace");
    let mut pairs = Vec::new();
    for (from, node) in replace.iter().flat_map(Section::entries) {
        if from.is_empty() {
            node.mistake("what is to be replaced is empty");
        } else if let Some(to) = node.text() {
            pairs.push((from.to_owned(), to.to_owned()));
        }
    }
    pairs
}

fn formats(node: &Node<'_>) -> DateFormats {
    DateFormats(node.one_or_many().iter().filter_map(|node| node.parsed(DateFormat::try_new)).collect())
}

fn read_formats(dates: &Section<'_>) -> DateFormats {
    dates.only(&["formats", "words", "columns"]);
    dates.need("formats").map(|node| formats(&node)).unwrap_or_default()
}

fn read_column_formats(dates: &Section<'_>, context: &Context) -> HashMap<ColumnId, DateFormats> {
    let Some(section) = dates.table("columns") else { return HashMap::new() };
    let columns = context.columns.borrow();
    let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let read = |(name, node): (&str, Node<'_>)| match known.iter().position(|known| *known == collapse(name)) {
        Some(index) => Some((ColumnId(index), formats(&node))),
        None => {
            node.mistake(not_one_of("a column that this mapping uses", name, &known));
            None
        }
    };
    section.entries().filter_map(read).collect()
}

fn read_numbers(section: &Section<'_>) -> Numbers {
    section.only(&["thousands", "decimal"]);
    let character = |key: &str| {
        section.get(key).and_then(|node| {
            node.parsed(|text| {
                let mut characters = text.chars();
                let one = characters.next().filter(|one| characters.next().is_none() && !one.is_ascii_digit());
                one.ok_or_else(|| format!("'{text}' is not one character such as , or ."))
            })
        })
    };
    let numbers = Numbers { thousands: character("thousands"), decimal: character("decimal").unwrap_or('.') };
    if numbers.thousands == Some(numbers.decimal) {
        section.node().mistake("'thousands' and 'decimal' are the same character");
    }
    numbers
}

fn read_identifiers(section: &Section<'_>, context: &Context) -> Vec<Identifier> {
    let read = |node: &Node<'_>| {
        let section = node.table()?;
        section.only(&["scheme", "column"]);
        let scheme = section.need("scheme").and_then(|node| node.parsed(Line::try_new));
        let column = section.need("column").and_then(|node| context.column(&node));
        Some(Identifier { scheme: scheme?, column: column? })
    };
    section.get("identifiers").iter().flat_map(Node::one_or_many).filter_map(|node| read(&node)).collect()
}

fn read_attributes(section: &Section<'_>, context: &Context) -> Vec<Attribute> {
    let attributes: Vec<(Node<'_>, Attribute)> = section
        .get("attributes")
        .iter()
        .flat_map(Node::list)
        .filter_map(|node| read_attribute(&node, context).map(|attribute| (node, attribute)))
        .collect();
    let mut names = HashSet::new();
    for (node, attribute) in &attributes {
        if !names.insert(&attribute.name) {
            node.mistake(format!("there is another attribute '{}'; give this one another 'name'", attribute.name));
        }
    }
    attributes.into_iter().map(|(_, attribute)| attribute).collect()
}

fn read_attribute(node: &Node<'_>, context: &Context) -> Option<Attribute> {
    if !node.is_table() {
        let name = node.parsed(|text| Line::try_new(&collapse(text)))?;
        return Some(Attribute { name, source: context.source(node, Words::Any, false)?, kind: AttributeKind::Text });
    }
    let section = node.table()?;
    section.only(&["column", "name", "as", "vocabulary"]);
    let kinds = [("text", AttributeKind::Text), ("number", AttributeKind::Number), ("date", AttributeKind::Date)];
    let kind = section.get("as").and_then(|node| node.choice("a way to write an attribute", &kinds)).unwrap_or_default();
    let column = section.need("column");
    let name = section.get("name").or_else(|| column.clone());
    let name = name.and_then(|node| node.parsed(|text| Line::try_new(&collapse(text))));
    let plain = context.source(&column?, Words::Any, false)?;
    Some(Attribute { name: name?, source: plain.with(context.vocabulary(&section)), kind })
}

/// The name of an organisation that the mapping has.
fn organisation(section: &Section<'_>, key: &str, rules: &[OrganisationRule]) -> Option<Line> {
    let known: Vec<&str> = rules.iter().map(|rule| rule.field.as_str()).collect();
    let found = |name: &str| rules.iter().find(|rule| rule.field.as_str() == name).map(|rule| rule.field.clone());
    section.get(key).and_then(|node| {
        node.parsed(|name| found(name).ok_or_else(|| not_one_of("an [organisation] of this mapping", name, &known)))
    })
}

/// Reads a column beside what its numbers are of.
fn measured<T>(node: &Node<'_>, of: &str, context: &Context, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<(ColumnId, T)> {
    let section = node.table()?;
    section.only(&["column", of]);
    let column = section.need("column").and_then(|node| context.column(&node));
    let unit = section.need(of).and_then(|node| read(&node));
    Some((column?, unit?))
}

fn capacity_unit(node: &Node<'_>) -> Option<CapacityUnit> {
    let words = super::events::words_of(&schemars::schema_for!(CapacityUnit).to_value());
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    node.parsed(|word| serde_json::from_value(word.into()).map_err(|_| not_one_of("a unit of capacity", word, &known)))
}

fn read_project(section: &Section<'_>, organisations: &[OrganisationRule], context: &Context) -> Option<ProjectRule> {
    section.only(&[
        "since", "title", "cluster", "lead", "country", "place", "levers", "technology", "capacity", "abatement_t_per_year",
        "capex", "jobs", "identifiers", "attributes",
    ]);
    let source = |key: &str, words: Words| section.get(key).and_then(|node| context.source(&node, words, key == "levers"));
    let column = |key: &str| section.get(key).and_then(|node| context.column(&node));
    let title = section.need("title").and_then(|node| context.source(&node, Words::Any, false));
    let capex = section.get("capex").and_then(|node| measured(&node, "currency", context, |node| node.parsed(str::parse)));
    Some(ProjectRule {
        since: section.get("since").map(|node| context.columns(&node)).unwrap_or_default(),
        cluster: source("cluster", Words::of::<schema::ClusterId>()),
        lead: organisation(section, "lead", organisations),
        country: source("country", Words::of::<Country>()),
        place: source("place", Words::Any),
        levers: source("levers", Words::stored::<Lever>()),
        technology: source("technology", Words::Any),
        capacity: section.get("capacity").and_then(|node| measured(&node, "unit", context, capacity_unit)),
        abatement: column("abatement_t_per_year"),
        capex,
        jobs: column("jobs"),
        identifiers: read_identifiers(section, context),
        attributes: read_attributes(section, context),
        title: title?,
    })
}

fn read_permit(section: &Section<'_>, organisations: &[OrganisationRule], context: &Context) -> Option<PermitRule> {
    section.only(&[
        "since", "title", "instrument", "authority", "jurisdiction", "regime", "case", "legal_basis", "reference",
        "identifiers", "attributes",
    ]);
    let source = |key: &str, words: Words| section.get(key).and_then(|node| context.source(&node, words, false));
    let needed = |key: &str| section.need(key).and_then(|node| context.source(&node, Words::Any, false));
    let (title, instrument) = (needed("title"), needed("instrument"));
    Some(PermitRule {
        since: section.get("since").map(|node| context.columns(&node)).unwrap_or_default(),
        authority: organisation(section, "authority", organisations),
        jurisdiction: source("jurisdiction", Words::of::<Jurisdiction>()),
        regime: source("regime", Words::Any),
        case: source("case", Words::Any),
        legal_basis: source("legal_basis", Words::Any),
        reference: source("reference", Words::Any),
        identifiers: read_identifiers(section, context),
        attributes: read_attributes(section, context),
        title: title?,
        instrument: instrument?,
    })
}

/// Reads the events; those of one field have to be of one thing and one type, so that one can correct another.
fn read_events(root: &Section<'_>, context: &Context) -> Vec<EventRule> {
    let mut rules: Vec<EventRule> = Vec::new();
    for node in root.get("event").iter().flat_map(Node::list) {
        let Some(rule) = read_event(&node, context) else { continue };
        let word = rule.thing.word();
        if matches!(rule.thing, Kind::Project | Kind::Permit) && root.get(word).is_none() {
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

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.register)
    }
}
