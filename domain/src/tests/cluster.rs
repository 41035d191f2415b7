//! What may be said of a cluster.

use projections::things::{Cluster, FlagCode};
use schema::{
    OrganisationId, PermitId, PolicyMeasureId,
    cluster::{
        AssetKind, ClusterBaselineStated, ClusterCharterSigned, ClusterConvenorNamed, ClusterCriterionEvidenced,
        ClusterCriterionWaived, ClusterFact, ClusterGovernanceEstablished, ClusterMemberJoined, ClusterMemberLeft,
        ClusterPermitScopeDeclared, ClusterRegistered, ClusterRelianceDeclared, ClusterTargetSet, PracticeShared,
        SharedAssetDeclared, StandardAdopted, StatedEmissions, TalentProgrammeLaunched,
    },
};
use uuid::Uuid;

use super::{By, Said, Story, date, given, line, note, recorded, refused, said, story, tell};

pub(super) type Says = Said<ClusterFact>;

pub(super) fn registered(name: &str, on: &str) -> Said<ClusterFact> {
    let cluster = ClusterRegistered {
        name: line(name),
        country: "GB".parse().unwrap(),
        place: None,
        sectors: Vec::new(),
        signatory_since: None,
        identifiers: Vec::new(),
        location: None,
    };
    said(cluster, on)
}

fn organisation(n: u128) -> OrganisationId {
    OrganisationId::new(Uuid::from_u128(n))
}

pub(super) fn joined(n: u128, on: &str) -> Said<ClusterFact> {
    said(ClusterMemberJoined { organisation: organisation(n), role: None }, on)
}

pub(super) fn left(n: u128, on: &str) -> Said<ClusterFact> {
    said(ClusterMemberLeft { organisation: organisation(n), reason: None }, on)
}

fn convenor(n: u128, on: &str) -> Says {
    said(ClusterConvenorNamed { organisation: organisation(n) }, on)
}

fn charter(on: &str) -> Says {
    said(ClusterCharterSigned { title: line("Charter") }, on)
}

fn governance(on: &str) -> Says {
    said(ClusterGovernanceEstablished { body: line("Board") }, on)
}

fn baseline(t_per_year: i64, on: &str) -> Says {
    let emissions = Some(StatedEmissions { t_per_year: t_per_year.into(), year: Some(2019) });
    said(ClusterBaselineStated { emissions, gdp: None, jobs: None, tenants: None, companies: None }, on)
}

/// A reduction in percent, in tonnes, in both or in neither.
pub(super) fn target(percent: Option<i64>, tonnes: Option<i64>) -> Says {
    let target = ClusterTargetSet {
        reduction_t_per_year: tonnes.map(Into::into),
        reduction_percent: percent.map(Into::into),
        base_year: None,
        target_year: 2040,
    };
    said(target, "2023-01-01")
}

pub(super) fn asset(name: &str, on: &str) -> Says {
    said(SharedAssetDeclared { asset: line(name), kind: AssetKind::Pipeline, capacity: None, operator: None, location: None }, on)
}

fn talent(on: &str) -> Says {
    said(TalentProgrammeLaunched { programme: line("Welders"), about: None }, on)
}

fn standard(on: &str) -> Says {
    said(StandardAdopted { standard: line("ISO 14064"), about: None }, on)
}

fn practice(on: &str) -> Says {
    said(PracticeShared { title: line("One window"), done: note("one desk for permits"), result: note("fewer returns") }, on)
}

pub(super) fn permit_scope(permits: &[u128], none_needed: bool, on: &str) -> Says {
    let permits = permits.iter().map(|permit| PermitId::new(Uuid::from_u128(*permit))).collect();
    let none_needed = none_needed.then(|| note("nothing is built"));
    said(ClusterPermitScopeDeclared { permits, none_needed }, on)
}

pub(super) fn reliance(measures: &[u128], none: bool, on: &str) -> Says {
    let measures = measures.iter().map(|measure| PolicyMeasureId::new(Uuid::from_u128(*measure))).collect();
    said(ClusterRelianceDeclared { measures, none_relied_on: none.then(|| note("it pays for itself")) }, on)
}

/// Without a document.
pub(super) fn evidenced(criterion: &str, on: &str) -> Says {
    let (criterion, statement) = (line(criterion), note("every source of money"));
    said(ClusterCriterionEvidenced { criterion, statement, valid_until: None }, on)
}

pub(super) fn waived(criterion: &str, on: &str, until: &str) -> Says {
    said(ClusterCriterionWaived { criterion: line(criterion), reason: note("under study"), until: date(until) }, on)
}

fn humber() -> Says {
    registered("Humber", "2022-01-01")
}

