//! What others rely on: to whom a thing belongs is not changed without whoever has recorded or confirmed something there.
//!
//! What rests on a tie is looked at through the eyes of whoever wants to change it. They are a party of the thing and of
//! what hangs on it, so that they see all of it, and a refusal tells them nothing that they can't look up.

use access::Role;
use domain::{Command, Rejection, foreseen, rejection};
use projections::{
    Kinded, Sight, for_kind,
    things::{Cluster, Fate, Live, Organisation, Programme, State, Thing, fates},
};
use schema::{Act, EventId, Fact, Kind, Metadata, ThingId};

use super::{
    Viewpoint,
    reach::{Founds, Holder, Tie, founding},
};

/// The most acts that a refusal names.
const FACTS_MAX: usize = 5;

/// Refuses `command` where it would cut a tie on which somebody relies for whom its sender does not speak.
pub(super) fn refuse_unasked<S: Kinded<Fact: Founds>>(
    viewpoint: &Viewpoint,
    id: ThingId,
    command: &Command<S::Fact>,
) -> Result<(), Rejection> {
    let picture = viewpoint.picture();
    let Some(thing) = picture.thing::<S>(id).filter(|thing| concerns_founding(thing, command)) else { return Ok(()) };
    let Some(after) = foreseen(thing, command) else { return Ok(()) };
    let ties_of = |fact: Option<&S::Fact>| fact.map(|fact| fact.ties(picture)).unwrap_or_default();
    let (before, after) = match thing.founding() {
        Some(live) => (ties_of(Some(live.fact())), ties_of(after.founding().map(Live::fact))),
        // What was retracted still says who had it, so that nobody takes it over by stating it anew.
        None => (ties_of(founding(thing)), ties_of(founding(&after))),
    };
    let cut = before.iter().filter(|tie| !after.iter().any(|kept| kept.is_same(tie)) && !speaks_for(viewpoint, tie.holder));
    for tie in cut {
        let resting = resting_on(viewpoint, id, tie);
        if resting.is_any() {
            return Err(refusal(viewpoint, id, tie, resting));
        }
    }
    Ok(())
}

/// Whether `command` is about the fact that brings the thing on record.
fn concerns_founding<S: State>(thing: &Thing<S>, command: &Command<S::Fact>) -> bool {
    if let Some(fact) = command.intent.new_fact() {
        return fact.order_of_life() == 0;
    }
    let mut about = command.intent.about();
    for _ in 0..thing.acts().len() {
        let Some(act) = about.and_then(|id| thing.act(id)) else { return false };
        if let Some(fact) = act.content.fact() {
            return fact.order_of_life() == 0;
        }
        about = act.content.about();
    }
    false
}

fn speaks_for(viewpoint: &Viewpoint, holder: Holder) -> bool {
    viewpoint.actor().grants.iter().any(|grant| match holder {
        Holder::Organisation(organisation, role) => grant.role == role && grant.organisation == Some(organisation),
        Holder::Cluster(cluster) => grant.role == Role::ClusterManager && grant.clusters.contains(&cluster),
    })
}

/// What rests on a tie.
#[derive(Default)]
struct Resting {
    /// Acts on the thing itself.
    here: Vec<EventId>,
    /// Whether there are acts on what hangs on the thing.
    beyond: bool,
}

impl Resting {
    fn is_any(&self) -> bool {
        self.beyond || !self.here.is_empty()
    }
}

/// What the holder of `tie` has recorded or confirmed on the thing, or on what hangs on it by that tie.
fn resting_on(viewpoint: &Viewpoint, id: ThingId, tie: &Tie) -> Resting {
    let here = acts_of(viewpoint, id, tie.holder);
    let hanging: &[Kind] = match (id.kind(), tie.member) {
        (Kind::Project, _) => &[Kind::Permit, Kind::Award, Kind::Partnership],
        (Kind::Programme, _) => &[Kind::Award],
        _ => &[],
    };
    let links = viewpoint.picture().links();
    let mut hanging = hanging.iter().flat_map(|kind| links.to(id, *kind));
    let beyond = here.is_empty() && hanging.any(|thing| !acts_of(viewpoint, thing, tie.holder).is_empty());
    Resting { here, beyond }
}

/// What the holder has recorded on a thing and not taken back.
fn acts_of(viewpoint: &Viewpoint, id: ThingId, holder: Holder) -> Vec<EventId> {
    for_kind!(id.kind(), S => {
        let Some(thing) = viewpoint.history::<S>(id) else { return Vec::new() };
        let acts = thing.acts();
        if !acts.iter().any(|act| is_of(holder, &act.metadata)) {
            return Vec::new();
        }
        let is_theirs = |id: EventId| thing.act(id).is_some_and(|act| is_of(holder, &act.metadata));
        // To take back one's own word is to have said nothing.
        let takes_back = |act: &Act<_>| matches!(act, Act::Retracted { act, .. } if is_theirs(*act));
        let stands = acts.iter().zip(fates(acts)).filter(|(_, fate)| !matches!(fate, Fate::RetractedBy(_)));
        let theirs = stands.filter(|(act, _)| is_of(holder, &act.metadata) && !takes_back(&act.content));
        theirs.map(|(act, _)| act.header.id).collect()
    })
}

fn is_of(holder: Holder, metadata: &Metadata) -> bool {
    match holder {
        Holder::Organisation(organisation, _) => metadata.organisation == Some(organisation),
        Holder::Cluster(cluster) => metadata.acting.as_deref().is_some_and(|acting| {
            let is_manager = acting.role.as_str() == Role::ClusterManager.word();
            is_manager && acting.side.as_ref().is_none_or(|side| side.clusters.contains(&cluster))
        }),
    }
}

/// Says by name who relies on what, and what to do.
fn refusal(viewpoint: &Viewpoint, id: ThingId, tie: &Tie, resting: Resting) -> Rejection {
    let holder = match (tie.member, tie.holder) {
        ("authority", _) => "the authority",
        ("funder" | "programme", _) => "the funder",
        ("lead", _) => "the lead organisation",
        ("recipient", _) => "the recipient",
        ("parties", _) => "a party",
        ("projects", _) => "the lead of a project",
        (_, Holder::Cluster(_)) => "the manager of a cluster",
        _ => "a party",
    };
    let place =
        if resting.here.is_empty() { format!("what belongs to this {}", id.kind()) } else { format!("this {}", id.kind()) };
    let message =
        format!("{holder} has recorded or confirmed something on {place}, so '{}' is not changed without it", tie.member);
    let who = called(viewpoint, tie).unwrap_or_else(|| holder.to_owned());
    let hint = format!("{who} can correct '{}' itself; leave it as it is, or ask them to", tie.member);
    let mut facts = resting.here;
    facts.truncate(FACTS_MAX);
    Rejection { facts, ..Rejection::new(rejection::RELIED_ON, message).hint(hint).on(tie.member) }
}

/// What the holder of a tie is called, where the viewer can see that.
fn called(viewpoint: &Viewpoint, tie: &Tie) -> Option<String> {
    if tie.through.is_some_and(|programme| viewpoint.thing::<Programme>(programme).is_none()) {
        return None;
    }
    match tie.holder {
        Holder::Organisation(id, _) => {
            let organisation = viewpoint.thing::<Organisation>(id)?;
            Some(format!("{} ({id})", organisation.state().registered()?.name))
        }
        Holder::Cluster(id) => {
            let cluster = viewpoint.thing::<Cluster>(id)?;
            Some(format!("the manager of {} ({id})", cluster.state().registered()?.name))
        }
    }
}
