//! A log of which something is missing: found, named, and gone on with only when an operator says so.

use std::path::Path;

use app::{NotAccepted, RecordError, checkpoints::Checkpoints};
use double::{Double, Expected as Theirs, Proposed, SubscriptionFault};
use milepost::{
    settings::ShorterLog,
    startup::{self, MoveError, Place},
};
use projections::{
    Known, Picture, Standing,
    things::{Organisation, Permit},
};
use schema::{AsideStream, OrganisationId};
use store::EventStore;
use tempfile::{TempDir, tempdir};
use uuid::Uuid;

use crate::{
    helpers::{PATIENCE, eventually, store_of},
    replicas::{Replica, ask},
    world::{COUNCIL, CROSSING, organisation},
};

/// What an administrator can do to a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Delete,
    Truncate,
    Tombstone,
}

const DEEDS: [Deed; 3] = [Deed::Delete, Deed::Truncate, Deed::Tombstone];

fn stream_of_thing() -> String {
    format!("milepost_{CROSSING}")
}

fn stream_of_seals() -> String {
    format!("milepost_{}", AsideStream::seals("milepost", 1))
}

fn commit(deed: Deed, double: &Double, stream: &str) {
    match deed {
        Deed::Delete => double.log().delete(stream),
        Deed::Truncate => double.log().truncate(stream, 1),
        Deed::Tombstone => double.log().tombstone(stream),
    }
}

/// A node with some acts that are sealed, twice, and the replica that wrote them.
async fn sealed() -> (Double, Replica) {
    let double = Double::start().unwrap();
    let replica = Replica::over(&double);
    replica.found().await;
    seal(&replica).await;
    replica.record::<Permit>(CROSSING, ask(1)).await.unwrap();
    seal(&replica).await;
    (double, replica)
}

async fn seal(replica: &Replica) {
    replica.app.in_step(PATIENCE).await.unwrap();
    replica.app.caught_up(PATIENCE).await.unwrap();
    let before = replica.app.picture().events();
    replica.app.seal_end().await;
    eventually(|| async { (replica.app.picture().events() > before).then_some(()) }).await;
    assert!(!replica.app.picture().wholeness().is_unsealed());
}

async fn loss_of(replica: &Replica) -> String {
    eventually(|| async { replica.app.progress().loss }).await
}

/// Another organisation is brought on record: what becomes of a command on another thing.
async fn write_elsewhere(replica: &Replica) -> Result<(), RecordError> {
    let other = Uuid::new_v4();
    let found = domain::Intent::State(organisation(&format!("Other {other}")).into());
    let command = crate::world::command(1, other.as_u128(), found, "2024-01-01");
    replica.record::<Organisation>(OrganisationId::new(Uuid::new_v4()), command).await.map(drop)
}

fn checkpoint_of(replica: &Replica) -> TempDir {
    let directory = tempdir().unwrap();
    Checkpoints::of(directory.path()).write(&replica.app.picture()).unwrap();
    directory
}

async fn restarted(double: &Double, directory: &Path) -> Replica {
    let store = store_of(double);
    let picture = Checkpoints::of(directory).load(&store).await;
    Replica::begun(store, picture)
}

