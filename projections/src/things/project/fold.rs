//! From the live facts of a project to its state.

use std::sync::Arc;

use schema::{
    Date, EventId, Line, Provenance, ThingId,
    project::{
        AbatementReported, CapacityCommissioned, DependencyDeclared, FidDeferred, FidTaken, MilestoneAchieved, MilestoneKey,
        MilestonePlanned, MilestoneRescheduled, ProjectFact, ProjectRegistered, ProjectRescoped, ProjectStandingReported, Stage,
        Standing, milestone_key,
    },
};

use super::{
    AbatementReport, Aside, Commissioning, CostEstimate, Dependency, FidDecision, Milestone, Move, Need, Project, StageEntry,
};
use crate::things::{Flag, FlagCode, Live};

pub(super) fn take(project: &mut Project, aside: &mut Aside, live: &Live<ProjectFact>, flags: &mut Vec<Flag>) {
    Fold { project, aside, flags }.take(live);
}

struct Fold<'a> {
    project: &'a mut Project,
    aside: &'a mut Aside,
    flags: &'a mut Vec<Flag>,
}

impl Fold<'_> {
    fn take(&mut self, live: &Live<ProjectFact>) {
        let (on, fact) = (live.occurred_on(), live.fact_id);
        match live.fact() {
            ProjectFact::ProjectRegistered(registered) => {
                let within = [registered.part_of, registered.abatement_counted_in].into_iter().flatten();
                let itself = within.map(ThingId::from).any(|project| project == live.version.header.thing);
                self.flag_unless(!itself, FlagCode::ProjectPartOfItself, fact);
                self.project.founding.get_or_insert_with(|| live.shared_fact());
            }
            ProjectFact::ProjectRenamed(renamed) => {
                self.change_registered(|registered| registered.title.clone_from(&renamed.title));
            }
            ProjectFact::ProjectRescoped(rescoped) => self.change_registered(|registered| rescope(registered, rescoped)),
            ProjectFact::ProjectFundingDeclared(_) => {}
            ProjectFact::ProjectFinancialCloseReached(_) => {
                let again = std::mem::replace(&mut self.aside.closed, true);
                self.flag_unless(!again, FlagCode::ProjectFinancialCloseTwice, fact);
            }
            ProjectFact::MilestoneRebaselined(rebaselined) => {
                self.milestone(&rebaselined.milestone, fact, |milestone| milestone.rebaseline = Some(rebaselined.due_on));
            }
            ProjectFact::DependencyDropped(dropped) => {
                self.project.dependencies = self.aside.network.drop(dropped.dependency).into_iter().collect();
            }
            ProjectFact::ProjectStandingReported(reported) => self.standing_reported(reported, fact),
            ProjectFact::ProjectStageEntered(entered) => {
                let by_person = live.version.metadata.origin.provenance() == Provenance::Person;
                self.stage_entered(entered.stage, on, fact, by_person);
            }
            ProjectFact::MilestonePlanned(MilestonePlanned { milestone, title, due_on, .. }) => {
                self.milestone_planned(milestone, title.as_ref(), *due_on, fact);
            }
            ProjectFact::FidPlanned(planned) => {
                if let Some(fid) = fid() {
                    self.milestone_planned(&fid, None, planned.due_on, fact);
                }
            }
            ProjectFact::FidDeferred(deferred) => self.fid_deferred(deferred, on, fact),
            ProjectFact::FidTaken(taken) => self.fid_taken(taken, on, fact),
            ProjectFact::DependencyDeclared(declared) => self.dependency_declared(declared, live),
            ProjectFact::CostEstimated(estimated) => {
                let (class, capex) = (estimated.class, estimated.capex);
                self.flag_unless(!capex.amount().is_zero(), FlagCode::AmountZero, fact);
                self.project.cost = Some(Box::new(CostEstimate { class, capex, estimated_on: on, fact_id: fact }));
            }
            ProjectFact::CapacityCommissioned(commissioned) => {
                let CapacityCommissioned { capacity, part } = commissioned.clone();
                self.flag_unless(!capacity.value.is_zero(), FlagCode::AmountZero, fact);
                self.project.commissioned.push(Commissioning { capacity, part, commissioned_on: on, fact_id: fact });
            }
            ProjectFact::AbatementReported(reported) => self.abatement_reported(reported, live),
            ProjectFact::ProjectPermitScopeDeclared(_)
            | ProjectFact::ProjectRelianceDeclared(_)
            | ProjectFact::ProjectCriterionEvidenced(_)
            | ProjectFact::ProjectCriterionWaived(_) => self.declared(live),
            ProjectFact::MilestoneRescheduled(moved) => self.milestone_rescheduled(moved, on, fact),
            ProjectFact::MilestoneAchieved(achieved) => self.milestone_achieved(achieved, on, fact),
            ProjectFact::MilestoneDropped(dropped) => {
                self.milestone(&dropped.milestone, fact, |milestone| milestone.dropped_on = Some(on));
            }
            ProjectFact::ProjectSuspended(_) => self.off(Standing::Suspended, fact),
            ProjectFact::ProjectShelved(_) => self.off(Standing::Shelved, fact),
            ProjectFact::ProjectCancelled(_) => self.off(Standing::Cancelled, fact),
            ProjectFact::ProjectResumed(_) => {
                self.flag_unless(self.project.standing == Standing::Suspended, FlagCode::NotSuspended, fact);
                self.stand(Standing::Active, fact);
            }
            ProjectFact::ProjectRevived(_) => {
                let ended = matches!(self.project.standing, Standing::Shelved | Standing::Cancelled);
                self.flag_unless(ended, FlagCode::NotEnded, fact);
                self.stand(Standing::Active, fact);
            }
        }
    }

    /// What a project declares for its ladders.
    fn declared(&mut self, live: &Live<ProjectFact>) {
        let declarations = &mut self.project.declarations;
        let raised = match live.fact() {
            ProjectFact::ProjectPermitScopeDeclared(declared) => {
                declarations.permits_declared(&declared.permits, declared.none_needed.as_ref(), live)
            }
            ProjectFact::ProjectRelianceDeclared(declared) => {
                declarations.measures_declared(&declared.measures, declared.none_relied_on.as_ref(), live)
            }
            ProjectFact::ProjectCriterionEvidenced(filed) => {
                declarations.evidenced(&filed.criterion, &filed.statement, filed.valid_until, live)
            }
            ProjectFact::ProjectCriterionWaived(waived) => {
                declarations.waived(&waived.criterion, &waived.reason, waived.until, live)
            }
            _ => None,
        };
        self.flags.extend(raised.map(|code| Flag::new(code, [live.fact_id])));
    }

    fn flag_unless(&mut self, fits: bool, code: FlagCode, fact: EventId) {
        if !fits {
            self.flags.push(Flag::new(code, [fact]));
        }
    }

    /// What was registered, as it is from the day of a fact on.
    fn change_registered(&mut self, change: impl FnOnce(&mut ProjectRegistered)) {
        let Some(ProjectFact::ProjectRegistered(registered)) = self.project.founding.as_deref() else { return };
        let mut registered = registered.clone();
        change(&mut registered);
        self.project.founding = Some(Arc::new(registered.into()));
    }

    fn stand(&mut self, standing: Standing, fact: EventId) {
        self.project.standing = standing;
        self.project.standing_fact = Some(fact);
    }

    /// Shelving or cancelling what is suspended is a step further; the same off-ramp twice is not.
    fn off(&mut self, standing: Standing, fact: EventId) {
        self.flag_unless(self.project.standing < standing, FlagCode::AlreadyOff, fact);
        self.stand(standing, fact);
    }

    fn standing_reported(&mut self, reported: &ProjectStandingReported, fact: EventId) {
        if let Some(standing) = reported.standing {
            self.stand(standing, fact);
        }
        if let Some(stage) = reported.stage.filter(|stage| self.project.stage != Some(*stage)) {
            self.project.stage = Some(stage);
            self.project.stage_since = None;
            self.project.stage_fact = Some(fact);
        }
    }

    /// A person who says that a project went back means it. A register of which one date says so has a date wrong: the
    /// project stays in the stage that it has come furthest to, and what does not fit is flagged.
    fn stage_entered(&mut self, stage: Stage, on: Date, fact: EventId, may_go_back: bool) {
        // Who says that the stage of the decision is entered, and not before the decision, says nothing that does not fit.
        let is_said_again =
            stage == Stage::Fid && self.aside.furthest == Some(Stage::Fid) && std::mem::take(&mut self.aside.entered_by_decision);
        self.flag_unless(self.aside.furthest < Some(stage) || is_said_again, FlagCode::StageBackwards, fact);
        self.flag_unless(self.project.standing == Standing::Active, FlagCode::StageWhileOff, fact);
        let is_as_far = self.project.stage <= Some(stage) && !is_said_again;
        if (may_go_back && !is_said_again) || is_as_far {
            self.project.stage = Some(stage);
            self.project.stage_since = Some(on);
            self.project.stage_fact = Some(fact);
        }
        self.aside.furthest = self.aside.furthest.max(Some(stage));
        self.project.stages.push(StageEntry { stage, entered_on: on, fact_id: fact });
    }

    fn milestone_planned(&mut self, name: &Line, title: Option<&Line>, due_on: Date, fact: EventId) {
        let twice = self.known_by(name, fact, |milestone| {
            if milestone.baseline.is_some() {
                return true;
            }
            milestone.title = title.cloned();
            milestone.baseline = Some(due_on);
            milestone.forecast.get_or_insert(due_on);
            false
        });
        self.flag_unless(twice != Some(true), FlagCode::MilestonePlannedTwice, fact);
    }

    fn milestone_rescheduled(&mut self, moved: &MilestoneRescheduled, on: Date, fact: EventId) {
        let differs = self.milestone(&moved.milestone, fact, |milestone| {
            let from = moved.from.or(milestone.forecast);
            let differs = milestone.forecast.is_some() && milestone.forecast != from;
            milestone.forecast = Some(moved.to);
            milestone.moves.push(Move {
                from,
                to: Some(moved.to),
                reason: moved.reason.clone(),
                responsible: moved.responsible,
                cause: moved.cause,
                because_of: moved.because_of,
                moved_on: on,
                fact_id: fact,
            });
            differs
        });
        self.flag_unless(differs != Some(true), FlagCode::MilestoneFromOtherDate, fact);
    }

    fn fid_deferred(&mut self, deferred: &FidDeferred, on: Date, fact: EventId) {
        let Some(fid) = fid() else { return };
        self.milestone(&fid, fact, |milestone| {
            milestone.moves.push(Move {
                from: milestone.forecast.or(deferred.from),
                to: deferred.to,
                reason: deferred.reason.clone(),
                responsible: deferred.responsible,
                cause: deferred.cause,
                because_of: deferred.because_of,
                moved_on: on,
                fact_id: fact,
            });
            milestone.forecast = deferred.to;
        });
    }

    /// A decision that was never planned is a decision all the same.
    fn fid_taken(&mut self, taken: &FidTaken, on: Date, fact: EventId) {
        let Some(fid) = fid() else { return };
        let over = self.known_by(&fid, fact, |milestone| {
            let over = milestone.is_over();
            milestone.actual.get_or_insert(on);
            over
        });
        self.flag_unless(
            over != Some(true),
            if self.project.fid.is_some() { FlagCode::FidTakenTwice } else { FlagCode::MilestoneOver },
            fact,
        );
        self.flag_unless(shares_fit(taken), FlagCode::FidSharesDiffer, fact);
        let (amount, equity, debt) = (taken.amount, taken.equity, taken.debt);
        let decision = FidDecision { taken_on: on, amount, equity, debt, fact_id: fact };
        self.decided(decision);
    }

    /// The decision is taken, and enters its stage.
    fn decided(&mut self, decision: FidDecision) {
        let (on, fact) = (decision.taken_on, decision.fact_id);
        self.project.fid.get_or_insert_with(|| Box::new(decision));
        if self.project.stage < Some(Stage::Fid) {
            self.stage_entered(Stage::Fid, on, fact, false);
            self.aside.entered_by_decision = true;
        }
    }

    /// Who reaches the milestone that is the final investment decision has taken it.
    fn milestone_achieved(&mut self, achieved: &MilestoneAchieved, on: Date, fact: EventId) {
        let was_over = self.milestone(&achieved.milestone, fact, |milestone| {
            let was_over = milestone.is_over();
            milestone.actual = Some(on);
            was_over
        });
        if was_over == Some(false) && milestone_key(&achieved.milestone).is_fid() {
            self.decided(FidDecision { taken_on: on, amount: None, equity: None, debt: None, fact_id: fact });
        }
    }

    fn dependency_declared(&mut self, declared: &DependencyDeclared, live: &Live<ProjectFact>) {
        let DependencyDeclared { milestone, needs_milestone, needs_permit, .. } = declared;
        let (fact, itself) = (live.fact_id, live.version.header.thing);
        let of_project = declared.of_project.filter(|project| ThingId::from(*project) != itself);
        let needs = match (needs_milestone, needs_permit) {
            (Some(needed), None) => Need::Milestone { project: of_project, milestone: needed.clone() },
            (None, Some(permit)) if declared.of_project.is_none() => Need::Permit(*permit),
            _ => return self.flags.push(Flag::new(FlagCode::DependencyUnclear, [fact])),
        };
        let itself = matches!(&needs, Need::Milestone { project: None, milestone: needed } if milestone_key(needed) == milestone_key(milestone));
        if itself {
            return self.flags.push(Flag::new(FlagCode::DependencyOnItself, [fact]));
        }
        let dependency = Dependency { milestone: milestone.clone(), needs, fact_id: fact };
        let (places, milestones) = (&self.aside.milestones, &self.project.milestones);
        let is_known = |key: &MilestoneKey| places.find(key, |at| &milestones[at].key).is_some();
        if self.aside.network.declare(&dependency, is_known) {
            self.project.dependencies.push(dependency);
        }
    }

    fn abatement_reported(&mut self, reported: &AbatementReported, live: &Live<ProjectFact>) {
        let AbatementReported { from, to, t_co2e, bound, method, .. } = reported;
        let twice = self.aside.reported.overlap(from.first(), to.last());
        self.aside.reported.add(from.first(), to.last());
        self.flag_unless(!to.certainly_before(*from), FlagCode::AbatementPeriodReversed, live.fact_id);
        self.flag_unless(!twice, FlagCode::AbatementPeriodTwice, live.fact_id);
        self.project.abatement.push(AbatementReport {
            from: *from,
            to: *to,
            t_co2e: *t_co2e,
            bound: *bound,
            method: method.clone(),
            is_evidenced: !live.evidence.is_empty(),
            reported_on: live.occurred_on(),
            fact_id: live.fact_id,
        });
    }

    /// What `take` makes of the milestone of this name, which `fact` is about.
    fn known_by<T>(&mut self, name: &Line, fact: EventId, take: impl FnOnce(&mut Milestone) -> T) -> Option<T> {
        let milestones = &mut self.project.milestones;
        let key = milestone_key(name);
        let place = self.aside.milestones.find(&key, |at| &milestones[at].key).unwrap_or_else(|| {
            milestones.push(Milestone::new(name));
            self.aside.milestones.add(milestones.len() - 1, |at| &milestones[at].key);
            self.aside.network.found(&key);
            milestones.len() - 1
        });
        let milestone = milestones.get_mut(place)?;
        milestone.facts.push(fact);
        Some(take(milestone))
    }

    /// The same of a milestone that `fact` moves or ends; flagged when it has no plan or is over.
    fn milestone<T>(&mut self, name: &Line, fact: EventId, take: impl FnOnce(&mut Milestone) -> T) -> Option<T> {
        let known = self.known_by(name, fact, |milestone| {
            let (planned, over) = (milestone.baseline.is_some(), milestone.is_over());
            (planned, over, take(milestone))
        });
        let (planned, over, taken) = known?;
        self.flag_unless(planned, FlagCode::MilestoneNotPlanned, fact);
        self.flag_unless(!over, FlagCode::MilestoneOver, fact);
        Some(taken)
    }
}

