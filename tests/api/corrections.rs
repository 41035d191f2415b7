//! A correction changes what it names, and keeps what it leaves out (DOMAIN.md §2).

use std::time::Duration;

use access::Role;
use app::Submission;
use domain::{Command, Intent};
use milepost::import::{Edition, MAY_RETRACT_PERCENT, Mapping, Options, Register, take_edition};
use projections::things::Permit;
use schema::{
    CommandId, Kind, Metadata, Note, ThingId, Visibility,
    permit::{PermitFact, PermitGranted},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    setting::{Setting, and, grant, subject},
    world::Client,
};

/// A project of which much is known, and the fact that says so.
struct Known {
    s: Setting,
    lead: Client,
    project: String,
    founding: String,
}

const SHOWN: &str = "title country jobs cluster { id } lead { id } capacity { value unit } capex { amount currency }";

impl Known {
    fn new() -> Self {
        let s = Setting::new();
        let known = json!({
            "title": "Arc furnace", "cluster": s.cluster, "lead": s.company, "country": "NL", "jobs": 120,
            "capacity": { "value": "80", "unit": "MW" }, "capex": { "amount": "900", "currency": "EUR" },
            "occurredOn": "2022-01-10",
        });
        let project = s.manager.found("projectRegister", &known);
        let founding = first_fact(&s, &project);
        let lead = s.world.client_as(subject(33), [grant(Role::ProjectLead, Some(&s.company), &[], &[&project])]);
        Self { s, lead, project, founding }
    }

    /// Corrects the registration: the title has to be said each time, the rest is `said`. Gives the correction.
    fn correct(&self, title: &str, said: Value) -> String {
        let corrects = json!({ "fact": self.founding, "reason": "misread" });
        let input = json!({ "project": self.project, "title": title, "occurredOn": "2022-01-10", "corrects": corrects });
        self.lead.fact("projectRegister", &and(input, said))
    }

    fn shown(&self) -> Value {
        self.s.funder.get(&format!("{{ project(id: \"{}\") {{ {SHOWN} }} }}", self.project))["project"].clone()
    }

    fn whole(&self) -> Value {
        json!({
            "title": "Arc furnace", "country": "NL", "jobs": 120, "cluster": { "id": self.s.cluster },
            "lead": { "id": self.s.company }, "capacity": { "value": "80", "unit": "MW" },
            "capex": { "amount": "900", "currency": "EUR" },
        })
    }
}

