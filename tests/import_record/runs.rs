//! Runs: in any order, again, dry, cut short, refused.

use std::path::Path;

use app::{KnownAt, KnownBy};
use domain::law::unknown_law;
use milepost::import::{
    Edition, Ending, Events, Files, ImportError, Mapping, Options, Register, RejectsError, Step, Summary, Things, import,
    take_edition,
};
use projections::things::{FlagCode, Organisation, Permit};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use schema::{Kind, Visibility};

use crate::plants::{self, OPERATOR, Record, Row, Steps, file, row};

/// Three editions in which rows come, change, are cleared, come back and vanish.
fn editions() -> [String; 3] {
    let granted = |key: &str, on: &str| row(key).with("Granted", on);
    [
        file(1, &[granted("a", "01.05.2021"), granted("b", "02.05.2021"), granted("c", "03.05.2021"), row("d"), row("e")]),
        file(2, &[granted("a", "11.05.2021"), row("b"), granted("d", "04.05.2021"), row("f"), row("e").with("MW", "11")]),
        file(3, &[granted("a", "21.05.2021"), granted("b", "12.05.2021"), row("d"), row("g"), row("e")]),
    ]
}

#[tokio::test]
async fn editions_taken_in_any_order_leave_the_same_facts() {
    let in_order = Record::new();
    for edition in &editions() {
        in_order.take(edition).await;
    }
    assert_eq!(in_order.live().len(), 24);
    for order in ORDERS {
        let record = Record::new();
        for edition in order {
            record.take(&editions()[edition]).await;
        }
        assert_eq!(record.live(), in_order.live(), "{order:?}");
    }
}

const ORDERS: [[usize; 3]; 5] = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Editions of three rows, each of which may be missing or have any of a few dates, capacities and offices.
fn any_editions() -> impl Strategy<Value = [String; 3]> {
    let cells = (0..6_u8, 0..3_u8, 0..2_u8, 0..2_u8);
    let edition = || proptest::collection::vec(cells.clone(), 3);
    [edition(), edition(), edition()].prop_map(|editions| {
        let mut month = 0;
        editions.map(|cells| {
            month += 1;
            let date = |day: u8| if day == 0 { String::new() } else { format!("0{day}.05.2021") };
            let of = |(key, (present, granted, refused, capacity)): (&str, (u8, u8, u8, u8))| {
                let row = row(key).with("Granted", &date(granted)).with("Refused", &date(refused));
                (present > 0).then(|| row.with("MW", if capacity == 0 { "10" } else { "11" }))
            };
            let rows: Vec<Row> = ["a", "b", "c"].into_iter().zip(cells).filter_map(of).collect();
            file(month, &if rows.is_empty() { vec![row("d")] } else { rows })
        })
    })
}

/// What had been published of projects and permits by the date of each of the first editions.
fn known_by_publication(record: &Record) -> [Vec<String>; 4] {
    [1, 2, 3, 4].map(|month| {
        let at = format!("2024-0{month}-01T12:00:00Z").parse().unwrap();
        plants::live_of(&record.app.picture_known(Some(KnownAt { at, by: KnownBy::Publication })))
    })
}

/// All orders of four editions.
pub fn orders_of_four() -> Vec<[usize; 4]> {
    let digits = |order: usize| [order / 64, order / 16 % 4, order / 4 % 4, order % 4];
    let is_order = |order: &[usize; 4]| (0..4).all(|edition| order.contains(&edition));
    (0..256).map(digits).filter(is_order).collect()
}

/// Four editions of three rows, each of which may be missing, and has any of a few dates, statuses, planned days, capacities.
fn any_four_editions() -> impl Strategy<Value = Vec<String>> {
    let cells = (0..6_u8, 0..3_u8, 0..3_usize, 0..3_u8, 0..3_u8);
    proptest::collection::vec(proptest::collection::vec(cells, 3), 4).prop_map(|editions| {
        let of_row = |(key, (present, granted, status, planned, other)): (&str, (u8, u8, usize, u8, u8))| {
            let date = |day: u8, year: u16| if day == 0 { String::new() } else { format!("0{day}.05.{year}") };
            let row = row(key).with("Granted", &date(granted, 2021)).with("Grid", &date(planned, 2027));
            let row = row.with("Status", ["", "building", "given up"][status]);
            let row = if other == 0 { row.with("Applied", "") } else { row.with("MW", &format!("1{other}")) };
            (present > 0).then_some(row)
        };
        let of_edition = |(month, cells): (u32, Vec<_>)| {
            let rows: Vec<Row> = ["a", "b", "c"].into_iter().zip(cells).filter_map(of_row).collect();
            file(month, &if rows.is_empty() { vec![row("d")] } else { rows })
        };
        (1..).zip(editions).map(of_edition).collect()
    })
}

