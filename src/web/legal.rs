//! The legal effect of a step on a permit, in sentences: which clock stops, runs again or ends, from when, where its deadline
//! comes to lie; or that none moves, and why. All of it is what the API tells of the step's changes; no law is known here.

use serde_json::Value;

use super::words;

/// The facts that are there to move a clock: of them it is said also that none moves.
const OF_CLOCKS: [&str; 8] = [
    "ClockStarted",
    "ClockStopped",
    "ClockResumed",
    "DeadlineExtended",
    "DeadlinePublished",
    "LimitReplaced",
    "InformationRequested",
    "InformationSupplied",
];

/// What the `changes` of a step that records an event of this type mean by law, for `permit` as it stands before.
pub fn sentences(changes: &Value, permit: &Value, event_type: Option<&str>) -> Vec<String> {
    let changes = Changes(changes.as_array().map(Vec::as_slice).unwrap_or_default());
    let mut sentences: Vec<String> = changes.limits(permit).iter().filter_map(|limit| changes.of_limit(limit, permit)).collect();
    let misfits = changes.misfits();
    let moves = !sentences.is_empty();
    let is_stopped_on_record = changes.of("state").is_some_and(|(_, after)| after == Some("STOPPED"));
    if moves {
        sentences.extend(misfits.iter().map(|misfit| format!("It does not fit the law all the same: {misfit}.")));
    } else if !misfits.is_empty() {
        sentences.push(format!("No statutory clock moves: {}.", misfits.join("; ")));
    } else if event_type.is_some_and(|event_type| OF_CLOCKS.contains(&event_type)) {
        sentences.push(format!("No statutory clock moves: {}.", standing(permit)));
    }
    if !moves && is_stopped_on_record {
        sentences.push("On record the permit stands as stopped all the same.".to_owned());
    }
    sentences
}

/// Why no clock of `permit` can move.
fn standing(permit: &Value) -> String {
    if let Some(because) = permit["clocksUnknownBecause"].as_str() {
        return because.trim_end_matches('.').to_owned();
    }
    let clocks = permit["clocks"].as_array().into_iter().flatten();
    let said = clocks.filter_map(|clock| {
        let of = clock["words"].as_str()?;
        Some(match clock["state"].as_str() {
            None => format!("for the {of} the law gives no answer"),
            Some("NOT_STARTED") => format!("the clock for the {of} has not started"),
            Some("ENDED") => format!("the clock for the {of} has ended"),
            Some("STOPPED") => format!("the clock for the {of} is stopped already"),
            Some(_) => format!("the clock for the {of} is not touched by it"),
        })
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "the law that is named sets no limit here".to_owned() } else { said.join("; ") }
}

struct Changes<'a>(&'a [Value]);

impl<'a> Changes<'a> {
    /// What a path was and is; `None` where it does not change.
    fn of(&self, path: &str) -> Option<(Option<&'a str>, Option<&'a str>)> {
        let found = self.0.iter().find(|change| change["what"] == path)?;
        Some((found["before"].as_str(), found["after"].as_str()))
    }

    /// The limits whose clocks change, in the order of the law, then those that are new.
    fn limits(&self, permit: &'a Value) -> Vec<&'a str> {
        let known = permit["clocks"].as_array().into_iter().flatten().filter_map(|clock| clock["limit"].as_str());
        let in_path = |change: &'a Value| change["what"].as_str()?.strip_prefix("clocks[")?.split_once(']').map(|(key, _)| key);
        let changed: Vec<&str> = self.0.iter().filter_map(in_path).collect();
        let mut limits: Vec<&str> = known.filter(|limit| changed.contains(limit)).collect();
        for limit in changed {
            if !limits.contains(&limit) {
                limits.push(limit);
            }
        }
        limits
    }

    /// What the step does to the clock of one limit.
    fn of_limit(&self, limit: &str, permit: &Value) -> Option<String> {
        let stands =
            permit["clocks"].as_array().into_iter().flatten().find(|clock| clock["limit"] == limit).unwrap_or(&Value::Null);
        let change = |field: &str| self.of(&format!("clocks[{limit}].{field}"));
        let is = |field: &str| match change(field) {
            Some((_, after)) => after.map(str::to_owned),
            None => stands[field].as_str().map(str::to_owned).or_else(|| stands[field].as_i64().map(|count| count.to_string())),
        };
        if change("words").is_some_and(|(before, after)| before.is_some() && after.is_none()) {
            return Some(format!("The clock for the {} no longer applies.", stands["words"].as_str().unwrap_or(limit)));
        }
        let of = is("words").unwrap_or_else(|| words::words(limit));
        let date = |field: &str| is(field).map(|day| words::date(&day));
        let due = || date("deadline").map_or_else(String::new, |day| format!("; its deadline is then {day}"));
        let state = change("state");
        Some(match (state.and_then(|(before, _)| before), state.and_then(|(_, after)| after)) {
            (_, Some("STOPPED")) => {
                let since = date("stoppedSince").map_or_else(String::new, |day| format!(" from {day}"));
                let left = is("leftDays").map_or_else(String::new, |left| match left.strip_prefix('-') {
                    Some(over) => format!("; it is {} over", days(over)),
                    None => format!("; {} are left when it runs again", days(&left)),
                });
                format!(
                    "The clock for the {of} stops{since}: until it runs again no day counts, and there is no fixed deadline{left}."
                )
            }
            (Some("STOPPED"), Some("RUNNING")) => format!("The clock for the {of} runs again{}.", due()),
            (_, Some("RUNNING")) => format!("The clock for the {of} runs{}.", due()),
            (_, Some("ENDED")) => {
                let late = is("lateDays").filter(|late| late != "0").map(|late| format!(", {} late", days(&late)));
                let in_time = || is("onTime").filter(|on_time| on_time == "true").map(|_| ", in time".to_owned());
                format!("The clock for the {of} ends{}.", late.or_else(in_time).unwrap_or_default())
            }
            (_, Some("NOT_STARTED")) => format!("The clock for the {of} has not started then."),
            _ => self.moved(limit, &of)?,
        })
    }

