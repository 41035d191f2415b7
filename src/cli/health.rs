//! `milepost health`

use std::time::Duration;

use clap::Args;

use super::{Failure, output, service::Service};
use crate::settings::Settings;

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// More than the answer of `/readyz` has.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Say whether the service at an address is ready.
///
/// Asks /readyz and prints its answer. Exits with 1 when the service does not answer or is not ready, so that it can be
/// used as a container's health check.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost health
  milepost health --listen 127.0.0.1:8090")]
pub(super) struct Health {
    /// The address that the service listens on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Option<String>,
}

impl Health {
    #[expect(clippy::unused_self, reason = "its flag is among the settings")]
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let service = Service::at(settings.listen);
        let answer = service.get("/readyz", PATIENCE, ANSWER_BYTES_MAX);
        let address = service.address;
        let answer = answer.map_err(|error| Failure::Fault(format!("nothing answers at {address}: {error}")))?;
        if answer.status == "200" {
            return output::say(answer.body.trim());
        }
        Err(Failure::Fault(format!("the service at {address} is not ready: {}", answer.body.trim())))
    }
}
