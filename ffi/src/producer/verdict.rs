//! What became of a batch, and why can the producer not go on?

use core::ffi::c_char;
use core::fmt::Write;

use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::producer::{Cause, Ended, Fatal, Notice, Verdict};

use super::fencepost_producer;
use super::machine::either;
use crate::boundary::handle::extent_of;
use crate::boundary::{Out, OutBytes, apart, on, on_mut};
use crate::error::Sentence;
use crate::status::fencepost_status::{self, *};

/// The honest word for a batch: fencepost_ended.verdict.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_outcome {
    /// It is on the log, once.
    FENCEPOST_OUTCOME_WRITTEN = 0,
    /// It is not on the log and never will be: it may be sent under new numbers.
    FENCEPOST_OUTCOME_NOT_WRITTEN = 1,
    /// It may be on the log: sent again, it may be there twice.
    FENCEPOST_OUTCOME_POSSIBLY_WRITTEN = 2,
}

/// Why a batch was not, or possibly, written: fencepost_ended.cause.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_cause {
    /// It was written.
    FENCEPOST_CAUSE_NONE = 0,
    /// The broker answered kafka_code.
    FENCEPOST_CAUSE_REFUSED = 1,
    /// delivery.timeout.ms is over.
    FENCEPOST_CAUSE_DELIVERY_TIMEOUT = 2,
    /// No retries are left; the last answer was kafka_code.
    FENCEPOST_CAUSE_RETRIES_EXHAUSTED = 3,
    /// The broker may have forgotten the producer id: sending again is unsafe.
    FENCEPOST_CAUSE_PRODUCER_ID_EXPIRED = 4,
    /// The broker has forgotten the producer.
    FENCEPOST_CAUSE_STATE_LOST = 5,
    /// The log lost acknowledged records.
    FENCEPOST_CAUSE_ACKED_LOST = 6,
    /// A batch before it was not written.
    FENCEPOST_CAUSE_BEHIND_GAP = 7,
    /// A later batch was appended without it.
    FENCEPOST_CAUSE_OVERTAKEN = 8,
    /// Its transaction must be aborted.
    FENCEPOST_CAUSE_ABORTED = 9,
    /// The caller gave it up.
    FENCEPOST_CAUSE_GIVEN_UP = 10,
    /// A newer instance with a higher epoch has taken over.
    FENCEPOST_CAUSE_FENCED = 11,
    /// Somebody else writes under this producer id and epoch.
    FENCEPOST_CAUSE_IDENTITY_CONFLICT = 12,
    /// The producer can't go on after kafka_code.
    FENCEPOST_CAUSE_FATAL = 13,
    /// Another cause, of a newer core.
    FENCEPOST_CAUSE_OTHER = 14,
}
use fencepost_cause::*;

/// What became of a batch. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_ended {
    /// The batch.
    pub batch: u64,
    /// Of FENCEPOST_OUTCOME_WRITTEN the offset of its first record, -1 if it is not known.
    pub base_offset: i64,
    /// A fencepost_outcome.
    pub verdict: u32,
    /// A fencepost_cause.
    pub cause: u32,
    /// The Kafka code for the application; 0 if it was written.
    pub kafka_code: i16,
    /// 0.
    pub reserved: [u16; 3],
}

pub(crate) fn cause_of(cause: Cause) -> fencepost_cause {
    match cause {
        Cause::Refused(_) => FENCEPOST_CAUSE_REFUSED,
        Cause::DeliveryTimeout => FENCEPOST_CAUSE_DELIVERY_TIMEOUT,
        Cause::RetriesExhausted(_) => FENCEPOST_CAUSE_RETRIES_EXHAUSTED,
        Cause::ProducerIdExpired => FENCEPOST_CAUSE_PRODUCER_ID_EXPIRED,
        Cause::StateLost => FENCEPOST_CAUSE_STATE_LOST,
        Cause::AckedLost => FENCEPOST_CAUSE_ACKED_LOST,
        Cause::BehindGap => FENCEPOST_CAUSE_BEHIND_GAP,
        Cause::Overtaken => FENCEPOST_CAUSE_OVERTAKEN,
        Cause::Aborted => FENCEPOST_CAUSE_ABORTED,
        Cause::GivenUp => FENCEPOST_CAUSE_GIVEN_UP,
        Cause::Fatal(fatal) => cause_of_fatal(fatal),
        _ => FENCEPOST_CAUSE_OTHER,
    }
}

