//! What is known of one transactional id?

use super::TransactionState;
use crate::broker::TransactionVersion;
use crate::ids::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_TIMESTAMP, ProducerId, Timestamp};

/// Whose coordinator is reproduced. Rules that changed are named here, never chosen silently.
///
/// Both were read; of the releases between, `docs/spec/coordinator.md` says what differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Kafka's trunk of October 2024 (commit 1eb7644349cb), on its way to 4.0: an abort by the
    /// server raises the epoch twice (KAFKA-19367), and the answer at an epoch overflow names the
    /// old producer id (KAFKA-18660).
    Trunk2024_10,
    /// Kafka 4.4.0.
    #[default]
    Kafka4_4,
}

/// The highest epoch a client is ever given; the one above it only fences.
pub(super) const LAST_CLIENT_EPOCH: i16 = 32766;

/// Whether an epoch leaves no room for another: the next one would only fence (coordinator
/// spec 4).
#[must_use]
pub const fn is_epoch_exhausted(epoch: i16) -> bool {
    epoch >= LAST_CLIENT_EPOCH
}

/// What the transaction log holds of a transactional id, beside its partitions (coordinator
/// spec 11).
///
/// There is no field for the epoch before the last bump: a coordinator that loads the record does
/// not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// The producer id.
    pub producer_id: i64,
    /// The producer id before this transition; the same unless it was rotated.
    pub previous_producer_id: i64,
    /// The producer id to switch to when the markers are written, or -1.
    pub next_producer_id: i64,
    /// The epoch.
    pub producer_epoch: i16,
    /// The transaction timeout in milliseconds.
    pub timeout_ms: i32,
    /// The state.
    pub state: TransactionState,
    /// When the transaction's first partition was added, or -1.
    pub start: Timestamp,
    /// When the record was made.
    pub last_update: Timestamp,
    /// The client's transaction version at this transition.
    pub client_version: TransactionVersion,
}

impl TransactionRecord {
    /// What is left of it when it is read back, if it was written while `server` was the cluster's
    /// transaction version (coordinator spec 11).
    ///
    /// Version 0 of the value, which is written below `server` V1, has no room for the previous
    /// and next producer id and the client's version. `Trunk2024_10` does not fill the former two
    /// in version 1 either. (Kafka 4.4.0 throws rather than drop a client's version; a cluster
    /// below V2 has no such clients.)
    #[must_use]
    pub fn stored(self, server: TransactionVersion, release: Release) -> Self {
        let has_ids = server >= TransactionVersion::V1 && release == Release::Kafka4_4;
        let has_version = server >= TransactionVersion::V1;
        Self {
            previous_producer_id: if has_ids { self.previous_producer_id } else { NO_PRODUCER_ID },
            next_producer_id: if has_ids { self.next_producer_id } else { NO_PRODUCER_ID },
            client_version: if has_version { self.client_version } else { TransactionVersion::V0 },
            ..self
        }
    }
}

/// What a coordinator knows of one transactional id (coordinator spec 4). 64 bytes, no pointers:
/// the caller keeps it under its own key, with the set of the transaction's partitions beside it.
///
/// Every change has two phases: a request *prepares* a [`Transit`](super::Transit), whose record
/// the caller writes to its log; then [`appended`](Self::appended) applies it, or
/// [`append_failed`](Self::append_failed) takes it back. Until then every other change is refused
/// with CONCURRENT_TRANSACTIONS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionMetadata {
    pub(super) producer_id: i64,
    pub(super) previous_producer_id: i64,
    pub(super) next_producer_id: i64,
    pub(super) start: Timestamp,
    pub(super) last_update: Timestamp,
    pub(super) timeout_ms: i32,
    pub(super) coordinator_epoch: i32,
    pub(super) epoch: i16,
    pub(super) last_epoch: i16,
    pub(super) state: TransactionState,
    pub(super) pending: Option<TransactionState>,
    pub(super) client_version: TransactionVersion,
    pub(super) failed_fence: bool,
    pub(super) release: Release,
}

impl TransactionMetadata {
    /// A transactional id that was not known, with a fresh producer id. InitProducerId then gives
    /// it epoch 0. `coordinator_epoch` is that of its coordinator partition.
    #[must_use]
    pub const fn new(
        id: ProducerId,
        coordinator_epoch: i32,
        release: Release,
        now: Timestamp,
    ) -> Self {
        Self {
            producer_id: id.get(),
            previous_producer_id: NO_PRODUCER_ID,
            next_producer_id: NO_PRODUCER_ID,
            start: Timestamp::from_millis(NO_TIMESTAMP),
            last_update: now,
            timeout_ms: 0,
            coordinator_epoch,
            epoch: NO_PRODUCER_EPOCH,
            last_epoch: NO_PRODUCER_EPOCH,
            state: TransactionState::Empty,
            pending: None,
            client_version: TransactionVersion::V0,
            failed_fence: false,
            release,
        }
    }

    /// What the log says of a transactional id, when its coordinator partition is loaded. Then
    /// call [`resume`](Self::resume).
    ///
    /// Any numbers are taken; those that can't be are refused when they are used.
    #[must_use]
    pub const fn load(record: TransactionRecord, coordinator_epoch: i32, release: Release) -> Self {
        Self {
            producer_id: record.producer_id,
            previous_producer_id: record.previous_producer_id,
            next_producer_id: record.next_producer_id,
            start: record.start,
            last_update: record.last_update,
            timeout_ms: record.timeout_ms,
            coordinator_epoch,
            epoch: record.producer_epoch,
            last_epoch: NO_PRODUCER_EPOCH,
            state: record.state,
            pending: None,
            client_version: record.client_version,
            failed_fence: false,
            release,
        }
    }

    /// The facts as the log holds them.
    #[must_use]
    pub const fn record(&self) -> TransactionRecord {
        TransactionRecord {
            producer_id: self.producer_id,
            previous_producer_id: self.previous_producer_id,
            next_producer_id: self.next_producer_id,
            producer_epoch: self.epoch,
            timeout_ms: self.timeout_ms,
            state: self.state,
            start: self.start,
            last_update: self.last_update,
            client_version: self.client_version,
        }
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> TransactionState {
        self.state
    }

    /// The state that a transition being written leads to.
    #[must_use]
    pub const fn pending(&self) -> Option<TransactionState> {
        self.pending
    }

    /// The producer id, -1 or below only if it was loaded so.
    #[must_use]
    pub const fn producer_id(&self) -> i64 {
        self.producer_id
    }

    /// The epoch, -1 until the first InitProducerId is on the log.
    #[must_use]
    pub const fn producer_epoch(&self) -> i16 {
        self.epoch
    }

    /// The epoch that a client may still name once, after a bump whose answer it did not get; or
    /// -1.
    #[must_use]
    pub const fn last_producer_epoch(&self) -> i16 {
        self.last_epoch
    }

    /// Whether a fence was applied in memory, and could not be written (KAFKA-9666).
    #[must_use]
    pub const fn has_failed_fence(&self) -> bool {
        self.failed_fence
    }

    /// The epoch of the coordinator partition this belongs to.
    #[must_use]
    pub const fn coordinator_epoch(&self) -> i32 {
        self.coordinator_epoch
    }
}
