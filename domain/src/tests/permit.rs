//! What may be said of a permit.

use projections::things::{FlagCode, Permit, PermitState};
use schema::EventId;
use schema::permit::{
    ApplicationAccepted, ApplicationAmended, ApplicationCalledIn, ApplicationLapsed, ApplicationReturned, ApplicationSubmitted,
    ApplicationWithdrawn, ChallengeDismissed, ChallengeKind, ChallengeLodged, ChallengeUpheld, ChallengeWithdrawn, ClockResumed,
    ClockStarted, ClockStopped, Condition, ConditionBreached, ConditionDetailsSubmitted, ConditionDischarged, ConsultationClosed,
    ConsultationOpened, Consultee, ConsulteeAnswered, DeadlineExtended, DeadlinePublished, DecidedBy, DeterminationQuashed,
    InformationRequested, InformationSupplied, LimitReplaced, Party, Period, PeriodUnit, PermitDeemedGranted, PermitExpired,
    PermitFact, PermitGranted, PermitIdentified, PermitPartlyGranted, PermitRefused, PermitStanding, PermitStandingReported,
    PermitSurrendered, PreApplicationOpened, ProcedureStepTaken, Recommendation, RecommendationMade, RedeterminationOpened,
    RegimeDetermined,
};
use uuid::Uuid;

use super::{By, Intent, Said, Story, date, given, line, note, recorded, refused as turned_down, said, story, tell};

pub(super) type Says = Said<PermitFact>;

pub(super) fn reported(standing: PermitStanding, on: &str) -> Says {
    said(PermitStandingReported { standing, words: Some(line("as the source says")) }, on)
}

pub(super) fn identified(title: &str) -> Says {
    let permit = PermitIdentified {
        title: line(title),
        instrument: line("planning permission"),
        authority: None,
        jurisdiction: None,
        regime: None,
        case: None,
        legal_basis: None,
        projects: Vec::new(),
        clusters: Vec::new(),
        reference: None,
        identifiers: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
    };
    said(permit, "2024-01-01")
}

pub(super) fn needed() -> Says {
    identified("Compressor station")
}

pub(super) fn submitted(on: &str) -> Says {
    said(ApplicationSubmitted { reference: None, received_on: None }, on)
}

pub(super) fn returned(on: &str) -> Says {
    said(ApplicationReturned { missing: vec![line("noise study")] }, on)
}

pub(super) fn accepted(on: &str) -> Says {
    said(ApplicationAccepted {}, on)
}

pub(super) fn started(on: &str) -> Says {
    said(ClockStarted {}, on)
}

pub(super) fn stopped(ground: &str, on: &str) -> Says {
    let reason = line(ground);
    said(ClockStopped { reason, legal_basis: None, responsible: Party::Applicant, expected_resumption: None, ground: None }, on)
}

/// The clock runs again after the stop that `stop` stands for.
pub(super) fn resumed_from(stop: u128, on: &str) -> Says {
    said(ClockResumed { stop: Some(EventId(Uuid::from_u128(stop))), ground: None }, on)
}

/// The deadline is extended to a date, or says not how.
pub(super) fn extended(to: Option<&str>, on: &str) -> Says {
    let (to, reason) = (to.map(date), note("exceptional risk"));
    said(DeadlineExtended { by: None, to, limit: None, ground: None, legal_basis: None, approved_by: None, reason }, on)
}

/// A consultation of some who are asked by name, or not said who.
pub(super) fn consulted(names: &[Option<&str>], on: &str) -> Says {
    let consultee = |name: Option<&str>| Consultee { organisation: None, name: name.map(line), due_on: None };
    let consultees = names.iter().copied().map(consultee).collect();
    said(ConsultationOpened { of: None, closes_on: None, round: None, consultees }, on)
}

fn amended(on: &str) -> Says {
    said(ApplicationAmended { what: Some(note("one stack")), material: Some(false) }, on)
}

fn answered(name: Option<&str>, on: &str) -> Says {
    said(ConsulteeAnswered { consultation: None, organisation: None, name: name.map(line), what: None }, on)
}

fn detailed(condition: &str, on: &str) -> Says {
    said(ConditionDetailsSubmitted { condition: line(condition), what: None, reference: None }, on)
}

pub(super) fn resumed(on: &str) -> Says {
    said(ClockResumed { ground: None, stop: None }, on)
}

pub(super) fn supplied(on: &str) -> Says {
    said(InformationSupplied { what: None, complete: None, request: None }, on)
}

