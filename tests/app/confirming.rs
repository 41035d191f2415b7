//! A confirmation is the counterparty's: never the same person's, the same organisation's, or the same side's manager's;
//! and documents are accepted by whom the ladder names, never by whoever filed them.

use access::{Actor, Grant, Role};
use app::{Founds, HandleError, Order, Receipt, Target};
use domain::Intent;
use projections::{
    Across,
    things::{Award, Cluster, FlagCode, Partnership, Permit, Project},
};
use schema::{
    Act, Acting, Assurance, ClusterId, EventId, Fact, Kind, OrganisationId, PartnershipId, ThingId,
    award::{AwardFact, AwardIdentified},
    cluster::{ClusterCriterionEvidenced, ClusterFact, ClusterMemberJoined},
    partnership::{MemorandumSigned, PartnershipFact, PartnershipIdentified, PartnershipKind},
    permit::{InformationRequested, PermitFact},
    project::{ProjectCriterionEvidenced, ProjectFact},
};
use uuid::Uuid;

use crate::{
    money::{self, FUND, GRANT, OTHER_FUND, STORE, award, funder_at, made, partner_at},
    world::*,
};

/// A pipe from one cluster to the other, across a border.
const BRIDGE: PartnershipId = PartnershipId::new(Uuid::from_u128(72));

fn manager(subject: u128, cluster: ClusterId) -> Actor {
    actor(subject, [Grant { clusters: vec![cluster], ..Grant::of(Role::ClusterManager) }])
}

fn verifier() -> Actor {
    actor(301, [Grant::of(Role::Verifier)])
}

/// The world of the money tests, in which each developer is a member of its cluster, and there is a bridge.
async fn world() -> World {
    let world = money::world().await;
    for (cluster, organisation) in [(HUMBER, DEVELOPER), (HUMBER, OTHER_DEVELOPER), (TEESSIDE, COUNCIL)] {
        world.lay::<Cluster>(cluster, ClusterMemberJoined { organisation, role: None }).await;
    }
    let bridge = PartnershipIdentified {
        title: line("a bridge"),
        kind: PartnershipKind::CrossBorder,
        parties: vec![DEVELOPER, COUNCIL],
        clusters: vec![HUMBER, TEESSIDE],
        projects: Vec::new(),
        identifiers: Vec::new(),
    };
    world.lay::<Partnership>(BRIDGE, bridge).await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    world
}

fn about<F: Fact>(thing: impl Into<ThingId>, intent: Intent<F>) -> Order<F> {
    order(Target::Existing(thing.into()), intent, "2024-07-01")
}

