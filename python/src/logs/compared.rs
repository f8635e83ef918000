//! Does the broker's own file say what the log says?

use fencepost_replay::{Difference, Entry, IndexCheck, SnapshotCheck};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::value::{Many, value};

value! {
    /// What a snapshot keeps of a producer.
    ProducerEntry, in "fencepost.logs", {
        producer_id: i64,
        producer_epoch: i16,
        last_sequence: i32,
        last_offset: i64,
        offset_delta: i32,
        timestamp: i64,
        coordinator_epoch: i32,
        current_transaction_first_offset: Option<i64>,
    }
}

impl ProducerEntry {
    fn of(entry: &Entry) -> Self {
        Self {
            producer_id: entry.producer_id,
            producer_epoch: entry.producer_epoch,
            last_sequence: entry.last_sequence,
            last_offset: entry.last_offset,
            offset_delta: entry.offset_delta,
            timestamp: entry.timestamp,
            coordinator_epoch: entry.coordinator_epoch,
            current_transaction_first_offset: entry.current_txn_first_offset,
        }
    }
}

value! {
    /// A producer of whom log and snapshot say different things.
    SnapshotDifference, in "fencepost.logs", {
        producer_id: i64,
        /// As the broker's snapshot has it.
        snapshot: Option<ProducerEntry>,
        /// As the log gives it.
        log: Option<ProducerEntry>,
        why: String,
    }
}

impl SnapshotDifference {
    fn of(difference: &Difference) -> Self {
        Self {
            producer_id: difference.producer_id,
            snapshot: difference.kafka.as_ref().map(ProducerEntry::of),
            log: difference.log.as_ref().map(ProducerEntry::of),
            why: difference.to_string(),
        }
    }
}

value! {
    /// A snapshot held against the log below its offset.
    SnapshotComparison, in "fencepost.logs", {
        file: String,
        offset: i64,
        entries: usize,
        /// Of these, equal in every field.
        equal: usize,
        differences: Many<SnapshotDifference>,
        /// Producers whose entry can't be derived from what is left of the log, and why.
        gone: Many<String>,
        /// Producers on the log that the broker had let expire before it wrote the snapshot.
        expired: Many<i64>,
        /// Why the file is no snapshot.
        corrupt: Option<String>,
    }
}

impl SnapshotComparison {
    pub(super) fn of(check: &SnapshotCheck) -> Self {
        let compared = check.result.as_ref().ok();
        let (entries, equal) = compared.map_or((0, 0), |c| (c.entries, c.equal));
        let differences = compared.map_or(&[][..], |c| &c.differences);
        let gone = compared.map_or(&[][..], |c| &c.gone);
        Self {
            file: format!("{:020}.snapshot", check.offset),
            offset: check.offset,
            entries,
            equal,
            differences: Many::of(differences.iter().map(SnapshotDifference::of).collect()),
            gone: Many::of(gone.iter().map(ToString::to_string).collect()),
            expired: Many::of(compared.map_or_else(Vec::new, |c| c.expired.clone())),
            corrupt: check.result.as_ref().err().map(ToString::to_string),
        }
    }
}

value! {
    /// A transaction index held against the markers of its segment.
    IndexComparison, in "fencepost.logs", {
        file: String,
        entries: usize,
        differences: Many<String>,
        /// Why its entries can't be read to the end.
        corrupt: Option<String>,
    }
}

impl IndexComparison {
    pub(super) fn of(check: &IndexCheck) -> Self {
        Self {
            file: check.file.clone(),
            entries: check.entries,
            differences: Many::of(check.differences.iter().map(ToString::to_string).collect()),
            corrupt: check.corrupt.map(|error| error.to_string()),
        }
    }
}
