//! Certificates and keys as PEM text. The only file that knows `rustls-pki-types`.

pub use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use rustls_pki_types::pem::{Error, PemObject as _};

/// All certificates of a file, or what is wrong with it: the rest of a sentence that begins with its path.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(&error))?;
    if certificates.is_empty() {
        return Err("has no certificate in PEM: no `-----BEGIN CERTIFICATE-----`".into());
    }
    Ok(certificates)
}

/// The first private key of a file, or what is wrong with it: the rest of a sentence that begins with its path.
pub fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        Error::NoItemsFound if has(pem, b"ENCRYPTED PRIVATE KEY") => {
            "has a key that a passphrase locks: use one that is not, as `openssl pkey` writes it"
                .into()
        }
        Error::NoItemsFound => "has no private key in PEM: no `-----BEGIN PRIVATE KEY-----`".into(),
        error => unreadable(&error),
    })
}

/// No bytes of the file are shown: it may be a key.
fn unreadable(error: &Error) -> String {
    let why = match error {
        Error::MissingSectionEnd { .. } => "a part of it does not end",
        Error::IllegalSectionStart { .. } => "a part of it does not begin as it should",
        Error::Base64Decode(_) => "a part of it is not base64",
        _ => "it cannot be taken apart",
    };
    format!("is not right as PEM: {why}")
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pem_is_told() {
        let told = |pem: &[u8]| {
            let certificates = certificates(pem).map(|found| found.len());
            (certificates.unwrap_err(), private_key(pem).unwrap_err())
        };
        let (certificates, key) = told(b"\xff\x00binary");
        assert!(
            certificates.contains("no certificate in PEM"),
            "{certificates}"
        );
        assert!(key.contains("no private key in PEM"), "{key}");
        let cut = b"-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(certificates_of(cut).contains("does not end"));
        let odd = b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
        assert!(certificates_of(odd).contains("base64"));
        let locked =
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(told(locked).1.contains("passphrase"));
    }

    fn certificates_of(pem: &[u8]) -> String {
        certificates(pem).unwrap_err()
    }

    #[test]
    fn all_certificates_are_read() {
        let two = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".repeat(2);
        assert_eq!(certificates(two.as_bytes()).unwrap().len(), 2);
        let key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(private_key(key).is_ok());
    }
}
