use uuid::Uuid;

use super::*;
use crate::access::{Scopes, TokenId};

const HERE: u128 = 1;
const ELSEWHERE: u128 = 2;

/// Organisations have numbers of their own per capacity, so that nobody is by chance something else too.
const LEADS: u128 = 100;
const AUTHORITIES: u128 = 200;
const FUNDERS: u128 = 300;
const PARTNERS: u128 = 400;

fn organisation(n: u128) -> OrganisationId {
    OrganisationId::new(Uuid::from_u128(n))
}

/// All that a thing can have: no one thing has all of it, and no rule looks at what is not of its kind.
fn reach() -> Reach {
    Reach {
        clusters: vec![ClusterId::new(Uuid::from_u128(HERE))],
        projects: vec![ProjectId::new(Uuid::from_u128(HERE))],
        leads: vec![organisation(LEADS + HERE)],
        authority: Some(organisation(AUTHORITIES + HERE)),
        funder: Some(organisation(FUNDERS + HERE)),
        partners: vec![organisation(PARTNERS), organisation(PARTNERS + HERE)],
    }
}

fn actor(grants: impl Into<Vec<Grant>>) -> Actor {
    let subject = SubjectId(Uuid::from_u128(99));
    Actor { subject, grants: grants.into(), scopes: Scopes::ALL, token: TokenId("t".into()), expires_at: 0 }
}

/// Somebody else, who recorded something for nobody in particular.
fn stranger() -> Recorder {
    Recorder { subject: SubjectId(Uuid::from_u128(1000)), organisation: None }
}

/// The ways in which a grant can name a part of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Cluster,
    Project,
    Lead,
    Authority,
    Funder,
    Partner,
}

const HELD: [Held; 7] = [Held::Nothing, Held::Cluster, Held::Project, Held::Lead, Held::Authority, Held::Funder, Held::Partner];

/// A grant of `role` for the thing at [`reach`], or for another like it.
fn grant(role: Role, held: Held, at: u128) -> Grant {
    let mut grant = Grant::of(role);
    match held {
        Held::Nothing => {}
        Held::Cluster => grant.clusters = vec![ClusterId::new(Uuid::from_u128(at))],
        Held::Project => grant.projects = vec![ProjectId::new(Uuid::from_u128(at))],
        Held::Lead => grant.organisation = Some(organisation(LEADS + at)),
        Held::Authority => grant.organisation = Some(organisation(AUTHORITIES + at)),
        Held::Funder => grant.organisation = Some(organisation(FUNDERS + at)),
        Held::Partner => grant.organisation = Some(organisation(PARTNERS + at)),
    }
    grant
}

/// Whose fact a command states: the table written down a second time, in other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The initiative's.
    Initiative,
    /// Shared by all clusters.
    Shared,
    /// Of who belongs to a cluster.
    Membership,
    /// The cluster's own.
    Cluster,
    /// Documents of a cluster, for somebody else to accept.
    ClusterDocuments,
    /// The project's.
    Project,
    /// Documents of a project, for somebody else to accept.
    ProjectDocuments,
    /// A waiver for a project.
    ProjectWaiver,
    /// The applicant's.
    Applicant,
    /// The authority's.
    Authority,
    /// A court's or another third party's.
    ThirdParty,
    /// The funder's programme.
    Programme,
    /// Both sides' of an award.
    BothSides,
    /// That of whoever seeks money.
    Seeker,
    /// The funder's.
    Funder,
    /// The partners'.
    Partners,
}

fn whose(command: &str) -> Whose {
    match command {
        "initiativeName" | "initiativeFigureState" | "clusterRegister" | "clusterCriterionWaive" => Whose::Initiative,
        "organisationRegister" => Whose::Shared,
        "clusterMemberJoin" | "clusterMemberLeave" | "clusterConvenorName" => Whose::Membership,
        "clusterCriterionEvidence" => Whose::ClusterDocuments,
        "projectCriterionEvidence" => Whose::ProjectDocuments,
        "projectCriterionWaive" => Whose::ProjectWaiver,
        "permitIdentify"
        | "permitPreApplicationOpen"
        | "permitApplicationSubmit"
        | "permitApplicationAmend"
        | "permitConditionDetailsSubmit"
        | "permitInformationSupply"
        | "permitApplicationWithdraw"
        | "permitSurrender" => Whose::Applicant,
        "permitApplicationCallIn"
        | "permitConsulteeAnswer"
        | "permitChallengeLodge"
        | "permitChallengeWithdraw"
        | "permitChallengeDismiss"
        | "permitChallengeUphold"
        | "permitDeterminationQuash" => Whose::ThirdParty,
        "awardIdentify" => Whose::BothSides,
        "awardApply" | "awardFinancialCloseReach" => Whose::Seeker,
        _ => {
            const KINDS: [(&str, Whose); 8] = [
                ("policyMeasure", Whose::Shared),
                ("cluster", Whose::Cluster),
                ("project", Whose::Project),
                ("milestone", Whose::Project),
                ("permit", Whose::Authority),
                ("programme", Whose::Programme),
                ("award", Whose::Funder),
                ("partnership", Whose::Partners),
            ];
            let of_kind = KINDS.iter().find(|(word, _)| command.starts_with(word));
            of_kind.unwrap_or_else(|| panic!("nobody says whose {command} is")).1
        }
    }
}

