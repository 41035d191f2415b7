//! Who somebody is today: what their token says, and what is on record of them.
//!
//! A token that the operator made carries its roles. Its first use records them, so that what stands on record of a subject is
//! all that they may do: from then on a role of the token can be ended as any other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use access::{Actor, Grant, token::TokenError};
use chrono::{DateTime, Utc};
use domain::{Command, Intent};
use projections::things::{RoleHeld, Subject};
use schema::{
    CommandId, CredentialId, Date, EventId, Line, Metadata, Visibility,
    subject::{CredentialRevoked, MembershipCarried, MembershipGranted, SubjectFact},
};
use tokio::{
    sync::{mpsc, watch},
    time::Duration,
};
use uuid::Uuid;

use super::{App, RecordError, Submission};

/// How many first uses may wait to be recorded; of those beyond, the next use is the first.
const WAITING_MAX: usize = 256;

/// After how long a first use that could not be recorded is tried again.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// How many first uses are remembered as tried.
const TRIED_MAX: usize = 4_096;

/// The first uses of tokens, on their way to the record.
#[derive(Default)]
pub(super) struct FirstUses {
    /// To whoever records them; nobody does, where the roles of tokens stay in the tokens.
    waiting: OnceLock<mpsc::Sender<Actor>>,
    tried: Mutex<HashMap<CredentialId, Instant>>,
}

impl FirstUses {
    /// Whether it is time to record the first use of this token.
    fn is_due(&self, credential: CredentialId) -> bool {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: &Instant| at.elapsed() < TRIED_AGAIN_AFTER;
        if tried.get(&credential).is_some_and(is_recent) {
            return false;
        }
        if tried.len() >= TRIED_MAX {
            tried.retain(|_, at| is_recent(at));
        }
        tried.insert(credential, Instant::now());
        true
    }
}

impl App {
    /// Who bears the token of `actor` today: with the roles that it carries and nobody has ended, and those that stand on record.
    ///
    /// # Errors
    ///
    /// When the token was revoked, or it can't be known whether it was.
    pub fn today(&self, actor: &Actor) -> Result<Actor, TokenError> {
        let picture = self.picture();
        let carried = &actor.carried;
        let Some(subject) = picture.thing::<Subject>(actor.subject.thing()) else {
            self.note_first_use(actor);
            return Ok(actor.holding(carried.grants.clone()));
        };
        if subject.unreadable() > 0 {
            return Err(TokenError::Unreadable);
        }
        let subject = subject.state();
        if subject.has_revoked(carried.credential, instant(carried.issued_at)) {
            return Err(TokenError::Revoked);
        }
        let (mut grants, mut is_on_record) = (Vec::new(), true);
        for (place, grant) in carried.grants.iter().enumerate() {
            let membership = membership_of_token(actor, place);
            match subject.membership(membership) {
                Some(held) if held.ended_by.is_some() => {}
                Some(_) => grants.push(Grant { membership: Some(membership), ..grant.clone() }),
                None => {
                    is_on_record = false;
                    grants.push(grant.clone());
                }
            }
        }
        if !is_on_record {
            self.note_first_use(actor);
        }
        let held = subject.held_at(self.now()).filter(|held| held.carried_by.is_none());
        grants.extend(held.filter_map(grant_of));
        Ok(actor.holding(grants))
    }

    /// Changes whenever something was recorded of a subject: then [`App::today`] may say otherwise than before.
    #[must_use]
    pub fn watch_people(&self) -> watch::Receiver<u64> {
        self.people.clone()
    }

    /// Revokes the token that `actor` bears. To bear it is leave enough.
    ///
    /// # Errors
    ///
    /// When that can't be recorded.
    pub async fn revoke_own(&self, actor: &Actor) -> Result<(), RecordError> {
        let credential = actor.carried.credential;
        let command = CommandId::derive(&["sign out", &credential.to_string()]);
        let fact = SubjectFact::from(CredentialRevoked { credential, reason: None });
        self.record_of(actor, command, vec![fact]).await
    }

    /// Has the first uses of tokens recorded from now on.
    pub async fn record_first_uses(self: Arc<Self>) {
        let (sender, mut waiting) = mpsc::channel(WAITING_MAX);
        if self.first_uses.waiting.set(sender).is_err() {
            return;
        }
        while let Some(actor) = waiting.recv().await {
            self.record_first_use(&actor).await;
        }
    }

