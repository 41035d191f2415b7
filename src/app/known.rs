//! Whose eyes, and as known when: the picture that a question is asked of.

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, Utc};
use projections::{Kinded, Picture, things::Thing};
use schema::{Act, Fact, Header, Metadata, Position, Recorded, ThingId, Visibility};

use super::{App, is_party, reach_of};
use crate::access::Actor;

/// How many earlier pictures are kept.
const PICTURES_KEPT: usize = 8;

/// By what an earlier state of knowledge is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KnownBy {
    /// By what had been recorded here.
    Recording,
    /// By what had been published: facts from a register count from the date of the edition that first said so.
    Publication,
}

/// A state of knowledge: what was known at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KnownAt {
    /// The instant.
    pub at: DateTime<Utc>,
    /// By what.
    pub by: KnownBy,
}

impl KnownAt {
    fn knows(self, header: &Header, metadata: &Metadata) -> bool {
        match (self.by, metadata.published_on) {
            (KnownBy::Publication, Some(published)) => published <= self.at.date_naive(),
            _ => header.recorded_at <= self.at,
        }
    }
}

type Key = (KnownAt, Option<Position>);

/// The latest earlier pictures that were asked for, the most recent first.
#[derive(Default)]
pub(super) struct Cache(VecDeque<(Key, Arc<Picture>)>);

impl Cache {
    fn get(&mut self, key: Key) -> Option<Arc<Picture>> {
        let at = self.0.iter().position(|(kept, _)| *kept == key)?;
        let found = self.0.remove(at)?;
        let picture = Arc::clone(&found.1);
        self.0.push_front(found);
        Some(picture)
    }

    fn put(&mut self, key: Key, picture: Arc<Picture>) {
        self.0.push_front((key, picture));
        self.0.truncate(PICTURES_KEPT);
    }
}

impl App {
    /// The picture of what was known at `known`; of all that is known now without it.
    #[must_use]
    pub fn picture_known(&self, known: Option<KnownAt>) -> Arc<Picture> {
        let now = self.picture();
        let Some(known) = known else { return now };
        if known.by == KnownBy::Recording && now.recorded_at().is_none_or(|last| last <= known.at) {
            return now;
        }
        // What had been recorded by an instant stays the same; what had been published by then can still be recorded.
        let position = if known.by == KnownBy::Publication { now.position() } else { None };
        let key = (known, position);
        let mut cache = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(picture) = cache.get(key) {
            return picture;
        }
        // Made while the cache is held: of several that ask for the same picture one makes it.
        let picture = Arc::new(now.seen_through(|header, metadata| known.knows(header, metadata)));
        cache.put(key, Arc::clone(&picture));
        picture
    }
}

/// A picture through the eyes of an actor, by today's grants.
///
/// What is for the parties of a thing only does not exist for anybody else: not in lists, counts, orders or totals.
#[derive(Clone)]
pub struct Viewpoint {
    /// What is known.
    picture: Arc<Picture>,
    /// What is known today: access is always by today's grants.
    today: Arc<Picture>,
    actor: Arc<Actor>,
}

impl Viewpoint {
    /// The view of `actor` on what was known at `known`.
    #[must_use]
    pub fn new(app: &App, actor: Arc<Actor>, known: Option<KnownAt>) -> Self {
        Self { picture: app.picture_known(known), today: app.picture(), actor }
    }

    /// Who is looking.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The picture behind the view, with what the actor may not see still in it.
    #[must_use]
    pub fn picture(&self) -> &Arc<Picture> {
        &self.picture
    }

    /// The thing as the actor sees it.
    #[must_use]
    pub fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        self.see(self.picture.thing::<S>(id)?)
    }

    /// All things of a kind as the actor sees them, in the order of their ids.
    pub fn things<S: Kinded>(&self) -> impl Iterator<Item = Arc<Thing<S>>> {
        self.picture.things::<S>().values().filter_map(|thing| self.see(thing))
    }

    /// The things that name `target`, as the actor sees them, in the order of their ids.
    pub fn naming<S: Kinded>(&self, target: ThingId) -> impl Iterator<Item = Arc<Thing<S>>> {
        let ids = self.picture.links().to(target, S::Fact::KIND);
        let seen = ids.filter_map(|id| self.thing::<S>(id));
        seen.filter(move |thing| thing.live().iter().any(|live| live.fact().references().contains(&target)))
    }

    /// Whether the actor is a party of the thing.
    #[must_use]
    pub fn is_party(&self, thing: ThingId) -> bool {
        is_party(&self.actor, &reach_of(&self.today, thing))
    }

    fn see<S: Kinded>(&self, thing: &Arc<Thing<S>>) -> Option<Arc<Thing<S>>> {
        let seen = seen_by(&self.actor, &self.today, thing)?;
        let whole = Arc::ptr_eq(&seen, thing);
        (!seen.live().is_empty() || (whole && thing.unreadable() > 0)).then_some(seen)
    }
}

/// `thing` with the acts that `actor` may see, by the grants of `today`; `None` where there are none.
pub(super) fn seen_by<S: Kinded>(actor: &Actor, today: &Picture, thing: &Arc<Thing<S>>) -> Option<Arc<Thing<S>>> {
    if !thing.has_confidential_acts() || is_party(actor, &reach_of(today, thing.id())) {
        return Some(Arc::clone(thing));
    }
    thing.seen_through(|act| !is_confidential(thing, act)).map(Arc::new)
}

/// Whether `act`, or any that it is about, is for the parties only: a confirmation tells that there is a fact.
fn is_confidential<S: Kinded>(thing: &Thing<S>, act: &Recorded<Act<Arc<S::Fact>>>) -> bool {
    let mut next = Some(act);
    for _ in 0..=thing.acts().len() {
        let Some(act) = next else { return false };
        if act.metadata.visibility == Visibility::Parties {
            return true;
        }
        next = act.content.about().and_then(|about| thing.act(about)).map(|about| &**about);
    }
    true
}
