//! Whether the log can be written to, found out without recording anything.
//!
//! A probe goes the way of every append, so that it meets the same connection, and after a failure the same recovery. It
//! is an append of no events, which nobody else can ask for.

use rusqlite::Connection;
use schema::{Kind, StreamId, ThingId};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::writer::{Append, Outcome, Request};
use crate::Expected;

/// The request whose answer comes after a commit that changed nothing.
pub(super) fn request(reply: oneshot::Sender<Outcome>) -> Request {
    let nothing = StreamId::Thing(ThingId::new(Kind::Organisation, Uuid::nil()));
    Request::Append(Append { stream: nothing, expected: Expected::NoStream, events: Vec::new(), reply })
}

/// Whether `request` is a probe.
pub(super) const fn is_probe(request: &Append) -> bool {
    request.events.is_empty()
}

/// Has the next commit of `log` write a page and sync it, which then holds what it held before.
///
/// SQLite writes the page with the file's format whenever the format is set, also to what it is.
pub(super) fn rewrite_format(log: &Connection) -> rusqlite::Result<()> {
    let format: i32 = log.pragma_query_value(None, "user_version", |row| row.get(0))?;
    log.pragma_update(None, "user_version", format)
}
