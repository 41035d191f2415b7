//! Clusters that are made up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use milepost::demo::{self, AS_OF, FLAGS_MEANT, MadeUp};
use projections::{
    Sight,
    things::{Cluster, Organisation, Permit, PolicyMeasure, Programme, Project},
    views::{
        Day,
        ladder::{Climber, Ladders},
        pillars,
    },
};
use schema::{Kind, Visibility};

use crate::world::{World, acts, flags, said};

async fn made_up(clusters: u32, projects_per_cluster: u32, seed: u64) -> World {
    let world = World::new();
    record(&world, clusters, projects_per_cluster, seed).await;
    world
}

async fn record(world: &World, clusters: u32, projects_per_cluster: u32, seed: u64) -> u64 {
    let made_up = MadeUp { clusters, projects_per_cluster, seed };
    demo::record_made_up(&world.app, made_up, &|_| {}).await.unwrap().events
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_record_and_another_seed_another() {
    let [one, same, other] = [made_up(3, 6, 7).await, made_up(3, 6, 7).await, made_up(3, 6, 8).await];
    let expected = said(&one).await;
    assert_eq!(said(&same).await, expected);
    assert_ne!(said(&other).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_records_nothing_and_more_clusters_can_come_later() {
    let world = made_up(2, 5, 1).await;
    let picture = world.picture().await;
    assert_eq!(record(&world, 2, 5, 1).await, 0);
    assert_eq!(world.picture().await.hash(), picture.hash());
    assert!(record(&world, 4, 5, 1).await > 0);
    assert_eq!(said(&world).await, said(&made_up(4, 5, 1).await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_up_fits_together_but_for_the_flags_that_are_meant() {
    let picture = made_up(12, 20, 3).await.picture().await;
    let mut raised = BTreeMap::new();
    for flag in flags(&picture).into_values().flatten() {
        *raised.entry(flag.code).or_insert(0) += 1;
    }
    assert_eq!(raised.keys().copied().collect::<Vec<_>>(), FLAGS_MEANT, "{raised:?}");
}

/// What registers say, and what no story of the made-up clusters comes to.
const NOT_MADE_UP: [&str; 17] = [
    "PermitStandingReported",
    "RegimeDetermined",
    "ProcedureStepTaken",
    "DeadlinePublished",
    "LimitReplaced",
    "ApplicationAmended",
    "ConsulteeAnswered",
    "ConditionDetailsSubmitted",
    "DependencyDropped",
    "MilestoneRebaselined",
    "ProjectRescoped",
    "ProjectRenamed",
    "ProjectFinancialCloseReached",
    "ProjectFundingDeclared",
    "LoanRepaid",
    "GuaranteeCalled",
    "PolicyMeasureEffectSet",
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_recorded_is_told_and_on_days_that_have_come() {
    let picture = made_up(24, 25, 5).await.picture().await;
    let told = acts(&picture);
    let types: BTreeSet<_> = told.iter().map(|told| told.event_type).collect();
    let not_made_up = [Kind::Initiative, Kind::Register, Kind::Subject];
    let recorded = schema::event_types().filter(|(kind, _)| !not_made_up.contains(kind)).map(|(_, of)| of.name);
    let recorded = recorded.filter(|name| !NOT_MADE_UP.contains(name));
    let acts = ["FactRetracted", "FactConfirmed", "EvidenceAttached"];
    let untold: Vec<_> = recorded.chain(acts).filter(|name| !types.contains(name)).collect();
    assert_eq!(untold, Vec::<&str>::new());
    assert!(told.iter().any(|told| told.metadata.visibility == Visibility::Parties));
    assert!(told.iter().any(|told| told.metadata.override_reason.is_some()));
    let ladders = Ladders::shipped().unwrap();
    for told in &told {
        let on = told.metadata.occurred_on;
        if let Some(criterion) = told.payload["criterion"].as_str() {
            let climber = if told.thing.kind() == Kind::Project { Climber::Project } else { Climber::Cluster };
            assert!(ladders.know(climber, criterion), "{criterion} of {}", told.thing);
        }
        assert!((2018..=2026).contains(&on.first().year()) && on.last() <= AS_OF, "{} on {on}", told.event_type);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_take_what_is_made_up_for_real() {
    let picture = made_up(4, 5, 2).await.picture().await;
    let marked = |name: Option<&schema::Line>| name.unwrap().as_str().ends_with(" (made up)");
    for cluster in Sight::things::<Cluster>(&*picture) {
        let registered = cluster.state().registered().unwrap();
        assert!(marked(Some(&registered.name)) && registered.signatory_since.is_none());
    }
    assert!(Sight::things::<Organisation>(&*picture).all(|thing| marked(thing.state().registered().map(|of| &of.name))));
    assert!(Sight::things::<Programme>(&*picture).all(|thing| marked(thing.state().opened().map(|of| &of.title))));
    assert!(Sight::things::<PolicyMeasure>(&*picture).all(|thing| marked(thing.state().identified().map(|of| &of.title))));
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_rise_and_fall() {
    let picture = made_up(6, 25, 4).await.picture().await;
    let quashed = |permit: &Permit| permit.determinations.iter().any(|determination| determination.quashed_on.is_some());
    assert!(Sight::things::<Permit>(&*picture).any(|permit| quashed(permit.state())));
    let day = Day::today(NaiveDate::from_ymd_opt(2026, 9, 1).unwrap());
    let ladders = Ladders::shipped().unwrap();
    let ladder = ladders.on(Climber::Project, day.as_of).unwrap();
    let history = |project| pillars::history_of_project(&*picture, day, std::slice::from_ref(ladder), &project, || true);
    let changes = Sight::things::<Project>(&*picture).filter_map(history).flatten();
    let (rises, falls): (Vec<_>, Vec<_>) = changes.partition(|change| change.to > change.from);
    assert!(rises.len() > 100 && falls.len() > 5, "{} rises, {} falls", rises.len(), falls.len());
}
