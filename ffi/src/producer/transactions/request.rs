//! What is to be sent to a coordinator now?

use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::producer::transactions::{Coordinator, InitProducerId, Request, RequestKind};

use super::fencepost_transaction_manager;
use crate::batch::flag;
use crate::boundary::In;
use crate::error::fencepost_error;
use crate::shapes::{command, list, look};
use crate::status::fencepost_status::{self, *};

/// A request of a transactional client: fencepost_transaction_request.kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_transaction_request_kind {
    /// None.
    FENCEPOST_TRANSACTION_REQUEST_NONE = 0,
    /// FindCoordinator of the transactional id, to any broker.
    FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR = 1,
    /// FindCoordinator of the consumer group, to any broker.
    FENCEPOST_TRANSACTION_REQUEST_FIND_GROUP_COORDINATOR = 2,
    /// InitProducerId, to the transaction coordinator.
    FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID = 3,
    /// AddPartitionsToTxn, to the transaction coordinator, for what
    /// fencepost_transaction_manager_partitions_to_add lists once it is marked as sent.
    FENCEPOST_TRANSACTION_REQUEST_ADD_PARTITIONS = 4,
    /// AddOffsetsToTxn, to the transaction coordinator.
    FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS = 5,
    /// TxnOffsetCommit, to the group's coordinator, for the offsets that the caller holds.
    FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT = 6,
    /// EndTxn, to the transaction coordinator.
    FENCEPOST_TRANSACTION_REQUEST_END_TXN = 7,
    /// No request: nothing was added to the transaction, so that there is nothing to end. Marking
    /// it as sent ends the transaction; there is no answer.
    FENCEPOST_TRANSACTION_REQUEST_SKIP_END_TXN = 8,
}
use fencepost_transaction_request_kind::*;

/// The number of a kind of request; 0 for none.
pub(super) fn kind_number(kind: Option<RequestKind>) -> u32 {
    let kind = match kind {
        None => FENCEPOST_TRANSACTION_REQUEST_NONE,
        Some(RequestKind::FindCoordinator(Coordinator::Transaction)) => {
            FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR
        }
        Some(RequestKind::FindCoordinator(Coordinator::Group(_))) => {
            FENCEPOST_TRANSACTION_REQUEST_FIND_GROUP_COORDINATOR
        }
        Some(RequestKind::InitProducerId) => FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID,
        Some(RequestKind::AddPartitions) => FENCEPOST_TRANSACTION_REQUEST_ADD_PARTITIONS,
        Some(RequestKind::AddOffsets) => FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS,
        Some(RequestKind::TxnOffsetCommit) => FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT,
        Some(RequestKind::EndTxn) => FENCEPOST_TRANSACTION_REQUEST_END_TXN,
    };
    kind as u32
}

/// The kind of request of a number, if it is that of one that is sent.
pub(super) fn request_kind(number: u32, group: u32) -> Option<RequestKind> {
    Some(match number {
        1 => RequestKind::FindCoordinator(Coordinator::Transaction),
        2 => RequestKind::FindCoordinator(Coordinator::Group(group)),
        3 => RequestKind::InitProducerId,
        4 => RequestKind::AddPartitions,
        5 => RequestKind::AddOffsets,
        6 => RequestKind::TxnOffsetCommit,
        7 => RequestKind::EndTxn,
        _ => return None,
    })
}

/// What is to be sent now: plain data. The transactional id, topics, groups and offsets are the
/// caller's. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_request {
    /// A fencepost_transaction_request_kind.
    pub kind: u32,
    /// Of FENCEPOST_TRANSACTION_REQUEST_FIND_GROUP_COORDINATOR,
    /// FENCEPOST_TRANSACTION_REQUEST_ADD_OFFSETS and
    /// FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT the caller's number of the group; else 0.
    pub group: u32,
    /// Who asks; of FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID whose epoch is to be raised, -1
    /// for none. -1 where the request has no producer.
    pub producer_id: i64,
    /// The epoch that belongs to it, or -1.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
    /// Of FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID transaction.timeout.ms; else 0.
    pub transaction_timeout_ms: i32,
    /// Of FENCEPOST_TRANSACTION_REQUEST_END_TXN 1 to commit, 0 to abort.
    pub commit: u32,
    /// Of FENCEPOST_TRANSACTION_REQUEST_TXN_OFFSET_COMMIT and FENCEPOST_TRANSACTION_REQUEST_END_TXN
    /// 1 if version 5 may be sent; 0 for at most version 4.
    pub transaction_v2: u32,
}

