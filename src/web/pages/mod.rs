//! The pages, each with its document and its template beside it.

pub mod bottlenecks;
pub mod cluster;
pub mod desk;
pub mod docket;
pub mod initiative;
pub mod lists;
pub mod log;
pub mod permit;
pub mod project;
pub mod record;
pub mod search;
pub mod sign_in;
pub mod thing;
pub mod welcome;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{ladder, moment::Moment};

/// Whether a page leads on to recording something of its thing: there is a step that whoever looks may take, and the page does
/// not speak of earlier.
fn may_record(data: &Value, moment: &Moment) -> bool {
    let steps = data["nextSteps"].as_array().map(Vec::as_slice).unwrap_or_default();
    moment.says.is_none() && steps.iter().any(|step| step["allowed"] == true)
}

/// Puts its drawing and its sentence beside each ladder of `pillars`, those of a `what`.
fn draw_ladders(pillars: &mut Value, what: &str) {
    let limiting = pillars["limiting"].clone();
    let limits = |pillar: &Value| limiting.as_array().is_some_and(|limiting| limiting.contains(&pillar["pillar"]));
    for pillar in pillars["pillars"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        let is_limiting = limits(pillar);
        pillar["limits"] = json!(is_limiting);
        pillar["sentence"] = json!(ladder::sentence(pillar, is_limiting, what));
        pillar["drawing"] = json!(ladder::draw(pillar));
    }
    name_reasons(pillars);
}

/// Puts what a criterion asks for in place of its id, wherever the history names it.
fn name_reasons(pillars: &mut Value) {
    let each = pillars["pillars"].as_array().into_iter().flatten();
    let criteria = each.flat_map(|pillar| pillar["criteria"].as_array().into_iter().flatten());
    let texts: HashMap<_, _> = criteria.map(|criterion| (criterion["id"].to_string(), criterion["text"].clone())).collect();
    for change in pillars["history"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        for because in change["because"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
            if let Some(text) = texts.get(&because.to_string()) {
                *because = text.clone();
            }
        }
    }
}

/// The columns of the file of ladders.
const LADDER_COLUMNS: [&str; 9] = ["ladder", "pillar", "level", "rung", "criterion", "text", "mandatory", "outcome", "missing"];

/// The rows of the file of ladders: one for each criterion.
fn ladder_rows(pillars: &Value) -> Vec<Vec<String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let each = pillars["pillars"].as_array().into_iter().flatten();
    let rows =
        each.flat_map(|pillar| pillar["criteria"].as_array().into_iter().flatten().map(move |criterion| (pillar, criterion)));
    rows.map(|(pillar, criterion)| {
        let gaps = criterion["gaps"].as_array().into_iter().flatten().map(|gap| text(&gap["message"]));
        vec![
            text(&pillars["ladder"]),
            text(&pillar["pillar"]),
            text(&pillar["level"]),
            text(&criterion["rung"]),
            text(&criterion["id"]),
            text(&criterion["text"]),
            text(&criterion["mandatory"]),
            text(&criterion["outcome"]),
            gaps.collect::<Vec<_>>().join("; "),
        ]
    })
    .collect()
}

/// Makes of what each act of `timeline` says, which is JSON, pairs of a name and a text.
fn spell_out(timeline: &mut Value) {
    for act in timeline["nodes"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        act["says"] = json!(said(act));
    }
}

/// What `act` says, which is JSON, as pairs of a name and a text.
fn said(act: &Value) -> Vec<(String, String)> {
    let payload = act["payload"].as_str().and_then(|payload| serde_json::from_str(payload).ok());
    let mut pairs = Vec::new();
    flatten("", payload.as_ref().unwrap_or(&Value::Null), &mut pairs);
    pairs
}

fn flatten(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                let below = format!("{name} {}", super::words::words(member));
                // What is named by a short name is written as people write it.
                match (member.as_str(), value.as_str()) {
                    ("milestone" | "needs_milestone", Some(short)) => {
                        pairs.push((below.trim().to_owned(), super::words::milestone(short)));
                    }
                    ("stage", Some(stage)) => pairs.push((below.trim().to_owned(), super::words::words(&stage.to_uppercase()))),
                    _ => flatten(&below, value, pairs),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(name, item, pairs)),
        Value::String(text) => pairs.push((name.trim().to_owned(), text.clone())),
        Value::Bool(yes) => pairs.push((name.trim().to_owned(), if *yes { "yes" } else { "no" }.to_owned())),
        Value::Number(number) => pairs.push((name.trim().to_owned(), number.to_string())),
    }
}
