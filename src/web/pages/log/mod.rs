//! Recording: what may be recorded next of a thing, the form of one step, what it would change, and what it did change.

mod answer;
mod done;
mod scene;
mod step;
mod things;
mod told;

use actix_web::{HttpResponse, http::StatusCode, web};
use serde_json::{Value, json};
use uuid::Uuid;

use self::{
    answer::{Answer, Shown, complaint, path_of},
    done::recorded,
    scene::{NEW, Scene, Wanted},
    step::{COMMAND_ID, REVISION, SEEN, Step, may_found, some, who_may},
    things::Things,
    told::{meanwhile, steps_shown},
};
use crate::web::{
    command::Sent,
    failure::Failure,
    form::{Complaint, Typed},
    guard, kept, see_other,
    visit::Visit,
    words,
};

pub use self::done::done;

/// The steps of a thing, or the form of one.
///
/// # Errors
///
/// When nobody is signed in, there is no such thing, it is not for whoever looks to record, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::of(|name| visit.parameter(name).unwrap_or_default().to_owned())?;
    if wanted.thing.is_empty() && wanted.new.is_empty() {
        visit.viewer()?;
        return Ok(see_other("/desk#record"));
    }
    let scene = Scene::of(&visit, &wanted).await?;
    if wanted.step.is_empty() && wanted.new.is_empty() {
        return visit.show("log_steps.html", steps_shown(&scene));
    }
    let step = Step::of(&visit, &scene, &wanted).await?;
    step.refuse_to_strangers(&visit, &scene).await?;
    let mut typed = step.beginning();
    begin(&scene, &mut typed);
    let things = Things::of(&visit, &step.form).await?;
    let shown = Shown { visit: &visit, scene: &scene, step: &step, wanted: &wanted, things };
    shown.page(&typed, Answer::default()).await
}

/// Makes the id of the command, and notes what the form was made of.
fn begin(scene: &Scene, typed: &mut Typed) {
    typed.set(COMMAND_ID, Uuid::new_v4().to_string());
    note_revision(scene, typed);
}

fn note_revision(scene: &Scene, typed: &mut Typed) {
    let record = &scene.data["node"]["record"];
    typed.set(REVISION, record["revision"].as_str().unwrap_or_default());
    typed.set(SEEN, record["lastRecordedAt"].as_str().unwrap_or_default());
}

/// Takes a form: shows what it would change, or records it.
///
/// # Errors
///
/// When it was not sent from here, there is no such thing, or the API refuses for a reason that is not about what was typed.
pub async fn send(visit: Visit, payload: web::Payload) -> Result<HttpResponse, Failure> {
    let mut typed = guard::received(&visit, payload).await?;
    if let Err(over) = visit.viewer() {
        return kept::sign_in_first(&visit, &typed, &over);
    }
    let wanted = Wanted::of(|name| typed.text(name).to_owned())?;
    let scene = Scene::of(&visit, &wanted).await?;
    let step = Step::of(&visit, &scene, &wanted).await?;
    let mut things = Things::of(&visit, &step.form).await?;
    let answer = answered(&visit, &scene, &step, &mut things, &mut typed).await?;
    let shown = Shown { visit: &visit, scene: &scene, step: &step, wanted: &wanted, things };
    match answer {
        Outcome::Recorded(payload) => Ok(recorded(&visit, &scene, &step, &payload)),
        Outcome::Shown(answer) => shown.page(&typed, answer).await,
    }
}

/// What becomes of a form that was sent.
#[expect(clippy::large_enum_variant, reason = "there is one of it for a request")]
enum Outcome {
    /// It was recorded: its payload.
    Recorded(Value),
    /// It is shown again.
    Shown(Answer),
}

