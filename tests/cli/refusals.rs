//! What can't be done is said in one sentence, with exit code 2.

use std::{fs, io, net::TcpListener, os::unix::fs::PermissionsExt, process::Stdio};

use rusqlite::Connection;
use tempfile::tempdir;

use crate::program::{Done, Server, milepost, record, run, run_on};

#[test]
fn a_command_line_that_makes_no_sense_is_refused_with_what_was_meant() {
    run(&[] as &[&str]).assert_refused(&["name a subcommand"]);
    run(["serv"]).assert_refused(&["'serv'", "'serve'"]);
    run(["serve", "--lisen", "x"]).assert_refused(&["'--lisen'", "'--listen'"]);
    run(["token"]).assert_refused(&["--role <ROLE>"]);
    run(["backup"]).assert_refused(&["<TO>"]);
    run(["import", "--mapping", "m.toml"]).assert_refused(&["<REGISTER>"]);
    run(["import", "--mapping", "m.toml", "--published-on", "2023-02-30", "r.csv"]).assert_refused(&["2023-02-30"]);
    run(["schema", "--graphql", "--events", "x"]).assert_refused(&["--graphql", "--events"]);
}

#[test]
fn an_address_that_is_none_or_not_ours_is_refused() {
    let data = tempdir().unwrap();
    for address in ["8080", "localhost", "127.0.0.1:99999", "127.0.0.1", "http://127.0.0.1:80"] {
        run_on(data.path(), &["serve", "--listen", address]).assert_refused(&["--listen", address, "127.0.0.1:8080"]);
    }
    run_on(data.path(), &["serve", "--listen", "240.0.0.1:8080"]).assert_refused(&["240.0.0.1:8080 can't be served"]);
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn a_port_in_use_is_refused() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let data = tempdir().unwrap();
    run_on(data.path(), &["serve", "--listen", &address]).assert_refused(&[&address, "in use by another program"]);
}

#[test]
fn a_data_directory_in_use_by_another_server_is_refused() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    run_on(data.path(), &["serve", "--listen", "127.0.0.1:0"]).assert_refused(&["in use by another server"]);
    assert_eq!(server.get("/livez").status, 200);
}

#[test]
fn a_data_directory_that_cant_be_written_is_refused() {
    let outer = tempdir().unwrap();
    let file = outer.path().join("file");
    fs::write(&file, "").unwrap();
    run_on(&file.join("data"), &["serve", "--listen", "127.0.0.1:0"]).assert_refused(&["can't be written"]);
    run_on(&file, &["serve", "--listen", "127.0.0.1:0"]).assert_refused(&["can't be written"]);
    let token = run_on(&file.join("data"), &["token", "--new", "--role", "auditor"]);
    token.assert_refused(&["can't use"]);
}

#[test]
fn a_data_directory_of_something_else_is_refused_and_left_as_it_was() {
    let foreign = tempdir().unwrap();
    fs::write(foreign.path().join("thesis.tex"), "").unwrap();
    run_on(foreign.path(), &["serve", "--listen", "127.0.0.1:0"]).assert_refused(&["holds other files"]);
    run_on(foreign.path(), &["token", "--new", "--role", "auditor"]).assert_refused(&["holds other files"]);
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);

    let foreign = tempdir().unwrap();
    Connection::open(foreign.path().join("milepost.db")).unwrap().execute_batch("CREATE TABLE cheese (name TEXT)").unwrap();
    run_on(foreign.path(), &["serve", "--listen", "127.0.0.1:0"]).assert_refused(&["is not a log of Milepost"]);
    run_on(foreign.path(), &["verify"]).assert_refused(&["is not a log of Milepost"]);
    run_on(foreign.path(), &["backup", "copy.db"]).assert_refused(&["is not a log of Milepost"]);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let data = tempdir().unwrap();
    assert_eq!(run_on(data.path(), &["token", "--new", "--role", "auditor"]).code, 0);
    let key = data.path().join("signing-key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in [&["token", "--new", "--role", "auditor"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        run_on(data.path(), arguments).assert_refused(&["open to other users", "chmod 600"]);
    }
}

#[test]
fn a_key_with_a_flipped_bit_is_refused() {
    for (name, byte) in [("signing-key.pem", 60), ("sealing-key", 7)] {
        let data = tempdir().unwrap();
        assert_eq!(run_on(data.path(), &["token", "--new", "--role", "auditor"]).code, 0);
        let key = data.path().join(name);
        let mut bytes = fs::read(&key).unwrap();
        // Of a letter of base64 this is the bit that makes it another letter.
        bytes[byte] ^= 1;
        fs::write(&key, bytes).unwrap();
        for arguments in [&["token", "--new", "--role", "auditor"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            run_on(data.path(), arguments).assert_refused(&[name, "restore"]);
        }
    }
}

#[test]
fn a_log_that_isnt_there_cant_be_verified_or_copied() {
    let data = tempdir().unwrap();
    run_on(data.path(), &["verify"]).assert_refused(&["there is no log at"]);
    run_on(data.path(), &["backup", "copy.db"]).assert_refused(&["there is no log at"]);
}

#[test]
fn a_backup_never_takes_the_place_of_a_file() {
    let data = tempdir().unwrap();
    record(data.path(), 1);
    let target = data.path().join("there.txt");
    fs::write(&target, "precious").unwrap();
    run_on(data.path(), &["backup", target.to_str().unwrap()]).assert_refused(&["exists"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    run_on(data.path(), &["backup", "/proc/no/such/place.db"]).assert_refused(&["can't be written"]);
}

#[test]
fn schemas_that_cant_be_written_are_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    run(["schema", "--events", file.path().join("x").to_str().unwrap()]).assert_refused(&["can't be written"]);
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    for arguments in [&["schema"][..], &["--help"], &["--version"], &["serve", "--help"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output =
            milepost().args(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}

#[test]
fn an_output_that_is_full_is_a_failure_that_is_said() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = milepost().arg("schema").stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    Done { code: output.status.code().unwrap(), out: String::new(), err }.assert_refused(&["the output can't be written"]);
}
