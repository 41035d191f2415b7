//! An invented register of plants, a record to take it into, and people who correct it.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{Actor, Grant, Role, keys::SigningKey, token};
use app::{App, Founds, Order, Receipt, Submission, Target};
use chrono::Utc;
use domain::{Command, Intent};
use milepost::import::{Edition, Ending, Mapping, Options, Register, Step, Summary, take_edition};
use projections::{
    Across, Kinded, Picture,
    things::{Live, Organisation, Permit, Project, Thing},
};
use schema::{
    AsideStream, CommandId, EventId, Fact, Kind, Line, Metadata, Note, OrganisationId, RegisterId, SubjectId, ThingId,
    Visibility,
    organisation::{OrganisationKind, OrganisationRegistered},
    permit::PermitFact,
    project::{MilestonePlanned, ProjectFact},
};
use store::embedded::EmbeddedStore;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub const OPERATOR: SubjectId = SubjectId(Uuid::from_u128(1));

pub const MAPPING: &str = r#"
[register]
name = "plants"
title = "Register of Plants"

[file]
key = "Key"
edition_date = "As of"

[dates]
formats = ["%d.%m.%Y"]

[organisation.developer]
kind = "company"
name = "Developer"

[organisation.office]
kind = "authority"
name = "Office"

[project]
title = "Name"
since = "Applied"
lead = "developer"
capacity = { column = "MW", unit = "mw" }

[permit]
title = "Name"
since = "Applied"
instrument = { constant = "Permit" }
authority = "office"

[[event]]
field = "submitted"
thing = "permit"
type = "ApplicationSubmitted"
date = "Applied"

[[event]]
field = "granted"
thing = "permit"
type = "PermitGranted"
date = "Granted"
with = { valid_until = "Until" }

[[event]]
field = "refused"
thing = "permit"
type = "PermitRefused"
date = "Refused"

[[event]]
field = "standing"
thing = "project"
type = "ProjectStandingReported"
date = { edition = true }
when = { column = "Status", is = "building" }
with = { stage = { constant = "construction" } }

[[event]]
field = "standing"
thing = "project"
type = "ProjectStandingReported"
date = { edition = true }
when = { column = "Status", is = "given up" }
with = { standing = { constant = "cancelled" } }

[[event]]
field = "grid"
thing = "project"
type = "MilestonePlanned"
date = { edition = true }
with = { milestone = { constant = "grid connection" }, due_on = "Grid" }

[[event]]
field = "connected"
thing = "project"
type = "MilestoneAchieved"
date = "Connected"
with = { milestone = { constant = "grid connection" } }
"#;

const HEADER: &str = "Key,Name,Developer,Office,MW,Applied,Granted,Until,Refused,Status,Grid,Connected,As of";

pub fn mapping(more: &str) -> Mapping {
    Mapping::parse(&MAPPING.replace("[permit]", &format!("{more}\n[permit]")), |file| Err(format!("no {file}")))
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A row; what is not given is blank. `applied` and the like are written `04.05.2020`.
#[derive(Clone)]
pub struct Row {
    cells: [String; 12],
}

pub fn row(key: &str) -> Row {
    let cells = [key, &format!("Plant {key}"), "Sunny Ltd", "North Office", "10", "01.02.2020", "", "", "", "", "", ""];
    Row { cells: cells.map(str::to_owned) }
}

impl Row {
    pub fn with(mut self, column: &str, cell: &str) -> Self {
        let at = HEADER.split(',').position(|name| name == column).unwrap();
        cell.clone_into(&mut self.cells[at]);
        self
    }
}

/// The file of the edition of the first of `month` 2024.
pub fn file(month: u32, rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| format!("{},01.{month:02}.2024\n", row.cells.join(",")));
    format!("{HEADER}\n{}", lines.collect::<String>())
}

/// The mapping of the UK planning register, and its two editions.
pub fn open_repd() -> (Mapping, Register, Register) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mapping = Mapping::open(&root.join("mappings/repd.toml")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let open = |file: &str| Register::open(&root.join("demo").join(file), mapping.format()).unwrap();
    let (q4, q2) = (open("repd-2023q4.csv"), open("repd-2024q2.csv"));
    (mapping, q4, q2)
}

/// A record in a directory of its own, with its projector running.
pub struct Record {
    pub app: Arc<App>,
    projector: JoinHandle<()>,
    key: SigningKey,
    _directory: TempDir,
}

impl Drop for Record {
    fn drop(&mut self) {
        self.projector.abort();
    }
}

