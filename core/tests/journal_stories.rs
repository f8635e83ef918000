//! What a producer with a journal does in the failure stories of the resolve spec.

mod journal_support;
mod producer_world;

use fencepost::error_code::ErrorCode;
use fencepost::ids::Epoch;
use fencepost::journal::{
    Bound, ClusterId, Cursor, Journal, Journaled, Parts, Payload, RecoverError, Recovery, Refused,
    Tail, TopicPartition, Unclaimed, Unwritten, Word,
};
use fencepost::producer::{
    Answer, Cause, Fatal, NewBatch, Next, Refusal, Response, Unexpected, Verdict,
};
use journal_support::{
    App, CAPACITY, at, cluster, cursor, identity, item, producer, recover, rewrite, topic, tracks,
};
use producer_world::Log;

/// Stories 66 of the lessons and 4, 8: five batches in flight and written, their answers lost, the
/// broker restarts and knows one batch of them, the producer crashes and comes back.
#[test]
fn j6_every_record_is_on_the_log_once_after_both_sides_have_crashed() {
    let (mut app, mut log) = (App::new(1), Log::new());
    let anchor = app.send(0, 0);
    app.deliver(&mut log, anchor, true);
    app.take_verdicts();
    let five: Vec<_> = (1..=5).map(|n| app.send(0, n)).collect();
    for attempt in five {
        app.deliver(&mut log, attempt, false);
    }
    log.restart();
    app.crash();
    let kept = app.both.journal().kept(0).unwrap();
    assert_eq!(item(kept.cursor()), Some(0), "the source is written up to the anchor");
    let undecided: Vec<_> = kept.batches().map(|batch| item(batch.cursor).unwrap()).collect();
    assert_eq!(undecided, [1, 2, 3, 4, 5]);
    assert!(matches!(app.try_assign(0, 1, 6), Err(Refused::Producer(Refusal::Unsettled))));
    app.settle(0, &mut log);
    assert!(app.verdicts.iter().all(|(_, _, v)| matches!(v, Verdict::Written { .. })));
    assert_eq!(app.verdicts.len(), 5);
    for n in 6..9 {
        let attempt = app.send(0, n);
        assert_eq!(attempt.stamp.identity.epoch, Epoch::new(1).unwrap(), "J6: the next epoch");
        app.deliver(&mut log, attempt, true);
        app.take_verdicts();
    }
    let order: Vec<u64> = log.batches.iter().map(|batch| batch.payload).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    app.crash();
    assert_eq!(item(app.both.journal().kept(0).unwrap().cursor()), Some(7), "8 was not told");
}

/// What was numbered under the next epoch, and waits for its record to be durable, must not go out
/// after the producer has heard that another one is in its place.
#[test]
fn s5_what_waits_for_the_journal_when_a_fence_is_heard_is_not_sent() {
    let (mut app, mut log) = (App::new(2), Log::new());
    let first = app.send(0, 0);
    app.deliver(&mut log, first, true);
    app.take_verdicts();
    let fenced = app.send(1, 1);
    let permit = app.try_assign(0, 1, 2).unwrap();
    let now = app.time();
    app.both.handle_response(fenced, refused(ErrorCode::INVALID_PRODUCER_EPOCH), now).unwrap();
    assert_eq!(app.both.producer().fatal(), Some(Fatal::Fenced));
    app.sync(permit.len());
    assert_eq!(app.both.claim(permit), Err(Unclaimed::Void));
    app.take_verdicts();
    let ended = Verdict::NotWritten(Cause::Fatal(Fatal::Fenced));
    assert!(app.verdicts.contains(&(0, 2, ended)), "{:?}", app.verdicts);
}

fn refused(code: ErrorCode) -> Answer {
    Answer::Response(Response::error(code))
}

/// J2: a permit that could not be kept is made again from the batch's name, as good as the first.
#[test]
fn j2_the_permit_of_a_batch_can_be_had_again_until_it_is_claimed() {
    let mut app = App::new(1);
    let first = app.try_assign(0, 1, 0).unwrap();
    let (batch, len) = (first.batch(), first.len());
    drop(first);
    let again = app.both.permit_of(0, batch).unwrap();
    assert_eq!((again.len(), again.number()), (0, 1));
    assert!(matches!(app.both.claim(again), Err(Unclaimed::NotYet(_))));
    app.sync(len);
    // What is written since does not hold it up.
    let second = app.try_assign(0, 1, 1);
    assert!(second.is_err(), "one at a time until the first is answered");
    let again = app.both.permit_of(0, batch).unwrap();
    app.both.claim(again).unwrap();
    assert!(app.both.permit_of(0, batch).is_none());
    assert!(app.both.permit_of(9, batch).is_none());
}

