//! What may the application do, what became of it, and which batches may go?

use fencepost::error_code::ErrorCode;
use fencepost::producer::transactions::{Call, FailBatches, Failure, State};

use super::failure::fencepost_failure;
use super::fencepost_transaction_manager;
use super::request::kind_number;
use crate::boundary::on_mut;
use crate::error::fencepost_error;
use crate::shapes::{answer, command, look, nothing};
use crate::status::fencepost_status::{self, *};

/// The state of a transactional client: fencepost_transaction_manager_info.state.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_transaction_manager_state {
    /// No producer id was asked for, or the request was not authorized.
    FENCEPOST_TRANSACTION_MANAGER_STATE_UNINITIALIZED = 0,
    /// InitProducerId is asked for.
    FENCEPOST_TRANSACTION_MANAGER_STATE_INITIALIZING = 1,
    /// Between transactions.
    FENCEPOST_TRANSACTION_MANAGER_STATE_READY = 2,
    /// In a transaction.
    FENCEPOST_TRANSACTION_MANAGER_STATE_IN_TRANSACTION = 3,
    /// The application commits.
    FENCEPOST_TRANSACTION_MANAGER_STATE_COMMITTING = 4,
    /// The application aborts.
    FENCEPOST_TRANSACTION_MANAGER_STATE_ABORTING = 5,
    /// The transaction must be aborted; then the producer can go on.
    FENCEPOST_TRANSACTION_MANAGER_STATE_ABORTABLE_ERROR = 6,
    /// Nothing more can be done with this producer.
    FENCEPOST_TRANSACTION_MANAGER_STATE_FATAL_ERROR = 7,
}

pub(super) fn state_number(state: State) -> fencepost_transaction_manager_state {
    use fencepost_transaction_manager_state::*;
    match state {
        State::Uninitialized => FENCEPOST_TRANSACTION_MANAGER_STATE_UNINITIALIZED,
        State::Initializing => FENCEPOST_TRANSACTION_MANAGER_STATE_INITIALIZING,
        State::Ready => FENCEPOST_TRANSACTION_MANAGER_STATE_READY,
        State::InTransaction => FENCEPOST_TRANSACTION_MANAGER_STATE_IN_TRANSACTION,
        State::Committing => FENCEPOST_TRANSACTION_MANAGER_STATE_COMMITTING,
        State::Aborting => FENCEPOST_TRANSACTION_MANAGER_STATE_ABORTING,
        State::AbortableError => FENCEPOST_TRANSACTION_MANAGER_STATE_ABORTABLE_ERROR,
        State::FatalError => FENCEPOST_TRANSACTION_MANAGER_STATE_FATAL_ERROR,
    }
}

/// A call whose result the application must acknowledge.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_transaction_call {
    /// None.
    FENCEPOST_TRANSACTION_CALL_NONE = 0,
    /// fencepost_transaction_manager_init_transactions.
    FENCEPOST_TRANSACTION_CALL_INIT = 1,
    /// fencepost_transaction_manager_commit.
    FENCEPOST_TRANSACTION_CALL_COMMIT = 2,
    /// fencepost_transaction_manager_abort.
    FENCEPOST_TRANSACTION_CALL_ABORT = 3,
}

fn call_number(call: Option<Call>) -> u32 {
    use fencepost_transaction_call::*;
    let call = match call {
        None => FENCEPOST_TRANSACTION_CALL_NONE,
        Some(Call::Init) => FENCEPOST_TRANSACTION_CALL_INIT,
        Some(Call::Commit) => FENCEPOST_TRANSACTION_CALL_COMMIT,
        Some(Call::Abort) => FENCEPOST_TRANSACTION_CALL_ABORT,
    };
    call as u32
}

