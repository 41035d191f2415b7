//! Regimes as data: what is shipped, a country that is made up, and what a file is refused for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use law::{Rulebook, cases::check_cases, regime::Confidence};

const CALENDAR: &str = r#"
    first_year = 2024
    last_year = 2028
    weekend = ["fri", "sat"]
    source = "Holidays Act 1"
    calendar = [{ id = "arcadia", title = "Arcadia", places = ["XA"] }]
    [[rule]]
    name = "Founding Day"
    on = "03-02"
"#;

const ARCADIA: &str = r#"
    id = "xa-harbour"
    title = "Arcadia, harbour licence"
    read_on = "2026-11-26"
    zone = "Europe/Athens"
    version_by = "start"

    [calendars]
    XA = "arcadia"

    [[step]]
    id = "gulls-counted"
    words = "the gulls were counted"
    who = "other_authority"

    [[version]]
    id = "harbour-act-1"
    to = "2024-12-31"
    act = "Harbour Act 1"
    source = "Arcadian Gazette 1"
    confidence = "text"
    case = [{ id = "pier", words = "a pier" }]

    [[version]]
    id = "harbour-act-2"
    from = "2025-01-01"
    act = "Harbour Act 2"
    source = "Arcadian Gazette 2"
    confidence = "text"
    case = [{ id = "pier", words = "a pier" }, { id = "quay", words = "a quay" }]

    [[limit]]
    id = "licence"
    words = "licence"
    article = "s. 3"
    confidence = "text"
    starts = ["step:gulls-counted"]
    ends = ["determination"]
    length = "20 business days"
    on_expiry = "deemed_refused"
    second_run = ["RedeterminationOpened"]

    [[limit.stop]]
    ground = "storm"
    words = "a storm is on"
    article = "s. 4"
    confidence = "text"
    recorded_by = "stop"
    begins = "same_day"
    ends = "day_before"
"#;

const CASES: &str = r#"{ "cases": [
    { "id": "XA-1", "regime": "xa-harbour", "case": "pier", "version": "harbour-act-2", "places": ["XA"],
      "facts": [
        { "type": "ProcedureStepTaken", "on": "2025-02-19", "step": "gulls-counted" },
        { "type": "ClockStopped", "on": "2025-03-03", "ground": "storm", "reason": "waves", "responsible": "third_party" },
        { "type": "ClockResumed", "on": "2025-03-06", "stop": 1 },
        { "type": "PermitGranted", "on": "2025-03-20" },
        { "type": "DeterminationQuashed", "on": "2025-05-04" },
        { "type": "RedeterminationOpened", "on": "2025-05-06" }
      ],
      "asks": [
        { "limit": "licence", "on": "2025-03-04", "expect": { "state": "stopped", "usedDays": 6, "stoppedDays": 2, "leftDays": 14,
          "court": "third_party" } },
        { "limit": "licence", "on": "2025-03-20", "expect": { "state": "ended", "firstCountedDay": "2025-02-20", "usedDays": 17,
          "stoppedDays": 3, "leftDays": 3, "deadline": "2025-03-25", "onTime": true } },
        { "limit": "licence", "on": "2025-05-07", "expect": { "state": "running", "startedOn": "2025-05-06", "usedDays": 1,
          "deadline": "2025-06-03" } },
        { "limit": "licence", "on": "2025-06-04", "expect": { "state": "ended", "deemed": "refused" } }
      ] }
] }"#;

fn arcadia() -> Rulebook {
    Rulebook::load([("arcadia.toml", CALENDAR)], [("xa-harbour.toml", ARCADIA)]).unwrap()
}

/// Why the regime of Arcadia is refused once `from` reads `to` in its file.
fn refused(from: &str, to: &str) -> String {
    assert!(ARCADIA.contains(from), "{from}");
    let text = ARCADIA.replacen(from, to, 1);
    let error = Rulebook::load([("arcadia.toml", CALENDAR)], [("xa-harbour.toml", text.as_str())]).unwrap_err();
    assert_eq!(error.file, "xa-harbour.toml");
    error.says
}

#[test]
fn a_country_is_added_with_no_rust() {
    let outcomes = check_cases(&arcadia(), CASES).unwrap();
    assert_eq!(outcomes[0].differences, []);
}

#[test]
fn every_regime_that_is_shipped_says_its_act_source_and_how_sure_it_is() {
    let law = Rulebook::shipped().unwrap();
    assert_eq!(law.regimes().count(), 17);
    for regime in law.regimes() {
        for version in &regime.versions {
            let sure = version.confidence == Confidence::Text || !version.source.is_empty();
            assert!(sure && !version.act.is_empty(), "{}", regime.id);
            for case in &version.cases {
                assert!(regime.limits_in(version, &case.id).count() > 0, "{} {} {}", regime.id, version.id, case.id);
            }
        }
        assert!(regime.limits.iter().all(|limit| !limit.article.is_empty() && !limit.words.is_empty()), "{}", regime.id);
        assert_eq!(law.reading(&regime.id).unwrap().len(), 64);
    }
}

#[test]
fn what_no_file_has_is_refused_with_the_nearest_names() {
    let law = arcadia();
    assert_eq!(law.regime("xa-habour").unwrap_err().to_string(), "there is no regime 'xa-habour'; nearest are xa-harbour");
    let regime = law.regime("xa-harbour").unwrap();
    let version = regime.versions.last().unwrap();
    let case = regime.limit(version, "pear", "licence").unwrap_err().to_string();
    assert_eq!(case, "the regime 'xa-harbour' has no case 'pear' in harbour-act-2; nearest are pier, quay");
    let case = law.case("xa-harbour", "pear").unwrap_err().to_string();
    assert_eq!(case, "the regime 'xa-harbour' has no case 'pear' in any version; nearest are pier, quay");
    assert_eq!(law.case("xa-harbour", "quay").unwrap().1.words, "a quay");
    let limit = regime.limit(version, "pier", "license").unwrap_err().to_string();
    assert_eq!(limit, "the case 'pier' of the regime 'xa-harbour' has no limit 'license'; nearest are licence");
}

