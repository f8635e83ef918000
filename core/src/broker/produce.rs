//! What does a produce request come to, before and beside its partitions' own decisions?
//!
//! Kafka checks each partition's records as they lie in the request, then the request as a whole,
//! then asks the coordinator about a transaction, and only then the log (broker spec 2.5, 8.4).
//! These are those steps as far as they need neither permissions nor metadata.

use core::fmt;

use crate::error_code::ErrorCode;
use crate::wire::{BatchError, BatchHeader, BatchView, Finding, FindingKind, Segment};

/// The oldest produce version with format v2 (Kafka 0.11).
const FIRST_WITH_V2: i16 = 3;
/// The first one that may carry zstd.
const FIRST_WITH_ZSTD: i16 = 7;
/// The first one whose client knows TRANSACTION_ABORTABLE.
const FIRST_WITH_ABORTABLE: i16 = 11;
/// The first one of transaction version 2.
const FIRST_WITH_TV2: i16 = 12;
const ZSTD: i16 = 4;

/// Why a partition's records may not stand in a produce request (R69).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProduceError {
    /// There is no batch.
    NoBatch,
    /// The first batch is not of format v2.
    OldFormat {
        /// Its magic.
        magic: i8,
    },
    /// The request's version is older than zstd.
    ZstdTooEarly {
        /// The version.
        version: i16,
    },
    /// There is a second batch.
    SecondBatch {
        /// Where it begins, in bytes.
        position: usize,
    },
    /// The records can't be framed, or their header can't be read.
    Unreadable {
        /// Where, in bytes.
        position: usize,
        /// Kafka's answer.
        code: ErrorCode,
    },
}

impl ProduceError {
    /// The one Kafka code for it.
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::NoBatch | Self::OldFormat { .. } | Self::SecondBatch { .. } => {
                ErrorCode::INVALID_RECORD
            }
            Self::ZstdTooEarly { .. } => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            Self::Unreadable { code, .. } => *code,
        }
    }
}

impl fmt::Display for ProduceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoBatch => f.write_str("the request holds no batch for the partition"),
            Self::OldFormat { magic } => {
                write!(f, "the first batch is of format {magic}, the request needs format 2")
            }
            Self::ZstdTooEarly { version } => {
                write!(f, "produce version {version} can't carry zstd: {FIRST_WITH_ZSTD} can")
            }
            Self::SecondBatch { position } => {
                write!(f, "a second batch begins at byte {position}: one is allowed")
            }
            Self::Unreadable { position, code } => {
                write!(f, "the records can't be read at byte {position}: {code}")
            }
        }
    }
}

impl core::error::Error for ProduceError {}

/// The one batch that a produce request of this version may hold for a partition (R69). Versions
/// before 3, which Kafka 4.0 no longer knows, are not looked at by Kafka either. O(1).
///
/// # Errors
/// What Kafka answers for records that may not stand in a request.
pub fn check_produce(version: i16, records: &[u8]) -> Result<BatchView<&[u8]>, ProduceError> {
    let mut segment = Segment::headers(records);
    let first = match segment.next() {
        None => return Err(ProduceError::NoBatch),
        Some(Ok((_, batch))) => batch,
        Some(Err(finding)) => return Err(first_unreadable(&finding)),
    };
    let zstd = first.header().attributes.codec() == ZSTD;
    if (FIRST_WITH_V2..FIRST_WITH_ZSTD).contains(&version) && zstd {
        return Err(ProduceError::ZstdTooEarly { version });
    }
    let position = segment.position();
    match segment.next() {
        None => Ok(first),
        // Kafka's iterator ends at a torn tail.
        Some(Err(Finding { kind: FindingKind::Batch(BatchError::Truncated { .. }), .. })) => {
            Ok(first)
        }
        _ => Err(ProduceError::SecondBatch { position }),
    }
}

fn first_unreadable(finding: &Finding) -> ProduceError {
    match finding.kind {
        FindingKind::Batch(BatchError::Truncated { .. }) => ProduceError::NoBatch,
        FindingKind::Batch(BatchError::Legacy { magic }) => ProduceError::OldFormat { magic },
        _ => ProduceError::Unreadable { position: finding.byte(), code: finding.error_code() },
    }
}

/// The transactional batches of one produce request: they must all be of one producer and epoch
/// (R69).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionalRequest {
    identity: Option<(i64, i16)>,
    is_mixed: bool,
}

impl TransactionalRequest {
    /// Notes a batch of a partition that passed its own checks.
    pub fn note(&mut self, header: &BatchHeader) {
        if header.has_producer_id() && header.attributes.is_transactional() {
            let identity = (header.producer_id, header.producer_epoch);
            self.is_mixed |= self.identity.is_some_and(|seen| seen != identity);
            self.identity = Some(identity);
        }
    }

    /// What every partition of the request is answered, if the batches are of several producers.
    ///
    /// # Errors
    /// INVALID_PRODUCER_ID_MAPPING(49).
    pub const fn check(&self) -> Result<(), ErrorCode> {
        if self.is_mixed { Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING) } else { Ok(()) }
    }
}

/// What a produce request is answered when the coordinator did not verify its transaction (R69,
/// broker spec 8.4).
///
/// Errors that an older client would not retry are turned into one that it does.
#[must_use]
pub fn unverified_answer(coordinator: ErrorCode, produce_version: i16) -> ErrorCode {
    match coordinator {
        ErrorCode::CONCURRENT_TRANSACTIONS if produce_version >= FIRST_WITH_TV2 => coordinator,
        ErrorCode::CONCURRENT_TRANSACTIONS
        | ErrorCode::NETWORK_EXCEPTION
        | ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
        | ErrorCode::COORDINATOR_NOT_AVAILABLE
        | ErrorCode::NOT_COORDINATOR => ErrorCode::NOT_ENOUGH_REPLICAS,
        ErrorCode::PRODUCER_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH,
        ErrorCode::TRANSACTION_ABORTABLE if produce_version < FIRST_WITH_ABORTABLE => {
            ErrorCode::INVALID_TXN_STATE
        }
        ErrorCode::CLUSTER_AUTHORIZATION_FAILED => ErrorCode::INVALID_TXN_STATE,
        other => other,
    }
}
