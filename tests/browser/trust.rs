//! Whose pages a driven browser opens: those of the target's CA, checked as requests are, and of nobody else.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::authority::Ca;
use super::project::{Ended, Pages, Project};
use super::standin::host::acceptor;
use super::wanted;

/// A server of pages by TLS, gone with the test.
struct Secure {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// An answer: its status, headers and body.
type Answer = (u16, Vec<(&'static str, String)>, String);

impl Secure {
    /// With the certificate of a name, answering what a function makes of `GET /path`, the headers and the body.
    async fn start(
        ca: &Ca,
        name: &str,
        answer: impl Fn(&str, &HeaderMap, &str) -> Answer + Send + Sync + 'static,
    ) -> Secure {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = acceptor(ca, name);
        let answer = Arc::new(answer);
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
                tokio::spawn(async move {
                    // Whoever does not like the certificate goes.
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service = service_fn(move |request: Request<Incoming>| {
                        let answer = Arc::clone(&answer);
                        async move {
                            let (head, body) = request.into_parts();
                            let body = body.collect().await.unwrap().to_bytes();
                            let asked = format!("{} {}", head.method, head.uri);
                            let body = String::from_utf8_lossy(&body);
                            let (status, headers, body) = answer(&asked, &head.headers, &body);
                            let mut response = Response::builder().status(status);
                            for (name, value) in headers {
                                response = response.header(name, value);
                            }
                            let body = Full::new(Bytes::from(body));
                            Ok::<_, Infallible>(response.body(body).unwrap())
                        }
                    });
                    let _gone = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Secure { address, server }
    }

    /// One page everywhere.
    async fn showing(ca: &Ca, name: &str, body: &str) -> Secure {
        let body = format!("<!doctype html><title>A page</title>{body}");
        Secure::start(ca, name, move |_, _, _| page(body.clone())).await
    }
}

fn page(body: String) -> Answer {
    (200, vec![("content-type", "text/html".into())], body)
}

/// Runs a scenario on a target, `https://pages.test`, with these lines.
async fn run(ca: &Ca, target: &str, scenario: &str) -> Ended {
    let target =
        format!("target: pages\ntargets:\n  pages:\n    base_url: https://pages.test\n{target}\n");
    let project = Project::new(&[
        ("sammati.yaml", target.as_str()),
        ("ca.pem", ca.pem.as_str()),
        ("scenarios/a.yaml", scenario),
    ]);
    project.run("run").await
}

const LOOK: &str = "steps: [ { timeout: 5s, browser: [ { goto: / }, { expect: { text: { contains: Hello } } } ] } ]\n";

#[tokio::test]
async fn pages_are_trusted_by_the_target_s_ca_alone() {
    if !wanted() {
        return;
    }
    let ca = Ca::new("ours");
    let server = Secure::showing(&ca, "pages.test", "<p>Hello</p>").await;
    let resolve = format!("    resolve: {{ pages.test: {} }}", server.address);
    let with = |more: &str| format!("{resolve}\n    {more}");
    run(&ca, &with("tls: { ca: ca.pem }"), LOOK).await.passed();
    run(&ca, &with("browser: { insecure: true }"), LOOK)
        .await
        .passed();
    let ended = run(&ca, &resolve, LOOK).await;
    ended.failed().says(&["ERR_CERT_AUTHORITY_INVALID"]);
    // That requests take any certificate is said of requests.
    let ended = run(&ca, &with("tls: { insecure: true }"), LOOK).await;
    ended.failed().says(&["ERR_CERT_AUTHORITY_INVALID"]);
    let ended = run(&Ca::new("another"), &with("tls: { ca: ca.pem }"), LOOK).await;
    ended.failed().says(&[
        "goto https://pages.test/: no secure connection to pages.test:443: no CA that is trusted here has signed its certificate",
    ]);
}

#[tokio::test]
async fn a_certificate_must_be_the_page_s() {
    if !wanted() {
        return;
    }
    let ca = Ca::new("ours");
    let server = Secure::showing(&ca, "other.test", "<p>Hello</p>").await;
    let target = format!(
        "    browser: {{ resolve: {{ pages.test: {} }} }}\n    tls: {{ ca: ca.pem }}",
        server.address
    );
    let ended = run(&ca, &target, LOOK).await;
    ended
        .failed()
        .says(&["its certificate is not for `pages.test`, but for `other.test`"]);
}

#[tokio::test]
async fn pages_work_as_they_do_elsewhere() {
    if !wanted() {
        return;
    }
    let ca = Ca::new("ours");
    // Another site's frame is a tab of its own to the browser.
    let inner = Secure::start(&ca, "inner.test", |asked, _, _| match asked {
        "GET /tell.js" => (
            200,
            vec![("content-type", "text/javascript".into())],
            "parent.postMessage('framed', '*')".into(),
        ),
        _ => page("<!doctype html><p>Inner</p><script src=/tell.js></script>".into()),
    })
    .await;
    let outer = Secure::start(&ca, "pages.test", |asked, headers, body| {
        let cookies = headers.get(COOKIE).map_or("", |cookies| cookies.to_str().unwrap());
        match asked {
            "GET /form" => page(
                "<!doctype html><meta charset=utf-8><link rel=stylesheet href=/style.css><script src=/script.js></script>\
                 <iframe src=https://inner.test/></iframe><p id=late></p>\
                 <form method=post action=/take><label>Name <input name=name></label><button>Send</button></form>"
                    .into(),
            ),
            "GET /style.css" => (200, vec![("content-type", "text/css".into())], "#late::after { content: ' styled' }".into()),
            "GET /script.js" => (
                200,
                vec![("content-type", "text/javascript".into())],
                "onmessage = async message => { const answer = await fetch('/json', { method: 'PUT', body: 'ä' });\
                 late.textContent = message.data + ' ' + (await answer.json()).got + ' ' + getComputedStyle(late, '::after').content }"
                    .into(),
            ),
            "PUT /json" => (200, vec![("content-type", "application/json".into())], format!("{{\"got\":\"{body}\"}}")),
            "POST /take" => (
                303,
                [(LOCATION, format!("/taken?{body}")), (SET_COOKIE, "a=1; Secure; HttpOnly".into()), (SET_COOKIE, "b=2; Path=/".into())]
                    .map(|(name, value)| (if name == LOCATION { "location" } else { "set-cookie" }, value))
                    .into(),
                String::new(),
            ),
            _ => {
                let languages = headers["accept-language"].to_str().unwrap();
                let who = ["dest", "mode", "site"].map(|part| {
                    let said = headers.get(format!("sec-fetch-{part}"));
                    said.map_or("", |said| said.to_str().unwrap())
                });
                let who = who.join(" ");
                page(format!(
                    "<!doctype html><p>{asked} with {cookies} in {languages}</p><p>asked by {who}</p>"
                ))
            }
        }
    })
    .await;
    // Where somebody is led on from `http`, as most are.
    let to = format!("https://pages.test:{}/form", outer.address.port());
    let plain = Pages::answering(move |_, _| {
        axum::response::IntoResponse::into_response(axum::response::Redirect::to(&to))
    })
    .await;
    let plain_port = plain.origin.rsplit(':').next().unwrap();
    let target = format!(
        "    resolve: {{ pages.test: 127.0.0.1, inner.test: {}, plain.test: 127.0.0.1:{plain_port} }}\n    tls: {{ ca: ca.pem }}",
        inner.address
    );
    let scenario = r#"
steps:
  - timeout: 10s
    browser:
      - goto: http://plain.test/
      - expect: { url: { ends_with: /form }, element: p, text: { matches: 'framed ä " styled"' } }
      - fill: { label: Name, with: Asha Rao }
      - click: { role: button, name: Send }
      - expect: { text: { contains: "GET /taken?name=Asha+Rao with a=1; b=2 in en-US" } }
      - expect: { text: { contains: "asked by document navigate same-origin" } }
"#;
    run(&ca, &target, scenario).await.passed();
}

#[tokio::test]
async fn a_page_that_does_not_come_after_a_click_is_told() {
    if !wanted() {
        return;
    }
    let ca = Ca::new("ours");
    let server = Secure::showing(&ca, "pages.test", "<a href=https://wrong.test/>Go on</a>").await;
    let address = server.address;
    let target = format!(
        "    resolve: {{ pages.test: {address}, wrong.test: {address} }}\n    tls: {{ ca: ca.pem }}"
    );
    let scenario = r#"
steps:
  - timeout: 2s
    browser:
      - goto: /
      - click: { role: link, name: Go on }
      - wait_for: { text: There }
"#;
    let ended = run(&ca, &target, scenario).await;
    ended.failed().says(&[
        "a page did not come: no secure connection to wrong.test:443: its certificate is not for `wrong.test`",
    ]);
}

#[tokio::test]
async fn the_trouble_of_a_page_that_was_left_is_not_told_of_the_next() {
    if !wanted() {
        return;
    }
    let ca = Ca::new("ours");
    // Nobody answers there until the next page is there and asks for its script.
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = slow.local_addr().unwrap();
    let left = Arc::new(tokio::sync::Notify::new());
    let is_left = Arc::clone(&left);
    tokio::spawn(async move {
        let held = slow.accept().await.unwrap();
        is_left.notified().await;
        drop(held);
    });
    let server = Secure::start(&ca, "pages.test", move |asked, _, _| {
        if asked == "GET /left.js" {
            left.notify_one();
        }
        let then = "setTimeout(() => location = '/next', 100)";
        let link = format!("<a href=https://slow.test/ onclick=\"{then}\">Go on</a>");
        page(match asked {
            "GET /next" => "<!doctype html><script src=/left.js></script>".into(),
            _ => format!("<!doctype html>{link}"),
        })
    })
    .await;
    let target = format!(
        "    resolve: {{ pages.test: {}, slow.test: {address} }}\n    tls: {{ ca: ca.pem }}",
        server.address
    );
    let scenario = r#"
steps:
  - timeout: 3s
    browser:
      - goto: /
      - click: { role: link, name: Go on }
      - expect: { url: { ends_with: /next } }
      - wait_for: { text: Nowhere }
"#;
    let ended = run(&ca, &target, scenario).await;
    ended.failed().says(&["wait for text “Nowhere”"]);
    assert!(!ended.text.contains("did not come"), "{}", ended.text);
}

#[tokio::test]
async fn the_environment_s_proxies_are_not_asked() {
    if !wanted() {
        return;
    }
    let ca = Ca::new("ours");
    let server = Secure::showing(&ca, "pages.test", "<p>Hello</p>").await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let plain = Pages::showing("<p>Hello</p>").await;
    let port = plain.origin.rsplit(':').next().unwrap();
    let target = format!(
        "target: pages\ntargets:\n  pages:\n    base_url: https://pages.test\n    resolve: {{ pages.test: {}, plain.test: '127.0.0.1:{port}' }}\n    browser: {{ insecure: true }}\n",
        server.address
    );
    let scenario = "steps: [ { timeout: 5s, browser: [ { goto: / }, { wait_for: { text: Hello } }, { goto: 'http://plain.test/' }, { wait_for: { text: Hello } } ] } ]\n";
    let project = Project::new(&[("sammati.yaml", &target), ("scenarios/a.yaml", scenario)]);
    let mut command = project.command("run");
    for name in [
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
    ] {
        command.env(name, &address);
    }
    let output = tokio::process::Command::from(command)
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let came = tokio::time::timeout(std::time::Duration::ZERO, proxy.accept()).await;
    assert!(came.is_err(), "somebody asks the proxy");
}
