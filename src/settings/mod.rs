//! What the operator can set: by flags, then by `MILEPOST_*` variables, then in one TOML file, else by default.
//!
//! `default.toml` beside this file names every setting; what it doesn't name is refused.

mod file;
mod keys;
mod outside;
mod overlay;

use std::{
    fmt,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use projections::Standing;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use thiserror::Error;

pub use keys::{nearest, reference};
pub use outside::{HostError, Hosts, Proxies, ProxyError};
pub use overlay::{Environment, Flags};

use graphql::{
    http,
    limits::Limits as OperationLimits,
    queue::Bounds,
    socket::{self, Origins},
    throttle,
};

/// The file in the data directory that is read when none is named.
pub const FILE_NAME: &str = "milepost.toml";

/// Why the settings can't be used. Each reads as one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The file can't be read.
    #[error("the configuration file {} can't be read: {reason}", file.display())]
    Unread {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Something in the file is wrong.
    #[error("{}, line {line}: {problem}", file.display())]
    InFile {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A flag or a variable is wrong.
    #[error("{source_name}: {problem}")]
    Given {
        /// The flag or the variable.
        source_name: String,
        /// What is wrong.
        problem: String,
    },
    /// Each value can be read, but not be used.
    #[error("{0}")]
    Unfit(String),
}

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The data directory.
    pub data: PathBuf,
    /// Where the log is.
    pub store: Store,
    /// The file in which the address of EventStoreDB stands, in the place of `store`; none if empty.
    pub store_file: PathBuf,
    /// What our streams in EventStoreDB begin with, before an underscore.
    pub store_prefix: String,
    /// The address that is served.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Where those who look after the service ask: an address, `beside` for the port after that of `listen` on the machine
    /// itself, or `none`.
    pub probes: String,
    /// The hosts that the service is reached by, with spaces between; any if empty.
    pub hosts: String,
    /// The proxies before it, addresses and networks with spaces between.
    pub proxies: String,
    /// How long a request is worked on, in seconds.
    pub request_timeout_s: u64,
    /// How many queries are worked on at once; 0 for two of each processor.
    pub queries_at_once: usize,
    /// How many commands are worked on at once.
    pub commands_at_once: usize,
    /// How long requests that have begun may go on once the server is told to stop, in seconds.
    pub shutdown_s: u64,
    /// After how many new events a checkpoint is written.
    pub checkpoint_events: u64,
    /// What is logged, and how.
    pub log: Log,
    /// What one GraphQL operation may ask for.
    pub limits: Limits,
    /// What one subject may ask for over time.
    pub allowance: Allowance,
    /// What WebSockets may do.
    pub sockets: Sockets,
    /// What one subject records in a day.
    pub daily: Daily,
    /// What is taken from one address before anybody there says who they are.
    pub addresses: Addresses,
    /// The certificate, where the service is served by TLS.
    pub tls: TlsFiles,
    /// Whether a log that holds less than what stands beside it says is gone on with: never but by its flag.
    #[serde(skip)]
    pub accept_shorter_log: ShorterLog,
}

/// What is done with a log that holds less than what stands beside it, or in it, says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShorterLog {
    /// It is not gone on with.
    #[default]
    Refused,
    /// It is gone on with, whatever is missing.
    Accepted,
    /// It is gone on with if it stands so.
    AcceptedAt(Standing),
}

impl FromStr for ShorterLog {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Self::Accepted) } else { text.parse().map(Self::AcceptedAt) }
    }
}

/// Where the address of EventStoreDB is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StoreAddress<'a> {
    /// In the settings.
    Said(&'a str),
    /// In a file, which can change.
    InFile(&'a Path),
}

/// Where the log is: `embedded`, which is in the data directory, or the address of EventStoreDB. An address can hold a
/// password, so it is not shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Store(String);

impl Store {
    const EMBEDDED: &str = "embedded";

    /// The address, where the log is not in the data directory.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        (self.0 != Self::EMBEDDED).then_some(self.0.as_str())
    }
}

impl Default for Store {
    fn default() -> Self {
        Self(Self::EMBEDDED.to_owned())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.address().is_some() { "Store(an address)" } else { "Store(embedded)" })
    }
}

