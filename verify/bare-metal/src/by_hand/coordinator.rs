use core::iter::from_fn;

use fencepost::broker::TransactionVersion;
use fencepost::coordinator::{
    self, EndStep, EndTransaction, InitProducerId, Refusal, TransactionMetadata, Transit,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Identity, ProducerId, Timestamp};

type NewId = fn() -> Result<ProducerId, ErrorCode>;

/// `coordinator::java_string_hash`
pub(crate) fn java_string_hash(units: fn() -> Option<u16>) -> i32 {
    coordinator::java_string_hash(from_fn(units))
}

/// `coordinator::InitProducerId::idempotent`
pub(crate) fn idempotent(id: i64, epoch: i16, new_id: NewId) -> Result<Identity, Refusal> {
    InitProducerId::idempotent(id, epoch, new_id)
}

/// `coordinator::TransactionMetadata::init_producer_id`
pub(crate) fn init_producer_id(
    metadata: &mut TransactionMetadata,
    request: &InitProducerId,
    server: TransactionVersion,
    new_id: NewId,
    now: Timestamp,
) -> Result<Transit, Refusal> {
    metadata.init_producer_id(request, server, new_id, now)
}

/// `coordinator::TransactionMetadata::end_transaction`
pub(crate) fn end_transaction(
    metadata: &mut TransactionMetadata,
    request: &EndTransaction,
    new_id: NewId,
    now: Timestamp,
) -> Result<EndStep, Refusal> {
    metadata.end_transaction(request, new_id, now)
}

/// `coordinator::TransactionMetadata::abort_if_timed_out`
pub(crate) fn abort_if_timed_out(
    metadata: &mut TransactionMetadata,
    server: TransactionVersion,
    new_id: NewId,
    now: Timestamp,
) -> Result<Option<Transit>, Refusal> {
    metadata.abort_if_timed_out(server, new_id, now)
}
