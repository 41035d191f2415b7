//! The figures of a group of permits, each with the number of permits that it is made of.

use answers::{
    bottlenecks::{Ageing, Completeness, Durations, Dwell, Flow, OnTime, Passage, Stopped},
    statistics::Point,
};
use gate::gated;

use super::rollup::count;
use crate::{
    Context,
    scalars::{Party, PermitEnding, PermitState},
};

/// How long what has ended took, from the submission to the first ending (determined, withdrawn or lapsed).
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DurationFigures {
    /// Half took no longer than so many days: one that occurs, of two middle ones the lower. Null where few have ended.
    pub median_days: Option<i32>,
    /// Four fifths took no longer. Null where few have ended.
    pub p80_days: Option<i32>,
    /// Nine tenths took no longer. Null where few have ended.
    pub p90_days: Option<i32>,
    /// Of how many permits.
    pub n: i32,
    /// Whether these are fewer than five, too few for any percentile.
    pub few: bool,
    /// Of how many of them both dates are known to the day; others count from the first day that they can be.
    pub exact: i32,
    /// How many are over of which one of the two dates is not on record.
    pub undated: i32,
    /// How many ended certainly before they were submitted: left out, and flagged `DECIDED_BEFORE_SUBMISSION`.
    pub impossible: i32,
    /// The share of those that are over of which both dates are on record, 0 to 1; null where none is over.
    pub dated_share: Option<f64>,
}

impl From<Durations> for DurationFigures {
    fn from(durations: Durations) -> Self {
        Self {
            median_days: durations.median.map(count),
            p80_days: durations.p80.map(count),
            p90_days: durations.p90.map(count),
            n: count(durations.n),
            few: durations.n < answers::statistics::FEW,
            exact: count(durations.exact),
            undated: count(durations.undated),
            impossible: count(durations.impossible),
            dated_share: durations.dated(),
        }
    }
}

/// Survival at one age.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct SurvivalPoint {
    /// The age, in days since the submission.
    pub day: i32,
    /// How many permits were pending just before.
    pub at_risk: i32,
    /// How many ended at this age.
    pub ended: i32,
    /// How many that are pending had no more than this age.
    pub censored: i32,
    /// The share that is pending after this age, 0 to 1.
    pub survival: f64,
    /// Its variance by Greenwood; null where all have ended.
    pub variance: Option<f64>,
    /// The lower end of its 95 % band (log-log); null where none or all have ended.
    pub lower: Option<f64>,
    /// The upper end of its 95 % band (log-log); null where none or all have ended.
    pub upper: Option<f64>,
}

impl From<&Point> for SurvivalPoint {
    fn from(point: &Point) -> Self {
        Self {
            day: count(point.age),
            at_risk: count(point.at_risk),
            ended: count(point.ended),
            censored: count(point.censored),
            survival: point.survival,
            variance: point.variance,
            lower: point.band.map(|band| band.lower),
            upper: point.band.map(|band| band.upper),
        }
    }
}

/// The share that has ended in one way by an age.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct IncidencePoint {
    /// The age, in days since the submission.
    pub day: i32,
    /// The share that has ended so by the end of it, 0 to 1.
    pub share: f64,
}

/// How often applications end in one way, while other ways compete (Aalen–Johansen).
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct EndingIncidence {
    /// The way.
    pub ending: PermitEnding,
    /// The share that ends so, as far as was seen, 0 to 1. The shares of all ways and of what is pending add up to 1.
    pub share: f64,
    /// The same by each age at which one ended so.
    pub curve: Vec<IncidencePoint>,
}

/// How many were determined in time.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct OnTimeFigures {
    /// How many by the deadline as if nothing had been extended.
    pub strict: i32,
    /// How many by the deadline as extended.
    pub extended: i32,
    /// Of so many of which the law and all dates are known.
    pub known: i32,
    /// How many were determined.
    pub of: i32,
    /// The share in time by the strict deadline, 0 to 1.
    pub strict_share: Option<f64>,
    /// The share in time by the extended deadline, 0 to 1.
    pub extended_share: Option<f64>,
    /// What extensions hide: the extended share less the strict one.
    pub masking_gap: Option<f64>,
}

impl From<OnTime> for OnTimeFigures {
    fn from(on_time: OnTime) -> Self {
        Self {
            strict: count(on_time.strict),
            extended: count(on_time.extended),
            known: count(on_time.known),
            of: count(on_time.of),
            strict_share: on_time.strict_share(),
            extended_share: on_time.extended_share(),
            masking_gap: on_time.masking_gap(),
        }
    }
}

/// What one party took on one ground.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct StoppedByFigure {
    /// Who had to act.
    pub responsible: Party,
    /// The ground: its id in the regime or, without one, in words.
    pub ground: String,
    /// Days; of stops that overlap the first has them.
    pub days: i32,
    /// In how many permits.
    pub permits: i32,
}

