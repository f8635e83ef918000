//! How a producer comes to know what is on the log: the rows and failure stories of the resolve
//! spec, one by one. Their random relatives are in `producer_worlds.rs`.

mod producer_script;
mod producer_world;

use fencepost::error_code::ErrorCode as Code;
use fencepost::ids::{Sequence, Timestamp};
use fencepost::producer::{
    Answer, Attempt, BatchId, Cause, Described, Fatal, Kind, NewBatch, Next, Notice, Refusal,
    Response, RestoredBatch, RestoredPartition, Settings, TimestampType, Unexpected, Verdict,
};
use producer_script::{P, Q, Script, identity, numbers, written};
use producer_world::Log;

const OOO: Code = Code::OUT_OF_ORDER_SEQUENCE_NUMBER;
const LOST: Described = Described::NotListed { log_start_offset: None };
const UNKNOWN: Verdict = Verdict::Written { base_offset: None };

fn possibly(cause: Cause) -> Verdict {
    Verdict::PossiblyWritten(cause)
}

/// Sends it to the log; the answer comes back or is lost.
fn deliver(script: &mut Script, log: &mut Log, attempt: Attempt, arrives: bool) -> Code {
    let payload = attempt.batch.get();
    let answer = log.produce(attempt.stamp, 1, payload, script.now);
    if arrives {
        script.answer(attempt, Answer::Response(answer)).expect("it was sent");
    }
    answer.code
}

/// A partition with five batches in flight after an anchor, all written, all answers lost.
fn five_unanswered(script: &mut Script, log: &mut Log) -> Vec<Attempt> {
    let anchor = script.send(P, 1);
    deliver(script, log, anchor, true);
    script.verdict(anchor);
    let five: Vec<Attempt> = (0..5).map(|_| script.send(P, 1)).collect();
    for attempt in &five {
        deliver(script, log, *attempt, false);
    }
    script.producer.handle_disconnect(P, script.time());
    five
}

/// Lessons 66: five in flight, the answers lost, a restart that leaves the broker one batch a
/// producer. The reference writes all five twice here (`verify/reference`).
#[test]
fn after_a_restart_every_record_is_on_the_log_once_and_is_called_written() {
    let (mut script, mut log) = (Script::idem(7, 0), Log::new());
    let five = five_unanswered(&mut script, &mut log);
    log.restart();
    let first = script.again(P);
    assert_eq!(first.batch, five[0].batch);
    assert_eq!(deliver(&mut script, &mut log, first, true), OOO, "it is on the log all the same");
    script.described(P, log.describe(7));
    let last = script.again(P);
    assert_eq!((last.batch, last.stamp), (five[4].batch, five[4].stamp), "unchanged");
    assert_eq!(deliver(&mut script, &mut log, last, true), Code::NONE);
    let verdicts: Vec<Verdict> = script.verdicts(P).into_iter().map(|(_, v)| v).collect();
    assert_eq!(verdicts, [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, written(5)]);
    assert_eq!(log.batches.len(), 6);
    assert_eq!(numbers(script.send(P, 1)), (6, 0), "and no epoch was needed");
}

/// The same where nobody can be asked: the newest is tried first (V3).
#[test]
fn v3_without_an_answer_the_newest_is_tried_first_if_the_broker_must_know_us() {
    let settings = Settings::new(Kind::Idempotent).without_describe();
    let (mut script, mut log) = (Script::with(settings, 7, 0), Log::new());
    let anchor = script.send(P, 1);
    let kept = Response { log_start_offset: 0, ..log.produce(anchor.stamp, 1, 0, script.now) };
    script.answer(anchor, Answer::Response(kept)).unwrap();
    script.verdict(anchor);
    let four: Vec<Attempt> = (0..4).map(|_| script.send(P, 1)).collect();
    for attempt in &four[..2] {
        deliver(&mut script, &mut log, *attempt, false);
    }
    script.producer.handle_disconnect(P, script.time());
    log.restart();
    // 45 for the oldest, then down from the newest: 45, then the one that the broker expects.
    for (want, code) in [(0, OOO), (3, OOO), (2, Code::NONE)] {
        let attempt = script.again(P);
        assert_eq!(attempt.batch, four[want].batch);
        assert_eq!(deliver(&mut script, &mut log, attempt, true), code);
    }
    let last = script.again(P);
    assert_eq!(deliver(&mut script, &mut log, last, true), Code::NONE);
    assert_eq!(log.batches.len(), 5);
    assert_eq!(script.verdicts(P).len(), 4);
}

/// Story 2: nothing arrived, and the broker does not know the producer: the newest would be taken
/// for the first, and the older ones lost.
#[test]
fn v3_without_an_acknowledgement_the_oldest_is_tried_and_nothing_else() {
    let settings = Settings::new(Kind::Idempotent).without_describe();
    let mut script = Script::with(settings, 7, 0);
    let restored = RestoredPartition {
        identity: identity(7, 0),
        next_sequence: Sequence::new(3).unwrap(),
        last_acked: None,
        last_acked_offset: None,
        first_use_offset: None,
        newest_acked: None,
        acked_ever: false,
    };
    script.producer.restore(P, &restored).unwrap();
    let batches: Vec<_> = (0..3).map(|n| restore_one(&mut script, n).unwrap()).collect();
    let mut log = Log::new();
    for batch in batches {
        let attempt = script.again(P);
        assert_eq!(attempt.batch, batch);
        assert_eq!(deliver(&mut script, &mut log, attempt, true), Code::NONE);
    }
    assert_eq!(log.batches.len(), 3);
}

