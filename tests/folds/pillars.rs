//! How far a project and a cluster are along the four pillars: what raises a level, what lowers it, and what it rests on.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use std::sync::Arc;

use crate::support::*;
use projections::{
    Picture, Sight,
    things::{Cluster, Project, Thing},
    views::{
        Day,
        ladder::{Climber, Ladder, Ladders, Pillar},
        pillars::{Assessment, LevelChange, Outcome, assess_cluster, assess_project, history_of_cluster, history_of_project},
    },
};
use schema::{
    cluster::ClusterFact,
    project::{ProjectFact, Stage},
};

/// The levels of all four pillars, in their order.
fn levels(assessment: &Assessment) -> [u8; 4] {
    Pillar::ALL.map(|pillar| assessment.level(pillar))
}

const PIPELINE: u128 = 1;
const HUMBER: u128 = 1;
const CONSENT: u128 = 1;
const ACT: u128 = 1;
const STEAM: u128 = 1;
const GRANT: u128 = 1;
const STUDY: u128 = 2;

/// A record as it is told, one act after the other.
#[derive(Default)]
struct Tale {
    log: Log,
    acts: u128,
}

impl Tale {
    /// Somebody states `fact`; the act is known by the number that is returned.
    fn says<I: Named>(&mut self, thing: I, on: &str, fact: I::Fact) -> u128 {
        self.acts += 1;
        self.log.record(thing, &stated(self.acts, on, fact));
        self.acts
    }

    /// The same, with a document.
    fn shows<I: Named>(&mut self, thing: I, on: &str, fact: I::Fact) -> u128 {
        self.acts += 1;
        self.log.record(thing, &stated(self.acts, on, fact).resting_on("report"));
        self.acts
    }

    fn confirms<I: Named>(&mut self, thing: I, on: &str, of: u128) {
        self.acts += 1;
        let mut confirmed = confirmed::<I::Fact>(self.acts, of);
        confirmed.metadata.occurred_on = date(on);
        self.log.record(thing, &confirmed);
    }

    fn retracts<I: Named>(&mut self, thing: I, of: u128) {
        self.acts += 1;
        self.log.record(thing, &retracted::<I::Fact>(self.acts, of));
    }

    fn project(&mut self, on: &str, fact: ProjectFact) -> u128 {
        self.says(project_id(PIPELINE), on, fact)
    }

    fn cluster(&mut self, on: &str, fact: ClusterFact) -> u128 {
        self.says(cluster_id(HUMBER), on, fact)
    }

    fn picture(&self) -> Picture {
        self.log.picture()
    }

    fn pipeline(&self, day: Day) -> Assessment {
        pipeline_in(&self.picture(), day)
    }

    fn humber(&self, day: Day) -> Assessment {
        let picture = self.picture();
        assess_cluster(&picture, day, &ladder(Climber::Cluster), &seen::<Cluster>(&picture, cluster_id(HUMBER)))
    }

    fn pipelines_history(&self, day: Day) -> Vec<LevelChange> {
        let picture = self.picture();
        history_of_project(&picture, day, &[ladder(Climber::Project)], &seen::<Project>(&picture, project_id(PIPELINE)), || true)
            .unwrap()
    }

    fn humbers_history(&self, day: Day) -> Vec<LevelChange> {
        let picture = self.picture();
        history_of_cluster(&picture, day, &[ladder(Climber::Cluster)], &seen::<Cluster>(&picture, cluster_id(HUMBER)), || true)
            .unwrap()
    }
}

fn pipeline_in(picture: &impl Sight, day: Day) -> Assessment {
    assess_project(picture, day, &ladder(Climber::Project), &seen::<Project>(picture, project_id(PIPELINE)))
}

fn seen<S: projections::Kinded>(sight: &impl Sight, id: impl Into<schema::ThingId>) -> Arc<Thing<S>> {
    sight.thing::<S>(id).unwrap()
}

fn ladder(climber: Climber) -> Arc<Ladder> {
    Ladders::shipped().unwrap().named(&format!("{climber}.v1")).unwrap().clone()
}

fn today() -> Day {
    Day::today(day(TODAY))
}

fn eur(amount: u32) -> serde_json::Value {
    serde_json::json!({ "amount": amount.to_string(), "currency": "EUR" })
}

/// How the criterion `id` stands, and what is missing for it, in words.
fn standing(assessment: &Assessment, id: &str) -> (Outcome, String) {
    let mut all = Pillar::ALL.into_iter().flat_map(|pillar| assessment.criteria(pillar));
    let (_, assessed) = all.find(|(criterion, _)| criterion.id == id).unwrap();
    (assessed.outcome, assessed.gaps.iter().map(|gap| gap.says.as_str()).collect::<Vec<_>>().join("; "))
}

fn outcome(assessment: &Assessment, id: &str) -> Outcome {
    standing(assessment, id).0
}

/// The changes on one pillar: when, from, to.
fn moves(history: &[LevelChange], pillar: Pillar) -> Vec<(String, u8, u8)> {
    history
        .iter()
        .filter(|change| change.pillar == pillar)
        .map(|change| (change.on.to_string(), change.from, change.to))
        .collect()
}

fn moved(on: &str, from: u8, to: u8) -> (String, u8, u8) {
    (on.to_owned(), from, to)
}

/// The Humber and a pipeline in it, of which nothing more is known.
fn begun() -> Tale {
    let mut tale = Tale::default();
    tale.cluster("2022-01-01", a!(ClusterRegistered { "name": "Humber", "country": "GB" }));
    tale.project("2023-01-01", a!(ProjectRegistered { "title": "CO2 pipeline", "cluster": cluster_id(HUMBER) }));
    tale
}

/// The same with what a project has to have: a lead and a lever.
fn led() -> Tale {
    let mut tale = Tale::default();
    tale.cluster("2022-01-01", a!(ClusterRegistered { "name": "Humber", "country": "GB" }));
    tale.project(
        "2023-01-01",
        a!(ProjectRegistered {
            "title": "CO2 pipeline", "cluster": cluster_id(HUMBER), "lead": organisation_id(1), "levers": ["ccus"]
        }),
    );
    tale
}

fn identify_consent(tale: &mut Tale) {
    let consent = a!(PermitIdentified {
        "title": "Consent", "instrument": "consent", "authority": organisation_id(9), "legal_basis": "section 1",
        "projects": [project_id(PIPELINE)]
    });
    tale.says(permit_id(CONSENT), "2023-02-01", consent);
}

/// The pipeline needs one permit, and relies on no measure.
fn permitted() -> Tale {
    let mut tale = led();
    identify_consent(&mut tale);
    tale.project("2023-03-01", a!(ProjectPermitScopeDeclared { "permits": [permit_id(CONSENT)] }));
    tale.project("2023-03-01", a!(ProjectRelianceDeclared { "none_relied_on": "it pays for itself" }));
    tale
}

/// That permit as far as a grant that can be challenged until the end of July 2024, with one condition before construction.
fn granted() -> Tale {
    let mut tale = permitted();
    let consent = permit_id(CONSENT);
    tale.says(consent, "2023-06-01", a!(ApplicationSubmitted {}));
    tale.says(consent, "2023-09-01", a!(ApplicationAccepted {}));
    tale.says(
        consent,
        "2024-06-01",
        a!(PermitGranted {
            "challengeable_until": "2024-07-31",
            "conditions": [
                { "reference": "1", "text": "survey the bats", "before_construction": true },
                { "reference": "2", "text": "plant a hedge" },
            ]
        }),
    );
    tale
}

const fn reached(level: u8) -> [u8; 4] {
    [level; 4]
}

