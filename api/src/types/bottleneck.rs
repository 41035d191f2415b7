//! Where permitting is slow, and why: groups of permits with their figures, and the permits behind them.

use std::sync::{Arc, OnceLock};

use answers::{
    bottlenecks::{
        Basis, By, ByLaw, Forecast, Group, Grouping, Groups, Key, Passage, completeness, durations, dwell, flow, forecast, limit,
        on_time, reason, sentence, stopped,
    },
    statistics::Percent,
};
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::graphql_object;
use projections::{
    Sight,
    things::{Permit, Thing},
};
use schema::{LineKey, ThingId};
use uuid::Uuid;

use super::{
    bottleneck_figures::{
        AgeingFigures, CompletenessFigures, DurationFigures, DwellFigures, EndingIncidence, FlowFigures, IncidencePoint,
        OnTimeFigures, StoppedFigures, SurvivalPoint, until_an_edition,
    },
    clock::ClockLength,
    cluster::ClusterNode,
    organisation::OrganisationNode,
    permit::{PermitConnection, PermitFilter, PermitNode, PermitOrder, Sieve, permits},
    rollup::count,
};
use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::{JurisdictionCode, Lever, Line, PermitGroupBy},
    view::View,
};

/// A group of permits.
#[derive(Clone)]
pub struct PermitBottleneck {
    view: View,
    groups: Arc<Groups>,
    group: Arc<Group>,
    /// What survival says of it, made when first asked.
    basis: Arc<OnceLock<Basis>>,
}

connection!(
    PermitBottleneckConnection,
    PermitBottleneckEdge,
    PermitBottleneck,
    "PermitBottleneckConnection",
    "PermitBottleneckEdge"
);

impl PermitBottleneck {
    fn new(view: &View, groups: &Arc<Groups>, group: &Group) -> Self {
        Self { view: view.clone(), groups: Arc::clone(groups), group: Arc::new(group.clone()), basis: Arc::default() }
    }

    fn passages(&self) -> impl Iterator<Item = &Passage> {
        self.groups.passages(&self.group)
    }

    fn basis(&self) -> &Basis {
        self.basis.get_or_init(|| Basis::of(self.passages()))
    }

    /// What `of` reads of the keys that the group has.
    fn key<'a, T>(&'a self, of: impl Fn(&'a Key) -> Option<T>) -> Option<T> {
        self.group.keys.iter().find_map(of)
    }

    fn words(&self, key: &LineKey) -> Option<Line> {
        self.groups.words(key).cloned().map(Line)
    }
}

/// A group of permits: how long they take, why, and which they are. What is not known to you of a permit counts as not known.
#[gated]
#[graphql_object(name = "PermitBottleneck", context = Context)]
impl PermitBottleneck {
    /// The authority that the group is of.
    fn authority(&self) -> Option<OrganisationNode> {
        let authority = self.key(|key| if let Key::Authority(id) = key { *id } else { None })?;
        Some(OrganisationNode::new(self.view.clone(), self.view.thing(authority)?))
    }

    /// The instrument that the group is of.
    fn instrument(&self) -> Option<Line> {
        self.words(self.key(|key| if let Key::Instrument(name) = key { name.as_ref() } else { None })?)
    }

    /// The regime that the group is of.
    fn regime(&self) -> Option<Line> {
        self.words(self.key(|key| if let Key::Regime(name) = key { name.as_ref() } else { None })?)
    }

    /// Whose law the group is under.
    fn jurisdiction(&self) -> Option<JurisdictionCode> {
        self.key(|key| if let Key::Jurisdiction(code) = key { code.clone() } else { None }).map(JurisdictionCode)
    }

    /// The cluster that the group is of.
    fn cluster(&self) -> Option<ClusterNode> {
        let cluster = self.key(|key| if let Key::Cluster(id) = key { *id } else { None })?;
        Some(ClusterNode::new(self.view.clone(), self.view.thing(cluster)?))
    }

