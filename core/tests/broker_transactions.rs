//! Transactions and their markers: R31 to R42, one step a line.

mod common;

use common::{
    abort, at, commit, data, emptied, log, marker, partition, rules, scratch, stamped, txn, with,
};
use fencepost::broker::{
    Batch, Config, Context, Origin, Profile, Pushed, Reason, ScratchPart, TransactionVersion,
};
use fencepost::error_code::ErrorCode;
use fencepost::wire::MarkerKind;

#[test]
fn r31_no_origin_writes_outside_the_producers_open_transaction() {
    let mut log = log(rules());
    log.send(txn(7, 0, 0, 1)).at(0);
    let refused = log.send(data(7, 0, 1, 1)).refused("R31");
    assert_eq!(refused.error_code(), ErrorCode::INVALID_TXN_STATE);
    log.coordinate(data(7, 0, 1, 1)).refused("R31");
    log.replicate(data(7, 0, 1, 1)).refused("R31");
    log.send(data(8, 0, 0, 1)).at(1);
}

#[test]
fn r32_a_transaction_opens_at_its_first_batch_and_only_there() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 5)).at(0);
    log.send(txn(7, 0, 5, 2)).at(5);
    log.send(txn(7, 0, 7, 1)).at(7);
    assert_eq!(log.partition.producer(7).unwrap().current_txn_first_offset(), Some(5));
    assert_eq!(log.partition.ongoing_transactions().len(), 1);
    assert!(log.partition.has_open_transaction(7, 0));
    assert!(!log.partition.has_open_transaction(8, 0));
}

#[test]
fn r33_a_marker_of_an_older_coordinator_is_fenced_and_of_the_same_it_is_not() {
    let mut log = log(rules());
    let by = |coordinator| marker(7, 0, coordinator, 1, MarkerKind::Commit);
    log.coordinate(by(5)).at(0);
    let refused = log.coordinate(by(4)).refused("R33");
    assert_eq!(refused.error_code(), ErrorCode::TRANSACTION_COORDINATOR_FENCED);
    log.coordinate(by(5)).at(1);
    log.replicate(by(4)).at(2);
    assert_eq!(log.partition.producer(7).unwrap().coordinator_epoch(), 4);
}

#[test]
fn r34_a_marker_ends_the_transaction_and_the_sequences_go_on() {
    let mut log = log(rules());
    log.send(txn(7, 0, 0, 2)).at(0);
    let done = log.coordinate(marker(7, 0, 3, 900, MarkerKind::Abort)).at(2);
    assert_eq!((done[0].first_offset, done[0].last_offset, done[0].aborted), (0, 2, true));
    let slot = log.partition.producer(7).unwrap();
    assert_eq!((slot.current_txn_first_offset(), slot.last_timestamp()), (None, 900));
    log.send(txn(7, 0, 0, 2)).duplicate(0);
    log.send(data(7, 0, 2, 1)).at(3);
    let again = marker(7, 0, 3, 950, MarkerKind::Commit);
    assert_eq!(log.coordinate(again).at(4), [], "nothing was open");
}

#[test]
fn r35_a_marker_of_transaction_version_2_needs_a_higher_epoch() {
    for (profile, rule) in [(Profile::Kafka4_1, None), (Profile::Kafka4_2, Some("R35"))] {
        let mut log = log(Config::new(profile).verification(false));
        log.tv = TransactionVersion::V2;
        log.send(txn(7, 3, 0, 1)).at(0);
        match rule {
            None => drop(log.coordinate(commit(7, 3)).at(1)),
            Some(rule) => {
                log.coordinate(commit(7, 3)).refused(rule);
                log.coordinate(commit(7, 2)).refused("R24");
                log.coordinate(commit(7, 4)).at(1);
                log.coordinate(commit(7, 4)).at(2);
            }
        }
    }
}

#[test]
fn r35_the_last_epoch_can_not_be_exceeded() {
    let mut log = log(rules());
    log.tv = TransactionVersion::V2;
    log.send(txn(7, i16::MAX, 0, 1)).at(0);
    assert_eq!(log.coordinate(commit(7, i16::MAX)).at(1).len(), 1);
}