#[test]
fn who_has_nothing_on_record_is_on_no_rung() {
    let tale = begun();
    for assessment in [tale.pipeline(today()), tale.humber(today())] {
        assert_eq!(levels(&assessment), reached(0));
        for pillar in Pillar::ALL {
            assert!(assessment.basis(pillar).is_empty());
            for (criterion, assessed) in assessment.criteria(pillar) {
                assert_eq!(assessed.outcome, Outcome::Missing, "{} is met by emptiness", criterion.id);
                assert!(assessed.gaps.iter().any(|gap| !gap.says.is_empty()), "{} says what is missing", criterion.id);
            }
        }
        assert_eq!(assessment.limiting(), Pillar::ALL);
        assert_eq!(assessment.short_of_fid().len(), 4);
    }
    let nobodys = {
        let mut tale = Tale::default();
        tale.cluster("2022-01-01", a!(ClusterRegistered { "name": "Humber", "country": "GB" }));
        tale.humber(today())
    };
    assert_eq!(levels(&nobodys), reached(0));
    assert_eq!(standing(&nobodys, "cost-estimated").1, "the cluster has no project");
}

#[test]
fn a_declaration_that_says_nothing_meets_nothing_and_one_that_says_why_does() {
    let mut tale = led();
    tale.project("2023-03-01", a!(ProjectPermitScopeDeclared {}));
    tale.project("2023-03-01", a!(ProjectRelianceDeclared {}));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 0);
    assert!(standing(&tale.pipeline(today()), "permits-granted").1.contains("names no permit"));
    tale.project("2023-04-01", a!(ProjectPermitScopeDeclared { "none_needed": "nothing is built" }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 1, "the measures are still not declared");
    let why = tale.project("2023-04-01", a!(ProjectRelianceDeclared { "none_relied_on": "it pays for itself" }));
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Policy), 5);
    assert!(pipeline.basis(Pillar::Policy).iter().any(|basis| basis.fact == id(why)), "the statement is what it rests on");
}

#[test]
fn a_permit_of_a_scope_that_is_missing_one_step_holds_the_level() {
    let mut tale = granted();
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 4);
    let jetty = a!(PermitIdentified { "title": "Jetty", "instrument": "licence", "projects": [project_id(PIPELINE)] });
    tale.says(permit_id(2), "2023-02-01", jetty);
    tale.project("2025-01-01", a!(ProjectPermitScopeDeclared { "permits": [permit_id(CONSENT), permit_id(2)] }));
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Policy), 0);
    let (outcome, missing) = standing(&pipeline, "permits-identified");
    assert_eq!((outcome, missing.as_str()), (Outcome::Missing, "Jetty: neither its authority nor its legal basis is known"));
    let (_, assessed) = pipeline.criteria(Pillar::Policy).find(|(criterion, _)| criterion.id == "permits-granted").unwrap();
    assert_eq!(assessed.gaps[0].thing, Some(permit_id(2).thing()), "a gap leads to what would close it");
    assert_eq!(assessed.gaps[0].says, "Jetty: it is not determined");
}

#[test]
fn the_policy_pillar_is_climbed_permit_by_permit() {
    let tale = granted();
    let level = |on: &str| tale.pipeline(Day::end_of(day(on))).level(Pillar::Policy);
    for (on, expected) in [
        ("2023-02-28", 0),
        ("2023-03-01", 1),
        ("2023-05-31", 1),
        ("2023-06-01", 2),
        ("2023-09-01", 3),
        ("2024-05-31", 3),
        ("2024-06-01", 4),
        ("2025-06-01", 4),
    ] {
        assert_eq!(level(on), expected, "{on}");
    }
}

#[test]
fn the_last_rung_of_policy_needs_the_window_closed_and_conditions_discharged() {
    let mut tale = granted();
    assert_eq!(
        standing(&tale.pipeline(today()), "pre-construction-conditions-discharged").1,
        "Consent: conditions are not discharged: 1"
    );
    tale.says(permit_id(CONSENT), "2024-06-20", a!(ConditionDischarged { "condition": "1" }));
    let on = |text: &str| tale.pipeline(Day::end_of(day(text)));
    assert_eq!(on("2024-07-31").level(Pillar::Policy), 4);
    assert_eq!(standing(&on("2024-07-31"), "challenge-windows-closed").1, "Consent: it can be challenged until 2024-07-31");
    assert_eq!(on("2024-08-01").level(Pillar::Policy), 5);
    let history = tale.pipelines_history(today());
    assert_eq!(moves(&history, Pillar::Policy).last().unwrap(), &moved("2024-08-01", 4, 5), "nothing happened but the day");
    assert_eq!(history.last().unwrap().because, ["challenge-windows-closed"]);
}

#[test]
fn a_grant_that_does_not_say_until_when_it_can_be_challenged_is_not_taken_for_final() {
    let mut tale = permitted();
    tale.says(permit_id(CONSENT), "2023-06-01", a!(ApplicationSubmitted {}));
    tale.says(permit_id(CONSENT), "2024-06-01", a!(PermitGranted {}));
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Policy), 4);
    assert!(standing(&pipeline, "challenge-windows-closed").1.contains("does not say until when"));
}

#[test]
fn a_quashed_permit_lowers_the_level_and_the_fall_shows_in_the_history() {
    let mut tale = granted();
    let consent = permit_id(CONSENT);
    tale.says(consent, "2024-07-01", a!(ChallengeLodged { "kind": "judicial_review" }));
    tale.says(consent, "2025-02-01", a!(ChallengeUpheld { "kind": "judicial_review" }));
    tale.says(consent, "2025-02-01", a!(DeterminationQuashed {}));
    let now = tale.pipeline(today());
    assert_eq!(now.level(Pillar::Policy), 3);
    assert_eq!(standing(&now, "permits-granted").1, "Consent: the determination is quashed");
    assert_eq!(tale.pipeline(Day::end_of(day("2025-01-31"))).level(Pillar::Policy), 4, "the day before it stood");
    let history = tale.pipelines_history(today());
    let expected = [
        moved("2023-03-01", 0, 1),
        moved("2023-06-01", 1, 2),
        moved("2023-09-01", 2, 3),
        moved("2024-06-01", 3, 4),
        moved("2025-02-01", 4, 3),
    ];
    assert_eq!(moves(&history, Pillar::Policy), expected);
    assert_eq!(history.last().unwrap().because, ["permits-granted"]);
    let until = Day::end_of(day("2024-12-31"));
    assert_eq!(moves(&tale.pipelines_history(until), Pillar::Policy), expected[..4], "up to the day that is asked for");
}

#[test]
fn the_history_of_a_level_follows_what_was_declared_at_the_time() {
    let mut tale = granted();
    let jetty = a!(PermitIdentified {
        "title": "Jetty", "instrument": "licence", "authority": organisation_id(9), "legal_basis": "section 2"
    });
    tale.says(permit_id(2), "2025-01-01", jetty);
    tale.project("2025-01-01", a!(ProjectPermitScopeDeclared { "permits": [permit_id(2)] }));
    let expected = [
        moved("2023-03-01", 0, 1),
        moved("2023-06-01", 1, 2),
        moved("2023-09-01", 2, 3),
        moved("2024-06-01", 3, 4),
        moved("2025-01-01", 4, 1),
    ];
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Policy), expected);
}

