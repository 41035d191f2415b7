//! The step that is to be recorded: its command, its form, and what is sent of what was typed.

use std::fmt::Write;

use access::table::{Rule, Weight, rules};
use chrono::Utc;
use graphql::{Code, GraphqlError};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    scene::{NEW, Scene, Wanted},
    told::{about_title, fact},
};
use crate::web::{
    command::{Command, Sent},
    failure::Failure,
    form::{self, Choice, Choices, Complaint, Form, Typed},
    visit::Visit,
    words,
};

/// The field of the command's id.
pub const COMMAND_ID: &str = "commandId";
/// The field of how far the thing had been written when the form was made.
pub const REVISION: &str = "expectedRevision";
/// The field of when something was last recorded of it then.
pub const SEEN: &str = "seen";
/// The field of why a fact is corrected or taken back.
pub const REASON: &str = "reason";
/// The field of why a rule does not hold.
pub const OVERRIDE: &str = "overrideReason";
/// The field of for whose eyes it is.
pub const VISIBILITY: &str = "visibility";

/// What a text says; nothing, where it is empty.
pub fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The step that is to be recorded.
pub struct Step {
    /// The command that records it.
    pub command: Command,
    /// What is done to a fact on record, and that fact.
    pub fact: Option<Value>,
    /// What is asked.
    pub form: Form,
    /// What it is called.
    pub title: String,
    /// The milestone that it is about.
    about: Option<String>,
    /// Why it would be refused as the thing stands.
    pub hindrance: Option<String>,
    /// Whether the API has offered it.
    is_offered: bool,
}

impl Step {
    /// The step that is `wanted`.
    ///
    /// # Errors
    ///
    /// When there is no such step or no such fact, or the API refuses.
    pub async fn of(visit: &Visit, scene: &Scene, wanted: &Wanted) -> Result<Self, Failure> {
        if scene.thing.is_empty() {
            let (_, name) = NEW.iter().find(|(kind, _)| *kind == scene.kind).ok_or_else(Failure::not_found)?;
            let command = Command::of(name).ok_or_else(Failure::not_found)?;
            return Self::stating(visit, command, &Value::Null).await;
        }
        if !wanted.fact.is_empty() {
            return Self::on_record(visit, scene, wanted).await;
        }
        let is_it =
            |step: &&Value| step["command"] == wanted.step.as_str() && step["about"].as_str().unwrap_or_default() == wanted.about;
        let command = Command::of(&wanted.step).filter(|command| command.event_type.is_some()).ok_or_else(Failure::not_found)?;
        let found = scene.steps().find(is_it).cloned();
        // Whoever sends what can't be recorded any more is told why by the decider, with all that they typed.
        let about = json!({ "about": some(&wanted.about) });
        let step = Self::stating(visit, command, found.as_ref().unwrap_or(&about)).await?;
        Ok(Self { is_offered: scene.steps().next().is_some(), ..step })
    }

    async fn stating(visit: &Visit, command: Command, step: &Value) -> Result<Self, Failure> {
        let about = step["about"].as_str().map(str::to_owned);
        let given: &[&str] = if about.is_some() { &["milestone"] } else { &[] };
        let event_type = command.event_type.unwrap_or_default();
        let mut choices = choices(step);
        choices.extend(regimes(visit, event_type).await?);
        let form = Form::of(event_type, &choices, given);
        let title = about_title(step).map_or_else(|| form.words.say.clone(), |called| format!("{called} {}", form.words.say));
        let hindrance = step["reason"].as_str().filter(|_| step["allowed"] == false).map(words::sentence);
        Ok(Self { command, fact: None, form, title, about, hindrance, is_offered: true })
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
        let form = if command.event_type.is_some() {
            let offered = visit.ask(CHOICES, &json!({ "thing": scene.thing, "command": command.name })).await?;
            let mut choices = offered["nextSteps"].get(0).map(choices).unwrap_or_default();
            // What a correction may say is not what the next step may.
            choices.retain(|choice| choice.label.is_some());
            choices.extend(regimes(visit, event_type).await?);
            Form::of(event_type, &choices, &[])
        } else {
            Form::of("", &Vec::new(), &[])
        };
        let title = format!("{does}: {called}");
        Ok(Self { command, fact: Some(fact), form, title, about: None, hindrance: None, is_offered: true })
    }

    /// Whether it does something else to a fact on record than to correct it.
    pub const fn is_amendment(&self) -> bool {
        self.command.event_type.is_none()
    }

    /// Whether it puts a fact on record in another's place.
    pub const fn is_correction(&self) -> bool {
        self.fact.is_some() && !self.is_amendment()
    }

    /// Whether it has to be said why.
    pub fn needs_a_reason(&self) -> bool {
        self.is_correction() || matches!(self.command.name, "factRetract" | "factDispute")
    }

