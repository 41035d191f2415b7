//! A thing with many acts goes on from the conclusions that were drawn, instead of drawing all of them anew.
//!
//! What comes last in order of life is taken as it is. What stands further up, also by a correction or a retraction, is
//! woven in: the facts from there on are taken again, from the last mark before. Wherever that might not come to what all
//! acts together come to, all is drawn anew.

use std::{collections::BTreeSet, fmt, sync::Arc};

use chrono::NaiveDate;
use schema::{EventId, Fact, Kind, Named, Precision, Rank, Visibility};

use super::{
    ActRecord, Acts, Flag, FlagCode, Live, State, Thing, flag, in_order,
    order::{self, Latitude, Place, TRIED_ACTS_MAX},
    resolve::{self, Resolved},
    shared,
};
use crate::Series;

/// How many facts lie between two marks.
const APART: usize = 64;

/// How many marks are kept of each degree: the further back, the fewer, so that from a fact to the last mark before it is
/// never far, compared with how many facts come after.
const PER_DEGREE: usize = 8;

/// Of more acts at once none is woven in.
const WOVEN_MAX: usize = 8;

/// What it takes to go on from the conclusions that are drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Onward<S: State> {
    /// Of how many acts the conclusions are drawn.
    pub drawn: usize,
    /// The acts that others are about and that are not there, in the order of their ids.
    pub unknown: Vec<EventId>,
    /// How far the order of the facts is a choice.
    pub latitude: Latitude,
    pub trail: Trail<S>,
}

/// What is known of the facts that were taken, beside the state, and where it is possible to begin again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trail<S: State> {
    aside: S::Aside,
    /// What did not fit, as it was raised.
    raised: Series<Flag>,
    marks: Marks<S>,
}

impl<S: State> Default for Trail<S> {
    fn default() -> Self {
        Self { aside: S::Aside::default(), raised: Series::default(), marks: Marks(Vec::new()) }
    }
}

impl<S: State> Trail<S> {
    pub(super) const fn aside(&self) -> &S::Aside {
        &self.aside
    }

    pub(super) fn raised(&self) -> impl Iterator<Item = &Flag> {
        self.raised.iter()
    }

    /// Takes the next fact, after `taken` others, into `state`.
    pub(super) fn take(&mut self, state: &mut S, taken: usize, live: &Live<S::Fact>) {
        let mut raised = Vec::new();
        state.take(&mut self.aside, live, &mut raised);
        for flag in raised {
            self.raised.push(flag);
        }
        if (taken + 1).is_multiple_of(APART) {
            let mark = Mark { state: state.clone(), aside: self.aside.clone(), raised: self.raised.len() };
            self.marks.add((taken + 1) / APART, mark);
        }
    }

    /// Goes back to the last mark at which no more than `at` facts were taken; says how many were.
    fn go_back(&mut self, state: &mut S, at: usize) -> usize {
        self.marks.0.retain(|(number, _)| number * APART <= at);
        let Some((number, mark)) = self.marks.0.last() else {
            *self = Self::default();
            *state = S::default();
            return 0;
        };
        self.raised.truncate(mark.raised);
        self.aside.clone_from(&mark.aside);
        state.clone_from(&mark.state);
        number * APART
    }
}

/// What followed after so many facts.
#[derive(Debug)]
struct Mark<S: State> {
    state: S,
    aside: S::Aside,
    raised: usize,
}

/// Marks by their numbers, of which each stands for [`APART`] facts. Which ones there are follows from how the facts came,
/// and is no part of what is known.
#[derive(Clone)]
struct Marks<S: State>(Vec<(usize, Arc<Mark<S>>)>);

impl<S: State> Marks<S> {
    fn add(&mut self, last: usize, mark: Mark<S>) {
        let stays = |number: usize| last - number < PER_DEGREE << number.trailing_zeros();
        self.0.retain(|(number, _)| stays(*number));
        self.0.push((last, Arc::new(mark)));
    }
}

