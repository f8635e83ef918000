//! Which records are in a batch?

use core::{error, fmt, iter::FusedIterator};

use super::bytes::Reader;
use super::frame::field;
use super::header::BatchHeader;
use super::varint::{self, VarintError};
use crate::error_code::ErrorCode;
use crate::ids::{NO_SEQUENCE, raw};

/// One record, its key, value and headers as slices of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number in the batch, from 0.
    pub index: i32,
    /// Its first byte, counted as in [`RecordError::position`].
    pub position: usize,
    /// Unused by Kafka, carried as it came.
    pub attributes: i8,
    /// Its offset: base offset plus delta, wrapping.
    pub offset: i64,
    /// Milliseconds: base timestamp plus delta, wrapping; the batch's maximum if that is the append
    /// time (R11).
    pub timestamp: i64,
    /// Its sequence, -1 if the batch has none (a negative base sequence).
    pub sequence: i32,
    /// The key; `None` is a null key, which any negative length means.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a null value (a tombstone).
    pub value: Option<&'a [u8]>,
    /// The headers, already checked.
    pub headers: Headers<'a>,
}

/// One header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordHeader<'a> {
    /// The key. Kafka reads it as UTF-8 when asked for it; it is not checked here.
    pub key: &'a [u8],
    /// The value; `None` is a null value.
    pub value: Option<&'a [u8]>,
}

/// The headers of one record.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    reader: Reader<'a>,
    left: i32,
}

/// Why a record could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordError {
    /// The number of the record in the batch, from 0.
    pub index: i32,
    /// The byte at which reading failed: counted from the batch's first byte, or from the first
    /// byte of the block that was given in place of a compressed one.
    pub position: usize,
    /// What is wrong there.
    pub kind: RecordErrorKind,
}

/// The kinds of [`RecordError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordErrorKind {
    /// The records are one compressed block, which this crate does not decompress.
    Compressed {
        /// The codec's number, 1 to 7.
        codec: i16,
    },
    /// The batch declares a negative number of records.
    Count {
        /// What it declares.
        got: i32,
    },
    /// The bytes end where a record should start.
    Missing {
        /// How many records the batch declares.
        declared: i32,
    },
    /// A record declares more bytes than there are, or fewer than none.
    Length {
        /// What it declares.
        got: i32,
        /// Bytes left behind its length.
        left: usize,
    },
    /// The record's own length is an integer of more than five bytes.
    LengthTooLong,
    /// A variable-length integer inside the record has more bytes than its width allows.
    VarintTooLong,
    /// A field ends behind the end of its record.
    Truncated,
    /// The fields end before the record's declared length does.
    Unread {
        /// Bytes that no field takes.
        bytes: usize,
    },
    /// A negative number of headers.
    HeaderCount {
        /// The number.
        got: i32,
    },
    /// A header without a key.
    HeaderKey {
        /// The negative length of its key.
        got: i32,
    },
    /// All declared records were read and bytes are left over.
    LeftOver {
        /// How many.
        bytes: usize,
    },
}

impl RecordError {
    /// Kafka's code: INVALID_RECORD (87), but -1 for an overlong length in front of a record, which
    /// is the one integer that Kafka reads outside its net. A compressed block is our limit, not
    /// Kafka's: UNSUPPORTED_COMPRESSION_TYPE (76).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self.kind {
            RecordErrorKind::Compressed { .. } => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            RecordErrorKind::LengthTooLong => ErrorCode::UNKNOWN_SERVER_ERROR,
            RecordErrorKind::Count { .. }
            | RecordErrorKind::Missing { .. }
            | RecordErrorKind::Length { .. }
            | RecordErrorKind::VarintTooLong
            | RecordErrorKind::Truncated
            | RecordErrorKind::Unread { .. }
            | RecordErrorKind::HeaderCount { .. }
            | RecordErrorKind::HeaderKey { .. }
            | RecordErrorKind::LeftOver { .. } => ErrorCode::INVALID_RECORD,
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} at byte {}: ", self.index, self.position)?;
        match self.kind {
            RecordErrorKind::Compressed { codec } => {
                write!(f, "the records are compressed with codec {codec}, not decoded")
            }
            RecordErrorKind::Count { got } => write!(f, "the batch declares {got} records"),
            RecordErrorKind::Missing { declared } => {
                write!(f, "the bytes end, the batch declares {declared} records")
            }
            RecordErrorKind::Length { got, left } => {
                write!(f, "it declares {got} bytes, {left} are left")
            }
            RecordErrorKind::LengthTooLong => f.write_str("its length takes more than 5 bytes"),
            RecordErrorKind::VarintTooLong => {
                f.write_str("an integer takes more bytes than its width allows")
            }
            RecordErrorKind::Truncated => f.write_str("a field ends behind the end of the record"),
            RecordErrorKind::Unread { bytes } => {
                write!(f, "the fields end {bytes} bytes before the declared length")
            }
            RecordErrorKind::HeaderCount { got } => write!(f, "it declares {got} headers"),
            RecordErrorKind::HeaderKey { got } => {
                write!(f, "a header key has the length {got}, at least 0 wanted")
            }
            RecordErrorKind::LeftOver { bytes } => {
                write!(f, "{bytes} bytes are left over after the last declared record")
            }
        }
    }
}

