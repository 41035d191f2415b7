//! What one act more costs on a thing that holds many: the work to decide it and to take it into the picture. Prints a
//! table, in microseconds, and what that is for each act that is on the thing already.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{Days, NaiveDate, Utc};
use domain::{Command, Intent, decide};
use projections::{
    Across, Entry, Picture,
    things::{Award, Cluster, Permit, Project, Thing},
};
use schema::{Act, CommandId, Date, EventId, Fact, Header, Metadata, NewEvent, Note, Position, Recorded, SubjectId, ThingId};
use serde_json::{Value, json};
use uuid::Uuid;

const LENGTHS: [usize; 6] = [10, 100, 500, 1_000, 3_000, 10_000];
const ROUNDS: usize = 25;

fn main() {
    println!("{:<34} {}", "µs (ns per act on the thing)", LENGTHS.map(|length| format!("{length:>16}")).join(""));
    kind::<Project>("project", project_fact);
    kind::<Permit>("permit", permit_fact);
    kind::<Award>("award", award_fact);
    kind::<Cluster>("cluster", cluster_fact);
}

/// The fact that a thing of the kind is given in its turn.
type Life = fn(usize) -> (&'static str, Value);

fn kind<S: Across>(name: &str, life: Life) {
    let things = LENGTHS.map(|length| (length, history::<S>(life, length)));
    for (what, intent) in [
        ("at the end", at_the_end as fn(&History<S>) -> (usize, Intent<S::Fact>)),
        ("in the middle", in_the_middle),
        ("a correction in the middle", a_correction),
        ("a retraction in the middle", a_retraction),
    ] {
        let cells = things.iter().map(|(length, history)| {
            let took = median((0..ROUNDS).map(|round| one_more(history, round, intent(history))));
            format!("{:>9.1} ({:>4.0})", took.as_secs_f64() * 1e6, took.as_secs_f64() * 1e9 / *length as f64)
        });
        println!("{:<34} {}", format!("{name}: {what}"), cells.collect::<String>());
    }
}

/// A thing with a picture that holds it, and the next fact of its life.
struct History<S: Across> {
    picture: Picture,
    thing: Arc<Thing<S>>,
    next: S::Fact,
}

fn history<S: Across>(life: Life, length: usize) -> History<S> {
    let id = ThingId::new(S::Fact::KIND, Uuid::from_u128(1));
    let entry = |at: usize| entry(id, at, metadata(at, at), Act::Stated(fact::<S::Fact>(life(at))));
    let picture = Picture::default().with((0..length).map(entry));
    let thing = Arc::clone(picture.thing::<S>(id).unwrap());
    assert!(thing.flags().len() < 3, "{:?}", thing.flags());
    History { picture, thing, next: fact(life(length)) }
}

fn at_the_end<S: Across>(history: &History<S>) -> (usize, Intent<S::Fact>) {
    (history.thing.acts().len(), Intent::State(history.next.clone()))
}

fn in_the_middle<S: Across>(history: &History<S>) -> (usize, Intent<S::Fact>) {
    let at = history.thing.acts().len() / 2;
    (at, Intent::State(history.next.clone()))
}

fn a_correction<S: Across>(history: &History<S>) -> (usize, Intent<S::Fact>) {
    let at = history.thing.acts().len() / 2;
    let act = &history.thing.acts()[at];
    let to = (**act.content.fact().unwrap()).clone();
    (at + 1, Intent::Correct { fact: act.header.id, reason: note(), to, members: None })
}

fn a_retraction<S: Across>(history: &History<S>) -> (usize, Intent<S::Fact>) {
    let at = history.thing.acts().len() / 2;
    (at, Intent::Retract { act: history.thing.acts()[at].header.id, reason: note() })
}

/// Decides and folds one act more on a day of the history. What is refused costs no less.
fn one_more<S: Across>(history: &History<S>, round: usize, (day, intent): (usize, Intent<S::Fact>)) -> Duration {
    let (picture, thing, at) = (history.picture.clone(), &history.thing, history.thing.acts().len());
    let metadata = Metadata { override_reason: Some(note()), ..metadata(100_000 + round, day) };
    let command = Command { intent, metadata, may_override: true, now: Utc::now(), index: 0 };
    let started = Instant::now();
    let decision = decide(thing, &command, |thing| S::across(thing, &picture));
    let decided = started.elapsed();
    let act = decision.ok().and_then(|decision| decision.act).unwrap_or_else(|| match command.intent.clone() {
        Intent::State(fact) => Act::Stated(fact),
        Intent::Correct { fact: act, reason, to, .. } => Act::Corrected { act, reason, members: Vec::new(), fact: to },
        Intent::Retract { act, reason } => Act::Retracted { act, reason },
        _ => unreachable!("no other intent is measured"),
    });
    let entry = entry(thing.id(), at, command.metadata, act);
    let started = Instant::now();
    let after = black_box(picture.with([entry]));
    let folded = started.elapsed();
    assert_eq!(after.revision(thing.id()), Some(at as u64));
    decided + folded
}

fn entry<F: Fact>(thing: ThingId, at: usize, metadata: Metadata, act: Act<F>) -> Entry {
    let id = EventId::derive(metadata.subject, thing, metadata.command_id, 0);
    let position = Position(at as u64);
    let header = Header::new(id, thing, at as u64, position, Utc::now());
    let Ok(encoded) = NewEvent::encode(id, &metadata, &act, None) else { unreachable!("every act can be written") };
    let leaf = encoded.leaf(&thing, header.revision);
    Entry::drafted(Recorded { header, metadata, content: F::content(act) }, leaf)
}

fn metadata(number: usize, day: usize) -> Metadata {
    Metadata::new(date(day), SubjectId(Uuid::from_u128(1)), CommandId(Uuid::from_u128(number as u128 + 1)), Uuid::from_u128(1))
}

fn date(day: usize) -> Date {
    let first = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap();
    (first + Days::new(day as u64)).to_string().parse().unwrap()
}

fn note() -> Note {
    "the letter says so".parse().unwrap()
}

fn fact<F: Fact>((name, json): (&str, Value)) -> F {
    let index = F::TYPES.iter().position(|event_type| event_type.name == name).unwrap();
    F::decode(index, json.to_string().as_bytes()).unwrap()
}

fn project_fact(at: usize) -> (&'static str, Value) {
    let milestone = format!("milestone {}", at / 4);
    match at {
        0 => ("ProjectRegistered", json!({ "title": "Pipeline", "country": "GB" })),
        at => match at % 4 {
            0 => ("MilestonePlanned", json!({ "milestone": milestone, "due_on": "2020-01-01" })),
            3 => ("MilestoneAchieved", json!({ "milestone": milestone })),
            step if at > 3 => {
                let (from, to) = (format!("202{}-01-01", step - 1), format!("202{step}-01-01"));
                let moved = json!({ "milestone": milestone, "from": from, "to": to, "reason": "late", "responsible": "lead" });
                ("MilestoneRescheduled", moved)
            }
            step => ("CapacityCommissioned", json!({ "capacity": { "value": "1", "unit": "mw" }, "part": step.to_string() })),
        },
    }
}

fn permit_fact(at: usize) -> (&'static str, Value) {
    match at {
        0 => ("PermitIdentified", json!({ "title": "Crossing", "instrument": "planning permission" })),
        1 => ("ApplicationSubmitted", json!({})),
        2 => ("ClockStarted", json!({})),
        at => match at % 5 {
            0 => ("ClockStopped", json!({ "reason": format!("survey {at}"), "responsible": "applicant" })),
            1 if at > 5 => ("ClockResumed", json!({})),
            2 => ("DeadlineExtended", json!({ "by": { "count": 3, "unit": "month" }, "reason": "holidays" })),
            3 => ("ConsultationOpened", json!({})),
            _ => ("ConsultationClosed", json!({})),
        },
    }
}

fn award_fact(at: usize) -> (&'static str, Value) {
    let money = |amount: usize| json!({ "amount": amount.to_string(), "currency": "EUR" });
    match at {
        0 => ("AwardIdentified", json!({ "title": "Grant" })),
        1 => ("AwardMade", json!({ "amount": money(1_000_000_000) })),
        2 => ("AwardAgreementSigned", json!({ "obligated": money(900_000_000) })),
        at => ("AwardDisbursed", json!({ "amount": money(at) })),
    }
}

fn cluster_fact(at: usize) -> (&'static str, Value) {
    let organisation = ThingId::new(schema::Kind::Organisation, Uuid::from_u128(at as u128 / 3)).to_string();
    match at {
        0 => ("ClusterRegistered", json!({ "name": "Haven", "country": "GB" })),
        at if at % 3 == 0 => ("ClusterMemberJoined", json!({ "organisation": organisation })),
        at if at % 3 == 1 => ("SharedAssetDeclared", json!({ "asset": format!("pipeline {at}"), "kind": "pipeline" })),
        _ => ("StandardAdopted", json!({ "standard": format!("ISO {at}") })),
    }
}

/// The median round: what else the machine does hits single rounds.
fn median(rounds: impl Iterator<Item = Duration>) -> Duration {
    let mut rounds: Vec<_> = rounds.collect();
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}
