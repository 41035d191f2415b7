//! The life of a project: the stages that it entered, and the breaks between them.

use chrono::NaiveDate;
use schema::project::{Stage, Standing};

use super::{
    chance::Chance,
    days::{AS_OF, Course, day, days_after, some_day},
};

/// Each stage, with the days that pass before it is entered.
const STAGES: [(Stage, i64, i64); 8] = [
    (Stage::Concept, 5, 30),
    (Stage::Feasibility, 90, 400),
    (Stage::Feed, 150, 500),
    (Stage::Fid, 200, 600),
    (Stage::Construction, 20, 150),
    (Stage::Commissioning, 300, 800),
    (Stage::Operational, 60, 200),
    (Stage::Decommissioned, 900, 4_000),
];

/// A time in which a project did not go on; the last may have no end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Break {
    pub standing: Standing,
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

/// What became of a project, and when.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub registered: NaiveDate,
    pub stages: Vec<(Stage, NaiveDate)>,
    pub breaks: Vec<Break>,
}

impl Life {
    /// A life that begins when its cluster has been there for a while.
    pub fn of_some_project(chance: &mut Chance, cluster_founded: NaiveDate) -> Self {
        let latest = (day(2026, 1, 31) - cluster_founded).num_days();
        let registered = days_after(cluster_founded, chance.between(60..=latest));
        let mut life = Self { registered, stages: Vec::new(), breaks: Vec::new() };
        life.go_on(chance, Course(registered));
        life
    }

    fn go_on(&mut self, chance: &mut Chance, mut course: Course) -> Option<()> {
        for (stage, least, most) in STAGES {
            if !self.stages.is_empty() && chance.happens(9) {
                let taken = self.take_a_break(chance, &mut course)?;
                self.breaks.push(taken);
                taken.until?;
            }
            let on = course.after(chance, least..=most)?;
            self.stages.push((stage, on));
        }
        Some(())
    }

    /// A break that began by the end of all histories. Of those that are suspended most go on, of those that are given up
    /// few.
    fn take_a_break(&self, chance: &mut Chance, course: &mut Course) -> Option<Break> {
        let (standing, revived) = match chance.between(0..=99) {
            0..55 => (Standing::Suspended, 80),
            55..80 => (Standing::Shelved, 35),
            _ => (Standing::Cancelled, 10),
        };
        let from = course.after(chance, 20..=90)?;
        let goes_on = chance.happens(revived);
        let until = some_day(chance, from, 60..=400).filter(|_| goes_on);
        if let Some(until) = until {
            course.0 = until;
        }
        Some(Break { standing, from, until })
    }

    /// When it entered `stage`.
    pub fn entered(&self, stage: Stage) -> Option<NaiveDate> {
        self.stages.iter().find(|(entered, _)| *entered == stage).map(|(_, on)| *on)
    }

    /// When it stopped for good, as far as is known.
    pub fn stopped(&self) -> Option<NaiveDate> {
        self.breaks.last().filter(|last| last.until.is_none()).map(|last| last.from)
    }

    /// The last day on which something can have happened to it.
    pub fn last_day(&self) -> NaiveDate {
        self.stopped().unwrap_or(AS_OF)
    }
}
