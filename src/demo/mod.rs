//! The demonstration: what is publicly known of the signatory clusters, and two editions of a national register.
//!
//! Nothing here is invented: a fact that no source states is left out, and what is not sure has no document behind it.

mod clusters;
mod seed;

use chrono::NaiveDate;
use projections::things::{self, Cluster, Organisation};
use schema::{
    ClusterId, CommandId, Date, Evidence, Fact, Kind, Line, Metadata, OrganisationId, Origin, SubjectId, TextError, ThingId,
    Visibility,
};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    app::{App, RecordError, Submission},
    domain::{Command, Intent},
    import::{self, Edition, EditionError, ImportError, Mapping, Mistakes, Options, ReadError, Register, Summary, Watch},
};

/// The files that come with the program, so that it needs no other.
const CLUSTERS: &str = include_str!("../../demo/clusters.csv");
const SEED_FACTS: &str = include_str!("../../demo/seed-facts.json");
const MAPPING: &str = include_str!("../../mappings/repd.toml");
const AUTHORITIES: &str = include_str!("../../mappings/repd-authorities.csv");

/// The editions of the planning register, in the order in which they were published.
const EDITIONS: [(&str, &[u8]); 2] = [
    ("repd-2023q4.csv", include_bytes!("../../demo/repd-2023q4.csv")),
    ("repd-2024q2.csv", include_bytes!("../../demo/repd-2024q2.csv")),
];

/// Why the demonstration could not be set up.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A file that comes with the program can't be read.
    #[error("the demonstration's {file} can't be read: {says}")]
    File {
        /// Which file.
        file: &'static str,
        /// Why.
        says: String,
    },
    /// A fact could not be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The picture did not catch up.
    #[error(transparent)]
    Stale(#[from] crate::app::Stale),
    /// The register's mapping has mistakes.
    #[error(transparent)]
    Mapping(#[from] Mistakes),
    /// The register can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The register does not fit its mapping.
    #[error("the register does not fit its mapping: {0:?}")]
    Edition(Vec<EditionError>),
    /// The import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl DemoError {
    fn file(file: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::File { file, says: error.to_string() }
    }
}

/// Who records the demonstration: the same random-looking id on every machine, so that a second start records nothing.
#[must_use]
pub fn subject() -> SubjectId {
    SubjectId(CommandId::derive(&["demonstration"]).0)
}

/// What the demonstration's tokens are for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// A cluster, for its manager and for a project lead.
    pub cluster: Option<ClusterId>,
    /// The authority that decides on the most permits, for a regulator.
    pub authority: Option<OrganisationId>,
}

/// A cluster and an authority of which something is known.
#[must_use]
pub fn scope(app: &App) -> Scope {
    let picture = app.picture();
    let named = |id: &ThingId, kind| picture.links().to(*id, kind).count();
    let cluster = picture.things::<Cluster>().keys().copied().max_by_key(|id| named(id, Kind::Project));
    let authority = picture.things::<Organisation>().keys().copied().max_by_key(|id| named(id, Kind::Permit));
    Scope { cluster: cluster.and_then(|id| id.try_into().ok()), authority: authority.and_then(|id| id.try_into().ok()) }
}

/// Whether everything was recorded by an earlier start.
#[must_use]
pub fn is_complete(app: &App) -> bool {
    let editions =
        app.picture().things::<things::Register>().values().map(|register| register.state().editions.len()).sum::<usize>();
    editions >= EDITIONS.len()
}

/// Records what is known of the clusters, and of their projects. What is on record already is left as it is.
///
/// # Errors
///
/// When the store or the picture fails.
pub async fn record_known_facts(app: &App) -> Result<(), DemoError> {
    let clusters = clusters::record(app).await?;
    seed::record(app, &clusters).await
}

/// Takes the editions of the planning register in, one after the other; calls `taken` after each.
///
/// # Errors
///
/// When the store or the picture fails.
pub async fn take_editions(app: &App, watch: Watch<'_>, taken: impl Fn(&Summary)) -> Result<(), DemoError> {
    let load = |file: &str| match file {
        "repd-authorities.csv" => Ok(AUTHORITIES.to_owned()),
        _ => Err(format!("{file} does not come with the program")),
    };
    let mapping = Mapping::parse(MAPPING, load)?;
    for (file, bytes) in EDITIONS {
        let register = Register::read(file, bytes, mapping.format())?;
        let edition = Edition::try_new(&mapping, &register, None).map_err(DemoError::Edition)?;
        let options = Options { subject: subject(), visibility: Visibility::Participants, dry_run: false };
        taken(&import::take_edition(app, &edition, &options, watch).await?);
    }
    Ok(())
}

/// A fact from a public source, to be recorded once.
struct KnownFact<F> {
    thing: ThingId,
    command_id: CommandId,
    occurred_on: Date,
    source: Option<Line>,
    fact: F,
}

impl<F: Fact> KnownFact<F> {
    fn submission(self, app: &App) -> Submission<F> {
        let document = |title| Evidence { title, location: None, sha256: None, issued_on: None };
        let evidence: Vec<_> = self.source.map(document).into_iter().collect();
        let metadata = Metadata {
            occurred_on: self.occurred_on,
            published_on: None,
            subject: subject(),
            organisation: None,
            command_id: self.command_id,
            correlation_id: Uuid::from_bytes(*subject().0.as_bytes()),
            causation_id: None,
            origin: Origin::Person,
            assurance: if evidence.is_empty() { schema::Assurance::Claimed } else { schema::Assurance::Evidenced },
            evidence,
            visibility: Visibility::Public,
            override_reason: None,
        };
        let command = Command { intent: Intent::State(self.fact), metadata, may_override: false, now: app.now() };
        Submission { thing: self.thing, commands: vec![command], expected_revision: None }
    }
}

fn line(file: &'static str, text: &str) -> Result<Line, DemoError> {
    Line::try_new(text).map_err(|error: TextError| DemoError::file(file, &error))
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
