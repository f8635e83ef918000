//! May this batch be written on top of those that are being written?

use super::pool::{Pool, Ticket, Undecided};
use super::refusal::{Refusal, StalePermit};
use crate::broker::{
    Batch, Context, Foretold, IndexLine, Intent, Memory, OpenTransaction, Partition, Slot,
    VerificationEntry,
};
use crate::window::{BatchMetadata, Tag, WINDOW_BATCHES};

/// A partition, and the batches in front of it that are still being written.
///
/// The first parameter is the memory for those: an array, a slice, a `Vec` or a box of
/// [`Undecided`] entries, one for each batch of the partition that may be on its way at a time. The
/// others are the partition's.
#[derive(Clone, Debug)]
pub struct Pipeline<U, S, I, X = [OpenTransaction; 0], G = [VerificationEntry; 0], T = ()> {
    pub(super) partition: Partition<S, I, X, G, T>,
    pub(super) pool: Pool<U, T>,
}

/// What becomes of a batch that is not refused.
#[derive(Debug, PartialEq)]
#[must_use]
pub enum Admission<T = ()> {
    /// [`Pipeline::begin`] with it, then write.
    Append(Permit<T>),
    /// It is on the log already: answer where (R23).
    Duplicate(BatchMetadata),
    /// It is the batch of this ticket, sent again while that is undecided: answer what becomes of
    /// that one, once it is settled. If that is recorded, this one is its duplicate.
    Pending(Ticket),
}

/// The right to begin one write. Good until the pipeline's next change; dropping it leaves no
/// trace.
#[derive(Debug, PartialEq)]
#[must_use = "a batch is undecided only once it was begun"]
pub struct Permit<T = ()> {
    version: u64,
    intent: Intent<T>,
}

impl<U, S, I, X, G, T> Pipeline<U, S, I, X, G, T>
where
    U: Memory<Undecided<T>>,
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// A partition, and memory for as many undecided batches. O(1).
    pub fn new(partition: Partition<S, I, X, G, T>, pool: U) -> Self {
        Self { partition, pool: Pool::new(pool) }
    }

    /// Decides on one batch as [`Partition::admit`] would if all undecided batches of its producer
    /// had been recorded, and changes nothing. O(undecided), plus what the partition's says.
    ///
    /// # Errors
    /// The partition's [`Refusal::Rejected`] before those of the pipeline, which are looked at in
    /// the order in which [`Refusal`] names them. But while it is not known whether an undecided
    /// batch of the producer is on the log, whatever is neither duplicate nor pending is
    /// [`Refusal::Unresolved`]: no verdict on it would be earned.
    pub fn admit(&self, batch: &Batch, context: &Context<T>) -> Result<Admission<T>, Refusal> {
        let id = batch.header.producer_id;
        let foreseen = self.partition.foresee(id, self.pool.of(id).map(Undecided::intent), |_| {});
        let foretold = self.partition.foretell(
            batch,
            context,
            foreseen.as_ref(),
            self.pool.promised(),
            &|id| self.pool.has(id),
        );
        let intent = match foretold {
            Ok(Foretold::Duplicate(seen)) => return Ok(Admission::Duplicate(seen)),
            Ok(Foretold::Pending(newer)) => return Ok(Admission::Pending(self.nth(id, newer))),
            Ok(Foretold::Append(intent)) => Ok(intent),
            Err(rejection) => Err(Refusal::Rejected(rejection)),
        };
        if let Some(unknown) = self.pool.of(id).find(|undecided| undecided.is_unknown()) {
            return Err(Refusal::Unresolved { producer_id: id, which: unknown.ticket() });
        }
        let intent = intent?;
        if self.pool.of(id).count() >= WINDOW_BATCHES {
            return Err(Refusal::ProducerBusy { producer_id: id });
        }
        if self.pool.is_full() {
            return Err(Refusal::PoolFull { capacity: self.pool.capacity() });
        }
        Ok(Admission::Append(Permit { version: self.partition.version(), intent }))
    }

    /// The producer's undecided batch of records that so many newer ones follow.
    fn nth(&self, producer_id: i64, newer: usize) -> Ticket {
        let data = self.pool.of(producer_id).filter(|undecided| undecided.intent().is_data());
        data.rev().nth(newer).map_or(Undecided::<T>::EMPTY.ticket(), Undecided::ticket)
    }

    /// The batch is about to be written: it is undecided from now on, the newest of all. What it
    /// needs to be recorded is kept for it. Call it before the write. O(1).
    ///
    /// # Errors
    /// [`StalePermit`] if anything has changed since the batch was admitted.
    pub fn begin(&mut self, permit: Permit<T>) -> Result<Ticket, StalePermit> {
        let version = self.partition.version();
        // The number of a change is nobody else's.
        let ticket = Ticket::from_bits(version);
        if permit.version != version || !self.pool.push(Undecided::new(ticket, permit.intent)) {
            return Err(StalePermit);
        }
        self.partition.invalidate();
        Ok(ticket)
    }
}
