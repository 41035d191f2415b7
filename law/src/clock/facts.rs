//! A permit's facts as what happened to its application.

use std::collections::HashMap;

use chrono::NaiveDate;
use schema::{
    Date, EventId, Line,
    permit::{ChallengeUpheld, PermitFact},
};

use super::happening::{Application, FactKey, Happening, What};

/// A fact of a permit that counts, as whoever asks sees it.
#[derive(Debug, Clone, Copy)]
pub struct FactOf<'a> {
    /// Its id.
    pub id: EventId,
    /// When it occurred.
    pub on: Date,
    /// Whether it is taken, and flagged, where the law has no room for it: from a register, or by an override.
    pub insisted: bool,
    /// What it says.
    pub fact: &'a PermitFact,
}

impl Application {
    /// The application that a permit's facts tell of, in the order in which they stand; `today` is the day asked. A fact is
    /// called by its place among them.
    ///
    /// None, where no regime and case is named by that day. The place is that of the jurisdiction; where it is not known, the
    /// law gives no answer as soon as days off matter.
    #[must_use]
    pub fn of_permit(facts: &[FactOf<'_>], today: NaiveDate) -> Option<Self> {
        let places: HashMap<EventId, usize> = facts.iter().enumerate().map(|(at, fact)| (fact.id, at)).collect();
        let key_of = |id: EventId| places.get(&id).copied().map(FactKey);
        let happening = |(at, told): (usize, &FactOf<'_>)| {
            let happening = Happening::of(told.fact, FactKey(at), told.on, key_of)?;
            Some(Happening { sequence: u16::try_from(at).unwrap_or(u16::MAX), insisted: told.insisted, ..happening })
        };
        let identified = facts.iter().find_map(|told| match told.fact {
            PermitFact::PermitIdentified(identified) => Some(identified),
            _ => None,
        });
        let named = identified.and_then(|identified| Some((identified.regime.as_ref()?, identified.case.as_ref()?)));
        let determined = || {
            facts.iter().find_map(|told| match told.fact {
                PermitFact::RegimeDetermined(determined) if told.on.first() <= today => {
                    Some((&determined.regime, &determined.case))
                }
                _ => None,
            })
        };
        let (regime, case) = named.or_else(determined)?;
        let jurisdiction = identified.and_then(|identified| identified.jurisdiction.as_ref());
        Some(Self {
            regime: regime.to_string(),
            case: case.to_string(),
            places: jurisdiction.into_iter().map(ToString::to_string).collect(),
            happenings: facts.iter().enumerate().filter_map(happening).collect(),
        })
    }
}

impl Happening {
    /// What a permit's fact is to a clock; nothing, where no clock asks about facts of its type.
    ///
    /// `key_of` says what the caller calls the fact that another names. Neither the sequence nor an override is set.
    pub fn of(fact: &PermitFact, key: FactKey, on: Date, key_of: impl Fn(EventId) -> Option<FactKey>) -> Option<Self> {
        let what = what(fact, &key_of)?;
        Some(Self { key, on, sequence: 0, insisted: false, what })
    }
}

fn text(line: Option<&Line>) -> Option<String> {
    line.map(ToString::to_string)
}

fn what(fact: &PermitFact, key_of: &dyn Fn(EventId) -> Option<FactKey>) -> Option<What> {
    let key = |id: Option<EventId>| id.and_then(key_of);
    let determined = |announced_on: Option<Date>, deemed| What::Determined { announced_on, deemed };
    Some(match fact {
        PermitFact::ApplicationSubmitted(fact) => What::Submitted { received_on: fact.received_on },
        PermitFact::ApplicationAmended(fact) => What::Amended { material: fact.material },
        PermitFact::ApplicationReturned(_) => What::Returned,
        PermitFact::ApplicationAccepted(_) => What::Accepted,
        PermitFact::ClockStarted(_) => What::ClockStarted,
        PermitFact::InformationRequested(fact) => {
            What::InformationRequested { ground: text(fact.ground.as_ref()), due_on: fact.due_on }
        }
        PermitFact::InformationSupplied(fact) => {
            What::InformationSupplied { request: key(fact.request), complete: fact.complete }
        }
        PermitFact::ClockStopped(fact) => What::Stopped { ground: text(fact.ground.as_ref()), responsible: fact.responsible },
        PermitFact::ClockResumed(fact) => What::Resumed { stop: key(fact.stop), ground: text(fact.ground.as_ref()) },
        PermitFact::DeadlineExtended(fact) => {
            What::Extended { limit: text(fact.limit.as_ref()), ground: text(fact.ground.as_ref()), by: fact.by, to: fact.to }
        }
        PermitFact::LimitReplaced(fact) => What::Replaced { limit: fact.limit.to_string(), by: fact.by, to: fact.to },
        PermitFact::DeadlinePublished(fact) => What::Published { limit: fact.limit.to_string(), deadline: fact.deadline },
        PermitFact::ProcedureStepTaken(fact) => What::Step(fact.step.to_string()),
        PermitFact::RegimeDetermined(fact) => {
            What::RegimeDetermined { regime: fact.regime.to_string(), case: fact.case.to_string() }
        }
        PermitFact::ConsultationOpened(_) => What::ConsultationOpened,
        PermitFact::ConsultationClosed(_) => What::ConsultationClosed,
        PermitFact::RecommendationMade(_) => What::Recommended,
        PermitFact::PermitGranted(fact) => determined(fact.announced_on, false),
        PermitFact::PermitPartlyGranted(fact) => determined(fact.announced_on, false),
        PermitFact::PermitRefused(fact) => determined(fact.announced_on, false),
        PermitFact::PermitDeemedGranted(fact) => determined(fact.announced_on, true),
        PermitFact::ApplicationWithdrawn(_) => What::Withdrawn,
        PermitFact::ApplicationLapsed(_) => What::Lapsed,
        PermitFact::ChallengeLodged(fact) => What::ChallengeLodged { kind: fact.kind, by: fact.by },
        PermitFact::ChallengeWithdrawn(fact) => What::ChallengeEnded { challenge: key(fact.challenge) },
        PermitFact::ChallengeDismissed(fact) => What::ChallengeEnded { challenge: key(fact.challenge) },
        PermitFact::ChallengeUpheld(ChallengeUpheld { challenge, relief, .. }) => {
            What::ChallengeUpheld { challenge: key(*challenge), relief: *relief }
        }
        PermitFact::DeterminationQuashed(fact) => What::Quashed { in_part: fact.in_part == Some(true) },
        PermitFact::RedeterminationOpened(_) => What::RedeterminationOpened,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use schema::permit::{ApplicationSubmitted, PermitSurrendered};

    use super::*;

    #[test]
    fn a_submission_is_known_by_its_receipt_and_a_surrender_is_nothing_to_a_clock() {
        let on: Date = "2025-02-27".parse().unwrap();
        let received_on = Some("2025-03-03".parse().unwrap());
        let submitted = PermitFact::ApplicationSubmitted(ApplicationSubmitted { reference: None, received_on });
        let happening = Happening::of(&submitted, FactKey(7), on, |_| None).unwrap();
        assert_eq!(happening.what, What::Submitted { received_on });
        assert_eq!((happening.key, happening.on), (FactKey(7), on));
        let surrendered = PermitFact::PermitSurrendered(PermitSurrendered {});
        assert_eq!(Happening::of(&surrendered, FactKey(8), on, |_| None), None);
    }
}