#[test]
fn r36_an_emptied_control_batch_changes_nothing_but_makes_its_producer_known() {
    let mut log = log(rules());
    log.send(txn(7, 3, 0, 1)).at(0);
    let before = *log.partition.producer(7).unwrap();
    log.replicate(emptied(7, 9)).at(1);
    assert_eq!(*log.partition.producer(7).unwrap(), before);
    log.replicate(emptied(8, 9)).at(2);
    let blank = log.partition.producer(8).unwrap();
    assert_eq!((blank.producer_epoch(), blank.last_timestamp()), (-1, -1));
    log.send(data(8, 0, 44, 1)).at(3);
}

#[test]
fn r37_one_refused_batch_or_one_duplicate_ends_the_whole_append() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 1)).at(0);
    log.append(Origin::Client, &[data(8, 0, 0, 1), data(7, 0, 5, 1)]).refused("R25");
    log.append(Origin::Client, &[data(8, 0, 0, 1), data(7, 0, 0, 1)]).duplicate(0);
    assert_eq!((log.known(), log.partition.map_end_offset()), (vec![7], 1));
}

#[test]
fn r37_after_its_end_an_append_looks_at_nothing_and_commits_nothing() {
    let mut partition = partition::<()>(4, 4, 4, rules());
    let mut memory = scratch(4, 4);
    let mut append = partition.append(&mut memory, Origin::Client, at(1));
    let context = append.context();
    assert_eq!(append.push(&data(7, 0, 0, 1), &context), Ok(Pushed::Added));
    assert!(append.push(&data(7, 0, 5, 1), &context).is_ok(), "D01: of an unknown producer");
    assert!(append.push(&data(7, -3, 0, 1), &context).is_err());
    assert_eq!(append.push(&data(8, 0, 0, 1), &context), Ok(Pushed::Ended));
    let ended = append.commit(|_| panic!("nothing was completed")).unwrap_err();
    assert!(ended.to_string().contains("ended"));
    assert_eq!(partition.len(), 0);
}

/// R37: a scratch that is full is named with its size, of producers and of transactions.
#[test]
fn r37_an_append_larger_than_its_scratch_is_refused_whole() {
    let context = Context::replication(at(1));
    let fill = |memory: &mut common::Memory, batches: &[Batch]| {
        let mut partition = partition::<()>(16, 16, 4, rules());
        let mut append = partition.append(memory, Origin::Replication, at(1));
        let last = batches.iter().map(|batch| append.push(batch, &context)).last();
        let reason = last.unwrap().unwrap_err().reason;
        assert!(append.commit(|_| ()).is_err());
        assert_eq!(partition.len(), 0);
        reason
    };
    let many: Vec<Batch> = (0..16).map(|pid| data(pid, 0, 0, 1)).collect();
    let capacity = 2;
    assert_eq!(
        fill(&mut scratch(2, 0), &many[..3]),
        Reason::ScratchFull { part: ScratchPart::Producers, capacity }
    );
    let opened: Vec<Batch> = (0..3).map(|pid| txn(pid, 0, 0, 1)).collect();
    assert_eq!(
        fill(&mut scratch(8, 2), &opened),
        Reason::ScratchFull { part: ScratchPart::Transactions, capacity }
    );
    let code = Reason::ScratchFull { part: ScratchPart::Producers, capacity }.error_code();
    assert_eq!(code, ErrorCode::UNKNOWN_SERVER_ERROR);
}

#[test]
fn r38_an_append_makes_one_update_of_each_producer() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 1)).at(0);
    // One at a time the second epoch would clear the first batch away; as one update nothing of
    // epoch 0 is cleared.
    let there_and_back = [data(7, 1, 0, 1), data(7, 0, 1, 1)];
    log.append(Origin::Replication, &there_and_back).at(1);
    assert_eq!(log.window(7), [(0, 0), (1, 1)]);
    log.append(Origin::Client, &[data(8, 0, 0, 1), data(7, 0, 2, 1), data(8, 0, 1, 1)]).at(3);
    assert_eq!(log.window(8), [(0, 0), (1, 1)]);
}

