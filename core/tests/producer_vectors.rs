//! The producer spec's vectors (18), those of numbers and answers. Each says which side it takes:
//! "as the reference", or "deviates, because". The dialogue's are in `transactions_vectors.rs`.

mod producer_script;

use fencepost::error_code::ErrorCode as Code;
use fencepost::ids::{Sequence, Timestamp, raw};
use fencepost::producer::{
    Answer, Cause, Fatal, Kind, NewBatch, Next, Refusal, Response, Settings, Unexpected, Verdict,
};
use producer_script::{P, Q, Script, identity, numbers, written};

const OOO: Code = Code::OUT_OF_ORDER_SEQUENCE_NUMBER;
const NOT_WRITTEN_DEADLINE: Verdict = Verdict::NotWritten(Cause::DeliveryTimeout);
const UNKNOWN_DEADLINE: Verdict = Verdict::PossiblyWritten(Cause::DeliveryTimeout);

/// As the reference.
#[test]
fn v_p1_a_fresh_producer_asks_for_an_id_once_and_begins_at_epoch_0() {
    let mut script = Script::fresh(Settings::new(Kind::Idempotent));
    assert!(script.producer.poll_identity());
    assert_eq!(script.refused(P), Refusal::NoIdentity);
    script.producer.handle_identity(identity(343_434, 0)).unwrap();
    assert!(!script.producer.poll_identity());
    assert_eq!(numbers(script.send(P, 1)), (0, 0));
    let twice = script.producer.handle_identity(identity(343_435, 0));
    assert_eq!(twice, Err(Unexpected::NotAsked));
}

/// Deviates, because the reference sends the batch out unnumbered at the last epoch: ours waits for
/// the new id.
#[test]
fn v_p5_at_epoch_32767_a_batch_waits_for_the_new_id() {
    let mut script = Script::idem(7, 32_767);
    let first = script.send(P, 1);
    script.error(first, OOO);
    script.listed(P, 32_767, -1);
    assert!(script.producer.poll_identity());
    script.nothing_to_send(P);
    assert_eq!(script.refused(P), Refusal::NoIdentity);
    script.producer.handle_identity(identity(8, 0)).unwrap();
    let again = script.again(P);
    assert_eq!((again.stamp.identity, again.stamp.base_sequence), (identity(8, 0), Sequence::ZERO));
    script.ok(again, 5);
    assert_eq!(script.verdict(again), written(5));
    assert_eq!(numbers(script.send(P, 1)), (1, 0));
}

/// Deviates, because the epoch is the partition's own: Q keeps its epoch and its id while P uses up
/// its epochs.
#[test]
fn v_p6_only_the_partition_that_used_up_its_epochs_gets_the_new_id() {
    let mut script = Script::idem(7, 32_766);
    let (p, q) = (script.send(P, 1), script.send(Q, 1));
    script.error(p, OOO);
    script.listed(P, 32_766, -1);
    let p = script.again(P);
    assert_eq!(numbers(p), (0, 32_767));
    script.error(p, OOO);
    script.listed(P, 32_766, -1);
    assert!(script.producer.poll_identity());
    script.ok(q, 3);
    assert_eq!(script.verdict(q), written(3));
    // Not even a pause for Q.
    let q = script.send(Q, 1);
    assert_eq!((q.stamp.identity, q.stamp.base_sequence.get()), (identity(7, 32_766), 1));
    script.producer.handle_identity(identity(8, 0)).unwrap();
    assert_eq!(script.again(P).stamp.identity, identity(8, 0));
    // Q has a batch on the wire under the old id: it moves when that is decided.
    assert_eq!(script.refused(Q), Refusal::Unsettled);
    script.ok(q, 4);
    let q = script.send(Q, 1);
    assert_eq!((q.stamp.identity, q.stamp.base_sequence.get()), (identity(8, 0), 0));
}

/// Deviates, because the reference moves every partition to the new epoch: with ours P counts from
/// 0 and Q goes on.
#[test]
fn v_p7_a_partition_that_did_not_ask_keeps_its_numbers() {
    let mut script = Script::idem(15, 32_767);
    for partition in [P, Q] {
        let three = script.send(partition, 3);
        script.ok(three, 0);
    }
    let lost = script.send(P, 1);
    script.error(lost, Code::INVALID_RECORD);
    assert!(script.producer.poll_identity(), "there is no epoch after the last");
    assert_eq!(script.refused(P), Refusal::NoIdentity);
    assert_eq!(numbers(script.send(Q, 1)), (3, 32_767));
}

