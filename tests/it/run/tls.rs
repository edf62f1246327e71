//! TLS, against a server on loopback with certificates made in the test.

use super::server::{Server, with};
use super::*;
use crate::authority::{Ca, Signed};
use rcgen::CertificateParams;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

/// A server that answers every request with 200, and notes who asked.
pub(super) struct Secure {
    pub(super) origin: String,
    /// Whether each connection that came about showed a certificate.
    shown: Arc<Mutex<Vec<bool>>>,
    task: JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Secure {
    pub(super) async fn start(own: &Signed, clients: Option<&Ca>) -> Secure {
        Self::answering(
            own,
            clients,
            "HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\n{}".into(),
        )
        .await
    }

    async fn answering(own: &Signed, clients: Option<&Ca>, answer: String) -> Secure {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                roots
                    .add(CertificateDer::from_pem_slice(ca.pem.as_bytes()).unwrap())
                    .unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let config = builder
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("https://{}", listener.local_addr().unwrap());
        let shown = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn({
            let shown = Arc::clone(&shown);
            async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (acceptor, shown) = (acceptor.clone(), Arc::clone(&shown));
                    let answer = answer.clone();
                    tokio::spawn(async move {
                        match acceptor.accept(stream).into_fallible().await {
                            Ok(mut stream) => {
                                let certificates = stream.get_ref().1.peer_certificates();
                                shown.lock().unwrap().push(certificates.is_some());
                                let mut asked = Vec::new();
                                while stream.read_buf(&mut asked).await.is_ok_and(|read| read > 0) {
                                    if asked.ends_with(b"\r\n\r\n") {
                                        stream.write_all(answer.as_bytes()).await.unwrap();
                                        asked.clear();
                                    }
                                }
                            }
                            // Whoever closes before all is read takes its last word back.
                            Err((_, mut stream)) => {
                                let _gone = stream.read_to_end(&mut Vec::new()).await;
                            }
                        }
                    });
                }
            }
        });
        Secure {
            origin,
            shown,
            task,
        }
    }

    pub(super) fn shown(&self) -> Vec<bool> {
        self.shown.lock().unwrap().clone()
    }
}

/// Runs one GET with that `tls`, beside the files.
async fn get(server: &Secure, tls: &str, files: &[(&str, &str)]) -> Told {
    let steps = format!("steps: [{{ get: /x, tls: {{ {tls} }} }}]");
    with_files(&server.origin, &steps, files).await
}

async fn with_files(origin: &str, scenario: &str, files: &[(&str, &str)]) -> Told {
    let mut bench = Bench::new(origin).file("a.yaml", scenario);
    for (name, text) in files {
        bench = bench.data(name, text.as_bytes());
    }
    bench.run().await
}

fn refusal(told: &Told) -> String {
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.failure().kind, FailureKind::Transport);
    let message = &told.failure().message;
    let port = message.find("127.0.0.1:").map(|at| &message[at + 10..]);
    let port: String = port
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    message.replacen(&port, "PORT", usize::from(!port.is_empty()))
}

#[tokio::test]
async fn a_ca_is_trusted_if_it_is_named() {
    let (ca, other) = (Ca::new("ours"), Ca::new("theirs"));
    let server = Secure::start(&ca.sign("127.0.0.1"), None).await;
    let files = [("ca.pem", ca.pem.as_str()), ("other.pem", &other.pem)];
    let told = get(&server, "ca: other.pem", &files).await;
    assert_eq!(
        refusal(&told),
        "no secure connection to 127.0.0.1:PORT: no CA that is trusted here has signed its certificate; \
         if it is the right server, name its CA's file: `tls: { ca: … }`"
    );
    // Without a CA of ours the system's are asked, if it has any.
    let told = with_files(&server.origin, "steps: [{ get: /x }]", &files).await;
    assert!(refusal(&told).contains("`tls: { ca: … }`"), "{told:?}");
    assert_eq!(server.shown(), [false; 0]);

    let told = get(&server, "ca: ca.pem", &files).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let both = format!("{}{}", other.pem, ca.pem);
    let told = get(&server, "ca: both.pem", &[("both.pem", &both)]).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(server.shown(), [false; 2]);
}

