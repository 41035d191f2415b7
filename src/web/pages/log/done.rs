//! What was recorded, what that changed, and how it is corrected or taken back.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{
    scene::{Scene, Wanted},
    step::Step,
    told::{fact, told},
};
use crate::web::{effect::Effects, failure::Failure, form::camel, guard, see_other, visit::Visit};

/// The most results that are kept for the pages that tell of them.
const DONE_MAX: usize = 500;

/// What a command changed, kept for the page that tells of it.
struct Done {
    /// For which session: to no other it is told.
    session: String,
    fact: String,
    effects: Effects,
    warnings: Value,
    title: String,
}

/// The latest results. They are for show only: whoever comes later, or to another replica, is told of the fact alone.
static DONE: Mutex<VecDeque<Done>> = Mutex::new(VecDeque::new());

/// Keeps what `step` changed, and leads on to the page that tells of it.
pub fn recorded(visit: &Visit, scene: &Scene, step: &Step, payload: &Value) -> HttpResponse {
    let fact = payload["facts"][0].as_str().unwrap_or_default().to_owned();
    let node = if step.is_amendment() { "thing".to_owned() } else { camel(&scene.kind) };
    let thing = payload[node.as_str()]["id"].as_str().unwrap_or(&scene.thing).to_owned();
    let effects = scene.effects(payload, step.command);
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Sent a second time, it changed nothing any more; what it changed the first time is kept.
    if !done.iter().any(|done| done.fact == fact) {
        let session = guard::token(visit);
        done.push_front(Done {
            session,
            fact: fact.clone(),
            effects,
            warnings: payload["warnings"].clone(),
            title: step.title.clone(),
        });
        done.truncate(DONE_MAX);
    }
    see_other(&format!("/log/done?thing={thing}&fact={fact}"))
}

/// The page that tells of a fact that was just recorded.
///
/// # Errors
///
/// When nobody is signed in, there is no such fact, or the API refuses.
pub async fn done(visit: Visit) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::of(|name| visit.parameter(name).unwrap_or_default().to_owned())?;
    if wanted.thing.is_empty() || wanted.fact.is_empty() {
        return Err(Failure::not_found());
    }
    let scene = Scene::of(&visit, &wanted).await?;
    let act = fact(&visit, &scene.thing, &wanted.fact).await?.ok_or_else(Failure::not_found)?;
    let is_own = act["recordedBy"] == scene.data["viewer"]["subject"];
    let (effects, warnings, title) = {
        let done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
        let session = guard::token(&visit);
        let kept = done.iter().find(|done| done.fact == wanted.fact && done.session == session);
        kept.map_or((None, Value::Null, None), |done| {
            (Some(done.effects.clone()), done.warnings.clone(), Some(done.title.clone()))
        })
    };
    let content = json!({
        "thing": scene.thing,
        "name": scene.name(),
        "title": title,
        "act": told(&act, &scene.names()),
        "is_own": is_own && act["fate"] == "IN_EFFECT",
        "effects": effects,
        "warnings": warnings,
    });
    visit.show("log_done.html", content)
}
