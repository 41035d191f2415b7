//! A person's command: authorised by the one table, then recorded.

use std::{any::Any, borrow::Cow, sync::Arc};

use access::{
    Actor, Role,
    table::{Assumed, Reach, Refusal, Weight},
    token::TokenError,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::{Command, Intent, Rejection, law::refuse_unlawful, rejection};
use projections::{
    Across, Kinded, Picture,
    exchange::{self, Unfit},
    things::{FlagCode, HOURS_AHEAD_OF_UTC_MAX, Live, Permit, Register, Thing},
};
use schema::{
    Acting, Assurance, CommandId, Date, Evidence, Fact, InitiativeId, Kind, LanguageTag, Metadata, Note, Side, ThingId,
    Visibility, permit::PermitFact, with_members,
};
use thiserror::Error;
use uuid::Uuid;

use super::{
    App, Done, Receipt, RecordError, Submission, Viewpoint,
    allowed::{Affair, authorise},
    reach::{Founds, OfCriterion, is_party, reach_of},
    record::foreseen,
    reliance::refuse_unasked,
    sides::Ground,
};

/// What a command is addressed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A thing on record.
    Existing(ThingId),
    /// A thing that the command brings on record.
    New(Kind),
}

/// A person's command with all that stands around it.
#[derive(Debug, Clone)]
pub struct Order<F> {
    /// What it is addressed to.
    pub target: Target,
    /// What to do.
    pub intent: Intent<F>,
    /// The legal or business date.
    pub occurred_on: Date,
    /// The day on which a public source first said so.
    pub published_on: Option<NaiveDate>,
    /// The documents it rests on.
    pub evidence: Vec<Evidence>,
    /// For whose eyes it is; as what it is about, or for everyone with a role, if left out.
    pub visibility: Option<Visibility>,
    /// Why a rule is to be overridden.
    pub override_reason: Option<Note>,
    /// The language of its texts.
    pub language: Option<LanguageTag>,
    /// The command's id, where its sender gave one.
    pub command_id: Option<CommandId>,
    /// Shared by all that one request records.
    pub correlation_id: Uuid,
    /// The revision that the sender saw, where they insist on it.
    pub expected_revision: Option<u64>,
}