#[test]
fn measures_that_are_relied_on_have_to_be_in_force() {
    let mut tale = granted();
    let act = a!(PolicyMeasureIdentified { "title": "Hydrogen act", "jurisdiction": "GB" });
    tale.says(measure_id(ACT), "2022-01-01", act);
    tale.project("2023-03-02", a!(ProjectRelianceDeclared { "measures": [measure_id(ACT)] }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 1);
    assert_eq!(standing(&tale.pipeline(today()), "measures-in-force").1, "Hydrogen act: it is not in force");
    tale.says(measure_id(ACT), "2023-01-01", a!(PolicyMeasureEnteredIntoForce {}));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 4);
    tale.says(measure_id(ACT), "2025-01-01", a!(PolicyMeasureSuspended {}));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 1);
    let falls: Vec<_> =
        moves(&tale.pipelines_history(today()), Pillar::Policy).into_iter().filter(|(_, from, to)| to < from).collect();
    assert_eq!(falls, [moved("2025-01-01", 4, 1)]);
}

#[test]
fn a_criterion_is_waived_from_a_day_until_another_and_not_longer() {
    let mut tale = led();
    tale.project("2023-05-01", a!(CostEstimated { "class": "class5", "capex": eur(500) }));
    let waiver = a!(ProjectCriterionWaived { "criterion": "funding-map", "reason": "under study", "until": "2024-06-30" });
    tale.project("2024-01-01", waiver);
    let on = |text: &str| tale.pipeline(Day::end_of(day(text)));
    for (on_day, expected, level) in [
        ("2023-12-31", Outcome::Missing, 0),
        ("2024-01-01", Outcome::Waived, 1),
        ("2024-06-30", Outcome::Waived, 1),
        ("2024-07-01", Outcome::Missing, 0),
    ] {
        assert_eq!(outcome(&on(on_day), "funding-map"), expected, "{on_day}");
        assert_eq!(on(on_day).level(Pillar::Finance), level, "{on_day}");
    }
    let in_march = on("2024-03-01");
    let (_, assessed) = in_march.criteria(Pillar::Finance).find(|(criterion, _)| criterion.id == "funding-map").unwrap();
    let waiver = assessed.waiver.as_ref().unwrap();
    assert_eq!((waiver.reason.as_str(), waiver.until), ("under study", date("2024-06-30")));
    assert!(!assessed.gaps.is_empty(), "what is waived is still missing");
    assert_eq!(in_march.basis(Pillar::Finance).len(), 1, "a waiver is no fact behind a level");
    let history = tale.pipelines_history(today());
    assert_eq!(moves(&history, Pillar::Finance), [moved("2024-01-01", 0, 1), moved("2024-07-01", 1, 0)]);
    // Asked today, a waiver that has run out does not count, whatever is known.
    assert_eq!(outcome(&tale.pipeline(today()), "funding-map"), Outcome::Missing);
    assert_eq!(outcome(&tale.pipeline(Day::today(day("2024-06-30"))), "funding-map"), Outcome::Waived);
}

#[test]
fn a_waiver_of_a_criterion_waives_no_other() {
    let mut tale = led();
    let waiver = a!(ProjectCriterionWaived { "criterion": "funding-map", "reason": "under study", "until": "2030" });
    tale.project("2024-01-01", waiver);
    let pipeline = tale.pipeline(today());
    assert_eq!(outcome(&pipeline, "funding-map"), Outcome::Waived);
    assert_eq!(outcome(&pipeline, "cost-estimated"), Outcome::Missing);
    assert_eq!(pipeline.level(Pillar::Finance), 0);
}

#[test]
fn documents_count_once_a_second_role_has_accepted_them_and_until_they_expire() {
    let mut tale = led();
    assert_eq!(standing(&tale.pipeline(today()), "readiness").1, "no documents are filed");
    let filed = a!(ProjectCriterionEvidenced { "criterion": "readiness", "statement": "tried", "valid_until": "2025-03" });
    let filed = tale.shows(project_id(PIPELINE), "2024-01-01", filed);
    let on = |tale: &Tale, text: &str| tale.pipeline(Day::end_of(day(text)));
    assert_eq!(standing(&on(&tale, "2024-02-01"), "readiness").1, "documents are filed, and no second role has accepted them");
    assert_eq!(on(&tale, "2024-02-01").level(Pillar::Technology), 0);
    tale.confirms(project_id(PIPELINE), "2024-02-15", filed);
    for (text, level) in [("2024-01-01", 0), ("2024-02-14", 0), ("2024-02-15", 1), ("2025-03-31", 1), ("2025-04-01", 0)] {
        assert_eq!(on(&tale, text).level(Pillar::Technology), level, "{text}");
    }
    let accepted = on(&tale, "2024-03-01");
    let basis = accepted.basis(Pillar::Technology);
    assert_eq!(
        basis.iter().map(|basis| (basis.fact == id(filed), basis.is_confirmed)).collect::<Vec<_>>(),
        [(false, false), (true, true)]
    );
    assert_eq!(standing(&tale.pipeline(today()), "readiness").1, "the documents that were accepted have expired");
    let history = tale.pipelines_history(today());
    assert_eq!(moves(&history, Pillar::Technology), [moved("2024-02-15", 0, 1), moved("2025-04-01", 1, 0)]);
}

#[test]
fn documents_whose_acceptance_was_taken_back_count_no_more() {
    let mut tale = led();
    let filed = a!(ProjectCriterionEvidenced { "criterion": "readiness", "statement": "tried" });
    let filed = tale.shows(project_id(PIPELINE), "2024-01-01", filed);
    tale.confirms(project_id(PIPELINE), "2024-01-01", filed);
    let acceptance = tale.acts;
    assert_eq!(tale.pipeline(today()).level(Pillar::Technology), 1);
    tale.retracts(project_id(PIPELINE), acceptance);
    assert_eq!(tale.pipeline(today()).level(Pillar::Technology), 0);
}

/// The partnerships pillar of the pipeline.
fn partnered() -> Tale {
    let mut tale = led();
    let (steam, parties) = (partnership_id(STEAM), [organisation_id(1), organisation_id(2)]);
    let partnership = a!(PartnershipIdentified {
        "title": "CO2 to the store", "kind": "co2_transport_storage", "parties": parties, "projects": [project_id(PIPELINE)]
    });
    tale.says(steam, "2023-02-01", partnership);
    tale.says(steam, "2023-03-01", a!(PartnershipDiscussionOpened {}));
    tale.says(steam, "2023-04-01", a!(MemorandumSigned {}));
    tale.says(steam, "2023-05-01", a!(TermSheetSigned {}));
    tale.says(steam, "2023-06-01", a!(BindingAgreementSigned {}));
    tale.says(steam, "2023-07-01", a!(PartnershipBecameActive {}));
    tale
}

#[test]
fn the_partnerships_pillar_is_climbed_signature_by_signature_and_left_at_the_end() {
    let mut tale = partnered();
    tale.says(partnership_id(STEAM), "2025-01-01", a!(PartnershipTerminated {}));
    let expected = [
        moved("2023-02-01", 0, 1),
        moved("2023-04-01", 1, 2),
        moved("2023-05-01", 2, 3),
        moved("2023-06-01", 3, 4),
        moved("2023-07-01", 4, 5),
        moved("2025-01-01", 5, 0),
    ];
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Partnerships), expected);
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Partnerships), 0);
    for criterion in ["partnership-identified", "term-sheet-signed", "operating-under-agreement"] {
        assert_eq!(standing(&pipeline, criterion).1, "CO2 to the store: it ended on 2025-01-01", "{criterion}");
    }
}

