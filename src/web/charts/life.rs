//! The life of a permit as steps: what is done, where it is, and what is to come.

use serde::Serialize;
use serde_json::Value;

use super::items;
use crate::web::words;

/// A step of the life.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Step {
    /// `done`, `is`, or nothing for what is to come.
    class: &'static str,
    title: String,
    /// When, in words; empty where nothing is on record.
    when: String,
}

/// The limits for deciding, as regimes call them.
const DECIDING: [&str; 2] = ["decision", "determination"];

/// The steps of `permit`, a `Permit` of the API with its clocks.
pub fn steps(permit: &Value) -> Vec<Step> {
    let state = permit["state"].as_str().unwrap_or_default();
    let since = &permit["stateSince"];
    let place = place(state, permit);
    let step = |at: usize, title: &str, when: String| {
        let class = match at.cmp(&place) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "is",
            std::cmp::Ordering::Greater => "",
        };
        Step { class, title: title.to_owned(), when }
    };
    let returned = match permit["returns"].as_u64() {
        None | Some(0) => String::new(),
        Some(1) => ", returned once".to_owned(),
        Some(times) => format!(", returned {times} times"),
    };
    let before = if place == 0 { since_when(since) } else { String::new() };
    let mut steps = vec![
        step(0, "Before application", before),
        step(1, "Submitted", format!("{}{returned}", on(&permit["submittedOn"]))),
        step(2, "Accepted", on(&permit["acceptedOn"])),
        step(3, if state == "STOPPED" { "Clock stopped" } else { "In review" }, review(permit, place)),
    ];
    if permit["determination"].is_null() && place > 4 {
        steps.push(step(place, &words::sentence(&words::words(state)), since_when(since)));
        return steps;
    }
    let determination = determination(permit);
    steps.push(step(4, "Decided", decided(determination, &permit["clocks"])));
    steps.push(step(5, "Open to challenge", challenge(permit, determination)));
    let last = if place >= 6 { words::sentence(&words::words(state)) } else { "Final".to_owned() };
    steps.push(step(6, &last, if place >= 6 { since_when(since) } else { String::new() }));
    steps
}

/// Which step a permit is at.
fn place(state: &str, permit: &Value) -> usize {
    match state {
        "IDENTIFIED" | "PRE_APPLICATION" => 0,
        "SUBMITTED" | "RETURNED" => 1,
        "ACCEPTED" => 2,
        "IN_REVIEW" | "STOPPED" | "RECOMMENDED" => 3,
        "DECIDED" => 4,
        "CHALLENGED" if permit["determination"].is_null() => 3,
        "CHALLENGED" => 5,
        _ => 6,
    }
}

/// The determination that counts.
fn determination(permit: &Value) -> Option<&Value> {
    let fact = permit["determination"]["fact"].as_str()?;
    items(&permit["determinations"]).iter().find(|determination| determination["fact"] == fact)
}

fn review(permit: &Value, place: usize) -> String {
    if place == 3 { since_when(&permit["stateSince"]) } else { on(&permit["clockStartedOn"]) }
}

fn decided(determination: Option<&Value>, clocks: &Value) -> String {
    let is_due =
        |clock: &&Value| clock["state"] == "RUNNING" && clock["limit"].as_str().is_some_and(|limit| DECIDING.contains(&limit));
    match determination {
        Some(found) => {
            let outcome = words::words(found["outcome"].as_str().unwrap_or_default());
            format!("{outcome}, {}", on(&found["decidedOn"]))
        }
        None => items(clocks).iter().find(is_due).map(|clock| format!("by {}", on(&clock["deadline"]))).unwrap_or_default(),
    }
}

fn challenge(permit: &Value, determination: Option<&Value>) -> String {
    let pending = items(&permit["challenges"]).iter().filter(|challenge| challenge["end"].is_null()).count();
    let until = determination.map(|determination| on(&determination["challengeableUntil"])).unwrap_or_default();
    match pending {
        0 if until.is_empty() => String::new(),
        0 => format!("until {until}"),
        1 => "1 challenge is open".to_owned(),
        _ => format!("{pending} challenges are open"),
    }
}

/// A date in words; nothing where there is none.
fn on(date: &Value) -> String {
    date.as_str().map(words::date).unwrap_or_default()
}

fn since_when(date: &Value) -> String {
    date.as_str().map(|date| format!("since {}", words::date(date))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn classes(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|step| step.class).collect()
    }

    #[test]
    fn what_is_done_lies_before_where_it_is() {
        let permit = json!({ "state": "STOPPED", "stateSince": "2026-05-11", "submittedOn": "2026-01-12", "returns": 2,
            "acceptedOn": "2026-03", "determination": null });
        let steps = steps(&permit);
        assert_eq!(classes(&steps), ["done", "done", "done", "is", "", "", ""]);
        assert_eq!((steps[3].title.as_str(), steps[3].when.as_str()), ("Clock stopped", "since 11 May 2026"));
        assert_eq!(steps[1].when, "12 January 2026, returned 2 times");
        assert_eq!(steps[2].when, "March 2026");
    }

    #[test]
    fn a_running_clock_says_until_when_it_is_to_be_decided() {
        let clock = |limit: &str, deadline: &str| json!({ "limit": limit, "state": "RUNNING", "deadline": deadline });
        let clocks = [clock("examination", "2026-07-15"), clock("decision", "2026-11-30")];
        let permit = json!({ "state": "IN_REVIEW", "stateSince": "2026-05-11", "clocks": clocks });
        assert_eq!(steps(&permit)[4].when, "by 30 November 2026");
    }

    #[test]
    fn what_was_granted_is_open_to_challenge_and_what_was_withdrawn_is_over() {
        let granted = json!({ "state": "CHALLENGED", "stateSince": "2026-02-18", "determination": { "fact": "a" },
            "determinations": [{ "fact": "a", "outcome": "GRANTED", "decidedOn": "2026-01-20", "challengeableUntil": "2026-03-03" }],
            "challenges": [{ "end": null }, { "end": "DISMISSED" }] });
        let life = steps(&granted);
        assert_eq!(classes(&life), ["done", "done", "done", "done", "done", "is", ""]);
        assert_eq!((life[4].when.as_str(), life[5].when.as_str()), ("granted, 20 January 2026", "1 challenge is open"));
        let withdrawn = json!({ "state": "WITHDRAWN", "stateSince": "2026-02-18", "determination": null });
        let life = steps(&withdrawn);
        assert_eq!((life.len(), life[4].title.as_str(), life[4].class), (5, "Withdrawn", "is"));
        assert_eq!(steps(&json!({})).len(), 5);
    }
}
