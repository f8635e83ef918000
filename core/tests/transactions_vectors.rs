//! The vectors of producer spec 18 that concern the dialogue with the coordinators. Where batches
//! are numbered too, this is the dialogue's half.

mod transactions_support;

use fencepost::error_code::ErrorCode;
use fencepost::producer::transactions::{
    Call, Cause, Config, Coordinator, FailBatches, Failure, IdentityAnswer, IdentityStep,
    InitProducerId, Mode, Refusal, Request, RequestKind, State, Step, Unexpected, identity_answer,
};
use transactions_support::{Client, G, P, Q, identity};

fn answered(kind: RequestKind, code: ErrorCode) -> Failure {
    Failure { cause: Cause::Answer(kind), code }
}

/// As the reference.
#[test]
fn v_t1_each_request_follows_the_one_it_needs_and_end_txn_waits_for_the_batches() {
    let mut client = Client::new(Config::new());
    client.manager.init().unwrap();
    client.ask("FindCoordinator(transaction)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    let init = client.ask("InitProducerId");
    let first = InitProducerId { identity: None, transaction_timeout_ms: 60_000 };
    assert_eq!(init, Request::InitProducerId(first));
    assert_eq!(client.answer_identity(7, 5), Step::Identity(identity(7, 5)));
    client.acknowledge(Call::Init).unwrap();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.incomplete = true;
    assert!(!client.manager.may_send(P));
    let add = client.ask("AddPartitionsToTxn");
    assert_eq!(add, Request::AddPartitions { identity: identity(7, 5) });
    assert_eq!(client.manager.partitions_to_add().collect::<Vec<_>>(), [P]);
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    assert!(client.manager.may_send(P) && !client.manager.may_send(Q));
    client.manager.commit().unwrap();
    assert_eq!((client.poll(), client.wait()), (None, None));
    client.incomplete = false;
    client.ask("EndTxn(commit)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.acknowledge(Call::Commit).unwrap();
    assert_eq!(client.state(), State::Ready);
    assert_eq!(client.manager.identity(), Some(identity(7, 5)));
}

/// As the reference.
#[test]
fn v_t2_a_second_init_is_refused() {
    let mut client = Client::ready();
    assert_eq!(client.manager.init(), Err(Refusal::State(State::Ready)));
    assert_eq!((client.state(), client.poll()), (State::Ready, None));
}

/// As the reference.
#[test]
fn v_t3_a_transaction_to_which_nothing_was_added_is_ended_without_end_txn() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.commit().unwrap();
    assert_eq!(client.drive(), ["no EndTxn"]);
    client.acknowledge(Call::Commit).unwrap();
    assert_eq!(client.state(), State::Ready);
}

/// As the reference.
#[test]
fn v_t5_an_abort_asks_again_for_the_partition_that_was_asked_for() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), Step::Retry);
    client.manager.abort().unwrap();
    client.ask_after(100, "AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.ask("EndTxn(abort)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.acknowledge(Call::Abort).unwrap();
}

/// As the reference.
#[test]
fn v_t6_an_abort_waits_until_the_batch_in_retry_is_answered() {
    let mut client = Client::ready().with_p();
    client.incomplete = true;
    client.manager.abort().unwrap();
    assert!(client.manager.may_send(P) && !client.manager.may_number(P));
    assert!(matches!(client.manager.poll_batches(), Some(FailBatches::NeverNumbered(_))));
    assert_eq!((client.poll(), client.wait()), (None, None));
    client.incomplete = false;
    assert_eq!(client.drive(), ["EndTxn(abort)"]);
}

/// As the reference.
#[test]
fn v_t7_the_result_of_a_commit_waits_for_the_application() {
    let mut client = Client::ready().with_p();
    client.manager.commit().unwrap();
    assert_eq!(client.drive(), ["EndTxn(commit)"]);
    assert_eq!(client.state(), State::Ready);
    let refused = Err(Refusal::Unacknowledged(Call::Commit));
    assert_eq!(client.manager.begin(), refused);
    assert_eq!(client.manager.abort(), refused);
    assert_eq!(client.manager.init(), refused);
    assert_eq!(client.manager.add_partition(P), refused);
    assert_eq!(client.manager.send_offsets(G), refused);
    assert_eq!(client.manager.commit(), Ok(()));
    assert_eq!(client.manager.poll_result(), Some((Call::Commit, Ok(()))));
    client.acknowledge(Call::Commit).unwrap();
    assert_eq!(client.manager.begin(), Ok(()));
}

