//! Receipts: what was recorded, signed by the service, so that its sender can prove it later.
//!
//! A receipt is a JSON Web Signature in its compact form (RFC 7515) with a type of its own, under the key that also signs
//! tokens. It names the acts by their ids and leaves, and the last act of their thing at that time. It holds nothing that
//! is confidential but ids and hashes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, crypto};
use schema::{EventId, Leaf, ThingId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::keys::{SigningKey, VerifyingKey};

/// The type that a receipt's header names. Whoever takes tokens takes no receipt for one.
const TYPE: &str = "milepost-receipt+jws";
/// More characters than a receipt for a hundred acts has.
const CHARS_MAX: usize = 64 * 1024;

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// When it was given, in seconds since 1970.
    pub iat: i64,
    /// The thing.
    pub thing: ThingId,
    /// The acts that it is for.
    pub acts: Vec<Proof>,
    /// The last act of the thing when it was given.
    pub head: Proof,
}

/// An act, and the hash of it as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Its id.
    pub id: EventId,
    /// Its number in the stream of the thing.
    pub revision: u64,
    /// Its hash.
    pub leaf: Leaf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// Why a text is no receipt of a key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// It is no receipt.
    #[error("this is no receipt of Milepost; give the text as the API gave it")]
    Malformed,
    /// Another key signed it.
    #[error("the receipt was signed by another key; name the directory that holds it by --keys")]
    OtherKey,
    /// It was altered.
    #[error("the receipt's signature is wrong: it was altered, or never given")]
    Forged,
    /// It can't be signed.
    #[error("the receipt can't be signed")]
    Unsigned,
}

impl Receipt {
    /// The receipt, signed by `key`.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn sign(&self, key: &SigningKey) -> Result<String, ReceiptError> {
        let header = Header { typ: TYPE.to_owned(), alg: "EdDSA".to_owned(), kid: key.public().id.to_string() };
        let message = format!("{}.{}", encode(&header)?, encode(self)?);
        let signature = crypto::sign(message.as_bytes(), &key.private, Algorithm::EdDSA);
        signature.map(|signature| format!("{message}.{signature}")).map_err(|_| ReceiptError::Unsigned)
    }

    /// What the receipt `text` says, if `key` signed it.
    ///
    /// # Errors
    /// When it is no receipt, or another key signed it.
    pub fn open(text: &str, key: &VerifyingKey) -> Result<Self, ReceiptError> {
        let text = text.trim();
        let mut parts = text.split('.');
        let (Some(header), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(ReceiptError::Malformed);
        };
        if text.len() > CHARS_MAX {
            return Err(ReceiptError::Malformed);
        }
        let named: Header = decode(header)?;
        if named.typ != TYPE || named.alg != "EdDSA" {
            return Err(ReceiptError::Malformed);
        }
        if named.kid != *key.id {
            return Err(ReceiptError::OtherKey);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| ReceiptError::Malformed)?;
        let message = format!("{header}.{body}");
        if key.signed(message.as_bytes(), &signature) { decode(body) } else { Err(ReceiptError::Forged) }
    }
}

fn encode(part: &impl Serialize) -> Result<String, ReceiptError> {
    serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| ReceiptError::Unsigned)
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, ReceiptError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| ReceiptError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| ReceiptError::Malformed)
}
