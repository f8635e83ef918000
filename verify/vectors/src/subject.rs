//! What does an implementation have to offer to be held against the vectors?

use std::collections::BTreeMap;
use std::fmt;

/// The rules of one release (broker spec 8.5), oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Kafka 3.9.0 and 3.9.1, as the spec's snapshot.
    V3_9,
    /// Kafka 3.9.2.
    V3_9_2,
    /// Kafka 4.0.
    V4_0,
    /// Kafka 4.1.
    V4_1,
    /// Kafka 4.2 to 4.4.
    V4_2,
}

impl Profile {
    /// All profiles, oldest first.
    pub const ALL: [Self; 5] = [Self::V3_9, Self::V3_9_2, Self::V4_0, Self::V4_1, Self::V4_2];

    /// The name on a command line and in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_9 => "3.9",
            Self::V3_9_2 => "3.9.2",
            Self::V4_0 => "4.0",
            Self::V4_1 => "4.1",
            Self::V4_2 => "4.2",
        }
    }

    /// The profile of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a fresh partition is configured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Producer expiry in milliseconds.
    pub exp_ms: i64,
    /// The broker's longest transaction in milliseconds.
    pub max_txn_ms: i64,
    /// Whether transaction verification is enabled.
    pub verify: bool,
    /// The rules.
    pub profile: Profile,
}

/// Who appends (broker spec 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `CLIENT`.
    Client,
    /// `COORDINATOR`.
    Coordinator,
    /// `REPLICATION`.
    Replication,
    /// `RAFT_LEADER`.
    RaftLeader,
}

/// A verification guard (broker spec 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The guard that never verifies anything.
    Sentinel,
    /// An opaque token, unique among the guards of one subject.
    Token(u64),
}

/// One batch; offsets follow from the append's base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// A data batch of `n` records (at least 1); its last offset delta is `n - 1`.
    Data {
        /// Producer id; none at or below -1.
        pid: i64,
        /// Producer epoch.
        epoch: i16,
        /// Base sequence, any i32.
        seq: i32,
        /// Number of records.
        n: i32,
        /// Max timestamp.
        ts: i64,
        /// The transactional bit.
        txn: bool,
    },
    /// An end marker; one offset.
    Marker {
        /// Producer id.
        pid: i64,
        /// Producer epoch.
        epoch: i16,
        /// Whether it aborts.
        abort: bool,
        /// Coordinator epoch.
        cep: i32,
        /// The marker record's timestamp.
        ts: i64,
    },
    /// A transactional control batch without records; one offset.
    Empty {
        /// Producer id.
        pid: i64,
        /// Producer epoch.
        epoch: i16,
    },
}

/// One append.
#[derive(Clone, Copy, Debug)]
pub struct Append<'a> {
    /// The first batch's offset: the log end, or where the vector says.
    pub base: i64,
    /// Who appends.
    pub origin: Origin,
    /// Class level: no duplicate lookup, no guard check (nor the epoch check that precedes it from
    /// 4.0 on).
    pub raw: bool,
    /// The request's guard.
    pub guard: Guard,
    /// The transaction version of the append's markers: -1 unknown, 0, 1, 2.
    pub tv: i16,
    /// The clock.
    pub now: i64,
    /// At least one batch.
    pub batches: &'a [Batch],
}

/// A transaction that a marker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completed {
    /// Producer id.
    pub pid: i64,
    /// First offset.
    pub first: i64,
    /// The marker's offset.
    pub last: i64,
    /// Whether the marker was an abort.
    pub abort: bool,
}

/// The outcome of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Written and committed; the map end is `last + 1`.
    Appended {
        /// First offset.
        first: i64,
        /// Last offset.
        last: i64,
        /// The transactions ended, in log order, each with the last stable offset before it was
        /// completed.
        done: Vec<(Completed, i64)>,
    },
    /// The remembered batch that answers for the append.
    Duplicate {
        /// First offset.
        first: i64,
        /// Last offset.
        last: i64,
        /// Timestamp.
        ts: i64,
    },
    /// Refused with this Kafka code.
    Refused(i16),
}

/// A `verify` call (broker spec 5.6, "start").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verify {
    /// Producer id.
    pub pid: i64,
    /// Sequence of the batch to come.
    pub seq: i32,
    /// Producer epoch.
    pub epoch: i16,
    /// Whether the client speaks transaction version 2.
    pub tv2: bool,
    /// The clock.
    pub now: i64,
}

/// One remembered batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// First sequence, derived as in broker spec 3.1.
    pub first_seq: i32,
    /// Last sequence.
    pub last_seq: i32,
    /// First offset.
    pub first: i64,
    /// Last offset.
    pub last: i64,
    /// Timestamp.
    pub ts: i64,
}

