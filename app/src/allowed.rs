//! Whether somebody may go ahead with an order, and in what capacity: the one table asked about all that the order touches.

use std::sync::Arc;

use access::{
    Actor, Grant, Role,
    sides::Recorder,
    table::{Amending, Amendment, Assumed, Reach, Refusal, Weight, author, command_recording, permits, permits_amendment},
};
use domain::{Intent, Rejection, rejection};
use projections::{
    Kinded, Picture,
    things::{ActRecord, State, Thing, confirms},
};
use schema::{Act, Assurance, Date, EventId, Fact, Kind, ThingId, members_changed};
use uuid::Uuid;

use super::{
    App, HandleError, Order, Target, Viewpoint,
    reach::{Founds, OfCriterion, add_acceptors, reach_of},
    sides::Ground,
};

/// What an order is about: the thing, and as much of it as its sender sees.
pub(super) struct Affair<'a, S: State> {
    pub picture: &'a Picture,
    pub thing: ThingId,
    pub seen: Option<&'a Thing<S>>,
    /// The roles that accept documents for the criterion that a fact is about.
    pub acceptors: &'a dyn Fn(&OfCriterion<'_>) -> Vec<Role>,
}

/// In what capacity `actor` may go ahead with `order`; the least of them, where several things have to allow it.
pub(super) fn authorise<'a, S: Kinded<Fact: Founds>>(
    affair: &Affair<'_, S>,
    actor: &'a Actor,
    order: &Order<S::Fact>,
) -> Result<Assumed<'a>, HandleError> {
    let (picture, thing) = (affair.picture, affair.thing);
    let amended = affair.amended(&order.intent)?;
    if amended.is_none()
        && let Some(fact) = order.intent.new_fact()
        && let Some(reaches) = fact.allowed_at(picture, thing)
    {
        let command = command_recording(fact.event_type().name).unwrap_or_default();
        let allowed = reaches.iter().map(|reach| permits(actor, command, reach)).collect::<Result<Vec<_>, _>>()?;
        if fact.gives_role() && thing == actor.subject.thing() {
            return Err(Refusal::ToOneself.into());
        }
        return least(allowed).ok_or_else(|| out_of_scope(command));
    }
    let founds = order.intent.new_fact().and_then(|fact| fact.founds(picture));
    let mut reaches = founds.unwrap_or_default();
    let present = matches!(order.target, Target::Existing(_)).then(|| reach_of(picture, thing));
    // What stays where it is needs no leave to be there.
    reaches.retain(|reach| present.as_ref().is_none_or(|present| !reach.lies_within(present)));
    let fact = amended.as_ref().map_or_else(|| order.intent.new_fact(), |amended| Some(&*amended.fact));
    let command = fact.and_then(|fact| command_recording(fact.event_type().name)).unwrap_or_default();
    let allow = |reach: &Reach| match &amended {
        Some(amended) => affair.allow_amendment(actor, amended, command, reach),
        None => permits(actor, command, reach),
    };
    let Some(present) = present else {
        let allowed = reaches.iter().map(allow).collect::<Result<Vec<_>, _>>()?;
        return least(allowed).ok_or_else(|| out_of_scope(command));
    };
    if let Some(assumed) = amended.as_ref().and_then(|amended| affair.as_named_party(actor, amended, order, &present)) {
        return Ok(assumed);
    }
    let mut allowed = reaches.iter().map(&allow).collect::<Result<Vec<_>, _>>()?;
    // Who moved the thing from where it was can take that back, and put it nowhere else by that.
    allowed.push(allow(&present).or_else(|refusal| {
        let before = affair.stood_before(&order.intent, actor);
        let as_before = before.iter().map(&allow).collect::<Result<Vec<_>, _>>().unwrap_or_default();
        least(as_before).ok_or(refusal)
    })?);
    least(allowed).ok_or_else(|| out_of_scope(command))
}

impl App {
    /// The facts of `thing`, as `viewpoint` shows it, that wait for whoever looks to confirm them: those that they may confirm,
    /// and nobody has.
    #[must_use]
    pub fn awaiting_confirmation<S: Kinded<Fact: Founds>>(&self, viewpoint: &Viewpoint, thing: &Thing<S>) -> Vec<EventId> {
        let acceptors = |criterion: &OfCriterion<'_>| self.acceptors(criterion);
        let affair = Affair { picture: viewpoint.picture(), thing: thing.id(), seen: Some(thing), acceptors: &acceptors };
        let may_confirm = |fact: EventId, on: Date| {
            let order = Order {
                target: Target::Existing(thing.id()),
                intent: Intent::Confirm { fact },
                occurred_on: on,
                published_on: None,
                evidence: Vec::new(),
                visibility: None,
                override_reason: None,
                language: None,
                command_id: None,
                correlation_id: Uuid::nil(),
                expected_revision: None,
            };
            authorise::<S>(&affair, viewpoint.actor(), &order).is_ok()
        };
        let open = thing.live().iter().filter(|live| live.assurance != Assurance::Confirmed);
        open.filter(|live| may_confirm(live.version.header.id, live.occurred_on())).map(|live| live.version.header.id).collect()
    }
}

