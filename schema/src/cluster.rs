//! Facts about industrial clusters.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Country, Date, ExternalId, Line, Location, Money, Note, OrganisationId, PermitId, PolicyMeasureId, Settled, ThingId,
    fact::{facts, payloads},
    project::Capacity,
};

/// How exactly a number of things is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// It is this number.
    #[default]
    Exactly,
    /// It is this number or more ("over 1,800 tenants").
    AtLeast,
}

/// A number of things in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StatedCount {
    /// How many.
    pub count: u32,
    /// How exactly that is known.
    #[serde(default)]
    pub bound: Bound,
    /// Of which year, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
}

/// Emissions in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StatedEmissions {
    /// Tonnes of CO2 equivalent per year, not below zero.
    #[schemars(with = "String")]
    pub t_per_year: Decimal,
    /// Of which year, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
}

/// Money in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StatedMoney {
    /// How much.
    pub amount: Money,
    /// Of which year, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
}

/// What infrastructure is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// A pipeline for CO2, hydrogen or another substance.
    Pipeline,
    /// A store for CO2, hydrogen, heat or power.
    Storage,
    /// An electricity grid.
    Grid,
    /// A heat network.
    Heat,
    /// A port or a part of one.
    Port,
}

payloads! {
    /// A cluster came on record.
    ClusterRegistered {
        /// Its name.
        name: Line,
        /// The country it lies in.
        country: Country,
        /// The town, port or region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Line>,
        /// The sectors in it, such as steel or refining.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sectors: Vec<Line>,
        /// Since when it is a signatory of the initiative.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signatory_since: Option<Date>,
        /// What other systems call it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        identifiers: Vec<ExternalId>,
        /// Where it lies on the map.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
    }

    /// An organisation joined a cluster.
    ClusterMemberJoined {
        /// The member.
        organisation: OrganisationId,
        /// What it does in the cluster.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Line>,
    }

    /// A member left a cluster.
    ClusterMemberLeft {
        /// The member.
        organisation: OrganisationId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }

    /// The organisation that brings the members together was named.
    ClusterConvenorNamed {
        /// Who.
        organisation: OrganisationId,
    }

    /// The members signed a charter.
    ClusterCharterSigned {
        /// What it is called.
        title: Line,
    }

    /// A body that governs the cluster was established.
    ClusterGovernanceEstablished {
        /// What it is called.
        body: Line,
    }

    /// Where the cluster starts from was stated. Each figure has the year that its source gives.
    ClusterBaselineStated {
        /// Emissions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emissions: Option<StatedEmissions>,
        /// Contribution to gross domestic product.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gdp: Option<StatedMoney>,
        /// Jobs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jobs: Option<StatedCount>,
        /// Tenants of the estate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenants: Option<StatedCount>,
        /// Companies that take part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        companies: Option<StatedCount>,
    }

    /// A target was set: a reduction by a year, in tonnes, in percent, or both.
    ClusterTargetSet {
        /// Tonnes of CO2 equivalent less per year.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        reduction_t_per_year: Option<Decimal>,
        /// Percent less than in the base year, above 0 and up to 100; 100 is net zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        reduction_percent: Option<Decimal>,
        /// The year it is measured from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_year: Option<u16>,
        /// The year by which it is to be reached.
        target_year: u16,
    }

    /// A shared asset was declared: planned, being built or there.
    SharedAssetDeclared {
        /// What it is called; a short name that is its own within the cluster.
        asset: Line,
        /// What it is.
        kind: AssetKind,
        /// What it can do, or will.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capacity: Option<Capacity>,
        /// Who runs it, or will.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<OrganisationId>,
        /// Where it lies on the map.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
    }

    /// A talent programme was launched.
    TalentProgrammeLaunched {
        /// What it is called.
        programme: Line,
        /// Who learns what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Note>,
    }

    /// A standard was adopted.
    StandardAdopted {
        /// What it is called.
        standard: Line,
        /// For what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Note>,
    }

    /// A practice was shared: a lesson that other clusters can find.
    PracticeShared {
        /// What it is about, in a line.
        title: Line,
        /// What was done.
        done: Note,
        /// What came of it.
        result: Note,
    }

    /// The permits that the cluster itself needs, for what it shares, were declared.
    ClusterPermitScopeDeclared {
        /// Every permit that is critical.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        permits: Vec<PermitId>,
        /// Why none is needed, where none is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none_needed: Option<Note>,
    }

    /// The policy measures that the cluster relies on were declared.
    ClusterRelianceDeclared {
        /// Every measure.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        measures: Vec<PolicyMeasureId>,
        /// Why it relies on none, where it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none_relied_on: Option<Note>,
    }

    /// Documents for a criterion of a ladder were filed; it is met when a second role confirms this.
    ClusterCriterionEvidenced {
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// What the documents show.
        statement: Note,
        /// The last day on which the documents count, where they expire.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Date>,
    }

    /// A criterion of a ladder was waived until a date.
    ClusterCriterionWaived {
        /// The criterion, by its id in the ladder.
        criterion: Line,
        /// Why.
        reason: Note,
        /// The last day of the waiver.
        until: Date,
    }
}

facts! {
    /// The facts of a cluster.
    ClusterFact of Cluster {
        /// See [`ClusterRegistered`].
        ClusterRegistered,
        /// See [`ClusterMemberJoined`].
        ClusterMemberJoined,
        /// See [`ClusterMemberLeft`].
        ClusterMemberLeft,
        /// See [`ClusterConvenorNamed`].
        ClusterConvenorNamed,
        /// See [`ClusterCharterSigned`].
        ClusterCharterSigned,
        /// See [`ClusterGovernanceEstablished`].
        ClusterGovernanceEstablished,
        /// See [`ClusterBaselineStated`].
        ClusterBaselineStated,
        /// See [`ClusterTargetSet`].
        ClusterTargetSet,
        /// See [`SharedAssetDeclared`].
        SharedAssetDeclared,
        /// See [`TalentProgrammeLaunched`].
        TalentProgrammeLaunched,
        /// See [`StandardAdopted`].
        StandardAdopted,
        /// See [`PracticeShared`].
        PracticeShared,
        /// See [`ClusterPermitScopeDeclared`].
        ClusterPermitScopeDeclared,
        /// See [`ClusterRelianceDeclared`].
        ClusterRelianceDeclared,
        /// See [`ClusterCriterionEvidenced`].
        ClusterCriterionEvidenced,
        /// See [`ClusterCriterionWaived`].
        ClusterCriterionWaived,
    }
    references |fact| match fact {
        ClusterFact::ClusterMemberJoined(joined) => vec![joined.organisation.thing()],
        ClusterFact::ClusterMemberLeft(left) => vec![left.organisation.thing()],
        ClusterFact::ClusterConvenorNamed(named) => vec![named.organisation.thing()],
        ClusterFact::SharedAssetDeclared(declared) => declared.operator.map(ThingId::from).into_iter().collect(),
        ClusterFact::ClusterPermitScopeDeclared(declared) => declared.permits.iter().copied().map(ThingId::from).collect(),
        ClusterFact::ClusterRelianceDeclared(declared) => declared.measures.iter().copied().map(ThingId::from).collect(),
        _ => Vec::new(),
    };
    settling |fact| match fact {
        ClusterFact::ClusterConvenorNamed(named) => vec![Settled::new("convenor", &named.organisation)],
        ClusterFact::ClusterPermitScopeDeclared(declared) => vec![Settled::new("permits", declared)],
        ClusterFact::ClusterRelianceDeclared(declared) => vec![Settled::new("measures", declared)],
        _ => Vec::new(),
    };
}
