//! The one table of rules: for everything that can fail to fit, what happens, by who brings it.

use projections::things::FlagCode;
use schema::Provenance;

/// What a rule does to a fact that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not taken.
    Refuse,
    /// It is not taken, unless the sender may override the rule and says why.
    RefuseUnlessOverridden,
    /// It is taken and flagged, and the sender is told.
    Warn,
    /// It is taken and flagged.
    Flag,
}

/// What sort of rule it is: that decides whether a person can have what does not fit recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What is said is nothing by itself: no such thing, a loop, a member missing. Never taken from a person.
    IllFormed,
    /// The thing is on record already. Never taken from a person: the two are joined instead.
    Identity,
    /// It does not fit other facts, of which any may be the wrong one. Taken from a person who may override, with a reason.
    Fit,
    /// It does not fit other facts, and that is no reason not to take it.
    Notice,
}

/// One row: what does not fit, and what that means.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What does not fit.
    pub code: FlagCode,
    /// What sort of rule it is.
    pub class: Class,
    /// The field of the input that is wrong where the rule is broken.
    pub field: &'static str,
}

/// The field of the date, which a rule is about that names none.
const DATE_FIELD: &str = "occurredOn";

impl Rule {
    const fn new(code: FlagCode, class: Class) -> Self {
        Self { code, class, field: DATE_FIELD }
    }

