//! Editions of a register taken into the record: what is stated, corrected, retracted, and what is left alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by failing what is wrong")]

mod people;
mod plans;
mod plants;
mod repd;
mod runs;
mod strangers;
mod unread;

use milepost::import::{Ending, Facts, Things};
use projections::things::PermitState;
use schema::{Act, Assurance, Kind, Line};

use plants::{OPERATOR, Record, file, row};

#[tokio::test]
async fn a_first_edition_brings_its_rows_on_record_with_their_source() {
    let record = Record::new();
    let first = file(1, &[row("a").with("Granted", "04.05.2021"), row("b")]);
    let summary = record.take(&first).await;
    assert_eq!(summary.ending, Ending::Taken);
    assert_eq!(summary.facts, Facts { claimed: 9, stated: 9, ..Facts::default() });
    assert_eq!(summary.things[&Kind::Permit], Things { named: 2, new: 2, ..Things::default() });
    assert_eq!((summary.things[&Kind::Organisation].new, summary.events), (2, 10));
    let permit = record.permit("a");
    assert_eq!((permit.state().state, permit.live().len()), (PermitState::Decided, 3));
    for act in permit.acts() {
        let (metadata, row) = (&act.metadata, act.metadata.origin.row().unwrap());
        assert_eq!((row.register.as_str(), row.row, &row.file_sha256), ("plants", 2, &summary.file_sha256));
        assert_eq!(metadata.published_on.unwrap().to_string(), "2024-01-01");
        assert_eq!((metadata.subject, metadata.assurance), (OPERATOR, Assurance::Claimed));
        assert_eq!(metadata.correlation_id, record.project("b").acts()[0].metadata.correlation_id);
    }
    let editions = record.editions();
    assert_eq!((editions.len(), editions[0].rows_read, editions[0].rows_rejected), (1, 2, 0));
}

#[tokio::test]
async fn a_later_edition_states_what_is_new_corrects_what_changed_and_retracts_what_is_cleared() {
    let record = Record::new();
    let (a, b, c) = (row("a").with("Granted", "04.05.2021"), row("b").with("Refused", "06.07.2021"), row("c"));
    record.take(&file(1, &[a.clone(), b.clone(), c.clone()])).await;
    let granted = record.granted("a").unwrap().fact_id;
    let later = [a.with("Granted", "05.05.2021"), b.with("Refused", ""), c.with("Granted", "01.08.2021"), row("d")];
    let summary = record.take(&file(2, &later)).await;
    let facts = summary.facts;
    assert_eq!((facts.stated, facts.corrected, facts.retracted, facts.unchanged), (4, 1, 1, 11));
    assert_eq!(summary.things[&Kind::Permit], Things { named: 4, new: 1, changed: 3, ..Things::default() });
    assert_eq!(summary.things[&Kind::Project], Things { named: 4, new: 1, unchanged: 3, ..Things::default() });
    let live = record.granted("a").unwrap();
    assert_eq!((live.fact_id, live.occurred_on().to_string().as_str()), (granted, "2021-05-05"));
    let why = live.version.content.reason().unwrap().to_string();
    assert_eq!(why, "the edition of 2024-02-01 says otherwise than that of 2024-01-01: date 2021-05-04 → 2021-05-05");
    assert_eq!(record.permit("b").state().state, PermitState::Submitted);
    assert!(record.granted("c").is_some());
}

#[tokio::test]
async fn a_fact_that_comes_back_is_the_fact_it_was() {
    let record = Record::new();
    let granted = row("a").with("Granted", "04.05.2021");
    record.take(&file(1, &[granted.clone(), row("b").with("Granted", "01.01.2021")])).await;
    let [of_a, of_b] = ["a", "b"].map(|key| record.granted(key).unwrap().fact_id);
    record.take(&file(2, &[row("a"), row("b")])).await;
    assert_eq!((record.granted("a"), record.granted("b")), (None, None));
    let summary = record.take(&file(3, &[granted, row("b").with("Granted", "02.01.2021")])).await;
    assert_eq!((summary.facts.brought_back, summary.facts.stated, summary.facts.corrected), (2, 0, 0));
    let [a, b] = ["a", "b"].map(|key| record.granted(key).unwrap());
    assert_eq!((a.fact_id, a.occurred_on().to_string().as_str()), (of_a, "2021-05-04"));
    assert_eq!((b.fact_id, b.occurred_on().to_string().as_str()), (of_b, "2021-01-02"));
}

#[tokio::test]
async fn attributes_that_changed_correct_what_brought_the_thing_on_record() {
    let record = Record::new();
    record.take(&file(1, &[row("a")])).await;
    let changed =
        row("a").with("MW", "12.5").with("Developer", "Windy Ltd").with("Name", "Plant  a").with("Applied", "02.02.2020");
    let summary = record.take(&file(2, &[changed])).await;
    assert_eq!((summary.facts.corrected, summary.facts.stated), (3, 1), "project, permit and submission; the new developer");
    let project = record.project("a");
    assert_eq!(project.state().registered().unwrap().capacity.unwrap().value.to_string(), "12.5");
    let why = project.live()[0].version.content.reason().unwrap().to_string();
    assert!(why.ends_with(": date 2020-02-01 → 2020-02-02, 'capacity', 'lead'"), "{why}");
    assert!(project.flags().is_empty(), "founded once");
}

