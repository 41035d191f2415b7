//! The demonstration: what is publicly known of the signatory clusters, and two editions of a national register.
//!
//! Nothing of that is invented: a fact that no source states is left out, and what is not sure has no document behind
//! it. Clusters that are made up, for trying things at size, say so in their names.

mod cast;
mod known;
mod made_up;

use app::{App, RecordError};
use projections::things;
use schema::{CommandId, RegisterId, SubjectId, Visibility};
use thiserror::Error;

use crate::import::{
    self, Edition, ImportError, MAY_RETRACT_PERCENT, Mapping, Mistakes, Options, ReadError, Register, Summary, Watch,
};

pub use self::{
    cast::{Cast, cast},
    made_up::{AS_OF, FLAGS_MEANT, MadeUp, MadeUpStep, record_made_up},
};

/// The files that come with the program, so that it needs no other.
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
    Stale(#[from] app::Stale),
    /// The register's mapping has mistakes.
    #[error(transparent)]
    Mapping(#[from] Mistakes),
    /// The register can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// Who records the demonstration: the same random-looking id on every machine, so that a second start records nothing.
#[must_use]
pub fn subject() -> SubjectId {
    SubjectId(CommandId::derive(&["demonstration"]).0)
}

/// Whether both editions were taken by an earlier start.
#[must_use]
pub fn has_editions(app: &App) -> bool {
    let picture = app.picture();
    let register = picture.thing::<things::Register>(RegisterId::of("repd"));
    register.is_some_and(|register| register.state().editions.len() >= EDITIONS.len())
}

/// Records what is known of the initiative, its clusters and their projects. What is on record already is left as it is.
///
/// # Errors
///
/// When the store or the picture fails.
pub async fn record_known_facts(app: &App) -> Result<(), DemoError> {
    known::record(app).await
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
        let edition = Edition::try_new(&mapping, &register, None).map_err(ImportError::Edition)?;
        let options = Options {
            subject: subject(),
            on_behalf_of: None,
            visibility: Visibility::Participants,
            dry_run: false,
            may_retract_percent: MAY_RETRACT_PERCENT,
        };
        taken(&import::take_edition(app, &edition, &options, watch).await?);
    }
    Ok(())
}
