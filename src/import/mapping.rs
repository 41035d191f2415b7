//! A mapping: what the columns of a register mean, as its user wrote it.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    path::Path,
    sync::Arc,
};

use schema::{Line, check_document_location};
use thiserror::Error;

use super::{
    document::{Document, Mistakes, Node, Section, not_one_of},
    events::{EventRule, read_events},
    organisations::OrganisationRule,
    reader::{Encoding, Format},
    source::{Column, ColumnId, Context, Named},
    things::{PermitRule, ProjectRule, read_permit, read_project},
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

/// Which register a mapping is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The register's short name, such as `repd`.
    pub name: Line,
    /// Its full name.
    pub title: Line,
    /// Who publishes it.
    pub publisher: Option<Line>,
    /// The licence it is published under.
    pub licence: Option<Line>,
    /// What the licence asks to be said.
    pub attribution: Option<Line>,
    /// Where it is published.
    pub url: Option<Line>,
}

/// What is said of a register's files.
#[derive(Debug)]
pub(super) struct FileRules {
    pub(super) format: Format,
    pub(super) key: Vec<ColumnId>,
    pub(super) duplicate_keys: DuplicateKeys,
    pub(super) edition_date: Option<ColumnId>,
    pub(super) optional: Vec<String>,
    pub(super) ignored: Vec<String>,
    pub(super) blank: HashSet<String>,
    replace: Vec<(String, String)>,
    pub(super) renamed: HashMap<String, Vec<String>>,
}

/// How a register writes dates.
#[derive(Debug, Default)]
pub(super) struct DateRules {
    formats: DateFormats,
    columns: HashMap<ColumnId, DateFormats>,
    pub(super) words: HashSet<String>,
}

/// Why a mapping can't be used.
#[derive(Debug, Error)]
pub enum MappingError {
    /// The file can't be read.
    #[error("the mapping can't be read: {file}: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// It has mistakes.
    #[error("{file} can't be used: {mistakes}")]
    Mistaken {
        /// The file.
        file: String,
        /// All of them.
        mistakes: Mistakes,
    },
}

/// A mapping without mistakes.
#[derive(Debug)]
pub struct Mapping {
    /// Which register it is for.
    pub about: About,
    pub(super) file: FileRules,
    pub(super) columns: Vec<Column>,
    /// The columns that are read as dates.
    pub(super) dated: BTreeSet<ColumnId>,
    pub(super) dates: DateRules,
    pub(super) numbers: Numbers,
    pub(super) organisations: Vec<OrganisationRule>,
    pub(super) project: Option<ProjectRule>,
    pub(super) permit: Option<PermitRule>,
    pub(super) events: Vec<EventRule>,
}

impl Mapping {
    /// Reads a mapping file; alias files are looked for beside it.
    ///
    /// # Errors
    /// That it can't be read, or every mistake in it.
    pub fn open(path: &Path) -> Result<Self, MappingError> {
        Self::read(path, |_, _| {}).map(|(mapping, _)| mapping)
    }

