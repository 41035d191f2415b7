//! From where a thing is looked at: by whose eyes, as known when, and on which day.

use std::{borrow::Cow, str::FromStr, sync::Arc};

use access::FIELDS;
use answers::docket::Limit;
use app::{KnownAt as Known, Viewpoint};
use chrono::NaiveDate;
use domain::law::{NoClock, UnderLaw};
use graphql::{Asker, Code, GraphqlError};
use juniper::ID;
use law::Rulebook;
use projections::{
    Kinded, Sight,
    things::{Permit, Thing},
    views::Day,
};
use schema::{IdError, ThingId};

use crate::{Context, clocked::Clocked, connection::KnownAt, scalars::KnownBy};

/// The view that a root field opens, shared by all that is under it.
#[derive(Clone)]
pub struct View(Arc<Inner>);

struct Inner {
    viewpoint: Viewpoint,
    /// The day asked for; without one, every fact counts and durations run to today.
    effective_on: Option<NaiveDate>,
    today: NaiveDate,
    law: Arc<Rulebook>,
    clocked: Arc<Clocked>,
    /// Who waits for what is looked for. Once they don't, there is nothing more to see.
    asker: Asker,
}

impl View {
    /// The view of whoever asks, on what was known at `as_known_at` and had occurred by `effective_on`.
    pub fn open(context: &Context, as_known_at: Option<KnownAt>, effective_on: Option<NaiveDate>) -> Self {
        let known = as_known_at.map(|known| Known { at: known.at, by: known.by.unwrap_or(KnownBy::Recording).into() });
        let asker = context.asker.clone();
        let actor = Arc::clone(&context.actor);
        let viewpoint = match &context.foreseen {
            Some(picture) => Viewpoint::on(Arc::clone(picture), actor),
            None => Viewpoint::while_wanted(&context.app, actor, known, || asker.still_waits()),
        };
        // Today is the day in UTC, on which every other answer of the same instant agrees.
        let (today, law) = (context.app.now().date_naive(), Arc::clone(context.app.law()));
        let clocked = Arc::clone(&context.clocked);
        Self(Arc::new(Inner { viewpoint, effective_on, today, law, clocked, asker }))
    }

    /// What can be seen.
    pub fn viewpoint(&self) -> &Viewpoint {
        &self.0.viewpoint
    }

    /// The day to which open durations run.
    pub fn as_of(&self) -> NaiveDate {
        self.0.effective_on.unwrap_or(self.0.today)
    }

    /// The day asked for.
    pub fn day(&self) -> Day {
        Day { effective_on: self.0.effective_on, as_of: self.as_of() }
    }

    /// What follows from the facts of `thing` on the day asked for.
    pub fn state<'a, S: Kinded>(&self, thing: &'a Thing<S>) -> Cow<'a, S> {
        self.day().state(thing)
    }

    /// All that whoever asks may see of the thing with this id, also when none of it counts any more.
    pub fn history<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        self.0.viewpoint.history::<S>(id)
    }

    /// The thing of a kind with this id, as whoever asks sees it, if it was there on the day asked for.
    pub fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        self.0.viewpoint.thing::<S>(id).filter(|thing| self.0.asker.still_waits() && self.day().knows(thing))
    }

    /// Every permitting regime and calendar.
    pub fn law(&self) -> &Rulebook {
        &self.0.law
    }

    /// `permit`, as whoever asks sees it, under the law that is named for it on the day asked for.
    ///
    /// # Errors
    ///
    /// Why it has no clock.
    pub fn under_law(&self, permit: &Thing<Permit>) -> Result<UnderLaw<'_>, NoClock> {
        UnderLaw::of(permit, self.law(), self.as_of())
    }

    /// What a docket asks of the clocks of `permit` on the day asked for; nothing, where it has none.
    pub fn limits(&self, permit: &Arc<Thing<Permit>>) -> Arc<[Limit]> {
        let find = || {
            let Ok(under_law) = self.under_law(permit) else { return Vec::new() };
            let clocks = under_law.clocks().unwrap_or_default();
            clocks.iter().flatten().map(|clock| Limit::of(clock, under_law.lets_pass(clock))).collect()
        };
        self.0.clocked.limits(permit, self.as_of(), find)
    }

    /// Whether an open permit is past a statutory deadline on the day asked for; none, where that can't be known.
    pub fn is_overdue(&self, permit: &Thing<Permit>) -> Option<bool> {
        self.under_law(permit).ok()?.is_overdue()
    }

    /// Whether whoever asks may read the figures of money of the project with this id, of which sums are made.
    pub fn reads_money(&self, project: ThingId) -> bool {
        let viewpoint = &self.0.viewpoint;
        FIELDS.may_read(viewpoint.actor(), "Project", "capex", || viewpoint.is_party(project))
    }
}

/// What whoever asks may see, and was there on the day asked for.
impl Sight for View {
    fn thing<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Arc<Thing<S>>> {
        Self::thing(self, id)
    }

    fn things<S: Kinded>(&self) -> impl Iterator<Item = Arc<Thing<S>>> {
        let things = self.0.viewpoint.things::<S>().take_while(|_| self.0.asker.still_waits());
        things.filter(|thing| self.day().knows(thing))
    }

    fn naming<S: Kinded>(&self, target: ThingId) -> impl Iterator<Item = Arc<Thing<S>>> {
        let naming = self.0.viewpoint.naming::<S>(target).take_while(|_| self.0.asker.still_waits());
        naming.filter(|thing| self.day().knows(thing))
    }
}

/// Reads an id that was given.
///
/// # Errors
///
/// When it is not an id, or one of another kind of thing.
pub fn id<T: FromStr<Err = IdError>>(id: &ID) -> Result<T, GraphqlError> {
    id.parse().map_err(|error: IdError| GraphqlError::new(Code::InvalidInput, error.to_string()))
}
