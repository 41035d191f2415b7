//! What a command answers with.

use gate::gated;
use graphql::GraphqlError;
use juniper::graphql_object;

use super::run::{CommandWarning, Outcome, UserError};
use crate::{
    Context,
    changes::Change,
    scalars::FactId,
    types::{
        award::AwardNode,
        cluster::ClusterNode,
        initiative::InitiativeNode,
        node::{NodeValue, node},
        organisation::OrganisationNode,
        partnership::PartnershipNode,
        permit::PermitNode,
        policy::PolicyMeasureNode,
        programme::ProgrammeNode,
        project::ProjectNode,
        record::any_thing,
        register::RegisterNode,
        subject::SubjectNode,
    },
    view::View,
};

macro_rules! payloads {
    ($($(#[$doc:meta])* $payload:ident: $name:literal { $(#[$field_doc:meta])* $field:ident: $node:ty = $show:expr })+) => {$(
        $(#[$doc])*
        pub struct $payload(pub Outcome);

        $(#[$doc])*
        #[gated]
        #[graphql_object(name = $name, context = Context)]
        impl $payload {
            $(#[$field_doc])*
            fn $field(&self, context: &Context) -> Option<$node> {
                let show: fn(View, schema::ThingId) -> Option<$node> = $show;
                show(self.0.view(context), self.0.thing?)
            }

            /// What the command changed, or with `preview` would change: facts, who may read and write, states, levels, durations,
            /// sums and what does not fit, as you see them. Empty when it had been recorded before, or is already so.
            fn changes(&self, context: &Context) -> Result<Vec<Change>, GraphqlError> {
                self.0.changes(context)
            }

            /// What was written, for the header `Milepost-After` of a query that must know of it; null when nothing was
            /// recorded.
            fn position(&self) -> Option<&str> {
                self.0.position.as_deref()
            }

            /// A receipt for what was recorded, signed by this service: ids and hashes of the acts, and of the last act of the
            /// thing. Keep it, and 'milepost verify --receipt' checks it against the log at any later time. Null when
            /// nothing was recorded.
            fn receipt(&self, context: &Context) -> Result<Option<String>, GraphqlError> {
                self.0.receipt(context)
            }

            /// The facts recorded, now or when the same command was first sent; none when it was already so.
            fn facts(&self) -> &[FactId] {
                &self.0.facts
            }

            /// What was recorded and does not fit, for somebody to repair.
            fn warnings(&self) -> &[CommandWarning] {
                &self.0.warnings
            }

            /// Why nothing was recorded; empty when the command succeeded or was already so.
            fn user_errors(&self) -> &[UserError] {
                &self.0.user_errors
            }
        }
    )+};
}

payloads! {
    /// What a command on the initiative answers with.
    InitiativePayload: "InitiativePayload" {
        /// The initiative as it now is.
        initiative: InitiativeNode = |view, id| view.thing(id).map(|thing| InitiativeNode::new(view, thing))
    }
    /// What a command on an organisation answers with.
    OrganisationPayload: "OrganisationPayload" {
        /// The organisation as it now is.
        organisation: OrganisationNode = |view, id| view.thing(id).map(|thing| OrganisationNode::new(view, thing))
    }
    /// What a command on a cluster answers with.
    ClusterPayload: "ClusterPayload" {
        /// The cluster as it now is.
        cluster: ClusterNode = |view, id| view.thing(id).map(|thing| ClusterNode::new(view, thing))
    }
    /// What a command on a project answers with.
    ProjectPayload: "ProjectPayload" {
        /// The project as it now is.
        project: ProjectNode = |view, id| view.thing(id).map(|thing| ProjectNode::new(&view, thing))
    }
    /// What a command on a permit answers with.
    PermitPayload: "PermitPayload" {
        /// The permit as it now is.
        permit: PermitNode = |view, id| view.thing(id).map(|thing| PermitNode::new(&view, thing))
    }
    /// What a command on a programme answers with.
    ProgrammePayload: "ProgrammePayload" {
        /// The programme as it now is.
        programme: ProgrammeNode = |view, id| view.thing(id).map(|thing| ProgrammeNode::new(view, thing))
    }
    /// What a command on an award answers with.
    AwardPayload: "AwardPayload" {
        /// The award as it now is.
        award: AwardNode = |view, id| view.thing(id).map(|thing| AwardNode::new(view, thing))
    }
    /// What a command on a partnership answers with.
    PartnershipPayload: "PartnershipPayload" {
        /// The partnership as it now is.
        partnership: PartnershipNode = |view, id| view.thing(id).map(|thing| PartnershipNode::new(view, thing))
    }
    /// What a command on a policy measure answers with.
    PolicyMeasurePayload: "PolicyMeasurePayload" {
        /// The measure as it now is.
        policy_measure: PolicyMeasureNode = |view, id| view.thing(id).map(|thing| PolicyMeasureNode::new(view, thing))
    }
    /// What a command on the rates of exchange answers with.
    RegisterPayload: "RegisterPayload" {
        /// The register that has the rates, as it now is.
        register: RegisterNode = |view, id| view.thing(id).map(|thing| RegisterNode::new(view, thing))
    }
    /// What a command on a subject answers with.
    SubjectPayload: "SubjectPayload" {
        /// The subject as they now are, as far as you may see.
        subject: SubjectNode = |view, id| view.thing(id).map(|thing| SubjectNode::new(view, thing))
    }
    /// What a command of several acts answers with.
    ActsPayload: "ActsPayload" {
        /// The thing that the acts are about, as it now is.
        thing: NodeValue = |view, id| any_thing(&view, id).map(|thing| node(&view, thing))
    }
    /// What a command on a fact answers with.
    FactPayload: "FactPayload" {
        /// The thing that the fact is about, as it now is.
        thing: NodeValue = |view, id| any_thing(&view, id).map(|thing| node(&view, thing))
    }
}
