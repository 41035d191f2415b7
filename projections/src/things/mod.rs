//! The state of one thing, folded from its live facts.
//!
//! Invariant: what a [`Thing`] says is a function of the *set* of its acts. The order in which they were recorded
//! changes nothing but the revision.

mod acts;
mod award;
mod cluster;
mod days;
mod declarations;
mod flag;
mod initiative;
mod onward;
mod order;
mod organisation;
mod partnership;
mod permit;
mod places;
mod policy;
mod programme;
mod project;
mod register;
mod resolve;
mod sides;
mod subject;

use std::{
    collections::BTreeMap,
    fmt::{self, Debug},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use schema::{Act, Date, EventId, Fact, Header, Leaf, Recorded, ThingId, Visibility};
use serde::Serialize;

pub use acts::Acts;
pub use award::{Award, AwardCondition, AwardState, Payment};
pub use cluster::{Cluster, Membership, Stated};
pub use days::Days;
pub use declarations::{CriterionEvidence, Declarations, Scope, Waiver};
pub use flag::{Flag, FlagCode, HOURS_AHEAD_OF_UTC_MAX};
pub use initiative::{Initiative, StatedFigures};
pub use organisation::Organisation;
pub use partnership::{Partner, Partnership, PartnershipState};
pub use permit::{
    Challenge, ChallengeEnd, ConditionState, Court, Determination, Extension, Outcome, Permit, PermitState, RegimeFound,
    ReportedStanding, Stop,
};
pub use policy::{PolicyMeasure, PolicyState, SetEffect};
pub use programme::Programme;
pub use project::{
    AbatementReport, Commissioning, CostEstimate, Dependency, FidDecision, Milestone, Move, Need, Project, Slip, StageEntry,
};
pub use register::{Edition, Register};
pub use resolve::{Disagreement, Fate, Live, Said, confirms, fate, fates, is_retracted, said_by_registers};
pub use sides::is_of_another_side;
pub use subject::{RoleHeld, Subject};

use self::{
    acts::LOOKED_THROUGH_MAX,
    onward::{Onward, Trail},
    resolve::Resolved,
};
use crate::Series;

/// What follows from the live facts of one kind of thing, without a date.
///
/// Total: there is no list of facts that can't be folded.
pub trait State: Default + Debug + Clone + PartialEq + Serialize + Send + Sync + 'static {
    /// The facts it follows from.
    type Fact: Fact;

    /// What has to be known of the facts so far, beside the state, to take the next.
    type Aside: Default + Debug + Clone + PartialEq + Send + Sync;

    /// Takes the next fact in order of life, and adds what about it does not fit to `flags`.
    fn take(&mut self, aside: &mut Self::Aside, live: &Live<Self::Fact>, flags: &mut Vec<Flag>);

    /// By what others of its kind that may be the same are found, as if it named these.
    fn marks(&self) -> Vec<ThingId> {
        Vec::new()
    }

    /// Whether all that `fact` would say of the day `on` is known already, if not by such a fact.
    fn knows(&self, _fact: &Self::Fact, _on: Date) -> bool {
        false
    }

    /// Whether what this fact said has been ended since by another, so that to say it again is to say something new.
    fn is_over(&self, _fact: EventId) -> bool {
        false
    }

    /// What does not fit about all facts together, as far as they have been taken.
    fn whole(&self, _aside: &Self::Aside) -> Vec<Flag> {
        Vec::new()
    }
}

/// An act with all that stands around it, as one kind of thing keeps it.
pub type ActRecord<F> = Arc<Recorded<Act<Arc<F>>>>;

/// One thing: all that was ever recorded about it, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing<S: State> {
    id: ThingId,
    revision: Option<u64>,
    acts: Acts<S::Fact>,
    live: Series<Live<S::Fact>>,
    state: S,
    flags: Arc<[Flag]>,
    unreadable: u32,
    last: LastEvent,
    confidential: bool,
    references: Arc<[ThingId]>,
    /// The place of the first live fact that brings it on record.
    founding: Option<u32>,
    /// Kept of a thing with many acts.
    onward: Option<Box<Onward<S>>>,
}

/// The leaf of a thing's last event. It is of the store and no part of what is known: things that say the same are equal and
/// look the same, whatever it is.
#[derive(Clone, Copy, Default)]
struct LastEvent(Option<Leaf>);

impl PartialEq for LastEvent {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Debug for LastEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl<S: State> Thing<S> {
    /// A thing of which nothing is recorded.
    #[must_use]
    pub fn new(id: ThingId) -> Self {
        Self {
            id,
            revision: None,
            acts: Acts::default(),
            live: Series::default(),
            state: S::default(),
            flags: Arc::default(),
            unreadable: 0,
            last: LastEvent::default(),
            confidential: false,
            references: Arc::default(),
            founding: None,
            onward: None,
        }
    }

