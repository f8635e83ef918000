//! What went wrong in this log?
//!
//! An [`Audit`] takes the batches of one partition, oldest first and headers only, and holds each
//! against what its producer wrote before it. It serves any log that keeps producer id, epoch and
//! sequence: no Kafka file is asked for.
//!
//! ```text
//! headers ─▶ observe ─▶ findings: offset, producer, epoch, a sentence why
//!               │
//!               └─▶ the state of a leader that forgets nothing: what such a leader would have
//!                   refused as stale, or answered as a duplicate, is named and does not count
//!                   (R70)
//! ```
//!
//! So each batch of a run that was written twice is named, and the batch after the run is not. A
//! replica's own state (Origin::Replication, one append a segment) is another thing: it takes the
//! second copies in. Hold *that* against snapshots, and this against suspicion.
//!
//! Such a leader's state knows no contents, and forgets an epoch's batches when the next begins.
//! With a [`Trail`] a producer ([`Audit::with_trails`]) an audit also recognises a client that
//! began anew and wrote everything again (R81, R82), and two writers under one identity (R83). What
//! it can't see from headers:
//!
//! * a second copy under another producer id, in other batches than the first one (split, gathered,
//!   thinned by compaction), or recompressed by the broker with another result;
//! * that a restart narrowed a leader's window to one batch a producer, unless a client then began
//!   anew, and even then only that the leader changed;
//! * what lies before the snapshot that the audit begins with. Kafka's own snapshots keep one batch
//!   a producer: the audit's own window is then as narrow, and a second copy of an older batch is
//!   [`FindingKind::Rewound`], without its first copy's place;
//! * whose an old second copy is: late retries of one writer, in turns with its new batches and
//!   each more than five batches late, look like a second writer. No leader that checks sequences
//!   writes either.
//!
//! ```
//! use fencepost::audit::{Audit, Settings};
//! use fencepost::broker::{
//!     Batch, Config, IndexLine, OpenTransaction, Partition, Slot, Storage, index_lines,
//! };
//! # use fencepost::wire::BatchHeader;
//! # let header = |base_offset, base_sequence| BatchHeader {
//! #     base_offset, batch_length: 49, partition_leader_epoch: 0, crc: 0,
//! #     attributes: Default::default(), last_offset_delta: 0, base_timestamp: 0,
//! #     max_timestamp: 0, producer_id: 7, producer_epoch: 0, base_sequence, records_count: 1,
//! # };
//! let storage = Storage {
//!     slots: [Slot::EMPTY; 64],
//!     index: [IndexLine::EMPTY; index_lines(64)],
//!     transactions: [OpenTransaction::EMPTY; 65],
//!     guards: [],
//! };
//! let config = Config::kafka_4_2().seed(0x5eed);
//! let partition: Partition<_, _, _, _> = Partition::new(storage, config);
//! let mut audit = Audit::new(partition, Settings::default());
//! audit.observe(&Batch::data(header(0, 0)))?;
//! let observed = audit.observe(&Batch::data(header(1, 3)))?;
//! assert_eq!(
//!     observed.findings[0].to_string(),
//!     "offset 1: producer 7 epoch 0: 2 sequences are missing: 1 comes next, the batch begins \
//!      at 3 (R71)"
//! );
//! # Ok::<(), fencepost::audit::AuditFull>(())
//! ```

mod examine;
mod finding;
mod trail;

pub use finding::{Finding, FindingKind, Severity};
pub use trail::Trail;

use crate::broker::{
    Admission, Batch, BatchKind, CompletedTransaction, Context, IndexLine, Memory, OpenTransaction,
    Partition, Slot, VerificationEntry,
};
use crate::ids::{NO_TIMESTAMP, Timestamp};
use crate::window::Tag;

/// The most findings one batch can have.
pub const MAX_FINDINGS: usize = 6;

/// What one batch gave: at most [`MAX_FINDINGS`].
pub type Findings = heapless::Vec<Finding, MAX_FINDINGS, u8>;

/// Who wrote the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Writers {
    /// Producers: sequences count.
    #[default]
    Clients,
    /// A coordinator, for its clients (`__consumer_offsets`): each batch has sequence 0 or none.
    Coordinator,
}

