//! Access tokens: JSON Web Tokens after RFC 9068, signed with one algorithm per key.
//!
//! A token is refused unless everything about it is as it should be (RFC 8725). The claims are not looked at before
//! the signature is found right, so a refusal says nothing of them to whoever made the token up.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, crypto};
use schema::{CredentialId, SubjectId};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use thiserror::Error;
use uuid::Uuid;

use super::{
    Actor, Carried, Grant, Scopes, TokenId,
    keys::{SigningKey, VerifyingKey},
    verified::{Verified, print},
};

/// The issuer of Milepost's own tokens.
pub const ISSUER: &str = "urn:milepost";

/// The audience that a token must be meant for.
pub const AUDIENCE: &str = "urn:milepost:api";

/// How far two clocks may differ, in seconds.
pub const LEEWAY_S: u64 = 30;

/// The longest that a token may live.
pub const LIFETIME_MAX: Duration = Duration::from_hours(30 * 24);

/// More characters than a token with a hundred grants has.
pub const TOKEN_CHARS_MAX: usize = 8 * 1024;

/// More characters than a token's id needs.
const TOKEN_ID_CHARS_MAX: usize = 128;

/// The type that a token's header must name (RFC 9068).
const TYPE: &str = "at+jwt";

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Longer than [`TOKEN_CHARS_MAX`].
    #[error("the token is longer than {TOKEN_CHARS_MAX} characters")]
    TooLong,
    /// Not three parts of canonical base64url, the first two of which are JSON objects.
    #[error("the token is not a signed JSON Web Token")]
    Malformed,
    /// The header has members beside `alg`, `kid` and `typ`, lacks one of them, or has one twice.
    #[error("the token's header must have alg, kid and typ, and nothing else")]
    Header,
    /// The header names another type than `at+jwt`.
    #[error("the token is not an access token (typ at+jwt)")]
    Type,
    /// No key of that name.
    #[error("the token names a key that is not known here")]
    UnknownKey,
    /// Not the one algorithm that the key is for.
    #[error("the token names an algorithm that its key is not for")]
    Algorithm,
    /// The signature is not the key's.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim is missing, given twice, or of the wrong type.
    #[error("a claim of the token is missing or of the wrong type; exp, iss, aud, sub, iat and jti are required")]
    Claims,
    /// From somebody else.
    #[error("the token is from another issuer")]
    Issuer,
    /// For somebody else.
    #[error("the token is meant for another service")]
    Audience,
    /// Over.
    #[error("the token has expired")]
    Expired,
    /// Not yet begun, or issued in the future.
    #[error("the token is not valid yet")]
    NotYet,
    /// Longer than [`LIFETIME_MAX`] from `iat` to `exp`, or not at all.
    #[error("the token's life is not between 1 second and 30 days")]
    Lifetime,
    /// Revoked, by itself or with all that were issued before an instant.
    #[error("the token was revoked; sign in with another")]
    Revoked,
    /// What is on record of its bearer can't be read, and may say that it is good no more.
    #[error("what is on record of the token's bearer can't be read by this build; start a newer one")]
    Unreadable,
    /// The signing library failed.
    #[error("the token could not be signed")]
    Unsigned,
}

/// The header of a token. Whatever else a header holds (`crit`, `jku`, `jwk`, `x5u`) is refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// What a token says. Claims that are not listed are another service's.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    sub: Uuid,
    jti: String,
    iat: u64,
    exp: u64,
    // What is present must be of the right type: null is not "absent".
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    nbf: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    scope: Option<String>,
    #[serde(rename = "urn:milepost:roles", default)]
    roles: Vec<Grant>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What a new token is to say.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whom it is for.
    pub subject: SubjectId,
    /// What they hold.
    pub grants: Vec<Grant>,
    /// How long it lives, at most [`LIFETIME_MAX`].
    pub lifetime: Duration,
}

