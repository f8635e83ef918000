//! Which producer id and epoch does InitProducerId answer?

use super::metadata::Release;
use super::metadata::{
    LAST_CLIENT_EPOCH, TransactionMetadata, TransactionRecord, is_epoch_exhausted,
};
use super::refusal::{Fault, Refusal};
use super::state::TransactionState::{
    CompleteAbort, CompleteCommit, Dead, Empty, Ongoing, PrepareAbort, PrepareCommit,
    PrepareEpochFence,
};
use super::transit::{Purpose, Transit};
use crate::broker::TransactionVersion;
use crate::error_code::ErrorCode;
use crate::ids::{
    Epoch, Identity, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_TIMESTAMP, ProducerId, Timestamp,
};

/// The producer id and epoch that a client thinks it has (KIP-360).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expected {
    producer_id: i64,
    producer_epoch: i16,
}

impl Expected {
    /// What the fields of the request say: -1 and -1 for no expectation (coordinator spec 3).
    ///
    /// # Errors
    /// INVALID_REQUEST if exactly one of them is -1.
    pub const fn parse(producer_id: i64, producer_epoch: i16) -> Result<Option<Self>, Refusal> {
        match (producer_id, producer_epoch) {
            (NO_PRODUCER_ID, NO_PRODUCER_EPOCH) => Ok(None),
            (NO_PRODUCER_ID, _) | (_, NO_PRODUCER_EPOCH) => {
                Err(Refusal::HalfExpectation { producer_id, producer_epoch })
            }
            _ => Ok(Some(Self { producer_id, producer_epoch })),
        }
    }

    /// The producer id; any number but -1.
    #[must_use]
    pub const fn producer_id(&self) -> i64 {
        self.producer_id
    }

    /// The epoch; any number but -1.
    #[must_use]
    pub const fn producer_epoch(&self) -> i16 {
        self.producer_epoch
    }
}

/// An InitProducerId that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitProducerId {
    timeout_ms: i32,
    expected: Option<Expected>,
}

impl InitProducerId {
    /// For a transactional id (coordinator spec 6). `max_timeout_ms` is the broker's
    /// `transaction.max.timeout.ms`, 900000 if not said.
    ///
    /// # Errors
    /// INVALID_TRANSACTION_TIMEOUT for a timeout that is not positive, or above the maximum.
    pub const fn new(
        timeout_ms: i32,
        max_timeout_ms: i32,
        expected: Option<Expected>,
    ) -> Result<Self, Refusal> {
        if timeout_ms <= 0 || timeout_ms > max_timeout_ms {
            return Err(Refusal::TimeoutOutOfRange { timeout_ms, max_timeout_ms });
        }
        Ok(Self { timeout_ms, expected })
    }

    /// For a producer without a transactional id: a fresh id with epoch 0, whatever timeout and
    /// expectation the request has (coordinator spec 3).
    ///
    /// # Errors
    /// Half an expectation; or `new_id`'s error.
    pub fn idempotent(
        producer_id: i64,
        producer_epoch: i16,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
    ) -> Result<Identity, Refusal> {
        Expected::parse(producer_id, producer_epoch)?;
        let id = new_id().map_err(|code| Refusal::NoProducerId { code })?;
        Ok(Identity { id, epoch: Epoch::ZERO })
    }

    /// The client's transaction timeout in milliseconds, `1 ..`.
    #[must_use]
    pub const fn timeout_ms(&self) -> i32 {
        self.timeout_ms
    }

    /// What the client thinks it has.
    #[must_use]
    pub const fn expected(&self) -> Option<Expected> {
        self.expected
    }
}

