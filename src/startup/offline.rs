//! What is done to a log without serving it.

use std::{io, path::Path, time::SystemTime};

use access::{
    keys::{KeyError, SigningKey, VerifyingKey},
    receipt::{Receipt, ReceiptError},
};
use app::checkpoints::{self, Discarded};
use chrono::{DateTime, Utc};
use projections::{Entry, Picture};
use schema::{EventId, ThingId};
use store::{
    FoundHead, StoreError,
    embedded::{self, BackedUp, BackupError, OpenError, RestoreError, Salvaged, Verification},
};
use thiserror::Error;

use super::{claims, moving::stream_in_store};
use crate::settings::{Settings, ShorterLog};

/// Copies the log at `data`, a data directory or a file, to the new file `target`; see [`embedded::backup_against`].
///
/// # Errors
///
/// As there.
pub fn backup(data: &Path, target: &Path, accept_shorter: ShorterLog) -> Result<(BackedUp, Verification), BackupError> {
    embedded::backup_against(data, target, claims(data), accept_shorter != ShorterLog::Refused)
}

/// Makes the log of `data` of the backup at `backup`; see [`embedded::restore`].
///
/// # Errors
///
/// As there.
pub fn restore(backup: &Path, data: &Path, until: Option<DateTime<Utc>>) -> Result<BackedUp, RestoreError> {
    embedded::restore(backup, data, until, &[data.join(checkpoints::FILE_NAME)])
}

/// Writes what can be proven of the log at `data` into the new file `target`; see [`embedded::salvage`]. What only the
/// checkpoint knows is listed too.
///
/// # Errors
///
/// As there.
pub fn salvage(data: &Path, target: &Path) -> Result<Salvaged, BackupError> {
    let mut salvaged = embedded::salvage(data, target)?;
    if let Ok(Some(picture)) = checkpoints::read(&data.join(checkpoints::FILE_NAME)) {
        for header in picture.headers().filter(|header| header.position.0 > salvaged.written.acts) {
            let told = || {
                let at = header.recorded_at.to_rfc3339();
                format!("revision {} of {}, recorded at {at}: only the checkpoint knows it", header.revision, header.thing)
            };
            salvaged.rest.entry(header.position.0).or_insert_with(told);
        }
    }
    Ok(salvaged)
}

/// Reads the whole log at `data` and holds it against what stands beside it; see [`embedded::verify_against`].
///
/// # Errors
///
/// As there.
pub fn verify(data: &Path) -> Result<Verification, OpenError> {
    embedded::verify_against(data, claims(data))
}

/// Whether the log that `settings` name, in EventStoreDB or in a data directory or a file, holds what the receipt `text`
/// says; `keys` is the directory of the key that signed it. Blocks.
///
/// # Errors
///
/// When the receipt or the log can't be read, or the log does not hold it.
pub fn check_receipt(settings: &Settings, keys: &Path, text: &str) -> Result<Receipt, ReceiptFault> {
    // Also by a key that signs no more, however long ago that was.
    let receipt = opened(text, &SigningKey::ring(keys, SystemTime::UNIX_EPOCH)?.accepted)?;
    let stream = match settings.store_address() {
        None => embedded::stream_of(&settings.data, receipt.thing)?,
        Some(address) => stream_in_store(settings, address, receipt.thing)?,
    };
    for proof in receipt.acts.iter().chain([&receipt.head]) {
        let found = stream.iter().find(|event| event.revision == proof.revision);
        match found {
            None => return Err(ReceiptFault::Missing { id: proof.id, thing: receipt.thing }),
            Some(event) if event.id != proof.id || event.leaf() != proof.leaf => {
                return Err(ReceiptFault::Altered { id: proof.id, thing: receipt.thing });
            }
            Some(_) => {}
        }
    }
    Ok(receipt)
}

/// The receipt in `text`, if one of `keys` signed it.
fn opened(text: &str, keys: &[VerifyingKey]) -> Result<Receipt, ReceiptError> {
    let mut refused = ReceiptError::OtherKey;
    for key in keys {
        match Receipt::open(text, key) {
            Err(ReceiptError::OtherKey) => {}
            Err(error) => refused = error,
            opened => return opened,
        }
    }
    Err(refused)
}

/// Why a log does not bear a receipt out.
#[derive(Debug, Error)]
pub enum ReceiptFault {
    /// The key can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The receipt is none of that key's.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An act is not in the log.
    #[error("the log does not hold the act {id} on {thing}, for which a receipt was given")]
    Missing {
        /// The act.
        id: EventId,
        /// The thing.
        thing: ThingId,
    },
    /// An act is another one than was recorded.
    #[error("the act {id} on {thing} is not as it was recorded when its receipt was given")]
    Altered {
        /// The act.
        id: EventId,
        /// The thing.
        thing: ThingId,
    },
}

/// What the head file of the data directory `data` says.
///
/// # Errors
///
/// When it is there and can't be read.
pub fn head_file(data: &Path) -> io::Result<FoundHead> {
    store::read_head(data)
}

/// What became of the checkpoint in a data directory.
#[derive(Debug)]
pub enum CheckpointFound {
    /// There is none.
    None,
    /// It is of another build, and will be discarded.
    OtherBuild,
    /// It says of this many events what the log says.
    Fits(u64),
    /// It holds more events than the log.
    Beyond {
        /// How many events the checkpoint holds.
        checkpoint: u64,
        /// How many the log holds up to where the checkpoint ends.
        log: u64,
    },
    /// It does not fit the log, for this reason.
    Differs(String),
}

/// Folds the log at `data` anew and compares it with the checkpoint there. Blocks; a server may have the log open.
///
/// # Errors
///
/// When the log can't be read.
pub fn compare_checkpoint(data: &Path) -> Result<CheckpointFound, OpenError> {
    // A backup is a file of its own and has none.
    if !data.is_dir() {
        return Ok(CheckpointFound::None);
    }
    let kept = match checkpoints::read(&data.join(checkpoints::FILE_NAME)) {
        Ok(Some(kept)) => kept,
        Ok(None) => return Ok(CheckpointFound::None),
        Err(Discarded::Useless(projections::CheckpointError::OtherBuild)) => return Ok(CheckpointFound::OtherBuild),
        Err(reason) => return Ok(CheckpointFound::Differs(reason.to_string())),
    };
    let mut picture = Picture::default();
    let last = kept.position().unwrap_or_default();
    embedded::replay(data, last, |events| picture = picture.with(events.into_iter().map(Entry::from)))?;
    if picture.events() < kept.events() {
        return Ok(CheckpointFound::Beyond { checkpoint: kept.events(), log: picture.events() });
    }
    let same = kept.last_event() == picture.last_event() && kept.events() == picture.events() && kept.hash() == picture.hash();
    let differs = || CheckpointFound::Differs("it says something else than the log".to_owned());
    Ok(if same { CheckpointFound::Fits(picture.events()) } else { differs() })
}
