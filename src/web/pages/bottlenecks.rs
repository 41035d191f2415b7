//! Where permits get stuck: groups by one or two dimensions, the slowest first, with how long they take and why.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::web::{
    charts::{
        items, slow,
        survival::{self, Group},
    },
    csv,
    failure::Failure,
    file::Format,
    moment::{self, Moment},
    paging, strange,
    visit::Visit,
    words,
};

const DOCUMENT: &str = concat!(include_str!("bottlenecks.graphql"), include_str!("bottlenecks_group.graphql"));
const FILE: &str = concat!(include_str!("bottlenecks_file.graphql"), include_str!("bottlenecks_group.graphql"));

/// How many pages of the API the file of groups holds at most: 100 groups each.
const FILE_PAGES_MAX: usize = 20;

/// By what permits can be grouped, as the API calls it and as people do.
const DIMENSIONS: [(&str, &str); 7] = [
    ("AUTHORITY", "authority"),
    ("INSTRUMENT", "permit type"),
    ("TECHNOLOGY", "technology"),
    ("JURISDICTION", "jurisdiction"),
    ("REGIME", "regime"),
    ("CLUSTER", "cluster"),
    ("YEAR_SUBMITTED", "year submitted"),
];

/// The files that single charts come as.
const FILES: [&str; 3] = ["survival.csv", "ageing.csv", "heat.csv"];

/// The most pairs of the heat map.
const PAIRS_MAX: u64 = 100;

/// The page, or the figures of one of its charts as a file.
///
/// # Errors
///
/// When nobody is signed in, the address asks for what can't be grouped by, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let wanted = Wanted::of(&visit)?;
    let by = wanted.by();
    if Format::of(&visit) == Some(Format::Csv) {
        return groups_file(&visit, &moment, &wanted).await;
    }
    let variables = json!({
        "by": by,
        "second": by.last().into_iter().collect::<Vec<_>>(),
        "pairs": by.len() == 2,
        "filter": wanted.filter(),
        "after": paging::cursor(&visit, "after")?,
    });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    if visit.parameter("format").is_some_and(|format| FILES.contains(&format)) {
        return file(&visit, &by, &data);
    }
    let pager = paging::pager(&visit, "after", &data["groups"]);
    let groups = data["groups"]["nodes"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    for group in groups.iter_mut() {
        group["names"] = json!(slow::names(group, &by));
    }
    let axis = slow::add_ranges(groups);
    let curves = items(&data["curves"]["nodes"]);
    let labels = slow::labels(curves, &by);
    let named: Vec<_> = curves.iter().zip(labels).map(survival_group).collect();
    let content = json!({
        "moment": moment,
        "notes": strange::parameters(&visit, &["group", "then", "jurisdiction", "since", "authority"]),
        "wanted": wanted.shown(),
        "dimensions": DIMENSIONS,
        "axis": axis,
        "masking": slow::masking(items(&data["groups"]["nodes"]), &by),
        "survival": survival::drawing(&named),
        "ageing": slow::ageing(curves, &by),
        "heat": heat(&data, &by),
        "total": data["groups"]["totalCount"],
        "drawn": curves.len(),
        "pairs_cut": data["cells"]["totalCount"].as_u64().is_some_and(|total| total > PAIRS_MAX),
        "pager": pager,
        "csv": { "groups": file_of(&visit, "csv"), "survival": file_of(&visit, "survival.csv"), "ageing": file_of(&visit, "ageing.csv"),
            "heat": file_of(&visit, "heat.csv") },
        "curves": curves.iter().map(|group| in_short(group, &by)).collect::<Vec<_>>(),
        "groups": data["groups"]["nodes"],
    });
    visit.show("bottlenecks.html", content)
}

fn file_of(visit: &Visit, format: &str) -> String {
    paging::address(visit, "format", Some("csv")).replace("format=csv", &format!("format={format}"))
}