pub(crate) fn cause_of_fatal(fatal: Fatal) -> fencepost_cause {
    match fatal {
        Fatal::Fenced => FENCEPOST_CAUSE_FENCED,
        Fatal::IdentityConflict => FENCEPOST_CAUSE_IDENTITY_CONFLICT,
        Fatal::Refused(_) => FENCEPOST_CAUSE_FATAL,
        _ => FENCEPOST_CAUSE_OTHER,
    }
}

impl fencepost_ended {
    pub(crate) fn of(ended: Ended) -> Self {
        use fencepost_outcome::*;
        let (verdict, base_offset, cause) = match ended.verdict {
            Verdict::Written { base_offset } => {
                (FENCEPOST_OUTCOME_WRITTEN, base_offset.unwrap_or(-1), None)
            }
            Verdict::NotWritten(cause) => (FENCEPOST_OUTCOME_NOT_WRITTEN, -1, Some(cause)),
            Verdict::PossiblyWritten(cause) => {
                (FENCEPOST_OUTCOME_POSSIBLY_WRITTEN, -1, Some(cause))
            }
        };
        Self {
            batch: ended.batch.get(),
            base_offset,
            verdict: verdict as u32,
            cause: cause.map_or(FENCEPOST_CAUSE_NONE, cause_of) as u32,
            kafka_code: cause.map_or(0, |cause| cause.error_code().get()),
            reserved: [0; 3],
        }
    }
}

/// Text for the caller, into a buffer that may be left out. Gives its length.
pub(crate) fn say(text: OutBytes<'_>, what: &impl core::fmt::Display) -> usize {
    let mut sentence = Sentence::new(text.into_slice());
    // Writing to it never fails.
    let _ = write!(sentence, "{what}");
    sentence.finish()
}

/// The next verdict of a partition, in the order of its sequences. It makes room for another batch.
/// O(1).
///
/// `sentence` is told in English what became of it, ended by a NUL and cut off where there is no
/// room; NULL and 0 if nobody asks.
///
/// Of a journaled producer *not written* is told only when that is durable in the journal
/// (fencepost_journal_needs_trim, fencepost_journal_take_verdict).
///
/// Errors: FENCEPOST_NOT_FOUND if there is none now, FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_take_verdict(
    producer: *mut fencepost_producer,
    partition: u32,
    ended: *mut fencepost_ended,
    sentence: *mut c_char,
    sentence_size: usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (out, text) = (Out::new(ended)?, OutBytes::new(sentence.cast(), sentence_size)?);
            apart([out.extent(), text.extent()], [extent_of(producer)])?;
            producer.check(partition)?;
            let ended =
                either!(producer, it => it.take_verdict(partition)).ok_or(FENCEPOST_NOT_FOUND)?;
            say(text, &ended.verdict);
            out.write(fencepost_ended::of(ended));
            Ok(())
        })
    }
}

/// What an operator must hear of a partition: fencepost_notice.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_notice_kind {
    /// The broker has forgotten this producer.
    FENCEPOST_NOTICE_STATE_LOST = 1,
    /// Acknowledged records are missing.
    FENCEPOST_NOTICE_ACKED_LOST = 2,
    /// Somebody else writes under this identity.
    FENCEPOST_NOTICE_IDENTITY_CONFLICT = 3,
    /// Another one, of a newer core.
    FENCEPOST_NOTICE_OTHER = 4,
}

/// What an operator must hear of a partition, once. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_notice {
    /// A fencepost_notice_kind.
    pub kind: u32,
    /// Of FENCEPOST_NOTICE_ACKED_LOST the last sequence that was acknowledged; else -1.
    pub acknowledged: i32,
    /// The leader's last sequence; -1 if it has none.
    pub found: i32,
    /// 0.
    pub reserved: u32,
}

