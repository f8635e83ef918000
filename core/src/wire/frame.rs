//! Where does the next batch end, and is there one?

use core::{error, fmt};

use super::bytes::take;
use super::header::BatchHeader;
use crate::error_code::ErrorCode;

/// Where the fields of a batch start, in bytes from the batch's first.
pub(super) mod field {
    pub(in super::super) const BATCH_LENGTH: usize = 8;
    pub(in super::super) const MAGIC: usize = 16;
    pub(in super::super) const CRC: usize = 17;
    /// The first byte that the CRC covers.
    pub(in super::super) const ATTRIBUTES: usize = 21;
    pub(in super::super) const LAST_OFFSET_DELTA: usize = 23;
    pub(in super::super) const PRODUCER_ID: usize = 43;
    pub(in super::super) const PRODUCER_EPOCH: usize = 51;
    pub(in super::super) const BASE_SEQUENCE: usize = 53;
    pub(in super::super) const RECORDS_COUNT: usize = 57;
    pub(in super::super) const RECORDS: usize = 61;
}

const _: () = assert!(field::RECORDS == BatchHeader::LEN);

/// Bytes before the part that the length counts: base offset and length.
pub(super) const LOG_OVERHEAD: i32 = 12;
/// Kafka's smallest length, that of a record of format 0. It does not protect a v2 header.
const MIN_BATCH_LENGTH: i32 = 14;
/// The largest size up to which Kafka reads past the end when it looks for the producer id.
const PRODUCER_ID_UNREADABLE: usize = 50;

/// Bytes that [`frame`] looks at: up to and including the magic.
pub const FRAME_LEN: usize = 17;

/// What stands at the start of some bytes of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frame {
    /// A batch of format v2.
    Batch {
        /// Bytes of the whole batch, at least 61. They need not be there yet.
        size: usize,
    },
    /// A batch or message of format 0 or 1, which this crate does not decode.
    Legacy {
        /// 0 or 1.
        magic: i8,
        /// Bytes of the whole, at least 26.
        size: usize,
    },
    /// Too few bytes to tell. Kafka takes this for the end of its input.
    Incomplete {
        /// How many more bytes are needed, 1 to 17.
        missing: usize,
    },
}

/// Why bytes are no batch of format v2. Positions count from the batch's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchError {
    /// The batch length is below 14, so nothing can be framed.
    Length {
        /// The length field.
        got: i32,
    },
    /// The batch length leaves no room for the 12 bytes before it: the size does not fit 32 bits
    /// (or a pointer).
    LengthOverflow {
        /// The length field.
        got: i32,
    },
    /// The magic is none of 0, 1, 2.
    Magic {
        /// The magic.
        got: i8,
    },
    /// A format that this crate does not decode.
    Legacy {
        /// 0 or 1.
        magic: i8,
    },
    /// Framed, of magic 2, but too small for a v2 header.
    TooSmall {
        /// The declared size in bytes, 26 to 60.
        size: usize,
    },
    /// There are fewer bytes than the batch or its header takes.
    Truncated {
        /// Bytes needed.
        wanted: usize,
        /// Bytes there.
        got: usize,
    },
    /// There are more bytes than the batch.
    Trailing {
        /// Bytes of the batch.
        size: usize,
        /// Bytes there.
        got: usize,
    },
}

impl BatchError {
    /// The byte, counted from the batch's first, at which the offending field or gap starts.
    #[must_use]
    pub const fn position(&self) -> usize {
        match *self {
            Self::Length { .. } | Self::LengthOverflow { .. } | Self::TooSmall { .. } => {
                field::BATCH_LENGTH
            }
            Self::Magic { .. } | Self::Legacy { .. } => field::MAGIC,
            Self::Truncated { got, .. } => got,
            Self::Trailing { size, .. } => size,
        }
    }

