//! A cluster with a project and those who work on it.

use access::{Grant, Role};
use schema::SubjectId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Client, World};

/// A cluster, its organisations, a project and a permit, and somebody in every role.
pub struct Setting {
    pub world: World,
    pub administrator: Client,
    pub manager: Client,
    pub lead: Client,
    pub regulator: Client,
    pub funder: Client,
    pub company: String,
    pub authority: String,
    pub cluster: String,
    pub project: String,
    pub permit: String,
}

/// `role` for the organisation, the clusters and the projects that are given, by their ids.
pub fn grant(role: Role, organisation: Option<&str>, clusters: &[&str], projects: &[&str]) -> Grant {
    Grant {
        organisation: organisation.map(|id| id.parse().unwrap()),
        clusters: clusters.iter().map(|id| id.parse().unwrap()).collect(),
        projects: projects.iter().map(|id| id.parse().unwrap()).collect(),
        ..Grant::of(role)
    }
}

/// `base` with the members of `more`.
pub fn and(mut base: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut base, more) {
        members.extend(more);
    }
    base
}

/// A command id that is the same in every run.
pub fn command(number: u128) -> String {
    Uuid::from_u128((0x4000 << 64) | (0x8000 << 48) | number).to_string()
}

/// A subject that is the same in every run.
pub fn subject(number: u128) -> SubjectId {
    SubjectId(Uuid::from_u128((0x4000 << 64) | (0x9000 << 48) | number))
}

impl Setting {
    pub fn new() -> Self {
        Self::within(World::new())
    }

    pub fn within(world: World) -> Self {
        let administrator = world.client_as(subject(1), [Grant::of(Role::Administrator)]);
        let of = |name: &str, kind: &str, number: u128| {
            let input =
                json!({ "name": name, "kind": kind, "country": "GB", "occurredOn": "2020", "commandId": command(number) });
            administrator.found("organisationRegister", &input)
        };
        let company = of("Solway Steel", "COMPANY", 1);
        let authority = of("Solway Council", "AUTHORITY", 2);
        let cluster = administrator.found(
            "clusterRegister",
            &json!({ "name": "Solway", "country": "GB", "place": "Carlisle", "sectors": ["steel"], "occurredOn": "2021-03",
                "signatorySince": "2022", "commandId": command(3) }),
        );
        let manager = world.client_as(subject(2), [grant(Role::ClusterManager, None, &[&cluster], &[])]);
        let project = manager.found(
            "projectRegister",
            &json!({ "title": "Electric arc furnace", "cluster": cluster, "lead": company, "country": "GB",
                "levers": ["ELECTRIFICATION_RENEWABLE_HEAT"], "capacity": { "value": "17.00", "unit": "MW" },
                "capex": { "amount": "1250000.50", "currency": "GBP" }, "occurredOn": "2022-01-10", "commandId": command(4) }),
        );
        let lead = world.client_as(subject(3), [grant(Role::ProjectLead, None, &[], &[&project])]);
        let regulator = world.client_as(subject(4), [grant(Role::Regulator, Some(&authority), &[], &[])]);
        let funder = world.client_as(subject(5), [Grant::of(Role::Funder)]);
        let permit = lead.found(
            "permitIdentify",
            &json!({ "title": "Furnace hall", "instrument": "planning permission", "authority": authority,
                "jurisdiction": "GB-ENG", "projects": [project], "occurredOn": "2022-02-01", "commandId": command(5) }),
        );
        Self { world, administrator, manager, lead, regulator, funder, company, authority, cluster, project, permit }
    }

    /// An input on the permit.
    pub fn on_permit(&self, on: &str, more: Value) -> Value {
        and(json!({ "permit": self.permit, "occurredOn": on }), more)
    }

    /// An input on the project.
    pub fn on_project(&self, on: &str, more: Value) -> Value {
        and(json!({ "project": self.project, "occurredOn": on }), more)
    }

    /// Another permit of the project, submitted.
    pub fn submitted_permit(&self, title: &str) -> String {
        let input = json!({ "title": title, "instrument": "environmental permit", "authority": self.authority,
            "projects": [self.project], "occurredOn": "2022-02-01" });
        let permit = self.lead.found("permitIdentify", &input);
        self.lead.record("permitApplicationSubmit", &json!({ "permit": permit, "occurredOn": "2022-03-01" }));
        permit
    }
}
