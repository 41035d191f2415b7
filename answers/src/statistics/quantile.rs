//! Quantiles by one rule: the smallest value that at least that share does not exceed (DOMAIN §6.1).

use super::FEW;

/// A share in whole percent, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Percent {
    /// Half.
    pub const MEDIAN: Self = Self(50);
    /// Four fifths.
    pub const P80: Self = Self(80);
    /// From where on an open permit is ageing.
    pub const P85: Self = Self(85);
    /// Nine tenths.
    pub const P90: Self = Self(90);

    /// `None` outside 1 to 100.
    #[must_use]
    pub fn try_new(percent: u8) -> Option<Self> {
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// The share that is left over, from 0 to 0.99: where survival has to fall to.
    #[must_use]
    pub fn left(self) -> f64 {
        f64::from(100_u8.saturating_sub(self.0)) / 100.0
    }
}

/// The smallest of `values`, in ascending order, that at least `share` of them do not exceed: of an even number the lower
/// middle one is the median, never the mean. `None` for fewer than five.
#[must_use]
pub fn quantile(values: &[u32], share: Percent) -> Option<u32> {
    if values.len() < FEW as usize {
        return None;
    }
    // As many as ⌈n·share⌉ must not exceed it, counted in whole numbers.
    let not_exceeding = (values.len() * usize::from(share.0)).div_ceil(100);
    values.get(not_exceeding.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_occurs() {
        let values = [10, 20, 30, 40, 50, 60];
        assert_eq!(quantile(&values, Percent::MEDIAN), Some(30), "three of six do not exceed it");
        assert_eq!(quantile(&values, Percent::P80), Some(50), "4.8 of six");
        assert_eq!(quantile(&values, Percent::P90), Some(60), "5.4 of six");
        assert_eq!(quantile(&[1, 2, 3, 4, 5], Percent::P80), Some(4), "four of five, to the number");
    }

    #[test]
    fn of_fewer_than_five_there_is_none() {
        assert_eq!(quantile(&[1, 2, 3, 4], Percent::MEDIAN), None);
        assert_eq!(quantile(&[], Percent::MEDIAN), None);
    }
}
