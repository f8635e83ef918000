//! Where the reference client stalls, breaks off or uses an identity twice, and this one does not.

mod transactions_support;

use fencepost::error_code::ErrorCode;
use fencepost::producer::transactions::{
    Call, Cause, Config, Coordinator, FailBatches, FailedBatch, Failure, IdentityAnswer, Refusal,
    Request, RequestKind, State, Step, Unexpected,
};
use transactions_support::{Client, G, P, Q, identity, name};

fn adding(partitions: &[u32]) -> Client {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    for partition in partitions {
        client.manager.add_partition(*partition).unwrap();
    }
    client.ask("AddPartitionsToTxn");
    client
}

#[test]
fn a_partition_that_the_answer_leaves_out_is_asked_for_again() {
    let mut client = adding(&[P, Q]);
    assert_eq!(client.answer_partitions(&[(P, ErrorCode::NONE)]), Step::Done);
    assert!(client.manager.may_send(P) && !client.manager.may_send(Q));
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.manager.partitions_to_add().collect::<Vec<_>>(), [Q]);
    // An answer that names none of them, or only others, makes no hot loop.
    assert_eq!(client.answer_partitions(&[(3, ErrorCode::PRODUCER_FENCED)]), Step::Retry);
    client.ask_after(100, "AddPartitionsToTxn");
    assert_eq!(client.answer_partitions(&[(Q, ErrorCode::NONE)]), Step::Done);
    assert!(client.manager.may_send(Q));
}

/// As the reference, but for the order: its addition was never confirmed.
#[test]
fn an_answer_that_names_no_partition_adds_nothing() {
    let mut client = adding(&[P]);
    assert_eq!(client.answer_partitions(&[]), Step::Retry);
    client.manager.abort().unwrap();
    client.ask_after(100, "AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::TOPIC_AUTHORIZATION_FAILED), Step::Ignored);
    assert_eq!(client.drive(), ["no EndTxn"]);
}

/// As the reference.
#[test]
fn an_abort_drops_the_partitions_that_were_not_asked_for() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["no EndTxn"]);
}

/// As the reference.
#[test]
fn after_an_error_no_partition_is_asked_for_again_but_one_in_flight_is_added() {
    let mut client = Client::ready().with_p();
    client.manager.add_partition(Q).unwrap();
    client.ask("AddPartitionsToTxn");
    let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
    let mut added = client.clone();
    assert_eq!(client.answer(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS), Step::Ignored);
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);
    assert_eq!(added.answer(ErrorCode::NONE), Step::Done);
    assert!(added.manager.may_send(Q));

    let mut client = Client::ready().with_p();
    client.manager.add_partition(Q).unwrap();
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS), Step::Retry);
    let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);
}

/// As the reference: the next transaction does not wait for what the one before was told.
#[test]
fn a_new_transaction_has_no_backoff() {
    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS), Step::Retry);
    client.manager.handle_batch_failed(ErrorCode::INVALID_RECORD, FailedBatch::NeverNumbered).ok();
    client.manager.abort().unwrap();
    client.drive();
    client.acknowledge(Call::Abort).unwrap();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    assert!(!client.manager.may_send(P));
    client.ask("AddPartitionsToTxn");
}

#[test]
fn an_unknown_partition_is_asked_for_until_its_time_is_over() {
    let mut client = Client::new(Config::new().unknown_partition_ms(250));
    client.manager.init().unwrap();
    client.drive();
    client.acknowledge(Call::Init).unwrap();
    for _ in 0..2 {
        client.manager.begin().unwrap();
        client.manager.add_partition(P).unwrap();
        client.ask("AddPartitionsToTxn");
        for _ in 0..3 {
            assert_eq!(client.answer(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), Step::Retry);
            client.ask_after(100, "AddPartitionsToTxn");
        }
        let code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        let failure = Failure { cause: Cause::UnknownPartition, code };
        assert_eq!(client.answer(code), Step::Abortable(failure));
        client.manager.abort().unwrap();
        assert_eq!(client.drive(), ["no EndTxn"]);
        client.acknowledge(Call::Abort).unwrap();
    }
    // The time of each begins with its own first answer.
    client.manager.begin().unwrap();
    for partition in [P, Q] {
        client.manager.add_partition(partition).unwrap();
        client.ask("AddPartitionsToTxn");
        assert_eq!(client.answer(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), Step::Retry);
        client.drive();
        client.now += 1000;
    }
}