/// What an audit goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Who wrote the log.
    pub writers: Writers,
    /// `producer.id.expiration.ms` of the brokers that wrote it; a day by default.
    pub expiration_ms: u32,
    /// `transaction.max.timeout.ms` of those brokers; 15 minutes by default.
    pub max_transaction_ms: u32,
    /// Where the log is taken up: 0, or the offset of the snapshot the partition was loaded from.
    /// Offsets between it and the first batch are missing ones.
    pub from_offset: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            writers: Writers::Clients,
            expiration_ms: 86_400_000,
            max_transaction_ms: 900_000,
            from_offset: 0,
        }
    }
}

/// What one batch gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// What is to be said of it.
    pub findings: Findings,
    /// The transaction that it ended.
    pub completed: Option<CompletedTransaction>,
}

/// The audit's partition has no room for another producer or transaction. Nothing was changed: give
/// it a bigger one ([`Audit::partition_mut`]) and observe the batch again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditFull {
    /// The producer that has no place, or whose transaction has none.
    pub producer_id: i64,
    /// How many producers the partition holds.
    pub capacity: u32,
}

impl core::fmt::Display for AuditFull {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { producer_id, capacity } = self;
        write!(f, "no memory for producer {producer_id}: the audit holds {capacity} producers")
    }
}

impl core::error::Error for AuditFull {}

/// Watches the batches of one partition go by.
#[derive(Clone, Debug)]
pub struct Audit<S, I, X, G = [VerificationEntry; 0], T = (), R = [Trail; 0]> {
    partition: Partition<S, I, X, G, T>,
    trails: R,
    trails_given_up: u64,
    settings: Settings,
    next_offset: i64,
    /// Where the log goes on after the last offsets that are missing.
    resumed_at: Option<i64>,
    newest_timestamp: i64,
}

impl<S, I, X, G, T> Audit<S, I, X, G, T> {
    /// An audit that begins with this partition: a new one, or one loaded from a snapshot. One
    /// transaction more than producers is always room enough.
    pub const fn new(partition: Partition<S, I, X, G, T>, settings: Settings) -> Self {
        Self {
            partition,
            trails: [],
            trails_given_up: 0,
            settings,
            next_offset: settings.from_offset,
            resumed_at: None,
            newest_timestamp: NO_TIMESTAMP,
        }
    }

    /// The same audit with a memory of what each producer wrote last, for R81 to R83: give as many
    /// [`Trail::EMPTY`] as there are producers, or twice as many where their ids are scattered.
    ///
    /// With fewer, the producer that wrote longest ago loses its trail to a new one
    /// ([`Audit::trails_given_up`]), and what it writes next begins a new trail.
    pub fn with_trails<R: Memory<Trail>>(self, trails: R) -> Audit<S, I, X, G, T, R> {
        let Self { partition, settings, next_offset, resumed_at, newest_timestamp, .. } = self;
        Audit {
            partition,
            trails,
            trails_given_up: 0,
            settings,
            next_offset,
            resumed_at,
            newest_timestamp,
        }
    }
}

