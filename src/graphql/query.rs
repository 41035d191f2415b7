//! The root of queries.

use juniper::graphql_object;

use super::api::Context;

/// What can be asked.
pub struct Query;

#[graphql_object(context = Context)]
impl Query {
    /// Who is asking.
    fn viewer(context: &Context) -> String {
        context.actor.subject.to_string()
    }
}
