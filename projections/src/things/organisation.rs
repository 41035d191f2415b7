//! The state of an organisation.

use std::sync::Arc;

use schema::organisation::{OrganisationFact, OrganisationRegistered};
use serde::Serialize;

use super::{Flag, Live, State};

/// What is known of an organisation.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Organisation {
    founding: Option<Arc<OrganisationFact>>,
}

impl Organisation {
    /// What was registered.
    #[must_use]
    pub fn registered(&self) -> Option<&OrganisationRegistered> {
        let OrganisationFact::OrganisationRegistered(registered) = self.founding.as_deref()?;
        Some(registered)
    }
}

impl State for Organisation {
    type Fact = OrganisationFact;
    type Aside = ();

    fn take(&mut self, (): &mut (), live: &Live<OrganisationFact>, _: &mut Vec<Flag>) {
        self.founding.get_or_insert_with(|| live.shared_fact());
    }
}
