//! What does a broker know of one producer on one partition?

use super::table::Entry;
use crate::ids::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_TIMESTAMP, Timestamp};
use crate::prefetch::prefetch;
use crate::window::{
    BatchMetadata, Order, Positions, Sequences, Tag, WINDOW_BATCHES, Window, push,
};

/// A producer's state on one partition: Kafka's `ProducerStateEntry`, in 160 bytes.
///
/// The caller owns the memory; the partition fills it. The first 64 bytes hold all that a decision
/// reads, so an admission touches one or two cache lines and a record three.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(32))]
pub struct Slot<T = ()> {
    producer_id: i64,
    txn_first_offset: i64,
    sequences: Sequences,
    coordinator_epoch: i32,
    producer_epoch: i16,
    order: Order,
    /// Whether `txn_first_offset` means something. A flag, not a value: replication may bring any
    /// offset.
    in_transaction: bool,
    last_timestamp: i64,
    /// Neighbours in the order of recording; [`super::recency`] keeps them.
    pub(super) older: u32,
    pub(super) newer: u32,
    positions: Positions,
    tags: [T; WINDOW_BATCHES],
}

impl<T: Tag> Entry for Slot<T> {
    fn producer_id(&self) -> i64 {
        self.producer_id
    }
}

/// What a snapshot says of a producer, beside its batches. Raw values: nothing but their width is
/// checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProducerFacts {
    /// The producer id.
    pub producer_id: i64,
    /// The epoch last seen.
    pub producer_epoch: i16,
    /// The epoch of the coordinator whose marker came last, -1 if none.
    pub coordinator_epoch: i32,
    /// The timestamp of the last batch or marker, in milliseconds.
    pub last_timestamp: i64,
    /// Where the open transaction begins, if there is one.
    pub current_txn_first_offset: Option<i64>,
}

const _: () = assert!(size_of::<Slot>() <= 160, "the budget of a producer's slot");
const _: () =
    assert!(core::mem::offset_of!(Slot, last_timestamp) == 64, "a decision reads 64 bytes");

/// No slot: the end of a list of slot numbers.
pub(super) const NO_SLOT: u32 = u32::MAX;

impl<T: Tag> Slot<T> {
    /// An unused slot, to fill arrays with.
    pub const EMPTY: Self = Self::unknown(NO_PRODUCER_ID);

    /// The state of a producer nothing is known of.
    pub(crate) const fn unknown(producer_id: i64) -> Self {
        Self {
            producer_id,
            txn_first_offset: 0,
            sequences: Sequences::EMPTY,
            coordinator_epoch: -1,
            producer_epoch: NO_PRODUCER_EPOCH,
            order: Order::EMPTY,
            in_transaction: false,
            last_timestamp: NO_TIMESTAMP,
            older: NO_SLOT,
            newer: NO_SLOT,
            positions: Positions::EMPTY,
            tags: [T::UNKNOWN; WINDOW_BATCHES],
        }
    }

    /// The producer id.
    #[must_use]
    pub const fn producer_id(&self) -> i64 {
        self.producer_id
    }

    /// The epoch last seen, -1 if none.
    #[must_use]
    pub const fn producer_epoch(&self) -> i16 {
        self.producer_epoch
    }

    /// The epoch of the coordinator whose marker came last, -1 if none.
    #[must_use]
    pub const fn coordinator_epoch(&self) -> i32 {
        self.coordinator_epoch
    }

    /// The timestamp of the last batch or marker, in milliseconds, -1 if none.
    #[must_use]
    pub const fn last_timestamp(&self) -> i64 {
        self.last_timestamp
    }

    /// Where the producer's open transaction begins, if it has one.
    #[must_use]
    pub const fn current_txn_first_offset(&self) -> Option<i64> {
        if self.in_transaction { Some(self.txn_first_offset) } else { None }
    }

    /// Whether the producer has an open transaction.
    pub(crate) const fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Reads from the last cache line. An answer and a record both need it, but what of it is known
    /// only once the first line has come: so it is asked for together with that one.
    #[inline(always)]
    pub(super) fn touch(&self) {
        prefetch(&self.last_timestamp);
        prefetch(self.positions.end());
    }

