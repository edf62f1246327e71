//! Tokens that cases share are renewed before they expire. No clock is waited for: a token that ends when it begins is
//! about to expire at once, and one of an hour is not.

use super::server::{Asked, Reply, Server, json, with};
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const LOGIN: &str = "
params: { user: alice }
steps:
  - id: token
    post: /login
    json: { user: \"{{ user }}\" }
    capture: { token: { jsonpath: $.token, secret: true }, name: $.name }
";

const USE: &str = "  - { use: _login.yaml, id: login, once: true }\n";
const GET: &str = "  - { get: /x, auth: { bearer: \"{{ token }}\" } }\n";

/// The nth token, which lives for so many seconds.
fn token(number: usize, life: u64) -> String {
    let claims = format!(r#"{{"iat": 1000, "exp": {}, "n": {number}}}"#, 1000 + life);
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}

/// A server whose nth login gives a token of that life; one without a life fails.
async fn server(lives: &'static [Option<u64>]) -> Server {
    let logins = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |asked, _| match asked.path.as_str() {
        "/login" => {
            let number = logins.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            match lives[number] {
                Some(life) => with(
                    200,
                    &[("set-cookie", &format!("sid={number}; Path=/"))],
                    &format!(r#"{{"token": "{}", "name": "alice"}}"#, token(number, life)),
                ),
                None => json(503, "{}"),
            }
        }
        "/logins" => {
            let count = logins.load(std::sync::atomic::Ordering::SeqCst);
            json(200, &format!(r#"{{"logins": {count}}}"#))
        }
        _ => json(200, "{}"),
    })
    .await
}

fn bench(server: &Server, scenarios: &[&str]) -> Bench {
    let mut bench = Bench::new(&server.origin).file("_login.yaml", LOGIN);
    for (number, steps) in scenarios.iter().enumerate() {
        bench = bench.file(&format!("{number}.yaml"), &format!("steps:\n{steps}"));
    }
    bench
}

/// What was asked: `login`, or the number of the token that came and of the cookie.
fn told(server: &Server) -> Vec<String> {
    let said = |asked: &Asked| {
        if asked.path == "/login" {
            return "login".to_owned();
        }
        let bearer = asked.header("authorization").unwrap_or_default();
        let number = (0..9).find(|number| {
            let of = |life| bearer == format!("Bearer {}", token(*number, life));
            of(0) || of(3600)
        });
        let cookie = asked.header("cookie").unwrap_or("none");
        match number {
            Some(number) => format!("{number} {cookie}"),
            None => format!("no token: {bearer}"),
        }
    };
    server.asked().iter().map(said).collect()
}

#[tokio::test]
async fn a_token_that_lives_long_is_fetched_once() {
    let server = server(&[Some(3600)]).await;
    let told_of = bench(
        &server,
        &[&format!("{USE}{GET}{GET}"), &format!("{USE}{GET}")],
    )
    .run()
    .await;
    assert_eq!(
        told_of.story(),
        "login.token +, GET /x +, GET /x +, login +, GET /x +"
    );
    assert_eq!(told(&server), ["login", "0 sid=0", "0 sid=0", "0 sid=0"]);
}

#[tokio::test]
async fn a_case_that_comes_when_it_is_over_fetches_another_for_those_after_it() {
    let server = server(&[Some(0), Some(3600)]).await;
    let scenario = format!("{USE}  - get: /y\n");
    let told_of = bench(&server, &[&scenario, &scenario, &scenario])
        .run()
        .await;
    assert_eq!(
        told_of.story(),
        "login.token +, GET /y +, login.token +, GET /y +, login +, GET /y +"
    );
}

#[tokio::test]
async fn in_the_middle_of_a_case_a_header_with_the_token_gets_a_new_one() {
    let server = server(&[Some(0), Some(0), Some(3600)]).await;
    let fragment = "
params: { given: }
steps:
  - { get: /x, headers: { authorization: \"{{ given }}\" } }
";
    let steps = format!(
        "{USE}  - get: /y\n{GET}{GET}  - set: {{ header: \"Bearer {{{{ token }}}}\" }}
  - {{ use: _inner.yaml, with: {{ given: \"{{{{ header }}}}\" }} }}
  - print: \"{{{{ token }}}} of {{{{ name }}}}\"
"
    );
    let told_of = bench(&server, &[&steps])
        .file("_inner.yaml", fragment)
        .run()
        .await;
    assert_eq!(
        told_of.story(),
        "login.token +, GET /y +, login.token +, GET /x +, login.token +, GET /x +, set +, \
         _inner.GET /x +, print +"
    );
    assert_eq!(
        told(&server),
        [
            "login",
            "no token: ",
            "login",
            "1 sid=1",
            "login",
            "2 sid=2",
            "2 sid=2"
        ],
        "what carries no token waits for none, and one that is renewed is renewed for fragments too"
    );
    assert_eq!(told_of.printed(), ["[token] of alice"]);
    let shown = format!("{told_of:?}");
    for number in 0..3 {
        for life in [0, 3600] {
            assert!(
                !shown.contains(&token(number, life)),
                "it is hidden: {shown}"
            );
        }
    }
}

#[tokio::test]
async fn a_poll_that_outlives_its_token_goes_on_with_another() {
    let server = server(&[Some(0), Some(0), Some(0), Some(3600)]).await;
    let steps = format!(
        "{USE}  - {{ get: /x, auth: {{ bearer: \"{{{{ token }}}}\" }}, until: {{ $.never: 1 }}, every: 1ms, within: 20s }}\n"
    );
    let mut bench = bench(&server, &[&steps]);
    bench.jobs = 1;
    let interrupter = Arc::clone(&bench.interrupter);
    let run = bench.run();
    let stop = async {
        server.asked_times(9).await;
        interrupter.send_replace(Interrupt::Stop);
    };
    let (_, ()) = tokio::join!(run, stop);
    let seen = told(&server);
    assert_eq!(
        seen[..8],
        [
            "login", "login", "1 sid=1", "login", "2 sid=2", "login", "3 sid=3", "3 sid=3"
        ]
    );
}

#[tokio::test]
async fn a_token_that_another_case_has_renewed_is_taken() {
    let server = server(&[Some(0), Some(3600)]).await;
    // Whoever comes first has the old token until the other, who finds it over, has fetched a new one.
    let scenario = format!(
        "{USE}  - {{ get: /logins, until: {{ $.logins: 2 }}, every: 1ms, within: 20s }}\n{GET}"
    );
    let mut bench = bench(&server, &[&scenario, &scenario]);
    bench.jobs = 2;
    let told_of = bench.run().await;
    assert_eq!(told_of.outcome.count(|status| *status == Status::Passed), 2);
    let mut seen = told(&server);
    seen.retain(|said| !said.starts_with("no token"));
    assert_eq!(seen, ["login", "login", "1 sid=1", "1 sid=1"]);
}

#[tokio::test]
async fn the_author_may_say_how_long_it_lasts() {
    let server = Server::start(|asked, before| match asked.path.as_str() {
        "/login" => json(
            200,
            &format!(r#"{{"token": "opaque-token-{before}", "name": "a"}}"#),
        ),
        _ => json(200, "{}"),
    })
    .await;
    let lasting = |lasts: &str| format!("{}{GET}", USE.replace("true", lasts));
    let told_of = bench(&server, &[&lasting("0s"), &lasting("0s")])
        .run()
        .await;
    assert_eq!(told_of.outcome.count(|status| *status == Status::Passed), 2);
    let bearers: Vec<String> = server
        .asked()
        .iter()
        .map(|asked| asked.header("authorization").unwrap_or("login").to_owned())
        .collect();
    assert_eq!(
        bearers,
        [
            "login",
            "login",
            "Bearer opaque-token-1",
            "login",
            "login",
            "Bearer opaque-token-4"
        ]
    );
    let before = server.asked().len();
    bench(&server, &[&lasting("25m"), &lasting("25m")])
        .run()
        .await;
    let paths: Vec<String> = server.paths().split_off(before);
    assert_eq!(paths, ["POST /login", "GET /x", "GET /x"]);
}

#[tokio::test]
async fn a_renewal_that_fails_fails_the_step_that_needed_it() {
    let server = server(&[Some(0), None]).await;
    let told_of = bench(&server, &[&format!("{USE}{GET}  - get: /y\n")])
        .run()
        .await;
    assert_eq!(
        told_of.story(),
        "login.token +, login.token F, GET /x F, GET /y -"
    );
    let failed = &told_of.case(0).failed[1];
    assert_eq!(
        failed.failures[0].message,
        "what `_login.yaml` gave is about to expire, and it failed when it was run again: see `0` (0.yaml)"
    );
    assert_eq!(server.paths(), ["POST /login", "POST /login"]);
}

#[tokio::test]
async fn without_once_nothing_is_renewed() {
    let server = server(&[Some(0)]).await;
    let steps = format!("{}{GET}{GET}", USE.replace("true", "false"));
    let told_of = bench(&server, &[&steps]).run().await;
    assert_eq!(told_of.status(), &Status::Passed);
    assert_eq!(told(&server), ["login", "0 sid=0", "0 sid=0"]);
}

#[tokio::test]
async fn a_renewal_that_is_interrupted_ends_the_case() {
    let server = Server::start(|asked, before| match asked.path.as_str() {
        "/login" if before == 0 => json(
            200,
            &format!(r#"{{"token": "{}", "name": "a"}}"#, token(0, 0)),
        ),
        "/login" => Reply::Silence,
        _ => json(200, "{}"),
    })
    .await;
    let bench = bench(&server, &[&format!("{USE}{GET}")]);
    let interrupter = Arc::clone(&bench.interrupter);
    let run = bench.run();
    let stop = async {
        server.asked_times(2).await;
        interrupter.send_replace(Interrupt::Stop);
    };
    let (told_of, ()) = tokio::join!(run, stop);
    assert_eq!(told_of.status(), &Status::NotRun("interrupted".into()));
    assert_eq!(server.paths(), ["POST /login", "POST /login"]);
}
