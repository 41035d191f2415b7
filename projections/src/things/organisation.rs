//! The state of an organisation.

use std::sync::Arc;

use schema::{
    Kind, ThingId,
    organisation::{OrganisationFact, OrganisationRegistered},
};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use super::{Flag, Live, State};

/// What is known of an organisation.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Organisation {
    founding: Option<Arc<OrganisationFact>>,
    /// What its name looks like; see [`likeness`].
    #[serde(skip)]
    likeness: Arc<str>,
}

/// What two names have in common that can be taken for one another: neither case, spaces, punctuation, accents and what can't
/// be seen, nor letters that look alike (Unicode Technical Standard #39, section 4) tell them apart.
fn likeness(name: &str) -> Arc<str> {
    let small: String = name.nfkc().flat_map(char::to_lowercase).filter(|sign| !sign.is_control()).collect();
    let shown: String = small.nfd().filter(|sign| sign.is_alphanumeric()).collect();
    skeleton(&shown).flat_map(char::to_lowercase).filter(|sign| sign.is_alphanumeric()).collect::<String>().into()
}

impl Organisation {
    /// What was registered.
    #[must_use]
    pub fn registered(&self) -> Option<&OrganisationRegistered> {
        let OrganisationFact::OrganisationRegistered(registered) = self.founding.as_deref()?;
        Some(registered)
    }

    /// Whether its name can be taken for that of `other`, in a country that may be the same.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        let country = |organisation: &Self| organisation.registered().and_then(|registered| registered.country);
        let elsewhere = country(self).zip(country(other)).is_some_and(|(one, other)| one != other);
        !elsewhere && !self.likeness.is_empty() && self.likeness == other.likeness
    }
}

impl State for Organisation {
    type Fact = OrganisationFact;
    type Aside = ();

    fn marks(&self) -> Vec<ThingId> {
        let mark = |of: &str, value: &str| ThingId::from_register(Kind::Organisation, of, &[value]);
        let lei = self.registered().and_then(|registered| registered.lei.as_ref()).map(|lei| mark("lei", lei.as_str()));
        let likeness = (!self.likeness.is_empty()).then(|| mark("likeness", &self.likeness));
        lei.into_iter().chain(likeness).collect()
    }

    fn take(&mut self, (): &mut (), live: &Live<OrganisationFact>, _: &mut Vec<Flag>) {
        if self.founding.is_none() {
            let OrganisationFact::OrganisationRegistered(registered) = live.fact();
            self.likeness = likeness(registered.name.as_str());
            self.founding = Some(live.shared_fact());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken_for_one_another_are_alike_and_others_are_not() {
        let one = likeness("Solway Steel Ltd");
        for other in [
            "SOLWAY  STEEL LTD.",
            "Sol\u{ad}way Steel Ltd",
            "S\u{43e}lway Steel Ltd",
            "Ｓｏｌｗａｙ Steel Ltd",
            "Solway-Steel, Ltd",
            "So\u{301}lway Steel Ltd",
            "Solway\u{200b}Steel Ltd",
        ] {
            assert_eq!(likeness(other), one, "{other}");
        }
        for other in ["Solway Steel", "Solway Steel 2 Ltd", "Galway Steel Ltd", "Solway Port Ltd"] {
            assert_ne!(likeness(other), one, "{other}");
        }
        assert_eq!(likeness("东京电力"), likeness("东京电力"));
        assert_ne!(likeness("东京电力"), likeness("关西电力"));
        assert_eq!(likeness("···"), "".into());
    }
}
