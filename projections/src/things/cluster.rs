//! The state of a cluster.

use std::sync::Arc;

use rust_decimal::Decimal;
use schema::{
    Date, EventId, Line, OrganisationId,
    cluster::{ClusterBaselineStated, ClusterFact, ClusterRegistered, ClusterTargetSet, PracticeShared, SharedAssetDeclared},
};
use serde::Serialize;

use super::{Declarations, Flag, FlagCode, Live, State, places::Places};
use crate::Series;

/// A fact that stands as it was stated, to be shown with its date and its id.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stated<T> {
    /// What was stated.
    #[serde(skip)]
    fact: Arc<T>,
    /// When it occurred.
    pub on: Date,
    /// The fact.
    pub fact_id: EventId,
}

impl Stated<ClusterFact> {
    fn new(live: &Live<ClusterFact>) -> Self {
        Self { fact: live.shared_fact(), on: live.occurred_on(), fact_id: live.fact_id }
    }

    /// The fact itself.
    #[must_use]
    pub fn fact(&self) -> &ClusterFact {
        &self.fact
    }
}

/// An organisation's time as a member of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Membership {
    /// The member.
    pub organisation: OrganisationId,
    /// What it does in the cluster.
    pub role: Option<Line>,
    /// Since when.
    pub joined_on: Date,
    /// Until when; `None` while it is a member.
    pub left_on: Option<Date>,
    /// The fact that says that it joined.
    pub fact_id: EventId,
}

/// What is known of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Cluster {
    founding: Option<Arc<ClusterFact>>,
    /// Present and former members, in the order in which they joined.
    pub memberships: Series<Membership>,
    /// The convenor, the last that was named.
    pub convenor: Option<OrganisationId>,
    /// The fact that names it.
    pub convenor_fact: Option<EventId>,
    /// Charters, governing bodies, baselines, targets, shared assets, talent programmes, standards and practices, in the
    /// order in which they occurred.
    pub stated: Series<Stated<ClusterFact>>,
    /// What it declares for its ladders.
    pub declarations: Declarations,
}

impl Cluster {
    /// What was registered.
    #[must_use]
    pub fn registered(&self) -> Option<&ClusterRegistered> {
        match self.founding.as_deref()? {
            ClusterFact::ClusterRegistered(registered) => Some(registered),
            _ => None,
        }
    }

    /// The present members.
    pub fn members(&self) -> impl Iterator<Item = &Membership> {
        self.memberships.iter().filter(|membership| membership.left_on.is_none())
    }

    /// Every baseline stated, the latest first.
    pub fn baselines(&self) -> impl Iterator<Item = (&ClusterBaselineStated, &Stated<ClusterFact>)> {
        self.stated.iter().rev().filter_map(|stated| match stated.fact() {
            ClusterFact::ClusterBaselineStated(baseline) => Some((baseline, stated)),
            _ => None,
        })
    }

    /// Every target set, the latest first.
    pub fn targets(&self) -> impl Iterator<Item = (&ClusterTargetSet, &Stated<ClusterFact>)> {
        self.stated.iter().rev().filter_map(|stated| match stated.fact() {
            ClusterFact::ClusterTargetSet(target) => Some((target, stated)),
            _ => None,
        })
    }

    /// Every shared asset, in the order in which they were declared.
    pub fn shared_assets(&self) -> impl Iterator<Item = (&SharedAssetDeclared, &Stated<ClusterFact>)> {
        self.stated.iter().filter_map(|stated| match stated.fact() {
            ClusterFact::SharedAssetDeclared(declared) => Some((declared, stated)),
            _ => None,
        })
    }

    /// Every practice shared, in the order in which they were shared.
    pub fn practices(&self) -> impl Iterator<Item = (&PracticeShared, &Stated<ClusterFact>)> {
        self.stated.iter().filter_map(|stated| match stated.fact() {
            ClusterFact::PracticeShared(shared) => Some((shared, stated)),
            _ => None,
        })
    }
}

/// What has to be known to take the next fact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aside {
    /// The memberships that have not ended, by their members.
    open: Places,
    /// The shared assets among what is stated, by their names.
    assets: Places,
}

