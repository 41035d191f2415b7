//! Who records money and partnerships, and what does not fit between a thing and those that it names.

use access::{Actor, Grant, Role};
use app::{HandleError, Order, Receipt, RecordError};
use domain::{Intent, Rejection};
use projections::things::{Award, FlagCode, Organisation, Partnership, Programme};
use schema::{
    Assurance, AwardId, EventId, Fact, Kind, Money, OrganisationId, PartnershipId, ProgrammeId, ProjectId, ThingId,
    award::{AwardFact, AwardIdentified, AwardMade, Side},
    partnership::{MemorandumSigned, PartnerLeft, PartnershipFact, PartnershipIdentified, PartnershipKind},
    programme::ProgrammeOpened,
};
use uuid::Uuid;

use crate::world::*;

pub const FUND: OrganisationId = OrganisationId::new(Uuid::from_u128(25));
pub const OTHER_FUND: OrganisationId = OrganisationId::new(Uuid::from_u128(26));
/// What the fund has for the Humber.
pub const HYDROGEN: ProgrammeId = ProgrammeId::new(Uuid::from_u128(51));
/// What the pipeline seeks from it.
pub const GRANT: AwardId = AwardId::new(Uuid::from_u128(61));
/// Between the two developers, for the pipeline.
pub const STORE: PartnershipId = PartnershipId::new(Uuid::from_u128(71));

pub fn funder_at(organisation: OrganisationId) -> Actor {
    actor(109, [Grant { organisation: Some(organisation), ..Grant::of(Role::Funder) }])
}

pub fn partner_at(organisation: OrganisationId, subject: u128) -> Actor {
    actor(subject, [Grant { organisation: Some(organisation), ..Grant::of(Role::ProjectLead) }])
}

pub fn award(projects: &[ProjectId], funder: Option<OrganisationId>) -> AwardIdentified {
    AwardIdentified {
        title: line("a grant"),
        programme: Some(HYDROGEN),
        funder,
        recipient: None,
        projects: projects.to_vec(),
        clusters: Vec::new(),
        instrument: None,
        side: Some(Side::Public),
        purpose: None,
        identifiers: Vec::new(),
        out_of: None,
        shares: Vec::new(),
        state_aid: None,
    }
}

pub fn made(euros: i64) -> AwardMade {
    AwardMade { amount: Money::try_new(euros.into(), "EUR".parse().unwrap()).unwrap(), bound: None }
}

pub async fn world() -> World {
    let world = World::new().await;
    for (fund, name) in [(FUND, "fund"), (OTHER_FUND, "other fund")] {
        world.lay::<Organisation>(fund, organisation(name)).await;
    }
    let programme = ProgrammeOpened {
        title: line("hydrogen"),
        funder: FUND,
        legal_basis: None,
        budget: None,
        awards_planned: None,
        clusters: vec![HUMBER],
        countries: Vec::new(),
        closes_on: None,
        identifiers: Vec::new(),
    };
    world.lay::<Programme>(HYDROGEN, programme).await;
    world.lay::<Award>(GRANT, award(&[PIPELINE], None)).await;
    let partnership = PartnershipIdentified {
        title: line("a store"),
        kind: PartnershipKind::Co2TransportStorage,
        parties: vec![DEVELOPER, OTHER_DEVELOPER],
        clusters: Vec::new(),
        projects: vec![PIPELINE],
        identifiers: Vec::new(),
    };
    world.lay::<Partnership>(STORE, partnership).await;
    world
}

