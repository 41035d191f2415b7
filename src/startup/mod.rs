//! From a data directory to a running service: the only room that names concrete adapters.

mod keyring;
mod moving;
mod offline;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use access::{
    keys::{KEY_ID_FILES, KeyError, NEXT_KEY_FILE, PREVIOUS_KEY_FILE, SEALING_KEY_FILE, SIGNING_KEY_FILE, SigningKey},
    seal::Sealer,
    token::Verifier,
};
use api::{Api, Daily, Signer};
use app::{
    App, Sealing,
    checkpoints::{self, Checkpoints},
    known_to_head_file,
};
use chrono::Utc;
use graphql::http::Endpoint;
use law::{FileError, Rulebook};
use metrics_exporter_prometheus::PrometheusHandle;
use projections::{
    Picture,
    views::ladder::{LadderError, Ladders},
};
use rustix::time::{ClockId, clock_gettime};
use store::{
    EventStore, HEAD_FILE_NAME, StoreError,
    embedded::{self, Claim, EmbeddedStore, Opening},
    empty::EmptyStore,
    eventstoredb::{EventStoreDb, check_address},
    hexadecimal,
};
use thiserror::Error;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use crate::{
    http::{self, Commits},
    settings::{self, Settings, ShorterLog, StoreAddress},
};

pub use self::{
    moving::{MoveError, Place, copy, walk_store},
    offline::{CheckpointFound, ReceiptFault, backup, check_receipt, compare_checkpoint, head_file, restore, salvage, verify},
};
pub use app::copy::Copied;
pub use store::FoundHead;
pub use store::embedded::{BackedUp, BackupError, OpenError, RestoreError, Salvaged, Verification};

/// The longest that a checkpoint is waited for when the service is closed; the old one stays if it takes longer.
const LAST_CHECKPOINT_WAIT: Duration = Duration::from_millis(900);

/// The longest that the log is waited for then, to be put into one file.
const LAST_FOLD_WAIT: Duration = Duration::from_millis(2_500);

/// Files that may lie in a data directory before it is first used.
const KNOWN_FILES: [&str; 14] = [
    embedded::FILE_NAME,
    HEAD_FILE_NAME,
    "milepost.lock",
    checkpoints::FILE_NAME,
    SIGNING_KEY_FILE,
    NEXT_KEY_FILE,
    PREVIOUS_KEY_FILE,
    SEALING_KEY_FILE,
    KEY_ID_FILES[0],
    KEY_ID_FILES[1],
    settings::FILE_NAME,
    LADDERS_DIR,
    REGIMES_DIR,
    "lost+found",
];

/// Where in a data directory further versions of ladders lie, as `.toml` files.
const LADDERS_DIR: &str = "ladders";

/// Where in a data directory further regimes lie, as `.toml` files.
const REGIMES_DIR: &str = "regimes";