/// Why a person's command recorded nothing.
#[derive(Debug, Error)]
pub enum HandleError {
    /// There is no such thing.
    #[error("nothing on record is called {0}")]
    NotFound(ThingId),
    /// The sender's token holds no longer.
    #[error(transparent)]
    Unauthenticated(#[from] TokenError),
    /// The sender may not do this.
    #[error(transparent)]
    Forbidden(#[from] Refusal),
    /// It was allowed and not recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl HandleError {
    /// The same, about this act of the command.
    fn at(self, place: usize) -> Self {
        match self {
            Self::Record(RecordError::Rejected(rejection)) => rejection.at(place).into(),
            other => other,
        }
    }
}

impl From<Rejection> for HandleError {
    fn from(rejection: Rejection) -> Self {
        Self::Record(rejection.into())
    }
}

impl App {
    /// Authorises and records a person's command.
    ///
    /// # Errors
    ///
    /// When there is no such thing, the actor may not do it, or it does not fit what is on record.
    pub async fn handle<S: Across<Fact: Founds>>(
        &self,
        actor: &Arc<Actor>,
        order: Order<S::Fact>,
    ) -> Result<Receipt, HandleError> {
        let done = self.handle_unless::<S>(actor, &[order], std::future::pending()).await?;
        Ok(done.receipt)
    }

    /// As [`App::handle`], for `orders` that are one command: the first says to what it is addressed, under which id and at which
    /// revision, and all are recorded or none is. Unless `abandoned` comes before others who write to the thing are done: then
    /// nothing is decided.
    ///
    /// # Errors
    ///
    /// As for [`App::handle`], and [`RecordError::Contended`] when it was given up.
    pub async fn handle_unless<S: Across<Fact: Founds>>(
        &self,
        actor: &Arc<Actor>,
        orders: &[Order<S::Fact>],
        abandoned: impl Future<Output = ()>,
    ) -> Result<Done, HandleError> {
        self.take_note(actor).await;
        let (thing, command_id) = addressed(actor, orders)?;
        let prepare = || self.submission::<S>(actor, orders, thing, command_id).map(Cow::Owned);
        // Whoever may not is told so before they wait.
        prepare()?;
        self.record_prepared::<S, HandleError>(thing, prepare, abandoned).await
    }

    /// What `orders` would come to by what is on record now. Nothing is recorded.
    ///
    /// # Errors
    ///
    /// As for [`App::handle`].
    pub fn preview<S: Across<Fact: Founds>>(&self, actor: &Arc<Actor>, orders: &[Order<S::Fact>]) -> Result<Done, HandleError> {
        let (thing, command_id) = addressed(actor, orders)?;
        let submission = self.submission::<S>(actor, orders, thing, command_id)?;
        Ok(foreseen::<S>(&self.picture(), &submission)?)
    }

    /// What `orders` would have recorded by what is on record now, if `actor` may give them.
    fn submission<S: Across<Fact: Founds>>(
        &self,
        actor: &Arc<Actor>,
        orders: &[Order<S::Fact>],
        thing: ThingId,
        command_id: CommandId,
    ) -> Result<Submission<S::Fact>, HandleError> {
        let viewpoint = Viewpoint::new(self, Arc::new(self.today(actor)?), None);
        let seen = viewpoint.history::<S>(thing);
        // Whether anything is on record of a subject is not told to whoever gives it a role.
        let has_to_be_seen = S::Fact::KIND != Kind::Subject;
        if has_to_be_seen && seen.is_none() && orders.iter().any(|order| matches!(order.target, Target::Existing(_))) {
            return Err(HandleError::NotFound(thing));
        }
        let command = |(index, order): (usize, &Order<S::Fact>)| {
            let command = self.command::<S>(&viewpoint, seen.as_deref(), thing, order, command_id);
            let command = command.map_err(|error| error.at(index))?;
            Ok::<_, HandleError>(Command { index, ..command })
        };
        let commands = orders.iter().enumerate().map(command).collect::<Result<Vec<_>, _>>()?;
        self.refuse_unlawful(seen.as_deref(), thing, &commands)?;
        let expected_revision = orders.first().and_then(|order| order.expected_revision);
        Ok(Submission { thing, commands, expected_revision })
    }

    /// The command that `order` amounts to, if its sender may give it.
    fn command<S: Across<Fact: Founds>>(
        &self,
        viewpoint: &Viewpoint,
        seen: Option<&Thing<S>>,
        thing: ThingId,
        order: &Order<S::Fact>,
        command_id: CommandId,
    ) -> Result<Command<S::Fact>, HandleError> {
        let actor = viewpoint.actor();
        let completed = completed(seen, order)?;
        let order = completed.as_ref();
        let acceptors = |criterion: &OfCriterion<'_>| self.acceptors(criterion);
        let affair = Affair { picture: viewpoint.picture(), thing, seen, acceptors: &acceptors };
        let assumed = authorise::<S>(&affair, actor, order)?;
        self.refuse_unfit_criterion(&order.intent)?;
        self.refuse_unknown_law(seen, &order.intent)?;
        self.refuse_unfit_rates(viewpoint.picture(), thing, order)?;
        let visibility = order.visibility.unwrap_or_else(|| visibility_of(seen, &order.intent));
        let visibility = if S::Fact::KIND == Kind::Subject { Visibility::Parties } else { visibility };
        if visibility == Visibility::Parties && !sees_own(actor, thing) {
            return Err(not_a_party().into());
        }
        let now = self.now();
        let has_come = order.intent.new_fact().and_then(Founds::has_come);
        if has_come.is_some_and(|instant| instant > now + CLOCKS_APART_MAX) {
            return Err(revoked_ahead().into());
        }
        if order.published_on.is_some_and(|published| is_ahead(published, now)) {
            return Err(published_ahead().into());
        }
        let metadata = Metadata {
            published_on: order.published_on,
            acting: acting(&assumed, side_of::<S>(viewpoint, thing, order, &assumed)),
            credential: Some(actor.carried.credential.0),
            decided_at: Some(now),
            language: order.language.clone(),
            organisation: assumed.organisation(),
            assurance: assurance(assumed.weight, &order.evidence),
            evidence: order.evidence.clone(),
            visibility,
            override_reason: order.override_reason.clone(),
            ..Metadata::new(order.occurred_on, actor.subject, command_id, order.correlation_id)
        };
        let may_override = assumed.weight >= Weight::Party || assumed.role() == Role::ClusterManager;
        let command = Command { intent: order.intent.clone(), metadata, may_override, now, index: 0 };
        refuse_unasked::<S>(viewpoint, thing, &command)?;
        Ok(command)
    }

    /// The roles that accept documents for a criterion, by the ladders of whichever version.
    pub(super) fn acceptors(&self, about: &OfCriterion<'_>) -> Vec<Role> {
        let acceptors = self.ladders().acceptors(about.climber, about.criterion.as_str());
        acceptors.filter_map(|acceptor| acceptor.role().parse().ok()).collect()
    }

    /// Documents and waivers are for a criterion of a ladder, of whichever version; documents for one that they can meet.
    fn refuse_unfit_criterion<F: Founds>(&self, intent: &Intent<F>) -> Result<(), Rejection> {
        let Some(about) = intent.new_fact().and_then(Founds::criterion) else { return Ok(()) };
        let OfCriterion { climber, criterion, is_evidenced } = about;
        if !self.ladders().know(climber, criterion.as_str()) {
            let message = format!("no ladder of a {climber} has a criterion called '{criterion}'");
            let rejection = Rejection::new(rejection::CRITERION_UNKNOWN, message).hint("the query 'ladders' lists them all");
            return Err(rejection.on("criterion"));
        }
        if is_evidenced && !self.ladders().ask_for_documents(climber, criterion.as_str()) {
            let message = format!("'{criterion}' is met by what is on record, and not by documents");
            let hint = "record what has happened, with the documents under evidence";
            return Err(Rejection::new(rejection::CRITERION_COMPUTED, message).hint(hint).on("criterion"));
        }
        Ok(())
    }

    /// Rates of exchange are of a day that has come, stand once, can be so, and contradict none that is known. They are
    /// looked at beside those that come with the program, of which the register itself tells nothing.
    fn refuse_unfit_rates<F: Founds>(&self, picture: &Picture, thing: ThingId, order: &Order<F>) -> Result<(), Rejection> {
        let Some(rates) = order.intent.new_fact().and_then(Founds::rates) else { return Ok(()) };
        if thing != exchange::register().thing() {
            let message = format!("rates of exchange are not for {thing}");
            return Err(Rejection::new(rejection::RATES_UNFIT, message).hint("leave the register out").on("register"));
        }
        let register = picture.thing::<Register>(exchange::register());
        let known = register.map_or(&exchange::SHIPPED, |register| &register.state().rates);
        let corrected = match &order.intent {
            Intent::Correct { fact, .. } => register.and_then(|register| register.live_fact(*fact)).map(|live| live.fact_id),
            _ => None,
        };
        known.fit(order.occurred_on, rates, self.now().date_naive(), corrected).map_err(|unfit| unfit_rates(&unfit))
    }

    /// What the law that is named for a permit does not allow is refused, as far as the sender sees the permit.
    fn refuse_unlawful<S: Kinded>(
        &self,
        seen: Option<&Thing<S>>,
        thing: ThingId,
        commands: &[Command<S::Fact>],
    ) -> Result<(), Rejection> {
        let commands = commands.iter().filter_map(|command| (command as &dyn Any).downcast_ref::<Command<PermitFact>>());
        let commands: Vec<_> = commands.collect();
        let new = Thing::new(thing);
        let seen = seen.and_then(|seen| (seen as &dyn Any).downcast_ref::<Thing<Permit>>()).unwrap_or(&new);
        refuse_unlawful(seen, &commands, self.law(), self.now().date_naive())
    }

    /// A regime and a case have to be known, unless what is on record names them already: who corrects something else of it
    /// is not asked about them.
    fn refuse_unknown_law<S: Kinded<Fact: Founds>>(
        &self,
        seen: Option<&Thing<S>>,
        intent: &Intent<S::Fact>,
    ) -> Result<(), Rejection> {
        let Some(named) = intent.new_fact().and_then(Founds::law) else { return Ok(()) };
        let is_on_record = seen.is_some_and(|thing| thing.live().iter().any(|live| live.fact().law() == Some(named)));
        if is_on_record { Ok(()) } else { named.refuse_unknown(self.law()) }
    }
}

/// The thing that `orders` are addressed to, and their command id.
fn addressed<F: Fact>(actor: &Actor, orders: &[Order<F>]) -> Result<(ThingId, CommandId), HandleError> {
    let Some(first) = orders.first() else {
        let nothing = Rejection::new(rejection::ACTS_MISSING, "no act was given").hint("say what is to be recorded");
        return Err(nothing.on("acts").into());
    };
    let command_id = first.command_id.unwrap_or_else(|| CommandId(Uuid::new_v4()));
    let thing = match first.target {
        Target::Existing(thing) => thing,
        Target::New(Kind::Initiative) => InitiativeId::only().thing(),
        // Nobody but an import brings another register on record.
        Target::New(Kind::Register) => exchange::register().thing(),
        Target::New(kind) => ThingId::derive(kind, actor.subject, command_id),
    };
    if thing.kind() == F::KIND { Ok((thing, command_id)) } else { Err(HandleError::NotFound(thing)) }
}

/// `order`, with what a correction leaves out as the sender sees it: that stays as it is. What is about no fact that counts is
/// refused later on.
fn completed<'o, S: Kinded>(seen: Option<&Thing<S>>, order: &'o Order<S::Fact>) -> Result<Cow<'o, Order<S::Fact>>, Rejection> {
    let Intent::Correct { fact, to, members: Some(members), .. } = &order.intent else { return Ok(Cow::Borrowed(order)) };
    let live = seen.and_then(|thing| thing.live_fact(*fact)).filter(|live| live.fact().order_of_life() == to.order_of_life());
    let Some(live) = live else { return Ok(Cow::Borrowed(order)) };
    let unfit = |error| Rejection::new(rejection::MEMBERS_UNFIT, format!("what is given does not go with the rest: {error}"));
    let whole = with_members(live.fact(), to, members).map_err(|error| unfit(error).hint(GIVE_BOTH))?;
    let mut completed = order.clone();
    if let Intent::Correct { to, .. } = &mut completed.intent {
        *to = whole;
    }
    Ok(Cow::Owned(completed))
}

