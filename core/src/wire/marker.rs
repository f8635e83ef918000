//! What does a control batch say?

use core::{error, fmt};

use super::bytes::take;
use super::record::{Record, RecordError};
use super::view::BatchView;
use crate::error_code::ErrorCode;

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkerKind {
    /// Its records count.
    Commit,
    /// Its records do not.
    Abort,
}

/// The end of a transaction, as a control batch says it. Producer id, epoch and offset are the
/// batch's.
///
/// The offset for the producer's state is the batch's **base offset** (R13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EndTxnMarker {
    /// Commit or abort.
    pub kind: MarkerKind,
    /// The epoch of the transaction coordinator that wrote it.
    pub coordinator_epoch: i32,
    /// The **record's** timestamp in milliseconds, not the batch's maximum (R13).
    pub timestamp: i64,
}

/// What a control batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlBatch {
    /// No record: compaction removed the marker. It changes nothing.
    Empty,
    /// The end of a transaction.
    EndTxn(EndTxnMarker),
}

/// The type in the key of a control record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlType {
    /// 0.
    Abort,
    /// 1.
    Commit,
    /// 2: a new leader of a Raft partition.
    LeaderChange,
    /// 3: the start of a metadata snapshot.
    SnapshotHeader,
    /// 4: its end.
    SnapshotFooter,
    /// 5: the version of the Raft protocol.
    KraftVersion,
    /// 6: the voters of a Raft partition.
    KraftVoters,
    /// A number that names no type.
    Unknown(i16),
}

impl ControlType {
    /// The type that a number on the wire names.
    #[must_use]
    pub const fn from_id(id: i16) -> Self {
        match id {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            3 => Self::SnapshotHeader,
            4 => Self::SnapshotFooter,
            5 => Self::KraftVersion,
            6 => Self::KraftVoters,
            other => Self::Unknown(other),
        }
    }
}

impl fmt::Display for ControlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Abort => "ABORT",
            Self::Commit => "COMMIT",
            Self::LeaderChange => "LEADER_CHANGE",
            Self::SnapshotHeader => "SNAPSHOT_HEADER",
            Self::SnapshotFooter => "SNAPSHOT_FOOTER",
            Self::KraftVersion => "KRAFT_VERSION",
            Self::KraftVoters => "KRAFT_VOTERS",
            Self::Unknown(id) => return write!(f, "unknown type {id}"),
        })
    }
}

/// Why a control batch is no end of a transaction (R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MarkerError {
    /// The control bit is clear: this is data.
    NotControl,
    /// The first record could not be read.
    Record(RecordError),
    /// The key is null.
    KeyNull,
    /// The key has fewer than 4 bytes.
    KeyTooShort {
        /// How many it has.
        got: usize,
    },
    /// The key's version is negative. A higher one than 0 is read as 0.
    KeyVersion {
        /// The version.
        got: i16,
    },
    /// A control record, but not the end of a transaction.
    Type(ControlType),
    /// The value is null.
    ValueNull,
    /// The value has fewer than 6 bytes.
    ValueTooShort {
        /// How many it has.
        got: usize,
    },
    /// The value's version is negative. A higher one than 0 is read as 0.
    ValueVersion {
        /// The version.
        got: i16,
    },
}

impl MarkerError {
    /// The code Kafka gives a marker like this from 4.1 on (broker spec 2.7; run on 4.1.2 and
    /// 4.4.0).
    ///
    /// A value that is too short is -1 there, because the reader that was generated then runs out
    /// of bytes; [`error_code_until_4_0`](Self::error_code_until_4_0) has the older answer.
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match *self {
            Self::Record(error) => error.error_code(),
            Self::NotControl
            | Self::KeyTooShort { .. }
            | Self::KeyVersion { .. }
            | Self::ValueVersion { .. } => ErrorCode::INVALID_RECORD,
            Self::KeyNull | Self::ValueNull | Self::ValueTooShort { .. } | Self::Type(_) => {
                ErrorCode::UNKNOWN_SERVER_ERROR
            }
        }
    }

    /// The code up to Kafka 4.0, which checked the value's length first: INVALID_RECORD for a short
    /// one (run on 4.0.2).
    #[must_use]
    pub const fn error_code_until_4_0(&self) -> ErrorCode {
        match *self {
            Self::ValueTooShort { .. } => ErrorCode::INVALID_RECORD,
            other => other.error_code(),
        }
    }
}