fn restore_one(
    script: &mut Script,
    sequence: i32,
) -> Result<fencepost::producer::BatchId, Refusal> {
    let batch = RestoredBatch {
        base_sequence: Sequence::new(sequence).unwrap(),
        records: 1,
        max_timestamp: script.time(),
        created: script.time(),
        first_sent: script.time(),
    };
    script.producer.restore_batch(P, batch, script.time())
}

/// A partition of a producer that crashed: `acked` is its last acknowledged sequence, and two
/// batches are undecided behind it.
fn crashed(acked: i32) -> Script {
    let mut script = Script::idem(7, 4);
    let after = fencepost::ids::raw::increment;
    let restored = RestoredPartition {
        identity: identity(7, 4),
        next_sequence: Sequence::new(after(acked, 3)).unwrap(),
        last_acked: Sequence::new(acked),
        last_acked_offset: Some(100),
        first_use_offset: Some(50),
        newest_acked: Some(script.time()),
        acked_ever: true,
    };
    script.producer.restore(P, &restored).unwrap();
    restore_one(&mut script, after(acked, 1)).unwrap();
    restore_one(&mut script, after(acked, 2)).unwrap();
    script
}

/// V2 begins by itself after a crash; and S1: until something is decided nothing new is sent.
#[test]
fn v2_after_a_crash_the_leader_is_asked_first() {
    let mut script = crashed(9);
    script.asks(P, false);
    script.nothing_to_send(P);
    assert_eq!(script.refused(P), Refusal::Unsettled);
    script.listed(P, 4, 11);
    assert_eq!(numbers(script.again(P)), (11, 4));
}

/// Also at the wrap, where numbers tell nothing of the order.
#[test]
fn v2_the_batch_that_the_leader_names_is_sent_again_unchanged() {
    for acked in [9, i32::MAX, i32::MAX - 1, i32::MAX - 2] {
        let mut script = crashed(acked);
        let after = |n| fencepost::ids::raw::increment(acked, n);
        script.listed(P, 4, after(1));
        let first = script.again(P);
        assert_eq!(numbers(first), (after(1), 4));
        script.ok(first, 101);
        assert_eq!(script.verdict(first), written(101));
        assert_eq!(numbers(script.again(P)), (after(2), 4));
    }
}

#[test]
fn v2_if_the_leader_knows_nothing_newer_the_oldest_is_sent() {
    for acked in [9, i32::MAX, i32::MAX - 1] {
        let mut script = crashed(acked);
        script.listed(P, 4, acked);
        let oldest = script.again(P);
        assert_eq!(numbers(oldest).0, fencepost::ids::raw::increment(acked, 1));
        script.nothing_to_send(P);
    }
}

/// Story 10: the epoch is compared before the number. A broker of an older epoch takes this one's
/// first batch, and no other.
#[test]
fn v2_an_older_epoch_says_that_nothing_of_this_one_arrived() {
    let mut script = Script::idem(7, 4);
    let restored = RestoredPartition {
        identity: identity(7, 4),
        next_sequence: Sequence::new(1).unwrap(),
        last_acked: None,
        last_acked_offset: Some(100),
        first_use_offset: Some(50),
        newest_acked: Some(script.time()),
        acked_ever: true,
    };
    script.producer.restore(P, &restored).unwrap();
    restore_one(&mut script, 0).unwrap();
    script.listed(P, 3, 0);
    assert_eq!(numbers(script.again(P)), (0, 4));
    // Behind a lost beginning nothing will be taken.
    let mut script = crashed(9);
    script.listed(P, 3, 11);
    script.listed(P, 3, 11);
    let verdicts = script.verdicts(P);
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == possibly(Cause::BehindGap)));
    assert_eq!(numbers(script.send(P, 1)), (0, 5));
}

/// S5: a zombie must not bump into its successor's epoch.
#[test]
fn s5_a_higher_epoch_at_the_leader_is_fatal() {
    let mut script = crashed(9);
    script.listed(P, 5, 0);
    assert_eq!(script.producer.fatal(), Some(Fatal::Fenced));
    let fenced = possibly(Cause::Fatal(Fatal::Fenced));
    assert!(script.verdicts(P).iter().all(|(_, verdict)| *verdict == fenced));
    script.nothing_to_send(P);
}

/// S5, story 3.
#[test]
fn s5_47_is_fatal_and_never_a_bump() {
    let mut script = Script::idem(7, 0);
    let first = script.send(P, 1);
    script.error(first, Code::INVALID_PRODUCER_EPOCH);
    assert_eq!(script.producer.fatal(), Some(Fatal::Fenced));
    let fenced = Cause::Fatal(Fatal::Fenced);
    assert_eq!(script.verdict(first), Verdict::NotWritten(fenced), "47 comes before the append");
}

