//! How far clusters and projects are along the four pillars: levels, the facts behind them, and what would raise them.

use std::sync::Arc;

use chrono::NaiveDate;
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{ID, graphql_object};
use projections::{
    things::{Cluster, Project, Thing},
    views::{
        ladder::{By, Climber, Criterion, Ladder},
        pillars::{self, Assessed, Assessment, Basis, Gap, LevelChange},
    },
};

use super::{
    declared::CriterionWaiver,
    node::{NodeValue, node},
    record::{any_thing, count},
};
use crate::{
    Context,
    scalars::{CriterionOutcome, CriterionSource, FactId, LadderKind, Pillar},
    view::View,
};

/// Who climbs.
#[derive(Clone)]
enum Climbing {
    Cluster(Arc<Thing<Cluster>>),
    Project(Arc<Thing<Project>>),
}

/// How far a cluster or a project is along the four pillars, by one version of the ladder.
#[derive(Clone)]
pub struct Pillars {
    view: View,
    climbing: Climbing,
    assessment: Arc<Assessment>,
    /// Whether the ladder was asked for by its name, so that the history is told by it throughout.
    is_named: bool,
}

impl Pillars {
    /// How far `cluster` is on the ladder called `ladder`, or on the one that counts on the day asked for.
    ///
    /// # Errors
    ///
    /// When there is no such ladder.
    pub fn of_cluster(
        context: &Context,
        view: &View,
        cluster: Arc<Thing<Cluster>>,
        ladder: Option<&str>,
    ) -> Result<Self, GraphqlError> {
        context.asker.check()?;
        let found = find(context, view, Climber::Cluster, ladder)?;
        let assessment = Arc::new(pillars::assess_cluster(view, view.day(), &found, &cluster));
        Ok(Self { view: view.clone(), climbing: Climbing::Cluster(cluster), assessment, is_named: ladder.is_some() })
    }

    /// As [`Pillars::of_cluster`], for a project.
    ///
    /// # Errors
    ///
    /// When there is no such ladder.
    pub fn of_project(
        context: &Context,
        view: &View,
        project: Arc<Thing<Project>>,
        ladder: Option<&str>,
    ) -> Result<Self, GraphqlError> {
        context.asker.check()?;
        let found = find(context, view, Climber::Project, ladder)?;
        let assessment = pillars::assess_project(view, view.day(), &found, &project);
        Ok(Self { is_named: ladder.is_some(), ..Self::assessed(view, project, assessment) })
    }

    /// What is known already of a project.
    pub fn assessed(view: &View, project: Arc<Thing<Project>>, assessment: Assessment) -> Self {
        Self { view: view.clone(), climbing: Climbing::Project(project), assessment: Arc::new(assessment), is_named: false }
    }

    /// The ladders by which the history is told: the one that was asked for by its name, or every version.
    fn versions(&self, context: &Context) -> Vec<Arc<Ladder>> {
        let ladder = &self.assessment.ladder;
        if self.is_named { vec![Arc::clone(ladder)] } else { context.app.ladders().of(ladder.of) }
    }
}

/// The ladder of `climber` called `name`, or the one that counts on the day asked for.
///
/// # Errors
///
/// When there is no such ladder.
pub fn find(context: &Context, view: &View, climber: Climber, name: Option<&str>) -> Result<Arc<Ladder>, GraphqlError> {
    let ladders = context.app.ladders();
    let found = match name {
        None => ladders.on(climber, view.as_of()),
        Some(name) => ladders.named(name).filter(|ladder| ladder.of == climber),
    };
    found.cloned().ok_or_else(|| {
        let known = ladders.iter().filter(|ladder| ladder.of == climber).map(|ladder| ladder.name());
        let known = known.collect::<Vec<_>>().join(", ");
        GraphqlError::new(Code::InvalidInput, format!("there is no such ladder of a {climber}; there are {known}"))
    })
}

/// How far a cluster or a project is along the four pillars, by one version of the ladder. There are no weights and no
/// percentages: a level is the highest rung up to which every criterion is met.
#[gated]
#[graphql_object(name = "Pillars", context = Context)]
impl Pillars {
    /// The ladder and its version, such as `project.v1`.
    fn ladder(&self) -> String {
        self.assessment.ladder.name()
    }

    /// The four pillars.
    fn pillars(&self) -> Vec<PillarLevel> {
        let level = |pillar| PillarLevel { view: self.view.clone(), assessment: Arc::clone(&self.assessment), pillar };
        projections::views::ladder::Pillar::ALL.map(level).into_iter().collect()
    }

    /// The pillars with the lowest level, which hold it back; none when every pillar is at its top.
    fn limiting(&self) -> Vec<Pillar> {
        self.assessment.limiting().into_iter().map(Pillar::from).collect()
    }

    /// What keeps a project from being `FID-ready` (partnerships, policy and technology at 4, finance at 3): the pillars
    /// below that. Empty when it is ready; null for a cluster.
    fn fid_shortfall(&self) -> Option<Vec<PillarShortfall>> {
        let Climbing::Project(_) = self.climbing else { return None };
        let short = |(pillar, needed): (projections::views::ladder::Pillar, u8)| PillarShortfall {
            pillar: pillar.into(),
            level: self.assessment.level(pillar).into(),
            needed: needed.into(),
        };
        Some(self.assessment.short_of_fid().into_iter().map(short).collect())
    }

