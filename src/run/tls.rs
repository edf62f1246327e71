//! What a request asks of TLS, and the configuration that comes of it.

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

use super::evaluate::{Evaluate, fail};
use crate::model::outcome::Failure;
use crate::model::pem;
use crate::model::plan;
use crate::model::template::Template;

/// What is asked of TLS beside what the system says. Two that are equal share a client.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Tls {
    /// Certificates in PEM that are trusted beside the system's.
    pub(super) ca: Option<Vec<u8>>,
    /// A certificate and its key in PEM, shown to a server that asks for one.
    pub(super) identity: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether any certificate is taken.
    pub(super) insecure: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tls")
            .field("ca", &self.ca.is_some())
            .field("identity", &self.identity.is_some())
            .field("insecure", &self.insecure)
            .finish()
    }
}

impl Tls {
    /// The configuration of a client; the system's certificates are read here.
    pub(super) fn config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let verifier: Arc<dyn ServerCertVerifier> = if self.insecure {
            Arc::new(Anyone(provider))
        } else {
            self.verifier(provider)?
        };
        self.identify(
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier),
        )
    }

    /// Certificates are checked as the operating system checks them.
    fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, String> {
        let roots = match &self.ca {
            Some(ca) => pem::certificates(ca).map_err(|why| format!("the `ca` of `tls` {why}"))?,
            None => Vec::new(),
        };
        match Verifier::new_with_extra_roots(roots, provider) {
            Ok(verifier) => Ok(Arc::new(verifier)),
            Err(Error::InvalidCertificate(why)) => Err(format!(
                "the `ca` of `tls` has a certificate that cannot be used: {why:?}"
            )),
            Err(error) => Err(format!(
                "the system's certificates cannot be used: {error}; \
                 name the CA's file in `tls: {{ ca: … }}`"
            )),
        }
    }

    fn identify(
        &self,
        builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    ) -> Result<ClientConfig, String> {
        let Some((certificate, key)) = &self.identity else {
            return Ok(builder.with_no_client_auth());
        };
        let certificates =
            pem::certificates(certificate).map_err(|why| format!("the `cert` of `tls` {why}"))?;
        let key = pem::private_key(key).map_err(|why| format!("the `key` of `tls` {why}"))?;
        builder
            .with_client_auth_cert(certificates, key)
            .map_err(|error| match error {
                Error::InconsistentKeys(_) => {
                    "the `cert` and the `key` of `tls` do not belong together".into()
                }
                error => format!("the `cert` and the `key` of `tls` cannot be used: {error}"),
            })
    }
}

/// Evaluates what a request asks of TLS and reads the files. Nothing is read for a request that goes by
/// `http` and cannot be led elsewhere.
pub(super) fn tls(
    written: Option<&plan::Tls>,
    evaluate: &Evaluate<'_>,
    scheme: &str,
    follow: usize,
) -> Result<Arc<Tls>, Failure> {
    let Some(written) = written.filter(|_| scheme == "https" || follow > 0) else {
        return Ok(Arc::default());
    };
    let read = |path: &Template, judge: fn(&[u8]) -> Result<(), String>| {
        let (name, bytes) = evaluate.file(path)?;
        judge(&bytes).map_err(|why| fail(path.span(), format!("`{name}` {why}")))?;
        Ok(bytes)
    };
    let certificates = |bytes: &[u8]| pem::certificates(bytes).map(drop);
    let identity = match &written.identity {
        Some((certificate, key)) => Some((
            read(certificate, certificates)?,
            read(key, |bytes| pem::private_key(bytes).map(drop))?,
        )),
        None => None,
    };
    let ca = match &written.ca {
        Some(ca) => Some(read(ca, certificates)?),
        None => None,
    };
    let insecure = match evaluate.value(&written.insecure)? {
        Value::Bool(insecure) => insecure,
        other => {
            let message = format!("`insecure` is true or false, not {other}");
            return Err(fail(evaluate.span, message));
        }
    };
    Ok(Arc::new(Tls {
        ca,
        identity,
        insecure,
    }))
}

/// Takes any certificate, as `insecure` says. That the server has the certificate's key is still checked.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
