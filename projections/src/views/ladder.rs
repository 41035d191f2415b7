//! Ladders: what has to be on record for each rung of the four pillars. They are versioned data, read from TOML.

use std::{collections::BTreeSet, fmt, sync::Arc};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The ladders that come with the program.
const SHIPPED: [(&str, &str); 2] = [
    ("cluster.v1.toml", include_str!("../../ladders/cluster.v1.toml")),
    ("project.v1.toml", include_str!("../../ladders/project.v1.toml")),
];

/// The four pillars of the World Economic Forum's framework for industrial clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pillar {
    /// Who works together, and how far they are bound.
    Partnerships,
    /// Permits, and the policy that is relied on.
    Policy,
    /// Who pays, and how far they are bound.
    Finance,
    /// How far the technology is from a concept to operation.
    Technology,
}

impl Pillar {
    /// Every pillar.
    pub const ALL: [Self; 4] = [Self::Partnerships, Self::Policy, Self::Finance, Self::Technology];

    /// The pillar's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Partnerships => "partnerships",
            Self::Policy => "policy",
            Self::Finance => "finance",
            Self::Technology => "technology",
        }
    }
}

/// Whose ladder it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Climber {
    /// A cluster's.
    Cluster,
    /// A project's.
    Project,
}

impl fmt::Display for Climber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cluster => "cluster",
            Self::Project => "project",
        })
    }
}

macro_rules! computed {
    ($($(#[$doc:meta])* $name:ident = $word:literal of $($climber:ident)+;)+) => {
        /// What can be computed from recorded facts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Computed {
            $($(#[$doc])* $name,)+
        }

        impl Computed {
            /// Everything that can be computed.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in a ladder.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// Of whom it can be computed.
            #[must_use]
            pub const fn climbers(self) -> &'static [Climber] {
                match self {
                    $(Self::$name => &[$(Climber::$climber,)+],)+
                }
            }
        }
    };
}

computed! {
    /// A lead organisation is registered.
    LeadOnRecord = "lead_on_record" of Project;
    /// A partnership that serves it is on record and has not ended.
    PartnershipIdentified = "partnership_identified" of Project Cluster;
    /// A convenor is named.
    ConvenorOnRecord = "convenor_on_record" of Cluster;
    /// At least two organisations are members.
    MembersOnRecord = "members_on_record" of Cluster;
    /// A partnership that goes on has signed a memorandum of understanding; inferred from a later step.
    MemorandumSigned = "memorandum_signed" of Project Cluster;
    /// A charter is signed, or a partnership that goes on has signed a memorandum of understanding; inferred from a later step.
    CharterOrMemorandumSigned = "charter_or_memorandum_signed" of Cluster;
    /// A governing body is established.
    GovernanceEstablished = "governance_established" of Cluster;
    /// A partnership that goes on has signed a term sheet; inferred from a later step.
    TermSheetSigned = "term_sheet_signed" of Project Cluster;
    /// The same of a partnership on shared infrastructure or CO2 transport and storage.
    SharedAssetTermSheetSigned = "shared_asset_term_sheet_signed" of Project Cluster;
    /// A partnership on offtake, supply, CO2 transport and storage or shared infrastructure is bound by an agreement.
    BindingAgreementSigned = "binding_agreement_signed" of Project Cluster;
    /// Such a partnership is active.
    OperatingUnderAgreement = "operating_under_agreement" of Project Cluster;
    /// A scope of permits is declared, and each permit has an authority and a legal basis.
    PermitsIdentified = "permits_identified" of Project Cluster;
    /// Every permit of the scope is applied for; inferred from its determination.
    ApplicationsSubmitted = "applications_submitted" of Project Cluster;
    /// Every application of the scope is accepted as complete; inferred from the start of its clock, or its determination.
    ApplicationsAccepted = "applications_accepted" of Project Cluster;
    /// Every permit of the scope is granted, and the grant stands: it is not past its last day while nothing is built.
    PermitsGranted = "permits_granted" of Project Cluster;
    /// Every permit of the scope is granted, not challenged, and its challenge window is over.
    ChallengeWindowsClosed = "challenge_windows_closed" of Project Cluster;
    /// Every permit of the scope is granted with conditions, those before construction are discharged, and none is breached.
    PreConstructionConditionsDischarged = "pre_construction_conditions_discharged" of Project Cluster;
    /// Every measure that is relied on is in force.
    MeasuresInForce = "measures_in_force" of Project Cluster;
    /// The cost is estimated.
    CostEstimated = "cost_estimated" of Project;
    /// An award pays for the feasibility study.
    FeasibilityFunded = "feasibility_funded" of Project Cluster;
    /// Public money is awarded.
    PublicSupportAwarded = "public_support_awarded" of Project Cluster;
    /// An award pays for front-end engineering design.
    FeedFunded = "feed_funded" of Project Cluster;
    /// The final investment decision is taken, or its stage entered; inferred from a later stage that was entered.
    FidTaken = "fid_taken" of Project;
    /// The project, or an award, has reached financial close.
    FinancialCloseReached = "financial_close_reached" of Project Cluster;
    /// Money of an award is paid out.
    FirstDisbursement = "first_disbursement" of Project Cluster;
    /// A technology lever is registered.
    LeverOnRecord = "lever_on_record" of Project;
    /// The milestone `feasibility` is reached; inferred from a later stage.
    FeasibilityDone = "feasibility_done" of Project;
    /// Front-end engineering design is entered, or reported; inferred from a later stage.
    FeedEntered = "feed_entered" of Project;
    /// The milestone `feed` is reached; inferred from a later stage.
    FeedDone = "feed_done" of Project;
    /// The cost is estimated to class 3 or better.
    CostEstimatedToClass3 = "cost_estimated_to_class_3" of Project;
    /// A milestone is planned, and not dropped.
    ScheduleOnRecord = "schedule_on_record" of Project;
    /// Capacity is commissioned.
    CapacityCommissioned = "capacity_commissioned" of Project;
    /// Abatement is reported, with a document.
    AbatementReported = "abatement_reported" of Project;
}

impl Computed {
    fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|computed| computed.word() == word)
    }
}

