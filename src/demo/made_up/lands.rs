//! What clusters of one country share: authorities, funders, policy measures and programmes, under invented names.
//!
//! The countries are real, since a record knows no others; nothing in them is.

use std::sync::Arc;

use app::{Draft, RecordError};
use chrono::{DateTime, NaiveDate, Utc};
use projections::things::{Organisation, PolicyMeasure, Programme};
use schema::{
    Country, Currency, Jurisdiction, OrganisationId, PolicyMeasureId, ProgrammeId,
    organisation::{OrganisationFact, OrganisationKind, OrganisationRegistered},
    policy::{
        PolicyMeasureAdopted, PolicyMeasureAmended, PolicyMeasureConsultationOpened, PolicyMeasureEnteredIntoForce,
        PolicyMeasureFact, PolicyMeasureIdentified, PolicyMeasureProposed, PolicyMeasureRepealed, PolicyMeasureSuspended,
    },
    programme::{ProgrammeBudgetAmended, ProgrammeClosed, ProgrammeFact, ProgrammeOpened},
};

use super::{
    chance::Chance,
    days::{Course, FIRST, days_after, planned, some_day},
    history::{History, Role, Said, Teller, Voice},
    names,
    words::{BREAKS, country, currency, line, made_up, money, note},
};

/// The countries, with their currency and about so many units of it for one euro.
const LANDS: [(&str, &str, i64); 20] = [
    ("GB", "GBP", 1),
    ("NL", "EUR", 1),
    ("DE", "EUR", 1),
    ("FR", "EUR", 1),
    ("BE", "EUR", 1),
    ("ES", "EUR", 1),
    ("SE", "SEK", 11),
    ("NO", "NOK", 11),
    ("PL", "PLN", 4),
    ("US", "USD", 1),
    ("CA", "CAD", 1),
    ("BR", "BRL", 6),
    ("MX", "MXN", 20),
    ("AU", "AUD", 2),
    ("JP", "JPY", 160),
    ("KR", "KRW", 1_450),
    ("IN", "INR", 90),
    ("ID", "IDR", 17_000),
    ("ZA", "ZAR", 20),
    ("KW", "KWD", 1),
];

/// How many countries there are.
pub(super) const COUNT: usize = LANDS.len();

/// Where names of lands begin, far from those of clusters.
const NAMES_FROM: u64 = 3_000;

/// A currency, and about how many units of it are a euro.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purse {
    pub currency: Currency,
    pub per_euro: i64,
}

impl Purse {
    fn of(code: &str, per_euro: i64) -> Self {
        Self { currency: currency(code), per_euro }
    }

    /// About so many thousand euros.
    pub fn of_thousand(self, euros_thousand: i64) -> schema::Money {
        money(euros_thousand.max(1).saturating_mul(1_000).saturating_mul(self.per_euro), self.currency)
    }
}

/// A programme to which all clusters of a country can apply.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenProgramme {
    pub id: ProgrammeId,
    pub opened_on: NaiveDate,
}

/// A country, and what its clusters share.
#[derive(Debug, Clone)]
pub(super) struct Land {
    pub country: Country,
    pub purse: Purse,
    pub authorities: [Voice; 3],
    /// Gives the public's money.
    pub public_funder: Voice,
    /// Lends and invests.
    pub private_funder: Voice,
    pub measures: Vec<PolicyMeasureId>,
    pub programmes: Vec<OpenProgramme>,
}

impl Land {
    /// What an amount is in: mostly the country's own money.
    pub fn some_purse(&self, chance: &mut Chance) -> Purse {
        match chance.between(0..=9) {
            0 => Purse::of("USD", 1),
            1 => Purse::of("EUR", 1),
            _ => self.purse,
        }
    }
}

/// All countries.
pub(super) type Lands = Arc<Vec<Land>>;

/// Drafts what the countries share.
pub(super) fn draft(draft: &mut Draft, seed: u64, now: DateTime<Utc>) -> Result<Lands, RecordError> {
    let founder = Founder { seed, teller: Teller::new(seed, "lands", now), draft };
    founder.found_all().map(Arc::new)
}

struct Founder<'a> {
    seed: u64,
    teller: Teller,
    draft: &'a mut Draft,
}

