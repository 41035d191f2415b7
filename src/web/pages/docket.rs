//! The docket: which permits need action first, of whom and by when.

use access::Role;
use actix_web::HttpResponse;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::web::{failure::Failure, file::Format, moment::Moment, paging, strange, visit::Visit, words};

const DOCUMENT: &str = concat!(include_str!("docket.graphql"), include_str!("docket_entry.graphql"));
const FILE: &str = concat!(include_str!("docket_file.graphql"), include_str!("docket_entry.graphql"));

/// The longest text, regime or id that is taken from an address.
const TEXT_CHARS_MAX: usize = 100;
/// How many pages of the API a file holds at most: 100 permits each.
const FILE_PAGES_MAX: usize = 20;

/// The sections, as they are called in tabs. Each open permit is in exactly one of the first eight.
const SECTIONS: [(&str, &str); 15] = [
    ("OVERDUE", "Overdue"),
    ("DUE_IN_30", "Due in 30 days"),
    ("DUE_IN_60", "In 31 to 60"),
    ("DUE_IN_90", "In 61 to 90"),
    ("DUE_LATER", "Later"),
    ("STOPPED", "Stopped"),
    ("NOT_STARTED", "Clock not started"),
    ("NO_DEADLINE", "No deadline known"),
    ("RESUMPTION_PASSED", "stopped beyond the day on which the clock was expected to run again"),
    ("STOPPED_LONG", "stopped for longer than 85 in 100 on the same ground"),
    ("REQUEST_UNANSWERED", "with a request for information that is not answered in time"),
    ("CONDITION_DUE", "with a condition that was due, or is within 30 days"),
    ("WINDOW_CLOSING", "of which a window of challenge closes within 30 days"),
    ("AGEING", "older than 85 in 100 of their kind"),
    ("TO_TELL", "about which somebody is to be told this week"),
];
/// How many of the sections are by deadline.
const BY_DEADLINE: usize = 8;

const ORDERS: [(&str, &str); 4] = [
    ("ACTION", "What needs action first"),
    ("DEADLINE", "First deadline first"),
    ("OLDEST", "Oldest first"),
    ("LONGEST_STOPPED", "Longest stopped first"),
];

const COURTS: [&str; 5] = ["AUTHORITY", "APPLICANT", "OTHER_AUTHORITY", "THIRD_PARTY", "COURT"];

/// The page, or its permits as a file.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let wanted = Wanted::of(&visit)?;
    if let Some(format) = Format::of(&visit) {
        return file(&visit, format, &moment, &wanted).await;
    }
    let after = paging::cursor(&visit, "after")?;
    let mut data = visit.ask(DOCUMENT, &moment.variables(wanted.variables(after))).await?;
    let regimes = data["regimes"].take();
    let docket = &mut data["permitDocket"];
    let as_of = day(&docket["asOf"]).unwrap_or_default();
    for entry in docket["entries"]["nodes"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        entry["bar"] = bar(entry, as_of);
        entry["where"] = json!(place(&entry["sections"][0]));
    }
    let weeks = weeks(&docket["weeks"]);
    let mut notes = strange::parameters(&visit, &KNOWN);
    notes.extend(wanted.regime.as_deref().and_then(|regime| no_such_regime(docket, &regimes, regime)));
    let content = json!({
        "moment": moment,
        "notes": notes,
        "wanted": wanted.shown(),
        "orders": ORDERS,
        "courts": COURTS,
        "tabs": tabs(&visit, docket, wanted.section),
        "look": look(&visit, docket),
        "weeks": weeks,
        "all": link(&visit, None),
        "csv": paging::address(&visit, "format", Some("csv")),
        "pager": paging::pager(&visit, "after", &docket["entries"]),
        "docket": docket,
    });
    visit.show("docket.html", content)
}

/// By what the address narrows the docket.
const KNOWN: [&str; 9] = ["section", "order", "court", "whose", "regime", "officer", "authority", "project", "text"];

/// What is said where nothing that is open is under `regime`; `known` are those that there are files of.
fn no_such_regime(docket: &Value, known: &Value, regime: &str) -> Option<String> {
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    if list(&docket["regimes"]).iter().any(|used| used.as_str().is_some_and(|used| used.eq_ignore_ascii_case(regime))) {
        return None;
    }
    let known = list(known);
    let names: Vec<&str> = known.iter().filter_map(|known| known["id"].as_str()).collect();
    Some(if names.iter().any(|known| known.eq_ignore_ascii_case(regime)) {
        format!("No open permit here is under the regime '{regime}'.")
    } else {
        format!("No regime is called '{regime}'; those that are known are {}.", names.join(", "))
    })
}

