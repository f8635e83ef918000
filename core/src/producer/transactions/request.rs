//! What is asked of a coordinator?

use core::fmt;

use crate::ids::{Identity, Timestamp};

/// Whose coordinator: the transactional id's, or a consumer group's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coordinator {
    /// The transaction coordinator of the producer's transactional id.
    Transaction,
    /// The coordinator of a consumer group, by the caller's handle for it.
    Group(u32),
}

/// An InitProducerId request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitProducerId {
    /// The producer id and epoch to be raised; `None` (-1 and -1 on the wire) at first.
    pub identity: Option<Identity>,
    /// `transaction.timeout.ms`.
    pub transaction_timeout_ms: i32,
}

impl InitProducerId {
    /// What a producer without a transactional id asks, of any broker (producer spec 6.1).
    pub const IDEMPOTENT: Self = Self { identity: None, transaction_timeout_ms: i32::MAX };
}

/// What the manager wants to be sent next. Strings are the caller's: the transactional id, topics,
/// groups and offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// FindCoordinator, to any broker.
    FindCoordinator(Coordinator),
    /// InitProducerId, to the transaction coordinator.
    InitProducerId(InitProducerId),
    /// AddPartitionsToTxn, to the transaction coordinator, for the partitions that
    /// [`super::TransactionManager::partitions_to_add`] lists once the request is marked as sent.
    AddPartitions {
        /// Who asks.
        identity: Identity,
    },
    /// AddOffsetsToTxn, to the transaction coordinator.
    AddOffsets {
        /// Who asks.
        identity: Identity,
        /// The caller's handle of the consumer group.
        group: u32,
    },
    /// TxnOffsetCommit, to the group's coordinator, for the offsets that the caller holds.
    TxnOffsetCommit {
        /// Who asks.
        identity: Identity,
        /// The caller's handle of the consumer group.
        group: u32,
        /// Version 5 adds the group to the transaction. Without this, send at most version 4.
        transaction_v2: bool,
    },
    /// EndTxn, to the transaction coordinator. Given out only while no batch is incomplete.
    EndTxn {
        /// Who asks.
        identity: Identity,
        /// Commit, or else abort.
        commit: bool,
        /// Version 5 raises the epoch. Without this, send at most version 4.
        transaction_v2: bool,
    },
    /// No request: nothing was added to the transaction, so a coordinator would refuse to end it.
    /// Marking this as sent ends the transaction; there is no answer.
    SkipEndTxn,
}

impl Request {
    /// Which kind of request it is; `None` where nothing goes out.
    #[must_use]
    pub const fn kind(&self) -> Option<RequestKind> {
        Some(match *self {
            Self::FindCoordinator(whose) => RequestKind::FindCoordinator(whose),
            Self::InitProducerId(_) => RequestKind::InitProducerId,
            Self::AddPartitions { .. } => RequestKind::AddPartitions,
            Self::AddOffsets { .. } => RequestKind::AddOffsets,
            Self::TxnOffsetCommit { .. } => RequestKind::TxnOffsetCommit,
            Self::EndTxn { .. } => RequestKind::EndTxn,
            Self::SkipEndTxn => return None,
        })
    }

    /// Whose coordinator must be known to send it; `None` for any broker, or none at all.
    pub(super) const fn needs(&self) -> Option<Coordinator> {
        match *self {
            Self::FindCoordinator(_) | Self::SkipEndTxn => None,
            Self::TxnOffsetCommit { group, .. } => Some(Coordinator::Group(group)),
            Self::InitProducerId(_)
            | Self::AddPartitions { .. }
            | Self::AddOffsets { .. }
            | Self::EndTxn { .. } => Some(Coordinator::Transaction),
        }
    }
}

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// FindCoordinator.
    FindCoordinator(Coordinator),
    /// InitProducerId.
    InitProducerId,
    /// AddPartitionsToTxn.
    AddPartitions,
    /// AddOffsetsToTxn.
    AddOffsets,
    /// TxnOffsetCommit.
    TxnOffsetCommit,
    /// EndTxn.
    EndTxn,
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FindCoordinator(Coordinator::Transaction) => "FindCoordinator(transaction)",
            Self::FindCoordinator(Coordinator::Group(_)) => "FindCoordinator(group)",
            Self::InitProducerId => "InitProducerId",
            Self::AddPartitions => "AddPartitionsToTxn",
            Self::AddOffsets => "AddOffsetsToTxn",
            Self::TxnOffsetCommit => "TxnOffsetCommit",
            Self::EndTxn => "EndTxn",
        })
    }
}

/// From when on a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    since: Timestamp,
    millis: u32,
}

impl Wait {
    pub(super) const NONE: Self = Self { since: Timestamp::from_millis(0), millis: 0 };

    pub(super) const fn new(since: Timestamp, millis: u32) -> Self {
        Self { since, millis }
    }

    /// A clock that was set back ends the wait: better a request too early than none for hours.
    pub(super) fn is_over(self, now: Timestamp) -> bool {
        let elapsed = now.millis_since(self.since);
        self.millis == 0 || elapsed < 0 || elapsed >= i64::from(self.millis)
    }

    /// When it is over, as seen from `now`.
    pub(super) fn end(self, now: Timestamp) -> Timestamp {
        if self.is_over(now) {
            return now;
        }
        Timestamp::from_millis(self.since.as_millis().wrapping_add(i64::from(self.millis)))
    }
}
