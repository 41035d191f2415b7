//! Who may do what today: by what their token says, and by what is on record of them.

use std::sync::Arc;

use access::{
    Actor, Grant, Role,
    table::{COMMANDS, Refusal},
    token::TokenError,
};
use app::{HandleError, Order, Target, Viewpoint};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Intent;
use projections::{
    Sight,
    things::{Project, Subject},
};
use schema::{
    Act, CommandId, CredentialId, EventId, NewEvent, OrganisationId, ProjectId, SubjectId, Visibility,
    project::Stage,
    subject::{CredentialRevoked, MembershipEnded, MembershipGranted, SessionsEnded, SubjectAdmitted, SubjectFact, SubjectKind},
};
use store::{EventStore, Expected};
use tokio::time::{Duration, sleep, timeout};
use uuid::Uuid;

use crate::world::*;

/// Somebody of whom nothing is on record, and whose token gives nothing but reading.
const NEWCOMER: u128 = 700;

fn newcomer() -> Actor {
    actor(NEWCOMER, [Grant::of(Role::Verifier)])
}

fn of(subject: u128, fact: impl Into<SubjectFact>) -> Order<SubjectFact> {
    to_state(SubjectId(Uuid::from_u128(subject)).thing(), fact.into(), "2026-05-01")
}

fn role(role: Role) -> MembershipGranted {
    let (clusters, projects) = (Vec::new(), Vec::new());
    MembershipGranted { role: line(role.word()), organisation: None, clusters, projects, owner: false, until: None }
}

fn lead(project: ProjectId) -> MembershipGranted {
    MembershipGranted { projects: vec![project], ..role(Role::ProjectLead) }
}

fn acting_for(organisation: OrganisationId, as_role: Role) -> MembershipGranted {
    MembershipGranted { organisation: Some(organisation), ..role(as_role) }
}

fn ended(membership: EventId) -> MembershipEnded {
    MembershipEnded { membership, reason: None }
}

fn revoked(credential: CredentialId) -> CredentialRevoked {
    CredentialRevoked { credential, reason: None }
}

fn owner_of(organisation: OrganisationId, role: Role) -> Actor {
    actor(701, [Grant { organisation: Some(organisation), owner: true, ..Grant::of(role) }])
}

async fn give(world: &World, by: &Actor, subject: u128, granted: MembershipGranted) -> Result<EventId, HandleError> {
    // None, where it was given before.
    let events = world.handle::<Subject>(by, of(subject, granted)).await?.events;
    Ok(events.first().copied().unwrap_or(EventId(Uuid::nil())))
}

fn is_refused<T: std::fmt::Debug>(outcome: Result<T, HandleError>) -> bool {
    match outcome {
        Ok(_) => false,
        Err(HandleError::Forbidden(Refusal::OutOfScope { .. } | Refusal::ToOneself | Refusal::NotAmended)) => true,
        Err(other) => panic!("{other}"),
    }
}

