//! What registers last said of the facts that they stated.

use schema::{Act, Date, EventId, Fact, Provenance, RegisterRow};

use super::{ActRecord, Acts, Versions, Web, facts};

/// The last word of a register on a fact that it stated, whether or not it counts.
#[derive(Debug, Clone)]
pub struct Said<F> {
    /// The act that stated the fact.
    pub stated: ActRecord<F>,
    /// The register's latest version of it.
    pub word: ActRecord<F>,
    /// The register's own retraction of it, where one is in effect.
    pub withdrawal: Option<EventId>,
    /// A person's retraction of it, where one is in effect.
    pub taken_back_by: Option<EventId>,
    /// What the register said against that retraction, the last at the end.
    pub against_retraction: Vec<ActRecord<F>>,
    /// Whose word the version is that counts; `None` when none does.
    pub counting: Option<Provenance>,
    /// Whether the register's last word stands against the person's version that counts; one that it withdrew would.
    pub disagrees: bool,
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

impl<F: Fact> Said<F> {
    /// What the register says although a person retracted the fact.
    #[must_use]
    pub fn contradiction(&self) -> Option<&ActRecord<F>> {
        self.against_retraction.last()
    }
}

/// What registers last said of each fact among `acts` that one of them stated.
#[must_use]
pub fn said_by_registers<F: Fact>(acts: &Acts<F>) -> Vec<Said<F>> {
    let web = Web::new(acts);
    facts(&web.versions()).filter_map(|fact| web.said(fact)).collect()
}

impl<F: Fact> Web<'_, F> {
    fn said(&self, fact: Versions) -> Option<Said<F>> {
        let is_register = |act: usize| self.provenance(act) == Provenance::Register;
        let stated = &self.acts[fact.stated];
        // In what was known by an earlier edition, the later one that stated the fact is missing.
        let stands = matches!(stated.content, Act::Stated(_)) || self.target(fact.stated).is_none();
        if !is_register(fact.stated) || !stands {
            return None;
        }
        let word = self.last_word(fact)?;
        let (by_register, by_person): (Vec<_>, Vec<_>) = self.retractions(fact.stated).partition(|act| is_register(*act));
        let id = |act: usize| self.acts[act].header.id;
        let mut against: Vec<usize> = by_person.iter().flat_map(|retraction| self.about(*retraction)).collect();
        against.retain(|act| self.is_registers_word(*act) && !self.is_retracted(*act));
        against.sort_by_key(|act| self.edition(*act));
        let counting = self.counting(fact);
        Some(Said {
            stated: ActRecord::clone(stated),
            word: ActRecord::clone(&self.acts[word.act]),
            withdrawal: by_register.into_iter().map(id).min(),
            taken_back_by: by_person.into_iter().map(id).min(),
            against_retraction: against.into_iter().map(|act| ActRecord::clone(&self.acts[act])).collect(),
            counting: counting.map(|version| self.whose(version.act)),
            disagrees: counting
                .is_some_and(|counting| self.whose(counting.act) == Provenance::Person && self.is_spoken_against(fact, counting)),
        })
    }
}