fn least(allowed: Vec<Assumed<'_>>) -> Option<Assumed<'_>> {
    allowed.into_iter().min_by_key(|assumed| assumed.weight)
}

fn out_of_scope(command: &str) -> HandleError {
    Refusal::out_of_scope(command).into()
}

/// What is done to an earlier act.
struct Amended<F> {
    amendment: Amendment,
    /// The act that it is done to.
    about: ActRecord<F>,
    /// The fact that is behind it.
    fact: Arc<F>,
}

impl<S: Kinded<Fact: Founds>> Affair<'_, S> {
    /// What `intent` does to an earlier act; `None` when it is about none.
    fn amended(&self, intent: &Intent<S::Fact>) -> Result<Option<Amended<S::Fact>>, HandleError> {
        let amendment = match intent {
            Intent::State(_) => return Ok(None),
            Intent::Correct { .. } | Intent::Earlier(_) => Amendment::Correct,
            Intent::Retract { .. } => Amendment::Retract,
            Intent::Confirm { .. } => Amendment::Confirm,
            Intent::Dispute { .. } => Amendment::Dispute,
            Intent::AttachEvidence { .. } => Amendment::AttachEvidence,
        };
        let about = intent.about().and_then(|about| self.seen?.act(about));
        let stating = about.and_then(|about| self.stating(about));
        if let Some((about, fact)) = about.zip(stating.and_then(|stating| stating.content.fact())) {
            return Ok(Some(Amended { amendment, about: Arc::clone(about), fact: Arc::clone(fact) }));
        }
        Err(Rejection::new(rejection::FACT_UNKNOWN, "there is no such fact on this thing")
            .hint("the timeline lists the ids of all facts")
            .into())
    }

    /// The first act that bears a fact on the way from `act` to what it is about.
    fn stating<'s>(&'s self, act: &'s ActRecord<S::Fact>) -> Option<&'s ActRecord<S::Fact>> {
        self.way_back(act).find(|act| act.content.fact().is_some())
    }

    /// `act`, what it is about, what that is about, and so on.
    fn way_back<'s>(&'s self, act: &'s ActRecord<S::Fact>) -> impl Iterator<Item = &'s ActRecord<S::Fact>> {
        let steps_max = self.seen.map_or(0, |thing| thing.acts().len()) + 1;
        let earlier = |act: &&'s ActRecord<S::Fact>| act.content.about().and_then(|about| self.seen?.act(about));
        std::iter::successors(Some(act), earlier).take(steps_max)
    }

    /// In what capacity `actor` may do what `amended` says, as far as `reach` is concerned.
    fn allow_amendment<'a>(
        &self,
        actor: &'a Actor,
        amended: &Amended<S::Fact>,
        command: &str,
        reach: &Reach,
    ) -> Result<Assumed<'a>, Refusal> {
        let criterion = amended.fact.criterion().filter(|criterion| criterion.is_evidenced);
        let accepted_by = criterion.as_ref().map(self.acceptors);
        let mut reach = reach.clone();
        if accepted_by.is_some() {
            add_acceptors(&mut reach, self.picture, self.thing);
        }
        let ground = Ground::new(self.picture, S::Fact::KIND, &reach);
        let takes_back_own_move =
            amended.amendment == Amendment::Retract && matches!(amended.about.content, Act::Corrected { .. });
        let amending = Amending {
            amendment: amended.amendment,
            command,
            kind: S::Fact::KIND,
            recorders: &self.recorders(&ground, amended, command),
            is_word: matches!(amended.about.content, Act::Confirmed { .. } | Act::Disputed { .. }),
            places: amended.fact.order_of_life() == 0 && !takes_back_own_move,
            is_between_clusters: ground.is_between_clusters(self.thing),
            accepted_by: accepted_by.as_deref(),
        };
        permits_amendment(actor, &reach, &amending, |grant| ground.side_of(grant))
    }

    /// Who recorded the acts that an amendment touches.
    ///
    /// A correction and a retraction touch the act that they are about and the version that counts of its fact: somebody
    /// whose claim another has corrected does not amend it any more by having recorded it. A retraction also takes back
    /// what an authority or a funder said by confirming what others had logged of its own acts.
    fn recorders(&self, ground: &Ground<'_>, amended: &Amended<S::Fact>, command: &str) -> Vec<Recorder> {
        let about = &amended.about;
        let version = self.seen.and_then(|thing| thing.live_fact(about.header.id)).map(|live| &live.version);
        let mut touched = vec![version.unwrap_or(about)];
        let undoes = matches!(amended.amendment, Amendment::Correct | Amendment::Retract);
        if undoes && version.is_some_and(|version| version.header.id != about.header.id) {
            touched.push(about);
        }
        let author = author(command);
        let mut recorders: Vec<_> = touched.iter().map(|act| ground.recorder(&act.metadata, author)).collect();
        if amended.amendment == Amendment::Retract && about.content.fact().is_some() && author.is_some() {
            let confirmed = self.confirmations(about).map(|act| ground.recorder(&act.metadata, author));
            recorders.extend(confirmed.filter(|recorder| recorder.role == author && recorder.is_act_of_party()));
        }
        recorders
    }

    /// The confirmations that count of the fact of which `act` is a version, of whichever version they are.
    fn confirmations<'s>(&'s self, act: &'s ActRecord<S::Fact>) -> impl Iterator<Item = &'s ActRecord<S::Fact>> {
        let first = |act: &'s ActRecord<S::Fact>| self.way_back(act).last().map(|act| act.header.id);
        let stated = first(act);
        let acts = self.seen.into_iter().flat_map(Thing::acts);
        acts.filter(move |act| {
            matches!(act.content, Act::Confirmed { .. })
                && first(act) == stated
                && self.seen.is_some_and(|thing| confirms(thing.acts(), act.header.id))
        })
    }

    /// In what capacity `actor` says that the thing is not theirs but another's, as whoever it is said to belong to: an
    /// authority, a funder, a lead. They state nothing else by that, and may take back what they said so.
    fn as_named_party<'a>(
        &self,
        actor: &'a Actor,
        amended: &Amended<S::Fact>,
        order: &Order<S::Fact>,
        present: &Reach,
    ) -> Option<Assumed<'a>> {
        if amended.fact.order_of_life() != 0 || !actor.scopes.write {
            return None;
        }
        let (role, members) = named_party(S::Fact::KIND)?;
        let said_so = |act: &ActRecord<S::Fact>, grant: &Grant| {
            let metadata = &act.metadata;
            let in_role = metadata.acting.as_deref().is_some_and(|acting| acting.role.as_str() == role.word());
            matches!(act.content, Act::Corrected { .. }) && in_role && metadata.organisation == grant.organisation
        };
        let speaks = |grant: &&Grant| match &order.intent {
            Intent::Correct { fact, to, .. } => {
                let Some(live) = self.seen.and_then(|thing| thing.live_fact(*fact)) else { return false };
                let changed = members_changed(live.fact(), to);
                let is_only_that = !changed.is_empty() && changed.iter().all(|member| members.contains(&member.as_str()));
                let is_theirs = is_held(present, role, grant) || said_so(&live.version, grant);
                is_only_that && live.occurred_on() == order.occurred_on && is_theirs
            }
            Intent::Retract { .. } => said_so(&amended.about, grant),
            _ => false,
        };
        let mut held = actor.grants.iter().filter(|grant| grant.role == role && grant.organisation.is_some());
        held.find(speaks).map(|grant| Assumed { grant, weight: Weight::Party })
    }

    /// Where a thing stood before the correction by `actor` that `intent` is about: nowhere, if it is about anything else.
    fn stood_before(&self, intent: &Intent<S::Fact>, actor: &Actor) -> Vec<Reach> {
        let stood = || {
            let thing = self.seen?;
            let about = intent.about()?;
            let live = thing.live_fact(about).map(|live| &live.version);
            let version = live.or_else(|| thing.act(about))?;
            let Act::Corrected { act: earlier, .. } = &version.content else { return None };
            let earlier = thing.act(*earlier).filter(|_| version.metadata.subject == actor.subject)?;
            earlier.content.fact()?.founds(self.picture)
        };
        stood().unwrap_or_default()
    }
}

/// As which role the party speaks to which a thing of `kind` belongs, and the members of the fact that says so.
const fn named_party(kind: Kind) -> Option<(Role, &'static [&'static str])> {
    match kind {
        Kind::Permit => Some((Role::Regulator, &["authority"])),
        Kind::Award => Some((Role::Funder, &["funder", "programme"])),
        Kind::Programme => Some((Role::Funder, &["funder"])),
        Kind::Project => Some((Role::ProjectLead, &["lead"])),
        _ => None,
    }
}

/// Whether what stands at `reach` belongs to the organisation of `grant`, in this role.
fn is_held(reach: &Reach, role: Role, grant: &Grant) -> bool {
    match role {
        Role::Regulator => reach.authority == grant.organisation,
        Role::Funder => reach.funder == grant.organisation,
        Role::ProjectLead => grant.organisation.is_some_and(|organisation| reach.leads.contains(&organisation)),
        _ => false,
    }
}
