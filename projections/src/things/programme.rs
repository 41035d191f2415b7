//! The state of a funding programme.

use std::sync::Arc;

use schema::{
    Date, Money,
    programme::{ProgrammeFact, ProgrammeOpened},
};
use serde::Serialize;

use super::{Flag, FlagCode, Live, State};

/// What is known of a funding programme.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Programme {
    founding: Option<Arc<ProgrammeFact>>,
    /// How much it has to give, as last amended.
    pub budget: Option<Money>,
    /// When it took no more applications; `None` while it is open.
    pub closed_on: Option<Date>,
}

impl Programme {
    /// What was opened.
    #[must_use]
    pub fn opened(&self) -> Option<&ProgrammeOpened> {
        match self.founding.as_deref()? {
            ProgrammeFact::ProgrammeOpened(opened) => Some(opened),
            _ => None,
        }
    }
}

impl State for Programme {
    type Fact = ProgrammeFact;

    fn derive(facts: &[Live<ProgrammeFact>]) -> (Self, Vec<Flag>) {
        let mut programme = Self::default();
        let mut flags = Vec::new();
        for live in facts {
            match live.fact() {
                ProgrammeFact::ProgrammeOpened(opened) if programme.founding.is_none() => {
                    programme.founding = Some(live.shared_fact());
                    programme.budget = programme.budget.or(opened.budget);
                }
                ProgrammeFact::ProgrammeOpened(_) => {}
                ProgrammeFact::ProgrammeBudgetAmended(amended) => programme.budget = Some(amended.budget),
                ProgrammeFact::ProgrammeClosed(_) => {
                    if programme.closed_on.replace(live.occurred_on()).is_some() {
                        flags.push(Flag::new(FlagCode::ProgrammeClosedTwice, [live.fact_id]));
                    }
                }
            }
        }
        (programme, flags)
    }
}
