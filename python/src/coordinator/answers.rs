//! What is checked before a transactional id is looked at, and how do answers look on the wire?

use std::num::NonZeroU32;

use fencepost::coordinator as core;
use fencepost::error_code::ErrorCode;
use pyo3::prelude::*;

use super::record::version_number;
use super::{NewId, refused};
use crate::ids::Identity;
use crate::raise::{variant, wrong};
use crate::room::one_of;

/// The names of the states of a transactional id, by their number in the transaction log.
#[pyfunction]
pub(crate) fn transaction_states() -> Vec<&'static str> {
    core::TransactionState::ALL.iter().map(|state| state.name()).collect()
}

/// Goes on if there is a transactional id and this broker coordinates it: `ownership` is `owned`,
/// `loading` or `not_owned`. Raises `CoordinatorError`.
#[pyfunction]
#[pyo3(signature = (transactional_id, *, ownership = "owned"))]
pub(crate) fn check_transactional_id(
    transactional_id: Option<&str>,
    ownership: &str,
) -> PyResult<()> {
    let all = [
        ("owned", core::Ownership::Owned),
        ("loading", core::Ownership::Loading),
        ("not_owned", core::Ownership::NotOwned),
    ];
    let ownership = one_of("ownership", ownership, &all)?;
    core::transactional_id(transactional_id).map_err(refused)?;
    ownership.check().map_err(refused)
}

/// InitProducerId without a transactional id: a fresh id with epoch 0, whatever it expects.
#[pyfunction]
#[pyo3(signature = (*, new_id, producer_id = -1, producer_epoch = -1))]
pub(crate) fn init_idempotent(
    new_id: NewId<'_>,
    producer_id: i64,
    producer_epoch: i16,
) -> PyResult<Identity> {
    let identity = new_id.when_needed(|new_id| {
        core::InitProducerId::idempotent(producer_id, producer_epoch, new_id)
    });
    identity.map(Identity::of)
}

/// The partition of the transaction log that coordinates an id; a group's of the offsets log too.
#[pyfunction]
#[pyo3(signature = (transactional_id, *, partitions = 50))]
pub(crate) fn coordinator_partition(transactional_id: &str, partitions: u32) -> PyResult<u32> {
    let partitions = NonZeroU32::new(partitions).ok_or_else(|| wrong("partitions is 0"))?;
    Ok(core::coordinator_partition(transactional_id, partitions))
}

/// Whether an epoch leaves no room for another.
#[pyfunction]
pub(crate) fn is_epoch_exhausted(epoch: i16) -> bool {
    core::is_epoch_exhausted(epoch)
}

/// The transaction version that an EndTxn of this version speaks.
#[pyfunction]
pub(crate) fn end_txn_version(request_version: i16) -> u8 {
    version_number(core::end_txn_version(request_version))
}

/// The transaction version that an AddPartitionsToTxn of this version speaks.
#[pyfunction]
pub(crate) fn add_partitions_version(request_version: i16) -> u8 {
    version_number(core::add_partitions_version(request_version))
}

/// What a client is told when the transaction log could not be written to.
#[pyfunction]
pub(crate) fn append_error_code(code: i16) -> i16 {
    core::append_error(ErrorCode::new(code)).get()
}

/// A partition's code in the answer to AddPartitionsToTxn, if `any_failed` of the request's was not
/// granted; `None`: go on and add. `access` is `granted`, `denied` or `unknown`.
#[pyfunction]
#[pyo3(signature = (access, *, any_failed))]
pub(crate) fn partition_refusal(access: &str, any_failed: bool) -> PyResult<Option<i16>> {
    let all = [
        ("granted", core::PartitionAccess::Granted),
        ("denied", core::PartitionAccess::Denied),
        ("unknown", core::PartitionAccess::Unknown),
    ];
    let access = one_of("access", access, &all)?;
    Ok(access.refusal_code(any_failed).map(ErrorCode::get))
}

/// What a partition's answer to WriteTxnMarkers means for the transaction's set: `remove` it,
/// `retry`, `give_up` all of the transaction's markers, or `fatal`.
#[pyfunction]
pub(crate) fn marker_step(code: i16) -> String {
    variant(&core::MarkerStep::from_code(ErrorCode::new(code)))
}

/// The code as a client of this version of `api` (Kafka's name of the request) understands it.
#[pyfunction]
pub(crate) fn downgrade_code(api: &str, code: i16, request_version: i16) -> PyResult<i16> {
    let all = [
        ("InitProducerId", core::Api::InitProducerId),
        ("AddPartitionsToTxn", core::Api::AddPartitionsToTxn),
        ("AddOffsetsToTxn", core::Api::AddOffsetsToTxn),
        ("EndTxn", core::Api::EndTxn),
        ("TxnOffsetCommit", core::Api::TxnOffsetCommit),
        ("Produce", core::Api::Produce),
    ];
    let api = one_of("api", api, &all)?;
    Ok(api.downgrade(ErrorCode::new(code), request_version).get())
}
