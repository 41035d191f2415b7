//! Facts about awards of money, in the words of those who fund.
//!
//! IATI, 360Giving and the US DATA Act keep apart what is awarded, what is obligated (committed by a signed agreement)
//! and what is disbursed; so does this record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ClusterId, Date, ExternalId, Line, Money, Note, OrganisationId, ProgrammeId, ProjectId, ThingId,
    fact::{facts, payloads},
};

/// By what instrument money is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// Need not be paid back.
    Grant,
    /// Is paid back.
    Loan,
    /// Is paid if another's payment fails.
    Guarantee,
    /// Buys a share.
    Equity,
    /// Lowers a tax.
    TaxCredit,
    /// Pays the difference to an agreed price.
    ContractForDifference,
    /// State aid of another kind.
    StateAid,
    /// Borrowed from private lenders.
    PrivateDebt,
    /// Invested by private owners.
    PrivateEquity,
}

/// Whose money it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The public's.
    Public,
    /// Private owners' or lenders'.
    Private,
}

/// What money is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A feasibility study.
    Feasibility,
    /// Front-end engineering design.
    Feed,
    /// Building.
    Construction,
    /// Operating.
    Operation,
}

payloads! {
    /// Money that is sought, expected or given came on record.
    AwardIdentified {
        /// What it is for, in a line.
        title: Line,
        /// The programme it is under, where it is under one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        programme: Option<ProgrammeId>,
        /// Who gives, where that is known; with a programme, its funder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        funder: Option<OrganisationId>,
        /// Who receives, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipient: Option<OrganisationId>,
        /// The projects it is for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        projects: Vec<ProjectId>,
        /// The clusters it is for, where it is for a cluster as a whole.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clusters: Vec<ClusterId>,
        /// By what instrument.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instrument: Option<Instrument>,
        /// Whose money it is, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<Side>,
        /// What stage of a project it pays for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<Purpose>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
    }

    /// It was applied for.
    AwardAppliedFor {
        /// How much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    }

    /// The application was put on a short list or a reserve list.
    AwardShortlisted {
        /// Whether on the reserve list.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reserve: bool,
    }

    /// It was announced, and nothing is binding.
    AwardExpected {
        /// How much, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    }

    /// The application was declined.
    AwardDeclined {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// It was awarded.
    AwardMade {
        /// How much.
        amount: Money,
    }

    /// The agreement was signed: the money is obligated.
    AwardAgreementSigned {
        /// How much is obligated.
        obligated: Money,
        /// The agreement's reference.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Line>,
        /// What has to be met, by short names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<Line>,
        /// Until when it has to be spent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_on: Option<Date>,
    }

    /// The award or its agreement was amended.
    AwardAmended {
        /// How much is then awarded, if that changes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        awarded: Option<Money>,
        /// How much is then obligated, if that changes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        obligated: Option<Money>,
        /// Why.
        reason: Note,
    }

    /// All financing agreements of the project are signed and their conditions met.
    FinancialCloseReached {}

    /// A condition of the agreement was met.
    AwardConditionMet {
        /// Which, by its short name.
        condition: Line,
    }

    /// Money was paid out.
    AwardDisbursed {
        /// How much.
        amount: Money,
        /// Which of several payments: what tells two of one amount on one day apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tranche: Option<Line>,
    }

    /// Money was paid out for what was delivered, as under a contract for difference.
    PerformancePaid {
        /// How much.
        amount: Money,
        /// For what was delivered.
        basis: Line,
    }

    /// A part of what was obligated was released.
    AwardDeobligated {
        /// How much.
        amount: Money,
        /// Why.
        reason: Note,
    }

    /// Money was paid back.
    AwardRecovered {
        /// How much.
        amount: Money,
        /// Why.
        reason: Note,
    }

    /// The award was ended before its time.
    AwardTerminated {
        /// Why.
        reason: Note,
    }
}

facts! {
    /// The facts of an award.
    AwardFact of Award {
        /// See [`AwardIdentified`].
        AwardIdentified,
        /// See [`AwardAppliedFor`].
        AwardAppliedFor,
        /// See [`AwardShortlisted`].
        AwardShortlisted,
        /// See [`AwardExpected`].
        AwardExpected,
        /// See [`AwardDeclined`].
        AwardDeclined,
        /// See [`AwardMade`].
        AwardMade,
        /// See [`AwardAgreementSigned`].
        AwardAgreementSigned,
        /// See [`AwardAmended`].
        AwardAmended,
        /// See [`FinancialCloseReached`].
        FinancialCloseReached,
        /// See [`AwardConditionMet`].
        AwardConditionMet,
        /// See [`AwardDisbursed`].
        AwardDisbursed,
        /// See [`PerformancePaid`].
        PerformancePaid,
        /// See [`AwardDeobligated`].
        AwardDeobligated,
        /// See [`AwardRecovered`].
        AwardRecovered,
        /// See [`AwardTerminated`].
        AwardTerminated,
    }
    references |fact| match fact {
        AwardFact::AwardIdentified(identified) => {
            let organisations = [identified.funder, identified.recipient].into_iter().flatten().map(ThingId::from);
            let projects = identified.projects.iter().copied().map(ThingId::from);
            let clusters = identified.clusters.iter().copied().map(ThingId::from);
            identified.programme.map(ThingId::from).into_iter().chain(organisations).chain(projects).chain(clusters).collect()
        }
        _ => Vec::new(),
    };
    recurring AwardDisbursed | PerformancePaid | AwardDeobligated | AwardRecovered;
}
