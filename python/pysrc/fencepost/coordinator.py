"""Which producer id and epoch does a producer get, and what became of its transaction?

Three machines, from the controller to the transactional id: `BlockAllocator` gives brokers blocks
of producer ids, `IdGenerator` hands a broker's out, and `TransactionMetadata` is what a coordinator
knows of one transactional id. The partitions of its transaction, the log and the clock are the
caller's. Refusals are `CoordinatorError`s, whose `error_code` is the answer.
"""

from __future__ import annotations

from fencepost._fencepost import (
    AlreadyEnded,
    AppendFailed,
    Applied,
    BlockAllocator,
    IdAllocation,
    IdBlock,
    IdGenerator,
    NextProducerId,
    TransactionMarker,
    TransactionMetadata,
    TransactionRecord,
    Transit,
    add_partitions_version,
    append_error_code,
    check_transactional_id,
    coordinator_partition,
    downgrade_code,
    end_txn_version,
    init_idempotent,
    is_epoch_exhausted,
    marker_step,
    partition_refusal,
    transaction_states,
)

__all__ = (
    "STATES",
    "AlreadyEnded",
    "AppendFailed",
    "Applied",
    "BlockAllocator",
    "IdAllocation",
    "IdBlock",
    "IdGenerator",
    "NextProducerId",
    "TransactionMarker",
    "TransactionMetadata",
    "TransactionRecord",
    "Transit",
    "add_partitions_version",
    "append_error_code",
    "check_transactional_id",
    "coordinator_partition",
    "downgrade_code",
    "end_txn_version",
    "init_idempotent",
    "is_epoch_exhausted",
    "marker_step",
    "partition_refusal",
)

STATES: tuple[str, ...] = tuple(transaction_states())
"""The states of a transactional id; the index is the number in the transaction log."""
