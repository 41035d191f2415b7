//! The decision: what a command adds to a thing, or why nothing.

use std::{borrow::Cow, sync::Arc};

use projections::things::{self, Fate, Flag, FlagCode, Live, State, Thing, fate, is_retracted, said_by_registers};
use schema::{
    Act, Assurance, Date, EventId, Evidence, Fact, Header, Kind, Line, OCCURRED_ON, Position, Provenance, Recorded,
    members_changed,
};

use super::{
    Command, Intent, Rejection, rejection,
    rules::{Verdict, rule, verdict},
};

/// What a command comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<F> {
    /// What to record; nothing when it is already so.
    pub act: Option<Act<F>>,
    /// What was taken and does not fit.
    pub warnings: Vec<FlagCode>,
}

/// Decides `command` on `thing`; `across` says what does not fit between it and the things that it names.
///
/// # Errors
///
/// A [`Rejection`] when the command does not fit what is on record.
pub fn decide<S: State>(
    thing: &Thing<S>,
    command: &Command<S::Fact>,
    across: impl Fn(&Thing<S>) -> Vec<Flag>,
) -> Result<Decision<S::Fact>, Rejection> {
    let mut together = decide_together(thing, &[command], across)?;
    Ok(Decision { act: together.acts.pop().flatten(), warnings: together.warnings })
}

/// What several commands on one thing come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Together<F> {
    /// What to record for each command; nothing where it is already so.
    pub acts: Vec<Option<Act<F>>>,
    /// What was taken and does not fit.
    pub warnings: Vec<FlagCode>,
}

/// Decides `commands` on `thing` together, in their order: all are taken or none is, and what does not fit is looked for on the
/// thing as it would be with all of them.
///
/// # Errors
///
/// A [`Rejection`] when they do not fit what is on record. It names the command that it is about by its place, where it is about
/// one.
pub fn decide_together<S: State>(
    thing: &Thing<S>,
    commands: &[&Command<S::Fact>],
    across: impl Fn(&Thing<S>) -> Vec<Flag>,
) -> Result<Together<S::Fact>, Rejection> {
    if thing.unreadable() > 0 {
        return Err(unreadable());
    }
    let mut after = Cow::Borrowed(thing);
    let mut acts = Vec::with_capacity(commands.len());
    for (place, command) in commands.iter().enumerate() {
        let act = intended(&after, command).map_err(|rejection| rejection.at(place))?;
        if let Some(act) = &act {
            if is_full(&after) {
                return Err(full(thing).at(place));
            }
            after = Cow::Owned(after.with(Arc::new(hypothetical(&after, command, act))));
        }
        acts.push(act);
    }
    let warnings = match &after {
        Cow::Borrowed(_) => Vec::new(),
        Cow::Owned(after) => judge((thing, after), commands, &acts, across)?,
    };
    Ok(Together { acts, warnings })
}

/// The thing as it would be with what `command` amounts to, whether or not that would be taken; `None` where it amounts to
/// nothing.
#[must_use]
pub fn foreseen<S: State>(thing: &Thing<S>, command: &Command<S::Fact>) -> Option<Thing<S>> {
    let act = intended(thing, command).ok()??;
    Some(thing.with(Arc::new(hypothetical(thing, command, &act))))
}

/// Why a step of which `command` is an example can't be taken as the thing stands, whatever else its sender fills in: the
/// first rule that it breaks and that is about no value of it. `None` where the decider may take it.
pub fn hindrance<S: State>(
    thing: &Thing<S>,
    command: &Command<S::Fact>,
    across: impl Fn(&Thing<S>) -> Vec<Flag>,
) -> Option<Rejection> {
    if thing.unreadable() > 0 {
        return Some(unreadable());
    }
    if is_full(thing) {
        return Some(full(thing));
    }
    let after = foreseen(thing, command)?;
    let (before, with) = (across(thing), across(&after));
    let raised = new_among(after.flags(), thing.flags()).chain(&with).filter(|flag| !before.contains(flag));
    let hinders = |flag: &&Flag| {
        let rule = rule(flag.code);
        rule.is_of_state() && matches!(rule.person(), Verdict::Refuse | Verdict::RefuseUnlessOverridden)
    };
    let flag = raised.into_iter().find(hinders)?;
    Some(refusal(flag, flag.facts.is_empty() || flag.facts.contains(&command.event_id(thing.id()))))
}

/// How many acts one thing may hold. A log of an older build can hold more, and is read all the same.
pub const ACTS_MAX: usize = 20_000;

