//! Both editions of the UK planning register, taken one after the other.

use crate::plants::Record;

#[tokio::test]
async fn the_planning_register_is_taken_in_its_two_editions_and_the_older_undoes_nothing() {
    let record = Record::new();
    let q4 = record.take_repd("repd-2023q4.csv").await;
    println!("{q4}");
    let q2 = record.take_repd("repd-2024q2.csv").await;
    println!("{q2}");
    let hash = record.app.picture().hash();
    assert_eq!(record.take_repd("repd-2023q4.csv").await.events, 0);
    assert_eq!(record.app.picture().hash(), hash);
}
