//! How is a batch written into the caller's buffer?

use core::{error, fmt};

use super::bytes::Writer;
use super::frame::{BatchError, LOG_OVERHEAD};
use super::header::{Attributes, BatchHeader};
use super::marker::{EndTxnMarker, MarkerKind};
use super::record::RecordHeader;
use super::stamp::seal;
use super::varint;
use crate::ids::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP, Stamp};

/// Bytes that [`write_end_txn_marker`] writes.
pub const END_TXN_MARKER_LEN: usize = 78;

/// A record to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordToWrite<'a> {
    /// Milliseconds.
    pub timestamp: i64,
    /// The key; `None` is null.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is null.
    pub value: Option<&'a [u8]>,
    /// The headers. Kafka reads their keys as UTF-8.
    pub headers: &'a [RecordHeader<'a>],
}

/// What a batch says besides its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// The attribute bits; the codec must be 0.
    pub attributes: Attributes,
    /// Milliseconds that the records' timestamps are written relative to; `None` takes the first
    /// record's.
    pub base_timestamp: Option<i64>,
    /// The leader's epoch; -1 from a producer.
    pub partition_leader_epoch: i32,
    /// The offset of the first record; 0 from a producer.
    pub base_offset: i64,
}

impl Default for BatchOptions {
    /// What a producer writes: no attribute, leader epoch -1, base offset 0.
    fn default() -> Self {
        Self {
            attributes: Attributes(0),
            base_timestamp: None,
            partition_leader_epoch: -1,
            base_offset: 0,
        }
    }
}

/// Why a batch could not be written. What was written before stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BuildError {
    /// The buffer is too small.
    Full {
        /// Bytes of buffer that would do.
        needed: usize,
    },
    /// The batch or the record would have a size of more than 31 bits.
    TooLarge,
    /// A batch holds 2147483647 records.
    TooManyRecords,
    /// The attributes name a codec, and this writes records that are not compressed.
    Codec {
        /// Its number.
        codec: i16,
    },
    /// There is no record, and Kafka's leader refuses a batch without one.
    Empty,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Full { needed } => write!(f, "the buffer is too small, {needed} bytes wanted"),
            Self::TooLarge => f.write_str("the batch would be larger than 31 bits can say"),
            Self::TooManyRecords => f.write_str("the batch holds as many records as it can count"),
            Self::Codec { codec } => {
                write!(f, "the attributes name codec {codec}, but the records are not compressed")
            }
            Self::Empty => f.write_str("the batch holds no record"),
        }
    }
}

impl error::Error for BuildError {}

impl From<BatchError> for BuildError {
    /// A batch that was just written fails its own check only when its buffer is too small.
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Truncated { wanted, .. } => Self::Full { needed: wanted },
            _ => Self::TooLarge,
        }
    }
}

/// Bytes of a value with its length in front.
fn nullable_len(bytes: Option<&[u8]>) -> Option<usize> {
    let Some(bytes) = bytes else {
        return Some(varint::len(-1));
    };
    let len = i32::try_from(bytes.len()).ok()?;
    varint::len(i64::from(len)).checked_add(bytes.len())
}

/// Bytes of a record without the length in front of it.
fn body_len(offset_delta: i32, timestamp_delta: i64, record: &RecordToWrite<'_>) -> Option<i32> {
    let count = i32::try_from(record.headers.len()).ok()?;
    let mut len = 1usize
        .checked_add(varint::len(timestamp_delta))?
        .checked_add(varint::len(i64::from(offset_delta)))?
        .checked_add(nullable_len(record.key)?)?
        .checked_add(nullable_len(record.value)?)?
        .checked_add(varint::len(i64::from(count)))?;
    for header in record.headers {
        len = len.checked_add(nullable_len(Some(header.key))?)?;
        len = len.checked_add(nullable_len(header.value)?)?;
    }
    i32::try_from(len).ok()
}

/// Bytes that a record takes in a batch, exactly; `None` if a length does not fit 31 bits.
/// O(headers).
///
/// `offset_delta` is its number in the batch, `timestamp_delta` its timestamp minus the batch's
/// base timestamp.
#[must_use]
pub fn record_len(
    offset_delta: i32,
    timestamp_delta: i64,
    record: &RecordToWrite<'_>,
) -> Option<usize> {
    let body = body_len(offset_delta, timestamp_delta, record)?;
    varint::len(i64::from(body)).checked_add(usize::try_from(body).ok()?)
}