impl<S: State> PartialEq for Marks<S> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<S: State> fmt::Debug for Marks<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

/// The flags that fall away, and those that come.
#[derive(Default)]
struct Change {
    gone: Vec<Flag>,
    come: Vec<Flag>,
}

impl<S: State> Thing<S> {
    /// Goes on from the conclusions that are drawn; `false`, and to be drawn anew, where that is not possible.
    pub(super) fn go_on(&mut self) -> bool {
        let Some(mut onward) = self.onward.take() else { return false };
        let mut change = Change { gone: self.state.whole(&onward.trail.aside), come: Vec::new() };
        let mut named = Vec::new();
        let is_few = self.acts.len() - onward.drawn <= WOVEN_MAX;
        for at in onward.drawn..self.acts.len() {
            let act = Arc::clone(&self.acts[at]);
            self.confidential |= act.metadata.visibility == Visibility::Parties;
            let is_taken = match self.following(&act, &onward) {
                Some(live) => {
                    named.extend(live.fact().references());
                    self.follow_on(live, &mut onward, &mut change)
                }
                None => is_few && self.weave(at, &mut onward, &mut change),
            };
            if !is_taken {
                return false;
            }
        }
        onward.drawn = self.acts.len();
        change.come.extend(self.state.whole(&onward.trail.aside));
        self.replace_flags(change);
        // Where something does not fit, another order may be found in which it does.
        if onward.latitude.is_any && !self.flags.is_empty() && onward.drawn <= TRIED_ACTS_MAX {
            return false;
        }
        named.extend(self.state.marks());
        if named.iter().any(|name| self.references.binary_search(name).is_err()) {
            named.extend_from_slice(&self.references);
            self.references = in_order(named);
        }
        self.onward = Some(onward);
        true
    }

    /// The fact that `act` states, if it comes last and nothing else hangs on it.
    fn following(&self, act: &ActRecord<S::Fact>, onward: &Onward<S>) -> Option<Live<S::Fact>> {
        let follows = |live: &Live<S::Fact>| {
            self.is_last(live) && !self.may_move(live, onward.latitude) && onward.unknown.binary_search(&live.fact_id).is_err()
        };
        Live::of_stated(act).filter(follows)
    }

    fn follow_on(&mut self, live: Live<S::Fact>, onward: &mut Onward<S>, change: &mut Change) -> bool {
        onward.latitude.is_any |= self.live.last().is_some_and(|last| last.place.day == live.place.day);
        if !live.fact().named().iter().all(|named| self.stands(named)) {
            return false;
        }
        let before = onward.trail.raised.len();
        onward.trail.take(&mut self.state, self.live.len(), &live);
        change.come.extend(onward.trail.raised.iter_from(before).cloned());
        change.come.extend(flag::ahead(&live));
        self.live.push(live);
        true
    }

