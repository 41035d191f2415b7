//! Both editions of the UK planning register, taken one after the other.

use std::collections::HashSet;

use milepost::import::{AnyFact, DatedBy, Edition, Ending, Facts, Register};
use projections::things::{ChallengeEnd, FlagCode, Permit, PermitState, Project};
use schema::{
    Date, Kind, Line, ThingId,
    permit::PermitFact,
    project::{ProjectFact, Stage},
};

use crate::plants::{Record, open_repd};

type Said = HashSet<(ThingId, Line, String)>;

fn in_words(thing: ThingId, field: &Line, on: Date, fact: &impl std::fmt::Debug) -> (ThingId, Line, String) {
    (thing, field.clone(), format!("{on} {fact:?}"))
}

/// What the rows of an edition say with dates of their own.
fn claimed(edition: &Edition<'_>) -> (Said, HashSet<ThingId>) {
    let (mut said, mut things) = (Said::new(), HashSet::new());
    for claim in edition.rows().filter_map(Result::ok).flat_map(|row| row.claims) {
        things.insert(claim.thing);
        match claim.fact {
            AnyFact::Project(fact) if claim.dated_by == DatedBy::Row => {
                said.insert(in_words(claim.thing, &claim.field, claim.occurred_on, &fact));
            }
            AnyFact::Permit(fact) if claim.dated_by == DatedBy::Row => {
                said.insert(in_words(claim.thing, &claim.field, claim.occurred_on, &fact));
            }
            _ => {}
        }
    }
    (said, things)
}

/// What counts of `things`, but for what holds as of an edition.
fn recorded(record: &Record, things: &HashSet<ThingId>) -> Said {
    let picture = record.app.picture();
    let mut said = Said::new();
    for project in picture.things::<Project>().values().filter(|project| things.contains(&project.id())) {
        let dated = project.live().iter().filter(|live| !matches!(live.fact(), ProjectFact::ProjectStandingReported(_)));
        said.extend(dated.map(|live| in_words(project.id(), &field(live), live.occurred_on(), live.fact())));
    }
    for permit in picture.things::<Permit>().values().filter(|permit| things.contains(&permit.id())) {
        let dated = permit.live().iter().filter(|live| !matches!(live.fact(), PermitFact::PermitStandingReported(_)));
        said.extend(dated.map(|live| in_words(permit.id(), &field(live), live.occurred_on(), live.fact())));
    }
    said
}

/// Of the newest edition: no permit is open of which the status says that it is over, and where the status does not fit
/// the dates, that is flagged.
fn contradictions_are_flagged_and_what_is_over_is_not_open(record: &Record, edition: &Register) {
    let picture = record.app.picture();
    let of = |key: &str, kind| ThingId::from_register(kind, "repd", &[key]);
    let permit = |key: &str| picture.thing::<Permit>(of(key, Kind::Permit)).unwrap();
    let at = |name: &str| edition.header.iter().position(|column| column == name).unwrap();
    let (key_at, status_at) = (at("Ref ID"), at("Development Status"));
    let pending = ["Planning Application Submitted", "Appeal Lodged"];
    let reviewed = ["Planning Permission Granted", "Planning Permission Refused", "Appeal Refused"];
    let (mut open, mut reported) = (0, 0);
    for row in &edition.rows {
        let (key, status) = (&row.cells[key_at], &row.cells[status_at]);
        let permit = permit(key);
        open += usize::from(permit.state().is_open());
        reported += usize::from(permit.flags().iter().any(|flag| flag.code == FlagCode::ReportedOtherwise));
        let may_be = pending.contains(&status) || (reviewed.contains(&status) && permit.state().state == PermitState::Challenged);
        assert!(!permit.state().is_open() || may_be, "{key}: {status}");
        let built = ["Operational", "Under Construction", "Decommissioned"].contains(&status);
        let granted = permit.state().determination().is_some_and(|determination| determination.outcome.is_grant());
        let flagged = permit.flags().iter().any(|flag| flag.code == FlagCode::ReportedOtherwise);
        assert!(!built || granted || flagged, "{key}: {status}");
    }
    assert_eq!((open, reported), (1_260, 557));
    let end = |key: &str, at: usize| permit(key).state().challenges[at].end;
    assert_eq!([end("3794", 0), end("3996", 0)], [Some(ChallengeEnd::Dismissed); 2], "the minister decided the appeal");
    assert_eq!(end("4256", 0), Some(ChallengeEnd::Upheld));
    assert_eq!([end("995", 0), end("203", 0)], [Some(ChallengeEnd::Overtaken); 2]);
    let backwards = picture
        .things::<Project>()
        .values()
        .filter(|project| project.flags().iter().any(|flag| flag.code == FlagCode::StageBackwards));
    let stages: Vec<_> = backwards.map(|project| project.state().stage).collect();
    assert!(stages.len() >= 26 && stages.iter().all(|stage| *stage >= Some(Stage::Operational)), "{stages:?}");
}

fn field<F: schema::Fact>(live: &projections::things::Live<F>) -> Line {
    live.register_row().unwrap().field.clone()
}

#[tokio::test]
async fn the_planning_register_is_taken_in_its_two_editions_and_the_older_undoes_nothing() {
    let record = Record::new();
    let (mapping, q4, q2) = open_repd();
    let first = record.take_register(&q4, &mapping, false, &|_| {}).await;
    assert_eq!((first.rows.read, first.rows.taken, first.rows.rejected), (10_333, 10_326, 7));
    assert_eq!(first.facts, Facts { claimed: 53_508, stated: 53_508, ..Facts::default() });
    let second = record.take_register(&q2, &mapping, false, &|_| {}).await;
    assert_eq!((second.rows.read, second.rows.taken, &second.ending), (11_156, 11_156, &Ending::Taken));
    assert_eq!((second.things[&Kind::Permit].new, second.vanished.len()), (844, 14), "10,312 rows are in both");
    let Facts { stated, corrected, brought_back, retracted, .. } = second.facts;
    assert_eq!((stated, corrected, brought_back, retracted), (4_477, 4_087, 0, 653));
    let picture = record.app.picture();
    let again = record.take_register(&q4, &mapping, false, &|_| {}).await;
    assert_eq!((again.events, record.app.picture().last_event()), (0, picture.last_event()));

    contradictions_are_flagged_and_what_is_over_is_not_open(&record, &q2);

    let (said, things) = claimed(&Edition::try_new(&mapping, &q2, None).unwrap());
    let counts = recorded(&record, &things);
    assert!(said.is_subset(&counts), "{:?}", said.difference(&counts).next());
    let founding_without_date = counts.difference(&said).all(|(_, field, _)| ["project", "permit"].contains(&field.as_str()));
    assert!(founding_without_date, "nothing counts that the later edition does not say");
}