fn put_nullable(writer: &mut Writer<'_>, bytes: Option<&[u8]>) -> Option<()> {
    let Some(bytes) = bytes else {
        return varint::write(writer, -1);
    };
    varint::write(writer, i64::try_from(bytes.len()).ok()?)?;
    writer.bytes(bytes)
}

fn put_record(
    writer: &mut Writer<'_>,
    offset_delta: i32,
    timestamp_delta: i64,
    record: &RecordToWrite<'_>,
) -> Option<()> {
    varint::write(writer, i64::from(body_len(offset_delta, timestamp_delta, record)?))?;
    writer.field([0])?;
    varint::write(writer, timestamp_delta)?;
    varint::write(writer, i64::from(offset_delta))?;
    put_nullable(writer, record.key)?;
    put_nullable(writer, record.value)?;
    varint::write(writer, i64::try_from(record.headers.len()).ok()?)?;
    for header in record.headers {
        put_nullable(writer, Some(header.key))?;
        put_nullable(writer, header.value)?;
    }
    Some(())
}

/// Writes a batch of format v2, not compressed, into the caller's buffer.
///
/// Nothing before [`finish`](Self::finish) is a batch; a builder that is dropped leaves only used
/// buffer.
#[derive(Debug)]
pub struct BatchBuilder<'b> {
    buffer: &'b mut [u8],
    options: BatchOptions,
    len: usize,
    records: i32,
    max_timestamp: i64,
}

impl<'b> BatchBuilder<'b> {
    /// Starts a batch. O(1).
    ///
    /// # Errors
    /// [`BuildError::Full`] if not even the header fits, [`BuildError::Codec`] if the attributes
    /// name a codec.
    pub fn new(buffer: &'b mut [u8], options: BatchOptions) -> Result<Self, BuildError> {
        match options.attributes.codec() {
            0 => {}
            codec => return Err(BuildError::Codec { codec }),
        }
        if buffer.len() < BatchHeader::LEN {
            return Err(BuildError::Full { needed: BatchHeader::LEN });
        }
        let (len, records) = (BatchHeader::LEN, 0);
        Ok(Self { buffer, options, len, records, max_timestamp: NO_TIMESTAMP })
    }

    /// Bytes of the batch as it stands, the header's 61 included.
    #[must_use]
    pub const fn size_in_bytes(&self) -> usize {
        self.len
    }

    /// Records in the batch as it stands.
    #[must_use]
    pub const fn records_count(&self) -> i32 {
        self.records
    }

    fn timestamp_delta(&self, record: &RecordToWrite<'_>) -> i64 {
        let base = self.options.base_timestamp.unwrap_or(record.timestamp);
        // Wraps as the reader's addition does, so any pair of timestamps reads back.
        record.timestamp.wrapping_sub(base)
    }

    /// Bytes that `record` would take as the next one; `None` if a length does not fit 31 bits.
    /// O(headers).
    #[must_use]
    pub fn next_record_len(&self, record: &RecordToWrite<'_>) -> Option<usize> {
        record_len(self.records, self.timestamp_delta(record), record)
    }

    /// Adds a record. O(bytes of the record).
    ///
    /// # Errors
    /// [`BuildError::Full`], [`BuildError::TooLarge`], [`BuildError::TooManyRecords`]; the records
    /// before stand.
    pub fn push(&mut self, record: &RecordToWrite<'_>) -> Result<(), BuildError> {
        let records = self.records.checked_add(1).ok_or(BuildError::TooManyRecords)?;
        let delta = self.timestamp_delta(record);
        let needed = record_len(self.records, delta, record)
            .and_then(|len| self.len.checked_add(len))
            .filter(|len| i32::try_from(*len).is_ok())
            .ok_or(BuildError::TooLarge)?;
        let slot = self.buffer.get_mut(self.len..needed).ok_or(BuildError::Full { needed })?;
        put_record(&mut Writer::new(slot), self.records, delta, record)
            .ok_or(BuildError::Full { needed })?;
        if self.records == 0 {
            self.options.base_timestamp.get_or_insert(record.timestamp);
        }
        self.max_timestamp = self.max_timestamp.max(record.timestamp);
        self.records = records;
        self.len = needed;
        Ok(())
    }

