//! Which version of a fact counts, how sure it is, and what became of the others.

use crate::support::*;
use projections::things::{Disagreement, Fate, FlagCode, Permit, Thing, fates, is_of_another_side, said_by_registers};
use schema::{Assurance, Date, Kind, permit::PermitFact};

const Q3: &str = "2023-09-30";
const Q4: &str = "2023-12-31";
const Q2: &str = "2024-06-30";

fn submitted() -> PermitFact {
    a!(ApplicationSubmitted {})
}

fn submitted_on(permit: &Thing<Permit>) -> Option<Date> {
    permit.state().submitted_on
}

fn fates_of(permit: &Thing<Permit>) -> Vec<Fate> {
    fates(permit.acts())
}

#[test]
fn a_dispute_changes_nothing_and_is_over_with_the_version_that_it_was_about() {
    let mut acts = vec![stated(1, "2023-05-01", submitted()), disputed(2, 1)];
    assert_eq!(submitted_on(&permit(&acts)), Some(date("2023-05-01")));
    assert_eq!(fates_of(&permit(&acts)), [Fate::InEffect, Fate::InEffect]);
    acts.push(corrected(3, 1, "2023-05-02", submitted()));
    assert_eq!(fates_of(&permit(&acts)), [Fate::CorrectedBy(id(3)), Fate::CorrectedBy(id(3)), Fate::InEffect]);
}

#[test]
fn what_a_person_says_was_published_is_no_edition() {
    let mut says = corrected(2, 1, "2023-05-02", submitted());
    says.metadata.published_on = Some("2024-06-30".parse().unwrap());
    let acts =
        [stated(1, "2023-05-01", submitted()).by_register(Q3), says, corrected(3, 1, "2023-05-03", submitted()).by_register(Q4)];
    let permit = permit(&acts);
    assert_eq!(submitted_on(&permit), Some(date("2023-05-02")));
    assert!(matches!(&permit.live()[0].disagreement, Some(Disagreement::Differs(_))), "an edition of after the correction");
}

#[test]
fn a_fact_that_was_retracted_does_not_count() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()), retracted(2, 1)]);
    assert!(permit.live().is_empty());
    assert_eq!(fates_of(&permit), [Fate::RetractedBy(id(2)), Fate::InEffect]);
}

#[test]
fn a_retraction_that_was_retracted_has_no_effect() {
    let mut acts = vec![stated(1, "2023-05-01", submitted()), retracted(2, 1), retracted(3, 2)];
    assert_eq!(submitted_on(&permit(&acts)), Some(date("2023-05-01")));
    assert_eq!(fates_of(&permit(&acts)), [Fate::InEffect, Fate::RetractedBy(id(3)), Fate::InEffect]);
    acts.push(retracted(4, 3));
    assert_eq!(submitted_on(&permit(&acts)), None);
}

#[test]
fn one_retraction_that_stands_is_enough() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()), retracted(2, 1), retracted(3, 2), retracted(4, 1)]);
    assert_eq!(submitted_on(&permit), None);
    assert_eq!(fates_of(&permit)[0], Fate::RetractedBy(id(4)));
}

#[test]
fn a_retracted_correction_gives_way_to_the_version_before_it() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()),
        corrected(2, 1, "2023-05-02", submitted()),
        corrected(3, 2, "2023-05-03", submitted()).resting_on("letter"),
        retracted(4, 3),
    ]);
    let live = &permit.live()[0];
    assert_eq!((live.fact_id, live.version.header.id), (id(1), id(2)));
    assert_eq!(live.occurred_on(), date("2023-05-02"));
    assert_eq!((live.assurance, live.evidence.len()), (Assurance::Claimed, 0), "what was retracted makes nothing surer");
    let expected = [Fate::CorrectedBy(id(2)), Fate::InEffect, Fate::RetractedBy(id(4)), Fate::InEffect];
    assert_eq!(fates_of(&permit), expected);
}

