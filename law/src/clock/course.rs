//! The course of a deadline: where it lay first, and what moved it since.

use chrono::NaiveDate;
use schema::permit::Period;

use super::{
    Span,
    count::{Counting, Run, end_of, off_days_off, plus_days},
    happening::FactKey,
    stops::Halt,
};
use crate::{
    LawError,
    calendar::DaysOff,
    regime::{ExtensionBase, period_in_words},
};

/// By what a deadline came to lie where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineStep {
    /// What moved it, in words.
    pub words: String,
    /// The article, where one says so.
    pub article: String,
    /// The fact, where one did it.
    pub fact: Option<FactKey>,
    /// Where it lay after that, moved off days off.
    pub deadline: NaiveDate,
}

/// An act that changes a deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub fact: FactKey,
    pub on: NaiveDate,
    pub article: String,
    pub words: &'static str,
    pub kind: ChangeKind,
    /// Whether it belongs to the law's own length, and so to the strict deadline.
    pub is_strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// A length is added.
    Add(Period),
    /// A date takes the place of the deadline.
    Name(NaiveDate),
    /// A length takes the place of the law's.
    Replace(Period),
    /// The later of a period from the act and a longer one from the start takes the place of the deadline.
    Amend { from_act: Period, from_start: Period },
}

/// How a limit counts, and from when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub counting: Counting,
    pub extension_base: ExtensionBase,
    pub start: NaiveDate,
    pub first_counted: NaiveDate,
    pub length: Option<Period>,
    /// The calendar by which its end moves and its business days count.
    pub days_off: Option<DaysOff<'a>>,
    /// The days that it runs over.
    pub run: Run<'a>,
    pub article: &'a str,
}

/// A deadline on its way through stops and changes.
#[derive(Debug, Clone)]
pub(super) struct Course<'a> {
    terms: Terms<'a>,
    /// The lengths that are added in one step.
    parts: Vec<Period>,
    /// Where it ends, moved off nothing; none as long as there is no length and no date.
    end: Option<NaiveDate>,
    /// Whether its end is a date that somebody named, which moves off nothing.
    is_named: bool,
    /// Whether further lengths are added to the end rather than to the start.
    is_anchored: bool,
    /// The days of the limit that stops took out.
    pushed: i64,
    covered: NaiveDate,
    /// What stops took out, each day once.
    pub spans: Vec<Span>,
    /// The stop that is open on the day asked and has an effect.
    pub open: Option<Halt>,
    pub steps: Vec<DeadlineStep>,
}

impl<'a> Course<'a> {
    /// The course of a deadline through `halts`, in the order of their days, and `changes`, in the order of the facts.
    pub(super) fn through(terms: Terms<'a>, halts: &[Halt], changes: &[Change]) -> Result<Self, LawError> {
        let mut course = Self {
            terms,
            parts: terms.length.into_iter().collect(),
            end: None,
            is_named: false,
            is_anchored: false,
            pushed: 0,
            covered: terms.first_counted,
            spans: Vec::new(),
            open: None,
            steps: Vec::new(),
        };
        if let Some(length) = terms.length {
            course.end = Some(course.in_one_step()?);
            course.note(period_in_words(length), terms.article, None)?;
        }
        let mut halts = halts.iter().peekable();
        for change in changes {
            while let Some(halt) = halts.next_if(|halt| halt.first < change.on) {
                course.stop(halt)?;
            }
            course.change(change)?;
        }
        for halt in halts {
            course.stop(halt)?;
        }
        Ok(course)
    }

    fn in_one_step(&self) -> Result<NaiveDate, LawError> {
        let end = end_of(self.terms.counting, self.terms.start, &self.parts, self.terms.days_off)?;
        self.terms.run.advance(end, self.pushed)
    }

    /// Where it ends, moved off nothing.
    pub(super) const fn end(&self) -> Option<NaiveDate> {
        self.end
    }

