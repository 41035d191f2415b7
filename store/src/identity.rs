//! Which file or directory something is, whatever it is called by now, and whether it is as it was left.

use std::{fs, path::Path, time::SystemTime};

/// Which file or directory it is: on systems that number none, each is taken for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity(Option<(u64, u64)>);

impl Identity {
    /// Of what is now called `path`; `None` where there is nothing.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self(numbers(&found)))
    }
}

#[cfg(unix)]
fn numbers(found: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn numbers(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// How large a file is and when it was last written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Extent {
    /// Of what is now called `path`; `None` where there is nothing.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self { bytes: found.len(), modified: found.modified().ok() })
    }
}
