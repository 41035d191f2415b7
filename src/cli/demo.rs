//! `milepost demo`

use clap::Args;

use super::Failure;
use crate::settings::Settings;

/// Serve public facts, to try things on.
///
/// Records the signatory clusters with what is publicly known of them and both editions of the planning register,
/// then serves, and prints the address, a token per role and a first query to paste. A later start is quick.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost demo
  milepost demo --data ./demo-data --listen 127.0.0.1:9000")]
pub(super) struct Demo {
    /// The address to serve [default: 127.0.0.1:8080]; port 0 takes one that is free
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

impl Demo {
    #[expect(clippy::unused_self, reason = "its flag is among the settings")]
    pub(super) fn run(&self, _: &Settings) -> Result<(), Failure> {
        Err(Failure::refused(&"this build has no demonstration yet"))
    }
}
