//! One edition of a register: a file that fits a mapping, with its date.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use chrono::NaiveDate;
use thiserror::Error;

use super::{
    Mapping, Register, RowClaims,
    claims::read_claims,
    document::nearest,
    doubts::{DatesOfColumn, Doubt, dates_of_columns, doubts},
    mapping::DuplicateKeys,
    organisations::Spellings,
    reader::{CellKind, Row},
    rejects::{Reject, RejectReason},
    row::RowReader,
    source::{Column, ColumnId},
};

/// Why a file does not fit a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditionError {
    /// A column that the mapping uses is not in the file.
    #[error("{file} has no column '{column}', which line {line} of the mapping uses ({key}); {hint}")]
    ColumnMissing {
        /// What the file is called.
        file: String,
        /// The column.
        column: String,
        /// The line of the mapping that names it first.
        line: usize,
        /// The key there.
        key: String,
        /// What may be meant, and what to do.
        hint: String,
    },
    /// Two columns have a name that the mapping uses.
    #[error("{file} has the column '{column}' {times} times; the mapping can't tell which is meant")]
    ColumnTwice {
        /// What the file is called.
        file: String,
        /// The column.
        column: String,
        /// How often it has it.
        times: usize,
    },
    /// It has no rows: an edition that says nothing would look like one from which everything had vanished.
    #[error("{file} has a header and no rows; an edition has to be of the whole register")]
    NoRows {
        /// What the file is called.
        file: String,
    },
    /// Neither the command nor the file says when the edition was published.
    #[error("the date of the edition is not known; state it with --published-on, or name a column as 'edition_date' in [file]")]
    DateUnknown,
}

/// One edition of a register, ready to be read row by row.
#[derive(Debug)]
pub struct Edition<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) register: &'a Register,
    indices: Vec<Option<usize>>,
    published_on: NaiveDate,
    /// The row that says so, where the command does not.
    dated_by: Option<u32>,
    keys: HashMap<String, Vec<u32>>,
    pub(super) spellings: Vec<Spellings>,
    /// How the dates of the columns read that hold dates.
    dates: BTreeMap<ColumnId, DatesOfColumn>,
}

impl<'a> Edition<'a> {
    /// Fits `register` to `mapping`. The edition's date is `published_on`, else the latest one in the column that the
    /// mapping names for it.
    ///
    /// # Errors
    /// Every column that is missing or named twice, or that no date is known.
    pub fn try_new(
        mapping: &'a Mapping,
        register: &'a Register,
        published_on: Option<NaiveDate>,
    ) -> Result<Self, Vec<EditionError>> {
        let found: Vec<_> = mapping.columns.iter().map(|column| find_column(mapping, register, column)).collect();
        let (indices, errors): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        if !errors.is_empty() {
            return Err(errors.into_iter().filter_map(Result::err).collect());
        }
        let indices = indices.into_iter().filter_map(Result::ok).collect();
        if register.rows.is_empty() {
            return Err(vec![EditionError::NoRows { file: register.file.clone() }]);
        }
        let mut edition = Self {
            mapping,
            register,
            indices,
            published_on: NaiveDate::default(),
            dated_by: None,
            keys: HashMap::new(),
            spellings: Vec::new(),
            dates: BTreeMap::new(),
        };
        edition.dates = dates_of_columns(&edition);
        let stated = published_on.map(|date| (date, None));
        let date = stated.or_else(|| edition.latest().map(|(date, row)| (date, Some(row))));
        (edition.published_on, edition.dated_by) = date.ok_or_else(|| vec![EditionError::DateUnknown])?;
        edition.keys = edition.rows_of_keys();
        edition.spellings = mapping.organisations.iter().map(|rule| rule.spellings(&edition)).collect();
        Ok(edition)
    }

    /// The date of the edition.
    #[must_use]
    pub const fn published_on(&self) -> NaiveDate {
        self.published_on
    }

    /// The number of the row whose date is the edition's; none where the command states it.
    #[must_use]
    pub const fn dated_by(&self) -> Option<u32> {
        self.dated_by
    }

