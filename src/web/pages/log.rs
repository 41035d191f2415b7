//! Recording: what may be recorded next of a thing, the form of one step, what it would change, and what it did change.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use access::table::{Rule, Weight, rules};
use actix_web::{HttpResponse, http::StatusCode, web};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::web::{
    command::{Command, Sent},
    effect::{Effects, effects},
    failure::Failure,
    form::{self, Choices, Complaint, Form, Typed, camel, wording},
    guard, see_other,
    visit::Visit,
    words,
};

const DOCUMENT: &str = include_str!("log.graphql");
const FACT: &str = include_str!("fact.graphql");

/// The kinds of things that can be brought on record, and the command that does.
const NEW: [(&str, &str); 8] = [
    ("project", "projectRegister"),
    ("permit", "permitIdentify"),
    ("award", "awardIdentify"),
    ("partnership", "partnershipIdentify"),
    ("programme", "programmeOpen"),
    ("cluster", "clusterRegister"),
    ("organisation", "organisationRegister"),
    ("policy_measure", "policyMeasureIdentify"),
];

/// The most pages of a timeline that are looked through for a fact.
const PAGES_MAX: usize = 50;

/// The most results that are kept for the pages that tell of them.
const DONE_MAX: usize = 500;

/// What is chosen in the address, or was in the form: a thing or a new one, a step, what that is about.
#[derive(Debug, Clone, Default)]
struct Wanted {
    thing: String,
    new: String,
    step: String,
    about: String,
    fact: String,
}

impl Wanted {
    fn of(get: impl Fn(&str) -> String) -> Result<Self, Failure> {
        let wanted = Self { thing: get("thing"), new: get("new"), step: get("step"), about: get("about"), fact: get("fact") };
        let is_fit =
            (wanted.thing.is_empty() || words::is_id(&wanted.thing)) && (wanted.fact.is_empty() || words::is_uuid(&wanted.fact));
        if is_fit { Ok(wanted) } else { Err(Failure::not_found()) }
    }
}

/// What is known of the thing before anything is recorded about it.
struct Scene {
    thing: String,
    kind: String,
    data: Value,
}

impl Scene {
    async fn of(visit: &Visit, wanted: &Wanted) -> Result<Self, Failure> {
        if wanted.thing.is_empty() {
            let known = NEW.iter().find(|(kind, _)| *kind == wanted.new).ok_or_else(Failure::not_found)?;
            visit.viewer()?;
            return Ok(Self { thing: String::new(), kind: known.0.to_owned(), data: json!({}) });
        }
        let data = visit.ask(DOCUMENT, &json!({ "thing": wanted.thing })).await?;
        if data["node"].is_null() {
            return Err(Failure::not_found());
        }
        let kind = wanted.thing.split_once('-').map_or("", |(kind, _)| kind).to_owned();
        Ok(Self { thing: wanted.thing.clone(), kind, data })
    }

    fn name(&self) -> String {
        let node = &self.data["node"];
        let name = node["title"].as_str().or_else(|| node["name"].as_str());
        name.map_or_else(|| format!("a new {}", words::words(&self.kind)), str::to_owned)
    }

    fn steps(&self) -> impl Iterator<Item = &Value> {
        self.data["nextSteps"].as_array().into_iter().flatten()
    }

    /// What things and milestones are called.
    fn names(&self) -> Value {
        let node = &self.data["node"];
        let mut names = json!({ "milestones": {}, "things": {} });
        for milestone in node["milestones"].as_array().into_iter().flatten() {
            if let (Some(name), Some(title)) = (milestone["name"].as_str(), milestone["title"].as_str()) {
                names["milestones"][name] = json!(title);
            }
        }
        let named = ["projects", "clusters"].iter().flat_map(|of| node[*of].as_array().into_iter().flatten());
        for thing in named {
            if let (Some(id), Some(name)) = (thing["id"].as_str(), thing["title"].as_str().or_else(|| thing["name"].as_str())) {
                names["things"][id] = json!(name);
            }
        }
        names
    }
}

/// The step that is to be recorded.
struct Step {
    command: Command,
    /// What is done to a fact on record, and that fact.
    fact: Option<Value>,
    form: Form,
    title: String,
    about: Option<String>,
}

