//! A cluster with all that belongs to it: members, projects, permits, awards, partnerships, and its own history.

use app::{Draft, RecordError};
use chrono::NaiveDate;
use projections::things::Cluster;
use rust_decimal::Decimal;
use schema::{
    ClusterId, Country, Date, ExternalId, PermitId, PolicyMeasureId, ThingId,
    cluster::{
        AssetKind, Bound, ClusterBaselineStated, ClusterCharterSigned, ClusterConvenorNamed, ClusterCriterionEvidenced,
        ClusterCriterionWaived, ClusterFact, ClusterGovernanceEstablished, ClusterMemberJoined, ClusterMemberLeft,
        ClusterPermitScopeDeclared, ClusterRegistered, ClusterRelianceDeclared, ClusterTargetSet, PracticeShared,
        SharedAssetDeclared, StandardAdopted, StatedCount, StatedEmissions, StatedMoney, TalentProgrammeLaunched,
    },
    project::{Capacity, CapacityUnit},
};

use super::{
    chance::Chance,
    days::{days_after, remembered, some_day, year_of},
    history::{History, Role, Said, Teller},
    scene::{Outline, Scene},
    words::{MISTAKES, line, made_up, note},
};

const SECTORS: [&str; 8] = ["steel", "cement", "chemicals", "refining", "power", "glass", "paper", "fertilisers"];
const ASSETS: [(&str, AssetKind, CapacityUnit); 5] = [
    ("hydrogen-pipeline", AssetKind::Pipeline, CapacityUnit::TonnesPerYear),
    ("co2-store", AssetKind::Storage, CapacityUnit::TonnesCo2PerYear),
    ("common-grid-connection", AssetKind::Grid, CapacityUnit::Mw),
    ("heat-network", AssetKind::Heat, CapacityUnit::MwThermal),
    ("import-terminal", AssetKind::Port, CapacityUnit::TonnesPerYear),
];

/// The name of the history of the cluster with this number.
fn path(number: u64) -> String {
    format!("cluster {number}")
}

/// Registers the cluster with this number. It is no signatory: what is made up must not count in the initiative's figures.
pub(super) fn register(
    draft: &mut Draft,
    teller: &Teller,
    (seed, number): (u64, u64),
    outline: &Outline,
    country: Country,
) -> Result<ClusterId, RecordError> {
    let mut chance = Chance::of(seed, &[number, 1]);
    let administrator = teller.voice("administrator", Role::Administrator);
    let mut history = History::<ClusterFact>::new(teller, path(number), administrator);
    let mut sectors: Vec<_> = (0..chance.between(1..=4)).map(|_| chance.one_of(&SECTORS)).collect();
    sectors.sort_unstable();
    sectors.dedup();
    let registered = ClusterRegistered {
        name: made_up(&format!("{} Industrial Cluster", outline.place)),
        country,
        place: Some(line(&outline.place)),
        sectors: sectors.into_iter().map(line).collect(),
        signatory_since: None,
        identifiers: vec![ExternalId { scheme: line("milepost-made-up"), value: line(&format!("{seed}-{number}")) }],
        location: None,
    };
    history.say(Said::by(administrator, outline.founded, registered));
    let thing = history.thing;
    draft.record::<Cluster>(thing, history.told())?;
    Ok(ClusterId::new(thing.uuid()))
}

/// The thing that the cluster with this number is.
pub(super) fn thing_of(teller: &Teller, number: u64) -> ThingId {
    History::<ClusterFact>::new(teller, path(number), teller.voice("administrator", Role::Administrator)).thing
}

/// Tells a cluster's own history, once all is on record that it names.
pub(super) fn tell(draft: &mut Draft, scene: &Scene, chance: &mut Chance, permits: &[PermitId]) -> Result<(), RecordError> {
    let thing = scene.cluster.thing();
    let history = History::going_on(&scene.teller, path(scene.number), thing, 1);
    let mut telling = Telling { history, scene, chance };
    telling.members();
    telling.rules();
    telling.figures();
    telling.assets();
    telling.lessons();
    telling.declarations(permits);
    draft.record::<Cluster>(thing, telling.history.told())
}

