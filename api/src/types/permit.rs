//! A permit: where it stands, whose court the ball is in, what was determined and challenged, and how long it took.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use domain::law::unknown_law;
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::{GraphQLEnum, GraphQLInputObject, ID, graphql_object};
use projections::{
    things::{self, FlagCode, Permit, Project, Thing},
    views::known::{durations_run_to, permit_known_until},
};
use schema::{ClusterId, Line as LineValue, LineKey, OrganisationId, ProjectId, permit::PermitIdentified};

use super::{
    clock::{self, ClockMisfit, StatutoryClock},
    cluster::ClusterNode,
    common::{Attribute, Days, ExternalId, attributes, identifiers},
    node::NodeValue,
    organisation::OrganisationNode,
    project::{ProjectNode, project_node},
    record::{AnyThing, Record, fact_ids},
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{
        ChallengeEnd, ChallengeKind, Date, DecidedBy, FactId, JurisdictionCode, Line, Note, Outcome, Party, PeriodUnit,
        PermitStanding, PermitState, Recommendation,
    },
    view::{View, id},
};

/// A permit, as whoever asks sees it.
#[derive(Clone)]
pub struct PermitNode {
    view: View,
    thing: Arc<Thing<Permit>>,
    /// The state on the day asked for, where it is not the present one.
    on_day: Option<Arc<Permit>>,
}

connection!(PermitConnection, PermitEdge, PermitNode, "PermitConnection", "PermitEdge");

impl PermitNode {
    /// The permit `thing`, seen by `view`.
    pub fn new(view: &View, thing: Arc<Thing<Permit>>) -> Self {
        let on_day = match view.state(&thing) {
            Cow::Borrowed(_) => None,
            Cow::Owned(state) => Some(Arc::new(state)),
        };
        Self { view: view.clone(), thing, on_day }
    }

    fn known(&self) -> &Permit {
        self.on_day.as_deref().unwrap_or_else(|| self.thing.state())
    }

    fn identified(&self) -> Option<&PermitIdentified> {
        self.known().identified()
    }

    /// The day to which its durations run.
    fn runs_to(&self) -> NaiveDate {
        durations_run_to(&self.view, self.view.day(), &self.thing, self.known())
    }
}

/// A permit, as whoever asks sees it.
#[gated(of = self.thing.id())]
#[graphql_object(name = "Permit", context = Context, impl = NodeValue)]
impl PermitNode {
    /// The id of the permit.
    pub fn id(&self) -> ID {
        ID::from(self.thing.id().to_string())
    }

    /// What it is for.
    fn title(&self) -> Option<Line> {
        self.identified().map(|identified| Line(identified.title.clone()))
    }

    /// The instrument, such as planning permission.
    fn instrument(&self) -> Option<Line> {
        self.identified().map(|identified| Line(identified.instrument.clone()))
    }

    /// The authority that decides, where it is known.
    fn authority(&self) -> Option<OrganisationNode> {
        let thing = self.view.thing(self.identified()?.authority?)?;
        Some(OrganisationNode::new(self.view.clone(), thing))
    }

    /// Whose law applies.
    fn jurisdiction(&self) -> Option<JurisdictionCode> {
        self.identified()?.jurisdiction.clone().map(JurisdictionCode)
    }

    /// The regime whose periods apply, by its short name.
    fn regime(&self) -> Option<Line> {
        self.known().regime().cloned().map(Line)
    }

    /// The case within the regime.
    fn case(&self) -> Option<Line> {
        self.known().case().cloned().map(Line)
    }

    /// Act and article under which it is needed.
    fn legal_basis(&self) -> Option<Line> {
        self.identified()?.legal_basis.clone().map(Line)
    }

    /// The projects that need it.
    fn projects(&self) -> Vec<ProjectNode> {
        let ids = self.identified().map(|identified| identified.projects.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| project_node(&self.view, *id)).collect()
    }

    /// The clusters that need it for what they share.
    fn clusters(&self) -> Vec<ClusterNode> {
        let ids = self.identified().map(|identified| identified.clusters.as_slice()).unwrap_or_default();
        let things = ids.iter().filter_map(|id| self.view.thing(*id));
        things.map(|thing| ClusterNode::new(self.view.clone(), thing)).collect()
    }

    /// The authority's reference: that of the last application that has one, or the one known before.
    fn reference(&self) -> Option<Line> {
        self.known().reference.clone().or_else(|| self.identified()?.reference.clone()).map(Line)
    }

