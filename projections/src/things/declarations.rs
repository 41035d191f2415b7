//! What a cluster or a project declares about itself so that its ladders can be climbed: which permits and measures it
//! depends on, documents for criteria, waivers.

use schema::{Date, EventId, Fact, Line, Note, PermitId, PolicyMeasureId};
use serde::Serialize;

use super::{FlagCode, Live};
use crate::Series;

/// Which things are needed, or why none is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scope<T> {
    /// Each of them.
    pub things: Vec<T>,
    /// Why none is needed, where none is.
    pub none: Option<Note>,
    /// When that was declared.
    pub declared_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// Documents for a criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriterionEvidence {
    /// The criterion, by its id in the ladder.
    pub criterion: Line,
    /// What the documents show.
    pub statement: Note,
    /// When they were filed.
    pub filed_on: Date,
    /// The last day on which they count.
    pub valid_until: Option<Date>,
    /// When a second role accepted them, if one did.
    pub accepted_on: Option<Date>,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// A criterion that need not be met until a date.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waiver {
    /// The criterion, by its id in the ladder.
    pub criterion: Line,
    /// Why.
    pub reason: Note,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// All that was declared. Of a scope the last declaration counts; documents and waivers stand beside each other.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Declarations {
    /// The permits that are critical.
    pub permits: Option<Scope<PermitId>>,
    /// The policy measures that are relied on.
    pub measures: Option<Scope<PolicyMeasureId>>,
    /// Documents for criteria.
    pub evidence: Series<CriterionEvidence>,
    /// Waivers.
    pub waivers: Series<Waiver>,
}

impl Declarations {
    /// The permits that are critical, and what does not fit about the declaration.
    #[must_use]
    pub(super) fn permits_declared<F: Fact>(
        &mut self,
        permits: &[PermitId],
        none: Option<&Note>,
        live: &Live<F>,
    ) -> Option<FlagCode> {
        self.permits = Some(scope(permits, none, live));
        (permits.is_empty() == none.is_none()).then_some(FlagCode::PermitScopeUnclear)
    }

    /// The measures that are relied on, and what does not fit about the declaration.
    #[must_use]
    pub(super) fn measures_declared<F: Fact>(
        &mut self,
        measures: &[PolicyMeasureId],
        none: Option<&Note>,
        live: &Live<F>,
    ) -> Option<FlagCode> {
        self.measures = Some(scope(measures, none, live));
        (measures.is_empty() == none.is_none()).then_some(FlagCode::RelianceUnclear)
    }

    /// Documents for a criterion, and what does not fit about them.
    #[must_use]
    pub(super) fn evidenced<F: Fact>(
        &mut self,
        criterion: &Line,
        statement: &Note,
        valid_until: Option<Date>,
        live: &Live<F>,
    ) -> Option<FlagCode> {
        self.evidence.push(CriterionEvidence {
            criterion: criterion.clone(),
            statement: statement.clone(),
            filed_on: live.occurred_on(),
            valid_until,
            accepted_on: live.confirmed_on,
            fact_id: live.fact_id,
        });
        live.evidence.is_empty().then_some(FlagCode::CriterionWithoutDocument)
    }

    /// A waiver, and what does not fit about it.
    #[must_use]
    pub(super) fn waived<F: Fact>(&mut self, criterion: &Line, reason: &Note, until: Date, live: &Live<F>) -> Option<FlagCode> {
        let from = live.occurred_on();
        self.waivers.push(Waiver { criterion: criterion.clone(), reason: reason.clone(), from, until, fact_id: live.fact_id });
        until.certainly_before(from).then_some(FlagCode::WaiverEndsBeforeItBegins)
    }
}

fn scope<T: Copy, F: Fact>(things: &[T], none: Option<&Note>, live: &Live<F>) -> Scope<T> {
    Scope { things: things.to_vec(), none: none.cloned(), declared_on: live.occurred_on(), fact_id: live.fact_id }
}
