//! Recording: decide on the picture, append at the revision that was decided on, and decide again if the stream has
//! moved meanwhile.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use domain::{Command, Intent, Rejection, decide_together, rejection};
use projections::{
    Across, Entry, Kinded, Picture,
    things::{ActRecord, FlagCode, Thing},
};
use schema::{Act, CommandId, EventId, Fact, Header, Kind, NewEvent, Position, Recorded, ThingId, members_changed};
use store::{AppendError, Appended, Expected};
use thiserror::Error;
use tokio::time::{Duration, sleep};

use super::{App, of_record::regimes_named, turns::Turn};

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
    /// The commands, in order; those that share an id have each its own index.
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
    /// The clock of this machine can't be gone by.
    #[error("{0}; nothing was recorded")]
    ClockWrong(String),
}

/// What is to be appended, and what the sender is told.
struct Plan {
    events: Vec<NewEvent>,
    done: Done,
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Done {
    /// What its sender is told.
    pub receipt: Receipt,
    /// What it did to the record; `None` where it was recorded before, or is already so.
    pub step: Option<Step>,
}

/// The picture that a command was decided on, and the acts that it comes to.
#[derive(Debug, Clone)]
pub struct Step {
    before: Arc<Picture>,
    acts: Vec<EventId>,
    entries: Vec<Entry>,
    bytes: u64,
    may_move: bool,
    after: Arc<OnceLock<Arc<Picture>>>,
}

impl Step {
    /// Whether by it the thing may belong to others than before.
    #[must_use]
    pub const fn may_move(&self) -> bool {
        self.may_move
    }

    /// The ids of the acts, in their order.
    #[must_use]
    pub fn acts(&self) -> &[EventId] {
        &self.acts
    }

    /// How many bytes the acts have in the log.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What was known before it.
    #[must_use]
    pub const fn before(&self) -> &Arc<Picture> {
        &self.before
    }

    /// What is known with it, whatever others have recorded meanwhile.
    #[must_use]
    pub fn after(&self) -> &Arc<Picture> {
        self.after.get_or_init(|| Arc::new(self.before.with(self.entries.iter().cloned())))
    }
}

impl App {
    /// Records `submission` when it is its turn. Who may do so is the caller's affair.
    ///
    /// # Errors
    ///
    /// When the commands do not fit what is on record, or the store can't be reached.
    pub async fn record<S: Across>(&self, submission: &Submission<S::Fact>) -> Result<Receipt, RecordError> {
        let turn = self.turns.take(submission.thing).await;
        let done = self.record_in_turn::<S, RecordError>(&turn, submission.thing, || Ok(Cow::Borrowed(submission))).await?;
        Ok(done.receipt)
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
        let done = self.record_in_turn::<S, RecordError>(&turn, submission.thing, || Ok(Cow::Borrowed(submission))).await?;
        Ok(done.receipt)
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
    ) -> Result<Done, E> {
        let turn = self.turns.take_unless(thing, abandoned).await.ok_or(RecordError::Contended)?;
        self.record_in_turn::<S, E>(&turn, thing, prepare).await
    }

    /// Records, and leaves word of it for whose turn is next.
    async fn record_in_turn<'s, S: Across, E: From<RecordError>>(
        &self,
        turn: &Turn,
        thing: ThingId,
        prepare: impl Fn() -> Result<Cow<'s, Submission<S::Fact>>, E>,
    ) -> Result<Done, E> {
        if let Some(revision) = turn.recorded() {
            self.reached(thing, revision, PICTURE_WAIT).await.map_err(|_| RecordError::Contended)?;
            let others = || self.picture().revision(thing).is_some_and(|present| present > revision);
            if self.store.is_shared()
                && let Some(pause) = turn.pause(others())
            {
                sleep(pause).await;
            }
        }
        let done = self.record_at_once::<S, E>(prepare).await?;
        turn.note(done.receipt.revision);
        Ok(done)
    }

