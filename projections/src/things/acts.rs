//! The acts of one thing, in the order in which they were recorded, found by their ids.

use std::ops::Deref;

use imbl::HashMap;
use schema::{CommandId, EventId, Fact, SubjectId};

use super::ActRecord;
use crate::Series;

/// As many acts are looked through one by one; of more, an index is kept.
pub(super) const LOOKED_THROUGH_MAX: usize = 64;

/// Every act of a thing.
#[derive(Debug, Clone)]
pub struct Acts<F> {
    acts: Series<ActRecord<F>>,
    index: Option<Box<Index>>,
}

/// Where each act is.
#[derive(Debug, Clone, Default)]
struct Index {
    acts: HashMap<EventId, u32>,
    /// By who sent the command: an id is its sender's own, and says nothing of what others call theirs.
    commands: HashMap<(SubjectId, CommandId), u32>,
}

impl Index {
    /// Of two that have the same id, the first is found.
    fn add<F>(&mut self, act: &ActRecord<F>, at: usize) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.acts.entry(act.header.id).or_insert(at);
        self.commands.entry((act.metadata.subject, act.metadata.command_id)).or_insert(at);
    }
}

impl<F> Acts<F> {
    /// Where the act with this id is.
    #[must_use]
    pub fn position(&self, id: EventId) -> Option<usize> {
        match &self.index {
            Some(index) => index.acts.get(&id).map(|at| *at as usize),
            None => self.acts.iter().position(|act| act.header.id == id),
        }
    }

    /// The act with this id.
    #[must_use]
    pub fn with_id(&self, id: EventId) -> Option<&ActRecord<F>> {
        self.acts.get(self.position(id)?)
    }

    /// The first act that was recorded by this command of `subject`.
    #[must_use]
    pub fn of_command(&self, subject: SubjectId, id: CommandId) -> Option<&ActRecord<F>> {
        match &self.index {
            Some(index) => self.acts.get(*index.commands.get(&(subject, id))? as usize),
            None => self.acts.iter().find(|act| act.metadata.command_id == id && act.metadata.subject == subject),
        }
    }

    pub(super) fn push(&mut self, act: ActRecord<F>) {
        if let Some(index) = &mut self.index {
            index.add(&act, self.acts.len());
        }
        self.acts.push(act);
        self.keep_index();
    }

    fn keep_index(&mut self) {
        if self.index.is_none() && self.acts.len() > LOOKED_THROUGH_MAX {
            let mut index = Index::default();
            for (at, act) in self.acts.iter().enumerate() {
                index.add(act, at);
            }
            self.index = Some(Box::new(index));
        }
    }
}

impl<F> Default for Acts<F> {
    fn default() -> Self {
        Self { acts: Series::default(), index: None }
    }
}

impl<F> From<Vec<ActRecord<F>>> for Acts<F> {
    fn from(acts: Vec<ActRecord<F>>) -> Self {
        let mut acts = Self { acts: acts.into(), index: None };
        acts.keep_index();
        acts
    }
}

impl<F> FromIterator<ActRecord<F>> for Acts<F> {
    fn from_iter<I: IntoIterator<Item = ActRecord<F>>>(acts: I) -> Self {
        Self::from(acts.into_iter().collect::<Vec<_>>())
    }
}

impl<F: Fact> PartialEq for Acts<F> {
    fn eq(&self, other: &Self) -> bool {
        self.acts == other.acts
    }
}

impl<F> Deref for Acts<F> {
    type Target = Series<ActRecord<F>>;

    fn deref(&self) -> &Self::Target {
        &self.acts
    }
}

impl<'a, F> IntoIterator for &'a Acts<F> {
    type Item = &'a ActRecord<F>;
    type IntoIter = crate::series::Iter<'a, ActRecord<F>>;

    fn into_iter(self) -> Self::IntoIter {
        self.acts.iter()
    }
}
