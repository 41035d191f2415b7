//! The picture: everything that is known, as one immutable value.
//!
//! Invariant: the picture holds nothing that depends on today, and its [`Picture::hash`] nothing that depends on how
//! it came about: batch sizes, restarts, checkpoints and the store behind it leave no trace.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use imbl::OrdMap;
use schema::{
    Act, AnyEvent, AsideEvent, CommandId, Content, EventId, Header, Kind, Leaf, Metadata, Notice, Position, Recorded,
    RunningHash, StoredEvent, SubjectId, ThingId, Told,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Links, OfRecord, Wholeness,
    checkpoint::Extent,
    instants::{Instants, Stamped, worked_out},
    things::{
        ActRecord, Award, Cluster, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register,
        State, Subject, Thing,
    },
    wholeness::misfit,
};

/// An event that this build can't read. The thing it is about says so, and takes no commands until it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its id.
    pub id: EventId,
    /// The thing it is about.
    pub thing: ThingId,
    /// Its number in the thing's stream.
    pub revision: u64,
    /// Why it can't be read.
    pub reason: String,
}

/// A command, which one subject sent to one thing.
pub(crate) type Command = (ThingId, SubjectId, CommandId);

/// All things of one kind, by their ids.
pub type Things<S> = OrdMap<ThingId, Arc<Thing<S>>>;

/// Everything that is known at one position of the log.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    position: Option<Position>,
    last_event: Option<EventId>,
    instants: Instants,
    of_record: Arc<OfRecord>,
    wholeness: Wholeness,
    proof: Option<[u8; 32]>,
    initiatives: Things<Initiative>,
    organisations: Things<Organisation>,
    clusters: Things<Cluster>,
    projects: Things<Project>,
    permits: Things<Permit>,
    programmes: Things<Programme>,
    awards: Things<Award>,
    partnerships: Things<Partnership>,
    policy_measures: Things<PolicyMeasure>,
    registers: Things<Register>,
    subjects: Things<Subject>,
    links: Links,
    founded: imbl::HashMap<(SubjectId, CommandId), ThingId>,
    quarantine: OrdMap<Position, Quarantined>,
}

/// A kind of thing that the picture keeps.
pub trait Kinded: State {
    /// The things of this kind.
    fn things(picture: &Picture) -> &Things<Self>;

    /// The things of this kind, to be changed.
    #[doc(hidden)]
    fn things_mut(picture: &mut Picture) -> &mut Things<Self>;
}

macro_rules! kinds {
    ($($state:ident in $field:ident;)+) => {$(
        impl Kinded for $state {
            fn things(picture: &Picture) -> &Things<Self> {
                &picture.$field
            }

            fn things_mut(picture: &mut Picture) -> &mut Things<Self> {
                &mut picture.$field
            }
        }
    )+};
}

kinds! {
    Initiative in initiatives;
    Organisation in organisations;
    Cluster in clusters;
    Project in projects;
    Permit in permits;
    Programme in programmes;
    Award in awards;
    Partnership in partnerships;
    PolicyMeasure in policy_measures;
    Register in registers;
    Subject in subjects;
}

/// Does the same for things of whichever kind: `$state` is the state of the things of `$kind`.
#[macro_export]
macro_rules! for_kind {
    ($kind:expr, $state:ident => $body:expr) => {
        match $kind {
            $crate::Kind::Initiative => {
                type $state = $crate::things::Initiative;
                $body
            }
            $crate::Kind::Organisation => {
                type $state = $crate::things::Organisation;
                $body
            }
            $crate::Kind::Cluster => {
                type $state = $crate::things::Cluster;
                $body
            }
            $crate::Kind::Project => {
                type $state = $crate::things::Project;
                $body
            }
            $crate::Kind::Permit => {
                type $state = $crate::things::Permit;
                $body
            }
            $crate::Kind::Programme => {
                type $state = $crate::things::Programme;
                $body
            }
            $crate::Kind::Award => {
                type $state = $crate::things::Award;
                $body
            }
            $crate::Kind::Partnership => {
                type $state = $crate::things::Partnership;
                $body
            }
            $crate::Kind::PolicyMeasure => {
                type $state = $crate::things::PolicyMeasure;
                $body
            }
            $crate::Kind::Register => {
                type $state = $crate::things::Register;
                $body
            }
            $crate::Kind::Subject => {
                type $state = $crate::things::Subject;
                $body
            }
        }
    };
}

