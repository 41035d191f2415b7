//! The API: the schema, who is asked, and what resolvers work on.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use access::{
    Actor,
    keys::SigningKey,
    receipt::Receipt,
    seal::{Purpose, Sealer},
    token::{TokenError, Verifier},
};
use app::{App, is_party, reach_of};
use graphql::{Asker, Code, GraphqlError, Inquiry, Service};
use juniper::RootNode;
use projections::Picture;
use schema::{Position, ThingId};
use serde::de::DeserializeOwned;
use tokio::{runtime::Handle, sync::watch};
use uuid::Uuid;

use crate::{
    Daily, clocked::Clocked, daily::Ledger, mutation::Mutation, query::Query, scalars::refusal, subscription::Subscription,
};

/// The schema of the API.
pub type Root = RootNode<Query, Mutation, Subscription>;

/// The longest that a query waits for what a mutation wrote.
const AFTER_WAIT: Duration = Duration::from_secs(3);

/// The API over an app.
pub struct Api {
    app: Arc<App>,
    verifier: Verifier,
    sealer: Arc<Sealer>,
    signer: Signer,
    ledger: Arc<Ledger>,
    runtime: Handle,
    root: Arc<Root>,
    clocked: Arc<Clocked>,
}

impl Api {
    /// The API over `app`; `runtime` is where what a resolver has to wait for goes on.
    #[must_use]
    pub fn new(app: Arc<App>, verifier: Verifier, sealer: Sealer, runtime: Handle) -> Self {
        let ledger = Arc::new(Ledger::of(Daily::UNLIMITED));
        let (root, clocked) = (Arc::new(root()), Arc::default());
        Self { app, verifier, sealer: Arc::new(sealer), signer: Signer::default(), ledger, runtime, root, clocked }
    }

    /// The app behind it.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The API to which one subject brings at most so much in a day.
    #[must_use]
    pub fn limiting(self, most: Daily) -> Self {
        Self { ledger: Arc::new(Ledger::of(most)), ..self }
    }

    /// The API that signs receipts by `signer`; without a key it gives none.
    #[must_use]
    pub fn signing(self, signer: Signer) -> Self {
        Self { signer, ..self }
    }
}

/// What signs receipts, and can be given another key at any time.
#[derive(Clone, Default)]
pub struct Signer(Arc<RwLock<Option<Arc<SigningKey>>>>);

