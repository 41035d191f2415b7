//! Runs: in any order, again, dry, cut short, refused.

use milepost::import::{Ending, Files, ImportError, Options, Step, import};
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
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let record = Record::new();
        for edition in order {
            record.take(&editions()[edition]).await;
        }
        assert_eq!(record.live(), in_order.live(), "{order:?}");
    }
}

#[tokio::test]
async fn an_older_edition_changes_nothing_that_a_newer_one_has_and_adds_what_it_never_had() {
    let record = Record::new();
    record.take(&file(2, &[row("a").with("Granted", "02.05.2021"), row("b")])).await;
    let before = record.live();
    let older = file(1, &[row("a").with("Granted", "01.05.2021"), row("b").with("Refused", "01.05.2021"), row("c")]);
    let summary = record.take(&older).await;
    assert_eq!((summary.things[&Kind::Permit].kept, summary.things[&Kind::Permit].new), (2, 1));
    assert_eq!((summary.facts.kept_for_later, summary.facts.stated, summary.vanished.len()), (8, 3, 0));
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
    assert_eq!(record.project("a").acts().len(), 1);
}

#[tokio::test]
async fn taking_an_edition_again_records_nothing_whatever_came_since() {
    let record = Record::new();
    for edition in &editions() {
        record.take(edition).await;
    }
    for edition in editions().iter().chain(&editions()) {
        let again = record.take(edition).await;
        assert_eq!((again.ending, again.events), (Ending::TakenBefore { file: "plants.csv".parse().unwrap() }, 0));
    }
    let same_day = record.take(&file(3, &[row("z")])).await;
    assert!(matches!(same_day.ending, Ending::TakenBefore { .. }), "another file of the same date is no other edition");
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
    let options = Options { subject: OPERATOR, visibility: Visibility::Public, dry_run: false };
    let summary = import(&record.app, &files, &options, &|_| {}).await.unwrap();
    assert_eq!((summary.rows.taken, summary.rows.rejected, summary.ending), (1, 2, Ending::Taken));
    assert_eq!(record.permit("a").acts()[0].metadata.visibility, Visibility::Public);
    let listed = std::fs::read_to_string(&rejects).unwrap();
    assert!(listed.starts_with("row,code,reason,Key,Name,") && listed.contains("\n4,KEY_SHARED,"), "{listed}");
    std::fs::write(&register, "Key,Name\na,b\n").unwrap();
    let refused = import(&record.app, &files, &options, &|_| {}).await;
    assert!(matches!(refused, Err(ImportError::Edition(missing)) if missing.len() > 5));
}
