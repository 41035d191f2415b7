//! TLS as the address asks for it: whose certificates are trusted, and with which one we show ourselves.

use std::{io, sync::Arc};

use eventstore::ClientSettings;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};

/// The configuration that `settings` ask for.
///
/// # Errors
///
/// When a file that they name can't be read.
pub(super) fn config(settings: &ClientSettings) -> io::Result<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let builder = if settings.is_tls_certificate_verification_enabled() {
        builder.with_root_certificates(roots(settings)?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TrustAll(provider)))
    };
    let mut config = match settings.user_certificate() {
        Some((certificate, key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
            builder.with_client_auth_cert(certificates(certificate)?, key).map_err(io::Error::other)?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The authorities whose certificates are trusted: those of the file that is named, else the system's.
fn roots(settings: &ClientSettings) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match settings.tls_ca_file() {
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(io::Error::other)?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    Ok(roots)
}

fn certificates(file: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(file).map_err(io::Error::other)?;
    certificates.collect::<Result<_, _>>().map_err(io::Error::other)
}

/// Takes whatever certificate is shown: `tlsVerifyCert=false`.
#[derive(Debug)]
struct TrustAll(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
