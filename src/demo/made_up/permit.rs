//! Permits: from the first talk to the last condition, by way of returns, stops, challenges and quashings.

use std::collections::BTreeMap;

use app::{Draft, RecordError};
use chrono::NaiveDate;
use projections::things::Permit;
use schema::{
    ClusterId, Date, EventId, Jurisdiction, PermitId, ProjectId, Visibility,
    permit::{
        ApplicationAccepted, ApplicationCalledIn, ApplicationLapsed, ApplicationReturned, ApplicationSubmitted,
        ApplicationWithdrawn, ChallengeDismissed, ChallengeKind, ChallengeLodged, ChallengeUpheld, ChallengeWithdrawn,
        ClockResumed, ClockStarted, ClockStopped, Condition, ConditionBreached, ConditionDischarged, ConsultationClosed,
        ConsultationOpened, DeadlineExtended, DecidedBy, DeterminationQuashed, InformationRequested, InformationSupplied, Party,
        Period, PeriodUnit, PermitDeemedGranted, PermitExpired, PermitFact, PermitGranted, PermitIdentified, PermitPartlyGranted,
        PermitRefused, PermitSurrendered, PreApplicationOpened, Recommendation, RecommendationMade, RedeterminationOpened,
    },
};

use super::{
    chance::Chance,
    days::{AS_OF, Course, days_after, planned, remembered, some_day},
    history::{History, Said, Voice},
    scene::Scene,
    words::{CONSULTED, MISTAKES, STOPS, line, note},
};

const INSTRUMENTS: [&str; 6] = [
    "planning permission",
    "environmental permit",
    "grid connection consent",
    "water abstraction licence",
    "pipeline consent",
    "storage permit",
];

/// For what a permit is sought.
pub(super) struct Need<'a> {
    pub path: String,
    /// What it is for, in words.
    pub of: &'a str,
    pub projects: Vec<ProjectId>,
    pub clusters: Vec<ClusterId>,
    pub applicant: Voice,
    /// When it was found to be needed.
    pub from: NaiveDate,
    /// How many are needed for the same.
    pub number: usize,
}

/// Drafts the history of a permit.
pub(super) fn draft(draft: &mut Draft, scene: &Scene, chance: &mut Chance, need: Need<'_>) -> Result<PermitId, RecordError> {
    let authority = scene.land.authorities[need.number % scene.land.authorities.len()];
    let instrument = INSTRUMENTS[(need.number + chance.place(INSTRUMENTS.len())) % INSTRUMENTS.len()];
    let mut history = History::new(&scene.teller, need.path, need.applicant);
    if chance.happens(4) {
        history.visibility = Visibility::Parties;
    }
    let is_known = chance.happens(92);
    let identified = PermitIdentified {
        title: line(&format!("{instrument} for {}", need.of)),
        instrument: line(instrument),
        authority: authority.organisation.filter(|_| is_known),
        jurisdiction: Some(Jurisdiction::from(scene.land.country)),
        regime: None,
        case: None,
        legal_basis: chance.happens(88).then(|| line("Made-up Sites Act, section 12")),
        projects: need.projects,
        clusters: need.clusters,
        reference: chance.happens(60).then(|| line(&format!("MU/{}/{}", scene.number, chance.between(1_000..=9_999)))),
        identifiers: Vec::new(),
        attributes: BTreeMap::new(),
    };
    history.say(Said::by(need.applicant, need.from, identified).known(remembered(chance, need.from)));
    let mut telling = Telling {
        history,
        chance,
        applicant: need.applicant,
        authority,
        course: Course(need.from),
        decided_by: DecidedBy::Authority,
        conditions: 0,
    };
    telling.tell();
    let history = telling.history;
    let id = history.thing;
    draft.record::<Permit>(id, history.told())?;
    Ok(PermitId::new(id.uuid()))
}

struct Telling<'a> {
    history: History<PermitFact>,
    chance: &'a mut Chance,
    applicant: Voice,
    authority: Voice,
    course: Course,
    /// Who determines it.
    decided_by: DecidedBy,
    /// How many conditions the last grant had.
    conditions: usize,
}

