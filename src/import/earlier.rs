//! What an edition says that is older than ones on record.
//!
//! It changes nothing of what counts: newer editions govern the rows that they have. But whoever asks what had been
//! published by a day is to find what the register said then, also where its editions were imported in another order. So
//! the difference that the edition would have made in its turn is recorded, to count until the next edition that had the
//! row:
//!
//! - Of a fact that a newer edition was the first to state here, what the older says is another version, which that of the
//!   newer edition outranks.
//! - What else is stated, corrected or retracted is retracted as of the next edition, in the same breath.

use chrono::NaiveDate;
use domain::Intent;
use projections::things::{Said, State, Thing, said_by_registers};
use schema::{Act, EventId, Fact, Line, Note, TextError};

use super::difference::{ClaimOn, Deed, Step, difference, note};

/// A step that counts only for whoever asks what had been published before the next edition.
pub(super) struct Earlier<F> {
    pub step: Step<F>,
    /// The edition as of which it is to be retracted, where nothing else ends it.
    pub until: Option<NaiveDate>,
}

/// What the edition of `published_on` changes about what `register` had said of `thing` by then; `next` is the edition
/// after it that had the row.
///
/// # Errors
/// When a reason can't be written as a note.
pub(super) fn earlier<S: State>(
    thing: &Thing<S>,
    claims: &[ClaimOn<S::Fact>],
    (register, published_on): (&Line, NaiveDate),
    next: NaiveDate,
) -> Result<Vec<Earlier<S::Fact>>, TextError> {
    let by_then = thing.seen_through(|act| act.metadata.published_on.is_some_and(|edition| edition <= published_on));
    let by_then = by_then.unwrap_or_else(|| Thing::new(thing.id()));
    let mut later = said_by_registers(thing.acts());
    later.retain(|said| said.row().is_some_and(|row| row.register == *register) && edition(said) > Some(published_on));
    let comparison = Comparison { thing, then: said_by_registers(by_then.acts()), later, published_on, next };
    let steps = difference(&by_then, claims, (register, published_on))?.steps;
    comparison.earlier(steps)
}

fn edition<F: Fact>(said: &Said<F>) -> Option<NaiveDate> {
    said.stated.metadata.published_on
}

struct Comparison<'a, S: State> {
    thing: &'a Thing<S>,
    /// What the register had said by then.
    then: Vec<Said<S::Fact>>,
    /// What it was the first to say, here, in later editions.
    later: Vec<Said<S::Fact>>,
    published_on: NaiveDate,
    next: NaiveDate,
}

impl<S: State> Comparison<'_, S> {
    fn earlier(mut self, steps: Vec<Step<S::Fact>>) -> Result<Vec<Earlier<S::Fact>>, TextError> {
        let mut earlier = Vec::with_capacity(steps.len());
        for Step { field, occurred_on, intent, .. } in steps {
            let Some(act) = self.act(&field, intent)? else { continue };
            let outranked = act.fact().is_some_and(|fact| self.is_said_next(&field, fact));
            let until = (!outranked).then_some(self.next);
            let intent = Intent::Earlier(act);
            earlier.push(Earlier { step: Step { deed: Deed::DateBack, field, occurred_on, intent, published_on: None }, until });
        }
        Ok(earlier)
    }

    /// The act by which an intent on what was known then is recorded now.
    fn act(&mut self, field: &Line, intent: Intent<S::Fact>) -> Result<Option<Act<S::Fact>>, TextError> {
        Ok(match intent {
            Intent::State(fact) => Some(match self.first_said_later(field, &fact) {
                None => Act::Stated(fact),
                Some(act) => Act::Corrected { act, reason: self.why()?, members: Vec::new(), fact },
            }),
            Intent::Correct { fact: known, reason, to: fact, .. } => {
                let said = self.then.iter().find(|said| said.fact_id() == known);
                said.map(|said| Act::Corrected { act: said.word.header.id, reason, members: Vec::new(), fact })
            }
            Intent::Retract { act, reason } => Some(Act::Retracted { act, reason }),
            Intent::Confirm { .. } | Intent::Dispute { .. } | Intent::AttachEvidence { .. } | Intent::Earlier(_) => None,
        })
    }

    /// The fact that a later edition was the first to state in this field; each is taken once.
    fn first_said_later(&mut self, field: &Line, fact: &S::Fact) -> Option<EventId> {
        let belongs = |said: &Said<S::Fact>| {
            let of_type = said.stated.content.fact().is_some_and(|stated| stated.order_of_life() == fact.order_of_life());
            of_type && said.row().is_some_and(|row| row.field == *field)
        };
        let at = self.later.iter().position(belongs)?;
        Some(self.later.swap_remove(at).fact_id())
    }

    /// Whether the next edition gave a version of its own of a fact like this: it ranks above that of an older one.
    fn is_said_next(&self, field: &Line, fact: &S::Fact) -> bool {
        self.thing.acts().iter().any(|act| {
            act.metadata.published_on == Some(self.next)
                && act.metadata.origin.row().is_some_and(|row| row.field == *field)
                && act.content.fact().is_some_and(|said| said.order_of_life() == fact.order_of_life())
        })
    }

    fn why(&self) -> Result<Note, TextError> {
        note(&format!("the edition of {} had said this of it", self.published_on))
    }
}

/// Why what an older edition said is retracted as of the next.
pub(super) fn why_until(next: NaiveDate) -> Result<Note, TextError> {
    note(&format!("the edition of {next}, which was taken before, does not say so"))
}
