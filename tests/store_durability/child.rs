//! The process that writes, and how it is started.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use futures::future::join_all;
use store::{
    AppendError,
    embedded::{EmbeddedStore, OpenError},
};

use crate::plan::{Step, recorded};

const DIRECTORY: &str = "MILEPOST_TEST_CHILD_DIRECTORY";
/// How many appends to each stream in how many sessions; without it the child writes until it is killed.
const APPENDS: &str = "MILEPOST_TEST_CHILD_APPENDS";

pub const SESSIONS: u64 = 2;
/// How often an append or an opening is tried before the child gives up.
const TRIES: usize = 3;

/// A child that writes to `directory`: `appends` to each of `streams` in each session, or without end.
pub fn command(directory: &Path, appends: Option<u64>) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["child::a_process_of_its_own_writes", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(DIRECTORY, directory).stdout(Stdio::piped()).stderr(Stdio::null());
    command.envs(appends.map(|appends| (APPENDS, appends.to_string())));
    command
}

/// What a child says it was acknowledged, as it says so.
pub fn acknowledged(child: &mut Child) -> impl Iterator<Item = Step> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| step(&line))
}

fn step(line: &str) -> Option<Step> {
    // The test runner begins the first line with the name of the test.
    let mut numbers = line.split_once("acknowledged ")?.1.split(' ').map(|number| number.parse().ok());
    Some(Step { stream: numbers.next()??, number: numbers.next()?? })
}

/// Does nothing but in a child.
#[tokio::test]
async fn a_process_of_its_own_writes() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    match env::var(APPENDS) {
        Ok(appends) => write_in_sessions(directory, appends.parse().unwrap()).await,
        Err(_) => write_without_end(directory).await,
    }
}

/// Two streams in turn; closing the store after each session moves the write-ahead log into the file.
async fn write_in_sessions(directory: &Path, appends: u64) {
    for session in 0..SESSIONS {
        let Ok(store) = open(directory) else { return };
        for number in session * appends..(session + 1) * appends {
            for stream in 0..2 {
                append(&store, Step { stream, number }).await;
            }
        }
    }
}

fn open(directory: &Path) -> Result<EmbeddedStore, OpenError> {
    (1..TRIES).map(|_| EmbeddedStore::open(directory)).find(Result::is_ok).unwrap_or_else(|| EmbeddedStore::open(directory))
}

/// Appends as the service does: what is not acknowledged is tried again, a bounded number of times. Where an earlier
/// append never got through, those after it are conflicts.
async fn append(store: &EmbeddedStore, step: Step) {
    for _ in 0..TRIES {
        match step.append(store).await {
            Ok(_) => return println!("acknowledged {} {}", step.stream, step.number),
            Err(AppendError::Unknown(_) | AppendError::Store(_)) => {}
            Err(AppendError::Conflict { .. }) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Four streams at once, each from where it stands.
async fn write_without_end(directory: &Path) {
    let store = EmbeddedStore::open(directory).unwrap();
    join_all((0..4).map(|stream| write_stream(&store, stream))).await;
}

async fn write_stream(store: &EmbeddedStore, stream: u64) {
    // The last append that is in the log may be one whose acknowledgement never arrived: it is tried again.
    for number in recorded(store, stream).await.saturating_sub(1).. {
        append(store, Step { stream, number }).await;
    }
}
