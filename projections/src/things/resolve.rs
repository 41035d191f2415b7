//! From the acts of a thing to its live facts: corrections, retractions and confirmations resolved.
//!
//! The rules, in the order in which they apply:
//!
//! 1. An act that is effectively retracted has no effect; a retraction can itself be retracted. A register's
//!    retraction never reaches what a person recorded.
//! 2. A fact is the act that stated it together with all corrections that lead back to it: its *versions*.
//! 3. A person who retracts the stated act retracts the fact. A register that does so takes back its own versions
//!    only: a person's word stands above a register's, and the disagreement is shown.
//! 4. Of the versions left, a person's wins over a register's; among a register's, that of the latest edition; then
//!    the one with more corrections behind it; then the greater id, so that the order of recording never decides.
//! 5. A confirmation counts while the version that it confirmed is the one that counts.

mod said;

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use schema::{Act, Assurance, Date, EventId, Evidence, Fact, Provenance, RegisterRow};

use super::{ActRecord, Flag, FlagCode};

pub use said::{Said, said_by_registers};

/// The most retractions of retractions that are followed; what lies beyond has no effect.
const RETRACTIONS_DEPTH_MAX: u32 = 32;

/// What a register says against the person's version that counts.
#[derive(Debug, Clone, PartialEq)]
pub enum Disagreement<F> {
    /// It says something else, or the same with another date.
    Differs(ActRecord<F>),
    /// It no longer says anything of the kind.
    Withdrawn(ActRecord<F>),
}

/// A fact that counts, in the version that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Live<F> {
    /// The id of the act that stated it.
    pub fact_id: EventId,
    /// The version that counts: the stated act or a correction.
    pub version: ActRecord<F>,
    /// How sure it is, with all that was confirmed or attached since.
    pub assurance: Assurance,
    /// The documents it rests on, of all versions.
    pub evidence: Vec<Evidence>,
    /// The register's word, where it differs from the person's that counts.
    pub disagreement: Option<Disagreement<F>>,
    stated: ActRecord<F>,
    fact: Arc<F>,
}

impl<F: Fact> Live<F> {
    /// The fact.
    #[must_use]
    pub fn fact(&self) -> &F {
        &self.fact
    }

    /// The fact, to be kept without a copy.
    #[must_use]
    pub(super) fn shared_fact(&self) -> Arc<F> {
        Arc::clone(&self.fact)
    }

    /// The row of the register that first stated it, where one did.
    #[must_use]
    pub fn register_row(&self) -> Option<&RegisterRow> {
        self.stated.metadata.origin.row()
    }

    /// The legal or business date.
    #[must_use]
    pub fn occurred_on(&self) -> Date {
        self.version.metadata.occurred_on
    }

    /// Whether this fact brings the thing on record: it is the first in the order of life.
    #[must_use]
    pub fn is_founding(&self) -> bool {
        self.fact.order_of_life() == 0
    }

    fn order(&self) -> (NaiveDate, usize, EventId) {
        (self.occurred_on().first(), self.fact.order_of_life(), self.fact_id)
    }
}

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has its effect.
    InEffect,
    /// A later version of the same fact counts in its place.
    CorrectedBy(EventId),
    /// It, or the fact of which it is a version, was retracted.
    RetractedBy(EventId),
}

/// What became of each of `acts`, in their order.
#[must_use]
pub fn fates<F: Fact>(acts: &[ActRecord<F>]) -> Vec<Fate> {
    let web = Web::new(acts);
    let versions = web.versions();
    let counting = facts(&versions).filter_map(|fact| Some((fact.stated, web.counting(fact)?.act))).collect();
    (0..acts.len()).map(|act| web.fate(act, &counting)).collect()
}

/// The facts that count, in their order, and the flags for acts that lead nowhere.
pub(super) fn live_facts<F: Fact>(acts: &[ActRecord<F>]) -> (Vec<Live<F>>, Vec<Flag>) {
    let web = Web::new(acts);
    let mut live = Vec::with_capacity(acts.len());
    live.extend(facts(&web.versions()).filter_map(|fact| web.live(fact)));
    live.sort_unstable_by_key(Live::order);
    let leading_nowhere = |act: &usize| acts[*act].content.about().is_some() && web.target(*act).is_none();
    let flags = (0..acts.len()).filter(leading_nowhere).map(|act| Flag::new(FlagCode::ActUnknown, [acts[act].header.id]));
    (live, flags.collect())
}

/// A version of a fact: an act, and how many corrections lead from it back to the stated one.
#[derive(Clone, Copy)]
struct Version {
    stated: usize,
    act: usize,
    depth: u32,
}

/// The stated act and all versions that lead back to it, itself included.
#[derive(Clone, Copy)]
struct Versions<'a> {
    stated: usize,
    versions: &'a [Version],
}

