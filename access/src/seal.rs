//! Values given to one viewer: unreadable, unforgeable, and of no use to anybody else.
//!
//! A cursor or a revision says where something stands in the whole record, and so how much of it a viewer does not
//! see. Sealed, it says nothing. The seal is AES-256-GCM-SIV with a fixed nonce: the same value for the same viewer
//! and purpose always reads the same, which caches and tests can rely on, and nothing but that equality shows.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schema::SubjectId;
use thiserror::Error;

/// The most bytes that a sealed value may hold.
pub const PLAIN_BYTES_MAX: usize = 1024;

/// The most characters that a sealed text can have: more is refused before anything is decoded.
const SEALED_CHARS_MAX: usize = (PLAIN_BYTES_MAX + 16 + 1).div_ceil(3) * 4;

/// The first byte of every sealed value: how it was made.
const VERSION: u8 = 1;

/// What a sealed value is for. One made for a purpose can't be used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A place in a list.
    Cursor,
    /// How far a thing had been written when the viewer saw it.
    Revision,
    /// What a mutation wrote, so that a later query can wait for it.
    Position,
    /// How far somebody has been told what is recorded.
    Recorded,
}

impl Purpose {
    const fn byte(self) -> u8 {
        match self {
            Self::Cursor => b'c',
            Self::Revision => b'r',
            Self::Position => b'p',
            Self::Recorded => b'l',
        }
    }
}

/// Why a value can't be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// There is too much to seal.
    #[error("the value is longer than {PLAIN_BYTES_MAX} bytes")]
    TooLong,
    /// The text is not one that was sealed for this viewer and purpose.
    #[error("the value was not given to you for this; use one from an earlier answer as it stands")]
    NotYours,
}

/// Seals and opens values.
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// A sealer under `key`; `None` if the cryptographic library has no room for it.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        Some(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, key).ok()?)))
    }

    /// `value` as a text that only `subject` can hand back, for `purpose`.
    ///
    /// # Errors
    ///
    /// When the value has more than [`PLAIN_BYTES_MAX`] bytes.
    pub fn seal(&self, purpose: Purpose, subject: SubjectId, value: &[u8]) -> Result<String, SealError> {
        if value.len() > PLAIN_BYTES_MAX {
            return Err(SealError::TooLong);
        }
        let mut sealed = value.to_vec();
        let bound = Aad::from(bound(purpose, subject));
        self.0.seal_in_place_append_tag(nonce(), bound, &mut sealed).map_err(|_| SealError::TooLong)?;
        sealed.insert(0, VERSION);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The value that was sealed for `subject` and `purpose`.
    ///
    /// # Errors
    ///
    /// When it was not, whatever the reason.
    pub fn open(&self, purpose: Purpose, subject: SubjectId, text: &str) -> Result<Vec<u8>, SealError> {
        self.try_open(purpose, subject, text).ok_or(SealError::NotYours)
    }

    fn try_open(&self, purpose: Purpose, subject: SubjectId, text: &str) -> Option<Vec<u8>> {
        if text.len() > SEALED_CHARS_MAX {
            return None;
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (_, sealed) = bytes.split_first_mut().filter(|(version, _)| **version == VERSION)?;
        let value = self.0.open_in_place(nonce(), Aad::from(bound(purpose, subject)), sealed).ok()?;
        Some(value.to_vec())
    }
}

/// What a sealed value is bound to.
fn bound(purpose: Purpose, subject: SubjectId) -> [u8; 18] {
    let mut bound = [0; 18];
    bound[0] = VERSION;
    bound[1] = purpose.byte();
    bound[2..].copy_from_slice(subject.0.as_bytes());
    bound
}

/// GCM-SIV draws what it needs from the value itself, so the nonce may stay the same.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const A: SubjectId = SubjectId(Uuid::from_u128(1));
    const B: SubjectId = SubjectId(Uuid::from_u128(2));

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32]).unwrap()
    }

    #[test]
    fn a_value_comes_back_to_its_viewer_and_reads_the_same_each_time() {
        let sealed = sealer().seal(Purpose::Cursor, A, b"42").unwrap();
        assert_eq!(sealer().open(Purpose::Cursor, A, &sealed).unwrap(), b"42");
        assert_eq!(sealer().seal(Purpose::Cursor, A, b"42").unwrap(), sealed);
        assert!(sealed.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    }

    #[test]
    fn a_value_is_of_no_use_to_another_viewer_purpose_or_server() {
        let sealed = sealer().seal(Purpose::Cursor, A, b"42").unwrap();
        assert_ne!(sealer().seal(Purpose::Cursor, B, b"42").unwrap(), sealed);
        assert_eq!(sealer().open(Purpose::Cursor, B, &sealed), Err(SealError::NotYours));
        assert_eq!(sealer().open(Purpose::Revision, A, &sealed), Err(SealError::NotYours));
        assert_eq!(sealer().open(Purpose::Position, A, &sealed), Err(SealError::NotYours));
        assert!(Sealer::new(&[8; 32]).unwrap().open(Purpose::Cursor, A, &sealed).is_err());
    }

    #[test]
    fn no_byte_of_a_value_can_be_changed() {
        let sealed = URL_SAFE_NO_PAD.decode(sealer().seal(Purpose::Position, A, b"9:12").unwrap()).unwrap();
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(&forged);
            assert_eq!(sealer().open(Purpose::Position, A, &text), Err(SealError::NotYours), "byte {at}");
        }
        for text in ["", "AQ", "é", "====", &"A".repeat(5000)] {
            assert_eq!(sealer().open(Purpose::Position, A, text), Err(SealError::NotYours));
        }
    }

    #[test]
    fn a_value_of_a_kilobyte_is_the_longest() {
        let sealed = sealer().seal(Purpose::Cursor, A, &[0; PLAIN_BYTES_MAX]).unwrap();
        assert_eq!(sealer().open(Purpose::Cursor, A, &sealed).unwrap().len(), PLAIN_BYTES_MAX);
        assert_eq!(sealer().seal(Purpose::Cursor, A, &[0; PLAIN_BYTES_MAX + 1]), Err(SealError::TooLong));
    }
}
