//! What an operation may ask for, measured before anything runs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::format_collect, reason = "these documents are small and read better so")]

#[expect(dead_code, reason = "only the schema is wanted here")]
mod toy;

use std::time::{Duration, Instant};

use access::table::{Fields, Readers};
use api::coverage;
use graphql::{
    Code, GraphqlError,
    limits::{Limits, Measured, NoScans, Scans, measure},
    request::Request,
};
use juniper::Variables;
use proptest::prelude::*;
use serde_json::{Value, json};

fn measured(query: &str, variables: &Value) -> Result<Measured, GraphqlError> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let request = Request::from_body(body.as_bytes()).unwrap();
    measure(&request, &toy::root().schema, &Limits::default(), &NoScans)
}

fn cost(query: &str) -> u32 {
    measured(query, &json!({})).unwrap_or_else(|error| panic!("{query}: {error:?}")).cost
}

fn code(query: &str) -> Option<Code> {
    measured(query, &json!({})).err().map(|error| error.code)
}

/// What each of some fields looks through.
struct Looked;

impl Scans for Looked {
    fn of_field(&self, type_name: &str, field: &str) -> u64 {
        match (type_name, field) {
            ("Query", "things") => 200_000,
            ("Thing", "things") => 30,
            _ => 0,
        }
    }

    fn of_argument(&self, name: &str) -> u64 {
        if name == "last" { 70 } else { 0 }
    }
}

#[test]
fn what_is_looked_through_costs_whatever_is_shown_of_it() {
    let cost = |query: &str| {
        let request = Request::from_body(json!({ "query": query }).to_string().as_bytes()).unwrap();
        measure(&request, &toy::root().schema, &Limits::default(), &Looked).map(|measured| measured.cost)
    };
    // A record that is large is no reason to refuse a small question: the limit is on its shape.
    assert_eq!(cost("{ things(first: 1) { nodes { id } } }"), Ok(20_003));
    // What lies in a page is looked through for each of the page.
    assert_eq!(cost("{ things(first: 5) { nodes { things(first: 1) { nodes { id } } } } }"), Ok(20_000 + 15 + 17));
    // An argument that is given can be dear.
    assert_eq!(cost("{ things(last: 1) { nodes { id } } }"), Ok(20_003 + 7));
    assert!(cost("{ things(first: 100) { nodes { things(first: 100) { nodes { id } } } } }").is_err());
}

#[test]
fn a_page_multiplies_what_is_in_it() {
    assert_eq!(cost("{ __typename }"), 1);
    assert_eq!(cost("{ thing(id: 1) { id name } }"), 2);
    assert_eq!(cost("{ things(first: 100) { totalCount nodes { id } } }"), 112);
    assert_eq!(cost("{ things(last: 100) { nodes { things(first: 10) { nodes { id } } } } }"), 1 + 100 * 12 + 100);
    assert_eq!(cost("{ thing(id: 1) { tags { id } } }"), 12);
    assert_eq!(cost("mutation { a: record(text: \"x\") b: record(text: \"y\") }"), 21);
}

#[test]
fn what_touches_too_much_is_refused_before_it_runs() {
    let deep = "{ things(first: 100) { nodes { things(first: 100) { nodes { id } } } } }";
    assert_eq!(code(deep), Some(Code::CostExceeded));
    assert_eq!(code(&deep.replacen("100", "8", 1)), None);
    let aliases: String =
        (0..15).map(|n| format!("a{n}: things(first: 100) {{ nodes {{ things(first: 7) {{ nodes {{ id }} }} }} }} ")).collect();
    assert_eq!(code(&format!("{{ {aliases} }}")), Some(Code::CostExceeded));
}