pub(super) fn consultation_closed(on: &str) -> Says {
    said(ConsultationClosed { consultation: None }, on)
}

pub(super) fn refused_on_appeal(on: &str) -> Says {
    said(
        PermitRefused {
            decided_by: DecidedBy::Appeal,
            grounds: Vec::new(),
            challengeable_until: None,
            announced_on: None,
            reference: None,
        },
        on,
    )
}

pub(super) fn refused(on: &str) -> Says {
    said(
        PermitRefused {
            decided_by: DecidedBy::Authority,
            grounds: vec![note("flood risk")],
            challengeable_until: None,
            announced_on: None,
            reference: None,
        },
        on,
    )
}

/// Granted under condition 1.
pub(super) fn granted(on: &str) -> Says {
    let conditions = vec![Condition {
        reference: line("1"),
        text: note("survey the bats"),
        before_construction: false,
        due_on: None,
        recurs: None,
        until: None,
    }];
    said(
        PermitGranted {
            decided_by: DecidedBy::Authority,
            conditions,
            valid_until: None,
            challengeable_until: None,
            announced_on: None,
            reference: None,
        },
        on,
    )
}

pub(super) fn granted_until(until: &str, on: &str) -> Says {
    let valid_until = Some(date(until));
    said(
        PermitGranted {
            decided_by: DecidedBy::Authority,
            conditions: Vec::new(),
            valid_until,
            challengeable_until: None,
            announced_on: None,
            reference: None,
        },
        on,
    )
}

fn partly_granted(on: &str) -> Says {
    let refused_part = note("the second turbine");
    let decided_by = DecidedBy::Authority;
    said(
        PermitPartlyGranted {
            decided_by,
            refused_part,
            conditions: Vec::new(),
            valid_until: None,
            challengeable_until: None,
            announced_on: None,
            reference: None,
        },
        on,
    )
}

fn deemed_granted(on: &str) -> Says {
    said(PermitDeemedGranted { legal_basis: None, challengeable_until: None, announced_on: None, reference: None }, on)
}

pub(super) fn withdrawn(on: &str) -> Says {
    said(ApplicationWithdrawn { reason: None }, on)
}

fn lapsed(on: &str) -> Says {
    said(ApplicationLapsed { reason: None }, on)
}

pub(super) fn lodged(on: &str) -> Says {
    said(ChallengeLodged { kind: ChallengeKind::JudicialReview, by: None, reference: None, against: None, suspends: None }, on)
}

pub(super) fn dismissed(on: &str) -> Says {
    said(ChallengeDismissed { kind: ChallengeKind::JudicialReview, challenge: None }, on)
}

fn appealed(on: &str) -> Says {
    said(ChallengeLodged { kind: ChallengeKind::Appeal, by: None, reference: None, against: None, suspends: None }, on)
}

pub(super) fn reopened(on: &str) -> Says {
    said(RedeterminationOpened {}, on)
}

pub(super) fn quashed(on: &str) -> Says {
    said(DeterminationQuashed { reason: None, determination: None, in_part: None }, on)
}

pub(super) fn discharged(condition: &str, on: &str) -> Says {
    said(ConditionDischarged { condition: line(condition), for_period: None }, on)
}

fn breached(condition: &str, on: &str) -> Says {
    said(ConditionBreached { condition: line(condition), what: note("felled in May") }, on)
}

pub(super) fn expired(on: &str) -> Says {
    said(PermitExpired {}, on)
}

/// An application of 1 February 2024.
pub(super) fn applied() -> Vec<Says> {
    vec![needed(), submitted("2024-02-01")]
}

/// An application whose clock runs since 1 April 2024.
pub(super) fn running() -> Vec<Says> {
    vec![needed(), submitted("2024-02-01"), accepted("2024-03-01"), started("2024-04-01")]
}

/// A grant of 1 July 2024.
pub(super) fn permitted() -> Vec<Says> {
    vec![needed(), submitted("2024-02-01"), granted("2024-07-01")]
}

fn and(mut facts: Vec<Says>, more: impl IntoIterator<Item = Says>) -> Vec<Says> {
    facts.extend(more);
    facts
}