fn first_fact(s: &Setting, thing: &str) -> String {
    let timeline = s.manager.get(&format!("{{ timeline(thing: \"{thing}\", first: 1) {{ nodes {{ id }} }} }}"));
    timeline["timeline"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_corrected_title_leaves_cluster_lead_capacity_capex_and_jobs_as_they_are() {
    let known = Known::new();
    assert_eq!(known.shown(), known.whole());
    known.correct("Electric arc furnace", json!({}));
    assert_eq!(known.shown(), and(known.whole(), json!({ "title": "Electric arc furnace" })));
    // Its lead is its lead still.
    let achieved = json!({ "project": known.project, "milestone": "FEED", "dueOn": "2027", "occurredOn": "2022-02" });
    known.lead.record("milestonePlan", &achieved);
}

#[test]
fn a_member_is_emptied_by_saying_so() {
    let known = Known::new();
    known.correct("Arc furnace", json!({ "jobs": null, "capacity": { "value": "75", "unit": "MW" } }));
    assert_eq!(known.shown(), and(known.whole(), json!({ "jobs": null, "capacity": { "value": "75", "unit": "MW" } })));
}

#[test]
fn a_variable_that_is_not_given_leaves_its_member_as_it_is() {
    let known = Known::new();
    let lead = &known.lead;
    let mutation = "mutation ($project: ID, $jobs: Int, $country: CountryCode, $corrects: CorrectsInput) {
        projectRegister(input: { project: $project, title: \"Arc furnace\", jobs: $jobs, country: $country, corrects: $corrects,
            occurredOn: \"2022-01-10\" }) { userErrors { code } } }";
    let corrects = json!({ "fact": known.founding, "reason": "misread" });
    let variables = json!({ "project": known.project, "corrects": corrects, "country": null });
    let reply = lead.ask_with(mutation, &variables);
    assert_eq!(reply.data()["projectRegister"]["userErrors"], json!([]), "{}", reply.text);
    // A project of which no country is said lies in that of its cluster.
    assert_eq!(known.shown(), and(known.whole(), json!({ "country": "GB" })));
}

#[test]
fn retracting_a_correction_gives_back_exactly_its_members() {
    let known = Known::new();
    let titled = known.correct("Electric arc furnace", json!({}));
    let timeline = format!("{{ timeline(thing: \"{}\", last: 1) {{ nodes {{ recordedAt }} }} }}", known.project);
    let told = known.s.world.auditor().get(&timeline);
    let moment = told["timeline"]["nodes"][0]["recordedAt"].clone();
    assert!(moment.is_string(), "{told}");
    let larger = known.correct("Electric arc furnace", json!({ "capacity": { "value": "90", "unit": "MW" } }));
    let both = json!({ "title": "Electric arc furnace", "capacity": { "value": "90", "unit": "MW" } });
    assert_eq!(known.shown(), and(known.whole(), both));
    let retract = |fact: &str| {
        let retraction = json!({ "thing": known.project, "fact": fact, "reason": "it was right" });
        known.lead.record("factRetract", &retraction);
    };
    retract(&titled);
    assert_eq!(known.shown(), and(known.whole(), json!({ "capacity": { "value": "90", "unit": "MW" } })));
    retract(&larger);
    assert_eq!(known.shown(), known.whole());
    // What was known then stays answerable.
    let then =
        known.s.funder.get(&format!("{{ project(id: \"{}\", asKnownAt: {{ at: {} }}) {{ {SHOWN} }} }}", known.project, moment));
    assert_eq!(then["project"], and(known.whole(), json!({ "title": "Electric arc furnace" })));
}

#[test]
fn the_same_correction_sent_twice_is_recorded_once_whatever_came_between() {
    let known = Known::new();
    let lead = &known.lead;
    let correction = |title: &str, more: Value| {
        let corrects = json!({ "fact": known.founding, "reason": "misread" });
        and(json!({ "project": known.project, "title": title, "occurredOn": "2022-01-10", "corrects": corrects }), more)
    };
    let command = json!({ "commandId": crate::setting::command(501) });
    let first = lead.record("projectRegister", &correction("Electric arc furnace", command.clone()));
    lead.record("projectRegister", &correction("Electric arc furnace", json!({ "jobs": 130 })));
    let head = known.s.world.head();
    let again = lead.record("projectRegister", &correction("Electric arc furnace", command.clone()));
    assert_eq!(again["facts"], first["facts"]);
    assert_eq!(known.s.world.head(), head);
    let other = lead.refusal("projectRegister", &correction("Another furnace", command));
    assert_eq!(other, "COMMAND_ID_REUSED");
}

#[test]
fn an_awards_title_and_a_decisions_date_stay_too() {
    let s = Setting::new();
    let award = s.manager.found(
        "awardIdentify",
        &json!({ "title": "A grant", "instrument": "GRANT", "projects": [s.project], "recipient": s.company, "occurredOn": "2023-01-05" }),
    );
    let identified = first_fact(&s, &award);
    let corrects = json!({ "fact": identified, "reason": "misread" });
    s.manager.record(
        "awardIdentify",
        &json!({ "award": award, "title": "The grant", "occurredOn": "2023-01-05", "corrects": corrects }),
    );
    let shown =
        s.manager.get(&format!("{{ award(id: \"{award}\") {{ title instrument recipient {{ id }} projects {{ id }} }} }}"));
    let whole = json!({ "title": "The grant", "instrument": "GRANT", "recipient": { "id": s.company }, "projects": [{ "id": s.project }] });
    assert_eq!(shown["award"], whole);
}

const PLANTS: &str = r#"
[register]
name = "plants"
title = "Register of Plants"

[file]
key = "Key"
edition_date = "As of"

[dates]
formats = ["%d.%m.%Y"]

[permit]
title = "Key"
instrument = { constant = "Permit" }

[[event]]
field = "granted"
thing = "permit"
type = "PermitGranted"
date = "Granted"
with = { valid_until = "Until", reference = "Letter" }
"#;

/// Takes the edition of the first of `month` 2024, in which one permit was granted on `granted`, until `until`.
fn take(s: &Setting, month: u32, granted: &str, until: &str) {
    let mapping = Mapping::parse(PLANTS, |file| Err(format!("no {file}"))).unwrap();
    let text = format!("Key,Granted,Until,Letter,As of\na,{granted},{until},A/7,01.{month:02}.2024\n");
    let register = Register::read("plants.csv", text.as_bytes(), mapping.format()).unwrap();
    let edition = Edition::try_new(&mapping, &register, None).unwrap();
    let visibility = Visibility::Participants;
    let options = Options {
        subject: subject(60),
        on_behalf_of: None,
        visibility,
        dry_run: false,
        may_retract_percent: MAY_RETRACT_PERCENT,
    };
    s.world.wait(take_edition(&s.world.app, &edition, &options, &|_| {})).unwrap();
}

/// A person says that the grant of `permit` was on another day, and until another.
fn correct_grant(s: &Setting, permit: ThingId) {
    let thing = s.world.app.picture().thing::<Permit>(permit).unwrap().clone();
    let live = thing.live().iter().find(|live| matches!(live.fact(), PermitFact::PermitGranted(_))).unwrap();
    let PermitFact::PermitGranted(grant) = live.fact().clone() else { panic!("no grant") };
    let to = PermitGranted { valid_until: Some("2032".parse().unwrap()), ..grant }.into();
    let reason = Note::try_new("the letter says so").unwrap();
    let intent = Intent::Correct { fact: live.fact_id, reason, to, members: None };
    let metadata = Metadata::new("2021-05-06".parse().unwrap(), subject(61), CommandId(Uuid::new_v4()), Uuid::nil());
    let now = s.world.app.now();
    let command = Command { intent, metadata, may_override: false, now, index: 0 };
    let submission = Submission { thing: permit, commands: vec![command], expected_revision: None };
    let receipt = s.world.wait(s.world.app.record::<Permit>(&submission)).unwrap();
    s.world.wait(s.world.app.reached(permit, receipt.revision.unwrap(), Duration::from_mins(1))).unwrap();
}

#[test]
fn where_a_register_says_otherwise_both_values_are_shown() {
    let s = Setting::new();
    let permit = ThingId::from_register(Kind::Permit, "plants", &["a"]);
    let query = format!(
        "{{ permit(id: \"{permit}\") {{ record {{ disagreements {{ eventType occurredOn registerOccurredOn publishedOn \
         members {{ member recorded register }} }} }} }} }}"
    );
    take(&s, 1, "04.05.2021", "01.01.2031");
    correct_grant(&s, permit);
    take(&s, 2, "07.05.2021", "");
    let disagreements = s.funder.get(&query)["permit"]["record"]["disagreements"].clone();
    let members = json!([
        { "member": "occurred_on", "recorded": "2021-05-06", "register": "2021-05-07" },
        { "member": "valid_until", "recorded": "2032", "register": null },
    ]);
    assert_eq!(
        disagreements,
        json!([{ "eventType": "PermitGranted", "occurredOn": "2021-05-06", "registerOccurredOn": "2021-05-07",
            "publishedOn": "2024-02-01", "members": members }])
    );
}
