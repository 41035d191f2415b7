//! Projects: what they are registered as, and their stages, milestones, estimates, decisions and reports.

use std::collections::BTreeMap;

use app::{Draft, RecordError};
use chrono::{Datelike, NaiveDate};
use projections::things::Project;
use rust_decimal::Decimal;
use schema::{
    Date, PermitId, PolicyMeasureId, ProjectId, Visibility,
    project::{
        AbatementReported, Capacity, CapacityCommissioned, CapacityUnit, CostEstimated, DependencyDeclared, EstimateClass,
        FidTaken, Lever, ProjectCancelled, ProjectCriterionEvidenced, ProjectCriterionWaived, ProjectFact,
        ProjectPermitScopeDeclared, ProjectRegistered, ProjectRelianceDeclared, ProjectResumed, ProjectRevived, ProjectShelved,
        ProjectStageEntered, ProjectStandingReported, ProjectSuspended, Stage, Standing,
    },
};

use super::{
    chance::Chance,
    days::{day, days_after, remembered, some_day},
    history::{History, Said, Voice},
    life::{Break, Life},
    scene::Scene,
    schedule,
    words::{BREAKS, MISTAKES, line, note},
};

/// What is built, in what unit it is measured, and by which lever it abates.
const TECHNOLOGIES: [(&str, CapacityUnit, Lever); 10] = [
    ("Electrolyser", CapacityUnit::Mw, Lever::Hydrogen),
    ("Hydrogen furnace", CapacityUnit::MwThermal, Lever::Hydrogen),
    ("CO2 capture unit", CapacityUnit::TonnesCo2PerYear, Lever::Ccus),
    ("CO2 liquefaction terminal", CapacityUnit::TonnesCo2PerYear, Lever::Ccus),
    ("Electric boiler", CapacityUnit::MwThermal, Lever::ElectrificationRenewableHeat),
    ("Heat pump park", CapacityUnit::MwThermal, Lever::ElectrificationRenewableHeat),
    ("Solar field", CapacityUnit::Mw, Lever::ElectrificationRenewableHeat),
    ("Battery", CapacityUnit::Mwh, Lever::ElectrificationRenewableHeat),
    ("Plastics recycling plant", CapacityUnit::TonnesPerYear, Lever::EfficiencyCircularity),
    ("Waste heat network", CapacityUnit::MwThermal, Lever::EfficiencyCircularity),
];

/// A project as its permits, awards and partnerships have to know it.
pub(super) struct Endeavour {
    pub id: ProjectId,
    /// The name of its history.
    pub path: String,
    pub title: String,
    pub lead: Voice,
    pub life: Life,
    /// What it costs, in thousand euros.
    pub capex_thousand: i64,
    pub permits: Vec<PermitId>,
    capacity: Capacity,
    abatement_t: i64,
    is_secret: bool,
}

/// Registers a project; what became of it is told when its permits are on record.
pub(super) fn register(draft: &mut Draft, scene: &Scene, chance: &mut Chance, number: i64) -> Result<Endeavour, RecordError> {
    let (technology, unit, lever) = chance.one_of(&TECHNOLOGIES);
    let lead = scene.some_member(chance);
    let life = Life::of_some_project(chance, scene.outline.founded);
    let title = format!("{technology} {number}, {}", scene.outline.place);
    let size = if unit == CapacityUnit::TonnesPerYear || unit == CapacityUnit::TonnesCo2PerYear { 1_000 } else { 1 };
    let capacity = Capacity::new(Decimal::from(chance.between(4..=600) * size), unit);
    let (capex_thousand, abatement_t) = (chance.between(4..=900) * 1_000, chance.between(3..=1_500) * 1_000);
    let registered = ProjectRegistered {
        title: line(&title),
        cluster: Some(scene.cluster),
        lead: lead.organisation.filter(|_| chance.happens(93)),
        country: chance.happens(70).then_some(scene.land.country),
        place: Some(line(&scene.outline.place)),
        levers: vec![lever],
        technology: Some(line(technology)),
        capacity: chance.happens(85).then_some(capacity),
        abatement_t_per_year: chance.happens(80).then(|| Decimal::from(abatement_t)),
        capex: chance.happens(60).then(|| scene.land.purse.of_thousand(capex_thousand)),
        jobs: chance.happens(60).then(|| u32::try_from(chance.between(3..=400)).unwrap_or_default()),
        identifiers: Vec::new(),
        attributes: BTreeMap::new(),
        abatement_bound: None,
        part_of: None,
        capacities: Vec::new(),
        location: None,
        abatement_counted_in: None,
    };
    let path = scene.path(&format!("project {number}"));
    let mut history = History::<ProjectFact>::new(&scene.teller, path.clone(), scene.manager);
    let on = if chance.happens(70) { Date::day(life.registered) } else { remembered(chance, life.registered) };
    history.say(Said::by(scene.manager, life.registered, registered).known(on));
    let thing = history.thing;
    draft.record::<Project>(thing, history.told())?;
    let (id, permits, is_secret) = (ProjectId::new(thing.uuid()), Vec::new(), chance.happens(15));
    Ok(Endeavour { id, path, title, lead, life, capex_thousand, permits, capacity, abatement_t, is_secret })
}

