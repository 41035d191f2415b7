use uuid::Uuid;

use super::*;
use crate::access::{Scopes, TokenId};

const HERE: u128 = 1;
const ELSEWHERE: u128 = 2;

fn reach() -> Reach {
    Reach {
        clusters: vec![ClusterId::new(Uuid::from_u128(HERE))],
        projects: vec![ProjectId::new(Uuid::from_u128(HERE))],
        leads: vec![OrganisationId::new(Uuid::from_u128(10))],
        authority: Some(OrganisationId::new(Uuid::from_u128(20))),
    }
}

fn actor(grants: impl Into<Vec<Grant>>) -> Actor {
    let subject = SubjectId(Uuid::from_u128(99));
    Actor { subject, grants: grants.into(), scopes: Scopes::ALL, token: TokenId("t".into()), expires_at: 0 }
}

/// The ways in which a grant can name a part of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Cluster,
    Project,
    Lead,
    Authority,
}

const HELD: [Held; 5] = [Held::Nothing, Held::Cluster, Held::Project, Held::Lead, Held::Authority];

/// A grant of `role` for the thing at [`reach`], or for another like it.
fn grant(role: Role, held: Held, at: u128) -> Grant {
    let mut grant = Grant::of(role);
    match held {
        Held::Nothing => {}
        Held::Cluster => grant.clusters = vec![ClusterId::new(Uuid::from_u128(at))],
        Held::Project => grant.projects = vec![ProjectId::new(Uuid::from_u128(at))],
        Held::Lead => grant.organisation = Some(OrganisationId::new(Uuid::from_u128(at * 10))),
        Held::Authority => grant.organisation = Some(OrganisationId::new(Uuid::from_u128(10 + at * 10))),
    }
    grant
}

/// What the table is expected to allow, written down a second time: per role the first letters of commands, and
/// through what kind of grant.
fn expected(role: Role, held: Held, command: &str) -> bool {
    const AUTHORITYS: &[&str] = &[
        "permitApplicationReturn",
        "permitApplicationAccept",
        "permitClockStart",
        "permitInformationRequest",
        "permitClockStop",
        "permitClockResume",
        "permitDeadlineExtend",
        "permitConsultationOpen",
        "permitConsultationClose",
        "permitApplicationCallIn",
        "permitRecommend",
        "permitRefuse",
        "permitPartlyGrant",
        "permitGrant",
        "permitDeemGranted",
        "permitApplicationLapse",
        "permitChallengeLodge",
        "permitChallengeWithdraw",
        "permitChallengeDismiss",
        "permitChallengeUphold",
        "permitDeterminationQuash",
        "permitRedeterminationOpen",
        "permitConditionDischarge",
        "permitConditionBreach",
        "permitExpire",
        "permitStandingReport",
    ];
    let of_projects = ["project", "milestone", "permit"].iter().any(|word| command.starts_with(word));
    match role {
        Role::Administrator => {
            ["organisationRegister", "clusterRegister", "clusterMemberJoin", "clusterMemberLeave"].contains(&command)
        }
        Role::ClusterManager if command == "organisationRegister" => true,
        Role::ClusterManager => {
            held == Held::Cluster && (of_projects || ["clusterMemberJoin", "clusterMemberLeave"].contains(&command))
        }
        Role::ProjectLead => of_projects && [Held::Cluster, Held::Project, Held::Lead].contains(&held),
        Role::Regulator => held == Held::Authority && AUTHORITYS.contains(&command),
        Role::Funder | Role::Auditor => false,
    }
}

#[test]
fn every_command_is_allowed_to_exactly_the_roles_and_scopes_that_are_meant() {
    let mut allowed = 0;
    for (command, ..) in COMMANDS {
        for role in Role::ALL {
            for held in HELD {
                let permitted = permits(&actor([grant(role, held, HERE)]), command, &reach()).is_ok();
                assert_eq!(permitted, expected(role, held, command), "{role} holding {held:?}: {command}");
                allowed += usize::from(permitted);
            }
        }
    }
    assert!(allowed > 200, "only {allowed}");
}

