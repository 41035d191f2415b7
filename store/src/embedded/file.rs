//! The file: its schema, how it is opened, and whose it is.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, SeekFrom},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, config::DbConfig};
use thiserror::Error;

use super::{
    chain::{Hash, START},
    evidence::Loss,
    soundness,
};
use crate::{HEAD_FILE_NAME, identity::Identity};

/// The log's file in a data directory.
pub const FILE_NAME: &str = "milepost.db";
/// The file beside it that holds what was written last, while a server has it open.
pub const WRITE_AHEAD_NAME: &str = "milepost.db-wal";
/// Locked while a server has the directory open. Beside the log, since closing any handle of a file that SQLite has
/// open would drop SQLite's own locks.
const LOCK_NAME: &str = "milepost.lock";

/// Marks the file as ours: the letters `MPst`.
pub(super) const APPLICATION_ID: i32 = 0x4d50_7374;
/// Raised when the tables change; a build opens no file newer than itself.
pub(super) const FORMAT: i32 = 1;
/// The formats that there may be. Another number over our own tables is damage.
const FORMATS: RangeInclusive<i32> = FORMAT..=FORMAT + 100;

/// An event is added after the last one, and stays as it is.
///
/// `event_is_next` also refuses what `INSERT OR REPLACE` would overwrite, which fires no trigger for DELETE. That
/// somebody drops the triggers or the table, no trigger can refuse: the hash chain is there to find it out.
///
/// Ids have no index: they are random, so that each event would cost one more page written and synced. Where an id can
/// come twice is in its own stream, and there the revision tells a retry from an append.
const SCHEMA: &str = "
CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, -- microseconds since 1970
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    metadata BLOB NOT NULL,
    data BLOB NOT NULL,
    hash BLOB NOT NULL            -- SHA-256 over the hash before and the columns above
) STRICT;
CREATE UNIQUE INDEX event_in_stream ON event (stream, revision);
CREATE TRIGGER event_is_next BEFORE INSERT ON event
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM event)
    OR NEW.revision <> (SELECT coalesce(max(revision), -1) + 1 FROM event WHERE stream = NEW.stream)
BEGIN SELECT RAISE(ABORT, 'an event is added once, after the last one'); END;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'recorded events are never changed; record a correction'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'recorded events are never removed; record a retraction'); END;
";

/// Why a log can't be opened. Each reads as one sentence.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The directory can't be made or written.
    #[error("the data directory {} can't be written: {source}; choose another or change its permissions", directory.display())]
    Directory {
        /// The data directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another server has it open.
    #[error("the data directory {} is in use by another server; stop that one or choose another directory", directory.display())]
    InUse {
        /// The data directory.
        directory: PathBuf,
    },
    /// There is no log to read.
    #[error("there is no log at {}; name the data directory of a server, or a backup", file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a log of Milepost; choose another directory", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The beginning of the file is gone or damaged, and what stands beside it says that it was a log.
    #[error(
        "{} is empty or damaged at its beginning, and {beside}; nothing was touched: 'milepost salvage' writes what can be \
         proven of it to a new file, or put a backup in its place", file.display()
    )]
    Beheaded {
        /// The file.
        file: PathBuf,
        /// What stands beside it and says so.
        beside: &'static str,
    },
    /// The file is a whole log, and the write-ahead log beside it is another's.
    #[error(
        "{} says that it is a whole log, and milepost.db-wal beside it holds acts of another; nothing was touched: move that \
         file away to go on without them, or put the log back that they belong to", file.display()
    )]
    Unrelated {
        /// The file.
        file: PathBuf,
    },
    /// A newer build wrote it.
    #[error("{} is of format {format}, this build knows {FORMAT}; start a newer build", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// The format it has.
        format: i32,
    },
    /// The file says that a later SQLite wrote it, which none did.
    #[error(
        "{} says that only a later SQLite can write it: its 19th byte is damaged; nothing was touched: 'milepost salvage' \
         writes what can be proven of it to a new file, or put a backup in its place", file.display()
    )]
    Unwritable {
        /// The file.
        file: PathBuf,
    },
    /// The file can be read but not written.
    #[error("{} can't be written; change its permissions", file.display())]
    ReadOnly {
        /// The file.
        file: PathBuf,
    },
    /// What stood beside the log speaks of acts that it does not hold.
    #[error(transparent)]
    Lost(#[from] Loss),
    /// It is no longer the file that was opened.
    #[error(
        "{} was removed, replaced or moved while it was open, so nothing more is recorded in it; \
         put it back, or stop the service and start it on the log that is meant", file.display()
    )]
    Replaced {
        /// Where it was.
        file: PathBuf,
    },
    /// A read that goes on holds the write-ahead log, which has to be written anew after a failed sync.
    #[error(
        "{} has to be written anew after a failed sync, and a long read of it (a backup, a verification) stands in the way; \
         nothing is recorded until that has ended", file.display()
    )]
    LongRead {
        /// The file.
        file: PathBuf,
    },
    /// SQLite or the disk failed.
    #[error("{} can't be opened: {reason}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What failed.
        reason: String,
    },
}

