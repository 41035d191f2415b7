//! What an edition changes about one thing: its claims, compared with what the register said before.
//!
//! A claim and a fact belong together when they have the same field and the same type. For each claim, in this order:
//!
//! 1. Nothing of the kind was said before: the fact is stated, unless somebody else stated just that.
//! 2. A person retracted the fact: it stays so, and what the register goes on to say is recorded beside it, once.
//! 3. The register said the same: nothing. A date of the edition never stands against a date already known: of two
//!    claims of one content, or of a founding fact, the date on record is kept where the row says none.
//! 4. What was said held as of an edition ([`DatedBy::Edition`]), and something else is said with a later date: both
//!    stand, for the earlier was not wrong. Founding facts are never stated twice; they are corrected.
//! 5. Else the fact is corrected; one that the register had withdrawn is brought back first, under its own id.
//!
//! What the register said and no claim belongs to is retracted. A person's version stays in effect through all of this,
//! and so does one that a person confirmed: what the register goes on to say is recorded once, and shown beside it, also
//! where it is what the person had corrected.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::Intent;
use projections::things::{Said, State, Thing, said_by_registers};
use schema::{Date, EventId, Fact, Line, Note, Provenance, TextError};

use super::DatedBy;

/// A claim on a thing of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClaimOn<F> {
    pub field: Line,
    pub occurred_on: Date,
    pub dated_by: DatedBy,
    pub fact: F,
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// It is new.
    Stated,
    /// The register said otherwise before.
    Corrected,
    /// The register had taken it back before.
    BroughtBack,
    /// It is on record.
    Unchanged,
    /// A person said otherwise, and that stays.
    KeptForPerson,
    /// A later edition has the last word.
    KeptForLater,
    /// The record has refused it.
    Refused,
}

/// What an event of an import does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Deed {
    /// States a fact.
    State,
    /// Puts another version of a fact in the place of the register's earlier one.
    Correct,
    /// Takes back the register's own retraction.
    BringBack,
    /// Retracts what the register no longer says.
    Retract,
    /// Puts the register's word beside a person's, which stays.
    Disagree,
    /// Puts the register's word beside a person's, which it now is too.
    Agree,
    /// Puts on record what was published before what counts, for whoever asks what was known by then.
    DateBack,
}

/// One command on a thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step<F> {
    pub deed: Deed,
    pub field: Line,
    pub occurred_on: Date,
    /// As of which edition, where it is not the one at hand.
    pub published_on: Option<NaiveDate>,
    pub intent: Intent<F>,
}

/// What an edition changes about one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference<F> {
    /// What to record, in order.
    pub steps: Vec<Step<F>>,
    /// What becomes of each claim.
    pub fates: Vec<Fate>,
    /// The fields of the facts that are retracted because the row no longer says so.
    pub retracted: Vec<Line>,
}

/// Compares `claims` with what `register` said of `thing` in other editions than that of `published_on`.
///
/// # Errors
/// When a reason can't be written as a note.
pub(super) fn difference<S: State>(
    thing: &Thing<S>,
    claims: &[ClaimOn<S::Fact>],
    (register, published_on): (&Line, NaiveDate),
) -> Result<Difference<S::Fact>, TextError> {
    let mut said = said_by_registers(thing.acts());
    said.retain(|said| said.row().is_some_and(|row| row.register == *register));
    let nothing = Difference { steps: Vec::new(), fates: Vec::with_capacity(claims.len()), retracted: Vec::new() };
    let mut comparison = Comparison { thing, said, published_on, difference: nothing };
    comparison.retract_what_is_no_longer_said(claims)?;
    for claim in claims {
        let fate = comparison.take(claim)?;
        comparison.difference.fates.push(fate);
    }
    Ok(comparison.difference)
}

struct Comparison<'a, S: State> {
    thing: &'a Thing<S>,
    said: Vec<Said<S::Fact>>,
    published_on: NaiveDate,
    difference: Difference<S::Fact>,
}