#[tokio::test(flavor = "multi_thread")]
async fn before_it_is_too_late_nothing_is_recorded_on_a_stream_that_would_be_thrown_away() {
    for deed in [Deed::Delete, Deed::Truncate] {
        let (double, replica) = sealed().await;
        let checkpoint = checkpoint_of(&replica);
        commit(deed, &double, &stream_of_thing());
        eventually(|| async { (!replica.app.progress().limited.is_empty()).then_some(()) }).await;
        let others = [Replica::over(&double), restarted(&double, checkpoint.path()).await];
        for replica in others.iter().chain([&replica]) {
            replica.app.caught_up(PATIENCE).await.unwrap();
            eventually(|| async { (!replica.app.progress().limited.is_empty()).then_some(()) }).await;
            let refused = replica.record::<Permit>(CROSSING, ask(2)).await.unwrap_err().to_string();
            assert!(refused.contains("$tb, $maxAge and $maxCount") && refused.contains("permit-"), "{refused}");
            write_elsewhere(replica).await.unwrap();
            assert_eq!(replica.app.progress().loss, None);
        }
        double.log().set_metadata(&stream_of_thing(), "{\"$acl\":{}}");
        eventually(|| async { replica.app.progress().limited.is_empty().then_some(()) }).await;
        if deed == Deed::Truncate {
            replica.record::<Permit>(CROSSING, ask(3)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_deleted_for_good_is_lost_by_name_and_all_else_goes_on() {
    let (double, replica) = sealed().await;
    let checkpoint = checkpoint_of(&replica);
    commit(Deed::Tombstone, &double, &stream_of_thing());
    let others = [Replica::over(&double), restarted(&double, checkpoint.path()).await];
    for replica in others.iter().chain([&replica]) {
        eventually(|| async { (replica.app.progress().quarantined == 1).then_some(()) }).await;
        let picture = replica.app.picture();
        let lost = picture.quarantine().next().unwrap();
        assert_eq!((lost.thing, picture.wholeness().is_whole()), (CROSSING.thing(), false));
        assert!(lost.reason.contains("for good"), "{}", lost.reason);
        assert!(replica.record::<Permit>(CROSSING, ask(2)).await.is_err());
        write_elsewhere(replica).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_scavenged_is_missed_by_whoever_reads_anew() {
    for stream in [stream_of_thing(), stream_of_seals()] {
        for deed in DEEDS {
            let (double, replica) = sealed().await;
            let checkpoint = checkpoint_of(&replica);
            let acts = replica.app.picture().events();
            commit(deed, &double, &stream);
            double.log().scavenge();
            let fresh = Replica::over(&double);
            let loss = loss_of(&fresh).await;
            assert!(loss.contains("missing in the log") && loss.contains("--accept-shorter-log="), "{deed:?} {stream}: {loss}");
            let refused = write_elsewhere(&fresh).await;
            assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{deed:?} {stream}: {refused:?}");
            // Whoever had read it before finds it out when it is gone through.
            let kept = restarted(&double, checkpoint.path()).await;
            kept.app.caught_up(PATIENCE).await.unwrap();
            if kept.app.progress().loss.is_none() {
                assert_eq!(kept.app.picture().events(), acts, "{deed:?} {stream}");
                kept.app.walk_once().await;
            }
            assert!(loss_of(&kept).await.contains("missing in the log"), "{deed:?} {stream}");
            assert!(write_elsewhere(&kept).await.is_err(), "{deed:?} {stream}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_empty_or_another_one_beside_a_checkpoint_is_no_fresh_start() {
    let (_double, replica) = sealed().await;
    let checkpoint = checkpoint_of(&replica);
    let (empty, other) = (Double::start().unwrap(), sealed().await);
    for node in [&empty, &other.0] {
        let replica = restarted(node, checkpoint.path()).await;
        assert!(loss_of(&replica).await.contains("the checkpoint"));
        assert!(write_elsewhere(&replica).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_replaced_under_a_replica_is_missed_until_it_is_back_and_the_replica_started_anew() {
    let elsewhere = sealed().await.0;
    for other in [&Double::start().unwrap(), &elsewhere] {
        let (double, replica) = sealed().await;
        let acts = replica.app.picture().events();
        let kept = Double::start().unwrap();
        double.stop();
        kept.log().replace_by(double.log());
        double.log().replace_by(other.log());
        double.run().unwrap();
        let loss = loss_of(&replica).await;
        assert!(loss.contains("missing") || loss.contains("are not those"), "{loss}");
        let refused = write_elsewhere(&replica).await;
        assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
        assert_eq!(double.log().end(), other.log().end(), "nothing is written to the other log");
        // The right one is put back.
        double.stop();
        double.log().replace_by(kept.log());
        double.run().unwrap();
        let anew = Replica::over(&double);
        anew.app.caught_up(PATIENCE).await.unwrap();
        assert_eq!((anew.app.progress().loss, anew.app.picture().events()), (None, acts));
        write_elsewhere(&anew).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_from_elsewhere_is_missed_in_a_log_that_holds_less() {
    let (double, replica) = sealed().await;
    let standing = replica.app.picture().wholeness().standing();
    let position = replica.app.picture().position().unwrap();
    let begun = |standing| {
        let expect = |whole: &mut projections::Wholeness| whole.expect(Known { standing, position, by: "the head file" });
        Replica::begun(store_of(&double), Picture::default().with_wholeness(expect))
    };
    let more = begun(Standing { acts: standing.acts + 3, ..standing });
    assert!(loss_of(&more).await.starts_with("3 acts are missing"));
    let other = begun(Standing { acts: 2, ..standing });
    assert!(loss_of(&other).await.contains("the first 2 acts are not those that the head file knows of"));
    let same = begun(standing);
    same.app.caught_up(PATIENCE).await.unwrap();
    assert_eq!(same.app.progress().loss, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_is_accepted_once_and_by_its_name_and_the_others_read_anew() {
    for stream in [stream_of_thing(), stream_of_seals()] {
        for deed in DEEDS {
            let (double, running) = sealed().await;
            commit(deed, &double, &stream);
            double.log().scavenge();
            running.app.walk_once().await;
            loss_of(&running).await;
            let fresh = Replica::over(&double);
            loss_of(&fresh).await;
            let standing = fresh.app.picture().wholeness().standing();
            let wrong = Standing { acts: standing.acts + 1, ..standing };
            let refused = fresh.app.accept_loss(wrong).await;
            assert!(matches!(refused, Err(NotAccepted::OtherStanding { .. })), "{refused:?}");
            fresh.app.accept_loss(standing).await.unwrap();
            assert_eq!(fresh.app.progress().loss, None);
            write_elsewhere(&fresh).await.unwrap();
            // The one that knew more reads anew, and goes on with the rest.
            let is_in_step = || async {
                let (one, other) = (running.app.picture(), fresh.app.picture());
                (one.wholeness().standing() == other.wholeness().standing() && running.app.progress().caught_up).then_some(())
            };
            eventually(is_in_step).await;
            assert_eq!((running.app.progress().loss, running.app.progress().fault), (None, None), "{deed:?} {stream}");
            // What was found before stays accepted when the log is followed again.
            double.restart().unwrap();
            eventually(|| async { write_elsewhere(&running).await.ok() }).await;
            assert_eq!(running.app.progress().loss, None, "{deed:?} {stream}");
            fresh.app.in_step(PATIENCE).await.unwrap();
            seal(&fresh).await;
            let later = Replica::over(&double);
            later.app.caught_up(PATIENCE).await.unwrap();
            assert_eq!(later.app.progress().loss, None, "{deed:?} {stream}");
            // What was good once is good for nothing more.
            fresh.app.accept_loss(standing).await.unwrap();
            assert_eq!(later.app.picture().wholeness().standing(), fresh.app.picture().wholeness().standing());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_losses_the_second_is_accepted_too_and_the_log_counts_as_whole() {
    let (double, _writer) = sealed().await;
    for stream in [stream_of_thing(), format!("milepost_{COUNCIL}")] {
        commit(Deed::Tombstone, &double, &stream);
        double.log().scavenge();
        let fresh = Replica::over(&double);
        loss_of(&fresh).await;
        fresh.app.caught_up(PATIENCE).await.unwrap();
        fresh.app.accept_loss(fresh.app.picture().wholeness().standing()).await.unwrap();
        write_elsewhere(&fresh).await.unwrap();
        seal(&fresh).await;
        let later = Replica::over(&double);
        later.app.caught_up(PATIENCE).await.unwrap();
        assert_eq!(later.app.progress().loss, None, "{stream}");
        write_elsewhere(&later).await.unwrap();
        let walk = app::walk(&store_of(&double), None, async |_| {}).await.unwrap();
        assert_eq!((walk.wholeness().loss(), walk.hole_count()), (None, 0), "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_tells_behind_the_last_act_is_heard_on_the_way_through_the_log() {
    let (double, _writer) = sealed().await;
    commit(Deed::Truncate, &double, &format!("milepost_{COUNCIL}"));
    commit(Deed::Tombstone, &double, &stream_of_thing());
    let walk = app::walk(&store_of(&double), None, async |_| {}).await.unwrap();
    assert_eq!((walk.hole_count(), walk.wholeness().limited().count()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_lands_behind_acts_that_are_not_known_is_not_told_as_recorded_in_its_place() {
    let (double, _writer) = sealed().await;
    double.log().delete(&format!("milepost_{COUNCIL}"));
    let node = double.another_node().unwrap();
    node.faults().meet_every_subscription(Some(SubscriptionFault::Silent));
    let lagging = Replica::over(&node);
    let found = crate::world::command(1, 99, domain::Intent::State(organisation("council").into()), "2024-01-01");
    let told = lagging.record::<Organisation>(COUNCIL, found).await;
    assert!(matches!(told, Err(RecordError::Misplaced { revision: 1 })), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_before_the_log_was_held_against_what_is_known_of_it() {
    let (_double, replica) = sealed().await;
    let checkpoint = checkpoint_of(&replica);
    let empty = Double::start().unwrap();
    empty.faults().meet_every_subscription(Some(SubscriptionFault::Silent));
    let unread = restarted(&empty, checkpoint.path()).await;
    let refused = write_elsewhere(&unread).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("still being read")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_log_with_holes_is_refused_unless_its_standing_is_named() {
    let (double, _replica) = sealed().await;
    let copy = |accept: ShorterLog| {
        let to = tempdir().unwrap();
        let places = (Place::parse(&double.address(), "milepost"), Place::parse(&to.path().display().to_string(), "milepost"));
        tokio::task::spawn_blocking(move || {
            let copied = startup::copy(&places.0, &places.1, accept, |_| {});
            (copied, to)
        })
    };
    let whole = copy(ShorterLog::Refused).await.unwrap().0.unwrap();
    assert_eq!(whole.events, 7, "seals are acts of the log");
    commit(Deed::Tombstone, &double, &stream_of_thing());
    double.log().scavenge();
    let refused = copy(ShorterLog::Refused).await.unwrap().0.unwrap_err();
    assert!(matches!(refused, MoveError::Copy(_)) && refused.to_string().contains("acts are missing in the source"), "{refused}");
    let named = refused.to_string().rsplit_once('=').unwrap().1.parse().unwrap();
    copy(ShorterLog::AcceptedAt(named)).await.unwrap().0.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_that_seal_at_once_one_does() {
    let (double, one) = sealed().await;
    let other = Replica::over(&double);
    write_elsewhere(&one).await.unwrap();
    for replica in [&one, &other] {
        replica.app.in_step(PATIENCE).await.unwrap();
    }
    let before = one.app.picture().events();
    tokio::join!(one.app.seal_end(), other.app.seal_end());
    for replica in [&one, &other] {
        replica.app.in_step(PATIENCE).await.unwrap();
        assert_eq!((replica.app.picture().events(), replica.app.progress().loss), (before + 1, None));
        // A seal causes no further one.
        replica.app.seal_end().await;
    }
    assert_eq!(double.log().stream(&stream_of_seals()).unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_beside_writers_is_caught_up_all_the_same() {
    let double = Double::start().unwrap();
    let writer = Replica::over(&double);
    writer.found().await;
    double.faults().meet_every_subscription(Some(SubscriptionFault::CaughtUpWithEvent));
    let write = async {
        loop {
            futures::future::join_all((0..4).map(|_| write_elsewhere(&writer))).await.into_iter().for_each(Result::unwrap);
        }
    };
    let read = async {
        for _ in 0..10 {
            Replica::over(&double).app.caught_up(PATIENCE).await.unwrap();
        }
    };
    tokio::select! {
        () = write => {}
        () = read => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_log_is_found_behind_whatever_others_wrote() {
    let double = Double::start().unwrap();
    let replica = Replica::over(&double);
    replica.found().await;
    let head = replica.store.head().await.unwrap();
    let foreign = || Proposed {
        id: Uuid::new_v4(),
        event_type: "OrderPlaced".to_owned(),
        content_type: "application/octet-stream".to_owned(),
        metadata: Vec::new(),
        data: Vec::new(),
    };
    for _ in 0..5 {
        double.log().append("milepost_orders-17", Theirs::Any, (0..50).map(|_| foreign()).collect()).unwrap();
    }
    assert_eq!(replica.store.head().await.unwrap(), head);
    Replica::over(&double).app.caught_up(PATIENCE).await.unwrap();
    assert!(replica.app.picture().thing::<Organisation>(COUNCIL).is_some());
}
