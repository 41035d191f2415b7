//! The checkpoint file: the picture as of some position, so that a start need not read the whole log.
//!
//! It is a cache. One that is damaged, of another build or of another log is discarded, and the log read instead.

use std::{
    fmt::Display,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    num::NonZeroUsize,
    panic,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use projections::{CheckpointError, Extent, Known, Part, Picture};
use store::{EventStore, Identity, StoreError};
use thiserror::Error;
use tokio::sync::oneshot;

use super::{App, pace::Pace};

/// The checkpoint's file in a data directory.
pub const FILE_NAME: &str = "checkpoint";

/// A checkpoint is written when the log has grown by one in so many, so that writing them costs little beside folding.
const SHARE: u64 = 10;

/// How many things a part of the file holds: what is written in a fraction of a millisecond, so that whoever wants the
/// processor meanwhile gets it soon.
const PART_THINGS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// After how many bytes the file is synced: what the log's own sync may have to wait for.
const SYNC_BYTES: u64 = 1 << 20;

/// How many bytes are handed to the system at once.
const WRITE_BYTES: usize = 64 << 10;

/// On how many threads parts are decoded at most.
const DECODERS_MAX: usize = 8;

/// About how many bytes each of them gets at once.
const DECODER_BYTES: u64 = 1 << 20;

/// Why a checkpoint was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The picture can't be written down.
    #[error("the picture can't be written down: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
    /// The data directory is not where it was.
    #[error("{} is no longer the data directory that was opened, so no checkpoint is written there", directory.display())]
    Moved {
        /// Where it was.
        directory: PathBuf,
    },
    /// The disk refuses it.
    #[error("{} can't be written: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a checkpoint is not used.
#[derive(Debug, Error)]
pub enum Discarded {
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    Unread(#[from] io::Error),
    /// Its contents are of no use.
    #[error(transparent)]
    Useless(#[from] CheckpointError),
    /// The log has another event at its position, or none.
    #[error("it is of another log")]
    OtherLog(Option<Known>),
    /// The log can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the checkpoint is kept, and how far the last one goes.
pub struct Checkpoints {
    file: PathBuf,
    directory: PathBuf,
    /// The directory as it was opened.
    identity: Option<Identity>,
    /// What the checkpoint on the disk holds; held while one is written.
    last: Mutex<Extent>,
    /// Whether the service stops: then a checkpoint that is written aside is left.
    stopping: AtomicBool,
}

impl Checkpoints {
    /// The checkpoint of the data directory `data`.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self {
            file: data.join(FILE_NAME),
            directory: data.to_owned(),
            identity: Identity::of(data),
            last: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// The picture that the checkpoint holds, if there is one and it is of the log in `store`; else an empty one. One of
    /// another log is held against this one as it is read.
    pub async fn load(&self, store: &dyn EventStore) -> Picture {
        match self.try_load(store).await {
            Ok(Some(picture)) => {
                tracing::info!(events = picture.events(), "the picture begins with the checkpoint");
                *self.last() = Extent::from(&picture);
                picture
            }
            Ok(None) => Picture::default(),
            Err(reason) => {
                let file = self.file.display();
                tracing::warn!(%file, %reason, "the checkpoint is discarded and the whole log read instead");
                let Discarded::OtherLog(known) = reason else { return Picture::default() };
                Picture::default().with_wholeness(|whole| known.into_iter().for_each(|known| whole.expect(known)))
            }
        }
    }

    async fn try_load(&self, store: &dyn EventStore) -> Result<Option<Picture>, Discarded> {
        let file = self.file.clone();
        let picture = tokio::task::spawn_blocking(move || read(&file)).await.map_err(io::Error::other)??;
        match picture {
            Some(picture) if is_of(store, &picture).await? => Ok(Some(picture)),
            Some(picture) => Err(Discarded::OtherLog(known_to(&picture))),
            None => Ok(None),
        }
    }

    fn last(&self) -> MutexGuard<'_, Extent> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes `picture`, unless the checkpoint goes as far already. Whatever happens, the file is the old one or the
    /// new one, whole. Blocks.
    ///
    /// # Errors
    ///
    /// When the disk refuses it; the old checkpoint stays.
    pub fn write(&self, picture: &Picture) -> Result<(), WriteError> {
        self.write_at(picture, Pace::AtOnce)
    }

    fn write_at(&self, picture: &Picture, mut pace: Pace<'_>) -> Result<(), WriteError> {
        let mut last = self.last();
        if picture.position() <= last.position {
            return Ok(());
        }
        if Identity::of(&self.directory) != self.identity {
            return Err(WriteError::Moved { directory: self.directory.clone() });
        }
        if let Some(bytes) = replace(&self.file, picture, &mut pace)? {
            *last = Extent::from(picture);
            tracing::info!(events = picture.events(), bytes, "a checkpoint is written");
        }
        Ok(())
    }

    /// Writes a checkpoint whenever the picture of `app` has grown by `events`, and by a tenth. Runs until dropped.
    pub async fn keep(self: Arc<Self>, app: Arc<App>, events: u64) {
        let mut progress = app.watch();
        let mut kept = self.last().events;
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            if now.caught_up && now.events.saturating_sub(kept) >= events.max(now.events / SHARE) {
                kept = now.events;
                self.write_aside(&app).await;
            }
        }
    }

    /// Writes the picture of `app`, slowly, so that those who are answered meanwhile don't notice. What goes wrong is
    /// logged: a checkpoint is only a cache.
    pub async fn write_aside(self: &Arc<Self>, app: &App) {
        let (checkpoints, picture) = (Arc::clone(self), app.picture());
        let (tell, told) = oneshot::channel();
        let writing = move || {
            let written = checkpoints.write_at(&picture, Pace::aside(&checkpoints.stopping));
            // What only it holds of an earlier picture goes here too.
            drop(picture);
            // Who no longer waits stops, and writes one at once.
            let _ = tell.send(written);
        };
        match thread::Builder::new().name("checkpoint".to_owned()).spawn(writing) {
            Ok(_) => log_outcome(told.await),
            Err(error) => tracing::warn!(%error, "the checkpoint is not written"),
        }
    }

    /// Writes the picture of `app` at once, since the service stops. What goes wrong is logged.
    pub async fn write_last(self: &Arc<Self>, app: &App) {
        self.stopping.store(true, Ordering::Relaxed);
        let (checkpoints, picture) = (Arc::clone(self), app.picture());
        log_outcome(tokio::task::spawn_blocking(move || checkpoints.write(&picture)).await);
    }
}

/// What a checkpoint of `picture` knows of its log.
fn known_to(picture: &Picture) -> Option<Known> {
    let standing = picture.wholeness().standing();
    picture.position().map(|position| Known { standing, position, by: "the checkpoint" })
}

fn log_outcome(written: Result<Result<(), WriteError>, impl Display>) {
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the checkpoint is not written"),
        Err(error) => tracing::error!(%error, "the checkpoint is not written"),
    }
}

/// The picture in the checkpoint at `file`; `None` where there is no file.
///
/// # Errors
///
/// When the file can't be read, is damaged, or is of another build.
pub fn read(file: &Path) -> Result<Option<Picture>, Discarded> {
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (mut left, mut bytes) = (opened.metadata()?.len(), BufReader::new(opened));
    let decoders = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(DECODERS_MAX);
    let mut parts = Vec::new();
    while left > 0 {
        let mut read = Vec::new();
        let until = left.saturating_sub(DECODER_BYTES * decoders as u64);
        while left > until {
            read.push(read_part(&mut bytes, &mut left)?);
        }
        parts.extend(decode(&read, decoders)?);
    }
    Ok(Some(Picture::from_checkpoint(parts)?))
}

/// The bytes of the next part, of which the file says the length before; `left` bytes of the file are to be read.
fn read_part(bytes: &mut impl Read, left: &mut u64) -> Result<Vec<u8>, Discarded> {
    let mut length = [0; size_of::<u64>()];
    *left = left.checked_sub(length.len() as u64).ok_or(CheckpointError::Damaged)?;
    bytes.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    *left = left.checked_sub(length).ok_or(CheckpointError::Damaged)?;
    let mut part = Vec::new();
    bytes.take(length).read_to_end(&mut part)?;
    Ok(part)
}

/// Decodes parts, on so many threads.
fn decode(read: &[Vec<u8>], decoders: usize) -> Result<Vec<Part>, CheckpointError> {
    let decode_all = |parts: &[Vec<u8>]| parts.iter().map(|part| Part::decode(part)).collect::<Result<Vec<_>, _>>();
    let decoded: Result<Vec<_>, _> = thread::scope(|scope| {
        let shares = read.chunks(read.len().div_ceil(decoders).max(1));
        let decoding: Vec<_> = shares.map(|share| scope.spawn(move || decode_all(share))).collect();
        decoding.into_iter().map(|parts| parts.join().unwrap_or_else(|reason| panic::resume_unwind(reason))).collect()
    });
    Ok(decoded?.into_iter().flatten().collect())
}

/// Whether the last event of `picture` is where the log has it.
pub(super) async fn is_of(store: &dyn EventStore, picture: &Picture) -> Result<bool, StoreError> {
    let (Some(position), Some(last_event)) = (picture.position(), picture.last_event()) else { return Ok(true) };
    if store.event_at(position).await? != Some(last_event) {
        return Ok(false);
    }
    let (kept, proof) = (picture.proof(), store.proof_at(position).await?);
    Ok(kept.is_none() || proof.is_none() || kept == proof)
}

/// How far the checkpoint in the data directory `data` goes, whichever build wrote it; `None` where there is none, or none
/// that says so.
#[must_use]
pub fn extent(data: &Path) -> Option<Extent> {
    let file = data.join(FILE_NAME);
    if !file.is_file() {
        return None;
    }
    let opened = File::open(file).ok()?;
    let (mut left, mut bytes) = (opened.metadata().ok()?.len(), BufReader::new(opened));
    let head = read_part(&mut bytes, &mut left).ok()?;
    Extent::decode(&head).ok().filter(|extent| extent.events > 0)
}

/// Puts a checkpoint of `picture` in the place of `file`, durably and in one go. Gives the number of its bytes; `None` if
/// it was left.
fn replace(file: &Path, picture: &Picture, pace: &mut Pace<'_>) -> Result<Option<u64>, WriteError> {
    let refused = |source| WriteError::File { file: file.to_owned(), source };
    let partial = file.with_extension("partial");
    let sync_bytes = pace.is_aside().then_some(SYNC_BYTES);
    let mut written = Written::new(private_file(&partial).map_err(refused)?, sync_bytes);
    for part in picture.checkpoint(PART_THINGS) {
        written.add(&part?).map_err(refused)?;
        if !pace.goes_on() {
            return Ok(None);
        }
    }
    let bytes = written.finish().map_err(refused)?;
    fs::rename(&partial, file).map_err(refused)?;
    let directory = file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all());
    directory.map(|()| Some(bytes)).map_err(refused)
}

/// A checkpoint that is being written.
struct Written {
    file: BufWriter<File>,
    bytes: u64,
    /// After how many bytes it is synced, if not only at its end.
    sync_bytes: Option<u64>,
    unsynced: u64,
}

impl Written {
    fn new(file: File, sync_bytes: Option<u64>) -> Self {
        Self { file: BufWriter::with_capacity(WRITE_BYTES, file), bytes: 0, sync_bytes, unsynced: 0 }
    }

    fn add(&mut self, part: &[u8]) -> io::Result<()> {
        let length = part.len() as u64;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(part)?;
        self.bytes += length;
        self.unsynced += length;
        if self.sync_bytes.is_none_or(|most| self.unsynced < most) {
            return Ok(());
        }
        self.unsynced = 0;
        self.file.flush()?;
        self.file.get_ref().sync_data()
    }

    fn finish(self) -> io::Result<u64> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(self.bytes)
    }
}

/// It holds what the log holds, which is not for every user of the machine.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