/// With what weight `role`, held in this way here, records by `command`; `None` where it may not.
fn expected(role: Role, held: Held, command: &str) -> Option<Weight> {
    use Weight::{Authority, Claim, Party};
    use Whose as W;
    let whose = whose(command);
    let has_project = matches!(held, Held::Cluster | Held::Project | Held::Lead);
    match role {
        Role::Administrator => matches!(whose, W::Initiative | W::Shared | W::Membership | W::Programme).then_some(Party),
        Role::ClusterManager if whose == W::Shared => Some(Claim),
        Role::ClusterManager if held != Held::Cluster => None,
        Role::ClusterManager => match whose {
            W::Initiative | W::Shared | W::Programme => None,
            W::Authority | W::ThirdParty | W::Funder => Some(Claim),
            _ => Some(Party),
        },
        Role::ProjectLead => match whose {
            W::Partners => (has_project || held == Held::Partner).then_some(Party),
            W::Project | W::ProjectDocuments | W::Applicant | W::BothSides | W::Seeker => has_project.then_some(Party),
            W::Authority | W::ThirdParty | W::Funder => has_project.then_some(Claim),
            _ => None,
        },
        Role::Regulator => match whose {
            W::Authority if held == Held::Authority => Some(Authority),
            W::ThirdParty if held == Held::Authority => Some(Party),
            _ => None,
        },
        Role::Funder => match whose {
            W::Programme | W::Funder if held == Held::Funder => Some(Authority),
            W::BothSides if held == Held::Funder => Some(Party),
            _ => None,
        },
        Role::Auditor => None,
    }
}

/// Whether `role`, held in this way here, confirms what a stranger recorded by `command`.
fn expected_to_confirm(role: Role, held: Held, command: &str) -> bool {
    use Whose as W;
    match whose(command) {
        W::Applicant | W::Authority => role == Role::Regulator && held == Held::Authority,
        W::Programme | W::Funder | W::Seeker => role == Role::Funder && held == Held::Funder,
        W::Partners => {
            (role == Role::ProjectLead && held == Held::Partner) || (role == Role::ClusterManager && held == Held::Cluster)
        }
        W::ProjectDocuments => (role == Role::ClusterManager && held == Held::Cluster) || role == Role::Administrator,
        W::ClusterDocuments => role == Role::Administrator,
        _ => false,
    }
}

fn everybody() -> impl Iterator<Item = (Role, Held, &'static str)> {
    let holders = || Role::ALL.into_iter().flat_map(|role| HELD.into_iter().map(move |held| (role, held)));
    COMMANDS.iter().flat_map(move |(command, ..)| holders().map(move |(role, held)| (role, held, *command)))
}

#[test]
fn every_command_is_allowed_to_exactly_the_roles_and_scopes_that_are_meant() {
    let mut allowed = 0;
    for (role, held, command) in everybody() {
        let assumed = permits(&actor([grant(role, held, HERE)]), command, &reach()).ok();
        assert_eq!(assumed.map(|assumed| assumed.weight), expected(role, held, command), "{role} holding {held:?}: {command}");
        allowed += usize::from(assumed.is_some());
    }
    assert!(allowed > 400, "only {allowed}");
}

#[test]
fn a_grant_for_another_cluster_project_or_organisation_allows_nothing_here() {
    for (role, held, command) in everybody().filter(|(_, held, _)| *held != Held::Nothing) {
        let elsewhere = actor([grant(role, held, ELSEWHERE)]);
        let weight = permits(&elsewhere, command, &reach()).ok().map(|assumed| assumed.weight);
        assert_eq!(weight, expected(role, Held::Nothing, command), "{role} elsewhere by {held:?}: {command}");
        let confirms = permits_amendment(&elsewhere, Amendment::Confirm, command, &reach(), stranger()).is_ok();
        assert_eq!(confirms, expected_to_confirm(role, Held::Nothing, command), "{role} elsewhere by {held:?}: {command}");
    }
}

