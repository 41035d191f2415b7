//! Planned days: one that changes between editions moves the plan.

use milepost::import::Fate;
use projections::things::{FlagCode, Milestone};
use schema::{
    Kind,
    project::{MoveCause, ProjectFact},
};

use crate::plants::{Record, Row, file, row};

/// The plant of which the register says that it is to be connected on `day`.
fn due(day: &str) -> Row {
    row("a").with("Grid", day)
}

fn grid(record: &Record) -> Milestone {
    record.project("a").state().milestones[0].clone()
}

/// The first plan, the forecast, and to which days it moved when.
fn schedule(record: &Record) -> (String, String, Vec<String>) {
    let grid = grid(record);
    let moves = grid.moves.iter().map(|moved| format!("{} {}", moved.moved_on, moved.to.unwrap()));
    (grid.baseline.unwrap().to_string(), grid.forecast.unwrap().to_string(), moves.collect())
}

fn said(baseline: &str, forecast: &str, moves: &[&str]) -> (String, String, Vec<String>) {
    (baseline.to_owned(), forecast.to_owned(), moves.iter().map(|moved| (*moved).to_owned()).collect())
}

#[tokio::test]
async fn a_planned_day_that_moves_between_editions_is_a_move_of_the_plan() {
    let record = Record::new();
    record.take(&file(1, &[due("01.06.2027")])).await;
    assert_eq!(schedule(&record), said("2027-06-01", "2027-06-01", &[]));
    let moved = record.take(&file(2, &[due("01.08.2027")])).await;
    assert_eq!((moved.facts.stated, moved.facts.moved, moved.facts.corrected, moved.facts.retracted), (1, 1, 0, 0));
    assert_eq!(moved.examples[&(Fate::Moved.word(), Kind::Project)], ["project a, grid"]);
    assert!(moved.to_string().contains("1 of the facts stated move a planned day"), "{moved}");
    assert_eq!(schedule(&record), said("2027-06-01", "2027-08-01", &["2024-02-01 2027-08-01"]));
    assert_eq!(record.take(&file(3, &[due("01.08.2027")])).await.events, 1, "the same day is no move");
    record.take(&file(4, &[due("01.06.2027")])).await;
    let back = ["2024-02-01 2027-08-01", "2024-04-01 2027-06-01"];
    assert_eq!(schedule(&record), said("2027-06-01", "2027-06-01", &back));
    let project = record.project("a");
    assert!(project.flags().iter().all(|flag| flag.code != FlagCode::MilestonePlannedTwice), "{:?}", project.flags());
    let moved = &grid(&record).moves[0];
    assert_eq!((moved.cause, moved.responsible, moved.reason.as_ref()), (Some(MoveCause::Register), None, None));
    assert_eq!(moved.from.unwrap().to_string(), "2027-06-01");
}

#[tokio::test]
async fn another_file_of_an_edition_corrects_the_plan_and_moves_nothing() {
    let record = Record::new();
    record.take(&file(1, &[due("01.06.2027")])).await;
    let corrected = record.take(&file(1, &[due("01.07.2027"), row("b")])).await;
    assert_eq!((corrected.facts.corrected, corrected.facts.moved), (1, 0));
    assert_eq!(schedule(&record), said("2027-07-01", "2027-07-01", &[]));
    record.take(&file(2, &[due("01.08.2027")])).await;
    assert_eq!(record.take(&file(2, &[due("01.09.2027"), row("b")])).await.facts.corrected, 1);
    assert_eq!(schedule(&record), said("2027-07-01", "2027-09-01", &["2024-02-01 2027-09-01"]));
}

#[tokio::test]
async fn a_plan_stays_when_the_row_says_that_it_was_reached_and_goes_when_the_row_is_silent() {
    let record = Record::new();
    let (a, b) = (due("01.02.2024"), row("b").with("Grid", "01.06.2027"));
    record.take(&file(1, &[a, b.clone()])).await;
    record.take(&file(2, &[due("01.03.2024"), b])).await;
    let reached = record.take(&file(4, &[row("a").with("Connected", "05.03.2024"), row("b")])).await;
    assert_eq!(reached.facts.retracted, 1, "of b");
    let grid = grid(&record);
    assert_eq!((grid.baseline.unwrap().to_string().as_str(), grid.moves.len()), ("2024-02-01", 1));
    assert_eq!(grid.actual.unwrap().to_string(), "2024-03-05");
    assert!(record.project("b").live().iter().all(|live| !matches!(live.fact(), ProjectFact::MilestonePlanned(_))));
    record.take(&file(5, &[row("a").with("Connected", "05.03.2024"), row("b").with("Grid", "01.07.2027")])).await;
    let b = record.project("b").state().milestones[0].clone();
    assert_eq!(
        (b.baseline.unwrap().to_string().as_str(), b.forecast.unwrap().to_string().as_str()),
        ("2027-06-01", "2027-07-01")
    );
}

#[tokio::test]
async fn moves_are_the_same_in_whatever_order_editions_are_taken() {
    let days = ["01.06.2027", "01.08.2027", "01.08.2027", "01.05.2027"];
    let editions: Vec<String> = (1..).zip(days).map(|(month, day)| file(month, &[due(day)])).collect();
    let wanted = said("2027-06-01", "2027-05-01", &["2024-02-01 2027-08-01", "2024-04-01 2027-05-01"]);
    for order in crate::runs::orders_of_four() {
        let record = Record::new();
        for edition in order {
            record.take(&editions[edition]).await;
        }
        assert_eq!(schedule(&record), wanted, "{order:?}");
    }
}

#[tokio::test]
async fn a_plan_that_a_person_corrected_stays_and_the_registers_next_day_stands_beside_it() {
    let record = Record::new();
    record.take(&file(1, &[due("01.06.2027")])).await;
    record.lead_corrects_plan("a", "2027-09-01").await;
    let moved = record.take(&file(2, &[due("01.08.2027")])).await;
    assert_eq!((moved.facts.kept_for_person, moved.facts.moved), (1, 0));
    assert_eq!(schedule(&record), said("2027-09-01", "2027-09-01", &[]));
}
