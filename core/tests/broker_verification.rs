//! Verifications and their guards (KIP-890): R44 to R47, and R62.

mod common;

use common::{commit, data, log, partition, rules, txn};
use fencepost::broker::{Config, Guard, Origin, Profile, Reason};
use fencepost::error_code::ErrorCode;

#[test]
fn r44_a_verification_is_begun_once_and_remembers_the_lowest_sequence_of_the_highest_epoch() {
    let mut log = log(Config::kafka_4_2());
    let guard = log.verify(7, 1, 5).unwrap();
    let lowest = |log: &common::Log| {
        let entry = log.partition.verification(7).unwrap();
        (entry.producer_epoch(), entry.lowest_sequence(), entry.timestamp())
    };
    log.now = 50;
    for (epoch, sequence, want) in
        [(1, 9, (1, 5, 1)), (1, 3, (1, 3, 1)), (0, 0, (1, 3, 1)), (2, 8, (2, 8, 1))]
    {
        assert_eq!(log.verify(7, epoch, sequence).unwrap(), guard, "the first one's guard");
        assert_eq!(lowest(&log), want);
    }
    assert_ne!(log.verify(8, 0, 0).unwrap(), guard);
}

#[test]
fn r45_a_transactional_write_needs_an_open_transaction_or_the_right_guard() {
    let mut log = log(Config::kafka_4_2());
    let refused = log.send(txn(7, 0, 0, 1)).refused("R45");
    assert_eq!(refused.error_code(), ErrorCode::INVALID_TXN_STATE);
    let guard = log.verify(7, 0, 0).unwrap();
    let other = log.verify(8, 0, 0).unwrap();
    log.send(txn(7, 0, 0, 1)).refused("R45");
    log.send_with(other, txn(7, 0, 0, 1)).refused("R45");
    log.send_with(Guard::from_bits(99), txn(7, 0, 0, 1)).refused("R45");
    log.send_with(guard, txn(7, 0, 0, 1)).at(0);
    log.send(txn(7, 0, 1, 1)).at(1);
    assert_eq!(log.verify(7, 0, 2).unwrap(), Guard::SENTINEL, "its transaction is open");
    log.append(Origin::Coordinator, &[txn(9, 0, 0, 1)]).refused("R45");
    log.replicate(txn(9, 0, 0, 1)).at(2);
    log.coordinate(commit(7, 0)).at(3);
}

#[test]
fn r45_an_open_transaction_of_another_epoch_counts_only_for_kafka_3_9() {
    for (profile, counts) in [(Profile::Kafka3_9, true), (Profile::Kafka4_0, false)] {
        let mut log = log(Config::new(profile));
        log.replicate(txn(7, 0, 0, 1)).at(0);
        assert_eq!(log.partition.has_open_transaction(7, 1), counts);
        let answer = log.send(txn(7, 1, 0, 1));
        match counts {
            true => drop(answer.at(1)),
            false => drop(answer.refused("R45")),
        }
    }
}

#[test]
fn r46_a_guard_is_used_up_when_its_write_is_recorded_and_not_before() {
    let mut log = log(Config::kafka_4_2());
    let guard = log.verify(7, 0, 0).unwrap();
    log.send_with(guard, txn(7, -5, 0, 1)).refused("R24");
    let context = log.context(Origin::Client).with_guard(guard);
    drop(log.partition.admit(&txn(7, 0, 0, 1), &context));
    assert!(log.partition.verification(7).is_some(), "law 1: a verdict changes nothing");
    log.send_with(guard, data(7, 0, 0, 1)).at(0);
    assert!(log.partition.verification(7).is_some(), "only a transactional write uses it");
    log.verify(7, 0, 1).unwrap();
    log.replicate(commit(7, 0)).at(1);
    assert!(log.partition.verification(7).is_none(), "a marker too, of any origin");
    log.send_with(guard, txn(7, 0, 1, 1)).refused("R45");
}

#[test]
fn r47_a_stale_epoch_can_not_be_verified_since_kafka_4_1() {
    for (profile, fenced) in [(Profile::Kafka4_0, false), (Profile::Kafka4_1, true)] {
        let mut log = log(Config::new(profile));
        log.send(data(7, 3, 0, 1)).at(0);
        let answer = log.verify(7, 2, 0);
        assert_eq!(answer.is_err(), fenced);
        if let Err(rejection) = answer {
            assert_eq!(rejection.reason, Reason::StaleEpoch { current: 3, got: 2 });
        }
    }
}

#[test]
fn r62_without_room_for_a_guard_a_verification_is_refused_and_nothing_is_lost() {
    let mut log = common::Log::over(partition::<()>(8, 8, 2, Config::kafka_4_2()));
    let first = log.verify(1, 0, 0).unwrap();
    log.verify(2, 0, 0).unwrap();
    let refused = log.verify(3, 0, 0).unwrap_err();
    assert_eq!(refused.reason, Reason::GuardsFull { capacity: 2 });
    assert_eq!(refused.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(log.verify(1, 0, 0).unwrap(), first, "the first is still there");
    log.send_with(first, txn(1, 0, 0, 1)).at(0);
    log.verify(3, 0, 0).unwrap();
}

#[test]
fn r43_a_verification_expires_like_a_producer() {
    let mut log = log(rules().expiration_ms(100));
    log.now = 500;
    log.verify(7, 0, 0).unwrap();
    log.expire(599);
    assert!(log.partition.verification(7).is_some());
    log.expire(600);
    assert!(log.partition.verification(7).is_none());
}
