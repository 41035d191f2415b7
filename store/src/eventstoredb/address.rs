//! The address: a connection string, which can hold a password and is never shown as it is.

use std::{
    fmt, fs,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use eventstore::{ClientSettings, Credentials, Endpoint};
use percent_encoding::percent_decode_str;

use crate::StoreError;

/// The schemes of connection strings; each can be followed by `+discover`.
const SCHEMES: [&str; 4] = ["esdb", "kurrentdb", "kurrent", "kdb"];

/// More signs than any scheme has that somebody may have meant.
const SCHEME_CHARS_MAX: usize = 20;

/// The highest port there is.
const PORT_MAX: u32 = 65_535;

/// Between two attempts of the client to find a node, and before its first, in milliseconds.
const DISCOVERY_INTERVAL_MS: u32 = 50;

/// Whether `text` looks like an address of any kind of server, whoever speaks what there.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// Refuses an address that can't be right, whatever becomes of the server that it means.
///
/// # Errors
///
/// When it is not one of EventStoreDB, or names no host or port that can be; says so without what may be secret.
pub fn check_address(text: &str) -> Result<(), StoreError> {
    Address::parse(text).map(drop)
}

/// Where EventStoreDB is and how to speak to it.
#[derive(Clone, PartialEq)]
pub(super) struct Address {
    settings: ClientSettings,
    hosts: String,
    user: Option<User>,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
struct User {
    name: String,
    password: String,
}

impl User {
    /// The user that stands before the hosts, and the rest without it: the client's crate takes `%2F` for three signs.
    fn split(rest: &str) -> (Option<Self>, String) {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let Some((user, hosts)) = rest[..end].rsplit_once('@') else { return (None, rest.to_owned()) };
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = (!name.is_empty()).then(|| Self { name: plain(name), password: plain(password) });
        (user, format!("{hosts}{}", &rest[end..]))
    }
}

impl Address {
    /// Reads a connection string.
    ///
    /// # Errors
    ///
    /// When it is none; says so in a sentence without what may be secret.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
        if !SCHEMES.contains(&scheme.strip_suffix("+discover").unwrap_or(scheme)) {
            return Err(unknown_scheme(scheme));
        }
        let unreadable = |reason: &dyn fmt::Display| {
            let form = "esdb://user:password@host:2113?tls=true";
            let percent = "signs other than letters and digits in the password as %2F and the like";
            StoreError(format!("the store's address can't be read ({reason}); write it as {form}, {percent}"))
        };
        let (user, unsigned) = User::split(rest);
        let text = format!("{scheme}://{unsigned}");
        let text = with_default(&text, "discoveryInterval", &DISCOVERY_INTERVAL_MS.to_string());
        let text = with_default(&text, "connectionName", "milepost");
        let settings: ClientSettings = text.parse().map_err(|error: eventstore::ClientSettingsParseError| {
            // Its messages can quote any part of the address.
            let said = error.error().map_or_else(|| error.message().to_owned(), ToString::to_string);
            unreadable(&without_secrets(&said, rest))
        })?;
        let hosts: Vec<_> = settings.hosts().iter().map(place).collect();
        if hosts.is_empty() || settings.hosts().iter().any(|host| !can_be_host(&host.host)) {
            return Err(unreadable(&"it names no host"));
        }
        if let Some(Endpoint { port, .. }) = settings.hosts().iter().find(|host| !(1..=PORT_MAX).contains(&host.port)) {
            return Err(unreadable(&format_args!("there is no port {port}")));
        }
        Ok(Self { hosts: hosts.join(", "), settings, user })
    }

    /// How to connect. Who asks is not in it: that is said with each question.
    pub const fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// Who asks, for the client's crate.
    pub fn credentials(&self) -> Option<Credentials> {
        self.user.as_ref().map(|user| Credentials::new(user.name.clone(), user.password.clone()))
    }

    /// Who asks, as a header.
    pub fn authorization(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        Some(format!("Basic {}", STANDARD.encode(format!("{}:{}", user.name, user.password))))
    }

    /// The hosts, for people.
    pub fn hosts(&self) -> &str {
        &self.hosts
    }
}

/// Of a scheme that has other signs than letters nobody can tell that it holds no password.
fn unknown_scheme(scheme: &str) -> StoreError {
    let is_word =
        scheme.len() <= SCHEME_CHARS_MAX && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || "+-.".contains(sign));
    let scheme = if is_word { format!("'{scheme}'") } else { "what comes before ://".to_owned() };
    StoreError(format!("{scheme} is no scheme of EventStoreDB; begin the store's address with esdb://"))
}

/// Whether a machine can have this name or number.
fn can_be_host(host: &str) -> bool {
    let is_sign = |sign: char| sign.is_alphanumeric() || "-._:[]".contains(sign);
    !host.is_empty() && host.chars().all(is_sign)
}

