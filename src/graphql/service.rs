//! What the handler needs of the application.

use juniper::{DefaultScalarValue, GraphQLSubscriptionType, GraphQLTypeAsync, RootNode};

use super::{Asker, Deadline, GraphqlError};
use crate::access::{Actor, token::TokenError};

/// Who asks, until when, and what they have already seen.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Who asks.
    pub actor: Actor,
    /// Until when an answer is worth having.
    pub deadline: Deadline,
    /// Whether anybody still waits for it.
    pub asker: Asker,
    /// The `Milepost-After` header: what a mutation returned, so that the answer knows of it.
    pub after: Option<String>,
}

/// A schema, and what its resolvers work on.
pub trait Service: Send + Sync + 'static {
    /// The type of the root of queries.
    type Query: GraphQLTypeAsync<DefaultScalarValue, TypeInfo = (), Context = Self::Context> + Send;
    /// The type of the root of mutations.
    type Mutation: GraphQLTypeAsync<DefaultScalarValue, TypeInfo = (), Context = Self::Context> + Send;
    /// The type of the root of subscriptions.
    type Subscription: GraphQLSubscriptionType<DefaultScalarValue, TypeInfo = (), Context = Self::Context> + Send;
    /// What resolvers work on.
    type Context: Send + Sync;

    /// The schema.
    fn root(&self) -> &RootNode<Self::Query, Self::Mutation, Self::Subscription>;

    /// Whose token this is.
    ///
    /// # Errors
    ///
    /// When it is not valid now.
    fn authenticate(&self, token: &str) -> Result<Actor, TokenError>;

    /// What resolvers work on for `inquiry`. Called on a thread that may wait.
    ///
    /// # Errors
    ///
    /// When there is nothing to work on yet, such as [`super::Code::Stale`].
    fn context(&self, inquiry: Inquiry) -> Result<Self::Context, GraphqlError>;
}
