//! The policy measures, as far as each is known to be.

use projections::things::PolicyMeasure;
use schema::{
    Kind,
    policy::{PolicyMeasureEnteredIntoForce, PolicyMeasureFact, PolicyMeasureIdentified, PolicyMeasureProposed},
};

use super::{Recorder, founded, line, seed::SeedMeasure, unfit};
use crate::demo::DemoError;

/// Records each measure with the one step that is known of it: when it entered into force, or when it was presented.
pub(super) async fn record(recorder: &Recorder<'_>, measures: &[SeedMeasure]) -> Result<(), DemoError> {
    for measure in measures {
        let name = ["policy measure", measure.title.as_str()];
        let thing = founded(Kind::PolicyMeasure, &name);
        let (on, step): (_, PolicyMeasureFact) = match (measure.in_force_since, measure.presented) {
            (Some(since), None) => (since, PolicyMeasureEnteredIntoForce {}.into()),
            (None, Some(on)) => (on, PolicyMeasureProposed {}.into()),
            _ => return Err(unfit(&format!("{}: one date is expected", measure.title))),
        };
        let identified = PolicyMeasureIdentified {
            title: line(&measure.title)?,
            jurisdiction: measure.jurisdiction.clone(),
            instrument: None,
            reference: None,
            identifiers: Vec::new(),
        };
        recorder.dated::<PolicyMeasure>(thing, &name, on, identified).await?;
        recorder.dated::<PolicyMeasure>(thing, &["policy step", measure.title.as_str()], on, step).await?;
    }
    Ok(())
}
