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
use uuid::Uuid;

use super::{
    evidence::{self, Claim},
    file::{self, OpenError, Tail},
};
use crate::store::hexadecimal;

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
    /// How many acts it holds.
    pub acts: u64,
    /// The position of its last event; `None` when it is empty.
    pub head: Option<Position>,
    /// The hash of that event, 64 hexadecimal digits, as [`super::verify()`] gives it.
    pub head_hash: String,
}

impl BackedUp {
    pub(super) fn of(tail: &Tail) -> Self {
        let acts = tail.position.cast_unsigned();
        Self { acts, head: (acts > 0).then_some(Position(acts)), head_hash: hexadecimal(&tail.hash) }
    }
}

/// Copies the log at `path`; see [`backup_against`], without claims.
///
/// # Errors
/// As there.
pub fn backup(path: &Path, target: &Path) -> Result<BackedUp, BackupError> {
    backup_against(path, target, Vec::new(), false)
}

/// Copies the log at `path`, a data directory or a file, to the new file `target`, also while a server has it open.
///
/// What was acknowledged before the call is in the copy. The copy is one file, durable when this returns; put into a
/// data directory as `milepost.db` it is a log like any other. It is written beside the target and gets its name when it is
/// whole. Blocks while it copies.
///
/// `claims` are what stands beside the log, but for the head file, and says what it holds; a log that holds less is copied
/// only with `accept_shorter`.
///
/// # Errors
/// When there is no log, it holds less than is claimed, the target exists or can't be written, or the disk fails; then
/// nothing is left at the target.
pub fn backup_against(path: &Path, target: &Path, mut claims: Vec<Claim>, accept_shorter: bool) -> Result<BackedUp, BackupError> {
    if path.is_dir() {
        claims.extend(evidence::of_head_file(path)?.map(|(_, claim)| claim));
        match evidence::check(path, &claims) {
            Err(OpenError::Lost(loss)) if accept_shorter => tracing::warn!(%loss, "the shorter log is copied, as was asked"),
            checked => checked?,
        }
    }
    let log = file::open_to_read(&file::log_at(path))?;
    write_beside(target, |partial| copy(&log, partial, target))
}

/// Has a file written beside `target`, which then gets its name, unless something has that by now.
pub(super) fn write_beside<T>(target: &Path, write: impl FnOnce(&Path) -> Result<T, BackupError>) -> Result<T, BackupError> {
    refuse_existing(target)?;
    let partial = partial(target);
    file::create_private(&partial).map_err(|source| BackupError::Target { target: target.to_owned(), source })?;
    let written = write(&partial).and_then(|written| publish(&partial, target).map(|()| written));
    // It has its name by now, or is of no use. What can't be removed is left: it is not the target.
    let _ = fs::remove_file(&partial);
    written
}

fn refuse_existing(target: &Path) -> Result<(), BackupError> {
    match fs::symlink_metadata(target) {
        Ok(_) => Err(BackupError::Exists { target: target.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(BackupError::Target { target: target.to_owned(), source }),
    }
}

/// Where the copy is written until it is whole: no other has the same name.
fn partial(target: &Path) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(format!(".{}.partial", Uuid::new_v4()));
    name.into()
}

fn copy(log: &Connection, partial: &Path, target: &Path) -> Result<BackedUp, BackupError> {
    let failed = |error: rusqlite::Error| BackupError::Copy { target: target.to_owned(), reason: error.to_string() };
    let mut copy = Connection::open(partial).map_err(failed)?;
    copy_pages(log, &mut copy).map_err(failed)?;
    // Without a write-ahead log it is one file.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(failed)?;
    let tail = Tail::of(&copy).map_err(failed)?;
    Ok(BackedUp::of(&tail))
}

/// Copies in one step, which sees the log as of one moment and, with a write-ahead log, holds no writer up.
fn copy_pages(log: &Connection, copy: &mut Connection) -> rusqlite::Result<()> {
    match Backup::new(log, copy)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)),
    }
}

/// Gives the file its name, durably: a link is refused where there is something of that name.
fn publish(partial: &Path, target: &Path) -> Result<(), BackupError> {
    let synced = || {
        File::open(partial)?.sync_all()?;
        fs::hard_link(partial, target)?;
        fs::remove_file(partial)?;
        target.parent().map_or(Ok(()), file::sync_directory)
    };
    synced().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists { target: target.to_owned() },
        _ => BackupError::Target { target: target.to_owned(), source },
    })
}
