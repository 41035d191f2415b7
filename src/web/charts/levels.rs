//! Levels over time: a strip for each pillar, a stretch for each level that it was at.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::{Tick, TimeAxis, day_of, items, percent};
use crate::web::words;

/// The pillars, in the order in which they stand everywhere.
pub const PILLARS: [&str; 4] = ["PARTNERSHIPS", "POLICY", "FINANCE", "TECHNOLOGY"];

/// The drawing.
#[derive(Debug, Serialize)]
pub struct Drawing {
    strips: Vec<Strip>,
    ticks: Vec<Tick>,
    title: String,
}

#[derive(Debug, Serialize)]
struct Strip {
    pillar: &'static str,
    stretches: Vec<Stretch>,
}

#[derive(Debug, Serialize)]
struct Stretch {
    x: String,
    width: String,
    /// The level; nothing is drawn of level 0.
    level: u64,
    /// Whether it is so since a fall.
    fell: bool,
    /// Whether its number has room.
    roomy: bool,
}

/// Draws the history of `pillars`, the `Pillars` of the API, up to `today`; none, where no level ever changed.
pub fn drawing(pillars: &Value, today: NaiveDate) -> Option<Drawing> {
    let changes: Vec<_> = items(&pillars["history"]).iter().filter_map(|change| Some((day_of(&change["on"])?, change))).collect();
    let first = changes.iter().map(|(day, _)| *day).min()?;
    let last = changes.iter().map(|(day, _)| *day).max()?.max(today);
    let margin = (last - first).num_days() / 30;
    let axis = TimeAxis::new(first.checked_sub_signed(chrono::Duration::days(margin)).unwrap_or(first), last);
    let strip = |pillar: &'static str| Strip { pillar, stretches: stretches(&changes, pillar, axis) };
    Some(Drawing { strips: PILLARS.into_iter().map(strip).collect(), ticks: axis.ticks(), title: title(&changes) })
}

fn stretches(changes: &[(NaiveDate, &Value)], pillar: &str, axis: TimeAxis) -> Vec<Stretch> {
    let own: Vec<_> = changes.iter().filter(|(_, change)| change["pillar"] == pillar).collect();
    let mut stretches = Vec::new();
    for (index, (day, change)) in own.iter().enumerate() {
        let end = own.get(index + 1).map_or(axis.to(), |(next, _)| *next);
        let (x, end) = (axis.at(*day), axis.at(end));
        let width = end - x;
        if width <= 0.0 {
            continue;
        }
        let level = change["to"].as_u64().unwrap_or_default();
        let fell = change["fell"] == true;
        stretches.push(Stretch { x: percent(x), width: percent(width), level, fell, roomy: width > 0.03 });
    }
    stretches
}

/// The latest fall, else the latest rise.
fn title(changes: &[(NaiveDate, &Value)]) -> String {
    let moved = |fell: bool| {
        let of = changes.iter().filter(|(_, change)| (change["fell"] == true) == fell && change["from"] != change["to"]);
        of.max_by_key(|(day, _)| *day)
    };
    let says = |(day, change): &(NaiveDate, &Value), how: &str| {
        let pillar = words::sentence(&words::words(change["pillar"].as_str().unwrap_or_default()));
        format!("{pillar} {how} to {} on {}", change["to"], words::day(*day))
    };
    match (moved(true), moved(false)) {
        (Some(fall), _) => says(fall, "fell"),
        (None, Some(rise)) => says(rise, "rose"),
        (None, None) => "No level has risen or fallen".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(on: &str, pillar: &str, from: u64, to: u64) -> Value {
        json!({ "on": on, "pillar": pillar, "from": from, "to": to, "fell": to < from })
    }

    #[test]
    fn each_stretch_goes_on_to_the_next_change_and_the_last_to_today() {
        let pillars = json!({ "history": [change("2024-01-01", "POLICY", 0, 2), change("2024-07-01", "POLICY", 2, 3),
            change("2024-12-27", "POLICY", 3, 1), change("2024-03-01", "FINANCE", 0, 1)] });
        let drawing = drawing(&pillars, "2025-01-01".parse().unwrap()).unwrap();
        let policy = &drawing.strips[1].stretches;
        assert_eq!(
            policy.iter().map(|stretch| (stretch.level, stretch.fell, stretch.roomy)).collect::<Vec<_>>(),
            [(2, false, true), (3, false, true), (1, true, false)]
        );
        assert!(drawing.strips[0].stretches.is_empty());
        assert_eq!(drawing.title, "Policy fell to 1 on 27 December 2024");
    }

    #[test]
    fn without_a_fall_the_latest_rise_is_told_and_without_history_nothing_is_drawn() {
        let pillars = json!({ "history": [change("2024-01-01", "POLICY", 0, 2), change("2024-03-01", "FINANCE", 0, 1)] });
        assert_eq!(drawing(&pillars, "2024-01-01".parse().unwrap()).unwrap().title, "Finance rose to 1 on 1 March 2024");
        assert!(drawing(&json!({ "history": [] }), "2025-01-01".parse().unwrap()).is_none());
    }
}
