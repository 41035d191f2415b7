//! What can be recorded next of a thing: every command that somebody may give there, tried by the decider on an example of
//! its fact.
//!
//! Nothing here knows which step comes after which. An example is made of the published schema of the fact, dated behind all
//! that is on record; what stands in its way is a rule of `domain::rules` that is about how the thing stands.

use std::{collections::BTreeMap, sync::Arc};

use access::{
    Actor,
    table::{command_recording, permits},
};
use domain::{Command, Intent, Rejection, hindrance};
use law::{Rulebook, regime::RecordedBy};
use projections::{
    Across, Picture,
    things::{
        Award, Cluster, FlagCode, Initiative, Live, Milestone, Organisation, Partnership, Permit, PolicyMeasure, Programme,
        Project, Register, State, Subject, Thing,
    },
    views::ladder::{By, Climber, Ladders},
};
use schema::{CommandId, Date, Fact, Kind, Metadata, ThingId, permit::Condition, project::MilestoneKey};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{App, Founds, Viewpoint, reach_of};

/// The most milestones that have steps of their own; there are more in no schedule that a form could show.
const MILESTONES_MAX: usize = 100;

/// The most values that are listed for one member.
const CHOICES_MAX: usize = 200;

/// How deep an example is made; no payload goes deeper.
const DEPTH_MAX: u8 = 8;

/// Something that can be recorded next, or that can't yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NextStep {
    /// The command.
    pub command: &'static str,
    /// The type of event that it records.
    pub event_type: &'static str,
    /// The milestone that it is about, by its short name, and what that is called.
    pub about: Option<(String, String)>,
    /// When it is expected, where that is on record.
    pub expected: Option<Date>,
    /// Why it would be refused; nothing where it would not.
    pub hindrance: Option<Rejection>,
    /// What its members can say, where that follows from the record or from the rules.
    pub choices: Vec<StepChoice>,
}

/// A value that a member of a step can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepChoice {
    /// The member, as the published schema of the fact names it.
    pub member: String,
    /// The value, as the published schema has it.
    pub value: String,
    /// What it is called, where the value does not say.
    pub label: Option<String>,
}

impl StepChoice {
    fn new(member: &str, value: impl Into<String>, label: Option<String>) -> Self {
        Self { member: member.to_owned(), value: value.into(), label }
    }
}

/// A kind of thing, as far as its steps are concerned.
pub trait Stepping: State {
    /// Its milestones.
    fn milestones(&self) -> Vec<&Milestone> {
        Vec::new()
    }

    /// What a member of this name can say by what is on record; none, where it names nothing that is.
    fn named(&self, _member: &str) -> Option<Vec<StepChoice>> {
        None
    }

    /// What a member of a step of this type can say by the law that is named for the thing.
    fn by_law(&self, _law: &Rulebook, _event_type: &str, _member: &str) -> Vec<StepChoice> {
        Vec::new()
    }

    /// The facts of which one has to be on record before a step of this type is offered, though the decider would take it: what
    /// it is about can't have begun; and the code that says so.
    #[must_use]
    fn begun_by(_event_type: &str) -> Option<(&'static [&'static str], FlagCode)> {
        None
    }

    /// When a step of this type is expected.
    fn expected(&self, _event_type: &str) -> Option<Date> {
        None
    }

    /// Whose ladder it climbs.
    const CLIMBER: Option<Climber> = None;
}

impl Stepping for Project {
    fn milestones(&self) -> Vec<&Milestone> {
        self.milestones.iter().take(MILESTONES_MAX).collect()
    }

    fn named(&self, member: &str) -> Option<Vec<StepChoice>> {
        if !matches!(member, "milestone" | "needs_milestone") {
            return None;
        }
        let choice = |of: &&Milestone| StepChoice::new(member, of.name.as_str(), of.title.as_ref().map(ToString::to_string));
        Some(self.milestones().iter().map(choice).collect())
    }

    fn expected(&self, event_type: &str) -> Option<Date> {
        if matches!(event_type, "FidTaken" | "FidDeferred") { self.fid_milestone()?.forecast } else { None }
    }

    const CLIMBER: Option<Climber> = Some(Climber::Project);
}

impl Stepping for Permit {
    fn named(&self, member: &str) -> Option<Vec<StepChoice>> {
        if member != "condition" {
            return None;
        }
        let choice =
            |condition: &Condition| StepChoice::new(member, condition.reference.as_str(), Some(short(condition.text.as_str())));
        Some(self.conditions.iter().map(|state| choice(&state.condition)).collect())
    }

