//! `milepost import`

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use access::operator;
use app::App;
use chrono::NaiveDate;
use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schema::Visibility;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::{
    Acceptance, Failure, STORE_HELP, Stop, log, output,
    progress::Progress,
    service::{OperatorToken, Service},
};
use crate::{
    http::EDITIONS,
    import::{self, Files, Options, Sources, Step},
    settings::Settings,
    startup::{self, OpenError, StartError},
};

/// Take an edition of a register into the record.
///
/// Reads a CSV or XLSX file by a mapping, and records what it says and the record doesn't yet. Taking the same
/// file again records nothing. Works while a service runs on the data directory, which then takes the file.
/// docs/importing.md says how to write a mapping.
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
    /// How much an edition may retract of what is on record of its rows; one that would retract more stops and says so
    #[arg(long, value_name = "PERCENT", default_value_t = import::MAY_RETRACT_PERCENT, value_parser = clap::value_parser!(u8).range(..=100))]
    may_retract: u8,
    /// Where the rows are listed that can't be taken or are odd, each with the reason [default: the register's name with
    /// .rejects.csv, in the directory you are in; of a dry run, nowhere]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// The address of the service that runs on the data directory, if one does [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
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
        output::say(&outcome?)
    }

    /// Takes the register, and gives what is to be said of it.
    async fn take_into(self, settings: Settings, mut stop: Stop) -> Result<String, Failure> {
        if self.dry_run && !startup::may_have_log(&settings) {
            return self.take(&*startup::open_empty(&settings.data)?).await;
        }
        let opened = match startup::open(&settings).await {
            Ok(opened) => opened,
            Err(StartError::Log(OpenError::InUse { .. })) => {
                let taken = spawn_blocking(move || self.have_taken(&settings));
                return taken.await.unwrap_or_else(|error| Err(Failure::Fault(error.to_string())));
            }
            Err(error) => return Err(error.into()),
        };
        let outcome = tokio::select! {
            outcome = self.take_once_read(&opened.app) => outcome,
            () = stop.told() => Err(stopped()),
        };
        opened.close().await;
        outcome
    }

    async fn take_once_read(self, app: &App) -> Result<String, Failure> {
        log_read(app).await?;
        self.take(app).await
    }

    fn files(&self) -> Files<'_> {
        let rejects = self.rejects.clone().or_else(|| (!self.dry_run).then(|| rejects_beside(&self.register)));
        Files { mapping: &self.mapping, register: &self.register, published_on: self.published_on, rejects }
    }

    /// Has the service that runs on the data directory take it.
    fn have_taken(&self, settings: &Settings) -> Result<String, Failure> {
        let service = Service::on(settings, "the register is taken")?;
        let OperatorToken { token, .. } = OperatorToken::of(settings)?;
        let sources = Sources::open(&self.mapping, &self.register).map_err(|error| Failure::refused(&error))?;
        let archive = sources.archive().map_err(|error| Failure::refused(&error))?;
        let listed = import::list_unfit(&sources, &self.files()).map_err(|error| Failure::refused(&error))?;
        let mut path = format!("{EDITIONS}?dryRun={}&mayRetract={}", self.dry_run, self.may_retract);
        if let Some(day) = self.published_on {
            let _ = write!(path, "&publishedOn={day}");
        }
        if let Some(file) = listed {
            let _ = write!(path, "&listedIn={}", utf8_percent_encode(&file.to_string_lossy(), NON_ALPHANUMERIC));
        }
        let (progress, mut has_begun, mut ended) = (Progress::of_rows(), false, None);
        let answer = service.post_archive(&path, &token, &archive, PATIENCE, |line| {
            has_begun = true;
            match serde_json::from_str(line) {
                Ok(Told::Step(step)) => progress.show(step),
                Ok(Told::Summary(summary)) => ended = Some(Ok(summary)),
                Ok(Told::Refused(reason)) => ended = Some(Err(reason)),
                Err(_) => {}
            }
        });
        progress.clear();
        let answer = match answer {
            Err(_) if has_begun => return Err(Failure::Refused(stopped_there())),
            answer => answer.map_err(|error| service.silent(&error))?,
        };
        if answer.status != "200" {
            let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let said = problem["detail"].as_str().map(|detail| Failure::Refused(format!("the service says: {detail}")));
            return Err(said.unwrap_or_else(|| service.other(&answer.status)));
        }
        ended.unwrap_or_else(|| Err(stopped_there())).map_err(Failure::Refused)
    }

    async fn take(self, app: &App) -> Result<String, Failure> {
        let files = self.files();
        // Whoever can write the data directory is its operator; every import on it is theirs.
        let options = Options {
            subject: operator(),
            on_behalf_of: None,
            visibility: Visibility::Participants,
            dry_run: self.dry_run,
            may_retract_percent: self.may_retract,
        };
        let progress = Progress::of_rows();
        let outcome = import::import(app, &files, &options, &|step| progress.show(step)).await;
        progress.clear();
        outcome.map(|summary| summary.to_string()).map_err(|error| Failure::refused(&error))
    }
}

/// The longest that nothing comes of a service that takes a register.
const PATIENCE: Duration = Duration::from_mins(1);

/// A line of what it says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Told {
    Step(Step),
    Summary(String),
    Refused(String),
}

fn stopped_there() -> String {
    "the service went away before the register was taken; what is on record by now stays; take the register again, and it goes on"
        .to_owned()
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
