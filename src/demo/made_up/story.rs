//! All that is told of one cluster, in the order in which its parts name each other.

use app::{Draft, RecordError};
use chrono::{DateTime, NaiveDate, Utc};
use projections::Picture;
use schema::{
    ClusterId, PermitId, ProjectId,
    organisation::{OrganisationKind, OrganisationRegistered},
    partnership::PartnershipKind,
};

use super::{
    MadeUp, award,
    chance::Chance,
    cluster,
    days::days_after,
    history::{Role, Voice},
    lands::{Lands, OpenProgramme, Opening, found_organisation, open_programme},
    names, partnership, permit,
    project::{self, Endeavour},
    scene::{Outline, Scene, teller},
    words::made_up,
};

/// What a member is; the first two are always there.
const MEMBERS: [(&str, OrganisationKind); 12] = [
    ("Port", OrganisationKind::Port),
    ("Steel", OrganisationKind::Company),
    ("Chemicals", OrganisationKind::Company),
    ("Power", OrganisationKind::Company),
    ("Cement", OrganisationKind::Company),
    ("Gases", OrganisationKind::Company),
    ("Refining", OrganisationKind::Company),
    ("Glass", OrganisationKind::Company),
    ("Fertilisers", OrganisationKind::Company),
    ("Technical University", OrganisationKind::Academia),
    ("Neighbours' Council", OrganisationKind::Community),
    ("Paper", OrganisationKind::Company),
];

/// Where the names of members begin, far from those of clusters.
const NAMES_FROM: u64 = 1_500;

/// Drafts all that belongs to the cluster with this number. Its registration is in `known`.
pub(super) fn draft(
    known: Picture,
    lands: &Lands,
    made_up: MadeUp,
    number: u64,
    now: DateTime<Utc>,
) -> Result<Draft, RecordError> {
    let seed = made_up.seed;
    let outline = Outline::of(seed, number);
    let teller = teller(seed, number, now);
    let cluster = ClusterId::new(cluster::thing_of(&teller, number).uuid());
    let manager = Voice { may_override: true, ..teller.voice(&format!("manager {number}"), Role::Manager) };
    let land = &lands[outline.land];
    let scene = Scene { seed, number, teller, outline, land, cluster, manager, members: Vec::new() };
    let mut story = Story { draft: Draft::on(known), chance: Chance::of(seed, &[number, 2]), scene };
    story.members()?;
    let local = story.programme()?;
    let projects = story.projects(i64::from(made_up.projects_per_cluster))?;
    let permits = story.shared_permits()?;
    story.lives(&projects, local)?;
    story.partnerships()?;
    cluster::tell(&mut story.draft, &story.scene, &mut story.chance, &permits)?;
    Ok(story.draft)
}

struct Story<'a> {
    draft: Draft,
    chance: Chance,
    scene: Scene<'a>,
}

