//! Why there is no answer, or not a whole one, in words.

use rustls::{AlertDescription, CertificateError};
use std::error::Error as StdError;
use std::io;
use url::Url;

/// Why nothing came back.
pub(super) fn explain(error: &reqwest::Error, url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let authority = match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let says = |words: &str| chain(error).any(|cause| cause.to_string().contains(words));
    if says("dns error") {
        return format!("the host `{host}` cannot be found");
    }
    let secure = |error: &rustls::Error| explain_tls(error, &authority, host);
    if let Some(why) = chain(error).find_map(|cause| cause.downcast_ref().map(secure)) {
        return why;
    }
    if let Some(kind) = io_kind(error) {
        match kind {
            io::ErrorKind::ConnectionRefused => {
                return format!("connection refused by {authority}");
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => {
                return format!("{authority} dropped the connection before it answered");
            }
            io::ErrorKind::TimedOut => return format!("{authority} cannot be reached"),
            _ => {}
        }
    }
    if says("connection closed before message completed") {
        return format!("{authority} closed the connection before it answered");
    }
    if says("message head is too large") {
        return "the answer has too many headers, or too large ones".into();
    }
    if says("invalid HTTP") || says("invalid content-length") || says("unexpected message") {
        return format!("the answer is not HTTP: {}", innermost(error));
    }
    if url.scheme() == "https" && error.is_connect() {
        return format!("no secure connection to {authority}: {}", innermost(error));
    }
    format!("no answer from {authority}: {}", innermost(error))
}

/// What TLS has against a server, or it against us, and what to do.
fn explain_tls(error: &rustls::Error, authority: &str, host: &str) -> String {
    use rustls::Error;
    let lead = format!("no secure connection to {authority}");
    let why = match error {
        Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => {
                "no CA that is trusted here has signed its certificate; if it is the right server, \
                 name its CA's file: `tls: { ca: … }`"
                    .into()
            }
            CertificateError::NotValidForName => {
                format!("its certificate is not for `{host}`")
            }
            CertificateError::NotValidForNameContext { presented, .. } => format!(
                "its certificate is not for `{host}`, but for {}",
                names(presented)
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired".into()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet".into()
            }
            CertificateError::Revoked => "its certificate was revoked".into(),
            other => format!("its certificate cannot be trusted: {other}"),
        },
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it asks for a client certificate: give it one with `tls: { cert: …, key: … }`".into()
        }
        Error::AlertReceived(
            alert @ (AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied),
        ) => format!("it refuses the client certificate ({alert:?})"),
        Error::AlertReceived(alert) => format!("it refuses ({alert:?})"),
        Error::InvalidMessage(_) => "it does not speak TLS; is it `http://`?".into(),
        other => other.to_string(),
    };
    format!("{lead}: {why}")
}

/// `DnsName("a.test")` as people write it.
fn names(presented: &[String]) -> String {
    let names: Vec<String> = presented
        .iter()
        .map(|name| match (name.find('('), name.strip_suffix(')')) {
            (Some(at), Some(name)) => format!("`{}`", name[at + 1..].trim_matches('"')),
            _ => format!("`{name}`"),
        })
        .collect();
    if names.is_empty() {
        return "no name at all".into();
    }
    names.join(", ")
}

/// Why only so much of a body came.
pub(super) fn explain_body(error: &reqwest::Error, read: u64, expected: Option<u64>) -> String {
    let says = |words: &str| chain(error).any(|cause| cause.to_string().contains(words));
    let came = match expected {
        Some(expected) => format!("after {read} of {}", bytes(expected)),
        None => format!("after {}", bytes(read)),
    };
    if says("end of file before message length reached") || says("unexpected EOF") {
        return format!("the body ended early {came}");
    }
    match io_kind(error) {
        Some(io::ErrorKind::UnexpectedEof) => format!("the body ended early {came}"),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
            format!("the connection was dropped {came}")
        }
        _ => format!("the body broke off {came}: {}", innermost(error)),
    }
}

/// An error and all its causes; what an error of I/O wraps is one of them.
fn chain<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| {
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| {
                let inner: &(dyn StdError + 'static) = inner;
                inner
            });
        wrapped.or_else(|| (*cause).source())
    })
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .last()
        .map(io::Error::kind)
}

/// The cause that says most.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// A size as people write it.
pub(super) fn bytes(count: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match count {
        _ if count >= MIB && count.is_multiple_of(MIB) => format!("{} MiB", count / MIB),
        _ if count >= KIB && count.is_multiple_of(KIB) => format!("{} KiB", count / KIB),
        1 => "1 byte".into(),
        _ => format!("{count} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        for (count, text) in [
            (1, "1 byte"),
            (100, "100 bytes"),
            (2048, "2 KiB"),
            (16 << 20, "16 MiB"),
            (1025, "1025 bytes"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }
}
