//! A log of batches over a partition, so that a test reads as the protocol goes: one step a line.

#![allow(dead_code, reason = "every test uses a part of it")]

pub(crate) mod twin;
pub(crate) mod twin_ops;

use std::fmt::Debug;

use fencepost::broker::{
    Admission, Batch, CompletedTransaction, Config, Context, FullPolicy, Guard, IndexLine,
    LogRange, OpenTransaction, Origin, Partition, PendingProducer, PendingTransaction, Pushed,
    Rejection, Scratch, Slot, Storage, TransactionVersion, Verification, VerificationEntry,
    index_lines,
};
use fencepost::ids::Timestamp;
use fencepost::window::{BatchMetadata, Tag};
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};

pub(crate) type Core<T = ()> =
    Partition<Vec<Slot<T>>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>, T>;
pub(crate) type Memory<T = ()> =
    Scratch<Vec<PendingProducer<T>>, Vec<IndexLine>, Vec<PendingTransaction>, T>;

pub(crate) fn slots<T: Tag>(producers: usize) -> (Vec<Slot<T>>, Vec<IndexLine>) {
    (vec![Slot::EMPTY; producers], vec![IndexLine::EMPTY; index_lines(producers)])
}

/// A partition for so many producers, transactions and verifications.
pub(crate) fn partition<T: Tag>(
    producers: usize,
    transactions: usize,
    guards: usize,
    config: Config,
) -> Core<T> {
    let (slots, index) = slots(producers);
    let storage = Storage {
        slots,
        index,
        transactions: vec![OpenTransaction::EMPTY; transactions],
        guards: vec![VerificationEntry::EMPTY; guards],
    };
    Partition::new(storage, config.seed(0x5eed))
}

pub(crate) fn scratch<T: Tag>(producers: usize, transactions: usize) -> Memory<T> {
    Scratch::new(
        vec![PendingProducer::EMPTY; producers],
        vec![IndexLine::EMPTY; index_lines(producers)],
        vec![PendingTransaction::EMPTY; transactions],
    )
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn header(producer: i64, epoch: i16) -> BatchHeader {
    BatchHeader {
        base_offset: 0,
        batch_length: 49,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: Attributes::default(),
        last_offset_delta: 0,
        base_timestamp: -1,
        max_timestamp: 1,
        producer_id: producer,
        producer_epoch: epoch,
        base_sequence: -1,
        records_count: 1,
    }
}

/// Records of a producer: epoch, first sequence, how many.
pub(crate) fn data(producer: i64, epoch: i16, sequence: i32, records: i32) -> Batch {
    Batch::data(BatchHeader {
        last_offset_delta: records.wrapping_sub(1),
        base_sequence: sequence,
        records_count: records,
        ..header(producer, epoch)
    })
}

/// The same with the transactional bit.
pub(crate) fn txn(producer: i64, epoch: i16, sequence: i32, records: i32) -> Batch {
    with(data(producer, epoch, sequence, records), |h| {
        h.attributes = Attributes(Attributes::TRANSACTIONAL);
    })
}

pub(crate) fn with(batch: Batch, change: impl FnOnce(&mut BatchHeader)) -> Batch {
    let mut header = batch.header;
    change(&mut header);
    Batch { header, ..batch }
}

pub(crate) fn stamped(batch: Batch, timestamp: i64) -> Batch {
    with(batch, |h| h.max_timestamp = timestamp)
}

fn control(producer: i64, epoch: i16) -> BatchHeader {
    let attributes = Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL);
    BatchHeader { attributes, ..header(producer, epoch) }
}

pub(crate) fn marker(
    producer: i64,
    epoch: i16,
    coordinator_epoch: i32,
    timestamp: i64,
    kind: MarkerKind,
) -> Batch {
    let marker = EndTxnMarker { kind, coordinator_epoch, timestamp };
    Batch::end_transaction(control(producer, epoch), marker)
}

/// COMMIT of a producer and epoch, from coordinator epoch 0.
pub(crate) fn commit(producer: i64, epoch: i16) -> Batch {
    marker(producer, epoch, 0, 1, MarkerKind::Commit)
}

/// ABORT of a producer and epoch, from coordinator epoch 0.
pub(crate) fn abort(producer: i64, epoch: i16) -> Batch {
    marker(producer, epoch, 0, 1, MarkerKind::Abort)
}

/// What compaction leaves of a marker.
pub(crate) fn emptied(producer: i64, epoch: i16) -> Batch {
    Batch::empty_control(BatchHeader { records_count: 0, ..control(producer, epoch) })
}

/// What became of a step.
#[derive(Debug, PartialEq)]
#[must_use]
pub(crate) enum Answer {
    At(i64, Vec<CompletedTransaction>),
    Duplicate(BatchMetadata),
    Refused(Box<Rejection>),
}

