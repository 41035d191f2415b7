//! What can be proven of a damaged log, into a new file.
//!
//! The hash chain proves an event together with all before it. What SQLite no longer shows may still be in the file or in
//! its write-ahead log: `SQLite` stops at the first frame whose checksum is wrong, though a later frame may hold the same
//! page, whole. So several readings of the files are tried, also with a new head where the file's own is damaged, and the one
//! with the longest proven beginning counts.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, params};
use tempfile::TempDir;

use super::{
    BackedUp,
    backup::{BackupError, write_beside},
    evidence,
    file::{self, OpenError},
    frames, reader,
    rewrite::write_first,
    soundness::{self, Link},
};

/// What was salvaged of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// What the new file holds: all that is proven from the first act on.
    pub written: BackedUp,
    /// What else was found, by its position: one sentence each. None of it is in the new file.
    pub rest: BTreeMap<u64, String>,
    /// How many acts there were at least, as the head file beside the log says.
    pub said: Option<u64>,
}

/// Writes what can be proven of the log at `path` into the new file `target`, and lists what else is found of it. The log is
/// not changed. Blocks.
///
/// # Errors
/// When nothing of a log is found, or the target exists or can't be written.
pub fn salvage(path: &Path, target: &Path) -> Result<Salvaged, BackupError> {
    let file = file::log_at(path);
    let room = TempDir::new_in(target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")));
    let room = room.map_err(|source| BackupError::Target { target: target.to_owned(), source })?;
    let readings = readings(&file, room.path());
    let proven = readings.iter().map(|log| (proven(log), log)).max_by_key(|(proven, _)| *proven);
    let Some((last, log)) = proven else {
        return Err(OpenError::Missing { file }.into());
    };
    let tail = write_beside(target, |partial| write_first(log, last, partial, target))?;
    // One that can't be read proves nothing, and stands in nobody's way here.
    let witness = evidence::of_head_file(file.parent().unwrap_or(path)).ok().flatten();
    let said = witness.filter(|_| path.is_dir()).map(|(head, _)| head.acts);
    Ok(Salvaged { written: BackedUp::of(&tail), rest: rest(&readings, last), said })
}

/// The log as it can be read: as SQLite shows it, and from its files with all frames, and with those that are sound.
fn readings(file: &Path, room: &Path) -> Vec<Connection> {
    let copied = |name: &str, only_sound: bool| {
        let copy: PathBuf = room.join(name);
        match frames::fold(file, &copy, only_sound) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::copy(file, &copy).ok()?),
            Err(_) => return None,
        }
        Some(copy)
    };
    let with_new_head = |copy: PathBuf| {
        frames::mend_head(&copy).ok()?;
        open(&copy)
    };
    // SQLite looks at a copy too: nothing may change beside the damaged log.
    let shown = || {
        let copy = room.join("shown");
        fs::copy(file, &copy).ok()?;
        let write_ahead = file::write_ahead_of(file);
        if write_ahead.exists() {
            fs::copy(write_ahead, file::write_ahead_of(&copy)).ok()?;
        }
        open(&copy)
    };
    let as_they_are = [copied("all", false), copied("sound", true)].map(|copy| open(&copy?));
    let mended = [copied("all with a new head", false), copied("sound with a new head", true)].map(|copy| with_new_head(copy?));
    // Of readings that prove as much, the last counts.
    [shown()].into_iter().chain(as_they_are).chain(mended).flatten().collect()
}

fn open(copy: &Path) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags).ok()?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).ok().map(|()| connection)
}

/// How far the chain holds from the first event on.
fn proven(log: &Connection) -> i64 {
    let mut link = Link::default();
    // Where it can't be read any more, what was read before is proven all the same.
    let _ = follow(log, &mut link);
    link.position
}

fn follow(log: &Connection, link: &mut Link) -> rusqlite::Result<()> {
    let mut events = log.prepare(reader::OF_LOG)?;
    let mut rows = events.query(params![0, i64::MAX])?;
    while let Some(row) = rows.next()? {
        let (columns, hash) = reader::columns(row)?;
        let mut next = *link;
        if next.follow(&columns, &hash).is_some() {
            return Ok(());
        }
        *link = next;
    }
    Ok(())
}

/// What the readings show behind position `last`.
fn rest(readings: &[Connection], last: i64) -> BTreeMap<u64, String> {
    let mut rest = BTreeMap::new();
    for log in readings {
        // What one reading can't give any more, another may.
        let _ = list(log, last, &mut rest);
    }
    rest
}

fn list(log: &Connection, last: i64, rest: &mut BTreeMap<u64, String>) -> rusqlite::Result<()> {
    let mut events = log.prepare(reader::OF_LOG)?;
    let mut rows = events.query(params![last, i64::MAX])?;
    let mut link = soundness::link_at(log, last)?;
    while let Some(row) = rows.next()? {
        let wrong = soundness::misfit(row, &mut link, None)?;
        let told = match reader::event(row) {
            Ok(event) => format!(
                "{} on {}, revision {}, recorded at {}",
                event.event_type,
                event.thing,
                event.revision,
                event.recorded_at.to_rfc3339()
            ),
            Err(error) => format!("an event that can't be told ({error})"),
        };
        let sentence = match wrong {
            None => format!("{told}: whole, and not proven, since an event before it is missing or damaged"),
            Some(wrong) => format!("{told}: {wrong}"),
        };
        rest.entry(link.position.cast_unsigned()).or_insert(sentence);
    }
    Ok(())
}
