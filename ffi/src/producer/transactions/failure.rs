//! Why can the transaction or the producer not go on, and what was called at the wrong time?

use core::ffi::c_char;

use fencepost::error_code::ErrorCode;
use fencepost::producer::transactions::{Cause, Failure, Refusal, RequestKind, Unexpected};

use super::request::{fencepost_transaction_request_kind, kind_number, request_kind};
use crate::boundary::{In, Out, OutBytes, apart, call};
use crate::error::{Facts, Sentence, Tell};
use crate::status::fencepost_status::{self, *};

/// What failed: fencepost_failure.cause.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_failure_cause {
    /// Nothing.
    FENCEPOST_FAILURE_NONE = 0,
    /// A request was answered with the code.
    FENCEPOST_FAILURE_ANSWER = 1,
    /// TxnOffsetCommit was answered with a code that says that the consumer is no longer the
    /// group's member it says it is.
    FENCEPOST_FAILURE_GROUP_METADATA = 2,
    /// A partition could not be added in time.
    FENCEPOST_FAILURE_UNKNOWN_PARTITION = 3,
    /// A batch, or the call to send one, failed with the code.
    FENCEPOST_FAILURE_BATCH = 4,
    /// A numbered batch failed, and the coordinator is too old to raise the epoch.
    FENCEPOST_FAILURE_CANNOT_BUMP = 5,
    /// An answer without error named an identity that can't follow.
    FENCEPOST_FAILURE_IDENTITY = 6,
    /// The transaction is being aborted.
    FENCEPOST_FAILURE_ABORTED = 7,
    /// The caller gave the producer up: fencepost_transaction_manager_fail.
    FENCEPOST_FAILURE_GIVEN_UP = 8,
    /// Another one, of a newer core.
    FENCEPOST_FAILURE_OTHER = 9,
}
use fencepost_failure_cause::*;

/// Why the transaction or the producer can't go on: plain data. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_failure {
    /// A fencepost_failure_cause; with FENCEPOST_FAILURE_NONE the rest is 0.
    pub cause: u32,
    /// Of FENCEPOST_FAILURE_ANSWER and FENCEPOST_FAILURE_IDENTITY the request that was answered: a
    /// fencepost_transaction_request_kind.
    pub request: u32,
    /// The Kafka code it failed with.
    pub code: i16,
    /// The Kafka code that the application is told: PRODUCER_FENCED (90) for what a coordinator
    /// says as INVALID_PRODUCER_EPOCH (47), TRANSACTION_ABORTABLE (120) for a batch that ran out of
    /// retries.
    pub error_code: i16,
    /// 0.
    pub reserved: u32,
}

impl fencepost_failure {
    pub(super) const NONE: Self = Self {
        cause: FENCEPOST_FAILURE_NONE as u32,
        request: fencepost_transaction_request_kind::FENCEPOST_TRANSACTION_REQUEST_NONE as u32,
        code: 0,
        error_code: 0,
        reserved: 0,
    };

    pub(super) fn of(failure: &Failure) -> Self {
        let (cause, request) = match failure.cause {
            Cause::Answer(kind) => (FENCEPOST_FAILURE_ANSWER, Some(kind)),
            Cause::GroupMetadata => (FENCEPOST_FAILURE_GROUP_METADATA, None),
            Cause::UnknownPartition => (FENCEPOST_FAILURE_UNKNOWN_PARTITION, None),
            Cause::Batch => (FENCEPOST_FAILURE_BATCH, None),
            Cause::CannotBump => (FENCEPOST_FAILURE_CANNOT_BUMP, None),
            Cause::Identity(kind) => (FENCEPOST_FAILURE_IDENTITY, Some(kind)),
            Cause::Aborted => (FENCEPOST_FAILURE_ABORTED, None),
            Cause::GivenUp => (FENCEPOST_FAILURE_GIVEN_UP, None),
            _ => (FENCEPOST_FAILURE_OTHER, None),
        };
        Self {
            cause: cause as u32,
            request: kind_number(request),
            code: failure.code.get(),
            error_code: failure.error_code().get(),
            reserved: 0,
        }
    }

