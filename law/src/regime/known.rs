//! What a regime knows by name in a case: its limits, the grounds on which they stop and are extended, its steps.

use super::{Limit, RecordedBy, Regime, covers};

/// Something with an id, and what it is in words.
pub type Known<'a> = (&'a str, &'a str);

impl Regime {
    /// The limits of a case, in whatever version, each id once.
    #[must_use]
    pub fn known_limits(&self, case: &str, has: impl Fn(&Limit) -> bool) -> Vec<Known<'_>> {
        let limits = self.limits.iter().filter(|limit| covers(&limit.cases, case) && has(limit));
        once(limits.map(|limit| (limit.id.as_str(), limit.words.as_str())))
    }

    /// The grounds on which a limit of a case stops by what is recorded so, in whatever version.
    #[must_use]
    pub fn known_stops(&self, case: &str, recorded_by: RecordedBy) -> Vec<Known<'_>> {
        let limits = self.limits.iter().filter(|limit| covers(&limit.cases, case));
        let stops = limits.flat_map(|limit| &limit.stops).filter(|stop| stop.recorded_by == recorded_by);
        once(stops.map(|stop| (stop.ground.as_str(), stop.words.as_str())))
    }

    /// The grounds on which a limit of a case is extended, in whatever version.
    #[must_use]
    pub fn known_extensions(&self, case: &str) -> Vec<Known<'_>> {
        let limits = self.limits.iter().filter(|limit| covers(&limit.cases, case));
        let extensions = limits.flat_map(|limit| &limit.extensions).filter(|extension| covers(&extension.cases, case));
        once(extensions.map(|extension| (extension.ground.as_str(), extension.words.as_str())))
    }

    /// The cases of all versions, each id once, as the newest version says them.
    #[must_use]
    pub fn known_cases(&self) -> Vec<Known<'_>> {
        let cases = self.versions.iter().rev().flat_map(|version| &version.cases);
        once(cases.map(|case| (case.id.as_str(), case.words.as_str())))
    }
}

/// Each id with what is said of it first.
fn once<'a>(all: impl Iterator<Item = Known<'a>>) -> Vec<Known<'a>> {
    let mut known: Vec<Known<'a>> = Vec::new();
    for (id, words) in all {
        if !known.iter().any(|(other, _)| *other == id) {
            known.push((id, words));
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use crate::{Rulebook, regime::RecordedBy};

    #[test]
    fn a_case_knows_its_grounds_and_limits_and_no_others() {
        let law = Rulebook::shipped().unwrap();
        let regime = law.regime("gb-eng-planning").unwrap();
        let ids = |known: Vec<(&str, &str)>| known.iter().map(|(id, _)| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(regime.known_stops("major", RecordedBy::Stop)), ["eia-screening"]);
        assert!(regime.known_stops("major", RecordedBy::Request).is_empty());
        assert!(ids(regime.known_extensions("major")).contains(&"agreed-in-writing".to_owned()));
        assert_eq!(ids(regime.known_limits("major", |_| true))[0], "determination");
        assert_eq!(ids(regime.known_cases()).iter().filter(|case| *case == "major").count(), 1);
    }
}
