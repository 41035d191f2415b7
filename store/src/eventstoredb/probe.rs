//! Whether the log can be written to, found out by appending once more what is there already.

use std::sync::{Mutex, PoisonError};

use schema::{NewEvent, ThingId};

use super::{Shared, append::Appender, read};
use crate::{Expected, StoreError};

type Append = (ThingId, Expected, Vec<NewEvent>);

/// The last append that was acknowledged to this process.
#[derive(Default)]
pub(super) struct LastAct(Mutex<Option<Append>>);

impl LastAct {
    /// Takes note of an append that was acknowledged.
    pub fn note(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((thing, expected, events));
    }

    fn get(&self) -> Option<Append> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Appends the last act again, which changes nothing; where none is known, asks the leader how long the log is.
///
/// # Errors
///
/// When the server does not take it.
pub(super) async fn probe(shared: &Shared, appender: &Appender, last: &LastAct) -> Result<(), StoreError> {
    let Some((thing, expected, events)) = last.get() else {
        return read::head(shared).await.map(drop);
    };
    let appended = appender.append(&thing, expected, &events).await;
    appended.map(drop).map_err(|error| StoreError(error.to_string()))
}
