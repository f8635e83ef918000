//! How does a partition move into bigger memory? (R64)
//!
//! Slots and index move in bounded steps, since there may be millions of them; transactions and
//! guards at once.

use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::Partition;
use super::slot::Slot;
use super::table::Memory;
use super::transactions::OpenTransaction;
use crate::window::Tag;

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// Begins to move into bigger memory: from now on the partition has room for more. Move with
    /// [`Partition::grow_step`], between any other calls. Wipes the new index: O(new lines).
    ///
    /// # Errors
    /// Gives the memory back if it does not hold more producers, or if a growth is under way
    /// already.
    pub fn grow(&mut self, slots: S, index: I) -> Result<(), (S, I)> {
        self.producers.grow(slots, index)?;
        self.changed();
        Ok(())
    }

    /// Moves up to `most` producers to the bigger memory. The old memory, once all have moved.
    /// O(most).
    pub fn grow_step(&mut self, most: u32) -> Option<(S, I)> {
        let old = self.producers.grow_step(most);
        self.changed();
        old
    }

    /// Moves the transactions into a bigger array, and gives the old one. O(open and unreplicated).
    ///
    /// # Errors
    /// Gives the array back if it is not bigger.
    pub fn grow_transactions(&mut self, transactions: X) -> Result<X, X> {
        let old = self.transactions.grow(transactions)?;
        self.changed();
        Ok(old)
    }

    /// Moves the verifications into a bigger array, and gives the old one. O(both arrays).
    ///
    /// # Errors
    /// Gives the array back if it is not bigger.
    pub fn grow_guards(&mut self, guards: G) -> Result<G, G> {
        let hasher = *self.producers.hasher();
        let old = self.guards.grow(&hasher, guards)?;
        self.changed();
        Ok(old)
    }
}
