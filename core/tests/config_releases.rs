//! Does each release keep to its own rules (config spec 2, 4 and 5)?

use fencepost::config::{
    Acks, ClientId, ClientRelease, Idempotence, OffBy, OnBy, ProducerSettings, Resolved, Rule,
    Setting, Value, Warning, problems, resolve,
};

use ClientRelease::{
    Kafka0_11, Kafka1_0, Kafka2_1, Kafka2_2, Kafka2_4, Kafka2_5, Kafka3_0, Kafka3_0_1, Kafka3_7,
    Kafka4_0, Kafka4_1,
};

fn set<'a>(given: &[(Setting, Value<'a>)]) -> ProducerSettings<'a> {
    let none = ProducerSettings::new();
    given.iter().fold(none, |settings, (setting, value)| settings.with(*setting, *value))
}

fn starts<'a>(given: &[(Setting, Value<'a>)], release: ClientRelease) -> Resolved<'a> {
    resolve(&set(given), release).unwrap_or_else(|error| panic!("{release:?}: {error}"))
}

fn refused(given: &[(Setting, Value<'_>)], release: ClientRelease) -> (Setting, Rule) {
    let error = resolve(&set(given), release).expect_err("refused");
    (error.setting, error.rule)
}

const ASKED: (Setting, Value<'_>) = (Setting::EnableIdempotence, Value::Bool(true));
const TRANSACTIONAL: (Setting, Value<'_>) = (Setting::TransactionalId, Value::Text("t"));

#[test]
fn a_version_is_in_the_range_that_its_notes_name() {
    let table = [
        ((0, 11, 0), Some(Kafka0_11)),
        ((0, 10, 2), None),
        ((1, 0, 0), Some(Kafka1_0)),
        ((2, 0, 1), Some(Kafka1_0)),
        ((2, 1, 1), Some(Kafka2_1)),
        ((2, 2, 0), Some(Kafka2_1)),
        ((2, 2, 1), Some(Kafka2_2)),
        ((2, 3, 1), Some(Kafka2_2)),
        ((2, 4, 1), Some(Kafka2_4)),
        ((2, 5, 0), Some(Kafka2_5)),
        ((2, 8, 2), Some(Kafka2_5)),
        ((3, 0, 0), Some(Kafka3_0)),
        ((3, 1, 0), Some(Kafka3_0)),
        ((3, 0, 1), Some(Kafka3_0_1)),
        ((3, 1, 1), Some(Kafka3_0_1)),
        ((3, 2, 0), Some(Kafka3_0_1)),
        ((3, 6, 2), Some(Kafka3_0_1)),
        ((3, 7, 0), Some(Kafka3_7)),
        ((3, 9, 2), Some(Kafka3_7)),
        ((4, 0, 2), Some(Kafka4_0)),
        ((4, 1, 0), Some(Kafka4_1)),
        ((4, 4, 0), Some(Kafka4_1)),
        ((9, 0, 0), Some(Kafka4_1)),
    ];
    for ((major, minor, patch), want) in table {
        let release = ClientRelease::of(major, minor, patch);
        assert_eq!(release, want, "{major}.{minor}.{patch}");
    }
}

#[test]
fn the_list_of_releases_goes_by_age() {
    for pair in ClientRelease::ALL.windows(2) {
        assert!(pair[0] < pair[1] && pair[1].is_from(pair[0]) && !pair[0].is_from(pair[1]));
    }
}

/// Idempotence, acks, retries, requests in flight and the deadline when nothing is set.
#[test]
fn nothing_set_means_what_the_release_says() {
    let on = Idempotence::On(OnBy::Default);
    let off = Idempotence::Off(OffBy::Default);
    let deadline = Some(120_000);
    for release in ClientRelease::ALL {
        let want = match release {
            Kafka0_11 | Kafka1_0 => (off, Acks::One, 0, 5, None),
            Kafka2_1 | Kafka2_2 | Kafka2_4 | Kafka2_5 => (off, Acks::One, i32::MAX, 5, deadline),
            Kafka3_0 => (off, Acks::All, i32::MAX, 5, deadline),
            _ => (on, Acks::All, i32::MAX, 5, deadline),
        };
        let is = starts(&[], release);
        let is = (is.idempotence, is.acks, is.retries, is.max_in_flight, is.delivery_timeout_ms);
        assert_eq!(is, want, "{release:?}");
    }
}

#[test]
fn a_release_that_does_not_turn_idempotence_on_warns_of_it() {
    for release in ClientRelease::ALL {
        let warned = starts(&[], release).warnings.contains(&Warning::IdempotenceNotDefault);
        assert_eq!(warned, !release.idempotent_by_default(), "{release:?}");
        assert!(starts(&[ASKED], release).warnings.is_empty(), "{release:?}");
    }
}

/// Before 3.0 the defaults of acks and retries contradict idempotence, and give way.
#[test]
fn idempotence_that_is_asked_for_raises_what_is_not_set() {
    for release in ClientRelease::ALL {
        for given in [&[ASKED][..], &[TRANSACTIONAL], &[ASKED, TRANSACTIONAL]] {
            let is = starts(given, release);
            assert!(is.idempotence.is_on(), "{release:?}");
            let in_flight = if release == Kafka0_11 { 1 } else { 5 };
            let want = (Acks::All, i32::MAX, in_flight);
            assert_eq!((is.acks, is.retries, is.max_in_flight), want, "{release:?}");
        }
    }
}

#[test]
fn a_transactional_id_turns_idempotence_on_before_3_0_1() {
    for release in ClientRelease::ALL {
        let by = if release < Kafka3_0_1 { OnBy::TransactionalId } else { OnBy::Default };
        assert_eq!(starts(&[TRANSACTIONAL], release).idempotence, Idempotence::On(by));
    }
}

/// The one key that is dropped or refused depending on the release.
#[test]
fn a_conflict_is_harmless_or_dropped_or_refused_by_release() {
    let too_many = [(Setting::MaxInFlight, Value::Int(6))];
    let leader = [(Setting::Acks, Value::Text("1"))];
    let never = [(Setting::Retries, Value::Int(0))];
    for release in ClientRelease::ALL {
        for given in [&too_many, &leader, &never] {
            if release >= Kafka4_0 && given == &too_many {
                let rule = Rule::InFlight { most: 5, asked: false };
                assert_eq!(refused(given, release), (Setting::MaxInFlight, rule));
                continue;
            }
            let dropped =
                matches!(starts(given, release).idempotence, Idempotence::Off(OffBy::Conflicts(_)));
            assert_eq!(dropped, release >= Kafka3_0_1, "{release:?} {given:?}");
        }
    }
}

#[test]
fn a_conflict_with_an_idempotence_that_is_asked_for_is_an_error_in_every_release() {
    for release in ClientRelease::ALL {
        let most = release.most_in_flight();
        let over = (Setting::MaxInFlight, Value::Int(most + 1));
        let rule = Rule::InFlight { most, asked: true };
        assert_eq!(refused(&[ASKED, over], release), (Setting::MaxInFlight, rule), "{release:?}");
        let leader = (Setting::Acks, Value::Text("1"));
        assert_eq!(refused(&[ASKED, leader], release), (Setting::Acks, Rule::AcksAll));
        let never = (Setting::Retries, Value::Int(0));
        assert_eq!(refused(&[ASKED, never], release), (Setting::Retries, Rule::Retries));
    }
}

/// From 4.0 the user of acks=1 may not have 6 requests in flight, although idempotence is off.
#[test]
fn from_4_0_requests_in_flight_are_refused_though_acks_dropped_idempotence() {
    let given = [(Setting::Acks, "1".into()), (Setting::MaxInFlight, 6.into())];
    assert!(!starts(&given, Kafka3_7).idempotence.is_on());
    assert_eq!(refused(&given, Kafka4_0).0, Setting::MaxInFlight);
    let off = (Setting::EnableIdempotence, Value::Bool(false));
    assert!(!starts(&[given[0], given[1], off], Kafka4_0).idempotence.is_on());
}

/// Of all conflicts at once, in which order does the client name them?
#[test]
fn the_order_of_the_checks_is_the_releases() {
    let given = set(&[
        ASKED,
        (Setting::Retries, Value::Int(0)),
        (Setting::Acks, Value::Text("1")),
        (Setting::MaxInFlight, Value::Int(6)),
        (Setting::DeliveryTimeoutMs, Value::Int(1)),
    ]);
    let (retries, acks) = (Setting::Retries, Setting::Acks);
    let (in_flight, deadline) = (Setting::MaxInFlight, Setting::DeliveryTimeoutMs);
    for release in ClientRelease::ALL {
        let want: &[Setting] = match release {
            Kafka0_11 | Kafka1_0 => &[retries, in_flight, acks],
            Kafka2_1 | Kafka2_2 | Kafka2_4 => &[deadline, in_flight, retries, acks],
            Kafka2_5 | Kafka3_0 => &[retries, acks, deadline, in_flight],
            _ => &[retries, acks, in_flight, deadline],
        };
        let named: Vec<Setting> = problems(&given, release).map(|error| error.setting).collect();
        assert_eq!(named, want, "{release:?}");
    }
}

#[test]
fn the_transactional_id_error_says_why_idempotence_is_off() {
    let given = [TRANSACTIONAL, (Setting::Acks, "1".into()), (Setting::Retries, 0.into())];
    let error = resolve(&set(&given), Kafka3_7).unwrap_err();
    assert_eq!(
        error.to_string(),
        "transactional.id is \"t\": transactions need idempotence, which is off because retries is \
         0 and acks is 1"
    );
    let Rule::Idempotence { off: OffBy::Conflicts(conflicts) } = error.rule else { panic!() };
    let settings: Vec<Setting> = conflicts.settings().collect();
    assert_eq!(settings, [Setting::Retries, Setting::Acks]);
}

#[test]
fn settings_that_a_release_does_not_know_are_ignored() {
    let table = [
        (Setting::DeliveryTimeoutMs, Kafka2_1),
        (Setting::RetryBackoffMaxMs, Kafka3_7),
        (Setting::TwoPhaseCommitEnable, Kafka4_1),
    ];
    for (setting, first) in table {
        for release in ClientRelease::ALL {
            let is_refused = resolve(&set(&[(setting, "?".into())]), release).is_err();
            assert_eq!(is_refused, release >= first, "{setting} {release:?}");
        }
    }
}

/// 2.1.0 to 2.2.0 add the two in 32 bits: the sum of 2147483647 and 1 is below any deadline.
#[test]
fn the_first_check_of_the_deadline_wraps() {
    let given = [
        (Setting::LingerMs, Value::Int(i32::MAX)),
        (Setting::RequestTimeoutMs, Value::Int(1)),
        (Setting::DeliveryTimeoutMs, Value::Int(0)),
    ];
    assert_eq!(starts(&given, Kafka2_1).delivery_timeout_ms, Some(0));
    let rule = Rule::Delivery { least: i32::MAX };
    assert_eq!(refused(&given, Kafka2_2), (Setting::DeliveryTimeoutMs, rule));
    let long = [(Setting::LingerMs, Value::Long(5))];
    assert_eq!(refused(&long, Kafka2_1), (Setting::LingerMs, Rule::Int));
    assert_eq!(starts(&long, Kafka2_2).linger_ms, 5);
}

#[test]
fn two_phase_commit_takes_no_timeout() {
    let given = [
        TRANSACTIONAL,
        (Setting::TwoPhaseCommitEnable, Value::Bool(true)),
        (Setting::TransactionTimeoutMs, Value::Int(60_000)),
    ];
    assert_eq!(refused(&given, Kafka4_1), (Setting::TransactionTimeoutMs, Rule::NoTimeout));
    assert!(starts(&given[..2], Kafka4_1).transactional.unwrap().two_phase_commit);
    assert!(!starts(&given, Kafka4_0).transactional.unwrap().two_phase_commit);
}

/// A null that no release checks, and that the client then uses.
#[test]
fn nulls_crash_where_the_client_uses_them() {
    let null_timeout = [(Setting::TransactionTimeoutMs, Value::Null)];
    let off = (Setting::EnableIdempotence, Value::Bool(false));
    for release in ClientRelease::ALL {
        for setting in [Setting::EnableIdempotence, Setting::ClientId] {
            let rule = refused(&[(setting, Value::Null)], release);
            assert_eq!(rule, (setting, Rule::NullCrashes), "{release:?}");
        }
        let crash = (Setting::TransactionTimeoutMs, Rule::NullCrashes);
        assert_eq!(refused(&[ASKED, null_timeout[0]], release), crash, "{release:?}");
        assert!(!starts(&[off, null_timeout[0]], release).idempotence.is_on(), "{release:?}");
    }
}

#[test]
fn the_client_id_is_named_after_the_transactional_id_from_2_4() {
    let given = [(Setting::TransactionalId, " x ".into()), (Setting::ClientId, "".into())];
    for release in ClientRelease::ALL {
        let want = match release {
            Kafka0_11 | Kafka1_0 | Kafka2_1 | Kafka2_2 => ClientId::Counted,
            Kafka2_4 => ClientId::OfTransactionalId(" x "),
            _ => ClientId::Given(""),
        };
        assert_eq!(starts(&given, release).client_id, want, "{release:?}");
    }
}

#[test]
fn a_batch_of_0_bytes_is_one_of_1_byte() {
    for release in ClientRelease::ALL {
        assert_eq!(starts(&[(Setting::BatchSize, "0".into())], release).batch_size, 1);
        assert_eq!(starts(&[(Setting::BatchSize, 7.into())], release).batch_size, 7);
    }
}

/// KIP-1030; with it an explicit deadline of one request no longer starts.
#[test]
fn linger_is_the_one_default_that_4_0_changed() {
    for setting in Setting::ALL {
        let changed = setting.default(Kafka3_7) != setting.default(Kafka4_0);
        assert_eq!(changed, *setting == Setting::LingerMs, "{setting}");
        assert_eq!(Setting::of(setting.name()), Some(*setting));
        assert_eq!(ProducerSettings::new().get(*setting), None);
    }
    assert_eq!(Setting::LingerMs.default(Kafka4_0), Value::Int(5));
}
