//! `sammati review` with a person at a terminal, which is a pseudo-terminal here.

use super::Project;
use super::review::{body, pending, snapshot};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing takes longer that will ever come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program with somebody at its terminal.
pub(super) struct Session {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// The program's own side, which stays open so that its modes can be asked for.
    side: File,
    shown: String,
}

impl Session {
    pub(super) fn start(project: &Project, columns: u16, environment: &[(&str, &str)]) -> Session {
        Session::of(project.command("review"), columns, environment)
    }

    fn of(mut command: Command, columns: u16, environment: &[(&str, &str)]) -> Session {
        let (main, side) = pty(columns);
        let again = || side.try_clone().expect("the same");
        let child = command
            .env("TERM", "xterm")
            .envs(environment.iter().copied())
            .stdin(again())
            .stdout(again())
            .stderr(again())
            .spawn()
            .expect("it starts");
        let keyboard = main;
        let mut reader = keyboard.try_clone().expect("the same");
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Session {
            child,
            keyboard,
            screen,
            side,
            shown: String::new(),
        }
    }

    /// Presses keys once a key is waited for; before that, Ctrl-C would be the terminal's own.
    pub(super) fn press(&mut self, keys: &str) {
        let until = Instant::now() + PATIENCE;
        let modes = || tcgetattr(&self.side).expect("its modes").local_modes;
        while modes().contains(LocalModes::ICANON) && Instant::now() < until {
            thread::yield_now();
        }
        self.keyboard
            .write_all(keys.as_bytes())
            .expect("somebody reads");
    }

    /// Presses keys before the program can look at what was done.
    pub(super) fn press_after(&mut self, keys: &str, act: impl FnOnce()) {
        self.signal(Signal::STOP);
        act();
        self.press(keys);
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        let id = Pid::from_raw(id).expect("a process id");
        kill_process(id, signal).expect("it is ours");
    }

    /// Gives the window another size.
    pub(super) fn resize(&self, rows: u16, columns: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.side, size).expect("a size");
    }

    /// Waits until that is shown, and gives all that was shown since the last time.
    pub(super) fn see(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        while !self.shown.contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no `{text}` in\n{}", self.shown),
            }
        }
        std::mem::take(&mut self.shown)
    }

    /// Waits for its end, and looks at the terminal that it leaves.
    pub(super) fn end(mut self) -> Option<i32> {
        let code = self.child.wait().expect("it ends").code();
        let modes = tcgetattr(&self.side).expect("its modes").local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG));
        code
    }
}

/// A terminal's two sides.
pub(super) fn pty(columns: u16) -> (File, File) {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&main).expect("it is ours");
    unlockpt(&main).expect("it is ours");
    let name = ptsname(&main, Vec::new()).expect("it has a name");
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned();
    let side = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .expect("its other side");
    let size = Winsize {
        ws_row: 40,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&side, size).expect("a size");
    (File::from(main), side)
}

pub(super) const BAR: &str = "q quit";

#[test]
fn a_shared_change_is_taken_once_and_what_hides_beside_it_is_asked_about() {
    let project = pending();
    let mut session = Session::start(&project, 80, &[("NO_COLOR", "1")]);
    let page = session.see(BAR);
    assert!(page.contains("the same change in 3 snapshots"), "{page}");
    assert!(page.contains("$.trace added: \"x\""), "{page}");
    assert!(!page.contains("$.a"), "{page}");
    for line in page.lines() {
        assert!(line.trim_end().chars().count() <= 80, "{line}");
    }
    session.press("a");
    let page = session.see(BAR);
    // It is on disk before the next is shown, and the one with another change is not.
    let has = |name: &str| project.has(&format!("snapshots/flow/{name}"));
    assert!(!has("one.snap.new") && !has("three.snap.new") && has("two.snap.new"));
    assert!(
        page.contains("flow › two") && page.contains("$.a: 1 -> 2"),
        "{page}"
    );
    session.press("w");
    let page = session.see(BAR);
    assert!(
        page.contains("-   \"a\": 1") && page.contains("one column"),
        "{page}"
    );
    session.press("x?");
    assert!(session.see(BAR).contains("on disk at once"));
    session.press("r");
    let page = session.see(BAR);
    assert!(page.contains("rejected snapshots/flow/two.snap"), "{page}");
    assert!(
        !has("two.snap.new") && page.contains("new: flow › zero"),
        "{page}"
    );
    session.press("s");
    session.see("2 accepted, 1 rejected, 1 still pending");
    assert_eq!(session.end(), Some(0));
    assert!(has("zero.snap.new") && !has("zero.snap"));
    let two = std::fs::read_to_string(project.path().join("snapshots/flow/two.snap"));
    assert!(!two.expect("it is there").contains("trace"));
}

