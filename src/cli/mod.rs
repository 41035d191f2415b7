//! The command line: one file per subcommand. What can't be done is said in one sentence on standard error.

mod backup;
mod copy;
mod demo;
mod failure;
mod files;
mod health;
mod import;
mod keys;
mod log;
mod output;
mod progress;
mod rates;
mod regime;
mod restore;
mod salvage;
mod schema;
mod serve;
mod service;
mod stop;
mod token;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

pub use self::{
    failure::Failure,
    serve::{doors, until_stopped},
    stop::Stop,
};
use crate::settings::{self, Environment, Flags, Settings, ShorterLog};

/// The record that industrial clusters share on the way to net zero.
#[derive(Debug, Parser)]
#[command(name = "milepost", version, max_term_width = 100, after_help = EXAMPLES, arg_required_else_help = false)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  milepost demo                                       a service with public facts to try things on
  milepost serve --data /var/lib/milepost             the service on 127.0.0.1:8080
  milepost token --data /var/lib/milepost --role auditor --expires 8h
  milepost verify --data /var/lib/milepost

Exit codes: 0 done, 1 a fault was found, 2 it can't be done as asked.
Every setting: docs/configuration.md";

/// What `--store` is for.
const STORE_HELP: &str =
    "Where the log is: embedded, or the address of EventStoreDB such as esdb://host:2113 [default: embedded]";

/// Flags that every subcommand knows.
#[derive(Debug, Args)]
struct Common {
    /// The data directory [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file [default: milepost.toml in the data directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The least that is logged: error, warn, info, debug or trace [default: info]
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// The form of the log: text, json or auto [default: auto, which is text on a terminal]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// What those know that read a log which may hold less than it did.
#[derive(Debug, Args)]
struct Acceptance {
    /// Go on with a log that holds fewer acts than what stands beside it says, or another log; what says so is set aside
    /// first
    ///
    /// A log in EventStoreDB is named as the service shows it: by its count of acts and their hash.
    #[arg(long, value_name = "COUNT:HASH", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    accept_shorter_log: Option<ShorterLog>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Token(token::Token),
    Keys(keys::Keys),
    Import(import::Import),
    Rates(rates::Rates),
    Verify(verify::Verify),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Salvage(salvage::Salvage),
    Copy(copy::Copy),
    Health(health::Health),
    Regime(regime::Regime),
    Schema(schema::Schema),
}

/// Does what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = Arguments::try_parse().map_err(|error| failure::of_arguments(&error)).and_then(Arguments::run);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

impl Arguments {
    fn run(self) -> Result<(), Failure> {
        // It needs no data directory, so nothing about one can be wrong.
        if let Command::Schema(schema) = self.command {
            return schema.run();
        }
        let mut settings = self.settings()?;
        settings.accept_shorter_log = self.accepts_shorter_log();
        match self.command {
            Command::Schema(schema) => schema.run(),
            Command::Regime(regime) => regime.run(&settings),
            Command::Token(token) => token.run(&settings),
            Command::Keys(keys) => keys.run(&settings),
            Command::Verify(verify) => verify.run(&settings),
            Command::Backup(backup) => backup.run(&settings),
            Command::Restore(restore) => restore.run(&settings),
            Command::Salvage(salvage) => salvage.run(&settings),
            Command::Copy(copy) => copy.run(&settings),
            Command::Health(health) => health.run(&settings),
            Command::Serve(serve) => serve.run(&settings),
            Command::Import(import) => import.run(&settings),
            Command::Rates(rates) => rates.run(&settings),
            Command::Demo(demo) => demo.run(&settings),
        }
    }

    fn accepts_shorter_log(&self) -> ShorterLog {
        let said = match &self.command {
            Command::Demo(demo) => demo.acceptance.accept_shorter_log,
            Command::Serve(serve) => serve.acceptance.accept_shorter_log,
            Command::Import(import) => import.acceptance.accept_shorter_log,
            Command::Backup(backup) => backup.acceptance.accept_shorter_log,
            Command::Copy(copy) => copy.acceptance.accept_shorter_log,
            _ => None,
        };
        said.unwrap_or_default()
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let listen = match &self.command {
            Command::Serve(serve) => serve.listen.clone(),
            Command::Demo(demo) => demo.listen.clone(),
            Command::Health(health) => health.listen.clone(),
            Command::Rates(rates) => rates.listen(),
            Command::Import(import) => import.listen.clone(),
            _ => None,
        };
        let store = match &self.command {
            Command::Serve(serve) => serve.store.clone(),
            Command::Import(import) => import.store.clone(),
            Command::Rates(rates) => rates.store(),
            Command::Verify(verify) => verify.store.clone(),
            _ => None,
        };
        let Common { data, config, log_level, log_format } = &self.common;
        let flags = Flags {
            config: config.clone(),
            data: data.clone(),
            store,
            listen,
            log_level: log_level.clone(),
            log_format: log_format.clone(),
        };
        let loaded = settings::load(&flags, &Environment::of_process()?)?;
        for warning in &loaded.warnings {
            output::note(warning);
        }
        Ok(loaded.settings)
    }
}
