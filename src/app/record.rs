//! Recording: decide on the picture, append at the revision that was decided on, and decide again if the stream has
//! moved meanwhile.

use std::{borrow::Cow, sync::Arc};

use projections::{
    Across, Kinded, Picture,
    things::{ActRecord, FlagCode, Thing},
};
use schema::{Act, CommandId, EventId, Fact, Header, NewEvent, Position, Recorded, ThingId, members_changed};
use thiserror::Error;
use tokio::time::{Duration, sleep};

use super::{App, turns::Turn};
use crate::{
    domain::{Command, Intent, Rejection, decide, rejection},
    store::{AppendError, Appended, Expected},
};

/// How often a command is decided because another replica moved its stream meanwhile: of many that write to one thing at
/// once, one gets through each time.
const DECISIONS_MAX: u32 = 64;
/// How often an append whose outcome is unknown is sent again.
const APPENDS_MAX: u32 = 5;
/// The pause before an append is sent again; doubled each time.
const PAUSE_BEFORE_APPEND: Duration = Duration::from_millis(50);
/// How long to wait for the picture to see what a conflict says is there.
const PICTURE_WAIT: Duration = Duration::from_secs(10);

/// Commands on one thing, recorded all or none.
#[derive(Debug, Clone)]
pub struct Submission<F> {
    /// The thing.
    pub thing: ThingId,
    /// The commands, in order; each has its own id.
    pub commands: Vec<Command<F>>,
    /// The revision that the sender saw, where they insist on it.
    pub expected_revision: Option<u64>,
}

/// What a submission came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The thing.
    pub thing: ThingId,
    /// The revision up to which the thing now holds what was submitted; `None` when nothing is recorded about it.
    pub revision: Option<u64>,
    /// The events recorded, now or when the same command was first sent.
    pub events: Vec<EventId>,
    /// What was taken and does not fit.
    pub warnings: Vec<FlagCode>,
}

/// Why nothing was recorded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The command does not fit what is on record.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The sender insisted on a revision that is not the present one.
    #[error("the thing has changed since you looked: look again, then send the command with the new revision")]
    RevisionConflict,
    /// The stream moved faster than commands could be decided.
    #[error("too many people write to this thing at the moment; nothing was recorded, send the command again")]
    Contended,
    /// The store did not say whether the events are in the log.
    #[error("the store does not answer; send the command again with the same command id to find out whether it was recorded")]
    OutcomeUnknown,
    /// It was recorded behind acts that are not known here: the stream was deleted in the store, and goes on from there.
    #[error(
        "it was recorded at revision {revision} of a stream of which acts are missing; nothing more is decided on this thing \
         until an operator has restored them"
    )]
    Misplaced {
        /// Where it was recorded.
        revision: u64,
    },
    /// The store can't be used, or the event can't be written.
    #[error("{0}; nothing was recorded")]
    Unavailable(String),
}

/// What is to be appended, and what the sender is told.
struct Plan {
    events: Vec<NewEvent>,
    receipt: Receipt,
}

impl App {
    /// Records `submission` when it is its turn. Who may do so is the caller's affair.
    ///
    /// # Errors
    ///
    /// When the commands do not fit what is on record, or the store can't be reached.
    pub async fn record<S: Across>(&self, submission: &Submission<S::Fact>) -> Result<Receipt, RecordError> {
        let turn = self.turns.take(submission.thing).await;
        self.record_in_turn::<S, _>(&turn, submission.thing, || Ok(Cow::Borrowed(submission))).await
    }

    /// As [`App::record`], unless `abandoned` comes before it is its turn, or too many wait already: then nothing is
    /// decided.
    ///
    /// # Errors
    ///
    /// As for [`App::record`], and [`RecordError::Contended`] when it was given up.
    pub async fn record_unless<S: Across>(
        &self,
        submission: &Submission<S::Fact>,
        abandoned: impl Future<Output = ()>,
    ) -> Result<Receipt, RecordError> {
        let turn = self.turns.take_unless(submission.thing, abandoned).await.ok_or(RecordError::Contended)?;
        self.record_in_turn::<S, _>(&turn, submission.thing, || Ok(Cow::Borrowed(submission))).await
    }

