//! The picture is the same however it came about, and is never taken from damaged bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops by panicking")]

use std::{num::NonZeroUsize, sync::LazyLock};

use crate::support::{facts::permit_facts, *};
use chrono::Duration;
use projections::{
    CheckpointError, Part, Picture,
    things::{
        Award, Cluster, FlagCode, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register,
        Subject,
    },
};
use proptest::prelude::*;
use schema::{ClusterId, CommandId, InitiativeId, Kind, OrganisationId, ProjectId, RegisterId, SubjectId, ThingId};
use uuid::Uuid;

fn registered(cluster: Option<ClusterId>, lead: Option<OrganisationId>) -> schema::project::ProjectFact {
    a!(ProjectRegistered { "title": "Plant", "cluster": cluster, "lead": lead })
}

fn identified(projects: &[ProjectId]) -> schema::permit::PermitFact {
    a!(PermitIdentified { "title": "Consent", "instrument": "consent", "projects": projects, "authority": organisation_id(2) })
}

/// Things of every kind, told in turns, with what was corrected, retracted and confirmed among them.
fn world() -> Log {
    let mut log = Log::default();
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for (n, kind) in [(1, "company"), (2, "authority")] {
        let organisation = a!(OrganisationRegistered { "name": format!("Organisation {n}"), "kind": kind });
        log.record(organisation_id(n), &stated(next(), "2020-01-01", organisation));
    }
    for n in 1..=2 {
        let cluster = a!(ClusterRegistered { "name": format!("Cluster {n}"), "country": "NL" });
        log.record(cluster_id(n), &stated(next(), "2020-01-01", cluster));
        let joined = a!(ClusterMemberJoined { "organisation": organisation_id(1) });
        log.record(cluster_id(n), &stated(next(), "2020-02-01", joined));
    }
    let mut founding = Vec::new();
    for n in 1..=4 {
        let (project, permit) = (next(), next());
        founding.push((n, project, permit));
        log.record(project_id(n), &stated(project, "2023", registered(Some(cluster_id(n % 2 + 1)), Some(organisation_id(1)))));
        log.record(permit_id(n), &stated(permit, "2023-Q2", identified(&[project_id(n)])).by_register("2023-12-31"));
    }
    for &(n, project, permit) in &founding {
        let submitted = next();
        log.record(permit_id(n), &stated(submitted, "2024-02-29", a!(ApplicationSubmitted {})).by_register("2023-12-31"));
        log.record(project_id(n), &stated(next(), "2024-01-31", a!(ProjectStageEntered { "stage": "feed" })).for_parties());
        log.record(permit_id(n), &corrected(next(), submitted, "2024-03-01", a!(ApplicationSubmitted {})));
        log.record(permit_id(n), &confirmed(next(), submitted));
        if n == 1 {
            log.record(project_id(n), &corrected(next(), project, "2023", registered(Some(cluster_id(1)), None)));
            log.record(permit_id(n), &corrected(next(), permit, "2023-Q2", identified(&[project_id(2), project_id(3)])));
        }
        if n == 2 {
            log.record(project_id(n), &retracted(next(), project));
        }
        log.record(permit_id(n), &evidence_attached(next(), submitted, "letter"));
    }
    let edition = a!(RegisterEditionTaken {
        "register": "repd", "title": "Planning", "published_on": "2023-12-31", "file": "repd.csv",
        "file_sha256": "0f".repeat(32), "rows_read": 9, "rows_rejected": 1
    });
    log.record(RegisterId::of("repd"), &stated(next(), "2023-12-31", edition));
    money_partners_and_policy(&mut log, &mut next);
    let granted = next();
    log.record(Someone(1), &stated(granted, "2024-01-31", a!(MembershipGranted { "role": "auditor" })).for_parties());
    log.record(Someone(1), &stated(next(), "2024-01-31", a!(MembershipEnded { "membership": id(granted) })).for_parties());
    log
}

