//! The clock for any history: however late it was recorded, the same days give the same clock, and its counts add up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::sync::LazyLock;

use chrono::{Days, NaiveDate};
use law::{
    Rulebook,
    clock::{Application, FactKey, Happening, SegmentKind, State, What, bounds, clock, misfits},
};
use proptest::prelude::*;
use schema::{
    Date,
    permit::{Party, Period, PeriodUnit},
};

static LAW: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::shipped().unwrap());

fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 7, 1).unwrap() + Days::new(offset)
}

fn happening(key: usize, offset: u64, what: What) -> Happening {
    Happening { key: FactKey(key), on: Date::day(day(offset)), sequence: 0, insisted: false, what }
}

/// What a regime is asked about: its id, case, limit, place, what starts the limit and on what ground it stops.
#[derive(Debug, Clone, Copy)]
struct Asked {
    regime: &'static str,
    case: &'static str,
    limit: &'static str,
    place: &'static str,
    ground: &'static str,
    extension: &'static str,
}

const ASKED: [Asked; 3] = [
    Asked {
        regime: "ca-iaa",
        case: "agency",
        limit: "planning",
        place: "CA",
        ground: "proponent-request",
        extension: "jurisdiction-request",
    },
    Asked {
        regime: "nl-omgevingsvergunning",
        case: "regular",
        limit: "decision",
        place: "NL",
        ground: "agreed-delay",
        extension: "once-six-weeks",
    },
    Asked {
        regime: "gb-eng-planning",
        case: "minor",
        limit: "determination",
        place: "GB-ENG",
        ground: "eia-screening",
        extension: "agreed-in-writing",
    },
];

/// A start, stops that may overlap, each with its resumption or none, an extension, and perhaps a determination.
fn history() -> impl Strategy<Value = (Asked, Vec<Happening>)> {
    let stops = prop::collection::vec((1_u64..200, prop::option::of(1_u64..60)), 0..5);
    let extension = prop::option::of((1_u64..200, 1_u16..30));
    let determined = prop::option::of(60_u64..400);
    (0..ASKED.len(), stops, extension, determined).prop_map(|(asked, stops, extension, determined)| {
        let asked = ASKED[asked];
        let mut happenings = vec![
            happening(0, 0, What::Submitted { received_on: None }),
            happening(1, 0, What::Step("description-posted".to_owned())),
        ];
        for (at, (begins, lasts)) in stops.into_iter().enumerate() {
            let stop = FactKey(10 + at);
            let ground = Some(asked.ground.to_owned());
            happenings.push(happening(stop.0, begins, What::Stopped { ground: ground.clone(), responsible: Party::Applicant }));
            if let Some(lasts) = lasts {
                happenings.push(happening(20 + at, begins + lasts, What::Resumed { stop: Some(stop), ground }));
            }
        }
        if let Some((on, weeks)) = extension {
            let (limit, ground) = (Some(asked.limit.to_owned()), Some(asked.extension.to_owned()));
            let by = Some(Period { count: weeks, unit: PeriodUnit::Week });
            happenings.push(happening(30, on, What::Extended { limit, ground, by, to: None }));
        }
        if let Some(on) = determined {
            happenings.push(happening(40, on, What::Determined { announced_on: None, deemed: false }));
        }
        (asked, happenings)
    })
}

