//! Partitions join a transaction, and it ends (coordinator spec 5, 7 to 10; vectors C-A and C-E of
//! 14; stories of 15).
//!
//! "Trunk" is Kafka's trunk of October 2024, "4.4" is Kafka 4.4.0. A test that runs both releases
//! says "as the reference" for both.

mod coordinator_support;

use coordinator_support::{
    ABORT, BOTH, COMMIT, NEW, P, Q, TIMEOUT, TRUNK, Txn, V0, V2, at, code, record,
};
use fencepost::broker::TransactionVersion;
use fencepost::coordinator::TransactionState::{
    CompleteAbort, CompleteCommit, Dead, Empty, Ongoing, PrepareAbort, PrepareCommit,
    PrepareEpochFence,
};
use fencepost::coordinator::{
    AddPartitions, Applied, EndStep, Failed, Fault, PartitionAccess, Refusal, Release,
    TransactionRecord, TransactionState, Transit,
};
use fencepost::error_code::ErrorCode;

const INTERNAL: i16 = -1;
const INVALID_STATE: i16 = 48;
const OTHER_PRODUCER: i16 = 49;
const CONCURRENT: i16 = 51;
const FENCED: i16 = 90;
const WEEK_MS: i32 = 604_800_000;

fn write(step: EndStep) -> Transit {
    match step {
        EndStep::Write(transit) => transit,
        EndStep::Done(identity) => panic!("done with {identity:?}"),
    }
}

/// As the reference.
#[test]
fn c_a1_partitions_are_added_for_the_current_producer_only() {
    assert_eq!(code(Refusal::UnknownTransactionalId), OTHER_PRODUCER);
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.add(Q, 5, &[1]), Err(OTHER_PRODUCER));
        assert_eq!(txn.add(P, 4, &[1]), Err(FENCED));
        assert_eq!(txn.add(P, 6, &[1]), Err(FENCED));
        let pending = txn.prepare_end((P, 5), COMMIT, V0).expect("it runs");
        assert_eq!(txn.add(P, 5, &[1]), Err(CONCURRENT));
        assert_eq!(txn.written(write(pending)), Ok(None));
        for state in [PrepareCommit, PrepareAbort] {
            let mut txn = Txn::in_state(release, 5, state);
            assert_eq!(txn.add(P, 5, &[1]), Err(CONCURRENT));
        }
        for state in [Dead, PrepareEpochFence] {
            let mut txn = Txn::in_state(release, 5, state);
            assert_eq!(txn.add(P, 5, &[1]), Err(INTERNAL));
        }
    }
}

/// As the reference.
#[test]
fn c_a2_a_transaction_begins_with_its_first_partition() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Empty);
        for (now, partition) in [(100, 1), (150, 2)] {
            txn.now = now;
            assert_eq!(txn.add(P, 5, &[partition]), Ok(()));
            assert_eq!(txn.meta.state(), Ongoing);
            assert_eq!(txn.meta.record().start, at(100));
            assert_eq!(txn.meta.record().last_update, at(now));
        }
    }
}

/// As the reference: nothing is written for what is there already.
#[test]
fn partitions_that_are_in_the_transaction_are_not_written_again() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Empty);
        assert_eq!(txn.add(P, 5, &[1, 2]), Ok(()));
        let before = txn.meta.clone();
        txn.now = 9;
        assert_eq!(txn.add(P, 5, &[2]), Ok(()));
        assert_eq!(txn.meta, before);
        assert_eq!(txn.add(P, 5, &[2, 3]), Ok(()));
        assert_ne!(txn.meta, before);
    }
}

/// As the reference: outside a transaction, what the set still holds is no transaction.
#[test]
fn a_partition_that_is_contained_outside_a_transaction_begins_one() {
    let mut txn = Txn::in_state(NEW, 5, CompleteCommit);
    let request = AddPartitions { producer_id: P, producer_epoch: 5, version: V2 };
    assert!(txn.meta.add_partitions(&request, true, at(0)).is_ok_and(|transit| transit.is_some()));
}

/// As the reference.
#[test]
fn c_a4_the_next_transaction_begins_after_the_last_is_complete() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, CompleteCommit);
        txn.now = 200;
        assert_eq!(txn.add(P, 5, &[1]), Ok(()));
        assert_eq!((txn.meta.state(), txn.meta.record().start), (Ongoing, at(200)));
    }
}

/// As the reference (KAFKA-12671, KAFKA-14561, KIP-890): a broker asks before it appends.
#[test]
fn c_a5_a_partition_is_verified_if_it_is_in_the_transaction() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        txn.partitions.insert(1);
        let verify = |pid, epoch, partition| {
            let contained = txn.partitions.contains(&partition);
            txn.meta.verify_partition(pid, epoch, contained).map_err(code)
        };
        assert_eq!(verify(P, 5, 1), Ok(()));
        assert_eq!(verify(P, 5, 3), Err(120));
        assert_eq!(verify(Q, 5, 1), Err(OTHER_PRODUCER));
        assert_eq!(verify(P, 4, 1), Err(FENCED));
        let txn = Txn::in_state(release, 5, PrepareCommit);
        assert_eq!(txn.meta.verify_partition(P, 5, true).map_err(code), Err(CONCURRENT));
    }
}

