use super::*;
use crate::sandbox::Options;
use crate::sandbox::domain::session::{
    DataScope, Dialect, FetchOutcome, FipFetch, Format, SESSION_LIFE,
};
use crate::sandbox::domain::terms::DataRange;
use crate::sandbox::setup::{Occasion, read_changes};

/// A gateway that tells, with nobody who does so by himself: what is told is told by the call.
fn gateway() -> Gateway {
    let gateway = Gateway::new(Options::default(), "http://gateway.test".to_owned());
    let url = Url::parse("http://client.test/").ok();
    gateway.world().set_notification_url(url);
    gateway
}

/// A fetch of the gateway's own at one FIP, which has nothing and says so after that time.
fn fetch(world: &mut World, latency: Duration) -> Arc<Session> {
    let now = world.now();
    let session = Arc::new(Session {
        id: format!("session after {latency:?}"),
        consent_id: "consent".to_owned(),
        format: Format::Json,
        data_range: DataRange { from: now, to: now },
        created: now,
        scope: DataScope {
            consent_types: Vec::new(),
            filters: Vec::new(),
            dialect: Dialect::default(),
        },
        fips: vec![FipFetch {
            fip_id: "fip".to_owned(),
            accounts: Vec::new(),
            outcome: FetchOutcome::Failed,
            latency,
        }],
        is_shown_early: false,
        is_automatic: true,
        is_made_up_for: false,
        is_of_version_one: false,
    });
    world.session_opened(&session, Instant::now());
    session
}

fn advance(world: &mut World, by: &str) {
    let changes = serde_json::json!({ "advance": by });
    let changes = read_changes(&changes, Occasion::Midway).unwrap();
    world.change(changes).unwrap();
}

/// The code of each failure that was told.
fn told(world: &World) -> Vec<String> {
    let entries = world.notices.outbox.entries();
    let entries: Vec<serde_json::Value> = entries
        .map(|entry| serde_json::to_value(entry).unwrap())
        .collect();
    entries
        .iter()
        .map(|entry| entry["body"]["error"]["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_fetch_that_expires_before_its_fips_answer_is_told_then_and_once() {
    let gateway = gateway();
    let world = &mut *gateway.world();
    let hour = Duration::from_secs(60 * 60);
    fetch(world, hour);
    advance(world, "23h");
    assert!(told(world).is_empty());
    advance(world, "1h");
    assert_eq!(told(world), ["SessionExpired"]);
    // The answer that comes after all has nobody who waits for it.
    world.tell_due(Instant::now() + 2 * hour);
    assert_eq!(told(world), ["SessionExpired"]);
    // One that has answered does not expire.
    fetch(world, Duration::ZERO);
    world.tell_due(Instant::now());
    assert_eq!(told(world), ["SessionExpired", "DataFetchFailure"]);
    advance(world, "25h");
    assert_eq!(told(world).len(), 2);
}

/// The sleeper wakes in time for it.
#[test]
fn a_clock_that_runs_is_waited_for() {
    let gateway = gateway();
    let world = &mut *gateway.world();
    fetch(world, 2 * SESSION_LIFE);
    advance(world, "23h59m");
    let now = Instant::now();
    let next = world.tell_due(now).unwrap();
    let minute = Duration::from_secs(60);
    assert!(next <= now + minute && next > now, "{:?}", next - now);
}

/// Which of the two the herald would have come to first is chance.
#[test]
fn what_was_answered_before_the_clock_jumped_is_told_as_of_then() {
    let gateway = gateway();
    let world = &mut *gateway.world();
    fetch(world, Duration::ZERO);
    advance(world, "25h");
    assert_eq!(told(world), ["DataFetchFailure"]);
}
