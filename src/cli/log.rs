//! The log, on standard error.

use std::{
    io::{self, IsTerminal},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use metrics::counter;
use tracing::{Event, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::settings::{Log, LogFormat, LogLevel};

/// Begins to log as `settings` say, for the whole process. Does nothing the second time.
pub(super) fn begin(settings: Log) {
    let json = match settings.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let lines = if json {
        fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(io::stderr).boxed()
    } else {
        fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).boxed()
    };
    // Each stands before all lines: a filter of one layer can't take back an event that it has let through.
    let _ = tracing_subscriber::registry().with(lines).with(Sparing::new()).with(filter(settings.level)).try_init();
}

/// How many lines the libraries have in [`WINDOW`]: they log what strangers send and can't be read, line by line.
const LINES_MAX: u32 = 20;

const WINDOW: Duration = Duration::from_mins(1);

/// Lets through so many lines of the libraries a minute and no more.
struct Sparing {
    window: Mutex<(Instant, u32)>,
}

impl Sparing {
    fn new() -> Self {
        Self { window: Mutex::new((Instant::now(), 0)) }
    }

    /// Whether there is room for one more line at `now`.
    fn has_room(&self, now: Instant) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(window.0) >= WINDOW {
            *window = (now, 0);
        }
        window.1 = window.1.saturating_add(1);
        window.1 <= LINES_MAX
    }
}

impl<S: Subscriber> Layer<S> for Sparing {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let is_ours = is_ours(event.metadata().target());
        let is_said = is_ours || self.has_room(Instant::now());
        if !is_said {
            counter!("milepost_log_lines_left_out_total").increment(1);
        }
        is_said
    }
}

/// What we log from `level` on; of the libraries only what is at least a warning, whose detail is of use to few.
fn filter(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_default(ours.min(LevelFilter::WARN)).with_targets(OURS.map(|room| (room, ours)))
}

/// The crates whose lines are ours.
const OURS: [&str; 11] =
    ["access", "answers", "api", "app", "domain", "graphql", "law", "milepost", "projections", "schema", "store"];

/// Whether what logs under `target`, the path of a module, is one of our crates.
fn is_ours(target: &str) -> bool {
    target.split(':').next().is_some_and(|room| OURS.contains(&room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_of_ours_is_known_as_such() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let members = manifest["workspace"]["members"].as_array().unwrap().iter().filter_map(toml::Value::as_str);
        // Neither runs in the service: one works while it is compiled, the other in tests.
        let mut rooms: Vec<_> = members.filter(|room| !["gate", "tests/double"].contains(room)).collect();
        rooms.push("milepost");
        rooms.sort_unstable();
        assert_eq!(rooms, OURS);
        assert!(is_ours("store::embedded") && is_ours("milepost") && !is_ours("storehouse::shelf") && !is_ours("h2::client"));
    }

    #[test]
    fn the_libraries_have_so_many_lines_a_minute() {
        let sparing = Sparing::new();
        let now = Instant::now();
        let said = (0..1_000).filter(|_| sparing.has_room(now)).count();
        assert_eq!(said, LINES_MAX as usize);
        assert!(!sparing.has_room(now + WINDOW / 2) && sparing.has_room(now + WINDOW));
    }
}
