//! What is in this one batch, once its frame is known to be right?

use core::{error, fmt};

use super::crc::crc32c;
use super::frame::{BatchError, Frame, LOG_OVERHEAD, field, frame};
use super::header::BatchHeader;
use super::record::{RecordError, Records};
use crate::error_code::ErrorCode;

/// One whole batch of format v2: its bytes, and its header read once.
///
/// A `T` that gives other bytes on a later call makes the view answer for those, never panic.
#[derive(Clone, Copy, Debug)]
pub struct BatchView<T> {
    bytes: T,
    header: BatchHeader,
    size: usize,
}

/// A batch whose stored CRC is not that of its bytes: CORRUPT_MESSAGE (R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CrcMismatch {
    /// What the header says.
    pub stored: u32,
    /// CRC-32C of the bytes from 21 to the end.
    pub computed: u32,
}

impl CrcMismatch {
    /// CORRUPT_MESSAGE (2).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        ErrorCode::CORRUPT_MESSAGE
    }
}

impl fmt::Display for CrcMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "crc at byte {} is {:#010x}, but that of the bytes from {} on is {:#010x}",
            field::CRC,
            self.stored,
            field::ATTRIBUTES,
            self.computed
        )
    }
}

impl error::Error for CrcMismatch {}

/// Bytes of the one batch that fills `bytes`.
pub(super) fn check(bytes: &[u8]) -> Result<usize, BatchError> {
    let got = bytes.len();
    let size = match frame(bytes)? {
        Frame::Batch { size } => size,
        Frame::Incomplete { missing } => {
            return Err(BatchError::Truncated { wanted: got.saturating_add(missing), got });
        }
        Frame::Legacy { magic, .. } => return Err(BatchError::Legacy { magic }),
    };
    match got {
        _ if got < size => Err(BatchError::Truncated { wanted: size, got }),
        _ if got > size => Err(BatchError::Trailing { size, got }),
        _ => Ok(size),
    }
}

impl<'a> BatchView<&'a [u8]> {
    /// The batch at the start of some bytes and what is behind it, if all of the batch is there and
    /// [`frame`] finds nothing wrong with it.
    #[inline(always)]
    pub(super) fn first_of(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let header = BatchHeader::parse(bytes).ok()?;
        let size = usize::try_from(header.batch_length.checked_add(LOG_OVERHEAD)?).ok()?;
        if size < BatchHeader::LEN {
            return None;
        }
        let (batch, rest) = bytes.split_at_checked(size)?;
        Some((Self { bytes: batch, header, size }, rest))
    }
}

impl<T: AsRef<[u8]>> BatchView<T> {
    /// Checks that `bytes` are exactly one batch of format v2. O(1): neither CRC nor records are
    /// looked at.
    ///
    /// # Errors
    /// A [`BatchError`] that names the field, what it held, and its position.
    pub fn new_checked(bytes: T) -> Result<Self, BatchError> {
        let size = check(bytes.as_ref())?;
        let header = BatchHeader::parse(bytes.as_ref())?;
        Ok(Self { bytes, header, size })
    }

    /// The header. O(1).
    #[must_use]
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Bytes of the whole batch, at least 61. O(1).
    #[must_use]
    pub const fn size_in_bytes(&self) -> usize {
        self.size
    }

    /// The whole batch. O(1).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The bytes after the header: the records, or if a codec is set one compressed block. O(1).
    #[must_use]
    pub fn records(&self) -> &[u8] {
        self.as_bytes().get(field::RECORDS..).unwrap_or_default()
    }

    /// Reads the records of a batch that is not compressed. O(1); each record is O(its bytes).
    ///
    /// # Errors
    /// [`RecordErrorKind::Compressed`](super::RecordErrorKind::Compressed), or
    /// [`RecordErrorKind::Count`](super::RecordErrorKind::Count) for a negative count.
    pub fn iter(&self) -> Result<Records<'_>, RecordError> {
        Records::of_batch(&self.header, self.records())
    }

    /// Whether the stored CRC is that of the bytes (R7). O(n).
    ///
    /// # Errors
    /// [`CrcMismatch`] with both values.
    pub fn verify_crc(&self) -> Result<(), CrcMismatch> {
        let covered = self.as_bytes().get(field::ATTRIBUTES..).unwrap_or_default();
        let (stored, computed) = (self.header.crc, crc32c(covered));
        if stored == computed { Ok(()) } else { Err(CrcMismatch { stored, computed }) }
    }

    /// Gives the bytes back.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.bytes
    }
}
