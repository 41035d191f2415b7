//! What a clock says at least and at most where the days that it rests on are not all known.

use chrono::NaiveDate;
use schema::Date;

use super::{Application, Clock, clock, happening::What};
use crate::{LawError, Rulebook};

/// As many facts with coarse dates are tried at both ends: two to the power of this many clocks.
const COARSE_MAX: usize = 8;

/// The least and the most that a clock can say, each with both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Days used; none, if it may not have started.
    pub used_days: Option<(i64, i64)>,
    /// Days elapsed since the submission.
    pub elapsed_days: Option<(i64, i64)>,
    /// The deadline.
    pub deadline: Option<(NaiveDate, NaiveDate)>,
    /// Whether it ended in time, if that is so whatever the days were.
    pub on_time: Option<bool>,
}

/// The bounds of a clock over all days that its coarse dates can mean; none, where more than eight facts have one.
///
/// Each date is taken at its first and at its last day: what a clock says rises or falls with each of them.
///
/// # Errors
/// As for [`clock`].
pub fn bounds(law: &Rulebook, application: &Application, limit: &str, today: NaiveDate) -> Result<Option<Bounds>, LawError> {
    let coarse: Vec<_> = (0..application.happenings.len()).filter(|at| is_coarse(application, *at)).collect();
    if coarse.len() > COARSE_MAX {
        return Ok(None);
    }
    let mut clocks = Vec::with_capacity(1 << coarse.len());
    for choice in 0..1_usize << coarse.len() {
        let mut exact = application.clone();
        for (bit, at) in coarse.iter().enumerate() {
            pin(&mut exact, *at, choice & (1 << bit) != 0);
        }
        clocks.push(clock(law, &exact, limit, today)?);
    }
    let on_time = clocks.first().and_then(|clock| clock.on_time);
    Ok(Some(Bounds {
        used_days: range(&clocks, |clock| clock.used_days),
        elapsed_days: range(&clocks, |clock| clock.elapsed_days),
        deadline: range(&clocks, |clock| clock.deadline),
        on_time: on_time.filter(|on_time| clocks.iter().all(|clock| clock.on_time == Some(*on_time))),
    }))
}

/// The least and the most of what all clocks say; none, where one says nothing.
fn range<T: Ord + Copy>(clocks: &[Clock], of: impl Fn(&Clock) -> Option<T>) -> Option<(T, T)> {
    let all: Option<Vec<_>> = clocks.iter().map(of).collect();
    let all = all?;
    all.iter().min().copied().zip(all.iter().max().copied())
}

fn is_coarse(application: &Application, at: usize) -> bool {
    let mut fact = application.happenings[at].clone();
    pin_all(&mut fact.on, &mut fact.what, false);
    fact != application.happenings[at]
}

fn pin(application: &mut Application, at: usize, to_last: bool) {
    let fact = &mut application.happenings[at];
    pin_all(&mut fact.on, &mut fact.what, to_last);
}

fn pin_all(on: &mut Date, what: &mut What, to_last: bool) {
    let pin = |date: &mut Date| *date = Date::day(if to_last { date.last() } else { date.first() });
    pin(on);
    match what {
        What::Submitted { received_on: Some(date) } | What::Determined { announced_on: Some(date), .. } => pin(date),
        _ => {}
    }
}
