//! What did each producer do, one run of batches after the other?

use std::collections::BTreeMap;

use fencepost::broker::{Batch, BatchKind};
use fencepost::ids::raw;
use fencepost::wire::MarkerKind;

use crate::Place;

/// What a run is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunKind {
    /// Data.
    Data,
    /// A marker that commits.
    Commit,
    /// A marker that aborts.
    Abort,
    /// A marker of which compaction left the batch only.
    EmptyControl,
}

impl RunKind {
    /// The kind's name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Commit => "commit",
            Self::Abort => "abort",
            Self::EmptyControl => "empty_control",
        }
    }

    fn of(batch: &Batch) -> Self {
        match batch.kind {
            BatchKind::Data => Self::Data,
            BatchKind::EmptyControl => Self::EmptyControl,
            BatchKind::EndTransaction(marker) => match marker.kind {
                MarkerKind::Commit => Self::Commit,
                MarkerKind::Abort => Self::Abort,
            },
        }
    }
}

/// Batches of one producer that follow on each other in one epoch, without a finding between them;
/// or one marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Of what.
    pub kind: RunKind,
    /// Whether the batches are part of a transaction.
    pub is_transactional: bool,
    /// Under which epoch.
    pub producer_epoch: i16,
    /// The leader epoch that the batches carry.
    pub leader_epoch: i32,
    /// The first batch's first sequence, -1 for none.
    pub first_sequence: i32,
    /// The last batch's last sequence, -1 for none.
    pub last_sequence: i32,
    /// Where the first batch begins.
    pub first_offset: i64,
    /// Where the last batch ends.
    pub last_offset: i64,
    /// How many batches.
    pub batches: u64,
    /// Records that are there now.
    pub records: u64,
    /// The first batch's largest timestamp, in milliseconds.
    pub first_timestamp: i64,
    /// The last batch's largest timestamp, in milliseconds.
    pub last_timestamp: i64,
    /// Whether the first batch has a finding.
    pub has_finding: bool,
    /// Where the first batch is.
    pub place: Place,
}

impl Run {
    fn of(place: Place, batch: &Batch, has_finding: bool) -> Self {
        let header = &batch.header;
        Self {
            kind: RunKind::of(batch),
            is_transactional: header.attributes.is_transactional(),
            producer_epoch: header.producer_epoch,
            leader_epoch: header.partition_leader_epoch,
            first_sequence: header.base_sequence.max(-1),
            last_sequence: header.last_sequence(),
            first_offset: header.base_offset,
            last_offset: header.last_offset(),
            batches: 1,
            records: u64::from(header.records_count.max(0).unsigned_abs()),
            first_timestamp: header.max_timestamp,
            last_timestamp: header.max_timestamp,
            has_finding,
            place,
        }
    }

    /// Whether the next one goes on where this one ends.
    fn goes_on_with(&self, next: &Self) -> bool {
        let follows = match self.last_sequence {
            last @ 0.. => next.first_sequence == raw::increment(last, 1),
            _ => next.first_sequence < 0,
        };
        follows
            && !next.has_finding
            && (self.kind, next.kind) == (RunKind::Data, RunKind::Data)
            && self.is_transactional == next.is_transactional
            && self.producer_epoch == next.producer_epoch
            && self.leader_epoch == next.leader_epoch
    }

    fn take_in(&mut self, next: &Self) {
        self.last_sequence = next.last_sequence;
        self.last_offset = next.last_offset;
        self.batches += next.batches;
        self.records = self.records.saturating_add(next.records);
        self.last_timestamp = next.last_timestamp;
    }
}

/// The runs of producers.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    runs: BTreeMap<i64, Vec<Run>>,
    room: usize,
    left_out: u64,
}

impl Timeline {
    /// One that keeps at most this many runs.
    #[must_use]
    pub const fn new(most_runs: usize) -> Self {
        Self { runs: BTreeMap::new(), room: most_runs, left_out: 0 }
    }

    /// Takes in the next batch of the log.
    pub fn add(&mut self, place: Place, batch: &Batch, has_finding: bool) {
        let next = Run::of(place, batch, has_finding);
        let runs = self.runs.entry(batch.header.producer_id).or_default();
        // What was left out lies between: nothing goes on behind it.
        let last = runs.last_mut().filter(|last| self.left_out == 0 && last.goes_on_with(&next));
        if let Some(last) = last {
            last.take_in(&next);
        } else if let Some(room) = self.room.checked_sub(1) {
            self.room = room;
            runs.push(next);
        } else {
            self.left_out += 1;
        }
    }

    /// Each producer's, in order of the log.
    #[must_use]
    pub const fn runs(&self) -> &BTreeMap<i64, Vec<Run>> {
        &self.runs
    }

    /// Batches that there was no room for.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }
}
