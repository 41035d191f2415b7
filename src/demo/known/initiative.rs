//! What the initiative says of itself.

use projections::things::Initiative;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use schema::{
    InitiativeId,
    initiative::{InitiativeFigureStated, InitiativeNamed},
};

use super::{
    Recorder, line, money,
    seed::{Seed, SeedFigures},
    unfit,
};
use crate::demo::DemoError;

/// The World Economic Forum's name for it.
const NAME: &str = "Transitioning Industrial Clusters";

const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
const BILLION: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Names the initiative, and records the figures that it stated, each as of its date.
pub(super) async fn record(recorder: &Recorder<'_>, seed: &Seed) -> Result<(), DemoError> {
    let thing = InitiativeId::only().thing();
    let named = InitiativeNamed { name: line(NAME)?, purpose: None };
    recorder.by_source::<Initiative>(thing, &["initiative"], named).await?;
    for figures in std::iter::once(&seed.initiative).chain(&seed.later_totals) {
        let as_of = figures.as_of.to_string();
        recorder.dated::<Initiative>(thing, &["figures", &as_of], figures.as_of, stated(figures)?).await?;
    }
    Ok(())
}

fn stated(figures: &SeedFigures) -> Result<InitiativeFigureStated, DemoError> {
    Ok(InitiativeFigureStated {
        clusters: figures.clusters,
        countries: figures.countries,
        continents: figures.continents,
        abatement_potential_t_per_year: figures.abatement_potential_mt_co2e_per_year.map(tonnes),
        gdp: figures.gdp_usd_bn.map(usd_of_bn).transpose()?,
        jobs: figures.jobs_million.map(|jobs| whole(jobs * MILLION)).transpose()?,
    })
}

/// Tonnes of million tonnes.
pub(super) fn tonnes(mt: Decimal) -> Decimal {
    (mt * MILLION).normalize()
}

/// Dollars of thousand million dollars.
pub(super) fn usd_of_bn(bn: Decimal) -> Result<schema::Money, DemoError> {
    money(bn * BILLION, "USD")
}

fn whole(number: Decimal) -> Result<u32, DemoError> {
    let whole = number.is_integer().then(|| number.to_u32()).flatten();
    whole.ok_or_else(|| unfit(&format!("{number} is no whole number of jobs")))
}