impl Signer {
    /// Signs with `key` from now on.
    pub fn take(&self, key: Arc<SigningKey>) {
        // Whoever panicked while holding it: it is whole.
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    fn key(&self) -> Option<Arc<SigningKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The schema, for those who only want to read it.
#[must_use]
pub fn root() -> Root {
    RootNode::new(Query, Mutation, Subscription)
}

impl Service for Api {
    type Query = Query;
    type Mutation = Mutation;
    type Subscription = Subscription;
    type Context = Context;

    fn root(&self) -> &Root {
        &self.root
    }

    fn reason(&self, name: &str, text: &str) -> Option<Box<str>> {
        refusal(name, text)
    }

    fn authenticate(&self, token: &str) -> Result<Actor, TokenError> {
        let now = self.app.now().timestamp();
        self.app.today(&self.verifier.verify(token, now.try_into().unwrap_or_default())?)
    }

    fn unsettled(&self) -> Option<watch::Receiver<u64>> {
        Some(self.app.watch_people())
    }

    async fn revoke(&self, actor: &Actor) -> Result<(), GraphqlError> {
        let revoked = self.app.revoke_own(actor).await;
        revoked.map_err(|error| {
            tracing::error!(%error, "a token could not be revoked");
            GraphqlError::new(Code::Busy, "the log can't be written to at the moment, so the token is still good; try again")
        })
    }

    async fn reached(&self, inquiry: &Inquiry, after: &str) -> Result<(), GraphqlError> {
        let (thing, revision): (ThingId, u64) = open(&self.sealer, &inquiry.actor, Purpose::Position, after)?;
        let within = AFTER_WAIT.min(inquiry.asker.deadline().left());
        let reached = self.app.reached(thing, revision, within).await;
        reached.map_err(|stale| GraphqlError::new(Code::Stale, stale.to_string()))
    }

    fn context(&self, inquiry: Inquiry) -> Context {
        Context {
            app: Arc::clone(&self.app),
            sealer: Arc::clone(&self.sealer),
            signer: self.signer.key(),
            ledger: Arc::clone(&self.ledger),
            runtime: self.runtime.clone(),
            actor: Arc::new(inquiry.actor),
            asker: inquiry.asker,
            correlation_id: Uuid::new_v4(),
            began: self.app.picture().position(),
            root: Arc::clone(&self.root),
            clocked: Arc::clone(&self.clocked),
            foreseen: None,
        }
    }
}

/// Opens what was sealed for `actor`.
fn open<T: DeserializeOwned>(sealer: &Sealer, actor: &Actor, purpose: Purpose, text: &str) -> Result<T, GraphqlError> {
    let bytes = sealer.open(purpose, actor.subject, text)?;
    rmp_serde::from_slice(&bytes)
        .map_err(|_| GraphqlError::new(Code::InvalidInput, "the value is from another version; ask anew"))
}

/// What resolvers work on.
#[derive(Clone)]
pub struct Context {
    /// The app.
    pub app: Arc<App>,
    /// Who asks.
    pub actor: Arc<Actor>,
    /// Who waits for the answer, and until when.
    pub asker: Asker,
    /// Shared by all that this request records.
    pub correlation_id: Uuid,
    /// How far the picture had come when this was asked.
    pub began: Option<Position>,
    /// The schema, for what is told by asking it.
    pub(super) root: Arc<Root>,
    /// What the clocks of permits said lately.
    pub(super) clocked: Arc<Clocked>,
    /// What is looked at in place of what is known now: what a command was decided on, or what it would come to.
    pub(super) foreseen: Option<Arc<Picture>>,
    sealer: Arc<Sealer>,
    signer: Option<Arc<SigningKey>>,
    /// What each subject has recorded today.
    pub(super) ledger: Arc<Ledger>,
    runtime: Handle,
}

impl juniper::Context for Context {}

impl Context {
    /// The same for something that goes on as long as somebody follows it.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { asker: self.asker.patient(), ..self.clone() }
    }

    /// The same for whoever asks as they are on record now: meanwhile they may have got or lost a role.
    ///
    /// # Errors
    ///
    /// When their token holds no longer.
    pub(super) fn today(&mut self) -> Result<(), TokenError> {
        self.actor = Arc::new(self.app.today(&self.actor)?);
        Ok(())
    }

    /// The same, looking at `picture` in place of what is known now.
    #[must_use]
    pub(super) fn seeing(&self, picture: &Arc<Picture>) -> Self {
        Self { foreseen: Some(Arc::clone(picture)), ..self.clone() }
    }

    /// Everything that is known now, or what is looked at in its place.
    #[must_use]
    pub(super) fn picture(&self) -> Arc<Picture> {
        self.foreseen.clone().unwrap_or_else(|| self.app.picture())
    }

    /// Whether whoever asks is a party of `thing`, by today's grants.
    #[must_use]
    pub fn is_party(&self, thing: ThingId) -> bool {
        is_party(&self.actor, thing, || reach_of(&self.picture(), thing))
    }

    /// Waits for `future`; resolvers run on threads that may.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Seals a value for the actor.
    ///
    /// # Errors
    ///
    /// When it is too long.
    pub fn seal(&self, purpose: Purpose, value: &impl serde::Serialize) -> Result<String, GraphqlError> {
        let bytes = rmp_serde::to_vec(value).map_err(|error| GraphqlError::new(Code::Internal, error.to_string()))?;
        Ok(self.sealer.seal(purpose, self.actor.subject, &bytes)?)
    }

    /// Signs a receipt; `None` where there is no key.
    ///
    /// # Errors
    ///
    /// When it can't be signed.
    pub fn sign(&self, receipt: &Receipt) -> Result<Option<String>, GraphqlError> {
        let signed = self.signer.as_ref().map(|key| receipt.sign(key)).transpose();
        signed.map_err(|error| GraphqlError::new(Code::Internal, error.to_string()))
    }

    /// Opens what was sealed for the actor.
    ///
    /// # Errors
    ///
    /// When it was not, or for another purpose.
    pub fn open<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Result<T, GraphqlError> {
        open(&self.sealer, &self.actor, purpose, text)
    }
}