/// What a store delivers of the log.
#[derive(Debug, Clone)]
pub struct Entry(Delivered);

#[derive(Debug, Clone)]
enum Delivered {
    OfThing(Box<OfThing>),
    Aside(Box<AsideEvent>),
    Told(Box<Notice>),
}

/// An event about a thing: read, or not readable by this build.
#[derive(Debug, Clone)]
struct OfThing {
    position: Position,
    /// The store's own hash over this event and all before it, where it keeps one.
    proof: Option<[u8; 32]>,
    leaf: Leaf,
    /// The leaf of the event before it in its stream, as this one names it.
    previous: Option<Leaf>,
    content: Result<Recorded, Quarantined>,
    /// Whether acts may be missing before it in its stream.
    is_of_part: bool,
}

impl From<OfThing> for Entry {
    fn from(event: OfThing) -> Self {
        Self(Delivered::OfThing(Box::new(event)))
    }
}

impl From<&StoredEvent> for Entry {
    fn from(stored: &StoredEvent) -> Self {
        let (content, previous) = match stored.decode_linked() {
            Ok((recorded, previous)) => (Ok(recorded), previous),
            Err(error) => (Err(Quarantined::new(stored, error.to_string())), None),
        };
        let (position, proof, leaf) = (stored.position, stored.proof, stored.leaf());
        OfThing { position, proof, leaf, previous, content, is_of_part: false }.into()
    }
}

impl From<AnyEvent> for Entry {
    fn from(event: AnyEvent) -> Self {
        match event {
            AnyEvent::OfThing(event) => Self::from(&event),
            AnyEvent::Aside(event) => event.into(),
        }
    }
}

impl From<AsideEvent> for Entry {
    fn from(event: AsideEvent) -> Self {
        Self(Delivered::Aside(Box::new(event)))
    }
}

impl From<Notice> for Entry {
    fn from(notice: Notice) -> Self {
        Self(Delivered::Told(Box::new(notice)))
    }
}

impl Quarantined {
    /// The event `stored`, which can't be taken for this reason.
    #[must_use]
    pub fn new(stored: &StoredEvent, reason: String) -> Self {
        Self { id: stored.id, thing: stored.thing, revision: stored.revision, reason }
    }
}

impl Entry {
    /// The event `stored`, whose content is not to be believed for this reason.
    #[must_use]
    pub fn damaged(stored: &StoredEvent, reason: String) -> Self {
        let content = Err(Quarantined::new(stored, reason));
        let (position, proof, leaf) = (stored.position, stored.proof, stored.leaf());
        OfThing { position, proof, leaf, previous: None, content, is_of_part: false }.into()
    }

    /// What a store would give back of an event that is not in it yet.
    #[must_use]
    pub fn drafted(recorded: Recorded, leaf: Leaf) -> Self {
        let position = recorded.header.position;
        OfThing { position, proof: None, leaf, previous: None, content: Ok(recorded), is_of_part: false }.into()
    }

    /// The same, of a part of a log in which acts before it may be missing, such as what was published by some day.
    #[must_use]
    pub fn of_part(mut self) -> Self {
        if let Delivered::OfThing(event) = &mut self.0 {
            event.is_of_part = true;
        }
        self
    }

    /// Whether it is about a thing and was read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(&self.0, Delivered::OfThing(event) if event.content.is_ok())
    }
}

impl OfThing {
    const fn thing(&self) -> ThingId {
        match &self.content {
            Ok(recorded) => recorded.header.thing,
            Err(quarantined) => quarantined.thing,
        }
    }
}

impl Picture {
    /// The position of the last event that is in the picture.
    #[must_use]
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// The id of the last event that is in the picture.
    #[must_use]
    pub const fn last_event(&self) -> Option<EventId> {
        self.last_event
    }

