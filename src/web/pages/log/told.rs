//! What is told in words: the steps that can come next, and what was recorded.

use chrono::DateTime;
use serde_json::{Value, json};

use super::scene::Scene;
use crate::web::{failure::Failure, form::wording, pages::said, visit::Visit, words};

const FACT: &str = include_str!("fact.graphql");

/// The most pages of a timeline that are looked through for a fact.
const PAGES_MAX: usize = 50;

/// The act with this id of a thing's timeline.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn fact(visit: &Visit, thing: &str, id: &str) -> Result<Option<Value>, Failure> {
    let mut after = Value::Null;
    for _ in 0..PAGES_MAX {
        let data = visit.ask(FACT, &json!({ "thing": thing, "after": after })).await?;
        let page = &data["timeline"];
        if let Some(found) = page["nodes"].as_array().into_iter().flatten().find(|act| act["id"] == id) {
            return Ok(Some(found.clone()));
        }
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(None);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    Ok(None)
}

/// What the milestone is called that a step is about: its title or, where it has none, its short name in words.
pub fn about_title(step: &Value) -> Option<String> {
    let title = step["aboutTitle"].as_str().or_else(|| step["about"].as_str())?;
    Some(if step["about"] == title { words::milestone(title) } else { words::sentence(title) })
}

/// The steps under their headings, in the order in which the first of each comes.
pub fn steps_shown(scene: &Scene) -> Value {
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    let mut missed = Value::Null;
    for step in scene.steps() {
        let words = wording::of(step["eventType"].as_str().unwrap_or_default());
        let called = about_title(step);
        let says = match (&called, words.group.as_str()) {
            (Some(called), "Reached") => called.clone(),
            (Some(called), _) => format!("{called} {}", words.say),
            (None, _) => words.say.clone(),
        };
        let query = |name: &str| step[name].as_str().map(words::encoded);
        let about = query("about").map(|about| format!("&about={about}")).unwrap_or_default();
        let address = format!("/log?thing={}&step={}{about}", scene.thing, query("command").unwrap_or_default());
        let shown = json!({ "says": says, "address": address, "expected": step["expected"], "reason": step["reason"] });
        if step["allowed"] == false {
            missed = shown;
        } else if let Some((_, steps)) = groups.iter_mut().find(|(group, _)| *group == words.group) {
            steps.push(shown);
        } else {
            groups.push((words.group, vec![shown]));
        }
    }
    let last = ["Reached", "Expected at another date", "Investment decision", "Stage"];
    groups.sort_by_key(|(group, _)| {
        let early = last.iter().position(|first| first == group);
        (early.unwrap_or(last.len()), group == wording::OTHERS)
    });
    for (_, steps) in &mut groups {
        steps.sort_by_key(|step| (step["expected"].is_null(), step["expected"].to_string()));
    }
    let groups: Vec<Value> = groups.into_iter().map(|(name, steps)| json!({ "name": name, "steps": steps })).collect();
    json!({
        "thing": scene.thing,
        "name": scene.name(),
        "may_record": scene.data["viewer"]["mayRecord"],
        "groups": groups,
        "missed": missed,
        "own": own_acts(scene),
    })
}

/// What whoever looks has recorded last, which they may correct or take back.
fn own_acts(scene: &Scene) -> Vec<Value> {
    let subject = &scene.data["viewer"]["subject"];
    let acts = scene.data["timeline"]["nodes"].as_array().into_iter().flatten();
    let own = acts.filter(|act| act["recordedBy"] == *subject && act["fate"] == "IN_EFFECT" && !act["payload"].is_null());
    own.rev().map(|act| told(act, &scene.names())).collect()
}

/// An act in a sentence.
pub fn told(act: &Value, names: &Value) -> Value {
    let event_type = act["eventType"].as_str().unwrap_or_default();
    let payload: Value = act["payload"].as_str().and_then(|payload| serde_json::from_str(payload).ok()).unwrap_or_default();
    let milestone = payload["milestone"].as_str();
    let called = milestone.map(|name| names["milestones"][name].as_str().map_or_else(|| words::milestone(name), str::to_owned));
    let kind = act["kind"].as_str().unwrap_or_default();
    let says = words::sentence(&words::words(event_type));
    let says = match kind {
        "STATED" => says,
        _ => format!("{says} ({})", words::words(kind)),
    };
    json!({
        "id": act["id"],
        "says": called.map_or_else(|| says.clone(), |called| format!("{says}: {called}")),
        "content": said(act),
        "is_correction": kind == "CORRECTED",
        "occurred_on": act["occurredOn"],
        "recorded_at": act["recordedAt"],
        "role": act["acting"]["role"],
        "assurance": act["assurance"],
        "is_stated": kind == "STATED" || kind == "CORRECTED",
        "fate": act["fate"],
        "reason": act["reason"],
        "evidence": act["evidence"],
    })
}

/// What was recorded of the thing since `seen`.
pub fn meanwhile(scene: &Scene, seen: &str) -> Vec<Value> {
    let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let seen = instant(seen);
    let acts = scene.data["timeline"]["nodes"].as_array().into_iter().flatten();
    let is_new = |act: &&Value| act["recordedAt"].as_str().and_then(instant) > seen;
    acts.filter(is_new).map(|act| told(act, &scene.names())).collect()
}
