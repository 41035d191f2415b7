//! A person's word against a register's.

use domain::Intent;
use milepost::import::Fate;
use projections::things::{Disagreement, PermitState, said_by_registers};
use schema::{Assurance, Kind, permit::DecidedBy};

use crate::plants::{Record, file, row};

fn granted(on: &str) -> String {
    file_of(2, on)
}

fn file_of(month: u32, granted: &str) -> String {
    file(month, &[row("a").with("Granted", granted)])
}

#[tokio::test]
async fn a_persons_correction_survives_every_later_edition_and_the_disagreement_is_shown_once() {
    let record = Record::new();
    record.take(&file_of(1, "04.05.2021")).await;
    record.officer_corrects_grant("a", "2021-05-06").await;
    assert!(record.granted("a").unwrap().disagreement.is_none(), "what was corrected is no disagreement");
    let repeated = record.take(&granted("04.05.2021")).await;
    assert_eq!((repeated.facts.kept_for_person, repeated.events), (1, 2), "the register repeats what was corrected");
    let live = record.granted("a").unwrap();
    let Some(Disagreement::Differs(said)) = live.disagreement else { panic!("{:?}", live.disagreement) };
    let why = said.content.reason().unwrap().to_string();
    assert_eq!(why, "the edition of 2024-02-01 still says so, as that of 2024-01-01 did");
    let other = record.take(&file_of(3, "07.05.2021")).await;
    assert_eq!((other.facts.kept_for_person, other.events), (1, 2));
    assert_eq!(other.examples[&(Fate::KeptForPerson.word(), Kind::Permit)], ["permit a, granted"]);
    let again = record.take(&file_of(4, "07.05.2021")).await;
    assert_eq!((again.facts.kept_for_person, again.events), (1, 1), "said once");
    let live = record.granted("a").unwrap();
    assert_eq!(live.occurred_on().to_string(), "2021-05-06");
    let Some(Disagreement::Differs(said)) = live.disagreement else { panic!("{:?}", live.disagreement) };
    assert_eq!(said.metadata.occurred_on.to_string(), "2021-05-07");
}

#[tokio::test]
async fn a_register_that_comes_round_to_a_persons_word_no_longer_disagrees() {
    let record = Record::new();
    record.take(&file_of(1, "04.05.2021")).await;
    record.officer_corrects_grant("a", "2021-05-06").await;
    record.take(&file_of(2, "07.05.2021")).await;
    assert!(record.granted("a").unwrap().disagreement.is_some());
    let round = record.take(&file_of(3, "06.05.2021")).await;
    assert_eq!((round.facts.kept_for_person, round.events), (0, 2));
    assert!(record.granted("a").unwrap().disagreement.is_none());
    assert_eq!(record.take(&file_of(4, "06.05.2021")).await.events, 1);
}

#[tokio::test]
async fn what_a_person_corrected_stays_when_the_register_withdraws_it() {
    let record = Record::new();
    record.take(&file_of(1, "04.05.2021")).await;
    record.officer_corrects_grant("a", "2021-05-06").await;
    assert_eq!(record.take(&file_of(2, "")).await.facts.retracted, 1);
    assert!(matches!(record.granted("a").unwrap().disagreement, Some(Disagreement::Withdrawn(_))));
    assert_eq!(record.take(&file_of(3, "")).await.facts.retracted, 0, "withdrawn once");
    record.take(&file_of(4, "06.05.2021")).await;
    let live = record.granted("a").unwrap();
    assert!(live.disagreement.is_none());
    assert_eq!(live.occurred_on().to_string(), "2021-05-06");
}