fn survival_group((group, name): (&Value, String)) -> Group<'_> {
    Group { name, survival: &group["survival"], limit: &group["limit"] }
}

/// What the table beside the curves shows of a group: its points are in the file.
fn in_short(group: &Value, by: &[&str]) -> Value {
    let mut survival = group["survival"].clone();
    if let Some(members) = survival.as_object_mut() {
        members.remove("curve");
    }
    json!({ "name": slow::names(group, by).join(", "), "survival": survival })
}

fn heat(data: &Value, by: &[&str]) -> Option<slow::Heat> {
    let [first, second] = by else { return None };
    let (cells, columns) = (items(&data["cells"]["nodes"]), items(&data["columns"]["nodes"]));
    let is_cut = data["cells"]["totalCount"].as_u64().is_some_and(|total| total > PAIRS_MAX);
    slow::heat(cells, columns, [first, second], is_cut)
}

/// What is wanted: dimensions, and which permits.
struct Wanted {
    by: &'static str,
    then: Option<&'static str>,
    jurisdiction: Option<String>,
    since: Option<String>,
    authority: Option<String>,
}

impl Wanted {
    fn of(visit: &Visit) -> Result<Self, Failure> {
        let known = |name: &str| {
            let wanted = visit.parameter(name);
            let found =
                wanted.map(|wanted| DIMENSIONS.iter().find(|(word, _)| word.eq_ignore_ascii_case(wanted)).map(|(word, _)| *word));
            match found {
                Some(None) => Err(Failure::unreadable(format!("'{name}' is none of the dimensions in the list"))),
                found => Ok(found.flatten()),
            }
        };
        let (by, then) = (known("group")?, known("then")?);
        // Nothing chosen: authorities beside technologies. One dimension chosen: that one alone.
        let then = if by.is_none() && then.is_none() { Some("TECHNOLOGY") } else { then };
        let by = by.unwrap_or("AUTHORITY");
        let jurisdiction = visit.parameter("jurisdiction").map(str::to_uppercase);
        if jurisdiction.as_ref().is_some_and(|code| code.parse::<schema::Jurisdiction>().is_err()) {
            return Err(Failure::unreadable("'jurisdiction' is a country or a part of one, such as NL or GB-ENG"));
        }
        let authority = visit.parameter("authority").map(str::to_owned);
        if authority.as_ref().is_some_and(|id| !words::is_id(id) || !id.starts_with("organisation-")) {
            return Err(Failure::unreadable("'authority' is the id of an organisation"));
        }
        let since = visit.parameter("since").map(|text| moment::day(text).map(|_| text.to_owned())).transpose()?;
        Ok(Self { by, then: then.filter(|then| *then != by), jurisdiction, since, authority })
    }

    fn by(&self) -> Vec<&'static str> {
        std::iter::once(self.by).chain(self.then).collect()
    }

    /// As the API takes it.
    fn filter(&self) -> Value {
        let mut filter = json!({ "jurisdiction": self.jurisdiction, "submittedFrom": self.since, "authority": self.authority });
        if let Some(members) = filter.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        filter
    }

    fn shown(&self) -> Value {
        json!({ "by": self.by, "then": self.then, "jurisdiction": self.jurisdiction, "since": self.since, "authority": self.authority })
    }
}

/// The columns of the file of groups, after those of their keys.
const GROUP_COLUMNS: [&str; 19] = [
    "n",
    "ended",
    "open",
    "median days",
    "p80 days",
    "median days of those ended",
    "p80 days of those ended",
    "undated",
    "impossible",
    "on time strictly",
    "on time with extensions",
    "masking gap",
    "decisions known",
    "decisions",
    "stopped share",
    "months to clear",
    "ageing",
    "days beyond the median",
    "sentence",
];

