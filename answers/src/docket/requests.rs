//! Which requests for information are open.

use chrono::NaiveDate;
use projections::things::{Permit, Thing};
use schema::{
    Date, EventId, Note,
    permit::{InformationSupplied, PermitFact},
};

/// A request for information that has not been answered in full.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<'a> {
    /// The fact that asked.
    pub fact: EventId,
    /// When it was asked.
    pub asked_on: Date,
    /// Until when it is to be answered, where the request says so.
    pub due_on: Option<Date>,
    /// What is asked for.
    pub what: &'a Note,
}

/// The requests of `permit` that are open on `day`, the first that was made first.
///
/// An answer ends the request that it names or, where it names none, the first; one that is not complete ends none.
#[must_use]
pub fn open_requests(permit: &Thing<Permit>, day: NaiveDate) -> Vec<Request<'_>> {
    let mut open: Vec<Request<'_>> = Vec::new();
    for live in permit.live().iter().filter(|live| live.occurred_on().first() <= day) {
        match live.fact() {
            PermitFact::InformationRequested(requested) => open.push(Request {
                fact: live.fact_id,
                asked_on: live.occurred_on(),
                due_on: requested.due_on,
                what: &requested.what,
            }),
            PermitFact::InformationSupplied(InformationSupplied { request, complete, .. }) if *complete != Some(false) => {
                let answered = request.map_or(Some(0), |fact| open.iter().position(|request| request.fact == fact));
                if let Some(answered) = answered.filter(|at| *at < open.len()) {
                    open.remove(answered);
                }
            }
            _ => {}
        }
    }
    open
}
