//! What follows from an answer of a coordinator, and from a batch that failed?

use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::producer::transactions::{
    Coordinator, FailedBatch, IdentityAnswer, IdentityStep, Mode, Step, Unexpected, identity_answer,
};

use super::failure::fencepost_failure;
use super::fencepost_transaction_manager;
use super::manager::Core;
use crate::batch::flag;
use crate::boundary::{InSlice, Out, call, on_mut};
use crate::error::fencepost_error;
use crate::shapes::{Inputs, answer, nothing};
use crate::status::fencepost_status;

/// What something from outside led to: fencepost_transaction_step.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_transaction_step_kind {
    /// Done; poll for what comes next.
    FENCEPOST_TRANSACTION_STEP_DONE = 0,
    /// Done, and this is the identity from now on: sequences begin at 0 in every partition.
    FENCEPOST_TRANSACTION_STEP_IDENTITY = 1,
    /// The coordinator is looked up again, and then the request is sent again.
    FENCEPOST_TRANSACTION_STEP_FIND_COORDINATOR = 2,
    /// The request is sent again after a backoff.
    FENCEPOST_TRANSACTION_STEP_RETRY = 3,
    /// The producer is uninitialized again; it may be initialized again.
    FENCEPOST_TRANSACTION_STEP_UNINITIALIZED = 4,
    /// The application must abort the transaction.
    FENCEPOST_TRANSACTION_STEP_ABORTABLE = 5,
    /// The producer is done for.
    FENCEPOST_TRANSACTION_STEP_FATAL = 6,
    /// Nothing comes of it: the producer was done for before, or the transaction is being aborted
    /// anyway.
    FENCEPOST_TRANSACTION_STEP_IGNORED = 7,
}
use fencepost_transaction_step_kind::*;

/// What something from outside led to. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_step {
    /// A fencepost_transaction_step_kind.
    pub kind: u32,
    /// Of FENCEPOST_TRANSACTION_STEP_IDENTITY the epoch; else -1.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
    /// Of FENCEPOST_TRANSACTION_STEP_IDENTITY the producer id; else -1.
    pub producer_id: i64,
    /// Of FENCEPOST_TRANSACTION_STEP_UNINITIALIZED, FENCEPOST_TRANSACTION_STEP_ABORTABLE and
    /// FENCEPOST_TRANSACTION_STEP_FATAL why; else FENCEPOST_FAILURE_NONE.
    pub failure: fencepost_failure,
}

impl fencepost_transaction_step {
    fn of(step: Step) -> Self {
        let (kind, identity, failure) = match step {
            Step::Done => (FENCEPOST_TRANSACTION_STEP_DONE, None, None),
            Step::Identity(identity) => (FENCEPOST_TRANSACTION_STEP_IDENTITY, Some(identity), None),
            Step::FindCoordinator => (FENCEPOST_TRANSACTION_STEP_FIND_COORDINATOR, None, None),
            Step::Retry => (FENCEPOST_TRANSACTION_STEP_RETRY, None, None),
            Step::Uninitialized(failure) => {
                (FENCEPOST_TRANSACTION_STEP_UNINITIALIZED, None, Some(failure))
            }
            Step::Abortable(failure) => (FENCEPOST_TRANSACTION_STEP_ABORTABLE, None, Some(failure)),
            Step::Fatal(failure) => (FENCEPOST_TRANSACTION_STEP_FATAL, None, Some(failure)),
            Step::Ignored => (FENCEPOST_TRANSACTION_STEP_IGNORED, None, None),
        };
        Self {
            kind: kind as u32,
            producer_epoch: identity.map_or(-1, |identity| identity.epoch.get()),
            reserved: 0,
            producer_id: identity.map_or(-1, |identity| identity.id.get()),
            failure: fencepost_failure::maybe(failure.as_ref()),
        }
    }
}

/// A call that takes an answer.
///
/// # Safety
/// As of [`answer`].
#[inline(always)]
unsafe fn take<I, const R: usize>(
    manager: *mut fencepost_transaction_manager,
    inputs: impl FnOnce() -> Inputs<I, R>,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
    body: impl FnOnce(&mut Core, I) -> Result<Step, Unexpected>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        answer(manager, inputs, step, error, |manager, inputs, teller| {
            let step = body(&mut manager.core, inputs);
            Ok(fencepost_transaction_step::of(step.map_err(|unexpected| teller.tell(&unexpected))?))
        })
    }
}