#[test]
fn an_unknown_unit_is_refused() {
    let says = refused("20 business days", "20 moons");
    assert!(says.contains("'20 moons' is no period: write a number and a unit; there are days, business days"), "{says}");
}

#[test]
fn a_gap_and_an_overlap_of_versions_are_refused() {
    assert!(refused("2025-01-01", "2025-01-02").starts_with("there is a gap between the versions 'harbour-act-1' and"));
    assert!(refused("2025-01-01", "2024-12-31").starts_with("there is an overlap between the versions"));
    assert!(refused("to = \"2024-12-31\"", "").starts_with("there is an overlap"), "two open versions");
    let turned = refused("from = \"2025-01-01\"", "from = \"2025-01-01\"\nto = \"2024-06-01\"");
    assert!(turned.starts_with("version 'harbour-act-2' ends before it begins"), "{turned}");
}

#[test]
fn a_stop_without_ground_is_refused() {
    assert!(refused("ground = \"storm\"", "").contains("missing field `ground`"));
    assert!(refused("ground = \"storm\"", "ground = \" \"").contains("the stop under s. 4 has no ground"));
}

#[test]
fn a_calendar_that_ends_too_early_or_that_there_is_not_is_refused() {
    let short = CALENDAR.replace("2028", "2026");
    let error = Rulebook::load([("arcadia.toml", short.as_str())], [("xa-harbour.toml", ARCADIA)]).unwrap_err();
    assert!(
        error.says.starts_with("the calendar 'arcadia' ends with 2026, and the limit 'licence' can run until 2027-"),
        "{error}"
    );
    assert!(refused("XA = \"arcadia\"", "XA = \"arcadla\"").contains("no calendar 'arcadla' for XA; nearest are arcadia"));
}

#[test]
fn ids_stand_once() {
    assert!(refused("id = \"quay\"", "id = \"pier\"").contains("'pier' is there twice as a case"));
    assert!(refused("id = \"harbour-act-2\"", "id = \"harbour-act-1\"").contains("'harbour-act-1' is there twice as a version"));
    let both = [("a.toml", ARCADIA), ("b.toml", ARCADIA)];
    let error = Rulebook::load([("arcadia.toml", CALENDAR)], both).unwrap_err();
    assert_eq!(error.to_string(), "b.toml: the regime 'xa-harbour' is there twice; give each an id of its own");
    let error = Rulebook::load([("a.toml", CALENDAR), ("b.toml", CALENDAR)], []).unwrap_err();
    assert_eq!(error.to_string(), "b.toml: the calendar 'arcadia' is there twice; give each an id of its own");
    let again = &ARCADIA[ARCADIA.find("[[limit]]").unwrap()..ARCADIA.find("[[limit.stop]]").unwrap()];
    assert!(refused("[[limit]]", &format!("{again}\n[[limit]]")).contains("'licence' is there twice as a limit"));
}

#[test]
fn what_a_limit_names_there_has_to_be() {
    assert!(refused("step:gulls-counted", "step:gulls").contains("there is no step 'gulls'; nearest are gulls-counted"));
    assert!(refused("\"step:gulls-counted\"", "\"full-moon\"").contains("'full-moon' is nothing to wait for"));
    assert!(refused("\"step:gulls-counted\"", "\"deadline:licence\"").contains("break the circle"));
    assert!(refused("starts = [\"step:gulls-counted\"]", "starts = []").contains("nothing starts it"));
    assert!(refused("length =", "colour = \"red\"\nlength =").contains("unknown field `colour`"));
    assert!(refused("Europe/Athens", "Athens").contains("'Athens' is no time zone"));
    assert!(refused("source = \"Arcadian Gazette 1\"", "source = \"\"").contains("names no act or no source"));
}

#[test]
fn a_clock_beyond_its_calendar_is_an_error_and_no_guess() {
    let far = CASES.replace("2025-", "2029-");
    let outcomes = check_cases(&arcadia(), &far).unwrap();
    let found = &outcomes[0].differences[0].found;
    assert_eq!(found, "the calendar 'arcadia' has no year 2029; it knows 2024 to 2028: add the year to its file");
    let nowhere = CASES.replace("\"places\": [\"XA\"]", "\"places\": [\"XB\"]");
    let outcomes = check_cases(&arcadia(), &nowhere).unwrap();
    assert!(outcomes[0].differences[0].found.starts_with("no calendar says which days are days off in 'XB'"));
}

/// Records name the reading that their clocks were counted by, and refuse another of the same day.
#[test]
fn a_reading_that_was_shipped_is_never_changed_under_its_day() {
    let listed = include_str!("../regimes/readings.txt");
    for regime in Rulebook::shipped().unwrap().regimes() {
        let of_day = format!("{} {} ", regime.id, regime.read_on);
        let line = listed.lines().find(|line| line.starts_with(&of_day));
        let line = line.unwrap_or_else(|| panic!("readings.txt lacks '{of_day}' and the SHA-256 of the file"));
        let law = Rulebook::shipped().unwrap();
        let digest = law.reading(&regime.id).unwrap();
        assert_eq!(line.split(' ').next_back(), Some(digest), "a changed file gets a new read_on: {of_day}");
    }
}
