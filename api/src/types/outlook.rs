//! Which projects are near their final investment decision, and what blocks each.

use gate::gated;
use graphql::GraphqlError;
use juniper::graphql_object;
use projections::{
    things::Project,
    views::{
        ladder::Climber,
        outlook::{Blocker, Outlook, nearing_fid},
    },
};

use super::{
    node::{NodeValue, node},
    pillars::{Pillars, find},
    project::{ProjectFilter, ProjectNode, Sieve},
    record::any_thing,
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{Date, Pillar},
    view::View,
};

/// A project on its way to a final investment decision.
#[derive(Clone)]
pub struct FidOutlook {
    view: View,
    outlook: Outlook,
}

connection!(FidOutlookConnection, FidOutlookEdge, FidOutlook, "FidOutlookConnection", "FidOutlookEdge");

/// A project on its way to a final investment decision, and what blocks it.
#[gated]
#[graphql_object(name = "FidOutlook", context = Context)]
impl FidOutlook {
    /// The project.
    fn project(&self) -> ProjectNode {
        ProjectNode::new(&self.view, self.outlook.project.clone())
    }

    /// When the decision is now to be taken; null when it has no date.
    fn forecast(&self) -> Option<Date> {
        self.outlook.forecast.map(Date)
    }

    /// Whether the decision was expected by a day that has passed.
    fn expected_date_passed(&self) -> bool {
        let as_of = self.view.as_of();
        self.outlook.forecast.is_some_and(|forecast| forecast.last() < as_of)
    }

    /// How far it is along the four pillars.
    fn pillars(&self) -> Pillars {
        Pillars::assessed(&self.view, self.outlook.project.clone(), self.outlook.assessment.clone())
    }

    /// What blocks it: what its decision was declared to need and is not there, and the criteria below `FID-ready`.
    /// Empty when nothing does.
    fn blockers(&self) -> Vec<FidBlocker> {
        self.outlook.blockers.iter().map(|blocker| FidBlocker::new(&self.view, blocker)).collect()
    }
}

/// Something that stands between a project and its final investment decision.
#[gated]
#[graphql(context = Context)]
pub struct FidBlocker {
    /// In words.
    pub message: String,
    /// The pillar, where it is a criterion.
    pub pillar: Option<Pillar>,
    /// The criterion, by its id in the ladder, where it is one.
    pub criterion: Option<String>,
    /// The thing that it is about: a permit, another project, a measure.
    pub thing: Option<NodeValue>,
}

impl FidBlocker {
    fn new(view: &View, blocker: &Blocker) -> Self {
        let (says, of, thing) = match blocker {
            Blocker::Criterion { pillar, criterion, says, thing } => (says, Some((*pillar, criterion)), *thing),
            Blocker::Permit { permit, says } => (says, None, Some(*permit)),
            Blocker::Milestone { project, says, .. } => (says, None, Some(*project)),
        };
        Self {
            message: says.clone(),
            pillar: of.map(|(pillar, _)| pillar.into()),
            criterion: of.map(|(_, criterion)| criterion.clone()),
            thing: thing.and_then(|thing| any_thing(view, thing)).map(|thing| node(view, thing)),
        }
    }
}

/// A page of the projects that near their final investment decision, the nearest first; those without a date last.
///
/// # Errors
///
/// When the page is not one, or an id of the filter is not.
pub fn outlooks(
    context: &Context,
    view: &View,
    until: Option<chrono::NaiveDate>,
    filter: Option<ProjectFilter>,
    paging: &Paging,
) -> Result<FidOutlookConnection, GraphqlError> {
    context.asker.check()?;
    let sieve = Sieve::try_new(filter)?;
    let ladder = find(context, view, Climber::Project, None)?;
    let keeps = |thing: &projections::things::Thing<Project>, state: &Project| sieve.passes(view, thing, state);
    let found = nearing_fid(view, view.day(), &ladder, until, keeps);
    let item = |outlook: Outlook| Item {
        key: outlook.forecast.map(SortKey::date),
        id: outlook.project.id().uuid(),
        value: FidOutlook { view: view.clone(), outlook },
    };
    let items = found.into_iter().map(item).collect();
    page(context, "projects nearing a final investment decision", OrderDirection::Asc, items, paging).map(FidOutlookConnection)
}
