//! Which transactions were aborted, and which of them does a fetch meet? (broker spec 7.10)

use crate::profile::Refusal;

/// One entry of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbortedTxn {
    /// The transaction's producer.
    pub producer_id: i64,
    /// The offset of the transaction's first batch.
    pub first_offset: i64,
    /// The offset of the abort marker.
    pub last_offset: i64,
    /// The last stable offset once the transaction was complete.
    pub last_stable_offset: i64,
}

/// What a fetch has to know of one segment's index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The aborted transactions in the range.
    pub transactions: Vec<AbortedTxn>,
    /// Whether later segments can't add any.
    pub complete: bool,
}

/// One segment's `.txnindex`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TxnIndex {
    /// The entries in the order of their markers.
    pub entries: Vec<AbortedTxn>,
    /// The last marker known to this process; opening a file does not set it.
    pub last_offset: Option<i64>,
}

impl TxnIndex {
    /// Adds an entry; an internal error if its marker is not above the last known one.
    pub fn append(&mut self, aborted: AbortedTxn) -> Result<(), Refusal> {
        if self.last_offset.is_some_and(|last| last >= aborted.last_offset) {
            return Err(Refusal::Internal("an aborted transaction below the last one"));
        }
        self.last_offset = Some(aborted.last_offset);
        self.entries.push(aborted);
        Ok(())
    }

    /// Cuts the index at the first entry whose marker is at or above `offset`; none: no change.
    pub fn truncate_to(&mut self, offset: i64) {
        if let Some(cut) = self.entries.iter().position(|entry| entry.last_offset >= offset) {
            self.entries.truncate(cut);
            self.last_offset = self.entries.last().map(|entry| entry.last_offset);
        }
    }

    /// The entries that a fetch of `from .. upper_bound` meets.
    #[must_use]
    pub fn collect(&self, from: i64, upper_bound: i64) -> Collected {
        let mut transactions = Vec::new();
        for entry in &self.entries {
            if entry.last_offset >= from && entry.first_offset < upper_bound {
                transactions.push(*entry);
            }
            if entry.last_stable_offset >= upper_bound {
                return Collected { transactions, complete: true };
            }
        }
        Collected { transactions, complete: false }
    }
}
