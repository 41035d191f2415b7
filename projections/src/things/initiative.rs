//! The state of the initiative: what it says of itself.

use std::sync::Arc;

use schema::{
    Date, EventId,
    initiative::{InitiativeFact, InitiativeFigureStated, InitiativeNamed},
};
use serde::Serialize;

use super::{Flag, Live, State};
use crate::Series;

/// Figures that the initiative stated about itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatedFigures {
    /// As of when.
    pub as_of: Date,
    /// What it stated.
    #[serde(skip)]
    fact: Arc<InitiativeFact>,
    /// The fact that says so.
    pub fact_id: EventId,
}

impl StatedFigures {
    /// What it stated.
    #[must_use]
    pub fn stated(&self) -> Option<&InitiativeFigureStated> {
        match &*self.fact {
            InitiativeFact::InitiativeFigureStated(stated) => Some(stated),
            InitiativeFact::InitiativeNamed(_) => None,
        }
    }
}

/// What is known of the initiative.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Initiative {
    founding: Option<Arc<InitiativeFact>>,
    /// What it stated, the oldest first.
    pub stated: Series<StatedFigures>,
}

impl Initiative {
    /// What it is called.
    #[must_use]
    pub fn named(&self) -> Option<&InitiativeNamed> {
        match self.founding.as_deref()? {
            InitiativeFact::InitiativeNamed(named) => Some(named),
            InitiativeFact::InitiativeFigureStated(_) => None,
        }
    }
}

impl State for Initiative {
    type Fact = InitiativeFact;
    type Aside = ();

    fn take(&mut self, (): &mut (), live: &Live<InitiativeFact>, _: &mut Vec<Flag>) {
        match live.fact() {
            InitiativeFact::InitiativeNamed(_) => {
                self.founding.get_or_insert_with(|| live.shared_fact());
            }
            InitiativeFact::InitiativeFigureStated(_) => {
                self.stated.push(StatedFigures { as_of: live.occurred_on(), fact: live.shared_fact(), fact_id: live.fact_id });
            }
        }
    }
}
