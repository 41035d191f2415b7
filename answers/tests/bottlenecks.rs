//! The measures of DOMAIN §6 on small sets of permits, worked out by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../../tests/folds/support/mod.rs"]
mod support;

use answers::bottlenecks::{
    Ageing, Basis, ByLaw, Completeness, Ending, Flow, Kinds, OnTime, Passage, Reason, StoppedBy, Timing, Watch, Way, ageing,
    completeness, durations, dwell, flow, forecast, on_time, reason, sentence, stopped, table,
};
use chrono::Days;
use projections::things::PermitState;
use schema::permit::{Party, PermitFact};

use crate::support::{Said, day, permit, stated};

const TODAY: &str = "2026-01-01";

fn passage(acts: &[Said<PermitFact>]) -> Passage {
    let permit = permit(acts);
    let watch = Watch { from: None, until: day(TODAY), is_edition: false };
    Passage::of(&permit, permit.state(), day(TODAY), watch, ByLaw::default())
}

/// An application of 1 January 2025 that ended after so many days, by the fact that `ending` is.
fn ended(days: u64, ending: PermitFact) -> Passage {
    let on = (day("2025-01-01") + Days::new(days)).to_string();
    let identified = a!(PermitIdentified { "title": "Hall", "instrument": "planning permission" });
    let submitted = a!(ApplicationSubmitted {});
    passage(&[stated(1, "2024-12-01", identified), stated(2, "2025-01-01", submitted), stated(3, &on, ending)])
}

fn granted(days: u64) -> Passage {
    ended(days, a!(PermitGranted {}))
}

/// An application that is open for so many days today.
fn open(days: u64) -> Passage {
    let on = (day(TODAY) - Days::new(days)).to_string();
    let identified = a!(PermitIdentified { "title": "Hall", "instrument": "Planning  permission" });
    passage(&[stated(1, &on, identified), stated(2, &on, a!(ApplicationSubmitted {}))])
}

#[test]
fn durations_are_those_of_what_has_ended_and_say_what_they_leave_out() {
    let mut passages: Vec<_> = [50, 10, 30, 20, 40, 60].map(granted).into();
    passages.push(open(900));
    passages.push(passage(&life!["2025-01-01" PermitIdentified { "title": "No submission", "instrument": "lease" },
        "2025-03-01" PermitGranted {}]));
    passages.push(passage(&life!["2024-01-01" PermitIdentified { "title": "Backwards", "instrument": "lease" },
        "2025-03-01" ApplicationSubmitted {}, "2025-02-01" PermitGranted {}]));
    let found = durations(&passages);
    // Of 10, 20, 30, 40, 50, 60: three do not exceed 30, five (4.8) do not exceed 50, six (5.4) do not exceed 60.
    assert_eq!((found.median, found.p80, found.p90), (Some(30), Some(50), Some(60)));
    assert_eq!((found.n, found.exact, found.undated, found.impossible), (6, 6, 1, 1));
    assert_eq!(found.dated(), Some(7.0 / 8.0));
    assert_eq!(durations(&passages[..4]).median, None, "few");
}

#[test]
fn what_is_open_is_lost_from_sight_and_outcomes_compete() {
    let mut passages: Vec<_> = [10, 20, 30].map(granted).into();
    passages.push(ended(20, a!(ApplicationWithdrawn {})));
    passages.push(open(25));
    let basis = Basis::of(&passages);
    // Day 10: 4/5. Day 20: two of four, so 2/5. Day 25: one lost. Day 30: the last of one.
    assert_eq!(basis.survival.at(10), Some(0.8));
    assert!((basis.survival.at(20).unwrap() - 0.4).abs() < 1e-12);
    assert_eq!(basis.survival.at(30), Some(0.0));
    assert_eq!((basis.table.n, basis.table.events(), basis.table.censored()), (5, 4, 1));
    // Granted: 1/5 + 4/5·1/4 + 2/5·1/1. Withdrawn: 4/5·1/4.
    assert!((basis.incidence.total(Ending::Granted) - 0.8).abs() < 1e-12);
    assert!((basis.incidence.total(Ending::Withdrawn) - 0.2).abs() < 1e-12);
}

#[test]
fn what_ended_before_its_source_began_to_observe_is_not_seen() {
    let mut late = granted(90);
    late.watch.from = Some(day("2025-03-02"));
    let mut unseen = granted(30);
    unseen.watch.from = Some(day("2025-03-02"));
    let mut passages = vec![late.clone(), unseen];
    passages.extend((0..4).map(|_| late.clone()));
    let table = table(&passages);
    assert_eq!((table.starts_at, table.n, table.events()), (Some(60), 5, 5), "60 days after the submission");
}

