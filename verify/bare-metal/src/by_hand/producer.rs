use core::iter::from_fn;

use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::producer::Standing;
use fencepost::producer::transactions::{Step, Unexpected};

use crate::types::{Producer, TransactionManager};

/// `producer::Producer::batches`
pub(crate) fn batches(producer: &Producer, partition: u32, see: fn(Standing)) {
    super::walk(producer.batches(partition), see);
}

/// `producer::transactions::TransactionManager::partitions_to_add`
pub(crate) fn partitions_to_add(manager: &TransactionManager, see: fn(u32)) {
    super::walk(manager.partitions_to_add(), see);
}

/// `producer::transactions::TransactionManager::handle_add_partitions`
pub(crate) fn handle_add_partitions(
    manager: &mut TransactionManager,
    correlation_id: i32,
    results: fn() -> Option<(u32, ErrorCode)>,
    now: Timestamp,
) -> Result<Step, Unexpected> {
    manager.handle_add_partitions(correlation_id, from_fn(results), now)
}

/// `producer::transactions::TransactionManager::handle_txn_offset_commit`
pub(crate) fn handle_txn_offset_commit(
    manager: &mut TransactionManager,
    correlation_id: i32,
    missing: u32,
    results: fn() -> Option<ErrorCode>,
    now: Timestamp,
) -> Result<Step, Unexpected> {
    manager.handle_txn_offset_commit(correlation_id, missing, from_fn(results), now)
}
