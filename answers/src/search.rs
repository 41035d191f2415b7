//! Things found by their names: tolerant of accents, of case, of the order of words, and of a slip in spelling.

use std::sync::LazyLock;

use deunicode::deunicode;
use projections::{
    Kinded, Sight,
    things::{Award, Cluster, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register},
};
use schema::{ExternalId, Kind, Line, ThingId};
use strsim::osa_distance;
use thiserror::Error;

/// The most characters of a text that is looked for.
const CHARACTERS_MAX: usize = 200;
/// The most words of a text that is looked for.
const WORDS_MAX: usize = 12;

/// Why nothing can be looked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unsearchable {
    /// There is no letter and no digit in it.
    #[error("there is no word in it; give a part of a name")]
    NoWord,
    /// There is too much of it.
    #[error("it is too long; give up to {WORDS_MAX} words of a name, with up to {CHARACTERS_MAX} characters")]
    TooLong,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Sought {
    words: Vec<String>,
    /// The words as one, as a reference in a register is written.
    reference: String,
}

/// A thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The thing.
    pub thing: ThingId,
    /// What it is called.
    pub name: Line,
    /// How far its name lies from what is sought; 0 where it is the same.
    distance: usize,
}

impl Sought {
    /// The words of `text`.
    ///
    /// # Errors
    ///
    /// When there are none, or too many.
    pub fn try_new(text: &str) -> Result<Self, Unsearchable> {
        if text.chars().count() > CHARACTERS_MAX {
            return Err(Unsearchable::TooLong);
        }
        let words = words(text);
        match words.len() {
            0 => Err(Unsearchable::NoWord),
            1..=WORDS_MAX => Ok(Self { words, reference: plain(text.trim()) }),
            _ => Err(Unsearchable::TooLong),
        }
    }

    /// How far `name` lies from it, if it is found at all: every word has to be there.
    fn distance(&self, name: &str) -> Option<usize> {
        let there = words(name);
        let far = |word: &String| there.iter().filter_map(|other| word_distance(word, other)).min();
        let each: Option<Vec<usize>> = self.words.iter().map(far).collect();
        // A word that was not asked for counts little, and orders names that have all of them.
        Some(each?.into_iter().sum::<usize>() * 16 + there.len().saturating_sub(self.words.len()).min(15))
    }

    fn is_reference(&self, identifiers: &[ExternalId]) -> bool {
        identifiers.iter().any(|identifier| plain(identifier.value.as_str()) == self.reference)
    }
}

/// In small letters without accents; other scripts in Latin letters.
fn plain(text: &str) -> String {
    let mut plain = if text.is_ascii() { text.to_owned() } else { deunicode(text) };
    plain.make_ascii_lowercase();
    plain
}

fn words(text: &str) -> Vec<String> {
    let plain = plain(text);
    let words = plain.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// How far a word of a name lies from one that is sought: the same, one that begins so, one that has it within, or one that
/// is spelt a little otherwise.
fn word_distance(sought: &str, word: &str) -> Option<usize> {
    if word == sought {
        return Some(0);
    }
    if word.starts_with(sought) {
        return Some(1);
    }
    if sought.len() >= 3 && word.contains(sought) {
        return Some(2);
    }
    let slips_max = match sought.len() {
        0..=3 => return None,
        4..=7 => 1,
        _ => 2,
    };
    // Numbers are not spelt: 2024 is no slip of 2023.
    let is_number = |word: &str| word.bytes().all(|sign| sign.is_ascii_digit());
    if is_number(sought) || word.len().abs_diff(sought.len()) > slips_max {
        return None;
    }
    let slips = osa_distance(sought, word);
    (slips <= slips_max).then_some(2 + slips)
}

/// What things of a kind are called.
trait Called: Kinded {
    fn called(&self) -> Option<(&Line, &[ExternalId])>;
}

macro_rules! called {
    ($($state:ident by $founding:ident, $name:ident;)+) => {$(
        impl Called for $state {
            fn called(&self) -> Option<(&Line, &[ExternalId])> {
                self.$founding().map(|founding| (&founding.$name, founding.identifiers.as_slice()))
            }
        }
    )+};
}

called! {
    Organisation by registered, name;
    Cluster by registered, name;
    Project by registered, title;
    Permit by identified, title;
    Programme by opened, title;
    Award by identified, title;
    Partnership by identified, title;
    PolicyMeasure by identified, title;
}

impl Called for Initiative {
    fn called(&self) -> Option<(&Line, &[ExternalId])> {
        self.named().map(|named| (&named.name, [].as_slice()))
    }
}

impl Called for Register {
    fn called(&self) -> Option<(&Line, &[ExternalId])> {
        self.editions.last().map(|edition| (&edition.taken.title, [].as_slice()))
    }
}

/// The kinds whose things have names, in the order in which things that are found equally well stand.
pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    use Kind::{Award, Cluster, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme, Project, Register};
    vec![Initiative, Cluster, Project, Organisation, Permit, Programme, Award, Partnership, PolicyMeasure, Register]
});