#[test]
fn a_funder_a_lead_and_a_partner_elsewhere_do_nothing_here() {
    for (role, held) in [(Role::Funder, Held::Funder), (Role::ProjectLead, Held::Lead), (Role::ProjectLead, Held::Partner)] {
        let elsewhere = actor([grant(role, held, ELSEWHERE)]);
        for (command, ..) in COMMANDS {
            assert!(permits(&elsewhere, command, &reach()).is_err(), "{role}: {command}");
            for amendment in [Amendment::Correct, Amendment::Retract, Amendment::AttachEvidence, Amendment::Confirm] {
                let own = Recorder { subject: elsewhere.subject, organisation: elsewhere.grants[0].organisation };
                for recorder in [stranger(), own] {
                    let done = permits_amendment(&elsewhere, amendment, command, &reach(), recorder);
                    assert!(done.is_err(), "{role}: {amendment:?} by {command}");
                }
            }
        }
    }
}

#[test]
fn a_thing_that_names_nobody_is_nobodys_by_default() {
    for role in Role::ALL {
        let nobody = actor([Grant::of(role)]);
        for command in ["permitGrant", "projectRegister", "awardMake", "awardIdentify", "partnershipIdentify"] {
            assert!(permits(&nobody, command, &Reach::default()).is_err(), "{role}: {command}");
        }
        assert_eq!(permits(&nobody, "programmeOpen", &Reach::default()).is_ok(), role == Role::Administrator, "{role}");
    }
}

