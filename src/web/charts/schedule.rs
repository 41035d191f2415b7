//! A schedule: a row for each milestone with its first plan, its forecast or the day on which it was reached, a row for
//! each permit with its clock, and what needs what.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::{Tick, TimeAxis, clock, day_of, days_of, items};
use crate::web::words;

/// How high a row is, in pixels.
const ROW: u32 = 44;
/// Above the first row: years and months stand there.
const TOP: u32 = 28;
/// The most rows of each kind; the table has all.
const ROWS_MAX: usize = 14;

/// The drawing.
#[derive(Debug, Serialize)]
pub struct Drawing {
    height: u32,
    ticks: Vec<Tick>,
    today: Option<String>,
    rows: Vec<Row>,
    links: Vec<Link>,
    /// How many milestones and permits are in the table only.
    more: usize,
    title: String,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    /// What stands below the name.
    note: String,
    late: bool,
    /// The permit, where it is one.
    id: Option<String>,
    y: u32,
    base: Option<Mark>,
    /// The forecast, or the day on which it was reached.
    now: Option<Mark>,
    reached: bool,
    /// From where the slip is drawn, and how far.
    slip: Option<(String, String)>,
    /// By how much it slipped, in words, and where they stand.
    says: String,
    says_at: Option<String>,
    /// The words stand before the mark, since there is no room after it.
    before: bool,
    bar: Vec<clock::Piece>,
    post: Option<String>,
}

/// A date on the axis: where it can be is a line, where it is not known to the day.
#[derive(Debug, Serialize)]
struct Mark {
    x: String,
    from: Option<String>,
    to: Option<String>,
}

/// What needs what: down or up from one row to another, then across.
#[derive(Debug, Serialize)]
struct Link {
    x1: String,
    x2: String,
    y1: u32,
    y2: u32,
    back: bool,
}

/// A row before it has its place.
struct Entry<'a> {
    thing: &'a Value,
    is_permit: bool,
    /// By what it is put in order, and where what it holds up starts from.
    day: NaiveDate,
}

/// Draws `project`, a `Project` of the API with milestones, permits and dependencies, as of `today`; none, where nothing
/// has a date.
pub fn drawing(project: &Value, today: NaiveDate) -> Option<Drawing> {
    let milestones = items(&project["milestones"]).iter().filter(|milestone| milestone["droppedOn"].is_null());
    let milestones = milestones.filter_map(|thing| Some(Entry { thing, is_permit: false, day: milestone_day(thing)? }));
    let permits = items(&project["permits"]["nodes"]).iter();
    let permits = permits.filter_map(|thing| Some(Entry { thing, is_permit: true, day: permit_day(thing)? }));
    let mut entries: Vec<_> = milestones.chain(permits).collect();
    entries.sort_by_key(|entry| entry.day);
    let more = entries.len().saturating_sub(ROWS_MAX);
    entries.truncate(ROWS_MAX);
    let is_late = entries.iter().any(|entry| entry.thing["expectedDatePassed"] == true);
    let days = entries.iter().flat_map(all_days).chain(is_late.then_some(today));
    let (first, last) = days.fold(None, |range: Option<(NaiveDate, NaiveDate)>, day| {
        Some(range.map_or((day, day), |(first, last)| (first.min(day), last.max(day))))
    })?;
    let margin = chrono::Duration::days((last - first).num_days() / 12 + 10);
    let axis =
        TimeAxis::new(first.checked_sub_signed(margin / 3).unwrap_or(first), last.checked_add_signed(margin).unwrap_or(last));
    let rows: Vec<_> = (0_u32..).zip(&entries).map(|(index, entry)| row(entry, TOP + index * ROW, axis, today)).collect();
    let height = TOP + ROW * u32::try_from(rows.len()).unwrap_or_default();
    let inside = axis.from() <= today && today <= axis.to();
    Some(Drawing {
        height,
        ticks: axis.ticks(),
        today: inside.then(|| axis.x(today)),
        links: links(project, &entries, axis),
        rows,
        more,
        title: title(&project["fid"]),
    })
}

