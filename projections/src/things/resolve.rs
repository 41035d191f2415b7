//! From the acts of a thing to its live facts: corrections, retractions and confirmations resolved.
//!
//! The rules, in the order in which they apply:
//!
//! 1. An act that is effectively retracted has no effect; a retraction can itself be retracted. A register's
//!    retraction never reaches what a person recorded or confirmed.
//! 2. A fact is the act that stated it together with all corrections that lead back to it: its *versions*. What a
//!    register says against a person's retraction leads back to what was retracted. Corrections of one act that is not
//!    known are versions of one fact: in what was known by an earlier edition, the later one that stated it is missing.
//! 3. A person who retracts the stated act retracts the fact. A register that does so takes back its own versions
//!    only: a person's word stands above a register's, and the disagreement is shown. A version that a person confirmed
//!    is that person's word.
//! 4. Of the versions left, a person's wins over a register's; among a register's, that of the latest edition; then
//!    the one with more corrections behind it; then the greater id, so that the order of recording never decides. A
//!    person's correction wins in the members that it names only; in the others, the highest below it that names them.
//! 5. A confirmation counts while the version that it confirmed is the one that counts, and if it is of another side than
//!    that version ([`is_of_another_side`]). A dispute changes nothing: it is shown, and whose fact it is may correct it.

mod said;

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use schema::{Act, Assurance, Date, EventId, Evidence, Fact, OCCURRED_ON, Provenance, RegisterRow, with_members};

