//! What is said of the record as a whole, in a stream of its own.

use chrono::NaiveDate;

use crate::{EventId, Line, Note, aside::said_aside, fact::payloads};

payloads! {
    /// Clocks are counted by this reading of a regime from now on, so that a file with other words can't pass for it.
    RegimeAdopted {
        /// The regime, by its id.
        regime: Line,
        /// Which reading of it: the day on which the law was read.
        version: NaiveDate,
        /// SHA-256 of the text that it was read from, in small hexadecimal digits.
        sha256: Line,
    }

    /// The instants that acts bear are wrong: the clock that gave them was. They count as known from the next right instant
    /// on.
    InstantsDisowned {
        /// The acts.
        acts: Vec<EventId>,
        /// Why.
        reason: Note,
    }
}

said_aside! {
    /// What is said of the record as a whole.
    Saying read by decode_saying: Adopted(RegimeAdopted), Disowned(InstantsDisowned),
}
