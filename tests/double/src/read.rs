//! Reads and subscriptions.

use std::{collections::HashMap, sync::Arc};

use fancy_regex::Regex;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, metadata::MetadataMap};
use uuid::Uuid;

use crate::{
    append::{access_denied, stream_deleted, stream_name},
    faults::{Faults, ReadFault, SubscriptionFault},
    interface::event_store::client::{
        StreamIdentifier,
        streams::{
            ReadReq, ReadResp,
            read_req::{
                Options,
                options::{
                    CountOption, FilterOption, FilterOptions, ReadDirection, StreamOption,
                    all_options::AllOption,
                    filter_options::{self, Expression, Window},
                    stream_options::RevisionOption,
                    uuid_option,
                },
            },
            read_resp::{
                CaughtUp, Checkpoint, Content, ReadEvent, StreamNotFound, SubscriptionConfirmation,
                read_event::{self, RecordedEvent},
            },
        },
        uuid::{Structured, Value},
    },
    log::{Log, Record},
};

/// How many records are looked at between two checkpoints, if the client does not say.
const WINDOW: u32 = 32;
/// How many records are taken from the log at a time.
const SLICE: usize = 256;

type Answer = Result<ReadResp, Status>;

/// Which records are asked for.
enum Source {
    Stream(String),
    All(Filter),
}

impl Source {
    fn takes(&self, record: &Record) -> bool {
        match self {
            Self::Stream(stream) => record.stream == *stream,
            Self::All(filter) => filter.takes(record),
        }
    }
}

enum Filter {
    None,
    Stream(Expected),
    Type(Expected),
}

/// What a name has to be like.
struct Expected {
    prefixes: Vec<String>,
    regex: Option<Regex>,
}

impl Expected {
    fn new(expression: Expression) -> Result<Self, Status> {
        let regex = (!expression.regex.is_empty()).then(|| Regex::new(&expression.regex)).transpose();
        Ok(Self { prefixes: expression.prefix, regex: regex.map_err(|error| Status::invalid_argument(error.to_string()))? })
    }

    fn matches(&self, name: &str) -> bool {
        match &self.regex {
            Some(regex) => regex.is_match(name).unwrap_or(false),
            None => self.prefixes.iter().any(|prefix| name.starts_with(prefix)),
        }
    }
}

impl Filter {
    fn new(option: Option<FilterOption>) -> Result<(Self, usize), Status> {
        let Some(FilterOption::Filter(FilterOptions { filter, window, checkpoint_interval_multiplier })) = option else {
            return Ok((Self::None, 0));
        };
        let window = match window {
            Some(Window::Max(most)) => most,
            Some(Window::Count(_)) => WINDOW,
            None => return Err(Status::invalid_argument("No window")),
        };
        let filter = match filter.ok_or_else(|| Status::invalid_argument("No filter"))? {
            filter_options::Filter::StreamIdentifier(expression) => Self::Stream(Expected::new(expression)?),
            filter_options::Filter::EventType(expression) => Self::Type(Expected::new(expression)?),
        };
        Ok((filter, window.saturating_mul(checkpoint_interval_multiplier.max(1)).max(1) as usize))
    }

    fn takes(&self, record: &Record) -> bool {
        match self {
            Self::None => true,
            Self::Stream(expected) => expected.matches(&record.stream),
            Self::Type(expected) => expected.matches(&record.event.event_type),
        }
    }
}

/// A read or a subscription, understood.
struct Query {
    source: Source,
    /// The position after which the first record lies that is to be looked at.
    after: Option<u64>,
    structured: bool,
    /// How many records are looked at between two checkpoints; none are sent if 0.
    checkpoint_every: usize,
    is_all: bool,
}

/// Answers a read.
pub(crate) fn read(
    log: &Arc<Log>,
    faults: &Arc<Faults>,
    headers: MetadataMap,
    request: ReadReq,
) -> Result<std::pin::Pin<Box<dyn Stream<Item = Answer> + Send>>, Status> {
    let options = request.options.ok_or_else(|| Status::invalid_argument("No options"))?;
    let structured = matches!(
        options.uuid_option.as_ref().and_then(|option| option.content.as_ref()),
        Some(uuid_option::Content::Structured(_))
    );
    match options.count_option {
        Some(CountOption::Subscription(_)) => Ok(subscription(log, faults, headers, options, structured)?.boxed()),
        Some(CountOption::Count(count)) => {
            meet(faults.read())?;
            let answers = finite(log, options, usize::try_from(count).unwrap_or(usize::MAX), structured)?;
            Ok(futures::stream::iter(answers.into_iter().map(Ok)).boxed())
        }
        None => Err(Status::invalid_argument("No count")),
    }
}

fn meet(fault: Option<ReadFault>) -> Result<(), Status> {
    match fault {
        None => Ok(()),
        Some(ReadFault::Expired) => Err(expired()),
        Some(ReadFault::NotReady) => Err(Status::unavailable("Server Is Not Ready")),
        Some(ReadFault::Denied) => Err(access_denied()),
    }
}