/// When a milestone was reached, is expected or was planned.
fn milestone_day(milestone: &Value) -> Option<NaiveDate> {
    ["actual", "forecast", "baseline"].iter().find_map(|name| day_of(&milestone[*name]))
}

/// When a permit ended, is due, or is known to stand.
fn permit_day(permit: &Value) -> Option<NaiveDate> {
    let leading = clock::leading(items(&permit["clocks"]))?;
    let of_clock = ["endedOn", "deadline"].iter().find_map(|name| day_of(&leading[*name]));
    of_clock.or_else(|| items(&leading["segments"]).last().and_then(|segment| day_of(&segment["last"])))
}

fn all_days(entry: &Entry<'_>) -> Vec<NaiveDate> {
    let names = ["actual", "forecast", "baseline"];
    let of_milestone = names.iter().filter_map(|name| days_of(&entry.thing[*name])).flat_map(|(first, last)| [first, last]);
    let clock = clock::leading(items(&entry.thing["clocks"])).unwrap_or(&Value::Null);
    let of_clock = items(&clock["segments"]).iter().flat_map(|segment| [day_of(&segment["first"]), day_of(&segment["last"])]);
    of_milestone.chain(of_clock.flatten()).chain(day_of(&clock["deadline"])).chain([entry.day]).collect()
}

fn row(entry: &Entry<'_>, y: u32, axis: TimeAxis, today: NaiveDate) -> Row {
    if entry.is_permit { permit_row(entry, y, axis) } else { milestone_row(entry, y, axis, today) }
}

fn milestone_row(entry: &Entry<'_>, y: u32, axis: TimeAxis, today: NaiveDate) -> Row {
    let milestone = entry.thing;
    let reached = !milestone["actual"].is_null();
    let now = if reached { &milestone["actual"] } else { &milestone["forecast"] };
    let (base_day, now_day) = (day_of(&milestone["baseline"]), day_of(now));
    let is_late = milestone["expectedDatePassed"] == true;
    // What should have been reached by now slips day by day: its slip goes on to the day that is looked at.
    let slips_to = if is_late { Some(today) } else { now_day };
    let moved = base_day.zip(slips_to).filter(|(base, to)| base != to);
    let slip = milestone["slip"]["count"].as_i64();
    let about = about(milestone);
    let says = match slip {
        Some(days) if days > 0 => format!("{about}+{}\u{a0}d", words::number(&days.to_string())),
        Some(days) if days < 0 => format!("{about}{}\u{a0}d", words::number(&days.to_string())),
        _ => String::new(),
    };
    let note = match (reached, is_late, now_day) {
        (true, ..) => format!("reached {}", words::date(now.as_str().unwrap_or_default())),
        (false, true, _) => format!("expected {}, which has passed", words::date(now.as_str().unwrap_or_default())),
        (false, false, Some(_)) => format!("expected {}", words::date(now.as_str().unwrap_or_default())),
        (false, false, None) => "put off without a date".to_owned(),
    };
    Row {
        name: milestone_name(milestone),
        note,
        late: is_late,
        id: None,
        y,
        base: mark(&milestone["baseline"], axis),
        now: mark(now, axis),
        reached,
        slip: moved.map(|(base, now)| (axis.x(base), axis.x(now))),
        says,
        says_at: slips_to.map(|day| axis.x(day)),
        before: slips_to.or(base_day).is_some_and(|day| axis.at(day) > 0.85),
        bar: Vec::new(),
        post: None,
    }
}

fn permit_row(entry: &Entry<'_>, y: u32, axis: TimeAxis) -> Row {
    let permit = entry.thing;
    let leading = clock::leading(items(&permit["clocks"])).unwrap_or(&Value::Null);
    let post = day_of(&leading["deadline"]);
    Row {
        name: permit["title"].as_str().unwrap_or("A permit").to_owned(),
        note: clock::brief(leading),
        late: leading["overdue"] == true,
        id: permit["id"].as_str().map(str::to_owned),
        y,
        base: None,
        now: None,
        reached: false,
        slip: None,
        says: String::new(),
        says_at: None,
        before: false,
        bar: clock::pieces(leading, axis),
        post: post.map(|day| axis.x(day)),
    }
}

