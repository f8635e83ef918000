//! What is refused while batches are undecided, and why?

use core::fmt;

use super::pool::Ticket;
use crate::broker::Rejection;
use crate::error_code::ErrorCode;
use crate::window::WINDOW_BATCHES;

/// A batch or a verification that is refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The partition would refuse it with the producer's undecided batches recorded. In what it
    /// says an undecided batch, and a transaction that one opens, begins at offset -1.
    Rejected(Rejection),
    /// A write of this producer ended without an answer. What may follow it is not known before it
    /// is settled.
    Unresolved {
        /// The producer.
        producer_id: i64,
        /// Its oldest batch of which it is not known whether it is on the log.
        which: Ticket,
    },
    /// Five batches of this producer are undecided.
    ProducerBusy {
        /// The producer.
        producer_id: i64,
    },
    /// Every entry of the pool is taken.
    PoolFull {
        /// How many undecided batches the pool holds.
        capacity: usize,
    },
    /// Undecided batches of this producer use up the verification that is there, or end the
    /// transaction that is open. The next verification begins once they are recorded.
    VerificationWaits {
        /// The producer.
        producer_id: i64,
    },
}

impl Refusal {
    /// The one Kafka code for it: the partition's, or else NOT_ENOUGH_REPLICAS(19).
    ///
    /// Nothing was written then, and every client and every coordinator that sends a marker tries
    /// again ([`crate::broker::Reason::error_code`] says the same of full memory).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::Rejected(rejection) => rejection.error_code(),
            Self::Unresolved { .. }
            | Self::ProducerBusy { .. }
            | Self::PoolFull { .. }
            | Self::VerificationWaits { .. } => ErrorCode::NOT_ENOUGH_REPLICAS,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => fmt::Display::fmt(rejection, f),
            Self::Unresolved { producer_id, which } => write!(
                f,
                "producer {producer_id}: it is not known whether undecided batch {which} is on the \
                 log"
            ),
            Self::ProducerBusy { producer_id } => {
                write!(f, "producer {producer_id}: {WINDOW_BATCHES} batches are undecided")
            }
            Self::PoolFull { capacity } => {
                write!(f, "all {capacity} entries for undecided batches are taken")
            }
            Self::VerificationWaits { producer_id } => write!(
                f,
                "producer {producer_id}: undecided batches end its transaction, and the next one \
                 is verified after them"
            ),
        }
    }
}

impl core::error::Error for Refusal {}

/// A permit that is no longer good: something has changed since the batch was admitted. Nothing was
/// changed. Nothing may be written for it; admit the batch again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StalePermit;

impl fmt::Display for StalePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something has changed since the batch was admitted: admit it again")
    }
}

impl core::error::Error for StalePermit {}

/// A ticket that names no undecided batch: it was settled before, or is another pipeline's. Nothing
/// was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUndecided(pub Ticket);

impl fmt::Display for NotUndecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ticket {} names no undecided batch of this pipeline", self.0)
    }
}

impl core::error::Error for NotUndecided {}

/// A batch that can't be recorded now. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// The ticket names no undecided batch.
    NotUndecided(NotUndecided),
    /// A batch that was begun before it is undecided. A log's offsets rise: that one is recorded
    /// or abandoned first.
    NotNext {
        /// The batch that was to be recorded.
        ticket: Ticket,
        /// The oldest undecided one.
        next: Ticket,
    },
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUndecided(unknown) => fmt::Display::fmt(unknown, f),
            Self::NotNext { ticket, next } => {
                write!(f, "undecided batch {next} comes before {ticket}")
            }
        }
    }
}

impl core::error::Error for RecordError {}
