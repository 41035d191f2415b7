//! What is on record of a thing: its revision, what does not fit, and the timeline of all acts.

use std::{collections::BTreeSet, sync::Arc};

use access::{Actor, seal::Purpose, withheld_members};
use chrono::{DateTime, NaiveDate, Utc};
use domain::law::unknown_law;
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    Across, for_kind,
    things::{
        ActRecord, Award, Cluster, Disagreement, Fate, Initiative, Live, Organisation, Partnership, Permit, PolicyMeasure,
        Programme, Project, Register, Said, State, Subject, Thing, fate, fates, said_by_registers,
    },
};
use schema::{Act, Assurance as Sure, EventId, Fact, OCCURRED_ON, ThingId};
use serde_json::{Map, Value};

use super::common::Evidence;
use crate::{
    Context,
    changes::in_words,
    connection::{Item, OrderDirection, Page, Paging, SortKey, connection, page},
    scalars::{Assurance, Date, FactId, LanguageTag, Line, Note, Visibility},
    view::View,
};

/// What about the facts of a thing does not fit together, for somebody to repair.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Flag {
    /// The stable code.
    pub code: String,
    /// What does not fit.
    pub message: String,
    /// The facts concerned.
    pub facts: Vec<FactId>,
}

/// What a register says against a person's word: a correction, a confirmation or a retraction.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RegisterDisagreement {
    /// The fact.
    pub fact: FactId,
    /// The type of the fact.
    pub event_type: String,
    /// When it occurred, by the person's version; null when a person retracted the fact.
    pub occurred_on: Option<Date>,
    /// When it occurred, by the register; null when the register no longer says so.
    pub register_occurred_on: Option<Date>,
    /// The edition of the register that says otherwise.
    pub published_on: Option<NaiveDate>,
    /// In what the two differ, as far as you may see it: what counts, and what the register says. Nothing where the register no
    /// longer says anything of the kind.
    pub members: Vec<DisagreeingMember>,
}

/// A member of a fact of which a register says otherwise than the person whose word counts.
#[gated]
#[derive(Debug, Clone, PartialEq, Eq)]
#[graphql(context = Context)]
pub struct DisagreeingMember {
    /// The member, as the published schema of the fact names it, or `occurred_on`, its date.
    pub member: String,
    /// What counts; null where that has no such member, or where a person retracted the fact.
    pub recorded: Option<String>,
    /// What the register says; null where that has no such member.
    pub register: Option<String>,
}

/// What is done by an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum ActKind {
    /// A fact was stated.
    Stated,
    /// A fact was put in another's place.
    Corrected,
    /// An act was taken back.
    Retracted,
    /// A fact was confirmed by the counterparty.
    Confirmed,
    /// Somebody whom it concerns said that a fact is not right.
    Disputed,
    /// Documents were added to a fact.
    EvidenceAttached,
}

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum ActFate {
    /// It has its effect.
    InEffect,
    /// A later version of the same fact counts in its place.
    Corrected,
    /// It, or the fact of which it is a version, was retracted.
    Retracted,
}

/// The row of a register that a fact was taken from.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RegisterRow {
    /// The register's short name.
    pub register: Line,
    /// SHA-256 of the file.
    pub file_sha256: Line,
    /// The number of the row in the file; the header is row 1.
    pub row: i32,
    /// What of the row the fact says, as the mapping names it.
    pub field: Line,
}

/// In what capacity somebody recorded an act.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Acting {
    /// The role in which it was allowed, by its name in tokens.
    pub role: Line,
    /// The organisation for which that role is held.
    pub organisation: Option<ID>,
    /// The act that granted the role, where it was granted on record.
    pub membership: Option<FactId>,
}

impl From<&schema::Acting> for Acting {
    fn from(acting: &schema::Acting) -> Self {
        Self {
            role: Line(acting.role.clone()),
            organisation: acting.organisation.map(|organisation| ID::from(organisation.to_string())),
            membership: acting.membership.map(FactId),
        }
    }
}