/// J2: the attempt comes out when the record is durable, and not before.
#[test]
fn j2_nothing_can_be_sent_before_its_record_is_durable() {
    let mut app = App::new(1);
    let permit = app.try_assign(0, 1, 0).unwrap();
    assert!(!permit.is_empty());
    let Err(Unclaimed::NotYet(permit)) = app.both.claim(permit) else { panic!("not durable") };
    app.sync(permit.len());
    let attempt = app.both.claim(permit).unwrap();
    assert_eq!((attempt.number, attempt.partition), (1, 0));
    assert_eq!(recover(1, &app.disk).unwrap().0.kept(0).unwrap().batches().count(), 1);
}

/// J2: several records may be written before one sync.
#[test]
fn j2_one_sync_may_confirm_the_batches_of_many_partitions() {
    let mut app = App::new(3);
    let mut permits = Vec::new();
    let mut written = Vec::new();
    for slot in 0..3 {
        let permit = app.try_assign(slot, 1, u64::from(slot)).unwrap();
        written.extend_from_slice(&app.buffer[..permit.len()]);
        permits.push(permit);
    }
    app.disk.extend(written);
    app.both.synced();
    for permit in permits {
        app.both.claim(permit).unwrap();
    }
    let (journal, summary) = recover(3, &app.disk).unwrap();
    assert_eq!(summary.tail, Tail::Clean);
    for slot in 0..3 {
        let kept = journal.kept(slot).unwrap();
        let items: Vec<_> = kept.batches().map(|batch| item(batch.cursor).unwrap()).collect();
        assert_eq!(items, [u64::from(slot)]);
    }
}

/// What could not be written is not sent, and ends as not written; the next record is as if the
/// write had never been tried.
#[test]
fn j2_a_batch_whose_record_is_lost_is_not_sent_and_not_written() {
    let mut app = App::new(2);
    let mut log = Log::new();
    let before = app.disk.len() as u64;
    let permits = [app.try_assign(0, 1, 0).unwrap(), app.try_assign(1, 1, 1).unwrap()];
    assert!(app.both.journal().len() > before);
    app.both.lost(at(app.now));
    assert_eq!(app.both.journal().len(), before);
    for permit in permits {
        assert_eq!(app.both.claim(permit), Err(Unclaimed::Void));
    }
    assert!(app.both.needs_trim(0) && app.both.needs_trim(1), "the storage may have the batches");
    assert_eq!(app.both.take_verdict(0), None);
    app.both.synced();
    app.take_verdicts();
    let given_up = Verdict::NotWritten(Cause::GivenUp);
    assert_eq!(app.verdicts, [(0, 0, given_up), (1, 1, given_up)]);
    let attempt = app.send(0, 2);
    assert_eq!(attempt.stamp.base_sequence.get(), 0);
    app.deliver(&mut log, attempt, true);
    let (journal, _) = recover(2, &app.disk).unwrap();
    assert_eq!(journal.kept(0).unwrap().batches().count(), 1);
    assert!(journal.kept(1).unwrap().state().is_none(), "nothing of it was ever written");
}