    /// Asks for all of it.
    #[inline(always)]
    pub(crate) fn prefetch(&self) {
        prefetch(&self.producer_id);
        self.touch();
    }

    /// Whether nothing was written for so many milliseconds, and no transaction is open (R43).
    pub(crate) fn is_expired(&self, now: Timestamp, limit: i64) -> bool {
        let age = now.as_millis().wrapping_sub(self.last_timestamp);
        !self.in_transaction && age >= limit
    }

    /// The remembered batches.
    #[must_use]
    pub const fn window(&self) -> Window<'_, T> {
        Window {
            sequences: &self.sequences,
            positions: &self.positions,
            tags: &self.tags,
            order: self.order,
        }
    }

    /// The newest batch's last sequence, -1 if the window is empty: what DescribeProducers shows
    /// (R59).
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        self.window().last_sequence().unwrap_or(crate::ids::NO_SEQUENCE)
    }

    /// A producer's state as a snapshot has it, without batches: add them oldest first.
    #[must_use]
    pub fn restored(facts: &ProducerFacts) -> Self {
        let mut slot = Self::unknown(facts.producer_id);
        slot.producer_epoch = facts.producer_epoch;
        slot.coordinator_epoch = facts.coordinator_epoch;
        slot.last_timestamp = facts.last_timestamp;
        slot.set_transaction(facts.current_txn_first_offset);
        slot
    }

    /// With one more batch remembered, as the newest; at five the oldest goes.
    #[must_use]
    pub fn with_batch(mut self, batch: BatchMetadata, tag: T) -> Self {
        self.push(batch, tag);
        self
    }

    /// With one batch remembered, or none. Nothing is chosen between, so that many slots can be
    /// made one behind the other.
    #[inline(always)]
    pub(crate) fn with_only(mut self, batch: Option<BatchMetadata>) -> Self {
        const NONE: BatchMetadata =
            BatchMetadata { last_sequence: 0, offset_delta: 0, last_offset: 0, timestamp: 0 };
        self.order = Order::EMPTY;
        self.push(batch.unwrap_or(NONE), T::UNKNOWN);
        if batch.is_none() {
            self.order = Order::EMPTY;
        }
        self
    }

    /// Another epoch, higher or lower, clears the window (R20).
    pub(crate) fn set_epoch(&mut self, epoch: i16) {
        if epoch != self.producer_epoch {
            self.order = Order::EMPTY;
            self.producer_epoch = epoch;
        }
    }

    /// The last timestamp is the newest, not the largest (R22).
    pub(crate) fn set_last_timestamp(&mut self, timestamp: i64) {
        self.last_timestamp = timestamp;
    }

    pub(crate) fn set_coordinator_epoch(&mut self, epoch: i32) {
        self.coordinator_epoch = epoch;
    }

    pub(crate) fn set_transaction(&mut self, first_offset: Option<i64>) {
        self.in_transaction = first_offset.is_some();
        self.txn_first_offset = first_offset.unwrap_or(0);
    }

    pub(crate) fn push(&mut self, batch: BatchMetadata, tag: T) {
        self.order =
            push(&mut self.sequences, &mut self.positions, &mut self.tags, self.order, batch, tag);
    }

    /// What an append begins with: everything but the window (R38).
    pub(crate) fn to_update(self) -> Self {
        Self { order: Order::EMPTY, older: NO_SLOT, newer: NO_SLOT, ..self }
    }

    /// Takes over what an append has made of the producer (R38).
    pub(crate) fn merge(&mut self, update: &Self) {
        self.set_epoch(update.producer_epoch);
        let window = update.window();
        for n in 0..window.len() {
            if let (Some(batch), Some(tag)) = (window.get(n), window.tag(n)) {
                self.push(batch, tag);
            }
        }
        self.coordinator_epoch = update.coordinator_epoch;
        self.set_transaction(update.current_txn_first_offset());
        self.last_timestamp = update.last_timestamp;
    }
}