    fn begun_by(event_type: &str) -> Option<(&'static [&'static str], FlagCode)> {
        let starts: &[&str] = &["ApplicationSubmitted", "ClockStarted", "ProcedureStepTaken", "DeadlinePublished"];
        matches!(event_type, "ClockStopped" | "DeadlineExtended").then_some((starts, FlagCode::ClockNotRunning))
    }

    fn by_law(&self, law: &Rulebook, event_type: &str, member: &str) -> Vec<StepChoice> {
        let named = self.regime().zip(self.case());
        let Some((regime, case)) = named.and_then(|(regime, case)| law.case(regime.as_str(), case.as_str()).ok()) else {
            return Vec::new();
        };
        let case = case.id.as_str();
        let known = match (event_type, member) {
            ("ClockStopped" | "ClockResumed", "ground") => regime.known_stops(case, RecordedBy::Stop),
            ("InformationRequested", "ground") => regime.known_stops(case, RecordedBy::Request),
            ("DeadlineExtended", "ground") => regime.known_extensions(case),
            ("DeadlineExtended", "limit") => regime.known_limits(case, |limit| !limit.extensions.is_empty()),
            ("LimitReplaced", "limit") => regime.known_limits(case, |limit| limit.replacement.is_some()),
            ("DeadlinePublished", "limit") => regime.known_limits(case, |_| true),
            ("ProcedureStepTaken", "step") => regime.steps.iter().map(|step| (step.id.as_str(), step.words.as_str())).collect(),
            _ => Vec::new(),
        };
        known.into_iter().map(|(id, words)| StepChoice::new(member, id, Some(words.to_owned()))).collect()
    }

    fn expected(&self, event_type: &str) -> Option<Date> {
        let stopped = || self.stops.iter().rfind(|stop| stop.until.is_none());
        if event_type == "ClockResumed" { stopped()?.expected_resumption } else { None }
    }
}

impl Stepping for Award {
    fn named(&self, member: &str) -> Option<Vec<StepChoice>> {
        if member != "condition" {
            return None;
        }
        let open = self.conditions.iter().filter(|condition| condition.met_on.is_none());
        Some(open.map(|condition| StepChoice::new(member, condition.name.as_str(), None)).collect())
    }
}

impl Stepping for Cluster {
    const CLIMBER: Option<Climber> = Some(Climber::Cluster);
}

macro_rules! nothing_of_their_own {
    ($($kind:ident),+) => {
        $(impl Stepping for $kind {})+
    };
}

nothing_of_their_own!(Initiative, Organisation, Partnership, PolicyMeasure, Programme, Register, Subject);

impl App {
    /// What `actor` may record next of the thing with this id, in the order of life, and the nearest step that would be
    /// refused, with the reason. Nothing of a thing that they don't see, or may record nothing about.
    ///
    /// Asked for one command `only`, the steps by that one, also those that would be refused.
    #[must_use]
    pub fn next_steps<S: Across<Fact: Founds> + Stepping>(
        &self,
        actor: &Arc<Actor>,
        thing: ThingId,
        only: Option<&str>,
    ) -> Vec<NextStep> {
        let viewpoint = Viewpoint::new(self, Arc::clone(actor), None);
        let picture = viewpoint.picture();
        let (Some(seen), Some(whole)) = (viewpoint.history::<S>(thing), picture.thing::<S>(thing)) else { return Vec::new() };
        let reach = reach_of(picture, thing);
        let trial = Trial { app: self, picture, actor, seen: &seen, whole };
        let mut steps = Vec::new();
        // What a register says comes from its files. Roles and tokens have no forms.
        let by_hand = if S::Fact::KIND.is_founded() { S::Fact::TYPES } else { &[] };
        // The first type brings the thing on record.
        for (place, event_type) in by_hand.iter().enumerate().skip(1) {
            let asked = |command: &&str| only.is_none_or(|only| only == *command);
            let Some(command) = command_recording(event_type.name).filter(asked) else { continue };
            if permits(actor, command, &reach).is_ok() {
                let of_type = trial.steps(place, command, self.ladders());
                steps.extend(of_type.into_iter().map(|step| (place, step)));
            }
        }
        if only.is_some() {
            return steps.into_iter().map(|(_, step)| step).collect();
        }
        with_one_near_miss(steps, furthest(&seen))
    }
}

