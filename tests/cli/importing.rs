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
    on("2124-01-01").assert_refused(&["of 2124-01-01, which lies ahead: the latest day anywhere is 20"]);
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

/// An edition of the wells `A` to `Z`, each granted on a day that is written as `granted` says.
fn edition(directory: &Path, name: &str, granted: impl Fn(usize) -> String) {
    let rows: String = ('A'..='Z').enumerate().map(|(number, well)| format!("{well},{}\n", granted(number))).collect();
    fs::write(directory.join(name), format!("Well,Granted on\n{rows}")).unwrap();
}

#[test]
fn an_edition_that_would_retract_more_than_a_share_stops_and_asks() {
    let wells = wells();
    edition(wells.path(), "first.csv", |_| "01.01.2019".to_owned());
    edition(wells.path(), "second.csv", |number| if number < 20 { String::new() } else { "01.01.2019".to_owned() });
    let on = |day: &str, more: &[&str]| import(wells.path(), &[&["--published-on", day], more].concat());
    assert_eq!(on("2024-01-01", &["first.csv"]).code, 0);
    let says = "would retract 20 of 52 facts on record of its rows (39 %, up to 10 % are retracted unasked)";
    let stopped = on("2024-02-01", &["second.csv"]);
    assert!(stopped.code == 2 && stopped.err.contains(says) && stopped.err.contains("--may-retract 39 goes on"), "{stopped:?}");
    let rehearsed = on("2024-02-01", &["--dry-run", "second.csv"]);
    assert!(rehearsed.code == 0 && rehearsed.out.contains("an import stops here: the edition would retract 20"), "{rehearsed:?}");
    let taken = on("2024-02-01", &["--may-retract", "39", "second.csv"]);
    assert!(taken.code == 0 && taken.out.contains("retracted      20"), "{taken:?}");
    assert_eq!(on("2024-03-01", &["--may-retract", "101", "second.csv"]).code, 2);
}

#[test]
fn dates_in_another_format_than_before_retract_nothing_and_are_told() {
    let wells = wells();
    edition(wells.path(), "first.csv", |_| "01.01.2019".to_owned());
    edition(wells.path(), "second.csv", |_| "1 Jan 2019".to_owned());
    edition(wells.path(), "third.csv", |_| "43466".to_owned());
    let on = |day: &str, file: &str| import(wells.path(), &["--published-on", day, file]);
    on("2024-01-01", "first.csv");
    let second = on("2024-02-01", "second.csv");
    assert_eq!(second.code, 0, "{second:?}");
    for says in [
        "retracted       0",
        "26 facts on record left as they were, since cells that may still say so can't be read",
        "column 'Granted on': none of its 26 cells is a date in the mapping's formats",
    ] {
        assert!(second.out.contains(says), "{says}: {}", second.out);
    }
    let third = on("2024-03-01", "third.csv");
    assert!(third.out.contains("retracted       0") && !third.out.contains("can't be read"), "{}", third.out);
}

#[test]
fn a_file_without_rows_a_long_title_and_a_list_without_end_are_told() {
    let wells = wells();
    fs::write(wells.path().join("header.csv"), "Well,Granted on\n").unwrap();
    let on = |file: &str| import(wells.path(), &["--published-on", "2024-01-01", file]);
    let empty = on("header.csv");
    assert!(empty.code == 2 && empty.err.contains("header.csv has a header and no rows"), "{empty:?}");
    fs::write(wells.path().join("long.csv"), format!("Well,Granted on\nA,\n{},\n", "B".repeat(301))).unwrap();
    let long = on("long.csv");
    let listed = fs::read_to_string(wells.path().join("long.rejects.csv")).unwrap();
    assert!(
        long.out.contains("rejected       1") && listed.contains("KEY_UNFIT,\"the key can't be taken"),
        "{} {listed}",
        long.out
    );
    let many: String = (0..10_050).map(|number| format!("{number},soon\n")).collect();
    fs::write(wells.path().join("many.csv"), format!("Well,Granted on\n{many}")).unwrap();
    let done = import(wells.path(), &["--published-on", "2024-01-01", "--dry-run", "--rejects", "many.rejects.csv", "many.csv"]);
    assert_eq!(done.code, 0, "{done:?}");
    let listed = fs::read_to_string(wells.path().join("many.rejects.csv")).unwrap();
    assert_eq!(listed.lines().count(), 10_002, "the header, the lines, and that there are more");
    assert_eq!(
        listed.lines().last(),
        Some(",LIST_ENDS,\"50 more lines are not listed; repair these, and take the register again\"")
    );
}

/// A workbook of about a megabyte, of which one part says of itself, truly, that it unpacks to a gibibyte of zeros.
fn bomb() -> Vec<u8> {
    // The begin of a deflated block in which one bit repeats a run of 258 zeros and another says how far back it stands, then the
    // first zero; what follows are such pairs of bits, and the end.
    const BEGIN: [u8; 14] = [0xED, 0xC0, 0x81, 0, 0, 0, 0, 0x80, 0xA0, 0xFD, 0xA9, 0x17, 0xA9, 0];
    const NAME: &[u8] = b"xl/worksheets/sheet1.xml";
    let packed = [&BEGIN[..], &vec![0; (1 << 30) / (4 * 258)], &[6]].concat();
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let name_length = u16::try_from(NAME.len()).unwrap().to_le_bytes();
    let sizes =
        [[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0].as_slice(), &number(packed.len()), &number(1 << 30), &name_length, &[0, 0]];
    let local = [b"PK\x03\x04".as_slice(), &sizes.concat(), NAME, &packed].concat();
    let central = [b"PK\x01\x02\x14\0".as_slice(), &sizes.concat(), &[0; 14], NAME].concat();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &number(central.len()), &number(local.len()), &[0, 0]];
    [local, central, end.concat()].concat()
}

/// The most memory that a process has had, in KiB, as long as it is there.
#[cfg(target_os = "linux")]
fn most_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn a_workbook_of_a_megabyte_that_unpacks_to_a_gigabyte_is_refused_within_little_memory() {
    let wells = wells();
    fs::write(wells.path().join("bomb.xlsx"), bomb()).unwrap();
    let size = fs::metadata(wells.path().join("bomb.xlsx")).unwrap().len();
    assert!((1_000_000..1_100_000).contains(&size), "{size}");
    let arguments =
        ["import", "--data", "data", "--mapping", "wells.toml", "--published-on", "2024-01-01", "--dry-run", "bomb.xlsx"];
    let mut command = milepost();
    command.current_dir(wells.path()).args(arguments).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(most_memory(child.id()).unwrap_or_default());
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("bomb.xlsx unpacks to more than 512 MiB; save the sheet as CSV, or split the register"), "{said}");
    assert!((1..64 << 10).contains(&most), "{most} KiB");
}