/// As the reference (KAFKA-14904).
#[test]
fn verification_does_not_wait_for_a_pending_transition() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        let pending = txn.prepare_end((P, 5), COMMIT, V0).expect("it runs");
        assert_eq!(txn.meta.verify_partition(P, 5, true), Ok(()));
        drop(pending);
    }
}

/// As the reference.
#[test]
fn c_a6_if_one_partition_is_refused_none_is_added() {
    use PartitionAccess::{Denied, Granted, Unknown};
    let codes =
        [Granted, Denied, Unknown].map(|access| access.refusal_code(true).map(ErrorCode::get));
    assert_eq!(codes, [Some(55), Some(29), Some(3)]);
    assert_eq!(Granted.refusal_code(false), None);
}

/// As the reference. In 4.4 a pending transition is told before a producer that was switched
/// meanwhile (KAFKA-18660); the Prepare states are looked at last in both.
#[test]
fn a_pending_transition_is_told_before_the_fence_in_4_4() {
    for (release, want) in [(TRUNK, FENCED), (NEW, CONCURRENT)] {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V2), Ok(Some((P, 6))));
        assert_eq!(txn.meta.pending(), Some(CompleteCommit));
        assert_eq!(txn.add(P, 5, &[1]), Err(want));
        let mut txn = Txn::in_state(release, 6, PrepareCommit);
        assert_eq!(txn.add(P, 5, &[1]), Err(FENCED), "without a pending transition");
    }
}

/// As the reference: version 2 is remembered from the first partition on in 4.4 only.
#[test]
fn the_clients_version_is_remembered_from_the_first_partition_on_in_4_4() {
    for (release, want) in [(TRUNK, V0), (NEW, V2)] {
        let mut txn = Txn::in_state(release, 5, Empty);
        assert_eq!(txn.add(P, 5, &[1]), Ok(()));
        assert_eq!(txn.meta.record().client_version, want);
    }
}

/// As the reference.
#[test]
fn c_e1_a_commit_is_answered_before_its_markers_are_written() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V0), Ok(None));
        assert_eq!(txn.shape(), (P, 5, -1, PrepareCommit));
        let marker = txn.markers[0];
        assert_eq!((marker.producer_id, marker.producer_epoch, marker.kind), (P, 5, COMMIT));
        assert_eq!((marker.coordinator_epoch, marker.version), (3, V0));
        txn.finish();
        assert_eq!(txn.shape(), (P, 5, -1, CompleteCommit));
    }
}

/// As the reference (surprise 11): a repeated verdict is answered, if it is the same.
#[test]
fn c_e2_a_repeated_commit_waits_and_is_then_done() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V0), Ok(None));
        assert_eq!(txn.end((P, 5), COMMIT, V0), Err(CONCURRENT));
        txn.finish();
        assert_eq!(txn.end((P, 5), COMMIT, V0), Ok(None));
        assert_eq!(txn.end((P, 5), ABORT, V0), Err(INVALID_STATE));
        let mut txn = Txn::in_state(release, 5, PrepareCommit);
        assert_eq!(txn.end((P, 5), COMMIT, V0), Err(CONCURRENT), "without a pending transition");
    }
}

/// As the reference.
#[test]
fn c_e3_a_verdict_is_not_changed() {
    for release in BOTH {
        for (state, verdict) in [(PrepareCommit, ABORT), (PrepareAbort, COMMIT)] {
            let mut txn = Txn::in_state(release, 5, state);
            assert_eq!(txn.end((P, 5), verdict, V0), Err(INVALID_STATE));
        }
        for (state, verdict) in [(CompleteCommit, ABORT), (CompleteAbort, COMMIT)] {
            let mut txn = Txn::in_state(release, 5, state);
            assert_eq!(txn.end((P, 5), verdict, V0), Err(INVALID_STATE));
        }
    }
}

/// As the reference. In 4.4 a client of version 2 may abort what it has not begun.
#[test]
fn c_e4_what_has_not_begun_is_not_ended() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Empty);
        assert_eq!(txn.end((P, 5), COMMIT, V0), Err(INVALID_STATE));
        assert_eq!(txn.end((P, 5), ABORT, V0), Err(INVALID_STATE));
        assert_eq!(txn.end((P, 5), COMMIT, V2), Err(INVALID_STATE));
        let want = if release == NEW { Ok(Some((P, 6))) } else { Err(INVALID_STATE) };
        assert_eq!(txn.end((P, 5), ABORT, V2), want);
    }
}