    pub(super) fn maybe(failure: Option<&Failure>) -> Self {
        failure.map_or(Self::NONE, Self::of)
    }

    pub(super) fn result(result: &Result<(), Failure>) -> Self {
        Self::maybe(result.as_ref().err())
    }

    fn read(&self) -> Result<Failure, fencepost_status> {
        let request = || -> Result<RequestKind, fencepost_status> {
            request_kind(self.request, 0).ok_or(FENCEPOST_VALUE)
        };
        let cause = match self.cause {
            1 => Cause::Answer(request()?),
            2 => Cause::GroupMetadata,
            3 => Cause::UnknownPartition,
            4 => Cause::Batch,
            5 => Cause::CannotBump,
            6 => Cause::Identity(request()?),
            7 => Cause::Aborted,
            8 => Cause::GivenUp,
            _ => return Err(FENCEPOST_VALUE),
        };
        Ok(Failure { cause, code: ErrorCode::new(self.code) })
    }
}

/// Why, as a sentence in English: written to `sentence`, ended by a NUL, cut off behind the last
/// whole character where there is no room; sentence_size counts the NUL. `len` is told how long the
/// whole sentence is without it. Any thread, any time.
///
/// Errors: FENCEPOST_VALUE for a failure that no function gave, also for FENCEPOST_FAILURE_NONE and
/// FENCEPOST_FAILURE_OTHER; FENCEPOST_BUFFER_TOO_SMALL if there is no room for a NUL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_failure_str(
    failure: *const fencepost_failure,
    sentence: *mut c_char,
    sentence_size: usize,
    len: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (failure, text, len) = unsafe {
            let text = OutBytes::new(sentence.cast(), sentence_size)?;
            (In::new(failure)?, text, Out::new(len)?)
        };
        apart([text.extent(), len.extent()], [failure.extent()])?;
        let failure = failure.get().read()?;
        if text.len() == 0 {
            return Err(FENCEPOST_BUFFER_TOO_SMALL);
        }
        let mut sentence = Sentence::new(text.into_slice());
        // Writing to it never fails.
        let _ = core::fmt::Write::write_fmt(&mut sentence, format_args!("{failure}"));
        len.write(sentence.finish());
        Ok(())
    })
}

impl Tell for Refusal {
    fn facts(&self) -> Facts {
        match *self {
            Self::Unacknowledged(_) => Facts::of(FENCEPOST_MANAGER_UNACKNOWLEDGED, -1),
            Self::Failed(failure) => {
                Facts::of(FENCEPOST_MANAGER_FAILED, failure.error_code().get())
            }
            Self::State(state) => Facts::of(FENCEPOST_MANAGER_STATE, -1)
                .numbers(0, super::call::state_number(state) as i64),
            Self::UnknownPartition { partition } => {
                Facts::of(FENCEPOST_MANAGER_NO_PARTITION, -1).numbers(0, partition.into())
            }
            Self::OffsetsPending { group } => {
                Facts::of(FENCEPOST_MANAGER_OFFSETS_PENDING, -1).numbers(group.into(), 0)
            }
        }
    }
}

impl Tell for Unexpected {
    fn facts(&self) -> Facts {
        match *self {
            Self::NothingInFlight => Facts::of(FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, -1),
            Self::InFlight { correlation_id, .. } => {
                Facts::of(FENCEPOST_MANAGER_IN_FLIGHT, -1).numbers(correlation_id.into(), 0)
            }
            Self::NotAsked => Facts::of(FENCEPOST_MANAGER_NOT_ASKED, -1),
            Self::NoTransaction(state) => Facts::of(FENCEPOST_MANAGER_NO_TRANSACTION, -1)
                .numbers(0, super::call::state_number(state) as i64),
        }
    }
}