/// Story 4: the first attempt of a new epoch waits for the bump record, which carries the verdicts
/// of the epoch that it ends.
#[test]
fn j2_a_new_epoch_is_durable_before_its_first_attempt() {
    let mut app = App::new(1);
    let mut log = Log::new();
    let anchor = app.send(0, 0);
    app.deliver(&mut log, anchor, true);
    app.take_verdicts();
    let attempts: Vec<_> = (1..=2).map(|n| app.send(0, n)).collect();
    let now = at(app.now);
    // 87 for the first; the second is refused for its sequence, and moves to the next epoch.
    app.both.handle_response(attempts[0], refused(ErrorCode::INVALID_RECORD), now).unwrap();
    let gap = refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    app.both.handle_response(attempts[1], gap, now).unwrap();
    app.now += 5_000;
    let now = at(app.now);
    while let Next::Describe { .. } = app.both.producer().poll(0, now) {
        app.both.describe(0).unwrap();
        app.both.handle_described(0, log.describe(7), now).unwrap();
    }
    let permit = app.both.resend(0, now, &mut app.buffer).unwrap();
    assert!(!permit.is_empty(), "the bump");
    let Err(Unclaimed::NotYet(permit)) = app.both.claim(permit) else { panic!("not durable") };
    // A crash here: the old epoch, and both batches undecided.
    let (before, _) = recover(1, &app.disk).unwrap();
    let kept = before.kept(0).unwrap();
    assert_eq!(kept.state().unwrap().identity, identity(7, 0));
    assert_eq!(kept.batches().count(), 2);
    app.sync(permit.len());
    let attempt = app.both.claim(permit).unwrap();
    assert_eq!(attempt.stamp.identity, identity(7, 1));
    assert_eq!(attempt.stamp.base_sequence.get(), 0);
    let (after, _) = recover(1, &app.disk).unwrap();
    let kept = after.kept(0).unwrap();
    assert_eq!(kept.state().unwrap().identity, identity(7, 1));
    let left: Vec<_> = kept.batches().map(|b| (item(b.cursor), b.base_sequence.get())).collect();
    assert_eq!(left, [(Some(2), 0)]);
    let refused = Unwritten { word: Word::NotWritten, cursor: cursor(1) };
    assert_eq!(kept.unwritten(), [refused], "its verdict went with the bump");
}

/// S5: while the first attempt of an epoch waits for its record, nothing of that epoch was sent: a
/// 47 for the epoch before is another instance's doing.
#[test]
fn s5_what_waits_for_its_record_was_not_sent_under_the_next_epoch() {
    let fenced = |claims: bool| {
        let mut app = App::new(1);
        let lost = app.send(0, 0);
        let now = at(app.now);
        app.both.handle_response(lost, Answer::TimedOut, now).unwrap();
        app.both.give_up(0, lost.batch, now).unwrap();
        app.take_verdicts();
        let permit = app.try_assign(0, 1, 1).unwrap();
        app.sync(permit.len());
        if claims {
            assert_eq!(app.both.claim(permit).unwrap().stamp.identity, identity(7, 1));
        }
        let fence = refused(ErrorCode::INVALID_PRODUCER_EPOCH);
        let heeded = app.both.handle_response(lost, fence, now);
        assert_eq!(heeded.is_ok(), app.both.producer().fatal().is_some());
        heeded
    };
    assert_eq!(fenced(false), Ok(()));
    assert_eq!(fenced(true), Err(Unexpected::UnknownBatch), "it may be our own next epoch");
}

/// A bump record that is lost is written again before the batch is sent.
#[test]
fn j2_a_lost_bump_is_written_again() {
    let mut app = App::new(1);
    let first = app.send(0, 0);
    let now = at(app.now);
    app.both.handle_response(first, refused(ErrorCode::INVALID_RECORD), now).unwrap();
    let permit = app.try_assign(0, 1, 1).unwrap();
    app.both.lost(now);
    app.both.synced();
    assert_eq!(app.both.claim(permit), Err(Unclaimed::Void));
    app.take_verdicts();
    let attempt = app.send(0, 2);
    assert!(attempt.stamp.identity.epoch > Epoch::ZERO);
    let (journal, _) = recover(1, &app.disk).unwrap();
    let kept = journal.kept(0).unwrap();
    assert_eq!(kept.state().unwrap().identity, attempt.stamp.identity);
    assert_eq!(kept.batches().count(), 1);
}