#[test]
fn a_page_has_one_size_between_1_and_100() {
    for arguments in [
        "",
        "(first: 0)",
        "(first: -1)",
        "(first: 101)",
        "(first: 2147483647)",
        "(first: 99999999999)",
        "(first: null)",
        "(first: 1, last: 1)",
        "(last: 101)",
        "(first: \"10\")",
        "(first: 10.0)",
        "(first: [10])",
        "(first: $none)",
    ] {
        let query = format!("query Q($none: Int) {{ things{arguments} {{ nodes {{ id }} }} }}");
        assert!(matches!(code(&query), Some(Code::PageSizeInvalid | Code::ParseFailed)), "{arguments}: {:?}", code(&query));
    }
    assert_eq!(code("{ things(first: 1, last: null) { totalCount } }"), None);
    assert_eq!(code("{ things(last: 100) { totalCount } }"), None);
}

#[test]
fn a_page_size_in_a_variable_counts_like_one_in_the_document() {
    let query = "query Q($n: Int = 50) { things(first: $n) { nodes { id } } }";
    assert_eq!(measured(query, &json!({})).unwrap().cost, 56);
    assert_eq!(measured(query, &json!({ "n": 100 })).unwrap().cost, 111);
    for wrong in [json!({ "n": 101 }), json!({ "n": null }), json!({ "n": "1" }), json!({ "n": 1e9 })] {
        assert_eq!(measured(query, &wrong).unwrap_err().code, Code::PageSizeInvalid, "{wrong}");
    }
    assert_eq!(code("query Q($n: Int = 1000) { things(first: $n) { nodes { id } } }"), Some(Code::PageSizeInvalid));
}

#[test]
fn depth_is_counted_in_fields_whatever_fragments_are_between() {
    let deep = |levels: usize| {
        let connections = "things(first: 1) { nodes { ".repeat(levels);
        format!("{{ {connections} ... {{ ... on Thing {{ id }} }} {} }}", "} }".repeat(levels))
    };
    assert_eq!(code(&deep(5)), None);
    assert_eq!(code(&deep(6)), Some(Code::DepthExceeded));
    // Six fragments, each two levels deep.
    let chain: String =
        (0..6).map(|n| format!("fragment F{n} on Thing {{ things(first: 1) {{ nodes {{ ...F{} }} }} }} ", n + 1)).collect();
    let chained = format!("{{ thing(id: 1) {{ ...F0 }} }} {chain} fragment F6 on Thing {{ id }}");
    assert_eq!(code(&chained), Some(Code::DepthExceeded));
}

#[test]
fn aliases_root_fields_and_directives_have_an_end() {
    let many = |count: usize| (0..count).map(|n| format!("a{n}: id ")).collect::<String>();
    assert_eq!(code(&format!("{{ thing(id: 1) {{ {} }} }}", many(30))), None);
    assert_eq!(code(&format!("{{ thing(id: 1) {{ {} }} }}", many(31))), Some(Code::AliasesExceeded));
    let roots = |count: usize| format!("{{ {} }}", "viewer ".repeat(count));
    assert_eq!(code(&roots(20)), None);
    assert_eq!(code(&roots(21)), Some(Code::RootFieldsExceeded));
    assert_eq!(code(&format!("{{ ...F }} fragment F on Query {}", roots(21))), Some(Code::RootFieldsExceeded));
    assert_eq!(code("{ viewer @skip(if: false) @include(if: true) }"), None);
    for place in ["{ viewer DD }", "{ ... DD { viewer } }", "{ ...F DD } fragment F on Query { viewer }", "query Q DD { viewer }"]
    {
        let twice = place.replace("DD", "@skip(if: false) @skip(if: false)");
        assert_eq!(code(&twice), Some(Code::DirectivesExceeded), "{twice}");
        let four = place.replace("DD", "@a @b @c @d");
        assert_eq!(code(&four), Some(Code::DirectivesExceeded), "{four}");
    }
}