/// As the reference: one gap costs one epoch, and after a fatal error nothing costs any.
#[test]
fn v_p9_after_a_fatal_error_no_epoch_is_used() {
    let mut script = Script::idem(15, 5);
    let first = script.send(P, 1);
    script.error(first, Code::INVALID_RECORD);
    let second = script.send(P, 1);
    assert_eq!(numbers(second), (0, 6));
    script.producer.handle_fatal(Fatal::Refused(Code::CLUSTER_AUTHORIZATION_FAILED), script.time());
    script.answer(second, Answer::TimedOut).unwrap();
    assert!(matches!(script.refused(P), Refusal::Fatal(_)));
    script.nothing_to_send(P);
    let ended = script.verdicts(P);
    assert_eq!(ended[0].1, Verdict::NotWritten(Cause::Refused(Code::INVALID_RECORD)));
    assert!(matches!(ended[1].1, Verdict::PossiblyWritten(Cause::Fatal(_))));
}

/// As the reference.
#[test]
fn v_q2_after_the_largest_sequence_comes_zero() {
    assert_eq!(raw::increment(0, i32::MAX), i32::MAX);
    assert_eq!(raw::increment(i32::MAX, 100), 99);
    assert_eq!(raw::increment(99, i32::MAX), 98);
}

/// Deviates, because a second batch goes out only after the first success (S1); then as the
/// reference.
#[test]
fn v_q3_batches_are_numbered_and_acknowledged_in_order() {
    let mut script = Script::idem(1, 0);
    let first = script.send(P, 1);
    assert_eq!(script.refused(P), Refusal::NotAnchored);
    script.ok(first, 500);
    let second = script.send(P, 1);
    script.ok(second, 501);
    let verdicts: Vec<_> = script.verdicts(P).into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(verdicts, [written(500), written(501)]);
    assert_eq!(numbers(script.send(P, 1)), (2, 0));
}

/// As the reference.
#[test]
fn v_q4_a_batch_takes_as_many_numbers_as_it_has_records() {
    let mut script = Script::idem(1, 0);
    let two = script.send(P, 2);
    script.ok(two, 0);
    assert_eq!(numbers(script.send(P, 1)), (2, 0));
}

/// Deviates, because the acknowledgement of B2 says that B1 is on the log too (V4): B1 is not sent
/// again.
#[test]
fn v_q6_an_acknowledgement_decides_all_older_batches() {
    let mut script = Script::idem(1, 0);
    script.anchor(P);
    let (b1, b2) = (script.send(P, 1), script.send(P, 1));
    script.ok(b2, 1);
    let late = script.answer(b1, Answer::TimedOut);
    assert_eq!(late, Err(Unexpected::AlreadyAnswered));
    script.nothing_to_send(P);
    let unknown = Verdict::Written { base_offset: None };
    assert_eq!(script.verdicts(P), [(b1.batch, unknown), (b2.batch, written(1))]);
}

