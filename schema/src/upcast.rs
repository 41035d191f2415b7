//! Bringing payloads of older versions to the shape that this build knows.
//!
//! Stored events are never rewritten. A changed shape gets the next version, a [`Step`] from the version before, and
//! a fixture of each version under `fixtures/`, kept for ever.

use serde_json::Value;

/// One step: turns a payload of `from` into one of `from + 1`.
#[derive(Clone, Copy)]
pub struct Step {
    /// The type of event.
    pub event_type: &'static str,
    /// The version the step starts from.
    pub from: u16,
    /// The pure change of the stored JSON.
    pub change: fn(Value) -> Value,
}

/// The steps this build knows.
pub(crate) const STEPS: &[Step] = &[
    // `by` need not be there any more: a deadline can be moved to a date that is named.
    Step { event_type: "DeadlineExtended", from: 1, change: |stored| stored },
    // Reason and responsible party need not be there any more, nor the date that a milestone is moved from: registers say
    // none of these.
    Step { event_type: "FidDeferred", from: 1, change: |stored| stored },
    Step { event_type: "MilestoneRescheduled", from: 1, change: |stored| stored },
];

/// Applies the steps that lead a payload of `event_type` from `version` to `current`; `None` when one is missing.
#[must_use]
pub fn upcast_with(steps: &[Step], event_type: &str, version: u16, current: u16, data: Value) -> Option<Value> {
    (version..current).try_fold(data, |data, from| {
        let step = steps.iter().find(|step| step.event_type == event_type && step.from == from)?;
        Some((step.change)(data))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TWO_STEPS: &[Step] = &[
        Step { event_type: "PierBuilt", from: 1, change: |old| json!({ "length": { "value": old["length_m"], "unit": "m" } }) },
        Step {
            event_type: "PierBuilt",
            from: 2,
            change: |mut old| {
                old["material"] = json!("unknown");
                old
            },
        },
    ];

    #[test]
    fn steps_are_applied_one_after_another() {
        let stored = json!({ "length_m": 40 });
        let current = upcast_with(TWO_STEPS, "PierBuilt", 1, 3, stored);
        assert_eq!(current, Some(json!({ "length": { "value": 40, "unit": "m" }, "material": "unknown" })));
    }

    #[test]
    fn a_missing_step_is_no_guess() {
        assert_eq!(upcast_with(TWO_STEPS, "PierBuilt", 0, 3, json!({})), None);
        assert_eq!(upcast_with(TWO_STEPS, "PierSunk", 1, 2, json!({})), None);
    }
}
