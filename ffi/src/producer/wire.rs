//! What follows from what came from outside?

use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::producer::{Answer, Described, Response, TimestampType};

use super::fencepost_producer;
use super::machine::either;
use super::send::fencepost_attempt;
use crate::boundary::handle::extent_of;
use crate::boundary::{In, Versioned, apart, on_mut, options};
use crate::error::{Teller, fencepost_error};
use crate::shapes::{command, nothing};
use crate::status::fencepost_status::{self, *};

/// What came of one sending: fencepost_answer.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_answer_kind {
    /// The broker answered.
    FENCEPOST_ANSWER_RESPONSE = 0,
    /// No answer came in request.timeout.ms; the connection stays.
    FENCEPOST_ANSWER_TIMED_OUT = 1,
    /// The connection was lost before the answer.
    FENCEPOST_ANSWER_DISCONNECTED = 2,
    /// No byte of the request left: it is as if this sending had not been.
    FENCEPOST_ANSWER_NOT_SENT = 3,
}

/// What came of one sending of a batch.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_answer {
    /// sizeof(fencepost_answer).
    pub struct_size: u32,
    /// A fencepost_answer_kind; unless it is FENCEPOST_ANSWER_RESPONSE, the rest is ignored.
    pub kind: u32,
    /// The Kafka error code; 0 for an acknowledgement.
    pub code: i16,
    /// 0.
    pub reserved: [u16; 3],
    /// The offset of the batch's first record, -1 if unknown.
    pub base_offset: i64,
    /// -1, but for topics of LogAppendTime, and for duplicates.
    pub log_append_time: i64,
    /// Where the log begins, -1 if unknown (before produce version 5).
    pub log_start_offset: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_answer {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_answer {
    pub(crate) fn read(&self) -> Result<Answer, fencepost_status> {
        if self.reserved != [0; 3] {
            return Err(FENCEPOST_VALUE);
        }
        Ok(match self.kind {
            0 => Answer::Response(Response {
                code: ErrorCode::new(self.code),
                base_offset: self.base_offset,
                log_append_time: self.log_append_time,
                log_start_offset: self.log_start_offset,
            }),
            1 => Answer::TimedOut,
            2 => Answer::Disconnected,
            3 => Answer::NotSent,
            _ => return Err(FENCEPOST_VALUE),
        })
    }
}

/// Takes what came of a sending. Verdicts that follow wait in fencepost_producer_take_verdict. Give
/// it every answer, also one to a batch whose verdict was taken: INVALID_PRODUCER_EPOCH is about
/// the producer, and fences it whichever sending of its highest epoch it answers.
/// O(1), O(partitions) if it is fatal.
///
/// Errors: FENCEPOST_PRODUCER_UNKNOWN_BATCH, FENCEPOST_PRODUCER_NEVER_SENT,
/// FENCEPOST_PRODUCER_ALREADY_ANSWERED, FENCEPOST_PRODUCER_NO_PARTITION: an answer to nothing that
/// was sent, or a second one. FENCEPOST_VALUE. Nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_response(
    producer: *mut fencepost_producer,
    attempt: *const fencepost_attempt,
    answer: *const fencepost_answer,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (attempt, (answer, answer_at)) = (In::new(attempt)?, options(answer)?);
            let teller = Teller::new(error)?;
            let read = [attempt.extent(), answer_at, extent_of(producer)];
            apart([teller.extent(), teller.text()], read)?;
            let (attempt, answer) = (attempt.get().read()?, answer.read()?);
            let now = Timestamp::from_millis(now_ms);
            let taken = either!(producer, it => it.handle_response(attempt, answer, now));
            taken.map_err(|unexpected| teller.tell(&unexpected))
        })
    }
}

/// The question of FENCEPOST_NEXT_DESCRIBE is being asked. What comes of it must be told by
/// fencepost_producer_handle_described, also that no answer came. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NOTHING_TO_SEND if there is nothing to ask,
/// FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_describe(
    producer: *mut fencepost_producer,
    partition: u32,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            either!(producer, it => {
                it.describe(partition).map_err(|refusal| teller.tell(&refusal))
            })
        })
    }
}