/// As the reference (KIP-890): 4.4 only.
#[test]
fn a_client_of_version_2_aborts_an_empty_transaction_for_a_new_epoch() {
    for state in [Empty, CompleteCommit, CompleteAbort] {
        let mut txn = Txn::loaded(NEW, TransactionRecord { start: at(-1), ..record(P, 5, state) });
        txn.now = 70;
        assert_eq!(txn.end((P, 5), ABORT, V2), Ok(Some((P, 6))), "{state}");
        assert_eq!(txn.shape(), (P, 6, 5, PrepareAbort));
        assert_eq!(txn.meta.record().start, at(70));
        txn.finish();
        assert_eq!(txn.shape(), (P, 6, 5, CompleteAbort));
        // The same request again is a retry, and raises nothing.
        assert_eq!(txn.end((P, 5), ABORT, V2), Ok(Some((P, 6))));
        assert_eq!(txn.meta.producer_epoch(), 6);
        assert_eq!(txn.end((P, 6), COMMIT, V2), Err(INVALID_STATE));
    }
}

/// As the reference: a retry of a commit is done, and can't be turned into an abort (4.4).
#[test]
fn a_retried_commit_of_version_2_is_not_aborted() {
    let mut txn = Txn::in_state(NEW, 5, Ongoing);
    assert_eq!(txn.end((P, 5), COMMIT, V2), Ok(Some((P, 6))));
    txn.finish();
    assert_eq!(txn.end((P, 5), COMMIT, V2), Ok(Some((P, 6))));
    assert_eq!(txn.end((P, 5), ABORT, V2), Err(INVALID_STATE));
    assert_eq!(txn.end((P, 6), COMMIT, V2), Err(INVALID_STATE), "not a retry: nothing to commit");
    assert_eq!(txn.end((P, 4), COMMIT, V2), Err(FENCED));
}

/// As the reference.
#[test]
fn c_e6_another_producer_id_does_not_end_it() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        for version in [V0, V2] {
            assert_eq!(txn.end((Q, 5), COMMIT, version), Err(OTHER_PRODUCER));
        }
    }
}

/// As the reference: 4.4 remembers the epoch that the client named, trunk the one it has now.
#[test]
fn c_e7_a_commit_of_version_2_raises_the_epoch() {
    for (release, last) in [(TRUNK, 6), (NEW, 5)] {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V2), Ok(Some((P, 6))));
        assert_eq!(txn.shape(), (P, 6, 5, PrepareCommit));
        assert_eq!((txn.markers[0].producer_epoch, txn.markers[0].version), (6, V2));
        txn.finish();
        assert_eq!(txn.shape(), (P, 6, last, CompleteCommit));
    }
}

/// As the reference. While the completion is pending, 4.4 tells so before it looks at the epoch.
#[test]
fn c_e8_while_markers_are_written_a_retry_waits_and_a_later_epoch_is_fenced() {
    for release in BOTH {
        let mut txn = Txn::in_state_v2(release, 6, PrepareCommit);
        assert_eq!(txn.end((P, 5), COMMIT, V2), Err(CONCURRENT));
        assert_eq!(txn.end((P, 6), COMMIT, V2), Err(FENCED));
        let Ok(Some(ending)) = txn.meta.resume(at(0)) else { panic!("it is ending") };
        assert_eq!(txn.end((P, 5), COMMIT, V2), Err(CONCURRENT));
        let want = if release == NEW { CONCURRENT } else { FENCED };
        assert_eq!(txn.end((P, 6), COMMIT, V2), Err(want));
        drop(ending);
    }
}

/// As the reference. Trunk answers with the old producer id and the fencing epoch (KAFKA-18660,
/// surprise 8).
#[test]
fn c_e10_at_the_last_epoch_a_commit_of_version_2_switches_the_producer_id() {
    for (release, answer, last) in [(TRUNK, (P, 32767), 32767), (NEW, (Q, 0), 32766)] {
        let mut txn = Txn::in_state(release, 32766, Ongoing);
        assert_eq!(txn.end((P, 32766), COMMIT, V2), Ok(Some(answer)));
        assert_eq!(txn.shape(), (P, 32767, 32766, PrepareCommit));
        assert_eq!(txn.meta.record().next_producer_id, Q);
        assert_eq!((txn.markers[0].producer_id, txn.markers[0].producer_epoch), (P, 32767));
        txn.finish();
        assert_eq!(txn.shape(), (Q, 0, last, CompleteCommit));
        let record = txn.meta.record();
        assert_eq!((record.previous_producer_id, record.next_producer_id), (P, -1));
    }
}

