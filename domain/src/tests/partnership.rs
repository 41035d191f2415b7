//! What may be said of a partnership.

use projections::things::{FlagCode, Partnership};
use schema::{
    ClusterId, OrganisationId,
    partnership::{
        BindingAgreementSigned, MemorandumSigned, PartnerJoined, PartnerLeft, PartnershipBecameActive,
        PartnershipDiscussionOpened, PartnershipExpired, PartnershipFact, PartnershipIdentified, PartnershipKind,
        PartnershipTerminated, TermSheetSigned,
    },
};
use uuid::Uuid;

use super::{Said, Story, eur, given, line, recorded, refused, said, story, tell};

pub(super) type Says = Said<PartnershipFact>;

fn organisation(n: u128) -> OrganisationId {
    OrganisationId::new(Uuid::from_u128(n))
}

pub(super) fn identified(title: &str, kind: PartnershipKind, parties: &[u128], clusters: &[u128]) -> Says {
    let partnership = PartnershipIdentified {
        title: line(title),
        kind,
        parties: parties.iter().copied().map(organisation).collect(),
        clusters: clusters.iter().map(|cluster| ClusterId::new(Uuid::from_u128(*cluster))).collect(),
        projects: Vec::new(),
        identifiers: Vec::new(),
    };
    said(partnership, "2023-01-01")
}

/// Between the organisations 1 and 2.
pub(super) fn offtake() -> Says {
    identified("Steam for the mill", PartnershipKind::Offtake, &[1, 2], &[])
}

pub(super) fn alone() -> Says {
    identified("Steam for whom", PartnershipKind::Offtake, &[1], &[])
}

pub(super) fn discussed(on: &str) -> Says {
    said(PartnershipDiscussionOpened {}, on)
}

pub(super) fn memorandum(on: &str) -> Says {
    said(MemorandumSigned {}, on)
}

pub(super) fn term_sheet(on: &str) -> Says {
    said(TermSheetSigned {}, on)
}

pub(super) fn bound(on: &str) -> Says {
    said(BindingAgreementSigned { value: Some(eur(10)), volume: None, binds_until: None }, on)
}

pub(super) fn active(on: &str) -> Says {
    said(PartnershipBecameActive {}, on)
}

pub(super) fn joined(n: u128, on: &str) -> Says {
    said(PartnerJoined { organisation: organisation(n) }, on)
}

pub(super) fn left(n: u128, on: &str) -> Says {
    said(PartnerLeft { organisation: organisation(n), reason: None }, on)
}

pub(super) fn expired(on: &str) -> Says {
    said(PartnershipExpired {}, on)
}

pub(super) fn terminated(on: &str) -> Says {
    said(PartnershipTerminated { reason: None }, on)
}

fn steps() -> Vec<Story<Partnership>> {
    vec![
        story("a partnership comes on record", [], offtake()).but(
            "a partnership with one party is none",
            [],
            alone(),
            FlagCode::PartnershipOneParty,
        ),
        story("the parties talk", [offtake()], discussed("2023-02-01")).but(
            "who has signed does not begin to talk",
            [offtake(), memorandum("2023-02-01")],
            discussed("2023-03-01"),
            FlagCode::PartnershipBackwards,
        ),
        story("the parties sign a memorandum", [offtake(), discussed("2023-02-01")], memorandum("2023-03-01")).but(
            "a memorandum is signed once",
            [offtake(), memorandum("2023-03-01")],
            memorandum("2023-04-01"),
            FlagCode::PartnershipBackwards,
        ),
        story("a term sheet is signed without a memorandum", [offtake()], term_sheet("2023-04-01")).but(
            "a term sheet does not follow on the agreement",
            [offtake(), bound("2023-04-01")],
            term_sheet("2023-05-01"),
            FlagCode::PartnershipBackwards,
        ),
        story("an agreement is signed", [offtake(), term_sheet("2023-04-01")], bound("2023-05-01")).but(
            "no agreement is signed in a partnership that was ended",
            [offtake(), terminated("2023-04-01")],
            bound("2023-05-01"),
            FlagCode::PartnershipOver,
        ),
        story("the parties operate under their agreement", [offtake(), bound("2023-05-01")], active("2023-06-01")).but(
            "the parties do not operate under a term sheet",
            [offtake(), term_sheet("2023-04-01")],
            active("2023-06-01"),
            FlagCode::PartnershipNotBinding,
        ),
    ]
}