fn fence(script: &mut Script, attempt: Attempt) -> Result<(), Unexpected> {
    script.answer(attempt, Answer::Response(Response::error(Code::INVALID_PRODUCER_EPOCH)))
}

/// S5: 47 is about the producer. Its batch was decided by another sending, or has ended, and is
/// gone: the next epoch would be a bump after a fence all the same.
#[test]
fn s5_47_is_heeded_whichever_sending_it_answers() {
    let twice_sent = |script: &mut Script| {
        script.anchor(P);
        let first = script.send(P, 1);
        script.answer(first, Answer::TimedOut).unwrap();
        (first, script.again(P))
    };
    // The answer to the first sending decided it, and the verdict is taken.
    let mut script = Script::idem(7, 0);
    let (first, second) = twice_sent(&mut script);
    script.ok(first, 1);
    assert_eq!(script.verdict(first), written(1));
    fence(&mut script, second).unwrap();
    assert_eq!(script.producer.fatal(), Some(Fatal::Fenced));
    assert_eq!(script.refused(P), Refusal::Fatal(Fatal::Fenced));
    assert_eq!(script.producer.bump(P, script.time()), Err(Refusal::Fatal(Fatal::Fenced)));
    // The verdict is still there, and stays what it is.
    let mut script = Script::idem(7, 0);
    let (first, second) = twice_sent(&mut script);
    script.ok(first, 1);
    fence(&mut script, second).unwrap();
    assert_eq!(script.producer.fatal(), Some(Fatal::Fenced));
    assert_eq!(script.verdict(first), written(1));
    // The batch is on the wire again: its own answer is waited for, and may be that it is written.
    let mut script = Script::idem(7, 0);
    let (first, second) = twice_sent(&mut script);
    fence(&mut script, first).unwrap();
    assert_eq!(script.producer.fatal(), Some(Fatal::Fenced));
    assert_eq!(script.verdicts(P), []);
    script.ok(second, 1);
    assert_eq!(script.verdict(second), written(1));
    // It waits to be sent again: 47 says nothing of the other sending.
    let mut script = Script::idem(7, 0);
    let (_, second) = twice_sent(&mut script);
    script.answer(second, Answer::TimedOut).unwrap();
    fence(&mut script, second).unwrap();
    assert_eq!(script.verdict(second), possibly(Cause::Fatal(Fatal::Fenced)));
    script.nothing_to_send(P);
}

/// S5: a 47 proves another instance only if none of our own sendings had a higher epoch.
#[test]
fn s5_47_for_an_epoch_that_was_left_is_a_fence_only_while_nothing_was_sent_since() {
    let left = |script: &mut Script| {
        script.anchor(P);
        let lost = script.send(P, 1);
        script.answer(lost, Answer::TimedOut).unwrap();
        let lost = script.again(P);
        script.producer.give_up(P, lost.batch, script.time()).unwrap();
        assert_eq!(script.verdict(lost), possibly(Cause::GivenUp));
        lost
    };
    let mut script = Script::idem(7, 0);
    let lost = left(&mut script);
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
    assert_eq!(fence(&mut script, lost), Err(Unexpected::UnknownBatch), "our own next epoch");
    assert_eq!(script.producer.fatal(), None);
    let mut script = Script::idem(7, 0);
    let lost = left(&mut script);
    fence(&mut script, lost).unwrap();
    assert_eq!(script.producer.fatal(), Some(Fatal::Fenced), "nothing of ours went out above 0");
}

/// S5: what can't be an answer changes nothing, whatever it says.
#[test]
fn s5_47_to_what_was_never_sent_or_was_answered_is_refused() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    let sent = script.send(P, 1);
    script.error(sent, Code::NOT_ENOUGH_REPLICAS);
    assert_eq!(fence(&mut script, sent), Err(Unexpected::AlreadyAnswered));
    let again = script.again(P);
    assert_eq!(fence(&mut script, sent), Err(Unexpected::AlreadyAnswered), "each has its answer");
    for (attempt, why) in [
        (Attempt { number: 0, ..again }, Unexpected::NeverSent),
        (Attempt { number: 3, ..again }, Unexpected::NeverSent),
        (Attempt { batch: BatchId::from_number(9), ..again }, Unexpected::UnknownBatch),
        (Attempt { partition: Q, ..again }, Unexpected::UnknownBatch),
        (Attempt { partition: 9, ..again }, Unexpected::NoSuchPartition),
    ] {
        assert_eq!(fence(&mut script, attempt), Err(why), "{attempt:?}");
    }
    let mut other = again;
    other.stamp.identity = identity(8, 0);
    assert_eq!(fence(&mut script, other), Err(Unexpected::NeverSent));
    other.stamp.identity = identity(7, 1);
    assert_eq!(fence(&mut script, other), Err(Unexpected::NeverSent));
    assert_eq!(script.producer.fatal(), None);
    script.ok(again, 1);
    assert_eq!(script.verdict(again), written(1));
}

