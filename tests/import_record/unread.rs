//! What can't be read is not withdrawn.

use milepost::import::{Doubt, Edition, Mapping, Register};
use schema::permit::PermitFact;

use crate::plants::{self, MAPPING, Record, Row, file, row};

fn granted_on(record: &Record, key: &str) -> Option<String> {
    record.granted(key).map(|live| live.occurred_on().to_string())
}

fn granted(key: &str, on: &str) -> Row {
    row(key).with("Granted", on)
}

#[tokio::test]
async fn a_date_written_in_another_way_than_before_leaves_the_facts_as_they_were_and_is_said() {
    let record = Record::new();
    let keys = ["a", "b", "c"];
    record.take(&file(1, &keys.map(|key| granted(key, "01.01.2019")))).await;
    let later = record.take(&file(2, &keys.map(|key| granted(key, "1 Jan 2019")))).await;
    assert_eq!((later.facts.retracted, later.facts.left), (0, 3));
    assert_eq!(keys.map(|key| granted_on(&record, key)), [const { "2019-01-01" }; 3].map(|day| Some(day.to_owned())));
    let text = later.to_string();
    assert!(text.contains("3 facts on record left as they were"), "{text}");
    assert!(text.contains("column 'Granted': none of its 3 cells is a date in the mapping's formats"), "{text}");
    assert!(text.contains("left as it was: permit a, granted"), "{text}");
    let read_again = record.take(&file(3, &keys.map(|key| granted(key, "01.01.2019")))).await;
    assert_eq!((read_again.facts.left, read_again.facts.stated, read_again.facts.brought_back), (0, 0, 0));
    let withdrawn = record.take(&file(4, &keys.map(|key| granted(key, "")))).await;
    assert_eq!(withdrawn.facts.retracted, 3, "a blank cell is read, and says nothing");
}

#[tokio::test]
async fn day_numbers_of_a_spreadsheet_are_read_in_a_column_of_dates() {
    let record = Record::new();
    record.take(&file(1, &[granted("a", "01.01.2019")])).await;
    let later = record.take(&file(2, &[granted("a", "43466"), granted("b", "43467.5")])).await;
    assert_eq!((later.facts.corrected, later.facts.retracted, later.odd.len()), (0, 0, 0));
    assert_eq!(granted_on(&record, "a").as_deref(), Some("2019-01-01"));
    assert_eq!(granted_on(&record, "b").as_deref(), Some("2019-01-02"));
}

#[tokio::test]
async fn a_member_that_cant_be_read_stays_as_it_is_on_record() {
    let record = Record::new();
    record.take(&file(1, &[granted("a", "01.01.2019").with("Until", "01.01.2024")])).await;
    let odd = granted("a", "01.01.2019").with("Until", "five years").with("MW", "about 10").with("Applied", "early 2020");
    let later = record.take(&file(2, &[odd])).await;
    assert_eq!((later.facts.retracted, later.odd.len() > 2), (0, true));
    let live = record.granted("a").unwrap();
    let PermitFact::PermitGranted(grant) = live.fact() else { panic!("{live:?}") };
    assert_eq!(grant.valid_until.unwrap().to_string(), "2024-01-01");
    let project = record.project("a");
    assert_eq!(project.state().registered().unwrap().capacity.unwrap().value.to_string(), "10");
    assert_eq!(project.live()[0].occurred_on().to_string(), "2020-02-01");
    assert_eq!(record.permit("a").live().len(), 3, "the submission stays");
    let emptied = record.take(&file(3, &[granted("a", "01.01.2019").with("MW", "")])).await;
    assert_eq!(emptied.facts.corrected, 3, "what is blank is emptied: capacity, last day, and the cell that was kept");
}

#[tokio::test]
async fn a_planned_day_that_cant_be_read_leaves_the_plan() {
    let record = Record::new();
    record.take(&file(1, &[row("a").with("Grid", "01.06.2027")])).await;
    let later = record.take(&file(2, &[row("a").with("Grid", "Q3?")])).await;
    assert_eq!((later.facts.left, later.facts.retracted), (1, 0));
    assert_eq!(record.project("a").state().milestones[0].forecast.unwrap().to_string(), "2027-06-01");
}

#[tokio::test]
async fn a_column_that_an_edition_has_not_withdraws_nothing() {
    let optional = MAPPING.replace("edition_date = \"As of\"", "edition_date = \"As of\"\noptional = [\"Granted\", \"MW\"]");
    let mapping = Mapping::parse(&optional, |file| Err(format!("no {file}"))).unwrap();
    let record = Record::new();
    record.take_with(&file(1, &[granted("a", "01.01.2019")]), &mapping, false, &|_| {}).await;
    let narrow = file(2, &[row("a")]).replace(",Granted,", ",Something,").replace(",MW,", ",Other,");
    let later = record.take_with(&narrow, &mapping, false, &|_| {}).await;
    assert_eq!((later.facts.retracted, later.facts.corrected, later.facts.left), (0, 0, 1));
    assert_eq!(granted_on(&record, "a").as_deref(), Some("2019-01-01"));
}

fn doubts(file: &str, mapping: &Mapping) -> Vec<Doubt> {
    let register = Register::read("plants.csv", file.as_bytes(), mapping.format()).unwrap();
    Edition::try_new(mapping, &register, None).unwrap().doubts()
}

#[tokio::test]
async fn day_and_month_that_may_be_swapped_are_said_and_record_nothing_wrong() {
    let record = Record::new();
    record.take(&file(1, &[granted("a", "05.03.2019"), granted("b", "25.03.2019")])).await;
    let swapped = [granted("a", "03.05.2019"), granted("b", "03.25.2019")];
    let later = record.take(&file(2, &swapped)).await;
    assert_eq!(
        (later.facts.corrected, later.facts.retracted, later.facts.left),
        (2, 0, 2),
        "the cells are kept beside the permits"
    );
    assert_eq!(granted_on(&record, "a").as_deref(), Some("2019-03-05"));
    assert!(later.to_string().contains("1 cells are dates only with day and month swapped (rows 3)"), "{later}");

    let one = record.take(&file(3, &[granted("a", "03.05.2019"), granted("b", "25.03.2019")])).await;
    assert_eq!((one.facts.swapped, granted_on(&record, "a").as_deref()), (1, Some("2019-05-03")));
    assert!(one.to_string().contains("1 of the facts corrected have day and month swapped"), "{one}");

    let both = MAPPING.replace("formats = [\"%d.%m.%Y\"]", "formats = [\"%d.%m.%Y\", \"%m.%d.%Y\"]");
    let both = Mapping::parse(&both, |file| Err(format!("no {file}"))).unwrap();
    let found = doubts(&file(4, &[granted("a", "03.05.2019")]), &both);
    assert!(found.iter().any(|doubt| matches!(doubt, Doubt::EitherWay { column, cells: 1 } if column == "Granted")), "{found:?}");
}

#[test]
fn a_word_of_a_condition_that_no_cell_has_is_said() {
    let misspelt = MAPPING.replace("is = \"building\"", "is = \"biulding\"");
    let mapping = Mapping::parse(&misspelt, |file| Err(format!("no {file}"))).unwrap();
    let found = doubts(&file(1, &[row("a").with("Status", "building"), row("b").with("Status", "given up")]), &mapping);
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    let word = "column 'Status': no cell is 'biulding', which a condition of the mapping looks for; did you mean 'building'?";
    assert_eq!(said, [word]);
    assert!(doubts(&file(1, &[row("a")]), &plants::mapping("")).is_empty(), "a blank column says nothing of words");
}
