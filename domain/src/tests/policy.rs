//! What may be said of a policy measure.

use projections::things::{FlagCode, PolicyMeasure};
use schema::policy::{
    PolicyEffect, PolicyMeasureAdopted, PolicyMeasureAmended, PolicyMeasureConsultationOpened, PolicyMeasureEffectSet,
    PolicyMeasureEnteredIntoForce, PolicyMeasureFact, PolicyMeasureIdentified, PolicyMeasureProposed, PolicyMeasureRepealed,
    PolicyMeasureSuspended,
};

use super::{Said, Story, date, line, note, said, story, tell};

pub(super) type Says = Said<PolicyMeasureFact>;

pub(super) fn identified(title: &str) -> Says {
    let measure = PolicyMeasureIdentified {
        title: line(title),
        jurisdiction: "EU".parse().unwrap(),
        instrument: None,
        reference: None,
        identifiers: Vec::new(),
    };
    said(measure, "2022-01-01")
}

pub(super) fn act() -> Says {
    identified("Hydrogen act")
}

pub(super) fn proposed(on: &str) -> Says {
    said(PolicyMeasureProposed {}, on)
}

pub(super) fn consulted(on: &str) -> Says {
    said(PolicyMeasureConsultationOpened { closes_on: None }, on)
}

pub(super) fn adopted(on: &str) -> Says {
    said(PolicyMeasureAdopted {}, on)
}

pub(super) fn in_force(on: &str) -> Says {
    said(PolicyMeasureEnteredIntoForce {}, on)
}

pub(super) fn amended(on: &str) -> Says {
    said(PolicyMeasureAmended { what: note("a lower threshold") }, on)
}

pub(super) fn suspended(on: &str) -> Says {
    said(PolicyMeasureSuspended { reason: None }, on)
}

pub(super) fn repealed(on: &str) -> Says {
    said(PolicyMeasureRepealed { reason: None }, on)
}

fn on_the_way() -> Vec<Story<PolicyMeasure>> {
    vec![
        story("a measure comes on record", [], act()).but(
            "a measure on record does not come on record again",
            [act()],
            identified("Hydrogen and gas act"),
            FlagCode::FoundedTwice,
        ),
        story("a measure is proposed", [act()], proposed("2023-01-01")).but(
            "what is adopted is not proposed",
            [act(), adopted("2023-01-01")],
            proposed("2024-01-01"),
            FlagCode::MeasureBackwards,
        ),
        story("a proposal is consulted on", [act(), proposed("2023-01-01")], consulted("2023-02-01")).but(
            "what is in force is not consulted on",
            [act(), in_force("2023-01-01")],
            consulted("2024-01-01"),
            FlagCode::MeasureBackwards,
        ),
        story("a measure is adopted, whatever is known of its way there", [act()], adopted("2023-06-01")).but(
            "a measure is adopted once",
            [act(), adopted("2023-06-01")],
            adopted("2023-07-01"),
            FlagCode::MeasureBackwards,
        ),
    ]
}

/// It is enacted that the effect ends in years to come, but for those who have begun to build by then.
fn effect_set(on: &str) -> Says {
    let (effect, ends, begun) = (PolicyEffect::Ends, date("2030-01-01"), Some(date("2028-01-01")));
    let set = PolicyMeasureEffectSet {
        effect,
        on: ends,
        construction_begun_before: None,
        in_service_before: None,
        spares_construction_begun_before: begun,
        spares_in_service_before: None,
        what: None,
    };
    said(set, on)
}

fn in_life() -> Vec<Story<PolicyMeasure>> {
    let law = || vec![act(), adopted("2023-01-01"), in_force("2023-07-01")];
    let and = |more: Says| law().into_iter().chain([more]).collect::<Vec<_>>();
    vec![
        story("a suspended measure is in force again", and(suspended("2024-01-01")), in_force("2024-07-01")).but(
            "a repealed measure does not come back",
            and(repealed("2024-01-01")),
            in_force("2024-07-01"),
            FlagCode::MeasureBackwards,
        ),
        story("what is adopted is amended before it is in force", [act(), adopted("2023-01-01")], amended("2023-02-01")).but(
            "a proposal is not amended as an act is",
            [act(), proposed("2023-01-01")],
            amended("2023-02-01"),
            FlagCode::MeasureNotAdopted,
        ),
        story("the end of what is in force is set", law(), effect_set("2024-01-01")).but(
            "a proposal has no effect to end",
            [act(), proposed("2023-01-01")],
            effect_set("2023-02-01"),
            FlagCode::MeasureNotAdopted,
        ),
        story("a measure in force is suspended", law(), suspended("2024-01-01")).but(
            "what is not in force yet is not suspended",
            [act(), adopted("2023-01-01")],
            suspended("2023-02-01"),
            FlagCode::MeasureNotInForce,
        ),
        story("a suspended measure is repealed", and(suspended("2024-01-01")), repealed("2024-07-01")).but(
            "a measure is not repealed before it was adopted",
            [act(), proposed("2023-01-01"), consulted("2023-02-01")],
            repealed("2023-03-01"),
            FlagCode::MeasureNotAdopted,
        ),
    ]
}

fn stories() -> Vec<Story<PolicyMeasure>> {
    [on_the_way(), in_life()].into_iter().flatten().collect()
}

tell!(stories());
