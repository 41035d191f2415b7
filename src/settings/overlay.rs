//! Flags and variables, which are laid over what the file says.

use std::{collections::BTreeMap, env, ffi::OsString, path::PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Settings, SettingsError,
    keys::{CONFIG_VARIABLE, KEYS, Key, PREFIX, nearest},
};

/// What was said on the command line.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--store`.
    pub store: Option<String>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--log-level`.
    pub log_level: Option<String>,
    /// `--log-format`.
    pub log_format: Option<String>,
}

/// The variables that begin with `MILEPOST_`.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process.
    ///
    /// # Errors
    ///
    /// When the value of one is not Unicode.
    pub fn of_process() -> Result<Self, SettingsError> {
        let ours = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let ours = ours.filter(|(name, _)| name.starts_with(PREFIX));
        ours.map(|(name, value)| Ok((name.clone(), unicode(name, value)?))).collect::<Result<_, _>>().map(Self)
    }

    /// The variable `name`, if it is set to something.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A sentence for each variable that is not a setting.
    pub(super) fn strangers(&self) -> Vec<String> {
        let known: Vec<String> = KEYS.iter().map(Key::variable).chain([CONFIG_VARIABLE.to_owned()]).collect();
        let strangers = self.0.keys().filter(|name| !known.contains(name));
        let sentence = |name: &String| {
            let meant = nearest(name, known.iter().map(String::as_str));
            let advice = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            format!("the variable {name} is not a setting and is not used{advice}")
        };
        strangers.map(sentence).collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

fn unicode(name: String, value: OsString) -> Result<String, SettingsError> {
    value.into_string().map_err(|_| SettingsError::Given { source_name: name, problem: "the value is not Unicode".to_owned() })
}

/// `base` with what the variables say, and over that what the flags say.
pub(super) fn apply(base: Settings, flags: &Flags, environment: &Environment) -> Result<Settings, SettingsError> {
    let mut settings = base;
    for key in KEYS.iter() {
        let variable = key.variable();
        // Of an empty one nobody can tell what was meant, and where the record is kept must not be guessed.
        if key.path == "store" && environment.0.get(&variable).is_some_and(String::is_empty) {
            let problem = "it is empty; write 'embedded' or an address, or unset it".to_owned();
            return Err(SettingsError::Given { source_name: variable, problem });
        }
        if let Some(value) = environment.get(&variable) {
            settings = set(&settings, key, &variable, value)?;
        }
    }
    let given = [
        ("store", "--store", &flags.store),
        ("listen", "--listen", &flags.listen),
        ("log.level", "--log-level", &flags.log_level),
        ("log.format", "--log-format", &flags.log_format),
    ];
    for (path, flag, value) in given {
        if let (Some(value), Some(key)) = (value, KEYS.iter().find(|key| key.path == path)) {
            settings = set(&settings, key, flag, value)?;
        }
    }
    if let Some(data) = &flags.data {
        settings.data.clone_from(data);
    }
    Ok(settings)
}

/// `settings` with one of them changed.
fn set(settings: &Settings, key: &Key, source_name: &str, text: &str) -> Result<Settings, SettingsError> {
    let refused = |problem: String| SettingsError::Given { source_name: source_name.to_owned(), problem };
    let value = match &key.default {
        Value::Integer(_) => {
            let number = text.trim().parse().map_err(|_| refused(format!("'{}' is not a whole number", shortened(text))))?;
            Value::Integer(number)
        }
        _ => Value::String(text.to_owned()),
    };
    let mut table = Table::try_from(settings).map_err(|error| refused(error.to_string()))?;
    insert(&mut table, &key.path, value);
    Settings::deserialize(table).map_err(|error| refused(error.message().to_owned()))
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), value)),
        Some((outer, inner)) => {
            if let Some(Value::Table(table)) = table.get_mut(outer) {
                insert(table, inner, value);
            }
        }
    }
}