#[test]
fn of_several_partitions_codes_the_heaviest_decides_in_any_order() {
    let order = [
        ErrorCode::NONE,
        ErrorCode::OPERATION_NOT_ATTEMPTED,
        ErrorCode::INVALID_TOPIC_EXCEPTION,
        ErrorCode::TOPIC_AUTHORIZATION_FAILED,
        ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode::NOT_COORDINATOR,
        ErrorCode::TRANSACTION_ABORTABLE,
        ErrorCode::UNKNOWN_PRODUCER_ID,
        ErrorCode::INVALID_TXN_STATE,
    ];
    let client = adding(&[P, Q]);
    for (n, light) in order.into_iter().enumerate() {
        for heavy in order.into_iter().skip(n) {
            let mut alone = client.clone();
            let step = alone.answer_partitions(&[(P, heavy), (Q, heavy)]);
            for results in [[(P, light), (Q, heavy)], [(P, heavy), (Q, light)]] {
                let mut both = client.clone();
                assert_eq!(both.answer_partitions(&results), step, "{light} and {heavy}");
                assert_eq!(both.state(), alone.state());
            }
        }
    }
}

/// The reference's commit fails then, and an application that writes its records again has them
/// twice.
#[test]
fn a_commit_that_was_confirmed_is_a_success_whatever_happens_to_the_next_epoch() {
    for code in [ErrorCode::TRANSACTION_ABORTABLE, ErrorCode::CLUSTER_AUTHORIZATION_FAILED] {
        let mut client = Client::ready().with_p();
        client.manager.handle_features(2, 2);
        client.manager.commit().unwrap();
        client.ask("EndTxn(commit)");
        assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
        client.ask("InitProducerId");
        assert!(matches!(client.answer(code), Step::Abortable(_) | Step::Uninitialized(_)));
        assert_eq!(client.acknowledge(Call::Commit), Ok(()));
        assert!(client.manager.begin().is_err());
    }
}

/// The reference passes over the refusal, and the abort never ends.
#[test]
fn an_abort_that_the_coordinator_does_not_know_the_producer_of_is_fatal() {
    let mut client = Client::ready().with_p();
    client.manager.abort().unwrap();
    client.ask("EndTxn(abort)");
    let cause = Cause::Answer(RequestKind::EndTxn);
    let failure = Failure { cause, code: ErrorCode::UNKNOWN_PRODUCER_ID };
    assert_eq!(client.answer(ErrorCode::UNKNOWN_PRODUCER_ID), Step::Fatal(failure));
    assert_eq!(client.acknowledge(Call::Abort), Err(failure));
}

/// The reference asks for the coordinator again and again, without a backoff.
#[test]
fn an_abort_whose_coordinator_may_not_be_found_is_fatal() {
    let mut client = Client::ready().with_p();
    client.manager.abort().unwrap();
    client.manager.handle_unreachable(Coordinator::Transaction, client.at());
    client.ask("FindCoordinator(transaction)");
    assert!(matches!(client.answer(ErrorCode::TRANSACTION_ABORTABLE), Step::Fatal(_)));
    assert!(client.acknowledge(Call::Abort).is_err());
}

/// The reference takes the abort for done, and the transaction stays open at the coordinator until
/// it is too old.
#[test]
fn a_partition_that_may_have_been_added_gets_a_new_epoch_if_the_transaction_is_not_ended() {
    let mut client = adding(&[P]);
    let gone = client.manager.handle_disconnected(client.id, client.at());
    assert_eq!(gone, Ok(Step::FindCoordinator));
    client.ask("FindCoordinator(transaction)");
    let _ = client.answer(ErrorCode::NONE);
    client.ask_after(100, "AddPartitionsToTxn");
    assert!(matches!(client.answer(ErrorCode::TOPIC_AUTHORIZATION_FAILED), Step::Abortable(_)));
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["no EndTxn", "InitProducerId"]);
    assert_eq!(client.manager.identity(), Some(identity(7, 6)));

    let mut client = adding(&[P, Q]);
    let results = [(P, ErrorCode::REQUEST_TIMED_OUT), (Q, ErrorCode::NONE)];
    assert_eq!(client.answer_partitions(&results), Step::Retry);
    client.ask_after(100, "AddPartitionsToTxn");
    assert!(matches!(client.answer(ErrorCode::TOPIC_AUTHORIZATION_FAILED), Step::Abortable(_)));
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["no EndTxn", "InitProducerId"]);

    let mut client = Client::ready();
    client.manager.begin().unwrap();
    client.manager.send_offsets(G).unwrap();
    client.ask("AddOffsetsToTxn");
    assert_eq!(client.answer(ErrorCode::REQUEST_TIMED_OUT), Step::Retry);
    client.ask_after(100, "AddOffsetsToTxn");
    assert!(matches!(client.answer(ErrorCode::GROUP_AUTHORIZATION_FAILED), Step::Abortable(_)));
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["no EndTxn", "InitProducerId"]);
}

