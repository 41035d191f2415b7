//! Why a command did not do what was asked: a sentence and an exit code.

use std::{io, process::ExitCode};

use access::token::TokenError;
use clap::error::ErrorKind;

use super::output;
use crate::{
    http::{BindError, TlsError},
    settings::SettingsError,
    startup::{BackupError, MoveError, OpenError, RestoreError, StartError},
};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// It can't be done as asked: exit code 2.
    Refused(String),
    /// It was done, and found a fault: exit code 1.
    Fault(String),
    /// Help or the version was asked for, which is no failure.
    Help(String),
    /// Whoever read the output went away, which is no failure of ours.
    ReaderLeft,
}

impl Failure {
    /// It can't be done as asked, for this reason.
    pub fn refused(reason: &impl ToString) -> Self {
        Self::Refused(reason.to_string())
    }

    pub(super) fn report(self) -> ExitCode {
        let (sentence, code) = match self {
            Self::Refused(sentence) => (sentence, 2),
            Self::Fault(sentence) => (sentence, 1),
            Self::Help(text) => return output::say(&text).map_or_else(Self::report, |()| ExitCode::SUCCESS),
            Self::ReaderLeft => return ExitCode::SUCCESS,
        };
        output::note(&sentence);
        ExitCode::from(code)
    }
}

impl From<io::Error> for Failure {
    /// Of writing to standard output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderLeft,
            _ => Self::Refused(format!("the output can't be written: {error}")),
        }
    }
}

macro_rules! refusals {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::refused(&error)
            }
        }
    )+};
}

refusals!(SettingsError, StartError, MoveError, OpenError, BackupError, RestoreError, BindError, TlsError, TokenError);

/// What the parser of arguments says, in one sentence.
pub(super) fn of_arguments(error: &clap::Error) -> Failure {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Failure::Help(error.render().to_string());
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand || error.kind() == ErrorKind::MissingSubcommand {
        return Failure::refused(&"name a subcommand; 'milepost --help' lists them");
    }
    let rendered = error.render().to_string();
    let paragraphs = rendered.split("\n\n").take_while(|paragraph| !paragraph.starts_with("Usage:"));
    let said: Vec<_> = paragraphs.filter(|paragraph| !paragraph.starts_with("For more information")).map(one_line).collect();
    let said = said.join("; ");
    Failure::refused(&said.strip_prefix("error: ").unwrap_or(&said))
}

fn one_line(paragraph: &str) -> String {
    let words: Vec<_> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    line.strip_prefix("tip: ").map(ToOwned::to_owned).unwrap_or(line)
}