/// Signs a token that says what `request` asks for, issued at `now` (seconds since 1970).
///
/// # Errors
///
/// When the lifetime is none or too long, or the grants make the token too long to be accepted.
pub fn issue(key: &SigningKey, request: Request, now: u64) -> Result<String, TokenError> {
    if request.lifetime < Duration::from_secs(1) || request.lifetime > LIFETIME_MAX {
        return Err(TokenError::Lifetime);
    }
    let claims = Claims {
        iss: ISSUER.into(),
        aud: Audience::One(AUDIENCE.into()),
        sub: request.subject.0,
        jti: Uuid::new_v4().to_string(),
        iat: now,
        exp: now + request.lifetime.as_secs(),
        nbf: None,
        scope: None,
        roles: request.grants,
    };
    sign(key, &claims)
}

fn sign(key: &SigningKey, claims: &Claims) -> Result<String, TokenError> {
    let header = Header { typ: TYPE.into(), alg: "EdDSA".into(), kid: key.public().id.to_string() };
    let message = format!("{}.{}", encode(&header)?, encode(claims)?);
    let signature = crypto::sign(message.as_bytes(), &key.private, Algorithm::EdDSA).map_err(|_| TokenError::Unsigned)?;
    let token = format!("{message}.{signature}");
    if token.len() > TOKEN_CHARS_MAX { Err(TokenError::TooLong) } else { Ok(token) }
}

fn encode(part: &impl Serialize) -> Result<String, TokenError> {
    let json = serde_json::to_vec(part).map_err(|_| TokenError::Unsigned)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Says whether tokens are valid, and whose they are.
///
/// The signature of a token is verified once in its life; whether it is the time for it, whenever it is shown.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: Arc<RwLock<Arc<[VerifyingKey]>>>,
    verified: Arc<Verified<Right>>,
}

/// What a token that is right says.
#[derive(Debug)]
struct Right {
    /// The key that signed it, by its id.
    key: Box<str>,
    times: Times,
    bearer: Actor,
}

/// The times in a token, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Times {
    issued: u64,
    begins: u64,
    ends: u64,
}

impl Verifier {
    /// A verifier that accepts what any of `keys` signed.
    #[must_use]
    pub fn new(keys: impl Into<Arc<[VerifyingKey]>>) -> Self {
        Self { keys: Arc::new(RwLock::new(keys.into())), verified: Arc::default() }
    }

    /// The keys, as they are published.
    #[must_use]
    pub fn keys(&self) -> Arc<[VerifyingKey]> {
        // Whoever panicked while holding them: they are whole.
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Accepts from now on what any of `keys` signed, and nothing else, wherever this verifier is used.
    pub fn accept(&self, keys: impl Into<Arc<[VerifyingKey]>>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
    }

    /// Who bears `token`, if it is valid at `now` (seconds since 1970), by what it says itself. What is on record of them is for
    /// the app to say.
    ///
    /// # Errors
    ///
    /// When anything about it is not as it should be. Nothing it says is believed before its signature is.
    pub fn verify(&self, token: &str, now: u64) -> Result<Actor, TokenError> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::TooLong);
        }
        let (print, keys) = (print(token), self.keys());
        // What a key signed that is accepted no longer is looked at like any other.
        let is_accepted = |right: &Arc<Right>| keys.iter().any(|key| key.id == right.key);
        if let Some(right) = self.verified.find(&print).filter(is_accepted) {
            right.times.check(now)?;
            return Ok(right.bearer.clone());
        }
        let (key, claims) = read(token, &keys)?;
        let right = admit(key, claims, now)?;
        let bearer = right.bearer.clone();
        self.verified.keep(print, Arc::new(right));
        Ok(bearer)
    }
}

/// What `token` says, and which of `keys` signed it, once its signature is found right.
fn read<'k>(token: &str, keys: &'k [VerifyingKey]) -> Result<(&'k VerifyingKey, Claims), TokenError> {
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
    let key = named_key(&decode::<Header>(header, TokenError::Header)?, keys)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Malformed)?;
    metrics::counter!("milepost_tokens_verified_total").increment(1);
    if !key.signed(message.as_bytes(), &signature) {
        return Err(TokenError::Signature);
    }
    Ok((key, decode(claims, TokenError::Claims)?))
}

