//! What a clock says.

use std::fmt;

use chrono::NaiveDate;
use schema::permit::{Party, Period};

use super::{
    Span,
    count::plus_days,
    course::{DeadlineStep, Terms},
    happening::FactKey,
    sentence,
    view::Found,
};
use crate::{LawError, regime::OnExpiry};

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing has started it.
    NotStarted,
    /// It runs, also after its deadline, until something ends it.
    Running,
    /// It is stopped: it has no deadline, but days that are left on resumption.
    Stopped,
    /// It has ended, or the law made an outcome of silence.
    Ended,
    /// The law sets no limit: only time elapses.
    NoLimit,
}

impl State {
    /// Its word in data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Ended => "ended",
            Self::NoLimit => "no_limit",
        }
    }
}

/// What the law makes of silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deemed {
    /// The permit counts as granted.
    Granted,
    /// The permit counts as refused.
    Refused,
    /// The permit counts as not needed.
    Waived,
}

impl Deemed {
    /// Its word in data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Waived => "waived",
        }
    }
}

/// Whose court the ball is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Court {
    /// Who applies.
    Applicant,
    /// The authority that decides.
    Authority,
    /// Another authority.
    OtherAuthority,
    /// Somebody else.
    ThirdParty,
    /// A court or an appeal body.
    Court,
    /// Nobody's.
    None,
}

impl Court {
    /// Its word in data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Authority => "authority",
            Self::OtherAuthority => "other_authority",
            Self::ThirdParty => "third_party",
            Self::Court => "court",
            Self::None => "none",
        }
    }
}

/// What a stretch of days of a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentKind {
    /// Its days count.
    Counted {
        /// The fact since which they do: what started the run, or what ended the stop before. None, where the deadline of
        /// another limit started the run, or a stop ended with its term.
        fact: Option<FactKey>,
    },
    /// A stop takes its days out.
    Stopped {
        /// The fact that stopped it.
        fact: FactKey,
        /// The ground.
        ground: String,
        /// The article.
        article: String,
        /// Who had to act.
        responsible: Party,
    },
}

/// A stretch of days of a run, from the first day that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
    /// How many of its days count, in the unit of the limit: business days, where it counts them.
    pub days: i64,
}

impl Segment {
    /// The stretches of a run that `started_by` started, up to `last`.
    pub(super) fn of_run(
        terms: Terms<'_>,
        spans: &[Span],
        started_by: Option<FactKey>,
        last: NaiveDate,
    ) -> Result<Vec<Self>, LawError> {
        let mut segments = Vec::new();
        let mut next = terms.first_counted;
        let mut since = started_by;
        let counted = |fact: Option<FactKey>, first: NaiveDate, last: NaiveDate| {
            let days = terms.run.between(first, last)?;
            Ok::<_, LawError>((first <= last).then_some(Self { kind: SegmentKind::Counted { fact }, first, last, days }))
        };
        for span in spans {
            segments.extend(counted(since, next, plus_days(span.first, -1)?)?);
            next = span.halt.after;
            let halt = &span.halt;
            since = halt.over_by;
            let (ground, article) = (halt.ground.clone(), halt.article.clone());
            let kind = SegmentKind::Stopped { fact: halt.fact, ground, article, responsible: halt.responsible };
            segments.push(Self { kind, first: span.first, last: plus_days(next, -1)?, days: span.days });
        }
        segments.extend(counted(since, next, last)?);
        Ok(segments)
    }
}

/// What a ground took out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedBy {
    /// The ground.
    pub ground: String,
    /// Who had to act.
    pub responsible: Party,
    /// Days, in the unit of the limit.
    pub days: i64,
}

impl StoppedBy {
    pub(super) fn of(spans: &[Span]) -> Vec<Self> {
        let mut stopped: Vec<Self> = Vec::new();
        for span in spans {
            let (ground, responsible) = (&span.halt.ground, span.halt.responsible);
            match stopped.iter_mut().find(|known| known.ground == *ground && known.responsible == responsible) {
                Some(known) => known.days += span.days,
                None => stopped.push(Self { ground: ground.clone(), responsible, days: span.days }),
            }
        }
        stopped
    }
}

/// An earlier run of a limit: before a quashing, or before it started anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// The day of what started it.
    pub started_on: NaiveDate,
    /// The day on which it ended.
    pub ended_on: Option<NaiveDate>,
    /// Its last day in time.
    pub deadline: Option<NaiveDate>,
    /// Days used.
    pub used_days: Option<i64>,
    /// Whether it ended in time.
    pub on_time: Option<bool>,
}

