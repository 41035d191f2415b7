//! A log gone through act by act, without drawing a picture of it: whether it is whole.

use std::collections::HashMap;

use schema::{AnyEvent, AsideEvent, Leaf, Notice, ThingId, Told};

use crate::{
    Wholeness,
    wholeness::{Known, Loss, misfit},
};

/// The most holes that are told one by one.
const HOLES_TOLD_MAX: usize = 20;

/// What was found on the way through a log.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    wholeness: Wholeness,
    streams: HashMap<ThingId, (u64, Option<Leaf>)>,
    holes: Vec<String>,
    hole_count: u64,
}

impl Walk {
    /// A walk through a log of which something is `known`.
    #[must_use]
    pub fn expecting(known: Option<Known>) -> Self {
        let mut walk = Self::default();
        if let Some(known) = known {
            walk.wholeness.expect(known);
        }
        walk
    }

    /// Takes in the next event of the log.
    pub fn take(&mut self, event: &AnyEvent) {
        let event = match event {
            AnyEvent::OfThing(event) => event,
            AnyEvent::Aside(event) => return self.take_aside(event),
        };
        let (leaf, thing, revision) = (event.leaf(), event.thing, event.revision);
        match event.decode_linked() {
            Ok((_, previous)) => {
                if let Some(reason) = misfit(self.streams.get(&thing).copied(), revision, previous) {
                    self.hole(format!("revision {revision} of {thing}: {reason}"));
                }
            }
            Err(error) => self.hole(format!("revision {revision} of {thing}: {error}")),
        }
        self.streams.insert(thing, (revision, Some(leaf)));
        self.wholeness.count_act(&leaf, Some(event.recorded_at));
    }

    fn take_aside(&mut self, event: &AsideEvent) {
        let accepted = self.wholeness.accepted();
        self.wholeness.take(event);
        if self.wholeness.accepted() != accepted {
            // What was found up to here was accepted.
            self.holes.clear();
            self.hole_count = 0;
        }
    }

    /// Takes in what the store tells of a stream.
    pub fn hear(&mut self, notice: &Notice) {
        self.wholeness.hear(notice);
        if notice.told == Told::Deleted && notice.stream.parse::<ThingId>().is_ok() {
            self.hole(format!("{}: somebody has deleted its stream in the store for good", notice.stream));
        }
    }

    fn hole(&mut self, sentence: String) {
        self.hole_count += 1;
        if self.holes.len() < HOLES_TOLD_MAX {
            self.holes.push(sentence);
        }
    }

    /// The log has been gone through to its end.
    pub fn end(&mut self) {
        self.wholeness.at_end();
        if self.wholeness.disowned().is_some() {
            self.wholeness.lose(Loss::not_as_accepted());
        }
    }

    /// What the log tells of its being whole.
    #[must_use]
    pub const fn wholeness(&self) -> &Wholeness {
        &self.wholeness
    }

    /// How many streams of things there are.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// How many places there are in the streams of things at which something is wrong.
    #[must_use]
    pub const fn hole_count(&self) -> u64 {
        self.hole_count
    }

    /// The first of these places, each as a sentence.
    #[must_use]
    pub fn holes(&self) -> &[String] {
        &self.holes
    }
}
