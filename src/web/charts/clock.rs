//! The clock of a limit as a bar: days that were used, days on which it stood still and with whom, days that are left,
//! and a post where the deadline is. [`row`] is for lists, [`drawing`] for a page about one permit.

use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::Value;

use super::{Tick, TimeAxis, between, day_of, items, percent};
use crate::web::words;

/// Where the deadline stands in the rows of a list, so that what is late lies to the right of it in each.
const POST: f64 = 0.76;

/// The least share of a drawing in which the words of a piece have room.
const ROOM: f64 = 0.1;

/// The bar of one limit in a list.
#[derive(Debug, Serialize)]
pub struct Row {
    pieces: Vec<Piece>,
    /// Where the deadline is; none while stopped, and where the law sets no limit.
    post: Option<String>,
    /// Where it would be without extensions, if that is elsewhere.
    strict: Option<String>,
    /// How it stands, in a few words.
    brief: String,
    /// Whether an authority has let the deadline pass.
    overdue: bool,
    sentence: String,
}

/// A stretch of the bar.
#[derive(Debug, Serialize)]
pub struct Piece {
    /// `used`, `stopped`, `over` or `left`.
    class: &'static str,
    x: String,
    width: String,
    middle: String,
    /// What stands on it, where there is room.
    text: Option<String>,
}

/// Days from one up to before another, of one kind.
struct Stretch {
    class: &'static str,
    from: NaiveDate,
    to: NaiveDate,
    days: Option<i64>,
}

/// The clock of those in `clocks` that matters most: the first that goes on, else the first of those that ended last.
pub fn leading(clocks: &[Value]) -> Option<&Value> {
    let goes_on = |clock: &&Value| matches!(clock["state"].as_str(), Some("RUNNING" | "STOPPED" | "NO_LIMIT"));
    let ended = clocks.iter().rev().filter(|clock| clock["state"] == "ENDED");
    let last = ended.max_by_key(|clock| day_of(&clock["endedOn"]));
    clocks.iter().find(goes_on).or(last).or_else(|| clocks.first())
}

/// The bar of `clock` in a list: the deadline stands at the same place in each, and each has its own scale.
pub fn row(clock: &Value) -> Row {
    let stretches = stretches(clock);
    let start = stretches.first().map(|stretch| stretch.from);
    let end = stretches.last().map(|stretch| stretch.to);
    let deadline = day_of(&clock["deadline"]).and_then(next_day);
    let strict = day_of(&clock["strictDeadline"]).and_then(next_day);
    let span = start.zip(deadline.or(end)).map_or(1.0, |(start, post)| between(start, post).max(1.0));
    let at = |day: NaiveDate| start.map_or(0.0, |start| (between(start, day) / span * POST).clamp(0.0, 1.0));
    Row {
        pieces: stretches.iter().map(|stretch| piece(stretch, at)).collect(),
        post: start.and(deadline).map(|day| percent(at(day))),
        strict: start.and(strict).filter(|strict| Some(*strict) != deadline).map(|day| percent(at(day))),
        brief: brief(clock),
        overdue: clock["overdue"] == true,
        sentence: words::dated(clock["sentence"].as_str().unwrap_or_default()),
    }
}

/// The stretches of `clock` on an axis of calendar time.
pub fn pieces(clock: &Value, axis: TimeAxis) -> Vec<Piece> {
    stretches(clock).iter().map(|stretch| piece(stretch, |day| axis.at(day).clamp(0.0, 1.0))).collect()
}

/// The clocks of a permit on one axis of calendar time.
#[derive(Debug, Serialize)]
pub struct Drawing {
    clocks: Vec<Drawn>,
    ticks: Vec<Tick>,
    /// The day asked for, where it lies on the axis.
    today: Option<String>,
}

#[derive(Debug, Serialize)]
struct Drawn {
    /// Which of the clocks that were given.
    index: usize,
    pieces: Vec<Piece>,
    post: Option<Post>,
    strict: Option<Post>,
    brief: String,
    overdue: bool,
}

