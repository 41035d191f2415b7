//! How fast work goes on that nobody waits for: so that nobody waits because of it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// After a step, the work rests for so many times as long as the step took.
const REST_TIMES: u32 = 4;

/// The longest rest, so that whoever wants the work left need not wait long for it.
const REST_MAX: Duration = Duration::from_millis(50);

/// The pace of some work that goes on in steps.
pub(super) enum Pace<'a> {
    /// Somebody waits for it.
    AtOnce,
    /// It rests after each step, and is left for good once it is told so.
    Aside {
        /// Whether it is to be left.
        leave: &'a AtomicBool,
        /// When the present step began.
        since: Instant,
    },
}

impl<'a> Pace<'a> {
    /// The pace of work that is done aside, until `leave` says otherwise. The thread is to be one of its own: it now gives
    /// way to all others.
    pub fn aside(leave: &'a AtomicBool) -> Self {
        give_way();
        Self::Aside { leave, since: Instant::now() }
    }

    /// Whether nobody waits for it.
    pub const fn is_aside(&self) -> bool {
        matches!(self, Self::Aside { .. })
    }

    /// Ends a step. Whether the work is to go on.
    pub fn goes_on(&mut self) -> bool {
        let Self::Aside { leave, since } = self else { return true };
        if leave.load(Ordering::Relaxed) {
            return false;
        }
        thread::sleep(REST_MAX.min(since.elapsed() * REST_TIMES));
        *since = Instant::now();
        true
    }
}

/// The nicest that a thread can be.
#[cfg(target_os = "linux")]
const NICEST: i32 = 19;

/// Has this thread run when no other wants to.
fn give_way() {
    // To Linux, no process means this thread; to others it would mean all of them.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICEST) {
        tracing::debug!(%error, "a thread in the background has the priority of all others");
    }
}
