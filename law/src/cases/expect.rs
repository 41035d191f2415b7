//! What a case expects of a clock, member by member.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::Difference;
use crate::clock::{Clock, Deemed, State};

pub(super) fn compare(what: &str, expected: &Map<String, Value>, clock: &Clock, differences: &mut Vec<Difference>) {
    for (member, value) in expected {
        let found = found(member, clock);
        if found.as_ref() != Some(value) {
            let found = found.map_or_else(|| "no such member".to_owned(), |found| found.to_string());
            differences.push(Difference::new(format!("{what}: {member}"), value.to_string(), found));
        }
    }
}

fn found(member: &str, clock: &Clock) -> Option<Value> {
    Some(match member {
        "state" => clock.state.word().into(),
        "startedOn" => day(clock.started_on),
        "firstCountedDay" => day(clock.first_counted_day),
        "usedDays" => clock.used_days.into(),
        "stoppedDays" => clock.stopped_days.into(),
        "leftDays" => clock.left_days.filter(|_| clock.state != State::NoLimit).into(),
        "strictDeadline" => day(clock.strict_deadline),
        "deadline" => day(clock.deadline),
        "onTime" => clock.on_time.into(),
        "deemed" => clock.deemed.map(Deemed::word).into(),
        "court" => clock.court.word().into(),
        _ => return None,
    })
}

fn day(day: Option<NaiveDate>) -> Value {
    day.map(|day| day.to_string()).into()
}