/// A programme with two awards, a partnership, a measure that both clusters rely on, and the initiative; told in turns.
fn money_partners_and_policy(log: &mut Log, next: &mut impl FnMut() -> u128) {
    let eur = |amount: u32| serde_json::json!({ "amount": amount.to_string(), "currency": "EUR" });
    let opened = a!(ProgrammeOpened { "title": "Fund", "funder": organisation_id(2), "budget": eur(900) });
    log.record(programme_id(1), &stated(next(), "2023-01-01", opened));
    let measure = a!(PolicyMeasureIdentified { "title": "Act", "jurisdiction": "EU" });
    log.record(measure_id(1), &stated(next(), "2023-01-01", measure));
    let mut made = Vec::new();
    for n in 1..=2 {
        let award =
            a!(AwardIdentified { "title": "Grant", "side": "public", "programme": programme_id(1), "projects": [project_id(n)] });
        log.record(award_id(n), &stated(next(), "2023-02-01", award));
        made.push(next());
        let award = stated(made[made.len() - 1], "2024-01-31", a!(AwardMade { "amount": eur(100) }));
        log.record(award_id(n), &if n == 1 { award } else { award.for_parties() });
        let relies = a!(ClusterRelianceDeclared { "measures": [measure_id(1)] });
        log.record(cluster_id(n), &stated(next(), "2023-03-01", relies));
    }
    let parties = [organisation_id(1), organisation_id(2)];
    let partnership =
        a!(PartnershipIdentified { "title": "Steam", "kind": "offtake", "parties": parties, "projects": [project_id(3)] });
    log.record(partnership_id(1), &stated(next(), "2023-02-01", partnership));
    log.record(InitiativeId::only(), &stated(next(), "2022-01-01", a!(InitiativeNamed { "name": "Clusters" })));
    for (n, made) in (1..).zip(made) {
        log.record(award_id(n), &corrected(next(), made, "2024-02-01", a!(AwardMade { "amount": eur(90) })));
        log.record(
            award_id(n),
            &stated(next(), "2024-02-29", a!(AwardAgreementSigned { "obligated": eur(90 + u32::try_from(n).unwrap()) })),
        );
        log.record(
            partnership_id(1),
            &stated(
                next(),
                if n == 1 { "2023-04-01" } else { "2023-05-01" },
                if n == 1 { a!(MemorandumSigned {}) } else { a!(TermSheetSigned {}) },
            ),
        );
    }
    let adopted = next();
    log.record(measure_id(1), &stated(adopted, "2023-06-01", a!(PolicyMeasureAdopted {})));
    log.record(measure_id(1), &stated(next(), "2023-07-01", a!(PolicyMeasureEnteredIntoForce {})));
    log.record(measure_id(1), &retracted(next(), adopted));
    log.record(
        programme_id(1),
        &stated(next(), "2024-06-01", a!(ProgrammeBudgetAmended { "budget": eur(800), "reason": "a cut" })),
    );
    log.record(InitiativeId::only(), &stated(next(), "2024-01-01", a!(InitiativeFigureStated { "clusters": 2 })));
}

/// The world, and an event of it that nobody can read yet.
fn world_with_a_riddle() -> Log {
    let mut log = world();
    let last = log.pop();
    log.push_unreadable(7777, permit_id(3));
    log.push(last);
    log
}

static WORLD: LazyLock<Log> = LazyLock::new(world);
static RIDDLE: LazyLock<Log> = LazyLock::new(world_with_a_riddle);
static WHOLE: LazyLock<Picture> = LazyLock::new(|| RIDDLE.picture());
static CHECKPOINT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| parts_of(&WHOLE));

/// A checkpoint of which no part has more than three things.
fn parts_of(picture: &Picture) -> Vec<Vec<u8>> {
    picture.checkpoint(NonZeroUsize::new(3).unwrap()).map(Result::unwrap).collect()
}

fn picture_of(parts: &[Vec<u8>]) -> Result<Picture, CheckpointError> {
    let parts: Result<Vec<Part>, _> = parts.iter().map(|part| Part::decode(part)).collect();
    Picture::from_checkpoint(parts?)
}

fn is_damaged(parts: &[Vec<u8>]) -> bool {
    matches!(picture_of(parts), Err(CheckpointError::Damaged))
}

/// Who records all that is recorded here.
const WRITER: SubjectId = SubjectId(Uuid::from_u128(1));

