//! `milepost verify`

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{Failure, output};
use crate::{
    settings::Settings,
    startup::{self, CheckpointFound, ReceiptFault, Verification},
};

/// Say whether the log is whole.
///
/// Reads the whole log again, also while a server is running: finds damage, gaps, and events that were altered,
/// removed or put in between. Folds it anew and compares that with the checkpoint. Exits with 1 if it finds a fault.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost verify --data /var/lib/milepost
  milepost verify --data backup.db        a backup, which is a file of its own
  milepost verify --data backup.db --receipt receipt.txt --keys /var/lib/milepost")]
pub(super) struct Verify {
    /// Besides, whether the log holds what this receipt says, which the API gave for a command
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Where the key lies that signed the receipt [default: the data directory]
    #[arg(long, value_name = "DIR", requires = "receipt")]
    keys: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        refuse_remote(settings)?;
        let found = startup::verify(&settings.data)?;
        report(&found)?;
        self.check_receipt(settings)?;
        let checkpoint = if found.is_sound() { checkpoint(&settings.data)? } else { None };
        match checkpoint {
            _ if !found.is_sound() => Err(Failure::Fault(format!("the log in {} is not whole", settings.data.display()))),
            None if !found.is_whole() => {
                Err(Failure::Fault(format!("whether the log in {} is whole can't be known", settings.data.display())))
            }
            Some(fault) => Err(Failure::Fault(fault)),
            None => Ok(()),
        }
    }
}

impl Verify {
    fn check_receipt(&self, settings: &Settings) -> Result<(), Failure> {
        let Some(file) = &self.receipt else { return Ok(()) };
        let unread = |error| Failure::Refused(format!("the receipt {} can't be read: {error}", file.display()));
        let text = fs::read_to_string(file).map_err(unread)?;
        let keys = self.keys.as_ref().unwrap_or(&settings.data);
        let receipt = startup::check_receipt(&settings.data, keys, &text).map_err(|fault| match fault {
            ReceiptFault::Missing { .. } | ReceiptFault::Altered { .. } => Failure::Fault(fault.to_string()),
            _ => Failure::refused(&fault),
        })?;
        let (acts, thing) = (receipt.acts.len(), receipt.thing);
        output::say(&format!("the receipt holds: the log has its {acts} acts on {thing} as they were recorded"))
    }
}

/// Refuses to look into the data directory for a log that is elsewhere.
pub(super) fn refuse_remote(settings: &Settings) -> Result<(), Failure> {
    if settings.store.address().is_none() {
        return Ok(());
    }
    let sentence = "the log is in EventStoreDB, which verifies and backs up itself (docs/operations.md); \
                    set store to embedded for the log in the data directory";
    Err(Failure::refused(&sentence))
}

/// Says what was found.
pub(super) fn report(found: &Verification) -> Result<(), Failure> {
    for problem in &found.problems {
        output::say(&format!("fault: {problem}"))?;
    }
    let unlisted = found.problem_count.saturating_sub(found.problems.len() as u64);
    if unlisted > 0 {
        output::say(&format!("and {unlisted} more"))?;
    }
    let verdict = match &found.end_unknown {
        _ if !found.is_sound() => "the log is not whole",
        None => "the log is whole",
        Some(_) => "what is there of the log is sound",
    };
    let Verification { events, streams, head_hash, .. } = found;
    output::say(&format!("{verdict}: {events} events in {streams} streams, last hash {head_hash}"))?;
    match &found.end_unknown {
        None => Ok(()),
        Some(why) => output::say(&format!("whether acts are missing at its end can't be known: {why}")),
    }
}

/// Says what became of the checkpoint; what is wrong with it, if anything is.
fn checkpoint(data: &Path) -> Result<Option<String>, Failure> {
    match startup::compare_checkpoint(data)? {
        CheckpointFound::None => output::say("there is no checkpoint")?,
        CheckpointFound::OtherBuild => output::say("the checkpoint is of another build and will not be used")?,
        CheckpointFound::Fits(events) => output::say(&format!("the checkpoint of {events} events says what the log says"))?,
        CheckpointFound::Differs(reason) => {
            return Ok(Some(format!("the checkpoint is wrong ({reason}); remove it, the log is what counts")));
        }
        CheckpointFound::Beyond { checkpoint, log } => {
            return Ok(Some(format!(
                "the checkpoint holds {checkpoint} events and the log {log}: events are missing at the end of the log; \
                 restore it from a backup, and remove the checkpoint only if the log is meant to be the shorter one"
            )));
        }
    }
    Ok(None)
}
