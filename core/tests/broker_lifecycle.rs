//! A log that moves on, is cut back, or comes back: R43, R48 to R52, R59, R64 and R68.

mod common;

use common::{at, commit, data, log, partition, rules, slots, stamped, txn};
use fencepost::broker::{ExpireBy, ProducerDescription};
use fencepost::snapshot::v1;

#[test]
fn r43_a_producer_expires_at_exactly_its_limit_unless_its_transaction_is_open() {
    let mut log = log(rules().expiration_ms(100));
    log.send(stamped(data(1, 0, 0, 1), 1_000)).at(0);
    log.send(stamped(txn(2, 0, 0, 1), 0)).at(1);
    log.send(stamped(data(3, 0, 0, 1), 1_001)).at(2);
    log.expire(1_099);
    assert_eq!(log.known(), [1, 2, 3]);
    log.expire(1_100);
    assert_eq!(log.known(), [2, 3]);
    log.send(data(1, 0, 77, 1)).at(3);
}

#[test]
fn r43_by_record_timestamp_an_old_clock_expires_at_once_by_append_time_it_does_not() {
    for (clock, stays) in [(ExpireBy::RecordTimestamp, false), (ExpireBy::AppendTime, true)] {
        let mut log = log(rules().expiration_ms(100).expire_by(clock));
        log.now = 5_000;
        log.send(stamped(data(1, 0, 0, 1), 3)).at(0);
        log.append(fencepost::broker::Origin::Replication, &[stamped(data(2, 0, 0, 1), 3)]).at(1);
        log.coordinate(commit(3, 0)).at(2);
        log.expire(5_099);
        assert_eq!(!log.known().is_empty(), stays, "{clock:?}");
        assert_eq!(log.known().len(), if stays { 3 } else { 0 });
        if stays {
            let slot = log.partition.producer(1).unwrap();
            assert_eq!(slot.last_timestamp(), 5_000);
            assert_eq!(slot.window().newest().unwrap().timestamp, 3, "the batch keeps its own");
        }
        log.expire(5_100);
        assert_eq!(log.known(), []);
    }
}

#[test]
fn r43_a_sweep_looks_at_no_more_than_it_may_and_comes_to_everyone() {
    let mut log = common::Log::over(partition::<()>(64, 1, 4, rules().expiration_ms(10)));
    for pid in 0..64 {
        log.send(stamped(data(pid, 0, 0, 1), pid % 2 * 1_000)).at(pid);
    }
    let mut steps = 0;
    loop {
        let swept = log.partition.expire(at(500), 5);
        assert!(swept.forgotten <= 5);
        steps += 1;
        if swept.finished {
            break;
        }
    }
    assert_eq!(log.known(), (0..64).filter(|pid| pid % 2 == 1).collect::<Vec<_>>());
    assert!((13..=17).contains(&steps), "68 places, five a step: {steps} steps");
}

#[test]
fn r49_a_snapshot_is_due_once_the_map_end_has_moved_past_the_last_one() {
    let mut log = log(rules());
    assert_eq!(log.partition.snapshot_due(), None);
    log.send(data(-1, -1, -1, 2)).at(0);
    assert_eq!(log.partition.snapshot_due(), Some(2));
    log.partition.snapshot_taken(2);
    assert_eq!(log.partition.snapshot_due(), None);
    log.partition.set_map_end_offset(9);
    assert_eq!(log.partition.snapshot_due(), Some(9));
}

#[test]
fn r50_a_reload_takes_the_snapshot_and_forgets_the_rest_but_verifications() {
    let mut log = log(rules().expiration_ms(1_000));
    log.send(stamped(data(1, 0, 0, 1), 10)).at(0);
    log.send(stamped(txn(2, 4, 0, 2), 10)).at(1);
    log.send(stamped(data(3, 0, 0, 1), 5_000)).at(3);
    let producers = log.partition.producers();
    let mut file = vec![0; v1::encoded_len(3).unwrap()];
    v1::encode(producers, &mut file).unwrap();
    log.send(data(9, 0, 0, 1)).at(4);
    log.verify(9, 0, 1).unwrap();
    assert!(!log.partition.needs_reload(5) && log.partition.needs_reload(4));
    log.partition.begin_reload();
    assert_eq!((log.known(), log.partition.first_unstable_offset()), (vec![], None));
    let loaded: Vec<bool> = v1::decode(&file)
        .unwrap()
        .map(|entry| log.partition.load(&entry.into(), at(5_000)).unwrap())
        .collect();
    log.partition.finish_reload(4);
    assert_eq!(loaded.iter().filter(|&&loaded| loaded).count(), 2);
    assert_eq!(log.known(), [2, 3], "1 had expired, and 2 has its transaction open");
    assert_eq!(log.partition.first_undecided_offset(), Some(1));
    assert_eq!((log.partition.map_end_offset(), log.partition.snapshot_due()), (4, None));
    assert!(log.partition.has_late_transaction(at(10 + 1_200_001)));
    assert!(log.partition.verification(9).is_some());
    log.end = 4;
    log.send(txn(2, 4, 0, 2)).duplicate(1);
    log.send(txn(2, 4, 2, 1)).at(4);
}

#[test]
fn r50_without_a_good_snapshot_replay_begins_at_the_logs_start() {
    let mut log = log(rules());
    log.send(txn(1, 0, 0, 1)).at(0);
    log.partition.begin_reload();
    log.partition.finish_reload_without_snapshot(7);
    assert_eq!((log.known(), log.partition.map_end_offset()), (vec![], 7));
    assert_eq!(
        (log.partition.snapshot_due(), log.partition.first_undecided_offset()),
        (None, None)
    );
}