/// FindCoordinator was answered, of either kind; with code 0 the caller keeps the node.
/// O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
/// flight; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_find_coordinator(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    code: i16,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take(manager, nothing, step, error, |core, ()| {
            let (code, now) = (ErrorCode::new(code), Timestamp::from_millis(now_ms));
            core.handle_find_coordinator(correlation_id, code, now)
        })
    }
}

/// The transaction coordinator is connected, and takes InitProducerId up to this version: to be
/// called before a request is sent to it. Below version 3, and until it is called, a numbered batch
/// that fails is fatal, because the epoch can't be raised. O(1).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_transaction_coordinator(
    manager: *mut fencepost_transaction_manager,
    init_producer_id_version: i16,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(manager, |manager| {
            manager.core.handle_transaction_coordinator(init_producer_id_version);
            Ok(())
        })
    }
}

/// A coordinator can't be reached, of the group with is_group 1, of the transactional id with 0
/// (`group` is ignored then): it is looked up again when it is needed. O(1).
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_unreachable(
    manager: *mut fencepost_transaction_manager,
    is_group: u32,
    group: u32,
    now_ms: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(manager, |manager| {
            let whose = match flag(is_group)? {
                true => Coordinator::Group(group),
                false => Coordinator::Transaction,
            };
            manager.core.handle_unreachable(whose, Timestamp::from_millis(now_ms));
            Ok(())
        })
    }
}

/// A broker told the finalized version of the feature transaction.version (0 if it has none) and
/// the epoch of its finalized features. The newest is used from the next init, commit or abort on
/// (KIP-890). O(1).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_features(
    manager: *mut fencepost_transaction_manager,
    finalized_features_epoch: i64,
    transaction_version: i16,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(manager, |manager| {
            manager.core.handle_features(finalized_features_epoch, transaction_version);
            Ok(())
        })
    }
}

const fn named(code: i16, producer_id: i64, producer_epoch: i16) -> IdentityAnswer {
    IdentityAnswer { code: ErrorCode::new(code), producer_id, producer_epoch }
}

/// InitProducerId was answered, with these three as they stand on the wire. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
/// flight; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_init_producer_id(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    code: i16,
    producer_id: i64,
    producer_epoch: i16,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take(manager, nothing, step, error, |core, ()| {
            let answer = named(code, producer_id, producer_epoch);
            core.handle_init_producer_id(correlation_id, answer, Timestamp::from_millis(now_ms))
        })
    }
}

/// What AddPartitionsToTxn was answered for one partition. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_partition_result {
    /// The partition.
    pub partition: u32,
    /// The Kafka code.
    pub code: i16,
    /// Ignored.
    pub reserved: u16,
}

/// AddPartitionsToTxn was answered, with these codes of the partitions it was sent for. One that
/// the answer leaves out is asked for again; one that was not asked for is passed over.
/// O(partitions + results).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
/// flight; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_add_partitions(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    results: *const fencepost_partition_result,
    results_len: usize,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let results = InSlice::new(results, results_len)?;
            Ok((results, [results.extent()]))
        };
        take(manager, inputs, step, error, |core, results| {
            let each = results.get().iter();
            let each = each.map(|result| (result.partition, ErrorCode::new(result.code)));
            core.handle_add_partitions(correlation_id, each, Timestamp::from_millis(now_ms))
        })
    }
}

/// AddOffsetsToTxn was answered. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
/// flight; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_add_offsets(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    code: i16,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take(manager, nothing, step, error, |core, ()| {
            let (code, now) = (ErrorCode::new(code), Timestamp::from_millis(now_ms));
            core.handle_add_offsets(correlation_id, code, now)
        })
    }
}

/// TxnOffsetCommit was answered, with these codes. `missing` is how many offsets of the call were
/// not confirmed before this answer; once all are, the call is done. O(partitions + codes).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
/// flight; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_txn_offset_commit(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    missing: u32,
    codes: *const i16,
    codes_len: usize,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let codes = InSlice::new(codes, codes_len)?;
            Ok((codes, [codes.extent()]))
        };
        take(manager, inputs, step, error, |core, codes| {
            let each = codes.get().iter().map(|code| ErrorCode::new(*code));
            let now = Timestamp::from_millis(now_ms);
            core.handle_txn_offset_commit(correlation_id, missing, each, now)
        })
    }
}

