//! What the tests of the projections record: acts by a person or a register, through the bytes that a store keeps.

#![allow(dead_code, clippy::unwrap_used, reason = "each test program uses a part, and stops by panicking")]

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use projections::{
    Entry, Kinded, Picture,
    things::{FlagCode, Permit, Project, State, Thing},
};
use schema::{
    Act, Acting, Assurance, AwardId, ClusterId, CommandId, Date, EventId, Evidence, Fact, InitiativeId, Kind, Line, Metadata,
    NewEvent, Note, OrganisationId, Origin, PartnershipId, PermitId, PolicyMeasureId, Position, ProgrammeId, ProjectId,
    RegisterId, RegisterRow, Side, StoredEvent, SubjectId, ThingId, Visibility, permit::PermitFact, project::ProjectFact,
};
use schema::{
    award::AwardFact, cluster::ClusterFact, initiative::InitiativeFact, organisation::OrganisationFact,
    partnership::PartnershipFact, policy::PolicyMeasureFact, programme::ProgrammeFact, register::RegisterFact,
    subject::SubjectFact,
};
use serde_json::Value;
use uuid::Uuid;

/// The day on which everything is recorded, unless a test says otherwise.
pub const TODAY: &str = "2026-06-01";

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn line(text: &str) -> Line {
    Line::try_new(text).unwrap()
}

pub fn note(text: &str) -> Note {
    Note::try_new(text).unwrap()
}

pub fn id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

pub fn permit_id(number: u128) -> PermitId {
    PermitId::new(Uuid::from_u128(number))
}

pub fn project_id(number: u128) -> ProjectId {
    ProjectId::new(Uuid::from_u128(number))
}

pub fn cluster_id(number: u128) -> ClusterId {
    ClusterId::new(Uuid::from_u128(number))
}

pub fn organisation_id(number: u128) -> OrganisationId {
    OrganisationId::new(Uuid::from_u128(number))
}

pub fn programme_id(number: u128) -> ProgrammeId {
    ProgrammeId::new(Uuid::from_u128(number))
}

pub fn award_id(number: u128) -> AwardId {
    AwardId::new(Uuid::from_u128(number))
}

pub fn partnership_id(number: u128) -> PartnershipId {
    PartnershipId::new(Uuid::from_u128(number))
}

pub fn measure_id(number: u128) -> PolicyMeasureId {
    PolicyMeasureId::new(Uuid::from_u128(number))
}

/// An act that somebody is about to record.
#[derive(Debug, Clone)]
pub struct Said<F> {
    pub id: EventId,
    pub metadata: Metadata,
    pub act: Act<F>,
}

fn said<F>(number: u128, on: &str, act: Act<F>) -> Said<F> {
    let metadata =
        Metadata::new(date(on), SubjectId(Uuid::from_u128(1)), CommandId(Uuid::from_u128(number)), Uuid::from_u128(number));
    Said { id: id(number), metadata, act }
}

/// A person states a fact; the act is known by `number`.
pub fn stated<F: Fact>(number: u128, on: &str, fact: F) -> Said<F> {
    said(number, on, Act::Stated(fact))
}

/// A person corrects the act known by `of`.
pub fn corrected<F: Fact>(number: u128, of: u128, on: &str, fact: F) -> Said<F> {
    said(number, on, Act::Corrected { act: id(of), reason: note("misread"), members: Vec::new(), fact })
}

/// A person retracts the act known by `of`.
pub fn retracted<F>(number: u128, of: u128) -> Said<F> {
    said(number, TODAY, Act::Retracted { act: id(of), reason: note("never happened") })
}

/// The counterparty confirms the act known by `of`.
pub fn confirmed<F>(number: u128, of: u128) -> Said<F> {
    said(number, TODAY, Act::Confirmed { act: id(of) }).by(2, "regulator", Some(organisation_id(99)), true)
}

