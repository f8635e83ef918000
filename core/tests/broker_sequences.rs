//! Which batch may follow which: R20 to R30 and R66, one step a line.

mod common;

use common::{Log, abort, commit, data, log, partition, rules, stamped, txn};
use fencepost::broker::{Config, Origin, Profile, TransactionVersion, UnknownProducer};
use fencepost::error_code::ErrorCode;
use fencepost::window::ContentTag;

#[test]
fn r20_another_epoch_higher_or_lower_clears_the_window() {
    let mut log = log(rules());
    log.send(data(7, 1, 0, 2)).at(0);
    log.send(data(7, 1, 2, 2)).at(2);
    assert_eq!(log.window(7), [(0, 1), (2, 3)]);
    log.send(data(7, 2, 0, 1)).at(4);
    assert_eq!(log.window(7), [(0, 0)]);
    log.replicate(data(7, 1, 4, 1)).at(5);
    assert_eq!(log.window(7), [(4, 4)], "replication may take the epoch down");
    log.coordinate(commit(7, 1)).at(6);
    assert_eq!(log.window(7), [(4, 4)], "a marker of the same epoch keeps it");
    log.coordinate(commit(7, 2)).at(7);
    assert_eq!(log.window(7), []);
}

#[test]
fn r21_the_fifth_newest_batch_is_a_duplicate_and_the_sixth_is_out_of_order() {
    let mut log = log(rules());
    for n in 0..6 {
        log.send(data(7, 0, n, 1)).at(i64::from(n));
    }
    log.send(data(7, 0, 1, 1)).duplicate(1);
    log.send(data(7, 0, 5, 1)).duplicate(5);
    log.send(data(7, 0, 0, 1)).refused("R25");
}

#[test]
fn r22_the_last_timestamp_is_the_newest_not_the_largest() {
    let mut log = log(rules());
    log.send(stamped(data(7, 0, 0, 1), 500)).at(0);
    log.send(stamped(data(7, 0, 1, 1), 100)).at(1);
    assert_eq!(log.partition.producer(7).unwrap().last_timestamp(), 100);
    log.send(stamped(data(7, 0, 0, 1), 500)).duplicate(0);
    assert_eq!(log.partition.producer(7).unwrap().last_timestamp(), 100);
}

#[test]
fn r23_a_duplicate_has_the_same_epoch_and_exactly_the_same_sequences() {
    let mut log = log(rules());
    log.send(stamped(data(7, 3, 0, 2), 50)).at(0);
    log.send(data(7, 3, 2, 2)).at(2);
    let seen = log.send(stamped(data(7, 3, 0, 2), 99)).duplicate(0);
    assert_eq!((seen.last_offset, seen.timestamp), (1, 50), "as it was the first time");
    for (sequence, records) in [(0, 1), (1, 1), (0, 4), (1, 2), (2, 1)] {
        log.send(data(7, 3, sequence, records)).refused("R25");
    }
    log.send(data(7, 2, 0, 2)).refused("R24");
}

#[test]
fn r23_only_a_client_is_told_of_a_duplicate() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 1)).at(0);
    for (n, origin) in
        [Origin::Replication, Origin::Coordinator, Origin::RaftLeader].iter().enumerate()
    {
        let answer = log.append(*origin, &[data(7, 0, 0, 1)]);
        answer.at(1 + n as i64);
    }
    log.send(data(7, 0, 0, 1)).duplicate(0);
}

#[test]
fn r23_a_duplicate_is_looked_for_in_what_was_committed_before_the_append() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 1)).at(0);
    let twice = [data(7, 0, 1, 1), data(7, 0, 1, 1)];
    log.append(Origin::Client, &twice).refused("R25");
    let behind_an_epoch = [data(7, 1, 0, 1), data(7, 0, 0, 1)];
    log.append(Origin::Client, &behind_an_epoch).duplicate(0);
    assert_eq!(log.window(7), [(0, 0)], "neither append left anything");
}

#[test]
fn r24_a_lower_epoch_is_fenced_even_if_it_sends_what_was_remembered() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 1)).at(0);
    log.send(data(7, 1, 0, 1)).at(1);
    let refused = log.send(data(7, 0, 0, 1)).refused("R24");
    assert_eq!(refused.error_code(), ErrorCode::INVALID_PRODUCER_EPOCH);
    log.coordinate(data(7, 0, 0, 1)).refused("R24");
    log.coordinate(commit(7, 0)).refused("R24");
    log.replicate(data(7, 0, 9, 1)).at(2);
}

