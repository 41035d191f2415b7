//! Facts about policy measures: acts, schemes and plans that clusters rely on.

use crate::{
    Date, ExternalId, Jurisdiction, Line, Note,
    fact::{facts, payloads},
};

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
        /// See [`PolicyMeasureAmended`].
        PolicyMeasureAmended,
        /// See [`PolicyMeasureSuspended`].
        PolicyMeasureSuspended,
        /// See [`PolicyMeasureRepealed`].
        PolicyMeasureRepealed,
    }
    references |_| Vec::new();
}