/// The place in life of the last fact on record, of those that move the thing on.
fn furthest<S: State>(seen: &Thing<S>) -> usize {
    let latest = seen.live().iter().max_by_key(|live| (live.occurred_on().last(), live.fact().order_of_life()));
    latest.map_or(0, |live| live.fact().order_of_life())
}

/// Those of `steps` that can be taken, and of the others the one that would come next after what is on record.
fn with_one_near_miss(steps: Vec<(usize, NextStep)>, furthest: usize) -> Vec<NextStep> {
    let missed = |least: usize| {
        let mut refused = steps.iter().enumerate().filter(|(_, (_, step))| step.hindrance.is_some());
        refused.find(|(_, (place, _))| *place > least).map(|(at, _)| at)
    };
    let near = missed(furthest);
    let kept = |(at, (_, step)): (usize, (usize, NextStep))| (step.hindrance.is_none() || Some(at) == near).then_some(step);
    steps.into_iter().enumerate().filter_map(kept).collect()
}

/// A thing on which examples are tried.
struct Trial<'a, S: State> {
    app: &'a App,
    picture: &'a Arc<Picture>,
    actor: &'a Actor,
    /// The thing as whoever asks sees it.
    seen: &'a Thing<S>,
    /// The thing that is decided on.
    whole: &'a Arc<Thing<S>>,
}

impl<S: Across<Fact: Founds> + Stepping> Trial<'_, S> {
    /// The steps by facts of the type at `place`: one for each milestone, where it is about one; else one.
    fn steps(&self, place: usize, command: &'static str, ladders: &Ladders) -> Vec<NextStep> {
        let Some(event_type) = S::Fact::TYPES.get(place) else { return Vec::new() };
        let schema = Value::from((event_type.schema)());
        let shape = Shape(&schema);
        let step = |about, expected, hindrance, choices| NextStep {
            command,
            event_type: event_type.name,
            about,
            expected,
            hindrance,
            choices,
        };
        if shape.is_about_a_milestone() {
            let milestones = self.seen.state().milestones();
            // The investment decision has commands of its own.
            let own = milestones.into_iter().filter(|milestone| *milestone.key() != MilestoneKey::fid() && !milestone.is_over());
            let of_one = |milestone: &Milestone| {
                let given = [("milestone", json!(milestone.name.as_str()))];
                let (hindrance, choices) = self.tried(place, &shape, given.into_iter().collect());
                let title = milestone.title.as_ref().unwrap_or(&milestone.name).to_string();
                step(Some((milestone.name.to_string(), title)), milestone.forecast, hindrance, choices)
            };
            return own.map(of_one).collect();
        }
        let mut choices = self.on_record(place, &shape);
        choices.extend(criteria::<S>(&shape, ladders));
        let mut given = BTreeMap::new();
        let state = self.seen.state();
        for member in shape.required() {
            let first = choices.iter().find(|choice| choice.member == member);
            match first {
                Some(first) => drop(given.insert(member, json!(first.value))),
                // There is nothing on record that it could name.
                None if shape.names_a_fact(member) || state.named(member).is_some() => return Vec::new(),
                None => {}
            }
        }
        let (hindrance, words) = self.tried(place, &shape, given);
        let hindrance = hindrance.or_else(|| self.not_begun(event_type.name));
        choices.extend(words);
        vec![step(None, state.expected(event_type.name), hindrance, choices)]
    }

    /// That nothing is on record with which what a step is about could have begun.
    fn not_begun(&self, event_type: &str) -> Option<Rejection> {
        let (begins, code) = S::begun_by(event_type)?;
        let has_begun = self.seen.live().iter().any(|live| begins.contains(&live.fact().event_type().name));
        (!has_begun).then(|| Rejection::new(code.code(), code.message()).hint(code.hint()))
    }

    /// What members can say by what is on record, milestones, conditions and earlier facts, and by the law that is named.
    fn on_record(&self, place: usize, shape: &Shape<'_>) -> Vec<StepChoice> {
        let mut choices = Vec::new();
        for member in shape.members() {
            choices.extend(self.seen.state().named(member).into_iter().flatten().take(CHOICES_MAX));
            if let Some(event_type) = S::Fact::TYPES.get(place) {
                choices.extend(self.seen.state().by_law(self.app.law(), event_type.name, member).into_iter().take(CHOICES_MAX));
            }
            if shape.names_a_fact(member) {
                choices.extend(self.facts(place, shape, member));
            }
        }
        choices
    }

    /// The earlier facts that `member` can name, the latest first.
    fn facts(&self, place: usize, shape: &Shape<'_>, member: &str) -> Vec<StepChoice> {
        let given = [(member, json!(Uuid::nil()))].into_iter().collect();
        let named = shape.example(&given).and_then(|example| decoded::<S::Fact>(place, &example)).map(|fact| fact.named());
        let types: Vec<&str> = named.unwrap_or_default().iter().flat_map(|named| named.types.iter().copied()).collect();
        let of_type = |live: &&Live<S::Fact>| types.contains(&live.fact().event_type().name);
        let choice = |live: &Live<S::Fact>| StepChoice::new(member, live.fact_id.to_string(), Some(told::<S::Fact>(live)));
        self.seen.live().iter().filter(of_type).map(choice).rev_taken(CHOICES_MAX)
    }

    /// Why the example with what is `given` would be refused, and the words that its first word list can say.
    ///
    /// Where a fact says one of a few words, such as a stage, each is tried: the step can be taken if one of them can.
    fn tried(&self, place: usize, shape: &Shape<'_>, given: BTreeMap<&str, Value>) -> (Option<Rejection>, Vec<StepChoice>) {
        let Some((member, words)) = shape.required().find_map(|member| Some((member, shape.words(member)?))) else {
            return (self.hindrance(place, shape, &given), Vec::new());
        };
        let (mut taken, mut refused) = (Vec::new(), None);
        for word in words {
            let mut given = given.clone();
            given.insert(member, json!(word));
            match self.hindrance(place, shape, &given) {
                None => taken.push(StepChoice::new(member, word, None)),
                Some(rejection) => drop(refused.get_or_insert(rejection)),
            }
        }
        if taken.is_empty() { (refused, taken) } else { (None, taken) }
    }

    fn hindrance(&self, place: usize, shape: &Shape<'_>, given: &BTreeMap<&str, Value>) -> Option<Rejection> {
        let fact = shape.example(given).and_then(|example| decoded::<S::Fact>(place, &example))?;
        let now = self.app.now();
        let behind_all = self.whole.last_occurred_on().map_or(now.date_naive(), Date::last).max(now.date_naive());
        let on = Date::day(behind_all.succ_opt().unwrap_or(behind_all));
        let metadata = Metadata::new(on, self.actor.subject, CommandId(Uuid::new_v4()), Uuid::nil());
        let command = Command { intent: Intent::State(fact), metadata, may_override: false, now, index: 0 };
        hindrance(self.whole, &command, |thing| S::across(thing, &**self.picture))
    }
}