impl error::Error for RecordError {}

/// A failure inside one record: the byte, and what is wrong.
type Fault = (usize, RecordErrorKind);

/// Runs `read` and says where it began if it fails.
fn integer<T>(
    reader: &mut Reader<'_>,
    read: fn(&mut Reader<'_>) -> Result<T, VarintError>,
) -> Result<T, Fault> {
    let position = reader.position();
    read(reader).map_err(|error| match error {
        VarintError::Truncated => (position, RecordErrorKind::Truncated),
        VarintError::TooLong => (position, RecordErrorKind::VarintTooLong),
    })
}

/// Bytes with their length in front; a negative length means null.
fn nullable<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Fault> {
    let position = reader.position();
    let len = integer(reader, varint::read_i32)?;
    let Ok(len) = usize::try_from(len) else {
        return Ok(None);
    };
    match reader.bytes(len) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err((position, RecordErrorKind::Truncated)),
    }
}

fn header<'a>(reader: &mut Reader<'a>) -> Result<RecordHeader<'a>, Fault> {
    let position = reader.position();
    let len = integer(reader, varint::read_i32)?;
    let Ok(key_len) = usize::try_from(len) else {
        return Err((position, RecordErrorKind::HeaderKey { got: len }));
    };
    let key = reader.bytes(key_len).ok_or((position, RecordErrorKind::Truncated))?;
    Ok(RecordHeader { key, value: nullable(reader)? })
}

impl Headers<'_> {
    /// How many there are still to come.
    #[must_use]
    pub const fn left(&self) -> i32 {
        self.left
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = RecordHeader<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.left.checked_sub(1).filter(|left| *left >= 0)?;
        // They were read once when the record was, so they can be read again.
        let header = header(&mut self.reader).ok()?;
        self.left = left;
        Some(header)
    }
}

impl FusedIterator for Headers<'_> {}

impl PartialEq for Headers<'_> {
    /// The same keys and values in the same order, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.left == other.left && (*self).eq(*other)
    }
}

impl Eq for Headers<'_> {}

/// What a record takes from its batch.
#[derive(Clone, Copy, Debug)]
struct Base {
    offset: i64,
    timestamp: i64,
    sequence: i32,
    append_time: Option<i64>,
}

/// The records of a batch, in order, as strict as Kafka's reader (R9, R10).
///
/// After the first error it ends. The last declared record is given only if no byte is left over
/// behind it; a batch that declares none is empty whatever bytes it carries, as in Kafka. Each step
/// is O(bytes of the record).
#[derive(Clone, Debug)]
pub struct Records<'a> {
    reader: Reader<'a>,
    base: Base,
    index: i32,
    count: i32,
}

impl<'a> Records<'a> {
    /// The records behind `header` in a batch that is not compressed.
    pub(super) fn of_batch(header: &BatchHeader, records: &'a [u8]) -> Result<Self, RecordError> {
        let wrong = |position, kind| Err(RecordError { index: 0, position, kind });
        match header.attributes.codec() {
            0 => Self::new(header, Reader::new(records, field::RECORDS))
                .or_else(|kind| wrong(field::RECORDS_COUNT, kind)),
            codec => wrong(field::ATTRIBUTES, RecordErrorKind::Compressed { codec }),
        }
    }