#[test]
fn a_decision_is_in_time_strictly_or_as_extended() {
    let timing = |strict, extended| Passage { timing: Some(Timing { strict, extended }), ..granted(30) };
    let passages = [timing(true, true), timing(false, true), timing(false, true), timing(false, false), granted(5), open(5)];
    let found = on_time(&passages);
    assert_eq!(found, OnTime { strict: 1, extended: 3, known: 4, of: 5 });
    assert_eq!((found.strict_share(), found.extended_share(), found.masking_gap()), (Some(0.25), Some(0.75), Some(0.5)));
}

#[test]
fn days_that_stood_still_count_once_and_lie_with_a_party() {
    let passages = [
        passage(&life!["2025-01-01" PermitIdentified { "title": "Hall", "instrument": "lease" },
            "2025-01-01" ApplicationSubmitted {}, "2025-01-11" ClockStarted {},
            "2025-01-21" ClockStopped { "reason": "more information", "responsible": "applicant" },
            "2025-01-26" ClockStopped { "reason": "a survey", "responsible": "third_party" },
            "2025-01-31" ClockResumed { "ground": "more information" }, "2025-02-05" ClockResumed {},
            "2025-04-11" PermitGranted {}]),
        open(100),
    ];
    let found = stopped(&passages);
    // From 21 to 31 January 10 days with the applicant; the survey has the 5 after that. 100 days elapsed in each.
    assert_eq!((found.days, found.elapsed_days, found.permits, found.n), (15, 200, 1, 2));
    let by = |party, ground: &str, days| StoppedBy { party, ground: ground.into(), days, permits: 1 };
    assert_eq!(found.by, [by(Party::Applicant, "more information", 10), by(Party::ThirdParty, "a survey", 5)]);
    assert_eq!(found.share(), Some(0.075));
}

#[test]
fn completeness_costs_the_days_to_the_first_acceptance_and_the_stops_for_it() {
    let passages = [
        passage(&life!["2025-01-01" PermitIdentified { "title": "Hall", "instrument": "lease" },
            "2025-01-01" ApplicationSubmitted {}, "2025-01-11" ApplicationReturned { "missing": ["a plan"] },
            "2025-01-21" ApplicationSubmitted {}, "2025-01-31" ApplicationAccepted {}, "2025-01-31" ClockStarted {},
            "2025-02-10" ClockStopped { "reason": "not complete", "ground": "incomplete", "responsible": "applicant" },
            "2025-02-15" ClockResumed {}]),
        open(100),
    ];
    let found = completeness(&passages);
    // 30 days from 1 to 31 January, and 5 in February.
    assert_eq!(found, Completeness { median: None, days: 35, known: 1, of: 2, returns: 1, returned: 1 });
}

#[test]
fn flow_is_counted_over_the_twelve_months_up_to_the_day_asked() {
    // Submitted on 1 January 2025: a day before the twelve months; four ended in them.
    let mut passages: Vec<_> = [10, 20, 30, 40].map(granted).into();
    passages.extend([open(364), open(10), open(800)]);
    let found = flow(&passages, day(TODAY));
    assert_eq!(found, Flow { open: 3, arrivals: 2, endings: 4 });
    assert_eq!((found.clearance_months(), found.clearance_rate(), found.net_backlog()), (Some(9.0), Some(2.0), -2));
    assert_eq!(flow(&passages[4..], day(TODAY)).clearance_months(), None, "nothing ended");
    // A register that was last published on 1 February 2025 tells of the twelve months up to then.
    for passage in &mut passages {
        passage.watch = Watch { from: None, until: day("2025-02-01"), is_edition: true };
    }
    assert_eq!(flow(&passages[..4], day(TODAY)), Flow { open: 0, arrivals: 4, endings: 3 }, "the fourth on 10 February");
}

#[test]
fn ageing_is_what_is_past_the_age_by_which_most_of_its_kind_have_ended() {
    let mut passages: Vec<_> = (1..=20).map(|tens| granted(tens * 10)).collect();
    // S(170) = 3/20 = 0.15: P85 is 170 days, the median 100.
    passages.extend([open(171), open(170), open(5)]);
    let ended = passages[..20].to_vec();
    let found = ageing(&passages[20..], &Kinds::of(&ended));
    assert_eq!(found, Ageing { ageing: 1, known: 3, open: 3, days_beyond_median: 71 + 70 });
    assert_eq!(ageing(&passages[20..], &Kinds::default()), Ageing { open: 3, ..Ageing::default() }, "nothing is known of it");
}

