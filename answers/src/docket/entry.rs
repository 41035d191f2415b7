//! What a docket says of one permit.

use chrono::{Datelike, Days, Months, NaiveDate};
use law::clock::{Clock, State};
use projections::things::{ConditionState, Outcome, Permit, PermitState, Stop, Thing};
use schema::{
    Date, Line, OrganisationId, SubjectId, ThingId,
    permit::{Party, Period, PeriodUnit, PermitFact},
};

use super::{Age, Due, SOON_DAYS, Telling, Usual, What, open_requests};

/// After how many days a request without a date counts as unanswered.
const UNANSWERED_DAYS: i64 = 30;
/// For how many days after a determination the law is asked for windows of challenge; none that is known is longer.
const CHALLENGE_DAYS_MAX: i64 = 800;

/// A part of a docket. Each open permit stands in exactly one of the first eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// An authority has let a statutory deadline pass and has still to act.
    Overdue,
    /// An authority has to act within 30 days, the day asked included.
    DueIn30,
    /// Within 31 to 60 days.
    DueIn60,
    /// Within 61 to 90 days.
    DueIn90,
    /// Later than that.
    DueLater,
    /// Its clock is stopped: there is no fixed deadline.
    Stopped,
    /// Its clock has not started.
    NotStarted,
    /// There is no deadline that can be told: the law sets none, no regime is named, or a court has it.
    NoDeadline,
    /// A stop lasts for longer than 85 % of the stops on its ground did.
    StoppedLong,
    /// A stop lasts beyond the day on which the clock was expected to run again.
    ResumptionPassed,
    /// A request for information is not answered by its day or, without one, for 30 days.
    RequestUnanswered,
    /// A condition of the grant was due, or is within 30 days.
    ConditionDue,
    /// A window of challenge closes within 30 days.
    WindowClosing,
    /// It is older than 85 % of its kind were when they ended.
    Ageing,
    /// Somebody is to be told something this week.
    ToTell,
}

impl Section {
    /// Every section, in order.
    pub const ALL: [Self; 15] = [
        Self::Overdue,
        Self::DueIn30,
        Self::DueIn60,
        Self::DueIn90,
        Self::DueLater,
        Self::Stopped,
        Self::NotStarted,
        Self::NoDeadline,
        Self::StoppedLong,
        Self::ResumptionPassed,
        Self::RequestUnanswered,
        Self::ConditionDue,
        Self::WindowClosing,
        Self::Ageing,
        Self::ToTell,
    ];

    /// The section of a deadline that lies so many days ahead.
    const fn of_days_left(left: i64) -> Self {
        match left {
            ..=30 => Self::DueIn30,
            31..=60 => Self::DueIn60,
            61..=90 => Self::DueIn90,
            _ => Self::DueLater,
        }
    }
}

/// What a docket asks of the clock of one limit on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// For what the limit is, in words.
    words: Box<str>,
    state: State,
    /// Who has to act by the deadline.
    acts: Party,
    started_on: Option<NaiveDate>,
    deadline: Option<NaiveDate>,
    /// The day by which an authority has still to act.
    due_on: Option<NaiveDate>,
    /// Whether an authority has let the deadline pass and has still to act; none, where days that are not known decide it.
    lets_pass: Option<bool>,
}

impl Limit {
    /// What is asked of `clock`; `lets_pass` is whether its deadline was surely let pass.
    #[must_use]
    pub fn of(clock: &Clock, lets_pass: Option<bool>) -> Self {
        Self {
            words: clock.words.as_str().into(),
            state: clock.state,
            acts: clock.acts(),
            started_on: clock.started_on,
            deadline: clock.deadline,
            due_on: clock.due_on(),
            lets_pass,
        }
    }

    const fn is_for_an_authority(&self) -> bool {
        matches!(self.acts, Party::Authority | Party::OtherAuthority)
    }
}

/// By what the permits that need action first are put in order: rank, then day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    /// 0 overdue, 1 something else has passed its day, 2 something is due on a day to come, 3 nothing is.
    rank: u8,
    /// The first day that passed or comes; of those with none, the day of submission.
    day: i32,
}

