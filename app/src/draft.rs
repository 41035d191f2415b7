//! A part of the record in the making: commands decided one after the other on what was drafted before, to be appended
//! at once.
//!
//! For what is brought in as a whole and in great numbers. Every command passes the same decision as if it were sent
//! alone; nothing waits for the store or for the projector in between.

use std::{collections::HashSet, sync::Arc};

use domain::{Command, decide};
use futures::{StreamExt, stream};
use projections::{Across, Entry, Picture, things::Thing};
use schema::{Fact, Header, NewEvent, Position, Recorded, ThingId};
use store::Expected;

use super::{
    App,
    record::{RecordError, references_known},
};

/// How many appends are under way at once, so that they share the store's syncs.
const APPENDS_IN_FLIGHT_MAX: usize = 256;

/// Acts that were decided and are not appended yet, and the picture as it will be with them.
pub struct Draft {
    picture: Picture,
    appends: Vec<Append>,
}

/// Events that go on one stream together.
struct Append {
    thing: ThingId,
    expected: Expected,
    events: Vec<NewEvent>,
}

impl Draft {
    /// A draft of what is to follow on `picture`.
    #[must_use]
    pub const fn on(picture: Picture) -> Self {
        Self { picture, appends: Vec::new() }
    }

    /// The picture as it will be.
    #[must_use]
    pub const fn picture(&self) -> &Picture {
        &self.picture
    }

    /// How many events were drafted.
    #[must_use]
    pub fn events(&self) -> usize {
        self.appends.iter().map(|append| append.events.len()).sum()
    }

    /// Decides `commands` on `thing`, one after the other. Those that the picture has seen already are passed over, so
    /// that a draft that was appended in part can be made and appended again.
    ///
    /// # Errors
    ///
    /// When a command does not fit what is on record with what was drafted. The draft is of no use then.
    pub fn record<S: Across>(&mut self, thing: ThingId, commands: Vec<Command<S::Fact>>) -> Result<(), RecordError> {
        let present = self.picture.revision(thing);
        let mut events = Vec::with_capacity(commands.len());
        for command in commands {
            events.extend(self.decide::<S>(thing, command)?);
        }
        if !events.is_empty() {
            self.appends.push(Append { thing, expected: Expected::after(present), events });
        }
        Ok(())
    }

    /// Decides `command`, and takes what it comes to into the picture.
    fn decide<S: Across>(&mut self, id: ThingId, command: Command<S::Fact>) -> Result<Option<NewEvent>, RecordError> {
        let known = self.picture.thing::<S>(id).cloned();
        let thing = known.unwrap_or_else(|| Arc::new(Thing::new(id)));
        if thing.acts().of_command(command.metadata.subject, command.metadata.command_id).is_some() {
            return Ok(None);
        }
        references_known(&self.picture, &command)?;
        let Some(act) = decide(&thing, &command, |thing| S::across(thing, &self.picture))?.act else { return Ok(None) };
        let event = command.event_id(id);
        let encoded = NewEvent::encode(event, &command.metadata, &act, thing.leaf());
        let encoded = encoded.map_err(|error| RecordError::Unavailable(error.to_string()))?;
        let revision = thing.revision().map_or(0, |revision| revision + 1);
        let header = Header::new(event, id, revision, Position::default(), command.now);
        let recorded = Recorded { header, metadata: command.metadata, content: S::Fact::content(act) };
        drop(thing);
        let leaf = encoded.leaf(&id, revision);
        self.picture = self.picture.with([Entry::drafted(recorded, leaf)]);
        Ok(Some(encoded))
    }
}

impl App {
    /// Appends what was drafted. Appends on one stream follow one another; those on different streams go side by side.
    /// Appending the same again has no effect.
    ///
    /// # Errors
    ///
    /// When the store can't be reached, or a stream has moved since the draft was made. What was appended until then
    /// stays.
    pub async fn append_draft(&self, draft: Draft) -> Result<(), RecordError> {
        for appends in apart(draft.appends) {
            let appending = appends.into_iter().map(|Append { thing, expected, events }| self.append(thing, expected, events));
            let mut outcomes = stream::iter(appending).buffered(APPENDS_IN_FLIGHT_MAX);
            while let Some(outcome) = outcomes.next().await {
                outcome?.map_err(|_| RecordError::RevisionConflict)?;
            }
        }
        Ok(())
    }
}

/// Runs of appends in which no stream comes twice.
fn apart(appends: Vec<Append>) -> Vec<Vec<Append>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    let mut streams = HashSet::new();
    for append in appends {
        if !streams.insert(append.thing) {
            runs.push(std::mem::take(&mut run));
            streams = HashSet::from([append.thing]);
        }
        run.push(append);
    }
    // The last append may stand for all: it goes when the others are there.
    let last = run.pop();
    runs.push(run);
    runs.extend(last.map(|last| vec![last]));
    runs
}
