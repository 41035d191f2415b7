//! Things on record as answers of a form: those that can be chosen from a list, and those that are found by a part of their
//! name, of kinds of which there are more than a list can show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::web::{
    failure::Failure,
    form::{Complaint, Form, Typed},
    visit::Visit,
    words,
};

/// The most things of a kind that are offered without being looked for.
const LISTED_MAX: usize = 100;
/// The most things of a kind that a part of a name finds.
const FOUND_MAX: usize = 20;

/// The kinds of which things can be chosen: what asks the API for them, and what it calls their names.
const LISTS: [(&str, &str, &str); 8] = [
    ("organisation", "organisations", "name"),
    ("cluster", "clusters", "name"),
    ("project", "projects", "title"),
    ("permit", "permits", "title"),
    ("award", "awards", "title"),
    ("programme", "programmes", "title"),
    ("partnership", "partnerships", "title"),
    ("policy_measure", "policyMeasures", "title"),
];

/// A thing: its id and its name.
type Named = (String, String);

/// The things that a form can name.
#[derive(Default)]
pub struct Things {
    /// All of a kind, where a list can show them.
    listed: Value,
    /// Those that were found for a field, by its full name.
    found: BTreeMap<String, Vec<Named>>,
    /// What things that are chosen already are called, by their ids.
    names: BTreeMap<String, String>,
}

impl Things {
    /// The things that `form` can name, as far as lists can show them.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, or the API refuses.
    pub async fn of(visit: &Visit, form: &Form) -> Result<Self, Failure> {
        let wanted = form.kinds();
        let lists = LISTS.iter().filter(|(kind, ..)| wanted.contains(kind));
        let asked: Vec<String> = lists
            .map(|(kind, field, name)| {
                format!("{kind}: {field}(first: {LISTED_MAX}) {{ totalCount nodes {{ id name: {name} }} }}")
            })
            .collect();
        let mut listed = json!({});
        if !asked.is_empty() {
            let data = visit.ask(&format!("query Things {{ {} }}", asked.join(" ")), &json!({})).await?;
            for (kind, found) in data.as_object().into_iter().flatten() {
                let mut nodes = found["nodes"].as_array().cloned().unwrap_or_default();
                let total = found["totalCount"].as_u64().and_then(|total| usize::try_from(total).ok());
                if total.is_some_and(|total| total <= nodes.len()) {
                    nodes.sort_by_key(|node| node["name"].as_str().unwrap_or_default().to_lowercase());
                    listed[kind.as_str()] = json!(nodes);
                }
            }
        }
        Ok(Self { listed, ..Self::default() })
    }

    /// Finds the things of which a part of the name was typed, and puts their ids in its place; what is not found, or is more
    /// than one, is complained of.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, or the API refuses.
    pub async fn find(&mut self, visit: &Visit, form: &Form, typed: &mut Typed) -> Result<Vec<Complaint>, Failure> {
        let mut complaints = Vec::new();
        for (path, kind) in form.things(typed) {
            if !self.listed[kind.as_str()].is_null() {
                continue;
            }
            let given: Vec<String> = typed.all(&path).into_iter().map(str::to_owned).collect();
            let mut kept = Vec::new();
            for text in given {
                if words::is_id(&text) {
                    kept.push(text);
                    continue;
                }
                let mut found = search(visit, &kind, &text).await?;
                let same = |(_, name): &&Named| name.to_lowercase() == text.to_lowercase();
                let exact: Vec<Named> = found.iter().filter(same).cloned().collect();
                if let [one] = exact.as_slice() {
                    found = vec![one.clone()];
                }
                match found.as_slice() {
                    [] => {
                        let what = if kind.is_empty() { "nothing" } else { "none" };
                        let message = format!("{what} that you may see has '{text}' in its name; type another part of it");
                        complaints.push(Complaint::new(&path, message));
                        kept.push(text);
                    }
                    [(id, _)] => kept.push(id.clone()),
                    several => {
                        let message = if several.len() >= FOUND_MAX {
                            format!(
                                "{FOUND_MAX} and more have '{text}' in their names: choose one, or leave them and type more of it"
                            )
                        } else {
                            format!("{} have '{text}' in their names: choose one", several.len())
                        };
                        complaints.push(Complaint::new(&path, message));
                    }
                }
                if found.len() == 1 {
                    self.names.extend(found);
                } else {
                    self.found.entry(path.clone()).or_default().extend(found);
                }
            }
            typed.set_all(path, kept);
        }
        Ok(complaints)
    }

    /// Looks up what the things are called that are chosen already.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, or the API refuses.
    pub async fn name(&mut self, visit: &Visit, form: &Form, typed: &Typed) -> Result<(), Failure> {
        let paths = form.things(typed);
        let chosen = paths.iter().flat_map(|(path, _)| typed.all(path)).filter(|id| words::is_id(id));
        let mut unnamed: Vec<&str> = chosen.filter(|id| !self.names.contains_key(*id)).collect();
        unnamed.sort_unstable();
        unnamed.dedup();
        unnamed.truncate(LISTED_MAX);
        for some in unnamed.chunks(10) {
            let node = |(at, id): (usize, &&str)| format!("t{at}: node(id: \"{id}\") {{ id ...Named }}");
            let nodes: Vec<String> = some.iter().enumerate().map(node).collect();
            let data = visit.ask(&format!("query Names {{ {} }} {NAMED}", nodes.join(" ")), &json!({})).await?;
            for node in data.as_object().into_iter().flatten().map(|(_, node)| node) {
                let name = node["title"].as_str().or_else(|| node["name"].as_str());
                if let Some((id, name)) = node["id"].as_str().zip(name) {
                    self.names.insert(id.to_owned(), name.to_owned());
                }
            }
        }
        Ok(())
    }

    /// As forms are drawn with them: lists by kind, what was found by field, names by id.
    pub fn drawn(&self) -> Value {
        json!({ "listed": self.listed, "found": self.found, "names": self.names })
    }
}

const NAMED: &str = "fragment Named on Node { ... on Organisation { name } ... on Cluster { name } ... on Initiative { name } \
                     ... on Register { name } ... on Project { title } ... on Permit { title } ... on Programme { title } \
                     ... on Award { title } ... on Partnership { title } ... on PolicyMeasure { title } }";

/// The things of `kind`, of any where it is empty, with `text` in their names.
async fn search(visit: &Visit, kind: &str, text: &str) -> Result<Vec<Named>, Failure> {
    let text: String = text.chars().filter(|character| !character.is_control()).take(100).collect();
    let lists = LISTS.iter().filter(|(known, ..)| kind.is_empty() || *known == kind);
    let asked: Vec<String> = lists
        .map(|(kind, field, name)| {
            let order = name.to_uppercase();
            format!(
                "{kind}: {field}(first: {FOUND_MAX}, filter: {{ text: $text }}, orderBy: {{ field: {order}, direction: ASC }}) {{ \
                 nodes {{ id name: {name} }} }}"
            )
        })
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let data = visit.ask(&format!("query Find($text: Line!) {{ {} }}", asked.join(" ")), &json!({ "text": text })).await?;
    let nodes = data.as_object().into_iter().flatten().flat_map(|(_, list)| list["nodes"].as_array().into_iter().flatten());
    let named = |node: &Value| Some((node["id"].as_str()?.to_owned(), node["name"].as_str()?.to_owned()));
    Ok(nodes.filter_map(named).collect())
}