#[test]
fn an_agreement_carries_until_the_day_it_binds_to_and_its_end_shows_in_the_history() {
    let mut tale = partnered();
    tale.says(partnership_id(STEAM), "2023-08-01", a!(BindingAgreementSigned { "binds_until": "2024-12-31" }));
    assert_eq!(tale.pipeline(Day::end_of(day("2024-12-31"))).level(Pillar::Partnerships), 5);
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Partnerships), 3, "what was signed before is signed");
    assert_eq!(outcome(&pipeline, "partnership-identified"), Outcome::Met);
    assert_eq!(standing(&pipeline, "binding-agreement-signed").1, "CO2 to the store: its agreement ended on 2024-12-31");
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Partnerships).last().unwrap(), &moved("2025-01-01", 5, 3));
}

#[test]
fn a_level_that_asks_for_an_agreement_is_lost_with_the_agreement_and_with_the_other_party() {
    let mut tale = partnered();
    tale.retracts(partnership_id(STEAM), 7);
    let pipeline = tale.pipeline(today());
    assert_eq!(outcome(&pipeline, "binding-agreement-signed"), Outcome::Missing);
    assert_eq!(outcome(&pipeline, "operating-under-agreement"), Outcome::Missing);
    assert_eq!(pipeline.level(Pillar::Partnerships), 3);
    let mut tale = partnered();
    tale.says(partnership_id(STEAM), "2024-01-01", a!(PartnerLeft { "organisation": organisation_id(2) }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Partnerships), 0);
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Partnerships).last().unwrap(), &moved("2024-01-01", 5, 0));
}

#[test]
fn a_memorandum_across_a_border_counts_for_a_cluster_once_the_other_side_confirmed_it() {
    let mut tale = led();
    let corridor = a!(PartnershipIdentified {
        "title": "Corridor", "kind": "cross_border", "clusters": [cluster_id(HUMBER), cluster_id(99)]
    });
    tale.says(partnership_id(STEAM), "2023-02-01", corridor);
    let signed = tale.says(partnership_id(STEAM), "2023-03-01", a!(MemorandumSigned {}));
    assert_eq!(outcome(&tale.humber(today()), "charter-or-memorandum-signed"), Outcome::Missing);
    tale.confirms(partnership_id(STEAM), "2023-03-01", signed);
    assert_eq!(outcome(&tale.humber(today()), "charter-or-memorandum-signed"), Outcome::Met);
}

#[test]
fn amounts_of_nothing_meet_nothing() {
    let mut tale = led();
    let grant = a!(AwardIdentified {
        "title": "Grant", "side": "public", "purpose": "construction", "projects": [project_id(PIPELINE)]
    });
    tale.says(award_id(GRANT), "2023-01-02", grant);
    tale.says(award_id(GRANT), "2023-01-03", a!(AwardMade { "amount": eur(0) }));
    tale.says(award_id(GRANT), "2023-01-04", a!(AwardDisbursed { "amount": eur(0) }));
    tale.project("2023-01-05", a!(CostEstimated { "class": "class1", "capex": eur(0) }));
    tale.project("2023-01-06", a!(CapacityCommissioned { "capacity": { "value": "0", "unit": "mw" } }));
    let report = a!(AbatementReported { "from": "2023-01", "to": "2023-01", "t_co2e": "0", "method": "measured" });
    tale.shows(project_id(PIPELINE), "2023-02-01", report);
    let pipeline = tale.pipeline(today());
    for criterion in [
        "public-support-awarded",
        "feasibility-funded",
        "feed-funded",
        "first-disbursement",
        "cost-estimated",
        "capacity-commissioned",
        "abatement-reported",
    ] {
        assert_eq!(outcome(&pipeline, criterion), Outcome::Missing, "{criterion}");
    }
}

#[test]
fn the_history_of_a_day_is_the_beginning_of_the_history_of_a_later_day_however_much_happens_between() {
    let mut tale = partnered();
    let planned = a!(MilestonePlanned { "milestone": "feed", "due_on": "2023-08-01" });
    tale.project("2023-07-02", planned);
    let days: Vec<_> = day("2023-07-03").iter_days().take(800).collect();
    for pair in days.windows(2) {
        let moved = a!(MilestoneRescheduled {
            "milestone": "feed", "from": pair[0].to_string(), "to": pair[1].to_string(), "reason": "x", "responsible": "partner"
        });
        tale.project(&pair[0].to_string(), moved);
    }
    tale.says(partnership_id(STEAM), "2025-11-01", a!(PartnershipTerminated {}));
    let whole = tale.humbers_history(today());
    let of_project = tale.pipelines_history(today());
    assert_eq!(of_project.len(), 6, "five rises and a fall, the first of which lie far back: {of_project:?}");
    for until in ["2023-04-15", "2024-07-01", "2025-10-31"].map(day) {
        let till = |history: &[LevelChange]| history.iter().filter(|change| change.on <= until).cloned().collect::<Vec<_>>();
        assert_eq!(tale.pipelines_history(Day::end_of(until)), till(&of_project));
        assert_eq!(tale.humbers_history(Day::end_of(until)), till(&whole));
    }
}

#[test]
fn nothing_counts_before_it_came_about() {
    let tale = partnered();
    let before = tale.pipeline(Day::end_of(day("2023-01-31")));
    assert_eq!(before.level(Pillar::Partnerships), 0, "no partnership was identified yet");
    assert_eq!(outcome(&before, "lead-on-record"), Outcome::Met);
    let unborn = tale.pipeline(Day::end_of(day("2022-12-31")));
    assert_eq!(outcome(&unborn, "lead-on-record"), Outcome::Missing, "the project was not registered yet");
    assert_eq!(outcome(&tale.humber(Day::end_of(day("2022-12-31"))), "lever-on-record"), Outcome::Missing);
    assert_eq!(outcome(&tale.humber(Day::end_of(day("2023-01-01"))), "lever-on-record"), Outcome::Met);
}

#[test]
fn a_partnership_on_skills_binds_nobody_to_buy() {
    let mut tale = led();
    let partnership = a!(PartnershipIdentified {
        "title": "Welders", "kind": "labour_skills", "parties": [organisation_id(1), organisation_id(2)],
        "projects": [project_id(PIPELINE)]
    });
    tale.says(partnership_id(STEAM), "2023-02-01", partnership);
    tale.says(partnership_id(STEAM), "2023-06-01", a!(BindingAgreementSigned {}));
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Partnerships), 3);
    assert_eq!(outcome(&pipeline, "binding-agreement-signed"), Outcome::Missing);
}

/// The finance pillar of the pipeline: public money for front-end engineering design.
fn funded() -> Tale {
    let mut tale = led();
    let grant = award_id(GRANT);
    tale.project("2023-02-01", a!(CostEstimated { "class": "class5", "capex": eur(500) }));
    let map = a!(ProjectCriterionEvidenced { "criterion": "funding-map", "statement": "all of it" });
    let map = tale.shows(project_id(PIPELINE), "2023-03-01", map);
    tale.confirms(project_id(PIPELINE), "2023-03-01", map);
    let award = a!(AwardIdentified {
        "title": "Grant", "side": "public", "purpose": "feed", "projects": [project_id(PIPELINE)]
    });
    tale.says(grant, "2023-04-01", award);
    let study = a!(AwardIdentified { "title": "Study", "purpose": "feasibility", "projects": [project_id(PIPELINE)] });
    tale.says(award_id(STUDY), "2023-05-15", study);
    tale.says(award_id(STUDY), "2023-06-01", a!(AwardMade { "amount": eur(5) }));
    tale.says(grant, "2023-05-01", a!(AwardExpected { "amount": eur(100) }));
    tale.says(grant, "2023-06-01", a!(AwardMade { "amount": eur(100) }));
    tale.project("2023-07-01", a!(FidTaken {}));
    tale.says(grant, "2023-08-01", a!(AwardAgreementSigned { "obligated": eur(100) }));
    tale.says(grant, "2023-09-01", a!(FinancialCloseReached {}));
    tale.says(grant, "2023-10-01", a!(AwardDisbursed { "amount": eur(10) }));
    tale
}

