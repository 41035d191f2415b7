//! A command on its way through: from its input to what its sender is told.

use std::{any::Any, time::Duration};

use access::seal::Purpose;
use app::{Done, Founds, HandleError, Order, RecordError, Step, Target};
use domain::{Intent, Rejection, rejection};
use gate::gated;
use graphql::{Code, GraphqlError};
use metrics::counter;
use projections::{Across, exchange, for_kind, things::State};
use schema::{Fact, Kind, Note, ThingId};

use super::inputs::{Dispatch, Particulars};
use crate::{
    Context,
    changes::{Change, access_changed, changes},
    scalars::{FactId, Given},
    types::record::any_history,
    view::{View, id},
};

/// The longest that a mutation waits to see what it wrote.
const OWN_WRITE_WAIT: Duration = Duration::from_secs(3);

/// Why a command recorded nothing: a rule, not a fault.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct UserError {
    /// The field of the input that it is about.
    pub field: Option<String>,
    /// What does not fit, and what to do about it.
    pub message: String,
    /// What to do about it, as the message ends.
    pub hint: Option<String>,
    /// The stable code.
    pub code: String,
    /// The facts that stand in the way.
    pub facts: Vec<FactId>,
}

impl From<Rejection> for UserError {
    fn from(rejection: Rejection) -> Self {
        let message = match &rejection.hint {
            Some(hint) => format!("{}; {hint}", rejection.message),
            None => rejection.message,
        };
        let facts = rejection.facts.into_iter().map(FactId).collect();
        let field = rejection.field.map(str::to_owned);
        Self { field, message, hint: rejection.hint, code: rejection.code.to_owned(), facts }
    }
}

/// Something that was recorded and does not fit.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct CommandWarning {
    /// What does not fit.
    pub message: String,
    /// The stable code.
    pub code: String,
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The thing, if there is one.
    pub thing: Option<ThingId>,
    /// What was written, for `Milepost-After`.
    pub position: Option<String>,
    /// The facts recorded, now or when the same command was first sent.
    pub facts: Vec<FactId>,
    /// What was recorded and does not fit.
    pub warnings: Vec<CommandWarning>,
    /// Why nothing was recorded.
    pub user_errors: Vec<UserError>,
    /// What it did to the record, or would do.
    pub step: Option<Step>,
    /// Whether nothing was to be recorded.
    pub is_preview: bool,
}

impl Outcome {
    /// What was changed, or would be.
    ///
    /// # Errors
    ///
    /// When it can't be told.
    pub fn changes(&self, context: &Context) -> Result<Vec<Change>, GraphqlError> {
        let Some((thing, step)) = self.thing.zip(self.step.as_ref()) else { return Ok(Vec::new()) };
        changes(context, thing, step)
    }

    /// The thing as it now is; of a preview, as it would be.
    pub fn view(&self, context: &Context) -> View {
        match &self.step {
            Some(step) if self.is_preview => View::open(&context.seeing(step.after()), None, None),
            _ => View::open(context, None, None),
        }
    }

    /// The signed receipt for what was recorded.
    ///
    /// # Errors
    ///
    /// When the log can't be read.
    pub fn receipt(&self, context: &Context) -> Result<Option<String>, GraphqlError> {
        let Some(thing) = self.thing.filter(|_| !self.facts.is_empty()) else { return Ok(None) };
        // A receipt tells of the last act on the thing, whoever may see that.
        if thing.kind() == Kind::Subject && !context.is_party(thing) {
            return Ok(None);
        }
        let acts: Vec<_> = self.facts.iter().map(|fact| fact.0).collect();
        let attested = context.wait(context.app.attest(thing, &acts));
        let attested = attested.map_err(|error| {
            tracing::error!(%error, "the log can't be read for a receipt");
            GraphqlError::new(Code::Busy, "the log can't be read at the moment; send the command again for its receipt")
        })?;
        attested.map(|receipt| context.sign(&receipt)).transpose().map(Option::flatten)
    }
}

