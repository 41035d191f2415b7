//! The gate for reading: every field that is not for everybody, asked for as every role, in and out of its scope.

use access::{Actor, FIELDS, table::Readers};
use app::{is_party, reach_of};
use schema::ThingId;
use serde_json::{Value, json};

use crate::{
    access::grants,
    whole::{Whole, gbp},
};

/// Gives every gated field something to show.
fn fill(w: &Whole) {
    let on = |field: &str, on: &str, more: Value| w.on(field, on, more);
    let (lead, financier) = (&w.s.lead, &w.financier);
    lead.fact("projectCostEstimate", &on("project", "2022-03-01", json!({ "class": "CLASS3", "capex": gbp("2000000") })));
    lead.fact("projectFidPlan", &on("project", "2022-03-01", json!({ "dueOn": "2023-06-01" })));
    lead.fact("projectFidTake", &on("project", "2023-06-01", json!({ "amount": gbp("1900000") })));
    lead.fact("awardApply", &on("award", "2022-03-01", json!({ "amount": gbp("700000") })));
    financier.fact("awardExpect", &on("award", "2022-04-01", json!({ "amount": gbp("600000") })));
    financier.fact("awardMake", &on("award", "2022-05-01", json!({ "amount": gbp("600000") })));
    financier.fact("awardAgreementSign", &on("award", "2022-06-01", json!({ "obligated": gbp("500000") })));
    financier.fact("awardDisburse", &on("award", "2022-07-01", json!({ "amount": gbp("100000") })));
    let worth = json!({ "value": gbp("4200000") });
    w.s.manager.fact("partnershipAgreementSign", &on("partnership", "2022-07-01", worth));
    let administrator = &w.s.administrator;
    administrator.fact("subjectAdmit", &on("subject", "2022-07-01", json!({ "kind": "PERSON" })));
    let lost = json!({ "credential": "00000000-0000-4000-8000-000000000405" });
    administrator.fact("tokenRevoke", &on("subject", "2022-07-01", lost));
    administrator.fact("sessionsEnd", &on("subject", "2022-07-01", json!({ "issuedBefore": "2022-07-01T00:00:00Z" })));
}

/// What a gated field is asked for by, where in the answer it is, and which thing it is of.
fn question<'w>(w: &'w Whole, row: &str) -> (String, String, Option<&'w str>) {
    let (of, field) = row.split_once('.').unwrap();
    let of_thing = |root: &str, id: &'w str| {
        let shown = match field {
            "payments" => "payments { paidOn }",
            "capex" | "value" | "appliedFor" | "expected" => &format!("{field} {{ amount }}"),
            "kind" | "revokedCredentials" | "sessionsEndedBefore" => field,
            "costEstimate" => "costEstimate { class }",
            "fidDecision" => "fidDecision { takenOn }",
            _ => &format!("{field} {{ byCurrency {{ amount }} }}"),
        };
        (format!("{{ {root}(id: \"{id}\") {{ {shown} }} }}"), format!("/data/{root}/{field}"), Some(id))
    };
    match of {
        "Project" => of_thing("project", &w.s.project),
        "Award" => of_thing("award", &w.award),
        "Programme" => of_thing("programme", &w.programme),
        "Partnership" => of_thing("partnership", &w.partnership),
        "Subject" => of_thing("subject", &w.subject),
        "RollUp" => {
            let asked = "{ pipeline { money { public { awarded { known } } } } }".to_owned();
            (asked, "/data/pipeline/0/money".to_owned(), None)
        }
        "PermitDocket" => ("{ permitDocket { workload { open } } }".to_owned(), "/data/permitDocket/workload".to_owned(), None),
        "TimelineEntry" => {
            let asked = format!("{{ timeline(thing: \"{}\", first: 1) {{ nodes {{ credential }} }} }}", w.s.project);
            (asked, "/data/timeline/nodes/0/credential".to_owned(), Some(&w.s.project))
        }
        _ => panic!("say here how {row} is asked for"),
    }
}

fn lets(w: &Whole, readers: Readers, actor: &Actor, thing: Option<&str>) -> bool {
    let thing: Option<ThingId> = thing.map(|thing| thing.parse().unwrap());
    let picture = w.s.world.app.picture();
    readers.let_through(actor, || thing.is_some_and(|thing| is_party(actor, thing, || reach_of(&picture, thing))))
}

#[test]
fn every_gated_field_is_shown_to_its_readers_and_null_to_everybody_else() {
    let w = Whole::new();
    fill(&w);
    let mut shown = 0;
    for (row, readers) in FIELDS.0.iter().filter(|(_, readers)| *readers != Readers::SignedIn) {
        let (query, at, thing) = question(&w, row);
        for grant in grants(&w) {
            let client = w.s.world.client([grant.clone()]);
            let (actor, reply) = (w.s.world.actor(&client), client.ask(&query));
            // Of a subject, most see nothing at all.
            let hidden = (row.starts_with("Subject.") && reply.data()["subject"].is_null()).then_some(&Value::Null);
            let found = reply.body.pointer(&at).or(hidden).unwrap_or_else(|| panic!("{row} by {grant:?}: {}", reply.text));
            let may_read = lets(&w, *readers, &actor, thing);
            assert_eq!(!found.is_null(), may_read, "{row} by {grant:?}: {}", reply.text);
            shown += usize::from(!found.is_null());
        }
    }
    assert!(shown > 100, "{shown}");
}
