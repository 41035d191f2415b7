//! What is recorded about, and what is known of it before anything is recorded.

use serde_json::{Value, json};

use crate::web::{
    command::Command,
    effect::{Effects, effects},
    failure::Failure,
    legal,
    visit::Visit,
    words,
};

const DOCUMENT: &str = include_str!("log.graphql");

/// The kinds of things that can be brought on record, and the command that does.
pub const NEW: [(&str, &str); 8] = [
    ("project", "projectRegister"),
    ("permit", "permitIdentify"),
    ("award", "awardIdentify"),
    ("partnership", "partnershipIdentify"),
    ("programme", "programmeOpen"),
    ("cluster", "clusterRegister"),
    ("organisation", "organisationRegister"),
    ("policy_measure", "policyMeasureIdentify"),
];

/// What is chosen in the address, or was in the form: a thing or a new one, a step, what that is about.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The thing, by its id; empty for a new one.
    pub thing: String,
    /// The kind of a new thing.
    pub new: String,
    /// The command, or what is done to a fact.
    pub step: String,
    /// The milestone that it is about.
    pub about: String,
    /// The fact that something is done to.
    pub fact: String,
}

impl Wanted {
    /// What `get` says of each field.
    ///
    /// # Errors
    ///
    /// When an id of it can't be one.
    pub fn of(get: impl Fn(&str) -> String) -> Result<Self, Failure> {
        let wanted = Self { thing: get("thing"), new: get("new"), step: get("step"), about: get("about"), fact: get("fact") };
        let is_fit =
            (wanted.thing.is_empty() || words::is_id(&wanted.thing)) && (wanted.fact.is_empty() || words::is_uuid(&wanted.fact));
        if is_fit { Ok(wanted) } else { Err(Failure::not_found()) }
    }

    /// The command that states something, if it is one.
    fn stating(&self) -> Option<&'static str> {
        Command::of(&self.step).filter(|command| command.event_type.is_some()).map(|command| command.name)
    }
}

/// What is known of the thing before anything is recorded about it.
pub struct Scene {
    /// Its id; empty, where it is to be brought on record.
    pub thing: String,
    /// Its kind.
    pub kind: String,
    /// What the API says of it.
    pub data: Value,
}

impl Scene {
    /// The scene of what is `wanted`.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, there is no such thing, or the API refuses.
    pub async fn of(visit: &Visit, wanted: &Wanted) -> Result<Self, Failure> {
        if wanted.thing.is_empty() {
            let known = NEW.iter().find(|(kind, _)| *kind == wanted.new).ok_or_else(Failure::not_found)?;
            visit.viewer()?;
            return Ok(Self { thing: String::new(), kind: known.0.to_owned(), data: json!({}) });
        }
        let data = visit.ask(DOCUMENT, &json!({ "thing": wanted.thing, "command": wanted.stating() })).await?;
        if data["node"].is_null() {
            return Err(Failure::not_found());
        }
        let kind = wanted.thing.split_once('-').map_or("", |(kind, _)| kind).to_owned();
        Ok(Self { thing: wanted.thing.clone(), kind, data })
    }

    /// What the thing is called.
    pub fn name(&self) -> String {
        let node = &self.data["node"];
        let name = node["title"].as_str().or_else(|| node["name"].as_str());
        name.map_or_else(|| format!("a new {}", words::words(&self.kind)), str::to_owned)
    }

    /// The steps that the API has told of: those that can come next, or those by the command that is wanted.
    pub fn steps(&self) -> impl Iterator<Item = &Value> {
        self.data["nextSteps"].as_array().into_iter().flatten()
    }

    /// What `command` changes, or would change, by the `payload` that the API answered with.
    pub fn effects(&self, payload: &Value, command: Command) -> Effects {
        let changes = &payload["changes"];
        let legal =
            if self.kind == "permit" { legal::sentences(changes, &self.data["node"], command.event_type) } else { Vec::new() };
        Effects { legal, ..effects(changes, &self.names()) }
    }

    /// What things and milestones are called.
    pub fn names(&self) -> Value {
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
