//! Which producer id and epoch InitProducerId answers (coordinator spec 6; vectors C-I of 14).
//!
//! "Trunk" is Kafka's trunk of October 2024, "4.4" is Kafka 4.4.0. A test that runs both releases
//! says "as the reference" for both.

mod coordinator_support;

use coordinator_support::{ABORT, BOTH, COMMIT, NEW, P, Q, TRUNK, Txn, V0, V2, at, code, record};
use fencepost::broker::TransactionVersion;
use fencepost::coordinator::TransactionState::{
    CompleteAbort, CompleteCommit, Dead, Empty, Ongoing, PrepareAbort, PrepareCommit,
    PrepareEpochFence,
};
use fencepost::coordinator::{
    Expected, Failed, Fault, InitProducerId, Refusal, TransactionMetadata, TransactionRecord,
    transactional_id,
};
use fencepost::error_code::ErrorCode;

const FENCED: i16 = 90;
const CONCURRENT: i16 = 51;
const INTERNAL: i16 = -1;

/// As the reference.
#[test]
fn c_i2_an_empty_transactional_id_is_an_invalid_request() {
    for id in [None, Some("")] {
        assert_eq!(transactional_id(id).map_err(code), Err(42));
    }
    assert_eq!(transactional_id(Some("a")), Ok("a"));
}

/// As the reference.
#[test]
fn c_i3_a_timeout_is_positive_and_not_above_the_maximum() {
    for (timeout, want) in [(0, false), (-1, false), (900_000, true), (900_001, false)] {
        let request = InitProducerId::new(timeout, 900_000, None);
        assert_eq!(request.is_ok(), want, "{timeout}");
        if let Err(refused) = request {
            assert_eq!(code(refused), 50);
        }
    }
}

/// As the reference.
#[test]
fn c_i4_half_an_expectation_is_an_invalid_request() {
    for (pid, epoch) in [(5, -1), (-1, 5)] {
        assert_eq!(Expected::parse(pid, epoch).map_err(code), Err(42));
    }
    assert_eq!(Expected::parse(-1, -1), Ok(None));
    assert!(Expected::parse(5, 0).expect("is whole").is_some());
}

/// As the reference.
#[test]
fn c_i6_an_unknown_id_begins_at_epoch_zero_whatever_is_expected() {
    for release in BOTH {
        for expected in [Some((99, 7)), None] {
            let mut txn = Txn::unknown(release);
            assert_eq!(txn.init(expected), Ok((P, 0)));
            assert_eq!(txn.shape(), (P, 0, -1, Empty));
            assert_eq!(txn.meta.record().timeout_ms, 1000);
        }
    }
}

/// As the reference: a restart of the application.
#[test]
fn c_i7_without_an_expectation_the_epoch_is_raised_and_the_old_one_fenced_for_good() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 0, Empty);
        assert_eq!(txn.init(None), Ok((P, 1)));
        assert_eq!(txn.shape(), (P, 1, -1, Empty));
    }
}

/// As the reference (surprise 13): the retry is answered again, and written again.
#[test]
fn c_i8_a_client_that_expects_its_epoch_gets_the_next_and_its_retry_the_same() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 10, Empty);
        for _ in 0..3 {
            assert_eq!(txn.init(Some((P, 10))), Ok((P, 11)));
            assert_eq!(txn.shape(), (P, 11, 10, Empty));
        }
    }
}

/// As the reference.
#[test]
fn c_i10_a_restart_fences_both_the_last_and_the_retried_epoch() {
    for release in BOTH {
        let mut txn = Txn::bumped_to(release, 11);
        assert_eq!(txn.init(None), Ok((P, 12)));
        assert_eq!(txn.init(Some((P, 10))), Err(FENCED));
        assert_eq!(txn.init(Some((P, 11))), Err(FENCED));
        assert_eq!(txn.shape(), (P, 12, -1, Empty));
    }
}

/// As the reference.
#[test]
fn c_i11_another_producer_id_is_fenced() {
    for release in BOTH {
        let mut txn = Txn::bumped_to(release, 10);
        assert_eq!(txn.init(Some((Q, 10))), Err(FENCED));
    }
}

