//! What the client's errors mean.

use eventstore::Error;

use super::address::{Address, place};
use crate::store::StoreError;

// The codes of gRPC that matter here.
const INVALID_ARGUMENT: i32 = 3;
const ALREADY_EXISTS: i32 = 6;
const PERMISSION_DENIED: i32 = 7;
const FAILED_PRECONDITION: i32 = 9;
const ABORTED: i32 = 10;
const UNAUTHENTICATED: i32 = 16;

/// What an error says of an append that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The stream is not as expected; nothing was recorded.
    Conflict,
    /// The node is not the leader; nothing was recorded, another node is to be asked.
    NotLeader,
    /// Nothing was recorded, and asking again would not help.
    Refused,
    /// It was given up while it was being committed.
    InDoubt,
    /// The way to the server is lost: it may have been recorded, and the client is not to be trusted any more.
    Lost,
}

const fn code(error: &Error) -> Option<i32> {
    match error {
        Error::Grpc { code, .. } => Some(*code as i32),
        _ => None,
    }
}

/// What `error` says of an append that was sent.
pub(super) fn meaning(error: &Error) -> Meaning {
    match (error, code(error)) {
        (Error::WrongExpectedVersion { .. } | Error::ResourceAlreadyExists, _) | (_, Some(ALREADY_EXISTS)) => Meaning::Conflict,
        (Error::NotLeaderException(_), _) => Meaning::NotLeader,
        (Error::AccessDenied | Error::ResourceDeleted | Error::UnsupportedFeature, _)
        | (_, Some(INVALID_ARGUMENT | PERMISSION_DENIED | FAILED_PRECONDITION | UNAUTHENTICATED)) => Meaning::Refused,
        (_, Some(_)) => Meaning::InDoubt,
        _ => Meaning::Lost,
    }
}

/// What is wrong and what to do, in a sentence.
pub(super) fn explain(error: &Error, address: &Address) -> StoreError {
    let hosts = address.hosts();
    StoreError(match (error, code(error)) {
        (Error::AccessDenied, _) | (_, Some(PERMISSION_DENIED | UNAUTHENTICATED)) => format!(
            "EventStoreDB at {hosts} refuses the credentials; put the right user and password into the store's address, \
             and see that this user may read $all and write our streams"
        ),
        (Error::ResourceDeleted, _) | (_, Some(FAILED_PRECONDITION)) => {
            format!("somebody has deleted this stream in EventStoreDB at {hosts}; restore it from a backup")
        }
        (_, Some(ABORTED)) => format!("EventStoreDB at {hosts} took too long to commit; see that a majority of its nodes runs"),
        (Error::NotLeaderException(leader), _) => {
            format!("EventStoreDB at {hosts} is a follower, the leader is {}", place(leader))
        }
        (Error::DeadlineExceeded, _) => format!("EventStoreDB at {hosts} does not answer in time"),
        (Error::Grpc { message, .. } | Error::ServerError(message), _) => {
            format!("EventStoreDB at {hosts} fails: {}", shortened(message))
        }
        _ => format!("the connection to EventStoreDB at {hosts} is lost: {}", shortened(&error.to_string())),
    })
}

/// The gist of a message that may be long.
pub(super) fn shortened(message: &str) -> String {
    let message = message.split(", details: [").next().unwrap_or(message);
    message.chars().take(200).collect()
}