/// A read took too long; nothing is committed by that.
fn expired() -> Status {
    Status::aborted("Operation timed out: ReadTimeout")
}

fn finite(log: &Log, options: Options, count: usize, structured: bool) -> Result<Vec<ReadResp>, Status> {
    let backwards = options.read_direction == ReadDirection::Backwards as i32;
    let (filter, _) = Filter::new(options.filter_option)?;
    let mut records = match options.stream_option {
        Some(StreamOption::Stream(stream)) => {
            let name = stream_name(stream.stream_identifier)?;
            let records = log.stream(&name).map_err(|_| stream_deleted(&name))?;
            if records.is_empty() {
                let identifier = StreamIdentifier { stream_name: name.into_bytes() };
                return Ok(vec![said(Content::StreamNotFound(StreamNotFound { stream_identifier: Some(identifier) }))]);
            }
            let revision = match stream.revision_option {
                Some(RevisionOption::Revision(revision)) => Some(revision),
                _ => None,
            };
            within(records, revision, backwards, |record| record.revision)
        }
        Some(StreamOption::All(all)) => {
            let position = match all.all_option {
                Some(AllOption::Position(position)) => Some(position.commit_position),
                _ => None,
            };
            within(log.after(None, usize::MAX), position, backwards, |record| record.position)
        }
        None => return Err(Status::invalid_argument("No stream")),
    };
    records.retain(|record| filter.takes(record));
    Ok(records.iter().take(count).map(|record| event(record, structured)).collect())
}

/// The records from `start` on, which is included, in the direction asked for.
fn within(mut records: Vec<Arc<Record>>, start: Option<u64>, backwards: bool, at: impl Fn(&Record) -> u64) -> Vec<Arc<Record>> {
    if let Some(start) = start {
        records.retain(|record| if backwards { at(record) <= start } else { at(record) >= start });
    }
    if backwards {
        records.reverse();
    }
    records
}

fn subscription(
    log: &Arc<Log>,
    faults: &Arc<Faults>,
    headers: MetadataMap,
    options: Options,
    structured: bool,
) -> Result<impl Stream<Item = Answer> + use<>, Status> {
    let (filter, window) = Filter::new(options.filter_option)?;
    let end = log.end();
    let (source, after, is_all) = match options.stream_option {
        Some(StreamOption::Stream(stream)) => {
            let name = stream_name(stream.stream_identifier)?;
            let records = log.stream(&name).map_err(|_| stream_deleted(&name))?;
            let after = match stream.revision_option {
                Some(RevisionOption::Revision(revision)) => {
                    records.iter().find(|record| record.revision == revision).map_or(end, |record| Some(record.position))
                }
                Some(RevisionOption::End(_)) => end,
                _ => None,
            };
            (Source::Stream(name), after, false)
        }
        Some(StreamOption::All(all)) => {
            let after = match all.all_option {
                Some(AllOption::Position(position)) => Some(position.commit_position),
                Some(AllOption::End(_)) => end,
                _ => None,
            };
            (Source::All(filter), after, true)
        }
        None => return Err(Status::invalid_argument("No stream")),
    };
    let fault = faults.subscription();
    if fault == Some(SubscriptionFault::Expired) {
        return Err(expired());
    }
    let query = Query { source, after, structured, checkpoint_every: window, is_all };
    let (answers, receiver) = mpsc::channel(SLICE);
    let (log, faults) = (Arc::clone(log), Arc::clone(faults));
    let subscriber = Subscriber { log, faults, headers, query, fault, answers, delivered: 0, owes_caught_up: false };
    tokio::spawn(subscriber.run());
    Ok(ReceiverStream::new(receiver).flat_map(futures::stream::iter))
}

/// Nobody listens any more, or a fault is met.
struct Over;

struct Subscriber {
    log: Arc<Log>,
    faults: Arc<Faults>,
    headers: MetadataMap,
    query: Query,
    fault: Option<SubscriptionFault>,
    /// What is sent at once goes in one packet.
    answers: mpsc::Sender<Vec<Answer>>,
    delivered: usize,
    /// That all has been delivered is still to be said, together with the next event.
    owes_caught_up: bool,
}

impl Subscriber {
    async fn run(mut self) {
        let _ = self.follow().await;
    }

