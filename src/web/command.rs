//! Commands as pages send them: which there are, what each records, and the document that sends it.

use access::table::{AMENDMENTS, COMMANDS};
use graphql::Code;
use serde_json::{Map, Value, json};

use super::{failure::Failure, form::camel, visit::Visit};

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its name, as the API has it.
    pub name: &'static str,
    /// The type of event that it records; none for what is done to a fact on record.
    pub event_type: Option<&'static str>,
}

impl Command {
    /// The command of this name, if there is one.
    pub fn of(name: &str) -> Option<Self> {
        let states = COMMANDS.iter().find(|(known, ..)| *known == name);
        let states = states.map(|(name, event_type, _)| Self { name: *name, event_type: Some(*event_type) });
        let amends =
            || AMENDMENTS.iter().find(|(known, _)| *known == name).map(|(name, _)| Self { name: *name, event_type: None });
        states.or_else(amends)
    }

    /// The command that records events of this type.
    pub fn recording(event_type: &str) -> Option<Self> {
        let found = COMMANDS.iter().find(|(_, recorded, _)| *recorded == event_type);
        found.map(|(name, event_type, _)| Self { name: *name, event_type: Some(*event_type) })
    }

    /// The member of its input that names a thing of this kind.
    pub fn thing_member(self, kind: &str) -> String {
        if self.event_type.is_some() { camel(kind) } else { "thing".to_owned() }
    }

    /// The document that sends it about a thing of this kind.
    fn document(self, kind: &str) -> String {
        let name = self.name;
        let (head, rest) = name.split_at(1);
        let node = if self.event_type.is_some() { camel(kind) } else { "thing".to_owned() };
        format!(
            "mutation Send($input: {}{rest}Input!) {{ {name}(input: $input) {{ {node} {{ id }} facts warnings {{ message code }} \
             changes {{ what before after }} userErrors {{ field message hint code }} }} }}",
            head.to_ascii_uppercase()
        )
    }
}

/// What a command came to.
pub enum Sent {
    /// It was taken, or would be: its payload.
    Taken(Value),
    /// It was not: the user errors.
    Refused(Vec<Value>),
    /// What was typed is no value of its field: its name in the input, and what is wrong.
    Unfit(String, String),
    /// Something was recorded about the thing since the form was made.
    Conflict,
}

impl Visit {
    /// Sends `command` about a thing of this `kind` for whoever is signed in.
    ///
    /// # Errors
    ///
    /// When nobody is, or the API refuses it for another reason than what it says.
    pub async fn command(&self, command: Command, kind: &str, input: &Map<String, Value>) -> Result<Sent, Failure> {
        let viewer = self.viewer()?;
        let sent = self.source().send(viewer, &command.document(kind), &json!({ "input": input })).await;
        let data = match sent {
            Ok(data) => data,
            Err(unanswered) => {
                return match unanswered.error.code {
                    Code::RevisionConflict => Ok(Sent::Conflict),
                    Code::ValidationFailed | Code::InvalidInput => Ok(unfit(&unanswered.error.message)),
                    _ => Err(unanswered.into()),
                };
            }
        };
        let payload = &data[command.name];
        let errors = payload["userErrors"].as_array().cloned().unwrap_or_default();
        Ok(if errors.is_empty() { Sent::Taken(payload.clone()) } else { Sent::Refused(errors) })
    }
}

/// What a message of the API about a value says, and of which field.
fn unfit(message: &str) -> Sent {
    const FIELD: &str = "In field \"";
    let fields = message.match_indices(FIELD).filter_map(|(at, _)| message[at + FIELD.len()..].split_once('"'));
    let path: Vec<&str> = fields.clone().map(|(name, _)| name).collect();
    let says = fields.last().map_or(message, |(_, says)| says.trim_start_matches([':', ' ']));
    Sent::Unfit(path.join("."), says.to_owned())
}
