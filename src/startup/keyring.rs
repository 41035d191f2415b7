//! The signing keys of a running service, which are read again when they change.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use access::{
    keys::{KeyError, Keyring, SigningKey, signing_files},
    seal::Sealer,
    token::Verifier,
};
use api::Signer;
use tokio::time::sleep;

use super::Keys;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often they are read whether or not they have changed: a key that was replaced is accepted for a time only.
const READ_EVERY: Duration = Duration::from_hours(1);

impl Keys {
    /// The keys in `data`; those that a service needs are made if there are none.
    ///
    /// # Errors
    ///
    /// When a file can't be used.
    pub fn open(data: &Path) -> Result<Self, KeyError> {
        // Made, and told from another that was there before.
        SigningKey::load_or_make(data)?;
        let Keyring { signing, accepted } = SigningKey::ring(data, SystemTime::now())?;
        let (signing, signer) = (Arc::new(signing), Signer::default());
        signer.take(Arc::clone(&signing));
        Ok(Self { signing, verifier: Verifier::new(accepted), signer, sealer: Sealer::load_or_make(data)? })
    }
}

/// Has `verifier` and `signer` follow the keys in `data`. What can't be used changes nothing, and is said once.
pub(super) async fn follow(data: PathBuf, verifier: Verifier, signer: Signer) {
    let (mut seen, mut read_at) = (stamps(&data), SystemTime::now());
    loop {
        sleep(LOOK_EVERY).await;
        let (now, stands) = (SystemTime::now(), stamps(&data));
        let is_due = now.duration_since(read_at).is_ok_and(|passed| passed >= READ_EVERY);
        if stands == seen && !is_due {
            continue;
        }
        (seen, read_at) = (stands, now);
        match SigningKey::ring(&data, now) {
            Ok(Keyring { signing, accepted }) => {
                let ids = |keys: &[access::keys::VerifyingKey]| keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
                if ids(&accepted) != ids(&verifier.keys()) {
                    tracing::info!(signing = %signing.public().id, accepted = accepted.len(), "the signing keys have changed");
                }
                verifier.accept(accepted);
                signer.take(Arc::new(signing));
            }
            Err(error) => tracing::warn!(%error, "the signing keys can't be read; those of before stay"),
        }
    }
}

/// What tells a file from what it was: when it was written, and how long it is; nothing where there is none.
fn stamps(data: &Path) -> [Option<(SystemTime, u64)>; 3] {
    signing_files(data).map(|path| {
        let found = fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    })
}
