//! What a command changes: what its sender could see before, held against what they can see with it.
//!
//! Both are asked for by the documents in `changes.graphql`, through the same fields and the same gate as any answer, so that
//! nothing is told here that a query would not tell.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use access::withheld_members;
use app::{Step, reach_of};
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{InputValue, Variables, execute_sync};
use projections::{
    Kinded, Picture, for_kind,
    things::{Cluster, Live, Organisation},
};
use schema::{ClusterId, EventId, Fact, Kind, OrganisationId, ThingId};
use serde_json::{Map, Value};

use super::{Context, scalars::FactId, types::record::any_history, view::View};

/// What is asked of a thing of each kind.
const DOCUMENT: &str = include_str!("changes.graphql");

/// By which members the objects of a list are told apart, the first that they have.
const KEYS: &[&str] = &["id", "name", "pillar", "limit", "reference", "code", "currency", "from", "lodgedOn", "extendedOn"];

/// Something that a command changes.
#[gated]
#[derive(Debug, Clone, PartialEq, Eq)]
#[graphql(context = Context)]
pub struct Change {
    /// What changes: a fact by its type and member (`MilestonePlanned.due_on`, as its
    /// published schema names it), who may read and write (`access.authority`), or
    /// a field by its path from the thing (`milestones[fid].forecast`, `clocks[decision].deadline`,
    /// `projects[project-…].pillars.pillars[POLICY].level`).
    pub what: String,
    /// How it stood; null where it was not there.
    pub before: Option<String>,
    /// How it stands; null where it is not there any more.
    pub after: Option<String>,
    /// The acts of this command that it follows from. Of a preview, they are not on record.
    pub because: Vec<FactId>,
}

/// Who gains and who loses access to a thing by a command, in a sentence; `None` where nobody does.
pub fn access_changed(context: &Context, thing: ThingId, step: &Step) -> Option<String> {
    // What is just brought on record belonged to nobody.
    step.before().revision(thing).filter(|_| step.may_move())?;
    let parties = |picture: &Arc<Picture>| -> BTreeSet<String> {
        access(&context.seeing(picture), thing).into_values().flat_map(BTreeSet::into_iter).collect()
    };
    let (before, after) = (parties(step.before()), parties(step.after()));
    let list = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (gone, come) = (list(before.difference(&after).collect()), list(after.difference(&before).collect()));
    match (gone.is_empty(), come.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("this takes the access of a party from {gone}")),
        (true, false) => Some(format!("this gives the access of a party to {come}")),
        (false, false) => Some(format!("this takes the access of a party from {gone} and gives it to {come}")),
    }
}

/// What `step` changes on `thing` and on what depends on it, as whoever asks sees it, in the order of what changes.
///
/// # Errors
///
/// When it can't be told.
pub fn changes(context: &Context, thing: ThingId, step: &Step) -> Result<Vec<Change>, GraphqlError> {
    let (before, after) = (context.seeing(step.before()), context.seeing(step.after()));
    let acts = step.acts();
    let mut changes = for_kind!(thing.kind(), S => facts::<S>(&before, &after, thing, acts))?;
    let because: Vec<FactId> = acts.iter().copied().map(FactId).collect();
    let mut add = |was: BTreeMap<String, String>, is: BTreeMap<String, String>| {
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for what in names {
            let (before, after) = (was.get(what).cloned(), is.get(what).cloned());
            if before != after {
                changes.push(Change { what: what.clone(), before, after, because: because.clone() });
            }
        }
    };
    let named = |context: &Context| -> BTreeMap<String, String> {
        let parties = access(context, thing).into_iter();
        parties.map(|(what, names)| (format!("access.{what}"), names.into_iter().collect::<Vec<_>>().join(", "))).collect()
    };
    add(named(&before), named(&after));
    add(told(&before, thing)?, told(&after, thing)?);
    Ok(changes)
}