fn before_the_clock() -> Vec<Story<Permit>> {
    let talks = |on| said(PreApplicationOpened {}, on);
    let determined = |on| {
        let (regime, case) = (line("gb-eng-planning"), line("eia"));
        said(RegimeDetermined { regime, case, version: None }, on)
    };
    vec![
        story("a permit that is needed comes on record", [], needed()).but(
            "a permit on record does not come on record again",
            [needed()],
            identified("Compressor hall"),
            FlagCode::FoundedTwice,
        ),
        story("talks with the authority open before an application", [needed()], talks("2024-01-10")).but(
            "talks do not open on a day that has not come",
            [needed()],
            talks("2027-01-10"),
            FlagCode::OccursInFuture,
        ),
        story("another regime is found to apply", applied(), determined("2024-03-05")).but(
            "a regime is not found to apply on a day that has not come",
            applied(),
            determined("2027-03-05"),
            FlagCode::OccursInFuture,
        ),
        story("an application returned is submitted again", and(applied(), [returned("2024-02-20")]), submitted("2024-03-20"))
            .but("one permit has one application", applied(), submitted("2024-03-20"), FlagCode::SubmittedTwice),
        story("an application is amended", applied(), amended("2024-02-15")).but(
            "what is determined is not amended",
            permitted(),
            amended("2024-08-01"),
            FlagCode::AlreadyDetermined,
        ),
        story("an application is returned as incomplete", applied(), returned("2024-02-20")).but(
            "what was not submitted is not returned",
            [needed()],
            returned("2024-02-20"),
            FlagCode::NotSubmitted,
        ),
        story("an application is accepted as complete", applied(), accepted("2024-03-01")).but(
            "an application is accepted once",
            running(),
            accepted("2024-05-01"),
            FlagCode::AcceptedTwice,
        ),
    ]
}

fn under_the_clock() -> Vec<Story<Permit>> {
    let by = Period { count: 3, unit: PeriodUnit::Month };
    let extended = |on| {
        said(
            DeadlineExtended {
                by: Some(by),
                legal_basis: None,
                approved_by: None,
                reason: note("exceptional risk"),
                ground: None,
                limit: None,
                to: None,
            },
            on,
        )
    };
    let step = |on| said(ProcedureStepTaken { step: line("notice-of-intent") }, on);
    let published = |on| said(DeadlinePublished { limit: line("decision"), deadline: date("2024-09-30") }, on);
    let replaced = |to: Option<&str>, on| {
        let (limit, to) = (line("decision"), to.map(date));
        said(LimitReplaced { limit, by: None, to, legal_basis: None, reason: None }, on)
    };
    vec![
        story("a step of the regime is taken before an application", [needed()], step("2024-01-10")).but(
            "a step is not taken of what is not on record",
            [],
            step("2024-01-10"),
            FlagCode::NotFounded,
        ),
        story("the authority publishes its deadline", running(), published("2024-04-02")).but(
            "a deadline is not published on a day that has not come",
            running(),
            published("2027-04-02"),
            FlagCode::OccursInFuture,
        ),
        story("a limit is replaced by a date", running(), replaced(Some("2024-12-31"), "2024-05-01")).but(
            "a limit is not replaced by nothing",
            running(),
            replaced(None, "2024-05-01"),
            FlagCode::ExtensionUnclear,
        ),
        story(
            "the clock starts once the application is complete",
            [needed(), submitted("2024-02-01"), accepted("2024-03-01")],
            started("2024-04-01"),
        )
        .but("a clock that runs does not start", running(), started("2024-05-01"), FlagCode::ClockStartedTwice),
        story("the clock stops while a supplement is prepared", running(), stopped("EIA supplement", "2024-05-01")).but(
            "the clock does not stop twice on one ground",
            and(running(), [stopped("EIA supplement", "2024-05-01")]),
            stopped("EIA supplement", "2024-05-10"),
            FlagCode::StoppedTwice,
        ),
        story("a stopped clock runs again", and(running(), [stopped("EIA supplement", "2024-05-01")]), resumed("2024-06-01"))
            .but("a running clock is not resumed", running(), resumed("2024-06-01"), FlagCode::ClockNotStopped),
        story("the deadline is extended while the clock runs", running(), extended("2024-06-01")).but(
            "without a clock there is no deadline to extend",
            applied(),
            extended("2024-06-01"),
            FlagCode::ClockNotRunning,
        ),
    ]
}

