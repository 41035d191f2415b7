//! A permit's facts, one after the other in order of life.

mod challenges;
mod clock;

use std::collections::{BTreeMap, BTreeSet};

use schema::{
    Date, EventId, Line,
    permit::{
        ChallengeKind, Condition, ConditionDischarged, Consultee, DecidedBy, Party, PermitFact, PermitStandingReported,
        RegimeDetermined,
    },
};

use self::challenges::ChallengeEnded;
use super::{
    super::{Flag, FlagCode, Live, places::Places},
    ChallengeEnd, ConditionState, Court, Determination, Outcome, Permit, PermitState, RegimeFound, ReportedStanding,
    open::{Open, OpenStops},
};
use crate::Series;

/// Takes the next of a permit's facts.
pub(super) fn take(permit: &mut Permit, aside: &mut Aside, live: &Live<PermitFact>, flags: &mut Vec<Flag>) {
    let mut fold = Fold { permit, aside, flags, fact: live.fact_id, on: live.occurred_on() };
    fold.take(live);
    fold.settle(live.occurred_on());
}

/// What does not fit about all of them together.
pub(super) fn whole(permit: &Permit, aside: &Aside) -> Vec<Flag> {
    let unsubmitted = aside.before_submission.iter().map(|(fact, _)| Flag::new(FlagCode::NotSubmitted, [*fact]));
    let mut flags: Vec<_> = unsubmitted.collect();
    if let Some(reported) = permit.reported_otherwise() {
        let against = permit.determination().map(|determination| determination.fact_id);
        flags.push(Flag::new(FlagCode::ReportedOtherwise, against.into_iter().chain([reported.fact_id])));
    }
    flags
}

/// What has to be known to take the next fact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aside {
    /// What happened to an application before any was submitted, and when.
    before_submission: Vec<(EventId, Date)>,
    /// How far the application itself has come; what a challenge or a condition adds is told apart in `settle`.
    phase: PermitState,
    requests: Open,
    consultations: Open,
    /// Whether a quashing or a successful challenge has made way for a new determination.
    may_redetermine: bool,
    /// The stops that have not ended.
    stopped: OpenStops,
    /// The resumptions whose dates lie before that of the stop that they name.
    early_resumptions: BTreeMap<EventId, (Date, EventId)>,
    /// The challenges that are pending, by their places.
    pending: BTreeSet<(ChallengeKind, usize)>,
    /// All that were lodged, by the facts that say so.
    lodged: BTreeMap<EventId, usize>,
    /// How those ended whose end bears an earlier date than their lodging.
    early_ends: BTreeMap<EventId, ChallengeEnded>,
    /// The challenges, by their places, that a determination ended.
    ended_by_determination: BTreeSet<(ChallengeKind, ChallengeEnd, usize)>,
    /// The place of the first determination that is not quashed: none after it is.
    standing_from: usize,
    /// Who made those that are not quashed.
    decided_by: BTreeSet<DecidedBy>,
    /// The place of the one among them that counts.
    counting: Option<usize>,
    /// Whether the fact that is being taken brought it.
    is_newly_determined: bool,
    /// How often way was made for a new determination, and one came.
    round: u32,
    /// The conditions, by their references.
    conditions: Places,
    /// How many of them are not discharged.
    undischarged: usize,
}

struct Fold<'a> {
    permit: &'a mut Permit,
    aside: &'a mut Aside,
    flags: &'a mut Vec<Flag>,
    /// The fact that is being taken.
    fact: EventId,
    /// When it occurred.
    on: Date,
}

