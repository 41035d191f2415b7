//! Reading the whole log again, to say whether it is whole.

use std::{collections::HashMap, fs, path::Path};

use rusqlite::{Connection, Row};
use schema::{AnyEvent, Leaf, Position, StoredEvent, StreamId};

use super::{
    chain::Columns,
    evidence::{self, COPIED_WITHOUT_ITS_END, Claim, End, Loss},
    file::{self, FILE_NAME, OpenError},
    reader,
    soundness::Link,
};
use crate::{
    head::{self, Head},
    hexadecimal,
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
    /// Why it can't be known whether acts are missing at the end, where it can't.
    pub end_unknown: Option<String>,
}

impl Verification {
    /// Whether nothing is wrong with what is there.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.problem_count == 0
    }

    /// Whether nothing is wrong with what is there, and nothing is missing at the end.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_sound() && self.end_unknown.is_none()
    }
}

/// Reads the whole log at `path`, a data directory or a backup, also while a server has it open.
///
/// It finds damage to the file, gaps in positions and revisions, ids used twice, events that this
/// build can't read, and, by the hash chain, events that were altered, removed or put in between, even if somebody
/// dropped the triggers first. That the last events were cut off is told by the head file, by a file that says that it was
/// closed well, or else by a hash noted before.
///
/// # Errors
/// When there is no log, or it is not ours.
pub fn verify(path: &Path) -> Result<Verification, OpenError> {
    verify_against(path, Vec::new())
}

/// As [`verify`], and held against `claims`: what stands beside the log, but for the head file, and says what it holds.
///
/// # Errors
/// When there is no log, or it is not ours.
pub fn verify_against(path: &Path, claims: Vec<Claim>) -> Result<Verification, OpenError> {
    let file = file::log_at(path);
    let beside = Beside::of(&file, claims)?;
    if fs::metadata(&file).map_or(0, |found| found.len()) == 0 {
        // What says that there were acts says more than that there is no log.
        evidence::check(path, &beside.claims)?;
    }
    let connection = file::open_to_read(&file)?;
    let mut check = Check::default();
    if let Err(error) = check.all(&connection) {
        check.problem(format!("after position {} the log can't be read: {error}", check.link.position));
    }
    check.end(&file, &beside)?;
    Ok(check.finish())
}

/// What is said after a power loss.
const WENT_DOWN: &str = "the machine went down while the log was open, so that acts that were acknowledged in the last second \
                         before are proven by nothing but the log itself";

/// What stands beside the log and says what it holds.
struct Beside {
    head: Option<Head>,
    /// As it was before anything looked.
    end: End,
    claims: Vec<Claim>,
}

impl Beside {
    /// Only the log of a data directory, under its own name, has anything beside it.
    fn of(file: &Path, mut claims: Vec<Claim>) -> Result<Self, OpenError> {
        let is_of_directory = file.file_name().is_some_and(|name| name == FILE_NAME);
        let directory = file.parent().filter(|_| is_of_directory);
        let found = directory.map(evidence::of_head_file).transpose()?.flatten();
        let (head, claim) = found.unzip();
        claims.extend(claim);
        let end = End::of(file).map_err(|error| file::unusable_because(file, &error))?;
        Ok(Self { head, end, claims })
    }
}

#[derive(Default)]
struct Check {
    events: u64,
    /// The event before, with what follows.
    link: Link,
    /// The last revision of each stream.
    revisions: HashMap<String, i64>,
    /// The leaf of the last event of each stream.
    leaves: HashMap<String, Leaf>,
    problem_count: u64,
    problems: Vec<String>,
    end_unknown: Option<String>,
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
        let (columns, hash) = reader::columns(row)?;
        let position = columns.position;
        if let Some(broken) = self.link.follow(&columns, &hash) {
            self.problem(broken);
        }
        self.revision(&columns);
        match reader::event(row) {
            Ok(event) => self.content(event),
            Err(error) => self.problem(format!("the event at position {position}: {error}")),
        }
        self.events += 1;
        Ok(())
    }

    /// Whether the event can be read, and follows in its stream on the one that it was recorded after.
    fn content(&mut self, event: StoredEvent<StreamId>) {
        let position = event.position.0;
        let before = self.leaves.insert(event.thing.to_string(), event.leaf());
        let previous = match AnyEvent::from(event) {
            AnyEvent::OfThing(event) => event.decode_linked().map(|(_, previous)| previous),
            AnyEvent::Aside(event) => Ok(event.previous()),
        };
        match previous {
            Ok(previous) if previous.is_some() && previous != before => {
                self.problem(format!("the event at position {position} was recorded after another one in its stream"));
            }
            Ok(_) => {}
            Err(error) => self.problem(format!("the event at position {position}: {error}")),
        }
    }

    /// What is known of the end of the log at `file`.
    fn end(&mut self, file: &Path, beside: &Beside) -> Result<(), OpenError> {
        if let Some(directory) = file.parent() {
            for claim in &beside.claims {
                match evidence::check(directory, std::slice::from_ref(claim)) {
                    Err(OpenError::Lost(loss)) => self.problem(loss.to_string()),
                    checked => checked?,
                }
            }
        }
        if let Some(byte) = beside.end.damaged_at {
            let directory = file.parent().unwrap_or(file).to_owned();
            self.problem(Loss::WriteAheadDamaged { directory, byte }.to_string());
        }
        if file::says_unwritable(file) {
            self.problem("the head of the file is damaged: it says that nothing can be written to it".to_owned());
        }
        self.end_unknown = match &beside.head {
            Some(head) if !head.closed && head::is_of_an_earlier_run(head) => Some(WENT_DOWN.to_owned()),
            None if beside.end.is_unknown => Some(COPIED_WITHOUT_ITS_END.to_owned()),
            _ => None,
        };
        Ok(())
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
            head: (self.link.position > 0).then_some(Position(self.link.position.cast_unsigned())),
            head_hash: hexadecimal(&self.link.hash),
            problem_count: self.problem_count,
            problems: self.problems,
            end_unknown: self.end_unknown,
        }
    }
}
