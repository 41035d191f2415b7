//! What may be said of the initiative.

use projections::things::{FlagCode, Initiative};
use schema::initiative::{InitiativeFact, InitiativeFigureStated, InitiativeNamed};

use super::{Said, Story, eur, line, said, story, tell};

pub(super) fn named(name: &str) -> Said<InitiativeFact> {
    said(InitiativeNamed { name: line(name), purpose: None }, "2022-01-01")
}

pub(super) fn stated(clusters: u32, on: &str) -> Said<InitiativeFact> {
    let figures = InitiativeFigureStated {
        clusters: Some(clusters),
        countries: Some(7),
        continents: None,
        abatement_potential_t_per_year: Some(1_000.into()),
        gdp: Some(eur(1_000)),
        jobs: None,
    };
    said(figures, on)
}

fn stories() -> Vec<Story<Initiative>> {
    let clusters = || named("Transitioning clusters");
    vec![
        story("the initiative comes on record", [], clusters()).but(
            "there is one initiative, under one name",
            [clusters()],
            named("Clusters in transition"),
            FlagCode::FoundedTwice,
        ),
        story("the initiative states figures again and again", [clusters(), stated(8, "2023-01-01")], stated(9, "2024-01-01"))
            .but("nobody states figures of no initiative", [], stated(9, "2024-01-01"), FlagCode::NotFounded),
    ]
}

tell!(stories());