/// What the hash leaves out, and a reader sees none the less.
fn beside_the_hash(picture: &Picture) -> impl PartialEq + std::fmt::Debug + use<> {
    let founded = (0..199).map(|number| picture.founded_by(WRITER, CommandId(Uuid::from_u128(number)))).collect::<Vec<_>>();
    let quarantine = picture.quarantine().cloned().collect::<Vec<_>>();
    let at = (picture.position(), picture.last_event(), picture.recorded_at(), picture.events());
    (at, founded, quarantine, picture.links().clone())
}

fn assert_same(one: &Picture, other: &Picture) {
    assert_eq!(one.hash(), other.hash());
    assert_eq!(beside_the_hash(one), beside_the_hash(other));
}

/// A clock that stands still, or falls back, and commands of one and of two acts.
#[test]
fn all_of_one_command_share_an_instant_and_the_next_command_is_later() {
    let mut log = Log::default();
    for (number, fact) in (1..).zip(permit_facts().into_iter().take(5)) {
        let mut act = stated(number, "2024-01-01", fact);
        if number == 3 {
            act.metadata.command_id = CommandId(Uuid::from_u128(2));
        }
        log.record(permit_id(1), &act);
    }
    let stood = log.events[0].recorded_at;
    for event in &mut log.events {
        event.recorded_at = stood;
    }
    log.events[4].recorded_at = stood - Duration::seconds(3);
    let entries = log.entries();
    for at in 0..=entries.len() {
        let (before, after) = entries.split_at(at);
        let begun = picture_of(&parts_of(&Picture::default().with(before.to_vec()))).unwrap();
        let picture = begun.with(after.to_vec());
        let acts = picture.thing::<Permit>(permit_id(1)).unwrap().acts();
        let instants: Vec<_> = acts.iter().map(|act| (act.header.recorded_at - stood).num_microseconds().unwrap()).collect();
        assert_eq!(instants, [0, 1, 1, 2, 3]);
    }
}

proptest! {
    #[test]
    fn the_picture_is_the_same_for_any_batch_sizes(sizes in prop::collection::vec(1..9_usize, 1..80)) {
        let entries = RIDDLE.entries();
        let mut picture = Picture::default();
        let mut rest = &entries[..];
        for size in sizes.into_iter().cycle() {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            picture = picture.with(batch.to_vec());
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        assert_same(&picture, &WHOLE);
    }

    #[test]
    fn what_was_known_at_an_instant_is_the_picture_of_then(at in 0..80_usize) {
        let log = &*WORLD;
        let at = at.min(log.events.len());
        let until = log.events.get(at).map(|event| event.position);
        let then = Picture::default().with(log.entries().into_iter().take(at));
        let known = log.picture().seen_through(|header, _| until.is_none_or(|until| header.position < until));
        prop_assert_eq!(known.hash(), then.hash());
        prop_assert_eq!(known.links(), then.links());
    }

    #[test]
    fn a_checkpoint_anywhere_is_a_place_to_go_on_from(at in 0..80_usize) {
        let entries = RIDDLE.entries();
        let (before, after) = entries.split_at(at.min(entries.len()));
        let kept = parts_of(&Picture::default().with(before.to_vec()));
        let picture = picture_of(&kept).unwrap();
        assert_same(&picture, &Picture::default().with(before.to_vec()));
        assert_same(&picture.with(after.to_vec()), &WHOLE);
    }

    #[test]
    fn a_checkpoint_with_any_byte_flipped_is_refused(
        part in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bits in 1..=u8::MAX
    ) {
        let mut parts = CHECKPOINT.clone();
        let part = &mut parts[part.index(CHECKPOINT.len())];
        let at = at.index(part.len());
        part[at] ^= bits;
        prop_assert!(is_damaged(&parts));
    }

    #[test]
    fn a_part_cut_short_or_prolonged_is_refused(
        part in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), more in 1..4_usize
    ) {
        let part = &CHECKPOINT[part.index(CHECKPOINT.len())];
        prop_assert!(matches!(Part::decode(&part[..at.index(part.len())]), Err(CheckpointError::Damaged)));
        let prolonged = [&part[..], &vec![0; more]].concat();
        prop_assert!(matches!(Part::decode(&prolonged), Err(CheckpointError::Damaged)));
    }

    #[test]
    fn a_checkpoint_without_a_part_or_with_one_twice_is_refused(at in any::<prop::sample::Index>()) {
        let at = at.index(CHECKPOINT.len());
        let (mut fewer, mut more) = (CHECKPOINT.clone(), CHECKPOINT.clone());
        fewer.remove(at);
        more.push(CHECKPOINT[at].clone());
        prop_assert!(is_damaged(&fewer) && is_damaged(&more));
    }
}

