//! A target's `rate`: servers that count what they are sent, and when.

use super::server::{Server, json, with};
use super::*;
use sammati::model::rate;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A server that notes when it is asked, and answers the nth as it is told to.
async fn counting(
    status: impl Fn(usize) -> u16 + Send + Sync + 'static,
) -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let server = Server::start(move |_, before| {
        noted.lock().unwrap().push(Instant::now());
        match status(before) {
            429 => with(429, &[("retry-after", "1")], ""),
            status => json(status, r#"{"a": 1}"#),
        }
    })
    .await;
    (server, times)
}

fn bench(server: &Server, rate: &str, files: usize, steps: usize) -> Bench {
    let mut bench = Bench::new(&server.origin);
    bench.target.rate = Some(rate::parse(rate).unwrap());
    bench.jobs = files;
    for number in 0..files {
        let text = format!("steps:\n{}", "  - get: /a\n".repeat(steps));
        bench = bench.file(&format!("{number}.yaml"), &text);
    }
    bench
}

/// The most that came within a second. What was sent a second apart may come a little closer.
fn most(times: &[Instant]) -> usize {
    let second = Duration::from_millis(900);
    let within = |from: &Instant| {
        times
            .iter()
            .filter(|time| *time >= from && time.duration_since(*from) < second)
            .count()
    };
    times.iter().map(within).max().unwrap_or(0)
}

#[tokio::test]
async fn all_cases_share_one_rate() {
    // On a busy machine requests may come late, and closer together than they were sent.
    in_some_time(async |_| {
        let (server, times) = counting(|_| 200).await;
        let told = bench(&server, "4/s", 5, 2).run().await;
        let passed = |case: &Arc<CaseOutcome>| case.status == Status::Passed;
        assert!(told.outcome.cases.iter().all(passed));
        let times = times.lock().unwrap();
        assert_eq!(times.len(), 10);
        let took = times[9].duration_since(times[0]);
        assert!(took > Duration::from_millis(1800), "{took:?}");
        let has_waited = |step: &&&StepOutcome| {
            step.summary.contains(", waited ") && step.summary.ends_with(" for the target's rate")
        };
        let waits = told.steps().iter().filter(has_waited).count();
        same(&(most(&times) <= 4, waits), &(true, 6))
    })
    .await;
}

#[tokio::test]
async fn what_is_within_the_rate_waits_for_nothing() {
    let (server, times) = counting(|_| 200).await;
    let told = bench(&server, "3/h", 1, 3).run().await;
    assert_eq!(told.status(), &Status::Passed);
    assert_eq!(times.lock().unwrap().len(), 3);
    assert!(
        !told
            .steps()
            .iter()
            .any(|step| step.summary.contains("waited"))
    );
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it_from_all() {
    let (server, times) = counting(|before| if before == 0 { 429 } else { 200 }).await;
    let told = bench(&server, "100/s", 1, 1)
        .file(
            "b.yaml",
            "steps:\n  - { get: /a, retry: { times: 1, every: 1ms, on: [429] } }\n  - get: /a\n",
        )
        .run()
        .await;
    let times = times.lock().unwrap();
    assert_eq!(told.case(0).status, Status::Failed, "429 is a failure");
    assert_eq!(told.case(1).status, Status::Passed);
    let pause = times[1].duration_since(times[0]);
    assert!(pause > Duration::from_millis(900), "{pause:?}");
}

#[tokio::test]
async fn without_a_rate_nobody_waits_for_another_case_s_pause() {
    let (server, times) = counting(|before| if before == 0 { 429 } else { 200 }).await;
    let mut bench = bench(&server, "100/s", 2, 1);
    bench.target.rate = None;
    bench.jobs = 1;
    bench.run().await;
    let times = times.lock().unwrap();
    assert!(times[1].duration_since(times[0]) < Duration::from_millis(900));
}

#[tokio::test]
async fn other_hosts_are_not_the_target() {
    let (server, _) = counting(|_| 200).await;
    let (other, times) = counting(|_| 200).await;
    let mut bench = bench(&server, "1/h", 0, 0);
    bench.jobs = 1;
    let step = format!("  - get: {}/x\n", other.origin);
    let told = bench
        .file("a.yaml", &format!("steps:\n{}", step.repeat(3)))
        .run()
        .await;
    assert_eq!(told.status(), &Status::Passed);
    assert_eq!(times.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_poll_ends_in_time_and_an_interrupt_ends_the_waiting() {
    in_some_time(async |time| {
        let (server, times) = counting(|_| 200).await;
        let mut bench = bench(&server, "1/h", 0, 0);
        bench.jobs = 1;
        let poll = format!("{{ get: /a, until: {{ $.a: 2 }}, every: 1ms, within: {time} }}");
        let bench = bench.file("a.yaml", &format!("steps:\n  - {poll}\n"));
        let told = bench.run().await;
        let failure = told.failure();
        assert_eq!(failure.kind, FailureKind::Timeout);
        assert_eq!(times.lock().unwrap().len(), 1);
        same(
            &failure.message,
            &format!("not so within {time}, after 1 try"),
        )?;
        same(
            &failure.notes.last().map(String::as_str),
            &Some("the target's rate left no time for another try"),
        )
    })
    .await;
    let (server, _) = counting(|_| 200).await;

    let mut bench = Bench::new(&server.origin).file("a.yaml", "steps:\n  - get: /a\n  - get: /a\n");
    bench.target.rate = Some(rate::parse("1/h").unwrap());
    let interrupter = Arc::clone(&bench.interrupter);
    let run = bench.run();
    let interrupt = async {
        server.asked_times(1).await;
        interrupter.send_replace(Interrupt::Stop);
    };
    let (told, ()) = tokio::join!(run, interrupt);
    assert!(told.outcome.interrupted);
    assert_eq!(server.asked().len(), 1);
}