/// EndTxn was answered. From version 5 on it names the identity of the next transaction; before, -1
/// and -1. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: no such request is in
/// flight; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_end_txn(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    code: i16,
    producer_id: i64,
    producer_epoch: i16,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take(manager, nothing, step, error, |core, ()| {
            let answer = named(code, producer_id, producer_epoch);
            core.handle_end_txn(correlation_id, answer, Timestamp::from_millis(now_ms))
        })
    }
}

/// The request will not be answered: the connection is gone, or its time is over. Its coordinator
/// is looked up again, and it is sent again. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: it is not in flight;
/// nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_disconnected(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    now_ms: i64,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take(manager, nothing, step, error, |core, ()| {
            core.handle_disconnected(correlation_id, Timestamp::from_millis(now_ms))
        })
    }
}

/// The broker does not know the request, or none of its versions that the caller can send: a fatal
/// error. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NOTHING_IN_FLIGHT, FENCEPOST_MANAGER_IN_FLIGHT: it is not in flight;
/// nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_unsupported_version(
    manager: *mut fencepost_transaction_manager,
    correlation_id: i32,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take(manager, nothing, step, error, |core, ()| {
            core.handle_unsupported_version(correlation_id)
        })
    }
}

/// A batch failed for good, or a call to send one did: with the code answered, or REQUEST_TIMED_OUT
/// (7) when its time was over. `numbered` is 1 if it has a sequence, so that the next batches can't
/// do without it. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_NO_TRANSACTION if there is none that it could belong to, or its EndTxn
/// is on its way; FENCEPOST_VALUE. Nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_handle_batch_failed(
    manager: *mut fencepost_transaction_manager,
    code: i16,
    numbered: u32,
    step: *mut fencepost_transaction_step,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let failed = match flag(numbered)? {
                true => FailedBatch::Numbered,
                false => FailedBatch::NeverNumbered,
            };
            Ok((failed, []))
        };
        take(manager, inputs, step, error, |core, failed| {
            core.handle_batch_failed(ErrorCode::new(code), failed)
        })
    }
}

/// What to do after an answer to InitProducerId: what fencepost_identity_step gives.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_identity_next {
    /// Take the identity; its sequences begin at 0.
    FENCEPOST_IDENTITY_NEXT_ADOPT = 0,
    /// Look the transaction coordinator up, then ask again.
    FENCEPOST_IDENTITY_NEXT_FIND_COORDINATOR = 1,
    /// Ask again, after the backoff.
    FENCEPOST_IDENTITY_NEXT_RETRY = 2,
    /// Fail what waits for the identity; a later call may ask again.
    FENCEPOST_IDENTITY_NEXT_UNAUTHORIZED = 3,
    /// Fail the call; the application aborts and goes on.
    FENCEPOST_IDENTITY_NEXT_ABORTABLE = 4,
    /// Another producer has taken over the transactional id: fatal.
    FENCEPOST_IDENTITY_NEXT_FENCED = 5,
    /// Fatal, with the code.
    FENCEPOST_IDENTITY_NEXT_FATAL = 6,
}

/// What to do after an answer to InitProducerId with this code, of a producer with (1) or without
/// (0) a transactional id: a fencepost_identity_next. For who asks without a
/// fencepost_transaction_manager, such as an idempotent producer. O(1). Any thread, any time.
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_identity_step(
    code: i16,
    transactional: u32,
    next: *mut u32,
) -> fencepost_status {
    use fencepost_identity_next::*;
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let out = unsafe { Out::new(next) }?;
        let mode = if flag(transactional)? { Mode::Transactional } else { Mode::Idempotent };
        let next = match identity_answer(ErrorCode::new(code), mode) {
            IdentityStep::Adopt => FENCEPOST_IDENTITY_NEXT_ADOPT,
            IdentityStep::FindCoordinator => FENCEPOST_IDENTITY_NEXT_FIND_COORDINATOR,
            IdentityStep::Retry => FENCEPOST_IDENTITY_NEXT_RETRY,
            IdentityStep::Unauthorized => FENCEPOST_IDENTITY_NEXT_UNAUTHORIZED,
            IdentityStep::Abortable => FENCEPOST_IDENTITY_NEXT_ABORTABLE,
            IdentityStep::Fenced => FENCEPOST_IDENTITY_NEXT_FENCED,
            IdentityStep::Fatal => FENCEPOST_IDENTITY_NEXT_FATAL,
        };
        out.write(next as u32);
        Ok(())
    })
}