    /// Every rise and fall of a level, the oldest first, by when the facts occurred: on each day by the version of the ladder
    /// that counted, or throughout by the one asked for. That another version came to count is an entry of its own. What
    /// was believed at an earlier instant is asked with `asKnownAt`.
    fn history(&self, context: &Context) -> Result<Vec<PillarChange>, GraphqlError> {
        let (sight, day, ladders) = (&self.view, self.view.day(), &self.versions(context));
        let in_time = || context.asker.check().is_ok();
        let changes = match &self.climbing {
            Climbing::Cluster(cluster) => pillars::history_of_cluster(sight, day, ladders, cluster, in_time),
            Climbing::Project(project) => pillars::history_of_project(sight, day, ladders, project, in_time),
        };
        context.asker.check()?;
        Ok(changes.into_iter().flatten().map(PillarChange::from).collect())
    }
}

/// A pillar on which a project is below what a final investment decision needs.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct PillarShortfall {
    /// The pillar.
    pub pillar: Pillar,
    /// The level it is at.
    pub level: i32,
    /// The level that is needed.
    pub needed: i32,
}

/// A change of the level on one pillar.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct PillarChange {
    /// The day from whose end the level is another.
    pub on: NaiveDate,
    /// The pillar.
    pub pillar: Pillar,
    /// The level before.
    pub from: i32,
    /// The level after.
    pub to: i32,
    /// Whether it fell.
    pub fell: bool,
    /// The criteria that came to be met or waived, or ceased to be, on this day.
    pub because: Vec<String>,
    /// The version of the ladder by which the level after is what it is.
    pub ladder: String,
    /// Whether nothing changed but the ladder: on this day, this version came to count. The level may be the same.
    pub new_version: bool,
}

impl From<LevelChange> for PillarChange {
    fn from(change: LevelChange) -> Self {
        let LevelChange { on, pillar, from, to, because, ladder, is_new_version: new_version } = change;
        Self { on, pillar: pillar.into(), from: from.into(), to: to.into(), fell: to < from, because, ladder, new_version }
    }
}

/// How far it is on one pillar.
pub struct PillarLevel {
    view: View,
    assessment: Arc<Assessment>,
    pillar: projections::views::ladder::Pillar,
}

/// How far it is on one pillar.
#[gated]
#[graphql_object(name = "PillarLevel", context = Context)]
impl PillarLevel {
    /// The pillar.
    fn pillar(&self) -> Pillar {
        self.pillar.into()
    }

    /// The highest rung up to which every mandatory criterion is met or waived; 0 when the first is not.
    fn level(&self) -> i32 {
        self.assessment.level(self.pillar).into()
    }

    /// The highest rung of the ladder.
    fn rungs(&self) -> i32 {
        self.assessment.ladder.rungs(self.pillar).into()
    }

    /// How far it is to the next rung; null at the top.
    fn next(&self) -> Option<NextRung> {
        let next = self.assessment.next(self.pillar)?;
        Some(NextRung { rung: next.rung.into(), met: count(next.met), of: count(next.of) })
    }

    /// In words: `level 2 · 3 of 5 towards 3`.
    fn summary(&self) -> String {
        let level = self.assessment.level(self.pillar);
        match self.assessment.next(self.pillar) {
            Some(next) => format!("level {level} · {} of {} towards {}", next.met, next.of, next.rung),
            None => format!("level {level}"),
        }
    }

    /// Every criterion of the pillar, rung by rung, and how it stands.
    fn criteria(&self) -> Vec<CriterionStanding> {
        let standing = |(criterion, assessed): (&Criterion, &Assessed)| CriterionStanding::new(&self.view, criterion, assessed);
        self.assessment.criteria(self.pillar).map(standing).collect()
    }

    /// How many facts are behind the level.
    fn fact_count(&self) -> i32 {
        count(self.assessment.basis(self.pillar).len())
    }

    /// How many of them are confirmed by the counterparty.
    fn confirmed_fact_count(&self) -> i32 {
        count(self.assessment.basis(self.pillar).iter().filter(|basis| basis.is_confirmed).count())
    }
}

/// How far it is to the next rung.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct NextRung {
    /// The rung.
    pub rung: i32,
    /// How many of its mandatory criteria are met or waived.
    pub met: i32,
    /// How many there are.
    pub of: i32,
}

/// A criterion of a ladder, and how it stands.
#[gated]
#[graphql(context = Context)]
pub struct CriterionStanding {
    /// Its id in the ladder.
    pub id: String,
    /// The rung it is for.
    pub rung: i32,
    /// What has to be on record.
    pub text: String,
    /// Whether the rung can't be reached without it.
    pub mandatory: bool,
    /// By what it is met.
    pub source: CriterionSource,
    /// Whether it is met.
    pub outcome: CriterionOutcome,
    /// Whether it is met by what the ladder infers it from, and nothing of its own is on record.
    pub inferred: bool,
    /// The facts behind it.
    pub facts: Vec<FactReference>,
    /// What is missing, and so what would raise the level.
    pub gaps: Vec<CriterionGap>,
    /// The waiver, where it is waived.
    pub waiver: Option<CriterionWaiver>,
}

