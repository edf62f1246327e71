//! `browser` steps: what they do, and what they say where they cannot.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _};

use super::project::{Pages, Project};
use super::wanted;

/// A form that says what was sent with it.
const FORM: &str = r#"
<h1>Sign up</h1>
<form action="/done">
  <label for="name">Full name</label> <input id="name" name="name" value="old">
  <label>Bank <select name="bank"><option value="">Choose</option><option value="b1">First Bank</option><option value="b2">Second Bank</option></select></label>
  <label><input type="checkbox" name="one" value="1"> First box</label>
  <label><input type="checkbox" name="two" value="2"> Second box</label>
  <label>Born <input type="date" name="born"></label>
  <button type="submit" id="send">Send it</button>
</form>"#;

fn form() -> impl Fn(&str, &str) -> axum::response::Response + Clone + Send + Sync + 'static {
    |path: &str, _: &str| {
        if path.starts_with("/done") {
            Html(format!(
                "<title>Done</title><h1>Thank you</h1><p>{path}</p>"
            ))
            .into_response()
        } else {
            Html(format!("<title>A form</title>{FORM}")).into_response()
        }
    }
}

#[tokio::test]
async fn a_form_is_filled_and_sent() {
    if !wanted() {
        return;
    }
    let pages = Pages::answering(form()).await;
    let project = Project::of(
        &pages,
        r#"
vars: { name: Asha Rao }
steps:
  - id: sign_up
    browser:
      - goto: /form
      - expect: { url: { ends_with: /form }, element: { role: heading, name: sign up } }
      - fill: { label: Full name, with: "{{ name }}" }
      - select: { label: Bank, option: Second Bank }
      - click: { css: "input[type=checkbox]", all: true }
      - fill: { label: Born, with: 1990-05-17 }
      - expect: { element: { label: First box }, checked: true, enabled: true }
      - expect: { element: { role: checkbox }, count: 2 }
      - expect: { element: { label: Bank }, value: b2 }
      - screenshot: filled
      - if: name == 'nobody'
        click: '[id=nothing]'
      - click: { role: button, name: send }
      - wait_for: { role: heading, name: Thank you }
      - expect:
          url: { contains: "name=Asha+Rao&bank=b2&one=1&two=2&born=1990-05-17" }
          text: { contains: Thank you }
  - id: by_keys
    browser:
      - goto: /form
      - press: { label: Full name, key: Control+a }
      - press: x
      - press: Enter
      - expect: { url: { contains: "name=x" } }
"#,
    );
    let ended = project.run("run -v").await;
    ended
        .passed()
        .says(&["browser did 13 actions, last at http"]);
    let picture = project.path().join(".sammati/pages/a/sign_up-filled.png");
    let bytes = std::fs::read(picture).expect("a picture");
    assert!(bytes.starts_with(b"\x89PNG"), "no PNG");
}

/// What a page cannot do is told with what it shows.
async fn refused(body: &str, actions: &str, parts: &[&str]) {
    if !wanted() {
        return;
    }
    let pages = Pages::showing(body).await;
    let scenario = format!(
        "steps:\n  - id: look\n    timeout: 400ms\n    browser:\n      - goto: /\n      - {actions}\n"
    );
    let project = Project::of(&pages, &scenario);
    project.run("run").await.failed().says(parts);
    let text = std::fs::read_to_string(project.path().join(".sammati/pages/a/look.txt"));
    assert!(text.expect("the page's text").contains("A page"));
    assert!(project.path().join(".sammati/pages/a/look.png").is_file());
}

