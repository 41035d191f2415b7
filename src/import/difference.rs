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
//! A planned day is not corrected when it changes: the plan moves, as of the edition. What the row leaves open, since a cell of
//! it can't be read, is as it was.
//!
//! What the register said and no claim belongs to is retracted, unless it is left open, or is a plan of what the row says has
//! been reached. A person's version stays in effect through all of this,
//! and so does one that a person confirmed: what the register goes on to say is recorded once, and shown beside it, also
//! where it is what the person had corrected.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use domain::Intent;
use projections::things::{Said, State, Thing, is_retracted, said_by_registers};
use schema::{Act, Date, EventId, Fact, Line, Metadata, Note, Precision, Provenance, TextError};
use serde_json::Value;

use super::{
    DatedBy, Open,
    plans::{Plan, Scheduled},
};

/// A claim on a thing of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClaimOn<F> {
    pub field: Line,
    pub occurred_on: Date,
    pub dated_by: DatedBy,
    pub fact: F,
    /// The parts of it that stay as they are on record.
    pub open: Vec<Open>,
}

/// What a row says of a thing of one kind.
#[derive(Debug)]
pub(super) struct OfRow<'a, F> {
    pub claims: &'a [ClaimOn<F>],
    /// The fields of which it says nothing that counts.
    pub open: &'a [Line],
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// It is new.
    Stated,
    /// The register planned another day before: the plan moves.
    Moved,
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
    /// The fields of the facts that stay because the row leaves open whether it still says so.
    pub left: Vec<Line>,
    /// How many facts stand that the register said of the thing.
    pub on_record: usize,
    /// The fields of the facts whose corrected date only has day and month in each other's place.
    pub swapped: Vec<Line>,
}