    /// Has the first use of `actor`'s token recorded, if this is it. Nobody waits for that.
    fn note_first_use(&self, actor: &Actor) {
        let Some(waiting) = self.first_uses.waiting.get() else { return };
        if !actor.carried.grants.is_empty() && self.first_uses.is_due(actor.carried.credential) {
            // Of one that finds no room the next use is the first.
            let _ = waiting.try_send(actor.clone());
        }
    }

    /// The same before something is recorded with it, which then names the membership that gave the right.
    pub(super) async fn take_note(&self, actor: &Actor) {
        let is_wanted = self.first_uses.waiting.get().is_some();
        if is_wanted && !self.is_on_record(actor) && self.first_uses.is_due(actor.carried.credential) {
            self.record_first_use(actor).await;
        }
    }

    /// Whether each role that `actor`'s token carries is on record.
    fn is_on_record(&self, actor: &Actor) -> bool {
        let picture = self.picture();
        let subject = picture.thing::<Subject>(actor.subject.thing());
        let is_known = |place| subject.is_some_and(|of| of.state().membership(membership_of_token(actor, place)).is_some());
        (0..actor.carried.grants.len()).all(is_known)
    }

    /// Records the roles that `actor`'s token carries. What can't be recorded now will be when it is next used: reading goes on.
    async fn record_first_use(&self, actor: &Actor) {
        if self.is_on_record(actor) {
            return;
        }
        let credential = actor.carried.credential;
        let until = Some(instant(actor.expires_at));
        let carried = |grant: &Grant| {
            let membership = membership(grant, until)?;
            Some(SubjectFact::from(MembershipCarried { credential, membership }))
        };
        let facts: Vec<_> = actor.carried.grants.iter().filter_map(carried).collect();
        let recorded = self.record_of(actor, CommandId(credential.0), facts).await;
        if let Err(error) = recorded {
            tracing::warn!(%error, "the first use of a token could not be recorded, and will be when it is used again");
        }
    }

    /// Records `facts` on `actor` by themselves, as a matter of course and for nobody else's eyes than is all that is on record
    /// of them.
    async fn record_of(&self, actor: &Actor, command: CommandId, facts: Vec<SubjectFact>) -> Result<(), RecordError> {
        let now = self.now();
        let command = |(index, fact)| {
            let metadata = Metadata {
                credential: Some(actor.carried.credential.0),
                decided_at: Some(now),
                visibility: Visibility::Parties,
                ..Metadata::new(Date::day(now.date_naive()), actor.subject, command, Uuid::new_v4())
            };
            Command { intent: Intent::State(fact), metadata, may_override: false, now, index }
        };
        let commands = facts.into_iter().enumerate().map(command).collect();
        let submission = Submission { thing: actor.subject.thing(), commands, expected_revision: None };
        let receipt = self.record::<Subject>(&submission).await?;
        if let Some(revision) = receipt.revision {
            // Whoever does not see it yet will in a moment.
            let _ = self.reached(receipt.thing, revision, SEEN_WITHIN).await;
        }
        Ok(())
    }
}

/// The longest that is waited until what was recorded of somebody holds here.
const SEEN_WITHIN: Duration = Duration::from_secs(3);

fn instant(seconds: u64) -> DateTime<Utc> {
    i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The fact that says that `actor`'s token carries the role at `place`: the same on every replica, and at every use.
fn membership_of_token(actor: &Actor, place: usize) -> EventId {
    EventId::derive(actor.subject, actor.subject.thing(), CommandId(actor.carried.credential.0), place)
}

fn membership(grant: &Grant, until: Option<DateTime<Utc>>) -> Option<MembershipGranted> {
    Some(MembershipGranted {
        role: Line::try_new(grant.role.word()).ok()?,
        organisation: grant.organisation,
        clusters: grant.clusters.clone(),
        projects: grant.projects.clone(),
        owner: grant.owner,
        until,
    })
}

/// The role that a membership gives; none, where this build doesn't know it.
fn grant_of(held: &RoleHeld) -> Option<Grant> {
    let MembershipGranted { role, organisation, clusters, projects, owner, .. } = &held.granted;
    Some(Grant {
        role: role.as_str().parse().ok()?,
        organisation: *organisation,
        clusters: clusters.clone(),
        projects: projects.clone(),
        owner: *owner,
        membership: Some(held.fact_id),
    })
}