    /// What other systems call it.
    fn identifiers(&self) -> Vec<ExternalId> {
        self.identified().map(|identified| identifiers(&identified.identifiers)).unwrap_or_default()
    }

    /// What a register says of it beside.
    fn attributes(&self) -> Vec<Attribute> {
        self.identified().map(|identified| attributes(&identified.attributes)).unwrap_or_default()
    }

    /// Where it stands.
    fn state(&self) -> PermitState {
        self.known().state.into()
    }

    /// Since when; null while only its identification is on record, and where only a report says so.
    fn state_since(&self) -> Option<Date> {
        self.known().state_since.map(Date)
    }

    /// Whether something is still to be decided.
    fn open(&self) -> bool {
        self.known().is_open()
    }

    /// Whose court the ball is in; null when nobody has to act.
    fn court(&self) -> Option<Court> {
        self.known().court.map(|court| Court { party: court.party.into(), since: Date(court.since) })
    }

    /// When an application was first submitted.
    fn submitted_on(&self) -> Option<Date> {
        self.known().submitted_on.map(Date)
    }

    /// How often it was returned as incomplete.
    fn returns(&self) -> i32 {
        i32::try_from(self.known().returns).unwrap_or(i32::MAX)
    }

    /// What is missing, by the last return.
    fn missing(&self) -> Vec<Line> {
        self.known().missing.iter().cloned().map(Line).collect()
    }

    /// When it was accepted as complete.
    fn accepted_on(&self) -> Option<Date> {
        self.known().accepted_on.map(Date)
    }

    /// When the statutory clock started.
    fn clock_started_on(&self) -> Option<Date> {
        self.known().clock_started_on.map(Date)
    }

    /// Every stop of the clock.
    fn stops(&self) -> Vec<ClockStop> {
        self.known().stops.iter().map(ClockStop::from).collect()
    }

    /// Every extension of the deadline.
    fn extensions(&self) -> Vec<Extension> {
        self.known().extensions.iter().map(Extension::from).collect()
    }

    /// When a minister called the application in.
    fn called_in_on(&self) -> Option<Date> {
        self.known().called_in_on.map(Date)
    }

    /// What was recommended.
    fn recommendation(&self) -> Option<Recommendation> {
        self.known().recommendation.map(Recommendation::from)
    }

    /// The determination that counts: an appeal's or a minister's before the authority's, then the latest.
    fn determination(&self) -> Option<Determination> {
        self.known().determination().map(Determination::from)
    }

    /// What was determined or, where no determination is on record, reported. See `determination` and `reported`.
    fn outcome(&self) -> Option<Outcome> {
        self.known().outcome().map(Outcome::from)
    }

    /// Every determination, quashed ones included, in order.
    fn determinations(&self) -> Vec<Determination> {
        self.known().determinations.iter().map(Determination::from).collect()
    }

    /// Whether the last day on which the grant can be used has passed. Whether it had been used by then is another
    /// question.
    fn validity_passed(&self) -> Option<bool> {
        Some(self.known().determination()?.valid_until?.last() < self.view.as_of())
    }

    /// Every challenge.
    fn challenges(&self) -> Vec<Challenge> {
        self.known().challenges.iter().map(Challenge::from).collect()
    }

    /// The conditions of the grant.
    fn conditions(&self) -> Vec<Condition> {
        self.known().conditions.iter().map(Condition::from).collect()
    }

    /// When the application was withdrawn or lapsed, or the grant surrendered or expired.
    fn ended_on(&self) -> Option<Date> {
        self.known().ended_on.map(Date)
    }

    /// What a source says of how it stands, without saying since when; null where later facts are on record.
    fn reported(&self) -> Option<ReportedStanding> {
        self.known().reported.as_deref().map(ReportedStanding::from)
    }

    /// The edition of a register until which it is known, where nothing but registers tells of it. While it is open, its
    /// durations run to that day and no further. Null otherwise.
    fn known_until(&self) -> Option<NaiveDate> {
        permit_known_until(&self.view, self.view.day(), &self.thing)
    }

    /// Calendar days from the submission to the first ending (determined, withdrawn or lapsed), or to the day asked for
    /// while there is none: of a permit that only a register tells of, to its edition (see `knownUntil`). After a quashing
    /// they go on. Null where a date is missing, where the two lie in an impossible order, and where it is over and nobody
    /// says since when.
    fn elapsed(&self) -> Option<Days> {
        self.known().elapsed(self.runs_to()).map(Days::from)
    }

