//! What may be said of a subject.

use chrono::{DateTime, Utc};
use projections::things::{FlagCode, Subject};
use schema::{
    CommandId, CredentialId, EventId, SubjectId,
    subject::{
        CredentialRevoked, MembershipCarried, MembershipEnded, MembershipGranted, SessionsEnded, SubjectAdmitted, SubjectFact,
        SubjectKind,
    },
};
use uuid::Uuid;

use super::{By, Said, Story, given, line, nothing_to_do, recorded, said, story, tell};

fn admitted(kind: SubjectKind, on: &str) -> Said<SubjectFact> {
    said(SubjectAdmitted { kind }, on)
}

fn auditor(until: Option<DateTime<Utc>>) -> MembershipGranted {
    let (clusters, projects) = (Vec::new(), Vec::new());
    MembershipGranted { role: line("auditor"), organisation: None, clusters, projects, owner: false, until }
}

fn granted(on: &str) -> Said<SubjectFact> {
    said(auditor(None), on)
}

const fn credential(number: u128) -> CredentialId {
    CredentialId(Uuid::from_u128(number))
}

fn carried(on: &str) -> Said<SubjectFact> {
    let until = Some("2026-06-02T00:00:00Z".parse().unwrap());
    said(MembershipCarried { credential: credential(7), membership: auditor(until) }, on)
}

fn ended(membership: EventId, on: &str) -> Said<SubjectFact> {
    said(MembershipEnded { membership, reason: None }, on)
}

fn revoked(number: u128, on: &str) -> Said<SubjectFact> {
    said(CredentialRevoked { credential: credential(number), reason: None }, on)
}

fn sessions_ended(before: &str, on: &str) -> Said<SubjectFact> {
    said(SessionsEnded { issued_before: before.parse().unwrap(), reason: None }, on)
}

/// The first fact that is given in a story.
fn first() -> EventId {
    let thing = given::<Subject>([]).thing.id();
    EventId::derive(SubjectId(Uuid::from_u128(By::Register as u128)), thing, CommandId(Uuid::from_u128(1)), 0)
}

const NOW: &str = "2026-05-01T09:00:00Z";
const AHEAD: &str = "2026-07-01";

fn stories() -> Vec<Story<Subject>> {
    let nobody = EventId(Uuid::from_u128(404));
    vec![
        story("somebody is admitted who had a role before", [granted("2024-01-01")], admitted(SubjectKind::Person, "2024-02-01"))
            .but(
                "somebody who was admitted as a person is not admitted as a program",
                [admitted(SubjectKind::Person, "2024-01-01")],
                admitted(SubjectKind::Machine, "2024-02-01"),
                FlagCode::FoundedTwice,
            ),
        story("a role is given to somebody of whom nothing is on record", [], granted("2024-01-01")).but(
            "a role is not given in the time to come",
            [],
            granted(AHEAD),
            FlagCode::OccursInFuture,
        ),
        story("a token is used that carries a role", [], carried("2024-01-01")).but(
            "a token is not used in the time to come",
            [],
            carried(AHEAD),
            FlagCode::OccursInFuture,
        ),
        story("a role is ended", [granted("2024-01-01")], ended(first(), "2024-02-01")).but(
            "what nobody gave is not ended",
            [granted("2024-01-01")],
            ended(nobody, "2024-02-01"),
            FlagCode::NamedFactUnknown,
        ),
        story("a token is revoked", [], revoked(7, "2024-01-01")).but(
            "a token is not revoked in the time to come",
            [],
            revoked(7, AHEAD),
            FlagCode::OccursInFuture,
        ),
        story("all tokens are revoked", [revoked(7, "2024-01-01")], sessions_ended(NOW, "2024-01-01")).but(
            "tokens are not revoked in the time to come",
            [],
            sessions_ended(NOW, AHEAD),
            FlagCode::OccursInFuture,
        ),
    ]
}

tell!(stories());

#[test]
fn a_role_that_was_ended_is_given_again_on_the_same_day() {
    let mut scene = given::<Subject>([granted("2024-01-01")]);
    assert!(nothing_to_do(scene.state(By::Person, &granted("2024-01-01"))));
    recorded(scene.state(By::Person, &ended(first(), "2024-01-01")));
    assert!(nothing_to_do(scene.state(By::Person, &ended(first(), "2024-01-02"))), "it has ended already");
    recorded(scene.state(By::Person, &granted("2024-01-01")));
    let held: Vec<_> = scene.thing.state().held_at(super::today()).collect();
    assert_eq!(held.len(), 1);
    assert_ne!(held[0].fact_id, first());
}

#[test]
fn a_role_holds_until_it_ends_by_itself_or_is_ended() {
    let until: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
    let scene = given::<Subject>([granted("2024-01-01"), said(auditor(Some(until)), "2024-01-01"), carried("2024-01-01")]);
    let held = |at: DateTime<Utc>| scene.thing.state().held_at(at).count();
    assert_eq!((held(until - chrono::Duration::seconds(1)), held(until)), (3, 2));
}

#[test]
fn a_token_is_revoked_by_itself_or_with_all_that_were_issued_before_an_instant() {
    let earlier = sessions_ended("2024-01-01T00:00:00Z", "2024-01-02");
    let scene = given::<Subject>([revoked(7, "2024-01-01"), sessions_ended(NOW, "2024-01-01"), earlier]);
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let is_revoked = |number, issued_at| scene.thing.state().has_revoked(credential(number), issued_at);
    assert!(is_revoked(7, now) && is_revoked(8, now - chrono::Duration::seconds(1)));
    assert!(!is_revoked(8, now));
}
