//! What there is to look at when the criteria of a cluster or a project are computed.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use schema::{Date, EventId, Fact, PermitId, PolicyMeasureId, ThingId, partnership::PartnershipFact};

use super::{Basis, day_after};
use crate::{
    Kinded, Sight,
    things::{Award, Cluster, Declarations, Live, Partnership, Permit, PolicyMeasure, Project, Thing},
    views::Day,
};

/// A thing, with its state on the day of the question.
pub struct Seen<S: Kinded> {
    pub thing: Arc<Thing<S>>,
    on_day: Option<S>,
    day: Day,
}

impl<S: Kinded> Seen<S> {
    fn new(day: Day, thing: Arc<Thing<S>>) -> Self {
        let on_day = match day.state(&thing) {
            Cow::Borrowed(_) => None,
            Cow::Owned(state) => Some(state),
        };
        Self { thing, on_day, day }
    }

    pub fn state(&self) -> &S {
        self.on_day.as_ref().unwrap_or_else(|| self.thing.state())
    }

    /// The fact behind something, with whether it was confirmed by the day.
    pub fn basis(&self, fact: EventId) -> Basis {
        let confirmed_on = self.thing.live_fact(fact).and_then(|live| live.confirmed_on);
        let is_confirmed = confirmed_on.is_some_and(|on| self.has_occurred(on));
        Basis { thing: self.thing.id(), fact, is_confirmed }
    }

    /// The fact that brings the thing on record, if it had occurred: what a thing is called can be said of any day, but
    /// nothing rests on a thing before its time.
    pub fn founding(&self) -> Option<Basis> {
        self.first_live(Live::is_founding)
    }

    /// The first fact that had occurred and is as asked.
    pub fn first(&self, is_it: impl Fn(&S::Fact) -> bool) -> Option<Basis> {
        self.first_live(|live| is_it(live.fact()))
    }

    /// The last fact that had occurred and is as asked.
    pub fn last(&self, is_it: impl Fn(&S::Fact) -> bool) -> Option<Basis> {
        let found = self.thing.live().iter().rfind(|live| self.has_occurred(live.occurred_on()) && is_it(live.fact()))?;
        Some(self.basis(found.fact_id))
    }

    fn has_occurred(&self, on: Date) -> bool {
        self.day.effective_on.is_none_or(|day| on.first() <= day)
    }

    fn first_live(&self, is_it: impl Fn(&Live<S::Fact>) -> bool) -> Option<Basis> {
        let found = self.thing.live().iter().find(|live| self.has_occurred(live.occurred_on()) && is_it(live))?;
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

    /// The things that whoever climbs ever named: a scope that was declared anew counted until then.
    fn named(&self) -> BTreeSet<ThingId> {
        match &self.climbing {
            Climbing::Project(project) => named(&project.thing),
            Climbing::Cluster(cluster) => named(&cluster.thing),
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
        for permit in self.named().into_iter().filter_map(|named| PermitId::try_from(named).ok()) {
            let Some(permit) = self.sight.thing::<Permit>(permit) else { continue };
            add_days(&mut days, &permit);
            let windows = permit.state().determinations.iter().filter_map(|determination| determination.challengeable_until);
            let validities = permit.state().determinations.iter().filter_map(|determination| determination.valid_until);
            days.extend(windows.chain(validities).filter_map(|until| day_after(until.last())));
            // Whether a grant is used shows on the projects that need it.
            for project in permit.state().identified().into_iter().flat_map(|identified| &identified.projects) {
                let Some(project) = self.sight.thing::<Project>(*project) else { continue };
                add_days(&mut days, &project);
            }
        }
        for measure in self.named().into_iter().filter_map(|named| PolicyMeasureId::try_from(named).ok()) {
            let Some(measure) = self.sight.thing::<PolicyMeasure>(measure) else { continue };
            add_days(&mut days, &measure);
        }
        let declared = self.declarations();
        let ends = declared.evidence.iter().filter_map(|filed| filed.valid_until);
        let ends = ends.chain(declared.waivers.iter().map(|waiver| waiver.until));
        let agreements = self.partnerships.iter().flat_map(|seen| seen.thing.live()).filter_map(|live| match live.fact() {
            PartnershipFact::BindingAgreementSigned(signed) => signed.binds_until,
            _ => None,
        });
        let ends = ends.chain(agreements);
        let accepted = declared.evidence.iter().filter_map(|filed| filed.accepted_on);
        days.extend(accepted.map(Date::first));
        let confirmed = self.partnerships.iter().flat_map(|seen| seen.thing.live()).filter_map(|live| live.confirmed_on);
        days.extend(confirmed.map(Date::first));
        days.extend(ends.filter_map(|until| day_after(until.last())));
        days.retain(|day| *day <= self.day.as_of);
        days
    }
}

fn named<S: Kinded>(thing: &Thing<S>) -> BTreeSet<ThingId> {
    thing.live().iter().flat_map(|live| live.fact().references()).collect()
}

fn add_days<S: Kinded<Fact: Fact>>(days: &mut BTreeSet<NaiveDate>, thing: &Thing<S>) {
    days.extend(thing.live().iter().map(|live| live.occurred_on().first()));
}