/// Forty snapshots with one harmless change; the one numbered 23 has a wrong one besides.
fn forty() -> Project {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    for number in 0..40 {
        let step = format!("step_{number:02}");
        let path = format!("snapshots/flow/{step}.snap");
        let old = format!("  \"amount\": {number},\n  \"status\": \"ACTIVE\"");
        let status = if number == 23 { "REVOKED" } else { "ACTIVE" };
        let new = format!(
            "  \"amount\": {number},\n  \"requestId\": \"[trace-1]\",\n  \"status\": \"{status}\""
        );
        project.write(&path, &snapshot(&step, &body(&old)));
        project.write(&format!("{path}.new"), &snapshot(&step, &body(&new)));
    }
    project
}

#[test]
fn of_forty_the_harmless_change_is_taken_once_and_the_wrong_one_is_seen_alone() {
    let project = forty();
    let mut session = Session::start(&project, 100, &[("NO_COLOR", "1")]);
    let page = session.see(BAR);
    assert!(page.contains("the same change in 40 snapshots"), "{page}");
    assert!(page.contains("$.requestId added: \"[trace-1]\""), "{page}");
    assert!(
        page.contains("step_23.snap  and 1 other change, shown after this"),
        "{page}"
    );
    assert!(!page.contains("REVOKED"), "{page}");
    session.press("a");
    let page = session.see(BAR);
    assert!(page.contains("accepted 39 snapshots"), "{page}");
    assert!(page.contains("flow › step_23"), "{page}");
    assert!(
        page.contains("$.status: \"ACTIVE\" -> \"REVOKED\""),
        "{page}"
    );
    assert!(page.contains("1 left"), "{page}");
    session.press("r");
    session.see("39 accepted, 1 rejected, 0 still pending");
    assert_eq!(session.end(), Some(0));
    for number in 0..40 {
        let path = format!("snapshots/flow/step_{number:02}.snap");
        assert!(!project.has(&format!("{path}.new")), "{path}");
        let text = std::fs::read_to_string(project.path().join(&path)).expect("it is there");
        assert_eq!(text.contains("requestId"), number != 23, "{path}");
        assert!(text.contains("ACTIVE"), "{path}");
    }
}

/// Each looked for among all the others, before the first page or at a key, would take minutes.
#[test]
fn thousands_of_named_files_are_reviewed_as_soon_as_their_folder_is() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let mut names = Vec::new();
    for number in 0..3000 {
        let path = format!("snapshots/flow/step_{number:04}.snap.new");
        let contents = format!("200 OK\n\n{number}");
        project.write(&path, &snapshot(&format!("step_{number:04}"), &contents));
        names.push(path);
    }
    let mut command = project.command("review");
    command.args(&names[1..]);
    let mut session = Session::of(command, 80, &[("NO_COLOR", "1")]);
    let page = session.see(BAR);
    assert!(page.contains("new: flow › step_0001") && page.contains("2999 left"));
    session.press("d");
    assert!(session.see(BAR).contains("2999 left"));
    project.run("reject snapshots/flow/step_0000.snap").with(0);
    project.run("reject snapshots/flow/step_0003.snap").with(0);
    session.press("a");
    let page = session.see(BAR);
    assert!(page.contains("step_0002"), "{page}");
    assert!(page.contains("2997 left"), "{page}");
    session.press("q");
    session.see("1 accepted, 0 rejected, 1 decided elsewhere, 2997 still pending");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn whoever_leaves_gets_the_terminal_back() {
    for (key, code) in [("q", 0), ("\u{3}", 130), ("\u{4}", 0)] {
        let project = pending();
        let mut session = Session::start(&project, 120, &[]);
        assert!(session.see("quit  ").contains("\u{1b}["));
        session.press(key);
        session.see("0 accepted, 0 rejected, 4 still pending");
        assert_eq!(session.end(), Some(code), "{key:?}");
        assert!(project.has("snapshots/flow/one.snap.new"));
    }
}