    /// As [`App::record_unless`], of what `prepare` says at each decision: what may be recorded is looked at again whenever
    /// the record has moved.
    ///
    /// # Errors
    ///
    /// As for [`App::record_unless`], and what `prepare` refuses.
    pub(super) async fn record_prepared<'s, S: Across, E: From<RecordError>>(
        &self,
        thing: ThingId,
        prepare: impl Fn() -> Result<Cow<'s, Submission<S::Fact>>, E>,
        abandoned: impl Future<Output = ()>,
    ) -> Result<Receipt, E> {
        let turn = self.turns.take_unless(thing, abandoned).await.ok_or(RecordError::Contended)?;
        self.record_in_turn::<S, E>(&turn, thing, prepare).await
    }

    /// Records, and leaves word of it for whose turn is next.
    async fn record_in_turn<'s, S: Across, E: From<RecordError>>(
        &self,
        turn: &Turn,
        thing: ThingId,
        prepare: impl Fn() -> Result<Cow<'s, Submission<S::Fact>>, E>,
    ) -> Result<Receipt, E> {
        if let Some(revision) = turn.recorded() {
            self.reached(thing, revision, PICTURE_WAIT).await.map_err(|_| RecordError::Contended)?;
        }
        let receipt = self.record_at_once::<S, E>(prepare).await?;
        turn.note(receipt.revision);
        Ok(receipt)
    }

    async fn record_at_once<'s, S: Across, E: From<RecordError>>(
        &self,
        prepare: impl Fn() -> Result<Cow<'s, Submission<S::Fact>>, E>,
    ) -> Result<Receipt, E> {
        for _ in 0..DECISIONS_MAX {
            let picture = self.picture();
            // On this picture or a later one: where the thing itself has moved, the append finds out.
            let submission = prepare()?;
            let thing = picture.thing::<S>(submission.thing).cloned().unwrap_or_else(|| Arc::new(Thing::new(submission.thing)));
            let plan = plan(&picture, &thing, &submission)?;
            if plan.events.is_empty() {
                // What is said to be there already has to be in a log that is still there.
                let progress = self.progress();
                return match progress.fault.or(progress.loss) {
                    None => Ok(plan.receipt),
                    Some(fault) => Err(RecordError::Unavailable(fault).into()),
                };
            }
            match self.append(submission.thing, Expected::after(thing.revision()), plan.events).await? {
                Ok(()) => return Ok(plan.receipt),
                Err(current) => {
                    let revision = current.ok_or_else(|| RecordError::Unavailable("the stream has gone".into()))?;
                    self.reached(submission.thing, revision, PICTURE_WAIT).await.map_err(|_| RecordError::Contended)?;
                }
            }
        }
        Err(RecordError::Contended.into())
    }

    /// Appends, and asks again while the outcome is unknown. The inner error is the stream's present revision.
    pub(super) async fn append(
        &self,
        thing: ThingId,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> Result<Result<(), Option<u64>>, RecordError> {
        let damage = self.store.soundness().borrow().complaint();
        if let Some(refusal) = damage.or_else(|| self.loss()).or_else(|| self.unproven()).or_else(|| self.limited(thing)) {
            return Err(RecordError::Unavailable(refusal));
        }
        let wanted = expected.next_revision().map(|first| first + events.len() as u64 - 1);
        let mut pause = PAUSE_BEFORE_APPEND;
        for attempt in 0..APPENDS_MAX {
            if attempt > 0 {
                sleep(pause).await;
                pause *= 2;
            }
            match self.store.append(thing, expected, events.clone()).await {
                Ok(Appended { revision }) => {
                    self.note_refusal(None);
                    let is_where_wanted = wanted.is_none_or(|wanted| wanted == revision);
                    return if is_where_wanted { Ok(Ok(())) } else { Err(RecordError::Misplaced { revision }) };
                }
                Err(AppendError::Conflict { current }) => return Ok(Err(current)),
                Err(AppendError::Unknown(reason)) => {
                    tracing::warn!(%thing, reason, "an append's outcome is unknown; it is sent again");
                }
                // What follows on an unknown outcome says nothing of the attempt before it.
                Err(error) => {
                    if let AppendError::Store(fault) = &error {
                        self.note_refusal(Some(fault.to_string()));
                    }
                    return Err(if attempt > 0 {
                        RecordError::OutcomeUnknown
                    } else {
                        RecordError::Unavailable(error.to_string())
                    });
                }
            }
        }
        self.note_refusal(Some("it does not say whether what is appended is recorded".to_owned()));
        Err(RecordError::OutcomeUnknown)
    }
}

