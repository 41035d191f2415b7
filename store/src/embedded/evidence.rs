//! What stands beside the log and says that there were acts: it has to hold them.
//!
//! Nothing here changes a file, until somebody has said that the log is meant to be the shorter one.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use chrono::Utc;
use rusqlite::Connection;
use schema::{EventId, Position};
use thiserror::Error;

use super::{
    file::{self, Contents, FILE_NAME, OpenError, Tail},
    frames,
};
use crate::{
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
    /// The file says that it is not the whole log, and what would make it whole is not beside it.
    #[error(
        "whether acts are missing at the end of the log in {} can't be known: {COPIED_WITHOUT_ITS_END}; {WHAT_TO_DO}",
        directory.display()
    )]
    EndUnknown {
        /// The data directory.
        directory: PathBuf,
    },
    /// The write-ahead log is damaged in front of what was committed later.
    #[error(
        "acts are missing at the end of the log in {}: what was written last (milepost.db-wal) is damaged at its byte {byte}, \
         and what was committed behind it can't be read; {WHAT_TO_DO}",
        directory.display()
    )]
    WriteAheadDamaged {
        /// The data directory.
        directory: PathBuf,
        /// Where the damage begins.
        byte: u64,
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

/// What was said of an end that nothing beside the file speaks of.
pub(super) const COPIED_WITHOUT_ITS_END: &str =
    "it was copied from under a server, or the server was killed, and what was written last (milepost.db-wal) is not beside it";

/// What the files of a log say of its end, before anything has opened them.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// Whether it can't be known what was written last.
    pub is_unknown: bool,
    /// Where the write-ahead log is damaged in front of what was committed later.
    pub damaged_at: Option<u64>,
    /// Whether a head file is there, and can't be read.
    has_damaged_head: bool,
}

impl End {
    /// Of the log at `file`. Where there is a head file beside it, that knows its end better.
    ///
    /// # Errors
    /// When the files can't be read.
    pub fn of(file: &Path) -> io::Result<Self> {
        let (has_head, has_damaged_head) = match head_beside(file) {
            None => (false, false),
            Some(found) => (found != Found::Damaged, found == Found::Damaged),
        };
        let write_ahead = fs::metadata(file::write_ahead_of(file)).is_ok_and(|found| found.len() > 0);
        let is_unknown = !has_head && !write_ahead && !is_empty(file) && !file::says_whole(file).unwrap_or(true);
        Ok(Self { is_unknown, damaged_at: frames::damage(file, !has_head)?, has_damaged_head })
    }

    /// Makes sure that nothing is missing at the end of the log in `directory`, as far as its files say.
    ///
    /// # Errors
    /// A [`Loss`] when it can't be known, or something is.
    pub fn check(self, directory: &Path) -> Result<(), OpenError> {
        if let Some(byte) = self.damaged_at {
            return Err(Loss::WriteAheadDamaged { directory: directory.to_owned(), byte }.into());
        }
        if self.is_unknown && self.could_lack_acts(&directory.join(FILE_NAME))? {
            return Err(Loss::EndUnknown { directory: directory.to_owned() }.into());
        }
        Ok(())
    }

    /// A log has a head file from its first moment on. Where that is damaged and no act is there, the service was killed while
    /// it made both.
    fn could_lack_acts(self, file: &Path) -> Result<bool, OpenError> {
        let Some(log) = open_untouched(file)? else { return Ok(false) };
        let acts = Tail::of(&log).map_err(|error| file::unusable_because(file, &error))?.position;
        Ok(acts > 0 || !self.has_damaged_head)
    }
}

/// What the head file beside the log at `file` says; `None` where there is none, as beside every log that is no data
/// directory's.
fn head_beside(file: &Path) -> Option<Found> {
    let directory = file.parent().filter(|_| file.file_name().is_some_and(|name| name == FILE_NAME))?;
    // One that can't be read is told in other words.
    directory.join(head::FILE_NAME).exists().then(|| head::read(directory).unwrap_or(Found::Nothing))
}

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

/// What is gone on with after a loss was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The log, as far as it can be read.
    Log,
    /// Its file, without the write-ahead log, which is another's.
    File,
    /// An empty log: nothing can be read of the file.
    Nothing,
}

impl Left {
    /// What is left after what `error` says; `None` if that is no loss that can be accepted.
    pub const fn after(error: &OpenError) -> Option<Self> {
        match error {
            OpenError::Lost(Loss::Gone { .. } | Loss::GoneFromBesideWriteAhead { .. }) | OpenError::Beheaded { .. } => {
                Some(Self::Nothing)
            }
            OpenError::Lost(_) => Some(Self::Log),
            OpenError::Unrelated { .. } => Some(Self::File),
            _ => None,
        }
    }
}

/// Sets aside what speaks of acts that are not there: what makes the claims is moved into a new directory beside the log,
/// and so is what of the log is not gone on with; the rest is copied there as it is. Gives that directory.
///
/// # Errors
/// When the disk refuses it.
pub(super) fn set_aside(directory: &Path, claims: &[Claim], left: Left) -> io::Result<PathBuf> {
    let aside = directory.join(format!("set-aside-{}", Utc::now().format("%Y%m%dT%H%M%S%6fZ")));
    make_private_directory(&aside)?;
    let log = directory.join(FILE_NAME);
    for (file, stays) in [(file::write_ahead_of(&log), left == Left::Log), (log, left != Left::Nothing)] {
        if !file.exists() {
            continue;
        }
        if stays {
            copy_durably(&file, &aside)?;
        } else {
            move_into(&file, &aside)?;
        }
    }
    claims.iter().try_for_each(|claim| move_into(&claim.file, &aside))?;
    file::sync_directory(&aside)?;
    file::sync_directory(directory)?;
    Ok(aside)
}

fn move_into(file: &Path, directory: &Path) -> io::Result<()> {
    file.file_name().map_or(Ok(()), |name| fs::rename(file, directory.join(name)))
}

fn copy_durably(file: &Path, directory: &Path) -> io::Result<()> {
    let Some(name) = file.file_name() else { return Ok(()) };
    let copy = directory.join(name);
    fs::copy(file, &copy)?;
    File::open(copy)?.sync_all()
}

fn make_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
