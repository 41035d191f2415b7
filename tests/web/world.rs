//! A server of one's own with a cluster of which everything is on record, and those who look at it.
//!
//! Everything in it is invented.

use std::{collections::HashMap, sync::Arc, time::Duration};

use access::{Grant, Role, keys::SigningKey, token};
use actix_web::{dev::ServerHandle, web};
use app::App;
use chrono::Utc;
use milepost::{
    http::{self, Service},
    settings::{Allowance, Settings},
    startup::Keys,
};
use projections::Picture;
use schema::SubjectId;
use serde_json::{Value, json};
use store::embedded::EmbeddedStore;
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinHandle};
use uuid::Uuid;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub address: String,
    pub key: SigningKey,
    _runtime: Runtime,
    server: ServerHandle,
    projector: JoinHandle<()>,
    _directory: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(&Settings::default())
    }

    /// A world in which nobody may ask for more than `allowance` at once.
    pub fn sparing(allowance: Allowance) -> Self {
        Self::with(&Settings { allowance, ..Settings::default() })
    }

    fn with(settings: &Settings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let store = Arc::new(EmbeddedStore::open(directory.path()).unwrap());
        let (app, projector) = App::new(store, Picture::default(), Utc::now);
        let projector = runtime.spawn(projector.run());
        runtime.block_on(app.caught_up(PATIENCE)).unwrap();
        let keys = Keys::open(directory.path()).unwrap();
        let endpoint = {
            let _entered = runtime.enter();
            web::Data::new(keys.endpoint(Arc::clone(&app), settings))
        };
        let listener = http::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = runtime.block_on(async {
            let metrics = http::measure();
            let service = Service { app, endpoint, key_set: Arc::new(|| Value::Null), metrics, commits: Arc::new(|| 0) };
            let outside = http::Outside { hosts: settings.hosts().unwrap(), proxies: settings.proxies().unwrap() };
            let doors = http::Doors { outside, ..http::Doors::one(listener) };
            let server = http::start(service, doors, Duration::from_secs(1)).unwrap();
            let handle = server.handle();
            tokio::spawn(server);
            handle
        });
        let key = SigningKey::load_or_make(directory.path()).unwrap();
        Self { address, key, _runtime: runtime, server, projector, _directory: directory }
    }

    pub fn token(&self, grant: Grant, lifetime: Duration) -> String {
        let request = token::Request { subject: SubjectId(Uuid::new_v4()), grants: vec![grant], lifetime };
        token::issue(&self.key, request, Utc::now().timestamp().try_into().unwrap()).unwrap()
    }

    /// Somebody with `grant`, signed in.
    pub fn somebody(&self, grant: Grant) -> Visitor {
        Visitor { address: self.address.clone(), token: Some(self.token(grant, Duration::from_hours(1))) }
    }

    pub fn of(&self, role: Role) -> Visitor {
        self.somebody(Grant::of(role))
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> Visitor {
        Visitor { address: self.address.clone(), token: None }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.projector.abort();
        drop(self.server.stop(false));
    }
}

/// What an address answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Reply {
    pub fn of(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = response.unwrap();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Self {
            status: response.status().as_u16(),
            headers: headers.collect(),
            // A workbook is no text; of what it holds nothing is looked at here.
            body: String::from_utf8_lossy(&response.body_mut().read_to_vec().unwrap()).into_owned(),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in\n{}", self.body);
        self
    }

    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in\n{}", self.body);
        self
    }
}

pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(PATIENCE));
    config.build().into()
}

/// Somebody who looks at pages, and who can record.
pub struct Visitor {
    pub address: String,
    pub token: Option<String>,
}

impl Visitor {
    /// What a browser gets at `path`.
    pub fn open(&self, path: &str) -> Reply {
        let mut request = agent().get(format!("{}{path}", self.address)).header("accept", "text/html,*/*;q=0.8");
        if let Some(token) = &self.token {
            request = request.header("cookie", format!("milepost_session={token}"));
        }
        Reply::of(request.call())
    }

    /// How the page at `path` is encoded for whoever takes gzip, whether caches are told that it varies, and its length so.
    pub fn compressed(&self, path: &str) -> (String, bool, usize) {
        let request =
            agent().get(format!("{}{path}", self.address)).header("accept", "text/html").header("accept-encoding", "gzip");
        let request = request.header("cookie", format!("milepost_session={}", self.token.as_deref().unwrap_or_default()));
        let mut response = request.call().unwrap();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let varies = response.headers().get_all("vary").iter().filter_map(|value| value.to_str().ok());
        let varies = varies.collect::<Vec<_>>().join(",").to_lowercase().contains("accept-encoding");
        let encoding = header("content-encoding");
        (encoding, varies, response.body_mut().read_to_vec().unwrap().len())
    }