impl App {
    /// Why nothing is to be recorded yet: more is known of the log than was read of it so far.
    fn unproven(&self) -> Option<String> {
        let sentence = "the log is still being read and held against what is known of it; send the command again in a moment";
        self.picture().wholeness().is_expecting().then(|| sentence.to_owned())
    }

    /// Why nothing is to be recorded on `thing`: its store is told to throw away what is recorded of it.
    fn limited(&self, thing: ThingId) -> Option<String> {
        let name = thing.to_string();
        self.picture().wholeness().is_limited(&name).then(|| {
            format!(
                "the store is told to throw acts on {name} away; before anybody scavenges, take $tb, $maxAge and $maxCount out \
                 of the metadata of its stream"
            )
        })
    }
}

/// Decides the commands one after the other, each on the thing as the ones before would leave it.
fn plan<S: Across>(picture: &Picture, thing: &Arc<Thing<S>>, submission: &Submission<S::Fact>) -> Result<Plan, RecordError> {
    let present = thing.revision();
    let receipt = Receipt { thing: submission.thing, revision: None, events: Vec::new(), warnings: Vec::new() };
    let mut plan = Plan { events: Vec::new(), receipt };
    let mut thing = Arc::clone(thing);
    let mut previous = thing.leaf();
    for (place, command) in submission.commands.iter().enumerate() {
        if let Some(seen) = seen(picture, &thing, command)? {
            plan.receipt.events.push(seen.id);
            plan.receipt.revision = plan.receipt.revision.max(Some(seen.revision));
            continue;
        }
        if plan.events.is_empty() && submission.expected_revision.is_some_and(|expected| Some(expected) != present) {
            return Err(RecordError::RevisionConflict);
        }
        references_known(picture, command)?;
        let decision = decide(&thing, command, |thing| S::across(thing, picture))?;
        plan.receipt.warnings.extend(decision.warnings);
        let Some(act) = decision.act else { continue };
        let placed = (submission.commands.len() > 1).then(|| placed(command, place));
        let command = placed.as_ref().unwrap_or(command);
        let metadata = &command.metadata;
        let id = command.event_id(submission.thing);
        let revision = thing.revision().map_or(0, |revision| revision + 1);
        let encoded = NewEvent::encode(id, metadata, &act, previous);
        let encoded = encoded.map_err(|error| RecordError::Unavailable(error.to_string()))?;
        previous = Some(encoded.leaf(&submission.thing, revision));
        plan.events.push(encoded);
        plan.receipt.events.push(id);
        plan.receipt.revision = Some(revision);
        if submission.commands.len() > 1 {
            thing = Arc::new(thing.with(as_recorded(submission.thing, &thing, command, id, act)));
        }
    }
    plan.receipt.revision = plan.receipt.revision.or(present);
    Ok(plan)
}

/// The command, with its place among those that were sent together.
fn placed<F: Fact>(command: &Command<F>, place: usize) -> Command<F> {
    let mut placed = command.clone();
    placed.metadata.sequence = u16::try_from(place).ok();
    placed
}

fn as_recorded<S: Kinded>(
    id: ThingId,
    thing: &Thing<S>,
    command: &Command<S::Fact>,
    event: EventId,
    act: Act<S::Fact>,
) -> ActRecord<S::Fact> {
    let revision = thing.revision().map_or(0, |revision| revision + 1);
    let header = Header { id: event, thing: id, revision, position: Position::default(), recorded_at: command.now };
    Arc::new(Recorded { header, metadata: command.metadata.clone(), content: act.map(Arc::new) })
}

