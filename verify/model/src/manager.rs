//! What does one partition know of its producers and their transactions? (broker spec 5.1 to 5.6)

use std::collections::BTreeMap;

use crate::append_info::{AppendInfo, CompletedTxn};
use crate::entry::ProducerEntry;
use crate::profile::{Origin, Profile, Refusal};

/// Added to the transaction limit before a transaction counts as late, in milliseconds (broker spec
/// 1).
const LATE_TRANSACTION_SLACK_MS: i64 = 300_000;

/// What a partition is configured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// `producer.id.expiration.ms`.
    pub expiration_ms: i64,
    /// `transaction.max.timeout.ms`.
    pub max_transaction_ms: i64,
    /// `transaction.partition.verification.enable`.
    pub verification: bool,
    /// The rules applied.
    pub profile: Profile,
    /// Off for Kafka's behaviour: verification entries go while an append is validated, even if it
    /// then fails (broker spec 5.6). On: they go when the append is recorded, which is fencepost's
    /// one deviation.
    pub clear_when_recorded: bool,
}

/// A verification entry (broker spec 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationEntry {
    /// When the entry was created, in milliseconds.
    pub timestamp: i64,
    /// The guard's token, from 1.
    pub guard: u64,
    /// The lowest sequence seen at [`VerificationEntry::epoch`].
    pub lowest_sequence: i32,
    /// The highest epoch seen.
    pub epoch: i16,
    /// Whether the client speaks transaction version 2; given at creation only (broker spec 8.5).
    pub supports_epoch_bump: bool,
}

/// A transaction whose marker is not yet below the high watermark (broker spec 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreplicatedTxn {
    /// The transaction's producer.
    pub producer_id: i64,
    /// The marker's offset.
    pub last_offset: i64,
}

/// One partition's producer state: Kafka's `ProducerStateManager` without its files (broker spec
/// 5.1).
#[derive(Clone, Debug)]
pub struct Manager {
    /// The configuration; `verification` and the limits may be changed at any time.
    pub config: Config,
    /// The producers by id.
    pub producers: BTreeMap<i64, ProducerEntry>,
    /// Open transactions: first offset to producer id.
    pub ongoing: BTreeMap<i64, i64>,
    /// Ended transactions above the high watermark, by first offset.
    pub unreplicated: BTreeMap<i64, UnreplicatedTxn>,
    /// Verification entries by producer id.
    pub verification: BTreeMap<i64, VerificationEntry>,
    /// Registered snapshots: offset to file name.
    pub snapshots: BTreeMap<i64, String>,
    /// The offset up to which, exclusive, the producers reflect the log.
    pub map_end: i64,
    /// The offset of the last snapshot taken or loaded.
    pub last_snap: i64,
    /// The last timestamp of the producer that owns the oldest open transaction, -1 if there is
    /// none.
    pub oldest_txn_last_timestamp: i64,
}

