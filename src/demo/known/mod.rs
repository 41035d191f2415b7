//! What is publicly known: every item of `seed-facts.json` and `clusters.csv`, recorded as what it is.
//!
//! **The convention for dates.** A source says how things stood when it was written, and mostly not since when. A fact
//! without a date of its own is dated by the month of its source, to the month: it occurred by then. No day, no first
//! day and no period is made up: what a source says an installation abates in a year is registered as that, and is no
//! report of abatement, which would need the period.
//!
//! **The convention for documents.** A fact rests on its source. What the source can't have said, because it was written
//! before, is claimed and rests on nothing.

mod clusters;
mod initiative;
mod money;
mod policy;
mod projects;
mod seed;

use std::collections::HashMap;

use app::{App, Submission};
use chrono::NaiveDate;
use domain::{Command, Intent};
use projections::Across;
use rust_decimal::Decimal;
use schema::{
    Assurance, ClusterId, CommandId, Currency, Date, Evidence, Fact, Kind, Line, Metadata, Money, Precision, ThingId, Visibility,
};
use tokio::time::Duration;
use uuid::Uuid;

use self::seed::Seed;
use super::{DemoError, subject};

/// The file of all that is recorded here but the clusters themselves.
const FILE: &str = "seed-facts.json";
const SEED_FACTS: &str = include_str!("../../../demo/seed-facts.json");
/// How long to wait for the picture to hold what was recorded.
const PICTURE_WAIT: Duration = Duration::from_secs(30);

/// Records what is known of the initiative, the clusters and their projects. What is on record already is left as it is.
pub(super) async fn record(app: &App) -> Result<(), DemoError> {
    let seed = Seed::parse(SEED_FACTS).map_err(|error| unfit(&error))?;
    let source = Source::of(&seed.source)?;
    let recorder = Recorder { app, source };
    let clusters = clusters::record(&recorder).await?;
    initiative::record(&recorder, &seed).await?;
    clusters::record_baselines(&recorder, &seed.baselines, &clusters).await?;
    policy::record(&recorder, &seed.policy_measures).await?;
    projects::record(&recorder, &seed.projects, &clusters).await?;
    money::record(&recorder, &seed).await
}

/// The clusters by the ids that the files call them by.
type Clusters = HashMap<String, ClusterId>;

/// Something in the file that can't be taken.
fn unfit(error: &dyn std::fmt::Display) -> DemoError {
    DemoError::File { file: FILE, says: error.to_string() }
}

fn line(text: &str) -> Result<Line, DemoError> {
    Line::try_new(text).map_err(|error| unfit(&error))
}

fn money(amount: Decimal, currency: &str) -> Result<Money, DemoError> {
    let currency: Currency = currency.parse().map_err(|error| unfit(&error))?;
    Money::try_new(amount, currency).map_err(|error| unfit(&error))
}

fn cluster_called(clusters: &Clusters, id: &str) -> Result<ClusterId, DemoError> {
    clusters.get(id).copied().ok_or_else(|| unfit(&format!("there is no cluster {id}")))
}

/// Where facts were published.
#[derive(Debug, Clone)]
struct Source {
    title: Line,
    /// When it was published, by its title.
    month: Date,
}

impl Source {
    /// The source called `title`, which names the month in which it was published.
    fn of(title: &str) -> Result<Self, DemoError> {
        let month = month_in(title).ok_or_else(|| unfit(&format!("'{title}' names no month")))?;
        Ok(Self { title: line(title)?, month })
    }

    /// The document for what was so at `on`; none where the source was written before.
    fn document_for(&self, on: Date) -> Option<Line> {
        (!self.month.certainly_before(on)).then(|| self.title.clone())
    }
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// The month that `text` names with its year: January 2024.
fn month_in(text: &str) -> Option<Date> {
    let words: Vec<_> = text.split(|character: char| !character.is_alphanumeric()).collect();
    words.windows(2).find_map(|pair| {
        let month = (1..).zip(MONTHS).find_map(|(number, name)| (name == pair[0]).then_some(number))?;
        let first = NaiveDate::from_ymd_opt(pair[1].parse().ok()?, month, 1)?;
        Date::try_new(first, Precision::Month).ok()
    })
}

/// A fact that is to be recorded once.
struct Known<'a, F> {
    /// Words that name the fact, the same at every start.
    name: &'a [&'a str],
    thing: ThingId,
    occurred_on: Date,
    document: Option<Line>,
    fact: F,
}

/// Records facts one after the other, under ids that are the same at every start.
struct Recorder<'a> {
    app: &'a App,
    source: Source,
}

impl Recorder<'_> {
    /// Records a fact that the source of the file states, as of that source's month.
    async fn by_source<S: Across>(&self, thing: ThingId, name: &[&str], fact: impl Into<S::Fact>) -> Result<(), DemoError> {
        let document = Some(self.source.title.clone());
        self.record::<S>(Known { name, thing, occurred_on: self.source.month, document, fact: fact.into() }).await
    }

    /// Records a fact of a day or period that the file gives.
    async fn dated<S: Across>(
        &self,
        thing: ThingId,
        name: &[&str],
        occurred_on: Date,
        fact: impl Into<S::Fact>,
    ) -> Result<(), DemoError> {
        let document = self.source.document_for(occurred_on);
        self.record::<S>(Known { name, thing, occurred_on, document, fact: fact.into() }).await
    }

    /// Records `known`, and waits until the picture holds it: what comes next may name it.
    async fn record<S: Across>(&self, known: Known<'_, S::Fact>) -> Result<(), DemoError> {
        let thing = known.thing;
        let receipt = self.app.record::<S>(&submission(known, self.app)).await?;
        if let Some(revision) = receipt.revision {
            self.app.reached(thing, revision, PICTURE_WAIT).await?;
        }
        Ok(())
    }
}

/// The id of the command that records the fact named by `name`.
fn command_id(name: &[&str]) -> CommandId {
    let words: Vec<_> = ["demonstration"].iter().chain(name).copied().collect();
    CommandId::derive(&words)
}

/// The thing that the fact named by `name` brings on record.
fn founded(kind: Kind, name: &[&str]) -> ThingId {
    ThingId::derive(kind, subject(), command_id(name))
}

fn submission<F: Fact>(known: Known<'_, F>, app: &App) -> Submission<F> {
    let document = |title| Evidence::titled(title);
    let evidence: Vec<_> = known.document.map(document).into_iter().collect();
    let metadata = Metadata {
        assurance: if evidence.is_empty() { Assurance::Claimed } else { Assurance::Evidenced },
        evidence,
        visibility: Visibility::Public,
        ..Metadata::new(known.occurred_on, subject(), command_id(known.name), Uuid::from_bytes(*subject().0.as_bytes()))
    };
    let command = Command { intent: Intent::State(known.fact), metadata, may_override: false, now: app.now(), index: 0 };
    Submission { thing: known.thing, commands: vec![command], expected_revision: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_of_a_source_is_the_one_that_it_names() {
        let named = |text| month_in(text).map(|date| date.to_string());
        assert_eq!(named("launch coverage, January 2023").as_deref(), Some("2023-01"));
        assert_eq!(named("press coverage of the January 2024 announcement").as_deref(), Some("2024-01"));
        assert_eq!(named("'What may come', May 1999").as_deref(), Some("1999-05"));
        assert_eq!(named("a leaflet of 2024"), None);
    }
}
