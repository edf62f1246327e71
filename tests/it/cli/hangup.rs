//! A terminal that is closed while something runs in it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use super::keys::pty;
use super::{Project, kill};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The next request, which waits for its answer.
fn asked(listener: &TcpListener, path: &str) -> TcpStream {
    let (mut stream, _) = listener.accept().expect("it connects");
    let mut request = [0; 4096];
    let count = stream.read(&mut request).expect("it asks");
    let text = String::from_utf8_lossy(&request[..count]);
    assert!(text.starts_with(&format!("GET {path} ")), "{text}");
    stream
}

fn project(listener: &TcpListener) -> Project {
    let origin = listener.local_addr().expect("it is bound");
    let text = format!(
        "steps:\n  - {{ defer: true, get: http://{origin}/last }}\n  - get: http://{origin}/first\n  - get: http://{origin}/second\n"
    );
    Project::new(&[("scenarios/a.yaml", &text)])
}

/// The shell tells of it and the system does, which is no second wish.
#[test]
fn it_stops_a_run_as_a_signal_does_and_its_deferred_steps_run() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let project = project(&listener);
    let mut child = project
        .heeding_hangups("run")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let _first = asked(&listener, "/first");
    kill("-HUP", &child);
    let mut said = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut line = String::new();
    said.read_line(&mut line).expect("it is text");
    assert!(line.contains("deferred steps still run"), "{line}");
    kill("-HUP", &child);
    let mut last = asked(&listener, "/last");
    kill("-HUP", &child);
    last.write_all(ANSWER).expect("it listens");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(143), "{ended:?}");
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("it is text");
    assert!(!rest.contains("stopping at once"), "{rest}");
}

#[test]
fn what_nohup_has_started_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let project = project(&listener);
    let child = Command::new("nohup")
        .args([env!("CARGO_BIN_EXE_sammati"), "run"])
        .current_dir(project.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is nohup");
    let mut first = asked(&listener, "/first");
    kill("-HUP", &child);
    first.write_all(ANSWER).expect("it listens");
    for path in ["/second", "/last"] {
        let mut stream = asked(&listener, path);
        stream.write_all(ANSWER).expect("it listens");
    }
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

/// Who draws on a terminal that has gone must not fall over it.
#[test]
fn deferred_steps_run_where_lines_were_drawn_on_a_terminal_that_has_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let project = project(&listener);
    let (mut main, side) = pty(80);
    let again = || side.try_clone().expect("the same");
    let mut child = project
        .heeding_hangups("run")
        .env("TERM", "xterm")
        .stdin(again())
        .stdout(again())
        .stderr(again())
        .spawn()
        .expect("it starts");
    drop(side);
    let _first = asked(&listener, "/first");
    let mut drawn = [0; 64];
    assert_ne!(main.read(&mut drawn).expect("a line"), 0);
    drop(main);
    kill("-HUP", &child);
    let mut last = asked(&listener, "/last");
    last.write_all(ANSWER).expect("it listens");
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
}
