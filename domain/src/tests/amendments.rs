//! Corrections, retractions, confirmations and documents.

use projections::things::{FlagCode, Permit, PermitState, Project, Thing};
use schema::{Act, Assurance, EventId, project::Stage};
use uuid::Uuid;

use super::{
    By, Decision, Intent, Rejection, Scene, date, document, eur, given, note, nothing_to_do, permit, project, recorded, refused,
};
use crate::rejection;

fn project_in(stage: Stage, on: &str) -> (Scene<Project>, EventId) {
    let scene = given::<Project>([project::pipeline(), project::entered(stage, on)]);
    let fact = scene.last();
    (scene, fact)
}

fn granted_permit() -> (Scene<Permit>, EventId) {
    let scene = given::<Permit>(permit::permitted());
    let grant = scene.last();
    (scene, grant)
}

fn assurance(thing: &Thing<Permit>, fact: EventId) -> Assurance {
    thing.live_fact(fact).unwrap().assurance
}

#[test]
fn a_correction_puts_another_fact_in_the_place_of_the_first() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    let act = recorded(scene.correct(By::Person, fact, project::entered(Stage::Feasibility, "2024-04-01")));
    assert!(matches!(act, Act::Corrected { act, .. } if act == fact));
    assert_eq!(scene.thing.state().stage, Some(Stage::Feasibility));
    assert_eq!(scene.thing.live().len(), 2);
}

#[test]
fn a_correction_names_the_members_that_it_sets_or_empties() {
    fn names<F>(act: Act<F>) -> Vec<String> {
        act.members().iter().map(ToString::to_string).collect()
    }
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    let stage = scene.correct(By::Person, fact, project::entered(Stage::Feasibility, "2024-03-01"));
    assert_eq!(names(recorded(stage)), ["stage"]);
    let date = scene.correct(By::Person, fact, project::entered(Stage::Feasibility, "2024-04-01"));
    assert_eq!(names(recorded(date)), ["occurred_on"]);
    let (mut scene, grant) = granted_permit();
    let until = scene.correct(By::Person, grant, permit::granted_until("2029", "2024-07-01"));
    assert_eq!(names(recorded(until)), ["conditions", "valid_until"], "what is emptied, and what is set");
}

#[test]
fn a_fact_that_is_disputed_counts_on_until_it_is_corrected() {
    let (mut scene, grant) = granted_permit();
    let dispute = |reason: &str| Intent::Dispute { fact: grant, reason: note(reason) };
    let disputed = recorded(scene.when(By::Person, dispute("it is of another permit"), "2024-08-01"));
    assert_eq!(disputed, Act::Disputed { act: grant, reason: note("it is of another permit") });
    let dispute_id = scene.last();
    assert!(nothing_to_do(scene.when(By::Person, dispute("it is of another permit"), "2024-08-02")));
    recorded(scene.when(By::Person, dispute("nor is it ours"), "2024-08-02"));
    recorded(scene.when(By::Authority, dispute("it is of another permit"), "2024-08-02"));
    assert!(scene.thing.live_fact(grant).is_some());
    recorded(scene.when(By::Person, Intent::Retract { act: dispute_id, reason: note("it is ours") }, "2024-08-03"));
    recorded(scene.when(By::Person, dispute("it is of another permit"), "2024-08-04"));
    let unknown = Intent::Dispute { fact: EventId(Uuid::from_u128(77)), reason: note("what?") };
    assert_eq!(refused(scene.when(By::Person, unknown, "2024-08-01")).code, rejection::FACT_UNKNOWN);
}

#[test]
fn a_correction_of_the_date_alone_is_a_correction() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024");
    recorded(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-01-01")));
    assert_eq!(scene.thing.state().stage_since, Some(date("2024-01-01")));
}

