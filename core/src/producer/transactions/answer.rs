//! What does an answer's code mean? The tables of producer spec 6.1 and 16, as Kafka 4.4.0 has
//! them.

use crate::error_code::ErrorCode;
use crate::ids::{Epoch, Identity, NO_PRODUCER_ID, ProducerId};

/// Whether the producer has a transactional id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// No transactional id: any broker gives a producer id, and there are no coordinators.
    Idempotent,
    /// With a transactional id.
    Transactional,
}

/// What to do after an answer to InitProducerId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityStep {
    /// Take the identity; its sequences begin at 0.
    Adopt,
    /// Look the transaction coordinator up, then ask again.
    FindCoordinator,
    /// Ask again, after the backoff.
    Retry,
    /// Fail what waits for the identity; a later call may ask again (KAFKA-13668).
    Unauthorized,
    /// Fail the call; the application aborts and goes on.
    Abortable,
    /// Another producer has taken over the transactional id: fatal, as PRODUCER_FENCED.
    Fenced,
    /// Fatal, with the code.
    Fatal,
}

/// What to do after an answer to InitProducerId (producer spec 6.1, 6.2). O(1).
///
/// Two rows of an idempotent producer differ from Kafka's client: NOT_COORDINATOR and
/// COORDINATOR_NOT_AVAILABLE just ask again, where Kafka's looks up a coordinator without a name;
/// and TRANSACTION_ABORTABLE is fatal, where Kafka's can neither abort nor go on.
#[must_use]
pub const fn identity_answer(code: ErrorCode, mode: Mode) -> IdentityStep {
    match (code, mode) {
        (ErrorCode::NONE, _) => IdentityStep::Adopt,
        (
            ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::NOT_COORDINATOR,
            Mode::Transactional,
        ) => IdentityStep::FindCoordinator,
        (
            ErrorCode::CLUSTER_AUTHORIZATION_FAILED
            | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            _,
        ) => IdentityStep::Unauthorized,
        (ErrorCode::INVALID_PRODUCER_EPOCH | ErrorCode::PRODUCER_FENCED, _) => IdentityStep::Fenced,
        (ErrorCode::TRANSACTION_ABORTABLE, Mode::Transactional) => IdentityStep::Abortable,
        (code, _) if code.is_retriable() => IdentityStep::Retry,
        _ => IdentityStep::Fatal,
    }
}

/// An answer that may name a producer id and epoch, of InitProducerId or EndTxn, as it stands on
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdentityAnswer {
    /// The error code.
    pub code: ErrorCode,
    /// The producer id, -1 for none (EndTxn before version 5, and every error).
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
}

impl IdentityAnswer {
    /// An answer that names an identity.
    #[must_use]
    pub const fn of(identity: Identity) -> Self {
        Self {
            code: ErrorCode::NONE,
            producer_id: identity.id.get(),
            producer_epoch: identity.epoch.get(),
        }
    }

    /// An answer with this code and no identity.
    #[must_use]
    pub const fn code(code: ErrorCode) -> Self {
        Self { code, producer_id: NO_PRODUCER_ID, producer_epoch: -1 }
    }

    /// The identity it names; `None` if one of the numbers is negative.
    #[must_use]
    pub const fn identity(&self) -> Option<Identity> {
        match (ProducerId::new(self.producer_id), Epoch::new(self.producer_epoch)) {
            (Some(id), Some(epoch)) => Some(Identity { id, epoch }),
            _ => None,
        }
    }
}

/// What an answer means. In order of weight: of the codes of several partitions the heaviest
/// decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    Done,
    /// Not tried, because another partition failed.
    NotAttempted,
    /// Could not be added.
    PartitionError,
    TopicUnauthorized,
    Retry,
    FindCoordinator,
    Abortable,
    GroupMetadata,
    AbortableOrFatal,
    Fatal,
}

/// The rows that all answers of coordinators share.
const fn shared(code: ErrorCode) -> Verdict {
    match code {
        ErrorCode::NONE => Verdict::Done,
        ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::NOT_COORDINATOR => {
            Verdict::FindCoordinator
        }
        ErrorCode::TRANSACTION_ABORTABLE => Verdict::Abortable,
        code if code.is_retriable() => Verdict::Retry,
        _ => Verdict::Fatal,
    }
}

pub(super) const fn find_coordinator(code: ErrorCode) -> Verdict {
    match code {
        ErrorCode::GROUP_AUTHORIZATION_FAILED => Verdict::Abortable,
        ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::NOT_COORDINATOR => Verdict::Retry,
        code => shared(code),
    }
}

pub(super) const fn add_partition(code: ErrorCode) -> Verdict {
    match code {
        ErrorCode::INVALID_PRODUCER_EPOCH
        | ErrorCode::PRODUCER_FENCED
        | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | ErrorCode::INVALID_TXN_STATE
        | ErrorCode::INVALID_PRODUCER_ID_MAPPING => Verdict::Fatal,
        ErrorCode::UNKNOWN_PRODUCER_ID => Verdict::AbortableOrFatal,
        ErrorCode::TOPIC_AUTHORIZATION_FAILED => Verdict::TopicUnauthorized,
        ErrorCode::OPERATION_NOT_ATTEMPTED => Verdict::NotAttempted,
        code => match shared(code) {
            Verdict::Fatal => Verdict::PartitionError,
            verdict => verdict,
        },
    }
}

pub(super) const fn add_offsets(code: ErrorCode) -> Verdict {
    match code {
        ErrorCode::UNKNOWN_PRODUCER_ID => Verdict::AbortableOrFatal,
        ErrorCode::GROUP_AUTHORIZATION_FAILED => Verdict::Abortable,
        code => shared(code),
    }
}

pub(super) const fn txn_offset_commit(code: ErrorCode) -> Verdict {
    match code {
        ErrorCode::REQUEST_TIMED_OUT => Verdict::FindCoordinator,
        ErrorCode::GROUP_AUTHORIZATION_FAILED | ErrorCode::FENCED_INSTANCE_ID => Verdict::Abortable,
        ErrorCode::UNKNOWN_MEMBER_ID
        | ErrorCode::ILLEGAL_GENERATION
        | ErrorCode::GROUP_ID_NOT_FOUND
        | ErrorCode::STALE_MEMBER_EPOCH => Verdict::GroupMetadata,
        code => shared(code),
    }
}

/// An abort that the coordinator wants aborted, or whose producer it does not know, can't be helped
/// by another abort.
pub(super) const fn end_txn(code: ErrorCode, commit: bool) -> Verdict {
    match code {
        ErrorCode::UNKNOWN_PRODUCER_ID if commit => Verdict::AbortableOrFatal,
        ErrorCode::TRANSACTION_ABORTABLE if !commit => Verdict::Fatal,
        code => shared(code),
    }
}