#[tokio::test]
async fn four_editions_say_by_any_day_what_they_said_whatever_the_order_of_imports() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..4 {
        let editions = any_four_editions().new_tree(&mut runner).unwrap().current();
        let in_order = Record::new();
        for edition in &editions {
            in_order.take(edition).await;
        }
        let (known, live) = (known_by_publication(&in_order), in_order.live());
        for order in orders_of_four() {
            let record = Record::new();
            for edition in order {
                record.take(&editions[edition]).await;
            }
            let otherwise: Vec<_> =
                known_by_publication(&record).iter().zip(&known).map(|(is, was)| differing(is, was)).collect();
            assert!(otherwise.iter().all(Vec::is_empty), "{otherwise:#?} {order:?} of {editions:#?}");
            assert_eq!(differing(&record.live(), &live), Vec::<String>::new(), "{order:?} of {editions:#?}");
        }
    }
}

/// What only one of two lists has.
fn differing(is: &[String], was: &[String]) -> Vec<String> {
    let more = is.iter().filter(|fact| !was.contains(fact)).map(|fact| format!("+ {fact}"));
    more.chain(was.iter().filter(|fact| !is.contains(fact)).map(|fact| format!("- {fact}"))).collect()
}

#[tokio::test]
async fn what_had_been_published_by_a_day_is_the_same_whatever_the_order_of_imports() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let editions = any_editions().new_tree(&mut runner).unwrap().current();
        let in_order = Record::new();
        for edition in &editions {
            in_order.take(edition).await;
        }
        let (known, live) = (known_by_publication(&in_order), in_order.live());
        for order in ORDERS {
            let record = Record::new();
            for edition in order {
                record.take(&editions[edition]).await;
            }
            assert_eq!(record.live(), live, "{order:?} of {editions:#?}");
            assert_eq!(known_by_publication(&record), known, "{order:?} of {editions:#?}");
            let before = record.app.picture().events();
            for edition in &editions {
                record.take(edition).await;
            }
            assert_eq!(record.app.picture().events(), before, "nothing is recorded twice");
        }
    }
}

#[tokio::test]
async fn what_an_older_edition_said_counts_for_who_asks_what_was_known_by_then_and_for_nobody_else() {
    let record = Record::new();
    record.take(&file(2, &[row("a").with("Granted", "02.05.2021")])).await;
    let older = record.take(&file(1, &[row("a").with("Granted", "01.05.2021").with("Refused", "03.05.2021")])).await;
    assert_eq!((older.facts.kept_for_later, older.facts.claimed, older.things[&Kind::Permit].kept), (7, 7, 1));
    assert_eq!((older.does.dated_back, older.does.total()), (8, 9), "each once, and that the refusal ends");
    assert_eq!(record.granted("a").unwrap().occurred_on().to_string(), "2021-05-02");
    let permit = record.permit("a");
    assert_eq!((permit.live().len(), permit.flags().len()), (3, 0));
    let known = KnownAt { at: "2024-01-15T00:00:00Z".parse().unwrap(), by: KnownBy::Publication };
    let then = record.app.picture_known(Some(known));
    let permit = then.thing::<Permit>(permit.id()).unwrap();
    let dates: Vec<String> = permit.live().iter().map(|live| live.occurred_on().to_string()).collect();
    assert_eq!(dates, ["2020-02-01", "2020-02-01", "2021-05-01", "2021-05-03"]);
    assert_eq!(then.things::<Organisation>().len(), 2, "who is named is known by then too");
    assert!(permit.flags().iter().all(|flag| flag.code != FlagCode::ActUnknown), "{:?}", permit.flags());
    assert!(
        record
            .app
            .picture_known(Some(KnownAt { at: "2023-12-31T00:00:00Z".parse().unwrap(), ..known }))
            .things::<Permit>()
            .is_empty()
    );
}

