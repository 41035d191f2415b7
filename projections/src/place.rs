//! Where things lie.

use schema::{Country, project::ProjectRegistered};

use crate::{Sight, things::Cluster};

/// The country in which a project lies: its own, or where it says none, its cluster's.
///
/// Filters, groups and pages all ask here, so that they agree.
#[must_use]
pub fn country_of(sight: &impl Sight, project: &ProjectRegistered) -> Option<Country> {
    let of_cluster = || Some(sight.thing::<Cluster>(project.cluster?)?.state().registered()?.country);
    project.country.or_else(of_cluster)
}
