//! Whether an extension is one that the law knows.

use chrono::{Months, NaiveDate};
use schema::{
    Date,
    permit::{Period, PeriodUnit},
};

use super::{Code, Objection, limits, or_none};
use crate::{
    LawError,
    calendar::DaysOff,
    clock::{
        Clock, clock_in,
        count::{Counting, end_of, off_days_off, plus_days},
        happening::{Happening, What},
        view::{Found, View},
    },
    regime::{Extension, Further, Trigger, covers, period_in_words},
};

/// Whether an extension is one of the limit.
pub(in crate::clock) fn extends(found: Found<'_>, fact: &Happening) -> bool {
    let What::Extended { limit, ground, .. } = &fact.what else { return false };
    match (limit, ground) {
        (Some(id), _) => *id == found.limit.id,
        (None, Some(ground)) => found.limit.extension(&found.version.id, found.case, ground).is_some(),
        (None, None) => !found.limit.extensions.is_empty() && found.limit.ends.contains(&Trigger::Determination),
    }
}

/// The id of the limit that an extension without one is meant for.
fn meant(view: View<'_>, fact: &Happening) -> Result<Option<String>, LawError> {
    for limit in limits(view)? {
        if let Ok((found, _)) = view.find(&limit.id)
            && extends(found, fact)
        {
            return Ok(Some(limit.id.clone()));
        }
    }
    Ok(None)
}

pub(super) fn extended(
    view: View<'_>,
    fact: &Happening,
    limit: Option<&str>,
    ground: Option<&str>,
    by: Option<Period>,
    to: Option<Date>,
) -> Result<Option<Objection>, LawError> {
    let unknown = |says: String| Ok(Some(Objection::refused(Code::UnknownGround, says)));
    let limit = match limit {
        Some(limit) => limit.to_owned(),
        None => match meant(view, fact)? {
            Some(limit) => limit,
            None => return unknown("no limit of the law can be extended so".to_owned()),
        },
    };
    let (found, legs) = match view.find(&limit) {
        Err(error @ LawError::UnknownLimit { .. }) => return unknown(error.to_string()),
        found => found?,
    };
    let known = found.limit.extensions.iter();
    let known = known.filter(|known| covers(&known.versions, &found.version.id) && found.in_case(&known.cases));
    let known: Vec<_> = known.filter(|known| known.from.is_none_or(|from| from <= fact.day())).collect();
    let rule = match ground {
        Some(ground) => known.iter().find(|known| known.ground == ground),
        None => known.first().filter(|_| known.len() == 1),
    };
    let Some(rule) = rule.copied() else {
        let grounds: Vec<_> = known.iter().map(|known| known.ground.as_str()).collect();
        return unknown(format!("the law extends this limit on {}", or_none(&grounds)));
    };
    let asked = Asked { view, day: fact.day(), found, rule, from: legs.last().map_or(0, |leg| leg.from), by, to };
    asked.objection(&clock_in(view, &limit)?)
}

/// An extension that is asked for.
struct Asked<'a> {
    view: View<'a>,
    day: NaiveDate,
    found: Found<'a>,
    rule: &'a Extension,
    /// The first place among what is taken that is of the same run.
    from: usize,
    by: Option<Period>,
    to: Option<Date>,
}

