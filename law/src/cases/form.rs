//! The form of a file of cases.

use chrono::NaiveDate;
use schema::{
    Date,
    permit::{ChallengeKind, Party, Period, Relief},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::clock::{FactKey, Happening, What};

#[derive(Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    pub cases: Vec<Value>,
    #[serde(default)]
    pub rules: Vec<Value>,
}

#[derive(Deserialize)]
pub(super) struct Case {
    pub regime: String,
    #[serde(rename = "case")]
    pub of: String,
    pub version: Option<String>,
    #[serde(default)]
    pub places: Vec<String>,
    #[serde(default)]
    pub facts: Vec<CaseFact>,
    #[serde(default)]
    pub asks: Vec<Ask>,
    #[serde(default)]
    pub refused: Vec<Flag>,
    #[serde(default)]
    pub flagged: Vec<Flag>,
}

#[derive(Deserialize)]
pub(super) struct Ask {
    pub limit: String,
    pub on: NaiveDate,
    pub expect: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Flag {
    pub fact: usize,
    pub code: String,
}

pub(super) fn words(flags: &[Flag]) -> String {
    let words: Vec<_> = flags.iter().map(|flag| format!("fact {}: {}", flag.fact, flag.code)).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// A fact as a case writes it. Members that no clock asks about are not read.
#[derive(Deserialize)]
pub(super) struct CaseFact {
    #[serde(rename = "type")]
    kind: String,
    on: Date,
    received_on: Option<Date>,
    announced_on: Option<Date>,
    due_on: Option<Date>,
    material: Option<bool>,
    complete: Option<bool>,
    in_part: Option<bool>,
    ground: Option<String>,
    limit: Option<String>,
    step: Option<String>,
    regime: Option<String>,
    case: Option<String>,
    request: Option<usize>,
    stop: Option<usize>,
    challenge: Option<usize>,
    responsible: Option<Party>,
    #[serde(rename = "kind")]
    challenge_kind: Option<ChallengeKind>,
    by: Option<Value>,
    to: Option<Date>,
    deadline: Option<Date>,
    relief: Option<Relief>,
}

impl CaseFact {
    /// What happened; nothing, where it is of a type that no clock asks about.
    pub(super) fn happening(&self, at: usize) -> Result<Option<Happening>, String> {
        let sequence = u16::try_from(at).map_err(|_| "a case has 65,535 facts at most".to_owned())?;
        let what = self.what().map_err(|says| format!("fact {at}, {}: {says}", self.kind))?;
        Ok(what.map(|what| Happening { key: FactKey(at), on: self.on, sequence, insisted: false, what }))
    }

    fn what(&self) -> Result<Option<What>, String> {
        let key = |place: Option<usize>| place.map(FactKey);
        let what = match self.kind.as_str() {
            "ApplicationSubmitted" => What::Submitted { received_on: self.received_on },
            "ApplicationAmended" => What::Amended { material: self.material },
            "ApplicationReturned" => What::Returned,
            "ApplicationAccepted" => What::Accepted,
            "ClockStarted" => What::ClockStarted,
            "InformationRequested" => What::InformationRequested { ground: self.ground.clone(), due_on: self.due_on },
            "InformationSupplied" => What::InformationSupplied { request: key(self.request), complete: self.complete },
            "ClockStopped" => {
                What::Stopped { ground: self.ground.clone(), responsible: self.responsible.ok_or("needs 'responsible'")? }
            }
            "ClockResumed" => What::Resumed { stop: key(self.stop), ground: self.ground.clone() },
            "DeadlineExtended" => {
                What::Extended { limit: self.limit.clone(), ground: self.ground.clone(), by: self.period()?, to: self.to }
            }
            "LimitReplaced" => What::Replaced { limit: self.needed_limit()?, by: self.period()?, to: self.to },
            "DeadlinePublished" => {
                What::Published { limit: self.needed_limit()?, deadline: self.deadline.ok_or("needs 'deadline'")? }
            }
            "ProcedureStepTaken" => What::Step(self.step.clone().ok_or("needs 'step'")?),
            "ConsultationOpened" => What::ConsultationOpened,
            "ConsultationClosed" => What::ConsultationClosed,
            "RecommendationMade" => What::Recommended,
            "PermitGranted" | "PermitPartlyGranted" | "PermitRefused" => {
                What::Determined { announced_on: self.announced_on, deemed: false }
            }
            "PermitDeemedGranted" | "PermitDeemedRefused" | "PermitDeemedWaived" => {
                What::Determined { announced_on: self.announced_on, deemed: true }
            }
            "ApplicationWithdrawn" => What::Withdrawn,
            "ApplicationLapsed" => What::Lapsed,
            "ChallengeLodged" => {
                let kind = self.challenge_kind.ok_or("needs 'kind'")?;
                What::ChallengeLodged { kind, by: self.party()? }
            }
            "ChallengeDismissed" | "ChallengeWithdrawn" => What::ChallengeEnded { challenge: key(self.challenge) },
            "ChallengeUpheld" => What::ChallengeUpheld { challenge: key(self.challenge), relief: self.relief },
            "DeterminationQuashed" => What::Quashed { in_part: self.in_part == Some(true) },
            "RedeterminationOpened" => What::RedeterminationOpened,
            "RegimeDetermined" => What::RegimeDetermined {
                regime: self.regime.clone().ok_or("needs 'regime'")?,
                case: self.case.clone().ok_or("needs 'case'")?,
            },
            _ => return Ok(None),
        };
        Ok(Some(what))
    }

    fn needed_limit(&self) -> Result<String, String> {
        self.limit.clone().ok_or_else(|| "needs 'limit'".to_owned())
    }

    /// `by` of an extension is a period; that of other facts a party or a name.
    fn period(&self) -> Result<Option<Period>, String> {
        let read = |value: &Value| serde_json::from_value(value.clone()).map_err(|error| format!("'by' is no period: {error}"));
        self.by.as_ref().map(read).transpose()
    }

    fn party(&self) -> Result<Option<Party>, String> {
        let read = |value: &Value| serde_json::from_value(value.clone()).map_err(|error| format!("'by' is no party: {error}"));
        self.by.as_ref().map(read).transpose()
    }
}
