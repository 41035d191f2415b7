//! `milepost health`

use std::{io, net::SocketAddr, time::Duration};

use clap::Args;

use super::{
    Failure, output,
    service::{Answer, Service},
};
use crate::settings::Settings;

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// More than the answer of `/readyz` has.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Say whether the service at an address is ready.
///
/// Asks /readyz at the address for probes, where it says why not, else at the served one, and prints the answer. Exits with 1
/// when the service does not answer or is not ready, so that it can be used as a container's health check.
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
        let (address, answer) = asked(settings)?;
        if answer.status == "200" {
            return output::say(answer.body.trim());
        }
        Err(Failure::Fault(format!("the service at {address} is not ready: {}", answer.body.trim())))
    }
}

/// What is answered, and where: at the address for probes, or at the served one if nothing answers there.
fn asked(settings: &Settings) -> Result<(SocketAddr, Answer), Failure> {
    let ask = |service: &Service| service.get("/readyz", PATIENCE, ANSWER_BYTES_MAX);
    // Another program can have the address for probes.
    let is_ours = |answer: &Answer| answer.body.contains("\"ready\"");
    if let Some(probes) = settings.probe_address().map(Service::at)
        && let Ok(answer) = ask(&probes)
        && is_ours(&answer)
    {
        return Ok((probes.address, answer));
    }
    let service = Service::at(settings.listen);
    let address = service.address;
    let silent = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Failure::Fault(format!("what listens at {address} does not answer within {} s", PATIENCE.as_secs()))
        }
        _ => Failure::Fault(format!("nothing answers at {address}: {error}")),
    };
    let answer = ask(&service).map_err(silent)?;
    Ok((address, answer))
}
