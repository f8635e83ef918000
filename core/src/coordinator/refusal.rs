//! Why did the coordinator refuse?

use core::fmt;

use super::TransactionState;
use crate::error_code::ErrorCode;
use crate::wire::MarkerKind;

/// What was refused and why. Each has one Kafka code and one section of the coordinator spec.
///
/// The look-up's refusals (`Loading`, `NotCoordinator`, `UnknownTransactionalId`) and the
/// authorizer's are the caller's to raise: it owns the ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A transactional id is needed, and there is none or an empty one (spec 6.1, 7, 8).
    NoTransactionalId,
    /// Exactly one of expected producer id and epoch is -1 (spec 3).
    HalfExpectation {
        /// The producer id of the request.
        producer_id: i64,
        /// The epoch of the request.
        producer_epoch: i16,
    },
    /// The transaction timeout is not positive, or above the broker's maximum (spec 6.2).
    TimeoutOutOfRange {
        /// The request's, in milliseconds.
        timeout_ms: i32,
        /// `transaction.max.timeout.ms`.
        max_timeout_ms: i32,
    },
    /// The authorizer said no.
    NotAuthorized(Resource),
    /// The id's coordinator partition is being loaded (spec 10).
    Loading,
    /// Another broker coordinates this id.
    NotCoordinator,
    /// The coordinator changed while the record was being written (spec 8).
    CoordinatorChanged {
        /// The coordinator epoch now.
        current: i32,
        /// The one the record was written under.
        got: i32,
    },
    /// Nothing is known of this transactional id (spec 7, 8).
    UnknownTransactionalId,
    /// The transactional id belongs to another producer id (spec 7, 8).
    OtherProducer {
        /// The producer id it has.
        current: i64,
        /// The request's.
        got: i64,
    },
    /// The expected producer id is neither the current nor the one before it (spec 6.5).
    FencedProducer {
        /// The producer id the transactional id has.
        current: i64,
        /// The request's.
        got: i64,
    },
    /// The epoch is not the current one (spec 6, 7, 8).
    Fenced {
        /// The epoch the producer has.
        current: i16,
        /// The request's.
        got: i16,
    },
    /// A transition is being written to the log (spec 6.4).
    Pending {
        /// The state it leads to.
        target: TransactionState,
    },
    /// The last transaction is decided, but its markers are not all written (spec 6, 7, 8).
    Ending {
        /// Which verdict.
        state: TransactionState,
    },
    /// The producer's running transaction was just aborted: InitProducerId is asked again (spec 6).
    Aborting,
    /// There is no transaction to end so (spec 8).
    InvalidState {
        /// The state of the transactional id.
        state: TransactionState,
        /// What was asked.
        verdict: MarkerKind,
    },
    /// The partition is not part of the running transaction (spec 7).
    NotInTransaction,
    /// A new producer id was needed, and there was none (spec 6a, 8a). The code is its source's.
    NoProducerId {
        /// Why there was none.
        code: ErrorCode,
    },
    /// What Kafka raises an internal error for.
    Internal(Fault),
}

/// What the authorizer guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Idempotent writes to the cluster, or writes to any topic of it.
    Cluster,
    /// The transactional id.
    TransactionalId,
    /// A topic.
    Topic,
    /// A consumer group.
    Group,
}

/// A state that no order of requests leads to, or a value that was put together wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No transition leads from the state to the target (spec 5).
    Unreachable {
        /// The state.
        from: TransactionState,
        /// The target.
        to: TransactionState,
    },
    /// The producer id is negative: the loaded record was wrong.
    NegativeProducerId {
        /// The number.
        producer_id: i64,
    },
    /// The epoch is negative: the loaded record was wrong.
    NegativeEpoch {
        /// The number.
        producer_epoch: i16,
    },
    /// There is no epoch after 32767 (KAFKA-20090).
    EpochsExhausted,
    /// The new producer id is the old one.
    SameProducerId {
        /// The number.
        producer_id: i64,
    },
    /// The transition was prepared on another transactional id, or for another state (spec 5).
    ForeignTransit,
}