fn allowed(result: Result<Receipt, HandleError>) -> bool {
    match result {
        Ok(_) => true,
        Err(HandleError::Forbidden(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

pub fn code(refused: Result<Receipt, HandleError>) -> &'static str {
    let Err(HandleError::Record(RecordError::Rejected(Rejection { code, .. }))) = refused else { panic!("{refused:?}") };
    code
}

fn confirm<F: Fact>(thing: impl Into<ThingId>, fact: EventId) -> Order<F> {
    order(app::Target::Existing(thing.into()), Intent::Confirm { fact }, "2024-07-01")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_award_to_a_project_of_another_cluster_than_the_programme_allows_is_refused_in_words() {
    let world = world().await;
    let of_both = actor(108, [Grant { clusters: vec![HUMBER, TEESSIDE], ..Grant::of(Role::ClusterManager) }]);
    let count = world.events_count().await;
    let outside = || to_found::<AwardFact>(Kind::Award, award(&[PIPELINE, FURNACE], None));
    let refused = world.handle::<Award>(&of_both, outside()).await;
    let Err(HandleError::Record(RecordError::Rejected(rejection))) = refused else { panic!("{refused:?}") };
    assert_eq!(rejection.code, FlagCode::AwardOutsideProgramme.code());
    assert_eq!(rejection.message, "the programme is not open to that cluster or project");
    assert!(rejection.hint.unwrap().contains("look at its clusters and countries"));
    assert_eq!(world.events_count().await, count);
    let why = Some(note("the call was widened"));
    let overriding = Order { override_reason: why, ..outside() };
    assert_eq!(world.handle::<Award>(&of_both, overriding).await.unwrap().warnings, [FlagCode::AwardOutsideProgramme]);
    assert!(world.handle::<Award>(&of_both, to_found(Kind::Award, award(&[PIPELINE], None))).await.unwrap().warnings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_award_under_a_programme_is_its_funders() {
    let world = world().await;
    let by_other = to_found::<AwardFact>(Kind::Award, award(&[PIPELINE], Some(OTHER_FUND)));
    assert_eq!(code(world.handle::<Award>(&lead_of(PIPELINE), by_other).await), FlagCode::AwardFunderDiffers.code());
    let same = to_found::<AwardFact>(Kind::Award, award(&[PIPELINE], Some(FUND)));
    assert!(allowed(world.handle::<Award>(&lead_of(PIPELINE), same).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_funder_says_of_its_award_is_confirmed_and_what_others_log_is_claimed() {
    let world = world().await;
    let award = to_state::<AwardFact>(GRANT, made(100), "2024-03-01");
    for other in [funder_at(OTHER_FUND), lead_of(FURNACE), manager_of(TEESSIDE), regulator_at(COUNCIL), administrator()] {
        assert!(!allowed(world.handle::<Award>(&other, award.clone()).await), "{:?}", other.grants);
    }
    let lead = lead_of(PIPELINE);
    let fact = world.handle::<Award>(&lead, award).await.unwrap().events[0];
    let assured = || world.app.picture().thing::<Award>(GRANT).unwrap().live_fact(fact).unwrap().assurance;
    assert_eq!(assured(), Assurance::Claimed);
    for other in [lead, manager_of(HUMBER), funder_at(OTHER_FUND)] {
        assert!(!allowed(world.handle::<Award>(&other, confirm(GRANT, fact)).await), "{:?}", other.grants);
    }
    assert!(allowed(world.handle::<Award>(&funder_at(FUND), confirm(GRANT, fact)).await));
    assert_eq!(assured(), Assurance::Confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_award_for_two_projects_needs_both_within_reach_whoever_receives_it() {
    let world = world().await;
    let mut both = award(&[PIPELINE, FURNACE], None);
    both.recipient = Some(DEVELOPER);
    let order = to_found::<AwardFact>(Kind::Award, both);
    for one_sided in [partner_at(DEVELOPER, 105), lead_of(PIPELINE), manager_of(TEESSIDE)] {
        assert!(!allowed(world.handle::<Award>(&one_sided, order.clone()).await), "{:?}", one_sided.grants);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_partners_one_records_and_the_other_confirms() {
    let world = world().await;
    let (one, other) = (partner_at(DEVELOPER, 111), partner_at(OTHER_DEVELOPER, 112));
    let sign = to_state::<PartnershipFact>(STORE, MemorandumSigned {}, "2024-03-01");
    assert!(!allowed(world.handle::<Partnership>(&partner_at(COUNCIL, 113), sign.clone()).await));
    let fact = world.handle::<Partnership>(&one, sign).await.unwrap().events[0];
    // Nor does another voice of the same organisation confirm it.
    for same_side in [&one, &partner_at(DEVELOPER, 114)] {
        assert!(!allowed(world.handle::<Partnership>(same_side, confirm(STORE, fact)).await), "{:?}", same_side.subject);
    }
    assert!(allowed(world.handle::<Partnership>(&other, confirm(STORE, fact)).await));
    let assurance = world.app.picture().thing::<Partnership>(STORE).unwrap().live_fact(fact).unwrap().assurance;
    assert_eq!(assurance, Assurance::Confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_a_partnership_does_nothing_in_it_any_more() {
    let world = world().await;
    let other = partner_at(OTHER_DEVELOPER, 112);
    let left = PartnerLeft { organisation: OTHER_DEVELOPER, reason: None };
    assert!(allowed(world.handle::<Partnership>(&other, to_state(STORE, left, "2024-03-01")).await));
    let sign = to_state::<PartnershipFact>(STORE, MemorandumSigned {}, "2024-04-01");
    assert!(!allowed(world.handle::<Partnership>(&other, sign).await));
}
