//! A small world: two clusters, a project in each, a permit for the first and one for both.

use std::{
    collections::VecDeque,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use access::{
    Actor, Grant, Role,
    keys::SigningKey,
    token::{self, Verifier},
};
use app::{App, Founds, HandleError, Order, Receipt, RecordError, Submission, Target};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Command, Intent};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream, stream::BoxStream};
use projections::{
    Across, Kinded, Picture,
    things::{Cluster, Organisation, Permit, Project},
};
use schema::{
    Act, AsideStream, ClusterId, CommandId, Date, Evidence, Fact, Kind, Line, Metadata, NewEvent, Note, OrganisationId, PermitId,
    Position, ProjectId, StoredEvent, SubjectId, ThingId, Visibility,
    cluster::ClusterRegistered,
    organisation::{OrganisationKind, OrganisationRegistered},
    permit::{ApplicationSubmitted, Condition, DecidedBy, PermitGranted, PermitIdentified},
    project::{ProjectRegistered, ProjectStageEntered, Stage},
};
use store::{AppendError, Appended, Delivery, EventStore, Expected, StoreError, embedded::EmbeddedStore};
use tempfile::TempDir;
use tokio::{sync::RwLock, task::JoinHandle};
use uuid::Uuid;

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn line(text: &str) -> Line {
    text.parse().unwrap()
}

pub fn note(text: &str) -> Note {
    text.parse().unwrap()
}

pub fn start() -> DateTime<Utc> {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

const fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub const HUMBER: ClusterId = ClusterId::new(uuid(11));
pub const TEESSIDE: ClusterId = ClusterId::new(uuid(12));
pub const COUNCIL: OrganisationId = OrganisationId::new(uuid(21));
pub const OTHER_COUNCIL: OrganisationId = OrganisationId::new(uuid(22));
pub const DEVELOPER: OrganisationId = OrganisationId::new(uuid(23));
pub const OTHER_DEVELOPER: OrganisationId = OrganisationId::new(uuid(24));
pub const PIPELINE: ProjectId = ProjectId::new(uuid(31));
pub const FURNACE: ProjectId = ProjectId::new(uuid(32));
/// The permit that the pipeline needs; the council decides.
pub const CROSSING: PermitId = PermitId::new(uuid(41));
/// The permit that both projects need; the council decides.
pub const JETTY: PermitId = PermitId::new(uuid(42));
/// Who recorded the world.
pub const FOUNDER: u128 = 1;

pub fn project(cluster: Option<ClusterId>, lead: Option<OrganisationId>) -> ProjectRegistered {
    ProjectRegistered {
        title: line("a project"),
        cluster,
        lead,
        country: None,
        place: None,
        levers: Vec::new(),
        technology: None,
        capacity: None,
        abatement_t_per_year: None,
        capex: None,
        jobs: None,
        identifiers: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        abatement_bound: None,
        part_of: None,
        capacities: Vec::new(),
        location: None,
        abatement_counted_in: None,
    }
}

pub fn permit(projects: &[ProjectId], authority: OrganisationId) -> PermitIdentified {
    PermitIdentified {
        title: line("a permit"),
        instrument: line("planning permission"),
        authority: Some(authority),
        jurisdiction: None,
        regime: None,
        case: None,
        legal_basis: None,
        projects: projects.to_vec(),
        clusters: Vec::new(),
        reference: None,
        identifiers: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
    }
}

pub fn organisation(name: &str) -> OrganisationRegistered {
    let kind = OrganisationKind::Company;
    OrganisationRegistered { name: line(name), kind, country: None, lei: None, identifiers: Vec::new() }
}

pub fn submitted() -> ApplicationSubmitted {
    ApplicationSubmitted { reference: None, received_on: None }
}

pub fn entered(stage: Stage) -> ProjectStageEntered {
    ProjectStageEntered { stage }
}

pub fn granted() -> PermitGranted {
    let condition = Condition {
        reference: line("1"),
        text: note("survey the bats"),
        before_construction: false,
        due_on: None,
        recurs: None,
        until: None,
    };
    PermitGranted {
        decided_by: DecidedBy::Authority,
        conditions: vec![condition],
        valid_until: None,
        challengeable_until: None,
        announced_on: None,
        reference: None,
    }
}

pub fn document(title: &str) -> Evidence {
    Evidence::titled(line(title))
}

/// Whoever bears a token with these grants; actors are real, since tokens are.
pub fn actor(subject: u128, grants: impl Into<Vec<Grant>>) -> Actor {
    static KEY: LazyLock<(SigningKey, TempDir)> = LazyLock::new(|| {
        let data = tempfile::tempdir().unwrap();
        (SigningKey::load_or_make(data.path()).unwrap(), data)
    });
    let (key, now) = (&KEY.0, SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs());
    let request = token::Request { subject: SubjectId(uuid(subject)), grants: grants.into(), lifetime: Duration::from_hours(1) };
    let token = token::issue(key, request, now).unwrap();
    Verifier::new([key.public().clone()]).verify(&token, now).unwrap()
}

pub fn administrator() -> Actor {
    actor(101, [Grant::of(Role::Administrator)])
}

pub fn manager_of(cluster: ClusterId) -> Actor {
    actor(102, [Grant { clusters: vec![cluster], ..Grant::of(Role::ClusterManager) }])
}

pub fn lead_of(project: ProjectId) -> Actor {
    actor(103, [Grant { projects: vec![project], ..Grant::of(Role::ProjectLead) }])
}

pub fn regulator_at(authority: OrganisationId) -> Actor {
    actor(104, [Grant { organisation: Some(authority), ..Grant::of(Role::Regulator) }])
}

/// What becomes of an append or of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The events are appended, and the reply is lost.
    ReplyLost,
    /// The events are not appended, and nobody says so.
    RequestLost,
    /// The store says that it can't be used.
    Refused,
}