/// Why rates are refused, with what to do.
fn unfit_rates(unfit: &Unfit) -> Rejection {
    let (code, field) = match unfit {
        Unfit::Contradicts { .. } => (rejection::RATE_CONTRADICTED, "rates"),
        Unfit::None { .. } | Unfit::TooMany { .. } | Unfit::Twice { .. } => (rejection::RATES_UNFIT, "rates"),
        Unfit::Inexact { .. } | Unfit::BeforeTheEuro { .. } | Unfit::Ahead { .. } => (rejection::RATES_UNFIT, "occurredOn"),
    };
    let facts = match unfit {
        Unfit::Contradicts { fact, .. } => fact.iter().copied().collect(),
        _ => Vec::new(),
    };
    Rejection { facts, ..Rejection::new(code, unfit.to_string()).on(field) }
}

const GIVE_BOTH: &str = "give the members that belong together, or null for those that are to be emptied";

/// Whether `day` has begun nowhere on Earth at `now`.
fn is_ahead(day: NaiveDate, now: DateTime<Utc>) -> bool {
    day > (now + Duration::hours(HOURS_AHEAD_OF_UTC_MAX)).date_naive()
}

/// How far ahead a sender's clock may be.
const CLOCKS_APART_MAX: Duration = Duration::minutes(1);

