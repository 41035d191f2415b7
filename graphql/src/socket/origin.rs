//! Whose pages may open a WebSocket: a browser lets any page try, and says from where.

use std::str::FromStr;

use thiserror::Error;

/// The origins that are allowed beside the service's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// A text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not an origin; write those such as https://milepost.example or http://127.0.0.1:3000, with spaces between")]
pub struct OriginsError(String);

impl FromStr for Origins {
    type Err = OriginsError;

    /// Reads origins with spaces between.
    fn from_str(text: &str) -> Result<Self, OriginsError> {
        let read = |word: &str| {
            let authority =
                authority(word).filter(|authority| !authority.is_empty() && !authority.contains(['/', '?', '#', '@']));
            authority.map(|_| word.to_ascii_lowercase()).ok_or_else(|| OriginsError(word.chars().take(60).collect()))
        };
        text.split_whitespace().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Origins {
    /// Whether a page of `origin` may open a WebSocket at a service that it calls `host`.
    #[must_use]
    pub fn allow(&self, origin: &str, host: Option<&str>) -> bool {
        let own = authority(origin).zip(host).is_some_and(|(origin_host, host)| {
            let default_port = if origin.starts_with("https:") { ":443" } else { ":80" };
            let bare = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
            bare(origin_host) == bare(host)
        });
        own || self.0.iter().any(|allowed| origin.eq_ignore_ascii_case(allowed))
    }
}

/// What follows on the scheme of an origin.
fn authority(origin: &str) -> Option<&str> {
    ["https://", "http://"].iter().find_map(|scheme| origin.strip_prefix(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_service_and_of_allowed_origins_may_come_in() {
        let origins: Origins = "https://desk.example http://127.0.0.1:3000".parse().unwrap();
        for (origin, host) in [
            ("https://milepost.example", "milepost.example"),
            ("https://milepost.example", "Milepost.Example:443"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("https://desk.example", "milepost.example"),
            ("http://127.0.0.1:3000", "milepost.example"),
        ] {
            assert!(origins.allow(origin, Some(host)), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://milepost.example.evil", "milepost.example"),
            ("https://evil.example", "milepost.example"),
            ("https://milepost.example:8443", "milepost.example"),
            ("http://milepost.example", "milepost.example:443"),
            ("https://sub.desk.example", "milepost.example"),
            ("null", "milepost.example"),
            ("", ""),
            ("file://", ""),
        ] {
            assert!(!origins.allow(origin, Some(host)), "{origin} {host}");
        }
        assert!(!origins.allow("https://milepost.example", None));
    }

    #[test]
    fn what_is_no_origin_is_not_taken_for_one() {
        for wrong in
            ["*", "milepost.example", "https://", "https://a.example/", "https://a@b.example", "https://a.example,https://b"]
        {
            let read = wrong.parse::<Origins>();
            assert!(read.is_err() || wrong.contains(','), "{wrong}: {read:?}");
        }
        assert_eq!("".parse::<Origins>(), Ok(Origins::default()));
    }
}
