//! The state of a register that facts are imported from.

use chrono::NaiveDate;
use schema::{
    Date, EventId, Position,
    register::{RegisterEditionTaken, RegisterFact},
};
use serde::Serialize;

use super::{Flag, Live, State};
use crate::exchange::Rates;

/// An edition that was imported to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edition {
    /// The fact that says so.
    pub fact_id: EventId,
    /// Where in the log it stands: what the edition says was recorded before.
    #[serde(skip)]
    pub position: Position,
    /// What is known of it.
    pub taken: RegisterEditionTaken,
}

/// What is known of a register.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Register {
    /// Its editions, the oldest first.
    pub editions: Vec<Edition>,
    /// The rates of exchange that it published, beside those that come with the program.
    pub rates: Rates,
}

impl Register {
    /// The editions published after `day`.
    pub fn editions_after(&self, day: NaiveDate) -> impl Iterator<Item = &Edition> {
        self.editions.iter().filter(move |edition| edition.taken.published_on > day)
    }
}

impl State for Register {
    type Fact = RegisterFact;
    type Aside = ();

    fn knows(&self, fact: &RegisterFact, on: Date) -> bool {
        let RegisterFact::ExchangeRatesPublished(published) = fact else { return false };
        self.rates.know_all(on.first(), &published.rates)
    }

    fn take(&mut self, (): &mut (), live: &Live<RegisterFact>, _: &mut Vec<Flag>) {
        let taken = match live.fact() {
            RegisterFact::RegisterEditionTaken(taken) => taken,
            RegisterFact::ExchangeRatesPublished(published) => {
                return self.rates.take(live.occurred_on().first(), published, live.fact_id);
            }
        };
        let edition = Edition { fact_id: live.fact_id, position: live.version.header.position, taken: taken.clone() };
        let order = |edition: &Edition| (edition.taken.published_on, edition.fact_id);
        let at = self.editions.partition_point(|earlier| order(earlier) < order(&edition));
        self.editions.insert(at, edition);
    }
}