/// As the reference.
#[test]
fn c_i12_the_last_epoch_that_is_given_is_32766() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32765, Empty);
        assert_eq!(txn.init(None), Ok((P, 32766)));
        assert_eq!(txn.shape(), (P, 32766, -1, Empty));
    }
}

/// As the reference.
#[test]
fn c_i13_after_the_last_epoch_comes_a_new_producer_id() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32766, Empty);
        assert_eq!(txn.init(None), Ok((Q, 0)));
        assert_eq!(txn.shape(), (Q, 0, -1, Empty));
        assert_eq!(txn.meta.record().previous_producer_id, P);
    }
}

/// As the reference, whose retry is answered once: the second retry finds the previous producer id
/// overwritten with the current one, and is fenced.
#[test]
fn c_i14_a_client_that_used_up_its_epochs_gets_a_new_producer_id_and_its_retry_the_same() {
    for release in BOTH {
        let mut txn = Txn::bumped_to(release, 32766);
        assert_eq!(txn.shape(), (P, 32766, 32765, Empty));
        assert_eq!(txn.init(Some((P, 32766))), Ok((Q, 0)));
        assert_eq!(txn.shape(), (Q, 0, 32766, Empty));
        assert_eq!(txn.meta.record().previous_producer_id, P);
        assert_eq!(txn.init(Some((P, 32766))), Ok((Q, 0)));
        assert_eq!(txn.shape(), (Q, 0, 32766, Empty));
        assert_eq!(txn.init(Some((P, 32766))), Err(FENCED));
    }
}

/// As the reference.
#[test]
fn c_i15_after_a_rotation_by_somebody_else_the_old_producer_is_fenced() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32766, Empty);
        assert_eq!(txn.init(None), Ok((Q, 0)));
        assert_eq!(txn.init(Some((P, 32766))), Err(FENCED));
    }
}

/// As the reference.
#[test]
fn c_i16_only_the_last_epoch_of_the_previous_producer_id_may_retry() {
    for release in BOTH {
        let mut txn = Txn::bumped_to(release, 32766);
        assert_eq!(txn.init(Some((P, 32766))), Ok((Q, 0)));
        assert_eq!(txn.init(Some((P, 32765))), Err(FENCED));
        // Nor does an epoch that happens to be the new producer's.
        assert_eq!(txn.init(Some((P, 0))), Err(FENCED));
        assert_eq!(txn.shape(), (Q, 0, 32766, Empty));
    }
}

/// Deviates from both releases, which raise an internal error: used-up epochs and an expectation
/// that is not met are a fence like any other (spec 6, surprise).
#[test]
fn c_i18_a_zombie_at_used_up_epochs_is_fenced() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32767, CompleteAbort);
        assert_eq!(txn.init(Some((P, 32766))), Err(FENCED));
        assert_eq!(txn.shape(), (P, 32767, -1, CompleteAbort));
        let mut txn = Txn::in_state(release, 32766, Empty);
        assert_eq!(txn.init(Some((P, 5))), Err(FENCED));
    }
}

/// Deviates from both releases, which raise an internal error at 32766 before they look at the
/// retry: its answer was lost, so it is given again.
#[test]
fn the_retry_of_the_last_bump_is_answered_like_any_other() {
    for release in BOTH {
        let mut txn = Txn::bumped_to(release, 32766);
        assert_eq!(txn.init(Some((P, 32765))), Ok((P, 32766)));
        assert_eq!(txn.shape(), (P, 32766, 32765, Empty));
    }
}

/// As the reference. With the markers' completion pending, 51 comes before the fence.
#[test]
fn c_i19_while_markers_are_written_a_client_waits() {
    for release in BOTH {
        for state in [PrepareCommit, PrepareAbort] {
            let mut txn = Txn::in_state(release, 5, state);
            for expected in [None, Some((P, 5)), Some((P, 4))] {
                assert_eq!(txn.init(expected), Err(CONCURRENT));
            }
            assert_eq!(txn.init(Some((Q, 5))), Err(FENCED));
            assert!(txn.meta.resume(at(0)).is_ok_and(|ending| ending.is_some()));
            assert_eq!(txn.init(Some((Q, 5))), Err(CONCURRENT));
        }
    }
}