    /// Writes the header and its CRC, and gives the batch. O(n). Without a stamp all three producer
    /// fields are -1.
    ///
    /// # Errors
    /// [`BuildError::Empty`] if no record was pushed.
    pub fn finish(self, stamp: Option<Stamp>) -> Result<&'b mut [u8], BuildError> {
        let last_offset_delta = self.records.checked_sub(1).ok_or(BuildError::Empty)?;
        if last_offset_delta < 0 {
            return Err(BuildError::Empty);
        }
        let mut header = BatchHeader {
            base_offset: self.options.base_offset,
            batch_length: batch_length(self.len)?,
            partition_leader_epoch: self.options.partition_leader_epoch,
            crc: 0,
            attributes: self.options.attributes,
            last_offset_delta,
            base_timestamp: self.options.base_timestamp.unwrap_or(NO_TIMESTAMP),
            max_timestamp: self.max_timestamp,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            records_count: self.records,
        };
        if let Some(stamp) = stamp {
            header.stamp(stamp);
        }
        finish(self.buffer, self.len, &header)
    }
}

/// The length field of a batch of `size` bytes.
fn batch_length(size: usize) -> Result<i32, BuildError> {
    let size = i32::try_from(size).map_err(|_| BuildError::TooLarge)?;
    Ok(size.saturating_sub(LOG_OVERHEAD))
}

/// Writes the header in front of the records and seals the first `size` bytes.
fn finish<'b>(
    buffer: &'b mut [u8],
    size: usize,
    header: &BatchHeader,
) -> Result<&'b mut [u8], BuildError> {
    let batch = buffer.get_mut(..size).ok_or(BuildError::Full { needed: size })?;
    header.write(batch.first_chunk_mut().ok_or(BuildError::Full { needed: BatchHeader::LEN })?);
    seal(batch)?;
    Ok(batch)
}

/// Where an end marker goes and whose transaction it ends. Raw numbers, as a coordinator or a test
/// has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkerBatch {
    /// The marker's offset.
    pub base_offset: i64,
    /// The partition leader's epoch.
    pub partition_leader_epoch: i32,
    /// The transaction's producer id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
}

/// Writes the 78 bytes of an end-transaction marker as Kafka's coordinator does (R12; broker spec
/// 2.7, 2.8). O(1).
///
/// # Errors
/// [`BuildError::Full`] if `buffer` has fewer than [`END_TXN_MARKER_LEN`] bytes.
pub fn write_end_txn_marker<'b>(
    buffer: &'b mut [u8],
    batch: &MarkerBatch,
    marker: &EndTxnMarker,
) -> Result<&'b mut [u8], BuildError> {
    let full = BuildError::Full { needed: END_TXN_MARKER_LEN };
    let kind: u8 = match marker.kind {
        MarkerKind::Abort => 0,
        MarkerKind::Commit => 1,
    };
    let [a, b, c, d] = marker.coordinator_epoch.to_be_bytes();
    let record = RecordToWrite {
        timestamp: marker.timestamp,
        key: Some(&[0, 0, 0, kind]),
        value: Some(&[0, 0, a, b, c, d]),
        headers: &[],
    };
    let records =
        buffer.get_mut(..END_TXN_MARKER_LEN).and_then(|batch| batch.get_mut(BatchHeader::LEN..));
    put_record(&mut Writer::new(records.ok_or(full)?), 0, 0, &record).ok_or(full)?;
    let header = BatchHeader {
        base_offset: batch.base_offset,
        batch_length: batch_length(END_TXN_MARKER_LEN)?,
        partition_leader_epoch: batch.partition_leader_epoch,
        crc: 0,
        attributes: Attributes(Attributes::TRANSACTIONAL | Attributes::CONTROL),
        last_offset_delta: 0,
        base_timestamp: marker.timestamp,
        max_timestamp: marker.timestamp,
        producer_id: batch.producer_id,
        producer_epoch: batch.producer_epoch,
        base_sequence: NO_SEQUENCE,
        records_count: 1,
    };
    finish(buffer, END_TXN_MARKER_LEN, &header)
}
