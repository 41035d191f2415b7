//! Reading a TOML document so that every mistake is found, and says where it is and what was meant.

use std::{cell::RefCell, fmt};

use thiserror::Error;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// One mistake in a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line of the mapping file, from 1.
    pub line: usize,
    /// The path of the key, such as `project.title`; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what was meant.
    pub says: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.says),
            key => write!(f, "line {}, {key}: {}", self.line, self.says),
        }
    }
}

/// Every mistake of a mapping, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the mapping has mistakes:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Mistakes(pub Vec<Mistake>);

/// The one of `known` that `word` most likely meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = super::fold(word);
    let near = known.into_iter().map(|known| (strsim::normalized_damerau_levenshtein(&folded, &super::fold(known)), known));
    near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= 0.5).map(|(_, known)| known)
}

impl Mistakes {
    /// One mistake, of the file as a whole.
    pub(super) fn whole(says: String) -> Self {
        Self(vec![Mistake { line: 1, key: String::new(), says }])
    }
}

/// Says that `word` is no `what`, and which one was probably meant, or else all there are.
pub(super) fn not_one_of(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        None if known.is_empty() => format!("'{word}' is not {what}; there is none"),
        Some(near) => format!("'{word}' is not {what}; did you mean '{near}'?"),
        None => format!("'{word}' is not {what}; write one of {}", known.join(", ")),
    }
}

/// A document being read, and the mistakes found so far.
pub(super) struct Document<'a> {
    source: &'a str,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Document<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, mistakes: RefCell::new(Vec::new()) }
    }

    /// The syntax tree, or what is wrong with the syntax.
    pub(super) fn parse(&self) -> Result<DeValue<'a>, Mistakes> {
        DeTable::parse(self.source).map(|table| DeValue::Table(table.into_inner())).map_err(|error| {
            let line = self.line(error.span().map_or(0, |span| span.start));
            Mistakes(vec![Mistake { line, key: String::new(), says: error.message().to_owned() }])
        })
    }

    pub(super) fn root<'d>(&'d self, value: &'d DeValue<'a>) -> Node<'d> {
        Node { document: self, path: String::new(), at: 0, value }
    }

    fn line(&self, at: usize) -> usize {
        self.source.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
    }

    /// The mistakes found, if any.
    pub(super) fn finish(&self) -> Result<(), Mistakes> {
        let mut mistakes = self.mistakes.take();
        mistakes.sort_by_key(|mistake| mistake.line);
        if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
    }
}

/// A value in the document, with its place.
#[derive(Clone)]
pub(super) struct Node<'a> {
    document: &'a Document<'a>,
    path: String,
    at: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn mistake(&self, says: impl Into<String>) {
        self.mistake_at(self.at, self.path.clone(), says.into());
    }

    fn mistake_at(&self, at: usize, key: String, says: String) {
        let line = self.document.line(at);
        self.document.mistakes.borrow_mut().push(Mistake { line, key, says });
    }

    /// Notes the mistake of a result that failed.
    pub(super) fn take<T>(&self, result: Result<T, impl fmt::Display>) -> Option<T> {
        result.map_err(|error| self.mistake(error.to_string())).ok()
    }

    fn expected<T>(&self, what: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.mistake(format!("expected {what}, found {}", self.value.type_str()));
        }
        found
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// A text.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.expected("a text in quotes", self.value.as_str())
    }

    pub(super) fn truth(&self) -> Option<bool> {
        self.expected("true or false", self.value.as_bool())
    }

    /// A whole number above zero.
    pub(super) fn count(&self) -> Option<u32> {
        let number = self.value.as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
        self.expected("a whole number above 0", number.filter(|number| *number > 0))
    }

    /// A text that `read` understands.
    pub(super) fn parsed<T, E: fmt::Display>(&self, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        self.text().and_then(|text| self.take(read(text)))
    }

    /// One of a few words.
    pub(super) fn choice<T: Clone>(&self, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let chosen = |text: &str| choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| choice.clone());
        self.parsed(|text| chosen(text).ok_or_else(|| not_one_of(what, text, &words)))
    }

    pub(super) fn table(&self) -> Option<Section<'a>> {
        let table = self.expected("a table", self.value.as_table())?;
        Some(Section { node: self.clone(), table })
    }

    /// The members of a list.
    pub(super) fn list(&self) -> Vec<Node<'a>> {
        let members = self.expected("a list", self.value.as_array());
        members
            .map(|list| list.iter().enumerate().map(|(index, value)| self.child(&format!("[{index}]"), value)).collect())
            .unwrap_or_default()
    }

    /// The members of a list, or the value itself where one is enough.
    pub(super) fn one_or_many(&self) -> Vec<Node<'a>> {
        if self.is_list() { self.list() } else { vec![self.clone()] }
    }

    fn child(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Node<'a> {
        let joint = if self.path.is_empty() || key.starts_with('[') { "" } else { "." };
        let path = format!("{}{joint}{key}", self.path);
        Node { document: self.document, path, at: value.span().start, value: value.get_ref() }
    }
}

/// A table in the document.
pub(super) struct Section<'a> {
    node: Node<'a>,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn node(&self) -> &Node<'a> {
        &self.node
    }

    /// Notes every key that is not in `known`.
    pub(super) fn only(&self, known: &[&str]) {
        for (key, _) in self.table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            let word = key.get_ref();
            let joint = if self.node.path.is_empty() { "" } else { "." };
            let path = format!("{}{joint}{word}", self.node.path);
            self.node.mistake_at(key.span().start, path, not_one_of("a key here", word, known));
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.table.get(key).map(|value| self.node.child(key, value))
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, key: &str) -> Option<Node<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.node.mistake(format!("'{key}' is missing"));
        }
        found
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> + '_ {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), self.node.child(key.get_ref(), value)))
    }

    pub(super) fn table(&self, key: &str) -> Option<Section<'a>> {
        self.get(key).and_then(|node| node.table())
    }
}

/// A line and a key of a mapping, for what is found out only when a file is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) key: String,
}

impl Node<'_> {
    pub(super) fn place(&self) -> Place {
        Place { line: self.document.line(self.at), key: self.path.clone() }
    }
}
