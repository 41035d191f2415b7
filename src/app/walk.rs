//! A log read from its start to its end, to see whether it is whole.

use futures::StreamExt;
use projections::{Known, Walk};
use schema::AnyEvent;

use crate::store::{Delivery, EventStore, StoreError};

/// Goes through the whole log in `store`, of which something may be `known`. `rest` is waited for now and then.
///
/// # Errors
///
/// When the log can't be read to its end.
pub async fn walk(store: &dyn EventStore, known: Option<Known>, rest: impl AsyncFn(u64)) -> Result<Walk, StoreError> {
    let mut walk = Walk::expecting(known);
    let mut log = store.subscribe(None);
    let head = store.head().await?;
    let mut position = None;
    while position < head {
        let event = match log.next().await.transpose()? {
            Some(Delivery::Event(event)) => AnyEvent::OfThing(event),
            Some(Delivery::Aside(event)) => AnyEvent::Aside(event),
            Some(Delivery::Told(notice)) => {
                walk.hear(&notice);
                continue;
            }
            // It may be said early, by a node that lags.
            Some(Delivery::CaughtUp) => continue,
            None => return Err(StoreError("the log ended while it was read".to_owned())),
        };
        position = Some(match &event {
            AnyEvent::OfThing(event) => event.position,
            AnyEvent::Aside(event) => event.position,
        });
        walk.take(&event);
        rest(walk.wholeness().standing().acts).await;
    }
    // What the store tells of streams behind the last act.
    if head.is_none() {
        while let Some(Delivery::Told(notice)) = log.next().await.transpose()? {
            walk.hear(&notice);
        }
    }
    walk.end();
    Ok(walk)
}