impl<S: State> Comparison<'_, S> {
    fn step(&mut self, deed: Deed, field: &Line, occurred_on: Date, intent: Intent<S::Fact>) {
        self.difference.steps.push(Step { deed, field: field.clone(), occurred_on, intent, published_on: None });
    }

    fn retract_what_is_no_longer_said(&mut self, claims: &[ClaimOn<S::Fact>]) -> Result<(), TextError> {
        let reason = note(&format!("the edition of {} no longer says so", self.published_on))?;
        let gone = |said: &&Said<S::Fact>| said.withdrawal.is_none() && !claims.iter().any(|claim| belongs(said, claim));
        let gone: Vec<Said<S::Fact>> = self.said.iter().filter(gone).cloned().collect();
        for said in gone {
            let Some(row) = said.row() else { continue };
            // What a person retracted is gone already; what the register said against that is not.
            let acts: Vec<EventId> = match said.taken_back_by {
                None => vec![said.fact_id()],
                Some(_) => said.against_retraction.iter().map(|act| act.header.id).collect(),
            };
            for act in acts {
                let intent = Intent::Retract { act, reason: reason.clone() };
                self.step(Deed::Retract, &row.field, said.occurred_on(), intent);
                self.difference.retracted.push(row.field.clone());
            }
        }
        Ok(())
    }

    fn take(&mut self, claim: &ClaimOn<S::Fact>) -> Result<Fate, TextError> {
        let belonging = self.said.iter().filter(|said| belongs(said, claim));
        match belonging.max_by_key(|said| said_last(said, claim)).cloned() {
            None => Ok(self.state(claim)),
            Some(said) => self.compare(claim, &said),
        }
    }

    fn state(&mut self, claim: &ClaimOn<S::Fact>) -> Fate {
        if self.is_stated_otherwise(claim) {
            return Fate::Unchanged;
        }
        self.step(Deed::State, &claim.field, claim.occurred_on, Intent::State(claim.fact.clone()));
        Fate::Stated
    }

    /// Whether the very same is on record or about to be, under another field or from somebody else.
    fn is_stated_otherwise(&self, claim: &ClaimOn<S::Fact>) -> bool {
        let retracted: Vec<_> = self.difference.steps.iter().filter_map(|step| step.intent.about()).collect();
        let mut live = self.thing.live().iter().filter(|live| !retracted.contains(&live.fact_id));
        live.any(|live| live.occurred_on() == claim.occurred_on && *live.fact() == claim.fact)
            || self.difference.steps.iter().any(|step| {
                step.occurred_on == claim.occurred_on && matches!(&step.intent, Intent::State(fact) if *fact == claim.fact)
            })
    }

    fn compare(&mut self, claim: &ClaimOn<S::Fact>, said: &Said<S::Fact>) -> Result<Fate, TextError> {
        let (same_fact, founding) = (said.fact() == Some(&claim.fact), claim.fact.order_of_life() == 0);
        let is_dated = claim.dated_by == DatedBy::Row || !(same_fact || founding);
        let occurred_on = if is_dated { claim.occurred_on } else { said.occurred_on() };
        let same = same_fact && occurred_on == said.occurred_on();
        if said.taken_back_by.is_some() {
            if !same || said.contradiction().is_none() {
                self.correct(Deed::Disagree, claim, said, occurred_on)?;
            }
            return Ok(Fate::KeptForPerson);
        }
        let later = occurred_on.first() > said.occurred_on().first();
        if !same_fact && !founding && held_as_of_an_edition(said) && later {
            return Ok(self.state(claim));
        }
        self.bring_back(claim, said)?;
        let persons = self.thing.live_fact(said.fact_id()).filter(|_| said.counting == Some(Provenance::Person));
        let agrees = persons.map(|live| *live.fact() == claim.fact && live.occurred_on() == occurred_on);
        match agrees {
            None if !same => self.correct(Deed::Correct, claim, said, occurred_on)?,
            Some(false) if !same || !said.disagrees => self.correct(Deed::Disagree, claim, said, occurred_on)?,
            Some(true) if said.disagrees => self.correct(Deed::Agree, claim, said, occurred_on)?,
            None | Some(_) => {}
        }
        Ok(match agrees {
            Some(false) => Fate::KeptForPerson,
            None if said.withdrawal.is_some() => Fate::BroughtBack,
            None if !same => Fate::Corrected,
            Some(true) | None => Fate::Unchanged,
        })
    }

    /// Records another version of what was said.
    fn correct(
        &mut self,
        deed: Deed,
        claim: &ClaimOn<S::Fact>,
        said: &Said<S::Fact>,
        occurred_on: Date,
    ) -> Result<(), TextError> {
        let (fact, to) = (said.fact_id(), claim.fact.clone());
        let reason = self.why(said, &claim.fact, occurred_on)?;
        self.step(deed, &claim.field, occurred_on, Intent::Correct { fact, reason, to, members: None });
        Ok(())
    }

    /// Takes back the register's own retraction, where there is one.
    fn bring_back(&mut self, claim: &ClaimOn<S::Fact>, said: &Said<S::Fact>) -> Result<(), TextError> {
        if let Some(act) = said.withdrawal {
            let reason = note(&format!("the edition of {} says so again", self.published_on))?;
            self.step(Deed::BringBack, &claim.field, said.occurred_on(), Intent::Retract { act, reason });
        }
        Ok(())
    }

    /// Which edition says what otherwise than which.
    fn why(&self, said: &Said<S::Fact>, to: &S::Fact, occurred_on: Date) -> Result<Note, TextError> {
        let mut changed: Vec<String> = said.fact().map(|fact| changed_members(fact, to)).unwrap_or_default();
        if said.occurred_on() != occurred_on {
            changed.insert(0, format!("date {} → {occurred_on}", said.occurred_on()));
        }
        let before = said.word.metadata.published_on;
        if changed.is_empty() {
            let before = before.map(|edition| format!(", as that of {edition} did")).unwrap_or_default();
            return note(&format!("the edition of {} still says so{before}", self.published_on));
        }
        let before = before.map(|edition| format!(" than that of {edition}")).unwrap_or_default();
        note(&format!("the edition of {} says otherwise{before}: {}", self.published_on, changed.join(", ")))
    }
}

