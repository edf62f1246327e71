//! What a target in `sammati.yaml` can say beside its address.

use super::*;

const GET: &str = "steps:\n  - get: /a\n";

#[test]
fn a_target_s_mistakes_are_told_at_their_places() {
    let project = Project::new(&[(
        "sammati.yaml",
        r"
targets:
  a: { base_url: http://127.0.0.1:9, rate: 5 }
  b: { base_url: http://127.0.0.1:9, rate: 0/s }
  c: { base_url: http://127.0.0.1:9, notifications: 9400 }
  d: { base_url: http://127.0.0.1:9, notifications: 127.0.0.1:0 }
  e: { sandbox: true, notifications: 127.0.0.1:9400 }
  f: { base_url: http://127.0.0.1:9, notifications: localhost:9400, rate: 100/m }
",
    )]);
    project.write("scenarios/a.yaml", GET);
    let ended = project.run("check").with(2);
    for text in [
        "sammati.yaml:3:44",
        "`5` is no rate",
        "`0/s` would let no request go",
        "`9400` is no address to listen at",
        "`127.0.0.1:0` is no address to listen at",
        "a sandbox is told by itself where to send its notifications",
    ] {
        assert!(ended.stderr.contains(text), "{text}: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains(":8:"), "{}", ended.stderr);
}

#[test]
fn names_that_lead_nowhere_are_told_at_their_places() {
    let project = Project::new(&[(
        "sammati.yaml",
        r"
targets:
  a:
    base_url: https://gateway.test
    resolve:
      https://gateway.test: 127.0.0.1
      gateway.test:443: 127.0.0.1
      127.0.0.1: 127.0.0.2
      b.test: somewhere
      c.test: 127.0.0.1:0
      d.test: 127.0.0.1:8443
      D.test: 127.0.0.1
      e.test: localhost:8443
      f.test: '[::1]:8443'
      g.test: localhost
    tls: { ca: nothing.pem }
",
    )]);
    project.write("scenarios/a.yaml", GET);
    let ended = project.run("check --target a").with(2);
    for text in [
        "sammati.yaml:6:7: error: `https://gateway.test` is no name of a host",
        "sammati.yaml:7:7: error: `gateway.test:443` is no name of a host",
        "sammati.yaml:8:7: error: `127.0.0.1` is no name of a host",
        "sammati.yaml:9:15: error: `somewhere` is no address",
        "sammati.yaml:10:15: error: `127.0.0.1:0` is no address",
        "sammati.yaml:12:7: error: `d.test` is there already",
    ] {
        assert!(ended.stderr.contains(text), "{text}: {}", ended.stderr);
    }
    for line in [11, 13, 14, 15] {
        let place = format!("sammati.yaml:{line}:");
        assert!(!ended.stderr.contains(&place), "{}", ended.stderr);
    }
    project.write(
        "sammati.yaml",
        "targets:\n  a: { base_url: https://gateway.test, tls: { ca: nothing.pem } }\n  b: { base_url: https://gateway.test }\n",
    );
    project
        .run("check --target a")
        .with(2)
        .said("sammati.yaml:2:51: error: there is no file `nothing.pem`");
    project.run("check --target b").with(0);
}

#[test]
fn a_port_that_is_taken_ends_with_3_and_nothing_is_sent() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has one");
    let server = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let project = Project::new(&[("scenarios/a.yaml", GET)]);
    project.write(
        "sammati.yaml",
        &format!(
            "target: here\ntargets:\n  here: {{ base_url: {server}, notifications: {address} }}\n"
        ),
    );
    let ended = project.run("run").with(3);
    let told = format!("notifications cannot be received at {address}");
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    drop(taken);
    project.run("run").with(0);
}

const CONSENT: &str = "steps:\n  - consent: /v2/consents/webview/c-1\n  - { get: /v2/consents/c-1, until: { $.status: ACTIVE } }\n";

#[test]
fn a_consent_is_not_waited_for_where_nobody_is() {
    let server = serve(
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 20\r\n\r\n{\"status\": \"ACTIVE\"}",
    );
    let project = Project::new(&[("scenarios/a.yaml", CONSENT)]);
    project.write(
        "sammati.yaml",
        &format!("target: here\ntargets:\n  here: {{ base_url: {server}, consent: manual }}\n"),
    );
    let there_is_none = "a person must answer this consent, and there is none";
    project
        .run("run")
        .with(1)
        .reported(&format!("{there_is_none}: standard error is no terminal"));
    project
        .run_with(&[("CI", "true")], "run --consent auto")
        .with(1)
        .reported(&format!("{there_is_none}: CI is set"));
    project
        .run_with(&[("CI", "true")], "run --consent manual")
        .with(0)
        .said(
            "waiting for you: open this page and answer the consent:\n  /v2/consents/webview/c-1",
        );
    project
        .run("run --consent browser --browser /nowhere")
        .with(1)
        .reported("there is no browser `/nowhere`");
}

#[test]
fn what_is_wrong_with_a_driven_consent_is_told() {
    let project = Project::new(&[("scenarios/a.yaml", CONSENT)]);
    let check = |consent: &str, said: &[&str]| {
        project.write(
            "sammati.yaml",
            &format!("target: here\ntargets:\n  here: {{ sandbox: true, {consent} }}\n"),
        );
        let ended = project.run("check").with(2);
        for said in said {
            assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
        }
    };
    check(
        "consent: brwser",
        &["`manual`, `browser` or a map is expected here"],
    );
    check(
        "consent: { brwser: x }",
        &["`consent` has no key `brwser`", "did you mean `browser`?"],
    );
    check(
        "consent: { browser: flows/gone.yaml }",
        &["sammati.yaml:3:", "there is no file `flows/gone.yaml`"],
    );
    check("consent: { browser: ../gone.yaml }", &["`../gone.yaml`"]);
    check(
        "browser: { resolve: { 'a b': 127.0.0.1 } }",
        &["`a b` is no name of a host"],
    );
    check("browser: { insecur: true }", &["did you mean `insecure`?"]);
    let flow = "consent: { browser: flows/mine.yaml }";
    for (text, said) in [
        (
            "steps: [ { browser: [ { goto: / } ] } ]\n",
            "takes no `consent_url`",
        ),
        (
            "params: { consent_url: , pin: }\nsteps: [ { browser: [ { goto: '{{ consent_url }}' } ] } ]\n",
            "needs `pin`, which is no variable here",
        ),
        (
            "params: { consent_url: }\nsteps: [ { defer: true, browser: [ { goto: '{{ consent_url }}' } ] } ]\n",
            "nothing in it can be deferred",
        ),
        (
            "params: { consent_url: }\nsteps: [ { consent: '{{ consent_url }}' } ]\n",
            "a flow is how a consent is given",
        ),
        (
            "params: { consent_url: }\nsteps: [ { browser: [ { goto: '{{ consent_ulr }}' } ] } ]\n",
            "did you mean `consent_url`?",
        ),
    ] {
        project.write("flows/mine.yaml", text);
        check(flow, &[said]);
    }
}

#[test]
fn a_run_that_has_reached_nobody_says_once_what_to_do() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = nobody.local_addr().expect("it is bound").to_string();
    drop(nobody);
    let targets = format!(
        "target: there\ntargets:\n  there: {{ base_url: \"http://{address}\" }}\n  runs: {{ sandbox: \"http://{address}\" }}\n"
    );
    let project = Project::new(&[
        ("sammati.yaml", &targets),
        ("scenarios/a.yaml", "steps:\n  - get: /v2/fips\n"),
        ("scenarios/b.yaml", "steps:\n  - get: /v2/fips/setu-fip\n"),
        ("scenarios/c.yaml", "steps:\n  - print: nobody is asked\n"),
    ]);
    let advice = format!(
        "\nnothing listens at {address}; choose a target with --target, or serve the simulated gateway there: sammati sandbox --listen {address}\n"
    );
    for options in ["", "--target runs", "-q"] {
        let ended = project.run(&format!("run {options}")).with(1);
        assert_eq!(ended.stdout.matches(&advice).count(), 1, "{ended:?}");
    }
    // Another failure beside it, somebody who was reached, or a server that only a step names: nothing is known.
    for more in [
        "steps:\n  - { print: a }\n  - { set: { a: { b: 1 } } }\n  - print: \"{{ a.c }}\"\n"
            .to_owned(),
        format!(
            "steps:\n  - get: {}/\n",
            serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        ),
        "steps:\n  - get: http://127.0.0.1:1/\n".to_owned(),
    ] {
        project.write("scenarios/c.yaml", &more);
        let ended = project.run("run").with(1);
        assert!(!ended.stdout.contains("nothing listens"), "{ended:?}");
    }
    let own = Project::new(&[("scenarios/a.yaml", "steps:\n  - get: http://127.0.0.1:1/\n")]);
    let ended = own.run("run").with(1);
    assert!(!ended.stdout.contains("nothing listens"), "{ended:?}");
}
