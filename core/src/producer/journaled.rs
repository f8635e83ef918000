//! What does a partition know that a journal must keep?

use super::batch::{Batch, BatchId, State};
use super::machine::Producer;
use super::restore::RestoredPartition;
use super::slot::{NO_OFFSET, Slot};
use super::verdict::Verdict;
use crate::ids::{Identity, Sequence, Stamp, Timestamp};

/// A batch as a partition holds it: undecided, or decided and the verdict not taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub batch: BatchId,
    /// Its first sequence.
    pub base_sequence: Sequence,
    /// How many records it holds.
    pub records: i32,
    /// The largest timestamp of its records.
    pub max_timestamp: Timestamp,
    /// When it was sent first, or numbered to be.
    pub first_sent: Timestamp,
    /// How often it was sent; the number of its newest attempt.
    pub attempts: u32,
    /// Sent, and not answered.
    pub on_wire: bool,
    /// Its verdict, if it has one.
    pub verdict: Option<Verdict>,
}

impl Standing {
    /// What its header says under an identity.
    #[must_use]
    pub const fn stamp(&self, identity: Identity) -> Stamp {
        Stamp { identity, base_sequence: self.base_sequence }
    }
}

impl<S, const PLACES: usize> Producer<S, PLACES>
where
    S: AsRef<[Slot<PLACES>]> + AsMut<[Slot<PLACES>]>,
{
    /// A partition as [`Producer::restore`] takes it. `None` if it was never used.
    #[must_use]
    pub fn kept(&self, partition: u32) -> Option<RestoredPartition> {
        let slot = self.slot(partition)?;
        let known = |offset: i64| (offset > NO_OFFSET).then_some(offset);
        Some(RestoredPartition {
            identity: slot.identity?,
            next_sequence: slot.next,
            last_acked: slot.last_acked,
            last_acked_offset: known(slot.last_acked_offset),
            first_use_offset: known(slot.first_use_offset),
            newest_acked: slot.newest_acked,
            acked_ever: slot.acked_ever,
        })
    }

    /// The batches of a partition in the order of their sequences, those with it whose verdict was
    /// not taken. At most as many as a slot has places.
    pub fn batches(&self, partition: u32) -> impl Iterator<Item = Standing> + '_ {
        self.slot(partition).into_iter().flat_map(|slot| &slot.batches).map(Batch::standing)
    }
}

impl Batch {
    const fn standing(&self) -> Standing {
        Standing {
            batch: self.id,
            base_sequence: self.base,
            records: self.records,
            max_timestamp: self.max_timestamp,
            first_sent: self.first_sent,
            attempts: self.attempts,
            on_wire: matches!(self.state, State::OnWire),
            verdict: self.verdict(),
        }
    }
}