/// Deviates, because 46 says only that the leader has the batch: unlike a duplicate that is
/// answered with its offset, it does not wait until the others have it.
#[test]
fn v_q7_a_duplicate_without_an_offset_is_possibly_written() {
    let mut script = Script::idem(1, 0);
    let first = script.send(P, 1);
    script.answer(first, Answer::TimedOut).unwrap();
    let again = script.again(P);
    script.error(again, Code::DUPLICATE_SEQUENCE_NUMBER);
    let cause = Cause::Refused(Code::DUPLICATE_SEQUENCE_NUMBER);
    assert_eq!(script.verdict(again), Verdict::PossiblyWritten(cause));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Deviates, because a batch that was never sent before can't be a duplicate: somebody else uses
/// the identity (V5).
#[test]
fn v_q7_a_first_sending_that_is_a_duplicate_is_a_conflict() {
    let mut script = Script::idem(1, 0);
    let first = script.send(P, 1);
    script.error(first, Code::DUPLICATE_SEQUENCE_NUMBER);
    assert_eq!(script.producer.fatal(), Some(Fatal::IdentityConflict));
}

/// Deviates, because the reference's last acknowledged sequence stays behind for ever at the wrap.
#[test]
fn v_q8_a_batch_across_the_wrap_is_counted_and_acknowledged() {
    let mut script = Script::at_sequence(1, 0, 2_147_483_646);
    let across = script.send(P, 3);
    assert_eq!(numbers(across), (2_147_483_646, 0));
    let behind = script.send(P, 1);
    assert_eq!(numbers(behind), (1, 0), "it ends with sequence 0");
    script.ok(across, 100);
    assert_eq!(script.verdict(across), written(100));
    // The broker names the batch that was acknowledged: known by equality.
    script.error(behind, OOO);
    script.listed(P, 0, 0);
    assert_eq!(numbers(script.again(P)), (0, 1), "none of our sendings can be on the log");
}

/// Deviates, because the reference's mark of an unresolved batch is negative there, and sorts
/// wrongly.
#[test]
fn v_q10_what_ends_at_the_largest_sequence_is_followed_by_zero() {
    let mut script = Script::at_sequence(1, 0, 2_147_483_646);
    let last = script.send(P, 2);
    let first = script.send(P, 1);
    assert_eq!((numbers(last).0, numbers(first).0), (2_147_483_646, 0));
    // Both answers are lost: they are sent again in their order, not in that of the numbers.
    script.producer.handle_disconnect(P, script.time());
    let again = script.again(P);
    assert_eq!(numbers(again).0, 2_147_483_646);
    script.ok(again, 7);
    assert_eq!(numbers(script.again(P)).0, 0);
}

/// Deviates, because a leader that answered 5 may have moved, so only the oldest goes out until it
/// is acknowledged (S1); then all that wait go out together, not one at a time.
#[test]
fn v_r1_retries_go_out_in_order_and_new_batches_after_them() {
    let mut script = Script::idem(1, 0);
    script.anchor(P);
    let (b1, b2, b3) = (script.send(P, 1), script.send(P, 1), script.send(P, 1));
    script.error(b1, Code::LEADER_NOT_AVAILABLE);
    assert_eq!(script.refused(P), Refusal::RetriesFirst);
    script.error(b2, OOO);
    script.error(b3, OOO);
    let b1 = script.again(P);
    assert_eq!(numbers(b1).0, 1);
    script.nothing_to_send(P);
    script.ok(b1, 1);
    assert_eq!(numbers(script.again(P)).0, 2);
    assert_eq!(numbers(script.again(P)).0, 3);
    assert_eq!(numbers(script.send(P, 1)).0, 4);
}

/// As the reference.
#[test]
fn v_r2_the_order_of_the_answers_does_not_change_that_of_the_retries() {
    let mut script = Script::idem(1, 0);
    script.anchor(P);
    let (b1, b2) = (script.send(P, 1), script.send(P, 1));
    script.error(b2, OOO);
    script.nothing_to_send(P);
    script.error(b1, Code::NOT_LEADER_OR_FOLLOWER);
    let again = script.again(P);
    assert_eq!(again.batch, b1.batch);
    script.nothing_to_send(P);
    script.ok(again, 1);
    assert_eq!(script.again(P).batch, b2.batch);
}

/// As the reference.
#[test]
fn v_r4_with_one_in_flight_the_next_batch_waits() {
    let one = Settings::new(Kind::Idempotent).max_in_flight(1);
    let mut script = Script::with(one, 1, 0);
    script.anchor(P);
    let b1 = script.send(P, 1);
    assert_eq!(script.refused(P), Refusal::InFlight);
    script.error(b1, Code::NOT_ENOUGH_REPLICAS);
    assert_eq!(script.refused(P), Refusal::InFlight);
    assert_eq!(script.again(P).batch, b1.batch);
}

/// Deviates, because the word is *possibly written*: 6 can follow an append (failure story 6); and
/// the gap is closed by an epoch at once.
#[test]
fn v_r5_when_retries_are_exhausted_the_batch_is_possibly_written() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).retries(1), 1, 0);
    let b1 = script.send(P, 1);
    script.error(b1, Code::NOT_LEADER_OR_FOLLOWER);
    let b1 = script.again(P);
    script.error(b1, Code::NOT_LEADER_OR_FOLLOWER);
    let cause = Cause::RetriesExhausted(Code::NOT_LEADER_OR_FOLLOWER);
    assert_eq!(script.verdict(b1), Verdict::PossiblyWritten(cause));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Deviates, because the reference bumps one batch too late, at the cost of that batch: ours has
/// closed the gap before (V-R5), and a batch behind it that was sent is saved.
#[test]
fn v_r6_the_batch_behind_an_exhausted_one_is_saved() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).retries(1), 1, 0);
    script.anchor(P);
    let (b1, b2) = (script.send(P, 1), script.send(P, 1));
    script.error(b1, Code::NOT_LEADER_OR_FOLLOWER);
    script.error(b2, OOO);
    let b1 = script.again(P);
    script.error(b1, Code::NOT_LEADER_OR_FOLLOWER);
    let b2 = script.again(P);
    assert_eq!(numbers(b2), (0, 1));
    script.ok(b2, 1);
    assert_eq!(script.verdicts(P)[1], (b2.batch, written(1)));
}

/// As the reference: Q's batch keeps its epoch, whatever P does.
#[test]
fn v_r8_a_bump_of_one_partition_leaves_the_other_ones_retries_alone() {
    let mut script = Script::idem(1, 0);
    let (p, q) = (script.send(P, 1), script.send(Q, 1));
    script.error(q, Code::NOT_LEADER_OR_FOLLOWER);
    script.error(p, OOO);
    script.listed(P, -1, -1);
    assert_eq!(numbers(script.again(P)), (0, 1));
    let q = script.again(Q);
    assert_eq!(numbers(q), (0, 0));
    script.error(q, Code::NOT_LEADER_OR_FOLLOWER);
    let q = script.again(Q);
    script.ok(q, 9);
    assert_eq!(script.verdict(q), written(9));
    assert_eq!(numbers(script.send(Q, 1)), (1, 0));
}

