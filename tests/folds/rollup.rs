//! Figures over many things: which of them are active, and which are counted apart.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use crate::support::*;
use projections::{
    Sight,
    things::{Cluster, Permit, Project},
    views::{
        Day,
        known::{durations_run_to, is_shelved_candidate, permit_known_until},
        rollup::{Beside, RollUp, roll_up_cluster},
    },
};
use schema::{
    ThingId,
    permit::PermitFact,
    project::{CapacityUnit, ProjectFact},
};

const REPD: u128 = 1;

/// A cluster with a project of 100 MW that needs a permit, which is applied for.
fn planned(permit_facts: Vec<(&'static str, PermitFact)>, project_facts: Vec<(&'static str, ProjectFact)>) -> RollUp {
    let mut log = Log::default();
    let cluster = a!(ClusterRegistered { "name": "Humber", "country": "GB" });
    log.record(cluster_id(1), &stated(1, "2018-01-01", cluster));
    let project = a!(ProjectRegistered {
        "title": "Wind park", "cluster": cluster_id(1), "capacity": { "value": "100", "unit": "mw" }, "jobs": 7
    });
    log.record(project_id(1), &stated(2, "2018-01-01", project));
    let identified = a!(PermitIdentified { "title": "Consent", "instrument": "consent", "projects": [project_id(1)] });
    log.record(permit_id(1), &stated(3, "2018-01-01", identified));
    let mut acts = 3;
    for (on, fact) in permit_facts {
        acts += 1;
        log.record(permit_id(1), &stated(acts, on, fact));
    }
    for (on, fact) in project_facts {
        acts += 1;
        log.record(project_id(1), &stated(acts, on, fact));
    }
    let picture = log.picture();
    let cluster = Sight::thing::<Cluster>(&picture, cluster_id(1)).unwrap();
    let beside = Beside { reads: &|_| true, overdue: &|_| None };
    roll_up_cluster(&picture, Day::today(day(TODAY)), &cluster, beside).unwrap()
}

/// The planned megawatts that count as active, and those that are counted apart.
fn megawatts(rollup: &RollUp) -> (i64, i64) {
    let of = |sums: &projections::views::rollup::ProjectSums| {
        let tally = sums.capacity.get(&CapacityUnit::Mw).map(|tally| tally.planned);
        tally.and_then(|tally| tally.value()).map_or(0, |value| i64::try_from(value).unwrap())
    };
    assert_eq!(rollup.active.projects + rollup.apart.projects, rollup.projects, "the parts make the whole");
    let (active, off) = rollup.stages.values().fold((0, 0), |(active, off), stage| (active + stage.active, off + stage.off));
    assert_eq!((rollup.active.projects, rollup.apart.projects), (active, off));
    (of(&rollup.active), of(&rollup.apart))
}

#[test]
fn capacity_of_a_project_of_which_no_permit_can_stand_any_more_is_counted_apart() {
    let submitted = || ("2019-01-01", a!(ApplicationSubmitted {}));
    let (active, apart) = ((100, 0), (0, 100));
    for (facts, expected, why) in [
        (vec![], active, "it is to be applied for"),
        (vec![submitted()], active, "it is open"),
        (vec![submitted(), ("2020-01-01", a!(ApplicationWithdrawn {}))], apart, "withdrawn"),
        (vec![submitted(), ("2020-01-01", a!(ApplicationLapsed {}))], apart, "lapsed"),
        (vec![submitted(), ("2020-01-01", a!(PermitRefused {}))], apart, "refused beyond challenge"),
        (vec![submitted(), ("2026-05-01", a!(PermitRefused {}))], active, "it can still be challenged"),
        (
            vec![submitted(), ("2026-04-01", a!(PermitRefused { "challengeable_until": "2026-05-31" }))],
            apart,
            "the window is closed",
        ),
        (
            vec![submitted(), ("2020-01-01", a!(PermitRefused {})), ("2020-02-01", a!(ChallengeLodged { "kind": "appeal" }))],
            active,
            "it is challenged",
        ),
        (vec![submitted(), ("2020-01-01", a!(PermitGranted {}))], active, "it is granted"),
        (vec![submitted(), ("2020-01-01", a!(PermitGranted { "valid_until": "2026-06-01" }))], active, "its last day"),
        (vec![submitted(), ("2020-01-01", a!(PermitGranted { "valid_until": "2026-05-31" }))], apart, "expired unused"),
        (vec![submitted(), ("2024-01-01", a!(PermitExpired {}))], apart, "expired"),
        (vec![submitted(), ("2024-01-01", a!(PermitStandingReported { "standing": "closed" }))], apart, "over, as reported"),
        (vec![submitted(), ("2024-01-01", a!(PermitStandingReported { "standing": "in_use" }))], active, "in use"),
        (vec![("2024-01-01", a!(PermitStandingReported { "standing": "refused" }))], apart, "refused, as reported"),
    ] {
        assert_eq!(megawatts(&planned(facts, vec![])), expected, "{why}");
    }
    let refused = || vec![submitted(), ("2020-01-01", a!(PermitRefused {}))];
    let built = vec![("2021-01-01", a!(ProjectStageEntered { "stage": "construction" }))];
    assert_eq!(megawatts(&planned(refused(), built)), active, "something of it is built");
}

