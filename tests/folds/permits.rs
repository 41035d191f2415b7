//! The life of a permit: where it stands, whose court the ball is in since when, what was determined, how long it took.

#![allow(clippy::unwrap_used, reason = "a test stops by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;
use chrono::{Days as CalendarDays, NaiveDate};
use projections::things::{ChallengeEnd, Days, FlagCode, Outcome, Permit, PermitState, Thing};
use proptest::prelude::*;
use schema::{
    Precision,
    permit::{DecidedBy, Party, PermitFact},
};

/// Where a permit stands on `on`: state and since when, party and since when.
fn standing(permit: &Thing<Permit>, on: &str) -> (PermitState, Option<String>, Option<(Party, String)>) {
    let state = permit.on(day(on));
    let court = state.court.map(|court| (court.party, court.since.to_string()));
    (state.state, state.state_since.map(|date| date.to_string()), court)
}

#[expect(clippy::unnecessary_wraps, reason = "what it stands beside may be none")]
fn exactly(count: i64) -> Option<Days> {
    Some(Days::exactly(count))
}

#[expect(clippy::unnecessary_wraps, reason = "what it stands beside may be none")]
fn between(count: i64, least: i64, most: i64) -> Option<Days> {
    Some(Days { count, least, most: Some(most) })
}

#[test]
fn a_permit_stands_where_its_last_fact_left_it_and_somebody_has_to_act() {
    use {Party as P, PermitState as S};
    let permit = permit(&life![
        "2024-01-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-05" PreApplicationOpened {},
        "2024-01-10" ApplicationSubmitted {},
        "2024-01-20" ApplicationReturned { "missing": ["a drawing", "the fee"] },
        "2024-01-30" ApplicationSubmitted {},
        "2024-02-05" ApplicationAccepted {},
        "2024-02-06" ClockStarted {},
        "2024-03-01" InformationRequested { "what": "a noise survey" },
        "2024-03-05" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-03-20" ClockStopped { "reason": "flood survey", "responsible": "other_authority" },
        "2024-04-01" InformationSupplied {},
        "2024-04-10" ClockResumed { "ground": "noise survey" },
        "2024-04-10" ClockResumed { "ground": "Flood  survey" },
        "2024-05-01" RecommendationMade { "recommendation": "grant" },
        "2024-06-01" PermitGranted { "conditions": [{ "reference": "1", "text": "a fence" }, { "reference": "2", "text": "bats" }] },
        "2024-06-10" ChallengeLodged { "kind": "judicial_review", "by": "third_party" },
        "2024-09-01" ChallengeDismissed { "kind": "judicial_review" },
        "2024-10-01" ConditionDischarged { "condition": "1" },
        "2024-11-01" ConditionBreached { "condition": "2", "what": "no bats" },
        "2024-12-01" ConditionDischarged { "condition": "2" },
        "2025-12-01" PermitSurrendered {},
    ]);
    assert_eq!(codes(&permit).len(), 0);
    for (on, state, since, court) in [
        ("2024-01-01", S::Identified, None, Some((P::Applicant, "2024-01-01"))),
        ("2024-01-05", S::PreApplication, Some("2024-01-05"), Some((P::Applicant, "2024-01-01"))),
        ("2024-01-19", S::Submitted, Some("2024-01-10"), Some((P::Authority, "2024-01-10"))),
        ("2024-01-20", S::Returned, Some("2024-01-20"), Some((P::Applicant, "2024-01-20"))),
        ("2024-01-30", S::Submitted, Some("2024-01-30"), Some((P::Authority, "2024-01-30"))),
        ("2024-02-05", S::Accepted, Some("2024-02-05"), Some((P::Authority, "2024-01-30"))),
        ("2024-02-06", S::InReview, Some("2024-02-06"), Some((P::Authority, "2024-01-30"))),
        ("2024-03-01", S::InReview, Some("2024-02-06"), Some((P::Applicant, "2024-03-01"))),
        ("2024-03-05", S::Stopped, Some("2024-03-05"), Some((P::Applicant, "2024-03-01"))),
        ("2024-03-20", S::Stopped, Some("2024-03-05"), Some((P::OtherAuthority, "2024-03-20"))),
        ("2024-04-09", S::Stopped, Some("2024-03-05"), Some((P::OtherAuthority, "2024-03-20"))),
        ("2024-04-10", S::InReview, Some("2024-04-10"), Some((P::Authority, "2024-04-10"))),
        ("2024-05-01", S::Recommended, Some("2024-05-01"), Some((P::Authority, "2024-04-10"))),
        ("2024-06-01", S::ConditionsOpen, Some("2024-06-01"), Some((P::Applicant, "2024-06-01"))),
        ("2024-06-10", S::Challenged, Some("2024-06-10"), Some((P::Court, "2024-06-10"))),
        ("2024-09-01", S::ConditionsOpen, Some("2024-09-01"), Some((P::Applicant, "2024-09-01"))),
        ("2024-11-01", S::ConditionsOpen, Some("2024-09-01"), Some((P::Applicant, "2024-09-01"))),
        ("2024-12-01", S::Closed, Some("2024-12-01"), None),
        ("2025-12-01", S::Surrendered, Some("2025-12-01"), None),
    ] {
        let expected = (state, since.map(str::to_owned), court.map(|(party, since)| (party, since.to_owned())));
        assert_eq!(standing(&permit, on), expected, "{on}");
    }
    let state = permit.state();
    assert_eq!((state.returns, state.missing.len()), (1, 0), "accepted as complete: nothing is missing any more");
    assert_eq!(state.conditions[1].breached_on, Some(date("2024-11-01")));
    assert_eq!(state.challenges[0].end, Some(ChallengeEnd::Dismissed));
    assert!(!state.is_open() && permit.on(day("2024-06-10")).is_open() && permit.on(day("2024-05-01")).is_open());
}

