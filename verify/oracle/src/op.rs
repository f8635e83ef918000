//! What can be done to a log?
//!
//! Offsets are given as distances from where the log is, so that an operation still means something
//! when others before it are left out.

use fencepost::broker::Profile;

use crate::batch::BatchSpec;

/// A release whose classes are driven, by the profile that names its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Core's rules.
    pub profile: Profile,
    /// As it is written on the command line.
    pub name: &'static str,
    /// The Maven module under `java`.
    pub module: &'static str,
}

impl Release {
    /// Every release, oldest first.
    pub const ALL: [Self; 4] = [
        Self { profile: Profile::Kafka3_9, name: "3.9", module: "kafka-3.9" },
        Self { profile: Profile::Kafka4_0, name: "4.0", module: "kafka-4.0" },
        Self { profile: Profile::Kafka4_1, name: "4.1", module: "kafka-4.1" },
        Self { profile: Profile::Kafka4_2, name: "4.2", module: "kafka-4.2" },
    ];

    /// The release of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|release| release.name == name)
    }
}

/// How a new log is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) expiration_ms: u32,
    pub(crate) max_transaction_ms: u32,
    pub(crate) verification: bool,
    pub(crate) retention_bytes: i64,
    /// Whether the topic's timestamps are the broker's.
    pub(crate) append_time: bool,
    pub(crate) now: i64,
}

/// Who appends on the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leader {
    Client,
    Coordinator,
    Raft,
}

impl Leader {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Coordinator => "COORDINATOR",
            Self::Raft => "RAFT_LEADER",
        }
    }
}

/// What happens to the snapshot files while the log is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Lost,
    /// Half of the newest is cut off.
    Damaged,
}

impl Fate {
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Kept => 'k',
            Self::Lost => 'l',
            Self::Damaged => 'd',
        }
    }
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    New(Setup),
    Clock(i64),
    Leader {
        origin: Leader,
        guard: u32,
        version: u8,
        batches: Vec<BatchSpec>,
    },
    Follower {
        leader_epoch: i32,
        batches: Vec<BatchSpec>,
    },
    Verify {
        label: u32,
        producer_id: i64,
        sequence: i32,
        epoch: i16,
        supports_epoch_bump: bool,
    },
    SetVerification(bool),
    /// This far before the log's end.
    HighWatermark {
        back: i64,
    },
    /// This far before the high watermark; negative is above it.
    LogStart {
        back: i64,
    },
    /// This far before the log's end; negative is above it.
    Truncate {
        back: i64,
    },
    /// Everything goes; the log begins anew this far after its end, and its start is so far before.
    TruncateFully {
        ahead: i64,
        start_back: Option<i64>,
    },
    Roll,
    Retain,
    Expire,
    TakeSnapshot,
    /// The aborted transactions that a reader is told of, between two offsets this far before the
    /// log's end.
    Collect {
        from_back: i64,
        to_back: i64,
    },
    /// The log is closed and opened. The recovery point lies that far before the end, the start
    /// offset that was checkpointed that far before the start.
    Reopen {
        clean: bool,
        recovery_back: i64,
        start_back: i64,
        snapshots: Fate,
    },
}

impl Op {
    pub(crate) const fn is_append(&self) -> bool {
        matches!(self, Self::Leader { .. } | Self::Follower { .. })
    }
}
