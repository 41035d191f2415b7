//! What stands beside the log and says that there were acts: it has to hold them.
//!
//! Nothing here changes a file, until somebody has said that the log is meant to be the shorter one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::Utc;
use rusqlite::Connection;
use schema::{EventId, Position};
use thiserror::Error;

use super::file::{self, Contents, FILE_NAME, OpenError, Tail};
use crate::store::{
    head::{self, Found, Head},
    hexadecimal,
};

/// What something beside the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What says so, such as `the checkpoint`.
    pub by: &'static str,
    /// Where that is.
    pub file: PathBuf,
    /// How many acts the log holds, at least.
    pub acts: u64,
    /// The position of the last of them.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The hash chain's value there, 64 hexadecimal digits, where it is known.
    pub hash: Option<String>,
}

/// Acts that were there are not, by what stands beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Loss {
    /// The file is missing, or nothing is in it.
    #[error("there is no log in {}, and {by} says that it holds {acts} acts; {WHAT_TO_DO}", directory.display())]
    Gone {
        /// The data directory.
        directory: PathBuf,
        /// What says so.
        by: &'static str,
        /// How many acts there were.
        acts: u64,
    },
    /// The file is missing, or nothing is in it, and what was written to it last is still beside it.
    #[error("there is no log in {}, and its write-ahead log holds acts; {WHAT_TO_DO}", directory.display())]
    GoneFromBesideWriteAhead {
        /// The data directory.
        directory: PathBuf,
    },
    /// Acts are missing at the end.
    #[error(
        "{} acts are missing at the end of the log in {}: {by} holds {acts} acts, the log {left}; {WHAT_TO_DO}",
        acts - left, directory.display()
    )]
    Shorter {
        /// The data directory.
        directory: PathBuf,
        /// What says so.
        by: &'static str,
        /// How many acts there were.
        acts: u64,
        /// How many there are.
        left: u64,
    },
    /// It is another log.
    #[error(
        "the log in {} is not the one that {by} speaks of: another act is at position {}; {WHAT_TO_DO}",
        directory.display(), position.0
    )]
    Other {
        /// The data directory.
        directory: PathBuf,
        /// What says so.
        by: &'static str,
        /// Where they differ.
        position: Position,
    },
}

const WHAT_TO_DO: &str = "restore a backup ('milepost restore'), write what can be proven to a new file ('milepost salvage'), \
                          or go on with what is there ('--accept-shorter-log'), which sets aside what says so first";

/// The claim of the head file in `directory`, if it makes one.
///
/// # Errors
/// When the file is there and can't be read.
pub(super) fn of_head_file(directory: &Path) -> Result<Option<(Head, Claim)>, OpenError> {
    let file = directory.join(head::FILE_NAME);
    match head::read(directory).map_err(|error| file::unusable_because(&file, &error))? {
        Found::Nothing => Ok(None),
        Found::Damaged => {
            tracing::warn!(file = %file.display(), "the head file is damaged and proves nothing; it is written anew");
            Ok(None)
        }
        Found::Head(head) if head.acts == 0 => Ok(None),
        Found::Head(head) => {
            let hash = Some(head.hash.clone());
            let claim = Claim { by: "the head file", file, acts: head.acts, position: head.position, id: head.id, hash };
            Ok(Some((head, claim)))
        }
    }
}

/// Makes sure that the log in `directory` holds what is claimed of it.
///
/// # Errors
/// A [`Loss`] when it does not, and whatever keeps it from being read.
pub(super) fn check(directory: &Path, claims: &[Claim]) -> Result<(), OpenError> {
    let file = directory.join(FILE_NAME);
    let log = if is_empty(&file) { None } else { open_untouched(&file)? };
    let Some(log) = log else { return nothing_was_there(directory, &file, claims) };
    for claim in claims {
        hold(&log, directory, claim).map_err(|error| match error {
            Holding::Loss(loss) => loss.into(),
            Holding::Unread(error) => file::unusable_because(&file, &error),
        })?;
    }
    Ok(())
}

fn is_empty(file: &Path) -> bool {
    fs::metadata(file).map_or(true, |found| found.len() == 0)
}

/// Opens the log to look at it; `None` if it is a database with nothing in it.
fn open_untouched(file: &Path) -> Result<Option<Connection>, OpenError> {
    let connection = file::open_untouched(file)?;
    Ok((file::contents(&connection, file)? == Contents::Log).then_some(connection))
}

fn nothing_was_there(directory: &Path, file: &Path, claims: &[Claim]) -> Result<(), OpenError> {
    let directory = || directory.to_owned();
    if let Some(claim) = claims.iter().max_by_key(|claim| claim.acts) {
        return Err(Loss::Gone { directory: directory(), by: claim.by, acts: claim.acts }.into());
    }
    if file::has_frames(file) { Err(Loss::GoneFromBesideWriteAhead { directory: directory() }.into()) } else { Ok(()) }
}

enum Holding {
    Loss(Loss),
    Unread(rusqlite::Error),
}

impl From<rusqlite::Error> for Holding {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unread(error)
    }
}

fn hold(log: &Connection, directory: &Path, claim: &Claim) -> Result<(), Holding> {
    let (directory, by, position) = (directory.to_owned(), claim.by, claim.position);
    let Some(found) = Tail::at(log, position.0.cast_signed())? else {
        let left = Tail::of(log)?.position.cast_unsigned();
        return Err(Holding::Loss(if left < claim.acts {
            Loss::Shorter { directory, by, acts: claim.acts, left }
        } else {
            Loss::Other { directory, by, position }
        }));
    };
    let same_hash = claim.hash.as_ref().is_none_or(|hash| *hash == hexadecimal(&found.hash));
    let same = found.id == *claim.id.0.as_bytes() && same_hash;
    if same { Ok(()) } else { Err(Holding::Loss(Loss::Other { directory, by, position })) }
}

/// Sets aside what speaks of acts that are not there: what makes the claims is moved into a new directory beside the log,
/// and the log is copied there as it is. Gives that directory.
///
/// # Errors
/// When the disk refuses it.
pub(super) fn set_aside(directory: &Path, claims: &[Claim]) -> io::Result<PathBuf> {
    let aside = directory.join(format!("set-aside-{}", Utc::now().format("%Y%m%dT%H%M%S%6fZ")));
    make_private_directory(&aside)?;
    let log = directory.join(FILE_NAME);
    for file in [file::write_ahead_of(&log), log] {
        if let Some(name) = file.file_name().filter(|_| file.exists()) {
            fs::copy(&file, aside.join(name))?;
        }
    }
    for claim in claims {
        if let Some(name) = claim.file.file_name() {
            fs::rename(&claim.file, aside.join(name))?;
        }
    }
    file::sync_directory(&aside)?;
    file::sync_directory(directory)?;
    Ok(aside)
}

fn make_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
