//! The configuration file.

use std::{fs, io, path::PathBuf};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    DEFAULT, Environment, FILE_NAME, Flags, Settings, SettingsError,
    keys::{CONFIG_VARIABLE, KEYS, nearest},
    unread,
};

/// A file that is to be read.
pub(super) struct Found {
    path: PathBuf,
    text: String,
    /// It was found in the data directory; nobody named it.
    in_data: bool,
}

/// The file that was named, else the one in the data directory, if there is one.
pub(super) fn find(flags: &Flags, environment: &Environment) -> Result<Option<Found>, SettingsError> {
    let named = flags.config.clone().or_else(|| environment.get(CONFIG_VARIABLE).map(PathBuf::from));
    let in_data = named.is_none();
    let path = match named {
        Some(path) => path,
        None => data_directory(flags, environment).join(FILE_NAME),
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(Found { path, text, in_data })),
        Err(error) if in_data && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unread(&path, &error)),
    }
}

fn data_directory(flags: &Flags, environment: &Environment) -> PathBuf {
    let given = flags.data.clone().or_else(|| environment.get("MILEPOST_DATA").map(PathBuf::from));
    given.unwrap_or_else(|| Settings::default().data)
}

/// What the file says, and the defaults for what it doesn't.
pub(super) fn read(found: &Found) -> Result<Settings, SettingsError> {
    let document = DeTable::parse(&found.text).map_err(|error| found.refused_as(&error))?;
    found.refuse_strangers(document.get_ref(), "")?;
    toml::from_str(&found.text).map_err(|error| found.refused_as(&error))
}

impl Found {
    fn refused(&self, at: usize, problem: String) -> SettingsError {
        let before = self.text.as_bytes().iter().take(at);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        SettingsError::InFile { file: self.path.clone(), line, problem }
    }

    fn refused_as(&self, error: &toml::de::Error) -> SettingsError {
        let problem = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        self.refused(error.span().map_or(0, |span| span.start), problem)
    }

    fn refuse_strangers(&self, table: &DeTable<'_>, prefix: &str) -> Result<(), SettingsError> {
        for (name, value) in table {
            let path = format!("{prefix}{}", name.get_ref());
            match value.get_ref() {
                DeValue::Table(inner) if is_table(&path) => self.refuse_strangers(inner, &format!("{path}."))?,
                _ => self.refuse_stranger(name, &path)?,
            }
        }
        Ok(())
    }

    fn refuse_stranger<T>(&self, name: &Spanned<T>, path: &str) -> Result<(), SettingsError> {
        let known = || KEYS.iter().map(|key| key.path.as_str());
        if self.in_data && path == "data" {
            let problem = "a file in the data directory can't say where that is; name the file by --config";
            return Err(self.refused(name.span().start, problem.to_owned()));
        }
        if is_table(path) || known().any(|known| known == path) {
            return Ok(());
        }
        let meant = nearest(path, known().chain(TABLES));
        let advice = meant.map_or_else(|| "docs/configuration.md lists them".to_owned(), |key| format!("did you mean '{key}'?"));
        let path: String = path.chars().take(60).collect();
        Err(self.refused(name.span().start, format!("there is no setting '{path}'; {advice}")))
    }
}

const TABLES: [&str; 7] = ["log", "limits", "allowance", "daily", "sockets", "addresses", "tls"];

fn is_table(path: &str) -> bool {
    debug_assert!(TABLES.iter().all(|table| DEFAULT.contains(&format!("[{table}]"))), "every table is in the defaults");
    TABLES.contains(&path)
}
