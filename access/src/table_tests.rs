use schema::{CredentialId, SubjectId};
use uuid::Uuid;

use super::*;
use crate::{Carried, Scopes, TokenId};

const HERE: u128 = 1;
const ELSEWHERE: u128 = 2;

/// Organisations have numbers of their own per capacity, so that nobody is by chance something else too.
const LEADS: u128 = 100;
const AUTHORITIES: u128 = 200;
const FUNDERS: u128 = 300;
const PARTNERS: u128 = 400;
const MEMBERS: u128 = 500;
const BACKERS: u128 = 600;
const OWNERS: u128 = 700;

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
        members: vec![organisation(MEMBERS + HERE)],
        backers: vec![organisation(BACKERS + HERE)],
        membership: Some((organisation(OWNERS + HERE), Role::ProjectLead)),
        subject: Some(SubjectId(Uuid::from_u128(98))),
    }
}

fn actor(grants: impl Into<Vec<Grant>>) -> Actor {
    let subject = SubjectId(Uuid::from_u128(99));
    let credential = CredentialId::of_token(subject, "t");
    let carried = Carried { grants: grants.into(), scopes: Scopes::ALL, credential, issued_at: 0 };
    Actor::bearing(subject, TokenId("t".into()), carried, 0)
}

/// Somebody else, who recorded something as nobody in particular and for another cluster's sake.
fn stranger() -> Recorder {
    let side = Side { organisations: vec![organisation(1000)], clusters: vec![ClusterId::new(Uuid::from_u128(1000))] };
    Recorder { subject: SubjectId(Uuid::from_u128(1000)), organisation: None, role: None, side, is_register: false }
}

/// The same as a lead, as whom both a partner's and a project's documents are filed.
fn lead_elsewhere() -> Recorder {
    Recorder { role: Some(Role::ProjectLead), ..stranger() }
}

/// Whoever bears `actor`'s token, having recorded something by its first grant.
fn recorder(actor: &Actor) -> Recorder {
    let grant = &actor.grants[0];
    let role = Some(grant.role);
    Recorder { subject: actor.subject, organisation: grant.organisation, role, side: side_of(grant), is_register: false }
}

/// On whose side the bearer of `grant` stands at [`reach`].
fn side_of(grant: &Grant) -> Side {
    let manages = grant.role == Role::ClusterManager;
    let clusters = if manages { grant.clusters.clone() } else { Vec::new() };
    Side { organisations: grant.organisation.into_iter().collect(), clusters }
}

fn kind_of(command: &str) -> Kind {
    const FIRST: [(&str, Kind); 15] = [
        ("exchange", Kind::Register),
        ("organisation", Kind::Organisation),
        ("initiative", Kind::Initiative),
        ("cluster", Kind::Cluster),
        ("project", Kind::Project),
        ("milestone", Kind::Project),
        ("permit", Kind::Permit),
        ("programme", Kind::Programme),
        ("award", Kind::Award),
        ("partnership", Kind::Partnership),
        ("policyMeasure", Kind::PolicyMeasure),
        ("subject", Kind::Subject),
        ("membership", Kind::Subject),
        ("token", Kind::Subject),
        ("sessions", Kind::Subject),
    ];
    FIRST.iter().find(|(word, _)| command.starts_with(word)).map(|(_, kind)| *kind).unwrap()
}

/// Whether `actor` may do this to what `recorders` recorded here by `command`, as a fact that says not where the thing is.
fn amends_all(actor: &Actor, amendment: Amendment, command: &str, recorders: &[Recorder]) -> bool {
    let amending = amending(amendment, command, recorders);
    permits_amendment(actor, &reach(), &amending, side_of).is_ok()
}

fn amending<'a>(amendment: Amendment, command: &'a str, recorders: &'a [Recorder]) -> Amending<'a> {
    let kind = kind_of(command);
    Amending { amendment, command, kind, recorders, is_word: false, places: false, is_between_clusters: false, accepted_by: None }
}

fn amends(actor: &Actor, amendment: Amendment, command: &str, recorder: Recorder) -> bool {
    amends_all(actor, amendment, command, &[recorder])
}

const UNDOING: [Amendment; 3] = [Amendment::Correct, Amendment::Retract, Amendment::AttachEvidence];

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
    Member,
    Backer,
    Owner,
}

