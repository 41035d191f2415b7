//! What the server's codes mean: one table for every kind of call, since the same code differs from one to the other.

use eventstore::Endpoint;
use prost::Message;
use tonic::{Code, Status};

use super::{
    address::{Address, place},
    interface::{
        event_store::client::{
            MaximumAppendSizeExceeded, WrongExpectedVersion, wrong_expected_version::CurrentStreamRevisionOption,
        },
        google::rpc,
    },
};
use crate::StoreError;

/// Where a code was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// In an answer within a session, which goes on.
    Answer,
    /// As the end of a session.
    Session,
    /// As the end of an append that is a call of its own.
    Append,
    /// As the end of a read or of a subscription.
    Read,
}

/// What a code says of what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The stream is not as expected; nothing was recorded.
    Conflict,
    /// The stream was deleted for good; nothing was recorded, and nothing ever will be.
    Deleted,
    /// The append has more bytes than the server takes; nothing was recorded.
    TooLarge,
    /// The credentials are refused; nothing was recorded, unless something else was under way in the session.
    Denied,
    /// Nothing was recorded, and asking again would not help.
    Refused,
    /// Nothing was recorded, since the server is not ready or has too much to do.
    NotTaken,
    /// The node does not lead any more; what it was asked may have been recorded all the same.
    NotLeader,
    /// It was given up while it was being committed.
    InDoubt,
    /// The way to the server is lost: it may have been recorded.
    Lost,
    /// A read took too long; it may be asked again.
    Expired,
}

use Meaning::{Conflict, Deleted, Denied, Expired, InDoubt, Lost, NotLeader, NotTaken, Refused};

/// The table; what it does not have leaves an append in doubt. 'Ready' is 'unavailable' with the server's own words.
#[rustfmt::skip]
const TABLE: [(Said, [Meaning; 4]); 18] = [
    //                                     in an answer  end of a session  own append  read
    (Said::Code(Code::Ok),                 [NotTaken,    Lost,             Lost,       Lost]),
    (Said::Code(Code::Cancelled),          [InDoubt,     Lost,             Lost,       Lost]),
    (Said::Code(Code::Unknown),            [InDoubt,     Lost,             InDoubt,    Lost]),
    (Said::Code(Code::InvalidArgument),    [Refused,     Refused,          Refused,    Refused]),
    (Said::Code(Code::DeadlineExceeded),   [InDoubt,     Lost,             InDoubt,    Expired]),
    (Said::Code(Code::NotFound),           [Deleted,     NotLeader,        NotLeader,  NotLeader]),
    (Said::Code(Code::AlreadyExists),      [Conflict,    InDoubt,          Conflict,   Refused]),
    (Said::Code(Code::PermissionDenied),   [Denied,      Denied,           Denied,     Denied]),
    (Said::Code(Code::ResourceExhausted),  [InDoubt,     Lost,             InDoubt,    Expired]),
    (Said::Code(Code::FailedPrecondition), [Refused,     Refused,          Refused,    Refused]),
    (Said::Code(Code::Aborted),            [InDoubt,     InDoubt,          InDoubt,    Expired]),
    (Said::Code(Code::Unimplemented),      [Refused,     Refused,          Refused,    Refused]),
    (Said::Code(Code::Internal),           [InDoubt,     Lost,             InDoubt,    Lost]),
    (Said::Code(Code::Unavailable),        [InDoubt,     Lost,             Lost,       Lost]),
    (Said::Code(Code::DataLoss),           [InDoubt,     Lost,             InDoubt,    Lost]),
    (Said::Code(Code::Unauthenticated),    [Denied,      Denied,           Denied,     Denied]),
    (Said::NotReady,                       [NotTaken,    NotTaken,         NotTaken,   NotTaken]),
    (Said::Deleted,                        [Deleted,     Deleted,          Deleted,    Deleted]),
];

/// What a server can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Code(Code),
    /// Unavailable, and that it is the server itself that is not ready or busy: not a proxy before it.
    NotReady,
    /// That the stream was deleted, by the name of the exception.
    Deleted,
}

