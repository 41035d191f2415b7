//! One thing at a time: what an edition says of it, and the commands that record the difference.

use domain::{Command, Intent};
use projections::{Across, Picture, things};
use schema::{
    Act, CommandId, Date, Fact, Kind, Line, Metadata, Origin, RegisterRow, ThingId, organisation::OrganisationFact,
    permit::PermitFact, project::ProjectFact,
};
use uuid::Uuid;

use super::{
    AnyFact, Claim, Edition, Options, RowClaims,
    difference::{ClaimOn, Deed, OfRow, Step},
    plans::Scheduled,
    precedence::name_by_key,
};

/// What one row says of one thing.
pub(super) struct Work<F> {
    pub thing: ThingId,
    pub row: u32,
    pub key: Line,
    pub claims: Vec<ClaimOn<F>>,
    /// The fields of which the row says nothing that counts.
    pub open: Vec<Line>,
}

impl<F> Work<F> {
    /// What the row says of it.
    pub fn of_row(&self) -> OfRow<'_, F> {
        OfRow { claims: &self.claims, open: &self.open }
    }
}

/// A kind of thing that registers speak of.
pub(super) trait Spoken: Across<Fact: Scheduled> {
    /// Whether a thing that is on record is left as it is, whatever rows say of it.
    const IS_SHARED_BY_ROWS: bool = false;

    /// The fact, if it is one of this kind.
    fn fact(fact: AnyFact) -> Option<Self::Fact>;

    /// Makes a fact ready to be compared: it names its row's key, and nothing that is no longer on record.
    fn prepare(_fact: &mut Self::Fact, _register: &Line, _key: &Line, _is_gone: &dyn Fn(ThingId) -> bool) {}
}

impl Spoken for things::Organisation {
    const IS_SHARED_BY_ROWS: bool = true;

    fn fact(fact: AnyFact) -> Option<OrganisationFact> {
        if let AnyFact::Organisation(fact) = fact { Some(fact) } else { None }
    }
}

impl Spoken for things::Project {
    fn fact(fact: AnyFact) -> Option<ProjectFact> {
        if let AnyFact::Project(fact) = fact { Some(fact) } else { None }
    }

    fn prepare(fact: &mut ProjectFact, register: &Line, key: &Line, is_gone: &dyn Fn(ThingId) -> bool) {
        name_by_key(fact, register, key);
        if let ProjectFact::ProjectRegistered(registered) = fact {
            registered.lead = registered.lead.filter(|lead| !is_gone(lead.thing()));
        }
    }
}

impl Spoken for things::Permit {
    fn fact(fact: AnyFact) -> Option<PermitFact> {
        if let AnyFact::Permit(fact) = fact { Some(fact) } else { None }
    }

    fn prepare(fact: &mut PermitFact, register: &Line, key: &Line, is_gone: &dyn Fn(ThingId) -> bool) {
        name_by_key(fact, register, key);
        if let PermitFact::PermitIdentified(identified) = fact {
            identified.authority = identified.authority.filter(|authority| !is_gone(authority.thing()));
            identified.projects.retain(|project| !is_gone(project.thing()));
        }
    }
}

/// What `row` says of its thing of one kind, taken out of the row.
pub(super) fn work_of<S: Spoken>(row: &mut RowClaims, register: &Line, picture: &Picture) -> Option<Work<S::Fact>> {
    let is_gone = |thing| picture.revision(thing).is_some() && !picture.knows(thing);
    let mut work = None::<Work<S::Fact>>;
    for claim in row.claims.extract_if(.., |claim| claim.thing.kind() == S::Fact::KIND) {
        let Claim { thing, field, occurred_on, dated_by, fact, open } = claim;
        let Some(mut fact) = S::fact(fact) else { continue };
        S::prepare(&mut fact, register, &row.key, &is_gone);
        let work = work.get_or_insert_with(|| Work {
            thing,
            row: row.row,
            key: row.key.clone(),
            claims: Vec::new(),
            open: row.open.iter().filter(|(of, _)| *of == thing).map(|(_, field)| field.clone()).collect(),
        });
        work.claims.push(ClaimOn { field, occurred_on, dated_by, fact, open });
    }
    work
}