/// J2: a batch is split in the journal before its parts are sent.
#[test]
fn j2_the_parts_of_a_batch_wait_for_the_split_record() {
    let mut app = App::new(1);
    let permit = app.try_assign(0, 4, 0).unwrap();
    app.sync(permit.len());
    let whole = app.both.claim(permit).unwrap();
    let now = at(app.now);
    let too_large = refused(ErrorCode::MESSAGE_TOO_LARGE);
    app.both.handle_response(whole, too_large, now).unwrap();
    assert_eq!(app.both.producer().poll(0, now), Next::Split(whole.batch));
    let first = Payload { bytes: b"first", cursor: cursor(100) };
    let parts = Parts { first_records: 3, first, second: b"second" };
    let halves = app.both.split(0, whole.batch, parts, now, &mut app.buffer);
    let (rest, len) = halves.unwrap();
    let mut scratch = vec![0; 8192];
    let permit = app.both.resend(0, now, &mut scratch).unwrap();
    assert!(permit.is_empty());
    let Err(Unclaimed::NotYet(permit)) = app.both.claim(permit) else { panic!("not durable") };
    app.sync(len);
    assert_eq!(app.both.claim(permit).unwrap().batch, whole.batch);
    let (journal, _) = recover(1, &app.disk).unwrap();
    let parts: Vec<_> = journal.kept(0).unwrap().batches().copied().collect();
    let bytes = |n: usize| &app.disk[parts[n].at as usize..][..parts[n].len as usize];
    assert_eq!((parts[0].records, parts[0].cursor, bytes(0)), (3, cursor(100), &b"first"[..]));
    assert_eq!((parts[1].records, parts[1].cursor, bytes(1)), (1, cursor(0), &b"second"[..]));
    assert_eq!(parts[1].base_sequence.get(), 3);
    assert_ne!(rest, whole.batch);
}

#[test]
fn j2_a_split_whose_record_is_lost_ends_both_parts() {
    let mut app = App::new(1);
    let permit = app.try_assign(0, 4, 0).unwrap();
    app.sync(permit.len());
    let whole = app.both.claim(permit).unwrap();
    let now = at(app.now);
    let too_large = refused(ErrorCode::MESSAGE_TOO_LARGE);
    app.both.handle_response(whole, too_large, now).unwrap();
    let first = Payload { bytes: b"first", cursor: Cursor::NONE };
    let parts = Parts { first_records: 3, first, second: b"2" };
    let (rest, _) = app.both.split(0, whole.batch, parts, now, &mut app.buffer).unwrap();
    app.both.lost(now);
    app.both.synced();
    assert_eq!(app.both.take_verdict(0), None, "the second part would come back with the whole");
    let len = app.both.trim(0, &mut app.buffer).unwrap();
    app.sync(len);
    let ended: Vec<_> = std::iter::from_fn(|| app.both.take_verdict(0)).collect();
    assert_eq!(ended.iter().map(|ended| ended.batch).collect::<Vec<_>>(), [whole.batch, rest]);
    assert!(ended.iter().all(|e| e.verdict == Verdict::NotWritten(Cause::GivenUp)));
    app.send(0, 1);
    let (journal, _) = recover(1, &app.disk).unwrap();
    assert_eq!(journal.kept(0).unwrap().batches().count(), 1, "the whole has ended too");
}

/// The same behind another batch: the second part moves to the next epoch before it ends.
#[test]
fn j5_the_second_part_of_a_lost_split_waits_in_whatever_epoch_it_ends() {
    let (mut app, mut log) = (App::new(1), Log::new());
    let anchor = app.send(0, 0);
    app.deliver(&mut log, anchor, true);
    app.take_verdicts();
    let permit = app.try_assign(0, 2, 1).unwrap();
    app.sync(permit.len());
    let whole = app.both.claim(permit).unwrap();
    let now = at(app.now);
    let too_large = refused(ErrorCode::MESSAGE_TOO_LARGE);
    app.both.handle_response(whole, too_large, now).unwrap();
    let first = Payload { bytes: b"1", cursor: Cursor::NONE };
    let parts = Parts { first_records: 1, first, second: b"2" };
    app.both.split(0, whole.batch, parts, now, &mut app.buffer).unwrap();
    app.both.lost(now);
    app.both.synced();
    assert_eq!(app.both.take_verdict(0), None);
    let durable = recover(1, &app.disk).unwrap().0;
    assert_eq!(durable.kept(0).unwrap().batches().next().unwrap().records, 2);
    let len = app.both.trim(0, &mut app.buffer).unwrap();
    app.sync(len);
    assert_eq!(std::iter::from_fn(|| app.both.take_verdict(0)).count(), 2);
}