    /// Reads a mapping file, and gives its text too; `keep` is told of each alias file, by the name that the mapping gives it,
    /// with its text.
    pub(super) fn read(path: &Path, keep: impl Fn(&str, &str)) -> Result<(Self, String), MappingError> {
        let file = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| MappingError::Unreadable { file: file(), error })?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let load = |alias_file: &str| {
            let text = std::fs::read_to_string(beside.join(alias_file)).map_err(|error| error.to_string())?;
            keep(alias_file, &text);
            Ok(text)
        };
        let mapping = Self::parse(&text, load).map_err(|mistakes| MappingError::Mistaken { file: file(), mistakes })?;
        Ok((mapping, text))
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
        mapping.ok_or_else(|| Mistakes::whole("the mapping is incomplete".to_owned()))
    }

    /// What is stated of the form of the register's files, for [`Register::open`](super::Register::open).
    #[must_use]
    pub const fn format(&self) -> &Format {
        &self.file.format
    }

    /// A cell as it is read: characters replaced as the mapping says, white space collapsed.
    pub(super) fn cleaned<'a>(&self, cell: &'a str) -> Cow<'a, str> {
        let wanted = self.file.replace.iter().filter(|(from, _)| cell.contains(from.as_str()));
        let replaced =
            wanted.fold(None, |text: Option<String>, (from, to)| Some(text.as_deref().unwrap_or(cell).replace(from, to)));
        match replaced {
            None => collapse(cell),
            Some(text) => Cow::Owned(collapse(&text).into_owned()),
        }
    }

    pub(super) fn column_name(&self, column: ColumnId) -> String {
        self.columns.get(column.0).map(|column| column.name.clone()).unwrap_or_default()
    }

    pub(super) fn formats_of(&self, column: ColumnId) -> &DateFormats {
        self.dates.columns.get(&column).unwrap_or(&self.dates.formats)
    }
}

/// Reads the sections in an order that knows every column before formats are given to one.
///
/// `None` only where a mistake is noted.
fn read_mapping(root: &Section<'_>, load: impl Fn(&str) -> Result<String, String>) -> Option<Mapping> {
    root.only(&["register", "file", "dates", "numbers", "vocabulary", "aliases", "organisation", "project", "permit", "event"]);
    let context = Context {
        vocabularies: read_named(root, "vocabulary", read_vocabulary),
        aliases: read_named(root, "aliases", |node| node.parsed(|file| read_aliases(file, &load))),
        ..Context::default()
    };
    let about = root.need("register").and_then(|node| read_about(&node.table()?));
    let file = root.need("file").and_then(|node| Some(read_file(&node.table()?, &context)));
    let organisations = read_organisations(root, &context);
    let project = root.table("project").map(|section| read_project(&section, &organisations, &context));
    let permit = root.table("permit").map(|section| read_permit(&section, &organisations, &context));
    if project.is_none() && permit.is_none() {
        root.node().mistake("the mapping says nothing of a row; write [project], [permit] or both");
    }
    let events = read_events(root, &context);
    let dates = root.table("dates").map(|section| read_dates(&section, &context)).unwrap_or_default();
    let numbers = root.table("numbers").map(|section| read_numbers(&section)).unwrap_or_default();
    let (project, permit) = (project.flatten(), permit.flatten());
    let (columns, dated) = (context.columns.into_inner(), context.dated.into_inner());
    Some(Mapping { about: about?, file: file?, columns, dated, dates, numbers, organisations, project, permit, events })
}

fn read_about(register: &Section<'_>) -> Option<About> {
    register.only(&["name", "title", "publisher", "licence", "attribution", "url"]);
    let line = |key: &str| register.get(key).and_then(|node| node.parsed(Line::try_new));
    let name = register.need("name").and_then(|node| node.parsed(short_name));
    let title = register.need("title").and_then(|node| node.parsed(Line::try_new));
    Some(About {
        publisher: line("publisher"),
        licence: line("licence"),
        attribution: line("attribution"),
        url: register.get("url").and_then(|node| node.parsed(address)),
        name: name?,
        title: title?,
    })
}