impl Urgency {
    /// As one number, in the same order.
    #[must_use]
    pub fn number(self) -> i64 {
        // Days are counted from the first year and stay far below a hundred million.
        i64::from(self.rank) * 100_000_000 + i64::from(self.day)
    }
}

/// What a docket says of one permit.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The permit.
    pub permit: ThingId,
    /// Whether something is still to be decided.
    pub is_open: bool,
    /// In which sections it stands, in their order.
    pub sections: Vec<Section>,
    /// The limit whose deadline puts it there, by its place among those given; none without one.
    pub limit: Option<usize>,
    /// The deadline by which an authority has to act next or has failed to.
    pub deadline: Option<NaiveDate>,
    /// Everything that somebody has to do, what is due first before what has no day.
    pub dues: Vec<Due>,
    /// Its age, where it is open and that is known.
    pub age: Option<Age>,
    /// Since when its clock is stopped, by the stop that lasts the longest.
    pub stopped_since: Option<NaiveDate>,
    /// Whose court the ball is in.
    pub court: Option<Party>,
    /// The regime whose periods apply, as it is written.
    pub regime: Option<Line>,
    /// The authority that decides.
    pub authority: Option<OrganisationId>,
    /// Who last recorded something about it for that authority.
    pub officer: Option<SubjectId>,
}

impl Entry {
    /// Whether a permit in `state` can be on a docket of `day` at all: something is to be decided, a condition to be met, or a
    /// determination can still be challenged. Asked before its clocks, which take longer.
    #[must_use]
    pub fn may_be_on(state: &Permit, day: NaiveDate) -> bool {
        let is_recent = |on: Date| (day - on.last()).num_days() <= CHALLENGE_DAYS_MAX;
        let can_be_challenged = || {
            let of = state.determination();
            of.is_some_and(|of| of.challengeable_until.is_some_and(|until| until.last() >= day))
                || (of.is_some_and(|of| is_recent(of.decided_on)) && state.regime().is_some())
        };
        state.is_open() || has_grant(state) && !state.conditions.is_empty() || can_be_challenged()
    }

    /// What is to be said of `permit` on `day`, which is in `state` then and has these `limits`. `until` is the last day of
    /// which is told of it. None, where nothing is to be done about it.
    #[must_use]
    pub fn of(
        permit: &Thing<Permit>,
        state: &Permit,
        limits: &[Limit],
        usual: &Usual,
        day: NaiveDate,
        until: NaiveDate,
    ) -> Option<Self> {
        let is_open = state.is_open();
        let authority = state.identified().and_then(|identified| identified.authority);
        let mut entry = Self {
            permit: permit.id(),
            is_open,
            sections: Vec::new(),
            limit: None,
            deadline: None,
            dues: Vec::new(),
            age: usual.age(state, until),
            stopped_since: None,
            court: state.court.map(|court| court.party),
            regime: state.regime().cloned(),
            authority,
            officer: authority.and_then(|authority| officer(permit, authority)),
        };
        if is_open {
            entry.place_by_deadline(state, limits, day);
            entry.take_stops(state, usual, day);
            entry.take_requests(permit, day);
            if entry.age.is_some_and(Age::is_ageing) {
                entry.sections.push(Section::Ageing);
            }
        }
        entry.take_conditions(permit, state, day);
        entry.take_windows(state, limits, day);
        if entry.tellings(day).next().is_some() {
            entry.sections.push(Section::ToTell);
        }
        entry.sections.sort_unstable();
        entry.sections.dedup();
        entry.dues.sort_by_key(|due| (due.on.is_none(), due.on, due.what));
        (!entry.sections.is_empty()).then_some(entry)
    }

    /// Whether it stands in one of `sections`; with none, in any.
    #[must_use]
    pub fn is_in(&self, sections: &[Section]) -> bool {
        sections.is_empty() || sections.iter().any(|section| self.sections.contains(section))
    }

    /// What is to be told to whom this week, and about what.
    pub fn tellings(&self, day: NaiveDate) -> impl Iterator<Item = (&Due, Telling)> {
        self.dues.iter().filter_map(move |due| due.telling(day).map(|telling| (due, telling)))
    }