/// The criteria of the thing's ladder that documents meet, or that can be waived.
fn criteria<S: Stepping>(shape: &Shape<'_>, ladders: &Ladders) -> Vec<StepChoice> {
    let Some(climber) = S::CLIMBER.filter(|_| shape.is_required("criterion")) else { return Vec::new() };
    let is_for_documents = shape.is_required("statement");
    let latest = ladders.of(climber).into_iter().max_by_key(|ladder| ladder.version);
    let asked = latest.iter().flat_map(|ladder| &ladder.criteria).filter(|known| !is_for_documents || known.by == By::Evidence);
    asked.map(|known| StepChoice::new("criterion", known.id.clone(), Some(known.text.clone()))).collect()
}

/// An earlier fact in a few words: what it says first, and its date.
fn told<F: Fact>(live: &Live<F>) -> String {
    let bytes = live.fact().encode().unwrap_or_default();
    let members: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
    let says = ["what", "reason", "milestone", "kind", "of"].iter().find_map(|name| members.get(*name)?.as_str().map(short));
    match says {
        Some(says) => format!("{}: {says}", live.occurred_on()),
        None => live.occurred_on().to_string(),
    }
}

/// The beginning of a text.
fn short(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHARS_MAX).chain(['…']).collect()
}

fn decoded<F: Fact>(place: usize, example: &Value) -> Option<F> {
    F::decode(place, &serde_json::to_vec(example).ok()?).ok()
}

/// The last of an iterator, the last first.
trait RevTaken: Iterator {
    fn rev_taken(self, most: usize) -> Vec<Self::Item>;
}

impl<I: Iterator> RevTaken for I {
    fn rev_taken(self, most: usize) -> Vec<I::Item> {
        let mut all: Vec<I::Item> = self.collect();
        all.reverse();
        all.truncate(most);
        all
    }
}

/// The published schema of a fact, of which examples are made.
struct Shape<'a>(&'a Value);