/// As the reference.
#[test]
fn v_r9_a_new_leader_need_not_be_spared() {
    let mut script = Script::idem(1, 0);
    let b1 = script.send(P, 1);
    script.error(b1, Code::NOT_LEADER_OR_FOLLOWER);
    script.nothing_to_send(P);
    script.producer.handle_leader_change(P, script.time());
    assert_eq!(script.producer.resend(P, script.time()).unwrap().batch, b1.batch);
}

/// Deviates, because the leader is asked before the epoch is raised: it may have lost what it
/// acknowledged, or somebody else may write. If not, as the reference.
#[test]
fn v_k1_a_refused_first_sending_is_numbered_anew_under_the_next_epoch() {
    let mut script = Script::idem(1, 0);
    let two = script.send(P, 2);
    script.ok(two, 0);
    let b2 = script.send(P, 1);
    assert_eq!(numbers(b2), (2, 0));
    script.error(b2, OOO);
    script.asks(P, false);
    script.listed(P, 0, 1);
    let b2 = script.again(P);
    assert_eq!(numbers(b2), (0, 1));
    script.ok(b2, 2);
    assert_eq!(numbers(script.send(P, 1)), (1, 1));
}

/// Deviates, because Q is never stale: its epoch is its own, also after a failure elsewhere.
#[test]
fn v_k3_another_partitions_failure_costs_it_its_own_epoch_only() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).retries(1), 1, 0);
    script.anchor(P);
    script.anchor(Q);
    let (p, q) = (script.send(P, 1), script.send(Q, 1));
    script.error(p, OOO);
    script.listed(P, 0, 0);
    assert_eq!(numbers(script.again(P)), (0, 1));
    script.error(q, Code::NOT_ENOUGH_REPLICAS);
    let q = script.again(Q);
    script.error(q, Code::NOT_ENOUGH_REPLICAS);
    let cause = Cause::RetriesExhausted(Code::NOT_ENOUGH_REPLICAS);
    assert_eq!(script.verdict(q), Verdict::NotWritten(cause), "19 comes before the append");
    assert_eq!(numbers(script.send(Q, 1)), (0, 1));
}

/// Deviates, because UNKNOWN_PRODUCER_ID is judged as 45 is, whatever the log start: nothing was
/// appended, so the batch moves to the next epoch once the leader was asked.
#[test]
fn v_k4_an_unknown_producer_begins_anew_under_the_next_epoch() {
    let mut script = Script::idem(1, 0);
    let b1 = script.send(P, 1);
    script.ok(b1, 1000);
    let b2 = script.send(P, 2);
    let deleted = Response { log_start_offset: 1010, ..Response::error(Code::UNKNOWN_PRODUCER_ID) };
    script.answer(b2, Answer::Response(deleted)).unwrap();
    let gone = fencepost::producer::Described::NotListed { log_start_offset: Some(1010) };
    script.described(P, gone);
    assert_eq!(script.next(P), Next::Idle, "it is asked again, after a pause");
    script.described(P, gone);
    let b2 = script.again(P);
    assert_eq!(numbers(b2), (0, 1));
    script.ok(b2, 1011);
    assert_eq!(numbers(script.send(P, 1)), (2, 1));
}