/// As the reference (surprise 3): a fenced producer is told to wait, too.
#[test]
fn c_i20_while_a_transition_is_written_every_client_waits() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Empty);
        let pending = txn.prepare_init(None).expect("nothing is pending");
        for expected in [None, Some((P, 5)), Some((Q, 5)), Some((P, 1))] {
            let refused = txn.prepare_init(expected).expect_err("is pending");
            assert_eq!(refused, Refusal::Pending { target: Empty });
            assert_eq!(code(refused), CONCURRENT);
        }
        assert!(txn.meta.appended(pending, at(0)).is_ok());
        assert_eq!(txn.init(None), Ok((P, 7)));
    }
}

/// As the reference.
#[test]
fn c_i21_a_running_transaction_is_fenced_and_aborted_and_the_client_asks_again() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.init(None), Err(CONCURRENT));
        assert_eq!(txn.shape(), (P, 6, -1, PrepareAbort));
        assert_eq!((txn.markers[0].producer_epoch, txn.markers[0].kind), (6, ABORT));
        assert_eq!(txn.init(None), Err(CONCURRENT), "its markers are not written");
        txn.finish();
        assert_eq!(txn.init(None), Ok((P, 7)));
    }
}

/// As the reference: below version 2 a fence forgets the epoch that might be retried.
#[test]
fn a_fence_forgets_the_epoch_before_the_last_bump() {
    for release in BOTH {
        let mut txn = Txn::bumped_to(release, 11);
        assert_eq!(txn.add(P, 11, &[1]), Ok(()));
        assert_eq!(txn.meta.last_producer_epoch(), 10);
        assert_eq!(txn.init(Some((P, 11))), Err(CONCURRENT));
        assert_eq!(txn.shape(), (P, 12, -1, PrepareAbort));
        txn.finish();
        assert_eq!(txn.init(Some((P, 10))), Err(FENCED));
        assert_eq!(txn.init(Some((P, 11))), Err(FENCED));
    }
}

/// As the reference. Trunk raises the epoch twice (KAFKA-19367), 4.4 once.
#[test]
fn c_i22_with_transaction_version_2_an_abort_by_the_server_raises_the_epoch_as_the_release_does() {
    for (release, decided, last, next) in [(TRUNK, 7, 6, 8), (NEW, 6, 5, 7)] {
        let mut txn = Txn::in_state(release, 5, Ongoing).server(V2);
        assert_eq!(txn.init(None), Err(CONCURRENT));
        assert_eq!(txn.shape(), (P, decided, last, PrepareAbort));
        txn.finish();
        assert_eq!(txn.init(None), Ok((P, next)));
        assert_eq!(txn.shape(), (P, next, -1, Empty));
    }
}

/// As the reference (surprise 1): in a running transaction only the producer id of the expectation
/// counts, so a zombie can abort it once, and is fenced from then on.
#[test]
fn c_i23_a_zombie_aborts_a_newer_producers_transaction_once() {
    for (release, server) in [(TRUNK, V0), (NEW, V0), (NEW, V2)] {
        let mut txn = Txn::in_state(release, 5, Ongoing).server(server);
        assert_eq!(txn.init(Some((P, 3))), Err(CONCURRENT));
        assert_eq!((txn.meta.producer_epoch(), txn.meta.state()), (6, PrepareAbort));
        txn.finish();
        assert_eq!(txn.init(Some((P, 3))), Err(FENCED));
    }
}

/// As the reference (KAFKA-9666): what was raised in memory and could not be written is not raised
/// again, and the older producer stays fenced.
#[test]
fn c_i24_a_fence_that_can_not_be_written_raises_the_epoch_once() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        for _ in 0..2 {
            let transit = txn.prepare_init(None).expect("it can be fenced");
            let failed = txn.meta.append_failed(transit, ErrorCode::NOT_ENOUGH_REPLICAS);
            assert_eq!(failed, Ok(Failed::Answer(ErrorCode::COORDINATOR_NOT_AVAILABLE)));
            assert_eq!(txn.shape(), (P, 6, -1, Ongoing));
            assert!(txn.meta.has_failed_fence());
            assert_eq!(txn.add(P, 5, &[1]), Err(FENCED));
        }
        assert_eq!(txn.init(None), Err(CONCURRENT));
        assert_eq!(txn.shape(), (P, 6, -1, PrepareAbort));
        assert!(!txn.meta.has_failed_fence(), "it is written");
    }
}

