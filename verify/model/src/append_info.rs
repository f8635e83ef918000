//! May this producer's batches be appended, and what do they leave behind? (broker spec 4)

use crate::entry::{ProducerEntry, WindowBatch};
use crate::manager::VerificationEntry;
use crate::profile::{Origin, Profile, Refusal};
use crate::sequence::in_sequence;

/// A transaction that a marker has ended (broker spec 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompletedTxn {
    /// The transaction's producer.
    pub producer_id: i64,
    /// The offset of the transaction's first batch.
    pub first_offset: i64,
    /// The offset of the marker.
    pub last_offset: i64,
    /// Whether the marker was an abort.
    pub aborted: bool,
}

/// A data batch as section 4.1 sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataBatch {
    pub(crate) epoch: i16,
    pub(crate) first_sequence: i32,
    pub(crate) last_sequence: i32,
    pub(crate) max_timestamp: i64,
    pub(crate) first_offset: i64,
    pub(crate) last_offset: i64,
    pub(crate) transactional: bool,
}

/// A marker as section 4.3 sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marker {
    pub(crate) epoch: i16,
    pub(crate) coordinator_epoch: i32,
    pub(crate) aborted: bool,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    /// 0, 1, 2 or later; -1 if unknown.
    pub(crate) transaction_version: i16,
}

/// One (append, producer): Kafka's `ProducerAppendInfo` (broker spec 4).
#[derive(Clone, Debug)]
pub struct AppendInfo {
    /// The rules applied.
    pub profile: Profile,
    /// Who appends.
    pub origin: Origin,
    /// The committed entry, or an empty one; never written.
    pub current: ProducerEntry,
    /// What the append would leave: starts with an empty window.
    pub updated: ProducerEntry,
    /// First offsets of the transactions begun in this append.
    pub started: Vec<i64>,
    /// The producer's verification entry when the append met the producer first.
    pub verification: Option<VerificationEntry>,
}

impl AppendInfo {
    /// Prepares an append on top of `current` (broker spec 5.2, "prepare").
    #[must_use]
    pub fn new(
        profile: Profile,
        origin: Origin,
        current: ProducerEntry,
        verification: Option<VerificationEntry>,
    ) -> Self {
        let updated = ProducerEntry { window: Vec::new(), ..current.clone() };
        Self { profile, origin, current, updated, started: Vec::new(), verification }
    }

    /// Applies a data batch (broker spec 4.1).
    pub(crate) fn append_data(&mut self, batch: &DataBatch) -> Result<(), Refusal> {
        if batch.epoch < self.updated.producer_epoch && self.origin != Origin::Replication {
            return Err(Refusal::InvalidProducerEpoch);
        }
        if self.origin == Origin::Client {
            self.check_sequence(batch.epoch, batch.first_sequence)?;
        }
        let remembered = WindowBatch {
            last_sequence: batch.last_sequence,
            last_offset: batch.last_offset,
            offset_delta: batch.last_offset.wrapping_sub(batch.first_offset) as i32,
            timestamp: batch.max_timestamp,
        };
        self.updated.add_data_batch(batch.epoch, remembered);
        match (self.updated.current_txn_first_offset, batch.transactional) {
            (Some(_), false) => Err(Refusal::InvalidTxnState),
            (None, true) => {
                self.updated.current_txn_first_offset = Some(batch.first_offset);
                self.started.push(batch.first_offset);
                Ok(())
            }
            (Some(_), true) | (None, false) => Ok(()),
        }
    }

    /// The sequence rules, which only a client's batch meets (broker spec 4.2, 8.5).
    fn check_sequence(&self, epoch: i16, first: i32) -> Result<(), Refusal> {
        if let Some(verification) = self.verification {
            let starts_late = first != 0 && self.current.window.is_empty();
            if self.profile >= Profile::V4_1 && verification.supports_epoch_bump && starts_late {
                return Err(Refusal::OutOfOrderSequence);
            }
            if first > verification.lowest_sequence {
                return Err(Refusal::OutOfOrderSequence);
            }
        }
        let accepted = if epoch != self.updated.producer_epoch {
            first == 0 || self.updated.producer_epoch == -1
        } else {
            self.current.producer_epoch == -1 || in_sequence(self.predecessor(epoch), first)
        };
        if accepted { Ok(()) } else { Err(Refusal::OutOfOrderSequence) }
    }

    /// The last sequence that a batch of `epoch` has to follow (broker spec 4.2 rule 3).
    fn predecessor(&self, epoch: i16) -> i32 {
        if !self.updated.window.is_empty() {
            self.updated.last_sequence()
        } else if epoch == self.current.producer_epoch {
            self.current.last_sequence()
        } else {
            -1
        }
    }

    /// Applies a marker and names the transaction that it ended (broker spec 4.3, 8.5).
    pub(crate) fn append_marker(
        &mut self,
        marker: &Marker,
    ) -> Result<Option<CompletedTxn>, Refusal> {
        if self.origin != Origin::Replication {
            if self.profile >= Profile::V4_2 && marker.transaction_version < 0 {
                return Err(Refusal::Internal("a marker of unknown transaction version"));
            }
            if self.marker_epoch_is_stale(marker) {
                return Err(Refusal::InvalidProducerEpoch);
            }
            if self.updated.coordinator_epoch > marker.coordinator_epoch {
                return Err(Refusal::CoordinatorFenced);
            }
        }
        let completed = self.updated.current_txn_first_offset.map(|first_offset| CompletedTxn {
            producer_id: self.updated.producer_id,
            first_offset,
            last_offset: marker.offset,
            aborted: marker.aborted,
        });
        self.updated.set_epoch(marker.epoch);
        self.updated.coordinator_epoch = marker.coordinator_epoch;
        self.updated.current_txn_first_offset = None;
        self.updated.last_timestamp = marker.timestamp;
        Ok(completed)
    }

    fn marker_epoch_is_stale(&self, marker: &Marker) -> bool {
        let known = self.updated.producer_epoch;
        if self.profile < Profile::V4_2 || marker.transaction_version < 2 || marker.epoch != known {
            return marker.epoch < known;
        }
        // The same epoch from a TV2 coordinator: a repeated marker, or a producer whose epochs are
        // used up.
        let open = self.updated.current_txn_first_offset.is_some();
        open && marker.epoch != i16::MAX
    }
}