/// V2, stories 12 and 11.
#[test]
fn v2_a_producer_that_is_not_listed_twice_has_lost_its_state() {
    let mut script = crashed(9);
    script.described(P, LOST);
    assert_eq!(script.producer.take_notice(P), None, "a stale leader may have answered");
    script.later(1_000);
    script.asks(P, true);
    script.described(P, LOST);
    assert_eq!(script.producer.take_notice(P), Some(Notice::StateLost));
    let verdicts = script.verdicts(P);
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == possibly(Cause::StateLost)));
    assert_eq!(numbers(script.send(P, 1)), (0, 5));
}

/// Story 11.
#[test]
fn v2_a_partition_that_was_never_acknowledged_and_is_not_known_gets_its_oldest_again() {
    let mut script = Script::idem(7, 0);
    script.producer.set_first_use_offset(P, 40);
    let first = script.send(P, 1);
    script.answer(first, Answer::TimedOut).unwrap();
    let first = script.again(P);
    script.error(first, OOO);
    script.described(P, Described::NotListed { log_start_offset: Some(40) });
    let again = script.again(P);
    assert_eq!((again.batch, again.stamp), (first.batch, first.stamp));
    // If what it wrote may have been deleted since, it can't be said.
    script.error(again, OOO);
    script.described(P, Described::NotListed { log_start_offset: Some(41) });
    script.described(P, Described::NotListed { log_start_offset: Some(41) });
    assert_eq!(script.producer.take_notice(P), Some(Notice::StateLost));
}

/// Story 13.
#[test]
fn v2_a_leader_that_lost_what_it_acknowledged_is_told_of() {
    for acked in [9, 0, i32::MAX] {
        let mut script = crashed(acked);
        let found = if acked == 0 { -1 } else { acked - 3 };
        script.listed(P, 4, found);
        assert_eq!(script.producer.take_notice(P), None, "it must say so twice");
        script.listed(P, 4, found);
        let acknowledged = Sequence::new(acked).unwrap();
        let notice = Notice::AckedLost { acknowledged, found };
        assert_eq!(script.producer.take_notice(P), Some(notice));
        let verdicts = script.verdicts(P);
        assert!(verdicts.iter().all(|(_, verdict)| *verdict == possibly(Cause::AckedLost)));
        assert_eq!(numbers(script.send(P, 1)), (0, 5));
    }
}

/// Stories 12 and 13. Retention took what was acknowledged, the broker forgot the producer with it,
/// and took a late copy for its first batch: nothing says that an election lost anything.
#[test]
fn v2_an_older_sequence_on_a_log_that_begins_behind_what_was_acknowledged_is_state_lost() {
    let acknowledged = Sequence::new(9).unwrap();
    let lost = (Notice::AckedLost { acknowledged, found: 6 }, Cause::AckedLost);
    let forgotten = (Notice::StateLost, Cause::StateLost);
    // Offset 100 was acknowledged last.
    for (start, (notice, cause)) in [(Some(101), forgotten), (Some(100), lost), (None, lost)] {
        let mut script = crashed(9);
        script.described(P, Described::NotListed { log_start_offset: start });
        script.listed(P, 4, 6);
        assert_eq!(script.producer.take_notice(P), None, "it must say so twice");
        script.listed(P, 4, 6);
        assert_eq!(script.producer.take_notice(P), Some(notice), "{start:?}");
        let verdicts = script.verdicts(P);
        assert_eq!(verdicts.len(), 2);
        assert!(verdicts.iter().all(|(_, verdict)| *verdict == possibly(cause)), "{start:?}");
        assert_eq!(numbers(script.send(P, 1)), (0, 5));
    }
}

#[test]
fn v2_a_sequence_that_is_not_ours_is_a_conflict() {
    // Behind the newest one, and inside a batch.
    for (found, records) in [(12, 1), (500, 1), (10, 2)] {
        let mut script = Script::idem(7, 4);
        let restored = RestoredPartition {
            identity: identity(7, 4),
            next_sequence: Sequence::new(10 + records).unwrap(),
            last_acked: Sequence::new(9),
            last_acked_offset: Some(100),
            first_use_offset: Some(50),
            newest_acked: Some(script.time()),
            acked_ever: true,
        };
        script.producer.restore(P, &restored).unwrap();
        let now = script.time();
        let batch = RestoredBatch {
            base_sequence: Sequence::new(10).unwrap(),
            records,
            max_timestamp: now,
            created: now,
            first_sent: now,
        };
        script.producer.restore_batch(P, batch, now).unwrap();
        script.listed(P, 4, found);
        assert_eq!(script.producer.fatal(), Some(Fatal::IdentityConflict), "{found}");
        assert_eq!(script.producer.take_notice(P), Some(Notice::IdentityConflict { found }));
    }
}