/// By what a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It is computed from the facts of the cluster or project itself.
    Computed(Computed),
    /// It is computed from the facts of a cluster's projects, of which at least one has to meet it.
    Projects(Computed),
    /// Documents are filed, and a second role accepted them.
    Evidence,
}

/// Who accepts documents that are filed for a criterion. Nobody accepts what was filed for their own side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptor {
    /// The lead of a company that is a member of the cluster.
    Member,
    /// Who funds the cluster or the project.
    Funder,
    /// Who keeps the cluster, of documents of its projects.
    Manager,
    /// A verifier.
    Verifier,
    /// An administrator.
    Administrator,
}

impl Acceptor {
    /// Every sort of acceptor.
    pub const ALL: [Self; 5] = [Self::Member, Self::Funder, Self::Manager, Self::Verifier, Self::Administrator];

    /// Those who accept where a ladder does not say who does.
    pub const USUAL: [Self; 3] = [Self::Manager, Self::Verifier, Self::Administrator];

    /// The role in which they accept, as tokens and acts name it.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Member => "project_lead",
            Self::Funder => "funder",
            Self::Manager => "cluster_manager",
            Self::Verifier => "verifier",
            Self::Administrator => "administrator",
        }
    }
}

/// What has to be on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// On which pillar.
    pub pillar: Pillar,
    /// For which rung, from 1.
    pub rung: u8,
    /// Its id, by which documents and waivers name it; the same in every version as long as it means the same.
    pub id: String,
    /// What has to be on record, in words.
    pub text: String,
    /// Whether the rung can't be reached without it.
    pub is_mandatory: bool,
    /// By what it is met.
    pub by: By,
    /// Who accepts the documents, where documents meet it.
    pub accepted_by: Vec<Acceptor>,
    /// From what else it is inferred, in words, where nothing of its own is on record; nothing, if left out.
    pub inferred_from: Option<String>,
}

/// A version of a ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Whose.
    pub of: Climber,
    /// Its version, from 1.
    pub version: u32,
    /// The first day on which it is the one that counts, until a later version does.
    pub valid_from: NaiveDate,
    /// Its criteria, by pillar and rung.
    pub criteria: Vec<Criterion>,
}

impl Ladder {
    /// Its name: `project.v1`, for example.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.v{}", self.of, self.version)
    }

    /// The highest rung of a pillar.
    #[must_use]
    pub fn rungs(&self, pillar: Pillar) -> u8 {
        self.criteria.iter().filter(|criterion| criterion.pillar == pillar).map(|criterion| criterion.rung).max().unwrap_or(0)
    }
}

