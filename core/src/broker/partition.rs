//! What does a broker know of the producers of one partition?

use super::ages::Ages;
use super::batch::Origin;
use super::check::Committed;
use super::config::{Config, ExpireBy, FullPolicy, Profile, Rules};
use super::guards::{Guard, Guards, Verification, VerificationEntry};
use super::index::{Hasher, IndexLine};
use super::recency::Recency;
use super::rejection::{Reason, Rejection};
use super::slot::Slot;
use super::table::{Memory, Table};
use super::transactions::{OpenTransaction, Transactions};
use crate::ids::{NO_TIMESTAMP, Timestamp};
use crate::window::Tag;

/// The caller's memory for a partition, in four parts: arrays, slices, `Vec`s or boxes. The last
/// two may be empty.
///
/// The smaller of slots and index bounds how many producers there are. One transaction more than
/// producers is always enough; without any, every new transaction is refused (R61). Guards are
/// needed while `transaction.partition.verification.enable` is on: without any, every verification
/// is refused (R62), and so every transactional write.
#[derive(Clone, Debug)]
pub struct Storage<S, I, X = [OpenTransaction; 0], G = [VerificationEntry; 0]> {
    /// One [`Slot`] a producer.
    pub slots: S,
    /// [`super::index_lines`] of [`IndexLine`]s.
    pub index: I,
    /// One [`OpenTransaction`] a transaction that is open, or ended but not yet below the high
    /// watermark.
    pub transactions: X,
    /// One [`VerificationEntry`] a producer that is being verified. A quarter more keeps look-ups
    /// short.
    pub guards: G,
}

/// The state of the producers of one partition, and the rules by which it changes.
///
/// One partition is one log; nothing is shared between partitions, and a partition is used under
/// its log's lock. Verdicts (`&self`) change nothing; state moves when a write is recorded (law 1).
/// Every change makes a new version, and tickets are good for one version. A clone goes on from the
/// same version, so it can't tell its original's tickets from its own: keep them apart.
///
/// # Naming the type
/// The parameters are the four parts of the memory and the tag. Say how many a `let` has, since
/// defaults are not inferred: `let mut partition: Partition<_, _> = …` without transactions,
/// `Partition<_, _, _, _>` with them, `Partition<_, _, _, _, ContentTag>` with tags. For a field:
///
/// ```
/// use fencepost::broker::{IndexLine, OpenTransaction, Partition, Slot, VerificationEntry};
///
/// type Producers =
///     Partition<Vec<Slot>, Vec<IndexLine>, Vec<OpenTransaction>, Vec<VerificationEntry>>;
/// ```
#[derive(Clone, Debug)]
pub struct Partition<S, I, X = [OpenTransaction; 0], G = [VerificationEntry; 0], T = ()> {
    pub(super) producers: Table<S, I, Slot<T>>,
    pub(super) transactions: Transactions<X>,
    pub(super) guards: Guards<G>,
    pub(super) recency: Recency,
    pub(super) ages: Ages,
    pub(super) rules: Rules,
    pub(super) version: u64,
    pub(super) map_end: i64,
    pub(super) last_snapshot: i64,
    pub(super) oldest_timestamp: i64,
}

/// What DescribeProducers shows of a producer (R59, KIP-664), as it stands in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProducerDescription {
    /// The producer id.
    pub producer_id: i64,
    /// The epoch, widened as in the protocol.
    pub producer_epoch: i32,
    /// The newest batch's last sequence, -1 if none is remembered.
    pub last_sequence: i32,
    /// The timestamp of the last batch or marker, in milliseconds.
    pub last_timestamp: i64,
    /// The epoch of the coordinator whose marker came last, -1 if none.
    pub coordinator_epoch: i32,
    /// Where the open transaction begins, -1 if there is none.
    pub current_txn_start_offset: i64,
}