impl Answer {
    #[track_caller]
    pub(crate) fn at(self, offset: i64) -> Vec<CompletedTransaction> {
        match self {
            Self::At(have, completed) if have == offset => completed,
            other => panic!("wanted an append at {offset}, got {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Vec<CompletedTransaction> {
        match self {
            Self::At(_, completed) => completed,
            other => panic!("wanted an append, got {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn duplicate(self, first_offset: i64) -> BatchMetadata {
        match self {
            Self::Duplicate(seen) if seen.first_offset() == first_offset => seen,
            other => panic!("wanted a duplicate of {first_offset}, got {other:?}"),
        }
    }

    /// Refused by this rule.
    #[track_caller]
    pub(crate) fn refused(self, rule: &str) -> Rejection {
        match self {
            Self::Refused(rejection) if rejection.reason.rule() == rule => *rejection,
            other => panic!("wanted a refusal by {rule}, got {other:?}"),
        }
    }
}

/// A log that gives offsets as a leader does, and the state over it.
pub(crate) struct Log<T: Tag = ()> {
    pub(crate) partition: Core<T>,
    pub(crate) scratch: Memory<T>,
    pub(crate) end: i64,
    pub(crate) now: i64,
    pub(crate) tv: TransactionVersion,
    pub(crate) never_written: bool,
}

/// Rules of Kafka 4.2 without verification, so that a test of something else needs no guards.
pub(crate) fn rules() -> Config {
    Config::kafka_4_2().verification(false)
}

/// A log with room for 16 producers, transactions and guards.
pub(crate) fn log(config: Config) -> Log {
    Log::over(partition(16, 16, 16, config))
}

impl<T: Tag> Log<T> {
    pub(crate) fn over(partition: Core<T>) -> Self {
        Self {
            partition,
            scratch: scratch(16, 16),
            end: 0,
            now: 1,
            tv: TransactionVersion::V0,
            never_written: false,
        }
    }

    pub(crate) fn context(&self, origin: Origin) -> Context<T> {
        let mut context = Context::new(origin, at(self.now));
        context.transaction_version = self.tv;
        context.never_written = self.never_written;
        context
    }

    /// A produce request.
    pub(crate) fn send(&mut self, batch: Batch) -> Answer {
        self.one(batch, &self.context(Origin::Client))
    }

    /// A produce request with a guard.
    pub(crate) fn send_with(&mut self, guard: Guard, batch: Batch) -> Answer {
        self.one(batch, &self.context(Origin::Client).with_guard(guard))
    }

    /// A coordinator's write on the leader.
    pub(crate) fn coordinate(&mut self, batch: Batch) -> Answer {
        self.one(batch, &self.context(Origin::Coordinator))
    }

    /// A follower's append of one batch.
    pub(crate) fn replicate(&mut self, batch: Batch) -> Answer {
        self.one(batch, &self.context(Origin::Replication))
    }

    pub(crate) fn one(&mut self, batch: Batch, context: &Context<T>) -> Answer {
        match self.partition.admit(&batch, context) {
            Ok(Admission::Append(ticket)) => {
                let base = self.end;
                let completed = self.partition.record(ticket, base).expect("nothing came between");
                self.end = with(batch, |h| h.base_offset = base).header.next_offset();
                assert_eq!(self.partition.map_end_offset(), self.end, "R48");
                Answer::At(base, completed.into_iter().collect())
            }
            Ok(Admission::Duplicate(seen)) => Answer::Duplicate(seen),
            Err(rejection) => Answer::Refused(Box::new(rejection)),
        }
    }

    /// Several batches as one append.
    pub(crate) fn append(&mut self, origin: Origin, batches: &[Batch]) -> Answer {
        let context = self.context(origin);
        let base = self.end;
        let mut end = base;
        let mut append = self.partition.append(&mut self.scratch, origin, at(self.now));
        for batch in batches {
            let batch = with(*batch, |h| h.base_offset = end);
            end = batch.header.next_offset();
            match append.push(&batch, &context) {
                Ok(Pushed::Added) => {}
                Ok(Pushed::Duplicate(seen)) => return Answer::Duplicate(seen),
                Ok(Pushed::Ended) => unreachable!("the loop ends with the append"),
                Err(rejection) => return Answer::Refused(Box::new(rejection)),
            }
        }
        let mut completed = Vec::new();
        append.commit(|txn| completed.push(txn)).expect("no push had failed");
        self.end = end;
        Answer::At(base, completed)
    }

    /// Begins a verification.
    pub(crate) fn verify(
        &mut self,
        producer_id: i64,
        producer_epoch: i16,
        base_sequence: i32,
    ) -> Result<Guard, Rejection> {
        let wanted = Verification {
            producer_id,
            producer_epoch,
            base_sequence,
            supports_epoch_bump: self.tv == TransactionVersion::V2,
        };
        self.partition.start_verification(&wanted, at(self.now))
    }

    /// Sweeps to the end.
    pub(crate) fn expire(&mut self, now: i64) {
        while !self.partition.expire(at(now), 3).finished {}
    }

    pub(crate) fn last_stable(&self, high_watermark: i64) -> i64 {
        self.partition.last_stable_offset(LogRange { start: 0, high_watermark })
    }

    pub(crate) fn known(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.partition.producers().map(Slot::producer_id).collect();
        ids.sort_unstable();
        ids
    }

    /// First and last sequence of every remembered batch, oldest first.
    pub(crate) fn window(&self, producer: i64) -> Vec<(i32, i32)> {
        let slot = self.partition.producer(producer).expect("known");
        slot.window().iter().map(|b| (b.first_sequence(), b.last_sequence)).collect()
    }
}

/// Everything there is to know of it.
pub(crate) fn picture(anything: &impl Debug) -> String {
    format!("{anything:?}")
}

/// Every policy for a full table.
pub(crate) const POLICIES: [FullPolicy; 3] =
    [FullPolicy::Refuse, FullPolicy::EvictLeastRecent, FullPolicy::EvictExpired];
