//! A log read from its start to its end, to see whether it is whole.

use futures::StreamExt;
use projections::{Known, Walk};
use schema::AnyEvent;
use store::{Delivery, EventStore, StoreError};

/// Goes through the whole log in `store`, of which something may be `known`. `rest` is waited for now and then.
///
/// # Errors
///
/// When the log can't be read to its end.
pub async fn walk(store: &dyn EventStore, known: Option<Known>, rest: impl AsyncFn(u64)) -> Result<Walk, StoreError> {
    let mut walk = Walk::expecting(known);
    let mut log = store.subscribe(None);
    let head = store.head().await?;
    let (mut position, mut is_all_delivered) = (None, false);
    // The store's word alone does not count, since a node that lags gives it early; and behind the last act there can be what
    // the store tells of streams.
    while position < head || !is_all_delivered {
        let event = match log.next().await.transpose()? {
            Some(Delivery::Event(event)) => AnyEvent::OfThing(event),
            Some(Delivery::Aside(event)) => AnyEvent::Aside(event),
            Some(Delivery::Told(notice)) => {
                walk.hear(&notice);
                continue;
            }
            Some(Delivery::CaughtUp) => {
                is_all_delivered = true;
                continue;
            }
            None => return Err(StoreError("the log ended while it was read".to_owned())),
        };
        position = Some(match &event {
            AnyEvent::OfThing(event) => event.position,
            AnyEvent::Aside(event) => event.position,
        });
        walk.take(&event);
        rest(walk.wholeness().standing().acts).await;
    }
    walk.end();
    Ok(walk)
}
