//! Flags, variables and the file: who wins, and what is refused.

use std::{fs, net::TcpListener, path::Path};

use tempfile::tempdir;

use crate::program::{Done, Server, milepost, run_on};

/// Serves with `text` as the file in the data directory, which is refused.
fn refused_file(text: &str) -> Done {
    let data = tempdir().unwrap();
    fs::write(data.path().join("milepost.toml"), text).unwrap();
    run_on(data.path(), &["serve", "--listen", "127.0.0.1:0"])
}

fn refused_variable(name: &str, value: &str) -> Done {
    let data = tempdir().unwrap();
    Done::of(milepost().args(["serve", "--data"]).arg(data.path()).env(name, value))
}

#[test]
fn a_key_that_isnt_one_is_refused_with_its_line_and_the_nearest() {
    refused_file("listen = \"127.0.0.1:0\"\n\n[limits]\ndept = 3\n").assert_refused(&["milepost.toml, line 4", "'limits.depth'"]);
    refused_file("lisetn = \"127.0.0.1:0\"\n").assert_refused(&["line 1", "'lisetn'", "'listen'"]);
    refused_file("depth = 3\n").assert_refused(&["line 1", "'limits.depth'"]);
    refused_file("[limit]\ndepth = 3\n").assert_refused(&["line 1", "'limits'"]);
    refused_file("[log.level]\nx = 1\n").assert_refused(&["line 2"]);
    refused_file("cheese = \"brie\"\n").assert_refused(&["'cheese'", "docs/configuration.md"]);
}

#[test]
fn a_value_that_cant_be_is_refused_with_its_line() {
    refused_file("\nlisten = 8080\n").assert_refused(&["line 2"]);
    refused_file("listen = \"here\"\n").assert_refused(&["line 1", "'here' is not an address"]);
    refused_file("[log]\nlevel = \"loud\"\n").assert_refused(&["line 2", "loud", "debug"]);
    refused_file("[allowance]\nburst = 0\n").assert_refused(&["line 2", "nonzero"]);
    refused_file("[limits]\ndepth = -1\n").assert_refused(&["line 2"]);
    refused_file("limits = 3\n").assert_refused(&["line 1"]);
    refused_file("listen =\n").assert_refused(&["line 1"]);
    refused_file("shutdown_s = 9\n").assert_refused(&["shutdown_s is 9; it can be 1 to 4"]);
    refused_file("[limits]\ncost = 200000\n").assert_refused(&["limits.cost", "allowance.burst"]);
    refused_file("data = \"elsewhere\"\n").assert_refused(&["line 1", "--config"]);
}

#[test]
fn a_variable_that_cant_be_is_refused_by_name() {
    refused_variable("MILEPOST_LISTEN", "here").assert_refused(&["MILEPOST_LISTEN", "'here' is not an address"]);
    refused_variable("MILEPOST_LIMITS_DEPTH", "deep").assert_refused(&["MILEPOST_LIMITS_DEPTH", "'deep' is not a whole number"]);
    refused_variable("MILEPOST_LOG_LEVEL", "loud").assert_refused(&["MILEPOST_LOG_LEVEL", "loud"]);
    refused_variable("MILEPOST_SHUTDOWN_S", "0").assert_refused(&["shutdown_s is 0"]);
}

#[test]
fn a_variable_that_isnt_a_setting_is_warned_of_with_the_nearest() {
    let data = tempdir().unwrap();
    let done =
        Done::of(milepost().args(["token", "--new", "--role", "auditor", "--data"]).arg(data.path()).env("MILEPOST_LISTN", "x"));
    assert_eq!((done.code, done.out.lines().count()), (0, 1));
    assert!(
        done.err.contains("MILEPOST_LISTN is not a setting") && done.err.contains("did you mean MILEPOST_LISTEN?"),
        "{done:?}"
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let data = tempdir().unwrap();
    let missing = data.path().join("missing.toml");
    run_on(data.path(), &["serve", "--config", missing.to_str().unwrap()]).assert_refused(&["missing.toml", "can't be read"]);
    refused_variable("MILEPOST_CONFIG", missing.to_str().unwrap()).assert_refused(&["missing.toml", "can't be read"]);
    run_on(data.path(), &["serve", "--config", data.path().to_str().unwrap()]).assert_refused(&["can't be read"]);
}

/// Whether a query of depth 3 passes on a server that is started by `command`.
fn takes_depth_3(data: &Path, command: &mut std::process::Command) -> bool {
    let server = Server::start_as(command.arg("--data").arg(data));
    while server.probe("/readyz").status != 200 {}
    let token = run_on(data, &["token", "--new", "--role", "auditor"]).out;
    server.ask(token.trim(), "{ __schema { types { name } } }").json()["errors"].is_null()
}

#[test]
fn a_variable_wins_over_the_file_and_a_flag_over_both() {
    let (data, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    let file = elsewhere.path().join("m.toml");
    // Addresses in use show in the refusal which of them was taken.
    let taken = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [of_file, of_variable] = taken.each_ref().map(|listener| listener.local_addr().unwrap().to_string());
    fs::write(&file, format!("listen = {of_file:?}\n[limits]\nintrospection_depth = 2\n")).unwrap();
    let command = || {
        let mut command = milepost();
        command.env("MILEPOST_CONFIG", &file);
        command
    };
    run_on_with(command().args(["serve"]), data.path()).assert_refused(&[&of_file]);
    run_on_with(command().args(["serve"]).env("MILEPOST_LISTEN", &of_variable), data.path()).assert_refused(&[&of_variable]);
    let mut with_flag = command();
    with_flag.args(["serve", "--listen", "127.0.0.1:0"]).env("MILEPOST_LISTEN", &of_variable);
    assert!(!takes_depth_3(data.path(), &mut with_flag));
}

fn run_on_with(command: &mut std::process::Command, data: &Path) -> Done {
    Done::of(command.arg("--data").arg(data))
}

#[test]
fn the_file_in_the_data_directory_is_read_unless_another_is_named() {
    let (data, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(data.path().join("milepost.toml"), "listen = \"127.0.0.1:0\"\n[limits]\nintrospection_depth = 2\n").unwrap();
    assert!(!takes_depth_3(data.path(), milepost().arg("serve")));
    let named = elsewhere.path().join("m.toml");
    fs::write(&named, format!("data = {:?}\nlisten = \"127.0.0.1:0\"\n", data.path())).unwrap();
    assert!(takes_depth_3(data.path(), milepost().arg("serve").env("MILEPOST_CONFIG", &named)));
}
