//! What does the partition do as its log moves on, is cut back, or comes back?

use super::ages::Ages;
use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::Partition;
use super::slot::{NO_SLOT, Slot};
use super::table::Memory;
use super::transactions::OpenTransaction;
use crate::ids::Timestamp;
use crate::window::Tag;

/// What a step of the sweep did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Producers forgotten.
    pub forgotten: u32,
    /// Whether the sweep has come to its end; the next step begins a new one.
    pub finished: bool,
}

/// More producers than the partition has memory for, in a reload. The producers loaded so far stay
/// until the next reload, so reload again into more memory ([`Partition::grow`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReloadFull {
    /// How many producers the partition holds.
    pub capacity: u32,
    /// The producer that has no place, or whose open transaction has none.
    pub producer_id: i64,
}

impl core::fmt::Display for ReloadFull {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { capacity, producer_id } = self;
        write!(f, "no memory for producer {producer_id}: the partition holds {capacity} producers")
    }
}

impl core::error::Error for ReloadFull {}

/// Bit of the sweep's cursor: it has come to the guards.
const AT_GUARDS: u32 = 1 << 31;

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// Transactions whose marker is below the high watermark are stable (R41). O(unreplicated).
    pub fn handle_high_watermark(&mut self, high_watermark: i64) {
        if self.transactions.remove_replicated(high_watermark) {
            self.changed();
        }
    }

    /// The log's start has moved up (retention, DeleteRecords): Kafka's
    /// `onLogStartOffsetIncremented` (R51). `latest_snapshot` is the highest offset a snapshot file
    /// exists for. Producers stay. O(unreplicated).
    pub fn handle_log_start(&mut self, log_start: i64, latest_snapshot: Option<i64>) {
        self.transactions.remove_replicated(log_start);
        if self.map_end < log_start {
            self.map_end = log_start;
        }
        self.last_snapshot = latest_snapshot.unwrap_or(log_start);
        self.changed();
    }

    /// The log was emptied and begins again here (R52). Every snapshot file is to be deleted.
    /// Verifications stay. O(lines).
    pub fn truncate_fully(&mut self, start_at: i64) {
        self.clear();
        self.last_snapshot = 0;
        self.map_end = start_at;
        self.changed();
    }

    /// The state reflects the log up to here, exclusive: after a roll, after replay of a segment,
    /// after all batches of a load, also those without a producer (R48).
    pub fn set_map_end_offset(&mut self, offset: i64) {
        self.map_end = offset;
        self.changed();
    }

    /// Whether a log that ends here needs the state to be loaded and replayed anew (R50).
    #[must_use]
    pub const fn needs_reload(&self, log_end: i64) -> bool {
        log_end != self.map_end
    }

    /// Begins to load a snapshot: forgets every producer and transaction; verifications stay (R50).
    /// O(lines).
    pub fn begin_reload(&mut self) {
        self.clear();
        self.changed();
    }

    /// Loads one producer of a snapshot, unless it has expired. `false` if it has. O(1).
    ///
    /// A second entry of a producer takes the first one's place; the transactions of both stay
    /// open, as in Kafka.
    ///
    /// # Errors
    /// [`ReloadFull`] if there is no room for the producer or its open transaction.
    pub fn load(&mut self, producer: &Slot<T>, now: Timestamp) -> Result<bool, ReloadFull> {
        self.changed();
        if self.is_expired(producer, now) {
            return Ok(false);
        }
        let producer_id = producer.producer_id();
        let full = ReloadFull { capacity: self.capacity(), producer_id };
        if let Some(first_offset) = producer.current_txn_first_offset() {
            if !self.transactions.open(first_offset, producer_id) {
                return Err(full);
            }
        }
        self.ages.note(producer.last_timestamp(), producer.is_in_transaction());
        match self.producers.find(producer_id) {
            Some(number) => {
                if let Some(slot) = self.producers.get_mut(number) {
                    let (older, newer) = (slot.older, slot.newer);
                    *slot = *producer;
                    (slot.older, slot.newer) = (older, newer);
                }
            }
            None => {
                let mut unlinked = *producer;
                (unlinked.older, unlinked.newer) = (NO_SLOT, NO_SLOT);
                let number = self.producers.push(unlinked).ok_or(full)?;
                if self.keeps_recency() {
                    self.recency.add(&mut self.producers, number);
                }
            }
        }
        Ok(true)
    }

    /// Ends a load from the snapshot of this offset; replay goes on from there (R50).
    pub fn finish_reload(&mut self, snapshot_offset: i64) {
        self.last_snapshot = snapshot_offset;
        self.map_end = snapshot_offset;
        self.update_oldest();
        self.changed();
    }

    /// Ends a load for which there was no good snapshot: replay begins at the log's start (R50).
    pub fn finish_reload_without_snapshot(&mut self, log_start: i64) {
        self.clear();
        self.finish_reload(log_start);
    }

    /// Kafka's `completeTxn` by itself, for vectors that were run on that class alone;
    /// [`Partition::record`] and [`super::Append::commit`] do it. `false` if no transaction is open
    /// from that offset.
    #[doc(hidden)]
    pub fn complete_transaction(&mut self, first_offset: i64, last_offset: i64) -> bool {
        let completed = self.transactions.complete(first_offset, last_offset);
        self.update_oldest();
        self.changed();
        completed
    }

    /// Kafka's `lastStableOffset` of a transaction about to complete, by itself, for the same
    /// vectors.
    #[doc(hidden)]
    #[must_use]
    pub fn last_stable_offset_at(&self, producer_id: i64, last_offset: i64) -> i64 {
        self.transactions.last_stable_offset(producer_id, last_offset)
    }

    /// The offset a snapshot is to be taken for, if anything was recorded since the last one (R49).
    #[must_use]
    pub const fn snapshot_due(&self) -> Option<i64> {
        if self.map_end > self.last_snapshot { Some(self.map_end) } else { None }
    }

    /// A snapshot was written for this offset.
    pub fn snapshot_taken(&mut self, offset: i64) {
        self.last_snapshot = offset;
        self.changed();
    }

    /// Forgets expired producers and verifications, looking at no more than `most` (R43). O(most).
    ///
    /// Kafka looks at all of them every ten minutes, under the log's lock: call until it is
    /// finished for the same result, with other work in between for none of the stall. A sweep that
    /// can find nothing is O(guards), and one that may look at all and finds all expired O(lines).
    pub fn expire(&mut self, now: Timestamp, most: u32) -> Swept {
        let (mut left, mut forgotten) = (most, 0);
        if self.producers.sweep & AT_GUARDS == 0 {
            (left, forgotten) = self.expire_producers(now, most);
        }
        let mut finished = false;
        let verifications = self.guards.len();
        if self.producers.sweep & AT_GUARDS != 0 {
            finished = self.expire_guards(now, left);
        }
        if forgotten > 0 || finished || self.guards.len() != verifications {
            self.changed();
        }
        Swept { forgotten, finished }
    }

    /// How many more may be looked at, and how many producers were forgotten.
    fn expire_producers(&mut self, now: Timestamp, most: u32) -> (u32, u32) {
        let (mut left, mut forgotten) = (most, 0_u32);
        if self.producers.sweep == 0 && most > 0 {
            let (now, limit) = (now.as_millis(), i64::from(self.rules.expiration_ms));
            if self.ages.none_is(limit, now) {
                self.producers.sweep = AT_GUARDS;
                return (left, 0);
            }
            let all = self.producers.len();
            if all <= most && self.ages.each_is(limit, now) {
                self.forget_all();
                self.producers.sweep = AT_GUARDS;
                return (left.wrapping_sub(all), all);
            }
            // Whoever stays is noted, and whoever changes meanwhile: at the end that is everyone.
            self.ages = Ages::NONE;
        }
        while self.producers.sweep & AT_GUARDS == 0 && left > 0 {
            left = left.wrapping_sub(1);
            let at = self.producers.sweep;
            match self.producers.get(at) {
                // Another producer has moved into its slot: the cursor stays.
                Some(slot) if self.is_expired(slot, now) => {
                    self.forget(at);
                    forgotten = forgotten.wrapping_add(1);
                }
                Some(slot) => {
                    self.ages.note(slot.last_timestamp(), slot.is_in_transaction());
                    self.producers.sweep = at.wrapping_add(1);
                }
                None => self.producers.sweep = AT_GUARDS,
            }
        }
        if self.producers.sweep == 0 && most > 0 {
            // The next step looks like the first of a sweep, and not everyone is noted.
            self.ages = Ages::UNKNOWN;
        }
        (left, forgotten)
    }

    fn expire_guards(&mut self, now: Timestamp, most: u32) -> bool {
        let limit = i64::from(self.rules.expiration_ms);
        let expired =
            |entry: &VerificationEntry| now.as_millis().wrapping_sub(entry.timestamp()) >= limit;
        let hasher = *self.producers.hasher();
        let from = usize::try_from(self.producers.sweep & !AT_GUARDS).unwrap_or(usize::MAX);
        let at = self.guards.sweep(&hasher, from, most, expired);
        let finished = at >= self.guards.capacity();
        let at = u32::try_from(at).unwrap_or(0);
        self.producers.sweep = if finished { 0 } else { AT_GUARDS | at };
        finished
    }
}