    /// Takes in the act at `at`, wherever what it says or changes stands; `false` where others may have to move for it.
    fn weave(&mut self, at: usize, onward: &mut Onward<S>, change: &mut Change) -> bool {
        let Some(founding) = self.founding.map(|founding| founding as usize) else { return false };
        if !S::Fact::KIND.is_founded() || onward.latitude.is_tried || self.is_any_misnamed() {
            return false;
        }
        let mut akin = self.akin(at);
        let before = resolve::resolved(&self.only(&akin));
        akin.push(at);
        let after = resolve::resolved(&self.only(&akin));
        let stays_put = |live: &Live<S::Fact>| {
            let is_exact = live.occurred_on().precision() == Precision::Day;
            is_exact && !live.is_founding() && onward.latitude.coarse_until.is_none_or(|until| live.place.day > until)
        };
        if !before.live.iter().chain(&after.live).all(stays_put) || self.is_any_named(&before.live) {
            return false;
        }
        let places = || before.live.iter().chain(&after.live).map(|live| self.place_of(live));
        let Some(start) = places().min() else {
            return Self::settle(onward, before, after, change);
        };
        if start <= founding || !before.live.iter().all(|live| self.stands_at(live, self.place_of(live))) {
            return false;
        }

        let ties: BTreeSet<_> = before.live.iter().chain(&after.live).filter_map(tie).collect();
        change.gone.extend(ties.iter().flat_map(|tie| self.unclear(*tie)));
        self.replace(start, &before.live, &after.live);
        change.come.extend(ties.iter().flat_map(|tie| self.unclear(*tie)));
        if !after.live.iter().flat_map(|live| live.fact().named()).all(|named| self.stands(&named)) {
            return false;
        }

        let kept = onward.trail.raised.clone();
        let taken = onward.trail.go_back(&mut self.state, start);
        change.gone.extend(kept.iter_from(onward.trail.raised.len()).cloned());
        let stayed = onward.trail.raised.len();
        for (taken, live) in (taken..).zip(self.live.iter_from(taken)) {
            onward.trail.take(&mut self.state, taken, live);
        }
        change.come.extend(onward.trail.raised.iter_from(stayed).cloned());

        change.gone.extend(before.live.iter().filter_map(flag::ahead));
        change.come.extend(after.live.iter().filter_map(flag::ahead));
        let names = |live: &[Live<S::Fact>]| live.iter().flat_map(|live| live.fact().references()).collect::<Vec<_>>();
        if names(&before.live) != names(&after.live) {
            self.references = super::named(self.live.iter(), &self.state);
        }
        let days = || self.live.iter().map(|live| live.place.day);
        let is_shared = days().zip(days().skip(1)).any(|(day, next)| day == next);
        onward.latitude.is_any = onward.latitude.coarse_until.is_some() || is_shared;
        Self::settle(onward, before, after, change)
    }

    /// Puts what the acts come to `after` in the place of what they came to `before`, but for the facts.
    fn settle(onward: &mut Onward<S>, before: Resolved<S::Fact>, after: Resolved<S::Fact>, change: &mut Change) -> bool {
        change.gone.extend(before.flags);
        change.come.extend(after.flags);
        for gone in before.unknown {
            if let Ok(at) = onward.unknown.binary_search(&gone) {
                onward.unknown.remove(at);
            }
        }
        onward.unknown.extend(after.unknown);
        onward.unknown.sort_unstable();
        true
    }

    /// The acts before the one at `at` that have anything to do with it: all that lead to it, or to what it is about. By
    /// their places, in order.
    fn akin(&self, at: usize) -> Vec<usize> {
        let act = &self.acts[at];
        let mut ids = BTreeSet::from([act.header.id]);
        ids.extend(act.content.about());
        let links = || {
            let acts = self.acts.iter().take(at);
            acts.filter_map(|act| Some((act.header.id, act.content.about()?)))
        };
        loop {
            let known = ids.len();
            for (act, about) in links() {
                if ids.contains(&act) || ids.contains(&about) {
                    ids.extend([act, about]);
                }
            }
            if ids.len() == known {
                break;
            }
        }
        let places = ids.into_iter().filter_map(|id| self.acts.position(id)).filter(|place| *place < at);
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        places
    }

    fn only(&self, places: &[usize]) -> Acts<S::Fact> {
        places.iter().map(|place| Arc::clone(&self.acts[*place])).collect()
    }

    /// Before how many of the live facts `live` does not stand.
    fn place_of(&self, live: &Live<S::Fact>) -> usize {
        self.live.partition_point(|other| other.compare(live).is_lt())
    }

    fn stands_at(&self, live: &Live<S::Fact>, place: usize) -> bool {
        self.live.get(place).is_some_and(|found| found.fact_id == live.fact_id)
    }

