//! Which markers end a transaction, and when is it over?

use super::metadata::TransactionMetadata;
use super::refusal::Refusal;
use super::state::TransactionState::PrepareCommit;
use super::transit::{Purpose, Transit};
use crate::broker::TransactionVersion;
use crate::error_code::ErrorCode;
use crate::ids::{Identity, Timestamp};
use crate::wire::MarkerKind;

/// A transaction whose verdict is on the log (coordinator spec 8, 9).
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Ending {
    /// What to answer **now**, before any marker is written: NONE with these producer id and
    /// epoch, -1 and -1 for `None`; or InitProducerId's refusal. After a load or a timeout nobody
    /// waits for it.
    pub answer: Result<Option<Identity>, Refusal>,
    /// What to write to each partition of the transaction.
    pub marker: Marker,
    /// What to write to the transaction log when no partition is left.
    pub completion: Completion,
}

/// What WriteTxnMarkers says of a transaction (coordinator spec 9). It also raises the epoch in
/// each partition, which fences older producers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marker {
    /// The producer id, `0 ..`.
    pub producer_id: i64,
    /// The epoch at which the verdict was decided, `0 ..`.
    pub producer_epoch: i16,
    /// The coordinator's.
    pub coordinator_epoch: i32,
    /// The verdict.
    pub kind: MarkerKind,
    /// The client's transaction version, for WriteTxnMarkers from version 2 on.
    pub version: TransactionVersion,
}

/// The completion of a transaction, held back until its markers are written.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the transaction stays pending until its completion is written"]
pub struct Completion(pub(super) Transit);

impl Completion {
    /// The transition to write, if no partition of the transaction is left without its marker.
    /// Call it after each change of that set, also at once: a transaction may have none.
    ///
    /// # Errors
    /// This completion, while partitions are left.
    pub fn when_none_left(self, partitions_left: usize) -> Result<Transit, Self> {
        if partitions_left == 0 { Ok(self.0) } else { Err(self) }
    }
}

/// Where a partition's marker goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// To its leader.
    Leader,
    /// Nowhere now: the leader is not known. Looked up again at every round of sending.
    NoLeader,
    /// Nowhere ever: the metadata does not know the partition, it was deleted.
    Deleted,
}

/// What becomes of a partition of an ended transaction (coordinator spec 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkerStep {
    /// Take it out of the transaction's set.
    Remove,
    /// Send the marker again, to whoever leads the partition then.
    Retry,
    /// Drop all markers of this transaction: a newer coordinator has fenced this one.
    GiveUp,
    /// A code that this request never answers with; Kafka stops here.
    Fatal,
}

impl MarkerStep {
    /// What a partition's answer to WriteTxnMarkers means.
    ///
    /// A connection that broke answers nothing: [`Retry`](Self::Retry) for all its partitions. An
    /// answer that comes after the coordinator moved or began to load is for nobody.
    #[must_use]
    pub const fn from_code(code: ErrorCode) -> Self {
        match code {
            ErrorCode::NONE
            | ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT
            | ErrorCode::UNSUPPORTED_VERSION => Self::Remove,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::NOT_LEADER_OR_FOLLOWER
            | ErrorCode::NOT_ENOUGH_REPLICAS
            | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
            | ErrorCode::REQUEST_TIMED_OUT
            | ErrorCode::KAFKA_STORAGE_ERROR => Self::Retry,
            ErrorCode::INVALID_PRODUCER_EPOCH | ErrorCode::TRANSACTION_COORDINATOR_FENCED => {
                Self::GiveUp
            }
            _ => Self::Fatal,
        }
    }

    /// What to do with a partition before anything is sent, `None` for sending it.
    #[must_use]
    pub const fn before_sending(destination: Destination) -> Option<Self> {
        match destination {
            Destination::Leader => None,
            Destination::NoLeader => Some(Self::Retry),
            Destination::Deleted => Some(Self::Remove),
        }
    }
}

impl TransactionMetadata {
    /// After a load: the rest of a transaction whose verdict is on the log, `None` if there is
    /// none to end (coordinator spec 10). Its partitions are those of the record.
    ///
    /// # Errors
    /// A transition is pending; or the loaded record names a negative producer id or epoch.
    pub fn resume(&mut self, now: Timestamp) -> Result<Option<Ending>, Refusal> {
        if !self.state.is_ending() {
            return Ok(None);
        }
        self.begin_ending(Purpose::Nobody, now).map(Some)
    }

    pub(super) fn marker(&self) -> Marker {
        Marker {
            producer_id: self.producer_id,
            producer_epoch: self.epoch,
            coordinator_epoch: self.coordinator_epoch,
            kind: if self.state == PrepareCommit { MarkerKind::Commit } else { MarkerKind::Abort },
            version: self.client_version,
        }
    }
}