fn allowed<T: std::fmt::Debug>(result: Result<T, HandleError>) -> bool {
    match result {
        Ok(_) => true,
        Err(HandleError::Forbidden(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

async fn recorded<S: Across<Fact: Founds>>(world: &World, who: &Actor, order: Order<S::Fact>) -> EventId {
    let receipt: Result<Receipt, _> = world.handle::<S>(who, order).await;
    receipt.unwrap_or_else(|error| panic!("{error:?} for {:?}", who.grants)).events[0]
}

async fn confirms<S: Across<Fact: Founds>>(world: &World, who: &Actor, thing: impl Into<ThingId>, fact: EventId) -> bool {
    let thing = thing.into();
    let confirmed = allowed(world.handle::<S>(who, about(thing, Intent::Confirm { fact })).await);
    let assurance = world.app.picture().thing::<S>(thing).unwrap().live_fact(fact).unwrap().assurance;
    assert_eq!(assurance == Assurance::Confirmed, confirmed, "{:?}", who.grants);
    confirmed
}

async fn sign(world: &World, who: &Actor, partnership: PartnershipId) -> EventId {
    recorded::<Partnership>(world, who, to_state::<PartnershipFact>(partnership, MemorandumSigned {}, "2024-03-01")).await
}

/// Whether `other` confirms what `one` says of a partnership.
async fn of_partnership(partnership: PartnershipId, one: &Actor, other: &Actor) -> bool {
    let world = world().await;
    let fact = sign(&world, one, partnership).await;
    confirms::<Partnership>(&world, other, partnership, fact).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_manager_confirms_what_their_own_cluster_says() {
    let humber = |subject| manager(subject, HUMBER);
    let lead = partner_at(DEVELOPER, 111);
    for partnership in [STORE, BRIDGE] {
        assert!(!of_partnership(partnership, &humber(201), &humber(202)).await, "another token of the same manager");
        assert!(!of_partnership(partnership, &lead, &humber(201)).await, "the manager of the same cluster for its lead");
    }
    // Somebody who keeps both stands on both sides.
    let both = actor(203, [Grant { clusters: vec![HUMBER, TEESSIDE], ..Grant::of(Role::ClusterManager) }]);
    assert!(!of_partnership(BRIDGE, &humber(201), &both).await && !of_partnership(BRIDGE, &both, &humber(201)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_clusters_the_other_side_confirms_and_it_alone() {
    let (here, there) = (manager(201, HUMBER), manager(202, TEESSIDE));
    let (lead, their_lead) = (partner_at(DEVELOPER, 111), partner_at(COUNCIL, 112));
    for (one, other) in [(&here, &there), (&lead, &there), (&their_lead, &here), (&lead, &their_lead), (&here, &their_lead)] {
        assert!(of_partnership(BRIDGE, one, other).await, "{:?} by {:?}", one.grants, other.grants);
        assert!(of_partnership(BRIDGE, other, one).await, "{:?} by {:?}", other.grants, one.grants);
    }
    assert!(!of_partnership(BRIDGE, &here, &lead).await, "a member of the cluster whose manager says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_without_an_organisation_is_not_confirmed_by_its_own_company() {
    let nameless = lead_of(PIPELINE);
    assert!(!of_partnership(STORE, &nameless, &partner_at(DEVELOPER, 111)).await);
    assert!(of_partnership(STORE, &nameless, &partner_at(OTHER_DEVELOPER, 112)).await, "but by the other company");
    let of_cluster = actor(204, [Grant { clusters: vec![HUMBER], ..Grant::of(Role::ProjectLead) }]);
    for company in [DEVELOPER, OTHER_DEVELOPER] {
        assert!(!of_partnership(STORE, &of_cluster, &partner_at(company, 113)).await, "whose lead it is nobody knows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_confirms_their_own_word_under_another_token() {
    let same = |subject| partner_at(DEVELOPER, subject);
    assert!(!of_partnership(STORE, &same(111), &same(111)).await && !of_partnership(STORE, &same(111), &same(112)).await);
    assert!(!of_partnership(STORE, &same(111), &partner_at(OTHER_DEVELOPER, 111)).await, "the same person for another company");
    // The same person as the applicant's lead and as the authority's officer, and as the recipient's and the funder's.
    let world = world().await;
    let lead = |subject| actor(subject, [Grant { projects: vec![PIPELINE], ..Grant::of(Role::ProjectLead) }]);
    let asked = InformationRequested { what: note("bats"), due_on: None, ground: None };
    let asked = recorded::<Permit>(&world, &lead(104), to_state::<PermitFact>(CROSSING, asked, "2024-03-01")).await;
    assert!(!confirms::<Permit>(&world, &regulator_at(COUNCIL), CROSSING, asked).await);
    let made = recorded::<Award>(&world, &lead(109), to_state::<AwardFact>(GRANT, made(100), "2024-03-01")).await;
    assert!(!confirms::<Award>(&world, &funder_at(FUND), GRANT, made).await);
    let colleague = actor(302, [Grant { organisation: Some(COUNCIL), ..Grant::of(Role::Regulator) }]);
    assert!(confirms::<Permit>(&world, &colleague, CROSSING, asked).await);
}

/// An authority that applies to itself, and a funder that funds itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_on_both_sides_confirms_nothing() {
    let world = world().await;
    let applicant = actor(303, [Grant { organisation: Some(COUNCIL), projects: vec![PIPELINE], ..Grant::of(Role::ProjectLead) }]);
    let asked = InformationRequested { what: note("bats"), due_on: None, ground: None };
    let asked = recorded::<Permit>(&world, &applicant, to_state::<PermitFact>(CROSSING, asked, "2024-03-01")).await;
    assert!(!confirms::<Permit>(&world, &regulator_at(COUNCIL), CROSSING, asked).await);
    let recipient = actor(304, [Grant { organisation: Some(FUND), projects: vec![PIPELINE], ..Grant::of(Role::ProjectLead) }]);
    let made = recorded::<Award>(&world, &recipient, to_state::<AwardFact>(GRANT, made(100), "2024-03-01")).await;
    assert!(!confirms::<Award>(&world, &funder_at(FUND), GRANT, made).await);
}

fn of_project(criterion: &str) -> Order<ProjectFact> {
    let filed = ProjectCriterionEvidenced { criterion: line(criterion), statement: note("it is so"), valid_until: None };
    Order { evidence: vec![document("minutes")], ..to_state(PIPELINE, filed, "2024-03-01") }
}

fn of_cluster(criterion: &str) -> Order<ClusterFact> {
    let filed = ClusterCriterionEvidenced { criterion: line(criterion), statement: note("it is so"), valid_until: None };
    Order { evidence: vec![document("minutes")], ..to_state(HUMBER, filed, "2024-03-01") }
}

/// Whether `other` accepts what `one` files by `order`.
async fn accepts<S: Across<Fact: Founds>>(one: &Actor, other: &Actor, thing: impl Into<ThingId>, order: Order<S::Fact>) -> bool {
    let world = world().await;
    // The fund pays for the pipeline, and for something of the cluster's own.
    let shared = AwardIdentified { projects: Vec::new(), clusters: vec![HUMBER], ..award(&[], None) };
    world.lay::<Award>(ThingId::new(Kind::Award, Uuid::from_u128(62)), shared).await;
    let fact = recorded::<S>(&world, one, order).await;
    confirms::<S>(&world, other, thing, fact).await
}

fn member(organisation: OrganisationId) -> Actor {
    partner_at(organisation, 305)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cluster_files_is_accepted_by_whom_the_ladder_names() {
    let files = manager(201, HUMBER);
    for (criterion, by_funder) in [("funding-map", true), ("readiness", false)] {
        for (who, may) in [
            (manager(202, HUMBER), false),
            (files.clone(), false),
            (member(DEVELOPER), true),
            (member(COUNCIL), false),
            (lead_of(PIPELINE), false),
            (funder_at(FUND), by_funder),
            (funder_at(OTHER_FUND), false),
            (verifier(), true),
            (administrator(), true),
            (regulator_at(COUNCIL), false),
            (actor(107, [Grant::of(Role::Auditor)]), false),
        ] {
            let accepted = accepts::<Cluster>(&files, &who, HUMBER, of_cluster(criterion)).await;
            assert_eq!(accepted, may, "{criterion} by {:?}", who.grants);
        }
    }
    // A manager of the member that files for the cluster has that member's word, and no other.
    let of_member =
        actor(206, [Grant { clusters: vec![HUMBER], organisation: Some(DEVELOPER), ..Grant::of(Role::ClusterManager) }]);
    assert!(!accepts::<Cluster>(&of_member, &member(DEVELOPER), HUMBER, of_cluster("readiness")).await);
    assert!(accepts::<Cluster>(&of_member, &member(OTHER_DEVELOPER), HUMBER, of_cluster("readiness")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_files_is_accepted_by_whom_the_ladder_names_and_never_by_who_filed_it() {
    let (by_lead, by_manager) = (lead_of(PIPELINE), manager(201, HUMBER));
    for (criterion, by_funder) in [("funding-map", true), ("readiness", false), ("execution-plan", false)] {
        for (who, of_leads, of_managers) in [
            (manager(202, HUMBER), true, false),
            (manager(203, TEESSIDE), false, false),
            (partner_at(DEVELOPER, 111), false, false),
            (member(OTHER_DEVELOPER), false, false),
            (funder_at(FUND), by_funder, by_funder),
            (funder_at(OTHER_FUND), false, false),
            (verifier(), true, true),
            (administrator(), true, true),
        ] {
            let accepted = accepts::<Project>(&by_lead, &who, PIPELINE, of_project(criterion)).await;
            assert_eq!(accepted, of_leads, "{criterion} of the lead by {:?}", who.grants);
            let accepted = accepts::<Project>(&by_manager, &who, PIPELINE, of_project(criterion)).await;
            assert_eq!(accepted, of_managers, "{criterion} of the manager by {:?}", who.grants);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_records_nothing_else() {
    let world = world().await;
    let verifier = verifier();
    assert!(!allowed(world.handle::<Project>(&verifier, of_project("readiness")).await));
    assert!(!allowed(world.handle::<Cluster>(&verifier, of_cluster("readiness")).await));
    let filed = recorded::<Project>(&world, &lead_of(PIPELINE), of_project("readiness")).await;
    for intent in [
        Intent::Retract { act: filed, reason: note("no") },
        Intent::Correct {
            fact: filed,
            reason: note("no"),
            to: of_project("funding-map").intent.new_fact().unwrap().clone(),
            members: None,
        },
    ] {
        assert!(!allowed(world.handle::<Project>(&verifier, about(PIPELINE, intent)).await));
    }
    // But takes an acceptance back.
    assert!(confirms::<Project>(&world, &verifier, PIPELINE, filed).await);
    let acceptance = world.events(PIPELINE).await.last().unwrap().id;
    assert!(allowed(
        world.handle::<Project>(&verifier, about(PIPELINE, Intent::Retract { act: acceptance, reason: note("no") })).await
    ));
}

/// What was taken before, read from the log: it counts no longer, and is flagged.
#[tokio::test(flavor = "multi_thread")]
async fn a_one_sided_confirmation_of_before_counts_no_longer_and_is_flagged() {
    let world = world().await;
    let files = manager(201, HUMBER);
    let filed = recorded::<Cluster>(&world, &files, of_cluster("readiness")).await;
    let mut accepts = command(202, 9, Intent::Confirm { fact: filed }, "2024-04-01");
    accepts.metadata.acting =
        Some(Box::new(Acting { role: line("cluster_manager"), organisation: None, membership: None, side: None }));
    // The deciders would refuse it now, so that it is put into the log as it was then.
    world.append_as_it_was::<Cluster>(HUMBER, &accepts, Act::Confirmed { act: filed }).await;
    let cluster = world.app.picture().thing::<Cluster>(HUMBER).unwrap().clone();
    let live = cluster.live_fact(filed).unwrap();
    assert_eq!((live.assurance, live.confirmed_on), (Assurance::Evidenced, None));
    assert!(cluster.flags().iter().any(|flag| flag.code == FlagCode::ConfirmationOneSided && flag.facts.contains(&filed)));
    assert_eq!(cluster.state().declarations.evidence.iter().filter(|filed| filed.accepted_on.is_some()).count(), 0);
    // The counterparty's word makes it count, and the flag is left for whoever gave the other to take it back.
    assert!(confirms::<Cluster>(&world, &verifier(), HUMBER, filed).await);
}
