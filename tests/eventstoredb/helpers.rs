//! What the tests here share.

use std::{future::Future, time::Duration};

use double::Double;
use futures::StreamExt;
use schema::StoredEvent;
use store::{Delivery, EventStore, StoreError, eventstoredb::EventStoreDb};
use tokio::time::{Instant, sleep, timeout};

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn store_of(double: &Double) -> EventStoreDb {
    EventStoreDb::new(&double.address(), "milepost")
}

pub fn running() -> (Double, EventStoreDb) {
    let double = Double::start().unwrap();
    let store = store_of(&double);
    (double, store)
}

/// What `attempt` gives once it gives anything.
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut attempt: impl FnMut() -> F) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(Instant::now() < until, "it does not come about");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The first `count` events of the log, as one who begins again after each fault gets them, and the faults.
pub async fn follow(store: &EventStoreDb, count: usize) -> (Vec<StoredEvent>, Vec<StoreError>) {
    let (mut events, mut faults) = (Vec::<StoredEvent>::new(), Vec::new());
    let following = async {
        while events.len() < count {
            let mut subscription = store.subscribe(events.last().map(|event| event.position));
            while events.len() < count
                && let Some(delivery) = subscription.next().await
            {
                match delivery {
                    Ok(Delivery::Event(event)) => events.push(event),
                    Ok(_) => {}
                    Err(fault) => faults.push(fault),
                }
            }
        }
    };
    timeout(PATIENCE, following).await.unwrap_or_else(|_| panic!("not all is delivered"));
    (events, faults)
}

/// The fault that ends the next subscription.
pub async fn fault_of(store: &EventStoreDb) -> String {
    let ending = async {
        let mut subscription = store.subscribe(None);
        while let Some(delivery) = subscription.next().await {
            if let Err(fault) = delivery {
                assert!(subscription.next().await.is_none(), "after a fault it ends");
                return fault.0;
            }
        }
        panic!("it ends without a fault")
    };
    timeout(PATIENCE, ending).await.expect("it ends in time")
}
