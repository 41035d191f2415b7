//! The head file: a witness beside the log of how far it went.
//!
//! It says how many acts the log held, and the position, the id and the running hash of the last of them. It is written
//! after each commit and synced once a second, so that it proves a lower bound: what it speaks of was in the log. It is
//! no part of the log and nothing is read from it but this, so that it survives when a checkpoint is discarded.
//!
//! The file has two lines of [`SLOT_BYTES`], written in turn, so that one that was torn leaves the other. A line is JSON,
//! filled up with spaces; `check` is the SHA-256 of the line as it is without that member. Every later build can read it.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono::Utc;
use schema::{EventId, Position};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hexadecimal;

/// The head file in a data directory.
pub const FILE_NAME: &str = "milepost.head";

/// How long a line is, its end included.
const SLOT_BYTES: usize = 512;
/// The least between two syncs.
const SYNC_PAUSE: Duration = Duration::from_secs(1);

/// How far a log went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many acts it held.
    pub acts: u64,
    /// The position of the last of them.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The hash that runs over all acts up to it, 64 hexadecimal digits: in an embedded log the hash chain of the file,
    /// in EventStoreDB the running hash over the leaves.
    pub hash: String,
    /// Whether the log was closed well after it, so that nothing came later.
    pub closed: bool,
    /// Which run of the machine wrote it. While that goes on, what was written can be read, synced or not.
    #[serde(default)]
    pub boot: Option<String>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    /// Raised with each line written.
    number: u64,
    #[serde(flatten)]
    head: Head,
    check: String,
}

/// What a head file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There is no head file, or one into which nothing was written yet.
    Nothing,
    /// How far the log went.
    Head(Head),
    /// Neither line can be read.
    Damaged,
}

/// What the head file in `directory` says.
///
/// # Errors
/// When it is there and can't be read.
pub fn read(directory: &Path) -> io::Result<Found> {
    let mut bytes = Vec::new();
    match File::open(directory.join(FILE_NAME)) {
        Ok(file) => file.take(4 * SLOT_BYTES as u64).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    Ok(match newest(&bytes) {
        Some(line) => Found::Head(line.head),
        None if bytes.iter().all(|byte| *byte == 0) => Found::Nothing,
        None => Found::Damaged,
    })
}

/// Renames the head file in `directory`, so that it stays beside the log and is not held against it any more.
///
/// # Errors
/// When the disk refuses it.
pub fn set_aside(directory: &Path) -> io::Result<()> {
    let aside = directory.join(format!("{FILE_NAME}.set-aside-{}", Utc::now().format("%Y%m%dT%H%M%S%6fZ")));
    fs::rename(directory.join(FILE_NAME), &aside)?;
    tracing::warn!(aside = %aside.display(), "the head file speaks of acts that were accepted to be lost; it is set aside");
    Ok(())
}

fn newest(bytes: &[u8]) -> Option<Line> {
    bytes.chunks(SLOT_BYTES).filter_map(parse).max_by_key(|line| line.number)
}

fn parse(slot: &[u8]) -> Option<Line> {
    let line: Line = serde_json::from_slice(slot.trim_ascii_end()).ok()?;
    (check(line.number, &line.head).as_ref() == Some(&line.check)).then_some(line)
}

fn check(number: u64, head: &Head) -> Option<String> {
    let text = serde_json::to_vec(&(number, head)).ok()?;
    Some(hexadecimal(&Sha256::digest(text).into()))
}

fn slot(number: u64, head: Head) -> Option<[u8; SLOT_BYTES]> {
    let check = check(number, &head)?;
    let text = serde_json::to_vec(&Line { number, head, check }).ok()?;
    let mut slot = [b' '; SLOT_BYTES];
    slot.get_mut(..text.len())?.copy_from_slice(&text);
    *slot.last_mut()? = b'\n';
    Some(slot)
}

/// Which run of the machine this is, where it says so.
fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// The head file of a log that is open.
pub struct Keeper {
    file: File,
    path: PathBuf,
    number: u64,
    boot: Option<String>,
    syncing: Arc<Syncing>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Opens the head file in `directory`, or makes it.
    ///
    /// # Errors
    /// When it can't be read and written, or the system gives no threads.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE_NAME);
        let mut file = private(File::options().read(true).write(true).create(true).truncate(false)).open(&path)?;
        let mut bytes = Vec::new();
        (&mut file).take(4 * SLOT_BYTES as u64).read_to_end(&mut bytes)?;
        let number = newest(&bytes).map_or(0, |line| line.number);
        let syncing = Arc::new(Syncing::default());
        let (file_to_sync, shared) = (file.try_clone()?, Arc::clone(&syncing));
        let thread = thread::Builder::new().name("head file".to_owned()).spawn(move || shared.run(&file_to_sync))?;
        Ok(Self { file, path, number, boot: boot(), syncing, thread: Some(thread) })
    }

    /// Makes the file itself durable, with what it says by now.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub fn settle(&self) -> io::Result<()> {
        self.file.sync_all()?;
        self.path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }

    /// Writes that the log goes as far as `head`; it is synced within a second.
    ///
    /// # Errors
    /// When the disk refuses it. What the file said before stays.
    pub fn write(&mut self, head: Head) -> io::Result<()> {
        let head = Head { boot: self.boot.clone(), ..head };
        let number = self.number + 1;
        let slot = slot(number, head).ok_or_else(|| io::Error::other("the head is too long for its line"))?;
        let at = (number % 2) * SLOT_BYTES as u64;
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&slot)?;
        self.number = number;
        self.syncing.ask();
        Ok(())
    }

    /// Writes `head` for the last time, and syncs it.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub fn finish(mut self, head: Head) -> io::Result<()> {
        self.write(head)?;
        self.settle()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.syncing.stop();
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so on standard error; the log does not depend on it.
            let _ = thread.join();
        }
    }
}

