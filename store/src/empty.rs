//! A log in which nothing is and into which nothing goes: what a dry run looks at where there is no log yet.

use futures::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use schema::{NewEvent, Position, StoredEvent, ThingId};

use super::{AppendError, Appended, Delivery, EventStore, Expected, StoreError};

/// A log in which nothing is and into which nothing goes.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyStore;

impl EventStore for EmptyStore {
    fn append(&self, _: ThingId, _: Expected, _: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        future::err(AppendError::Store(StoreError("there is no log to record in".to_owned()))).boxed()
    }

    fn read(&self, _: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        stream::empty().boxed()
    }

    fn subscribe(&self, _: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        stream::iter([Ok(Delivery::CaughtUp)]).chain(stream::pending()).boxed()
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        future::ok(None).boxed()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        future::ok(()).boxed()
    }
}