#[test]
fn a_grant_for_another_cluster_project_or_organisation_allows_nothing_here() {
    for (command, ..) in COMMANDS {
        for role in Role::ALL {
            for held in HELD.into_iter().filter(|held| *held != Held::Nothing) {
                // What is true of the lead's organisation is false of the authority's, and the other way round.
                let at = if held == Held::Lead { 3 } else { ELSEWHERE };
                let permitted = permits(&actor([grant(role, held, at)]), command, &reach()).is_ok();
                assert_eq!(permitted, expected(role, Held::Nothing, command), "{role} elsewhere by {held:?}: {command}");
            }
        }
    }
}

#[test]
fn a_thing_without_cluster_lead_or_authority_is_nobodys_by_default() {
    for role in [Role::ClusterManager, Role::ProjectLead, Role::Regulator, Role::Administrator] {
        let nobody = actor([Grant::of(role)]);
        assert!(permits(&nobody, "permitGrant", &Reach::default()).is_err(), "{role}");
        assert!(permits(&nobody, "projectRegister", &Reach::default()).is_err(), "{role}");
    }
}

#[test]
fn a_role_in_one_place_and_a_place_in_another_role_do_not_add_up() {
    let grants = [grant(Role::Regulator, Held::Nothing, HERE), grant(Role::Funder, Held::Authority, HERE)];
    assert!(permits(&actor(grants), "permitGrant", &reach()).is_err());
}

#[test]
fn a_token_narrowed_to_reading_records_nothing() {
    let mut administrator = actor([Grant::of(Role::Administrator)]);
    administrator.scopes = Scopes::parse("milepost:read");
    let refused = permits(&administrator, "organisationRegister", &Reach::default());
    assert_eq!(refused, Err(Refusal::Narrowed("milepost:write")));
}

#[test]
fn an_unknown_command_is_refused_to_everybody() {
    let everything: Vec<Grant> = Role::ALL.into_iter().map(|role| grant(role, Held::Cluster, HERE)).collect();
    for command in ["", "permitgrant", "permitGrant ", "historyRewrite"] {
        assert!(permits(&actor(everything.clone()), command, &reach()).is_err());
    }
}

#[test]
fn what_the_authority_records_of_its_own_acts_is_confirmed_and_what_the_lead_logs_is_claimed() {
    let regulator = grant(Role::Regulator, Held::Authority, HERE);
    let lead = grant(Role::ProjectLead, Held::Project, HERE);
    let weight = |grants: &[Grant]| permits(&actor(grants), "permitGrant", &reach()).unwrap().weight;
    assert_eq!(weight(std::slice::from_ref(&regulator)), Weight::Authority);
    assert_eq!(weight(std::slice::from_ref(&lead)), Weight::Claim);
    // Somebody who is both speaks with the greater weight, in whatever order the token lists it.
    assert_eq!(weight(&[lead, regulator.clone()]), Weight::Authority);
    let assumed = permits(&actor([regulator.clone()]), "permitGrant", &reach()).unwrap();
    assert_eq!((assumed.role, assumed.organisation), (Role::Regulator, regulator.organisation));
}

#[test]
fn a_fact_is_amended_by_who_recorded_it_and_by_the_party_whose_it_is() {
    let lead = actor([grant(Role::ProjectLead, Held::Project, HERE)]);
    let regulator = actor([grant(Role::Regulator, Held::Authority, HERE)]);
    let other = SubjectId(Uuid::from_u128(1000));
    let by =
        |actor: &Actor, amendment, command, recorder| permits_amendment(actor, amendment, command, &reach(), recorder).is_ok();
    for amendment in [Amendment::Correct, Amendment::Retract, Amendment::AttachEvidence] {
        // The grant is the authority's fact: the lead amends only their own claim of it.
        assert!(by(&regulator, amendment, "permitGrant", other));
        assert!(by(&lead, amendment, "permitGrant", lead.subject));
        assert!(!by(&lead, amendment, "permitGrant", other));
        // The submission is the applicant's.
        assert!(by(&lead, amendment, "permitApplicationSubmit", other));
        assert!(!by(&regulator, amendment, "permitApplicationSubmit", other));
        // Having recorded it once is not enough for somebody whose role is gone.
        assert!(!by(&actor([]), amendment, "permitGrant", lead.subject));
        assert!(!by(&actor([Grant::of(Role::Auditor)]), amendment, "permitGrant", lead.subject));
    }
}

