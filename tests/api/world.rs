//! A server of one's own, and those who ask it.

use std::{
    collections::BTreeSet,
    net::TcpListener,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{
    Actor, Grant, Role,
    keys::SigningKey,
    seal::Sealer,
    token::{self, Verifier},
};
use actix_web::{App as Http, HttpServer, dev::ServerHandle, rt::System, web};
use api::{Api, Daily};
use app::App;
use chrono::{DateTime, Utc};
use graphql::{
    http::{Endpoint, Settings},
    socket::Sockets,
    throttle::Allowance,
};
use law::Rulebook;
use projections::{Picture, views::ladder::Ladders};
use schema::{Position, SubjectId};
use serde_json::{Value, json};
use store::embedded::EmbeddedStore;
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinHandle};
use uuid::Uuid;

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// An instant at which the clock of a still world stands.
pub fn noon() -> DateTime<Utc> {
    "2026-07-01T12:00:00Z".parse().unwrap()
}

/// A server with everything behind it.
pub struct World {
    pub app: Arc<App>,
    runtime: Runtime,
    projector: JoinHandle<()>,
    server: ServerHandle,
    endpoint: web::Data<Endpoint<Api>>,
    key: SigningKey,
    url: String,
    clock: fn() -> DateTime<Utc>,
    sent: Arc<Mutex<BTreeSet<String>>>,
    _directory: TempDir,
}

/// `text` without the microseconds of the instants of a world in which no time passes.
pub fn without_counts(text: &str) -> String {
    let mut parts = text.split("T12:00:00.");
    let first = parts.next().unwrap_or_default().to_owned();
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).count();
    parts.fold(first, |text, part| text + "T12:00:00" + &part[digits(part)..])
}

impl World {
    /// A world by the clock of the machine.
    pub fn new() -> Self {
        Self::by(Utc::now, Sockets::default())
    }

    /// A world in which no time passes: what is asked twice is answered in the same bytes. There the microseconds of an
    /// instant count commands, which a clock that runs does not: see [`without_counts`].
    pub fn still() -> Self {
        Self::by(noon, Sockets::default())
    }

    /// A world by `clock`, with WebSockets that do as `sockets` says.
    pub fn by(clock: fn() -> DateTime<Utc>, sockets: Sockets) -> Self {
        Self::under(clock, sockets, Rulebook::shipped().unwrap())
    }

    /// The same under the permitting regimes of `law`.
    pub fn under(clock: fn() -> DateTime<Utc>, sockets: Sockets, law: Rulebook) -> Self {
        Self::made(clock, sockets, law, |api| api)
    }

    /// A world by `clock` in which nobody records more than `most` in a day.
    pub fn limiting(clock: fn() -> DateTime<Utc>, most: Daily) -> Self {
        Self::made(clock, Sockets::default(), Rulebook::shipped().unwrap(), |api| api.limiting(most))
    }

    fn made(clock: fn() -> DateTime<Utc>, sockets: Sockets, law: Rulebook, adjust: impl FnOnce(Api) -> Api) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let store = Arc::new(EmbeddedStore::open_with_clock(directory.path(), clock).unwrap());
        let ladders = Ladders::shipped().unwrap();
        let (app, projector) = App::with_rules(store, Picture::default(), clock, ladders, law);
        let projector = runtime.spawn(projector.run());
        runtime.block_on(app.caught_up(PATIENCE)).unwrap();
        let key = SigningKey::load_or_make(directory.path()).unwrap();
        let verifier = Verifier::new(vec![key.public().clone()]);
        let api = Api::new(Arc::clone(&app), verifier, Sealer::new(&[7; 32]).unwrap(), runtime.handle().clone());
        let endpoint = web::Data::new(Endpoint::new(adjust(api), settings(sockets)));
        let (url, server) = serve(endpoint.clone());
        Self { app, runtime, projector, server, endpoint, key, url, clock, sent: Arc::default(), _directory: directory }
    }

    /// Somebody with these grants, under a subject of their own.
    pub fn client(&self, grants: impl Into<Vec<Grant>>) -> Client {
        self.client_as(SubjectId(Uuid::new_v4()), grants)
    }

    /// Somebody with these grants.
    pub fn client_as(&self, subject: SubjectId, grants: impl Into<Vec<Grant>>) -> Client {
        let now = u64::try_from((self.clock)().timestamp()).unwrap();
        let request = token::Request { subject, grants: grants.into(), lifetime: Duration::from_hours(1) };
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        Client {
            url: self.url.clone(),
            token: token::issue(&self.key, request, now).unwrap(),
            agent: config.build().into(),
            sent: Arc::clone(&self.sent),
        }
    }

    /// Who a client is by their token.
    pub fn actor(&self, client: &Client) -> Actor {
        self.endpoint.bearer(client.token()).unwrap()
    }

    /// Who reads everything.
    pub fn auditor(&self) -> Client {
        self.client([Grant::of(Role::Auditor)])
    }

    /// Where the log ends.
    pub fn head(&self) -> Option<Position> {
        self.runtime.block_on(self.app.store().head()).unwrap()
    }

    /// The mutations that were sent with success so far.
    pub fn sent(&self) -> BTreeSet<String> {
        self.sent.lock().unwrap().clone()
    }

    /// Waits for what the app does.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Where the API is, without the path.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches("/graphql")
    }

    /// Closes the WebSockets, as a service does that stops.
    pub fn close_sockets(&self) {
        self.endpoint.close_sockets();
    }

    /// From now on the picture stays as it is.
    pub fn stop_projector(&self) {
        self.projector.abort();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.projector.abort();
        drop(self.server.stop(false));
    }
}