/// As the reference.
#[test]
fn c_e11_the_retry_at_the_overflow_is_done() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32766, Ongoing);
        assert!(txn.end((P, 32766), COMMIT, V2).is_ok());
        txn.finish();
        assert_eq!(txn.end((P, 32766), COMMIT, V2), Ok(Some((Q, 0))));
        assert_eq!(txn.end((P, 32765), COMMIT, V2), Err(OTHER_PRODUCER));
        assert_eq!(txn.end((P, 32766), ABORT, V2), Err(INVALID_STATE));
        // 4.4 asks this of clients of version 2 only.
        let want = if release == NEW { Err(OTHER_PRODUCER) } else { Ok(None) };
        assert_eq!(txn.end((P, 32766), COMMIT, V0), want);
    }
}

/// As the reference: at the last epoch of an id that was never rotated, nothing has overflowed.
#[test]
fn the_last_epoch_itself_is_no_retry_of_an_overflow() {
    let mut txn = Txn::in_state_v2(NEW, 32766, CompleteCommit);
    assert_eq!(txn.end((P, 32766), COMMIT, V2), Err(INVALID_STATE));
    assert_eq!(txn.end((P, 32766), ABORT, V2), Ok(Some((Q, 0))));
}

/// As the reference: a producer id that InitProducerId rotated is not told an overflow of EndTxn.
#[test]
fn a_rotation_by_init_producer_id_is_no_overflow_of_a_transaction() {
    for (release, want) in [(TRUNK, OTHER_PRODUCER), (NEW, FENCED)] {
        let mut txn = Txn::in_state(release, 32766, Empty);
        assert_eq!(txn.init(None), Ok((Q, 0)));
        assert_eq!(txn.end((P, 32766), COMMIT, V2), Err(want));
    }
}

/// As the reference.
#[test]
fn c_e12_without_a_new_producer_id_the_transaction_goes_on() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 32766, Ongoing);
        let before = txn.meta.clone();
        txn.no_id = Some(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
        assert_eq!(txn.end((P, 32766), COMMIT, V2), Err(14));
        assert_eq!(txn.meta, before);
    }
}

/// As the reference, which changed: trunk goes by the version the state was written with, 4.4 by
/// that of the request, where a client of version 2 at the same epoch asks for something new.
#[test]
fn c_e14_a_commit_of_version_0_retried_by_version_2() {
    let wants =
        [(TRUNK, Err(CONCURRENT), Ok(Some((P, 5)))), (NEW, Err(FENCED), Err(INVALID_STATE))];
    for (release, preparing, complete) in wants {
        let mut txn = Txn::in_state(release, 5, PrepareCommit);
        assert_eq!(txn.end((P, 5), COMMIT, V2), preparing);
        let mut txn = Txn::in_state(release, 5, CompleteCommit);
        assert_eq!(txn.end((P, 5), COMMIT, V2), complete);
    }
}

/// As the reference (surprise 12: strictly; KAFKA-6119: the producer is fenced).
#[test]
fn c_e15_a_transaction_over_its_timeout_is_fenced_and_aborted() {
    for (release, server, epoch) in [(TRUNK, V0, 6), (TRUNK, V2, 7), (NEW, V0, 6), (NEW, V2, 6)] {
        let mut txn = Txn::in_state(release, 5, Ongoing).server(server);
        txn.now = i64::from(TIMEOUT);
        assert_eq!(txn.abort_if_timed_out(), Ok(None));
        txn.now += 1;
        let transit = txn.abort_if_timed_out().expect("no error").expect("is over");
        assert_eq!(txn.written(transit), Ok(None));
        assert_eq!((txn.meta.producer_epoch(), txn.meta.state()), (epoch, PrepareAbort));
        assert_eq!(txn.abort_if_timed_out(), Ok(None), "a transition is pending");
        txn.finish();
        assert_eq!(txn.add(P, 5, &[1]), Err(FENCED));
    }
}

/// As the reference: neither sweep touches an id while a transition is written.
#[test]
fn what_is_being_written_is_neither_timed_out_nor_expired() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        let _held = txn.prepare_end((P, 5), COMMIT, V0).expect("it runs");
        txn.now = i64::from(WEEK_MS);
        assert_eq!(txn.abort_if_timed_out(), Ok(None));
        let mut txn = Txn::in_state(release, 5, Empty);
        let _held = txn.prepare_init(None).expect("is idle");
        assert_eq!(txn.meta.expire(WEEK_MS, at(i64::from(WEEK_MS))), Ok(None));
    }
}

/// As the reference: what an EndTxn is told first while a transition is written.
#[test]
fn an_end_of_a_pending_transaction_is_told_of_its_producer_or_of_the_transition_first() {
    for (release, version, want) in
        [(TRUNK, V0, FENCED), (TRUNK, V2, FENCED), (NEW, V0, FENCED), (NEW, V2, CONCURRENT)]
    {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V0), Ok(None));
        assert_eq!(txn.end((P, 4), COMMIT, version), Err(want), "{release:?} {version:?}");
        assert_eq!(txn.end((P, 5), ABORT, version), Err(CONCURRENT), "before the state");
    }
}

