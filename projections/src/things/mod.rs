//! The state of one thing, folded from its live facts.
//!
//! Invariant: what a [`Thing`] says is a function of the *set* of its acts. The order in which they were recorded
//! changes nothing but the revision.

mod award;
mod cluster;
mod days;
mod declarations;
mod flag;
mod initiative;
mod organisation;
mod partnership;
mod permit;
mod policy;
mod programme;
mod project;
mod register;
mod resolve;

use std::{fmt::Debug, sync::Arc};

use chrono::NaiveDate;
use schema::{Act, Date, EventId, Fact, Recorded, ThingId, Visibility};
use serde::Serialize;

pub use award::{Award, AwardCondition, AwardState, Payment};
pub use cluster::{Cluster, Membership, Stated};
pub use days::Days;
pub use declarations::{CriterionEvidence, Declarations, Scope, Waiver};
pub use flag::{Flag, FlagCode};
pub use initiative::{Initiative, StatedFigures};
pub use organisation::Organisation;
pub use partnership::{Partner, Partnership, PartnershipState};
pub use permit::{
    Challenge, ChallengeEnd, ConditionState, Court, Determination, Extension, Outcome, Permit, PermitState, ReportedStanding,
    Stop,
};
pub use policy::{PolicyMeasure, PolicyState};
pub use programme::Programme;
pub use project::{
    AbatementReport, Commissioning, CostEstimate, Dependency, FidDecision, Milestone, Move, Need, Project, StageEntry,
};
pub use register::{Edition, Register};
pub use resolve::{Disagreement, Fate, Live, Said, fates, is_retracted, said_by_registers};

/// What follows from the live facts of one kind of thing, without a date.
pub trait State: Default + Debug + Clone + PartialEq + Serialize + Send + Sync + 'static {
    /// The facts it follows from.
    type Fact: Fact;

    /// What follows from `facts`, which are in order of life, and what about them does not fit together.
    ///
    /// Total: there is no list of facts that can't be folded.
    fn derive(facts: &[Live<Self::Fact>]) -> (Self, Vec<Flag>);
}

/// An act with all that stands around it, as one kind of thing keeps it.
pub type ActRecord<F> = Arc<Recorded<Act<Arc<F>>>>;

/// One thing: all that was ever recorded about it, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing<S: State> {
    id: ThingId,
    revision: Option<u64>,
    acts: Vec<ActRecord<S::Fact>>,
    live: Vec<Live<S::Fact>>,
    state: S,
    flags: Vec<Flag>,
    unreadable: u32,
    confidential: bool,
    references: Vec<ThingId>,
}

impl<S: State> Thing<S> {
    /// A thing of which nothing is recorded.
    #[must_use]
    pub fn new(id: ThingId) -> Self {
        Self {
            id,
            revision: None,
            acts: Vec::new(),
            live: Vec::new(),
            state: S::default(),
            flags: Vec::new(),
            unreadable: 0,
            confidential: false,
            references: Vec::new(),
        }
    }

    /// The thing with `acts`, all of them at once.
    #[must_use]
    pub fn of(id: ThingId, acts: Vec<ActRecord<S::Fact>>) -> Self {
        let mut thing = Self::new(id);
        thing.revision = acts.iter().map(|act| act.header.revision).max();
        thing.acts = acts;
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
    pub fn acts(&self) -> &[ActRecord<S::Fact>] {
        &self.acts
    }

    /// The act with this id.
    #[must_use]
    pub fn act(&self, id: EventId) -> Option<&ActRecord<S::Fact>> {
        self.acts.iter().find(|act| act.header.id == id)
    }

    /// The facts that count, corrections resolved, in the order (occurred on, order of life, fact id).
    #[must_use]
    pub fn live(&self) -> &[Live<S::Fact>] {
        &self.live
    }

    /// The live fact with this id, or the one of which the act with this id is a version.
    #[must_use]
    pub fn live_fact(&self, act: EventId) -> Option<&Live<S::Fact>> {
        self.live.iter().find(|live| live.fact_id == act || live.version.header.id == act)
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

    /// The thing as a checkpoint kept it; call [`Thing::derive`].
    pub(crate) fn kept(id: ThingId, revision: Option<u64>, unreadable: u32, acts: Vec<ActRecord<S::Fact>>) -> Self {
        Self { revision, acts, unreadable, ..Self::new(id) }
    }

    /// The things that its live facts name.
    pub(crate) fn references(&self) -> &[ThingId] {
        &self.references
    }

    /// The thing before conclusions are drawn from its acts, for a further act to be taken in; call [`Thing::derive`].
    ///
    /// What it named is kept, so that it can be told what it no longer names.
    pub(crate) fn undrawn(&self) -> Self {
        let mut acts = Vec::with_capacity(self.acts.len() + 1);
        acts.extend_from_slice(&self.acts);
        Self { references: self.references.clone(), ..Self::kept(self.id, self.revision, self.unreadable, acts) }
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
    }

    /// Draws the conclusions from the acts.
    pub(crate) fn derive(&mut self) {
        self.confidential = self.acts.iter().any(|act| act.metadata.visibility == Visibility::Parties);
        (self.live, self.flags) = resolve::live_facts(&self.acts);
        self.references = self.live.iter().flat_map(|live| live.fact().references()).collect();
        let (state, flags) = S::derive(&self.live);
        self.state = state;
        self.flags.extend(flags);
        self.flags.extend(flag::of_every_thing(&self.live, self.unreadable));
        self.flags.sort();
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
        let acts: Vec<_> = self.acts.iter().filter(|act| visible(act)).cloned().collect();
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
        let facts: Vec<_> = self.live.iter().filter(|live| occurred(live)).cloned().collect();
        S::derive(&facts).0
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