/// Whoever records everything else confirms the act known by `of`.
pub fn confirmed_by_themselves<F>(number: u128, of: u128) -> Said<F> {
    said(number, TODAY, Act::Confirmed { act: id(of) })
}

/// Somebody disputes the act known by `of`.
pub fn disputed<F: Fact>(number: u128, of: u128) -> Said<F> {
    said(number, TODAY, Act::Disputed { act: id(of), reason: note("the letter is of another permit") })
}

/// A person finds a document for the act known by `of`.
pub fn evidence_attached<F>(number: u128, of: u128, title: &str) -> Said<F> {
    said(number, TODAY, Act::EvidenceAttached { act: id(of) }).resting_on(title)
}

impl<F> Said<F> {
    /// The same act, taken from the edition of a register that was published on `edition`.
    pub fn by_register(mut self, edition: &str) -> Self {
        self.metadata.published_on = Some(day(edition));
        self.metadata.origin = Origin::Register(RegisterRow {
            register: line("repd"),
            file_sha256: line(&"0f".repeat(32)),
            row: 17,
            field: line("granted"),
        });
        self
    }

    /// The same act, recorded by this subject in this role, for an organisation or for none, and with or without their side.
    pub fn by(mut self, subject: u128, role: &str, organisation: Option<OrganisationId>, is_side_known: bool) -> Self {
        let side = is_side_known.then(|| Side { organisations: organisation.into_iter().collect(), clusters: Vec::new() });
        self.metadata.subject = SubjectId(Uuid::from_u128(subject));
        self.metadata.organisation = organisation;
        self.metadata.acting = Some(Box::new(Acting { role: line(role), organisation, membership: None, side }));
        self
    }

    pub fn resting_on(mut self, title: &str) -> Self {
        self.metadata.evidence.push(evidence(title));
        self.metadata.assurance = self.metadata.assurance.max(Assurance::Evidenced);
        self
    }

    /// The same act, for the eyes of the parties only.
    pub fn for_parties(mut self) -> Self {
        self.metadata.visibility = Visibility::Parties;
        self
    }
}

pub fn evidence(title: &str) -> Evidence {
    Evidence::titled(line(title))
}

/// An id that says which facts its thing has.
pub trait Named: Into<ThingId> {
    type Fact: Fact;
}

macro_rules! named {
    ($($id:ident has $fact:ident;)+) => {$(
        impl Named for $id {
            type Fact = $fact;
        }
    )+};
}

named! {
    InitiativeId has InitiativeFact;
    OrganisationId has OrganisationFact;
    ClusterId has ClusterFact;
    ProjectId has ProjectFact;
    PermitId has PermitFact;
    ProgrammeId has ProgrammeFact;
    AwardId has AwardFact;
    PartnershipId has PartnershipFact;
    PolicyMeasureId has PolicyMeasureFact;
    RegisterId has RegisterFact;
    Someone has SubjectFact;
}

/// The subject with this number.
#[derive(Debug, Clone, Copy)]
pub struct Someone(pub u128);

impl From<Someone> for ThingId {
    fn from(Someone(number): Someone) -> Self {
        SubjectId(Uuid::from_u128(number)).thing()
    }
}

/// A log of events of any things, as a store gives them back.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub events: Vec<StoredEvent>,
    revisions: HashMap<ThingId, u64>,
}

impl Log {
    pub fn record<I: Named>(&mut self, thing: I, said: &Said<I::Fact>) -> &mut Self {
        self.record_on(thing.into(), said)
    }

    pub fn record_on<F: Fact>(&mut self, thing: ThingId, said: &Said<F>) -> &mut Self {
        assert_eq!(thing.kind(), F::KIND);
        let NewEvent { id, event_type, version, metadata, data } =
            NewEvent::encode(said.id, &said.metadata, &said.act, None).unwrap();
        self.push(StoredEvent {
            id,
            thing,
            revision: 0,
            position: Position(0),
            recorded_at: DateTime::UNIX_EPOCH,
            event_type: event_type.to_owned(),
            version,
            metadata,
            data,
            proof: None,
        })
    }

