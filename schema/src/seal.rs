//! Seals: how much a log held when somebody had read all of it, said in the log itself, so that what vanished whole is
//! missed on whatever store.

use chrono::{DateTime, Utc};

use crate::{Note, RunningHash, aside::said_aside, fact::payloads};

payloads! {
    /// Its recorder had read the whole log up to some act, and found it whole.
    LogSealed {
        /// How many acts there were up to there, seals among them.
        acts: u64,
        /// The hash that runs over their leaves.
        chain: RunningHash,
    }

    /// Acts are missing, and an operator goes on with what is left.
    LogAccepted {
        /// How many acts are known to be missing.
        missing: u64,
        /// They were recorded after this instant, as far as is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<DateTime<Utc>>,
        /// They were recorded before this instant, as far as is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<DateTime<Utc>>,
        /// What was found to be wrong.
        reason: Note,
        /// How many acts are left.
        acts: u64,
        /// The hash that runs over their leaves.
        chain: RunningHash,
    }
}

said_aside! {
    /// What is said in the log of how much it holds.
    Seal read by decode_seal: Sealed(LogSealed), Accepted(LogAccepted),
}
