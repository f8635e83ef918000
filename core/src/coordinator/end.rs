//! May this transaction be committed or aborted now?

use super::metadata::{
    LAST_CLIENT_EPOCH, Release, TransactionMetadata, TransactionRecord, is_epoch_exhausted,
};
use super::refusal::{Fault, Refusal};
use super::state::TransactionState::{
    CompleteAbort, CompleteCommit, Dead, Empty, Ongoing, PrepareAbort, PrepareCommit,
    PrepareEpochFence,
};
use super::transit::{Purpose, Transit, client_identity};
use crate::broker::TransactionVersion;
use crate::error_code::ErrorCode;
use crate::ids::{Identity, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, ProducerId, Timestamp};
use crate::wire::MarkerKind;

/// EndTxn of one transactional id, from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTransaction {
    /// The client's producer id; any number.
    pub producer_id: i64,
    /// The client's epoch; any number.
    pub producer_epoch: i16,
    /// Commit or abort.
    pub verdict: MarkerKind,
    /// What the request's version speaks: [`super::end_txn_version`].
    pub version: TransactionVersion,
}

/// What to do with an EndTxn.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum EndStep {
    /// Write it; it will be [`Applied::Ending`](super::Applied).
    Write(Transit),
    /// The transaction has ended so already: answer NONE with these, -1 and -1 for `None`.
    Done(Option<Identity>),
}

/// What the state table says.
enum Ruling {
    Prepare,
    AlreadyDone,
}

impl TransactionMetadata {
    /// Commits or aborts the transaction (coordinator spec 8). The client is answered when the
    /// verdict is on the log, before any marker is written.
    ///
    /// `new_id` is called at most once, if the client's epochs are used up.
    ///
    /// # Errors
    /// Another producer id (49) or epoch (90); a transition pending or markers outstanding (51);
    /// nothing to end so (48); `new_id`'s error.
    pub fn end_transaction(
        &mut self,
        request: &EndTransaction,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
        now: Timestamp,
    ) -> Result<EndStep, Refusal> {
        let is_bumping = request.version == TransactionVersion::V2;
        let is_retry = match self.release {
            Release::Kafka4_4 if is_bumping => self.admit_bumping(request)?,
            Release::Kafka4_4 => {
                self.check_producer(request.producer_id, request.producer_epoch)?;
                self.check_not_pending()?;
                false
            }
            Release::Trunk2024_10 => {
                self.admit_before_4_0(request)?;
                false
            }
        };
        match self.rule_end(request, is_retry)? {
            Ruling::AlreadyDone if !is_bumping => Ok(EndStep::Done(None)),
            Ruling::AlreadyDone => match client_identity(&self.record()) {
                Some(identity) => Ok(EndStep::Done(Some(identity))),
                // Only a fence leaves this epoch behind; no client may hold it.
                None => Err(self.fenced(request)),
            },
            Ruling::Prepare => self.prepare_verdict(request, new_id, now).map(EndStep::Write),
        }
    }

    /// The checks of Kafka 4.4 for clients of transaction version 2; gives whether it is a retry.
    fn admit_bumping(&self, request: &EndTransaction) -> Result<bool, Refusal> {
        let (is_bumped, is_overflowed) = self.is_retry(request);
        self.check_not_pending()?;
        if self.producer_id != request.producer_id && !is_overflowed {
            return Err(self.other_producer(request));
        }
        let is_current = request.producer_epoch == self.epoch;
        let is_valid = match self.state {
            Ongoing | Empty | Dead | PrepareEpochFence => is_current,
            PrepareCommit | PrepareAbort => is_bumped,
            CompleteCommit | CompleteAbort => is_bumped || is_overflowed || is_current,
        };
        if is_valid { Ok(is_bumped || is_overflowed) } else { Err(self.fenced(request)) }
    }

    /// The checks of `Trunk2024_10`, which go by the version the state was written with.
    fn admit_before_4_0(&self, request: &EndTransaction) -> Result<(), Refusal> {
        let is_v2 = self.client_version == TransactionVersion::V2;
        let (is_bumped, is_overflowed) = self.is_retry(request);
        let is_overflowed = is_overflowed && is_v2;
        if self.producer_id != request.producer_id && !is_overflowed {
            return Err(self.other_producer(request));
        }
        let is_valid = match self.state {
            PrepareCommit | PrepareAbort if is_v2 => is_bumped,
            CompleteCommit | CompleteAbort if is_v2 => is_bumped || is_overflowed,
            _ => request.producer_epoch == self.epoch,
        };
        if is_valid { self.check_not_pending() } else { Err(self.fenced(request)) }
    }

    /// Whether the request is the one that raised the epoch; and whether it is the one that
    /// overflowed it.
    fn is_retry(&self, request: &EndTransaction) -> (bool, bool) {
        let is_bumped = request.producer_epoch.checked_add(1) == Some(self.epoch);
        let is_overflowed = self.previous_producer_id == request.producer_id
            && request.producer_epoch == LAST_CLIENT_EPOCH
            && self.epoch == 0;
        (is_bumped, is_overflowed)
    }

    fn other_producer(&self, request: &EndTransaction) -> Refusal {
        Refusal::OtherProducer { current: self.producer_id, got: request.producer_id }
    }

    fn fenced(&self, request: &EndTransaction) -> Refusal {
        Refusal::Fenced { current: self.epoch, got: request.producer_epoch }
    }

