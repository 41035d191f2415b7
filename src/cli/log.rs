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
        let is_ours = event.metadata().target().starts_with("milepost");
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
    Targets::new().with_default(ours.min(LevelFilter::WARN)).with_target("milepost", ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_have_so_many_lines_a_minute() {
        let sparing = Sparing::new();
        let now = Instant::now();
        let said = (0..1_000).filter(|_| sparing.has_room(now)).count();
        assert_eq!(said, LINES_MAX as usize);
        assert!(!sparing.has_room(now + WINDOW / 2) && sparing.has_room(now + WINDOW));
    }
}