fn look_up(call: Call, said: Said) -> Meaning {
    let row = TABLE.iter().find(|(row, _)| *row == said);
    row.map_or(InDoubt, |(_, meanings)| meanings[call as usize])
}

/// What `code` means in `call`.
pub(super) fn meaning(call: Call, code: Code, message: &str) -> Meaning {
    let is_own_word = message.contains("Server Is Not Ready") || message.contains("Server Is Busy");
    let said = if code == Code::Unavailable && is_own_word { Said::NotReady } else { Said::Code(code) };
    look_up(call, said)
}

/// What the server adds to a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Details {
    None,
    /// The revision of the stream's last event.
    Current(Option<u64>),
    /// The most bytes in one append.
    Limit(u64),
    /// The node that leads.
    Leader(Endpoint),
}

/// Why the server did not do what it was asked.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub meaning: Meaning,
    pub details: Details,
    said: String,
}

impl Refusal {
    /// One that is known without the server's word.
    pub fn ours(meaning: Meaning, said: impl Into<String>) -> Self {
        Self { meaning, details: Details::None, said: said.into() }
    }

    /// A conflict with what is at `current`.
    pub fn conflict(current: Option<u64>) -> Self {
        Self { meaning: Conflict, details: Details::Current(current), said: String::new() }
    }

    /// The error of an answer within a session.
    pub fn of_answer(error: &rpc::Status) -> Self {
        let meaning = meaning(Call::Answer, Code::from_i32(error.code), &error.message);
        let details = error.details.as_ref().map_or(Details::None, read_details);
        Self { meaning: refined(meaning, &details), details, said: error.message.clone() }
    }

    /// The end of a call.
    pub fn of_status(call: Call, status: &Status) -> Self {
        let said = status.message().to_owned();
        // What has a source comes from the transport: the server has said nothing.
        if std::error::Error::source(status).is_some() {
            return Self::ours(Lost, said);
        }
        let told = |key: &str| status.metadata().get(key).and_then(|value| value.to_str().ok());
        let exception = told("exception");
        let leader = told("leader-endpoint-host").zip(told("leader-endpoint-port").and_then(|port| port.parse().ok()));
        let limit = told("maximum-append-size").and_then(|limit| limit.parse().ok());
        let details = match (leader, limit) {
            (Some((host, port)), _) => Details::Leader(Endpoint { host: host.to_owned(), port }),
            (None, Some(limit)) => Details::Limit(limit),
            (None, None) => Details::None,
        };
        let meaning = match exception {
            Some("stream-deleted") => look_up(call, Said::Deleted),
            // Whatever is not found otherwise is not the leader's doing.
            other if status.code() == Code::NotFound && other != Some("not-leader") => Lost,
            _ => meaning(call, status.code(), &said),
        };
        Self { meaning: refined(meaning, &details), details, said }
    }

    /// What the client's crate makes of the end of a read.
    pub fn of_read(error: &eventstore::Error) -> Self {
        use eventstore::Error;
        let ours = |meaning| Self::ours(meaning, error.to_string());
        match error {
            Error::NotLeaderException(leader) => {
                Self { details: Details::Leader(leader.clone()), ..Self::ours(NotLeader, String::new()) }
            }
            Error::ResourceDeleted => ours(look_up(Call::Read, Said::Deleted)),
            Error::AccessDenied => ours(look_up(Call::Read, Said::Code(Code::PermissionDenied))),
            Error::UnsupportedFeature => ours(look_up(Call::Read, Said::Code(Code::Unimplemented))),
            Error::Grpc { code, message } => {
                Self::ours(meaning(Call::Read, Code::from_i32(*code as i32), message), message.as_str())
            }
            Error::ServerError(said) => Self::ours(meaning(Call::Read, Code::Unavailable, said), said.as_str()),
            _ => ours(Lost),
        }
    }

    /// What is wrong and what to do, in a sentence.
    pub fn sentence(&self, address: &Address) -> StoreError {
        let limit = if let Details::Limit(limit) = self.details { Some(limit) } else { None };
        let leader = if let Details::Leader(leader) = &self.details { Some(leader) } else { None };
        sentence(self.meaning, &self.said, limit, leader, address)
    }
}