    /// The thing with `acts`, all of them at once.
    #[must_use]
    pub fn of(id: ThingId, acts: Vec<ActRecord<S::Fact>>) -> Self {
        let mut thing = Self::new(id);
        thing.revision = acts.iter().map(|act| act.header.revision).max();
        thing.acts = acts.into();
        thing.derive();
        thing
    }

    /// Its id, which is also the name of its stream.
    #[must_use]
    pub const fn id(&self) -> ThingId {
        self.id
    }

    /// The revision of its last event, readable or not; `None` when nothing is recorded.
    #[must_use]
    pub const fn revision(&self) -> Option<u64> {
        self.revision
    }

    /// Every act, in the order in which they were recorded.
    #[must_use]
    pub const fn acts(&self) -> &Acts<S::Fact> {
        &self.acts
    }

    /// The act with this id.
    #[must_use]
    pub fn act(&self, id: EventId) -> Option<&ActRecord<S::Fact>> {
        self.acts.with_id(id)
    }

    /// The facts that count, corrections resolved, in their order: by day, rank in life, and what tells apart those that
    /// have these in common, of which the fact id is the last.
    #[must_use]
    pub const fn live(&self) -> &Series<Live<S::Fact>> {
        &self.live
    }

    /// The live fact with this id, or the one of which the act with this id is a version.
    #[must_use]
    pub fn live_fact(&self, act: EventId) -> Option<&Live<S::Fact>> {
        self.live.iter().find(|live| live.fact_id == act || live.version.header.id == act)
    }

    /// The first live fact that brings it on record.
    #[must_use]
    pub fn founding(&self) -> Option<&Live<S::Fact>> {
        self.live.get(self.founding? as usize)
    }

    /// The live facts that are of the type of `fact` and of the same first day as `on`.
    pub fn live_like(&self, fact: &S::Fact, on: Date) -> impl Iterator<Item = &Live<S::Fact>> {
        let (wanted, until) = ((on.first(), fact.order_of_life()), on.last());
        let start = on.earliest().map_or(0, |earliest| self.live.partition_point(|live| live.place.day < earliest));
        let may_be_like = self.live.iter_from(start).take_while(move |live| live.place.day <= until);
        may_be_like.filter(move |live| (live.occurred_on().first(), live.fact().order_of_life()) == wanted)
    }

    /// What follows from the live facts.
    #[must_use]
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// What about the facts does not fit together, for somebody to repair.
    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// How many of its events this build can't read. What it says is incomplete while there are any.
    #[must_use]
    pub const fn unreadable(&self) -> u32 {
        self.unreadable
    }

    /// The leaf of its last event, readable or not; `None` when nothing is recorded, or in a part of what is known.
    #[must_use]
    pub const fn leaf(&self) -> Option<Leaf> {
        self.last.0
    }

    /// The thing as a checkpoint kept it; call [`Thing::derive`].
    pub(crate) fn kept(id: ThingId, revision: Option<u64>, unreadable: u32, acts: Acts<S::Fact>) -> Self {
        Self { revision, acts, unreadable, ..Self::new(id) }
    }

    /// Takes note that the last event has this leaf.
    pub(crate) const fn follow(&mut self, leaf: Leaf) {
        self.last = LastEvent(Some(leaf));
    }

    /// Takes note that one of its events is damaged in the log.
    pub(crate) fn distrust(&mut self) {
        self.unreadable += 1;
        self.onward = None;
    }

    /// The things that its live facts name, in the order of their ids.
    pub(crate) const fn references(&self) -> &Arc<[ThingId]> {
        &self.references
    }

    /// The thing, for a further act to be taken in; call [`Thing::derive`].
    ///
    /// The conclusions that are drawn are kept where it is possible to go on from them. What it named is kept, so that it
    /// can be told what it no longer names.
    pub(crate) fn undrawn(&self) -> Self {
        if self.onward.is_some() {
            return self.clone();
        }
        let acts = self.acts.clone();
        Self {
            references: Arc::clone(&self.references),
            last: self.last,
            ..Self::kept(self.id, self.revision, self.unreadable, acts)
        }
    }

    /// Gives acts the instants that are now known to be theirs; call [`Thing::derive`].
    pub(crate) fn restate(&mut self, instants: &BTreeMap<EventId, DateTime<Utc>>) {
        let restated = |act: &ActRecord<S::Fact>| match instants.get(&act.header.id) {
            Some(at) => {
                let header = Header { recorded_at: *at, ..act.header };
                Arc::new(Recorded { header, metadata: act.metadata.clone(), content: act.content.clone() })
            }
            None => Arc::clone(act),
        };
        let acts = self.acts.iter().map(restated).collect();
        *self = Self {
            references: Arc::clone(&self.references),
            last: self.last,
            ..Self::kept(self.id, self.revision, self.unreadable, acts)
        };
    }

