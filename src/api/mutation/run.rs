//! A command on its way through: from its input to what its sender is told.

use std::time::Duration;

use gate::gated;
use metrics::counter;
use projections::{Across, for_kind};
use schema::{Fact, Kind, Note, ThingId};

use super::inputs::Particulars;
use crate::{
    access::seal::Purpose,
    api::{
        Context,
        scalars::{FactId, Given},
        types::record::any_history,
        view::{View, id},
    },
    app::{Founds, HandleError, Order, RecordError, Target},
    domain::{Intent, Rejection},
    graphql::{Code, GraphqlError},
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
    /// The stable code.
    pub code: String,
    /// The facts that stand in the way.
    pub facts: Vec<FactId>,
}

impl From<Rejection> for UserError {
    fn from(rejection: Rejection) -> Self {
        let message = match rejection.hint {
            Some(hint) => format!("{}; {hint}", rejection.message),
            None => rejection.message,
        };
        let facts = rejection.facts.into_iter().map(FactId).collect();
        Self { field: rejection.field.map(str::to_owned), message, code: rejection.code.to_owned(), facts }
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
}

impl Outcome {
    /// The signed receipt for what was recorded.
    ///
    /// # Errors
    ///
    /// When the log can't be read.
    pub fn receipt(&self, context: &Context) -> Result<Option<String>, GraphqlError> {
        let Some(thing) = self.thing.filter(|_| !self.facts.is_empty()) else { return Ok(None) };
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
    let intent = match &particulars.corrects {
        None => Intent::State(fact),
        Some(corrects) => Intent::Correct {
            fact: corrects.fact.0,
            reason: corrects.reason.0.clone(),
            to: fact,
            members: Some(particulars.members.clone()),
        },
    };
    run::<S>(context, target, intent, particulars)
}

fn target(kind: Kind, particulars: &Particulars) -> Result<Target, GraphqlError> {
    let Some(thing) = &particulars.thing else {
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

/// Sends the command, and waits to see what it wrote.
///
/// # Errors
///
/// As for [`state`].
pub fn run<S: Across<Fact: Founds>>(
    context: &Context,
    target: Target,
    intent: Intent<S::Fact>,
    particulars: Particulars,
) -> Result<Outcome, GraphqlError> {
    let expected_revision = expected(context, target, particulars.expected_revision.as_deref())?;
    let order = Order {
        target,
        intent,
        occurred_on: particulars.occurred_on.0,
        published_on: particulars.published_on,
        evidence: particulars.evidence.given()?,
        visibility: particulars.visibility.map(schema::Visibility::from),
        override_reason: particulars.override_reason.given()?,
        language: particulars.language.given()?,
        command_id: particulars.command_id.given()?,
        correlation_id: context.correlation_id,
        expected_revision,
    };
    let gone = context.asker.clone().gone();
    let receipt = match context.wait(context.app.handle_unless::<S>(&context.actor, order, gone)) {
        Ok(receipt) => receipt,
        Err(HandleError::Record(RecordError::Rejected(rejection))) => return Ok(rejected(target, rejection)),
        Err(error) => {
            count(&error);
            return Err(refused(error));
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
    let warnings =
        receipt.warnings.iter().map(|code| CommandWarning { message: code.message().to_owned(), code: code.code().to_owned() });
    Ok(Outcome {
        thing: Some(receipt.thing),
        position,
        facts: receipt.events.into_iter().map(FactId).collect(),
        warnings: warnings.collect(),
        user_errors: Vec::new(),
    })
}

fn rejected(target: Target, rejection: Rejection) -> Outcome {
    let thing = match target {
        Target::Existing(thing) => Some(thing),
        Target::New(_) => None,
    };
    Outcome { thing, position: None, facts: Vec::new(), warnings: Vec::new(), user_errors: vec![rejection.into()] }
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
fn count(error: &HandleError) {
    if let HandleError::Record(error) = error
        && let Some(reason) = error.reason()
    {
        counter!("milepost_commands_refused_total", "reason" => reason).increment(1);
    }
}

fn refused(error: HandleError) -> GraphqlError {
    let message = error.to_string();
    match error {
        HandleError::NotFound(_) => GraphqlError::new(Code::NotFound, message),
        HandleError::Forbidden(refusal) => refusal.into(),
        HandleError::Record(RecordError::RevisionConflict) => GraphqlError::new(Code::RevisionConflict, message),
        HandleError::Record(RecordError::Contended) => GraphqlError::new(Code::Busy, message),
        HandleError::Record(RecordError::OutcomeUnknown | RecordError::Misplaced { .. } | RecordError::Rejected(_)) => {
            GraphqlError::new(Code::Timeout, message)
        }
        HandleError::Record(RecordError::Unavailable(_)) => {
            tracing::error!(message, "a command could not be recorded");
            GraphqlError::new(
                Code::Busy,
                "the log can't be written to at the moment; nothing was recorded, send the command again",
            )
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
    let thing = particulars.thing.as_ref().ok_or_else(|| GraphqlError::new(Code::InvalidInput, "say which thing"))?;
    let thing: ThingId = id(thing)?;
    let target = Target::Existing(thing);
    if thing.kind() == Kind::Register {
        return Err(GraphqlError::new(Code::Forbidden, "what an import records of a register is not amended here"));
    }
    for_kind!(thing.kind(), S => run::<S>(context, target, amendment.intent(), particulars))
}