/// One act on record: what, who, when it occurred, when it was recorded, from what source, and what became of it.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct TimelineEntry {
    /// The id of the act, and of the fact where it states one.
    pub id: FactId,
    /// What was done.
    pub kind: ActKind,
    /// The type of the event, such as `PermitGranted`.
    pub event_type: String,
    /// What the event says, as JSON; its JSON Schema is published under the event's type.
    pub payload: Option<String>,
    /// The legal or business date.
    pub occurred_on: Date,
    /// The day on which a public source first said so; for a fact from a register, the date of the edition.
    pub published_on: Option<NaiveDate>,
    /// When it was recorded here.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it: a random id that names nobody.
    pub recorded_by: ID,
    /// For which organisation.
    pub organisation: Option<ID>,
    /// In what capacity.
    pub acting: Option<Acting>,
    /// For whom, where that is somebody else: a random id that names nobody.
    pub on_behalf_of: Option<ID>,
    /// With which session or token: a random id, not the one that the token bears. For auditors and administrators.
    pub credential: Option<String>,
    /// When it was decided, by the clock of the machine that decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Its place among the acts of its command, from 0, where the command was of several.
    pub sequence: Option<i32>,
    /// The language of its texts.
    pub language: Option<LanguageTag>,
    /// From which row of which register, where it was imported.
    pub source: Option<RegisterRow>,
    /// The documents it came with.
    pub evidence: Vec<Evidence>,
    /// How sure it was when recorded.
    pub assurance: Assurance,
    /// For whose eyes it is.
    pub visibility: Visibility,
    /// The earlier act that it is about.
    pub about: Option<FactId>,
    /// Why, for a correction, a retraction or a dispute.
    pub reason: Option<Note>,
    /// For a correction, the members of the payload that it set or emptied, and `occurred_on` for the date; empty where all
    /// are meant.
    pub corrected_members: Vec<Line>,
    /// Why a rule was overridden, where one was.
    pub override_reason: Option<Note>,
    /// What became of it.
    pub fate: ActFate,
    /// The act that corrected or retracted it.
    pub superseded_by: Option<FactId>,
}

connection!(TimelineConnection, TimelineEdge, TimelineEntry, "TimelineConnection", "TimelineEdge");

/// By what a timeline is put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum TimelineOrderField {
    /// By when it was recorded here.
    RecordedAt,
    /// By when it occurred.
    OccurredOn,
}

/// The order of a timeline.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct TimelineOrder {
    /// By what.
    pub field: TimelineOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A thing of any kind, as whoever asks sees it.
#[derive(Clone)]
pub enum AnyThing {
    /// The initiative.
    Initiative(Arc<Thing<Initiative>>),
    /// An organisation.
    Organisation(Arc<Thing<Organisation>>),
    /// A cluster.
    Cluster(Arc<Thing<Cluster>>),
    /// A project.
    Project(Arc<Thing<Project>>),
    /// A permit.
    Permit(Arc<Thing<Permit>>),
    /// A programme.
    Programme(Arc<Thing<Programme>>),
    /// An award.
    Award(Arc<Thing<Award>>),
    /// A partnership.
    Partnership(Arc<Thing<Partnership>>),
    /// A policy measure.
    PolicyMeasure(Arc<Thing<PolicyMeasure>>),
    /// A register.
    Register(Arc<Thing<Register>>),
    /// A subject.
    Subject(Arc<Thing<Subject>>),
}

/// Does the same for a thing of whichever kind.
macro_rules! with_thing {
    ($any:expr, $thing:ident => $body:expr) => {
        match $any {
            AnyThing::Initiative($thing) => $body,
            AnyThing::Organisation($thing) => $body,
            AnyThing::Cluster($thing) => $body,
            AnyThing::Project($thing) => $body,
            AnyThing::Permit($thing) => $body,
            AnyThing::Programme($thing) => $body,
            AnyThing::Award($thing) => $body,
            AnyThing::Partnership($thing) => $body,
            AnyThing::PolicyMeasure($thing) => $body,
            AnyThing::Register($thing) => $body,
            AnyThing::Subject($thing) => $body,
        }
    };
}