/// Asks for an identity, which fences every older producer of the transactional id. O(1).
///
/// Errors: FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_STATE
/// unless uninitialized; nothing has changed then. While its own result is unacknowledged, calling
/// it again is no error.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_init_transactions(
    manager: *mut fencepost_transaction_manager,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(manager, nothing, error, |manager, (), teller| {
            manager.core.init().map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Begins a transaction. Nothing is sent: it begins with what is added to it. O(1).
///
/// Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_STATE
/// unless ready; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_begin(
    manager: *mut fencepost_transaction_manager,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(manager, nothing, error, |manager, (), teller| {
            manager.core.begin().map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Adds a partition to the transaction: to be called for each record, before its batch may be sent.
/// Does nothing for one that is known already. O(1).
///
/// Errors: FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_STATE
/// outside a transaction, FENCEPOST_MANAGER_NO_PARTITION; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_add_partition(
    manager: *mut fencepost_transaction_manager,
    partition: u32,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(manager, nothing, error, |manager, (), teller| {
            manager.core.add_partition(partition).map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Sends a consumer group's offsets as part of the transaction. The offsets stay with the caller,
/// and `group` is the caller's number of the group. Don't call it without offsets: an empty
/// transaction would be ended at the coordinator. O(1).
///
/// Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_STATE
/// outside a transaction, FENCEPOST_MANAGER_OFFSETS_PENDING until the offsets given before are
/// committed or have failed; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_send_offsets(
    manager: *mut fencepost_transaction_manager,
    group: u32,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(manager, nothing, error, |manager, (), teller| {
            manager.core.send_offsets(group).map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Commits the transaction: EndTxn goes out once all its batches are complete. O(1).
///
/// Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED, FENCEPOST_MANAGER_STATE
/// outside a transaction; nothing has changed then. While its own result is unacknowledged, calling
/// it again is no error.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_commit(
    manager: *mut fencepost_transaction_manager,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(manager, nothing, error, |manager, (), teller| {
            manager.core.commit().map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Aborts the transaction, which is also the way out of an abortable error. Fail the batches that
/// fencepost_transaction_manager_poll_batches names; EndTxn goes out once the others are answered.
/// O(partitions).
///
/// Errors: FENCEPOST_MANAGER_UNACKNOWLEDGED, FENCEPOST_MANAGER_FAILED after a fatal error,
/// FENCEPOST_MANAGER_STATE without a transaction; nothing has changed then. While its own result is
/// unacknowledged, calling it again is no error.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_abort(
    manager: *mut fencepost_transaction_manager,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(manager, nothing, error, |manager, (), teller| {
            manager.core.abort().map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Gives the producer up for a reason of the caller's, a Kafka code such as
/// SASL_AUTHENTICATION_FAILED (58): a fatal error. O(partitions).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_fail(
    manager: *mut fencepost_transaction_manager,
    code: i16,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(manager, |manager| {
            manager.core.fail(ErrorCode::new(code));
            Ok(())
        })
    }
}

/// What became of a call, or of offsets. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_result {
    /// A fencepost_transaction_call; FENCEPOST_TRANSACTION_CALL_NONE where it is about offsets.
    pub call: u32,
    /// Of offsets the caller's number of the group; else 0.
    pub group: u32,
    /// Why it failed; FENCEPOST_FAILURE_NONE if it is done.
    pub failure: fencepost_failure,
}

impl fencepost_transaction_result {
    fn of((call, result): (Call, Result<(), Failure>)) -> Self {
        let failure = fencepost_failure::result(&result);
        Self { call: call_number(Some(call)), group: 0, failure }
    }
}

/// The result of the last call that has one. O(1). May run side by side with other calls that take
/// it as const.
///
/// Errors: FENCEPOST_NOT_FOUND while there is none.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_poll_result(
    manager: *const fencepost_transaction_manager,
    result: *mut fencepost_transaction_result,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(manager, result, |manager| {
            let result = manager.core.poll_result().ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_transaction_result::of(result))
        })
    }
}

/// Takes that result: the application has seen it, and may make another call. O(1).
///
/// Errors: FENCEPOST_NOT_FOUND while there is none.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_acknowledge(
    manager: *mut fencepost_transaction_manager,
    result: *mut fencepost_transaction_result,
) -> fencepost_status {
    let nobody = core::ptr::null_mut();
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        answer(manager, nothing, result, nobody, |manager, (), _| {
            let result = manager.core.acknowledge().ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_transaction_result::of(result))
        })
    }
}

/// What became of the last offsets: they count only if the transaction is committed. O(1). May run
/// side by side with other calls that take it as const.
///
/// Errors: FENCEPOST_NOT_FOUND while it is not known, or none were sent.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_poll_offsets(
    manager: *const fencepost_transaction_manager,
    result: *mut fencepost_transaction_result,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(manager, result, |manager| {
            let (group, result) = manager.core.poll_offsets().ok_or(FENCEPOST_NOT_FOUND)?;
            let failure = fencepost_failure::result(&result);
            Ok(fencepost_transaction_result { call: call_number(None), group, failure })
        })
    }
}

/// What is known of a dialogue as a whole. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_manager_info {
    /// A fencepost_transaction_manager_state.
    pub state: u32,
    /// The call whose result was not acknowledged yet: a fencepost_transaction_call.
    pub unacknowledged: u32,
    /// Who writes, -1 for nobody yet. Whenever it changes, sequences begin at 0 in every partition.
    pub producer_id: i64,
    /// The epoch that belongs to it, or -1.
    pub producer_epoch: i16,
    /// Whether transaction version 2 is in use (KIP-890).
    pub transaction_v2: bool,
    /// 0.
    pub reserved: u8,
    /// The request in flight: a fencepost_transaction_request_kind.
    pub in_flight: u32,
    /// How many partitions there is memory for.
    pub partitions: u32,
    /// Why the state is an error; FENCEPOST_FAILURE_NONE in any other.
    pub failure: fencepost_failure,
    /// 0.
    pub reserved2: [u32; 3],
}

