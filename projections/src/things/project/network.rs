//! What milestones of a project need of each other and of other things, without loops.

use std::collections::{BTreeMap, BTreeSet};

use schema::{
    EventId,
    project::{MilestoneKey, milestone_key},
};

use super::{Dependency, Need};
use crate::{
    Series,
    things::{Flag, FlagCode},
};

/// The dependencies that were declared and not dropped, and what does not fit about them.
///
/// One that closes a loop waits for itself: it is flagged with those that it closes the loop with, and left out of what
/// counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Network {
    declared: Series<Dependency>,
    /// For each milestone those of the same project that it needs, with the facts that say so.
    needed: BTreeMap<MilestoneKey, Vec<(MilestoneKey, EventId)>>,
    loops: Vec<Vec<EventId>>,
    /// The milestones that are named and not on record, with the facts that name them.
    missing: BTreeMap<MilestoneKey, BTreeSet<EventId>>,
}

impl Network {
    /// Adds a dependency; says whether it counts.
    pub(super) fn declare(&mut self, dependency: &Dependency, is_known: impl Fn(&MilestoneKey) -> bool) -> bool {
        self.declared.push(dependency.clone());
        for name in dependency.own_milestones() {
            if !name.is_fid() && !is_known(&name) {
                self.missing.entry(name).or_default().insert(dependency.fact_id);
            }
        }
        self.connect(dependency)
    }

    /// Takes a dependency out; gives those that count without it.
    pub(super) fn drop(&mut self, fact: EventId) -> Vec<Dependency> {
        let stay: Vec<_> = self.declared.iter().filter(|dependency| dependency.fact_id != fact).cloned().collect();
        for facts in self.missing.values_mut() {
            facts.remove(&fact);
        }
        self.needed.clear();
        self.loops.clear();
        self.declared = stay.iter().cloned().collect();
        stay.into_iter().filter(|dependency| self.connect(dependency)).collect()
    }

    /// Takes note that a milestone came on record.
    pub(super) fn found(&mut self, milestone: &MilestoneKey) {
        self.missing.remove(milestone);
    }

    pub(super) fn flags(&self) -> Vec<Flag> {
        let loops = self.loops.iter().map(|facts| Flag::new(FlagCode::DependencyLoop, facts.iter().copied()));
        let unknown: BTreeSet<_> = self.missing.values().flatten().copied().collect();
        loops.chain(unknown.into_iter().map(|fact| Flag::new(FlagCode::DependencyUnknown, [fact]))).collect()
    }

    /// Puts a dependency among those that count, unless it closes a loop.
    fn connect(&mut self, dependency: &Dependency) -> bool {
        let Need::Milestone { project: None, milestone } = &dependency.needs else { return true };
        let (from, to) = (milestone_key(&dependency.milestone), milestone_key(milestone));
        if let Some(mut facts) = self.way(&to, &from) {
            facts.push(dependency.fact_id);
            self.loops.push(facts);
            return false;
        }
        self.needed.entry(from).or_default().push((to, dependency.fact_id));
        true
    }

    /// The facts by which one milestone needs another, if it does.
    fn way(&self, from: &MilestoneKey, to: &MilestoneKey) -> Option<Vec<EventId>> {
        let mut reached_by: BTreeMap<&MilestoneKey, Option<(&MilestoneKey, EventId)>> = BTreeMap::from([(from, None)]);
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                let mut facts: Vec<_> = steps_back(&reached_by, at).collect();
                facts.reverse();
                return Some(facts);
            }
            for (next, fact) in self.needed.get(at).into_iter().flatten() {
                if !reached_by.contains_key(next) {
                    reached_by.insert(next, Some((at, *fact)));
                    open.push(next);
                }
            }
        }
        None
    }
}

/// The facts by which `at` was reached, the last first.
fn steps_back<'a>(
    reached_by: &'a BTreeMap<&'a MilestoneKey, Option<(&'a MilestoneKey, EventId)>>,
    at: &'a MilestoneKey,
) -> impl Iterator<Item = EventId> {
    let step = move |at: &MilestoneKey| reached_by.get(at).copied().flatten();
    std::iter::successors(step(at), move |(before, _)| step(before)).map(|(_, fact)| fact)
}