fn questions() -> Vec<Story<Permit>> {
    let requested = |on| said(InformationRequested { what: note("bat survey"), due_on: None, ground: None }, on);
    let opened = |on| said(ConsultationOpened { of: None, closes_on: None, consultees: Vec::new(), round: None }, on);
    vec![
        story("the authority asks for information", applied(), requested("2024-02-10")).but(
            "nothing is asked about an application that is withdrawn",
            and(applied(), [withdrawn("2024-02-05")]),
            requested("2024-02-10"),
            FlagCode::ApplicationOver,
        ),
        story("what was asked for is supplied", and(applied(), [requested("2024-02-10")]), supplied("2024-03-10")).but(
            "nothing is supplied on a day that has not come",
            and(applied(), [requested("2024-02-10")]),
            supplied("2027-03-10"),
            FlagCode::OccursInFuture,
        ),
        story("a consultation opens", applied(), opened("2024-02-10")).but(
            "without an application there is nothing to consult on",
            [needed()],
            opened("2024-02-10"),
            FlagCode::NotSubmitted,
        ),
        story(
            "somebody who is asked answers",
            and(applied(), [opened("2024-02-10")]),
            answered(Some("the parish"), "2024-03-01"),
        )
        .but(
            "nobody in particular answers",
            and(applied(), [opened("2024-02-10")]),
            answered(None, "2024-03-01"),
            FlagCode::ConsulteeUnclear,
        ),
        story("an open consultation closes", and(applied(), [opened("2024-02-10")]), consultation_closed("2024-03-10")).but(
            "no consultation closes on a day that has not come",
            and(applied(), [opened("2024-02-10")]),
            consultation_closed("2027-03-10"),
            FlagCode::OccursInFuture,
        ),
    ]
}

fn determinations() -> Vec<Story<Permit>> {
    let called_in = |on| said(ApplicationCalledIn { by: None }, on);
    let recommended = |on| said(RecommendationMade { recommendation: Recommendation::Grant, by: None }, on);
    let twice = FlagCode::DecidedTwice;
    vec![
        story("a minister calls an application in", applied(), called_in("2024-03-01")).but(
            "what was not submitted is not called in",
            [needed()],
            called_in("2024-03-01"),
            FlagCode::NotSubmitted,
        ),
        story("the examining body recommends", running(), recommended("2024-05-01")).but(
            "nothing is recommended on what is withdrawn",
            and(running(), [withdrawn("2024-04-10")]),
            recommended("2024-05-01"),
            FlagCode::ApplicationOver,
        ),
        story("a permit is refused", applied(), refused("2024-07-01")).but(
            "a permit granted is not refused by the same body",
            permitted(),
            refused("2024-08-01"),
            twice,
        ),
        story("a permit is granted for a part", applied(), partly_granted("2024-07-01")).but(
            "what was not submitted is not granted for a part",
            [needed()],
            partly_granted("2024-07-01"),
            FlagCode::NotSubmitted,
        ),
        story("a permit is granted", running(), granted_until("2027-07-01", "2024-07-01")).but(
            "a grant does not end before it begins",
            running(),
            granted_until("2024-06-30", "2024-07-01"),
            FlagCode::ValidityBeforeGrant,
        ),
        story("a permit counts as granted when the period has run out", running(), deemed_granted("2024-10-01")).but(
            "what is refused does not count as granted",
            and(running(), [refused("2024-09-01")]),
            deemed_granted("2024-10-01"),
            twice,
        ),
        story("an application is withdrawn", applied(), withdrawn("2024-03-01")).but(
            "an application that is determined is not withdrawn",
            permitted(),
            withdrawn("2024-08-01"),
            FlagCode::AlreadyDetermined,
        ),
        story("an application lapses", applied(), lapsed("2024-12-01")).but(
            "what was not submitted does not lapse",
            [needed()],
            lapsed("2024-12-01"),
            FlagCode::NotSubmitted,
        ),
    ]
}

fn challenges() -> Vec<Story<Permit>> {
    let kind = ChallengeKind::JudicialReview;
    let given_up = |on| said(ChallengeWithdrawn { kind, challenge: None }, on);
    let upheld = |on| said(ChallengeUpheld { kind, challenge: None, relief: None }, on);
    let challenged = || and(permitted(), [lodged("2024-08-01")]);
    let not_open = FlagCode::ChallengeNotOpen;
    vec![
        story("a determination is challenged", permitted(), lodged("2024-08-01")).but(
            "without a determination there is nothing to challenge",
            applied(),
            lodged("2024-08-01"),
            FlagCode::NothingToChallenge,
        ),
        story("a challenge is withdrawn", challenged(), given_up("2024-09-01")).but(
            "a challenge that was not lodged is not withdrawn",
            permitted(),
            given_up("2024-09-01"),
            not_open,
        ),
        story("a challenge fails", challenged(), dismissed("2024-09-01")).but(
            "a review does not fail where an appeal was lodged",
            and(permitted(), [appealed("2024-08-01")]),
            dismissed("2024-09-01"),
            not_open,
        ),
        story("a challenge succeeds", challenged(), upheld("2024-09-01")).but(
            "a challenge does not succeed before it is lodged",
            challenged(),
            upheld("2024-07-20"),
            not_open,
        ),
        story("a court quashes the determination", challenged(), quashed("2024-09-01")).but(
            "without a determination there is nothing to quash",
            applied(),
            quashed("2024-09-01"),
            FlagCode::NothingToChallenge,
        ),
        story("what was quashed is determined again", and(permitted(), [quashed("2024-09-01")]), reopened("2024-10-01")).but(
            "what stands is not determined again",
            permitted(),
            reopened("2024-10-01"),
            FlagCode::RedeterminationUnfounded,
        ),
    ]
}

