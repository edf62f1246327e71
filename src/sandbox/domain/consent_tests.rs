use super::super::terms::*;
use super::*;

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn consent(fetch_type: FetchType, frequency: Frequency) -> Consent {
    let start = moment("2025-04-01T00:00:00Z");
    let terms = Terms {
        start,
        expiry: ConsentDuration {
            value: 4,
            unit: DurationUnit::Month,
        }
        .after(start)
        .unwrap(),
        fi_types: vec![FiType::Deposit],
        fetch_type,
        purpose: Purpose::standard(PurposeCode::WealthManagement),
        data_range: DataRange {
            from: moment("2024-01-01T00:00:00Z"),
            to: moment("2025-01-01T00:00:00Z"),
        },
        consent_types: vec![ConsentType::Profile],
        consent_mode: ConsentMode::Store,
        frequency,
        data_life: DataLife {
            value: 1,
            unit: DataLifeUnit::Month,
        },
        data_filter: Vec::new(),
        context: Vec::new(),
    };
    let new = NewConsent {
        id: "id".to_owned(),
        vua: Vua::parse("9876543210").unwrap(),
        terms,
        redirect_url: String::new(),
        tags: Vec::new(),
        pan: None,
        additional_phone_number: None,
        data_consumer: None,
        selects_fip: false,
    };
    Consent::new(new, start)
}

const THREE_A_MONTH: Frequency = Frequency {
    value: 3,
    unit: FrequencyUnit::Month,
};

#[test]
fn every_action_in_every_state() {
    use Action::{Approve, Cancel, Expire, Fail, Pause, Reject, Resume, Revoke};
    use ConsentStatus::{Active, Expired, Failed, Paused, Pending, Rejected, Revoked};
    let ways: [(&[Action], ConsentStatus); 7] = [
        (&[], Pending),
        (&[Approve], Active),
        (&[Approve, Pause], Paused),
        (&[Reject], Rejected),
        (&[Approve, Revoke], Revoked),
        (&[Expire], Expired),
        (&[Fail], Failed),
    ];
    let allowed = [
        (Pending, Approve, Active),
        (Pending, Reject, Rejected),
        (Pending, Cancel, Pending),
        (Pending, Fail, Failed),
        (Pending, Expire, Expired),
        (Active, Pause, Paused),
        (Active, Revoke, Revoked),
        (Active, Expire, Expired),
        (Paused, Resume, Active),
        (Paused, Revoke, Revoked),
        (Paused, Expire, Expired),
    ];
    let now = moment("2025-04-02T00:00:00Z");
    for (way, status) in ways {
        for action in [Approve, Reject, Cancel, Fail, Pause, Resume, Revoke, Expire] {
            let mut consent = consent(FetchType::Periodic, THREE_A_MONTH);
            for step in way {
                consent.apply(*step, now).unwrap();
            }
            assert_eq!(consent.status(now), status);
            let expected = allowed
                .iter()
                .find(|(from, by, _)| *from == status && *by == action)
                .map(|(_, _, to)| *to)
                .ok_or(WrongState { status });
            assert_eq!(
                consent.apply(action, now),
                expected,
                "{status:?} {action:?}"
            );
        }
    }
}

#[test]
fn a_consent_ends_to_the_millisecond() {
    let mut consent = consent(FetchType::Periodic, THREE_A_MONTH);
    let pending = consent.clone();
    consent
        .apply(Action::Approve, moment("2025-04-01T00:00:01Z"))
        .unwrap();
    let range = consent.terms.data_range;
    let last = moment("2025-07-29T23:59:59.999Z");
    let over = moment("2025-07-30T00:00:00.000Z");
    assert_eq!(consent.status(last), ConsentStatus::Active);
    assert_eq!(consent.status(over), ConsentStatus::Expired);
    assert_eq!(pending.status(over), ConsentStatus::Expired);
    assert_eq!(consent.use_for_fetch(range, last), Ok(()));
    assert_eq!(
        consent.use_for_fetch(range, over),
        Err(FetchRefusal::Expired)
    );
    assert_eq!(
        consent.apply(Action::Revoke, over),
        Err(WrongState {
            status: ConsentStatus::Expired
        })
    );
}

