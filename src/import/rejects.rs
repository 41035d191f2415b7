//! Rows that can't be taken, or are odd, and the file that lists them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use csv::StringRecord;
use thiserror::Error;

use super::{Register, Warning, reader::UNCALCULATED};

/// Why a row can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RejectReason {
    /// A key column is blank.
    #[error("the key is blank in column '{column}'")]
    KeyBlank {
        /// The column.
        column: String,
    },
    /// The key can't be a line of text.
    #[error("the key can't be taken: {says}")]
    KeyUnfit {
        /// Why.
        says: String,
    },
    /// Other rows have the same key, and the mapping says to refuse them all.
    #[error("{rows} rows have the key '{key}'; rows that share a key are not one thing, so none of them is taken")]
    KeyShared {
        /// The key.
        key: String,
        /// How many rows have it.
        rows: usize,
    },
    /// Another row of the same key is taken, as the mapping says.
    #[error("row {taken} of the same key '{key}' is taken")]
    KeyTaken {
        /// The key.
        key: String,
        /// The number of the row that is taken.
        taken: u32,
    },
    /// More cells than the header names.
    #[error("{cells} cells where the header names {columns} columns; a delimiter may stand within an unquoted cell")]
    TooManyCells {
        /// The cells.
        cells: usize,
        /// The columns.
        columns: usize,
    },
    /// A word that the vocabulary has not, where the mapping says to refuse such rows.
    #[error("'{cell}' in column '{column}' is not in the mapping's vocabulary")]
    UnknownWord {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
    },
    /// A date that can't be read, where the mapping says to refuse such rows.
    #[error("'{cell}' in column '{column}' is not a date in the mapping's formats")]
    UnreadableDate {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
    },
    /// A date after the edition, where the mapping says to refuse such rows.
    #[error("'{cell}' in column '{column}' lies after the edition, which is of {published_on}")]
    DateAfterEdition {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
        /// The date of the edition.
        published_on: NaiveDate,
    },
    /// A formula of a workbook whose value is not in the file.
    #[error("the cell in column '{column}' is a formula {UNCALCULATED}")]
    Uncalculated {
        /// The column.
        column: String,
    },
    /// A value that the thing can't be without, and that can't be taken.
    #[error("the {thing}'s {value} can't be taken: {says}; shorten or repair it in the register, or map another column")]
    Unfit {
        /// The thing.
        thing: &'static str,
        /// What can't be taken.
        value: &'static str,
        /// Why.
        says: String,
    },
    /// A value that the thing can't be without.
    #[error("the {thing} has no {value}: {says}")]
    Missing {
        /// The thing.
        thing: &'static str,
        /// What is missing.
        value: &'static str,
        /// Why.
        says: String,
    },
}

impl RejectReason {
    /// A stable code for the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyBlank { .. } => "KEY_BLANK",
            Self::KeyUnfit { .. } => "KEY_UNFIT",
            Self::KeyShared { .. } => "KEY_SHARED",
            Self::KeyTaken { .. } => "KEY_TAKEN",
            Self::TooManyCells { .. } => "TOO_MANY_CELLS",
            Self::UnknownWord { .. } => "UNKNOWN_WORD",
            Self::UnreadableDate { .. } => "UNREADABLE_DATE",
            Self::DateAfterEdition { .. } => "DATE_AFTER_EDITION",
            Self::Uncalculated { .. } => "FORMULA_WITHOUT_VALUE",
            Self::Missing { .. } => "VALUE_MISSING",
            Self::Unfit { .. } => "VALUE_UNFIT",
        }
    }
}

/// A row that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The number of the row.
    pub row: u32,
    /// Why.
    pub reason: RejectReason,
    /// The cells as they stand in the file.
    pub cells: StringRecord,
}

/// Something odd in a row that is taken all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// The number of the row.
    pub row: u32,
    /// What is odd.
    pub warning: Warning,
}

/// Where the rejects of the register called `name` are written: in `directory`, as `<name>.rejects.csv`.
#[must_use]
pub fn rejects_file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.rejects.csv"))
}

/// The most lines that a list of rejects has; the rest is counted.
pub const LISTED_MAX: usize = 10_000;

/// What each list of rejects begins with.
const FIRST_COLUMNS: [&str; 3] = ["row", "code", "reason"];