#[test]
fn r25_the_next_sequence_follows_the_last_and_after_the_largest_comes_zero() {
    let mut log = log(rules());
    log.send(data(7, 0, i32::MAX - 1, 1)).at(0);
    log.send(data(7, 0, i32::MAX, 2)).at(1);
    assert_eq!(log.window(7)[1], (i32::MAX, 0));
    log.send(data(7, 0, i32::MIN, 1)).refused("R25");
    log.send(data(7, 0, 2, 1)).refused("R25");
    log.send(data(7, 0, 1, 1)).at(3);
    log.send(data(7, 0, i32::MAX, 2)).duplicate(1);
}

#[test]
fn r25_with_only_a_marker_known_the_epoch_begins_at_zero() {
    let mut log = log(rules());
    log.coordinate(commit(7, 4)).at(0);
    log.send(data(7, 4, 1, 1)).refused("R25");
    log.send(data(7, 4, 0, 1)).at(1);
}

#[test]
fn r26_a_new_epoch_begins_at_zero() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 3)).at(0);
    let refused = log.send(data(7, 1, 3, 1)).refused("R26");
    assert_eq!(refused.error_code(), ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    log.send(data(7, 1, 0, 1)).at(3);
    log.append(Origin::Client, &[data(7, 2, 0, 1), data(7, 3, 1, 1)]).refused("R26");
}

#[test]
fn r26_a_marker_of_a_higher_epoch_in_the_same_append_begins_a_new_epoch_too() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 5)).at(0);
    log.append(Origin::Client, &[abort(7, 1), data(7, 1, 5, 1)]).refused("R25");
    log.append(Origin::Client, &[abort(7, 0), data(7, 0, 5, 1)]).at(5);
    log.append(Origin::Client, &[abort(7, 1), data(7, 1, 0, 1)]).at(7);
}

#[test]
fn r27_an_unknown_producer_may_begin_anywhere() {
    let mut log = log(rules());
    log.send(data(7, 5, 123, 1)).at(0);
    log.send(data(8, -1, 5, 1)).at(1);
    log.send(data(8, -1, 99, 1)).at(2);
    log.send(data(8, 0, 7, 1)).at(3);
    log.append(Origin::Client, &[data(9, 0, 4, 1), data(9, 0, 77, 1)]).at(4);
}

#[test]
fn r28_no_sequence_above_the_lowest_that_is_being_verified_comes_first() {
    let mut log = log(rules());
    log.send(data(7, 0, 0, 1)).at(0);
    log.verify(7, 0, 1).unwrap();
    log.send(data(7, 0, 2, 1)).refused("R28");
    log.verify(7, 0, 0).unwrap();
    log.send(data(7, 0, 1, 1)).refused("R28");
    log.send(data(7, 1, 0, 1)).at(1);
}

#[test]
fn r29_a_producer_of_transaction_version_2_with_nothing_remembered_begins_at_zero() {
    for (profile, rule) in [(Profile::Kafka4_0, None), (Profile::Kafka4_1, Some("R29"))] {
        let mut log = log(Config::new(profile));
        log.tv = TransactionVersion::V2;
        let guard = log.verify(7, 0, 5).unwrap();
        let answer = log.send_with(guard, txn(7, 0, 5, 1));
        match rule {
            Some(rule) => drop(answer.refused(rule)),
            None => drop(answer.at(0)),
        }
    }
}

#[test]
fn r30_where_nothing_was_ever_written_a_producer_begins_at_zero() {
    let policy = UnknownProducer::ZeroIfNeverWritten;
    let mut log = log(rules().unknown_producer(policy));
    log.never_written = true;
    log.send(data(7, 0, 3, 1)).refused("R30");
    log.append(Origin::Client, &[data(7, 0, 0, 1), data(8, 0, 1, 1)]).refused("R30");
    log.replicate(data(9, 0, 3, 1)).at(0);
    log.send(data(7, 0, 0, 1)).at(1);
    log.never_written = false;
    log.send(data(8, 0, 3, 1)).at(2);
}

#[test]
fn r66_with_a_tag_the_same_sequences_with_other_content_are_no_duplicate() {
    let mut log = Log::<ContentTag>::over(partition(4, 4, 4, rules()));
    let tagged = |log: &Log<ContentTag>, tag| log.context(Origin::Client).with_tag(ContentTag(tag));
    let (first, second) = (tagged(&log, 0xAAAA), tagged(&log, 0xBBBB));
    log.one(data(7, 0, 0, 2), &first).at(0);
    log.one(data(7, 0, 0, 2), &first).duplicate(0);
    let refused = log.one(data(7, 0, 0, 2), &second).refused("R66");
    assert_eq!(refused.error_code(), ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert!(refused.to_string().contains("at offset 0"), "{refused}");
    log.send(data(7, 0, 0, 2)).duplicate(0);
    log.one(data(7, 0, 2, 1), &second).at(2);
    log.one(data(7, 0, 2, 1), &first).refused("R66");
}
