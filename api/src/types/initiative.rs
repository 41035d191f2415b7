//! The initiative: what it says of itself.

use std::sync::Arc;

use gate::gated;
use juniper::{ID, graphql_object};
use projections::things::{Initiative, StatedFigures, Thing};

use super::{
    common::Money,
    node::NodeValue,
    record::{AnyThing, Record},
};
use crate::{
    Context,
    scalars::{Date, Decimal, FactId, Line, Note},
    view::View,
};

/// The initiative that the clusters have signed, as whoever asks sees it.
#[derive(Clone)]
pub struct InitiativeNode {
    view: View,
    thing: Arc<Thing<Initiative>>,
}

impl InitiativeNode {
    /// The initiative `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Initiative>>) -> Self {
        Self { view, thing }
    }
}

/// The initiative that the clusters have signed, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Initiative", context = Context, impl = NodeValue)]
impl InitiativeNode {
    /// The id of the initiative.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// Its name.
    fn name(&self) -> Option<Line> {
        self.thing.state().named().map(|named| Line(named.name.clone()))
    }

    /// What it is for.
    fn purpose(&self) -> Option<Note> {
        self.thing.state().named()?.purpose.clone().map(Note)
    }

    /// What it stated about itself, the oldest first. Never mixed with what is counted here: see `rollUp`.
    fn stated(&self) -> Vec<InitiativeFigures> {
        self.view.state(&self.thing).stated.iter().filter_map(figures).collect()
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Initiative(Arc::clone(&self.thing)))
    }
}

/// Figures that the initiative stated about itself. What it did not state is null.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct InitiativeFigures {
    /// As of when.
    pub as_of: Date,
    /// How many clusters have signed.
    pub clusters: Option<i32>,
    /// In how many countries.
    pub countries: Option<i32>,
    /// On how many continents.
    pub continents: Option<i32>,
    /// Abatement potential in tonnes of CO2 equivalent per year.
    pub abatement_potential_t_per_year: Option<Decimal>,
    /// Contribution to gross domestic product.
    pub gdp: Option<Money>,
    /// Jobs.
    pub jobs: Option<i32>,
    /// The fact that says so.
    pub fact: FactId,
}

fn figures(figures: &StatedFigures) -> Option<InitiativeFigures> {
    let stated = figures.stated()?;
    let number = |count: Option<u32>| count.and_then(|count| i32::try_from(count).ok());
    Some(InitiativeFigures {
        as_of: Date(figures.as_of),
        clusters: number(stated.clusters),
        countries: number(stated.countries),
        continents: number(stated.continents),
        abatement_potential_t_per_year: stated.abatement_potential_t_per_year.map(Decimal),
        gdp: stated.gdp.map(Money::from),
        jobs: number(stated.jobs),
        fact: FactId(figures.fact_id),
    })
}
