//! A GraphQL request as it comes by POST or GET.
//!
//! Members that nobody knows are ignored, those of the wrong type are refused, and so is anything that is said twice:
//! two readers could take it to mean two things.

use std::fmt;

use juniper::{DefaultScalarValue, InputValue, Spanning, Variables};
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{Code, GraphqlError};

/// The most bytes of a body, or of a document in a URL.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of its operations, where it has several.
    pub operation_name: Option<String>,
    /// The values of the operation's variables.
    pub variables: Variables<DefaultScalarValue>,
}

/// The members of a request, as they are written in JSON.
#[derive(Deserialize)]
pub struct Body {
    query: String,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Object>,
    // Read to refuse what is no object.
    #[serde(default, rename = "extensions")]
    _extensions: Option<AnyObject>,
}

impl From<Body> for Request {
    fn from(body: Body) -> Self {
        let variables = body.variables.unwrap_or_default().0.into_iter().collect();
        Self { query: body.query, operation_name: body.operation_name, variables }
    }
}

fn refused(problem: impl fmt::Display) -> GraphqlError {
    GraphqlError::new(Code::BadRequest, format!("the request can't be read: {problem}"))
}

impl Request {
    /// The request in the body of a POST.
    ///
    /// # Errors
    ///
    /// When it is not one JSON object in UTF-8, or a member of it is of the wrong type.
    pub fn from_body(body: &[u8]) -> Result<Self, GraphqlError> {
        let body = std::str::from_utf8(body).map_err(refused)?;
        match body.trim_start().chars().next() {
            Some('{') => {}
            Some('[') => return Err(refused("send one request at a time, as a JSON object")),
            _ => return Err(refused("the body must be a JSON object with a member 'query'")),
        }
        serde_json::from_str::<Body>(body).map(Self::from).map_err(refused)
    }

    /// The request in the parameters of a GET, in the order in which the URL gives them.
    ///
    /// # Errors
    ///
    /// When there is no `query`, when one of ours is given twice, or `variables` is no JSON object.
    pub fn from_parameters(parameters: Vec<(String, String)>) -> Result<Self, GraphqlError> {
        let [mut query, mut operation_name, mut variables, mut extensions] = [const { None }; 4];
        for (name, value) in parameters {
            let slot = match name.as_str() {
                "query" => &mut query,
                "operationName" => &mut operation_name,
                "variables" => &mut variables,
                "extensions" => &mut extensions,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(refused(format_args!("the parameter '{name}' is given twice")));
            }
        }
        let query = query.ok_or_else(|| refused("there is no parameter 'query'"))?;
        if query.len() > BODY_BYTES_MAX {
            return Err(GraphqlError::new(Code::PayloadTooLarge, "the document is longer than 64 KB"));
        }
        parse::<AnyObject>(extensions)?;
        let variables = parse::<Object>(variables)?.unwrap_or_default().0.into_iter().collect();
        Ok(Self { query, operation_name: operation_name.filter(|name| !name.is_empty()), variables })
    }
}

/// The JSON in a parameter; an empty one says nothing.
fn parse<T: de::DeserializeOwned>(parameter: Option<String>) -> Result<Option<T>, GraphqlError> {
    let given = parameter.filter(|text| !text.is_empty());
    given.map_or(Ok(None), |text| serde_json::from_str(&text).map_err(refused))
}

/// Values by name.
#[derive(Default)]
struct Object(Vec<(String, InputValue)>);

/// An object whose members don't matter.
struct AnyObject;

/// A value, whatever it is.
struct Any(InputValue);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object, A::Error> {
        members(map).map(Object)
    }
}

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyObjectVisitor)
    }
}

struct AnyObjectVisitor;

