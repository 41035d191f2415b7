//! The docket: which permits need action, of whom and by when, for an authority, an officer or a lead.

use std::{collections::BTreeMap, sync::Arc};

use answers::docket::{self, Due, Entry, Section, Summary, Telling, entries, weeks, workload};
use chrono::NaiveDate;
use gate::gated;
use graphql::GraphqlError;
use juniper::{GraphQLEnum, ID, graphql_object};
use projections::things::{Permit, Thing};
use schema::{LineKey, OrganisationId, SubjectId};

use super::{
    clock::{self, StatutoryClock},
    organisation::OrganisationNode,
    permit::{PermitFilter, PermitNode, Sieve},
    rollup::count,
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{DocketMatter, DocketMoment, DocketSection, FactId, Line, Party},
    view::{View, id},
};

/// The permits that are before somebody.
pub struct PermitDocket {
    view: View,
    entries: Arc<Vec<Entry>>,
    /// The regimes of what is open, as they are written.
    regimes: BTreeMap<LineKey, Line>,
}

/// By what the permits of a docket are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, GraphQLEnum)]
pub enum DocketOrder {
    /// What needs action first: what is overdue, by its deadline; then what else has passed its day; then what comes, the
    /// nearest first; then what has no day, the oldest first.
    #[default]
    Action,
    /// By the deadline by which an authority has to act, the first one first.
    Deadline,
    /// By age, the oldest first.
    Oldest,
    /// By how long the clock is stopped, the longest first.
    LongestStopped,
}

/// The permits that need action, as whoever asks sees them.
#[gated]
#[graphql_object(name = "PermitDocket", context = Context)]
impl PermitDocket {
    /// The day of the docket: the one asked for, or today in UTC.
    fn as_of(&self) -> NaiveDate {
        self.view.as_of()
    }

    /// What it comes to, in words.
    fn sentence(&self) -> String {
        Summary::of(&*self.entries).sentence()
    }

    /// On how many something is still to be decided.
    fn open(&self) -> i32 {
        count(Summary::of(&*self.entries).open)
    }

    /// How many are in each section. An open permit is in one of the first eight, and in any number of the others.
    fn sections(&self) -> Vec<DocketSectionCount> {
        let summary = Summary::of(&*self.entries);
        let counted = |section: Section| DocketSectionCount { section: section.into(), count: count(summary.count(section)) };
        Section::ALL.into_iter().map(counted).collect()
    }

    /// The deadlines by which authorities have to act, by week: three weeks before the day asked for and thirteen from it on.
    fn weeks(&self) -> Vec<DocketWeek> {
        let week = |week: docket::Week| DocketWeek { from: week.from, count: count(week.count), overdue: count(week.overdue) };
        weeks(&*self.entries, self.view.as_of()).into_iter().map(week).collect()
    }

    /// The regimes of those that are open, in the order of their names.
    fn regimes(&self) -> Vec<Line> {
        self.regimes.values().cloned().collect()
    }

    /// How the open ones of your own authority lie with its officers, the most first; null for whoever is no regulator. An
    /// officer is whoever last recorded something about a permit for the authority.
    fn workload(&self, context: &Context) -> Option<Vec<OfficerWorkload>> {
        let own: Vec<OrganisationId> = context.actor.authorities().collect();
        let load = |load: docket::Workload| OfficerWorkload {
            authority: self.view.thing(load.authority).map(|thing| OrganisationNode::new(self.view.clone(), thing)),
            officer: load.officer.map(|officer| ID::from(officer.to_string())),
            open: count(load.open),
            overdue: count(load.overdue),
            due_in_30: count(load.due_in_30),
            stopped: count(load.stopped),
        };
        Some(workload(&*self.entries, &own).into_iter().map(load).collect())
    }

    /// The permits.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    fn entries(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Those in any of these sections; all, if left out.")] sections: Option<Vec<DocketSection>>,
        #[graphql(description = "In which order; what needs action first, if left out.")] order_by: Option<DocketOrder>,
    ) -> Result<DocketEntryConnection, GraphqlError> {
        let sections: Vec<Section> = sections.unwrap_or_default().into_iter().map(Section::from).collect();
        let (order, day) = (order_by.unwrap_or_default(), self.view.as_of());
        let wanted = self.entries.iter().enumerate().filter(|(_, entry)| entry.is_in(&sections));
        let item = |(at, entry): (usize, &Entry)| Item { key: sort_key(entry, order, day), id: entry.permit.uuid(), value: at };
        let paging = Paging { first, after, last, before };
        let found =
            page(context, &format!("docket {order:?} {sections:?}"), direction(order), wanted.map(item).collect(), &paging)?;
        let node = |at: usize| DocketEntry { view: self.view.clone(), entries: Arc::clone(&self.entries), at };
        Ok(DocketEntryConnection(found.map(node)))
    }
}

