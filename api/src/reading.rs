//! The gate for reading: the one place in which the access table is asked before a field says anything.
//!
//! `#[gated]` on every object of the API puts its fields through here.

use std::sync::OnceLock;

use access::{FIELDS, table::Readers};
use schema::ThingId;

use crate::Context;

/// The row of the access table for one field, found when it is first asked for.
pub struct Row {
    type_name: &'static str,
    field: &'static str,
    readers: OnceLock<Option<Readers>>,
}

impl Row {
    /// The row of `field` of `type_name`.
    pub const fn of(type_name: &'static str, field: &'static str) -> Self {
        Self { type_name, field, readers: OnceLock::new() }
    }

    /// Whether whoever asks may read the field, of an object that is, or is about, `thing`. Without a row nobody may.
    pub fn lets(&self, context: &Context, thing: impl FnOnce() -> Option<ThingId>) -> bool {
        let readers = self.readers.get_or_init(|| FIELDS.readers(self.type_name, self.field));
        let is_party = || thing().is_some_and(|thing| context.is_party(thing));
        readers.is_some_and(|readers| readers.let_through(&context.actor, is_party))
    }
}
