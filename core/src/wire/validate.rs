//! May a leader append this?

use core::{error, fmt};

use super::assign::{Assigned, assign_offsets};
use super::frame::{BatchError, Frame, field, frame};
use super::header::{Attributes, BatchHeader};
use super::record::{Record, RecordError, RecordErrorKind, Records};
use super::view::BatchView;
use crate::error_code::ErrorCode;
use crate::ids::{NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_TIMESTAMP};

/// Who appends. Replicas and the Raft leader append without this validation (broker spec 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValidatedOrigin {
    /// A produce request.
    Client,
    /// The coordinator of groups or transactions on this broker; rules 2 to 6 do not apply to it.
    Coordinator,
}

/// Where the topic's timestamps come from, and which are allowed. Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimestampRule {
    /// From the client.
    CreateTime {
        /// The broker's clock.
        now: i64,
        /// How far a record may lie before `now` (`message.timestamp.before.max.ms`).
        before_max: i64,
        /// How far a record may lie after `now` (`message.timestamp.after.max.ms`).
        after_max: i64,
    },
    /// From the broker's clock.
    LogAppendTime {
        /// The broker's clock.
        now: i64,
    },
}

/// What a leader knows when it validates the records of one partition.
#[derive(Clone, Copy, Debug)]
pub struct Validation<'a> {
    /// Who appends.
    pub origin: ValidatedOrigin,
    /// The offset of the next record on the log.
    pub next_offset: i64,
    /// The codec that the topic wants, 0 to 4; `None` keeps the producer's. Another codec makes the
    /// broker rebuild the batch, which has rules of its own (R18).
    pub topic_codec: Option<i16>,
    /// Whether the topic is compacted, so that every record needs a key.
    pub is_compacted: bool,
    /// Where timestamps come from.
    pub timestamps: TimestampRule,
    /// The records of a compressed batch as the caller decompressed them; not looked at for others.
    /// Without it the records of a compressed batch are not checked, and [`Assigned::records_read`]
    /// says so.
    pub decompressed: Option<&'a [u8]>,
}

impl Validation<'_> {
    /// A topic that is not compacted, keeps the producer's codec, and takes any timestamp from the
    /// client.
    #[must_use]
    pub const fn new(origin: ValidatedOrigin, next_offset: i64) -> Self {
        let any = TimestampRule::CreateTime { now: 0, before_max: i64::MAX, after_max: i64::MAX };
        Self {
            origin,
            next_offset,
            topic_codec: None,
            is_compacted: false,
            timestamps: any,
            decompressed: None,
        }
    }
}

/// Why a leader refuses the records of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValidateError {
    /// The byte, counted from the first given, at which the offending field stands. For the records
    /// of a compressed batch it is the first byte of the compressed block.
    pub position: usize,
    /// The rule that was broken.
    pub violation: Violation,
}

/// The rules a leader checks, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// The bytes cannot be framed.
    Batch(BatchError),
    /// (a) There is no whole batch; Kafka ignores a torn one.
    NoBatch,
    /// The codec's number names none. Checked before the validator (broker spec 2.5 #18).
    Codec {
        /// 5 to 7.
        got: i16,
    },
    /// (b) There is a second batch.
    SecondBatch,
    /// (c) 2: the offsets span no record.
    OffsetSpan {
        /// Last offset minus base offset plus one.
        got: i64,
    },
    /// (c) 3: no record is declared.
    RecordsCount {
        /// What is declared.
        got: i32,
    },
    /// (c) 4: the offsets span another number of records than is declared.
    CountMismatch {
        /// What the offsets span.
        offsets: i64,
        /// What is declared.
        records: i32,
    },
    /// (c) 5: a client sent a control batch.
    Control,
    /// (c) 6: a producer id without a sequence.
    BaseSequence {
        /// The negative sequence.
        got: i32,
    },
    /// (d) A record cannot be read.
    Record(RecordError),
    /// (d) Records out of the allowed time.
    Timestamp {
        /// The number of the first one in the batch.
        first: i32,
        /// Its timestamp.
        timestamp: i64,
        /// How many records are refused, those without key included.
        refused: i32,
    },
    /// (d) Records without a key on a compacted topic.
    Key {
        /// The number of the first one in the batch.
        first: i32,
        /// How many.
        refused: i32,
    },
    /// Rebuilt: a negative timestamp other than -1.
    RebuildTimestamp {
        /// The number of the record.
        index: i32,
        /// Its timestamp.
        timestamp: i64,
    },
    /// The codec stays, but the records' offsets are not 0, 1, 2, … Kafka has only skimmed the
    /// records of a compressed batch that it meant to keep, so it cannot rebuild this one.
    RebuildSkimmed,
    /// Rebuilt on a topic with append time: no record, so the builder has no last offset to report.
    RebuildEmpty,
    /// Rebuilt: transactional, but the producer id is -1.
    RebuildProducerId,
    /// Rebuilt: a producer id other than -1 with epoch -1.
    RebuildEpoch,
    /// Rebuilt: a producer id other than -1 with a negative sequence.
    RebuildSequence {
        /// The sequence.
        got: i32,
    },
}

