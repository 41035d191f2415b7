//! The state of a cluster.

use std::sync::Arc;

use schema::{
    Date, EventId, Line, OrganisationId,
    cluster::{ClusterFact, ClusterRegistered},
};
use serde::Serialize;

use super::{Flag, FlagCode, Live, State};

/// An organisation's time as a member of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Membership {
    /// The member.
    pub organisation: OrganisationId,
    /// What it does in the cluster.
    pub role: Option<Line>,
    /// Since when.
    pub joined_on: Date,
    /// Until when; `None` while it is a member.
    pub left_on: Option<Date>,
    /// The fact that says that it joined.
    pub fact_id: EventId,
}

/// What is known of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Cluster {
    founding: Option<Arc<ClusterFact>>,
    /// Present and former members, in the order in which they joined.
    pub memberships: Vec<Membership>,
}

impl Cluster {
    /// What was registered.
    #[must_use]
    pub fn registered(&self) -> Option<&ClusterRegistered> {
        match self.founding.as_deref()? {
            ClusterFact::ClusterRegistered(registered) => Some(registered),
            _ => None,
        }
    }

    /// The present members.
    pub fn members(&self) -> impl Iterator<Item = &Membership> {
        self.memberships.iter().filter(|membership| membership.left_on.is_none())
    }

    fn open(&mut self, organisation: OrganisationId) -> Option<&mut Membership> {
        self.memberships.iter_mut().find(|membership| membership.organisation == organisation && membership.left_on.is_none())
    }
}

impl State for Cluster {
    type Fact = ClusterFact;

    fn derive(facts: &[Live<ClusterFact>]) -> (Self, Vec<Flag>) {
        let mut cluster = Self::default();
        let mut flags = Vec::new();
        for live in facts {
            let (on, fact_id) = (live.occurred_on(), live.fact_id);
            match live.fact() {
                ClusterFact::ClusterRegistered(_) => {
                    cluster.founding.get_or_insert_with(|| live.shared_fact());
                }
                ClusterFact::ClusterMemberJoined(joined) => match cluster.open(joined.organisation) {
                    Some(open) => flags.push(Flag::new(FlagCode::MemberJoinedTwice, [open.fact_id, fact_id])),
                    None => cluster.memberships.push(Membership {
                        organisation: joined.organisation,
                        role: joined.role.clone(),
                        joined_on: on,
                        left_on: None,
                        fact_id,
                    }),
                },
                ClusterFact::ClusterMemberLeft(left) => match cluster.open(left.organisation) {
                    Some(open) => open.left_on = Some(on),
                    None => flags.push(Flag::new(FlagCode::MemberUnknown, [fact_id])),
                },
            }
        }
        (cluster, flags)
    }
}