    /// Where it ends, moved off days off where the law moves it.
    pub(super) fn moved(&self) -> Result<Option<NaiveDate>, LawError> {
        match (self.end, self.terms.days_off) {
            (Some(end), Some(days_off)) if self.terms.counting.shifts && !self.is_named => off_days_off(end, days_off).map(Some),
            (end, _) => Ok(end),
        }
    }

    fn note(&mut self, words: String, article: &str, fact: Option<FactKey>) -> Result<(), LawError> {
        if let Some(deadline) = self.moved()? {
            self.steps.push(DeadlineStep { words, article: article.to_owned(), fact, deadline });
        }
        Ok(())
    }

    /// A stop pushes the deadline by the days that it takes out. One that begins after the deadline stops nothing.
    fn stop(&mut self, halt: &Halt) -> Result<(), LawError> {
        if let (Some(end), Some(moved)) = (self.end, self.moved()?) {
            if halt.first > moved {
                return Ok(());
            }
            // The days by which the end moved are days of the period like any other.
            self.end = Some(if halt.first > end { moved } else { end });
        }
        if halt.is_open {
            self.open = Some(halt.clone());
        }
        let first = halt.first.max(self.covered);
        if first >= halt.after {
            return Ok(());
        }
        let days = self.terms.run.between(first, plus_days(halt.after, -1)?)?;
        self.covered = halt.after;
        self.pushed += days;
        self.spans.push(Span { halt: halt.clone(), first, days });
        if let Some(end) = self.end.filter(|_| days > 0) {
            self.end = Some(self.terms.run.advance(end, days)?);
            self.is_named = false;
            let plural = if days == 1 { "" } else { "s" };
            self.note(format!("stopped {days} day{plural} ({})", halt.ground), &halt.article, Some(halt.fact))?;
        }
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), LawError> {
        let words = match change.kind {
            ChangeKind::Add(by) => {
                self.add(by)?;
                format!("{} by {}", change.words, period_in_words(by))
            }
            ChangeKind::Name(to) => {
                self.name(to, change.on)?;
                format!("{} to {to}", change.words)
            }
            ChangeKind::Replace(by) => {
                self.parts = vec![by];
                self.is_anchored = false;
                self.is_named = false;
                self.end = Some(self.in_one_step()?);
                format!("{} by {}", change.words, period_in_words(by))
            }
            ChangeKind::Amend { from_act, from_start } => {
                let Terms { counting, days_off, start, .. } = self.terms;
                let later = end_of(counting, start, &[from_start], days_off)?;
                let end = end_of(counting, change.on, &[from_act], days_off)?.max(later);
                self.end = Some(self.terms.run.advance(end, self.pushed)?);
                self.is_anchored = true;
                change.words.to_owned()
            }
        };
        self.note(words, &change.article, Some(change.fact))
    }

    fn add(&mut self, by: Period) -> Result<(), LawError> {
        let Some(end) = self.end else { return Ok(()) };
        if self.terms.extension_base == ExtensionBase::FromPreviousEnd {
            let previous = self.moved()?.unwrap_or(end);
            self.end = Some(end_of(Counting::AFTER, previous, &[by], self.terms.days_off)?);
            self.is_anchored = true;
        } else if self.is_anchored {
            self.end = Some(end_of(Counting::AFTER, end, &[by], self.terms.days_off)?);
        } else {
            self.parts.push(by);
            self.end = Some(self.in_one_step()?);
        }
        self.is_named = false;
        Ok(())
    }

    /// A named date holds whatever was before it; days stopped after the day on which it was named push it again.
    fn name(&mut self, to: NaiveDate, on: NaiveDate) -> Result<(), LawError> {
        let mut stopped = 0;
        for span in &self.spans {
            let from = span.first.max(plus_days(on, 1)?);
            if from < span.halt.after {
                stopped += self.terms.run.between(from, plus_days(span.halt.after, -1)?)?;
            }
        }
        self.end = Some(self.terms.run.advance(to, stopped)?);
        self.is_named = stopped == 0;
        self.is_anchored = true;
        Ok(())
    }
}