/// What is wrong with a ladder's file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {says}")]
pub struct LadderError {
    /// The file.
    pub file: String,
    /// What is wrong, and what to write instead.
    pub says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    ladder: Climber,
    version: u32,
    valid_from: NaiveDate,
    criteria: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    pillar: Pillar,
    rung: u8,
    id: String,
    text: String,
    #[serde(default = "yes")]
    mandatory: bool,
    computed: Option<String>,
    #[serde(default)]
    evidence: bool,
    #[serde(default)]
    of: Of,
    accepted_by: Option<Vec<Acceptor>>,
    inferred_from: Option<String>,
}

const fn yes() -> bool {
    true
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Of {
    #[default]
    Own,
    Projects,
}

impl Row {
    /// Who accepts documents for it: at least somebody, and nobody where none are asked for.
    fn acceptors(&self, by: By) -> Result<Vec<Acceptor>, String> {
        let id = &self.id;
        match (&self.accepted_by, by == By::Evidence) {
            (Some(_), false) => Err(format!("criterion '{id}' is computed, so that nobody accepts it; leave out 'accepted_by'")),
            (Some(acceptors), true) if acceptors.is_empty() => {
                Err(format!("criterion '{id}' names nobody who accepts its documents; name one, or leave out 'accepted_by'"))
            }
            (Some(acceptors), true) => Ok(acceptors.clone()),
            (None, true) => Ok(Acceptor::USUAL.to_vec()),
            (None, false) => Ok(Vec::new()),
        }
    }

    fn by(&self, climber: Climber) -> Result<By, String> {
        let id = &self.id;
        match (&self.computed, self.evidence) {
            (Some(_), true) | (None, false) => {
                Err(format!("criterion '{id}' needs either 'computed = …' or 'evidence = true', one of the two"))
            }
            (None, true) if self.of == Of::Projects => {
                Err(format!("criterion '{id}' can't ask for documents of projects; leave out 'of', or compute it"))
            }
            (None, true) => Ok(By::Evidence),
            (Some(word), false) => {
                let computed = Computed::named(word).ok_or_else(|| unknown(id, word))?;
                let of = if self.of == Of::Projects { Climber::Project } else { climber };
                if self.of == Of::Projects && climber == Climber::Project {
                    return Err(format!("criterion '{id}' says 'of = \"projects\"', which only a cluster's ladder can"));
                }
                if !computed.climbers().contains(&of) {
                    return Err(format!("criterion '{id}': '{word}' can't be computed of a {of}"));
                }
                Ok(if self.of == Of::Projects { By::Projects(computed) } else { By::Computed(computed) })
            }
        }
    }
}

fn unknown(id: &str, word: &str) -> String {
    let known: Vec<_> = Computed::ALL.iter().map(|computed| computed.word()).collect();
    format!("criterion '{id}' says 'computed = \"{word}\"', which nothing computes; there are {}", known.join(", "))
}

impl Ladder {
    /// Reads a ladder from the text of `file`.
    ///
    /// # Errors
    ///
    /// When it is not TOML of this form, names something that nothing computes, leaves a rung empty, or uses an id twice.
    pub fn parse(file: &str, text: &str) -> Result<Self, LadderError> {
        Self::read(text).map_err(|says| LadderError { file: file.to_owned(), says })
    }

    fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
        let mut ids = BTreeSet::new();
        let mut criteria = Vec::with_capacity(file.criteria.len());
        for row in file.criteria {
            let by = row.by(file.ladder)?;
            if !ids.insert(row.id.clone()) {
                return Err(format!("criterion '{}' is there twice; give each an id of its own", row.id));
            }
            let accepted_by = row.acceptors(by)?;
            let Row { pillar, rung, id, text, mandatory, inferred_from, .. } = row;
            criteria.push(Criterion { pillar, rung, id, text, is_mandatory: mandatory, by, accepted_by, inferred_from });
        }
        criteria.sort_by_key(|criterion| (criterion.pillar, criterion.rung));
        let ladder = Self { of: file.ladder, version: file.version, valid_from: file.valid_from, criteria };
        ladder.refuse_gaps()?;
        Ok(ladder)
    }

    /// No rung is reached by emptiness: each has at least one criterion that it can't be reached without.
    fn refuse_gaps(&self) -> Result<(), String> {
        for pillar in Pillar::ALL {
            let asks = |rung: u8| {
                let mut criteria = self.criteria.iter();
                criteria.any(|criterion| criterion.pillar == pillar && criterion.rung == rung && criterion.is_mandatory)
            };
            if let Some(rung) = (1..=self.rungs(pillar).max(1)).find(|rung| !asks(*rung)) {
                return Err(format!("rung {rung} of {} has no mandatory criterion; write one", pillar.word()));
            }
            if self.criteria.iter().any(|criterion| criterion.pillar == pillar && criterion.rung == 0) {
                return Err(format!("{} has a criterion for rung 0; rungs begin with 1", pillar.word()));
            }
        }
        Ok(())
    }
}