#[test]
fn the_finance_pillar_is_climbed_by_what_is_awarded_decided_and_paid_and_not_by_what_is_expected() {
    let tale = funded();
    let history = tale.pipelines_history(today());
    let expected = [moved("2023-03-01", 0, 1), moved("2023-06-01", 1, 3), moved("2023-07-01", 3, 4), moved("2023-10-01", 4, 5)];
    assert_eq!(moves(&history, Pillar::Finance), expected);
    let expected_only = tale.pipeline(Day::end_of(day("2023-05-31")));
    assert_eq!(standing(&expected_only, "public-support-awarded").1, "no public money is awarded");
}

#[test]
fn an_award_that_was_ended_carries_nothing_any_more() {
    let mut tale = funded();
    tale.says(award_id(GRANT), "2025-01-01", a!(AwardTerminated { "reason": "not built" }));
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Finance), 2, "the study is paid for by another");
    assert_eq!(outcome(&pipeline, "fid-taken"), Outcome::Met, "the decision stands, and does not skip a rung");
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Finance).last().unwrap(), &moved("2025-01-01", 5, 2));
}

#[test]
fn a_cancelled_project_carries_its_cluster_no_more_and_a_suspended_one_does() {
    let mut tale = funded();
    let map = a!(ClusterCriterionEvidenced { "criterion": "funding-map", "statement": "all of it" });
    let map = tale.shows(cluster_id(HUMBER), "2023-03-01", map);
    tale.confirms(cluster_id(HUMBER), "2023-03-01", map);
    let decided = |tale: &Tale| outcome(&tale.humber(today()), "fid-taken");
    assert_eq!(decided(&tale), Outcome::Met);
    tale.project("2024-01-01", a!(ProjectSuspended { "reason": "no steel" }));
    assert_eq!(decided(&tale), Outcome::Met);
    tale.project("2025-01-01", a!(ProjectCancelled { "reason": "no buyer" }));
    assert_eq!(standing(&tale.humber(today()), "fid-taken").1, "all of its projects are shelved or cancelled");
    assert_eq!(outcome(&tale.pipeline(today()), "fid-taken"), Outcome::Met, "what the project itself met stays its own");
    let fell = tale.humbers_history(today()).into_iter().filter(|change| change.to < change.from);
    let fell: Vec<_> = fell.filter(|change| change.pillar == Pillar::Finance).map(|change| change.on).collect();
    assert_eq!(fell, [day("2025-01-01")]);
}

#[test]
fn private_money_is_no_public_support() {
    let mut tale = led();
    let loan = a!(AwardIdentified {
        "title": "Loan", "side": "private", "purpose": "feed", "projects": [project_id(PIPELINE)]
    });
    tale.says(award_id(GRANT), "2023-04-01", loan);
    tale.says(award_id(GRANT), "2023-06-01", a!(AwardMade { "amount": eur(100) }));
    let pipeline = tale.pipeline(today());
    assert_eq!(outcome(&pipeline, "feed-funded"), Outcome::Met);
    assert_eq!(outcome(&pipeline, "public-support-awarded"), Outcome::Missing);
}

/// The technology pillar of the pipeline.
fn built() -> Tale {
    let mut tale = led();
    for criterion in ["readiness", "execution-plan"] {
        let filed = a!(ProjectCriterionEvidenced { "criterion": criterion, "statement": "tried" });
        let filed = tale.shows(project_id(PIPELINE), "2023-02-01", filed);
        tale.confirms(project_id(PIPELINE), "2023-02-01", filed);
    }
    tale.project("2023-03-01", a!(MilestonePlanned { "milestone": "feasibility", "due_on": "2023-04" }));
    tale.project("2023-04-01", a!(MilestoneAchieved { "milestone": "feasibility" }));
    tale.project("2023-05-01", a!(ProjectStageEntered { "stage": "feed" }));
    tale.project("2023-06-01", a!(CostEstimated { "class": "class3", "capex": eur(500) }));
    tale.project("2023-07-01", a!(ProjectStageEntered { "stage": "fid" }));
    tale.project("2025-01-01", a!(CapacityCommissioned { "capacity": { "value": "5", "unit": "tonnes_co2_per_year" } }));
    tale
}

#[test]
fn the_technology_pillar_is_climbed_by_what_is_done_and_tops_out_with_evidenced_abatement() {
    let mut tale = built();
    let report = || a!(AbatementReported { "from": "2025-01", "to": "2025-06", "t_co2e": "9", "method": "measured" });
    let claimed = tale.project("2025-07-01", report());
    assert_eq!(standing(&tale.pipeline(today()), "abatement-reported").1, "no abatement is reported with a document");
    assert_eq!(tale.pipeline(today()).level(Pillar::Technology), 4);
    tale.retracts(project_id(PIPELINE), claimed);
    tale.shows(project_id(PIPELINE), "2025-08-01", report());
    let expected = [
        moved("2023-02-01", 0, 1),
        moved("2023-04-01", 1, 2),
        moved("2023-05-01", 2, 3),
        moved("2023-07-01", 3, 4),
        moved("2025-08-01", 4, 5),
    ];
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Technology), expected);
}

#[test]
fn a_rougher_estimate_in_place_of_a_better_one_lowers_the_level() {
    let mut tale = built();
    assert_eq!(tale.pipeline(today()).level(Pillar::Technology), 4);
    tale.project("2025-06-01", a!(CostEstimated { "class": "class4", "capex": eur(900) }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Technology), 3);
}

#[test]
fn the_next_rung_says_how_much_of_it_is_there() {
    let mut tale = led();
    let next = |tale: &Tale, pillar| tale.pipeline(today()).next(pillar).map(|next| (next.rung, next.met, next.of));
    assert_eq!(next(&tale, Pillar::Technology), Some((1, 1, 2)));
    assert_eq!(next(&tale, Pillar::Policy), Some((1, 0, 1)));
    tale.project("2024-01-01", a!(ProjectCriterionWaived { "criterion": "readiness", "reason": "x", "until": "2030" }));
    assert_eq!(next(&tale, Pillar::Technology), Some((2, 0, 1)), "what is waived counts towards a rung");
    assert_eq!(next(&partnered(), Pillar::Partnerships), None, "there is none above the top");
}

#[test]
fn a_level_leads_to_the_facts_behind_it_and_their_confirmed_share() {
    let mut tale = partnered();
    let pipeline = tale.pipeline(today());
    // The lead, then each step itself.
    let expected = [2, 3, 5, 6, 7, 8].map(id);
    let basis: Vec<_> = pipeline.basis(Pillar::Partnerships).iter().map(|basis| basis.fact).collect();
    assert_eq!(basis, expected);
    tale.confirms(partnership_id(STEAM), "2023-08-01", 8);
    let confirmed = tale.pipeline(today()).basis(Pillar::Partnerships).iter().filter(|basis| basis.is_confirmed).count();
    assert_eq!(confirmed, 1);
    assert!(pipeline.basis(Pillar::Finance).is_empty(), "there is nothing behind no level");
}