/// Why the service can't start. Each reads as one sentence.
#[derive(Debug, Error)]
pub enum StartError {
    /// The directory holds something else.
    #[error("{} holds other files and no log of Milepost; choose another directory, or an empty one", directory.display())]
    Foreign {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory holds no log.
    #[error("{} holds no log of Milepost; name a data directory", directory.display())]
    NoLog {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory holds neither keys nor a log.
    #[error(
        "{} holds no log and no keys, and no service takes a token of keys that are made here; name the data directory of the \
         service, or add --new to make the keys of one that is yet to start", directory.display()
    )]
    NoKeys {
        /// The directory.
        directory: PathBuf,
    },
    /// The log can't be opened.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The store's address can't be right.
    #[error(transparent)]
    Address(StoreError),
    /// A loss in EventStoreDB is accepted without a word of what is left.
    #[error("name what is gone on with, as /readyz and the service's log show it: --accept-shorter-log=COUNT:HASH")]
    UnnamedLoss,
    /// What is left of an embedded log is named.
    #[error("a log in a data directory is gone on with by --accept-shorter-log alone; 'milepost verify' says what is missing")]
    NamedLoss,
    /// A key can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A ladder of the data directory is wrong.
    #[error(transparent)]
    Ladder(#[from] LadderError),
    /// A regime of the data directory is wrong.
    #[error(transparent)]
    Regime(#[from] FileError),
    /// A ladder or a regime of the data directory can't be read.
    #[error("{} can't be read: {source}", file.display())]
    RulesFile {
        /// The file or its directory.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("the system gives no threads: {0}")]
    Threads(io::Error),
}

/// The keys of a data directory.
pub struct Keys {
    /// What signs when the service starts.
    pub signing: Arc<SigningKey>,
    /// Says which tokens are good.
    pub verifier: Verifier,
    /// Signs receipts.
    signer: Signer,
    /// Seals what is given to a viewer.
    sealer: Sealer,
}

/// An open data directory, with the projector running.
pub struct Opened {
    /// The service's inside.
    pub app: Arc<App>,
    /// The keys.
    pub keys: Keys,
    /// How many commits the store made.
    pub commits: Commits,
    /// What is measured.
    pub metrics: PrometheusHandle,
    /// What goes on in the background.
    pub upkeep: Upkeep,
}

/// What goes on in the background.
pub struct Upkeep {
    app: Arc<App>,
    checkpoints: Arc<Checkpoints>,
    projector: JoinHandle<()>,
    keeping: Option<JoinHandle<()>>,
    /// What probes, seals and goes through the log, records first uses of tokens, and looks for other keys.
    beside: [JoinHandle<()>; 5],
    /// Where the head file of a log is that is elsewhere, and what keeps it.
    witness: Option<(Arc<Path>, JoinHandle<()>)>,
    /// Of a data directory without a log of its own; an embedded log holds it itself.
    _directory: Option<embedded::Lock>,
}

/// The runtime that everything runs on.
///
/// # Errors
///
/// When the system gives no threads.
pub fn runtime() -> Result<Runtime, StartError> {
    Builder::new_multi_thread().enable_all().build().map_err(StartError::Threads)
}

/// Opens the data directory and the log that `settings` name, makes what is missing in them, and starts the projector,
/// which begins with the checkpoint if that is any good. To be called on the [`runtime`].
///
/// The picture may still be behind the log: [`App::caught_up`] waits for it. A log in EventStoreDB may not even be in
/// reach; the projector says so, and goes on as soon as it is. [`Opened::close`] ends it well.
///
/// # Errors
///
/// When the directory can't be written, is in use, or is somebody else's.
pub async fn open(settings: &Settings) -> Result<Opened, StartError> {
    let metrics = http::measure();
    let wanted = settings.clone();
    let opening = spawn_blocking(move || open_files(&wanted)).await;
    let Files { log, directory, keys } = opening.map_err(|error| StartError::Threads(io::Error::other(error)))??;
    let (store, commits) = log.behind_the_port();
    let checkpoints = Arc::new(Checkpoints::of(&settings.data));
    let mut picture = checkpoints.load(&*store).await;
    if let Some(known) = known_to_head_file(&settings.data).filter(|_| store.to_be_sealed().is_some()) {
        picture = picture.with_wholeness(|whole| whole.expect(known));
    }
    let (ladders, law) = (ladders(&settings.data)?, rulebook(&settings.data)?);
    let (app, projector) = App::with_rules(store, picture, Utc::now, ladders, law);
    app.look_out_for_leaps(uptime);
    let projector = tokio::spawn(projector.run());
    if directory.is_none() {
        // A full disk is known before the first command meets it.
        app.probe_once().await;
    }
    let probing = tokio::spawn(Arc::clone(&app).probe_after_refusals());
    if let ShorterLog::AcceptedAt(standing) = settings.accept_shorter_log {
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            match app.accept_loss(standing).await {
                Ok(()) => tracing::warn!(%standing, "the log is gone on with as it stands, as was asked"),
                Err(error) => tracing::error!(%error, "the loss is not accepted"),
            }
        });
    }
    let sealing = tokio::spawn(Arc::clone(&app).seal_now_and_then(Sealing::default()));
    let walking = tokio::spawn(Arc::clone(&app).walk_daily());
    let admitting = tokio::spawn(Arc::clone(&app).record_first_uses());
    let keyring = tokio::spawn(keyring::follow(settings.data.clone(), keys.verifier.clone(), keys.signer.clone()));
    let witness = directory.is_some().then(|| Arc::<Path>::from(settings.data.as_path()));
    let witnessing = witness.clone().map(|data| tokio::spawn(Arc::clone(&app).witness(data)));
    let upkeep = Upkeep {
        app: Arc::clone(&app),
        checkpoints,
        projector,
        keeping: None,
        beside: [probing, sealing, walking, admitting, keyring],
        witness: witness.zip(witnessing),
        _directory: directory,
    };
    Ok(Opened { app, keys, commits, metrics, upkeep })
}

/// How long the machine has run, the time included for which it slept.
fn uptime() -> Duration {
    let since = clock_gettime(ClockId::Boottime);
    Duration::try_from(since).unwrap_or_default()
}

/// Whether there may be a log where `settings` say; only for an embedded one is that known without opening it.
#[must_use]
pub fn may_have_log(settings: &Settings) -> bool {
    settings.store_address().is_some() || holds_trace_of_log(&settings.data)
}

/// The service over a log in which nothing is, for a rehearsal of what would be recorded at `data`: nothing is made there.
/// To be called on the [`runtime`].
///
/// # Errors
///
/// When the directory is somebody else's.
pub fn open_empty(data: &Path) -> Result<Arc<App>, StartError> {
    refuse_foreign(data)?;
    let store = Arc::new(EmptyStore);
    let (app, projector) = App::with_rules(store, Picture::default(), Utc::now, ladders(data)?, rulebook(data)?);
    tokio::spawn(projector.run());
    Ok(app)
}

/// The ladders that come with the program, and those of the data directory.
fn ladders(data: &Path) -> Result<Ladders, StartError> {
    let mut ladders = Ladders::shipped()?;
    for (file, text) in rules_files(&data.join(LADDERS_DIR))? {
        ladders = ladders.with(&file, &text)?;
    }
    Ok(ladders)
}

/// The permitting regimes that come with the program, and those of the data directory.
///
/// # Errors
///
/// When a file of the data directory can't be read, or is refused.
pub fn rulebook(data: &Path) -> Result<Rulebook, StartError> {
    let mut rulebook = Rulebook::shipped()?;
    for (file, text) in rules_files(&data.join(REGIMES_DIR))? {
        rulebook.add(&file, &text)?;
    }
    Ok(rulebook)
}

/// The names and texts of the `.toml` files in `directory`, in order; none if there is no such directory.
fn rules_files(directory: &Path) -> Result<Vec<(String, String)>, StartError> {
    let unreadable = |file: &Path, source| StartError::RulesFile { file: file.to_owned(), source };
    let mut files: Vec<PathBuf> = match fs::read_dir(directory) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(directory, error)),
    };
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let read = |file: PathBuf| match fs::read_to_string(&file) {
        Ok(text) => Ok((file.display().to_string(), text)),
        Err(error) => Err(unreadable(&file, error)),
    };
    files.into_iter().map(read).collect()
}

