//! Why did a call, a batch or the producer fail, and what was called at the wrong time?

use core::fmt;

use super::manager::Call;
use super::request::RequestKind;
use super::state::State;
use crate::error_code::ErrorCode;

/// Why the transaction or the producer can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// What failed.
    pub cause: Cause,
    /// The Kafka code it failed with.
    pub code: ErrorCode,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A request was answered with the code.
    Answer(RequestKind),
    /// TxnOffsetCommit was answered with a code that says that the consumer is no longer the
    /// group's member it says it is.
    GroupMetadata,
    /// A partition could not be added within [`super::Config::unknown_partition_ms`].
    UnknownPartition,
    /// A batch, or the call to send one, failed with the code.
    Batch,
    /// A numbered batch failed, and the coordinator is too old to raise the epoch: to go on would
    /// use its sequence numbers twice.
    CannotBump,
    /// An answer of InitProducerId or EndTxn without error named an identity that is none, or one
    /// that does not follow the present one.
    Identity(RequestKind),
    /// The application aborts the transaction.
    Aborted,
    /// The caller gave the producer up.
    GivenUp,
}

impl Failure {
    pub(super) const fn new(cause: Cause, code: ErrorCode) -> Self {
        Self { cause, code }
    }

    /// The code that stands for it to the user, as Kafka's client chooses the exception.
    ///
    /// INVALID_PRODUCER_EPOCH(47) of a coordinator means PRODUCER_FENCED(90) (KAFKA-10687). A batch
    /// that ran out of retries, or met INVALID_TXN_STATE(48), means TRANSACTION_ABORTABLE(120)
    /// (KIP-1050).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match (self.cause, self.code) {
            (Cause::Answer(_), ErrorCode::INVALID_PRODUCER_EPOCH) => ErrorCode::PRODUCER_FENCED,
            (Cause::Batch, ErrorCode::INVALID_TXN_STATE) => ErrorCode::TRANSACTION_ABORTABLE,
            (Cause::Batch, code) if code.is_retriable() => ErrorCode::TRANSACTION_ABORTABLE,
            (_, code) => code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code;
        match self.cause {
            Cause::Answer(kind) => write!(f, "{kind} was answered with {code}"),
            Cause::GroupMetadata => {
                write!(f, "the consumer group takes no offsets from this member: {code}")
            }
            Cause::UnknownPartition => {
                write!(f, "a partition could not be added to the transaction in time: {code}")
            }
            Cause::Batch => write!(f, "a batch failed with {code}"),
            Cause::CannotBump => write!(
                f,
                "a batch failed with {code}, and the coordinator is too old to raise the epoch"
            ),
            Cause::Identity(kind) => {
                write!(f, "{kind} was answered with a producer id and epoch that can't follow")
            }
            Cause::Aborted => f.write_str("the transaction is being aborted"),
            Cause::GivenUp => write!(f, "the producer was given up: {code}"),
        }
    }
}

impl core::error::Error for Failure {}

/// A call of the application that does not fit. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The result of an earlier call was not acknowledged yet (producer spec 14.4).
    Unacknowledged(Call),
    /// The transaction, or the producer, has failed.
    Failed(Failure),
    /// The call belongs into another state.
    State(State),
    /// There is no memory for this partition.
    UnknownPartition {
        /// The caller's index.
        partition: u32,
    },
    /// The offsets of a group are still being sent; there is room for one group at a time.
    OffsetsPending {
        /// The caller's handle of that group.
        group: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unacknowledged(call) => {
                write!(f, "the result of {call} must be acknowledged first")
            }
            Self::Failed(failure) => write!(f, "the producer is in an error: {failure}"),
            Self::State(state) => write!(f, "not allowed while the producer is {state}"),
            Self::UnknownPartition { partition } => {
                write!(f, "there is no memory for partition {partition}")
            }
            Self::OffsetsPending { group } => {
                write!(f, "the offsets of group {group} are still being sent")
            }
        }
    }
}

impl core::error::Error for Refusal {}

/// Something from outside that does not fit. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unexpected {
    /// No request is in flight: the answer was handled before, or never asked for.
    NothingInFlight,
    /// Another request is in flight than the one answered, or than the one to be sent.
    InFlight {
        /// Its kind.
        kind: RequestKind,
        /// Its correlation id.
        correlation_id: i32,
    },
    /// The request is not what `poll_request` asks for.
    NotAsked,
    /// A batch failed, and there is no transaction it could belong to.
    NoTransaction(State),
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingInFlight => f.write_str("no request is in flight"),
            Self::InFlight { kind, correlation_id } => {
                write!(f, "{kind} with correlation id {correlation_id} is in flight")
            }
            Self::NotAsked => f.write_str("this request is not asked for"),
            Self::NoTransaction(state) => {
                write!(f, "a batch failed while the producer is {state}")
            }
        }
    }
}

impl core::error::Error for Unexpected {}
