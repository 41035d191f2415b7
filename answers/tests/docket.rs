//! A docket of small made-up permits, worked out by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

#[path = "../../tests/folds/support/mod.rs"]
mod support;

use answers::docket::{
    Age, Due, Entry, Limit, Moment, Section, Summary, Telling, Usual, UsualBuilder, WEEKS, What, Workload, open_requests, weeks,
    workload,
};
use chrono::{Days, NaiveDate};
use law::{
    Rulebook,
    clock::{Application, FactOf, clocks},
};
use projections::{
    Picture,
    things::{Permit, Thing},
};
use schema::{
    RegisterId, SubjectId,
    permit::{Party, PermitFact},
    register::RegisterFact,
};
use uuid::Uuid;

use crate::support::{Log, Said, day, id, organisation_id, permit, stated};

/// What is usual among `permits` on a day.
fn usual(permits: &[Thing<Permit>], on: NaiveDate) -> Usual {
    let mut builder = UsualBuilder::new(&Picture::default(), on);
    for permit in permits {
        builder.add(permit, &permit.on(on));
    }
    builder.finish()
}

/// The limits of a permit on a day.
fn limits(permit: &Thing<Permit>, on: NaiveDate) -> Vec<Limit> {
    let told = |live: &projections::things::Live<PermitFact>| live.occurred_on();
    let facts: Vec<_> = permit.live().iter().map(|live| (live.fact_id, told(live), live.fact())).collect();
    let facts: Vec<_> = facts.iter().map(|(id, on, fact)| FactOf { id: *id, on: *on, insisted: false, fact }).collect();
    let Some(application) = Application::of_permit(&facts, on) else { return Vec::new() };
    let found = clocks(&Rulebook::shipped().unwrap(), &application, on).unwrap();
    found.into_iter().flatten().map(|clock| Limit::of(&clock, Some(clock.is_overdue()))).collect()
}

/// What a docket of the day says of a permit, beside what is usual.
fn entry_beside(permit: &Thing<Permit>, usual: &Usual, on: &str) -> Option<Entry> {
    let (on, state) = (day(on), permit.on(day(on)));
    Entry::of(permit, &state, &limits(permit, on), usual, on, on)
}

fn entry(acts: &[Said<PermitFact>], on: &str) -> Option<Entry> {
    entry_beside(&permit(acts), &Usual::default(), on)
}

#[track_caller]
fn sections(acts: &[Said<PermitFact>], on: &str) -> Vec<Section> {
    entry(acts, on).map(|entry| entry.sections).unwrap_or_default()
}