#[test]
fn an_application_ends_without_a_determination() {
    for (name, state) in [("ApplicationWithdrawn", PermitState::Withdrawn), ("ApplicationLapsed", PermitState::Lapsed)] {
        let submitted = ("2024-01-10", a!(ApplicationSubmitted {}));
        let ended = ("2024-03-10", fact::<PermitFact>(name, &serde_json::json!({})));
        let permit = permit(&history([submitted, ended]));
        assert_eq!(permit.state().state, state);
        assert_eq!((permit.state().court, permit.state().ended_on), (None, Some(date("2024-03-10"))));
        assert_eq!(permit.state().elapsed(day("2025-01-01")), exactly(60));
        assert!(!permit.state().is_open());
    }
}

#[test]
fn a_determination_on_appeal_supersedes_the_authoritys_refusal() {
    let permit = permit(&life![
        "2024-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-10" ApplicationSubmitted {},
        "2024-06-01" PermitRefused { "grounds": ["noise"] },
        "2024-07-01" ChallengeLodged { "kind": "appeal", "by": "applicant" },
        "2024-12-01" PermitGranted { "decided_by": "appeal" },
        "2024-12-01" ChallengeUpheld { "kind": "appeal" },
    ]);
    assert_eq!(codes(&permit).len(), 0);
    let counts = permit.state().determination().unwrap();
    assert_eq!((counts.outcome, counts.decided_by), (Outcome::Granted, DecidedBy::Appeal));
    assert_eq!(permit.state().determinations.len(), 2);
    assert_eq!(permit.state().state, PermitState::Decided);
    assert_eq!(permit.state().elapsed(day("2025-06-01")), exactly(143), "to the first determination");
    let before = permit.on(day("2024-11-30"));
    assert_eq!((before.state, before.determination().unwrap().outcome), (PermitState::Challenged, Outcome::Refused));
}

#[test]
fn a_ministers_decision_ends_the_appeal_that_was_pending() {
    for (outcome, end) in [("PermitRefused", ChallengeEnd::Dismissed), ("PermitGranted", ChallengeEnd::Upheld)] {
        let decided = fact::<PermitFact>(outcome, &serde_json::json!({ "decided_by": "minister" }));
        let mut acts = life![
            "2024-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
            "2024-01-10" ApplicationSubmitted {},
            "2024-06-01" PermitRefused {},
            "2024-07-01" ChallengeLodged { "kind": "appeal" },
        ];
        acts.push(stated(9, "2024-12-01", decided));
        let decided = permit(&acts);
        assert_eq!((decided.state().state, codes(&decided).len()), (PermitState::Decided, 0));
        let challenge = &decided.state().challenges[0];
        assert_eq!((challenge.end, challenge.ended_on, challenge.facts.len()), (Some(end), Some(date("2024-12-01")), 2));
        if end == ChallengeEnd::Dismissed {
            // The register says so too, a day later.
            acts.push(stated(10, "2024-12-02", a!(ChallengeDismissed { "kind": "appeal" })));
            let said = permit(&acts);
            assert_eq!((said.state().challenges.len(), codes(&said).len()), (1, 0));
            assert_eq!(said.state().challenges[0].ended_on, Some(date("2024-12-02")));
            acts.push(stated(11, "2024-12-03", a!(ChallengeDismissed { "kind": "appeal" })));
            assert_eq!(codes(&permit(&acts)), [FlagCode::ChallengeNotOpen].into());
        }
    }
}

#[test]
fn a_later_determination_overtakes_a_review_and_the_authoritys_does_not_end_an_appeal() {
    let overtaken = permit(&life![
        "2024-01-10" ApplicationSubmitted {},
        "2024-03-01" ChallengeLodged { "kind": "judicial_review" },
        "2024-06-01" PermitRefused {},
    ]);
    assert_eq!(overtaken.state().challenges[0].end, Some(ChallengeEnd::Overtaken));
    assert!(!overtaken.state().is_open() && overtaken.on(day("2024-05-31")).is_open());
    let appealed = permit(&life![
        "2024-01-10" ApplicationSubmitted {},
        "2024-03-01" ChallengeLodged { "kind": "appeal" },
        "2024-06-01" PermitRefused {},
    ]);
    assert_eq!((appealed.state().challenges[0].end, appealed.state().state), (None, PermitState::Challenged));
}