/// The facts that are stated, changed or gone.
fn facts<S: Kinded>(before: &Context, after: &Context, thing: ThingId, acts: &[EventId]) -> Result<Vec<Change>, GraphqlError> {
    let (was, is) = (live::<S>(before, thing)?, live::<S>(after, thing)?);
    let mut changes = Vec::new();
    let ids: Vec<EventId> = was.keys().chain(is.keys().filter(|id| !was.contains_key(*id))).copied().collect();
    for id in ids {
        match (was.get(&id), is.get(&id)) {
            (Some(was), Some(is)) => {
                let names: BTreeSet<&String> = was.members.keys().chain(is.members.keys()).collect();
                for name in names {
                    let (before, after) = (was.members.get(name).map(text), is.members.get(name).map(text));
                    if before != after {
                        let because = vec![FactId(is.version)];
                        changes.push(Change { what: format!("{}.{name}", is.event_type), before, after, because });
                    }
                }
            }
            (was, is) => {
                let Some(known) = is.or(was) else { continue };
                let whole = |live: &Known| Value::Object(live.members.clone()).to_string();
                let because = if is.is_some() { vec![id] } else { acts.to_vec() };
                changes.push(Change {
                    what: known.event_type.to_owned(),
                    before: was.map(whole),
                    after: is.map(whole),
                    because: because.into_iter().map(FactId).collect(),
                });
            }
        }
    }
    Ok(changes)
}

/// A fact that counts: the version that does, and what that says, its date among it.
struct Known {
    version: EventId,
    event_type: &'static str,
    members: Map<String, Value>,
}

/// The facts of `thing` that count, as whoever asks sees them.
fn live<S: Kinded>(context: &Context, thing: ThingId) -> Result<BTreeMap<EventId, Known>, GraphqlError> {
    let view = View::open(context, None, None);
    let Some(thing) = view.history::<S>(thing) else { return Ok(BTreeMap::new()) };
    let is_party = view.viewpoint().is_party(thing.id());
    let unwritable =
        |error: &dyn std::fmt::Display| GraphqlError::new(Code::Internal, format!("an event can't be shown: {error}"));
    let known = |live: &Live<S::Fact>| {
        let event_type = live.fact().event_type().name;
        let bytes = live.fact().encode().map_err(|error| unwritable(&error))?;
        let mut members: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| unwritable(&error))?;
        let withheld = withheld_members(view.viewpoint().actor(), event_type, is_party);
        members.retain(|member, _| !withheld.contains(&member.as_str()));
        members.insert("occurred_on".to_owned(), Value::String(live.occurred_on().to_string()));
        members.insert("assurance".to_owned(), Value::String(format!("{:?}", live.assurance).to_lowercase()));
        Ok((live.fact_id, Known { version: live.version.header.id, event_type, members }))
    };
    thing.live().iter().map(known).collect()
}

/// The parties that may read and write about `thing`, as far as whoever asks can look them up: names by what they are to it.
fn access(context: &Context, thing: ThingId) -> BTreeMap<&'static str, BTreeSet<String>> {
    let view = View::open(context, None, None);
    let reach = reach_of(&context.picture(), thing);
    let can_be_looked_up = can_be_looked_up(&view, thing);
    let organisation = |id: &OrganisationId| {
        let name = || Some(view.thing::<Organisation>(*id)?.state().registered()?.name.to_string());
        can_be_looked_up.contains(&id.thing()).then(|| name().unwrap_or_else(|| id.to_string()))
    };
    let cluster = |id: &ClusterId| {
        let name = || Some(view.thing::<Cluster>(*id)?.state().registered()?.name.to_string());
        can_be_looked_up.contains(&id.thing()).then(|| name().unwrap_or_else(|| id.to_string()))
    };
    let organisations = |ids: &[OrganisationId]| ids.iter().filter_map(organisation).collect::<BTreeSet<_>>();
    let all = [
        ("authority", organisations(reach.authority.as_slice())),
        ("clusters", reach.clusters.iter().filter_map(cluster).collect()),
        ("funder", organisations(reach.funder.as_slice())),
        ("leads", organisations(&reach.leads)),
        ("partners", organisations(&reach.partners)),
    ];
    all.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

