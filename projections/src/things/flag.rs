//! What about a thing's facts does not fit together. Facts are taken as they come; flags say what to repair.

use std::collections::HashMap;

use chrono::Duration;
use schema::{EventId, Fact, Kind, Named};
use serde::Serialize;

use super::Live;

/// A day has begun somewhere on Earth 14 hours before it begins in UTC.
pub const HOURS_AHEAD_OF_UTC_MAX: i64 = 14;

macro_rules! flag_codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal: $message:literal, $hint:literal;)+) => {
        /// What does not fit; also the code with which a person's command is refused for it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum FlagCode {
            $($(#[$doc])* #[serde(rename = $name)] $code,)+
        }

        impl FlagCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }

            /// What does not fit, in a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$code => $message,)+
                }
            }

            /// What to do about it.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self {
                    $(Self::$code => $hint,)+
                }
            }

            /// What does not fit and, after a colon, what to do about it.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($message, ": ", $hint),)+
                }
            }
        }
    };
}

flag_codes! {
    /// There are facts and none that brings the thing on record.
    NotFounded = "NOT_ON_RECORD": "nothing brings this thing on record", "register or identify it first";
    /// Two facts bring the thing on record.
    FoundedTwice = "ALREADY_ON_RECORD": "the thing is already on record", "correct what is wrong about it instead";
    /// A fact lies ahead of the day on which it was recorded.
    OccursInFuture = "DATE_IN_FUTURE": "the date lies ahead", "record what has happened, plan what has not";
    /// Two facts of one day that can't both hold, of which nothing tells which is the later.
    SameDay = "SAME_DAY": "facts of one day say two things, and nothing tells which came last", "correct the date of one, or retract one and record both in their order with one command";
    /// An act is about one that is not on record.
    ActUnknown = "FACT_UNKNOWN": "this is about a fact that is not on record here", "look at the timeline, which lists the ids of all facts and acts";
    /// A confirmation is by the side that recorded what it confirms.
    ConfirmationOneSided = "CONFIRMATION_ONE_SIDED": "a fact is confirmed by the person or the side that recorded it, which makes it no surer", "somebody of the other side has to confirm it";
    /// Two organisations have one legal entity identifier.
    LeiTaken = "LEI_TAKEN": "another organisation on record has this legal entity identifier", "name that one, or correct the identifier of whichever has it wrongly";
    /// The name of an organisation can be taken for that of another.
    NameAlike = "NAME_ALIKE": "an organisation is on record whose name is this one, or can be taken for it", "name that one, or say with a reason that this is another";
    /// A fact names another that does not count on the thing, or is of another kind.
    NamedFactUnknown = "NAMED_FACT_UNKNOWN": "this names a fact that does not count on this thing, or one of another kind", "the timeline lists the ids and types of all facts";
    /// An event can't be read by this build.
    Unreadable = "EVENT_UNREADABLE": "an event of this thing can't be read", "what is shown is incomplete until a newer build runs";
    /// A member joined that was a member.
    MemberJoinedTwice = "CLUSTER_ALREADY_MEMBER": "the organisation is already a member of the cluster", "correct the day on which it joined, or record first that it left";
    /// A member left that was none.
    MemberUnknown = "CLUSTER_NOT_A_MEMBER": "the organisation is no member of the cluster on that day", "record first that it joined, or correct the day";
    /// A target that says neither how many tonnes nor how many percent, or percent out of range.
    TargetUnclear = "CLUSTER_TARGET_UNCLEAR": "the target does not say by how much", "give tonnes per year, or percent above 0 and up to 100";
    /// A shared asset was declared twice.
    AssetDeclaredTwice = "CLUSTER_ASSET_ALREADY_DECLARED": "a shared asset of that name is already declared", "correct that declaration";
    /// A scope of permits that names none and says not why, or both names some and says that none is needed.
    PermitScopeUnclear = "PERMIT_SCOPE_UNCLEAR": "name the permits that are critical, or say why none is needed", "one of the two";
    /// The same of the measures that are relied on.
    RelianceUnclear = "RELIANCE_UNCLEAR": "name the measures that are relied on, or say why there is none", "one of the two";
    /// A criterion is said to be met by documents, and no document is referenced.
    CriterionWithoutDocument = "CRITERION_WITHOUT_DOCUMENT": "no document is referenced", "name at least one under evidence";
    /// A waiver ends before it begins.
    WaiverEndsBeforeItBegins = "CRITERION_WAIVER_OVER": "the waiver ends before it begins", "one of the dates is wrong";
    /// A stage was entered that lies before the one the project was in.
    StageBackwards = "PROJECT_STAGE_BACKWARDS": "the project was already past that stage", "correct the earlier fact if it was wrong";
    /// A stage was entered while the project was off the road.
    StageWhileOff = "PROJECT_NOT_ACTIVE": "the project is suspended, shelved or cancelled on that day", "resume or revive it first";
    /// A project was resumed that was not suspended.
    NotSuspended = "PROJECT_NOT_SUSPENDED": "the project is not suspended on that day", "record its suspension first, or correct the day";
    /// A project was revived that was neither shelved nor cancelled.
    NotEnded = "PROJECT_NOT_ENDED": "the project is neither shelved nor cancelled on that day", "resume it where it is suspended, or record first that it was shelved or cancelled";
    /// A project was suspended, shelved or cancelled while it already was.
    AlreadyOff = "PROJECT_ALREADY_OFF": "the project is already suspended, shelved or cancelled on that day", "correct the fact on record, or record first that the project went on";
    /// A milestone was planned twice.
    MilestonePlannedTwice = "MILESTONE_ALREADY_PLANNED": "the milestone is already planned", "reschedule it instead";
    /// A milestone was moved, reached or dropped that was never planned.
    MilestoneNotPlanned = "MILESTONE_NOT_PLANNED": "the milestone was never planned", "plan it first, so that it has a baseline";
    /// A milestone was moved from another date than it had.
    MilestoneFromOtherDate = "MILESTONE_DATE_DIFFERS": "the milestone was not due on the date it is moved from", "leave out from, which nothing depends on, or record first the move that is missing";
    /// A milestone was moved, reached or dropped after it had been reached or dropped.
    MilestoneOver = "MILESTONE_OVER": "the milestone is already reached or dropped", "correct the day on which it was reached or dropped, or retract that fact if it was wrong";
    /// The final investment decision was taken twice.
    FidTakenTwice = "PROJECT_FID_ALREADY_TAKEN": "the final investment decision is already taken", "correct that fact if it was wrong";
    /// Equity and debt are not parts of the amount.
    FidSharesDiffer = "PROJECT_FID_SHARES_DIFFER": "equity and debt are more than the amount, or of another currency", "they are parts of it";
    /// Financial close of a project was reached twice.
    ProjectFinancialCloseTwice = "PROJECT_FINANCIAL_CLOSE_ALREADY_REACHED": "financial close of the project is already reached", "correct that fact if its date was wrong";
    /// A dependency that does not name one thing that is needed.
    DependencyUnclear = "PROJECT_DEPENDENCY_UNCLEAR": "a milestone needs one thing", "name either a milestone (of this project or another) or a permit";
    /// A milestone that needs itself.
    DependencyOnItself = "PROJECT_DEPENDENCY_ON_ITSELF": "a milestone can't need itself", "name the milestone that is needed, or leave the dependency out";
    /// A milestone that needs itself by way of others.
    DependencyLoop = "PROJECT_DEPENDENCY_LOOP": "each of these milestones waits for another of them, and so for itself", "leave out the need that is none, or drop one of those on record";
    /// A dependency on, or of, a milestone that is not on record.
    DependencyUnknown = "PROJECT_DEPENDENCY_UNKNOWN": "the project has no milestone of that name", "plan it first, or name one that it has";
    /// The same of a milestone of another project.
    DependencyUnknownElsewhere = "PROJECT_DEPENDENCY_UNKNOWN_ELSEWHERE": "nothing is known of a milestone of that name in the other project", "look at the names of its milestones";
    /// A project that is a part of itself, or counts its abatement in itself.
    ProjectPartOfItself = "PROJECT_PART_OF_ITSELF": "a project is no part of itself, nor is its abatement counted in itself", "name the other project, or leave it out";
    /// A period of reported abatement ends before it begins.
    AbatementPeriodReversed = "PROJECT_ABATEMENT_PERIOD_REVERSED": "the period ends before it begins", "one of the dates is wrong";
    /// Abatement of one day was reported twice.
    AbatementPeriodTwice = "PROJECT_ABATEMENT_ALREADY_REPORTED": "abatement in a part of the period is already reported", "correct that report, so that nothing is counted twice";
    /// An application was submitted while one was being considered.
    SubmittedTwice = "PERMIT_ALREADY_SUBMITTED": "an application is already submitted", "one permit has one application";
    /// Something happened to an application that was never submitted.
    NotSubmitted = "PERMIT_NOT_SUBMITTED": "no application is submitted on that day", "record the submission first";
    /// An application was determined before it was submitted.
    DecidedBeforeSubmission = "PERMIT_DECIDED_BEFORE_SUBMISSION": "the determination lies before the submission", "one of the dates is wrong";
    /// An application was accepted twice.
    AcceptedTwice = "PERMIT_ALREADY_ACCEPTED": "the application is already accepted as complete", "correct the day of the acceptance on record, or record first that the application was returned";
    /// The clock was started twice.
    ClockStartedTwice = "PERMIT_CLOCK_ALREADY_STARTED": "the clock is already started", "correct the day of the start on record";
    /// The clock was stopped or extended while there was none.
    ClockNotRunning = "PERMIT_CLOCK_NOT_RUNNING": "the clock is not running on that day", "record its start first";
    /// The clock was resumed while it was not stopped.
    ClockNotStopped = "PERMIT_CLOCK_NOT_STOPPED": "the clock is not stopped on that day", "record the stop first, or correct the day";
    /// A resumption that does not say which of several stops it ends.
    ResumptionUnclear = "PERMIT_RESUMPTION_UNCLEAR": "the clock is stopped on several grounds on that day, and the resumption says neither which stop nor which ground it ends", "name one of the two";
    /// The clock was stopped on a ground on which it was stopped.
    StoppedTwice = "PERMIT_CLOCK_ALREADY_STOPPED": "the clock is already stopped on that ground", "correct the stop on record, or record first that this ground was over";
    /// An extension that says neither by how much nor to which date, or both.
    ExtensionUnclear = "PERMIT_EXTENSION_UNCLEAR": "a deadline is extended, or a limit replaced, by a period or to a date", "give one of the two";
    /// A regime that no file of the law knows.
    RegimeUnknown = "PERMIT_REGIME_UNKNOWN": "no regime of that name is known", "name one that 'milepost regime list' shows, or leave it out until it is known";
    /// A case that the regime does not have.
    CaseUnknown = "PERMIT_CASE_UNKNOWN": "the regime that is named has no such case", "name a case of the regime, or leave it out until it is known";
    /// Information was supplied that was not asked for.
    InformationNotRequested = "PERMIT_INFORMATION_NOT_REQUESTED": "no request for information is open on that day", "record the request, or name the one that this answers";
    /// A consultation was closed that was not open.
    ConsultationNotOpen = "PERMIT_CONSULTATION_NOT_OPEN": "no consultation is open on that day", "record its opening, or name the consultation that is meant";
    /// Somebody who is asked is neither an organisation on record nor called by name, or both.
    ConsulteeUnclear = "PERMIT_CONSULTEE_UNCLEAR": "who is asked is an organisation on record, or somebody by name", "give one of the two";
    /// An application was determined twice by the same body.
    DecidedTwice = "PERMIT_ALREADY_DECIDED": "the same body has already determined the application", "correct its determination, or record first the challenge, quashing or redetermination between the two";
    /// An authority determined what an appeal or a minister had determined.
    DecidedAfterAppeal = "PERMIT_DECIDED_AFTER_APPEAL": "an appeal or a minister has already determined the application, and that determination counts", "correct the date or the body, or record first the quashing or redetermination between the two";
    /// Something happened to an application that was no longer there.
    ApplicationOver = "PERMIT_APPLICATION_OVER": "the application is withdrawn or lapsed on that day", "correct that ending if it was wrong, or record the new application first";
    /// A permit was granted until a day before the grant.
    ValidityBeforeGrant = "PERMIT_VALID_UNTIL_BEFORE_GRANT": "the grant ends before it begins", "one of the dates is wrong";
    /// A challenge without anything to challenge.
    NothingToChallenge = "PERMIT_NOT_DECIDED": "there is no determination on that day", "record the determination first, or correct the day";
    /// A challenge ended that was not lodged.
    ChallengeNotOpen = "PERMIT_CHALLENGE_NOT_OPEN": "no such challenge is open on that day", "record its lodging first";
    /// The end of a challenge does not say which of several it ends.
    ChallengeUnclear = "PERMIT_CHALLENGE_UNCLEAR": "several such challenges are open on that day, and nothing says which of them ended", "name the challenge";
    /// A challenge was lodged twice.
    ChallengedTwice = "PERMIT_ALREADY_CHALLENGED": "such a challenge is already open", "if it is the one on record, correct that; if it is another, have each end name its challenge";
    /// A redetermination opened without a quashing or a challenge that was upheld.
    RedeterminationUnfounded = "PERMIT_DETERMINATION_STANDS": "the determination stands", "a quashing or a challenge upheld comes first";
    /// A condition was discharged or breached that the grant does not have.
    ConditionUnknown = "PERMIT_CONDITION_UNKNOWN": "the grant has no condition of that reference", "use a reference of the decision letter, or correct the conditions of the grant";
    /// A condition was discharged twice.
    ConditionDischargedTwice = "PERMIT_CONDITION_ALREADY_DISCHARGED": "the condition is already discharged", "correct the day of the discharge on record; where the condition recurs, give forPeriod";
    /// A permit was surrendered, or expired, that was not granted.
    NotGranted = "PERMIT_NOT_GRANTED": "the permit is not granted on that day", "record the grant first, or correct the day";
    /// A source says that a permit stands otherwise than its facts say.
    ReportedOtherwise = "PERMIT_REPORTED_OTHERWISE": "a source says that the permit stands otherwise than its dates say", "find the date that is missing or wrong";
    /// The authority of a permit is registered as something else.
    AuthorityIsNone = "PERMIT_AUTHORITY_IS_NONE": "the organisation that is to decide is registered neither as an authority nor as a port", "name another, or correct its registration";
    /// A step of the procedure after the determination.
    AlreadyDetermined = "PERMIT_ALREADY_DETERMINED": "the procedure ended with a determination before that day", "correct the day of the step, or record first what opened the procedure again";
    /// A programme was closed twice.
    ProgrammeClosedTwice = "PROGRAMME_ALREADY_CLOSED": "the programme is already closed", "correct the day on which it closed";
    /// An award of something that was awarded.
    AwardAlreadyMade = "AWARD_ALREADY_MADE": "it is already awarded", "record an amendment if the amount changed";
    /// An agreement on something that was not awarded.
    AwardNotMade = "AWARD_NOT_MADE": "nothing is awarded on that day", "record the award first";
    /// A second agreement.
    AwardAgreementTwice = "AWARD_AGREEMENT_ALREADY_SIGNED": "the agreement is already signed", "record an amendment if the amount changed";
    /// Money was paid out without an agreement.
    AwardNotObligated = "AWARD_NOT_OBLIGATED": "no agreement is signed on that day", "record it first";
    /// More was obligated than awarded.
    ObligatedBeyondAward = "AWARD_OBLIGATED_BEYOND_AWARD": "more would be obligated than is awarded", "record an amendment of the award first";
    /// More was paid out than obligated.
    DisbursedBeyondObligation = "AWARD_DISBURSED_BEYOND_OBLIGATION": "more would be paid out than is obligated", "record an amendment of the agreement first";
    /// More was released than was left.
    DeobligatedBeyondObligation = "AWARD_DEOBLIGATED_BEYOND_OBLIGATION": "more would be released than is obligated and not paid out", "release at most what is left, or correct the payments";
    /// More was paid back than paid out.
    RecoveredBeyondDisbursed = "AWARD_RECOVERED_BEYOND_DISBURSED": "more would be paid back than was paid out", "record the payment first";
    /// Money of a currency in which nothing is awarded or obligated.
    AwardOtherCurrency = "AWARD_OTHER_CURRENCY": "the amount is of another currency than what is awarded or obligated", "give it in that currency, since currencies are never added";
    /// An amendment that changes no amount.
    AwardAmendmentEmpty = "AWARD_AMENDMENT_EMPTY": "the amendment changes neither what is awarded nor what is obligated", "give awarded, obligated or both";
    /// A condition was met that the agreement does not have.
    AwardConditionUnknown = "AWARD_CONDITION_UNKNOWN": "the agreement has no condition of that name", "use a name that the agreement lists";
    /// A condition was met twice.
    AwardConditionMetTwice = "AWARD_CONDITION_ALREADY_MET": "the condition is already met", "correct that fact if its date was wrong";
    /// Financial close was reached twice.
    FinancialCloseTwice = "AWARD_FINANCIAL_CLOSE_ALREADY_REACHED": "financial close is already reached", "correct that fact if its date was wrong";
    /// Something happened to an award that was declined or terminated.
    AwardOver = "AWARD_OVER": "the award is declined or terminated on that day", "retract that ending if it was wrong";
    /// An award to somebody to whom its programme is not open.
    AwardOutsideProgramme = "AWARD_OUTSIDE_PROGRAMME": "the programme is not open to that cluster or project", "look at its clusters and countries";
    /// An award by somebody who does not fund its programme.
    AwardFunderDiffers = "AWARD_FUNDER_DIFFERS": "the programme has another funder", "leave the funder out, or name another programme";
    /// An award of more than its programme has to give.
    AwardBeyondBudget = "AWARD_BEYOND_BUDGET": "the award is of more than the budget of its programme", "correct the amount, or amend the budget of the programme";
    /// An award in a currency that the budget of its programme is not in.
    AwardOutsideBudgetCurrency = "AWARD_OUTSIDE_BUDGET_CURRENCY": "the award is in a currency that the budget of its programme lacks", "correct the currency, or name another programme";
    /// A share that is not of one project or cluster of the award, or not an amount or a percentage.
    AwardShareUnclear = "AWARD_SHARE_UNCLEAR": "a share is of one project or cluster that the award is for, and an amount or a percentage above 0 and up to 100", "give one of each";
    /// An award that is passed on out of itself.
    AwardOutOfItself = "AWARD_OUT_OF_ITSELF": "an award is not passed on out of itself", "name the other award, or leave it out";
    /// An amount of nothing.
    AmountZero = "AMOUNT_ZERO": "the amount is zero", "give what it is, or record nothing where there is none";
    /// A partnership with one side.
    PartnershipOneParty = "PARTNERSHIP_ONE_PARTY": "a partnership has two parties or more", "name at least two organisations, or two clusters for one across a border";
    /// A partnership that all but one left, and that nobody ended.
    PartnershipOneLeft = "PARTNERSHIP_ONE_PARTY_LEFT": "one party is left", "record the end of the partnership, or who joins";
    /// Something happened to a partnership that had ended.
    PartnershipOver = "PARTNERSHIP_OVER": "the partnership is expired or terminated on that day", "retract that ending if it was wrong";
    /// A step that the partnership had passed.
    PartnershipBackwards = "PARTNERSHIP_ALREADY_FURTHER": "the partnership is already as far or further", "correct the earlier fact if it was wrong";
    /// Operation without a binding agreement.
    PartnershipNotBinding = "PARTNERSHIP_NOT_BINDING": "no binding agreement is signed on that day", "record it first";
    /// A party joined that was one.
    PartnerJoinedTwice = "PARTNERSHIP_ALREADY_PARTY": "the organisation is already a party", "correct the day on which it joined, or record first that it left";
    /// A party left that was none.
    PartnerUnknown = "PARTNERSHIP_NOT_A_PARTY": "the organisation is no party on that day", "record first that it joined";
    /// A step that the measure had passed.
    MeasureBackwards = "POLICY_ALREADY_FURTHER": "the measure is already as far or further", "correct the earlier fact if it was wrong";
    /// A measure was amended or repealed that was not adopted.
    MeasureNotAdopted = "POLICY_NOT_ADOPTED": "the measure is not adopted on that day", "record its adoption first";
    /// A measure was suspended that was not in force.
    MeasureNotInForce = "POLICY_NOT_IN_FORCE": "the measure is not in force on that day", "record its entry into force first";
}

