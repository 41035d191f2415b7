//! What is said of the record as a whole (EVENTS.md, *record*): which instants are wrong, and by which reading of a regime
//! its clocks are counted.

use std::{any::Any, collections::BTreeSet};

use chrono::{DateTime, Utc};
use domain::{Command, Intent, Rejection, rejection::INSTANTS_TOO_MANY};
use law::Rulebook;
use projections::{OfRecord, Picture, things::Permit};
use schema::{
    AsideStream, CommandId, Date, EventId, Fact, Line, Metadata, Note, SubjectId,
    permit::PermitFact,
    record::{InstantsDisowned, RegimeAdopted, Saying},
};
use store::{AppendError, Expected};
use tokio::time::{Duration, timeout};
use uuid::Uuid;

use super::{App, HandleError, RecordError};

/// The most acts that one command disowns.
const DISOWNED_MAX: usize = 10_000;
/// How often it is tried to say something, while others say something too.
const TRIES_MAX: usize = 16;
/// How long it is waited for what others have said.
const OTHERS_WAIT: Duration = Duration::from_secs(5);

/// Acts by what the store's clock showed when they were recorded.
#[derive(Debug, Clone, Copy)]
pub struct StampedWithin {
    /// Later than this.
    pub after: DateTime<Utc>,
    /// No later than this, where it is given.
    pub until: Option<DateTime<Utc>>,
}

impl StampedWithin {
    /// The acts of `picture` that are so stamped, in the order of the log, and what is so stamped that was said of the record;
    /// without those that are disowned already.
    fn events(self, picture: &Picture) -> Vec<EventId> {
        let is_within = |at: DateTime<Utc>| at > self.after && self.until.is_none_or(|until| at <= until);
        let record = picture.of_record();
        let acts = picture.headers().map(|header| (header.id, header.position, header.stamped_at));
        let stamped = acts.chain(record.stamps()).filter(|(id, _, at)| is_within(*at) && !record.is_disowned(*id));
        let mut found: Vec<_> = stamped.map(|(id, position, _)| (position, id)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }
}

impl App {
    /// How many acts [`App::disown_instants`] would disown.
    #[must_use]
    pub fn to_be_disowned(&self, stamped: StampedWithin) -> usize {
        stamped.events(&self.picture()).len()
    }

    /// Records for `subject` that the instants of the acts that are `stamped` so are wrong: they count as known from the next
    /// right instant on. Gives how many they are; those that were disowned before are left out.
    ///
    /// # Errors
    ///
    /// When they are too many, or the store doesn't take it.
    pub async fn disown_instants(&self, subject: SubjectId, stamped: StampedWithin, reason: Note) -> Result<usize, HandleError> {
        for _ in 0..TRIES_MAX {
            let picture = self.picture();
            let acts = stamped.events(&picture);
            let (count, last) = (acts.len(), acts.last().copied());
            let Some(last) = last else { return Ok(0) };
            if count > DISOWNED_MAX {
                return Err(too_many(count).into());
            }
            let saying = Saying::Disowned(InstantsDisowned { acts, reason: reason.clone() });
            if self.say(&picture, subject, &saying).await? {
                self.seen(|record| record.is_disowned(last)).await?;
                return Ok(count);
            }
        }
        Err(RecordError::Contended.into())
    }

    /// Records by which reading of `regime` its clocks are counted, if that isn't on record and the regime is loaded.
    pub(super) async fn adopt(&self, regime: &Line) -> Result<(), RecordError> {
        if let Some(fault) = self.clock_fault() {
            return Err(RecordError::ClockWrong(fault));
        }
        for _ in 0..TRIES_MAX {
            let picture = self.picture();
            let Some(reading) = reading_of(self.law(), regime) else { return Ok(()) };
            if picture.of_record().reading(reading.regime.as_str(), reading.version).is_some() {
                return Ok(());
            }
            let service = SubjectId(CommandId::derive(&["service"]).0);
            if self.say(&picture, service, &Saying::Adopted(reading.clone())).await? {
                return self.seen(|record| record.reading(reading.regime.as_str(), reading.version).is_some()).await;
            }
        }
        Err(RecordError::Contended)
    }

    /// Records by which readings of the law the clocks of the permits on record are counted, as far as that isn't on record.
    ///
    /// # Errors
    ///
    /// When the store doesn't take it.
    pub async fn adopt_what_is_used(&self) -> Result<(), RecordError> {
        let picture = self.picture();
        let permits = picture.things::<Permit>().values();
        let used: BTreeSet<Line> = permits.filter_map(|permit| permit.state().regime().cloned()).collect();
        for regime in used {
            self.adopt(&regime).await?;
        }
        Ok(())
    }

