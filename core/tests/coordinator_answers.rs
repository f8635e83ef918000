//! Codes on the wire, and where a transactional id lives (coordinator spec 4, 7, 9, 11, 12).

use std::num::NonZeroU32;

use fencepost::broker::TransactionVersion;
use fencepost::coordinator::{
    Api, Destination, Fault, MarkerStep, Ownership, Refusal, Resource, TransactionState,
    add_partitions_version, append_error, coordinator_partition, end_txn_version, java_string_hash,
    partition_of_hash,
};
use fencepost::error_code::ErrorCode;
use fencepost::wire::MarkerKind;

fn fifty() -> NonZeroU32 {
    NonZeroU32::new(50).expect("is not zero")
}

/// As the reference: the numbers are what `String.hashCode` gives.
#[test]
fn an_id_lives_where_javas_string_hash_puts_it() {
    for (id, hash) in [
        ("", 0),
        ("a", 97),
        ("hello", 99_162_322),
        ("my-transactional-id", -959_806_496),
        ("polygenelubricants", i32::MIN),
        ("grün", 3_185_949),
        // Two UTF-16 code units.
        ("😀", 1_772_899),
    ] {
        assert_eq!(java_string_hash(id.encode_utf16()), hash, "{id}");
        let want = if hash == i32::MIN { 0 } else { hash.unsigned_abs() % 50 };
        assert_eq!(coordinator_partition(id, fifty()), want, "{id}");
    }
}

/// As the reference.
#[test]
fn the_lowest_hash_counts_as_zero_and_negative_ones_by_their_amount() {
    assert_eq!(partition_of_hash(i32::MIN, fifty()), 0);
    assert_eq!(partition_of_hash(-7, fifty()), 7);
    assert_eq!(partition_of_hash(i32::MAX, fifty()), 47);
    assert_eq!(partition_of_hash(i32::MIN + 1, NonZeroU32::MAX), i32::MAX.unsigned_abs());
    assert_eq!(partition_of_hash(5, NonZeroU32::MIN), 0);
}

/// As the reference (spec 9).
#[test]
fn every_answer_to_a_marker_has_one_meaning() {
    let of = |code| MarkerStep::from_code(ErrorCode::new(code));
    for code in [0, 43, 35] {
        assert_eq!(of(code), MarkerStep::Remove, "{code}");
    }
    for code in [3, 6, 19, 20, 7, 56] {
        assert_eq!(of(code), MarkerStep::Retry, "{code}");
    }
    for code in [47, 52] {
        assert_eq!(of(code), MarkerStep::GiveUp, "{code}");
    }
    for code in [2, 10, 18, 21, -1, 48, 1234] {
        assert_eq!(of(code), MarkerStep::Fatal, "{code}");
    }
}

/// As the reference (spec 9).
#[test]
fn a_deleted_partition_is_dropped_and_one_without_a_leader_waits() {
    assert_eq!(MarkerStep::before_sending(Destination::Leader), None);
    assert_eq!(MarkerStep::before_sending(Destination::NoLeader), Some(MarkerStep::Retry));
    assert_eq!(MarkerStep::before_sending(Destination::Deleted), Some(MarkerStep::Remove));
}

/// As the reference (spec 11).
#[test]
fn what_the_log_answers_is_told_in_the_coordinators_words() {
    for (from, to) in [
        (3, 15),
        (19, 15),
        (20, 15),
        (7, 15),
        (6, 16),
        (56, 16),
        (10, -1),
        (18, -1),
        (16, 16),
        (14, 14),
        (29, 29),
        (1234, 1234),
        (0, -1),
    ] {
        assert_eq!(append_error(ErrorCode::new(from)).get(), to, "{from}");
    }
}

