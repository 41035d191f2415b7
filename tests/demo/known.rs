//! What is publicly known of the initiative, its clusters and their projects.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use milepost::demo;
use projections::{
    Picture, Sight,
    things::{Award, AwardState, Cluster, Initiative, PolicyMeasure, PolicyState, Programme, Project},
    views::{
        Day,
        rollup::{Beside, By, Funding, roll_up},
    },
};
use rust_decimal::Decimal;
use schema::{Assurance, InitiativeId, Kind, award::Side, cluster::Bound, project::CapacityUnit};
use serde_json::Value;

use crate::world::{World, acts, flags};

const SEED_FACTS: &str = include_str!("../../demo/seed-facts.json");
const CLUSTERS: &str = include_str!("../../demo/clusters.csv");

fn seed() -> Value {
    serde_json::from_str(SEED_FACTS).unwrap()
}

fn number(value: &Value) -> Decimal {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse().unwrap()
}

/// A figure of the file, in the unit that is recorded.
fn scaled(value: &Value, by: i64) -> Option<Decimal> {
    (!value.is_null()).then(|| (number(value) * Decimal::from(by)).normalize())
}

/// The cluster that the files call `id`.
fn cluster(picture: &Picture, id: &str) -> std::sync::Arc<projections::things::Thing<Cluster>> {
    let called = |cluster: &Cluster| cluster.registered().unwrap().identifiers.iter().any(|other| other.value.as_str() == id);
    Sight::things::<Cluster>(picture).find(|thing| called(thing.state())).unwrap()
}

/// The award for the project with this title.
fn award(picture: &Picture, project: &str) -> Award {
    let of = |thing: &projections::things::Thing<Project>| thing.state().registered().unwrap().title.as_str() == project;
    let project = Sight::things::<Project>(picture).find(|thing| of(thing)).unwrap();
    let mut awards = Sight::naming::<Award>(picture, project.id());
    let award = awards.next().unwrap();
    assert!(awards.next().is_none());
    award.state().clone()
}

async fn known() -> (World, std::sync::Arc<Picture>) {
    let world = World::new();
    demo::record_known_facts(&world.app).await.unwrap();
    let picture = world.picture().await;
    (world, picture)
}

#[tokio::test]
async fn what_the_initiative_states_is_on_record_as_of_when_it_stated_it() {
    let (_world, picture) = known().await;
    let initiative = picture.thing::<Initiative>(InitiativeId::only()).unwrap().state();
    assert_eq!(initiative.named().unwrap().name.as_str(), "Transitioning Industrial Clusters");
    let seed = seed();
    let items: Vec<_> = std::iter::once(&seed["initiative"]).chain(seed["later_totals"].as_array().unwrap()).collect();
    assert_eq!(initiative.stated.len(), items.len());
    for item in items {
        let as_of = item["as_of"].as_str().unwrap();
        let figures = initiative.stated.iter().find(|figures| figures.as_of.to_string() == as_of).unwrap().stated().unwrap();
        let count = |field: &str| scaled(&item[field], 1);
        assert_eq!(figures.clusters.map(Decimal::from), count("clusters"));
        assert_eq!(figures.countries.map(Decimal::from), count("countries"));
        assert_eq!(figures.continents.map(Decimal::from), count("continents"));
        assert_eq!(figures.abatement_potential_t_per_year, scaled(&item["abatement_potential_mt_co2e_per_year"], 1_000_000));
        assert_eq!(figures.gdp.map(schema::Money::amount), scaled(&item["gdp_usd_bn"], 1_000_000_000));
        assert_eq!(figures.gdp.unwrap().currency().code(), "USD");
        assert_eq!(figures.jobs.map(Decimal::from), scaled(&item["jobs_million"], 1_000_000));
    }
}

#[tokio::test]
async fn where_three_clusters_start_from_is_on_record_with_its_source() {
    let (_world, picture) = known().await;
    let seed = seed();
    for item in seed["baselines"].as_array().unwrap() {
        let cluster = cluster(&picture, item["cluster"].as_str().unwrap());
        let (baseline, stated) = cluster.state().baselines().next().unwrap();
        assert_eq!(baseline.emissions.map(|emissions| emissions.t_per_year), scaled(&item["emissions_mt_co2e"], 1_000_000));
        let year = |year: Option<u16>| year.map(Decimal::from);
        assert_eq!(year(baseline.emissions.and_then(|emissions| emissions.year)), scaled(&item["emissions_year"], 1));
        assert_eq!(baseline.gdp.map(|gdp| gdp.amount.amount()), scaled(&item["gdp_usd_bn"], 1_000_000_000));
        assert_eq!(year(baseline.gdp.and_then(|gdp| gdp.year)), scaled(&item["gdp_year"], 1));
        assert_eq!(baseline.jobs.map(|jobs| jobs.count.into()), scaled(&item["jobs"], 1));
        assert_eq!(baseline.companies.map(|companies| companies.count.into()), scaled(&item["companies"], 1));
        let tenants = baseline.tenants.map(|tenants| (Decimal::from(tenants.count), tenants.bound));
        assert_eq!(tenants, scaled(&item["tenants_over"], 1).map(|over| (over, Bound::AtLeast)));
        let live = cluster.live_fact(stated.fact_id).unwrap();
        let source = item["source"].as_str().or(seed["source"].as_str()).unwrap();
        assert_eq!((live.evidence[0].title.as_str(), live.assurance), (source, Assurance::Evidenced));
    }
}

