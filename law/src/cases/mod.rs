//! Worked cases, in the form of a JSON file, run against the rulebook.

mod expect;
mod form;

use crate::{
    LawError, Rulebook,
    clock::{self, Application, Happening, Outcome},
};

use self::form::{Case, Flag, Form};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// The id of the case.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What was found other than expected; nothing, if the case passes.
    pub differences: Vec<Difference>,
}

impl CaseOutcome {
    /// Whether everything was found as expected.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Something that was found other than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: the limit, the day asked and the member, or what is refused or flagged.
    pub what: String,
    /// What the case expects.
    pub expected: String,
    /// What the rulebook says.
    pub found: String,
}

impl Difference {
    fn new(what: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), expected: expected.into(), found: found.into() }
    }
}

/// Runs the cases of a file, `cases` and `rules` alike, in its order.
///
/// A case that can't be read, or for which the law gives no answer, fails with a difference that says why.
///
/// # Errors
/// A sentence, when the text is not JSON of this form.
pub fn check_cases(law: &Rulebook, json: &str) -> Result<Vec<CaseOutcome>, String> {
    let form: Form = serde_json::from_str(json).map_err(|error| format!("the cases can't be read: {error}"))?;
    Ok(form.cases.into_iter().chain(form.rules).map(|case| check(law, &case)).collect())
}

fn check(law: &Rulebook, case: &serde_json::Value) -> CaseOutcome {
    let text = |member: &str| case.get(member).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let (id, title) = (text("id"), text("title"));
    let differences = match serde_json::from_value::<Case>(case.clone()) {
        Ok(case) => differences(law, &case),
        Err(error) => vec![Difference::new("the case", "a case that can be read", error.to_string())],
    };
    CaseOutcome { id, title, differences }
}

fn differences(law: &Rulebook, case: &Case) -> Vec<Difference> {
    let happenings: Result<Vec<Happening>, String> =
        case.facts.iter().enumerate().filter_map(|(at, fact)| fact.happening(at).transpose()).collect();
    let happenings = match happenings {
        Ok(happenings) => happenings,
        Err(says) => return vec![Difference::new("the facts", "facts that can be read", says)],
    };
    let application = Application { regime: case.regime.clone(), case: case.of.clone(), places: case.places.clone(), happenings };
    let mut differences = Vec::new();
    for ask in &case.asks {
        match clock::clock(law, &application, &ask.limit, ask.on) {
            Ok(clock) => {
                let what = format!("{} on {}", ask.limit, ask.on);
                if clock.started_on.is_some() && case.version.as_ref().is_some_and(|version| *version != clock.version) {
                    let expected = case.version.clone().unwrap_or_default();
                    differences.push(Difference::new(format!("{what}: version"), expected, clock.version.clone()));
                }
                expect::compare(&what, &ask.expect, &clock, &mut differences);
            }
            Err(error) => differences.push(no_answer(&format!("{} on {}", ask.limit, ask.on), &error)),
        }
    }
    fitting(law, case, &application, &mut differences);
    differences
}

fn no_answer(what: &str, error: &LawError) -> Difference {
    Difference::new(what, "an answer", error.to_string())
}

/// Compares what is refused, which has to be exactly what the case says, and what is flagged, which may be more.
fn fitting(law: &Rulebook, case: &Case, application: &Application, differences: &mut Vec<Difference>) {
    let last = application.happenings.iter().map(Happening::day).max();
    let misfits = match last.map(|last| clock::misfits(law, application, last)).transpose() {
        Ok(misfits) => misfits.unwrap_or_default(),
        Err(error) => return differences.push(no_answer("what fits the law", &error)),
    };
    let of = |outcome: Outcome| {
        let mut flags: Vec<_> = misfits.iter().filter(|misfit| misfit.outcome == outcome).collect();
        flags.sort_by_key(|misfit| misfit.fact);
        flags.into_iter().map(|misfit| Flag { fact: misfit.fact.0, code: misfit.code.word().to_owned() }).collect::<Vec<_>>()
    };
    let mut expected = case.refused.clone();
    expected.sort();
    let found = of(Outcome::Refused);
    if found != expected {
        differences.push(Difference::new("refused", form::words(&expected), form::words(&found)));
    }
    let flagged = of(Outcome::Flagged);
    for flag in case.flagged.iter().filter(|flag| !flagged.contains(flag)) {
        differences.push(Difference::new("flagged", form::words(std::slice::from_ref(flag)), form::words(&flagged)));
    }
}
