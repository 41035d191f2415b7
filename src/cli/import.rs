//! `milepost import`

use std::path::{Path, PathBuf};

use app::App;
use chrono::NaiveDate;
use clap::Args;
use schema::Visibility;

use super::{Acceptance, Failure, STORE_HELP, Stop, log, output, progress::Progress};
use crate::{
    import::{self, Files, Options, Summary},
    settings::Settings,
    startup,
};

/// Take an edition of a register into the record.
///
/// Reads a CSV or XLSX file by a mapping, and records what it says and the record doesn't yet. Taking the same
/// file again records nothing. docs/importing.md says how to write a mapping.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost import --mapping mappings/repd.toml --published-on 2024-07-31 repd-2024q2.csv
  milepost import --mapping wells.toml --dry-run --rejects wells.rejects.csv wells.xlsx")]
pub(super) struct Import {
    /// What the columns of the register mean
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// The day on which the edition came out, if the mapping or the file's name doesn't say
    #[arg(long, value_name = "DATE")]
    published_on: Option<NaiveDate>,
    /// Say what would be recorded, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Where the rows are listed that can't be taken or are odd, each with the reason [default: the register's name with
    /// .rejects.csv, in the directory you are in; of a dry run, nowhere]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    pub acceptance: Acceptance,
    /// Where the log is
    #[arg(long, value_name = "STORE", help = STORE_HELP)]
    pub store: Option<String>,
    /// The register: a CSV or XLSX file
    #[arg(value_name = "REGISTER")]
    register: PathBuf,
}

impl Import {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        log::begin(settings.log);
        let runtime = startup::runtime()?;
        let outcome = runtime.block_on(async {
            let mut stop = Stop::listen()?;
            let (settings, told) = (settings.clone(), stop.clone());
            stop.unless_told(move || self.take_into(settings, told)).await.unwrap_or_else(|| Err(stopped()))
        });
        runtime.shutdown_background();
        output::say(&outcome?.to_string())
    }

    async fn take_into(self, settings: Settings, mut stop: Stop) -> Result<Summary, Failure> {
        if self.dry_run && !startup::may_have_log(&settings) {
            return self.take(&*startup::open_empty(&settings.data)?).await;
        }
        let opened = startup::open(&settings).await?;
        let outcome = tokio::select! {
            outcome = self.take_once_read(&opened.app) => outcome,
            () = stop.told() => Err(stopped()),
        };
        opened.close().await;
        outcome
    }

    async fn take_once_read(self, app: &App) -> Result<Summary, Failure> {
        log_read(app).await?;
        self.take(app).await
    }

    async fn take(self, app: &App) -> Result<Summary, Failure> {
        let rejects = self.rejects.or_else(|| (!self.dry_run).then(|| rejects_beside(&self.register)));
        let files = Files { mapping: &self.mapping, register: &self.register, published_on: self.published_on, rejects };
        // Whoever can write the data directory is its operator; every import on it is theirs.
        let options = Options { subject: startup::operator(), visibility: Visibility::Participants, dry_run: self.dry_run };
        let progress = Progress::of_rows();
        let outcome = import::import(app, &files, &options, &|step| progress.show(step)).await;
        progress.clear();
        outcome.map_err(|error| Failure::refused(&error))
    }
}

/// Somebody did not want to wait for it.
fn stopped() -> Failure {
    let sentence =
        "told to stop before the register was taken; what is on record by now stays, and taking the register again goes on";
    Failure::Refused(sentence.to_owned())
}

/// Waits until the log is read, or can't be.
pub(super) async fn log_read(app: &App) -> Result<(), Failure> {
    let mut progress = app.watch();
    let settled = progress.wait_for(|progress| progress.caught_up || progress.fault.is_some()).await;
    let fault = settled.map_or(Some("the projector has stopped".to_owned()), |progress| progress.fault.clone());
    fault.map_or(Ok(()), |fault| Err(Failure::refused(&format!("the log can't be read: {fault}"))))
}

/// Where the rows are listed that can't be taken, if nobody says: into the directory in which the program was started.
fn rejects_beside(register: &Path) -> PathBuf {
    let name = register.file_stem().map_or_else(|| "register".into(), |stem| stem.to_string_lossy());
    import::rejects_file(Path::new("."), &name)
}