/// What the authority made of the application.
enum Ruling {
    Granted(NaiveDate),
    Refused(NaiveDate),
}

impl Telling<'_> {
    fn after(&mut self, least: i64, most: i64) -> Option<NaiveDate> {
        self.course.after(self.chance, least..=most)
    }

    fn by_applicant(&mut self, on: NaiveDate, fact: impl Into<PermitFact>) -> EventId {
        let has_document = self.chance.happens(30);
        self.history.say(Said::by(self.applicant, on, fact).with_if(has_document, "copy of the application"))
    }

    /// What the authority did: recorded by itself, or by the applicant and confirmed later, or not.
    fn by_authority(&mut self, on: NaiveDate, fact: impl Into<PermitFact>) -> EventId {
        if self.chance.happens(55) {
            return self.history.say(Said::by(self.authority, on, fact).with("letter of the authority"));
        }
        let has_letter = self.chance.happens(60);
        let told = self.history.say(Said::by(self.applicant, on, fact).with_if(has_letter, "letter of the authority"));
        if self.chance.happens(45) {
            let on = days_after(on, self.chance.between(1..=40));
            self.history.confirm(self.authority, on, told);
        }
        told
    }

    fn tell(&mut self) -> Option<()> {
        if self.chance.happens(50) {
            let on = self.after(15, 90)?;
            self.by_applicant(on, PreApplicationOpened {});
        }
        self.submit()?;
        self.completeness()?;
        if self.chance.happens(4) {
            let on = self.after(20, 200)?;
            self.by_applicant(on, ApplicationWithdrawn { reason: Some(note("the design is changed")) });
            return None;
        }
        self.review()?;
        match self.rule()? {
            Ruling::Granted(on) => self.after_grant(on),
            Ruling::Refused(on) => self.after_refusal(on),
        }
    }

    fn submit(&mut self) -> Option<()> {
        let on = self.after(30, 240)?;
        let submitted = ApplicationSubmitted { reference: None, received_on: None };
        if self.chance.happens(6) && days_after(on, 5) <= AS_OF {
            // Three days too late at first, then put right; nothing else happens in these days.
            let wrong = days_after(on, 3);
            let told = self.history.say(Said::by(self.applicant, wrong, submitted.clone()));
            let reason = self.chance.one_of(&MISTAKES);
            self.history.correct(self.applicant, days_after(on, 5), told, (Date::day(on), submitted.into()), reason);
            self.course.0 = days_after(on, 5);
            return Some(());
        }
        self.by_applicant(on, submitted);
        Some(())
    }

    fn completeness(&mut self) -> Option<()> {
        for _ in 0..2 {
            if !self.chance.happens(28) {
                break;
            }
            let on = self.after(15, 60)?;
            let missing = vec![line("noise study"), line("site plan to scale")];
            self.by_authority(on, ApplicationReturned { missing });
            let on = self.after(20, 150)?;
            self.by_applicant(on, ApplicationSubmitted { reference: None, received_on: None });
        }
        let on = self.after(15, 60)?;
        self.by_authority(on, ApplicationAccepted {});
        let on = self.after(0, 5)?;
        self.by_authority(on, ClockStarted {});
        Some(())
    }

    fn review(&mut self) -> Option<()> {
        if self.chance.happens(50) {
            self.consult()?;
        }
        for _ in 0..self.chance.between(0..=2) {
            self.stop()?;
        }
        if self.chance.happens(20) {
            let on = self.after(20, 90)?;
            let by = Period { count: u16::try_from(self.chance.between(1..=6)).unwrap_or(1), unit: PeriodUnit::Month };
            self.by_authority(
                on,
                DeadlineExtended {
                    by: Some(by),
                    legal_basis: Some(line("Made-up Sites Act, section 20")),
                    approved_by: Some(line("head of the authority")),
                    reason: note("the case is complex"),
                    ground: None,
                    limit: None,
                    to: None,
                },
            );
        }
        if self.chance.happens(4) {
            let on = self.after(20, 60)?;
            self.decided_by = DecidedBy::Minister;
            self.by_authority(on, ApplicationCalledIn { by: Some(line("minister for industry")) });
        }
        if self.chance.happens(15) {
            let on = self.after(30, 90)?;
            let recommendation = self.chance.one_of(&[Recommendation::Grant, Recommendation::Grant, Recommendation::Refuse]);
            self.by_authority(on, RecommendationMade { recommendation, by: Some(line("examining inspector")) });
        }
        Some(())
    }

    /// A consultation; who took part records it late at times.
    fn consult(&mut self) -> Option<()> {
        let of = Some(line(self.chance.one_of(&CONSULTED)));
        let is_late = self.chance.happens(30);
        let on = self.after(10, 40)?;
        self.history.say(
            Said::by(self.authority, on, ConsultationOpened { of, closes_on: None, consultees: Vec::new(), round: None })
                .late_if(is_late),
        );
        let on = self.after(20, 60)?;
        self.history.say(Said::by(self.authority, on, ConsultationClosed { consultation: None }).late_if(is_late));
        Some(())
    }

    /// A stop of the clock, mostly with a question that the applicant answers. Some stops are not over yet.
    fn stop(&mut self) -> Option<()> {
        let on = self.after(20, 120)?;
        let asks = self.chance.happens(60);
        if asks {
            let is_secret = self.chance.happens(20);
            let what = note("emissions in the start-up phase, with the process data");
            let requested = Said::by(self.authority, on, InformationRequested { what, due_on: None, ground: None })
                .with("letter of the authority");
            self.history.say(requested.for_parties_if(is_secret));
        }
        let reason = line(self.chance.one_of(&STOPS));
        let responsible = if asks { Party::Applicant } else { self.chance.one_of(&[Party::OtherAuthority, Party::Authority]) };
        let expected_resumption = Some(planned(self.chance, days_after(on, 60)));
        let legal_basis = Some(line("Made-up Sites Act, section 18"));
        let stopped = ClockStopped { reason, legal_basis, responsible, expected_resumption, ground: None };
        if self.chance.happens(5) {
            let told = self.history.say(Said::by(self.applicant, on, stopped));
            let reason = self.chance.one_of(&MISTAKES);
            self.history.retract(self.applicant, days_after(on, 2), told, reason);
            return self.after(10, 20).map(|_| ());
        }
        self.by_authority(on, stopped);
        if asks {
            let on = self.after(15, 150)?;
            self.by_applicant(
                on,
                InformationSupplied { what: Some(note("the process data, as asked")), complete: None, request: None },
            );
        }
        let on = self.after(5, 60)?;
        self.by_authority(on, ClockResumed { ground: None, stop: None });
        Some(())
    }

    fn rule(&mut self) -> Option<Ruling> {
        let decided_by = self.decided_by;
        let on = self.after(30, 240)?;
        match self.chance.between(0..=99) {
            0..14 => {
                let grounds = vec![note("the cooling water would warm the river too much")];
                let challengeable_until = Some(Date::day(days_after(on, 42)));
                self.by_authority(
                    on,
                    PermitRefused { decided_by, grounds, challengeable_until, announced_on: None, reference: None },
                );
                return Some(Ruling::Refused(on));
            }
            14..17 => {
                self.by_applicant(on, ApplicationLapsed { reason: Some(note("the fee was not paid")) });
                return None;
            }
            17..20 if decided_by == DecidedBy::Authority => {
                self.by_applicant(
                    on,
                    PermitDeemedGranted {
                        legal_basis: Some(line("Made-up Sites Act, section 30")),
                        challengeable_until: None,
                        announced_on: None,
                        reference: None,
                    },
                );
                return Some(Ruling::Granted(on));
            }
            20..26 => {
                let refused_part = note("the second stack");
                let (conditions, valid_until) = self.terms(on);
                let challengeable_until = Some(Date::day(days_after(on, 42)));
                self.by_authority(
                    on,
                    PermitPartlyGranted {
                        decided_by,
                        refused_part,
                        conditions,
                        valid_until,
                        challengeable_until,
                        announced_on: None,
                        reference: None,
                    },
                );
            }
            _ => self.grant(on, decided_by),
        }
        Some(Ruling::Granted(on))
    }

    fn grant(&mut self, on: NaiveDate, decided_by: DecidedBy) {
        let (conditions, valid_until) = self.terms(on);
        let challengeable_until = self.chance.happens(85).then(|| Date::day(days_after(on, 42)));
        self.by_authority(
            on,
            PermitGranted { decided_by, conditions, valid_until, challengeable_until, announced_on: None, reference: None },
        );
    }

    /// The conditions of a grant, and until when it can be used.
    fn terms(&mut self, on: NaiveDate) -> (Vec<Condition>, Option<Date>) {
        self.conditions = self.chance.place(5);
        let condition = |number: usize| Condition {
            reference: line(&format!("C{number}")),
            text: note("measurements are to be reported to the authority every month"),
            before_construction: number % 2 == 1,
            due_on: None,
            recurs: None,
            until: None,
        };
        let conditions = (1..=self.conditions).map(condition).collect();
        let valid_until = self.chance.happens(70).then(|| Date::day(days_after(on, 365 * self.chance.between(1..=6))));
        (conditions, valid_until)
    }

    fn after_refusal(&mut self, on: NaiveDate) -> Option<()> {
        if !self.chance.happens(50) {
            return None;
        }
        let kind = ChallengeKind::Appeal;
        let by = Some(Party::Applicant);
        let lodged = some_day(self.chance, on, 10..=40)?;
        self.course.0 = lodged;
        self.by_applicant(lodged, ChallengeLodged { kind, by, reference: None, against: None, suspends: None });
        let on = self.after(90, 300)?;
        if self.chance.happens(55) {
            self.by_authority(on, ChallengeDismissed { kind, challenge: None });
            return None;
        }
        self.by_authority(on, ChallengeUpheld { kind, challenge: None, relief: None });
        let on = self.after(1, 20)?;
        self.grant(on, DecidedBy::Appeal);
        self.after_grant(on)
    }

    fn after_grant(&mut self, granted: NaiveDate) -> Option<()> {
        if self.chance.happens(14) {
            self.review_by_court(granted)?;
        }
        self.discharge()?;
        match self.chance.between(0..=99) {
            0..3 => {
                let on = self.after(100, 700)?;
                self.by_applicant(on, PermitSurrendered {});
            }
            3..6 => {
                let on = self.after(300, 900)?;
                self.by_authority(on, PermitExpired {});
            }
            _ => {}
        }
        Some(())
    }

    /// Somebody goes to court. What is quashed is determined again, so that a level falls and may rise again.
    fn review_by_court(&mut self, granted: NaiveDate) -> Option<()> {
        let (kind, by) = (ChallengeKind::JudicialReview, Some(Party::ThirdParty));
        let lodged = some_day(self.chance, granted, 15..=41)?;
        self.course.0 = lodged;
        self.by_applicant(lodged, ChallengeLodged { kind, by, reference: Some(line("MU 7/24")), against: None, suspends: None });
        let on = self.after(60, 300)?;
        match self.chance.between(0..=99) {
            0..10 => {
                self.by_applicant(on, ChallengeWithdrawn { kind, challenge: None });
                return Some(());
            }
            10..55 => {
                self.by_applicant(on, ChallengeDismissed { kind, challenge: None });
                return Some(());
            }
            _ => self.by_applicant(on, ChallengeUpheld { kind, challenge: None, relief: None }),
        };
        let on = self.after(1, 3)?;
        self.by_applicant(
            on,
            DeterminationQuashed { reason: Some(note("the public was not heard")), determination: None, in_part: None },
        );
        self.conditions = 0;
        let on = self.after(10, 60)?;
        self.by_authority(on, RedeterminationOpened {});
        let on = self.after(90, 300)?;
        self.grant(on, self.decided_by);
        Some(())
    }

    /// One condition after the other, not always all of them.
    fn discharge(&mut self) -> Option<()> {
        for number in 1..=self.conditions {
            let condition = line(&format!("C{number}"));
            if self.chance.happens(15) {
                continue;
            }
            let on = self.after(20, 200)?;
            if self.chance.happens(3) {
                let what = note("the report of one month is missing");
                self.by_authority(on, ConditionBreached { condition: condition.clone(), what });
            }
            let on = self.after(5, 60)?;
            self.by_authority(on, ConditionDischarged { condition, for_period: None });
        }
        Some(())
    }
}
