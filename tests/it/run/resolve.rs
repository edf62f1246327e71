//! A target's `resolve`: names that lead to addresses of its own choice.

use super::server::{Server, json};
use super::tls::Secure;
use super::*;
use crate::authority::Ca;
use std::net::SocketAddr;

fn address(origin: &str) -> SocketAddr {
    let (_, address) = origin.split_once("://").unwrap();
    address.parse().unwrap()
}

/// A run on `base_url`, where `gateway.test` and whatever else is named lead to these addresses.
async fn run(base_url: &str, resolve: &[(&str, SocketAddr)], scenario: &str, ca: &Ca) -> Told {
    let mut bench = Bench::new(base_url)
        .data("ca.pem", ca.pem.as_bytes())
        .file("a.yaml", scenario)
        .secret("key", "a-secret-of-the-target");
    bench.target.resolve = resolve
        .iter()
        .map(|(name, address)| ((*name).to_owned(), *address))
        .collect();
    bench.run().await
}

#[tokio::test]
async fn a_name_leads_where_the_target_says_and_its_certificate_must_be_the_name_s() {
    let ca = Ca::new("ours");
    let server = Secure::start(&ca.sign("gateway.test"), None).await;
    let to = address(&server.origin);
    let get = "defaults: { tls: { ca: ca.pem } }\nsteps: [{ get: /x }]";
    let told = run("https://gateway.test", &[("gateway.test", to)], get, &ca).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(server.shown().len(), 1);

    let told = run("https://another.test", &[("another.test", to)], get, &ca).await;
    assert_eq!(
        told.failure().message,
        "no secure connection to another.test:443: its certificate is not for `another.test`, but for `gateway.test`"
    );
    let told = run("https://nowhere.test", &[("gateway.test", to)], get, &ca).await;
    assert_eq!(
        told.failure().message,
        "the host `nowhere.test` cannot be found"
    );
}

#[tokio::test]
async fn a_port_of_the_url_is_the_url_s() {
    let ca = Ca::new("ours");
    let server = Server::start(|_, _| json(200, "{}")).await;
    let to = address(&server.origin);
    let scenario = format!(
        "steps: [{{ get: \"http://gateway.test:{}/x\" }}]",
        to.port()
    );
    for port in [0, 9] {
        let elsewhere = SocketAddr::new(to.ip(), port);
        let told = run(
            "http://gateway.test",
            &[("gateway.test", elsewhere)],
            &scenario,
            &ca,
        )
        .await;
        assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    }
    assert_eq!(
        server.asked()[0].header("host"),
        Some(&*format!("gateway.test:{}", to.port()))
    );
}

#[tokio::test]
async fn a_name_that_is_resolved_is_not_yet_one_that_secrets_may_go_to() {
    let ca = Ca::new("ours");
    let server = Server::start(|_, _| json(200, "{}")).await;
    let to = address(&server.origin);
    let scenario = r#"
steps:
  - { get: /x, auth: { bearer: "{{ key }}" } }
  - { get: "http://other.test/y", auth: { bearer: "{{ key }}" } }
"#;
    let names = [("gateway.test", to), ("other.test", to)];
    let told = run("http://gateway.test", &names, scenario, &ca).await;
    assert_eq!(
        told.failure().message,
        "the secret `key` would leave for `other.test`, which the target `here` does not name"
    );
    assert_eq!(server.paths(), ["GET /x"]);
}