    fn rule_end(&self, request: &EndTransaction, is_retry: bool) -> Result<Ruling, Refusal> {
        let verdict = request.verdict;
        let invalid = Refusal::InvalidState { state: self.state, verdict };
        // Whether a client may abort what it has not begun: it then gets a new epoch, without
        // having to know whether anything was added on its behalf (KIP-890).
        let may_abort_nothing =
            self.release == Release::Kafka4_4 && request.version == TransactionVersion::V2;
        let is_unstarted_abort = may_abort_nothing && !is_retry && verdict == MarkerKind::Abort;
        match (self.state, verdict) {
            (Ongoing, _) => Ok(Ruling::Prepare),
            (PrepareCommit, MarkerKind::Commit) | (PrepareAbort, MarkerKind::Abort) => {
                Err(Refusal::Ending { state: self.state })
            }
            (PrepareCommit | PrepareAbort, _) => Err(invalid),
            (Empty | CompleteCommit | CompleteAbort, _) if is_unstarted_abort => {
                Ok(Ruling::Prepare)
            }
            (CompleteCommit, MarkerKind::Commit) | (CompleteAbort, MarkerKind::Abort)
                if is_retry || !may_abort_nothing =>
            {
                Ok(Ruling::AlreadyDone)
            }
            (Empty | CompleteCommit | CompleteAbort, _) => Err(invalid),
            (Dead | PrepareEpochFence, _) => {
                let to = target_state(verdict);
                Err(Refusal::Internal(Fault::Unreachable { from: self.state, to }))
            }
        }
    }

    fn prepare_verdict(
        &mut self,
        request: &EndTransaction,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
        now: Timestamp,
    ) -> Result<Transit, Refusal> {
        let (mut target, last_epoch) = self.verdict(request.verdict, request.version, now)?;
        if request.version == TransactionVersion::V2 && is_epoch_exhausted(self.epoch) {
            target.next_producer_id = self.other_id(new_id)?;
        }
        self.prepare(target, last_epoch, Purpose::Request)
    }

    /// The record of a verdict, without a next producer id; and the epoch before it.
    fn verdict(
        &self,
        verdict: MarkerKind,
        version: TransactionVersion,
        now: Timestamp,
    ) -> Result<(TransactionRecord, i16), Refusal> {
        let (epoch, last_epoch) = if version != TransactionVersion::V2 {
            (self.epoch, self.last_epoch)
        } else if let Some(next) = self.epoch.checked_add(1) {
            (next, self.epoch)
        } else if self.release == Release::Kafka4_4 && verdict == MarkerKind::Abort {
            // Nothing is above it, and an abort must always be possible (KAFKA-20090).
            (self.epoch, self.epoch)
        } else {
            return Err(Refusal::Internal(Fault::EpochsExhausted));
        };
        let target = TransactionRecord {
            producer_epoch: epoch,
            next_producer_id: NO_PRODUCER_ID,
            client_version: version,
            start: if self.state == Ongoing { self.start } else { now },
            ..self.towards(target_state(verdict), now)
        };
        Ok((target, last_epoch))
    }

    /// Aborts the running transaction on the server's own account, so that the producer that runs
    /// it is fenced. In Kafka these are two steps, a fence and an EndTxn, between which requests
    /// may come; here it is one.
    ///
    /// Transaction version 2 raises the epoch with the verdict. Below, it is raised here and in
    /// memory: if the write fails, the older producer stays fenced and the next attempt does not
    /// raise it again (KAFKA-9666). `Trunk2024_10` does both (KAFKA-19367).
    pub(super) fn abort_from_server(
        &mut self,
        purpose: Purpose,
        server: TransactionVersion,
        new_id: impl FnOnce() -> Result<ProducerId, ErrorCode>,
        now: Timestamp,
    ) -> Result<Transit, Refusal> {
        let fenced = self.fence_epoch()?;
        let fence = TransactionRecord { producer_epoch: fenced, ..self.record() };
        self.check_target(&TransactionRecord { state: PrepareAbort, ..fence })?;
        let is_bumping = server == TransactionVersion::V2;
        if self.release == Release::Kafka4_4 && is_bumping {
            let (mut target, last_epoch) = self.verdict(MarkerKind::Abort, server, now)?;
            if is_epoch_exhausted(self.epoch) {
                target.next_producer_id = self.other_id(new_id)?;
            }
            return self.prepare(target, last_epoch, purpose);
        }
        self.epoch = fenced;
        self.last_epoch = NO_PRODUCER_EPOCH;
        // Kafka 4.4 writes its own path for clients below V2 as V0.
        let version = match self.release {
            Release::Trunk2024_10 => server,
            Release::Kafka4_4 => TransactionVersion::V0,
        };
        let (target, last_epoch) = self.verdict(MarkerKind::Abort, version, now)?;
        let purpose = match purpose {
            Purpose::AbortForInit => Purpose::FenceForInit,
            _ => Purpose::FenceForNobody,
        };
        self.prepare(target, last_epoch, purpose)
    }

    fn fence_epoch(&self) -> Result<i16, Refusal> {
        match self.epoch.checked_add(1) {
            Some(_) if self.failed_fence => Ok(self.epoch),
            Some(next) => Ok(next),
            None if self.release == Release::Kafka4_4 => Ok(self.epoch),
            None => Err(Refusal::Internal(Fault::EpochsExhausted)),
        }
    }
}

fn target_state(verdict: MarkerKind) -> super::TransactionState {
    match verdict {
        MarkerKind::Commit => PrepareCommit,
        MarkerKind::Abort => PrepareAbort,
    }
}
