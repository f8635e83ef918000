//! How does a transactional id get from one state to the next, durably?

use super::markers::{Completion, Ending};
use super::metadata::{LAST_CLIENT_EPOCH, Release, TransactionMetadata, TransactionRecord};
use super::refusal::{Fault, Refusal};
use super::requests::append_error;
use super::state::TransactionState::{
    self, CompleteAbort, CompleteCommit, Dead, Empty, Ongoing, PrepareAbort, PrepareCommit,
    PrepareEpochFence,
};
use crate::broker::TransactionVersion;
use crate::error_code::ErrorCode;
use crate::ids::{Epoch, Identity, NO_PRODUCER_ID, NO_TIMESTAMP, ProducerId, Timestamp};

/// A prepared transition: a record for the transaction log, and the right to apply it.
///
/// There is one for each pending transition, and it can't be copied. Write
/// [`log_value`](Self::log_value), then give it to [`TransactionMetadata::appended`] or
/// [`TransactionMetadata::append_failed`]. Dropped, it leaves the transition pending until the
/// coordinator is loaded again, as Kafka's does when an append never ends.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the transition stays pending until it is applied or taken back"]
pub struct Transit {
    pub(super) record: TransactionRecord,
    pub(super) last_epoch: i16,
    pub(super) coordinator_epoch: i32,
    pub(super) purpose: Purpose,
}

/// Who waits for a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Who it is can be told by the target.
    Request,
    /// An abort for InitProducerId, which is told to ask again.
    AbortForInit,
    /// As before, and the epoch was raised in memory.
    FenceForInit,
    /// Nobody: a transaction that took too long, or one that is loaded.
    Nobody,
    /// As before, and the epoch was raised in memory.
    FenceForNobody,
}

impl Transit {
    /// The value to write under the transactional id's key, with acks -1; `None` is a tombstone.
    ///
    /// With it go the transaction's partitions: those added, those there were in the Prepare
    /// states, none in the others.
    #[must_use]
    pub fn log_value(&self) -> Option<TransactionRecord> {
        (self.record.state != Dead).then_some(self.record)
    }
}

/// What an applied transition means to the caller.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// InitProducerId is answered with this.
    Initialized(Identity),
    /// The partitions are part of the transaction: answer NONE.
    PartitionsAdded,
    /// Answer now, then write markers.
    Ending(Ending),
    /// The transaction is over; forget its partitions.
    Completed,
    /// Forget the transactional id.
    Removed,
}

/// What a failed append means to the caller.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Failed {
    /// Nothing changed: answer this code.
    Answer(ErrorCode),
    /// All markers are written, so the completion is appended again, later.
    Retry(Transit),
    /// Another broker, or a later load, completes the transaction.
    Stop,
    /// The completion can't be written. Kafka stops here; [`TransactionMetadata::resume`] begins
    /// the markers again.
    Fatal(ErrorCode),
}

/// Producer id and epoch as they are, the fencing epoch included.
fn any_identity(record: &TransactionRecord) -> Option<Identity> {
    let id = ProducerId::new(record.producer_id)?;
    Some(Identity { id, epoch: Epoch::new(record.producer_epoch)? })
}

/// Producer id and epoch, if a client may hold them.
pub(super) fn client_identity(record: &TransactionRecord) -> Option<Identity> {
    any_identity(record).filter(|identity| identity.epoch.get() <= LAST_CLIENT_EPOCH)
}

impl TransactionMetadata {
    /// Phase one: checks the target and makes it pending (coordinator spec 5).
    pub(super) fn prepare(
        &mut self,
        target: TransactionRecord,
        last_epoch: i16,
        purpose: Purpose,
    ) -> Result<Transit, Refusal> {
        if let Some(target) = self.pending {
            return Err(Refusal::Pending { target });
        }
        self.check_target(&target)?;
        self.pending = Some(target.state);
        Ok(Transit {
            record: TransactionRecord { previous_producer_id: self.producer_id, ..target },
            last_epoch,
            coordinator_epoch: self.coordinator_epoch,
            purpose,
        })
    }

