//! The run: one edition, taken into the record thing by thing.
//!
//! Rows are taken in portions: of each, organisations come first, then the projects that name them, then the permits
//! that name both. Last, and only when all of that is recorded, comes that the edition was taken. A run that is cut
//! short is finished by running it again.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use app::{App, RecordError, Submission};
use chrono::{NaiveDate, TimeDelta};
use domain::{Command, Rejection};
use futures::{StreamExt, stream};
use projections::things::{self, State, Thing};
use schema::{APPEND_BYTES_MAX, Line, RegisterId, SubjectId, Visibility, register::RegisterEditionTaken};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::Duration;

use super::{
    Doubt, Edition, EditionError, Ending, Events, Facts, Fate, Mapping, MappingError, Odd, ReadError, Register, Reject,
    RejectsError, RejectsFile, RowClaims, Sources, Summary,
    difference::{Deed, Difference, difference},
    earlier::{Turn, earlier},
    precedence::{Precedence, already_taken},
    summary::{Fields, Outcome, RefusedThing, Rows, ThingFate},
    work::{Envelope, Spoken, Work, organisations_of, work_of},
};

/// How many rows are taken before others are read.
const PORTION_ROWS: usize = 512;
/// How many appends are under way at once, so that they share the store's syncs.
const IN_FLIGHT_MAX: usize = 128;
/// How often a thing is compared again because somebody else recorded something about it.
const COMPARISONS_MAX: u32 = 5;
/// How long to wait for the picture to hold what was recorded.
const PICTURE_WAIT: Duration = Duration::from_mins(2);
/// A day has begun somewhere on Earth 14 hours before it begins in UTC.
const HOURS_AHEAD_OF_UTC_MAX: TimeDelta = TimeDelta::hours(14);
/// The most bytes of keys that one edition may report as vanished; the rest of the append is small.
const VANISHED_BYTES_MAX: usize = APPEND_BYTES_MAX - (64 << 10);

/// What a run is to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Who records.
    pub subject: SubjectId,
    /// For whom, where it is another who had it done.
    pub on_behalf_of: Option<SubjectId>,
    /// For whose eyes what is recorded is.
    pub visibility: Visibility,
    /// Say what would be recorded, and record nothing.
    pub dry_run: bool,
    /// How much of what is on record of its rows an edition may retract, in percent; one that would retract more stops.
    pub may_retract_percent: u8,
}

/// How much of what is on record of its rows an edition may retract in percent, if nobody says.
pub const MAY_RETRACT_PERCENT: u8 = 10;
/// As many facts are retracted without asking, however few are on record.
const RETRACTED_UNASKED_MAX: usize = 2;

/// An edition to be imported from files.
#[derive(Debug, Clone)]
pub struct Files<'a> {
    /// The mapping.
    pub mapping: &'a Path,
    /// The register.
    pub register: &'a Path,
    /// The date of the edition, where it is not the one that the file says.
    pub published_on: Option<NaiveDate>,
    /// Where rows that can't be taken, or are odd, are listed; only if there are any.
    pub rejects: Option<PathBuf>,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Rows that are done.
    pub rows: usize,
    /// Rows in the file.
    pub rows_total: usize,
    /// Things that are done, those of rows that are not yet wholly done included.
    pub things: usize,
}

/// Is told how far a run has come, often.
pub type Watch<'a> = &'a (dyn Fn(Step) + Sync);