impl Founder<'_> {
    fn found_all(mut self) -> Result<Vec<Land>, RecordError> {
        (0..).zip(LANDS).map(|(number, of)| self.found(number, of)).collect()
    }

    fn found(&mut self, number: u64, (code, own, per_euro): (&str, &str, i64)) -> Result<Land, RecordError> {
        let mut chance = Chance::of(self.seed, &[u64::MAX, number]);
        let seed = self.seed;
        let name = |of| names::place(seed, NAMES_FROM + number * 10 + of);
        let (country, purse) = (country(code), Purse::of(own, per_euro));
        let bodies = [
            (format!("{} Planning Authority", name(0)), OrganisationKind::Authority),
            (format!("{} Environment Agency", name(1)), OrganisationKind::Authority),
            (format!("{} Grid and Water Office", name(2)), OrganisationKind::Authority),
            (format!("{} Transition Fund", name(3)), OrganisationKind::Funder),
            (format!("{} Bank", name(4)), OrganisationKind::Funder),
        ];
        let mut voices = Vec::new();
        for (of, (name, kind)) in bodies.into_iter().enumerate() {
            let on = days_after(FIRST, chance.between(0..=60));
            let registered =
                OrganisationRegistered { name: made_up(&name), kind, country: Some(country), lei: None, identifiers: Vec::new() };
            voices.push(found_organisation(self.draft, &self.teller, format!("land {code} body {of}"), on, registered)?);
        }
        let counterparty = |at: usize, role| Voice { is_counterparty: true, role, ..voices[at] };
        let measures = (0..3).map(|of| self.measure(&mut chance, &format!("land {code} measure {of}"), country, &name(5 + of)));
        let measures = measures.collect::<Result<_, _>>()?;
        let public_funder = counterparty(3, Role::Funder);
        let programmes = (0..2).map(|of| {
            let (path, name) = (format!("land {code} programme {of}"), name(8 + of));
            self.programme(&mut chance, &path, (country, of == 0), purse, public_funder, &name)
        });
        let programmes = programmes.collect::<Result<_, _>>()?;
        let authorities = [0, 1, 2].map(|at| counterparty(at, Role::Regulator));
        Ok(Land {
            country,
            purse,
            authorities,
            public_funder,
            private_funder: counterparty(4, Role::Funder),
            measures,
            programmes,
        })
    }

    fn measure(&mut self, chance: &mut Chance, path: &str, country: Country, name: &str) -> Result<PolicyMeasureId, RecordError> {
        let administrator = self.teller.voice("administrator", Role::Administrator);
        let mut history = History::<PolicyMeasureFact>::new(&self.teller, path.to_owned(), administrator);
        let begins = days_after(FIRST, chance.between(0..=900));
        let (suffix, instrument) =
            chance.one_of(&[("Clean Industry Act", "act"), ("Grid Regulation", "regulation"), ("Carbon Price Scheme", "scheme")]);
        let identified = PolicyMeasureIdentified {
            title: made_up(&format!("{name} {suffix}")),
            jurisdiction: Jurisdiction::from(country),
            instrument: Some(line(instrument)),
            reference: None,
            identifiers: Vec::new(),
        };
        history.say(Said::by(administrator, begins, identified).with("bill as printed"));
        life_of_measure(chance, &mut history, administrator, Course(begins));
        let id = history.thing;
        self.draft.record::<PolicyMeasure>(id, history.told())?;
        Ok(PolicyMeasureId::new(id.uuid()))
    }

    /// A programme for one country, or for all.
    fn programme(
        &mut self,
        chance: &mut Chance,
        path: &str,
        (country, is_national): (Country, bool),
        purse: Purse,
        funder: Voice,
        name: &str,
    ) -> Result<OpenProgramme, RecordError> {
        let opened_on = days_after(FIRST, chance.between(60..=700));
        let opened = Opening {
            title: format!("{name} Decarbonisation Programme"),
            funder,
            opened_on,
            budget: purse.of_thousand(chance.between(500..=5_000) * 1_000),
            clusters: Vec::new(),
            countries: is_national.then_some(country).into_iter().collect(),
        };
        open_programme(self.draft, &self.teller, chance, path, opened)
    }
}