    pub(super) fn check_target(&self, target: &TransactionRecord) -> Result<(), Refusal> {
        let &TransactionRecord { producer_id, producer_epoch, state: to, .. } = target;
        let fault = if producer_id < 0 {
            Fault::NegativeProducerId { producer_id }
        } else if producer_epoch < 0 && to != Dead {
            Fault::NegativeEpoch { producer_epoch }
        } else if !self.state.may_become(to, self.release) {
            Fault::Unreachable { from: self.state, to }
        } else {
            return Ok(());
        };
        Err(Refusal::Internal(fault))
    }

    /// Phase two: the record is in the log. Applies it and says what it means.
    ///
    /// `now` is the time of the completion that follows the Prepare states.
    ///
    /// # Errors
    /// The coordinator changed meanwhile (NOT_COORDINATOR); or the transition was prepared on
    /// another transactional id. Nothing changed.
    pub fn appended(&mut self, transit: Transit, now: Timestamp) -> Result<Applied, Refusal> {
        self.check_token(&transit)?;
        if !self.is_valid(&transit) {
            return Err(Refusal::Internal(Fault::ForeignTransit));
        }
        let identity = client_identity(&transit.record);
        self.apply(&transit);
        match transit.record.state {
            Empty => {
                identity.map(Applied::Initialized).ok_or(Refusal::Internal(Fault::EpochsExhausted))
            }
            Ongoing => Ok(Applied::PartitionsAdded),
            PrepareCommit | PrepareAbort => {
                self.begin_ending(transit.purpose, now).map(Applied::Ending)
            }
            CompleteCommit | CompleteAbort => Ok(Applied::Completed),
            Dead => Ok(Applied::Removed),
            PrepareEpochFence => Err(Refusal::Internal(Fault::ForeignTransit)),
        }
    }

    /// Phase two, when the record could not be written: `code` is what the append answered.
    ///
    /// # Errors
    /// As [`appended`](Self::appended).
    pub fn append_failed(&mut self, transit: Transit, code: ErrorCode) -> Result<Failed, Refusal> {
        self.check_token(&transit)?;
        let code = append_error(code);
        if matches!(transit.record.state, CompleteCommit | CompleteAbort) {
            if code == ErrorCode::COORDINATOR_NOT_AVAILABLE {
                return Ok(Failed::Retry(transit));
            }
            self.pending = None;
            let is_moved = code == ErrorCode::NOT_COORDINATOR
                || code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
            return Ok(if is_moved { Failed::Stop } else { Failed::Fatal(code) });
        }
        self.pending = None;
        if matches!(transit.purpose, Purpose::FenceForInit | Purpose::FenceForNobody) {
            self.failed_fence = true;
        }
        Ok(Failed::Answer(code))
    }

    fn check_token(&self, transit: &Transit) -> Result<(), Refusal> {
        let (current, got) = (self.coordinator_epoch, transit.coordinator_epoch);
        if current != got {
            return Err(Refusal::CoordinatorChanged { current, got });
        }
        let is_mine = self.pending == Some(transit.record.state)
            && transit.record.previous_producer_id == self.producer_id;
        if is_mine { Ok(()) } else { Err(Refusal::Internal(Fault::ForeignTransit)) }
    }

