//! What steps and their members are called, and which of the members are asked in the usual case: `wording.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::web::words;

/// The words of one step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepWords {
    /// What it is called.
    pub say: String,
    /// Under which heading it stands.
    pub group: String,
    /// The question for the date.
    pub when: Option<String>,
    /// The members of the usual case, in order.
    pub ask: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    hints: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Wording {
    labels: BTreeMap<String, String>,
    steps: BTreeMap<String, StepWords>,
}

static WORDING: LazyLock<Wording> = LazyLock::new(|| {
    toml::from_str(include_str!("wording.toml")).unwrap_or_else(|error| {
        // The tests read it, so no build that passed them comes here.
        tracing::error!(%error, "the wording of forms can't be read");
        Wording { labels: BTreeMap::new(), steps: BTreeMap::new() }
    })
});

/// The words of the step that records events of this type; those of the type itself, where none are written.
pub fn of(event_type: &str) -> StepWords {
    let say = || StepWords { say: words::sentence(&words::words(event_type)), group: OTHERS.to_owned(), ..StepWords::default() };
    WORDING.steps.get(event_type).cloned().unwrap_or_else(say)
}

/// The heading of what has no other.
pub const OTHERS: &str = "Something else";

impl StepWords {
    /// The question of a member.
    pub fn label(&self, member: &str) -> String {
        let written = self.labels.get(member).or_else(|| WORDING.labels.get(member));
        written.cloned().unwrap_or_else(|| words::sentence(&words::words(member)))
    }

    /// What stands under the question, where that is not what the schema says of the member.
    pub fn hint(&self, member: &str) -> Option<&str> {
        self.hints.get(member).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::form::published;
    use access::table::COMMANDS;

    /// The commands, with what each records, but for those of registers, which have files, and of subjects: they have no forms.
    fn commands() -> impl Iterator<Item = (&'static str, &'static str)> {
        let has_form = |name: &str| schema::event_types().any(|(kind, of)| kind.is_founded() && of.name == name);
        COMMANDS.iter().map(|(command, recorded, _)| (*command, *recorded)).filter(move |(_, recorded)| has_form(recorded))
    }

    #[test]
    fn every_command_has_its_words_and_asks_for_what_there_is() {
        assert!(!WORDING.labels.is_empty(), "wording.toml can't be read");
        for (command, event_type) in commands() {
            let words = WORDING.steps.get(event_type).unwrap_or_else(|| panic!("{command} has no words in wording.toml"));
            // A ground is asked for where the law has a list of them.
            let asked = words.ask.iter().filter(|member| *member != "ground").count();
            assert!(asked <= 3, "{event_type} asks for more than five things, with the date and the evidence");
            let members = published(event_type)["properties"].as_object().cloned().unwrap_or_default();
            for member in words.ask.iter().chain(words.labels.keys()).chain(words.hints.keys()) {
                assert!(members.contains_key(member), "{event_type} has no member '{member}'");
            }
        }
        let known = |event_type: &String| COMMANDS.iter().any(|(_, recorded, _)| recorded == event_type);
        let stray: Vec<_> = WORDING.steps.keys().filter(|event_type| !known(event_type)).collect();
        assert!(stray.is_empty(), "{stray:?} are of no command");
    }

    #[test]
    fn what_is_demanded_is_asked_in_the_usual_case() {
        for (_, event_type) in commands() {
            let asked = of(event_type).ask;
            for member in published(event_type)["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str()) {
                let is_given = member == "milestone";
                // What does not fit into five questions is folded away, and the fold stands open.
                assert!(is_given || asked.iter().any(|ask| ask == member) || asked.len() == 3, "{event_type} demands {member}");
            }
        }
    }
}