impl Step {
    async fn of(visit: &Visit, scene: &Scene, wanted: &Wanted) -> Result<Self, Failure> {
        if scene.thing.is_empty() {
            let (_, name) = NEW.iter().find(|(kind, _)| *kind == scene.kind).ok_or_else(Failure::not_found)?;
            let command = Command::of(name).ok_or_else(Failure::not_found)?;
            return Ok(Self::stating(command, &Value::Null));
        }
        if !wanted.fact.is_empty() {
            return Self::on_record(visit, scene, wanted).await;
        }
        let is_it =
            |step: &&Value| step["command"] == wanted.step.as_str() && step["about"].as_str().unwrap_or_default() == wanted.about;
        let command = Command::of(&wanted.step).filter(|command| command.event_type.is_some()).ok_or_else(Failure::not_found)?;
        let found = scene.steps().find(is_it).cloned();
        // Whoever sends what can't be recorded any more is told why by the decider, with all that they typed.
        Ok(Self::stating(command, &found.unwrap_or_else(|| json!({ "about": some(&wanted.about) }))))
    }

    fn stating(command: Command, step: &Value) -> Self {
        let about = step["about"].as_str().map(str::to_owned);
        let given: &[&str] = if about.is_some() { &["milestone"] } else { &[] };
        let form = Form::of(command.event_type.unwrap_or_default(), &choices(step), given);
        let called = step["aboutTitle"].as_str().or(about.as_deref());
        let title =
            called.map_or_else(|| form.words.say.clone(), |called| format!("{} {}", words::sentence(called), form.words.say));
        Self { command, fact: None, form, title, about }
    }

    /// What is done to a fact on record: corrected, taken back, confirmed, disputed.
    async fn on_record(visit: &Visit, scene: &Scene, wanted: &Wanted) -> Result<Self, Failure> {
        let fact = fact(visit, &scene.thing, &wanted.fact).await?.ok_or_else(Failure::not_found)?;
        let event_type = fact["eventType"].as_str().unwrap_or_default();
        let called = words::sentence(&words::words(event_type));
        let (command, does) = match wanted.step.as_str() {
            "correct" => (Command::recording(event_type), "Correct"),
            "factRetract" => (Command::of("factRetract"), "Take back"),
            "factConfirm" => (Command::of("factConfirm"), "Confirm"),
            "factDispute" => (Command::of("factDispute"), "Say that it is not right"),
            _ => (None, ""),
        };
        let command = command.ok_or_else(Failure::not_found)?;
        let choices = scene.steps().find(|step| step["eventType"] == event_type).map(choices).unwrap_or_default();
        // What a correction may say is not what the next step may.
        let choices: Choices = choices.into_iter().filter(|(_, _, label)| label.is_some()).collect();
        let form =
            if command.event_type.is_some() { Form::of(event_type, &choices, &[]) } else { Form::of("", &Vec::new(), &[]) };
        Ok(Self { command, fact: Some(fact), form, title: format!("{does}: {called}"), about: None })
    }

    fn is_amendment(&self) -> bool {
        self.command.event_type.is_none()
    }

    fn is_correction(&self) -> bool {
        self.fact.is_some() && !self.is_amendment()
    }

    fn needs_a_reason(&self) -> bool {
        self.is_correction() || matches!(self.command.name, "factRetract" | "factDispute")
    }

    /// The fact that is corrected: its payload and its date.
    fn corrected(&self) -> Option<(Value, String)> {
        let fact = self.fact.as_ref().filter(|_| self.is_correction())?;
        let payload = serde_json::from_str(fact["payload"].as_str()?).ok()?;
        Some((payload, fact["occurredOn"].as_str()?.to_owned()))
    }

    /// The form as it is first shown.
    fn beginning(&self) -> Typed {
        let mut typed = Typed::default();
        if let Some((payload, date)) = self.corrected() {
            self.form.write(&payload, &date, &mut typed);
        } else if !self.is_amendment() {
            self.form.suggest(Utc::now().date_naive(), &mut typed);
        }
        typed
    }

