//! What became of a write?

use super::admit::Pipeline;
use super::pool::{Ticket, Undecided};
use super::refusal::{NotUndecided, RecordError};
use crate::broker::{
    CompletedTransaction, IndexLine, Memory, OpenTransaction, Slot, VerificationEntry,
};
use crate::window::Tag;

impl<U, S, I, X, G, T> Pipeline<U, S, I, X, G, T>
where
    U: Memory<Undecided<T>>,
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// The batch is on the log, at this base offset. Does what [`crate::broker::Partition::record`]
    /// does, and can't fail for want of room. O(1), plus what that says; where a victim is
    /// searched, O(undecided) for each producer that is looked at.
    ///
    /// # Errors
    /// Only the oldest undecided batch of the partition can be recorded, whoever's it is.
    pub fn record(
        &mut self,
        ticket: Ticket,
        base_offset: i64,
    ) -> Result<Option<CompletedTransaction>, RecordError> {
        let missing = RecordError::NotUndecided(NotUndecided(ticket));
        let oldest = *self.pool.oldest().ok_or(missing)?;
        if oldest.ticket() != ticket {
            let next = oldest.ticket();
            self.pool.find(ticket).ok_or(missing)?;
            return Err(RecordError::NotNext { ticket, next });
        }
        self.pool.pop();
        let spared = |id| self.pool.has(id);
        Ok(self.partition.settle(oldest.intent(), base_offset, &spared))
    }

    /// The batch is not on the log and never will be, and neither will those of its producer that
    /// were begun after it: they follow what does not exist. The partition is as if none of them
    /// had come. Calls `abandoned` for each, oldest first; answer their senders, those of pending
    /// retries too, with a retriable error. NOT_ENOUGH_REPLICAS (19) says that nothing was
    /// appended, which a producer may hold on to; KAFKA_STORAGE_ERROR (56) and REQUEST_TIMED_OUT
    /// (7) leave it open. O(undecided).
    ///
    /// A batch without a producer goes alone.
    ///
    /// # Errors
    /// [`NotUndecided`] if the ticket names none.
    pub fn abandon(
        &mut self,
        ticket: Ticket,
        mut abandoned: impl FnMut(Ticket),
    ) -> Result<(), NotUndecided> {
        let producer_id = self.pool.find(ticket).ok_or(NotUndecided(ticket))?.producer_id();
        let mut found = false;
        self.pool.retain(|undecided| {
            let is_it = undecided.ticket() == ticket;
            found |= is_it;
            let follows = found && producer_id.is_some() && undecided.producer_id() == producer_id;
            let goes = is_it || follows;
            if goes {
                abandoned(undecided.ticket());
            }
            !goes
        });
        self.partition.invalidate();
        Ok(())
    }

    /// The same, and none of those that were begun after it is on the log either, whoever's they
    /// are: the writes of a partition go one behind the other, and this one failed. Those before it
    /// stay. Calls `abandoned` for each, oldest first. O(undecided).
    ///
    /// # Errors
    /// [`NotUndecided`] if the ticket names none.
    pub fn abandon_from(
        &mut self,
        ticket: Ticket,
        mut abandoned: impl FnMut(Ticket),
    ) -> Result<(), NotUndecided> {
        self.pool.find(ticket).ok_or(NotUndecided(ticket))?;
        let mut found = false;
        self.pool.retain(|undecided| {
            found |= undecided.ticket() == ticket;
            if found {
                abandoned(undecided.ticket());
            }
            !found
        });
        self.partition.invalidate();
        Ok(())
    }

    /// None of the undecided batches counts: the broker no longer leads the partition, or is about
    /// to reload it. Calls `abandoned` for each, oldest first. O(undecided).
    ///
    /// If any may be on the log, reload the partition and replay the log before it decides again,
    /// and answer with what does not deny it: NOT_LEADER_OR_FOLLOWER (6), or 7 or 56.
    pub fn abandon_all(&mut self, mut abandoned: impl FnMut(Ticket)) {
        self.pool.retain(|undecided| {
            abandoned(undecided.ticket());
            false
        });
        self.partition.invalidate();
    }

    /// The write ended without an answer: the batch may be on the log, or come to be. It stays
    /// undecided, its retries stay pending, and no new batch of its producer is admitted, until it
    /// is recorded or abandoned. Answer REQUEST_TIMED_OUT (7), or not at all. O(undecided).
    ///
    /// # Errors
    /// [`NotUndecided`] if the ticket names none.
    pub fn mark_unknown(&mut self, ticket: Ticket) -> Result<(), NotUndecided> {
        self.pool.find(ticket).ok_or(NotUndecided(ticket))?;
        self.pool.mark_unknown(ticket);
        self.partition.invalidate();
        Ok(())
    }
}
