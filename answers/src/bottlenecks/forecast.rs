//! When an open application will end, from what others of its age did (DOMAIN §6.6).

use super::{Ending, Passage, table};
use crate::statistics::{FEW, Incidence, Percent, Survival, Table};

/// What a group says of those that are open.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Who was at risk and who ended at each age.
    pub table: Table<Ending>,
    /// The share that has not ended by each age.
    pub survival: Survival,
    /// The share that has ended in each way.
    pub incidence: Incidence<Ending>,
}

impl Basis {
    /// What `passages` say.
    #[must_use]
    pub fn of<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Self {
        let table = table(passages);
        Self { survival: Survival::of(&table), incidence: Incidence::of(&table), table }
    }

    /// Whether it can tell of an application that is `age` days old: five had come to that age, and five ended later.
    fn tells_of(&self, age: u32) -> bool {
        self.table.at_risk(age) >= FEW && self.table.events_after(age) >= FEW
    }
}

/// When an open application will end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// By which of the groups: 0 is the first that was asked, each next one wider.
    pub group: usize,
    /// Half of those that came to this age had ended after so many more days; none where fewer did.
    pub p50: Option<u32>,
    /// Four fifths had.
    pub p80: Option<u32>,
    /// Of those that ended later than at this age, the share that was granted, 0 to 1.
    pub grants: Option<f64>,
    /// How many had come to this age.
    pub at_risk: u32,
    /// How many of them were seen to end later.
    pub events: u32,
}

/// When an application that is open at `age`, in days, will end: by the first of `groups`, each wider than the one before,
/// that is large enough. None where none is.
#[must_use]
pub fn forecast(age: u32, groups: &[&Basis]) -> Option<Forecast> {
    let (group, basis) = groups.iter().enumerate().find(|(_, basis)| basis.tells_of(age))?;
    Some(Forecast {
        group,
        p50: basis.survival.remaining(age, Percent::MEDIAN),
        p80: basis.survival.remaining(age, Percent::P80),
        grants: basis.incidence.share_after(age, Ending::is_grant),
        at_risk: basis.table.at_risk(age),
        events: basis.table.events_after(age),
    })
}
