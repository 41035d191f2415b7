//! `milepost restore`

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;

use super::{Failure, output, verify};
use crate::{settings::Settings, startup};

/// Make the log of a data directory from a backup.
///
/// Verifies the backup, writes the log into a directory that holds none, and sets its head file. Nothing is overwritten. The
/// keys and ladders/ are not in a backup; copy them by hand.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost restore --data /var/lib/milepost /backup/2026-03-01.db
  milepost restore --data /tmp/then --until 2026-02-14T12:00:00Z /backup/2026-03-01.db")]
pub(super) struct Restore {
    /// Only what was recorded by this instant
    #[arg(long, value_name = "INSTANT")]
    until: Option<DateTime<Utc>>,
    /// The backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
}

impl Restore {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        verify::refuse_remote(settings)?;
        let restored = startup::restore(&self.backup, &settings.data, self.until)?;
        let directory = settings.data.display();
        output::say(&format!("the log in {directory} holds {} acts, last hash {}", restored.acts, restored.head_hash))
    }
}