#[test]
fn fragments_are_counted_wherever_they_are_spread() {
    let spread = "{ things(first: 100) { nodes { ...A ...A ...A } } } fragment A on Thing { id name tags { id } }";
    assert_eq!(
        cost(spread),
        cost("{ things(first: 100) { nodes { id name tags { id } id name tags { id } id name tags { id } } } }")
    );
    // Each fragment spreads the next ten times: a million fields in a few hundred characters.
    let bomb: String =
        (0..6).map(|n| format!("fragment F{n} on Thing {{ {} }} ", format!("...F{} ", n + 1).repeat(10))).collect();
    let bomb = format!("{{ thing(id: 1) {{ ...F0 }} }} {bomb} fragment F6 on Thing {{ id }}");
    assert_eq!(code(&bomb), Some(Code::FieldsExceeded));
    // The same with nothing at the end of it.
    let began = Instant::now();
    let hollow = bomb.replace("fragment F6 on Thing { id }", "");
    assert_eq!(code(&hollow), Some(Code::ValidationFailed));
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn fragments_that_go_round_or_nowhere_are_refused() {
    for query in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { viewer ...A }",
        "{ ...A }",
        "{ viewer } fragment A on Query { viewer }",
        "{ viewer } fragment A on Query { ...B } fragment B on Query { ...A }",
    ] {
        assert_eq!(code(query), Some(Code::ValidationFailed), "{query}");
    }
}

#[test]
fn every_operation_of_a_document_is_held_to_the_limits() {
    let query = "query Small { viewer } query Large { things(first: 100) { nodes { things(first: 100) { nodes { id } } } } }";
    let body = json!({ "query": query, "operationName": "Small" }).to_string();
    let refused = measure(&Request::from_body(body.as_bytes()).unwrap(), &toy::root().schema, &Limits::default(), &NoScans);
    assert_eq!(refused.unwrap_err().code, Code::CostExceeded);
}

#[test]
fn large_documents_of_every_shape_are_refused_quickly() {
    let repeat = |text: &str, count: usize| text.repeat(count);
    let aliases: String = (0..4_900).map(|n| format!("a{n}:id ")).collect();
    for query in [
        format!("{{ thing(id: 1) {{ {aliases} }} }}"),
        format!("{{ thing(id: 1) {{ {} }} }}", repeat("id ", 20_000)),
        repeat("{", 10_000),
        repeat("{ viewer ", 5_000),
        repeat("{ ... ", 10_000),
        format!("{{ thing(id: {}", repeat("[", 10_000)),
        format!("{{ thing(id: {}", repeat("{a:", 10_000)),
        format!("query Q($a: {}", repeat("[", 10_000)),
        format!("query Q($a: Int = {}", repeat("[", 10_000)),
        format!("{{ viewer @a(b: {}", repeat("[", 10_000)),
        format!("{{ viewer {} }}", repeat("@a ", 10_000)),
        format!("{{ {} viewer }}", repeat("...F ", 10_000)),
        repeat("query Q { viewer } ", 3_000),
        repeat("fragment F on Query { viewer } ", 2_000),
        format!("{{ day(on: \"{}", repeat("x", 60_000)),
        format!("{{ day(on: \"\"\"{}", repeat("\\\"\"\"", 10_000)),
        format!("{{ viewer }} {}", repeat("é", 30_000)),
        repeat("\u{0}", 60_000),
    ] {
        let began = Instant::now();
        let refused = code(&query);
        assert!(refused.is_some(), "{}", &query[..60.min(query.len())]);
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}: {refused:?}", began.elapsed());
    }
    let refused = measured(&format!("{{ {} }}", "x".repeat(60_000)), &json!({}));
    assert!(refused.is_ok() || refused.unwrap_err().message.len() < 1_000);
}

/// Comparing fields of one name with each other takes time that grows with the square of their number.
#[test]
fn the_largest_documents_that_are_accepted_are_validated_quickly() {
    let root = toy::root();
    let same = format!("{{ thing(id: 1) {{ {} }} }}", "id name ".repeat(499));
    let spread = format!("{{ thing(id: 1) {{ {} }} }} fragment F on Thing {{ {} }}", "...F ".repeat(33), "id ".repeat(30));
    let operations: String = (0..400).map(|n| format!("query Q{n} {{ ...F }} ")).collect();
    let operations = format!("{operations} fragment F on Query {{ viewer }}");
    for (query, name) in [(&same, None), (&spread, None), (&operations, Some("Q1"))] {
        let body = json!({ "query": query, "operationName": name }).to_string();
        measure(&Request::from_body(body.as_bytes()).unwrap(), &root.schema, &Limits::default(), &NoScans).unwrap();
        let began = Instant::now();
        // juniper refuses what overlaps too much by itself; either way it must not take long.
        drop(juniper::ValidatedOperation::new(query, name, &root));
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}: {}", began.elapsed(), &query[..60]);
    }
}