/// As the reference: 4.4 writes every abort below version 2 as one of version 0.
#[test]
fn an_abort_by_a_server_of_version_1() {
    for (release, written) in [(TRUNK, TransactionVersion::V1), (NEW, V0)] {
        let mut txn = Txn::in_state(release, 5, Ongoing).server(TransactionVersion::V1);
        txn.now = 5000;
        let transit = txn.abort_if_timed_out().expect("no error").expect("is over");
        assert_eq!(txn.written(transit), Ok(None));
        assert_eq!(txn.shape(), (P, 6, -1, PrepareAbort));
        assert_eq!(txn.meta.record().client_version, written);
    }
}

/// As the reference: 4.4's mark of transactions that an outside coordinator ends (KIP-939).
#[test]
fn the_longest_timeout_never_ends_in_4_4() {
    for (release, want) in [(TRUNK, true), (NEW, false)] {
        let endless = TransactionRecord { timeout_ms: i32::MAX, ..record(P, 5, Ongoing) };
        let txn = Txn::loaded(release, endless);
        assert_eq!(txn.meta.is_timed_out(at(i64::MAX)), want);
    }
}

/// As the reference (surprise 12: inclusively). KAFKA-18019: the next AddPartitions finds nothing.
#[test]
fn c_e16_an_idle_id_expires() {
    for release in BOTH {
        for (state, want) in [
            (Empty, true),
            (CompleteAbort, true),
            (CompleteCommit, true),
            (Ongoing, false),
            (PrepareAbort, false),
            (PrepareCommit, false),
            (Dead, false),
        ] {
            let mut txn = Txn::in_state(release, 5, state);
            let week = i64::from(WEEK_MS);
            assert_eq!(txn.meta.expire(WEEK_MS, at(week - 1)), Ok(None));
            let tombstone = txn.meta.expire(WEEK_MS, at(week)).expect("no error");
            assert_eq!(tombstone.is_some(), want, "{state}");
            let Some(tombstone) = tombstone else { continue };
            assert_eq!(tombstone.log_value(), None);
            assert_eq!(txn.init(None), Err(CONCURRENT));
            assert_eq!(txn.meta.appended(tombstone, at(week)), Ok(Applied::Removed));
            assert_eq!(txn.init(None), Err(INTERNAL), "it must be forgotten");
        }
    }
    assert_eq!(code(Refusal::UnknownTransactionalId), OTHER_PRODUCER);
}

/// As the reference (KAFKA-14880).
#[test]
fn an_id_that_never_got_an_epoch_expires_too() {
    for release in BOTH {
        let mut txn = Txn::unknown(release);
        let tombstone = txn.meta.expire(1, at(1)).expect("no error").expect("is idle");
        let failed = txn.meta.append_failed(tombstone, ErrorCode::NOT_ENOUGH_REPLICAS);
        assert_eq!(failed, Ok(Failed::Answer(ErrorCode::COORDINATOR_NOT_AVAILABLE)));
        assert_eq!(txn.init(None), Ok((P, 0)), "the tombstone was not written");
    }
}

/// As the reference.
#[test]
fn c_e18_when_the_verdict_can_not_be_written_the_transaction_goes_on() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        let before = txn.meta.clone();
        let transit = write(txn.prepare_end((P, 5), COMMIT, V2).expect("it runs"));
        assert_eq!(txn.meta.pending(), Some(PrepareCommit));
        let failed = txn.meta.append_failed(transit, ErrorCode::NOT_ENOUGH_REPLICAS);
        assert_eq!(failed, Ok(Failed::Answer(ErrorCode::new(15))));
        assert_eq!(txn.meta, before);
        assert!(!txn.meta.has_failed_fence());
    }
}

/// As the reference.
#[test]
fn c_e19_a_loaded_transaction_that_was_decided_is_completed() {
    for release in BOTH {
        let mut txn = Txn::in_state_v2(release, 6, PrepareAbort);
        let ending = txn.meta.resume(at(9)).expect("no error").expect("is ending");
        assert_eq!(ending.answer, Ok(None), "nobody waits");
        assert_eq!((ending.marker.kind, ending.marker.producer_epoch), (ABORT, 6));
        txn.completion = Some(ending.completion);
        assert_eq!(code(txn.meta.resume(at(9)).expect_err("it is pending")), CONCURRENT);
        txn.finish();
        assert_eq!(txn.meta.state(), CompleteAbort);
        for state in [Empty, Ongoing, CompleteCommit, CompleteAbort] {
            let mut txn = Txn::in_state(release, 5, state);
            assert_eq!(txn.meta.resume(at(9)), Ok(None));
        }
    }
}