    /// Kafka's rules at completion (coordinator spec 5), but for those of partitions.
    fn is_valid(&self, transit: &Transit) -> bool {
        let record = &transit.record;
        let is_same_producer =
            (record.producer_id, record.producer_epoch) == (self.producer_id, self.epoch);
        let is_bumping = record.client_version == TransactionVersion::V2;
        let is_same_timeout = record.timeout_ms == self.timeout_ms;
        match record.state {
            Empty => {
                let is_valid_epoch = record.producer_epoch == self.epoch
                    || Some(record.producer_epoch) == self.epoch.checked_add(1)
                    || (record.producer_epoch == 0 && record.producer_id != self.producer_id);
                is_valid_epoch && record.start == Timestamp::from_millis(NO_TIMESTAMP)
            }
            Ongoing => is_same_producer && is_same_timeout,
            PrepareCommit | PrepareAbort => {
                let is_valid_producer = if is_bumping {
                    transit.last_epoch == self.epoch && record.producer_id == self.producer_id
                } else {
                    is_same_producer
                };
                let is_valid_start = record.start == self.start || self.state != Ongoing;
                is_valid_producer && is_same_timeout && is_valid_start
            }
            CompleteCommit | CompleteAbort => {
                let last = match self.release {
                    Release::Trunk2024_10 => self.epoch,
                    Release::Kafka4_4 => self.last_epoch,
                };
                let is_valid_producer = if is_bumping && record.producer_epoch == 0 {
                    transit.last_epoch == last
                } else {
                    is_same_producer
                };
                let is_started = record.start != Timestamp::from_millis(NO_TIMESTAMP);
                is_valid_producer && is_same_timeout && is_started
            }
            Dead => true,
            PrepareEpochFence => false,
        }
    }

    fn apply(&mut self, transit: &Transit) {
        let record = &transit.record;
        let is_bumping = record.client_version == TransactionVersion::V2;
        // Kafka 4.4 takes every field; before, only those that the target is about.
        let is_all = self.release == Release::Kafka4_4;
        let is_prepare = record.state.is_ending() && is_bumping;
        let is_complete = matches!(record.state, CompleteCommit | CompleteAbort);
        let is_switch = record.state == Empty || (is_complete && is_bumping);
        if is_all || is_switch {
            self.producer_id = record.producer_id;
            self.previous_producer_id = record.previous_producer_id;
        }
        if is_all || is_switch || is_prepare {
            self.epoch = record.producer_epoch;
            self.last_epoch = transit.last_epoch;
        }
        if is_all || is_prepare || (is_complete && is_bumping) {
            self.next_producer_id = record.next_producer_id;
        }
        if is_all || record.state == Empty {
            self.timeout_ms = record.timeout_ms;
        }
        if is_all || record.state == Ongoing || is_complete {
            self.start = record.start;
        }
        self.client_version = record.client_version;
        self.last_update = record.last_update;
        self.state = record.state;
        self.pending = None;
    }

    /// Prepares the completion of a transaction whose verdict is on the log.
    pub(super) fn begin_ending(
        &mut self,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Ending, Refusal> {
        let marker = self.marker();
        let decided = self.record();
        self.failed_fence = false;
        let is_bumping = self.client_version == TransactionVersion::V2;
        let state = if self.state == PrepareCommit { CompleteCommit } else { CompleteAbort };
        let mut target = TransactionRecord {
            state,
            next_producer_id: NO_PRODUCER_ID,
            last_update: now,
            ..self.record()
        };
        if is_bumping && self.next_producer_id != NO_PRODUCER_ID {
            target.producer_id = self.next_producer_id;
            target.producer_epoch = 0;
        }
        let last_epoch = match self.release {
            Release::Trunk2024_10 => self.epoch,
            Release::Kafka4_4 => self.last_epoch,
        };
        let transit = self.prepare(target, last_epoch, Purpose::Request)?;
        let answer = match purpose {
            Purpose::AbortForInit | Purpose::FenceForInit => Err(Refusal::Aborting),
            Purpose::Request if is_bumping => Ok(match self.release {
                // At an overflow: the old producer id and an epoch that only fences (KAFKA-18660).
                Release::Trunk2024_10 => any_identity(&decided),
                Release::Kafka4_4 => client_identity(&transit.record),
            }),
            Purpose::Request | Purpose::Nobody | Purpose::FenceForNobody => Ok(None),
        };
        Ok(Ending { answer, marker, completion: Completion(transit) })
    }

    pub(super) fn check_not_pending(&self) -> Result<(), Refusal> {
        match self.pending {
            Some(target) => Err(Refusal::Pending { target }),
            None => Ok(()),
        }
    }

    /// The facts, unchanged, in another state: what a transition begins with.
    pub(super) fn towards(&self, state: TransactionState, now: Timestamp) -> TransactionRecord {
        TransactionRecord { state, last_update: now, ..self.record() }
    }
}