#[test]
fn the_limiting_pillar_is_the_lowest_that_can_still_rise_and_what_keeps_from_fid_is_named() {
    let mut tale = partnered();
    assert_eq!(tale.pipeline(today()).limiting(), [Pillar::Policy, Pillar::Finance, Pillar::Technology]);
    tale.project("2024-01-01", a!(ProjectCriterionWaived { "criterion": "readiness", "reason": "x", "until": "2030" }));
    tale.project("2024-01-01", a!(ProjectPermitScopeDeclared { "none_needed": "nothing is built" }));
    let pipeline = tale.pipeline(today());
    assert_eq!(levels(&pipeline), [5, 1, 0, 1]);
    assert_eq!(pipeline.limiting(), [Pillar::Finance]);
    let short = [(Pillar::Policy, 4), (Pillar::Finance, 3), (Pillar::Technology, 4)];
    assert_eq!(pipeline.short_of_fid(), short);
}

#[test]
fn a_project_with_enough_of_everything_is_ready_for_its_decision() {
    let mut tale = partnered();
    let all = |tale: &mut Tale, criteria: &[&str]| {
        for criterion in criteria {
            let waiver = a!(ProjectCriterionWaived { "criterion": criterion, "reason": "a trial", "until": "2030" });
            tale.project("2024-01-01", waiver);
        }
    };
    tale.project("2024-01-01", a!(ProjectPermitScopeDeclared { "none_needed": "nothing is built" }));
    tale.project("2024-01-01", a!(ProjectRelianceDeclared { "none_relied_on": "it pays for itself" }));
    all(&mut tale, &["cost-estimated", "funding-map", "feasibility-funded", "public-support-awarded", "feed-funded"]);
    all(&mut tale, &["readiness", "feasibility-done", "feed-entered", "feed-done", "estimate-class-3", "schedule-on-record"]);
    assert_eq!(tale.pipeline(today()).short_of_fid(), [(Pillar::Technology, 4)]);
    all(&mut tale, &["execution-plan"]);
    let pipeline = tale.pipeline(today());
    assert_eq!((levels(&pipeline), pipeline.short_of_fid()), ([5, 5, 3, 4], Vec::new()));
    assert_eq!(tale.pipeline(Day::today(day("2031-01-01"))).short_of_fid().len(), 2, "waivers run out");
}

#[test]
fn a_criterion_that_is_not_mandatory_holds_no_level() {
    let mandatory = |pillar: &str| {
        format!("[[criteria]]\npillar = \"{pillar}\"\nrung = 1\nid = \"{pillar}\"\ntext = \"x\"\ncomputed = \"lead_on_record\"\n")
    };
    let optional =
        "[[criteria]]\npillar = \"finance\"\nrung = 1\nid = \"map\"\ntext = \"x\"\nevidence = true\nmandatory = false\n";
    let head = "ladder = \"project\"\nversion = 7\nvalid_from = \"2024-01-01\"\n";
    let criteria: String = Pillar::ALL.map(|pillar| mandatory(pillar.word())).concat();
    let ladder = Arc::new(Ladder::parse("mine.toml", &format!("{head}{criteria}{optional}")).unwrap());
    let picture = led().picture();
    let pipeline = assess_project(&picture, today(), &ladder, &seen::<Project>(&picture, project_id(PIPELINE)));
    assert_eq!(levels(&pipeline), reached(1));
    assert_eq!(outcome(&pipeline, "map"), Outcome::Missing);
    assert!(pipeline.limiting().is_empty(), "every pillar is at its top");
}

#[test]
fn a_cluster_climbs_by_its_own_criteria_and_by_those_that_one_of_its_projects_meets() {
    let mut tale = led();
    tale.cluster("2023-02-01", a!(ClusterConvenorNamed { "organisation": organisation_id(1) }));
    tale.cluster("2023-02-01", a!(ClusterMemberJoined { "organisation": organisation_id(1) }));
    assert_eq!(tale.humber(today()).level(Pillar::Partnerships), 0);
    assert_eq!(standing(&tale.humber(today()), "members-on-record").1, "one member is on record, and a cluster has at least two");
    tale.cluster("2023-03-01", a!(ClusterMemberJoined { "organisation": organisation_id(2) }));
    assert_eq!(tale.humber(today()).level(Pillar::Partnerships), 1);
    tale.cluster("2023-04-01", a!(ClusterCharterSigned { "title": "Charter" }));
    assert_eq!(tale.humber(today()).level(Pillar::Partnerships), 2);
    // Its project's partnership is not its own.
    let partnership = a!(PartnershipIdentified {
        "title": "CO2", "kind": "co2_transport_storage", "parties": [organisation_id(1), organisation_id(2)],
        "projects": [project_id(PIPELINE)]
    });
    tale.says(partnership_id(STEAM), "2023-05-01", partnership);
    tale.says(partnership_id(STEAM), "2023-06-01", a!(TermSheetSigned {}));
    tale.cluster("2023-06-01", a!(ClusterGovernanceEstablished { "body": "Board" }));
    assert_eq!(outcome(&tale.humber(today()), "shared-asset-term-sheet-signed"), Outcome::Missing);
    // What is asked of projects is met by one of them.
    assert_eq!(standing(&tale.humber(today()), "cost-estimated").1, "its one project does not meet this");
    let kiln = a!(ProjectRegistered { "title": "Kiln", "cluster": cluster_id(HUMBER) });
    tale.says(project_id(2), "2023-01-01", kiln);
    assert_eq!(standing(&tale.humber(today()), "cost-estimated").1, "none of its 2 projects meets this");
    let estimated = tale.says(project_id(2), "2023-07-01", a!(CostEstimated { "class": "class5", "capex": eur(5) }));
    let humber = tale.humber(today());
    let (_, assessed) = humber.criteria(Pillar::Finance).find(|(criterion, _)| criterion.id == "cost-estimated").unwrap();
    assert_eq!((assessed.outcome, assessed.facts[0].thing), (Outcome::Met, project_id(2).thing()));
    assert_eq!(assessed.facts[0].fact, id(estimated));
}

#[test]
fn a_project_that_moves_to_another_cluster_carries_what_it_met_along() {
    let mut tale = led();
    tale.says(cluster_id(2), "2022-01-01", a!(ClusterRegistered { "name": "Teesside", "country": "GB" }));
    tale.project("2023-02-01", a!(CostEstimated { "class": "class5", "capex": eur(500) }));
    assert_eq!(outcome(&tale.humber(today()), "cost-estimated"), Outcome::Met);
    let elsewhere = a!(ProjectRegistered { "title": "CO2 pipeline", "cluster": cluster_id(2) });
    tale.acts += 1;
    tale.log.record(project_id(PIPELINE), &corrected(tale.acts, 2, "2023-01-01", elsewhere));
    assert_eq!(standing(&tale.humber(today()), "cost-estimated").1, "the cluster has no project");
}

#[test]
fn the_history_of_a_cluster_rises_and_falls_with_its_projects() {
    let mut tale = funded();
    let filed = tale.shows(
        cluster_id(HUMBER),
        "2023-01-15",
        a!(ClusterCriterionEvidenced {
            "criterion": "funding-map", "statement": "all of it"
        }),
    );
    tale.confirms(cluster_id(HUMBER), "2023-01-15", filed);
    tale.says(award_id(GRANT), "2025-01-01", a!(AwardTerminated { "reason": "not built" }));
    let expected = [
        moved("2023-02-01", 0, 1),
        moved("2023-06-01", 1, 3),
        moved("2023-07-01", 3, 4),
        moved("2023-10-01", 4, 5),
        moved("2025-01-01", 5, 2),
    ];
    let history = tale.humbers_history(today());
    assert_eq!(moves(&history, Pillar::Finance), expected);
    for change in history.iter().filter(|change| change.pillar == Pillar::Finance) {
        assert_eq!(tale.humber(Day::end_of(change.on)).level(Pillar::Finance), change.to, "as asked on that day");
        assert!(!change.because.is_empty());
    }
    assert_eq!(tale.humber(today()).level(Pillar::Finance), 2);
}