/// V2: "45 on that re-send: ask again"; and it ends with the batch's deadline.
#[test]
fn v2_resolving_ends_with_the_deadline() {
    let mut script = crashed(9);
    let mut asked = 0;
    while script.producer.oldest_undecided(P).is_some() {
        script.now = script.producer.poll_timeout(P).unwrap().as_millis().max(script.now);
        match script.next(P) {
            Next::Describe { .. } => {
                script.listed(P, 4, 11);
                asked += 1;
            }
            Next::Send(_) => {
                let attempt = script.again(P);
                script.error(attempt, OOO);
            }
            Next::Timeout => script.producer.handle_timeout(P, script.time()),
            other => panic!("{other:?}"),
        }
    }
    assert!(asked > 10, "asked only {asked} times");
    let verdicts = script.verdicts(P);
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == possibly(Cause::DeliveryTimeout)));
}

#[test]
fn v2_an_answer_that_can_t_be_changes_nothing() {
    let mut script = crashed(9);
    let listed = Described::Listed { epoch: 4, last_sequence: 11 };
    let unasked = script.producer.handle_described(P, listed, script.time());
    assert_eq!(unasked, Err(Unexpected::NotAsked));
    script.producer.describe(P).unwrap();
    let nonsense = Described::Listed { epoch: 4, last_sequence: -2 };
    let answer = script.producer.handle_described(P, nonsense, script.time());
    assert_eq!(answer, Err(Unexpected::Nonsense));
    script.producer.handle_described(P, listed, script.time()).unwrap();
    assert_eq!(numbers(script.again(P)), (11, 4));
}

/// Story 1: nothing but the oldest goes out before the first acknowledgement.
#[test]
fn s1_without_an_anchor_one_batch_is_on_the_wire() {
    let mut script = Script::idem(7, 0);
    let first = script.send(P, 1);
    assert_eq!(script.refused(P), Refusal::NotAnchored);
    script.ok(first, 0);
    let (second, third) = (script.send(P, 1), script.send(P, 1));
    script.producer.handle_disconnect(P, script.time());
    assert_eq!(script.again(P).batch, second.batch);
    script.nothing_to_send(P);
    // Neither is a leader that moved an anchor, nor an acknowledgement over the old connection.
    let mut script = Script::idem(7, 0);
    let first = script.send(P, 1);
    script.producer.handle_leader_change(P, script.time());
    script.ok(first, 0);
    script.send(P, 1);
    assert_eq!(script.refused(P), Refusal::NotAnchored);
    let _ = third;
}

/// Story 5: what the broker may have forgotten is not sent again.
#[test]
fn s2_a_batch_is_not_sent_again_when_the_broker_may_have_forgotten_us() {
    let settings = Settings::new(Kind::Idempotent)
        .producer_id_expiration_ms(600_000)
        .delivery_timeout_ms(10_000_000);
    let mut script = Script::with(settings, 7, 0);
    script.anchor(P);
    let (sent, _later) = (script.send(P, 1), script.send(P, 1));
    script.producer.handle_disconnect(P, script.time());
    // Two minutes for a request, one for the clocks.
    script.later(600_000 - 180_000 - 1);
    assert_eq!(script.next(P), Next::Send(sent.batch));
    script.later(1);
    script.nothing_to_send(P);
    script.expire(P);
    let verdicts = script.verdicts(P);
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts.iter().all(|(_, verdict)| *verdict == possibly(Cause::ProducerIdExpired)));
    assert_eq!(numbers(script.send(P, 1)), (0, 1));
}

/// Sent again, it can't be on the log twice, whatever the broker remembers.
#[test]
fn s2_what_is_proven_absent_needs_no_guard() {
    let settings = Settings::new(Kind::Idempotent)
        .producer_id_expiration_ms(600_000)
        .delivery_timeout_ms(10_000_000)
        .retry_backoff_ms(500_000, 500_000);
    let mut script = Script::with(settings, 7, 0);
    script.anchor(P);
    let refused = script.send(P, 1);
    script.error(refused, Code::NOT_ENOUGH_REPLICAS);
    assert_eq!(script.again(P).stamp, refused.stamp);
}

/// Records that are older than the expiration can't be guarded: it is said at once.
#[test]
fn s2_old_records_are_told_of_when_they_are_numbered() {
    let mut script = Script::idem(7, 0);
    let old = Timestamp::from_millis(script.now - 100_000_000);
    let batch = NewBatch { records: 1, max_timestamp: old, created: script.time() };
    let attempt = script.producer.assign(P, batch, script.time()).unwrap();
    assert!(attempt.unguarded);
    script.answer(attempt, Answer::TimedOut).unwrap();
    script.expire(P);
    assert_eq!(script.verdict(attempt), possibly(Cause::ProducerIdExpired));
    // The broker's own clock counts on a topic of LogAppendTime.
    script.producer.set_timestamp_type(Q, TimestampType::LogAppendTime);
    assert!(!script.producer.assign(Q, batch, script.time()).unwrap().unguarded);
}

/// Story 7: parts of a batch that may be on the log would be refused for ever.
#[test]
fn s4_only_what_is_proven_absent_is_split() {
    let mut script = Script::idem(7, 0);
    let batch = script.send(P, 10);
    script.answer(batch, Answer::TimedOut).unwrap();
    assert_eq!(script.producer.split(P, batch.batch, 5), Err(Refusal::CannotSplit));
    let batch = script.again(P);
    script.error(batch, Code::MESSAGE_TOO_LARGE);
    assert_eq!(script.verdict(batch), possibly(Cause::Refused(Code::MESSAGE_TOO_LARGE)));
}

