//! What somebody wants recorded about one thing.

use chrono::{DateTime, Utc};
use schema::{Act, EventId, Line, Metadata, Note, ThingId};

/// What to do with a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent<F> {
    /// State it.
    State(F),
    /// Put another in its place, of the same type.
    Correct {
        /// The fact, by its id or that of the version that counts.
        fact: EventId,
        /// Why.
        reason: Note,
        /// As it should have read.
        to: F,
        /// The members of `to` that are given, by their names in the payload; what is not given stays as it is. `None` gives all.
        members: Option<Vec<Line>>,
    },
    /// Take back an act that should never have been recorded: a fact, a correction, or a retraction.
    Retract {
        /// The act.
        act: EventId,
        /// Why.
        reason: Note,
    },
    /// Confirm it as the counterparty.
    Confirm {
        /// The fact.
        fact: EventId,
    },
    /// Say that it is not right, as somebody whom it concerns.
    Dispute {
        /// The fact.
        fact: EventId,
        /// Why.
        reason: Note,
    },
    /// Add the documents in the metadata.
    AttachEvidence {
        /// The fact.
        fact: EventId,
    },
    /// Record what an older edition of a register did in its turn. It counts only for whoever asks what had been published
    /// by then, so that there is nothing to decide; only an import comes to it.
    Earlier(Act<F>),
}

impl<F> Intent<F> {
    /// The fact to be stated, if one is.
    pub const fn new_fact(&self) -> Option<&F> {
        match self {
            Self::State(fact) | Self::Correct { to: fact, .. } => Some(fact),
            Self::Earlier(act) => act.fact(),
            Self::Retract { .. } | Self::Confirm { .. } | Self::Dispute { .. } | Self::AttachEvidence { .. } => None,
        }
    }

    /// The earlier act that it is about, if it is about one.
    pub const fn about(&self) -> Option<EventId> {
        match self {
            Self::State(_) => None,
            Self::Earlier(act) => act.about(),
            Self::Correct { fact: act, .. }
            | Self::Retract { act, .. }
            | Self::Confirm { fact: act }
            | Self::Dispute { fact: act, .. }
            | Self::AttachEvidence { fact: act } => Some(*act),
        }
    }
}

/// A command on one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Command<F> {
    /// What to do.
    pub intent: Intent<F>,
    /// Who, when, from what source, on what evidence.
    pub metadata: Metadata,
    /// Whether the sender may override rules that can be overridden, by giving a reason in the metadata.
    pub may_override: bool,
    /// The instant of the question. The date arrives with the command: nothing here reads a clock.
    pub now: DateTime<Utc>,
    /// Its place among the acts that share its command id, from 0.
    pub index: usize,
}

impl<F> Command<F> {
    /// The id of the event that it records on `thing`: a retry gives the same.
    #[must_use]
    pub fn event_id(&self, thing: ThingId) -> EventId {
        EventId::derive(self.metadata.subject, thing, self.metadata.command_id, self.index)
    }
}
