//! Whether a confirmation is the counterparty's, as far as the two acts tell by themselves.
//!
//! Who may confirm is decided when somebody does, by what is known of all sides then. Acts of before that was decided are
//! looked at here: what can be seen to be of one side counts no longer, and of what only another side can say, neither
//! does what nobody can tell.

use schema::{Kind, Metadata, OrganisationId, Provenance};

/// The role that keeps a cluster, as acts name it.
const MANAGER: &str = "cluster_manager";
/// The role that logs what becomes of projects, as acts name it.
const LEAD: &str = "project_lead";

/// Whether what `said` records on a thing of `kind` is confirmed by the act of `confirms`: never by the same person, nor for
/// the same organisation, nor by another of those who keep the same cluster. What a register says is nobody's side.
#[must_use]
pub fn is_of_another_side(kind: Kind, said: &Metadata, confirms: &Metadata) -> bool {
    if said.origin.provenance() == Provenance::Register {
        return true;
    }
    if said.subject == confirms.subject || is_same(organisation(said), organisation(confirms)) {
        return false;
    }
    let (of_said, of_confirmation) = (said.acting.as_deref(), confirms.acting.as_deref());
    if let Some(side) = of_confirmation.and_then(|acting| acting.side.as_ref()) {
        // It was looked at when it was recorded; what the act says of the other side is looked at again.
        return of_said.and_then(|acting| acting.side.as_ref()).is_none_or(|said| !said.shares_organisation(side));
    }
    let roles = (role(said), role(confirms));
    match kind {
        Kind::Partnership => match roles {
            // Which cluster a manager kept was not recorded.
            (_, Some(MANAGER)) | (Some(MANAGER), _) => false,
            _ => organisation(said).is_some() && organisation(confirms).is_some(),
        },
        Kind::Project | Kind::Cluster => match roles {
            (Some(MANAGER), Some(MANAGER)) => false,
            (Some(LEAD) | None, Some(LEAD) | None) => organisation(said).is_some() && organisation(confirms).is_some(),
            _ => true,
        },
        // An authority and a funder act for an organisation; whoever acts for none is on the other side.
        _ => true,
    }
}

fn role(metadata: &Metadata) -> Option<&str> {
    metadata.acting.as_deref().map(|acting| acting.role.as_str())
}

fn organisation(metadata: &Metadata) -> Option<OrganisationId> {
    metadata.organisation.or_else(|| metadata.acting.as_deref()?.organisation)
}

fn is_same(one: Option<OrganisationId>, other: Option<OrganisationId>) -> bool {
    one.is_some() && one == other
}
