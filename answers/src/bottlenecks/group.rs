//! Permits in groups by one or two dimensions, the slowest group first.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use chrono::{Datelike, NaiveDate};
use projections::{
    Sight,
    things::{Permit, Project, Register, Thing},
    views::Day,
};
use schema::{ClusterId, Jurisdiction, Line, LineKey, OrganisationId, project::Lever};
use thiserror::Error;

use super::{Ageing, Basis, ByLaw, Kinds, Passage, Watch, ageing};

/// By what permits are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// By the authority that decides.
    Authority,
    /// By the instrument.
    Instrument,
    /// By the regime whose periods apply.
    Regime,
    /// By whose law applies.
    Jurisdiction,
    /// By the clusters that need it, or whose projects do.
    Cluster,
    /// By the technology levers of its projects.
    Technology,
    /// By the calendar year in which it was submitted.
    YearSubmitted,
}

/// What the permits of a group have in common in one dimension. `None` is not known or, of a cluster, in none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The authority.
    Authority(Option<OrganisationId>),
    /// The instrument, without regard to case and spacing.
    Instrument(Option<LineKey>),
    /// The regime.
    Regime(Option<LineKey>),
    /// Whose law.
    Jurisdiction(Option<Jurisdiction>),
    /// The cluster.
    Cluster(Option<ClusterId>),
    /// The lever.
    Technology(Option<Lever>),
    /// The year.
    YearSubmitted(Option<i32>),
}

impl Key {
    /// In which dimension it is.
    #[must_use]
    pub const fn by(&self) -> By {
        match self {
            Self::Authority(_) => By::Authority,
            Self::Instrument(_) => By::Instrument,
            Self::Regime(_) => By::Regime,
            Self::Jurisdiction(_) => By::Jurisdiction,
            Self::Cluster(_) => By::Cluster,
            Self::Technology(_) => By::Technology,
            Self::YearSubmitted(_) => By::YearSubmitted,
        }
    }

    /// Whether it stands for what is not known, or, of a cluster, for what is in none.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::Authority(None)
                | Self::Instrument(None)
                | Self::Regime(None)
                | Self::Jurisdiction(None)
                | Self::Cluster(None)
                | Self::Technology(None)
                | Self::YearSubmitted(None)
        )
    }
}

/// Why permits can't be grouped so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("permits are grouped by one or by two different dimensions")]
pub struct GroupByError;

/// Permits that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What, one key for each dimension.
    pub keys: Vec<Key>,
    /// How many of its open permits have been so for longer than is usual.
    pub ageing: Ageing,
    members: Vec<usize>,
}

/// Permits that have a key of the first dimension, where there are two.
#[derive(Debug, Clone, PartialEq, Default)]
struct Wider {
    members: Vec<usize>,
    /// What they say, made when first asked.
    basis: OnceLock<Basis>,
}

/// The groups of permits.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    by: Vec<By>,
    as_of: NaiveDate,
    passages: Vec<Passage>,
    words: BTreeMap<LineKey, Line>,
    firsts: BTreeMap<Key, Wider>,
    /// What all permits say, made when first asked.
    whole: OnceLock<Basis>,
    slowest_first: Vec<Group>,
}

impl Groups {
    /// The groups: first the one whose open permits have lasted the most days, together, beyond the median of their kind.
    #[must_use]
    pub fn all(&self) -> &[Group] {
        &self.slowest_first
    }

    /// The day that is asked.
    #[must_use]
    pub const fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The passages of `group`, in the order of their permits' ids.
    pub fn passages<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Passage> {
        self.at(&group.members)
    }

    /// How an instrument or a regime is written: of several ways, that which is first in order.
    #[must_use]
    pub fn words(&self, key: &LineKey) -> Option<&Line> {
        self.words.get(key)
    }

    /// By which dimensions they are groups.
    #[must_use]
    pub fn by(&self) -> &[By] {
        &self.by
    }

    /// What is asked for a forecast of a permit of `group` where the group itself is too small: wider ones, up to all that are
    /// asked about, each with the dimensions that it is still a group of.
    #[must_use]
    pub fn wider<'a>(&'a self, group: &Group) -> Vec<(&'a [By], &'a Basis)> {
        let first = group.keys.first().and_then(|first| self.firsts.get(first));
        let first = first.map(|first| first.basis.get_or_init(|| Basis::of(self.at(&first.members))));
        let by_first = self.by.get(..1).unwrap_or_default();
        let whole = self.whole.get_or_init(|| Basis::of(&self.passages));
        first.map(|basis| (by_first, basis)).into_iter().chain([(&[][..], whole)]).collect()
    }

    fn at<'a>(&'a self, members: &'a [usize]) -> impl Iterator<Item = &'a Passage> {
        members.iter().filter_map(|at| self.passages.get(*at))
    }
}

/// Puts permits in groups, one after the other.
pub struct Grouping<'a, V> {
    sight: &'a V,
    day: Day,
    by: Vec<By>,
    /// The last edition of each register by the day that is asked.
    editions: BTreeMap<LineKey, NaiveDate>,
    passages: Vec<Passage>,
    words: BTreeMap<LineKey, Line>,
    firsts: BTreeMap<Key, Wider>,
    groups: BTreeMap<Vec<Key>, Vec<usize>>,
}

