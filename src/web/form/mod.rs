//! Forms of commands. A form is made of the published schema of a fact, of the words in `wording.toml`, and of what the
//! record says that members can be; there is no form in Rust for any one command.

mod dates;
mod questions;
mod typed;
pub mod wording;

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use self::questions::{Ask, Question, questions};
pub use self::{
    questions::{Choice, Choices, Complaint, camel},
    typed::Typed,
};

/// Of each type of event the schema of the version that this build writes.
static PUBLISHED: LazyLock<Value> = LazyLock::new(|| {
    let published = include_str!(concat!(env!("OUT_DIR"), "/published.json"));
    serde_json::from_str(published).unwrap_or_else(|error| {
        // The tests read it, so no build that passed them comes here.
        tracing::error!(%error, "the published schemas can't be read");
        json!({})
    })
});

/// The published schema of a type of event; null where there is none.
pub fn published(event_type: &str) -> &'static Value {
    PUBLISHED.get(event_type).unwrap_or(&Value::Null)
}

/// Where the members of a fact stand among the fields of a form.
const MEMBERS: &str = "f";
/// Where its date stands.
pub const DATE: &str = "on";
/// The member that names a ground of the law.
const GROUND: &str = "ground";
/// The most members of the usual case that are asked for beside those that are demanded.
const ASKED_MAX: usize = 4;
/// The field of what its documents are called.
pub const EVIDENCE_TITLE: &str = "evidence.title";
/// The field of where its documents are.
pub const EVIDENCE_LOCATION: &str = "evidence.location";

/// The form of one step.
pub struct Form {
    questions: Vec<Question>,
    usual: usize,
    /// What it is called.
    pub words: wording::StepWords,
}

impl Form {
    /// The form of a step that records events of this type. Members `given` elsewhere are not asked for.
    pub fn of(event_type: &str, choices: &Choices, given: &[&str]) -> Self {
        let words = wording::of(event_type);
        let mut questions = questions(published(event_type), &words, choices);
        questions.retain(|question| !given.contains(&question.name.as_str()));
        // A ground is asked for where the law that is named has a list of them.
        questions.sort_by_key(|question| question.name == GROUND && !matches!(question.ask, Ask::Words(_)));
        let asked: Vec<String> = {
            let can_be = questions.iter().filter(|question| question.name != GROUND || matches!(question.ask, Ask::Words(_)));
            let can_be: Vec<&str> = can_be.map(|question| question.name.as_str()).collect();
            words.ask.iter().filter(|name| can_be.contains(&name.as_str())).take(ASKED_MAX).cloned().collect()
        };
        let is_usual = |question: &Question| question.is_required || asked.contains(&question.name);
        questions.sort_by_key(|question| !is_usual(question));
        let usual = questions.iter().filter(|question| is_usual(question)).count();
        Self { questions, usual, words }
    }

    /// What the API is to take: the members that were answered, and the date. Whatever is wrong with it is in the second.
    pub fn read(&self, typed: &Typed) -> (Map<String, Value>, Vec<Complaint>) {
        let (mut input, mut complaints) = (Map::new(), Vec::new());
        match dates::read(DATE, typed) {
            Ok(Some(date)) => drop(input.insert("occurredOn".to_owned(), json!(date))),
            Ok(None) => {
                complaints.push(Complaint::new(DATE, "say when it was; if the day is not known, choose Month, Quarter or Year"));
            }
            Err(message) => complaints.push(Complaint::new(DATE, message)),
        }
        for question in &self.questions {
            let before = complaints.len();
            match question.read(MEMBERS, typed, &mut complaints) {
                Some(value) => drop(input.insert(camel(&question.name), value)),
                None if question.is_required && matches!(question.ask, Ask::Lines | Ask::Rows(_)) => {
                    input.insert(camel(&question.name), json!([]));
                }
                None if question.is_required && complaints.len() == before => {
                    let path = format!("{MEMBERS}.{}", question.name);
                    complaints
                        .push(Complaint::new(path, format!("{} This has to be said.", asked(&self.words.label(&question.name)))));
                }
                None => {}
            }
        }
        (input, complaints)
    }

    /// As [`Form::read`], for a correction of a fact that says `payload` and occurred on `date`: what was not touched is left
    /// out, so that it stays as it is, and what was emptied is null.
    pub fn read_correction(&self, typed: &Typed, payload: &Value, date: &str) -> (Map<String, Value>, Vec<Complaint>) {
        let (mut input, complaints) = self.read(typed);
        let mut as_it_was = Typed::default();
        self.write(payload, date, &mut as_it_was);
        let (was, _) = self.read(&as_it_was);
        for question in &self.questions {
            let name = camel(&question.name);
            match (was.get(&name), input.get(&name)) {
                (Some(_), None) => drop(input.insert(name, Value::Null)),
                // What the API demands is given also where it stays as it is.
                (before, after) if before == after && !question.is_required => drop(input.remove(&name)),
                _ => {}
            }
        }
        (input, complaints)
    }