/// Every version of every ladder.
#[derive(Debug, Clone, Default)]
pub struct Ladders(Vec<Arc<Ladder>>);

impl Ladders {
    /// The ladders that come with the program.
    ///
    /// # Errors
    ///
    /// Never, unless a file that comes with the program is wrong; a test reads them.
    pub fn shipped() -> Result<Self, LadderError> {
        SHIPPED.iter().try_fold(Self::default(), |ladders, (file, text)| ladders.with(file, text))
    }

    /// These and the one in the text of `file`.
    ///
    /// # Errors
    ///
    /// When the file is wrong, or its ladder has a version that is there.
    pub fn with(mut self, file: &str, text: &str) -> Result<Self, LadderError> {
        let ladder = Ladder::parse(file, text)?;
        if self.named(&ladder.name()).is_some() {
            let says = format!("{} is there already; a changed ladder gets the next version", ladder.name());
            return Err(LadderError { file: file.to_owned(), says });
        }
        self.0.push(Arc::new(ladder));
        self.0.sort_by_key(|ladder| (ladder.of, ladder.version));
        Ok(self)
    }

    /// Every version of every ladder, by climber and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Ladder>> {
        self.0.iter()
    }

    /// The ladder of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Ladder>> {
        self.0.iter().find(|ladder| ladder.name() == name)
    }

    /// The ladder of `climber` that counts on `day`: the last that was valid by then, or the first.
    #[must_use]
    pub fn on(&self, climber: Climber, day: NaiveDate) -> Option<&Arc<Ladder>> {
        let mut ladders = self.0.iter().filter(|ladder| ladder.of == climber);
        let valid = ladders.clone().filter(|ladder| ladder.valid_from <= day);
        valid.max_by_key(|ladder| (ladder.valid_from, ladder.version)).or_else(|| ladders.next())
    }

    /// Every version of the ladder of `climber`, in the order in which they came to count.
    #[must_use]
    pub fn of(&self, climber: Climber) -> Vec<Arc<Ladder>> {
        let mut versions: Vec<_> = self.0.iter().filter(|ladder| ladder.of == climber).cloned().collect();
        versions.sort_by_key(|ladder| (ladder.valid_from, ladder.version));
        versions
    }

    /// Whether a ladder of `climber`, of any version, has a criterion with this id.
    #[must_use]
    pub fn know(&self, climber: Climber, criterion: &str) -> bool {
        self.called(climber, criterion).next().is_some()
    }

    /// Whether a ladder of `climber`, of any version, has a criterion with this id that documents meet.
    #[must_use]
    pub fn ask_for_documents(&self, climber: Climber, criterion: &str) -> bool {
        self.called(climber, criterion).any(|known| known.by == By::Evidence)
    }

    /// Who accepts documents for the criterion with this id, by a ladder of `climber` of any version.
    pub fn acceptors<'a>(&'a self, climber: Climber, criterion: &'a str) -> impl Iterator<Item = Acceptor> + 'a {
        self.called(climber, criterion).flat_map(|known| known.accepted_by.iter().copied())
    }

    fn called<'a>(&'a self, climber: Climber, id: &'a str) -> impl Iterator<Item = &'a Criterion> {
        let ladders = self.0.iter().filter(move |ladder| ladder.of == climber);
        ladders.flat_map(|ladder| &ladder.criteria).filter(move |known| known.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "ladder = \"project\"\nversion = 2\nvalid_from = \"2026-01-01\"\n";

    fn criterion(pillar: &str, rung: u8, id: &str, by: &str) -> String {
        format!("[[criteria]]\npillar = \"{pillar}\"\nrung = {rung}\nid = \"{id}\"\ntext = \"x\"\n{by}\n")
    }

    fn ladder(first: &str) -> Result<Ladder, LadderError> {
        let rest: String = ["policy", "finance", "technology"].map(|p| criterion(p, 1, p, "evidence = true")).concat();
        Ladder::parse("mine.toml", &format!("{HEAD}{first}{rest}"))
    }

    #[test]
    fn the_ladders_that_come_with_the_program_have_five_rungs_on_every_pillar() {
        let ladders = Ladders::shipped().unwrap();
        assert_eq!(ladders.iter().map(|ladder| ladder.name()).collect::<Vec<_>>(), ["cluster.v1", "project.v1"]);
        for ladder in ladders.iter() {
            assert!(Pillar::ALL.iter().all(|pillar| ladder.rungs(*pillar) == 5));
        }
    }

    #[test]
    fn a_criterion_that_nothing_computes_is_refused_by_name() {
        let refused = ladder(&criterion("partnerships", 1, "love", "computed = \"everybody_happy\"")).unwrap_err();
        assert!(refused.to_string().contains("mine.toml: criterion 'love' says 'computed = \"everybody_happy\"', which nothing"));
        let elsewhere = ladder(&criterion("partnerships", 1, "convenor", "computed = \"convenor_on_record\"")).unwrap_err();
        assert!(elsewhere.says.contains("can't be computed of a project"), "{elsewhere}");
    }

    #[test]
    fn no_rung_is_reached_by_emptiness() {
        let gap = ladder(&criterion("partnerships", 2, "a", "evidence = true")).unwrap_err();
        assert_eq!(gap.says, "rung 1 of partnerships has no mandatory criterion; write one");
        let optional = ladder(&criterion("partnerships", 1, "a", "evidence = true\nmandatory = false")).unwrap_err();
        assert_eq!(optional.says, gap.says);
        assert!(ladder("").unwrap_err().says.contains("rung 1 of partnerships"));
    }

    #[test]
    fn a_criterion_has_one_source_and_an_id_of_its_own() {
        let both = criterion("partnerships", 1, "a", "evidence = true\ncomputed = \"lead_on_record\"");
        assert!(ladder(&both).unwrap_err().says.contains("one of the two"));
        assert!(ladder(&criterion("partnerships", 1, "a", "")).unwrap_err().says.contains("one of the two"));
        let twice = criterion("partnerships", 1, "policy", "evidence = true");
        assert!(ladder(&twice).unwrap_err().says.contains("there twice"));
        assert!(ladder(&criterion("partnership", 1, "a", "evidence = true")).unwrap_err().says.contains("partnership"));
        assert!(ladder(&criterion("partnerships", 1, "a", "evidence = true\nweight = 3")).is_err());
    }

    #[test]
    fn a_ladder_says_who_accepts_documents_and_of_what_is_computed_nobody_does() {
        let asks = |by: &str| ladder(&criterion("partnerships", 1, "plan", by));
        let accepted_by = |by: &str| asks(by).unwrap().criteria[0].accepted_by.clone();
        assert_eq!(accepted_by("evidence = true"), Acceptor::USUAL);
        let named = "evidence = true\naccepted_by = [\"member\", \"funder\"]";
        assert_eq!(accepted_by(named), [Acceptor::Member, Acceptor::Funder]);
        assert!(asks("evidence = true\naccepted_by = []").unwrap_err().says.contains("names nobody"));
        assert!(asks("evidence = true\naccepted_by = [\"everybody\"]").unwrap_err().says.contains("everybody"));
        let computed = "computed = \"lead_on_record\"\naccepted_by = [\"member\"]";
        assert!(asks(computed).unwrap_err().says.contains("nobody accepts it"));
        assert!(accepted_by("computed = \"lead_on_record\"").is_empty());
    }

    #[test]
    fn a_new_version_runs_beside_the_old_one() {
        let text =
            format!("{HEAD}{}", Pillar::ALL.map(|pillar| criterion(pillar.word(), 1, pillar.word(), "evidence = true")).concat());
        let ladders = Ladders::shipped().unwrap().with("mine.toml", &text).unwrap();
        let on = |day: &str| ladders.on(Climber::Project, day.parse().unwrap()).unwrap().name();
        assert_eq!(
            (on("2025-12-31").as_str(), on("2026-01-01").as_str(), on("2000-01-01").as_str()),
            ("project.v1", "project.v2", "project.v1")
        );
        assert!(ladders.clone().with("mine.toml", &text).unwrap_err().says.contains("the next version"));
        assert!(ladders.know(Climber::Project, "readiness") && !ladders.know(Climber::Project, "convenor-on-record"));
    }
}
