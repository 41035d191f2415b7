//! A permit's facts as what happened to its application.

use schema::{
    Date, EventId, Line,
    permit::{ChallengeUpheld, PermitFact},
};

use super::happening::{FactKey, Happening, What};

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
