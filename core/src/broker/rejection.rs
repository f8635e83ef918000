//! Why was a batch refused?

use core::fmt;

use crate::error_code::ErrorCode;
use crate::window::{BatchMetadata, WINDOW_BATCHES};

/// A refused batch: who, why, and what the partition knew.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// The producer that was refused.
    pub producer_id: i64,
    /// The epoch it came with.
    pub producer_epoch: i16,
    /// What decided, with expected and got.
    pub reason: Reason,
    /// The remembered batches the decision saw, oldest first.
    pub window: heapless::Vec<BatchMetadata, WINDOW_BATCHES, u8>,
}

/// What decided. Each has one rule of `docs/rules.md` and one Kafka code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A higher epoch of this producer has been seen (R24).
    StaleEpoch {
        /// The epoch last seen.
        current: i16,
        /// The batch's.
        got: i16,
    },
    /// The batch does not follow the producer's last one (R25).
    OutOfOrder {
        /// The sequence that would have followed.
        expected: i32,
        /// The batch's first one.
        got: i32,
    },
    /// A new epoch begins at sequence 0 (R26).
    NewEpochNotAtZero {
        /// The epoch last seen.
        current: i16,
        /// The batch's first sequence.
        got: i32,
    },
    /// A lower sequence is being verified; a higher one may not come first (R28).
    AboveVerified {
        /// The lowest sequence offered for verification.
        lowest: i32,
        /// The batch's first one.
        got: i32,
    },
    /// A producer of transaction version 2 of which nothing is remembered begins at sequence 0
    /// (R29).
    UnknownNotAtZero {
        /// The batch's first sequence.
        got: i32,
    },
    /// Nothing was ever written here, so a producer begins at sequence 0 (R30).
    NeverWrittenNotAtZero {
        /// The batch's first sequence.
        got: i32,
    },
    /// A transactional write outside a transaction, without the guard of a verification (R45).
    NotVerified,
    /// A write without the transactional bit inside the producer's open transaction (R31).
    InsideTransaction {
        /// Where the transaction begins.
        first_offset: i64,
    },
    /// A newer coordinator has written a marker for this producer (R33).
    CoordinatorFenced {
        /// The coordinator epoch last seen.
        current: i32,
        /// The marker's.
        got: i32,
    },
    /// A marker of transaction version 2 needs an epoch above the last seen one (R35).
    MarkerEpochNotAbove {
        /// The epoch last seen.
        current: i16,
        /// The marker's.
        got: i16,
    },
    /// The sequence range is remembered, but with other content (R66).
    SequenceReused {
        /// The range's first offset in the log.
        first_offset: i64,
    },
    /// A new producer, while the caller allows none (R63).
    NewProducerRefused,
    /// A new producer, and every slot is taken (R60).
    ProducersFull {
        /// How many producers the partition holds.
        capacity: u32,
    },
    /// A new transaction, and there is no room for another open one (R61).
    TransactionsFull {
        /// How many transactions the partition holds.
        capacity: u32,
    },
    /// A verification, and there is no room for another guard (R62).
    GuardsFull {
        /// How many guards the partition holds.
        capacity: u32,
    },
    /// A replica's append needs a slot, and every producer has an open transaction or is written to
    /// by the same append (R60).
    ReplicaFull {
        /// How many producers the partition holds.
        capacity: u32,
    },
    /// The scratch memory of an append holds no more producers, or no more transactions (R37). The
    /// append has ended and nothing of it counts: begin it again with bigger scratch, or split it.
    ScratchFull {
        /// Which part of the scratch is full.
        part: ScratchPart,
        /// How many entries that part holds.
        capacity: u32,
    },
}

/// A part of an append's scratch memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScratchPart {
    /// The entries of producers, or their index.
    Producers,
    /// The entries of transactions.
    Transactions,
}

