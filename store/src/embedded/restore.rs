//! A backup becomes a log that can be served.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use thiserror::Error;

use super::{
    BackedUp, Verification,
    backup::{BackupError, write_beside},
    file::{self, FILE_NAME, OpenError},
    rewrite::write_first,
    verify, writer,
};
use crate::head::{self, Keeper};

/// Why a backup is not restored. Nothing is left in the directory then.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The backup or the directory can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log can't be written.
    #[error(transparent)]
    Write(#[from] BackupError),
    /// The directory is in use for a log.
    #[error("{} is there already, and nothing is overwritten; restore into an empty directory", file.display())]
    Occupied {
        /// What is there.
        file: PathBuf,
    },
    /// The backup is not what it was.
    #[error("{} is not whole ({problem}); restore another, or salvage what can be proven of it first", backup.display())]
    NotWhole {
        /// The backup.
        backup: PathBuf,
        /// The first problem.
        problem: String,
    },
    /// Its head file can't be written.
    #[error("the head file in {} can't be written: {source}; make room and restore again", directory.display())]
    Head {
        /// The data directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes the log in `directory` of `backup`: of what was recorded by the instant `until`, where one is given. `occupied` are
/// further files that must not be there. The backup is verified first, and the head file is set to its end. Blocks.
///
/// # Errors
/// When the backup is not whole, or the directory holds a log or a trace of one.
pub fn restore(
    backup: &Path,
    directory: &Path,
    until: Option<DateTime<Utc>>,
    occupied: &[PathBuf],
) -> Result<BackedUp, RestoreError> {
    let source = file::log_at(backup);
    if !source.is_file() {
        return Err(OpenError::Missing { file: source }.into());
    }
    let _lock = file::lock(directory)?;
    let log = directory.join(FILE_NAME);
    let ours = [log.clone(), file::write_ahead_of(&log), directory.join(head::FILE_NAME)];
    if let Some(file) = ours.iter().chain(occupied).find(|file| file.exists()) {
        return Err(RestoreError::Occupied { file: file.clone() });
    }
    refuse_unsound(backup, &verify(backup)?)?;
    let source = file::open_to_read(&source)?;
    let last = last_by(&source, until).map_err(|error| file::unusable_because(backup, &error))?;
    let tail = write_beside(&log, |partial| write_first(&source, last, partial, &log))?;
    let headed = Keeper::open(directory).and_then(|keeper| keeper.finish(writer::head_of(&tail, true)));
    headed.map_err(|source| RestoreError::Head { directory: directory.to_owned(), source })?;
    Ok(BackedUp::of(&tail))
}

fn refuse_unsound(backup: &Path, found: &Verification) -> Result<(), RestoreError> {
    match found.problems.first().or(found.end_unknown.as_ref()) {
        None => Ok(()),
        Some(problem) => Err(RestoreError::NotWhole { backup: backup.to_owned(), problem: problem.clone() }),
    }
}

/// The position of the last event that was recorded by `until`.
fn last_by(log: &Connection, until: Option<DateTime<Utc>>) -> rusqlite::Result<i64> {
    let Some(until) = until else { return Ok(i64::MAX) };
    // An act counts as recorded no earlier than those before it, so the first that is stamped later ends what is wanted.
    let later = "SELECT position FROM event WHERE recorded_at > ?1 ORDER BY position LIMIT 1";
    let later: Option<i64> = log.query_row(later, [until.timestamp_micros()], |row| row.get(0)).optional()?;
    Ok(later.map_or(i64::MAX, |later| later - 1))
}
