//! Whose eyes, and as known when: the picture that a question is asked of.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use access::{Actor, table::permits};
use chrono::{DateTime, Utc};
use projections::{
    Kinded, Picture, Sight,
    things::{Subject, Thing},
};
use schema::{EventId, Fact, Header, Kind, Metadata, Position, ThingId, Visibility};

use super::{App, is_party, reach::of_membership, reach_of};

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

/// What is asked for, and what it depends on beside: how far the log goes, where that matters, and of how many acts the
/// instants are known to be wrong.
type Key = (KnownAt, Option<Position>, usize);

/// The latest earlier pictures that were asked for, the most recent first.
#[derive(Default)]
pub(super) struct Cache(VecDeque<(Key, Arc<Picture>)>);

impl Cache {
    /// The pictures are of another log than is there now.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

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
        self.picture_known_while(known, || true)
    }

    /// The same, for as long as `is_wanted`: once it isn't, which is for good, what is returned has only part of it.
    fn picture_known_while(&self, known: Option<KnownAt>, is_wanted: impl Fn() -> bool) -> Arc<Picture> {
        let now = self.picture();
        let Some(known) = known else { return now };
        if known.by == KnownBy::Recording && now.recorded_at().is_none_or(|last| last <= known.at) {
            return now;
        }
        // What had been recorded by an instant stays the same; what had been published by then can still be recorded.
        let position = if known.by == KnownBy::Publication { now.position() } else { None };
        let key = (known, position, now.of_record().disowned());
        if let Some(picture) = self.known_pictures().get(key) {
            return picture;
        }
        // Made without holding the others up. Two that ask for the same at once may both make it.
        let picture = Arc::new(now.seen_through(|header, metadata| is_wanted() && known.knows(header, metadata)));
        if is_wanted() {
            self.known_pictures().put(key, Arc::clone(&picture));
        }
        picture
    }

    fn known_pictures(&self) -> MutexGuard<'_, Cache> {
        lock(&self.known)
    }
}

/// The earlier pictures, whoever panicked while holding them: each is whole.
pub(super) fn lock(known: &Mutex<Cache>) -> MutexGuard<'_, Cache> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A picture through the eyes of an actor, by today's grants.
///
/// What is for the parties of a thing only does not exist for anybody else: not in lists, counts, orders or totals. What was
/// recorded for an organisation its members go on seeing, also when the thing has gone to others.
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
        Self::while_wanted(app, actor, known, || true)
    }

    /// The same, for as long as `is_wanted`: once it isn't, which is for good, part of what was known is missing.
    #[must_use]
    pub fn while_wanted(app: &App, actor: Arc<Actor>, known: Option<KnownAt>, is_wanted: impl Fn() -> bool) -> Self {
        Self { picture: app.picture_known_while(known, is_wanted), today: app.picture(), actor }
    }

    /// The view of `actor` on `picture`, with the grants that it gives.
    #[must_use]
    pub fn on(picture: Arc<Picture>, actor: Arc<Actor>) -> Self {
        Self { today: Arc::clone(&picture), picture, actor }
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

    /// All that the actor may see of the thing, also when none of it counts any more.
    #[must_use]
    pub fn history<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        self.visible(self.picture.thing::<S>(id)?)
    }

    /// Whether the actor is a party of the thing.
    #[must_use]
    pub fn is_party(&self, thing: ThingId) -> bool {
        is_party(&self.actor, thing, || reach_of(&self.today, thing))
    }

    /// The thing as the actor sees it, as long as something about it counts or can't be read.
    fn see<S: Kinded>(&self, thing: &Arc<Thing<S>>) -> Option<Arc<Thing<S>>> {
        self.visible(thing).filter(|seen| !seen.live().is_empty() || seen.unreadable() > 0)
    }

    /// All that the actor may see of the thing; `None` if that is nothing.
    fn visible<S: Kinded>(&self, thing: &Arc<Thing<S>>) -> Option<Arc<Thing<S>>> {
        let may_be_hidden = thing.has_confidential_acts() || thing.id().kind() == Kind::Subject;
        if !may_be_hidden || self.is_party(thing.id()) {
            return Some(Arc::clone(thing));
        }
        if thing.id().kind() == Kind::Subject {
            let shown = self.memberships_to_give(thing.id());
            let is_shown = |id: EventId| shown.contains(&id);
            return thing.seen_through(|act| is_shown(act.header.id) || act.content.about().is_some_and(is_shown)).map(Arc::new);
        }
        let hidden = self.confidential(thing);
        thing.seen_through(|act| !hidden.contains(&act.header.id)).map(Arc::new)
    }

    /// The acts that are for the parties only, and every act that is about one of them; but for what was stated for an
    /// organisation of the actor's, and what is about that.
    fn confidential<S: Kinded>(&self, thing: &Thing<S>) -> HashSet<EventId> {
        let mut hidden = HashSet::new();
        for act in thing.acts() {
            let is_about_hidden = act.content.about().is_some_and(|about| hidden.contains(&about));
            let is_hidden = if self.is_own(&act.metadata) {
                is_about_hidden && act.content.fact().is_none()
            } else {
                is_about_hidden || act.metadata.visibility == Visibility::Parties
            };
            if is_hidden {
                hidden.insert(act.header.id);
            }
        }
        hidden
    }

    /// Of what is on record of another subject, the roles that the actor may give, and their ends.
    fn memberships_to_give(&self, subject: ThingId) -> HashSet<EventId> {
        let Some(thing) = self.picture.thing::<Subject>(subject) else { return HashSet::new() };
        let gives = |reach: &_| permits(&self.actor, "membershipGrant", reach).is_ok();
        let memberships = thing.state().memberships();
        let own = memberships.filter(|held| of_membership(&self.today, &held.granted).iter().all(gives));
        own.flat_map(|held| [Some(held.fact_id), held.ended_by]).flatten().collect()
    }

    /// Whether it was recorded for an organisation that the actor is of.
    fn is_own(&self, metadata: &Metadata) -> bool {
        let organisation = metadata.organisation;
        organisation.is_some() && self.actor.grants.iter().any(|grant| grant.organisation == organisation)
    }
}

/// What the actor may see.
impl Sight for Viewpoint {
    fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        self.see(self.picture.thing::<S>(id)?)
    }

    fn things<S: Kinded>(&self) -> impl Iterator<Item = Arc<Thing<S>>> {
        self.picture.things::<S>().values().filter_map(|thing| self.see(thing))
    }

    fn naming<S: Kinded>(&self, target: ThingId) -> impl Iterator<Item = Arc<Thing<S>>> {
        let ids = self.picture.links().to(target, S::Fact::KIND);
        let seen = ids.filter_map(|id| self.thing::<S>(id));
        let names = move |thing: &Thing<S>| thing.live().iter().any(|live| live.fact().references().contains(&target));
        seen.filter(move |thing| names(thing) || thing.state().marks().contains(&target))
    }
}
