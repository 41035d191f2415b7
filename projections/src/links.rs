//! Which things name which: the projects of a cluster, the permits of a project, what an organisation leads.

use imbl::{OrdMap, OrdSet};
use schema::{Kind, ThingId};

/// For each thing, the things whose live facts name it, those of one kind together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Links(OrdMap<ThingId, OrdSet<ThingId>>);

impl Links {
    /// The things of `kind` that name `target`, in the order of their ids.
    pub fn to(&self, target: ThingId, kind: Kind) -> impl Iterator<Item = ThingId> {
        self.0.get(&target).into_iter().flat_map(move |sources| sources.range(ThingId::all_of(kind))).copied()
    }

    /// Takes note that `source` named the things of `before` and now names those of `after`, both in the order of ids.
    pub(crate) fn update(&mut self, source: ThingId, before: &[ThingId], after: &[ThingId]) {
        for target in before.iter().filter(|target| after.binary_search(target).is_err()) {
            if let Some(sources) = self.0.get_mut(target) {
                sources.remove(&source);
                if sources.is_empty() {
                    self.0.remove(target);
                }
            }
        }
        for target in after.iter().filter(|target| before.binary_search(target).is_err()) {
            self.0.entry(*target).or_default().insert(source);
        }
    }
}