/// The facts of which `versions`, in the order of their stated acts, are the versions.
fn facts(versions: &[Version]) -> impl Iterator<Item = Versions<'_>> {
    let chunks = versions.chunk_by(|one, other| one.stated == other.stated);
    chunks.map(|versions| Versions { stated: versions[0].stated, versions })
}

/// The acts of one thing, with the links between them. An act is meant by its index.
struct Web<'a, F> {
    acts: &'a [ActRecord<F>],
    index: HashMap<EventId, usize>,
    about: HashMap<EventId, Vec<usize>>,
    /// For each act the version that it is, if it bears a fact.
    stated: Vec<Option<(usize, u32)>>,
}

impl<'a, F: Fact> Web<'a, F> {
    fn new(acts: &'a [ActRecord<F>]) -> Self {
        let stands = |(at, act): (usize, &ActRecord<F>)| matches!(act.content, Act::Stated(_)).then_some((at, 0));
        let stated = acts.iter().enumerate().map(stands).collect();
        let mut web = Self { acts, index: HashMap::new(), about: HashMap::new(), stated };
        if acts.iter().any(|act| act.content.about().is_some()) {
            web.link();
        }
        web
    }

    /// Follows what is said about other acts.
    fn link(&mut self) {
        self.index = self.acts.iter().enumerate().map(|(at, act)| (act.header.id, at)).collect();
        for (at, act) in self.acts.iter().enumerate() {
            if let Some(target) = act.content.about() {
                self.about.entry(target).or_default().push(at);
            }
        }
        for act in 0..self.acts.len() {
            self.trace(act);
        }
    }

    fn target(&self, act: usize) -> Option<usize> {
        self.acts[act].content.about().and_then(|target| self.index.get(&target)).copied()
    }

    fn provenance(&self, act: usize) -> Provenance {
        self.acts[act].metadata.origin.provenance()
    }

    fn about(&self, act: usize) -> impl Iterator<Item = usize> {
        self.about.get(&self.acts[act].header.id).into_iter().flatten().copied()
    }

    /// Finds the stated act behind `act`. A correction whose target is not known, or that is one of a circle, stands for
    /// itself.
    fn trace(&mut self, act: usize) {
        let mut path = Vec::new();
        let mut at = act;
        let (stated, mut depth) = loop {
            if let Some(known) = self.stated[at] {
                break known;
            }
            if self.acts[at].content.fact().is_none() {
                return;
            }
            path.push(at);
            let Some(target) = self.target(at).filter(|target| self.acts[*target].content.fact().is_some()) else {
                break (at, 0);
            };
            if let Some(circle) = path.iter().position(|passed| *passed == target) {
                for alone in path.drain(circle..) {
                    self.stated[alone] = Some((alone, 0));
                }
                break (target, 0);
            }
            at = target;
        };
        for at in path.into_iter().rev() {
            depth += u32::from(at != stated);
            self.stated[at] = Some((stated, depth));
        }
    }

    /// Every version of every fact, in the order of their stated acts.
    fn versions(&self) -> Vec<Version> {
        let version =
            |(act, stated): (usize, &Option<(usize, u32)>)| stated.map(|(stated, depth)| Version { stated, act, depth });
        let mut versions = Vec::with_capacity(self.acts.len());
        versions.extend(self.stated.iter().enumerate().filter_map(version));
        versions.sort_unstable_by_key(|version| (version.stated, version.act));
        versions
    }

    /// Whether `other`, which is about `act`, is a retraction of it that has an effect, by the retractions within `hops`.
    fn retracts(&self, other: usize, act: usize, hops: u32) -> bool {
        matches!(self.acts[other].content, Act::Retracted { .. })
            && self.provenance(other) >= self.provenance(act)
            && hops > 0
            && !self.about(other).any(|further| self.retracts(further, other, hops - 1))
    }

    /// The retractions of `act` that have an effect.
    fn retractions(&self, act: usize) -> impl Iterator<Item = usize> {
        self.about(act).filter(move |other| self.retracts(*other, act, RETRACTIONS_DEPTH_MAX))
    }

    fn is_retracted(&self, act: usize) -> bool {
        self.retractions(act).next().is_some()
    }

    /// The version of `fact` that counts, if any does.
    fn counting(&self, fact: Versions) -> Option<Version> {
        let by = self.retractions(fact.stated).map(|retraction| self.provenance(retraction)).max();
        let stands = |version: &&Version| match by {
            None => !self.is_retracted(version.act),
            Some(Provenance::Register) => self.provenance(version.act) == Provenance::Person && !self.is_retracted(version.act),
            Some(Provenance::Person) => false,
        };
        fact.versions.iter().filter(stands).max_by_key(|version| self.rank(version)).copied()
    }