fn mark(value: &Value, axis: TimeAxis) -> Option<Mark> {
    let (first, last) = days_of(value)?;
    let ends = (first < last).then(|| (axis.x(first), axis.x(last)));
    let (from, to) = ends.map_or((None, None), |(from, to)| (Some(from), Some(to)));
    Some(Mark { x: axis.x(first), from, to })
}

/// How exactly the slip of a milestone is known: what should have been reached by now slips day by day.
pub(super) fn about(milestone: &Value) -> &'static str {
    match (milestone["expectedDatePassed"] == true, milestone["slip"]["exact"] == false) {
        (true, _) => "at least ",
        (false, true) => "about ",
        (false, false) => "",
    }
}

/// What a milestone is called.
pub fn milestone_name(milestone: &Value) -> String {
    let name = milestone["name"].as_str().unwrap_or_default();
    if let Some(title) = milestone["title"].as_str() {
        return title.to_owned();
    }
    words::milestone(name)
}

/// The dependencies of which both ends are drawn.
fn links(project: &Value, entries: &[Entry<'_>], axis: TimeAxis) -> Vec<Link> {
    let of_milestone = |name: &Value| {
        let name = name.as_str()?;
        let is = |entry: &Entry<'_>| {
            !entry.is_permit && entry.thing["name"].as_str().is_some_and(|other| other.eq_ignore_ascii_case(name))
        };
        entries.iter().position(is)
    };
    let of_permit = |permit: &Value| {
        let id = permit["id"].as_str()?;
        entries.iter().position(|entry| entry.is_permit && entry.thing["id"] == id)
    };
    let link = |dependency: &Value| {
        let is_own = dependency["ofProject"].is_null() || dependency["ofProject"]["id"] == project["id"];
        let needed =
            of_milestone(&dependency["needsMilestone"]).filter(|_| is_own).or_else(|| of_permit(&dependency["needsPermit"]))?;
        let needing = of_milestone(&dependency["milestone"])?;
        let middle = |index: usize| TOP + ROW * u32::try_from(index).unwrap_or_default() + ROW / 2;
        let (from, to) = (entries.get(needed)?.day, entries.get(needing)?.day);
        Some(Link { x1: axis.x(from), x2: axis.x(to), y1: middle(needed), y2: middle(needing), back: to < from })
    };
    items(&project["dependencies"]).iter().filter_map(link).collect()
}

