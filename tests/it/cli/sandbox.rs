//! `sammati sandbox`: it serves until it is stopped, and tells whoever is to be told.

use super::*;

#[test]
fn a_case_goes_by_the_clock_that_its_set_up_gives_the_sandbox() {
    let text = "sandbox: { clock: 2025-04-01T00:00:00Z }\nvars: { moment: \"{{ now() }}\" }\nsteps:\n  - print: today is {{ moment }}\n";
    Project::new(&[("scenarios/a.yaml", text)])
        .run("run")
        .with(0)
        .reported("today is 2025-04-01T00:00:00.000Z");
}

#[test]
fn the_sandbox_serves_until_it_is_stopped() {
    let project = Project::new(&[("setup.yaml", "sandbox: { clock: 2025-04-01T00:00:00Z }\n")]);
    let mut child = project
        .command("sandbox --listen 127.0.0.1:0 --config setup.yaml")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut origin = String::new();
    while !origin.contains("base_url") {
        origin.clear();
        assert_ne!(stdout.read_line(&mut origin).expect("it writes"), 0);
    }
    let origin = origin
        .split_whitespace()
        .last()
        .expect("the URL")
        .to_owned();
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("it can be set");
    stream
        .write_all(b"GET /_sandbox/clock HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.contains("2025-04-01T00:00:00"), "{answer}");
    // A second one cannot have the same port.
    let listen = origin.trim_start_matches("http://");
    project
        .run(&format!("sandbox --listen {listen}"))
        .with(3)
        .said("is in use");
    kill("-TERM", &child);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_sandbox_notifies_the_url_that_it_is_given() {
    let project = Project::new(&[]);
    for (url, why) in [
        ("9400", "it must begin with `http://` or `https://`"),
        ("ftp://127.0.0.1/", "`http://` or `https://`"),
        ("http://me:secret@127.0.0.1/", "password"),
    ] {
        let ended = project
            .run(&format!("sandbox --listen 127.0.0.1:0 --notify {url}"))
            .with(2)
            .said(why);
        assert!(!ended.stderr.contains("me:secret"), "{ended:#?}");
    }
    let receiver = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let hook = format!("http://{}/hook", receiver.local_addr().expect("it listens"));
    let mut child = project
        .command(&format!(
            "sandbox --listen 127.0.0.1:0 --notify {hook}?token=hunter2"
        ))
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut find = |part: &str| {
        let line = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(part));
        let line = line.unwrap_or_else(|| panic!("nothing is said of {part}"));
        line.split_whitespace().last().expect("a URL").to_owned()
    };
    let origin = find("base_url");
    assert_eq!(find("Notifications go to"), format!("{hook}?…"));
    let post = |path: &str, body: &str| {
        let authority = origin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(authority).expect("it listens");
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\
             x-client-id: sandbox-client\r\nx-client-secret: sandbox-secret\r\n\
             x-product-instance-id: sandbox-product\r\n\r\n{body}"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    };
    let created = post(
        "/v2/consents",
        r#"{"vua": "9999999999", "dataRange": {"from": "2024-04-01T00:00:00Z", "to": "2025-03-31T00:00:00Z"}}"#,
    );
    let id = created
        .split_once(r#""id":""#)
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap_or_else(|| panic!("no consent: {created}"))
        .0;
    let path = format!("/_sandbox/consents/{id}/decision");
    post(&path, r#"{"decision": "approve"}"#);
    let (sender, received) = mpsc::channel();
    thread::spawn(move || sender.send(receiver.accept()));
    let (mut notification, _) = received
        .recv_timeout(Duration::from_secs(10))
        .expect("it is told in time")
        .expect("it is told");
    notification
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("it can be set");
    let mut text = String::new();
    while !text.contains("ACTIVE") {
        let mut piece = [0; 4096];
        let length = notification.read(&mut piece).expect("the whole comes");
        assert_ne!(length, 0, "it ends early: {text}");
        text.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    assert!(
        text.starts_with("POST /hook?token=hunter2 HTTP/1.1"),
        "{text}"
    );
    assert!(text.contains(id), "{text}");
    // Nobody answers it, and the sandbox ends all the same.
    kill("-TERM", &child);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