    /// How urgent it is on `day`.
    #[must_use]
    pub fn urgency(&self, day: NaiveDate) -> Urgency {
        let first = self.dues.iter().find_map(|due| due.on);
        let (rank, at) = match (first, self.deadline) {
            (_, Some(deadline)) if self.sections.first() == Some(&Section::Overdue) => (0, deadline),
            (Some(first), _) if first < day => (1, first),
            (Some(first), _) => (2, first),
            (None, _) => {
                let age = self.age.and_then(|age| day.checked_sub_days(Days::new(age.days.into())));
                (3, age.unwrap_or(day))
            }
        };
        Urgency { rank, day: at.num_days_from_ce() }
    }

    /// Puts it in its section by the deadline that comes first, or by why there is none.
    fn place_by_deadline(&mut self, state: &Permit, limits: &[Limit], day: NaiveDate) {
        let deadlines = limits.iter().enumerate().filter_map(|(at, limit)| Some((limit.due_on?, at, limit)));
        let mut known: Vec<_> = deadlines.filter(|(_, _, limit)| limit.lets_pass.is_some()).collect();
        known.sort_by_key(|(deadline, at, _)| (*deadline, *at));
        for (deadline, _, limit) in &known {
            self.dues.push(Due {
                what: What::Decision,
                on: Some(*deadline),
                since: limit.started_on,
                acts: limit.acts,
                words: limit.words.to_string(),
                fact: None,
            });
        }
        if let Some((deadline, at, limit)) = known.first() {
            (self.limit, self.deadline) = (Some(*at), Some(*deadline));
            let is_overdue = limit.lets_pass == Some(true);
            let left = (*deadline - day).num_days();
            return self.sections.push(if is_overdue { Section::Overdue } else { Section::of_days_left(left) });
        }
        let at = |wanted: State| limits.iter().position(|limit| limit.state == wanted && limit.is_for_an_authority());
        let is_unsure = limits.iter().any(|limit| limit.lets_pass.is_none());
        let stopped = at(State::Stopped);
        self.limit = stopped.or_else(|| at(State::NoLimit)).or_else(|| at(State::NotStarted));
        self.sections.push(match self.limit {
            _ if stopped.is_some() || state.state == PermitState::Stopped => Section::Stopped,
            _ if is_unsure => Section::NoDeadline,
            Some(at) if limits.get(at).is_some_and(|limit| limit.state == State::NotStarted) => Section::NotStarted,
            None if limits.is_empty() && state.state < PermitState::InReview && state.clock_started_on.is_none() => {
                Section::NotStarted
            }
            _ => Section::NoDeadline,
        });
    }

    fn take_stops(&mut self, state: &Permit, usual: &Usual, day: NaiveDate) {
        let lasts = |stop: &&Stop| stop.from.first() <= day && stop.until.is_none_or(|until| until.first() > day);
        for stop in state.stops.iter().filter(lasts) {
            let since = stop.from.first();
            self.stopped_since = Some(self.stopped_since.map_or(since, |before| before.min(since)));
            if usual.is_long(stop, (day - since).num_days()) == Some(true) {
                self.sections.push(Section::StoppedLong);
            }
            let Some(expected) = stop.expected_resumption else { continue };
            let due = Due {
                what: What::Resumption,
                on: Some(expected.last()),
                since: Some(since),
                acts: stop.responsible,
                words: stop.reason.to_string(),
                fact: Some(stop.fact_id),
            };
            if due.has_passed(day) {
                self.sections.push(Section::ResumptionPassed);
            }
            self.dues.push(due);
        }
    }

    fn take_requests(&mut self, permit: &Thing<Permit>, day: NaiveDate) {
        for request in open_requests(permit, day) {
            let since = request.asked_on.first();
            let due = Due {
                what: What::Information,
                on: request.due_on.map(Date::last),
                since: Some(since),
                acts: Party::Applicant,
                words: request.what.to_string(),
                fact: Some(request.fact),
            };
            let has_waited = due.on.is_none() && (day - since).num_days() >= UNANSWERED_DAYS;
            if has_waited || due.has_passed(day) {
                self.sections.push(Section::RequestUnanswered);
            }
            self.dues.push(due);
        }
    }

