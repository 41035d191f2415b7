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
    Verification,
    evidence::{self, Claim, End},
    file::{self, OpenError, Tail},
    verify,
};
use crate::hexadecimal;

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
    /// The log is damaged.
    #[error(
        "the log is not whole ({problem}), so it was not copied; verify it, restore an earlier backup, or write what can be \
         proven of it to a new file ('milepost salvage')"
    )]
    NotWhole {
        /// The first problem.
        problem: String,
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
    backup_against(path, target, Vec::new(), false).map(|(copied, _)| copied)
}

/// Copies the log at `path`, a data directory or a file, to the new file `target`, also while a server has it open.
///
/// What was acknowledged before the call is in the copy. The copy is one file, durable when this returns; put into a
/// data directory as `milepost.db` it is a log like any other. It is written beside the target, verified, and gets its name
/// when it is whole. Gives what it holds and what the verification found. Blocks while it copies and verifies.
///
/// `claims` are what stands beside the log, but for the head file, and says what it holds; a log that holds less is copied
/// only with `accept_shorter`.
///
/// # Errors
/// When there is no log, it holds less than is claimed, the target exists or can't be written, or the disk fails; then
/// nothing is left at the target.
pub fn backup_against(
    path: &Path,
    target: &Path,
    mut claims: Vec<Claim>,
    accept_shorter: bool,
) -> Result<(BackedUp, Verification), BackupError> {
    let file = file::log_at(path);
    if path.is_dir() {
        claims.extend(evidence::of_head_file(path)?.map(|(_, claim)| claim));
        let end = End::of(&file).map_err(|error| file::unusable_because(&file, &error))?;
        match evidence::check(path, &claims).and_then(|()| end.check(path)) {
            Err(OpenError::Lost(loss)) if accept_shorter => tracing::warn!(%loss, "the shorter log is copied, as was asked"),
            checked => checked?,
        }
    }
    let log = file::open_to_read(&file)?;
    write_beside(target, |partial| {
        let copied = copy(&log, partial, target)?;
        let found = verify(partial)?;
        match found.problems.first() {
            Some(problem) => Err(BackupError::NotWhole { problem: problem.clone() }),
            None => Ok((copied, found)),
        }
    })
}

/// Has a file written beside `target`, which then gets its name, unless something has that by now. What a process left there
/// that was killed is removed.
pub(super) fn write_beside<T>(target: &Path, write: impl FnOnce(&Path) -> Result<T, BackupError>) -> Result<T, BackupError> {
    let unwritable = |source| BackupError::Target { target: target.to_owned(), source };
    refuse_existing(target)?;
    remove_abandoned(target);
    let partial = partial(target);
    file::create_private(&partial).map_err(unwritable)?;
    // Says that somebody still writes it, until it is dropped after everything else.
    let held = File::open(&partial).and_then(|file| file.lock().map(|()| file)).map_err(unwritable)?;
    let written = write(&partial).and_then(|written| publish(&partial, target).map(|()| written));
    // It has its name by now, or is of no use. What can't be removed is left: it is not the target.
    let _ = fs::remove_file(&partial);
    drop(held);
    written
}

/// Removes what was written beside `target` by processes that are gone: nobody holds it. What can't be removed is left.
fn remove_abandoned(target: &Path) {
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(entries), Some(name)) = (fs::read_dir(directory), target.file_name()) else { return };
    let begin = format!("{}.", name.to_string_lossy());
    for file in entries.flatten().map(|entry| entry.path()) {
        let is_partial = file.file_name().is_some_and(|found| is_partial_of(&found.to_string_lossy(), &begin));
        if is_partial && File::open(&file).is_ok_and(|opened| opened.try_lock().is_ok()) {
            let _ = fs::remove_file(&file);
        }
    }
}

/// Whether `name` is `begin`, an id and [`PARTIAL`], with what SQLite may have beside it.
fn is_partial_of(name: &str, begin: &str) -> bool {
    let Some((id, rest)) = name.strip_prefix(begin).and_then(|rest| rest.split_once(PARTIAL)) else { return false };
    Uuid::parse_str(id).is_ok() && matches!(rest, "" | "-journal" | "-wal" | "-shm")
}

/// What the name of a file ends with that is being written.
const PARTIAL: &str = ".partial";

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
    name.push(format!(".{}{PARTIAL}", Uuid::new_v4()));
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
