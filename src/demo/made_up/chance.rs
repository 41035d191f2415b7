//! Chance that can be had again: the same seed gives the same draws on every machine.

use std::ops::RangeInclusive;

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, fast and good enough for stories. Nothing secret is drawn.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The draws for the thing that `parts` number under `seed`; other parts give other draws.
    pub fn of(seed: u64, parts: &[u64]) -> Self {
        let mix = |chance: Self, part: &u64| Self(chance.clone().next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        parts.iter().fold(Self(seed), mix)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the numbers in `range`, each as likely as the others; its end, if it is empty.
    pub fn between(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (first, last) = range.into_inner();
        let width = last.abs_diff(first).saturating_add(1);
        if last <= first {
            return last;
        }
        // The high half of the product lies below the width.
        let offset = (u128::from(self.next()) * u128::from(width)) >> 64;
        first.saturating_add_unsigned(u64::try_from(offset).unwrap_or_default())
    }

    /// Whether something happens that happens in `percent` of a hundred cases.
    pub fn happens(&mut self, percent: i64) -> bool {
        self.between(0..=99) < percent
    }

    /// A place in a list of `length`; 0, if it is empty.
    pub fn place(&mut self, length: usize) -> usize {
        let last = i64::try_from(length).unwrap_or(i64::MAX).saturating_sub(1).max(0);
        usize::try_from(self.between(0..=last)).unwrap_or_default()
    }

    /// One of `all`, which are not none.
    pub fn one_of<T: Copy, const N: usize>(&mut self, all: &[T; N]) -> T {
        all[self.place(N)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_draws_and_another_gives_others() {
        let draws = |seed, parts: &[u64]| {
            let mut chance = Chance::of(seed, parts);
            [(); 20].map(|()| chance.between(0..=1_000_000))
        };
        assert_eq!(draws(7, &[1, 2]), draws(7, &[1, 2]));
        assert_ne!(draws(7, &[1, 2]), draws(7, &[2, 1]));
        assert_ne!(draws(7, &[1, 2]), draws(8, &[1, 2]));
    }

    #[test]
    fn every_number_of_a_range_comes_and_no_other() {
        let mut chance = Chance::of(1, &[]);
        let mut seen = [0; 5];
        for _ in 0..5_000 {
            seen[usize::try_from(chance.between(-2..=2) + 2).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
        assert_eq!(chance.between(5..=5), 5);
        assert_eq!(chance.place(0), 0);
    }
}
