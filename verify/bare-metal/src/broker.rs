//! Probes of the broker's room: one batch and several, verification, expiry, truncation, growth,
//! with every policy, and memory of lengths that the optimizer does not know.

use core::hint::black_box;

use fencepost::broker::{
    Admission, Batch, BatchKind, CompletedTransaction, Config, Context, ExpireBy, FullPolicy,
    Guard, IndexLine, LogRange, NewProducers, OpenTransaction, Origin, Partition, PendingProducer,
    PendingTransaction, Profile, Scratch, Slot, Storage, TransactionVersion, UnknownProducer,
    Verification, VerificationEntry, index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::window::ContentTag;
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};

use crate::any;
use crate::texts::say;

type Producer = Slot<ContentTag>;
pub(crate) type Kept<'m> = Partition<
    &'m mut [Producer],
    &'m mut [IndexLine],
    &'m mut [OpenTransaction],
    &'m mut [VerificationEntry],
    ContentTag,
>;

type Memory<'m> = Storage<
    &'m mut [Producer],
    &'m mut [IndexLine],
    &'m mut [OpenTransaction],
    &'m mut [VerificationEntry],
>;

pub(crate) fn any_batch() -> Batch {
    let header = BatchHeader {
        base_offset: any(1),
        batch_length: any(2),
        partition_leader_epoch: any(3),
        crc: any(4),
        attributes: Attributes(any(5)),
        last_offset_delta: any(6),
        base_timestamp: any(7),
        max_timestamp: any(8),
        producer_id: any(9),
        producer_epoch: any(10),
        base_sequence: any(11),
        records_count: any(12),
    };
    let kind = any(MarkerKind::Abort);
    let marker = EndTxnMarker { kind, coordinator_epoch: any(13), timestamp: any(14) };
    let kinds = any([BatchKind::Data, BatchKind::EmptyControl, BatchKind::EndTransaction(marker)]);
    Batch { header, kind: *kinds.get(any(0)).unwrap_or(&BatchKind::Data) }
}

pub(crate) fn any_context() -> Context<ContentTag> {
    Context {
        guard: Guard::from_bits(any(1)),
        transaction_version: any(TransactionVersion::V2),
        new_producers: any(NewProducers::Allowed),
        never_written: any(false),
        tag: ContentTag(any(2)),
        ..Context::new(any(Origin::Client), any_time())
    }
}

pub(crate) fn any_time() -> Timestamp {
    Timestamp::from_millis(any(1_700_000_000_000))
}

fn any_config() -> Config {
    Config::new(any(Profile::Kafka4_2))
        .seed(any(5))
        .expiration_ms(any(86_400_000))
        .max_transaction_ms(any(900_000))
        .verification(any(true))
        .full(any(FullPolicy::EvictLeastRecent))
        .expire_by(any(ExpireBy::AppendTime))
        .unknown_producer(any(UnknownProducer::AnySequence))
}

#[inline(never)]
fn one_batch(partition: &mut Kept<'_>) {
    match partition.admit(&any_batch(), &any_context()) {
        Ok(Admission::Append(ticket)) => {
            if let Err(stale) = partition.record(ticket, any(100)) {
                say(stale);
            }
        }
        Ok(Admission::Duplicate(seen)) => {
            black_box((seen.first_offset(), seen.first_sequence()));
        }
        Err(refused) => {
            black_box((refused.error_code().name(), refused.reason.rule()));
            say(refused);
        }
    }
}

#[inline(never)]
fn several_batches(partition: &mut Kept<'_>) {
    let mut producers = any([PendingProducer::<ContentTag>::EMPTY; 4]);
    let mut index = any([IndexLine::EMPTY; index_lines(4)]);
    let mut transactions = any([PendingTransaction::EMPTY; 4]);
    let (Some(producers), Some(index), Some(transactions)) =
        (producers.get_mut(..any(4)), index.get_mut(..any(1)), transactions.get_mut(..any(4)))
    else {
        return;
    };
    let mut scratch = Scratch::new(producers, index, transactions);
    let mut append = partition.append(&mut scratch, any(Origin::Replication), any_time());
    for _ in 0..any(9) {
        let context = append.context();
        black_box(append.push(&any_batch(), &context)).ok();
        black_box(append.push(&any_batch(), &any_context())).ok();
    }
    let see = |transaction: CompletedTransaction| {
        black_box(transaction.index_entry());
    };
    if let Err(ended) = append.commit(see) {
        say(ended);
    }
}

#[inline(never)]
fn life(partition: &mut Kept<'_>) {
    let wanted = Verification {
        producer_id: any(9),
        producer_epoch: any(0),
        base_sequence: any(0),
        supports_epoch_bump: any(true),
    };
    black_box(partition.start_verification(&wanted, any_time())).ok();
    partition.set_verification(any(true));
    partition.set_expiration_ms(any(5));
    black_box(partition.expire(any_time(), any(10)));
    partition.handle_high_watermark(any(50));
    partition.handle_log_start(any(20), any(Some(10)));
    let log = LogRange { start: any(0), high_watermark: any(9) };
    black_box((partition.last_stable_offset(log), partition.has_late_transaction(any_time())));
    black_box((partition.has_open_transaction(any(9), any(0)), partition.snapshot_due()));
    for slot in partition.producers() {
        black_box(slot.describe());
    }
    partition.snapshot_taken(any(3));
    partition.set_map_end_offset(any(3));
    partition.truncate_fully(any(0));
}

#[inline(never)]
fn grow<'m>(partition: &mut Kept<'m>, bigger: Memory<'m>) {
    let Storage { slots, index, transactions, guards } = bigger;
    black_box(partition.grow(slots, index)).ok();
    while black_box(partition.grow_step(any(3))).is_none() {}
    black_box(partition.grow_transactions(transactions)).ok();
    black_box(partition.grow_guards(guards)).ok();
}

pub(crate) fn reach(see: impl Fn(&mut Kept<'_>)) {
    let mut slots = any([Producer::EMPTY; 8]);
    let mut bigger_slots = any([Producer::EMPTY; 16]);
    let mut index = any([IndexLine::EMPTY; index_lines(8)]);
    let mut bigger_index = any([IndexLine::EMPTY; index_lines(16)]);
    let mut transactions = any([OpenTransaction::EMPTY; 8]);
    let mut guards = any([VerificationEntry::EMPTY; 8]);
    let mut bigger_transactions = any([OpenTransaction::EMPTY; 16]);
    let mut bigger_guards = any([VerificationEntry::EMPTY; 16]);
    let (Some(slots), Some(index), Some(transactions), Some(guards)) = (
        slots.get_mut(..any(8)),
        index.get_mut(..any(1)),
        transactions.get_mut(..any(8)),
        guards.get_mut(..any(8)),
    ) else {
        return;
    };
    let storage = Storage { slots, index, transactions, guards };
    let mut partition: Kept<'_> = Partition::new(storage, any_config());
    one_batch(&mut partition);
    several_batches(&mut partition);
    see(&mut partition);
    let bigger = Storage {
        slots: bigger_slots.as_mut_slice(),
        index: bigger_index.as_mut_slice(),
        transactions: bigger_transactions.as_mut_slice(),
        guards: bigger_guards.as_mut_slice(),
    };
    grow(&mut partition, bigger);
    life(&mut partition);
    crate::pipeline::pipelined(partition);
}
