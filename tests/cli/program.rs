//! The program, run to its end or as a server.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use schema::NewEvent;
use serde_json::Value;
use store::{EventStore, Expected, embedded::EmbeddedStore};

use crate::support::{new_events, new_thing};

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The program, away from the settings of whoever runs the tests.
pub fn milepost() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
    let ours = env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("MILEPOST_"));
    for name in ours.chain(["COLUMNS".into()]) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// That whoever runs the tests has not had SIGHUP ignored, as `nohup` does: what they start would ignore it too.
pub fn assert_heard(signal: &str) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    assert!(signal != "HUP" || ignored & 1 == 0, "SIGHUP is ignored here; run the tests without nohup");
}

/// What came of running the program to its end.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn of(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (id, (sender, ended)) = (child.id(), mpsc::channel());
        thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
        let Ok(output) = ended.recv_timeout(PATIENCE) else {
            Command::new("kill").args(["-KILL", &id.to_string()]).status().unwrap();
            panic!("it doesn't end: {command:?}")
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().expect("not ended by a signal"), out: text(output.stdout), err: text(output.stderr) }
    }

    /// It can't be done as asked, which is said in one sentence and nothing else.
    pub fn assert_refused(&self, saying: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
        assert!(self.err.starts_with("milepost: "), "{self:?}");
        for part in saying {
            assert!(self.err.contains(part), "{part:?} is not in {:?}", self.err);
        }
    }
}

pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Done {
    Done::of(milepost().args(arguments))
}

/// The program with `--data DIR` at the end.
pub fn run_on(data: &Path, arguments: &[&str]) -> Done {
    Done::of(milepost().args(arguments).arg("--data").arg(data))
}

/// The first line that a server logs; it is ended then.
pub fn first_line(command: &mut Command) -> String {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let line = BufReader::new(child.stderr.take().unwrap()).lines().next();
    child.kill().unwrap();
    child.wait().unwrap();
    line.expect("it logs a line").unwrap()
}

/// A log of `count` events in `data`, each of a thing of its own.
pub fn record(data: &Path, count: usize) {
    record_events(data, new_events(count));
}

/// A log of `events` in `data`, each of a thing of its own.
pub fn record_events(data: &Path, events: impl IntoIterator<Item = NewEvent>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = EmbeddedStore::open(data).unwrap();
    for event in events {
        runtime.block_on(store.append(new_thing(), Expected::NoStream, vec![event])).unwrap();
    }
}

/// A server that was started, on a port that the system chose.
pub struct Server {
    child: Child,
    log: Receiver<Value>,
    /// What was logged before it served.
    pub opening: Vec<String>,
    entries: Vec<Value>,
    pub address: String,
    /// Where it is asked by those who look after it.
    pub probes: String,
}

/// What an address answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub request_id: String,
    pub retry_after: String,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn of(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = response.unwrap();
        let header = |name| response.headers().get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned());
        let (content_type, request_id, retry_after) = (header("content-type"), header("x-request-id"), header("retry-after"));
        let (status, body) = (response.status().as_u16(), response.body_mut().read_to_string().unwrap());
        Self { status, content_type, request_id, retry_after, body }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

/// What a service at `address` answers; nothing if it is gone before that.
pub fn try_ask(address: &str, token: &str, query: &str) -> Option<Value> {
    let request = agent().post(format!("{address}/graphql")).header("authorization", format!("Bearer {token}"));
    let mut answer = request.send_json(serde_json::json!({ "query": query })).ok()?;
    answer.body_mut().read_json().ok()
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_as(milepost().args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data))
    }

    pub fn start_as(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let entry = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(entry).is_err() {
                    return;
                }
            }
        });
        let mut server =
            Self { child, log, opening: Vec::new(), entries: Vec::new(), address: String::new(), probes: String::new() };
        let (opening, serving) = server.until_logged("serving");
        serving["address"].as_str().unwrap().clone_into(&mut server.address);
        server.opening = opening.iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect();
        let probes = opening.iter().find(|entry| entry["message"] == "answering probes");
        server.probes = probes.map_or_else(String::new, |entry| entry["address"].as_str().unwrap().to_owned());
        server.entries = opening;
        server
    }

    /// The next entry of the log that says `message`.
    pub fn logged(&self, message: &str) -> Value {
        self.until_logged(message).1
    }

    fn until_logged(&self, message: &str) -> (Vec<Value>, Value) {
        let mut seen = Vec::new();
        let started = Instant::now();
        while let Some(left) = PATIENCE.checked_sub(started.elapsed()) {
            match self.log.recv_timeout(left) {
                Ok(entry) if entry["message"] == message => return (seen, entry),
                Ok(entry) => seen.push(entry),
                Err(_) => break,
            }
        }
        panic!("{message:?} is not in the log: {seen:#?}")
    }

    pub fn get(&self, path: &str) -> Reply {
        self.get_at(&self.address, path)
    }

    /// What those who look after it are told.
    pub fn probe(&self, path: &str) -> Reply {
        self.get_at(&self.probes, path)
    }

    pub fn get_at(&self, address: &str, path: &str) -> Reply {
        Reply::of(agent().get(format!("{address}{path}")).call())
    }

    pub fn post(&self, path: &str) -> Reply {
        Reply::of(agent().post(format!("{}{path}", self.address)).send_empty())
    }

    /// Sends an archive to `path`; without a token if it is empty.
    pub fn send_archive(&self, path: &str, token: &str, archive: &[u8]) -> Reply {
        let mut request = agent().post(format!("{}{path}", self.address)).header("content-type", "application/zip");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        Reply::of(request.send(archive))
    }

    pub fn ask(&self, token: &str, query: &str) -> Reply {
        let request = agent().post(format!("{}/graphql", self.address)).header("authorization", format!("Bearer {token}"));
        Reply::of(request.send_json(serde_json::json!({ "query": query })))
    }

    /// As [`Self::ask`], of a record that knows of `position`.
    pub fn ask_after(&self, token: &str, position: &str, query: &str) -> Reply {
        let request = agent().post(format!("{}/graphql", self.address)).header("authorization", format!("Bearer {token}"));
        Reply::of(request.header("milepost-after", position).send_json(serde_json::json!({ "query": query })))
    }

    /// Waits until it is ready.
    pub fn ready(&self) -> Value {
        let started = Instant::now();
        loop {
            let reply = self.probe("/readyz");
            if reply.status == 200 {
                return reply.json();
            }
            assert!(started.elapsed() < PATIENCE, "{reply:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it says why it is not ready, beyond that it reads the log.
    pub fn fault(&self) -> String {
        let started = Instant::now();
        loop {
            let said = self.probe("/readyz").json()["detail"].as_str().unwrap_or_default().to_owned();
            if let Some(fault) = said.strip_prefix("the log can't be read: ") {
                return fault.to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "{said}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills the process with this id, at once.
    pub fn kill(process: u32) {
        let sent = Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until its process has ended.
    pub fn wait(&mut self) {
        self.child.wait().unwrap();
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        assert_heard(name);
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Tells it to stop by `signal`: its exit code, how long it took, and the rest of its log.
    pub fn stop_by(mut self, signal: &str) -> (Option<i32>, Duration, Vec<Value>) {
        self.signal(signal);
        let started = Instant::now();
        let status = self.child.wait().unwrap();
        let took = started.elapsed();
        (status.code(), took, self.log.iter().collect())
    }

    /// Stops it as an operator would, within the time that it has.
    pub fn stop(self) -> Vec<Value> {
        let (code, took, log) = self.stop_by("TERM");
        assert_eq!(code, Some(0), "{log:#?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that was stopped is gone by now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
