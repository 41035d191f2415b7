//! Partnerships: from the first talk to operating under an agreement, or to their end.

use app::{Draft, RecordError};
use chrono::NaiveDate;
use projections::things::Partnership;
use rust_decimal::Decimal;
use schema::{
    ClusterId, Date, OrganisationId, ProjectId,
    partnership::{
        BindingAgreementSigned, MemorandumSigned, PartnerJoined, PartnerLeft, PartnershipBecameActive,
        PartnershipDiscussionOpened, PartnershipExpired, PartnershipFact, PartnershipIdentified, PartnershipKind,
        PartnershipTerminated, TermSheetSigned,
    },
    project::{Capacity, CapacityUnit},
};

use super::{
    chance::Chance,
    days::{Course, days_after},
    history::{History, Said, Voice},
    project::some_visibility,
    scene::Scene,
    words::{BREAKS, line, note},
};

const OF_PROJECTS: [PartnershipKind; 7] = [
    PartnershipKind::Offtake,
    PartnershipKind::Offtake,
    PartnershipKind::Supply,
    PartnershipKind::Co2TransportStorage,
    PartnershipKind::JointVenture,
    PartnershipKind::LabourSkills,
    PartnershipKind::Community,
];

/// What a partnership is for.
pub(super) struct Idea {
    pub path: String,
    pub title: String,
    pub kind: PartnershipKind,
    pub initiator: Voice,
    pub from: NaiveDate,
    pub clusters: Vec<ClusterId>,
    pub projects: Vec<ProjectId>,
}

/// One of the kinds of partnership that serve a project.
pub(super) fn some_kind(chance: &mut Chance) -> PartnershipKind {
    chance.one_of(&OF_PROJECTS)
}

/// Drafts a partnership between the initiator and other members of the cluster, or, across a border, with another one.
pub(super) fn draft(draft: &mut Draft, scene: &Scene, chance: &mut Chance, idea: Idea) -> Result<(), RecordError> {
    let Idea { path, title, kind, initiator, from, clusters, projects } = idea;
    let other = scene.another_member(chance, initiator);
    let parties: Vec<OrganisationId> = initiator.organisation.into_iter().chain(other).collect();
    let mut course = Course(from);
    let Some(on) = course.after(chance, 20..=150) else { return Ok(()) };
    let mut history = History::new(&scene.teller, path, initiator);
    history.visibility = some_visibility(chance);
    let identified = PartnershipIdentified {
        title: line(&title),
        kind,
        parties: parties.clone(),
        clusters,
        projects,
        identifiers: Vec::new(),
    };
    history.say(Said::by(initiator, on, identified));
    let partner = other.map_or(initiator, |other| Voice { is_counterparty: true, ..scene.teller.voice_of(other) });
    let mut telling = Telling { history, scene, chance, initiator, partner, parties, course };
    telling.tell();
    let history = telling.history;
    let thing = history.thing;
    draft.record::<Partnership>(thing, history.told())
}

struct Telling<'a> {
    history: History<PartnershipFact>,
    scene: &'a Scene<'a>,
    chance: &'a mut Chance,
    initiator: Voice,
    partner: Voice,
    parties: Vec<OrganisationId>,
    course: Course,
}

impl Telling<'_> {
    fn after(&mut self, least: i64, most: i64) -> Option<NaiveDate> {
        self.course.after(self.chance, least..=most)
    }

    /// One side says it; the other confirms it at times.
    fn say(&mut self, on: NaiveDate, fact: impl Into<PartnershipFact>) {
        let (has_document, is_secret) = (self.chance.happens(50), self.chance.happens(8));
        let said = Said::by(self.initiator, on, fact).with_if(has_document, "signed copy").for_parties_if(is_secret);
        let told = self.history.say(said);
        if !is_secret && self.chance.happens(40) {
            let on = days_after(on, self.chance.between(1..=60));
            self.history.confirm(self.partner, on, told);
        }
    }

    fn tell(&mut self) -> Option<()> {
        let on = self.after(5, 60)?;
        self.say(on, PartnershipDiscussionOpened {});
        self.goes_on(80)?;
        let on = self.after(30, 200)?;
        self.say(on, MemorandumSigned {});
        self.comings_and_goings()?;
        self.goes_on(75)?;
        let on = self.after(60, 300)?;
        self.say(on, TermSheetSigned {});
        self.goes_on(75)?;
        let on = self.after(60, 300)?;
        let signed = self.agreement(on);
        self.say(on, signed);
        let on = self.after(60, 500)?;
        self.say(on, PartnershipBecameActive {});
        match self.chance.between(0..=99) {
            0..8 => {
                let on = self.after(300, 1_000)?;
                let reason = Some(note(self.chance.one_of(&BREAKS)));
                self.say(on, PartnershipTerminated { reason });
            }
            8..14 => {
                let on = self.after(500, 1_500)?;
                self.say(on, PartnershipExpired {});
            }
            _ => {}
        }
        Some(())
    }

    /// Whether it goes on; those that do not are ended, or simply left.
    fn goes_on(&mut self, percent: i64) -> Option<()> {
        if self.chance.happens(percent) {
            return Some(());
        }
        if self.chance.happens(40) {
            let on = self.after(60, 400)?;
            self.say(on, PartnershipTerminated { reason: Some(note("the parties did not agree on the price")) });
        }
        None
    }

    fn agreement(&mut self, on: NaiveDate) -> BindingAgreementSigned {
        let value = self.chance.happens(60).then(|| self.scene.land.purse.of_thousand(self.chance.between(500..=200_000)));
        let volume = Capacity::new(Decimal::from(self.chance.between(1..=900) * 1_000), CapacityUnit::TonnesPerYear);
        let binds_until = Some(Date::day(days_after(on, 365 * self.chance.between(5..=20))));
        BindingAgreementSigned { value, volume: self.chance.happens(60).then_some(volume), binds_until }
    }

    /// A third party joins at times, and may leave again.
    fn comings_and_goings(&mut self) -> Option<()> {
        let third = self.scene.members.get(self.chance.place(self.scene.members.len())).and_then(|member| member.organisation);
        let Some(organisation) = third.filter(|third| !self.parties.contains(third) && self.chance.happens(40)) else {
            return Some(());
        };
        let on = self.after(10, 90)?;
        self.say(on, PartnerJoined { organisation });
        if self.chance.happens(25) {
            let on = self.after(60, 300)?;
            self.say(on, PartnerLeft { organisation, reason: None });
        }
        Some(())
    }
}
