//! The milestones of a project: planned, moved, reached or dropped, the final investment decision among them.

use chrono::NaiveDate;
use schema::{
    Date,
    project::{
        FidDeferred, FidPlanned, MilestoneAchieved, MilestoneDropped, MilestonePlanned, MilestoneRescheduled, ProjectFact,
        ResponsibleParty, Stage,
    },
};

use super::{
    chance::Chance,
    days::{AS_OF, days_after, planned, some_day},
    history::{History, Said, Voice},
    life::Life,
    words::{BREAKS, MOVES, line, note},
};

/// Each milestone, and the stage that is entered when it is reached.
const MILESTONES: [(&str, Stage); 5] = [
    ("feasibility", Stage::Feed),
    ("feed", Stage::Fid),
    ("fid", Stage::Fid),
    ("construction-start", Stage::Construction),
    ("operation", Stage::Operational),
];

const RESPONSIBLE: [ResponsibleParty; 6] = [
    ResponsibleParty::Lead,
    ResponsibleParty::Lead,
    ResponsibleParty::Authority,
    ResponsibleParty::Funder,
    ResponsibleParty::Partner,
    ResponsibleParty::ThirdParty,
];

/// A milestone, and when it is really reached, or will be as far as anybody knows.
struct Milestone {
    name: &'static str,
    planned_on: NaiveDate,
    reached_on: Option<NaiveDate>,
    expected_on: NaiveDate,
    /// When nothing can happen to it any more.
    last_day: NaiveDate,
}

/// Tells the schedule of a project with this life.
pub(super) fn tell(history: &mut History<ProjectFact>, chance: &mut Chance, lead: Voice, life: &Life) {
    if chance.happens(15) {
        unplanned(history, chance, lead, life);
        return;
    }
    let mut expected_on = life.stages.last().map_or(life.registered, |(_, on)| *on).max(AS_OF);
    for (name, stage) in MILESTONES {
        let reached_on = life.entered(stage).map(|on| if name == "feed" { days_after(on, -7) } else { on });
        expected_on = reached_on.unwrap_or_else(|| days_after(expected_on, chance.between(60..=420)));
        if !chance.happens(if name == "fid" { 85 } else { 60 }) {
            continue;
        }
        let Some(planned_on) = some_day(chance, life.registered, 8..=40).filter(|on| *on <= life.last_day()) else { continue };
        let last_day = reached_on.unwrap_or(life.last_day());
        let milestone = Milestone { name, planned_on, reached_on, expected_on, last_day };
        milestone.tell(history, chance, lead);
        milestone.drop_if_stopped(history, chance, lead, life);
    }
}

/// A milestone that was reached and never planned: refused unless somebody who may says that it was so all the same. The
/// record flags it; it is the one flag that made-up histories raise.
fn unplanned(history: &mut History<ProjectFact>, chance: &mut Chance, lead: Voice, life: &Life) {
    if let Some(on) = some_day(chance, life.registered, 30..=200).filter(|_| chance.happens(20)) {
        let achieved = Said::by(lead, on, MilestoneAchieved { milestone: line("site-secured") });
        history.say(achieved.overriding("the site was bought before anybody kept a schedule"));
    }
}

impl Milestone {
    fn is_fid(&self) -> bool {
        self.name == "fid"
    }

    fn tell(&self, history: &mut History<ProjectFact>, chance: &mut Chance, lead: Voice) {
        let slip = chance.between(-20..=100).max(0) * 7;
        let baseline = days_after(self.expected_on, -slip).max(days_after(self.planned_on, 60));
        let due_on = planned(chance, baseline);
        let plan: ProjectFact = if self.is_fid() {
            FidPlanned { due_on }.into()
        } else {
            MilestonePlanned { milestone: line(self.name), title: None, due_on, kind: None }.into()
        };
        history.say(Said::by(lead, self.planned_on, plan));
        self.moves(history, chance, lead, (baseline, due_on));
        if let Some(on) = self.reached_on.filter(|_| !self.is_fid()) {
            history.say(Said::by(lead, on, MilestoneAchieved { milestone: line(self.name) }));
        }
    }

    /// The moves from the first plan to when it is reached, evenly spread; none where there is no time for them.
    fn moves(&self, history: &mut History<ProjectFact>, chance: &mut Chance, lead: Voice, (baseline, due_on): (NaiveDate, Date)) {
        let room = (self.last_day.min(AS_OF) - self.planned_on).num_days();
        let moves = if room < 120 || baseline >= self.expected_on { 0 } else { chance.between(0..=3) };
        let slip = (self.expected_on - baseline).num_days();
        let mut from = due_on;
        for number in 1..=moves {
            let on = days_after(self.planned_on, room * number / (moves + 1));
            let to = planned(chance, days_after(baseline, slip * number / moves).max(days_after(on, 10)));
            let (reason, responsible) = (note(chance.one_of(&MOVES)), chance.one_of(&RESPONSIBLE));
            if self.is_fid() {
                let to = Some(to).filter(|_| chance.happens(90));
                history.say(Said::by(
                    lead,
                    on,
                    FidDeferred {
                        to,
                        reason: Some(reason),
                        responsible: Some(responsible),
                        from: None,
                        cause: None,
                        because_of: None,
                    },
                ));
            } else if to != from {
                history.say(Said::by(
                    lead,
                    on,
                    MilestoneRescheduled {
                        milestone: line(self.name),
                        from: Some(from),
                        to,
                        reason: Some(reason),
                        responsible: Some(responsible),
                        cause: None,
                        because_of: None,
                    },
                ));
            }
            from = to;
        }
    }

    /// Some of what a project that stopped for good had planned is dropped.
    fn drop_if_stopped(&self, history: &mut History<ProjectFact>, chance: &mut Chance, lead: Voice, life: &Life) {
        let Some(stopped) = life.stopped().filter(|_| self.reached_on.is_none() && chance.happens(50)) else { return };
        let on = days_after(stopped, chance.between(3..=20)).min(AS_OF);
        history.say(Said::by(lead, on, MilestoneDropped { milestone: line(self.name), reason: note(chance.one_of(&BREAKS)) }));
    }
}
