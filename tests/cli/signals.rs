//! Signals: whenever they come, the program stops cleanly.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::{TempDir, tempdir};

use crate::program::{PATIENCE, Server, assert_heard, milepost, record, run_on};

/// A data directory on which every start hangs: somebody would have to write what is read as its checkpoint.
fn that_hangs() -> TempDir {
    let data = tempdir().unwrap();
    record(data.path(), 3);
    let made = Command::new("mkfifo").arg(data.path().join("checkpoint")).status().unwrap();
    assert!(made.success());
    // The start makes it anew, and hangs after that.
    fs::remove_file(data.path().join("milepost.lock")).unwrap();
    data
}

/// The program, started on a directory on which it hangs, once it has begun with it.
fn hanging(data: &Path, arguments: &[&str]) -> Child {
    let mut command = milepost();
    command.args(arguments).arg("--data").arg(data).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let started = Instant::now();
    while !data.join("milepost.lock").exists() {
        assert!(started.elapsed() < PATIENCE, "{arguments:?} never begins");
        thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Tells it to stop: its exit code, how long it took, and what it said.
fn stopped_by(child: Child, signal: &str) -> (Option<i32>, Duration, String) {
    assert_heard(signal);
    let started = Instant::now();
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), started.elapsed(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn told_to_stop_before_it_serves_it_stops_at_once_and_leaves_the_log_as_it_was() {
    for signal in ["TERM", "INT", "HUP"] {
        for command in ["serve", "demo"] {
            let data = that_hangs();
            let before = run_on(data.path().join("milepost.db").as_path(), &["verify"]);
            let child = hanging(data.path(), &[command, "--listen", "127.0.0.1:0"]);
            let (code, took, said) = stopped_by(child, signal);
            assert_eq!(code, Some(0), "{command} {signal}: {said}");
            assert!(took < Duration::from_secs(1), "{command} {signal}: {took:?}");
            let after = run_on(data.path().join("milepost.db").as_path(), &["verify"]);
            assert_eq!((after.code, after.out), (0, before.out), "{command} {signal}");
        }
    }
}

#[test]
fn an_import_that_is_told_to_stop_says_that_it_did_not_end() {
    let data = that_hangs();
    let register = data.path().join("wells.csv");
    fs::write(&register, "Well\nA\n").unwrap();
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/repd.toml");
    let arguments = ["import", "--mapping", mapping.to_str().unwrap(), register.to_str().unwrap()];
    let (code, took, said) = stopped_by(hanging(data.path(), &arguments), "TERM");
    assert_eq!(code, Some(2), "{said}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(said.contains("milepost: told to stop before the register was taken"), "{said}");
}

#[test]
fn a_terminal_that_is_closed_stops_it_unless_it_was_started_to_outlive_it() {
    let data = tempdir().unwrap();
    let (code, _, log) = Server::start(data.path()).stop_by("HUP");
    assert_eq!(code, Some(0), "{log:#?}");
    assert!(log.iter().any(|entry| entry["signal"] == "SIGHUP"), "{log:#?}");

    let program = env!("CARGO_BIN_EXE_milepost");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh", program, "serve", "--listen", "127.0.0.1:0", "--data"]);
    let server = Server::start_as(command.arg(data.path()));
    server.signal("HUP");
    assert_eq!(server.get("/livez").status, 200);
    let log = server.stop();
    assert!(log.iter().any(|entry| entry["signal"] == "SIGTERM"), "{log:#?}");
}
