//! `instantsDisown`: the instants of acts are wrong, since the clock that gave them was.

use access::table::{DISOWN, Reach, permits};
use app::{HandleError, RecordError, StampedWithin};
use chrono::{DateTime, Utc};
use gate::gated;
use graphql::GraphqlError;
use juniper::GraphQLInputObject;

use super::run::{UserError, count, refused};
use crate::{
    Context,
    scalars::{Given, Note},
};

/// What `instantsDisown` takes.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct InstantsDisownInput {
    /// Acts are meant which the store's clock stamped later than this instant.
    stamped_after: DateTime<Utc>,
    /// And no later than this one; whatever is later, if left out.
    stamped_until: Option<DateTime<Utc>>,
    /// What was wrong with the clock.
    reason: Note,
    /// If true, nothing is recorded: the answer says how many acts are meant.
    preview: Option<bool>,
}

/// What `instantsDisown` answers with.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct InstantsPayload {
    /// How many acts are disowned by it: they count as known from the next right instant on. Those that were disowned before
    /// are left out.
    pub acts: i32,
    /// Why nothing was recorded.
    pub user_errors: Vec<UserError>,
}

/// Records that the instants of the acts that `input` means are wrong.
///
/// # Errors
///
/// When the actor may not, or the store is away.
pub fn disown(context: &Context, input: InstantsDisownInput) -> Result<InstantsPayload, GraphqlError> {
    permits(&context.actor, DISOWN, &Reach::default())?;
    let stamped = StampedWithin { after: input.stamped_after, until: input.stamped_until };
    let reason = input.reason.given()?;
    let disowned = if input.preview == Some(true) {
        Ok(context.app.to_be_disowned(stamped))
    } else {
        context.wait(context.app.disown_instants(context.actor.subject, stamped, reason))
    };
    match disowned {
        Ok(acts) => Ok(InstantsPayload { acts: acts.try_into().unwrap_or(i32::MAX), user_errors: Vec::new() }),
        Err(HandleError::Record(RecordError::Rejected(rejection))) => {
            Ok(InstantsPayload { acts: 0, user_errors: vec![rejection.into()] })
        }
        Err(error) => {
            count(&error);
            Err(refused(context, error))
        }
    }
}