    /// What is sent, and what is wrong with what was typed.
    fn input(&self, scene: &Scene, typed: &Typed) -> (Map<String, Value>, Vec<Complaint>) {
        let (mut input, mut complaints) = match self.corrected() {
            Some((payload, date)) => self.form.read_correction(typed, &payload, &date),
            None if self.is_amendment() => (Map::new(), Vec::new()),
            None => self.form.read(typed),
        };
        if let Some(about) = &self.about {
            input.insert("milestone".to_owned(), json!(about));
        }
        let reason = typed.text(REASON);
        if self.needs_a_reason() && reason.is_empty() {
            complaints.push(Complaint::new(REASON, "say why, in a sentence"));
        }
        if let Some(fact) = self.fact.as_ref().map(|fact| &fact["id"]) {
            if self.is_correction() {
                input.insert("corrects".to_owned(), json!({ "fact": fact, "reason": reason }));
            } else {
                input.insert("fact".to_owned(), fact.clone());
                if self.needs_a_reason() {
                    input.insert("reason".to_owned(), json!(reason));
                }
            }
        }
        if let Some(evidence) = form::evidence(typed, &mut complaints).filter(|_| !self.is_amendment()) {
            input.insert("evidence".to_owned(), evidence);
        }
        if !scene.thing.is_empty() {
            input.insert(self.command.thing_member(&scene.kind), json!(scene.thing));
        }
        for (field, name) in [(COMMAND_ID, "commandId"), (REVISION, "expectedRevision")] {
            if let Some(value) = some(typed.text(field)) {
                input.insert(name.to_owned(), json!(value));
            }
        }
        if !self.is_amendment() {
            for (field, name) in [(OVERRIDE, "overrideReason"), (VISIBILITY, "visibility")] {
                if let Some(value) = some(typed.text(field)) {
                    input.insert(name.to_owned(), json!(value));
                }
            }
        }
        (input, complaints)
    }
}

const COMMAND_ID: &str = "commandId";
const REVISION: &str = "expectedRevision";
const SEEN: &str = "seen";
const REASON: &str = "reason";
const OVERRIDE: &str = "overrideReason";
const VISIBILITY: &str = "visibility";

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn choices(step: &Value) -> Choices {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let each = step["choices"].as_array().into_iter().flatten();
    each.filter_map(|choice| Some((text(&choice["member"])?, text(&choice["value"])?, text(&choice["label"])))).collect()
}