    /// The fact that is corrected: its payload and its date.
    fn corrected(&self) -> Option<(Value, String)> {
        let fact = self.fact.as_ref().filter(|_| self.is_correction())?;
        let payload = serde_json::from_str(fact["payload"].as_str()?).ok()?;
        Some((payload, fact["occurredOn"].as_str()?.to_owned()))
    }

    /// The form as it is first shown.
    pub fn beginning(&self) -> Typed {
        let mut typed = Typed::default();
        if let Some((payload, date)) = self.corrected() {
            self.form.write(&payload, &date, &mut typed);
        } else if !self.is_amendment() {
            self.form.suggest(Utc::now().date_naive(), &mut typed);
        }
        typed
    }

    /// What is sent, and what is wrong with what was typed.
    pub fn input(&self, scene: &Scene, typed: &Typed) -> (Map<String, Value>, Vec<Complaint>) {
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

    /// Whether whoever looks may not do that to the fact: the API is asked for what it would do, with nothing in it. Who may correct
    /// a fact is who may take it back; a correction can't be asked for without what it says, which may be hidden.
    async fn is_barred_from_fact(&self, visit: &Visit, scene: &Scene) -> Result<bool, Failure> {
        let asked = if self.is_correction() { Command::of("factRetract").unwrap_or(self.command) } else { self.command };
        let fact = self.fact.as_ref().map_or(&Value::Null, |fact| &fact["id"]);
        let mut input = Map::new();
        input.insert("thing".to_owned(), json!(scene.thing));
        input.insert("fact".to_owned(), fact.clone());
        if asked.name != "factConfirm" {
            input.insert("reason".to_owned(), json!("asked whether it may be sent"));
        }
        input.insert("commandId".to_owned(), json!(Uuid::new_v4().to_string()));
        input.insert("preview".to_owned(), json!(true));
        Ok(matches!(visit.command(asked, &scene.kind, &input).await?, Sent::Forbidden))
    }

    /// Refuses the form to whoever may not send it.
    ///
    /// # Errors
    ///
    /// When they may not, with who may.
    pub async fn refuse_to_strangers(&self, visit: &Visit, scene: &Scene) -> Result<(), Failure> {
        let is_barred = if scene.thing.is_empty() {
            !may_found(visit, self.command.name)?
        } else if self.fact.is_some() {
            self.is_barred_from_fact(visit, scene).await?
        } else {
            !self.is_offered
        };
        let message = || format!("you may not record this here, or nothing of the sort can be. {}", who_may(self.command.name));
        if is_barred { Err(GraphqlError::new(Code::Forbidden, message().trim_end_matches('.')).into()) } else { Ok(()) }
    }
}

const CHOICES: &str = "query Choices($thing: ID!, $command: String) { nextSteps(thing: $thing, command: $command) { \
                       choices { member value label } } }";

const REGIMES: &str = "query Regimes { regimes { id title cases { id words } } }";

/// What a step says its members can be.
fn choices(step: &Value) -> Choices {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let choice = |choice: &Value| {
        Some(Choice { member: text(&choice["member"])?, value: text(&choice["value"])?, label: text(&choice["label"]), of: None })
    };
    step["choices"].as_array().into_iter().flatten().filter_map(choice).collect()
}

/// The regimes and their cases, for a fact that names one.
async fn regimes(visit: &Visit, event_type: &str) -> Result<Choices, Failure> {
    let members = &form::published(event_type)["properties"];
    if members.get("regime").is_none() || members.get("case").is_none() {
        return Ok(Vec::new());
    }
    let data = visit.ask(REGIMES, &json!({})).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut choices = Choices::new();
    for regime in data["regimes"].as_array().into_iter().flatten() {
        let (id, title) = (text(&regime["id"]), text(&regime["title"]));
        for case in regime["cases"].as_array().into_iter().flatten() {
            let of = Some((id.clone(), title.clone()));
            choices.push(Choice { member: "case".to_owned(), value: text(&case["id"]), label: Some(text(&case["words"])), of });
        }
        choices.push(Choice { member: "regime".to_owned(), value: id, label: Some(title), of: None });
    }
    Ok(choices)
}

/// Whether whoever is signed in has a role that may bring a thing on record by `command`.
pub fn may_found(visit: &Visit, command: &str) -> Result<bool, Failure> {
    let viewer = visit.viewer()?;
    let records = |rule: &Rule| viewer.has(rule.role) && rule.weight != Weight::Witness;
    Ok(viewer.scopes.write && rules(command).iter().any(records))
}

/// Who may give `command`, in a sentence.
pub fn who_may(command: &str) -> String {
    let mut said = String::new();
    for rule in rules(command).iter().filter(|rule| rule.weight != Weight::Witness) {
        let words = format!("{} ({})", words::one(&words::words(rule.role.word())), rule.scope);
        if !said.contains(&words) {
            // Writing to a string does not fail.
            let _ = write!(said, "{}{words}", if said.is_empty() { "" } else { ", " });
        }
    }
    if said.is_empty() {
        "It can be done by whoever recorded the fact, or by whose act it is.".to_owned()
    } else {
        format!("It is for {said}.")
    }
}