#[test]
fn a_role_in_one_place_and_a_place_in_another_role_do_not_add_up() {
    for (role, other, held, command) in [
        (Role::Regulator, Role::Funder, Held::Authority, "permitGrant"),
        (Role::Funder, Role::Regulator, Held::Funder, "awardMake"),
        (Role::ProjectLead, Role::Funder, Held::Partner, "partnershipMemorandumSign"),
    ] {
        let grants = [grant(role, Held::Nothing, HERE), grant(other, held, HERE)];
        assert!(permits(&actor(grants), command, &reach()).is_err(), "{command}");
    }
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
fn what_a_counterparty_records_of_its_own_acts_is_confirmed_and_what_the_lead_logs_is_claimed() {
    let lead = grant(Role::ProjectLead, Held::Project, HERE);
    for (role, held, command) in
        [(Role::Regulator, Held::Authority, "permitGrant"), (Role::Funder, Held::Funder, "awardDisburse")]
    {
        let counterparty = grant(role, held, HERE);
        let weight = |grants: &[Grant]| permits(&actor(grants), command, &reach()).unwrap().weight;
        assert_eq!(weight(std::slice::from_ref(&counterparty)), Weight::Authority);
        assert_eq!(weight(std::slice::from_ref(&lead)), Weight::Claim);
        // Somebody who is both speaks with the greater weight, in whatever order the token lists it.
        assert_eq!(weight(&[lead.clone(), counterparty.clone()]), Weight::Authority);
        let assumed = permits(&actor([counterparty.clone()]), command, &reach()).unwrap();
        assert_eq!((assumed.role, assumed.organisation), (role, counterparty.organisation));
    }
}

#[test]
fn a_fact_is_amended_by_who_recorded_it_and_by_the_party_whose_it_is() {
    let lead = actor([grant(Role::ProjectLead, Held::Project, HERE)]);
    let mine = Recorder { subject: lead.subject, organisation: None };
    let by =
        |actor: &Actor, amendment, command, recorder| permits_amendment(actor, amendment, command, &reach(), recorder).is_ok();
    for amendment in [Amendment::Correct, Amendment::Retract, Amendment::AttachEvidence] {
        for (role, held, its, leads) in [
            (Role::Regulator, Held::Authority, "permitGrant", "permitApplicationSubmit"),
            (Role::Funder, Held::Funder, "awardMake", "awardApply"),
        ] {
            let counterparty = actor([grant(role, held, HERE)]);
            // The grant is the authority's fact, the award the funder's: the lead amends only their own claim of it.
            assert!(by(&counterparty, amendment, its, stranger()));
            assert!(by(&lead, amendment, its, mine));
            assert!(!by(&lead, amendment, its, stranger()));
            // The submission and the application are the lead's.
            assert!(by(&lead, amendment, leads, stranger()));
            assert!(!by(&counterparty, amendment, leads, stranger()));
            // Having recorded it once is not enough for somebody whose role is gone.
            assert!(!by(&actor([]), amendment, its, mine));
            assert!(!by(&actor([Grant::of(Role::Auditor)]), amendment, its, mine));
        }
    }
}

#[test]
fn only_the_counterparty_confirms() {
    let mut confirmed = 0;
    for (role, held, command) in everybody() {
        let actor = actor([grant(role, held, HERE)]);
        let confirms = permits_amendment(&actor, Amendment::Confirm, command, &reach(), stranger()).is_ok();
        assert_eq!(confirms, expected_to_confirm(role, held, command), "{role} holding {held:?}: {command}");
        confirmed += usize::from(confirms);
    }
    assert!(confirmed > 60, "only {confirmed}");
}

/// Except the counterparty whose fact it is: what it says of its own acts is confirmed by that, whoever logged it first.
#[test]
fn nobody_confirms_what_they_or_their_organisation_recorded() {
    for (role, held, command) in everybody() {
        let actor = actor([grant(role, held, HERE)]);
        let organisation = actor.grants[0].organisation;
        let is_its_fact = expected(role, held, command) == Some(Weight::Authority);
        let mine = Recorder { subject: actor.subject, organisation: None };
        let ours = Recorder { organisation, ..stranger() };
        for recorder in [Some(mine), organisation.map(|_| ours)].into_iter().flatten() {
            let confirms = permits_amendment(&actor, Amendment::Confirm, command, &reach(), recorder).is_ok();
            assert_eq!(confirms, is_its_fact, "{role} holding {held:?}: {command} by {recorder:?}");
        }
    }
}

#[test]
fn whoever_has_a_part_in_a_fact_disputes_it_unless_it_is_their_own() {
    let mut disputed = 0;
    for (role, held, command) in everybody() {
        let actor = actor([grant(role, held, HERE)]);
        let disputes = |recorder| permits_amendment(&actor, Amendment::Dispute, command, &reach(), recorder).is_ok();
        let has_part = expected(role, held, command).is_some() || expected_to_confirm(role, held, command);
        assert_eq!(disputes(stranger()), has_part, "{role} holding {held:?}: {command}");
        disputed += usize::from(has_part);
        let organisation = actor.grants[0].organisation;
        assert!(!disputes(Recorder { subject: actor.subject, organisation: None }), "{role} holding {held:?}: {command}");
        assert!(organisation.is_none() || !disputes(Recorder { organisation, ..stranger() }), "{role}: {command}");
    }
    assert!(disputed > 400, "only {disputed}");
}

#[test]
fn of_two_partners_each_confirms_what_the_other_recorded() {
    let partner = |at| actor([grant(Role::ProjectLead, Held::Partner, at)]);
    let [mut one, other] = [partner(HERE), partner(0)];
    one.subject = SubjectId(Uuid::from_u128(98));
    let by = |actor: &Actor| Recorder { subject: actor.subject, organisation: actor.grants[0].organisation };
    let confirms = |actor: &Actor, recorder| {
        permits_amendment(actor, Amendment::Confirm, "partnershipMemorandumSign", &reach(), recorder).is_ok()
    };
    assert!(confirms(&one, by(&other)) && confirms(&other, by(&one)));
    assert!(!confirms(&one, by(&one)) && !confirms(&other, by(&other)));
    // Nor does somebody who speaks for both confirm with one voice what they said with the other.
    let both = Actor { grants: [one.grants.clone(), other.grants.clone()].concat(), ..one.clone() };
    assert!(!confirms(&both, by(&one)));
}

#[test]
fn no_command_is_listed_twice_and_no_role_twice_for_one_part_in_it() {
    for (at, (command, _, rules)) in COMMANDS.iter().enumerate() {
        assert!(COMMANDS[..at].iter().all(|(other, ..)| other != command), "{command}");
        let part = |rule: &Rule| (rule.role, rule.scope, rule.weight.records());
        for (at, rule) in rules.iter().enumerate() {
            assert!(rules[..at].iter().all(|other| part(other) != part(rule)), "{command}: {}", rule.role);
        }
    }
}

const TOY: Fields = Fields(&[
    ("Project.capex", Readers::Parties),
    ("Project.title", Readers::SignedIn),
    ("Query.log", Readers::Roles(&[Role::Auditor])),
]);

#[test]
fn a_field_is_read_by_whom_the_table_names_and_an_unlisted_field_by_nobody() {
    let funder = actor([Grant::of(Role::Funder)]);
    let auditor = actor([Grant::of(Role::Auditor)]);
    let read = |actor: &Actor, type_name, field, party| TOY.may_read(actor, type_name, field, || party);
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
    let misplaced = Fields(&[("A.c", Readers::SignedIn), ("A.b", Readers::Parties)]);
    assert_eq!(misplaced.differences([("A", "b"), ("A", "c")]), ["A.b is out of order"]);
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