/// Where each of them stands in a group.
const GROUP_MEMBERS: [&str; 19] = [
    "/survival/n",
    "/survival/events",
    "/survival/censored",
    "/survival/medianDays",
    "/survival/p80Days",
    "/durations/medianDays",
    "/durations/p80Days",
    "/durations/undated",
    "/durations/impossible",
    "/onTime/strictShare",
    "/onTime/extendedShare",
    "/onTime/maskingGap",
    "/onTime/known",
    "/onTime/of",
    "/stopped/share",
    "/flow/clearanceMonths",
    "/ageing/ageing",
    "/ageing/daysBeyondMedian",
    "/sentence",
];

/// The columns of a file whose rows begin with the names of a group.
fn columns(by: &[&str], others: &[&str]) -> Vec<String> {
    by.iter().map(|by| by.to_lowercase()).chain(others.iter().map(|other| (*other).to_owned())).collect()
}

/// A row of such a file: the names of `group`, and what `members` of `of` say.
fn row(by: &[&str], group: &Value, of: &Value, members: &[&str]) -> Vec<String> {
    let cells = members.iter().map(|member| csv::cell(of.pointer(member).unwrap_or(&Value::Null)));
    slow::names(group, by).into_iter().chain(cells).collect()
}

fn written(name: &str, columns: &[String], rows: &[Vec<String>]) -> Result<HttpResponse, Failure> {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    csv::file(&format!("bottlenecks-{name}"), &columns, rows)
}

/// The figures of all groups as a file, of whatever page it was asked for.
async fn groups_file(visit: &Visit, moment: &Moment, wanted: &Wanted) -> Result<HttpResponse, Failure> {
    let by = wanted.by();
    let (mut rows, mut after) = (Vec::new(), None::<String>);
    for _ in 0..FILE_PAGES_MAX {
        let variables = json!({ "by": by, "filter": wanted.filter(), "after": after });
        let data = visit.ask(FILE, &moment.variables(variables)).await?;
        let groups = &data["groups"];
        rows.extend(items(&groups["nodes"]).iter().map(|group| row(&by, group, group, &GROUP_MEMBERS)));
        after = groups["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        if groups["pageInfo"]["hasNextPage"] != true {
            return written("groups", &columns(&by, &GROUP_COLUMNS), &rows);
        }
    }
    let most = FILE_PAGES_MAX * 100;
    Err(Failure::unreadable(format!("a file holds {most} groups at most; choose one dimension, a jurisdiction or a later day")))
}

/// The figures of a chart as a file: of its curves, of what is open in the groups that it shows, or of the pairs. Its name says
/// of how many.
fn file(visit: &Visit, by: &[&str], data: &Value) -> Result<HttpResponse, Failure> {
    let curves = items(&data["curves"]["nodes"]);
    let drawn = curves.len();
    match visit.parameter("format") {
        Some("survival.csv") => {
            let members = ["/day", "/atRisk", "/ended", "/censored", "/survival", "/lower", "/upper"];
            let points =
                curves.iter().flat_map(|group| items(&group["survival"]["curve"]).iter().map(move |point| (group, point)));
            let rows: Vec<_> = points.map(|(group, point)| row(by, group, point, &members)).collect();
            let columns = columns(by, &["day", "open and watched", "ended", "censored", "share still open", "lower", "upper"]);
            written(&format!("survival-of-{drawn}"), &columns, &rows)
        }
        Some("ageing.csv") => {
            let open = curves.iter().flat_map(|group| items(&group["forecasts"]["nodes"]).iter().map(move |node| (group, node)));
            let rows: Vec<_> =
                open.map(|(group, node)| row(by, group, node, &["/permit/id", "/permit/title", "/ageDays"])).collect();
            written(&format!("ageing-of-{drawn}"), &columns(by, &["permit", "title", "age in days"]), &rows)
        }
        _ => {
            let cells = items(&data["cells"]["nodes"]);
            let rows: Vec<_> = cells.iter().map(|pair| row(by, pair, pair, &["/survival/n", "/survival/medianDays"])).collect();
            written(&format!("heat-of-{}", cells.len()), &columns(by, &["n", "median days"]), &rows)
        }
    }
}