    const fn on(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// Whether it is about how the thing stands, and so about the step as such: not about a value or a day that whoever
    /// takes the step chooses.
    #[must_use]
    pub fn is_of_state(&self) -> bool {
        let of_the_day = matches!(self.code, FlagCode::OccursInFuture | FlagCode::SameDay | FlagCode::NamedFactUnknown);
        self.field == DATE_FIELD && !of_the_day
    }

    /// When a person states or corrects a fact.
    #[must_use]
    pub const fn person(&self) -> Verdict {
        match self.class {
            Class::IllFormed | Class::Identity => Verdict::Refuse,
            Class::Fit => Verdict::RefuseUnlessOverridden,
            Class::Notice => Verdict::Warn,
        }
    }

    /// When a person retracts an early step and leaves a later one without its ground.
    #[must_use]
    pub const fn retraction(&self) -> Verdict {
        Verdict::Warn
    }

    /// When it comes from a register, which can't be asked again.
    #[must_use]
    pub const fn register(&self) -> Verdict {
        Verdict::Flag
    }
}

const fn ill_formed(code: FlagCode) -> Rule {
    Rule::new(code, Class::IllFormed)
}

const fn identity(code: FlagCode) -> Rule {
    Rule::new(code, Class::Identity)
}

const fn fit(code: FlagCode) -> Rule {
    Rule::new(code, Class::Fit)
}

const fn notice(code: FlagCode) -> Rule {
    Rule::new(code, Class::Notice)
}

/// Every rule.
pub const RULES: &[Rule] = &[
    ill_formed(FlagCode::NotFounded),
    identity(FlagCode::FoundedTwice),
    ill_formed(FlagCode::OccursInFuture),
    fit(FlagCode::SameDay),
    ill_formed(FlagCode::ActUnknown),
    ill_formed(FlagCode::ConfirmationOneSided).on("fact"),
    ill_formed(FlagCode::NamedFactUnknown),
    ill_formed(FlagCode::Unreadable),
    identity(FlagCode::LeiTaken).on("lei"),
    fit(FlagCode::NameAlike).on("name"),
    fit(FlagCode::MemberJoinedTwice).on("organisation"),
    fit(FlagCode::MemberUnknown).on("organisation"),
    ill_formed(FlagCode::TargetUnclear).on("reductionPercent"),
    fit(FlagCode::AssetDeclaredTwice).on("asset"),
    ill_formed(FlagCode::PermitScopeUnclear).on("permits"),
    ill_formed(FlagCode::RelianceUnclear).on("measures"),
    ill_formed(FlagCode::CriterionWithoutDocument).on("evidence"),
    ill_formed(FlagCode::WaiverEndsBeforeItBegins).on("until"),
    fit(FlagCode::StageBackwards),
    fit(FlagCode::StageWhileOff),
    fit(FlagCode::NotSuspended),
    fit(FlagCode::NotEnded),
    fit(FlagCode::AlreadyOff),
    fit(FlagCode::MilestonePlannedTwice),
    fit(FlagCode::MilestoneNotPlanned),
    fit(FlagCode::MilestoneFromOtherDate).on("from"),
    fit(FlagCode::MilestoneOver),
    fit(FlagCode::FidTakenTwice),
    ill_formed(FlagCode::FidSharesDiffer).on("equity"),
    fit(FlagCode::ProjectFinancialCloseTwice),
    ill_formed(FlagCode::DependencyUnclear).on("needsMilestone"),
    ill_formed(FlagCode::DependencyOnItself).on("needsMilestone"),
    ill_formed(FlagCode::DependencyLoop).on("needsMilestone"),
    ill_formed(FlagCode::DependencyUnknown).on("needsMilestone"),
    notice(FlagCode::DependencyUnknownElsewhere).on("needsMilestone"),
    ill_formed(FlagCode::ProjectPartOfItself).on("partOf"),
    ill_formed(FlagCode::AbatementPeriodReversed).on("to"),
    fit(FlagCode::AbatementPeriodTwice).on("from"),
    fit(FlagCode::SubmittedTwice),
    fit(FlagCode::NotSubmitted),
    fit(FlagCode::DecidedBeforeSubmission),
    fit(FlagCode::AcceptedTwice),
    fit(FlagCode::ClockStartedTwice),
    fit(FlagCode::ClockNotRunning),
    fit(FlagCode::ClockNotStopped),
    fit(FlagCode::ResumptionUnclear).on("stop"),
    fit(FlagCode::StoppedTwice),
    ill_formed(FlagCode::ExtensionUnclear).on("by"),
    ill_formed(FlagCode::RegimeUnknown).on("regime"),
    ill_formed(FlagCode::CaseUnknown).on("case"),
    notice(FlagCode::InformationNotRequested),
    notice(FlagCode::ConsultationNotOpen),
    ill_formed(FlagCode::ConsulteeUnclear).on("consultees"),
    fit(FlagCode::DecidedTwice),
    fit(FlagCode::DecidedAfterAppeal),
    fit(FlagCode::ApplicationOver),
    ill_formed(FlagCode::ValidityBeforeGrant).on("validUntil"),
    fit(FlagCode::NothingToChallenge),
    fit(FlagCode::ChallengeNotOpen),
    fit(FlagCode::ChallengeUnclear).on("challenge"),
    notice(FlagCode::ChallengedTwice),
    fit(FlagCode::RedeterminationUnfounded),
    fit(FlagCode::ConditionUnknown).on("condition"),
    fit(FlagCode::ConditionDischargedTwice).on("condition"),
    fit(FlagCode::NotGranted),
    notice(FlagCode::ReportedOtherwise),
    notice(FlagCode::AuthorityIsNone),
    fit(FlagCode::AlreadyDetermined),
    fit(FlagCode::ProgrammeClosedTwice),
    fit(FlagCode::AwardAlreadyMade),
    fit(FlagCode::AwardNotMade),
    fit(FlagCode::AwardAgreementTwice),
    fit(FlagCode::AwardNotObligated),
    fit(FlagCode::ObligatedBeyondAward).on("obligated"),
    fit(FlagCode::DisbursedBeyondObligation).on("amount"),
    fit(FlagCode::DeobligatedBeyondObligation).on("amount"),
    fit(FlagCode::RecoveredBeyondDisbursed).on("amount"),
    fit(FlagCode::AwardOtherCurrency).on("amount"),
    ill_formed(FlagCode::AwardAmendmentEmpty).on("awarded"),
    notice(FlagCode::AwardConditionUnknown).on("condition"),
    fit(FlagCode::AwardConditionMetTwice).on("condition"),
    fit(FlagCode::FinancialCloseTwice),
    fit(FlagCode::AwardOver),
    fit(FlagCode::AwardOutsideProgramme).on("programme"),
    fit(FlagCode::AwardFunderDiffers).on("funder"),
    notice(FlagCode::AwardBeyondBudget).on("amount"),
    notice(FlagCode::AwardOutsideBudgetCurrency).on("amount"),
    ill_formed(FlagCode::AwardShareUnclear).on("shares"),
    ill_formed(FlagCode::AwardOutOfItself).on("outOf"),
    ill_formed(FlagCode::AmountZero).on("amount"),
    ill_formed(FlagCode::PartnershipOneParty).on("parties"),
    notice(FlagCode::PartnershipOneLeft),
    fit(FlagCode::PartnershipOver),
    fit(FlagCode::PartnershipBackwards),
    fit(FlagCode::PartnershipNotBinding),
    fit(FlagCode::PartnerJoinedTwice).on("organisation"),
    fit(FlagCode::PartnerUnknown).on("organisation"),
    fit(FlagCode::MeasureBackwards),
    fit(FlagCode::MeasureNotAdopted),
    fit(FlagCode::MeasureNotInForce),
];

/// The rule of `code`; one that has no row is never to be broken by a person.
#[must_use]
pub fn rule(code: FlagCode) -> Rule {
    RULES.iter().find(|rule| rule.code == code).copied().unwrap_or(ill_formed(code))
}

/// What happens when `code` is newly raised by an act of `provenance`.
#[must_use]
pub fn verdict(code: FlagCode, provenance: Provenance, retracts: bool) -> Verdict {
    let rule = rule(code);
    match provenance {
        Provenance::Register => rule.register(),
        Provenance::Person if retracts => rule.retraction(),
        Provenance::Person => rule.person(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_one_rule() {
        for code in FlagCode::ALL {
            assert_eq!(RULES.iter().filter(|rule| rule.code == *code).count(), 1, "{}", code.code());
        }
    }

    #[test]
    fn a_register_is_never_refused() {
        assert!(RULES.iter().all(|rule| rule.register() == Verdict::Flag));
    }
}