/// A refusal that names a limit is of what goes beyond it.
fn refined(meaning: Meaning, details: &Details) -> Meaning {
    match details {
        Details::Limit(_) if meaning == Refused => Meaning::TooLarge,
        _ => meaning,
    }
}

/// The details of an error within a session: one message of a few.
fn read_details(any: &prost_types::Any) -> Details {
    let value = any.value.as_slice();
    match any.type_url.rsplit(['.', '/']).next() {
        Some("WrongExpectedVersion") => {
            match WrongExpectedVersion::decode(value).ok().and_then(|told| told.current_stream_revision_option) {
                Some(CurrentStreamRevisionOption::CurrentStreamRevision(revision)) => Details::Current(Some(revision)),
                Some(CurrentStreamRevisionOption::CurrentNoStream(_)) => Details::Current(None),
                None => Details::None,
            }
        }
        Some("MaximumAppendSizeExceeded") => {
            MaximumAppendSizeExceeded::decode(value).map_or(Details::None, |told| Details::Limit(told.max_append_size.into()))
        }
        _ => Details::None,
    }
}

/// What is wrong and what to do, in a sentence.
pub(super) fn sentence(
    meaning: Meaning,
    said: &str,
    limit: Option<u64>,
    leader: Option<&Endpoint>,
    address: &Address,
) -> StoreError {
    let hosts = address.hosts();
    let said = shortened(said);
    StoreError(match meaning {
        Denied => format!(
            "EventStoreDB at {hosts} refuses the credentials; put the right user and password into the store's address, \
             and see that this user may read $all and write our streams"
        ),
        Deleted => format!(
            "somebody has deleted this stream in EventStoreDB at {hosts} for good; it takes no more acts: restore the \
             database from a backup"
        ),
        Meaning::TooLarge => {
            let most = limit.map_or_else(|| "fewer".to_owned(), |limit| format!("at most {limit}"));
            format!(
                "EventStoreDB at {hosts} takes {most} bytes in one append; raise its setting MaxAppendSize, or send less at once"
            )
        }
        NotTaken => format!("EventStoreDB at {hosts} is not ready ({said}); wait, or look at its log"),
        NotLeader => {
            let leader = leader.map_or_else(|| "somebody else".to_owned(), place);
            format!("EventStoreDB at {hosts} is a follower, the leader is {leader}")
        }
        InDoubt => format!("EventStoreDB at {hosts} took too long to commit ({said}); see that a majority of its nodes runs"),
        Expired => format!("EventStoreDB at {hosts} took too long to read ({said}); ask again, it may still be starting"),
        Conflict | Refused => format!("EventStoreDB at {hosts} refuses: {said}"),
        Lost => format!("the connection to EventStoreDB at {hosts} is lost: {said}"),
    })
}

/// The gist of a message that may be long.
pub(super) fn shortened(message: &str) -> String {
    let message = message.split(", details: [").next().unwrap_or(message);
    message.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_row_of_its_own() {
        for code in (0..=16).map(Code::from_i32) {
            let rows = TABLE.iter().filter(|(said, _)| *said == Said::Code(code)).count();
            let is_left_out = matches!(code, Code::OutOfRange);
            assert_eq!(rows, usize::from(!is_left_out), "{code:?}");
        }
    }

    #[test]
    fn a_node_that_is_not_ready_is_told_from_a_proxy_that_reaches_none() {
        assert_eq!(meaning(Call::Append, Code::Unavailable, "Server Is Not Ready"), NotTaken);
        assert_eq!(
            meaning(Call::Append, Code::Unavailable, "grpc-status header missing, mapped from HTTP status code 503"),
            Lost
        );
    }

    #[test]
    fn a_timeout_while_reading_says_nothing_of_a_commit() {
        assert_eq!(
            [Call::Answer, Call::Session, Call::Append, Call::Read].map(|call| meaning(call, Code::Aborted, "")),
            [InDoubt, InDoubt, InDoubt, Expired]
        );
    }
}