#[test]
fn a_forecast_is_what_those_that_came_so_far_went_on_to_do() {
    let mut wide: Vec<_> = (1..=10).map(|tens| granted(tens * 10)).collect();
    wide.extend((1..=10).map(|tens| ended(tens * 10, a!(PermitRefused {}))));
    let narrow = Basis::of(&wide[..4]);
    let wide = Basis::of(&wide);
    let found = forecast(50, &[&narrow, &wide]).unwrap();
    // Ten of twenty last longer than 50 days: 60, 60, 70, 70, 80, 80 … Five have ended by 80, eight by 90.
    assert_eq!((found.group, found.p50, found.p80), (1, Some(30), Some(40)));
    // Those that end on day 50 are still at risk before it.
    assert_eq!((found.at_risk, found.events), (12, 10));
    assert!((found.grants.unwrap() - 0.5).abs() < 1e-12);
    assert_eq!(forecast(85, &[&narrow, &wide]), None, "four came so far");
}

#[test]
fn a_stay_in_a_state_is_over_when_another_begins() {
    let one = permit(&life!["2025-01-01" PermitIdentified { "title": "Hall", "instrument": "lease" },
        "2025-02-01" ApplicationSubmitted {}, "2025-02-11" ApplicationReturned { "missing": ["a plan"] },
        "2025-02-21" ApplicationSubmitted {}, "2025-03-01" ApplicationAccepted {}, "2025-05-30" PermitGranted {}]);
    let other = permit(&life!["2025-12-01" PermitIdentified { "title": "Hall", "instrument": "lease" },
        "2025-12-22" ApplicationSubmitted {}]);
    let found = dwell([&one, &other], day(TODAY));
    let figures: Vec<_> = found.iter().map(|dwell| (dwell.state, dwell.n, dwell.lasting, dwell.days)).collect();
    // Identified for 31 and 21 days; submitted for 10 and 8, and 10 up to today; returned for 10; accepted for 90.
    assert_eq!(
        figures,
        [
            (PermitState::Identified, 2, 0, 52),
            (PermitState::Submitted, 2, 1, 28),
            (PermitState::Returned, 1, 0, 10),
            (PermitState::Accepted, 1, 0, 90),
        ]
    );
}

#[test]
fn a_group_says_in_one_sentence_why_it_is_slow() {
    let halts = |days: u64| {
        let from = day("2025-02-01");
        let until = Some(from + Days::new(days));
        let ground = "survey".to_owned();
        Passage { halts: vec![answers::bottlenecks::Halt { from, until, party: Party::Applicant, ground }], ..granted(100) }
    };
    let passages = [halts(50), halts(50), granted(100), granted(100), granted(100)];
    let because = reason(&stopped(&passages), &completeness(&passages), &Flow::default());
    assert_eq!(because, Reason::Stops { share: 0.2, party: Party::Applicant, ground: "survey".to_owned() });
    let said = sentence(&durations(&passages), Some(100), &Ageing::default(), &because);
    assert_eq!(
        said,
        "half end within 100 days (5 ended, 0 open); 20 % of the time stood still, most of it on 'survey', where the applicant \
         had to act."
    );
    let flow = Flow { open: 9, arrivals: 8, endings: 3 };
    let because = reason(&stopped(&passages[2..]), &completeness(&[]), &flow);
    assert_eq!(because, Reason::Backlog { arrivals: 8, endings: 3 });
    let ageing = Ageing { ageing: 2, known: 6, open: 9, days_beyond_median: 40 };
    assert_eq!(
        sentence(&durations(&passages[2..]), None, &ageing, &because),
        "few have ended (3, 9 open); 2 of 6 open ones are older than 85 % of their kind were when they ended; in twelve months 8 \
         came in and 3 ended."
    );
}

#[test]
fn what_a_register_reports_as_over_without_a_day_is_neither_open_nor_of_a_known_duration() {
    let over = passage(&life!["2025-01-01" PermitIdentified { "title": "Hall", "instrument": "lease" },
        "2025-01-01" ApplicationSubmitted {}, "2025-06-01" PermitStandingReported { "standing": "closed" }]);
    assert_eq!((over.way, over.observation()), (Way::Undated, None));
    let coarse = passage(&life!["2025-01-01" PermitIdentified { "title": "Hall", "instrument": "lease" },
        "2025-03-10" ApplicationSubmitted {}, "2025-03" PermitGranted {}]);
    assert_eq!(coarse.elapsed(), Some(0), "some day of March is in order");
}