    /// Puts `event` at the end, with the revision, position and instant that belong there.
    pub fn push(&mut self, event: StoredEvent) -> &mut Self {
        let next = self.revisions.entry(event.thing).or_default();
        let at = self.events.len() as u64;
        self.events.push(StoredEvent {
            revision: *next,
            position: Position(at),
            recorded_at: recorded_at() + Duration::milliseconds(i64::try_from(at).unwrap()),
            ..event
        });
        *next += 1;
        self
    }

    /// Takes the last event off again.
    pub fn pop(&mut self) -> StoredEvent {
        let last = self.events.pop().unwrap();
        *self.revisions.get_mut(&last.thing).unwrap() -= 1;
        last
    }

    /// Puts an event at the end that no build of today can read.
    pub fn push_unreadable(&mut self, number: u128, thing: impl Into<ThingId>) -> &mut Self {
        self.push(StoredEvent {
            id: id(number),
            thing: thing.into(),
            revision: 0,
            position: Position(0),
            recorded_at: DateTime::UNIX_EPOCH,
            event_type: "PermitDreamtOf".to_owned(),
            version: 1,
            metadata: serde_json::to_vec(&said::<PermitFact>(number, TODAY, Act::Confirmed { act: id(0) }).metadata).unwrap(),
            data: b"{}".to_vec(),
            proof: None,
        })
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.events.iter().map(Entry::from).collect()
    }

    pub fn picture(&self) -> Picture {
        Picture::default().with(self.entries())
    }
}

fn recorded_at() -> DateTime<Utc> {
    day(TODAY).and_hms_opt(12, 0, 0).unwrap().and_utc()
}

/// The id of the one thing of its kind that most tests are about.
pub fn the(kind: Kind) -> ThingId {
    ThingId::new(kind, Uuid::from_u128(1))
}

/// The thing about which `acts` were recorded, in this order.
pub fn thing<S: Kinded>(acts: &[Said<S::Fact>]) -> Thing<S> {
    let mut log = Log::default();
    let id = the(S::Fact::KIND);
    for act in acts {
        log.record_on(id, act);
    }
    log.picture().thing::<S>(id).unwrap().as_ref().clone()
}

pub fn permit(acts: &[Said<PermitFact>]) -> Thing<Permit> {
    thing(acts)
}

pub fn project(acts: &[Said<ProjectFact>]) -> Thing<Project> {
    thing(acts)
}

/// A person states these facts, known by 1, 2, 3 and so on.
pub fn history<F: Fact>(facts: impl IntoIterator<Item = (&'static str, F)>) -> Vec<Said<F>> {
    (1..).zip(facts).map(|(number, (on, fact))| stated(number, on, fact)).collect()
}

pub fn codes<S: State>(thing: &Thing<S>) -> BTreeSet<FlagCode> {
    thing.flags().iter().map(|flag| flag.code).collect()
}

/// The fact of the type called `name`, from its JSON: what is optional may be left out.
pub fn fact<F: Fact>(name: &str, json: &Value) -> F {
    let index = F::TYPES.iter().position(|event_type| event_type.name == name).unwrap();
    F::decode(index, json.to_string().as_bytes()).unwrap()
}

/// One fact: `a!(ClockStopped { "reason": "more information", "responsible": "applicant" })`.
#[macro_export]
macro_rules! a {
    ($name:ident $json:tt) => {
        $crate::support::fact(stringify!($name), &serde_json::json!($json))
    };
}

/// What a person states, fact after fact: `life!["2024-01-01" ApplicationSubmitted {}, …]`, known by 1, 2, 3 and so on.
#[macro_export]
macro_rules! life {
    ($($on:literal $name:ident $json:tt),* $(,)?) => {
        $crate::support::history([$(($on, $crate::a!($name $json))),*])
    };
}

pub mod facts;
