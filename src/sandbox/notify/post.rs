//! Sending, one notification after the other: once each, whatever becomes of it.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use rustls::client::WantsClientCert;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::sync::Notify;

use super::outbox::Letter;
use crate::sandbox::gateway::Gateway;

/// How long a receiver may take to answer. The next notification waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends whatever comes into the outbox.
pub(super) async fn deliver(gateway: &Gateway, woken: &Notify) {
    let mut generation = gateway.world().notices.outbox.generation();
    let mut clients = Clients::default();
    loop {
        let letter = gateway.world().notices.outbox.next();
        let Some(letter) = letter else {
            woken.notified().await;
            continue;
        };
        let outcome = tokio::select! {
            outcome = clients.post(&letter) => outcome,
            // Whoever comes after must not wait for a receiver that is no longer wanted.
            _ = generation.wait_for(|generation| *generation != letter.generation) => {
                Err("the URL or the set-up was changed while it was sent".to_owned())
            }
        };
        gateway.world().notices.outbox.note(letter.number, outcome);
    }
}

/// The clients, made when first needed; certificates are read only for `https`.
#[derive(Default)]
struct Clients {
    plain: Option<Client>,
    secure: Option<Client>,
}

impl Clients {
    /// The status of the answer, or why there is none.
    async fn post(&mut self, letter: &Letter) -> Result<u16, String> {
        let is_secure = letter.to.scheme() == "https";
        let place = if is_secure {
            &mut self.secure
        } else {
            &mut self.plain
        };
        let client = match place {
            Some(client) => client,
            None => place.insert(client(is_secure)?),
        };
        let sent = client
            .post(letter.to.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(letter.body.clone())
            .send()
            .await;
        match sent {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) if error.is_timeout() => {
                Err(format!("no answer within {} s", PATIENCE.as_secs()))
            }
            Err(error) => Err(innermost(&error)),
        }
    }
}

fn client(is_secure: bool) -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(
            |builder| -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
                if is_secure {
                    builder.with_platform_verifier()
                } else {
                    Ok(builder.with_root_certificates(RootCertStore::empty()))
                }
            },
        )
        .map_err(|error| format!("the system's certificates cannot be used: {error}"))?
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .timeout(PATIENCE)
        // A receiver that restarts must not cost a notification.
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| innermost(&error))
}

/// What really went wrong: the outer errors say no more than that something did.
fn innermost(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut message = error.to_string();
    while let Some(inner) = source {
        message = inner.to_string();
        source = inner.source();
    }
    message
}