impl fmt::Display for MarkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotControl => f.write_str("the batch's control bit is clear"),
            Self::Record(error) => error.fmt(f),
            Self::KeyNull => f.write_str("the control record's key is null"),
            Self::KeyTooShort { got } => {
                write!(f, "the control record's key has {got} bytes, at least 4 wanted")
            }
            Self::KeyVersion { got } => {
                write!(f, "the control record's key has version {got}, at least 0 wanted")
            }
            Self::Type(kind) => write!(f, "the control record is {kind}, COMMIT or ABORT wanted"),
            Self::ValueNull => f.write_str("the marker's value is null"),
            Self::ValueTooShort { got } => {
                write!(f, "the marker's value has {got} bytes, at least 6 wanted")
            }
            Self::ValueVersion { got } => {
                write!(f, "the marker's value has version {got}, at least 0 wanted")
            }
        }
    }
}

impl error::Error for MarkerError {}

impl ControlBatch {
    /// Reads a control batch as producer state does: its **first** record only (R12). O(first
    /// record).
    ///
    /// # Errors
    /// A [`MarkerError`] for each way in which it is not the end of a transaction, in Kafka's
    /// order: key, type, value.
    pub fn read<T: AsRef<[u8]>>(batch: &BatchView<T>) -> Result<Self, MarkerError> {
        if !batch.header().attributes.is_control() {
            return Err(MarkerError::NotControl);
        }
        match batch.iter().map_err(MarkerError::Record)?.next() {
            None => Ok(Self::Empty),
            Some(record) => {
                let record = record.map_err(MarkerError::Record)?;
                EndTxnMarker::read(&record).map(Self::EndTxn)
            }
        }
    }
}

impl EndTxnMarker {
    /// Reads the end of a transaction from a control record (R12). O(1).
    ///
    /// # Errors
    /// See [`MarkerError`]; never [`MarkerError::NotControl`] or [`MarkerError::Record`].
    pub fn read(record: &Record<'_>) -> Result<Self, MarkerError> {
        let key = record.key.ok_or(MarkerError::KeyNull)?;
        let (version, id) = key_fields(key).ok_or(MarkerError::KeyTooShort { got: key.len() })?;
        if version < 0 {
            return Err(MarkerError::KeyVersion { got: version });
        }
        let kind = match ControlType::from_id(id) {
            ControlType::Commit => MarkerKind::Commit,
            ControlType::Abort => MarkerKind::Abort,
            other => return Err(MarkerError::Type(other)),
        };
        let value = record.value.ok_or(MarkerError::ValueNull)?;
        let too_short = MarkerError::ValueTooShort { got: value.len() };
        let mut bytes = value;
        let version = i16::from_be_bytes(take(&mut bytes).ok_or(too_short)?);
        // The version is judged before the rest is read, so a short value with a negative one is
        // named by it.
        if version < 0 {
            return Err(MarkerError::ValueVersion { got: version });
        }
        let coordinator_epoch = i32::from_be_bytes(take(&mut bytes).ok_or(too_short)?);
        Ok(Self { kind, coordinator_epoch, timestamp: record.timestamp })
    }
}

fn key_fields(key: &[u8]) -> Option<(i16, i16)> {
    let mut bytes = key;
    Some((i16::from_be_bytes(take(&mut bytes)?), i16::from_be_bytes(take(&mut bytes)?)))
}
