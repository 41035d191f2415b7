//! Kills under clients: what they were told was recorded is there when the service comes back, and what they send again is
//! recorded once.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::tempdir;
use uuid::Uuid;

use crate::program::{PATIENCE, Server, run_on, try_ask};

const CLIENTS: usize = 16;
/// How many acts are acknowledged in a round, before a few more microseconds and the kill.
const ACTS: usize = 40;

/// How often the service is killed: a few times, or as often as a campaign takes.
fn kills() -> usize {
    if std::env::var("MILEPOST_CAMPAIGN").is_ok_and(|campaign| campaign == "full") { 250 } else { 6 }
}

/// A command that somebody sends: its id is in the name that it gives.
fn register(address: &str, token: &str, command: Uuid) -> Option<Value> {
    let mutation = format!(
        "mutation {{ organisationRegister(input: {{name: \"Organisation {command}\", kind: COMPANY, country: \"GB\", \
         occurredOn: \"2024-05\", commandId: \"{command}\"}}) {{ organisation {{ name }} position facts userErrors {{ code }} }} }}"
    );
    try_ask(address, token, &mutation)
}

fn is_acknowledged(answer: &Value) -> bool {
    answer["data"]["organisationRegister"]["facts"][0].is_string()
}

/// Sends commands of all clients until the service is killed under them: what was acknowledged, and what is in doubt.
fn send_until_killed(server: &mut Server, token: &str, moment: Duration) -> (Vec<Uuid>, Vec<Uuid>) {
    let (acknowledged, doubted) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let count = AtomicUsize::new(0);
    let (process, address) = (server.id(), server.address.clone());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let command = Uuid::new_v4();
                    match register(&address, token, command) {
                        Some(answer) if is_acknowledged(&answer) => {
                            acknowledged.lock().unwrap().push(command);
                            count.fetch_add(1, Ordering::SeqCst);
                        }
                        _ => {
                            doubted.lock().unwrap().push(command);
                            return;
                        }
                    }
                }
            });
        }
        let until = Instant::now() + PATIENCE;
        while count.load(Ordering::SeqCst) < ACTS {
            assert!(Instant::now() < until, "too little is acknowledged");
            thread::yield_now();
        }
        // At any moment of a commit.
        let since = Instant::now();
        while since.elapsed() < moment {
            std::hint::spin_loop();
        }
        Server::kill(process);
    });
    server.wait();
    (acknowledged.into_inner().unwrap(), doubted.into_inner().unwrap())
}

/// How often each name is on record.
fn names(server: &Server, token: &str) -> BTreeMap<String, usize> {
    let (mut names, mut after) = (BTreeMap::new(), Value::Null);
    loop {
        let given = if after.is_null() { String::new() } else { format!(", after: {after}") };
        let query = format!("{{ organisations(first: 100{given}) {{ nodes {{ name }} pageInfo {{ hasNextPage endCursor }} }} }}");
        let page = server.ask(token, &query).json()["data"]["organisations"].clone();
        for node in page["nodes"].as_array().unwrap() {
            *names.entry(node["name"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return names;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[test]
fn what_was_acknowledged_over_http_is_there_after_every_kill_and_once() {
    let data = tempdir().unwrap();
    let (administrator, auditor) = ("administrator", "auditor");
    let mut sent = Vec::new();
    for kill in 0..kills() {
        let mut server = Server::start(data.path());
        let token = |role| run_on(data.path(), &["token", "--new", "--role", role]).out.trim().to_owned();
        let (writing, reading) = (token(administrator), token(auditor));
        server.ready();
        let moment = Duration::from_micros(u64::from(Uuid::new_v4().as_bytes()[0]) * 12);
        let (acknowledged, doubted) = send_until_killed(&mut server, &writing, moment);

        let server = Server::start(data.path());
        server.ready();
        let found = names(&server, &reading);
        for command in &acknowledged {
            assert_eq!(found.get(&format!("Organisation {command}")), Some(&1), "kill {kill}: it was acknowledged");
        }
        // What is in doubt is sent again under the same id, as a client does.
        for command in &doubted {
            let answer = register(&server.address, &writing, *command).unwrap();
            assert!(is_acknowledged(&answer), "kill {kill}: {answer}");
        }
        println!("kill {kill}: {} acknowledged, {} in doubt", acknowledged.len(), doubted.len());
        sent.extend(acknowledged);
        sent.extend(doubted);
        let found = names(&server, &reading);
        assert_eq!(found.len(), sent.len(), "kill {kill}: nothing else is on record");
        assert!(sent.iter().all(|command| found.get(&format!("Organisation {command}")) == Some(&1)), "kill {kill}");
        server.stop();
    }
    let verified = run_on(data.path(), &["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}