/// As the reference: the doubt goes with the transaction.
#[test]
fn a_transaction_that_was_ended_leaves_no_doubt() {
    let mut client = adding(&[P]);
    assert_eq!(client.answer(ErrorCode::REQUEST_TIMED_OUT), Step::Retry);
    client.drive();
    client.manager.commit().unwrap();
    assert_eq!(client.drive(), ["EndTxn(commit)"]);
    client.acknowledge(Call::Commit).unwrap();
    client.manager.begin().unwrap();
    client.manager.commit().unwrap();
    assert_eq!(client.drive(), ["no EndTxn"]);
}

/// The reference is done for.
#[test]
fn an_answer_that_was_not_asked_for_changes_nothing() {
    let mut client = adding(&[P]);
    let kind = RequestKind::AddPartitions;
    let in_flight = Unexpected::InFlight { kind, correlation_id: client.id };
    let (id, now) = (client.id, client.at());
    let none = IdentityAnswer::code(ErrorCode::PRODUCER_FENCED);
    let before = format!("{:?}", client.manager);
    let fenced = [(P, ErrorCode::PRODUCER_FENCED)];
    assert_eq!(client.manager.handle_add_partitions(id - 1, fenced, now), Err(in_flight));
    assert_eq!(client.manager.handle_end_txn(id, none, now), Err(in_flight));
    assert_eq!(client.manager.handle_init_producer_id(id, none, now), Err(in_flight));
    let asked = Request::AddPartitions { identity: identity(7, 5) };
    assert_eq!(client.manager.mark_sent(asked, id + 1), Err(in_flight));
    assert_eq!(format!("{:?}", client.manager), before);
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    let again = client.manager.handle_add_partitions(id, fenced, now);
    assert_eq!(again, Err(Unexpected::NothingInFlight));
    assert_eq!(client.manager.mark_sent(asked, id + 1), Err(Unexpected::NotAsked));
    assert_eq!(client.state(), State::InTransaction);
}

/// The reference is ready then without a producer id, and can neither begin nor init.
#[test]
fn an_init_that_is_to_be_aborted_leaves_the_producer_uninitialized() {
    let mut client = Client::new(Config::new());
    client.manager.init().unwrap();
    client.send();
    let _ = client.answer(ErrorCode::NONE);
    client.ask("InitProducerId");
    assert!(matches!(client.answer(ErrorCode::TRANSACTION_ABORTABLE), Step::Abortable(_)));
    assert!(client.acknowledge(Call::Init).is_err());
    assert!(matches!(client.manager.init(), Err(Refusal::Failed(_))));
    client.manager.abort().unwrap();
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.state(), State::Uninitialized);
    client.manager.init().unwrap();
    assert_eq!(client.drive(), ["InitProducerId"]);
}

