//! What starts, ends, bars or undoes something: a fact of a permit, a step of the regime, or the deadline of another limit.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error};

/// The facts that a regime's file can name.
pub const FACTS: &[&str] = &[
    "ApplicationSubmitted",
    "ApplicationAmended",
    "ApplicationReturned",
    "ApplicationAccepted",
    "ClockStarted",
    "InformationSupplied",
    "ConsultationOpened",
    "ConsultationClosed",
    "RecommendationMade",
    "ApplicationWithdrawn",
    "ApplicationLapsed",
    "ChallengeLodged",
    "DeterminationQuashed",
    "RedeterminationOpened",
    "DeadlinePublished",
];

/// What a regime waits for, by the name that its file gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// `receipt`: the application was received.
    Receipt,
    /// `determination`: the application was granted, partly granted or refused.
    Determination,
    /// `announced`: the determination was announced.
    Announced,
    /// `appeal`: the applicant appealed.
    Appeal,
    /// `request-lapsed`: the day on which information was due passed without it.
    RequestLapsed,
    /// `step:…`: a step of the regime was taken.
    Step(String),
    /// `deadline:…`: the deadline of another limit came, and nothing had ended that limit.
    DeadlineOf(String),
    /// The name of a type of fact.
    Fact(&'static str),
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl TryFrom<String> for Trigger {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("step", step)) if !step.is_empty() => return Ok(Self::Step(step.to_owned())),
            Some(("deadline", limit)) if !limit.is_empty() => return Ok(Self::DeadlineOf(limit.to_owned())),
            _ => {}
        }
        match text.as_str() {
            "receipt" => Ok(Self::Receipt),
            "determination" => Ok(Self::Determination),
            "announced" => Ok(Self::Announced),
            "appeal" => Ok(Self::Appeal),
            "request-lapsed" => Ok(Self::RequestLapsed),
            name => FACTS.iter().find(|fact| **fact == name).map(|fact| Self::Fact(fact)).ok_or_else(|| {
                format!(
                    "'{name}' is nothing to wait for; there are receipt, determination, announced, appeal, request-lapsed, \
                     step:…, deadline:…, {}",
                    FACTS.join(", ")
                )
            }),
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipt => f.write_str("receipt"),
            Self::Determination => f.write_str("determination"),
            Self::Announced => f.write_str("announced"),
            Self::Appeal => f.write_str("appeal"),
            Self::RequestLapsed => f.write_str("request-lapsed"),
            Self::Step(step) => write!(f, "step:{step}"),
            Self::DeadlineOf(limit) => write!(f, "deadline:{limit}"),
            Self::Fact(name) => f.write_str(name),
        }
    }
}