/// J5: who hears *not written* may send the records anew, so no crash must bring the batch back.
#[test]
fn j5_not_written_is_told_only_when_a_record_of_it_is_durable() {
    let mut app = App::new(1);
    let (refused_one, written) = (app.send(0, 0), app.try_assign(0, 1, 1));
    assert!(written.is_err(), "S1: one at a time");
    let now = at(app.now);
    app.both.handle_response(refused_one, refused(ErrorCode::INVALID_RECORD), now).unwrap();
    assert_eq!(app.both.take_verdict(0), None);
    assert!(app.both.needs_trim(0));
    let mut forgetful = recover(1, &app.disk).unwrap().0;
    forgetful.hold([1; 16]);
    assert_eq!(forgetful.kept(0).unwrap().batches().count(), 1, "a crash now brings it back");

    let len = app.both.trim(0, &mut app.buffer).unwrap();
    assert_eq!(app.both.take_verdict(0), None, "written is not durable");
    app.sync(len);
    assert!(!app.both.needs_trim(0));
    let ended = app.both.take_verdict(0).unwrap();
    let cause = Cause::Refused(ErrorCode::INVALID_RECORD);
    assert_eq!(ended.verdict, Verdict::NotWritten(cause));
    app.items.clear();
    app.crash();
    assert_eq!(app.both.journal().kept(0).unwrap().batches().count(), 0);
}

/// J5: the record of the partition's next batch does it too, and so does a journal written anew.
#[test]
fn j5_not_written_is_told_with_the_next_record_or_by_a_compaction() {
    for compacts in [false, true] {
        let mut app = App::new(1);
        let attempt = app.send(0, 0);
        let now = at(app.now);
        app.both.handle_response(attempt, refused(ErrorCode::INVALID_RECORD), now).unwrap();
        if compacts {
            app.disk = rewrite(&mut app.both, &app.disk);
        } else {
            let permit = app.try_assign(0, 1, 1).unwrap();
            assert_eq!(app.both.take_verdict(0), None);
            app.sync(permit.len());
            app.both.claim(permit).unwrap();
        }
        let ended = app.both.take_verdict(0).unwrap();
        assert_eq!(ended.batch, attempt.batch);
        let kept = recover(1, &app.disk).unwrap().0;
        let there = kept.kept(0).unwrap().batches().any(|batch| item(batch.cursor) == Some(0));
        assert!(!there);
    }
}

/// J5: a crash between the record of a verdict and the telling loses nothing: the journal tells it.
#[test]
fn j5_verdicts_that_a_crash_kept_from_being_told_are_in_the_journal() {
    for compacts in [false, true] {
        let (mut app, mut log) = (App::new(1), Log::new());
        let anchor = app.send(0, 0);
        app.deliver(&mut log, anchor, true);
        app.take_verdicts();
        let attempts: Vec<_> = (1..=3).map(|n| app.send(0, n)).collect();
        for attempt in attempts {
            let now = at(app.now);
            app.both.handle_response(attempt, refused(ErrorCode::INVALID_RECORD), now).unwrap();
        }
        let len = app.both.trim(0, &mut app.buffer).unwrap();
        app.sync(len);
        if compacts {
            app.disk = rewrite(&mut app.both, &app.disk);
        }
        app.crash();
        let kept = app.both.journal().kept(0).unwrap();
        assert_eq!(kept.batches().count(), 0);
        let told: Vec<_> = kept.unwritten().iter().map(|one| (one.word, one.cursor)).collect();
        assert_eq!(told, [1, 2, 3].map(|n| (Word::NotWritten, cursor(n))));
    }
}

/// J5: *written* and *possibly written* do not wait, nor behind one that does.
#[test]
fn j5_other_verdicts_do_not_wait_for_their_records() {
    let (mut app, mut log) = (App::new(1), Log::new());
    let anchor = app.send(0, 0);
    app.deliver(&mut log, anchor, true);
    let ended = app.both.take_verdict(0).unwrap();
    assert_eq!(ended.verdict, Verdict::Written { base_offset: Some(0) });
    let (lost, proven) = (app.send(0, 1), app.send(0, 2));
    let now = at(app.now);
    app.both.handle_response(proven, refused(ErrorCode::INVALID_RECORD), now).unwrap();
    app.both.handle_response(lost, Answer::TimedOut, now).unwrap();
    app.both.give_up(0, lost.batch, now).unwrap();
    assert_eq!(app.both.take_verdict(0).map(|ended| ended.batch), Some(lost.batch));
    assert_eq!(app.both.take_verdict(0), None);
    assert!(app.both.needs_trim(0));
}

