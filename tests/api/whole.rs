//! A setting with one of everything: the initiative, a programme, an award, a partnership and a policy measure too.

use access::Role;
use schema::SubjectId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    setting::{Setting, and, grant},
    world::Client,
};

pub struct Whole {
    pub s: Setting,
    /// Somebody of the organisation that funds.
    pub financier: Client,
    pub fund: String,
    pub partner: String,
    pub initiative: String,
    pub measure: String,
    pub programme: String,
    pub award: String,
    pub partnership: String,
    /// Somebody else, of whom a role is on record.
    pub subject: String,
    pub membership: String,
}

impl Whole {
    pub fn new() -> Self {
        let s = Setting::new();
        let of = |name: &str, kind: &str| {
            s.administrator.found("organisationRegister", &json!({ "name": name, "kind": kind, "occurredOn": "2020" }))
        };
        let (fund, partner) = (of("Solway Fund", "FUNDER"), of("Solway Gas", "COMPANY"));
        let initiative =
            s.administrator.found("initiativeName", &json!({ "name": "Clusters of the north", "occurredOn": "2020" }));
        let act = json!({ "title": "Example Act", "jurisdiction": "GB", "occurredOn": "2020" });
        let measure = s.administrator.found("policyMeasureIdentify", &act);
        let opened = json!({ "title": "Furnaces", "funder": fund, "budget": gbp("9000000"), "occurredOn": "2021" });
        let financier = s.world.client_as(SubjectId(Uuid::new_v4()), [grant(Role::Funder, Some(&fund), &[], &[])]);
        let programme = financier.found("programmeOpen", &opened);
        let identified = json!({ "title": "Furnace grant", "programme": programme, "projects": [s.project], "side": "PUBLIC",
            "instrument": "GRANT", "purpose": "CONSTRUCTION", "occurredOn": "2022-02-01" });
        let award = s.lead.found("awardIdentify", &identified);
        let between = json!({ "title": "Gas offtake", "kind": "OFFTAKE", "parties": [s.company, partner],
            "projects": [s.project], "clusters": [s.cluster], "occurredOn": "2022-02-01" });
        let partnership = s.manager.found("partnershipIdentify", &between);
        let subject = format!("subject-{}", Uuid::new_v4());
        let given = json!({ "subject": subject, "role": "PROJECT_LEAD", "projects": [s.project], "occurredOn": "2022-02-01" });
        let membership = s.administrator.fact("membershipGrant", &given);
        Self { s, financier, fund, partner, initiative, measure, programme, award, partnership, subject, membership }
    }

    /// The input that names the thing of `field`, on a day.
    pub fn on(&self, field: &str, on: &str, more: Value) -> Value {
        let id = match field {
            "initiative" => &self.initiative,
            "cluster" => &self.s.cluster,
            "project" => &self.s.project,
            "permit" => &self.s.permit,
            "policyMeasure" => &self.measure,
            "programme" => &self.programme,
            "award" => &self.award,
            "partnership" => &self.partnership,
            "subject" => &self.subject,
            other => panic!("there is no {other} here"),
        };
        and(json!({ field: id, "occurredOn": on }), more)
    }
}

pub fn gbp(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "GBP" })
}
