//! Survival: the share of applications that are still open by days since their submission, as steps with a band, and how
//! many were still open and watched at five ages.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;

use super::{items, number, percent, tenth};
use crate::web::words;

/// The most curves in one drawing: each has its colour and its dash.
pub const CURVES_MAX: usize = 3;
/// How high the drawing is, in pixels.
const HEIGHT: f64 = 260.0;
/// How far a drawing of a curve goes in each direction, in its own units.
const UNITS: f64 = 1_000.0;
/// The axis ends no earlier and no later than at these ages.
const DAYS: (f64, f64) = (200.0, 2_000.0);
/// Between the words at two ends of curves, in pixels.
const BETWEEN_LABELS: f64 = 15.0;
/// The ages at which those still open are counted, as parts of the axis.
const AGES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// The drawing.
#[derive(Debug, Serialize)]
pub struct Drawing {
    height: f64,
    /// In per cent, from the top.
    shares: Vec<Mark>,
    ages: Vec<Mark>,
    curves: Vec<Curve>,
    /// Where the limit in law lies, and its words, where all groups have the same.
    limit: Option<Mark>,
    /// What is found, in a sentence.
    title: String,
    /// What the drawing shows, for those who can't see it.
    sentence: String,
}

#[derive(Debug, Serialize)]
struct Mark {
    at: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Curve {
    /// Which colour and dash: 1 and up.
    number: usize,
    name: String,
    path: String,
    band: String,
    /// Where the words at its end stand.
    label_y: String,
    label: String,
    /// How many were still open and watched, at each of the ages.
    at_risk: Vec<String>,
    at_risk_y: String,
}

/// One group: its name and its `SurvivalFigures`.
pub struct Group<'a> {
    /// What it is called.
    pub name: String,
    /// How long it takes to any ending.
    pub survival: &'a Value,
    /// How long the law gives: a `ClockLength`, or null.
    pub limit: &'a Value,
}

