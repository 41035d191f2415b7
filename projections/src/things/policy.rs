//! The state of a policy measure.

use std::sync::Arc;

use schema::{
    Date, EventId,
    policy::{PolicyMeasureEffectSet, PolicyMeasureFact, PolicyMeasureIdentified},
};
use serde::{Deserialize, Serialize};

use super::{Flag, FlagCode, Live, State};

/// How far a policy measure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// It is on record, and nothing more is known.
    #[default]
    Identified,
    /// It was proposed.
    Proposed,
    /// It is in consultation.
    InConsultation,
    /// It was adopted and is not in force yet.
    Adopted,
    /// It is in force.
    InForce,
    /// It is suspended.
    Suspended,
    /// It was repealed.
    Repealed,
}

/// A day on which the effect of a measure begins, changes or ends, as it was set when that was enacted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetEffect {
    /// The fact that says so.
    pub fact_id: EventId,
    /// When it was enacted.
    pub enacted_on: Date,
    /// The day of the effect.
    pub on: Date,
    /// What was set.
    pub set: PolicyMeasureEffectSet,
}

/// What is known of a policy measure.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PolicyMeasure {
    founding: Option<Arc<PolicyMeasureFact>>,
    /// How far it is.
    pub state: PolicyState,
    /// Since when.
    pub state_since: Option<Date>,
    /// The fact that says so.
    pub state_fact: Option<EventId>,
    /// Since when it was first in force.
    pub in_force_since: Option<Date>,
    /// When it was amended.
    pub amended_on: Vec<Date>,
    /// The days that were set for its effect, in the order in which that was enacted.
    pub effects: Vec<SetEffect>,
}

impl PolicyMeasure {
    /// The days that were set for its effect, in their order.
    pub fn effects_in_order(&self) -> impl Iterator<Item = &SetEffect> {
        let mut effects: Vec<_> = self.effects.iter().collect();
        // Of one day the later law comes last.
        effects.sort_by_key(|effect| effect.on.first());
        effects.into_iter()
    }

    /// What was identified.
    #[must_use]
    pub fn identified(&self) -> Option<&PolicyMeasureIdentified> {
        match self.founding.as_deref()? {
            PolicyMeasureFact::PolicyMeasureIdentified(identified) => Some(identified),
            _ => None,
        }
    }
}

impl State for PolicyMeasure {
    type Fact = PolicyMeasureFact;
    type Aside = ();

    fn take(&mut self, (): &mut (), live: &Live<PolicyMeasureFact>, flags: &mut Vec<Flag>) {
        let raised = self.step(live);
        flags.extend(raised.map(|code| Flag::new(code, [live.fact_id])));
    }
}

impl PolicyMeasure {
    fn step(&mut self, live: &Live<PolicyMeasureFact>) -> Option<FlagCode> {
        let (before, on) = (self.state, live.occurred_on());
        let (to, fits, code) = match live.fact() {
            PolicyMeasureFact::PolicyMeasureIdentified(_) => {
                self.founding.get_or_insert_with(|| live.shared_fact());
                return None;
            }
            PolicyMeasureFact::PolicyMeasureEffectSet(set) => {
                self.effects.push(SetEffect { fact_id: live.fact_id, enacted_on: on, on: set.on, set: set.clone() });
                return (before < PolicyState::Adopted || before == PolicyState::Repealed).then_some(FlagCode::MeasureNotAdopted);
            }
            PolicyMeasureFact::PolicyMeasureAmended(_) => {
                self.amended_on.push(on);
                return (before < PolicyState::Adopted || before == PolicyState::Repealed).then_some(FlagCode::MeasureNotAdopted);
            }
            PolicyMeasureFact::PolicyMeasureProposed(_) => {
                (PolicyState::Proposed, before < PolicyState::Proposed, FlagCode::MeasureBackwards)
            }
            PolicyMeasureFact::PolicyMeasureConsultationOpened(_) => {
                (PolicyState::InConsultation, before < PolicyState::InConsultation, FlagCode::MeasureBackwards)
            }
            PolicyMeasureFact::PolicyMeasureAdopted(_) => {
                (PolicyState::Adopted, before < PolicyState::Adopted, FlagCode::MeasureBackwards)
            }
            PolicyMeasureFact::PolicyMeasureEnteredIntoForce(_) => {
                self.in_force_since.get_or_insert(on);
                (
                    PolicyState::InForce,
                    before < PolicyState::InForce || before == PolicyState::Suspended,
                    FlagCode::MeasureBackwards,
                )
            }
            PolicyMeasureFact::PolicyMeasureSuspended(_) => {
                (PolicyState::Suspended, before == PolicyState::InForce, FlagCode::MeasureNotInForce)
            }
            PolicyMeasureFact::PolicyMeasureRepealed(_) => {
                let adopted = (PolicyState::Adopted..PolicyState::Repealed).contains(&before);
                (PolicyState::Repealed, adopted, FlagCode::MeasureNotAdopted)
            }
        };
        // A step that does not fit is taken where it leads on, and never leads back.
        if fits || before < to {
            self.state = to;
            self.state_since = Some(on);
            self.state_fact = Some(live.fact_id);
        }
        (!fits).then_some(code)
    }
}
