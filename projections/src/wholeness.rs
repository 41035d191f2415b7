//! Whether the log that a picture is drawn from is whole, as far as the log itself tells: by the seals in it, by what else
//! is known of it from elsewhere, and by what its store is about to throw away.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use chrono::{DateTime, SecondsFormat, Utc};
use imbl::Vector;
use schema::{
    AsideEvent, AsideStream, EventId, Leaf, Notice, Position, RunningHash, Told,
    seal::{LogAccepted, LogSealed, Seal},
};
use serde::{Deserialize, Serialize};

/// At how many counts of acts, the last ones, it is remembered how the log stood.
const REMEMBERED_MAX: usize = 65_536;

/// The kinds that bear on the record itself: a build that can't read all of them can't go by what it knows.
const DECISIVE_KINDS: [&str; 2] = ["seal", "record"];

/// How a log stood: so many acts, and the hash that runs over their leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// How many acts there were.
    pub acts: u64,
    /// The hash that runs over their leaves.
    pub chain: RunningHash,
}

/// As operators give it back: the count, a colon, the hash.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.acts, self.chain)
    }
}

impl FromStr for Standing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = text.split_once(':').and_then(|(acts, chain)| Some((acts.parse().ok()?, chain.parse().ok()?)));
        let (acts, chain) = read.ok_or_else(|| format!("'{text}' is no count of acts and hash, such as 1234:9f86…"))?;
        Ok(Self { acts, chain })
    }
}

/// What was known of a log from elsewhere before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// How it stood then.
    pub standing: Standing,
    /// Where its last act was.
    pub position: Position,
    /// Who says so, as the subject of a sentence.
    pub by: &'static str,
}

/// Acts are missing, or are not those that were there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// How many acts are known to be missing; 0 where only something else is found than what was there.
    pub missing: u64,
    /// They lie after this instant, as far as is known.
    pub from: Option<DateTime<Utc>>,
    /// They lie before this instant, as far as is known.
    pub to: Option<DateTime<Utc>>,
    /// What was found.
    pub reason: String,
}

impl Loss {
    /// The log is not the one that an operator accepted.
    #[must_use]
    pub fn not_as_accepted() -> Self {
        let reason = "it is not the log that an operator accepted when acts had been lost".to_owned();
        Self { missing: 0, from: None, to: None, reason }
    }
}

/// The last seal that fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct LastSeal {
    acts: u64,
    recorded_at: DateTime<Utc>,
}

/// The end of a stream beside the things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    revision: u64,
    /// Of its last event, where that was seen.
    leaf: Option<Leaf>,
    /// Whether acts are missing in it, or it takes no more.
    is_broken: bool,
}

/// What the log tells of its being whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Wholeness {
    standing: Standing,
    /// How the log stood at the last counts, the present one last.
    #[serde(skip)]
    remembered: Vector<RunningHash>,
    streams: BTreeMap<AsideStream, End>,
    /// How many acts there are of each kind that this build does not know.
    unknown: BTreeMap<String, u64>,
    /// The streams of which the store will throw events away.
    limited: BTreeSet<String>,
    /// How many events were passed over that can't be of the record, and where the last of them lies.
    foreign: u64,
    foreign_until: Option<Position>,
    /// How many acts can't stand where they do in their streams, and how many streams of things were deleted.
    holes: u64,
    last_seal: Option<LastSeal>,
    last_act: Option<DateTime<Utc>>,
    /// Whether an act was recorded that is no seal since the last seal.
    is_unsealed: bool,
    /// How many seals say how the log stood at a count that is not remembered.
    skipped: u64,
    loss: Option<Loss>,
    /// Where the last acceptance of a loss lies.
    accepted: Option<Position>,
    /// The acceptance that says that the log is another one by now than the one that was read.
    #[serde(skip)]
    disowned: Option<EventId>,
    #[serde(skip)]
    known: Option<Known>,
}

