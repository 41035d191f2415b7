//! A log in EventStoreDB: `--store`.

use std::{fs, path::Path, thread, time::Duration};

use double::{Double, Options};
use serde_json::json;
use tempfile::tempdir;

use crate::program::{Done, Server, milepost, run_on};

fn serve(data: &Path, store: &str) -> Server {
    Server::start_as(milepost().args(["serve", "--listen", "127.0.0.1:0", "--store", store, "--data"]).arg(data))
}

fn token(data: &Path, role: &str) -> String {
    run_on(data, &["token", "--new", "--role", role]).out.trim().to_owned()
}

/// Brings an organisation of that name on record.
fn register(name: &str) -> String {
    format!(
        "mutation {{ organisationRegister(input: {{name: {name:?}, kind: COMPANY, country: \"GB\", occurredOn: \"2026-11\", \
         commandId: \"{}\"}}) {{ position userErrors {{ code }} }} }}",
        uuid::Uuid::new_v4()
    )
}

const NAMES: &str = "{ organisations(first: 100) { nodes { name } } }";

#[test]
fn a_server_that_is_not_there_is_told_by_readiness_and_nothing_is_acknowledged_or_repeated_without_pause() {
    let data = tempdir().unwrap();
    let server = serve(data.path(), "esdb://user:secret@127.0.0.1:1?tls=false");
    let fault = server.fault();
    assert!(fault.contains("127.0.0.1:1 can't be reached") && fault.contains("start it"), "{fault}");
    assert_eq!(server.get("/livez").status, 200);
    let refused = server.ask(&token(data.path(), "administrator"), &register("Example Hydrogen Ltd"));
    assert!(refused.status == 503 && refused.body.contains("BUSY"), "{refused:?}");
    thread::sleep(Duration::from_secs(3));
    let log: Vec<_> = server.stop().iter().map(ToString::to_string).collect();
    let lines = log.iter().filter(|line| line.contains("can't follow the log")).count();
    assert!((1..12).contains(&lines), "{log:#?}");
    assert!(log.iter().all(|line| !line.contains("secret")), "{log:#?}");
}

#[test]
fn an_address_that_cant_be_right_is_refused_at_the_start_without_its_password() {
    for (store, words) in [
        ("http://user:secret@127.0.0.1:2113", "'http' is no scheme of EventStoreDB"),
        ("esdb+discover+discover://user:secret@one:2113", "is no scheme of EventStoreDB"),
        ("user:secret@one://two", "is no scheme of EventStoreDB"),
        (" esdb://user:secret@one:2113", "is no scheme of EventStoreDB"),
        ("file:///var/lib/milepost/milepost.db", "'file' is no scheme of EventStoreDB"),
        ("esdb://", "the store's address can't be read"),
        ("esdb://?tls=false", "the store's address can't be read"),
        ("esdb://:2113", "the store's address can't be read"),
        ("esdb://user:secret@", "the store's address can't be read"),
        ("esdb://user:secret@:2113", "the store's address can't be read"),
        ("esdb://user:secret@one:0", "there is no port 0"),
        ("esdb://user:secret@one:65536", "the store's address can't be read"),
        ("esdb://user:secret@one:2113,,two:2113", "the store's address can't be read"),
        ("esdb://user:secret@one:2113,two:99999", "the store's address can't be read"),
        ("esdb://user:secret@one host:2113", "the store's address can't be read"),
        ("esdb://user:secret@one%20host:2113", "the store's address can't be read"),
        ("esdb://user:secret@one:2113?tls=perhaps", "the store's address can't be read"),
        ("/var/lib/milepost/milepost.db", "store is neither 'embedded' nor an address"),
        (" embedded ", "store is neither 'embedded' nor an address"),
        ("user:secret@one:2113", "store is neither 'embedded' nor an address"),
    ] {
        let data = tempdir().unwrap();
        let done = run_on(data.path(), &["serve", "--listen", "127.0.0.1:0", "--store", store]);
        done.assert_refused(&[words]);
        assert!(!done.err.contains("secret"), "{store}: {done:?}");
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0, "{store}: nothing is made");
    }
    let data = tempdir().unwrap();
    let copy = run_on(data.path(), &["copy", "--from", "esdb://user:secret@one:0", "--to", data.path().to_str().unwrap()]);
    copy.assert_refused(&["there is no port 0"]);
}