/// What the section of an open permit is called that it is in by its deadline.
fn place(section: &Value) -> Option<&'static str> {
    SECTIONS.iter().take(BY_DEADLINE).find(|(name, _)| section == name).map(|(_, label)| *label)
}

/// What a section is called.
fn label(section: &Value) -> Option<&'static str> {
    SECTIONS.iter().find(|(name, _)| section == name).map(|(_, label)| *label)
}

/// How many are in a section.
fn count(docket: &Value, section: &str) -> u64 {
    let sections = docket["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
    sections
        .iter()
        .find(|counted| counted["section"] == section)
        .and_then(|counted| counted["count"].as_u64())
        .unwrap_or_default()
}

/// The sections by deadline, with their counts and addresses.
fn tabs(visit: &Visit, docket: &Value, current: Option<&str>) -> Vec<Value> {
    let tab = |(name, label): (&str, &str)| {
        json!({ "label": label, "count": count(docket, name), "href": link(visit, Some(name)), "current": current == Some(name),
            "late": name == "OVERDUE" })
    };
    SECTIONS.into_iter().take(BY_DEADLINE).map(tab).collect()
}

/// What else is to be looked at: the other sections that are not empty.
fn look(visit: &Visit, docket: &Value) -> Vec<Value> {
    let others = SECTIONS.into_iter().skip(BY_DEADLINE).filter(|(name, _)| count(docket, name) > 0);
    let item =
        |(name, label): (&str, &str)| json!({ "label": label, "count": count(docket, name), "href": link(visit, Some(name)) });
    others.map(item).collect()
}

/// The address of a section of this docket, from its start.
fn link(visit: &Visit, section: Option<&str>) -> String {
    let section = section.map(str::to_lowercase);
    let kept = visit
        .parameters()
        .into_iter()
        .filter(|(name, value)| !["section", "after", "format"].contains(name) && !value.is_empty());
    let pairs = kept.chain(section.as_deref().map(|section| ("section", section)));
    let query: Vec<_> = pairs.map(|(name, value)| format!("{}={}", words::encoded(name), words::encoded(value))).collect();
    if query.is_empty() { "/docket".to_owned() } else { format!("/docket?{}", query.join("&")) }
}

/// A day as the API writes it.
fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.parse().ok()
}

/// The columns of deadlines by week, drawn: each as high as its count beside the greatest.
fn weeks(weeks: &Value) -> Value {
    const HIGHEST: u64 = 60;
    let weeks = weeks.as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |week: &Value, name: &str| week[name].as_u64().unwrap_or_default();
    let most = weeks.iter().map(|week| number(week, "count")).max().unwrap_or_default();
    let height = |count: u64| (count * HIGHEST).checked_div(most).unwrap_or(0).max(u64::from(count > 0) * 3);
    let columns = weeks.iter().enumerate().map(|(at, week)| {
        let (high, late) = (height(number(week, "count")), height(number(week, "overdue")));
        json!({ "x": percent_of(at, weeks.len()), "from": week["from"], "count": week["count"], "overdue": week["overdue"],
            "height": high, "y": HIGHEST - high, "late_height": late.min(high), "late_y": HIGHEST - late.min(high) })
    });
    json!({ "columns": columns.collect::<Vec<_>>(), "any": most > 0, "today": percent_of(3, weeks.len()) })
}