impl ValidateError {
    /// The code of the answer (broker spec 2.6).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self.violation {
            Violation::Batch(error) => error.error_code(),
            Violation::Record(error) => error.error_code(),
            Violation::Timestamp { .. } => ErrorCode::INVALID_TIMESTAMP,
            Violation::NoBatch
            | Violation::SecondBatch
            | Violation::OffsetSpan { .. }
            | Violation::RecordsCount { .. }
            | Violation::CountMismatch { .. }
            | Violation::Control
            | Violation::BaseSequence { .. }
            | Violation::Key { .. } => ErrorCode::INVALID_RECORD,
            Violation::Codec { .. }
            | Violation::RebuildTimestamp { .. }
            | Violation::RebuildSkimmed
            | Violation::RebuildEmpty
            | Violation::RebuildProducerId
            | Violation::RebuildEpoch
            | Violation::RebuildSequence { .. } => ErrorCode::UNKNOWN_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ValidateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.position)?;
        match self.violation {
            Violation::Batch(error) => error.fmt(f),
            Violation::NoBatch => f.write_str("there is no whole batch"),
            Violation::Codec { got } => write!(f, "codec {got} is none, 0 to 4 wanted"),
            Violation::SecondBatch => f.write_str("a second batch, one wanted"),
            Violation::OffsetSpan { got } => {
                write!(f, "the offsets span {got} records, at least 1 wanted")
            }
            Violation::RecordsCount { got } => {
                write!(f, "{got} records are declared, at least 1 wanted")
            }
            Violation::CountMismatch { offsets, records } => {
                write!(f, "the offsets span {offsets} records, but {records} are declared")
            }
            Violation::Control => f.write_str("a control batch from a client"),
            Violation::BaseSequence { got } => {
                write!(f, "base sequence {got} with a producer id, at least 0 wanted")
            }
            Violation::Record(error) => error.fmt(f),
            Violation::Timestamp { first, timestamp, refused } => write!(
                f,
                "{refused} records refused; record {first} has timestamp {timestamp}, out of range"
            ),
            Violation::Key { first, refused } => {
                write!(
                    f,
                    "{refused} records refused; record {first} of a compacted topic has no key"
                )
            }
            Violation::RebuildTimestamp { index, timestamp } => {
                write!(f, "cannot rebuild: record {index} has timestamp {timestamp}")
            }
            Violation::RebuildSkimmed => {
                f.write_str("cannot rebuild: compressed records are not numbered from offset 0")
            }
            Violation::RebuildEmpty => f.write_str("cannot rebuild: no record, on append time"),
            Violation::RebuildProducerId => {
                f.write_str("cannot rebuild: transactional without a producer id")
            }
            Violation::RebuildEpoch => f.write_str("cannot rebuild: producer id with epoch -1"),
            Violation::RebuildSequence { got } => {
                write!(f, "cannot rebuild: producer id with base sequence {got}")
            }
        }
    }
}

impl error::Error for ValidateError {}

const fn refuse<T>(position: usize, violation: Violation) -> Result<T, ValidateError> {
    Err(ValidateError { position, violation })
}