fn belongs<F: Fact>(said: &Said<F>, claim: &ClaimOn<F>) -> bool {
    let same_type = said.fact().is_some_and(|fact| fact.order_of_life() == claim.fact.order_of_life());
    same_type && said.row().is_some_and(|row| row.field == claim.field)
}

/// Orders what belongs to `claim`: what was said last comes last, after all that was withdrawn; of that, what is the same.
fn said_last<F: Fact>(said: &Said<F>, claim: &ClaimOn<F>) -> impl Ord + use<F> {
    let stands = said.withdrawal.is_none();
    let again = !stands && said.fact() == Some(&claim.fact);
    (stands, again, said.word.metadata.published_on, said.occurred_on().first(), said.fact_id())
}

/// Whether the register said when it held, and not since when. A row's date that is the edition's own reads the same.
fn held_as_of_an_edition<F: Fact>(said: &Said<F>) -> bool {
    said.word.metadata.published_on.map(Date::day) == Some(said.occurred_on())
}

/// The members in which two payloads differ, those of `attributes` by their own names.
fn changed_members<F: Fact>(was: &F, is: &F) -> Vec<String> {
    let members = |fact: &F| serde_json::from_slice::<serde_json::Value>(&fact.encode().unwrap_or_default()).unwrap_or_default();
    let (mut was, mut is) = (members(was), members(is));
    let attributes = differing(&was["attributes"].take(), &is["attributes"].take());
    differing(&was, &is).into_iter().chain(attributes).map(|name| format!("'{name}'")).collect()
}

fn differing(was: &serde_json::Value, is: &serde_json::Value) -> BTreeSet<String> {
    let names = |value: &serde_json::Value| value.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
    let all = [names(was), names(is)].into_iter().flatten().flatten();
    all.filter(|name| was.get(name) != is.get(name)).collect()
}

/// A reason; what is too long for one is cut.
pub(super) fn note(text: &str) -> Result<Note, TextError> {
    let cut: String = text.chars().take(Note::CHARACTERS_MAX).collect();
    Note::try_new(&cut)
}
