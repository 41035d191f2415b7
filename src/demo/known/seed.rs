//! The file `seed-facts.json`, item by item.
//!
//! What is not a fact about a thing on record is named here too, so that a new item in the file is not passed over.

use rust_decimal::Decimal;
use schema::{
    Date, Jurisdiction,
    project::{Capacity, CapacityUnit, Lever, Stage},
};
use serde::{Deserialize, de::IgnoredAny};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    pub source: String,
    pub initiative: SeedFigures,
    pub later_totals: Vec<SeedFigures>,
    pub projects: Vec<SeedProject>,
    pub programmes: Vec<SeedProgramme>,
    pub policy_measures: Vec<SeedMeasure>,
    pub baselines: Vec<SeedBaseline>,
    /// What was talked about: no facts.
    #[serde(rename = "open_themes")]
    _open_themes: IgnoredAny,
}

/// What the initiative stated of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedFigures {
    pub as_of: Date,
    pub clusters: Option<u32>,
    pub countries: Option<u32>,
    pub continents: Option<u32>,
    pub abatement_potential_mt_co2e_per_year: Option<Decimal>,
    pub gdp_usd_bn: Option<Decimal>,
    pub jobs_million: Option<Decimal>,
    /// The clusters' own dates of joining are on record, to the day.
    #[serde(rename = "joined_2023", default)]
    _joined_2023: IgnoredAny,
    #[serde(rename = "note", default)]
    _note: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedProject {
    pub cluster: String,
    pub title: String,
    pub lever: Lever,
    pub stage: Option<Stage>,
    pub fact: String,
    pub abatement_t_per_year: Option<Decimal>,
    pub capacity: Option<SeedCapacity>,
    pub award: Option<SeedAward>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedCapacity {
    value: Decimal,
    unit: SeedUnit,
}

#[derive(Clone, Copy, Deserialize)]
enum SeedUnit {
    #[serde(rename = "MW")]
    Mw,
}

impl From<&SeedCapacity> for Capacity {
    fn from(seed: &SeedCapacity) -> Self {
        let SeedUnit::Mw = seed.unit;
        Self { value: seed.value, unit: CapacityUnit::Mw, bound: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedAward {
    pub programme: Option<String>,
    pub state: SeedAwardState,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    /// Said where it is not named; what names it is the programme.
    #[serde(rename = "funder_named", default)]
    _funder_named: IgnoredAny,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SeedAwardState {
    Expected,
    Awarded,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedProgramme {
    pub id: String,
    pub funder: String,
    pub legal_basis: String,
    pub budget: SeedMoney,
    pub hubs: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedMoney {
    pub amount: Decimal,
    pub currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedMeasure {
    pub title: String,
    pub jurisdiction: Jurisdiction,
    pub in_force_since: Option<Date>,
    pub presented: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedBaseline {
    pub cluster: String,
    pub emissions_mt_co2e: Option<Decimal>,
    pub emissions_year: Option<u16>,
    pub gdp_usd_bn: Option<Decimal>,
    pub gdp_year: Option<u16>,
    pub jobs: Option<u32>,
    pub tenants_over: Option<u32>,
    pub companies: Option<u32>,
    pub source: Option<String>,
}

impl Seed {
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}