/// Something that does not fit, and the facts that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Flag {
    /// What does not fit.
    pub code: FlagCode,
    /// The facts (or acts) concerned, the one that came last in life at the end.
    pub facts: Vec<EventId>,
}

impl Flag {
    /// A flag on `facts`.
    pub fn new(code: FlagCode, facts: impl IntoIterator<Item = EventId>) -> Self {
        Self { code, facts: facts.into_iter().collect() }
    }
}

/// What is checked of things of every kind.
pub(super) fn of_every_thing<F: Fact>(live: &[Live<F>], unreadable: u32) -> Vec<Flag> {
    let mut flags = Vec::new();
    if F::KIND != Kind::Register {
        match live.iter().filter(|fact| fact.is_founding()).count() {
            0 if !live.is_empty() && F::KIND.is_founded() => {
                flags.push(Flag::new(FlagCode::NotFounded, live.iter().map(|fact| fact.fact_id)));
            }
            0 | 1 => {}
            _ => {
                let founding = live.iter().filter(|fact| fact.is_founding());
                flags.push(Flag::new(FlagCode::FoundedTwice, founding.map(|fact| fact.fact_id)));
            }
        }
    }
    flags.extend(live.iter().filter_map(ahead));
    flags.extend(misnaming(live));
    if unreadable > 0 {
        flags.push(Flag::new(FlagCode::Unreadable, []));
    }
    flags
}

