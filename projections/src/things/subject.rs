//! The state of a subject: what it is, which roles it holds, and which of its credentials hold no longer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet};
use schema::{
    CredentialId, Date, EventId,
    subject::{MembershipGranted, SubjectFact, SubjectKind},
};
use serde::{Serialize, Serializer};

use super::{Flag, Live, State};

/// A role that a subject was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoleHeld {
    /// The fact that gave it, which stands for it everywhere.
    pub fact_id: EventId,
    /// What was given, and until when.
    pub granted: MembershipGranted,
    /// The token that carries it: it is given to nobody who shows another.
    pub carried_by: Option<CredentialId>,
    /// The fact that ended it, if one did.
    pub ended_by: Option<EventId>,
}

/// What is known of a subject. What holds at an instant is asked with that instant.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Subject {
    /// What it is, where that was said.
    pub kind: Option<SubjectKind>,
    /// The roles that it was given, by the facts that gave them.
    #[serde(serialize_with = "as_map")]
    memberships: OrdMap<EventId, Arc<RoleHeld>>,
    /// Those that nobody has ended, in the order in which they end by themselves.
    #[serde(skip)]
    open: OrdSet<(DateTime<Utc>, EventId)>,
    /// What was ended, and by what: also what is not known to have been granted.
    #[serde(serialize_with = "as_map")]
    endings: OrdMap<EventId, EventId>,
    #[serde(serialize_with = "as_map")]
    revoked: OrdMap<CredentialId, EventId>,
    /// The latest instant before which all credentials were revoked that had been issued by then.
    pub sessions_ended_before: Option<DateTime<Utc>>,
}

fn as_map<K: Serialize + Ord, V: Serialize, S: Serializer>(map: &OrdMap<K, V>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter())
}

impl Subject {
    /// Every role that it was given, in the order of the ids of the facts that gave them.
    pub fn memberships(&self) -> impl Iterator<Item = &RoleHeld> {
        self.memberships.values().map(|held| &**held)
    }

    /// The role that this fact gave.
    #[must_use]
    pub fn membership(&self, fact: EventId) -> Option<&RoleHeld> {
        self.memberships.get(&fact).map(|held| &**held)
    }

    /// The roles that it holds at `now`: that nobody has ended, and that have not ended by themselves.
    pub fn held_at(&self, now: DateTime<Utc>) -> impl Iterator<Item = &RoleHeld> {
        let still_open = self.open.iter().rev().take_while(move |(until, _)| *until > now);
        still_open.filter_map(|(_, fact)| self.membership(*fact))
    }

    /// Whether its token with this id, issued at `issued_at`, was revoked.
    #[must_use]
    pub fn has_revoked(&self, credential: CredentialId, issued_at: DateTime<Utc>) -> bool {
        self.revoked.contains_key(&credential) || self.sessions_ended_before.is_some_and(|before| issued_at < before)
    }

    /// The credentials that were revoked one by one.
    pub fn revoked(&self) -> impl Iterator<Item = CredentialId> {
        self.revoked.keys().copied()
    }

    fn open_key(held: &RoleHeld) -> (DateTime<Utc>, EventId) {
        (held.granted.until.unwrap_or(DateTime::<Utc>::MAX_UTC), held.fact_id)
    }

    fn grant(&mut self, fact_id: EventId, granted: &MembershipGranted, carried_by: Option<CredentialId>) {
        let ended_by = self.endings.get(&fact_id).copied();
        let held = RoleHeld { fact_id, granted: granted.clone(), carried_by, ended_by };
        if ended_by.is_none() {
            self.open.insert(Self::open_key(&held));
        }
        self.memberships.insert(fact_id, Arc::new(held));
    }

    /// Of two facts that end one membership, the one with the smaller id stands for both, whichever was taken first.
    fn end(&mut self, membership: EventId, by: EventId) {
        let by = self.endings.get(&membership).map_or(by, |earlier| by.min(*earlier));
        self.endings.insert(membership, by);
        if let Some(held) = self.memberships.get(&membership) {
            self.open.remove(&Self::open_key(held));
            let held = RoleHeld { ended_by: Some(by), ..RoleHeld::clone(held) };
            self.memberships.insert(membership, Arc::new(held));
        }
    }
}

impl State for Subject {
    type Fact = SubjectFact;
    type Aside = ();

    fn knows(&self, fact: &SubjectFact, _: Date) -> bool {
        match fact {
            SubjectFact::SubjectAdmitted(_) | SubjectFact::MembershipGranted(_) | SubjectFact::MembershipCarried(_) => false,
            SubjectFact::MembershipEnded(ended) => self.endings.contains_key(&ended.membership),
            SubjectFact::CredentialRevoked(revoked) => self.revoked.contains_key(&revoked.credential),
            SubjectFact::SessionsEnded(ended) => self.sessions_ended_before.is_some_and(|before| before >= ended.issued_before),
        }
    }

    fn is_over(&self, fact: EventId) -> bool {
        self.endings.contains_key(&fact)
    }

    fn take(&mut self, (): &mut (), live: &Live<SubjectFact>, _: &mut Vec<Flag>) {
        match live.fact() {
            SubjectFact::SubjectAdmitted(admitted) => {
                self.kind.get_or_insert(admitted.kind);
            }
            SubjectFact::MembershipGranted(granted) => self.grant(live.fact_id, granted, None),
            SubjectFact::MembershipCarried(carried) => {
                self.grant(live.fact_id, &carried.membership, Some(carried.credential));
            }
            SubjectFact::MembershipEnded(ended) => self.end(ended.membership, live.fact_id),
            SubjectFact::CredentialRevoked(revoked) => {
                let by = self.revoked.get(&revoked.credential).map_or(live.fact_id, |earlier| live.fact_id.min(*earlier));
                self.revoked.insert(revoked.credential, by);
            }
            SubjectFact::SessionsEnded(ended) => {
                self.sessions_ended_before = self.sessions_ended_before.max(Some(ended.issued_before));
            }
        }
    }
}