impl Record {
    pub fn new() -> Self {
        let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let key = SigningKey::load_or_make(directory.path()).unwrap();
        let store = Arc::new(EmbeddedStore::open(directory.path()).unwrap());
        let (app, projector) = App::new(store, Picture::default(), Utc::now);
        Self { app, projector: tokio::spawn(projector.run()), key, _directory: directory }
    }

    pub async fn take(&self, file: &str) -> Summary {
        self.take_with(file, &mapping(""), false, &|_| {}).await
    }

    pub async fn take_with(&self, file: &str, mapping: &Mapping, dry_run: bool, watch: &(dyn Fn(Step) + Sync)) -> Summary {
        let register = Register::read("plants.csv", file.as_bytes(), mapping.format()).unwrap();
        self.take_register(&register, mapping, dry_run, watch).await
    }

    /// Takes a register, and checks that the summary adds up and says truly how many events were recorded.
    pub async fn take_register(
        &self,
        register: &Register,
        mapping: &Mapping,
        dry_run: bool,
        watch: &(dyn Fn(Step) + Sync),
    ) -> Summary {
        // By which reading of the law clocks are counted is no part of an edition.
        let acts = || {
            let picture = self.app.picture();
            let of_record = picture.wholeness().end_of(&AsideStream::record()).map_or(0, |(revision, _)| revision + 1);
            picture.events() - of_record
        };
        let before = acts();
        let edition = Edition::try_new(mapping, register, None).unwrap_or_else(|errors| panic!("{errors:?}"));
        let options = Options {
            subject: OPERATOR,
            on_behalf_of: None,
            visibility: Visibility::Participants,
            dry_run,
            may_retract_percent: 100,
        };
        let summary = take_edition(&self.app, &edition, &options, watch).await.unwrap();
        assert!(summary.adds_up(), "{summary}");
        self.app.in_step(PATIENCE).await.unwrap();
        assert_eq!(acts() - before, u64::try_from(summary.events).unwrap(), "{summary}");
        summary
    }

    /// Begins to take `file`, and stops once `things` things of the phase are recorded.
    pub async fn take_a_part(&self, file: &str, stop: impl Fn(Step) -> bool + Sync) {
        let reached = tokio::sync::Notify::new();
        let watch = |step| {
            if stop(step) {
                reached.notify_one();
            }
        };
        let mapping = mapping("");
        let run = self.take_with(file, &mapping, false, &watch);
        tokio::select! {
            biased;
            () = reached.notified() => {}
            summary = run => assert_eq!(summary.ending, Ending::Incomplete, "the run was to be cut short"),
        }
        self.settle().await;
    }

    /// Waits for what the store had taken in hand when the run was cut short: what is appended now comes after it.
    async fn settle(&self) {
        let name = Line::try_new("Last").unwrap();
        let last =
            OrganisationRegistered { name, kind: OrganisationKind::Company, country: None, lei: None, identifiers: vec![] };
        let command_id = CommandId(Uuid::new_v4());
        let metadata = Metadata::new("2024-01-01".parse().unwrap(), OPERATOR, command_id, Uuid::new_v4());
        let command = Command { intent: Intent::State(last.into()), metadata, may_override: false, now: Utc::now(), index: 0 };
        let thing = ThingId::derive(Kind::Organisation, OPERATOR, command_id);
        let submission = Submission { thing, commands: vec![command], expected_revision: None };
        self.app.record::<Organisation>(&submission).await.unwrap();
        self.app.in_step(PATIENCE).await.unwrap();
    }

    pub fn permit(&self, key: &str) -> Arc<Thing<Permit>> {
        self.thing(key)
    }

    pub fn project(&self, key: &str) -> Arc<Thing<Project>> {
        self.thing(key)
    }

    fn thing<S: Kinded>(&self, key: &str) -> Arc<Thing<S>> {
        let id = ThingId::from_register(S::Fact::KIND, "plants", &[key]);
        self.app.picture().thing::<S>(id).unwrap().clone()
    }

    /// The live fact that a field of the row of `key` stated.
    pub fn granted(&self, key: &str) -> Option<Live<PermitFact>> {
        let permit = self.permit(key);
        let of_field = |live: &&Live<PermitFact>| live.register_row().is_some_and(|row| row.field.as_str() == "granted");
        permit.live().iter().find(of_field).cloned()
    }

    /// Everything that counts of the projects and permits, in words.
    pub fn live(&self) -> Vec<String> {
        live_of(&self.app.picture())
    }

