//! The address: a connection string, which can hold a password and is never shown as it is.

use std::fmt;

use eventstore::{ClientSettings, Endpoint};

use crate::store::StoreError;

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
#[derive(Clone)]
pub(super) struct Address {
    settings: ClientSettings,
    hosts: String,
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
        let text = with_default(text, "discoveryInterval", &DISCOVERY_INTERVAL_MS.to_string());
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
        Ok(Self { hosts: hosts.join(", "), settings })
    }

    pub const fn settings(&self) -> &ClientSettings {
        &self.settings
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
