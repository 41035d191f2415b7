//! The funding programme and the awards.

use projections::things::{Award, Organisation, Programme};
use schema::{
    Kind, OrganisationId, ProgrammeId, ProjectId, ThingId,
    award::{AwardExpected, AwardFact, AwardIdentified, AwardMade, Side},
    organisation::{OrganisationKind, OrganisationRegistered},
    programme::ProgrammeOpened,
};

use super::{
    Recorder, founded, line, money,
    projects::thing_of,
    seed::{Seed, SeedAward, SeedAwardState, SeedProgramme, SeedProject},
    unfit,
};
use crate::demo::DemoError;

/// Records the programmes, then the awards: those under a programme as expected, without an amount where none is known.
pub(super) async fn record(recorder: &Recorder<'_>, seed: &Seed) -> Result<(), DemoError> {
    for programme in &seed.programmes {
        record_programme(recorder, programme).await?;
    }
    for project in &seed.projects {
        if let Some(award) = &project.award {
            record_award(recorder, project, award).await?;
        }
    }
    Ok(())
}

/// The words of the id, of which the first is the code of a country.
fn title_of(id: &str) -> String {
    let (country, rest) = id.split_once('-').unwrap_or((id, ""));
    format!("{} {}", country.to_uppercase(), rest.replace('-', " "))
}

fn programme_called(id: &str) -> ThingId {
    founded(Kind::Programme, &["programme", id])
}

async fn record_programme(recorder: &Recorder<'_>, programme: &SeedProgramme) -> Result<(), DemoError> {
    let name = ["organisation", programme.funder.as_str()];
    let funder = founded(Kind::Organisation, &name);
    let registered = OrganisationRegistered {
        name: line(&programme.funder)?,
        kind: OrganisationKind::Funder,
        country: None,
        lei: None,
        identifiers: Vec::new(),
    };
    recorder.by_source::<Organisation>(funder, &name, registered).await?;
    let opened = ProgrammeOpened {
        title: line(&title_of(&programme.id))?,
        funder: OrganisationId::try_from(funder).map_err(|error| unfit(&error))?,
        legal_basis: Some(line(&programme.legal_basis)?),
        budget: Some(money(programme.budget.amount, &programme.budget.currency)?),
        awards_planned: Some(programme.hubs),
        clusters: Vec::new(),
        countries: Vec::new(),
        closes_on: None,
        identifiers: Vec::new(),
    };
    recorder.by_source::<Programme>(programme_called(&programme.id), &["programme", &programme.id], opened).await
}

async fn record_award(recorder: &Recorder<'_>, project: &SeedProject, award: &SeedAward) -> Result<(), DemoError> {
    let name = ["award", project.cluster.as_str(), project.title.as_str()];
    let thing = founded(Kind::Award, &name);
    let programme = award.programme.as_deref().map(programme_called);
    let identified = AwardIdentified {
        title: line(&project.fact)?,
        programme: programme.map(ProgrammeId::try_from).transpose().map_err(|error| unfit(&error))?,
        funder: None,
        recipient: None,
        projects: vec![ProjectId::try_from(thing_of(project)).map_err(|error| unfit(&error))?],
        clusters: Vec::new(),
        instrument: None,
        // A department's programme under an act is the public's money. Whose the other is, the source does not say.
        side: programme.map(|_| Side::Public),
        purpose: None,
        identifiers: Vec::new(),
        out_of: None,
        shares: Vec::new(),
        state_aid: None,
    };
    recorder.by_source::<Award>(thing, &name, identified).await?;
    let name = ["award state", project.cluster.as_str(), project.title.as_str()];
    recorder.by_source::<Award>(thing, &name, state(award)?).await
}

fn state(award: &SeedAward) -> Result<AwardFact, DemoError> {
    let amount = award.amount.zip(award.currency.as_deref()).map(|(amount, currency)| money(amount, currency)).transpose()?;
    match (award.state, amount) {
        (SeedAwardState::Expected, amount) => Ok(AwardExpected { amount, bound: None }.into()),
        (SeedAwardState::Awarded, Some(amount)) => Ok(AwardMade { amount, bound: None }.into()),
        (SeedAwardState::Awarded, None) => Err(unfit(&"an award without an amount")),
    }
}
