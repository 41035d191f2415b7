//! When each act was recorded, worked out in the order of the log (DOMAIN.md §2, `recordedAt`), and what is said of the
//! record as a whole, which bears on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use schema::{
    AsideEvent, EventId, Position,
    record::{InstantsDisowned, RegimeAdopted, Saying},
};
use serde::{Deserialize, Serialize};

use crate::picture::Command;

/// The instants of a log, as far as it was read: all that one command recorded at one instant, and each command later than
/// the one before, so that what was known at an instant is always a beginning of the log.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Instants {
    last: Option<DateTime<Utc>>,
    /// The command that recorded the last event, and of which thing.
    last_command: Option<Command>,
}

impl Instants {
    /// As they were when the last event had been recorded at the instant `at` by a command, unless it is beside the things.
    pub const fn after(at: Option<DateTime<Utc>>, command: Option<Command>) -> Self {
        Self { last: at, last_command: command }
    }

    /// The last instant.
    pub const fn last(self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// When the next event was recorded, which the store stamped so.
    pub fn next(&mut self, stamped: DateTime<Utc>, command: Option<Command>) -> DateTime<Utc> {
        let is_of_last = command.is_some() && command == self.last_command;
        let at = match self.last {
            Some(last) if is_of_last => last,
            Some(last) => stamped.max(last + Duration::microseconds(1)),
            None => stamped,
        };
        *self = Self::after(Some(at), command);
        at
    }
}

/// An event, as far as instants are concerned.
pub(crate) struct Stamped<I> {
    pub id: EventId,
    pub position: Position,
    pub at: DateTime<Utc>,
    pub command: Option<Command>,
    /// The act; `None` for what is said of the record.
    pub act: Option<I>,
}

/// The instants of the events of a log, worked out from its start, and how they stand at its end. An act that is `disowned`
/// counts as recorded with the next that is not.
pub(crate) fn worked_out<I>(
    mut events: Vec<Stamped<I>>,
    disowned: impl Fn(EventId) -> bool,
) -> (Vec<(I, DateTime<Utc>)>, Instants) {
    events.sort_by_key(|event| event.position);
    let (mut instants, mut worked_out, mut waiting) = (Instants::default(), Vec::with_capacity(events.len()), Vec::new());
    for event in events {
        if disowned(event.id) {
            waiting.extend(event.act);
        } else {
            let at = instants.next(event.at, event.command);
            worked_out.extend(waiting.drain(..).chain(event.act).map(|act| (act, at)));
        }
    }
    (worked_out, instants)
}

/// What is said of the record as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OfRecord {
    /// The digest of each reading of a regime that is used, by the regime and the day on which its law was read.
    adopted: BTreeMap<String, BTreeMap<NaiveDate, String>>,
    /// The events whose instants are wrong.
    disowned: BTreeSet<EventId>,
    /// By which event, where and when it was said, which counts among the instants of the log.
    stamps: Vec<(EventId, Position, DateTime<Utc>)>,
}

impl OfRecord {
    /// The SHA-256 of the reading of `regime` that is of the day `version`, if that was adopted.
    #[must_use]
    pub fn reading(&self, regime: &str, version: NaiveDate) -> Option<&str> {
        self.adopted.get(regime)?.get(&version).map(String::as_str)
    }

    /// Whether it is on record that the instant of `event` is wrong: of an act, or of something said of the record.
    #[must_use]
    pub fn is_disowned(&self, event: EventId) -> bool {
        self.disowned.contains(&event)
    }

    /// Of how many events it is on record that their instants are wrong.
    #[must_use]
    pub fn disowned(&self) -> usize {
        self.disowned.len()
    }

    /// All that is said, if anything is.
    pub(crate) fn said(&self) -> Option<impl Serialize> {
        let is_said = !self.adopted.is_empty() || !self.disowned.is_empty();
        is_said.then_some((&self.adopted, &self.disowned))
    }

    /// By which event each thing was said, where that is in the log, and what the store's clock showed then.
    pub fn stamps(&self) -> impl Iterator<Item = (EventId, Position, DateTime<Utc>)> {
        self.stamps.iter().copied()
    }

    /// Takes in what `event` says; whether instants have to be worked out anew.
    pub(crate) fn take(&mut self, event: &AsideEvent) -> bool {
        self.stamps.push((event.id, event.position, event.recorded_at));
        match event.decode_saying() {
            Ok(Saying::Adopted(RegimeAdopted { regime, version, sha256 })) => {
                // The first that said it was held against whatever came later.
                let readings = self.adopted.entry(regime.as_str().to_owned()).or_default();
                readings.entry(version).or_insert_with(|| sha256.as_str().to_owned());
                false
            }
            Ok(Saying::Disowned(InstantsDisowned { acts, .. })) => {
                let before = self.disowned.len();
                self.disowned.extend(acts);
                self.disowned.len() > before
            }
            Err(_) => false,
        }
    }
}
