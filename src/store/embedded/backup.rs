//! A consistent copy of the log, also while a server writes to it.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use schema::Position;
use thiserror::Error;

use super::{
    file::{self, OpenError, Tail},
    verify::hexadecimal,
};

/// Why there is no backup.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The log can't be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The target is there already.
    #[error("{} exists; name a file that doesn't", target.display())]
    Exists {
        /// The target.
        target: PathBuf,
    },
    /// The target can't be written.
    #[error("{} can't be written: {source}", target.display())]
    Target {
        /// The target.
        target: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Copying failed.
    #[error("the log can't be copied to {}: {reason}", target.display())]
    Copy {
        /// The target.
        target: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The position of its last event; `None` when it is empty.
    pub head: Option<Position>,
    /// The hash of that event, 64 hexadecimal digits, as [`super::verify()`] gives it.
    pub head_hash: String,
}

/// Copies the log at `path`, a data directory or a file, to the new file `target`, also while a server has it open.
///
/// What was acknowledged before the call is in the copy. The copy is one file, durable when this returns; put into a
/// data directory as `milepost.db` it is a log like any other. Blocks while it copies.
///
/// # Errors
/// When there is no log, the target exists or can't be written, or the disk fails; then nothing is left at the target.
pub fn backup(path: &Path, target: &Path) -> Result<BackedUp, BackupError> {
    let log = file::open_to_read(&file::log_at(path))?;
    claim(target)?;
    let partial = partial(target);
    let copied = copy(&log, &partial, target).and_then(|copied| publish(&partial, target).map(|()| copied));
    if copied.is_err() {
        // What can't be removed is left: the first error says more than this one would.
        let _ = fs::remove_file(&partial).and(fs::remove_file(target));
    }
    copied
}

/// Makes the target, empty, so that no other backup takes its name.
fn claim(target: &Path) -> Result<(), BackupError> {
    match File::create_new(target) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists { target: target.to_owned() }),
        Err(source) => Err(BackupError::Target { target: target.to_owned(), source }),
    }
}

/// Where the copy is written until it is whole.
fn partial(target: &Path) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(".partial");
    name.into()
}

fn copy(log: &Connection, partial: &Path, target: &Path) -> Result<BackedUp, BackupError> {
    let failed = |error: rusqlite::Error| BackupError::Copy { target: target.to_owned(), reason: error.to_string() };
    file::make_private(partial);
    let mut copy = Connection::open(partial).map_err(failed)?;
    copy_pages(log, &mut copy).map_err(failed)?;
    // Without a write-ahead log it is one file.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(failed)?;
    let tail = Tail::of(&copy).map_err(failed)?;
    let head = (tail.position > 0).then_some(Position(tail.position.cast_unsigned()));
    Ok(BackedUp { head, head_hash: hexadecimal(&tail.hash) })
}

/// Copies in one step, which sees the log as of one moment and, with a write-ahead log, holds no writer up.
fn copy_pages(log: &Connection, copy: &mut Connection) -> rusqlite::Result<()> {
    match Backup::new(log, copy)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)),
    }
}

fn publish(partial: &Path, target: &Path) -> Result<(), BackupError> {
    let synced = || {
        File::open(partial)?.sync_all()?;
        fs::rename(partial, target)?;
        target.parent().map_or(Ok(()), file::sync_directory)
    };
    synced().map_err(|source| BackupError::Target { target: target.to_owned(), source })
}