/// As the reference: 4.4 with transaction version 2 raises the epoch with the verdict only, so a
/// failed write leaves no trace.
#[test]
fn a_failed_abort_of_version_2_leaves_no_trace_in_4_4() {
    let mut txn = Txn::in_state(NEW, 5, Ongoing).server(V2);
    let before = txn.meta.clone();
    for _ in 0..2 {
        let transit = txn.prepare_init(None).expect("it can be aborted");
        let failed = txn.meta.append_failed(transit, ErrorCode::REQUEST_TIMED_OUT);
        assert_eq!(failed, Ok(Failed::Answer(ErrorCode::COORDINATOR_NOT_AVAILABLE)));
        assert_eq!(txn.meta, before);
    }
}

/// As the reference: trunk can't fence above 32767 and raises an internal error; 4.4 aborts at
/// 32767 (KAFKA-20090), and with transaction version 2 goes on with a new producer id.
#[test]
fn c_i26_a_transaction_at_the_fencing_epoch() {
    let mut txn = Txn::in_state(TRUNK, 32767, Ongoing);
    assert_eq!(txn.init(None), Err(INTERNAL));
    assert_eq!(txn.shape(), (P, 32767, -1, Ongoing));

    let mut txn = Txn::in_state(NEW, 32767, Ongoing);
    assert_eq!(txn.init(None), Err(CONCURRENT));
    assert_eq!(txn.shape(), (P, 32767, -1, PrepareAbort));
    txn.finish();
    assert_eq!(txn.init(None), Ok((Q, 0)));

    let mut txn = Txn::in_state(NEW, 32767, Ongoing).server(V2);
    assert_eq!(txn.init(None), Err(CONCURRENT));
    assert_eq!(txn.shape(), (P, 32767, 32767, PrepareAbort));
    txn.finish();
    assert_eq!(txn.shape(), (Q, 0, 32767, CompleteAbort));
    assert_eq!(txn.init(None), Ok((Q, 1)));
}

/// As the reference.
#[test]
fn a_state_that_no_request_leads_to_is_an_internal_error() {
    for release in BOTH {
        for state in [Dead, PrepareEpochFence] {
            let mut txn = Txn::in_state(release, 5, state);
            let want = Refusal::Internal(Fault::Unreachable { from: state, to: Empty });
            assert_eq!(txn.prepare_init(None), Err(want));
            assert_eq!(code(want), INTERNAL);
        }
    }
}

/// As the reference (KAFKA-12620, 8a): the source's error ends the request and nothing changed.
#[test]
fn without_a_new_producer_id_a_rotation_is_refused_and_leaves_no_trace() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32766, Empty);
        let before = txn.meta.clone();
        txn.no_id = Some(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
        assert_eq!(txn.init(None), Err(14));
        assert_eq!(txn.meta, before);
        txn.no_id = None;
        assert_eq!(txn.init(None), Ok((Q, 0)));
    }
}

/// Deviates in time: Kafka raises its internal error when the record is on the log already, where
/// (id, 0) then stands a second time.
#[test]
fn a_rotation_to_the_same_producer_id_is_refused() {
    let mut txn = Txn::in_state(NEW, 32766, Empty);
    txn.next_id = P;
    let before = txn.meta.clone();
    let want = Refusal::Internal(Fault::SameProducerId { producer_id: P });
    assert_eq!(txn.prepare_init(None), Err(want));
    assert_eq!(txn.meta, before);
}