#[tokio::test]
async fn a_person_is_not_contradicted_by_an_older_edition() {
    let record = Record::new();
    record.take(&file(2, &[row("a").with("Granted", "02.05.2021")])).await;
    record.officer_corrects_grant("a", "2021-05-06").await;
    record.take(&file(1, &[row("a").with("Granted", "01.05.2021")])).await;
    let live = record.granted("a").unwrap();
    assert_eq!((live.occurred_on().to_string().as_str(), live.disagreement), ("2021-05-06", None));
}

#[tokio::test]
async fn an_older_edition_changes_nothing_that_a_newer_one_has_and_adds_what_it_never_had() {
    let record = Record::new();
    record.take(&file(2, &[row("a").with("Granted", "02.05.2021"), row("b")])).await;
    let before = record.live();
    let older = file(1, &[row("a").with("Granted", "01.05.2021"), row("b").with("Refused", "01.05.2021"), row("c")]);
    let summary = record.take(&older).await;
    assert_eq!((summary.things[&Kind::Permit].kept, summary.things[&Kind::Permit].new), (2, 1));
    assert_eq!((summary.facts.kept_for_later, summary.facts.stated, summary.vanished.len()), (10, 3, 0));
    let after = record.live();
    assert_eq!((after.len(), before.iter().filter(|fact| after.contains(fact)).count()), (before.len() + 3, before.len()));
}

#[tokio::test]
async fn an_edition_in_between_may_change_a_row_that_had_vanished_when_the_newer_was_taken() {
    let record = Record::new();
    record.take(&file(1, &[row("a"), row("b").with("Granted", "01.05.2021")])).await;
    record.take(&file(3, &[row("a")])).await;
    record.take(&file(2, &[row("a").with("MW", "99"), row("b").with("Granted", "02.05.2021")])).await;
    assert_eq!(record.granted("b").unwrap().occurred_on().to_string(), "2021-05-02");
    assert_eq!(record.project("a").state().registered().unwrap().capacity.unwrap().value.to_string(), "10");
}

#[tokio::test]
async fn taking_an_edition_again_records_nothing_whatever_came_since() {
    let record = Record::new();
    for edition in &editions() {
        record.take(edition).await;
    }
    for edition in editions().iter().chain(&editions()) {
        let again = record.take(edition).await;
        assert_eq!((matches!(again.ending, Ending::TakenBefore { .. }), again.events), (true, 0));
        assert!(again.to_string().contains("this very file is on record, as plants.csv, edition of 2024-0"), "{again}");
    }
}

#[tokio::test]
async fn another_file_of_the_same_date_brings_in_repaired_rows_and_what_it_says_otherwise() {
    let record = Record::new();
    let (a, c) = (row("a").with("Granted", "04.05.2021"), row("c").with("Granted", "04.05.2021"));
    let first = record.take(&file(2, &[a.clone(), row("b"), row("b"), c.clone()])).await;
    assert_eq!((first.rows.rejected, first.ending), (2, Ending::Taken));
    let repaired = file(2, &[a.clone(), row("b"), row("d"), c.with("Granted", "05.05.2021")]);
    let second = record.take(&repaired).await;
    assert_eq!(second.ending, Ending::Taken);
    assert_eq!(second.things[&Kind::Permit], Things { named: 4, new: 2, changed: 1, unchanged: 1, ..Things::default() });
    assert_eq!((second.facts.corrected, second.facts.retracted), (1, 0));
    assert_eq!(record.granted("c").unwrap().occurred_on().to_string(), "2021-05-05", "the file that was taken last counts");
    assert_eq!(record.permit("a").acts().len(), 3, "nothing new about it");
    assert_eq!(record.editions().len(), 2);
    for taken in [file(2, &[a.clone(), row("b"), row("b"), row("c").with("Granted", "04.05.2021")]), repaired] {
        assert_eq!(record.take(&taken).await.events, 0, "both files are on record");
    }
    record.take(&file(3, &[a.clone().with("Granted", "06.05.2021"), row("b")])).await;
    let late = record.take(&file(2, &[a.with("Granted", "07.05.2021"), row("e")])).await;
    assert_eq!((late.things[&Kind::Permit].kept, late.things[&Kind::Permit].new), (1, 1));
    assert_eq!(record.granted("a").unwrap().occurred_on().to_string(), "2021-05-06", "a newer edition is not undone");
}

