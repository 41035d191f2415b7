//! What the handler needs of the application.

use access::{Actor, token::TokenError};
use juniper::{DefaultScalarValue, GraphQLSubscriptionType, GraphQLTypeAsync, RootNode};
use tokio::sync::watch;

use super::{Asker, Code, GraphqlError, limits::Scans};

/// Who asks, and until when.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Who asks.
    pub actor: Actor,
    /// Who waits for the answer, and until when.
    pub asker: Asker,
}

/// A schema, and what its resolvers work on.
pub trait Service: Scans + Send + Sync + 'static {
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

    /// Whose token this is, with all that they may do now.
    ///
    /// # Errors
    ///
    /// When it is not valid now.
    fn authenticate(&self, token: &str) -> Result<Actor, TokenError>;

    /// Changes whenever [`Service::authenticate`] may say otherwise than before; `None` where only time makes it.
    fn unsettled(&self) -> Option<watch::Receiver<u64>> {
        None
    }

    /// Makes the token that `actor` bears good no more.
    ///
    /// # Errors
    ///
    /// When that can't be kept.
    fn revoke(&self, _actor: &Actor) -> impl Future<Output = Result<(), GraphqlError>> {
        async { Err(GraphqlError::new(Code::Internal, "tokens are not revoked here")) }
    }

    /// Waits until answers know of what a mutation wrote, which returned `after`.
    ///
    /// # Errors
    ///
    /// When `after` is nothing that a mutation returned, or with [`super::Code::Stale`] when it takes too long.
    fn reached(&self, inquiry: &Inquiry, after: &str) -> impl Future<Output = Result<(), GraphqlError>>;

    /// Why `text` is no value of the scalar called `name`; `None` when it is one, or where nothing more can be said.
    fn reason(&self, name: &str, text: &str) -> Option<Box<str>>;

    /// What resolvers work on for `inquiry`.
    fn context(&self, inquiry: Inquiry) -> Self::Context;
}