fn percent_of(part: usize, whole: usize) -> String {
    let hundredths = (part * 10_000).checked_div(whole).unwrap_or_default();
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Where the deadline stands in every bar, in hundredths of a per cent of its width.
const POST: i64 = 7_600;

/// A permit's clock, drawn: what counted, what was stopped and what is left, the deadline at the same place in every row.
/// Null where there is none to draw.
fn bar(entry: &Value, as_of: NaiveDate) -> Value {
    let clock = &entry["clock"];
    let is_stopped = clock["state"] == "STOPPED";
    let left = clock["leftDays"].as_i64();
    let end = if is_stopped { left.and_then(|left| later(as_of, left)) } else { day(&entry["deadline"]) };
    let Some((start, end)) = day(&clock["firstCountedDay"]).zip(end).filter(|(start, end)| start <= end) else {
        return Value::Null;
    };
    let whole = (end - start).num_days() + 1;
    let place = |day: NaiveDate| ((day - start).num_days() * POST / whole).clamp(0, 10_000);
    let mut parts = Vec::new();
    for segment in clock["segments"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let Some((first, last)) = day(&segment["first"]).zip(day(&segment["last"])) else { continue };
        let (from, to) = (place(first), last.succ_opt().map_or_else(|| place(last), place));
        if segment["stopped"] == true {
            parts.extend(part("stopped", from, to));
        } else {
            parts.extend(part("used", from, to.min(POST)));
            parts.extend(part("over", from.max(POST), to));
        }
    }
    let strict = day(&clock["strictDeadline"]).filter(|strict| *strict < end && !is_stopped);
    let strict = strict.and_then(|strict| strict.succ_opt()).map(|after| written(place(after)));
    json!({ "parts": parts, "strict": strict })
}

fn later(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(u64::try_from(days).ok()?))
}

/// A part of a bar; nothing, where it has no width.
fn part(kind: &str, from: i64, to: i64) -> Option<Value> {
    (from < to).then(|| json!({ "kind": kind, "x": written(from), "width": written(to - from) }))
}

