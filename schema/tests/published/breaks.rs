//! What in a schema breaks those who know the one before: what was written can't be read any more, or what is written
//! now can't be read by who knows the version.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Patterns that took in further forms without leaving any out, as before and after.
///
/// A pattern can't be compared, so each is looked at by a person. A form of a string that older builds can't read is a
/// break that was decided on.
const WIDENED: &[(&str, &str)] = &[
    // Half-years and intervals of dates.
    (
        "^[0-9]{4}(-(Q[1-4]|[0-9]{2}(-[0-9]{2})?))?$",
        "^((\\.\\.|[0-9]{4}(-(Q[1-4]|H[12]|[0-9]{2}(-[0-9]{2})?))?)/)?[0-9]{4}(-(Q[1-4]|H[12]|[0-9]{2}(-[0-9]{2})?))?$",
    ),
];

/// How deep schemas may be nested in each other; none of ours refers to itself.
const DEPTH_MAX: usize = 40;

/// What breaks between `before` and `after`, both of one version of one event.
pub fn between(before: &Value, after: &Value) -> Vec<String> {
    let mut comparison = Comparison { before, after, found: Vec::new() };
    comparison.compare("the event", before, after, DEPTH_MAX);
    comparison.found
}

struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    found: Vec<String>,
}

/// What a schema allows, with its references followed and 'or null' told apart.
struct Allowed<'a> {
    schema: &'a Value,
    null: bool,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, at: &str, before: &'a Value, after: &'a Value, depth: usize) {
        assert!(depth > 0, "{at} is nested too deep to be compared");
        let (before, after) = (allowed(self.before, before), allowed(self.after, after));
        if before.null != after.null {
            self.found.push(format!("{at} may be null in one of the two only"));
        }
        let (before, after) = (before.schema, after.schema);
        self.types(at, before, after);
        self.limits(at, before, after);
        self.words(at, before, after, depth);
        self.members(at, before, after, depth);
        for inner in ["items", "additionalProperties"] {
            match (before.get(inner), after.get(inner)) {
                (Some(before), Some(after)) => self.compare(&format!("what is in {at}"), before, after, depth - 1),
                (None, None) => {}
                _ => self.found.push(format!("{at} says in one of the two only what is in it ({inner})")),
            }
        }
    }

    fn types(&mut self, at: &str, before: &Value, after: &Value) {
        let (was, is) = (types_of(before), types_of(after));
        if was != is {
            self.found.push(format!("{at} was of type {was:?} and is of type {is:?}"));
        }
        if before.get("format") != after.get("format") {
            self.found.push(format!("{at} has another format"));
        }
    }

    fn limits(&mut self, at: &str, before: &'a Value, after: &'a Value) {
        let pattern = |schema: &'a Value| schema.get("pattern").and_then(Value::as_str);
        let (was, is) = (pattern(before), pattern(after));
        let widened = was.zip(is).is_some_and(|pair| WIDENED.contains(&pair));
        if was != is && !widened {
            self.found.push(format!("{at} has the pattern {is:?} and had {was:?}"));
        }
        for limit in ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] {
            if before.get(limit) != after.get(limit) {
                self.found.push(format!("{at} has another {limit}"));
            }
        }
    }

    /// The words of an enum, and its variants that hold members.
    fn words(&mut self, at: &str, before: &'a Value, after: &'a Value, depth: usize) {
        let (was, is) = (variants_of(before), variants_of(after));
        let gone = was.keys().filter(|word| !is.contains_key(*word));
        self.found.extend(gone.map(|word| format!("{at} can't be '{word}' any more")));
        let new = is.keys().filter(|word| !was.contains_key(*word));
        self.found.extend(new.map(|word| format!("{at} can be '{word}', which it could not")));
        for (word, before) in was {
            if let Some(after) = is.get(&word).copied().filter(|after| after.get("properties").is_some()) {
                self.compare(&format!("{at} as '{word}'"), before, after, depth - 1);
            }
        }
    }

    fn members(&mut self, at: &str, before: &'a Value, after: &'a Value, depth: usize) {
        let (was, is) = (members_of(before), members_of(after));
        let (was_required, is_required) = (required_of(before), required_of(after));
        let present = |member: &str| is.and_then(|is| is.get(member));
        for (member, before) in was.into_iter().flatten() {
            match present(member) {
                None => self.found.push(format!("{at} has no member '{member}' any more")),
                Some(after) => self.compare(&format!("{at}.{member}"), before, after, depth - 1),
            }
        }
        let demanded = is_required.difference(&was_required);
        self.found.extend(demanded.map(|member| format!("{at} has to have '{member}'")));
        let waived = was_required.difference(&is_required).filter(|member| present(member).is_some());
        self.found.extend(waived.map(|member| format!("{at} need not have '{member}' any more")));
    }
}

