//! What a command changes, in words: the `changes` of the API put in the order in which people ask.

use serde::Serialize;
use serde_json::Value;

use super::words;

/// A line of the panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// What changes.
    pub what: String,
    /// How it stood.
    pub before: Option<String>,
    /// How it stands.
    pub after: Option<String>,
}

/// What changes, by what it is about, each empty where nothing does.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Effects {
    /// The thing itself: its state, its milestones.
    pub own: Vec<Effect>,
    /// Levels on the ladders.
    pub levels: Vec<Effect>,
    /// When the investment decision is expected, and whether the project is ready for it.
    pub decision: Vec<Effect>,
    /// What that means by law, in sentences.
    pub legal: Vec<String>,
    /// Clocks and deadlines, and who has to act.
    pub law: Vec<Effect>,
    /// Days between what is on record, whatever the law.
    pub calendar: Vec<Effect>,
    /// Money.
    pub money: Vec<Effect>,
    /// Who may read and write.
    pub access: Vec<Effect>,
    /// What does not fit any more, or fits again.
    pub flags: Vec<Effect>,
    /// How sure the fact is then.
    pub assurance: Option<String>,
}

/// The `changes` of a payload, in words. `names` says what things are called by their ids.
pub fn effects(changes: &Value, names: &Value) -> Effects {
    let mut effects = Effects::default();
    for change in changes.as_array().into_iter().flatten() {
        let what = change["what"].as_str().unwrap_or_default();
        let (before, after) = (change["before"].as_str(), change["after"].as_str());
        let place = Place::of(what);
        if place.is_a_fact() {
            let whole = after.and_then(|after| serde_json::from_str::<Value>(after).ok());
            if let Some(assurance) = whole.as_ref().and_then(|fact| fact["assurance"].as_str()) {
                effects.assurance = Some(assurance.to_owned());
            } else if what.ends_with(".assurance") {
                effects.assurance = after.map(str::to_owned);
            }
            continue;
        }
        let Some((section, said)) = place.said(names) else { continue };
        let written = |value: Option<&str>| value.map(|value| place.value(value));
        let effect = Effect { what: said, before: written(before), after: written(after) };
        let section = match section {
            Section::Own => &mut effects.own,
            Section::Levels => &mut effects.levels,
            Section::Decision => &mut effects.decision,
            Section::Law => &mut effects.law,
            Section::Calendar => &mut effects.calendar,
            Section::Money => &mut effects.money,
            Section::Access => &mut effects.access,
            Section::Flags => &mut effects.flags,
        };
        if !section.contains(&effect) {
            section.push(effect);
        }
    }
    effects
}

enum Section {
    Own,
    Levels,
    Decision,
    Law,
    Calendar,
    Money,
    Access,
    Flags,
}

