//! What an edition says that is older than ones on record.
//!
//! What had been published by a day is the same, in whatever order editions are imported. So an older edition is put in its
//! place: what it would have changed in its turn is recorded with its own date, and after it, with the date of each later
//! edition that had the row, what that one would have changed otherwise.
//!
//! - Of a fact that a newer edition was the first to state here, what the older says is another version, which that of the
//!   newer edition outranks.
//! - What the older edition said and the next did not is retracted as of the next.
//! - What held as of an edition holds as of the first that said so, and a plan that a newer edition was the first to make is a
//!   move of the older one's.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Command, Intent, foreseen};
use projections::things::{Said, State, Thing, said_by_registers};
use schema::{Act, Date, EventId, Fact, Line, Note, TextError};

use super::{
    DatedBy,
    difference::{ClaimOn, Deed, OfRow, Step, difference, note, said_in_turn, withdrawals},
    plans::Scheduled,
    work::{Envelope, Spoken, Work},
};

/// Where an edition stands among those on record that have a row.
pub(super) struct Turn<'a> {
    pub envelope: &'a Envelope,
    pub register: &'a Line,
    pub published_on: NaiveDate,
    /// The later editions that have the row, in their order.
    pub later: Vec<NaiveDate>,
    pub now: DateTime<Utc>,
}

/// The commands that put what an edition says of `thing` in its turn.
///
/// # Errors
/// When a reason can't be written as a note.
pub(super) fn earlier<S: Spoken>(
    thing: &Thing<S>,
    work: &Work<S::Fact>,
    turn: &Turn<'_>,
) -> Result<Vec<Command<S::Fact>>, TextError> {
    let by_then = known_by(thing, turn.published_on);
    let steps = difference(&by_then, &work.of_row(), (turn.register, turn.published_on))?.steps;
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let mut insertion = Insertion { thing, work, turn, rewritten: thing.clone(), in_turn: by_then, commands: Vec::new() };
    insertion.say(steps)?;
    for day in &turn.later {
        insertion.go_on_to(*day)?;
    }
    Ok(insertion.commands)
}

/// The thing as it was known when the editions until `day` had been published.
fn known_by<S: State>(thing: &Thing<S>, day: NaiveDate) -> Thing<S> {
    let known = thing.seen_through(|act| act.metadata.published_on.is_some_and(|edition| edition <= day));
    known.unwrap_or_else(|| Thing::new(thing.id()))
}

struct Insertion<'a, S: Spoken> {
    /// The thing as it is on record.
    thing: &'a Thing<S>,
    work: &'a Work<S::Fact>,
    turn: &'a Turn<'a>,
    /// The same with the commands so far.
    rewritten: Thing<S>,
    /// The thing as it would be had the editions been taken in their turn, up to the one that is looked at.
    in_turn: Thing<S>,
    commands: Vec<Command<S::Fact>>,
}

