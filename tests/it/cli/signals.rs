//! A run that is asked to end.

use super::*;

#[test]
fn signals_stop_a_run_after_its_deferred_steps() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 143)] {
        let project = Project::new(&[
            ("scenarios/slow.yaml", SLOW),
            ("scenarios/wrong.yaml", WRONG_STATUS),
        ]);
        let mut child = project
            .heeding_hangups("run -v")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        // The short one ends while the long one sleeps.
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it writes");
        assert!(line.contains("Nobody may"), "{line}");
        kill(signal, &child);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("it is text");
        let ended = Ended {
            stdout: rest,
            ..Ended::of(child.wait_with_output().expect("it ends"))
        };
        ended
            .with(code)
            .said("stopping")
            .reported("not run         Slow (scenarios/slow.yaml)")
            .reported("  last  ")
            .reported("2 scenarios: interrupted; 1 failed, 1 not run");
    }
}
