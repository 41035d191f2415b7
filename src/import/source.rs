//! Where a value comes from: a constant, or the first of some columns that is not blank, by vocabulary or alias.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    claims::Warning,
    document::{Node, Place, Section, not_one_of},
    fold,
    rejects::RejectReason,
    row::RowReader,
    values::{Aliases, Unknown, Vocabulary, collapse},
};

/// A column that the mapping names: its index among those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ColumnId(pub(super) usize);

/// What the mapping says of a column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The line of the mapping that first names it, and the key there.
    pub(super) place: Place,
}

/// The words that a value may be.
#[derive(Debug, Clone)]
pub(super) enum Words {
    /// Any text.
    Any,
    /// What `check` accepts.
    Checked(fn(&str) -> Result<(), String>),
    /// One of these.
    OneOf(Vec<String>),
}

impl Words {
    /// The words that can be read as `T`.
    pub(super) fn of<T: std::str::FromStr<Err: ToString>>() -> Self {
        Self::Checked(|word| word.parse::<T>().map(drop).map_err(|error| error.to_string()))
    }

    /// The words by which `T` is stored.
    pub(super) fn stored<T: serde::de::DeserializeOwned + schemars::JsonSchema>() -> Self {
        Self::OneOf(super::events::words_of(&schemars::schema_for!(T).to_value()))
    }

    fn check(&self, word: &str) -> Result<(), String> {
        match self {
            Self::Any => Ok(()),
            Self::Checked(check) => check(word),
            Self::OneOf(words) if words.iter().any(|known| known == word) => Ok(()),
            Self::OneOf(words) => Err(not_one_of("a word here", word, &words.iter().map(String::as_str).collect::<Vec<_>>())),
        }
    }
}

/// Where a value comes from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) columns: Vec<ColumnId>,
    constant: Vec<String>,
    vocabulary: Option<Arc<Vocabulary>>,
    aliases: Option<Arc<Aliases>>,
    blank: Vec<String>,
    words: Words,
}

impl Source {
    /// The same source, read by `vocabulary`.
    pub(super) fn with(self, vocabulary: Option<Arc<Vocabulary>>) -> Self {
        Self { vocabulary, ..self }
    }

    /// The words for `row`; none where nothing is known.
    pub(super) fn read_all(&self, row: &mut RowReader<'_>) -> Result<Vec<String>, RejectReason> {
        let found = self.columns.iter().find_map(|&column| {
            let cell = row.cell(column).filter(|cell| self.blank.is_empty() || !self.blank.contains(&fold(cell)))?;
            Some((column, cell))
        });
        let Some((column, cell)) = found else {
            if self.columns.iter().any(|column| row.is_missing(*column)) {
                row.leave_open();
            }
            return Ok(self.constant.clone());
        };
        let words = match &self.vocabulary {
            None => vec![self.aliases.as_ref().map_or(cell.as_ref(), |aliases| aliases.canonical(&cell)).to_owned()],
            Some(vocabulary) => match vocabulary.words.get(&fold(&cell)) {
                Some(words) => words.clone(),
                None => return unknown_word(vocabulary.unknown, column, cell, row),
            },
        };
        if self.vocabulary.is_none() && words.iter().any(|word| self.words.check(word).is_err()) {
            return unknown_word(Unknown::Flag, column, cell, row);
        }
        Ok(words)
    }

    /// The one word for `row`.
    pub(super) fn read(&self, row: &mut RowReader<'_>) -> Result<Option<String>, RejectReason> {
        Ok(self.read_all(row)?.into_iter().next())
    }

    /// The word for `row`, read as `T`; a word that can't be is left out with a warning.
    pub(super) fn read_as<T: std::str::FromStr<Err: ToString>>(
        &self,
        row: &mut RowReader<'_>,
    ) -> Result<Option<T>, RejectReason> {
        let Some(word) = self.read(row)? else { return Ok(None) };
        Ok(word.parse().map_err(|error: T::Err| row.warn_of(self.columns.first().copied(), &word, &error.to_string())).ok())
    }
}

fn unknown_word<T>(
    unknown: Unknown,
    column: ColumnId,
    cell: Cow<'_, str>,
    row: &mut RowReader<'_>,
) -> Result<Vec<T>, RejectReason> {
    let (column, cell) = (row.column_name(column), cell.into_owned());
    match unknown {
        Unknown::Reject => return Err(RejectReason::UnknownWord { column, cell }),
        Unknown::Ignore => {}
        Unknown::Flag => row.warn(Warning::UnknownWord { column, cell }),
    }
    Ok(Vec::new())
}

