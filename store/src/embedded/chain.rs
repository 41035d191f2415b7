//! The hash chain: each event's hash covers the event and the hash before it, so that nothing is lost or altered unseen.

use sha2::{Digest, Sha256};

/// SHA-256 over the hash before and every column of the event.
pub(super) type Hash = [u8; 32];

/// What the first event's hash is chained to.
pub(super) const START: Hash = [0; 32];

/// The columns of one event, as they are stored.
pub(super) struct Columns<'a> {
    pub position: i64,
    pub id: &'a [u8],
    pub stream: &'a str,
    pub revision: i64,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    pub event_type: &'a str,
    pub version: i64,
    pub metadata: &'a [u8],
    pub data: &'a [u8],
}

impl Columns<'_> {
    /// The event's hash. What varies in length is preceded by its length, so that no two events run together.
    pub fn hash(&self, previous: &Hash) -> Hash {
        let mut sha = Sha256::new_with_prefix(previous);
        for number in [self.position, self.revision, self.recorded_at, self.version] {
            sha.update(number.to_be_bytes());
        }
        for bytes in [self.id, self.stream.as_bytes(), self.event_type.as_bytes(), self.metadata, self.data] {
            sha.update((bytes.len() as u64).to_be_bytes());
            sha.update(bytes);
        }
        sha.finalize().into()
    }
}