/// Tells what became of a project; `other` is one that it may have to wait for.
pub(super) fn tell(
    draft: &mut Draft,
    scene: &Scene,
    chance: &mut Chance,
    endeavour: &Endeavour,
    other: Option<ProjectId>,
) -> Result<(), RecordError> {
    let history = History::going_on(&scene.teller, endeavour.path.clone(), endeavour.id.thing(), 1);
    let mut telling = Telling { history, scene, chance, project: endeavour };
    telling.stages();
    telling.breaks();
    telling.schedule();
    telling.costs();
    telling.decision();
    telling.needs(other);
    telling.declarations();
    telling.results();
    draft.record::<Project>(endeavour.id.thing(), telling.history.told())
}

struct Telling<'a> {
    history: History<ProjectFact>,
    scene: &'a Scene<'a>,
    chance: &'a mut Chance,
    project: &'a Endeavour,
}

impl<'a> Telling<'a> {
    fn life(&self) -> &'a Life {
        &self.project.life
    }

    fn lead(&self) -> Voice {
        self.project.lead
    }

    /// A day of its first time, if it was there to see it.
    fn early(&mut self, least: i64, most: i64) -> Option<NaiveDate> {
        let on = some_day(self.chance, self.life().registered, least..=most)?;
        Some(on).filter(|on| *on <= self.life().last_day())
    }

    /// Every stage that it entered, but the decision, which is told with its amounts. Of some only a report says so.
    fn stages(&mut self) {
        let is_reported = self.chance.happens(6);
        for (stage, on) in self.life().stages.clone() {
            if is_reported && stage <= Stage::Feasibility {
                let reported = ProjectStandingReported { stage: Some(stage), standing: None };
                self.history.say(Said::by(self.scene.manager, on, reported).with("yearly report of the cluster"));
            } else if stage != Stage::Fid {
                let has_document = self.chance.happens(40);
                let entered = Said::by(self.lead(), on, ProjectStageEntered { stage });
                let fact = self.history.say(entered.with_if(has_document, "minutes of the steering committee"));
                if self.chance.happens(15) {
                    self.history.confirm(self.scene.manager, days_after(on, 9), fact);
                }
            }
        }
    }

    fn breaks(&mut self) {
        for Break { standing, from, until } in self.life().breaks.clone() {
            let reason = note(self.chance.one_of(&BREAKS));
            let off: ProjectFact = match standing {
                Standing::Active => continue,
                Standing::Suspended => ProjectSuspended { reason }.into(),
                Standing::Shelved => ProjectShelved { reason }.into(),
                Standing::Cancelled => ProjectCancelled { reason }.into(),
            };
            self.history.say(Said::by(self.lead(), from, off));
            if let Some(until) = until {
                let back: ProjectFact = match standing {
                    Standing::Suspended => ProjectResumed {}.into(),
                    _ => ProjectRevived { reason: Some(note("a new investor came in")) }.into(),
                };
                self.history.say(Said::by(self.lead(), until, back));
            }
        }
    }

    fn schedule(&mut self) {
        let lead = self.lead();
        schedule::tell(&mut self.history, self.chance, lead, &self.project.life);
    }

    /// Estimates, each more exact than the one before. They are commercial, and some for the parties only.
    fn costs(&mut self) {
        let life = self.life();
        let days = [
            (EstimateClass::Class5, Some(life.registered), 30),
            (EstimateClass::Class4, life.entered(Stage::Feasibility), 60),
            (EstimateClass::Class3, life.entered(Stage::Feed), 100),
            (EstimateClass::Class2, life.entered(Stage::Fid), -15),
        ];
        let last = life.last_day();
        for (class, from, days) in days {
            let on = from.map(|from| days_after(from, days)).filter(|on| *on <= last);
            let Some(on) = on.filter(|_| self.chance.happens(75)) else { continue };
            let estimate = |thousand| CostEstimated { class, capex: self.scene.land.purse.of_thousand(thousand) };
            let (amount, is_secret, is_late) = (
                self.project.capex_thousand * self.chance.between(80..=140) / 100,
                self.project.is_secret,
                self.chance.happens(8),
            );
            let said = Said::by(self.lead(), on, estimate(amount)).with("cost estimate").for_parties_if(is_secret);
            let fact = self.history.say(said.late_if(is_late));
            if !is_late && !is_secret && self.chance.happens(6) {
                let reason = self.chance.one_of(&MISTAKES);
                self.history.correct(
                    self.lead(),
                    days_after(on, 12),
                    fact,
                    (Date::day(on), estimate(amount * 11 / 10).into()),
                    reason,
                );
            }
        }
    }

    fn decision(&mut self) {
        let Some(on) = self.life().entered(Stage::Fid) else { return };
        let purse = self.scene.land.purse;
        let equity = self.project.capex_thousand * self.chance.between(20..=45) / 100;
        let (amount, shares) = (self.project.capex_thousand, self.chance.happens(60));
        let taken = FidTaken {
            amount: self.chance.happens(90).then(|| purse.of_thousand(amount)),
            equity: shares.then(|| purse.of_thousand(equity)),
            debt: shares.then(|| purse.of_thousand(amount - equity)),
        };
        self.history.say(Said::by(self.lead(), on, taken).with("announcement of the decision"));
    }

    /// What the final investment decision waits for.
    fn needs(&mut self, other: Option<ProjectId>) {
        let Some(on) = self.early(50, 120) else { return };
        let fid = line("fid");
        for permit in &self.project.permits {
            if self.chance.happens(50) {
                let needs_permit = Some(*permit);
                let declared = DependencyDeclared {
                    milestone: fid.clone(),
                    needs_milestone: None,
                    of_project: None,
                    needs_permit,
                    lag: None,
                    kind: None,
                };
                self.history.say(Said::by(self.lead(), on, declared));
            }
        }
        let is_plan =
            |fact: &ProjectFact| matches!(fact, ProjectFact::MilestonePlanned(plan) if plan.milestone.as_str() == "feed");
        let waits_for_design = self.chance.happens(35);
        if let Some(planned_on) = self.history.said_on(is_plan).filter(|_| waits_for_design) {
            let on = on.max(planned_on);
            let needs_milestone = Some(line("feed"));
            let declared = DependencyDeclared {
                milestone: fid.clone(),
                needs_milestone,
                of_project: None,
                needs_permit: None,
                lag: None,
                kind: None,
            };
            self.history.say(Said::by(self.lead(), on, declared));
        }
        if let Some(of_project) = other.filter(|_| self.chance.happens(12)) {
            let needs_milestone = Some(fid.clone());
            let declared = DependencyDeclared {
                milestone: fid,
                needs_milestone,
                of_project: Some(of_project),
                needs_permit: None,
                lag: None,
                kind: None,
            };
            self.history.say(Said::by(self.scene.manager, on, declared));
        }
    }

    fn declarations(&mut self) {
        if let Some(on) = self.early(40, 140).filter(|_| self.chance.happens(75)) {
            let permits = self.project.permits.clone();
            let none_needed = permits.is_empty().then(|| note("the plant stands in a hall that has all its permits"));
            self.history.say(Said::by(self.lead(), on, ProjectPermitScopeDeclared { permits, none_needed }));
        }
        if let Some(on) = self.early(60, 160).filter(|_| self.chance.happens(60)) {
            let measures: Vec<PolicyMeasureId> =
                self.scene.land.measures.iter().copied().filter(|_| self.chance.happens(45)).collect();
            let none_relied_on = measures.is_empty().then(|| note("it pays without any"));
            self.history.say(Said::by(self.lead(), on, ProjectRelianceDeclared { measures, none_relied_on }));
        }
        self.criterion("readiness", 45, (30, 300), "test report of the pilot");
        self.criterion("funding-map", 45, (60, 400), "funding map");
        self.criterion("execution-plan", 15, (400, 1_200), "execution plan");
        if let Some(on) = self.early(200, 900).filter(|_| self.chance.happens(8)) {
            let (criterion, reason) = (line("feed-funded"), note("the lead pays for it itself"));
            let until = Date::day(days_after(on, self.chance.between(200..=1_500)));
            self.history.say(Said::by(self.scene.manager, on, ProjectCriterionWaived { criterion, reason, until }));
        }
    }

    /// Files documents for a criterion; a second role accepts most of them, and some expire.
    fn criterion(&mut self, criterion: &str, percent: i64, (least, most): (i64, i64), document: &'static str) {
        let Some(on) = self.early(least, most).filter(|_| self.chance.happens(percent)) else { return };
        let valid_until = self.chance.happens(40).then(|| Date::day(days_after(on, self.chance.between(300..=1_500))));
        let statement = note("the documents show what the criterion asks for");
        let filed = ProjectCriterionEvidenced { criterion: line(criterion), statement, valid_until };
        let fact = self.history.say(Said::by(self.lead(), on, filed).with(document));
        if self.chance.happens(75) {
            self.history.confirm(self.scene.manager, days_after(on, self.chance.between(5..=60)), fact);
        }
    }

    /// What it can do, and what it has abated, year by year.
    fn results(&mut self) {
        let life = self.life();
        let (Some(built), Some(operational)) = (life.entered(Stage::Commissioning), life.entered(Stage::Operational)) else {
            return;
        };
        let until = life.entered(Stage::Decommissioned).unwrap_or(life.last_day());
        let half = self.project.capacity.value / Decimal::TWO;
        for on in [days_after(built, 30), operational] {
            let capacity = Capacity { value: half.normalize(), ..self.project.capacity };
            self.history.say(Said::by(self.lead(), on, CapacityCommissioned { capacity, part: None }).with("acceptance test"));
        }
        for year in operational.year().. {
            let reported_on = days_after(day(year + 1, 2, 1), self.chance.between(0..=60));
            if reported_on > until {
                break;
            }
            self.abatement(year, day(year, 1, 1).max(operational), reported_on);
        }
    }

    fn abatement(&mut self, year: i32, from: NaiveDate, reported_on: NaiveDate) {
        let to = day(year, 12, 31);
        let share = self.project.abatement_t * ((to - from).num_days() + 1) / 365;
        let t_co2e = Decimal::from(share * self.chance.between(60..=105) / 100);
        let reported = AbatementReported {
            from: Date::day(from),
            to: Date::day(to),
            t_co2e,
            method: line("metered fuel and power"),
            bound: None,
            verified_by: None,
            standard: None,
            boundary: None,
        };
        let (has_document, is_late) = (self.chance.happens(80), self.chance.happens(10));
        let said = Said::by(self.lead(), reported_on, reported).with_if(has_document, "verified emissions report");
        let fact = self.history.say(said.late_if(is_late));
        if has_document && !is_late && self.chance.happens(40) {
            self.history.confirm(self.scene.manager, days_after(reported_on, 30), fact);
        } else if !is_late && !has_document && self.chance.happens(40) {
            self.history.attach(self.lead(), days_after(reported_on, 45), fact, "verified emissions report");
        }
    }
}

/// Whether what hangs on a project is for the parties' eyes only, in one case of twenty.
pub(super) fn some_visibility(chance: &mut Chance) -> Visibility {
    if chance.happens(5) { Visibility::Parties } else { Visibility::Participants }
}