impl Fold<'_> {
    fn take(&mut self, live: &Live<PermitFact>) {
        let on = live.occurred_on();
        if !live.is_founding() {
            self.permit.reported = None;
        }
        match live.fact() {
            PermitFact::PermitStandingReported(reported) => self.standing_reported(reported, on),
            PermitFact::PermitIdentified(_) => {
                self.permit.founding.get_or_insert_with(|| live.shared_fact());
            }
            PermitFact::RegimeDetermined(determined) => self.regime_determined(determined, on),
            // Which steps there are, which limits, and what follows from them is the law's to say, which is not known here.
            PermitFact::ProcedureStepTaken(_) | PermitFact::DeadlinePublished(_) => {}
            PermitFact::LimitReplaced(replaced) => self.limit_replaced(replaced),
            PermitFact::PreApplicationOpened(_) => self.advance(PermitState::PreApplication),
            PermitFact::ApplicationSubmitted(submitted) => {
                if submitted.reference.is_some() {
                    self.permit.reference.clone_from(&submitted.reference);
                }
                self.submitted(on);
            }
            PermitFact::ApplicationAmended(_) => self.needs_procedure(),
            PermitFact::ApplicationReturned(returned) => {
                self.needs_procedure();
                self.permit.returns += 1;
                if self.is_undetermined() {
                    self.permit.missing.clone_from(&returned.missing);
                }
                self.go_back(PermitState::Returned);
            }
            PermitFact::ApplicationAccepted(_) => self.accepted(on),
            PermitFact::ClockStarted(_) => self.clock_started(on),
            PermitFact::InformationRequested(_) => {
                self.needs_procedure();
                self.aside.requests.add(self.fact);
            }
            PermitFact::ClockStopped(stopped) => self.clock_stopped(stopped, on),
            PermitFact::InformationSupplied(supplied) => {
                self.flag_unless(self.aside.requests.has(supplied.request), FlagCode::InformationNotRequested);
                // What is not all that was asked for leaves the request open.
                if supplied.complete != Some(false) {
                    self.aside.requests.end(supplied.request);
                }
            }
            PermitFact::ClockResumed(resumed) => self.clock_resumed(resumed, on),
            PermitFact::DeadlineExtended(extended) => self.deadline_extended(extended, on),
            PermitFact::ConsultationOpened(opened) => {
                self.needs_procedure();
                let is_clear = |consultee: &Consultee| consultee.organisation.is_some() != consultee.name.is_some();
                self.flag_unless(opened.consultees.iter().all(is_clear), FlagCode::ConsulteeUnclear);
                self.aside.consultations.add(self.fact);
            }
            PermitFact::ConsulteeAnswered(answered) => {
                self.needs_application();
                self.flag_unless(self.aside.consultations.has(answered.consultation), FlagCode::ConsultationNotOpen);
                let is_clear = answered.organisation.is_some() != answered.name.is_some();
                self.flag_unless(is_clear, FlagCode::ConsulteeUnclear);
            }
            PermitFact::ConsultationClosed(closed) => {
                self.flag_unless(self.aside.consultations.has(closed.consultation), FlagCode::ConsultationNotOpen);
                self.aside.consultations.end(closed.consultation);
            }
            PermitFact::ApplicationCalledIn(_) => {
                self.needs_application();
                self.permit.called_in_on.get_or_insert(on);
            }
            PermitFact::RecommendationMade(made) => {
                self.needs_procedure();
                self.permit.recommendation = Some(made.recommendation);
                self.advance(PermitState::Recommended);
            }
            PermitFact::PermitRefused(_)
            | PermitFact::PermitPartlyGranted(_)
            | PermitFact::PermitGranted(_)
            | PermitFact::PermitDeemedGranted(_) => self.determined(live.fact(), on),
            PermitFact::ApplicationWithdrawn(_) => self.over(PermitState::Withdrawn, on),
            PermitFact::ApplicationLapsed(_) => self.over(PermitState::Lapsed, on),
            PermitFact::ChallengeLodged(lodged) => self.challenge_lodged(lodged, on),
            PermitFact::ChallengeWithdrawn(end) => {
                self.challenge_ended(end.challenge, ChallengeEnded::new(end.kind, ChallengeEnd::Withdrawn, on, self.fact));
            }
            PermitFact::ChallengeDismissed(end) => {
                self.challenge_ended(end.challenge, ChallengeEnded::new(end.kind, ChallengeEnd::Dismissed, on, self.fact));
            }
            PermitFact::ChallengeUpheld(end) => {
                let ended = ChallengeEnded::new(end.kind, ChallengeEnd::Upheld, on, self.fact);
                self.challenge_ended(end.challenge, ended.with_relief(end.relief));
            }
            PermitFact::DeterminationQuashed(_) => self.quashed(on),
            PermitFact::RedeterminationOpened(_) => {
                self.flag_unless(self.aside.may_redetermine, FlagCode::RedeterminationUnfounded);
                self.go_back(PermitState::InReview);
            }
            PermitFact::ConditionDetailsSubmitted(submitted) => {
                let known = self.condition(&submitted.condition).is_some();
                self.flag_unless(known, FlagCode::ConditionUnknown);
            }
            PermitFact::ConditionDischarged(discharged) => self.discharged(discharged, on),
            PermitFact::ConditionBreached(breached) => self.breached(&breached.condition, on),
            PermitFact::PermitSurrendered(_) => self.grant_ended(PermitState::Surrendered, on),
            PermitFact::PermitExpired(_) => self.grant_ended(PermitState::Expired, on),
        }
    }

    fn standing_reported(&mut self, reported: &PermitStandingReported, on: Date) {
        let state = self.state_by_dates();
        let is_open_by_dates = state < PermitState::Decided || state == PermitState::Challenged;
        let (standing, words) = (reported.standing, reported.words.clone());
        let reported = ReportedStanding { standing, words, as_of: on, fact_id: self.fact, is_open_by_dates };
        self.permit.reported = Some(Box::new(reported));
    }

    fn regime_determined(&mut self, determined: &RegimeDetermined, on: Date) {
        let (regime, case) = (determined.regime.clone(), determined.case.clone());
        self.permit.regime_found = Some(Box::new(RegimeFound { regime, case, from: on, fact_id: self.fact }));
    }

    /// Takes a fact that determines the application.
    fn determined(&mut self, fact: &PermitFact, on: Date) {
        match fact {
            PermitFact::PermitRefused(refused) => {
                let mut determination = self.determination(Outcome::Refused, refused.decided_by, on);
                determination.challengeable_until = refused.challengeable_until;
                determination.grounds.clone_from(&refused.grounds);
                self.decided(determination, &[]);
            }
            PermitFact::PermitPartlyGranted(granted) => {
                let mut determination = self.determination(Outcome::PartlyGranted, granted.decided_by, on);
                determination.valid_until = granted.valid_until;
                determination.challengeable_until = granted.challengeable_until;
                self.decided(determination, &granted.conditions);
            }
            PermitFact::PermitGranted(granted) => {
                let mut determination = self.determination(Outcome::Granted, granted.decided_by, on);
                determination.valid_until = granted.valid_until;
                determination.challengeable_until = granted.challengeable_until;
                self.decided(determination, &granted.conditions);
            }
            PermitFact::PermitDeemedGranted(deemed) => {
                let mut determination = self.determination(Outcome::DeemedGranted, DecidedBy::Authority, on);
                determination.challengeable_until = deemed.challengeable_until;
                self.decided(determination, &[]);
            }
            _ => {}
        }
    }

    fn flag(&mut self, code: FlagCode) {
        self.flags.push(Flag::new(code, [self.fact]));
    }

    fn flag_unless(&mut self, fits: bool, code: FlagCode) {
        if !fits {
            self.flag(code);
        }
    }

    /// What happens to an application needs one that is submitted and neither withdrawn nor lapsed.
    fn needs_application(&mut self) {
        self.needs_submission();
        self.flag_unless(!matches!(self.aside.phase, PermitState::Withdrawn | PermitState::Lapsed), FlagCode::ApplicationOver);
    }

    /// What happens in the procedure needs an application that is not determined, or is looked at again.
    fn needs_procedure(&mut self) {
        self.needs_application();
        self.flag_unless(self.is_undetermined(), FlagCode::AlreadyDetermined);
    }

    fn is_undetermined(&self) -> bool {
        self.aside.phase != PermitState::Decided || self.aside.may_redetermine || !self.aside.pending.is_empty()
    }

    fn needs_submission(&mut self) {
        if self.permit.submitted_on.is_none() {
            self.aside.before_submission.push((self.fact, self.on));
        }
    }

    /// A date that is not known to the day may lie after the submission that stands behind it: it is no contradiction.
    fn absolve_what_may_follow(&mut self, submitted_on: Date) {
        let before = std::mem::take(&mut self.aside.before_submission);
        let unfit = before.into_iter().filter(|(_, on)| on.certainly_before(submitted_on));
        self.flags.extend(unfit.map(|(fact, _)| Flag::new(FlagCode::NotSubmitted, [fact])));
    }

    /// Moves on, never back.
    fn advance(&mut self, to: PermitState) {
        self.aside.phase = self.aside.phase.max(to);
    }

    /// Moves to an earlier state, where the application has not been determined or given up.
    fn go_back(&mut self, to: PermitState) {
        if self.aside.phase < PermitState::Decided || self.aside.may_redetermine {
            self.aside.phase = to;
        }
    }

    fn submitted(&mut self, on: Date) {
        let again = matches!(self.aside.phase, PermitState::Returned | PermitState::Withdrawn | PermitState::Lapsed);
        self.absolve_what_may_follow(on);
        let before = |determination: &&Determination| determination.decided_on.certainly_before(on);
        if let Some(decided) = self.permit.determinations.first().filter(before).filter(|_| self.permit.submitted_on.is_none()) {
            self.flags.push(Flag::new(FlagCode::DecidedBeforeSubmission, [decided.fact_id, self.fact]));
        } else {
            self.flag_unless(self.permit.submitted_on.is_none() || again, FlagCode::SubmittedTwice);
        }
        self.permit.submitted_on.get_or_insert(on);
        if again {
            self.begin_anew(on);
            self.permit.ended_on = None;
            self.permit.given_up_on = None;
            self.aside.phase = PermitState::Submitted;
        }
        self.advance(PermitState::Submitted);
    }

    /// A new application is accepted anew; one that comes after the end of another has a clock of its own, too.
    fn begin_anew(&mut self, on: Date) {
        self.permit.accepted_on = None;
        if self.aside.phase != PermitState::Returned {
            self.permit.clock_started_on = None;
            let stopped = self.aside.stopped.end_all();
            self.end_stops(&stopped, on);
        }
    }

    fn accepted(&mut self, on: Date) {
        self.needs_procedure();
        self.flag_unless(self.permit.accepted_on.is_none(), FlagCode::AcceptedTwice);
        self.permit.accepted_on.get_or_insert(on);
        self.permit.missing.clear();
        self.advance(PermitState::Accepted);
    }

    fn determination(&self, outcome: Outcome, decided_by: DecidedBy, on: Date) -> Determination {
        Determination {
            outcome,
            decided_by,
            decided_on: on,
            valid_until: None,
            challengeable_until: None,
            grounds: Vec::new(),
            quashed_on: None,
            fact_id: self.fact,
            round: self.aside.round + u32::from(self.aside.may_redetermine),
        }
    }

    fn decided(&mut self, determination: Determination, conditions: &[Condition]) {
        self.needs_application();
        let same_body = !self.aside.decided_by.insert(determination.decided_by);
        let twice = same_body && !self.aside.may_redetermine;
        self.flag_unless(!twice, FlagCode::DecidedTwice);
        self.flag_unless(!self.is_settled_above(&determination), FlagCode::DecidedAfterAppeal);
        let ends_early = determination.valid_until.is_some_and(|until| until.certainly_before(determination.decided_on));
        self.flag_unless(!ends_early, FlagCode::ValidityBeforeGrant);
        let new = conditions.iter().map(|condition| ConditionState {
            condition: condition.clone(),
            discharged_on: None,
            breached_on: None,
            is_met: false,
        });
        self.permit.conditions = new.collect();
        self.number_conditions();
        self.end_challenges(&determination);
        self.add_determination(determination);
        self.aside.may_redetermine = false;
        self.permit.ended_on = None;
        self.aside.phase = PermitState::Decided;
    }

    /// Whether an appeal or a minister determined certainly before, and no way was made for the authority to do so again.
    fn is_settled_above(&self, determination: &Determination) -> bool {
        determination.decided_by == DecidedBy::Authority
            && self.counting().is_some_and(|counting| {
                counting.decided_by != DecidedBy::Authority
                    && counting.round == determination.round
                    && counting.decided_on.certainly_before(determination.decided_on)
            })
    }

    fn number_conditions(&mut self) {
        let conditions = &self.permit.conditions;
        self.aside.undischarged = conditions.len();
        self.aside.conditions = Places::of(conditions.len(), |at| &conditions[at].condition.reference);
    }

    /// Adds a determination; it counts as [`Permit::determination`] says.
    fn add_determination(&mut self, determination: Determination) {
        let counts = self.counting().is_none_or(|counting| determination.rank() >= counting.rank());
        self.aside.round = determination.round;
        self.permit.determinations.push(determination);
        if counts {
            self.aside.counting = Some(self.permit.determinations.len() - 1);
            self.aside.is_newly_determined = true;
        }
    }

    /// The determination that counts.
    fn counting(&self) -> Option<&Determination> {
        self.permit.determinations.get(self.aside.counting?)
    }

    fn over(&mut self, state: PermitState, on: Date) {
        self.needs_submission();
        let is_determined = self.aside.phase == PermitState::Decided;
        let code = if is_determined { FlagCode::AlreadyDetermined } else { FlagCode::ApplicationOver };
        self.flag_unless(self.aside.phase < PermitState::Decided, code);
        if self.aside.counting.is_none() {
            self.aside.phase = state;
            self.permit.ended_on = Some(on);
            self.permit.given_up_on.get_or_insert(on);
        }
    }

    fn quashed(&mut self, on: Date) {
        self.flag_unless(self.aside.counting.is_some(), FlagCode::NothingToChallenge);
        for place in self.aside.standing_from..self.permit.determinations.len() {
            if let Some(determination) = self.permit.determinations.get_mut(place) {
                determination.quashed_on = Some(on);
            }
        }
        self.aside.standing_from = self.permit.determinations.len();
        self.aside.decided_by.clear();
        self.aside.counting = None;
        self.aside.may_redetermine = true;
        self.permit.conditions = Series::default();
        self.number_conditions();
        self.go_back(PermitState::Submitted);
    }

    fn condition(&mut self, reference: &Line) -> Option<&mut ConditionState> {
        let conditions = &mut self.permit.conditions;
        let place = self.aside.conditions.find(reference, |at| &conditions[at].condition.reference)?;
        conditions.get_mut(place)
    }

    /// A condition that recurs is discharged for one period after the other.
    fn discharged(&mut self, discharged: &ConditionDischarged, on: Date) {
        let Some(condition) = self.condition(&discharged.condition) else { return self.flag(FlagCode::ConditionUnknown) };
        let was_met = std::mem::replace(&mut condition.is_met, true);
        let twice = condition.discharged_on.replace(on).is_some() && was_met;
        let recurs = condition.condition.recurs.is_some() && discharged.for_period.is_some();
        self.aside.undischarged -= usize::from(!was_met);
        self.flag_unless(!twice || recurs, FlagCode::ConditionDischargedTwice);
    }

    /// A condition that is breached is met no more, until it is discharged again.
    fn breached(&mut self, reference: &Line, on: Date) {
        let Some(condition) = self.condition(reference) else { return self.flag(FlagCode::ConditionUnknown) };
        let was_met = std::mem::replace(&mut condition.is_met, false);
        condition.breached_on = Some(on);
        self.aside.undischarged += usize::from(was_met);
    }

    fn grant_ended(&mut self, state: PermitState, on: Date) {
        let granted = self.counting().is_some_and(|determination| determination.outcome.is_grant());
        self.flag_unless(granted, FlagCode::NotGranted);
        self.aside.phase = state;
        self.permit.ended_on = Some(on);
    }

    /// Says where the permit stands after a fact of `on`. What is determined anew stands so anew, though it is called the
    /// same.
    fn settle(&mut self, on: Date) {
        let state = self.state();
        let is_new = std::mem::take(&mut self.aside.is_newly_determined) && state != PermitState::Challenged;
        let is_first = self.permit.state_since.is_none() && state != PermitState::Identified;
        if state != self.permit.state || is_first || is_new {
            self.permit.state = state;
            self.permit.state_since = Some(on).filter(|_| !self.permit.is_reported_over());
        }
        self.permit.is_unsettled = self.aside.may_redetermine && self.aside.counting.is_some();
        let party = self.party(state);
        if self.permit.court.map(|court| court.party) != party {
            self.permit.court = party.map(|party| Court { party, since: on });
        }
    }

    /// Where it stands: what only a report says is so, too.
    fn state(&self) -> PermitState {
        if self.permit.is_reported_over() {
            return match (self.permit.outcome(), self.aside.phase) {
                (None, _) => PermitState::ReportedOver,
                (Some(_), PermitState::Decided) => self.state_unchallenged(),
                (Some(_), _) => PermitState::Decided,
            };
        }
        self.state_by_dates()
    }

    fn state_by_dates(&self) -> PermitState {
        let can_be_challenged = (PermitState::Submitted..=PermitState::Decided).contains(&self.aside.phase);
        let is_challenged = can_be_challenged && !self.aside.pending.is_empty();
        if is_challenged { PermitState::Challenged } else { self.state_unchallenged() }
    }

    fn state_unchallenged(&self) -> PermitState {
        match self.aside.phase {
            PermitState::Decided if self.permit.conditions.is_empty() => PermitState::Decided,
            PermitState::Decided if self.aside.undischarged == 0 => PermitState::Closed,
            PermitState::Decided => PermitState::ConditionsOpen,
            phase => phase,
        }
    }

    /// Who has to act in `state`.
    fn party(&self, state: PermitState) -> Option<Party> {
        match state {
            PermitState::Identified | PermitState::PreApplication | PermitState::Returned | PermitState::ConditionsOpen => {
                Some(Party::Applicant)
            }
            PermitState::Submitted | PermitState::Accepted | PermitState::InReview | PermitState::Recommended => {
                let asked = !self.aside.requests.is_empty();
                Some(if asked { Party::Applicant } else { Party::Authority })
            }
            PermitState::Stopped => {
                let last = self.aside.stopped.last().and_then(|place| self.permit.stops.get(place));
                last.map(|stop| stop.responsible)
            }
            PermitState::Challenged => Some(Party::Court),
            PermitState::Decided
            | PermitState::Closed
            | PermitState::Withdrawn
            | PermitState::Lapsed
            | PermitState::Surrendered
            | PermitState::Expired
            | PermitState::ReportedOver => None,
        }
    }
}