/// States `fact`, or puts it in another's place.
///
/// # Errors
///
/// When the actor may not, there is no such thing, or the store is away.
pub fn state<S: Across<Fact: Founds>>(
    context: &Context,
    fact: S::Fact,
    particulars: Particulars,
) -> Result<Outcome, GraphqlError> {
    let target = target(S::Fact::KIND, &particulars)?;
    let sending = Sending::of(context, target, &particulars.dispatch)?;
    let order = sending.order(context, stated(fact, &particulars), particulars)?;
    run::<S>(context, &sending, &[order])
}

/// What is to be done with `fact`.
fn stated<F>(fact: F, particulars: &Particulars) -> Intent<F> {
    match &particulars.corrects {
        None => Intent::State(fact),
        Some(corrects) => Intent::Correct {
            fact: corrects.fact.0,
            reason: corrects.reason.0.clone(),
            to: fact,
            members: Some(particulars.members.clone()),
        },
    }
}

fn target(kind: Kind, particulars: &Particulars) -> Result<Target, GraphqlError> {
    let Some(thing) = &particulars.dispatch.thing else {
        if particulars.corrects.is_some() {
            let message = format!("say which {kind} is corrected");
            return Err(GraphqlError::new(Code::InvalidInput, message));
        }
        return Ok(Target::New(kind));
    };
    let thing: ThingId = id(thing)?;
    if thing.kind() != kind {
        let error = schema::IdError::OtherKind { expected: kind, found: thing.kind() };
        return Err(GraphqlError::new(Code::InvalidInput, error.to_string()));
    }
    Ok(Target::Existing(thing))
}

/// How a command is sent: to what, under which id, at which revision, and whether anything is to be recorded.
struct Sending {
    target: Target,
    command_id: Option<schema::CommandId>,
    expected_revision: Option<u64>,
    is_preview: bool,
}

impl Sending {
    fn of(context: &Context, target: Target, dispatch: &Dispatch) -> Result<Self, GraphqlError> {
        Ok(Self {
            target,
            command_id: dispatch.command_id.clone().given()?,
            expected_revision: expected(context, target, dispatch.expected_revision.as_deref())?,
            is_preview: dispatch.preview.unwrap_or(false),
        })
    }

    fn order<F>(&self, context: &Context, intent: Intent<F>, particulars: Particulars) -> Result<Order<F>, GraphqlError> {
        Ok(Order {
            target: self.target,
            intent,
            occurred_on: particulars.occurred_on.0,
            published_on: particulars.published_on,
            evidence: particulars.evidence.given()?,
            visibility: particulars.visibility.map(schema::Visibility::from),
            override_reason: particulars.override_reason.given()?,
            language: particulars.language.given()?,
            command_id: self.command_id,
            correlation_id: context.correlation_id,
            expected_revision: self.expected_revision,
        })
    }
}

/// Sends the command, and waits to see what it wrote.
fn run<S: Across<Fact: Founds>>(
    context: &Context,
    sending: &Sending,
    orders: &[Order<S::Fact>],
) -> Result<Outcome, GraphqlError> {
    let is_preview = sending.is_preview;
    let done = if is_preview { context.app.preview::<S>(&context.actor, orders) } else { recorded::<S>(context, orders)? };
    let Done { receipt, step } = match done {
        Ok(done) => done,
        Err(HandleError::Record(RecordError::Rejected(rejection))) => {
            return Ok(rejected(sending.target, rejection, orders.len(), is_preview));
        }
        Err(error) => {
            count(&error);
            return Err(refused(context, error));
        }
    };
    let position = match receipt.revision {
        None => None,
        Some(revision) => {
            let within = OWN_WRITE_WAIT.min(context.asker.deadline().left());
            // Not seeing it yet is no failure: it is recorded, and the position says how to wait for it.
            let seen = context.wait(context.app.reached(receipt.thing, revision, within));
            tracing::debug!(thing = %receipt.thing, seen = seen.is_ok(), "recorded");
            Some(context.seal(Purpose::Position, &(receipt.thing, revision))?)
        }
    };
    let warnings = receipt.warnings.iter();
    let warnings = warnings.map(|code| CommandWarning { message: code.message().to_owned(), code: code.code().to_owned() });
    let access = step.as_ref().and_then(|step| access_changed(context, receipt.thing, step));
    let access = access.map(|message| CommandWarning { message, code: rejection::ACCESS_CHANGED.to_owned() });
    Ok(Outcome {
        thing: Some(receipt.thing),
        position,
        facts: receipt.events.into_iter().map(FactId).collect(),
        warnings: warnings.chain(access).collect(),
        user_errors: Vec::new(),
        step,
        is_preview,
    })
}