    /// Calendar days from the start of the clock to the first ending, or as far as `elapsed` runs, less those stopped. Null
    /// without a start of the clock, and where it lies before the submission.
    fn used(&self) -> Option<Days> {
        self.known().used(self.runs_to()).map(Days::from)
    }

    /// Calendar days on which the clock stood still; overlapping stops count once. Null without a start of the clock.
    fn stopped(&self) -> Option<Days> {
        self.known().stopped(self.runs_to()).map(Days::from)
    }

    /// The statutory clocks on the day asked for, one for each limit of the regime's case, made from what you may see. None
    /// where no regime and case is known: `clocksUnknownBecause` says why.
    fn clocks(&self) -> Vec<StatutoryClock> {
        clock::clocks(&self.view, &self.thing)
    }

    /// Why there are no clocks, in words; null where there are.
    fn clocks_unknown_because(&self) -> Option<String> {
        clock::unknown_because(&self.view, &self.thing)
    }

    /// What on record doesn't fit the law of the regime: a stop on a ground that it lacks, an extension after its window, a
    /// published deadline that is not the computed one.
    fn clock_misfits(&self) -> Vec<ClockMisfit> {
        clock::misfits(&self.view, &self.thing)
    }

    /// What is on record of it.
    fn record(&self) -> Record {
        Record::new(&self.view, AnyThing::Permit(Arc::clone(&self.thing)))
    }
}

/// Whose court the ball is in.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Court {
    /// Who has to act.
    pub party: Party,
    /// Since when.
    pub since: Date,
}

/// A stop of the statutory clock: from the first day not counted to the first day counted again.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ClockStop {
    /// The first day that is not counted.
    pub from: Date,
    /// The first day that is counted again; null while stopped.
    pub until: Option<Date>,
    /// On what ground.
    pub reason: Line,
    /// Act and article.
    pub legal_basis: Option<Line>,
    /// Who has to act.
    pub responsible: Party,
    /// When the clock is expected to run again.
    pub expected_resumption: Option<Date>,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::Stop> for ClockStop {
    fn from(stop: &things::Stop) -> Self {
        Self {
            from: Date(stop.from),
            until: stop.until.map(Date),
            reason: Line(stop.reason.clone()),
            legal_basis: stop.legal_basis.clone().map(Line),
            responsible: stop.responsible.into(),
            expected_resumption: stop.expected_resumption.map(Date),
            fact: FactId(stop.fact_id),
        }
    }
}

/// An extension of the deadline.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Extension {
    /// By how many; null where it is to a date.
    pub count: Option<i32>,
    /// Of what.
    pub unit: Option<PeriodUnit>,
    /// To which date, where one is named.
    pub to: Option<Date>,
    /// When it was granted.
    pub extended_on: Date,
    /// Act and article.
    pub legal_basis: Option<Line>,
    /// Who approved it.
    pub approved_by: Option<Line>,
    /// Why.
    pub reason: Note,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::Extension> for Extension {
    fn from(extension: &things::Extension) -> Self {
        Self {
            count: extension.by.map(|by| by.count.into()),
            unit: extension.by.map(|by| by.unit.into()),
            to: extension.to.map(Date),
            extended_on: Date(extension.extended_on),
            legal_basis: extension.legal_basis.clone().map(Line),
            approved_by: extension.approved_by.clone().map(Line),
            reason: Note(extension.reason.clone()),
            fact: FactId(extension.fact_id),
        }
    }
}

/// A determination of the application.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Determination {
    /// What was determined.
    pub outcome: Outcome,
    /// By whom.
    pub decided_by: DecidedBy,
    /// When.
    pub decided_on: Date,
    /// The last day on which the grant can be used.
    pub valid_until: Option<Date>,
    /// The last day on which it can be challenged, where the decision says so.
    pub challengeable_until: Option<Date>,
    /// Why it was refused.
    pub grounds: Vec<Note>,
    /// When a court quashed it.
    pub quashed_on: Option<Date>,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::Determination> for Determination {
    fn from(determination: &things::Determination) -> Self {
        Self {
            outcome: determination.outcome.into(),
            decided_by: determination.decided_by.into(),
            decided_on: Date(determination.decided_on),
            valid_until: determination.valid_until.map(Date),
            challengeable_until: determination.challengeable_until.map(Date),
            grounds: determination.grounds.iter().cloned().map(Note).collect(),
            quashed_on: determination.quashed_on.map(Date),
            fact: FactId(determination.fact_id),
        }
    }
}

