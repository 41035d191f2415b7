//! Which edition has the last word on a thing.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use projections::{
    Kinded, Picture,
    things::{self, State, Thing},
};
use schema::{
    ExternalId, Line, Position, RegisterId, ThingId, permit::PermitFact, project::ProjectFact, register::RegisterEditionTaken,
};

use super::{Edition, edition::parts_of_key};

/// An edition that was published later than the one at hand, and taken before it.
struct Later {
    published_on: NaiveDate,
    taken_at: Position,
    vanished: HashSet<Line>,
}

/// What was taken of a register before the edition at hand.
pub(super) struct Precedence {
    register: Line,
    published_on: NaiveDate,
    later: Vec<Later>,
}

/// The edition on record that makes this one nothing new: it is of the same file, byte by byte.
pub(super) fn already_taken(picture: &Picture, edition: &Edition<'_>) -> Option<RegisterEditionTaken> {
    let register = picture.thing::<things::Register>(RegisterId::of(edition.mapping().about.name.as_str()))?;
    let same = register.state().editions.iter().find(|taken| taken.taken.file_sha256 == edition.register().sha256);
    same.map(|edition| edition.taken.clone())
}

impl Precedence {
    pub fn new(picture: &Picture, edition: &Edition<'_>) -> Self {
        let register = edition.mapping().about.name.clone();
        let published_on = edition.published_on();
        let on_record = picture.thing::<things::Register>(RegisterId::of(register.as_str()));
        let later = on_record.iter().flat_map(|register| register.state().editions_after(published_on));
        let later = later.map(|edition| Later {
            published_on: edition.taken.published_on,
            taken_at: edition.position,
            vanished: edition.taken.rows_vanished.iter().cloned().collect(),
        });
        Self { later: later.collect(), register, published_on }
    }

    /// The later editions that have the last word on `thing`, which is the one of the row with `key`, in their order.
    ///
    /// One has where it changed something about it, or where the thing was on record when it was taken, from an edition
    /// that was no newer, and its row had not vanished.
    pub fn governing<S: State>(&self, thing: &Thing<S>, key: &Line) -> Vec<NaiveDate> {
        let ours = || {
            let origin = |metadata: &schema::Metadata| metadata.origin.row().is_some_and(|row| row.register == self.register);
            thing.acts().iter().filter(move |act| origin(&act.metadata))
        };
        let was_on_record = |later: &&Later| {
            let by_then = |edition| edition <= Some(later.published_on);
            ours().any(|act| act.header.position < later.taken_at && by_then(act.metadata.published_on))
        };
        let changed = ours().filter_map(|act| act.metadata.published_on).filter(|edition| *edition > self.published_on);
        let had = self.later.iter().filter(|later| !later.vanished.contains(key)).filter(was_on_record);
        let editions: BTreeSet<NaiveDate> = changed.chain(had.map(|later| later.published_on)).collect();
        editions.into_iter().collect()
    }

    /// The keys of rows that earlier editions, or another file of this one, had and `edition` has not.
    pub fn vanished(&self, picture: &Picture, edition: &Edition<'_>) -> Vec<Line> {
        let mut keys = BTreeSet::new();
        self.vanished_of::<things::Project>(picture, edition, &mut keys);
        self.vanished_of::<things::Permit>(picture, edition, &mut keys);
        keys.into_iter().collect()
    }

    fn vanished_of<S: Kinded<Fact: Identified>>(&self, picture: &Picture, edition: &Edition<'_>, keys: &mut BTreeSet<Line>) {
        for (id, thing) in picture.things::<S>() {
            let earlier = |metadata: &schema::Metadata| {
                metadata.origin.row().is_some_and(|row| row.register == self.register)
                    && metadata.published_on <= Some(self.published_on)
            };
            if thing.acts().iter().any(|act| earlier(&act.metadata)) {
                let facts = thing.acts().iter().filter_map(|act| act.content.fact());
                let mut identifiers = facts.flat_map(|fact| fact.identifiers());
                let key = identifiers.find(|identifier| is_key(identifier, &self.register, *id));
                keys.extend(key.map(|key| key.value.clone()).filter(|key| !edition.has_key(key.as_str())));
            }
        }
    }
}

/// Whether `identifier` is the key of the row that `thing` is made of.
pub(super) fn is_key(identifier: &ExternalId, register: &Line, thing: ThingId) -> bool {
    let made_of = |parts: &[&str]| ThingId::from_register(thing.kind(), register.as_str(), parts) == thing;
    let key = identifier.value.as_str();
    let parts = || parts_of_key(key);
    identifier.scheme == *register && (made_of(&[key]) || made_of(&parts().iter().map(String::as_str).collect::<Vec<_>>()))
}

/// A fact that says what other systems call its thing.
pub(super) trait Identified {
    /// What they call it; nothing for facts that do not say.
    fn identifiers(&self) -> &[ExternalId];

    /// The same, to be added to.
    fn identifiers_mut(&mut self) -> Option<&mut Vec<ExternalId>>;
}

macro_rules! identified {
    ($($facts:ident::$founding:ident;)+) => {$(
        impl Identified for $facts {
            fn identifiers(&self) -> &[ExternalId] {
                match self {
                    Self::$founding(founding) => &founding.identifiers,
                    _ => &[],
                }
            }

            fn identifiers_mut(&mut self) -> Option<&mut Vec<ExternalId>> {
                match self {
                    Self::$founding(founding) => Some(&mut founding.identifiers),
                    _ => None,
                }
            }
        }
    )+};
}

identified! {
    ProjectFact::ProjectRegistered;
    PermitFact::PermitIdentified;
}

/// Adds the row's key to what other systems call the thing, so that it is found again when the row has vanished.
pub(super) fn name_by_key(fact: &mut impl Identified, register: &Line, key: &Line) {
    let Some(identifiers) = fact.identifiers_mut() else { return };
    let named = ExternalId { scheme: register.clone(), value: key.clone() };
    if !identifiers.contains(&named) {
        identifiers.push(named);
    }
}

#[cfg(test)]
mod tests {
    use schema::Kind;

    use super::*;
    use crate::import::edition::joined_key;

    #[test]
    fn a_key_is_known_by_the_thing_that_is_made_of_it() {
        let register = Line::try_new("wells").unwrap();
        let id = |value: &str| ExternalId { scheme: register.clone(), value: Line::try_new(value).unwrap() };
        let thing = ThingId::from_register(Kind::Permit, "wells", &["Celle", "7"]);
        assert!(is_key(&id("Celle / 7"), &register, thing));
        assert!(!is_key(&id("7"), &register, thing));
        for (parts, key) in [(["x / y", "z"], "x // y / z"), (["x", "y / z"], "x / y // z"), (["x /", "/ y"], "x // / // y")] {
            let thing = ThingId::from_register(Kind::Permit, "wells", &parts);
            assert_eq!(joined_key(&parts.map(str::to_owned)), key);
            assert!(is_key(&id(key), &register, thing), "{key}");
        }
        let other = ExternalId { scheme: Line::try_new("mines").unwrap(), ..id("Celle / 7") };
        assert!(!is_key(&other, &register, thing));
    }
}