#[test]
fn the_hash_tells_pictures_apart() {
    let log = &*RIDDLE;
    let hashes: std::collections::BTreeSet<_> =
        (0..=log.events.len()).map(|at| Picture::default().with(log.entries().into_iter().take(at)).hash()).collect();
    assert_eq!(hashes.len(), log.events.len() + 1, "every event changes it");
}

#[test]
fn a_replay_gives_the_same_picture() {
    assert_same(&world_with_a_riddle().picture(), &WHOLE);
}

#[test]
fn who_may_see_all_sees_the_same_picture() {
    let whole = world().picture();
    let seen = whole.seen_through(|_, _| true);
    assert_eq!(seen.hash(), whole.hash());
    assert_eq!(seen.links(), whole.links());
}

#[test]
fn who_may_not_see_an_act_sees_the_picture_without_it() {
    let whole = world().picture();
    let seen = whole.seen_through(|_, metadata| metadata.visibility != schema::Visibility::Parties);
    assert_ne!(seen.hash(), whole.hash());
    assert_eq!(seen.thing::<Project>(project_id(3)).unwrap().state().stage, None);
    assert_eq!(whole.seen_through(|_, _| false).hash(), Picture::default().hash());
}

#[test]
fn an_event_that_cannot_be_read_is_put_aside_and_its_thing_says_so() {
    let picture = &*WHOLE;
    let quarantined: Vec<_> = picture.quarantine().collect();
    let [only] = quarantined[..] else { panic!("one event can't be read: {quarantined:?}") };
    assert_eq!((only.id, only.thing), (id(7777), permit_id(3).thing()));
    assert!(only.reason.contains("PermitDreamtOf"), "{}", only.reason);
    let permit = picture.thing::<Permit>(permit_id(3)).unwrap();
    assert_eq!((permit.unreadable(), permit.revision()), (1, Some(only.revision)));
    assert!(codes(permit).contains(&FlagCode::Unreadable));
    assert_eq!(permit.state().submitted_on, Some(date("2024-03-01")), "what can be read counts");
    assert_eq!(picture.thing::<Permit>(permit_id(4)).unwrap().unreadable(), 0);
    let seen = permit.seen_through(|act| act.header.revision == 0).unwrap();
    assert!(codes(&seen).contains(&FlagCode::Unreadable), "nor does who sees a part of it see all there is");
}

#[test]
fn a_thing_of_which_nothing_can_be_read_is_there_and_not_known() {
    let mut log = Log::default();
    log.push_unreadable(1, permit_id(9));
    let picture = log.picture();
    assert!(!picture.knows(permit_id(9).thing()));
    assert_eq!(picture.revision(permit_id(9).thing()), Some(0));
    let restored = picture_of(&parts_of(&picture)).unwrap();
    assert_same(&restored, &picture);
}

fn naming(picture: &Picture, target: impl Into<ThingId>, kind: Kind) -> Vec<ThingId> {
    picture.links().to(target.into(), kind).collect()
}