impl Wholeness {
    /// How the log stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// What is missing, if anything is.
    #[must_use]
    pub const fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    /// Whether nothing is known to be missing, neither of the whole nor in any stream.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.loss.is_none() && self.holes == 0
    }

    /// How many places there are in the streams of things at which acts are missing.
    #[must_use]
    pub const fn holes(&self) -> u64 {
        self.holes
    }

    /// Where the last acceptance of a loss lies.
    #[must_use]
    pub const fn accepted(&self) -> Option<Position> {
        self.accepted
    }

    /// Whether something is known of the log that it does not hold yet.
    #[must_use]
    pub const fn is_expecting(&self) -> bool {
        self.known.is_some()
    }

    /// Takes note of a hole in the stream of a thing.
    pub(crate) const fn note_hole(&mut self) {
        self.holes += 1;
    }

    /// The acceptance of a loss that says that the log is another one by now than the one that was read.
    #[must_use]
    pub const fn disowned(&self) -> Option<EventId> {
        self.disowned
    }

    /// Whether the store will throw events of the stream called `stream` away.
    #[must_use]
    pub fn is_limited(&self, stream: &str) -> bool {
        self.limited.contains(stream)
    }

    /// The streams of which the store will throw events away.
    pub fn limited(&self) -> impl Iterator<Item = &str> {
        self.limited.iter().map(String::as_str)
    }

    /// How many acts there are of each kind that this build does not know.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, u64)> {
        self.unknown.iter().map(|(kind, acts)| (kind.as_str(), *acts))
    }

    /// How many events lie among the streams of the deployment that can't be of the record.
    #[must_use]
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// A kind that this build would have to know before it can go by what it knows, if there are acts of one.
    #[must_use]
    pub fn decisive_unknown(&self) -> Option<&'static str> {
        DECISIVE_KINDS.into_iter().find(|kind| self.unknown.contains_key(*kind))
    }

    /// How many seals could not be compared, since it is not remembered how the log stood then.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many acts the last seal that fits speaks of, and when it was set.
    #[must_use]
    pub fn sealed(&self) -> Option<(u64, DateTime<Utc>)> {
        self.last_seal.map(|seal| (seal.acts, seal.recorded_at))
    }

    /// Whether an act that is no seal was recorded since the last seal.
    #[must_use]
    pub const fn is_unsealed(&self) -> bool {
        self.is_unsealed
    }

    /// The stream in which the next seal of `deployment` goes, and how that ends. One that is broken is left.
    #[must_use]
    pub fn seals_of(&self, deployment: &str) -> (AsideStream, Option<(u64, Option<Leaf>)>) {
        for number in 1.. {
            let stream = AsideStream::seals(deployment, number);
            match self.streams.get(&stream) {
                Some(end) if end.is_broken => {}
                end => return (stream, end.map(|end| (end.revision, end.leaf))),
            }
        }
        (AsideStream::seals(deployment, u32::MAX), None)
    }

    /// How the stream beside the things ends; `None` while nothing is in it.
    #[must_use]
    pub fn end_of(&self, stream: &AsideStream) -> Option<(u64, Option<Leaf>)> {
        self.streams.get(stream).map(|end| (end.revision, end.leaf))
    }

    /// Holds the log, as it comes to that count, against what is `known` of it.
    pub fn expect(&mut self, known: Known) {
        self.known = Some(known);
        self.compare_known();
    }

    /// Takes what is missing of what was known as lost: the log has been read to its end.
    pub fn at_end(&mut self) {
        let accepted = self.accepted;
        let Some(known) = self.known.take() else { return };
        let missing = known.standing.acts.saturating_sub(self.standing.acts);
        if missing == 0 || accepted.is_some_and(|accepted| accepted > known.position) {
            return;
        }
        let held = self.standing.acts;
        let reason = format!("{} knows of {} acts, the log holds {held}", known.by, known.standing.acts);
        self.lose(Loss { missing, from: self.last_act, to: None, reason });
    }

    /// Takes note of a loss, unless one is known already.
    pub fn lose(&mut self, loss: Loss) {
        self.loss.get_or_insert(loss);
    }

    /// Counts an act of a thing.
    pub(crate) fn count_act(&mut self, leaf: &Leaf, recorded_at: Option<DateTime<Utc>>) {
        self.is_unsealed = true;
        self.count(leaf, recorded_at);
    }

    fn count(&mut self, leaf: &Leaf, recorded_at: Option<DateTime<Utc>>) {
        if self.remembered.is_empty() {
            // How it stood before anything, or when a checkpoint was made.
            self.remembered.push_back(self.standing.chain);
        }
        self.standing = Standing { acts: self.standing.acts + 1, chain: self.standing.chain.with(leaf) };
        self.last_act = self.last_act.max(recorded_at);
        self.remembered.push_back(self.standing.chain);
        if self.remembered.len() > REMEMBERED_MAX {
            self.remembered.pop_front();
        }
        self.compare_known();
    }

    /// The hash after the first `acts` acts; `None` if it is not remembered.
    fn chain_at(&self, acts: u64) -> Option<RunningHash> {
        if acts == self.standing.acts {
            return Some(self.standing.chain);
        }
        let back = usize::try_from(self.standing.acts.checked_sub(acts)?).ok()?;
        self.remembered.get(self.remembered.len().checked_sub(back + 1)?).copied()
    }

    fn compare_known(&mut self) {
        let Some(known) = self.known.filter(|known| known.standing.acts <= self.standing.acts) else { return };
        self.known = None;
        let is_other = self.chain_at(known.standing.acts).is_some_and(|chain| chain != known.standing.chain);
        if is_other {
            let reason = format!("the first {} acts are not those that {} knows of", known.standing.acts, known.by);
            self.lose(Loss { missing: 0, from: None, to: self.last_act, reason });
        }
    }

    /// Takes in an event beside the things.
    pub(crate) fn take(&mut self, event: &AsideEvent) {
        let leaf = event.leaf();
        let fits = self.follow(event, leaf);
        if event.thing.is_of_seals() {
            if let Err(reason) = fits {
                let from = self.last_seal.map(|seal| seal.recorded_at);
                self.lose(Loss { missing: 0, from, to: Some(event.recorded_at), reason: reason.to_owned() });
            }
            match event.decode_seal() {
                Ok(Seal::Sealed(sealed)) => self.meet(&sealed, event),
                Ok(Seal::Accepted(accepted)) => self.accept(&accepted, event),
                Err(_) => self.count_unknown(event),
            }
        } else {
            self.is_unsealed = true;
            if event.thing.is_of_record() {
                if fits.is_err() {
                    self.note_hole();
                }
                if event.decode_saying().is_err() {
                    self.count_unknown(event);
                }
            } else {
                self.count_unknown(event);
            }
        }
        self.count(&leaf, Some(event.recorded_at));
    }

    fn count_unknown(&mut self, event: &AsideEvent) {
        let count = self.unknown.entry(event.thing.word().to_owned()).or_insert(0);
        *count += 1;
    }

    /// Takes note of where the stream of `event` ends now; why that does not fit where it ended before, if it doesn't.
    fn follow(&mut self, event: &AsideEvent, leaf: Leaf) -> Result<(), &'static str> {
        let last = self.streams.get(&event.thing).copied();
        let fits = match last {
            None if event.revision > 0 => Err("seals of the log are missing at the beginning of their stream"),
            Some(end) if event.revision != end.revision + 1 => Err("seals of the log are missing in their stream"),
            Some(end) if event.previous().is_some() && end.leaf.is_some() && event.previous() != end.leaf => {
                Err("a seal of the log is not the one that the next was set after")
            }
            _ => Ok(()),
        };
        let is_broken = fits.is_err() || last.is_some_and(|end| end.is_broken);
        self.streams.insert(event.thing.clone(), End { revision: event.revision, leaf: Some(leaf), is_broken });
        fits
    }

    fn meet(&mut self, sealed: &LogSealed, event: &AsideEvent) {
        let held = self.standing.acts;
        let since = self.last_seal.map(|seal| seal.recorded_at);
        let lost = |missing: u64, found: String| Loss { missing, from: since, to: Some(event.recorded_at), reason: found };
        let set_at = event.recorded_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let sealed_before = self.last_seal.map_or_else(
            || "no seal before it fits".to_owned(),
            |seal| {
                format!("the seal of {} acts of {} fits", seal.acts, seal.recorded_at.to_rfc3339_opts(SecondsFormat::Secs, true))
            },
        );
        if let Some(missing) = sealed.acts.checked_sub(held).filter(|missing| *missing > 0) {
            let found = format!("the seal of {set_at} speaks of {} acts, and {held} are there; {sealed_before}", sealed.acts);
            self.lose(lost(missing, found));
            return;
        }
        match self.chain_at(sealed.acts) {
            Some(chain) if chain == sealed.chain => {
                self.last_seal = Some(LastSeal { acts: sealed.acts, recorded_at: event.recorded_at });
                // What was recorded between the reading and the sealing is not sealed.
                self.is_unsealed = self.standing.acts > sealed.acts;
            }
            Some(_) => {
                let found = format!("the first {} acts are not those of the seal of {set_at}; {sealed_before}", sealed.acts);
                self.lose(lost(0, found));
            }
            None => self.skipped += 1,
        }
    }

    fn accept(&mut self, accepted: &LogAccepted, event: &AsideEvent) {
        if self.chain_at(accepted.acts) != Some(accepted.chain) {
            self.disowned = Some(event.id);
            return;
        }
        self.loss = None;
        self.disowned = None;
        self.holes = 0;
        self.known = self.known.filter(|known| known.position > event.position);
        self.accepted = Some(event.position);
        self.last_seal = Some(LastSeal { acts: accepted.acts, recorded_at: event.recorded_at });
    }

    /// Takes note of what the store tells of a stream.
    pub(crate) fn hear(&mut self, notice: &Notice) {
        let stream = &notice.stream;
        match notice.told {
            Told::Limited => drop(self.limited.insert(stream.clone())),
            Told::Unlimited => drop(self.limited.remove(stream)),
            Told::Foreign if self.foreign_until < Some(notice.position) => {
                self.foreign += 1;
                self.foreign_until = Some(notice.position);
            }
            Told::Foreign => {}
            Told::Deleted => {
                let Ok(aside) = stream.parse::<AsideStream>() else { return };
                let end = self.streams.get(&aside).copied().unwrap_or(End { revision: 0, leaf: None, is_broken: true });
                self.streams.insert(aside.clone(), End { is_broken: true, ..end });
                if aside.is_of_seals() || aside.is_of_record() {
                    let holds = if aside.is_of_seals() { "seals of the log" } else { "what is said of the record as a whole" };
                    let reason = format!("the stream '{stream}', which holds {holds}, was deleted for good");
                    self.lose(Loss { missing: 0, from: self.last_seal.map(|seal| seal.recorded_at), to: None, reason });
                }
            }
        }
    }
}

/// Why an event can't stand where it does in its stream, behind the event of that revision and leaf, if it can't.
pub(crate) fn misfit(last: Option<(u64, Option<Leaf>)>, revision: u64, previous: Option<Leaf>) -> Option<&'static str> {
    match last {
        None if revision > 0 => Some("acts before it in its stream are missing"),
        Some((last, _)) if revision > last + 1 => Some("acts before it in its stream are missing"),
        Some((_, leaf)) if previous.is_some() && leaf.is_some() && previous != leaf => {
            Some("the act before it in its stream is not the one that it was recorded after")
        }
        _ => None,
    }
}