/// Validates the records of one partition as a leader does, and assigns their offsets (R14 to R18;
/// broker spec 2.6).
///
/// `batches` is what a produce request holds for the partition. The CRC is not looked at: Kafka
/// checks it before (2.5 #17), [`BatchView::verify_crc`] does. Nor is the base offset, which a
/// client must send as 0 (2.5 #15). The log's format is 2, the only one that Kafka 4 writes, so
/// rules 1, 7 and 8 of the table cannot be broken. O(n).
///
/// The records of a compressed batch are read as strictly as others. Kafka only skims them when it
/// keeps the batch, so it stores some whose fields disagree with a record's length.
///
/// # Errors
/// The first rule broken, its place and what it saw.
pub fn validate(batches: &[u8], validation: &Validation<'_>) -> Result<Assigned, ValidateError> {
    let batch = BatchView::new_checked(only_batch(batches)?)
        .or_else(|error| refuse(error.position(), Violation::Batch(error)))?;
    let header = batch.header();
    if validation.origin == ValidatedOrigin::Client {
        client_rules(header)?;
    }
    let is_plain = header.attributes.codec() == 0;
    let Some(scan) = scan(&batch, validation)? else {
        // The block is compressed and the caller did not decompress it: what the header declares
        // must do.
        let is_rebuilt =
            validation.topic_codec.is_some_and(|codec| codec != header.attributes.codec());
        if is_rebuilt {
            builder_rules(header)?;
        }
        return Ok(assign_offsets(header, validation, header.records_count, None, is_rebuilt));
    };
    let topic_codec = validation.topic_codec.unwrap_or(header.attributes.codec());
    let is_kept =
        topic_codec == header.attributes.codec() || (is_plain && header.attributes.is_control());
    // Kafka looks at the records' numbers only where a codec is involved.
    let is_numbered = scan.is_numbered || (is_plain && topic_codec == 0);
    let is_rebuilt = !is_kept || !is_numbered;
    if is_kept && !is_numbered && !is_plain {
        return refuse(field::RECORDS, Violation::RebuildSkimmed);
    }
    if is_rebuilt {
        if let Some((index, timestamp)) = scan.negative_timestamp {
            let violation = Violation::RebuildTimestamp { index, timestamp };
            return refuse(field::RECORDS, violation);
        }
        builder_rules(header)?;
        if scan.records == 0 && matches!(validation.timestamps, TimestampRule::LogAppendTime { .. })
        {
            return refuse(field::RECORDS_COUNT, Violation::RebuildEmpty);
        }
    }
    let max_timestamp = Some(scan.max_timestamp);
    Ok(assign_offsets(header, validation, scan.records, max_timestamp, is_rebuilt))
}

/// (a) and (b): the one batch that the bytes hold (R15).
fn only_batch(batches: &[u8]) -> Result<&[u8], ValidateError> {
    let Some((first, rest)) = split_batch(batches, 0)? else {
        return refuse(0, Violation::NoBatch);
    };
    let codec = BatchHeader::parse(first).map_or(0, |header| header.attributes.codec());
    if codec > 4 {
        return refuse(field::ATTRIBUTES, Violation::Codec { got: codec });
    }
    match split_batch(rest, first.len())? {
        Some(_) => refuse(first.len(), Violation::SecondBatch),
        None => Ok(first),
    }
}

/// A batch and the bytes behind it.
type Split<'a> = (&'a [u8], &'a [u8]);

/// The batch at the start of `bytes` and what follows it; `None` at the end or at a torn batch.
fn split_batch(bytes: &[u8], at: usize) -> Result<Option<Split<'_>>, ValidateError> {
    let wrong = |error: BatchError| ValidateError {
        position: at.saturating_add(error.position()),
        violation: Violation::Batch(error),
    };
    match frame(bytes).map_err(wrong)? {
        Frame::Incomplete { .. } => Ok(None),
        Frame::Legacy { magic, .. } => Err(wrong(BatchError::Legacy { magic })),
        Frame::Batch { size } => Ok(bytes.split_at_checked(size)),
    }
}

/// (c): the rules for a client's header, in order (R14).
fn client_rules(header: &BatchHeader) -> Result<(), ValidateError> {
    let span = i64::from(header.last_offset_delta).wrapping_add(1);
    let count = header.records_count;
    if span <= 0 {
        return refuse(field::LAST_OFFSET_DELTA, Violation::OffsetSpan { got: span });
    }
    if count <= 0 {
        return refuse(field::RECORDS_COUNT, Violation::RecordsCount { got: count });
    }
    if span != i64::from(count) {
        let violation = Violation::CountMismatch { offsets: span, records: count };
        return refuse(field::RECORDS_COUNT, violation);
    }
    if header.attributes.is_control() {
        return refuse(field::ATTRIBUTES, Violation::Control);
    }
    if header.has_producer_id() && header.base_sequence < 0 {
        let violation = Violation::BaseSequence { got: header.base_sequence };
        return refuse(field::BASE_SEQUENCE, violation);
    }
    Ok(())
}

/// What reading all records of a batch has found.
struct Scan {
    records: i32,
    max_timestamp: i64,
    /// Whether the records' offsets are 0, 1, 2, … as a compressed batch that is kept must have
    /// them.
    is_numbered: bool,
    negative_timestamp: Option<(i32, i64)>,
}