impl Manager {
    /// A manager that knows nothing.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            producers: BTreeMap::new(),
            ongoing: BTreeMap::new(),
            unreplicated: BTreeMap::new(),
            verification: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            map_end: 0,
            last_snap: 0,
            oldest_txn_last_timestamp: -1,
        }
    }

    /// Whether no producer and no unreplicated transaction is known; open ones are not looked at
    /// (5.1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.producers.is_empty() && self.unreplicated.is_empty()
    }

    /// Prepares an append of one producer; changes nothing (5.2).
    #[must_use]
    pub fn prepare(&self, producer_id: i64, origin: Origin) -> AppendInfo {
        let known = self.producers.get(&producer_id).cloned();
        let current = known.unwrap_or_else(|| ProducerEntry::empty(producer_id));
        let verification = self.verification.get(&producer_id).copied();
        AppendInfo::new(self.config.profile, origin, current, verification)
    }

    /// Takes over an append of one producer; an emptied control batch leaves a blank entry (5.2).
    pub fn commit(&mut self, info: AppendInfo) {
        let producer_id = info.updated.producer_id;
        match self.producers.get_mut(&producer_id) {
            Some(entry) => entry.merge(info.updated),
            None => {
                self.producers.insert(producer_id, info.updated);
            }
        }
        for first_offset in info.started {
            self.ongoing.insert(first_offset, producer_id);
        }
        self.recompute_oldest();
    }

    /// 5.2, "recompute oldest".
    pub(crate) fn recompute_oldest(&mut self) {
        let owner = self.ongoing.values().next().and_then(|id| self.producers.get(id));
        self.oldest_txn_last_timestamp = owner.map_or(-1, |entry| entry.last_timestamp);
    }

    /// The last stable offset once `completed` is complete; asked before it is (5.3).
    #[must_use]
    pub fn last_stable_offset(&self, completed: &CompletedTxn) -> i64 {
        let other = self.ongoing.iter().find(|(_, id)| **id != completed.producer_id);
        other.map_or(completed.last_offset.wrapping_add(1), |(first_offset, _)| *first_offset)
    }

    /// Moves a transaction from open to unreplicated; an internal error if it is not open (5.3).
    pub fn complete(&mut self, completed: &CompletedTxn) -> Result<(), Refusal> {
        if self.ongoing.remove(&completed.first_offset).is_none() {
            return Err(Refusal::Internal("completed a transaction that is not open"));
        }
        let ended = UnreplicatedTxn {
            producer_id: completed.producer_id,
            last_offset: completed.last_offset,
        };
        self.unreplicated.insert(completed.first_offset, ended);
        self.recompute_oldest();
        Ok(())
    }

    /// The first offset that a read-committed reader must not pass (5.4).
    #[must_use]
    pub fn first_unstable_offset(&self) -> Option<i64> {
        let unreplicated = self.unreplicated.keys().next().copied();
        match (self.first_undecided_offset(), unreplicated) {
            (Some(ongoing), Some(ended)) => Some(ongoing.min(ended)),
            (ongoing, ended) => ongoing.or(ended),
        }
    }

    /// The first offset of the oldest open transaction (5.4).
    #[must_use]
    pub fn first_undecided_offset(&self) -> Option<i64> {
        self.ongoing.keys().next().copied()
    }

    /// Forgets ended transactions whose marker is below `high_watermark` (5.4).
    pub fn on_high_watermark_updated(&mut self, high_watermark: i64) {
        self.unreplicated.retain(|_, ended| ended.last_offset >= high_watermark);
    }

    /// Whether the oldest open transaction is late at `now` (5.4).
    #[must_use]
    pub fn has_late_transaction(&self, now: i64) -> bool {
        let oldest = self.oldest_txn_last_timestamp;
        let limit = self.config.max_transaction_ms.wrapping_add(LATE_TRANSACTION_SLACK_MS);
        oldest > 0 && now.wrapping_sub(oldest) > limit
    }

    /// Forgets producers and verification entries that have expired at `now` (5.5).
    pub fn remove_expired(&mut self, now: i64) {
        let limit = self.config.expiration_ms;
        self.producers.retain(|_, entry| !entry.is_expired(now, limit));
        self.verification.retain(|_, entry| now.wrapping_sub(entry.timestamp) < limit);
    }

    /// Whether `producer_id` has a transaction open; from 4.0 on only at its own epoch (5.6, 8.5).
    #[must_use]
    pub fn has_open_transaction(&self, producer_id: i64, epoch: i16) -> bool {
        self.producers.get(&producer_id).is_some_and(|entry| {
            entry.current_txn_first_offset.is_some()
                && (self.config.profile < Profile::V4_0 || entry.producer_epoch == epoch)
        })
    }

    /// Whether a producer's entry has a higher epoch than `epoch`.
    pub(crate) fn is_fenced(&self, producer_id: i64, epoch: i16) -> bool {
        self.producers.get(&producer_id).is_some_and(|entry| epoch < entry.producer_epoch)
    }

    /// Gets or creates a verification entry and returns its guard; `fresh` is used by a new one
    /// (5.6).
    pub fn start_verification(
        &mut self,
        producer_id: i64,
        sequence: i32,
        epoch: i16,
        supports_epoch_bump: bool,
        now: i64,
        fresh: u64,
    ) -> u64 {
        let entry = self.verification.entry(producer_id).or_insert(VerificationEntry {
            timestamp: now,
            guard: fresh,
            lowest_sequence: sequence,
            epoch,
            supports_epoch_bump,
        });
        if epoch == entry.epoch && sequence < entry.lowest_sequence {
            entry.lowest_sequence = sequence;
        }
        if epoch > entry.epoch {
            entry.epoch = epoch;
            entry.lowest_sequence = sequence;
        }
        entry.guard
    }
}
