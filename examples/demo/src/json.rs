//! What does a partition folder hold? As one JSON object.

use fencepost_replay::{Entry, Folder, Report, SnapshotCheck};
use serde_json::{Value, json};

/// One partition as one object; the same facts as the text.
pub(crate) fn report(folder: &Folder, report: &Report) -> Value {
    let producers = report.producers.iter().map(|(producer, window)| {
        let seen = report.seen.get(&producer.producer_id).copied().unwrap_or_default();
        json!({
            "producer_id": producer.producer_id,
            "producer_epoch": producer.producer_epoch,
            "last_sequence": producer.last_sequence,
            "last_timestamp": producer.last_timestamp,
            "coordinator_epoch": producer.coordinator_epoch,
            "current_transaction_start_offset": producer.current_txn_start_offset,
            "window": window,
            "batches": seen.batches,
            "offsets": seen.records,
            "markers": seen.markers,
        })
    });
    let findings = report.findings.iter().map(|finding| {
        json!({
            "severity": finding.severity().to_string(),
            "kind": finding.kind.name(),
            "rule": finding.kind.rule(),
            "offset": finding.offset,
            "producer_id": finding.producer_id,
            "producer_epoch": finding.producer_epoch,
            "offsets_missing": finding.offsets_missing,
            "message": finding.to_string(),
        })
    });
    let damage = report.damage.iter().map(|damage| {
        json!({
            "kind": damage.name(),
            "file": damage.file,
            "position": damage.position,
            "bytes_not_replayed": damage.bytes,
            "later_segments": damage.later_segments,
            "message": damage.to_string(),
        })
    });
    let indexes = report.indexes.iter().map(|check| {
        json!({
            "file": check.file,
            "entries": check.entries,
            "differences": strings(&check.differences),
            "corrupt": check.corrupt.map(|error| error.to_string()),
        })
    });
    json!({
        "partition": report.name,
        "path": folder.path.display().to_string(),
        "segments": report.segments,
        "batches": report.batches,
        "bytes": report.bytes,
        "start_offset": report.start,
        "end_offset": report.end,
        "began_with_snapshot": report.began_with,
        "producers": producers.collect::<Vec<_>>(),
        "damage": damage.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        "faults": report.faults(),
        "equal_to_snapshots": report.equal_to_snapshots(),
        "snapshots": report.snapshots.iter().map(snapshot).collect::<Vec<_>>(),
        "equal_to_transaction_indexes": report.equal_to_indexes(),
        "transaction_indexes": indexes.collect::<Vec<_>>(),
    })
}

fn snapshot(check: &SnapshotCheck) -> Value {
    let comparison = match &check.result {
        Ok(comparison) => comparison,
        Err(error) => {
            return json!({ "offset": check.offset, "equal": false, "corrupt": error.to_string() });
        }
    };
    let differences = comparison.differences.iter().map(|difference| {
        json!({
            "producer_id": difference.producer_id,
            "kafka": difference.kafka.map(entry),
            "log": difference.log.map(entry),
        })
    });
    json!({
        "offset": check.offset,
        "equal": check.is_equal(),
        "entries": comparison.entries,
        "differences": differences.collect::<Vec<_>>(),
        "gone": strings(&comparison.gone),
        "expired": comparison.expired,
    })
}

fn entry(entry: Entry) -> Value {
    json!({
        "producer_epoch": entry.producer_epoch,
        "last_sequence": entry.last_sequence,
        "last_offset": entry.last_offset,
        "offset_delta": entry.offset_delta,
        "timestamp": entry.timestamp,
        "coordinator_epoch": entry.coordinator_epoch,
        "current_txn_first_offset": entry.current_txn_first_offset,
    })
}

fn strings<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}
