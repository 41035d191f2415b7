//! The keys in the data directory: one signs tokens, one seals what is given to a viewer.
//!
//! The signing key is replaced with overlap. The next one is accepted before it signs, so that every replica knows it by then;
//! the one before is accepted for as long as a token that it signed can live.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

use aws_lc_rs::{
    rand,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use super::files::KeyError;
use super::{
    files::{self, load_or_make, load_or_make_key, recognise, unnote},
    seal::Sealer,
    token::LIFETIME_MAX,
};

/// The file in the data directory that holds the signing key, as PKCS#8 PEM.
pub const SIGNING_KEY_FILE: &str = "signing-key.pem";

/// The file in the data directory that holds the key that will sign next.
pub const NEXT_KEY_FILE: &str = "signing-key.next.pem";

/// The file in the data directory that holds the key that signed before.
pub const PREVIOUS_KEY_FILE: &str = "signing-key.previous.pem";

/// The file in the data directory that holds the sealing key, 32 bytes.
pub const SEALING_KEY_FILE: &str = "sealing-key";

/// The files beside them that tell whether a key is the one that was there before.
pub const KEY_ID_FILES: [&str; 2] = ["signing-key.id", "sealing-key.id"];

/// The Ed25519 key with which Milepost signs its own tokens.
pub struct SigningKey {
    pub(super) private: EncodingKey,
    pub(super) public: VerifyingKey,
}

/// What a data directory signs with, and what it accepts.
pub struct Keyring {
    /// The key that signs.
    pub signing: SigningKey,
    /// The keys whose tokens are accepted: the one that signs, then the next and the one before, where they are there.
    pub accepted: Vec<VerifyingKey>,
}

/// What was done to replace a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// A next key was made, which is accepted and does not sign yet.
    Prepared(Box<str>),
    /// The next key signs, and the one before is accepted for as long as a token of it can live.
    Replaced(Box<str>),
}

/// A public key that tokens are verified with, under one algorithm only.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    /// The key's id: its thumbprint (RFC 7638), so that a key can't carry another's name.
    pub id: Box<str>,
    /// The only algorithm that it is used with.
    pub algorithm: Algorithm,
    key: DecodingKey,
    x: String,
}

impl SigningKey {
    /// The signing key in the data directory `data`; a new one on the first run.
    ///
    /// # Errors
    ///
    /// When the file can't be read or made, is open to other users, holds no Ed25519 key, or another than before.
    pub fn load_or_make(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(SIGNING_KEY_FILE);
        let pem = load_or_make_key(&path, make_pem)?;
        let Some(key) = Self::from_pem(&pem) else {
            return Err(KeyError::DamagedKey { path, problem: "holds no Ed25519 key in PKCS#8 PEM" });
        };
        recognise(&path, &key.public.id)?;
        Ok(key)
    }

    /// The signing key in the data directory `data`, which has to be there.
    ///
    /// # Errors
    ///
    /// When the file is missing, can't be read, is open to other users, or holds no Ed25519 key.
    pub fn load(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(SIGNING_KEY_FILE);
        let pem = files::read(&path)?;
        Self::from_pem(&pem).ok_or(KeyError::DamagedKey { path, problem: "holds no Ed25519 key in PKCS#8 PEM" })
    }

    /// What the data directory `data` signs with and accepts at `now`. The key that signs has to be there.
    ///
    /// # Errors
    ///
    /// When a file can't be read, is open to other users, or holds no Ed25519 key.
    pub fn ring(data: &Path, now: SystemTime) -> Result<Keyring, KeyError> {
        let signing = Self::load(data)?;
        let mut accepted = vec![signing.public.clone()];
        for (path, since) in [(data.join(NEXT_KEY_FILE), None), (data.join(PREVIOUS_KEY_FILE), Some(now))] {
            let Some(key) = Self::load_if_there(&path)? else { continue };
            let is_over = since.is_some_and(|now| is_older(&path, now));
            if !is_over && accepted.iter().all(|known| known.id != key.public.id) {
                accepted.push(key.public);
            }
        }
        Ok(Keyring { signing, accepted })
    }

