//! The sandbox under load, against a bare axum handler that answers the same bytes in the same run, and how much memory
//! it takes for a hundred thousand consents.
//!
//! `cargo bench --bench load` prints what it measured; with `-- --assert` it fails where a limit is passed. The load is
//! made by `wrk`, which must be there: what makes it must be much cheaper than what is measured. Both servers take
//! turns, so that what else the machine does meets both alike. With `-- --seconds 5` it is over sooner.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, which runs others and prints what it measured"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 2;
/// What the sandbox must answer at least, of what the bare handler does.
const LEAST: f64 = 0.5;
const CONSENTS: usize = 100_000;
/// What it may take at most, as `docs/sandbox.md` says.
const MOST_MEMORY: f64 = 128.0;
/// How much more it may take at the end than half-way. By then it has forgotten more than it kept, and its tables have
/// grown the one last time that they do.
const MOST_GROWTH: f64 = 1.1;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let must_hold = arguments.iter().any(|argument| argument == "--assert");
    let seconds = arguments
        .iter()
        .position(|argument| argument == "--seconds")
        .and_then(|place| arguments.get(place + 1)?.parse().ok())
        .unwrap_or(30);
    // As many other programs in this process, it may have one already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let is_fast = runtime.block_on(speed(seconds));
    let is_small = runtime.block_on(memory());
    if must_hold && !(is_fast && is_small) {
        std::process::exit(1);
    }
}

/// How many consents are shown in a second.
async fn speed(seconds: u64) -> bool {
    let sandbox = Sandbox::start();
    let token = sandbox.log_in().await;
    let headers = [
        format!("authorization: Bearer {token}"),
        "x-product-instance-id: sandbox-product".to_owned(),
    ];
    let id = sandbox.consent(0).await;
    let path = format!("/v2/consents/{id}");
    let body = text(sandbox.authorized(sandbox.client.get(sandbox.url(&path)))).await;
    let bare = serve_bare(body).await;
    let (mut floor, mut ours) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        floor += answers_a_second(&format!("{bare}{path}"), &headers, seconds);
        ours += answers_a_second(&sandbox.url(&path), &headers, seconds);
    }
    let rounds = ROUNDS as f64;
    println!("GET consent, {CONNECTIONS} connections, {ROUNDS} times {seconds} s each");
    println!(
        "  bare axum {:.0} a second, the sandbox {:.0}: {:.2} of it, at least {LEAST}",
        floor / rounds,
        ours / rounds,
        ours / floor
    );
    ours / floor >= LEAST
}

/// What `wrk` counts at this URL.
fn answers_a_second(url: &str, headers: &[String], seconds: u64) -> f64 {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s")]);
    for header in headers {
        wrk.args(["-H", header]);
    }
    let output = wrk.arg(url).output().expect("wrk is installed");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !report.contains("Non-2xx"),
        "wrk did not go well: {report}"
    );
    let counted = report
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    counted
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("wrk counted nothing: {report}"))
}

/// Each consent is asked for, approved and used once.
async fn memory() -> bool {
    let sandbox = Arc::new(Sandbox::start());
    println!("{CONSENTS} consents, each approved and used once");
    let mut half_way = 0.0;
    let mut last = 0.0;
    let mut most: f64 = 0.0;
    let step = CONSENTS / 10;
    for round in 0..10 {
        let next = Arc::new(AtomicUsize::new(round * step));
        let end = (round + 1) * step;
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (sandbox, next) = (sandbox.clone(), next.clone());
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end {
                            return;
                        }
                        sandbox.whole_consent(number).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("a worker ends well");
        }
        last = sandbox.resident();
        most = most.max(last);
        println!("  after {end}: {last:.0} MiB");
        if round == 4 {
            half_way = last;
        }
    }
    let growth = last / half_way;
    println!("  {growth:.2} times what it was half-way, at most {MOST_GROWTH}");
    println!("  at most {most:.0} MiB, of {MOST_MEMORY:.0} that it may take");
    growth <= MOST_GROWTH && most <= MOST_MEMORY
}

/// A sandbox in a process of its own.
struct Sandbox {
    process: Child,
    origin: String,
    client: Client,
}

impl Sandbox {
    fn start() -> Sandbox {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sammati"))
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let output = process.stdout.as_mut().expect("it has an output");
        let origin = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.trim().strip_prefix("base_url")?.trim().to_owned()))
            .expect("it says where it listens");
        Sandbox {
            process,
            origin,
            client: Client::new(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header("x-client-id", "sandbox-client")
            .header("x-client-secret", "sandbox-secret")
            .header("x-product-instance-id", "sandbox-product")
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.client.post(self.url(path)).body(body.to_string());
        let text = text(self.authorized(request)).await;
        serde_json::from_str(&text).expect("an answer in JSON")
    }

    async fn log_in(&self) -> String {
        let body = json!({ "clientID": "sandbox-client", "grant_type": "client_credentials", "secret": "sandbox-secret" });
        let request = self.client.post(self.url("/v1/users/login"));
        let text = text(request.header("client", "bridge").body(body.to_string())).await;
        let answer: Value = serde_json::from_str(&text).expect("an answer in JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The id of a new consent.
    async fn consent(&self, number: usize) -> String {
        let body = json!({ "vua": format!("9{number:09}"), "dataRange": range() });
        let answer = self.post("/v2/consents", body).await;
        answer["id"].as_str().expect("an id").to_owned()
    }

    async fn whole_consent(&self, number: usize) {
        let id = self.consent(number).await;
        let path = format!("/_sandbox/consents/{id}/decision");
        self.post(&path, json!({ "decision": "approve" })).await;
        let body = json!({ "consentId": id, "dataRange": range(), "format": "json" });
        self.post("/v2/sessions", body).await;
    }

    /// How much of the memory is its own, in MiB, as Linux counts it.
    fn resident(&self) -> f64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).expect("Linux tells of its processes");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: f64 = resident
            .and_then(|number| number.trim().trim_end_matches("kB").trim().parse().ok())
            .expect("a number of kB");
        kibibytes / 1024.0
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn range() -> Value {
    json!({ "from": "2024-04-01T00:00:00Z", "to": "2025-03-31T23:59:59Z" })
}

/// The body of an answer that must be a good one.
async fn text(request: RequestBuilder) -> String {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a body");
    assert!(status.is_success(), "{status}: {text}");
    text
}

/// The same bytes with the same type, from a handler that does nothing else. Gives its origin.
async fn serve_bare(body: String) -> String {
    let body = axum::body::Bytes::from(body);
    let handler = move || {
        let body = body.clone();
        async move {
            (
                [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
                body,
            )
        }
    };
    let routes = Router::new().route("/v2/consents/{id}", get(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}
