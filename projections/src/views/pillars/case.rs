//! What there is to look at when the criteria of a cluster or a project are computed.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use schema::{EventId, Fact, ThingId};

use super::{Basis, day_after};
use crate::{
    Kinded, Sight,
    things::{Award, Cluster, Declarations, Partnership, Permit, PolicyMeasure, Project, Thing},
    views::Day,
};

/// A thing, with its state on the day of the question.
pub struct Seen<S: Kinded> {
    pub thing: Arc<Thing<S>>,
    on_day: Option<S>,
}

impl<S: Kinded> Seen<S> {
    fn new(day: Day, thing: Arc<Thing<S>>) -> Self {
        let on_day = match day.state(&thing) {
            Cow::Borrowed(_) => None,
            Cow::Owned(state) => Some(state),
        };
        Self { thing, on_day }
    }

    pub fn state(&self) -> &S {
        self.on_day.as_ref().unwrap_or_else(|| self.thing.state())
    }

    /// The fact behind something, with whether it is confirmed.
    pub fn basis(&self, fact: EventId) -> Basis {
        let live = self.thing.live_fact(fact);
        let is_confirmed = live.is_some_and(|live| live.assurance == schema::Assurance::Confirmed);
        Basis { thing: self.thing.id(), fact, is_confirmed }
    }

    /// The fact that brings the thing on record.
    pub fn founding(&self) -> Option<Basis> {
        let founding = self.thing.live().iter().find(|live| live.is_founding())?;
        Some(self.basis(founding.fact_id))
    }

    /// The first fact that had occurred by `day` and is as asked.
    pub fn first(&self, day: Day, is_it: impl Fn(&S::Fact) -> bool) -> Option<Basis> {
        let occurred = |on| day.effective_on.is_none() || day.has_come(on);
        let found = self.thing.live().iter().find(|live| occurred(live.occurred_on()) && is_it(live.fact()))?;
        Some(self.basis(found.fact_id))
    }
}

/// Who climbs.
pub enum Climbing {
    Project(Seen<Project>),
    Cluster(Seen<Cluster>),
}

/// Who climbs, and what names them.
pub struct Case<'a, V> {
    pub sight: &'a V,
    pub day: Day,
    pub climbing: Climbing,
    pub partnerships: Vec<Seen<Partnership>>,
    pub awards: Vec<Seen<Award>>,
}

impl<'a, V: Sight> Case<'a, V> {
    pub fn of_project(sight: &'a V, day: Day, project: &Arc<Thing<Project>>) -> Self {
        Self::new(sight, day, project.id(), Climbing::Project(Seen::new(day, Arc::clone(project))))
    }

    pub fn of_cluster(sight: &'a V, day: Day, cluster: &Arc<Thing<Cluster>>) -> Self {
        Self::new(sight, day, cluster.id(), Climbing::Cluster(Seen::new(day, Arc::clone(cluster))))
    }

    fn new(sight: &'a V, day: Day, id: ThingId, climbing: Climbing) -> Self {
        let partnerships = sight.naming::<Partnership>(id).filter(|thing| day.knows(thing));
        let partnerships = partnerships.map(|thing| Seen::new(day, thing)).collect();
        let awards = sight.naming::<Award>(id).filter(|thing| day.knows(thing)).map(|thing| Seen::new(day, thing)).collect();
        Self { sight, day, climbing, partnerships, awards }
    }

    pub fn declarations(&self) -> &Declarations {
        match &self.climbing {
            Climbing::Project(project) => &project.state().declarations,
            Climbing::Cluster(cluster) => &cluster.state().declarations,
        }
    }

    pub fn project(&self) -> Option<&Seen<Project>> {
        match &self.climbing {
            Climbing::Project(project) => Some(project),
            Climbing::Cluster(_) => None,
        }
    }

    pub fn cluster(&self) -> Option<&Seen<Cluster>> {
        match &self.climbing {
            Climbing::Cluster(cluster) => Some(cluster),
            Climbing::Project(_) => None,
        }
    }

    pub fn see<S: Kinded>(&self, id: impl Into<ThingId>) -> Option<Seen<S>> {
        self.sight.thing::<S>(id).filter(|thing| self.day.knows(thing)).map(|thing| Seen::new(self.day, thing))
    }

    /// The fact behind something that whoever climbs declared or is.
    pub fn own(&self, fact: EventId) -> Basis {
        match &self.climbing {
            Climbing::Project(project) => project.basis(fact),
            Climbing::Cluster(cluster) => cluster.basis(fact),
        }
    }

    /// The days by which something changed that a criterion looks at, up to the day of the question.
    pub fn days(&self) -> BTreeSet<NaiveDate> {
        let mut days = BTreeSet::new();
        match &self.climbing {
            Climbing::Project(project) => add_days(&mut days, &project.thing),
            Climbing::Cluster(cluster) => add_days(&mut days, &cluster.thing),
        }
        self.partnerships.iter().for_each(|seen| add_days(&mut days, &seen.thing));
        self.awards.iter().for_each(|seen| add_days(&mut days, &seen.thing));
        let declared = self.declarations();
        for permit in declared.permits.iter().flat_map(|scope| &scope.things) {
            let Some(permit) = self.sight.thing::<Permit>(*permit) else { continue };
            add_days(&mut days, &permit);
            let windows = permit.state().determinations.iter().filter_map(|determination| determination.challengeable_until);
            days.extend(windows.filter_map(|until| day_after(until.last())));
        }
        for measure in declared.measures.iter().flat_map(|scope| &scope.things) {
            let Some(measure) = self.sight.thing::<PolicyMeasure>(*measure) else { continue };
            add_days(&mut days, &measure);
        }
        let ends = declared.evidence.iter().filter_map(|filed| filed.valid_until);
        let ends = ends.chain(declared.waivers.iter().map(|waiver| waiver.until));
        days.extend(ends.filter_map(|until| day_after(until.last())));
        days.retain(|day| *day <= self.day.as_of);
        days
    }
}

fn add_days<S: Kinded<Fact: Fact>>(days: &mut BTreeSet<NaiveDate>, thing: &Thing<S>) {
    days.extend(thing.live().iter().map(|live| live.occurred_on().first()));
}
