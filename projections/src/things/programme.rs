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
    type Aside = ();

    fn take(&mut self, (): &mut (), live: &Live<ProgrammeFact>, flags: &mut Vec<Flag>) {
        match live.fact() {
            ProgrammeFact::ProgrammeOpened(opened) if self.founding.is_none() => {
                self.founding = Some(live.shared_fact());
                self.budget = self.budget.or(opened.budget);
            }
            ProgrammeFact::ProgrammeOpened(_) => {}
            ProgrammeFact::ProgrammeBudgetAmended(amended) => self.budget = Some(amended.budget),
            ProgrammeFact::ProgrammeClosed(_) => {
                if self.closed_on.replace(live.occurred_on()).is_some() {
                    flags.push(Flag::new(FlagCode::ProgrammeClosedTwice, [live.fact_id]));
                }
            }
        }
    }
}
