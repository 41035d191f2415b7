//! The state of a partnership: how far it is, and between whom.

use std::{collections::BTreeSet, sync::Arc};

use schema::{
    Date, EventId, OrganisationId,
    partnership::{BindingAgreementSigned, PartnershipFact, PartnershipIdentified, PartnershipKind},
};
use serde::{Deserialize, Serialize};

use super::{Flag, FlagCode, Live, State, places::Places};
use crate::Series;

/// How far a partnership is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnershipState {
    /// It is on record, and nothing more is known.
    #[default]
    Identified,
    /// The parties talk.
    InDiscussion,
    /// A memorandum of understanding is signed.
    MouSigned,
    /// A term sheet is signed.
    TermSheet,
    /// A binding agreement is signed.
    Binding,
    /// The parties operate under their agreement.
    Active,
    /// It ran out.
    Expired,
    /// It was ended before its time.
    Terminated,
}

impl PartnershipState {
    /// Whether it stands, at `least` or further.
    #[must_use]
    pub fn has_reached(self, least: Self) -> bool {
        (least..=Self::Active).contains(&self)
    }
}

/// An organisation's time as a party.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Partner {
    /// Who.
    pub organisation: OrganisationId,
    /// Since when, where it joined later.
    pub joined_on: Option<Date>,
    /// Until when; `None` while it is a party.
    pub left_on: Option<Date>,
}

/// What is known of a partnership.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Partnership {
    founding: Option<Arc<PartnershipFact>>,
    /// How far it is.
    pub state: PartnershipState,
    /// Since when.
    pub state_since: Option<Date>,
    /// The fact that says so.
    pub state_fact: Option<EventId>,
    /// Present and former parties, in the order in which they came.
    pub partners: Series<Partner>,
    /// The fact of the binding agreement, the last one where there are several.
    pub agreement_fact: Option<EventId>,
    #[serde(skip)]
    agreement: Option<Arc<PartnershipFact>>,
}

impl Partnership {
    /// What was identified.
    #[must_use]
    pub fn identified(&self) -> Option<&PartnershipIdentified> {
        match self.founding.as_deref()? {
            PartnershipFact::PartnershipIdentified(identified) => Some(identified),
            _ => None,
        }
    }

    /// Whether it goes on though at most one party is left. One between clusters has these for its two sides.
    #[must_use]
    pub fn is_left_by_all_but_one(&self) -> bool {
        let present = self.partners.iter().filter(|partner| partner.left_on.is_none()).count();
        present < 2 && self.state <= PartnershipState::Active && !self.is_between_clusters()
    }

    /// Whether it is between two clusters or more, across a border.
    #[must_use]
    pub fn is_between_clusters(&self) -> bool {
        self.identified().is_some_and(is_between_clusters)
    }

    /// The binding agreement, the last one where there are several.
    #[must_use]
    pub fn agreement(&self) -> Option<&BindingAgreementSigned> {
        match self.agreement.as_deref()? {
            PartnershipFact::BindingAgreementSigned(signed) => Some(signed),
            _ => None,
        }
    }
}

/// What has to be known to take the next fact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aside {
    /// The present parties.
    present: Places,
    /// The last fact by which one left.
    leave: Option<EventId>,
}

impl State for Partnership {
    type Fact = PartnershipFact;
    type Aside = Aside;

    fn take(&mut self, aside: &mut Aside, live: &Live<PartnershipFact>, flags: &mut Vec<Flag>) {
        let raised = match live.fact() {
            PartnershipFact::PartnershipIdentified(identified) => self.identify(aside, identified, live),
            _ => self.step(aside, live),
        };
        flags.extend(raised.map(|code| Flag::new(code, [live.fact_id])));
    }

    fn whole(&self, aside: &Aside) -> Vec<Flag> {
        let leave = aside.leave.filter(|_| self.is_left_by_all_but_one());
        leave.map(|leave| Flag::new(FlagCode::PartnershipOneLeft, [leave])).into_iter().collect()
    }
}

