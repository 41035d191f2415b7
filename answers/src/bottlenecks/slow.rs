//! Which groups are slow, and the one sentence that says why.

use std::{collections::BTreeMap, fmt::Write};

use schema::{LineKey, permit::Party};

use super::{Completeness, Durations, Flow, Passage, Stopped, table};
use crate::statistics::{Percent, Survival};

/// What is usual for permits of each kind, over all that are asked about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kinds(BTreeMap<Option<LineKey>, Usual>);

/// What is usual for one kind of permit, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Usual {
    median: Option<u32>,
    p85: Option<u32>,
}

impl Kinds {
    /// What is usual by the survival of each kind of `passages`.
    #[must_use]
    pub fn of<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Self {
        let mut kinds: BTreeMap<Option<LineKey>, Vec<&Passage>> = BTreeMap::new();
        for passage in passages {
            kinds.entry(passage.kind.clone()).or_default().push(passage);
        }
        let usual = |passages: Vec<&Passage>| {
            let survival = Survival::of(&table(passages));
            Usual { median: survival.quantile(Percent::MEDIAN), p85: survival.quantile(Percent::P85) }
        };
        Self(kinds.into_iter().map(|(kind, passages)| (kind, usual(passages))).collect())
    }

    fn usual(&self, passage: &Passage) -> Option<&Usual> {
        self.0.get(&passage.kind)
    }
}

/// How many that are open have been so for longer than is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ageing {
    /// How many are past the age by which 85 % of their kind have ended.
    pub ageing: u32,
    /// Of how many open ones that age is known.
    pub known: u32,
    /// How many are open.
    pub open: u32,
    /// All days together that open ones have lasted beyond the median of their kind, where there is one. Groups stand in
    /// order of this, the most first.
    pub days_beyond_median: u64,
}

/// How many of the open ones of `passages` have been so for longer than is usual for their kind.
#[must_use]
pub fn ageing<'a>(passages: impl IntoIterator<Item = &'a Passage>, kinds: &Kinds) -> Ageing {
    let mut ageing = Ageing::default();
    for passage in passages.into_iter().filter(|passage| passage.is_open()) {
        ageing.open += 1;
        let Some((age, usual)) = passage.elapsed().zip(kinds.usual(passage)) else { continue };
        ageing.known += u32::from(usual.p85.is_some());
        ageing.ageing += u32::from(usual.p85.is_some_and(|p85| age > p85));
        ageing.days_beyond_median += u64::from(usual.median.map_or(0, |median| age.saturating_sub(median)));
    }
    ageing
}

/// Why a group is slow, by what takes most.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// A tenth or more of what elapsed stood still; most of it with this party, on this ground.
    Stops {
        /// The share of what elapsed, 0 to 1.
        share: f64,
        /// Who had to act.
        party: Party,
        /// On what ground.
        ground: String,
    },
    /// A tenth or more of what elapsed went by before applications were complete.
    Completeness {
        /// The share of what elapsed, 0 to 1.
        share: f64,
        /// How many returns as incomplete there were.
        returns: u32,
    },
    /// More came in than went out.
    Backlog {
        /// How many were submitted in the last twelve months.
        arrivals: u32,
        /// How many ended in them.
        endings: u32,
    },
    /// Nothing on record says why.
    Unknown,
}

/// From which share of what elapsed on something is a reason.
const SHARE_OF_REASON: f64 = 0.1;

/// Why a group is slow: the stops or the completeness, whichever takes more, then the backlog.
#[must_use]
pub fn reason(stopped: &Stopped, completeness: &Completeness, flow: &Flow) -> Reason {
    let stops = stopped.share().unwrap_or_default();
    let incomplete = super::stops::share(completeness.days, stopped.elapsed_days).unwrap_or_default();
    match stopped.by.first() {
        Some(most) if stops >= SHARE_OF_REASON && stops >= incomplete => {
            Reason::Stops { share: stops, party: most.party, ground: most.ground.clone() }
        }
        _ if incomplete >= SHARE_OF_REASON => Reason::Completeness { share: incomplete, returns: completeness.returns },
        _ if flow.net_backlog() > 0 => Reason::Backlog { arrivals: flow.arrivals, endings: flow.endings },
        _ => Reason::Unknown,
    }
}

/// How long it takes and why, in one sentence.
#[must_use]
pub fn sentence(durations: &Durations, median: Option<u32>, ageing: &Ageing, reason: &Reason) -> String {
    let mut sentence = match (median, durations.n) {
        (Some(median), n) => format!("half end within {} ({n} ended, {} open)", days(median), ageing.open),
        (None, n) if n < crate::statistics::FEW => format!("few have ended ({n}, {} open)", ageing.open),
        (None, n) => format!("fewer than half are seen to end ({n} ended, {} open)", ageing.open),
    };
    if ageing.ageing > 0 {
        // Writing to a string can't fail.
        let of = format!("{} of {} open ones", ageing.ageing, ageing.known);
        let _ = write!(sentence, "; {of} are older than 85 % of their kind were when they ended");
    }
    let because = match reason {
        Reason::Stops { share, party, ground } => {
            format!("{} of the time stood still, most of it on '{ground}', where {} had to act", percent(*share), actor(*party))
        }
        Reason::Completeness { share, returns } => {
            format!("{} of the time went by before applications were complete ({returns} returns)", percent(*share))
        }
        Reason::Backlog { arrivals, endings } => format!("in twelve months {arrivals} came in and {endings} ended"),
        Reason::Unknown => "nothing on record says why".to_owned(),
    };
    format!("{sentence}; {because}.")
}

fn days(count: u32) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

const fn actor(party: Party) -> &'static str {
    match party {
        Party::Applicant => "the applicant",
        Party::Authority => "the authority",
        Party::OtherAuthority => "another authority",
        Party::ThirdParty => "a third party",
        Party::Court => "a court",
    }
}