/// A lease that was submitted on 5 January 2026, and what came of it.
fn lease(more: Vec<(&'static str, PermitFact)>) -> Vec<Said<PermitFact>> {
    let mut facts: Vec<(&'static str, PermitFact)> = vec![
        ("2026-01-02", a!(PermitIdentified { "title": "Hall", "instrument": "lease", "authority": organisation_id(99) })),
        ("2026-01-05", a!(ApplicationSubmitted {})),
    ];
    facts.extend(more);
    support::history(facts)
}

/// An application for a major development in England of 5 January 2026: thirteen weeks end on 6 April.
fn major() -> Vec<Said<PermitFact>> {
    life!["2026-01-02" PermitIdentified { "title": "Hall", "instrument": "planning permission", "regime": "gb-eng-planning",
        "case": "major", "authority": organisation_id(99) }, "2026-01-05" ApplicationSubmitted {}]
}

fn due(what: What, on: &str, acts: Party) -> Due {
    Due { what, on: Some(day(on)), since: None, acts, words: "a matter".to_owned(), fact: None }
}

#[test]
fn who_has_to_act_is_told_before_the_day_and_who_waits_after_it_too() {
    let due = due(What::Decision, "2026-06-15", Party::Authority);
    let told = |on: &str| due.telling(day(on)).map(|telling| (telling.moment, telling.to));
    let (acts, both) = (vec![Party::Authority], vec![Party::Authority, Party::Applicant]);
    for (on, expected) in [
        ("2026-06-09", None),
        ("2026-06-10", Some((Moment::FiveDaysBefore, acts.clone()))),
        ("2026-06-14", Some((Moment::FiveDaysBefore, acts.clone()))),
        ("2026-06-15", Some((Moment::OnTheDay, acts.clone()))),
        ("2026-06-21", Some((Moment::OnTheDay, acts))),
        ("2026-06-22", None),
        ("2026-06-29", Some((Moment::FourteenDaysAfter, both.clone()))),
        ("2026-07-13", Some((Moment::TwentyEightDaysAfter, both.clone()))),
        ("2026-07-27", Some((Moment::FortyTwoDaysAfter, both.clone()))),
        ("2026-08-02", Some((Moment::FortyTwoDaysAfter, both))),
        ("2026-08-03", None),
    ] {
        assert_eq!(told(on), expected, "{on}");
    }
    let on = due.telling(day("2026-07-01")).map(|telling| telling.on);
    assert_eq!(on, Some(day("2026-06-29")), "a telling says on which day it came");
}

#[test]
fn of_what_has_no_day_and_of_a_window_that_has_closed_nothing_is_told() {
    let undated = Due { on: None, ..due(What::Information, "2026-06-15", Party::Applicant) };
    assert_eq!(undated.telling(day("2026-06-15")), None);
    let window = due(What::Challenge, "2026-06-15", Party::ThirdParty);
    let expected = Telling { moment: Moment::OnTheDay, on: day("2026-06-15"), to: vec![Party::ThirdParty] };
    assert_eq!(window.telling(day("2026-06-15")), Some(expected));
    assert_eq!(window.telling(day("2026-06-29")), None);
}

#[test]
fn an_open_permit_stands_in_one_section_by_its_deadline() {
    for (on, expected) in [
        ("2026-01-05", Section::DueLater),
        ("2026-01-06", Section::DueIn90),
        ("2026-02-04", Section::DueIn90),
        ("2026-02-05", Section::DueIn60),
        ("2026-03-06", Section::DueIn60),
        ("2026-03-07", Section::DueIn30),
        ("2026-04-06", Section::DueIn30),
        ("2026-04-07", Section::Overdue),
    ] {
        let found = entry(&major(), on).unwrap();
        assert_eq!(found.sections[0], expected, "{on}");
        assert_eq!(found.deadline, Some(day("2026-04-06")), "{on}");
        assert!(found.sections[1..].iter().all(|section| *section > Section::NoDeadline), "{on}: {:?}", found.sections);
    }
    assert_eq!(sections(&major(), "2026-01-03"), [Section::NotStarted], "before it is submitted");
}

#[test]
fn what_has_no_deadline_says_why_by_its_section() {
    assert_eq!(sections(&lease(vec![]), "2026-02-01"), [Section::NotStarted], "no clock was started and no law is named");
    let started = || ("2026-01-10", a!(ClockStarted {}));
    assert_eq!(sections(&lease(vec![started()]), "2026-02-01"), [Section::NoDeadline], "no law is named");
    let stop = ("2026-01-20", a!(ClockStopped { "reason": "a survey", "responsible": "third_party" }));
    let stopped = entry(&lease(vec![started(), stop]), "2026-02-01").unwrap();
    assert_eq!((stopped.sections.as_slice(), stopped.stopped_since), ([Section::Stopped].as_slice(), Some(day("2026-01-20"))));
    let refused = ("2026-01-30", a!(PermitRefused {}));
    assert_eq!(entry(&lease(vec![refused]), "2026-02-01"), None, "it is over, and nothing waits");
}

#[test]
fn a_stop_is_expected_to_end_on_its_day() {
    let acts = lease(vec![
        ("2026-01-10", a!(ClockStarted {})),
        ("2026-01-20", a!(ClockStopped { "reason": "a survey", "responsible": "third_party", "expected_resumption": "2026-02" })),
    ]);
    assert_eq!(sections(&acts, "2026-02-20"), [Section::Stopped], "to the end of February");
    assert_eq!(sections(&acts, "2026-02-28"), [Section::Stopped, Section::ToTell]);
    let passed = [Section::Stopped, Section::ResumptionPassed, Section::ToTell];
    assert_eq!(sections(&acts, "2026-03-01"), passed);
    let due = &entry(&acts, "2026-03-01").unwrap().dues[0];
    assert_eq!((due.what, due.acts, due.left_days(day("2026-03-01"))), (What::Resumption, Party::ThirdParty, Some(-1)));
}

/// A permit of which the clock stood still for so many days on a survey.
fn stood_still(days: u64) -> Thing<Permit> {
    let resumed = (day("2026-01-20") + Days::new(days)).to_string();
    let mut acts = lease(vec![
        ("2026-01-10", a!(ClockStarted {})),
        ("2026-01-20", a!(ClockStopped { "reason": "A  survey", "responsible": "third_party" })),
    ]);
    acts.push(stated(9, &resumed, a!(ClockResumed {})));
    permit(&acts)
}

#[test]
fn a_stop_is_long_beside_those_that_are_over_on_its_ground() {
    let others: Vec<_> = [3, 5, 6, 8, 10].map(stood_still).into();
    let stops = permit(&lease(vec![
        ("2026-02-01", a!(ClockStarted {})),
        ("2026-02-02", a!(ClockStopped { "reason": "a survey", "responsible": "third_party" })),
    ]));
    let found = |others: &[Thing<Permit>], on: &str| {
        let usual = usual(others, day(on));
        entry_beside(&stops, &usual, on).unwrap().sections.contains(&Section::StoppedLong)
    };
    // Of five, 4.25 must not exceed it: ten days.
    assert!(!found(&others, "2026-02-12"), "ten days");
    assert!(found(&others, "2026-02-13"), "eleven");
    assert!(!found(&others[1..], "2026-03-13"), "of four nothing is usual");
}

#[test]
fn a_request_is_unanswered_after_its_day_or_without_one_after_thirty() {
    let asked = |more: Vec<(&'static str, PermitFact)>| {
        let mut facts = vec![
            ("2026-02-01", a!(InformationRequested { "what": "bird counts", "due_on": "2026-02-20" })),
            ("2026-02-02", a!(InformationRequested { "what": "noise" })),
        ];
        facts.extend(more);
        lease(facts)
    };
    let unanswered = |acts: &[Said<PermitFact>], on: &str| sections(acts, on).contains(&Section::RequestUnanswered);
    assert!(!unanswered(&asked(vec![]), "2026-02-20"));
    assert!(unanswered(&asked(vec![]), "2026-02-21"));
    let partly = || ("2026-02-18", a!(InformationSupplied { "request": id(3), "complete": false }));
    assert!(unanswered(&asked(vec![partly()]), "2026-02-21"), "what is not all leaves it open");
    let first = || ("2026-02-19", a!(InformationSupplied {}));
    let answered = asked(vec![partly(), first()]);
    assert!(!unanswered(&answered, "2026-03-03"), "29 days after the second");
    assert!(unanswered(&answered, "2026-03-04"), "30 days after it");
    let second = asked(vec![("2026-02-19", a!(InformationSupplied { "request": id(4) }))]);
    let open: Vec<_> = open_requests(&permit(&second), day("2026-03-04")).iter().map(|request| request.fact).collect();
    assert_eq!(open, [id(3)]);
}

#[test]
fn a_condition_is_due_until_it_is_met_and_again_where_it_recurs() {
    let granted = |more: Vec<(&'static str, PermitFact)>| {
        let conditions = a!(PermitGranted { "conditions": [
            { "reference": "7", "text": "report the noise", "due_on": "2027-01-31", "recurs": { "count": 1, "unit": "year" },
                "until": "2028-12-31" },
            { "reference": "8", "text": "plant a hedge", "due_on": "2026-04-30" }] });
        let mut facts = vec![("2026-02-01", conditions)];
        facts.extend(more);
        lease(facts)
    };
    let due = |acts: &[Said<PermitFact>], on: &str| {
        let dues = entry(acts, on).map(|entry| entry.dues).unwrap_or_default();
        dues.into_iter().map(|due| (due.words, due.on.unwrap())).collect::<Vec<_>>()
    };
    let hedge = || ("8: plant a hedge".to_owned(), day("2026-04-30"));
    let noise = |on: &str| ("7: report the noise".to_owned(), day(on));
    assert_eq!(due(&granted(vec![]), "2026-03-30"), [], "31 days before");
    assert_eq!(due(&granted(vec![]), "2026-03-31"), [hedge()]);
    assert_eq!(due(&granted(vec![]), "2027-01-05"), [hedge(), noise("2027-01-31")], "what was due stays");
    let planted = || ("2026-04-01", a!(ConditionDischarged { "condition": "8" }));
    let reported = |on: &'static str, year: &str| (on, a!(ConditionDischarged { "condition": "7", "for_period": year }));
    assert_eq!(due(&granted(vec![planted()]), "2026-05-30"), []);
    let once = granted(vec![planted(), reported("2027-01-20", "2026")]);
    assert_eq!(due(&once, "2027-01-31"), []);
    assert_eq!(due(&once, "2028-02-02"), [noise("2028-01-31")]);
    let twice = granted(vec![planted(), reported("2027-01-20", "2026"), reported("2028-01-20", "2027")]);
    assert_eq!(due(&twice, "2029-01-20"), [], "it binds no more");
}

#[test]
fn a_window_of_challenge_is_on_the_docket_for_its_last_thirty_days() {
    let acts = lease(vec![("2026-02-01", a!(PermitRefused { "challengeable_until": "2026-04-15" }))]);
    assert_eq!(sections(&acts, "2026-03-15"), [], "31 days before");
    assert_eq!(sections(&acts, "2026-03-16"), [Section::WindowClosing]);
    assert_eq!(sections(&acts, "2026-04-15"), [Section::WindowClosing, Section::ToTell]);
    assert_eq!(sections(&acts, "2026-04-16"), []);
    let due = &entry(&acts, "2026-04-01").unwrap().dues[0];
    assert_eq!((due.what, due.acts), (What::Challenge, Party::Applicant), "a refusal is challenged by who applied");
    assert!(!entry(&acts, "2026-04-01").unwrap().is_open);
}

#[test]
fn the_window_that_the_law_gives_closes_too() {
    // Thirteen weeks end on 6 April; six months from there an appeal against the silence can be lodged.
    let found = entry(&major(), "2026-10-01").unwrap();
    let window = found.dues.iter().find(|due| due.what == What::Challenge).unwrap();
    assert_eq!((window.on, window.acts), (Some(day("2026-10-06")), Party::Applicant));
    assert!(found.is_in(&[Section::WindowClosing]) && found.is_in(&[Section::Overdue]));
}

#[test]
fn what_is_older_than_most_of_its_kind_were_is_ageing() {
    let ended = |days: u64| {
        let on = (day("2026-01-05") + Days::new(days)).to_string();
        let mut acts = lease(vec![]);
        acts.push(stated(9, &on, a!(PermitGranted {})));
        permit(&acts)
    };
    let open = permit(&lease(vec![]));
    let mut all: Vec<_> = [10, 20, 30, 40, 50, 60, 70].map(ended).into();
    all.push(open.clone());
    // Of eight, one is open: survival falls to 1/8 on day 70.
    let age = |on: &str| entry_beside(&open, &usual(&all, day(on)), on).unwrap().age.unwrap();
    assert_eq!(age("2026-03-16"), Age { days: 70, usual: Some(70) });
    assert!(!age("2026-03-16").is_ageing());
    assert!(age("2026-03-17").is_ageing());
    assert_eq!(age("2026-03-15").usual, None, "of what had ended by then too little is known");
}

#[test]
fn what_only_a_register_tells_of_is_watched_until_its_last_edition() {
    let mut log = Log::default();
    for (number, published_on) in [(1, "2026-02-01"), (2, "2026-05-01"), (3, "2026-08-01")] {
        let taken = a!(RegisterEditionTaken {
            "register": "repd", "title": "Planning database", "published_on": published_on, "file": "repd.csv",
            "file_sha256": "0f".repeat(32), "rows_read": 1, "rows_rejected": 0 });
        log.record(RegisterId::new(Uuid::from_u128(1)), &stated::<RegisterFact>(number, published_on, taken));
    }
    let builder = UsualBuilder::new(&log.picture(), day("2026-06-01"));
    let rows: Vec<_> = lease(vec![]).into_iter().map(|said| said.by_register("2026-02-01")).collect();
    assert_eq!(builder.watched_until(&permit(&rows)), day("2026-05-01"), "the next edition is not published yet");
    assert_eq!(builder.watched_until(&permit(&lease(vec![]))), day("2026-06-01"), "people tell of it");
}

#[test]
fn what_is_overdue_comes_first_then_what_has_passed_then_what_comes() {
    let on = "2026-04-10";
    let overdue = entry(&major(), on).unwrap();
    let asked = |due_on: &str| {
        let mut acts = lease(vec![]);
        acts.push(stated(9, "2026-02-01", a!(InformationRequested { "what": "noise", "due_on": due_on })));
        entry(&acts, on).unwrap()
    };
    let nothing = entry_beside(&permit(&lease(vec![])), &Usual::default(), on).unwrap();
    let ordered = [overdue, asked("2026-02-20"), asked("2026-04-09"), asked("2026-04-10"), asked("2026-05-01"), nothing];
    let urgencies: Vec<_> = ordered.iter().map(|entry| entry.urgency(day(on))).collect();
    assert!(urgencies.is_sorted_by(|one, other| one < other), "{urgencies:?}");
    assert!(urgencies.is_sorted_by_key(|urgency| urgency.number()));
}

#[test]
fn a_docket_is_summed_up_by_section_and_week() {
    let on = "2026-04-10";
    let overdue = entry(&major(), on).unwrap();
    let waits = entry(&lease(vec![]), on).unwrap();
    let entries = [overdue.clone(), overdue, waits];
    let summary = Summary::of(&entries);
    assert_eq!((summary.open, summary.count(Section::Overdue), summary.count(Section::NotStarted)), (3, 2, 1));
    assert_eq!(summary.count(Section::Stopped), 0);
    assert_eq!(summary.sentence(), "3 permits are open. 2 are overdue; 0 due within 30 days.");
    assert_eq!(Summary::default().sentence(), "No permit is open.");
    let weeks = weeks(&entries, day(on));
    assert_eq!((weeks.len(), weeks[0].from, weeks[3].from), (WEEKS, day("2026-03-20"), day("2026-04-10")));
    let counted: Vec<_> = weeks.iter().filter(|week| week.count > 0).map(|week| (week.from, week.count, week.overdue)).collect();
    assert_eq!(counted, [(day("2026-04-03"), 2, 2)]);
}

#[test]
fn the_workload_is_that_of_who_last_recorded_for_the_authority() {
    let mut acts = lease(vec![]);
    acts.push(stated(8, "2026-01-07", a!(ClockStarted {})).by(7, "regulator", Some(organisation_id(99)), true));
    let handled = entry(&acts, "2026-02-01").unwrap();
    let officer = Some(SubjectId(Uuid::from_u128(7)));
    assert_eq!(handled.officer, officer);
    acts.push(stated(9, "2026-01-09", a!(InformationSupplied {})).by(8, "project_lead", Some(organisation_id(50)), true));
    assert_eq!(entry(&acts, "2026-02-01").unwrap().officer, officer, "whoever records for others is no officer");
    let unhandled = entry(&lease(vec![]), "2026-02-01").unwrap();
    let entries = [handled.clone(), unhandled, handled];
    let authority = organisation_id(99);
    let load = |officer, open| Workload { authority, officer, open, overdue: 0, due_in_30: 0, stopped: 0 };
    assert_eq!(workload(&entries, &[authority]), [load(officer, 2), load(None, 1)]);
    assert_eq!(workload(&entries, &[organisation_id(50)]), []);
}