/// The embedded store, whose replies and deliveries get lost as a test wants it.
pub struct Frail {
    inner: EmbeddedStore,
    pub appends: Mutex<VecDeque<Fault>>,
    /// Why each probe fails, one after the other.
    pub probes: Mutex<VecDeque<&'static str>>,
    /// After how many deliveries each subscription fails, one after the other.
    pub subscriptions: Mutex<VecDeque<usize>>,
    /// Whoever holds it to write holds all appends up.
    pub gate: RwLock<()>,
    /// How many appends were asked for.
    pub asked: AtomicUsize,
    /// Whether it says that its log has to be sealed, as one in a database does.
    to_be_sealed: bool,
}

impl EventStore for Frail {
    fn append(&self, thing: ThingId, expected: Expected, events: Vec<NewEvent>) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let fault = self.appends.lock().unwrap().pop_front();
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let _open = self.gate.read().await;
            match fault {
                None => self.inner.append(thing, expected, events).await,
                Some(Fault::ReplyLost) => {
                    self.inner.append(thing, expected, events).await?;
                    Err(AppendError::Unknown("the reply is lost".into()))
                }
                Some(Fault::RequestLost) => Err(AppendError::Unknown("the request is lost".into())),
                Some(Fault::Refused) => Err(StoreError("the store is closed".into()).into()),
            }
        })
    }

    fn append_aside(
        &self,
        stream: &AsideStream,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.inner.append_aside(stream, expected, events)
    }

    fn to_be_sealed(&self) -> Option<&str> {
        self.to_be_sealed.then_some("milepost")
    }

    fn is_shared(&self) -> bool {
        self.to_be_sealed
    }

    fn read(&self, thing: ThingId) -> BoxStream<'_, Result<StoredEvent, StoreError>> {
        self.inner.read(thing)
    }

    fn subscribe(&self, after: Option<Position>) -> BoxStream<'static, Result<Delivery, StoreError>> {
        let whole = self.inner.subscribe(after);
        match self.subscriptions.lock().unwrap().pop_front() {
            None => whole,
            Some(most) => {
                let fault = stream::iter([Err(StoreError("the connection is lost".into()))]);
                whole.take(most).chain(fault).boxed()
            }
        }
    }

    fn head(&self) -> BoxFuture<'_, Result<Option<Position>, StoreError>> {
        self.inner.head()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        let fault = self.probes.lock().unwrap().pop_front();
        Box::pin(async move {
            match fault {
                None => self.inner.probe().await,
                Some(reason) => Err(StoreError(reason.into())),
            }
        })
    }
}