/// Lists rows of `register` as CSV, in their order: row, code and reason, then the cells under their own header. A row in
/// which something is odd is listed by a code of its own; it is taken. The list ends after [`LISTED_MAX`] lines, with how many
/// more there are.
///
/// # Errors
/// When `to` can't be written.
pub fn write_rejects(to: impl Write, register: &Register, rejects: &[Reject], odd: &[Odd]) -> io::Result<()> {
    let cells_of =
        |row: u32| register.rows.binary_search_by_key(&row, |row| row.number).ok().and_then(|at| register.rows.get(at));
    let rejects = rejects.iter().map(|reject| (reject.row, reject.reason.code(), reject.reason.to_string()));
    let odd = odd.iter().map(|odd| (odd.row, odd.warning.code(), format!("{}; the row is taken", odd.warning)));
    let mut lines: Vec<_> = rejects.chain(odd).collect();
    lines.sort_by_key(|(row, ..)| *row);
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(to);
    writer.write_record(FIRST_COLUMNS.into_iter().chain(register.header.iter().map(String::as_str)))?;
    let more = lines.len().saturating_sub(LISTED_MAX);
    for (row, code, reason) in lines.into_iter().take(LISTED_MAX) {
        let cells = cells_of(row).into_iter().flat_map(|row| row.cells.iter());
        writer.write_record([row.to_string().as_str(), code, &reason].into_iter().chain(cells))?;
    }
    if more > 0 {
        let reason = format!("{more} more lines are not listed; repair these, and take the register again");
        writer.write_record(["", "LIST_ENDS", &reason])?;
    }
    writer.flush()
}

/// Why rows can't be listed in a file.
#[derive(Debug, Error)]
pub enum RejectsError {
    /// The file is one that the import reads.
    #[error("{} is the {what} itself; name another file for the rejects", file.display())]
    Source {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// There is a file that is not a list of rejects.
    #[error("{} is there and is no list of rejects; name another file with --rejects, or move that one away", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The file can't be written.
    #[error("{}: {error}; rows can't be listed there, name another file with --rejects", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The file in which rows are listed, opened before anything is recorded. It is gone again if nothing is listed.
#[derive(Debug)]
pub struct RejectsFile {
    path: PathBuf,
    file: File,
    is_plain: bool,
    is_to_go: bool,
}

impl RejectsFile {
    /// Opens the file at `path`, which may be an earlier list of rejects and none of `sources`, which are read.
    ///
    /// # Errors
    /// When it is something else, or can't be written.
    pub fn open(path: &Path, sources: &[(&'static str, &Path)]) -> Result<Self, RejectsError> {
        let failed = |error| RejectsError::Io { file: path.to_owned(), error };
        if let Some((what, _)) = sources.iter().find(|(_, source)| is_same_file(path, source)) {
            return Err(RejectsError::Source { file: path.to_owned(), what });
        }
        let found = match fs::metadata(path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let is_plain = found.as_ref().is_none_or(fs::Metadata::is_file);
        if found.is_some() && is_plain && !is_list_of_rejects(path).map_err(failed)? {
            return Err(RejectsError::Foreign { file: path.to_owned() });
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, is_plain, is_to_go: found.is_none() })
    }

    /// Lists the rows in the place of what was there, and says where.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn list(mut self, register: &Register, rejects: &[Reject], odd: &[Odd]) -> Result<Option<PathBuf>, RejectsError> {
        self.is_to_go = self.is_plain && rejects.is_empty() && odd.is_empty();
        if rejects.is_empty() && odd.is_empty() {
            return Ok(None);
        }
        let emptied = if self.is_plain { self.file.set_len(0) } else { Ok(()) };
        let written = emptied.and_then(|()| write_rejects(&self.file, register, rejects, odd));
        written.map_err(|error| RejectsError::Io { file: self.path.clone(), error })?;
        Ok(Some(self.path.clone()))
    }
}

impl Drop for RejectsFile {
    fn drop(&mut self) {
        if self.is_to_go {
            // Nothing is lost by an empty file that stays.
            drop(fs::remove_file(&self.path));
        }
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether the file at `path` is empty, or begins as we begin a list.
fn is_list_of_rejects(path: &Path) -> io::Result<bool> {
    let mut begin = Vec::new();
    let expected = FIRST_COLUMNS.join(",");
    File::open(path)?.take(expected.len() as u64 + 1).read_to_end(&mut begin)?;
    let rest = begin.strip_prefix(expected.as_bytes());
    Ok(begin.is_empty() || rest.is_some_and(|rest| matches!(rest, [] | [b',' | b'\r' | b'\n'])))
}
