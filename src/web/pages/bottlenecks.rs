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
    moment::{self, Moment},
    paging,
    visit::Visit,
    words,
};

const DOCUMENT: &str = include_str!("bottlenecks.graphql");

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

/// The files that the page comes as too.
const FILES: [&str; 4] = ["csv", "survival.csv", "ageing.csv", "heat.csv"];

/// The page, or the figures of one of its charts as a file.
///
/// # Errors
///
/// When nobody is signed in, the address asks for what can't be grouped by, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let wanted = Wanted::of(&visit)?;
    let by = wanted.by();
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
        "wanted": wanted.shown(),
        "dimensions": DIMENSIONS,
        "axis": axis,
        "masking": slow::masking(items(&data["groups"]["nodes"]), &by),
        "survival": survival::drawing(&named),
        "ageing": slow::ageing(curves, &by),
        "heat": heat(&data, &by),
        "total": data["groups"]["totalCount"],
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
    let is_cut = data["cells"]["totalCount"].as_u64().is_some_and(|total| total > 100);
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

/// The figures as a file: of the groups, of the curves, or of what is open.
fn file(visit: &Visit, by: &[&str], data: &Value) -> Result<HttpResponse, Failure> {
    let keys: Vec<_> = by.iter().map(|by| by.to_lowercase()).collect();
    let columns =
        |others: &[&'static str]| keys.iter().map(String::as_str).chain(others.iter().copied()).collect::<Vec<_>>().join("\t");
    let row = |group: &Value, of: &Value, members: &[&str]| {
        let cells = members.iter().map(|member| csv::cell(of.pointer(member).unwrap_or(&Value::Null)));
        slow::names(group, by).into_iter().chain(cells).collect::<Vec<_>>()
    };
    let curves = items(&data["curves"]["nodes"]).iter();
    let (name, columns, rows): (_, _, Vec<_>) = match visit.parameter("format") {
        Some("survival.csv") => {
            let members = ["/day", "/atRisk", "/ended", "/censored", "/survival", "/lower", "/upper"];
            let points = curves.flat_map(|group| items(&group["survival"]["curve"]).iter().map(move |point| (group, point)));
            let rows = points.map(|(group, point)| row(group, point, &members)).collect();
            ("survival", columns(&["day", "open and watched", "ended", "censored", "share still open", "lower", "upper"]), rows)
        }
        Some("ageing.csv") => {
            let open = curves.flat_map(|group| items(&group["forecasts"]["nodes"]).iter().map(move |node| (group, node)));
            let rows = open.map(|(group, node)| row(group, node, &["/permit/id", "/permit/title", "/ageDays"])).collect();
            ("ageing", columns(&["permit", "title", "age in days"]), rows)
        }
        Some("heat.csv") => {
            let cells = items(&data["cells"]["nodes"]).iter();
            let rows = cells.map(|pair| row(pair, pair, &["/survival/n", "/survival/medianDays"])).collect();
            ("heat", columns(&["n", "median days"]), rows)
        }
        _ => {
            let groups = items(&data["groups"]["nodes"]).iter();
            ("groups", columns(&GROUP_COLUMNS), groups.map(|group| row(group, group, &GROUP_MEMBERS)).collect())
        }
    };
    let columns: Vec<_> = columns.split('\t').collect();
    csv::file(&format!("bottlenecks-{name}"), &columns, &rows)
}