/// Where the address is found.
pub(super) enum Origin {
    /// It was said.
    Said(String),
    /// In a file, which is read again whenever a connection is made or the credentials are refused, so that a password can be
    /// changed.
    File(PathBuf),
}

impl Origin {
    fn read(&self) -> Result<Address, StoreError> {
        match self {
            Self::Said(text) => Address::parse(text),
            Self::File(file) => {
                let text = fs::read_to_string(file).map_err(|error| {
                    let file = file.display();
                    StoreError(format!(
                        "{file}, which store_file names, can't be read ({error}); write the store's address there"
                    ))
                })?;
                Address::parse(text.trim())
            }
        }
    }
}

/// The address as it was last read.
pub(super) struct Addresses {
    origin: Origin,
    last: Mutex<Result<Address, StoreError>>,
}

impl Addresses {
    pub fn at(origin: Origin) -> Self {
        Self { last: Mutex::new(origin.read()), origin }
    }

    fn lock(&self) -> MutexGuard<'_, Result<Address, StoreError>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address as it was last read.
    ///
    /// # Errors
    ///
    /// When it never could be.
    pub fn last(&self) -> Result<Address, StoreError> {
        self.lock().clone()
    }

    /// The address as it is now; as it was last where it can't be read any more.
    ///
    /// # Errors
    ///
    /// When it never could be read.
    pub fn read_again(&self) -> Result<Address, StoreError> {
        if matches!(self.origin, Origin::Said(_)) {
            return self.last();
        }
        match self.origin.read() {
            Ok(address) => *self.lock() = Ok(address),
            Err(error) => {
                tracing::warn!(%error, "the store's address is kept as it was");
                let mut last = self.lock();
                if last.is_err() {
                    *last = Err(error);
                }
            }
        }
        self.last()
    }
}

/// A host and its port, for people.
pub(super) fn place(endpoint: &Endpoint) -> String {
    format!("{}:{}", endpoint.host, endpoint.port)
}

/// `text` with a parameter that it does not have.
fn with_default(text: &str, parameter: &str, value: &str) -> String {
    let parameters = text.split_once('?').map_or("", |(_, parameters)| parameters);
    let is_given =
        parameters.split('&').any(|given| given.split_once('=').is_some_and(|(name, _)| name.eq_ignore_ascii_case(parameter)));
    let separator = if text.contains('?') { '&' } else { '?' };
    if is_given { text.to_owned() } else { format!("{text}{separator}{parameter}={value}") }
}

/// The client's word on what is wrong, unless it quotes of the address what comes before the last `@`, or any part of that.
fn without_secrets(message: &str, rest: &str) -> String {
    let credentials = rest.rsplit_once('@').map_or("", |(credentials, _)| credentials);
    let mut parts = credentials.split(|sign: char| !sign.is_alphanumeric()).filter(|part| !part.is_empty());
    let quotes = message.contains("://") || parts.any(|part| message.contains(part));
    if quotes { "it is not an address".to_owned() } else { message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Address::parse(text).err().map(|error| error.0).unwrap_or_default()
    }

    #[test]
    fn an_address_names_its_hosts_and_keeps_its_password() {
        let address = Address::parse("esdb://admin:secret@one:2113,two:2114?tls=false").unwrap();
        assert_eq!(address.hosts(), "one:2113, two:2114");
        assert!(Address::parse("kurrentdb+discover://cluster.example:2113").is_ok());
    }

    #[test]
    fn a_user_is_read_as_it_was_meant() {
        let authorization = |text: &str| Address::parse(text).unwrap().authorization();
        let basic = |text: &str| Some(format!("Basic {}", STANDARD.encode(text)));
        assert_eq!(authorization("esdb://admin:changeit@h:1"), basic("admin:changeit"));
        assert_eq!(authorization("esdb://a%40b:p%2Fq%25%3A@one:1,two:2?tls=false"), basic("a@b:p/q%:"));
        assert_eq!(authorization("esdb://h:1?connectionName=a@b"), None);
        // Nothing else is lost on the way.
        let rest = "one:1,two:2?tls=false&nodePreference=follower&keepAliveInterval=20000&discoveryInterval=50&connectionName=x";
        let settings = Address::parse(&format!("esdb://admin:changeit@{rest}")).unwrap().settings;
        assert_eq!(Ok(settings), format!("esdb://{rest}").parse().map_err(|_| ()));
    }

    #[test]
    fn an_address_that_is_none_is_told_without_its_password() {
        assert!(problem("http://localhost:2113").contains("'http' is no scheme of EventStoreDB"));
        for wrong in [
            "esdb://admin:7/secret@127.0.0.1:2113?tls=false",
            "esdb://u:p@ss/secret@h:1",
            "esdb://u:secret@host:x",
            "esdb://u:secret@h:1/path",
            "esdb://u:secret@h:1?tls=perhaps",
            "esdb://",
        ] {
            let problem = problem(wrong);
            assert!(!problem.is_empty() && !problem.contains("secret"), "{wrong}: {problem}");
        }
    }
}
