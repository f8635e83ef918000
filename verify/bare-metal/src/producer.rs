//! Probes of the producer's room: numbering, every kind of answer, resolving, splitting and coming
//! back, over memory of a length that the optimizer does not know.

use core::hint::black_box;

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp, Timestamp};
use fencepost::producer::{
    Answer, Attempt, BatchId, Described, Fatal, Kind, NewBatch, Producer, Response, RestoredBatch,
    RestoredPartition, Settings, Slot, TimestampType,
};

use crate::any;
use crate::texts::say;

type Memory<'m> = Producer<&'m mut [Slot<8>], 8>;

fn any_time() -> Timestamp {
    Timestamp::from_millis(any(1))
}

fn any_identity() -> Option<Identity> {
    Some(Identity { id: ProducerId::new(any(1))?, epoch: Epoch::new(any(2))? })
}

fn any_answer() -> Answer {
    let response = Response {
        code: ErrorCode::new(any(1)),
        base_offset: any(2),
        log_append_time: any(3),
        log_start_offset: any(4),
    };
    let answers =
        any([Answer::Response(response), Answer::TimedOut, Answer::Disconnected, Answer::NotSent]);
    *answers.get(any(0)).unwrap_or(&Answer::TimedOut)
}

fn any_described() -> Described {
    let listed = Described::Listed { epoch: any(1), last_sequence: any(2) };
    let missing = Described::NotListed { log_start_offset: any(Some(3)) };
    let answers = any([listed, missing, Described::Unsupported, Described::Failed]);
    *answers.get(any(0)).unwrap_or(&Described::Failed)
}

fn any_attempt() -> Option<Attempt> {
    Some(Attempt {
        partition: any(1),
        batch: BatchId::from_number(any(2)),
        number: any(3),
        stamp: Stamp { identity: any_identity()?, base_sequence: Sequence::new(any(4))? },
        unguarded: any(false),
    })
}

#[inline(never)]
fn send_and_be_answered(producer: &mut Memory<'_>) -> Option<()> {
    let (partition, now) = (any(0), any_time());
    let batch = NewBatch { records: any(1), max_timestamp: any_time(), created: any_time() };
    match producer.assign(partition, batch, now) {
        Ok(attempt) => drop(black_box(attempt)),
        Err(refusal) => say(&refusal),
    }
    let _ = black_box(producer.resend(partition, now));
    if let Err(unexpected) = producer.handle_response(any_attempt()?, any_answer(), now) {
        say(&unexpected);
    }
    black_box(producer.poll(partition, now));
    black_box(producer.poll_any(any(Some(1)), now));
    black_box(producer.poll_timeout(partition));
    while let Some(ended) = producer.take_verdict(partition) {
        say(&ended.verdict);
    }
    if let Some(notice) = producer.take_notice(partition) {
        say(&notice);
    }
    Some(())
}

#[inline(never)]
fn find_out_and_come_back(producer: &mut Memory<'_>) -> Option<()> {
    let (partition, now, batch) = (any(0), any_time(), BatchId::from_number(any(1)));
    let _ = black_box(producer.describe(partition));
    let _ = black_box(producer.handle_described(partition, any_described(), now));
    let _ = black_box(producer.split(partition, batch, any(1)));
    let _ = black_box(producer.give_up(partition, batch, now));
    producer.handle_timeout(partition, now);
    producer.handle_disconnect(partition, now);
    producer.handle_leader_change(partition, now);
    producer.set_timestamp_type(partition, any(TimestampType::CreateTime));
    producer.set_first_use_offset(partition, any(1));
    let restored = RestoredPartition {
        identity: any_identity()?,
        next_sequence: Sequence::new(any(1))?,
        last_acked: Sequence::new(any(2)),
        last_acked_offset: any(Some(3)),
        first_use_offset: any(Some(4)),
        newest_acked: any(Some(now)),
        acked_ever: any(true),
    };
    let _ = black_box(producer.restore(partition, &restored));
    let batch = RestoredBatch {
        base_sequence: Sequence::new(any(1))?,
        records: any(2),
        max_timestamp: now,
        created: now,
        first_sent: now,
    };
    let _ = black_box(producer.restore_batch(partition, batch, now));
    let _ = black_box(producer.bump(partition, now));
    let _ = black_box((producer.must_abort(), producer.poll_identity(), producer.fatal()));
    let _ = black_box((producer.oldest_undecided(partition), producer.on_wire(partition)));
    producer.handle_fatal(any(Fatal::Fenced), now);
    Some(())
}

pub(crate) fn reach() {
    let mut slots = [const { Slot::EMPTY }; 4];
    let Some(slots) = slots.get_mut(..any(4)) else { return };
    let kind = any(Kind::Idempotent);
    let settings = Settings::new(kind)
        .retries(any(1))
        .max_in_flight(any(5))
        .delivery_timeout_ms(any(1))
        .retry_backoff_ms(any(1), any(2))
        .producer_id_expiration_ms(any(1))
        .request_lifetime_ms(any(1))
        .clock_skew_ms(any(1));
    let settings = if any(true) { settings } else { settings.without_describe() };
    let mut producer = Producer::new(slots, settings);
    if let Some(identity) = any_identity() {
        let _ = black_box(producer.handle_identity(identity));
    }
    while any(true) {
        black_box(send_and_be_answered(&mut producer));
        black_box(find_out_and_come_back(&mut producer));
    }
}