#[test]
fn what_a_source_says_without_a_date_closes_a_permit_and_gives_it_no_date() {
    let submitted = || {
        life![
            "2024-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
            "2024-01-10" ApplicationSubmitted {},
        ]
    };
    let report = |standing: &str| a!(PermitStandingReported { "standing": standing, "words": "as the source says" });
    for (standing, stands, outcome) in [
        ("open", PermitState::Submitted, None),
        ("granted", PermitState::Decided, Some(Outcome::Granted)),
        ("in_use", PermitState::Decided, Some(Outcome::Granted)),
        ("refused", PermitState::Decided, Some(Outcome::Refused)),
        ("closed", PermitState::ReportedOver, None),
    ] {
        let open = stands == PermitState::Submitted;
        let mut acts = submitted();
        acts.push(stated(9, "2024-08-05", report(standing)));
        let reported = permit(&acts);
        let state = reported.state();
        assert_eq!((state.state, state.is_open(), state.ended_on), (stands, open, None), "{standing}");
        assert_eq!((state.outcome(), state.state_since.is_some()), (outcome, open), "{standing}: nobody says since when");
        assert_eq!((state.determination(), state.court.is_some()), (None, open), "{standing}");
        assert_eq!(state.elapsed(day("2025-01-01")).is_some(), open, "a duration without an end is none");
        assert_eq!(codes(&reported).contains(&FlagCode::ReportedOtherwise), !open, "{standing}");
        assert!(reported.on(day("2024-08-04")).is_open());
        acts.push(stated(10, "2024-09-01", a!(PermitGranted {})));
        let later = permit(&acts);
        assert_eq!((later.state().reported.as_ref(), codes(&later).len()), (None, 0), "what happened later counts");
    }
}

#[test]
fn what_a_source_says_is_held_against_what_was_determined_and_challenged() {
    let flagged = |standing: &str, acts: Vec<Said<PermitFact>>| {
        let mut acts = acts;
        acts.push(stated(99, "2025-01-01", a!(PermitStandingReported { "standing": standing })));
        let permit = permit(&acts);
        let code = FlagCode::ReportedOtherwise;
        let flag = permit.flags().iter().find(|flag| flag.code == code).map(|flag| flag.facts.len());
        (flag, permit.state().is_open())
    };
    let granted = || life!["2024-01-10" ApplicationSubmitted {}, "2024-06-01" PermitGranted {}];
    let refused = || life!["2024-01-10" ApplicationSubmitted {}, "2024-06-01" PermitRefused {}];
    let reviewed = || {
        life![
            "2024-01-10" ApplicationSubmitted {},
            "2024-06-01" PermitGranted {},
            "2024-07-01" ChallengeLodged { "kind": "judicial_review" },
        ]
    };
    for (standing, of_granted, of_refused, of_reviewed) in [
        ("open", (Some(2), false), (Some(2), false), (None, true)),
        ("granted", (None, false), (Some(2), false), (Some(2), false)),
        ("in_use", (None, false), (Some(2), false), (Some(2), false)),
        ("refused", (Some(2), false), (None, false), (Some(2), false)),
        ("closed", (None, false), (None, false), (Some(2), false)),
    ] {
        assert_eq!(flagged(standing, granted()), of_granted, "{standing}, granted");
        assert_eq!(flagged(standing, refused()), of_refused, "{standing}, refused");
        assert_eq!(flagged(standing, reviewed()), of_reviewed, "{standing}, granted and under review");
    }
}

#[test]
fn the_appeals_word_counts_though_the_authoritys_bears_a_later_date() {
    let permit = permit(&life![
        "2024-01-10" ApplicationSubmitted {},
        "2024-06-01" PermitGranted { "decided_by": "appeal" },
        "2024-07-01" PermitRefused {},
    ]);
    assert_eq!(permit.state().determination().unwrap().decided_by, DecidedBy::Appeal);
}

#[test]
fn a_quashed_determination_counts_no_more_and_the_application_is_determined_again() {
    let acts = life![
        "2024-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-10" ApplicationSubmitted {},
        "2024-06-01" PermitGranted { "conditions": [{ "reference": "1", "text": "a fence" }] },
        "2024-07-01" ChallengeLodged { "kind": "judicial_review" },
        "2024-12-01" ChallengeUpheld { "kind": "judicial_review" },
        "2024-12-01" DeterminationQuashed {},
        "2025-01-01" RedeterminationOpened {},
        "2025-06-01" PermitRefused {},
    ];
    let permit = permit(&acts);
    assert_eq!(codes(&permit).len(), 0);
    let quashed = permit.on(day("2024-12-31"));
    assert_eq!((quashed.determination(), quashed.state, quashed.conditions.len()), (None, PermitState::Submitted, 0));
    assert_eq!(quashed.determinations[0].quashed_on, Some(date("2024-12-01")));
    let opened = permit.on(day("2025-01-01"));
    assert_eq!((opened.state, opened.court.unwrap().party), (PermitState::InReview, Party::Authority));
    assert!(quashed.is_open() && opened.is_open());
    assert_eq!(permit.state().determination().unwrap().outcome, Outcome::Refused);
    assert_eq!(permit.state().state, PermitState::Decided);
}

