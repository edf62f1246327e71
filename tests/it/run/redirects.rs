//! Redirects and cookies.

use super::server::{Reply, Server, json, with};
use super::*;

fn to(location: &str, status: u16) -> Reply {
    with(status, &[("location", location)], "")
}

#[tokio::test]
async fn redirects_are_followed_only_if_asked() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/a" => to("/b?x=1", 302),
        "/b?x=1" => to("c", 307),
        _ => json(200, "{}"),
    })
    .await;
    let told = run(
        &server.origin,
        "
steps:
  - { get: /a, expect: { status: 302, headers: { location: /b?x=1 } } }
  - { post: /a, json: { k: 1 }, follow: true, expect: { status: 200, url: { ends_with: /c } } }
",
    )
    .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(
        server.paths(),
        ["GET /a", "POST /a", "GET /b?x=1", "GET /c"]
    );
    assert_eq!(server.asked()[2].body, "");
    assert_eq!(server.asked()[2].header("content-type"), None);
}

#[tokio::test]
async fn a_circle_ends() {
    let server = Server::start(|_, _| to("/a", 302)).await;
    let told = run(&server.origin, "steps: [{ get: /a, follow: 3 }]").await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.failure().message, "more than 3 redirects");
    assert_eq!(told.failure().notes.len(), 4, "the hops are listed");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn credentials_do_not_go_to_another_origin() {
    let other = Server::start(|_, _| json(200, "{}")).await;
    let away = format!("{}/away", other.origin);
    let server =
        Server::start(move |_, _| with(307, &[("location", &away), ("set-cookie", "sid=1")], ""))
            .await;
    let scenario = "
steps:
  - post: /a
    json: { k: 1 }
    follow: true
    auth: { bearer: not-a-secret }
    headers: { x-kept: yes, cookie: c=2 }
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let asked = &other.asked()[0];
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("x-kept"), Some("yes"));
    assert_eq!(asked.body, r#"{"k":1}"#);
}

#[tokio::test]
async fn cookies_are_kept_for_the_case_and_not_beyond() {
    let server = Server::start(|_, before| {
        let cookie = format!("sid={before}; Path=/; HttpOnly");
        with(200, &[("set-cookie", &cookie)], "{}")
    })
    .await;
    let scenario = "
steps:
  - { get: /a, capture: { sid: { cookie: sid } } }
  - { get: /b }
  - { print: \"{{ sid }}\" }
";
    let told = Bench::new(&server.origin)
        .file("a.yaml", scenario)
        .file("b.yaml", scenario)
        .run()
        .await;
    let sent: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| asked.header("cookie").map(str::to_owned))
        .collect();
    assert_eq!(
        sent,
        [
            None,
            Some("sid=0".to_owned()),
            None,
            Some("sid=2".to_owned())
        ]
    );
    assert_eq!(told.printed(), ["0", "2"]);
}