/// As the reference (surprise 7). Trunk can never abort it: the second rise has no epoch to go to
/// (KAFKA-20090). 4.4 raises once, and switches to a new producer id.
#[test]
fn c_e20_a_timeout_at_the_last_epoch() {
    let mut txn = Txn::in_state(TRUNK, 32766, Ongoing).server(V2);
    txn.now = 5000;
    for _ in 0..2 {
        let refused = txn.abort_if_timed_out().expect_err("there is no epoch");
        assert_eq!(refused, Refusal::Internal(Fault::EpochsExhausted));
        assert_eq!(txn.shape(), (P, 32767, -1, Ongoing));
        assert_eq!(txn.meta.pending(), None);
    }

    let mut txn = Txn::in_state(NEW, 32766, Ongoing).server(V2);
    txn.now = 5000;
    let transit = txn.abort_if_timed_out().expect("no error").expect("is over");
    assert_eq!(txn.written(transit), Ok(None));
    assert_eq!(txn.shape(), (P, 32767, 32766, PrepareAbort));
    txn.finish();
    assert_eq!(txn.shape(), (Q, 0, 32766, CompleteAbort));
    assert_eq!(txn.meta.record().previous_producer_id, P);
}

/// As the reference, for what needs a new producer id at a timeout (4.4).
#[test]
fn without_a_new_producer_id_a_timed_out_transaction_stays_and_is_tried_again() {
    let mut txn = Txn::in_state(NEW, 32766, Ongoing).server(V2);
    txn.now = 5000;
    let before = txn.meta.clone();
    txn.no_id = Some(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    let refused = txn.abort_if_timed_out().expect_err("there is no id");
    assert_eq!(code(refused), 14);
    assert_eq!(txn.meta, before);
    txn.no_id = None;
    assert!(txn.abort_if_timed_out().is_ok_and(|transit| transit.is_some()));
}

/// Deviates: 4.4 answers the retry of an EndTxn with the epoch that a fence below version 2 left
/// behind. 32767 is never a client's.
#[test]
fn the_fencing_epoch_is_given_to_no_client() {
    let mut txn = Txn::in_state(NEW, 32766, Ongoing);
    assert_eq!(txn.init(None), Err(CONCURRENT));
    txn.finish();
    assert_eq!(txn.shape(), (P, 32767, -1, CompleteAbort));
    assert_eq!(txn.end((P, 32766), ABORT, V2), Err(FENCED));
}

/// As the reference (KAFKA-9600).
#[test]
fn a_client_ends_no_transaction_with_a_higher_epoch() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Ongoing);
        for (epoch, version) in [(6, V0), (6, V2), (i16::MAX, V0), (4, V0), (4, V2)] {
            assert_eq!(txn.end((P, epoch), ABORT, version), Err(FENCED));
        }
    }
}

/// As the reference (KAFKA-9777): nothing but the empty set completes a transaction.
#[test]
fn a_transaction_is_complete_when_no_partition_is_left_and_not_before() {
    let mut txn = Txn::in_state(NEW, 5, Ongoing);
    assert_eq!(txn.end((P, 5), COMMIT, V2), Ok(Some((P, 6))));
    let completion = txn.completion.take().expect("is ending");
    let completion = completion.when_none_left(2).expect_err("two are left");
    let completion = completion.when_none_left(1).expect_err("one is left");
    let transit = completion.when_none_left(0).expect("none is left");
    assert_eq!(transit.log_value().map(|record| record.state), Some(CompleteCommit));
    assert_eq!(txn.meta.appended(transit, at(0)), Ok(Applied::Completed));
}

/// As the reference (KAFKA-8803): no transition depends on the order of clocks.
#[test]
fn a_clock_that_goes_backwards_stops_no_transition() {
    for release in BOTH {
        let mut txn = Txn::in_state(release, 5, Empty);
        for (partition, now) in (0..).zip([1000, 500, 100, 0, -7]) {
            txn.now = now;
            assert_eq!(txn.add(P, 5, &[partition]), Ok(()));
            assert_eq!(txn.end((P, 5), COMMIT, V0), Ok(None));
            txn.finish();
            assert_eq!(txn.meta.record().last_update, at(now));
        }
    }
}

/// As the reference (coordinator spec 11).
#[test]
fn a_completion_that_can_not_be_written_is_tried_again_or_left_to_the_next_coordinator() {
    let failing = |code| {
        let mut txn = Txn::in_state(NEW, 5, Ongoing);
        assert_eq!(txn.end((P, 5), COMMIT, V0), Ok(None));
        let completion = txn.completion.take().expect("is ending");
        let transit = completion.when_none_left(0).expect("none is left");
        let failed = txn.meta.append_failed(transit, ErrorCode::new(code)).expect("is its own");
        (txn, failed)
    };
    for code in [3, 19, 20, 7] {
        let (mut txn, failed) = failing(code);
        let Failed::Retry(transit) = failed else { panic!("{code}: {failed:?}") };
        assert_eq!(txn.meta.pending(), Some(CompleteCommit));
        assert_eq!(txn.meta.appended(transit, at(0)), Ok(Applied::Completed));
    }
    for code in [6, 56, 16, 14] {
        let (txn, failed) = failing(code);
        assert_eq!(failed, Failed::Stop, "{code}");
        assert_eq!(txn.meta.pending(), None);
    }
    for (code, told) in [(10, -1), (18, -1), (29, 29)] {
        let (mut txn, failed) = failing(code);
        assert_eq!(failed, Failed::Fatal(ErrorCode::new(told)));
        assert!(txn.meta.resume(at(0)).is_ok_and(|ending| ending.is_some()));
    }
}