const HELD: [Held; 10] = [
    Held::Nothing,
    Held::Cluster,
    Held::Project,
    Held::Lead,
    Held::Authority,
    Held::Funder,
    Held::Partner,
    Held::Member,
    Held::Backer,
    Held::Owner,
];

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
        Held::Member => grant.organisation = Some(organisation(MEMBERS + at)),
        Held::Backer => grant.organisation = Some(organisation(BACKERS + at)),
        Held::Owner => (grant.organisation, grant.owner) = (Some(organisation(OWNERS + at)), true),
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
    /// Of who holds which role: in a cluster, or as a lead for an organisation.
    Grant,
    /// Of whoever bears the tokens, who is somebody else here.
    Credential,
}

fn whose(command: &str) -> Whose {
    match command {
        "exchangeRatesPublish" | "initiativeName" | "initiativeFigureState" | "clusterRegister" | "clusterCriterionWaive" => {
            Whose::Initiative
        }
        "subjectAdmit" => Whose::Initiative,
        "membershipGrant" | "membershipEnd" => Whose::Grant,
        "tokenRevoke" | "sessionsEnd" => Whose::Credential,
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
        Role::Administrator => {
            let keeps = matches!(whose, W::Initiative | W::Shared | W::Membership | W::Programme | W::Grant | W::Credential);
            keeps.then_some(Party)
        }
        Role::ClusterManager if whose == W::Shared => Some(Claim),
        Role::ClusterManager if held != Held::Cluster => None,
        Role::ClusterManager => match whose {
            W::Initiative | W::Shared | W::Programme | W::Credential => None,
            W::Authority | W::ThirdParty | W::Funder => Some(Claim),
            _ => Some(Party),
        },
        Role::ProjectLead => match whose {
            W::Partners => (has_project || held == Held::Partner).then_some(Party),
            W::Grant => (held == Held::Owner).then_some(Party),
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
        Role::Verifier | Role::Auditor => None,
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
        W::ProjectDocuments if role == Role::ClusterManager => held == Held::Cluster,
        W::ProjectDocuments | W::ClusterDocuments => match role {
            Role::Administrator | Role::Verifier => true,
            Role::ProjectLead => held == Held::Member,
            Role::Funder => held == Held::Backer,
            _ => false,
        },
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
        let bearer = actor([grant(role, held, HERE)]);
        let assumed = permits(&bearer, command, &reach()).ok();
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
        let confirms = amends(&elsewhere, Amendment::Confirm, command, lead_elsewhere());
        assert_eq!(confirms, expected_to_confirm(role, Held::Nothing, command), "{role} elsewhere by {held:?}: {command}");
    }
}

#[test]
fn a_funder_a_lead_and_a_partner_elsewhere_do_nothing_here() {
    for (role, held) in [(Role::Funder, Held::Funder), (Role::ProjectLead, Held::Lead), (Role::ProjectLead, Held::Partner)] {
        let elsewhere = actor([grant(role, held, ELSEWHERE)]);
        for (command, ..) in COMMANDS {
            assert!(permits(&elsewhere, command, &reach()).is_err(), "{role}: {command}");
            for amendment in UNDOING.into_iter().chain([Amendment::Confirm]) {
                assert!(!amends(&elsewhere, amendment, command, stranger()), "{role}: {amendment:?} by {command}");
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
        let bearer = actor([counterparty.clone()]);
        let assumed = permits(&bearer, command, &reach()).unwrap();
        assert_eq!((assumed.role(), assumed.organisation()), (role, counterparty.organisation));
    }
}

#[test]
fn a_fact_is_amended_by_who_recorded_it_and_by_the_party_whose_it_is() {
    let lead = actor([grant(Role::ProjectLead, Held::Project, HERE)]);
    for amendment in UNDOING {
        for (role, held, its, leads) in [
            (Role::Regulator, Held::Authority, "permitGrant", "permitApplicationSubmit"),
            (Role::Funder, Held::Funder, "awardMake", "awardApply"),
        ] {
            let counterparty = actor([grant(role, held, HERE)]);
            // The grant is the authority's fact, the award the funder's: the lead amends only their own claim of it.
            assert!(amends(&counterparty, amendment, its, stranger()));
            assert!(amends(&lead, amendment, its, recorder(&lead)));
            assert!(!amends(&lead, amendment, its, stranger()));
            // The submission and the application are the lead's.
            assert!(amends(&lead, amendment, leads, stranger()));
            assert!(!amends(&counterparty, amendment, leads, stranger()));
            // Having recorded it once is not enough for somebody whose role is gone.
            assert!(!amends(&actor([]), amendment, its, recorder(&lead)));
            assert!(!amends(&actor([Grant::of(Role::Auditor)]), amendment, its, recorder(&lead)));
        }
    }
}

/// Every role in every scope, on every command, where it was an authority or a funder that did so.
#[test]
fn what_a_party_did_is_undone_by_that_party_alone_wherever_the_thing_stands_by_now() {
    let mut undone = 0;
    for (party, held) in [(Role::Regulator, Held::Authority), (Role::Funder, Held::Funder)] {
        // It was theirs when they did it: the thing stands here now, and they are elsewhere.
        for at in [HERE, ELSEWHERE] {
            let theirs = recorder(&actor([grant(party, held, at)]));
            let is_its = |rules: &[Rule]| rules.iter().any(|rule| rule.role == party && rule.weight.records());
            let commands = COMMANDS.iter().filter(|(command, _, rules)| is_its(rules) && kind_of(command) != Kind::Subject);
            for (command, ..) in commands {
                for (role, held) in Role::ALL.into_iter().flat_map(|role| HELD.into_iter().map(move |held| (role, held))) {
                    for amendment in UNDOING {
                        let other = actor([grant(role, held, HERE)]);
                        let is_theirs = role == party && other.grants[0].organisation == theirs.organisation;
                        let may = amends(&other, amendment, command, theirs.clone());
                        assert_eq!(may, is_theirs, "{role} holding {held:?}: {amendment:?} of what {party} did by {command}");
                    }
                }
                let colleague = Actor { subject: SubjectId(Uuid::from_u128(77)), ..actor([grant(party, held, at)]) };
                assert!(amends(&colleague, Amendment::Retract, command, theirs.clone()), "{party}: {command}");
                // By where the thing is, it is whoever it belongs to now who says so.
                let places = Amending { places: true, ..amending(Amendment::Correct, command, std::slice::from_ref(&theirs)) };
                let may = permits_amendment(&colleague, &reach(), &places, side_of).is_ok();
                assert_eq!(may, at == HERE, "{party}: {command}");
                undone += 1;
            }
        }
    }
    assert!(undone > 80, "only {undone}");
}

/// A claim about somebody's act that the party has confirmed is the party's word too.
#[test]
fn a_claim_that_a_party_has_made_its_own_is_taken_back_by_that_party_alone() {
    let lead = actor([grant(Role::ProjectLead, Held::Project, HERE)]);
    for (role, held, command) in
        [(Role::Regulator, Held::Authority, "permitClockStop"), (Role::Funder, Held::Funder, "awardDisburse")]
    {
        let party = actor([grant(role, held, HERE)]);
        let confirmed = [recorder(&lead), recorder(&party)];
        assert!(amends_all(&lead, Amendment::Retract, command, &confirmed[..1]));
        assert!(!amends_all(&lead, Amendment::Retract, command, &confirmed));
    }
}

#[test]
fn an_act_belongs_to_the_organisation_for_which_it_was_recorded() {
    let company =
        |subject, held| Actor { subject: SubjectId(Uuid::from_u128(subject)), ..actor([grant(Role::ProjectLead, held, HERE)]) };
    let (one, colleague) = (company(1, Held::Lead), company(2, Held::Lead));
    let left = company(1, Held::Project);
    for amendment in UNDOING {
        assert!(amends(&colleague, amendment, "permitGrant", recorder(&one)), "a claim of the same organisation");
        assert!(!amends(&left, amendment, "permitGrant", recorder(&one)), "a person only while a member");
        // Companies in a cluster compete: what one has recorded the other does not undo, though both lead projects here.
        let competitor = actor([Grant { organisation: Some(organisation(9)), ..grant(Role::ProjectLead, Held::Project, HERE) }]);
        assert!(!amends(&competitor, amendment, "permitApplicationSubmit", recorder(&one)));
        assert!(amends(&colleague, amendment, "permitApplicationSubmit", recorder(&one)));
        let manager = actor([grant(Role::ClusterManager, Held::Cluster, HERE)]);
        assert!(amends(&manager, amendment, "permitApplicationSubmit", recorder(&one)), "the manager keeps the cluster");
    }
}

#[test]
fn a_confirmation_and_a_dispute_are_taken_back_by_those_whose_word_they_are() {
    for (role, held, command) in everybody() {
        let other = actor([grant(role, held, HERE)]);
        for (by, its) in [(Role::Regulator, Held::Authority), (Role::Funder, Held::Funder), (Role::ProjectLead, Held::Partner)] {
            let author = Actor { subject: SubjectId(Uuid::from_u128(55)), ..actor([grant(by, its, HERE)]) };
            let said = [recorder(&author)];
            let word = Amending { is_word: true, ..amending(Amendment::Retract, command, &said) };
            let may = permits_amendment(&other, &reach(), &word, side_of).is_ok();
            let is_theirs = other.grants[0].organisation == author.grants[0].organisation;
            assert!(!may || is_theirs, "{role} holding {held:?} takes back what {by} said of {command}");
        }
    }
}

#[test]
fn only_the_counterparty_confirms() {
    let mut confirmed = 0;
    for (role, held, command) in everybody() {
        let actor = actor([grant(role, held, HERE)]);
        let confirms = amends(&actor, Amendment::Confirm, command, lead_elsewhere());
        assert_eq!(confirms, expected_to_confirm(role, held, command), "{role} holding {held:?}: {command}");
        confirmed += usize::from(confirms);
    }
    assert!(confirmed > 60, "only {confirmed}");
}

/// Every role in every scope, on every command: another token, another person of the organisation, another manager.
#[test]
fn nobody_confirms_what_their_own_side_recorded() {
    for (role, held, command) in everybody() {
        let actor = actor([grant(role, held, HERE)]);
        let mine = Recorder { organisation: None, role: None, ..recorder(&actor) };
        let ours = Recorder { subject: SubjectId(Uuid::from_u128(1000)), ..recorder(&actor) };
        let of_organisation = actor.grants[0].organisation.map(|_| ours.clone());
        let of_cluster = (role == Role::ClusterManager).then_some(ours);
        for recorder in [Some(mine), of_organisation, of_cluster].into_iter().flatten() {
            let confirms = amends(&actor, Amendment::Confirm, command, recorder.clone());
            assert!(!confirms, "{role} holding {held:?}: {command} by {recorder:?}");
        }
    }
}

#[test]
fn the_manager_of_a_side_does_not_confirm_what_its_lead_says_to_the_other() {
    let manager = |at| actor([grant(Role::ClusterManager, Held::Cluster, at)]);
    let here = Side { organisations: vec![organisation(LEADS + HERE)], clusters: manager(HERE).grants[0].clusters.clone() };
    let of_here = Recorder { side: here, ..lead_elsewhere() };
    let unknown = Recorder { side: Side { clusters: Vec::new(), ..of_here.side.clone() }, ..of_here.clone() };
    let command = "partnershipMemorandumSign";
    assert!(!amends(&manager(HERE), Amendment::Confirm, command, of_here));
    assert!(!amends(&manager(HERE), Amendment::Confirm, command, unknown), "within one cluster it is for the companies");
    assert!(amends(&manager(HERE), Amendment::Confirm, command, lead_elsewhere()));
    // Whose lead it was that named no organisation may be the company itself.
    let nameless = Recorder { side: Side::default(), ..lead_elsewhere() };
    assert!(!amends(&actor([grant(Role::ProjectLead, Held::Partner, HERE)]), Amendment::Confirm, command, nameless));
}

#[test]
fn of_documents_only_those_whom_the_ladder_names_accept() {
    let everyone = [Role::Administrator, Role::ClusterManager, Role::ProjectLead, Role::Funder, Role::Verifier];
    for command in ["clusterCriterionEvidence", "projectCriterionEvidence"] {
        for (role, held) in Role::ALL.into_iter().flat_map(|role| HELD.into_iter().map(move |held| (role, held))) {
            for named in everyone {
                let filed = [lead_elsewhere()];
                let amending = Amending { accepted_by: Some(&[named]), ..amending(Amendment::Confirm, command, &filed) };
                let accepts = permits_amendment(&actor([grant(role, held, HERE)]), &reach(), &amending, side_of).is_ok();
                let expected = role == named && expected_to_confirm(role, held, command);
                assert_eq!(accepts, expected, "{role} holding {held:?}: {command} for {named}");
            }
        }
    }
}

#[test]
fn whoever_has_a_part_in_a_fact_disputes_it_unless_it_is_their_own() {
    let mut disputed = 0;
    for (role, held, command) in everybody() {
        let actor = actor([grant(role, held, HERE)]);
        let disputes = |recorder| amends(&actor, Amendment::Dispute, command, recorder);
        let has_part = expected(role, held, command).is_some() || expected_to_confirm(role, held, command);
        let has_part = has_part && kind_of(command) != Kind::Subject;
        assert_eq!(disputes(stranger()), has_part, "{role} holding {held:?}: {command}");
        disputed += usize::from(has_part);
        let organisation = actor.grants[0].organisation;
        assert!(!disputes(Recorder { subject: actor.subject, ..stranger() }), "{role} holding {held:?}: {command}");
        assert!(organisation.is_none() || !disputes(Recorder { organisation, ..stranger() }), "{role}: {command}");
    }
    assert!(disputed > 400, "only {disputed}");
}

#[test]
fn of_two_partners_each_confirms_what_the_other_recorded_and_neither_undoes_it() {
    let partner = |at| actor([grant(Role::ProjectLead, Held::Partner, at)]);
    let [mut one, other] = [partner(HERE), partner(0)];
    one.subject = SubjectId(Uuid::from_u128(98));
    let command = "partnershipMemorandumSign";
    let confirms = |actor: &Actor, said| amends(actor, Amendment::Confirm, command, said);
    assert!(confirms(&one, recorder(&other)) && confirms(&other, recorder(&one)));
    assert!(!confirms(&one, recorder(&one)) && !confirms(&other, recorder(&other)));
    // Nor does somebody who speaks for both confirm with one voice what they said with the other.
    let both = Actor { grants: [one.grants.clone(), other.grants.clone()].concat(), ..one.clone() };
    assert!(!confirms(&both, recorder(&one)));
    for amendment in UNDOING {
        assert!(!amends(&one, amendment, command, recorder(&other)) && !amends(&other, amendment, command, recorder(&one)));
        assert!(amends(&one, amendment, command, recorder(&one)));
    }
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

/// Every role in every scope: a revocation that could be taken back would be none.
#[test]
fn what_is_on_record_of_a_subject_nobody_amends() {
    for (role, held, command) in everybody().filter(|(.., command)| kind_of(command) == Kind::Subject) {
        let bearer = actor([grant(role, held, HERE)]);
        for amendment in UNDOING.into_iter().chain([Amendment::Confirm, Amendment::Dispute]) {
            for said in [stranger(), recorder(&bearer)] {
                assert!(!amends(&bearer, amendment, command, said), "{role} holding {held:?}: {amendment:?} of {command}");
            }
        }
    }
}

#[test]
fn everybody_revokes_their_own_tokens_and_nobody_gives_themselves_a_role_by_that() {
    for (role, held) in Role::ALL.into_iter().flat_map(|role| HELD.into_iter().map(move |held| (role, held))) {
        let bearer = actor([grant(role, held, HERE)]);
        let own = Reach { subject: Some(bearer.subject), ..Reach::default() };
        for command in ["tokenRevoke", "sessionsEnd"] {
            assert!(permits(&bearer, command, &own).is_ok(), "{role}: {command}");
        }
        for command in ["subjectAdmit", "membershipGrant", "membershipEnd"] {
            assert_eq!(permits(&bearer, command, &own).is_ok(), role == Role::Administrator, "{role}: {command}");
        }
    }
}

#[test]
fn an_owner_gives_their_own_role_for_their_own_organisation() {
    for role in Role::ALL {
        let owner = actor([grant(role, Held::Owner, HERE)]);
        let member = actor([Grant { owner: false, ..grant(role, Held::Owner, HERE) }]);
        for given in Role::ALL {
            let reach = Reach { membership: Some((organisation(OWNERS + HERE), given)), ..Reach::default() };
            let owns = role == given && matches!(role, Role::ProjectLead | Role::Funder | Role::Regulator);
            let may = permits(&owner, "membershipGrant", &reach).is_ok();
            assert_eq!(may, owns || role == Role::Administrator, "{role} gives {given}");
            assert_eq!(permits(&member, "membershipGrant", &reach).is_ok(), role == Role::Administrator, "{role}");
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
    mutations.extend(OF_RECORD.iter().map(|(name, ..)| *name));
    mutations.push(TOGETHER);
    assert_eq!(command_differences(&mutations), Vec::<String>::new());
    let registering = mutations.iter().position(|name| *name == "organisationRegister").unwrap();
    mutations[registering] = "historyRewrite";
    let expected = ["historyRewrite is not in the table", "organisationRegister is not in the schema"];
    assert_eq!(command_differences(&mutations), expected);
}