fn members() -> Vec<Story<Cluster>> {
    vec![
        story("a cluster comes on record", [], humber()).but(
            "a cluster on record does not come on record again",
            [humber()],
            registered("Zero Carbon Humber", "2022-01-01"),
            FlagCode::FoundedTwice,
        ),
        story("a former member joins again", [humber(), joined(1, "2023-01-01"), left(1, "2024-01-01")], joined(1, "2025-01-01"))
            .but("a member does not join", [humber(), joined(1, "2023-01-01")], joined(1, "2024"), FlagCode::MemberJoinedTwice),
        story("a member leaves", [humber(), joined(1, "2023-01-01")], left(1, "2024-01-01")).but(
            "one member does not leave for another",
            [humber(), joined(1, "2023-01-01")],
            left(2, "2024-01-01"),
            FlagCode::MemberUnknown,
        ),
        story("another convenor takes over", [humber(), convenor(1, "2023-01-01")], convenor(2, "2024-01-01")).but(
            "nothing has no convenor",
            [],
            convenor(1, "2023-01-01"),
            FlagCode::NotFounded,
        ),
    ]
}

fn what_it_states() -> Vec<Story<Cluster>> {
    vec![
        story("a charter is signed", [humber()], charter("2023-01-01")).but(
            "no charter is signed ahead of its day",
            [humber()],
            charter("2027-01-01"),
            FlagCode::OccursInFuture,
        ),
        story("a governing body is established", [humber()], governance("2023-01-01")).but(
            "no body governs nothing",
            [],
            governance("2023-01-01"),
            FlagCode::NotFounded,
        ),
        story("a baseline is stated anew", [humber(), baseline(10, "2023-01-01")], baseline(11, "2024-01-01")).but(
            "nothing has no baseline",
            [],
            baseline(10, "2023-01-01"),
            FlagCode::NotFounded,
        ),
        story("a target of net zero is set", [humber()], target(Some(100), None)).but(
            "a target says by how much",
            [humber()],
            target(None, None),
            FlagCode::TargetUnclear,
        ),
        story("another asset is declared", [humber(), asset("trunk line", "2023-01-01")], asset("CO2 store", "2023-01-01")).but(
            "an asset is declared once",
            [humber(), asset("trunk line", "2023-01-01")],
            asset("trunk line", "2024-01-01"),
            FlagCode::AssetDeclaredTwice,
        ),
        story("a talent programme is launched", [humber()], talent("2023-01-01")).but(
            "nobody launches a programme tomorrow",
            [humber()],
            talent("2026-06-03"),
            FlagCode::OccursInFuture,
        ),
        story("a standard is adopted", [humber()], standard("2023-01-01")).but(
            "nothing adopts no standard",
            [],
            standard("2023-01-01"),
            FlagCode::NotFounded,
        ),
        story("a practice is shared", [humber()], practice("2023-01-01")).but(
            "nobody shares what was never done",
            [humber()],
            practice("2027"),
            FlagCode::OccursInFuture,
        ),
    ]
}

fn what_it_declares() -> Vec<Story<Cluster>> {
    vec![
        story(
            "critical permits are declared anew",
            [humber(), permit_scope(&[], true, "2023")],
            permit_scope(&[1], false, "2024"),
        )
        .but(
            "a scope that names nothing says why",
            [humber()],
            permit_scope(&[], false, "2024"),
            FlagCode::PermitScopeUnclear,
        ),
        story("a cluster relies on no measure, and says why", [humber()], reliance(&[], true, "2024")).but(
            "a cluster does not rely on a measure and on none",
            [humber()],
            reliance(&[1], true, "2024"),
            FlagCode::RelianceUnclear,
        ),
        story("documents are filed", [humber()], evidenced("funding-map", "2024-01-01").resting_on("map")).but(
            "no documents are no evidence",
            [humber()],
            evidenced("funding-map", "2024-01-01"),
            FlagCode::CriterionWithoutDocument,
        ),
        story("a criterion is waived for a day", [humber()], waived("funding-map", "2024-01-01", "2024-01-01")).but(
            "a waiver does not end before it begins",
            [humber()],
            waived("funding-map", "2024-01-01", "2023-12-31"),
            FlagCode::WaiverEndsBeforeItBegins,
        ),
    ]
}

fn stories() -> Vec<Story<Cluster>> {
    [members(), what_it_states(), what_it_declares()].into_iter().flatten().collect()
}

tell!(stories());

#[test]
fn a_target_is_above_nothing_and_no_more_than_all() {
    for clear in [target(Some(1), None), target(None, Some(1_000)), target(Some(55), Some(1_000))] {
        recorded(given::<Cluster>([humber()]).state(By::Person, &clear));
    }
    for unclear in [target(Some(0), None), target(Some(101), None), target(Some(-5), Some(1_000))] {
        let rejection = refused(given::<Cluster>([humber()]).state(By::Person, &unclear));
        assert_eq!(rejection.code, FlagCode::TargetUnclear.code());
    }
}
