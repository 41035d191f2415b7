//! A person's word against a register's.

use milepost::{domain::Intent, import::Fate};
use projections::things::{Disagreement, PermitState};
use schema::{Kind, permit::DecidedBy};

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
    assert_eq!(record.take(&granted("04.05.2021")).await.events, 1, "the register repeats what was corrected");
    assert!(record.granted("a").unwrap().disagreement.is_none());
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
    assert_eq!(record.take(&file_of(2, "04.05.2021")).await.events, 1);
    let other = record.take(&file_of(3, "05.05.2021")).await;
    assert_eq!((other.facts.kept_for_person, other.events), (1, 1));
    assert_eq!(record.permit("a").state().state, PermitState::Submitted);
    assert_eq!(record.take(&file_of(4, "")).await.events, 1, "there is nothing left to withdraw");
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
    };
    record.officer_does("a", "2021-05-04", Intent::State(grant.into())).await;
    let summary = record.take(&file_of(2, "04.05.2021")).await;
    assert_eq!((summary.events, summary.facts.unchanged), (1, summary.facts.claimed));
}
