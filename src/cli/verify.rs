//! `milepost verify`

use std::path::Path;

use clap::Args;

use super::{Failure, output};
use crate::{
    settings::Settings,
    startup::{self, CheckpointFound, Verification},
};

/// Say whether the log is whole.
///
/// Reads the whole log again, also while a server is running: finds damage, gaps, and events that were altered,
/// removed or put in between. Folds it anew and compares that with the checkpoint. Exits with 1 if it finds a fault.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost verify --data /var/lib/milepost
  milepost verify --data backup.db        a backup, which is a file of its own")]
pub(super) struct Verify {}

impl Verify {
    #[expect(clippy::unused_self, reason = "its flag is among the settings")]
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        refuse_remote(settings)?;
        let found = startup::verify(&settings.data)?;
        report(&found)?;
        let checkpoint = if found.is_whole() { checkpoint(&settings.data)? } else { None };
        match checkpoint {
            _ if !found.is_whole() => Err(Failure::Fault(format!("the log in {} is not whole", settings.data.display()))),
            Some(fault) => Err(Failure::Fault(fault)),
            None => Ok(()),
        }
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
    let verdict = if found.is_whole() { "whole" } else { "not whole" };
    let Verification { events, streams, head_hash, .. } = found;
    output::say(&format!("the log is {verdict}: {events} events in {streams} streams, last hash {head_hash}"))
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
