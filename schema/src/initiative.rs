//! Facts about the initiative that the clusters have signed.

use rust_decimal::Decimal;

use crate::{
    Line, Money, Note,
    fact::{facts, payloads},
};

payloads! {
    /// The initiative came on record.
    InitiativeNamed {
        /// Its name.
        name: Line,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<Note>,
    }

    /// The initiative stated figures about itself. They occurred on the date as of which they are stated, and are never
    /// mixed with what is counted here.
    InitiativeFigureStated {
        /// How many clusters have signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clusters: Option<u32>,
        /// In how many countries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        countries: Option<u32>,
        /// On how many continents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continents: Option<u32>,
        /// Abatement potential in tonnes of CO2 equivalent per year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        abatement_potential_t_per_year: Option<Decimal>,
        /// Contribution to gross domestic product.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gdp: Option<Money>,
        /// Jobs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jobs: Option<u32>,
    }
}

facts! {
    /// The facts of the initiative.
    InitiativeFact of Initiative {
        /// See [`InitiativeNamed`].
        InitiativeNamed,
        /// See [`InitiativeFigureStated`].
        InitiativeFigureStated,
    }
    references |_| Vec::new();
}
