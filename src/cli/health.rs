//! `milepost health`

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use clap::Args;

use super::{Failure, output};
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
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        if status == "200" {
            return output::say(body.trim());
        }
        Err(Failure::Fault(format!("the service at {address} is not ready: {}", body.trim())))
    }
}

/// What is answered, and where: at the address for probes, or at the served one if nothing answers there.
fn asked(settings: &Settings) -> Result<(SocketAddr, String), Failure> {
    let probes = settings.probe_address().map(reachable);
    if let Some(address) = probes
        && let Ok(answer) = ask(address)
        // Another program can have the address.
        && answer.contains("\"ready\"")
    {
        return Ok((address, answer));
    }
    let address = reachable(settings.listen);
    let answer = ask(address).map_err(|error| Failure::Fault(format!("nothing answers at {address}: {error}")))?;
    Ok((address, answer))
}

/// A service that listens on every address of the machine answers on this one too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen {
        SocketAddr::V4(address) if address.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
        SocketAddr::V6(address) if address.ip().is_unspecified() => SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], address.port())),
        address => address,
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