#[test]
fn only_the_counterparty_confirms() {
    let other = SubjectId(Uuid::from_u128(1000));
    for role in Role::ALL {
        for held in HELD {
            for (command, ..) in COMMANDS {
                let actor = actor([grant(role, held, HERE)]);
                let confirmed = permits_amendment(&actor, Amendment::Confirm, command, &reach(), other).is_ok();
                let third_party = rules(command) == THIRD_PARTY;
                let expected = role == Role::Regulator && held == Held::Authority && command.starts_with("permit");
                assert_eq!(confirmed, expected && !third_party, "{role} holding {held:?}: {command}");
            }
        }
    }
}

#[test]
fn no_command_is_listed_twice_and_no_role_twice_in_a_command() {
    for (at, (command, _, rules)) in COMMANDS.iter().enumerate() {
        assert!(COMMANDS[..at].iter().all(|(other, ..)| other != command), "{command}");
        for (at, rule) in rules.iter().enumerate() {
            assert!(rules[..at].iter().all(|other| other.role != rule.role), "{command}: {}", rule.role);
        }
    }
}

const TOY: Fields = Fields(&[
    ("Project.title", Readers::SignedIn),
    ("Project.capex", Readers::Parties),
    ("Query.log", Readers::Roles(&[Role::Auditor])),
]);

#[test]
fn a_field_is_read_by_whom_the_table_names_and_an_unlisted_field_by_nobody() {
    let funder = actor([Grant::of(Role::Funder)]);
    let auditor = actor([Grant::of(Role::Auditor)]);
    let read = |actor: &Actor, type_name, field, party| TOY.may_read(actor, type_name, field, party);
    assert!(read(&funder, "Project", "title", false));
    assert!(!read(&funder, "Project", "capex", false));
    assert!(read(&funder, "Project", "capex", true));
    assert!(read(&auditor, "Project", "capex", false));
    assert!(!read(&funder, "Query", "log", true));
    assert!(read(&auditor, "Query", "log", false));
    assert!(!read(&auditor, "Project", "secret", true));
    let mut narrowed = auditor;
    narrowed.scopes = Scopes::parse("milepost:write");
    assert!(!read(&narrowed, "Project", "title", true));
}

#[test]
fn a_schema_and_the_table_are_compared_both_ways() {
    let same = [("Project", "title"), ("Project", "capex"), ("Query", "log")];
    assert_eq!(TOY.differences(same), Vec::<String>::new());
    let other = [("Project", "title"), ("Project", "capex"), ("Query", "cluster")];
    assert_eq!(TOY.differences(other), ["Query.cluster is not in the table", "Query.log is not in the schema"]);
    let twice = Fields(&[("A.b", Readers::SignedIn), ("A.b", Readers::Parties)]);
    assert_eq!(twice.differences([("A", "b")]), ["A.b is in the table twice"]);
}

#[test]
fn mutations_and_the_table_are_compared_both_ways() {
    let mut mutations: Vec<&str> = COMMANDS.iter().map(|(name, ..)| *name).collect();
    mutations.extend(AMENDMENTS.iter().map(|(name, _)| *name));
    assert_eq!(command_differences(&mutations), Vec::<String>::new());
    mutations[0] = "historyRewrite";
    let expected = ["historyRewrite is not in the table", "organisationRegister is not in the schema"];
    assert_eq!(command_differences(&mutations), expected);
}