/// The clock of one limit on one day.
///
/// Days are of the calendar, or business days where the limit counts these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The regime, by its id.
    pub regime: String,
    /// Its version, as the regime's own rule chose it.
    pub version: String,
    /// The case, by its id.
    pub case: String,
    /// The limit, by its id.
    pub limit: String,
    /// For what it is, in words.
    pub words: String,
    /// The article that sets it.
    pub article: String,
    /// How it stands.
    pub state: State,
    /// The day of what started it.
    pub started_on: Option<NaiveDate>,
    /// The fact that started it; none, where the deadline of another limit did.
    pub started_by: Option<FactKey>,
    /// The first day that counts.
    pub first_counted_day: Option<NaiveDate>,
    /// The day on which it ended; where the law made an outcome of silence, the day after the deadline.
    pub ended_on: Option<NaiveDate>,
    /// The fact that ended it; none, where the law made an outcome of silence.
    pub ended_by: Option<FactKey>,
    /// Its length in law.
    pub length: Option<Period>,
    /// Days of the calendar from the submission to the first ending or the day asked.
    pub elapsed_days: Option<i64>,
    /// Days that count, up to and including the day asked or its end, less those that are stopped.
    pub used_days: Option<i64>,
    /// Days that stops took out, each once.
    pub stopped_days: Option<i64>,
    /// The same by ground and by who had to act.
    pub stopped_by: Vec<StoppedBy>,
    /// By how many days extensions, replacements and published dates moved the deadline; negative where to an earlier day.
    pub extended_days: Option<i64>,
    /// Days after the day asked or its end up to the deadline, negative when late; while stopped, those left on resumption.
    pub left_days: Option<i64>,
    /// The deadline as if nothing had been extended or replaced.
    pub strict_deadline: Option<NaiveDate>,
    /// The last day on which acting is in time; none while it is stopped.
    pub deadline: Option<NaiveDate>,
    /// Whether it ended by the deadline; none as long as that is open.
    pub on_time: Option<bool>,
    /// Whether it ended by the strict deadline; none as long as that is open.
    pub on_time_strictly: Option<bool>,
    /// What the law made of silence.
    pub deemed: Option<Deemed>,
    /// Whose court the ball is in.
    pub court: Court,
    /// Since when.
    pub court_since: Option<NaiveDate>,
    /// Whether every day that it rests on is known; if not, coarse dates count from their first day. See
    /// [`bounds`](super::bounds()).
    pub is_exact: bool,
    /// The stretches of days that it is made of.
    pub segments: Vec<Segment>,
    /// How its deadline came to lie where it does.
    pub deadline_steps: Vec<DeadlineStep>,
    /// Its earlier runs, oldest first.
    pub earlier_runs: Vec<PastRun>,
    acts: Party,
    /// Whether somebody has to act within it, and not only can.
    obliges: bool,
}

impl Clock {
    pub(super) fn of(found: Found<'_>, state: State) -> Self {
        Self {
            regime: found.regime.id.clone(),
            version: found.version.id.clone(),
            case: found.case.to_owned(),
            limit: found.limit.id.clone(),
            words: found.limit.words.clone(),
            article: found.limit.article.clone(),
            state,
            started_on: None,
            started_by: None,
            first_counted_day: None,
            ended_on: None,
            ended_by: None,
            length: None,
            elapsed_days: None,
            used_days: None,
            stopped_days: None,
            stopped_by: Vec::new(),
            extended_days: None,
            left_days: None,
            strict_deadline: None,
            deadline: None,
            on_time: None,
            on_time_strictly: None,
            deemed: None,
            court: Court::None,
            court_since: None,
            is_exact: true,
            segments: Vec::new(),
            deadline_steps: Vec::new(),
            earlier_runs: Vec::new(),
            acts: found.limit.acts,
            obliges: found.limit.on_expiry_in(found.case) != OnExpiry::PowerEnds,
        }
    }

    /// Says whose court the ball is in: a court's since its day, else that of who has to act on the stop, else of who acts.
    pub(super) fn set_court(&mut self, court: Option<NaiveDate>, stopped: Option<(Party, NaiveDate)>, running_since: NaiveDate) {
        (self.court, self.court_since) = match (court, self.ended_on, stopped) {
            (Some(since), ..) => (Court::Court, Some(since)),
            (None, Some(ended), _) => (Court::None, Some(ended)),
            (None, None, Some((party, since))) => (party.into(), Some(since)),
            (None, None, None) => (self.acts.into(), Some(running_since)),
        };
    }

    /// By how many days it is late: 0 where it is not, or where that is open.
    #[must_use]
    pub fn late_days(&self) -> i64 {
        if self.on_time == Some(false) { self.left_days.map_or(0, |left| (-left).max(0)) } else { 0 }
    }

    /// Whether an authority has let its deadline pass and has still to act. A window that somebody else has let pass, such as
    /// that for a challenge, makes nothing overdue; nor does one after which a power ends.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.is_running_for_an_authority() && self.on_time == Some(false)
    }

    /// The day by which an authority has still to act, where that can be said.
    #[must_use]
    pub fn due_on(&self) -> Option<NaiveDate> {
        self.deadline.filter(|_| self.is_running_for_an_authority())
    }

    fn is_running_for_an_authority(&self) -> bool {
        self.obliges && self.state == State::Running && matches!(self.acts, Party::Authority | Party::OtherAuthority)
    }

    /// Who has to act by the deadline, whoever has the ball now.
    #[must_use]
    pub const fn acts(&self) -> Party {
        self.acts
    }

    /// The clock in one plain sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentence::of(self)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}