/// Of a subject there is no end: whoever may fill what is on record of them can't by that keep it from being said that they may
/// no longer.
fn is_full<S: State>(thing: &Thing<S>) -> bool {
    S::Fact::KIND != Kind::Subject && thing.acts().len() >= ACTS_MAX
}

fn full<S: State>(thing: &Thing<S>) -> Rejection {
    let message = format!("{} holds {} acts, and one thing may hold {ACTS_MAX}", thing.id(), thing.acts().len());
    let hint = format!("register another {} for what follows, and name this one in its description", thing.id().kind());
    Rejection::new(rejection::THING_FULL, message).hint(hint)
}

fn unreadable() -> Rejection {
    let message = "an event of this thing can't be read by this build, so nothing is decided on it";
    Rejection::new(rejection::THING_UNREADABLE, message).hint("start the build that wrote it, or a newer one")
}

/// The act that the command amounts to; `None` when it is already so.
fn intended<S: State>(thing: &Thing<S>, command: &Command<S::Fact>) -> Result<Option<Act<S::Fact>>, Rejection> {
    let on = command.metadata.occurred_on;
    let act = match &command.intent {
        Intent::State(fact) if thing.state().knows(fact, on) => None,
        Intent::State(fact) => match said_before(thing, fact, on) {
            None => Some(Act::Stated(fact.clone())),
            Some(live) => said_again(live, command)?,
        },
        Intent::Correct { fact, reason, to, members: given } => {
            if let Some((said, act)) = taken_back(thing, *fact, command) {
                same_type(said.word.content.fact().map(AsRef::as_ref), to)?;
                return Ok(Some(Act::Corrected { act, reason: reason.clone(), members: Vec::new(), fact: to.clone() }));
            }
            let live = live_fact(thing, *fact)?;
            same_type(Some(live.fact()), to)?;
            // A register whose other word stands beside a person's has to be able to come round to it.
            let comes_round = command.metadata.origin.provenance() == Provenance::Register && live.disagreement.is_some();
            let act = live.version.header.id;
            let mut members = changed((live.fact(), live.occurred_on()), (to, on));
            // What the sender does not see of the fact, they don't change.
            members.retain(|member| given.as_ref().is_none_or(|given| member.as_str() == OCCURRED_ON || given.contains(member)));
            let same = members.is_empty() && !comes_round;
            (!same).then(|| Act::Corrected { act, reason: reason.clone(), members, fact: to.clone() })
        }
        Intent::Earlier(act) => Some(act.clone()),
        Intent::Retract { act, reason } => {
            let fate = fate(thing.acts(), *act).ok_or_else(|| unknown(*act))?;
            let retracted = match command.metadata.origin.provenance() {
                Provenance::Person => matches!(fate, Fate::RetractedBy(_)),
                // It takes back its own words one by one, also those against a person's retraction of the whole.
                Provenance::Register => is_retracted(thing.acts(), *act),
            };
            (!retracted).then(|| Act::Retracted { act: *act, reason: reason.clone() })
        }
        Intent::Confirm { fact } => {
            let live = live_fact(thing, *fact)?;
            (live.assurance != Assurance::Confirmed).then_some(Act::Confirmed { act: live.version.header.id })
        }
        Intent::Dispute { fact, reason } => {
            let live = live_fact(thing, *fact)?;
            let act = live.version.header.id;
            let disputed = thing
                .acts()
                .iter()
                .any(|earlier| disputes(earlier, command, act, reason) && !is_retracted(thing.acts(), earlier.header.id));
            (!disputed).then(|| Act::Disputed { act, reason: reason.clone() })
        }
        Intent::AttachEvidence { fact } => {
            let live = live_fact(thing, *fact)?;
            let evidence = &command.metadata.evidence;
            if evidence.is_empty() {
                let message = "no document was given: name at least its title";
                return Err(Rejection::new(rejection::EVIDENCE_MISSING, message).on("evidence"));
            }
            (!holds_all(live, evidence)).then_some(Act::EvidenceAttached { act: live.version.header.id })
        }
    };
    Ok(act)
}

/// Whether `earlier` is the same dispute of `act` by the same subject.
fn disputes<F: Fact>(earlier: &things::ActRecord<F>, command: &Command<F>, act: EventId, reason: &schema::Note) -> bool {
    earlier.metadata.subject == command.metadata.subject
        && matches!(&earlier.content, Act::Disputed { act: disputed, reason: why } if *disputed == act && why == reason)
}