/// As the reference.
#[test]
fn v_t9_a_topic_without_permission_makes_the_transaction_abortable() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.manager.add_partition(Q).unwrap();
    client.ask("AddPartitionsToTxn");
    let results =
        [(P, ErrorCode::TOPIC_AUTHORIZATION_FAILED), (Q, ErrorCode::OPERATION_NOT_ATTEMPTED)];
    let failure = answered(RequestKind::AddPartitions, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    for results in [results, [results[1], results[0]]] {
        let mut client = client.clone();
        assert_eq!(client.answer_partitions(&results), Step::Abortable(failure));
        assert_eq!(client.manager.poll_batches(), Some(FailBatches::NeverNumbered(failure)));
        assert_eq!(client.poll(), None);
        client.manager.abort().unwrap();
        assert_eq!(client.drive(), ["no EndTxn"]);
    }
}

/// As the reference.
#[test]
fn v_t10_the_first_add_partitions_waits_20_ms_for_the_transaction_before_it() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::CONCURRENT_TRANSACTIONS), Step::Retry);
    client.ask_after(20, "AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::COORDINATOR_NOT_AVAILABLE), Step::FindCoordinator);
    client.ask("FindCoordinator(transaction)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.ask_after(100, "AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.manager.add_partition(Q).unwrap();
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.manager.partitions_to_add().collect::<Vec<_>>(), [Q]);
    assert_eq!(client.answer(ErrorCode::CONCURRENT_TRANSACTIONS), Step::Retry);
    client.ask_after(100, "AddPartitionsToTxn");
}

/// As the reference, with UNKNOWN_PRODUCER_ID in place of 49, which is fatal in Kafka 4.
#[test]
fn v_t11_an_abortable_refusal_of_all_partitions_is_followed_by_a_new_epoch_and_no_end_txn() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.ask("AddPartitionsToTxn");
    let failure = answered(RequestKind::AddPartitions, ErrorCode::UNKNOWN_PRODUCER_ID);
    assert_eq!(client.answer(ErrorCode::UNKNOWN_PRODUCER_ID), Step::Abortable(failure));
    client.manager.abort().unwrap();
    client.ask("no EndTxn");
    assert_eq!(client.state(), State::Initializing);
    assert_eq!(client.manager.poll_result(), None);
    let bump = InitProducerId { identity: Some(identity(7, 5)), transaction_timeout_ms: 60_000 };
    assert_eq!(client.ask("InitProducerId"), Request::InitProducerId(bump));
    assert_eq!(client.answer_identity(7, 6), Step::Identity(identity(7, 6)));
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.state(), State::Ready);
}

/// As the reference.
#[test]
fn v_t13_an_abort_after_a_failed_batch_is_done_when_the_new_epoch_is_there() {
    let mut client = Client::ready().with_p();
    let failure = Failure { cause: Cause::Batch, code: ErrorCode::INVALID_PRODUCER_EPOCH };
    assert_eq!(client.batch_fails(ErrorCode::INVALID_PRODUCER_EPOCH), Step::Abortable(failure));
    assert_eq!(failure.error_code(), ErrorCode::INVALID_PRODUCER_EPOCH);
    client.manager.abort().unwrap();
    client.ask("EndTxn(abort)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    assert_eq!((client.state(), client.manager.poll_result()), (State::Initializing, None));
    assert!(!client.manager.may_send(P));
    client.ask("InitProducerId");
    assert_eq!(client.answer_identity(7, 6), Step::Identity(identity(7, 6)));
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.state(), State::Ready);
}

/// Deviates, because the numbers after the failed batch were used: the reference gives them to
/// other records in the same epoch, and we ask for a new one.
#[test]
fn v_t14_v_k13_a_batch_that_fails_while_committing_ends_its_epoch() {
    let mut client = Client::ready().with_p();
    client.manager.commit().unwrap();
    client.incomplete = true;
    let failure = Failure { cause: Cause::Batch, code: ErrorCode::TOPIC_AUTHORIZATION_FAILED };
    let step = client.batch_fails(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    assert_eq!(step, Step::Abortable(failure));
    client.incomplete = false;
    assert_eq!(client.poll(), None, "EndTxn(commit) is not sent any more");
    assert_eq!(client.acknowledge(Call::Commit), Err(failure));
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.manager.identity(), Some(identity(7, 6)));
}

