//! `milepost copy`

use clap::Args;

use super::{Acceptance, Failure, output};
use crate::{
    settings::{Settings, check_prefix},
    startup::{self, Place},
};

/// How often progress is told of, in events.
const TOLD_EVERY: u64 = 10_000;

/// Take a log from one store to another.
///
/// Copies every event from a data directory to EventStoreDB, or back, with its id, order, date and metadata. Stop the
/// service first. A copy that was cut short goes on when it is called again. At the end both logs are read side by side.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost copy --from /var/lib/milepost --to 'esdb://admin:password@db:2113?tls=true'
  milepost copy --from 'esdb://localhost:2113?tls=false' --to /var/lib/milepost-copy --prefix milepost")]
pub(super) struct Copy {
    /// A data directory, or the address of EventStoreDB
    #[arg(long, value_name = "STORE")]
    from: String,
    /// A data directory, or the address of EventStoreDB
    #[arg(long, value_name = "STORE")]
    to: String,
    #[command(flatten)]
    pub acceptance: Acceptance,
    /// The prefix of the streams in EventStoreDB [default: milepost]
    #[arg(long, value_name = "WORD")]
    prefix: Option<String>,
}

impl Copy {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let prefix = self.prefix.clone().unwrap_or_else(|| settings.store_prefix.clone());
        check_prefix(&prefix).map_err(|error| Failure::Refused(error.to_string()))?;
        let (from, to) = (Place::parse(&self.from, &prefix), Place::parse(&self.to, &prefix));
        if from == to {
            return Err(Failure::Refused("a log can't be copied to where it is; choose another --to".to_owned()));
        }
        let tell = |events: u64| {
            if events.is_multiple_of(TOLD_EVERY) {
                output::note(&format!("{events} events"));
            }
        };
        let copied = startup::copy(&from, &to, settings.accept_shorter_log, tell)?;
        if copied.events == 0 {
            let place = if self.from.contains("://") { format!(" under the prefix '{prefix}'") } else { String::new() };
            return Err(Failure::Refused(format!("there is nothing in the source{place} to copy; correct --from or --prefix")));
        }
        let hash: String = copied.picture.iter().map(|byte| format!("{byte:02x}")).collect();
        let new = copied.events - copied.there_before;
        output::say(&format!(
            "{} events are in both logs, {new} of them copied now; the picture of either has the hash {hash}",
            copied.events
        ))
    }
}