/// A day on the axis, with its words at the side where there is room.
#[derive(Debug, Serialize)]
struct Post {
    x: String,
    /// Whether the words stand before it.
    before: bool,
    day: String,
}

/// Draws those of `clocks` that have started on one axis, as of `today`; none, where none has.
pub fn drawing(clocks: &[Value], today: NaiveDate) -> Option<Drawing> {
    let stretched: Vec<_> = clocks.iter().map(stretches).collect();
    let from = stretched.iter().flatten().map(|stretch| stretch.from).min()?;
    let posts = clocks.iter().flat_map(|clock| [day_of(&clock["deadline"]), day_of(&clock["strictDeadline"])]);
    let to = posts.flatten().chain(stretched.iter().flatten().map(|stretch| stretch.to)).max()?;
    let margin = (to - from).num_days() / 40 + 3;
    let axis = TimeAxis::new(from, to.checked_add_signed(chrono::Duration::days(margin)).unwrap_or(to));
    let post = |value: &Value| {
        let day = day_of(value)?;
        let at = axis.at(next_day(day)?);
        Some(Post { x: percent(at), before: at > 0.5, day: words::short_day(day) })
    };
    let drawn = |(index, stretches): (usize, &Vec<Stretch>)| {
        let clock = clocks.get(index)?;
        let is_moved = clock["strictDeadline"] != clock["deadline"];
        let pieces: Vec<_> = stretches.iter().map(|stretch| piece(stretch, |day| axis.at(day).clamp(0.0, 1.0))).collect();
        (!pieces.is_empty()).then(|| Drawn {
            index,
            pieces,
            post: post(&clock["deadline"]),
            strict: if is_moved { post(&clock["strictDeadline"]) } else { None },
            brief: brief(clock),
            overdue: clock["overdue"] == true,
        })
    };
    let clocks = stretched.iter().enumerate().filter_map(drawn).collect();
    let today = (axis.from() <= today && today <= axis.to()).then(|| axis.x(today));
    Some(Drawing { clocks, ticks: axis.ticks(), today })
}

fn piece(stretch: &Stretch, at: impl Fn(NaiveDate) -> f64) -> Piece {
    let (x, end) = (at(stretch.from), at(stretch.to));
    let width = (end - x).max(0.0);
    let days = stretch.days.filter(|_| width >= ROOM);
    Piece {
        class: stretch.class,
        x: percent(x),
        width: percent(width),
        middle: percent(f64::midpoint(x, end)),
        text: days.map(|days| format!("{} {}", words::number(&days.to_string()), stretch.class)),
    }
}

/// The stretches of a clock, each up to before its `to`: those of the API, cut at the deadline, and what is left.
fn stretches(clock: &Value) -> Vec<Stretch> {
    let deadline = day_of(&clock["deadline"]).and_then(next_day);
    let mut stretches = Vec::new();
    for segment in items(&clock["segments"]) {
        let bounds = day_of(&segment["first"]).zip(day_of(&segment["last"]).and_then(next_day));
        let Some((from, to)) = bounds.filter(|(from, to)| from < to) else { continue };
        let days = segment["days"].as_i64();
        if segment["stopped"] == true {
            let days = (to - from).num_days();
            stretches.push(Stretch { class: "stopped", from, to, days: Some(days) });
        } else {
            push_counted(&mut stretches, from, to, days, deadline);
        }
    }
    let left = left(clock, stretches.last().map(|stretch| stretch.to), deadline);
    stretches.extend(left);
    stretches
}

/// Days that count from `from` up to before `to`: used up to the deadline, and over after it.
fn push_counted(stretches: &mut Vec<Stretch>, from: NaiveDate, to: NaiveDate, days: Option<i64>, deadline: Option<NaiveDate>) {
    match deadline.filter(|deadline| *deadline < to) {
        None => stretches.push(Stretch { class: "used", from, to, days }),
        Some(deadline) if deadline <= from => stretches.push(Stretch { class: "over", from, to, days }),
        Some(deadline) => {
            // How many of the days lie before the deadline is for the API to say, not for a drawing.
            stretches.push(Stretch { class: "used", from, to: deadline, days: None });
            stretches.push(Stretch { class: "over", from: deadline, to, days: None });
        }
    }
}