#[test]
fn a_challenge_upheld_makes_way_for_a_new_determination_without_a_quashing() {
    let permit = permit(&life![
        "2024-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-10" ApplicationSubmitted {},
        "2024-06-01" PermitRefused {},
        "2024-07-01" ChallengeLodged { "kind": "appeal" },
        "2024-12-01" ChallengeUpheld { "kind": "appeal" },
        "2025-01-01" RedeterminationOpened {},
        "2025-06-01" PermitGranted {},
    ]);
    assert_eq!(codes(&permit).len(), 0);
    assert_eq!(permit.on(day("2025-01-01")).state, PermitState::InReview);
    assert_eq!(permit.state().determination().unwrap().outcome, Outcome::Granted);
}

#[test]
fn an_application_after_a_withdrawal_is_accepted_anew_and_has_a_clock_of_its_own() {
    let mut life = life![
        "2024-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-10" ApplicationSubmitted { "reference": "A/1" },
        "2024-02-01" ApplicationAccepted {},
        "2024-02-01" ClockStarted {},
        "2024-03-01" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-04-01" ApplicationWithdrawn {},
        "2024-09-01" ApplicationSubmitted {},
    ];
    let anew = permit(&life);
    let state = anew.state();
    assert_eq!((state.accepted_on, state.clock_started_on), (None, None));
    assert_eq!(state.reference.as_ref().map(ToString::to_string).as_deref(), Some("A/1"), "it gave none of its own");
    life.push(stated(8, "2024-09-10", a!(ApplicationAccepted {})));
    life.push(stated(9, "2024-09-10", a!(ClockStarted {})));
    let permit = permit(&life);
    assert_eq!(codes(&permit), [].into());
    assert_eq!(permit.on(day("2024-09-20")).state, PermitState::InReview);
}

#[test]
fn an_application_can_be_withdrawn_while_it_is_determined_again() {
    let permit = permit(&life![
        "2024-01-10" ApplicationSubmitted {},
        "2024-06-01" PermitGranted {},
        "2024-12-01" DeterminationQuashed {},
        "2025-01-01" RedeterminationOpened {},
        "2025-02-01" ApplicationWithdrawn {},
    ]);
    assert_eq!(permit.state().state, PermitState::Withdrawn);
    assert_eq!(permit.state().ended_on, Some(date("2025-02-01")));
    assert_eq!(permit.state().first_ended_on(), Some(date("2024-06-01")));
}

#[test]
fn a_withdrawal_after_the_determination_is_flagged_and_the_determination_stands() {
    let permit =
        permit(&life!["2024-01-10" ApplicationSubmitted {}, "2024-06-01" PermitGranted {}, "2024-07-01" ApplicationWithdrawn {}]);
    assert_eq!((permit.state().state, permit.state().ended_on), (PermitState::Decided, None));
    assert!(codes(&permit).contains(&FlagCode::AlreadyDetermined));
}

#[test]
fn an_impossible_order_is_kept_and_flagged_and_belongs_in_no_duration() {
    let permit = permit(&life![
        "2023-01-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2023-06-01" PermitGranted {},
        "2024-01-10" ApplicationSubmitted {},
        "2024-01-10" ClockStarted {},
    ]);
    let flag = permit.flags().iter().find(|flag| flag.code == FlagCode::DecidedBeforeSubmission).unwrap();
    assert_eq!(flag.facts, [id(2), id(3)]);
    assert_eq!(permit.live().len(), 4);
    assert_eq!(permit.state().state, PermitState::Decided);
    let as_of = day("2025-01-01");
    assert_eq!((permit.state().elapsed(as_of), permit.state().used(as_of)), (None, None));
}

#[test]
fn retracting_the_submission_leaves_the_grant_flagged() {
    let mut acts = life!["2023-01-01" PermitIdentified { "title": "Plant", "instrument": "consent" }, "2024-01-10" ApplicationSubmitted {}, "2024-06-01" PermitGranted {}];
    acts.push(retracted(4, 2));
    let permit = permit(&acts);
    assert_eq!(permit.state().determination().unwrap().outcome, Outcome::Granted);
    assert_eq!(codes(&permit), [FlagCode::NotSubmitted].into());
    assert_eq!(permit.state().elapsed(day("2025-01-01")), None);
}