#[tokio::test]
async fn rows_that_another_file_of_the_same_date_has_not_are_reported_and_left() {
    let record = Record::new();
    record.take(&file(2, &[row("a"), row("b").with("Granted", "04.05.2021")])).await;
    let part = record.take(&file(2, &[row("c")])).await;
    let keys: Vec<String> = part.vanished.iter().map(ToString::to_string).collect();
    assert_eq!((keys, part.facts.retracted), (vec!["a".to_owned(), "b".to_owned()], 0));
    record.take(&file(1, &[row("b").with("Granted", "03.05.2021")])).await;
    assert_eq!(record.granted("b").unwrap().occurred_on().to_string(), "2021-05-04");
}

#[tokio::test]
async fn an_edition_of_a_day_to_come_is_refused() {
    let record = Record::new();
    let day = (chrono::Utc::now() + chrono::TimeDelta::days(2)).date_naive();
    let ahead = file(1, &[row("a"), row("b")]).replacen("01.01.2024", &day.format("%d.%m.%Y").to_string(), 1);
    let mapping = plants::mapping("");
    let register = Register::read("plants.csv", ahead.as_bytes(), mapping.format()).unwrap();
    let options = Options {
        subject: OPERATOR,
        on_behalf_of: None,
        visibility: Visibility::Public,
        dry_run: false,
        may_retract_percent: 100,
    };
    for (stated, says) in [(None, format!("of {day} by row 2, which lies ahead")), (Some(day), format!("of {day}, which lies"))] {
        let edition = Edition::try_new(&mapping, &register, stated).unwrap();
        let refused = take_edition(&record.app, &edition, &options, &|_| {}).await.unwrap_err();
        assert!(matches!(refused, ImportError::AheadOfToday { .. }) && refused.to_string().contains(&says), "{refused}");
    }
    let edition = Edition::try_new(&mapping, &register, chrono::NaiveDate::from_ymd_opt(2024, 1, 1)).unwrap();
    assert!(take_edition(&record.app, &edition, &options, &|_| {}).await.is_ok());
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_records_nothing() {
    let record = Record::new();
    let [first, second, _] = editions();
    record.take(&first).await;
    let would = record.take_with(&second, &plants::mapping(""), true, &|_| {}).await;
    assert_eq!((would.ending, would.events), (Ending::DryRun, 0));
    let does = record.take(&second).await;
    assert_eq!((would.facts, would.things, would.vanished), (does.facts, does.things, does.vanished));
    assert_eq!(would.does, Events { editions: 0, ..does.does });
    assert_eq!((would.examples, does.ending), (does.examples, Ending::Taken));
}

#[tokio::test]
async fn a_run_says_how_far_it_has_come() {
    let (record, steps) = (Record::new(), Steps::default());
    record.take_with(&file(1, &[row("a"), row("b")]), &plants::mapping(""), false, &steps.watch()).await;
    let steps = steps.0.into_inner().unwrap();
    assert_eq!(steps.iter().map(|step| step.things).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 6]);
    assert_eq!(steps.last(), Some(&Step { rows: 2, rows_total: 2, things: 6 }));
}

fn many(month: u32, megawatts: &str) -> String {
    let rows: Vec<Row> = (0..600).map(|key| row(&key.to_string()).with("MW", megawatts)).collect();
    file(month, &rows)
}

#[tokio::test]
async fn a_run_that_was_cut_short_is_finished_by_another_and_records_nothing_twice() {
    let whole = Record::new();
    let summary = whole.take(&many(1, "10")).await;
    for things in [3, 300, 600, 1_100] {
        let record = Record::new();
        record.take_a_part(&many(1, "10"), |step| step.things == things).await;
        assert!(record.editions().is_empty(), "the edition is not taken yet");
        let part = usize::try_from(record.app.picture().events()).unwrap() - 1;
        let rest = record.take(&many(1, "10")).await;
        assert_eq!((rest.ending, part + rest.events), (Ending::Taken, summary.events));
        assert!(part > 2 && rest.events > 2, "{part} and {}", rest.events);
        assert_eq!(record.live(), whole.live());
    }
}