/// (d): reads and checks every record (R10, R16). `None`: they are compressed and were not given.
fn scan(
    batch: &BatchView<&[u8]>,
    validation: &Validation<'_>,
) -> Result<Option<Scan>, ValidateError> {
    let header = batch.header();
    let records = match (header.attributes.codec(), validation.decompressed) {
        (0, _) => batch.iter(),
        (_, Some(block)) => Records::of_decompressed(header, block),
        (_, None) if header.records_count >= 0 => return Ok(None),
        // An empty block: what is wrong is the count, and the reader says so.
        (_, None) => Records::of_decompressed(header, &[]),
    };
    let is_plain = header.attributes.codec() == 0;
    let unreadable = |error: RecordError| {
        let in_batch = match error.kind {
            RecordErrorKind::Count { .. } => field::RECORDS_COUNT,
            _ if is_plain => error.position,
            _ => field::RECORDS,
        };
        ValidateError { position: in_batch, violation: Violation::Record(error) }
    };
    let mut scan = Scan {
        records: 0,
        max_timestamp: NO_TIMESTAMP,
        is_numbered: true,
        negative_timestamp: None,
    };
    let mut refusals = Refusals::default();
    for record in records.map_err(unreadable)? {
        let record = record.map_err(unreadable)?;
        refusals.check(&record, header.attributes, validation);
        if record.timestamp < NO_TIMESTAMP && scan.negative_timestamp.is_none() {
            scan.negative_timestamp = Some((record.index, record.timestamp));
        }
        scan.is_numbered &= record.offset == i64::from(record.index);
        scan.max_timestamp = scan.max_timestamp.max(record.timestamp);
        scan.records = scan.records.saturating_add(1);
    }
    match refusals.violation() {
        None => Ok(Some(scan)),
        Some((position, violation)) => {
            refuse(if is_plain { position } else { field::RECORDS }, violation)
        }
    }
}

/// The records refused one by one. They are collected, because a wrong timestamp further on wins
/// over a missing key.
#[derive(Default)]
struct Refusals {
    count: i32,
    first_key: Option<(usize, i32)>,
    first_timestamp: Option<(usize, i32, i64)>,
}

impl Refusals {
    fn check(&mut self, record: &Record<'_>, attributes: Attributes, validation: &Validation<'_>) {
        if validation.is_compacted && record.key.is_none() {
            self.count = self.count.saturating_add(1);
            self.first_key.get_or_insert((record.position, record.index));
        } else if !timestamp_allowed(record.timestamp, attributes, validation.timestamps) {
            self.count = self.count.saturating_add(1);
            let found = (record.position, record.index, record.timestamp);
            self.first_timestamp.get_or_insert(found);
        }
    }

    fn violation(&self) -> Option<(usize, Violation)> {
        let refused = self.count;
        if let Some((position, first, timestamp)) = self.first_timestamp {
            return Some((position, Violation::Timestamp { first, timestamp, refused }));
        }
        let (position, first) = self.first_key?;
        Some((position, Violation::Key { first, refused }))
    }
}

/// Whether a record's timestamp is allowed. A client must not say append time where that would be
/// believed.
const fn timestamp_allowed(timestamp: i64, attributes: Attributes, rule: TimestampRule) -> bool {
    match rule {
        TimestampRule::CreateTime { now, before_max, after_max } if timestamp != NO_TIMESTAMP => {
            let age = now.wrapping_sub(timestamp);
            age <= before_max && age.wrapping_neg() <= after_max
        }
        _ => !attributes.is_log_append_time(),
    }
}

/// What Kafka's builder refuses when it closes a rebuilt batch (R18). It rebuilds as data, the
/// control bit is gone.
const fn builder_rules(header: &BatchHeader) -> Result<(), ValidateError> {
    let has_id = header.producer_id != NO_PRODUCER_ID;
    if header.attributes.is_transactional() && !has_id {
        return refuse(field::PRODUCER_ID, Violation::RebuildProducerId);
    }
    if has_id && header.producer_epoch == NO_PRODUCER_EPOCH {
        return refuse(field::PRODUCER_EPOCH, Violation::RebuildEpoch);
    }
    if has_id && header.base_sequence < 0 {
        let violation = Violation::RebuildSequence { got: header.base_sequence };
        return refuse(field::BASE_SEQUENCE, violation);
    }
    Ok(())
}