fn revoked_ahead() -> Rejection {
    let message = "what is issued in the time to come is not revoked beforehand";
    Rejection::new(FlagCode::OccursInFuture.code(), message)
        .hint("give the present instant, or end the memberships")
        .on("issuedBefore")
}

fn published_ahead() -> Rejection {
    let message = "nothing is published yet on a day that lies ahead";
    Rejection::new(FlagCode::OccursInFuture.code(), message).hint("give the day on which the source said so").on("publishedOn")
}

/// In what capacity `assumed` has it recorded, and which membership on record gave the right.
fn acting(assumed: &Assumed<'_>, side: Side) -> Option<Box<Acting>> {
    let role = assumed.role().word().parse().ok()?;
    Some(Box::new(Acting { role, organisation: assumed.organisation(), membership: assumed.grant.membership, side: Some(side) }))
}

/// On whose side whoever is `assumed` stands where the thing is, or will be once the order has brought it on record.
fn side_of<S: Kinded<Fact: Founds>>(
    viewpoint: &Viewpoint,
    thing: ThingId,
    order: &Order<S::Fact>,
    assumed: &Assumed<'_>,
) -> Side {
    let picture = viewpoint.picture();
    let reach = match order.target {
        Target::Existing(_) => reach_of(picture, thing),
        Target::New(_) => {
            let founds = order.intent.new_fact().and_then(|fact| fact.founds(picture));
            founds.unwrap_or_default().into_iter().fold(Reach::default(), Reach::and)
        }
    };
    Ground::new(picture, S::Fact::KIND, &reach).side_of(assumed.grant)
}

