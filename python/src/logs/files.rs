//! Which producers are in this snapshot, and which transactions in this index?

use fencepost::broker::{Slot, TXN_INDEX_ENTRY_LEN, TxnIndex};
use fencepost::snapshot::{SnapshotError, full, v1};
use fencepost::window::{BatchMetadata, ContentTag, Tag};
use pyo3::prelude::*;

use super::LogError;

/// A batch that a snapshot remembers.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
#[derive(Clone, Debug)]
pub(crate) struct RememberedBatch {
    first_sequence: i32,
    last_sequence: i32,
    first_offset: i64,
    last_offset: i64,
    timestamp: i64,
    /// What the caller kept of the batch's content, if the file keeps tags.
    tag: Option<u32>,
}

/// A producer in a snapshot.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
#[derive(Clone, Debug)]
pub(crate) struct SnapshotRow {
    producer_id: i64,
    producer_epoch: i16,
    coordinator_epoch: i32,
    last_timestamp: i64,
    current_transaction_first_offset: Option<i64>,
    /// Oldest first; in Kafka's own format at most one.
    batches: Vec<RememberedBatch>,
}

/// A snapshot file.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
#[derive(Clone, Debug)]
pub(crate) struct SnapshotFile {
    /// `kafka-v1` or `fencepost-v1`.
    format: &'static str,
    producers: Vec<SnapshotRow>,
}

impl RememberedBatch {
    fn of(batch: BatchMetadata, tag: Option<ContentTag>) -> Self {
        Self {
            first_sequence: batch.first_sequence(),
            last_sequence: batch.last_sequence,
            first_offset: batch.first_offset(),
            last_offset: batch.last_offset,
            timestamp: batch.timestamp,
            tag: tag.map(Tag::to_bits).filter(|bits| *bits != ContentTag::UNKNOWN.to_bits()),
        }
    }
}

impl SnapshotRow {
    fn of(slot: &Slot<ContentTag>) -> Self {
        let window = slot.window();
        let batches = window.iter().enumerate();
        Self {
            producer_id: slot.producer_id(),
            producer_epoch: slot.producer_epoch(),
            coordinator_epoch: slot.coordinator_epoch(),
            last_timestamp: slot.last_timestamp(),
            current_transaction_first_offset: slot.current_txn_first_offset(),
            batches: batches.map(|(n, b)| RememberedBatch::of(b, window.tag(n))).collect(),
        }
    }
}

/// Reads Kafka's snapshot of version 1, or fencepost's own of the whole window.
#[pyfunction]
pub(crate) fn inspect_snapshot(py: Python<'_>, data: &[u8]) -> PyResult<SnapshotFile> {
    let read = || -> Result<SnapshotFile, SnapshotError> {
        // No version of Kafka's begins like this: it would be 18,000 and some.
        if data.starts_with(b"FPWS") {
            let producers = full::decode(data)?.map(|slot| SnapshotRow::of(&slot)).collect();
            return Ok(SnapshotFile { format: "fencepost-v1", producers });
        }
        let producers = v1::decode(data)?.map(|slot| SnapshotRow::of(&slot)).collect();
        Ok(SnapshotFile { format: "kafka-v1", producers })
    };
    py.detach(read).map_err(|error| LogError::new_err(error.to_string()))
}

/// An aborted transaction in an index.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
#[derive(Clone, Debug)]
pub(crate) struct AbortedTransactionRow {
    producer_id: i64,
    first_offset: i64,
    last_offset: i64,
    last_stable_offset: i64,
}

/// A transaction index's entries, and why it can't be read to its end, if it can't.
#[pyfunction]
pub(crate) fn inspect_transaction_index(
    data: &[u8],
) -> (Vec<AbortedTransactionRow>, Option<String>) {
    let (mut rows, mut problem) = (Vec::new(), None);
    for entry in TxnIndex::new(data) {
        match entry {
            Ok(entry) => rows.push(AbortedTransactionRow {
                producer_id: entry.producer_id,
                first_offset: entry.first_offset,
                last_offset: entry.last_offset,
                last_stable_offset: entry.last_stable_offset,
            }),
            Err(error) => problem = Some(error.to_string()),
        }
    }
    let tail = data.len() % TXN_INDEX_ENTRY_LEN;
    if problem.is_none() && tail != 0 {
        let whole = rows.len() * TXN_INDEX_ENTRY_LEN;
        problem = Some(format!("the last {tail} bytes, from byte {whole} on, are no whole entry"));
    }
    (rows, problem)
}