/// Deviates, because the reference begins again at 0 in the same epoch: numbers that were on the
/// log. In ours the transaction must be aborted, and the coordinator raises the epoch.
#[test]
fn v_k5_v_k7_a_transaction_never_uses_a_number_twice() {
    let mut script = Script::txn(1, 0);
    let b1 = script.send(P, 1);
    script.ok(b1, 1000);
    let (b2, b3) = (script.send(P, 2), script.send(P, 1));
    script.error(b2, Code::UNKNOWN_PRODUCER_ID);
    script.error(b3, Code::UNKNOWN_PRODUCER_ID);
    let gone = fencepost::producer::Described::NotListed { log_start_offset: Some(1001) };
    script.described(P, gone);
    script.described(P, gone);
    assert!(script.producer.must_abort());
    assert_eq!(script.refused(P), Refusal::MustAbort);
    let ended = script.verdicts(P);
    assert_eq!(ended[1].1, Verdict::NotWritten(Cause::Aborted));
    assert_eq!(ended[2].1, Verdict::NotWritten(Cause::Aborted));
    script.producer.handle_identity(identity(1, 1)).unwrap();
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Deviates, because without a log start we ask, where the reference sends the same again and
/// again.
#[test]
fn v_k8_v_k11_an_unknown_producer_without_a_log_start_is_asked_about() {
    let mut script = Script::idem(1, 0);
    script.anchor(P);
    let b2 = script.send(P, 1);
    script.error(b2, Code::UNKNOWN_PRODUCER_ID);
    script.asks(P, false);
    script.listed(P, 0, 0);
    assert_eq!(numbers(script.again(P)), (0, 1));
}

/// As the reference: one bump, however many batches were refused, and one at a time until the
/// first is acknowledged.
#[test]
fn v_k9_v_k12_several_refusals_cost_one_epoch() {
    let mut script = Script::idem(1, 0);
    script.anchor(P);
    let (b2, b3) = (script.send(P, 1), script.send(P, 1));
    script.error(b2, OOO);
    script.error(b3, OOO);
    script.listed(P, 0, 0);
    let b2 = script.again(P);
    assert_eq!(numbers(b2), (0, 1));
    script.nothing_to_send(P);
    script.ok(b2, 1);
    assert_eq!(numbers(script.again(P)), (1, 1));
}

/// The numbers' half. Deviates, because every gap of a transaction needs another epoch, also one
/// that comes while it is being committed; the reference re-uses the numbers.
#[test]
fn v_k13_v_t14_v_t19_a_refusal_while_committing_or_aborting_ends_the_batch() {
    let mut script = Script::txn(1, 3);
    script.anchor(P);
    let b1 = script.send(P, 1);
    script.error(b1, OOO);
    script.listed(P, 3, 0);
    assert_eq!(script.verdict(b1), Verdict::NotWritten(Cause::Aborted));
    assert!(script.producer.must_abort());
    let b2 = script.producer.resend(P, script.time());
    assert_eq!(b2, Err(Refusal::NothingToSend));
}

/// As the reference in that each costs an epoch; deviates in the words: only what comes before the
/// append is *not written* (V1), and 47 and 49 end the producer (S5, KAFKA-18019).
#[test]
fn v_k15_a_batch_that_is_refused_for_good_costs_an_epoch() {
    let proven = [Code::INVALID_RECORD, Code::TOPIC_AUTHORIZATION_FAILED, Code::INVALID_TIMESTAMP];
    let unknown = [
        Code::INVALID_TXN_STATE,
        Code::UNSUPPORTED_FOR_MESSAGE_FORMAT,
        Code::TRANSACTION_ABORTABLE,
        Code::UNKNOWN_SERVER_ERROR,
        Code::TRANSACTION_COORDINATOR_FENCED,
        Code::new(1234),
    ];
    for (code, word) in
        proven.map(|code| (code, true)).into_iter().chain(unknown.map(|c| (c, false)))
    {
        let mut script = Script::idem(1, 0);
        let b1 = script.send(P, 1);
        script.error(b1, code);
        let cause = Cause::Refused(code);
        let want = if word { Verdict::NotWritten(cause) } else { Verdict::PossiblyWritten(cause) };
        assert_eq!(script.verdict(b1), want, "{code}");
        assert_eq!(numbers(script.send(P, 1)), (0, 1), "{code}");
    }
}

/// As the reference.
#[test]
fn v_k16_a_retriable_code_changes_no_number() {
    for code in [Code::CORRUPT_MESSAGE, Code::CONCURRENT_TRANSACTIONS] {
        let mut script = Script::idem(1, 0);
        let b1 = script.send(P, 1);
        script.error(b1, code);
        let again = script.again(P);
        assert_eq!((again.stamp, again.number), (b1.stamp, 2));
    }
}

/// As the reference, and 47 and 49 too, because a newer instance has taken over (S5).
#[test]
fn v_k17_fatal_codes_end_the_producer() {
    let fatal = [
        Code::PRODUCER_FENCED,
        Code::CLUSTER_AUTHORIZATION_FAILED,
        Code::UNSUPPORTED_VERSION,
        Code::INVALID_PRODUCER_ID_MAPPING,
        Code::INVALID_PRODUCER_EPOCH,
    ];
    for code in fatal {
        let mut script = Script::idem(1, 0);
        let (p, q) = (script.send(P, 1), script.send(Q, 1));
        script.error(p, code);
        assert!(script.producer.fatal().is_some(), "{code}");
        assert!(matches!(script.refused(P), Refusal::Fatal(_)), "{code}");
        assert_eq!(script.verdicts(P).len(), 1, "{code}");
        // What is on the wire may still be acknowledged, and then it is.
        script.ok(q, 4);
        assert_eq!(script.verdict(q), written(4), "{code}");
    }
}

/// Deviates, because a bump of P does not touch Q: Q goes on with old and new batches.
#[test]
fn v_k19_a_bump_elsewhere_does_not_block_a_partition() {
    let mut script = Script::idem(1, 0);
    script.anchor(P);
    script.anchor(Q);
    let (p, _q) = (script.send(P, 1), script.send(Q, 1));
    script.error(p, Code::INVALID_RECORD);
    assert_eq!(numbers(script.send(Q, 1)), (2, 0));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Deviates, because nothing is stale: each partition's refusal raises its own epoch by one.
#[test]
fn v_k20_bumps_do_not_chase_each_other_over_partitions() {
    let mut script = Script::idem(1, 0);
    let (p, q) = (script.send(P, 1), script.send(Q, 1));
    script.error(p, OOO);
    script.listed(P, -1, -1);
    script.error(q, OOO);
    script.listed(Q, -1, -1);
    assert_eq!(numbers(script.again(P)), (0, 1));
    assert_eq!(numbers(script.again(Q)), (0, 1));
}

/// As the reference: what was never sent is simply not numbered.
#[test]
fn v_e1_a_batch_that_was_never_sent_takes_no_number() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let old = script.new_batch(1);
    script.later(10_000);
    let late = script.producer.assign(P, old, script.time());
    assert_eq!(late, Err(Refusal::DeliveryTimeout));
    assert_eq!(numbers(script.send(P, 1)), (0, 0));
}

/// Deviates, because a batch that was sent is unresolved whether or not it was a retry: its gap is
/// closed at once. A late answer changes nothing, as in the reference.
#[test]
fn v_e3_an_answer_after_the_deadline_changes_nothing() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let b1 = script.send(P, 1);
    script.later(1_500);
    script.expire(P);
    assert_eq!(script.verdict(b1), UNKNOWN_DEADLINE);
    let late = script.answer(b1, Answer::Response(Response::error(Code::NOT_LEADER_OR_FOLLOWER)));
    assert_eq!(late, Err(Unexpected::UnknownBatch));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Deviates, because the reference fails a batch in the same round in which it sends it.
#[test]
fn v_e4_a_batch_at_its_deadline_is_not_sent() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let old = script.new_batch(1);
    script.later(1_500);
    assert_eq!(script.producer.assign(P, old, script.time()), Err(Refusal::DeliveryTimeout));
    script.later(-1);
    assert!(script.producer.assign(P, old, script.time()).is_ok());
    script.answer(script_attempt(&script), Answer::NotSent).unwrap();
    script.later(1);
    script.nothing_to_send(P);
    script.expire(P);
    assert_eq!(script.verdicts(P)[0].1, NOT_WRITTEN_DEADLINE);
}