/// A store, its app and its projector.
pub struct World {
    pub app: Arc<App>,
    pub store: Arc<Frail>,
    projector: JoinHandle<()>,
    _data: TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.projector.abort();
    }
}

impl World {
    /// A world of which nothing is recorded.
    pub fn empty() -> Self {
        Self::failing([])
    }

    /// An empty world whose log has to be sealed.
    pub fn to_be_sealed() -> Self {
        Self::over([], true)
    }

    /// An empty world whose subscriptions fail after so many deliveries.
    pub fn failing(subscriptions: impl IntoIterator<Item = usize>) -> Self {
        Self::over(subscriptions, false)
    }

    fn over(subscriptions: impl IntoIterator<Item = usize>, to_be_sealed: bool) -> Self {
        let data = tempfile::tempdir().unwrap();
        // Every event is recorded a millisecond after the one before it.
        let passed = AtomicI64::new(0);
        let clock = move || start() + TimeDelta::milliseconds(passed.fetch_add(1, Ordering::Relaxed));
        let inner = EmbeddedStore::open_with_clock(data.path(), clock).unwrap();
        let subscriptions = Mutex::new(subscriptions.into_iter().collect());
        let store = Arc::new(Frail {
            inner,
            appends: Mutex::default(),
            probes: Mutex::default(),
            subscriptions,
            gate: RwLock::default(),
            asked: AtomicUsize::default(),
            to_be_sealed,
        });
        let (app, projector) = App::new(Arc::clone(&store) as Arc<dyn EventStore>, Picture::default(), start);
        Self { app, store, projector: tokio::spawn(projector.run()), _data: data }
    }

    pub async fn new() -> Self {
        let world = Self::empty();
        world.found().await;
        world
    }

    async fn found(&self) {
        for (organisation_id, name) in [
            (COUNCIL, "council"),
            (OTHER_COUNCIL, "other council"),
            (DEVELOPER, "developer"),
            (OTHER_DEVELOPER, "other developer"),
        ] {
            self.lay::<Organisation>(organisation_id, organisation(name)).await;
        }
        for (cluster, name) in [(HUMBER, "Humber"), (TEESSIDE, "Teesside")] {
            let registered = ClusterRegistered {
                name: line(name),
                country: "GB".parse().unwrap(),
                place: None,
                sectors: Vec::new(),
                signatory_since: None,
                identifiers: Vec::new(),
                location: None,
            };
            self.lay::<Cluster>(cluster, registered).await;
        }
        self.lay::<Project>(PIPELINE, project(Some(HUMBER), Some(DEVELOPER))).await;
        self.lay::<Project>(FURNACE, project(Some(TEESSIDE), Some(OTHER_DEVELOPER))).await;
        self.lay::<Permit>(CROSSING, permit(&[PIPELINE], COUNCIL)).await;
        self.lay::<Permit>(JETTY, permit(&[PIPELINE, FURNACE], COUNCIL)).await;
    }

    /// Records `fact` of 1 January 2024, whoever may say so.
    pub async fn lay<S: Across>(&self, thing: impl Into<ThingId>, fact: impl Into<S::Fact>) -> Receipt {
        let intent = Intent::State(fact.into());
        self.record::<S>(thing, command(FOUNDER, Uuid::new_v4().as_u128(), intent, "2024-01-01")).await.unwrap()
    }

