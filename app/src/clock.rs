//! Whether the clock of this machine can be gone by (DOMAIN.md §2, `recordedAt`).

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::App;

/// How far the clock may lie behind the record, or run ahead of time itself between two looks.
const TOLERATED: TimeDelta = TimeDelta::minutes(1);

/// Says how long the machine has run.
pub type Uptime = fn() -> Duration;

/// What the clock showed at the last look at which it had not leapt.
#[derive(Debug, Clone, Copy)]
struct Look {
    shown: DateTime<Utc>,
    uptime: Duration,
}

/// Looks out for leaps of the clock; only where it is known how long the machine has run.
#[derive(Debug, Default)]
pub(super) struct Leaps {
    uptime: OnceLock<Uptime>,
    last: Mutex<Option<Look>>,
}

impl Leaps {
    /// How far the clock, which shows `now`, has leapt ahead, if it has.
    fn found(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let uptime = self.uptime.get()?();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let leapt = last.and_then(|last| {
            let passed = TimeDelta::from_std(uptime.saturating_sub(last.uptime)).unwrap_or(TimeDelta::MAX);
            Some(now - last.shown.checked_add_signed(passed)?).filter(|leapt| *leapt > TOLERATED)
        });
        if leapt.is_none() {
            *last = Some(Look { shown: now, uptime });
        }
        leapt
    }
}

impl App {
    /// Looks out for leaps of the clock from now on; `uptime` says how long the machine has run.
    pub fn look_out_for_leaps(&self, uptime: Uptime) {
        // Whoever said so first goes on.
        let _ = self.leaps.uptime.set(uptime);
        self.leaps.found(self.now());
    }

    /// Why nothing is recorded by the clock of this machine, in words for its operator: it lies behind the record, or leapt
    /// ahead while the service ran.
    #[must_use]
    pub fn clock_fault(&self) -> Option<String> {
        let now = self.now();
        let said = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        if let Some(last) = self.picture().recorded_at().filter(|last| *last - now > TOLERATED) {
            return Some(format!(
                "the clock of this machine shows {}, and the record reaches to {}: set the clock right; if it is right, an \
                 administrator says by instantsDisown which instants are wrong",
                said(now),
                said(last)
            ));
        }
        let leapt = self.leaps.found(now)?;
        Some(format!(
            "the clock of this machine leapt ahead by {} s, to {}, while the service ran: set it right, or start the service \
             again if it is right now",
            leapt.num_seconds(),
            said(now)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaps_after(uptime: Uptime, looks: &[(i64, Option<i64>)]) {
        let leaps = Leaps::default();
        leaps.uptime.set(uptime).unwrap();
        for (shown, leapt) in looks {
            let found = leaps.found(DateTime::from_timestamp(*shown, 0).unwrap());
            assert_eq!(found.map(|found| found.num_seconds()), *leapt, "{shown}");
        }
    }

    #[test]
    fn a_clock_that_stands_or_is_set_back_or_moves_a_little_has_not_leapt() {
        leaps_after(|| Duration::from_secs(7), &[(1_000, None), (1_060, None), (1_120, None), (0, None), (60, None)]);
    }

    #[test]
    fn a_leap_stands_until_the_clock_is_right() {
        let day = 86_400;
        leaps_after(
            || Duration::from_secs(7),
            &[(1_000, None), (1_000 + 3 * day, Some(3 * day)), (1_061, Some(61)), (1_060, None), (1_060 + day, Some(day))],
        );
    }
}
