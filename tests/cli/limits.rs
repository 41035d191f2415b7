//! What the system refuses while it serves: files, and places on the disk.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::tempdir;

use crate::program::{Done, PATIENCE, Server, milepost, run_on};

/// The program under a limit of open files, soft and hard, away from the settings of whoever runs the tests.
fn limited(soft: u32, hard: u32) -> Command {
    let mut command = Command::new("prlimit");
    let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("MILEPOST_"));
    for name in ours {
        command.env_remove(name);
    }
    command.arg(format!("--nofile={soft}:{hard}")).arg(milepost().get_program());
    command
}

/// What is answered to a GET of something in JSON, on a connection that is open.
fn get(connection: &mut TcpStream, path: &str) -> String {
    write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let (mut answer, mut bytes) = (String::new(), [0; 4096]);
    while !answer.ends_with('}') {
        let read = connection.read(&mut bytes).unwrap();
        assert!(read > 0, "closed after {answer:?}");
        answer.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    answer
}

/// What a connection on which nothing is sent is told at once, if anything.
fn told(connection: &mut TcpStream) -> String {
    let mut told = Vec::new();
    // Also a connection that is reset was told so.
    let _ = connection.read_to_end(&mut told);
    String::from_utf8(told).unwrap()
}

fn register(name: &str, command: uuid::Uuid) -> String {
    format!(
        "mutation {{ organisationRegister(input: {{name: {name:?}, kind: COMPANY, country: \"GB\", occurredOn: \"2026-11\", \
         commandId: \"{command}\"}}) {{ position userErrors {{ code }} }} }}"
    )
}

#[test]
fn too_few_files_to_serve_at_all_are_refused() {
    let data = tempdir().unwrap();
    for (command, files) in [("serve", 40), ("demo", 40), ("serve", 8), ("serve", 6)] {
        let done = Done::of(limited(files, files).args([command, "--listen", "127.0.0.1:0", "--data"]).arg(data.path()));
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{done:?}");
        let said = format!("the system allows the process {files} open files, and it can't serve with fewer than");
        assert!(done.err.contains(&said), "{done:?}");
        assert!(done.err.contains("ulimit -n"), "{done:?}");
    }
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn the_limit_of_files_is_raised_as_far_as_it_goes() {
    let data = tempdir().unwrap();
    let server = Server::start_as(limited(64, 4000).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()));
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().nth(3), Some("4000"), "{files}");
    assert!(!server.opening.iter().any(|line| line.contains("open files")), "{:?}", server.opening);
}

#[test]
fn more_connections_than_there_are_files_are_told_so_and_those_before_are_served() {
    let data = tempdir().unwrap();
    let server = Server::start_as(limited(200, 200).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()));
    let warned = server.opening.iter().filter(|line| line.starts_with("the system allows 200 open files, enough for ")).count();
    assert_eq!(warned, 1, "{:?}", server.opening);
    server.ready();
    let token = run_on(data.path(), &["token", "--new", "--role", "administrator"]).out;
    let address = server.address.strip_prefix("http://").unwrap();
    let mut held: Vec<_> = (0..300).map(|_| TcpStream::connect(address).unwrap()).collect();
    for connection in &held {
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    // Those beyond the last place were told so, without having sent anything.
    let started = Instant::now();
    let beyond = told(held.last_mut().unwrap());
    assert!(beyond.starts_with("HTTP/1.1 503 ") && beyond.contains("Retry-After: 1"), "{beyond:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    // The first is answered, and what is asked on it is recorded: there are files left for the log.
    let first = &mut held[0];
    assert!(get(first, "/readyz").starts_with("HTTP/1.1 200 "));
    let body = json!({ "query": register("Example Hydrogen Ltd", uuid::Uuid::new_v4()) }).to_string();
    write!(
        first,
        "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        token.trim(),
        body.len()
    )
    .unwrap();
    let recorded = told(first);
    assert!(recorded.starts_with("HTTP/1.1 200 ") && recorded.contains("\"userErrors\":[]"), "{recorded}");
    drop(held);
    // Once they are gone there is room for others. The first use of the token is an act too.
    assert_eq!(server.ready()["events"], 2);
    let metrics = server.probe("/metrics").body;
    let refused =
        metrics.lines().find_map(|line| line.strip_prefix("milepost_connections_refused_total{reason=\"files\"} ")).unwrap();
    assert!(refused.parse::<u64>().unwrap() >= 100, "{refused}");
    server.stop();
}

/// Limits how large the program's files can become from now on, as a full disk would; `None` for any size.
fn limit_files(server: &Server, bytes: Option<u32>) {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let limited = Command::new("prlimit").args(["--pid", &server.id().to_string(), &format!("--fsize={limit}:")]).status();
    assert!(limited.unwrap().success());
}

/// Whether it is not ready, since it can't write.
fn cant_write(server: &Server) -> bool {
    let ready = server.probe("/readyz");
    ready.status == 503 && ready.json()["detail"].as_str().unwrap().starts_with("the log can't be written to since 20")
}

#[test]
fn refused_writes_are_503_and_it_is_ready_again_once_a_probe_was_written() {
    let data = tempdir().unwrap();
    let mut command = Command::new("sh");
    // As a full disk does, the limit is to make a write fail and not to end the program.
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_milepost"), "serve", "--listen", "127.0.0.1:0"]);
    let server = Server::start_as(command.arg("--data").arg(data.path()));
    server.ready();
    let token = run_on(data.path(), &["token", "--new", "--role", "administrator"]).out;
    let token = token.trim();
    assert_eq!(server.ask(token, &register("First Ltd", uuid::Uuid::new_v4())).status, 200);

    limit_files(&server, Some(1));
    let mutation = register("Second Ltd", uuid::Uuid::new_v4());
    for _ in 0..2 {
        let refused = server.ask(token, &mutation);
        assert_eq!((refused.status, refused.retry_after.as_str()), (503, "1"), "{refused:?}");
        let body = refused.json();
        assert_eq!(body["data"], json!(null), "{body}");
        // What could not be written is known not to be recorded.
        assert_eq!(body["errors"][0]["extensions"]["code"], "BUSY", "{body}");
    }
    assert!(cant_write(&server));
    // What a rule refuses is no fault, and what is known is still answered.
    let known = server.ask(token, "{ organisations(first: 9) { nodes { name } } }");
    assert_eq!((known.status, &known.json()["data"]["organisations"]["nodes"][0]["name"]), (200, &json!("First Ltd")));
    let metrics = server.probe("/metrics").body;
    let refused = metrics.lines().filter(|line| line.starts_with("milepost_commands_refused_total{reason="));
    let refused: u64 = refused.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!(refused, 2, "{metrics}");
    // Probes fail too, so that it stays unready.
    let unready = Instant::now();
    while unready.elapsed() < Duration::from_millis(2500) {
        assert!(cant_write(&server));
        thread::sleep(Duration::from_millis(100));
    }

    limit_files(&server, None);
    // The organisation, and what the token carries.
    assert_eq!(server.ready()["events"], 2);
    let recorded = server.ask(token, &mutation);
    assert_eq!((recorded.status, &recorded.json()["data"]["organisationRegister"]["userErrors"]), (200, &json!([])));
    assert_eq!(server.ready()["events"], 3);
    server.stop();
    let verified = run_on(data.path(), &["verify"]);
    assert!(verified.code == 0 && verified.out.contains("whole: 3 events"), "{verified:?}");
}
