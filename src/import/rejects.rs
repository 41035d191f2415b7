//! Rows that can't be taken, and the file that lists them.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use csv::StringRecord;
use thiserror::Error;

use super::Register;

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
            Self::Missing { .. } => "VALUE_MISSING",
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

/// Where the rejects of the register called `name` are written: in `directory`, as `<name>.rejects.csv`.
#[must_use]
pub fn rejects_file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.rejects.csv"))
}

/// Writes the rejects of `register` as CSV: row, code and reason, then the cells under their own header.
///
/// # Errors
/// When `to` can't be written.
pub fn write_rejects<'a>(to: impl Write, register: &Register, rejects: impl IntoIterator<Item = &'a Reject>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(to);
    writer.write_record(["row", "code", "reason"].into_iter().chain(register.header.iter().map(String::as_str)))?;
    for reject in rejects {
        let (row, reason) = (reject.row.to_string(), reject.reason.to_string());
        writer.write_record([row.as_str(), reject.reason.code(), &reason].into_iter().chain(&reject.cells))?;
    }
    writer.flush()
}