/// As the reference (spec 8): the record belongs to a coordinator that is no more.
#[test]
fn what_was_written_under_another_coordinator_epoch_is_not_applied() {
    let mut old = Txn::in_state(NEW, 5, Ongoing);
    let record = record(P, 5, Ongoing);
    let mut moved = fencepost::coordinator::TransactionMetadata::load(record, 4, NEW);
    let transit = write(old.prepare_end((P, 5), COMMIT, V0).expect("it runs"));
    let want = Refusal::CoordinatorChanged { current: 4, got: 3 };
    assert_eq!(moved.appended(transit, at(0)), Err(want));
    assert_eq!(code(want), 16);
    assert_eq!(moved.state(), Ongoing);
}

/// Spec 5: what completion checks, by a transition that was prepared on another id.
#[test]
fn a_transition_of_another_id_is_refused_and_changes_nothing() {
    let foreign = Refusal::Internal(Fault::ForeignTransit);
    for release in BOTH {
        // Nothing is pending; another target is; another producer id.
        let mut other = Txn::in_state(release, 5, Ongoing);
        for (pid, verdict) in [(P, None), (P, Some(ABORT)), (Q, Some(COMMIT))] {
            let mut txn = Txn::loaded(release, record(pid, 5, Ongoing));
            let _held = verdict.map(|verdict| txn.prepare_end((pid, 5), verdict, V0));
            let before = txn.meta.clone();
            let transit = write(other.prepare_end((P, 5), COMMIT, V0).expect("it runs"));
            assert_eq!(txn.meta.appended(transit, at(0)), Err(foreign));
            assert_eq!(txn.meta, before);
            other = Txn::in_state(release, 5, Ongoing);
        }
    }
}

/// As the reference (spec 5): the switch at an overflow follows the epoch it was decided at.
#[test]
fn a_switch_that_was_decided_at_another_epoch_is_refused() {
    for release in BOTH {
        let mut mine = Txn::in_state(release, 32766, Ongoing);
        assert!(mine.end((P, 32766), COMMIT, V2).is_ok());
        let decided = TransactionRecord {
            next_producer_id: Q,
            client_version: V2,
            ..record(P, 9, PrepareCommit)
        };
        let mut other = Txn::loaded(release, decided);
        let ending = other.meta.resume(at(0)).expect("no error").expect("is ending");
        let foreign = ending.completion.when_none_left(0).expect("none is left");
        assert_eq!(foreign.log_value().map(|record| record.producer_epoch), Some(0));
        let want = Err(Refusal::Internal(Fault::ForeignTransit));
        assert_eq!(mine.meta.appended(foreign, at(0)), want);
        mine.finish();
    }
}

/// As the reference: only version 2 switches the producer id when a transaction completes.
#[test]
fn below_version_2_a_next_producer_id_is_not_switched_to() {
    for release in BOTH {
        let decided = TransactionRecord { next_producer_id: Q, ..record(P, 5, PrepareCommit) };
        let mut txn = Txn::loaded(release, decided);
        let ending = txn.meta.resume(at(0)).expect("no error").expect("is ending");
        txn.completion = Some(ending.completion);
        txn.finish();
        assert_eq!(txn.shape(), (P, 5, -1, CompleteCommit));
    }
}

/// Deviates: Kafka takes a record of another producer id with the same epoch for an empty id.
#[test]
fn an_identity_that_was_prepared_for_another_id_is_refused() {
    for release in BOTH {
        let mut mine = Txn::loaded(release, record(P, 5, Empty));
        let mut other = Txn::loaded(release, record(Q, 5, Empty));
        let held = mine.prepare_init(None).expect("is idle");
        let foreign = other.prepare_init(None).expect("is idle");
        let want = Err(Refusal::Internal(Fault::ForeignTransit));
        assert_eq!(mine.meta.appended(foreign, at(0)), want);
        assert!(mine.meta.appended(held, at(0)).is_ok());
        assert_eq!(mine.shape(), (P, 6, -1, Empty));
    }
}

