//! What may be said of a funding programme.

use projections::things::{FlagCode, Programme};
use schema::{
    ClusterId, OrganisationId,
    programme::{ProgrammeBudgetAmended, ProgrammeClosed, ProgrammeFact, ProgrammeOpened},
};
use uuid::Uuid;

use super::{Said, Story, eur, line, note, said, story, tell};

pub(super) type Says = Said<ProgrammeFact>;

/// Opened by the organisation `funder` for the clusters `clusters`; for all, if there are none.
pub(super) fn opened(title: &str, funder: u128, clusters: &[u128]) -> Says {
    let programme = ProgrammeOpened {
        title: line(title),
        funder: OrganisationId::new(Uuid::from_u128(funder)),
        legal_basis: Some(line("Regulation 1, article 2")),
        budget: Some(eur(1_000)),
        awards_planned: None,
        clusters: clusters.iter().map(|cluster| ClusterId::new(Uuid::from_u128(*cluster))).collect(),
        countries: Vec::new(),
        closes_on: None,
        identifiers: Vec::new(),
    };
    said(programme, "2023-01-01")
}

pub(super) fn hydrogen() -> Says {
    opened("Hydrogen fund", 1, &[])
}

fn budget_amended(amount: i64, on: &str) -> Says {
    said(ProgrammeBudgetAmended { budget: eur(amount), reason: note("a further call") }, on)
}

pub(super) fn closed(on: &str) -> Says {
    said(ProgrammeClosed { reason: None }, on)
}

fn stories() -> Vec<Story<Programme>> {
    vec![
        story("a programme opens", [], hydrogen()).but(
            "a programme that is open does not open again",
            [hydrogen()],
            opened("Hydrogen bank", 1, &[]),
            FlagCode::FoundedTwice,
        ),
        story(
            "a budget changes, also of a programme that is closed",
            [hydrogen(), closed("2024")],
            budget_amended(2_000, "2025"),
        )
        .but(
            "no budget changes of a programme that never opened",
            [],
            budget_amended(2_000, "2025"),
            FlagCode::NotFounded,
        ),
        story("a programme closes", [hydrogen()], closed("2024-06-30")).but(
            "a closed programme does not close",
            [hydrogen(), closed("2024-06-30")],
            closed("2025-06-30"),
            FlagCode::ProgrammeClosedTwice,
        ),
    ]
}

tell!(stories());