/// Things of a mapping by their names; nothing for one that has mistakes, which are noted where it stands.
pub(super) type Named<T> = HashMap<String, Option<Arc<T>>>;

/// What is collected and looked up while a mapping is read.
#[derive(Default)]
pub(super) struct Context {
    pub(super) columns: RefCell<Vec<Column>>,
    /// Those that are read as dates.
    pub(super) dated: RefCell<BTreeSet<ColumnId>>,
    pub(super) vocabularies: Named<Vocabulary>,
    pub(super) aliases: Named<Aliases>,
}

impl Context {
    /// The column that a text names.
    pub(super) fn column(&self, node: &Node<'_>) -> Option<ColumnId> {
        let name = collapse(node.text()?);
        if name.is_empty() {
            node.mistake("the name of a column is empty");
            return None;
        }
        let mut columns = self.columns.borrow_mut();
        let known = columns.iter().position(|column| column.name == name);
        Some(ColumnId(known.unwrap_or_else(|| {
            columns.push(Column { name: name.into_owned(), place: node.place() });
            columns.len() - 1
        })))
    }

    /// The columns that a text or a list of texts names.
    pub(super) fn columns(&self, node: &Node<'_>) -> Vec<ColumnId> {
        node.one_or_many().iter().filter_map(|node| self.column(node)).collect()
    }

    /// The columns that a text or a list of texts names, which hold dates.
    pub(super) fn dates(&self, node: &Node<'_>) -> Vec<ColumnId> {
        let columns = self.columns(node);
        self.dated.borrow_mut().extend(&columns);
        columns
    }

    /// The column that a text names, which holds dates.
    pub(super) fn date(&self, node: &Node<'_>) -> Option<ColumnId> {
        let column = self.column(node)?;
        self.dated.borrow_mut().insert(column);
        Some(column)
    }

    pub(super) fn vocabulary(&self, section: &Section<'_>) -> Option<Arc<Vocabulary>> {
        section.get("vocabulary").and_then(|node| named(&node, "a vocabulary of this mapping", &self.vocabularies))
    }

    /// A source: the name of a column, or a table that says more. `several` words only where the value is a list.
    pub(super) fn source(&self, node: &Node<'_>, words: Words, several: bool) -> Option<Source> {
        let empty = Source { columns: vec![], constant: vec![], vocabulary: None, aliases: None, blank: vec![], words };
        if !node.is_table() {
            return Some(Source { columns: self.columns(node), ..empty });
        }
        let section = node.table()?;
        section.only(&["column", "constant", "otherwise", "vocabulary", "aliases", "blank"]);
        let constant = section.get("constant");
        if constant.is_some() == section.get("column").is_some() {
            node.mistake("write either 'column' or 'constant'");
        }
        let otherwise = section.get("otherwise");
        let fixed: Vec<Node<'_>> = constant.or(otherwise).iter().flat_map(Node::one_or_many).collect();
        let source = Source {
            columns: section.get("column").map(|node| self.columns(&node)).unwrap_or_default(),
            constant: fixed.iter().filter_map(|node| node.text().map(|text| collapse(text).into_owned())).collect(),
            vocabulary: self.vocabulary(&section),
            aliases: section.get("aliases").and_then(|node| named(&node, "an alias file of this mapping", &self.aliases)),
            blank: section.get("blank").iter().flat_map(Node::one_or_many).filter_map(|node| node.text().map(fold)).collect(),
            ..empty
        };
        for (node, word) in fixed.iter().zip(&source.constant) {
            node.take(source.words.check(word));
        }
        source.check_vocabulary(&section, several);
        Some(source)
    }
}

impl Source {
    /// Notes the words of the vocabulary that can't stand here.
    fn check_vocabulary(&self, section: &Section<'_>, several: bool) {
        let (Some(vocabulary), Some(node)) = (&self.vocabulary, section.get("vocabulary")) else { return };
        let mut entries: Vec<_> = vocabulary.words.iter().collect();
        entries.sort();
        for (cell, words) in entries {
            if words.len() > 1 && !several {
                node.mistake(format!("'{cell}' stands for {} words, one is possible here", words.len()));
            }
            for word in words {
                node.take(self.words.check(word).map_err(|says| format!("'{cell}': {says}")));
            }
        }
    }
}

/// What the mapping has under the name that `node` gives.
fn named<T>(node: &Node<'_>, what: &str, things: &Named<T>) -> Option<Arc<T>> {
    let mut known: Vec<&str> = things.keys().map(String::as_str).collect();
    known.sort_unstable();
    node.parsed(|name| things.get(name).cloned().ok_or_else(|| not_one_of(what, name, &known))).flatten()
}