fn assurance(weight: Weight, evidence: &[Evidence]) -> Assurance {
    match weight {
        Weight::Authority => Assurance::Confirmed,
        _ if !evidence.is_empty() => Assurance::Evidenced,
        _ => Assurance::Claimed,
    }
}

/// Whether what `actor` may record about `thing` for its parties only is for their own eyes. Whoever may write is a
/// party; only organisations, policy measures and rates are brought on record by some who are not.
fn sees_own(actor: &Actor, thing: ThingId) -> bool {
    !matches!(thing.kind(), Kind::Organisation | Kind::PolicyMeasure | Kind::Register) || is_party(actor, thing, Reach::default)
}

fn not_a_party() -> Rejection {
    Rejection::new(rejection::NOT_A_PARTY, "you are no party of this thing, so you would not see what you record")
        .hint("leave the visibility out, or ask an administrator to record it")
        .on("visibility")
}

/// For whose eyes an act is of which nobody says so: as what it is about. A new fact is no wider than the fact that
/// brings its thing on record, and than what it says more of.
fn visibility_of<S: Kinded<Fact: Founds>>(thing: Option<&Thing<S>>, intent: &Intent<S::Fact>) -> Visibility {
    let Some(thing) = thing else { return Visibility::default() };
    if let Some(act) = intent.about().and_then(|about| thing.act(about)) {
        return act.metadata.visibility;
    }
    if !thing.has_confidential_acts() {
        return Visibility::default();
    }
    let says_more = |fact: &S::Fact, earlier: &Live<S::Fact>| {
        fact.follows(earlier.fact()) || fact.named().iter().any(|named| named.fact == earlier.fact_id)
    };
    let said = |earlier: &&Live<S::Fact>| earlier.is_founding() || intent.new_fact().is_some_and(|fact| says_more(fact, earlier));
    let narrowest = thing.live().iter().filter(said).map(|earlier| earlier.version.metadata.visibility).max();
    narrowest.unwrap_or_default().max(Visibility::default())
}