    /// Fills in a fact that is on record.
    pub fn write(&self, payload: &Value, date: &str, typed: &mut Typed) {
        dates::write(DATE, date, typed);
        for question in &self.questions {
            question.write(MEMBERS, &payload[question.name.as_str()], typed);
        }
    }

    /// Fills in what is the same as ever: the month and the year of dates, and the currency.
    pub fn suggest(&self, today: NaiveDate, typed: &mut Typed) {
        dates::suggest(DATE, today, typed);
        for question in &self.questions {
            let path = format!("{MEMBERS}.{}", question.name);
            if matches!(question.ask, Ask::Date) {
                dates::suggest(&path, today, typed);
            }
        }
    }

    /// The date of the fact as it was typed.
    pub fn date(typed: &Typed) -> Option<String> {
        dates::read(DATE, typed).ok().flatten()
    }

    /// What a template draws the form of. `things` are those that can be chosen: those `listed` by their kinds, those that were
    /// `found` by the full names of fields, and the `names` of those that are chosen already, by their ids.
    pub fn drawn(&self, typed: &Typed, complaints: &[Complaint], things: &Value) -> Value {
        let drawn = |question: &Question| question.drawn(MEMBERS, typed, complaints, things);
        let folded = self.questions.iter().skip(self.usual);
        let at_date = complaints.iter().find(|complaint| complaint.path == DATE);
        let of =
            |path: &str| complaints.iter().find(|complaint| complaint.path == path).map(|complaint| complaint.message.clone());
        json!({
            "say": self.words.say,
            "when": {
                "path": DATE,
                "id": DATE,
                "label": self.words.when.as_deref().unwrap_or("When was it?"),
                "required": true,
                "ask": "date",
                "date": dates::drawn(DATE, typed),
                "error": at_date.map(|complaint| &complaint.message),
                "error_hint": at_date.and_then(|complaint| complaint.hint.as_ref()),
            },
            "usual": self.questions.iter().take(self.usual).map(drawn).collect::<Vec<_>>(),
            "more": folded.clone().map(drawn).collect::<Vec<_>>(),
            "more_is_open": folded.clone().any(|question| question.read(MEMBERS, typed, &mut Vec::new()).is_some())
                || complaints.iter().any(|complaint| folded.clone().any(|question| complaint.path.starts_with(&format!("{MEMBERS}.{}", question.name)))),
            "evidence": {
                "title": typed.raw(EVIDENCE_TITLE),
                "location": typed.raw(EVIDENCE_LOCATION),
                "error": of(EVIDENCE_TITLE),
            },
        })
    }

    /// The kinds of things that it asks for.
    pub fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = self.questions.iter().flat_map(Question::kinds).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The fields that name things, as far as something was typed into them, each with the kind; none for any kind.
    pub fn things(&self, typed: &Typed) -> Vec<(String, String)> {
        self.questions.iter().flat_map(|question| question.things(MEMBERS, typed)).collect()
    }

    /// The field of the form for a field of the input, as the API names it; that of the date for the date. Empty where the form
    /// has none.
    pub fn path_of(&self, field: &str) -> String {
        let mut parts = field.split('.');
        let first = parts.next().unwrap_or_default();
        if first == "occurredOn" {
            return DATE.to_owned();
        }
        if first == "evidence" {
            return EVIDENCE_TITLE.to_owned();
        }
        let question = self.questions.iter().find(|question| camel(&question.name) == first);
        question.map_or_else(String::new, |question| question.path_within(MEMBERS, parts))
    }
}

/// The documents that were typed, as the API takes them.
pub fn evidence(typed: &Typed, complaints: &mut Vec<Complaint>) -> Option<Value> {
    let (title, location) = (typed.text(EVIDENCE_TITLE), typed.text(EVIDENCE_LOCATION));
    if title.is_empty() && location.is_empty() {
        return None;
    }
    if title.is_empty() {
        complaints.push(Complaint::new(EVIDENCE_TITLE, "say what the document is called"));
        return None;
    }
    let mut document = json!({ "title": title });
    if !location.is_empty() {
        document["location"] = json!(location);
    }
    Some(json!([document]))
}

/// A question with a mark at its end.
fn asked(label: &str) -> String {
    if label.ends_with(['?', '.']) { label.to_owned() } else { format!("{label}:") }
}

#[cfg(test)]
mod tests {
    use access::table::COMMANDS;

    use super::*;

