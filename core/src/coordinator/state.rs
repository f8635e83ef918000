//! In which states can a transactional id be, and which follows which?

/// Where a transactional id stands (coordinator spec 4). The number is the one in the transaction
/// log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionState {
    /// No transaction yet.
    Empty,
    /// Partitions were added.
    Ongoing,
    /// The commit is decided, its markers are on their way.
    PrepareCommit,
    /// The abort is decided, its markers are on their way.
    PrepareAbort,
    /// All commit markers are written.
    CompleteCommit,
    /// All abort markers are written.
    CompleteAbort,
    /// Expired; only a tombstone is left to write.
    Dead,
    /// Kafka's step between a running transaction and its abort by the server. Here the two are
    /// one step, so no id is ever in it; a log that names it can be read.
    PrepareEpochFence,
}

use TransactionState::{
    CompleteAbort, CompleteCommit, Dead, Empty, Ongoing, PrepareAbort, PrepareCommit,
    PrepareEpochFence,
};

impl TransactionState {
    /// All states, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Empty,
        Ongoing,
        PrepareCommit,
        PrepareAbort,
        CompleteCommit,
        CompleteAbort,
        Dead,
        PrepareEpochFence,
    ];

    /// The state of this number in the transaction log, `None` for a number that names none.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.id() == id)
    }

    /// The number in the transaction log, `0 ..= 7`.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Empty => 0,
            Ongoing => 1,
            PrepareCommit => 2,
            PrepareAbort => 3,
            CompleteCommit => 4,
            CompleteAbort => 5,
            Dead => 6,
            PrepareEpochFence => 7,
        }
    }

    /// The name that Kafka's tools show.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Empty => "Empty",
            Ongoing => "Ongoing",
            PrepareCommit => "PrepareCommit",
            PrepareAbort => "PrepareAbort",
            CompleteCommit => "CompleteCommit",
            CompleteAbort => "CompleteAbort",
            Dead => "Dead",
            PrepareEpochFence => "PrepareEpochFence",
        }
    }

    /// Whether an id may go from this state to `target` (coordinator spec 5), in `release`.
    #[must_use]
    pub const fn may_become(self, target: Self, release: super::Release) -> bool {
        match target {
            Empty | Dead => matches!(self, Empty | CompleteCommit | CompleteAbort),
            Ongoing => matches!(self, Ongoing | Empty | CompleteCommit | CompleteAbort),
            PrepareCommit | PrepareEpochFence => matches!(self, Ongoing),
            PrepareAbort => match self {
                Ongoing | PrepareEpochFence => true,
                Empty | CompleteCommit | CompleteAbort => {
                    matches!(release, super::Release::Kafka4_4)
                }
                PrepareCommit | PrepareAbort | Dead => false,
            },
            CompleteCommit => matches!(self, PrepareCommit),
            CompleteAbort => matches!(self, PrepareAbort),
        }
    }

    /// Whether an id in this state is forgotten when it is idle: nothing of it is open.
    #[must_use]
    pub const fn may_expire(self) -> bool {
        matches!(self, Empty | CompleteCommit | CompleteAbort)
    }

    /// Whether the verdict is on the log and its markers may not all be written.
    #[must_use]
    pub const fn is_ending(self) -> bool {
        matches!(self, PrepareCommit | PrepareAbort)
    }
}

impl core::fmt::Display for TransactionState {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}
