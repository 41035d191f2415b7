//! What the service is to whoever comes from outside, before anybody has said who they are: its names, TLS, and how much of it
//! one address can keep busy.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tempfile::tempdir;

use crate::program::{Done, PATIENCE, Server, milepost, run_on};

/// The server over `data` with these variables.
fn serving(data: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = milepost();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).envs(variables.iter().copied());
    command
}

fn start(data: &Path, variables: &[(&str, &str)]) -> Server {
    let server = Server::start_as(&mut serving(data, variables));
    server.ready();
    server
}

fn authority(server: &Server) -> &str {
    server.address.rsplit('/').next().unwrap()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(authority(server)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What is said on `stream` until it ends.
fn heard(stream: &mut impl Read) -> String {
    let mut heard = Vec::new();
    // Also what was reset in the end has said so much.
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).into_owned()
}

/// What is answered to `request`, sent as it stands.
fn told(server: &Server, request: &str) -> String {
    let mut stream = connect(server);
    // Who is turned away can't say it all.
    let _ = stream.write_all(request.as_bytes());
    heard(&mut stream)
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

#[test]
fn only_what_asks_by_its_own_name_is_answered_where_names_are_set() {
    let data = tempdir().unwrap();
    let server = start(data.path(), &[("MILEPOST_HOSTS", "milepost.example other.example:8443")]);
    let asked = |target: &str, headers: &str| {
        let request = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        status(&told(&server, &request))
    };
    for (target, headers, expected) in [
        ("/", "Host: milepost.example\r\n", 200),
        ("/", "Host: MILEPOST.example:8080\r\n", 200),
        ("/", "Host: other.example:8443\r\n", 200),
        ("http://milepost.example/", "Host: milepost.example\r\n", 200),
        ("/", "Host: other.example\r\n", 421),
        ("/", "Host: evil.example\r\n", 421),
        ("/", "Host: 127.0.0.1\r\n", 421),
        ("/", "Host: milepost.example.evil.example\r\n", 421),
        ("/", "Host: milepost.example\r\nX-Forwarded-Host: evil.example\r\n", 421),
        ("/graphql", "Host: evil.example\r\n", 421),
        ("/sign-in", "Host: evil.example\r\n", 421),
        ("http://evil.example/", "Host: milepost.example\r\n", 421),
        // Machines that look whether it lives know an address only.
        ("/livez", "Host: 127.0.0.1\r\n", 200),
        ("/readyz", "Host: 127.0.0.1\r\n", 200),
    ] {
        assert_eq!(asked(target, headers), expected, "{target} {headers:?}");
    }
    // Two names or none are not ours, whatever the reader of HTTP makes of them.
    for headers in ["", "Host: milepost.example\r\nHost: evil.example\r\n"] {
        assert!([400, 421].contains(&asked("/", headers)), "{headers:?}");
    }
    let refused = told(&server, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(refused.contains(r#""code":"MISDIRECTED""#), "{refused}");
}

#[test]
fn names_proxies_and_files_of_tls_that_cannot_be_are_refused() {
    let data = tempdir().unwrap();
    for (variable, value, says) in [
        ("MILEPOST_HOSTS", "https://milepost.example", "hosts: 'https://milepost.example' is not a host"),
        ("MILEPOST_PROXIES", "10.0.0.0/40", "proxies: '10.0.0.0/40' is not an address or a network"),
        ("MILEPOST_TLS_KEY", "key.pem", "tls.certificate and tls.key are set both or neither"),
        ("MILEPOST_ADDRESSES_SOCKETS", "0", "addresses.sockets is 0"),
    ] {
        Done::of(&mut serving(data.path(), &[(variable, value)])).assert_refused(&[says]);
    }
}

/// A certificate for localhost with its key, in PEM.
fn certified() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write(directory: &Path, made: &CertifiedKey<KeyPair>) {
    fs::write(directory.join("certificate.pem"), made.cert.pem()).unwrap();
    let key = directory.join("key.pem");
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// What is answered to `request` over TLS by whoever shows `trusted` and nobody else.
fn told_by_tls(server: &Server, trusted: &CertificateDer<'static>, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, connect(server));
    stream.write_all(request.as_bytes())?;
    Ok(heard(&mut stream))
}

#[test]
fn it_is_served_by_tls_and_shows_another_certificate_once_that_lies_there() {
    let (data, files) = (tempdir().unwrap(), tempdir().unwrap());
    let (first, second) = (certified(), certified());
    write(files.path(), &first);
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| files.path().join(name).display().to_string());
    let server = start(data.path(), &[("MILEPOST_TLS_CERTIFICATE", &certificate), ("MILEPOST_TLS_KEY", &key)]);
    assert!(server.address.starts_with("https://"), "{}", server.address);

    let front = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = told_by_tls(&server, first.cert.der(), front).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    // Without TLS nothing is answered.
    assert!(!told(&server, front).starts_with("HTTP/"));
    // The session's cookie is bound to this host and to TLS.
    let token = run_on(data.path(), &["token", "--new", "--role", "auditor"]).out;
    let form = format!("token={}", token.trim());
    let sign_in = format!(
        "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    let signed_in = told_by_tls(&server, first.cert.der(), &sign_in).unwrap();
    assert!(signed_in.starts_with("HTTP/1.1 303 ") && signed_in.contains("set-cookie: __Host-milepost_session="), "{signed_in}");
    assert!(signed_in.contains("; HttpOnly; SameSite=Strict; Secure\r\n"), "{signed_in}");

    // Half of a change is none: the certificate of before is shown until its successor is there with its key.
    fs::write(files.path().join("certificate.pem"), second.cert.pem()).unwrap();
    server.logged("the certificate of before is served");
    assert!(told_by_tls(&server, first.cert.der(), front).is_ok());
    write(files.path(), &second);
    server.logged("the certificate was read again");
    assert!(told_by_tls(&server, second.cert.der(), front).unwrap().starts_with("HTTP/1.1 200 "));
    assert!(told_by_tls(&server, first.cert.der(), front).is_err());
}

#[test]
fn a_certificate_that_cannot_be_served_is_said_before_anything_is_served() {
    let (data, files) = (tempdir().unwrap(), tempdir().unwrap());
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| files.path().join(name).display().to_string());
    let refused = |says: &[&str]| {
        let variables = [("MILEPOST_TLS_CERTIFICATE", certificate.as_str()), ("MILEPOST_TLS_KEY", key.as_str())];
        Done::of(&mut serving(data.path(), &variables)).assert_refused(says);
    };
    refused(&["certificate.pem", "No such file"]);
    write(files.path(), &certified());
    fs::write(&certificate, "nothing").unwrap();
    refused(&["certificate.pem holds no certificate in PEM"]);
    fs::write(&certificate, certified().cert.pem()).unwrap();
    refused(&["certificate.pem and", "key.pem can't be served"]);
    write(files.path(), &certified());
    fs::write(&key, "nothing").unwrap();
    refused(&["key.pem holds no private key in PEM"]);
    #[cfg(unix)]
    {
        write(files.path(), &certified());
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o604)).unwrap();
        refused(&["key.pem is open to other users; run: chmod o= "]);
    }
}

/// Settings under which this machine is a stranger's address, and not its own proxy.
const STRANGE: (&str, &str) = ("MILEPOST_PROXIES", "192.0.2.1");

#[test]
fn of_one_address_no_more_connections_are_served_than_its_share() {
    let data = tempdir().unwrap();
    let server = start(data.path(), &[STRANGE, ("MILEPOST_ADDRESSES_CONNECTIONS", "3")]);
    let mut held: Vec<TcpStream> = (0..3).map(|_| connect(&server)).collect();
    // Each of them is served, so that the next is beyond.
    for stream in &mut held {
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    let beyond = heard(&mut connect(&server));
    assert!(beyond.starts_with("HTTP/1.1 503 ") && beyond.contains("Retry-After: 1"), "{beyond:?}");
    let refused = r#"milepost_connections_refused_total{reason="address"}"#;
    assert!(server.probe("/metrics").body.contains(refused));
    drop(held);
    let started = Instant::now();
    while status(&told(&server, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) != 200 {
        assert!(started.elapsed() < PATIENCE, "its share is not given back");
    }
}

#[test]
fn a_proxy_is_not_held_to_the_share_of_one_address() {
    let data = tempdir().unwrap();
    let server = start(data.path(), &[("MILEPOST_ADDRESSES_CONNECTIONS", "1"), ("MILEPOST_ADDRESSES_SOCKETS", "1")]);
    let _held: Vec<TcpStream> = (0..5).map(|_| connect(&server)).collect();
    assert_eq!(server.get("/livez").status, 200);
    // Those for whom it asks are, by the last address that is not a proxy's.
    let opened = |address: &str| {
        let mut stream = connect(&server);
        let opened = open_socket(&mut stream, &format!("X-Forwarded-For: {address}\r\n"));
        (opened, stream)
    };
    let (first, _kept) = opened("192.0.2.7");
    assert_eq!((first, opened("10.9.9.9, 192.0.2.7").0, opened("192.0.2.8").0), (101, 503, 101));
}

/// Asks for a WebSocket, and says with what status that is answered.
fn open_socket(stream: &mut TcpStream, headers: &str) -> u16 {
    write!(
        stream,
        "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n{headers}\r\n"
    )
    .unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    status(&String::from_utf8_lossy(&start))
}

#[test]
fn sockets_without_a_token_take_no_seats() {
    let data = tempdir().unwrap();
    let variables = [STRANGE, ("MILEPOST_ADDRESSES_SOCKETS", "4"), ("MILEPOST_SOCKETS_AT_ONCE", "5")];
    let server = start(data.path(), &variables);
    let mut silent: Vec<TcpStream> = (0..4).map(|_| connect(&server)).collect();
    assert!(silent.iter_mut().all(|stream| open_socket(stream, "") == 101));
    assert_eq!(open_socket(&mut connect(&server), ""), 503);
    // Requests go on meanwhile, and room is made as soon as one goes.
    assert_eq!(server.get("/livez").status, 200);
    silent.pop();
    let started = Instant::now();
    while open_socket(&mut connect(&server), "") != 101 {
        assert!(started.elapsed() < PATIENCE, "no room is made");
    }
}

/// Sends `request` to `address`, and then `byte` again and again; how long the connection lives.
fn trickle(address: &str, request: &str, byte: &str) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let started = Instant::now();
    let mut bytes = [0; 4096];
    while started.elapsed() < PATIENCE {
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if stream.write_all(byte.as_bytes()).is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    started.elapsed()
}

#[test]
fn a_request_that_trickles_is_not_waited_for_longer_than_one_is_worked_on() {
    let data = tempdir().unwrap();
    let server = start(data.path(), &[("MILEPOST_REQUEST_TIMEOUT_S", "1")]);
    let form = "Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let (length, byte) = ("Content-Length: 9999\r\n\r\n", "a");
    let json = "Host: x\r\nContent-Type: application/json\r\n";
    // A body in chunks, and the head of a second request, are the proxy's to bound: docs/security.md.
    let trickling = [
        // A body: as long as a request is worked on.
        (format!("POST /sign-in HTTP/1.1\r\n{form}{length}"), 10),
        (format!("POST /graphql HTTP/1.1\r\n{json}{length}"), 10),
        // One that nobody reads: not at all.
        (format!("POST /sign-out HTTP/1.1\r\n{form}{length}"), 10),
        (format!("GET / HTTP/1.1\r\n{form}{length}"), 10),
        // A head: 10 seconds.
        ("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_owned(), 20),
    ];
    std::thread::scope(|scope| {
        let address = authority(&server);
        let lived = trickling.iter().map(|(request, _)| scope.spawn(move || trickle(address, request, byte)));
        let lived: Vec<_> = lived.collect();
        for ((request, most_s), lived) in trickling.iter().zip(lived) {
            let lived = lived.join().unwrap();
            assert!(lived < Duration::from_secs(*most_s), "{request:?} lives for {lived:?}");
        }
    });
}

#[test]
fn what_cannot_be_read_does_not_fill_the_log() {
    let data = tempdir().unwrap();
    let server = start(data.path(), &[STRANGE]);
    for _ in 0..300 {
        let head = "GET / HTTP/1.1\r\nHost: x\r\nBroken\u{1}header\r\n\r\n";
        let answer = told(&server, head);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
        // Well-formed, and refused: a stranger can send any number of them too.
        assert_eq!(status(&told(&server, "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")), 404);
    }
    let left_out = server.probe("/metrics").body;
    assert!(left_out.contains("milepost_log_lines_left_out_total"), "{left_out}");
    let lines = server.stop().len();
    assert!(lines < 300, "{lines} lines are logged");
}

#[test]
fn what_one_subject_records_in_a_day_has_an_end() {
    let data = tempdir().unwrap();
    let server = start(data.path(), &[("MILEPOST_DAILY_ACTS", "2")]);
    let [one, other] = [(); 2].map(|()| run_on(data.path(), &["token", "--new", "--role", "administrator"]).out);
    let register = |token: &str, name: &str| {
        let mutation = format!(
            "mutation {{ organisationRegister(input: {{name: {name:?}, kind: COMPANY, country: \"GB\", occurredOn: \"2026\"}}) \
             {{ position userErrors {{ code }} }} }}"
        );
        let answer = server.ask(token.trim(), &mutation).json();
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        (code, answer["data"]["organisationRegister"]["position"].is_string())
    };
    let (taken, refused) = ((String::new(), true), ("THROTTLED".to_owned(), false));
    assert_eq!(register(&one, "First Ltd"), taken);
    assert_eq!(register(&one, "Second Ltd"), taken);
    assert_eq!(register(&one, "Third Ltd"), refused);
    // Another's day is not used up.
    assert_eq!(register(&other, "Fourth Ltd"), taken);
    // Three organisations, and what each of the two tokens carries.
    assert_eq!(server.ready()["events"], 5);
}
