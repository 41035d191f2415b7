//! How many files and connections the process may have open: what the system allows, and what that is enough for.

use super::Failure;
use crate::{http, settings::Settings};

/// What is kept free of connections: for the log and whoever reads it, the checkpoint, and what the system takes.
const KEPT: u64 = 64;

/// Connections that are counted on beside the WebSockets.
const REQUESTS: u64 = 512;

/// How many connections can be served at once: the limit of open files is raised as far as the process may raise it.
/// What the settings allow and the system doesn't is warned of.
///
/// # Errors
///
/// When there would be nothing left for connections.
pub(super) fn connections(settings: &Settings) -> Result<usize, Failure> {
    let Some(limit) = raised() else { return Ok(http::CONNECTIONS_MAX) };
    let kept = KEPT + open_now() + http::files_kept();
    let wanted = settings.sockets.at_once as u64 + REQUESTS;
    match limit.checked_sub(kept) {
        None | Some(0) => Err(Failure::Refused(format!(
            "the system allows the process {limit} open files, and it can't serve with fewer than {}; raise the limit (ulimit -n)",
            kept + 1
        ))),
        Some(left) => {
            if left < wanted {
                tracing::warn!(
                    "the system allows {limit} open files, enough for {left} connections at once; for what the settings \
                     allow, raise the limit to {} (ulimit -n)",
                    kept + wanted
                );
            }
            Ok(usize::try_from(left).unwrap_or(usize::MAX).min(http::CONNECTIONS_MAX))
        }
    }
}

/// How many files the process may have open, after raising that as far as it goes; `None` where nothing limits it.
#[cfg(unix)]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            current
        }
    }
}

#[cfg(not(unix))]
const fn raised() -> Option<u64> {
    None
}

/// How many files the process has open, as far as the system tells.
fn open_now() -> u64 {
    let listed = ["/proc/self/fd", "/dev/fd"].iter().find_map(|directory| std::fs::read_dir(directory).ok());
    listed.map_or(0, |entries| entries.count() as u64)
}
