//! The law that permits can be decided under, as far as it is chosen by name.

use chrono::NaiveDate;
use gate::gated;
use law::{Rulebook, regime};

use crate::Context;

/// A case within a regime.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RegimeCase {
    /// Its id in the regime.
    pub id: String,
    /// What it is, in words.
    pub words: String,
}

/// A piece of law under which permits are decided.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Regime {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The day on which the law was read.
    pub read_on: NaiveDate,
    /// Its cases in all its versions, as the newest that knows each says it.
    pub cases: Vec<RegimeCase>,
}

impl From<&regime::Regime> for Regime {
    fn from(regime: &regime::Regime) -> Self {
        let case = |(id, words): regime::Known<'_>| RegimeCase { id: id.to_owned(), words: words.to_owned() };
        Self {
            id: regime.id.clone(),
            title: regime.title.clone(),
            read_on: regime.read_on,
            cases: regime.known_cases().into_iter().map(case).collect(),
        }
    }
}

/// Every regime of `law`, by id.
pub fn regimes(law: &Rulebook) -> Vec<Regime> {
    law.regimes().map(Regime::from).collect()
}