    /// The page at `path`, which has to be one.
    #[track_caller]
    pub fn page(&self, path: &str) -> Reply {
        let reply = self.open(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"), "{path}: {}", reply.body);
        reply
    }

    /// Records over the API, and gives back the payload's `wanted`, or the id of the fact.
    #[track_caller]
    fn send(&self, mutation: &str, wanted: &str, input: &Value) -> String {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let thing = if wanted.is_empty() { String::new() } else { format!("{wanted} {{ id }}") };
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {thing} facts userErrors {{ code message }} }} }}"
        );
        let request = agent().post(format!("{}/graphql", self.address));
        let request = request.header("authorization", format!("Bearer {}", self.token.as_ref().unwrap()));
        let mut response = request.send_json(json!({ "query": query, "variables": { "input": input } })).unwrap();
        let answer: Value = response.body_mut().read_json().unwrap();
        let payload = &answer["data"][mutation];
        assert_eq!(payload["userErrors"], json!([]), "{mutation} {input}: {answer}");
        let id = if wanted.is_empty() { &payload["facts"][0] } else { &payload[wanted]["id"] };
        id.as_str().unwrap().to_owned()
    }

    /// Brings a thing on record, and gives back its id.
    #[track_caller]
    pub fn found(&self, mutation: &str, kind: &str, input: Value) -> String {
        self.send(mutation, kind, &input)
    }

    /// Records a fact, and gives back its id.
    #[track_caller]
    pub fn fact(&self, mutation: &str, input: Value) -> String {
        self.send(mutation, "", &input)
    }
}

/// A title that would be markup if it were not escaped.
pub const MARKUP: &str = "Heat <script>alert(\"1\")</script> & 'more'";

/// A cluster, what belongs to it, and who has to do with it.
pub struct Harbour {
    pub world: World,
    pub cluster: String,
    pub project: String,
    pub permit: String,
    pub authority: String,
    pub award: String,
    /// The fact that was put in another's place.
    pub corrected: String,
    pub manager: Visitor,
    pub regulator: Visitor,
    pub funder: Visitor,
}

impl Harbour {
    pub fn new() -> Self {
        let world = World::new();
        let administrator = world.of(Role::Administrator);
        let organisation = |name: &str, kind: &str| {
            administrator.found(
                "organisationRegister",
                "organisation",
                json!({ "name": name, "kind": kind, "country": "GB", "occurredOn": "2020" }),
            )
        };
        let [hydrogen, authority, fund] = [
            organisation("Example Hydrogen Ltd", "COMPANY"),
            organisation("Sampleshire Authority", "AUTHORITY"),
            organisation("Model Fund", "FUNDER"),
        ];
        initiative(&administrator);
        let cluster = administrator.found(
            "clusterRegister",
            "cluster",
            json!({ "name": "Sampleton Harbour", "country": "GB", "place": "Sampleton", "signatorySince": "2023-Q2", "occurredOn": "2023-Q2" }),
        );
        let acting_for =
            |role, organisation: &str| Grant { organisation: Some(organisation.parse().unwrap()), ..Grant::of(role) };
        let manager = world.somebody(Grant { clusters: vec![cluster.parse().unwrap()], ..Grant::of(Role::ClusterManager) });
        let regulator = world.somebody(acting_for(Role::Regulator, &authority));
        let funder = world.somebody(acting_for(Role::Funder, &fund));
        for organisation in [&hydrogen, &fund] {
            administrator
                .fact("clusterMemberJoin", json!({ "cluster": cluster, "organisation": organisation, "occurredOn": "2023-06" }));
        }
        administrator
            .fact("clusterConvenorName", json!({ "cluster": cluster, "organisation": hydrogen, "occurredOn": "2023-06-01" }));
        manager.fact("clusterCharterSign", json!({ "cluster": cluster, "title": "Charter", "occurredOn": "2023-09-12" }));
        manager.fact(
            "clusterTargetSet",
            json!({ "cluster": cluster, "reductionPercent": "55", "targetYear": 2035, "occurredOn": "2023" }),
        );
        accepted_readiness(&manager, &administrator, &cluster);
        let project = manager.found(
            "projectRegister",
            "project",
            json!({ "title": MARKUP, "cluster": cluster, "lead": hydrogen, "levers": ["HYDROGEN"], "occurredOn": "2023-07",
                "capex": { "amount": "210000000", "currency": "GBP" } }),
        );
        manager.fact("projectStageEnter", json!({ "project": project, "stage": "FEASIBILITY", "occurredOn": "2023-12" }));
        let (permit, corrected) = permit(&manager, &regulator, &project, &authority);
        let award = award(&manager, &funder, &project, &fund);
        partnership(&manager, &cluster, [&hydrogen, &fund]);
        Self { world, cluster, project, permit, authority, award, corrected, manager, regulator, funder }
    }