/// Why an edition was not taken. What was recorded until then stays; running it again goes on from there.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The mapping can't be read, or has mistakes.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The file can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file does not fit the mapping.
    #[error("the file does not fit the mapping:\n{}", listed(.0))]
    Edition(Vec<EditionError>),
    /// The rows that can't be taken can't be listed.
    #[error(transparent)]
    Rejects(#[from] RejectsError),
    /// The edition lies ahead of today.
    #[error(
        "the edition is said to be of {published_on}{}, which lies ahead: the latest day anywhere is {today}; state its date with --published-on",
        row.map(|row| format!(" by row {row}")).unwrap_or_default()
    )]
    AheadOfToday {
        /// The date of the edition.
        published_on: NaiveDate,
        /// The row that says so, where the command does not.
        row: Option<u32>,
        /// The day that has begun somewhere on Earth.
        today: NaiveDate,
    },
    /// The file lacks so many rows that it is hardly an edition of the whole register.
    #[error("the file lacks {0} rows of earlier editions; an edition has to be of the whole register")]
    TooManyVanished(usize),
    /// So much would be retracted that the file may be read wrongly.
    #[error(transparent)]
    Losses(#[from] Losses),
    /// Recording failed.
    #[error("recording stopped: {0}; run it again to go on from here")]
    Record(#[from] RecordError),
    /// The picture does not catch up.
    #[error("what was recorded is not seen in time; run it again to go on from here")]
    Stale(#[from] app::Stale),
    /// A text of ours can't be recorded.
    #[error("the difference can't be put in words: {0}")]
    Words(#[from] schema::TextError),
}

/// More would be retracted of what is on record than may be without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the edition would retract {retracted} of {on_record} facts on record of its rows ({percent} %, up to {percent_max} % are retracted \
     unasked), as if they had never been; a column may be named or written otherwise now: --dry-run says which facts, and \
     --may-retract {percent} goes on"
)]
pub struct Losses {
    /// How many facts.
    pub retracted: usize,
    /// Of how many.
    pub on_record: usize,
    /// Their share, rounded up.
    pub percent: usize,
    /// The share that may be retracted.
    pub percent_max: u8,
}

impl Losses {
    /// What `facts` come to, if it is more than may be retracted.
    fn of(facts: &Facts, percent_max: u8) -> Option<Self> {
        let Facts { retracted, on_record, .. } = *facts;
        let percent = (retracted * 100).div_ceil(on_record.max(1));
        let too_many = retracted > RETRACTED_UNASKED_MAX && percent > usize::from(percent_max);
        too_many.then_some(Self { retracted, on_record, percent, percent_max })
    }
}