    /// The technology lever that the group is of.
    fn technology(&self) -> Option<Lever> {
        self.key(|key| if let Key::Technology(lever) = key { *lever } else { None }).map(Lever::from)
    }

    /// The year of submission that the group is of.
    fn year_submitted(&self) -> Option<i32> {
        self.key(|key| if let Key::YearSubmitted(year) = key { *year } else { None })
    }

    /// The dimensions in which the group is of those of which it is not known or, for clusters, of those in none.
    fn unknown(&self) -> Vec<PermitGroupBy> {
        self.group.keys.iter().filter(|key| key.is_unknown()).map(|key| key.by().into()).collect()
    }

    /// How long it takes and why, in one sentence.
    fn sentence(&self) -> String {
        let because =
            reason(&stopped(self.passages()), &completeness(self.passages()), &flow(self.passages(), self.groups.as_of()));
        let median = self.basis().survival.quantile(Percent::MEDIAN);
        sentence(&durations(self.passages()), median, &self.group.ageing, &because)
    }

    /// How long those that have ended took. What is still pending is not among them: see `survival`.
    fn durations(&self) -> DurationFigures {
        durations(self.passages()).into()
    }

    /// How long it takes to any ending, those that are pending included.
    fn survival(&self) -> SurvivalFigures {
        SurvivalFigures(self.clone())
    }

    /// How long the law gives for the determination; null where it is not the same for all of which it is known.
    fn limit(&self) -> Option<ClockLength> {
        limit(self.passages()).map(ClockLength::from)
    }

    /// How many of those determined were so in time.
    fn on_time(&self) -> OnTimeFigures {
        on_time(self.passages()).into()
    }

    /// How much of the time that elapsed stood still, with whom and on what ground.
    fn stopped(&self) -> StoppedFigures {
        stopped(self.passages()).into()
    }

    /// What it costs to get applications complete.
    fn completeness(&self) -> CompletenessFigures {
        completeness(self.passages()).into()
    }

    /// What comes in, what goes out, and what is open.
    fn flow(&self) -> FlowFigures {
        flow(self.passages(), self.groups.as_of()).into()
    }

    /// How many that are open have been so for longer than is usual.
    fn ageing(&self) -> AgeingFigures {
        self.group.ageing.into()
    }

    /// How long permits stay in each state in which somebody has still to act, in the order of life.
    fn dwell(&self) -> Vec<DwellFigures> {
        let things: Vec<_> = self.passages().filter_map(|passage| self.view.thing::<Permit>(passage.permit)).collect();
        let dwell = dwell(things.iter().map(|thing| &**thing), self.groups.as_of());
        dwell.into_iter().map(DwellFigures::from).collect()
    }

    /// When those that are open will end, by what others of their age went on to do: the oldest first.
    fn forecasts(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
    ) -> Result<PermitForecastConnection, GraphqlError> {
        let open = self.passages().filter(|passage| passage.is_open());
        let item = |passage: &Passage| {
            let age = passage.elapsed()?;
            Some(Item { key: Some(SortKey::number(age.into())), id: passage.permit.uuid(), value: (passage.permit, age) })
        };
        let items = open.filter_map(item).collect();
        let paging = Paging { first, after, last, before };
        let page = page(context, "forecasts of permits", OrderDirection::Desc, items, &paging)?;
        let own = (self.groups.by(), self.basis());
        let (by, bases): (Vec<_>, Vec<_>) = std::iter::once(own).chain(self.groups.wider(&self.group)).unzip();
        let node = |(permit, age): (ThingId, u32)| {
            let forecast = forecast(age, &bases);
            let by = forecast.and_then(|forecast| by.get(forecast.group).copied()).unwrap_or_default();
            let by = by.iter().map(|by| PermitGroupBy::from(*by)).collect();
            PermitForecast { view: self.view.clone(), permit, age, forecast, by }
        };
        Ok(PermitForecastConnection(page.map(node)))
    }