    fn rank(&self, version: &Version) -> (Provenance, Option<NaiveDate>, u32, EventId) {
        let act = &self.acts[version.act];
        let provenance = self.provenance(version.act);
        let edition = act.metadata.published_on.filter(|_| provenance == Provenance::Register);
        (provenance, edition, version.depth, act.header.id)
    }

    fn live(&self, fact: Versions) -> Option<Live<F>> {
        let counting = self.counting(fact)?;
        let version = &self.acts[counting.act];
        let stated = &self.acts[fact.stated];
        let evidence = self.evidence(fact);
        Some(Live {
            fact_id: stated.header.id,
            version: Arc::clone(version),
            assurance: self.assurance(fact, counting, &evidence),
            evidence,
            disagreement: self.disagreement(fact, counting),
            stated: Arc::clone(stated),
            fact: Arc::clone(version.content.fact()?),
        })
    }

    fn is_confirmed(&self, version: Version) -> bool {
        let confirms = |act: usize| matches!(self.acts[act].content, Act::Confirmed { .. }) && !self.is_retracted(act);
        self.acts[version.act].metadata.assurance == Assurance::Confirmed || self.about(version.act).any(confirms)
    }

    fn assurance(&self, fact: Versions, counting: Version, evidence: &[Evidence]) -> Assurance {
        let evidenced = |version: &Version| {
            let said = self.acts[version.act].metadata.assurance;
            (said == Assurance::Evidenced || self.is_confirmed(*version)) && !self.is_retracted(version.act)
        };
        if self.is_confirmed(counting) {
            Assurance::Confirmed
        } else if !evidence.is_empty() || fact.versions.iter().any(evidenced) {
            Assurance::Evidenced
        } else {
            Assurance::Claimed
        }
    }

    fn evidence(&self, fact: Versions) -> Vec<Evidence> {
        let attached = |act: &usize| matches!(self.acts[*act].content, Act::EvidenceAttached { .. });
        let acts = fact.versions.iter().flat_map(|version| {
            std::iter::once(version.act).chain(self.about(version.act).filter(attached)).filter(|act| !self.is_retracted(*act))
        });
        let mut evidence: Vec<_> = acts.flat_map(|act| self.acts[act].metadata.evidence.iter().cloned()).collect();
        evidence.sort();
        evidence.dedup();
        evidence
    }

    fn disagreement(&self, fact: Versions, counting: Version) -> Option<Disagreement<F>> {
        let is_register = |act: usize| self.provenance(act) == Provenance::Register;
        if is_register(counting.act) {
            return None;
        }
        let latest_of = |act: &usize| (self.acts[*act].metadata.published_on, self.acts[*act].header.id);
        if let Some(withdrawal) = self.retractions(fact.stated).filter(|act| is_register(*act)).max_by_key(latest_of) {
            return Some(Disagreement::Withdrawn(Arc::clone(&self.acts[withdrawal])));
        }
        let latest = fact.versions.iter().filter(|version| is_register(version.act) && !self.is_retracted(version.act));
        let said = &self.acts[latest.max_by_key(|version| self.rank(version))?.act];
        let meant = &self.acts[counting.act];
        let same = said.content.fact() == meant.content.fact() && said.metadata.occurred_on == meant.metadata.occurred_on;
        // Only what the register said after the person's word is a disagreement; before, it is what was corrected.
        let later = said.metadata.published_on.is_some_and(|edition| edition > self.corrected_edition(counting));
        (!same && later).then(|| Disagreement::Differs(Arc::clone(said)))
    }

    /// The edition of the register's version that the person's `version` corrected.
    fn corrected_edition(&self, version: Version) -> NaiveDate {
        let behind = std::iter::successors(Some(version.act), |act| self.target(*act)).take(version.depth as usize + 1);
        behind.filter_map(|act| self.acts[act].metadata.published_on).max().unwrap_or(NaiveDate::MIN)
    }

    fn fate(&self, act: usize, counting: &HashMap<usize, usize>) -> Fate {
        let id = |act: usize| self.acts[act].header.id;
        let first = |retracted: usize| self.retractions(retracted).map(id).min_by_key(|id| Reverse(*id));
        if let Some(retraction) = first(act) {
            return Fate::RetractedBy(retraction);
        }
        // A confirmation is of one version: it is over when another counts, or none.
        if let (Act::Confirmed { .. }, Some(confirmed)) = (&self.acts[act].content, self.target(act)) {
            return self.fate(confirmed, counting);
        }
        let Some((stated, _)) = self.stated[act] else { return Fate::InEffect };
        match (counting.get(&stated), first(stated)) {
            (Some(&other), _) if other != act => Fate::CorrectedBy(id(other)),
            (Some(_), _) | (None, None) => Fate::InEffect,
            (None, Some(retraction)) => Fate::RetractedBy(retraction),
        }
    }
}
