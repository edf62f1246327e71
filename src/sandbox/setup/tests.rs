use serde_json::json;

use super::*;

#[test]
fn every_key_is_read() {
    let setup = json!({
        "clock": "2025-04-01T00:00:00Z",
        "seed": 7,
        "auth": "bearer",
        "product": { "auto_fetch": false, "tags": ["Mine"], "defaults": { "fiTypes": ["DEPOSIT", "NPS"] } },
        "customers": [{ "mobile": 9876543210_u64, "accounts": [{ "fip": "setu-fip", "type": "DEPOSIT", "transactions": 5 }] }],
        "fips": { "setu-fip-2": { "fetch": "timeout", "latency": "2s", "status": "INACTIVE" } },
        "faults": [{ "on": "POST /v2/sessions", "times": 2, "status": 500 }],
        "advance": "121d",
        "consent": { "id": "one", "action": "pause" },
    });
    let changes = read_changes(&setup, Occasion::Midway).unwrap();
    assert_eq!(changes.seed, Some(7));
    assert_eq!(changes.advance, Some(Duration::from_secs(121 * 86_400)));
    assert_eq!(changes.consent, Some(("one".to_owned(), Action::Pause)));
    assert_eq!(changes.faults.as_ref().map(Vec::len), Some(1));
    let mut changed = Setup::new();
    changed.change(&changes);
    assert_eq!(changed.auth, AuthPolicy::Bearer);
    assert_eq!(changed.tags, ["Mine"]);
    assert_eq!(changed.defaults.fi_types, [FiType::Deposit, FiType::Nps]);
    assert_eq!(
        changed.defaults.consent_mode,
        ConsentMode::Store,
        "what is not named stays"
    );
    let fip = changed.fip("setu-fip-2").unwrap();
    assert_eq!(
        (fip.outcome, fip.latency, fip.status),
        (
            FetchOutcome::Timeout,
            Duration::from_secs(2),
            FipStatus::Inactive
        )
    );
    let accounts = changed.accounts_of(Ids::new(0), "9876543210");
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].transactions_a_year, 5);
    assert_eq!(
        changed.accounts_of(Ids::new(0), "9876543211").len(),
        default_plans().len()
    );
}

#[test]
fn an_empty_set_up_changes_nothing() {
    let mut changed = Setup::new();
    changed.change(&read_changes(&json!({}), Occasion::Beginning).unwrap());
    assert_eq!(format!("{changed:?}"), format!("{:?}", Setup::new()));
}

#[test]
fn a_fip_that_is_not_active_cannot_answer_well() {
    let fip = |status, outcome| {
        Fip {
            status,
            outcome,
            ..fip::all().remove(0)
        }
        .fetch_outcome()
    };
    assert_eq!(
        fip(FipStatus::Active, FetchOutcome::Ready),
        FetchOutcome::Ready
    );
    assert_eq!(
        fip(FipStatus::Inactive, FetchOutcome::Ready),
        FetchOutcome::Failed
    );
    assert_eq!(
        fip(FipStatus::TemporarilyInactive, FetchOutcome::Timeout),
        FetchOutcome::Timeout
    );
}
