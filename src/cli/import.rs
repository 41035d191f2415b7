//! `milepost import`

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use super::Failure;
use crate::settings::Settings;

/// Take an edition of a register into the record.
///
/// Reads a CSV or XLSX file by a mapping, and records what it says and the record doesn't yet. Taking the same
/// edition again records nothing. docs/importing.md says how to write a mapping.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost import --mapping mappings/repd.toml --published-on 2024-07-31 repd-2024q2.csv
  milepost import --mapping wells.toml --dry-run --rejects wells.rejects.csv wells.xlsx")]
pub(super) struct Import {
    /// What the columns of the register mean
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// The day on which the edition came out, if the mapping or the file's name doesn't say
    #[arg(long, value_name = "DATE")]
    published_on: Option<NaiveDate>,
    /// Say what would be recorded, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Where the rows go that can't be taken, each with the reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// The register: a CSV or XLSX file
    #[arg(value_name = "REGISTER")]
    register: PathBuf,
}

impl Import {
    pub(super) fn run(self, _: &Settings) -> Result<(), Failure> {
        let Self { mapping: _, published_on: _, dry_run: _, rejects: _, register: _ } = self;
        Err(Failure::refused(&"this build can't import yet"))
    }
}