    fn take_conditions(&mut self, permit: &Thing<Permit>, state: &Permit, day: NaiveDate) {
        if !has_grant(state) {
            return;
        }
        for condition in &state.conditions {
            let Some(on) = next_due(permit, condition, day) else { continue };
            if (on - day).num_days() > SOON_DAYS {
                continue;
            }
            let words = format!("{}: {}", condition.condition.reference, condition.condition.text);
            let (since, fact) = (None, None);
            self.dues.push(Due { what: What::Condition, on: Some(on), since, acts: Party::Applicant, words, fact });
            self.sections.push(Section::ConditionDue);
        }
    }

    fn take_windows(&mut self, state: &Permit, limits: &[Limit], day: NaiveDate) {
        let is_closing = |on: NaiveDate| (0..=SOON_DAYS).contains(&(on - day).num_days());
        let by_law = limits.iter().filter(|limit| limit.state == State::Running && !limit.is_for_an_authority());
        let by_law = by_law.filter_map(|limit| Some((limit.deadline?, limit.acts, limit.words.to_string(), None)));
        let determination = state.determination();
        let by_letter = determination.and_then(|of| {
            // Whoever applied challenges a refusal; others a grant.
            let acts = if of.outcome == Outcome::Refused { Party::Applicant } else { Party::ThirdParty };
            Some((of.challengeable_until?.last(), acts, "challenge of the decision".to_owned(), Some(of.fact_id)))
        });
        let mut windows: Vec<_> = by_letter.into_iter().chain(by_law).filter(|(on, ..)| is_closing(*on)).collect();
        windows.dedup_by_key(|(on, acts, ..)| (*on, *acts));
        for (on, acts, words, fact) in windows {
            self.dues.push(Due { what: What::Challenge, on: Some(on), since: None, acts, words, fact });
            self.sections.push(Section::WindowClosing);
        }
    }
}

/// Whether there is a grant of which the conditions bind.
const fn has_grant(state: &Permit) -> bool {
    matches!(state.state, PermitState::ConditionsOpen | PermitState::Closed)
}

/// The day on which a condition is next to be met; none, where that is done, not said, or binds no more.
///
/// One that recurs is due again a period after each time: every discharge meets the next.
fn next_due(permit: &Thing<Permit>, condition: &ConditionState, day: NaiveDate) -> Option<NaiveDate> {
    let first = condition.condition.due_on?.last();
    let Some(recurs) = condition.condition.recurs else { return (!condition.is_met).then_some(first) };
    let reference = condition.condition.reference.key();
    let facts = permit.live().iter().filter(|live| live.occurred_on().first() <= day);
    let met = facts.filter(|live| match live.fact() {
        PermitFact::ConditionDischarged(discharged) => discharged.condition.key() == reference,
        _ => false,
    });
    let next = after(first, recurs, u32::try_from(met.count()).ok()?)?;
    let binds_until = condition.condition.until.map(Date::last);
    binds_until.is_none_or(|until| next <= until).then_some(next)
}

/// So many periods after `first`; none for business days, which a calendar would have to tell.
fn after(first: NaiveDate, period: Period, times: u32) -> Option<NaiveDate> {
    let count = u32::from(period.count).checked_mul(times)?;
    match period.unit {
        PeriodUnit::CalendarDay => first.checked_add_days(Days::new(count.into())),
        PeriodUnit::Week => first.checked_add_days(Days::new(u64::from(count) * 7)),
        PeriodUnit::Month => first.checked_add_months(Months::new(count)),
        PeriodUnit::Year => first.checked_add_months(Months::new(count.checked_mul(12)?)),
        PeriodUnit::BusinessDay => (times == 0).then_some(first),
    }
}

/// Who last recorded something about `permit` for `authority`, themselves and not by a register.
fn officer(permit: &Thing<Permit>, authority: OrganisationId) -> Option<SubjectId> {
    let acts = permit.acts();
    let own = (0..acts.len())
        .rev()
        .filter_map(|at| acts.get(at))
        .find(|act| act.metadata.organisation == Some(authority) && act.metadata.origin.row().is_none())?;
    Some(own.metadata.on_behalf_of.unwrap_or(own.metadata.subject))
}