#[test]
fn retracting_what_was_stated_retracts_its_corrections_with_it() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()), corrected(2, 1, "2023-05-02", submitted()), retracted(3, 1)]);
    assert!(permit.live().is_empty());
    assert_eq!(fates_of(&permit)[..2], [Fate::RetractedBy(id(3)); 2]);
}

#[test]
fn a_registers_retraction_never_reaches_a_persons_fact() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()), retracted(2, 1).by_register(Q4)]);
    assert_eq!(submitted_on(&permit), Some(date("2023-05-01")));
    assert_eq!(fates_of(&permit)[0], Fate::InEffect);
}

#[test]
fn a_registers_retraction_never_reaches_a_persons_retraction() {
    let acts = [stated(1, "2023-05-01", submitted()).by_register(Q4), retracted(2, 1), retracted(3, 2).by_register(Q2)];
    assert_eq!(submitted_on(&permit(&acts)), None);
}

#[test]
fn a_register_takes_its_own_word_back() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()).by_register(Q2),
        retracted(3, 1).by_register(Q2),
    ]);
    assert!(permit.live().is_empty());
    assert_eq!(fates_of(&permit)[..2], [Fate::RetractedBy(id(3)); 2]);
}

#[test]
fn a_persons_correction_outlives_the_registers_withdrawal_and_the_disagreement_is_shown() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()),
        retracted(3, 1).by_register(Q2),
    ]);
    let live = &permit.live()[0];
    assert_eq!(live.version.header.id, id(2));
    assert!(matches!(&live.disagreement, Some(Disagreement::Withdrawn(act)) if act.header.id == id(3)));
}

#[test]
fn a_person_retracts_what_a_register_said() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()).by_register(Q2),
        retracted(3, 1),
    ]);
    assert!(permit.live().is_empty());
}

#[test]
fn a_persons_word_stands_above_a_registers_later_one_and_the_disagreement_is_shown() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()),
        corrected(3, 1, "2023-05-03", submitted()).by_register(Q2),
    ]);
    let live = &permit.live()[0];
    assert_eq!(live.occurred_on(), date("2023-05-02"));
    assert!(matches!(&live.disagreement, Some(Disagreement::Differs(act)) if act.header.id == id(3)));
    assert_eq!(live.register_row().map(|row| row.row), Some(17));
    assert_eq!(fates_of(&permit), [Fate::CorrectedBy(id(2)), Fate::InEffect, Fate::CorrectedBy(id(2))]);
}

#[test]
fn a_register_that_comes_to_say_the_same_does_not_disagree() {
    let acts = [
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()),
        corrected(3, 1, "2023-05-02", submitted()).by_register(Q2),
    ];
    assert_eq!(permit(&acts).live()[0].disagreement, None);
    assert_eq!(permit(&acts[..2]).live()[0].disagreement, None, "what was corrected is no disagreement");
}

#[test]
fn a_register_that_says_again_what_a_person_corrected_disagrees() {
    let acts = [
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()),
        corrected(3, 2, "2023-05-01", submitted()).by_register(Q2),
    ];
    assert!(matches!(&permit(&acts).live()[0].disagreement, Some(Disagreement::Differs(act)) if act.header.id == id(3)));
    let of_the_same_edition = corrected(3, 2, "2023-05-01", submitted()).by_register(Q4);
    let permit = permit(&[acts[0].clone(), acts[1].clone(), of_the_same_edition]);
    assert!(permit.live()[0].disagreement.is_some(), "another file of the edition says so, after the person's word");
}

#[test]
fn what_a_person_confirmed_outlives_the_registers_later_word_and_the_disagreement_is_shown() {
    let acts = [
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        confirmed(2, 1),
        corrected(3, 1, "2023-05-03", submitted()).by_register(Q2),
    ];
    let permit_of = |acts: &[Said<PermitFact>]| permit(acts);
    let permit = permit_of(&acts);
    let live = &permit.live()[0];
    assert_eq!((live.occurred_on(), live.assurance), (date("2023-05-01"), Assurance::Confirmed));
    assert!(matches!(&live.disagreement, Some(Disagreement::Differs(act)) if act.header.id == id(3)));
    assert_eq!(fates_of(&permit), [Fate::InEffect, Fate::InEffect, Fate::CorrectedBy(id(1))]);
    assert_eq!(permit_of(&acts[..2]).live()[0].disagreement, None);
    let [stated, _, differs] = acts;
    assert_eq!(submitted_on(&permit_of(&[stated, differs])), Some(date("2023-05-03")), "nobody confirmed it");
}

