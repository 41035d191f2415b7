//! An answer of no: not a fault, but what the record has to say to a command.

use law::clock::Code;
use schema::EventId;
use thiserror::Error;

/// Why a command was refused, for its sender to read and a program to tell apart.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Rejection {
    /// Stable, listed in docs/errors.md.
    pub code: &'static str,
    /// What does not fit, in a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The field of the input that it is about.
    pub field: Option<&'static str>,
    /// The facts that stand in the way.
    pub facts: Vec<EventId>,
    /// Which of the acts of the command it is about, from 0; `None` where it is about all of them together.
    pub place: Option<usize>,
}

impl Rejection {
    /// A refusal with a code and a sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, field: None, facts: Vec::new(), place: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which act of the command it is about.
    #[must_use]
    pub const fn at(mut self, place: usize) -> Self {
        self.place = Some(place);
        self
    }

    /// Says which field of the input it is about.
    #[must_use]
    pub const fn on(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}

/// The codes that are not those of flags, with what each means. For docs/errors.md.
pub const CODES: &[(&str, &str)] = &[
    (ACCESS_CHANGED, "a warning: by the command somebody gains or loses access to the thing"),
    (ACTS_MISSING, "a command of several acts was given none"),
    (COMMAND_ID_REUSED, "you have used the command id before, with other content"),
    (CRITERION_COMPUTED, "the criterion is met by what is on record, and not by documents"),
    (CRITERION_UNKNOWN, "no ladder has a criterion of that id"),
    (EVIDENCE_MISSING, "no document was given"),
    (FACT_ALREADY_RETRACTED, "the fact was retracted, so there is nothing to correct, confirm or support"),
    (FACT_OF_OTHER_TYPE, "a correction has to be of the same type as what it corrects"),
    (FACT_UNKNOWN, "there is no such fact on this thing"),
    (INSTANTS_TOO_MANY, "more acts are stamped so than one command disowns"),
    (unlawful(Code::AfterExpiry), "the law has it before the deadline, and it comes after"),
    (unlawful(Code::AfterOutcome), "the law deemed an outcome before this determination"),
    (unlawful(Code::BeyondMaximum), "it is longer than the law allows, once or together"),
    (unlawful(Code::Blocked), "an act of the applicant bars it by law"),
    (unlawful(Code::Differs), "the date is not the one that the law gives"),
    (unlawful(Code::NeedsConsent), "the law asks for the applicant's consent to a further one"),
    (unlawful(Code::NotAllowed), "the law that is named for the permit does not know it"),
    (unlawful(Code::TooEarly), "it is earlier than the law allows"),
    (unlawful(Code::TooLate), "it is later than the law allows"),
    (unlawful(Code::UnknownGround), "the law that is named for the permit has no such ground"),
    (unlawful(Code::UsedUp), "the law allows no further one"),
    (MEMBERS_UNFIT, "what a correction gives does not go with what it leaves as it is"),
    (NOT_A_PARTY, "a fact for the parties only can't be recorded by somebody who is none, and would not see it"),
    (RATE_CONTRADICTED, "another rate of that currency is known of that day"),
    (RATES_UNFIT, "they can't be rates of exchange of that day"),
    (REFERENCE_UNKNOWN, "the fact names a thing that is not on record"),
    (RELIED_ON, "somebody relies on who the thing belongs to, which is not changed without them"),
    (SAME_ON_RECORD, "the same of that day is on record, and nothing tells whether this is another: of payments and the like"),
    (THING_FULL, "the thing holds as many acts as one thing may, so nothing more is recorded about it"),
    (THING_UNREADABLE, "an event of the thing can't be read by this build, so nothing is decided on it"),
];

/// See [`CODES`].
pub const ACCESS_CHANGED: &str = "ACCESS_CHANGED";
/// See [`CODES`].
pub const ACTS_MISSING: &str = "ACTS_MISSING";
/// See [`CODES`].
pub const COMMAND_ID_REUSED: &str = "COMMAND_ID_REUSED";
/// See [`CODES`].
pub const CRITERION_COMPUTED: &str = "CRITERION_COMPUTED";
/// See [`CODES`].
pub const CRITERION_UNKNOWN: &str = "CRITERION_UNKNOWN";
/// See [`CODES`].
pub const EVIDENCE_MISSING: &str = "EVIDENCE_MISSING";
/// See [`CODES`].
pub const FACT_ALREADY_RETRACTED: &str = "FACT_ALREADY_RETRACTED";
/// See [`CODES`].
pub const FACT_OF_OTHER_TYPE: &str = "FACT_OF_OTHER_TYPE";
/// See [`CODES`].
pub const FACT_UNKNOWN: &str = "FACT_UNKNOWN";
/// See [`CODES`].
pub const INSTANTS_TOO_MANY: &str = "INSTANTS_TOO_MANY";
/// See [`CODES`].
pub const MEMBERS_UNFIT: &str = "MEMBERS_UNFIT";
/// See [`CODES`].
pub const NOT_A_PARTY: &str = "NOT_A_PARTY";
/// See [`CODES`].
pub const RATE_CONTRADICTED: &str = "RATE_CONTRADICTED";
/// See [`CODES`].
pub const RATES_UNFIT: &str = "RATES_UNFIT";
/// See [`CODES`].
pub const REFERENCE_UNKNOWN: &str = "REFERENCE_UNKNOWN";
/// See [`CODES`].
pub const RELIED_ON: &str = "RELATION_RELIED_ON";
/// See [`CODES`].
pub const SAME_ON_RECORD: &str = "SAME_ON_RECORD";
/// See [`CODES`].
pub const THING_FULL: &str = "THING_FULL";
/// See [`CODES`].
pub const THING_UNREADABLE: &str = "THING_UNREADABLE";

/// The code with which something is refused that the law refuses.
#[must_use]
pub const fn unlawful(code: Code) -> &'static str {
    match code {
        Code::AfterExpiry => "LAW_AFTER_EXPIRY",
        Code::AfterOutcome => "LAW_AFTER_OUTCOME",
        Code::BeyondMaximum => "LAW_BEYOND_MAXIMUM",
        Code::Blocked => "LAW_BLOCKED",
        Code::Differs => "LAW_DIFFERS",
        Code::NeedsConsent => "LAW_NEEDS_CONSENT",
        Code::NotAllowed => "LAW_NOT_ALLOWED",
        Code::TooEarly => "LAW_TOO_EARLY",
        Code::TooLate => "LAW_TOO_LATE",
        Code::UnknownGround => "LAW_UNKNOWN_GROUND",
        Code::UsedUp => "LAW_USED_UP",
    }
}
