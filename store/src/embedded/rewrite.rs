//! A new file with the first events of a log: what restoring and salvaging write.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{
    backup::BackupError,
    file::{self, Tail},
    reader,
};

/// Writes the events of `log` up to position `last` into the new file at `partial`, which is to become `target`. Each has
/// the hash that it has in `log`, so that the new file is a log of its own with the same chain.
pub(super) fn write_first(log: &Connection, last: i64, partial: &Path, target: &Path) -> Result<Tail, BackupError> {
    let failed = |error: rusqlite::Error| BackupError::Copy { target: target.to_owned(), reason: error.to_string() };
    let mut copy = Connection::open(partial).map_err(failed)?;
    file::create(&mut copy).map_err(failed)?;
    insert_first(log, last, &mut copy).map_err(failed)?;
    Tail::of(&copy).map_err(failed)
}

fn insert_first(log: &Connection, last: i64, copy: &mut Connection) -> rusqlite::Result<()> {
    let transaction = copy.transaction()?;
    {
        let mut events = log.prepare(reader::OF_LOG)?;
        let mut rows = events.query(params![0, last])?;
        let mut insert = transaction.prepare("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
        while let Some(row) = rows.next()? {
            let (event, hash) = reader::columns(row)?;
            insert.execute(params![
                event.position,
                event.id,
                event.stream,
                event.revision,
                event.recorded_at,
                event.event_type,
                event.version,
                event.metadata,
                event.data,
                hash
            ])?;
            // What lies behind it may be damaged, and need not be read.
            if event.position >= last {
                break;
            }
        }
    }
    transaction.commit()
}
