//! What holds of survival, incidences and quantiles for any observations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use answers::statistics::{Incidence, Observation, Percent, Survival, Table, quantile};
use proptest::prelude::*;

fn observations() -> impl Strategy<Value = Vec<Observation<u8>>> {
    let one = (0_u32..40, 0_u32..60, prop_oneof![Just(None), (1_u8..4).prop_map(Some)]);
    let watched = |(entry, stays, ending)| Observation::try_new(entry, entry + stays, ending).unwrap();
    prop::collection::vec(one.prop_map(watched), 0..60)
}

/// All watched from the first day to their ends.
fn ended() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0_u32..50, 5..80)
}

fn whole(values: &[u32]) -> Vec<Observation<u8>> {
    values.iter().map(|value| Observation::try_new(0, *value, Some(1)).unwrap()).collect()
}

proptest! {
    #[test]
    fn survival_falls_from_one_and_lies_in_its_band(observations in observations()) {
        let survival = Survival::of(&Table::of(&observations));
        let mut before = 1.0;
        for point in survival.points() {
            prop_assert!((0.0..=before).contains(&point.survival));
            before = point.survival;
            if let Some(band) = point.band {
                prop_assert!(0.0 <= band.lower && band.lower <= point.survival, "{:?}", point);
                prop_assert!(point.survival <= band.upper && band.upper <= 1.0, "{:?}", point);
            }
        }
    }

    #[test]
    fn what_has_not_ended_has_ended_in_one_of_the_ways(observations in observations()) {
        let table = Table::of(&observations);
        let (survival, incidence) = (Survival::of(&table), Incidence::of(&table));
        for row in &table.rows {
            let ended: f64 = (1_u8..4).map(|ending| incidence.at(ending, row.age).unwrap()).sum();
            prop_assert!((1.0 - survival.at(row.age).unwrap() - ended).abs() < 1e-9);
        }
    }

    #[test]
    fn the_order_of_observations_says_nothing(
        (observations, shuffled) in observations().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        prop_assert_eq!(Table::of(&observations), Table::of(&shuffled));
    }

    #[test]
    fn everybody_is_counted_once(observations in observations()) {
        let table = Table::of(&observations);
        prop_assert_eq!(u64::from(table.n + table.before_start), observations.len() as u64);
        prop_assert_eq!(table.events() + table.censored(), table.n);
        prop_assert!(table.starts_at.is_none_or(|start| table.at_risk(start) >= 5 || table.rows.is_empty()));
    }

    #[test]
    fn where_nothing_is_cut_off_survival_is_the_share_that_lasts_longer(mut values in ended()) {
        let survival = Survival::of(&Table::of(&whole(&values)));
        values.sort_unstable();
        let of = f64::from(u32::try_from(values.len()).unwrap());
        for age in 0..50 {
            let longer = values.iter().filter(|value| **value > age).count();
            let share = f64::from(u32::try_from(longer).unwrap()) / of;
            prop_assert!((survival.at(age).unwrap() - share).abs() < 1e-9);
        }
        for percent in 1..=100 {
            let share = Percent::try_new(percent).unwrap();
            prop_assert_eq!(survival.quantile(share), quantile(&values, share), "{}", percent);
        }
    }

    #[test]
    fn the_time_that_remains_is_the_quantile_of_those_that_came_so_far(mut values in ended(), age in 0_u32..50) {
        let survival = Survival::of(&Table::of(&whole(&values)));
        values.retain(|value| *value > age);
        values.sort_unstable();
        if values.len() >= 5 {
            let expected = quantile(&values, Percent::P80).map(|value| value - age);
            prop_assert_eq!(survival.remaining(age, Percent::P80), expected);
        }
    }
}
