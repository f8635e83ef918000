//! What is remembered of one producer? (broker spec 3)

use crate::sequence::decrement;

/// The batches remembered per producer (broker spec 1).
pub const WINDOW_SIZE: usize = 5;

/// One remembered batch: the four stored fields of broker spec 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WindowBatch {
    /// The batch's last sequence; -1 for a batch without sequences.
    pub last_sequence: i32,
    /// The batch's last offset.
    pub last_offset: i64,
    /// Last offset minus first offset, low 32 bits.
    pub offset_delta: i32,
    /// The batch's max timestamp in milliseconds (after a reload: the entry's).
    pub timestamp: i64,
}

impl WindowBatch {
    /// The batch's first sequence, derived; 2147483647 for a single record without sequence.
    #[must_use]
    pub fn first_sequence(&self) -> i32 {
        decrement(self.last_sequence, self.offset_delta)
    }

    /// The batch's first offset, derived.
    #[must_use]
    pub fn first_offset(&self) -> i64 {
        self.last_offset.wrapping_sub(i64::from(self.offset_delta))
    }
}

/// One producer's state (broker spec 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerEntry {
    /// The producer id; never changes.
    pub producer_id: i64,
    /// The newest epoch; -1 in an empty entry.
    pub producer_epoch: i16,
    /// The epoch of the coordinator that wrote the last marker; -1 if none did.
    pub coordinator_epoch: i32,
    /// The timestamp of the last batch or marker, in milliseconds; -1 in an empty entry.
    pub last_timestamp: i64,
    /// The first offset of the open transaction.
    pub current_txn_first_offset: Option<i64>,
    /// At most [`WINDOW_SIZE`] batches, oldest first.
    pub window: Vec<WindowBatch>,
}

impl ProducerEntry {
    /// The empty entry of `producer_id`.
    #[must_use]
    pub fn empty(producer_id: i64) -> Self {
        Self {
            producer_id,
            producer_epoch: -1,
            coordinator_epoch: -1,
            last_timestamp: -1,
            current_txn_first_offset: None,
            window: Vec::new(),
        }
    }

    /// The newest batch's last sequence, -1 if the window is empty.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        self.window.last().map_or(-1, |batch| batch.last_sequence)
    }

    /// Stores `epoch`; clears the window if it differs, higher or lower (broker spec 3.2).
    pub fn set_epoch(&mut self, epoch: i16) {
        if epoch != self.producer_epoch {
            self.window.clear();
            self.producer_epoch = epoch;
        }
    }

    /// Adds `batch` as the newest, dropping the oldest of five.
    pub fn push(&mut self, batch: WindowBatch) {
        if self.window.len() == WINDOW_SIZE {
            self.window.remove(0);
        }
        self.window.push(batch);
    }

    /// Adds a data batch (broker spec 3.2); coordinator epoch and transaction are untouched.
    pub fn add_data_batch(&mut self, epoch: i16, batch: WindowBatch) {
        self.set_epoch(epoch);
        self.push(batch);
        self.last_timestamp = batch.timestamp;
    }

    /// Takes over what an append has collected in `update` (broker spec 3.2, "merge").
    pub fn merge(&mut self, update: Self) {
        self.set_epoch(update.producer_epoch);
        for batch in update.window {
            self.push(batch);
        }
        self.coordinator_epoch = update.coordinator_epoch;
        self.current_txn_first_offset = update.current_txn_first_offset;
        self.last_timestamp = update.last_timestamp;
    }

    /// The oldest remembered batch of this epoch and exactly this sequence range (broker spec 3.3).
    #[must_use]
    pub fn find_duplicate(&self, epoch: i16, first_seq: i32, last_seq: i32) -> Option<WindowBatch> {
        if epoch != self.producer_epoch {
            return None;
        }
        self.window
            .iter()
            .find(|batch| batch.first_sequence() == first_seq && batch.last_sequence == last_seq)
            .copied()
    }

    /// Whether the entry has expired at `now` (broker spec 5.5).
    #[must_use]
    pub fn is_expired(&self, now: i64, expiration_ms: i64) -> bool {
        self.current_txn_first_offset.is_none()
            && now.wrapping_sub(self.last_timestamp) >= expiration_ms
    }
}