macro_rules! any_thing_of {
    ($($kind:ident),+) => {$(
        impl From<Arc<Thing<$kind>>> for AnyThing {
            fn from(thing: Arc<Thing<$kind>>) -> Self {
                Self::$kind(thing)
            }
        }
    )+};
}

any_thing_of!(
    Initiative,
    Organisation,
    Cluster,
    Project,
    Permit,
    Programme,
    Award,
    Partnership,
    PolicyMeasure,
    Register,
    Subject
);

impl AnyThing {
    /// Its id.
    pub fn id(&self) -> ThingId {
        with_thing!(self, thing => thing.id())
    }

    /// The entry of the timeline for the act with this id, if the thing has it.
    pub fn entry(&self, act: EventId, actor: &Actor, party: bool) -> Option<Result<TimelineEntry, GraphqlError>> {
        with_thing!(self, thing => {
            Some(entry(thing.act(act)?, fate(thing.acts(), act)?, actor, party))
        })
    }

    /// The things that it names by what brought it on record; if that was retracted, by the last that did.
    pub fn founding_references(&self) -> Vec<ThingId> {
        with_thing!(self, thing => founding_references(thing))
    }

    /// The things that its facts name.
    pub fn references(&self) -> Vec<ThingId> {
        with_thing!(self, thing => thing.live().iter().flat_map(|live| live.fact().references()).collect())
    }

    /// The revision of the last of the first `acts_seen` acts; of the thing, where these are all.
    pub fn revision_after(&self, acts_seen: usize) -> Option<u64> {
        with_thing!(self, thing => {
            if acts_seen < thing.acts().len() {
                thing.acts().get(acts_seen.checked_sub(1)?).map(|act| act.header.revision)
            } else {
                thing.revision()
            }
        })
    }
}

/// What is on record of a thing.
pub struct Record {
    view: View,
    thing: AnyThing,
}

impl Record {
    /// What is on record of `thing`, seen by `view`.
    pub fn new(view: &View, thing: impl Into<AnyThing>) -> Self {
        Self { view: view.clone(), thing: thing.into() }
    }
}

fn across<S: Across>(view: &View, thing: &Thing<S>) -> Vec<projections::things::Flag> {
    S::across(thing, view.viewpoint())
}

/// What is on record of a thing.
#[gated]
#[graphql_object(context = Context)]
impl Record {
    /// How far the thing had been written when you looked; give it as `expectedRevision` to have a command refused if
    /// anything was recorded since.
    fn revision(&self, context: &Context) -> Result<String, GraphqlError> {
        // Told by what was seen: what somebody may not see does not move it.
        let seen = with_thing!(&self.thing, thing => (thing.id(), thing.acts().len()));
        context.seal(Purpose::Revision, &seen)
    }

    /// What does not fit together, for somebody to repair.
    fn flags(&self) -> Vec<Flag> {
        let flag = |flag: &projections::things::Flag| Flag {
            code: flag.code.code().to_owned(),
            message: flag.code.message().to_owned(),
            facts: flag.facts.iter().copied().map(FactId).collect(),
        };
        let of_law = match &self.thing {
            AnyThing::Permit(permit) => unknown_law(permit, self.view.law()),
            _ => Vec::new(),
        };
        with_thing!(&self.thing, thing => {
            let across = across(&self.view, thing);
            thing.flags().iter().chain(&across).chain(&of_law).map(flag).collect()
        })
    }