/// The things of `kinds` that `sight` shows and whose name has all that is `sought`, or that a register gives that
/// reference: the nearest first, then by kind, name and id. Without kinds, of all.
pub fn search(sight: &impl Sight, sought: &Sought, kinds: &[Kind]) -> Vec<Found> {
    let mut found = Vec::new();
    for (order, kind) in KINDS.iter().enumerate().filter(|(_, kind)| kinds.is_empty() || kinds.contains(kind)) {
        let of_kind = match kind {
            Kind::Initiative => of_kind::<Initiative>(sight, sought),
            Kind::Organisation => of_kind::<Organisation>(sight, sought),
            Kind::Cluster => of_kind::<Cluster>(sight, sought),
            Kind::Project => of_kind::<Project>(sight, sought),
            Kind::Permit => of_kind::<Permit>(sight, sought),
            Kind::Programme => of_kind::<Programme>(sight, sought),
            Kind::Award => of_kind::<Award>(sight, sought),
            Kind::Partnership => of_kind::<Partnership>(sight, sought),
            Kind::PolicyMeasure => of_kind::<PolicyMeasure>(sight, sought),
            Kind::Register => of_kind::<Register>(sight, sought),
            // Nobody is called anything here.
            Kind::Subject => Vec::new(),
        };
        found.extend(of_kind.into_iter().map(|found| (found.distance, order, plain(found.name.as_str()), found)));
    }
    found.sort_by(|(distance, order, name, one), (other_distance, other_order, other_name, other)| {
        (distance, order, name, one.thing).cmp(&(other_distance, other_order, other_name, other.thing))
    });
    found.into_iter().map(|(.., found)| found).collect()
}

fn of_kind<S: Called>(sight: &impl Sight, sought: &Sought) -> Vec<Found> {
    let found = sight.things::<S>().filter_map(|thing| {
        let (name, identifiers) = thing.state().called()?;
        let distance = if sought.is_reference(identifiers) { Some(0) } else { sought.distance(name.as_str()) };
        Some(Found { thing: thing.id(), name: name.clone(), distance: distance? })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(sought: &str, name: &str) -> Option<usize> {
        Sought::try_new(sought).unwrap_or_else(|error| panic!("{sought}: {error}")).distance(name)
    }

    #[test]
    fn a_name_is_found_without_regard_to_accents_case_order_and_punctuation() {
        for (sought, name) in [
            ("orleans", "Nouvelle-Orléans"),
            ("LODZ", "Łódź heat network"),
            ("strasse sudlich", "Südliche Straße"),
            ("teesside net zero", "Net Zero Teesside"),
            ("o'brien", "OBrien's Quay"),
        ] {
            assert!(distance(sought, name).is_some(), "{sought} in {name}");
        }
    }

    #[test]
    fn a_slip_in_a_long_word_is_forgiven_and_in_a_number_or_a_short_word_it_is_not() {
        for (sought, name, is_found) in [
            ("hydrgoen", "Hydrogen plant", true),
            ("hidrogen", "Hydrogen plant", true),
            ("hydragan", "Hydrogen plant", true),
            ("hxxxogen", "Hydrogen plant", false),
            ("whnd farm", "Wind farm", true),
            ("wxxd", "Wind farm", false),
            ("fit", "FID", false),
            ("2023", "Edition 2024", false),
            ("farm solar", "Solar park", false),
        ] {
            assert_eq!(distance(sought, name).is_some(), is_found, "{sought} in {name}");
        }
    }

    #[test]
    fn the_nearer_name_comes_first() {
        let names = ["Wind Farm", "Wind Farm Extension", "Windy Farm", "Upwind Farm", "Wand Farm"];
        let distances: Vec<_> = names.iter().map(|name| distance("wind farm", name)).collect();
        assert!(distances.is_sorted() && distances.iter().all(Option::is_some), "{distances:?}");
        assert_eq!(distances[0], Some(0));
    }

    #[test]
    fn what_has_no_word_and_what_is_too_long_is_refused() {
        for nothing in ["", "  ", "--- ?", "\u{200b}"] {
            assert_eq!(Sought::try_new(nothing).unwrap_err(), Unsearchable::NoWord, "{nothing:?}");
        }
        assert_eq!(Sought::try_new(&"a".repeat(201)).unwrap_err(), Unsearchable::TooLong);
        assert_eq!(Sought::try_new(&"a ".repeat(13)).unwrap_err(), Unsearchable::TooLong);
    }
}