/// The live fact that says the same of the same day, unless what it said is over.
fn said_before<'t, S: State>(thing: &'t Thing<S>, fact: &S::Fact, on: Date) -> Option<&'t Live<S::Fact>> {
    let mut alike = thing.live_like(fact, on);
    alike.find(|live| live.fact() == fact && live.occurred_on() == on && !thing.state().is_over(live.fact_id))
}

/// The members that a correction sets or empties: those in which the fact differs from the version that counts, and
/// `occurred_on` where the date does.
fn changed<F: Fact>((was, was_on): (&F, Date), (is, on): (&F, Date)) -> Vec<Line> {
    let date = (was_on != on).then(|| OCCURRED_ON.parse().ok()).flatten();
    date.into_iter().chain(members_changed(was, is)).collect()
}

/// What a register last said of a fact that a person retracted, and the retraction: what the register goes on to say is
/// put beside that retraction, which stays.
fn taken_back<S: State>(thing: &Thing<S>, fact: EventId, command: &Command<S::Fact>) -> Option<(things::Said<S::Fact>, EventId)> {
    if command.metadata.origin.provenance() == Provenance::Person || thing.live_fact(fact).is_some() {
        return None;
    }
    let said = said_by_registers(thing.acts()).into_iter().find(|said| said.fact_id() == fact)?;
    let retraction = said.taken_back_by?;
    Some((said, retraction))
}

fn same_type<F: Fact>(was: Option<&F>, to: &F) -> Result<(), Rejection> {
    match was {
        Some(was) if was.order_of_life() != to.order_of_life() => {
            let message = format!("a {} can't be corrected to a {}", was.event_type().name, to.event_type().name);
            let hint = "retract the wrong fact and state the right one";
            Err(Rejection::new(rejection::FACT_OF_OTHER_TYPE, message).hint(hint).on("corrects"))
        }
        _ => Ok(()),
    }
}

/// What a person adds by saying what is on record: the counterparty confirms it, anybody else may bring documents.
///
/// Of what recurs, nobody can tell whether it is said twice or happened twice, so the person is asked.
fn said_again<F: Fact>(live: &Live<F>, command: &Command<F>) -> Result<Option<Act<F>>, Rejection> {
    let metadata = &command.metadata;
    let act = live.version.header.id;
    Ok(match metadata.origin.provenance() {
        Provenance::Register => None,
        Provenance::Person if metadata.assurance == Assurance::Confirmed && live.assurance != Assurance::Confirmed => {
            Some(Act::Confirmed { act })
        }
        Provenance::Person if live.fact().recurs() => return Err(said_or_happened_twice(live.fact_id)),
        Provenance::Person => (!holds_all(live, &metadata.evidence)).then_some(Act::EvidenceAttached { act }),
    })
}

fn said_or_happened_twice(fact: EventId) -> Rejection {
    let message = "the same of that day is on record, and nothing tells whether this is another";
    let hint = "if it is the one on record, there is nothing to do; if it is another, say what tells them apart \
                (tranche, basis, reason, part)";
    Rejection { facts: vec![fact], ..Rejection::new(rejection::SAME_ON_RECORD, message).hint(hint) }
}

fn holds_all<F>(live: &Live<F>, evidence: &[Evidence]) -> bool {
    evidence.iter().all(|document| live.evidence.contains(document))
}

fn live_fact<S: State>(thing: &Thing<S>, id: EventId) -> Result<&Live<S::Fact>, Rejection> {
    let gone = |id| match thing.act(id) {
        None => unknown(id),
        Some(_) => Rejection::new(
            rejection::FACT_ALREADY_RETRACTED,
            format!("the fact {id} no longer counts: it was retracted or corrected"),
        )
        .hint("look at the timeline for the fact that counts, or retract the retraction"),
    };
    thing.live_fact(id).ok_or_else(|| gone(id))
}

fn unknown(id: EventId) -> Rejection {
    Rejection::new(rejection::FACT_UNKNOWN, format!("there is no fact {id} on this thing"))
        .hint("the timeline lists the ids of all facts")
}