#[test]
fn r39_the_last_stable_offset_of_a_completed_transaction_is_the_first_open_one_of_another() {
    let mut log = log(rules());
    log.send(txn(7, 0, 0, 1)).at(0);
    log.send(txn(8, 0, 0, 1)).at(1);
    log.send(txn(9, 0, 0, 1)).at(2);
    assert_eq!(log.coordinate(commit(7, 0)).at(3)[0].last_stable_offset, 1);
    assert_eq!(log.coordinate(abort(9, 0)).at(4)[0].last_stable_offset, 1);
    assert_eq!(log.coordinate(commit(8, 0)).at(5)[0].last_stable_offset, 6);
}

#[test]
fn r39_in_one_append_all_open_before_the_first_is_complete() {
    let mut log = log(rules());
    let all = [txn(7, 0, 0, 1), commit(7, 0), txn(8, 0, 0, 1), abort(8, 0)];
    let done = log.append(Origin::Replication, &all).at(0);
    let offsets: Vec<i64> = done.iter().map(|txn| txn.last_stable_offset).collect();
    assert_eq!(offsets, [2, 4], "the transaction of 8, at 2, was open when that of 7 completed");
}

#[test]
fn r40_the_last_stable_offset_is_the_first_unstable_one_below_the_high_watermark() {
    let mut log = log(rules());
    log.send(data(6, 0, 0, 10)).at(0);
    log.send(txn(7, 0, 0, 1)).at(10);
    assert_eq!((log.last_stable(20), log.last_stable(10), log.last_stable(3)), (10, 10, 3));
    log.coordinate(commit(7, 0)).at(11);
    assert_eq!(log.partition.first_undecided_offset(), None);
    assert_eq!(log.partition.first_unstable_offset(), Some(10));
    log.partition.handle_high_watermark(12);
    assert_eq!(log.last_stable(12), 12);
}

#[test]
fn r41_an_ended_transaction_is_unstable_until_its_marker_is_below_the_high_watermark() {
    let mut log = log(rules());
    log.send(txn(7, 0, 0, 1)).at(0);
    log.coordinate(commit(7, 0)).at(1);
    log.partition.handle_high_watermark(1);
    assert_eq!(log.last_stable(1), 0);
    log.partition.handle_high_watermark(2);
    assert_eq!(log.last_stable(2), 2);
}

#[test]
fn r42_a_transaction_is_late_past_its_limit_and_five_minutes_since_its_last_write() {
    let mut log = log(rules().max_transaction_ms(200));
    log.send(stamped(txn(7, 0, 0, 1), 1_000)).at(0);
    assert!(!log.partition.has_late_transaction(at(301_200)));
    assert!(log.partition.has_late_transaction(at(301_201)));
    log.send(stamped(txn(8, 0, 0, 1), 90)).at(1);
    assert!(!log.partition.has_late_transaction(at(301_200)), "only the oldest is looked at");
    log.coordinate(commit(7, 0)).at(2);
    assert!(log.partition.has_late_transaction(at(301_200)));
    log.send(stamped(txn(8, 0, 1, 1), 0)).at(3);
    assert!(!log.partition.has_late_transaction(at(i64::MAX)), "0 is never late");
}

/// R48 in appends: batches without a producer move the map end and nothing else.
#[test]
fn r48_the_map_end_is_behind_the_last_batch_whoever_wrote_it() {
    let mut log = log(rules());
    log.send(data(-1, -1, -1, 4)).at(0);
    log.append(Origin::Replication, &[data(7, 0, 0, 2), data(-2, 0, 0, 3)]).at(4);
    assert_eq!((log.partition.map_end_offset(), log.known()), (9, vec![7]));
    let last = with(data(7, 0, 2, 1), |h| h.last_offset_delta = -1);
    log.replicate(last).at(9);
    assert_eq!(log.partition.map_end_offset(), 9, "an offset delta of -1");
}