/// The first sending of the first batch of [`v_e4_a_batch_at_its_deadline_is_not_sent`].
fn script_attempt(script: &Script) -> fencepost::producer::Attempt {
    let mut twin = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let now = Timestamp::from_millis(script.now);
    twin.producer.assign(P, NewBatch { records: 1, max_timestamp: now, created: now }, now).unwrap()
}

/// As the reference.
#[test]
fn v_e5_a_batch_that_is_too_large_too_late_is_not_split() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let b1 = script.send(P, 2);
    script.later(1_500);
    script.error(b1, Code::MESSAGE_TOO_LARGE);
    assert_eq!(script.next(P), Next::Timeout);
    script.expire(P);
    assert_eq!(script.verdict(b1), NOT_WRITTEN_DEADLINE);
}

/// As the reference: the batch behind the lost one is refused, and moves to the next epoch.
#[test]
fn v_u2_a_refusal_behind_an_expired_batch_shows_the_gap() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    script.anchor(P);
    let b1 = script.send(P, 1);
    script.later(1_000);
    let b2 = script.send(P, 1);
    script.later(500);
    script.expire(P);
    assert_eq!(script.verdict(b1), UNKNOWN_DEADLINE);
    assert_eq!(script.refused(P), Refusal::Unsettled);
    script.error(b2, OOO);
    assert_eq!(numbers(script.again(P)), (0, 1));
}

/// Deviates, because nothing is renumbered while a batch in between may be on the log.
#[test]
fn v_u3_nothing_is_renumbered_before_all_are_answered() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    script.anchor(P);
    let _b1 = script.send(P, 1);
    script.later(1_000);
    let (b2, b3) = (script.send(P, 1), script.send(P, 1));
    script.later(500);
    script.expire(P);
    script.error(b3, OOO);
    script.nothing_to_send(P);
    script.error(b2, OOO);
    assert_eq!(numbers(script.again(P)), (0, 1));
    script.nothing_to_send(P);
}

/// As the reference.
#[test]
fn v_u4_an_expired_retry_is_followed_by_the_next_epoch() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let b1 = script.send(P, 1);
    script.answer(b1, Answer::TimedOut).unwrap();
    let b1 = script.again(P);
    script.later(1_500);
    script.expire(P);
    assert_eq!(script.verdict(b1), UNKNOWN_DEADLINE);
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Deviates, because an answer for the old epoch never touches the new one.
#[test]
fn v_u6_a_late_acknowledgement_does_not_touch_the_new_epoch() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let b1 = script.send(P, 2);
    script.answer(b1, Answer::TimedOut).unwrap();
    let b1 = script.again(P);
    script.later(1_500);
    script.expire(P);
    let b2 = script.send(P, 1);
    assert_eq!(numbers(b2), (0, 1));
    let late = script.answer(b1, Answer::Response(Response::ok(10)));
    assert_eq!(late, Err(Unexpected::NeverSent));
    script.error(b2, OOO);
    script.listed(P, 0, 1);
    assert_eq!(numbers(script.again(P)), (0, 2), "a refusal of its own, judged by its own epoch");
}