impl<'de> Visitor<'de> for AnyObjectVisitor {
    type Value = AnyObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyObject, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(AnyObject)
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor).map(Any)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = InputValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<InputValue, E> {
        Ok(InputValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<InputValue, E> {
        Ok(InputValue::scalar(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<InputValue, E> {
        // GraphQL's Int has 32 bits; what is beyond is a Float, and refused where an Int is wanted.
        #[expect(clippy::cast_precision_loss, reason = "a Float is what is asked for then")]
        let beyond = value as f64;
        Ok(i32::try_from(value).map_or_else(|_| InputValue::scalar(beyond), InputValue::scalar))
    }

    fn visit_u64<E>(self, value: u64) -> Result<InputValue, E> {
        #[expect(clippy::cast_precision_loss, reason = "a Float is what is asked for then")]
        let beyond = value as f64;
        Ok(i32::try_from(value).map_or_else(|_| InputValue::scalar(beyond), InputValue::scalar))
    }

    fn visit_f64<E>(self, value: f64) -> Result<InputValue, E> {
        Ok(InputValue::scalar(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<InputValue, E> {
        Ok(InputValue::scalar(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<InputValue, E> {
        Ok(InputValue::scalar(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<InputValue, A::Error> {
        let mut list = Vec::new();
        while let Some(Any(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(InputValue::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InputValue, A::Error> {
        let spanned = members(map)?.into_iter().map(|(name, value)| (Spanning::unlocated(name), Spanning::unlocated(value)));
        Ok(InputValue::parsed_object(spanned.collect()))
    }
}

/// The members of an object, each given once.
fn members<'de, A: MapAccess<'de>>(mut map: A) -> Result<Vec<(String, InputValue)>, A::Error> {
    let mut seen = std::collections::HashSet::new();
    let mut members = Vec::new();
    while let Some((name, Any(value))) = map.next_entry::<String, Any>()? {
        if !seen.insert(name.clone()) {
            return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
        }
        members.push((name, value));
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Result<Request, GraphqlError> {
        Request::from_body(text.as_bytes())
    }

    #[test]
    fn a_body_is_read_and_unknown_members_are_ignored() {
        let text = r#"{"query":"{a}","operationName":"A","variables":{"n":1,"s":"x","l":[null,1.5,true],"o":{"k":3000000000}},
            "extensions":{"a":1},"id":"4","id":"5"}"#;
        let request = body(text).unwrap();
        assert_eq!((request.query.as_str(), request.operation_name.as_deref()), ("{a}", Some("A")));
        assert_eq!(request.variables["n"], InputValue::scalar(1));
        assert_eq!(request.variables["l"].to_list_value().unwrap().len(), 3);
        assert_eq!(request.variables["o"].to_object_value().unwrap()["k"], &InputValue::scalar(3e9));
    }

    #[test]
    fn a_member_of_the_wrong_type_or_given_twice_is_refused() {
        for wrong in [
            "",
            " ",
            "null",
            "1",
            "\"{a}\"",
            "[]",
            r#"[{"query":"{a}"}]"#,
            r#"["{a}"]"#,
            "{",
            "{}",
            r#"{"query":null}"#,
            r#"{"query":{}}"#,
            r#"{"query":["{a}"]}"#,
            r#"{"query":"{a}","query":"{b}"}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","variables":"{}"}"#,
            r#"{"query":"{a}","variables":{"a":1,"a":2}}"#,
            r#"{"query":"{a}","variables":{"o":{"a":1,"a":2}}}"#,
            r#"{"query":"{a}","extensions":[]}"#,
            r#"{"query":"{a}"} x"#,
            "\u{feff}{\"query\":\"{a}\"}",
            "{\"query\":\"{a}\u{0}\"}",
        ] {
            assert_eq!(body(wrong).unwrap_err().code, Code::BadRequest, "{wrong}");
        }
        assert_eq!(Request::from_body(b"{\"query\":\"\xff\"}").unwrap_err().code, Code::BadRequest);
    }

    #[test]
    fn values_nested_without_end_are_refused() {
        let nested = format!(r#"{{"query":"{{a}}","variables":{{"v":{}"#, "[".repeat(60_000));
        assert_eq!(body(&nested).unwrap_err().code, Code::BadRequest);
        let nested = format!(r#"{{"query":"{{a}}","other":{}"#, r#"{"a":"#.repeat(10_000));
        assert_eq!(body(&nested).unwrap_err().code, Code::BadRequest);
    }

    #[test]
    fn parameters_are_read_like_a_body() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Request::from_parameters(pairs.collect())
        };
        let request = read(&[("query", "{a}"), ("variables", r#"{"n":1}"#), ("operationName", ""), ("utm", "x"), ("utm", "y")]);
        assert_eq!(request.unwrap().variables["n"], InputValue::scalar(1));
        for wrong in [
            &[][..],
            &[("query", "{a}"), ("query", "{a}")],
            &[("query", "{a}"), ("variables", "{")],
            &[("query", "{a}"), ("variables", "[]")],
            &[("query", "{a}"), ("extensions", "1")],
        ] {
            assert_eq!(read(wrong).unwrap_err().code, Code::BadRequest, "{wrong:?}");
        }
    }
}