/// What a partition's leader says of the producer id (DescribeProducers): fencepost_described.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_described_kind {
    /// The id is listed.
    FENCEPOST_DESCRIBED_LISTED = 0,
    /// The answer has no such id.
    FENCEPOST_DESCRIBED_NOT_LISTED = 1,
    /// This broker or this user can't ask (before 2.8, or no READ on the topic): the partition's
    /// leader is never asked again.
    FENCEPOST_DESCRIBED_UNSUPPORTED = 2,
    /// No answer, or a retriable error.
    FENCEPOST_DESCRIBED_FAILED = 3,
}

/// What a partition's leader says of the producer id.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_described {
    /// sizeof(fencepost_described).
    pub struct_size: u32,
    /// A fencepost_described_kind.
    pub kind: u32,
    /// Of FENCEPOST_DESCRIBED_LISTED the epoch, as wide as in the protocol.
    pub producer_epoch: i32,
    /// Of FENCEPOST_DESCRIBED_LISTED the last sequence, -1 if no batch of this epoch is known.
    pub last_sequence: i32,
    /// Of FENCEPOST_DESCRIBED_NOT_LISTED where the partition's log begins, if the caller knows (a
    /// produce response, ListOffsets); else -1.
    pub log_start_offset: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_described {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_described {
    pub(crate) fn read(&self) -> Result<Described, fencepost_status> {
        let start = self.log_start_offset;
        Ok(match self.kind {
            0 => {
                Described::Listed { epoch: self.producer_epoch, last_sequence: self.last_sequence }
            }
            1 => Described::NotListed { log_start_offset: (start >= 0).then_some(start) },
            2 => Described::Unsupported,
            3 => Described::Failed,
            _ => return Err(FENCEPOST_VALUE),
        })
    }
}

/// Takes the leader's answer to FENCEPOST_NEXT_DESCRIBE. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NOT_ASKED, FENCEPOST_PRODUCER_NONSENSE,
/// FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_VALUE; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_described(
    producer: *mut fencepost_producer,
    partition: u32,
    described: *const fencepost_described,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let ((described, described_at), teller) = (options(described)?, Teller::new(error)?);
            apart([teller.extent(), teller.text()], [described_at, extent_of(producer)])?;
            let (described, now) = (described.read()?, Timestamp::from_millis(now_ms));
            let taken = either!(producer, it => it.handle_described(partition, described, now));
            taken.map_err(|unexpected| teller.tell(&unexpected))
        })
    }
}

/// A time is over (FENCEPOST_NEXT_TIMEOUT): batches that reached their delivery timeout end, and
/// those that must not be sent again. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_timeout(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.check(partition)?;
            either!(producer, it => it.handle_timeout(partition, Timestamp::from_millis(now_ms)));
            Ok(())
        })
    }
}

/// The connection to the partition's leader is gone, with what was on the wire. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_disconnect(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.check(partition)?;
            let now = Timestamp::from_millis(now_ms);
            either!(producer, it => it.handle_disconnect(partition, now));
            Ok(())
        })
    }
}

/// The partition has another leader, or another leader epoch. What is on the wire may still be
/// answered by the old one. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_leader_change(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.check(partition)?;
            let now = Timestamp::from_millis(now_ms);
            either!(producer, it => it.handle_leader_change(partition, now));
            Ok(())
        })
    }
}

/// What timestamps a topic's records carry.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_timestamp_type {
    /// Not known: the producer takes the worse of both.
    FENCEPOST_TIMESTAMP_TYPE_UNKNOWN = 0,
    /// The producer's.
    FENCEPOST_TIMESTAMP_TYPE_CREATE_TIME = 1,
    /// The broker's.
    FENCEPOST_TIMESTAMP_TYPE_LOG_APPEND_TIME = 2,
}

/// What the caller knows of the partition's topic: a fencepost_timestamp_type, and an offset before
/// which nothing of this producer can stand, such as the log's end when the partition was first
/// used; -1 if that is not known. Both make more cases decidable. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_set_topic(
    producer: *mut fencepost_producer,
    partition: u32,
    timestamp_type: u32,
    first_use_offset: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            producer.check(partition)?;
            let timestamp_type = match timestamp_type {
                0 => TimestampType::Unknown,
                1 => TimestampType::CreateTime,
                2 => TimestampType::LogAppendTime,
                _ => return Err(FENCEPOST_VALUE),
            };
            either!(producer, it => it.set_timestamp_type(partition, timestamp_type));
            if first_use_offset >= 0 {
                either!(producer, it => it.set_first_use_offset(partition, first_use_offset));
            }
            Ok(())
        })
    }
}
