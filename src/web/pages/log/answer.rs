//! What a form is answered with: itself, with what it would change, what is wrong with it, or what was recorded meanwhile.

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::{Value, json};

use super::{
    scene::{Scene, Wanted},
    step::{COMMAND_ID, OVERRIDE, REASON, REVISION, SEEN, Step, VISIBILITY},
    things::Things,
    told::told,
};
use crate::web::{
    effect::Effects,
    failure::Failure,
    form::{self, Complaint, Form, Typed},
    guard,
    visit::Visit,
    words,
};

/// What a form that was sent is answered with.
#[derive(Default)]
pub struct Answer {
    /// The status of the page.
    pub status: StatusCode,
    /// What is wrong with what was typed.
    pub complaints: Vec<Complaint>,
    /// What it would change, where it would be taken.
    pub effects: Option<Effects>,
    /// What would be recorded and does not fit.
    pub warnings: Value,
    /// What was recorded since the form was made.
    pub meanwhile: Vec<Value>,
    /// Whether it was to be recorded, and not only to be looked at.
    pub was_to_be_recorded: bool,
    /// Something else to say.
    pub notice: Option<String>,
}

impl Answer {
    /// That something is wrong with what was typed.
    pub fn complaining(complaints: Vec<Complaint>, was_to_be_recorded: bool) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, complaints, was_to_be_recorded, ..Self::default() }
    }

    /// That nothing was recorded, and what else there is to say.
    pub fn noting(status: StatusCode, notice: impl Into<String>) -> Self {
        Self { status, notice: Some(notice.into()), ..Self::default() }
    }
}

/// What the API says of a command, about a field of the form.
pub fn complaint(step: &Step, error: &Value) -> Complaint {
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    let message = text("message").unwrap_or_default();
    let hint = text("hint");
    let said =
        hint.as_deref().and_then(|hint| message.strip_suffix(hint)).map(|said| said.trim_end_matches([';', ' ']).to_owned());
    Complaint {
        path: path_of(step, error["field"].as_str().unwrap_or_default()),
        message: words::sentence(&said.unwrap_or(message)),
        hint: hint.map(|hint| words::sentence(&hint)),
        code: text("code"),
    }
}

/// The field of the form for a field of the input, as the API names it.
pub fn path_of(step: &Step, field: &str) -> String {
    match field {
        "corrects" | "corrects.reason" | "reason" if step.needs_a_reason() => REASON.to_owned(),
        "overrideReason" => OVERRIDE.to_owned(),
        "visibility" => VISIBILITY.to_owned(),
        field => step.form.path_of(field),
    }
}

/// The form of a step.
pub struct Shown<'a> {
    /// Who looks.
    pub visit: &'a Visit,
    /// What it is about.
    pub scene: &'a Scene,
    /// The step.
    pub step: &'a Step,
    /// What is chosen.
    pub wanted: &'a Wanted,
    /// The things that can be named.
    pub things: Things,
}

impl Shown<'_> {
    /// The page of the form with what was typed, and what it is answered with.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, or the API refuses.
    pub async fn page(mut self, typed: &Typed, answer: Answer) -> Result<HttpResponse, Failure> {
        self.things.name(self.visit, &self.step.form, typed).await?;
        let Self { visit, scene, step, wanted, things } = self;
        let errors = answer.complaints.iter().map(|complaint| {
            let anchor = if complaint.path == form::DATE { "on-day".to_owned() } else { complaint.path.replace('.', "-") };
            json!({ "anchor": anchor, "message": complaint.message, "hint": complaint.hint, "code": complaint.code })
        });
        let of = |path: &str| {
            answer.complaints.iter().find(|complaint| complaint.path == path).map(|complaint| complaint.message.clone())
        };
        let may_be_overridden = answer
            .complaints
            .iter()
            .any(|complaint| complaint.hint.as_deref().is_some_and(|hint| hint.contains("overrideReason")));
        let content = json!({
            "token": guard::token(visit),
            "thing": scene.thing,
            "new": if scene.thing.is_empty() { scene.kind.as_str() } else { "" },
            "kind": words::words(&scene.kind),
            "name": scene.name(),
            "title": step.title,
            "step": wanted.step,
            "about": wanted.about,
            "fact": step.fact.as_ref().map(|fact| told(fact, &scene.names())),
            "amends": step.is_amendment(),
            "takes_back": step.command.name == "factRetract",
            "corrects": step.is_correction(),
            "needs_reason": step.needs_a_reason(),
            "reason": typed.raw(REASON),
            "reason_error": of(REASON),
            "override": typed.raw(OVERRIDE),
            "shows_override": may_be_overridden || !typed.text(OVERRIDE).is_empty(),
            "visibility": typed.text(VISIBILITY),
            "command_id": typed.text(COMMAND_ID),
            "revision": typed.text(REVISION),
            "seen": typed.text(SEEN),
            "form": step.form.drawn(typed, &answer.complaints, &things.drawn()),
            "date": Form::date(typed),
            "errors": errors.collect::<Vec<_>>(),
            "effects": answer.effects,
            "warnings": answer.warnings,
            "meanwhile": answer.meanwhile,
            "conflict": answer.status == StatusCode::CONFLICT,
            "was_to_be_recorded": answer.was_to_be_recorded,
            "notice": answer.notice,
            "hindrance": step.hindrance,
        });
        let mut response = visit.show("log.html", content)?;
        *response.status_mut() = answer.status;
        Ok(response)
    }
}