/// What a service works on.
struct Files {
    log: Log,
    directory: Option<embedded::Lock>,
    keys: Keys,
}

/// A log, wherever it is.
enum Log {
    Embedded(EmbeddedStore),
    EventStoreDb(EventStoreDb),
}

impl Log {
    /// As everything else knows it, and its count of commits.
    fn behind_the_port(self) -> (Arc<dyn EventStore>, Commits) {
        match self {
            Self::Embedded(store) => counted(store, EmbeddedStore::commits),
            Self::EventStoreDb(store) => counted(store, EventStoreDb::appends),
        }
    }
}

/// Counting does not keep the store open.
fn counted<S: EventStore + 'static>(store: S, count: fn(&S) -> u64) -> (Arc<dyn EventStore>, Commits) {
    let store = Arc::new(store);
    let counting = Arc::downgrade(&store);
    (store, Arc::new(move || counting.upgrade().map_or(0, |store| count(&store))))
}

fn open_files(settings: &Settings) -> Result<Files, StartError> {
    let data = &settings.data;
    let remote = settings.store_address().map(|address| eventstoredb(address, &settings.store_prefix)).transpose()?;
    refuse_foreign(data)?;
    make_private(data).map_err(|source| OpenError::Directory { directory: data.clone(), source })?;
    let (log, directory) = match remote {
        None => (Log::Embedded(open_embedded(data, settings.accept_shorter_log)?), None),
        Some(store) => {
            let directory = embedded::lock(data)?;
            if settings.accept_shorter_log == ShorterLog::Accepted {
                return Err(StartError::UnnamedLoss);
            }
            if data.join(embedded::FILE_NAME).exists() {
                tracing::warn!(data = %data.display(), "the log is in EventStoreDB; the one in the data directory is not used");
            }
            (Log::EventStoreDb(store), Some(directory))
        }
    };
    let keys = Keys::open(data)?;
    Ok(Files { log, directory, keys })
}

/// The embedded log in `data`, held against the checkpoint there.
fn open_embedded(data: &Path, accept_shorter: ShorterLog) -> Result<EmbeddedStore, StartError> {
    if let ShorterLog::AcceptedAt(_) = accept_shorter {
        return Err(StartError::NamedLoss);
    }
    let accept_shorter = accept_shorter == ShorterLog::Accepted;
    Ok(EmbeddedStore::open_as(data, Opening { claims: claims(data), accept_shorter, ..Opening::default() })?)
}

/// The log under `prefix` in EventStoreDB; an address that can't be right is refused.
fn eventstoredb(address: StoreAddress<'_>, prefix: &str) -> Result<EventStoreDb, StartError> {
    match address {
        StoreAddress::Said(address) => {
            check_address(address).map_err(StartError::Address)?;
            Ok(EventStoreDb::new(address, prefix))
        }
        StoreAddress::InFile(file) => Ok(EventStoreDb::from_file(file.to_owned(), prefix)),
    }
}