impl Refusal {
    /// The one Kafka code for it, before any downgrade ([`super::Api::downgrade`]).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::NoTransactionalId | Self::HalfExpectation { .. } => ErrorCode::INVALID_REQUEST,
            Self::TimeoutOutOfRange { .. } => ErrorCode::INVALID_TRANSACTION_TIMEOUT,
            Self::NotAuthorized(resource) => resource.error_code(),
            Self::Loading => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
            Self::NotCoordinator | Self::CoordinatorChanged { .. } => ErrorCode::NOT_COORDINATOR,
            Self::UnknownTransactionalId | Self::OtherProducer { .. } => {
                ErrorCode::INVALID_PRODUCER_ID_MAPPING
            }
            Self::FencedProducer { .. } | Self::Fenced { .. } => ErrorCode::PRODUCER_FENCED,
            Self::Pending { .. } | Self::Ending { .. } | Self::Aborting => {
                ErrorCode::CONCURRENT_TRANSACTIONS
            }
            Self::InvalidState { .. } => ErrorCode::INVALID_TXN_STATE,
            Self::NotInTransaction => ErrorCode::TRANSACTION_ABORTABLE,
            Self::NoProducerId { code } => *code,
            Self::Internal(_) => ErrorCode::UNKNOWN_SERVER_ERROR,
        }
    }

    /// The section of the coordinator spec that decided.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::HalfExpectation { .. } | Self::NotAuthorized(_) => "coordinator spec 3, 6, 7",
            Self::NoTransactionalId | Self::TimeoutOutOfRange { .. } | Self::Aborting => {
                "coordinator spec 6"
            }
            Self::FencedProducer { .. } | Self::Fenced { .. } => "coordinator spec 6, 7, 8",
            Self::NotInTransaction => "coordinator spec 7",
            Self::UnknownTransactionalId | Self::OtherProducer { .. } => "coordinator spec 7, 8",
            Self::InvalidState { .. } | Self::CoordinatorChanged { .. } => "coordinator spec 8",
            Self::Loading | Self::NotCoordinator => "coordinator spec 10",
            Self::NoProducerId { .. } => "coordinator spec 2",
            Self::Pending { .. } | Self::Ending { .. } | Self::Internal(_) => "coordinator spec 5",
        }
    }
}

impl Resource {
    /// The code that tells a client that it may not.
    #[must_use]
    pub const fn error_code(self) -> ErrorCode {
        match self {
            Self::Cluster => ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
            Self::TransactionalId => ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            Self::Topic => ErrorCode::TOPIC_AUTHORIZATION_FAILED,
            Self::Group => ErrorCode::GROUP_AUTHORIZATION_FAILED,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoTransactionalId => f.write_str("the transactional id is empty")?,
            Self::HalfExpectation { producer_id, producer_epoch } => write!(
                f,
                "producer id {producer_id} with epoch {producer_epoch}: both are -1 or neither is"
            )?,
            Self::TimeoutOutOfRange { timeout_ms, max_timeout_ms } => write!(
                f,
                "the transaction timeout is {timeout_ms} ms, allowed are 1 to {max_timeout_ms}"
            )?,
            Self::NotAuthorized(resource) => write!(f, "not authorized: {resource}")?,
            Self::Loading => f.write_str("the coordinator is loading")?,
            Self::NotCoordinator => f.write_str("another broker is the coordinator")?,
            Self::CoordinatorChanged { current, got } => {
                write!(f, "written under coordinator epoch {got}, and now it is {current}")?;
            }
            Self::UnknownTransactionalId => f.write_str("the transactional id is not known")?,
            Self::OtherProducer { current, got } => {
                write!(f, "the transactional id belongs to producer {current}, not {got}")?;
            }
            Self::FencedProducer { current, got } => {
                write!(f, "producer {got} is fenced: producer {current} has taken over")?;
            }
            Self::Fenced { current, got } => {
                write!(f, "epoch {got} is fenced: the current one is {current}")?;
            }
            Self::Pending { target } => {
                write!(f, "the transition to {target} is being written")?;
            }
            Self::Ending { state } => write!(f, "the markers of {state} are being written")?,
            Self::Aborting => f.write_str("the running transaction is being aborted")?,
            Self::InvalidState { state, verdict } => {
                write!(f, "{verdict:?} asked in state {state}")?;
            }
            Self::NotInTransaction => f.write_str("the partition is not in the transaction")?,
            Self::NoProducerId { code } => write!(f, "no new producer id: {code}")?,
            Self::Internal(fault) => write!(f, "{fault}")?,
        }
        write!(f, " ({})", self.rule())
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cluster => "idempotent writes",
            Self::TransactionalId => "the transactional id",
            Self::Topic => "the topic",
            Self::Group => "the group",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Unreachable { from, to } => write!(f, "no transition leads from {from} to {to}"),
            Self::NegativeProducerId { producer_id } => {
                write!(f, "the producer id is negative: {producer_id}")
            }
            Self::NegativeEpoch { producer_epoch } => {
                write!(f, "the epoch is negative: {producer_epoch}")
            }
            Self::EpochsExhausted => f.write_str("there is no epoch after 32767"),
            Self::SameProducerId { producer_id } => {
                write!(f, "the new producer id is the old one: {producer_id}")
            }
            Self::ForeignTransit => {
                f.write_str("the transition was prepared on another transactional id or state")
            }
        }
    }
}

impl core::error::Error for Refusal {}