fn after_the_grant() -> Vec<Story<Permit>> {
    let surrendered = |on| said(PermitSurrendered {}, on);
    vec![
        story("details are submitted for a condition", permitted(), detailed("1", "2024-08-15")).but(
            "no details are due for what is not required",
            permitted(),
            detailed("9", "2024-08-15"),
            FlagCode::ConditionUnknown,
        ),
        story("a condition is discharged", permitted(), discharged("1", "2024-09-01")).but(
            "a condition is discharged once",
            and(permitted(), [discharged("1", "2024-09-01")]),
            discharged("1", "2024-10-01"),
            FlagCode::ConditionDischargedTwice,
        ),
        story("a condition is breached", permitted(), breached("1", "2024-09-01")).but(
            "a condition that the grant does not have is not breached",
            permitted(),
            breached("2", "2024-09-01"),
            FlagCode::ConditionUnknown,
        ),
        story("a holder gives the permit up", permitted(), surrendered("2025-01-01")).but(
            "what was refused can't be given up",
            and(applied(), [refused("2024-07-01")]),
            surrendered("2025-01-01"),
            FlagCode::NotGranted,
        ),
        story("a permit runs out unused", permitted(), expired("2026-01-01")).but(
            "a quashed grant does not run out",
            and(permitted(), [quashed("2024-09-01")]),
            expired("2026-01-01"),
            FlagCode::NotGranted,
        ),
        story("a source says how a permit stands", permitted(), reported(PermitStanding::InUse, "2025-01-01")).but(
            "how it will stand is not reported",
            permitted(),
            reported(PermitStanding::Closed, "2027-01-01"),
            FlagCode::OccursInFuture,
        ),
    ]
}

fn stories() -> Vec<Story<Permit>> {
    let chapters = [before_the_clock(), under_the_clock(), questions(), determinations(), challenges(), after_the_grant()];
    chapters.into_iter().flatten().collect()
}

tell!(stories());

#[test]
fn a_fact_names_an_earlier_one_of_the_permit_and_of_the_right_type() {
    let mut scene = given::<Permit>(running());
    recorded(scene.state(By::Authority, &stopped("fees", "2024-05-01")));
    let stop = scene.last();
    let resumption = |stop| Intent::State(ClockResumed { stop: Some(stop), ground: None }.into());
    let start = scene.thing.live().iter().find(|live| matches!(live.fact(), PermitFact::ClockStarted(_))).unwrap().fact_id;
    assert_eq!(turned_down(scene.when(By::Authority, resumption(start), "2024-06-01")).code, "NAMED_FACT_UNKNOWN");
    recorded(scene.when(By::Authority, resumption(stop), "2024-06-01"));
    assert_eq!(scene.thing.state().stops[0].until, Some(date("2024-06-01")));
    let retracted = scene.retract(By::Authority, stop).unwrap();
    assert!(retracted.warnings.contains(&FlagCode::NamedFactUnknown), "what named the stop names nothing any more");
}

#[test]
fn a_condition_that_recurs_is_discharged_for_each_period_once() {
    let condition = Condition { recurs: Some(Period { count: 1, unit: PeriodUnit::Year }), ..condition("1") };
    let granted = PermitGranted { conditions: vec![condition], ..bare_grant() };
    let mut scene = given::<Permit>(applied());
    recorded(scene.state(By::Authority, &said(granted, "2024-07-01")));
    let discharged = |period: Option<&str>| ConditionDischarged { condition: line("1"), for_period: period.map(date) };
    recorded(scene.state(By::Authority, &said(discharged(Some("2024")), "2025-01-10")));
    recorded(scene.state(By::Authority, &said(discharged(Some("2025")), "2026-01-10")));
    let again = turned_down(scene.state(By::Authority, &said(discharged(None), "2026-02-10")));
    assert_eq!(again.code, FlagCode::ConditionDischargedTwice.code());
    let unknown = ConditionDetailsSubmitted { condition: line("9"), what: None, reference: None };
    assert_eq!(turned_down(scene.state(By::Person, &said(unknown, "2026-03-01"))).code, FlagCode::ConditionUnknown.code());
}

