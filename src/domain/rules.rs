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

/// One row: what does not fit, and what that means.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What does not fit.
    pub code: FlagCode,
    /// When a person states or corrects a fact.
    pub person: Verdict,
    /// When a person retracts an early step and leaves a later one without its ground.
    pub retraction: Verdict,
    /// When it comes from a register, which can't be asked again.
    pub register: Verdict,
}

const fn rule(code: FlagCode, person: Verdict) -> Rule {
    Rule { code, person, retraction: Verdict::Warn, register: Verdict::Flag }
}

use Verdict::{Refuse, RefuseUnlessOverridden, Warn};

/// Every rule.
pub const RULES: &[Rule] = &[
    rule(FlagCode::NotFounded, Refuse),
    rule(FlagCode::FoundedTwice, Refuse),
    rule(FlagCode::OccursInFuture, Refuse),
    rule(FlagCode::ActUnknown, Refuse),
    rule(FlagCode::NamedFactUnknown, Refuse),
    rule(FlagCode::Unreadable, Refuse),
    rule(FlagCode::MemberJoinedTwice, Refuse),
    rule(FlagCode::MemberUnknown, Refuse),
    rule(FlagCode::TargetUnclear, Refuse),
    rule(FlagCode::AssetDeclaredTwice, Refuse),
    rule(FlagCode::PermitScopeUnclear, Refuse),
    rule(FlagCode::RelianceUnclear, Refuse),
    rule(FlagCode::CriterionWithoutDocument, Refuse),
    rule(FlagCode::WaiverEndsBeforeItBegins, Refuse),
    rule(FlagCode::StageBackwards, RefuseUnlessOverridden),
    rule(FlagCode::StageWhileOff, RefuseUnlessOverridden),
    rule(FlagCode::NotSuspended, Refuse),
    rule(FlagCode::NotEnded, Refuse),
    rule(FlagCode::AlreadyOff, Refuse),
    rule(FlagCode::MilestonePlannedTwice, Refuse),
    rule(FlagCode::MilestoneNotPlanned, RefuseUnlessOverridden),
    rule(FlagCode::MilestoneFromOtherDate, Refuse),
    rule(FlagCode::MilestoneOver, RefuseUnlessOverridden),
    rule(FlagCode::FidTakenTwice, Refuse),
    rule(FlagCode::FidSharesDiffer, Refuse),
    rule(FlagCode::ProjectFinancialCloseTwice, Refuse),
    rule(FlagCode::DependencyUnclear, Refuse),
    rule(FlagCode::DependencyOnItself, Refuse),
    rule(FlagCode::ProjectPartOfItself, Refuse),
    rule(FlagCode::AbatementPeriodReversed, Refuse),
    rule(FlagCode::AbatementPeriodTwice, Refuse),
    rule(FlagCode::SubmittedTwice, Refuse),
    rule(FlagCode::NotSubmitted, RefuseUnlessOverridden),
    rule(FlagCode::DecidedBeforeSubmission, RefuseUnlessOverridden),
    rule(FlagCode::AcceptedTwice, Refuse),
    rule(FlagCode::ClockStartedTwice, Refuse),
    rule(FlagCode::ClockNotRunning, RefuseUnlessOverridden),
    rule(FlagCode::ClockNotStopped, Refuse),
    rule(FlagCode::StoppedTwice, Refuse),
    rule(FlagCode::ExtensionUnclear, Refuse),
    rule(FlagCode::InformationNotRequested, Warn),
    rule(FlagCode::ConsultationNotOpen, Warn),
    rule(FlagCode::ConsulteeUnclear, Refuse),
    rule(FlagCode::DecidedTwice, RefuseUnlessOverridden),
    rule(FlagCode::ApplicationOver, RefuseUnlessOverridden),
    rule(FlagCode::ValidityBeforeGrant, Refuse),
    rule(FlagCode::NothingToChallenge, RefuseUnlessOverridden),
    rule(FlagCode::ChallengeNotOpen, RefuseUnlessOverridden),
    rule(FlagCode::ChallengedTwice, Warn),
    rule(FlagCode::RedeterminationUnfounded, RefuseUnlessOverridden),
    rule(FlagCode::ConditionUnknown, Refuse),
    rule(FlagCode::ConditionDischargedTwice, Refuse),
    rule(FlagCode::NotGranted, RefuseUnlessOverridden),
    rule(FlagCode::ReportedOtherwise, Warn),
    rule(FlagCode::AuthorityIsNone, Warn),
    rule(FlagCode::AlreadyDetermined, RefuseUnlessOverridden),
    rule(FlagCode::ProgrammeClosedTwice, Refuse),
    rule(FlagCode::AwardAlreadyMade, Refuse),
    rule(FlagCode::AwardNotMade, RefuseUnlessOverridden),
    rule(FlagCode::AwardAgreementTwice, Refuse),
    rule(FlagCode::AwardNotObligated, RefuseUnlessOverridden),
    rule(FlagCode::ObligatedBeyondAward, Refuse),
    rule(FlagCode::DisbursedBeyondObligation, Refuse),
    rule(FlagCode::DeobligatedBeyondObligation, Refuse),
    rule(FlagCode::RecoveredBeyondDisbursed, Refuse),
    rule(FlagCode::AwardOtherCurrency, Refuse),
    rule(FlagCode::AwardAmendmentEmpty, Refuse),
    rule(FlagCode::AwardConditionUnknown, Warn),
    rule(FlagCode::AwardConditionMetTwice, Refuse),
    rule(FlagCode::FinancialCloseTwice, Refuse),
    rule(FlagCode::AwardOver, RefuseUnlessOverridden),
    rule(FlagCode::AwardOutsideProgramme, RefuseUnlessOverridden),
    rule(FlagCode::AwardFunderDiffers, Refuse),
    rule(FlagCode::AwardShareUnclear, Refuse),
    rule(FlagCode::AwardOutOfItself, Refuse),
    rule(FlagCode::AmountZero, Refuse),
    rule(FlagCode::PartnershipOneParty, Refuse),
    rule(FlagCode::PartnershipOneLeft, Warn),
    rule(FlagCode::PartnershipOver, RefuseUnlessOverridden),
    rule(FlagCode::PartnershipBackwards, Refuse),
    rule(FlagCode::PartnershipNotBinding, RefuseUnlessOverridden),
    rule(FlagCode::PartnerJoinedTwice, Refuse),
    rule(FlagCode::PartnerUnknown, Refuse),
    rule(FlagCode::MeasureBackwards, Refuse),
    rule(FlagCode::MeasureNotAdopted, RefuseUnlessOverridden),
    rule(FlagCode::MeasureNotInForce, RefuseUnlessOverridden),
];

/// What happens when `code` is newly raised by an act of `provenance`; a code without a row is refused.
#[must_use]
pub fn verdict(code: FlagCode, provenance: Provenance, retracts: bool) -> Verdict {
    let Some(rule) = RULES.iter().find(|rule| rule.code == code) else { return Refuse };
    match provenance {
        Provenance::Register => rule.register,
        Provenance::Person if retracts => rule.retraction,
        Provenance::Person => rule.person,
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
        assert!(RULES.iter().all(|rule| rule.register == Verdict::Flag));
    }
}
