//! A permit under the law that is named for it: its clocks on a day, and whether there is such a law.
//!
//! Nothing of this is kept: the files of regimes change while the record does not.

use std::{borrow::Cow, fmt};

use chrono::{Days, Duration, NaiveDate};
use law::{
    LawError, Rulebook,
    clock::{self, Application, Bounds, Clock, Code, FactKey, FactOf, Misfit, Outcome, Unclocked},
};
use projections::things::{Flag, FlagCode, Live, Permit, Thing};
use schema::{
    EventId, Line, Provenance,
    permit::{PermitFact, PermitIdentified, RegimeDetermined},
};

use super::{Command, Rejection, foreseen, rejection};

/// Why a permit has no clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoClock {
    /// No regime is named.
    NoRegime,
    /// A regime is named and no case of it.
    NoCase {
        /// The regime.
        regime: String,
        /// Its cases.
        cases: Vec<String>,
    },
    /// The law gives no answer.
    Law(LawError),
}

impl fmt::Display for NoClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRegime => f.write_str("no regime is named, so that it is not known which periods apply"),
            Self::NoCase { regime, cases } => {
                write!(f, "no case of the regime '{regime}' is named, so that it is not known which periods apply; ")?;
                write!(f, "its cases are {}", cases.join(", "))
            }
            Self::Law(error) => error.fmt(f),
        }
    }
}

impl From<LawError> for NoClock {
    fn from(error: LawError) -> Self {
        Self::Law(error)
    }
}

/// A permit as whoever asks sees it, under the law that is named for it, on a day.
pub struct UnderLaw<'a> {
    law: &'a Rulebook,
    application: Application,
    facts: Vec<EventId>,
    today: NaiveDate,
}

impl<'a> UnderLaw<'a> {
    /// `permit` under `law`, looked at on `today` by the facts that had occurred by then.
    ///
    /// # Errors
    ///
    /// [`NoClock`] when no regime or case is named by that day, or none that the law knows.
    pub fn of(permit: &Thing<Permit>, law: &'a Rulebook, today: NaiveDate) -> Result<Self, NoClock> {
        let told: Vec<_> = permit.live().iter().map(told).collect();
        let facts = told.iter().map(|told| told.id).collect();
        let Some(application) = Application::of_permit(&told, today) else { return Err(unnamed(permit, law)) };
        law.regime(&application.regime)?;
        Ok(Self { law, application, facts, today })
    }

    /// The clock of each limit, in the order of the regime, or why there is none.
    ///
    /// # Errors
    ///
    /// [`LawError`] when the law gives no answer for any limit.
    pub fn clocks(&self) -> Result<Vec<Result<Clock, Unclocked>>, LawError> {
        clock::clocks(self.law, &self.application, self.today)
    }

    /// The least and the most that a clock can say, where the days that it rests on are not all known; none, where they can't
    /// be told.
    #[must_use]
    pub fn bounds(&self, clock: &Clock) -> Option<Bounds> {
        clock::bounds(self.law, &self.application, &clock.limit, self.today).ok().flatten()
    }

    /// What of the record doesn't fit the law.
    ///
    /// # Errors
    ///
    /// [`LawError`] when the law gives no answer.
    pub fn misfits(&self) -> Result<Vec<Misfit>, LawError> {
        clock::misfits(self.law, &self.application, self.today)
    }

    /// The id of a fact that a clock or a misfit names.
    #[must_use]
    pub fn fact(&self, key: FactKey) -> Option<EventId> {
        self.facts.get(key.0).copied()
    }

