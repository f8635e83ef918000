//! Who appends, under which release's rules, and with which refusals? (broker spec 0, 0.1, 8.5)

/// The releases whose rules differ (broker spec 8.5); ordered, so that `profile >= V4_1` reads as
/// "from 4.1 on".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Kafka 3.9.0, 3.9.1 and the spec's snapshot.
    V3_9,
    /// Adds KAFKA-19690 (epoch before guard).
    V3_9_2,
    /// Adds KAFKA-18575 (an open transaction counts only at its own epoch), and leaves a TV2
    /// client's verification of its next transaction alone when a marker comes.
    V4_0,
    /// Adds KAFKA-18202 (a TV2 client starts at sequence 0) and KAFKA-18042 (verification fences
    /// old epochs).
    V4_1,
    /// Adds KIP-1228 (a TV2 marker raises the epoch) with KAFKA-19999 (a repeated one succeeds).
    V4_2,
}

impl Profile {
    /// All profiles, oldest first.
    pub const ALL: [Self; 5] = [Self::V3_9, Self::V3_9_2, Self::V4_0, Self::V4_1, Self::V4_2];

    /// The name used in files and on command lines: `3.9`, `3.9.2`, `4.0`, `4.1` or `4.2`.
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
}

/// Who appends (broker spec 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A produce request.
    Client,
    /// The group coordinator, and transaction markers on the leader.
    Coordinator,
    /// A follower's append and every replay of the log.
    Replication,
    /// The leader of the metadata log.
    RaftLeader,
}

/// Why an append or a call was refused (broker spec 0.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A sequence that does not follow (broker spec 4.2).
    OutOfOrderSequence,
    /// A producer epoch that is too low (broker spec 4.1, 4.3, 5.6).
    InvalidProducerEpoch,
    /// An unverified transactional batch, or a non-transactional one inside a transaction (broker
    /// spec 4.1, 5.6).
    InvalidTxnState,
    /// A marker from an old coordinator (broker spec 4.3).
    CoordinatorFenced,
    /// An exception of Kafka's that no client code is mapped to; says which.
    Internal(&'static str),
}

impl Refusal {
    /// Kafka's error code on the wire; -1 (`UNKNOWN_SERVER_ERROR`) for an internal error.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::OutOfOrderSequence => 45,
            Self::InvalidProducerEpoch => 47,
            Self::InvalidTxnState => 48,
            Self::CoordinatorFenced => 52,
            Self::Internal(_) => -1,
        }
    }
}
