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
        let (copied, found) = startup::backup(&settings.data, &self.target, settings.accept_shorter_log)?;
        verify::report(&found)?;
        output::say(&format!(
            "the copy holds {} acts; note its last hash, which proves later that they are all there",
            copied.acts
        ))
    }
}
