//! Awards: sought, expected, given or declined, obligated, paid out, and at times taken back.

use app::{Draft, RecordError};
use chrono::NaiveDate;
use projections::things::Award;
use schema::{
    Money,
    award::{
        AwardAgreementSigned, AwardAmended, AwardAppliedFor, AwardConditionMet, AwardDeclined, AwardDeobligated, AwardDisbursed,
        AwardExpected, AwardFact, AwardIdentified, AwardMade, AwardRecovered, AwardShortlisted, AwardTerminated,
        FinancialCloseReached, Instrument, PerformancePaid, Purpose, Side,
    },
    project::Stage,
};

use super::{
    chance::Chance,
    days::{Course, days_after, planned},
    history::{History, Said, Voice},
    lands::{OpenProgramme, Purse},
    project::{Endeavour, some_visibility},
    scene::Scene,
    words::{BREAKS, line, note},
};

/// What stage of a project money is for, after which stage it is sought, how likely that is, of public and of private
/// money, and which thousandth parts of the costs it covers.
const KINDS: [(Purpose, Option<Stage>, i64, i64, i64); 4] = [
    (Purpose::Feasibility, None, 30, 5, 6),
    (Purpose::Feed, Some(Stage::Feasibility), 35, 8, 30),
    (Purpose::Construction, Some(Stage::Feed), 50, 45, 280),
    (Purpose::Operation, Some(Stage::Construction), 15, 0, 200),
];

const PUBLIC: [Instrument; 5] =
    [Instrument::Grant, Instrument::Grant, Instrument::Loan, Instrument::StateAid, Instrument::TaxCredit];
const PRIVATE: [Instrument; 3] = [Instrument::PrivateDebt, Instrument::PrivateEquity, Instrument::Loan];

/// Drafts the awards of a project. `local` is the programme of its cluster, where there is one.
pub(super) fn draft_all(
    draft: &mut Draft,
    scene: &Scene,
    chance: &mut Chance,
    project: &Endeavour,
    local: Option<OpenProgramme>,
) -> Result<(), RecordError> {
    for (purpose, after, public, private, thousandths) in KINDS {
        let Some(from) = after.map_or(Some(project.life.registered), |stage| project.life.entered(stage)) else { break };
        for (side, percent) in [(Side::Public, public), (Side::Private, private)] {
            if chance.happens(percent) {
                let amount = project.capex_thousand * chance.between(thousandths / 2..=thousandths) / 1_000;
                let sought = Sought { purpose, side, from, thousand: amount.max(20), local };
                award(draft, scene, chance, project, &sought)?;
            }
        }
    }
    Ok(())
}

/// Money that somebody seeks.
struct Sought {
    purpose: Purpose,
    side: Side,
    from: NaiveDate,
    /// About how much, in thousand euros.
    thousand: i64,
    local: Option<OpenProgramme>,
}

fn award(draft: &mut Draft, scene: &Scene, chance: &mut Chance, project: &Endeavour, sought: &Sought) -> Result<(), RecordError> {
    let is_public = sought.side == Side::Public;
    let funder = if is_public { scene.land.public_funder } else { scene.land.private_funder };
    let programme = programme(chance, scene, sought).filter(|_| is_public);
    let instrument = match sought.purpose {
        Purpose::Operation => Instrument::ContractForDifference,
        _ if is_public => chance.one_of(&PUBLIC),
        _ => chance.one_of(&PRIVATE),
    };
    let path = format!("{} award {:?} {:?}", project.path, sought.purpose, sought.side);
    let mut history = History::new(&scene.teller, path, project.lead);
    history.visibility = some_visibility(chance);
    let names_funder = programme.is_none() && chance.happens(90);
    let identified = AwardIdentified {
        title: line(&format!("{} for {}", words_of(sought.purpose), project.title)),
        programme: programme.map(|programme| programme.id),
        funder: funder.organisation.filter(|_| names_funder),
        recipient: project.lead.organisation.filter(|_| chance.happens(85)),
        projects: vec![project.id],
        clusters: Vec::new(),
        instrument: Some(instrument).filter(|_| chance.happens(92)),
        side: Some(sought.side).filter(|_| chance.happens(96)),
        purpose: Some(sought.purpose).filter(|_| chance.happens(93)),
        identifiers: Vec::new(),
        out_of: None,
        shares: Vec::new(),
        state_aid: None,
    };
    let mut course = Course(sought.from);
    let Some(on) = course.after(chance, 15..=120) else { return Ok(()) };
    history.say(Said::by(project.lead, on, identified));
    let purse = scene.land.some_purse(chance);
    let mut telling = Telling { history, chance, lead: project.lead, funder, course, purse, thousand: sought.thousand };
    telling.tell(sought, project.life.entered(Stage::Fid));
    let history = telling.history;
    let thing = history.thing;
    draft.record::<Award>(thing, history.told())
}