/// The next notice of a partition. `sentence` is as of fencepost_producer_take_verdict. O(1).
///
/// Errors: FENCEPOST_NOT_FOUND if there is none now, FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_take_notice(
    producer: *mut fencepost_producer,
    partition: u32,
    notice: *mut fencepost_notice,
    sentence: *mut c_char,
    sentence_size: usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let (out, text) = (Out::new(notice)?, OutBytes::new(sentence.cast(), sentence_size)?);
            apart([out.extent(), text.extent()], [extent_of(producer)])?;
            producer.check(partition)?;
            let notice =
                either!(producer, it => it.take_notice(partition)).ok_or(FENCEPOST_NOT_FOUND)?;
            say(text, &notice);
            use fencepost_notice_kind::*;
            let (kind, acknowledged, found) = match notice {
                Notice::StateLost => (FENCEPOST_NOTICE_STATE_LOST, -1, -1),
                Notice::AckedLost { acknowledged, found } => {
                    (FENCEPOST_NOTICE_ACKED_LOST, acknowledged.get(), found)
                }
                Notice::IdentityConflict { found } => {
                    (FENCEPOST_NOTICE_IDENTITY_CONFLICT, -1, found)
                }
                _ => (FENCEPOST_NOTICE_OTHER, -1, -1),
            };
            out.write(fencepost_notice { kind: kind as u32, acknowledged, found, reserved: 0 });
            Ok(())
        })
    }
}

/// Why the producer can't go on. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_fatal {
    /// FENCEPOST_CAUSE_NONE if it can; else FENCEPOST_CAUSE_FENCED,
    /// FENCEPOST_CAUSE_IDENTITY_CONFLICT, FENCEPOST_CAUSE_FATAL or FENCEPOST_CAUSE_OTHER.
    pub cause: u32,
    /// Of FENCEPOST_CAUSE_FATAL the Kafka code; else 0.
    pub kafka_code: i16,
    /// Whether the running transaction can only be aborted: a batch of it failed.
    pub must_abort: bool,
    /// 0.
    pub reserved: u8,
}

/// Why the producer can't go on: fatal.cause is FENCEPOST_CAUSE_NONE if it can. `sentence` is as of
/// fencepost_producer_take_verdict. O(1). May run side by side with other calls that take the
/// producer as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_fatal(
    producer: *const fencepost_producer,
    fatal: *mut fencepost_fatal,
    sentence: *mut c_char,
    sentence_size: usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(producer, |producer| {
            let (out, text) = (Out::new(fatal)?, OutBytes::new(sentence.cast(), sentence_size)?);
            apart([out.extent(), text.extent()], [extent_of(producer)])?;
            let fatal = producer.core()?.fatal();
            match fatal {
                Some(fatal) => say(text, &fatal),
                None => say(text, &"the producer can go on"),
            };
            let code = match fatal {
                Some(Fatal::Refused(code)) => code.get(),
                _ => 0,
            };
            out.write(fencepost_fatal {
                cause: fatal.map_or(FENCEPOST_CAUSE_NONE, cause_of_fatal) as u32,
                kafka_code: code,
                must_abort: producer.core()?.must_abort(),
                reserved: 0,
            });
            Ok(())
        })
    }
}

/// The producer can't get an identity, or has lost it: nothing is sent any more. Batches that wait
/// get their verdict at once, those on the wire with their answer or at their deadline. `cause` is
/// FENCEPOST_CAUSE_FENCED, FENCEPOST_CAUSE_IDENTITY_CONFLICT, or FENCEPOST_CAUSE_FATAL with a Kafka
/// code. O(partitions).
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_handle_fatal(
    producer: *mut fencepost_producer,
    cause: u32,
    kafka_code: i16,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(producer, |producer| {
            const FENCED: u32 = FENCEPOST_CAUSE_FENCED as u32;
            const CONFLICT: u32 = FENCEPOST_CAUSE_IDENTITY_CONFLICT as u32;
            const FATAL: u32 = FENCEPOST_CAUSE_FATAL as u32;
            let fatal = match cause {
                FENCED => Fatal::Fenced,
                CONFLICT => Fatal::IdentityConflict,
                FATAL => Fatal::Refused(ErrorCode::new(kafka_code)),
                _ => return Err(FENCEPOST_VALUE),
            };
            either!(producer, it => it.handle_fatal(fatal, Timestamp::from_millis(now_ms)));
            Ok(())
        })
    }
}