#[tokio::test]
async fn what_a_person_retracted_stays_retracted() {
    let record = Record::new();
    record.take(&file_of(1, "04.05.2021")).await;
    record.officer_retracts("a", record.granted("a").unwrap().fact_id).await;
    let against = || contradiction(&record);
    assert_eq!(against(), None, "what was retracted is no disagreement");
    let repeated = record.take(&file_of(2, "04.05.2021")).await;
    assert_eq!((repeated.facts.kept_for_person, repeated.does.disagreements, repeated.events), (1, 1, 2));
    assert_eq!(against().as_deref(), Some("2021-05-04"), "the register goes on to say it");
    let again = record.take(&file_of(3, "04.05.2021")).await;
    assert_eq!((again.facts.kept_for_person, again.events), (1, 1), "said once");
    let other = record.take(&file_of(4, "05.05.2021")).await;
    assert_eq!((other.facts.kept_for_person, other.events), (1, 2));
    assert_eq!(against().as_deref(), Some("2021-05-05"));
    assert_eq!(record.permit("a").state().state, PermitState::Submitted, "what a person retracted stays retracted");
    let withdrawn = record.take(&file_of(5, "")).await;
    assert_eq!((withdrawn.facts.retracted, against()), (2, None), "the register has come round");
    assert_eq!(record.take(&file_of(6, "")).await.events, 1, "there is nothing left to withdraw");
}

/// When the register says that the grant was made which a person retracted.
fn contradiction(record: &Record) -> Option<String> {
    let said = said_by_registers(record.permit("a").acts());
    let contradiction = said.iter().find_map(|said| said.contradiction());
    contradiction.map(|word| word.metadata.occurred_on.to_string())
}

#[tokio::test]
async fn what_the_authority_confirmed_is_neither_changed_nor_withdrawn_by_later_editions() {
    let record = Record::new();
    record.take(&file_of(1, "04.05.2021")).await;
    let fact = record.granted("a").unwrap().fact_id;
    record.officer_does("a", "2024-01-01", Intent::Confirm { fact }).await;
    let changed = record.take(&file_of(2, "07.05.2021")).await;
    assert_eq!((changed.facts.kept_for_person, changed.facts.corrected, changed.does.disagreements), (1, 0, 1));
    let live = record.granted("a").unwrap();
    assert_eq!((live.occurred_on().to_string().as_str(), live.assurance), ("2021-05-04", Assurance::Confirmed));
    assert!(
        matches!(&live.disagreement, Some(Disagreement::Differs(said)) if said.metadata.occurred_on.to_string() == "2021-05-07")
    );
    assert_eq!(record.take(&file_of(3, "07.05.2021")).await.events, 1, "said once");
    assert_eq!(record.take(&file_of(4, "")).await.facts.retracted, 1);
    let live = record.granted("a").unwrap();
    assert_eq!((live.occurred_on().to_string().as_str(), live.assurance), ("2021-05-04", Assurance::Confirmed));
    assert!(matches!(live.disagreement, Some(Disagreement::Withdrawn(_))));
    let round = record.take(&file_of(5, "04.05.2021")).await;
    assert_eq!((round.facts.kept_for_person, round.does.agreements), (0, 1));
    assert!(record.granted("a").unwrap().disagreement.is_none());
}

#[tokio::test]
async fn another_file_of_the_edition_that_a_person_corrected_disagrees_too() {
    let record = Record::new();
    record.take(&file_of(1, "04.05.2021")).await;
    record.officer_corrects_grant("a", "2021-05-06").await;
    let other = file(1, &[row("a").with("Granted", "04.05.2021"), row("b")]);
    assert_eq!(record.take(&other).await.facts.kept_for_person, 1);
    let live = record.granted("a").unwrap();
    assert_eq!(live.occurred_on().to_string(), "2021-05-06");
    assert!(live.disagreement.is_some());
}

#[tokio::test]
async fn what_a_person_stated_first_is_not_stated_twice() {
    let record = Record::new();
    record.take(&file_of(1, "")).await;
    let grant = schema::permit::PermitGranted {
        decided_by: DecidedBy::default(),
        conditions: vec![],
        valid_until: None,
        challengeable_until: None,
        announced_on: None,
        reference: None,
    };
    record.officer_does("a", "2021-05-04", Intent::State(grant.into())).await;
    let summary = record.take(&file_of(2, "04.05.2021")).await;
    assert_eq!((summary.events, summary.facts.unchanged), (1, summary.facts.claimed));
}
