//! `milepost import` on the command line: what it says, what it makes, what it leaves alone.

use std::{fs, path::Path};

use tempfile::{TempDir, tempdir};

use crate::program::{Done, milepost};

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