#[test]
fn a_sending_that_was_not_claimed_is_not_sent_after_a_disconnect() {
    let mut app = App::new(1);
    let permit = app.try_assign(0, 1, 0).unwrap();
    app.sync(permit.len());
    let now = at(app.now);
    app.both.handle_disconnect(0, now);
    assert_eq!(app.both.claim(permit), Err(Unclaimed::Void));
    app.now += 1_000;
    let now = at(app.now);
    let attempt = app.again(0).expect("it waits to be sent again");
    // It was never sent before, so its refusal is a proof (V1).
    let too_large = refused(ErrorCode::MESSAGE_TOO_LARGE);
    app.both.handle_response(attempt, too_large, now).unwrap();
    app.take_verdicts();
    assert!(matches!(app.verdicts[..], [(0, 0, Verdict::NotWritten(_))]));
}

/// A sending that was numbered, and ended before it was claimed, must not be sent.
#[test]
fn a_batch_that_ended_while_it_waited_for_the_disk_is_not_sent() {
    let mut app = App::new(1);
    let permit = app.try_assign(0, 1, 0).unwrap();
    app.now += 1_000_000;
    let now = at(app.now);
    assert_eq!(app.both.producer().poll(0, now), Next::Timeout);
    app.both.handle_timeout(0, now);
    app.sync(permit.len());
    assert_eq!(app.both.claim(permit), Err(Unclaimed::Void));
}

#[test]
fn j3_another_clusters_journal_is_refused() {
    let app = App::new(1);
    let other = ClusterId::new(b"another").unwrap();
    let read = Recovery::<_, 8>::all(tracks(1), other, CAPACITY, &app.disk);
    assert_eq!(read.unwrap_err(), RecoverError::OtherCluster { journal: cluster() });
}

/// Story 14: the topic was deleted and created again under the same name.
#[test]
fn j3_of_a_topic_with_another_id_nothing_is_known_and_the_epoch_is_not_used_again() {
    let mut app = App::new(1);
    let mut log = Log::new();
    let acked = app.send(0, 0);
    app.deliver(&mut log, acked, true);
    app.take_verdicts();
    app.send(0, 1);
    let (journal, _) = recover(1, &app.disk).unwrap();
    let mut both = Journaled::new(producer(1), journal).unwrap();
    let again = TopicPartition { topic_id: [8; 16], ..topic(0) };
    let bound = both.bind(0, again, at(app.now)).unwrap();
    assert_eq!(bound, Bound::Recreated { possibly_written: 1 });
    assert_eq!(both.bind(0, again, at(app.now)), Err(Refused::Bound));
    app.both = both;
    app.items.clear();
    let attempt = app.send(0, 2);
    assert_eq!(attempt.stamp.identity, identity(7, 1));
    assert_eq!(attempt.stamp.base_sequence.get(), 0);
    let (journal, _) = recover(1, &app.disk).unwrap();
    let kept = journal.kept(0).unwrap();
    assert_eq!(kept.of(), Some(again));
    assert_eq!(kept.state().unwrap().last_acked, None);
    assert_eq!(kept.cursor(), Cursor::NONE, "where another topic was written up to");
    let lost = Unwritten { word: Word::PossiblyWritten, cursor: cursor(1) };
    assert_eq!(kept.unwritten(), [lost]);
}

/// J4: a batch that did not end as written is told of until one with its cursor was written.
#[test]
fn j4_the_cursor_is_that_of_the_newest_written_batch() {
    let mut app = App::new(1);
    let mut log = Log::new();
    for n in 0..3 {
        let attempt = app.send(0, n);
        let now = at(app.now);
        match n {
            1 => app.both.handle_response(attempt, refused(ErrorCode::INVALID_RECORD), now),
            _ => {
                app.deliver(&mut log, attempt, true);
                Ok(())
            }
        }
        .unwrap();
        app.take_verdicts();
        let len = app.both.trim(0, &mut app.buffer).unwrap();
        app.sync(len);
        let (journal, _) = recover(1, &app.disk).unwrap();
        let kept = journal.kept(0).unwrap();
        assert_eq!(item(kept.cursor()), Some([0, 0, 2][n as usize]));
        let unwritten = Unwritten { word: Word::NotWritten, cursor: cursor(1) };
        assert_eq!(kept.unwritten(), &[unwritten][..usize::from(n > 0)]);
    }
    let attempt = app.send(0, 1);
    app.deliver(&mut log, attempt, true);
    app.take_verdicts();
    let len = app.both.trim(0, &mut app.buffer).unwrap();
    app.sync(len);
    assert_eq!(recover(1, &app.disk).unwrap().0.kept(0).unwrap().unwritten(), []);
}