impl Reason {
    /// The one Kafka code for it.
    ///
    /// Where a client finds memory full it is NOT_ENOUGH_REPLICAS(19): nothing was written, and
    /// every client retries it (Kafka itself answers 19 where an older client must be made to
    /// retry, broker spec 8.4). `ReplicaFull` and `ScratchFull` are no answers to a client; they
    /// map to KAFKA_STORAGE_ERROR(56) and UNKNOWN_SERVER_ERROR(-1).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::OutOfOrder { .. }
            | Self::NewEpochNotAtZero { .. }
            | Self::AboveVerified { .. }
            | Self::UnknownNotAtZero { .. }
            | Self::NeverWrittenNotAtZero { .. }
            | Self::SequenceReused { .. } => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            Self::StaleEpoch { .. } | Self::MarkerEpochNotAbove { .. } => {
                ErrorCode::INVALID_PRODUCER_EPOCH
            }
            Self::NotVerified | Self::InsideTransaction { .. } => ErrorCode::INVALID_TXN_STATE,
            Self::CoordinatorFenced { .. } => ErrorCode::TRANSACTION_COORDINATOR_FENCED,
            Self::NewProducerRefused
            | Self::ProducersFull { .. }
            | Self::TransactionsFull { .. }
            | Self::GuardsFull { .. } => ErrorCode::NOT_ENOUGH_REPLICAS,
            Self::ReplicaFull { .. } => ErrorCode::KAFKA_STORAGE_ERROR,
            Self::ScratchFull { .. } => ErrorCode::UNKNOWN_SERVER_ERROR,
        }
    }

    /// The rule of `docs/rules.md` that decided.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::StaleEpoch { .. } => "R24",
            Self::OutOfOrder { .. } => "R25",
            Self::NewEpochNotAtZero { .. } => "R26",
            Self::AboveVerified { .. } => "R28",
            Self::UnknownNotAtZero { .. } => "R29",
            Self::NeverWrittenNotAtZero { .. } => "R30",
            Self::InsideTransaction { .. } => "R31",
            Self::CoordinatorFenced { .. } => "R33",
            Self::MarkerEpochNotAbove { .. } => "R35",
            Self::ScratchFull { .. } => "R37",
            Self::NotVerified => "R45",
            Self::ProducersFull { .. } | Self::ReplicaFull { .. } => "R60",
            Self::TransactionsFull { .. } => "R61",
            Self::GuardsFull { .. } => "R62",
            Self::NewProducerRefused => "R63",
            Self::SequenceReused { .. } => "R66",
        }
    }
}

impl Rejection {
    /// The one Kafka code for it.
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        self.reason.error_code()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::StaleEpoch { current, got } => {
                write!(f, "epoch {got} is fenced: epoch {current} has been seen")
            }
            Self::OutOfOrder { expected, got } => {
                write!(f, "sequence {got} is out of order: {expected} comes next")
            }
            Self::NewEpochNotAtZero { current, got } => write!(
                f,
                "a new epoch begins at sequence 0, not at {got} (the epoch before is {current})"
            ),
            Self::AboveVerified { lowest, got } => {
                write!(f, "sequence {got} may not come before {lowest}, which is being verified")
            }
            Self::UnknownNotAtZero { got } => write!(
                f,
                "a producer of transaction version 2 with nothing remembered begins at sequence 0, \
                 not at {got}"
            ),
            Self::NeverWrittenNotAtZero { got } => write!(
                f,
                "nothing was ever written to this partition, so a producer begins at sequence 0, \
                 not at {got}"
            ),
            Self::NotVerified => {
                f.write_str("a transactional write outside a verified or open transaction")
            }
            Self::InsideTransaction { first_offset } => write!(
                f,
                "a write that is not transactional inside the transaction open since offset \
                 {first_offset}"
            ),
            Self::CoordinatorFenced { current, got } => write!(
                f,
                "a marker of coordinator epoch {got} is fenced: coordinator epoch {current} has \
                 been seen"
            ),
            Self::MarkerEpochNotAbove { current, got } => write!(
                f,
                "a marker of transaction version 2 needs an epoch above {current}, not {got}"
            ),
            Self::SequenceReused { first_offset } => write!(
                f,
                "these sequences are taken by another batch, at offset {first_offset}, with \
                 other content"
            ),
            _ => self.fmt_of_memory(f),
        }
    }
}

impl Reason {
    fn fmt_of_memory(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewProducerRefused => f.write_str("no new producer is allowed now"),
            Self::ProducersFull { capacity } => {
                write!(f, "a new producer, and all {capacity} slots are taken")
            }
            Self::TransactionsFull { capacity } => {
                write!(f, "a new transaction, and all {capacity} entries are taken")
            }
            Self::GuardsFull { capacity } => {
                write!(f, "a verification, and all {capacity} entries are taken")
            }
            Self::ReplicaFull { capacity } => write!(
                f,
                "the replica needs a slot, and each of the {capacity} producers has an open \
                 transaction or is written to by the same append"
            ),
            Self::ScratchFull { part: ScratchPart::Producers, capacity } => {
                write!(f, "the append's scratch has room for {capacity} producers, and needs more")
            }
            Self::ScratchFull { part: ScratchPart::Transactions, capacity } => {
                write!(
                    f,
                    "the append's scratch has room for {capacity} transactions, and needs more"
                )
            }
            // What has to do with epochs and sequences is said above.
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { producer_id, producer_epoch, reason, window } = self;
        write!(f, "producer {producer_id} epoch {producer_epoch}: {reason} ({}", reason.rule())?;
        for (n, batch) in window.iter().enumerate() {
            let before = if n == 0 { "; remembered" } else { "," };
            write!(f, "{before} {}..{}", batch.first_sequence(), batch.last_sequence)?;
            write!(f, " at {}", batch.first_offset())?;
        }
        f.write_str(")")
    }
}

impl core::error::Error for Rejection {}

/// The append had ended, by a duplicate or a rejection: nothing was changed (R37).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the append had ended with a duplicate or a rejection, so nothing of it counts")
    }
}

impl core::error::Error for Ended {}
