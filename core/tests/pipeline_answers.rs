//! What a producer is told while its batches are still being written, story by story.

mod common;
mod pipeline_support;

use common::{abort, commit, data, rules, stamped, txn};
use fencepost::broker::{Config, Guard, Reason};
use fencepost::error_code::ErrorCode;
use fencepost::pipeline::{RecordError, Refusal};
use pipeline_support::line::Line;

/// redpanda#4366: the retry came while the first attempt was undecided.
#[test]
fn a_retry_of_an_undecided_batch_is_neither_written_nor_acknowledged() {
    let mut line = Line::new(rules());
    let writes = [0, 3, 6].map(|sequence| line.send(data(7, 0, sequence, 3)).begun());
    for (write, sequence) in writes.into_iter().zip([0, 3, 6]) {
        assert_eq!(line.send(data(7, 0, sequence, 3)).pending(), write);
    }
    line.send(data(7, 0, 3, 2)).refused_by("R25");
    line.written(writes[0]);
    line.send(data(7, 0, 0, 3)).duplicate(0);
    assert_eq!(line.send(data(7, 0, 3, 3)).pending(), writes[1]);
    line.written(writes[1]);
    line.written(writes[2]);
    line.send(data(7, 0, 6, 3)).duplicate(20);
    assert_eq!(line.window(7), [(0, 2), (3, 5), (6, 8)]);
}

