//! A register that facts are imported from.

use std::sync::Arc;

use chrono::NaiveDate;
use gate::gated;
use juniper::{ID, graphql_object};
use projections::{
    exchange,
    things::{Register, Thing},
};

use super::{
    node::NodeValue,
    record::{AnyThing, Record},
};
use crate::{
    Context,
    scalars::{FactId, Line},
    view::View,
};

/// An edition of a register that was imported to its end.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct RegisterEdition {
    /// The fact that says so.
    pub fact: FactId,
    /// The date of the edition.
    pub published_on: NaiveDate,
    /// What the file was called.
    pub file: Line,
    /// SHA-256 of the file.
    pub file_sha256: Line,
    /// Rows in the file, without the header.
    pub rows_read: i32,
    /// Rows that were refused.
    pub rows_rejected: i32,
    /// Keys of rows that an earlier edition had and this one has not; their facts are left as they are.
    pub rows_vanished: Vec<Line>,
}

/// A register, as whoever asks sees it.
#[derive(Clone)]
pub struct RegisterNode {
    view: View,
    thing: Arc<Thing<Register>>,
}

impl RegisterNode {
    /// The register `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Register>>) -> Self {
        Self { view, thing }
    }

    /// `text`, if this is the register of the rates of exchange, of which no edition says what it is called.
    fn of_rates(&self, text: &str) -> Option<schema::Line> {
        let is_of_rates = self.thing.id() == exchange::register().thing();
        is_of_rates.then(|| schema::Line::try_new(text).ok()).flatten()
    }
}

/// A register, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Register", context = Context, impl = NodeValue)]
impl RegisterNode {
    /// The id of the register.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// Its short name.
    fn name(&self) -> Option<Line> {
        let named = self.view.state(&self.thing).editions.last().map(|edition| edition.taken.register.clone());
        named.or_else(|| self.of_rates(exchange::REGISTER_NAME)).map(Line)
    }

    /// Its full name.
    fn title(&self) -> Option<Line> {
        let titled = self.view.state(&self.thing).editions.last().map(|edition| edition.taken.title.clone());
        titled.or_else(|| self.of_rates(exchange::SOURCE)).map(Line)
    }

    /// The editions that were imported, the oldest first.
    fn editions(&self) -> Vec<RegisterEdition> {
        let count = |rows: u32| i32::try_from(rows).unwrap_or(i32::MAX);
        let edition = |edition: &projections::things::Edition| RegisterEdition {
            fact: FactId(edition.fact_id),
            published_on: edition.taken.published_on,
            file: Line(edition.taken.file.clone()),
            file_sha256: Line(edition.taken.file_sha256.clone()),
            rows_read: count(edition.taken.rows_read),
            rows_rejected: count(edition.taken.rows_rejected),
            rows_vanished: edition.taken.rows_vanished.iter().cloned().map(Line).collect(),
        };
        self.view.state(&self.thing).editions.iter().map(edition).collect()
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Register(Arc::clone(&self.thing)))
    }
}