fn application(asked: Asked, happenings: Vec<Happening>) -> Application {
    let Asked { regime, case, place, .. } = asked;
    Application { regime: regime.into(), case: case.into(), places: vec![place.into()], happenings }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_order_of_recording_changes_nothing((asked, happenings) in history(), today in 0_u64..500, seed in any::<u64>()) {
        let mut shuffled = happenings.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let (one, other) = (application(asked, happenings), application(asked, shuffled));
        prop_assert_eq!(clock(&LAW, &one, asked.limit, day(today)), clock(&LAW, &other, asked.limit, day(today)));
        prop_assert_eq!(misfits(&LAW, &one, day(today)), misfits(&LAW, &other, day(today)));
    }

    #[test]
    fn what_is_later_than_the_day_asked_changes_nothing((asked, happenings) in history(), today in 0_u64..500) {
        let known: Vec<_> = happenings.iter().filter(|fact| fact.day() <= day(today)).cloned().collect();
        let (all, known) = (application(asked, happenings), application(asked, known));
        prop_assert_eq!(clock(&LAW, &all, asked.limit, day(today)), clock(&LAW, &known, asked.limit, day(today)));
    }

    #[test]
    fn the_counts_add_up((asked, happenings) in history(), today in 0_u64..500) {
        let clock = clock(&LAW, &application(asked, happenings), asked.limit, day(today)).unwrap();
        let (used, stopped) = (clock.used_days.unwrap(), clock.stopped_days.unwrap());
        let first = clock.first_counted_day.unwrap();
        let last = clock.ended_on.unwrap_or(day(today)).min(day(today));
        let run = ((last - first).num_days() + 1).max(0);
        prop_assert_eq!(used + stopped, run, "used and stopped days are all days of the run");
        prop_assert_eq!(clock.stopped_by.iter().map(|by| by.days).sum::<i64>(), stopped);
        let of = |counted: bool| -> i64 {
            let kind = |kind: &SegmentKind| matches!(kind, SegmentKind::Counted { .. }) == counted;
            clock.segments.iter().filter(|segment| kind(&segment.kind)).map(|segment| segment.days).sum()
        };
        prop_assert_eq!((of(true), of(false)), (used, stopped));
        if clock.state == State::Stopped {
            prop_assert!(clock.deadline.is_none() && clock.on_time.is_none());
        } else {
            let deadline = clock.deadline.unwrap();
            let whole = (deadline - first).num_days() + 1 - stopped;
            prop_assert_eq!(used + clock.left_days.unwrap(), whole, "used and left days are the whole period");
            prop_assert!(clock.strict_deadline.is_none_or(|strict| strict <= deadline));
            prop_assert_eq!(clock.deadline_steps.last().map(|step| step.deadline), Some(deadline));
        }
        prop_assert!(!clock.sentence().is_empty());
    }

    #[test]
    fn stops_within_another_change_nothing(begins in 1_u64..50, lasts in 2_u64..40, within in 0_u64..40, today in 0_u64..300) {
        let asked = ASKED[0];
        let ground = || Some(asked.ground.to_owned());
        let stop = |key, on| happening(key, on, What::Stopped { ground: ground(), responsible: Party::Applicant });
        let resume = |key, on, stop| happening(key, on, What::Resumed { stop: Some(FactKey(stop)), ground: None });
        let one = vec![
            happening(1, 0, What::Step("description-posted".to_owned())),
            stop(2, begins),
            resume(3, begins + lasts, 2),
        ];
        let mut both = one.clone();
        let from = begins + within % lasts;
        both.extend([stop(4, from), resume(5, begins + lasts, 4)]);
        let one = clock(&LAW, &application(asked, one), asked.limit, day(today)).unwrap();
        let both = clock(&LAW, &application(asked, both), asked.limit, day(today)).unwrap();
        let says = |clock: &law::clock::Clock| (clock.state, clock.used_days, clock.stopped_days, clock.left_days, clock.deadline);
        prop_assert_eq!(says(&one), says(&both));
    }

    #[test]
    fn a_coarse_start_bounds_what_each_of_its_days_says(month in 1_u32..12, offset in 0_u64..27, today in 0_u64..400) {
        let asked = ASKED[1];
        let with = |on: Date| {
            let what = What::Submitted { received_on: None };
            application(asked, vec![Happening { key: FactKey(0), on, sequence: 0, insisted: false, what }])
        };
        let coarse: Date = format!("2024-{month:02}").parse().unwrap();
        let exact = Date::day(coarse.first() + Days::new(offset));
        let today = day(today);
        let bounds = bounds(&LAW, &with(coarse), asked.limit, today).unwrap().unwrap();
        let clock = clock(&LAW, &with(exact), asked.limit, today).unwrap();
        if let (Some((least, most)), Some(used)) = (bounds.used_days, clock.used_days) {
            prop_assert!(least <= used && used <= most);
        }
        if let (Some((earliest, latest)), Some(deadline)) = (bounds.deadline, clock.deadline) {
            prop_assert!(earliest <= deadline && deadline <= latest);
        }
    }
}