/// As the reference (spec 12).
#[test]
fn older_clients_are_told_an_older_code() {
    for (api, first) in [
        (Api::InitProducerId, 4),
        (Api::EndTxn, 2),
        (Api::AddPartitionsToTxn, 2),
        (Api::AddOffsetsToTxn, 2),
    ] {
        for version in [0, first - 1, first, first + 1] {
            let want = if version < first { 47 } else { 90 };
            let told = api.downgrade(ErrorCode::PRODUCER_FENCED, version);
            assert_eq!(told.get(), want, "{api:?} {version}");
            let other = api.downgrade(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, version);
            assert_eq!(other.get(), 14);
        }
    }
    assert_eq!(Api::Produce.downgrade(ErrorCode::PRODUCER_FENCED, 12).get(), 47);
    assert_eq!(Api::TxnOffsetCommit.downgrade(ErrorCode::PRODUCER_FENCED, 0).get(), 90);
    for (version, want) in [(1, 15), (2, 14)] {
        let told = Api::TxnOffsetCommit.downgrade(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, version);
        assert_eq!(told.get(), want);
    }
}

/// As the reference.
#[test]
fn the_version_of_a_request_says_the_transaction_version() {
    use TransactionVersion::{V0, V2};
    assert_eq!([0, 4, 5].map(end_txn_version), [V0, V0, V2]);
    assert_eq!([0, 3, 4, 5].map(add_partitions_version), [V0, V0, V2, V2]);
}

/// As the reference (spec 10).
#[test]
fn only_the_coordinator_that_has_loaded_answers() {
    assert_eq!(Ownership::Owned.check(), Ok(()));
    assert_eq!(Ownership::Loading.check().map_err(|refused| refused.error_code().get()), Err(14));
    assert_eq!(Ownership::NotOwned.check().map_err(|refused| refused.error_code().get()), Err(16));
}

/// Law 5: each refusal says why, and has one code.
#[test]
fn every_refusal_says_why_and_has_one_code() {
    let state = TransactionState::Empty;
    let all = [
        (Refusal::NoTransactionalId, 42),
        (Refusal::HalfExpectation { producer_id: 5, producer_epoch: -1 }, 42),
        (Refusal::TimeoutOutOfRange { timeout_ms: 0, max_timeout_ms: 9 }, 50),
        (Refusal::NotAuthorized(Resource::Cluster), 31),
        (Refusal::NotAuthorized(Resource::TransactionalId), 53),
        (Refusal::NotAuthorized(Resource::Topic), 29),
        (Refusal::NotAuthorized(Resource::Group), 30),
        (Refusal::Loading, 14),
        (Refusal::NotCoordinator, 16),
        (Refusal::CoordinatorChanged { current: 2, got: 1 }, 16),
        (Refusal::UnknownTransactionalId, 49),
        (Refusal::OtherProducer { current: 1, got: 2 }, 49),
        (Refusal::FencedProducer { current: 1, got: 2 }, 90),
        (Refusal::Fenced { current: 1, got: 2 }, 90),
        (Refusal::Pending { target: state }, 51),
        (Refusal::Ending { state }, 51),
        (Refusal::Aborting, 51),
        (Refusal::InvalidState { state, verdict: MarkerKind::Commit }, 48),
        (Refusal::NotInTransaction, 120),
        (Refusal::NoProducerId { code: ErrorCode::COORDINATOR_LOAD_IN_PROGRESS }, 14),
        (Refusal::Internal(Fault::Unreachable { from: state, to: state }), -1),
        (Refusal::Internal(Fault::NegativeProducerId { producer_id: -2 }), -1),
        (Refusal::Internal(Fault::NegativeEpoch { producer_epoch: -2 }), -1),
        (Refusal::Internal(Fault::EpochsExhausted), -1),
        (Refusal::Internal(Fault::SameProducerId { producer_id: 1 }), -1),
        (Refusal::Internal(Fault::ForeignTransit), -1),
    ];
    let mut said: Vec<String> = Vec::new();
    for (refusal, code) in all {
        assert_eq!(refusal.error_code().get(), code, "{refusal}");
        let text = refusal.to_string();
        assert!(text.ends_with(&format!(" ({})", refusal.rule())), "{text}");
        assert!(!said.contains(&text), "{text}");
        said.push(text);
    }
}