/// How much of the time that elapsed stood still.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct StoppedFigures {
    /// The share of the days that elapsed, 0 to 1; null where none did.
    pub share: Option<f64>,
    /// Days that stood still, each counted once.
    pub days: i32,
    /// Days that elapsed, of the same permits.
    pub elapsed_days: i32,
    /// In how many permits something stood still.
    pub permits: i32,
    /// Of how many permits the days that elapsed are known.
    pub n: i32,
    /// The same by who had to act and on what ground, the most days first.
    pub by: Vec<StoppedByFigure>,
}

impl From<Stopped> for StoppedFigures {
    fn from(stopped: Stopped) -> Self {
        let by = stopped.by.iter().map(|by| StoppedByFigure {
            responsible: by.party.into(),
            ground: by.ground.clone(),
            days: count(by.days),
            permits: count(by.permits),
        });
        Self {
            share: stopped.share(),
            days: count(stopped.days),
            elapsed_days: count(stopped.elapsed_days),
            permits: count(stopped.permits),
            n: count(stopped.n),
            by: by.collect(),
        }
    }
}

/// What it costs to get applications complete.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct CompletenessFigures {
    /// Half lost no more than so many days: from the submission to the first acceptance, and in stops because something was
    /// missing. Null where that is known of few.
    pub median_days: Option<i32>,
    /// All days lost so, together.
    pub days: i32,
    /// Of how many permits they are known.
    pub known: i32,
    /// How many were submitted.
    pub of: i32,
    /// How many returns as incomplete there were.
    pub returns: i32,
    /// How many permits were returned at least once.
    pub returned: i32,
}

impl From<Completeness> for CompletenessFigures {
    fn from(completeness: Completeness) -> Self {
        Self {
            median_days: completeness.median.map(count),
            days: count(completeness.days),
            known: count(completeness.known),
            of: count(completeness.of),
            returns: count(completeness.returns),
            returned: count(completeness.returned),
        }
    }
}

/// What comes in and what goes out, over the twelve months up to the day asked for or, of a register's, up to its last edition.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct FlowFigures {
    /// How many are submitted and have not ended.
    pub open: i32,
    /// How many were submitted in the twelve months.
    pub arrivals: i32,
    /// How many ended in them.
    pub endings: i32,
    /// Arrivals a month.
    pub arrivals_a_month: f64,
    /// Endings a month.
    pub endings_a_month: f64,
    /// How many months it takes to end what is open at that pace; null where nothing ended.
    pub clearance_months: Option<f64>,
    /// Endings for each arrival; null where nothing arrived.
    pub clearance_rate: Option<f64>,
    /// Arrivals less endings: by how many the backlog grew.
    pub net_backlog: i32,
}

impl From<Flow> for FlowFigures {
    fn from(flow: Flow) -> Self {
        Self {
            open: count(flow.open),
            arrivals: count(flow.arrivals),
            endings: count(flow.endings),
            arrivals_a_month: flow.arrivals_a_month(),
            endings_a_month: flow.endings_a_month(),
            clearance_months: flow.clearance_months(),
            clearance_rate: flow.clearance_rate(),
            net_backlog: count(flow.net_backlog()),
        }
    }
}

/// How many open permits have been so for longer than is usual.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct AgeingFigures {
    /// How many are past the age by which 85 % of their instrument have ended, by survival.
    pub ageing: i32,
    /// Of how many open ones that age is known.
    pub known: i32,
    /// How many are open.
    pub of: i32,
    /// All days together that open ones have lasted beyond the median of their instrument, by survival. Groups stand in order
    /// of this, the most first.
    pub days_beyond_median: i32,
}

impl From<Ageing> for AgeingFigures {
    fn from(ageing: Ageing) -> Self {
        Self {
            ageing: count(ageing.ageing),
            known: count(ageing.known),
            of: count(ageing.open),
            days_beyond_median: count(ageing.days_beyond_median),
        }
    }
}

/// How long permits stay in one state.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct DwellFigures {
    /// The state.
    pub state: PermitState,
    /// Half of the stays that are over took no longer, in days; null where few are over.
    pub median_days: Option<i32>,
    /// Four fifths of them took no longer; null where few are over.
    pub p80_days: Option<i32>,
    /// How many stays are over; a permit that came back to the state stayed twice.
    pub n: i32,
    /// How many last.
    pub lasting: i32,
    /// All days of all stays together, those that last up to the day asked for.
    pub days: i32,
}

impl From<Dwell> for DwellFigures {
    fn from(dwell: Dwell) -> Self {
        Self {
            state: dwell.state.into(),
            median_days: dwell.median.map(count),
            p80_days: dwell.p80.map(count),
            n: count(dwell.n),
            lasting: count(dwell.lasting),
            days: count(dwell.days),
        }
    }
}

/// How many of `passages` are pending on the day of a register's edition, and not known of later.
pub(super) fn until_an_edition<'a>(passages: impl Iterator<Item = &'a Passage>) -> i32 {
    count(passages.filter(|passage| passage.is_open() && passage.watch.is_edition).count())
}
