//! What is checked before a transactional id is looked at, and how do answers look on the wire?

use super::refusal::{Refusal, Resource};
use crate::broker::TransactionVersion;
use crate::error_code::ErrorCode;

/// A transactional id that is there and not empty (coordinator spec 6.1, 7, 8).
///
/// # Errors
/// INVALID_REQUEST for none, or an empty one.
pub fn transactional_id(id: Option<&str>) -> Result<&str, Refusal> {
    id.filter(|id| !id.is_empty()).ok_or(Refusal::NoTransactionalId)
}

/// The coordinator partition of an id, as this broker has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// This broker coordinates it.
    Owned,
    /// It will, once the log is read.
    Loading,
    /// Another broker does.
    NotOwned,
}

impl Ownership {
    /// Goes on if this broker coordinates the id.
    ///
    /// # Errors
    /// COORDINATOR_LOAD_IN_PROGRESS or NOT_COORDINATOR.
    pub const fn check(self) -> Result<(), Refusal> {
        match self {
            Self::Owned => Ok(()),
            Self::Loading => Err(Refusal::Loading),
            Self::NotOwned => Err(Refusal::NotCoordinator),
        }
    }
}

/// What the authorizer and the metadata say of a partition that a client wants to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartitionAccess {
    /// It may be written to.
    Granted,
    /// The principal may not write to the topic, or the topic is internal.
    Denied,
    /// The metadata does not know it.
    Unknown,
}

impl PartitionAccess {
    /// The partition's code in the answer to AddPartitionsToTxn, when `any_failed` of the
    /// request's partitions was not granted: then nothing is added, and those that were granted
    /// get OPERATION_NOT_ATTEMPTED (coordinator spec 7). `None`: go on and add.
    #[must_use]
    pub const fn refusal_code(self, any_failed: bool) -> Option<ErrorCode> {
        match self {
            Self::Denied => Some(Resource::Topic.error_code()),
            Self::Unknown => Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            Self::Granted if any_failed => Some(ErrorCode::OPERATION_NOT_ATTEMPTED),
            Self::Granted => None,
        }
    }
}

/// The requests whose answers depend on their version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// InitProducerId.
    InitProducerId,
    /// AddPartitionsToTxn.
    AddPartitionsToTxn,
    /// AddOffsetsToTxn.
    AddOffsetsToTxn,
    /// EndTxn.
    EndTxn,
    /// TxnOffsetCommit.
    TxnOffsetCommit,
    /// Produce.
    Produce,
}

impl Api {
    /// The code as a client of this version understands it (coordinator spec 12).
    ///
    /// PRODUCER_FENCED is younger than INVALID_PRODUCER_EPOCH, and Produce never says it.
    #[must_use]
    pub const fn downgrade(self, code: ErrorCode, version: i16) -> ErrorCode {
        let first_fenced = match self {
            Self::InitProducerId => 4,
            Self::AddPartitionsToTxn | Self::AddOffsetsToTxn | Self::EndTxn => 2,
            Self::TxnOffsetCommit => i16::MIN,
            Self::Produce => i16::MAX,
        };
        match code {
            ErrorCode::PRODUCER_FENCED if version < first_fenced => {
                ErrorCode::INVALID_PRODUCER_EPOCH
            }
            ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
                if matches!(self, Self::TxnOffsetCommit) && version < 2 =>
            {
                ErrorCode::COORDINATOR_NOT_AVAILABLE
            }
            code => code,
        }
    }
}

/// The transaction version that an EndTxn of this version speaks (coordinator spec 8).
#[must_use]
pub const fn end_txn_version(request_version: i16) -> TransactionVersion {
    if request_version > 4 { TransactionVersion::V2 } else { TransactionVersion::V0 }
}

/// The transaction version that an AddPartitionsToTxn of this version speaks. AddOffsetsToTxn
/// speaks V0.
#[must_use]
pub const fn add_partitions_version(request_version: i16) -> TransactionVersion {
    if request_version > 3 { TransactionVersion::V2 } else { TransactionVersion::V0 }
}

/// What a client is told when the transaction log could not be written to (coordinator spec 11).
///
/// NONE is no failure, so it is an internal error here.
#[must_use]
pub const fn append_error(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::NOT_ENOUGH_REPLICAS
        | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
        | ErrorCode::REQUEST_TIMED_OUT => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::KAFKA_STORAGE_ERROR => {
            ErrorCode::NOT_COORDINATOR
        }
        ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE | ErrorCode::NONE => {
            ErrorCode::UNKNOWN_SERVER_ERROR
        }
        code => code,
    }
}