/// DOMAIN: limit 180 calendar days; on the 60th elapsed day, 30 of them stopped: 30 used, 150 left.
#[test]
fn on_the_60th_day_of_which_30_were_stopped_30_are_used() {
    let permit = permit(&life![
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-01-11" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-02-10" ClockResumed {},
    ]);
    let (permit, as_of) = (permit.state(), day("2024-03-01"));
    assert_eq!(permit.elapsed(as_of), exactly(60));
    assert_eq!(permit.stopped(as_of), exactly(30));
    assert_eq!(permit.used(as_of), exactly(30));
}

#[test]
fn elapsed_runs_from_the_submission_and_used_from_the_start_of_the_clock() {
    let permit = permit(&life!["2024-01-01" ApplicationSubmitted {}, "2024-02-01" ClockStarted {}]);
    let at = |text| (permit.state().elapsed(day(text)), permit.state().used(day(text)));
    assert_eq!(at("2024-03-01"), (exactly(60), exactly(29)));
    assert_eq!(at("2024-01-15"), (exactly(14), None));
    assert_eq!(at("2024-01-01"), (exactly(0), None));
    assert_eq!(at("2023-12-31"), (None, None));
    assert_eq!(permit.on(day("2024-01-15")).used(day("2024-03-01")), None, "no start of the clock");
}

#[test]
fn nothing_is_used_after_the_determination() {
    let permit = permit(&life![
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-01-21" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-01-31" PermitGranted {},
    ]);
    for as_of in ["2024-01-31", "2024-02-29", "2026-01-01"].map(day) {
        assert_eq!([permit.state().elapsed(as_of), permit.state().used(as_of)], [exactly(30), exactly(20)]);
        assert_eq!(permit.state().stopped(as_of), exactly(10));
    }
    assert_eq!(permit.state().elapsed(day("2024-01-11")), exactly(10), "asked for a day before");
}

#[test]
fn a_stop_logged_late_gives_the_clock_of_one_logged_in_time() {
    let in_time = life![
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-01-11" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-02-10" ClockResumed {},
        "2024-03-31" PermitGranted {},
    ];
    let late = [&in_time[..2], &in_time[4..], &in_time[3..4], &in_time[2..3]].concat();
    assert_eq!(permit(&late).state(), permit(&in_time).state());
    assert_eq!(permit(&late).flags(), permit(&in_time).flags());
    assert_eq!(permit(&late).state().used(day("2025-01-01")), exactly(60));
}

#[test]
fn a_duration_between_dates_not_known_to_the_day_is_not_exact() {
    let elapsed = |submitted, decided| {
        let facts = [(submitted, a!(ApplicationSubmitted {})), (submitted, a!(ClockStarted {})), (decided, a!(PermitRefused {}))];
        let permit = permit(&history(facts));
        let as_of = day("2026-01-01");
        assert_eq!(permit.state().elapsed(as_of), permit.state().used(as_of));
        permit.state().elapsed(as_of)
    };
    assert_eq!(elapsed("2024-01-31", "2024-02-29"), exactly(29));
    assert_eq!(elapsed("2023-12-31", "2024"), between(1, 1, 366));
    assert_eq!(elapsed("2023-Q4", "2024-03-01"), between(152, 61, 152));
    assert_eq!(elapsed("2023-12", "2023-12-10"), between(9, 0, 9));
    assert_eq!(date("2023-Q4").precision(), Precision::Quarter);
    let stopped = permit(&life![
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-02" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
    ]);
    assert_eq!(stopped.state().used(day("2024-03-01")), between(31, 0, 60));
    assert_eq!(stopped.state().elapsed(day("2024-03-01")), exactly(60));
}

const SPAN_DAYS: u64 = 60;

fn at(offset: u64) -> NaiveDate {
    day("2024-01-15") + CalendarDays::new(offset)
}

/// Stops and resumptions, by day and ground; of one ground there is at most one of a day.
fn interruptions() -> impl Strategy<Value = BTreeMap<(u64, u8), bool>> {
    prop::collection::btree_map((0..SPAN_DAYS, 0..3_u8), prop::bool::weighted(0.6), 0..12)
}

/// Day by day: is the clock stopped on any ground? The day of a stop is the first not counted, that of a resumption counts.
fn stopped_day_by_day(interruptions: &BTreeMap<(u64, u8), bool>, start: u64, end: u64) -> i64 {
    let mut stopped = BTreeSet::new();
    let mut count = 0;
    for today in 0..end {
        for ((_, ground), stops) in interruptions.range((today, 0)..=(today, u8::MAX)) {
            if *stops {
                stopped.insert(*ground)
            } else {
                stopped.remove(ground)
            };
        }
        count += i64::from(!stopped.is_empty() && today >= start);
    }
    count
}

