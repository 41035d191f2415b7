//! What is asked over a WebSocket, one task each: queries and mutations as by POST, and subscriptions.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    panic::AssertUnwindSafe,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_web::{rt::task::JoinHandle, web};
use actix_ws::{Closed, Session};
use futures::{FutureExt, StreamExt};
use juniper::{OperationType, ValidatedOperation, Value, ValuesStream};
use metrics::{counter, gauge};
use schema::SubjectId;
use serde_json::{Value as Json, json};
use tokio::{
    sync::Notify,
    task::yield_now,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

use super::message;
use crate::{
    Code, GraphqlError, Inquiry,
    execute::{Answer, Way, admit, error_json, field_error_json, invalid},
    http::Endpoint,
    request::Request,
    service::Service,
    throttle::{Charge, Throttle},
};

/// The operations of one WebSocket, and what it has taken of their messages.
pub struct Operations {
    stall: Duration,
    under_way: RefCell<HashMap<String, JoinHandle<()>>>,
    last_took: Cell<Instant>,
    given_up: Notify,
}

impl Operations {
    /// None yet; a client that takes nothing for `stall` is given up.
    pub fn new(stall: Duration) -> Self {
        let last_took = Cell::new(Instant::now());
        Self { stall, under_way: RefCell::default(), last_took, given_up: Notify::new() }
    }

    pub fn has(&self, id: &str) -> bool {
        self.under_way.borrow().contains_key(id)
    }

    pub fn count(&self) -> usize {
        self.under_way.borrow().len()
    }

    pub fn begin(&self, id: String, task: JoinHandle<()>) {
        self.under_way.borrow_mut().insert(id, task);
    }

    /// Ends an operation that the client no longer wants.
    pub fn stop(&self, id: &str) {
        if let Some(task) = self.under_way.borrow_mut().remove(id) {
            task.abort();
        }
    }

    /// Ends all.
    pub fn abort(&self) {
        for (_, task) in self.under_way.borrow_mut().drain() {
            task.abort();
        }
    }

    /// When the client's connection last took a message of an operation.
    pub fn last_took(&self) -> Instant {
        self.last_took.get()
    }

    /// Waits until the client is given up because it takes nothing.
    pub async fn given_up(&self) {
        self.given_up.notified().await;
    }
}

/// Something that is asked.
pub struct Operation<S: Service> {
    /// What the client calls it.
    pub id: String,
    pub request: Arc<Request>,
    pub inquiry: Inquiry,
    /// What a subscription works on.
    pub context: S::Context,
    pub endpoint: web::Data<Endpoint<S>>,
    pub session: Session,
    pub operations: Rc<Operations>,
}

/// What became of something that was asked.
enum Outcome {
    Answered(Answer),
    /// It is a subscription, of which each act costs so much.
    Subscribed(u32),
}

/// The client has gone, or takes nothing any more.
struct Gone;

/// How a subscription ended.
type Ended = Result<(), Vec<Json>>;

impl<S: Service> Operation<S> {
    /// Answers it, to the end.
    pub async fn run(self) {
        let (id, operations, mut session) = (self.id.clone(), Rc::clone(&self.operations), self.session.clone());
        let worked = AssertUnwindSafe(self.work()).catch_unwind().await;
        let last = match worked {
            Ok(Ok(Ok(()))) => message::complete(&id),
            Ok(Ok(Err(errors))) => message::error(&id, &errors),
            Ok(Err(Gone)) => return,
            Err(_) => {
                let number = Uuid::new_v4();
                tracing::error!(id = %number, "an operation over a WebSocket panicked");
                message::error(&id, &[error_json(&GraphqlError::internal(number))])
            }
        };
        // First, so that the client can use the name again as soon as it hears.
        operations.under_way.borrow_mut().remove(&id);
        let _ = send(&mut session, &operations, last).await;
    }

    async fn work(mut self) -> Result<Ended, Gone> {
        match self.begin().await {
            Err(error) => Ok(Err(vec![error_json(&error)])),
            Ok(Outcome::Subscribed(cost)) => self.follow(cost).await,
            Ok(Outcome::Answered(answer)) if answer.refused.is_some() => Ok(Err(errors_of(&answer))),
            Ok(Outcome::Answered(answer)) => {
                let body = String::from_utf8_lossy(&answer.body);
                self.send(message::next(&self.id, &body)).await.map(Ok)
            }
        }
    }

    /// Measures it and charges for it, and executes it if it is a query or a mutation.
    async fn begin(&self) -> Result<Outcome, GraphqlError> {
        let (endpoint, request) = (&self.endpoint, Arc::clone(&self.request));
        match admit(&*endpoint.service, &endpoint.rules, &request, Way::Socket, &self.inquiry.actor) {
            Err(answer) => Ok(Outcome::Answered(answer)),
            Ok(admitted) if admitted.operation == OperationType::Subscription => Ok(Outcome::Subscribed(admitted.cost)),
            Ok(admitted) => endpoint.execute(request, admitted, self.inquiry.clone()).await.map(Outcome::Answered),
        }
    }

    /// Sends what a subscription yields, one by one, each when the one before was taken.
    async fn follow(&mut self, cost: u32) -> Result<Ended, Gone> {
        let (endpoint, request) = (self.endpoint.clone(), Arc::clone(&self.request));
        let refused = |errors: Vec<GraphqlError>| errors.iter().map(error_json).collect();
        let operation = ValidatedOperation::new(&request.query, request.operation_name.as_deref(), endpoint.service.root());
        let operation = match operation {
            Ok(operation) => operation,
            Err(error) => return Ok(Err(refused(invalid(&*endpoint.service, error)))),
        };
        let Self { id, inquiry, context, session, operations, .. } = self;
        let (key, mut acts) = match operation.resolve_into_stream(&request.variables, context).await {
            Err(error) => return Ok(Err(refused(invalid(&*endpoint.service, error)))),
            Ok((_, errors)) if !errors.is_empty() => return Ok(Err(errors.iter().map(field_error_json).collect())),
            Ok((value, _)) => match only_stream(value) {
                Some(found) => found,
                None => {
                    return Ok(Err(refused(vec![GraphqlError::new(Code::ValidationFailed, "the subscription selects nothing")])));
                }
            },
        };
        let _open = Open::new();
        while let Some(act) = acts.next().await {
            let act = match act {
                Ok(act) => act,
                Err(errors) => return Ok(Err(errors.iter().map(field_error_json).collect())),
            };
            let payload = json!({ "data": { key.as_str(): act } }).to_string();
            send(session, operations, message::next(id, &payload)).await?;
            counter!("milepost_subscription_events_total").increment(1);
            pace(&endpoint.rules.throttle, inquiry.actor.subject, cost).await;
            // Others have their turn, however much there is to tell.
            yield_now().await;
        }
        Ok(Ok(()))
    }

    async fn send(&mut self, text: String) -> Result<(), Gone> {
        send(&mut self.session, &self.operations, text).await
    }
}

/// Sends a message, once the connection takes it.
async fn send(session: &mut Session, operations: &Operations, text: String) -> Result<(), Gone> {
    match timeout(operations.stall, session.text(text)).await {
        Ok(Ok(())) => {
            operations.last_took.set(Instant::now());
            Ok(())
        }
        Ok(Err(Closed)) => Err(Gone),
        Err(_) => {
            operations.given_up.notify_one();
            Err(Gone)
        }
    }
}

/// The one stream that a subscription resolves to, and what it is called.
fn only_stream(value: Value<ValuesStream<'_>>) -> Option<(String, ValuesStream<'_>)> {
    let Value::Object(fields) = value else { return None };
    match fields.into_iter().next()? {
        (key, Value::Scalar(stream)) => Some((key, stream)),
        _ => None,
    }
}

/// Takes what an act costs from the allowance of `subject`, and waits while less than half of that is left: whoever
/// catches up can still ask.
async fn pace(throttle: &Throttle, subject: SubjectId, cost: u32) {
    let allowance = throttle.allowance();
    loop {
        match throttle.charge(subject, cost) {
            Charge::Refused { wait } => sleep(wait).await,
            Charge::Taken { remaining } => {
                let wanting = (allowance.burst.get() / 2).saturating_sub(remaining);
                if wanting > 0 {
                    sleep(Duration::from_secs_f64(f64::from(wanting) / f64::from(allowance.restored_per_second.get()))).await;
                }
                return;
            }
        }
    }
}

/// The errors of an answer that is nothing else.
fn errors_of(answer: &Answer) -> Vec<Json> {
    let body: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["errors"].as_array().cloned().unwrap_or_default()
}

/// Counts a subscription while it is under way.
struct Open;

impl Open {
    fn new() -> Self {
        gauge!("milepost_subscriptions_open").increment(1);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!("milepost_subscriptions_open").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::throttle::Allowance;

    #[tokio::test]
    async fn whoever_catches_up_leaves_half_of_the_allowance() {
        let points = |count| NonZeroU32::new(count).unwrap();
        let throttle = Throttle::new(Allowance { burst: points(1000), restored_per_second: points(10_000) });
        let subject = SubjectId(Uuid::from_u128(1));
        let started = Instant::now();
        for _ in 0..25 {
            pace(&throttle, subject, 100).await;
        }
        // 500 points at once, and 2,000 as they come back.
        assert!(started.elapsed() >= Duration::from_millis(190), "{:?}", started.elapsed());
        let Charge::Taken { remaining } = throttle.charge(subject, 1) else { panic!("nothing is left") };
        assert!(remaining >= 450, "{remaining}");
    }
}
