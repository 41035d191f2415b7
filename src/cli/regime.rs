//! `milepost regime`

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use law::{
    Rulebook,
    cases::{CaseOutcome, check_cases},
};

use super::{Failure, output};
use crate::{settings::Settings, startup};

/// Look at the permitting regimes that this build and the data directory know.
///
/// A regime is a TOML file: those that come with the program, and those in the folder 'regimes' of the data directory.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost regime list
  milepost regime check cases.json
  milepost regime check cases.json --data /var/lib/milepost")]
pub(super) struct Regime {
    #[command(subcommand)]
    command: Wanted,
}

#[derive(Debug, Subcommand)]
enum Wanted {
    /// List the regimes by their names, with the law and its versions
    List,
    /// Run worked cases against the regimes; exits with 1 if any comes out otherwise
    Check {
        /// A JSON file of worked cases
        #[arg(value_name = "CASES")]
        cases: PathBuf,
    },
}

impl Regime {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let rulebook = startup::rulebook(&settings.data)?;
        match &self.command {
            Wanted::List => list(&rulebook),
            Wanted::Check { cases } => {
                let unread = |error| Failure::Refused(format!("{} can't be read: {error}", cases.display()));
                check(&rulebook, &fs::read_to_string(cases).map_err(unread)?)
            }
        }
    }
}

fn list(rulebook: &Rulebook) -> Result<(), Failure> {
    for regime in rulebook.regimes() {
        let versions: Vec<&str> = regime.versions.iter().map(|version| version.id.as_str()).collect();
        output::say(&format!("{:<28} {} ({})", regime.id, regime.title, versions.join(", ")))?;
    }
    Ok(())
}

fn check(rulebook: &Rulebook, cases: &str) -> Result<(), Failure> {
    let outcomes = check_cases(rulebook, cases).map_err(Failure::Refused)?;
    let failed: Vec<&CaseOutcome> = outcomes.iter().filter(|outcome| !outcome.passes()).collect();
    for outcome in &failed {
        output::say(&format!("{}: {}", outcome.id, outcome.title))?;
        for difference in &outcome.differences {
            output::say(&format!("  {}: expected {}, found {}", difference.what, difference.expected, difference.found))?;
        }
    }
    if failed.is_empty() {
        return output::say(&format!("{} cases come out as expected", outcomes.len()));
    }
    Err(Failure::Fault(format!("{} of {} cases come out otherwise than expected", failed.len(), outcomes.len())))
}
