//! What registers last said of the facts that they stated.

use schema::{Act, Date, EventId, Fact, Provenance, RegisterRow};

use super::{ActRecord, Versions, Web, facts};

/// The last word of a register on a fact that it stated, whether or not it counts.
#[derive(Debug, Clone)]
pub struct Said<F> {
    /// The act that stated the fact.
    pub stated: ActRecord<F>,
    /// The register's latest version of it.
    pub word: ActRecord<F>,
    /// The register's own retraction of it, where one is in effect.
    pub withdrawal: Option<EventId>,
    /// Whether a person retracted it.
    pub is_taken_back: bool,
    /// Whose version counts; `None` when none does.
    pub counting: Option<Provenance>,
}

impl<F: Fact> Said<F> {
    /// The id of the fact.
    #[must_use]
    pub fn fact_id(&self) -> EventId {
        self.stated.header.id
    }

    /// The row that stated it.
    #[must_use]
    pub fn row(&self) -> Option<&RegisterRow> {
        self.stated.metadata.origin.row()
    }

    /// What the register says.
    #[must_use]
    pub fn fact(&self) -> Option<&F> {
        self.word.content.fact().map(AsRef::as_ref)
    }

    /// When it occurred, as the register says.
    #[must_use]
    pub fn occurred_on(&self) -> Date {
        self.word.metadata.occurred_on
    }
}

/// What registers last said of each fact among `acts` that one of them stated.
#[must_use]
pub fn said_by_registers<F: Fact>(acts: &[ActRecord<F>]) -> Vec<Said<F>> {
    let web = Web::new(acts);
    facts(&web.versions()).filter_map(|fact| web.said(fact)).collect()
}

impl<F: Fact> Web<'_, F> {
    fn said(&self, fact: Versions) -> Option<Said<F>> {
        let is_register = |act: usize| self.provenance(act) == Provenance::Register;
        let stated = &self.acts[fact.stated];
        if !is_register(fact.stated) || !matches!(stated.content, Act::Stated(_)) {
            return None;
        }
        let words = fact.versions.iter().filter(|version| is_register(version.act));
        let word = words.max_by_key(|version| self.rank(version))?;
        let (by_register, by_person): (Vec<_>, Vec<_>) = self.retractions(fact.stated).partition(|act| is_register(*act));
        Some(Said {
            stated: ActRecord::clone(stated),
            word: ActRecord::clone(&self.acts[word.act]),
            withdrawal: by_register.into_iter().map(|act| self.acts[act].header.id).min(),
            is_taken_back: !by_person.is_empty(),
            counting: self.counting(fact).map(|version| self.provenance(version.act)),
        })
    }
}