proptest! {
    #[test]
    fn overlapping_stops_count_once(
        interruptions in interruptions(),
        start in 0..SPAN_DAYS,
        decided in prop::option::of(0..SPAN_DAYS),
        as_of in 0..SPAN_DAYS + 10,
    ) {
        let mut acts = vec![stated(1, &at(0).to_string(), a!(ApplicationSubmitted {}))];
        acts.push(stated(2, &at(start).to_string(), a!(ClockStarted {})));
        for (number, ((offset, ground), stops)) in (3..).zip(&interruptions) {
            let ground = format!("ground {ground}");
            let fact = if *stops {
                a!(ClockStopped { "reason": "a survey", "ground": ground, "responsible": "applicant" })
            } else {
                a!(ClockResumed { "ground": ground })
            };
            acts.push(stated(number, &at(*offset).to_string(), fact));
        }
        acts.extend(decided.map(|offset| stated(99, &at(offset).to_string(), a!(PermitRefused {}))));
        let permit = permit(&acts);
        let end = decided.filter(|decided| *decided <= as_of).unwrap_or(as_of);
        let expected = (start <= end).then(|| {
            let stopped = stopped_day_by_day(&interruptions, start, end);
            (stopped, i64::try_from(end - start).unwrap() - stopped)
        });
        let (state, as_of) = (permit.state(), at(as_of));
        let found = state.used(as_of).map(|used| (state.stopped(as_of).unwrap().count, used.count));
        prop_assert_eq!(found, expected);
    }
}

/// Two stops on two grounds: what ends one leaves the other.
fn stopped_twice(resumption: PermitFact) -> Thing<Permit> {
    let mut acts = life![
        "2023-12-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-02-01" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-02-15" ClockStopped { "reason": "flood survey", "ground": "flood", "responsible": "other_authority" },
    ];
    acts.push(stated(6, "2024-03-01", resumption));
    permit(&acts)
}

#[test]
fn a_resumption_ends_the_stop_or_the_ground_that_it_names_and_no_other() {
    let used = |permit: &Thing<Permit>| permit.state().used(day("2024-03-11"));
    let open = |permit: &Thing<Permit>| {
        let stops = permit.state().stops.iter().filter(|stop| stop.until.is_none());
        stops.map(|stop| stop.fact_id).collect::<Vec<_>>()
    };
    for (named, left, party) in [
        (a!(ClockResumed { "stop": id(4) }), 5, Party::OtherAuthority),
        (a!(ClockResumed { "ground": "Noise survey" }), 5, Party::OtherAuthority),
        (a!(ClockResumed { "stop": id(5) }), 4, Party::Applicant),
        (a!(ClockResumed { "ground": "flood" }), 4, Party::Applicant),
    ] {
        let permit = stopped_twice(named);
        assert_eq!((codes(&permit), open(&permit)), ([].into(), vec![id(left)]));
        assert_eq!(used(&permit), exactly(31), "41, if both had ended");
        assert_eq!((permit.state().state, permit.state().court.unwrap().party), (PermitState::Stopped, party));
    }
}

#[test]
fn a_resumption_that_names_nothing_while_several_grounds_stand_is_flagged_and_ends_the_longest() {
    let permit = stopped_twice(a!(ClockResumed {}));
    assert_eq!(codes(&permit), [FlagCode::ResumptionUnclear].into());
    assert_eq!(permit.state().stops[0].until, Some(date("2024-03-01")));
    assert_eq!((permit.state().stops[1].until, permit.state().used(day("2024-03-11"))), (None, exactly(31)));
}

#[test]
fn a_resumption_that_names_nothing_ends_the_one_ground_there_is() {
    let permit = permit(&life![
        "2023-12-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-02-01" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-02-11" ClockResumed {},
    ]);
    assert_eq!((codes(&permit), permit.state().state), ([].into(), PermitState::InReview));
    assert_eq!(permit.state().used(day("2024-03-01")), exactly(50));
}

#[test]
fn a_stop_whose_resumption_bears_an_earlier_date_never_stood_and_is_flagged() {
    let permit = permit(&life![
        "2023-12-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-01" ApplicationSubmitted {},
        "2024-01-01" ClockStarted {},
        "2024-02-20" ClockStopped { "reason": "noise survey", "responsible": "applicant" },
        "2024-02-11" ClockResumed { "stop": "00000000-0000-0000-0000-000000000004" },
    ]);
    assert_eq!((codes(&permit), permit.state().state), ([FlagCode::ClockNotStopped].into(), PermitState::InReview));
    assert_eq!(permit.state().used(day("2024-03-01")), exactly(60));
}