    /// What happens to a clock that goes on as it did: its deadline moves, or other days count.
    fn moved(&self, limit: &str, of: &str) -> Option<String> {
        let change = |field: &str| self.of(&format!("clocks[{limit}].{field}"));
        match change("deadline") {
            Some((Some(before), Some(after))) => {
                return Some(format!("The deadline for the {of} moves from {} to {}.", words::date(before), words::date(after)));
            }
            Some((None, Some(after))) => return Some(format!("The deadline for the {of} is {}.", words::date(after))),
            _ => {}
        }
        let (before, after) = change("leftDays").or_else(|| change("stoppedDays"))?;
        let what = if change("leftDays").is_some() { "left" } else { "taken out by stops" };
        let said = |count: Option<&str>| count.map_or_else(|| "an unknown number of days".to_owned(), days);
        Some(format!("The clock for the {of} has {} {what}, in place of {}.", said(after), said(before)))
    }

    /// What does not fit the law any more by this step, in words.
    fn misfits(&self) -> Vec<String> {
        let is_message = |what: &str| what.starts_with("clockMisfits[") && what.ends_with("].message");
        let new = self.0.iter().filter(|change| change["what"].as_str().is_some_and(is_message) && change["before"].is_null());
        let said = new.filter_map(|change| {
            let message = words::dated(change["after"].as_str()?);
            let is_of_ground = change["what"].as_str()?.starts_with("clockMisfits[unknown-ground");
            Some(if is_of_ground { format!("this names no ground that its law knows; {message}") } else { message })
        });
        said.collect()
    }
}

fn days(count: &str) -> String {
    format!("{}\u{a0}{}", words::number(count), if count == "1" { "day" } else { "days" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn permit() -> Value {
        json!({ "clocks": [{ "limit": "determination", "words": "determination of the application", "state": "RUNNING",
            "deadline": "2026-12-01", "leftDays": 20, "usedDays": 71 }], "clocksUnknownBecause": null })
    }

    fn said(changes: &[(&str, Option<&str>, Option<&str>)], permit: &Value, event_type: &str) -> Vec<String> {
        let changes: Vec<Value> =
            changes.iter().map(|(what, before, after)| json!({ "what": what, "before": before, "after": after })).collect();
        sentences(&json!(changes), permit, Some(event_type))
    }

    #[test]
    fn a_stop_says_from_when_and_what_is_left() {
        let stopped = [
            ("clocks[determination].state", Some("RUNNING"), Some("STOPPED")),
            ("clocks[determination].stoppedSince", None, Some("2026-11-10")),
            ("clocks[determination].deadline", Some("2026-12-01"), None),
            ("clocks[determination].leftDays", Some("4"), Some("21")),
        ];
        assert_eq!(
            said(&stopped, &permit(), "ClockStopped"),
            [
                "The clock for the determination of the application stops from 10 November 2026: until it runs again no day counts, \
              and there is no fixed deadline; 21\u{a0}days are left when it runs again."
            ]
        );
    }

    #[test]
    fn where_no_clock_moves_it_is_said_and_why() {
        let misfit = [("clockMisfits[unknown-ground].message", None, Some("the law stops on eia-screening"))];
        assert_eq!(
            said(&misfit, &permit(), "ClockStopped"),
            ["No statutory clock moves: this names no ground that its law knows; the law stops on eia-screening."]
        );
        let stopped = [misfit[0], ("state", Some("IN_REVIEW"), Some("STOPPED"))];
        assert_eq!(said(&stopped, &permit(), "ClockStopped")[1], "On record the permit stands as stopped all the same.");
        let none = json!({ "clocks": [], "clocksUnknownBecause": "no regime is named" });
        assert_eq!(said(&[], &none, "ClockStopped"), ["No statutory clock moves: no regime is named."]);
        let ended = json!({ "clocks": [{ "limit": "a", "words": "decision", "state": "ENDED" }] });
        assert_eq!(said(&[], &ended, "DeadlineExtended"), ["No statutory clock moves: the clock for the decision has ended."]);
        assert!(said(&[], &permit(), "CaseOfficerAssigned").is_empty());
    }

    #[test]
    fn an_extension_moves_a_deadline_and_a_decision_ends_a_clock() {
        let extended = [("clocks[determination].deadline", Some("2026-12-01"), Some("2027-01-12"))];
        assert_eq!(
            said(&extended, &permit(), "DeadlineExtended"),
            ["The deadline for the determination of the application moves from 1 December 2026 to 12 January 2027."]
        );
        let ended = [
            ("clocks[determination].state", Some("RUNNING"), Some("ENDED")),
            ("clocks[determination].lateDays", Some("0"), Some("3")),
        ];
        assert_eq!(
            said(&ended, &permit(), "PermitGranted"),
            ["The clock for the determination of the application ends, 3\u{a0}days late."]
        );
    }
}