fn comings_and_goings() -> Vec<Story<Partnership>> {
    vec![
        story("who left joins again", [offtake(), left(2, "2024-01-01")], joined(2, "2025-01-01")).but(
            "a party does not join",
            [offtake()],
            joined(2, "2025-01-01"),
            FlagCode::PartnerJoinedTwice,
        ),
        story("a party that joined leaves", [offtake(), joined(3, "2024-01-01")], left(3, "2025-01-01")).but(
            "who is no party does not leave",
            [offtake()],
            left(3, "2025-01-01"),
            FlagCode::PartnerUnknown,
        ),
        story("a partnership runs out", [offtake(), active_since_bound()[0].clone()], expired("2025-01-01")).but(
            "what was ended does not run out",
            [offtake(), terminated("2024-01-01")],
            expired("2025-01-01"),
            FlagCode::PartnershipOver,
        ),
        story("a partnership is ended in talks", [offtake(), discussed("2023-02-01")], terminated("2024-01-01")).but(
            "a partnership is not ended twice",
            [offtake(), terminated("2024-01-01")],
            terminated("2025-01-01"),
            FlagCode::PartnershipOver,
        ),
    ]
}

fn active_since_bound() -> [Says; 2] {
    [bound("2023-05-01"), active("2023-06-01")]
}

fn stories() -> Vec<Story<Partnership>> {
    [steps(), comings_and_goings()].into_iter().flatten().collect()
}

tell!(stories());

#[test]
fn who_is_left_alone_is_told_until_somebody_joins_or_it_ends() {
    let told = |scene: &super::Scene<Partnership>| scene.flags().iter().any(|flag| flag.code == FlagCode::PartnershipOneLeft);
    let mut scene = given::<Partnership>([offtake(), bound("2023-05-01")]);
    let decision = scene.state(super::By::Person, &left(2, "2024-01-01")).expect("it is taken all the same");
    assert_eq!(decision.warnings, [FlagCode::PartnershipOneLeft]);
    recorded(scene.state(super::By::Person, &joined(3, "2024-02-01")));
    assert!(!told(&scene));
    recorded(scene.state(super::By::Person, &left(1, "2024-03-01")));
    assert!(told(&scene));
    recorded(scene.state(super::By::Person, &terminated("2024-04-01")));
    assert!(!told(&scene));
    let corridor = identified("Hydrogen corridor", PartnershipKind::CrossBorder, &[1, 2], &[1, 2]);
    assert!(!told(&given::<Partnership>([corridor, left(2, "2024-01-01")])), "its clusters are two sides");
}

#[test]
fn a_partnership_across_a_border_is_between_clusters_where_others_need_parties() {
    let across = |kind, clusters: &[u128]| identified("Hydrogen corridor", kind, &[], clusters);
    recorded(given::<Partnership>([]).state(super::By::Person, &across(PartnershipKind::CrossBorder, &[1, 2])));
    for one_sided in [
        across(PartnershipKind::CrossBorder, &[1]),
        across(PartnershipKind::CrossBorder, &[1, 1]),
        across(PartnershipKind::SharedInfrastructure, &[1, 2]),
        identified("Mirror", PartnershipKind::Supply, &[1, 1], &[]),
    ] {
        let rejection = refused(given::<Partnership>([]).state(super::By::Person, &one_sided));
        assert_eq!(rejection.code, FlagCode::PartnershipOneParty.code(), "{one_sided:?}");
    }
}
