//! What the server's codes come to: each failure in a session and in a call of its own, and each of a read. The codes
//! themselves differ between the two; what they come to does not.

use double::{AppendFault, Double, Failure, Features, ReadFault};
use schema::NewEvent;
use store::{AppendError, EventStore, Expected, eventstoredb::EventStoreDb};

use crate::{
    helpers::store_of,
    support::{ids_in, ids_of, new_event, new_events, new_thing},
};

/// How appends are sent.
const WAYS: [Features; 2] = [Features::Offered, Features::WithoutBatches];

fn double_that_offers(features: Features) -> (Double, EventStoreDb) {
    let double = Double::start().unwrap();
    double.faults().set_features(features);
    let store = store_of(&double);
    (double, store)
}

/// What an append comes to whose attempts all fail like this.
async fn comes_to(features: Features, failure: Failure) -> AppendError {
    let (double, store) = double_that_offers(features);
    double.faults().meet_every_append(Some(AppendFault::Fails(failure)));
    let (thing, events) = (new_thing(), new_events(1));
    let error = store.append(thing, Expected::NoStream, events.clone()).await.unwrap_err();
    // Nothing is broken by it.
    double.faults().meet_every_append(None);
    store.append(thing, Expected::NoStream, events.clone()).await.unwrap();
    assert_eq!(ids_in(&store, thing).await, ids_of(&events));
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_comes_to_what_it_says_of_the_record() {
    for features in WAYS {
        for failure in [Failure::Timeout, Failure::Unknown, Failure::Internal] {
            let error = comes_to(features, failure).await;
            assert!(matches!(error, AppendError::Unknown(_)), "{features:?}, {failure:?}: {error:?}");
        }
        for (failure, words) in [
            (Failure::NotReady, "is not ready (Server Is Not Ready)"),
            (Failure::Busy, "is not ready (Server Is Busy)"),
            (Failure::Denied, "refuses the credentials"),
        ] {
            match comes_to(features, failure).await {
                AppendError::Store(error) => assert!(error.0.contains(words), "{features:?}, {failure:?}: {error}"),
                other => panic!("{features:?}, {failure:?}: {other:?}"),
            }
        }
        let error = comes_to(features, Failure::InvalidTransaction).await;
        assert!(matches!(&error, AppendError::Refused(said) if said.contains("Invalid Transaction")), "{features:?}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_ready_for_a_moment_is_asked_again() {
    for features in WAYS {
        let (double, store) = double_that_offers(features);
        double.faults().meet_appends([AppendFault::Fails(Failure::NotReady), AppendFault::Fails(Failure::Busy)]);
        store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
        assert!(double.faults().all_met());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_is_in_doubt_is_never_said_not_to_be_recorded() {
    for features in WAYS {
        let (double, store) = double_that_offers(features);
        let (thing, events) = (new_thing(), new_events(1));
        let append = || store.append(thing, Expected::NoStream, events.clone());
        double.faults().meet_every_append(Some(AppendFault::AbortedAfter));
        assert!(matches!(append().await, Err(AppendError::Unknown(_))));
        for failure in [Failure::NotReady, Failure::Denied, Failure::InvalidTransaction] {
            double.faults().meet_every_append(Some(AppendFault::Fails(failure)));
            let error = append().await.unwrap_err();
            assert!(matches!(error, AppendError::Unknown(_)), "{features:?}, {failure:?}: {error:?}");
        }
        double.faults().meet_every_append(None);
        append().await.unwrap();
        double.faults().meet_every_append(Some(AppendFault::Fails(Failure::NotReady)));
        assert!(matches!(append().await, Err(AppendError::Store(_))), "it is settled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_with_a_tombstone_is_refused_at_once_and_no_other() {
    for features in WAYS {
        let (double, store) = double_that_offers(features);
        let thing = new_thing();
        store.append(thing, Expected::NoStream, new_events(2)).await.unwrap();
        double.log().tombstone(&format!("milepost_{thing}"));
        for expected in [Expected::Revision(1), Expected::NoStream] {
            match store.append(thing, expected, new_events(1)).await {
                Err(AppendError::Refused(said)) => assert!(said.contains("deleted this stream"), "{said}"),
                other => panic!("{features:?}: {other:?}"),
            }
        }
        store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_larger_than_the_server_takes_names_its_limit_and_its_setting() {
    for features in WAYS {
        let (double, store) = double_that_offers(features);
        double.log().set_append_bytes_max(4096);
        let large = NewEvent { data: vec![b' '; 5000], ..new_event() };
        match store.append(new_thing(), Expected::NoStream, vec![large]).await {
            Err(AppendError::Refused(said)) => {
                assert!(said.contains("at most 4096 bytes") && said.contains("MaxAppendSize"), "{said}");
            }
            other => panic!("{features:?}: {other:?}"),
        }
        store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_a_read_is_one_of_reading() {
    for (fault, words) in [
        (ReadFault::Expired, "took too long to read"),
        (ReadFault::NotReady, "is not ready"),
        (ReadFault::Denied, "refuses the credentials"),
    ] {
        let (double, store) = double_that_offers(Features::Offered);
        double.faults().meet_reads([fault; 8]);
        let error = store.head().await.unwrap_err();
        assert!(error.0.contains(words) && !error.0.contains("commit"), "{fault:?}: {error}");
    }
    let (double, store) = double_that_offers(Features::Offered);
    store.append(new_thing(), Expected::NoStream, new_events(1)).await.unwrap();
    double.faults().meet_reads([ReadFault::Expired]);
    assert!(store.head().await.unwrap().is_some(), "one that took too long is begun again");
}