#[test]
fn r50_a_snapshot_with_more_producers_than_memory_names_the_one_without_a_place() {
    let mut full = log(rules());
    for pid in 0..3 {
        full.send(txn(pid, 0, 0, 1)).at(pid);
    }
    let producers: Vec<_> = full.partition.producers().copied().collect();
    let mut small = partition::<()>(2, 8, 0, rules());
    small.begin_reload();
    assert!(producers[..2].iter().all(|slot| small.load(slot, at(1)) == Ok(true)));
    let full = small.load(&producers[2], at(1)).unwrap_err();
    assert_eq!((full.capacity, full.producer_id), (2, producers[2].producer_id()));
    assert!(full.to_string().contains("no memory for producer"));
    let mut narrow = partition::<()>(8, 1, 0, rules());
    assert_eq!(narrow.load(&producers[0], at(1)), Ok(true));
    assert!(narrow.load(&producers[1], at(1)).is_err(), "no place for its transaction");
}

#[test]
fn r51_a_raised_log_start_keeps_producers_and_open_transactions() {
    let mut log = log(rules());
    log.send(txn(1, 0, 0, 1)).at(0);
    log.send(txn(2, 0, 0, 1)).at(1);
    log.coordinate(commit(1, 0)).at(2);
    log.partition.handle_log_start(2, None);
    assert_eq!(log.partition.unreplicated_transactions().len(), 1, "its marker is at 2");
    assert_eq!(log.partition.snapshot_due(), Some(3));
    log.partition.handle_log_start(9, Some(3));
    assert_eq!((log.known(), log.partition.first_undecided_offset()), (vec![1, 2], Some(1)));
    assert!(log.partition.unreplicated_transactions().is_empty());
    assert_eq!((log.partition.map_end_offset(), log.partition.snapshot_due()), (9, Some(9)));
    log.partition.handle_log_start(4, None);
    assert_eq!(log.partition.map_end_offset(), 9, "it never goes back");
}

#[test]
fn r52_a_log_truncated_fully_begins_again_with_nothing_but_verifications() {
    let mut log = log(rules());
    log.send(txn(1, 0, 0, 1)).at(0);
    log.coordinate(commit(1, 0)).at(1);
    log.send(txn(1, 0, 1, 1)).at(2);
    log.verify(8, 0, 0).unwrap();
    log.partition.snapshot_taken(3);
    log.partition.truncate_fully(29);
    assert_eq!((log.known(), log.partition.map_end_offset()), (vec![], 29));
    assert!(log.partition.is_empty() && log.partition.first_unstable_offset().is_none());
    assert!(!log.partition.has_late_transaction(at(i64::MAX)));
    assert_eq!(log.partition.snapshot_due(), Some(29));
    assert!(log.partition.verification(8).is_some());
}

#[test]
fn r59_describe_producers_shows_minus_one_for_what_is_not_there() {
    let mut log = log(rules());
    log.replicate(common::emptied(7, 0)).at(0);
    let blank = ProducerDescription {
        producer_id: 7,
        producer_epoch: -1,
        last_sequence: -1,
        last_timestamp: -1,
        coordinator_epoch: -1,
        current_txn_start_offset: -1,
    };
    assert_eq!(log.partition.producer(7).unwrap().describe(), blank);
    log.send(stamped(txn(7, 3, 4, 2), 55)).at(1);
    let open = ProducerDescription {
        producer_epoch: 3,
        last_sequence: 5,
        last_timestamp: 55,
        current_txn_start_offset: 1,
        ..blank
    };
    assert_eq!(log.partition.producer(7).unwrap().describe(), open);
    log.coordinate(common::marker(7, 3, 2, 66, fencepost::wire::MarkerKind::Commit)).at(3);
    let ended = ProducerDescription {
        last_timestamp: 66,
        coordinator_epoch: 2,
        current_txn_start_offset: -1,
        ..open
    };
    assert_eq!(log.partition.producer(7).unwrap().describe(), ended);
}

#[test]
fn r64_a_growing_partition_forgets_nobody_and_gives_the_old_memory_back() {
    let mut log = common::Log::over(partition::<()>(4, 4, 0, rules()));
    for pid in 0..4 {
        log.send(data(pid, 0, 0, 1)).at(pid);
    }
    log.send(data(4, 0, 0, 1)).refused("R60");
    let (same, index) = slots(4);
    assert!(log.partition.grow(same, index).is_err(), "it holds no more");
    let (more, index) = slots(9);
    assert!(log.partition.grow(more, index).is_ok());
    let (most, index) = slots(99);
    assert!(log.partition.grow(most, index).is_err(), "one at a time");
    for (n, pid) in (4..9).enumerate() {
        log.send(data(pid, 0, 0, 1)).at(pid);
        log.send(data(0, 0, 0, 1)).duplicate(0);
        let old = log.partition.grow_step(1);
        assert_eq!(old.map(|(slots, _)| slots.len()), (n == 3).then_some(4));
    }
    assert_eq!(log.known(), (0..9).collect::<Vec<_>>());
    log.send(data(9, 0, 0, 1)).refused("R60");
    for pid in 0..9 {
        log.send(data(pid, 0, 0, 1)).duplicate(pid);
    }
}

/// R68: whether replay can be skipped. Transactions that are open are not looked at.
#[test]
fn r68_empty_means_no_producer_and_nothing_unreplicated() {
    let mut log = log(rules().expiration_ms(10));
    assert!(log.partition.is_empty());
    log.send(txn(1, 0, 0, 1)).at(0);
    assert!(!log.partition.is_empty());
    log.coordinate(commit(1, 0)).at(1);
    log.expire(1_000);
    assert_eq!(log.known(), []);
    assert!(!log.partition.is_empty(), "its transaction is not replicated");
    log.partition.handle_high_watermark(2);
    assert!(log.partition.is_empty());
}