/// What the thread that syncs waits for.
#[derive(Default)]
struct Syncing {
    state: Mutex<Wanted>,
    changed: Condvar,
}

#[derive(Default)]
struct Wanted {
    sync: bool,
    stop: bool,
}

impl Syncing {
    fn state(&self) -> MutexGuard<'_, Wanted> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self) {
        let mut wanted = self.state();
        if !wanted.sync {
            wanted.sync = true;
            self.changed.notify_all();
        }
    }

    fn stop(&self) {
        self.state().stop = true;
        self.changed.notify_all();
    }

    /// Syncs when there is something to sync, and pauses after each time.
    fn run(&self, file: &File) {
        let recover = PoisonError::into_inner;
        loop {
            let waiting = self.changed.wait_while(self.state(), |wanted| !wanted.sync && !wanted.stop);
            let mut wanted = waiting.unwrap_or_else(recover);
            if wanted.stop {
                return;
            }
            wanted.sync = false;
            drop(wanted);
            if let Err(error) = file.sync_data() {
                tracing::warn!(%error, "the head file can't be synced; it may say less than the log holds");
            }
            let pausing = self.changed.wait_timeout_while(self.state(), SYNC_PAUSE, |wanted| !wanted.stop);
            drop(pausing.unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// What the log held is not for every user of the machine.
fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Whether the machine that wrote `head` has gone down since, so that what was written last may not have been synced.
#[must_use]
pub fn is_of_an_earlier_run(head: &Head) -> bool {
    head.boot.is_none() || head.boot != boot()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what it found by panicking")]

    use tempfile::tempdir;
    use uuid::Uuid;

    use super::*;

    fn head(acts: u64) -> Head {
        let hash = hexadecimal(&[7; 32]);
        Head { acts, position: Position(acts), id: EventId(Uuid::from_u128(acts.into())), hash, closed: false, boot: None }
    }

    fn said(directory: &Path) -> Found {
        match read(directory).unwrap() {
            Found::Head(head) => Found::Head(Head { boot: None, ..head }),
            other => other,
        }
    }

    #[test]
    fn it_says_what_was_written_last() {
        let directory = tempdir().unwrap();
        assert_eq!(said(directory.path()), Found::Nothing);
        let mut keeper = Keeper::open(directory.path()).unwrap();
        assert_eq!(said(directory.path()), Found::Nothing);
        for acts in 1..=5 {
            keeper.write(head(acts)).unwrap();
            assert_eq!(said(directory.path()), Found::Head(head(acts)));
        }
        keeper.finish(Head { closed: true, ..head(5) }).unwrap();
        assert_eq!(said(directory.path()), Found::Head(Head { closed: true, ..head(5) }));
        Keeper::open(directory.path()).unwrap().write(head(6)).unwrap();
        assert_eq!(said(directory.path()), Found::Head(head(6)));
    }

    #[test]
    fn a_line_that_was_torn_or_altered_leaves_the_one_before() {
        let directory = tempdir().unwrap();
        let mut keeper = Keeper::open(directory.path()).unwrap();
        keeper.write(head(1)).unwrap();
        keeper.write(head(2)).unwrap();
        drop(keeper);
        let file = directory.path().join(FILE_NAME);
        let whole = fs::read(&file).unwrap();
        // The second line is at the start of the file.
        let text = whole[..SLOT_BYTES].trim_ascii_end().len();
        for at in 0..text {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            fs::write(&file, altered).unwrap();
            assert_eq!(said(directory.path()), Found::Head(head(1)), "byte {at}");
        }
        fs::write(&file, [&[b'x'; SLOT_BYTES][..], &[b'y'; SLOT_BYTES]].concat()).unwrap();
        assert_eq!(said(directory.path()), Found::Damaged);
        fs::write(&file, b"").unwrap();
        assert_eq!(said(directory.path()), Found::Nothing);
    }

    /// Written by the first build that had one, and kept for ever.
    #[test]
    fn a_head_file_of_the_first_build_can_be_read() {
        let directory = tempdir().unwrap();
        fs::write(directory.path().join(FILE_NAME), include_bytes!("head/fixture.v1")).unwrap();
        let Found::Head(head) = read(directory.path()).unwrap() else { panic!("nothing is read") };
        assert_eq!((head.acts, head.closed), (409, true));
    }
}