    async fn record_at_once<'s, S: Across, E: From<RecordError>>(
        &self,
        prepare: impl Fn() -> Result<Cow<'s, Submission<S::Fact>>, E>,
    ) -> Result<Done, E> {
        for _ in 0..DECISIONS_MAX {
            let picture = self.picture();
            // On this picture or a later one: where the thing itself has moved, the append finds out.
            let submission = prepare()?;
            let plan = plan::<S>(&picture, &submission)?;
            if plan.events.is_empty() {
                // What is said to be there already has to be in a log that is still there.
                let progress = self.progress();
                return match progress.fault.or(progress.loss) {
                    None => Ok(plan.done),
                    Some(fault) => Err(RecordError::Unavailable(fault).into()),
                };
            }
            for regime in regimes_named(&submission.commands) {
                self.adopt(regime).await?;
            }
            match self.append(submission.thing, Expected::after(picture.revision(submission.thing)), plan.events).await? {
                Ok(()) => return Ok(plan.done),
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
        if let Some(refusal) = self.unsound().or_else(|| self.limited(thing)) {
            return Err(RecordError::Unavailable(refusal));
        }
        if let Some(fault) = self.clock_fault() {
            return Err(RecordError::ClockWrong(fault));
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
    /// Why nothing at all is to be recorded: the log is damaged, lacks acts or is not read far enough, or its clocks were
    /// counted by other law.
    pub(super) fn unsound(&self) -> Option<String> {
        let damage = self.store.soundness().borrow().complaint();
        damage.or_else(|| self.loss()).or_else(|| self.unproven()).or_else(|| self.law_fault())
    }

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

/// What `submission` would come to on `picture`. Nothing of it is recorded, so that its sender is told of no event.
pub(super) fn foreseen<S: Across>(picture: &Arc<Picture>, submission: &Submission<S::Fact>) -> Result<Done, RecordError> {
    let done = plan::<S>(picture, submission)?.done;
    let receipt = Receipt { revision: None, events: Vec::new(), ..done.receipt };
    Ok(Done { receipt, ..done })
}

/// Decides what of `submission` is not on record yet, all of it together.
fn plan<S: Across>(picture: &Arc<Picture>, submission: &Submission<S::Fact>) -> Result<Plan, RecordError> {
    let id = submission.thing;
    let thing = picture.thing::<S>(id).cloned().unwrap_or_else(|| Arc::new(Thing::new(id)));
    let commands = placed(&submission.commands);
    let seen = commands.iter().map(|command| seen(picture, &thing, command)).collect::<Result<Vec<_>, _>>()?;
    let is_fresh = |place: &usize| seen.get(*place).is_some_and(Option::is_none);
    let places: Vec<usize> = (0..commands.len()).filter(is_fresh).collect();
    let fresh: Vec<_> = places.iter().filter_map(|place| commands.get(*place)).collect();
    if !fresh.is_empty() && submission.expected_revision.is_some_and(|expected| Some(expected) != thing.revision()) {
        return Err(RecordError::RevisionConflict);
    }
    for (command, place) in fresh.iter().zip(&places) {
        references_known(picture, command).map_err(|rejection| rejection.at(*place))?;
    }
    let together = decide_together(&thing, &fresh, |thing| S::across(thing, &**picture));
    let together = together.map_err(|rejection| among_all(rejection, &places))?;
    let mut acts = together.acts.into_iter();
    let (mut events, mut entries, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    // Who the partners are follows from what is stated later, too.
    let mut may_move = S::Fact::KIND == Kind::Partnership;
    let (mut revision, mut told, mut previous) = (thing.revision(), None, thing.leaf());
    for (command, seen) in commands.iter().zip(seen) {
        if let Some(seen) = seen {
            ids.push(seen.id);
            told = told.max(Some(seen.revision));
            continue;
        }
        let Some(act) = acts.next().flatten() else { continue };
        if thing.acts().of_command(command.metadata.subject, command.metadata.command_id).is_some() {
            return Err(reused(command.metadata.command_id).into());
        }
        may_move |= matches!(act, Act::Corrected { .. } | Act::Retracted { .. });
        let event = command.event_id(id);
        let next = revision.map_or(0, |revision| revision + 1);
        let encoded = NewEvent::encode(event, &command.metadata, &act, previous);
        let encoded = encoded.map_err(|error| RecordError::Unavailable(error.to_string()))?;
        let leaf = encoded.leaf(&id, next);
        let header = Header::new(event, id, next, Position::default(), command.now);
        let recorded = Recorded { header, metadata: command.metadata.clone(), content: S::Fact::content(act) };
        entries.push(Entry::drafted(recorded, leaf));
        (revision, told, previous) = (Some(next), Some(next), Some(leaf));
        events.push(encoded);
        ids.push(event);
    }
    let receipt = Receipt { thing: id, revision: told.or(thing.revision()), events: ids, warnings: together.warnings };
    let acts = events.iter().map(|event: &NewEvent| event.id).collect();
    let bytes = events.iter().map(|event: &NewEvent| (event.data.len() + event.metadata.len()) as u64).sum();
    let step =
        (!events.is_empty()).then(|| Step { before: Arc::clone(picture), acts, entries, bytes, may_move, after: Arc::default() });
    Ok(Plan { events, done: Done { receipt, step } })
}

/// `rejection`, which counts those at `places` only, with the place among all commands.
fn among_all(rejection: Rejection, places: &[usize]) -> Rejection {
    Rejection { place: rejection.place.and_then(|place| places.get(place).copied()), ..rejection }
}

/// The commands; of several, each with its place among them.
fn placed<F: Fact>(commands: &[Command<F>]) -> Cow<'_, [Command<F>]> {
    if commands.len() < 2 {
        return Cow::Borrowed(commands);
    }
    let mut placed = commands.to_vec();
    for (place, command) in placed.iter_mut().enumerate() {
        command.metadata.sequence = u16::try_from(place).ok();
    }
    Cow::Owned(placed)
}

/// The event that `command` recorded when it was first sent, if it was.
///
/// An id is its sender's own: what somebody else called theirs neither answers the command nor stands in its way.
fn seen<S: Kinded>(picture: &Picture, thing: &Thing<S>, command: &Command<S::Fact>) -> Result<Option<Header>, Rejection> {
    let id = command.metadata.command_id;
    let Some(act) = thing.act(command.event_id(thing.id())) else {
        let is_new = thing.revision().is_none() && S::Fact::KIND != Kind::Subject;
        let elsewhere = is_new.then(|| picture.founded_by(command.metadata.subject, id)).flatten();
        return if elsewhere.is_some() { Err(reused(id)) } else { Ok(None) };
    };
    if repeats(thing, act, command) { Ok(Some(act.header)) } else { Err(reused(id)) }
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
