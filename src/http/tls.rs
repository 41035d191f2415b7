//! TLS at the served address: a certificate and its key from two PEM files, read again when they change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use thiserror::Error;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// More bytes than a chain of certificates has.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a certificate can't be served. Each reads as one sentence.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't use {}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Everybody on the machine can read the key.
    #[error("{} is open to other users; run: chmod o= {}", file.display(), file.display())]
    Exposed {
        /// The file of the key.
        file: PathBuf,
    },
    /// A file holds something else.
    #[error("{} holds no {what} in PEM", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The two don't belong together, or are of a kind that is not known.
    #[error("{} and {} can't be served: {reason}", certificate.display(), key.display())]
    Unfit {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What does not fit.
        reason: rustls::Error,
    },
}

/// A certificate that is served, and where it comes from.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    /// What they held when they were last shown.
    held: Held,
    shown: Arc<Shown>,
    config: ServerConfig,
}

#[derive(Debug, Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
}

/// What two files held.
#[derive(Clone, PartialEq, Eq)]
struct Held {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate that is shown to whoever connects next.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Reads the certificate, with those that lead to its authority, and its key.
    ///
    /// # Errors
    ///
    /// When they can't be read, don't belong together, or everybody on the machine can read the key.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned(), provider: Arc::clone(&provider) };
        let held = files.read()?;
        let certified = files.certified(&held)?;
        let shown = Arc::new(Shown(ArcSwap::from_pointee(certified)));
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|reason| files.unfit(reason))?;
        let resolver = Arc::clone(&shown) as Arc<dyn ResolvesServerCert>;
        let config = builder.with_no_client_auth().with_cert_resolver(resolver);
        Ok(Self { files, held, shown, config })
    }

    /// How connections are taken.
    pub(super) fn config(&self) -> ServerConfig {
        self.config.clone()
    }

    /// Looks at the files from time to time, and shows what they hold from then on. What can't be shown is said once, and the
    /// certificate of before stays. Runs until dropped.
    pub(super) async fn keep_up(mut self) {
        let mut due = tokio::time::interval(LOOK_EVERY);
        let mut complained = String::new();
        loop {
            due.tick().await;
            // Two small files, once in two seconds.
            let read = self.files.read();
            if read.as_ref().is_ok_and(|held| *held == self.held) {
                continue;
            }
            match read.and_then(|held| Ok((self.files.certified(&held)?, held))) {
                Ok((certified, held)) => {
                    self.shown.0.store(Arc::new(certified));
                    tracing::info!(certificate = %self.files.certificate.display(), "the certificate was read again");
                    self.held = held;
                    complained.clear();
                }
                // While one of them is new and the other old they don't belong together.
                Err(error) => {
                    let said = error.to_string();
                    if said != complained {
                        tracing::warn!(error = said, "the certificate of before is served");
                        complained = said;
                    }
                }
            }
        }
    }
}

impl Files {
    fn read(&self) -> Result<Held, TlsError> {
        let read = |file: &Path| read(file).map_err(|source| TlsError::File { file: file.to_owned(), source });
        let certificate = read(&self.certificate)?;
        let key = read(&self.key)?;
        if is_exposed(&self.key) {
            return Err(TlsError::Exposed { file: self.key.clone() });
        }
        Ok(Held { certificate, key })
    }

    fn certified(&self, held: &Held) -> Result<CertifiedKey, TlsError> {
        let empty = |file: &Path, what| TlsError::Empty { file: file.to_owned(), what };
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&held.certificate).collect();
        let certificates = certificates.ok().filter(|certificates| !certificates.is_empty());
        let certificates = certificates.ok_or_else(|| empty(&self.certificate, "certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(&held.key).map_err(|_| empty(&self.key, "private key"))?;
        let certified = CertifiedKey::from_der(certificates, key, &self.provider);
        certified.map_err(|reason| self.unfit(reason))
    }

    fn unfit(&self, reason: rustls::Error) -> TlsError {
        TlsError::Unfit { certificate: self.certificate.clone(), key: self.key.clone(), reason }
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(file)?.len() > FILE_BYTES_MAX {
        return Err(io::Error::other("it is far too large"));
    }
    fs::read(file)
}

/// Whether all users of the machine can read the file. A group may: programs that fetch certificates share keys so.
#[cfg(unix)]
fn is_exposed(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}