    async fn follow(&mut self) -> Result<(), Over> {
        let mut written = self.log.watch();
        let mut admission = self.faults.watch_admission();
        let id = Uuid::new_v4().to_string();
        self.say(Content::Confirmation(SubscriptionConfirmation { subscription_id: id })).await?;
        if self.fault == Some(SubscriptionFault::Silent) {
            self.answers.closed().await;
            return Err(Over);
        }
        let mut last = self.query.after;
        let mut looked_at = 0;
        let mut live = false;
        loop {
            written.borrow_and_update();
            let records = self.log.after(last, SLICE);
            if records.is_empty() {
                if !live || self.fault == Some(SubscriptionFault::CaughtUpOften) {
                    live = true;
                    self.reach_end(last).await?;
                }
                tokio::select! {
                    changed = written.changed() => changed.map_err(|_| Over)?,
                    changed = admission.changed() => {
                        changed.map_err(|_| Over)?;
                        self.refuse_strangers().await?;
                    }
                    () = self.answers.closed() => return Err(Over),
                }
                continue;
            }
            for record in records {
                last = Some(record.position);
                looked_at += 1;
                if self.query.source.takes(&record) && self.fault != Some(SubscriptionFault::CheckpointsOnly) {
                    self.deliver(&record).await?;
                } else if self.query.checkpoint_every > 0 && usize::is_multiple_of(looked_at, self.query.checkpoint_every) {
                    self.say(checkpoint(record.position)).await?;
                }
            }
        }
    }

    /// Whose credentials are not taken any more is told so.
    async fn refuse_strangers(&self) -> Result<(), Over> {
        if self.faults.knows(&self.headers) {
            return Ok(());
        }
        let _ = self.answers.send(vec![Err(access_denied())]).await;
        Err(Over)
    }

    async fn deliver(&mut self, record: &Record) -> Result<(), Over> {
        match self.fault {
            Some(SubscriptionFault::ResetAfter(most)) if self.delivered >= most => {
                let _ = self.answers.send(vec![Err(Status::unavailable("the connection is reset"))]).await;
                return Err(Over);
            }
            Some(SubscriptionFault::EndsAfter(most)) if self.delivered >= most => return Err(Over),
            _ => {}
        }
        self.delivered += 1;
        let event = Ok(event(record, self.query.structured));
        let together = if std::mem::take(&mut self.owes_caught_up) {
            vec![Ok(said(self.caught_up(Some(record.position)))), event]
        } else {
            vec![event]
        };
        self.answers.send(together).await.map_err(|_| Over)
    }

    async fn say(&self, content: Content) -> Result<(), Over> {
        self.answers.send(vec![Ok(said(content))]).await.map_err(|_| Over)
    }

    /// All has been delivered, up to `last`.
    async fn reach_end(&mut self, last: Option<u64>) -> Result<(), Over> {
        let times = match self.fault {
            Some(SubscriptionFault::CheckpointsOnly) => 0,
            Some(SubscriptionFault::EndsAfter(most)) if self.delivered >= most => return Err(Over),
            Some(SubscriptionFault::CaughtUpOften) => 3,
            Some(SubscriptionFault::CaughtUpWithEvent) => {
                self.owes_caught_up = true;
                0
            }
            _ => 1,
        };
        for _ in 0..times {
            self.say(self.caught_up(last)).await?;
        }
        Ok(())
    }

    fn caught_up(&self, last: Option<u64>) -> Content {
        use crate::interface::event_store::client::streams::read_resp::Position;
        let at = last.filter(|_| self.query.is_all);
        let position = at.map(|at| Position { commit_position: at, prepare_position: at });
        let timestamp = Some(prost_types::Timestamp::from(std::time::SystemTime::now()));
        Content::CaughtUp(CaughtUp { timestamp, stream_revision: None, position })
    }
}

const fn said(content: Content) -> ReadResp {
    ReadResp { content: Some(content) }
}

fn checkpoint(position: u64) -> Content {
    let timestamp = Some(prost_types::Timestamp::from(std::time::SystemTime::now()));
    Content::Checkpoint(Checkpoint { commit_position: position, prepare_position: position, timestamp })
}

fn event(record: &Record, structured: bool) -> ReadResp {
    let metadata = HashMap::from([
        ("type".to_owned(), record.event.event_type.clone()),
        ("content-type".to_owned(), record.event.content_type.clone()),
        ("created".to_owned(), record.created.to_string()),
    ]);
    let recorded = RecordedEvent {
        id: Some(write_uuid(record.event.id, structured)),
        stream_identifier: Some(StreamIdentifier { stream_name: record.stream.clone().into_bytes() }),
        stream_revision: record.revision,
        prepare_position: record.position,
        commit_position: record.position,
        metadata,
        custom_metadata: record.event.metadata.clone(),
        data: record.event.data.clone(),
    };
    let position = Some(read_event::Position::CommitPosition(record.position));
    said(Content::Event(ReadEvent { event: Some(recorded), link: None, position }))
}

fn write_uuid(id: Uuid, structured: bool) -> crate::interface::event_store::client::Uuid {
    let (most, least) = id.as_u64_pair();
    let value = if structured {
        Value::Structured(Structured { most_significant_bits: most.cast_signed(), least_significant_bits: least.cast_signed() })
    } else {
        Value::String(id.to_string())
    };
    crate::interface::event_store::client::Uuid { value: Some(value) }
}