/// The key that the header names, if it is used as it is meant to be.
fn named_key<'k>(header: &Header, keys: &'k [VerifyingKey]) -> Result<&'k VerifyingKey, TokenError> {
    if !is_access_token(&header.typ) {
        return Err(TokenError::Type);
    }
    let key = keys.iter().find(|key| *key.id == *header.kid).ok_or(TokenError::UnknownKey)?;
    match header.alg.parse() {
        Ok(algorithm) if key.algorithm == algorithm => Ok(key),
        _ => Err(TokenError::Algorithm),
    }
}

/// Whether `typ` is `at+jwt`, in any case, with or without `application/` before it.
fn is_access_token(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TYPE
}

/// A JSON object in canonical base64url. An array is not taken for one.
fn decode<T: DeserializeOwned>(part: &str, wrong: TokenError) -> Result<T, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    if json.first() != Some(&b'{') {
        return Err(TokenError::Malformed);
    }
    serde_json::from_slice(&json).map_err(|error| if error.is_data() { wrong } else { TokenError::Malformed })
}

/// The bearer of a token that `key` signed and which says `claims`, if it is right in all else.
fn admit(key: &VerifyingKey, claims: Claims, now: u64) -> Result<Right, TokenError> {
    check_addressees(&claims)?;
    let times = Times { issued: claims.iat, begins: claims.nbf.unwrap_or(0), ends: claims.exp };
    times.check(now)?;
    if claims.jti.is_empty() || claims.jti.len() > TOKEN_ID_CHARS_MAX {
        return Err(TokenError::Claims);
    }
    let subject = SubjectId(claims.sub);
    let carried = Carried {
        grants: claims.roles,
        scopes: claims.scope.map_or(Scopes::ALL, |scope| Scopes::parse(&scope)),
        credential: CredentialId::of_token(subject, &claims.jti),
        issued_at: claims.iat,
    };
    let key = key.id.clone();
    Ok(Right { key, times, bearer: Actor::bearing(subject, TokenId(claims.jti.into()), carried, claims.exp) })
}

fn check_addressees(claims: &Claims) -> Result<(), TokenError> {
    if claims.iss != ISSUER {
        Err(TokenError::Issuer)
    } else if !claims.aud.names(AUDIENCE) {
        Err(TokenError::Audience)
    } else {
        Ok(())
    }
}

impl Times {
    fn check(self, now: u64) -> Result<(), TokenError> {
        let lifetime = self.ends.checked_sub(self.issued).filter(|lifetime| *lifetime > 0);
        if lifetime.is_none_or(|lifetime| lifetime > LIFETIME_MAX.as_secs()) {
            return Err(TokenError::Lifetime);
        }
        if self.issued.max(self.begins) > now.saturating_add(LEEWAY_S) {
            return Err(TokenError::NotYet);
        }
        if now >= self.ends.saturating_add(LEEWAY_S) {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}

/// Why a text is not a lifetime for a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not a lifetime: write a number and s, m, h or d, such as 15m, 1h or 7d; at most 30d")]
pub struct LifetimeError(String);

/// The lifetime that `text` says, such as `15m`, `1h` or `7d`.
///
/// # Errors
///
/// When it says none, says one of nothing, or one longer than [`LIFETIME_MAX`].
pub fn parse_lifetime(text: &str) -> Result<Duration, LifetimeError> {
    try_lifetime(text).ok_or_else(|| LifetimeError(text.chars().take(40).collect()))
}

fn try_lifetime(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit_s = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let count: u64 = count.bytes().all(|byte| byte.is_ascii_digit()).then_some(count)?.parse().ok()?;
    let lifetime = Duration::from_secs(count.checked_mul(unit_s)?);
    (!lifetime.is_zero() && lifetime <= LIFETIME_MAX).then_some(lifetime)
}