    /// The code Kafka answers a produce request with that holds only these bytes (R8).
    ///
    /// A torn batch is no batch to Kafka, so the request has none (87). A size of 26 to 50 makes it
    /// read the producer id past the end before anything is validated: the whole request fails with
    /// -1. Recovery of a log gives 2 for both ranges, and ends in silence at a torn batch. (Broker
    /// spec 2.4, 2.5.)
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match *self {
            Self::Length { .. } | Self::Magic { .. } => ErrorCode::CORRUPT_MESSAGE,
            Self::TooSmall { size } if size > PRODUCER_ID_UNREADABLE => ErrorCode::CORRUPT_MESSAGE,
            Self::TooSmall { .. } | Self::LengthOverflow { .. } => ErrorCode::UNKNOWN_SERVER_ERROR,
            Self::Legacy { .. } | Self::Truncated { .. } | Self::Trailing { .. } => {
                ErrorCode::INVALID_RECORD
            }
        }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position();
        match *self {
            Self::Length { got } => {
                write!(f, "batch length at byte {at} is {got}, at least {MIN_BATCH_LENGTH} wanted")
            }
            Self::LengthOverflow { got } => {
                write!(f, "batch length at byte {at} is {got}, which with 12 more has no size")
            }
            Self::Magic { got } => write!(f, "magic at byte {at} is {got}, 2 wanted"),
            Self::Legacy { magic } => {
                write!(f, "magic at byte {at} is {magic}: a legacy format, not decoded")
            }
            Self::TooSmall { size } => write!(
                f,
                "batch length at byte {at} makes a batch of {size} bytes, at least {} wanted",
                BatchHeader::LEN
            ),
            Self::Truncated { wanted, got } => {
                write!(f, "bytes end at {got}, {wanted} wanted")
            }
            Self::Trailing { size, got } => {
                write!(f, "batch ends at byte {size}, but {got} bytes were given")
            }
        }
    }
}

impl error::Error for BatchError {}

/// Says from the first 17 bytes of a batch how long it is (R6). O(1).
///
/// This is what a reader that holds only part of a file asks; more than 17 bytes may be given and
/// are not looked at. The order is Kafka's: the length is judged as soon as it is there, before the
/// magic (broker spec 2.4).
///
/// # Errors
/// [`BatchError::Length`], [`BatchError::LengthOverflow`], [`BatchError::Magic`], or
/// [`BatchError::TooSmall`].
pub fn frame(prefix: &[u8]) -> Result<Frame, BatchError> {
    let incomplete = Frame::Incomplete { missing: FRAME_LEN.saturating_sub(prefix.len()) };
    let Some((batch_length, magic)) = length_and_magic(prefix) else {
        return Ok(incomplete);
    };
    if batch_length < MIN_BATCH_LENGTH {
        return Err(BatchError::Length { got: batch_length });
    }
    let magic = match magic {
        None => return Ok(incomplete),
        Some(magic @ 0..=2) => magic,
        Some(got) => return Err(BatchError::Magic { got }),
    };
    let size = batch_length.checked_add(LOG_OVERHEAD).map(usize::try_from);
    let Some(Ok(size)) = size else {
        return Err(BatchError::LengthOverflow { got: batch_length });
    };
    match magic {
        BatchHeader::MAGIC if size < BatchHeader::LEN => Err(BatchError::TooSmall { size }),
        BatchHeader::MAGIC => Ok(Frame::Batch { size }),
        magic => Ok(Frame::Legacy { magic, size }),
    }
}

/// The length, and the magic if the bytes reach it.
fn length_and_magic(prefix: &[u8]) -> Option<(i32, Option<i8>)> {
    let mut bytes = prefix;
    let _base_offset = take::<8>(&mut bytes)?;
    let batch_length = i32::from_be_bytes(take(&mut bytes)?);
    let magic = take::<4>(&mut bytes).and_then(|_leader_epoch| take::<1>(&mut bytes));
    Some((batch_length, magic.map(i8::from_be_bytes)))
}