/// A challenge to the determination.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Challenge {
    /// Before whom.
    pub kind: ChallengeKind,
    /// When it was lodged; null when only its end is on record.
    pub lodged_on: Option<Date>,
    /// By whom.
    pub by: Option<Party>,
    /// How it ended; null while it is open.
    pub end: Option<ChallengeEnd>,
    /// When it ended.
    pub ended_on: Option<Date>,
    /// The facts that say so.
    pub facts: Vec<FactId>,
}

impl From<&things::Challenge> for Challenge {
    fn from(challenge: &things::Challenge) -> Self {
        Self {
            kind: challenge.kind.into(),
            lodged_on: challenge.lodged_on.map(Date),
            by: challenge.by.map(Party::from),
            end: challenge.end.map(ChallengeEnd::from),
            ended_on: challenge.ended_on.map(Date),
            facts: fact_ids(&challenge.facts),
        }
    }
}

/// What a source says of how a permit stands.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct ReportedStanding {
    /// How it stands.
    pub standing: PermitStanding,
    /// What the source calls it.
    pub words: Option<Line>,
    /// When it stood so.
    pub as_of: Date,
    /// The fact that says so.
    pub fact: FactId,
}

impl From<&things::ReportedStanding> for ReportedStanding {
    fn from(reported: &things::ReportedStanding) -> Self {
        Self {
            standing: reported.standing.into(),
            words: reported.words.clone().map(Line),
            as_of: Date(reported.as_of),
            fact: FactId(reported.fact_id),
        }
    }
}

/// A condition of the grant.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct Condition {
    /// Its number in the decision letter.
    pub reference: Line,
    /// What it requires.
    pub text: Note,
    /// Whether it has to be met before building begins.
    pub before_construction: bool,
    /// Until when it is to be met.
    pub due_on: Option<Date>,
    /// The last day on which it binds.
    pub until: Option<Date>,
    /// When it was discharged.
    pub discharged_on: Option<Date>,
    /// When it was breached, if it was.
    pub breached_on: Option<Date>,
    /// Whether it is discharged, and was not breached since.
    pub met: bool,
}

impl From<&things::ConditionState> for Condition {
    fn from(state: &things::ConditionState) -> Self {
        Self {
            reference: Line(state.condition.reference.clone()),
            text: Note(state.condition.text.clone()),
            before_construction: state.condition.before_construction,
            due_on: state.condition.due_on.map(Date),
            until: state.condition.until.map(Date),
            discharged_on: state.discharged_on.map(Date),
            breached_on: state.breached_on.map(Date),
            met: state.is_met,
        }
    }
}

/// How many permits are in a state.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct PermitStateCount {
    /// The state.
    pub state: PermitState,
    /// How many are in it.
    pub count: i32,
}

/// Which permits. What is left out does not matter.
#[derive(Debug, Clone, Default, GraphQLInputObject)]
pub struct PermitFilter {
    /// Needed by this project.
    pub project: Option<ID>,
    /// Needed by a project of this cluster.
    pub cluster: Option<ID>,
    /// Decided on by this authority.
    pub authority: Option<ID>,
    /// In one of these states.
    pub state: Option<Vec<PermitState>>,
    /// Only those on which something is still to be decided, or only the others.
    pub open: Option<bool>,
    /// In the court of one of these parties.
    pub court: Option<Vec<Party>>,
    /// Under this regime, without regard to capitals and spacing.
    pub regime: Option<Line>,
    /// Under this law.
    pub jurisdiction: Option<JurisdictionCode>,
    /// Determined so or, where no determination is on record, reported so.
    pub outcome: Option<Vec<Outcome>>,
    /// Submitted on this day or later.
    pub submitted_from: Option<NaiveDate>,
    /// Submitted on this day or earlier.
    pub submitted_until: Option<NaiveDate>,
    /// With this in their title or the authority's reference, without regard to capitals.
    pub text: Option<Line>,
    /// Called so by another system: the value of an identifier.
    pub identifier: Option<Line>,
    /// Only those with flags to repair, or only those without.
    pub flagged: Option<bool>,
    /// Only those with this flag, by its code.
    pub flag: Option<Line>,
    /// Only open ones that are past a statutory deadline, or only open ones that are known not to be.
    pub overdue: Option<bool>,
    /// Only open ones on which an authority has to act within so many days from the day asked for, that day included.
    pub due_within: Option<i32>,
}