/// What lies in `data` beside an embedded log and says what it holds, but for the head file.
fn claims(data: &Path) -> Vec<Claim> {
    let claim = checkpoints::extent(data).and_then(|extent| {
        Some(Claim {
            by: "the checkpoint",
            file: data.join(checkpoints::FILE_NAME),
            acts: extent.events,
            position: extent.position?,
            id: extent.last_event?,
            hash: extent.proof.as_ref().map(hexadecimal),
        })
    });
    claim.into_iter().collect()
}

/// A directory that somebody uses for something else is not to be filled with our files.
fn refuse_foreign(data: &Path) -> Result<(), StartError> {
    // What can't be listed, the store will refuse in its own words.
    let Ok(entries) = fs::read_dir(data) else { return Ok(()) };
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    let ours = names.iter().any(|name| KNOWN_FILES.iter().any(|known| name == known));
    let visible = names.iter().any(|name| !name.to_string_lossy().starts_with('.'));
    if visible && !ours { Err(StartError::Foreign { directory: data.to_owned() }) } else { Ok(()) }
}

/// Makes the directory, if it is missing, for its owner only.
fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// The key that signs tokens, whether or not a server has the directory open. Made if there is none and a log is there, or if
/// the directory `is_new`; and with it the sealing key, so that both can be shared among replicas before the first of them is
/// started.
///
/// # Errors
///
/// When the file can't be used, the directory is somebody else's, or holds nothing of a service.
pub fn signing_key(data: &Path, is_new: bool) -> Result<SigningKey, StartError> {
    refuse_foreign(data)?;
    let known = [SIGNING_KEY_FILE, KEY_ID_FILES[0]];
    if !is_new && !holds_trace_of_log(data) && !known.iter().any(|name| data.join(name).exists()) {
        return Err(StartError::NoKeys { directory: data.to_owned() });
    }
    let key = SigningKey::load_or_make(data)?;
    Sealer::load_or_make(data)?;
    Ok(key)
}

/// Whether a log is in `directory`, or anything that says that there was one.
fn holds_trace_of_log(directory: &Path) -> bool {
    let beside = [embedded::FILE_NAME, embedded::WRITE_AHEAD_NAME, HEAD_FILE_NAME, checkpoints::FILE_NAME];
    beside.iter().any(|name| directory.join(name).exists())
}

/// Has the log end well. What keeps its last acts in a file beside it is said.
async fn fold_log(store: &dyn EventStore) {
    match timeout(LAST_FOLD_WAIT, store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(reason)) => tracing::warn!(%reason, "the log is closed, and is not in one file"),
        Err(_) => tracing::warn!("the log takes too long to be put into one file; copy its -wal with it"),
    }
}

impl Opened {
    /// Stops the projector and leaves a checkpoint.
    pub async fn close(self) {
        self.upkeep.close().await;
    }
}

impl Keys {
    /// The API over `app`, with these keys.
    #[must_use]
    pub fn endpoint(self, app: Arc<App>, settings: &Settings) -> Endpoint<Api> {
        let api = Api::new(app, self.verifier, self.sealer, Handle::current()).signing(self.signer);
        let settings::Daily { acts, bytes } = settings.daily;
        let api = api.limiting(Daily { acts, bytes });
        Endpoint::new(api, settings.api())
    }
}

impl Upkeep {
    /// Writes a checkpoint whenever `events` were added, and a tenth of all.
    pub fn keep_checkpoints(&mut self, events: u64) {
        self.keeping = Some(tokio::spawn(Arc::clone(&self.checkpoints).keep(Arc::clone(&self.app), events)));
    }

    /// Waits for the projector to end, which it never does of its own accord.
    pub async fn failed(&mut self) {
        if let Err(error) = (&mut self.projector).await {
            tracing::error!(%error, "the projector has stopped");
        }
    }

    /// Stops what goes on in the background and leaves a checkpoint.
    pub async fn close(self) {
        self.app.seal_end().await;
        self.projector.abort();
        self.beside.iter().for_each(JoinHandle::abort);
        if let Some(keeping) = &self.keeping {
            keeping.abort();
        }
        if timeout(LAST_CHECKPOINT_WAIT, self.checkpoints.write_last(&self.app)).await.is_err() {
            tracing::warn!("the last checkpoint takes too long and is left");
        }
        if let Some((directory, witnessing)) = self.witness {
            // Its file is written once more, by nobody else.
            witnessing.abort();
            let _ = witnessing.await;
            self.app.witness_end(&directory);
        }
        fold_log(&**self.app.store()).await;
    }
}