impl<'a, V: Sight> Grouping<'a, V> {
    /// Groups by `by` what `sight` shows on `day`.
    ///
    /// # Errors
    ///
    /// When there is no dimension, or more than two, or the same twice.
    pub fn try_new(sight: &'a V, day: Day, by: &[By]) -> Result<Self, GroupByError> {
        let by = match by {
            [one] => vec![*one],
            [one, other] if one != other => vec![*one, *other],
            _ => return Err(GroupByError),
        };
        let mut editions = BTreeMap::new();
        for register in sight.things::<Register>() {
            let taken = register.state().editions.iter().map(|edition| &edition.taken);
            // They stand in order of publication, so that the last stays.
            let published = taken.filter(|taken| taken.published_on <= day.as_of);
            editions.extend(published.map(|taken| (taken.register.key(), taken.published_on)));
        }
        let (words, firsts, groups) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { sight, day, by, editions, passages: Vec::new(), words, firsts, groups })
    }

    /// Takes a permit, which is in `state` on the day that is asked.
    pub fn add(&mut self, permit: &Thing<Permit>, state: &Permit, by_law: ByLaw) {
        let at = self.passages.len();
        let passage = Passage::of(permit, state, self.day.as_of, self.watch(permit), by_law);
        let mut of_each = self.by.clone().into_iter().map(|by| self.keys(by, state, &passage));
        let (first, second) = (of_each.next().unwrap_or_default(), of_each.next());
        drop(of_each);
        for key in first {
            match &second {
                None => self.groups.entry(vec![key]).or_default().push(at),
                Some(second) => {
                    self.firsts.entry(key.clone()).or_default().members.push(at);
                    for other in second {
                        self.groups.entry(vec![key.clone(), other.clone()]).or_default().push(at);
                    }
                }
            }
        }
        let names = state.identified().map(|identified| &identified.instrument).into_iter().chain(state.regime());
        for name in names {
            let written = self.words.entry(name.key()).or_insert_with(|| name.clone());
            if name.as_str() < written.as_str() {
                written.clone_from(name);
            }
        }
        self.passages.push(passage);
    }

    /// The groups of what was taken.
    #[must_use]
    pub fn finish(self) -> Groups {
        let Self { day, by, passages, words, firsts, groups, .. } = self;
        let kinds = Kinds::of(&passages);
        let group = |(keys, members): (Vec<Key>, Vec<usize>)| {
            let ageing = ageing(members.iter().filter_map(|at| passages.get(*at)), &kinds);
            Group { keys, ageing, members }
        };
        let mut slowest_first: Vec<_> = groups.into_iter().map(group).collect();
        slowest_first.sort_by_key(|group| std::cmp::Reverse(group.ageing.days_beyond_median));
        Groups { by, as_of: day.as_of, passages, words, firsts, whole: OnceLock::new(), slowest_first }
    }

    /// Until when a permit is watched: until the last edition, if all that is known of it comes from registers. From when a
    /// register observes is not on record.
    fn watch(&self, permit: &Thing<Permit>) -> Watch {
        let row = |live: &projections::things::Live<_>| live.version.metadata.origin.row().map(|row| row.register.key());
        let registers: Option<BTreeSet<LineKey>> = permit.live().iter().map(row).collect();
        let editions = registers.iter().flatten().filter_map(|register| self.editions.get(register));
        let last = editions.max().copied();
        Watch { from: None, until: last.unwrap_or(self.day.as_of), is_edition: last.is_some() }
    }

    /// The keys of a permit in one dimension, at least one.
    fn keys(&self, by: By, state: &Permit, passage: &Passage) -> BTreeSet<Key> {
        let identified = state.identified();
        let one = |key: Key| BTreeSet::from([key]);
        match by {
            By::Authority => one(Key::Authority(identified.and_then(|identified| identified.authority))),
            By::Instrument => one(Key::Instrument(identified.map(|identified| identified.instrument.key()))),
            By::Regime => one(Key::Regime(state.regime().map(Line::key))),
            By::Jurisdiction => one(Key::Jurisdiction(identified.and_then(|identified| identified.jurisdiction.clone()))),
            By::YearSubmitted => one(Key::YearSubmitted(passage.submitted.map(|submitted| submitted.year()))),
            By::Cluster => {
                let own = identified.into_iter().flat_map(|identified| identified.clusters.iter().copied());
                let of_projects = self.of_projects(state, |project| project.registered()?.cluster.map(|cluster| vec![cluster]));
                each(own.chain(of_projects), Key::Cluster)
            }
            By::Technology => {
                let levers = self.of_projects(state, |project| Some(project.registered()?.levers.clone()));
                each(levers.into_iter(), Key::Technology)
            }
        }
    }

    /// What `of` gives of each project of a permit that can be seen.
    fn of_projects<T>(&self, state: &Permit, of: impl Fn(&Project) -> Option<Vec<T>>) -> Vec<T> {
        let ids = state.identified().map(|identified| identified.projects.as_slice()).unwrap_or_default();
        let projects = ids.iter().filter_map(|id| self.sight.thing::<Project>(*id));
        projects.filter_map(|project| of(&self.day.state(&project))).flatten().collect()
    }
}

/// A key for each of `found`, or the one for what is not known.
fn each<T>(found: impl Iterator<Item = T>, key: impl Fn(Option<T>) -> Key) -> BTreeSet<Key> {
    let keys: BTreeSet<_> = found.map(|found| key(Some(found))).collect();
    if keys.is_empty() { BTreeSet::from([key(None)]) } else { keys }
}
