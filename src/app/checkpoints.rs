//! The checkpoint file: the picture as of some position, so that a start need not read the whole log.
//!
//! It is a cache. One that is damaged, of another build or of another log is discarded, and the log read instead.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    num::NonZeroUsize,
    panic,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use projections::{CheckpointError, Part, Picture};
use schema::Position;
use thiserror::Error;

use super::App;
use crate::store::{EventStore, StoreError};

/// The checkpoint's file in a data directory.
pub const FILE_NAME: &str = "checkpoint";

/// A checkpoint is written when the log has grown by one in so many, so that writing them costs little beside folding.
const SHARE: u64 = 10;

/// How many things a part of the file holds: some megabytes at most, of which as many are in memory as are read at once.
const PART_THINGS: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// The most parts that are read at once.
const READ_AT_ONCE_MAX: usize = 8;

/// Why a checkpoint was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The picture can't be written down.
    #[error("the picture can't be written down: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
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
    OtherLog,
    /// The log can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the checkpoint is kept, and how far the last one goes.
pub struct Checkpoints {
    file: PathBuf,
    /// What the checkpoint on the disk holds; held while one is written.
    last: Mutex<Extent>,
}

/// How much of the log a picture holds.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    position: Option<Position>,
    events: u64,
}

impl From<&Picture> for Extent {
    fn from(picture: &Picture) -> Self {
        Self { position: picture.position(), events: picture.events() }
    }
}

impl Checkpoints {
    /// The checkpoint of the data directory `data`.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { file: data.join(FILE_NAME), last: Mutex::default() }
    }

    /// The picture that the checkpoint holds, if there is one and it is of the log in `store`; else an empty one.
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
                Picture::default()
            }
        }
    }

    async fn try_load(&self, store: &dyn EventStore) -> Result<Option<Picture>, Discarded> {
        let file = self.file.clone();
        let picture = tokio::task::spawn_blocking(move || read(&file)).await.map_err(io::Error::other)??;
        match picture {
            Some(picture) if is_of(store, &picture).await? => Ok(Some(picture)),
            Some(_) => Err(Discarded::OtherLog),
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
        let mut last = self.last();
        if picture.position() > last.position {
            let bytes = replace(&self.file, picture)?;
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
                self.write_now(&app).await;
            }
        }
    }

    /// Writes the picture of `app` away from the threads that answer. What goes wrong is logged: a checkpoint is only
    /// a cache.
    pub async fn write_now(self: &Arc<Self>, app: &App) {
        let (checkpoints, picture) = (Arc::clone(self), app.picture());
        match tokio::task::spawn_blocking(move || checkpoints.write(&picture)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the checkpoint is not written"),
            Err(error) => tracing::error!(%error, "the checkpoint is not written"),
        }
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
    let at_once = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(READ_AT_ONCE_MAX);
    let mut parts = Vec::new();
    loop {
        let mut read = Vec::with_capacity(at_once);
        while read.len() < at_once && left > 0 {
            read.push(read_part(&mut bytes, &mut left)?);
        }
        if read.is_empty() {
            return Ok(Some(Picture::from_checkpoint(parts)?));
        }
        parts.extend(decode(&read)?);
    }
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

/// Reads parts side by side.
fn decode(read: &[Vec<u8>]) -> Result<Vec<Part>, CheckpointError> {
    thread::scope(|scope| {
        let decoding: Vec<_> = read.iter().map(|part| scope.spawn(|| Part::decode(part))).collect();
        decoding.into_iter().map(|part| part.join().unwrap_or_else(|reason| panic::resume_unwind(reason))).collect()
    })
}

/// Whether the last event of `picture` is where the log has it.
pub(super) async fn is_of(store: &dyn EventStore, picture: &Picture) -> Result<bool, StoreError> {
    let (Some(position), Some(last_event)) = (picture.position(), picture.last_event()) else { return Ok(true) };
    Ok(store.event_at(position).await? == Some(last_event))
}

/// Puts a checkpoint of `picture` in the place of `file`, durably and at once. Gives the number of its bytes.
fn replace(file: &Path, picture: &Picture) -> Result<u64, WriteError> {
    let refused = |source| WriteError::File { file: file.to_owned(), source };
    let partial = file.with_extension("partial");
    let mut written = BufWriter::new(private_file(&partial).map_err(refused)?);
    let mut bytes = 0;
    for part in picture.checkpoint(PART_THINGS) {
        let part = part?;
        let length = part.len() as u64;
        written.write_all(&length.to_le_bytes()).and_then(|()| written.write_all(&part)).map_err(refused)?;
        bytes += length;
    }
    let durable = |written: BufWriter<File>| written.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all();
    durable(written).and_then(|()| fs::rename(&partial, file)).map_err(refused)?;
    let directory = file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all());
    directory.map(|()| bytes).map_err(refused)
}

/// It holds what the log holds, which is not for every user of the machine.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