/// Draws the first of `groups` that are not few; none, where all are.
pub fn drawing(groups: &[Group<'_>]) -> Option<Drawing> {
    let drawn: Vec<_> = groups.iter().filter(|group| has_curve(group.survival)).take(CURVES_MAX).collect();
    if drawn.is_empty() {
        return None;
    }
    let end = axis_end(&drawn);
    let mut curves: Vec<_> = (1..).zip(&drawn).map(|(number, group)| curve(number, group, end)).collect();
    spread_labels(&mut curves, &drawn, end);
    let mark = |share: f64| Mark { at: tenth((1.0 - share) * HEIGHT), text: format!("{:.0}\u{a0}%", share * 100.0) };
    let age = |part: &f64| Mark { at: percent(*part), text: words::number(&format!("{:.0}", part * end)) };
    Some(Drawing {
        height: HEIGHT,
        shares: AGES.iter().map(|share| mark(*share)).collect(),
        ages: AGES.iter().map(age).collect(),
        limit: limit(&drawn, end),
        title: title(&drawn),
        sentence: drawn.iter().map(|group| says(group)).collect::<Vec<_>>().join(" "),
        curves,
    })
}

fn has_curve(survival: &Value) -> bool {
    survival["few"] == false && !items(&survival["curve"]).is_empty()
}

/// The limit that all of `groups` have, where it lies on the axis. Months and years are drawn at their usual length.
fn limit(groups: &[&Group<'_>], end: f64) -> Option<Mark> {
    let first = groups.first()?.limit;
    let count = number(&first["count"]).filter(|_| groups.iter().all(|group| group.limit == first))?;
    let (days, unit) = match first["unit"].as_str()? {
        "CALENDAR_DAY" => (1.0, "days"),
        "BUSINESS_DAY" => (1.4, "working days"),
        "WEEK" => (7.0, "weeks"),
        "MONTH" => (30.44, "months"),
        "YEAR" => (365.25, "years"),
        _ => return None,
    };
    let unit = if count > 1.0 { unit } else { unit.trim_end_matches('s') };
    (count * days <= end).then(|| Mark { at: percent(count * days / end), text: format!("limit {count:.0}\u{a0}{unit}") })
}

/// A round age at which the axis ends: by then most of all that are drawn have ended.
fn axis_end(groups: &[&Group<'_>]) -> f64 {
    let of = |group: &&Group<'_>| {
        let last = items(&group.survival["curve"]).last().and_then(|point| number(&point["day"]));
        number(&group.survival["p90Days"]).map_or(last, |p90| last.map(|last| last.min(p90 * 1.25)))
    };
    let most = groups.iter().filter_map(of).fold(DAYS.0, f64::max).min(DAYS.1);
    (most / 200.0).ceil() * 200.0
}

fn curve(number: usize, group: &Group<'_>, end: f64) -> Curve {
    let points = items(&group.survival["curve"]);
    Curve {
        number,
        name: group.name.clone(),
        path: steps(points, end),
        band: band(points, end),
        label_y: String::new(),
        label: label(group),
        at_risk: AGES.iter().map(|part| at_risk(group.survival, part * end)).collect(),
        at_risk_y: tenth(HEIGHT + 40.0 + BETWEEN_LABELS * f64::from(u8::try_from(number).unwrap_or(u8::MAX))),
    }
}

fn label(group: &Group<'_>) -> String {
    match group.survival["medianDays"].as_i64() {
        Some(median) => format!("median {}", words::number(&median.to_string())),
        None => "median not reached".to_owned(),
    }
}

/// The share after each age in its own units: down as far as it falls, then across.
fn steps(points: &[Value], end: f64) -> String {
    let mut path = "M0 0".to_owned();
    let (mut last_x, mut last_y) = (0.0, 0.0);
    for (day, share) in points.iter().filter_map(|point| number(&point["day"]).zip(number(&point["survival"]))) {
        let (x, y) = ((day / end * UNITS).round(), ((1.0 - share) * UNITS).round());
        if x > UNITS {
            last_x = UNITS;
            let _ = write!(path, "H{UNITS}");
            break;
        }
        // What is finer than a line is wide is left out.
        if (y - last_y).abs() >= 2.0 {
            let _ = write!(path, "H{x}V{y}");
            (last_x, last_y) = (x, y);
        }
    }
    let last = points.iter().filter_map(|point| number(&point["day"])).next_back().unwrap_or_default();
    let x = (last / end * UNITS).round().min(UNITS);
    if x > last_x {
        let _ = write!(path, "H{x}");
    }
    path
}

/// The band as an area: along its upper end, and back along its lower one. It starts where both are known.
fn band(points: &[Value], end: f64) -> String {
    let mut bounds = Vec::new();
    for point in points {
        let Some((day, (lower, upper))) = number(&point["day"]).zip(number(&point["lower"]).zip(number(&point["upper"]))) else {
            continue;
        };
        let x = (day / end * UNITS).round();
        let is_far = bounds.last().is_none_or(|(before, _, _): &(f64, f64, f64)| x - before >= 4.0);
        if x <= UNITS && is_far {
            bounds.push((x, ((1.0 - upper) * UNITS).round(), ((1.0 - lower) * UNITS).round()));
        }
    }
    let Some((first, upper, _)) = bounds.first() else { return String::new() };
    let mut path = format!("M{first} {upper}");
    for (x, upper, _) in bounds.iter().skip(1) {
        let _ = write!(path, "H{x}V{upper}");
    }
    let mut back = bounds.iter().rev().peekable();
    while let Some((_, _, lower)) = back.next() {
        let _ = write!(path, "V{lower}");
        if let Some((before, _, _)) = back.peek().map(|bound| **bound).filter(|bound| bound.0 < UNITS) {
            // The lower end holds up to the next age, so it goes back before it goes up.
            let _ = write!(path, "H{before}");
        }
    }
    path.push('Z');
    path
}

/// How many were open and watched just before `age`.
fn at_risk(survival: &Value, age: f64) -> String {
    let next = items(&survival["curve"]).iter().find(|point| number(&point["day"]).is_some_and(|day| day >= age));
    next.map_or_else(|| "0".to_owned(), |point| words::number(&point["atRisk"].to_string()))
}

/// Puts the words beside the ends of the curves, from above, so that none lies on another.
fn spread_labels(curves: &mut [Curve], groups: &[&Group<'_>], end: f64) {
    let y_of = |group: &&Group<'_>| {
        let seen = items(&group.survival["curve"]).iter().filter(|point| number(&point["day"]).is_some_and(|day| day <= end));
        let share = seen.filter_map(|point| number(&point["survival"])).next_back().unwrap_or(1.0);
        (1.0 - share) * HEIGHT
    };
    let mut order: Vec<_> = groups.iter().map(y_of).zip(curves).collect();
    order.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut free = 0.0_f64;
    let needed = |count: usize| BETWEEN_LABELS * f64::from(u8::try_from(count).unwrap_or(u8::MAX));
    let count = order.len();
    for (index, (y, curve)) in order.into_iter().enumerate() {
        let lowest = HEIGHT - needed(count - index - 1);
        let place = y.max(free).min(lowest);
        curve.label_y = tenth(place + 4.0);
        free = place + BETWEEN_LABELS;
    }
}

/// What stands out, in a sentence; that nothing can be compared, where it can't.
fn title(groups: &[&Group<'_>]) -> String {
    let median = |group: &Group<'_>| group.survival["medianDays"].as_i64();
    let days = |count: i64| format!("{} {}", words::number(&count.to_string()), if count == 1 { "day" } else { "days" });
    let Some(first) = groups.first() else { return String::new() };
    match (median(first), groups.get(1).and_then(|second| median(second).map(|days| (second, days)))) {
        (None, _) => format!("Fewer than half of {} have ended", first.name),
        (Some(slow), None) => format!("Half of {} take more than {}", first.name, days(slow)),
        (Some(slow), Some((second, other))) if slow > other => {
            format!("Half of {} take more than {}, {} more than {}", first.name, days(slow), days(slow - other), second.name)
        }
        (Some(slow), Some((second, other))) => {
            format!("Half of {} take more than {}; of {} {}", first.name, days(slow), second.name, days(other))
        }
    }
}

fn says(group: &Group<'_>) -> String {
    let count = |name: &str| words::number(&group.survival[name].to_string());
    let ends = match group.survival["medianDays"].as_i64() {
        Some(days) => format!("half have ended by {} days", words::number(&days.to_string())),
        None => "fewer than half have ended".to_owned(),
    };
    format!("{}: {ends}; {} permits, {} of them ended and {} open.", group.name, count("n"), count("events"), count("censored"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn survival(median: Option<i64>, points: &[(i64, i64, f64)]) -> Value {
        let point = |(day, at_risk, share): &(i64, i64, f64)| {
            let band = (*share < 1.0 && *share > 0.0).then_some((share - 0.1, share + 0.1));
            json!({ "day": day, "atRisk": at_risk, "survival": share, "lower": band.map(|band| band.0), "upper": band.map(|band| band.1) })
        };
        json!({ "few": false, "medianDays": median, "p90Days": null, "n": 8, "events": 6, "censored": 2,
            "curve": points.iter().map(point).collect::<Vec<_>>() })
    }

    fn group<'a>(name: &str, survival: &'a Value) -> Group<'a> {
        Group { name: name.to_owned(), survival, limit: &Value::Null }
    }

    #[test]
    fn a_limit_is_drawn_where_all_have_the_same() {
        let curve = survival(Some(100), &[(100, 8, 0.5)]);
        let weeks = json!({ "count": 10, "unit": "WEEK" });
        let of = |limit| Group { limit, ..group("A", &curve) };
        let both = drawing(&[of(&weeks), of(&weeks)]).unwrap().limit.unwrap();
        assert_eq!((both.at.as_str(), both.text.as_str()), ("35.00%", "limit 10\u{a0}weeks"));
        assert!(drawing(&[of(&weeks), of(&Value::Null)]).unwrap().limit.is_none());
        assert!(drawing(&[of(&json!({ "count": 9, "unit": "YEAR" }))]).unwrap().limit.is_none());
    }

    #[test]
    fn the_curve_falls_where_permits_ended_and_ends_where_the_last_was_seen() {
        let slow = survival(Some(100), &[(50, 8, 0.75), (100, 6, 0.5), (150, 3, 0.5)]);
        let drawing = drawing(&[group("A", &slow)]).unwrap();
        assert_eq!(drawing.curves[0].path, "M0 0H250V250H500V500H750");
        assert_eq!(drawing.curves[0].band, "M250 150H500V400H750V400V600H500V600H250V350Z");
        assert_eq!(drawing.curves[0].at_risk, ["8", "8", "6", "3", "0"]);
        assert_eq!(drawing.ages.iter().map(|age| age.text.as_str()).collect::<Vec<_>>(), ["0", "50", "100", "150", "200"]);
        assert_eq!(drawing.title, "Half of A take more than 100 days");
        assert_eq!(drawing.sentence, "A: half have ended by 100 days; 8 permits, 6 of them ended and 2 open.");
    }

    #[test]
    fn labels_at_the_ends_do_not_lie_on_each_other() {
        let one = survival(Some(100), &[(100, 8, 0.02), (120, 2, 0.0)]);
        let drawing = drawing(&[group("A", &one), group("B", &one), group("C", &one), group("D", &one)]).unwrap();
        let ys: Vec<f64> = drawing.curves.iter().map(|curve| curve.label_y.parse().unwrap()).collect();
        assert_eq!(ys, [234.0, 249.0, 264.0]);
    }

    #[test]
    fn what_is_found_is_said_from_the_numbers() {
        let of = |median| survival(median, &[(100, 8, 0.5)]);
        let (slow, fast, never) = (of(Some(417)), of(Some(255)), of(None));
        for (first, second, says) in [
            (&slow, &fast, "Half of A take more than 417 days, 162 days more than B"),
            (&fast, &slow, "Half of A take more than 255 days; of B 417 days"),
            (&slow, &never, "Half of A take more than 417 days"),
            (&never, &fast, "Fewer than half of A have ended"),
        ] {
            assert_eq!(drawing(&[group("A", first), group("B", second)]).unwrap().title, says);
        }
    }

    #[test]
    fn few_are_not_drawn_and_a_long_curve_has_a_short_path() {
        let few = json!({ "few": true, "curve": [{ "day": 3, "survival": 0.5 }] });
        assert!(drawing(&[group("A", &few)]).is_none() && drawing(&[]).is_none());
        let many: Vec<_> = (0..5_000_i32).map(|day| (i64::from(day), 9, 1.0 - f64::from(day) / 5_000.0)).collect();
        let long = survival(None, &many);
        let drawing = drawing(&[group("A", &long)]).unwrap();
        assert!(drawing.curves[0].path.len() < 8_000, "{}", drawing.curves[0].path.len());
        assert!(drawing.curves[0].path.ends_with("H1000"));
        assert!(drawing.curves[0].band.len() < 12_000, "{}", drawing.curves[0].band.len());
    }
}