const fn direction(order: DocketOrder) -> OrderDirection {
    match order {
        DocketOrder::Oldest => OrderDirection::Desc,
        DocketOrder::Action | DocketOrder::Deadline | DocketOrder::LongestStopped => OrderDirection::Asc,
    }
}

fn sort_key(entry: &Entry, order: DocketOrder, day: NaiveDate) -> Option<SortKey> {
    let date = |day: NaiveDate| SortKey::date(schema::Date::day(day));
    match order {
        DocketOrder::Action => Some(SortKey::number(entry.urgency(day).number())),
        DocketOrder::Deadline => entry.deadline.map(date),
        DocketOrder::Oldest => entry.age.map(|age| SortKey::number(age.days.into())),
        DocketOrder::LongestStopped => entry.stopped_since.map(date),
    }
}

/// How many permits are in a section.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DocketSectionCount {
    /// The section.
    pub section: DocketSection,
    /// How many are in it.
    pub count: i32,
}

/// The deadlines of a week.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DocketWeek {
    /// Its first day. In the first week, earlier deadlines are counted too.
    pub from: NaiveDate,
    /// How many deadlines lie in it, each permit with the first of its own.
    pub count: i32,
    /// How many of these were let pass.
    pub overdue: i32,
}

/// What one officer of an authority has before them.
#[gated]
#[derive(Clone)]
#[graphql(context = Context)]
pub struct OfficerWorkload {
    /// The authority.
    pub authority: Option<OrganisationNode>,
    /// Who: the random id under which they record. Null for permits about which nobody has recorded anything for the authority.
    pub officer: Option<ID>,
    /// How many permits are open.
    pub open: i32,
    /// How many of them are overdue.
    pub overdue: i32,
    /// How many are due within 30 days.
    pub due_in_30: i32,
    /// How many are stopped.
    pub stopped: i32,
}

/// A permit on a docket.
#[derive(Clone)]
pub struct DocketEntry {
    view: View,
    entries: Arc<Vec<Entry>>,
    at: usize,
}

connection!(DocketEntryConnection, DocketEntryEdge, DocketEntry, "DocketEntryConnection", "DocketEntryEdge");

impl DocketEntry {
    fn entry(&self) -> Option<&Entry> {
        self.entries.get(self.at)
    }

    fn thing(&self) -> Option<Arc<Thing<Permit>>> {
        self.view.thing(self.entry()?.permit)
    }
}

/// A permit on a docket, and what is to be done about it.
#[gated]
#[graphql_object(name = "DocketEntry", context = Context)]
impl DocketEntry {
    /// The permit.
    fn permit(&self) -> Option<PermitNode> {
        Some(PermitNode::new(&self.view, self.thing()?))
    }

    /// In which sections it stands, in their order.
    fn sections(&self) -> Vec<DocketSection> {
        self.entry().map(|entry| entry.sections.iter().copied().map(DocketSection::from).collect()).unwrap_or_default()
    }

    /// The clock of the limit that puts it there: of its deadlines the first; without one, that which is stopped or has not
    /// started. Null where there is none.
    fn clock(&self) -> Option<StatutoryClock> {
        let thing = self.thing()?;
        clock::nth(&self.view, &thing, self.entry()?.limit?)
    }

    /// The deadline by which an authority has to act next, or which it has let pass.
    fn deadline(&self) -> Option<NaiveDate> {
        self.entry()?.deadline
    }

    /// Days since its submission, to the day asked for or to its register's last edition; null where it is not open.
    fn age_days(&self) -> Option<i32> {
        self.entry()?.age.map(|age| count(age.days))
    }

    /// The age by which 85 % of its instrument have ended, among all permits that you may see; null where that is not known.
    fn usual_days(&self) -> Option<i32> {
        self.entry()?.age?.usual.map(count)
    }

    /// Since when its clock is stopped.
    fn stopped_since(&self) -> Option<NaiveDate> {
        self.entry()?.stopped_since
    }