#[tokio::test]
async fn an_organisation_is_stated_once_and_keeps_its_first_spelling() {
    let record = Record::new();
    record.take(&file(1, &[row("a"), row("b")])).await;
    let summary =
        record.take(&file(2, &[row("a").with("Developer", "SUNNY LTD"), row("b").with("Developer", "SUNNY LTD")])).await;
    assert_eq!(summary.things[&Kind::Organisation], Things { named: 2, unchanged: 2, ..Things::default() });
    assert_eq!((summary.events, summary.facts.unchanged), (1, summary.facts.claimed));
}

#[tokio::test]
async fn rows_that_vanish_are_reported_and_left() {
    let record = Record::new();
    let gone = row("b").with("Granted", "04.05.2021");
    record.take(&file(1, &[row("a"), gone.clone()])).await;
    let summary = record.take(&file(2, &[row("a"), row("c")])).await;
    let keys: Vec<&str> = summary.vanished.iter().map(Line::as_str).collect();
    assert_eq!((keys.as_slice(), summary.facts.retracted), (["b"].as_slice(), 0));
    assert_eq!(record.editions()[1].rows_vanished, summary.vanished);
    assert!(record.granted("b").is_some());
    let back = record.take(&file(3, &[row("a"), gone, row("c")])).await;
    assert!(back.vanished.is_empty());
    assert_eq!(back.facts.unchanged, back.facts.claimed);
}

#[tokio::test]
async fn a_row_that_is_refused_now_has_not_vanished() {
    let record = Record::new();
    record.take(&file(1, &[row("a"), row("b").with("Granted", "04.05.2021")])).await;
    let summary = record.take(&file(2, &[row("a"), row("b"), row("b")])).await;
    assert_eq!((summary.rows.rejected, summary.vanished.len(), summary.facts.retracted), (2, 0, 0));
    assert!(record.granted("b").is_some());
}

#[tokio::test]
async fn a_status_as_of_an_edition_stands_beside_a_later_one_and_ends_when_no_other_takes_its_place() {
    let record = Record::new();
    let standing = |status: &str| [row("a").with("Status", status)];
    let standings = || record.project("a").live().iter().skip(1).map(|live| live.occurred_on().to_string()).collect::<Vec<_>>();
    record.take(&file(1, &standing("building"))).await;
    assert_eq!(record.take(&file(2, &standing("building"))).await.events, 1, "the same status is nothing new");
    assert_eq!(standings(), ["2024-01-01"]);
    let other = record.take(&file(3, &standing("given up"))).await;
    assert_eq!((other.facts.stated, other.facts.corrected, other.facts.retracted), (1, 0, 0));
    assert_eq!(standings(), ["2024-01-01", "2024-03-01"]);
    assert_eq!(record.take(&file(4, &standing(""))).await.facts.retracted, 2);
    assert!(standings().is_empty());
    assert_eq!(record.take(&file(5, &standing("given up"))).await.facts.brought_back, 1);
    assert_eq!(standings(), ["2024-03-01"]);
}

#[tokio::test]
async fn a_date_that_the_row_no_longer_says_does_not_move_the_founding_to_the_edition() {
    let record = Record::new();
    record.take(&file(1, &[row("a"), row("b").with("Applied", "")])).await;
    record.take(&file(2, &[row("a").with("Applied", ""), row("b").with("Applied", "03.02.2020")])).await;
    let since = |key: &str| record.project(key).live()[0].occurred_on().to_string();
    assert_eq!((since("a").as_str(), since("b").as_str()), ("2020-02-01", "2020-02-03"));
    assert_eq!(record.permit("a").live().len(), 1, "the submission is retracted");
}

#[tokio::test]
async fn what_moves_from_one_column_to_another_is_stated_anew() {
    let record = Record::new();
    let mapping = plants::mapping(
        "[[event]]\nfield = \"granted_at_last\"\nthing = \"permit\"\ntype = \"PermitGranted\"\ndate = \"Until\"\n",
    );
    record.take_with(&file(1, &[row("a").with("Until", "04.05.2021")]), &mapping, false, &|_| {}).await;
    let moved = file(2, &[row("a").with("Granted", "04.05.2021")]);
    let summary = record.take_with(&moved, &mapping, false, &|_| {}).await;
    assert_eq!((summary.facts.stated, summary.facts.retracted), (1, 1));
    let grants = record.permit("a").state().determinations.len();
    assert_eq!(grants, 1);
}

#[tokio::test]
async fn a_summary_reads_as_a_table() {
    let record = Record::new();
    record.take(&file(1, &[row("a"), row("gone")])).await;
    let summary = record.take(&file(2, &[row("a").with("Granted", "04.05.2021"), row("x"), row("x")])).await;
    let text = summary.to_string();
    let line =
        |begin: &str| text.lines().find(|line| line.starts_with(begin)).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(line("rows"), "rows read 3 taken 1 rejected 2");
    assert_eq!(line("permits"), "permits named 1 new 0 changed 1 unchanged 0 later edition 0 refused 0");
    assert!(text.contains("1 rows of earlier editions that this one has not; left as they are: gone"), "{text}");
    assert!(text.contains("stated: permit a, granted"), "{text}");
    let mut off = summary;
    off.facts.stated += 1;
    assert!(!off.adds_up());
}

#[tokio::test]
async fn retractions_and_corrections_name_what_they_are_about() {
    let record = Record::new();
    record.take(&file(1, &[row("a").with("Granted", "04.05.2021")])).await;
    record.take(&file(2, &[row("a")])).await;
    let permit = record.permit("a");
    let Act::Retracted { act, reason } = &permit.acts().last().unwrap().content else { panic!("{:?}", permit.acts()) };
    assert_eq!(reason.as_str(), "the edition of 2024-02-01 no longer says so");
    assert_eq!(permit.act(*act).unwrap().metadata.origin.row().unwrap().field.as_str(), "granted");
}
