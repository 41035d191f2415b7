//! What may be said of an organisation.

use projections::things::{FlagCode, Organisation};
use schema::organisation::{OrganisationFact, OrganisationKind, OrganisationRegistered};

use super::{Said, Story, line, said, story, tell};

pub(super) fn registered(name: &str, on: &str) -> Said<OrganisationFact> {
    let kind = OrganisationKind::Authority;
    said(OrganisationRegistered { name: line(name), kind, country: None, lei: None, identifiers: Vec::new() }, on)
}

fn stories() -> Vec<Story<Organisation>> {
    vec![story("an organisation comes on record", [], registered("Port of Antwerp", "2024-01-01")).but(
        "an organisation on record does not come on record again under another name",
        [registered("Port of Antwerp", "2024-01-01")],
        registered("Port of Antwerp-Bruges", "2024-01-01"),
        FlagCode::FoundedTwice,
    )]
}

tell!(stories());
