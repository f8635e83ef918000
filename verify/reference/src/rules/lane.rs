//! What is known of one partition? Its queue, what is on the wire, and its numbers (producer spec
//! 2.2).

use std::collections::{BTreeMap, VecDeque};

use super::IllegalState;
use super::batch::{Batch, BatchHandle, Identity};

/// One partition as the client sees it.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) queue: VecDeque<BatchHandle>,
    /// In the order they were sent: the sender's list, for expiry.
    pub(super) on_wire: Vec<BatchHandle>,
    pub(super) muted: bool,
    pub(super) leader_epoch: i32,
    pub(super) identity: Identity,
    pub(super) next: i32,
    /// -1 is none.
    pub(super) last_acked: i32,
    /// -1 is none.
    pub(super) last_offset: i64,
    /// The sequence after a lost batch, where nothing new may be numbered.
    pub(super) unresolved: Option<i32>,
    /// Numbered and not decided, ordered by what they carry: two of the same key are one.
    pub(super) tracked: BTreeMap<(Identity, i32), BatchHandle>,
}

impl Lane {
    pub(super) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            on_wire: Vec::new(),
            muted: false,
            leader_epoch: 1,
            identity: Identity::NONE,
            next: 0,
            last_acked: -1,
            last_offset: -1,
            unresolved: None,
            tracked: BTreeMap::new(),
        }
    }

    pub(super) fn first_tracked(&self) -> Option<i32> {
        self.tracked.keys().next().map(|(_, base)| *base)
    }

    pub(super) const fn is_next(&self, sequence: i32) -> bool {
        sequence.wrapping_sub(self.last_acked) == 1
    }

    pub(super) fn untrack(&mut self, batch: &Batch) {
        self.tracked.remove(&batch.key());
    }

    pub(super) fn leave_wire(&mut self, handle: BatchHandle) {
        self.on_wire.retain(|other| *other != handle);
    }

    /// Numbers what is tracked anew, from 0, under another identity. What was acknowledged under
    /// the old one is forgotten, its offset is not.
    ///
    /// # Errors
    /// [`IllegalState`], if a tracked batch was aborted: that is the case when a new producer id
    /// was refused after the epochs had run out. Those before it are rewritten.
    pub(super) fn start_at_beginning(
        &mut self,
        batches: &mut [Batch],
        identity: Identity,
    ) -> Result<(), IllegalState> {
        let mut next = 0_i32;
        let mut tracked = BTreeMap::new();
        for handle in self.tracked.values().copied() {
            let batch = &mut batches[handle.0];
            if batch.aborted {
                batch.reset = true;
                return Err(IllegalState);
            }
            batch.rewrite(identity, next);
            next = next.wrapping_add(batch.records);
            tracked.insert(batch.key(), handle);
        }
        self.tracked = tracked;
        (self.identity, self.next, self.last_acked) = (identity, next, -1);
        Ok(())
    }

    /// Takes note of a success, without a look at the epoch it is of.
    pub(super) fn acknowledge(&mut self, batch: &Batch, base_offset: i64) {
        self.last_acked = self.last_acked.max(batch.last_sequence());
        if base_offset != -1 {
            let last = base_offset.wrapping_add(i64::from(batch.records)).wrapping_sub(1);
            self.last_offset = self.last_offset.max(last);
        }
        self.untrack(batch);
    }

    /// Puts a batch back where its sequence belongs among those that have one.
    pub(super) fn insert(&mut self, batches: &[Batch], handle: BatchHandle) {
        let base = batches[handle.0].base;
        let before = |other: &&BatchHandle| {
            let other = &batches[other.0];
            other.has_sequence() && other.base < base
        };
        let at = self.queue.iter().take_while(before).count();
        self.queue.insert(at, handle);
    }
}

/// The sequence after `n` more records: the one place where it wraps to 0 (producer spec 3).
#[must_use]
pub const fn advance(sequence: i32, n: i32) -> i32 {
    if sequence > i32::MAX - n { n - (i32::MAX - sequence) - 1 } else { sequence + n }
}