/// The reference forgets that it needs a new epoch, and goes on with the old one.
#[test]
fn a_new_epoch_that_was_refused_is_asked_for_again() {
    let mut client = Client::ready().with_p();
    let _ = client.batch_fails(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    client.manager.abort().unwrap();
    client.ask("EndTxn(abort)");
    let _ = client.answer(ErrorCode::NONE);
    client.ask("InitProducerId");
    assert!(matches!(client.answer(ErrorCode::TRANSACTION_ABORTABLE), Step::Abortable(_)));
    assert!(client.acknowledge(Call::Abort).is_err());
    client.manager.abort().unwrap();
    assert_eq!(client.drive(), ["no EndTxn", "InitProducerId"]);
    client.acknowledge(Call::Abort).unwrap();
    assert_eq!(client.manager.identity(), Some(identity(7, 6)));
}

/// The reference takes any.
#[test]
fn an_identity_that_does_not_follow_the_present_one_is_fatal() {
    for (id, epoch) in [(7, 5), (7, 4), (-1, 6), (-5, 6), (7, -1), (7, -2)] {
        let mut client = Client::ready().with_p();
        let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
        client.manager.abort().unwrap();
        client.ask("EndTxn(abort)");
        let _ = client.answer(ErrorCode::NONE);
        client.ask("InitProducerId");
        let step = client.answer_identity(id, epoch);
        let cause = Cause::Identity(RequestKind::InitProducerId);
        assert!(matches!(step, Step::Fatal(failure) if failure.cause == cause), "{id} {epoch}");
        assert_eq!(client.manager.identity(), Some(identity(7, 5)));
    }
    for (id, epoch) in [(7, 4), (-5, 6), (7, -1), (8, -1)] {
        let mut client = Client::ready_v2();
        client.manager.begin().unwrap();
        client.manager.add_partition(P).unwrap();
        client.manager.commit().unwrap();
        client.ask("EndTxn(commit)");
        assert!(matches!(client.answer_identity(id, epoch), Step::Fatal(_)), "{id} {epoch}");
        assert_eq!(client.acknowledge(Call::Commit), Ok(()), "it is committed all the same");
    }
}

/// The reference counts on EndTxn to raise the epoch.
#[test]
fn an_end_txn_of_version_2_that_names_no_new_identity_after_a_failed_batch_is_followed_by_init() {
    for (id, epoch) in [(-1, -1), (7, 5)] {
        let mut client = Client::ready_v2();
        client.manager.begin().unwrap();
        client.manager.add_partition(P).unwrap();
        let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
        client.manager.abort().unwrap();
        client.ask("EndTxn(abort)");
        assert_eq!(client.answer_identity(id, epoch), Step::Done);
        assert_eq!(client.drive(), ["InitProducerId"]);
    }
}

/// The reference sends them, although they count for nothing.
#[test]
fn an_abort_sends_no_offsets_but_settles_what_may_have_been_added() {
    let mut client = Client::ready().with_p();
    client.manager.send_offsets(G).unwrap();
    let mut asked = client.clone();
    client.manager.abort().unwrap();
    assert!(matches!(
        client.manager.poll_offsets(),
        Some((G, Err(Failure { cause: Cause::Aborted, .. })))
    ));
    assert_eq!(client.drive(), ["EndTxn(abort)"]);
    asked.ask("AddOffsetsToTxn");
    assert_eq!(asked.answer(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS), Step::Retry);
    asked.manager.abort().unwrap();
    assert_eq!(asked.drive(), ["AddOffsetsToTxn", "EndTxn(abort)"]);
}

/// The reference asks the coordinator of the group before.
#[test]
fn every_group_has_a_coordinator_of_its_own() {
    let mut client = Client::ready().with_p();
    for (group, lookup) in [(G, true), (G, false), (71, true), (G, true)] {
        client.manager.send_offsets(group).unwrap();
        let looked_up = client.drive().contains(&format!("FindCoordinator(group {group})"));
        assert_eq!(looked_up, lookup, "{group}");
        assert_eq!(client.manager.poll_offsets(), Some((group, Ok(()))));
    }
}

/// As the reference: an EndTxn of which nothing is known is not done (lessons 52).
#[test]
fn an_end_txn_without_an_answer_is_sent_again_unchanged() {
    let mut client = Client::ready().with_p();
    client.manager.commit().unwrap();
    let first = client.ask("EndTxn(commit)");
    assert_eq!(
        client.manager.handle_disconnected(client.id, client.at()),
        Ok(Step::FindCoordinator)
    );
    assert_eq!((client.state(), client.manager.poll_result()), (State::Committing, None));
    assert!(matches!(client.manager.begin(), Err(Refusal::Unacknowledged(Call::Commit))));
    client.ask("FindCoordinator(transaction)");
    let _ = client.answer(ErrorCode::NONE);
    assert_eq!(client.ask_after(100, "EndTxn(commit)"), first);
}

/// As Kafka 4: the transaction in which version 2 is learnt ends in version 1, and the next begins
/// with a new epoch.
#[test]
fn version_2_begins_with_an_epoch_of_its_own() {
    let mut client = Client::ready().with_p();
    client.manager.handle_features(2, 2);
    client.manager.handle_features(1, 0);
    assert!(!client.manager.transaction_v2());
    client.manager.commit().unwrap();
    let end = client.ask("EndTxn(commit)");
    assert!(matches!(end, Request::EndTxn { transaction_v2: false, .. }));
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    assert_eq!(client.drive(), ["InitProducerId"]);
    client.acknowledge(Call::Commit).unwrap();
    assert!(client.manager.transaction_v2());
    client.manager.begin().unwrap();
    client.manager.send_offsets(G).unwrap();
    assert_eq!(client.drive(), ["FindCoordinator(group 70)", "TxnOffsetCommit"]);
    client.manager.handle_features(3, 1);
    client.manager.commit().unwrap();
    let end = client.ask("EndTxn(commit)");
    assert!(matches!(end, Request::EndTxn { transaction_v2: true, .. }));
    assert_eq!(client.answer_identity(7, 7), Step::Identity(identity(7, 7)));
    client.acknowledge(Call::Commit).unwrap();
    assert!(!client.manager.transaction_v2());
}

#[test]
fn offsets_are_done_when_all_are_confirmed_in_one_answer_or_several() {
    let mut client = Client::ready_v2();
    client.manager.begin().unwrap();
    client.manager.send_offsets(G).unwrap();
    client.ask("FindCoordinator(group 70)");
    let _ = client.answer(ErrorCode::NONE);
    let commit = client.ask("TxnOffsetCommit");
    assert!(matches!(commit, Request::TxnOffsetCommit { transaction_v2: true, .. }));
    let (id, now) = (client.id, client.at());
    let codes = [ErrorCode::NONE, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS];
    assert_eq!(client.manager.handle_txn_offset_commit(id, 3, codes, now), Ok(Step::Retry));
    client.ask_after(100, "TxnOffsetCommit");
    let (id, now) = (client.id, client.at());
    let codes = [ErrorCode::NONE; 2];
    assert_eq!(client.manager.handle_txn_offset_commit(id, 2, codes, now), Ok(Step::Done));
    assert_eq!(client.manager.poll_offsets(), Some((G, Ok(()))));
}

#[test]
fn a_fatal_error_stays_and_fails_everything_that_waits() {
    let mut client = Client::ready().with_p();
    client.manager.send_offsets(G).unwrap();
    client.manager.commit().unwrap();
    client.ask("AddOffsetsToTxn");
    let cause = Cause::Answer(RequestKind::AddOffsets);
    let failure = Failure { cause, code: ErrorCode::INVALID_PRODUCER_EPOCH };
    assert_eq!(client.answer(ErrorCode::INVALID_PRODUCER_EPOCH), Step::Fatal(failure));
    assert_eq!(failure.error_code(), ErrorCode::PRODUCER_FENCED);
    client.manager.fail(ErrorCode::SASL_AUTHENTICATION_FAILED);
    assert_eq!(client.manager.failure(), Some(failure));
    assert_eq!(client.manager.poll_batches(), Some(FailBatches::All(failure)));
    assert_eq!(client.manager.poll_offsets(), Some((G, Err(failure))));
    assert_eq!(client.acknowledge(Call::Commit), Err(failure));
    assert_eq!(client.manager.begin(), Err(Refusal::Failed(failure)));
    assert_eq!(client.manager.abort(), Err(Refusal::Failed(failure)));
    assert_eq!((client.poll(), client.wait()), (None, None));
}

#[test]
fn a_request_that_no_broker_knows_is_fatal() {
    let mut client = adding(&[P]);
    let step = client.manager.handle_unsupported_version(client.id).unwrap();
    let cause = Cause::Answer(RequestKind::AddPartitions);
    assert_eq!(step, Step::Fatal(Failure { cause, code: ErrorCode::UNSUPPORTED_VERSION }));
}

#[test]
fn refusals_and_failures_say_what_and_why() {
    let mut client = Client::ready();
    assert_eq!(
        client.manager.commit().unwrap_err().to_string(),
        "not allowed while the producer is ready"
    );
    client.manager.begin().unwrap();
    assert_eq!(
        client.manager.add_partition(4).unwrap_err().to_string(),
        "there is no memory for partition 4"
    );
    client.manager.add_partition(P).unwrap();
    let request = client.send();
    assert_eq!(name(&request), "AddPartitionsToTxn");
    assert_eq!(
        client.manager.handle_end_txn(9, IdentityAnswer::code(ErrorCode::NONE), client.at()),
        Err(Unexpected::InFlight { kind: RequestKind::AddPartitions, correlation_id: 3 })
    );
    let Step::Abortable(failure) = client.answer(ErrorCode::TOPIC_AUTHORIZATION_FAILED) else {
        panic!()
    };
    let sentence = "AddPartitionsToTxn was answered with TOPIC_AUTHORIZATION_FAILED(29)";
    assert_eq!(failure.to_string(), sentence);
    assert_eq!(
        client.manager.commit().unwrap_err().to_string(),
        format!("the producer is in an error: {sentence}")
    );
}

#[test]
fn a_batch_that_fails_while_end_txn_is_in_flight_is_an_error_value() {
    let mut client = Client::ready().with_p();
    client.manager.commit().unwrap();
    client.ask("EndTxn(commit)");
    let code = ErrorCode::INVALID_RECORD;
    let late = client.manager.handle_batch_failed(code, FailedBatch::Numbered);
    assert_eq!(late, Err(Unexpected::NoTransaction(State::Committing)));
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.acknowledge(Call::Commit).unwrap();
    assert_eq!(client.manager.identity(), Some(identity(7, 5)));
}

/// As the reference: the epoch is raised while in the transaction, not while it is completed or
/// where EndTxn raises it.
#[test]
fn a_batch_that_was_never_numbered_costs_an_epoch_only_as_in_the_reference() {
    let fail = |client: &mut Client| {
        let code = ErrorCode::MESSAGE_TOO_LARGE;
        let step = client.manager.handle_batch_failed(code, FailedBatch::NeverNumbered).unwrap();
        assert!(matches!(step, Step::Abortable(_)));
        let _ = client.manager.acknowledge();
        client.manager.abort().unwrap();
    };
    let mut client = Client::ready().with_p();
    fail(&mut client);
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);

    let mut client = Client::ready().with_p();
    client.manager.commit().unwrap();
    fail(&mut client);
    assert_eq!(client.drive(), ["EndTxn(abort)"]);

    let mut client = Client::ready_nb().with_p();
    fail(&mut client);
    assert_eq!(client.drive(), ["EndTxn(abort)"]);

    let mut client = Client::ready_v2();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    fail(&mut client);
    client.ask("EndTxn(abort)");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    assert_eq!(client.drive(), [""; 0]);
}