/// Probes are answered beside the served address.
const BESIDE: &str = "beside";

/// Probes are answered nowhere.
const NONE: &str = "none";

/// The most characters of a prefix.
const PREFIX_CHARS_MAX: usize = 40;

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least that is logged.
    pub level: LogLevel,
    /// The form of a line.
    pub format: LogFormat,
}

/// How grave an entry of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Somebody has to look.
    Error,
    /// Somebody might want to look.
    Warn,
    /// What happens in the ordinary course.
    #[default]
    Info,
    /// For those who look for a fault.
    Debug,
    /// Everything.
    Trace,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What one GraphQL operation may ask for; the fields are those of [`graphql::limits::Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "documented where they are used, and in default.toml")]
pub struct Limits {
    pub depth: usize,
    pub introspection_depth: usize,
    pub fields: usize,
    pub root_fields: usize,
    pub aliases: usize,
    pub directives: usize,
    pub page: i32,
    pub cost: u64,
}

/// What one subject may ask for over time, in points of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowance {
    /// The most at once.
    pub burst: NonZeroU32,
    /// How much of it comes back in a second.
    pub restored_per_second: NonZeroU32,
}

/// What WebSockets may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sockets {
    /// The origins whose pages may open one, beside the service's own, with spaces between.
    pub origins: String,
    /// How many are open at once.
    pub at_once: usize,
    /// How many of them one subject may have.
    pub per_subject: usize,
    /// How many operations may be under way on one.
    pub operations: usize,
}

/// What one subject records in a day of UTC, over the API and the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Daily {
    /// How many acts.
    pub acts: u64,
    /// How many bytes of the log.
    pub bytes: u64,
}

impl Default for Daily {
    fn default() -> Self {
        Self { acts: 50_000, bytes: 100_000_000 }
    }
}

/// What is taken from one address before anybody there says who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addresses {
    /// How many connections are open at once.
    pub connections: usize,
    /// How many WebSockets are open on which no token was sent yet.
    pub sockets: usize,
}

impl Default for Addresses {
    fn default() -> Self {
        Self { connections: 200, sockets: socket::Sockets::default().waiting_per_address }
    }
}

/// The certificate that is served, and its key; none if both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsFiles {
    /// A PEM file with the certificate, and those that lead to its authority.
    pub certificate: PathBuf,
    /// A PEM file with its private key.
    pub key: PathBuf,
}

/// Whether streams in EventStoreDB can begin with `prefix`.
///
/// # Errors
///
/// When it is something else than a few small letters and digits.
pub fn check_prefix(prefix: &str) -> Result<(), SettingsError> {
    let fits = prefix.starts_with(|c: char| c.is_ascii_lowercase())
        && prefix.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && prefix.len() <= PREFIX_CHARS_MAX;
    if !fits {
        let problem = format!(
            "store_prefix has to be at most {PREFIX_CHARS_MAX} small letters and digits, beginning with a letter; \
             each deployment on one server needs one of its own"
        );
        return Err(SettingsError::Unfit(problem));
    }
    Ok(())
}

impl Default for Settings {
    fn default() -> Self {
        let api = http::Settings::default();
        Self {
            data: PathBuf::from("data"),
            store: Store::default(),
            store_file: PathBuf::new(),
            store_prefix: "milepost".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            probes: BESIDE.to_owned(),
            hosts: String::new(),
            proxies: "127.0.0.0/8 ::1".to_owned(),
            request_timeout_s: api.patience.as_secs(),
            queries_at_once: 0,
            commands_at_once: http::COMMANDS_AT_ONCE,
            shutdown_s: 3,
            checkpoint_events: 10_000,
            log: Log::default(),
            limits: Limits::default(),
            allowance: Allowance::default(),
            sockets: Sockets::default(),
            daily: Daily::default(),
            addresses: Addresses::default(),
            tls: TlsFiles::default(),
            accept_shorter_log: ShorterLog::Refused,
        }
    }
}

impl Default for Sockets {
    fn default() -> Self {
        let socket::Sockets { at_once, per_subject, operations, .. } = socket::Sockets::default();
        Self { origins: String::new(), at_once, per_subject, operations }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let OperationLimits { depth, introspection_depth, fields, root_fields, aliases, directives, page, cost } =
            OperationLimits::default();
        Self { depth, introspection_depth, fields, root_fields, aliases, directives, page, cost }
    }
}

impl Default for Allowance {
    fn default() -> Self {
        let throttle::Allowance { burst, restored_per_second } = throttle::Allowance::default();
        Self { burst, restored_per_second }
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let refused = || format!("'{text}' is not an address; write one such as 127.0.0.1:8080 or [::1]:8080");
    text.parse().map_err(|_| D::Error::custom(refused()))
}

/// The settings, and what about the variables deserves a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// A sentence for each variable that looks like ours and is not.
    pub warnings: Vec<String>,
}

/// The settings that `flags`, `environment` and the file that they lead to say.
///
/// # Errors
///
/// When a file that was named can't be read, or something that was said makes no sense.
pub fn load(flags: &Flags, environment: &Environment) -> Result<Loaded, SettingsError> {
    let base = match file::find(flags, environment)? {
        Some(file) => file::read(&file)?,
        None => Settings::default(),
    };
    let settings = overlay::apply(base, flags, environment)?;
    settings.check()?;
    Ok(Loaded { settings, warnings: environment.strangers() })
}

impl Settings {
    /// Where the address of EventStoreDB is said, if the log is there.
    #[must_use]
    pub fn store_address(&self) -> Option<StoreAddress<'_>> {
        let in_file = (!self.store_file.as_os_str().is_empty()).then(|| StoreAddress::InFile(&self.store_file));
        in_file.or_else(|| self.store.address().map(StoreAddress::Said))
    }

    /// Where those who look after the service ask, if anywhere.
    #[must_use]
    pub fn probe_address(&self) -> Option<SocketAddr> {
        if self.probes_are_beside() {
            // After the last port, and after one that the system chooses, the system chooses one.
            let port = Some(self.listen.port()).filter(|port| *port != 0).and_then(|port| port.checked_add(1));
            return Some(SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(0))));
        }
        // What can't be read is refused when the settings are loaded.
        self.probes.parse().ok()
    }

    /// Whether the address of probes follows from that which is served, and was not chosen.
    #[must_use]
    pub fn probes_are_beside(&self) -> bool {
        self.probes == BESIDE
    }

    /// The hosts that the service is reached by.
    ///
    /// # Errors
    ///
    /// When one is none.
    pub fn hosts(&self) -> Result<Hosts, SettingsError> {
        self.hosts.parse().map_err(|error: HostError| SettingsError::Unfit(format!("hosts: {error}")))
    }

    /// The proxies before it.
    ///
    /// # Errors
    ///
    /// When one is none.
    pub fn proxies(&self) -> Result<Proxies, SettingsError> {
        self.proxies.parse().map_err(|error: ProxyError| SettingsError::Unfit(format!("proxies: {error}")))
    }

    /// The files of the certificate and of its key, where the service is served by TLS.
    #[must_use]
    pub fn tls_files(&self) -> Option<(&Path, &Path)> {
        let TlsFiles { certificate, key } = &self.tls;
        (!certificate.as_os_str().is_empty()).then_some((certificate, key))
    }

    /// What the API is to know.
    #[must_use]
    pub fn api(&self) -> http::Settings {
        let Limits { depth, introspection_depth, fields, root_fields, aliases, directives, page, cost } = self.limits;
        let Allowance { burst, restored_per_second } = self.allowance;
        http::Settings {
            limits: OperationLimits { depth, introspection_depth, fields, root_fields, aliases, directives, page, cost },
            allowance: throttle::Allowance { burst, restored_per_second },
            patience: Duration::from_secs(self.request_timeout_s),
            queries: Bounds::of(if self.queries_at_once == 0 { http::queries_at_once() } else { self.queries_at_once }),
            commands: Bounds::of(self.commands_at_once),
            sockets: self.sockets(),
        }
    }

    fn sockets(&self) -> socket::Sockets {
        let Sockets { at_once, per_subject, operations, .. } = self.sockets;
        // What can't be read is refused when the settings are loaded.
        let origins = self.origins().unwrap_or_default();
        let waiting_per_address = self.addresses.sockets;
        socket::Sockets { origins, at_once, per_subject, waiting_per_address, operations, ..socket::Sockets::default() }
    }

    fn origins(&self) -> Result<Origins, SettingsError> {
        self.sockets.origins.parse().map_err(|error| SettingsError::Unfit(format!("sockets.origins: {error}")))
    }

    fn check(&self) -> Result<(), SettingsError> {
        self.check_store()?;
        self.check_ranges()?;
        self.origins()?;
        self.hosts()?;
        self.proxies()?;
        if !["", NONE].contains(&self.probes.as_str()) && self.probe_address().is_none() {
            let problem =
                format!("probes: '{}' is not an address; write one such as 127.0.0.1:8081, beside or none", self.probes);
            return Err(SettingsError::Unfit(problem));
        }
        if self.tls.certificate.as_os_str().is_empty() != self.tls.key.as_os_str().is_empty() {
            let problem = "tls.certificate and tls.key are set both or neither".to_owned();
            return Err(SettingsError::Unfit(problem));
        }
        let (cost, burst) = (self.limits.cost, self.allowance.burst);
        if cost > u64::from(burst.get()) {
            let problem = format!("limits.cost is {cost} and allowance.burst only {burst}; make the second at least the first");
            return Err(SettingsError::Unfit(problem));
        }
        Ok(())
    }

    /// Whether an address can be right, the store itself says at the start.
    fn check_store(&self) -> Result<(), SettingsError> {
        if self.store.address().is_some_and(|address| !address.contains("://")) {
            let form = "esdb://user:password@host:2113?tls=true";
            let problem =
                format!("store is neither 'embedded' nor an address; write one as {form}, or name a directory by --data instead");
            return Err(SettingsError::Unfit(problem));
        }
        if self.store.address().is_some() && !self.store_file.as_os_str().is_empty() {
            let problem = "store and store_file both say where the log is; keep one of them".to_owned();
            return Err(SettingsError::Unfit(problem));
        }
        check_prefix(&self.store_prefix)
    }

    fn check_ranges(&self) -> Result<(), SettingsError> {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let limits = &self.limits;
        let ranges = [
            ("request_timeout_s", self.request_timeout_s, 1, 300),
            ("queries_at_once", count(self.queries_at_once), 0, 10_000),
            ("commands_at_once", count(self.commands_at_once), 1, 10_000),
            ("shutdown_s", self.shutdown_s, 1, 4),
            ("checkpoint_events", self.checkpoint_events, 1, u64::from(u32::MAX)),
            ("limits.depth", count(limits.depth), 1, 60),
            ("limits.introspection_depth", count(limits.introspection_depth), 1, 60),
            ("limits.fields", count(limits.fields), 1, 15_000),
            ("limits.root_fields", count(limits.root_fields), 1, 1_000),
            ("limits.aliases", count(limits.aliases), 0, 1_000),
            ("limits.directives", count(limits.directives), 0, 100),
            ("limits.page", limits.page.try_into().unwrap_or_default(), 1, 1_000),
            ("limits.cost", limits.cost, 1, u64::from(u32::MAX)),
            ("daily.acts", self.daily.acts, 1, u64::from(u32::MAX)),
            ("daily.bytes", self.daily.bytes, 1, 1 << 50),
            ("addresses.connections", count(self.addresses.connections), 1, 50_000),
            ("addresses.sockets", count(self.addresses.sockets), 1, 20_000),
            ("sockets.at_once", count(self.sockets.at_once), 0, 20_000),
            ("sockets.per_subject", count(self.sockets.per_subject), 1, 20_000),
            ("sockets.operations", count(self.sockets.operations), 1, 1_000),
        ];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| value < least || value > most);
        wrong.map_or(Ok(()), |(key, value, least, most)| {
            Err(SettingsError::Unfit(format!("{key} is {value}; it can be {least} to {most}")))
        })
    }
}

/// The default configuration, with a comment on each setting.
pub const DEFAULT: &str = include_str!("default.toml");

fn unread(file: &Path, reason: &impl ToString) -> SettingsError {
    SettingsError::Unread { file: file.to_owned(), reason: reason.to_string() }
}