impl Partnership {
    /// Those whom the first such fact names come before all who joined.
    fn identify(
        &mut self,
        aside: &mut Aside,
        identified: &PartnershipIdentified,
        live: &Live<PartnershipFact>,
    ) -> Option<FlagCode> {
        if self.founding.is_some() {
            return None;
        }
        self.founding = Some(live.shared_fact());
        let present = self.partners.iter().filter(|partner| partner.left_on.is_none());
        let mut known: BTreeSet<_> = present.map(|partner| partner.organisation).collect();
        let new = identified.parties.iter().filter(|organisation| known.insert(**organisation));
        let new = new.map(|organisation| Partner { organisation: *organisation, joined_on: None, left_on: None });
        self.partners = new.chain(self.partners.iter().cloned()).collect();
        aside.present.clear();
        for (at, partner) in self.partners.iter().enumerate() {
            if partner.left_on.is_none() {
                aside.present.add(at, |at| self.partners[at].organisation);
            }
        }
        (!has_two_sides(identified)).then_some(FlagCode::PartnershipOneParty)
    }

    fn step(&mut self, aside: &mut Aside, live: &Live<PartnershipFact>) -> Option<FlagCode> {
        let (on, fact) = (live.occurred_on(), live.fact());
        let over = (self.state > PartnershipState::Active).then_some(FlagCode::PartnershipOver);
        let raised = match fact {
            PartnershipFact::PartnershipIdentified(_) => None,
            PartnershipFact::PartnershipDiscussionOpened(_) => self.advance(PartnershipState::InDiscussion, live),
            PartnershipFact::MemorandumSigned(_) => self.advance(PartnershipState::MouSigned, live),
            PartnershipFact::TermSheetSigned(_) => self.advance(PartnershipState::TermSheet, live),
            PartnershipFact::BindingAgreementSigned(_) => {
                self.agreement = Some(live.shared_fact());
                self.agreement_fact = Some(live.fact_id);
                self.advance(PartnershipState::Binding, live)
            }
            PartnershipFact::PartnershipBecameActive(_) => {
                let bound = self.state >= PartnershipState::Binding;
                self.advance(PartnershipState::Active, live).or_else(|| (!bound).then_some(FlagCode::PartnershipNotBinding))
            }
            PartnershipFact::PartnerJoined(joined) => {
                let already = aside.present.find(joined.organisation, |at| self.partners[at].organisation).is_some();
                let partner = Partner { organisation: joined.organisation, joined_on: Some(on), left_on: None };
                self.partners.push(partner);
                aside.present.add(self.partners.len() - 1, |at| self.partners[at].organisation);
                already.then_some(FlagCode::PartnerJoinedTwice)
            }
            PartnershipFact::PartnerLeft(left) => {
                aside.leave = Some(live.fact_id);
                let place = aside.present.take(left.organisation, |at| self.partners[at].organisation);
                match place.and_then(|place| self.partners.get_mut(place)) {
                    Some(partner) => {
                        partner.left_on = Some(on);
                        None
                    }
                    None => Some(FlagCode::PartnerUnknown),
                }
            }
            PartnershipFact::PartnershipExpired(_) => self.enter(PartnershipState::Expired, live),
            PartnershipFact::PartnershipTerminated(_) => self.enter(PartnershipState::Terminated, live),
        };
        over.or(raised)
    }

    fn enter(&mut self, state: PartnershipState, live: &Live<PartnershipFact>) -> Option<FlagCode> {
        self.state = state;
        self.state_since = Some(live.occurred_on());
        self.state_fact = Some(live.fact_id);
        None
    }

    /// Moves on; a lesser step after a greater one does not lead back.
    fn advance(&mut self, to: PartnershipState, live: &Live<PartnershipFact>) -> Option<FlagCode> {
        match self.state {
            PartnershipState::Expired | PartnershipState::Terminated => None,
            state if state < to => self.enter(to, live),
            _ => Some(FlagCode::PartnershipBackwards),
        }
    }
}

/// A partnership is between two organisations or more, or, across a border, between two clusters or more.
fn has_two_sides(identified: &PartnershipIdentified) -> bool {
    let parties: BTreeSet<_> = identified.parties.iter().collect();
    parties.len() >= 2 || is_between_clusters(identified)
}

fn is_between_clusters(identified: &PartnershipIdentified) -> bool {
    let clusters: BTreeSet<_> = identified.clusters.iter().collect();
    identified.kind == PartnershipKind::CrossBorder && clusters.len() >= 2
}
