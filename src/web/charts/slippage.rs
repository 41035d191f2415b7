//! Slippage of a milestone: steps, across when it was said, up which date was said then. On the diagonal it would be said
//! on the day itself.

use std::fmt::Write;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::{Tick, TimeAxis, day_of, items, percent, schedule::about, tenth};
use crate::web::words;

/// How high the drawing is, in pixels.
const HEIGHT: f64 = 200.0;

/// The drawing.
#[derive(Debug, Serialize)]
pub struct Drawing {
    height: f64,
    across: Vec<Tick>,
    up: Vec<Level>,
    path: String,
    /// Where the diagonal begins and ends, where it is on the drawing.
    diagonal: Option<[String; 4]>,
    steps: Vec<Step>,
    title: String,
}

#[derive(Debug, Serialize)]
struct Level {
    y: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Step {
    x: String,
    y: String,
    text: String,
    before: bool,
}

/// Draws the moves of `milestone`, a `Milestone` of the API, up to `today`; none, where it never moved.
pub fn drawing(milestone: &Value, today: NaiveDate) -> Option<Drawing> {
    let base =
        day_of(&milestone["baseline"]).or_else(|| items(&milestone["moves"]).first().and_then(|first| day_of(&first["from"])))?;
    let moves: Vec<_> =
        items(&milestone["moves"]).iter().filter_map(|one| Some((day_of(&one["movedOn"])?, day_of(&one["to"])?, one))).collect();
    let first = moves.iter().map(|(on, ..)| *on).min()?;
    let last = moves.iter().map(|(on, ..)| *on).max()?;
    let end = day_of(&milestone["actual"]).unwrap_or(today).max(last);
    let margin = chrono::Duration::days((end - first).num_days() / 8 + 30);
    let across = TimeAxis::new(first.checked_sub_signed(margin).unwrap_or(first), end);
    let dates = || moves.iter().map(|(_, to, _)| *to).chain([base]);
    let (lowest, highest) = (dates().min()?, dates().max()?);
    let above = chrono::Duration::days((highest - lowest).num_days() / 6 + 15);
    let up =
        TimeAxis::new(lowest.checked_sub_signed(above).unwrap_or(lowest), highest.checked_add_signed(above).unwrap_or(highest));
    Some(Drawing {
        height: HEIGHT,
        path: path(base, &moves, across, up),
        diagonal: diagonal(across, up),
        steps: steps(base, &moves, across, up),
        up: levels(&dates().collect::<Vec<_>>(), up),
        across: across.ticks(),
        title: title(milestone, moves.len()),
    })
}

fn y(axis: TimeAxis, day: NaiveDate) -> f64 {
    (1.0 - axis.at(day)) * HEIGHT
}

/// In a drawing of 1,000 units each way.
fn path(base: NaiveDate, moves: &[(NaiveDate, NaiveDate, &Value)], across: TimeAxis, up: TimeAxis) -> String {
    let unit = |share: f64| (share * 1_000.0).round();
    let mut path = format!("M0 {}", unit(1.0 - up.at(base)));
    for (on, to, _) in moves {
        let _ = write!(path, "H{}V{}", unit(across.at(*on)), unit(1.0 - up.at(*to)));
    }
    path.push_str("H1000");
    path
}

/// Where a date said on the day itself would lie, as far as that is on the drawing.
fn diagonal(across: TimeAxis, up: TimeAxis) -> Option<[String; 4]> {
    let (from, to) = (across.from().max(up.from()), across.to().min(up.to()));
    (from < to).then(|| [across.x(from), tenth(y(up, from)), across.x(to), tenth(y(up, to))])
}

fn steps(base: NaiveDate, moves: &[(NaiveDate, NaiveDate, &Value)], across: TimeAxis, up: TimeAxis) -> Vec<Step> {
    let mut steps = vec![Step { x: percent(0.0), y: tenth(y(up, base)), text: "first plan".to_owned(), before: false }];
    for (on, to, one) in moves {
        let why = one["cause"].as_str().map(words::words).or_else(|| one["reason"].as_str().map(shortened));
        let x = across.at(*on);
        let text = why.unwrap_or_else(|| "no reason on record".to_owned());
        steps.push(Step { x: percent(x), y: tenth(y(up, *to)), text, before: x > 0.45 });
    }
    steps
}

/// A reason, short enough for a drawing.
fn shortened(reason: &str) -> String {
    const CHARS_MAX: usize = 34;
    if reason.chars().count() <= CHARS_MAX {
        return reason.to_owned();
    }
    let cut: String = reason.chars().take(CHARS_MAX).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{whole} …")
}

/// The dates that were said, but for those that would lie on another.
fn levels(days: &[NaiveDate], up: TimeAxis) -> Vec<Level> {
    let mut days = days.to_vec();
    days.sort_unstable();
    days.dedup();
    let mut levels: Vec<(f64, Level)> = Vec::new();
    for day in days {
        let at = y(up, day);
        if levels.last().is_none_or(|(before, _)| before - at >= 14.0) {
            levels.push((at, Level { y: tenth(at), text: words::short_day(day) }));
        }
    }
    levels.into_iter().map(|(_, level)| level).collect()
}

/// How often it moved, and what for.
fn title(milestone: &Value, count: usize) -> String {
    let times = match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    };
    let about = about(milestone);
    let slip = match milestone["slip"]["count"].as_i64() {
        Some(days) if days > 0 => format!("; it is {about}{} days later than first planned", words::number(&days.to_string())),
        _ => String::new(),
    };
    let mut causes: Vec<&str> = items(&milestone["moves"]).iter().filter_map(|one| one["cause"].as_str()).collect();
    causes.sort_unstable();
    let most = causes.chunk_by(|one, other| one == other).max_by_key(|same| same.len());
    let because = most.filter(|same| same.len() * 2 > count).and_then(|same| same.first());
    let because = because.map(|cause| format!(", mostly for one cause: {}", words::words(cause))).unwrap_or_default();
    format!("The date has moved {times}{because}{slip}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn milestone() -> Value {
        let moved = |on: &str, from: &str, to: &str, cause: Value| json!({ "movedOn": on, "from": from, "to": to, "cause": cause, "reason": null });
        json!({ "baseline": "2026-01-01", "actual": null, "slip": { "count": 212, "exact": true }, "moves": [
            moved("2025-03-01", "2026-01-01", "2026-05-01", json!("PERMIT")),
            moved("2025-09-01", "2026-05-01", "2026-06-01", json!("PERMIT")),
            moved("2025-11-01", "2026-06-01", "2026-08-01", Value::Null)] })
    }

    #[test]
    fn each_move_is_a_step_with_its_cause() {
        let drawing = drawing(&milestone(), "2026-02-01".parse().unwrap()).unwrap();
        let texts: Vec<_> = drawing.steps.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(texts, ["first plan", "permit", "permit", "no reason on record"]);
        assert_eq!(drawing.path.matches('H').count(), 4);
        assert!(drawing.path.starts_with("M0 ") && drawing.path.ends_with("H1000"));
        assert_eq!(drawing.up.first().unwrap().text, "1 Jan 2026");
        assert_eq!(
            drawing.title,
            "The date has moved 3 times, mostly for one cause: permit; it is 212 days later than first planned"
        );
        assert!(drawing.diagonal.is_some());
    }

    #[test]
    fn what_never_moved_is_not_drawn_and_a_long_reason_is_cut_between_words() {
        assert!(drawing(&json!({ "baseline": "2026-01-01", "moves": [] }), "2026-02-01".parse().unwrap()).is_none());
        assert!(drawing(&Value::Null, "2026-02-01".parse().unwrap()).is_none());
        assert_eq!(shortened("long-lead equipment arrives later than offered"), "long-lead equipment arrives later …");
    }
}