#[test]
fn five_batches_of_a_producer_go_on_top_of_each_other_over_the_wrap_and_no_sixth() {
    let mut line = Line::new(rules());
    let first = line.send(data(7, 0, i32::MAX - 1, 3)).begun();
    for sequence in [1, 2, 3, 4] {
        let _ = line.send(data(7, 0, sequence, 1)).begun();
    }
    let busy = line.send(data(7, 0, 5, 1)).refused();
    assert_eq!(busy, Refusal::ProducerBusy { producer_id: 7 });
    assert_eq!(busy.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(line.send(data(7, 0, i32::MAX - 1, 3)).pending(), first);
    line.send(data(7, 0, 6, 1)).refused_by("R25");
    let _ = line.send(data(8, 0, 0, 1)).begun();
    line.written(first);
    let _ = line.send(data(7, 0, 5, 1)).begun();
}

#[test]
fn a_new_epoch_goes_on_top_of_undecided_batches_and_fences_the_old_one() {
    let mut line = Line::new(rules());
    let old = line.send(data(7, 3, 0, 1)).begun();
    line.send(data(7, 4, 1, 1)).refused_by("R26");
    let new = line.send(data(7, 4, 0, 1)).begun();
    assert_eq!(line.send(data(7, 4, 0, 1)).pending(), new);
    line.send(data(7, 3, 0, 1)).refused_by("R24");
    line.send(data(7, 3, 1, 1)).refused_by("R24");
    assert_eq!(line.failed(new), [new]);
    assert_eq!(line.send(data(7, 3, 0, 1)).pending(), old, "as if the new epoch had never come");
    let _ = line.send(data(7, 3, 1, 1)).begun();
}

#[test]
fn a_refusal_shows_undecided_batches_without_an_offset() {
    let mut line = Line::new(rules());
    let first = line.send(data(7, 0, 0, 2)).begun();
    line.written(first);
    let _ = line.send(txn(7, 0, 2, 3)).begun();
    let refused = line.send(data(7, 0, 9, 1)).refused_by("R25");
    let seen: Vec<_> = refused.window.iter().map(|b| (b.first_offset(), b.last_sequence)).collect();
    assert_eq!(seen, [(0, 1), (-1, 4)]);
    let inside = line.send(data(7, 0, 5, 1)).refused_by("R31");
    assert_eq!(inside.reason, Reason::InsideTransaction { first_offset: -1 });
}

#[test]
fn what_fails_takes_what_follows_it_of_its_producer_and_nothing_of_others() {
    let mut line = Line::new(rules());
    let [a0, b0] = [line.send(data(7, 0, 0, 1)).begun(), line.send(data(8, 0, 0, 1)).begun()];
    let [a1, b1] = [line.send(data(7, 0, 1, 1)).begun(), line.send(data(8, 0, 1, 1)).begun()];
    let a2 = line.send(data(7, 0, 2, 1)).begun();
    assert_eq!(line.failed(a1), [a1, a2]);
    let again = line.send(data(7, 0, 1, 1)).begun();
    for write in [a0, b0, b1, again] {
        line.written(write);
    }
    assert_eq!(line.window(7), [(0, 0), (1, 1)]);
    assert_eq!(line.window(8), [(0, 0), (1, 1)]);
    line.send(data(7, 0, 1, 1)).duplicate(30);
}

#[test]
fn what_fails_in_a_row_of_writes_takes_all_that_follow_it_whoevers_they_are() {
    let mut line = Line::new(rules());
    let [a0, b0] = [line.send(data(7, 0, 0, 1)).begun(), line.send(data(8, 0, 0, 1)).begun()];
    let [a1, b1] = [line.send(data(7, 0, 1, 1)).begun(), line.send(data(8, 0, 1, 1)).begun()];
    let new = line.send(data(9, 0, 0, 1)).begun();
    let mut gone = vec![];
    line.pipeline.abandon_from(a1, |ticket| gone.push(ticket)).expect("undecided");
    assert_eq!(gone, [a1, b1, new]);
    assert!(line.pipeline.abandon_from(a1, |_| panic!("none goes")).is_err());
    line.written(a0);
    line.written(b0);
    assert!(line.pipeline.is_empty() && line.pipeline.partition().producer(9).is_none());
    let again = line.send(data(8, 0, 1, 1)).begun();
    line.written(again);
    assert_eq!(line.window(8), [(0, 0), (1, 1)]);
    assert_eq!(line.window(7), [(0, 0)]);
}

#[test]
fn a_producer_that_began_with_a_failed_write_is_unknown_again() {
    let mut line = Line::new(rules());
    let first = line.send(data(7, 5, 100, 1)).begun();
    line.failed(first);
    assert!(line.pipeline.partition().producer(7).is_none());
    let _ = line.send(data(7, 2, 40, 1)).begun();
}

#[test]
fn an_unknown_write_holds_back_its_producer_until_it_is_settled() {
    let mut line = Line::new(rules());
    let sure = line.send(data(7, 0, 0, 1)).begun();
    line.written(sure);
    let lost = line.send(data(7, 0, 1, 1)).begun();
    let next = line.send(data(7, 0, 2, 1)).begun();
    let other = line.send(data(8, 0, 0, 1)).begun();
    line.pipeline.mark_unknown(lost).unwrap();
    assert_eq!(line.send(data(7, 0, 1, 1)).pending(), lost);
    assert_eq!(line.send(data(7, 0, 2, 1)).pending(), next);
    line.send(data(7, 0, 0, 1)).duplicate(0);
    // In order, out of order, fenced or new: what it is depends on the unknown one.
    for batch in [data(7, 0, 3, 1), data(7, 0, 9, 1), data(7, 1, 0, 1), txn(7, 0, 3, 1)] {
        let refused = line.send(batch).refused();
        assert_eq!(refused, Refusal::Unresolved { producer_id: 7, which: lost });
        assert_eq!(refused.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    }
    let _ = line.send(data(8, 0, 1, 1)).begun();
    let early = RecordError::NotNext { ticket: other, next: lost };
    assert_eq!(line.pipeline.record(other, 10), Err(early), "offsets rise");
    line.written(lost);
    let _ = line.send(data(7, 0, 3, 1)).begun();
    line.send(data(7, 0, 1, 1)).duplicate(10);
    line.pipeline.mark_unknown(next).unwrap();
    assert_eq!(line.failed(next).len(), 2);
    let _ = line.send(data(7, 0, 2, 1)).begun();
}

#[test]
fn a_transaction_opens_and_ends_while_all_of_it_is_undecided() {
    let mut line = Line::new(Config::kafka_4_2());
    line.send(txn(7, 0, 0, 1)).refused_by("R45");
    let guard = line.verify(7, 0, 0).unwrap();
    let [first, second] =
        [line.send_with(guard, txn(7, 0, 0, 1)).begun(), line.send(txn(7, 0, 1, 1)).begun()];
    assert_eq!(line.verify(7, 0, 2), Ok(Guard::SENTINEL), "its transaction is open");
    let marker = line.coordinate(commit(7, 0)).begun();
    line.send(txn(7, 0, 2, 1)).refused_by("R45");
    let plain = line.send(data(7, 0, 2, 1)).begun();
    assert_eq!(line.pipeline.partition().verifications().count(), 1, "not used up yet");
    assert_eq!(line.written(first), None);
    assert_eq!(line.pipeline.partition().verifications().count(), 0);
    assert_eq!(line.written(second), None);
    let completed = line.written(marker).unwrap();
    assert_eq!((completed.first_offset, completed.last_offset, completed.aborted), (0, 20, false));
    line.written(plain);
    assert_eq!(line.window(7), [(0, 0), (1, 1), (2, 2)]);
}

#[test]
fn a_failed_write_takes_the_marker_on_top_and_leaves_the_verification() {
    let mut line = Line::new(Config::kafka_4_2());
    let guard = line.verify(7, 0, 0).unwrap();
    let batch = line.send_with(guard, txn(7, 0, 0, 1)).begun();
    let marker = line.coordinate(abort(7, 0)).begun();
    assert_eq!(line.failed(batch), [batch, marker]);
    let again = line.send_with(guard, txn(7, 0, 0, 1)).begun();
    assert_eq!(line.written(again), None);
    let ended = line.coordinate(abort(7, 0)).begun();
    assert!(line.written(ended).unwrap().aborted);
}

#[test]
fn the_next_transaction_is_verified_once_the_marker_of_the_one_before_is_recorded() {
    let mut line = Line::new(Config::kafka_4_2());
    let guard = line.verify(7, 0, 0).unwrap();
    let batch = line.send_with(guard, txn(7, 0, 0, 1)).begun();
    let marker = line.coordinate(commit(7, 0)).begun();
    let waits = Refusal::VerificationWaits { producer_id: 7 };
    assert_eq!(line.verify(7, 0, 1), Err(waits.clone()));
    assert_eq!(waits.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    line.written(batch);
    assert_eq!(line.verify(7, 0, 1), Err(waits), "the transaction is still open on the log");
    line.written(marker);
    let next = line.verify(7, 0, 1).unwrap();
    assert!(next != Guard::SENTINEL && next != guard);
    let _ = line.send_with(next, txn(7, 0, 1, 1)).begun();
}

#[test]
fn a_producer_with_undecided_batches_does_not_expire() {
    let mut line = Line::new(rules().expiration_ms(100));
    for id in [7, 8] {
        let write = line.send(stamped(data(id, 0, 0, 1), 1)).begun();
        line.written(write);
    }
    let write = line.send(stamped(data(7, 0, 1, 1), 1)).begun();
    let swept = line.pipeline.expire(common::at(1_000), 50);
    assert_eq!((swept.forgotten, swept.finished), (1, true));
    assert!(line.pipeline.partition().producer(8).is_none());
    line.written(write);
    assert_eq!(line.window(7), [(0, 0), (1, 1)]);
    assert_eq!(line.pipeline.expire(common::at(1_000), 50).forgotten, 1);
}

/// A leader that comes back replays what is on the log: one of two undecided batches is.
#[test]
fn after_a_change_of_leader_the_log_says_what_was_written() {
    let mut line = Line::new(rules());
    let sure = line.send(data(7, 0, 0, 1)).begun();
    line.written(sure);
    let undecided = [line.send(data(7, 0, 1, 1)).begun(), line.send(data(7, 0, 2, 1)).begun()];
    assert!(line.pipeline.partition_mut().is_none(), "not while batches are undecided");
    let mut gone = vec![];
    line.pipeline.abandon_all(|ticket| gone.push(ticket));
    assert_eq!(gone, undecided);
    let partition = line.pipeline.partition_mut().unwrap();
    partition.begin_reload();
    partition.finish_reload_without_snapshot(0);
    for sequence in [0, 1] {
        let replayed = line.replicate(data(7, 0, sequence, 1)).begun();
        line.end = i64::from(sequence) * 10;
        line.written(replayed);
    }
    line.send(data(7, 0, 1, 1)).duplicate(10);
    let _ = line.send(data(7, 0, 2, 1)).begun();
}
