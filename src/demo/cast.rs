//! For what and for whom the demonstration's tokens are.

use app::App;
use projections::{
    Picture,
    things::{Cluster, Organisation, Thing},
};
use schema::{ClusterId, Kind, OrganisationId, ThingId, organisation::OrganisationKind};

use super::{MadeUp, made_up};

/// More made-up clusters are in no token, so that tokens stay short.
const MADE_UP_CLUSTERS_MAX: usize = 12;

/// Some of what is on record, real before made up.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    /// Clusters, for their managers and project leads: the real one with the most projects, and some that are made up.
    pub clusters: Vec<ClusterId>,
    /// Authorities, for regulators: the real one that decides on the most permits, and those of a made-up cluster.
    pub authorities: Vec<OrganisationId>,
    /// Funders: the real ones, and those of a made-up cluster.
    pub funders: Vec<OrganisationId>,
}

/// Who and what is on record, with some of what was made up, where something was.
#[must_use]
pub fn cast(app: &App, made_up: Option<MadeUp>) -> Cast {
    let picture = app.picture();
    let mut cast = real(&picture);
    if let Some(made_up) = made_up {
        let further = made_up::cast(app, made_up, MADE_UP_CLUSTERS_MAX);
        cast.clusters.extend(further.clusters);
        cast.authorities.extend(further.authorities);
        cast.funders.extend(further.funders);
    }
    cast
}

fn real(picture: &Picture) -> Cast {
    let named = |id: ThingId, kind| picture.links().to(id, kind).count();
    let signatories = picture.things::<Cluster>().values().filter(|cluster| is_signatory(cluster));
    let busiest = signatories.max_by_key(|cluster| named(cluster.id(), Kind::Project));
    let organisations = || picture.things::<Organisation>().values().filter(|organisation| is_real(organisation));
    let authority = organisations().max_by_key(|organisation| named(organisation.id(), Kind::Permit));
    let funders = organisations().filter(|organisation| is_funder(organisation));
    Cast {
        clusters: busiest.and_then(|cluster| cluster.id().try_into().ok()).into_iter().collect(),
        authorities: authority.and_then(|organisation| organisation.id().try_into().ok()).into_iter().collect(),
        funders: funders.filter_map(|funder| funder.id().try_into().ok()).collect(),
    }
}

fn is_signatory(cluster: &Thing<Cluster>) -> bool {
    cluster.state().registered().is_some_and(|registered| registered.signatory_since.is_some())
}

fn is_real(organisation: &Thing<Organisation>) -> bool {
    organisation.state().registered().is_some_and(|registered| !registered.name.as_str().ends_with(made_up::MADE_UP))
}

fn is_funder(organisation: &Thing<Organisation>) -> bool {
    organisation.state().registered().is_some_and(|registered| registered.kind == OrganisationKind::Funder)
}