/// A programme that was open by then: that of the cluster, or one of the country.
fn programme(chance: &mut Chance, scene: &Scene, sought: &Sought) -> Option<OpenProgramme> {
    let of_land = scene.land.programmes.get(chance.place(scene.land.programmes.len())).copied();
    let picked = if chance.happens(25) { sought.local.or(of_land) } else { of_land };
    picked.filter(|programme| programme.opened_on <= sought.from).filter(|_| chance.happens(80))
}

const fn words_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Feasibility => "feasibility study",
        Purpose::Feed => "front-end engineering design",
        Purpose::Construction => "building",
        Purpose::Operation => "operation",
    }
}

struct Telling<'a> {
    history: History<AwardFact>,
    chance: &'a mut Chance,
    lead: Voice,
    funder: Voice,
    course: Course,
    purse: Purse,
    thousand: i64,
}

impl Telling<'_> {
    fn after(&mut self, least: i64, most: i64) -> Option<NaiveDate> {
        self.course.after(self.chance, least..=most)
    }

    fn money(&self, thousand: i64) -> Money {
        self.purse.of_thousand(thousand)
    }

    /// What the funder did: recorded by itself, or by the lead and confirmed later, or not.
    fn by_funder(&mut self, on: NaiveDate, fact: impl Into<AwardFact>) {
        if self.chance.happens(45) {
            self.history.say(Said::by(self.funder, on, fact).with("letter of the funder"));
            return;
        }
        let has_letter = self.chance.happens(70);
        let told = self.history.say(Said::by(self.lead, on, fact).with_if(has_letter, "letter of the funder"));
        if self.chance.happens(45) {
            let on = days_after(on, self.chance.between(1..=50));
            self.history.confirm(self.funder, on, told);
        }
    }

    fn tell(&mut self, sought: &Sought, decision: Option<NaiveDate>) -> Option<()> {
        self.apply()?;
        self.announce()?;
        if self.chance.happens(if sought.side == Side::Public { 22 } else { 10 }) {
            let on = self.after(20, 120)?;
            self.by_funder(on, AwardDeclined { reason: Some(note("others in this round abate more for the money")) });
            if !self.chance.happens(15) {
                return None;
            }
        }
        let on = self.after(30, 200)?;
        self.by_funder(on, AwardMade { amount: self.money(self.thousand), bound: None });
        let obligated = self.sign()?;
        if sought.purpose == Purpose::Construction {
            // Money for building is called when everything is signed, and nothing is before the decision is taken.
            self.course.0 = self.course.0.max(decision?);
            let on = self.after(10, 90)?;
            self.by_funder(on, FinancialCloseReached {});
        }
        let paid = self.pay(sought.purpose, obligated);
        self.end(obligated, paid)
    }

    fn apply(&mut self) -> Option<()> {
        let on = self.after(10, 90)?;
        let amount = self.chance.happens(85).then(|| self.money(self.thousand * 11 / 10));
        let is_secret = self.chance.happens(25);
        self.history.say(Said::by(self.lead, on, AwardAppliedFor { amount }).for_parties_if(is_secret));
        Some(())
    }

    /// What was said before anything was given. Some of it was never so and is taken back.
    fn announce(&mut self) -> Option<()> {
        if self.chance.happens(40) {
            let on = self.after(30, 120)?;
            let reserve = self.chance.happens(25);
            self.by_funder(on, AwardShortlisted { reserve });
        }
        if self.chance.happens(50) {
            let on = self.after(10, 90)?;
            let amount = self.chance.happens(70).then(|| self.money(self.thousand));
            let told = self.history.say(Said::by(self.lead, on, AwardExpected { amount, bound: None }).with("press release"));
            if self.chance.happens(7) {
                self.history.retract(self.lead, days_after(on, 4), told, "the press release was of another round");
            }
        }
        Some(())
    }

    /// Signs the agreement, and says what is obligated, in thousands; an amendment may raise it.
    fn sign(&mut self) -> Option<i64> {
        let on = self.after(20, 180)?;
        let obligated = self.thousand * self.chance.between(85..=100) / 100;
        let conditions: Vec<_> = (1..=self.chance.place(3)).map(|number| line(&format!("condition-{number}"))).collect();
        let ends_on = Some(planned(self.chance, days_after(on, 1_400)));
        let reference = Some(line(&format!("MU-A-{}", self.chance.between(10_000..=99_999))));
        let signed = AwardAgreementSigned {
            obligated: self.money(obligated),
            reference,
            conditions: conditions.clone(),
            ends_on,
            terms: Vec::new(),
            payments_planned: Vec::new(),
        };
        self.by_funder(on, signed);
        for condition in conditions {
            let is_met = self.chance.happens(70);
            let on = self.after(10, 120)?;
            if is_met {
                self.by_funder(on, AwardConditionMet { condition });
            }
        }
        if !self.chance.happens(15) {
            return Some(obligated);
        }
        let on = self.after(30, 200)?;
        let (awarded, raised) = (self.thousand * 12 / 10, obligated * 12 / 10);
        let amended = AwardAmended {
            awarded: Some(self.money(awarded)),
            obligated: Some(self.money(raised)),
            reason: note("steel became dearer"),
        };
        self.by_funder(on, amended);
        Some(raised)
    }

    /// Pays in tranches, and says how much was paid by the end of all histories, in thousands.
    fn pay(&mut self, purpose: Purpose, obligated: i64) -> i64 {
        let mut paid = 0;
        let tranches = self.chance.between(1..=4);
        for tranche in 1..=tranches {
            let Some(on) = self.after(30, 250) else { break };
            let thousand = (obligated / tranches * self.chance.between(70..=100) / 100).max(1).min(obligated - paid);
            if thousand < 1 {
                break;
            }
            let amount = self.money(thousand);
            if purpose == Purpose::Operation {
                self.by_funder(on, PerformancePaid { amount, basis: line("tonnes delivered in the quarter") });
            } else {
                self.by_funder(on, AwardDisbursed { amount, tranche: Some(line(&format!("tranche {tranche}"))) });
            }
            paid += thousand;
        }
        paid
    }

    /// What is left is released at times; a few awards end before their time, and money goes back.
    fn end(&mut self, obligated: i64, paid: i64) -> Option<()> {
        let reason = note(self.chance.one_of(&BREAKS));
        if obligated - paid > 10 && self.chance.happens(9) {
            let on = self.after(30, 200)?;
            self.by_funder(on, AwardDeobligated { amount: self.money((obligated - paid) / 2), reason: reason.clone() });
        }
        let is_ended = self.chance.happens(6);
        if is_ended {
            let on = self.after(30, 300)?;
            self.by_funder(on, AwardTerminated { reason: reason.clone() });
        }
        if paid > 1 && self.chance.happens(if is_ended { 60 } else { 4 }) {
            let on = self.after(30, 200)?;
            self.by_funder(on, AwardRecovered { amount: self.money(paid / 2), reason });
        }
        Some(())
    }
}