async fn answered(visit: &Visit, scene: &Scene, step: &Step, things: &mut Things, typed: &mut Typed) -> Result<Outcome, Failure> {
    let again = |answer| Ok(Outcome::Shown(answer));
    if !guard::is_of(visit, typed) {
        note_revision(scene, typed);
        let notice = "This form was made for another session, so nothing was recorded. All that you typed is still here: look at \
                      it once more, then send it.";
        return again(Answer::noting(StatusCode::FORBIDDEN, notice));
    }
    if typed.text("do") == "again" {
        note_revision(scene, typed);
        return again(Answer::noting(
            StatusCode::OK,
            "You are signed in again, and all that you typed is still here. Nothing is recorded yet.",
        ));
    }
    let is_recording = typed.text("do") == "record";
    let mut complaints = things.find(visit, &step.form, typed).await?;
    let (mut input, wrong) = step.input(scene, typed);
    complaints
        .extend(wrong.into_iter().filter(|wrong| !complaints.iter().any(|known| known.path == wrong.path)).collect::<Vec<_>>());
    if !complaints.is_empty() {
        return again(Answer::complaining(complaints, is_recording));
    }
    input.insert("preview".to_owned(), json!(!is_recording));
    let answer = match visit.command(step.command, &scene.kind, &input).await? {
        Sent::Taken(payload) if is_recording && payload["facts"].as_array().is_some_and(|facts| !facts.is_empty()) => {
            return Ok(Outcome::Recorded(payload));
        }
        Sent::Taken(_) if is_recording => Answer::noting(StatusCode::OK, "This is on record already, so nothing was added."),
        Sent::Taken(payload) => Answer {
            effects: Some(scene.effects(&payload, step.command)),
            warnings: payload["warnings"].clone(),
            ..Answer::default()
        },
        Sent::Refused(errors) => {
            if errors.iter().any(|error| error["code"] == "COMMAND_ID_REUSED") {
                // The form was recorded, gone back to and changed: what it says now is another command.
                begin(scene, typed);
            }
            Answer::complaining(errors.iter().map(|error| complaint(step, error)).collect(), is_recording)
        }
        Sent::Unfit(field, message) => {
            let path = path_of(step, field.strip_prefix("input.").unwrap_or(&field));
            Answer::complaining(vec![Complaint::new(path, words::sentence(&message))], is_recording)
        }
        Sent::Forbidden => {
            let message = "This is not for you to record here";
            let complaint = Complaint { hint: Some(who_may(step.command.name)), ..Complaint::new("", message) };
            Answer { status: StatusCode::FORBIDDEN, ..Answer::complaining(vec![complaint], is_recording) }
        }
        Sent::Conflict => {
            let meanwhile = meanwhile(scene, typed.text(SEEN));
            note_revision(scene, typed);
            input.insert("preview".to_owned(), json!(true));
            if let Some(revision) = some(typed.text(REVISION)) {
                input.insert("expectedRevision".to_owned(), json!(revision));
            }
            let (effects, complaints) = match visit.command(step.command, &scene.kind, &input).await? {
                Sent::Taken(payload) => (Some(scene.effects(&payload, step.command)), Vec::new()),
                Sent::Refused(errors) => (None, errors.iter().map(|error| complaint(step, error)).collect()),
                Sent::Unfit(..) | Sent::Forbidden | Sent::Conflict => (None, Vec::new()),
            };
            Answer { status: StatusCode::CONFLICT, effects, complaints, meanwhile, was_to_be_recorded: true, ..Answer::default() }
        }
    };
    again(answer)
}

/// The kinds of things that somebody with these roles may bring on record: what each is called, and where.
///
/// # Errors
///
/// When nobody is signed in.
pub fn founding(visit: &Visit) -> Result<Vec<Value>, Failure> {
    let mut founding = Vec::new();
    for (kind, command) in NEW {
        if may_found(visit, command)? {
            founding.push(json!({ "says": format!("A new {}", words::words(kind)), "address": format!("/log?new={kind}") }));
        }
    }
    Ok(founding)
}