    /// Where a register says otherwise than the person whose word counts: a correction, a confirmation or a retraction.
    fn disagreements(&self) -> Vec<RegisterDisagreement> {
        let viewpoint = self.view.viewpoint();
        with_thing!(&self.thing, thing => {
            let is_party = viewpoint.is_party(thing.id());
            let withheld = |event_type: &str| withheld_members(viewpoint.actor(), event_type, is_party);
            let of_retracted = said_by_registers(thing.acts());
            let of_live = thing.live().iter().filter_map(|live| disagreement(live, withheld));
            of_live.chain(of_retracted.iter().filter_map(|said| contradiction(said, withheld))).collect()
        })
    }

    /// Whether events of this thing can't be read by the running build: what is shown is then incomplete.
    fn incomplete(&self) -> bool {
        with_thing!(&self.thing, thing => thing.unreadable() > 0)
    }

    /// How many facts count.
    fn fact_count(&self) -> i32 {
        with_thing!(&self.thing, thing => count(thing.live().len()))
    }

    /// How many of them are confirmed by the counterparty.
    fn confirmed_fact_count(&self) -> i32 {
        with_thing!(&self.thing, thing => count(thing.live().iter().filter(|live| live.assurance == Sure::Confirmed).count()))
    }

    /// The facts that wait for you to confirm them: you may, and nobody has.
    fn awaiting_confirmation(&self, context: &Context) -> Result<Vec<TimelineEntry>, GraphqlError> {
        let viewpoint = self.view.viewpoint();
        let (actor, party) = (viewpoint.actor(), viewpoint.is_party(with_thing!(&self.thing, thing => thing.id())));
        with_thing!(&self.thing, thing => {
            let awaiting = context.app.awaiting_confirmation(viewpoint, thing);
            let acts = awaiting.into_iter().filter_map(|fact| thing.act(fact));
            acts.map(|act| entry(act, Fate::InEffect, actor, party)).collect()
        })
    }

    /// When something was last recorded.
    fn last_recorded_at(&self) -> Option<DateTime<Utc>> {
        with_thing!(&self.thing, thing => thing.acts().last().map(|act| act.header.recorded_at))
    }

    /// Every act: what, who, when it occurred, when it was recorded, from what source, and what became of it.
    fn timeline(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "In which order.")] order_by: Option<TimelineOrder>,
    ) -> Result<TimelineConnection, GraphqlError> {
        timeline(context, &self.view, &self.thing, &Paging { first, after, last, before }, order_by)
    }
}

/// A count as the API has it.
pub fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A page of the timeline of `thing`.
///
/// # Errors
///
/// When the page is not one.
pub fn timeline(
    context: &Context,
    view: &View,
    thing: &AnyThing,
    paging: &Paging,
    order: Option<TimelineOrder>,
) -> Result<TimelineConnection, GraphqlError> {
    let order = order.unwrap_or(TimelineOrder { field: TimelineOrderField::RecordedAt, direction: OrderDirection::Asc });
    let items = with_thing!(thing, thing => entries(thing, order.field, view))?;
    let list = format!("timeline {} {:?}", with_thing!(thing, thing => thing.id()), order.field);
    let page: Page<TimelineEntry> = page(context, &list, order.direction, items, paging)?;
    Ok(TimelineConnection(page))
}

fn entries<S: State>(thing: &Thing<S>, field: TimelineOrderField, view: &View) -> Result<Vec<Item<TimelineEntry>>, GraphqlError> {
    let fates = fates(thing.acts());
    let (actor, party) = (view.viewpoint().actor(), view.viewpoint().is_party(thing.id()));
    let entries = thing.acts().iter().zip(fates).zip(0..).map(|((act, fate), at)| {
        let key = match field {
            TimelineOrderField::RecordedAt => SortKey::number(at),
            TimelineOrderField::OccurredOn => SortKey::date(act.metadata.occurred_on),
        };
        Ok(Item { key: Some(key), id: act.header.id.0, value: entry(act, fate, actor, party)? })
    });
    entries.collect()
}