fn listed(errors: &[EditionError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads the files of an edition and takes it into the record.
///
/// # Errors
/// As [`ImportError`] says. Nothing is recorded before both files are known to fit.
pub async fn import(app: &App, files: &Files<'_>, options: &Options, watch: Watch<'_>) -> Result<Summary, ImportError> {
    let mapping = Mapping::open(files.mapping)?;
    let register = Register::open(files.register, mapping.format())?;
    let edition = Edition::try_new(&mapping, &register, files.published_on).map_err(ImportError::Edition)?;
    let list = files.list()?;
    let mut summary = take_edition(app, &edition, options, watch).await?;
    if let Some(list) = list {
        summary.listed = list.list(&register, &summary.rejects, &summary.odd)?;
    }
    Ok(summary)
}

impl Files<'_> {
    /// The file for rows that can't be taken, if there is to be one.
    fn list(&self) -> Result<Option<RejectsFile>, RejectsError> {
        let sources = [("register", self.register), ("mapping", self.mapping)];
        self.rejects.as_ref().map(|path| RejectsFile::open(path, &sources)).transpose()
    }
}

/// Lists the rows of an edition that can't be taken, or are odd, as [`import`] does: for one that another process takes. Says
/// where, if there are any.
///
/// # Errors
/// When a file can't be read, or does not fit the mapping, or the list can't be written.
pub fn list_unfit(sources: &Sources, files: &Files<'_>) -> Result<Option<PathBuf>, ImportError> {
    let mapping = sources.mapping()?;
    let register = sources.register(&mapping)?;
    let edition = Edition::try_new(&mapping, &register, files.published_on).map_err(ImportError::Edition)?;
    let Some(list) = files.list()? else { return Ok(None) };
    let mut unfit = empty_summary(&edition);
    edition.rows().for_each(|row| drop(unfit.read(row)));
    Ok(list.list(&register, &unfit.rejects, &unfit.odd)?)
}

/// Refuses an edition that nobody can have published yet.
fn refuse_ahead(app: &App, edition: &Edition<'_>) -> Result<(), ImportError> {
    let today = (app.now() + HOURS_AHEAD_OF_UTC_MAX).date_naive();
    if edition.published_on() <= today {
        return Ok(());
    }
    Err(ImportError::AheadOfToday { published_on: edition.published_on(), row: edition.dated_by(), today })
}

/// Takes an edition into the record.
///
/// # Errors
/// When the store or the picture fails; see [`ImportError`].
pub async fn take_edition(app: &App, edition: &Edition<'_>, options: &Options, watch: Watch<'_>) -> Result<Summary, ImportError> {
    refuse_ahead(app, edition)?;
    app.in_step(PICTURE_WAIT).await?;
    let picture = app.picture();
    let precedence = Precedence::new(&picture, edition);
    let envelope = Envelope::new(edition, options);
    let mut run = Run { app, edition, is_dry: true, precedence, envelope, watch: &|_| {} };
    let mut summary = empty_summary(edition);
    if let Some(taken) = already_taken(&picture, edition) {
        summary.ending = Ending::TakenBefore { file: taken.file, published_on: taken.published_on };
        edition.rows().for_each(|row| drop(summary.read(row)));
        return Ok(summary);
    }
    summary.vanished = run.precedence.vanished(&picture, edition);
    if summary.vanished.iter().map(|key| key.as_str().len() + 3).sum::<usize>() > VANISHED_BYTES_MAX {
        return Err(ImportError::TooManyVanished(summary.vanished.len()));
    }
    drop(picture);
    if !options.dry_run {
        run.refuse_losses(options.may_retract_percent).await?;
    }
    (run.is_dry, run.watch) = (options.dry_run, watch);
    run.rows(&mut summary).await?;
    run.finish(&mut summary).await?;
    let losses = Losses::of(&summary.facts, options.may_retract_percent).filter(|_| options.dry_run);
    summary.doubts.extend(losses.map(Doubt::Losses));
    Ok(summary)
}

fn empty_summary(edition: &Edition<'_>) -> Summary {
    Summary {
        register: edition.mapping().about.name.clone(),
        published_on: edition.published_on(),
        file: edition.register().file.clone(),
        file_sha256: edition.register().sha256.clone(),
        ending: Ending::DryRun,
        rows: Rows::default(),
        rejects: Vec::new(),
        things: BTreeMap::new(),
        facts: Facts::default(),
        events: 0,
        does: Events::default(),
        vanished: Vec::new(),
        odd: Vec::new(),
        listed: None,
        refused: Vec::new(),
        examples: BTreeMap::new(),
        unmentioned: edition.unmentioned().into_iter().map(str::to_owned).collect(),
        doubts: edition.doubts(),
    }
}

impl Summary {
    /// Takes note of a row: what can't be taken, and what is odd.
    fn read(&mut self, row: Result<RowClaims, Reject>) -> Option<RowClaims> {
        self.rows.read += 1;
        match row {
            Ok(mut row) => {
                self.rows.taken += 1;
                self.odd.extend(row.warnings.drain(..).map(|warning| Odd { row: row.row, warning }));
                Some(row)
            }
            Err(reject) => {
                self.rows.rejected += 1;
                self.rejects.push(reject);
                None
            }
        }
    }
}

struct Run<'a> {
    app: &'a App,
    edition: &'a Edition<'a>,
    is_dry: bool,
    precedence: Precedence,
    envelope: Envelope,
    watch: Watch<'a>,
}