impl<S: Spoken> Insertion<'_, S> {
    /// Records what the edition changes about what was known by then.
    fn say(&mut self, steps: Vec<Step<S::Fact>>) -> Result<(), TextError> {
        let mut first_said_later = self.first_said_later();
        for step in steps {
            self.pass(step.clone());
            let Step { field, occurred_on, intent, .. } = step;
            let Some(act) = self.act(&field, occurred_on, intent, &mut first_said_later)? else { continue };
            self.record(&field, occurred_on, None, act);
        }
        Ok(())
    }

    /// Lets the edition of `day` follow, and records what it would have changed otherwise.
    fn go_on_to(&mut self, day: NaiveDate) -> Result<(), TextError> {
        if !S::IS_SHARED_BY_ROWS {
            let claims = self.claims_of(day);
            let row = OfRow { claims: &claims, open: &[] };
            for step in difference(&self.in_turn, &row, (self.turn.register, day))?.steps {
                self.pass(Step { published_on: Some(day), ..step });
            }
        }
        let actual = known_by(&self.rewritten, day);
        let mut wanted = self.standing(&self.in_turn);
        let mut surplus = Vec::new();
        for said in self.standing(&actual) {
            match wanted.iter().position(|wanted| says_the_same::<S>(wanted, &said)) {
                Some(at) => drop(wanted.swap_remove(at)),
                None => surplus.push(said),
            }
        }
        for said in surplus {
            let can_replace = |wanted: &Said<S::Fact>| is_version_of(wanted, &said) && !self.holds_as_of_an_edition(wanted);
            let at = wanted.iter().position(can_replace);
            self.replace(&said, at.map(|at| wanted.swap_remove(at)), day)?;
        }
        for said in wanted {
            self.add(&said, &actual, day)?;
        }
        Ok(())
    }

    /// Says what the edition of `day` would have said: again, where it had been withdrawn.
    fn add(&mut self, said: &Said<S::Fact>, actual: &Thing<S>, day: NaiveDate) -> Result<(), TextError> {
        let (Some(row), Some(fact)) = (said.row(), said.fact()) else { return Ok(()) };
        let withdrawn = self.said(actual).into_iter().find(|known| known.withdrawal.is_some() && says_the_same::<S>(known, said));
        let Some(withdrawn) = withdrawn else {
            self.record(&row.field, said.occurred_on(), Some(day), Act::Stated(fact.clone()));
            return Ok(());
        };
        let reason = note(&format!("the edition of {day}, which was taken before, says so again"))?;
        for act in withdrawals(actual, withdrawn.fact_id()) {
            self.record(&row.field, said.occurred_on(), Some(day), Act::Retracted { act, reason: reason.clone() });
        }
        Ok(())
    }

    /// Puts what would have been said in the place of what was, or takes it back.
    fn replace(&mut self, said: &Said<S::Fact>, by: Option<Said<S::Fact>>, day: NaiveDate) -> Result<(), TextError> {
        let Some(row) = said.row() else { return Ok(()) };
        let instead = by.as_ref().and_then(|by| Some((by.fact()?.clone(), by.occurred_on())));
        let (act, occurred_on) = match instead {
            None => (Act::Retracted { act: said.fact_id(), reason: why_until(day)? }, said.occurred_on()),
            Some((fact, on)) => {
                let occurred_on = if S::IS_SHARED_BY_ROWS { said.occurred_on() } else { on };
                let reason = note(&format!("the edition of {} had said this before that of {day}", self.turn.published_on))?;
                (Act::Corrected { act: said.word.header.id, reason, members: Vec::new(), fact }, occurred_on)
            }
        };
        self.record(&row.field.clone(), occurred_on, Some(day), act);
        Ok(())
    }

    fn record(&mut self, field: &Line, occurred_on: Date, published_on: Option<NaiveDate>, act: Act<S::Fact>) {
        let intent = Intent::Earlier(act);
        let command = self.command(Step { deed: Deed::DateBack, field: field.clone(), occurred_on, published_on, intent });
        if let Some(rewritten) = foreseen(&self.rewritten, &command) {
            self.rewritten = rewritten;
        }
        self.commands.push(command);
    }

    /// Lets `step` be taken in the turn of the editions.
    fn pass(&mut self, step: Step<S::Fact>) {
        if let Some(in_turn) = foreseen(&self.in_turn, &self.command(step)) {
            self.in_turn = in_turn;
        }
    }

    fn command(&self, step: Step<S::Fact>) -> Command<S::Fact> {
        self.turn.envelope.command(self.thing.id(), self.work.row, step, self.turn.now)
    }

    /// What the register said of a thing.
    fn said(&self, thing: &Thing<S>) -> Vec<Said<S::Fact>> {
        let mut said = said_by_registers(thing.acts());
        said.retain(|said| said.row().is_some_and(|row| row.register == *self.turn.register));
        said
    }

    /// What stands of it.
    fn standing(&self, thing: &Thing<S>) -> Vec<Said<S::Fact>> {
        self.said(thing).into_iter().filter(|said| said.withdrawal.is_none()).collect()
    }

    /// What the register was the first to say, here, in editions after the one at hand.
    fn first_said_later(&self) -> Vec<Said<S::Fact>> {
        let is_later = |said: &Said<S::Fact>| said.stated.metadata.published_on > Some(self.turn.published_on);
        self.said(self.thing).into_iter().filter(is_later).collect()
    }

    /// What the row says in the edition of `day`, as far as that is on record.
    fn claims_of(&self, day: NaiveDate) -> Vec<ClaimOn<S::Fact>> {
        let said = self.standing(&known_by(self.thing, day));
        let mut claims: Vec<Claimed<'_, S::Fact>> = Vec::new();
        for said in &said {
            let Some(claim) = self.claim_of(said, day) else { continue };
            match claims.iter_mut().find(|(known, _)| is_one_claim(known, &claim)) {
                None => claims.push((claim, said)),
                Some((_, before)) if is_said_after(before, said) => {}
                Some(known) => *known = (claim, said),
            }
        }
        claims.into_iter().map(|(claim, _)| as_planned(claim, &said)).collect()
    }

    /// What the edition of `day` claimed that it says. A date that is an edition's is not the row's.
    fn claim_of(&self, said: &Said<S::Fact>, day: NaiveDate) -> Option<ClaimOn<S::Fact>> {
        let (field, fact) = (said.row()?.field.clone(), said.fact()?.clone());
        let (occurred_on, dated_by) = if self.is_of_an_edition(said.occurred_on()) {
            (Date::day(day), DatedBy::Edition)
        } else {
            (said.occurred_on(), DatedBy::Row)
        };
        Some(ClaimOn { field, occurred_on, dated_by, fact, open: Vec::new() })
    }

    /// Whether a date is that of an edition, and not what a row says.
    fn is_of_an_edition(&self, date: Date) -> bool {
        let editions = self.rewritten.acts().iter().filter_map(|act| act.metadata.published_on);
        editions.map(Date::day).any(|edition| edition == date)
    }

    /// Whether what was said holds as of an edition, so that it is no version of what holds as of another.
    fn holds_as_of_an_edition(&self, said: &Said<S::Fact>) -> bool {
        let is_once = said.fact().is_some_and(is_said_once);
        !is_once && self.is_of_an_edition(said.occurred_on())
    }

    /// The act by which an intent on what was known then is recorded now.
    fn act(
        &self,
        field: &Line,
        occurred_on: Date,
        intent: Intent<S::Fact>,
        first_said_later: &mut Vec<Said<S::Fact>>,
    ) -> Result<Option<Act<S::Fact>>, TextError> {
        Ok(match intent {
            Intent::State(fact) => Some(match self.version_later(field, occurred_on, &fact, first_said_later) {
                None => Act::Stated(fact),
                Some(act) => Act::Corrected { act, reason: self.why()?, members: Vec::new(), fact },
            }),
            Intent::Correct { fact: known, reason, to: fact, .. } => {
                let then = self.said(&known_by(self.thing, self.turn.published_on));
                let said = then.iter().find(|said| said.fact_id() == known);
                said.map(|said| Act::Corrected { act: said.word.header.id, reason, members: Vec::new(), fact })
            }
            Intent::Retract { act, reason } => Some(Act::Retracted { act, reason }),
            Intent::Confirm { .. } | Intent::Dispute { .. } | Intent::AttachEvidence { .. } | Intent::Earlier(_) => None,
        })
    }

    /// The fact that a later edition was the first to state in this field, of which `fact` is another version; each is taken
    /// once. What holds as of an edition is a fact of its own.
    fn version_later(
        &self,
        field: &Line,
        occurred_on: Date,
        fact: &S::Fact,
        first_said_later: &mut Vec<Said<S::Fact>>,
    ) -> Option<EventId> {
        if occurred_on == Date::day(self.turn.published_on) && !is_said_once(fact) {
            return None;
        }
        let belongs = |said: &Said<S::Fact>| {
            let of_type = said.stated.content.fact().is_some_and(|stated| stated.order_of_life() == fact.order_of_life());
            of_type && said.row().is_some_and(|row| row.field == *field)
        };
        let at = first_said_later.iter().position(belongs)?;
        Some(first_said_later.swap_remove(at).fact_id())
    }

    fn why(&self) -> Result<Note, TextError> {
        note(&format!("the edition of {} had said this of it", self.turn.published_on))
    }
}

