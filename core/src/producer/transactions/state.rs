//! In which state is a transactional producer, and where may it go from there?

use core::fmt;

/// The state of a transactional producer, as Kafka's client names them (producer spec 4).
///
/// The states of two-phase commit (KIP-939, Kafka 4.1) are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No producer id was asked for, or the request was not authorized.
    Uninitialized,
    /// InitProducerId is asked for: the first one, or the one that raises the epoch.
    Initializing,
    /// Between transactions.
    Ready,
    /// In a transaction.
    InTransaction,
    /// The application commits.
    Committing,
    /// The application aborts.
    Aborting,
    /// The transaction must be aborted; then the producer can go on.
    AbortableError,
    /// Nothing more can be done with this producer.
    FatalError,
}

impl State {
    /// Whether Kafka's client allows the step from this state to `target`.
    ///
    /// Entering [`State::Initializing`] from [`State::Committing`] is allowed since Kafka 4.0
    /// (KIP-890).
    #[must_use]
    pub const fn may_become(self, target: Self) -> bool {
        match target {
            Self::Uninitialized => matches!(self, Self::Ready | Self::AbortableError),
            Self::Initializing => {
                matches!(self, Self::Uninitialized | Self::Committing | Self::Aborting)
            }
            Self::Ready => matches!(self, Self::Initializing | Self::Committing | Self::Aborting),
            Self::InTransaction => matches!(self, Self::Ready),
            Self::Committing => matches!(self, Self::InTransaction),
            Self::Aborting => matches!(self, Self::InTransaction | Self::AbortableError),
            Self::AbortableError => matches!(
                self,
                Self::InTransaction | Self::Committing | Self::AbortableError | Self::Initializing
            ),
            Self::FatalError => true,
        }
    }

    /// Whether the transaction is being committed or aborted.
    #[must_use]
    pub const fn is_completing(self) -> bool {
        matches!(self, Self::Committing | Self::Aborting)
    }

    /// Whether the producer is in one of the two error states.
    #[must_use]
    pub const fn has_error(self) -> bool {
        matches!(self, Self::AbortableError | Self::FatalError)
    }

    /// Whether there is a transaction that must still be ended.
    #[must_use]
    pub const fn is_ongoing(self) -> bool {
        matches!(self, Self::InTransaction | Self::AbortableError) || self.is_completing()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uninitialized => "uninitialized",
            Self::Initializing => "initializing",
            Self::Ready => "ready",
            Self::InTransaction => "in a transaction",
            Self::Committing => "committing",
            Self::Aborting => "aborting",
            Self::AbortableError => "in an abortable error",
            Self::FatalError => "in a fatal error",
        })
    }
}