/// What `thing` names, and what those things name by being brought on record, as whoever asks sees them: who leads a hidden
/// project is not told with its permit.
fn can_be_looked_up(view: &View, thing: ThingId) -> BTreeSet<ThingId> {
    let founding = |id: ThingId| any_history(view, id).map_or_else(Vec::new, |seen| seen.founding_references());
    let mut named = founding(thing);
    named.extend(any_history(view, thing).map_or_else(Vec::new, |seen| seen.references()));
    let beyond: Vec<_> = named.iter().flat_map(|id| founding(*id)).collect();
    named.into_iter().chain(beyond).chain([thing]).collect()
}

/// What the document asks of `thing`, each value by its path.
fn told(context: &Context, thing: ThingId) -> Result<BTreeMap<String, String>, GraphqlError> {
    let operation = operation(thing.kind());
    let variables: Variables = [("id".into(), InputValue::scalar(thing.to_string()))].into_iter().collect();
    let answered = execute_sync(DOCUMENT, Some(operation), &context.root, &variables, context);
    let (value, errors) = answered.map_err(|error| GraphqlError::new(Code::Internal, error.to_string()))?;
    if let Some(error) = errors.first() {
        tracing::error!(error = error.error().message(), path = ?error.path(), "what a command changes can't be told");
        return Err(GraphqlError::new(Code::Internal, "what the command changes can't be told"));
    }
    let value = serde_json::to_value(&value).map_err(|error| GraphqlError::new(Code::Internal, error.to_string()))?;
    let mut told = BTreeMap::new();
    if let Some(node) = value.get("node") {
        flatten("", node, &mut told);
    }
    Ok(told)
}

/// The operation for a kind of thing.
const fn operation(kind: Kind) -> &'static str {
    match kind {
        Kind::Initiative => "Initiative",
        Kind::Organisation => "Organisation",
        Kind::Cluster => "Cluster",
        Kind::Project => "Project",
        Kind::Permit => "Permit",
        Kind::Programme => "Programme",
        Kind::Award => "Award",
        Kind::Partnership => "Partnership",
        Kind::PolicyMeasure => "PolicyMeasure",
        Kind::Register => "Register",
        Kind::Subject => "Subject",
    }
}

/// Puts every value within `value` under its path.
fn flatten(path: &str, value: &Value, told: &mut BTreeMap<String, String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(members) => {
            if let Some(quantity) = quantity(members) {
                told.insert(path.to_owned(), quantity);
                return;
            }
            for (name, member) in members {
                flatten(&below(name), member, told);
            }
        }
        Value::Array(elements) if elements.iter().any(Value::is_object) => {
            for (at, element) in elements.iter().enumerate() {
                let key = KEYS.iter().find_map(|key| element.get(key).filter(|value| !value.is_null()));
                let key = key.map_or_else(|| at.to_string(), text);
                let mut place = format!("{path}[{key}]");
                // Two of the same key stand in their order.
                if told.keys().any(|known| known.starts_with(&place)) {
                    place = format!("{path}[{key}, {at}]");
                }
                flatten(&place, element, told);
            }
        }
        Value::Array(elements) => {
            if !elements.is_empty() {
                told.insert(path.to_owned(), elements.iter().map(text).collect::<Vec<_>>().join(", "));
            }
        }
        value => {
            told.insert(path.to_owned(), text(value));
        }
    }
}

/// Money, a capacity or days in one text.
fn quantity(members: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| members.get(name).map(text);
    match (text("amount"), text("currency"), text("count"), text("exact")) {
        (Some(amount), Some(currency), ..) => Some(format!("{amount} {currency}")),
        (_, _, Some(count), Some(exact)) => Some(if exact == "true" { count } else { format!("about {count}") }),
        _ => Some(format!("{} {}", text("value")?, text("unit")?)),
    }
}

/// A value of a payload in words: a quantity with its unit, a text without quotes.
pub fn in_words(value: &Value) -> String {
    value.as_object().and_then(quantity).unwrap_or_else(|| text(value))
}

/// A value as it is read: texts without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