/// The query with which tools read a schema, as deep as the deepest of them.
fn introspection_query() -> String {
    let of_type = (0..9).fold(String::new(), |inner, _| format!("ofType {{ kind name {inner} }}"));
    format!(
        "query IntrospectionQuery {{
            __schema {{
                description queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }}
                types {{ ...Full }}
                directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ ...Input }} }}
            }}
        }}
        fragment Full on __Type {{
            kind name description specifiedByURL isOneOf
            fields(includeDeprecated: true) {{
                name description args(includeDeprecated: true) {{ ...Input }} type {{ ...Ref }} isDeprecated deprecationReason
            }}
            inputFields(includeDeprecated: true) {{ ...Input }}
            interfaces {{ ...Ref }}
            enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
            possibleTypes {{ ...Ref }}
        }}
        fragment Input on __InputValue {{ name description type {{ ...Ref }} defaultValue isDeprecated deprecationReason }}
        fragment Ref on __Type {{ kind name {of_type} }}"
    )
}

#[test]
fn tools_can_read_the_schema_and_nobody_can_go_round_in_it() {
    let query = introspection_query();
    assert!(cost(&query) < 6_000, "{}", cost(&query));
    let root = toy::root();
    let operation = juniper::ValidatedOperation::new(&query, None, &root);
    assert!(operation.is_ok(), "{:?}", operation.err());
    let around = |times: usize| {
        let fields = "fields { type { ".repeat(times);
        format!("{{ __schema {{ types {{ {fields} name {} }} }} }}", "} }".repeat(times))
    };
    assert_eq!(code(&around(2)), None);
    assert_eq!(code(&around(5)), Some(Code::CostExceeded));
    assert_eq!(code(&around(8)), Some(Code::DepthExceeded));
}

#[test]
fn the_fields_of_a_schema_can_be_compared_with_the_table() {
    const ROWS: Fields = Fields(&[("Thing.id", Readers::SignedIn), ("Query.gone", Readers::SignedIn)]);
    let fields = coverage::fields(&toy::root().schema);
    let differences = ROWS.differences(fields.iter().map(|(of, field)| (of.as_str(), field.as_str())));
    assert!(differences.contains(&"Thing.name is not in the table".to_owned()));
    assert!(differences.contains(&"Mutation.record is not in the table".to_owned()));
    assert!(differences.contains(&"Query.gone is not in the schema".to_owned()));
    assert!(!differences.iter().any(|line| line.contains("__") || line.starts_with("Thing.id ")), "{differences:?}");
}

const WORDS: [&str; 34] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "@",
    "=",
    "...",
    "on",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "A",
    "B",
    "thing",
    "things",
    "nodes",
    "id",
    "first",
    "last",
    "100",
    "-1",
    "1e9",
    "\"x\"",
    "\"\"\"y",
    "null",
    "$n",
    "Thing",
    "__schema",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_the_measuring_panic(text in any::<String>()) {
        let request = Request { query: text, operation_name: None, variables: Variables::new() };
        let _ = measure(&request, &toy::root().schema, &Limits::default(), &NoScans);
    }

    #[test]
    fn no_order_of_words_makes_the_measuring_panic(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..60)) {
        let request = Request { query: words.join(" "), operation_name: None, variables: Variables::new() };
        let _ = measure(&request, &toy::root().schema, &Limits::default(), &NoScans);
    }

    #[test]
    fn no_body_makes_the_reading_panic(body in any::<Vec<u8>>()) {
        let _ = Request::from_body(&body);
    }
}