fn settings(sockets: Sockets) -> Settings {
    let points = NonZeroU32::new(1_000_000_000).unwrap();
    let allowance = Allowance { burst: points, restored_per_second: points };
    Settings { allowance, sockets, ..Settings::default() }
}

fn serve(endpoint: web::Data<Endpoint<Api>>) -> (String, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let server = HttpServer::new(move || Http::new().configure(Endpoint::mount(endpoint.clone())));
        System::new().block_on(async move {
            let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
            sender.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (url, receiver.recv().unwrap())
}

/// Somebody who asks, with a token.
#[derive(Clone)]
pub struct Client {
    url: String,
    token: String,
    agent: ureq::Agent,
    sent: Arc<Mutex<BTreeSet<String>>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// The code of the first error; empty without one.
    pub fn code(&self) -> &str {
        let code = self.body["errors"][0]["extensions"]["code"].as_str();
        code.or_else(|| self.body["code"].as_str()).unwrap_or_default()
    }

    /// The data, where nothing failed.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body["errors"].is_null(), "{}", self.text);
        &self.body["data"]
    }
}

/// The name of the type of the input of `mutation`.
pub fn input_type(mutation: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    format!("{}{rest}Input", first.to_uppercase())
}

/// The field of the payload that holds the thing.
pub fn thing_field(mutation: &str) -> &'static str {
    let word: String = mutation.chars().take_while(char::is_ascii_lowercase).collect();
    match word.as_str() {
        "organisation" => "organisation",
        "cluster" => "cluster",
        "project" | "milestone" => "project",
        "permit" => "permit",
        "exchange" => "register",
        "initiative" => "initiative",
        "programme" => "programme",
        "award" => "award",
        "partnership" => "partnership",
        "policy" => "policyMeasure",
        "subject" | "membership" | "token" | "sessions" => "subject",
        _ => "thing",
    }
}

/// The document that sends `mutation`.
pub fn document(mutation: &str) -> String {
    let (input, thing) = (input_type(mutation), thing_field(mutation));
    format!(
        "mutation($input: {input}!) {{ {mutation}(input: $input) {{
            {thing} {{ id }} position facts warnings {{ code message }} userErrors {{ code field message facts }} }} }}"
    )
}

impl Client {
    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends `body` as it stands.
    pub fn post(&self, body: &str, after: Option<&str>) -> Reply {
        let mut request = self.agent.post(&self.url).header("authorization", format!("Bearer {}", self.token));
        request = request.header("content-type", "application/json").header("accept", "application/graphql-response+json");
        if let Some(after) = after {
            request = request.header("milepost-after", after);
        }
        let mut response = request.send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        Reply { status: response.status().as_u16(), body: serde_json::from_str(&text).unwrap(), text }
    }

    /// Asks.
    pub fn ask_with(&self, query: &str, variables: &Value) -> Reply {
        self.post(&json!({ "query": query, "variables": variables }).to_string(), None)
    }

    /// Asks without variables.
    pub fn ask(&self, query: &str) -> Reply {
        self.ask_with(query, &json!({}))
    }

    /// What is answered where nothing fails.
    #[track_caller]
    pub fn get(&self, query: &str) -> Value {
        self.ask(query).data().clone()
    }

    /// Asks, knowing of what was written.
    pub fn ask_after(&self, query: &str, position: &str) -> Reply {
        self.post(&json!({ "query": query }).to_string(), Some(position))
    }

    /// Sends a command, whatever comes of it.
    pub fn send(&self, mutation: &str, input: &Value) -> Reply {
        self.ask_with(&document(mutation), &json!({ "input": input }))
    }

    /// Records, and gives back the payload.
    #[track_caller]
    pub fn record(&self, mutation: &str, input: &Value) -> Value {
        let reply = self.send(mutation, input);
        let payload = reply.data()[mutation].clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation} {input}");
        assert!(payload["position"].is_string() && payload["facts"][0].is_string(), "{mutation}: {payload}");
        self.sent.lock().unwrap().insert(mutation.to_owned());
        payload
    }

    /// Brings a thing on record, and gives back its id.
    #[track_caller]
    pub fn found(&self, mutation: &str, input: &Value) -> String {
        self.record(mutation, input)[thing_field(mutation)]["id"].as_str().unwrap().to_owned()
    }

    /// Records, and gives back the id of the fact.
    #[track_caller]
    pub fn fact(&self, mutation: &str, input: &Value) -> String {
        self.record(mutation, input)["facts"][0].as_str().unwrap().to_owned()
    }

    /// The code with which a rule refuses a command.
    #[track_caller]
    pub fn refusal(&self, mutation: &str, input: &Value) -> String {
        let reply = self.send(mutation, input);
        let payload = &reply.data()[mutation];
        assert_eq!(payload["position"], Value::Null, "{}", reply.text);
        payload["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }
}