impl CriterionStanding {
    fn new(view: &View, criterion: &Criterion, assessed: &Assessed) -> Self {
        let gap = |gap: &Gap| CriterionGap {
            message: gap.says.clone(),
            thing: gap.thing.and_then(|thing| any_thing(view, thing)).map(|thing| node(view, thing)),
        };
        Self {
            id: criterion.id.clone(),
            rung: criterion.rung.into(),
            text: criterion.text.clone(),
            mandatory: criterion.is_mandatory,
            source: source(criterion.by),
            outcome: assessed.outcome.into(),
            inferred: assessed.is_inferred,
            facts: assessed.facts.iter().map(FactReference::from).collect(),
            gaps: assessed.gaps.iter().map(gap).collect(),
            waiver: assessed.waiver.as_ref().map(CriterionWaiver::from),
        }
    }
}

const fn source(by: By) -> CriterionSource {
    match by {
        By::Computed(_) => CriterionSource::Own,
        By::Projects(_) => CriterionSource::Projects,
        By::Evidence => CriterionSource::Evidence,
    }
}

/// A fact of a thing.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct FactReference {
    /// The id of the thing that it is about; its timeline says more.
    pub thing: ID,
    /// The fact.
    pub fact: FactId,
    /// Whether the counterparty confirmed it.
    pub confirmed: bool,
}

impl From<&Basis> for FactReference {
    fn from(basis: &Basis) -> Self {
        Self { thing: ID::from(basis.thing.to_string()), fact: FactId(basis.fact), confirmed: basis.is_confirmed }
    }
}

/// What is missing for a criterion.
#[gated]
#[graphql(context = Context)]
pub struct CriterionGap {
    /// In words.
    pub message: String,
    /// The thing about which something is missing, where it is another.
    pub thing: Option<NodeValue>,
}

/// How many projects are at a level of one pillar.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct LevelCount {
    /// The pillar.
    pub pillar: Pillar,
    /// The level.
    pub level: i32,
    /// How many projects are there.
    pub projects: i32,
}

/// How many projects of `cluster` are at each level of each pillar.
///
/// # Errors
///
/// When there is no such ladder.
pub fn project_levels(
    context: &Context,
    view: &View,
    cluster: &Thing<Cluster>,
    ladder: Option<&str>,
) -> Result<Vec<LevelCount>, GraphqlError> {
    context.asker.check()?;
    let ladder = find(context, view, Climber::Project, ladder)?;
    let mut counts = std::collections::BTreeMap::new();
    for project in pillars::projects_of(view, view.day(), cluster) {
        let assessment = pillars::assess_project(view, view.day(), &ladder, &project);
        for pillar in projections::views::ladder::Pillar::ALL {
            *counts.entry((pillar, assessment.level(pillar))).or_insert(0) += 1;
        }
    }
    let count = |((pillar, level), projects): ((projections::views::ladder::Pillar, u8), i32)| LevelCount {
        pillar: pillar.into(),
        level: level.into(),
        projects,
    };
    Ok(counts.into_iter().map(count).collect())
}

/// A version of a ladder.
#[gated]
#[derive(Debug, Clone)]
#[graphql(name = "Ladder", context = Context)]
pub struct LadderNode {
    /// Its name, such as `project.v1`.
    pub name: String,
    /// Whose it is.
    pub of: LadderKind,
    /// Its version.
    pub version: i32,
    /// The first day on which it is the one that counts, until a later version does.
    pub valid_from: NaiveDate,
    /// Its criteria, by pillar and rung.
    pub criteria: Vec<LadderCriterion>,
}

/// A criterion of a ladder.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct LadderCriterion {
    /// Its id, by which documents and waivers name it.
    pub id: String,
    /// The pillar.
    pub pillar: Pillar,
    /// The rung it is for.
    pub rung: i32,
    /// What has to be on record.
    pub text: String,
    /// Whether the rung can't be reached without it.
    pub mandatory: bool,
    /// By what it is met.
    pub source: CriterionSource,
    /// From what else it is inferred, where nothing of its own is on record; null where it is not.
    pub inferred_from: Option<String>,
}

impl From<&Ladder> for LadderNode {
    fn from(ladder: &Ladder) -> Self {
        let criterion = |criterion: &Criterion| LadderCriterion {
            id: criterion.id.clone(),
            pillar: criterion.pillar.into(),
            rung: criterion.rung.into(),
            text: criterion.text.clone(),
            mandatory: criterion.is_mandatory,
            source: source(criterion.by),
            inferred_from: criterion.inferred_from.clone(),
        };
        Self {
            name: ladder.name(),
            of: ladder.of.into(),
            version: i32::try_from(ladder.version).unwrap_or(i32::MAX),
            valid_from: ladder.valid_from,
            criteria: ladder.criteria.iter().map(criterion).collect(),
        }
    }
}