/// Story 15, and S6: a copy of a batch may come late, so its numbers stay its own.
#[test]
fn s6_nothing_moves_to_the_next_epoch_before_every_older_batch_is_decided() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    let (b1, b2, b3) = (script.send(P, 1), script.send(P, 1), script.send(P, 1));
    script.error(b1, Code::INVALID_RECORD);
    script.error(b3, OOO);
    script.answer(b2, Answer::TimedOut).unwrap();
    let again = script.again(P);
    assert_eq!((again.batch, again.stamp), (b2.batch, b2.stamp), "it may be on the log");
    script.error(again, OOO);
    // Asked twice, the leader has nothing behind the gap, and would never take it: that it may be
    // on the log is all that will be known.
    script.listed(P, 0, 0);
    script.listed(P, 0, 0);
    let verdicts = script.verdicts(P);
    assert_eq!(verdicts[1], (b2.batch, possibly(Cause::BehindGap)));
    let again = script.again(P);
    assert_eq!((again.batch, numbers(again)), (b3.batch, (0, 1)));
}

/// Story 6.
#[test]
fn v1_only_codes_that_come_before_the_append_prove_that_nothing_was_written() {
    let before = [2, 10, 18, 19, 29, 32, 45, 47, 87];
    for code in -1..=130 {
        let mut script = Script::with(Settings::new(Kind::Idempotent).retries(0), 7, 0);
        let only = script.send(P, 1);
        script.error(only, Code::new(code));
        let verdict = script.verdict(only);
        // 59 comes from the same check as 45.
        let proven = matches!(verdict, Verdict::NotWritten(_));
        let want = before.contains(&code) || code == 59;
        assert_eq!(proven, want, "{code}: {verdict}");
        assert_eq!(matches!(verdict, Verdict::Written { .. }), code == 0, "{code}: {verdict}");
    }
}

/// A refusal of a retry says nothing of the sending before.
#[test]
fn v1_what_was_unknown_once_stays_so() {
    for code in [2, 19, 29, 32, 87, 10, 18, 47] {
        let mut script = Script::with(Settings::new(Kind::Idempotent).retries(1), 7, 0);
        let batch = script.send(P, 2);
        script.answer(batch, Answer::TimedOut).unwrap();
        let batch = script.again(P);
        script.error(batch, Code::new(code));
        assert!(matches!(script.verdict(batch), Verdict::PossiblyWritten(_)), "{code}");
    }
}

/// Story 9, and V4.
#[test]
fn v4_an_acknowledgement_decides_the_older_ones() {
    let (mut script, mut log) = (Script::idem(7, 0), Log::new());
    let five = five_unanswered(&mut script, &mut log);
    let first = script.again(P);
    assert_eq!(deliver(&mut script, &mut log, first, true), Code::NONE);
    // All others go out together now; only the last one's answer arrives.
    let rest: Vec<Attempt> = (1..5).map(|_| script.again(P)).collect();
    deliver(&mut script, &mut log, rest[3], true);
    let verdicts: Vec<Verdict> = script.verdicts(P).into_iter().map(|(_, v)| v).collect();
    assert_eq!(verdicts, [written(1), UNKNOWN, UNKNOWN, UNKNOWN, written(5)]);
    assert_eq!((log.batches.len(), five.len()), (6, 5));
}

/// A broker that forgot the producer in between takes any number for its first.
#[test]
fn v4_what_is_proven_absent_was_overtaken() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    let (b1, b2) = (script.send(P, 1), script.send(P, 1));
    script.error(b1, Code::NOT_ENOUGH_REPLICAS);
    script.ok(b2, 9);
    let overtaken = Verdict::NotWritten(Cause::Overtaken);
    assert_eq!(script.verdicts(P), [(b1.batch, overtaken), (b2.batch, written(9))]);
}

#[test]
fn v5_a_first_sending_that_is_answered_as_a_duplicate_is_a_conflict() {
    let duplicate = Response { log_append_time: 5, ..Response::ok(3) };
    let mut script = Script::idem(7, 0);
    script.producer.set_timestamp_type(P, TimestampType::CreateTime);
    let first = script.send(P, 1);
    script.answer(first, Answer::Response(duplicate)).unwrap();
    assert_eq!(script.producer.fatal(), Some(Fatal::IdentityConflict));
    let conflict = Cause::Fatal(Fatal::IdentityConflict);
    assert_eq!(script.verdict(first), possibly(conflict), "something with its numbers is there");
    // A second sending may be one; and other topics bring a time with every answer.
    let mut script = Script::idem(7, 0);
    script.producer.set_timestamp_type(P, TimestampType::CreateTime);
    let first = script.send(P, 1);
    script.answer(first, Answer::TimedOut).unwrap();
    let again = script.again(P);
    script.answer(again, Answer::Response(duplicate)).unwrap();
    assert_eq!(script.verdict(again), written(3));
    let first = script.send(Q, 1);
    script.answer(first, Answer::Response(duplicate)).unwrap();
    assert_eq!(script.verdict(first), written(3));
}

