//! The root of mutations.

use juniper::graphql_object;

use super::api::Context;

/// What can be recorded.
pub struct Mutation;

#[graphql_object(context = Context)]
impl Mutation {
    /// Nothing yet.
    fn nothing() -> bool {
        true
    }
}