impl<'a> Shape<'a> {
    fn members(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str())
    }

    fn required(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    fn is_required(&self, member: &str) -> bool {
        self.required().any(|required| required == member)
    }

    /// Whether it is about a milestone that is planned: what plans one, or says what one needs, says of what kind.
    fn is_about_a_milestone(&self) -> bool {
        self.is_required("milestone") && !self.members().any(|member| member == "kind")
    }

    /// The definition behind a member, without what says that it can be null.
    fn definition(&self, member: &str) -> &'a Value {
        self.resolved(&self.0["properties"][member])
    }

    fn resolved(&self, of: &'a Value) -> &'a Value {
        let chosen = of["anyOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null")).unwrap_or(of);
        match chosen["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            Some(name) => &self.0["$defs"][name],
            None => chosen,
        }
    }

    /// Whether a member names an earlier fact.
    fn names_a_fact(&self, member: &str) -> bool {
        self.definition(member)["format"] == "uuid"
    }

    /// The words of a member that says one of a few.
    fn words(&self, member: &str) -> Option<Vec<&'a str>> {
        words(self.definition(member))
    }

    /// An example with all that is required, and what is `given`.
    fn example(&self, given: &BTreeMap<&str, Value>) -> Option<Value> {
        self.example_of(self.0, given, 0)
    }

    fn example_of(&self, of: &'a Value, given: &BTreeMap<&str, Value>, depth: u8) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        let of = self.resolved(of);
        if let Some(first) = words(of).and_then(|words| words.first().copied()) {
            return Some(json!(first));
        }
        match of["type"].as_str()? {
            "object" => {
                let mut example = Map::new();
                let required = of["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                for member in required {
                    let value = self.example_of(&of["properties"][member], &BTreeMap::new(), depth + 1)?;
                    example.insert(member.to_owned(), value);
                }
                for (member, value) in given {
                    example.insert((*member).to_owned(), value.clone());
                }
                Some(Value::Object(example))
            }
            "array" => Some(json!([])),
            "boolean" => Some(json!(false)),
            "integer" | "number" => Some(json!(of["minimum"].as_u64().unwrap_or(0).max(1))),
            _ => Some(json!(example_of_text(of))),
        }
    }
}

/// The words of a definition that has a few.
fn words(of: &Value) -> Option<Vec<&str>> {
    let of_one = of["oneOf"].as_array().map(|one_of| one_of.iter().filter_map(|one| one["const"].as_str()).collect::<Vec<_>>());
    let listed = || of["enum"].as_array().map(|listed| listed.iter().filter_map(Value::as_str).collect());
    of_one.or_else(listed).filter(|words| !words.is_empty())
}

/// A text that a definition allows.
fn example_of_text(of: &Value) -> String {
    match of["format"].as_str() {
        Some("uuid") => return Uuid::nil().to_string(),
        Some("date") => return "2000-01-01".to_owned(),
        Some("date-time") => return "2000-01-01T00:00:00Z".to_owned(),
        _ => {}
    }
    let pattern = of["pattern"].as_str().unwrap_or_default();
    let of_id = pattern.strip_prefix('^').and_then(|rest| rest.split_once("-[0-9a-f-]{36}"));
    match of_id {
        Some((kind, _)) => {
            let kind = if kind.starts_with('[') { Kind::Project.to_string() } else { kind.to_owned() };
            format!("{kind}-00000000-0000-4000-8000-000000000000")
        }
        None => match pattern {
            "^[A-Z]{3}$" => "EUR".to_owned(),
            "^[A-Z]{2}$" => "GB".to_owned(),
            "^[A-Z0-9]{18}[0-9]{2}$" => "529900T8BM49AURSDO55".to_owned(),
            pattern if pattern.starts_with("^(EU|") => "EU".to_owned(),
            pattern if pattern.contains("Q[1-4]") => "2000-01-01".to_owned(),
            _ => "1".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use projections::for_kind;

    use super::*;

    #[test]
    fn an_example_can_be_made_of_every_fact() {
        let mut tried = 0;
        for kind in Kind::ALL {
            for_kind!(kind, S => {
                for (place, event_type) in <<S as State>::Fact as Fact>::TYPES.iter().enumerate() {
                    let schema = Value::from((event_type.schema)());
                    let example = Shape(&schema).example(&BTreeMap::new());
                    let example = example.unwrap_or_else(|| panic!("{} has no example", event_type.name));
                    let fact = decoded::<<S as State>::Fact>(place, &example);
                    assert!(fact.is_some(), "{}: {example} is none", event_type.name);
                    tried += 1;
                }
            });
        }
        assert!(tried > 100, "{tried}");
    }
}