#[test]
fn what_a_person_confirmed_outlives_the_registers_withdrawal_until_the_confirmation_is_retracted() {
    let mut acts = vec![stated(1, "2023-05-01", submitted()).by_register(Q4), confirmed(2, 1), retracted(3, 1).by_register(Q2)];
    let withdrawn = permit(&acts);
    assert!(matches!(&withdrawn.live()[0].disagreement, Some(Disagreement::Withdrawn(act)) if act.header.id == id(3)));
    assert_eq!(fates_of(&withdrawn), [Fate::InEffect; 3]);
    acts.push(retracted(4, 2));
    assert_eq!(submitted_on(&permit(&acts)), None);
}

#[test]
fn a_persons_correction_of_what_was_confirmed_counts() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        confirmed(2, 1),
        corrected(3, 1, "2023-05-02", submitted()),
    ]);
    assert_eq!(submitted_on(&permit), Some(date("2023-05-02")));
    assert_eq!(permit.live()[0].assurance, Assurance::Evidenced);
}

#[test]
fn what_a_register_says_against_a_persons_retraction_is_kept_beside_it() {
    let mut acts = vec![
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        retracted(2, 1),
        corrected(3, 2, "2023-05-03", submitted()).by_register(Q2),
    ];
    let retracted_by_person = permit(&acts);
    assert_eq!((submitted_on(&retracted_by_person), retracted_by_person.flags().len()), (None, 0));
    let said = &said_by_registers(retracted_by_person.acts())[0];
    assert_eq!((said.fact_id(), said.taken_back_by), (id(1), Some(id(2))));
    assert_eq!(said.contradiction().unwrap().metadata.occurred_on, date("2023-05-03"));
    acts.push(retracted(4, 3).by_register("2024-09-30"));
    assert!(said_by_registers(permit(&acts).acts())[0].contradiction().is_none(), "the register no longer says so");
    acts.pop();
    acts.push(retracted(4, 2));
    let again = permit(&acts);
    assert_eq!((again.live().len(), submitted_on(&again)), (1, Some(date("2023-05-03"))), "the retraction was a mistake");
}

/// What was known by an earlier edition lacks the later one that stated a fact, where that was imported first.
#[test]
fn what_earlier_editions_said_of_one_unknown_fact_are_versions_of_one() {
    let acts =
        [corrected(4, 9, "2023-05-01", submitted()).by_register(Q3), corrected(3, 9, "2023-05-02", submitted()).by_register(Q4)];
    for acts in [acts.to_vec(), acts.iter().rev().cloned().collect()] {
        let permit = permit(&acts);
        assert_eq!((permit.live().len(), submitted_on(&permit)), (1, Some(date("2023-05-02"))));
        assert_eq!(
            (permit.live()[0].fact_id, permit.flags().iter().any(|flag| flag.code == FlagCode::ActUnknown)),
            (id(4), false)
        );
    }
    let mut whole = acts.to_vec();
    whole.push(stated(9, "2023-05-03", submitted()).by_register(Q2));
    assert_eq!((permit(&whole).live().len(), submitted_on(&permit(&whole))), (1, Some(date("2023-05-03"))));
}

#[test]
fn an_earlier_edition_imported_later_is_no_disagreement() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(2, 1, "2023-05-02", submitted()),
        corrected(3, 1, "2023-05-03", submitted()).by_register(Q3),
    ]);
    assert_eq!(permit.live()[0].occurred_on(), date("2023-05-02"));
    assert_eq!(permit.live()[0].disagreement, None);
}