    /// What somebody has to do about it, the first day first; of conditions and windows those that are near.
    fn dues(&self) -> Vec<DocketDue> {
        let day = self.view.as_of();
        let due = |due: &Due| DocketDue {
            what: due.what.into(),
            on: due.on,
            since: due.since,
            left_days: due.left_days(day).map(days),
            acts: due.acts.into(),
            words: due.words.clone(),
            fact: due.fact.map(FactId),
            telling: due.telling(day).map(DocketTelling::from),
        };
        self.entry().map(|entry| entry.dues.iter().map(due).collect()).unwrap_or_default()
    }

    /// Who last recorded something about it for its authority, by their random id. For those of that authority only; null for
    /// everybody else, and where nobody has.
    fn officer(&self, context: &Context) -> Option<ID> {
        let entry = self.entry()?;
        own_officer(context, entry).map(|officer| ID::from(officer.to_string()))
    }
}

/// The officer of an entry, where whoever asks is of the same authority.
fn own_officer(context: &Context, entry: &Entry) -> Option<SubjectId> {
    let is_own = entry.authority.is_some_and(|authority| context.actor.authorities().any(|own| own == authority));
    entry.officer.filter(|_| is_own)
}

/// Something that somebody has to do about a permit.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DocketDue {
    /// What.
    pub what: DocketMatter,
    /// The last day for it; null where nobody said one.
    pub on: Option<NaiveDate>,
    /// Since when it waits.
    pub since: Option<NaiveDate>,
    /// Days to its last one, negative when that has passed.
    pub left_days: Option<i32>,
    /// Who has to act.
    pub acts: Party,
    /// Which limit, ground, request or condition, in words.
    pub words: String,
    /// The fact that says so; null where the law does.
    pub fact: Option<FactId>,
    /// What is to be told about it this week; null where nothing is.
    pub telling: Option<DocketTelling>,
}

/// Something that is to be told: five days before a last day, on it, and 14, 28 and 42 days after it. It stays for a week.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DocketTelling {
    /// Which moment has come.
    pub moment: DocketMoment,
    /// On which day it came.
    pub on: NaiveDate,
    /// To whom: who has to act and, once the day has passed, who waits for that.
    pub to: Vec<Party>,
}

impl From<Telling> for DocketTelling {
    fn from(telling: Telling) -> Self {
        Self { moment: telling.moment.into(), on: telling.on, to: telling.to.into_iter().map(Party::from).collect() }
    }
}

/// As many as a number of the API holds.
fn days(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(if count < 0 { i32::MIN } else { i32::MAX })
}

/// Whose permits are wanted, beside those that the filter means.
pub struct Before {
    /// Those of this officer of one's own authority.
    officer: Option<SubjectId>,
    /// Only those that one is a party of.
    mine: bool,
}

impl Before {
    /// What the arguments mean.
    ///
    /// # Errors
    ///
    /// When the officer's id is none.
    pub fn try_new(officer: Option<&ID>, mine: Option<bool>) -> Result<Self, GraphqlError> {
        Ok(Self { officer: officer.map(id).transpose()?, mine: mine.unwrap_or_default() })
    }
}

/// The docket of the permits that `filter` means and that are before whom is asked for.
///
/// # Errors
///
/// When an id of the filter is none.
pub fn docket(
    context: &Context,
    view: &View,
    filter: Option<PermitFilter>,
    before: &Before,
) -> Result<PermitDocket, GraphqlError> {
    let sieve = Sieve::try_new(filter)?;
    let is_before = |thing: &Thing<Permit>| !before.mine || view.viewpoint().is_party(thing.id());
    let is_wanted = |thing: &Thing<Permit>, state: &Permit| sieve.passes(view, thing, state) && is_before(thing);
    let mut entries = entries(view, view.day(), is_wanted, |thing| view.limits(thing));
    context.asker.check()?;
    if before.officer.is_some() {
        entries.retain(|entry| own_officer(context, entry) == before.officer);
    }
    let mut regimes = BTreeMap::new();
    for regime in entries.iter().filter(|entry| entry.is_open).filter_map(|entry| entry.regime.as_ref()) {
        regimes.entry(regime.key()).or_insert_with(|| Line(regime.clone()));
    }
    Ok(PermitDocket { view: view.clone(), entries: Arc::new(entries), regimes })
}