/// Held while a server has the directory open; the system lets go of it when the process ends, however it ends.
pub struct Lock {
    _file: File,
}

/// Makes sure that the directory is there, and that nobody else has it open.
///
/// # Errors
/// When it can't be made or written, or somebody else has it open.
pub fn lock(directory: &Path) -> Result<Lock, OpenError> {
    let unwritable = |source| OpenError::Directory { directory: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(unwritable)?;
    let file = open_lock(&directory.join(LOCK_NAME)).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    }
}

/// Opens the file that is locked, and makes it where it is missing: for its owner only, since whoever can open it can
/// keep a server from starting.
fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mut permissions = file.metadata()?.permissions();
        if permissions.mode() & 0o077 != 0 {
            // Made by a build that left it to the umask.
            permissions.set_mode(0o600);
            file.set_permissions(permissions)?;
        }
    }
    Ok(file)
}

/// How the log is opened for its one writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// For the first time. Whatever a process that was killed left unsynced is synced.
    First,
    /// Anew, after a failure: it has to be the same file, and everything in the write-ahead log is written anew into it.
    /// After a failed sync the system may hold pages to be clean that never reached the disk, so that a second sync proves
    /// nothing.
    Again(Identity),
}

/// The longest that the writer waits for a lock. Only a reader that has the file open in another mode can hold one.
const LOCK_WAIT: Duration = Duration::from_millis(250);

/// Opens the log for its one writer, and makes it first where there is none.
pub(super) fn open_to_write(file: &Path, opening: Opening) -> Result<Connection, OpenError> {
    let unusable = |reason: rusqlite::Error| explain(file, &reason);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match opening {
        Opening::First => {
            refuse_what_loses_acts(file)?;
            if says_unwritable(file) {
                return Err(OpenError::Unwritable { file: file.to_owned() });
            }
            make_private(file);
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        Opening::Again(identity) => is_same(file, identity)?,
    }
    let mut connection = Connection::open_with_flags(file, flags).map_err(unusable)?;
    connection.busy_timeout(LOCK_WAIT).map_err(unusable)?;
    // SQLite then opens it to read, which on a disk that takes no files to be written waits ten seconds for a lock.
    if connection.is_readonly("main").map_err(unusable)? {
        return Err(OpenError::ReadOnly { file: file.to_owned() });
    }
    let contents = contents(&connection, file)?;
    configure(&connection).map_err(unusable)?;
    if contents == Contents::Nothing {
        create(&mut connection).map_err(unusable)?;
    }
    if opening == Opening::First && has_frames(file) && !soundness::ends_well(&connection) {
        // What belongs to another log must not be put into this one; what it says is looked at when it is walked.
        leave_as_it_is(&connection).map_err(unusable)?;
        return Ok(connection);
    }
    settle(&connection, file, opening)?;
    Ok(connection)
}

/// From now on nothing of the write-ahead log is put into the file.
pub(super) fn leave_as_it_is(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)
}

/// Makes sure that the file that is now called `file` is the one of `identity`.
pub(super) fn is_same(file: &Path, identity: Identity) -> Result<(), OpenError> {
    if Identity::of(file) == Some(identity) { Ok(()) } else { Err(OpenError::Replaced { file: file.to_owned() }) }
}

/// Folds the write-ahead log into the file and does without one, so that the one file is the whole log. Gives whether that
/// could be done: another process that reads the log can stand in the way.
pub(super) fn fold(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mode = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
    Ok(mode.is_ok_and(|mode| mode == "delete"))
}

/// Where in the file SQLite says which way of writing it is in, and what it says of a file that needs no other beside it.
const MODE_BYTE: u64 = 18;
const NO_WRITE_AHEAD: u8 = 1;

/// Whether the file says that it is the whole log: it was closed well, or is a backup. One that is copied while a server
/// writes to it says that it is not.
pub(super) fn says_whole(file: &Path) -> io::Result<bool> {
    let mut mode = [0];
    let mut opened = File::open(file)?;
    opened.seek(SeekFrom::Start(MODE_BYTE))?;
    opened.read_exact(&mut mode)?;
    Ok(mode == [NO_WRITE_AHEAD])
}

/// The file beside the log that holds what was written last.
pub(super) fn write_ahead_of(file: &Path) -> PathBuf {
    let mut write_ahead = file.as_os_str().to_owned();
    write_ahead.push("-wal");
    write_ahead.into()
}

/// Makes the file, if it is missing, for its owner only: what it holds is not for every user of the machine. SQLite gives
/// the files beside it the same mode. What can't be made, SQLite will refuse in its own words.
pub(super) fn make_private(file: &Path) {
    let _ = create_private(file);
}