impl<S, I, X, G, T> Partition<S, I, X, G, T>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
{
    /// A partition of which nothing is known: log end 0. Wipes the index and the guards: O(lines +
    /// guards).
    pub fn new(storage: Storage<S, I, X, G>, config: Config) -> Self {
        let Storage { slots, index, transactions, guards } = storage;
        let hasher = Hasher::new(config.seed);
        Self {
            producers: Table::new(slots, index, hasher),
            transactions: Transactions::new(transactions),
            guards: Guards::new(guards),
            recency: Recency::EMPTY,
            ages: Ages::NONE,
            rules: config.rules,
            // Another key, other versions: a ticket of one partition is none of another's.
            version: hasher.fingerprint(),
            map_end: 0,
            last_snapshot: 0,
            oldest_timestamp: NO_TIMESTAMP,
        }
    }

    /// How many producers are known. O(1).
    #[must_use]
    pub fn len(&self) -> u32 {
        self.producers.len()
    }

    /// Whether no producer is known and no transaction waits to be replicated. O(1).
    ///
    /// Open transactions are not looked at, as in Kafka: where it asks, they belong to a known
    /// producer (R68).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.producers.len() == 0 && self.transactions.unreplicated().is_empty()
    }

    /// How many producers there is memory for. O(1).
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.producers.capacity()
    }

    /// Asks for the memory of these producers, so that what is asked of them next does not wait for
    /// it. Changes no answer: worth it where several batches are at hand together, and there are
    /// more producers than a core's cache holds. A dozen or two at a time; of more, the first have
    /// left the nearest cache by the time they are needed. While it grows, of those that have moved
    /// already or came since. O(producers).
    ///
    /// ```
    /// # use fencepost::broker::{Batch, Config, IndexLine, Partition, Slot, Storage};
    /// # let (slots, index) = ([Slot::EMPTY; 4], [IndexLine::EMPTY; 1]);
    /// # let storage = Storage { slots, index, transactions: [], guards: [] };
    /// # let partition: Partition<[Slot; 4], [IndexLine; 1]> =
    /// #     Partition::new(storage, Config::kafka_4_2());
    /// # let batches: [Batch; 0] = [];
    /// for some in batches.chunks(16) {
    ///     partition.prefetch(some.iter().map(|batch| batch.header.producer_id));
    ///     // Then admit each.
    /// }
    /// ```
    #[inline]
    pub fn prefetch(&self, producer_ids: impl Iterator<Item = i64> + Clone) {
        self.producers.prefetch(producer_ids, Slot::prefetch);
    }

    /// What is known of a producer. O(1).
    #[must_use]
    pub fn producer(&self, producer_id: i64) -> Option<&Slot<T>> {
        self.producers.find_entry(producer_id).map(|(_, slot)| slot)
    }

    /// Every known producer, in no particular order. O(1) each.
    pub fn producers(&self) -> impl Iterator<Item = &Slot<T>> + Clone {
        self.producers.iter()
    }

    /// Every verification that has not been used yet. O(guards).
    pub fn verifications(&self) -> impl Iterator<Item = &VerificationEntry> {
        self.guards.iter()
    }

    /// The verification of a producer. O(1) while a quarter of the guards is free.
    #[inline]
    #[must_use]
    pub fn verification(&self, producer_id: i64) -> Option<&VerificationEntry> {
        self.guards.find(self.producers.hasher(), producer_id)
    }

    /// The offset up to which, exclusive, the state reflects the log (R48).
    #[must_use]
    pub const fn map_end_offset(&self) -> i64 {
        self.map_end
    }

    /// The open transactions, in order of first offset.
    #[must_use]
    pub fn ongoing_transactions(&self) -> &[OpenTransaction] {
        self.transactions.ongoing()
    }

    /// The transactions whose marker is not yet below the high watermark, newest first.
    #[must_use]
    pub fn unreplicated_transactions(&self) -> &[OpenTransaction] {
        self.transactions.unreplicated()
    }

    /// The first offset of the oldest open or unreplicated transaction (R40). O(1).
    #[must_use]
    pub fn first_unstable_offset(&self) -> Option<i64> {
        self.transactions.first_unstable_offset()
    }

    /// The first offset of the oldest open transaction. O(1).
    #[must_use]
    pub fn first_undecided_offset(&self) -> Option<i64> {
        self.transactions.first_undecided_offset()
    }

    /// The last stable offset: how far a READ_COMMITTED consumer may read (R40). O(1).
    #[must_use]
    pub fn last_stable_offset(&self, log: LogRange) -> i64 {
        match self.first_unstable_offset() {
            Some(first) if first.max(log.start) < log.high_watermark => first.max(log.start),
            _ => log.high_watermark,
        }
    }

    /// Whether the oldest open transaction is late: nothing written by its producer for longer than
    /// `transaction.max.timeout.ms` and five minutes (R42). A last timestamp of 0 is never late.
    /// O(1).
    #[must_use]
    pub fn has_late_transaction(&self, now: Timestamp) -> bool {
        const SLACK_MS: i64 = 300_000;
        let limit = i64::from(self.rules.max_transaction_ms).wrapping_add(SLACK_MS);
        let oldest = self.oldest_timestamp;
        oldest > 0 && now.as_millis().wrapping_sub(oldest) > limit
    }

    /// Whether a transactional write of this producer and epoch joins an open transaction here
    /// (R45). O(1).
    #[must_use]
    pub fn has_open_transaction(&self, producer_id: i64, epoch: i16) -> bool {
        Committed::of(self.producer(producer_id)).is_in_transaction(&self.rules, epoch)
    }

    /// Begins to verify a transactional producer with its coordinator: gives the guard its write
    /// must bring (R44).
    ///
    /// [`Guard::SENTINEL`] if its transaction is open here already: nothing is to be verified. O(1)
    /// while a quarter of the guards is free.
    ///
    /// # Errors
    /// A stale epoch (R47, from Kafka 4.1 on), or no room for another guard (R62).
    pub fn start_verification(
        &mut self,
        wanted: &Verification,
        now: Timestamp,
    ) -> Result<Guard, Rejection> {
        let slot = self.producer(wanted.producer_id);
        let committed = Committed::of(slot);
        let refuse = |reason| refuse(wanted.producer_id, wanted.producer_epoch, slot, reason);
        if self.rules.profile >= Profile::Kafka4_1 {
            committed.check_epoch(wanted.producer_epoch).map_err(refuse)?;
        }
        if committed.is_in_transaction(&self.rules, wanted.producer_epoch) {
            return Ok(Guard::SENTINEL);
        }
        let capacity = u32::try_from(self.guards.capacity()).unwrap_or(u32::MAX);
        let full = refuse(Reason::GuardsFull { capacity });
        // A hash of the version: unique here, and a guard of before a restart does not fit one of
        // after it.
        let token = self.producers.hasher().hash(self.version.cast_signed()).max(1);
        let hasher = *self.producers.hasher();
        let started = self.guards.start(&hasher, wanted, now.as_millis(), token);
        self.changed();
        started.ok_or(full)
    }

    /// Whether a transactional batch of this producer ends its verification (R46).
    ///
    /// With transaction version 2 a marker raises the epoch, and the client may have asked to
    /// verify its next transaction in that epoch before the marker is here: since Kafka 4.0 the
    /// marker leaves that verification alone.
    pub(super) fn ends_verification(&self, producer_id: i64, epoch: i16, is_control: bool) -> bool {
        let is_of_next = self.rules.profile >= Profile::Kafka4_0
            && is_control
            && self.verification(producer_id).is_some_and(|entry| {
                entry.supports_epoch_bump() && entry.producer_epoch() == epoch
            });
        !is_of_next
    }

    /// Switches `transaction.partition.verification.enable` while running.
    pub fn set_verification(&mut self, enabled: bool) {
        self.rules.verification = enabled;
        self.changed();
    }

    /// Changes `producer.id.expiration.ms` while running; it takes effect at the next sweep.
    pub fn set_expiration_ms(&mut self, millis: u32) {
        self.rules.expiration_ms = millis;
        self.changed();
    }

    /// Whatever was decided on this version no longer holds.
    pub(super) fn changed(&mut self) {
        self.version = self.version.wrapping_add(1);
    }

    /// Kafka's `updateOldestTxnTimestamp`: taken when the state changes, not when it is asked for
    /// (R42).
    pub(super) fn update_oldest(&mut self) {
        self.oldest_timestamp = match self.transactions.ongoing().first() {
            Some(txn) => self.last_timestamp_of(txn.producer_id),
            None => NO_TIMESTAMP,
        };
    }

    #[inline(never)]
    fn last_timestamp_of(&self, producer_id: i64) -> i64 {
        self.producer(producer_id).map_or(NO_TIMESTAMP, Slot::last_timestamp)
    }

    /// Expired: no open transaction, and nothing written for `producer.id.expiration.ms` (R43).
    pub(super) fn is_expired(&self, slot: &Slot<T>, now: Timestamp) -> bool {
        slot.is_expired(now, i64::from(self.rules.expiration_ms))
    }

    /// What an entry's last timestamp becomes, if not the batch's own (R43).
    pub(super) fn append_time(&self, now: Timestamp) -> Option<i64> {
        (self.rules.expire_by == ExpireBy::AppendTime).then_some(now.as_millis())
    }

    pub(super) fn keeps_recency(&self) -> bool {
        self.rules.full == FullPolicy::EvictLeastRecent
    }

    /// Whether a new producer of this origin may push others out whatever the policy: what is on
    /// the leader's log, or ends a transaction, can't be refused for room (R60).
    pub(super) fn is_forced(origin: Origin) -> bool {
        matches!(origin, Origin::Replication | Origin::Coordinator)
    }

    /// Takes a producer out, with its place in the order of recording.
    pub(super) fn forget(&mut self, slot: u32) {
        if self.keeps_recency() {
            self.recency.unlink(&mut self.producers, slot);
        }
        self.producers.remove(slot);
        if let Some(moved) = self.producers.get(slot) {
            // A sweep that is under way may have passed here, and not come to where it was.
            self.ages.note(moved.last_timestamp(), moved.is_in_transaction());
        }
        if self.keeps_recency() && slot < self.producers.len() {
            self.recency.moved(&mut self.producers, slot);
        }
    }

    /// Forgets every producer, and no transaction. O(lines).
    pub(super) fn forget_all(&mut self) {
        self.producers.clear();
        self.recency = Recency::EMPTY;
        self.ages = Ages::NONE;
    }

    /// Forgets every producer and transaction; verifications stay, as in Kafka (R52).
    pub(super) fn clear(&mut self) {
        self.forget_all();
        self.transactions.clear();
        self.producers.sweep = 0;
        self.oldest_timestamp = NO_TIMESTAMP;
    }
}

/// Where a log begins, and how far it is replicated. Offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// The log start offset.
    pub start: i64,
    /// The high watermark.
    pub high_watermark: i64,
}

impl<T: Tag> Slot<T> {
    /// What DescribeProducers shows of the producer (R59).
    #[must_use]
    pub fn describe(&self) -> ProducerDescription {
        ProducerDescription {
            producer_id: self.producer_id(),
            producer_epoch: i32::from(self.producer_epoch()),
            last_sequence: self.last_sequence(),
            last_timestamp: self.last_timestamp(),
            coordinator_epoch: self.coordinator_epoch(),
            current_txn_start_offset: self.current_txn_first_offset().unwrap_or(-1),
        }
    }
}

/// A refusal, with the window it saw (law 5).
#[cold]
pub(super) fn refuse<T: Tag>(
    producer_id: i64,
    producer_epoch: i16,
    slot: Option<&Slot<T>>,
    reason: Reason,
) -> Rejection {
    let mut window = heapless::Vec::new();
    for batch in slot.into_iter().flat_map(|slot| slot.window().iter()) {
        // There is room for all five; collecting would bring a panic path into the image.
        window.push(batch).ok();
    }
    Rejection { producer_id, producer_epoch, reason, window }
}