#[test]
fn a_correction_is_corrected_by_the_id_of_the_fact_or_of_the_version_that_counts() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    recorded(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-03-02")));
    let version = scene.last();
    let act = recorded(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-03-03")));
    assert!(matches!(act, Act::Corrected { act, .. } if act == version));
    let latest = scene.last();
    recorded(scene.correct(By::Person, latest, project::entered(Stage::Feed, "2024-03-04")));
    assert_eq!(scene.thing.state().stage_since, Some(date("2024-03-04")));
}

#[test]
fn a_correction_to_the_same_words_is_nothing_to_do() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    assert!(nothing_to_do(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-03-01"))));
}

#[test]
fn a_register_comes_round_to_what_a_person_says_once() {
    let mut scene = given::<Project>([project::pipeline()]);
    let taken = |scene: &mut Scene<Project>, intent, on, edition: &str| {
        let mut command = scene.command(By::Register, intent, date(on));
        command.metadata.published_on = Some(edition.parse().unwrap());
        scene.record(&command)
    };
    let says = || project::entered(Stage::Feed, "2024-03-01").fact;
    recorded(taken(&mut scene, Intent::State(says()), "2024-03-01", "2024-04-01"));
    let fact = scene.last();
    recorded(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-03-02")));
    let correct = || Intent::Correct { fact, reason: note("a later edition says so"), to: says(), members: None };
    recorded(taken(&mut scene, correct(), "2024-03-03", "2024-07-01"));
    assert!(scene.thing.live_fact(fact).unwrap().disagreement.is_some());
    recorded(taken(&mut scene, correct(), "2024-03-02", "2024-10-01"));
    assert!(scene.thing.live_fact(fact).unwrap().disagreement.is_none());
    assert!(nothing_to_do(taken(&mut scene, correct(), "2024-03-02", "2025-01-01")));
}

#[test]
fn a_fact_is_not_corrected_to_one_of_another_type() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    let rejection = refused(scene.correct(By::Person, fact, project::suspended("2024-03-01")));
    assert_eq!(rejection.code, rejection::FACT_OF_OTHER_TYPE);
    assert!(rejection.message.contains("ProjectStageEntered") && rejection.message.contains("ProjectSuspended"));
    assert!(rejection.hint.is_some());
}

#[test]
fn a_correction_has_to_fit_like_a_new_fact() {
    let mut scene = given::<Permit>(permit::permitted());
    let submission = scene.thing.acts()[1].header.id;
    let rejection = refused(scene.correct(By::Person, submission, permit::submitted("2024-08-01")));
    assert_eq!(rejection.code, FlagCode::NotSubmitted.code());
    assert!(!rejection.facts.is_empty());
}

fn on_a_fact(fact: EventId) -> [Intent<schema::permit::PermitFact>; 4] {
    [
        Intent::Correct { fact, reason: note("misread"), to: permit::granted("2024-07-02").fact, members: None },
        Intent::Retract { act: fact, reason: note("it never happened") },
        Intent::Confirm { fact },
        Intent::AttachEvidence { fact },
    ]
}

#[test]
fn what_is_not_on_record_is_neither_corrected_nor_retracted_nor_confirmed_nor_supported() {
    for intent in on_a_fact(EventId(Uuid::from_u128(404))) {
        let (mut scene, _) = granted_permit();
        let rejection = refused(scene.when(By::Authority, intent, "2024-08-01"));
        assert_eq!(rejection.code, rejection::FACT_UNKNOWN);
        assert!(rejection.hint.is_some());
    }
}

#[test]
fn what_was_retracted_is_neither_corrected_nor_confirmed_nor_supported() {
    for intent in on_a_fact(granted_permit().1) {
        let (mut scene, grant) = granted_permit();
        recorded(scene.retract(By::Person, grant));
        let retracts = matches!(intent, Intent::Retract { .. });
        let decision = scene.when(By::Authority, intent, "2024-08-01");
        if retracts {
            assert!(nothing_to_do(decision));
        } else {
            let rejection = refused(decision);
            assert_eq!(rejection.code, rejection::FACT_ALREADY_RETRACTED);
            assert!(rejection.hint.is_some());
        }
    }
}

#[test]
fn a_version_that_no_longer_counts_is_not_corrected() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    recorded(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-03-02")));
    let replaced = scene.last();
    recorded(scene.correct(By::Person, fact, project::entered(Stage::Feed, "2024-03-03")));
    let rejection = refused(scene.correct(By::Person, replaced, project::entered(Stage::Feed, "2024-03-04")));
    assert_eq!(rejection.code, rejection::FACT_ALREADY_RETRACTED);
}

#[test]
fn a_fact_retracted_no_longer_counts() {
    let (mut scene, grant) = granted_permit();
    recorded(scene.retract(By::Person, grant));
    assert_eq!(scene.thing.state().state, PermitState::Submitted);
    assert!(scene.thing.live_fact(grant).is_none());
}

#[test]
fn what_follows_on_a_retracted_step_stays_and_is_flagged() {
    let mut scene = given::<Permit>(permit::permitted());
    let submission = scene.thing.acts()[1].header.id;
    let decision = scene.retract(By::Person, submission).unwrap();
    assert_eq!(decision.warnings, [FlagCode::NotSubmitted]);
    assert_eq!(scene.thing.state().determinations.len(), 1);
    assert_eq!(scene.thing.flags().len(), 1);
}

#[test]
fn a_retraction_retracted_brings_the_fact_back() {
    let (mut scene, grant) = granted_permit();
    let before = scene.thing.state().clone();
    recorded(scene.retract(By::Person, grant));
    let retraction = scene.last();
    recorded(scene.retract(By::Person, retraction));
    assert_eq!(*scene.thing.state(), before);
    assert!(nothing_to_do(scene.retract(By::Person, retraction)));
    recorded(scene.retract(By::Person, grant));
    assert!(scene.thing.live_fact(grant).is_none());
}

#[test]
fn a_correction_retracted_leaves_what_it_had_corrected() {
    let (mut scene, fact) = project_in(Stage::Feed, "2024-03-01");
    recorded(scene.correct(By::Person, fact, project::entered(Stage::Fid, "2024-03-01")));
    let correction = scene.last();
    recorded(scene.retract(By::Person, correction));
    assert_eq!(scene.thing.state().stage, Some(Stage::Feed));
}

#[test]
fn a_fact_is_confirmed_once() {
    let (mut scene, grant) = granted_permit();
    assert_eq!(recorded(scene.when(By::Authority, Intent::Confirm { fact: grant }, "2024-08-01")), Act::Confirmed { act: grant });
    assert_eq!(assurance(&scene.thing, grant), Assurance::Confirmed);
    assert!(nothing_to_do(scene.when(By::Authority, Intent::Confirm { fact: grant }, "2024-08-01")));
}

#[test]
fn a_confirmed_fact_corrected_is_evidenced_again() {
    let (mut scene, grant) = granted_permit();
    recorded(scene.when(By::Authority, Intent::Confirm { fact: grant }, "2024-08-01"));
    recorded(scene.correct(By::Person, grant, permit::granted("2024-07-02")));
    assert_eq!(assurance(&scene.thing, grant), Assurance::Evidenced);
    recorded(scene.when(By::Authority, Intent::Confirm { fact: grant }, "2024-08-02"));
    assert_eq!(assurance(&scene.thing, grant), Assurance::Confirmed);
}

#[test]
fn a_confirmation_retracted_is_none() {
    let (mut scene, grant) = granted_permit();
    recorded(scene.when(By::Authority, Intent::Confirm { fact: grant }, "2024-08-01"));
    let confirmation = scene.last();
    recorded(scene.retract(By::Authority, confirmation));
    assert_eq!(assurance(&scene.thing, grant), Assurance::Claimed);
}

#[test]
fn the_authority_that_says_what_was_claimed_confirms_it() {
    let (mut scene, grant) = granted_permit();
    let again = permit::granted("2024-07-01");
    assert!(nothing_to_do(scene.state(By::Person, &again)));
    assert_eq!(recorded(scene.state(By::Authority, &again)), Act::Confirmed { act: grant });
    assert!(nothing_to_do(scene.state(By::Authority, &again)));
    assert_eq!(assurance(&scene.thing, grant), Assurance::Confirmed);
}

#[test]
fn nobody_confirms_what_they_have_logged_themselves() {
    let mut scene = given::<Permit>([permit::needed(), permit::submitted("2024-02-01")]);
    recorded(scene.state(By::Person, &permit::granted("2024-07-01")));
    let logged = scene.last();
    let mut confirms = scene.command(By::Authority, Intent::Confirm { fact: logged }, date("2024-08-01"));
    confirms.metadata.subject = scene.thing.act(logged).unwrap().metadata.subject;
    let mut says_again = scene.command(By::Authority, Intent::State(permit::granted("2024-07-01").fact), date("2024-07-01"));
    says_again.metadata.subject = confirms.metadata.subject;
    for command in [confirms, says_again] {
        assert_eq!(refused(scene.record(&command)).code, FlagCode::ConfirmationOneSided.code());
    }
    recorded(scene.when(By::Authority, Intent::Confirm { fact: logged }, "2024-08-01"));
    assert_eq!(assurance(&scene.thing, logged), Assurance::Confirmed);
}

/// Gives `intent` with these documents.
fn with_documents(
    scene: &mut Scene<Permit>,
    intent: Intent<schema::permit::PermitFact>,
    titles: &[&str],
) -> Result<Decision<schema::permit::PermitFact>, Rejection> {
    let mut command = scene.command(By::Person, intent, date("2024-07-01"));
    command.metadata.evidence = titles.iter().map(|title| document(title)).collect();
    scene.record(&command)
}

#[test]
fn a_document_makes_a_claim_evidenced() {
    let (mut scene, grant) = granted_permit();
    let attached = recorded(with_documents(&mut scene, Intent::AttachEvidence { fact: grant }, &["decision letter"]));
    assert_eq!(attached, Act::EvidenceAttached { act: grant });
    assert_eq!(assurance(&scene.thing, grant), Assurance::Evidenced);
    assert!(nothing_to_do(with_documents(&mut scene, Intent::AttachEvidence { fact: grant }, &["decision letter"])));
    let two = &["decision letter", "annex"];
    recorded(with_documents(&mut scene, Intent::AttachEvidence { fact: grant }, two));
    assert_eq!(scene.thing.live_fact(grant).unwrap().evidence.len(), 2);
}

#[test]
fn a_fact_said_again_with_a_document_is_supported_by_it() {
    let (mut scene, grant) = granted_permit();
    let again = || Intent::State(permit::granted("2024-07-01").fact);
    assert_eq!(recorded(with_documents(&mut scene, again(), &["decision letter"])), Act::EvidenceAttached { act: grant });
    assert!(nothing_to_do(with_documents(&mut scene, again(), &["decision letter"])));
}

#[test]
fn no_document_is_no_evidence() {
    let (mut scene, grant) = granted_permit();
    let rejection = refused(scene.when(By::Person, Intent::AttachEvidence { fact: grant }, "2024-08-01"));
    assert_eq!((rejection.code, rejection.field), (rejection::EVIDENCE_MISSING, Some("evidence")));
}

#[test]
fn stages_of_one_day_are_taken_in_the_order_of_life_whatever_their_ids_are() {
    for n in 0..32 {
        let mut scene = given::<Project>([project::pipeline(), project::entered(Stage::Operational, "2024-03-01")]);
        scene.commands = 1000 * (n + 1);
        recorded(scene.state(By::Person, &project::entered(Stage::Construction, "2024-03-01")));
        assert_eq!((scene.thing.flags(), scene.thing.state().stage), (&[][..], Some(Stage::Operational)));
    }
}

#[test]
fn who_says_two_things_of_one_day_is_asked_which_came_last() {
    let estimated = |amount| project::estimated_at(eur(amount), "2024-03-01");
    let mut scene = given::<Project>([project::pipeline(), estimated(400)]);
    assert_eq!(refused(scene.state(By::Person, &estimated(500))).code, FlagCode::SameDay.code());
    let taken = scene.state(By::PersonOverriding, &estimated(500)).unwrap();
    assert_eq!(taken.warnings, [FlagCode::SameDay]);
    assert!(scene.flags().iter().any(|flag| flag.code == FlagCode::SameDay && flag.facts.len() == 2));
}
