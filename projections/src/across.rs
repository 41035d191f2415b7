//! What does not fit between a thing and the things that it names.
//!
//! A thing's own facts are looked at by its fold. What needs a second thing is looked at here, by the same codes, when a
//! command is decided and when the thing is shown.

mod dependencies;

use schema::{ClusterId, EventId, Money, award::AwardIdentified, organisation::OrganisationKind, programme::ProgrammeOpened};

use crate::{
    Amounts, Kinded, Sight, country_of,
    things::{
        Award, AwardState, Cluster, Flag, FlagCode, Initiative, Organisation, Partnership, Permit, PolicyMeasure, Programme,
        Project, Register, State, Subject, Thing,
    },
};

/// A kind of thing that is looked at beside those that it names.
pub trait Across: Kinded {
    /// What does not fit between `thing` and the things that it names, as far as they can be seen.
    fn across(thing: &Thing<Self>, sight: &impl Sight) -> Vec<Flag>;
}

macro_rules! nothing_across {
    ($($kind:ident),+) => {$(
        impl Across for $kind {
            fn across(_: &Thing<Self>, _: &impl Sight) -> Vec<Flag> {
                Vec::new()
            }
        }
    )+};
}

nothing_across!(Initiative, Cluster, Programme, Partnership, PolicyMeasure, Register, Subject);

impl Across for Organisation {
    fn across(thing: &Thing<Self>, sight: &impl Sight) -> Vec<Flag> {
        let Some(registered) = thing.state().registered() else { return Vec::new() };
        let (mut has_its_lei, mut is_alike) = (false, false);
        let marks = thing.state().marks();
        let others = marks.iter().flat_map(|mark| sight.naming::<Self>(*mark)).filter(|other| other.id() != thing.id());
        // What is for the eyes of some only tells nobody else, by a refusal, that it is there.
        for other in others.filter(|other| !other.has_confidential_acts()) {
            let lei = other.state().registered().and_then(|other| other.lei.as_ref());
            has_its_lei |= lei.is_some() && lei == registered.lei.as_ref();
            is_alike |= thing.state().may_be(other.state());
        }
        let codes = [(has_its_lei, FlagCode::LeiTaken), (is_alike, FlagCode::NameAlike)];
        codes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, code)| Flag::new(code, founding(thing))).collect()
    }
}

impl Across for Permit {
    fn across(thing: &Thing<Self>, sight: &impl Sight) -> Vec<Flag> {
        let authority = thing.state().identified().and_then(|identified| identified.authority);
        let Some(organisation) = authority.and_then(|id| sight.thing::<Organisation>(id)) else { return Vec::new() };
        let kind = organisation.state().registered().map(|registered| registered.kind);
        // A port can decide on what is built in it.
        let decides = kind.is_none_or(|kind| matches!(kind, OrganisationKind::Authority | OrganisationKind::Port));
        if decides { Vec::new() } else { vec![Flag::new(FlagCode::AuthorityIsNone, founding(thing))] }
    }
}

impl Across for Award {
    fn across(thing: &Thing<Self>, sight: &impl Sight) -> Vec<Flag> {
        let Some(identified) = thing.state().identified() else { return Vec::new() };
        let Some(programme) = identified.programme.and_then(|id| sight.thing::<Programme>(id)) else { return Vec::new() };
        let Some(opened) = programme.state().opened() else { return Vec::new() };
        let mut codes = Vec::new();
        if identified.funder.is_some_and(|funder| funder != opened.funder) {
            codes.push(FlagCode::AwardFunderDiffers);
        }
        if !is_open_to(opened, identified, sight) {
            codes.push(FlagCode::AwardOutsideProgramme);
        }
        codes.extend(programme.state().budget.and_then(|budget| misfits_budget(thing.state(), budget)));
        codes.into_iter().map(|code| Flag::new(code, founding(thing))).collect()
    }
}

/// How what an award promises does not fit the budget of its programme: beyond it, or in another currency.
fn misfits_budget(award: &Award, budget: Money) -> Option<FlagCode> {
    let promised = match award.state {
        AwardState::Declined | AwardState::Terminated => return None,
        _ if award.awarded.is_empty() => award.expected.map(Amounts::of)?,
        _ => award.awarded.clone(),
    };
    if promised.iter().any(|(currency, _)| currency != budget.currency()) {
        return Some(FlagCode::AwardOutsideBudgetCurrency);
    }
    (promised.get(budget.currency()) > budget.amount()).then_some(FlagCode::AwardBeyondBudget)
}

fn founding<S: Kinded>(thing: &Thing<S>) -> Option<EventId> {
    thing.founding().map(|live| live.fact_id)
}

/// Whether `programme` is open to every cluster and project of `award`. What is not known of a project is not held
/// against it, but where a programme names clusters, a project has to be in one.
fn is_open_to(programme: &ProgrammeOpened, award: &AwardIdentified, sight: &impl Sight) -> bool {
    let lies_in = |cluster: ClusterId| Some(sight.thing::<Cluster>(cluster)?.state().registered()?.country);
    let cluster_fits = |cluster: ClusterId| {
        (programme.clusters.is_empty() || programme.clusters.contains(&cluster))
            && (programme.countries.is_empty() || lies_in(cluster).is_none_or(|country| programme.countries.contains(&country)))
    };
    let project_fits = |project: &schema::ProjectId| {
        let Some(thing) = sight.thing::<Project>(*project) else { return true };
        let Some(registered) = thing.state().registered() else { return true };
        let in_cluster = registered.cluster.is_some_and(|cluster| programme.clusters.contains(&cluster));
        let in_country = || country_of(sight, registered).is_none_or(|country| programme.countries.contains(&country));
        (programme.clusters.is_empty() || in_cluster) && (programme.countries.is_empty() || in_country())
    };
    award.clusters.iter().copied().all(cluster_fits) && award.projects.iter().all(project_fits)
}