#[test]
fn the_end_of_a_challenge_is_that_of_the_challenge_that_it_names() {
    let acts = |challenge: Option<u128>| {
        let challenge = challenge.map(id);
        let mut acts = life![
            "2023-12-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
            "2024-01-01" ApplicationSubmitted {},
            "2024-06-01" PermitGranted {},
            "2024-07-01" ChallengeLodged { "kind": "judicial_review", "by": "third_party" },
            "2024-07-02" ChallengeLodged { "kind": "judicial_review", "by": "applicant" },
        ];
        acts.push(stated(6, "2024-09-01", a!(ChallengeDismissed { "kind": "judicial_review", "challenge": challenge })));
        permit(&acts)
    };
    let ends = |permit: &Thing<Permit>| permit.state().challenges.iter().map(|challenge| challenge.end).collect::<Vec<_>>();
    let second = acts(Some(5));
    assert_eq!(ends(&second), [None, Some(ChallengeEnd::Dismissed)]);
    assert_eq!(codes(&second), [FlagCode::ChallengedTwice].into());
    assert_eq!(ends(&acts(Some(4))), [Some(ChallengeEnd::Dismissed), None]);
    let unclear = acts(None);
    assert_eq!(ends(&unclear), [Some(ChallengeEnd::Dismissed), None]);
    assert_eq!(codes(&unclear), [FlagCode::ChallengedTwice, FlagCode::ChallengeUnclear].into());
    assert!(second.state().is_open(), "the other is pending");
}

#[test]
fn what_is_supplied_answers_the_request_that_it_names_and_leaves_it_open_where_something_is_missing() {
    let acts = |complete: Option<bool>| {
        let mut acts = life![
            "2023-12-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
            "2024-01-01" ApplicationSubmitted {},
            "2024-02-01" InformationRequested { "what": "a noise survey" },
        ];
        acts.push(stated(4, "2024-03-01", a!(InformationSupplied { "request": id(3), "complete": complete })));
        permit(&acts).state().court.unwrap().party
    };
    assert_eq!(acts(Some(false)), Party::Applicant);
    assert_eq!([acts(None), acts(Some(true))], [Party::Authority; 2]);
}

#[test]
fn what_expired_without_a_determination_took_nobody_knows_how_long() {
    for ended in ["PermitExpired", "PermitSurrendered"] {
        let ended = fact::<PermitFact>(ended, &serde_json::json!({}));
        let facts = [("2019-05-03", a!(ApplicationSubmitted {})), ("2019-06-03", a!(ClockStarted {})), ("2022-05-03", ended)];
        let permit = permit(&history(facts));
        let as_of = day("2026-01-01");
        assert_eq!((permit.state().elapsed(as_of), permit.state().used(as_of)), (None, None));
        assert_eq!(permit.on(day("2022-05-02")).elapsed(day("2022-05-02")), exactly(1095), "it ran until then");
    }
}

#[test]
fn what_was_withdrawn_and_determined_later_ended_when_it_was_withdrawn() {
    let permit = permit(&life![
        "2019-01-01" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2019-01-01" ApplicationSubmitted {},
        "2019-01-01" ClockStarted {},
        "2019-03-02" ApplicationWithdrawn {},
        "2019-12-01" PermitGranted {},
    ]);
    let as_of = day("2026-01-01");
    assert_eq!(permit.state().elapsed(as_of), exactly(60));
    assert_eq!(permit.state().used(as_of), exactly(60));
    assert_eq!((permit.state().ended_on, permit.state().state), (None, PermitState::Decided));
    assert!(codes(&permit).contains(&FlagCode::ApplicationOver));
}

#[test]
fn after_a_quashing_elapsed_goes_on_from_the_submission() {
    let permit = permit(&life![
        "2024-01-01" ApplicationSubmitted {},
        "2024-03-01" PermitGranted {},
        "2024-07-01" DeterminationQuashed {},
        "2024-12-31" PermitRefused {},
    ]);
    assert_eq!(permit.on(day("2024-06-30")).elapsed(day("2024-06-30")), exactly(60));
    assert_eq!(permit.on(day("2024-08-01")).elapsed(day("2024-08-01")), exactly(213), "it is pending again");
    assert_eq!(permit.state().elapsed(day("2026-01-01")), exactly(365));
    assert_eq!(permit.state().elapsed(day("2024-05-01")), exactly(60), "on that day it stood");
}

#[test]
fn a_grant_of_the_year_of_the_submission_took_between_nothing_and_the_rest_of_the_year() {
    let permit = permit(&life!["2019-05-03" ApplicationSubmitted {}, "2019-06-03" ClockStarted {}, "2019" PermitGranted {}]);
    assert!(!codes(&permit).contains(&FlagCode::DecidedBeforeSubmission));
    assert_eq!(permit.state().elapsed(day("2026-01-01")), between(0, 0, 242));
    assert_eq!(permit.state().used(day("2026-01-01")), between(0, 0, 211));
    assert_eq!(permit.state().elapsed(day("2019-08-01")), between(0, 0, 90), "no longer than until the day asked for");
}

