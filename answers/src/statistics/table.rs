//! Who is at risk, who ends and how, and who is lost from sight, at each age.

use std::collections::BTreeMap;

use super::FEW;

/// One thing that was watched from one age to another, in whole days. `C` is how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation<C> {
    entry: u32,
    exit: u32,
    ending: Option<C>,
}

impl<C> Observation<C> {
    /// Watched from the age of `entry` days to that of `exit` days, on which it ended so; none, where it was lost from sight
    /// then and had not ended. `None` where it leaves before it enters: nothing of it was seen.
    #[must_use]
    pub fn try_new(entry: u32, exit: u32, ending: Option<C>) -> Option<Self> {
        (entry <= exit).then_some(Self { entry, exit, ending })
    }
}

/// What happens at one age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<C> {
    /// The age, in days.
    pub age: u32,
    /// How many are at risk just before anything of this age happens.
    pub at_risk: u32,
    /// How many end, by how.
    pub endings: BTreeMap<C, u32>,
    /// How many are lost from sight, after those that end.
    pub censored: u32,
}

impl<C> Row<C> {
    /// How many end, however they do.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.endings.values().sum()
    }
}

/// The ages at which something ends or is lost from sight, from the first age with enough at risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<C> {
    /// The first age with enough at risk, in days; none, where there never are.
    pub starts_at: Option<u32>,
    /// How many are at risk at that age or enter later.
    pub n: u32,
    /// How many were lost from sight, or had ended, before that age.
    pub before_start: u32,
    /// What happens from there on, in the order of age.
    pub rows: Vec<Row<C>>,
}

/// What changes at one age.
struct Change<C> {
    enter: u32,
    endings: BTreeMap<C, u32>,
    censored: u32,
}

impl<C> Default for Change<C> {
    fn default() -> Self {
        Self { enter: 0, endings: BTreeMap::new(), censored: 0 }
    }
}

impl<C: Copy + Ord> Table<C> {
    /// The table of `observations`, in whatever order, from the first age with five at risk (DOMAIN §6.1).
    #[must_use]
    pub fn of(observations: &[Observation<C>]) -> Self {
        Self::from_at_risk(observations, FEW)
    }

    /// The same from the first age with at least `least` at risk.
    #[must_use]
    pub fn from_at_risk(observations: &[Observation<C>], least: u32) -> Self {
        let mut changes: BTreeMap<u32, Change<C>> = BTreeMap::new();
        for observation in observations {
            changes.entry(observation.entry).or_default().enter += 1;
            let exit = changes.entry(observation.exit).or_default();
            match observation.ending {
                Some(ending) => *exit.endings.entry(ending).or_default() += 1,
                None => exit.censored += 1,
            }
        }
        let mut table = Self { starts_at: None, n: 0, before_start: 0, rows: Vec::new() };
        let mut at_risk = 0_u32;
        for (age, change) in changes {
            at_risk += change.enter;
            if table.starts_at.is_none() && at_risk >= least.max(1) {
                table.starts_at = Some(age);
            }
            let row = Row { age, at_risk, endings: change.endings, censored: change.censored };
            let leave = row.ended() + row.censored;
            at_risk -= leave;
            if table.starts_at.is_none() {
                table.before_start += leave;
            } else {
                table.n += leave;
                table.rows.extend((leave > 0).then_some(row));
            }
        }
        table
    }

    /// How many end.
    #[must_use]
    pub fn events(&self) -> u32 {
        self.rows.iter().map(Row::ended).sum()
    }

    /// How many are lost from sight.
    #[must_use]
    pub fn censored(&self) -> u32 {
        self.rows.iter().map(|row| row.censored).sum()
    }

    /// How many are at risk at `age`, before anything of that age happens; none before the table starts.
    #[must_use]
    pub fn at_risk(&self, age: u32) -> u32 {
        if self.starts_at.is_none_or(|start| age < start) {
            return 0;
        }
        let next = self.rows.partition_point(|row| row.age < age);
        self.rows.get(next).map_or(0, |row| row.at_risk)
    }

    /// How many end after `age`.
    #[must_use]
    pub fn events_after(&self, age: u32) -> u32 {
        let next = self.rows.partition_point(|row| row.age <= age);
        self.rows.iter().skip(next).map(Row::ended).sum()
    }
}