/// As the reference (KAFKA-14880): before the first epoch is on the log any expectation is taken.
#[test]
fn when_the_first_append_fails_the_id_begins_again() {
    for release in BOTH {
        let mut txn = Txn::unknown(release);
        let transit = txn.prepare_init(None).expect("is new");
        let failed = txn.meta.append_failed(transit, ErrorCode::NOT_ENOUGH_REPLICAS);
        assert_eq!(failed, Ok(Failed::Answer(ErrorCode::COORDINATOR_NOT_AVAILABLE)));
        assert_eq!(txn.shape(), (P, -1, -1, Empty));
        assert_eq!(txn.init(Some((Q, 3))), Ok((P, 0)));
    }
}

/// As the reference: 4.4 keeps the epoch that the client last named, trunk does not (surprise of
/// spec 5), so that the retry of an InitProducerId after a commit is fenced there.
#[test]
fn after_a_commit_of_version_2_the_epoch_before_it_may_be_expected_in_4_4() {
    for (release, want) in [(TRUNK, Err(FENCED)), (NEW, Ok((P, 6)))] {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V2), Ok(Some((P, 6))));
        txn.finish();
        assert_eq!(txn.init(Some((P, 5))), want);
    }
}

/// As the reference (surprise 9): last epoch, and in trunk the previous and next producer id, do
/// not survive a move of the coordinator.
#[test]
fn a_loaded_id_does_not_know_the_epoch_before_the_last() {
    for release in BOTH {
        let txn = Txn::bumped_to(release, 11);
        let record = txn.meta.record().stored(V2, release);
        let mut moved = Txn::loaded(release, record);
        assert_eq!(moved.init(Some((P, 10))), Err(FENCED));
        assert_eq!(moved.init(Some((P, 11))), Ok((P, 12)));
    }
}

/// As the reference.
#[test]
fn what_the_log_keeps_depends_on_the_clusters_version_and_the_release() {
    let full = TransactionRecord {
        previous_producer_id: 1,
        next_producer_id: 2,
        client_version: V2,
        ..record(P, 5, PrepareCommit)
    };
    let ids = |record: TransactionRecord| {
        (record.previous_producer_id, record.next_producer_id, record.client_version)
    };
    assert_eq!(ids(full.stored(V2, NEW)), (1, 2, V2));
    assert_eq!(ids(full.stored(TransactionVersion::V1, NEW)), (1, 2, V2));
    assert_eq!(ids(full.stored(V2, TRUNK)), (-1, -1, V2));
    for release in BOTH {
        assert_eq!(ids(full.stored(V0, release)), (-1, -1, V0));
    }
}

/// As the reference: a completed id begins again as an empty one does. Trunk leaves the start of
/// the old transaction in memory; the log has none.
#[test]
fn a_completed_id_is_initialized_like_an_empty_one() {
    for (release, start) in [(TRUNK, 0), (NEW, -1)] {
        for state in [CompleteCommit, CompleteAbort] {
            let mut txn = Txn::in_state(release, 5, state);
            assert_eq!(txn.init(None), Ok((P, 6)));
            assert_eq!(txn.meta.record().start, at(start));
        }
    }
}

/// As the reference: 4.4 keeps the version of the client's last transaction, trunk does not.
#[test]
fn a_client_that_is_initialized_keeps_its_version_in_4_4() {
    for (release, want) in [(TRUNK, V0), (NEW, V2)] {
        let mut txn = Txn::in_state_v2(release, 5, CompleteCommit);
        assert_eq!(txn.init(None), Ok((P, 6)));
        assert_eq!(txn.meta.record().client_version, want);
    }
}

#[test]
fn a_loaded_record_with_impossible_numbers_is_refused_when_it_is_used() {
    for release in BOTH {
        let mut txn = Txn::loaded(release, record(-5, 3, Empty));
        let refused = txn.prepare_init(None).expect_err("the id is negative");
        assert_eq!(refused, Refusal::Internal(Fault::NegativeProducerId { producer_id: -5 }));
        let mut txn = Txn::loaded(release, record(P, -9, Empty));
        let refused = txn.prepare_init(None).expect_err("the epoch is negative");
        assert_eq!(refused, Refusal::Internal(Fault::NegativeEpoch { producer_epoch: -8 }));
    }
}

#[test]
fn a_million_transactional_ids_fit_in_64_megabytes() {
    assert_eq!(size_of::<TransactionMetadata>(), 64);
}
