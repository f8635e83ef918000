//! What may be asked of the partition, and done to it, while batches are undecided?

use super::admit::Pipeline;
use super::pool::Undecided;
use super::refusal::Refusal;
use crate::broker::{
    Guard, IndexLine, Memory, OpenTransaction, Partition, Slot, Swept, Verification,
    VerificationEntry,
};
use crate::ids::Timestamp;
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
    /// What is recorded. Nothing of the undecided batches is in it: its map end and its snapshots
    /// are of the log before the oldest one, and so is its last stable offset.
    #[must_use]
    pub const fn partition(&self) -> &Partition<S, I, X, G, T> {
        &self.partition
    }

    /// The partition, for whatever may be done to it while nothing is undecided: appends of
    /// several batches, truncation, reload. `None` while anything is; [`Pipeline::abandon_all`]
    /// ends that.
    #[must_use]
    pub fn partition_mut(&mut self) -> Option<&mut Partition<S, I, X, G, T>> {
        if self.pool.is_empty() { Some(&mut self.partition) } else { None }
    }

    /// The partition and the pool's memory; what is undecided is abandoned.
    pub fn into_parts(self) -> (Partition<S, I, X, G, T>, U) {
        (self.partition, self.pool.into_entries())
    }

    /// The undecided batches, oldest first: in the order in which they can be recorded.
    pub fn undecided(&self) -> impl DoubleEndedIterator<Item = &Undecided<T>> {
        self.pool.iter()
    }

    /// How many batches are undecided. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.pool.len()
    }

    /// Whether nothing is undecided. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pool.is_empty()
    }

    /// How many undecided batches there is memory for. O(1).
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.pool.capacity()
    }

    /// [`Partition::start_verification`] as if the undecided batches of the producer had been
    /// recorded. O(undecided), plus what that says.
    ///
    /// Where an undecided batch opened the transaction it gives [`Guard::SENTINEL`], as for one
    /// that is on the log. If that batch is then abandoned, verify again before the write.
    ///
    /// # Errors
    /// The partition's, or [`Refusal::VerificationWaits`].
    pub fn start_verification(
        &mut self,
        wanted: &Verification,
        now: Timestamp,
    ) -> Result<Guard, Refusal> {
        let producer_id = wanted.producer_id;
        let undecided = self.pool.of(producer_id).map(Undecided::intent);
        let started = self.partition.start_foreseen_verification(wanted, now, undecided);
        let started = started.ok_or(Refusal::VerificationWaits { producer_id })?;
        started.map_err(Refusal::Rejected)
    }

    /// [`Partition::expire`]; a producer with undecided batches stays. O(most), plus O(undecided)
    /// for each that has expired.
    pub fn expire(&mut self, now: Timestamp, most: u32) -> Swept {
        let spared = |id| self.pool.has(id);
        let spared = (!self.pool.is_empty()).then_some(&spared);
        self.partition.expire_sparing(now, most, spared)
    }

    /// [`Partition::handle_high_watermark`].
    pub fn handle_high_watermark(&mut self, high_watermark: i64) {
        self.partition.handle_high_watermark(high_watermark);
    }

    /// [`Partition::handle_log_start`].
    pub fn handle_log_start(&mut self, log_start: i64, latest_snapshot: Option<i64>) {
        self.partition.handle_log_start(log_start, latest_snapshot);
    }

    /// [`Partition::snapshot_taken`].
    pub fn snapshot_taken(&mut self, offset: i64) {
        self.partition.snapshot_taken(offset);
    }

    /// [`Partition::set_verification`].
    pub fn set_verification(&mut self, enabled: bool) {
        self.partition.set_verification(enabled);
    }

    /// [`Partition::set_expiration_ms`].
    pub fn set_expiration_ms(&mut self, millis: u32) {
        self.partition.set_expiration_ms(millis);
    }

    /// Moves the undecided batches into a bigger array, and gives the old one. O(undecided).
    ///
    /// # Errors
    /// Gives the array back if it is not bigger.
    pub fn grow_pool(&mut self, bigger: U) -> Result<U, U> {
        let old = self.pool.grow(bigger)?;
        self.partition.invalidate();
        Ok(old)
    }

    /// [`Partition::grow`].
    ///
    /// # Errors
    /// As there.
    pub fn grow(&mut self, slots: S, index: I) -> Result<(), (S, I)> {
        self.partition.grow(slots, index)
    }

    /// [`Partition::grow_step`].
    pub fn grow_step(&mut self, most: u32) -> Option<(S, I)> {
        self.partition.grow_step(most)
    }

    /// [`Partition::grow_transactions`].
    ///
    /// # Errors
    /// As there.
    pub fn grow_transactions(&mut self, transactions: X) -> Result<X, X> {
        self.partition.grow_transactions(transactions)
    }

    /// [`Partition::grow_guards`].
    ///
    /// # Errors
    /// As there.
    pub fn grow_guards(&mut self, guards: G) -> Result<G, G> {
        self.partition.grow_guards(guards)
    }
}
