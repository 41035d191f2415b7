//! The checkpoint file: the picture as of some position, so that a start need not read the whole log.
//!
//! It is a cache. One that is damaged, of another build or of another log is discarded, and the log read instead.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use projections::{CheckpointError, Picture};
use schema::Position;
use thiserror::Error;

use super::App;
use crate::store::{EventStore, StoreError};

/// The checkpoint's file in a data directory.
pub const FILE_NAME: &str = "checkpoint";

/// A checkpoint is written when the log has grown by one in so many, so that writing them costs little beside folding.
const SHARE: u64 = 10;

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
            let bytes = picture.to_checkpoint()?;
            replace(&self.file, &bytes).map_err(|source| WriteError::File { file: self.file.clone(), source })?;
            *last = Extent::from(picture);
            tracing::info!(events = picture.events(), bytes = bytes.len(), "a checkpoint is written");
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
    match fs::read(file) {
        Ok(bytes) => Ok(Some(Picture::from_checkpoint(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the last event of `picture` is where the log has it.
async fn is_of(store: &dyn EventStore, picture: &Picture) -> Result<bool, StoreError> {
    let (Some(position), Some(last_event)) = (picture.position(), picture.last_event()) else { return Ok(true) };
    Ok(store.event_at(position).await? == Some(last_event))
}

/// Puts a file of `bytes` in the place of `file`, durably and at once.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = file.with_extension("partial");
    let mut written = private_file(&partial)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    fs::rename(&partial, file)?;
    file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

/// It holds what the log holds, which is not for every user of the machine.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