    /// Makes the key that will sign next in the data directory `data`; where there is one, has it sign from now on.
    ///
    /// A failure in between leaves a directory in which it can be called again.
    ///
    /// # Errors
    ///
    /// When a file can't be read or written, or is no key.
    pub fn rotate(data: &Path) -> Result<Rotated, KeyError> {
        let (path, next, previous) = (data.join(SIGNING_KEY_FILE), data.join(NEXT_KEY_FILE), data.join(PREVIOUS_KEY_FILE));
        let signing = Self::load(data)?;
        let Some(coming) = Self::load_if_there(&next)? else {
            load_or_make(&next, make_pem)?;
            let made = Self::load_if_there(&next)?.ok_or(KeyError::DamagedKey { path: next, problem: "has gone" })?;
            return Ok(Rotated::Prepared(made.public.id));
        };
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| KeyError::File { path, source }
        };
        if signing.public.id != coming.public.id {
            if previous.try_exists().map_err(at(&previous))? {
                fs::remove_file(&previous).map_err(at(&previous))?;
            }
            let pem = files::read(&path)?;
            load_or_make(&previous, || Ok(pem))?;
            // It is accepted from now on for as long as a token of it can live.
            File::options()
                .append(true)
                .open(&previous)
                .and_then(|file| file.set_modified(SystemTime::now()))
                .map_err(at(&previous))?;
        }
        // Without an id a key is not missed and not mistaken, so that none is said to be wrong in between.
        unnote(&path)?;
        fs::rename(&next, &path).map_err(at(&next))?;
        recognise(&path, &coming.public.id)?;
        Ok(Rotated::Replaced(coming.public.id))
    }

    fn load_if_there(path: &Path) -> Result<Option<Self>, KeyError> {
        if !path.try_exists().map_err(|source| KeyError::File { path: path.to_owned(), source })? {
            return Ok(None);
        }
        let key = Self::from_pem(&files::read(path)?);
        let problem = "holds no Ed25519 key in PKCS#8 PEM";
        key.map(Some).ok_or_else(|| KeyError::Damaged { path: path.to_owned(), problem })
    }

    /// The key in `pem`; `None` if it holds no Ed25519 key.
    #[must_use]
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let private = EncodingKey::from_ed_pem(pem).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(private.as_bytes()).ok()?;
        Some(Self { public: VerifyingKey::ed25519(pair.public_key().as_ref()), private })
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }
}

impl VerifyingKey {
    /// The Ed25519 public key whose 32 bytes are `public`.
    #[must_use]
    pub fn ed25519(public: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public);
        let id = thumbprint(&x).into();
        Self { id, algorithm: Algorithm::EdDSA, key: DecodingKey::from_ed_der(public), x }
    }

    /// Whether `signature` is this key's, over `message`.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        crypto::verify(&URL_SAFE_NO_PAD.encode(signature), message, &self.key, self.algorithm).unwrap_or(false)
    }

    /// The key as a JSON Web Key (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.id, "use": "sig", "alg": "EdDSA" })
    }
}

/// The files of signing keys in the data directory `data`.
#[must_use]
pub fn signing_files(data: &Path) -> [PathBuf; 3] {
    [SIGNING_KEY_FILE, NEXT_KEY_FILE, PREVIOUS_KEY_FILE].map(|name| data.join(name))
}

/// Whether no token can live any more at `now` that was signed before the file at `path` was put there.
fn is_older(path: &Path, now: SystemTime) -> bool {
    let since = fs::metadata(path).and_then(|found| found.modified());
    since.is_ok_and(|since| now.duration_since(since).is_ok_and(|age| age > LIFETIME_MAX))
}

/// The document at `/.well-known/jwks.json`.
#[must_use]
pub fn key_set(keys: &[VerifyingKey]) -> Value {
    json!({ "keys": keys.iter().map(VerifyingKey::jwk).collect::<Vec<_>>() })
}

/// The thumbprint of RFC 7638: members in the order of their names, without white space.
fn thumbprint(x: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

fn make_pem() -> Result<Vec<u8>, KeyError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Random)?;
    let der = pair.to_pkcs8v1().map_err(|_| KeyError::Random)?;
    // An Ed25519 key has 48 bytes in PKCS#8: 64 characters, one line of PEM.
    let body = STANDARD.encode(der);
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").into_bytes())
}

impl Sealer {
    /// The sealing key in the data directory `data`; a new one on the first run.
    ///
    /// # Errors
    ///
    /// When the file can't be read or made, is open to other users, hasn't 32 bytes, or holds another key than before.
    pub fn load_or_make(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(SEALING_KEY_FILE);
        let bytes = load_or_make_key(&path, make_secret)?;
        let sealer = bytes.as_slice().try_into().ok().and_then(|key: &[u8; 32]| Self::new(key));
        let Some(sealer) = sealer else {
            return Err(KeyError::DamagedKey { path, problem: "does not hold 32 bytes" });
        };
        recognise(&path, &secret_id(&bytes))?;
        Ok(sealer)
    }
}

/// Tells the sealing key from another, and nothing else of it: it is drawn from 2^256.
fn secret_id(secret: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"milepost sealing key\n");
    hasher.update(secret);
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

fn make_secret() -> Result<Vec<u8>, KeyError> {
    let mut secret = vec![0; 32];
    rand::fill(&mut secret).map_err(|_| KeyError::Random)?;
    Ok(secret)
}