#[test]
fn a_project_that_is_cancelled_shelved_or_suspended_is_counted_apart_in_every_sum() {
    for off in ["ProjectSuspended", "ProjectShelved", "ProjectCancelled"] {
        let off = fact::<ProjectFact>(off, &serde_json::json!({ "reason": "prices" }));
        let rollup = planned(vec![], vec![("2024-01-01", off)]);
        assert_eq!(megawatts(&rollup), (0, 100));
        assert_eq!((rollup.active.jobs.value(), rollup.apart.jobs.value()), (None, Some(7.into())));
        assert_eq!((rollup.active.jobs.of, rollup.apart.jobs.of), (0, 1));
    }
}

/// What one edition of a register says of a project and its permit, and the editions that were taken.
fn registered(submitted_on: &str, editions: &[(&str, &[&str])]) -> Log {
    let mut log = Log::default();
    let first = editions[0].0;
    let ids = [serde_json::json!({ "scheme": "repd", "value": "17" })];
    let project = a!(ProjectRegistered { "title": "Wind park", "identifiers": ids });
    log.record(project_id(1), &stated(1, submitted_on, project).by_register(first));
    let permit =
        a!(PermitIdentified { "title": "Consent", "instrument": "consent", "projects": [project_id(1)], "identifiers": ids });
    log.record(permit_id(1), &stated(2, submitted_on, permit).by_register(first));
    log.record(permit_id(1), &stated(3, submitted_on, a!(ApplicationSubmitted {})).by_register(first));
    for (number, (published_on, vanished)) in (10..).zip(editions) {
        let taken = a!(RegisterEditionTaken {
            "register": "repd", "title": "Renewable Energy Planning Database", "published_on": published_on, "file": "repd.csv",
            "file_sha256": "0f".repeat(32), "rows_read": 2, "rows_rejected": 0, "rows_vanished": vanished
        });
        let register = schema::RegisterId::new(uuid::Uuid::from_u128(REPD));
        log.record(register, &stated(number, published_on, taken).by_register(published_on));
    }
    log
}

fn elapsed(log: &Log, as_of: &str) -> Option<i64> {
    let (picture, day) = (log.picture(), Day::today(day(as_of)));
    let thing = Sight::thing::<Permit>(&picture, permit_id(1)).unwrap();
    thing.state().elapsed(durations_run_to(&picture, day, &thing, thing.state())).map(|days| days.count)
}

#[test]
fn what_is_open_in_a_register_is_counted_to_its_edition_and_not_to_today() {
    let log = registered("2024-07-14", &[("2024-08-05", &[])]);
    assert_eq!(elapsed(&log, TODAY), Some(22));
    assert_eq!(elapsed(&log, "2024-07-20"), Some(6), "asked for a day before");
    // The next edition still has it, the one after has it not any more.
    let later = registered("2024-07-14", &[("2024-08-05", &[]), ("2024-11-05", &[]), ("2025-02-05", &["17", "18"])]);
    assert_eq!(elapsed(&later, TODAY), Some(114));
    // Somebody tells of it: then it is known to whoever asks.
    let mut told = registered("2024-07-14", &[("2024-08-05", &[])]);
    told.record(permit_id(1), &stated(20, "2024-09-01", a!(ApplicationAccepted {})));
    assert_eq!(elapsed(&told, "2024-10-14"), Some(92));
    let picture = told.picture();
    let thing = Sight::thing::<Permit>(&picture, permit_id(1)).unwrap();
    assert_eq!(permit_known_until(&picture, Day::today(day(TODAY)), &thing), None);
    // What is determined is as long as it took.
    let mut granted = registered("2024-07-14", &[("2024-08-05", &[])]);
    granted.record(permit_id(1), &stated(20, "2024-07-24", a!(PermitGranted {})).by_register("2024-08-05"));
    assert_eq!(elapsed(&granted, TODAY), Some(10));
}

#[test]
fn an_edition_that_was_not_imported_makes_no_shelved_candidate() {
    let is_candidate = |log: &Log, as_of: &str| {
        let picture = log.picture();
        let thing = Sight::thing::<Project>(&picture, ThingId::from(project_id(1))).unwrap();
        is_shelved_candidate(&picture, Day::today(day(as_of)), &thing, thing.state())
    };
    let one = registered("2015-07-14", &[("2021-08-05", &[])]);
    assert!(!is_candidate(&one, TODAY), "nobody looked since");
    let quiet = registered("2015-07-14", &[("2021-08-05", &[]), ("2023-08-05", &[])]);
    assert!(is_candidate(&quiet, TODAY), "the next edition has nothing new to say");
    assert!(!is_candidate(&quiet, "2023-08-04"));
    let soon = registered("2015-07-14", &[("2021-08-05", &[]), ("2023-08-04", &[])]);
    assert!(!is_candidate(&soon, TODAY), "not for 24 months");
    // A person's project is as quiet as it is.
    let mut log = Log::default();
    log.record(project_id(1), &stated(1, "2024-01-01", a!(ProjectRegistered { "title": "Kiln" })));
    assert!(!is_candidate(&log, "2025-12-31"));
    assert!(is_candidate(&log, "2026-01-01"));
    log.record(project_id(1), &stated(2, "2026-01-02", a!(ProjectStageEntered { "stage": "feed" })));
    assert!(!is_candidate(&log, TODAY));
}
