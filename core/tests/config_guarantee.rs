//! Is what the settings promise what the client then does (config spec 3, 6 and 12)?

use fencepost::config::{
    Brokers, ClientRelease, Cluster, Later, Moment, OffBy, Outcome, ProducerSettings, Promise,
    Reason, Resolved, Setting, Value, Warning, guarantee, later, record_too_large, resolve,
};
use fencepost::error_code::ErrorCode;

fn starts<'a>(given: &[(Setting, Value<'a>)], release: ClientRelease) -> Resolved<'a> {
    let none = ProducerSettings::new();
    let settings = given.iter().fold(none, |settings, (key, value)| settings.with(*key, *value));
    resolve(&settings, release).unwrap()
}

fn now<'a>(given: &[(Setting, Value<'a>)]) -> Resolved<'a> {
    starts(given, ClientRelease::Kafka4_1)
}

const OFF: (Setting, Value<'_>) = (Setting::EnableIdempotence, Value::Bool(false));
const TRANSACTIONAL: (Setting, Value<'_>) = (Setting::TransactionalId, Value::Text("t"));

#[test]
fn idempotence_promises_exactly_once_while_the_producer_lives() {
    let promised = guarantee(&now(&[]));
    assert_eq!(promised.promise, Promise::ExactlyOncePerSession);
    let reasons = [Reason::Sequenced, Reason::NewSessionUnknown, Reason::DeadlineDecidesNothing];
    assert_eq!(promised.reasons[..], reasons);
}

#[test]
fn a_transactional_id_promises_it_across_sessions() {
    let promised = guarantee(&now(&[TRANSACTIONAL]));
    assert_eq!(promised.promise, Promise::ExactlyOnceAcrossSessions);
    assert_eq!(promised.reasons[..], [Reason::Sequenced, Reason::Fenced]);
}

#[test]
fn without_idempotence_retries_repeat_and_reorder() {
    let promised = guarantee(&now(&[OFF]));
    assert_eq!(promised.promise, Promise::AtLeastOnce);
    let reasons = [
        Reason::NotIdempotent(OffBy::Request),
        Reason::RetriesDuplicate { retries: i32::MAX },
        Reason::RetriesReorder { in_flight: 5 },
    ];
    assert_eq!(promised.reasons[..], reasons);
}

#[test]
fn one_request_in_flight_keeps_the_order() {
    let promised = guarantee(&now(&[OFF, (Setting::MaxInFlight, Value::Int(1))]));
    assert_eq!(promised.promise, Promise::AtLeastOnceInOrder);
    assert_eq!(promised.reasons[2], Reason::OneInFlight);
}

#[test]
fn without_retries_or_answers_it_is_at_most_once() {
    let never = guarantee(&now(&[(Setting::Retries, Value::Int(0))]));
    assert_eq!(never.promise, Promise::AtMostOnce);
    assert_eq!(never.reasons[1..], [Reason::NoRetries]);
    let unanswered = guarantee(&now(&[(Setting::Acks, Value::Text("0"))]));
    assert_eq!(unanswered.promise, Promise::AtMostOnce);
    assert_eq!(unanswered.reasons[1..], [Reason::NoAnswer]);
}

#[test]
fn one_acknowledgement_adds_the_loss_with_the_leader() {
    let promised = guarantee(&now(&[(Setting::Acks, Value::Text("1"))]));
    assert_eq!(promised.promise, Promise::AtLeastOnce);
    assert_eq!(promised.reasons.last(), Some(&Reason::LeaderAlone));
}

/// What an upgrade changes without a line of configuration.
#[test]
fn the_same_empty_settings_promise_more_from_release_to_release() {
    for release in ClientRelease::ALL {
        let want = match release {
            ClientRelease::Kafka0_11 | ClientRelease::Kafka1_0 => Promise::AtMostOnce,
            _ if release.idempotent_by_default() => Promise::ExactlyOncePerSession,
            _ => Promise::AtLeastOnce,
        };
        assert_eq!(guarantee(&starts(&[], release)).promise, want, "{release:?}");
    }
}

#[test]
fn a_guarantee_reads_as_a_sentence() {
    let promised = guarantee(&now(&[(Setting::Acks, Value::Text("1"))]));
    assert_eq!(
        promised.to_string(),
        "at least once, in any order: idempotence is off because acks is 1; up to 2147483647 \
         retries may each write a batch again; with 5 requests in flight a retry may come after \
         later batches; with acks=1 an acknowledged record is lost if the leader fails before it \
         is copied"
    );
}

fn warnings(given: &[(Setting, Value<'_>)]) -> Vec<Warning> {
    now(given).warnings.to_vec()
}

#[test]
fn a_transaction_should_outlive_its_batches() {
    assert_eq!(warnings(&[TRANSACTIONAL]), []);
    let timeout = (Setting::TransactionTimeoutMs, Value::Int(10_000));
    let outlives =
        Warning::DeliveryOutlivesTransaction { delivery_ms: 120_000, transaction_ms: 10_000 };
    assert_eq!(warnings(&[TRANSACTIONAL, timeout]), [outlives]);
    assert_eq!(warnings(&[timeout]), [Warning::TransactionTimeoutUnused]);
}

#[test]
fn few_retries_and_a_constant_backoff_are_warned_of() {
    let bounded = Warning::RetriesBounded { retries: 3 };
    assert_eq!(warnings(&[(Setting::Retries, "3".into())]), [bounded]);
    assert_eq!(warnings(&[(Setting::Retries, "2147483647".into())]), []);
    let constant = Warning::BackoffConstant { max_ms: 1_000 };
    assert_eq!(warnings(&[(Setting::RetryBackoffMs, 1_001_i64.into())]), [constant]);
    assert_eq!(warnings(&[(Setting::RetryBackoffMs, 1_000_i64.into())]), []);
    let early = starts(&[(Setting::RetryBackoffMs, 1_001.into())], ClientRelease::Kafka3_0_1);
    assert_eq!(early.warnings[..], [], "before 3.7 the wait does not grow");
}

#[test]
fn every_warning_that_can_stand_together_fits() {
    let given = [
        (Setting::Acks, "1".into()),
        (Setting::Retries, "0".into()),
        (Setting::LingerMs, "200000".into()),
        (Setting::RetryBackoffMs, "2000".into()),
        (Setting::TransactionTimeoutMs, "1".into()),
    ];
    let sentences: Vec<String> = warnings(&given).iter().map(Warning::to_string).collect();
    assert_eq!(
        sentences,
        [
            "idempotence is dropped without an error because retries is 0 and acks is 1",
            "delivery.timeout.ms is raised from 120000 to 230000, to cover linger.ms and \
             request.timeout.ms",
            "retry.backoff.ms is above retry.backoff.max.ms, so every retry waits 1000 ms",
            "transaction.timeout.ms does nothing without a transactional.id",
        ]
    );
}

/// Durability, not idempotence: the default topic lets the leader suffice.
const LEADER: &[Later] = &[Later::LeaderMaySuffice];

#[test]
fn the_coordinator_takes_a_transaction_timeout_from_1_to_its_largest() {
    let found = |timeout: i32| {
        let given = [TRANSACTIONAL, (Setting::TransactionTimeoutMs, timeout.into())];
        later(&now(&given), &Cluster::default()).to_vec()
    };
    for timeout_ms in [i32::MIN, -5, 0, 900_001] {
        let refused = Later::TransactionTimeout { timeout_ms, max_ms: 900_000 };
        assert_eq!(found(timeout_ms), [refused, Later::LeaderMaySuffice]);
        assert_eq!(refused.moment(), Moment::FirstInitProducerId);
        assert_eq!(refused.outcome(&now(&[TRANSACTIONAL])), Outcome::Fatal);
        assert_eq!(refused.error_code(), Some(ErrorCode::INVALID_TRANSACTION_TIMEOUT));
    }
    assert_eq!(found(1), LEADER);
    assert_eq!(found(900_000), LEADER);
    let unused = now(&[(Setting::TransactionTimeoutMs, 0.into())]);
    assert_eq!(later(&unused, &Cluster::default())[..], *LEADER);
}

#[test]
fn a_record_fits_into_a_request_and_into_the_memory() {
    let small = [(Setting::MaxRequestSize, 100.into()), (Setting::BufferMemory, 50.into())];
    let resolved = now(&small);
    assert_eq!(record_too_large(&resolved, 50), None);
    let refused = record_too_large(&resolved, 51).unwrap();
    assert_eq!(refused, Later::RecordTooLarge { bytes: 51, most: 50 });
    assert_eq!(refused.moment(), Moment::Send);
    assert_eq!(refused.outcome(&resolved), Outcome::RecordFails);
    assert_eq!(refused.outcome(&now(&[TRANSACTIONAL])), Outcome::TransactionAborts);
    assert_eq!(record_too_large(&now(&[]), 1_048_576), None);
    assert!(record_too_large(&now(&[]), 1_048_577).is_some());
}

#[test]
fn a_request_above_the_brokers_bound_is_split() {
    let given = now(&[(Setting::MaxRequestSize, 1_048_589.into())]);
    let found = later(&given, &Cluster::default());
    assert_eq!(found[0], Later::BatchTooLarge { bytes: 1_048_589, most: 1_048_588 });
    assert_eq!(found[0].outcome(&given), Outcome::Split);
    assert_eq!(found[0].error_code(), Some(ErrorCode::MESSAGE_TOO_LARGE));
    let fits = now(&[(Setting::MaxRequestSize, 1_048_588.into())]);
    assert_eq!(later(&fits, &Cluster::default())[..], *LEADER);
}

#[test]
fn acks_all_needs_the_replicas_that_the_topic_asks_for() {
    let cluster = Cluster { min_insync_replicas: 2, in_sync_replicas: 1, ..Cluster::default() };
    let found = later(&now(&[]), &cluster);
    assert_eq!(found[..], [Later::NotEnoughReplicas { in_sync: 1, least: 2 }]);
    assert_eq!(found[0].moment(), Moment::Produce);
    assert_eq!(found[0].outcome(&now(&[])), Outcome::RetriedUntilDeadline);
    assert_eq!(found[0].error_code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS));
    let leader = now(&[(Setting::Acks, "1".into())]);
    assert_eq!(later(&leader, &cluster)[..], []);
    let enough = Cluster { in_sync_replicas: 2, ..cluster };
    assert_eq!(later(&now(&[]), &enough)[..], []);
    assert_eq!(LEADER[0].moment(), Moment::Never);
    assert_eq!(LEADER[0].outcome(&now(&[])), Outcome::Accepted);
}

/// The upgrade that made producers fail with CLUSTER_AUTHORIZATION_FAILED.
#[test]
fn old_brokers_want_a_right_that_nobody_had_to_grant_before() {
    let cluster =
        Cluster { brokers: Brokers::Before2_8, idempotent_write: false, ..Cluster::default() };
    let found = later(&now(&[]), &cluster);
    assert_eq!(found[0], Later::NotAuthorized);
    assert_eq!(found[0].error_code(), Some(ErrorCode::CLUSTER_AUTHORIZATION_FAILED));
    assert_eq!(later(&now(&[OFF]), &cluster)[..], *LEADER);
    let granted = Cluster { idempotent_write: true, ..cluster };
    assert_eq!(later(&now(&[]), &granted)[..], *LEADER);
    let newer = Cluster { brokers: Brokers::Since2_8, ..cluster };
    assert_eq!(later(&now(&[]), &newer)[..], *LEADER);
    let ancient = Cluster { brokers: Brokers::Before0_11, ..cluster };
    assert_eq!(later(&now(&[]), &ancient)[0], Later::NoProducerIds);
}
