//! Whoever knows by what ids an import will go can't stand in its way.

use std::time::Duration;

use app::Submission;
use chrono::Utc;
use domain::{Command, Intent};
use milepost::import::Ending;
use projections::{
    Across, Kinded, Picture,
    things::{Organisation, Permit, Project},
};
use schema::{
    CommandId, Kind, Line, Metadata, Note, SubjectId, ThingId,
    organisation::{OrganisationKind, OrganisationRegistered},
    permit::ApplicationAmended,
};
use uuid::Uuid;

use crate::plants::{Record, file, row};

const STRANGER: SubjectId = SubjectId(Uuid::from_u128(666));

/// The ids of the commands by which the things of one kind came about: they follow from the file, which is public.
fn derived<S: Kinded>(picture: &Picture) -> Vec<(ThingId, CommandId)> {
    let acts = picture.things::<S>().values().flat_map(|thing| thing.acts().iter());
    acts.map(|act| (act.header.thing, act.metadata.command_id)).collect()
}

fn everything(record: &Record) -> Vec<(ThingId, CommandId)> {
    let picture = record.app.picture();
    [derived::<Organisation>(&picture), derived::<Project>(&picture), derived::<Permit>(&picture)].concat()
}

/// A stranger states `fact` by the command `id`.
async fn says<S: Across>(record: &Record, thing: ThingId, id: CommandId, fact: impl Into<S::Fact>) {
    let metadata = Metadata::new("2020-01-01".parse().unwrap(), STRANGER, id, Uuid::nil());
    let metadata = Metadata { override_reason: Some(note("to be in the way")), ..metadata };
    let command = Command { intent: Intent::State(fact.into()), metadata, may_override: true, now: Utc::now(), index: 0 };
    let submission = Submission { thing, commands: vec![command], expected_revision: None };
    let receipt = record.app.record::<S>(&submission).await.unwrap();
    record.app.reached(thing, receipt.revision.unwrap(), Duration::from_mins(1)).await.unwrap();
}

fn note(text: &str) -> Note {
    Note::try_new(text).unwrap()
}

fn first() -> String {
    file(1, &[row("a").with("Granted", "04.05.2021"), row("b")])
}

fn second() -> String {
    file(2, &[row("a").with("Granted", "06.05.2021"), row("b").with("Refused", "07.05.2021")])
}

#[tokio::test]
async fn a_stranger_who_founds_things_under_the_ids_of_an_import_does_not_block_it() {
    let known = Record::new();
    known.take(&first()).await;
    let record = Record::new();
    for (number, (_, id)) in everything(&known).into_iter().enumerate() {
        let name = Line::try_new(&format!("Stranger {number}")).unwrap();
        let registered =
            OrganisationRegistered { name, kind: OrganisationKind::Company, country: None, lei: None, identifiers: vec![] };
        says::<Organisation>(&record, ThingId::derive(Kind::Organisation, STRANGER, id), id, registered).await;
    }
    let summary = record.take(&first()).await;
    assert_eq!((summary.ending, summary.refused.len()), (Ending::Taken, 0));
    assert_eq!(record.live(), known.live());
}

#[tokio::test]
async fn a_stranger_who_writes_to_its_things_under_the_ids_of_the_next_edition_does_not_block_it() {
    let known = Record::new();
    known.take(&first()).await;
    let before = everything(&known).len();
    known.take(&second()).await;
    let next = everything(&known);
    assert!(next.len() > before);
    let record = Record::new();
    record.take(&first()).await;
    let there = everything(&record);
    for (thing, id) in next.into_iter().filter(|known| !there.contains(known)) {
        match thing.kind() {
            Kind::Permit => {
                let amended = ApplicationAmended { what: Some(note(&id.to_string())), material: None };
                says::<Permit>(&record, thing, id, amended).await;
            }
            kind => panic!("the second edition says something of a {kind}"),
        }
    }
    let summary = record.take(&second()).await;
    assert_eq!((summary.ending, summary.refused.len()), (Ending::Taken, 0));
    assert_eq!(record.granted("a").unwrap().occurred_on().to_string(), "2021-05-06");
}

#[tokio::test]
async fn an_import_that_was_cut_short_goes_on_by_its_own_ids() {
    let record = Record::new();
    record.take_a_part(&first(), |step| step.things >= 2).await;
    let summary = record.take(&first()).await;
    assert_eq!(summary.ending, Ending::Taken);
    let known = Record::new();
    known.take(&first()).await;
    assert_eq!(record.live(), known.live());
}
