//! `milepost token`

use std::time::Duration;

use access::{
    Grant, Role,
    keys::SIGNING_KEY_FILE,
    token::{self, Request},
};
use chrono::Utc;
use clap::Args;
use schema::{ClusterId, OrganisationId, ProjectId, SubjectId};
use uuid::Uuid;

use super::{Failure, output};
use crate::{settings::Settings, startup};

/// Print a token for the API.
///
/// Prints the token and nothing else on standard output. Works while a server is running.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost token --role auditor
  milepost token --role cluster_manager --cluster cluster-0b5e8a52-3c5f-5d0e-9d3c-2f6f0a1b2c3d --expires 7d
  TOKEN=$(milepost token --data /var/lib/milepost --role administrator)")]
pub(super) struct Token {
    /// What the bearer is to the record
    #[arg(long, help = "administrator, cluster_manager, project_lead, funder, regulator, verifier or auditor")]
    role: Role,
    /// The organisation that the bearer acts for
    #[arg(long, value_name = "ID")]
    organisation: Option<OrganisationId>,
    /// A cluster that the role is held for; may be given several times
    #[arg(long = "cluster", value_name = "ID")]
    clusters: Vec<ClusterId>,
    /// A project that the role is held for; may be given several times
    #[arg(long = "project", value_name = "ID")]
    projects: Vec<ProjectId>,
    /// Whether the bearer may give the same role for the organisation to others
    #[arg(long, requires = "organisation")]
    owner: bool,
    /// How long the token lives, such as 15m, 1h or 7d; at most 30d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = token::parse_lifetime)]
    expires: Duration,
    /// Whom it is for, so that a later token is the same person's [default: somebody new]
    #[arg(long, value_name = "UUID")]
    subject: Option<SubjectId>,
    /// Make the keys, where the data directory is that of a service which is yet to start
    #[arg(long)]
    new: bool,
}

impl Token {
    /// What the token lacks to be of use for recording.
    fn missing(&self) -> Option<&'static str> {
        let named = self.organisation.is_some() || !self.clusters.is_empty() || !self.projects.is_empty();
        match self.role {
            Role::ClusterManager if self.clusters.is_empty() => {
                Some("this cluster manager has no cluster, and can only record what all clusters share; add --cluster")
            }
            Role::ProjectLead if !named => {
                Some("this project lead has no project and can only read; add --project, --cluster or --organisation")
            }
            Role::Regulator | Role::Funder if self.organisation.is_none() => {
                Some("this role acts for an organisation and can only read without one; add --organisation")
            }
            _ => None,
        }
    }

    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let is_new = !settings.data.join(SIGNING_KEY_FILE).exists();
        let key = startup::signing_key(&settings.data, self.new)?;
        if is_new {
            output::note(&format!("made a signing key in {}, where there was none", settings.data.display()));
        }
        if let Some(missing) = self.missing() {
            output::note(missing);
        }
        let Self { role, organisation, clusters, projects, owner, expires, subject, .. } = self;
        let request = Request {
            subject: subject.unwrap_or_else(|| SubjectId(Uuid::new_v4())),
            grants: vec![Grant { organisation, clusters, projects, owner, ..Grant::of(role) }],
            lifetime: expires,
        };
        let now = Utc::now().timestamp().try_into().unwrap_or_default();
        output::say(&token::issue(&key, request, now)?)
    }
}
