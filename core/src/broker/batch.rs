//! What does the broker look at in a batch, and what must the caller say beside it?

use super::guards::Guard;
use crate::ids::Timestamp;
use crate::window::Tag;
use crate::wire::{BatchHeader, BatchView, ControlBatch, EndTxnMarker, MarkerError};

/// A batch as the broker's rooms see it: its header, and what kind of batch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The header, unchecked.
    pub header: BatchHeader,
    /// Data, or which control batch. It decides, not the header's control bit.
    pub kind: BatchKind,
}

/// What a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// Records.
    Data,
    /// A control batch whose record compaction took away (R36).
    EmptyControl,
    /// A marker that ends a transaction.
    EndTransaction(EndTxnMarker),
}

impl Batch {
    /// A batch off the wire or the log: reads the marker of a producer's control batch. O(1).
    ///
    /// A marker counts whoever brings it. A produce request may hold none: run
    /// [`crate::wire::validate`] first, which refuses it, or take clients' batches with
    /// [`Batch::data`].
    ///
    /// # Errors
    /// A control batch whose first record is no end of a transaction (R12).
    pub fn read<B: AsRef<[u8]>>(view: &BatchView<B>) -> Result<Self, MarkerError> {
        let header = *view.header();
        if !header.has_producer_id() || !header.attributes.is_control() {
            // Control batches without a producer (leader changes, snapshots) are nobody's state.
            return Ok(Self::data(header));
        }
        Ok(match ControlBatch::read(view)? {
            ControlBatch::Empty => Self::empty_control(header),
            ControlBatch::EndTxn(marker) => Self::end_transaction(header, marker),
        })
    }

    #[inline(always)]
    pub(super) const fn parts<'a, T>(&'a self, context: &'a Context<T>) -> Parts<'a> {
        Parts { header: &self.header, kind: &self.kind, now: &context.now }
    }

    /// A batch of records.
    #[must_use]
    pub const fn data(header: BatchHeader) -> Self {
        Self { header, kind: BatchKind::Data }
    }

    /// A control batch with the marker that was read from it.
    #[must_use]
    pub const fn end_transaction(header: BatchHeader, marker: EndTxnMarker) -> Self {
        Self { header, kind: BatchKind::EndTransaction(marker) }
    }

    /// A control batch without a record.
    #[must_use]
    pub const fn empty_control(header: BatchHeader) -> Self {
        Self { header, kind: BatchKind::EmptyControl }
    }
}

/// A batch and the time, wherever they lie: what of them is needed late is read late.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) header: &'a BatchHeader,
    pub(super) kind: &'a BatchKind,
    pub(super) now: &'a Timestamp,
}

/// Who appends, and so how strict to be (broker spec 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A produce request: everything is checked.
    Client,
    /// The coordinator on the leader: transaction markers, group metadata.
    Coordinator,
    /// A follower's append, and every replay of the log: what the leader accepted is taken.
    Replication,
    /// The leader of a metadata log, whose offsets are assigned already.
    RaftLeader,
}

/// The transaction protocol of a marker's coordinator (KIP-890).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionVersion {
    /// The oldest.
    #[default]
    V0,
    /// Flexible coordinator records; nothing changes for the broker's side.
    V1,
    /// Each transaction raises the epoch, so its marker needs a higher one (R35).
    V2,
}

/// What the broker knows of an append beside the batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Context<T = ()> {
    /// Who appends.
    pub origin: Origin,
    /// The guard of the verification that a transactional write went through.
    pub guard: Guard,
    /// The transaction version of a marker's coordinator.
    pub transaction_version: TransactionVersion,
    /// Whether a producer this partition does not know may begin now. The broker's quota for a
    /// principal is the broker's; this is where it says no (R63).
    pub new_producers: NewProducers,
    /// Whether the partition's log has never held a record, for
    /// [`super::UnknownProducer::ZeroIfNeverWritten`].
    pub never_written: bool,
    /// What the window shall remember of the batch's content.
    pub tag: T,
    /// The broker's clock.
    pub now: Timestamp,
    /// Only the rules of `ProducerAppendInfo`, without the duplicate look-up and the guard check
    /// before it. For vectors that were run on that class alone.
    #[doc(hidden)]
    pub class_level: bool,
}

/// Whether a producer this partition does not know may begin now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NewProducers {
    /// It may.
    #[default]
    Allowed,
    /// It may not: refused for clients, ignored for every other origin.
    Refused,
}

impl<T: Tag> Context<T> {
    /// A context with no guard, transaction version 0, new producers allowed and no tag.
    #[must_use]
    pub const fn new(origin: Origin, now: Timestamp) -> Self {
        Self {
            origin,
            guard: Guard::SENTINEL,
            transaction_version: TransactionVersion::V0,
            new_producers: NewProducers::Allowed,
            never_written: false,
            tag: T::UNKNOWN,
            now,
            class_level: false,
        }
    }

    /// A produce request.
    #[must_use]
    pub const fn client(now: Timestamp) -> Self {
        Self::new(Origin::Client, now)
    }

    /// A marker, or another write of a coordinator on the leader.
    #[must_use]
    pub const fn coordinator(now: Timestamp, version: TransactionVersion) -> Self {
        Self { transaction_version: version, ..Self::new(Origin::Coordinator, now) }
    }

    /// A follower's append, or replay.
    #[must_use]
    pub const fn replication(now: Timestamp) -> Self {
        Self::new(Origin::Replication, now)
    }

    /// With the guard of a verification.
    #[must_use]
    pub const fn with_guard(self, guard: Guard) -> Self {
        Self { guard, ..self }
    }

    /// With a tag of the batch's content.
    #[must_use]
    pub const fn with_tag(self, tag: T) -> Self {
        Self { tag, ..self }
    }
}
