//! Are the aborted transactions of the log those of Kafka's transaction index?

use std::fmt;
use std::ops::ControlFlow;

use fencepost::broker::{AbortedTransaction, TxnIndex, TxnIndexError};

use crate::{Aborted, Folder, ReplayError, files};

/// A transaction index held against the markers of its segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexCheck {
    /// The file's name.
    pub file: String,
    /// Its entries.
    pub entries: usize,
    /// What differs.
    pub differences: Vec<IndexDifference>,
    /// Why its entries can't be read to the end.
    pub corrupt: Option<TxnIndexError>,
}

/// An aborted transaction of which log and index say different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexDifference {
    /// The log has an abort marker that the index does not know.
    OnlyOnLog(AbortedTransaction),
    /// The index has an entry for which the log has no transaction.
    OnlyInIndex(AbortedTransaction),
    /// The same transaction with another last stable offset.
    LastStableOffset {
        /// Kafka's entry.
        kafka: AbortedTransaction,
        /// What the log gives.
        log: i64,
    },
}

impl fmt::Display for IndexDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (txn, what) = match self {
            Self::OnlyOnLog(txn) => (txn, "is aborted on the log, and not in the index"),
            Self::OnlyInIndex(txn) => (txn, "is in the index, and not aborted on the log"),
            Self::LastStableOffset { kafka, log } => {
                return write!(
                    f,
                    "producer {}, offsets {} to {}: last stable offset {} in the index, {log} by \
                     the log",
                    kafka.producer_id,
                    kafka.first_offset,
                    kafka.last_offset,
                    kafka.last_stable_offset
                );
            }
        };
        write!(
            f,
            "producer {}, offsets {} to {}: {what}",
            txn.producer_id, txn.first_offset, txn.last_offset
        )
    }
}

/// Compares each index file with the aborted transactions whose marker lies in its segment. With no
/// index file at all there is nothing to compare; with some, a segment without one has no entries.
/// Of a log that is being written (`live`) the last segment's is left out: it has grown since.
pub(crate) fn check(
    folder: &Folder,
    aborted: &[Aborted],
    live: bool,
) -> Result<Vec<IndexCheck>, ReplayError> {
    let mut checks = Vec::new();
    let last = folder.segments.last().map_or(0, |(base, _)| *base);
    let is_settled = |base: i64| !live || base < last;
    for (base, path) in folder.indexes.iter().filter(|(base, _)| is_settled(*base)) {
        let bytes = match files::read(path, live, &mut || ControlFlow::Continue(())) {
            Err(error) if live && error.is_not_found() => continue,
            read => read?,
        };
        let mut corrupt = TxnIndex::new(&bytes).check(*base).err();
        let mut kafka = Vec::new();
        for entry in TxnIndex::new(&bytes) {
            match entry {
                Ok(entry) => kafka.push(entry),
                Err(error) => corrupt = Some(error),
            }
        }
        let log = aborted.iter().filter(|a| a.segment == *base).map(|a| a.entry).collect();
        checks.push(IndexCheck {
            file: path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            entries: kafka.len(),
            differences: differences(kafka, log),
            corrupt,
        });
    }
    let has_index = |segment: i64| folder.indexes.iter().any(|(base, _)| *base == segment);
    let wanted =
        |a: &&Aborted| !folder.indexes.is_empty() && !has_index(a.segment) && is_settled(a.segment);
    let rest = aborted.iter().filter(wanted);
    checks.extend(rest.map(|a| IndexCheck {
        file: format!("{:020}.txnindex (no such file)", a.segment),
        entries: 0,
        differences: vec![IndexDifference::OnlyOnLog(a.entry)],
        corrupt: None,
    }));
    Ok(checks)
}

fn differences(
    kafka: Vec<AbortedTransaction>,
    mut log: Vec<AbortedTransaction>,
) -> Vec<IndexDifference> {
    let key = |txn: &AbortedTransaction| (txn.producer_id, txn.first_offset, txn.last_offset);
    let mut differences = Vec::new();
    for entry in kafka {
        match log.iter().position(|other| key(other) == key(&entry)) {
            Some(at) => {
                let log = log.remove(at).last_stable_offset;
                if log != entry.last_stable_offset {
                    differences.push(IndexDifference::LastStableOffset { kafka: entry, log });
                }
            }
            None => differences.push(IndexDifference::OnlyInIndex(entry)),
        }
    }
    differences.extend(log.into_iter().map(IndexDifference::OnlyOnLog));
    differences
}