    /// Whether an authority has let a statutory deadline pass and has still to act; none, where that can't be known: a clock
    /// has no answer, or it hangs on days that are not known.
    #[must_use]
    pub fn is_overdue(&self) -> Option<bool> {
        let clocks = self.clocks().ok()?;
        let mut is_known = true;
        for clock in &clocks {
            match clock.as_ref().ok().and_then(|clock| self.lets_pass(clock)) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_known = false,
            }
        }
        is_known.then_some(false)
    }

    /// Whether an authority has let the deadline of `clock` pass and has still to act, if that is so whatever the days were
    /// that are not known.
    #[must_use]
    pub fn lets_pass(&self, clock: &Clock) -> Option<bool> {
        if !clock.is_overdue() {
            return Some(false);
        }
        let surely = || self.bounds(clock).is_some_and(|bounds| bounds.on_time == Some(false));
        (clock.is_exact || surely()).then_some(true)
    }

    /// The first day by which an authority has still to act, also where it has passed; none, where no clock tells.
    #[must_use]
    pub fn due_on(&self) -> Option<NaiveDate> {
        self.clocks().ok()?.iter().flatten().filter_map(Clock::due_on).min()
    }

    /// Whether an authority has to act within so many days from the day asked, that day included.
    #[must_use]
    pub fn is_due_within(&self, days: u16) -> bool {
        let Some(last) = self.today.checked_add_days(Days::new(days.into())) else { return false };
        let due = |clock: &Clock| clock.due_on().is_some_and(|due| (self.today..=last).contains(&due));
        self.clocks().is_ok_and(|clocks| clocks.iter().flatten().any(due))
    }
}

/// A fact that counts, as the law looks at it.
fn told(live: &Live<PermitFact>) -> FactOf<'_> {
    let metadata = &live.version.metadata;
    let insisted = metadata.origin.provenance() == Provenance::Register || metadata.override_reason.is_some();
    FactOf { id: live.fact_id, on: live.occurred_on(), insisted, fact: live.fact() }
}

/// Why no regime and case can be told of `permit`.
fn unnamed(permit: &Thing<Permit>, law: &Rulebook) -> NoClock {
    let Some(name) = permit.state().identified().and_then(|identified| identified.regime.as_ref()) else {
        return NoClock::NoRegime;
    };
    match law.regime(name.as_str()) {
        Err(error) => NoClock::Law(error),
        Ok(regime) => {
            let cases = regime.versions.last().map(|version| version.cases.as_slice()).unwrap_or_default();
            NoClock::NoCase { regime: regime.id.clone(), cases: cases.iter().map(|case| case.id.clone()).collect() }
        }
    }
}

/// The regime and the case that a fact names, each where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedLaw<'a> {
    /// The regime.
    pub regime: Option<&'a Line>,
    /// The case.
    pub case: Option<&'a Line>,
}

impl<'a> NamedLaw<'a> {
    /// What `fact` names; none, where it names neither.
    #[must_use]
    pub fn of(fact: &'a PermitFact) -> Option<Self> {
        let named = match fact {
            PermitFact::PermitIdentified(PermitIdentified { regime, case, .. }) => {
                Self { regime: regime.as_ref(), case: case.as_ref() }
            }
            PermitFact::RegimeDetermined(RegimeDetermined { regime, case, .. }) => {
                Self { regime: Some(regime), case: Some(case) }
            }
            _ => return None,
        };
        (named.regime.is_some() || named.case.is_some()).then_some(named)
    }

    /// Why there is no such law: the code of what doesn't fit, and a sentence with the nearest names.
    fn unknown(self, law: &Rulebook) -> Option<(FlagCode, String)> {
        let unknown = |code: FlagCode, error: LawError| Some((code, error.to_string()));
        match (self.regime, self.case) {
            (Some(regime), None) => law.regime(regime.as_str()).err().and_then(|error| unknown(FlagCode::RegimeUnknown, error)),
            (Some(regime), Some(case)) => match law.case(regime.as_str(), case.as_str()) {
                Ok(_) => None,
                Err(error @ LawError::UnknownCase { .. }) => unknown(FlagCode::CaseUnknown, error),
                Err(error) => unknown(FlagCode::RegimeUnknown, error),
            },
            (None, Some(case)) => {
                Some((FlagCode::CaseUnknown, format!("the case '{case}' is one of a regime, and none is named")))
            }
            (None, None) => None,
        }
    }

    /// Refuses a regime or a case that no file knows, with the nearest names.
    ///
    /// # Errors
    ///
    /// The [`Rejection`], by the code of the flag that what a register says is given.
    pub fn refuse_unknown(self, law: &Rulebook) -> Result<(), Rejection> {
        let Some((code, message)) = self.unknown(law) else { return Ok(()) };
        let field = super::rules::rule(code).field;
        Err(Rejection::new(code.code(), message).hint(code.hint()).on(field))
    }
}