/// Under two slots a partition's sequences would be counted twice, and a broker would take the
/// batches of one for duplicates of the other's.
#[test]
fn a_partition_is_bound_to_one_slot_only() {
    let now = at(1_700_000_000_000);
    let journal = Journal::new(tracks(2), cluster(), CAPACITY);
    let mut both = Journaled::new(producer(2), journal).unwrap();
    both.bind(0, topic(0), now).unwrap();
    assert_eq!(both.bind(1, topic(0), now), Err(Refused::Bound));
    assert_eq!(both.bind(1, topic(1), now), Ok(Bound::New));
}

/// J6: the producer alone would number a batch as soon as one of the old ones is acknowledged.
#[test]
fn j6_a_partition_that_came_back_numbers_nothing_before_all_is_decided_and_says_so() {
    let (mut app, mut log) = (App::new(1), Log::new());
    let first = app.send(0, 0);
    app.deliver(&mut log, first, true);
    let [one, two] = [app.send(0, 1), app.send(0, 2)];
    let _lost = log.produce(one.stamp, 1, 1, app.now);
    app.crash();
    let now = app.time();
    app.both.describe(0).unwrap();
    app.both.handle_described(0, log.describe(7), now).unwrap();
    let again = app.again(0).unwrap();
    assert_eq!(again.stamp.base_sequence, one.stamp.base_sequence);
    app.deliver(&mut log, again, true);
    let again = app.again(0).unwrap();
    assert_eq!(again.stamp.base_sequence, two.stamp.base_sequence);
    let batch = NewBatch { records: 1, max_timestamp: now, created: now };
    assert_eq!(app.both.producer().may_assign(0, &batch, now), Ok(()));
    let unsettled = Refused::Producer(Refusal::Unsettled);
    assert_eq!(app.both.may_assign(0, &batch, now), Err(unsettled));
    assert_eq!(app.try_assign(0, 1, 3), Err(unsettled));
    app.deliver(&mut log, again, true);
    assert_eq!(app.both.may_assign(0, &batch, now), Ok(()));
    assert_eq!(app.send(0, 3).stamp.identity.epoch, Epoch::new(1).unwrap());
    // What keeps the journal from taking a record keeps it from numbering.
    app.both.compact().unwrap();
    assert_eq!(app.both.may_assign(0, &batch, now), Err(Refused::Compacting));
    assert_eq!(app.both.may_assign(9, &batch, now), Err(Refused::Compacting));
}

/// An application that lists its partitions in another order when it comes back would lose what is
/// undecided, and count under epochs that others have used.
#[test]
fn a_partition_that_comes_back_keeps_its_slot() {
    let mut app = App::new(3);
    app.send(0, 0);
    app.send(1, 1);
    let (journal, _) = recover(3, &app.disk).unwrap();
    let mut both = Journaled::new(producer(3), journal).unwrap();
    let now = at(app.now);
    assert_eq!(both.bind(0, topic(1), now), Err(Refused::Bound));
    assert_eq!(both.bind(2, topic(1), now), Err(Refused::Bound));
    for slot in [1, 0] {
        let cursor = Cursor::NONE;
        assert_eq!(both.bind(slot, topic(slot), now), Ok(Bound::Restored { cursor, undecided: 1 }));
    }
    assert_eq!(both.bind(2, topic(2), now), Ok(Bound::New));
}

/// The epochs of an id end at 32767: the next id is journaled before it is used.
#[test]
fn s6_a_new_producer_id_is_in_the_journal_before_its_first_batch() {
    let mut app = App::new(2);
    let mut log = Log::new();
    let now = at(app.now);
    let journal = Journal::new(tracks(2), cluster(), CAPACITY);
    app.both = Journaled::new(producer(2), journal).unwrap();
    app.disk = rewrite(&mut app.both, &[]);
    app.both.handle_identity(identity(7, i16::MAX)).unwrap();
    for slot in 0..2 {
        app.both.bind(slot, topic(slot), now).unwrap();
    }
    let first = app.send(0, 0);
    let other = app.send(1, 1);
    app.both.handle_response(first, refused(ErrorCode::INVALID_RECORD), now).unwrap();
    assert!(app.both.producer().poll_identity());
    app.both.handle_identity(identity(8, 0)).unwrap();
    app.take_verdicts();
    app.send(0, 2);
    app.deliver(&mut log, other, false);
    let (journal, _) = recover(2, &app.disk).unwrap();
    assert_eq!(journal.identity(), Some(identity(8, 0)));
    assert_eq!(journal.kept(0).unwrap().state().unwrap().identity, identity(8, 0));
    assert_eq!(journal.kept(1).unwrap().state().unwrap().identity, identity(7, i16::MAX));
    app.crash();
    app.settle(1, &mut log);
    let next = app.send(1, 3);
    assert_eq!(next.stamp.identity, identity(8, 0), "what the old id could not go on with");
}