    /// Records `command`, and waits until it is in the picture.
    pub async fn record<S: Across>(&self, thing: impl Into<ThingId>, command: Command<S::Fact>) -> Result<Receipt, RecordError> {
        let submission = Submission { thing: thing.into(), commands: vec![command], expected_revision: None };
        let receipt = self.app.record::<S>(&submission).await?;
        self.seen(&receipt).await;
        Ok(receipt)
    }

    /// Puts `act` into the log as an earlier build recorded it, whatever is refused by now.
    pub async fn append_as_it_was<S: Kinded>(&self, thing: impl Into<ThingId>, command: &Command<S::Fact>, act: Act<S::Fact>) {
        let thing = thing.into();
        let known = self.app.picture().thing::<S>(thing).cloned();
        let (revision, leaf) = known.map_or((None, None), |thing| (thing.revision(), thing.leaf()));
        let event = NewEvent::encode(command.event_id(thing), &command.metadata, &act, leaf).unwrap();
        let appended = self.store.append(thing, Expected::after(revision), vec![event]).await.unwrap();
        self.app.reached(thing, appended.revision, PATIENCE).await.unwrap();
    }

    pub async fn handle<S: Across<Fact: Founds>>(&self, actor: &Actor, order: Order<S::Fact>) -> Result<Receipt, HandleError> {
        let receipt = self.app.handle::<S>(&Arc::new(actor.clone()), order).await?;
        self.seen(&receipt).await;
        Ok(receipt)
    }

    async fn seen(&self, receipt: &Receipt) {
        if let Some(revision) = receipt.revision {
            self.app.reached(receipt.thing, revision, PATIENCE).await.unwrap();
        }
    }

    /// Every event of `thing` in the log.
    pub async fn events(&self, thing: impl Into<ThingId>) -> Vec<StoredEvent> {
        self.store.read(thing.into()).try_collect().await.unwrap()
    }

    /// Every event of the log.
    pub async fn log(&self) -> Vec<StoredEvent> {
        let delivered = self.store.inner.subscribe(None);
        let until = delivered.try_take_while(|delivery| std::future::ready(Ok(*delivery != Delivery::CaughtUp)));
        let event = |delivery| match delivery {
            Delivery::Event(event) => Some(event),
            _ => None,
        };
        until.try_filter_map(|delivery| std::future::ready(Ok(event(delivery)))).try_collect().await.unwrap()
    }

    /// How many events are in the log.
    pub async fn events_count(&self) -> usize {
        self.log().await.len()
    }
}

/// A command as an importer or a test gives it.
pub fn command<F: Fact>(subject: u128, id: u128, intent: Intent<F>, on: &str) -> Command<F> {
    let metadata = Metadata::new(date(on), SubjectId(uuid(subject)), CommandId(uuid(id)), Uuid::nil());
    Command { intent, metadata, may_override: false, now: start(), index: 0 }
}

/// An order as the API gives it.
pub fn order<F: Fact>(target: Target, intent: Intent<F>, on: &str) -> Order<F> {
    Order {
        target,
        intent,
        occurred_on: date(on),
        published_on: None,
        evidence: Vec::new(),
        visibility: Some(Visibility::default()),
        override_reason: None,
        language: None,
        command_id: None,
        correlation_id: Uuid::nil(),
        expected_revision: None,
    }
}

/// To state `fact` of `thing`.
pub fn to_state<F: Fact>(thing: impl Into<ThingId>, fact: impl Into<F>, on: &str) -> Order<F> {
    order(Target::Existing(thing.into()), Intent::State(fact.into()), on)
}

/// To bring a new thing on record with `fact`.
pub fn to_found<F: Fact>(kind: Kind, fact: impl Into<F>) -> Order<F> {
    order(Target::New(kind), Intent::State(fact.into()), "2024-02-01")
}