struct Telling<'a> {
    history: History<ClusterFact>,
    scene: &'a Scene<'a>,
    chance: &'a mut Chance,
}

impl Telling<'_> {
    /// A day so long after the cluster was founded, if it has come.
    fn later(&mut self, least: i64, most: i64) -> Option<NaiveDate> {
        some_day(self.chance, self.scene.outline.founded, least..=most)
    }

    fn say(&mut self, on: NaiveDate, fact: impl Into<ClusterFact>) -> schema::EventId {
        let has_document = self.chance.happens(50);
        self.history.say(Said::by(self.scene.manager, on, fact).with_if(has_document, "minutes of the general meeting"))
    }

    /// Members come, a few go, and the convenor is the first, or another later.
    fn members(&mut self) {
        let organisations: Vec<_> = self.scene.members.iter().filter_map(|member| member.organisation).collect();
        for (number, organisation) in organisations.iter().copied().enumerate() {
            let latest = if number < 2 { 60 } else { 1_200 };
            let Some(on) = self.later(1, latest) else { continue };
            let role = self.chance.happens(40).then(|| line("takes part in the shared infrastructure"));
            let is_late = self.chance.happens(10);
            let joined = ClusterMemberJoined { organisation, role };
            let said =
                Said::by(self.scene.manager, on, joined).known(if is_late { remembered(self.chance, on) } else { Date::day(on) });
            self.history.say(said.late_if(is_late));
            let left = some_day(self.chance, on, 400..=1_500).filter(|_| !is_late && number > 1 && self.chance.happens(12));
            if let Some(on) = left {
                self.say(on, ClusterMemberLeft { organisation, reason: Some(note("it sold its works")) });
            }
        }
        for (organisation, least, percent) in organisations.iter().zip([30, 900]).zip([95, 15]).map(|((a, b), c)| (*a, b, c)) {
            if let Some(on) = self.later(least, least + 60).filter(|_| self.chance.happens(percent)) {
                self.say(on, ClusterConvenorNamed { organisation });
            }
        }
    }

    fn rules(&mut self) {
        if let Some(on) = self.later(60, 500).filter(|_| self.chance.happens(85)) {
            let fact = self.say(on, ClusterCharterSigned { title: line("Charter of the cluster") });
            if self.chance.happens(40) {
                let voice = self.scene.some_member(self.chance);
                self.history.confirm(voice, days_after(on, 20), fact);
            }
        }
        if let Some(on) = self.later(200, 900).filter(|_| self.chance.happens(65)) {
            self.say(on, ClusterGovernanceEstablished { body: line("Council of the cluster") });
        }
    }

    fn figures(&mut self) {
        let mt = self.chance.between(1..=40);
        for (least, grown) in [(40, 100), (1_000, 93)] {
            let Some(on) = self.later(least, least + 120).filter(|_| self.chance.happens(85)) else { continue };
            let year = Some(year_of(on).saturating_sub(1));
            let count = |count: i64, bound| StatedCount { count: u32::try_from(count).unwrap_or_default(), bound, year };
            let emissions = StatedEmissions { t_per_year: Decimal::from(mt * 10_000 * grown), year };
            let gdp = StatedMoney { amount: self.scene.land.purse.of_thousand(mt * 300_000), year };
            let stated = ClusterBaselineStated {
                emissions: Some(emissions),
                gdp: self.chance.happens(60).then_some(gdp),
                jobs: self.chance.happens(70).then(|| count(mt * 1_700, Bound::AtLeast)),
                tenants: self.chance.happens(30).then(|| count(mt * 12, Bound::Exactly)),
                companies: self.chance.happens(60).then(|| count(mt * 3, Bound::Exactly)),
            };
            let told = self.say(on, stated.clone());
            if self.chance.happens(15) {
                let t_per_year = Decimal::from(mt * 10_000 * grown + 50_000);
                let right = ClusterBaselineStated { emissions: Some(StatedEmissions { t_per_year, year }), ..stated };
                let reason = self.chance.one_of(&MISTAKES);
                self.history.correct(self.scene.manager, days_after(on, 30), told, (Date::day(on), right.into()), reason);
            }
        }
        if let Some(on) = self.later(100, 700).filter(|_| self.chance.happens(80)) {
            let percent = Decimal::from(self.chance.between(30..=100));
            let reduction_t_per_year = self.chance.happens(60).then(|| Decimal::from(mt * 600_000));
            let target_year = year_of(on) + u16::try_from(self.chance.between(10..=25)).unwrap_or(10);
            let base_year = Some(year_of(on) - 1);
            self.say(on, ClusterTargetSet { reduction_t_per_year, reduction_percent: Some(percent), base_year, target_year });
        }
    }

    fn assets(&mut self) {
        for (asset, kind, unit) in ASSETS {
            let Some(on) = self.later(200, 1_500).filter(|_| self.chance.happens(45)) else { continue };
            let capacity = Capacity::new(Decimal::from(self.chance.between(20..=900)), unit);
            let operator = self.scene.some_member(self.chance).organisation.filter(|_| self.chance.happens(60));
            let capacity = self.chance.happens(70).then_some(capacity);
            self.say(on, SharedAssetDeclared { asset: line(asset), kind, capacity, operator, location: None });
        }
    }

    /// Talent, standards and practices. Some lessons are taken back, and one or the other stands after all.
    fn lessons(&mut self) {
        if let Some(on) = self.later(300, 1_200).filter(|_| self.chance.happens(50)) {
            let about = Some(note("electricians learn to work with hydrogen"));
            self.say(on, TalentProgrammeLaunched { programme: line("New trades on old sites"), about });
        }
        if let Some(on) = self.later(300, 1_400).filter(|_| self.chance.happens(45)) {
            self.say(on, StandardAdopted { standard: line("Common purity of CO2"), about: None });
        }
        for number in 1..=self.chance.between(0..=3) {
            let Some(on) = self.later(250 * number, 250 * number + 400) else { continue };
            let shared = PracticeShared {
                title: line(&format!("Lesson {number}: one application for several permits")),
                done: note("the authorities met with the applicants once a month"),
                result: note("no application was returned as incomplete in that year"),
            };
            let told = self.say(on, shared);
            if self.chance.happens(20) {
                let retraction = self.history.retract(self.scene.manager, days_after(on, 15), told, "it was shared twice");
                if self.chance.happens(50) {
                    let reason = "the other one was of another cluster";
                    self.history.retract(self.scene.manager, days_after(on, 40), retraction, reason);
                }
            }
        }
    }

    fn declarations(&mut self, permits: &[PermitId]) {
        if let Some(on) = self.later(300, 900).filter(|_| self.chance.happens(75)) {
            let none_needed = permits.is_empty().then(|| note("nothing is shared that needs one"));
            self.say(on, ClusterPermitScopeDeclared { permits: permits.to_vec(), none_needed });
        }
        if let Some(on) = self.later(300, 900).filter(|_| self.chance.happens(75)) {
            let measures: Vec<PolicyMeasureId> =
                self.scene.land.measures.iter().copied().filter(|_| self.chance.happens(50)).collect();
            let none_relied_on = measures.is_empty().then(|| note("the members go ahead without"));
            self.say(on, ClusterRelianceDeclared { measures, none_relied_on });
        }
        for (criterion, document) in [("funding-map", "funding map"), ("readiness", "readiness review")] {
            let Some(on) = self.later(400, 1_300).filter(|_| self.chance.happens(60)) else { continue };
            let valid_until = self.chance.happens(50).then(|| Date::day(days_after(on, self.chance.between(300..=1_500))));
            let statement = note("the documents show what the criterion asks for");
            let filed = ClusterCriterionEvidenced { criterion: line(criterion), statement, valid_until };
            let told = self.history.say(Said::by(self.scene.manager, on, filed).with(document));
            if self.chance.happens(80) {
                let voice = self.scene.teller.voice("verifier", Role::Verifier);
                self.history.confirm(voice, days_after(on, 25), told);
            }
        }
        if let Some(on) = self.later(500, 1_500).filter(|_| self.chance.happens(15)) {
            let until = Date::day(days_after(on, self.chance.between(200..=1_200)));
            let (criterion, reason) = (line("governance-established"), note("the council is being elected"));
            self.say(on, ClusterCriterionWaived { criterion, reason, until });
        }
    }
}