    /// The permits of the group; with `filter: { open: true }` those that are open, and so on.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    fn permits(
        &self,
        context: &Context,
        #[graphql(description = "How many from the start: 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to start.")] after: Option<String>,
        #[graphql(description = "How many from the end: 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(description = "The cursor before which to end.")] before: Option<String>,
        #[graphql(description = "Which ones; all, if left out.")] filter: Option<PermitFilter>,
        #[graphql(description = "In which order.")] order_by: Option<PermitOrder>,
    ) -> Result<PermitConnection, GraphqlError> {
        let found = self.passages().filter_map(|passage| self.view.thing::<Permit>(passage.permit));
        permits(context, &self.view, found, filter, order_by, &Paging { first, after, last, before })
    }
}

/// How long it takes to any ending.
#[derive(Clone)]
pub struct SurvivalFigures(PermitBottleneck);

/// How long it takes to any ending (Kaplan–Meier): what is pending counts as lasting at least until the day asked for or, of a
/// register's, until its last edition.
#[gated]
#[graphql_object(name = "SurvivalFigures", context = Context)]
impl SurvivalFigures {
    /// Half have ended by this age, in days: the first with survival at most a half. Null where it never falls so far.
    fn median_days(&self) -> Option<i32> {
        self.0.basis().survival.quantile(Percent::MEDIAN).map(count)
    }

    /// Four fifths have ended by this age.
    fn p80_days(&self) -> Option<i32> {
        self.0.basis().survival.quantile(Percent::P80).map(count)
    }

    /// 85 in 100 have ended by this age: what is open for longer is ageing, in a group of one instrument.
    fn p85_days(&self) -> Option<i32> {
        self.0.basis().survival.quantile(Percent::P85).map(count)
    }

    /// Nine tenths have ended by this age.
    fn p90_days(&self) -> Option<i32> {
        self.0.basis().survival.quantile(Percent::P90).map(count)
    }

    /// Of how many permits.
    fn n(&self) -> i32 {
        count(self.0.basis().table.n)
    }

    /// Whether there were never five pending at one age, too few for any survival.
    fn few(&self) -> bool {
        self.0.basis().table.starts_at.is_none()
    }

    /// How many of them have ended.
    fn events(&self) -> i32 {
        count(self.0.basis().table.events())
    }

    /// How many of them are pending.
    fn censored(&self) -> i32 {
        count(self.0.basis().table.censored())
    }

    /// How many of all that are pending are known of until a register's last edition only.
    fn censored_at_edition(&self) -> i32 {
        until_an_edition(self.0.passages())
    }

    /// The age at which the curve starts, in days: the first with five pending. Where it is not 0 all is said of those that
    /// came to this age. Null where there were never five.
    fn starts_at_day(&self) -> Option<i32> {
        self.0.basis().survival.starts_at().map(count)
    }

    /// How many were seen at earlier ages only, and are left out.
    fn before_start(&self) -> i32 {
        count(self.0.basis().table.before_start)
    }

    /// Survival at each age at which one ended, or beyond which one is not known of.
    fn curve(&self) -> Vec<SurvivalPoint> {
        self.0.basis().survival.points().iter().map(SurvivalPoint::from).collect()
    }

    /// How often applications end in each way, while the others compete.
    fn endings(&self) -> Vec<EndingIncidence> {
        let incidence = &self.0.basis().incidence;
        let point = |(age, share): &(u32, f64)| IncidencePoint { day: count(*age), share: *share };
        let of = |(ending, points): (answers::bottlenecks::Ending, &[(u32, f64)])| EndingIncidence {
            ending: ending.into(),
            share: incidence.total(ending),
            curve: points.iter().map(point).collect(),
        };
        incidence.endings().map(of).collect()
    }
}

/// When an open permit will end.
#[derive(Clone)]
pub struct PermitForecast {
    view: View,
    permit: ThingId,
    age: u32,
    forecast: Option<Forecast>,
    by: Vec<PermitGroupBy>,
}