/// It is about the producer: also when the batch is given up, and its verdict taken or not.
#[test]
fn v5_the_only_sending_of_a_batch_that_has_ended_is_heeded_too() {
    let duplicate = Response { log_append_time: 5, ..Response::ok(3) };
    for taken in [false, true] {
        let mut script = Script::idem(7, 0);
        script.producer.set_timestamp_type(P, TimestampType::CreateTime);
        let first = script.send(P, 1);
        script.producer.give_up(P, first.batch, script.time()).unwrap();
        if taken {
            assert_eq!(script.verdict(first), possibly(Cause::GivenUp));
        }
        script.answer(first, Answer::Response(duplicate)).unwrap();
        assert_eq!(script.producer.fatal(), Some(Fatal::IdentityConflict));
        let notice = script.producer.take_notice(P);
        assert_eq!(notice, Some(Notice::IdentityConflict { found: -1 }));
        if !taken {
            assert_eq!(script.verdict(first), possibly(Cause::GivenUp), "nothing more is known");
        }
    }
    // What was sent twice may be its own duplicate; what was sent before it may not.
    let mut script = Script::idem(7, 0);
    script.producer.set_timestamp_type(P, TimestampType::CreateTime);
    let anchor = script.send(P, 1);
    script.ok(anchor, 0);
    script.verdict(anchor);
    let (older, first) = (script.send(P, 1), script.send(P, 1));
    script.producer.give_up(P, older.batch, script.time()).unwrap();
    script.verdict(older);
    script.answer(first, Answer::TimedOut).unwrap();
    let again = script.again(P);
    script.producer.give_up(P, again.batch, script.time()).unwrap();
    script.verdict(again);
    for attempt in [first, again] {
        let answer = script.answer(attempt, Answer::Response(duplicate));
        assert_eq!(answer, Err(Unexpected::UnknownBatch));
    }
    assert_eq!(script.producer.fatal(), None);
    script.answer(older, Answer::Response(duplicate)).unwrap();
    assert_eq!(script.producer.fatal(), Some(Fatal::IdentityConflict));
}

/// Story 4: a producer that comes back begins another epoch before it writes anew.
#[test]
fn j6_after_a_crash_numbers_that_may_have_been_used_are_not_used_again() {
    let mut script = crashed(9);
    assert_eq!(script.producer.bump(P, script.time()), Err(Refusal::Unsettled));
    script.listed(P, 4, 11);
    let last = script.again(P);
    script.ok(last, 103);
    script.producer.bump(P, script.time()).unwrap();
    assert_eq!(numbers(script.send(P, 1)), (0, 5));
}

#[test]
fn restored_batches_must_lie_where_they_can_have_been() {
    let mut script = Script::idem(7, 4);
    assert_eq!(restore_one(&mut script, 0), Err(Refusal::Unsettled), "no partition was restored");
    let mut script = crashed(9);
    for sequence in [9, 11, 12, 0, i32::MAX] {
        assert_eq!(restore_one(&mut script, sequence), Err(Refusal::Unsettled), "{sequence}");
    }
    let again = RestoredPartition {
        identity: identity(7, 0),
        next_sequence: Sequence::ZERO,
        last_acked: None,
        last_acked_offset: None,
        first_use_offset: None,
        newest_acked: None,
        acked_ever: false,
    };
    assert_eq!(script.producer.restore(P, &again), Err(Refusal::Unsettled));
}

/// A broker forgets an id by the time of the batch it appended **last**, not by the newest time: an
/// old batch behind fresh ones makes it forget all of them.
#[test]
fn s2_one_old_batch_ends_the_guard_of_all_that_may_stand_before_it() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    let fresh = script.send(P, 1);
    let old = Timestamp::from_millis(script.now - 100_000_000);
    let batch = NewBatch { records: 1, max_timestamp: old, created: script.time() };
    let behind = script.producer.assign(P, batch, script.time()).unwrap();
    assert!(behind.unguarded);
    script.producer.handle_disconnect(P, script.time());
    script.expire(P);
    let forgotten = possibly(Cause::ProducerIdExpired);
    assert_eq!(script.verdicts(P), [(fresh.batch, forgotten), (behind.batch, forgotten)]);
}

/// What was acknowledged long ago says nothing of a fresh batch: if that was appended, the broker
/// knows us by it.
#[test]
fn s2_a_fresh_batch_after_a_long_pause_is_guarded_by_itself() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    script.later(100_000_000);
    let fresh = script.send(P, 1);
    assert!(!fresh.unguarded);
    assert_eq!(script.refused(P), Refusal::NotAnchored, "the broker may have forgotten us");
    script.answer(fresh, Answer::TimedOut).unwrap();
    assert_eq!(script.again(P).batch, fresh.batch);
}