impl Story<'_> {
    fn members(&mut self) -> Result<(), RecordError> {
        let count = usize::try_from(self.chance.between(5..=12)).unwrap_or(5);
        for (at, (what, kind)) in (0_u64..).zip(MEMBERS).take(count) {
            let name = names::place(self.scene.seed, NAMES_FROM + self.scene.number * 12 + at);
            let registered = OrganisationRegistered {
                name: made_up(&format!("{name} {what}")),
                kind,
                country: Some(self.scene.land.country),
                lei: None,
                identifiers: Vec::new(),
            };
            let on = days_after(self.scene.outline.founded, self.chance.between(-60..=0));
            let path = self.scene.path(&format!("member {at}"));
            let voice = found_organisation(&mut self.draft, &self.scene.teller, path, on, registered)?;
            self.scene.members.push(voice);
        }
        Ok(())
    }

    /// A programme for this cluster alone, of the country's public funder.
    fn programme(&mut self) -> Result<Option<OpenProgramme>, RecordError> {
        if !self.chance.happens(40) {
            return Ok(None);
        }
        let opening = Opening {
            title: format!("{} Cluster Programme", self.scene.outline.place),
            funder: self.scene.land.public_funder,
            opened_on: days_after(self.scene.outline.founded, self.chance.between(100..=900)),
            budget: self.scene.land.purse.of_thousand(self.chance.between(50..=900) * 1_000),
            clusters: vec![self.scene.cluster],
            countries: Vec::new(),
        };
        let path = self.scene.path("programme");
        open_programme(&mut self.draft, &self.scene.teller, &mut self.chance, &path, opening).map(Some)
    }

    /// About `average` projects, registered, with the permits that each needs.
    fn projects(&mut self, average: i64) -> Result<Vec<Endeavour>, RecordError> {
        let count = self.chance.between(average - average / 2..=average + average / 2);
        let mut projects = Vec::new();
        for number in 1..=count {
            projects.push(project::register(&mut self.draft, &self.scene, &mut self.chance, number)?);
        }
        for at in 0..projects.len() {
            // Sometimes one permit is for two projects.
            let neighbour = projects.get(at + 1).map(|next| next.id).filter(|_| self.chance.happens(3));
            let permits = self.permits_of(&projects[at], neighbour)?;
            projects[at].permits = permits;
        }
        Ok(projects)
    }

    fn permits_of(&mut self, project: &Endeavour, neighbour: Option<ProjectId>) -> Result<Vec<PermitId>, RecordError> {
        let count = [0, 1, 1, 1, 2, 2][self.chance.place(6)];
        let mut permits = Vec::new();
        for number in 0..count {
            let need = permit::Need {
                path: format!("{} permit {number}", project.path),
                of: &project.title,
                projects: std::iter::once(project.id).chain(neighbour.filter(|_| number == 0)).collect(),
                clusters: Vec::new(),
                applicant: project.lead,
                from: days_after(project.life.registered, self.chance.between(10..=35)),
                number,
            };
            permits.push(permit::draft(&mut self.draft, &self.scene, &mut self.chance, need)?);
        }
        Ok(permits)
    }

    /// The permits for what the members share.
    fn shared_permits(&mut self) -> Result<Vec<PermitId>, RecordError> {
        let title = format!("the shared pipes of {}", self.scene.outline.place);
        let mut permits = Vec::new();
        for number in 0..self.chance.place(4) {
            let need = permit::Need {
                path: self.scene.path(&format!("permit {number}")),
                of: &title,
                projects: Vec::new(),
                clusters: vec![self.scene.cluster],
                applicant: self.scene.manager,
                from: days_after(self.scene.outline.founded, self.chance.between(100..=280)),
                number,
            };
            permits.push(permit::draft(&mut self.draft, &self.scene, &mut self.chance, need)?);
        }
        Ok(permits)
    }

    /// What became of each project, and who paid for it.
    fn lives(&mut self, projects: &[Endeavour], local: Option<OpenProgramme>) -> Result<(), RecordError> {
        for (at, project) in projects.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| projects.get(before)).map(|project| project.id);
            project::tell(&mut self.draft, &self.scene, &mut self.chance, project, before)?;
            award::draft_all(&mut self.draft, &self.scene, &mut self.chance, project, local)?;
            if self.chance.happens(28) {
                let kind = partnership::some_kind(&mut self.chance);
                let title = format!("{} for {}", words_of(kind), project.title);
                let place = (project.lead, days_after(project.life.registered, 20), vec![self.scene.cluster], vec![project.id]);
                self.partnership(format!("{} partnership", project.path), title, kind, place)?;
            }
        }
        Ok(())
    }

    /// What the members do together, and with another cluster across a border.
    fn partnerships(&mut self) -> Result<(), RecordError> {
        let founded = self.scene.outline.founded;
        for number in 0..self.chance.between(1..=3) {
            let kind = PartnershipKind::SharedInfrastructure;
            let title = format!("{} {} in {}", words_of(kind), number + 1, self.scene.outline.place);
            let place =
                (self.scene.some_member(&mut self.chance), days_after(founded, 100), vec![self.scene.cluster], Vec::new());
            self.partnership(self.scene.path(&format!("partnership {number}")), title, kind, place)?;
        }
        let Some((other, name, since)) = self.abroad() else { return Ok(()) };
        let title = format!("{} and {}: hydrogen across the border", self.scene.outline.place, name);
        let place = (self.scene.some_member(&mut self.chance), since.max(founded), vec![self.scene.cluster, other], Vec::new());
        self.partnership(self.scene.path("partnership abroad"), title, PartnershipKind::CrossBorder, place)
    }

    fn partnership(
        &mut self,
        path: String,
        title: String,
        kind: PartnershipKind,
        (initiator, from, clusters, projects): (Voice, NaiveDate, Vec<ClusterId>, Vec<ProjectId>),
    ) -> Result<(), RecordError> {
        let idea = partnership::Idea { path, title, kind, initiator, from, clusters, projects };
        partnership::draft(&mut self.draft, &self.scene, &mut self.chance, idea)
    }

    /// One of the clusters before this one that lies in another country: its id, its name and since when it is there.
    fn abroad(&mut self) -> Option<(ClusterId, String, NaiveDate)> {
        if !self.chance.happens(50) {
            return None;
        }
        let last = i64::try_from(self.scene.number.checked_sub(1)?).ok()?;
        let number = u64::try_from(self.chance.between(0..=last)).ok()?;
        let outline = Outline::of(self.scene.seed, number);
        let thing = cluster::thing_of(&self.scene.teller, number);
        let abroad = outline.land != self.scene.outline.land;
        abroad.then(|| (ClusterId::new(thing.uuid()), outline.place, outline.founded))
    }
}

const fn words_of(kind: PartnershipKind) -> &'static str {
    match kind {
        PartnershipKind::Offtake => "offtake",
        PartnershipKind::Supply => "supply of power",
        PartnershipKind::Co2TransportStorage => "CO2 transport and storage",
        PartnershipKind::SharedInfrastructure => "shared infrastructure",
        PartnershipKind::JointVenture => "joint venture",
        PartnershipKind::LabourSkills => "training",
        PartnershipKind::Community => "talks with the neighbours",
        PartnershipKind::CrossBorder => "across the border",
    }
}
