//! Search: things of every kind by their names, as far as whoever looks may see them.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use crate::web::{charts::items, failure::Failure, moment::Moment, paging, strange, visit::Visit, words};

/// The kinds, as the API calls them, with what several of them are called.
const KINDS: [(&str, &str); 10] = [
    ("INITIATIVE", "Initiative"),
    ("CLUSTER", "Clusters"),
    ("PROJECT", "Projects"),
    ("ORGANISATION", "Organisations"),
    ("PERMIT", "Permits"),
    ("PROGRAMME", "Programmes"),
    ("AWARD", "Awards"),
    ("PARTNERSHIP", "Partnerships"),
    ("POLICY_MEASURE", "Policy measures"),
    ("REGISTER", "Registers"),
];

/// How many of each kind are shown beside those of other kinds.
const SHOWN: usize = 5;
/// How many are on a page of one kind.
const ON_A_PAGE: usize = 30;
/// How many things are asked for together: the API takes as many fields of the root in one operation.
const ASKED_TOGETHER: usize = 20;
/// What is asked of a thing that is found beside its name, by the kind with which its id begins.
const DETAILS: [(&str, &str); 8] = [
    ("cluster", "... on Cluster { place country }"),
    ("project", "... on Project { stage standing cluster { name } country }"),
    ("organisation", "... on Organisation { kind country }"),
    ("permit", "... on Permit { state authority { name } }"),
    ("programme", "... on Programme { funder { name } }"),
    ("award", "... on Award { state funder { name } }"),
    ("partnership", "... on Partnership { state }"),
    ("policy_measure", "... on PolicyMeasure { state jurisdiction }"),
];

/// The page of what is found for `q`.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let sought = visit.parameter("q").unwrap_or_default().to_owned();
    let mut notes = strange::parameters(&visit, &["q", "kind"]);
    let wanted = visit.parameter("kind").map(str::to_owned);
    let kind = wanted.as_deref().and_then(|wanted| KINDS.iter().find(|(name, _)| *name == wanted));
    if let Some(wanted) = wanted.filter(|_| kind.is_none()) {
        let wanted: String = wanted.chars().take(40).collect();
        notes.push(format!("The address asks for the kind '{wanted}', which there is not: all kinds are shown."));
    }
    if sought.is_empty() {
        return visit.show("search.html", json!({ "moment": moment, "sought": null, "notes": notes, "groups": [] }));
    }
    let after = paging::cursor(&visit, "after")?;
    let variables = moment.variables(json!({ "text": sought, "after": after }));
    let data = match visit.ask(&document(kind.map(|(name, _)| *name)), &variables).await {
        Ok(data) => data,
        Err(failure) => {
            let Some(said) = failure.message().strip_prefix("text: ") else { return Err(failure) };
            notes.push(format!("Nothing was looked for: {said}."));
            return visit.show("search.html", json!({ "moment": moment, "sought": sought, "notes": notes, "groups": [] }));
        }
    };
    let details = details(&visit, &data, &moment).await?;
    let groups: Vec<Value> = KINDS
        .iter()
        .filter(|(name, _)| data[*name]["totalCount"].as_u64().unwrap_or_default() > 0)
        .map(|(name, title)| {
            let hits: Vec<Value> = items(&data[*name]["nodes"])
                .iter()
                .map(|hit| {
                    let id = hit["id"].as_str().unwrap_or_default();
                    json!({ "id": id, "name": hit["name"], "detail": detail(&details[id]) })
                })
                .collect();
            let more = paging::address(&visit, "kind", Some(name));
            json!({ "kind": name, "title": title, "total": data[*name]["totalCount"], "hits": hits, "more": more })
        })
        .collect();
    let total: u64 = groups.iter().filter_map(|group| group["total"].as_u64()).sum();
    let content = json!({
        "moment": moment,
        "sought": sought,
        "notes": notes,
        "total": total,
        "groups": groups,
        "kind": kind.map(|(name, _)| name),
        "all": paging::address(&visit, "kind", None),
        "pager": kind.map(|(name, _)| paging::pager(&visit, "after", &data[*name])),
    });
    visit.show("search.html", content)
}

/// The document that asks for the first of each kind, or for a page of one.
fn document(kind: Option<&str>) -> String {
    let asked = KINDS.iter().filter(|(name, _)| kind.is_none_or(|kind| kind == *name)).map(|(name, _)| {
        let (first, after) = if kind.is_some() { (ON_A_PAGE, ", after: $after") } else { (SHOWN, "") };
        format!(
            "{name}: search(text: $text, kinds: [{name}], first: {first}{after}, asKnownAt: $asKnownAt, effectiveOn: $effectiveOn) \
             {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ id name }} }}"
        )
    });
    let after = if kind.is_some() { ", $after: String" } else { "" };
    let asked: Vec<String> = asked.collect();
    format!("query Search($text: String!{after}, $asKnownAt: KnownAt, $effectiveOn: LocalDate) {{ {} }}", asked.join(" "))
}

/// What is shown of each thing that was found beside its name, by its id.
async fn details(visit: &Visit, found: &Value, moment: &Moment) -> Result<Map<String, Value>, Failure> {
    let hits = KINDS.iter().flat_map(|(name, _)| items(&found[*name]["nodes"]));
    let asked = hits.filter_map(|hit| {
        let id = hit["id"].as_str()?;
        let (kind, _) = id.split_once('-')?;
        let (_, asks) = DETAILS.iter().find(|(of, _)| *of == kind)?;
        Some((id, *asks))
    });
    let asked: Vec<(&str, &str)> = asked.collect();
    let mut details = Map::new();
    for asked in asked.chunks(ASKED_TOGETHER) {
        let nodes = asked.iter().enumerate().map(|(at, (id, asks))| {
            format!("n{at}: node(id: \"{id}\", asKnownAt: $asKnownAt, effectiveOn: $effectiveOn) {{ {asks} }}")
        });
        let nodes: Vec<String> = nodes.collect();
        let document = format!("query Found($asKnownAt: KnownAt, $effectiveOn: LocalDate) {{ {} }}", nodes.join(" "));
        let mut data = visit.ask(&document, &moment.variables(json!({}))).await?;
        details.extend(asked.iter().enumerate().map(|(at, (id, _))| ((*id).to_owned(), data[format!("n{at}")].take())));
    }
    Ok(details)
}

/// The same in words.
fn detail(of: &Value) -> String {
    let text = |member: &Value| member.as_str().map(str::to_owned);
    let country = || text(&of["country"]).map(|code| words::country(&code));
    let parts = [
        text(&of["kind"]).map(|kind| words::words(&kind)),
        text(&of["state"]).map(|state| words::words(&state)),
        text(&of["stage"]).map(|stage| words::words(&stage)),
        text(&of["standing"]).filter(|standing| standing != "ACTIVE").map(|standing| words::words(&standing)),
        text(&of["authority"]["name"]),
        text(&of["funder"]["name"]),
        text(&of["cluster"]["name"]),
        text(&of["place"]),
        country(),
        text(&of["jurisdiction"]),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_thing_is_said_in_words() {
        let permit = json!({ "state": "IN_REVIEW", "authority": { "name": "Council" } });
        assert_eq!(detail(&permit), "in review, the clock runs; Council");
        let project = json!({ "stage": "FEED", "standing": "ACTIVE", "cluster": null, "country": "NL" });
        assert_eq!(detail(&project), "front-end engineering design; Netherlands");
        assert_eq!(detail(&Value::Null), "");
    }
}