#[test]
fn links_follow_corrections_and_retractions_of_what_founded_a_thing() {
    let mut log = Log::default();
    let projects = |log: &Log| [1, 2].map(|n| naming(&log.picture(), cluster_id(n), Kind::Project).len());
    log.record(project_id(1), &stated(1, "2023", registered(Some(cluster_id(1)), Some(organisation_id(1)))));
    assert_eq!(projects(&log), [1, 0]);
    assert_eq!(naming(&log.picture(), organisation_id(1), Kind::Project), [project_id(1).thing()]);
    log.record(project_id(1), &corrected(2, 1, "2023", registered(Some(cluster_id(2)), None)));
    assert_eq!(projects(&log), [0, 1]);
    assert_eq!(naming(&log.picture(), organisation_id(1), Kind::Project), []);
    log.record(project_id(1), &retracted(3, 2));
    assert_eq!(projects(&log), [1, 0]);
    log.record(project_id(1), &retracted(4, 1));
    assert_eq!(projects(&log), [0, 0]);
    log.record(project_id(1), &retracted(5, 4));
    assert_eq!(projects(&log), [1, 0]);
    log.record(permit_id(1), &stated(6, "2023", identified(&[project_id(1), project_id(2)])));
    assert_eq!(naming(&log.picture(), project_id(2), Kind::Permit), [permit_id(1).thing()]);
    assert_eq!(naming(&log.picture(), organisation_id(2), Kind::Permit), [permit_id(1).thing()]);
    assert_eq!(naming(&log.picture(), project_id(2), Kind::Project), [], "of another kind");
}

#[test]
fn a_later_picture_leaves_the_one_before_it_as_it_was() {
    let entries = world_with_a_riddle().entries();
    let (before, after) = entries.split_at(entries.len() / 2);
    let earlier = Picture::default().with(before.to_vec());
    let (hash, beside) = (earlier.hash(), format!("{:?}", beside_the_hash(&earlier)));
    let later = earlier.with(after.to_vec());
    assert_same(&later, &WHOLE);
    assert_eq!((earlier.hash(), format!("{:?}", beside_the_hash(&earlier))), (hash, beside));
    assert_ne!(later.hash(), hash);
}

#[test]
fn what_a_command_founded_is_found_by_the_command() {
    let log = world();
    let picture = log.picture();
    let first = &log.events[0];
    let command = CommandId(first.id.0);
    assert_eq!(picture.founded_by(WRITER, command), Some(first.thing));
    assert_eq!(picture.founded_by(WRITER, CommandId(Uuid::from_u128(9999))), None);
    let stranger = SubjectId(Uuid::from_u128(9999));
    assert_eq!(picture.founded_by(stranger, command), None, "an id is its sender's own");
}

#[test]
fn the_picture_knows_things_of_every_kind() {
    let picture = &*WHOLE;
    let counts = [
        picture.things::<Organisation>().len(),
        picture.things::<Cluster>().len(),
        picture.things::<Project>().len(),
        picture.things::<Permit>().len(),
        picture.things::<Register>().len(),
        picture.things::<Initiative>().len(),
        picture.things::<Programme>().len(),
        picture.things::<Award>().len(),
        picture.things::<Partnership>().len(),
        picture.things::<PolicyMeasure>().len(),
        picture.things::<Subject>().len(),
    ];
    assert_eq!(counts, [2, 2, 4, 4, 1, 1, 1, 2, 1, 1, 1]);
    assert_eq!(codes(picture.thing::<Award>(award_id(1)).unwrap()), [FlagCode::ObligatedBeyondAward].into());
    assert_eq!(naming(picture, programme_id(1), Kind::Award), [award_id(1).thing(), award_id(2).thing()]);
    assert_eq!(naming(picture, measure_id(1), Kind::Cluster), [cluster_id(1).thing(), cluster_id(2).thing()]);
    assert_eq!(naming(picture, project_id(3), Kind::Partnership), [partnership_id(1).thing()]);
    assert!(picture.knows(project_id(1).thing()));
    assert!(picture.knows(project_id(2).thing()), "its founding was retracted, and its stage remains");
    assert_eq!(codes(picture.thing::<Project>(project_id(2)).unwrap()), [FlagCode::NotFounded].into());
    assert!(!picture.knows(project_id(5).thing()));
    let register = picture.thing::<Register>(RegisterId::of("repd")).unwrap();
    assert_eq!(register.state().editions_after(day("2023-12-30")).count(), 1);
    assert_eq!(register.state().editions_after(day("2023-12-31")).count(), 0);
    let members = picture.thing::<Cluster>(cluster_id(1)).unwrap().state().members().count();
    assert_eq!(members, 1);
}