/// Hundredths of a per cent, as per cent.
fn written(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

const COLUMNS: [&str; 19] = [
    "permit",
    "title",
    "instrument",
    "reference",
    "authority",
    "regime",
    "case",
    "sections",
    "deadline",
    "days_left",
    "days_used",
    "days_stopped",
    "stopped_since",
    "age_days",
    "court",
    "court_since",
    "officer",
    "next",
    "clock",
];

/// The permits of the docket as a file, those of the section that is asked for.
async fn file(visit: &Visit, format: Format, moment: &Moment, wanted: &Wanted) -> Result<HttpResponse, Failure> {
    let mut rows = Vec::new();
    let mut after = None;
    for _ in 0..FILE_PAGES_MAX {
        let data = visit.ask(FILE, &moment.variables(wanted.variables(after))).await?;
        let entries = &data["permitDocket"]["entries"];
        rows.extend(entries["nodes"].as_array().into_iter().flatten().map(row));
        after = entries["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        if entries["pageInfo"]["hasNextPage"] != true {
            return format.file("docket", &COLUMNS, &rows);
        }
    }
    let most = FILE_PAGES_MAX * 100;
    Err(Failure::unreadable(format!("a file holds {most} permits at most; choose a section, a regime or an authority")))
}

fn row(entry: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (permit, clock) = (&entry["permit"], &entry["clock"]);
    let list = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(" ");
    let next = entry["dues"].as_array().and_then(|dues| dues.first());
    let next = next.map(|due| format!("{} {}: {}", text(&due["on"]), text(&due["what"]), text(&due["words"])).trim().to_owned());
    vec![
        text(&permit["id"]),
        text(&permit["title"]),
        text(&permit["instrument"]),
        text(&permit["reference"]),
        text(&permit["authority"]["name"]),
        text(&permit["regime"]),
        text(&permit["case"]),
        list(&entry["sections"]),
        text(&entry["deadline"]),
        text(&clock["leftDays"]),
        text(&clock["usedDays"]),
        text(&clock["stoppedDays"]),
        text(&entry["stoppedSince"]),
        text(&entry["ageDays"]),
        text(&permit["court"]["party"]),
        text(&permit["court"]["since"]),
        text(&entry["officer"]),
        next.unwrap_or_default(),
        text(&clock["sentence"]),
    ]
}

/// Which permits are wanted, and how.
struct Wanted {
    section: Option<&'static str>,
    order: &'static str,
    court: Option<&'static str>,
    mine: bool,
    regime: Option<String>,
    officer: Option<String>,
    authority: Option<String>,
    project: Option<String>,
    text: Option<String>,
}

impl Wanted {
    fn of(visit: &Visit) -> Result<Self, Failure> {
        let sections = SECTIONS.map(|(name, _)| name);
        let orders = ORDERS.map(|(name, _)| name);
        let has_their_own = |role| matches!(role, Role::Regulator | Role::ProjectLead | Role::ClusterManager);
        let mine = match visit.parameter("whose") {
            Some("mine") => true,
            Some("all") => false,
            Some(_) => return Err(Failure::unreadable("'whose' is mine or all")),
            None => visit.viewer()?.grants.iter().any(|grant| has_their_own(grant.role)),
        };
        Ok(Self {
            section: one_of(visit, "section", &sections)?,
            order: one_of(visit, "order", &orders)?.unwrap_or("ACTION"),
            court: one_of(visit, "court", &COURTS)?,
            mine,
            regime: text(visit, "regime")?,
            officer: text(visit, "officer")?,
            authority: text(visit, "authority")?,
            project: text(visit, "project")?,
            text: text(visit, "text")?,
        })
    }

    /// As the API takes it.
    fn variables(&self, after: Option<String>) -> Value {
        let mut filter = json!({ "regime": self.regime, "court": self.court.map(|court| [court]), "authority": self.authority,
            "project": self.project, "text": self.text });
        if let Some(members) = filter.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        json!({ "after": after, "filter": filter, "mine": self.mine, "officer": self.officer,
            "sections": self.section.map(|section| [section]), "order": self.order })
    }

    /// As the page shows it.
    fn shown(&self) -> Value {
        json!({ "section": self.section, "order": self.order, "court": self.court, "mine": self.mine, "regime": self.regime,
            "officer": self.officer, "authority": self.authority, "project": self.project, "text": self.text,
            "label": self.section.and_then(|section| label(&json!(section))) })
    }
}

/// The one of `known` that a parameter names.
fn one_of(visit: &Visit, name: &str, known: &[&'static str]) -> Result<Option<&'static str>, Failure> {
    let Some(wanted) = visit.parameter(name) else { return Ok(None) };
    let found = known.iter().find(|known| known.eq_ignore_ascii_case(wanted)).copied();
    found.map(Some).ok_or_else(|| Failure::unreadable(format!("'{name}' is none of those in the list")))
}

/// A parameter of any words.
fn text(visit: &Visit, name: &str) -> Result<Option<String>, Failure> {
    let text = visit.parameter(name);
    if text.is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control)) {
        return Err(Failure::unreadable(format!("'{name}' has more than {TEXT_CHARS_MAX} characters, or strange ones")));
    }
    Ok(text.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bar: &Value) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let parts = bar["parts"].as_array().unwrap().iter();
        parts.map(|part| (text(&part["kind"]), text(&part["x"]), text(&part["width"]))).collect()
    }

    fn of(parts: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
        parts.iter().map(|(kind, x, width)| ((*kind).to_owned(), (*x).to_owned(), (*width).to_owned())).collect()
    }

    #[test]
    fn the_deadline_stands_at_the_same_place_and_what_is_beyond_it_is_over() {
        let segment = |stopped: bool, first: &str, last: &str| json!({ "stopped": stopped, "first": first, "last": last });
        // Ten days to the deadline: each is 7.6 per cent wide.
        let late = json!({ "deadline": "2026-06-10", "clock": { "state": "RUNNING", "firstCountedDay": "2026-06-01",
            "strictDeadline": "2026-06-05", "segments": [segment(false, "2026-06-01", "2026-06-02"),
            segment(true, "2026-06-03", "2026-06-04"), segment(false, "2026-06-05", "2026-06-12")] } });
        let drawn = bar(&late, "2026-06-12".parse().unwrap());
        let expected = of(&[
            ("used", "0.00", "15.20"),
            ("stopped", "15.20", "15.20"),
            ("used", "30.40", "45.60"),
            ("over", "76.00", "15.20"),
        ]);
        assert_eq!(parts(&drawn), expected);
        assert_eq!(drawn["strict"], "38.00");
        let very = bar(&late, "2027-06-12".parse().unwrap());
        assert_eq!(parts(&very), expected, "the segments say how long it is");
        let stopped = json!({ "deadline": null, "clock": { "state": "STOPPED", "firstCountedDay": "2026-06-01", "leftDays": 5,
            "segments": [segment(false, "2026-06-01", "2026-06-04"), segment(true, "2026-06-05", "2026-06-05")] } });
        let drawn = bar(&stopped, "2026-06-05".parse().unwrap());
        assert_eq!(parts(&drawn), of(&[("used", "0.00", "30.40"), ("stopped", "30.40", "7.60")]));
        assert_eq!(bar(&json!({ "deadline": null, "clock": null }), "2026-06-05".parse().unwrap()), Value::Null);
    }
}