/// Makes a new file for its owner only.
pub(super) fn create_private(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(|_| ())
}

/// What a database begins with.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Where a database says which version of `SQLite` can write it, and the last that we know.
const WRITE_VERSION: (usize, u8) = (18, 2);

/// Whether `file` says that only a later `SQLite` can write it. We make none such; it can be read, and nothing can be recorded.
pub(super) fn says_unwritable(file: &Path) -> bool {
    let (at, last) = WRITE_VERSION;
    let mut head = [0; WRITE_VERSION.0 + 1];
    File::open(file).and_then(|mut opened| opened.read_exact(&mut head)).is_ok_and(|()| head[at] > last)
}

/// The bytes of a write-ahead log in which there is nothing yet.
const EMPTY_WRITE_AHEAD_BYTES: u64 = 32;

/// Whether something is in the write-ahead log of `file`.
pub(super) fn has_frames(file: &Path) -> bool {
    fs::metadata(write_ahead_of(file)).is_ok_and(|found| found.len() > EMPTY_WRITE_AHEAD_BYTES)
}

/// What stands beside `file` and says that it was a log with something in it.
fn said_beside(file: &Path) -> Option<&'static str> {
    if has_frames(file) {
        return Some("milepost.db-wal beside it holds acts that were recorded");
    }
    let has_head_file = file.parent().is_some_and(|directory| directory.join(HEAD_FILE_NAME).is_file());
    (has_head_file && file.file_name().is_some_and(|name| name == FILE_NAME)).then_some("the head file beside it speaks of acts")
}

/// Refuses a file that a write-ahead log with acts in it can't belong to: one without its beginning, which `SQLite` would
/// take for a new database, and one that says that it is whole. In both cases it would delete the write-ahead log.
fn refuse_what_loses_acts(file: &Path) -> Result<(), OpenError> {
    if has_frames(file) && says_whole(file).unwrap_or(false) {
        return Err(OpenError::Unrelated { file: file.to_owned() });
    }
    let mut head = [0; MAGIC.len()];
    let begins_well = match File::open(file).and_then(|mut opened| opened.read_exact(&mut head)) {
        Ok(()) => head == *MAGIC,
        // What is not there, or can't be read, is told in other words.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Ok(()),
        Err(_) => false,
    };
    let said = said_beside(file).filter(|_| !begins_well && has_frames(file));
    said.map_or(Ok(()), |beside| Err(OpenError::Beheaded { file: file.to_owned(), beside }))
}

/// Opens the log to read it; neither the lock nor a running server stands in the way.
pub(super) fn open_to_read(file: &Path) -> Result<Connection, OpenError> {
    if !file.is_file() {
        return Err(OpenError::Missing { file: file.to_owned() });
    }
    let connection = open_untouched(file)?;
    match contents(&connection, file)? {
        Contents::Log => Ok(connection),
        Contents::Nothing => Err(OpenError::Foreign { file: file.to_owned() }),
    }
}

/// Opens the file so that what it says stays as it is, whatever it is. Only where a process was killed while it changed the
/// way in which the file is written, that has to be undone first: of the log itself it changes nothing.
pub(super) fn open_untouched(file: &Path) -> Result<Connection, OpenError> {
    refuse_what_loses_acts(file)?;
    let unusable = |error: rusqlite::Error| explain(file, &error);
    let access = if is_half_changed(file) { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if lacks_write_ahead(file) {
        Connection::open_with_flags(unchanging(file), flags | OpenFlags::SQLITE_OPEN_URI)
    } else {
        Connection::open_with_flags(file, flags)
    };
    let connection = connection.map_err(unusable)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(unusable)?;
    Ok(connection)
}

/// Whether the file says that a write-ahead log is beside it, and there is none: nobody has it open, and `SQLite` would make one
/// to read it.
fn lacks_write_ahead(file: &Path) -> bool {
    !write_ahead_of(file).exists() && says_whole(file).is_ok_and(|whole| !whole)
}

/// The address by which `SQLite` reads a file that nobody changes, and makes none beside it.
fn unchanging(file: &Path) -> String {
    const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/');
    format!("file:{}?immutable=1", percent_encode(file.as_os_str().as_encoded_bytes(), IN_ADDRESS))
}

/// Whether `SQLite` left a journal by which it undoes what it had begun.
fn is_half_changed(file: &Path) -> bool {
    let mut journal = file.as_os_str().to_owned();
    journal.push("-journal");
    fs::metadata(PathBuf::from(journal)).is_ok_and(|found| found.len() > 0)
}

/// The log that `path` means: a data directory's, or the file itself, such as a backup.
pub(super) fn log_at(path: &Path) -> PathBuf {
    if path.is_file() { path.to_owned() } else { path.join(FILE_NAME) }
}

/// What a file holds that can be opened.
#[derive(PartialEq, Eq)]
pub(super) enum Contents {
    Nothing,
    Log,
}

pub(super) fn contents(connection: &Connection, file: &Path) -> Result<Contents, OpenError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let marks = number("application_id").and_then(|application| Ok((application, number("user_version")?)));
    match marks.map_err(|error| explain(file, &error))? {
        (APPLICATION_ID, FORMAT) => Ok(Contents::Log),
        (APPLICATION_ID, format)
            if !FORMATS.contains(&format) && is_ours(connection).map_err(|error| explain(file, &error))? =>
        {
            let advice = "'milepost salvage' writes what can be proven of it to a new file";
            Err(unusable_because(file, &format!("its head is damaged, and calls its tables those of format {format}; {advice}")))
        }
        (APPLICATION_ID, format) if format > FORMAT => Err(OpenError::Newer { file: file.to_owned(), format }),
        (0, 0) if is_empty(connection).map_err(|error| explain(file, &error))? => Ok(Contents::Nothing),
        _ => Err(OpenError::Foreign { file: file.to_owned() }),
    }
}

