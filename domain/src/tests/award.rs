//! What may be said of an award.

use projections::things::{Award, AwardState, FlagCode};
use schema::{
    Act, AwardId, ClusterId, Money, OrganisationId, ProgrammeId, ProjectId,
    award::{
        AwardAgreementSigned, AwardAmended, AwardAppliedFor, AwardConditionMet, AwardDeclined, AwardDeobligated, AwardDisbursed,
        AwardExpected, AwardFact, AwardIdentified, AwardMade, AwardRecovered, AwardShortlisted, AwardTerminated,
        FinancialCloseReached, GuaranteeCalled, LoanRepaid, PerformancePaid, Share, Side,
    },
};
use uuid::Uuid;

use super::{By, Said, Story, eur, given, line, note, recorded, refused, said, story, tell, usd};

pub(super) type Says = Said<AwardFact>;

pub(super) fn identified(title: &str) -> Says {
    of(title, None, None, &[])
}

/// Under a programme, from a funder, for clusters.
pub(super) fn of(title: &str, programme: Option<u128>, funder: Option<u128>, clusters: &[u128]) -> Says {
    let award = AwardIdentified {
        title: line(title),
        programme: programme.map(|programme| ProgrammeId::new(Uuid::from_u128(programme))),
        funder: funder.map(|funder| OrganisationId::new(Uuid::from_u128(funder))),
        recipient: None,
        projects: Vec::new(),
        clusters: clusters.iter().map(|cluster| ClusterId::new(Uuid::from_u128(*cluster))).collect(),
        instrument: None,
        side: Some(Side::Public),
        purpose: None,
        identifiers: Vec::new(),
        out_of: None,
        shares: Vec::new(),
        state_aid: None,
    };
    said(award, "2023-01-01")
}

pub(super) fn sought() -> Says {
    identified("Electrolyser grant")
}

/// An award for project 2, of which `percent` are that project's; without, nobody says how much is.
pub(super) fn shared(percent: Option<i64>) -> Says {
    let project = ProjectId::new(Uuid::from_u128(2));
    let share = Share { project: Some(project), cluster: None, amount: None, percent: percent.map(Into::into) };
    with(|award| {
        award.projects = vec![project];
        award.shares = vec![share];
    })
}

/// The award that all is said of is passed on out of itself.
pub(super) fn out_of_itself() -> Says {
    with(|award| award.out_of = AwardId::try_from(given::<Award>([]).thing.id()).ok())
}

fn with(change: impl FnOnce(&mut AwardIdentified)) -> Says {
    let sought = sought();
    let AwardFact::AwardIdentified(mut identified) = sought.fact else { panic!("it is identified") };
    change(&mut identified);
    Says { fact: identified.into(), ..sought }
}

fn repaid(amount: Money, on: &str) -> Says {
    said(LoanRepaid { amount, instalment: None }, on)
}

fn called(amount: Money, on: &str) -> Says {
    said(GuaranteeCalled { amount, reason: None }, on)
}

pub(super) fn applied(on: &str) -> Says {
    said(AwardAppliedFor { amount: Some(eur(120)) }, on)
}

fn shortlisted(on: &str) -> Says {
    said(AwardShortlisted { reserve: true }, on)
}

fn expected(on: &str) -> Says {
    said(AwardExpected { amount: None, bound: None }, on)
}

pub(super) fn declined(on: &str) -> Says {
    said(AwardDeclined { reason: None }, on)
}

pub(super) fn made(amount: Money, on: &str) -> Says {
    said(AwardMade { amount, bound: None }, on)
}

/// The agreement is signed, on the condition `permit`.
pub(super) fn signed(obligated: Money, on: &str) -> Says {
    said(
        AwardAgreementSigned {
            obligated,
            reference: None,
            conditions: vec![line("permit")],
            ends_on: None,
            terms: Vec::new(),
            payments_planned: Vec::new(),
        },
        on,
    )
}

pub(super) fn amended(awarded: Option<Money>, obligated: Option<Money>, on: &str) -> Says {
    said(AwardAmended { awarded, obligated, reason: note("prices") }, on)
}

pub(super) fn closed(on: &str) -> Says {
    said(FinancialCloseReached {}, on)
}

pub(super) fn condition_met(condition: &str, on: &str) -> Says {
    said(AwardConditionMet { condition: line(condition) }, on)
}

pub(super) fn disbursed(amount: Money, on: &str) -> Says {
    said(AwardDisbursed { amount, tranche: None }, on)
}

pub(super) fn performance_paid(amount: Money, on: &str) -> Says {
    said(PerformancePaid { amount, basis: line("tonnes stored") }, on)
}

pub(super) fn deobligated(amount: Money, on: &str) -> Says {
    said(AwardDeobligated { amount, reason: note("underspent") }, on)
}

pub(super) fn recovered(amount: Money, on: &str) -> Says {
    said(AwardRecovered { amount, reason: note("not built") }, on)
}

