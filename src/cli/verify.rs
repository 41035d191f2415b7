//! `milepost verify`

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::SecondsFormat;
use clap::Args;

use super::{Failure, output};
use crate::{
    settings::{Settings, StoreAddress},
    startup::{self, CheckpointFound, FoundHead, ReceiptFault, Verification},
};

/// Say whether the log is whole.
///
/// Reads the whole log again, also while a server is running: finds damage, gaps, and events that were altered,
/// removed or put in between. Folds it anew and compares that with the checkpoint. A log in EventStoreDB is gone through
/// and held against its seals and the head file. Exits with 1 if it finds a fault.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost verify --data /var/lib/milepost
  milepost verify --data backup.db        a backup, which is a file of its own
  milepost verify --store 'esdb://db:2113?tls=true'
  milepost verify --data backup.db --receipt receipt.txt --keys /var/lib/milepost")]
pub(super) struct Verify {
    /// The address of EventStoreDB, whose log under the `store_prefix` is gone through
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// Besides, whether the log holds what this receipt says, which the API gave for a command
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Where the key lies that signed the receipt [default: the data directory]
    #[arg(long, value_name = "DIR", requires = "receipt")]
    keys: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        if let Some(address) = settings.store_address() {
            walk(settings, address)?;
            return self.check_receipt(settings);
        }
        let found = startup::verify(&settings.data)?;
        report(&found)?;
        self.check_receipt(settings)?;
        let (head_file, checkpoint) =
            if found.is_sound() { (head_file(&settings.data)?, checkpoint(&settings.data)?) } else { (None, None) };
        match checkpoint {
            _ if !found.is_sound() => Err(Failure::Fault(format!("the log in {} is not whole", settings.data.display()))),
            None if !found.is_whole() => {
                Err(Failure::Fault(format!("whether the log in {} is whole can't be known", settings.data.display())))
            }
            Some(fault) => Err(Failure::Fault(fault)),
            None => head_file.map_or(Ok(()), |fault| Err(Failure::Fault(fault))),
        }
    }
}

impl Verify {
    fn check_receipt(&self, settings: &Settings) -> Result<(), Failure> {
        let Some(file) = &self.receipt else { return Ok(()) };
        let unread = |error| Failure::Refused(format!("the receipt {} can't be read: {error}", file.display()));
        let text = fs::read_to_string(file).map_err(unread)?;
        let Some(keys) = self.keys.as_ref().or(Some(&settings.data).filter(|data| !data.is_file())) else {
            let refusal = "the key that signed the receipt is not in a log's file; name its data directory: --keys DIR";
            return Err(Failure::Refused(refusal.to_owned()));
        };
        let receipt = startup::check_receipt(settings, keys, &text).map_err(|fault| match fault {
            ReceiptFault::Missing { .. } | ReceiptFault::Altered { .. } => Failure::Fault(fault.to_string()),
            _ => Failure::refused(&fault),
        })?;
        let (acts, thing) = (receipt.acts.len(), receipt.thing);
        output::say(&format!("the receipt holds: the log has its {acts} acts on {thing} as they were recorded"))
    }
}

/// Goes through the log in EventStoreDB and says what was found.
fn walk(settings: &Settings, address: StoreAddress<'_>) -> Result<(), Failure> {
    let walk = startup::walk_store(settings, address)?;
    let whole = walk.wholeness();
    for hole in walk.holes() {
        output::say(&format!("fault: {hole}"))?;
    }
    let unlisted = walk.hole_count().saturating_sub(walk.holes().len() as u64);
    if unlisted > 0 {
        output::say(&format!("and {unlisted} more"))?;
    }
    if let Some(loss) = whole.loss() {
        output::say(&format!("fault: {}", loss.reason))?;
    }
    for stream in whole.limited() {
        output::say(&format!(
            "the store is told to throw acts of the stream {stream} away: take $tb, $maxAge and $maxCount out of its metadata"
        ))?;
    }
    if whole.foreign() > 0 {
        output::say(&format!(
            "{} events lie among the streams and can't be of the record; they are passed over",
            whole.foreign()
        ))?;
    }
    let standing = whole.standing();
    let sealed = whole.sealed().map_or_else(
        || "no seal says so: what is missing at its end can't be known".to_owned(),
        |(acts, at)| {
            format!("the last seal that fits is of {acts} acts, set at {}", at.to_rfc3339_opts(SecondsFormat::Secs, true))
        },
    );
    let streams = walk.streams();
    if whole.loss().is_some() || walk.hole_count() > 0 {
        output::say(&format!("the log is not whole: it stands at {standing}, in {streams} streams; {sealed}"))?;
        return Err(Failure::Fault(format!("the log under the prefix '{}' is not whole", settings.store_prefix)));
    }
    output::say(&format!("the log is whole: it stands at {standing}, in {streams} streams; {sealed}"))
}

/// Refuses to look into the data directory for a log that is elsewhere.
pub(super) fn refuse_remote(settings: &Settings) -> Result<(), Failure> {
    if settings.store_address().is_none() {
        return Ok(());
    }
    let sentence = "the log is in EventStoreDB, which backs up itself (docs/operations.md); \
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

/// Says what the head file proves; what is wrong with it, if anything is.
fn head_file(data: &Path) -> Result<Option<String>, Failure> {
    // A backup is a file of its own and has none.
    if !data.is_dir() {
        return Ok(None);
    }
    match startup::head_file(data).map_err(|error| Failure::refused(&format!("the head file can't be read: {error}")))? {
        FoundHead::Head(head) => output::say(&format!("the head file speaks of {} acts, and the log has them", head.acts))?,
        FoundHead::Nothing => output::say("no head file says how far the log went; a start writes one")?,
        FoundHead::Damaged => {
            let fault = "the head file is damaged, so that nothing says how far the log went; a start writes it anew";
            return Ok(Some(fault.to_owned()));
        }
    }
    Ok(None)
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