    /// The page of each kind.
    pub fn paths(&self) -> Vec<String> {
        vec![
            "/desk".to_owned(),
            "/initiative".to_owned(),
            format!("/clusters/{}", self.cluster),
            format!("/projects/{}", self.project),
            "/docket".to_owned(),
            "/docket?whose=all&section=no_deadline&order=oldest&court=authority&text=electrolyser".to_owned(),
            "/permits".to_owned(),
            "/permits?open=yes&state=in_review&text=electrolyser".to_owned(),
            "/bottlenecks".to_owned(),
            "/bottlenecks?group=instrument&then=year_submitted&jurisdiction=GB-ENG&since=2024-01-01".to_owned(),
            format!("/permits/{}", self.permit),
            format!("/records/{}", self.permit),
            format!("/records/{}", self.award),
            format!("/awards/{}", self.award),
            format!("/organisations/{}", self.authority),
            "/lists".to_owned(),
            "/search".to_owned(),
            "/search?q=elektrolyser".to_owned(),
            "/search?q=elektrolyser&kind=PERMIT&asKnownAt=2099-03-31".to_owned(),
            "/projects?stage=feasibility&order=stage".to_owned(),
            "/awards".to_owned(),
            "/partnerships?kind=offtake".to_owned(),
            "/organisations".to_owned(),
        ]
    }
}

fn initiative(administrator: &Visitor) {
    let initiative =
        administrator.found("initiativeName", "initiative", json!({ "name": "Example Initiative", "occurredOn": "2020" }));
    for (on, clusters) in [("2022-05", 8), ("2025-01", 4_321)] {
        administrator.fact(
            "initiativeFigureState",
            json!({ "initiative": initiative, "clusters": clusters, "jobs": 120_000, "occurredOn": on }),
        );
    }
}

/// Evidence that counted for a while, so that a level rose and fell.
fn accepted_readiness(manager: &Visitor, administrator: &Visitor, cluster: &str) {
    let filed = manager.fact(
        "clusterCriterionEvidence",
        json!({ "cluster": cluster, "criterion": "readiness", "statement": "ready", "validUntil": "2025-06-30", "occurredOn": "2024-05",
            "evidence": [{ "title": "Readiness report" }] }),
    );
    administrator.fact("factConfirm", json!({ "thing": cluster, "fact": filed, "occurredOn": "2024-05" }));
}

/// A permit whose clock was stopped, and its fact that was corrected.
fn permit(manager: &Visitor, regulator: &Visitor, project: &str, authority: &str) -> (String, String) {
    let permit = manager.found(
        "permitIdentify",
        "permit",
        json!({ "title": "Permission for the electrolyser", "instrument": "planning permission", "authority": authority,
            "jurisdiction": "GB-ENG", "projects": [project], "occurredOn": "2024-03" }),
    );
    let on = |on: &str| json!({ "permit": permit, "occurredOn": on });
    manager.fact("permitApplicationSubmit", on("2024-10-07"));
    regulator.fact("permitApplicationAccept", on("2024-10-21"));
    regulator.fact("permitClockStart", on("2024-10-22"));
    regulator.fact(
        "permitClockStop",
        json!({ "permit": permit, "reason": "bird counts are missing", "responsible": "APPLICANT", "occurredOn": "2024-12-02" }),
    );
    let wrong = regulator.fact("permitClockResume", on("2025-02-10"));
    regulator.fact(
        "permitClockResume",
        json!({ "permit": permit, "occurredOn": "2025-02-18", "corrects": { "fact": wrong, "reason": "misread from the letter" } }),
    );
    (permit, wrong)
}

fn award(manager: &Visitor, funder: &Visitor, project: &str, fund: &str) -> String {
    let award = manager.found(
        "awardIdentify",
        "award",
        json!({ "title": "Grant for the electrolyser", "funder": fund, "projects": [project], "instrument": "GRANT",
            "side": "PUBLIC", "purpose": "FEASIBILITY", "occurredOn": "2024" }),
    );
    let money = |amount: &str| json!({ "amount": amount, "currency": "GBP" });
    funder.fact("awardMake", json!({ "award": award, "amount": money("45000000"), "occurredOn": "2025-01-15" }));
    funder.fact("awardAgreementSign", json!({ "award": award, "obligated": money("44000000"), "occurredOn": "2025-11-03" }));
    funder.fact("awardDisburse", json!({ "award": award, "amount": money("9000000"), "occurredOn": "2026-04" }));
    award
}

/// A partnership of which the agreement is for the parties only.
fn partnership(manager: &Visitor, cluster: &str, parties: [&str; 2]) {
    let partnership = manager.found(
        "partnershipIdentify",
        "partnership",
        json!({ "title": "Hydrogen for the harbour", "kind": "OFFTAKE", "parties": parties, "clusters": [cluster], "occurredOn": "2023-08" }),
    );
    manager.fact(
        "partnershipTermSheetSign",
        json!({ "partnership": partnership, "occurredOn": "2025-05", "visibility": "PARTIES" }),
    );
}