fn entry<F: Fact>(act: &ActRecord<F>, fate: Fate, actor: &Actor, party: bool) -> Result<TimelineEntry, GraphqlError> {
    let (metadata, header) = (&act.metadata, &act.header);
    let (fate, superseded_by) = match fate {
        Fate::InEffect => (ActFate::InEffect, None),
        Fate::CorrectedBy(id) => (ActFate::Corrected, Some(FactId(id))),
        Fate::RetractedBy(id) => (ActFate::Retracted, Some(FactId(id))),
    };
    Ok(TimelineEntry {
        id: FactId(header.id),
        kind: kind(&act.content),
        event_type: event_type(&act.content).to_owned(),
        payload: act.content.fact().map(|fact| payload(&**fact, actor, party)).transpose()?,
        occurred_on: Date(metadata.occurred_on),
        published_on: metadata.published_on,
        recorded_at: header.recorded_at,
        recorded_by: ID::from(metadata.subject.to_string()),
        organisation: metadata.organisation.map(|organisation| ID::from(organisation.to_string())),
        acting: metadata.acting.as_deref().map(Acting::from),
        on_behalf_of: metadata.on_behalf_of.map(|subject| ID::from(subject.to_string())),
        credential: metadata.credential.map(|credential| credential.to_string()),
        decided_at: metadata.decided_at,
        sequence: metadata.sequence.map(i32::from),
        language: metadata.language.clone().map(LanguageTag),
        source: metadata.origin.row().map(source),
        evidence: metadata.evidence.iter().map(Evidence::from).collect(),
        assurance: metadata.assurance.into(),
        visibility: metadata.visibility.into(),
        about: act.content.about().map(FactId),
        reason: act.content.reason().cloned().map(Note),
        corrected_members: act.content.members().iter().cloned().map(Line).collect(),
        override_reason: metadata.override_reason.clone().map(Note),
        fate,
        superseded_by,
    })
}

fn founding_references<S: State>(thing: &Thing<S>) -> Vec<ThingId> {
    let founding: Vec<&Live<S::Fact>> = thing.live().iter().filter(|live| live.is_founding()).collect();
    if !founding.is_empty() {
        return founding.into_iter().flat_map(|live| live.fact().references()).collect();
    }
    let mut stated = thing.acts().iter().rev().filter_map(|act| act.content.fact());
    stated.find(|fact| fact.order_of_life() == 0).map_or_else(Vec::new, |fact| fact.references())
}

/// What the fact says, less the figures of money for whom they are none of their business.
fn payload<F: Fact>(fact: &F, actor: &Actor, party: bool) -> Result<String, GraphqlError> {
    let unwritable =
        |error: &dyn std::fmt::Display| GraphqlError::new(Code::Internal, format!("an event can't be shown: {error}"));
    let bytes = fact.encode().map_err(|error| unwritable(&error))?;
    let withheld = withheld_members(actor, fact.event_type().name, party);
    if withheld.is_empty() {
        return String::from_utf8(bytes).map_err(|error| unwritable(&error));
    }
    let mut members: serde_json::Map<_, _> = serde_json::from_slice(&bytes).map_err(|error| unwritable(&error))?;
    members.retain(|member, _| !withheld.contains(&member.as_str()));
    serde_json::to_string(&members).map_err(|error| unwritable(&error))
}

fn source(row: &schema::RegisterRow) -> RegisterRow {
    RegisterRow {
        register: Line(row.register.clone()),
        file_sha256: Line(row.file_sha256.clone()),
        row: i32::try_from(row.row).unwrap_or(i32::MAX),
        field: Line(row.field.clone()),
    }
}

fn kind<F>(act: &Act<F>) -> ActKind {
    match act {
        Act::Stated(_) => ActKind::Stated,
        Act::Corrected { .. } => ActKind::Corrected,
        Act::Retracted { .. } => ActKind::Retracted,
        Act::Confirmed { .. } => ActKind::Confirmed,
        Act::Disputed { .. } => ActKind::Disputed,
        Act::EvidenceAttached { .. } => ActKind::EvidenceAttached,
    }
}