/// What the history says of a day is what the question for that day answers.
#[test]
fn history_and_questions_for_a_day_agree() {
    for tale in [granted(), partnered(), funded(), built()] {
        let history = tale.pipelines_history(today());
        assert!(!history.is_empty());
        for change in &history {
            let (before, on) = (Day::end_of(change.on.pred_opt().unwrap()), Day::end_of(change.on));
            assert_eq!(tale.pipeline(before).level(change.pillar), change.from, "{change:?}");
            assert_eq!(tale.pipeline(on).level(change.pillar), change.to, "{change:?}");
        }
        let last = Pillar::ALL.map(|pillar| moves(&history, pillar).last().map_or(0, |(_, _, to)| *to));
        assert_eq!(levels(&tale.pipeline(Day::end_of(day(TODAY)))), last);
    }
}

#[test]
fn what_cannot_be_seen_counts_for_nobody() {
    let mut tale = permitted();
    tale.acts += 1;
    let submitted = stated(tale.acts, "2023-06-01", a!(ApplicationSubmitted {})).for_parties();
    tale.log.record(permit_id(CONSENT), &submitted);
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 2);
    let others = tale.picture().seen_through(|_, metadata| metadata.visibility != schema::Visibility::Parties);
    assert_eq!(pipeline_in(&others, today()).level(Pillar::Policy), 1);
    let without = tale.picture().seen_through(|header, _| header.thing != permit_id(CONSENT).thing());
    let pipeline = pipeline_in(&without, today());
    assert_eq!(standing(&pipeline, "permits-identified").1, format!("{} can't be seen", permit_id(CONSENT)));
}

#[test]
fn a_day_counts_what_had_occurred_by_its_end_and_today_counts_all() {
    let tale = built();
    let feed = &tale.picture();
    let pipeline = seen::<Project>(feed, project_id(PIPELINE));
    let stage = |day: Day| day.state(&pipeline).stage;
    assert_eq!(stage(Day::end_of(day("2023-04-30"))), None);
    assert_eq!(stage(Day::end_of(day("2023-05-01"))), Some(Stage::Feed));
    assert_eq!(stage(Day::end_of(day("2023-06-30"))), Some(Stage::Feed));
    assert_eq!(stage(Day::today(day("2023-04-30"))), Some(Stage::Fid));
    let on = Day::end_of(day("2024-03-31"));
    assert!(on.has_come(date("2024-03-31")) && on.has_come(date("2024-Q1")) && on.has_come(date("2024")));
    assert!(!on.has_come(date("2024-04-01")) && !on.has_come(date("2024-Q2")));
    assert!(on.is_past(date("2024-03-30")) && on.is_past(date("2024-02")) && on.is_past(date("2023")));
    assert!(!on.is_past(date("2024-03-31")) && !on.is_past(date("2024-Q1")) && !on.is_past(date("2024")));
}

#[test]
fn every_criterion_that_is_computed_is_met_somewhere_here() {
    let mut met = std::collections::BTreeSet::new();
    let mut all = granted();
    all.says(permit_id(CONSENT), "2024-06-20", a!(ConditionDischarged { "condition": "1" }));
    for tale in [all, partnered(), funded(), built()] {
        let pipeline = tale.pipeline(Day::today(day(TODAY)));
        let criteria = Pillar::ALL.into_iter().flat_map(|pillar| pipeline.criteria(pillar));
        met.extend(criteria.filter(|(_, assessed)| assessed.outcome == Outcome::Met).map(|(criterion, _)| criterion.id.clone()));
    }
    let ladder = ladder(Climber::Project);
    let never: Vec<_> = ladder.criteria.iter().map(|criterion| &criterion.id).filter(|id| !met.contains(*id)).collect();
    assert_eq!(never, ["abatement-reported"], "and that one is met where it is told of");
}

/// The project with an award of which the purpose is this.
fn awarded_for(purpose: &str) -> Assessment {
    let mut tale = led();
    let award = a!(AwardIdentified { "title": "Grant", "purpose": purpose, "projects": [project_id(PIPELINE)] });
    tale.says(award_id(GRANT), "2023-04-01", award);
    tale.says(award_id(GRANT), "2023-06-01", a!(AwardMade { "amount": eur(100) }));
    tale.pipeline(today())
}

#[test]
fn an_award_funds_what_it_is_for_and_nothing_before_it() {
    for (purpose, feasibility, feed) in [
        ("feasibility", Outcome::Met, Outcome::Missing),
        ("feed", Outcome::Missing, Outcome::Met),
        ("construction", Outcome::Missing, Outcome::Missing),
    ] {
        let pipeline = awarded_for(purpose);
        assert_eq!(outcome(&pipeline, "feasibility-funded"), feasibility, "{purpose}");
        assert_eq!(outcome(&pipeline, "feed-funded"), feed, "{purpose}");
    }
}

fn is_inferred(assessment: &Assessment, id: &str) -> bool {
    let mut all = Pillar::ALL.into_iter().flat_map(|pillar| assessment.criteria(pillar));
    all.any(|(criterion, assessed)| criterion.id == id && assessed.is_inferred)
}

#[test]
fn a_stage_that_is_reported_says_nothing_of_a_decision_and_one_that_is_entered_infers_it() {
    for stage in ["fid", "construction", "operational"] {
        let mut tale = led();
        tale.project("2024-01-01", a!(ProjectStandingReported { "stage": stage }));
        let pipeline = tale.pipeline(today());
        assert_eq!(outcome(&pipeline, "fid-taken"), Outcome::Missing, "{stage}");
        assert!(is_inferred(&pipeline, "feed-entered") && is_inferred(&pipeline, "feasibility-done"), "{stage}");
    }
    let mut tale = led();
    tale.project("2024-01-01", a!(ProjectStandingReported { "stage": "feed" }));
    let reported = tale.pipeline(today());
    assert_eq!((outcome(&reported, "feed-entered"), is_inferred(&reported, "feed-entered")), (Outcome::Met, false));
    assert_eq!(outcome(&reported, "feed-done"), Outcome::Missing);
    tale.project("2024-02-01", a!(ProjectStageEntered { "stage": "construction" }));
    let building = tale.pipeline(today());
    assert_eq!((outcome(&building, "fid-taken"), is_inferred(&building, "fid-taken")), (Outcome::Met, true));
    tale.project("2024-02-01", a!(FidTaken {}));
    assert!(!is_inferred(&tale.pipeline(today()), "fid-taken"), "what is recorded comes first");
}

#[test]
fn a_joint_venture_is_no_term_sheet_for_a_shared_asset() {
    for (kind, expected) in [
        ("joint_venture", Outcome::Missing),
        ("offtake", Outcome::Missing),
        ("shared_infrastructure", Outcome::Met),
        ("co2_transport_storage", Outcome::Met),
    ] {
        let mut tale = led();
        let partnership = a!(PartnershipIdentified {
            "title": "Company", "kind": kind, "parties": [organisation_id(1), organisation_id(2)], "clusters": [cluster_id(HUMBER)]
        });
        tale.says(partnership_id(STEAM), "2023-02-01", partnership);
        tale.says(partnership_id(STEAM), "2023-03-01", a!(TermSheetSigned {}));
        let humber = tale.humber(today());
        assert_eq!(outcome(&humber, "shared-asset-term-sheet-signed"), expected, "{kind}");
        assert!(is_inferred(&humber, "charter-or-memorandum-signed"), "no memorandum is on record");
        assert!(!is_inferred(&humber, "shared-asset-term-sheet-signed"));
    }
}