/// Deviates, because the reference uses the failed batch's sequences again in the same epoch.
#[test]
fn v_t15_a_numbered_batch_that_fails_is_fatal_if_the_epoch_cannot_be_raised() {
    let mut client = Client::ready_nb().with_p();
    let code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
    let failure = Failure { cause: Cause::CannotBump, code };
    assert_eq!(client.batch_fails(code), Step::Fatal(failure));
    assert_eq!(client.manager.poll_batches(), Some(FailBatches::All(failure)));
    assert_eq!(client.manager.abort(), Err(Refusal::Failed(failure)));
    assert!(!client.manager.may_send(P));
}

/// Deviates, because the reference renumbers the batches in flight behind the failed one within the
/// epoch. Here they keep their numbers and the transaction is aborted.
#[test]
fn v_t17_batches_in_flight_behind_a_failed_one_may_be_sent_again_but_no_other_is_numbered() {
    let mut client = Client::ready().with_p();
    client.incomplete = true;
    let _ = client.batch_fails(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    assert!(client.manager.may_send(P) && !client.manager.may_number(P));
    assert_eq!(client.manager.identity(), Some(identity(7, 5)));
    let _ = client.batch_fails(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_eq!(client.state(), State::AbortableError);
    client.manager.abort().unwrap();
    assert_eq!(client.poll(), None);
    client.incomplete = false;
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);
}

/// Deviates, because no sequence is ever taken back: the reference subtracts, and breaks off where
/// the difference is negative.
#[test]
fn v_t18_a_failed_batch_takes_no_sequence_back() {
    let mut client = Client::ready_nb().with_p();
    assert!(matches!(client.batch_fails(ErrorCode::INVALID_RECORD), Step::Fatal(_)));
    assert_eq!(client.manager.identity(), Some(identity(7, 5)));
}

/// Deviates in the end, because the failed batch's epoch is not used again: the reference is ready
/// without InitProducerId.
#[test]
fn v_t19_a_batch_that_fails_while_aborting_is_no_error() {
    let mut client = Client::ready().with_p();
    client.incomplete = true;
    client.manager.abort().unwrap();
    assert_eq!(client.batch_fails(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER), Step::Ignored);
    assert_eq!((client.state(), client.manager.failure()), (State::Aborting, None));
    client.incomplete = false;
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.state(), State::Ready);
}

/// As the reference.
#[test]
fn v_t21_txn_offset_commit_looks_for_the_groups_new_coordinator() {
    for code in [
        ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ErrorCode::NOT_COORDINATOR,
        ErrorCode::REQUEST_TIMED_OUT,
    ] {
        let mut client = Client::ready();
        client.manager.begin().unwrap();
        client.manager.send_offsets(G).unwrap();
        client.ask("AddOffsetsToTxn");
        assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
        client.ask("FindCoordinator(group 70)");
        assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
        client.ask("TxnOffsetCommit");
        assert_eq!(client.answer(code), Step::FindCoordinator);
        client.ask("FindCoordinator(group 70)");
        assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
        client.ask_after(100, "TxnOffsetCommit");
        assert_eq!(client.manager.poll_offsets(), None);
        assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
        assert_eq!(client.manager.poll_offsets(), Some((G, Ok(()))));
        client.manager.commit().unwrap();
        assert_eq!(client.drive(), ["EndTxn(commit)"]);
    }
}

/// As the reference, with the codes that Kafka 4 added.
#[test]
fn v_t22_offsets_of_a_member_that_was_replaced_make_the_transaction_abortable() {
    for code in [
        ErrorCode::UNKNOWN_MEMBER_ID,
        ErrorCode::ILLEGAL_GENERATION,
        ErrorCode::GROUP_ID_NOT_FOUND,
        ErrorCode::STALE_MEMBER_EPOCH,
    ] {
        let mut client = Client::ready();
        client.manager.begin().unwrap();
        client.manager.send_offsets(G).unwrap();
        for _ in 0..2 {
            client.send();
            let _ = client.answer(ErrorCode::NONE);
        }
        client.ask("TxnOffsetCommit");
        let failure = Failure { cause: Cause::GroupMetadata, code };
        assert_eq!(client.answer(code), Step::Abortable(failure));
        assert_eq!(client.manager.poll_offsets(), Some((G, Err(failure))));
        client.manager.abort().unwrap();
        assert_eq!(client.drive(), ["EndTxn(abort)"]);
    }
}