#[tokio::test]
async fn the_name_must_be_the_servers() {
    let ca = Ca::new("ours");
    let server = Secure::start(&ca.sign("a.test"), None).await;
    let told = get(&server, "ca: ca.pem", &[("ca.pem", &ca.pem)]).await;
    assert_eq!(
        refusal(&told),
        "no secure connection to 127.0.0.1:PORT: its certificate is not for `127.0.0.1`, but for `a.test`"
    );
    let told = get(&server, "insecure: true", &[]).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
}

#[tokio::test]
async fn a_certificate_has_its_time() {
    let ca = Ca::new("ours");
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let server = Secure::start(&ca.sign_with(params), None).await;
    let told = get(&server, "ca: ca.pem", &[("ca.pem", &ca.pem)]).await;
    assert_eq!(
        refusal(&told),
        "no secure connection to 127.0.0.1:PORT: its certificate has expired"
    );
}

#[tokio::test]
async fn insecure_takes_any_certificate() {
    let ca = Ca::new("ours");
    let server = Secure::start(&ca.sign("127.0.0.1"), None).await;
    let told = get(&server, "insecure: true", &[]).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let told = get(&server, "insecure: false", &[]).await;
    assert_eq!(told.status(), &Status::Errored);
    let scenario = "
vars: { careless: true }
steps: [{ get: /x, tls: { insecure: \"{{ careless }}\" } }]
";
    let told = with_files(&server.origin, scenario, &[]).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let told = with_files(&server.origin, &scenario.replace("true", "1"), &[]).await;
    assert_eq!(told.failure().message, "`insecure` is true or false, not 1");
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let (ca, clients, strangers) = (Ca::new("ours"), Ca::new("clients"), Ca::new("strangers"));
    let server = Secure::start(&ca.sign("127.0.0.1"), Some(&clients)).await;
    let (client, stranger) = (clients.sign("me"), strangers.sign("not me"));
    let files = [
        ("ca.pem", ca.pem.as_str()),
        ("client.pem", &client.certificate),
        ("client.key", &client.key),
        ("stranger.pem", &stranger.certificate),
        ("stranger.key", &stranger.key),
    ];
    let told = get(&server, "ca: ca.pem", &files).await;
    assert_eq!(
        refusal(&told),
        "no secure connection to 127.0.0.1:PORT: it asks for a client certificate: give it one with \
         `tls: { cert: …, key: … }`"
    );
    let told = get(
        &server,
        "ca: ca.pem, cert: stranger.pem, key: stranger.key",
        &files,
    )
    .await;
    let message = refusal(&told);
    assert!(
        message.contains("it refuses the client certificate"),
        "{message}"
    );
    assert_eq!(server.shown(), [false; 0]);
    let told = get(
        &server,
        "ca: ca.pem, cert: client.pem, key: client.key",
        &files,
    )
    .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(server.shown(), [true]);
    let told = get(
        &server,
        "ca: ca.pem, cert: client.pem, key: stranger.key",
        &files,
    )
    .await;
    assert_eq!(
        told.failure().message,
        "the `cert` and the `key` of `tls` do not belong together"
    );
}

#[tokio::test]
async fn steps_share_connections_where_their_settings_are_the_same() {
    let ca = Ca::new("ours");
    let server = Secure::start(&ca.sign("127.0.0.1"), None).await;
    let scenario = "
defaults: { tls: { ca: ca.pem } }
steps:
  - get: /a
  - get: /b
  - { get: /c, tls: { insecure: true } }
  - { get: /d, tls: { ca: same.pem } }
  - { get: /e, tls: { ca: null, insecure: true } }
";
    let files = [("ca.pem", ca.pem.as_str()), ("same.pem", &ca.pem)];
    let told = with_files(&server.origin, scenario, &files).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(server.shown().len(), 3, "one for each of three settings");
}

#[tokio::test]
async fn what_the_defaults_say_can_be_taken_away() {
    let ca = Ca::new("ours");
    let server = Secure::start(&ca.sign("127.0.0.1"), None).await;
    let scenario = "
defaults: { tls: { ca: ca.pem } }
steps: [{ get: /a }, { get: /b, tls: { ca: null } }]
";
    let told = with_files(&server.origin, scenario, &[("ca.pem", &ca.pem)]).await;
    assert_eq!(told.story(), "GET /a +, GET /b E");
}

#[tokio::test]
async fn a_client_certificate_is_not_shown_to_another_server() {
    let (ca, clients) = (Ca::new("ours"), Ca::new("clients"));
    let other = Secure::start(&ca.sign("127.0.0.1"), Some(&clients)).await;
    let away = format!(
        "HTTP/1.1 307 X\r\nlocation: {}/away\r\ncontent-length: 0\r\n\r\n",
        other.origin
    );
    let server = Secure::answering(&ca.sign("127.0.0.1"), Some(&clients), away).await;
    let client = clients.sign("me");
    let files = [
        ("ca.pem", ca.pem.as_str()),
        ("client.pem", &client.certificate),
        ("client.key", &client.key),
    ];
    let scenario = "
steps: [{ get: /a, follow: true, tls: { ca: ca.pem, cert: client.pem, key: client.key } }]
";
    let told = with_files(&server.origin, scenario, &files).await;
    assert!(refusal(&told).contains("asks for a client certificate"));
    assert_eq!((server.shown(), other.shown()), (vec![true], vec![]));
}

#[tokio::test]
async fn computed_paths_fail_the_step() {
    let server = Secure::start(&Ca::new("ours").sign("127.0.0.1"), None).await;
    for (path, message) in [
        ("gone.pem", "there is no file `gone.pem`"),
        (
            "../../etc/passwd",
            "`../../etc/passwd` is outside the project's folder",
        ),
        (
            "not.pem",
            "`not.pem` has no certificate in PEM: no `-----BEGIN CERTIFICATE-----`",
        ),
    ] {
        let scenario = format!(
            "vars: {{ path: {path} }}\nsteps: [{{ get: /x, tls: {{ ca: \"{{{{ path }}}}\" }} }}]"
        );
        let told = with_files(&server.origin, &scenario, &[("not.pem", "a text")]).await;
        assert_eq!(told.status(), &Status::Errored);
        assert_eq!(told.failure().kind, FailureKind::Request);
        assert_eq!(told.failure().message, message);
    }
    assert_eq!(server.shown(), [false; 0]);
}

#[tokio::test]
async fn plain_http_reads_no_certificates() {
    let server = Server::start(|_, _| with(200, &[], "{}")).await;
    let scenario = "
vars: { path: gone.pem }
defaults: { tls: { ca: \"{{ path }}\" } }
steps: [{ get: /x }]
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let answer = b"HTTP/1.1 400 X\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        let _gone = stream.read_to_end(&mut Vec::new()).await;
    });
    let told = with_files(
        &origin,
        "steps: [{ get: /x, tls: { insecure: true } }]",
        &[],
    )
    .await;
    assert_eq!(
        refusal(&told),
        "no secure connection to 127.0.0.1:PORT: it does not speak TLS; is it `http://`?"
    );
    server.await.unwrap();
}

#[tokio::test]
async fn a_body_goes_by_tls() {
    let ca = Ca::new("ours");
    let long = format!(
        "HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n{}",
        3 << 20,
        "x".repeat(3 << 20)
    );
    let server = Secure::answering(&ca.sign("127.0.0.1"), None, long).await;
    let scenario = "
steps:
  - { get: /x, tls: { ca: ca.pem }, expect: { text: { length: 3145728 } } }
  - { get: /x, tls: { ca: ca.pem }, max_body: 1MiB }
";
    let told = with_files(&server.origin, scenario, &[("ca.pem", &ca.pem)]).await;
    assert_eq!(told.story(), "GET /x +, GET /x E");
    assert_eq!(refusal(&told), "the body is larger than max_body (1 MiB)");
}