    /// Takes an act in. Call [`Thing::derive`] when all acts of a batch are in.
    pub(crate) fn push(&mut self, act: ActRecord<S::Fact>) {
        self.revision = Some(act.header.revision);
        self.acts.push(act);
    }

    /// Takes note of an event that can't be read.
    pub(crate) fn push_unreadable(&mut self, revision: u64) {
        self.revision = Some(revision);
        self.unreadable += 1;
        self.onward = None;
    }

    /// Draws the conclusions from the acts.
    pub(crate) fn derive(&mut self) {
        if !self.go_on() {
            self.draw_anew();
        }
    }

    fn draw_anew(&mut self) {
        self.confidential = self.acts.iter().any(|act| act.metadata.visibility == Visibility::Parties);
        let Resolved { live, mut flags, mut unknown } = resolve::resolved(&self.acts);
        let (live, latitude) = order::in_order::<S>(live, self.acts.len());
        unknown.sort_unstable();
        let (mut state, mut trail) = (S::default(), Trail::default());
        for (taken, live) in live.iter().enumerate() {
            trail.take(&mut state, taken, live);
        }
        flags.extend(trail.raised().cloned());
        flags.extend(state.whole(trail.aside()));
        flags.extend(order::same_day(&live));
        flags.extend(flag::of_every_thing(&live, self.unreadable));
        flags.sort();
        let founding = live.iter().position(Live::is_founding);
        self.founding = founding.and_then(|at| u32::try_from(at).ok());
        self.references = named(&live, &state);
        self.flags = shared(flags);
        self.live = live.into();
        let is_long = self.acts.len() > LOOKED_THROUGH_MAX;
        self.state = state;
        self.onward = is_long.then(|| Box::new(Onward { drawn: self.acts.len(), unknown, latitude, trail }));
    }

    /// The thing as it would be with one more act.
    #[must_use]
    pub fn with(&self, act: ActRecord<S::Fact>) -> Self {
        let mut thing = self.undrawn();
        thing.push(act);
        thing.derive();
        thing
    }

    /// The thing as it is seen by somebody for whom only the acts that pass `visible` exist; `None` if there are none.
    #[must_use]
    pub fn seen_through(&self, visible: impl Fn(&Recorded<Act<Arc<S::Fact>>>) -> bool) -> Option<Self> {
        let acts: Acts<_> = self.acts.iter().filter(|act| visible(act)).cloned().collect();
        if acts.is_empty() {
            return None;
        }
        let revision = acts.iter().map(|act| act.header.revision).max();
        let mut seen = Self::kept(self.id, revision, self.unreadable, acts);
        seen.derive();
        Some(seen)
    }

    /// What follows from the facts that had occurred on `day`. What the thing is called and belongs to counts from the
    /// first, so that what had occurred has a name; whether anything had occurred is asked of the live facts.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> S {
        let occurred = |live: &Live<S::Fact>| live.is_founding() || live.occurred_on().first() <= day;
        if self.live.iter().all(occurred) {
            return self.state.clone();
        }
        let (mut state, mut aside, mut flags) = (S::default(), S::Aside::default(), Vec::new());
        for live in self.live.iter().filter(|live| occurred(live)) {
            state.take(&mut aside, live, &mut flags);
        }
        state
    }

    /// The day of the latest fact.
    #[must_use]
    pub fn last_occurred_on(&self) -> Option<Date> {
        self.live.last().map(Live::occurred_on)
    }

    /// Whether any act is for the eyes of the parties only.
    #[must_use]
    pub const fn has_confidential_acts(&self) -> bool {
        self.confidential
    }
}

/// What `live` names, and the marks of `state`.
fn named<'a, S: State>(live: impl IntoIterator<Item = &'a Live<S::Fact>>, state: &S) -> Arc<[ThingId]> {
    in_order(live.into_iter().flat_map(|live| live.fact().references()).chain(state.marks()).collect())
}

/// Each of `things` once, in the order of their ids.
fn in_order(mut things: Vec<ThingId>) -> Arc<[ThingId]> {
    things.sort_unstable();
    things.dedup();
    shared(things)
}

/// The same, without an allocation where there is nothing.
fn shared<T>(entries: Vec<T>) -> Arc<[T]>
where
    Arc<[T]>: Default,
{
    if entries.is_empty() { Arc::default() } else { entries.into() }
}
