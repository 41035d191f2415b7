//! An allowance per subject: what queries cost is taken from it, and it fills up again with time.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
};
use schema::SubjectId;

/// How many subjects are remembered before the rested ones are forgotten.
const SUBJECTS_REMEMBERED: usize = 10_000;

/// How much a subject may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The most that can be used at once, in points of cost. Not less than one query may cost.
    pub burst: NonZeroU32,
    /// How much of it comes back in a second.
    pub restored_per_second: NonZeroU32,
}

impl Default for Allowance {
    /// Ten of the dearest queries at once, and one each second.
    fn default() -> Self {
        let points = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MAX);
        Self { burst: points(100_000), restored_per_second: points(10_000) }
    }
}

/// What became of a subject's allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// The cost was taken; this much is left.
    Taken {
        /// Points left.
        remaining: u32,
    },
    /// There was not enough, and nothing was taken.
    Refused {
        /// When there will be enough.
        wait: Duration,
    },
}

/// Every subject's allowance.
pub struct Throttle {
    limiter: DefaultKeyedRateLimiter<SubjectId, StateInformationMiddleware>,
    allowance: Allowance,
}

impl Throttle {
    /// Everybody gets `allowance`.
    #[must_use]
    pub fn new(allowance: Allowance) -> Self {
        let quota = Quota::per_second(allowance.restored_per_second).allow_burst(allowance.burst);
        Self { limiter: RateLimiter::keyed(quota).with_middleware(), allowance }
    }

    /// What everybody gets.
    #[must_use]
    pub const fn allowance(&self) -> Allowance {
        self.allowance
    }

    /// Takes `cost` points from the allowance of `subject`, or nothing if there are not enough. What costs more than the
    /// whole allowance takes all of it.
    #[must_use]
    pub fn charge(&self, subject: SubjectId, cost: u32) -> Charge {
        if self.limiter.len() > SUBJECTS_REMEMBERED {
            self.limiter.retain_recent();
        }
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.allowance.burst);
        match self.limiter.check_key_n(&subject, cost) {
            Ok(Ok(left)) => Charge::Taken { remaining: left.remaining_burst_capacity() },
            Ok(Err(until)) => Charge::Refused { wait: until.wait_time_from(DefaultClock::default().now()) },
            // There is never less than the cost, since it is no more than the whole.
            Err(_) => Charge::Refused { wait: Duration::from_secs(1) },
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_subject_has_an_allowance_of_its_own() {
        let (burst, restored_per_second) = (NonZeroU32::new(100).unwrap(), NonZeroU32::MIN);
        let throttle = Throttle::new(Allowance { burst, restored_per_second });
        let [a, b] = [1, 2].map(|n| SubjectId(Uuid::from_u128(n)));
        assert_eq!(throttle.charge(a, 60), Charge::Taken { remaining: 40 });
        let Charge::Refused { wait } = throttle.charge(a, 60) else { panic!("not refused") };
        assert!(wait > Duration::from_secs(18) && wait <= Duration::from_secs(20), "{wait:?}");
        assert_eq!(throttle.charge(b, 60), Charge::Taken { remaining: 40 });
        assert!(matches!(throttle.charge(a, 40), Charge::Taken { .. }));
        // Dearer than the whole allowance: it takes all, once all is there.
        assert!(matches!(throttle.charge(b, 101), Charge::Refused { .. }));
        assert_eq!(throttle.charge(SubjectId(Uuid::from_u128(3)), 101), Charge::Taken { remaining: 0 });
    }
}