#[test]
fn a_clock_says_itself_in_one_plain_sentence() {
    let asked = ASKED[0];
    let stop = What::Stopped { ground: Some(asked.ground.to_owned()), responsible: Party::Applicant };
    let mut happenings = vec![happening(1, 0, What::Step("description-posted".to_owned())), happening(2, 19, stop)];
    let said = |happenings: &[Happening], on: u64| {
        clock(&LAW, &application(asked, happenings.to_vec()), asked.limit, day(on)).unwrap().sentence()
    };
    assert_eq!(
        said(&happenings, 10),
        "planning phase (s. 18(1)): due on 2024-12-28; 10 days used, 170 days left, the authority has to act."
    );
    assert_eq!(
        said(&happenings, 29),
        "planning phase (s. 18(1)): stopped since 2024-07-20, the applicant has to act; 18 days used, 162 days left on \
         resumption of 180 days."
    );
    happenings.push(happening(3, 49, What::Resumed { stop: Some(FactKey(2)), ground: None }));
    assert_eq!(
        said(&happenings, 60),
        "planning phase (s. 18(1)): due on 2025-01-27; 30 days used, 30 days stopped, 150 days left, the authority has to act."
    );
    assert_eq!(
        said(&happenings, 212),
        "planning phase (s. 18(1)): overdue by 2 days: due on 2025-01-27, 182 days used, 30 days stopped, the authority has \
         to act."
    );
}

#[test]
fn what_is_insisted_on_is_taken_and_flagged() {
    let asked = ASKED[0];
    let stop = What::Stopped { ground: Some("budget".to_owned()), responsible: Party::Authority };
    let mut happenings = vec![happening(1, 0, What::Step("description-posted".to_owned())), happening(2, 10, stop)];
    let refused = clock(&LAW, &application(asked, happenings.clone()), asked.limit, day(20)).unwrap();
    assert_eq!((refused.state, refused.stopped_days), (State::Running, Some(0)));
    happenings[1].insisted = true;
    let taken = application(asked, happenings);
    assert_eq!(clock(&LAW, &taken, asked.limit, day(20)).unwrap().stopped_days, Some(11));
    let misfits = misfits(&LAW, &taken, day(20)).unwrap();
    assert_eq!(misfits[0].outcome, law::clock::Outcome::Flagged);
    assert_eq!(misfits[0].says, "the law stops on proponent-request, design-change, fees-unpaid");
}

#[test]
fn a_resumption_before_its_stop_leaves_nothing_stopped() {
    let asked = ASKED[0];
    let stop = What::Stopped { ground: Some(asked.ground.to_owned()), responsible: Party::Applicant };
    let resume = What::Resumed { stop: Some(FactKey(2)), ground: None };
    let happenings =
        vec![happening(1, 0, What::Step("description-posted".to_owned())), happening(2, 20, stop), happening(3, 15, resume)];
    let clock = clock(&LAW, &application(asked, happenings), asked.limit, day(40)).unwrap();
    assert_eq!((clock.state, clock.stopped_days), (State::Running, Some(0)));
}

#[test]
fn a_stop_that_was_open_when_a_run_ended_does_not_stop_the_next() {
    let asked = ASKED[2];
    let stop = What::Stopped { ground: Some(asked.ground.to_owned()), responsible: Party::Applicant };
    let happenings = vec![
        happening(0, 0, What::Submitted { received_on: None }),
        happening(1, 20, stop),
        happening(2, 30, What::Withdrawn),
        happening(3, 40, What::Submitted { received_on: None }),
    ];
    let clock = clock(&LAW, &application(asked, happenings), asked.limit, day(50)).unwrap();
    assert_eq!((clock.state, clock.started_on, clock.used_days), (State::Running, Some(day(40)), Some(10)));
    assert_eq!((clock.earlier_runs[0].started_on, clock.earlier_runs[0].used_days), (day(0), Some(19)));
}
