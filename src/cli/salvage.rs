//! `milepost salvage`

use std::path::PathBuf;

use clap::Args;

use super::{Failure, output, verify};
use crate::{settings::Settings, startup};

/// Write what can be proven of a damaged log to a new file.
///
/// Looks into the log's file and its write-ahead log, writes all acts that the hash chain proves from the first one on into a
/// new file, and lists what else it finds: acts behind a gap, damaged ones, and those that only the checkpoint knows. The
/// damaged log is not changed. 'milepost restore' makes a log of the new file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost salvage --data /var/lib/milepost /tmp/salvaged.db
  milepost restore --data /var/lib/milepost-new /tmp/salvaged.db")]
pub(super) struct Salvage {
    /// The new file; it must not exist
    #[arg(value_name = "TO")]
    target: PathBuf,
}

impl Salvage {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        verify::refuse_remote(settings)?;
        let salvaged = startup::salvage(&settings.data, &self.target)?;
        for (position, sentence) in &salvaged.rest {
            output::say(&format!("not proven: position {position}: {sentence}"))?;
        }
        let (written, rest) = (&salvaged.written, salvaged.rest.len());
        output::say(&format!(
            "{} acts are proven and written, last hash {}; {rest} more are listed above and not written",
            written.acts, written.head_hash
        ))?;
        match salvaged.said.filter(|said| *said > written.acts) {
            None => Ok(()),
            Some(said) => {
                output::say(&format!("the head file speaks of {said} acts: {} of them are not proven", said - written.acts))
            }
        }
    }
}
