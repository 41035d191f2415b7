//! Somebody who reads and records: what they are, which roles they hold, and which of their tokens hold no longer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gate::gated;
use graphql::GraphqlError;
use juniper::{ID, graphql_object};
use projections::{
    Sight,
    things::{RoleHeld, Subject, Thing},
};

use super::{
    node::NodeValue,
    record::{AnyThing, Record},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{FactId, Line, SubjectKind},
    view::View,
};

/// A role that a subject was given.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct SubjectMembership {
    /// The fact that gave it, which stands for it in `acting.membership`, and to end it.
    pub fact: FactId,
    /// The role, by its name in tokens.
    pub role: Line,
    /// For which organisation.
    pub organisation: Option<ID>,
    /// In which clusters.
    pub clusters: Vec<ID>,
    /// In which projects.
    pub projects: Vec<ID>,
    /// Whether its holder may give the same role for the organisation to others.
    pub owner: bool,
    /// From when it gives nothing any more; null, if it lasts until it is ended.
    pub until: Option<DateTime<Utc>>,
    /// The token that carries it, by the id under which the record knows it: it is held only by whoever shows that one.
    pub carried_by: Option<ID>,
    /// The fact that ended it; null while nobody has.
    pub ended_by: Option<FactId>,
}

impl From<&RoleHeld> for SubjectMembership {
    fn from(held: &RoleHeld) -> Self {
        let id = |id: &dyn std::fmt::Display| ID::from(id.to_string());
        let granted = &held.granted;
        Self {
            fact: FactId(held.fact_id),
            role: Line(granted.role.clone()),
            organisation: granted.organisation.as_ref().map(|organisation| id(organisation)),
            clusters: granted.clusters.iter().map(|cluster| id(cluster)).collect(),
            projects: granted.projects.iter().map(|project| id(project)).collect(),
            owner: granted.owner,
            until: granted.until,
            carried_by: held.carried_by.as_ref().map(|credential| id(credential)),
            ended_by: held.ended_by.map(FactId),
        }
    }
}

/// Somebody who reads and records, as whoever asks sees them: all that is on record of themselves, and for those who give
/// roles, the roles that are theirs to give.
#[derive(Clone)]
pub struct SubjectNode {
    view: View,
    thing: Arc<Thing<Subject>>,
}

connection!(SubjectConnection, SubjectEdge, SubjectNode, "SubjectConnection", "SubjectEdge");

impl SubjectNode {
    /// The subject `thing`, seen by `view`.
    pub fn new(view: View, thing: Arc<Thing<Subject>>) -> Self {
        Self { view, thing }
    }
}

/// Somebody who reads and records, as whoever asks sees them: all that is on record of themselves, and for those who give
/// roles, the roles that are theirs to give.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Subject", context = Context, impl = NodeValue)]
impl SubjectNode {
    /// The id of what is on record: `subject-`, and the id under which they record.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What they are; null where nobody has said so. For themselves, administrators and auditors.
    fn kind(&self) -> Option<SubjectKind> {
        self.view.state(&self.thing).kind.map(SubjectKind::from)
    }

    /// The roles that they were given, also those that have ended.
    fn memberships(&self) -> Vec<SubjectMembership> {
        self.view.state(&self.thing).memberships().map(SubjectMembership::from).collect()
    }

    /// The tokens that were revoked one by one, by the ids under which the record knows them. For themselves, administrators and
    /// auditors.
    fn revoked_credentials(&self) -> Option<Vec<ID>> {
        Some(self.view.state(&self.thing).revoked().map(|credential| ID::from(credential.to_string())).collect())
    }

    /// All tokens that were issued before this instant are revoked. For themselves, administrators and auditors.
    fn sessions_ended_before(&self) -> Option<DateTime<Utc>> {
        self.view.state(&self.thing).sessions_ended_before
    }

    /// What is on record of them.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Subject(Arc::clone(&self.thing)))
    }
}

/// A page of all subjects of whom whoever asks sees something, in the order of their ids.
///
/// # Errors
///
/// When the page is not one.
pub fn subjects(context: &Context, view: &View, paging: &Paging) -> Result<SubjectConnection, GraphqlError> {
    let items = view.things::<Subject>().map(|thing| {
        let id = thing.id().uuid();
        Item { key: Some(SortKey::text(&id.to_string())), id, value: SubjectNode::new(view.clone(), thing) }
    });
    page(context, "subjects", OrderDirection::Asc, items.collect(), paging).map(SubjectConnection)
}
