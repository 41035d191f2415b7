//! Anything with an id.

use juniper::{GraphQLInterface, ID};

use super::{
    cluster::ClusterNode, organisation::OrganisationNode, permit::PermitNode, project::ProjectNode, record::AnyThing,
    register::RegisterNode,
};
use crate::graphql::{api::Context, view::View};

/// Anything with an id.
#[derive(GraphQLInterface)]
#[graphql(for = [OrganisationNode, ClusterNode, ProjectNode, PermitNode, RegisterNode], context = Context)]
pub struct Node {
    /// The id: the kind of thing, a hyphen and a UUID.
    pub id: ID,
}

/// `thing` as a node.
pub fn node(view: &View, thing: AnyThing) -> NodeValue {
    let view = view.clone();
    match thing {
        AnyThing::Organisation(thing) => OrganisationNode::new(view, thing).into(),
        AnyThing::Cluster(thing) => ClusterNode::new(view, thing).into(),
        AnyThing::Project(thing) => ProjectNode::new(&view, thing).into(),
        AnyThing::Permit(thing) => PermitNode::new(&view, thing).into(),
        AnyThing::Register(thing) => RegisterNode::new(view, thing).into(),
    }
}