/// By what permits are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum PermitOrderField {
    /// By title.
    Title,
    /// By since when they are in their state.
    StateSince,
    /// By when they were submitted.
    SubmittedOn,
    /// By when the determination that counts was made.
    DecidedOn,
    /// By the days elapsed.
    Elapsed,
    /// By the first statutory deadline by which an authority has still to act; those that have passed are the first.
    Deadline,
}

/// The order of permits.
#[derive(Debug, Clone, Copy, GraphQLInputObject)]
pub struct PermitOrder {
    /// By what.
    pub field: PermitOrderField,
    /// In which direction.
    pub direction: OrderDirection,
}

/// A filter with its ids read and its words prepared.
pub struct Sieve {
    filter: PermitFilter,
    project: Option<ProjectId>,
    cluster: Option<ClusterId>,
    authority: Option<OrganisationId>,
    regime: Option<LineKey>,
    text: Option<String>,
    due_within: Option<u16>,
}

impl Sieve {
    /// `filter`, read.
    ///
    /// # Errors
    ///
    /// When an id of it is not one, or a number of days is none.
    pub fn try_new(filter: Option<PermitFilter>) -> Result<Self, GraphqlError> {
        let filter = filter.unwrap_or_default();
        let project = filter.project.as_ref().map(id).transpose()?;
        let cluster = filter.cluster.as_ref().map(id).transpose()?;
        let authority = filter.authority.as_ref().map(id).transpose()?;
        let text = filter.text.as_ref().map(|text| text.0.as_str().to_lowercase());
        let regime = filter.regime.as_ref().map(|regime| regime.0.key());
        let due_within = filter.due_within.map(within).transpose()?;
        Ok(Self { filter, project, cluster, authority, regime, text, due_within })
    }

    /// Whether a permit is meant.
    pub fn passes(&self, view: &View, thing: &Thing<Permit>, state: &Permit) -> bool {
        self.passes_facts(view, thing, state) && self.passes_law(view, thing, state)
    }

    /// Asked last, since clocks take longer than all else.
    fn passes_law(&self, view: &View, thing: &Thing<Permit>, state: &Permit) -> bool {
        let is_due = |days: u16| view.under_law(thing).is_ok_and(|under_law| under_law.is_due_within(days));
        self.filter.overdue.is_none_or(|overdue| state.is_open() && view.is_overdue(thing) == Some(overdue))
            && self.due_within.is_none_or(|days| state.is_open() && is_due(days))
    }

    fn passes_facts(&self, view: &View, thing: &Thing<Permit>, state: &Permit) -> bool {
        self.passes_state(state)
            && self.filter.flagged.is_none_or(|flagged| flags(view, thing).next().is_some() == flagged)
            && self.filter.flag.as_ref().is_none_or(|code| flags(view, thing).any(|flag| flag.code() == code.0.as_str()))
            && match state.identified() {
                Some(identified) => self.passes_identified(view, state, identified),
                None => self.is_open(),
            }
    }

    fn passes_state(&self, state: &Permit) -> bool {
        let filter = &self.filter;
        let outcome = || state.outcome().map(Outcome::from);
        let court = || state.court.map(|court| court.party.into());
        let submitted = state.submitted_on;
        filter.state.as_ref().is_none_or(|states| states.contains(&state.state.into()))
            && filter.open.is_none_or(|open| state.is_open() == open)
            && filter.court.as_ref().is_none_or(|parties| court().is_some_and(|party| parties.contains(&party)))
            && self.regime.as_ref().is_none_or(|wanted| state.regime().is_some_and(|regime| regime.key() == *wanted))
            && filter.outcome.as_ref().is_none_or(|outcomes| outcome().is_some_and(|outcome| outcomes.contains(&outcome)))
            && filter.submitted_from.is_none_or(|from| submitted.is_some_and(|submitted| submitted.first() >= from))
            && filter.submitted_until.is_none_or(|until| submitted.is_some_and(|submitted| submitted.first() <= until))
    }