#[test]
fn a_signal_gives_the_terminal_back_too() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 143)] {
        let project = pending();
        let mut session = Session::start(&project, 80, &[("NO_COLOR", "1")]);
        session.see(BAR);
        // Out of its mode: the key is being waited for.
        session.press("");
        session.signal(signal);
        session.see("0 accepted, 0 rejected, 4 still pending");
        assert_eq!(session.end(), Some(code), "{signal:?}");
        assert!(project.has("snapshots/flow/one.snap.new"));
    }
}

#[test]
fn what_changes_under_the_review_is_not_accepted() {
    let project = pending();
    let mut session = Session::start(&project, 80, &[("NO_COLOR", "1")]);
    session.see(BAR);
    let path = "snapshots/flow/one.snap.new";
    let text = std::fs::read_to_string(project.path().join(path)).expect("it is there");
    project.write(path, &text.replace("200 OK", "500 Internal Server Error"));
    session.press("a");
    let page = session.see("follows");
    assert!(page.contains("was changed by a later run"), "{page}");
    session.press("q");
    session.see("1 accepted, 0 rejected, 3 still pending");
    assert_eq!(session.end(), Some(3));
    assert!(project.has(path));
}

#[test]
fn what_was_accepted_meanwhile_is_shown_anew_and_not_written_over() {
    let path = "snapshots/flow/one.snap";
    let of_status = |status: &str| snapshot("one", &body(&format!("  \"status\": \"{status}\"")));
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    project.write(path, &of_status("PENDING"));
    project.write(&format!("{path}.new"), &of_status("ACTIVE"));
    let mut session = Session::start(&project, 80, &[("NO_COLOR", "1")]);
    let page = session.see(BAR);
    assert!(
        page.contains("$.status: \"PENDING\" -> \"ACTIVE\""),
        "{page}"
    );
    project.write(path, &of_status("REVOKED"));
    session.press("a");
    let page = session.see(BAR);
    assert!(page.contains("was changed by somebody else"), "{page}");
    assert!(
        page.contains("$.status: \"REVOKED\" -> \"ACTIVE\""),
        "{page}"
    );
    let text = std::fs::read_to_string(project.path().join(path)).expect("it is there");
    assert!(text.contains("REVOKED"), "{text}");
    session.press("a");
    session.see("1 accepted, 0 rejected, 0 still pending");
    assert_eq!(session.end(), Some(0));
    assert!(!project.has(&format!("{path}.new")));
}

#[test]
fn a_window_that_becomes_narrower_keeps_no_half_of_the_keys() {
    let project = pending();
    let mut session = Session::start(&project, 80, &[("NO_COLOR", "1")]);
    assert!(session.see(BAR).contains("a accept  r reject"));
    session.resize(40, 40);
    session.press("d");
    let page = session.see(" a r s d w ? q");
    // The line of keys takes two rows now.
    assert!(page.contains("\r\u{1b}[1A\u{1b}[J"), "{page:?}");
    session.press("q");
    session.see("4 still pending");
    assert_eq!(session.end(), Some(0));
}
