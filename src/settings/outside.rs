//! What the service is called from outside, and who stands before it.

use std::{net::IpAddr, str::FromStr};

use thiserror::Error;

/// The hosts that the service is reached by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

/// A text is no host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not a host; write names such as milepost.example, without https://, with spaces between")]
pub struct HostError(String);

impl FromStr for Hosts {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ':' | '[' | ']');
        let read = |word: &str| {
            let is_host = !bare(word).is_empty() && word.chars().all(allowed);
            is_host.then(|| word.to_ascii_lowercase()).ok_or_else(|| HostError(word.chars().take(60).collect()))
        };
        text.split_whitespace().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Hosts {
    /// Whether any host is taken.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// The first host, where any are set: a name by which the service can be asked for.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// Whether the service is called `host`. One that is set without a port stands for each port.
    #[must_use]
    pub fn allow(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let name = bare(&host);
        // A dot at the end names the same host.
        let name = name.strip_suffix('.').unwrap_or(name);
        self.is_any() || self.0.iter().any(|own| *own == host || own == name)
    }
}

/// A host without its port.
fn bare(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) => {
            name
        }
        _ => host,
    }
}

/// The networks in which proxies stand whose word is taken for where a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text is no network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not an address or a network; write those such as 127.0.0.1 or 10.0.0.0/8, with spaces between")]
pub struct ProxyError(String);

impl FromStr for Proxies {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let read = |word: &str| Network::read(word).ok_or_else(|| ProxyError(word.chars().take(60).collect()));
        text.split_whitespace().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    /// Whether a proxy stands at `ip`.
    #[must_use]
    pub fn has(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(ip.to_canonical()))
    }
}

impl Network {
    fn read(word: &str) -> Option<Self> {
        let (first, bits) = match word.split_once('/') {
            Some((first, bits)) => (first.parse::<IpAddr>().ok()?, bits.parse().ok()?),
            None => (word.parse::<IpAddr>().ok()?, u8::MAX),
        };
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = if word.contains('/') { bits } else { most };
        (bits <= most).then_some(Self { first, bits })
    }

    fn has(&self, ip: IpAddr) -> bool {
        match (self.first, ip) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                let differing = first.to_bits() ^ ip.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                let differing = first.to_bits() ^ ip.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_with_or_without_its_port() {
        let hosts: Hosts = "milepost.example other.example:8443 [::1]".parse().unwrap();
        for host in
            ["milepost.example", "Milepost.Example", "milepost.example.", "milepost.example:80", "other.example:8443", "[::1]:1"]
        {
            assert!(hosts.allow(host), "{host}");
        }
        for host in
            ["", "evil.example", "other.example", "other.example:1", "milepost.example.evil", "a.milepost.example", "[::2]"]
        {
            assert!(!hosts.allow(host), "{host}");
        }
        assert!(Hosts::default().allow("anything"));
        for wrong in ["https://milepost.example", "a/b", "a@b", "*.example", ":80", "é"] {
            assert!(wrong.parse::<Hosts>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_proxy_is_one_of_its_network() {
        let proxies: Proxies = "127.0.0.1 10.1.0.0/16 ::1 fd00::/8".parse().unwrap();
        for ip in ["127.0.0.1", "10.1.255.7", "::1", "fd12::9", "::ffff:10.1.2.3"] {
            assert!(proxies.has(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["127.0.0.2", "10.2.0.1", "::2", "fe80::1", "192.0.2.1"] {
            assert!(!proxies.has(ip.parse().unwrap()), "{ip}");
        }
        for wrong in ["proxy", "10.0.0.0/33", "10.0.0.0/", "::/129", "1.2.3", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
        assert!("0.0.0.0/0".parse::<Proxies>().unwrap().has("192.0.2.1".parse().unwrap()));
    }
}