    /// The records of a compressed batch, from the block that the caller has decompressed. O(1).
    ///
    /// Positions count from the first byte of `block`.
    ///
    /// # Errors
    /// [`RecordErrorKind::Count`], at position 0, if the header declares a negative number of
    /// records.
    pub fn of_decompressed(header: &BatchHeader, block: &'a [u8]) -> Result<Self, RecordError> {
        Self::new(header, Reader::new(block, 0)).map_err(|kind| RecordError {
            index: 0,
            position: 0,
            kind,
        })
    }

    fn new(header: &BatchHeader, reader: Reader<'a>) -> Result<Self, RecordErrorKind> {
        if header.records_count < 0 {
            return Err(RecordErrorKind::Count { got: header.records_count });
        }
        let append_time = header.attributes.is_log_append_time().then_some(header.max_timestamp);
        let base = Base {
            offset: header.base_offset,
            timestamp: header.base_timestamp,
            sequence: header.base_sequence,
            append_time,
        };
        Ok(Self { reader, base, index: 0, count: header.records_count })
    }

    /// How many records the batch declares and were not yet given; a hostile batch may declare more
    /// than it has.
    #[must_use]
    pub const fn left(&self) -> i32 {
        self.count.saturating_sub(self.index)
    }

    /// The reader over the body of the next record.
    fn body(&mut self) -> Result<Reader<'a>, Fault> {
        let start = self.reader.position();
        let declared = self.count;
        let len = varint::read_i32(&mut self.reader).map_err(|error| match error {
            VarintError::Truncated => (start, RecordErrorKind::Missing { declared }),
            VarintError::TooLong => (start, RecordErrorKind::LengthTooLong),
        })?;
        let left = self.reader.remaining().len();
        let body = self.reader.position();
        usize::try_from(len)
            .ok()
            .and_then(|len| self.reader.bytes(len))
            .map(|bytes| Reader::new(bytes, body))
            .ok_or((start, RecordErrorKind::Length { got: len, left }))
    }

    fn record(&mut self) -> Result<Record<'a>, Fault> {
        let position = self.reader.position();
        let mut body = self.body()?;
        let attributes = body.byte().ok_or((body.position(), RecordErrorKind::Truncated))?;
        let timestamp_delta = integer(&mut body, varint::read_i64)?;
        let offset_delta = integer(&mut body, varint::read_i32)?;
        let key = nullable(&mut body)?;
        let value = nullable(&mut body)?;
        let headers = headers(&mut body)?;
        match body.remaining().len() {
            0 => {}
            bytes => return Err((body.position(), RecordErrorKind::Unread { bytes })),
        }
        Ok(Record {
            index: self.index,
            position,
            attributes: i8::from_be_bytes([attributes]),
            offset: self.base.offset.wrapping_add(i64::from(offset_delta)),
            timestamp: self
                .base
                .append_time
                .unwrap_or_else(|| self.base.timestamp.wrapping_add(timestamp_delta)),
            sequence: match self.base.sequence {
                sequence @ 0.. => raw::increment(sequence, offset_delta),
                _ => NO_SEQUENCE,
            },
            key,
            value,
            headers,
        })
    }

    /// The next record, and behind the last one the end of the bytes.
    fn step(&mut self) -> Result<Record<'a>, Fault> {
        let record = self.record()?;
        match self.reader.remaining().len() {
            bytes @ 1.. if self.left() == 1 => {
                Err((self.reader.position(), RecordErrorKind::LeftOver { bytes }))
            }
            _ => Ok(record),
        }
    }
}

/// Reads every header once, so that giving them later cannot fail.
fn headers<'a>(body: &mut Reader<'a>) -> Result<Headers<'a>, Fault> {
    let position = body.position();
    let count = integer(body, varint::read_i32)?;
    if count < 0 {
        return Err((position, RecordErrorKind::HeaderCount { got: count }));
    }
    let headers = Headers { reader: *body, left: count };
    // A hostile count ends at the end of the record: each header takes at least two bytes.
    for _ in 0..count {
        header(body)?;
    }
    Ok(headers)
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.count {
            return None;
        }
        let index = self.index;
        let step = self.step();
        self.index = if step.is_ok() { index.saturating_add(1) } else { self.count };
        Some(step.map_err(|(position, kind)| RecordError { index, position, kind }))
    }
}

impl FusedIterator for Records<'_> {}