#[tokio::test]
async fn what_is_known_of_each_project_is_on_record() {
    let (_world, picture) = known().await;
    let seed = seed();
    let items = seed["projects"].as_array().unwrap();
    assert_eq!(Sight::things::<Project>(&*picture).count(), items.len());
    for item in items {
        let title = item["title"].as_str().unwrap();
        let of_cluster = cluster(&picture, item["cluster"].as_str().unwrap());
        let mut projects = Sight::naming::<Project>(&*picture, of_cluster.id());
        let project = projects.find(|thing| thing.state().registered().unwrap().title.as_str() == title).unwrap();
        let (state, registered) = (project.state(), project.state().registered().unwrap());
        assert_eq!(serde_json::to_value(&registered.levers).unwrap(), serde_json::json!([item["lever"]]));
        assert_eq!(serde_json::to_value(state.stage).unwrap(), item.get("stage").cloned().unwrap_or_default());
        assert!(registered.attributes.values().any(|text| Some(text.as_str()) == item["fact"].as_str()));
        let rate = item.get("abatement_t_per_year").and_then(|value| scaled(value, 1));
        assert_eq!(registered.abatement_t_per_year, rate);
        // Nothing says of which period, so that nothing is reported.
        assert!(state.abatement.is_empty());
        let capacity = item.get("capacity").map(|capacity| (number(&capacity["value"]), CapacityUnit::Mw));
        assert_eq!(registered.capacity.map(|capacity| (capacity.value, capacity.unit)), capacity);
        let works = state.commissioned.iter().map(|part| (part.capacity.value, part.capacity.unit));
        assert_eq!(works.collect::<Vec<_>>(), capacity.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_hubs_money_is_expected_without_an_amount_and_the_fifty_millions_are_awarded_by_nobody_knows_whom() {
    let (_world, picture) = known().await;
    let seed = seed();
    let programme = Sight::things::<Programme>(&*picture).next().unwrap();
    let (opened, item) = (programme.state().opened().unwrap(), &seed["programmes"][0]);
    assert_eq!(Sight::things::<Programme>(&*picture).count(), seed["programmes"].as_array().unwrap().len());
    let budget = programme.state().budget.unwrap();
    assert_eq!((budget.amount(), budget.currency().code()), (number(&item["budget"]["amount"]), "USD"));
    assert_eq!(opened.awards_planned.map(Decimal::from), scaled(&item["hubs"], 1));
    assert_eq!(opened.legal_basis.as_ref().map(schema::Line::as_str), item["legal_basis"].as_str());
    let funder = Sight::thing::<projections::things::Organisation>(&*picture, opened.funder).unwrap();
    assert_eq!(Some(funder.state().registered().unwrap().name.as_str()), item["funder"].as_str());

    for title in ["Gulf Coast hydrogen hub participation", "Regional hydrogen hub participation"] {
        let award = award(&picture, title);
        assert_eq!((award.state, award.expected, award.awarded.is_empty()), (AwardState::Expected, None, true));
        let identified = award.identified().unwrap();
        assert_eq!(identified.programme.map(schema::ThingId::from), Some(programme.id()));
        assert_eq!(identified.side, Some(Side::Public));
    }
    let award = award(&picture, "Industrial-scale circular plastics demonstration facility");
    let made: Vec<_> = award.awarded.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
    assert_eq!((award.state, made), (AwardState::Awarded, vec!["50000000 EUR".to_owned()]));
    let identified = award.identified().unwrap();
    assert_eq!((identified.funder, identified.programme, identified.side), (None, None, None));
    assert_eq!(Sight::things::<Award>(&*picture).count(), 3);
}

#[tokio::test]
async fn each_policy_measure_stands_where_it_is_known_to_stand() {
    let (_world, picture) = known().await;
    let seed = seed();
    let items = seed["policy_measures"].as_array().unwrap();
    assert_eq!(Sight::things::<PolicyMeasure>(&*picture).count(), items.len());
    for item in items {
        let called = |measure: &PolicyMeasure| Some(measure.identified().unwrap().title.as_str()) == item["title"].as_str();
        let measure = Sight::things::<PolicyMeasure>(&*picture).find(|thing| called(thing.state())).unwrap();
        let state = measure.state();
        assert_eq!(Some(state.identified().unwrap().jurisdiction.code()), item["jurisdiction"].as_str());
        let (since, wanted) = match item["in_force_since"].as_str() {
            Some(since) => (since, PolicyState::InForce),
            None => (item["presented"].as_str().unwrap(), PolicyState::Proposed),
        };
        assert_eq!((state.state, state.state_since.unwrap().to_string().as_str()), (wanted, since));
    }
}

#[tokio::test]
async fn a_second_start_records_nothing() {
    let (world, picture) = known().await;
    demo::record_known_facts(&world.app).await.unwrap();
    assert_eq!(world.picture().await.hash(), picture.hash());
    assert!(flags(&picture).is_empty());
}

/// Words that the record adds to say what something is.
const WORDS: &[&str] = &[
    "milepost",
    "publicly known",
    "funder",
    "public",
    "at_least",
    "exactly",
    "mw",
    "Transitioning Industrial Clusters",
    "US regional clean hydrogen hubs",
    "USD",
    "EUR",
];

/// Everything in the two files: texts and numbers as they stand, and numbers in the units in which they are recorded.
fn in_the_files() -> BTreeSet<String> {
    fn gather(value: &Value, all: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => all.extend([text.clone()]),
            Value::Array(items) => items.iter().for_each(|item| gather(item, all)),
            Value::Object(fields) => fields.values().for_each(|field| gather(field, all)),
            _ => {}
        }
        if let Ok(number) = value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse::<Decimal>() {
            let scales = [1, 1_000_000, 1_000_000_000].map(Decimal::from);
            all.extend(scales.map(|scale| (number * scale).normalize().to_string()));
        }
    }
    let mut all: BTreeSet<_> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    gather(&seed(), &mut all);
    for record in csv::Reader::from_reader(CLUSTERS.as_bytes()).records() {
        all.extend(record.unwrap().iter().map(str::to_owned));
    }
    all
}

#[tokio::test]
async fn nothing_is_on_record_that_is_not_in_the_files() {
    fn leaves(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| leaves(item, all)),
            Value::Object(fields) => fields.values().for_each(|field| leaves(field, all)),
            Value::String(text) => all.push(text.clone()),
            Value::Number(number) => all.push(number.to_string()),
            Value::Bool(_) | Value::Null => {}
        }
    }
    let (_world, picture) = known().await;
    let files = in_the_files();
    let told = acts(&picture);
    let things: BTreeSet<_> = told.iter().map(|told| told.thing.to_string()).collect();
    let months = ["2024-01", "2023-01"];
    for told in &told {
        let mut said = Vec::new();
        leaves(&told.payload, &mut said);
        said.extend(told.metadata.evidence.iter().map(|document| document.title.to_string()));
        let stray: Vec<_> = said.iter().filter(|leaf| !files.contains(*leaf) && !things.contains(*leaf)).collect();
        assert!(stray.is_empty(), "{} of {}: {stray:?}", told.event_type, told.thing);
        let on = told.metadata.occurred_on.to_string();
        assert!(files.contains(&on) || months.contains(&on.as_str()), "{} of {} on {on}", told.event_type, told.thing);
    }
    let mut kinds = BTreeMap::new();
    for told in &told {
        *kinds.entry(told.thing.kind()).or_insert(0) += 1;
    }
    assert_eq!(kinds.get(&Kind::Permit), None);
    assert_eq!(kinds.get(&Kind::Partnership), None);
}

#[tokio::test]
async fn money_of_which_nobody_says_whose_it_is_counts_as_neither_public_nor_private() {
    let (_world, picture) = known().await;
    let day = Day::today(NaiveDate::from_ymd_opt(2026, 9, 1).unwrap());
    let beside = Beside { reads: &|_| true, overdue: &|_| None };
    let figures = roll_up(&*picture, day, By::Initiative, |_, _| true, beside).remove(0);
    let awarded =
        |funding: &Funding| funding.awarded.sums.iter().map(|(currency, sum)| format!("{sum} {currency}")).collect::<Vec<_>>();
    assert_eq!(awarded(&figures.side_unknown), ["50000000 EUR"]);
    assert_eq!((awarded(&figures.public), awarded(&figures.private)), (Vec::new(), Vec::new()));
    // Two awards are expected, and of neither is the amount known: that is not zero.
    let expected = &figures.public.expected;
    assert_eq!((figures.public.awards, expected.known, expected.of, expected.sums.is_empty()), (2, 0, 2, true));
    assert_eq!((figures.private.awards, figures.side_unknown.awards), (0, 1));
}
