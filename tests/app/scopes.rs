//! Who may record what, and where.

use access::{Actor, Grant, Role};
use app::{HandleError, Order, RecordError, Target};
use domain::{Intent, rejection};
use projections::things::{Cluster, Organisation, Partnership, Permit, Project};
use schema::{
    Assurance, EventId, Evidence, Kind, ProjectId, ThingId,
    cluster::{ClusterMemberJoined, ClusterRegistered},
    partnership::{PartnershipFact, PartnershipIdentified, PartnershipKind},
    permit::{InformationRequested, PermitFact, PermitIdentified},
    project::{ProjectCriterionEvidenced, ProjectFact, Stage},
};
use uuid::Uuid;

use crate::world::*;

/// Whether `recorded` was allowed; fails when it was refused for anything but its sender.
fn allowed<T: std::fmt::Debug>(recorded: Result<T, HandleError>) -> bool {
    match recorded {
        Ok(_) => true,
        Err(HandleError::Forbidden(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

fn company_lead(organisation: schema::OrganisationId) -> Actor {
    actor(105, [Grant { organisation: Some(organisation), ..Grant::of(Role::ProjectLead) }])
}

fn readers() -> [Actor; 2] {
    [actor(106, [Grant::of(Role::Funder)]), actor(107, [Grant::of(Role::Auditor)])]
}

fn stage() -> Order<ProjectFact> {
    to_state(PIPELINE, entered(Stage::Feed), "2024-03-01")
}

fn request(permit: schema::PermitId) -> Order<PermitFact> {
    to_state(permit, InformationRequested { what: note("bats"), due_on: None, ground: None }, "2024-03-01")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_project_is_for_its_lead_and_its_cluster_to_record() {
    let world = World::new().await;
    for (who, may) in [
        (lead_of(PIPELINE), true),
        (company_lead(DEVELOPER), true),
        (manager_of(HUMBER), true),
        (lead_of(FURNACE), false),
        (company_lead(OTHER_DEVELOPER), false),
        (manager_of(TEESSIDE), false),
        (regulator_at(COUNCIL), false),
        (administrator(), false),
    ]
    .into_iter()
    .chain(readers().map(|reader| (reader, false)))
    {
        assert_eq!(allowed(world.handle::<Project>(&who, stage()).await), may, "{:?}", who.grants);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clusters_are_for_the_initiative_and_organisations_for_whoever_keeps_a_cluster() {
    let world = World::new().await;
    let cluster = || {
        let (name, country) = (line("Solent"), "GB".parse().unwrap());
        ClusterRegistered {
            name,
            country,
            place: None,
            sectors: Vec::new(),
            signatory_since: None,
            identifiers: Vec::new(),
            location: None,
        }
    };
    let everybody = [administrator(), manager_of(HUMBER), lead_of(PIPELINE), regulator_at(COUNCIL)].into_iter().chain(readers());
    for (who, [founds_cluster, founds_organisation, admits]) in
        everybody.zip([[true, true, true], [false, true, true], [false; 3], [false; 3], [false; 3], [false; 3]])
    {
        let organisation = to_found(Kind::Organisation, organisation(&format!("Known to {}", who.subject.0)));
        let member = to_state(HUMBER, ClusterMemberJoined { organisation: DEVELOPER, role: None }, "2024-02-01");
        assert_eq!(allowed(world.handle::<Cluster>(&who, to_found(Kind::Cluster, cluster())).await), founds_cluster);
        assert_eq!(allowed(world.handle::<Organisation>(&who, organisation).await), founds_organisation);
        assert_eq!(allowed(world.handle::<Cluster>(&who, member).await), admits);
    }
    let elsewhere = to_state(TEESSIDE, ClusterMemberJoined { organisation: DEVELOPER, role: None }, "2024-02-01");
    assert!(!allowed(world.handle::<Cluster>(&manager_of(HUMBER), elsewhere).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_for_two_projects_needs_both_within_reach() {
    let world = World::new().await;
    let both = || to_found(Kind::Permit, permit(&[PIPELINE, FURNACE], COUNCIL));
    assert!(!allowed(world.handle::<Permit>(&manager_of(HUMBER), both()).await));
    assert!(!allowed(world.handle::<Permit>(&lead_of(FURNACE), both()).await));
    let of_both = actor(108, [Grant { clusters: vec![HUMBER, TEESSIDE], ..Grant::of(Role::ClusterManager) }]);
    assert!(allowed(world.handle::<Permit>(&of_both, both()).await));
    assert!(allowed(world.handle::<Permit>(&lead_of(PIPELINE), to_found(Kind::Permit, permit(&[PIPELINE], COUNCIL))).await));
    assert!(!allowed(world.handle::<Permit>(&regulator_at(COUNCIL), both()).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_authority_does_is_confirmed_when_it_records_it_and_claimed_when_others_do() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    world.lay::<Permit>(JETTY, submitted()).await;
    assert!(!allowed(world.handle::<Permit>(&regulator_at(OTHER_COUNCIL), request(CROSSING)).await));
    let [by_council, by_lead] =
        [(regulator_at(COUNCIL), CROSSING), (lead_of(PIPELINE), JETTY)].map(|(who, permit)| (who, permit));
    for ((who, permit), assurance) in [(by_council, Assurance::Confirmed), (by_lead, Assurance::Claimed)] {
        let fact = world.handle::<Permit>(&who, request(permit)).await.unwrap().events[0];
        assert_eq!(assured(&world, permit, fact), assurance);
    }
}

fn assured(world: &World, permit: schema::PermitId, fact: EventId) -> Assurance {
    world.app.picture().thing::<Permit>(permit).unwrap().live_fact(fact).unwrap().assurance
}

fn to<F: schema::Fact>(thing: impl Into<ThingId>, intent: Intent<F>) -> Order<F> {
    order(Target::Existing(thing.into()), intent, "2024-07-01")
}

fn confirm(fact: EventId) -> Order<PermitFact> {
    to(CROSSING, Intent::Confirm { fact })
}

fn retract<F: schema::Fact>(thing: impl Into<ThingId>, act: EventId) -> Order<F> {
    to(thing, Intent::Retract { act, reason: note("it never happened") })
}

fn correct<F: schema::Fact>(thing: impl Into<ThingId>, fact: EventId, right: impl Into<F>, on: &str) -> Order<F> {
    order(Target::Existing(thing.into()), Intent::Correct { fact, reason: note("misread"), to: right.into(), members: None }, on)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_confirmed_by_the_authority_alone_and_its_correction_is_evidenced_only() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let lead = lead_of(PIPELINE);
    let grant = world.handle::<Permit>(&lead, to_state(CROSSING, granted(), "2024-07-01")).await.unwrap().events[0];
    for who in [lead.clone(), manager_of(HUMBER), regulator_at(OTHER_COUNCIL), administrator()] {
        assert!(!allowed(world.handle::<Permit>(&who, confirm(grant)).await), "{:?}", who.grants);
    }
    assert_eq!(assured(&world, CROSSING, grant), Assurance::Claimed);
    world.handle::<Permit>(&regulator_at(COUNCIL), confirm(grant)).await.unwrap();
    assert_eq!(assured(&world, CROSSING, grant), Assurance::Confirmed);
    world.handle::<Permit>(&lead, correct(CROSSING, grant, granted(), "2024-07-02")).await.unwrap();
    assert_eq!(assured(&world, CROSSING, grant), Assurance::Evidenced);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_is_amended_by_who_recorded_it_and_by_whose_it_is() {
    let world = World::new().await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    let (lead, manager, council) = (lead_of(PIPELINE), manager_of(HUMBER), regulator_at(COUNCIL));
    let grant = world.handle::<Permit>(&lead, to_state(CROSSING, granted(), "2024-07-01")).await.unwrap().events[0];
    for who in [&manager, &regulator_at(OTHER_COUNCIL), &lead_of(FURNACE)] {
        assert!(!allowed(world.handle::<Permit>(who, retract(CROSSING, grant)).await), "{:?}", who.grants);
        assert!(!allowed(world.handle::<Permit>(who, correct(CROSSING, grant, granted(), "2024-07-03")).await));
    }
    world.handle::<Permit>(&council, correct(CROSSING, grant, granted(), "2024-07-02")).await.unwrap();
    // What the authority has settled is no longer for the one who claimed it to amend.
    assert!(!allowed(world.handle::<Permit>(&lead, correct(CROSSING, grant, granted(), "2024-07-03")).await));
    assert!(!allowed(world.handle::<Permit>(&lead, retract(CROSSING, grant)).await));
    assert!(allowed(world.handle::<Permit>(&council, retract(CROSSING, grant)).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_does_not_move_a_project_into_a_cluster_out_of_reach() {
    let world = World::new().await;
    let founding = world.events(PIPELINE).await[0].id;
    let moved = |cluster| correct(PIPELINE, founding, project(cluster, Some(DEVELOPER)), "2024-01-01");
    for who in [manager_of(HUMBER), lead_of(PIPELINE), manager_of(TEESSIDE)] {
        assert!(!allowed(world.handle::<Project>(&who, moved(Some(TEESSIDE))).await), "{:?}", who.grants);
    }
    let of_both = actor(108, [Grant { clusters: vec![HUMBER, TEESSIDE], ..Grant::of(Role::ClusterManager) }]);
    assert!(allowed(world.handle::<Project>(&of_both, moved(Some(TEESSIDE))).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_moves_nothing_is_for_whoever_has_the_thing_within_reach() {
    let world = World::new().await;
    let retitled = |mut fact: schema::project::ProjectRegistered| {
        fact.title = line("another title");
        fact
    };
    let founding = world.events(PIPELINE).await[0].id;
    let right = retitled(project(Some(HUMBER), Some(DEVELOPER)));
    assert!(allowed(world.handle::<Project>(&lead_of(PIPELINE), correct(PIPELINE, founding, right, "2024-01-01")).await));
    let founding = world.events(JETTY).await[0].id;
    let later = correct(JETTY, founding, permit(&[PIPELINE, FURNACE], COUNCIL), "2024-01-02");
    assert!(allowed(world.handle::<Permit>(&lead_of(PIPELINE), later).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_founding_retracted_by_mistake_is_brought_back_by_whom_it_was_for() {
    let world = World::new().await;
    let founding = world.events(CROSSING).await[0].id;
    let lead = lead_of(PIPELINE);
    let retraction = world.handle::<Permit>(&lead, retract(CROSSING, founding)).await.unwrap().events[0];
    assert!(!world.app.picture().knows(CROSSING.thing()));
    assert!(!allowed(world.handle::<Permit>(&lead_of(FURNACE), retract(CROSSING, retraction)).await));
    assert!(allowed(world.handle::<Permit>(&lead, retract(CROSSING, retraction)).await));
    assert!(world.app.picture().knows(CROSSING.thing()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_narrowed_to_reading_records_nothing() {
    let world = World::new().await;
    let mut lead = lead_of(PIPELINE);
    let scopes = access::Scopes::parse("milepost:read");
    lead.carried = std::sync::Arc::new(access::Carried { scopes, ..(*lead.carried).clone() });
    assert!(!allowed(world.handle::<Project>(&lead, stage()).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_on_record_or_of_another_kind_is_not_found() {
    let world = World::new().await;
    let nowhere = ThingId::new(Kind::Project, Uuid::from_u128(404));
    for thing in [nowhere, CROSSING.thing()] {
        let order = to_state::<ProjectFact>(thing, entered(Stage::Feed), "2024-03-01");
        let refused = world.handle::<Project>(&lead_of(PIPELINE), order).await;
        assert!(matches!(refused, Err(HandleError::NotFound(found)) if found == thing), "{refused:?}");
    }
}

fn partnership_for(projects: &[ProjectId]) -> Order<PartnershipFact> {
    let identified = PartnershipIdentified {
        title: line("an offtake"),
        kind: PartnershipKind::Offtake,
        parties: vec![DEVELOPER, OTHER_DEVELOPER],
        clusters: Vec::new(),
        projects: projects.to_vec(),
        identifiers: Vec::new(),
    };
    to_found(Kind::Partnership, identified)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_does_not_bring_anothers_project_into_a_partnership() {
    let world = World::new().await;
    let lead = actor(120, [Grant { projects: vec![PIPELINE], organisation: Some(DEVELOPER), ..Grant::of(Role::ProjectLead) }]);
    let may = async |projects: &[ProjectId]| world.handle::<Partnership>(&lead, partnership_for(projects)).await.is_ok();
    assert!(may(&[PIPELINE]).await && may(&[]).await);
    assert!(!may(&[FURNACE]).await && !may(&[PIPELINE, FURNACE]).await, "what raises its level is for its own to say");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_for_what_a_cluster_shares_is_for_its_manager_to_identify() {
    let world = World::new().await;
    let shared = PermitIdentified { clusters: vec![HUMBER], ..permit(&[], COUNCIL) };
    let identify = || to_found::<PermitFact>(Kind::Permit, shared.clone());
    for other in [manager_of(TEESSIDE), lead_of(PIPELINE), regulator_at(COUNCIL), administrator()] {
        assert!(world.handle::<Permit>(&other, identify()).await.is_err(), "{:?}", other.grants);
    }
    let permit = world.handle::<Permit>(&manager_of(HUMBER), identify()).await.unwrap().thing;
    let accept = to_state::<PermitFact>(permit, submitted(), "2024-03-01");
    assert!(world.handle::<Permit>(&manager_of(HUMBER), accept).await.is_ok(), "and what becomes of it, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moved_a_project_out_of_their_reach_can_take_that_back_and_nobody_else() {
    let world = World::new().await;
    let founding = world.app.picture().thing::<Project>(PIPELINE).unwrap().live()[0].fact_id;
    let reason = note("a mix-up");
    let intent =
        Intent::Correct { fact: founding, reason: reason.clone(), to: project(None, Some(DEVELOPER)).into(), members: None };
    let existing = Target::Existing(PIPELINE.thing());
    let moved = world.handle::<Project>(&manager_of(HUMBER), order(existing, intent, "2024-02-01")).await.unwrap();
    let back = || order(existing, Intent::Retract { act: moved.events[0], reason: reason.clone() }, "2024-02-02");
    let colleague = actor(121, [Grant { clusters: vec![HUMBER], ..Grant::of(Role::ClusterManager) }]);
    for other in [manager_of(TEESSIDE), colleague] {
        assert!(world.handle::<Project>(&other, back()).await.is_err(), "{:?}", other.grants);
    }
    let to = project(Some(TEESSIDE), Some(DEVELOPER)).into();
    let elsewhere = Intent::Correct { fact: moved.events[0], reason: reason.clone(), to, members: None };
    let elsewhere = world.handle::<Project>(&manager_of(HUMBER), order(existing, elsewhere, "2024-02-02")).await;
    assert!(!allowed(elsewhere), "to take it back is not to move it on");
    world.handle::<Project>(&manager_of(HUMBER), back()).await.unwrap();
    let picture = world.app.picture();
    let registered = picture.thing::<Project>(PIPELINE).unwrap().state().registered().unwrap().clone();
    assert_eq!(registered.cluster, Some(HUMBER));
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_filed_for_criteria_that_documents_meet() {
    let world = World::new().await;
    let file = |criterion: &str| {
        let filed = ProjectCriterionEvidenced { criterion: line(criterion), statement: note("it is so"), valid_until: None };
        let mut order = to_state::<ProjectFact>(PIPELINE, filed, "2024-03-01");
        order.evidence = vec![Evidence::titled(line("minutes"))];
        order
    };
    world.handle::<Project>(&lead_of(PIPELINE), file("funding-map")).await.unwrap();
    for (criterion, code) in [("fid-taken", rejection::CRITERION_COMPUTED), ("no-such", rejection::CRITERION_UNKNOWN)] {
        let refused = world.handle::<Project>(&lead_of(PIPELINE), file(criterion)).await;
        let Err(HandleError::Record(RecordError::Rejected(rejection))) = refused else { panic!("{refused:?}") };
        assert_eq!((rejection.code, rejection.field), (code, Some("criterion")));
    }
}