impl Run<'_> {
    /// Refuses an edition that would retract more than it may, before anything of it is recorded.
    async fn refuse_losses(&self, percent_max: u8) -> Result<(), ImportError> {
        let register = RegisterId::of(self.edition.mapping().about.name.as_str());
        if self.app.picture().thing::<things::Register>(register).is_none() {
            return Ok(());
        }
        let mut rehearsed = empty_summary(self.edition);
        self.rows(&mut rehearsed).await?;
        Losses::of(&rehearsed.facts, percent_max).map_or(Ok(()), |losses| Err(losses.into()))
    }

    async fn rows(&self, summary: &mut Summary) -> Result<(), ImportError> {
        let mut rows = self.edition.rows();
        let mut organisations_seen = HashSet::new();
        let mut step = Step { rows_total: rows.len(), ..Step::default() };
        while step.rows < step.rows_total {
            let mut portion: Vec<RowClaims> = rows.by_ref().take(PORTION_ROWS).filter_map(|row| summary.read(row)).collect();
            let named = portion.iter_mut().flat_map(organisations_of);
            let new = named.filter(|work| organisations_seen.insert(work.thing)).collect();
            self.record_all::<things::Organisation>(new, summary, &mut step).await?;
            self.record_all::<things::Project>(self.works::<things::Project>(&mut portion), summary, &mut step).await?;
            self.record_all::<things::Permit>(self.works::<things::Permit>(&mut portion), summary, &mut step).await?;
            step.rows = summary.rows.read;
            (self.watch)(step);
        }
        Ok(())
    }

    fn works<S: Spoken>(&self, rows: &mut [RowClaims]) -> Vec<Work<S::Fact>> {
        let (picture, register) = (self.app.picture(), &self.edition.mapping().about.name);
        rows.iter_mut().filter_map(|row| work_of::<S>(row, register, &picture)).collect()
    }

    /// Records many things at once, and waits until the picture holds them: what comes next may name them.
    async fn record_all<S: Spoken>(
        &self,
        works: Vec<Work<S::Fact>>,
        summary: &mut Summary,
        step: &mut Step,
    ) -> Result<(), ImportError> {
        let mut outcomes = stream::iter(works.into_iter().map(|work| self.record::<S>(work))).buffered(IN_FLIGHT_MAX);
        while let Some(outcome) = outcomes.next().await {
            summary.count(outcome?);
            step.things += 1;
            (self.watch)(*step);
        }
        Ok(self.app.in_step(PICTURE_WAIT).await?)
    }

    /// Records what is different about one thing; compares again if somebody else was quicker.
    async fn record<S: Spoken>(&self, work: Work<S::Fact>) -> Result<Outcome, ImportError> {
        let mut attempts_left = COMPARISONS_MAX;
        loop {
            let known = self.app.picture().thing::<S>(work.thing).cloned();
            let thing = known.unwrap_or_else(|| Arc::new(Thing::new(work.thing)));
            let Compared { commands, deeds, fates, fields } = self.compare(&thing, &work)?;
            let fate = match thing.revision() {
                _ if fates.iter().all(|fate| *fate == Fate::KeptForLater) => ThingFate::Kept,
                _ if commands.is_empty() => ThingFate::Unchanged,
                None => ThingFate::New,
                Some(_) => ThingFate::Changed,
            };
            let outcome = Outcome { fields, deeds, ..work.outcome::<S>(fate, &fates) };
            if self.is_dry || commands.is_empty() {
                return Ok(outcome);
            }
            let submission = Submission { thing: work.thing, commands, expected_revision: thing.revision() };
            match self.app.record::<S>(&submission).await {
                Ok(receipt) => return Ok(Outcome { events: receipt.events.len(), ..outcome }),
                Err(RecordError::Rejected(rejection)) => return Ok(work.refused::<S>(&rejection)),
                Err(RecordError::RevisionConflict) if attempts_left > 0 => attempts_left -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What to record, and what becomes of each claim.
    fn compare<S: Spoken>(&self, thing: &Thing<S>, work: &Work<S::Fact>) -> Result<Compared<S::Fact>, ImportError> {
        let about = (&self.edition.mapping().about.name, self.edition.published_on());
        let now = self.app.now();
        let (register, published_on) = about;
        let later = if S::IS_SHARED_BY_ROWS {
            named_only_after(thing, published_on)
        } else {
            self.precedence.governing(thing, &work.key)
        };
        if !later.is_empty() {
            let turn = Turn { envelope: &self.envelope, register, published_on, later, now };
            let commands = earlier(thing, work, &turn)?;
            let (deeds, fates) = (vec![Deed::DateBack; commands.len()], vec![Fate::KeptForLater; work.claims.len()]);
            return Ok(Compared { commands, deeds, fates, fields: Fields::default() });
        }
        if S::IS_SHARED_BY_ROWS && thing.revision().is_some() {
            let fates = vec![Fate::Unchanged; work.claims.len()];
            return Ok(Compared { commands: Vec::new(), deeds: Vec::new(), fates, fields: Fields::default() });
        }
        let Difference { steps, fates, retracted, left, on_record, swapped } = difference(thing, &work.of_row(), about)?;
        let deeds = steps.iter().map(|step| step.deed).collect();
        let command = |step| self.envelope.command(work.thing, work.row, step, now);
        let fields = Fields { retracted, left, swapped, on_record };
        Ok(Compared { commands: steps.into_iter().map(command).collect(), deeds, fates, fields })
    }

    /// Records that the edition was taken, unless something of it was not.
    async fn finish(&self, summary: &mut Summary) -> Result<(), ImportError> {
        if self.is_dry {
            return Ok(());
        }
        if !summary.refused.is_empty() {
            summary.ending = Ending::Incomplete;
            return Ok(());
        }
        let about = &self.edition.mapping().about;
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let taken = RegisterEditionTaken {
            register: about.name.clone(),
            title: about.title.clone(),
            published_on: summary.published_on,
            file: Line::try_new(&summary.file.chars().take(Line::CHARACTERS_MAX).collect::<String>())?,
            file_sha256: summary.file_sha256.clone(),
            rows_read: count(summary.rows.read),
            rows_rejected: count(summary.rows.rejected),
            rows_vanished: summary.vanished.clone(),
        };
        let thing = RegisterId::of(about.name.as_str()).thing();
        let step = self.envelope.edition_taken(Line::try_new("edition")?, taken.into());
        let command = self.envelope.command(thing, HEADER_ROW, step, self.app.now());
        let submission = Submission { thing, commands: vec![command], expected_revision: None };
        summary.events += self.app.record::<things::Register>(&submission).await?.events.len();
        summary.does.editions += 1;
        summary.ending = Ending::Taken;
        Ok(self.app.in_step(PICTURE_WAIT).await?)
    }
}

/// What a comparison comes to.
struct Compared<F> {
    commands: Vec<Command<F>>,
    /// What each command does.
    deeds: Vec<Deed>,
    /// What becomes of each claim.
    fates: Vec<Fate>,
    /// The facts on record that something else becomes of than of a claim.
    fields: Fields,
}

/// The editions of which a thing that rows share is on record, in their order, where all of them came after `day`.
fn named_only_after<S: State>(thing: &Thing<S>, day: NaiveDate) -> Vec<NaiveDate> {
    let editions: Option<BTreeSet<NaiveDate>> = thing.acts().iter().map(|act| act.metadata.published_on).collect();
    let after = editions.filter(|editions| editions.first().is_some_and(|first| *first > day));
    after.into_iter().flatten().collect()
}

/// The row that an edition as a whole is said to come from.
const HEADER_ROW: u32 = 1;

impl<F> Work<F> {
    fn outcome<S: Spoken<Fact = F>>(&self, fate: ThingFate, fates: &[Fate]) -> Outcome {
        let claims = self.claims.iter().zip(fates).map(|(claim, fate)| (claim.field.clone(), *fate)).collect();
        let (kind, key) = (self.thing.kind(), self.key.clone());
        Outcome { kind, fate, claims, key, fields: Fields::default(), deeds: Vec::new(), events: 0, refused: None }
    }

    fn refused<S: Spoken<Fact = F>>(&self, rejection: &Rejection) -> Outcome {
        let hint = rejection.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let refused = RefusedThing {
            row: self.row,
            what: format!("{} {}", self.thing.kind(), self.key),
            code: rejection.code,
            reason: format!("{rejection}{hint}"),
        };
        let outcome = self.outcome::<S>(ThingFate::Refused, &vec![Fate::Refused; self.claims.len()]);
        Outcome { refused: Some(refused), ..outcome }
    }
}
