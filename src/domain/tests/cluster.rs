//! What may be said of a cluster.

use projections::things::{Cluster, FlagCode};
use schema::{
    OrganisationId,
    cluster::{ClusterFact, ClusterMemberJoined, ClusterMemberLeft, ClusterRegistered},
};
use uuid::Uuid;

use super::{Said, Story, line, said, story, tell};

pub(super) fn registered(name: &str, on: &str) -> Said<ClusterFact> {
    let cluster = ClusterRegistered {
        name: line(name),
        country: "GB".parse().unwrap(),
        place: None,
        sectors: Vec::new(),
        signatory_since: None,
        identifiers: Vec::new(),
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

fn stories() -> Vec<Story<Cluster>> {
    let humber = || registered("Humber", "2022-01-01");
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
    ]
}

tell!(stories());
