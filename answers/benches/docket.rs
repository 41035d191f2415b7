//! What a docket costs: 11,000 permits of a register, of which no clock is known, and as many under the law of England. Prints
//! median and 99th percentile.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a benchmark stops by panicking")]

#[path = "../../tests/folds/support/mod.rs"]
mod support;

use std::{
    collections::HashMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use answers::docket::{Entry, Limit, Summary, entries};
use chrono::{Days, NaiveDate};
use law::{
    Rulebook,
    clock::{Application, FactOf, clocks},
};
use projections::{
    Picture,
    things::{Permit, Thing},
    views::Day,
};
use schema::ThingId;
use serde_json::json;
use support::{Log, day, permit_id, stated};

const PERMITS: u128 = 11_000;
/// One in so many is open.
const OPEN: u128 = 4;
const ROUNDS: usize = 200;

fn main() {
    let today = day("2026-06-01");
    let law = Rulebook::shipped().unwrap();
    println!("{:44} {:>10} {:>10} {:>10}", "docket of 11,000 permits", "on it", "median ms", "p99 ms");
    let register = picture(false, today);
    show("none under a regime", &register, today, ROUNDS, |_| Vec::new());
    let planned = picture(true, today);
    show("all under one, every clock counted", &planned, today, ROUNDS / 10, |permit| limits(&law, permit, today));
    let kept: HashMap<ThingId, Vec<Limit>> =
        planned.things::<Permit>().values().map(|permit| (permit.id(), limits(&law, permit, today))).collect();
    show("all under one, clocks as counted before", &planned, today, ROUNDS, |permit| kept[&permit.id()].clone());
}

fn show(what: &str, picture: &Picture, today: NaiveDate, rounds: usize, limits: impl Fn(&Arc<Thing<Permit>>) -> Vec<Limit>) {
    let asked = || -> Vec<Entry> { entries(picture, Day::today(today), |_, _| true, &limits) };
    let mut times: Vec<Duration> = Vec::with_capacity(rounds);
    let mut open = 0;
    for _ in 0..rounds {
        let began = Instant::now();
        let found = asked();
        open = black_box(Summary::of(&found)).open;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let ms = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{what:44} {open:10} {:10.2} {:10.2}", ms(50), ms(99));
}

/// Permits of three instruments that were submitted over ten years, three quarters of them decided.
fn picture(under_law: bool, today: NaiveDate) -> Picture {
    let mut log = Log::default();
    for number in 0..PERMITS {
        let is_open = number % OPEN == 0;
        let age = if is_open { number % 120 } else { number % 3_650 };
        let submitted = today - Days::new(u64::try_from(age).unwrap() + 1);
        let mut identified = json!({ "title": format!("Solar farm {number}"), "jurisdiction": "GB-ENG",
            "instrument": (["planning permission", "consent", "lease"][usize::try_from(number % 3).unwrap()]) });
        if under_law {
            identified["regime"] = json!("gb-eng-planning");
            identified["case"] = json!("major");
        }
        let permit = permit_id(number + 1);
        let mut record = |place: u128, on: NaiveDate, name: &str, fact: &serde_json::Value| {
            log.record(permit, &stated(number * 8 + place + 1, &on.to_string(), support::fact(name, fact)));
        };
        record(0, submitted, "PermitIdentified", &identified);
        record(1, submitted, "ApplicationSubmitted", &json!({}));
        if number % 5 == 0 {
            record(2, submitted, "InformationRequested", &json!({ "what": "bird counts", "due_on": today.to_string() }));
        }
        let decided = submitted + Days::new(u64::try_from(number % 200).unwrap());
        if !is_open && decided <= today {
            record(3, decided, "PermitGranted", &json!({}));
        }
    }
    log.picture()
}

/// What the clocks of a permit say, as the service asks it.
fn limits(law: &Rulebook, permit: &Thing<Permit>, on: NaiveDate) -> Vec<Limit> {
    let told = |live: &'_ projections::things::Live<_>| (live.fact_id, live.occurred_on());
    let facts: Vec<_> = permit.live().iter().map(|live| (told(live), live.fact())).collect();
    let facts: Vec<_> = facts.iter().map(|((id, on), fact)| FactOf { id: *id, on: *on, insisted: false, fact }).collect();
    let Some(application) = Application::of_permit(&facts, on) else { return Vec::new() };
    let found = clocks(law, &application, on).unwrap_or_default();
    found.iter().flatten().map(|clock| Limit::of(clock, Some(clock.is_overdue()))).collect()
}
