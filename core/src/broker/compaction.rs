//! Which batches must a cleaner keep for their producers' sake?

use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::Partition;
use super::slot::Slot;
use super::table::Memory;
use super::transactions::OpenTransaction;
use crate::window::Tag;
use crate::wire::BatchHeader;

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// Whether compaction must keep this batch, as an empty header if all its records go: the state
    /// of its producer is replayed from it (R80). O(1).
    ///
    /// It is the producer's newest data batch; or, of a producer that only markers are remembered
    /// of, every control batch of its epoch, so that fencing survives.
    #[must_use]
    pub fn must_keep(&self, header: &BatchHeader) -> bool {
        let Some(slot) = self.producer(header.producer_id) else { return false };
        match slot.window().newest() {
            Some(newest) => header.last_offset() == newest.last_offset,
            None => {
                header.attributes.is_control() && header.producer_epoch == slot.producer_epoch()
            }
        }
    }
}