pub(super) fn terminated(on: &str) -> Says {
    said(AwardTerminated { reason: note("not built") }, on)
}

/// 100 euros were awarded.
pub(super) fn promised() -> Vec<Says> {
    vec![sought(), made(eur(100), "2024-01-01")]
}

/// 80 of them are obligated.
pub(super) fn obligated() -> Vec<Says> {
    and(promised(), signed(eur(80), "2024-03-01"))
}

/// 50 of those were paid out.
pub(super) fn paid() -> Vec<Says> {
    and(obligated(), disbursed(eur(50), "2024-06-01"))
}

pub(super) fn and(before: Vec<Says>, more: Says) -> Vec<Says> {
    before.into_iter().chain([more]).collect()
}

fn towards_an_award() -> Vec<Story<Award>> {
    let over = || [sought(), declined("2024-01-01")];
    vec![
        story("an award comes on record", [], sought()).but(
            "an award on record does not come on record again",
            [sought()],
            identified("Pipeline grant"),
            FlagCode::FoundedTwice,
        ),
        story("money is applied for", [sought()], applied("2023-06-01")).but(
            "what was declined is not applied for again: that is another award",
            over(),
            applied("2024-06-01"),
            FlagCode::AwardOver,
        ),
        story("an application is put on the reserve list", [sought(), applied("2023-06-01")], shortlisted("2023-09-01")).but(
            "what was declined is put on no list",
            over(),
            shortlisted("2024-06-01"),
            FlagCode::AwardOver,
        ),
        story("an award is expected, and its amount not known", [sought()], expected("2023-09-01")).but(
            "what was ended is not expected",
            [sought(), terminated("2024-01-01")],
            expected("2024-06-01"),
            FlagCode::AwardOver,
        ),
        story("an application is declined", [sought(), applied("2023-06-01")], declined("2023-12-01")).but(
            "what is awarded is not declined",
            promised(),
            declined("2024-06-01"),
            FlagCode::AwardAlreadyMade,
        ),
        story("what was declined is awarded from the reserve list", over(), made(eur(100), "2024-06-01")).but(
            "an award is made once",
            promised(),
            made(eur(20), "2024-06-01"),
            FlagCode::AwardAlreadyMade,
        ),
    ]
}

fn agreements() -> Vec<Story<Award>> {
    vec![
        story("all that is awarded is obligated", promised(), signed(eur(100), "2024-03-01")).but(
            "no more is obligated than is awarded",
            promised(),
            signed(eur(101), "2024-03-01"),
            FlagCode::ObligatedBeyondAward,
        ),
        story("award and agreement are amended at once", paid(), amended(Some(eur(200)), Some(eur(200)), "2025")).but(
            "an amendment does not leave what is obligated without its award",
            obligated(),
            amended(Some(eur(79)), None, "2025"),
            FlagCode::ObligatedBeyondAward,
        ),
        story("financial close is reached", promised(), closed("2024-09-01")).but(
            "financial close is reached once",
            and(promised(), closed("2024-09-01")),
            closed("2024-10-01"),
            FlagCode::FinancialCloseTwice,
        ),
        story("a condition is met", obligated(), condition_met("permit", "2024-05-01")).but(
            "a condition is met once",
            and(obligated(), condition_met("permit", "2024-05-01")),
            condition_met("permit", "2024-06-01"),
            FlagCode::AwardConditionMetTwice,
        ),
    ]
}

fn payments() -> Vec<Story<Award>> {
    vec![
        story("all that is obligated is paid out", paid(), disbursed(eur(30), "2024-09-01")).but(
            "no more is paid out than is obligated",
            paid(),
            disbursed(eur(31), "2024-09-01"),
            FlagCode::DisbursedBeyondObligation,
        ),
        story("money is paid for what was delivered", paid(), performance_paid(eur(30), "2024-09-01")).but(
            "what is paid for delivery counts with what was paid before",
            paid(),
            performance_paid(eur(31), "2024-09-01"),
            FlagCode::DisbursedBeyondObligation,
        ),
        story("what is not paid out is released", paid(), deobligated(eur(30), "2024-09-01")).but(
            "what is paid out is not released",
            paid(),
            deobligated(eur(31), "2024-09-01"),
            FlagCode::DeobligatedBeyondObligation,
        ),
        story("a loan is repaid", paid(), repaid(eur(10), "2024-09-01")).but(
            "what was never lent is not repaid",
            promised(),
            repaid(eur(10), "2024-09-01"),
            FlagCode::AwardNotObligated,
        ),
        story("a guarantee is called", obligated(), called(eur(10), "2024-09-01")).but(
            "what was never guaranteed is not called",
            promised(),
            called(eur(10), "2024-09-01"),
            FlagCode::AwardNotObligated,
        ),
        story("money is paid back after the end", and(paid(), terminated("2024-09-01")), recovered(eur(50), "2025-01-01")).but(
            "no more is paid back than was paid out",
            paid(),
            recovered(eur(51), "2025-01-01"),
            FlagCode::RecoveredBeyondDisbursed,
        ),
        story("an award is ended before its time", paid(), terminated("2024-09-01")).but(
            "what was declined is not ended",
            [sought(), declined("2024-01-01")],
            terminated("2024-09-01"),
            FlagCode::AwardOver,
        ),
    ]
}