/// Follows references within `root`, and takes 'or null' apart.
fn allowed<'a>(root: &'a Value, schema: &'a Value) -> Allowed<'a> {
    let mut schema = schema;
    let mut null = false;
    for _ in 0..DEPTH_MAX {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            schema = root.pointer(pointer).unwrap_or_else(|| panic!("{reference} refers to nothing"));
            continue;
        }
        let Some(choices) = schema.get("anyOf").and_then(Value::as_array) else { break };
        let is_null = |choice: &&Value| choice.get("type").is_some_and(|of| of == "null");
        let mut others = choices.iter().filter(|choice| !is_null(choice));
        let (Some(only), None) = (others.next(), others.next()) else { break };
        null |= choices.iter().any(|choice| is_null(&choice));
        schema = only;
    }
    null |= schema.get("type").and_then(Value::as_array).is_some_and(|types| types.iter().any(|of| of == "null"));
    Allowed { schema, null }
}

/// The types without null, which is looked at by itself.
fn types_of(schema: &Value) -> BTreeSet<&str> {
    match schema.get("type") {
        Some(Value::String(only)) => BTreeSet::from([only.as_str()]),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).filter(|of| *of != "null").collect(),
        _ => BTreeSet::new(),
    }
}

/// What can be chosen between: words, and objects by the names of their members.
fn variants_of(schema: &Value) -> BTreeMap<String, &Value> {
    let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten().map(|word| (word.to_string(), word));
    let words = words.filter(|(_, word)| !word.is_null());
    let constant = schema.get("const").map(|word| (word.to_string(), schema));
    let choices = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key).and_then(Value::as_array)).flatten();
    let choices = choices.flat_map(|choice| match members_of(choice) {
        Some(members) => vec![(members.keys().cloned().collect::<Vec<_>>().join(" and "), choice)],
        None => variants_of(choice).into_iter().collect(),
    });
    let named = words.chain(constant).chain(choices);
    named.map(|(word, schema)| (word.trim_matches('"').to_owned(), schema)).collect()
}