/// Records what `orders` come to, and counts it to what their sender records today.
fn recorded<S: Across<Fact: Founds>>(
    context: &Context,
    orders: &[Order<S::Fact>],
) -> Result<Result<Done, HandleError>, GraphqlError> {
    let subject = context.actor.subject;
    context.ledger.take(subject, context.app.now().date_naive(), orders.len())?;
    let gone = context.asker.clone().gone();
    let done = context.wait(context.app.handle_unless::<S>(&context.actor, orders, gone));
    let step = done.as_ref().ok().and_then(|done| done.step.as_ref());
    let (acts, bytes) = step.map_or((0, 0), |step| (step.acts().len(), step.bytes()));
    context.ledger.settle(subject, orders.len(), acts, bytes);
    Ok(done)
}

/// What one act of a command of several asks for.
pub enum Asked {
    /// A fact, of a kind of thing that is not known yet.
    Fact(Box<dyn Any>),
    /// Something done to a fact that is on record.
    Amendment(Amendment),
}

impl Asked {
    fn intent<F: 'static>(self, particulars: &Particulars) -> Option<Intent<F>> {
        match self {
            Self::Fact(fact) => Some(stated(*fact.downcast::<F>().ok()?, particulars)),
            Self::Amendment(amendment) => Some(amendment.intent()),
        }
    }
}

/// The most acts that one command records together.
const ACTS_TOGETHER_MAX: usize = 100;

/// Records `acts` on one thing together, all or none, as `dispatch` says.
///
/// # Errors
///
/// As for [`state`], and when an act is about another thing or says of the sending what is said once for all.
pub fn together(context: &Context, acts: Vec<(Asked, Particulars)>, dispatch: &Dispatch) -> Result<Outcome, GraphqlError> {
    let invalid = |message: String| GraphqlError::new(Code::InvalidInput, message);
    if acts.len() > ACTS_TOGETHER_MAX {
        return Err(invalid(format!("{} acts are too many: one command records up to {ACTS_TOGETHER_MAX}", acts.len())));
    }
    let thing = amended_thing(dispatch)?;
    let sending = Sending::of(context, Target::Existing(thing), dispatch)?;
    for (at, (_, Particulars { dispatch: act, .. })) in acts.iter().enumerate() {
        if act.command_id.is_some() || act.expected_revision.is_some() || act.preview.is_some() {
            let message = format!("acts.{at}: commandId, expectedRevision and preview are given once, beside the acts");
            return Err(invalid(message));
        }
        let other = || format!("acts.{at}: it has to be about {thing}, as the command is");
        let about = act.thing.as_ref().ok_or_else(|| invalid(other()))?;
        if id::<ThingId>(about)? != thing {
            return Err(invalid(other()));
        }
    }
    for_kind!(thing.kind(), S => {
        let order = |(at, (asked, act)): (usize, (Asked, Particulars))| {
            let intent = asked.intent(&act).ok_or_else(|| invalid(format!("acts.{at}: it is not for a {}", thing.kind())))?;
            sending.order(context, intent, act)
        };
        let orders = acts.into_iter().enumerate().map(order).collect::<Result<Vec<Order<<S as State>::Fact>>, _>>()?;
        run::<S>(context, &sending, &orders)
    })
}

fn rejected(target: Target, rejection: Rejection, acts: usize, is_preview: bool) -> Outcome {
    let thing = match target {
        Target::Existing(thing) => Some(thing),
        Target::New(_) => None,
    };
    let place = rejection.place.filter(|_| acts > 1);
    let mut error = UserError::from(rejection);
    if let Some(place) = place {
        error.field = Some(error.field.map_or_else(|| format!("acts.{place}"), |field| format!("acts.{place}.{field}")));
    }
    Outcome { thing, position: None, facts: Vec::new(), warnings: Vec::new(), user_errors: vec![error], step: None, is_preview }
}