/// Registers an organisation, and gives somebody who speaks for it.
pub(super) fn found_organisation(
    draft: &mut Draft,
    teller: &Teller,
    path: String,
    on: NaiveDate,
    registered: OrganisationRegistered,
) -> Result<Voice, RecordError> {
    let administrator = teller.voice("administrator", Role::Administrator);
    let mut history = History::<OrganisationFact>::new(teller, path, administrator);
    history.say(Said::by(administrator, on, registered));
    let thing = history.thing;
    draft.record::<Organisation>(thing, history.told())?;
    Ok(teller.voice_of(OrganisationId::new(thing.uuid())))
}

/// From the proposal as far as the measure gets. Some are suspended for a while, a few repealed.
fn life_of_measure(
    chance: &mut Chance,
    history: &mut History<PolicyMeasureFact>,
    voice: Voice,
    mut course: Course,
) -> Option<()> {
    let on = course.after(chance, 10..=60)?;
    history.say(Said::by(voice, on, PolicyMeasureProposed {}));
    if chance.happens(70) {
        let on = course.after(chance, 30..=120)?;
        let closes_on = Some(planned(chance, days_after(on, 60)));
        history.say(Said::by(voice, on, PolicyMeasureConsultationOpened { closes_on }));
    }
    let on = course.after(chance, 90..=300)?;
    history.say(Said::by(voice, on, PolicyMeasureAdopted {}).with("act as published"));
    let on = course.after(chance, 20..=180)?;
    history.say(Said::by(voice, on, PolicyMeasureEnteredIntoForce {}).with("act as published"));
    if chance.happens(40) {
        let on = course.after(chance, 100..=500)?;
        history.say(Said::by(voice, on, PolicyMeasureAmended { what: note("thresholds and reporting were changed") }));
    }
    if chance.happens(25) {
        let on = course.after(chance, 100..=600)?;
        history.say(Said::by(
            voice,
            on,
            PolicyMeasureSuspended { reason: Some(note("a court asked for a new impact assessment")) },
        ));
        let on = course.after(chance, 60..=300)?;
        history.say(Said::by(voice, on, PolicyMeasureEnteredIntoForce {}));
    }
    if chance.happens(15) {
        let on = course.after(chance, 200..=900)?;
        history.say(Said::by(voice, on, PolicyMeasureRepealed { reason: Some(note(chance.one_of(&BREAKS))) }));
    }
    Some(())
}

/// What a programme opens with.
pub(super) struct Opening {
    pub title: String,
    pub funder: Voice,
    pub opened_on: NaiveDate,
    pub budget: schema::Money,
    pub clusters: Vec<schema::ClusterId>,
    pub countries: Vec<Country>,
}

/// Opens a programme; later its budget may be amended, and it may close.
pub(super) fn open_programme(
    draft: &mut Draft,
    teller: &Teller,
    chance: &mut Chance,
    path: &str,
    opening: Opening,
) -> Result<OpenProgramme, RecordError> {
    let Opening { title, funder, opened_on, budget, clusters, countries } = opening;
    let mut history = History::<ProgrammeFact>::new(teller, path.to_owned(), funder);
    let organisation = funder.organisation.unwrap_or_else(|| OrganisationId::new(history.thing.uuid()));
    let opened = ProgrammeOpened {
        title: made_up(&title),
        funder: organisation,
        legal_basis: Some(line("Made-up Climate Fund Act, section 4")),
        budget: Some(budget),
        awards_planned: chance.happens(50).then_some(12),
        clusters,
        countries,
        closes_on: Some(planned(chance, days_after(opened_on, 1_500))),
        identifiers: Vec::new(),
    };
    history.say(Said::by(funder, opened_on, opened).with("call for proposals"));
    if let Some(on) = some_day(chance, opened_on, 300..=900).filter(|_| chance.happens(40)) {
        let budget =
            money(rust_decimal::prelude::ToPrimitive::to_i64(&budget.amount()).unwrap_or(1) / 10 * 12, budget.currency());
        history.say(Said::by(funder, on, ProgrammeBudgetAmended { budget, reason: note("the next budget law added a fifth") }));
    }
    if let Some(on) = some_day(chance, opened_on, 1_000..=2_600).filter(|_| chance.happens(40)) {
        history.say(Said::by(funder, on, ProgrammeClosed { reason: Some(note("its budget is spent")) }));
    }
    let id = history.thing;
    draft.record::<Programme>(id, history.told())?;
    Ok(OpenProgramme { id: ProgrammeId::new(id.uuid()), opened_on })
}