#[test]
fn among_a_registers_versions_that_of_the_latest_edition_counts() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).by_register(Q4),
        corrected(9, 1, "2023-05-03", submitted()).by_register(Q2),
        corrected(5, 9, "2023-05-02", submitted()).by_register(Q4),
    ]);
    assert_eq!(permit.live()[0].version.header.id, id(9));
}

#[test]
fn among_a_persons_versions_that_with_more_corrections_behind_it_counts() {
    let permit = permit(&[
        stated(5, "2023-05-01", submitted()),
        corrected(4, 5, "2023-05-02", submitted()),
        corrected(2, 4, "2023-05-03", submitted()),
        corrected(3, 4, "2023-05-04", submitted()),
    ]);
    assert_eq!(permit.live()[0].version.header.id, id(3), "of two that correct the same the greater id");
}

#[test]
fn a_confirmation_counts_while_the_version_it_confirmed_does() {
    let mut acts = vec![stated(1, "2023-05-01", submitted()), confirmed(2, 1)];
    assert_eq!(permit(&acts).live()[0].assurance, Assurance::Confirmed);
    acts.push(corrected(3, 1, "2023-05-02", submitted()));
    assert_eq!(permit(&acts).live()[0].assurance, Assurance::Evidenced, "correcting sets a confirmed fact back");
    acts.push(confirmed(4, 3));
    assert_eq!(permit(&acts).live()[0].assurance, Assurance::Confirmed);
    acts.push(retracted(5, 3));
    let back = permit(&acts);
    assert_eq!((back.live()[0].assurance, submitted_on(&back)), (Assurance::Confirmed, Some(date("2023-05-01"))));
}

#[test]
fn a_confirmation_that_was_retracted_does_not_count() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()), confirmed(2, 1), retracted(3, 2)]);
    assert_eq!(permit.live()[0].assurance, Assurance::Claimed);
}

#[test]
fn documents_of_all_versions_support_a_fact_once_each() {
    let permit = permit(&[
        stated(1, "2023-05-01", submitted()).resting_on("form"),
        corrected(2, 1, "2023-05-02", submitted()),
        evidence_attached(3, 2, "letter"),
        evidence_attached(4, 1, "letter"),
        evidence_attached(5, 1, "map"),
        retracted(6, 5),
    ]);
    assert_eq!(permit.live()[0].evidence, [evidence("form"), evidence("letter")]);
    assert_eq!(permit.live()[0].assurance, Assurance::Evidenced);
}

#[test]
fn an_act_about_one_that_is_not_on_record_is_flagged_and_changes_nothing() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()), retracted(2, 77), confirmed(3, 78)]);
    assert_eq!(permit.live().len(), 1);
    let unknown: Vec<_> = permit.flags().iter().filter(|flag| flag.code == FlagCode::ActUnknown).collect();
    assert_eq!(unknown.iter().map(|flag| flag.facts[0]).collect::<Vec<_>>(), [id(2), id(3)]);
}

#[test]
fn corrections_that_lead_in_a_circle_stand_for_themselves_in_whatever_order() {
    let mut acts = vec![
        corrected(1, 2, "2023-05-01", submitted()),
        corrected(2, 1, "2023-05-02", submitted()),
        corrected(3, 3, "2023-05-03", submitted()),
        corrected(7, 2, "2023-05-04", submitted()),
        retracted(4, 5),
        retracted(5, 4),
        retracted(6, 6),
    ];
    for _ in 0..acts.len() {
        acts.rotate_left(1);
        let permit = permit(&acts);
        let counting: Vec<_> = permit.live().iter().map(|live| (live.fact_id, live.version.header.id)).collect();
        assert_eq!(counting, [(id(1), id(1)), (id(3), id(3)), (id(2), id(7))]);
    }
}

fn is_surer(of_kind: Kind, said: &Said<PermitFact>, confirms: &Said<PermitFact>) -> bool {
    is_of_another_side(of_kind, &said.metadata, &confirms.metadata)
}

