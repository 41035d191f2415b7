//! On whose side somebody stands where a thing is concerned, and who is the counterparty of whom.

use schema::{Kind, OrganisationId, Side, SubjectId};

use super::{Grant, Role};

/// Who recorded an act, in what capacity and on whose side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorder {
    /// Who.
    pub subject: SubjectId,
    /// For which organisation.
    pub organisation: Option<OrganisationId>,
    /// As which role, where that is known.
    pub role: Option<Role>,
    /// On whose side: of what was recorded before that was noted down, on the side of all with whom it may have been.
    pub side: Side,
    /// Whether it was taken from a register, which is on nobody's side.
    pub is_register: bool,
}

impl Recorder {
    /// Whether it is an act of an authority or of a funder itself.
    #[must_use]
    pub const fn is_act_of_party(&self) -> bool {
        matches!(self.role, Some(Role::Regulator | Role::Funder)) && self.organisation.is_some()
    }
}

/// Who wants to confirm, by which grant and on whose side.
#[derive(Debug, Clone)]
pub struct Confirming<'a> {
    /// Who.
    pub subject: SubjectId,
    /// By which grant.
    pub grant: &'a Grant,
    /// On whose side.
    pub side: Side,
}

/// Whether `confirming` is the counterparty of who `said` something about a thing of `kind`, whose projects `leads` lead.
///
/// Never the same person, nor the same organisation. Of a partnership the sides are the companies and, where it is
/// between clusters, the clusters: who keeps the cluster of one side does not confirm what that side says. Documents that
/// one manager files no other manager of the cluster accepts, and no lead those of their own project.
#[must_use]
pub fn is_counterparty(
    kind: Kind,
    said: &Recorder,
    confirming: &Confirming<'_>,
    leads: &[OrganisationId],
    is_between_clusters: bool,
) -> bool {
    if said.is_register {
        return true;
    }
    let (one, other) = (&said.side, &confirming.side);
    if said.subject == confirming.subject || one.shares_organisation(other) {
        return false;
    }
    let is_manager = confirming.grant.role == Role::ClusterManager;
    let are_other_clusters = !one.clusters.is_empty() && !other.clusters.is_empty() && !one.shares_cluster(other);
    match kind {
        Kind::Partnership if is_manager => are_other_clusters,
        // Whose lead it was that named no organisation is not known.
        Kind::Partnership if one.organisations.is_empty() && said.role != Some(Role::ClusterManager) => are_other_clusters,
        Kind::Partnership => !is_between_clusters || !one.shares_cluster(other),
        Kind::Project | Kind::Cluster if is_manager => said.role.is_some_and(|role| role != Role::ClusterManager),
        Kind::Project | Kind::Cluster if confirming.grant.role == Role::ProjectLead => {
            let is_known = !one.organisations.is_empty() || said.role == Some(Role::ClusterManager);
            is_known && !other.organisations.iter().any(|organisation| leads.contains(organisation))
        }
        _ => true,
    }
}