#[tokio::test]
async fn an_older_edition_does_not_undo_the_half_of_a_newer_one() {
    let record = Record::new();
    record.take(&many(1, "10")).await;
    record.take_a_part(&many(3, "30"), |step| step.things == 302).await;
    let capacity = |record: &Record| {
        let of = |key: u32| record.project(&key.to_string()).state().registered().unwrap().capacity.unwrap().value.to_string();
        (0..600).map(of).collect::<Vec<_>>()
    };
    let before = capacity(&record);
    record.take(&many(2, "20")).await;
    let after = capacity(&record);
    let kept = before.iter().zip(&after).filter(|(before, after)| *before == "30" && *after == "30").count();
    assert_eq!(kept, before.iter().filter(|before| *before == "30").count());
    assert!(kept >= 300 && after.iter().all(|after| after == "30" || after == "20"), "{kept}");
    record.take(&many(3, "30")).await;
    assert!(capacity(&record).iter().all(|capacity| capacity == "30"));
}

#[tokio::test]
async fn what_the_record_refuses_is_said_and_leaves_the_edition_open() {
    let record = Record::new();
    let unknown = "cluster = { constant = \"cluster-00000000-0000-4000-8000-000000000000\" }\n";
    let mapping = plants::mapping(unknown);
    let summary = record.take_with(&file(1, &[row("a")]), &mapping, false, &|_| {}).await;
    assert_eq!(summary.ending, Ending::Incomplete);
    assert_eq!((summary.things[&Kind::Project].refused, summary.refused[0].code), (1, "REFERENCE_UNKNOWN"));
    assert!(summary.to_string().contains("row 2, project a: "), "{summary}");
    assert!(record.editions().is_empty());
    let repaired = record.take(&file(1, &[row("a")])).await;
    assert_eq!((repaired.ending, repaired.refused.len()), (Ending::Taken, 0));
}

#[tokio::test]
async fn files_are_imported_and_the_rows_that_cannot_be_taken_are_listed() {
    let (record, directory) = (Record::new(), tempfile::tempdir().unwrap());
    let [mapping, register, rejects] =
        ["plants.toml", "plants.csv", "plants.rejects.csv"].map(|name| directory.path().join(name));
    std::fs::write(&mapping, plants::MAPPING).unwrap();
    std::fs::write(&register, file(1, &[row("a"), row("b"), row("b")])).unwrap();
    let files = Files { mapping: &mapping, register: &register, published_on: None, rejects: Some(rejects.clone()) };
    let options = Options {
        subject: OPERATOR,
        on_behalf_of: None,
        visibility: Visibility::Public,
        dry_run: false,
        may_retract_percent: 100,
    };
    let summary = import(&record.app, &files, &options, &|_| {}).await.unwrap();
    assert_eq!((summary.rows.taken, summary.rows.rejected, &summary.ending), (1, 2, &Ending::Taken));
    assert_eq!(record.permit("a").acts()[0].metadata.visibility, Visibility::Public);
    let listed = std::fs::read_to_string(&rejects).unwrap();
    assert!(listed.starts_with("row,code,reason,Key,Name,") && listed.contains("\n4,KEY_SHARED,"), "{listed}");
    assert_eq!(summary.listed.as_ref(), Some(&rejects));
    assert!(summary.to_string().contains(&format!("listed in {} with the reasons", rejects.display())), "{summary}");
    std::fs::write(&register, file(2, &[row("a"), row("b")])).unwrap();
    assert_eq!(import(&record.app, &files, &options, &|_| {}).await.unwrap().listed, None);
    assert!(!rejects.exists(), "a list of which nothing is true any more goes");
    std::fs::write(&register, "Key,Name\na,b\n").unwrap();
    let refused = import(&record.app, &files, &options, &|_| {}).await;
    assert!(matches!(refused, Err(ImportError::Edition(missing)) if missing.len() > 5));
}

/// Imports from `directory`, with the rejects to go to `rejects`.
async fn import_listing(record: &Record, directory: &Path, rejects: &Path) -> Result<Summary, ImportError> {
    let [mapping, register] = ["plants.toml", "plants.csv"].map(|name| directory.join(name));
    let files = Files { mapping: &mapping, register: &register, published_on: None, rejects: Some(rejects.to_owned()) };
    let options = Options {
        subject: OPERATOR,
        on_behalf_of: None,
        visibility: Visibility::Public,
        dry_run: false,
        may_retract_percent: 100,
    };
    import(&record.app, &files, &options, &|_| {}).await
}

