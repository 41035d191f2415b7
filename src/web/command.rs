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
    /// It is not for whoever is signed in.
    Forbidden,
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
                    Code::Forbidden => Ok(Sent::Forbidden),
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
    const ELEMENT: &str = "In element #";
    let (mut path, mut rest) = (Vec::new(), message);
    loop {
        let (field, element) = (rest.find(FIELD), rest.find(ELEMENT));
        // What was typed is quoted behind the path.
        let quoted = rest.find("Got: `").unwrap_or(rest.len());
        rest = match (field, element) {
            (Some(at), element) if at < quoted && element.is_none_or(|element| at < element) => {
                let Some((name, after)) = rest[at + FIELD.len()..].split_once('"') else { break };
                path.push(name);
                after
            }
            (_, Some(at)) if at < quoted => {
                let after = &rest[at + ELEMENT.len()..];
                let end = after.find(|character: char| !character.is_ascii_digit()).unwrap_or(after.len());
                path.push(&after[..end]);
                &after[end..]
            }
            _ => break,
        };
    }
    Sent::Unfit(path.join("."), plain(rest.trim_start_matches([':', ' '])))
}

/// What is wrong with a value, without the words of the language in which it was sent.
fn plain(says: &str) -> String {
    let reason = says.rsplit_once("Details: ").map_or(says, |(_, reason)| reason).trim_end_matches('.');
    let is_of_the_language = reason.starts_with("Expected ") || reason.starts_with("Unknown field");
    if says.contains("found null") {
        "this has to be said".to_owned()
    } else if says.starts_with("Invalid value for enum") {
        "this is none of the answers that can be chosen".to_owned()
    } else if is_of_the_language && says.contains("`Int`") {
        "this is no whole number, or one that is too large".to_owned()
    } else if is_of_the_language {
        "this can't be read as an answer to the question".to_owned()
    } else {
        reason.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_value_is_said_in_plain_words_of_its_field() {
        let said = |message: &str| match unfit(message) {
            Sent::Unfit(path, says) => (path, says),
            _ => panic!("{message}"),
        };
        for (message, path, says) in [
            (
                "Variable \"$input\" got invalid value. In field \"amount\": In field \"amount\": Expected input scalar `Decimal`. Got: \
                 `\"twelve\"`. Details: 'twelve' is not a number.",
                "amount.amount",
                "'twelve' is not a number",
            ),
            (
                "Variable \"$input\" got invalid value. In field \"jobs\": Expected input scalar `Int`. Got: `3000000000`. Details: Expected \
                 `Int`, found: 3000000000.",
                "jobs",
                "this is no whole number, or one that is too large",
            ),
            (
                "Variable \"$input\" got invalid value. In field \"conditions\": In element #1: In field \"text\": Expected \"Note!\", found \
                 null.",
                "conditions.1.text",
                "this has to be said",
            ),
            (
                "Variable \"$input\" got invalid value. In field \"title\": Expected input scalar `Line`. Got: `\"In field \"x\": \"`. Details: \
                 a line has no quotes.",
                "title",
                "a line has no quotes",
            ),
            (
                "Variable \"$input\" got invalid value. In field \"kind\": Invalid value for enum \"Kind\".",
                "kind",
                "this is none of the answers that can be chosen",
            ),
            ("the expected revision is that of another thing", "", "the expected revision is that of another thing"),
        ] {
            assert_eq!(said(message), (path.to_owned(), says.to_owned()));
        }
    }
}
