//! The messages of the protocol, as JSON.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value, json};

use crate::request::{Body, Request};

/// The most bytes of an operation's name.
const ID_BYTES_MAX: usize = 256;

/// What a client says.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    /// Who it is.
    Init {
        /// The `Authorization` in the payload, if there is one.
        authorization: Option<String>,
    },
    /// It asks for a `pong` with this payload.
    Ping(Option<Value>),
    /// It has heard a `ping`.
    Pong,
    /// An operation.
    Subscribe {
        /// What the client calls it.
        id: String,
        /// What is asked.
        request: Request,
    },
    /// It no longer wants an operation.
    Complete {
        /// What it called it.
        id: String,
    },
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    // The payload depends on the type, and is read by it.
    #[serde(default, rename = "payload")]
    _payload: IgnoredAny,
}

#[derive(Deserialize)]
struct Init {
    #[serde(default)]
    payload: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Ping {
    #[serde(default)]
    payload: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Subscribe {
    id: String,
    payload: Body,
}

#[derive(Deserialize)]
struct Complete {
    id: String,
}

impl Incoming {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that fit into a close frame.
    pub fn read(text: &str) -> Result<Self, String> {
        let kind = parse::<Envelope>(text, "a message is a JSON object with a type that is a text, once")?.kind;
        match kind.as_str() {
            "connection_init" => {
                let payload = parse::<Init>(text, "'connection_init' has a payload that is an object, or none")?.payload;
                let payload = payload.unwrap_or_default();
                Ok(Self::Init { authorization: authorization(payload)? })
            }
            "ping" => Ok(Self::Ping(parse::<Ping>(text, PINGED)?.payload.map(Value::Object))),
            "pong" => parse::<Ping>(text, PINGED).map(|_| Self::Pong),
            "subscribe" => {
                let form = "'subscribe' has an id that is a text, and a payload with a query, as a request by POST has";
                let Subscribe { id, payload } = parse(text, form)?;
                if id.is_empty() || id.len() > ID_BYTES_MAX {
                    return Err(format!("an id has 1 to {ID_BYTES_MAX} bytes"));
                }
                Ok(Self::Subscribe { id, request: payload.into() })
            }
            "complete" => {
                let Complete { id } = parse(text, "'complete' has an id that is a text")?;
                Ok(Self::Complete { id })
            }
            other => Err(format!("there is no message of type '{}'", other.chars().take(40).collect::<String>())),
        }
    }
}

/// The form of `ping` and `pong`.
const PINGED: &str = "'ping' and 'pong' have a payload that is an object, or none";

/// Reads `text`, whose form is said to whoever did not keep to it. What the reader of JSON says is not passed on: it
/// speaks of how this program is made.
fn parse<'t, T: Deserialize<'t>>(text: &'t str, form: &str) -> Result<T, String> {
    if !text.trim_start().starts_with('{') {
        return Err("a message is a JSON object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| if error.is_data() { form.to_owned() } else { unreadable(&error) })
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("the message is no JSON from line {}, column {} on", error.line(), error.column())
}

/// The member of `payload` that is called `Authorization`, in whatever case.
fn authorization(payload: Map<String, Value>) -> Result<Option<String>, String> {
    let mut given = payload.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some((_, Value::String(value))), None) => Ok(Some(value)),
        (Some(_), None) => Err("'Authorization' is not a text".to_owned()),
        (Some(_), Some(_)) => Err("'Authorization' is given twice".to_owned()),
    }
}

/// Says that the client is known.
pub fn connection_ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// Answers a `ping`.
pub fn pong(payload: Option<Value>) -> String {
    match payload {
        None => json!({ "type": "pong" }),
        Some(payload) => json!({ "type": "pong", "payload": payload }),
    }
    .to_string()
}

/// A result of the operation `id`: `payload` is its JSON.
pub fn next(id: &str, payload: &str) -> String {
    let id = Value::from(id);
    format!(r#"{{"id":{id},"type":"next","payload":{payload}}}"#)
}

/// Says that the operation `id` has ended with `errors`.
pub fn error(id: &str, errors: &[Value]) -> String {
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

/// Says that the operation `id` has ended.
pub fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_what_they_hold_besides_is_ignored() {
        let authorization = Some("Bearer x".to_owned());
        for (text, expected) in [
            (r#"{"type":"connection_init"}"#, Incoming::Init { authorization: None }),
            (r#"{"type":"connection_init","payload":null}"#, Incoming::Init { authorization: None }),
            (r#"{"payload":{"authorization":"Bearer x","a":1},"type":"connection_init"}"#, Incoming::Init { authorization }),
            (r#" {"type":"ping","more":[]}"#, Incoming::Ping(None)),
            (r#"{"type":"ping","payload":{"at":1}}"#, Incoming::Ping(Some(json!({ "at": 1 })))),
            (r#"{"type":"pong","payload":{}}"#, Incoming::Pong),
            (r#"{"id":"1","type":"complete"}"#, Incoming::Complete { id: "1".to_owned() }),
        ] {
            assert_eq!(Incoming::read(text), Ok(expected), "{text}");
        }
        let text = r#"{"id":"a","type":"subscribe","payload":{"query":"{a}","variables":{"n":1},"extensions":{}}}"#;
        let Ok(Incoming::Subscribe { id, request }) = Incoming::read(text) else { panic!("not read") };
        assert_eq!((id.as_str(), request.query.as_str(), request.variables.len()), ("a", "{a}", 1));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for wrong in [
            "",
            "null",
            "[]",
            r#"["ping"]"#,
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start"}"#,
            r#"{"type":"ping","type":"pong"}"#,
            r#"{"type":"ping","payload":1}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"connection_init","payload":{"Authorization":1}}"#,
            r#"{"type":"connection_init","payload":{"Authorization":"a","authorization":"b"}}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"ping"} {"type":"ping"}"#,
        ] {
            let said = Incoming::read(wrong).unwrap_err();
            let speaks_of_rust = ["struct", "enum", "Subscribe", "Body", "Envelope", "Init", "field", "expected", "sequence"];
            assert!(!speaks_of_rust.iter().any(|word| said.contains(word)) && said.len() <= 123, "{wrong}: {said}");
        }
        let long = format!(r#"{{"type":"subscribe","id":"{}","payload":{{"query":"{{a}}"}}}}"#, "x".repeat(ID_BYTES_MAX + 1));
        assert!(Incoming::read(&long).is_err());
    }

    #[test]
    fn an_id_is_given_back_as_it_came() {
        let read: Value = serde_json::from_str(&next("a\"\n", r#"{"data":null}"#)).unwrap();
        assert_eq!(read, json!({ "id": "a\"\n", "type": "next", "payload": { "data": null } }));
    }
}