connection!(PermitForecastConnection, PermitForecastEdge, PermitForecast, "PermitForecastConnection", "PermitForecastEdge");

/// When an open permit will end (determined, withdrawn or lapsed), by what others that came to its age went on to do.
#[gated]
#[graphql_object(name = "PermitForecast", context = Context)]
impl PermitForecast {
    /// The permit.
    fn permit(&self) -> Option<PermitNode> {
        Some(PermitNode::new(&self.view, self.view.thing(self.permit)?))
    }

    /// Days since its submission, to the day asked for or to its register's last edition.
    fn age_days(&self) -> i32 {
        count(self.age)
    }

    /// Half of the others had ended after so many more days. Null where fewer did, and where there are few others.
    fn p50_days(&self) -> Option<i32> {
        self.forecast?.p50.map(count)
    }

    /// Four fifths of the others had ended after so many more days. Null where fewer did, and where there are few others.
    fn p80_days(&self) -> Option<i32> {
        self.forecast?.p80.map(count)
    }

    /// Of the others' endings, the share that are grants, 0 to 1.
    fn grant_share(&self) -> Option<f64> {
        self.forecast?.grants
    }

    /// Of what group the others are: that of these dimensions. Its own, if these are all by which it was grouped; a wider one,
    /// if its own is too small; with none, all that are asked about. Null where even these are too few.
    fn of_group_by(&self) -> Option<Vec<PermitGroupBy>> {
        self.forecast.map(|_| self.by.clone())
    }

    /// How many others had come to this age.
    fn at_risk(&self) -> Option<i32> {
        self.forecast.map(|forecast| count(forecast.at_risk))
    }

    /// How many of them were seen to end later.
    fn events(&self) -> Option<i32> {
        self.forecast.map(|forecast| count(forecast.events))
    }
}

/// A page of the groups of the permits that `filter` means, the slowest first.
///
/// # Errors
///
/// When the dimensions are not one or two different ones, the page is not one, or an id of the filter is not.
pub fn bottlenecks(
    context: &Context,
    view: &View,
    group_by: &[PermitGroupBy],
    filter: Option<PermitFilter>,
    paging: &Paging,
) -> Result<PermitBottleneckConnection, GraphqlError> {
    let sieve = Sieve::try_new(filter)?;
    let by: Vec<By> = group_by.iter().map(|by| (*by).into()).collect();
    let grouping = Grouping::try_new(view, view.day(), &by);
    let mut grouping = grouping.map_err(|error| GraphqlError::new(Code::InvalidInput, format!("groupBy: {error}")))?;
    for thing in view.things::<Permit>() {
        let state = view.state(&thing);
        if sieve.passes(view, &thing, &state) {
            grouping.add(&thing, &state, by_law(view, &thing, &state));
        }
    }
    let groups = Arc::new(grouping.finish());
    let item = |group: &Group| Item {
        key: Some(SortKey::number(i64::try_from(group.ageing.days_beyond_median).unwrap_or(i64::MAX))),
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{:?}", group.keys).as_bytes()),
        value: PermitBottleneck::new(view, &groups, group),
    };
    let items = groups.all().iter().map(item).collect();
    page(context, &format!("bottlenecks {group_by:?}"), OrderDirection::Desc, items, paging).map(PermitBottleneckConnection)
}

/// What the law says of a permit; nothing, where it has no clock.
fn by_law(view: &View, thing: &Thing<Permit>, state: &Permit) -> ByLaw {
    let Some(under_law) = state.submitted_on.and_then(|_| view.under_law(thing).ok()) else { return ByLaw::default() };
    let clocks: Vec<_> = under_law.clocks().into_iter().flatten().flatten().collect();
    let ended_on = state.first_ended_on();
    let mut determinations = state.determinations.iter();
    let first = determinations.find(|determination| Some(determination.decided_on) == ended_on);
    let first = first.map(|determination| determination.fact_id);
    ByLaw::of(&clocks, |key| first.is_some() && under_law.fact(key) == first)
}