/// What a row claims, and what is on record of it.
type Claimed<'a, F> = (ClaimOn<F>, &'a Said<F>);

/// Whether a fact is not stated anew when another edition says otherwise, whatever its date.
fn is_said_once<F: Scheduled>(fact: &F) -> bool {
    fact.order_of_life() == 0 || fact.plan().is_some()
}

/// Whether two rows of one edition can't say both: the later is what the row says.
fn is_one_claim<F: Scheduled>(one: &ClaimOn<F>, other: &ClaimOn<F>) -> bool {
    let is_like_it = match (one.fact.planned(), other.fact.planned()) {
        (Some(one), Some(other)) => one.milestone == other.milestone,
        _ => one.fact.order_of_life() == other.fact.order_of_life(),
    };
    is_like_it && one.field == other.field
}

/// Whether the register said `one` after `other`, both of which stand.
fn is_said_after<F: Scheduled>(one: &Said<F>, other: &Said<F>) -> bool {
    let is_planned = |said: &Said<F>| said.fact().is_some_and(|fact| fact.planned().is_some());
    if is_planned(one) && is_planned(other) {
        return said_in_turn(one) > said_in_turn(other);
    }
    let order = |said: &Said<F>| (said.word.metadata.published_on, said.occurred_on().first(), said.fact_id());
    order(one) > order(other)
}

/// A move as the row says it: as the plan among what was `said`, for another day.
fn as_planned<F: Scheduled>(claim: ClaimOn<F>, said: &[Said<F>]) -> ClaimOn<F> {
    let Some(due_on) = claim.fact.moved().and_then(|plan| plan.due_on) else { return claim };
    let of_field = |said: &&Said<F>| said.row().is_some_and(|row| row.field == claim.field);
    let mut plans = said.iter().filter(of_field).filter_map(Said::fact).filter(|fact| fact.plan().is_some());
    let plan = plans.find_map(|plan| plan.due(due_on));
    ClaimOn { fact: plan.unwrap_or_else(|| claim.fact.clone()), dated_by: DatedBy::Edition, ..claim }
}

fn says_the_same<S: Spoken>(one: &Said<S::Fact>, other: &Said<S::Fact>) -> bool {
    let field = |said: &Said<S::Fact>| said.row().map(|row| row.field.clone());
    let of_one_date = S::IS_SHARED_BY_ROWS || one.occurred_on() == other.occurred_on();
    of_one_date && one.fact() == other.fact() && (S::IS_SHARED_BY_ROWS || field(one) == field(other))
}

/// Whether one can be recorded as a version of the other.
fn is_version_of<F: Scheduled>(one: &Said<F>, other: &Said<F>) -> bool {
    let field = |said: &Said<F>| said.row().map(|row| row.field.clone());
    let (Some(fact), Some(known)) = (one.fact(), other.fact()) else { return false };
    fact.order_of_life() == known.order_of_life() && field(one) == field(other)
}

/// Why what an older edition said is retracted as of the next.
fn why_until(next: NaiveDate) -> Result<Note, TextError> {
    note(&format!("the edition of {next}, which was taken before, does not say so"))
}