/// Asks the table about what newly does not fit on a thing `after` the acts of `commands`.
fn judge<S: State>(
    (thing, after): (&Thing<S>, &Thing<S>),
    commands: &[&Command<S::Fact>],
    acts: &[Option<Act<S::Fact>>],
    across: impl Fn(&Thing<S>) -> Vec<Flag>,
) -> Result<Vec<FlagCode>, Rejection> {
    let (across_before, across_after) = (across(thing), across(after));
    let stood = |flag: &&Flag| across_before.contains(flag);
    let raised = new_among(after.flags(), thing.flags()).chain(&across_after).filter(|flag| !stood(flag));
    let decided: Vec<Decided<'_, S::Fact>> = decided(commands, acts).collect();
    let mut warnings = Vec::new();
    for flag in raised {
        // A flag on none of the new facts is on one on record, and comes of all that is to be recorded.
        let own = |decided: &&Decided<'_, S::Fact>| flag.facts.contains(&decided.command.event_id(thing.id()));
        let about = decided.iter().find(own).or(if let [only] = decided.as_slice() { Some(only) } else { None });
        let causes = about.map_or(decided.as_slice(), std::slice::from_ref);
        let is_about_it = flag.facts.is_empty() || decided.iter().any(|decided| own(&decided));
        let refused = || Rejection { place: about.map(|decided| decided.place), ..refusal(flag, is_about_it) };
        let retracts = causes.iter().all(|decided| matches!(decided.act, Act::Retracted { .. }));
        let Some(provenance) = causes.iter().map(|decided| decided.command.metadata.origin.provenance()).max() else { continue };
        match verdict(flag.code, provenance, retracts) {
            Verdict::Refuse => return Err(refused()),
            Verdict::RefuseUnlessOverridden if !causes.iter().any(Decided::overrides) => {
                let may_override = causes.iter().any(|decided| decided.command.may_override);
                let way_out = if may_override { "if the source says so, give overrideReason" } else { OTHERS_MAY };
                return Err(refused().hint(format!("{}; {way_out}", flag.code.hint())));
            }
            Verdict::RefuseUnlessOverridden | Verdict::Warn => warnings.push(flag.code),
            Verdict::Flag => {}
        }
    }
    warnings.dedup();
    Ok(warnings)
}

/// A command of several, and what it came to.
struct Decided<'a, F> {
    place: usize,
    command: &'a Command<F>,
    act: &'a Act<F>,
}

impl<F> Decided<'_, F> {
    /// Whether its sender insists that a rule does not hold here, and may.
    const fn overrides(&self) -> bool {
        self.command.may_override && self.command.metadata.override_reason.is_some()
    }
}

fn decided<'a, F>(commands: &'a [&Command<F>], acts: &'a [Option<Act<F>>]) -> impl Iterator<Item = Decided<'a, F>> {
    let pairs = commands.iter().zip(acts).enumerate();
    pairs.filter_map(|(place, (command, act))| Some(Decided { place, command, act: act.as_ref()? }))
}

/// Those of `flags` that are not among `before`, both of which are in order.
fn new_among<'a>(flags: &'a [Flag], before: &'a [Flag]) -> impl Iterator<Item = &'a Flag> {
    let mut before = before.iter().peekable();
    flags.iter().filter(move |flag| {
        while before.next_if(|earlier| earlier < flag).is_some() {}
        before.peek() != Some(flag)
    })
}

const OTHERS_MAY: &str = "if the source says so, somebody who may override the rule (the cluster's manager, or whose act it is) can record it with overrideReason";

/// What does not fit, what to do about it, and which field of the input is wrong.
///
/// Where the flag is not on what is to be recorded, a fact that is on record would not fit any more.
fn refusal(flag: &Flag, is_about_it: bool) -> Rejection {
    let what = flag.code.what();
    let message = if is_about_it { what.to_owned() } else { format!("a fact that is on record would not fit any more: {what}") };
    let field = if is_about_it { rule(flag.code).field } else { "occurredOn" };
    let rejection = Rejection::new(flag.code.code(), message).hint(flag.code.hint()).on(field);
    Rejection { facts: flag.facts.clone(), ..rejection }
}

/// The act as it would be recorded now. Its id is the one that it will have, by which flags are on it or on others.
fn hypothetical<S: State>(thing: &Thing<S>, command: &Command<S::Fact>, act: &Act<S::Fact>) -> Recorded<Act<Arc<S::Fact>>> {
    let id = command.event_id(thing.id());
    let revision = thing.revision().map_or(0, |revision| revision + 1);
    let header = Header::new(id, thing.id(), revision, Position(u64::MAX), command.now);
    Recorded { header, metadata: command.metadata.clone(), content: act.clone().map(Arc::new) }
}