/// As Kafka 4.
#[test]
fn features_are_not_used_at_the_end_of_a_new_epoch() {
    let mut client = Client::ready().with_p();
    let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
    client.manager.abort().unwrap();
    client.manager.handle_features(2, 2);
    assert_eq!(client.drive(), ["EndTxn(abort)", "InitProducerId"]);
    assert!(!client.manager.transaction_v2());
}

/// As the reference: after a refused new epoch, the next init asks as the first one did.
#[test]
fn init_names_no_identity_even_after_one_was_held() {
    let mut client = Client::ready().with_p();
    let _ = client.batch_fails(ErrorCode::INVALID_RECORD);
    client.manager.abort().unwrap();
    client.ask("EndTxn(abort)");
    let _ = client.answer(ErrorCode::NONE);
    client.ask("InitProducerId");
    let code = ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    assert!(matches!(client.answer(code), Step::Uninitialized(_)));
    assert!(client.acknowledge(Call::Abort).is_err());
    client.manager.init().unwrap();
    let Request::InitProducerId(init) = client.send() else { panic!() };
    assert_eq!(init.identity, None);
    assert_eq!(client.answer_identity(7, 9), Step::Identity(identity(7, 9)));
    client.acknowledge(Call::Init).unwrap();
}

/// What is asked for again goes behind what waits.
#[test]
fn additions_take_turns() {
    let mut client = Client::new(Config::new().retry_backoff_ms(0));
    client.manager.init().unwrap();
    client.drive();
    client.acknowledge(Call::Init).unwrap();
    client.manager.begin().unwrap();
    client.manager.add_partition(P).unwrap();
    client.manager.send_offsets(G).unwrap();
    for _ in 0..3 {
        client.ask("AddPartitionsToTxn");
        assert_eq!(client.answer(ErrorCode::CONCURRENT_TRANSACTIONS), Step::Retry);
        client.ask("AddOffsetsToTxn");
        assert_eq!(client.answer(ErrorCode::CONCURRENT_TRANSACTIONS), Step::Retry);
    }
    client.ask("AddPartitionsToTxn");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.manager.add_partition(Q).unwrap();
    client.ask("AddOffsetsToTxn");
    assert_eq!(client.answer(ErrorCode::NONE), Step::Done);
    client.ask("AddPartitionsToTxn");
}