/// Compares what a row says with what `register` said of `thing` in other editions than that of `published_on`.
///
/// # Errors
/// When a reason can't be written as a note.
pub(super) fn difference<S: State<Fact: Scheduled>>(
    thing: &Thing<S>,
    row: &OfRow<'_, S::Fact>,
    (register, published_on): (&Line, NaiveDate),
) -> Result<Difference<S::Fact>, TextError> {
    let mut said = said_by_registers(thing.acts());
    said.retain(|said| said.row().is_some_and(|row| row.register == *register));
    let on_record = said.iter().filter(|said| said.withdrawal.is_none()).count();
    let nothing = Difference { on_record, ..Difference::default() };
    let mut comparison = Comparison { thing, said, published_on, difference: nothing };
    comparison.retract_what_is_no_longer_said(row)?;
    for claim in row.claims {
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

impl<S: State<Fact: Scheduled>> Comparison<'_, S> {
    fn step(&mut self, deed: Deed, field: &Line, occurred_on: Date, intent: Intent<S::Fact>) {
        self.difference.steps.push(Step { deed, field: field.clone(), occurred_on, intent, published_on: None });
    }

    fn retract_what_is_no_longer_said(&mut self, row: &OfRow<'_, S::Fact>) -> Result<(), TextError> {
        let reason = note(&format!("the edition of {} no longer says so", self.published_on))?;
        let OfRow { claims, open } = row;
        let is_still_said = |said: &Said<S::Fact>| claims.iter().any(|claim| belongs(said, claim) || has_ended(said, claim));
        let gone = |said: &&Said<S::Fact>| said.withdrawal.is_none() && !is_still_said(said);
        let gone: Vec<Said<S::Fact>> = self.said.iter().filter(gone).cloned().collect();
        for said in gone {
            let Some(row) = said.row() else { continue };
            if open.contains(&row.field) {
                self.difference.left.push(row.field.clone());
                continue;
            }
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
        if let Some(Plan { due_on: Some(due_on), .. }) = claim.fact.plan() {
            return self.take_plan(claim, due_on);
        }
        let belonging = self.said.iter().filter(|said| belongs(said, claim));
        match belonging.max_by_key(|said| self.said_last(said, claim)).cloned() {
            None => Ok(self.state(claim)),
            Some(said) => self.compare(claim, &said),
        }
    }

    /// What becomes of a planned day. The plan was made once; another day moves it, as of the edition.
    fn take_plan(&mut self, claim: &ClaimOn<S::Fact>, due_on: Date) -> Result<Fate, TextError> {
        let mut said: Vec<Said<S::Fact>> = self.said.iter().filter(|said| belongs(said, claim)).cloned().collect();
        let is_any_left = said.iter().any(|said| said.withdrawal.is_none());
        let last_withdrawn = said.iter().map(|said| self.withdrawn_on(said)).max().filter(|_| !is_any_left);
        said.retain(|said| self.withdrawn_on(said) == last_withdrawn.flatten());
        said.sort_by_key(said_in_turn);
        let Some((last, before)) = said.split_last() else { return Ok(self.state(claim)) };
        if is_moved_from(last, due_on, self.published_on) {
            for said in &said {
                self.bring_back(claim, said)?;
            }
            return Ok(self.move_plan(claim, last, due_on));
        }
        for said in before.iter().skip(1) {
            self.bring_back(claim, said)?;
        }
        let of_first = match before.first() {
            Some(first) => self.compare(&restated(claim, first, None), first)?,
            None => Fate::Unchanged,
        };
        let is_plan = last.fact().is_some_and(|fact| fact.plan().is_some());
        let of_last =
            if is_plan { self.compare(claim, last)? } else { self.compare(&restated(claim, last, Some(due_on)), last)? };
        Ok(if of_last == Fate::Unchanged { of_first } else { of_last })
    }

    fn move_plan(&mut self, claim: &ClaimOn<S::Fact>, last: &Said<S::Fact>, to: Date) -> Fate {
        let Some(fact) = claim.fact.moving(to) else { return self.state(claim) };
        let is_later = claim.dated_by == DatedBy::Row && claim.occurred_on.first() > last.occurred_on().first();
        let occurred_on = if is_later { claim.occurred_on } else { Date::day(self.published_on) };
        match self.state(&ClaimOn { occurred_on, fact, ..claim.clone() }) {
            Fate::Stated => Fate::Moved,
            other => other,
        }
    }

    /// Orders what belongs to `claim`: what was said last comes last, after all that was withdrawn; of that, what is the same,
    /// and then what was withdrawn last.
    fn said_last(&self, said: &Said<S::Fact>, claim: &ClaimOn<S::Fact>) -> impl Ord + use<S> {
        let stands = said.withdrawal.is_none();
        let again = !stands && said.fact() == Some(&claim.fact);
        let published_on = said.word.metadata.published_on;
        (stands, again, self.withdrawn_on(said), published_on, said.occurred_on().first(), said.fact_id())
    }

    /// The first edition that withdrew what was said, where one did.
    fn withdrawn_on(&self, said: &Said<S::Fact>) -> Option<NaiveDate> {
        said.withdrawal?;
        let withdrawals = withdrawals(self.thing, said.fact_id());
        withdrawals.into_iter().filter_map(|act| self.thing.act(act)?.metadata.published_on).min()
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
        let claim = &closed(claim, said);
        let same_fact = said.fact() == Some(&claim.fact);
        let is_said_once = claim.fact.order_of_life() == 0 || claim.fact.planned().is_some();
        let is_dated = claim.dated_by == DatedBy::Row || !(same_fact || is_said_once);
        let occurred_on = if is_dated { claim.occurred_on } else { said.occurred_on() };
        let same = same_fact && occurred_on == said.occurred_on();
        if said.taken_back_by.is_some() {
            if !same || said.contradiction().is_none() {
                self.correct(Deed::Disagree, claim, said, occurred_on)?;
            }
            return Ok(Fate::KeptForPerson);
        }
        let later = occurred_on.first() > said.occurred_on().first();
        if !same_fact && !is_said_once && held_as_of_an_edition(said) && later {
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
        if deed == Deed::Correct && has_day_and_month_swapped(said.occurred_on(), occurred_on) {
            self.difference.swapped.push(claim.field.clone());
        }
        let reason = self.why(said, &claim.fact, occurred_on)?;
        self.step(deed, &claim.field, occurred_on, Intent::Correct { fact, reason, to, members: None });
        Ok(())
    }

    /// Takes back the register's own retractions, where there are any: several editions can have withdrawn it, of which an older
    /// one was taken later.
    fn bring_back(&mut self, claim: &ClaimOn<S::Fact>, said: &Said<S::Fact>) -> Result<(), TextError> {
        if said.withdrawal.is_none() {
            return Ok(());
        }
        let reason = note(&format!("the edition of {} says so again", self.published_on))?;
        for act in withdrawals(self.thing, said.fact_id()) {
            self.step(Deed::BringBack, &claim.field, said.occurred_on(), Intent::Retract { act, reason: reason.clone() });
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

impl<F> Default for Difference<F> {
    fn default() -> Self {
        let (steps, fates) = (Vec::new(), Vec::new());
        Self { steps, fates, retracted: Vec::new(), left: Vec::new(), on_record: 0, swapped: Vec::new() }
    }
}

/// The retractions of a fact by registers that are in effect.
pub(super) fn withdrawals<S: State>(thing: &Thing<S>, fact: EventId) -> Vec<EventId> {
    let withdraws = |content: &Act<_>| matches!(content, Act::Retracted { act, .. } if *act == fact);
    let by_register = |metadata: &Metadata| metadata.origin.provenance() == Provenance::Register;
    let acts = thing.acts().iter().filter(|act| withdraws(&act.content) && by_register(&act.metadata));
    acts.map(|act| act.header.id).filter(|act| !is_retracted(thing.acts(), *act)).collect()
}

fn belongs<F: Scheduled>(said: &Said<F>, claim: &ClaimOn<F>) -> bool {
    let Some(fact) = said.fact() else { return false };
    let is_like_it = match claim.fact.plan() {
        Some(plan) => fact.planned().is_some_and(|said| said.milestone == plan.milestone),
        None => fact.order_of_life() == claim.fact.order_of_life(),
    };
    is_like_it && said.row().is_some_and(|row| row.field == claim.field)
}

/// Whether what was said is of a plan, and `claim` says that it came to its end: the plan is not withdrawn by that.
fn has_ended<F: Scheduled>(said: &Said<F>, claim: &ClaimOn<F>) -> bool {
    let planned = said.fact().and_then(Scheduled::planned);
    planned.is_some_and(|plan| claim.fact.ends() == Some(plan.milestone))
}

/// Whether a plan moves that was said last for another day than `due_on`: not one of the same edition, which is corrected, nor
/// one that a person corrected or took back.
fn is_moved_from<F: Scheduled>(last: &Said<F>, due_on: Date, published_on: NaiveDate) -> bool {
    let is_persons = last.taken_back_by.is_some() || last.counting == Some(Provenance::Person);
    let is_of_this_edition = last.stated.metadata.published_on == Some(published_on);
    let planned = last.fact().and_then(Scheduled::planned);
    planned.is_some_and(|plan| plan.due_on != Some(due_on)) && !is_of_this_edition && !is_persons
}

/// Orders what was said of one plan: the plan, then its moves as they came.
pub(super) fn said_in_turn<F: Scheduled>(said: &Said<F>) -> impl Ord + use<F> {
    let is_move = said.fact().is_some_and(|fact| fact.moved().is_some());
    (is_move, said.stated.metadata.published_on, said.occurred_on().first(), said.fact_id())
}

/// The claim as what `said` says already, of the same date, with another planned day where one is given. Of a plan it keeps what
/// the row says beside the day.
fn restated<F: Scheduled>(claim: &ClaimOn<F>, said: &Said<F>, due_on: Option<Date>) -> ClaimOn<F> {
    let known = said.fact().and_then(Scheduled::planned).and_then(|plan| plan.due_on);
    let is_plan = said.fact().is_some_and(|fact| fact.plan().is_some());
    let whole = if is_plan { Some(&claim.fact) } else { said.fact() };
    let fact = whole.and_then(|fact| fact.due(due_on.or(known)?)).unwrap_or_else(|| claim.fact.clone());
    ClaimOn { fact, occurred_on: said.occurred_on(), dated_by: DatedBy::Edition, ..claim.clone() }
}

/// The claim with what the row leaves open as the register said it last.
fn closed<F: Fact>(claim: &ClaimOn<F>, said: &Said<F>) -> ClaimOn<F> {
    let fact = said.fact().filter(|_| !claim.open.is_empty()).and_then(|said| filled(&claim.fact, said, &claim.open));
    ClaimOn { fact: fact.unwrap_or_else(|| claim.fact.clone()), ..claim.clone() }
}

/// `fact` with the parts that are `open` as `said` has them.
fn filled<F: Fact>(fact: &F, said: &F, open: &[Open]) -> Option<F> {
    let (mut members, said) = (members_of(fact), members_of(said));
    for part in open {
        let (known, name) = match part {
            Open::Member(name) => (&said, name.as_str()),
            Open::Attribute(name) => (&said["attributes"], name.as_str()),
        };
        let Some(value) = known.get(name) else { continue };
        let into = if matches!(part, Open::Member(_)) { &mut members } else { &mut members["attributes"] };
        into[name] = value.clone();
    }
    F::decode(fact.order_of_life(), &serde_json::to_vec(&members).ok()?).ok()
}

/// Whether one day is the other with day and month in each other's place.
fn has_day_and_month_swapped(was: Date, is: Date) -> bool {
    let exact = |date: Date| (date.precision() == Precision::Day).then(|| date.first());
    let (Some(was), Some(is)) = (exact(was), exact(is)) else { return false };
    was != is && was.year() == is.year() && (was.day(), was.month()) == (is.month(), is.day())
}

fn members_of<F: Fact>(fact: &F) -> Value {
    serde_json::from_slice(&fact.encode().unwrap_or_default()).unwrap_or_default()
}

/// Whether the register said when it held, and not since when. A row's date that is the edition's own reads the same.
fn held_as_of_an_edition<F: Fact>(said: &Said<F>) -> bool {
    said.word.metadata.published_on.map(Date::day) == Some(said.occurred_on())
}

/// The members in which two payloads differ, those of `attributes` by their own names.
fn changed_members<F: Fact>(was: &F, is: &F) -> Vec<String> {
    let (mut was, mut is) = (members_of(was), members_of(is));
    let attributes = differing(&was["attributes"].take(), &is["attributes"].take());
    differing(&was, &is).into_iter().chain(attributes).map(|name| format!("'{name}'")).collect()
}

fn differing(was: &Value, is: &Value) -> BTreeSet<String> {
    let names = |value: &Value| value.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
    let all = [names(was), names(is)].into_iter().flatten().flatten();
    all.filter(|name| was.get(name) != is.get(name)).collect()
}

/// A reason; what is too long for one is cut.
pub(super) fn note(text: &str) -> Result<Note, TextError> {
    let cut: String = text.chars().take(Note::CHARACTERS_MAX).collect();
    Note::try_new(&cut)
}