/// Whether the tables are those of this build.
fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    schema_differences(connection).map(|differences| differences.is_empty())
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        let reason = "this file system can't hold a write-ahead log; choose a local disk".to_owned();
        return Err(rusqlite::Error::InvalidParameterName(reason));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)
}

/// How much of the file the writer keeps in memory.
const CACHE_KIB: i32 = 16 * 1024;

/// Makes the tables of an empty log.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

/// Makes durable whatever can be read, before anything is acknowledged on the strength of it.
///
/// The directory too: the rollback journal that SQLite used to begin with is gone from it, and must stay so.
fn settle(connection: &Connection, file: &Path, opening: Opening) -> Result<(), OpenError> {
    sync_directories(file).map_err(|error| unusable_because(file, &error))?;
    match File::open(write_ahead_of(file)).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable_because(file, &error)),
        _ => {}
    }
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(|error| explain(file, &error))?;
    if busy && matches!(opening, Opening::Again(_)) {
        return Err(OpenError::LongRead { file: file.to_owned() });
    }
    Ok(())
}

/// The file's entry in its directory, and the directory's in its own, are data too.
fn sync_directories(file: &Path) -> io::Result<()> {
    file.ancestors().skip(1).take(2).try_for_each(sync_directory)
}

/// Makes what was created or renamed in `directory` durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    File::open(directory)?.sync_all()
}

fn explain(file: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => match said_beside(file) {
            Some(beside) => OpenError::Beheaded { file: file.to_owned(), beside },
            None => OpenError::Foreign { file: file.to_owned() },
        },
        Some(ErrorCode::DatabaseCorrupt) => {
            let advice = "'milepost salvage' writes what can be proven of it to a new file";
            unusable_because(file, &format!("{error}; {advice}"))
        }
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { file: file.to_owned() },
        _ => unusable_because(file, error),
    }
}

pub(super) fn unusable_because(file: &Path, reason: &impl ToString) -> OpenError {
    OpenError::Unusable { file: file.to_owned(), reason: reason.to_string() }
}

/// What the next event follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub position: i64,
    pub id: [u8; 16],
    /// Microseconds since 1970.
    pub recorded_at: i64,
    pub hash: Hash,
}

impl Tail {
    const EMPTY: Self = Self { position: 0, id: [0; 16], recorded_at: i64::MIN, hash: START };

    pub fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let last = "SELECT position, id, recorded_at, hash FROM event ORDER BY position DESC LIMIT 1";
        Ok(connection.query_row(last, [], Self::from_row).optional()?.unwrap_or(Self::EMPTY))
    }

    /// The log as it was when the event at `position` was its last; `None` where there is no such event.
    pub fn at(connection: &Connection, position: i64) -> rusqlite::Result<Option<Self>> {
        let event = "SELECT position, id, recorded_at, hash FROM event WHERE position = ?1";
        connection.query_row(event, [position], Self::from_row).optional()
    }

    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { position: row.get(0)?, id: row.get(1)?, recorded_at: row.get(2)?, hash: row.get(3)? })
    }
}

/// Which parts of the schema differ from what this build makes: a trigger that somebody dropped, for example.
pub(super) fn schema_differences(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(SCHEMA)?;
    let (ours, found) = (objects(&ours)?, objects(connection)?);
    let missing = ours.iter().filter(|object| !found.contains(object)).map(|(name, _)| format!("{name} is missing or altered"));
    let added = found.iter().filter(|(name, _)| ours.iter().all(|(known, _)| known != name));
    Ok(missing.chain(added.map(|(name, _)| format!("{name} is not of this format"))).collect())
}

fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut statement =
        connection.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