fn event_type<F: Fact>(act: &Act<Arc<F>>) -> &'static str {
    match act {
        Act::Stated(fact) | Act::Corrected { fact, .. } => fact.event_type().name,
        Act::Retracted { .. } => "FactRetracted",
        Act::Confirmed { .. } => "FactConfirmed",
        Act::Disputed { .. } => "FactDisputed",
        Act::EvidenceAttached { .. } => "EvidenceAttached",
    }
}

/// The members of the payload of a type that whoever asks may not see.
type Withheld = &'static [&'static str];

fn disagreement<F: Fact>(live: &Live<F>, withheld: impl Fn(&str) -> Withheld) -> Option<RegisterDisagreement> {
    let event_type = live.fact().event_type().name;
    let recorded = members_of(live.fact(), live.occurred_on());
    let (said, register) = match live.disagreement.as_ref()? {
        Disagreement::Differs(said) => (said, said.content.fact().map(|fact| members_of(&**fact, said.metadata.occurred_on))),
        Disagreement::Withdrawn(withdrawal) => (withdrawal, None),
    };
    Some(RegisterDisagreement {
        fact: FactId(live.fact_id),
        event_type: event_type.to_owned(),
        occurred_on: Some(Date(live.occurred_on())),
        register_occurred_on: register.is_some().then(|| Date(said.metadata.occurred_on)),
        published_on: said.metadata.published_on,
        members: register.map(|register| differing(&recorded, &register, withheld(event_type))).unwrap_or_default(),
    })
}

fn contradiction<F: Fact>(said: &Said<F>, withheld: impl Fn(&str) -> Withheld) -> Option<RegisterDisagreement> {
    let word = said.contradiction()?;
    let event_type = event_type(&said.stated.content);
    let register = word.content.fact().map(|fact| members_of(&**fact, word.metadata.occurred_on)).unwrap_or_default();
    Some(RegisterDisagreement {
        fact: FactId(said.fact_id()),
        event_type: event_type.to_owned(),
        occurred_on: None,
        register_occurred_on: Some(Date(word.metadata.occurred_on)),
        published_on: word.metadata.published_on,
        members: differing(&Map::new(), &register, withheld(event_type)),
    })
}

/// The members of a payload and its date; none of one that can't be shown.
fn members_of<F: Fact>(fact: &F, occurred_on: schema::Date) -> Map<String, Value> {
    let mut members: Map<String, Value> =
        fact.encode().ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    members.insert(OCCURRED_ON.to_owned(), Value::String(occurred_on.to_string()));
    members
}

fn differing(recorded: &Map<String, Value>, register: &Map<String, Value>, withheld: Withheld) -> Vec<DisagreeingMember> {
    let names: BTreeSet<&String> = recorded.keys().chain(register.keys()).collect();
    let differ = |name: &&String| recorded.get(*name) != register.get(*name) && !withheld.contains(&name.as_str());
    let member = |name: &String| DisagreeingMember {
        member: name.clone(),
        recorded: recorded.get(name).map(in_words),
        register: register.get(name).map(in_words),
    };
    names.into_iter().filter(differ).map(member).collect()
}

/// The thing with this id, whatever its kind, as seen by `view`.
pub fn any_thing(view: &View, id: ThingId) -> Option<AnyThing> {
    for_kind!(id.kind(), S => view.thing::<S>(id).map(AnyThing::from))
}

/// All that may be seen of the thing with this id, also when none of it counts any more.
pub fn any_history(view: &View, id: ThingId) -> Option<AnyThing> {
    for_kind!(id.kind(), S => view.history::<S>(id).map(AnyThing::from))
}

/// The ids of facts, as the API writes them.
pub fn fact_ids<'a>(ids: impl IntoIterator<Item = &'a EventId>) -> Vec<FactId> {
    ids.into_iter().copied().map(FactId).collect()
}