#[test]
fn a_server_that_comes_later_is_found_and_one_that_goes_is_missed() {
    let double = Double::prepare(Options::default()).unwrap();
    let data = tempdir().unwrap();
    let server = serve(data.path(), &double.address());
    assert!(server.fault().contains("can't be reached"));
    double.run().unwrap();
    server.ready();
    let token = token(data.path(), "administrator");
    let recorded = server.ask(&token, &register("Example Hydrogen Ltd")).json();
    assert!(recorded["data"]["organisationRegister"]["position"].is_string(), "{recorded}");
    double.stop();
    assert!(server.fault().contains("EventStoreDB"));
    // What was known is still answered.
    assert_eq!(server.ask(&token, NAMES).json()["data"]["organisations"]["nodes"][0]["name"], "Example Hydrogen Ltd");
    double.run().unwrap();
    server.ready();
    let recorded = server.ask(&token, &register("Second Hydrogen Ltd")).json();
    assert!(recorded["data"]["organisationRegister"]["position"].is_string(), "{recorded}");
}

#[test]
fn what_one_replica_acknowledges_the_other_answers_with_when_it_is_asked_to() {
    let double = Double::start().unwrap();
    let [one, other] = [tempdir().unwrap(), tempdir().unwrap()];
    let first = serve(one.path(), &double.address());
    // The replicas of a deployment share their keys.
    for key in ["signing-key.pem", "sealing-key"] {
        fs::copy(one.path().join(key), other.path().join(key)).unwrap();
    }
    let second = serve(other.path(), &double.address());
    first.ready();
    second.ready();
    let token = token(one.path(), "administrator");
    for n in 0..20 {
        let name = format!("Example {n:02} Ltd");
        let (written, asked) = if n % 2 == 0 { (&first, &second) } else { (&second, &first) };
        let recorded = written.ask(&token, &register(&name)).json();
        let position = recorded["data"]["organisationRegister"]["position"].as_str().unwrap_or_else(|| panic!("{recorded}"));
        let answer = asked.ask_after(&token, position, NAMES);
        let names = answer.json()["data"]["organisations"]["nodes"].clone();
        assert!(names.as_array().unwrap().contains(&json!({ "name": name })), "{n}: {}", answer.body);
    }
}

#[test]
fn a_later_start_begins_with_the_checkpoint_and_a_directory_serves_one_at_a_time() {
    let double = Double::start().unwrap();
    let data = tempdir().unwrap();
    let server = serve(data.path(), &double.address());
    server.ready();
    server.ask(&token(data.path(), "administrator"), &register("Example Hydrogen Ltd"));
    run_on(data.path(), &["serve", "--listen", "127.0.0.1:0", "--store", &double.address()]).assert_refused(&["in use"]);
    server.stop();
    let server = serve(data.path(), &double.address());
    assert!(server.opening.iter().any(|line| line == "the picture begins with the checkpoint"), "{:?}", server.opening);
    assert_eq!(server.ready()["events"], 3, "what the token carries, what it recorded, and the seal of a clean stop");
    server.stop();
    // Another database is not the one that the checkpoint is of.
    let another = Double::start().unwrap();
    let server = serve(data.path(), &another.address());
    assert!(server.opening.iter().any(|line| line.contains("the checkpoint is discarded")), "{:?}", server.opening);
    let missing = loop {
        let reply = server.probe("/readyz");
        assert_eq!(reply.status, 503, "{reply:?}");
        if reply.body.contains("missing") {
            break reply.body;
        }
    };
    assert!(missing.contains("the head file knows of 3 acts, the log holds 0"), "{missing}");
    let refused = server.ask(&token(data.path(), "administrator"), &register("Example Wind Ltd"));
    assert!(refused.body.contains("BUSY"), "{refused:?}");
    server.stop();
    let accept = |flag: &str| {
        let mut command = milepost();
        command.args(["serve", "--listen", "127.0.0.1:0", flag, "--store", &another.address(), "--data"]).arg(data.path());
        command
    };
    Done::of(&mut accept("--accept-shorter-log")).assert_refused(&["--accept-shorter-log=COUNT:HASH"]);
    Done::of(&mut accept("--accept-shorter-log=0")).assert_refused(&["is no count of acts and hash"]);
    let named = missing.split("--accept-shorter-log=").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let server = Server::start_as(&mut accept(&format!("--accept-shorter-log={named}")));
    assert_eq!(server.ready()["events"], 1, "it is gone on with, as was asked, and says so");
    let verify = ["verify", "--store", &another.address()];
    let verified = run_on(data.path(), &verify);
    assert!(verified.code == 0 && verified.out.contains("the log is whole: it stands at 1:"), "{verified:?}");
}

