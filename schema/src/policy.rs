//! Facts about policy measures: acts, schemes and plans that clusters rely on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, ExternalId, Jurisdiction, Line, Note,
    fact::{facts, payloads},
};

/// What a measure's effect does on a day that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyEffect {
    /// It begins.
    Begins,
    /// It changes.
    Changes,
    /// It ends.
    Ends,
}

payloads! {
    /// A policy measure came on record.
    PolicyMeasureIdentified {
        /// What it is called.
        title: Line,
        /// Where it applies.
        jurisdiction: Jurisdiction,
        /// What it is: an act, a regulation, a plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instrument: Option<Line>,
        /// Its official reference, such as Regulation (EU) 2024/1735.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
    }

    /// It was proposed.
    PolicyMeasureProposed {}

    /// It went into consultation.
    PolicyMeasureConsultationOpened {
        /// Until when it can be commented on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes_on: Option<Date>,
    }

    /// It was adopted.
    PolicyMeasureAdopted {}

    /// It entered into force, for the first time or again.
    PolicyMeasureEnteredIntoForce {}

    /// The day was set on which the effect of a measure begins, changes or ends, which may lie ahead. It occurred when that was enacted.
    PolicyMeasureEffectSet {
        /// What happens.
        effect: PolicyEffect,
        /// On which day.
        on: Date,
        /// Only for those who began to build before this day; with none of the two, for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        construction_begun_before: Option<Date>,
        /// Only for what is in service before this day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_service_before: Option<Date>,
        /// But for those who began to build before this day, for whom all stays as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spares_construction_begun_before: Option<Date>,
        /// But for what is in service before this day, for which all stays as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spares_in_service_before: Option<Date>,
        /// How, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Note>,
    }

    /// It was amended.
    PolicyMeasureAmended {
        /// What changed.
        what: Note,
    }

    /// It was suspended.
    PolicyMeasureSuspended {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// It was repealed.
    PolicyMeasureRepealed {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
}

facts! {
    /// The facts of a policy measure.
    PolicyMeasureFact of PolicyMeasure {
        /// See [`PolicyMeasureIdentified`].
        PolicyMeasureIdentified,
        /// See [`PolicyMeasureProposed`].
        PolicyMeasureProposed,
        /// See [`PolicyMeasureConsultationOpened`].
        PolicyMeasureConsultationOpened,
        /// See [`PolicyMeasureAdopted`].
        PolicyMeasureAdopted,
        /// See [`PolicyMeasureEnteredIntoForce`].
        PolicyMeasureEnteredIntoForce,
        /// See [`PolicyMeasureEffectSet`].
        PolicyMeasureEffectSet,
        /// See [`PolicyMeasureAmended`].
        PolicyMeasureAmended,
        /// See [`PolicyMeasureSuspended`].
        PolicyMeasureSuspended,
        /// See [`PolicyMeasureRepealed`].
        PolicyMeasureRepealed,
    }
    references |_| Vec::new();
}