impl TransactionMetadata {
    /// Gives the transactional id's producer its next epoch, or a new producer id when the epochs
    /// are used up; or aborts its running transaction (coordinator spec 6).
    ///
    /// When the transition is applied it is [`Applied::Initialized`](super::Applied), with the
    /// answer, or [`Applied::Ending`](super::Applied) for an aborted transaction, whose answer is
    /// CONCURRENT_TRANSACTIONS. `server` is the cluster's transaction version; `new_id` gives a
    /// fresh producer id and is called at most once.
    ///
    /// # Errors
    /// A transition pending, or markers outstanding (51); an expectation that is fenced (90);
    /// `new_id`'s error.
    pub fn init_producer_id(
        &mut self,
        request: &InitProducerId,
        server: TransactionVersion,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
        now: Timestamp,
    ) -> Result<Transit, Refusal> {
        self.check_not_pending()?;
        if let Some(expected) = request.expected {
            self.check_expected(expected)?;
        }
        match self.state {
            PrepareCommit | PrepareAbort => Err(Refusal::Ending { state: self.state }),
            Ongoing => self.abort_from_server(Purpose::AbortForInit, server, new_id, now),
            Dead | PrepareEpochFence => {
                Err(Refusal::Internal(Fault::Unreachable { from: self.state, to: Empty }))
            }
            Empty | CompleteCommit | CompleteAbort => self.initialize(request, new_id, now),
        }
    }

    /// Only the producer **id** decides here. So a zombie with the right id and any epoch aborts a
    /// newer producer's transaction, and is told that it is fenced the next time (coordinator
    /// spec 16, as Kafka does).
    fn check_expected(&self, expected: Expected) -> Result<(), Refusal> {
        let Expected { producer_id: got, producer_epoch } = expected;
        let is_previous = got == self.previous_producer_id && is_epoch_exhausted(producer_epoch);
        if self.epoch == NO_PRODUCER_EPOCH || got == self.producer_id || is_previous {
            return Ok(());
        }
        Err(Refusal::FencedProducer { current: self.producer_id, got })
    }

    fn initialize(
        &mut self,
        request: &InitProducerId,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
        now: Timestamp,
    ) -> Result<Transit, Refusal> {
        let expected = request.expected.map(|expected| expected.producer_epoch);
        let is_current = expected.is_none_or(|epoch| epoch == self.epoch);
        let (producer_id, producer_epoch, last_epoch) =
            if is_epoch_exhausted(self.epoch) && is_current {
                let last = if expected.is_some() { self.epoch } else { NO_PRODUCER_EPOCH };
                (self.other_id(new_id)?, 0, last)
            } else {
                let (epoch, last) = self.increment(expected)?;
                (self.producer_id, epoch, last)
            };
        let target = TransactionRecord {
            producer_id,
            producer_epoch,
            timeout_ms: request.timeout_ms,
            start: Timestamp::from_millis(NO_TIMESTAMP),
            client_version: match self.release {
                Release::Trunk2024_10 => TransactionVersion::V0,
                Release::Kafka4_4 => self.client_version,
            },
            ..self.towards(Empty, now)
        };
        self.prepare(target, last_epoch, Purpose::Request)
    }

    /// The next epoch, and the one that may then be retried from.
    ///
    /// Kafka raises an internal error at an exhausted epoch before it looks at the expectation. We
    /// look: a retry whose answer was lost is answered again, anyone else is fenced.
    fn increment(&self, expected: Option<i16>) -> Result<(i16, i16), Refusal> {
        let next = self.epoch.checked_add(1).filter(|next| *next <= LAST_CLIENT_EPOCH);
        match (expected, next) {
            (None, Some(next)) => Ok((next, NO_PRODUCER_EPOCH)),
            (Some(got), Some(next)) if self.epoch == NO_PRODUCER_EPOCH || got == self.epoch => {
                Ok((next, self.epoch))
            }
            (Some(got), _) if got == self.last_epoch => Ok((self.epoch, self.last_epoch)),
            (Some(got), _) => Err(Refusal::Fenced { current: self.epoch, got }),
            (None, None) => Err(Refusal::Internal(Fault::EpochsExhausted)),
        }
    }

    /// A producer id that is not the one there is: with epoch 0 again, that one would come back to
    /// life.
    pub(super) fn other_id(
        &self,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
    ) -> Result<i64, Refusal> {
        let producer_id = new_id().map_err(|code| Refusal::NoProducerId { code })?.get();
        if producer_id == self.producer_id {
            return Err(Refusal::Internal(Fault::SameProducerId { producer_id }));
        }
        Ok(producer_id)
    }
}
