//! What the benches share: the API at an address of its own, a token for it, and quantiles.

#![allow(dead_code, reason = "each bench takes what it needs")]

use std::{
    net::TcpListener,
    num::NonZeroU32,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use access::{
    Grant,
    keys::SigningKey,
    seal::Sealer,
    token::{self, Request, Verifier},
};
use actix_web::{App as Web, HttpServer, web};
use api::Api;
use app::App;
use graphql::{
    http::{Endpoint, Settings},
    throttle::Allowance,
};
use schema::SubjectId;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use uuid::Uuid;

/// Somebody who asks the API.
#[derive(Clone)]
pub struct Asker {
    /// The address of `/graphql`.
    pub url: String,
    token: String,
    agent: ureq::Agent,
}

/// The API over `app`, at addresses of this machine.
pub struct Site {
    url: String,
    key: SigningKey,
}

impl Site {
    /// Serves `app`, with the keys of `data`, by a thread of its own.
    pub fn serve(app: Arc<App>, data: &Path, settings: Settings) -> Self {
        let key = SigningKey::load_or_make(data).unwrap();
        let sealer = Sealer::load_or_make(data).unwrap();
        let api = Api::new(app, Verifier::new([key.public().clone()]), sealer, Handle::current());
        let endpoint = web::Data::new(Endpoint::new(api, settings));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/graphql", listener.local_addr().unwrap());
        let server = HttpServer::new(move || Web::new().configure(Endpoint::mount(endpoint.clone())));
        tokio::spawn(server.workers(1).h1_allow_half_closed(false).listen(listener).unwrap().run());
        Self { url, key }
    }

    /// Subject number `subject`, with `grants`.
    pub fn asker(&self, subject: u128, grants: Vec<Grant>) -> Asker {
        let token = token_of(&self.key, subject, grants);
        Asker { url: self.url.clone(), token, agent: ureq::Agent::new_with_defaults() }
    }
}

impl Asker {
    /// The same on a connection of their own.
    pub fn another(&self) -> Self {
        Self { agent: ureq::Agent::new_with_defaults(), ..self.clone() }
    }

    /// What `query` is answered with, and how long that took.
    pub fn ask(&self, query: &str, variables: &Value) -> (Value, Duration) {
        let asked = Instant::now();
        let body = json!({ "query": query, "variables": variables });
        let request = self.agent.post(&self.url).header("Authorization", self.authorization());
        let mut answer = request.send_json(&body).unwrap();
        let answer: Value = answer.body_mut().with_config().limit(100 << 20).read_json().unwrap();
        let took = asked.elapsed();
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        (answer, took)
    }

    /// The value of the header that says who asks.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// A token for a day.
pub fn token_of(key: &SigningKey, subject: u128, grants: Vec<Grant>) -> String {
    let request = Request { subject: SubjectId(Uuid::from_u128(subject)), grants, lifetime: Duration::from_hours(24) };
    token::issue(key, request, chrono::Utc::now().timestamp().try_into().unwrap()).unwrap()
}

/// An allowance that no bench uses up.
pub fn plenty() -> Allowance {
    let points = NonZeroU32::new(1_000_000_000).unwrap();
    Allowance { burst: points, restored_per_second: points }
}

/// The settings of a server whose clients are never told to come later.
pub fn generous() -> Settings {
    Settings { allowance: plenty(), ..Settings::default() }
}

/// A quantile of `times`, which are put in order, in ms.
pub fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3
}

/// Resident memory of this process, in MB.
pub fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) * 1_024.0 / 1e6
}