    /// The mapping.
    #[must_use]
    pub const fn mapping(&self) -> &'a Mapping {
        self.mapping
    }

    /// The file.
    #[must_use]
    pub const fn register(&self) -> &'a Register {
        self.register
    }

    /// Columns of the file that the mapping neither uses nor says to ignore.
    #[must_use]
    pub fn unmentioned(&self) -> Vec<&'a str> {
        let used: HashSet<usize> = self.indices.iter().flatten().copied().collect();
        let ignored = |name: &str| self.mapping.file.ignored.iter().any(|ignored| ignored == name);
        let columns = self.register.header.iter().enumerate();
        columns
            .filter(|(index, name)| !used.contains(index) && !name.is_empty() && !ignored(name))
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// What each row says, in the order of the file.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Result<RowClaims, Reject>> + '_ {
        self.register.rows.iter().map(|row| {
            let mut reader = RowReader::new(self, row);
            let claims = self.key_of(row, &reader).and_then(|key| read_claims(&key, row, &mut reader));
            claims.map_err(|reason| Reject { row: row.number, reason, cells: row.cells.clone() })
        })
    }

    /// Whether any row, taken or not, has this key.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// What is odd about it as a whole.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        doubts(self, &self.dates)
    }

    /// Whether the dates of a column are written with day and month the other way round, as far as can be told.
    pub(super) fn is_swapped(&self, column: ColumnId) -> bool {
        self.dates.get(&column).is_some_and(DatesOfColumn::is_swapped)
    }

    pub(super) fn index_of(&self, column: ColumnId) -> Option<usize> {
        self.indices.get(column.0).copied().flatten()
    }

    /// The parts of a row's key, where none is blank.
    fn key_parts(&self, reader: &RowReader<'_>) -> Result<Vec<String>, RejectReason> {
        let part = |&column: &ColumnId| match reader.cell(column) {
            Some(cell) => Ok(cell.into_owned()),
            None => Err(RejectReason::KeyBlank { column: reader.column_name(column) }),
        };
        self.mapping.file.key.iter().map(part).collect()
    }

    fn rows_of_keys(&self) -> HashMap<String, Vec<u32>> {
        let mut keys: HashMap<String, Vec<u32>> = HashMap::new();
        for row in &self.register.rows {
            if let Ok(parts) = self.key_parts(&RowReader::new(self, row)) {
                keys.entry(joined_key(&parts)).or_default().push(row.number);
            }
        }
        keys
    }

    /// The key of a row that may be taken.
    fn key_of(&self, row: &Row, reader: &RowReader<'_>) -> Result<Vec<String>, RejectReason> {
        let columns = self.register.header.len();
        if row.cells.iter().skip(columns).any(|cell| !cell.trim().is_empty()) {
            return Err(RejectReason::TooManyCells { cells: row.cells.len(), columns });
        }
        if let Some(column) = self.used().find(|column| reader.kind(*column) == CellKind::Uncalculated) {
            return Err(RejectReason::Uncalculated { column: reader.column_name(column) });
        }
        let parts = self.key_parts(reader)?;
        let key = joined_key(&parts);
        let rows = self.keys.get(&key).map(Vec::as_slice).unwrap_or_default();
        let taken = match (rows, self.mapping.file.duplicate_keys) {
            ([] | [_], _) => return Ok(parts),
            (rows, DuplicateKeys::Reject) => return Err(RejectReason::KeyShared { key, rows: rows.len() }),
            ([first, ..], DuplicateKeys::First) => *first,
            ([.., last], DuplicateKeys::Last) => *last,
        };
        if taken == row.number { Ok(parts) } else { Err(RejectReason::KeyTaken { key, taken }) }
    }

    /// The columns that the mapping uses.
    fn used(&self) -> impl Iterator<Item = ColumnId> {
        (0..self.indices.len()).map(ColumnId)
    }

    /// The latest date in the column of the edition's date, with the first row that says it.
    fn latest(&self) -> Option<(NaiveDate, u32)> {
        let column = self.mapping.file.edition_date?;
        let date_of = |row: &'a Row| Some((RowReader::new(self, row).date(column).date()?.last(), row.number));
        self.register.rows.iter().filter_map(date_of).max_by_key(|(date, row)| (*date, Reverse(*row)))
    }
}

/// Between the parts of a key of several columns.
const KEY_JOINT: &str = " / ";

/// The parts of a key as one text. A slash within one of several parts is doubled, so that no two keys read the same.
pub(super) fn joined_key(parts: &[String]) -> String {
    match parts {
        [whole] => whole.clone(),
        parts => parts.iter().map(|part| part.replace('/', "//")).collect::<Vec<_>>().join(KEY_JOINT),
    }
}

/// The parts of a key of several columns.
pub(super) fn parts_of_key(joined: &str) -> Vec<String> {
    let (mut parts, mut rest) = (vec![String::new()], joined);
    while let Some(at) = rest.find('/') {
        let (before, slashes) = rest.split_at(at);
        let after = slashes.trim_start_matches('/');
        let count = slashes.len() - after.len();
        let Some(part) = parts.last_mut() else { break };
        if count == 1 {
            part.push_str(before.strip_suffix(' ').unwrap_or(before));
            parts.push(String::new());
            rest = after.strip_prefix(' ').unwrap_or(after);
        } else {
            part.push_str(before);
            part.push_str(&"/".repeat(count / 2));
            rest = after;
        }
    }
    if let Some(part) = parts.last_mut() {
        part.push_str(rest);
    }
    parts
}

/// Where a column of the mapping stands in the file, under its own name or one it was renamed from.
fn find_column(mapping: &Mapping, register: &Register, column: &Column) -> Result<Option<usize>, EditionError> {
    let other_names = mapping.file.renamed.get(&column.name).map(Vec::as_slice).unwrap_or_default();
    let file = || register.file.clone();
    for name in std::iter::once(&column.name).chain(other_names) {
        let places: Vec<usize> = (0..register.header.len()).filter(|&index| register.header.get(index) == Some(name)).collect();
        match places.as_slice() {
            [] => {}
            [place] => return Ok(Some(*place)),
            more => return Err(EditionError::ColumnTwice { file: file(), column: name.clone(), times: more.len() }),
        }
    }
    if mapping.file.optional.contains(&column.name) {
        return Ok(None);
    }
    let used = |name: &str| mapping.columns.iter().any(|column| column.name == name);
    let headers = register.header.iter().map(String::as_str).filter(|name| !name.is_empty() && !used(name));
    let hint = match nearest(&column.name, headers) {
        Some(near) => {
            format!("did you mean '{near}'? if it was renamed, say so in [file.renamed]; if it may be missing, in 'optional'")
        }
        None => "if it may be missing, name it in 'optional' of [file]".to_owned(),
    };
    let (column, line, key) = (column.name.clone(), column.place.line, column.place.key.clone());
    Err(EditionError::ColumnMissing { file: file(), column, line, key, hint })
}
