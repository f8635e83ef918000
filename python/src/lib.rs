//! The native half of the Python package `fencepost`: thin classes over the core.
//!
//! Names, documentation of the package and exceptions are Python's, in `pysrc/fencepost`.

mod admit;
mod answers;
mod audit;
mod build;
mod bytes;
mod config;
mod coordinator;
mod each;
mod growth;
mod home;
mod ids;
mod journal;
mod journal_errors;
mod logs;
mod partition;
mod pipeline;
mod producer;
mod raise;
mod replay;
mod room;
mod segment;
mod snapshot;
mod snapshot_files;
mod text;
mod transactions;
mod turn;
mod txn_index;
mod value;
mod verbs;
mod wire;

/// The native half of the package `fencepost`; use that one.
#[pyo3::pymodule]
mod _fencepost {
    #[pymodule_export]
    use crate::answers::{Attempt, Next, Response, Verdict};
    #[pymodule_export]
    use crate::audit::{Audit, Finding, Observation, Run, Scanned};
    #[pymodule_export]
    use crate::build::{BatchBuilder, write_end_txn_marker};
    #[pymodule_export]
    use crate::config::{
        ConfigResolved, config_later, config_problems, config_resolve, config_settings,
    };
    #[pymodule_export]
    use crate::coordinator::{
        AlreadyEnded, AppendFailed, Applied, BlockAllocator, IdAllocation, IdBlock, IdGenerator,
        NextProducerId, TransactionMarker, TransactionMetadata, TransactionRecord, Transit,
        add_partitions_version, append_error_code, check_transactional_id, coordinator_partition,
        downgrade_code, end_txn_version, init_idempotent, is_epoch_exhausted, marker_step,
        partition_refusal, transaction_states,
    };
    #[pymodule_export]
    use crate::each::Appended;
    #[pymodule_export]
    use crate::ids::{Identity, Stamp, advance_sequence, error_codes, sequence_follows};
    #[pymodule_export]
    use crate::journal::{BoundPartition, JournaledBatch, JournaledProducer, Permit, Unwritten};
    #[pymodule_export]
    use crate::partition::{
        BatchMetadata, CompletedTransaction, Duplicate, OpenTransaction, Partition,
        PendingVerification, ProducerState, Ticket,
    };
    #[pymodule_export]
    use crate::pipeline::{Pending, Pipeline, UndecidedBatch, WritePermit};
    #[pymodule_export]
    use crate::producer::{KeptPartition, Producer};
    #[pymodule_export]
    use crate::replay::Replayed;
    #[pymodule_export]
    use crate::segment::{Damage, read_headers};
    #[pymodule_export]
    use crate::snapshot::{Snapshot, read_snapshot};
    #[pymodule_export]
    use crate::snapshot_files::{
        LogShape, ReplaySegment, snapshot_deleted_name, snapshot_is_deleted, snapshot_latest,
        snapshot_name, snapshot_oldest, snapshot_parse_name, snapshots_before,
        snapshots_outside_log, snapshots_stray,
    };
    #[pymodule_export]
    use crate::transactions::{
        CallResult, FailBatches, Failure, OffsetsResult, Request, Step, TransactionManager,
    };
    #[pymodule_export]
    use crate::txn_index::{
        AbortedTransaction, append_txn_index, collect_aborted, cut_txn_index,
        inspect_transaction_index, read_txn_index,
    };
    #[pymodule_export]
    use crate::wire::{
        Batch, BatchHeader, EndTxnMarker, Record, crc32c, restamp_batch, seal_batch, stamp_batch,
    };

    /// The version of the package and of the core.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use crate::logs::{
        AuditProgress, BatchRow, IndexComparison, JournalFile, JournalRow, LogAudit, LogDamage,
        LogFinding, LogFolder, ProducerEntry, ProducerRun, ProducerSeen, SegmentScan,
        SnapshotComparison, SnapshotDifference, discover_logs, inspect_journal,
    };
}