fn members_of(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn required_of(schema: &Value) -> BTreeSet<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

mod tests {
    use serde_json::json;

    use super::*;

    /// The schema that the tests change, with all that ours have: references, enums, variants, what may be null.
    fn pier() -> Value {
        json!({
            "type": "object",
            "properties": {
                "name": { "$ref": "#/$defs/Line" },
                "length": { "type": "integer", "format": "uint32", "minimum": 0 },
                "owner": { "anyOf": [{ "$ref": "#/$defs/Line" }, { "type": "null" }] },
                "kind": { "$ref": "#/$defs/Kind" },
                "origin": { "$ref": "#/$defs/Origin" },
                "piles": { "type": "array", "items": { "$ref": "#/$defs/Pile" } },
            },
            "required": ["name", "kind"],
            "$defs": {
                "Line": { "type": "string", "pattern": "^.+$", "maxLength": 300 },
                "Kind": { "description": "Of what.", "oneOf": [
                    { "type": "string", "const": "stone" },
                    { "type": "string", "const": "timber" },
                ] },
                "Origin": { "oneOf": [
                    { "type": "string", "const": "person" },
                    { "type": "object", "properties": { "row": { "type": "integer" } }, "required": ["row"] },
                ] },
                "Pile": { "type": "object", "properties": { "depth": { "type": "integer" } }, "required": ["depth"] },
            },
        })
    }

    /// What is found when the value at `pointer` is replaced.
    fn replaced(pointer: &str, with: Value) -> Vec<String> {
        let mut after = pier();
        *after.pointer_mut(pointer).unwrap() = with;
        between(&pier(), &after)
    }

    /// What is found when `member` is added to the object at `pointer`.
    fn added(pointer: &str, member: &str, what: Value) -> Vec<String> {
        let mut after = pier();
        after.pointer_mut(pointer).unwrap()[member] = what;
        between(&pier(), &after)
    }

    fn removed(pointer: &str, member: &str) -> Vec<String> {
        let mut after = pier();
        after.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(member).unwrap();
        between(&pier(), &after)
    }

    #[test]
    fn what_is_the_same_or_grew_by_something_optional_breaks_nothing() {
        assert_eq!(between(&pier(), &pier()), Vec::<String>::new());
        assert_eq!(added("/properties", "opened_on", json!({ "type": "string" })), Vec::<String>::new());
        assert_eq!(added("/$defs/Pile/properties", "wood", json!({ "$ref": "#/$defs/Line" })), Vec::<String>::new());
        assert_eq!(replaced("/$defs/Kind/description", json!("Of what it is built.")), Vec::<String>::new());
    }

    #[test]
    fn a_member_that_is_gone_breaks() {
        assert_eq!(removed("/properties", "owner"), ["the event has no member 'owner' any more"]);
        let nested = removed("/$defs/Pile/properties", "depth");
        assert_eq!(nested, ["what is in the event.piles has no member 'depth' any more"]);
    }

    #[test]
    fn a_member_that_has_to_be_there_and_had_not_breaks_and_so_does_the_other_way_round() {
        assert_eq!(replaced("/required", json!(["name", "kind", "owner"])), ["the event has to have 'owner'"]);
        assert_eq!(replaced("/required", json!(["name"])), ["the event need not have 'kind' any more"]);
        let mut after = pier();
        after["properties"]["opened_on"] = json!({ "type": "string" });
        after["required"] = json!(["name", "kind", "opened_on"]);
        assert_eq!(between(&pier(), &after), ["the event has to have 'opened_on'"]);
    }

    #[test]
    fn a_word_more_or_less_breaks() {
        let words = |words: &[&str]| words.iter().map(|word| json!({ "type": "string", "const": word })).collect::<Value>();
        let more = replaced("/$defs/Kind/oneOf", words(&["stone", "timber", "steel"]));
        assert_eq!(more, ["the event.kind can be 'steel', which it could not"]);
        assert_eq!(replaced("/$defs/Kind/oneOf", words(&["stone"])), ["the event.kind can't be 'timber' any more"]);
        let plain = json!({ "enum": ["stone", "timber", "steel"] });
        assert_eq!(replaced("/$defs/Kind", plain), ["the event.kind can be 'steel', which it could not"]);
    }

    #[test]
    fn a_variant_more_or_a_changed_one_breaks() {
        let other = json!({ "type": "object", "properties": { "feed": { "type": "string" } } });
        let mut after = pier();
        after["$defs"]["Origin"]["oneOf"].as_array_mut().unwrap().push(other);
        assert_eq!(between(&pier(), &after), ["the event.origin can be 'feed', which it could not"]);
        let text = replaced("/$defs/Origin/oneOf/1/properties/row/type", json!("string"));
        assert_eq!(text, [r#"the event.origin as 'row'.row was of type {"integer"} and is of type {"string"}"#]);
    }

    #[test]
    fn another_type_breaks() {
        let number = replaced("/properties/length/type", json!("number"));
        assert_eq!(number, [r#"the event.length was of type {"integer"} and is of type {"number"}"#]);
        assert_eq!(replaced("/properties/owner", json!({ "$ref": "#/$defs/Line" })).len(), 1);
        assert_eq!(replaced("/properties/length/type", json!(["integer", "null"])).len(), 1);
        assert_eq!(replaced("/properties/length/format", json!("uint8")).len(), 1);
        let list = json!({ "type": "array", "items": { "$ref": "#/$defs/Line" } });
        assert!(!replaced("/properties/name", list).is_empty());
        assert!(!replaced("/properties/piles/items", json!({ "type": "integer" })).is_empty());
    }

    #[test]
    fn other_limits_break() {
        assert_eq!(replaced("/$defs/Line/maxLength", json!(200)).len(), 2, "a name and an owner are lines");
        assert_eq!(replaced("/properties/length/minimum", json!(1)), ["the event.length has another minimum"]);
        assert_eq!(replaced("/$defs/Line/pattern", json!("^.*$")).len(), 2);
        assert_eq!(removed("/properties/length", "minimum"), ["the event.length has another minimum"]);
    }
}