fn read_file(file: &Section<'_>, context: &Context) -> FileRules {
    file.only(&[
        "encoding",
        "delimiter",
        "sheet",
        "header_row",
        "key",
        "duplicate_keys",
        "edition_date",
        "optional",
        "ignored",
        "blank",
        "replace",
        "renamed",
    ]);
    let choices = [("reject", DuplicateKeys::Reject), ("first", DuplicateKeys::First), ("last", DuplicateKeys::Last)];
    let duplicate_keys = file.get("duplicate_keys").and_then(|node| node.choice("a way to treat them", &choices));
    let names = |key: &str| texts(file, key).iter().map(|name| collapse(name).into_owned()).collect();
    let key = file.need("key").map(|node| some_columns(&node, context)).unwrap_or_default();
    let renamed = read_renamed(file);
    let columns = context.columns.borrow();
    let known_as = |name: &String| std::iter::once(name).chain(renamed.get(name).into_iter().flatten()).cloned().collect();
    let names_of_key = key.iter().filter_map(|column| columns.get(column.0)).map(|column| known_as(&column.name)).collect();
    drop(columns);
    FileRules {
        format: Format { key: names_of_key, ..read_format(file) },
        key,
        duplicate_keys: duplicate_keys.unwrap_or_default(),
        edition_date: file.get("edition_date").and_then(|node| context.date(&node)),
        optional: names("optional"),
        ignored: names("ignored"),
        blank: texts(file, "blank").iter().map(|word| fold(word)).collect(),
        replace: read_replace(file),
        renamed,
    }
}

fn read_aliases(file: &str, load: impl Fn(&str) -> Result<String, String>) -> Result<Aliases, String> {
    let text = load(file).map_err(|says| format!("{file}: {says}"))?;
    Aliases::try_new(&text).map_err(|says| format!("{file}, {says}"))
}

fn read_organisations(root: &Section<'_>, context: &Context) -> Vec<OrganisationRule> {
    let section = root.table("organisation");
    let rules = section.iter().flat_map(Section::entries);
    rules.filter_map(|(name, node)| OrganisationRule::read_rule(name, &node, context)).collect()
}

fn texts(section: &Section<'_>, key: &str) -> Vec<String> {
    let nodes = section.get(key).map(|node| node.one_or_many()).unwrap_or_default();
    nodes.iter().filter_map(|node| node.text().map(str::to_owned)).collect()
}

/// Where a register is published, checked as the locations of documents are.
fn address(text: &str) -> Result<Line, String> {
    check_document_location(text).map_err(|error| error.to_string())?;
    Line::try_new(text).map_err(|error| error.to_string())
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

fn read_named<T>(root: &Section<'_>, key: &str, read: impl Fn(&Node<'_>) -> Option<T>) -> Named<T> {
    let Some(section) = root.table(key) else { return HashMap::new() };
    section.entries().map(|(name, node)| (name.to_owned(), read(&node).map(Arc::new))).collect()
}

fn read_vocabulary(node: &Node<'_>) -> Option<Vocabulary> {
    let section = node.table()?;
    section.only(&["unknown", "words"]);
    let choices = [("reject", Unknown::Reject), ("ignore", Unknown::Ignore), ("flag", Unknown::Flag)];
    let unknown =
        section.get("unknown").and_then(|node| node.choice("a way to treat unknown words", &choices)).unwrap_or_default();
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
        key: Vec::new(),
    }
}

fn read_renamed(file: &Section<'_>) -> HashMap<String, Vec<String>> {
    let renamed = file.table("renamed");
    let names = |node: &Node<'_>| {
        node.one_or_many().iter().filter_map(|node| node.text().map(|name| collapse(name).into_owned())).collect()
    };
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

fn read_dates(dates: &Section<'_>, context: &Context) -> DateRules {
    dates.only(&["formats", "words", "columns"]);
    DateRules {
        formats: dates.need("formats").map(|node| formats(&node)).unwrap_or_default(),
        columns: dates.table("columns").map(|section| read_column_formats(&section, context)).unwrap_or_default(),
        words: texts(dates, "words").iter().map(|word| fold(word)).collect(),
    }
}

fn read_column_formats(section: &Section<'_>, context: &Context) -> HashMap<ColumnId, DateFormats> {
    let columns = context.columns.borrow();
    let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let read = |(name, node): (&str, Node<'_>)| {
        let index = known.iter().position(|known| *known == collapse(name));
        if index.is_none() {
            node.mistake(not_one_of("a column that this mapping uses", name, &known));
        }
        index.map(|index| (ColumnId(index), formats(&node)))
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

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.about.title, self.about.name)
    }
}
