//! The stand-in: three hosts on loopback with names like Setu's, each with TLS and a certificate of the stand-in's own CA.
//! Behind them is a sandbox, which nobody reaches but through them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sammati::sandbox::{Options, Sandbox};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::gateway::{Gateway, Seen};
use super::relay::{Relay, Told};
use crate::authority::Ca;

/// The part of the names that Setu's have as `setu.co`. Nobody can have a host of that ending, so that a test which
/// finds the wrong way finds no one.
pub(crate) const DOMAIN: &str = "setu.test";

/// A host of the stand-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Api,
    Login,
    Pages,
}

pub(crate) const HOSTS: [Host; 3] = [Host::Api, Host::Login, Host::Pages];

impl Host {
    pub(crate) fn name(self) -> String {
        let name = match self {
            Host::Api => "fiu-sandbox",
            Host::Login => "orgservice-prod",
            Host::Pages => "fiu-uat",
        };
        format!("{name}.{DOMAIN}")
    }

    /// Whether the path is one of this host's; the sandbox has them all in one place.
    pub(crate) fn has(self, path: &str) -> bool {
        let is_page = path.starts_with("/v2/consents/webview/");
        match self {
            Host::Login => path == "/v1/users/login",
            Host::Pages => is_page,
            Host::Api => !is_page && !path.starts_with("/_sandbox") && !path.starts_with("/v1/"),
        }
    }
}

/// The stand-in, gone with the test.
pub(crate) struct Standin {
    pub(crate) ca: Ca,
    pub(crate) addresses: Vec<(Host, SocketAddr)>,
    gateway: Arc<Gateway>,
    relay: Arc<Relay>,
    tasks: Vec<JoinHandle<()>>,
    _sandbox: Sandbox,
}

impl Drop for Standin {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Standin {
    /// With data of that seed; notifications go there, as if it were set on the Bridge.
    pub(crate) async fn start(seed: u64, bridge: SocketAddr, token_life: Duration) -> Standin {
        let ca = Ca::new("the stand-in's");
        let plain = client(&ca, &[]);
        let relay = Arc::new(Relay::new(bridge, plain.clone()));
        let mailbox = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let notify = format!("http://{}/told", mailbox.local_addr().unwrap());
        let mut tasks = vec![tokio::spawn(Arc::clone(&relay).receive(mailbox))];
        let sandbox = Sandbox::start(Options {
            seed,
            token_life,
            notify: Some(Url::parse(&notify).unwrap()),
            ..Options::default()
        })
        .await
        .unwrap();
        // Amounts of observed data are random text in no order, counts are text, and so on by themselves.
        let setup = json!({ "seed": seed, "data": "observed", "artefact_delay": "2s" });
        let answer = plain
            .put(format!("{}/_sandbox/setup", sandbox.origin()))
            .body(setup.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
        let origin = sandbox.origin().to_owned();
        let gateway = Arc::new(Gateway::new(origin, plain, Arc::clone(&relay)));
        let mut addresses = Vec::new();
        for host in HOSTS {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push((host, listener.local_addr().unwrap()));
            let acceptor = acceptor(&ca, &host.name());
            tasks.push(tokio::spawn(serve(
                listener,
                acceptor,
                host,
                Arc::clone(&gateway),
            )));
        }
        Standin {
            ca,
            addresses,
            gateway,
            relay,
            tasks,
            _sandbox: sandbox,
        }
    }

    /// What was answered, in order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.gateway.seen()
    }

    /// Which notifications were sent on, in order.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.relay.told()
    }
}

/// A client that finds and trusts the stand-in.
pub(crate) fn client(ca: &Ca, addresses: &[(Host, SocketAddr)]) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca.pem.as_bytes()).unwrap())
        .unwrap();
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // A connection that the other side closes just then must not fail a request.
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(20));
    for (host, address) in addresses {
        builder = builder.resolve(&host.name(), *address);
    }
    builder.build().unwrap()
}

/// What shows a certificate of that name.
pub(crate) fn acceptor(ca: &Ca, name: &str) -> TlsAcceptor {
    let own = ca.sign(name);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, host: Host, gateway: Arc<Gateway>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, gateway) = (acceptor.clone(), Arc::clone(&gateway));
        tokio::spawn(async move {
            // Whoever does not like the certificate goes.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request| {
                let gateway = Arc::clone(&gateway);
                async move { Ok::<_, Infallible>(gateway.answer(host, request).await) }
            });
            let _gone = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