use super::{ActRecord, Acts, Flag, FlagCode, order::Place, sides::is_of_another_side};

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
    /// When it was confirmed first, as far as it is: by the counterparty, or at once where the counterparty stated it.
    pub confirmed_on: Option<Date>,
    /// The documents it rests on, of all versions.
    pub evidence: Vec<Evidence>,
    /// The register's word, where it differs from the person's that counts.
    pub disagreement: Option<Disagreement<F>>,
    /// Where among the days it stands.
    pub(super) place: Place,
    stated: ActRecord<F>,
    fact: Arc<F>,
    occurred_on: Date,
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
    pub const fn occurred_on(&self) -> Date {
        self.occurred_on
    }

    /// Whether this fact brings the thing on record: it is the first in the order of life.
    #[must_use]
    pub fn is_founding(&self) -> bool {
        self.fact.order_of_life() == 0
    }

    /// Its place among the acts of the command that stated it, where that was of several.
    pub(super) fn sequence(&self) -> Option<u16> {
        self.stated.metadata.sequence
    }

    /// Whether one command stated this and then `other`.
    pub(super) fn precedes_in_its_command(&self, other: &Self) -> bool {
        let (one, other) = (&self.stated.metadata, &other.stated.metadata);
        one.command_id == other.command_id && one.sequence < other.sequence
    }

    /// The fact that `act` states, as long as no act is about it; `None` where it states none.
    pub(super) fn of_stated(act: &ActRecord<F>) -> Option<Self> {
        let Act::Stated(fact) = &act.content else { return None };
        let metadata = &act.metadata;
        let mut evidence = metadata.evidence.clone();
        evidence.sort();
        evidence.dedup();
        let evidenced = if evidence.is_empty() { Assurance::Claimed } else { Assurance::Evidenced };
        Some(Self {
            fact_id: act.header.id,
            version: Arc::clone(act),
            assurance: metadata.assurance.max(evidenced),
            confirmed_on: (metadata.assurance == Assurance::Confirmed).then_some(metadata.occurred_on),
            evidence,
            disagreement: None,
            place: Place::first(metadata.occurred_on),
            stated: Arc::clone(act),
            fact: Arc::clone(fact),
            occurred_on: metadata.occurred_on,
        })
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

/// Whether the act with this id is itself retracted, and not only the fact of which it is a version.
#[must_use]
pub fn is_retracted<F: Fact>(acts: &Acts<F>, id: EventId) -> bool {
    acts.position(id).is_some_and(|act| Web::new(acts).is_retracted(act))
}

/// Whether the act with this id is a confirmation that is neither retracted nor of the side that it confirms.
#[must_use]
pub fn confirms<F: Fact>(acts: &Acts<F>, id: EventId) -> bool {
    acts.position(id).is_some_and(|act| {
        let web = Web::new(acts);
        web.target(act).is_some_and(|version| web.confirms(act, version))
    })
}

/// What became of each of `acts`, in their order.
#[must_use]
pub fn fates<F: Fact>(acts: &Acts<F>) -> Vec<Fate> {
    let web = Web::new(acts);
    let mut counting = vec![None; acts.len()];
    for fact in facts(&web.versions()) {
        counting[fact.stated] = web.counting(fact).map(|version| version.act);
    }
    let retraction: Vec<_> = (0..acts.len()).map(|act| web.retraction(act)).collect();
    (0..acts.len()).map(|act| web.fate(act, |act| retraction[act], |stated| counting[stated])).collect()
}

/// What became of the act with this id; `None` where there is none.
#[must_use]
pub fn fate<F: Fact>(acts: &Acts<F>, id: EventId) -> Option<Fate> {
    let act = acts.position(id)?;
    let web = Web::new(acts);
    let versions = web.versions();
    let counting = |stated: usize| {
        let start = versions.partition_point(|version| version.stated < stated);
        let fact = facts(&versions[start..]).next().filter(|fact| fact.stated == stated)?;
        web.counting(fact).map(|version| version.act)
    };
    Some(web.fate(act, |act| web.retraction(act), counting))
}

/// What the acts of a thing come to.
pub(super) struct Resolved<F> {
    /// The facts that count, in the order in which they were stated.
    pub live: Vec<Live<F>>,
    /// Those for acts that lead nowhere.
    pub flags: Vec<Flag>,
    /// The acts that others are about and that are not there.
    pub unknown: Vec<EventId>,
}

/// What `acts` come to.
pub(super) fn resolved<F: Fact>(acts: &Acts<F>) -> Resolved<F> {
    let web = Web::new(acts);
    let mut live = Vec::with_capacity(acts.len());
    live.extend(facts(&web.versions()).filter_map(|fact| web.live(fact)));
    let mut resolved = Resolved { live, flags: Vec::new(), unknown: Vec::new() };
    if web.targets.is_empty() {
        return resolved;
    }
    for (at, act) in acts.iter().enumerate() {
        let Some(about) = act.content.about().filter(|_| web.target(at).is_none()) else { continue };
        resolved.unknown.push(about);
        if !web.is_registers_word(at) {
            resolved.flags.push(Flag::new(FlagCode::ActUnknown, [act.header.id]));
        }
    }
    resolved.flags.extend((0..acts.len()).filter(|act| web.is_one_sided(*act)).map(|act| {
        let ids = web.target(act).map(|version| acts[version].header.id);
        Flag::new(FlagCode::ConfirmationOneSided, ids.into_iter().chain([acts[act].header.id]))
    }));
    resolved
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
    acts: &'a Acts<F>,
    /// For each act the one that it is about; none where no act is about another.
    targets: Vec<Option<usize>>,
    about: About,
    /// For each act the version that it is, if it bears a fact.
    stated: Vec<Option<(usize, u32)>>,
    /// Of the corrections of an act that is not known, the one of the earliest edition: it stands for what was stated.
    first_of_unknown: HashMap<EventId, usize>,
}

/// For each act those that are about it, in their order.
#[derive(Default)]
struct About {
    /// Where those about an act begin; those about the next one begin where they end.
    starts: Vec<usize>,
    acts: Vec<usize>,
}

impl About {
    fn new(targets: &[Option<usize>]) -> Self {
        let mut starts = vec![0; targets.len() + 1];
        for target in targets.iter().flatten() {
            starts[target + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut acts = vec![0; starts[targets.len()]];
        let mut next = starts.clone();
        for (act, target) in targets.iter().enumerate() {
            if let Some(target) = target {
                acts[next[*target]] = act;
                next[*target] += 1;
            }
        }
        Self { starts, acts }
    }

    fn of(&self, act: usize) -> &[usize] {
        if self.acts.is_empty() { &[] } else { &self.acts[self.starts[act]..self.starts[act + 1]] }
    }
}

impl<'a, F: Fact> Web<'a, F> {
    fn new(acts: &'a Acts<F>) -> Self {
        let stands = |(at, act): (usize, &ActRecord<F>)| matches!(act.content, Act::Stated(_)).then_some((at, 0));
        let stated = acts.iter().enumerate().map(stands).collect();
        let mut web = Self { acts, targets: Vec::new(), about: About::default(), stated, first_of_unknown: HashMap::new() };
        if acts.iter().any(|act| act.content.about().is_some()) {
            web.link();
        }
        web
    }

    /// Follows what is said about other acts.
    fn link(&mut self) {
        let target = |act: &ActRecord<F>| act.content.about().and_then(|about| self.acts.position(about));
        self.targets = self.acts.iter().map(target).collect();
        self.about = About::new(&self.targets);
        for (at, act) in self.acts.iter().enumerate() {
            if let Some(unknown) = act.content.about().filter(|_| self.targets[at].is_none() && act.content.fact().is_some()) {
                let earlier = self.first_of_unknown.get(&unknown).filter(|first| self.edition(**first) < self.edition(at));
                let first = earlier.copied().unwrap_or(at);
                self.first_of_unknown.insert(unknown, first);
            }
        }
        let mut on_path = vec![false; self.acts.len()];
        for act in 0..self.acts.len() {
            self.trace(act, &mut on_path);
        }
    }

    fn target(&self, act: usize) -> Option<usize> {
        self.targets.get(act).copied().flatten()
    }

    fn edition(&self, act: usize) -> (Option<NaiveDate>, EventId) {
        (self.acts[act].metadata.published_on, self.acts[act].header.id)
    }

    /// Whether `act` is a version that a register gave. One about an act that is not known is no riddle: that act may be
    /// of a later edition, which first stated the fact here.
    fn is_registers_word(&self, act: usize) -> bool {
        self.provenance(act) == Provenance::Register && self.acts[act].content.fact().is_some()
    }

    /// The version that the correction `act` is of: what it names or, where that is a retraction, what was retracted.
    fn corrected(&self, act: usize) -> Option<usize> {
        let mut target = self.target(act)?;
        for _ in 0..RETRACTIONS_DEPTH_MAX {
            match &self.acts[target].content {
                content if content.fact().is_some() => return Some(target),
                Act::Retracted { .. } => target = self.target(target)?,
                _ => return None,
            }
        }
        None
    }

    fn provenance(&self, act: usize) -> Provenance {
        self.acts[act].metadata.origin.provenance()
    }

    fn about(&self, act: usize) -> impl Iterator<Item = usize> {
        self.about.of(act).iter().copied()
    }

    /// Finds the stated act behind `act`. A correction that leads to no fact, or that is one of a circle, stands for
    /// itself; of those of one unknown act, the first stands for what was stated.
    fn trace(&mut self, act: usize, on_path: &mut [bool]) {
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
            on_path[at] = true;
            let Some(target) = self.corrected(at) else {
                let unknown = self.acts[at].content.about().and_then(|about| self.first_of_unknown.get(&about));
                break (unknown.copied().unwrap_or(at), 0);
            };
            // What was traced before is known.
            if on_path[target] && self.stated[target].is_none() {
                let circle = path.iter().position(|passed| *passed == target).unwrap_or_default();
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

    /// Those of them that reach it as the version it is: a register's never reach a person's word.
    fn reaching(&self, act: usize) -> impl Iterator<Item = usize> {
        let whose = self.whose(act);
        self.retractions(act).filter(move |retraction| self.provenance(*retraction) >= whose)
    }

    fn is_retracted(&self, act: usize) -> bool {
        self.reaching(act).next().is_some()
    }

    /// Whose word `act` is: a person's also where a register said it and a person confirmed it.
    fn whose(&self, act: usize) -> Provenance {
        if self.is_confirmed_by_person(act) { Provenance::Person } else { self.provenance(act) }
    }

    fn is_confirmed_by_person(&self, act: usize) -> bool {
        let confirms = |other: usize| {
            self.provenance(other) == Provenance::Person
                && self.retractions(other).next().is_none()
                && self.is_others_confirmation(other, act)
        };
        self.about(act).any(confirms)
    }

    /// The version of `fact` that counts, if any does: the highest of those that stand.
    fn counting(&self, fact: Versions) -> Option<Version> {
        self.standing(fact).max_by_key(|version| self.rank(*version))
    }

    /// The versions of `fact` that stand.
    fn standing<'v>(&'v self, fact: Versions<'v>) -> impl Iterator<Item = Version> + use<'v, 'a, F> {
        let by = self.retractions(fact.stated).map(|retraction| self.provenance(retraction)).max();
        let stands = move |version: &Version| match by {
            None => !self.is_retracted(version.act),
            Some(Provenance::Register) => self.whose(version.act) == Provenance::Person && !self.is_retracted(version.act),
            Some(Provenance::Person) => false,
        };
        fact.versions.iter().copied().filter(stands)
    }

    /// What `fact` says and its date, member by member: each as the highest version has it that stands and names it. What
    /// does not go together says what the highest says.
    fn merged(&self, fact: Versions, counting: Version) -> Option<(Arc<F>, Date)> {
        let said = |version: &Version| {
            let act = &self.acts[version.act];
            Some((Arc::clone(act.content.fact()?), act.metadata.occurred_on))
        };
        if self.names_all(counting.act) {
            return said(&counting);
        }
        let mut standing: Vec<Version> = self.standing(fact).collect();
        standing.sort_by_key(|version| self.rank(*version));
        let first = standing.iter().rposition(|version| self.names_all(version.act)).unwrap_or_default();
        let (whole, mut on) = said(standing.get(first)?)?;
        let mut merged = None;
        for version in standing.iter().skip(first + 1) {
            let (content, metadata) = (&self.acts[version.act].content, &self.acts[version.act].metadata);
            if content.members().iter().any(|member| member.as_str() == OCCURRED_ON) {
                on = metadata.occurred_on;
            }
            let Ok(next) = with_members(merged.as_ref().unwrap_or(&*whole), content.fact()?, content.members()) else {
                return said(&counting);
            };
            merged = Some(next);
        }
        Some((merged.map_or(whole, Arc::new), on))
    }

    /// Whether `act` speaks of every member: a statement, a register's edition, what a person confirmed, and a correction of
    /// before corrections named what they change.
    fn names_all(&self, act: usize) -> bool {
        self.acts[act].content.members().is_empty()
            || self.provenance(act) == Provenance::Register
            || self.is_confirmed_by_person(act)
    }

    fn rank(&self, version: Version) -> (Provenance, Option<NaiveDate>, u32, EventId) {
        let whose = self.whose(version.act);
        let (edition, id) = self.edition(version.act);
        (whose, edition.filter(|_| whose == Provenance::Register), version.depth, id)
    }

    /// What a register said last of `fact`, but for versions that it took back one by one.
    fn last_word(&self, fact: Versions) -> Option<Version> {
        let is_register = |act: usize| self.provenance(act) == Provenance::Register;
        let stands = |version: &&Version| version.act == fact.stated || !self.retractions(version.act).any(is_register);
        let said = fact.versions.iter().filter(|version| is_register(version.act)).filter(stands);
        let order = |version: &&Version| {
            let (edition, id) = self.edition(version.act);
            (edition, version.depth, id)
        };
        said.max_by_key(order).copied()
    }

    fn live(&self, fact: Versions) -> Option<Live<F>> {
        if fact.versions.len() == 1
            && self.about.of(fact.stated).is_empty()
            && let Some(live) = Live::of_stated(&self.acts[fact.stated])
        {
            return Some(live);
        }
        let counting = self.counting(fact)?;
        let version = &self.acts[counting.act];
        let (says, occurred_on) = self.merged(fact, counting)?;
        let stated = &self.acts[fact.stated];
        let evidence = self.evidence(fact);
        Some(Live {
            fact_id: stated.header.id,
            version: Arc::clone(version),
            assurance: self.assurance(fact, counting, &evidence),
            confirmed_on: self.confirmed_on(counting),
            evidence,
            disagreement: self.disagreement(fact, counting, (&says, occurred_on)),
            place: Place::first(occurred_on),
            stated: Arc::clone(stated),
            fact: says,
            occurred_on,
        })
    }

    fn confirmed_on(&self, version: Version) -> Option<Date> {
        let on = |act: usize| self.acts[act].metadata.occurred_on;
        if self.acts[version.act].metadata.assurance == Assurance::Confirmed {
            return Some(on(version.act));
        }
        let confirms = |act: &usize| self.confirms(*act, version.act);
        self.about(version.act).filter(confirms).map(on).min_by_key(|on| (on.first(), on.last()))
    }

    /// Whether `act` confirms `version`, as another side than that which recorded it, and stands.
    fn confirms(&self, act: usize, version: usize) -> bool {
        self.is_others_confirmation(act, version) && !self.is_retracted(act)
    }

    fn is_others_confirmation(&self, act: usize, version: usize) -> bool {
        let (said, confirms) = (&self.acts[version].metadata, &self.acts[act].metadata);
        matches!(self.acts[act].content, Act::Confirmed { .. }) && is_of_another_side(F::KIND, said, confirms)
    }

    /// Whether `act` is a confirmation by the side that recorded what it confirms, both of which stand.
    fn is_one_sided(&self, act: usize) -> bool {
        let Some(version) = self.target(act).filter(|_| matches!(self.acts[act].content, Act::Confirmed { .. })) else {
            return false;
        };
        !self.is_others_confirmation(act, version) && !self.is_retracted(act) && !self.is_retracted(version)
    }

    fn assurance(&self, fact: Versions, counting: Version, evidence: &[Evidence]) -> Assurance {
        let evidenced = |version: &Version| {
            let said = self.acts[version.act].metadata.assurance;
            (said == Assurance::Evidenced || self.confirmed_on(*version).is_some()) && !self.is_retracted(version.act)
        };
        if self.confirmed_on(counting).is_some() {
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

    /// `meant` is what the fact says by now, and when it was.
    fn disagreement(&self, fact: Versions, counting: Version, meant: (&F, Date)) -> Option<Disagreement<F>> {
        if self.whose(counting.act) == Provenance::Register {
            return None;
        }
        let is_register = |act: &usize| self.provenance(*act) == Provenance::Register;
        if let Some(withdrawal) = self.retractions(fact.stated).filter(is_register).max_by_key(|act| self.edition(*act)) {
            return Some(Disagreement::Withdrawn(Arc::clone(&self.acts[withdrawal])));
        }
        let differs = self.word_against(fact, counting, meant)?;
        Some(Disagreement::Differs(Arc::clone(&self.acts[differs])))
    }

    /// Whether a register says something against the person's version that counts.
    fn is_spoken_against(&self, fact: Versions, counting: Version) -> bool {
        self.merged(fact, counting).is_some_and(|(says, on)| self.word_against(fact, counting, (&says, on)).is_some())
    }

    /// What a register says against the person's version that counts, whether or not it has taken all of it back since.
    ///
    /// Only what it said after the person's word is a disagreement; before, it is what was corrected or confirmed.
    fn word_against(&self, fact: Versions, counting: Version, meant: (&F, Date)) -> Option<usize> {
        let word = self.last_word(fact)?.act;
        if word != fact.stated && self.is_retracted(word) {
            return None;
        }
        let said = &self.acts[word];
        let same = said.content.fact().map(AsRef::as_ref) == Some(meant.0) && said.metadata.occurred_on == meant.1;
        let behind = std::iter::successors(Some(counting.act), |act| self.corrected(*act)).take(counting.depth as usize + 1);
        let behind: Vec<usize> = behind.collect();
        let edition = behind.iter().filter(|act| self.provenance(**act) == Provenance::Register);
        let edition = edition.filter_map(|act| self.acts[*act].metadata.published_on).max();
        (!same && !behind.contains(&word) && said.metadata.published_on >= edition).then_some(word)
    }

    /// The retraction that reaches `act`; of several, the one with the greatest id.
    fn retraction(&self, act: usize) -> Option<EventId> {
        self.reaching(act).map(|retraction| self.acts[retraction].header.id).max()
    }

    /// What became of `act`, by the retraction of each act and the version that counts of each fact.
    fn fate(&self, act: usize, retraction: impl Fn(usize) -> Option<EventId>, counting: impl Fn(usize) -> Option<usize>) -> Fate {
        let mut at = act;
        for _ in 0..RETRACTIONS_DEPTH_MAX {
            if let Some(retraction) = retraction(at) {
                return Fate::RetractedBy(retraction);
            }
            // A confirmation, or a dispute, is of one version: it is over when another counts, or none.
            match (&self.acts[at].content, self.target(at)) {
                (Act::Confirmed { .. } | Act::Disputed { .. }, Some(about)) => at = about,
                _ => break,
            }
        }
        let Some((stated, _)) = self.stated[at] else { return Fate::InEffect };
        match (counting(stated), retraction(stated)) {
            (Some(other), _) if other != at => Fate::CorrectedBy(self.acts[other].header.id),
            (Some(_), _) | (None, None) => Fate::InEffect,
            (None, Some(retraction)) => Fate::RetractedBy(retraction),
        }
    }
}