/// The short name of the milestone that is the final investment decision; `None` never, since it is a line.
fn fid() -> Option<Line> {
    Line::try_new("fid").ok()
}

/// What is not named stays. The first capacity stands for the one that was registered.
fn rescope(registered: &mut ProjectRegistered, rescoped: &ProjectRescoped) {
    if let Some((first, others)) = rescoped.capacities.split_first() {
        registered.capacity = Some(*first);
        registered.capacities = others.to_vec();
    }
    registered.capex = rescoped.capex.or(registered.capex);
    registered.jobs = rescoped.jobs.or(registered.jobs);
    if let Some(abatement) = rescoped.abatement_t_per_year {
        registered.abatement_t_per_year = Some(abatement);
        registered.abatement_bound = None;
    }
}

/// Equity and debt are parts of the amount: of the same currency, and together no more.
fn shares_fit(taken: &FidTaken) -> bool {
    let Some(amount) = taken.amount else { return true };
    let shares = [taken.equity, taken.debt].into_iter().flatten();
    let one_currency = shares.clone().all(|share| share.currency() == amount.currency());
    let sum = shares.map(schema::Money::amount).fold(rust_decimal::Decimal::ZERO, rust_decimal::Decimal::saturating_add);
    one_currency && sum <= amount.amount()
}
