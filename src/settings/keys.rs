//! The names of the settings, in the file and in the environment.

use std::{fmt::Write, sync::LazyLock};

use toml::{Table, Value};

use super::DEFAULT;

/// What the name of a variable begins with.
pub(super) const PREFIX: &str = "MILEPOST_";

/// The variable that names the file.
pub(super) const CONFIG_VARIABLE: &str = "MILEPOST_CONFIG";

/// A setting, such as `limits.depth`, and what it is by default.
pub(super) struct Key {
    pub path: String,
    pub default: Value,
}

impl Key {
    /// The variable that sets it, such as `MILEPOST_LIMITS_DEPTH`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.path.replace('.', "_").to_uppercase())
    }
}

/// Every setting, in the order of the alphabet.
pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let mut keys = Vec::new();
    gather("", &DEFAULT.parse().unwrap_or_default(), &mut keys);
    keys
});

fn gather(prefix: &str, table: &Table, keys: &mut Vec<Key>) {
    for (name, value) in table {
        let path = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => gather(&format!("{path}."), inner, keys),
            value => keys.push(Key { path, default: value.clone() }),
        }
    }
}

/// The one of `known` that `word` was perhaps meant to be.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let tail = |path: &'k str| path.rsplit('.').next().unwrap_or(path);
    let distance = |path: &'k str| {
        let whole = strsim::damerau_levenshtein(word, path);
        // 'depth' outside its table is one mistake, however long the table's name is.
        whole.min(strsim::damerau_levenshtein(word, tail(path)) + 1)
    };
    let (distance, found) = known.into_iter().map(|path| (distance(path), path)).min()?;
    (distance <= 2.max(word.len() / 4)).then_some(found)
}

/// The page of the documentation on the settings.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    let _ = write!(page, "```toml\n{DEFAULT}```\n\n## Variables\n\n| setting | variable | default |\n|---|---|---|\n");
    for key in KEYS.iter() {
        let _ = writeln!(page, "| `{}` | `{}` | `{}` |", key.path, key.variable(), key.default);
    }
    page
}

const INTRODUCTION: &str = "# Configuration

A setting is taken from the first of these that has it:

1. a flag: `--data`, `--store`, `--listen`, `--log-level`, `--log-format`;
2. a variable, such as `MILEPOST_LIMITS_DEPTH=15`;
3. one TOML file: the one that `--config` or `MILEPOST_CONFIG` names, else `milepost.toml` in the data directory;
4. the defaults below.

A key that isn't listed here is refused, with its line and the nearest one that is. A variable that begins with
`MILEPOST_` and isn't listed here is warned of and not used: container platforms make such variables of their own
when a service is named milepost. A file in the data directory can't say where the data directory is.

## The defaults

";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn the_defaults_that_are_documented_are_those_of_the_build() {
        assert_eq!(toml::from_str::<Settings>(DEFAULT), Ok(Settings::default()));
        let built = Table::try_from(Settings::default()).unwrap();
        assert_eq!(built, DEFAULT.parse::<Table>().unwrap(), "each setting is documented");
    }

    #[test]
    fn a_misspelt_setting_finds_the_one_that_was_meant() {
        let known = || KEYS.iter().map(|key| key.path.as_str());
        assert_eq!(nearest("limits.dept", known()), Some("limits.depth"));
        assert_eq!(nearest("depth", known()), Some("limits.depth"));
        assert_eq!(nearest("lisetn", known()), Some("listen"));
        assert_eq!(nearest("colour_of_the_sky", known()), None);
    }
}