/// The act with this id of a thing's timeline.
async fn fact(visit: &Visit, thing: &str, id: &str) -> Result<Option<Value>, Failure> {
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

/// The things that can be chosen, by their kinds; a kind of which there are more than a list can show is left out, and asked for
/// by the id.
async fn things(visit: &Visit, kinds: &[&str]) -> Result<Value, Failure> {
    let list = |kind: &&str| {
        let (field, name) = match *kind {
            "organisation" => ("organisations", "name"),
            "cluster" => ("clusters", "name"),
            "project" => ("projects", "title"),
            "permit" => ("permits", "title"),
            "award" => ("awards", "title"),
            "programme" => ("programmes", "title"),
            "policy_measure" => ("policyMeasures", "title"),
            _ => return None,
        };
        Some(format!("{kind}: {field}(first: 100) {{ totalCount nodes {{ id name: {name} }} }}"))
    };
    let lists: Vec<String> = kinds.iter().filter_map(list).collect();
    let mut known = json!({});
    if lists.is_empty() {
        return Ok(known);
    }
    let data = visit.ask(&format!("query Things {{ {} }}", lists.join(" ")), &json!({})).await?;
    for (kind, found) in data.as_object().into_iter().flatten() {
        let mut nodes = found["nodes"].as_array().cloned().unwrap_or_default();
        let total = found["totalCount"].as_u64().and_then(|total| usize::try_from(total).ok());
        if total.is_some_and(|total| total <= nodes.len()) {
            nodes.sort_by_key(|node| node["name"].as_str().unwrap_or_default().to_lowercase());
            known[kind.as_str()] = json!(nodes);
        }
    }
    Ok(known)
}

/// The steps of a thing, or the form of one.
///
/// # Errors
///
/// When nobody is signed in, there is no such thing, or the API refuses.
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
    let mut typed = step.beginning();
    begin(&scene, &mut typed);
    let answer = Answer { status: StatusCode::OK, ..Answer::default() };
    shown(&visit, &scene, &step, &wanted, &typed, answer).await
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

/// The steps under their headings, in the order in which the first of each comes.
fn steps_shown(scene: &Scene) -> Value {
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    let mut missed = Value::Null;
    for step in scene.steps() {
        let words = wording::of(step["eventType"].as_str().unwrap_or_default());
        let called = step["aboutTitle"].as_str().map(words::sentence);
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
fn told(act: &Value, names: &Value) -> Value {
    let event_type = act["eventType"].as_str().unwrap_or_default();
    let payload: Value = act["payload"].as_str().and_then(|payload| serde_json::from_str(payload).ok()).unwrap_or_default();
    let milestone = payload["milestone"].as_str();
    let called = milestone
        .map(|name| names["milestones"][name].as_str().map_or_else(|| words::sentence(&words::words(name)), str::to_owned));
    let kind = act["kind"].as_str().unwrap_or_default();
    let says = words::sentence(&words::words(event_type));
    let says = match kind {
        "STATED" => says,
        _ => format!("{says} ({})", words::words(kind)),
    };
    json!({
        "id": act["id"],
        "says": called.map_or_else(|| says.clone(), |called| format!("{says}: {called}")),
        "content": super::said(act),
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

/// What a form that was sent is answered with.
#[derive(Default)]
struct Answer {
    status: StatusCode,
    complaints: Vec<Complaint>,
    /// What it would change, where it would be taken.
    effects: Option<Effects>,
    warnings: Value,
    /// What was recorded since the form was made.
    meanwhile: Vec<Value>,
    /// Whether it was to be recorded, and not only to be looked at.
    was_to_be_recorded: bool,
    /// Something else to say.
    notice: Option<&'static str>,
}

/// Takes a form: shows what it would change, or records it.
///
/// # Errors
///
/// When it was not sent from here, nobody is signed in, there is no such thing, or the API refuses for a reason that is not
/// about what was typed.
pub async fn send(visit: Visit, payload: web::Payload) -> Result<HttpResponse, Failure> {
    visit.viewer()?;
    let mut typed = guard::received(&visit, payload).await?;
    let wanted = Wanted::of(|name| typed.text(name).to_owned())?;
    let scene = Scene::of(&visit, &wanted).await?;
    let step = Step::of(&visit, &scene, &wanted).await?;
    let is_recording = typed.text("do") == "record";
    let (mut input, complaints) = step.input(&scene, &typed);
    if !complaints.is_empty() {
        let answer = Answer {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            complaints,
            was_to_be_recorded: is_recording,
            ..Answer::default()
        };
        return shown(&visit, &scene, &step, &wanted, &typed, answer).await;
    }
    input.insert("preview".to_owned(), json!(!is_recording));
    let sent = visit.command(step.command, &scene.kind, &input).await?;
    let answer = match sent {
        Sent::Taken(payload) if is_recording && payload["facts"].as_array().is_some_and(|facts| !facts.is_empty()) => {
            return Ok(recorded(&visit, &scene, &step, &payload));
        }
        Sent::Taken(_) if is_recording => Answer {
            status: StatusCode::OK,
            notice: Some("This is on record already, so nothing was added."),
            ..Answer::default()
        },
        Sent::Taken(payload) => Answer {
            status: StatusCode::OK,
            effects: Some(effects(&payload["changes"], &scene.names())),
            warnings: payload["warnings"].clone(),
            ..Answer::default()
        },
        Sent::Refused(errors) => {
            if errors.iter().any(|error| error["code"] == "COMMAND_ID_REUSED") {
                // The form was recorded, gone back to and changed: what it says now is another command.
                begin(&scene, &mut typed);
            }
            let complaints = errors.iter().map(|error| complaint(&step, error)).collect();
            Answer { status: StatusCode::UNPROCESSABLE_ENTITY, complaints, was_to_be_recorded: is_recording, ..Answer::default() }
        }
        Sent::Unfit(field, message) => {
            let complaint =
                Complaint::new(path_of(&step, field.strip_prefix("input.").unwrap_or(&field)), words::sentence(&message));
            Answer {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                complaints: vec![complaint],
                was_to_be_recorded: is_recording,
                ..Answer::default()
            }
        }
        Sent::Conflict => {
            let meanwhile = meanwhile(&scene, typed.text(SEEN));
            note_revision(&scene, &mut typed);
            input.insert("preview".to_owned(), json!(true));
            if let Some(revision) = some(typed.text(REVISION)) {
                input.insert("expectedRevision".to_owned(), json!(revision));
            }
            let again = visit.command(step.command, &scene.kind, &input).await?;
            let (effects, complaints) = match again {
                Sent::Taken(payload) => (Some(effects(&payload["changes"], &scene.names())), Vec::new()),
                Sent::Refused(errors) => (None, errors.iter().map(|error| complaint(&step, error)).collect()),
                Sent::Unfit(..) | Sent::Conflict => (None, Vec::new()),
            };
            Answer { status: StatusCode::CONFLICT, effects, complaints, meanwhile, was_to_be_recorded: true, ..Answer::default() }
        }
    };
    shown(&visit, &scene, &step, &wanted, &typed, answer).await
}

/// What was recorded of the thing since `seen`.
fn meanwhile(scene: &Scene, seen: &str) -> Vec<Value> {
    let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let seen = instant(seen);
    let acts = scene.data["timeline"]["nodes"].as_array().into_iter().flatten();
    let is_new = |act: &&Value| act["recordedAt"].as_str().and_then(instant) > seen;
    acts.filter(is_new).map(|act| told(act, &scene.names())).collect()
}

/// What the API says of a command, about a field of the form.
fn complaint(step: &Step, error: &Value) -> Complaint {
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

fn path_of(step: &Step, field: &str) -> String {
    match field {
        "corrects" | "corrects.reason" | "reason" if step.needs_a_reason() => REASON.to_owned(),
        "overrideReason" => OVERRIDE.to_owned(),
        "visibility" => VISIBILITY.to_owned(),
        field => step.form.path_of(field),
    }
}

async fn shown(
    visit: &Visit,
    scene: &Scene,
    step: &Step,
    wanted: &Wanted,
    typed: &Typed,
    answer: Answer,
) -> Result<HttpResponse, Failure> {
    let things = things(visit, &step.form.kinds()).await?;
    let errors = answer.complaints.iter().map(|complaint| {
        let anchor = if complaint.path == form::DATE { "on-day".to_owned() } else { complaint.path.replace('.', "-") };
        json!({ "anchor": anchor, "message": complaint.message, "hint": complaint.hint, "code": complaint.code })
    });
    let of =
        |path: &str| answer.complaints.iter().find(|complaint| complaint.path == path).map(|complaint| complaint.message.clone());
    let may_be_overridden =
        answer.complaints.iter().any(|complaint| complaint.hint.as_deref().is_some_and(|hint| hint.contains("overrideReason")));
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
        "form": step.form.drawn(typed, &answer.complaints, &things),
        "date": Form::date(typed),
        "errors": errors.collect::<Vec<_>>(),
        "effects": answer.effects,
        "warnings": answer.warnings,
        "meanwhile": answer.meanwhile,
        "conflict": answer.status == StatusCode::CONFLICT,
        "was_to_be_recorded": answer.was_to_be_recorded,
        "notice": answer.notice,
    });
    let mut response = visit.show("log.html", content)?;
    *response.status_mut() = answer.status;
    Ok(response)
}

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

fn recorded(visit: &Visit, scene: &Scene, step: &Step, payload: &Value) -> HttpResponse {
    let fact = payload["facts"][0].as_str().unwrap_or_default().to_owned();
    let node = if step.is_amendment() { "thing".to_owned() } else { camel(&scene.kind) };
    let thing = payload[node.as_str()]["id"].as_str().unwrap_or(&scene.thing).to_owned();
    let effects = effects(&payload["changes"], &scene.names());
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

/// What was recorded, what that changed, and how it is corrected or taken back.
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

/// The kinds of things that somebody with these roles may bring on record: what each is called, and where.
pub fn founding(visit: &Visit) -> Result<Vec<Value>, Failure> {
    let viewer = visit.viewer()?;
    let records = |rule: &Rule| viewer.has(rule.role) && rule.weight != Weight::Witness;
    let may = |command: &str| viewer.scopes.write && rules(command).iter().any(records);
    let new = NEW.iter().filter(|(_, command)| may(command));
    Ok(new
        .map(|(kind, _)| json!({ "says": format!("A new {}", words::words(kind)), "address": format!("/log?new={kind}") }))
        .collect())
}
