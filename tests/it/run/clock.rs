//! A sandbox whose clock cannot be read.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::server::{Reply, Server, json};
use super::*;

/// A sandbox whose clock says these, one after the other: an empty one is no answer at all.
async fn sandbox(times: [&'static str; 2]) -> Server {
    let read = AtomicUsize::new(0);
    Server::start(move |asked, _| match asked.path.as_str() {
        "/_sandbox/clock" => match times[read.fetch_add(1, Ordering::SeqCst).min(1)] {
            "" => Reply::Silence,
            now => json(200, &format!(r#"{{"now": "{now}", "fixed": true}}"#)),
        },
        _ => json(200, "{}"),
    })
    .await
}

fn bench(server: &Server, scenario: &str) -> Bench {
    let mut bench = Bench::new(&server.origin).file("a.yaml", scenario);
    bench.target.kind = TargetKind::RunningSandbox(server.origin.clone());
    bench
}

/// Its first turn talks to the control interface, so that the second must read the clock again.
const LOOP: &str = "
steps:
  - id: turn
    each: { number: [1, 2, 3] }
    get: \"/_sandbox/{{ number }}/{{ today() }}\"
  - get: /x
";

#[tokio::test]
async fn a_step_that_needs_the_clock_says_that_it_cannot_be_read() {
    let server = sandbox(["never"; 2]).await;
    let scenario = "steps: [{ get: /first }, { id: dated, get: \"/{{ today() }}\" }, { get: /x }]";
    let told = bench(&server, scenario).run().await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.story(), "GET /first +, dated E, GET /x -");
    let failure = told.failure();
    assert_eq!(failure.kind, FailureKind::Transport);
    assert!(failure.span.is_some(), "it stands in the step");
    for part in ["the sandbox's clock says ", "never", ", which is no time"] {
        assert!(failure.message.contains(part), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_later_turn_says_that_the_clock_can_no_longer_be_read() {
    let server = sandbox(["2025-04-01T00:00:00Z", "never"]).await;
    let told = bench(&server, LOOP).run().await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.story(), "turn #1 +, turn #2 E, turn #3 -, GET /x -");
    let failure = told.failure();
    assert_eq!(failure.kind, FailureKind::Transport);
    assert!(failure.span.is_some(), "it stands in the step");
    assert!(
        failure.message.contains("which is no time"),
        "{}",
        failure.message
    );
    assert_eq!(
        server.paths(),
        [
            "PUT /_sandbox/setup",
            "GET /_sandbox/clock",
            "GET /_sandbox/1/2025-04-01",
            "GET /_sandbox/clock"
        ]
    );
}

#[tokio::test]
async fn an_interrupt_ends_a_turn_that_waits_for_the_clock() {
    let server = sandbox(["2025-04-01T00:00:00Z", ""]).await;
    let bench = bench(&server, LOOP);
    let interrupt = async {
        server.asked_times(4).await;
        bench.interrupter.send_replace(Interrupt::Stop);
    };
    let (told, ()) = tokio::join!(bench.run(), interrupt);
    assert!(told.case(0).interrupted);
    assert_eq!(told.story(), "turn #1 +, turn #2 -, turn #3 -, GET /x -");
}
