//! Facts about funding programmes: who gives, on what legal basis, how much, and to whom.

use crate::{
    ClusterId, Country, Date, ExternalId, Line, Money, Note, OrganisationId, Settled,
    fact::{facts, payloads},
};

payloads! {
    /// A funding programme opened.
    ProgrammeOpened {
        /// What it is called.
        title: Line,
        /// The organisation that funds.
        funder: OrganisationId,
        /// Act and article, or the decision, on which it rests.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_basis: Option<Line>,
        /// How much it has to give.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        budget: Option<Money>,
        /// How many awards it means to make.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        awards_planned: Option<u32>,
        /// The clusters it is open to; to those of all the countries below, if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clusters: Vec<ClusterId>,
        /// The countries it is open to; to all, if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        countries: Vec<Country>,
        /// The last day on which it can be applied for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes_on: Option<Date>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
    }

    /// The programme's budget was changed.
    ProgrammeBudgetAmended {
        /// What it then has to give.
        budget: Money,
        /// Why.
        reason: Note,
    }

    /// The programme took no more applications.
    ProgrammeClosed {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
}

facts! {
    /// The facts of a funding programme.
    ProgrammeFact of Programme {
        /// See [`ProgrammeOpened`].
        ProgrammeOpened,
        /// See [`ProgrammeBudgetAmended`].
        ProgrammeBudgetAmended,
        /// See [`ProgrammeClosed`].
        ProgrammeClosed,
    }
    references |fact| match fact {
        ProgrammeFact::ProgrammeOpened(opened) => {
            let clusters = opened.clusters.iter().map(|cluster| cluster.thing());
            std::iter::once(opened.funder.thing()).chain(clusters).collect()
        }
        _ => Vec::new(),
    };
    settling |fact| match fact {
        ProgrammeFact::ProgrammeBudgetAmended(amended) => vec![Settled::new("budget", &amended.budget)],
        _ => Vec::new(),
    };
}
