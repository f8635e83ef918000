//! How did a batch end, and what must the caller be told?

use core::fmt;

use super::batch::BatchId;
use crate::error_code::ErrorCode;
use crate::ids::Sequence;

/// How a batch ended. The words are earned: *written* was acknowledged, *not written* is proven by
/// the answer to every sending (resolve spec V1), and everything else is *possibly written*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// On the log, once, with all replicas that `acks=all` asks for.
    Written {
        /// The offset of its first record. `None` where a later batch's acknowledgement, or a
        /// duplicate's answer without an offset, decided it (V4).
        base_offset: Option<i64>,
    },
    /// Nothing of it is on the log, and nothing of it will come there. It may be sent anew.
    NotWritten(Cause),
    /// It may be on the log, now or later. Sent anew it may stand there twice: the caller chooses.
    PossiblyWritten(Cause),
}

/// Why a batch was not, or only possibly, written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The broker answered with this code, and it is not one to try again.
    Refused(ErrorCode),
    /// `delivery.timeout.ms` is over.
    DeliveryTimeout,
    /// It was sent `retries` times again.
    RetriesExhausted(ErrorCode),
    /// The broker may have forgotten the producer id by now: sent again, the batch could be
    /// appended a second time (S2).
    ProducerIdExpired,
    /// The broker does not know the producer any more (V2).
    StateLost,
    /// The log lost a batch that it had acknowledged (V2).
    AckedLost,
    /// A batch before it was not written, so the broker refuses it however often it is sent; an
    /// earlier sending of it was never answered.
    BehindGap,
    /// A later batch of the same numbering was appended without it: the broker had forgotten the
    /// producer in between. Nothing of it was written, and sent now it would come out of order.
    Overtaken,
    /// The transaction that it belongs to can only be aborted.
    Aborted,
    /// The caller gave it up.
    GivenUp,
    /// The producer as a whole can't go on.
    Fatal(Fatal),
}

/// Why a producer can't go on under its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fatal {
    /// A higher epoch of this producer id is in use: another instance has taken over (S5). It must
    /// not be answered by a bump.
    Fenced,
    /// Somebody else writes under this very id and epoch (V2, V5).
    IdentityConflict,
    /// The broker or coordinator said so.
    Refused(ErrorCode),
}

/// A verdict, and the batch it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The batch.
    pub batch: BatchId,
    /// How it ended.
    pub verdict: Verdict,
}

/// What an operator must hear of, beside the verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The broker has forgotten this producer on this partition, or all that was acknowledged is
    /// deleted and it knows the producer by an older batch only: a late copy, which it took for the
    /// first. What was undecided ended as *possibly written*.
    StateLost,
    /// Twice, the second time after a refresh of the metadata, the partition's leader named a last
    /// sequence older than one that was acknowledged: acknowledged records are gone (an unclean
    /// election, or a log that was truncated), unless a leader of yesterday was the only one to
    /// answer, or retention deleted them, the broker forgot the producer with them and took a late
    /// copy for its first batch. The second is told as [`Notice::StateLost`] where the producer has
    /// heard that the log begins behind them.
    AckedLost {
        /// The last sequence it acknowledged.
        acknowledged: Sequence,
        /// The last sequence it names now, -1 for none.
        found: i32,
    },
    /// Somebody else writes under this identity.
    IdentityConflict {
        /// The last sequence the broker names, -1 if it was a duplicate answer that showed it.
        found: i32,
    },
}

impl Cause {
    /// The Kafka code that a client shows its user, and that
    /// [`super::transactions::TransactionManager::handle_batch_failed`] takes.
    #[must_use]
    pub const fn error_code(self) -> ErrorCode {
        match self {
            Self::Refused(code)
            | Self::RetriesExhausted(code)
            | Self::Fatal(Fatal::Refused(code)) => code,
            Self::DeliveryTimeout | Self::ProducerIdExpired | Self::GivenUp => {
                ErrorCode::REQUEST_TIMED_OUT
            }
            Self::StateLost => ErrorCode::UNKNOWN_PRODUCER_ID,
            Self::AckedLost | Self::BehindGap | Self::Overtaken => {
                ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
            }
            Self::Aborted => ErrorCode::TRANSACTION_ABORTABLE,
            Self::Fatal(Fatal::Fenced | Fatal::IdentityConflict) => {
                ErrorCode::INVALID_PRODUCER_EPOCH
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "the broker answered {code}"),
            Self::DeliveryTimeout => f.write_str("delivery.timeout.ms is over"),
            Self::RetriesExhausted(code) => write!(f, "no retries are left, the last got {code}"),
            Self::ProducerIdExpired => f.write_str(
                "the broker may have forgotten the producer id: sending again is unsafe",
            ),
            Self::StateLost => f.write_str("the broker has forgotten the producer"),
            Self::AckedLost => f.write_str("the log lost acknowledged records"),
            Self::BehindGap => f.write_str("a batch before it was not written"),
            Self::Overtaken => f.write_str("a later batch was appended without it"),
            Self::Aborted => f.write_str("its transaction must be aborted"),
            Self::GivenUp => f.write_str("the caller gave it up"),
            Self::Fatal(fatal) => fatal.fmt(f),
        }
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced => f.write_str("a newer instance with a higher epoch has taken over"),
            Self::IdentityConflict => {
                f.write_str("somebody else writes under this producer id and epoch")
            }
            Self::Refused(code) => write!(f, "the producer can't go on after {code}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { base_offset: Some(offset) } => write!(f, "written at offset {offset}"),
            Self::Written { base_offset: None } => f.write_str("written, at an unknown offset"),
            Self::NotWritten(cause) => write!(f, "not written: {cause}"),
            Self::PossiblyWritten(cause) => write!(f, "possibly written: {cause}"),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateLost => f.write_str("the broker has forgotten this producer"),
            Self::AckedLost { acknowledged, found } => write!(
                f,
                "acknowledged records are missing: sequence {acknowledged} was acknowledged, \
                 the leader's last is {found}"
            ),
            Self::IdentityConflict { found } => {
                write!(f, "somebody else writes under this identity (last sequence {found})")
            }
        }
    }
}