    /// Why nothing is answered or recorded by the law that is loaded here: the record was counted by another reading of the
    /// same day.
    #[must_use]
    pub fn law_fault(&self) -> Option<String> {
        other_reading(self.law(), self.picture().of_record())
    }

    /// Says it in the record, behind what `picture` has of it; `false` if somebody else has said something since, which is
    /// then waited for.
    async fn say(&self, picture: &Picture, subject: SubjectId, saying: &Saying) -> Result<bool, RecordError> {
        if let Some(refusal) = self.unsound() {
            return Err(RecordError::Unavailable(refusal));
        }
        let unavailable = |error: &dyn ToString| RecordError::Unavailable(error.to_string());
        let stream = AsideStream::record();
        let end = picture.wholeness().end_of(&stream);
        let id = CommandId::derive(&["record", &Uuid::new_v4().to_string()]);
        let today = Date::day(self.now().date_naive());
        let metadata = Metadata { decided_at: Some(self.now()), ..Metadata::new(today, subject, id, id.0) };
        let leaf = end.and_then(|(_, leaf)| leaf);
        let event = saying.encode(EventId(id.0), &metadata, leaf).map_err(|error| unavailable(&error))?;
        let expected = Expected::after(end.map(|(revision, _)| revision));
        let mut progress = self.watch();
        match self.store().append_aside(&stream, expected, vec![event]).await {
            Ok(_) => Ok(true),
            Err(AppendError::Conflict { .. }) => {
                let has_moved = |_: &_| self.picture().wholeness().end_of(&stream) != end;
                let moved = timeout(OTHERS_WAIT, progress.wait_for(has_moved)).await;
                if matches!(moved, Ok(Ok(_))) { Ok(false) } else { Err(RecordError::Contended) }
            }
            Err(AppendError::Unknown(_)) => Err(RecordError::OutcomeUnknown),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Waits until the picture has what was said.
    async fn seen(&self, is_said: impl Fn(&OfRecord) -> bool) -> Result<(), RecordError> {
        let mut progress = self.watch();
        let seen = timeout(OTHERS_WAIT, progress.wait_for(|_| is_said(self.picture().of_record()))).await;
        if matches!(seen, Ok(Ok(_))) { Ok(()) } else { Err(RecordError::OutcomeUnknown) }
    }
}

fn too_many(count: usize) -> Rejection {
    let message = format!("{count} acts are so stamped, and one command disowns up to {DISOWNED_MAX}");
    Rejection::new(INSTANTS_TOO_MANY, message)
        .on("stamped_until")
        .hint("name an earlier instant until which, and send the command again for the rest")
}

/// The regimes that `commands` name.
pub(super) fn regimes_named<F: Fact>(commands: &[Command<F>]) -> impl Iterator<Item = &Line> {
    commands.iter().filter_map(|command| match &command.intent {
        Intent::State(fact) | Intent::Correct { to: fact, .. } => match (fact as &dyn Any).downcast_ref::<PermitFact>()? {
            PermitFact::PermitIdentified(identified) => identified.regime.as_ref(),
            PermitFact::RegimeDetermined(determined) => Some(&determined.regime),
            _ => None,
        },
        _ => None,
    })
}

/// The reading of `regime` that is loaded.
fn reading_of(law: &Rulebook, regime: &Line) -> Option<RegimeAdopted> {
    let version = law.regime(regime.as_str()).ok()?.read_on;
    let sha256 = law.reading(regime.as_str()).ok()?.parse().ok()?;
    Some(RegimeAdopted { regime: regime.clone(), version, sha256 })
}

/// Says of the first regime that is loaded in other words than the reading of the same day that the record was counted by.
fn other_reading(law: &Rulebook, record: &OfRecord) -> Option<String> {
    law.regimes().find_map(|regime| {
        let adopted = record.reading(&regime.id, regime.read_on)?;
        let loaded = law.reading(&regime.id).ok().filter(|loaded| *loaded != adopted)?;
        Some(format!(
            "the regime '{}', read on {}, is loaded with other words (SHA-256 {loaded}) than the record's clocks were counted by \
             ({adopted}): put the file back, or give the new reading its own day in read_on",
            regime.id, regime.read_on
        ))
    })
}
