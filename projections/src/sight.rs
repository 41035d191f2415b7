//! Ways of looking at things: at all of them, or at those that somebody may see.

use std::sync::Arc;

use schema::{Fact, ThingId};

use crate::{Kinded, Picture, things::Thing};

/// What can be seen of the things in a picture. Every view is made of what a sight shows, so that what somebody may not
/// see leaves no trace in it.
pub trait Sight {
    /// The thing with this id.
    fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>>;

    /// All things of a kind, in the order of their ids.
    fn things<S: Kinded>(&self) -> impl Iterator<Item = Arc<Thing<S>>>;

    /// The things of a kind that name `target`, in the order of their ids.
    fn naming<S: Kinded>(&self, target: ThingId) -> impl Iterator<Item = Arc<Thing<S>>>;
}

impl Sight for Picture {
    fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        Self::thing::<S>(self, id).filter(|thing| !thing.live().is_empty()).cloned()
    }

    fn things<S: Kinded>(&self) -> impl Iterator<Item = Arc<Thing<S>>> {
        Self::things::<S>(self).values().filter(|thing| !thing.live().is_empty()).cloned()
    }

    fn naming<S: Kinded>(&self, target: ThingId) -> impl Iterator<Item = Arc<Thing<S>>> {
        self.links().to(target, S::Fact::KIND).filter_map(|id| <Self as Sight>::thing(self, id))
    }
}