/// One producer's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Epoch; -1 if blank.
    pub epoch: i16,
    /// Coordinator epoch; -1 if none.
    pub cep: i32,
    /// Last timestamp; -1 if blank.
    pub ts: i64,
    /// First offset of the open transaction.
    pub txn: Option<i64>,
    /// Remembered batches, oldest first.
    pub window: Vec<Remembered>,
}

/// An entry of the aborted-transaction index (broker spec 7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// Producer id.
    pub pid: i64,
    /// First offset.
    pub first: i64,
    /// The marker's offset.
    pub last: i64,
    /// Last stable offset.
    pub lso: i64,
}

/// What the index answers for a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// (pid, first offset) of each transaction in the range.
    pub txns: Vec<(i64, i64)>,
    /// Whether later segments can't add any.
    pub complete: bool,
}

/// A partition directory: file name to content.
pub type Directory = BTreeMap<String, Vec<u8>>;

/// One partition of an implementation, as the vectors drive it.
///
/// The runner keeps what belongs to the log: its end, the clock, the guard labels, the high
/// watermark and the log start. The subject keeps the producer state, the snapshot files and one
/// transaction index. Errors are Kafka codes. A method that is a plain question takes `&self`.
pub trait Subject {
    /// Validates and, if accepted, commits an append: broker spec 7.1. Aborted transactions go to
    /// the index.
    fn append(&mut self, append: &Append<'_>) -> Answer;
    /// Starts a verification (5.6); from 4.1 on 47 for an epoch below the entry's.
    fn verify(&mut self, start: &Verify) -> Result<Guard, i16>;
    /// Switches verification on or off.
    fn set_verification(&mut self, enabled: bool);
    /// The high watermark was set to `to` (5.4).
    fn high_watermark(&mut self, to: i64);
    /// Removes what has expired at `now` (5.5).
    fn expire(&mut self, now: i64);
    /// The log start was raised to `to` (5.8).
    fn log_start(&mut self, to: i64);
    /// `truncateAndReload` (5.8), without replay. The runner cuts the index by itself.
    fn truncate_and_reload(&mut self, start: i64, end: i64, now: i64);
    /// `truncateFullyAndStartAt` (5.8). The runner cuts the index by itself.
    fn truncate_fully(&mut self, at: i64);
    /// Takes a snapshot if one is due (5.7); its offset.
    fn take_snapshot(&mut self) -> Option<i64>;
    /// Deletes registered snapshots with `0 <= offset < before` (5.8).
    fn delete_snapshots_before(&mut self, before: i64);
    /// `truncateFullyAndReloadSnapshots` (5.8).
    fn reload_snapshots(&mut self);
    /// `removeStraySnapshots` (5.9).
    fn remove_strays(&mut self, bases: &[i64]);
    /// A new manager on the same directory: memory is lost, files are listed, nothing is loaded
    /// (5.1).
    fn reopen(&mut self);
    /// The snapshot files; the runner reads, adds and damages them.
    fn directory(&mut self) -> &mut Directory;

    /// One producer's state.
    fn entry(&self, pid: i64) -> Option<Entry>;
    /// The known producers, ascending.
    fn producer_ids(&self) -> Vec<i64>;
    /// The map end (5.1).
    fn map_end(&self) -> i64;
    /// Neither producers nor unreplicated transactions (5.1).
    fn is_empty(&self) -> bool;
    /// 5.4.
    fn first_unstable(&self) -> Option<i64>;
    /// 5.4.
    fn first_undecided(&self) -> Option<i64>;
    /// The newest registered snapshot.
    fn latest_snapshot(&self) -> Option<i64>;
    /// The oldest registered snapshot.
    fn oldest_snapshot(&self) -> Option<i64>;
    /// A verification entry's (lowest sequence, epoch).
    fn verification(&self, pid: i64) -> Option<(i32, i16)>;
    /// 5.4, `hasLateTransaction`.
    fn late(&self, now: i64) -> bool;
    /// The partition's last stable offset (7.9).
    fn last_stable(&self, high_watermark: i64, log_start: i64) -> i64;

    /// 5.3, `lastStableOffset` of a transaction about to complete.
    fn lso_of(&self, completed: &Completed) -> i64;
    /// 5.3, `complete`.
    fn complete(&mut self, completed: &Completed) -> Result<(), i16>;

    /// The index's entries.
    fn aborted(&self) -> Vec<Aborted>;
    /// Adds an index entry (7.10).
    fn index_append(&mut self, aborted: Aborted) -> Result<(), i16>;
    /// Cuts the index (7.10).
    fn index_truncate(&mut self, to: i64);
    /// Looks up the index (7.10).
    fn collect(&self, from: i64, to: i64) -> Collected;

    /// Section 1.
    fn increment(&self, sequence: i32, by: i32) -> i32;
    /// Section 1.
    fn decrement(&self, sequence: i32, by: i32) -> i32;
}