#[test]
fn a_clock_that_starts_before_the_submission_is_flagged_and_belongs_in_no_duration() {
    let started = |on: &'static str, submitted: &'static str| {
        permit(&history([(on, a!(ClockStarted {})), (submitted, a!(ApplicationSubmitted {}))]))
    };
    let early = started("2024-01-01", "2024-02-01");
    assert!(codes(&early).contains(&FlagCode::NotSubmitted));
    assert_eq!((early.state().used(day("2024-03-01")), early.state().elapsed(day("2024-03-01"))), (None, exactly(29)));
    // Where the dates leave it open, no more is used than has elapsed.
    let open = started("2024", "2024-02");
    assert!(!codes(&open).contains(&FlagCode::NotSubmitted));
    let (used, elapsed) = (open.state().used(day("2025-03-01")), open.state().elapsed(day("2025-03-01")));
    assert_eq!(elapsed, between(394, 366, 394));
    assert_eq!(used, between(394, 60, 394));
}

#[test]
fn a_permit_stands_as_decided_since_the_determination_that_counts() {
    let permit = permit(&life![
        "2018-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2018-01-10" ApplicationSubmitted {},
        "2019-06-01" PermitRefused {},
        "2020-05-01" PermitGranted { "decided_by": "appeal" },
    ]);
    assert_eq!((permit.state().state, permit.state().state_since), (PermitState::Decided, Some(date("2020-05-01"))));
    assert_eq!(permit.on(day("2019-12-31")).state_since, Some(date("2019-06-01")));
}

#[test]
fn an_authority_that_determines_what_an_appeal_has_determined_is_flagged_unless_way_was_made_for_it() {
    let acts = || {
        life![
            "2018-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
            "2018-01-10" ApplicationSubmitted {},
            "2018-06-01" PermitRefused {},
            "2018-07-01" ChallengeLodged { "kind": "appeal" },
            "2019-02-01" PermitRefused { "decided_by": "appeal" },
        ]
    };
    let mut after = acts();
    after.push(stated(6, "2020-02-01", a!(PermitGranted {})));
    let after = permit(&after);
    assert!(codes(&after).contains(&FlagCode::DecidedAfterAppeal));
    assert_eq!(after.state().outcome(), Some(Outcome::Refused));
    assert_eq!(after.state().state_since, Some(date("2019-02-01")), "the determination that counts");
    // A court makes way for it.
    let mut anew = acts();
    anew.push(stated(6, "2019-03-01", a!(ChallengeLodged { "kind": "judicial_review" })));
    anew.push(stated(7, "2019-09-01", a!(ChallengeUpheld { "kind": "judicial_review" })));
    anew.push(stated(8, "2020-02-01", a!(PermitGranted {})));
    let anew = permit(&anew);
    assert_eq!((codes(&anew).len(), anew.state().outcome()), (0, Some(Outcome::Granted)));
    // An appeal of which nobody knows when it was lodged has led to a determination all the same (rows 914 and 1008 of the
    // planning register, 2024 Q2).
    let unlodged = permit(&life![
        "2008-05-14" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2008-05-14" ApplicationSubmitted {},
        "2011-05-19" PermitGranted { "decided_by": "appeal" },
        "2011-05-19" ChallengeUpheld { "kind": "appeal" },
        "2012-07-10" PermitRefused {},
    ]);
    assert!(codes(&unlodged).contains(&FlagCode::DecidedAfterAppeal));
    assert_eq!(unlodged.state().outcome(), Some(Outcome::Granted));
    // The day of the appeal that a register copies into the authority's is no second determination.
    let mut copied = acts();
    copied.push(stated(6, "2019-02-01", a!(PermitRefused {})));
    assert!(!codes(&permit(&copied)).contains(&FlagCode::DecidedAfterAppeal));
}

#[test]
fn what_a_register_reports_as_granted_is_granted_though_nothing_else_is_known() {
    let identified = ("2019-01-01", a!(PermitIdentified { "title": "Plant", "instrument": "consent" }));
    let reported = ("2024-08-05", a!(PermitStandingReported { "standing": "granted" }));
    let permit = permit(&history([identified, reported]));
    let state = permit.state();
    assert_eq!((state.state, state.outcome(), state.is_open()), (PermitState::Decided, Some(Outcome::Granted), false));
    assert_eq!((state.grant(), state.state_since), (Ok(id(2)), None));
}

#[test]
fn a_condition_that_is_breached_after_its_discharge_is_open_again() {
    let permit = permit(&life![
        "2023-01-10" PermitIdentified { "title": "Plant", "instrument": "consent" },
        "2024-01-10" ApplicationSubmitted {},
        "2024-06-01" PermitGranted { "conditions": [{ "reference": "1", "text": "a fence" }] },
        "2024-07-01" ConditionDischarged { "condition": "1" },
        "2024-09-01" ConditionBreached { "condition": "1", "what": "the fence is gone" },
        "2024-10-01" ConditionDischarged { "condition": "1" },
    ]);
    let stands = |on: &str| permit.on(day(on)).state;
    assert_eq!(stands("2024-08-31"), PermitState::Closed);
    assert_eq!(stands("2024-09-01"), PermitState::ConditionsOpen);
    assert_eq!((stands("2024-10-01"), codes(&permit).len()), (PermitState::Closed, 0));
}