/// The revision that the sender insists on; only what was sealed for them and this thing counts.
fn expected(context: &Context, target: Target, sealed: Option<&str>) -> Result<Option<u64>, GraphqlError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let (thing, acts_seen): (ThingId, usize) = context.open(Purpose::Revision, sealed)?;
    if target != Target::Existing(thing) {
        return Err(GraphqlError::new(Code::InvalidInput, "the expected revision is that of another thing"));
    }
    Ok(any_history(&View::open(context, None, None), thing).and_then(|history| history.revision_after(acts_seen)))
}

/// Counts what is refused through no fault of its sender.
pub(super) fn count(error: &HandleError) {
    if let HandleError::Record(error) = error
        && let Some(reason) = error.reason()
    {
        counter!("milepost_commands_refused_total", "reason" => reason).increment(1);
    }
}

/// What somebody is told whose command came to `error`.
pub(super) fn refused(context: &Context, error: HandleError) -> GraphqlError {
    let message = error.to_string();
    match error {
        HandleError::Unauthenticated(_) => GraphqlError::new(Code::Unauthenticated, message),
        HandleError::NotFound(_) => GraphqlError::new(Code::NotFound, message),
        HandleError::Forbidden(refusal) => refusal.into(),
        HandleError::Record(RecordError::RevisionConflict) => GraphqlError::new(Code::RevisionConflict, message),
        HandleError::Record(RecordError::Contended) => GraphqlError::new(Code::Busy, message),
        HandleError::Record(RecordError::OutcomeUnknown | RecordError::Misplaced { .. } | RecordError::Rejected(_)) => {
            GraphqlError::new(Code::Timeout, message)
        }
        HandleError::Record(RecordError::ClockWrong(_)) => {
            tracing::error!(message, "a command could not be recorded");
            let message = "the clock of the service can't be gone by, and its operator is told why; nothing was recorded, so send \
                           the command again once the service is ready";
            GraphqlError::new(Code::Busy, message)
        }
        HandleError::Record(RecordError::Unavailable(_)) => {
            tracing::error!(message, "a command could not be recorded");
            let progress = context.app.progress();
            let message = if progress.damage.is_some() || progress.loss.is_some() {
                "the log is damaged or lacks acts, and takes none until its operator has put it right; nothing was recorded"
            } else {
                "the log can't be written to, and its operator is told why; nothing was recorded, so send the command again once the \
                 service is ready"
            };
            GraphqlError::new(Code::Busy, message)
        }
    }
}

/// An intent on a fact that is on record, whatever the kind of thing it is about.
#[derive(Debug, Clone)]
pub enum Amendment {
    /// Take it back.
    Retract(FactId, Note),
    /// Confirm it.
    Confirm(FactId),
    /// Say that it is not right.
    Dispute(FactId, Note),
    /// Add documents to it.
    AttachEvidence(FactId),
}

impl Amendment {
    fn intent<F>(self) -> Intent<F> {
        match self {
            Self::Retract(act, reason) => Intent::Retract { act: act.0, reason },
            Self::Dispute(fact, reason) => Intent::Dispute { fact: fact.0, reason },
            Self::Confirm(fact) => Intent::Confirm { fact: fact.0 },
            Self::AttachEvidence(fact) => Intent::AttachEvidence { fact: fact.0 },
        }
    }
}

/// Does `amendment` to a fact of the thing in `particulars`.
///
/// # Errors
///
/// As for [`state`].
pub fn amend(context: &Context, amendment: Amendment, particulars: Particulars) -> Result<Outcome, GraphqlError> {
    let thing = amended_thing(&particulars.dispatch)?;
    let sending = Sending::of(context, Target::Existing(thing), &particulars.dispatch)?;
    for_kind!(thing.kind(), S => {
        let order = sending.order(context, amendment.intent(), particulars)?;
        run::<S>(context, &sending, &[order])
    })
}

/// The thing on record that a command is about.
fn amended_thing(dispatch: &Dispatch) -> Result<ThingId, GraphqlError> {
    let thing = dispatch.thing.as_ref().ok_or_else(|| GraphqlError::new(Code::InvalidInput, "say which thing"))?;
    let thing: ThingId = id(thing)?;
    if thing.kind() == Kind::Register && thing != exchange::register().thing() {
        return Err(GraphqlError::new(Code::Forbidden, "what an import records of a register is not amended here"));
    }
    Ok(thing)
}