/// As the reference.
#[test]
fn v_t23_a_group_without_permission_fails_the_request_that_waits_for_its_coordinator() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.send_offsets(G).unwrap();
    client.ask("AddOffsetsToTxn");
    let _ = client.answer(ErrorCode::NONE);
    client.ask("FindCoordinator(group 70)");
    let failure = answered(
        RequestKind::FindCoordinator(Coordinator::Group(G)),
        ErrorCode::GROUP_AUTHORIZATION_FAILED,
    );
    assert_eq!(client.answer(ErrorCode::GROUP_AUTHORIZATION_FAILED), Step::Abortable(failure));
    assert_eq!(client.manager.poll_offsets(), Some((G, Err(failure))));
    assert_eq!(client.poll(), None);
}

/// Deviates, because heap order serves nobody: what was asked for first goes first. There is room
/// for one group's offsets at a time, so at most two additions wait.
#[test]
fn v_t25_of_equal_priority_the_first_asked_for_goes_first() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.send_offsets(G).unwrap();
    client.manager.add_partition(P).unwrap();
    assert_eq!(client.manager.send_offsets(71), Err(Refusal::OffsetsPending { group: G }));
    client.ask("AddOffsetsToTxn");
    assert_eq!(client.answer(ErrorCode::CONCURRENT_TRANSACTIONS), Step::Retry);
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::CONCURRENT_TRANSACTIONS), Step::Retry);
    // The partitions' backoff is the shorter one, and the offsets do not hold them up.
    client.ask_after(20, "AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::NOT_COORDINATOR), Step::FindCoordinator);
    client.ask("FindCoordinator(transaction)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.ask_after(80, "AddOffsetsToTxn");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    let rest = ["FindCoordinator(group 70)", "TxnOffsetCommit", "AddPartitionsToTxn"];
    assert_eq!(client.drive(), rest);

    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.manager.send_offsets(G).unwrap();
    let order =
        ["AddPartitionsToTxn", "AddOffsetsToTxn", "FindCoordinator(group 70)", "TxnOffsetCommit"];
    assert_eq!(client.drive(), order);
}

/// Deviates, because a refused step must leave no trace: the reference asks for a new epoch all the
/// same, and its sender thread is done for.
#[test]
fn v_t26_a_batch_that_fails_outside_a_transaction_is_an_error_value() {
    let mut client = Client::ready();
    let late = client.manager.handle_batch_failed(
        ErrorCode::TOPIC_AUTHORIZATION_FAILED,
        fencepost::producer::transactions::FailedBatch::Numbered,
    );
    assert_eq!(late, Err(Unexpected::NoTransaction(State::Ready)));
    client.manager.begin().unwrap();
    client.manager.commit().unwrap();
    assert_eq!(client.drive(), ["no EndTxn"], "no new epoch");
    assert_eq!(client.manager.identity(), Some(identity(7, 5)));
}

/// As the reference.
#[test]
fn v_t27_end_txn_waits_for_incomplete_batches() {
    let mut client = Client::ready().with_p();
    client.manager.commit().unwrap();
    client.incomplete = true;
    assert_eq!(client.poll(), None);
    client.incomplete = false;
    client.ask("EndTxn(commit)");
}

/// As the reference of Kafka 4 does.
#[test]
fn v_t29_end_txn_of_version_2_gives_the_next_identity() {
    let mut client = Client::ready_v2();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    assert!(client.manager.may_number(P));
    assert_eq!(client.poll(), None, "the broker adds the partition");
    client.manager.commit().unwrap();
    let end = client.ask("EndTxn(commit)");
    assert!(matches!(end, Request::EndTxn { transaction_v2: true, .. }));
    assert_eq!(client.answer_identity(8, 0), Step::Identity(identity(8, 0)));
    assert_eq!((client.state(), client.manager.identity()), (State::Ready, Some(identity(8, 0))));
    assert!(!client.manager.may_send(P));
}

/// As the reference, as far as the answer goes.
#[test]
fn v_p1_an_idempotent_producer_asks_without_a_name_and_takes_what_it_gets() {
    let asked = InitProducerId { identity: None, transaction_timeout_ms: 2_147_483_647 };
    assert_eq!(InitProducerId::IDEMPOTENT, asked);
    let answer = IdentityAnswer::of(identity(343_434, 0));
    assert_eq!(identity_answer(answer.code, Mode::Idempotent), IdentityStep::Adopt);
    assert_eq!(answer.identity(), Some(identity(343_434, 0)));
}

/// As the reference.
#[test]
fn v_p2_a_loading_coordinator_is_asked_again_after_the_backoff() {
    let loading = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    assert_eq!(identity_answer(loading, Mode::Idempotent), IdentityStep::Retry);
    let mut client = Client::new(Config::new());
    client.manager.init().unwrap();
    client.ask("FindCoordinator(transaction)");
    let _ = client.answer(ErrorCode::NONE);
    client.ask("InitProducerId");
    for _ in 0..2 {
        assert_eq!(client.answer(loading), Step::Retry);
        client.ask_after(100, "InitProducerId");
    }
    assert_eq!(client.answer_identity(7, 0), Step::Identity(identity(7, 0)));
}

/// As the reference; but nothing of the failed call stays behind (producer spec 20, surprise 17).
#[test]
fn v_p3_a_producer_that_was_not_authorized_may_ask_again() {
    for code in
        [ErrorCode::CLUSTER_AUTHORIZATION_FAILED, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED]
    {
        assert_eq!(identity_answer(code, Mode::Idempotent), IdentityStep::Unauthorized);
        let mut client = Client::new(Config::new());
        client.manager.init().unwrap();
        client.send();
        let _ = client.answer(ErrorCode::NONE);
        client.ask("InitProducerId");
        let failure = answered(RequestKind::InitProducerId, code);
        assert_eq!(client.answer(code), Step::Uninitialized(failure));
        assert_eq!((client.poll(), client.wait()), (None, None));
        assert_eq!(client.acknowledge(Call::Init), Err(failure));
        assert_eq!(client.state(), State::Uninitialized);
        client.manager.init().unwrap();
        assert_eq!(client.drive(), ["InitProducerId"]);
        client.acknowledge(Call::Init).unwrap();
    }
}

/// Deviates, because the reference can neither abort nor go on.
#[test]
fn v_p10_transaction_abortable_is_fatal_to_an_idempotent_producer() {
    let code = ErrorCode::TRANSACTION_ABORTABLE;
    assert_eq!(identity_answer(code, Mode::Idempotent), IdentityStep::Fatal);
    assert_eq!(identity_answer(code, Mode::Transactional), IdentityStep::Abortable);
}

/// Deviates, because an idempotent producer has no coordinator to look up.
#[test]
fn v_p11_not_coordinator_just_makes_an_idempotent_producer_ask_again() {
    for code in [ErrorCode::NOT_COORDINATOR, ErrorCode::COORDINATOR_NOT_AVAILABLE] {
        assert_eq!(identity_answer(code, Mode::Idempotent), IdentityStep::Retry);
        assert_eq!(identity_answer(code, Mode::Transactional), IdentityStep::FindCoordinator);
    }
}

/// As the reference in what it means; deviates, because the new epoch comes after any such abort.
#[test]
fn v_u10_v_u11_v_u12_a_batch_whose_time_is_over_ends_its_epoch() {
    let failure = Failure { cause: Cause::Batch, code: ErrorCode::REQUEST_TIMED_OUT };
    let mut client = Client::ready().with_p();
    assert_eq!(client.batch_fails(ErrorCode::REQUEST_TIMED_OUT), Step::Abortable(failure));
    assert_eq!(failure.error_code(), ErrorCode::TRANSACTION_ABORTABLE);
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);

    let mut client = Client::ready_nb().with_p();
    assert!(matches!(client.batch_fails(ErrorCode::REQUEST_TIMED_OUT), Step::Fatal(_)));
}

/// As the reference.
#[test]
fn v_d1_v_d2_v_d4_v_d5_what_may_be_sent() {
    let mut client = Client::new(Config::new());
    assert!(!client.manager.may_send(P), "no identity");
    client.manager.init().unwrap();
    client.drive();
    client.acknowledge(Call::Init).unwrap();
    client.manager.handle_transaction_coordinator(3);
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.ask("AddPartitionsToTxn");
    assert!(!client.manager.may_send(P), "AddPartitions is not answered");
    let _ = client.answer(ErrorCode::NONE);
    assert!(client.manager.may_number(P));
    let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
    assert!(client.manager.may_send(P), "a numbered batch is sent again");
    assert!(!client.manager.may_number(P));
    client.manager.fail(ErrorCode::SASL_AUTHENTICATION_FAILED);
    assert!(!client.manager.may_send(P));
    assert!(matches!(client.manager.poll_batches(), Some(FailBatches::All(_))));
}
