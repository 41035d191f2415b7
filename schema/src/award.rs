//! Facts about awards of money, in the words of those who fund.
//!
//! IATI, 360Giving and the US DATA Act keep apart what is awarded, what is obligated (committed by a signed agreement)
//! and what is disbursed; so does this record.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AwardId, ClusterId, Date, Exactness, ExternalId, Line, Money, Note, OrganisationId, PermitId, ProgrammeId, ProjectId,
    Settled, ThingId,
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

/// What part of an award is for one project or cluster, as an amount or in percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The cluster, where it is for a cluster as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterId>,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// How many percent of the whole, above 0 and up to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub percent: Option<Decimal>,
}

/// That an award is state aid: a legal qualification (TFEU, article 107), and no instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateAid {
    /// The number of the case or of the scheme.
    pub reference: Line,
    /// On what it rests, such as the general block exemption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Line>,
}

/// What has to be met under an agreement, and what is paid when it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Term {
    /// Its short name, as in the conditions of the agreement.
    pub condition: Line,
    /// Until when it is to be met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// The milestone of the project that meets it, by its short name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<Line>,
    /// The permit that meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<PermitId>,
    /// How much may then be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<Money>,
}

/// A payment that an agreement plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedPayment {
    /// When.
    pub on: Date,
    /// How much.
    pub amount: Money,
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
        /// The award out of which it is passed on: money that counts once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        out_of: Option<AwardId>,
        /// What part of it is for which project or cluster.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shares: Vec<Share>,
        /// That it is state aid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state_aid: Option<StateAid>,
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
        /// How exactly the amount is known, as where a source says 'up to'.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<Exactness>,
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
        /// How exactly the amount is known, as where a source says 'up to'.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<Exactness>,
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
        /// What has to be met until when, and what that releases.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        terms: Vec<Term>,
        /// When how much is to be paid.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        payments_planned: Vec<PlannedPayment>,
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

    /// A loan, or a part of it, was paid back as was agreed: no recovery (IATI 6, not 7).
    LoanRepaid {
        /// How much.
        amount: Money,
        /// Which of several: what tells two of one amount on one day apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instalment: Option<Line>,
    }

    /// A guarantee was called: its funder had to pay.
    GuaranteeCalled {
        /// How much.
        amount: Money,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
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
        /// See [`LoanRepaid`].
        LoanRepaid,
        /// See [`GuaranteeCalled`].
        GuaranteeCalled,
        /// See [`AwardTerminated`].
        AwardTerminated,
    }
    references |fact| match fact {
        AwardFact::AwardIdentified(identified) => {
            let organisations = [identified.funder, identified.recipient].into_iter().flatten().map(ThingId::from);
            let projects = identified.projects.iter().copied().map(ThingId::from);
            let clusters = identified.clusters.iter().copied().map(ThingId::from);
            let shares = identified.shares.iter();
            let shares = shares.flat_map(|share| [share.project.map(ThingId::from), share.cluster.map(ThingId::from)]).flatten();
            let awards = [identified.programme.map(ThingId::from), identified.out_of.map(ThingId::from)].into_iter().flatten();
            awards.chain(organisations).chain(projects).chain(clusters).chain(shares).collect()
        }
        AwardFact::AwardAgreementSigned(signed) => {
            signed.terms.iter().filter_map(|term| term.permit).map(ThingId::from).collect()
        }
        _ => Vec::new(),
    };
    settling |fact| match fact {
        AwardFact::AwardAppliedFor(applied) => Settled::given("applied for", applied.amount.as_ref()).into_iter().collect(),
        AwardFact::AwardShortlisted(shortlisted) => vec![Settled::new("reserve", &shortlisted.reserve)],
        AwardFact::AwardExpected(expected) => Settled::given("expected", expected.amount.as_ref()).into_iter().collect(),
        AwardFact::AwardAmended(amended) => {
            let awarded = Settled::given("awarded", amended.awarded.as_ref());
            awarded.into_iter().chain(Settled::given("obligated", amended.obligated.as_ref())).collect()
        }
        _ => Vec::new(),
    };
    recurring AwardDisbursed | PerformancePaid | AwardDeobligated | AwardRecovered | LoanRepaid | GuaranteeCalled;
}