/// Story 12 with two brokers: one names a batch, the next has forgotten the producer and takes the
/// batch for its first.
#[test]
fn v4_a_broker_that_may_have_forgotten_us_decides_nothing_older() {
    let mut script = crashed(9);
    script.listed(P, 4, 11);
    let named = script.again(P);
    // The log begins behind what was acknowledged.
    let fresh = Response::ok(300).log_start(101);
    script.answer(named, Answer::Response(fresh)).unwrap();
    let verdicts = script.verdicts(P);
    assert_eq!(verdicts[0].1, possibly(Cause::StateLost));
    assert_eq!(verdicts[1].1, written(300));
    // It is another thing if all that was acknowledged is there.
    let mut script = crashed(9);
    script.listed(P, 4, 11);
    let named = script.again(P);
    script.answer(named, Answer::Response(Response::ok(300).log_start(100))).unwrap();
    assert_eq!(script.verdicts(P)[0].1, UNKNOWN);
}

/// A sending of long ago may land at a broker that has forgotten the producer: then a duplicate of
/// it says nothing of the older ones.
#[test]
fn v4_a_duplicate_decides_older_ones_only_where_the_log_holds_what_was_acknowledged() {
    for (log_start, older) in [(101, possibly(Cause::StateLost)), (100, UNKNOWN)] {
        let mut script = crashed(9);
        script.producer.set_timestamp_type(P, TimestampType::CreateTime);
        script.listed(P, 4, 11);
        let named = script.again(P);
        let duplicate = Response { log_append_time: 5, ..Response::ok(300).log_start(log_start) };
        script.answer(named, Answer::Response(duplicate)).unwrap();
        let verdicts = script.verdicts(P);
        assert_eq!((verdicts[0].1, verdicts[1].1), (older, written(300)));
    }
}

/// A quiet day: the broker may have forgotten us, and would take any batch for the first.
#[test]
fn s1_the_anchor_ends_when_the_broker_may_have_forgotten_us() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    script.later(90_000_000);
    let first = script.send(P, 1);
    assert_eq!(script.refused(P), Refusal::NotAnchored);
    script.ok(first, 1);
    script.send(P, 1);
    script.send(P, 1);
}

#[test]
fn v2_the_partitions_own_id_is_asked_for() {
    let mut script = Script::idem(7, 32_767);
    let (p, q) = (script.send(P, 1), script.send(Q, 1));
    script.error(p, Code::INVALID_RECORD);
    script.producer.handle_identity(identity(8, 0)).unwrap();
    script.error(q, OOO);
    let Next::Describe { id, .. } = script.next(Q) else { panic!("{:?}", script.next(Q)) };
    assert_eq!(id, identity(7, 0).id);
}

/// The coordinator raises the epoch of what took too long, and says so when the transaction ends.
#[test]
fn s5_in_a_transaction_a_higher_epoch_means_abort() {
    let mut script = Script::txn(7, 0);
    script.anchor(P);
    let lost = script.send(P, 1);
    script.answer(lost, Answer::TimedOut).unwrap();
    let lost = script.again(P);
    script.error(lost, OOO);
    script.listed(P, 1, -1);
    assert_eq!((script.producer.fatal(), script.producer.must_abort()), (None, true));
    let cause = Cause::Refused(Code::INVALID_PRODUCER_EPOCH);
    assert_eq!(script.verdict(lost), possibly(cause));
}

#[test]
fn s3_parts_of_split_batches_count_too() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    let two: Vec<Attempt> = (0..2).map(|_| script.send(P, 6)).collect();
    for attempt in &two {
        script.error(*attempt, Code::MESSAGE_TOO_LARGE);
    }
    for attempt in &two {
        for left in [4, 2] {
            script.producer.split(P, attempt.batch, left).unwrap();
        }
    }
    let sent = (0..6).take_while(|_| script.producer.resend(P, script.time()).is_ok()).count();
    assert_eq!(sent, 5);
}

/// Nothing left the client, so nothing is unknown; but it is not tried again and again at once.
#[test]
fn a_sending_that_never_left_is_tried_again_after_a_pause() {
    let mut script = Script::with(Settings::new(Kind::Idempotent).retries(3), 7, 0);
    let mut attempt = script.send(P, 1);
    for _ in 0..3 {
        script.answer(attempt, Answer::NotSent).unwrap();
        script.nothing_to_send(P);
        attempt = script.again(P);
    }
    script.answer(attempt, Answer::NotSent).unwrap();
    assert!(matches!(script.verdict(attempt), Verdict::NotWritten(Cause::RetriesExhausted(_))));
}

/// Old records make the broker forget; a late copy of what it has would then be new to it.
#[test]
fn s2_old_records_wait_until_no_request_can_be_under_way() {
    let mut script = Script::idem(7, 0);
    script.anchor(P);
    let lost = script.send(P, 1);
    script.answer(lost, Answer::TimedOut).unwrap();
    let again = script.again(P);
    script.ok(again, 1);
    let old = Timestamp::from_millis(script.now - 100_000_000);
    let batch = NewBatch { records: 1, max_timestamp: old, created: script.time() };
    let refused = script.producer.assign(P, batch, script.time());
    assert_eq!(refused, Err(Refusal::OldRecords));
    let fresh = script.send(P, 1);
    script.ok(fresh, 2);
    script.later(120_000);
    let created = script.time();
    script.producer.assign(P, NewBatch { created, ..batch }, created).unwrap();
}