#[test]
fn fetches_are_refused_by_state_then_range_then_usage() {
    let now = moment("2025-04-02T00:00:00Z");
    let mut consent = consent(
        FetchType::OneTime,
        Frequency {
            value: 1,
            unit: FrequencyUnit::Month,
        },
    );
    let inside = consent.terms.data_range;
    let outside = DataRange {
        from: inside.from,
        to: moment("2025-01-01T00:00:00.001Z"),
    };
    assert_eq!(
        consent.use_for_fetch(outside, now),
        Err(FetchRefusal::NotReady)
    );
    consent.apply(Action::Approve, now).unwrap();
    assert_eq!(
        consent.use_for_fetch(outside, now),
        Err(FetchRefusal::OutOfRange)
    );
    assert_eq!(consent.usage.count, 0, "a refused fetch is not a use");
    assert_eq!(consent.use_for_fetch(inside, now), Ok(()));
    assert_eq!(
        consent.use_for_fetch(outside, now),
        Err(FetchRefusal::OutOfRange)
    );
    assert_eq!(
        consent.use_for_fetch(inside, now),
        Err(FetchRefusal::UsedOnce)
    );
    consent.apply(Action::Pause, now).unwrap();
    assert_eq!(
        consent.use_for_fetch(inside, now),
        Err(FetchRefusal::NotReady)
    );
}

#[test]
fn periodic_fetches_are_counted_in_calendar_windows() {
    let mut consent = consent(FetchType::Periodic, THREE_A_MONTH);
    let range = consent.terms.data_range;
    consent
        .apply(Action::Approve, moment("2025-04-01T00:00:00Z"))
        .unwrap();
    for (at, expected) in [
        ("2025-04-28T00:00:00Z", Ok(())),
        ("2025-04-29T00:00:00Z", Ok(())),
        ("2025-04-30T00:00:00Z", Ok(())),
        (
            "2025-04-30T23:59:59Z",
            Err(FetchRefusal::UsedForTheFrequency),
        ),
        ("2025-05-01T00:00:00Z", Ok(())),
        ("2025-05-01T00:00:00Z", Ok(())),
        ("2025-05-01T00:00:00Z", Ok(())),
        (
            "2025-05-31T00:00:00Z",
            Err(FetchRefusal::UsedForTheFrequency),
        ),
    ] {
        assert_eq!(consent.use_for_fetch(range, moment(at)), expected, "{at}");
    }
    assert_eq!(consent.usage.count, 6);
    assert_eq!(
        consent.usage.last_used,
        Some(moment("2025-05-01T00:00:00Z"))
    );
}

#[test]
fn an_infinite_frequency_has_no_limit() {
    let mut consent = consent(
        FetchType::Periodic,
        Frequency {
            value: 1,
            unit: FrequencyUnit::Inf,
        },
    );
    let range = consent.terms.data_range;
    let now = moment("2025-04-01T00:00:00Z");
    consent.apply(Action::Approve, now).unwrap();
    for _ in 0..50 {
        assert_eq!(consent.use_for_fetch(range, now), Ok(()));
    }
}

#[test]
fn a_post_dated_consent_waits_for_its_start() {
    let mut consent = consent(FetchType::Periodic, THREE_A_MONTH);
    let range = consent.terms.data_range;
    let before = moment("2025-03-31T00:00:00Z");
    consent.apply(Action::Approve, before).unwrap();
    assert_eq!(
        consent.use_for_fetch(range, before),
        Err(FetchRefusal::NotReady)
    );
    assert_eq!(consent.use_for_fetch(range, consent.terms.start), Ok(()));
}

#[test]
fn the_history_of_a_restless_consent_stays_short() {
    let mut consent = consent(FetchType::Periodic, THREE_A_MONTH);
    let now = moment("2025-04-01T00:00:00Z");
    consent.apply(Action::Approve, now).unwrap();
    for _ in 0..500 {
        consent.apply(Action::Pause, now).unwrap();
        consent.apply(Action::Resume, now).unwrap();
    }
    assert_eq!(consent.history().count(), HISTORY_LIMIT);
}
