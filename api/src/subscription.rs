//! The root of subscriptions: what is recorded, as it is recorded.
//!
//! A subscription takes the next act out of the log when the one before is on its way, and looks at it through the eyes
//! of whoever asks as things stand then. Nothing is kept for it meanwhile.

use std::{pin::Pin, sync::Arc};

use access::seal::Purpose;
use app::{Following, Recording};
use futures::{Stream, stream};
use graphql::{Code, GraphqlError};
use juniper::graphql_subscription;
use schema::{EventId, Position, ThingId};

use crate::{
    Context,
    types::{
        record::any_history,
        recorded::{RecordedAct, RecordedFilter, Wanted},
    },
    view::View,
};

/// How many recordings are looked at before others get their turn.
const LOOKS_MAX: u32 = 64;

/// The acts of a subscription, one by one.
type Acts = Pin<Box<dyn Stream<Item = Result<RecordedAct, GraphqlError>> + Send>>;

/// What can be followed, over a WebSocket by the protocol `graphql-transport-ws`.
pub struct Subscription;

/// What can be followed, over a WebSocket by the protocol `graphql-transport-ws`.
#[graphql_subscription(context = Context)]
#[expect(clippy::unused_async, reason = "juniper has the fields of a subscription so")]
impl Subscription {
    /// Every act that you may see, in the order of recording, each once. Without `after` and `fromStart` it begins with
    /// what is recorded from now on.
    async fn recorded(
        context: &Context,
        #[graphql(description = "Which acts; all, if left out.")] filter: Option<RecordedFilter>,
        #[graphql(description = "The token of the last act that you received: go on after it.")] after: Option<String>,
        #[graphql(description = "Begin with the first act on record. Not together with `after`.")] from_start: Option<bool>,
    ) -> Result<Acts, GraphqlError> {
        let wanted = Wanted::read(filter.unwrap_or_default())?;
        let start = match (after, from_start.unwrap_or(false)) {
            (None, false) => context.began,
            (None, true) => None,
            (Some(token), false) => Some(position(context, &token)?),
            (Some(_), true) => {
                return Err(GraphqlError::new(Code::InvalidInput, "give 'after' or 'fromStart', not both"));
            }
        };
        let following = Following::new(Arc::clone(&context.app), start, context.actor.subject);
        let watching = Watching { context: context.patient(), wanted, following };
        Ok(Box::pin(stream::unfold(Some(watching), async |watching| watching?.next().await)))
    }
}

/// What a token says: the last act that its bearer was told of. Not its position, which moves with what they don't see.
type Told = (ThingId, EventId);

fn position(context: &Context, token: &str) -> Result<Position, GraphqlError> {
    let (thing, act): Told = context.open(Purpose::Recorded, token)?;
    let found = context.app.picture().header(thing, act);
    let missing = || GraphqlError::new(Code::Stale, "what the token stands for is not seen here; ask again in a moment");
    found.map(|header| header.position).ok_or_else(missing)
}

struct Watching {
    context: Context,
    wanted: Wanted,
    following: Following,
}

type Next = (Result<RecordedAct, GraphqlError>, Option<Watching>);

impl Watching {
    /// The next act that is wanted and may be seen. After an error there is none.
    async fn next(mut self) -> Option<Next> {
        let mut looks = 0;
        loop {
            let recording = match self.following.next().await {
                Ok(recording) => recording,
                Err(error) => {
                    tracing::warn!(%error, "a subscription can't follow the log");
                    let message = "the log can't be followed just now; subscribe again after your last token";
                    return Some((Err(GraphqlError::new(Code::Busy, message)), None));
                }
            };
            if let Err(error) = self.context.today() {
                return Some((Err(GraphqlError::new(Code::Unauthenticated, error.to_string())), None));
            }
            if let Some(act) = self.see(recording) {
                let rest = act.is_ok().then_some(self);
                return Some((act, rest));
            }
            looks += 1;
            if looks % LOOKS_MAX == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// The act, if it is wanted and may be seen as things stand now.
    fn see(&self, recording: Recording) -> Option<Result<RecordedAct, GraphqlError>> {
        if !self.wanted.may_be_about(recording.thing) {
            return None;
        }
        let view = View::open(&self.context, None, None);
        let thing = any_history(&view, recording.thing)?;
        if !self.wanted.wants_place(&view, &thing) {
            return None;
        }
        let entry = match thing.entry(recording.act, &self.context.actor, view.viewpoint().is_party(recording.thing))? {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error)),
        };
        if !self.wanted.wants_type(&entry.event_type) {
            return None;
        }
        let told: Told = (recording.thing, recording.act);
        let token = self.context.seal(Purpose::Recorded, &told);
        Some(token.map(|token| RecordedAct { entry, thing: recording.thing.into(), token }))
    }
}
