//! The pages of things that have no page of their own kind of drawing: an award, a programme, a partnership, an organisation, a
//! policy measure. Each is a document, a template, and what is drawn beside.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::{may_record, spell_out};
use crate::web::{
    charts::{clock, items, money},
    failure::Failure,
    moment::Moment,
    paging,
    visit::Visit,
};

/// What every document takes along.
macro_rules! document {
    ($file:literal $(, $also:literal)*) => {
        concat!(include_str!($file), $(include_str!($also),)* include_str!("../parts/record.graphql"), include_str!("../parts/timeline.graphql"))
    };
}

/// The page of a kind of thing.
struct Page {
    /// The kind, as ids begin.
    kind: &'static str,
    /// Where its pages are, before the id.
    path: &'static str,
    /// The field of the API, and what the template calls the thing.
    field: &'static str,
    template: &'static str,
    document: &'static str,
    /// The lists that go on: the parameter of the address, and where the list stands in the answer.
    lists: &'static [(&'static str, &'static str)],
    /// What is drawn of the answer.
    draw: fn(&mut Value) -> Value,
}

static PAGES: [Page; 5] = [
    Page {
        kind: "award",
        path: "/awards/",
        field: "award",
        template: "award.html",
        document: document!("award.graphql"),
        lists: &[],
        draw: award,
    },
    Page {
        kind: "programme",
        path: "/programmes/",
        field: "programme",
        template: "programme.html",
        document: document!("programme.graphql"),
        lists: &[("awardsAfter", "/programme/awards")],
        draw: programme,
    },
    Page {
        kind: "partnership",
        path: "/partnerships/",
        field: "partnership",
        template: "partnership.html",
        document: document!("partnership.graphql"),
        lists: &[],
        draw: partnership,
    },
    Page {
        kind: "organisation",
        path: "/organisations/",
        field: "organisation",
        template: "organisation.html",
        document: document!("organisation.graphql", "../parts/clock.graphql"),
        lists: &[],
        draw: organisation,
    },
    Page {
        kind: "policy_measure",
        path: "/policy-measures/",
        field: "policyMeasure",
        template: "policy_measure.html",
        document: document!("policy_measure.graphql"),
        lists: &[("projectsAfter", "/policyMeasure/exposure")],
        draw: policy_measure,
    },
];

/// The addresses of these pages.
pub fn paths() -> impl Iterator<Item = String> {
    PAGES.iter().map(|page| format!("{}{{id}}", page.path))
}

/// The page.
///
/// # Errors
///
/// When nobody is signed in, there is no such thing, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let path = visit.request().path();
    let page = PAGES.iter().find(|page| path.starts_with(page.path)).ok_or_else(Failure::not_found)?;
    let (moment, id) = (Moment::of(&visit)?, visit.id(page.kind)?);
    let mut variables = json!({ "id": id, "after": paging::cursor(&visit, "after")? });
    for (parameter, _) in page.lists {
        variables[*parameter] = json!(paging::cursor(&visit, parameter)?);
    }
    let mut data = visit.ask(page.document, &moment.variables(variables)).await?;
    if data[page.field].is_null() {
        return Err(Failure::not_found());
    }
    spell_out(&mut data[page.field]["record"]["timeline"]);
    let drawn = (page.draw)(&mut data);
    let mut pagers = Map::new();
    for (parameter, list) in page.lists {
        pagers
            .insert((*parameter).to_owned(), json!(paging::pager(&visit, parameter, data.pointer(list).unwrap_or(&Value::Null))));
    }
    let content = json!({
        "moment": moment,
        "may_record": may_record(&data, &moment),
        "pager": paging::pager(&visit, "after", &data[page.field]["record"]["timeline"]),
        "pagers": pagers,
        "thing": data[page.field],
        "others": data,
        "drawn": drawn,
    });
    visit.show(page.template, content)
}

/// The money of an award, and how far it has come.
fn award(data: &mut Value) -> Value {
    let award = &data["award"];
    let stacks = money::stacks(&[
        ("expected", "expected", &award["expected"]),
        ("awarded", "awarded", &award["awarded"]),
        ("obligated", "obligated", &award["obligated"]),
        ("disbursed", "disbursed", &award["disbursed"]),
    ]);
    json!({ "money": stacks, "shown": !award["awarded"].is_null() })
}

/// The money of a programme.
fn programme(data: &mut Value) -> Value {
    let programme = &data["programme"];
    let stacks = money::stacks(&[
        ("budget", "budget", &programme["budget"]),
        ("awarded", "awarded", &programme["awarded"]),
        ("obligated", "obligated", &programme["obligated"]),
        ("disbursed", "disbursed", &programme["disbursed"]),
    ]);
    json!({ "money": stacks, "shown": !programme["awarded"].is_null() })
}

/// The steps of a partnership's life, up to the one that it is at.
fn partnership(data: &mut Value) -> Value {
    const LIFE: [&str; 6] = ["IDENTIFIED", "IN_DISCUSSION", "MOU_SIGNED", "TERM_SHEET", "BINDING", "ACTIVE"];
    let state = data["partnership"]["state"].as_str().unwrap_or_default();
    let at = LIFE.iter().position(|step| *step == state);
    let mut steps: Vec<Value> = LIFE
        .iter()
        .enumerate()
        .map(|(place, step)| {
            let class = match at {
                Some(at) if place == at => "is",
                Some(at) if place < at => "done",
                _ => "",
            };
            json!({ "state": step, "class": class })
        })
        .collect();
    // How far it had come before it ended is in its history.
    if at.is_none() {
        steps = vec![json!({ "state": state, "class": "is" })];
    }
    json!({ "steps": steps })
}

/// The clocks of the permits that an authority decides on.
fn organisation(data: &mut Value) -> Value {
    for permit in data["decides"]["nodes"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        permit["bar"] = json!(clock::leading(items(&permit["clocks"])).map(clock::row));
    }
    let of = |list: &str| data[list]["totalCount"].as_u64().unwrap_or_default();
    let decided: u64 = items(&data["decided"]).iter().filter_map(|state| state["count"].as_u64()).sum();
    json!({
        "decided": decided,
        "any": decided + of("leads") + of("funds") + of("gives") + of("gets") + of("partners") > 0,
        "money_shown": items(&data["gives"]["nodes"]).iter().chain(items(&data["gets"]["nodes"])).all(|award| !award["awarded"].is_null()),
    })
}

/// How many of the projects that rely on a measure stand how to it, of those on the page.
fn policy_measure(data: &mut Value) -> Value {
    const STANDS: [&str; 6] = ["APPLIES", "CHANGED", "NOT_YET", "SPARED", "UNDECIDED", "ENDED"];
    let measure = &data["policyMeasure"];
    let nodes = items(&measure["exposure"]["nodes"]);
    let count = |stands: &str| nodes.iter().filter(|node| node["stands"] == stands).count();
    let counts: Vec<Value> = STANDS
        .iter()
        .filter(|stands| count(stands) > 0)
        .map(|stands| json!({ "stands": stands, "count": count(stands) }))
        .collect();
    json!({ "counts": counts, "is_all": measure["exposure"]["totalCount"].as_u64() == Some(nodes.len() as u64) })
}