/// The facts that name another which is not there, or is of another type than it has to be.
fn misnaming<F: Fact>(live: &[Live<F>]) -> Vec<Flag> {
    let naming: Vec<_> = live.iter().filter(|fact| !fact.fact().named().is_empty()).collect();
    if naming.is_empty() {
        return Vec::new();
    }
    let types: HashMap<EventId, &str> = live.iter().map(|fact| (fact.fact_id, fact.fact().event_type().name)).collect();
    let fits = |named: &Named| types.get(&named.fact).is_some_and(|found| named.types.contains(found));
    let misnames = |fact: &&&Live<F>| !fact.fact().named().iter().all(fits);
    naming.iter().filter(misnames).map(|fact| Flag::new(FlagCode::NamedFactUnknown, [fact.fact_id])).collect()
}

/// That `live` lies ahead of the day on which it was recorded, if it does.
pub(super) fn ahead<F: Fact>(live: &Live<F>) -> Option<Flag> {
    let latest = live.version.header.recorded_at + Duration::hours(HOURS_AHEAD_OF_UTC_MAX);
    (live.occurred_on().first() > latest.date_naive()).then(|| Flag::new(FlagCode::OccursInFuture, [live.fact_id]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rules_say_the_same() {
        let says: BTreeSet<_> = FlagCode::ALL.iter().map(|code| code.what()).collect();
        assert_eq!(says.len(), FlagCode::ALL.len());
        assert!(FlagCode::ALL.iter().all(|code| !code.what().contains(": ") && !code.hint().is_empty()));
    }
}
