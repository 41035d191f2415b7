//! A small schema behind the real handler, with real tokens.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use access::{
    Actor, Grant, Role, Scopes,
    keys::SigningKey,
    token::{self, TokenError, Verifier},
};
use graphql::{Code, Deadline, GraphqlError, Inquiry, Service, limits::Scans};
use juniper::{EmptySubscription, FieldResult, GraphQLScalar, IntoFieldError, RootNode, graphql_object};
use schema::SubjectId;
use tokio::runtime::Handle;
use uuid::Uuid;

/// How many things have been recorded by any toy of the process.
pub static RECORDED: AtomicU64 = AtomicU64::new(0);

/// How many have begun to wait until nobody waits for them, and how many of those were left before their deadline.
pub static WAITING: AtomicU64 = AtomicU64::new(0);
pub static LEFT: AtomicU64 = AtomicU64::new(0);

/// Who asks, and what mutation they asked to know of.
pub struct Context(Inquiry, Option<String>);

impl juniper::Context for Context {}

/// A day that exists.
#[derive(GraphQLScalar)]
#[graphql(name = "Day", to_output_with = Day::write, from_input_with = Day::read, parse_token(String))]
pub struct Day(String);

impl Day {
    fn write(&self) -> String {
        self.0.clone()
    }

    fn read(text: &str) -> Result<Self, Box<str>> {
        text.parse::<chrono::NaiveDate>().map(|day| Self(day.to_string())).map_err(|_| format!("'{text}' is not a day").into())
    }
}

pub struct Thing(i32);

#[graphql_object]
#[graphql(context = Context)]
impl Thing {
    fn id(&self) -> i32 {
        self.0
    }

    fn name(&self) -> String {
        format!("thing {}", self.0)
    }

    fn things(first: Option<i32>, last: Option<i32>) -> ThingConnection {
        ThingConnection(first.or(last).unwrap_or(0))
    }

    fn tags() -> Vec<Thing> {
        vec![Thing(1)]
    }
}

pub struct ThingConnection(i32);

#[graphql_object]
#[graphql(context = Context)]
impl ThingConnection {
    fn nodes(&self) -> Vec<Thing> {
        (0..self.0).map(Thing).collect()
    }

    fn total_count(&self) -> i32 {
        self.0
    }
}

pub struct Query;

#[graphql_object]
#[graphql(context = Context)]
impl Query {
    fn thing(id: i32) -> Thing {
        Thing(id)
    }

    fn things(first: Option<i32>, last: Option<i32>) -> ThingConnection {
        ThingConnection(first.or(last).unwrap_or(0))
    }

    fn day(on: Day) -> String {
        on.0
    }

    fn viewer(context: &Context) -> String {
        context.0.actor.subject.to_string()
    }

    fn after(context: &Context) -> Option<String> {
        context.1.clone()
    }

    fn forbidden() -> FieldResult<i32> {
        Err(GraphqlError::new(Code::Forbidden, "not for you").into_field_error())
    }

    fn leak() -> FieldResult<Option<i32>> {
        Err("a password, in an error that nobody meant for clients")?
    }

    fn crash() -> i32 {
        panic!("a password, in a panic")
    }

    /// Works until nobody waits any more.
    fn slow(context: &Context) -> FieldResult<i32> {
        loop {
            context.0.asker.check().map_err(IntoFieldError::into_field_error)?;
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until nobody waits any more.
    fn alone(context: &Context) -> FieldResult<i32> {
        WAITING.fetch_add(1, Ordering::SeqCst);
        let asker = context.0.asker.clone();
        Handle::current().block_on(asker.clone().gone());
        if asker.deadline().left().is_zero() {
            return Err(Deadline::passed().into_field_error());
        }
        LEFT.fetch_add(1, Ordering::SeqCst);
        Ok(1)
    }

    /// Looks through more things than anybody waits for, until nobody does any more.
    fn endless(context: &Context) -> i32 {
        WAITING.fetch_add(1, Ordering::SeqCst);
        let asker = &context.0.asker;
        let seen = (0..i64::MAX).take_while(|_| asker.still_waits()).count();
        LEFT.fetch_add(1, Ordering::SeqCst);
        i32::try_from(seen).unwrap_or(i32::MAX)
    }

    /// Works longer than anybody waits.
    fn stuck() -> i32 {
        std::thread::sleep(Duration::from_secs(1));
        1
    }
}

pub struct Mutation;

#[graphql_object]
#[graphql(context = Context)]
impl Mutation {
    fn record(text: String) -> String {
        RECORDED.fetch_add(1, Ordering::SeqCst);
        text
    }
}

pub type Root = RootNode<Query, Mutation, EmptySubscription<Context>>;

pub fn root() -> Root {
    Root::new(Query, Mutation, EmptySubscription::new())
}

pub struct Toy {
    root: Root,
    verifier: Verifier,
    pub tokens: Vec<String>,
    reached: Mutex<Option<String>>,
}

/// The time on the toy's clock.
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

impl Toy {
    pub fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let key = SigningKey::load_or_make(data.path()).unwrap();
        let token = |n| {
            let (subject, grants) = (SubjectId(Uuid::from_u128(n)), vec![Grant::of(Role::Auditor)]);
            token::issue(&key, token::Request { subject, grants, lifetime: Duration::from_hours(1) }, now()).unwrap()
        };
        let tokens = (1..=3).map(token).collect();
        Self { root: root(), verifier: Verifier::new([key.public().clone()]), tokens, reached: Mutex::default() }
    }
}

impl Scans for Toy {
    fn of_field(&self, _: &str, _: &str) -> u64 {
        0
    }

    fn of_argument(&self, _: &str) -> u64 {
        0
    }
}

impl Service for Toy {
    type Query = Query;
    type Mutation = Mutation;
    type Subscription = EmptySubscription<Context>;
    type Context = Context;

    fn root(&self) -> &Root {
        &self.root
    }

    fn reason(&self, name: &str, text: &str) -> Option<Box<str>> {
        if name == "Day" { Day::read(text).err() } else { None }
    }

    fn authenticate(&self, token: &str) -> Result<Actor, TokenError> {
        let actor = self.verifier.verify(token, now())?;
        // The second subject's tokens are for reading, the third's for recording.
        let narrowed = match actor.subject.0.as_u128() {
            2 => Scopes::parse("milepost:read"),
            3 => Scopes::parse("milepost:write"),
            _ => actor.scopes,
        };
        Ok(Actor { scopes: narrowed, ..actor })
    }

    async fn reached(&self, _: &Inquiry, after: &str) -> Result<(), GraphqlError> {
        if after == "the future" {
            return Err(GraphqlError::new(Code::Stale, "not yet on record here; ask again"));
        }
        *self.reached.lock().unwrap() = Some(after.to_owned());
        Ok(())
    }

    fn context(&self, inquiry: Inquiry) -> Context {
        Context(inquiry, self.reached.lock().unwrap().take())
    }
}
