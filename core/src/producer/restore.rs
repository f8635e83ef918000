//! How does a partition go on after a crash of its producer?

use super::batch::{Batch, BatchId, State};
use super::machine::Producer;
use super::refusal::Refusal;
use super::settings::Kind;
use super::slot::{Doubt, MAX_SPAN, Mode, NO_OFFSET, Slot, ahead, check_records};
use crate::ids::{Identity, Sequence, Timestamp};

/// What was kept of a partition: see resolve spec J3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredPartition {
    /// The producer id, and the epoch of this partition.
    pub identity: Identity,
    /// The sequence that the next new batch would get.
    pub next_sequence: Sequence,
    /// The last sequence acknowledged in this epoch.
    pub last_acked: Option<Sequence>,
    /// The last offset acknowledged.
    pub last_acked_offset: Option<i64>,
    /// An offset before which nothing of this producer stands.
    pub first_use_offset: Option<i64>,
    /// The largest timestamp of the newest acknowledged batch.
    pub newest_acked: Option<Timestamp>,
    /// This producer id was acknowledged here at all.
    pub acked_ever: bool,
}

/// A batch that was sent, or may have been, and has no verdict. Its bytes are the caller's, the
/// same as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredBatch {
    /// Its first sequence.
    pub base_sequence: Sequence,
    /// How many records it holds.
    pub records: i32,
    /// The largest timestamp of its records.
    pub max_timestamp: Timestamp,
    /// From when its delivery timeout counts: now, for a batch that is worth a whole new one.
    pub created: Timestamp,
    /// When it was sent first, by the wall clock.
    pub first_sent: Timestamp,
}

impl<S, const PLACES: usize> Producer<S, PLACES>
where
    S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
{
    /// Puts a partition back as it was kept. Its undecided batches follow, oldest first
    /// ([`Producer::restore_batch`]). The producer's newest identity comes before, by
    /// [`Producer::handle_identity`]; without one it takes the partition's. When all is decided,
    /// and before anything new is numbered, call [`Producer::bump`] (J6).
    ///
    /// # Errors
    /// [`Refusal::NoSuchPartition`], [`Refusal::Unsettled`] for a slot that has been used.
    pub fn restore(&mut self, partition: u32, restored: &RestoredPartition) -> Result<(), Refusal> {
        let (slot, shared) = self.both(partition).ok_or(Refusal::NoSuchPartition)?;
        if slot.identity.is_some() {
            return Err(Refusal::Unsettled);
        }
        if shared.identity.is_none() {
            shared.identity = Some(restored.identity);
            shared.wants_identity = false;
        }
        slot.identity = Some(restored.identity);
        slot.next = restored.next_sequence;
        slot.sent = Some(restored.identity.epoch);
        slot.last_acked = restored.last_acked;
        slot.last_acked_offset = restored.last_acked_offset.unwrap_or(NO_OFFSET);
        slot.first_use_offset = restored.first_use_offset.unwrap_or(NO_OFFSET);
        slot.newest_acked = restored.newest_acked;
        slot.acked_ever = restored.acked_ever;
        Ok(())
    }

    /// Puts a batch back that has no verdict. Whether it was sent is forgotten, so it is *possibly
    /// written* until it is resolved, and resolving begins at once (V2).
    ///
    /// # Errors
    /// [`Refusal::Full`]; [`Refusal::RecordCount`]; [`Refusal::Unsettled`] if it does not lie
    /// behind the batches before it and before the partition's next sequence, or if the partition
    /// was not restored.
    pub fn restore_batch(
        &mut self,
        partition: u32,
        batch: RestoredBatch,
        now: Timestamp,
    ) -> Result<BatchId, Refusal> {
        let (slot, shared) = self.both(partition).ok_or(Refusal::NoSuchPartition)?;
        check_records(batch.records)?;
        let before = slot.batches.last().map(Batch::end);
        let acked = slot.last_acked.and_then(|last| last.advance(1));
        let from = before.or(acked).unwrap_or(Sequence::ZERO);
        // Both ends on the way from what is known to what comes next.
        let way = ahead(from, slot.next);
        let first = ahead(from, batch.base_sequence);
        let inside =
            first.checked_add(batch.records).is_some_and(|end| end <= way) && way <= MAX_SPAN;
        if slot.identity.is_none() || !inside {
            return Err(Refusal::Unsettled);
        }
        let id = slot.new_id();
        let batch = Batch {
            id,
            created: batch.created,
            max_timestamp: batch.max_timestamp,
            first_sent: batch.first_sent,
            base: batch.base_sequence,
            records: batch.records,
            attempts: 1,
            connection: slot.connection,
            ambiguous: true,
            anchored: false,
            fresh: false,
            state: State::Waiting(now),
        };
        slot.batches.push(batch).map_err(|_| Refusal::Full)?;
        // What was sent before the crash may still be under way.
        slot.loosen(&shared.settings, now);
        slot.ask(shared, now, Doubt::None);
        Ok(id)
    }

    /// Begins another epoch on a partition of which nothing is undecided: what a producer does that
    /// comes back after a crash, so that numbers it forgot are never used twice (J6). At epoch
    /// 32767 another producer id is asked for.
    ///
    /// # Errors
    /// [`Refusal::Unsettled`] while a batch is undecided, or if the partition was never used;
    /// [`Refusal::MustAbort`] for a transactional producer, whose coordinator raises the epoch.
    pub fn bump(&mut self, partition: u32, now: Timestamp) -> Result<(), Refusal> {
        let (slot, shared) = self.both(partition).ok_or(Refusal::NoSuchPartition)?;
        if let Some(fatal) = shared.fatal {
            return Err(Refusal::Fatal(fatal));
        }
        if shared.settings.kind == Kind::Transactional {
            return Err(Refusal::MustAbort);
        }
        if slot.oldest().is_some() || slot.identity.is_none() || slot.mode != Mode::Steady {
            return Err(Refusal::Unsettled);
        }
        slot.hole = Some(slot.next);
        slot.settle(shared, now);
        Ok(())
    }
}