/// What is known of a dialogue as a whole. O(1). May run side by side with other calls that take it
/// as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_look(
    manager: *const fencepost_transaction_manager,
    info: *mut fencepost_transaction_manager_info,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(manager, info, |manager| {
            let core = &manager.core;
            let identity = core.identity();
            Ok(fencepost_transaction_manager_info {
                state: state_number(core.state()) as u32,
                unacknowledged: call_number(core.unacknowledged()),
                producer_id: identity.map_or(-1, |identity| identity.id.get()),
                producer_epoch: identity.map_or(-1, |identity| identity.epoch.get()),
                transaction_v2: core.transaction_v2(),
                reserved: 0,
                in_flight: kind_number(core.in_flight()),
                partitions: core.capacity(),
                failure: fencepost_failure::maybe(core.failure().as_ref()),
                reserved2: [0; 3],
            })
        })
    }
}

/// Whether a batch that carries a number may be sent to the partition, for the first time or again:
/// never to one that was not added, or that there is not. O(1). May run side by side with other
/// calls that take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_may_send(
    manager: *const fencepost_transaction_manager,
    partition: u32,
    may: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe { look(manager, may, |manager| Ok(manager.core.may_send(partition))) }
}

/// Whether another batch of the partition may be numbered: as
/// fencepost_transaction_manager_may_send, and nothing has failed. O(1). May run side by side with
/// other calls that take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_may_number(
    manager: *const fencepost_transaction_manager,
    partition: u32,
    may: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe { look(manager, may, |manager| Ok(manager.core.may_number(partition))) }
}

/// Which batches are to be failed now: fencepost_fail_batches.which.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_fail_which {
    /// None.
    FENCEPOST_FAIL_NONE = 0,
    /// All of them: the producer is done for.
    FENCEPOST_FAIL_ALL = 1,
    /// Those that were never numbered. Numbered ones go on until they are answered.
    FENCEPOST_FAIL_NEVER_NUMBERED = 2,
}

/// Which batches are to be failed now, and why. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_fail_batches {
    /// A fencepost_fail_which.
    pub which: u32,
    /// Why.
    pub failure: fencepost_failure,
}

/// Which batches are to be failed now. Asking again gives the same answer, until a command or an
/// answer changes it. O(1). May run side by side with other calls that take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_poll_batches(
    manager: *const fencepost_transaction_manager,
    batches: *mut fencepost_fail_batches,
) -> fencepost_status {
    use fencepost_fail_which::*;
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(manager, batches, |manager| {
            let (which, failure) = match manager.core.poll_batches() {
                None => (FENCEPOST_FAIL_NONE, None),
                Some(FailBatches::All(failure)) => (FENCEPOST_FAIL_ALL, Some(failure)),
                Some(FailBatches::NeverNumbered(failure)) => {
                    (FENCEPOST_FAIL_NEVER_NUMBERED, Some(failure))
                }
            };
            let failure = fencepost_failure::maybe(failure.as_ref());
            Ok(fencepost_fail_batches { which: which as u32, failure })
        })
    }
}