/// S6, J6: what came back in the last epoch of its id asks for another one with its first batch.
#[test]
fn s6_a_partition_that_comes_back_in_the_last_epoch_asks_for_another_id() {
    let (mut app, mut log) = (App::new(1), Log::new());
    let journal = Journal::new(tracks(1), cluster(), CAPACITY);
    app.both = Journaled::new(producer(1), journal).unwrap();
    app.disk = rewrite(&mut app.both, &[]);
    app.both.handle_identity(identity(7, i16::MAX)).unwrap();
    app.both.bind(0, topic(0), at(app.now)).unwrap();
    let first = app.send(0, 0);
    app.deliver(&mut log, first, true);
    for _ in 0..2 {
        app.crash();
        app.settle(0, &mut log);
        assert!(!app.both.producer().poll_identity());
        let none = Refused::Producer(Refusal::NoIdentity);
        assert_eq!(app.try_assign(0, 1, 1), Err(none));
        assert!(app.both.producer().poll_identity(), "now it does");
    }
    app.both.handle_identity(identity(8, 0)).unwrap();
    assert_eq!(app.send(0, 1).stamp.identity, identity(8, 0));
    app.crash();
    assert_eq!(app.both.producer().identity(), Some(identity(8, 0)));
}

#[test]
fn only_a_claimed_sending_is_answered() {
    let mut app = App::new(1);
    let permit = app.try_assign(0, 1, 0).unwrap();
    app.sync(permit.len());
    let batch = permit.batch();
    let mut twin = app.both.clone();
    let attempt = twin.claim(permit).unwrap();
    let now = at(app.now);
    let ok = Answer::Response(Response::ok(0));
    assert_eq!(app.both.handle_response(attempt, ok, now), Err(Unexpected::NeverSent));
    assert_eq!(twin.handle_response(attempt, ok, now), Ok(()));
    assert_eq!(app.both.producer().oldest_undecided(0), Some(batch));
}

#[test]
fn a_buffer_that_is_too_small_and_a_full_journal_change_nothing() {
    let mut app = App::new(1);
    let wanted = Journal::<Vec<fencepost::journal::Track>>::overhead() + 8;
    app.buffer = vec![0; wanted - 1];
    assert_eq!(app.try_assign(0, 1, 0), Err(Refused::Buffer { wanted }));
    app.buffer = vec![0; wanted];
    assert_eq!(app.both.producer().oldest_undecided(0), None);
    app.both.handle_fatal(Fatal::Fenced, at(app.now));
    let refusal = Refusal::Fatal(Fatal::Fenced);
    assert_eq!(app.try_assign(0, 1, 0), Err(Refused::Producer(refusal)));

    let mut small = App::new(1);
    let journal = Journal::new(tracks(1), cluster(), 600);
    small.both = Journaled::new(producer(1), journal).unwrap();
    rewrite(&mut small.both, &[]);
    small.both.handle_identity(identity(7, 0)).unwrap();
    small.both.bind(0, topic(0), at(small.now)).unwrap();
    assert_eq!(small.try_assign(0, 1, 0), Err(Refused::JournalFull));
}

/// A permit that is dropped is a sending without an answer, and takes no room for ever.
#[test]
fn a_dropped_permit_is_a_sending_without_an_answer() {
    let mut app = App::new(1);
    for n in 0..20 {
        let permit = app.try_assign(0, 1, n).expect("there is room");
        app.sync(permit.len());
        app.now += 1_000_000;
        let now = at(app.now);
        app.both.handle_timeout(0, now);
        app.take_verdicts();
    }
    let timeout = Verdict::PossiblyWritten(Cause::DeliveryTimeout);
    assert_eq!(app.verdicts.len(), 20);
    assert!(app.verdicts.iter().all(|(_, _, verdict)| *verdict == timeout));
}