    #[test]
    fn every_command_has_a_form_that_asks_for_all_that_is_demanded() {
        // Roles and tokens have no forms.
        let of_subject = |name: &str| schema::event_types().any(|(kind, of)| kind == schema::Kind::Subject && of.name == name);
        for (command, event_type, _) in COMMANDS.iter().filter(|(_, recorded, _)| !of_subject(recorded)) {
            let schema = published(event_type);
            assert_eq!(schema["type"], "object", "{command}");
            let fact = Choice {
                member: "dependency".to_owned(),
                value: "00000000-0000-0000-0000-000000000000".to_owned(),
                label: None,
                of: None,
            };
            let form = Form::of(event_type, &vec![fact], &[]);
            for member in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(form.questions.iter().any(|question| question.name == member), "{event_type} does not ask for {member}");
            }
        }
    }

    #[test]
    fn a_fact_on_record_is_read_back_from_its_form_as_the_api_takes_it() {
        let form = Form::of("AwardMade", &Vec::new(), &[]);
        let payload = json!({ "amount": { "amount": "45000000", "currency": "GBP" }, "bound": "at_most" });
        let mut typed = Typed::default();
        form.write(&payload, "2025-Q1", &mut typed);
        let (input, complaints) = form.read(&typed);
        assert!(complaints.is_empty(), "{complaints:?}");
        let expected =
            json!({ "amount": { "amount": "45000000", "currency": "GBP" }, "bound": "AT_MOST", "occurredOn": "2025-Q1" });
        assert_eq!(Value::Object(input), expected);
        typed.set("f.bound", "");
        let (input, _) = form.read_correction(&typed, &payload, "2025-Q1");
        assert_eq!(
            Value::Object(input),
            json!({ "amount": { "amount": "45000000", "currency": "GBP" }, "bound": null, "occurredOn": "2025-Q1" })
        );
    }

    #[test]
    fn what_is_missing_is_asked_for_by_its_field() {
        let form = Form::of("MilestoneRescheduled", &Vec::new(), &["milestone"]);
        let typed = Typed::of(vec![
            ("on.day".to_owned(), "40".to_owned()),
            ("on.month".to_owned(), "1".to_owned()),
            ("on.year".to_owned(), "2026".to_owned()),
        ]);
        let (_, complaints) = form.read(&typed.unwrap());
        let paths: Vec<&str> = complaints.iter().map(|complaint| complaint.path.as_str()).collect();
        assert_eq!(paths, ["on", "f.to"]);
        assert_eq!(form.path_of("to"), "f.to");
        assert_eq!(form.path_of("occurredOn"), "on");
        assert_eq!(form.path_of("visibility"), "");
        let grant = Form::of("PermitGranted", &Vec::new(), &[]);
        assert_eq!(grant.path_of("conditions.1.dueOn"), "f.conditions.1.due_on");
        assert_eq!(grant.path_of("conditions.1.nothing"), "f.conditions.1");
        assert_eq!(Form::of("AwardMade", &Vec::new(), &[]).path_of("amount.amount"), "f.amount.amount");
    }

    #[test]
    fn a_ground_of_the_law_is_asked_for_where_the_law_has_a_list() {
        let usual = |choices: &Choices| {
            let form = Form::of("ClockStopped", choices, &[]);
            form.questions.iter().take(form.usual).map(|question| question.name.clone()).collect::<Vec<_>>()
        };
        let ground = Choice {
            member: "ground".to_owned(),
            value: "eia-screening".to_owned(),
            label: Some("a screening is awaited".to_owned()),
            of: None,
        };
        assert_eq!(usual(&vec![ground]), ["ground", "reason", "responsible", "expected_resumption"]);
        assert_eq!(usual(&Vec::new()), ["reason", "responsible", "expected_resumption"]);
    }

    #[test]
    fn of_cases_of_one_name_that_of_the_regime_is_chosen() {
        let case = |regime: &str| Choice {
            member: "case".to_owned(),
            value: "major".to_owned(),
            label: Some("major development".to_owned()),
            of: Some((regime.to_owned(), regime.to_uppercase())),
        };
        let form = Form::of("RegimeDetermined", &vec![case("a"), case("b")], &[]);
        let mut typed = Typed::default();
        typed.set("f.case", "major");
        typed.set("f.regime", "b");
        let drawn = form.drawn(&typed, &[], &json!({}));
        let asked = drawn["usual"].as_array().unwrap().iter().find(|question| question["path"] == "f.case").unwrap();
        let chosen: Vec<&Value> = asked["options"].as_array().unwrap().iter().map(|option| &option["chosen"]).collect();
        assert_eq!(chosen, [&json!(false), &json!(true)], "{asked}");
        assert_eq!(asked["options"][1]["group"], "B");
    }
}
