//! The desk of whoever is signed in: what needs them, what is theirs, and one entry to record something.

mod asked;

use access::{Actor, Role};
use actix_web::HttpResponse;
use chrono::{DateTime, Months, NaiveDate, Utc};
use serde_json::{Value, json};

use self::asked::{Asked, NAMED_MAX, Question};
use super::log;
use crate::web::{failure::Failure, paging, visit::Visit, words};

/// How far ahead a desk looks, in days, and what each part of that is called.
const HORIZONS: [(i64, &str); 3] = [(30, "Within 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days")];

/// After how many months without a word something is stale.
const STALE_MONTHS: u32 = 6;

/// The most lines under one heading.
const LINES_MAX: usize = 25;

/// The things of a desk, each once.
#[derive(Default)]
struct Mine {
    projects: Vec<Value>,
    permits: Vec<Value>,
    awards: Vec<Value>,
    partnerships: Vec<Value>,
    programmes: Vec<Value>,
    clusters: Vec<Value>,
    /// The lists of which there is more than the desk shows.
    cut: Vec<Cut>,
    /// Whether these are not the first things of the lists.
    is_on: bool,
}

/// A list that goes on.
struct Cut {
    alias: String,
    shown: usize,
    total: u64,
    /// Where it goes on.
    end: Option<String>,
    all: Option<String>,
}

impl Mine {
    fn take(&mut self, data: &Value, question: &Question) {
        for (alias, found) in data.as_object().into_iter().flatten() {
            let list = match alias.split('_').next().unwrap_or_default() {
                "project" => &mut self.projects,
                "permit" => &mut self.permits,
                "award" => &mut self.awards,
                "partnership" => &mut self.partnerships,
                "programme" => &mut self.programmes,
                _ => &mut self.clusters,
            };
            let nodes = found["nodes"].as_array().cloned().unwrap_or_else(|| vec![found.clone()]);
            if let Some(total) = found["totalCount"].as_u64().filter(|total| *total > nodes.len() as u64) {
                let info = &found["pageInfo"];
                let end = info["endCursor"].as_str().filter(|_| info["hasNextPage"] == true).map(str::to_owned);
                self.cut.push(Cut { alias: alias.clone(), shown: nodes.len(), total, end, all: question.all.clone() });
            }
            for node in nodes {
                if !node["id"].is_null() && !list.iter().any(|known| known["id"] == node["id"]) {
                    list.push(node);
                }
            }
        }
    }
}

/// Something that needs somebody.
struct Due {
    on: Option<NaiveDate>,
    shown: Value,
}

/// The day by which a date that the API writes has passed; none, where it is not a date.
fn last_day(date: &str) -> Option<NaiveDate> {
    let date = date.rsplit('/').next()?;
    let mut parts = date.split('-');
    let year: i32 = parts.next()?.parse().ok()?;
    let last_of = |month: u32| NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_months(Months::new(1))?.pred_opt();
    match (parts.next(), parts.next()) {
        (None | Some("H2"), _) => last_of(12),
        (Some("H1"), _) => last_of(6),
        (Some(quarter), None) if quarter.starts_with('Q') => last_of(quarter[1..].parse::<u32>().ok()?.checked_mul(3)?),
        (Some(month), None) => last_of(month.parse().ok()?),
        (Some(month), Some(day)) => NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?),
    }
}

/// A line of what needs somebody: the date, what it is, of what, why, and what they can do about it.
fn due(date: &str, what: String, of: &Value, why: String, action: (&str, String)) -> Due {
    let of = json!({ "id": of["id"], "name": of["title"] });
    let (act, address) = action;
    Due { on: last_day(date), shown: json!({ "date": date, "what": what, "of": of, "why": why, "act": act, "address": address }) }
}

fn each<'a>(of: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of[list].as_array().into_iter().flatten()
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

/// What of `project` is expected.
fn of_project(project: &Value) -> Vec<Due> {
    let id = text(project, "id");
    let is_off = matches!(text(project, "standing"), "CANCELLED" | "SHELVED" | "SUSPENDED");
    let open = each(project, "milestones").filter(|milestone| milestone["actual"].is_null() && milestone["droppedOn"].is_null());
    let line = |milestone: &Value| {
        let name = text(milestone, "name");
        let is_decision = name == "fid";
        let title = milestone["title"].as_str().map_or_else(|| words::milestone(name), str::to_owned);
        let title = if is_decision { "Final investment decision".to_owned() } else { title };
        let step =
            if is_decision { "projectFidTake".to_owned() } else { format!("milestoneAchieve&about={}", words::encoded(name)) };
        let why = if milestone["expectedDatePassed"] == true { "Its expected date has passed." } else { "" };
        due(text(milestone, "forecast"), title, project, why.to_owned(), ("Log it", format!("/log?thing={id}&step={step}")))
    };
    open.filter(|milestone| !is_off && !milestone["forecast"].is_null()).map(line).collect()
}

