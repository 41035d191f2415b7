//! What is open on a permit and is ended by a later fact that may name it: stops, requests, consultations.

use std::collections::{BTreeMap, BTreeSet};

use schema::{EventId, LineKey};

/// The facts that have not been ended, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Open {
    places: BTreeMap<EventId, usize>,
    facts: BTreeMap<usize, EventId>,
    opened: usize,
}

impl Open {
    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    pub(super) fn add(&mut self, fact: EventId) {
        self.places.insert(fact, self.opened);
        self.facts.insert(self.opened, fact);
        self.opened += 1;
    }

    /// Whether the fact that is named is open or, where none is, any.
    pub(super) fn has(&self, named: Option<EventId>) -> bool {
        named.map_or(!self.is_empty(), |named| self.places.contains_key(&named))
    }

    /// Ends the fact that is named or, where none is, the first. One that is not open stays as it was.
    pub(super) fn end(&mut self, named: Option<EventId>) {
        let Some(fact) = named.or_else(|| self.facts.values().next().copied()) else { return };
        if let Some(place) = self.places.remove(&fact) {
            self.facts.remove(&place);
        }
    }
}

/// The stops of the clock that have not ended: by their places among all stops, by their facts, and by their grounds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct OpenStops {
    places: BTreeSet<usize>,
    facts: BTreeMap<EventId, usize>,
    grounds: BTreeMap<LineKey, BTreeSet<usize>>,
}

impl OpenStops {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether the clock stands still on this ground.
    pub(super) fn has_ground(&self, ground: &LineKey) -> bool {
        self.grounds.contains_key(ground)
    }

    /// On how many grounds it stands still.
    pub(super) fn grounds(&self) -> usize {
        self.grounds.len()
    }

    pub(super) fn add(&mut self, place: usize, fact: EventId, ground: LineKey) {
        self.places.insert(place);
        self.facts.insert(fact, place);
        self.grounds.entry(ground).or_default().insert(place);
    }

    /// The place of the stop that came last.
    pub(super) fn last(&self) -> Option<usize> {
        self.places.last().copied()
    }

    /// Ends the stop that `fact` is; gives its place.
    pub(super) fn end_fact(&mut self, fact: EventId) -> Vec<usize> {
        self.facts.get(&fact).copied().map_or_else(Vec::new, |place| self.end(|other| other == place))
    }

    /// Ends those on one ground; gives their places.
    pub(super) fn end_ground(&mut self, ground: &LineKey) -> Vec<usize> {
        let Some(places) = self.grounds.get(ground).cloned() else { return Vec::new() };
        self.end(|place| places.contains(&place))
    }

    /// Ends those on the ground on which it has stood still the longest; gives their places.
    pub(super) fn end_longest(&mut self) -> Vec<usize> {
        let longest = self.grounds.iter().min_by_key(|(_, places)| places.first().copied());
        let ground = longest.map(|(ground, _)| ground.clone());
        ground.map_or_else(Vec::new, |ground| self.end_ground(&ground))
    }

    /// Ends all; gives their places.
    pub(super) fn end_all(&mut self) -> Vec<usize> {
        self.end(|_| true)
    }

    fn end(&mut self, ends: impl Fn(usize) -> bool) -> Vec<usize> {
        let ended: Vec<_> = self.places.extract_if(.., |place| ends(*place)).collect();
        self.facts.retain(|_, place| !ends(*place));
        self.grounds.retain(|_, places| {
            places.retain(|place| !ends(*place));
            !places.is_empty()
        });
        ended
    }
}
