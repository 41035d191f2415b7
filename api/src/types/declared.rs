//! What clusters and projects declare for their ladders.

use gate::gated;
use projections::things::{CriterionEvidence, Declarations, Waiver};

use super::{permit::PermitNode, policy::PolicyMeasureNode};
use crate::{
    Context,
    scalars::{Date, FactId, Line, Note},
    view::View,
};

/// Which permits are critical, or why none is needed.
#[gated]
#[derive(Clone)]
#[graphql(context = Context)]
pub struct PermitScope {
    /// Every permit that is critical, as far as you may see it.
    pub permits: Vec<PermitNode>,
    /// Why none is needed, where none is.
    pub none_needed: Option<Note>,
    /// When that was declared.
    pub declared_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// Which policy measures are relied on, or why none is.
#[gated]
#[derive(Clone)]
#[graphql(context = Context)]
pub struct Reliance {
    /// Every measure.
    pub measures: Vec<PolicyMeasureNode>,
    /// Why there is none, where there is none.
    pub none_relied_on: Option<Note>,
    /// When that was declared.
    pub declared_on: Date,
    /// The fact that says so.
    pub fact: FactId,
}

/// Documents that were filed for a criterion of a ladder.
#[gated]
#[derive(Debug, Clone)]
#[graphql(name = "CriterionEvidence", context = Context)]
pub struct CriterionEvidenceNode {
    /// The criterion, by its id in the ladder.
    pub criterion: Line,
    /// What the documents show.
    pub statement: Note,
    /// When they were filed.
    pub filed_on: Date,
    /// The last day on which they count.
    pub valid_until: Option<Date>,
    /// When a second role accepted them; null where none has by the day asked for.
    pub accepted_on: Option<Date>,
    /// The fact that says so.
    pub fact: FactId,
}

impl CriterionEvidenceNode {
    fn new(view: &View, filed: &CriterionEvidence) -> Self {
        Self {
            criterion: Line(filed.criterion.clone()),
            statement: Note(filed.statement.clone()),
            filed_on: Date(filed.filed_on),
            valid_until: filed.valid_until.map(Date),
            accepted_on: filed.accepted_on.filter(|on| view.day().has_come(*on)).map(Date),
            fact: FactId(filed.fact_id),
        }
    }
}

/// A criterion of a ladder that need not be met until a date.
#[gated]
#[derive(Debug, Clone)]
#[graphql(name = "CriterionWaiver", context = Context)]
pub struct CriterionWaiver {
    /// The criterion, by its id in the ladder.
    pub criterion: Line,
    /// Why.
    pub reason: Note,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&Waiver> for CriterionWaiver {
    fn from(waiver: &Waiver) -> Self {
        Self {
            criterion: Line(waiver.criterion.clone()),
            reason: Note(waiver.reason.clone()),
            from: Date(waiver.from),
            until: Date(waiver.until),
            fact: FactId(waiver.fact_id),
        }
    }
}

/// The permits declared as critical, as the API shows them.
pub fn permit_scope(view: &View, declared: &Declarations) -> Option<PermitScope> {
    let scope = declared.permits.as_ref()?;
    let permits = scope.things.iter().filter_map(|id| view.thing(*id));
    Some(PermitScope {
        permits: permits.map(|thing| PermitNode::new(view, thing)).collect(),
        none_needed: scope.none.clone().map(Note),
        declared_on: Date(scope.declared_on),
        fact: FactId(scope.fact_id),
    })
}

/// The measures declared as relied on, as the API shows them.
pub fn reliance(view: &View, declared: &Declarations) -> Option<Reliance> {
    let scope = declared.measures.as_ref()?;
    let measures = scope.things.iter().filter_map(|id| view.thing(*id));
    Some(Reliance {
        measures: measures.map(|thing| PolicyMeasureNode::new(view.clone(), thing)).collect(),
        none_relied_on: scope.none.clone().map(Note),
        declared_on: Date(scope.declared_on),
        fact: FactId(scope.fact_id),
    })
}

/// Documents filed for criteria, as the API shows them.
pub fn criterion_evidence(view: &View, declared: &Declarations) -> Vec<CriterionEvidenceNode> {
    declared.evidence.iter().map(|filed| CriterionEvidenceNode::new(view, filed)).collect()
}

/// Waivers, as the API shows them.
pub fn waivers(declared: &Declarations) -> Vec<CriterionWaiver> {
    declared.waivers.iter().map(CriterionWaiver::from).collect()
}