/// What of `permit` is due: for those in whose court it is, or for whom it matters when it runs again.
fn of_permit(permit: &Value, is_authority: bool) -> Vec<Due> {
    let id = text(permit, "id");
    let mut found = Vec::new();
    let log = || format!("/log?thing={id}");
    for stop in each(permit, "stops").filter(|stop| stop["until"].is_null() && !stop["expectedResumption"].is_null()) {
        let what = "The clock is to run again".to_owned();
        found.push(due(
            text(stop, "expectedResumption"),
            what,
            permit,
            "It is stopped.".to_owned(),
            ("Log what happened", log()),
        ));
    }
    for clock in each(permit, "clocks").filter(|clock| clock["deadline"].is_string() && clock["state"] == "RUNNING") {
        let limit = words::words(text(clock, "limit"));
        let (act, address) = if is_authority { ("Record a step", log()) } else { ("See the permit", format!("/permits/{id}")) };
        let why = if clock["overdue"] == true { "The statutory deadline has passed." } else { "The last day by law." };
        found.push(due(text(clock, "deadline"), format!("Deadline: {limit}"), permit, why.to_owned(), (act, address)));
    }
    found
}

fn of_award(award: &Value) -> Vec<Due> {
    let id = text(award, "id");
    let open = each(award, "conditions").filter(|condition| condition["metOn"].is_null()).count();
    if award["endsOn"].is_null() || matches!(text(award, "state"), "DECLINED" | "TERMINATED") {
        return Vec::new();
    }
    let why = if open == 0 { String::new() } else { format!("Conditions that are not met: {open}.") };
    vec![due(
        text(award, "endsOn"),
        "The money has to be spent".to_owned(),
        award,
        why,
        ("Record a step", format!("/log?thing={id}")),
    )]
}

/// In whose court a permit is, as far as that is whoever looks.
fn in_my_court(permit: &Value, is_authority: bool) -> Option<Value> {
    let party = text(&permit["court"], "party");
    let is_mine = if is_authority { party == "AUTHORITY" } else { party == "APPLICANT" };
    let id = text(permit, "id");
    is_mine.then(
        || json!({ "id": id, "name": permit["title"], "since": permit["court"]["since"], "address": format!("/log?thing={id}") }),
    )
}

/// The facts of `thing` that wait for whoever looks to confirm them.
fn awaiting(thing: &Value) -> Vec<Value> {
    let id = text(thing, "id");
    let fact = |fact: &Value| {
        json!({
            "says": words::sentence(&words::words(text(fact, "eventType"))),
            "occurred_on": fact["occurredOn"],
            "of": { "id": id, "name": thing["title"] },
            "confirm": format!("/log?thing={id}&fact={}&step=factConfirm", text(fact, "id")),
            "dispute": format!("/log?thing={id}&fact={}&step=factDispute", text(fact, "id")),
        })
    };
    each(&thing["record"], "awaitingConfirmation").map(fact).collect()
}

/// Whether nothing was recorded of `thing` for long, with since when.
fn stale(thing: &Value, today: NaiveDate) -> Option<Value> {
    let since = today.checked_sub_months(Months::new(STALE_MONTHS))?;
    let last = DateTime::parse_from_rfc3339(text(&thing["record"], "lastRecordedAt")).ok()?.date_naive();
    let id = text(thing, "id");
    (last < since)
        .then(|| json!({ "id": id, "name": thing["title"], "since": last.to_string(), "address": format!("/log?thing={id}") }))
}

/// `found` under its headings, with how many days each is away.
fn grouped(mut found: Vec<Due>, today: NaiveDate) -> Vec<Value> {
    found.sort_by_key(|due| due.on);
    let mut groups: Vec<(&str, Vec<Value>)> =
        std::iter::once(("Expected date passed", Vec::new())).chain(HORIZONS.map(|(_, name)| (name, Vec::new()))).collect();
    for Due { on, mut shown } in found {
        let Some(on) = on else { continue };
        let days = on.signed_duration_since(today).num_days();
        let count = |days: i64| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        shown["late"] = json!(days < 0);
        shown["away"] = json!(match days {
            0 => "today".to_owned(),
            days if days < 0 => format!("{} ago", count(-days)),
            days => format!("in {}", count(days)),
        });
        let place =
            if days < 0 { Some(0) } else { HORIZONS.iter().position(|(horizon, _)| days <= *horizon).map(|place| place + 1) };
        if let Some((_, lines)) = place.and_then(|place| groups.get_mut(place)) {
            lines.push(shown);
        }
    }
    let group = |(name, lines): (&str, Vec<Value>)| {
        let count = lines.len();
        json!({ "name": name, "count": count, "lines": lines.into_iter().take(LINES_MAX).collect::<Vec<_>>(), "more": count.saturating_sub(LINES_MAX) })
    };
    groups.into_iter().filter(|(_, lines)| !lines.is_empty()).map(group).collect()
}