    /// Puts the facts `after` in the place of those `before`, none of which stands before the place `start`.
    fn replace(&mut self, start: usize, before: &[Live<S::Fact>], after: &[Live<S::Fact>]) {
        let stays = |live: &&Live<S::Fact>| before.iter().all(|gone| gone.fact_id != live.fact_id);
        let mut later: Vec<_> = self.live.iter_from(start).filter(stays).cloned().collect();
        for live in after {
            let place = later.partition_point(|other| other.compare(live).is_lt());
            later.insert(place, live.clone());
        }
        self.live.truncate(start);
        for live in later {
            self.live.push(live);
        }
    }

    /// Those of the facts at this place and of this rank of which nothing tells which is the later.
    fn unclear(&self, tie: Tie) -> Vec<Flag> {
        let start = self.live.partition_point(|live| (live.place, live.fact().rank()) < tie);
        let tied = self.live.iter_from(start).take_while(|live| (live.place, live.fact().rank()) == tie);
        order::same_day(&tied.cloned().collect::<Vec<_>>())
    }

    /// Whether a live fact names another that is not there, which may turn up.
    fn is_any_misnamed(&self) -> bool {
        self.flags.iter().any(|flag| flag.code == FlagCode::NamedFactUnknown)
    }

    /// Whether a live fact names one of `facts`.
    fn is_any_named(&self, facts: &[Live<S::Fact>]) -> bool {
        let is_one = |named: &Named| facts.iter().any(|live| live.fact_id == named.fact);
        !facts.is_empty() && self.live.iter().any(|live| live.fact().named().iter().any(is_one))
    }

    /// Whether `live` comes after all live facts, of which one brings the thing on record, and does not do so itself.
    fn is_last(&self, live: &Live<S::Fact>) -> bool {
        // Nothing brings a register on record before the rest.
        let is_of_register = S::Fact::KIND == Kind::Register;
        let follows = self.founding.is_some() || !S::Fact::KIND.is_founded();
        let is_further = is_of_register || (follows && !live.is_founding());
        is_further && self.live.last().is_some_and(|last| last.compare(live).is_lt())
    }

    /// Whether `live`, which comes last, may stand elsewhere or have others stand elsewhere, or may not be told apart from
    /// another of its day.
    fn may_move(&self, live: &Live<S::Fact>, latitude: Latitude) -> bool {
        let day = live.occurred_on().first();
        let is_coarse = live.occurred_on().precision() != Precision::Day;
        let is_tied = |last: &Live<S::Fact>| last.place.day == day && last.fact().rank() == live.fact().rank();
        is_coarse
            || latitude.is_tried
            || latitude.coarse_until.is_some_and(|until: NaiveDate| day <= until)
            || (self.live.last().is_some_and(is_tied) && !live.fact().settles().is_empty())
    }

    /// Whether what a fact names is found at once, as a fact that counts as it was stated and of a type that it may be of.
    fn stands(&self, named: &Named) -> bool {
        let Some(sought) = self.acts.with_id(named.fact).and_then(Live::of_stated) else { return false };
        let found = self.live.get(self.place_of(&sought)).filter(|live| live.fact_id == sought.fact_id);
        found.is_some_and(|live| named.types.contains(&live.fact().event_type().name))
    }

    fn replace_flags(&mut self, Change { mut gone, mut come }: Change) {
        gone.sort();
        come.sort();
        if gone == come {
            return;
        }
        come.extend(self.flags.iter().cloned());
        come.sort();
        let mut gone = gone.into_iter().peekable();
        come.retain(|flag| {
            while gone.next_if(|gone| gone < flag).is_some() {}
            gone.next_if_eq(flag).is_none()
        });
        self.flags = shared(come);
    }
}

/// A place among the days and a rank, which several facts can have in common.
type Tie = (Place, Rank);

/// Where `live` may have to be told apart from others.
fn tie<F: Fact>(live: &Live<F>) -> Option<Tie> {
    (!live.fact().settles().is_empty()).then(|| (live.place, live.fact().rank()))
}
