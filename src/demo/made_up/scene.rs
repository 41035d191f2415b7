//! Where the histories of one cluster take place, and who takes part.

use chrono::{DateTime, NaiveDate, Utc};
use schema::{ClusterId, OrganisationId};

use super::{
    chance::Chance,
    days::{FIRST, days_after},
    history::{Teller, Voice},
    lands::{self, Land},
    names,
};

/// What is known of a cluster before anything is told of it: the same, whoever asks.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    pub place: String,
    /// Where its country is among all.
    pub land: usize,
    pub founded: NaiveDate,
}

impl Outline {
    /// The outline of the cluster with this number.
    pub fn of(seed: u64, number: u64) -> Self {
        let mut chance = Chance::of(seed, &[number, 0]);
        let land = chance.place(lands::COUNT);
        let founded = days_after(FIRST, chance.between(90..=1_200));
        Self { place: names::place(seed, number), land, founded }
    }
}

/// A cluster, its country, and who speaks in it.
pub(super) struct Scene<'a> {
    pub seed: u64,
    pub number: u64,
    pub teller: Teller,
    pub outline: Outline,
    pub land: &'a Land,
    pub cluster: ClusterId,
    pub manager: Voice,
    /// Who speaks for its members; the first is the convenor.
    pub members: Vec<Voice>,
}

impl Scene<'_> {
    /// The name of what belongs to this cluster.
    pub fn path(&self, of: &str) -> String {
        format!("cluster {} {of}", self.number)
    }

    /// Somebody who speaks for a member.
    pub fn some_member(&self, chance: &mut Chance) -> Voice {
        self.members.get(chance.place(self.members.len())).copied().unwrap_or(self.manager)
    }

    /// Another member than that of `voice`.
    pub fn another_member(&self, chance: &mut Chance, voice: Voice) -> Option<OrganisationId> {
        let from = chance.place(self.members.len());
        let others = self.members.iter().cycle().skip(from).take(self.members.len());
        others.filter_map(|member| member.organisation).find(|organisation| Some(*organisation) != voice.organisation)
    }
}

/// The teller of all that belongs to the cluster with this number.
pub(super) fn teller(seed: u64, number: u64, now: DateTime<Utc>) -> Teller {
    Teller::new(seed, &format!("cluster {number}"), now)
}