/// What is left of a clock that goes on from `end`: up to its deadline or, while it is stopped, the days on resumption.
fn left(clock: &Value, end: Option<NaiveDate>, deadline: Option<NaiveDate>) -> Option<Stretch> {
    let end = end.filter(|_| matches!(clock["state"].as_str(), Some("RUNNING" | "STOPPED")))?;
    let days = clock["leftDays"].as_i64().filter(|days| *days > 0);
    let on_resumption = || end.checked_add_days(Days::new(u64::try_from(days?).ok()?));
    let to = deadline.or_else(on_resumption).filter(|to| *to > end)?;
    Some(Stretch { class: "left", from: end, to, days })
}

fn next_day(day: NaiveDate) -> Option<NaiveDate> {
    day.succ_opt()
}

/// How a clock stands, in a few words.
pub fn brief(clock: &Value) -> String {
    let is_of_work = clock["length"]["unit"] == "BUSINESS_DAY";
    let days = |count: i64| {
        let unit = match (is_of_work, count) {
            (false, 1) => "day",
            (false, _) => "days",
            (true, 1) => "working day",
            (true, _) => "working days",
        };
        format!("{}\u{a0}{unit}", words::number(&count.to_string()))
    };
    let number = |name: &str| clock[name].as_i64();
    if !clock["unknownBecause"].is_null() {
        return "the law gives no answer".to_owned();
    }
    let late = number("lateDays").filter(|days| *days > 0);
    match (clock["state"].as_str(), late, number("leftDays")) {
        (Some("NOT_STARTED"), ..) => "not started".to_owned(),
        (Some("STOPPED"), _, Some(left)) if left >= 0 => format!("stopped; {} left on resumption", days(left)),
        (Some("STOPPED"), ..) => "stopped".to_owned(),
        (Some("RUNNING"), Some(late), _) => format!("{} over", days(late)),
        (Some("RUNNING"), None, Some(0)) => "the last day".to_owned(),
        (Some("RUNNING"), None, Some(left)) => format!("{} left", days(left)),
        (Some("ENDED"), Some(late), _) => format!("ended {} late", days(late)),
        (Some("ENDED"), ..) if clock["onTime"] == true => "ended in time".to_owned(),
        (Some("ENDED"), ..) => "ended".to_owned(),
        (Some("NO_LIMIT"), ..) => "no limit in law".to_owned(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn segment(stopped: bool, first: &str, last: &str, days: i64) -> Value {
        json!({ "stopped": stopped, "first": first, "last": last, "days": days })
    }

    /// A hundred days, of which the last was yesterday's deadline.
    fn overdue() -> Value {
        json!({ "state": "RUNNING", "deadline": "2026-04-10", "strictDeadline": "2026-03-21", "leftDays": -25, "lateDays": 25,
            "overdue": true, "sentence": "decision: overdue since 2026-04-10.",
            "segments": [segment(false, "2026-01-01", "2026-01-31", 31), segment(true, "2026-02-01", "2026-02-10", 10),
                segment(false, "2026-02-11", "2026-05-05", 84)] })
    }

    fn classes(pieces: &[Piece]) -> Vec<&str> {
        pieces.iter().map(|piece| piece.class).collect()
    }

    #[test]
    fn in_a_list_the_deadline_stands_at_one_place_and_what_is_late_to_its_right() {
        let row = row(&overdue());
        assert_eq!(classes(&row.pieces), ["used", "stopped", "used", "over"]);
        assert_eq!(row.post.as_deref(), Some("76.00%"));
        assert_eq!(row.strict.as_deref(), Some("60.80%"));
        let over = row.pieces.last().unwrap();
        assert_eq!((over.x.as_str(), over.width.as_str()), ("76.00%", "19.00%"));
        assert!(row.overdue);
        assert_eq!((row.brief.as_str(), row.sentence.as_str()), ("25\u{a0}days over", "decision: overdue since 10 April 2026."));
    }

    #[test]
    fn what_is_very_late_ends_where_the_bar_does() {
        let mut clock = overdue();
        clock["segments"][2]["last"] = json!("2036-05-05");
        let row = row(&clock);
        let over = row.pieces.last().unwrap();
        assert_eq!((over.x.as_str(), over.width.as_str()), ("76.00%", "24.00%"));
    }

    #[test]
    fn a_stopped_clock_has_no_post_but_days_on_resumption() {
        let clock = json!({ "state": "STOPPED", "leftDays": 20, "lateDays": 0, "length": { "unit": "BUSINESS_DAY", "count": 60 },
            "segments": [segment(false, "2026-01-01", "2026-01-10", 6), segment(true, "2026-01-11", "2026-01-20", 10)] });
        let row = row(&clock);
        assert_eq!(classes(&row.pieces), ["used", "stopped", "left"]);
        assert_eq!((row.post, row.strict), (None, None));
        assert_eq!(row.brief, "stopped; 20\u{a0}working days left on resumption");
        let left = row.pieces.last().unwrap();
        assert_eq!((left.x.as_str(), left.width.as_str()), ("38.00%", "38.00%"));
    }

    #[test]
    fn what_has_not_started_and_what_is_odd_is_said_and_not_drawn() {
        for (clock, brief) in [
            (json!({ "state": "NOT_STARTED", "segments": [] }), "not started"),
            (json!({ "state": null, "unknownBecause": "no calendar" }), "the law gives no answer"),
            (json!({ "state": "NO_LIMIT" }), "no limit in law"),
            (json!({ "state": "ENDED", "lateDays": 1 }), "ended 1\u{a0}day late"),
            (json!({ "state": "ENDED", "onTime": true }), "ended in time"),
            (
                json!({ "state": "RUNNING", "leftDays": 0, "segments": [segment(false, "2026-02-01", "2026-01-01", 3)] }),
                "the last day",
            ),
            (json!({}), "unknown"),
        ] {
            let row = row(&clock);
            assert!(row.pieces.is_empty() && row.post.is_none(), "{clock}");
            assert_eq!(row.brief, brief, "{clock}");
        }
    }

    #[test]
    fn the_clocks_of_a_permit_share_one_axis() {
        let ended = json!({ "state": "ENDED", "onTime": true, "deadline": "2025-12-31", "strictDeadline": "2025-12-31",
            "segments": [segment(false, "2025-12-02", "2025-12-20", 19)] });
        let clocks = [ended, json!({ "state": "NOT_STARTED", "segments": [] }), overdue()];
        let drawing = drawing(&clocks, "2026-05-05".parse().unwrap()).unwrap();
        assert_eq!(drawing.clocks.iter().map(|clock| clock.index).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(drawing.clocks[0].pieces[0].x, "0.00%");
        assert!(drawing.clocks[0].strict.is_none() && drawing.clocks[1].strict.is_some());
        assert!(drawing.today.is_some() && !drawing.ticks.is_empty());
        assert!(drawing_of_nothing());
    }

    fn drawing_of_nothing() -> bool {
        drawing(&[json!({ "state": "NOT_STARTED" })], "2026-05-05".parse().unwrap()).is_none()
    }

    #[test]
    fn the_clock_that_matters_is_the_first_that_goes_on() {
        let of = |states: &[&str]| states.iter().map(|state| json!({ "state": state })).collect::<Vec<_>>();
        for (states, leading_state) in [
            (vec!["ENDED", "RUNNING", "STOPPED"], "RUNNING"),
            (vec!["ENDED", "NOT_STARTED"], "ENDED"),
            (vec!["NOT_STARTED", "NOT_STARTED"], "NOT_STARTED"),
        ] {
            assert_eq!(leading(&of(&states)).unwrap()["state"], leading_state);
        }
        assert!(leading(&[]).is_none());
        let ended = |limit: &str, on: &str| json!({ "state": "ENDED", "limit": limit, "endedOn": on });
        let clocks = [ended("acceptance", "2025-09-26"), ended("decision", "2026-01-20"), ended("guarantee", "2026-01-20")];
        assert_eq!(leading(&clocks).unwrap()["limit"], "decision");
    }
}
