//! A clock in one plain sentence.

use schema::permit::PeriodUnit;

use super::clock_type::{Clock, Court, State};
use crate::regime::period_in_words;

pub(super) fn of(clock: &Clock) -> String {
    let about = if clock.is_exact { "" } else { " (as far as the days are known)" };
    format!("{} ({}): {}{about}.", clock.words, clock.article, body(clock))
}

fn body(clock: &Clock) -> String {
    let Some(started) = clock.started_on else { return "not started".to_owned() };
    let used = clock.used_days.unwrap_or_default();
    match clock.state {
        State::NotStarted => "not started".to_owned(),
        State::NoLimit => format!("the law sets no limit; {} since {started}", days(clock, used)),
        State::Stopped => format!(
            "stopped since {}, {}; {} used, {} left on resumption{}",
            clock.court_since.unwrap_or(started),
            whose(clock.court),
            days(clock, used),
            days(clock, clock.left_days.unwrap_or_default()),
            published(clock)
        ),
        State::Running => running(clock, used),
        State::Ended => ended(clock),
    }
}

fn running(clock: &Clock, used: i64) -> String {
    let (Some(deadline), Some(left)) = (clock.deadline, clock.left_days) else {
        return format!("runs; {} used, no date is published", days(clock, used));
    };
    let stopped = stopped(clock);
    let extended = extended(clock);
    let whose = whose(clock.court);
    if left < 0 {
        return format!(
            "overdue by {}: due on {deadline}{extended}, {} used{stopped}, {whose}",
            days(clock, -left),
            days(clock, used)
        );
    }
    format!("due on {deadline}{extended}; {} used{stopped}, {} left, {whose}", days(clock, used), days(clock, left))
}

fn ended(clock: &Clock) -> String {
    let on = clock.ended_on.map_or_else(String::new, |on| format!(" on {on}"));
    let Some(deadline) = clock.deadline else { return format!("ended{on}; the law sets no limit") };
    if let Some(deemed) = clock.deemed {
        return format!("the deadline of {deadline} passed without a determination, so that the law deems it {}", deemed.word());
    }
    let extended = extended(clock);
    if clock.on_time == Some(true) {
        return format!("ended{on}, in time: due on {deadline}{extended}");
    }
    format!("ended{on}, {} late: due on {deadline}{extended}", days(clock, clock.late_days()))
}

fn stopped(clock: &Clock) -> String {
    match clock.stopped_days {
        Some(stopped) if stopped > 0 => format!(", {} stopped", days(clock, stopped)),
        _ => String::new(),
    }
}

fn extended(clock: &Clock) -> String {
    match clock.strict_deadline {
        Some(strict) if Some(strict) != clock.deadline => format!(" (without extension on {strict})"),
        _ => String::new(),
    }
}

/// Where the deadline would lie can't be said while stopped; how long the law gives can.
fn published(clock: &Clock) -> String {
    clock.length.map_or_else(String::new, |length| format!(" of {}", period_in_words(length)))
}

const fn whose(court: Court) -> &'static str {
    match court {
        Court::Applicant => "the applicant has to act",
        Court::Authority => "the authority has to act",
        Court::OtherAuthority => "another authority has to act",
        Court::ThirdParty => "a third party may act",
        Court::Court => "it is before a court or an appeal body",
        Court::None => "nobody has to act",
    }
}

fn days(clock: &Clock, count: i64) -> String {
    let business = clock.length.is_some_and(|length| length.unit == PeriodUnit::BusinessDay);
    let kind = if business { "business day" } else { "day" };
    format!("{count} {kind}{}", if count == 1 { "" } else { "s" })
}