/// Refuses what the law does not allow, with what it allows: of what `commands` state or correct about `permit`, together, and
/// as far as had occurred by `today`. What a sender who may insists on is taken, and is flagged where the clocks are shown.
///
/// # Errors
///
/// The [`Rejection`], at the place of the command that it is about.
pub fn refuse_unlawful(
    permit: &Thing<Permit>,
    commands: &[&Command<PermitFact>],
    law: &Rulebook,
    today: NaiveDate,
) -> Result<(), Rejection> {
    if !commands.iter().any(|command| command.intent.new_fact().is_some()) {
        return Ok(());
    }
    let mut after = Cow::Borrowed(permit);
    for command in commands {
        // Insisting is for those who may.
        let insists = command.may_override || command.metadata.override_reason.is_none();
        let command = if insists { Cow::Borrowed(*command) } else { Cow::Owned(without_reason(command)) };
        if let Some(next) = foreseen(&after, &command) {
            after = Cow::Owned(next);
        }
    }
    // A day that has come somewhere on Earth is looked at as well: tomorrow it would have no effect, and nobody would be told.
    let days = commands.iter().map(|command| command.metadata.occurred_on.first());
    let day = days.filter(|day| *day - today <= Duration::days(1)).chain([today]).max().unwrap_or(today);
    let insisted = commands.iter().any(|command| command.may_override && command.metadata.override_reason.is_some());
    let place_of = |fact: EventId| commands.iter().position(|command| command.event_id(permit.id()) == fact);
    // What does not fit already keeps nobody from putting something else right, nor does what comes to fit no more where
    // whoever may insists: that is shown with the clocks.
    let known = misfits_of(permit, law, day);
    let is_new = |found: &Unlawful| !known.iter().any(|known| known.is_like(found));
    let counts = |found: &Unlawful| found.is_refused && is_new(found) && (!insisted || place_of(found.fact).is_some());
    let new = misfits_of(&after, law, day).into_iter().find(counts);
    let Some(Unlawful { fact, code, says, .. }) = new else { return Ok(()) };
    let place = place_of(fact);
    let hint = "if the source says so, somebody who may override the rule can record it with overrideReason";
    let field = if code == Code::UnknownGround { "ground" } else { "occurredOn" };
    let rejection = Rejection::new(rejection::unlawful(code), says).hint(hint).on(field);
    let facts = if place.is_none() { vec![fact] } else { Vec::new() };
    Err(Rejection { facts, place, ..rejection })
}

/// Something that does not fit the law.
struct Unlawful {
    fact: EventId,
    code: Code,
    says: String,
    is_refused: bool,
}

impl Unlawful {
    fn is_like(&self, other: &Self) -> bool {
        (self.fact, self.code) == (other.fact, other.code)
    }
}

/// What of a permit does not fit the law; nothing, where that gives no answer.
fn misfits_of(permit: &Thing<Permit>, law: &Rulebook, today: NaiveDate) -> Vec<Unlawful> {
    let Ok(under_law) = UnderLaw::of(permit, law, today) else { return Vec::new() };
    let misfits = under_law.misfits().unwrap_or_default().into_iter();
    let unlawful = misfits.filter_map(|Misfit { fact, code, says, outcome }| {
        Some(Unlawful { fact: under_law.fact(fact)?, code, says, is_refused: outcome == Outcome::Refused })
    });
    unlawful.collect()
}

fn without_reason(command: &Command<PermitFact>) -> Command<PermitFact> {
    let mut command = command.clone();
    command.metadata.override_reason = None;
    command
}

/// What does not fit between a permit and the law: a regime or a case that no file knows.
#[must_use]
pub fn unknown_law(permit: &Thing<Permit>, law: &Rulebook) -> Vec<Flag> {
    let unknown = |live: &Live<PermitFact>| {
        let (code, _) = NamedLaw::of(live.fact())?.unknown(law)?;
        Some(Flag::new(code, [live.fact_id]))
    };
    permit.live().iter().filter_map(unknown).collect()
}