fn enter(stage: Stage) -> Order<schema::project::ProjectFact> {
    to_state(PIPELINE, entered(stage), "2024-03-01")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_holds_at_once_and_gives_nothing_once_it_is_ended() {
    let world = World::new().await;
    let somebody = newcomer();
    assert!(is_refused(world.handle::<Project>(&somebody, enter(Stage::Concept)).await));
    let membership = give(&world, &administrator(), NEWCOMER, lead(PIPELINE)).await.unwrap();
    // With the token that they had before: what is on record is looked at each time.
    let receipt = world.handle::<Project>(&somebody, enter(Stage::Concept)).await.unwrap();
    let picture = world.app.picture();
    let act = picture.thing::<Project>(PIPELINE).unwrap().act(receipt.events[0]).unwrap().clone();
    let acting = act.metadata.acting.as_deref().unwrap();
    assert_eq!((acting.role.as_str(), acting.membership), ("project_lead", Some(membership)));
    assert_eq!(act.metadata.credential, Some(somebody.carried.credential.0));
    world.handle::<Subject>(&administrator(), of(NEWCOMER, ended(membership))).await.unwrap();
    assert!(is_refused(world.handle::<Project>(&somebody, enter(Stage::Feasibility)).await));
    assert_eq!(world.app.today(&somebody).unwrap().grants, newcomer().grants, "what the token says is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_ends_by_itself_at_its_instant() {
    let world = World::new().await;
    let given = |until: DateTime<Utc>| MembershipGranted { until: Some(until), ..lead(PIPELINE) };
    give(&world, &administrator(), NEWCOMER, given(start())).await.unwrap();
    assert!(is_refused(world.handle::<Project>(&newcomer(), enter(Stage::Concept)).await));
    give(&world, &administrator(), NEWCOMER, given(start() + TimeDelta::seconds(1))).await.unwrap();
    world.handle::<Project>(&newcomer(), enter(Stage::Concept)).await.unwrap();
}

/// Each of those who may give a role, and each role that there is to give.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_by_whoever_keeps_what_it_is_held_for_and_by_nobody_else() {
    let world = World::new().await;
    let owned = |role| acting_for(DEVELOPER, role);
    let both = MembershipGranted { organisation: Some(DEVELOPER), ..lead(PIPELINE) };
    let given: Vec<MembershipGranted> = Role::ALL
        .into_iter()
        .flat_map(|of| {
            let there = MembershipGranted { clusters: vec![HUMBER, TEESSIDE], ..role(of) };
            let owner = MembershipGranted { owner: true, ..owned(of) };
            let here = MembershipGranted { clusters: vec![HUMBER], ..role(of) };
            [role(of), here, there, MembershipGranted { projects: vec![PIPELINE], ..role(of) }, owned(of), owner]
        })
        .chain([both, lead(FURNACE), acting_for(OTHER_DEVELOPER, Role::ProjectLead)])
        .collect();
    let manager = manager_of(HUMBER);
    let owner = owner_of(DEVELOPER, Role::ProjectLead);
    let givers = [administrator(), manager.clone(), owner.clone(), lead_of(PIPELINE), regulator_at(COUNCIL), newcomer()];
    let mut allowed = 0;
    for (number, granted) in (800..).zip(&given) {
        for giver in &givers {
            let local = matches!(granted.role.as_str(), "cluster_manager" | "project_lead") && granted.organisation.is_none();
            let is_here = !granted.clusters.contains(&TEESSIDE) && !granted.projects.contains(&FURNACE);
            let names_place = !granted.clusters.is_empty() || !granted.projects.is_empty();
            let is_theirs = granted.role.as_str() == "project_lead" && granted.organisation == Some(DEVELOPER);
            let expected = giver.has(Role::Administrator)
                || (*giver == manager && local && is_here && names_place)
                || (*giver == owner && is_theirs && !names_place && !granted.owner);
            let outcome = give(&world, giver, number, granted.clone()).await;
            assert_eq!(!is_refused(outcome), expected, "{granted:?} by {:?}", giver.grants);
            allowed += usize::from(expected);
        }
    }
    assert_eq!(allowed, given.len() + 2 * 2 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_give_a_role_ends_it_and_nobody_else() {
    let world = World::new().await;
    let membership = give(&world, &administrator(), NEWCOMER, lead(PIPELINE)).await.unwrap();
    let end = |membership| of(NEWCOMER, ended(membership));
    for other in [manager_of(TEESSIDE), owner_of(DEVELOPER, Role::ProjectLead), lead_of(PIPELINE), newcomer()] {
        // What is not on record is refused in the same words.
        for of in [membership, EventId(Uuid::from_u128(404))] {
            assert!(is_refused(world.handle::<Subject>(&other, end(of)).await), "{:?}", other.grants);
        }
    }
    world.handle::<Subject>(&manager_of(HUMBER), end(membership)).await.unwrap();
    assert_eq!(world.app.today(&newcomer()).unwrap().grants, newcomer().grants);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_role_to_themselves() {
    let world = World::new().await;
    for (subject, giver) in [(101, administrator()), (102, manager_of(HUMBER))] {
        assert!(is_refused(give(&world, &giver, subject, lead(PIPELINE)).await));
        give(&world, &giver, subject + 10_000, lead(PIPELINE)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_record_of_a_subject_is_not_taken_back() {
    let world = World::new().await;
    let administrator = administrator();
    let membership = give(&world, &administrator, NEWCOMER, lead(PIPELINE)).await.unwrap();
    let lost = newcomer();
    let token = revoked(lost.carried.credential);
    let revocation = world.handle::<Subject>(&administrator, of(NEWCOMER, token)).await.unwrap().events[0];
    let thing = SubjectId(Uuid::from_u128(NEWCOMER)).thing();
    for fact in [membership, revocation] {
        let reason = note("a slip");
        let wider = SubjectFact::from(role(Role::Administrator));
        for intent in [
            Intent::Retract { act: fact, reason: reason.clone() },
            Intent::Correct { fact, reason: reason.clone(), to: wider, members: None },
            Intent::Dispute { fact, reason },
            Intent::Confirm { fact },
        ] {
            assert!(is_refused(
                world.handle::<Subject>(&administrator, order(Target::Existing(thing), intent, "2026-05-01")).await
            ));
        }
    }
    assert_eq!(world.app.today(&lost), Err(TokenError::Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_and_another_of_the_same_person_is_not() {
    let world = World::new().await;
    let (lost, other) = (newcomer(), newcomer());
    let lead = lead_of(PIPELINE);
    assert!(is_refused(world.handle::<Subject>(&lead, of(NEWCOMER, revoked(lost.carried.credential))).await));
    // Whose token it is revokes it with another.
    world.handle::<Subject>(&other, of(NEWCOMER, revoked(lost.carried.credential))).await.unwrap();
    assert_eq!(world.app.today(&lost), Err(TokenError::Revoked));
    assert!(world.app.today(&other).is_ok());
    let refused = world.handle::<Project>(&lost, enter(Stage::Concept)).await;
    assert!(matches!(refused, Err(HandleError::Unauthenticated(TokenError::Revoked))), "{refused:?}");
    // Signing out says the same of the token itself.
    world.app.revoke_own(&other).await.unwrap();
    assert_eq!(world.app.today(&other), Err(TokenError::Revoked));
    assert!(world.app.today(&newcomer()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_token_that_was_issued_before_an_instant_is_revoked() {
    let world = World::new().await;
    let issued = |at: &Actor| DateTime::from_timestamp(at.carried.issued_at.try_into().unwrap(), 0).unwrap();
    let end = |issued_before| of(NEWCOMER, SessionsEnded { issued_before, reason: None });
    // The tokens of this test are of today; the world is of some months ago, and takes no instant of the time to come.
    let ahead = world.handle::<Subject>(&newcomer(), end(start() + TimeDelta::minutes(2))).await;
    let Err(HandleError::Record(app::RecordError::Rejected(rejection))) = ahead else { panic!("{ahead:?}") };
    assert_eq!((rejection.code, rejection.field), ("DATE_IN_FUTURE", Some("issuedBefore")));
    world.handle::<Subject>(&newcomer(), end(start())).await.unwrap();
    assert!(world.app.today(&newcomer()).is_ok());
    let mut early = newcomer();
    let carried = access::Carried { issued_at: u64::try_from(start().timestamp() - 1).unwrap(), ..(*early.carried).clone() };
    early.carried = Arc::new(carried);
    assert!(issued(&early) < start());
    assert_eq!(world.app.today(&early), Err(TokenError::Revoked));
}

/// All that `actor` sees of people, in words.
fn seen(world: &World, actor: &Actor) -> String {
    let view = Viewpoint::new(&world.app, Arc::new(world.app.today(actor).unwrap()), None);
    format!("{:?}", view.things::<Subject>().collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_see_it_sees_nothing_of_it() {
    let world = World::new().await;
    let givers = [manager_of(HUMBER), owner_of(DEVELOPER, Role::ProjectLead)];
    let strangers = [
        manager_of(TEESSIDE),
        owner_of(OTHER_DEVELOPER, Role::ProjectLead),
        lead_of(PIPELINE),
        regulator_at(COUNCIL),
        actor(106, [Grant::of(Role::Funder)]),
        actor(108, [Grant { organisation: Some(DEVELOPER), ..Grant::of(Role::ProjectLead) }]),
    ];
    let readers = [administrator(), actor(107, [Grant::of(Role::Auditor)]), newcomer()];
    let nothing = seen(&world, &administrator());
    // Recorded for an organisation: its members see that of all else, and not of this.
    let of_developer = actor(109, [Grant { organisation: Some(DEVELOPER), ..Grant::of(Role::Administrator) }]);
    world.handle::<Subject>(&of_developer, of(NEWCOMER, SubjectAdmitted { kind: SubjectKind::Person })).await.unwrap();
    give(&world, &of_developer, NEWCOMER, role(Role::Funder)).await.unwrap();
    world.handle::<Subject>(&administrator(), of(NEWCOMER, revoked(CredentialId(Uuid::from_u128(5))))).await.unwrap();
    for reader in &readers {
        assert_ne!(seen(&world, reader), nothing, "{:?}", reader.grants);
    }
    for other in strangers.iter().chain(&givers) {
        assert_eq!(seen(&world, other), nothing, "{:?}", other.grants);
    }
    // Whoever may give a role sees it, and nothing beside.
    let in_cluster = give(&world, &administrator(), NEWCOMER, lead(PIPELINE)).await.unwrap();
    let for_company = give(&world, &administrator(), NEWCOMER, acting_for(DEVELOPER, Role::ProjectLead)).await.unwrap();
    for stranger in &strangers {
        assert_eq!(seen(&world, stranger), nothing, "{:?}", stranger.grants);
    }
    for (giver, own) in givers.iter().zip([in_cluster, for_company]) {
        let view = Viewpoint::new(&world.app, Arc::new(giver.clone()), None);
        let subject = view.thing::<Subject>(SubjectId(Uuid::from_u128(NEWCOMER)).thing()).unwrap();
        assert_eq!(subject.acts().iter().map(|act| act.header.id).collect::<Vec<_>>(), [own]);
    }
    // Nothing in the log is for wider eyes than these, whatever was asked for.
    let open = Order { visibility: Some(Visibility::Public), ..of(NEWCOMER, role(Role::Verifier)) };
    world.handle::<Subject>(&administrator(), open).await.unwrap();
    let picture = world.app.picture();
    let subject = picture.thing::<Subject>(SubjectId(Uuid::from_u128(NEWCOMER)).thing()).unwrap();
    assert!(subject.acts().iter().all(|act| act.metadata.visibility == Visibility::Parties));
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_something_is_on_record_of_somebody_is_not_told_by_what_is_taken() {
    let world = World::new().await;
    let known = NEWCOMER + 1;
    world.handle::<Subject>(&administrator(), of(known, SubjectAdmitted { kind: SubjectKind::Machine })).await.unwrap();
    for subject in [NEWCOMER, known] {
        let command_id = Some(CommandId(Uuid::from_u128(subject + 5_000)));
        let grant = Order { command_id, ..of(subject, lead(PIPELINE)) };
        let manager = manager_of(HUMBER);
        let first = world.handle::<Subject>(&manager, grant.clone()).await.unwrap();
        assert_eq!(world.handle::<Subject>(&manager, grant).await.unwrap().events, first.events);
        // The id of the command is as good for something else as it was before, or as little.
        let founding = Order { command_id, ..to_found(schema::Kind::Project, project(Some(HUMBER), None)) };
        world.handle::<Project>(&manager, founding).await.unwrap();
        for stranger in [manager_of(TEESSIDE), regulator_at(COUNCIL)] {
            assert!(is_refused(world.handle::<Subject>(&stranger, of(subject, lead(PIPELINE))).await));
        }
    }
}

/// The app of `world`, which records first uses from now on.
fn recording_first_uses(world: &World) {
    tokio::spawn(Arc::clone(&world.app).record_first_uses());
}

async fn memberships(world: &World, of: &Actor, count: usize) -> Vec<(EventId, Option<CredentialId>)> {
    let thing = of.subject.thing();
    let held = || {
        let picture = world.app.picture();
        let subject = picture.thing::<Subject>(thing).cloned();
        let held = subject.iter().flat_map(|subject| subject.state().memberships().collect::<Vec<_>>());
        held.map(|held| (held.fact_id, held.carried_by)).collect::<Vec<_>>()
    };
    let waiting = async {
        loop {
            // A use of the token, as each request is.
            world.app.today(of).unwrap();
            if held().len() == count {
                return held();
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_use_of_a_token_records_what_it_carries_once() {
    let world = World::new().await;
    let two = [Grant::of(Role::Auditor), Grant { projects: vec![PIPELINE], ..Grant::of(Role::ProjectLead) }];
    let bearer = actor(NEWCOMER, two);
    world.app.today(&bearer).unwrap();
    assert!(world.events(bearer.subject.thing()).await.is_empty(), "nobody records it");
    recording_first_uses(&world);
    tokio::task::yield_now().await;
    let held = memberships(&world, &bearer, 2).await;
    assert!(held.iter().all(|(_, carried_by)| *carried_by == Some(bearer.carried.credential)));
    for _ in 0..5 {
        world.app.today(&bearer).unwrap();
    }
    // A command names the membership that gave the right.
    let receipt = world.handle::<Project>(&bearer, enter(Stage::Concept)).await.unwrap();
    let picture = world.app.picture();
    let act = picture.thing::<Project>(PIPELINE).unwrap().act(receipt.events[0]).unwrap().clone();
    let membership = act.metadata.acting.as_deref().unwrap().membership.unwrap();
    assert!(held.iter().any(|(fact, _)| *fact == membership));
    assert_eq!(world.events(bearer.subject.thing()).await.len(), 2);
    // It is held by whoever shows this token, and by nobody who shows another of the same person.
    let plain = newcomer();
    assert_eq!(world.app.today(&plain).unwrap().grants.len(), 1);
    // It can be ended as any other, though the token goes on saying so.
    world.handle::<Subject>(&administrator(), of(NEWCOMER, ended(membership))).await.unwrap();
    let left = world.app.today(&bearer).unwrap();
    assert_eq!(left.grants.iter().map(|grant| grant.role).collect::<Vec<_>>(), [Role::Auditor]);
    assert!(is_refused(world.handle::<Project>(&bearer, enter(Stage::Feasibility)).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_records_the_first_use_before_it() {
    let world = World::new().await;
    recording_first_uses(&world);
    // Once they are recorded at all.
    memberships(&world, &actor(702, [Grant::of(Role::Verifier)]), 1).await;
    let lead = lead_of(PIPELINE);
    let receipt = world.handle::<Project>(&lead, enter(Stage::Concept)).await.unwrap();
    let held = memberships(&world, &lead, 1).await;
    let picture = world.app.picture();
    let act = picture.thing::<Project>(PIPELINE).unwrap().act(receipt.events[0]).unwrap().clone();
    assert_eq!(act.metadata.acting.as_deref().unwrap().membership, Some(held[0].0));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_first_use_can_not_be_recorded_reading_goes_on() {
    let world = World::new().await;
    recording_first_uses(&world);
    tokio::task::yield_now().await;
    world.store.appends.lock().unwrap().extend([Fault::Refused; 2]);
    let bearer = newcomer();
    for _ in 0..3 {
        assert_eq!(world.app.today(&bearer).unwrap().grants, bearer.grants);
        sleep(Duration::from_millis(20)).await;
    }
    assert!(world.events(bearer.subject.thing()).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_of_whom_something_can_not_be_read_is_let_in_by_no_token() {
    let world = World::new().await;
    let (bearer, thing) = (newcomer(), newcomer().subject.thing());
    let said = command(FOUNDER, 9, Intent::State(SubjectFact::from(role(Role::Auditor))), "2026-05-01");
    let known =
        NewEvent::encode(said.event_id(thing), &said.metadata, &Act::Stated(SubjectFact::from(role(Role::Auditor))), None);
    let unknown = NewEvent { event_type: "MembershipNarrowed", ..known.unwrap() };
    world.store.append(thing, Expected::after(None), vec![unknown]).await.unwrap();
    world.app.in_step(PATIENCE).await.unwrap();
    assert_eq!(world.app.today(&bearer), Err(TokenError::Unreadable));
    assert!(world.app.today(&administrator()).is_ok());
    // Who may do what is not sure: nothing is recorded until a build reads it.
    let loss = world.app.progress().loss.unwrap();
    assert!(loss.contains(&thing.to_string()), "{loss}");
}

#[test]
fn what_a_token_carries_has_no_command() {
    let recorded = |name: &str| COMMANDS.iter().any(|(_, recorded, _)| *recorded == name);
    assert!(!recorded("MembershipCarried") && recorded("MembershipGranted"));
}