impl fencepost_transaction_request {
    fn of(request: &Request) -> Self {
        let (identity, group) = match *request {
            Request::FindCoordinator(Coordinator::Group(group)) => (None, group),
            Request::FindCoordinator(Coordinator::Transaction) | Request::SkipEndTxn => (None, 0),
            Request::InitProducerId(init) => (init.identity, 0),
            Request::AddPartitions { identity } | Request::EndTxn { identity, .. } => {
                (Some(identity), 0)
            }
            Request::AddOffsets { identity, group }
            | Request::TxnOffsetCommit { identity, group, .. } => (Some(identity), group),
        };
        let kind = match request.kind() {
            None => FENCEPOST_TRANSACTION_REQUEST_SKIP_END_TXN as u32,
            kind => kind_number(kind),
        };
        let mut told = Self {
            kind,
            group,
            producer_id: identity.map_or(-1, |identity| identity.id.get()),
            producer_epoch: identity.map_or(-1, |identity| identity.epoch.get()),
            reserved: 0,
            transaction_timeout_ms: 0,
            commit: 0,
            transaction_v2: 0,
        };
        match *request {
            Request::InitProducerId(init) => {
                told.transaction_timeout_ms = init.transaction_timeout_ms;
            }
            Request::TxnOffsetCommit { transaction_v2, .. } => {
                told.transaction_v2 = transaction_v2.into();
            }
            Request::EndTxn { commit, transaction_v2, .. } => {
                (told.commit, told.transaction_v2) = (commit.into(), transaction_v2.into());
            }
            _ => {}
        }
        told
    }

    fn read(&self) -> Result<Request, fencepost_status> {
        let identity = match (self.producer_id, self.producer_epoch) {
            (-1, -1) => None,
            (id, epoch) => Some(Identity {
                id: ProducerId::new(id).ok_or(FENCEPOST_VALUE)?,
                epoch: Epoch::new(epoch).ok_or(FENCEPOST_VALUE)?,
            }),
        };
        let (commit, transaction_v2) = (flag(self.commit)?, flag(self.transaction_v2)?);
        if self.reserved != 0 {
            return Err(FENCEPOST_VALUE);
        }
        let group = self.group;
        let who = || identity.ok_or(FENCEPOST_VALUE);
        Ok(match self.kind {
            1 => Request::FindCoordinator(Coordinator::Transaction),
            2 => Request::FindCoordinator(Coordinator::Group(group)),
            3 => Request::InitProducerId(InitProducerId {
                identity,
                transaction_timeout_ms: self.transaction_timeout_ms,
            }),
            4 => Request::AddPartitions { identity: who()? },
            5 => Request::AddOffsets { identity: who()?, group },
            6 => Request::TxnOffsetCommit { identity: who()?, group, transaction_v2 },
            7 => Request::EndTxn { identity: who()?, commit, transaction_v2 },
            8 => Request::SkipEndTxn,
            _ => return Err(FENCEPOST_VALUE),
        })
    }
}

/// The request to be sent now: never while another is in flight, and EndTxn never while the caller
/// has batches of the transaction that are not complete (incomplete_batches 1). Asking again gives
/// the same answer, until a command, an answer or time changes it. O(1). May run side by side with
/// other calls that take it as const.
///
/// Errors: FENCEPOST_NOT_FOUND if nothing is to be sent now, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_poll_request(
    manager: *const fencepost_transaction_manager,
    incomplete_batches: u32,
    now_ms: i64,
    request: *mut fencepost_transaction_request,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(manager, request, |manager| {
            let (incomplete, now) = (flag(incomplete_batches)?, Timestamp::from_millis(now_ms));
            let wanted = manager.core.poll_request(incomplete, now).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_transaction_request::of(&wanted))
        })
    }
}

/// When fencepost_transaction_manager_poll_request has something to send: now_ms, or when a backoff
/// is over; milliseconds since 1970. O(1). May run side by side with other calls that take it as
/// const.
///
/// Errors: FENCEPOST_NOT_FOUND if it waits for something else than time, FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_poll_timeout(
    manager: *const fencepost_transaction_manager,
    incomplete_batches: u32,
    now_ms: i64,
    when_ms: *mut i64,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(manager, when_ms, |manager| {
            let (incomplete, now) = (flag(incomplete_batches)?, Timestamp::from_millis(now_ms));
            let when = manager.core.poll_timeout(incomplete, now).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(when.as_millis())
        })
    }
}

/// The request that fencepost_transaction_manager_poll_request gave is being sent; its answer will
/// carry this correlation id, which is any number that tells it from others. O(partitions).
///
/// Errors: FENCEPOST_MANAGER_IN_FLIGHT; FENCEPOST_MANAGER_NOT_ASKED if something changed since it
/// was polled: poll again. FENCEPOST_VALUE. Nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_mark_sent(
    manager: *mut fencepost_transaction_manager,
    request: *const fencepost_transaction_request,
    correlation_id: i32,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || {
            let request = In::new(request)?;
            Ok((request, [request.extent()]))
        };
        command(manager, inputs, error, |manager, request, teller| {
            let marked = manager.core.mark_sent(request.get().read()?, correlation_id);
            marked.map_err(|unexpected| teller.tell(&unexpected))
        })
    }
}

/// The partitions of the AddPartitionsToTxn that was marked as sent, in rising order, from number
/// `from` of them on, as many as the array has room for; `count` is told how many were written, 0
/// at the end. O(partitions). May run side by side with other calls that take it as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_transaction_manager_partitions_to_add(
    manager: *const fencepost_transaction_manager,
    from: usize,
    partitions: *mut u32,
    partitions_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        list(manager, from, (partitions, partitions_len), count, |manager| {
            Ok(manager.core.partitions_to_add())
        })
    }
}
