//! What is durable of a partition, what was written since, and which sendings wait for it?

use heapless::Vec;

use super::kept::Kept;
use super::value::{TopicPartition, Word};
use crate::producer::{Attempt, BatchId};

/// A sending that waits for all records up to a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) attempt: Attempt,
    pub(super) mark: u64,
}

/// One partition's part of a [`super::Journal`], in the caller's memory; `PLACES` as the producer's
/// slots have.
#[derive(Clone, Debug)]
pub struct Track<const PLACES: usize = 8> {
    /// What the storage is known to hold.
    pub(super) durable: Kept<PLACES>,
    /// What it holds once all that was written is durable.
    pub(super) staged: Kept<PLACES>,
    /// Sendings that the producer has counted and the caller has not got.
    pub(super) held: Vec<Held, PLACES, u8>,
    /// Splits whose records are not durable: the first part, which keeps the whole's name, and the
    /// second.
    pub(super) splits: Vec<(BatchId, BatchId), PLACES, u8>,
    /// The mark of the newest record of this slot.
    pub(super) mark: u64,
    /// It was read from a journal, so its epoch ends before anything new is numbered (J6).
    pub(super) recovered: bool,
    /// Which partition it is for this caller.
    pub(super) bound: Option<TopicPartition>,
}

impl<const PLACES: usize> Track<PLACES> {
    /// A partition of which nothing was written.
    pub const EMPTY: Self = Self {
        durable: Kept::EMPTY,
        staged: Kept::EMPTY,
        held: Vec::new(),
        splits: Vec::new(),
        mark: 0,
        recovered: false,
        bound: None,
    };

    /// A batch has ended; the next record will say so.
    pub(super) fn note(&mut self, name: BatchId, word: Word) {
        for kept in [&mut self.durable, &mut self.staged] {
            if let Some(batch) = kept.named(name) {
                batch.ended = Some(word);
            }
        }
    }

    /// A crash would bring this batch back as undecided: by itself, or as a part of what the
    /// storage has as a whole.
    pub(super) fn comes_back(&self, name: BatchId) -> bool {
        let mut of = Some(name);
        // No batch is a part of itself, so it ends.
        while let Some(part) = of {
            if self.durable.batches.iter().any(|batch| batch.name == Some(part)) {
                return true;
            }
            of = self.splits.iter().find(|(_, second)| *second == part).map(|(first, _)| *first);
        }
        false
    }

    /// Takes a sending out of those that are held.
    pub(super) fn release(&mut self, attempt: &Attempt) {
        self.held.retain(|held| held.attempt != *attempt);
    }

    /// It is one of those that are held.
    pub(super) fn holds(&self, attempt: &Attempt) -> bool {
        self.held.iter().any(|held| held.attempt == *attempt)
    }
}