#[tokio::test]
async fn what_is_not_there_is_told_with_what_is() {
    refused(
        "<p>Good morning</p><button>Yes</button><button>No</button>",
        "click: { role: button, name: Approve }",
        &[
            "scenarios/a.yaml:2",
            "6 |       - click: { role: button, name: Approve }",
            "click button “Approve”",
            "nothing like it",
            "of this kind there are: “Yes”, “No”",
            "waited 400ms",
            "it shows: Good morning",
            ".sammati/pages/a/look.png",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_could_be_two_is_told_at_once() {
    refused(
        "<button>Reject</button><button id=all>Reject all</button>",
        "click: { role: button, name: Reject }",
        &[
            "one element",
            "2 elements",
            "button “Reject”",
            "button “Reject all” (#all)",
            "exact: true",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_cannot_be_clicked_is_told() {
    refused(
        "<button>Go</button><div style='position:fixed;inset:0'>Wait</div>",
        "click: { role: button, name: Go }",
        &["one that can be clicked", "over which lies <div> “Wait”"],
    )
    .await;
    refused(
        "<button disabled>Go</button>",
        "click: { role: button, name: Go }",
        &["one that is enabled", "which is disabled"],
    )
    .await;
    refused(
        "<button style='visibility:hidden'>Go</button>",
        "click: 'button'",
        &["one that is there, and cannot be seen"],
    )
    .await;
}

#[tokio::test]
async fn what_does_not_hold_is_told() {
    refused(
        "<h1>Hello</h1><label>Age <input value=7></label>",
        "expect: { text: { contains: Goodbye }, element: { label: Age }, value: '8' }",
        &[
            "field “Age”: text",
            "field “Age”: value",
            "string \"8\"",
            "string \"7\"",
        ],
    )
    .await;
    refused(
        "<h1>Hello</h1>",
        "expect: { element: h1, visible: false }",
        &["`h1`: visible", "boolean false", "boolean true"],
    )
    .await;
    refused(
        "<select aria-label=Bank><option>First</option></select>",
        "select: { label: Bank, option: Second }",
        &["an option “Second”", "“First”"],
    )
    .await;
    refused("<p>x</p>", "click: 'p['", &["`p[` is no CSS selector"]).await;
}

#[tokio::test]
async fn what_comes_late_is_waited_for() {
    if !wanted() {
        return;
    }
    let body = r"<button id=go disabled>Go</button><p id=p></p>
<script>
  setTimeout(() => { go.disabled = false; go.style.marginLeft = '200px' }, 150);
  go.onclick = () => setTimeout(() => { p.textContent = 'Gone' }, 150);
</script>";
    let pages = Pages::showing(body).await;
    let scenario = r"
steps:
  - browser:
      - goto: /
      - click: { role: button, name: Go, exact: true }
      - expect: { text: { contains: Gone } }
      - wait_for: { text: Nobody, hidden: true }
";
    let project = Project::of(&pages, scenario);
    project.run("run").await.passed();
}

#[tokio::test]
async fn dialogs_are_closed_and_told() {
    refused(
        "<script>alert('Look out')</script><p>After</p>",
        "click: { text: Nobody }",
        &["the page opened a dialog, which was closed: alert: Look out"],
    )
    .await;
}

#[tokio::test]
async fn a_page_that_does_not_come_ends_in_time() {
    if !wanted() {
        return;
    }
    // It takes the connection, and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = silent.local_addr().expect("an address");
    let scenario =
        format!("steps:\n  - timeout: 500ms\n    browser: [ {{ goto: 'http://{address}/' }} ]\n");
    let project = Project::new(&[("scenarios/a.yaml", &scenario)]);
    let ended = project.run("run").await;
    ended.failed().says(&["the page did not come within 500ms"]);
    drop(silent);
    let ended = project.run("run").await;
    ended
        .failed()
        .says(&["goto http://127.0.0.1", "ERR_CONNECTION_REFUSED"]);
}

#[tokio::test]
async fn an_error_page_fails_the_step() {
    if !wanted() {
        return;
    }
    let pages =
        Pages::answering(|_, _| (StatusCode::NOT_FOUND, Html("<p>None")).into_response()).await;
    let project = Project::of(&pages, "steps: [ { browser: [ { goto: /x } ] } ]\n");
    let ended = project.run("run").await;
    ended.failed().says(&["below 400", "number 404"]);
}

#[tokio::test]
async fn cases_have_cookies_of_their_own_in_one_browser() {
    if !wanted() {
        return;
    }
    let pages = Pages::answering(|path, cookies| {
        let page = Html(format!("<p>cookies: [{cookies}]</p>"));
        if path.contains("favicon") {
            return StatusCode::NOT_FOUND.into_response();
        }
        let cookie = format!("case={}", path.trim_start_matches('/'));
        ([("set-cookie", cookie)], page).into_response()
    })
    .await;
    let scenario = r#"
matrix: { case_name: [a, b, c] }
steps:
  - browser:
      - goto: "/{{ case_name }}"
      - expect: { text: "cookies: []" }
  - browser:
      - goto: "/{{ case_name }}"
      - expect: { text: "cookies: [case={{ case_name }}]" }
"#;
    let project = Project::of(&pages, scenario);
    project.run("run --jobs 3").await.passed();
}

#[tokio::test]
async fn secrets_are_in_no_picture_and_no_text() {
    if !wanted() {
        return;
    }
    // The second page looks as the first one must be shown: the places are there, and nothing in them.
    let page = |style: &str, pin: &str| {
        format!(
            "<style>p, input {{ font: 20px monospace }} .s {{ {style} }}</style><p>Before</p>\
             <p class=s>Your pin is <b>{pin}</b></p><p><input class=s value='{pin}'></p>\
             <p><input class=s type=password value=whatever></p><p>After</p>"
        )
    };
    let shown =
        page("", "tok-<i>7c1</i>b90").replace("value='tok-<i>7c1</i>b90'", "value='tok-7c1b90'");
    let hidden = page("opacity: 0", "tok-<i>7c1</i>b90")
        .replace("value='tok-<i>7c1</i>b90'", "value='tok-7c1b90'")
        .replace("<p class=s>Your pin is <b>", "<p>Your pin is <b class=s>");
    let pages = Pages::answering(move |path, _| {
        let body = if path == "/shown" { &shown } else { &hidden };
        Html(format!("<!doctype html><title>A page</title>{body}")).into_response()
    })
    .await;
    let scenario = r#"
vars: { pin_read: "{{ pin }}" }
steps:
  - id: see
    browser:
      - goto: /shown
      - screenshot: shown
      - expect: { text: { contains: "{{ pin_read }}" } }
      - goto: /hidden
      - screenshot: hidden
"#;
    let project = Project::of(&pages, scenario);
    project.run("run").await.passed();
    let file = |name: &str| {
        std::fs::read(project.path().join(".sammati/pages/a").join(name)).expect("a file")
    };
    assert!(
        file("see-shown.png") == file("see-hidden.png"),
        "the pictures differ"
    );
    let text = String::from_utf8(file("see-shown.txt")).expect("text");
    assert!(text.contains("Your pin is [pin]"), "{text}");
}

#[tokio::test]
async fn a_secret_is_typed_only_where_it_may_go() {
    if !wanted() {
        return;
    }
    let (own, foreign) = (
        Pages::showing("<label>Pin <input></label>").await,
        Pages::showing("<label>Pin <input></label>").await,
    );
    let scenario = format!(
        r#"
steps:
  - browser:
      - goto: /
      - fill: {{ label: Pin, with: "{{{{ pin }}}}" }}
      - goto: {0}
  - id: leak
    keep_going: true
    browser:
      - fill: {{ label: Pin, with: "{{{{ pin }}}}" }}
  - id: leak_in_url
    browser:
      - goto: "{0}/?x={{{{ pin }}}}"
"#,
        foreign.origin
    );
    let project = Project::of(&own, &scenario);
    let ended = project.run("run").await;
    ended.failed().says(&[
        "step `leak`",
        "step `leak_in_url`",
        "the secret `pin` would go to `127.0.0.1`, which the target does not name",
    ]);
    assert!(!ended.text.contains("tok-7c1b90"));
}

#[tokio::test]
async fn a_browser_is_started_only_where_one_is_needed() {
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "steps: [ { print: hello }, { if: 1 > 2, browser: [ { goto: 'http://127.0.0.1:9/' } ] } ]\n",
    )]);
    project.run("run --browser /nowhere").await.passed();
    let project = Project::new(&[(
        "scenarios/a.yaml",
        "steps: [ { browser: [ { goto: 'http://127.0.0.1:9/' } ] } ]\n",
    )]);
    let ended = project.run("run --browser /nowhere").await;
    ended
        .failed()
        .says(&["there is no browser `/nowhere`", "--browser"]);
    let mut command = project.command("run");
    command.env("PATH", "");
    let output = command.output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("no Chrome or Chromium was found"), "{text}");
    let ended = project.run("run --browser /bin/false").await;
    ended
        .failed()
        .says(&["`/bin/false` did not start: the browser has ended"]);
}

/// Every way in which an action cannot even be tried, or cannot go on, fails its step at its place, and the case goes on
/// to the next.
#[tokio::test]
async fn what_cannot_be_tried_at_all_is_told_at_its_place() {
    if !wanted() {
        return;
    }
    let pages =
        Pages::showing("<h1>Hello</h1><button>Yes</button><label>Age <input></label>").await;
    let told = [
        (
            "if: \"(none_such | fromjson) == 1\"\n        goto: /",
            "none_such | fromjson",
        ),
        (
            "goto: \"{{ scheme }}:x\"",
            "goto: a page's URL begins with http, not `ftp:`",
        ),
        (
            "goto: \"http://[{{ scheme }}\"",
            "goto: `http://[ftp` is no URL",
        ),
        (
            "fill: { label: Age, with: \"{{ none_such | fromjson }}\" }",
            "none_such | fromjson",
        ),
        (
            "click: { label: \"{{ none_such | fromjson }}\" }",
            "none_such | fromjson",
        ),
        (
            "fill: { css: \"{{ css }}\", with: x }",
            "fill `##`: `##` is no CSS selector",
        ),
        (
            "click: \"{{ css }}\"",
            "click `##`: `##` is no CSS selector",
        ),
        (
            "click: { css: \"{{ css }}\", all: true }",
            "click `##`: `##` is no CSS selector",
        ),
        (
            "click: { css: \"{{ css }}\", optional: true }",
            "look for `##`: `##` is no CSS selector",
        ),
        (
            "wait_for: { css: \"{{ css }}\", hidden: true }",
            "wait for `##`: `##` is no CSS selector",
        ),
        (
            "press: { css: \"{{ css }}\", key: Enter }",
            "press a key at `##`: `##` is no CSS selector",
        ),
        ("press: \"{{ css }}\"", "`##`"),
        (
            "select: { css: \"{{ css }}\", option: x }",
            "select `##`: `##` is no CSS selector",
        ),
        (
            "expect: { element: \"{{ css }}\", text: x }",
            "expect `##`: `##` is no CSS selector",
        ),
        ("expect: { text: { matches: \"{{ open }}\" } }", "text: "),
        (
            "screens: [ { when: { role: button }, do: [ { wait_for: { role: heading } } ] } ]\n        until: { label: Nothing }",
            "another screen after its actions",
        ),
        (
            "screens: [ { when: { label: Nobody }, do: [ { press: x } ] } ]\n        until: { label: Nothing }",
            "a screen that none of them is on",
        ),
        (
            "screens: [ { when: \"{{ css }}\", do: [ { press: x } ] } ]\n        until: { label: Nothing }",
            "look for `##`: `##` is no CSS selector",
        ),
        (
            "screens: [ { when: { label: Nobody }, do: [ { press: x } ] } ]\n        until: { label: Nothing }\n        give_up: { role: heading, name: Hello }",
            "screens: there is heading “Hello”, so they were given up",
        ),
    ];
    let mut scenario = String::from(
        "vars: { scheme: ftp, css: '##', none_such: no JSON, open: '(' }\nsteps:\n  - browser: [ { goto: / } ]\n",
    );
    for (number, (action, _)) in told.iter().enumerate() {
        scenario.push_str(&format!(
            "  - id: step_{number}\n    keep_going: true\n    timeout: 1s\n    browser:\n      - {action}\n"
        ));
    }
    let project = Project::of(&pages, &scenario);
    let ended = project.run("run").await;
    ended.failed();
    let mut lacking = Vec::new();
    for (number, (action, message)) in told.iter().enumerate() {
        let begins = format!(": step `step_{number}`");
        let part = ended.text.split_once(&begins).map_or("", |(_, part)| part);
        let part = part.split(": step `").next().unwrap_or_default();
        if !part.contains(message) {
            lacking.push(format!("no {message:?} of `{action}` in:{part}"));
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[tokio::test]
async fn a_picture_that_cannot_be_kept_fails_its_step() {
    if !wanted() {
        return;
    }
    let pages = Pages::showing("<h1>Hello</h1>").await;
    let project = Project::of(
        &pages,
        "steps:\n  - browser:\n      - goto: /\n      - screenshot: hello\n",
    );
    std::fs::write(project.path().join("taken"), "").expect("a file in the way");
    let ended = project.run("run --output taken").await;
    ended.failed().says(&["screenshot hello: ", "taken"]);
}