/// As the reference (spec 5), which holds the record against the state it is applied to.
#[test]
fn a_record_that_does_not_follow_the_state_is_refused() {
    type Prepare = fn(&mut Txn) -> Transit;
    let init: Prepare = |txn| txn.prepare_init(None).expect("is idle");
    let add: Prepare = |txn| {
        let (id, epoch) = (txn.meta.producer_id(), txn.meta.producer_epoch());
        let request = AddPartitions { producer_id: id, producer_epoch: epoch, version: V0 };
        txn.meta.add_partitions(&request, false, at(0)).expect("it runs").expect("is new")
    };
    let end: Prepare = |txn| {
        let client = (txn.meta.producer_id(), txn.meta.producer_epoch());
        write(txn.prepare_end(client, COMMIT, V0).expect("it runs"))
    };
    let end_2: Prepare = |txn| {
        let client = (txn.meta.producer_id(), txn.meta.producer_epoch());
        write(txn.prepare_end(client, COMMIT, V2).expect("it runs"))
    };
    let complete: Prepare = |txn| {
        let ending = txn.meta.resume(at(0)).expect("no error").expect("is ending");
        ending.completion.when_none_left(0).expect("none is left")
    };
    let late = |mut record: TransactionRecord| {
        record.timeout_ms += 1;
        record
    };
    let v2 = |record| TransactionRecord { client_version: V2, ..record };
    let of = |epoch, state| record(P, epoch, state);
    for release in BOTH {
        for (name, prepare, mine, foreign) in [
            ("epochs", init, of(5, Empty), of(9, Empty)),
            ("epochs", add, of(5, Ongoing), of(9, Ongoing)),
            ("timeouts", add, of(5, Ongoing), late(of(5, Ongoing))),
            ("epochs", end, of(5, Ongoing), of(9, Ongoing)),
            ("last epochs", end_2, of(5, Ongoing), of(9, Ongoing)),
            ("timeouts", end, of(5, Ongoing), late(of(5, Ongoing))),
            ("starts", end, of(5, Ongoing), TransactionRecord { start: at(8), ..of(5, Ongoing) }),
            ("epochs", complete, of(5, PrepareCommit), of(9, PrepareCommit)),
            ("timeouts", complete, of(5, PrepareCommit), late(of(5, PrepareCommit))),
            ("epochs", complete, v2(of(5, PrepareAbort)), v2(of(9, PrepareAbort))),
        ] {
            let mut mine = Txn::loaded(release, mine);
            let mut foreign = Txn::loaded(release, foreign);
            let (held, transit) = (prepare(&mut mine), prepare(&mut foreign));
            let before = mine.meta.clone();
            let want = Err(Refusal::Internal(Fault::ForeignTransit));
            assert_eq!(mine.meta.appended(transit, at(0)), want, "{name} {release:?}");
            assert_eq!(mine.meta, before);
            assert!(mine.meta.appended(held, at(0)).is_ok(), "{name} {release:?}");
        }
        // A completion without a start: no transaction begins so.
        let unstarted = TransactionRecord { start: at(-1), ..of(5, PrepareAbort) };
        let mut txn = Txn::loaded(release, unstarted);
        let transit = complete(&mut txn);
        let want = Err(Refusal::Internal(Fault::ForeignTransit));
        assert_eq!(txn.meta.appended(transit, at(0)), want);
    }
}

/// As the reference (spec 5), pair by pair.
#[test]
fn which_state_follows_which() {
    let idle = [Empty, CompleteCommit, CompleteAbort];
    for from in TransactionState::ALL {
        for to in TransactionState::ALL {
            let (in_trunk, in_4_4) = match to {
                Empty | Dead => (idle.contains(&from), idle.contains(&from)),
                Ongoing => {
                    let may = from == Ongoing || idle.contains(&from);
                    (may, may)
                }
                PrepareCommit | PrepareEpochFence => (from == Ongoing, from == Ongoing),
                PrepareAbort => {
                    let may = from == Ongoing || from == PrepareEpochFence;
                    (may, may || idle.contains(&from))
                }
                CompleteCommit => (from == PrepareCommit, from == PrepareCommit),
                CompleteAbort => (from == PrepareAbort, from == PrepareAbort),
            };
            assert_eq!(from.may_become(to, Release::Trunk2024_10), in_trunk, "{from} to {to}");
            assert_eq!(from.may_become(to, Release::Kafka4_4), in_4_4, "{from} to {to}");
        }
    }
}

/// As the reference: the numbers in the log and the names of the tools.
#[test]
fn states_have_kafkas_numbers_and_names() {
    let numbers = TransactionState::ALL.map(TransactionState::id);
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
    for state in TransactionState::ALL {
        assert_eq!(TransactionState::from_id(state.id()), Some(state));
    }
    assert_eq!(TransactionState::from_id(8), None);
    assert_eq!(PrepareEpochFence.to_string(), "PrepareEpochFence");
    assert_eq!(CompleteCommit.name(), "CompleteCommit");
}