/// The desk, or what comes after the first things of its lists.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let viewer = visit.viewer()?;
    let mut asked = Asked::of("");
    viewer.grants.iter().for_each(|grant| asked.grant(grant));
    let mut mine = Mine::default();
    look(&visit, &asked, &mut mine).await?;
    let mut of_led = Asked::of("led");
    if viewer.grants.iter().any(|grant| grant.role == Role::ProjectLead && grant.organisation.is_some()) {
        mine.projects.iter().take(NAMED_MAX).for_each(|project| of_led.permits_of(text(project, "id")));
    }
    for question in &of_led.questions {
        mine.take(&visit.ask(&question.document(), &json!({ "after": null })).await?, question);
    }
    visit.show("desk.html", content(&visit, &viewer, &mine)?)
}

/// Asks what is `asked`: from the start or, where the address says from where on, those lists that go on.
async fn look(visit: &Visit, asked: &Asked, mine: &mut Mine) -> Result<(), Failure> {
    mine.is_on = asked.questions.iter().any(|question| visit.parameter(&question.alias).is_some());
    for question in &asked.questions {
        let after = paging::cursor(visit, &question.alias)?;
        if after.is_some() == mine.is_on {
            let variables = if question.is_list { json!({ "after": after }) } else { json!({}) };
            mine.take(&visit.ask(&question.document(), &variables).await?, question);
        }
    }
    Ok(())
}

/// What is shown of the lists that go on, and where they do.
fn cut(mine: &Mine) -> Value {
    let lists = mine.cut.iter().map(|cut| {
        let kind = cut.alias.split('_').next().unwrap_or_default();
        json!({ "kind": words::words(kind), "shown": cut.shown, "total": cut.total, "all": cut.all })
    });
    let ends = mine.cut.iter().filter_map(|cut| Some(format!("{}={}", cut.alias, words::encoded(cut.end.as_deref()?))));
    // Permits of single projects have a list of their own to go on in.
    let next: Vec<String> = ends.filter(|end| !end.contains("_led")).collect();
    let next = if next.is_empty() { None } else { Some(format!("/desk?{}", next.join("&"))) };
    json!({ "lists": lists.collect::<Vec<_>>(), "next": next })
}

fn content(visit: &Visit, viewer: &Actor, mine: &Mine) -> Result<Value, Failure> {
    let today = Utc::now().date_naive();
    let is_authority = viewer.has(Role::Regulator);
    let mut found: Vec<Due> = mine.projects.iter().flat_map(of_project).collect();
    found.extend(mine.permits.iter().flat_map(|permit| of_permit(permit, is_authority)));
    found.extend(mine.awards.iter().flat_map(of_award));
    let (late, soon) = found.iter().filter_map(|due| due.on).fold((0, 0), |(late, soon), on| {
        let days = on.signed_duration_since(today).num_days();
        (late + usize::from(days < 0), soon + usize::from((0..=30).contains(&days)))
    });
    let things = || mine.projects.iter().chain(&mine.permits).chain(&mine.awards);
    let waiting: Vec<Value> = things().flat_map(awaiting).collect();
    let mut stale: Vec<Value> = mine.projects.iter().filter_map(|project| stale(project, today)).collect();
    let stale_count = stale.len();
    stale.truncate(LINES_MAX);
    let court: Vec<Value> = mine.permits.iter().filter_map(|permit| in_my_court(permit, is_authority)).collect();
    Ok(json!({
        "may_record": access::table::records_anything(viewer),
        "has_things": things().next().is_some() || !mine.clusters.is_empty() || !mine.programmes.is_empty(),
        "late": late,
        "soon": soon,
        "groups": grouped(found, today),
        "waiting_count": waiting.len(),
        "waiting": waiting.into_iter().take(LINES_MAX).collect::<Vec<_>>(),
        "court_count": court.len(),
        "court": court.into_iter().take(LINES_MAX).collect::<Vec<_>>(),
        "stale_count": stale_count,
        "stale": stale,
        "projects": mine.projects,
        "permits": mine.permits,
        "awards": mine.awards,
        "partnerships": mine.partnerships,
        "programmes": mine.programmes,
        "clusters": mine.clusters,
        "cut": cut(mine),
        "is_on": mine.is_on,
        "new": log::founding(visit)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_passed_when_its_last_day_has() {
        for (date, last) in [
            ("2026-11-20", "2026-11-20"),
            ("2026-02", "2026-02-28"),
            ("2026-Q3", "2026-09-30"),
            ("2026-H1", "2026-06-30"),
            ("2026", "2026-12-31"),
            ("2024-03/2024-05", "2024-05-31"),
            ("../2024-12", "2024-12-31"),
        ] {
            assert_eq!(last_day(date).map(|day| day.to_string()).as_deref(), Some(last), "{date}");
        }
        for none in ["", "soon", "2026-13", "2026-Q"] {
            assert_eq!(last_day(none), None, "{none}");
        }
    }
}
