//! Anything with an id.

use juniper::{GraphQLInterface, ID};

use super::{
    award::AwardNode, cluster::ClusterNode, initiative::InitiativeNode, organisation::OrganisationNode,
    partnership::PartnershipNode, permit::PermitNode, policy::PolicyMeasureNode, programme::ProgrammeNode, project::ProjectNode,
    record::AnyThing, register::RegisterNode, subject::SubjectNode,
};
use crate::{Context, view::View};

/// Anything with an id.
#[derive(GraphQLInterface)]
#[graphql(for = [InitiativeNode, OrganisationNode, ClusterNode, ProjectNode, PermitNode, ProgrammeNode, AwardNode, PartnershipNode, PolicyMeasureNode, RegisterNode, SubjectNode], context = Context)]
pub struct Node {
    /// The id: the kind of thing, a hyphen and a UUID.
    pub id: ID,
}

/// `thing` as a node.
pub fn node(view: &View, thing: AnyThing) -> NodeValue {
    let view = view.clone();
    match thing {
        AnyThing::Initiative(thing) => InitiativeNode::new(view, thing).into(),
        AnyThing::Organisation(thing) => OrganisationNode::new(view, thing).into(),
        AnyThing::Cluster(thing) => ClusterNode::new(view, thing).into(),
        AnyThing::Project(thing) => ProjectNode::new(&view, thing).into(),
        AnyThing::Permit(thing) => PermitNode::new(&view, thing).into(),
        AnyThing::Programme(thing) => ProgrammeNode::new(view, thing).into(),
        AnyThing::Award(thing) => AwardNode::new(view, thing).into(),
        AnyThing::Partnership(thing) => PartnershipNode::new(view, thing).into(),
        AnyThing::PolicyMeasure(thing) => PolicyMeasureNode::new(view, thing).into(),
        AnyThing::Register(thing) => RegisterNode::new(view, thing).into(),
        AnyThing::Subject(thing) => SubjectNode::new(view, thing).into(),
    }
}