impl State for Cluster {
    type Fact = ClusterFact;

    type Aside = Aside;

    fn take(&mut self, aside: &mut Aside, live: &Live<ClusterFact>, flags: &mut Vec<Flag>) {
        let (on, fact_id) = (live.occurred_on(), live.fact_id);
        let raised = match live.fact() {
            ClusterFact::ClusterRegistered(_) => {
                self.founding.get_or_insert_with(|| live.shared_fact());
                None
            }
            ClusterFact::ClusterMemberJoined(joined) => {
                if let Some(open) = aside.open.find(joined.organisation, |at| self.memberships[at].organisation) {
                    flags.push(Flag::new(FlagCode::MemberJoinedTwice, [self.memberships[open].fact_id, fact_id]));
                } else {
                    self.memberships.push(Membership {
                        organisation: joined.organisation,
                        role: joined.role.clone(),
                        joined_on: on,
                        left_on: None,
                        fact_id,
                    });
                    aside.open.add(self.memberships.len() - 1, |at| self.memberships[at].organisation);
                }
                None
            }
            ClusterFact::ClusterMemberLeft(left) => {
                let place = aside.open.take(left.organisation, |at| self.memberships[at].organisation);
                match place.and_then(|place| self.memberships.get_mut(place)) {
                    Some(open) => {
                        open.left_on = Some(on);
                        None
                    }
                    None => Some(FlagCode::MemberUnknown),
                }
            }
            ClusterFact::ClusterConvenorNamed(named) => {
                self.convenor = Some(named.organisation);
                self.convenor_fact = Some(fact_id);
                None
            }
            ClusterFact::ClusterPermitScopeDeclared(declared) => {
                self.declarations.permits_declared(&declared.permits, declared.none_needed.as_ref(), live)
            }
            ClusterFact::ClusterRelianceDeclared(declared) => {
                self.declarations.measures_declared(&declared.measures, declared.none_relied_on.as_ref(), live)
            }
            ClusterFact::ClusterCriterionEvidenced(filed) => {
                self.declarations.evidenced(&filed.criterion, &filed.statement, filed.valid_until, live)
            }
            ClusterFact::ClusterCriterionWaived(waived) => {
                self.declarations.waived(&waived.criterion, &waived.reason, waived.until, live)
            }
            fact @ (ClusterFact::ClusterCharterSigned(_)
            | ClusterFact::ClusterGovernanceEstablished(_)
            | ClusterFact::ClusterBaselineStated(_)
            | ClusterFact::ClusterTargetSet(_)
            | ClusterFact::SharedAssetDeclared(_)
            | ClusterFact::TalentProgrammeLaunched(_)
            | ClusterFact::StandardAdopted(_)
            | ClusterFact::PracticeShared(_)) => {
                self.stated.push(Stated::new(live));
                self.unfit(aside, fact)
            }
        };
        flags.extend(raised.map(|code| Flag::new(code, [fact_id])));
    }
}

impl Cluster {
    /// What does not fit about the fact that was stated last.
    fn unfit(&self, aside: &mut Aside, fact: &ClusterFact) -> Option<FlagCode> {
        match fact {
            ClusterFact::ClusterTargetSet(target) => {
                let percent = target.reduction_percent;
                let in_range = percent.is_none_or(|percent| percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED);
                let says_how_much = percent.is_some() || target.reduction_t_per_year.is_some();
                (!in_range || !says_how_much).then_some(FlagCode::TargetUnclear)
            }
            ClusterFact::SharedAssetDeclared(declared) => {
                let asset_at = |at: usize| self.asset(at);
                let twice = aside.assets.find(Some(&declared.asset), asset_at).is_some();
                aside.assets.add(self.stated.len() - 1, asset_at);
                twice.then_some(FlagCode::AssetDeclaredTwice)
            }
            _ => None,
        }
    }
    /// The name of the shared asset that is stated at a place, if one is.
    fn asset(&self, at: usize) -> Option<&Line> {
        match self.stated.get(at)?.fact() {
            ClusterFact::SharedAssetDeclared(declared) => Some(&declared.asset),
            _ => None,
        }
    }
}