#[test]
fn nobody_makes_their_own_word_or_their_organisations_any_surer() {
    let [one, other] = [7, 8].map(|number| Some(organisation_id(number)));
    for kind in Kind::ALL {
        for is_side_known in [false, true] {
            let said = stated(1, "2023-05-01", submitted()).by(1, "project_lead", one, is_side_known);
            let by = |subject, organisation| confirmed(2, 1).by(subject, "funder", organisation, is_side_known);
            assert!(!is_surer(kind, &said, &by(1, other)), "the same person under another token: {kind}");
            assert!(!is_surer(kind, &said, &by(2, one)), "the same organisation: {kind}");
            assert!(is_surer(kind, &said, &by(2, other)), "another person of another organisation: {kind}");
        }
    }
}

/// Of a confirmation of before sides were recorded, what nobody can tell to be another's counts no longer.
#[test]
fn a_confirmation_of_before_counts_if_its_side_can_be_told() {
    let [one, other] = [7, 8].map(|number| Some(organisation_id(number)));
    let before = |kind, (said_as, said_for), (role, organisation)| {
        let said = stated(1, "2023-05-01", submitted()).by(1, said_as, said_for, false);
        is_surer(kind, &said, &confirmed(2, 1).by(2, role, organisation, false))
    };
    let (lead, manager) = ("project_lead", "cluster_manager");
    // Between partners: by companies that are known to be two.
    assert!(before(Kind::Partnership, (lead, one), (lead, other)));
    assert!(!before(Kind::Partnership, (lead, None), (lead, one)), "it may be the company's own project");
    assert!(!before(Kind::Partnership, (lead, one), (manager, None)), "it may be the manager of the lead's cluster");
    assert!(!before(Kind::Partnership, (manager, None), (manager, None)), "it may be another token of the same manager");
    assert!(!before(Kind::Partnership, (manager, None), (lead, one)), "it may be a member of the manager's cluster");
    // Documents: by whoever did not file them.
    for kind in [Kind::Project, Kind::Cluster] {
        assert!(before(kind, (lead, one), (manager, None)) && before(kind, (lead, None), (manager, None)));
        assert!(!before(kind, (manager, None), (manager, None)), "two tokens of one manager");
        assert!(before(kind, (manager, None), ("administrator", None)) && before(kind, (manager, None), ("funder", one)));
        assert!(!before(kind, (lead, None), (lead, one)), "it may be the company's own project");
    }
    // An authority and a funder act for an organisation, so that whoever acts for none is on the other side.
    assert!(before(Kind::Permit, (lead, None), ("regulator", one)) && before(Kind::Award, (lead, None), ("funder", one)));
}

#[test]
fn a_confirmation_by_the_side_that_recorded_it_is_flagged_and_makes_nothing_surer() {
    let acts = [stated(1, "2023-05-01", submitted()), confirmed_by_themselves(2, 1)];
    let alone = permit(&acts);
    assert_eq!((alone.live()[0].assurance, alone.live()[0].confirmed_on), (Assurance::Claimed, None));
    let flags: Vec<_> = alone.flags().iter().filter(|flag| flag.code == FlagCode::ConfirmationOneSided).collect();
    assert_eq!(flags.iter().map(|flag| flag.facts.clone()).collect::<Vec<_>>(), [vec![id(1), id(2)]]);
    // The counterparty's counts beside it; taken back, it is no flag any more.
    let both = permit(&[acts[0].clone(), acts[1].clone(), confirmed(3, 1)]);
    assert_eq!((both.live()[0].assurance, both.live()[0].confirmed_on), (Assurance::Confirmed, Some(date(TODAY))));
    let taken_back = permit(&[acts[0].clone(), acts[1].clone(), retracted(3, 2)]);
    assert!(taken_back.flags().iter().all(|flag| flag.code != FlagCode::ConfirmationOneSided));
}

#[test]
fn what_a_register_says_is_confirmed_also_by_who_imported_it() {
    let permit = permit(&[stated(1, "2023-05-01", submitted()).by_register(Q4), confirmed_by_themselves(2, 1)]);
    assert_eq!((permit.live()[0].assurance, permit.flags().len()), (Assurance::Confirmed, 1), "{:?}", permit.flags());
}