fn stories() -> Vec<Story<Award>> {
    [towards_an_award(), agreements(), payments()].into_iter().flatten().collect()
}

tell!(stories());

#[test]
fn what_was_paid_back_can_be_paid_out_again() {
    let mut scene = given::<Award>(and(and(paid(), disbursed(eur(30), "2024-07-01")), recovered(eur(20), "2024-08-01")));
    assert_eq!(refused(scene.state(By::Person, &disbursed(eur(21), "2024-09-01"))).code, "AWARD_DISBURSED_BEYOND_OBLIGATION");
    recorded(scene.state(By::Person, &disbursed(eur(20), "2024-09-01")));
    assert_eq!(scene.thing.state().state, AwardState::Disbursing);
}

#[test]
fn two_payments_of_one_amount_on_one_day_are_told_apart_or_asked_about() {
    let mut scene = given::<Award>(obligated());
    let paid = |tranche: Option<&str>| said(AwardDisbursed { amount: eur(10), tranche: tranche.map(line) }, "2024-06-01");
    recorded(scene.state(By::Person, &paid(None)));
    let rejection = refused(scene.state(By::Person, &paid(None)));
    assert_eq!((rejection.code, rejection.facts), ("SAME_ON_RECORD", vec![scene.last()]));
    recorded(scene.state(By::Person, &paid(Some("second"))));
    assert_eq!(scene.thing.state().disbursed.get(eur(20).currency()), 20.into());
    let confirmed = recorded(scene.state(By::Authority, &paid(None)));
    assert!(matches!(confirmed, Act::Confirmed { .. }), "the counterparty confirms what is on record");
}

#[test]
fn an_amount_of_another_currency_is_refused_wherever_it_would_have_to_be_compared() {
    for (before, says) in [
        (promised(), signed(usd(10), "2024-03-01")),
        (promised(), amended(Some(usd(10)), None, "2024-03-01")),
        (obligated(), amended(None, Some(usd(10)), "2024-06-01")),
        (obligated(), disbursed(usd(10), "2024-06-01")),
        (obligated(), performance_paid(usd(10), "2024-06-01")),
        (obligated(), deobligated(usd(10), "2024-06-01")),
    ] {
        let rejection = refused(given::<Award>(before).state(By::Person, &says));
        assert_eq!(rejection.code, FlagCode::AwardOtherCurrency.code(), "{says:?}");
    }
}

#[test]
fn an_amendment_changes_what_there_is_and_brings_nothing_about() {
    let promise = amended(Some(eur(100)), None, "2024-06-01");
    let rejection = refused(given::<Award>([sought(), applied("2023-06-01")]).state(By::Person, &promise));
    assert_eq!(rejection.code, FlagCode::AwardNotMade.code());
    let commitment = amended(None, Some(eur(100)), "2024-06-01");
    let rejection = refused(given::<Award>(promised()).state(By::Person, &commitment));
    assert_eq!(rejection.code, FlagCode::AwardNotObligated.code());
}

#[test]
fn a_late_record_of_an_early_payment_is_decided_with_what_is_known_of_later() {
    let mut scene = given::<Award>(and(obligated(), disbursed(eur(50), "2025-06-01")));
    assert_eq!(refused(scene.state(By::Person, &disbursed(eur(31), "2024-06-01"))).code, "AWARD_DISBURSED_BEYOND_OBLIGATION");
    recorded(scene.state(By::Person, &disbursed(eur(30), "2024-06-01")));
}

#[test]
fn a_share_is_of_a_project_of_the_award_and_a_part_of_it() {
    for (percent, fits) in [(Some(40), true), (Some(100), true), (Some(0), false), (Some(101), false), (None, false)] {
        let mut scene = given::<Award>([]);
        assert_eq!(scene.state(By::Person, &shared(percent)).is_ok(), fits, "{percent:?}");
    }
}

#[test]
fn a_loan_is_repaid_also_after_its_end_and_a_guarantee_called_only_while_it_binds() {
    let repaid = |on| repaid(eur(10), on);
    let called = |on| called(eur(10), on);
    let mut scene = given::<Award>(paid());
    recorded(scene.state(By::Authority, &called("2024-09-01")));
    recorded(scene.state(By::Authority, &terminated("2024-10-01")));
    recorded(scene.state(By::Authority, &repaid("2024-11-01")));
    assert_eq!(scene.thing.state().recovered, given::<Award>(paid()).thing.state().recovered, "a repayment is no recovery");
    assert_eq!(refused(scene.state(By::Authority, &called("2024-12-01"))).code, FlagCode::AwardOver.code());
}