    /// When the last event that is in the picture was recorded.
    #[must_use]
    pub const fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.instants.last()
    }

    /// What is said of the record as a whole.
    #[must_use]
    pub const fn of_record(&self) -> &Arc<OfRecord> {
        &self.of_record
    }

    /// How many events are in the picture.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.wholeness.standing().acts
    }

    /// What the log tells of its being whole.
    #[must_use]
    pub const fn wholeness(&self) -> &Wholeness {
        &self.wholeness
    }

    /// The same picture, with `change` made to what is known of the log's being whole.
    #[must_use]
    pub fn with_wholeness(&self, change: impl FnOnce(&mut Wholeness)) -> Self {
        let mut next = self.clone();
        change(&mut next.wholeness);
        next
    }

    /// The store's own hash over the last event and all before it, where it keeps one.
    #[must_use]
    pub const fn proof(&self) -> Option<[u8; 32]> {
        self.proof
    }

    /// The hash that runs over the leaves of all events in the picture.
    #[must_use]
    pub const fn running_hash(&self) -> RunningHash {
        self.wholeness.standing().chain
    }

    /// The things of a kind.
    #[must_use]
    pub fn things<S: Kinded>(&self) -> &Things<S> {
        S::things(self)
    }

    /// The thing with this id, if anything is recorded about it.
    #[must_use]
    pub fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<&Arc<Thing<S>>> {
        S::things(self).get(&id.into())
    }

    /// Which things name which.
    #[must_use]
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// The thing that this command of `subject` brought on record. Another's command of the same id is another command.
    #[must_use]
    pub fn founded_by(&self, subject: SubjectId, command: CommandId) -> Option<ThingId> {
        self.founded.get(&(subject, command)).copied()
    }

    /// The events that this build can't read, in the order of the log.
    pub fn quarantine(&self) -> impl Iterator<Item = &Quarantined> {
        self.quarantine.values()
    }

    /// The revision of the last event about `thing`; `None` when nothing is recorded about it.
    #[must_use]
    pub fn revision(&self, thing: ThingId) -> Option<u64> {
        for_kind!(thing.kind(), S => self.thing::<S>(thing).and_then(|thing| thing.revision()))
    }

    /// Where the store put an act of `thing`; `None` when there is no such act, or it can't be read.
    #[must_use]
    pub fn header(&self, thing: ThingId, act: EventId) -> Option<Header> {
        for_kind!(thing.kind(), S => self.thing::<S>(thing).and_then(|thing| thing.act(act)).map(|act| act.header))
    }

    /// Where the store put each act that can be read, kind by kind and thing by thing.
    pub fn headers(&self) -> impl Iterator<Item = Header> {
        let of_kind = |kind: Kind| -> Box<dyn Iterator<Item = Header> + '_> {
            for_kind!(kind, S => {
                let acts = self.things::<S>().values().flat_map(|thing| thing.acts().iter());
                Box::new(acts.map(|act| act.header))
            })
        };
        Kind::ALL.into_iter().flat_map(of_kind)
    }

    /// Whether anything that can be read is recorded about `thing`.
    #[must_use]
    pub fn knows(&self, thing: ThingId) -> bool {
        for_kind!(thing.kind(), S => self.thing::<S>(thing).is_some_and(|thing| !thing.live().is_empty()))
    }

    /// The picture with the events of `batch`, which follow on what is in it.
    #[must_use]
    pub fn with(&self, batch: impl IntoIterator<Item = Entry>) -> Self {
        let mut next = self.clone();
        let mut touched = BTreeSet::new();
        for entry in batch {
            match entry.0 {
                Delivered::OfThing(event) => {
                    touched.insert(event.thing());
                    next.take(*event);
                }
                Delivered::Aside(event) => touched.extend(next.take_aside(&event)),
                Delivered::Told(notice) => touched.extend(next.hear(&notice)),
            }
        }
        next.settle(touched);
        next
    }

    /// Draws the conclusions for the things of which acts were taken in.
    pub(crate) fn settle(&mut self, touched: BTreeSet<ThingId>) {
        for thing in touched {
            for_kind!(thing.kind(), S => self.settle_thing::<S>(thing));
        }
    }

    fn settle_thing<S: Kinded>(&mut self, id: ThingId) {
        let Some(thing) = S::things_mut(self).get_mut(&id) else { return };
        let thing = Arc::make_mut(thing);
        let before = Arc::clone(thing.references());
        thing.derive();
        let after = Arc::clone(thing.references());
        if before != after {
            self.links.update(id, &before, &after);
        }
    }

    fn take(&mut self, event: OfThing) {
        let thing = event.thing();
        let OfThing { position, proof, leaf, previous, content, is_of_part } = event;
        self.position = Some(position);
        self.proof = proof;
        match content {
            Ok(mut recorded) => {
                self.last_event = Some(recorded.header.id);
                match self.misfit(&recorded.header, previous).filter(|_| !is_of_part) {
                    None if is_of_part => {
                        self.instants = Instants::after(Some(recorded.header.recorded_at), None);
                        self.take_recorded(recorded);
                    }
                    None => {
                        let Metadata { subject, command_id, .. } = recorded.metadata;
                        let command = Some((thing, subject, command_id));
                        recorded.header.recorded_at = self.instants.next(recorded.header.stamped_at, command);
                        self.take_recorded(recorded);
                    }
                    Some(reason) => {
                        self.wholeness.note_hole();
                        let Header { id, revision, .. } = recorded.header;
                        self.take_unreadable(position, Quarantined { id, thing, revision, reason: reason.to_owned() });
                    }
                }
            }
            Err(quarantined) => {
                self.last_event = Some(quarantined.id);
                self.take_unreadable(position, quarantined);
            }
        }
        self.wholeness.count_act(&leaf, self.instants.last());
        for_kind!(thing.kind(), S => self.entry::<S>(thing).follow(leaf));
    }

    /// Takes in an event beside the things, and gives those of which it changes what is known.
    fn take_aside(&mut self, event: &AsideEvent) -> BTreeSet<ThingId> {
        self.position = Some(event.position);
        self.proof = event.proof;
        self.last_event = Some(event.id);
        self.wholeness.take(event);
        if !event.thing.is_of_record() {
            return BTreeSet::new();
        }
        self.instants.next(event.recorded_at, None);
        if Arc::make_mut(&mut self.of_record).take(event) { self.restate() } else { BTreeSet::new() }
    }

    /// Works out anew when each act was recorded, and gives the things of which that changes any.
    fn restate(&mut self) -> BTreeSet<ThingId> {
        let mut events: Vec<_> =
            self.of_record.stamps().map(|(id, position, at)| Stamped { id, position, at, command: None, act: None }).collect();
        for kind in Kind::ALL {
            for_kind!(kind, S => events.extend(self.things::<S>().values().flat_map(|thing| thing.acts()).map(stamped)));
        }
        let (worked_out, instants) = worked_out(events, |event| self.of_record.is_disowned(event));
        self.instants = instants;
        let mut changed: BTreeMap<ThingId, BTreeMap<EventId, DateTime<Utc>>> = BTreeMap::new();
        for (header, at) in worked_out {
            if header.recorded_at != at {
                changed.entry(header.thing).or_default().insert(header.id, at);
            }
        }
        for (thing, instants) in &changed {
            for_kind!(thing.kind(), S => self.entry::<S>(*thing).restate(instants));
        }
        changed.into_keys().collect()
    }

    /// Takes note of what the store tells of a stream, and gives the thing of which acts are lost by that.
    fn hear(&mut self, notice: &Notice) -> Option<ThingId> {
        self.wholeness.hear(notice);
        let thing: ThingId = notice.stream.parse().ok().filter(|_| notice.told == Told::Deleted)?;
        // It may be told again.
        if self.quarantine.contains_key(&notice.position) {
            return None;
        }
        self.wholeness.note_hole();
        for_kind!(thing.kind(), S => self.entry::<S>(thing).distrust());
        let revision = self.revision(thing).unwrap_or_default();
        let reason = "somebody has deleted its stream in the store for good".to_owned();
        self.quarantine.insert(notice.position, Quarantined { id: notice.id, thing, revision, reason });
        Some(thing)
    }

    /// Why an event can't stand where it does in its stream, if it can't.
    fn misfit(&self, header: &Header, previous: Option<Leaf>) -> Option<&'static str> {
        let last = for_kind!(header.thing.kind(), S => {
            self.thing::<S>(header.thing).and_then(|thing| Some((thing.revision()?, thing.leaf())))
        });
        misfit(last, header.revision, previous)
    }

    fn take_unreadable(&mut self, position: Position, quarantined: Quarantined) {
        let (thing, revision) = (quarantined.thing, quarantined.revision);
        for_kind!(thing.kind(), S => self.entry::<S>(thing).push_unreadable(revision));
        self.quarantine.insert(position, quarantined);
    }

    /// The picture in which the events that were found to be damaged in the log are quarantined. What was known of them
    /// stays, since it was read when they were whole; the things that they are about take no commands.
    #[must_use]
    pub fn with_damaged(&self, damaged: impl IntoIterator<Item = (Position, Quarantined)>) -> Self {
        let mut next = self.clone();
        let mut touched = BTreeSet::new();
        for (position, quarantined) in damaged {
            if next.quarantine.contains_key(&position) {
                continue;
            }
            let thing = quarantined.thing;
            touched.insert(thing);
            for_kind!(thing.kind(), S => next.entry::<S>(thing).distrust());
            next.quarantine.insert(position, quarantined);
        }
        next.settle(touched);
        next
    }

    fn take_recorded(&mut self, Recorded { header, metadata, content }: Recorded) {
        // Whether a subject was on record already is not for everybody to know who gives it a role.
        if header.revision == 0 && header.thing.kind() != Kind::Subject {
            self.founded.insert((metadata.subject, metadata.command_id), header.thing);
        }
        match content {
            Content::Initiative(act) => self.push::<Initiative>(Recorded { header, metadata, content: act }),
            Content::Organisation(act) => self.push::<Organisation>(Recorded { header, metadata, content: act }),
            Content::Cluster(act) => self.push::<Cluster>(Recorded { header, metadata, content: act }),
            Content::Project(act) => self.push::<Project>(Recorded { header, metadata, content: act }),
            Content::Permit(act) => self.push::<Permit>(Recorded { header, metadata, content: act }),
            Content::Programme(act) => self.push::<Programme>(Recorded { header, metadata, content: act }),
            Content::Award(act) => self.push::<Award>(Recorded { header, metadata, content: act }),
            Content::Partnership(act) => self.push::<Partnership>(Recorded { header, metadata, content: act }),
            Content::PolicyMeasure(act) => self.push::<PolicyMeasure>(Recorded { header, metadata, content: act }),
            Content::Register(act) => self.push::<Register>(Recorded { header, metadata, content: act }),
            Content::Subject(act) => self.push::<Subject>(Recorded { header, metadata, content: act }),
        }
    }

    fn push<S: Kinded>(&mut self, Recorded { header, metadata, content }: Recorded<Act<S::Fact>>) {
        let act: ActRecord<S::Fact> = Arc::new(Recorded { header, metadata, content: content.map(Arc::new) });
        self.entry::<S>(header.thing).push(act);
    }

    /// The thing, to be added to. One that an older picture holds too is copied first.
    fn entry<S: Kinded>(&mut self, id: ThingId) -> &mut Thing<S> {
        let thing = S::things_mut(self).entry(id).or_insert_with(|| Arc::new(Thing::new(id)));
        if Arc::get_mut(thing).is_none() {
            *thing = Arc::new(thing.undrawn());
        }
        Arc::make_mut(thing)
    }

    /// The picture of somebody for whom only the acts that pass `visible` exist.
    #[must_use]
    pub fn seen_through(&self, visible: impl Fn(&Header, &Metadata) -> bool) -> Self {
        let mut seen = Self {
            position: self.position,
            last_event: self.last_event,
            instants: self.instants,
            of_record: Arc::clone(&self.of_record),
            proof: self.proof,
            wholeness: self.wholeness.clone(),
            ..Self::default()
        };
        for kind in Kind::ALL {
            for_kind!(kind, S => seen.see::<S>(self, &visible));
        }
        seen
    }

    fn see<S: Kinded>(&mut self, whole: &Self, visible: &impl Fn(&Header, &Metadata) -> bool) {
        for (id, thing) in whole.things::<S>() {
            let passes = |act: &ActRecord<S::Fact>| visible(&act.header, &act.metadata);
            let thing = if thing.acts().iter().all(passes) {
                Some(Arc::clone(thing))
            } else {
                thing.seen_through(|act| visible(&act.header, &act.metadata)).map(Arc::new)
            };
            if let Some(thing) = thing {
                self.links.update(*id, &[], thing.references());
                S::things_mut(self).insert(*id, thing);
            }
        }
    }

    /// SHA-256 over all that is known, in the order of ids, without positions.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = HashWriter(Sha256::new());
        for kind in Kind::ALL {
            for_kind!(kind, S => hash_things(self.things::<S>(), &mut hasher));
        }
        for quarantined in self.quarantine.values() {
            hasher.add(quarantined);
        }
        if let Some(said) = self.of_record.said() {
            hasher.add(&said);
        }
        hasher.0.finalize().into()
    }

    /// Puts back what a checkpoint kept.
    pub(crate) fn restored(extent: &Extent, instants: Instants, of_record: Arc<OfRecord>, wholeness: Wholeness) -> Self {
        let Extent { position, last_event, proof, .. } = *extent;
        Self { position, last_event, instants, of_record, wholeness, proof, ..Self::default() }
    }

    /// The instants of the log, as far as it was read.
    pub(crate) const fn instants(&self) -> Instants {
        self.instants
    }

    /// Puts back a thing that a checkpoint kept.
    pub(crate) fn restore<S: Kinded>(&mut self, thing: Thing<S>) {
        let is_founded = thing.id().kind() != Kind::Subject;
        if let Some(first) = thing.acts().first().filter(|act| is_founded && act.header.revision == 0) {
            self.founded.insert((first.metadata.subject, first.metadata.command_id), thing.id());
        }
        self.links.update(thing.id(), &[], thing.references());
        S::things_mut(self).insert(thing.id(), Arc::new(thing));
    }

    /// Puts back the events that can't be read.
    pub(crate) fn restore_quarantine(&mut self, quarantine: Vec<(Position, Quarantined)>) {
        self.quarantine = quarantine.into_iter().collect();
    }

    /// The events that can't be read, with their positions.
    pub(crate) fn quarantine_entries(&self) -> impl Iterator<Item = (&Position, &Quarantined)> {
        self.quarantine.iter()
    }
}

fn stamped<F>(act: &ActRecord<F>) -> Stamped<Header> {
    let Metadata { subject, command_id, .. } = act.metadata;
    let Header { id, thing, position, stamped_at, .. } = act.header;
    Stamped { id, position, at: stamped_at, command: Some((thing, subject, command_id)), act: Some(act.header) }
}

struct HashWriter(Sha256);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl HashWriter {
    fn add(&mut self, value: &impl Serialize) {
        // Values of this crate are plain data, which JSON can always hold; a failure would show as another hash.
        let written = serde_json::to_writer(&mut *self, value);
        self.0.update(if written.is_ok() { b"\n" } else { b"!" });
    }
}

fn hash_things<S: Kinded>(things: &Things<S>, hasher: &mut HashWriter) {
    for (id, thing) in things {
        hasher.add(&(id, thing.revision(), thing.unreadable(), thing.state(), thing.flags()));
        for act in thing.acts() {
            hasher.add(&(act.header.id, act.header.revision, act.header.recorded_at, &act.metadata, &act.content));
        }
        for live in thing.live() {
            hasher.add(&(live.fact_id, live.version.header.id, live.assurance, &live.evidence, live.disagreement.is_some()));
        }
    }
}