/// When the investment decision is, and by how much that is later than its first plan.
fn title(fid: &Value) -> String {
    let text = |name: &str| fid[name].as_str().map(words::date);
    let slip = match fid["slip"]["count"].as_i64() {
        Some(0) => ", as first planned".to_owned(),
        Some(days) => {
            let about = about(fid);
            let count = words::number(&days.unsigned_abs().to_string());
            let unit = if days.unsigned_abs() == 1 { "day" } else { "days" };
            format!(", {about}{count} {unit} {} than first planned", if days > 0 { "later" } else { "earlier" })
        }
        None => String::new(),
    };
    match (text("actual"), text("forecast")) {
        (Some(taken), _) => format!("The investment decision was taken {taken}{slip}"),
        (None, Some(expected)) if fid["expectedDatePassed"] == true => {
            format!("The investment decision was expected {expected}, which has passed{slip}")
        }
        (None, Some(expected)) => format!("The investment decision is expected {expected}{slip}"),
        (None, None) => "No date of the investment decision is on record".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn project() -> Value {
        json!({ "id": "project-a",
            "fid": { "name": "fid", "baseline": "2026-06-01", "forecast": "2026-09-01", "actual": null, "slip": { "count": 92, "exact": true } },
            "milestones": [
                { "name": "fid", "baseline": "2026-06-01", "forecast": "2026-09-01", "actual": null, "slip": { "count": 92, "exact": true },
                    "expectedDatePassed": false, "droppedOn": null },
                { "name": "feed_completed", "baseline": "2026-01-01", "forecast": null, "actual": "2026-Q1", "slip": { "count": 0, "exact": false },
                    "expectedDatePassed": false, "droppedOn": null },
                { "name": "old", "baseline": "2020-01-01", "droppedOn": "2021-01-01" },
                { "name": "undated", "droppedOn": null }],
            "permits": { "nodes": [{ "id": "permit-a", "title": "Pier", "clocks": [{ "state": "RUNNING", "deadline": "2026-05-01",
                "leftDays": 20, "lateDays": 0, "segments": [{ "stopped": false, "first": "2026-02-01", "last": "2026-04-11", "days": 70 }] }] }] },
            "dependencies": [{ "milestone": "FID", "needsMilestone": "feed_completed", "ofProject": null, "needsPermit": null },
                { "milestone": "fid", "needsMilestone": null, "needsPermit": { "id": "permit-a" } },
                { "milestone": "fid", "needsMilestone": "feed_completed", "ofProject": { "id": "project-b" }, "needsPermit": null }] })
    }

    #[test]
    fn rows_stand_in_the_order_of_their_dates_and_what_was_dropped_or_has_none_is_left_out() {
        let drawing = drawing(&project(), "2026-04-11".parse().unwrap()).unwrap();
        let names: Vec<_> = drawing.rows.iter().map(|row| (row.name.as_str(), row.y)).collect();
        assert_eq!(names, [("FEED completed", 28), ("Pier", 72), ("Investment decision", 116)]);
        assert_eq!(drawing.height, 28 + 3 * 44);
        let [feed, permit, fid] = drawing.rows.as_slice() else { panic!("{drawing:?}") };
        assert!(feed.reached && feed.now.as_ref().unwrap().from.is_some() && feed.slip.is_none());
        assert_eq!((permit.bar.len(), permit.note.as_str()), (2, "20\u{a0}days left"));
        assert_eq!((fid.says.as_str(), fid.reached, fid.slip.is_some()), ("+92\u{a0}d", false, true));
        assert!(drawing.today.is_some());
    }

    #[test]
    fn what_should_have_been_reached_by_now_slips_to_the_day_that_is_looked_at() {
        let late = json!({ "id": "project-a", "fid": null, "dependencies": [], "permits": { "nodes": [] }, "milestones": [
            { "name": "feed_completed", "baseline": "2024-09-01", "forecast": "2026-03-10", "actual": null,
                "slip": { "count": 796, "exact": false }, "expectedDatePassed": true, "droppedOn": null }] });
        let drawing = drawing(&late, "2026-11-06".parse().unwrap()).unwrap();
        let [feed] = drawing.rows.as_slice() else { panic!("{drawing:?}") };
        assert_eq!((feed.says.as_str(), feed.name.as_str()), ("at least +796\u{a0}d", "FEED completed"));
        let (_, to) = feed.slip.clone().unwrap();
        assert_eq!((Some(&to), feed.says_at.as_ref()), (drawing.today.as_ref(), drawing.today.as_ref()));
        assert_ne!(to, feed.now.as_ref().unwrap().x);
    }

    #[test]
    fn a_need_goes_from_the_row_that_is_needed_to_the_one_that_needs_it() {
        let drawing = drawing(&project(), "2026-04-11".parse().unwrap()).unwrap();
        let links: Vec<_> = drawing.links.iter().map(|link| (link.y1, link.y2, link.back)).collect();
        assert_eq!(links, [(50, 138, false), (94, 138, false)]);
    }

    #[test]
    fn the_date_of_the_decision_is_said() {
        let of = |fid: Value| title(&fid);
        assert_eq!(
            title(&project()["fid"]),
            "The investment decision is expected 1 September 2026, 92 days later than first planned"
        );
        assert_eq!(
            of(json!({ "actual": "2026-03", "slip": { "count": -1, "exact": false } })),
            "The investment decision was taken March 2026, about 1 day earlier than first planned"
        );
        assert_eq!(
            of(json!({ "forecast": "2026-03", "slip": { "count": 0 } })),
            "The investment decision is expected March 2026, as first planned"
        );
        assert_eq!(of(Value::Null), "No date of the investment decision is on record");
        assert!(drawing(&json!({}), "2026-04-11".parse().unwrap()).is_none());
    }
}