/// As the reference: an acknowledgement behind the gap says that there is none.
#[test]
fn v_u7_an_acknowledgement_behind_lost_batches_closes_the_gap() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    script.anchor(P);
    let (b1, b2) = (script.send(P, 1), script.send(P, 1));
    script.later(1_000);
    let b3 = script.send(P, 1);
    script.later(500);
    script.expire(P);
    script.ok(b3, 3);
    let ended = script.verdicts(P);
    assert_eq!(
        ended,
        [(b1.batch, UNKNOWN_DEADLINE), (b2.batch, UNKNOWN_DEADLINE), (b3.batch, written(3))]
    );
    assert_eq!(numbers(script.send(P, 1)), (4, 0));
}

/// As the reference.
#[test]
fn v_u8_a_gap_behind_an_acknowledgement_costs_an_epoch() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    script.anchor(P);
    let (_b1, b2, b3) = (script.send(P, 1), script.send(P, 1), script.send(P, 1));
    script.ok(b2, 2);
    script.later(1_500);
    script.expire(P);
    assert_eq!(script.verdicts(P)[2], (b3.batch, UNKNOWN_DEADLINE));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// The numbers' half. As the reference, but whether or not it was the first sending.
#[test]
fn v_u10_v_u11_v_u12_an_expired_batch_of_a_transaction_means_abort() {
    let settings = Settings::new(Kind::Transactional).delivery_timeout_ms(1_500);
    let mut script = Script::with(settings, 1, 0);
    let b1 = script.send(P, 1);
    script.later(1_500);
    script.expire(P);
    assert_eq!(script.verdict(b1), UNKNOWN_DEADLINE);
    assert!(script.producer.must_abort());
    assert_eq!(script.refused(Q), Refusal::MustAbort);
    script.producer.handle_identity(identity(1, 1)).unwrap();
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// As the reference: the parts keep the whole's numbers, in their order. Sent one at a time until
/// the first is acknowledged only if there is no anchor.
#[test]
fn v_s1_the_parts_of_a_batch_keep_its_numbers() {
    let mut script = Script::idem(1, 0);
    let b1 = script.send(P, 2);
    script.error(b1, Code::MESSAGE_TOO_LARGE);
    assert_eq!(script.next(P), Next::Split(b1.batch));
    let rest = script.producer.split(P, b1.batch, 1).unwrap();
    let first = script.again(P);
    assert_eq!((first.batch, numbers(first)), (b1.batch, (0, 0)));
    script.nothing_to_send(P);
    script.ok(first, 0);
    let second = script.again(P);
    assert_eq!((second.batch, numbers(second)), (rest, (1, 0)));
    script.ok(second, 1);
    assert_eq!(numbers(script.send(P, 1)), (2, 0));
}

/// Deviates, because the reference "splits" a batch that fits batch.size into itself and sends it
/// again without a pause: where ours is cut is the caller's choice, and each part is smaller.
#[test]
fn v_s2_every_split_makes_the_batch_smaller() {
    let mut script = Script::idem(1, 0);
    let whole = script.send(P, 3);
    script.error(whole, Code::MESSAGE_TOO_LARGE);
    script.nothing_to_send(P);
    let all = script.producer.split(P, whole.batch, 3);
    assert_eq!(all, Err(Refusal::RecordCount(3)));
    assert_eq!(script.producer.split(P, whole.batch, 0), Err(Refusal::RecordCount(0)));
    script.producer.split(P, whole.batch, 2).unwrap();
    let first = script.again(P);
    script.error(first, Code::MESSAGE_TOO_LARGE);
    script.producer.split(P, whole.batch, 1).unwrap();
    for want in 0..3 {
        let part = script.again(P);
        assert_eq!(numbers(part), (want, 0));
        script.ok(part, i64::from(want));
    }
}

/// Deviates, because the parts that were not sent before their deadline leave a gap like any
/// other, and it is closed.
#[test]
fn v_s3_a_part_that_expires_unsent_leaves_no_gap_behind() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500), 1, 0);
    let whole = script.send(P, 3);
    script.error(whole, Code::MESSAGE_TOO_LARGE);
    script.producer.split(P, whole.batch, 1).unwrap();
    script.later(1_500);
    script.expire(P);
    let ended = script.verdicts(P);
    assert!(ended.iter().all(|(_, verdict)| *verdict == NOT_WRITTEN_DEADLINE), "{ended:?}");
    assert_eq!((ended.len(), numbers(script.send(P, 1))), (2, (0, 1)));
}