impl<S, I, X, G, T, R> Audit<S, I, X, G, T, R>
where
    S: Memory<Slot<T>>,
    I: Memory<IndexLine>,
    X: Memory<OpenTransaction>,
    G: Memory<VerificationEntry>,
    T: Tag,
    R: Memory<Trail>,
{
    /// What the audit knows: the state of a leader that forgets nothing (R70).
    pub const fn partition(&self) -> &Partition<S, I, X, G, T> {
        &self.partition
    }

    /// The same, to give it more memory or to forget producers.
    pub const fn partition_mut(&mut self) -> &mut Partition<S, I, X, G, T> {
        &mut self.partition
    }

    /// Moves the trails into other memory, of [`Trail::EMPTY`] alone, and gives the old one back.
    /// O(n).
    pub fn move_trails(&mut self, mut to: R) -> R {
        trail::move_all(self.trails.as_ref(), to.as_mut());
        core::mem::replace(&mut self.trails, to)
    }

    /// For how many trails there is memory.
    pub fn trails_capacity(&self) -> usize {
        self.trails.as_ref().len()
    }

    /// How many trails gave way to another producer's since the audit began: with none, R81 to R83
    /// are looked for in all that was observed.
    pub const fn trails_given_up(&self) -> u64 {
        self.trails_given_up
    }

    /// Takes the next batch of the log. O(1), and O(log n) in the bytes of a batch that may be
    /// written twice.
    ///
    /// Batches without a producer only count their offsets. Any numbers in any order are taken.
    ///
    /// # Errors
    /// [`AuditFull`], with nothing changed.
    pub fn observe(&mut self, batch: &Batch) -> Result<Observation, AuditFull> {
        let header = &batch.header;
        let resumes = header.base_offset > self.next_offset;
        let resumed_at = if resumes { Some(header.base_offset) } else { self.resumed_at };
        let mut observation = Observation::default();
        if header.has_producer_id() {
            let slot = self.partition.producer(header.producer_id);
            let full =
                AuditFull { producer_id: header.producer_id, capacity: self.partition.capacity() };
            if slot.is_none() && self.partition.len() >= full.capacity {
                // A replica's append would push another producer out.
                return Err(full);
            }
            let missing = offsets_are_missing(slot, resumed_at);
            let examined = examine::examine(slot, batch, &self.settings, missing);
            if let Some(batch) = &examined.counts {
                observation.completed = self.take_in(batch).ok_or(full)?;
            }
            observation.findings = examined.findings;
            self.follow(batch, missing, &mut observation.findings);
        }
        self.resumed_at = resumed_at;
        self.next_offset = header.next_offset();
        self.newest_timestamp = self.newest_timestamp.max(header.max_timestamp);
        Ok(observation)
    }

    /// What the producer's trail says of a batch, which the partition has room for.
    fn follow(&mut self, batch: &Batch, offsets_missing: bool, findings: &mut Findings) {
        let header = &batch.header;
        let is_data = batch.kind == BatchKind::Data && header.base_sequence >= 0;
        if !is_data || self.settings.writers != Writers::Clients {
            return;
        }
        let Some((trail, given_up)) = trail::of(self.trails.as_mut(), header.producer_id) else {
            return;
        };
        self.trails_given_up = self.trails_given_up.saturating_add(u64::from(given_up));
        let followed = trail.follow(header);
        let is_raised = |f: &Finding| matches!(f.kind, FindingKind::EpochRaised { .. });
        let anew = followed.written_twice.is_some() || findings.iter().any(is_raised);
        let narrowed = followed.narrowed.filter(|_| anew);
        let kinds = [followed.written_twice, followed.used_twice, narrowed];
        for kind in kinds.into_iter().flatten() {
            let finding = Finding {
                offset: header.base_offset,
                producer_id: header.producer_id,
                producer_epoch: header.producer_epoch,
                kind,
                offsets_missing,
            };
            let fits = findings.push(finding).is_ok();
            debug_assert!(fits, "a batch has at most six findings");
        }
    }

    /// Records a batch as replay does. `None` if there is no room for its transaction.
    fn take_in(&mut self, batch: &Batch) -> Option<Option<CompletedTransaction>> {
        let header = &batch.header;
        let context = Context::replication(Timestamp::from_millis(header.max_timestamp));
        let Ok(Admission::Append(ticket)) = self.partition.admit(batch, &context) else {
            return None;
        };
        let completed = self.partition.record(ticket, header.base_offset).ok().flatten();
        if let Some(txn) = &completed {
            // What stands on the log that is read is replicated.
            self.partition.handle_high_watermark(txn.last_offset.wrapping_add(1));
        }
        Some(completed)
    }

    /// The transactions that are open where the log ends, in order of first offset (R77). O(1)
    /// each.
    ///
    /// One is late, and so a fault, if its producer's last write is older than the newest timestamp
    /// on the log by more than `transaction.max.timeout.ms` and five minutes, as Kafka counts
    /// (R42).
    pub fn left_open(&self) -> impl Iterator<Item = Finding> {
        const SLACK_MS: i64 = 300_000;
        let limit = i64::from(self.settings.max_transaction_ms).wrapping_add(SLACK_MS);
        self.partition.ongoing_transactions().iter().map(move |txn| {
            let slot = self.partition.producer(txn.producer_id);
            let last = slot.map_or(NO_TIMESTAMP, Slot::last_timestamp);
            let silent_ms = self.newest_timestamp.wrapping_sub(last);
            let late = last > 0 && silent_ms > limit;
            Finding {
                offset: txn.first_offset,
                producer_id: txn.producer_id,
                producer_epoch: slot.map_or(-1, Slot::producer_epoch),
                kind: FindingKind::TransactionLeftOpen { silent_ms, late },
                offsets_missing: false,
            }
        })
    }
}

/// Whether the log left out offsets since the producer's last batch (R70). Of one without a batch
/// that can't be told, so any that were left out count.
fn offsets_are_missing<T: Tag>(slot: Option<&Slot<T>>, resumed_at: Option<i64>) -> bool {
    let newest = slot.and_then(|slot| slot.window().newest());
    match (resumed_at, newest) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(resumed_at), Some(newest)) => resumed_at > newest.last_offset,
    }
}
