//! Reading the whole log again, to say whether it is whole.

use std::{collections::HashMap, path::Path};

use rusqlite::{Connection, Row};
use schema::Position;

use super::{
    chain::{Columns, Hash, START},
    file::{self, OpenError},
    reader,
};

/// The most problems that are listed; all are counted.
const LISTED_MAX: usize = 100;

/// What reading the whole log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many events there are.
    pub events: u64,
    /// How many streams they are in.
    pub streams: u64,
    /// The position of the last event; `None` when the log is empty.
    pub head: Option<Position>,
    /// The hash of the last event, 64 hexadecimal digits. It stands for the whole log: who noted it can tell later
    /// that nothing up to there was lost or altered.
    pub head_hash: String,
    /// How many problems there are.
    pub problem_count: u64,
    /// The first of them, in words.
    pub problems: Vec<String>,
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.problem_count == 0
    }
}

/// Reads the whole log at `path`, a data directory or a backup, also while a server has it open.
///
/// It finds damage to the file, gaps in positions and revisions, instants that fall, ids used twice, events that this
/// build can't read, and, by the hash chain, events that were altered, removed or put in between, even if somebody
/// dropped the triggers first. That the last events were cut off can only be told from a hash noted before.
///
/// # Errors
/// When there is no log, or it is not ours.
pub fn verify(path: &Path) -> Result<Verification, OpenError> {
    let file = file::log_at(path);
    let connection = file::open_to_read(&file)?;
    let mut check = Check { hash: START, ..Check::default() };
    if let Err(error) = check.all(&connection) {
        check.problem(format!("after position {} the log can't be read: {error}", check.position));
    }
    Ok(check.finish())
}

#[derive(Default)]
struct Check {
    events: u64,
    /// Of the event before, with the two that follow.
    position: i64,
    hash: Hash,
    recorded_at: Option<i64>,
    /// The last revision of each stream.
    revisions: HashMap<String, i64>,
    problem_count: u64,
    problems: Vec<String>,
}

impl Check {
    fn problem(&mut self, problem: String) {
        self.problem_count += 1;
        if self.problems.len() < LISTED_MAX {
            self.problems.push(problem);
        }
    }

    fn all(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        // One transaction, so that all of it is looked at as of one moment.
        let log = connection.unchecked_transaction()?;
        for difference in file::schema_differences(&log)? {
            self.problem(difference);
        }
        self.all_events(&log)?;
        self.ids(&log)?;
        self.pages(&log)
    }

    /// SQLite's own check of its file.
    fn pages(&mut self, log: &Connection) -> rusqlite::Result<()> {
        let mut statement = log.prepare("PRAGMA integrity_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let found: String = row.get(0)?;
            if found != "ok" {
                self.problem(found);
            }
        }
        Ok(())
    }

    fn ids(&mut self, log: &Connection) -> rusqlite::Result<()> {
        let mut statement = log.prepare("SELECT hex(id), count(*) FROM event NOT INDEXED GROUP BY id HAVING count(*) > 1")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, times): (String, i64) = (row.get(0)?, row.get(1)?);
            self.problem(format!("the id {id} is used {times} times"));
        }
        Ok(())
    }

    fn all_events(&mut self, log: &Connection) -> rusqlite::Result<()> {
        let select = "SELECT position, id, stream, revision, recorded_at, type, version, metadata, data, hash
            FROM event NOT INDEXED ORDER BY position";
        let mut statement = log.prepare(select)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.event(row)?;
        }
        Ok(())
    }

    fn event(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let columns = columns(row)?;
        let hash: Hash = row.get(9)?;
        let position = columns.position;
        if position != self.position + 1 {
            self.problem(format!("position {} is followed by {position}", self.position));
        }
        if columns.hash(&self.hash) != hash {
            self.problem(format!("the event at position {position}, or one before it, is not as it was recorded"));
        }
        self.instant(position, columns.recorded_at);
        self.revision(&columns);
        match reader::event(row).map_err(|error| error.to_string()).map(|event| event.decode()) {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => self.problem(format!("the event at position {position}: {error}")),
            Err(error) => self.problem(format!("the event at position {position}: {error}")),
        }
        // Going on from the hash that is stored, one altered event is one problem and not one at every event after it.
        (self.position, self.hash) = (position, hash);
        self.events += 1;
        Ok(())
    }

    fn instant(&mut self, position: i64, recorded_at: i64) {
        if self.recorded_at.is_some_and(|before| recorded_at < before) {
            self.problem(format!("the event at position {position} was recorded before the one in front of it"));
        }
        self.recorded_at = Some(recorded_at);
    }

    fn revision(&mut self, columns: &Columns<'_>) {
        let (position, stream, revision) = (columns.position, columns.stream, columns.revision);
        let before = match self.revisions.get_mut(stream) {
            Some(last) => std::mem::replace(last, revision),
            None => self.revisions.insert(stream.to_owned(), revision).unwrap_or(-1),
        };
        if revision != before + 1 {
            self.problem(format!("the event at position {position} has revision {revision}, after {before}, in {stream}"));
        }
    }

    fn finish(self) -> Verification {
        Verification {
            events: self.events,
            streams: self.revisions.len() as u64,
            head: (self.position > 0).then_some(Position(self.position.cast_unsigned())),
            head_hash: hexadecimal(&self.hash),
            problem_count: self.problem_count,
            problems: self.problems,
        }
    }
}

fn columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<Columns<'a>> {
    Ok(Columns {
        position: row.get(0)?,
        id: row.get_ref(1)?.as_blob()?,
        stream: row.get_ref(2)?.as_str()?,
        revision: row.get(3)?,
        recorded_at: row.get(4)?,
        event_type: row.get_ref(5)?.as_str()?,
        version: row.get(6)?,
        metadata: row.get_ref(7)?.as_blob()?,
        data: row.get_ref(8)?.as_blob()?,
    })
}

/// 64 digits.
pub(super) fn hexadecimal(hash: &Hash) -> String {
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