    pub fn editions(&self) -> Vec<schema::register::RegisterEditionTaken> {
        let picture = self.app.picture();
        let register = picture.thing::<projections::things::Register>(RegisterId::of("plants"));
        register.iter().flat_map(|register| &register.state().editions).map(|edition| edition.taken.clone()).collect()
    }

    /// Somebody of the office that decides on the permits.
    fn officer(&self) -> Actor {
        self.bearer(Role::Regulator, &["authority", "north office"])
    }

    /// Somebody who has `role` for an organisation that rows name.
    fn bearer(&self, role: Role, organisation: &[&str]) -> Actor {
        let organisation = ThingId::from_register(Kind::Organisation, "plants", organisation);
        let grant = Grant { organisation: Some(OrganisationId::try_from(organisation).unwrap()), ..Grant::of(role) };
        let lifetime = Duration::from_mins(10);
        let request = token::Request { subject: SubjectId(Uuid::from_u128(2)), grants: vec![grant], lifetime };
        let now = u64::try_from(Utc::now().timestamp()).unwrap();
        let token = token::issue(&self.key, request, now).unwrap();
        token::Verifier::new([self.key.public().clone()]).verify(&token, now).unwrap()
    }

    /// An officer does something to the permit of the row of `key`.
    pub async fn officer_does(&self, key: &str, on: &str, intent: Intent<PermitFact>) -> Receipt {
        self.does::<Permit>(self.officer(), self.permit(key).id(), on, intent).await
    }

    /// The lead of the project of the row of `key` puts its planned grid connection on another day.
    pub async fn lead_corrects_plan(&self, key: &str, due_on: &str) {
        let project = self.project(key);
        let plan = project.live().iter().find(|live| matches!(live.fact(), ProjectFact::MilestonePlanned(_))).unwrap();
        let ProjectFact::MilestonePlanned(planned) = plan.fact().clone() else { panic!("no plan") };
        let to = MilestonePlanned { due_on: due_on.parse().unwrap(), ..planned }.into();
        let intent = Intent::Correct { fact: plan.fact_id, reason: why(), to, members: None };
        let lead = self.bearer(Role::ProjectLead, &["company", "sunny ltd"]);
        self.does::<Project>(lead, project.id(), &plan.occurred_on().to_string(), intent).await;
    }

    async fn does<S: Across<Fact: Founds>>(&self, actor: Actor, thing: ThingId, on: &str, intent: Intent<S::Fact>) -> Receipt {
        let order = Order {
            target: Target::Existing(thing),
            intent,
            occurred_on: on.parse().unwrap(),
            evidence: Vec::new(),
            visibility: Some(Visibility::Participants),
            override_reason: None,
            published_on: None,
            language: None,
            command_id: None,
            correlation_id: Uuid::new_v4(),
            expected_revision: None,
        };
        let receipt = self.app.handle::<S>(&Arc::new(actor), order).await.unwrap();
        self.app.in_step(PATIENCE).await.unwrap();
        receipt
    }

    /// An officer puts the grant of the row of `key` on another day.
    pub async fn officer_corrects_grant(&self, key: &str, on: &str) {
        let live = self.granted(key).unwrap();
        let intent = Intent::Correct { fact: live.fact_id, reason: why(), to: live.fact().clone(), members: None };
        self.officer_does(key, on, intent).await;
    }

    pub async fn officer_retracts(&self, key: &str, act: EventId) {
        self.officer_does(key, "2024-01-01", Intent::Retract { act, reason: why() }).await;
    }
}

const PATIENCE: Duration = Duration::from_mins(1);

fn why() -> Note {
    Note::try_new("The letter says so").unwrap()
}

/// Everything that counts of the projects and permits of a picture, in words.
pub fn live_of(picture: &Picture) -> Vec<String> {
    let mut live: Vec<String> = picture.things::<Project>().values().flat_map(|thing| in_words(thing)).collect();
    live.extend(picture.things::<Permit>().values().flat_map(|thing| in_words(thing)));
    live
}

fn in_words<S: projections::things::State>(thing: &Thing<S>) -> Vec<String> {
    let says = |live: &Live<S::Fact>| format!("{} {} {:?}", thing.id(), live.occurred_on(), live.fact());
    thing.live().iter().map(says).collect()
}

/// Collects what a run says of how far it has come.
#[derive(Default)]
pub struct Steps(pub Mutex<Vec<Step>>);

impl Steps {
    pub fn watch(&self) -> impl Fn(Step) + Sync + '_ {
        |step| self.0.lock().unwrap().push(step)
    }
}
