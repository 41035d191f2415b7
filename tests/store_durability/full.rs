//! The service on a disk that is full from the start.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use store::{EventStore, Expected, embedded::EmbeddedStore};
use tempfile::tempdir;

use crate::{
    shim::LIBRARY,
    support::{new_events, new_thing},
};

const EVENTS: usize = 3;
const PATIENCE: Duration = Duration::from_mins(1);

/// No space left on device.
const ENOSPC: &str = "28";

/// Ended when the test is over, however it is.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // One that has ended is gone by now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn milepost(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
    command.args(arguments).arg("--data").arg(data).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// The service with nothing left on its disk, and its address for those who look after it.
fn on_a_full_disk(data: &Path) -> (Service, String) {
    let mut command = milepost(data, &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    command.env("LD_PRELOAD", &*LIBRARY).env("SHIM_DIRECTORY", data).env("SHIM_OPENS", "1");
    command.env("SHIM_AT", "1").env("SHIM_ERROR", ENOSPC).env("SHIM_FOREVER", "1");
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let service = Service(child);
    let entries = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let probes = entries.filter(|entry| entry["message"] == "answering probes").map(|entry| entry["address"].clone()).next();
    (service, probes.expect("it answers").as_str().unwrap().to_owned())
}

fn readyz(address: &str) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(format!("{address}/readyz")).call().unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

#[tokio::test]
async fn a_start_on_a_full_disk_serves_what_it_knows_and_says_that_nothing_can_be_recorded() {
    let data = tempdir().unwrap();
    let store = EmbeddedStore::open(data.path()).unwrap();
    store.append(new_thing(), Expected::NoStream, new_events(EVENTS)).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    assert!(milepost(data.path(), &["token", "--new", "--role", "auditor"]).status().unwrap().success());

    let (_service, address) = on_a_full_disk(data.path());
    let started = Instant::now();
    loop {
        let (status, said) = readyz(&address);
        assert_eq!(status, 503, "{said}");
        if said["events"] == EVENTS && said["detail"].as_str().unwrap().starts_with("the log can't be written to since") {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{said}");
    }
}