/// As the reference.
#[test]
fn v_s5_one_record_that_is_too_large_is_not_written() {
    let mut script = Script::idem(1, 0);
    let b1 = script.send(P, 1);
    script.error(b1, Code::MESSAGE_TOO_LARGE);
    let cause = Cause::Refused(Code::MESSAGE_TOO_LARGE);
    assert_eq!(script.verdict(b1), Verdict::NotWritten(cause));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// As the reference.
#[test]
fn v_d1_nothing_is_numbered_without_an_id() {
    let mut script = Script::fresh(Settings::new(Kind::Transactional));
    assert_eq!(script.refused(P), Refusal::NoIdentity);
    script.nothing_to_send(P);
}

/// The numbers' half; that of the partitions that were not added yet is the dialogue's. As the
/// reference: a batch that has its numbers is sent again although the transaction must be aborted.
#[test]
fn v_d2_v_d4_what_has_numbers_is_still_sent_while_aborting() {
    let mut script = Script::txn(1, 0);
    let (p, q) = (script.send(P, 1), script.send(Q, 1));
    script.error(p, Code::REQUEST_TIMED_OUT);
    script.error(q, Code::INVALID_RECORD);
    assert!(script.producer.must_abort());
    assert_eq!(script.refused(Q), Refusal::MustAbort);
    let p = script.again(P);
    script.ok(p, 8);
    assert_eq!(script.verdict(p), written(8));
}

/// As the reference.
#[test]
fn v_d5_after_a_fatal_error_nothing_is_sent_and_all_end() {
    let mut script = Script::idem(1, 0);
    let p = script.send(P, 1);
    script.error(p, Code::NOT_ENOUGH_REPLICAS);
    let fatal = Fatal::Refused(Code::CLUSTER_AUTHORIZATION_FAILED);
    script.producer.handle_fatal(fatal, script.time());
    script.nothing_to_send(P);
    assert_eq!(script.verdict(p), Verdict::NotWritten(Cause::Fatal(fatal)));
}

/// Deviates, because in the reference one blocked partition starves all others of its broker.
#[test]
fn v_d6_a_blocked_partition_starves_no_other() {
    let settings = Settings::new(Kind::Idempotent).delivery_timeout_ms(1_500);
    let mut script = Script::with(settings, 1, 0);
    script.anchor(P);
    let _lost = script.send(P, 1);
    script.later(100);
    let _open = script.send(P, 1);
    script.later(1_400);
    script.expire(P);
    assert_eq!(script.refused(P), Refusal::Unsettled);
    for sequence in 0..20 {
        let q = script.send(Q, 1);
        assert_eq!(numbers(q), (sequence, 0));
        script.ok(q, 0);
        script.verdict(q);
    }
}

/// The numbers' half. Deviates, because the reference takes the failed batch's numbers for the
/// next one, and renumbers what is in flight, in the same epoch: an identity used twice.
#[test]
fn v_t15_v_t17_v_t18_no_number_is_used_twice_in_an_epoch() {
    let mut script = Script::txn(1, 0);
    script.anchor(P);
    let (b2, b3) = (script.send(P, 2), script.send(P, 1));
    script.error(b2, Code::TOPIC_AUTHORIZATION_FAILED);
    script.error(b3, OOO);
    let ended = script.verdicts(P);
    let refused = Cause::Refused(Code::TOPIC_AUTHORIZATION_FAILED);
    assert_eq!(ended[0], (b2.batch, Verdict::NotWritten(refused)));
    assert_eq!(ended[1], (b3.batch, Verdict::NotWritten(Cause::Aborted)));
    assert_eq!(script.refused(P), Refusal::MustAbort);
    let same = script.producer.handle_identity(identity(1, 0));
    assert_eq!(same, Err(Unexpected::Nonsense), "the numbers need another epoch");
    script.producer.handle_identity(identity(1, 1)).unwrap();
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// The numbers' half. Deviates, because a failure whose transaction is over is an error value, and
/// nothing is half done.
#[test]
fn v_t26_an_answer_after_the_end_changes_nothing() {
    let mut script = Script::txn(1, 0);
    let b1 = script.send(P, 1);
    script.ok(b1, 0);
    script.verdict(b1);
    let late = script.answer(b1, Answer::Response(Response::error(Code::INVALID_RECORD)));
    assert_eq!(late, Err(Unexpected::UnknownBatch));
    assert!(!script.producer.must_abort());
}

/// The numbers' half: as 4.x.
#[test]
fn v_t29_the_next_transactions_identity_counts_from_zero_everywhere() {
    let mut script = Script::txn(1, 32_766);
    for partition in [P, Q] {
        script.anchor(partition);
        assert_eq!(numbers(script.send(partition, 1)), (1, 32_766));
    }
    assert_eq!(script.producer.handle_identity(identity(2, 0)), Err(Unexpected::Undecided));
    for partition in [P, Q] {
        let id = script.producer.oldest_undecided(partition).unwrap();
        script.producer.give_up(partition, id, script.time()).unwrap();
    }
    script.producer.handle_identity(identity(2, 0)).unwrap();
    for partition in [P, Q] {
        assert_eq!(script.send(partition, 1).stamp.identity, identity(2, 0));
    }
}