#[test]
fn a_deadline_is_moved_by_a_period_or_to_a_date() {
    let mut scene = given::<Permit>(running());
    recorded(scene.state(By::Authority, &extended(Some("2024-09-30"), "2024-05-01")));
    assert_eq!(scene.thing.state().extensions[0].to, Some(date("2024-09-30")));
    let by = Some(Period { count: 1, unit: PeriodUnit::Month });
    let both = DeadlineExtended {
        by,
        to: Some(date("2024-10-31")),
        limit: None,
        ground: None,
        legal_basis: None,
        approved_by: None,
        reason: note("both"),
    };
    assert_eq!(turned_down(scene.state(By::Authority, &said(both, "2024-05-02"))).code, FlagCode::ExtensionUnclear.code());
}

#[test]
fn whoever_is_asked_is_asked_by_name_or_by_organisation() {
    let mut scene = given::<Permit>(applied());
    recorded(scene.state(By::Authority, &consulted(&[Some("the parish council")], "2024-05-01")));
    let consultation = Some(scene.last());
    let answer = |name: Option<&str>| ConsulteeAnswered { consultation, organisation: None, name: name.map(line), what: None };
    recorded(scene.state(By::Person, &said(answer(Some("the parish council")), "2024-05-20")));
    assert_eq!(turned_down(scene.state(By::Person, &said(answer(None), "2024-05-20"))).code, FlagCode::ConsulteeUnclear.code());
}

/// A permit whose regime and case are named.
pub(super) fn under(regime: &str, case: Option<&str>) -> Says {
    let Said { fact: PermitFact::PermitIdentified(permit), .. } = needed() else { unreachable!("it is identified") };
    said(PermitIdentified { regime: Some(line(regime)), case: case.map(line), ..permit }, "2024-01-01")
}

#[test]
fn where_the_law_says_since_when_the_clock_runs_nobody_has_to() {
    let applied = |founding: Says| given::<Permit>([founding, submitted("2024-02-01")]);
    let stop = || stopped("eia-screening", "2024-02-10");
    assert_eq!(turned_down(applied(needed()).state(By::Authority, &stop())).code, FlagCode::ClockNotRunning.code());
    assert_eq!(
        turned_down(applied(under("gb-eng-planning", None)).state(By::Authority, &stop())).code,
        FlagCode::ClockNotRunning.code()
    );
    let mut scene = applied(under("gb-eng-planning", Some("minor")));
    recorded(scene.state(By::Authority, &stop()));
    assert_eq!(scene.thing.state().state, PermitState::Stopped);
    recorded(scene.state(By::Authority, &resumed("2024-03-10")));
    assert_eq!(scene.thing.state().state, PermitState::InReview);
}

#[test]
fn a_regime_or_a_case_that_no_file_knows_is_taken_from_a_register_and_flagged() {
    let law = law::Rulebook::shipped().expect("what is shipped is read");
    let codes = |founding: Says| {
        let scene = given::<Permit>([founding]);
        let flags = crate::law::unknown_law(&scene.thing, &law);
        assert!(flags.iter().all(|flag| flag.facts == [scene.last()]));
        flags.into_iter().map(|flag| flag.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(under("the planning act", None)), [FlagCode::RegimeUnknown]);
    assert_eq!(codes(under("the planning act", Some("minor"))), [FlagCode::RegimeUnknown]);
    assert_eq!(codes(under("gb-eng-planning", Some("small"))), [FlagCode::CaseUnknown]);
    for known in [needed(), under("gb-eng-planning", None), under("gb-eng-planning", Some("minor"))] {
        assert_eq!(codes(known), []);
    }
}

fn condition(reference: &str) -> Condition {
    Condition {
        reference: line(reference),
        text: note("report each year"),
        before_construction: false,
        due_on: None,
        recurs: None,
        until: None,
    }
}

fn bare_grant() -> PermitGranted {
    PermitGranted {
        decided_by: DecidedBy::Authority,
        conditions: Vec::new(),
        valid_until: None,
        challengeable_until: None,
        announced_on: None,
        reference: None,
    }
}