#[tokio::test]
async fn the_list_of_rejects_never_takes_the_place_of_another_file() {
    let (record, directory) = (Record::new(), tempfile::tempdir().unwrap());
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("plants.toml"), plants::MAPPING).unwrap();
    std::fs::write(at("plants.csv"), file(1, &[row("a"), row("b"), row("b")])).unwrap();
    std::fs::write(at("letter.csv"), "row,code,reasons\n").unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    for name in ["plants.csv", "plants.toml", "folder/../plants.csv", "letter.csv", "folder", "nowhere/list.csv"] {
        let before = std::fs::read(at(name)).ok();
        let refused = import_listing(&record, directory.path(), &at(name)).await.unwrap_err();
        assert!(matches!(refused, ImportError::Rejects(_)), "{name}: {refused}");
        assert_eq!(std::fs::read(at(name)).ok(), before, "{name}");
    }
    let refused = import_listing(&record, directory.path(), &at("plants.csv")).await.unwrap_err();
    assert!(matches!(refused, ImportError::Rejects(RejectsError::Source { what: "register", .. })));
    assert_eq!(record.app.picture().events(), 0, "nothing is recorded before it is known that rows can be listed");

    std::fs::write(at("list.csv"), "row,code,reason,Key\n9,KEY_BLANK,an older list that is longer than the new,\n").unwrap();
    import_listing(&record, directory.path(), &at("list.csv")).await.unwrap();
    let listed = std::fs::read_to_string(at("list.csv")).unwrap();
    assert!(listed.lines().count() == 3 && !listed.contains("an older list"), "{listed}");
}

#[tokio::test]
async fn the_events_of_a_summary_add_up() {
    let record = Record::new();
    let (a, b, c) = (row("a").with("Granted", "04.05.2021"), row("b").with("Granted", "04.05.2021"), row("c"));
    record.take(&file(1, &[a.clone(), b, c.clone()])).await;
    record.officer_corrects_grant("a", "2021-05-06").await;
    let other = a.with("Granted", "07.05.2021").with("Refused", "01.01.2021");
    let summary = record.take(&file(2, &[other, row("b"), c.with("MW", "11")])).await;
    let does = Events { stated: 1, corrected: 1, retracted: 1, disagreements: 1, editions: 1, ..Events::default() };
    assert_eq!((summary.does, summary.events), (does, 5));
    let events = summary
        .to_string()
        .lines()
        .find(|line| line.starts_with("events"))
        .unwrap()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(
        events,
        "events in all 5 stated 1 corrected 1 brought back 0 retracted 1 disagreements 1 agreements 0 dated back 0 edition 1"
    );
}

#[tokio::test]
async fn a_regime_that_no_file_knows_is_taken_from_a_register_and_flagged() {
    let named = |regime: &str, case: &str| {
        let instrument = "instrument = { constant = \"Permit\" }";
        let law = format!("{instrument}\nregime = {{ constant = \"{regime}\" }}\ncase = {{ constant = \"{case}\" }}");
        let mapping = Mapping::parse(&plants::MAPPING.replace(instrument, &law), |file| Err(format!("no {file}")));
        mapping.unwrap_or_else(|mistakes| panic!("{mistakes}"))
    };
    let record = Record::new();
    let flagged = || -> Vec<FlagCode> {
        let flags = unknown_law(&record.permit("a"), record.app.law());
        flags.into_iter().map(|flag| flag.code).collect()
    };
    record.take_with(&file(1, &[row("a")]), &named("planning act", "small"), false, &|_| {}).await;
    assert_eq!(record.permit("a").state().regime().map(ToString::to_string), Some("planning act".to_owned()));
    assert_eq!(flagged(), [FlagCode::RegimeUnknown]);
    record.take_with(&file(2, &[row("a")]), &named("gb-eng-planning", "small"), false, &|_| {}).await;
    assert_eq!(flagged(), [FlagCode::CaseUnknown]);
    record.take_with(&file(3, &[row("a")]), &named("gb-eng-planning", "minor"), false, &|_| {}).await;
    assert_eq!(flagged(), []);
}
