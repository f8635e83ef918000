//! What does the partition do as its log moves on, is cut back, or comes back?

use super::ages::Ages;
use super::guards::VerificationEntry;
use super::index::IndexLine;
use super::partition::Partition;
use super::slot::{NO_SLOT, Slot};
use super::table::{Laid, Memory};
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

    /// Loads the producers of a snapshot, as slots or as entries that become slots where they will
    /// lie: what [`Partition::load`] makes of each of them in turn, but faster. Gives how many had
    /// not expired. O(1) each.
    ///
    /// # Errors
    /// [`ReloadFull`] at the first producer that there is no room for, or for its open transaction.
    /// Those before it are loaded.
    #[inline]
    pub fn load_all(
        &mut self,
        producers: impl IntoIterator<Item: Into<Slot<T>>>,
        now: Timestamp,
    ) -> Result<u32, ReloadFull> {
        let (mut producers, mut loaded) = (producers.into_iter().fuse(), 0_u32);
        if !self.keeps_recency() {
            // Each block is taken when the next one was laid: meanwhile its lines come.
            let mut laid = self.producers.laid_none();
            loop {
                let (next, refused) = self.lay_block(&laid, &mut producers, now);
                self.producers.take(&laid);
                loaded = loaded.wrapping_add(u32::try_from(next.len()).unwrap_or(0));
                if let Some(full) = refused {
                    self.producers.take(&next);
                    return Err(full);
                }
                if next.len() == 0 {
                    break;
                }
                laid = next;
            }
        }
        // Without room for a block, or while it grows, and where the order of recording is kept.
        for producer in producers {
            loaded = loaded.wrapping_add(u32::from(self.load(&producer.into(), now)?));
        }
        Ok(loaded)
    }

    /// Lays as many as lie in a block behind those laid before, and says whom there was no room
    /// for. None are laid if there is no block, or nothing to lay there.
    #[inline]
    fn lay_block(
        &mut self,
        laid: &Laid,
        producers: &mut impl Iterator<Item: Into<Slot<T>>>,
        now: Timestamp,
    ) -> (Laid, Option<ReloadFull>) {
        self.producers.behind_block(laid).iter().for_each(Slot::prefetch);
        let (capacity, limit) = (self.capacity(), i64::from(self.rules.expiration_ms));
        let (mut filled, mut refused) = (0_usize, None);
        let (mut oldest, mut newest) = (i64::MAX, i64::MIN);
        'block: for cell in self.producers.block(laid) {
            let producer: Slot<T> = loop {
                let Some(producer) = producers.next() else { break 'block };
                let producer = producer.into();
                if !producer.is_expired(now, limit) {
                    break producer;
                }
            };
            let producer_id = producer.producer_id();
            if let Some(first_offset) = producer.current_txn_first_offset() {
                if !self.transactions.open(first_offset, producer_id) {
                    refused = Some(ReloadFull { capacity, producer_id });
                    break;
                }
                self.ages.note(producer.last_timestamp(), true);
            } else {
                let timestamp = producer.last_timestamp();
                (oldest, newest) = (oldest.min(timestamp), newest.max(timestamp));
            }
            *cell = producer;
            (cell.older, cell.newer) = (NO_SLOT, NO_SLOT);
            filled = filled.wrapping_add(1);
        }
        if oldest <= newest {
            self.ages.note(oldest, false);
            self.ages.note(newest, false);
        }
        self.changed();
        (self.producers.laid(laid, filled), refused)
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
        self.expire_sparing(now, most, None::<&fn(i64) -> bool>)
    }

    /// The same, but whoever is spared stays.
    pub(crate) fn expire_sparing(
        &mut self,
        now: Timestamp,
        most: u32,
        spared: Option<&impl Fn(i64) -> bool>,
    ) -> Swept {
        let (mut left, mut forgotten) = (most, 0);
        if self.producers.sweep & AT_GUARDS == 0 {
            (left, forgotten) = self.expire_producers(now, most, spared);
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
    fn expire_producers(
        &mut self,
        now: Timestamp,
        most: u32,
        spared: Option<&impl Fn(i64) -> bool>,
    ) -> (u32, u32) {
        let stays = |slot: &Slot<T>| spared.is_some_and(|spares| spares(slot.producer_id()));
        let (mut left, mut forgotten) = (most, 0_u32);
        if self.producers.sweep == 0 && most > 0 {
            let (now, limit) = (now.as_millis(), i64::from(self.rules.expiration_ms));
            if self.ages.none_is(limit, now) {
                self.producers.sweep = AT_GUARDS;
                return (left, 0);
            }
            let all = self.producers.len();
            if spared.is_none() && all <= most && self.ages.each_is(limit, now) {
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
                Some(slot) if self.is_expired(slot, now) && !stays(slot) => {
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

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::config::{Config, FullPolicy};
    use super::super::index::index_lines;
    use super::super::partition::Storage;
    use super::super::slot::ProducerFacts;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    type Boxed = Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>>;

    fn partition(producers: usize, transactions: usize, config: Config) -> Boxed {
        let mut slots = vec![Slot::EMPTY; producers];
        let mut index = vec![IndexLine::EMPTY; index_lines(producers)];
        // What lay in the memory before means nothing.
        slots.fill(slot(3, 7, Some(1)));
        index.fill(IndexLine::EMPTY);
        let transactions = vec![OpenTransaction::EMPTY; transactions];
        Partition::new(Storage { slots, index, transactions, guards: [] }, config)
    }

    fn slot(producer_id: i64, last_timestamp: i64, transaction: Option<i64>) -> Slot {
        Slot::restored(&ProducerFacts {
            producer_id,
            producer_epoch: 0,
            coordinator_epoch: -1,
            last_timestamp,
            current_txn_first_offset: transaction,
        })
    }

    fn facts(partition: &Boxed) -> (Vec<Slot>, Vec<OpenTransaction>, Option<u32>) {
        let slots: Vec<Slot> = partition.producers().copied().collect();
        let found = |slot: &Slot| partition.producer(slot.producer_id()) == Some(slot);
        assert!(slots.iter().all(found), "each is found where it lies");
        (slots, partition.ongoing_transactions().to_vec(), partition.recency.oldest())
    }

    #[test]
    fn r50_loading_all_at_once_is_loading_each_in_turn() {
        let now = Timestamp::from_millis(1_000_000);
        let (mut full, mut twice, mut expired) = (0, 0, 0);
        for seed in 0..4_000_u64 {
            let mut random = seed;
            let mut draw = |n: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
                (random >> 33) % n
            };
            let policy =
                [FullPolicy::Refuse, FullPolicy::EvictLeastRecent][usize::from(draw(8) == 7)];
            let config = Config::kafka_4_2().full(policy).expiration_ms(500).seed(seed);
            let (ids, count) = (1 + draw(120), draw(100));
            let file: Vec<Slot> = (0..count)
                .map(|n| {
                    let txn = (draw(10) == 0).then_some(i64::try_from(n).unwrap());
                    let timestamp = 1_000_000 - i64::try_from(draw(540)).unwrap();
                    slot(i64::try_from(draw(ids)).unwrap(), timestamp, txn)
                })
                .collect();
            let (room, transactions) = (1 + draw(100) as usize, draw(12) as usize);
            let mut each = partition(room, transactions, config);
            if draw(6) == 0 {
                let grown = each.grow(vec![Slot::EMPTY; 120], vec![IndexLine::EMPTY; 20]);
                assert!(grown.is_ok());
            }
            let mut all = each.clone();
            let in_turn = file.iter().try_fold(0, |loaded, producer| {
                each.load(producer, now).map(|loaded_it| loaded + u32::from(loaded_it))
            });
            assert_eq!(all.load_all(file.iter().copied(), now), in_turn, "seed {seed}");
            assert_eq!(facts(&all), facts(&each), "seed {seed}");
            let later = Timestamp::from_millis(1_000_000 + i64::try_from(draw(600)).unwrap());
            assert_eq!(all.expire(later, u32::MAX), each.expire(later, u32::MAX), "seed {seed}");
            assert_eq!(facts(&all), facts(&each), "seed {seed}");
            full += u32::from(in_turn.is_err());
            twice += u32::from(in_turn.is_ok_and(|loaded| loaded > each.len()));
            expired += u32::from(in_turn.is_ok_and(|loaded| u64::from(loaded) < count));
        }
        assert!(full > 100 && twice > 100 && expired > 100, "{full}, {twice}, {expired}");
    }

    /// R43: one whose transaction is open does not expire, so how old it is makes nobody look.
    #[test]
    fn r43_a_sweep_after_loading_all_at_once_ends_where_one_after_loading_in_turn_does() {
        let (now, day) = (1_700_000_000_000, 86_400_000);
        let file = [slot(1, now - 9 * day, Some(5)), slot(2, now, None), slot(3, now, None)];
        let now = Timestamp::from_millis(now);
        let mut each = partition(8, 4, Config::kafka_4_2());
        let mut all = each.clone();
        assert!(file.iter().all(|producer| each.load(producer, now) == Ok(true)));
        assert_eq!(all.load_all(file, now), Ok(3));
        assert_eq!(all.expire(now, 1), each.expire(now, 1));
        assert!(all.expire(now, 1).finished, "nobody is old enough: no producer is looked at");
    }
}