impl Asked<'_> {
    fn objection(&self, clock: &Clock) -> Result<Option<Objection>, LawError> {
        let rule = self.rule;
        let refused = |code, says: String| Ok(Some(Objection::refused(code, format!("{says} ({})", rule.article))));
        let bars = |fact: &&Happening| rule.blocked_by.iter().any(|trigger| fact.fires(trigger).is_some());
        if let Some(bar) = self.view.taken.iter().copied().find(bars) {
            return refused(Code::Blocked, format!("the applicant's act of {} bars it", bar.day()));
        }
        if let (Some(to), Some(deadline)) = (self.to.map(Date::last), clock.deadline) {
            if rule.shortens && to >= deadline {
                return refused(Code::NotAllowed, format!("only a date before {deadline} can be named"));
            }
            if !rule.shortens && to < deadline {
                return refused(Code::NotAllowed, format!("only a date from {deadline} on can be named"));
            }
        }
        if let Some(deadline) = clock.deadline.filter(|deadline| rule.before_expiry && *deadline < self.day) {
            return refused(Code::AfterExpiry, format!("it has to come by the deadline of {deadline}"));
        }
        if let Some(last) = self.last_day(clock)?.filter(|last| *last < self.day) {
            return refused(Code::TooLate, format!("it can be given until {last}"));
        }
        if rule.times.is_some_and(|times| self.given().count() >= times.into()) {
            let code = if rule.further == Further::NeedsConsent { Code::NeedsConsent } else { Code::UsedUp };
            return refused(code, format!("it can be given {} times", rule.times.unwrap_or_default()));
        }
        if let Some(says) = self.beyond(clock)? {
            return refused(Code::BeyondMaximum, says);
        }
        Ok(None)
    }

    /// The last day on which it can be given by its windows, without the deadline itself.
    fn last_day(&self, clock: &Clock) -> Result<Option<NaiveDate>, LawError> {
        let limit = self.found.limit;
        let mut last = None;
        if let (Some(within), Some(start)) = (self.rule.within, clock.started_on) {
            let shifts = limit.shifts(Some(within));
            let needs = shifts || within.unit == PeriodUnit::BusinessDay;
            let calendars =
                if needs { self.view.law.calendars_for(self.found.regime, &self.view.application.places)? } else { Vec::new() };
            let days_off = DaysOff::of(&calendars);
            let counting = Counting { first_day_counts: limit.first_day_counts, month_rule: limit.month_rule, shifts };
            let end = end_of(counting, start, &[within], needs.then_some(days_off))?;
            last = Some(if shifts { off_days_off(end, days_off)? } else { end });
        }
        if let (Some(not_within), Some(deadline)) = (self.rule.not_within, clock.deadline) {
            let freeze = before(deadline, not_within)?;
            last = Some(last.map_or(plus_days(freeze, -1)?, |last| last.min(freeze)));
        }
        Ok(last)
    }

    /// The extensions of the same run that count towards how often it can be given.
    fn given(&self) -> impl Iterator<Item = &Happening> {
        let taken = self.view.taken.iter().copied().skip(self.from);
        taken.filter(|fact| {
            let What::Extended { ground, .. } = &fact.what else { return false };
            let counts = |ground: &String| *ground == self.rule.ground || self.rule.counts_with.contains(ground);
            extends(self.found, fact) && ground.as_ref().is_none_or(counts)
        })
    }

    /// Why it is longer than the law allows, if it is.
    fn beyond(&self, clock: &Clock) -> Result<Option<String>, LawError> {
        let limit = self.found.limit;
        if let Some(most) = self.rule.most_in_case(self.found.case)
            && self.exceeds(most, self.by, clock.deadline)?
        {
            return Ok(Some(format!("one can be {} at most", period_in_words(most))));
        }
        if let Some(total) = limit.extension_total
            && self.exceeds(total, self.together(total), clock.strict_deadline)?
        {
            return Ok(Some(format!("all together can be {} at most", period_in_words(total))));
        }
        if let (true, Some(start), Some(strict)) = (limit.extension_total_half, clock.started_on, clock.strict_deadline) {
            let half = (strict - start).num_days();
            let until = self.until(clock.deadline)?;
            if until.is_some_and(|until| (until - strict).num_days() * 2 > half) {
                return Ok(Some("all together can be half of the original length at most".to_owned()));
            }
        }
        Ok(None)
    }

    /// Whether a length, or the date that is asked for, lies beyond `most` from `base`.
    fn exceeds(&self, most: Period, by: Option<Period>, base: Option<NaiveDate>) -> Result<bool, LawError> {
        if let Some(by) = by.filter(|by| by.unit == most.unit) {
            return Ok(by.count > most.count);
        }
        let (Some(base), Some(until)) = (base, self.until(base)?) else { return Ok(false) };
        Ok(until > end_of(Counting::AFTER, base, &[most], None)?)
    }

    /// The lengths of all extensions together with this one; none, if one is not of the unit of `total`.
    fn together(&self, total: Period) -> Option<Period> {
        let taken = self.view.taken.iter().copied().skip(self.from);
        let others = taken.filter(|fact| extends(self.found, fact)).map(|fact| match &fact.what {
            What::Extended { by, to: None, .. } => *by,
            _ => None,
        });
        let mut count = 0_u16;
        for by in others.chain([self.by.filter(|_| self.to.is_none())]) {
            count = count.saturating_add(by.filter(|by| by.unit == total.unit)?.count);
        }
        Some(Period { count, unit: total.unit })
    }

    /// Until when the limit would run.
    fn until(&self, deadline: Option<NaiveDate>) -> Result<Option<NaiveDate>, LawError> {
        match (self.to, self.by, deadline) {
            (Some(to), ..) => Ok(Some(to.last())),
            (None, Some(by), Some(deadline)) if by.unit != PeriodUnit::BusinessDay => {
                end_of(Counting::AFTER, deadline, &[by], None).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The day that lies a period before `day`.
fn before(day: NaiveDate, period: Period) -> Result<NaiveDate, LawError> {
    let months = |count: u32| {
        day.checked_sub_months(Months::new(count)).ok_or(LawError::TooFar { count: -i64::from(count), unit: "months", from: day })
    };
    match period.unit {
        PeriodUnit::Year => months(u32::from(period.count) * 12),
        PeriodUnit::Month => months(period.count.into()),
        PeriodUnit::Week => plus_days(day, -7 * i64::from(period.count)),
        PeriodUnit::CalendarDay | PeriodUnit::BusinessDay => plus_days(day, -i64::from(period.count)),
    }
}