#[test]
fn the_address_can_stand_in_a_file_and_is_not_shown() {
    let double = Double::start().unwrap();
    double.faults().require_credentials("ops", "secret");
    let data = tempdir().unwrap();
    let file = data.path().join("milepost-store");
    fs::write(&file, format!("{}\n", double.address().replace("://", "://ops:secret@"))).unwrap();
    let served = data.path().join("record");
    let mut command = milepost();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&served).env("MILEPOST_STORE_FILE", &file);
    let server = Server::start_as(&mut command);
    server.ready();
    let recorded = server.ask(&token(&served, "administrator"), &register("Example Hydrogen Ltd")).json();
    assert!(recorded["data"]["organisationRegister"]["position"].is_string(), "{recorded}");
    double.faults().require_credentials("ops", "another");
    assert!(server.fault().contains("refuses the credentials"));
    let refused = server.ask(&token(&served, "administrator"), &register("Second Hydrogen Ltd"));
    assert!(refused.status == 503 && refused.body.contains("BUSY"), "{refused:?}");
    let log: Vec<_> = server.stop().iter().map(ToString::to_string).collect();
    assert!(log.iter().all(|line| !line.contains("secret")), "{log:#?}");
}

#[test]
fn a_register_is_taken_into_it() {
    let double = Double::start().unwrap();
    let data = tempdir().unwrap();
    let register = data.path().join("wells-2024-03-01.csv");
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/repd.toml");
    let edition = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/repd-2023q4.csv");
    let whole = fs::read(edition).unwrap();
    let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').take(40).collect();
    fs::write(&register, lines.concat()).unwrap();
    let import = |store: &str| {
        let arguments = ["import", "--published-on", "2024-01-31", "--store", store, "--mapping"];
        let mut command = milepost();
        command.args(arguments).arg(&mapping).arg(&register).arg("--data").arg(data.path().join("record"));
        command.args(["--rejects"]).arg(data.path().join("rejects.csv"));
        Done::of(&mut command)
    };
    let first = import(&double.address());
    assert_eq!(first.code, 0, "{first:?}");
    let length = double.log().after(None, usize::MAX).len();
    assert!(length > 40);
    let again = import(&double.address());
    assert_eq!((again.code, double.log().after(None, usize::MAX).len()), (0, length), "{again:?}");
    let away = import("esdb://127.0.0.1:1?tls=false");
    assert!(
        away.code == 2 && away.err.contains("milepost: the log can't be read: ") && away.err.contains("127.0.0.1:1"),
        "{away:?}"
    );
}

#[test]
fn what_is_no_store_is_refused_and_what_is_for_the_embedded_log_too() {
    let data = tempdir().unwrap();
    let refused = |name, value| {
        let mut command = milepost();
        Done::of(command.args(["serve", "--data"]).arg(data.path()).env(name, value))
    };
    let mut both = milepost();
    both.args(["serve", "--data"]).arg(data.path()).env("MILEPOST_STORE", "esdb://h:1").env("MILEPOST_STORE_FILE", "store");
    Done::of(&mut both).assert_refused(&["store and store_file both say where the log is"]);
    refused("MILEPOST_STORE", "embeded").assert_refused(&["store is neither 'embedded' nor an address"]);
    for prefix in ["Mile", "mile-post", "mile_post", "1st", "$all"] {
        refused("MILEPOST_STORE_PREFIX", prefix).assert_refused(&["store_prefix", "small letters"]);
        let mut command = milepost();
        command.args(["copy", "--to", "esdb://127.0.0.1:1?tls=false", "--prefix", prefix, "--from"]).arg(data.path());
        Done::of(&mut command).assert_refused(&["store_prefix", "small letters"]);
    }
    let on_server = |arguments: &[&str]| {
        let mut command = milepost();
        command.args(arguments).arg("--data").arg(data.path()).env("MILEPOST_STORE", "esdb://127.0.0.1:1?tls=false");
        Done::of(&mut command)
    };
    on_server(&["backup", "copy.db"]).assert_refused(&["the log is in EventStoreDB", "docs/operations.md"]);
    on_server(&["verify"]).assert_refused(&["127.0.0.1:1 can't be reached"]);
}