    fn passes_identified(&self, view: &View, state: &Permit, identified: &PermitIdentified) -> bool {
        let filter = &self.filter;
        let has = |text: &String, line: &LineValue| line.as_str().to_lowercase().contains(text);
        let cluster_of = |project: &ProjectId| view.thing::<Project>(*project)?.state().registered()?.cluster;
        self.project.is_none_or(|project| identified.projects.contains(&project))
            && self.cluster.is_none_or(|cluster| identified.projects.iter().any(|project| cluster_of(project) == Some(cluster)))
            && self.authority.is_none_or(|authority| identified.authority == Some(authority))
            && filter.jurisdiction.as_ref().is_none_or(|law| identified.jurisdiction.as_ref() == Some(&law.0))
            && filter.identifier.as_ref().is_none_or(|wanted| identified.identifiers.iter().any(|id| id.value == wanted.0))
            && self.text.as_ref().is_none_or(|text| {
                let references = [&state.reference, &identified.reference].into_iter().flatten();
                has(text, &identified.title) || references.into_iter().any(|reference| has(text, reference))
            })
    }

    /// Whether nothing is asked of what a permit is: then even one whose identification was retracted is shown.
    fn is_open(&self) -> bool {
        let PermitFilter { project, cluster, authority, jurisdiction, text, identifier, .. } = &self.filter;
        project.is_none()
            && cluster.is_none()
            && authority.is_none()
            && jurisdiction.is_none()
            && text.is_none()
            && identifier.is_none()
    }
}

/// What about a permit does not fit, also by the law.
fn flags(view: &View, thing: &Thing<Permit>) -> impl Iterator<Item = FlagCode> {
    let by_law = unknown_law(thing, view.law());
    thing.flags().iter().map(|flag| flag.code).chain(by_law.into_iter().map(|flag| flag.code))
}

/// A number of days from the day asked for.
fn within(days: i32) -> Result<u16, GraphqlError> {
    u16::try_from(days).map_err(|_| GraphqlError::new(Code::InvalidInput, "dueWithin is a number of days from 0 to 65,535"))
}

fn sort_key(view: &View, thing: &Thing<Permit>, state: &Permit, field: PermitOrderField) -> Option<SortKey> {
    match field {
        PermitOrderField::Title => state.identified().map(|identified| SortKey::text(identified.title.as_str())),
        PermitOrderField::StateSince => state.state_since.map(SortKey::date),
        PermitOrderField::SubmittedOn => state.submitted_on.map(SortKey::date),
        PermitOrderField::DecidedOn => state.determination().map(|determination| SortKey::date(determination.decided_on)),
        PermitOrderField::Elapsed => {
            let runs_to = durations_run_to(view, view.day(), thing, state);
            state.elapsed(runs_to).map(|days| SortKey::number(days.count))
        }
        PermitOrderField::Deadline => {
            let due_on = view.under_law(thing).ok().filter(|_| state.is_open())?.due_on()?;
            Some(SortKey::date(schema::Date::day(due_on)))
        }
    }
}

/// A page of `found`.
///
/// # Errors
///
/// When the page is not one, or an id of the filter is not.
pub fn permits(
    context: &Context,
    view: &View,
    found: impl Iterator<Item = Arc<Thing<Permit>>>,
    filter: Option<PermitFilter>,
    order: Option<PermitOrder>,
    paging: &Paging,
) -> Result<PermitConnection, GraphqlError> {
    let sieve = Sieve::try_new(filter)?;
    let order = order.unwrap_or(PermitOrder { field: PermitOrderField::Title, direction: OrderDirection::Asc });
    let items = found.filter_map(|thing| {
        let state = view.state(&thing);
        let key = sieve.passes(view, &thing, &state).then(|| sort_key(view, &thing, &state, order.field))?;
        drop(state);
        Some(Item { key, id: thing.id().uuid(), value: thing })
    });
    let page = page(context, &format!("permits {:?}", order.field), order.direction, items.collect(), paging)?;
    Ok(PermitConnection(page.map(|thing| PermitNode::new(view, thing))))
}

/// How many of `found` are in each state, in the order of life.
///
/// # Errors
///
/// When an id of the filter is not one.
pub fn by_state(
    context: &Context,
    view: &View,
    found: impl Iterator<Item = Arc<Thing<Permit>>>,
    filter: Option<PermitFilter>,
) -> Result<Vec<PermitStateCount>, GraphqlError> {
    context.asker.check()?;
    let sieve = Sieve::try_new(filter)?;
    let mut counts: BTreeMap<things::PermitState, i32> = BTreeMap::new();
    for thing in found {
        let state = view.state(&thing);
        if sieve.passes(view, &thing, &state) {
            *counts.entry(state.state).or_default() += 1;
        }
    }
    Ok(counts.into_iter().map(|(state, count)| PermitStateCount { state: state.into(), count }).collect())
}