/// The organisations that `row` names, taken out of the row.
pub(super) fn organisations_of(row: &mut RowClaims) -> Vec<Work<OrganisationFact>> {
    let of_row = |claim: Claim| {
        let Claim { thing, field, occurred_on, dated_by, fact, open } = claim;
        let fact = things::Organisation::fact(fact)?;
        let OrganisationFact::OrganisationRegistered(registered) = &fact;
        let key = registered.name.clone();
        let claims = vec![ClaimOn { field, occurred_on, dated_by, fact, open }];
        Some(Work { thing, row: row.row, key, claims, open: Vec::new() })
    };
    row.claims.extract_if(.., |claim| claim.thing.kind() == Kind::Organisation).filter_map(of_row).collect()
}

/// What is said with every event of a run.
pub(super) struct Envelope {
    register: Line,
    file_sha256: Line,
    published_on: chrono::NaiveDate,
    options: Options,
    correlation_id: Uuid,
}

impl Envelope {
    pub fn new(edition: &Edition<'_>, options: &Options) -> Self {
        let (register, file_sha256) = (edition.mapping().about.name.clone(), edition.register().sha256.clone());
        let correlation_id = CommandId::derive(&["import", register.as_str(), file_sha256.as_str()]).0;
        Self { register, file_sha256, published_on: edition.published_on(), options: *options, correlation_id }
    }

    /// The command for one step. Its id follows from the file, the thing and what is done, so that a run that was cut
    /// short and is run again repeats itself.
    pub fn command<F: Fact>(&self, thing: ThingId, row: u32, step: Step<F>, now: chrono::DateTime<chrono::Utc>) -> Command<F> {
        let command_id = self.command_id(thing, &step);
        let origin =
            RegisterRow { register: self.register.clone(), file_sha256: self.file_sha256.clone(), row, field: step.field };
        let metadata = Metadata {
            published_on: Some(step.published_on.unwrap_or(self.published_on)),
            origin: Origin::Register(origin),
            visibility: self.options.visibility,
            on_behalf_of: self.options.on_behalf_of,
            ..Metadata::new(step.occurred_on, self.options.subject, command_id, self.correlation_id)
        };
        Command { intent: step.intent, metadata, may_override: false, now, index: 0 }
    }

    fn command_id<F: Fact>(&self, thing: ThingId, step: &Step<F>) -> CommandId {
        let what = match &step.intent {
            Intent::State(_) => "state",
            Intent::Correct { .. } => "correct",
            Intent::Earlier(Act::Retracted { .. }) => "retract earlier",
            Intent::Earlier(_) => "say earlier",
            _ => "retract",
        };
        let about = step.intent.about().map(|act| act.to_string()).unwrap_or_default();
        let fact = step.intent.new_fact().and_then(|fact| fact.encode().ok()).unwrap_or_default();
        let (thing, on, fact) = (thing.to_string(), step.occurred_on.to_string(), String::from_utf8_lossy(&fact));
        let parts = [self.register.as_str(), self.file_sha256.as_str(), &thing, step.field.as_str(), what, &about, &on, &fact];
        let as_of = step.published_on.map(|day| day.to_string());
        CommandId::derive(&parts.into_iter().chain(as_of.as_deref()).collect::<Vec<_>>())
    }

    /// The step that says that the edition was taken.
    pub fn edition_taken<F>(&self, field: Line, fact: F) -> Step<F> {
        let occurred_on = Date::day(self.published_on);
        Step { deed: Deed::State, field, occurred_on, intent: Intent::State(fact), published_on: None }
    }
}