#[test]
fn a_grant_of_which_no_condition_is_on_record_does_not_meet_that_all_are_discharged() {
    let mut tale = permitted();
    tale.says(permit_id(CONSENT), "2023-06-01", a!(ApplicationSubmitted {}));
    tale.says(permit_id(CONSENT), "2024-06-01", a!(PermitGranted { "challengeable_until": "2024-07-31" }));
    let pipeline = tale.pipeline(today());
    let (stands, missing) = standing(&pipeline, "pre-construction-conditions-discharged");
    assert_eq!((stands, missing.as_str()), (Outcome::Missing, "Consent: no condition of it is on record"));
    assert_eq!(pipeline.level(Pillar::Policy), 4);
    assert!(is_inferred(&pipeline, "applications-accepted"), "it was determined, and nobody said that it was accepted");
    // What is not to be met before construction says that nothing is.
    let mut tale = permitted();
    let condition = serde_json::json!({ "reference": "1", "text": "plant a hedge" });
    tale.says(permit_id(CONSENT), "2024-06-01", a!(PermitGranted { "conditions": [condition] }));
    assert_eq!(outcome(&tale.pipeline(today()), "pre-construction-conditions-discharged"), Outcome::Met);
}

#[test]
fn a_condition_that_is_breached_after_its_discharge_lowers_the_level() {
    let mut tale = granted();
    let consent = permit_id(CONSENT);
    tale.says(consent, "2024-06-20", a!(ConditionDischarged { "condition": "1" }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 5);
    tale.says(consent, "2025-02-01", a!(ConditionBreached { "condition": "1", "what": "no survey" }));
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Policy), 4);
    assert_eq!(standing(&pipeline, "pre-construction-conditions-discharged").1, "Consent: conditions are breached: 1");
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Policy).last().unwrap(), &moved("2025-02-01", 5, 4));
    tale.says(consent, "2025-03-01", a!(ConditionDischarged { "condition": "1" }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 5);
}

#[test]
fn a_grant_past_its_last_day_carries_nothing_while_nothing_is_built() {
    let mut tale = permitted();
    let consent = permit_id(CONSENT);
    tale.says(consent, "2023-06-01", a!(ApplicationSubmitted {}));
    tale.says(consent, "2023-09-01", a!(ApplicationAccepted {}));
    tale.says(consent, "2024-06-01", a!(PermitGranted { "valid_until": "2025-06-30" }));
    assert_eq!(tale.pipeline(Day::end_of(day("2025-06-30"))).level(Pillar::Policy), 4, "it lasts to the end of its last day");
    let pipeline = tale.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Policy), 3);
    assert_eq!(standing(&pipeline, "permits-granted").1, "Consent: the grant ended on 2025-06-30, and nothing is built");
    assert_eq!(moves(&tale.pipelines_history(today()), Pillar::Policy).last().unwrap(), &moved("2025-07-01", 4, 3));
    tale.project("2025-01-01", a!(ProjectStageEntered { "stage": "construction" }));
    assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 4, "it was used in time");
}

#[test]
fn a_project_that_reached_its_own_financial_close_has_reached_it() {
    let mut tale = led();
    assert_eq!(outcome(&tale.pipeline(today()), "financial-close-reached"), Outcome::Missing);
    tale.project("2024-01-01", a!(ProjectFinancialCloseReached {}));
    assert_eq!(outcome(&tale.pipeline(today()), "financial-close-reached"), Outcome::Met);
}

#[test]
fn what_is_said_of_a_clusters_projects_is_said_of_all_of_them() {
    let mut tale = led();
    for number in 2..=4 {
        let kiln = a!(ProjectRegistered { "title": "Kiln", "cluster": cluster_id(HUMBER) });
        tale.says(project_id(number), "2023-01-01", kiln);
    }
    tale.says(project_id(2), "2024-01-01", a!(ProjectShelved { "reason": "prices" }));
    let says = |tale: &Tale| standing(&tale.humber(today()), "cost-estimated").1;
    assert_eq!(says(&tale), "none of its 4 projects meets this; one of them is shelved or cancelled");
    tale.says(project_id(3), "2024-01-01", a!(ProjectCancelled { "reason": "prices" }));
    assert_eq!(says(&tale), "none of its 4 projects meets this; 2 of them are shelved or cancelled");
}

#[test]
fn a_new_version_of_the_ladder_is_an_entry_of_its_own_and_what_stood_before_stays() {
    let tale = partnered();
    let row = |pillar: Pillar, computed: &str| {
        format!(
            "[[criteria]]\npillar = \"{}\"\nrung = 1\nid = \"{computed}-{}\"\ntext = \"x\"\ncomputed = \"{computed}\"\n",
            pillar.word(),
            pillar.word()
        )
    };
    let rows: String = Pillar::ALL.map(|pillar| row(pillar, "abatement_reported")).concat();
    let head = "ladder = \"project\"\nversion = 2\nvalid_from = \"2025-01-01\"\n";
    let ladders = Ladders::shipped().unwrap().with("mine.toml", &format!("{head}{rows}")).unwrap().of(Climber::Project);
    let picture = tale.picture();
    let pipeline = seen::<Project>(&picture, project_id(PIPELINE));
    let history = history_of_project(&picture, today(), &ladders, &pipeline, || true).unwrap();
    let before: Vec<_> = history.iter().filter(|change| !change.is_new_version).cloned().collect();
    assert_eq!(before, tale.pipelines_history(today()), "what stood under the old version");
    let anew: Vec<_> = history.iter().filter(|change| change.is_new_version).collect();
    assert_eq!(anew.len(), Pillar::ALL.len());
    assert!(
        anew.iter().all(|change| change.on == day("2025-01-01") && change.ladder == "project.v2" && change.because.is_empty())
    );
    let partnerships = anew.iter().find(|change| change.pillar == Pillar::Partnerships).unwrap();
    assert_eq!((partnerships.from, partnerships.to), (5, 0));
    let early = history_of_project(&picture, Day::end_of(day("2024-12-31")), &ladders, &pipeline, || true).unwrap();
    assert_eq!(early, before);
}

#[test]
fn a_grant_that_is_unsettled_carries_nothing_until_it_is_said_what_follows() {
    let upheld = |relief: Option<&str>| {
        let mut tale = granted();
        let consent = permit_id(CONSENT);
        tale.says(consent, "2024-07-01", a!(ChallengeLodged { "kind": "judicial_review" }));
        assert_eq!(tale.pipeline(today()).level(Pillar::Policy), 4, "a challenge alone does not block the decision");
        tale.says(consent, "2025-02-01", a!(ChallengeUpheld { "kind": "judicial_review", "relief": relief }));
        tale
    };
    let mut unsettled = upheld(None);
    let pipeline = unsettled.pipeline(today());
    assert_eq!(pipeline.level(Pillar::Policy), 3);
    assert_eq!(standing(&pipeline, "permits-granted").1, "Consent: a challenge to it was upheld, and nothing followed yet");
    unsettled.says(permit_id(CONSENT), "2025-06-01", a!(PermitGranted {}));
    assert_eq!(unsettled.pipeline(today()).level(Pillar::Policy), 4, "it was granted anew");
    assert_eq!(upheld(Some("none")).pipeline(today()).level(Pillar::Policy), 4, "it stands although it was unlawful");
}
