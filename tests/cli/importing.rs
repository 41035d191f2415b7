//! `milepost import` on the command line: what it says, what it makes, what it leaves alone.

use std::{fs, io::Write, path::Path};

use tempfile::{TempDir, tempdir};

use crate::program::{Done, Server, milepost, run_on};

const MAPPING: &str = r#"
[register]
name = "wells"
title = "Register of Wells"

[file]
key = "Well"

[dates]
formats = ["%d.%m.%Y"]

[permit]
title = "Well"
instrument = { constant = "Drilling permit" }

[[event]]
field = "granted"
thing = "permit"
type = "PermitGranted"
date = "Granted on"
"#;

/// A directory with a mapping and a register of which one row can be taken and two can't.
fn wells() -> TempDir {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("wells.toml"), MAPPING).unwrap();
    fs::write(directory.path().join("wells.csv"), "Well,Granted on\nA,04.05.2021\nB,\nB,soon\n").unwrap();
    directory
}

fn import(directory: &Path, arguments: &[&str]) -> Done {
    let data = directory.join("data");
    let all = ["import", "--data", data.to_str().unwrap(), "--mapping", "wells.toml"];
    Done::of(milepost().current_dir(directory).args(all).args(arguments))
}

#[test]
fn a_dry_run_where_there_is_no_log_makes_nothing() {
    let wells = wells();
    let done = import(wells.path(), &["--published-on", "2024-01-01", "--dry-run", "wells.csv"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.out.contains("dry run: nothing is recorded") && done.out.contains("--rejects FILE lists"), "{}", done.out);
    let mut names: Vec<_> = fs::read_dir(wells.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["wells.csv", "wells.toml"]);
}

#[test]
fn a_summary_says_where_the_rejects_are() {
    let wells = wells();
    let done = import(wells.path(), &["--published-on", "2024-01-01", "wells.csv"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("are listed in ./wells.rejects.csv with the reasons"), "{}", done.out);
    let listed = fs::read_to_string(wells.path().join("wells.rejects.csv")).unwrap();
    assert!(listed.starts_with("row,code,reason,Well,Granted on\n3,KEY_SHARED,"), "{listed}");
    let again = import(wells.path(), &["--published-on", "2024-01-01", "wells.csv"]);
    assert!(again.out.contains("this very file is on record, as wells.csv, edition of 2024-01-01"), "{}", again.out);
}

#[test]
fn what_an_import_cant_do_is_said_before_anything_is_recorded() {
    let wells = wells();
    let on = |date: &str| import(wells.path(), &["--published-on", date, "wells.csv"]);
    on("2124-01-01").assert_refused(&["of 2124-01-01, which lies ahead: today is 20"]);
    for (rejects, says) in [("wells.csv", "wells.csv is the register itself"), ("wells.toml", "wells.toml is the mapping itself")]
    {
        let done = import(wells.path(), &["--published-on", "2024-01-01", "--rejects", rejects, "wells.csv"]);
        done.assert_refused(&[says]);
    }
    fs::write(wells.path().join("wells.rejects.csv"), "my notes\n").unwrap();
    on("2024-01-01").assert_refused(&["./wells.rejects.csv is there and is no list of rejects", "--rejects"]);
    fs::remove_file(wells.path().join("wells.toml")).unwrap();
    on("2024-01-01").assert_refused(&["the mapping can't be read: wells.toml: No such file"]);
    assert_eq!(fs::read_to_string(wells.path().join("wells.csv")).unwrap().lines().count(), 4);
}

#[test]
fn an_edition_is_taken_while_the_service_runs_as_it_is_without_one() {
    let (wells, alone) = (wells(), wells());
    let data = wells.path().join("data");
    let server = Server::start(&data);
    server.ready();
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    let on = ["--published-on", "2024-01-01", "--listen", &address];
    let elsewhere = ["--published-on", "2024-01-01", "--listen", "127.0.0.1:9", "wells.csv"];
    import(wells.path(), &elsewhere).assert_refused(&["in use", "--listen"]);
    let rehearsed = import(wells.path(), &[&on[..], &["--dry-run", "wells.csv"]].concat());
    assert!(rehearsed.out.contains("dry run: nothing is recorded"), "{} {}", rehearsed.out, rehearsed.err);
    let done = import(wells.path(), &[&on[..], &["wells.csv"]].concat());
    assert_eq!(done.out, import(alone.path(), &["--published-on", "2024-01-01", "wells.csv"]).out, "{}", done.err);
    let listed = |wells: &TempDir| fs::read_to_string(wells.path().join("wells.rejects.csv")).unwrap();
    assert_eq!(listed(&wells), listed(&alone));
    let again = import(wells.path(), &[&on[..], &["wells.csv"]].concat());
    assert!(again.out.contains("this very file is on record, as wells.csv"), "{} {}", again.out, again.err);
    fs::write(wells.path().join("narrow.csv"), "Well\nA\n").unwrap();
    let narrow = import(wells.path(), &[&on[..], &["narrow.csv"]].concat());
    assert!(narrow.code == 2 && narrow.err.contains("narrow.csv has no column 'Granted on'"), "{}", narrow.err);
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    // As the tools of an operator pack it, folders last.
    for (name, text) in [("mapping/wells.toml", MAPPING), ("register/wells.csv", "Well,Granted on\nB,05.05.2021\n")] {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    for folder in ["mapping/", "register/", "beside/"] {
        archive.add_directory(folder, options).unwrap();
    }
    let archive = archive.finish().unwrap().into_inner();
    let token = run_on(&data, &["token", "--role", "administrator"]).out;
    let sent = server.send_archive("/editions?publishedOn=2024-02-01", token.trim(), &archive);
    let last = sent.body.lines().last().unwrap_or_default();
    assert!(sent.status == 200 && last.contains("summary") && last.contains("taken"), "{sent:?}");
    server.stop();
    assert!(run_on(&data, &["verify"]).out.contains("the log is whole"));
}

#[test]
fn editions_are_sent_by_administrators_and_whole() {
    let directory = tempdir().unwrap();
    let server = Server::start(directory.path());
    server.ready();
    let token = |role: &str| run_on(directory.path(), &["token", "--role", role]).out.trim().to_owned();
    let administrator = token("administrator");
    for (token, status, says) in [("", 401, "send a token"), (&token("auditor"), 403, "by an administrator")] {
        let reply = server.send_archive("/editions", token, b"PK");
        assert!(reply.status == status && reply.body.contains(says), "{reply:?}");
    }
    let odd = server.send_archive("/editions?when=now", &administrator, b"PK");
    assert!(odd.status == 400 && odd.body.contains("the address can't be read"), "{odd:?}");
    for archive in [&b""[..], b"no archive", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"] {
        let reply = server.send_archive("/editions", &administrator, archive);
        assert!(reply.status == 400 && reply.body.contains("the archive "), "{reply:?}");
    }
    server.stop();
}
