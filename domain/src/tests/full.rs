//! A thing that holds as many acts as it may.

use projections::things::Project;
use schema::project::{MilestonePlanned, ProjectFact};

use super::{super::ACTS_MAX, *};

/// A project of which so many acts are recorded.
fn project_of(acts: usize) -> Scene<Project> {
    let mut scene = given::<Project>([project::pipeline()]);
    let command = scene.command(By::Person, Intent::State(milestone(0)), date("2024-02-01"));
    let act = |number: usize| {
        let id = EventId(Uuid::from_u128(number as u128));
        let revision = number as u64;
        let header = Header::new(id, scene.thing.id(), revision, Position(revision), command.now);
        let content = Act::Stated(Arc::new(milestone(number)));
        Arc::new(Recorded { header, metadata: command.metadata.clone(), content })
    };
    let first = scene.thing.acts().iter().cloned();
    scene.thing = Thing::of(scene.thing.id(), first.chain((1..acts).map(act)).collect());
    scene
}

fn milestone(number: usize) -> ProjectFact {
    MilestonePlanned { milestone: line(&format!("milestone {number}")), title: None, due_on: date("2030-01-01"), kind: None }
        .into()
}

#[test]
fn one_act_more_is_refused_by_name_and_what_is_on_record_is_read() {
    let plans = said::<ProjectFact>(milestone(0), "2024-03-01");
    let mut nearly = project_of(ACTS_MAX - 1);
    recorded(nearly.state(By::Person, &plans));
    // A log of an older build can hold more.
    for mut full in [nearly, project_of(ACTS_MAX + 5)] {
        let count = full.thing.acts().len();
        assert_eq!(full.thing.live().len(), count);
        let last = full.last();
        for refusal in [
            refused(full.state(By::Person, &said(milestone(count + 1), "2024-03-01"))),
            refused(full.state(By::Register, &said(milestone(count + 1), "2024-03-01"))),
            refused(full.retract(By::Person, last)),
        ] {
            assert_eq!(refusal.code, rejection::THING_FULL);
            let named = [full.thing.id().to_string(), count.to_string(), ACTS_MAX.to_string()];
            assert!(named.iter().all(|named| refusal.message.contains(named)), "{}", refusal.message);
            assert!(refusal.hint.is_some());
        }
        assert!(nothing_to_do(full.state(By::Person, &said(milestone(1), "2024-02-01"))), "it is on record");
    }
}