/// The path of a change: `milestones[feed].actual`.
struct Place<'a> {
    what: &'a str,
    /// The names on the way, and the keys behind them.
    steps: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Place<'a> {
    fn of(what: &'a str) -> Self {
        let mut steps = Vec::new();
        let mut rest = what;
        while !rest.is_empty() {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let name = &rest[..end];
            rest = &rest[end..];
            let mut key = None;
            if let Some(inside) = rest.strip_prefix('[') {
                let close = inside.find(']').unwrap_or(inside.len());
                key = Some(&inside[..close]);
                rest = inside.get(close + 1..).unwrap_or_default();
            }
            rest = rest.strip_prefix('.').unwrap_or(rest);
            steps.push((name, key));
        }
        Self { what, steps }
    }

    /// Whether it is a fact by its type, and not a field by its path.
    fn is_a_fact(&self) -> bool {
        self.what.starts_with(|first: char| first.is_ascii_uppercase())
    }

    fn has(&self, name: &str) -> bool {
        self.steps.iter().any(|(step, _)| *step == name)
    }

    fn key(&self, name: &str) -> Option<&'a str> {
        self.steps.iter().find(|(step, _)| *step == name).and_then(|(_, key)| *key)
    }

    fn last(&self) -> &'a str {
        self.steps.last().map_or("", |(name, _)| *name)
    }

    /// Where it is said, and what it is called; `None` for what is not worth saying.
    fn said(&self, names: &Value) -> Option<(Section, String)> {
        let last = self.last();
        // What does not fit the law, and why there is no clock, is said in sentences.
        let is_said_elsewhere = self.has("clockMisfits") || last == "clocksUnknownBecause";
        if is_said_elsewhere || matches!(last, "factCount" | "confirmedFactCount" | "exact" | "code" | "unit") {
            return None;
        }
        if self.has("flags") {
            return Some((Section::Flags, "What does not fit".to_owned())).filter(|_| last == "message");
        }
        if self.steps.first().is_some_and(|(name, _)| *name == "access") {
            return Some((Section::Access, words::sentence(&words::words(last))));
        }
        if self.has("fidShortfall") {
            let pillar = self.key("fidShortfall").unwrap_or_default();
            let said = format!("Short for the investment decision: {}", words::words(pillar));
            return Some((Section::Decision, said)).filter(|_| last == "needed");
        }
        if last == "level" && self.has("pillars") {
            let pillar = self.steps.iter().rev().find_map(|(name, key)| key.filter(|_| *name == "pillars")).unwrap_or_default();
            return Some((Section::Levels, format!("{}{}", words::sentence(&words::words(pillar)), self.of_whom(names))));
        }
        if self.has("limiting") {
            return None;
        }
        if let Some(milestone) = self.key("milestones") {
            let title = names["milestones"][milestone].as_str().map_or_else(|| words::milestone(milestone), str::to_owned);
            let what = match last {
                "actual" => "reached",
                "forecast" => "expected",
                "baseline" => "first plan",
                "rebaseline" => "approved plan",
                "droppedOn" => "dropped",
                "slip" => "slip, in days",
                _ => return None,
            };
            let section = if milestone == "fid" { Section::Decision } else { Section::Own };
            let title = if milestone == "fid" { "Investment decision".to_owned() } else { title };
            return Some((section, format!("{title}: {what}")));
        }
        if self.has("clocks") || self.has("court") {
            return self.of_clock().map(|said| (Section::Law, said));
        }
        if self.has("stops") || self.has("extensions") {
            // Whether the law takes it for one is said by the clocks.
            let said = match last {
                "from" => "A stop on record, from",
                "until" => "A stop on record, until",
                "to" => "An extension on record, to",
                "count" => "An extension on record, by",
                _ => return None,
            };
            return Some((Section::Calendar, said.to_owned()));
        }
        if matches!(
            last,
            "amount"
                | "awarded"
                | "obligated"
                | "disbursed"
                | "left"
                | "performancePaid"
                | "recovered"
                | "budget"
                | "capex"
                | "value"
        ) || self.has("byCurrency")
        {
            return Some((Section::Money, format!("{}{}", self.sum(), self.of_whom(names))));
        }
        let by_calendar = matches!(last, "elapsed" | "used" | "stopped");
        let section = match last {
            _ if by_calendar => Section::Calendar,
            "challengeableUntil" => Section::Law,
            _ => Section::Own,
        };
        let said = match last {
            "elapsed" => "Days since the application".to_owned(),
            "used" => "Days from the start on record, without stops".to_owned(),
            "stopped" => "Days of stops on record".to_owned(),
            "challengeableUntil" => "Can be challenged until".to_owned(),
            "stateSince" | "stageSince" => "Since".to_owned(),
            "name" | "title" if self.steps.len() > 1 => self.owner()?,
            _ => words::sentence(&words::words(last)),
        };
        let key = self.steps.iter().find_map(|(_, key)| *key).filter(|key| !words::is_id(key));
        Some((section, key.map_or_else(|| said.clone(), |key| format!("{said} ({})", words::date(key)))))
    }

    /// What names the thing whose name this is.
    fn owner(&self) -> Option<String> {
        let (name, _) = self.steps.get(self.steps.len().checked_sub(2)?)?;
        Some(words::sentence(&words::words(name)))
    }

    fn of_clock(&self) -> Option<String> {
        let limit = self.key("clocks").map(|limit| format!(" ({})", words::words(limit))).unwrap_or_default();
        let said = match self.last() {
            "deadline" => "Deadline",
            "strictDeadline" => "Deadline without stops and extensions",
            "leftDays" => "Days left",
            "lateDays" => "Days late",
            "usedDays" => "Days that count by law",
            "stoppedDays" => "Days that stops take out by law",
            "stoppedSince" => "Stopped by law since",
            "extendedDays" => "Days by extension",
            "state" => "Clock",
            "overdue" => "Overdue",
            "onTime" => "On time",
            "party" => "Who has to act",
            "since" => "Since",
            _ => return None,
        };
        Some(format!("{said}{limit}"))
    }

    fn sum(&self) -> String {
        let names = ["awarded", "obligated", "disbursed", "left", "performancePaid", "recovered", "budget", "capex", "value"];
        let of = names.into_iter().find(|name| self.has(name));
        of.map_or_else(|| "Amount".to_owned(), |name| words::sentence(&words::words(name)))
    }

    /// `, of the cluster`: whose it is, where it is not the thing's own.
    fn of_whom(&self, names: &Value) -> String {
        let mut said = String::new();
        for (name, key) in &self.steps {
            match (*name, *key) {
                ("projects" | "clusters", Some(id)) => {
                    let called = names["things"][id].as_str().map_or_else(|| words::kind(id).to_owned(), str::to_owned);
                    said = format!(", {called}");
                }
                ("cluster", _) => ", its cluster".clone_into(&mut said),
                ("programme", _) => ", its programme".clone_into(&mut said),
                _ => {}
            }
        }
        said
    }

    fn value(&self, value: &str) -> String {
        match value {
            "true" => return "yes".to_owned(),
            "false" => return "no".to_owned(),
            _ => {}
        }
        if self.last() == "level" {
            return format!("level {value}");
        }
        if self.last() == "needed" {
            return format!("level {value} needed");
        }
        // A clock is stopped; of a permit the same word says more.
        if self.last() == "state" && self.has("clocks") {
            return value.to_lowercase().replace('_', " ");
        }
        if self.last() == "party" {
            return words::party(value);
        }
        if value.starts_with(|first: char| first.is_ascii_digit()) || value.starts_with("../") {
            if let Some((amount, rest)) = value.split_once(' ') {
                return if rest.len() == 3 && rest.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    format!("{rest}\u{a0}{}", words::number(amount))
                } else {
                    format!("{}\u{a0}{}", words::number(amount), words::words(rest))
                };
            }
            let is_date = value.contains('-') || self.is_a_date();
            return if is_date { words::date(value) } else { words::number(value) };
        }
        let is_word = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if is_word { words::words(value) } else { value.to_owned() }
    }

    fn is_a_date(&self) -> bool {
        let last = self.last();
        last.ends_with("On")
            || last.ends_with("Since")
            || matches!(last, "forecast" | "actual" | "baseline" | "deadline" | "from" | "until" | "since" | "challengeableUntil")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(what: &str, before: Option<&str>, after: Option<&str>) -> Value {
        json!({ "what": what, "before": before, "after": after })
    }

    #[test]
    fn changes_are_said_in_the_words_of_those_who_read_them() {
        let changes = json!([
            change("MilestoneAchieved", None, Some("{\"milestone\":\"feed\",\"assurance\":\"evidenced\"}")),
            change("milestones[feed].actual", None, Some("2026-11-20")),
            change("milestones[fid].forecast", Some("2027-05-14"), Some("2027-05-04")),
            change("pillars.pillars[TECHNOLOGY].level", Some("3"), Some("4")),
            change("cluster.pillars.pillars[TECHNOLOGY].level", Some("2"), Some("3")),
            change("clocks[decision].deadline", Some("2026-11-30"), None),
            change("court.party", Some("AUTHORITY"), Some("APPLICANT")),
            change("stopped", Some("0"), Some("3")),
            change("stops[2026-11-20].from", None, Some("2026-11-20")),
            change("clockMisfits[unknown-ground].message", None, Some("the law stops on floods")),
            change("programme.left.byCurrency[EUR]", Some("9000000 EUR"), Some("8000000 EUR")),
            change("record.factCount", Some("4"), Some("5")),
        ]);
        let effects = effects(&changes, &json!({ "milestones": { "feed": "FEED finished" } }));
        let said = |effects: &[Effect]| {
            let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "nothing".to_owned());
            effects
                .iter()
                .map(|effect| format!("{}: {} → {}", effect.what, part(&effect.before), part(&effect.after)))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(&effects.own), ["FEED finished: reached: nothing → 20 November 2026"]);
        assert_eq!(said(&effects.decision), ["Investment decision: expected: 14 May 2027 → 4 May 2027"]);
        assert_eq!(said(&effects.levels), ["Technology: level 3 → level 4", "Technology, its cluster: level 2 → level 3"]);
        assert_eq!(
            said(&effects.law),
            ["Deadline (decision): 30 November 2026 → nothing", "Who has to act: the authority → the applicant"]
        );
        assert_eq!(
            said(&effects.calendar),
            ["Days of stops on record: 0 → 3", "A stop on record, from: nothing → 20 November 2026"]
        );
        assert_eq!(said(&effects.money), ["Left, its programme: EUR\u{a0}9,000,000 → EUR\u{a0}8,000,000"]);
        assert_eq!(effects.assurance.as_deref(), Some("evidenced"));
    }
}
