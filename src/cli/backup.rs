//! `milepost backup`

use std::path::PathBuf;

use clap::Args;

use super::{Acceptance, Failure, output, verify};
use crate::{settings::Settings, startup};

/// Copy the log, also while a server is running.
///
/// Copies the log as of one moment into one new file, and verifies the copy. Put into an empty directory as
/// milepost.db it is a log like any other. The keys are not in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost backup --data /var/lib/milepost /backup/2026-03-01.db
  milepost verify --data /backup/2026-03-01.db")]
pub(super) struct Backup {
    #[command(flatten)]
    pub acceptance: Acceptance,
    /// The new file; it must not exist
    #[arg(value_name = "TO")]
    target: PathBuf,
}

impl Backup {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        verify::refuse_remote(settings)?;
        let copied = startup::backup(&settings.data, &self.target, settings.accept_shorter_log)?;
        let found = startup::verify(&self.target)?;
        verify::report(&found)?;
        if !found.is_whole() || found.head_hash != copied.head_hash {
            let target = self.target.display();
            return Err(Failure::Fault(format!("the copy at {target} is not whole; verify the log in the data directory")));
        }
        output::say(&format!(
            "the copy holds {} acts; note its last hash, which proves later that they are all there",
            copied.acts
        ))
    }
}
