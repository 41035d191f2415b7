//! On whose side somebody stands where a thing is concerned: decided by who belongs to whom.

use access::{Grant, Role, sides::Recorder, table::Reach};
use projections::{
    Picture,
    things::{Cluster, Partnership},
};
use schema::{Assurance, ClusterId, Kind, Metadata, OrganisationId, Provenance, Side, ThingId};

use super::reach::reach_of;

/// Where a thing stands, as far as sides are concerned.
pub(super) struct Ground<'a> {
    picture: &'a Picture,
    kind: Kind,
    reach: &'a Reach,
    /// Whether each of several clusters is a side.
    has_clusters_for_sides: bool,
}

impl<'a> Ground<'a> {
    /// The ground of a thing of `kind` at `reach`.
    pub fn new(picture: &'a Picture, kind: Kind, reach: &'a Reach) -> Self {
        let is_in_several = reach.clusters.windows(2).any(|pair| pair[0] != pair[1]);
        let has_clusters_for_sides = kind == Kind::Partnership && is_in_several;
        Self { picture, kind, reach, has_clusters_for_sides }
    }

    /// On whose side the bearer of `grant` stands.
    pub fn side_of(&self, grant: &Grant) -> Side {
        let mut organisations: Vec<OrganisationId> = grant.organisation.into_iter().collect();
        let named = grant.projects.iter().filter(|project| self.reach.projects.contains(project));
        organisations.extend(named.flat_map(|project| reach_of(self.picture, project.thing()).leads));
        organisations.sort_unstable();
        organisations.dedup();
        let mut clusters = grant.clusters.clone();
        clusters.retain(|cluster| self.reach.clusters.contains(cluster));
        match grant.role {
            Role::ClusterManager => {}
            Role::ProjectLead if self.has_clusters_for_sides => clusters.extend(self.clusters_of(&organisations)),
            _ => clusters.clear(),
        }
        clusters.sort_unstable();
        clusters.dedup();
        Side { organisations, clusters }
    }

    /// The clusters of the thing of which one of `organisations` is a member, or in which one leads a project of the thing.
    fn clusters_of(&self, organisations: &[OrganisationId]) -> Vec<ClusterId> {
        let is_member = |cluster: &ClusterId| {
            let members = self.picture.thing::<Cluster>(*cluster).into_iter().flat_map(|cluster| cluster.state().members());
            members.map(|member| member.organisation).any(|member| organisations.contains(&member))
        };
        let mut clusters: Vec<_> = self.reach.clusters.iter().copied().filter(is_member).collect();
        for project in &self.reach.projects {
            let of_project = reach_of(self.picture, project.thing());
            if of_project.leads.iter().any(|lead| organisations.contains(lead)) {
                clusters.extend(of_project.clusters);
            }
        }
        clusters
    }

    /// Who recorded what stands in `metadata`. What it doesn't say of their side is worked out: on the side of all with whom
    /// they may have been.
    pub fn recorder(&self, metadata: &Metadata, author: Option<Role>) -> Recorder {
        let acting = metadata.acting.as_deref();
        let role = acting.and_then(|acting| acting.role.as_str().parse().ok());
        let is_authors = metadata.organisation.is_some() && metadata.assurance == Assurance::Confirmed;
        let role = role.or_else(|| author.filter(|_| is_authors));
        let side = acting.and_then(|acting| acting.side.clone()).unwrap_or_else(|| self.likely_side(metadata.organisation, role));
        let is_register = metadata.origin.provenance() == Provenance::Register;
        Recorder { subject: metadata.subject, organisation: metadata.organisation, role, side, is_register }
    }

    fn likely_side(&self, organisation: Option<OrganisationId>, role: Option<Role>) -> Side {
        let may_lead = matches!(role, None | Some(Role::ProjectLead));
        let organisations = match organisation {
            Some(organisation) => vec![organisation],
            None if may_lead => self.reach.leads.clone(),
            None => Vec::new(),
        };
        let clusters = match role {
            None | Some(Role::ClusterManager) => self.reach.clusters.clone(),
            Some(Role::ProjectLead) if self.has_clusters_for_sides => self.clusters_of(&organisations),
            Some(_) => Vec::new(),
        };
        Side { organisations, clusters }
    }

    /// Whether the thing is a partnership of which, across a border, the clusters are the sides.
    pub fn is_between_clusters(&self, thing: ThingId) -> bool {
        let partnership = self.picture.thing::<Partnership>(thing).filter(|_| self.kind == Kind::Partnership);
        partnership.is_some_and(|partnership| partnership.state().is_between_clusters())
    }
}