/// The event that `command` recorded when it was first sent, if it was.
///
/// An id is its sender's own: what somebody else called theirs neither answers the command nor stands in its way.
fn seen<S: Kinded>(picture: &Picture, thing: &Thing<S>, command: &Command<S::Fact>) -> Result<Option<Header>, Rejection> {
    let (subject, id) = (command.metadata.subject, command.metadata.command_id);
    let Some(act) = thing.acts().of_command(subject, id) else {
        let elsewhere = thing.revision().is_none().then(|| picture.founded_by(subject, id)).flatten();
        return if elsewhere.is_some() { Err(reused(id)) } else { Ok(None) };
    };
    if !repeats(thing, act, command) {
        return Err(reused(id));
    }
    Ok(Some(act.header))
}

/// Whether `command` says what `act` recorded.
fn repeats<S: Kinded>(thing: &Thing<S>, act: &ActRecord<S::Fact>, command: &Command<S::Fact>) -> bool {
    let (was, is) = (&act.metadata, &command.metadata);
    let same_words = was.occurred_on == is.occurred_on
        && was.evidence == is.evidence
        && was.visibility == is.visibility
        && was.override_reason == is.override_reason
        && was.published_on == is.published_on
        && was.language == is.language;
    let same_act = match (&act.content, &command.intent) {
        // What was on record already was confirmed or supported by saying it again.
        (Act::Confirmed { act } | Act::EvidenceAttached { act }, Intent::State(stated)) => {
            let supported = thing.act(*act).and_then(|act| act.content.fact());
            return same_words && supported.is_some_and(|fact| **fact == *stated);
        }
        (act, Intent::Earlier(earlier)) => *act == earlier.clone().map(Arc::new),
        (Act::Stated(fact), Intent::State(stated)) => **fact == *stated,
        (Act::Corrected { reason, fact, .. }, Intent::Correct { reason: why, to, members, .. }) => {
            let says = match members {
                None => **fact == *to,
                // What was left out may be another by now.
                Some(members) => members_changed(&**fact, to).iter().all(|member| !members.contains(member)),
            };
            says && reason == why
        }
        (Act::Retracted { act, reason }, Intent::Retract { act: target, reason: why }) => act == target && reason == why,
        (Act::Disputed { reason, .. }, Intent::Dispute { reason: why, .. }) => reason == why,
        (Act::Confirmed { .. }, Intent::Confirm { .. }) | (Act::EvidenceAttached { .. }, Intent::AttachEvidence { .. }) => true,
        _ => false,
    };
    same_words && same_act && about_the_same(thing, act.content.about(), command.intent.about())
}

/// Whether two acts are versions of one fact, or the same.
fn about_the_same<S: Kinded>(thing: &Thing<S>, one: Option<EventId>, other: Option<EventId>) -> bool {
    let stated = |mut id: EventId| {
        for _ in 0..thing.acts().len() {
            match thing.act(id).and_then(|act| act.content.about()) {
                Some(earlier) => id = earlier,
                None => break,
            }
        }
        id
    };
    one.map(stated) == other.map(stated)
}

fn reused(id: CommandId) -> Rejection {
    let message = format!("the command id {id} was used before, with other content");
    Rejection::new(rejection::COMMAND_ID_REUSED, message).hint("give every new command an id of its own").on("commandId")
}

/// Everything that a new fact names has to be on record.
pub(super) fn references_known<F: Fact>(picture: &Picture, command: &Command<F>) -> Result<(), Rejection> {
    let references = command.intent.new_fact().map(Fact::references).unwrap_or_default();
    match references.into_iter().find(|reference| !picture.knows(*reference)) {
        None => Ok(()),
        Some(unknown) => Err(Rejection::new(rejection::REFERENCE_UNKNOWN, format!("nothing on record is called {unknown}"))
            .hint(format!("register the {} first", unknown.kind()))),
    }
}
