//! What does something from outside change?

use super::answer::{self, IdentityAnswer, IdentityStep, Mode, Verdict, identity_answer};
use super::effect::is_doubtful;
use super::failure::{Cause, Failure, Unexpected};
use super::manager::{Features, Lookup, Offsets, Phase, TransactionManager};
use super::partitions::PartitionFlag;
use super::request::{Coordinator, RequestKind, Wait};
use super::state::State;
use crate::error_code::ErrorCode;
use crate::ids::{Identity, Timestamp};

/// The InitProducerId version that can raise a given epoch (KIP-360).
const BUMPING_VERSION: i16 = 3;

/// What something from outside led to.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Done; poll for what comes next.
    Done,
    /// Done, and this is the identity from now on: sequences begin at 0 in every partition.
    Identity(Identity),
    /// The coordinator is looked up again, and then the request is sent again.
    FindCoordinator,
    /// The request is sent again after a backoff.
    Retry,
    /// The producer is uninitialized again; `init` may be called again.
    Uninitialized(Failure),
    /// The application must abort the transaction.
    Abortable(Failure),
    /// The producer is done for.
    Fatal(Failure),
    /// Nothing comes of it: the producer was done for before, or the transaction is being aborted
    /// anyway.
    Ignored,
}

/// Of a batch that failed: whether its numbers were used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailedBatch {
    /// It never got a sequence, or the call to send it failed.
    NeverNumbered,
    /// It has a sequence, so the next batches can't do without it.
    Numbered,
}

/// What came from outside.
///
/// An answer is taken only with the correlation id of the request in flight; any other is an error
/// value and changes nothing (Kafka's client is done for then). Every code may come, known or not.
impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> TransactionManager<M> {
    /// FindCoordinator was answered; with NONE the caller keeps the node. O(partitions).
    ///
    /// # Errors
    /// [`Unexpected`], if no such request is in flight.
    pub fn handle_find_coordinator(
        &mut self,
        correlation_id: i32,
        code: ErrorCode,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let is_lookup = |kind| matches!(kind, RequestKind::FindCoordinator(_));
        let kind = self.answered(correlation_id, is_lookup)?;
        let RequestKind::FindCoordinator(whose) = kind else { return Ok(Step::Ignored) };
        let failure = Failure::new(Cause::Answer(kind), code);
        Ok(match answer::find_coordinator(code) {
            _ if self.state == State::FatalError => Step::Ignored,
            Verdict::Done => {
                self.set_lookup(whose, Lookup::KNOWN);
                Step::Done
            }
            Verdict::Retry => self.ask_again(kind, self.config.retry_backoff_ms, now),
            // An abort needs this coordinator, and there is nothing left to abort it with.
            Verdict::Abortable
                if self.state != State::Aborting || whose != Coordinator::Transaction =>
            {
                self.abortable(failure)
            }
            _ => self.fatal(failure),
        })
    }

    /// The transaction coordinator is connected, and takes InitProducerId up to this version. To be
    /// called before a request is sent to it: below version 3, and until it is called, a numbered
    /// batch that fails is fatal, because the epoch can't be raised. O(1).
    pub fn handle_transaction_coordinator(&mut self, init_producer_id_version: i16) {
        self.can_bump = init_producer_id_version >= BUMPING_VERSION;
    }

    /// A coordinator can't be reached: it is looked up again when it is needed, and the request
    /// that needs it waits for its backoff. O(1).
    pub fn handle_unreachable(&mut self, whose: Coordinator, now: Timestamp) {
        self.set_lookup(whose, Lookup::UNKNOWN);
        let wait = Wait::new(now, self.config.retry_backoff_ms);
        match whose {
            Coordinator::Transaction => {
                self.wait = wait;
                self.add_wait = wait;
                if let Some(offsets @ Offsets { phase: Phase::Add { .. }, .. }) = &mut self.offsets
                {
                    offsets.wait = wait;
                }
            }
            Coordinator::Group(whose) => match &mut self.offsets {
                Some(Offsets { group, phase: Phase::Commit, wait: old }) if *group == whose => {
                    *old = wait;
                }
                _ => {}
            },
        }
    }

    /// A broker told the finalized version of the feature `transaction.version` (0 if it has none)
    /// and the epoch of its finalized features. The newest is used from the next init, commit or
    /// abort on (KIP-890). O(1).
    pub fn handle_features(&mut self, finalized_features_epoch: i64, transaction_version: i16) {
        if finalized_features_epoch > self.features.finalized_epoch {
            let finalized_epoch = finalized_features_epoch;
            self.features = Features { finalized_epoch, transaction_version };
        }
    }

    /// InitProducerId was answered. O(partitions).
    ///
    /// # Errors
    /// [`Unexpected`], if no such request is in flight.
    pub fn handle_init_producer_id(
        &mut self,
        correlation_id: i32,
        answer: IdentityAnswer,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |kind| kind == RequestKind::InitProducerId)?;
        let failure = Failure::new(Cause::Answer(kind), answer.code);
        Ok(match identity_answer(answer.code, Mode::Transactional) {
            _ if self.state == State::FatalError => Step::Ignored,
            IdentityStep::Adopt => self.adopt(kind, answer.identity(), |this| {
                this.enter(State::Ready);
                if !this.bumping {
                    this.use_features();
                }
                this.finish_call(Ok(()));
            }),
            IdentityStep::FindCoordinator => self.look_up_again(kind, now),
            IdentityStep::Retry => self.ask_again(kind, self.config.retry_backoff_ms, now),
            IdentityStep::Unauthorized => {
                let _ = self.abortable(failure);
                self.enter(State::Uninitialized);
                Step::Uninitialized(failure)
            }
            IdentityStep::Abortable => self.abortable(failure),
            IdentityStep::Fenced | IdentityStep::Fatal => self.fatal(failure),
        })
    }

    /// AddPartitionsToTxn was answered, with these codes of the partitions it was sent for. A
    /// partition that the answer leaves out is asked for again; one that was not asked for is
    /// passed over. O(partitions + results).
    ///
    /// Of several codes the heaviest decides, in any order: fatal, abortable, look-up, retry,
    /// TOPIC_AUTHORIZATION_FAILED, any other.
    ///
    /// # Errors
    /// [`Unexpected`], if no such request is in flight; the results are not looked at.
    pub fn handle_add_partitions(
        &mut self,
        correlation_id: i32,
        results: impl IntoIterator<Item = (u32, ErrorCode)>,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |kind| kind == RequestKind::AddPartitions)?;
        let (mut worst, mut code, mut named) = (Verdict::Done, ErrorCode::NONE, false);
        for (partition, result) in results {
            if self.partitions.answer(partition) {
                named = true;
                let verdict = answer::add_partition(result);
                if verdict > worst {
                    (worst, code) = (verdict, result);
                }
            }
        }
        let failure = Failure::new(Cause::Answer(kind), code);
        Ok(match worst {
            _ if self.state == State::FatalError => Step::Ignored,
            Verdict::Done => {
                self.partitions.settle(true);
                self.started |= named;
                self.unknown_since = None;
                if self.partitions.any_waiting() {
                    let millis = if named { 0 } else { self.config.retry_backoff_ms };
                    let _ = self.ask_again(kind, millis, now);
                }
                if named { Step::Done } else { Step::Retry }
            }
            Verdict::Retry => self.add_partitions_again(code, now),
            Verdict::FindCoordinator => {
                self.partitions.settle(false);
                self.look_up_again(kind, now)
            }
            verdict => {
                self.partitions.drop_waiting();
                match verdict {
                    Verdict::Fatal => self.fatal(failure),
                    Verdict::AbortableOrFatal => self.abortable_or_fatal(failure),
                    _ => self.abortable(failure),
                }
            }
        })
    }

    /// AddOffsetsToTxn was answered. O(partitions).
    ///
    /// # Errors
    /// [`Unexpected`], if no such request is in flight.
    pub fn handle_add_offsets(
        &mut self,
        correlation_id: i32,
        code: ErrorCode,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |kind| kind == RequestKind::AddOffsets)?;
        let failure = Failure::new(Cause::Answer(kind), code);
        Ok(match answer::add_offsets(code) {
            _ if self.state == State::FatalError => Step::Ignored,
            Verdict::Done => {
                self.started = true;
                self.commit_offsets_next();
                Step::Done
            }
            Verdict::FindCoordinator => self.look_up_again(kind, now),
            Verdict::Retry => {
                self.in_doubt |= is_doubtful(code);
                self.ask_again(kind, self.config.retry_backoff_ms, now)
            }
            verdict => {
                self.fail_offsets(failure);
                match verdict {
                    Verdict::Abortable => self.abortable(failure),
                    Verdict::AbortableOrFatal => self.abortable_or_fatal(failure),
                    _ => self.fatal(failure),
                }
            }
        })
    }

    /// TxnOffsetCommit was answered, with these codes. `missing` is how many offsets of the call
    /// were not confirmed before this answer; once all are, the call is done. Sending again those
    /// that were confirmed does no harm. O(partitions + results).
    ///
    /// The first code that is neither NONE nor retriable decides.
    ///
    /// # Errors
    /// [`Unexpected`], if no such request is in flight; the results are not looked at.
    pub fn handle_txn_offset_commit(
        &mut self,
        correlation_id: i32,
        missing: u32,
        results: impl IntoIterator<Item = ErrorCode>,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |kind| kind == RequestKind::TxnOffsetCommit)?;
        let (mut missing, mut lost_coordinator) = (missing, false);
        for code in results {
            let verdict = answer::txn_offset_commit(code);
            let cause = match verdict {
                Verdict::Done => {
                    missing = missing.saturating_sub(1);
                    continue;
                }
                Verdict::Retry => continue,
                Verdict::FindCoordinator => {
                    lost_coordinator = true;
                    continue;
                }
                Verdict::GroupMetadata => Cause::GroupMetadata,
                _ => Cause::Answer(kind),
            };
            let failure = Failure::new(cause, code);
            self.fail_offsets(failure);
            return Ok(match verdict {
                Verdict::Abortable | Verdict::GroupMetadata => self.abortable(failure),
                _ => self.fatal(failure),
            });
        }
        if self.state == State::FatalError {
            return Ok(Step::Ignored);
        }
        Ok(if missing == 0 {
            if let Some(Offsets { phase: phase @ Phase::Commit, .. }) = &mut self.offsets {
                *phase = Phase::Done;
            }
            Step::Done
        } else if lost_coordinator {
            self.look_up_again(kind, now)
        } else {
            self.ask_again(kind, self.config.retry_backoff_ms, now)
        })
    }

    /// EndTxn was answered. From version 5 on it names the identity of the next transaction.
    /// O(partitions).
    ///
    /// # Errors
    /// [`Unexpected`], if no such request is in flight.
    pub fn handle_end_txn(
        &mut self,
        correlation_id: i32,
        answer: IdentityAnswer,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |kind| kind == RequestKind::EndTxn)?;
        let commit = self.completion.is_some_and(|completion| completion.commit);
        let failure = Failure::new(Cause::Answer(kind), answer.code);
        Ok(match answer::end_txn(answer.code, commit) {
            _ if self.state == State::FatalError => Step::Ignored,
            Verdict::Done => self.ended(kind, answer),
            Verdict::FindCoordinator => self.look_up_again(kind, now),
            Verdict::Retry => self.ask_again(kind, self.config.retry_backoff_ms, now),
            Verdict::Abortable => self.abortable(failure),
            Verdict::AbortableOrFatal => self.abortable_or_fatal(failure),
            _ => self.fatal(failure),
        })
    }

    /// The request will not be answered: the connection is gone, or its time is over. Its
    /// coordinator is looked up again, and it is sent again. O(partitions).
    ///
    /// # Errors
    /// [`Unexpected`], if it is not in flight.
    pub fn handle_disconnected(
        &mut self,
        correlation_id: i32,
        now: Timestamp,
    ) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |_| true)?;
        Ok(match kind {
            _ if self.state == State::FatalError => Step::Ignored,
            RequestKind::FindCoordinator(_) => {
                self.ask_again(kind, self.config.retry_backoff_ms, now)
            }
            RequestKind::AddPartitions | RequestKind::AddOffsets => {
                self.in_doubt = true;
                self.look_up_again(kind, now)
            }
            _ => self.look_up_again(kind, now),
        })
    }

    /// The broker does not know the request, or none of its versions that the caller can send: a
    /// fatal error. O(partitions).
    ///
    /// # Errors
    /// [`Unexpected`], if it is not in flight.
    pub fn handle_unsupported_version(&mut self, correlation_id: i32) -> Result<Step, Unexpected> {
        let kind = self.answered(correlation_id, |_| true)?;
        Ok(self.fatal(Failure::new(Cause::Answer(kind), ErrorCode::UNSUPPORTED_VERSION)))
    }

    /// A batch failed for good, or a call to send one did: with the code answered, or with
    /// REQUEST_TIMED_OUT when its time was over (producer spec 8.4.3.1, 14.2). O(partitions).
    ///
    /// After a numbered batch the identity is not used in another transaction: the broker may have
    /// it or not, and to number others in its place would use its sequences twice. EndTxn gives a
    /// new epoch (transaction version 2), or InitProducerId does after it. A coordinator that can
    /// do neither makes it fatal.
    ///
    /// # Errors
    /// [`Unexpected::NoTransaction`], if no transaction is going on that it could belong to, or its
    /// EndTxn is on its way.
    pub fn handle_batch_failed(
        &mut self,
        code: ErrorCode,
        batch: FailedBatch,
    ) -> Result<Step, Unexpected> {
        if self.state == State::FatalError {
            return Ok(Step::Ignored);
        }
        let failure = Failure::new(Cause::Batch, code);
        if is_fatal_for_producer(code) {
            return Ok(self.fatal(failure));
        }
        if !self.state.is_ongoing() || self.in_flight() == Some(RequestKind::EndTxn) {
            return Err(Unexpected::NoTransaction(self.state));
        }
        if batch == FailedBatch::Numbered {
            if !self.can_go_on() {
                return Ok(self.fatal(Failure::new(Cause::CannotBump, code)));
            }
            self.bump_required = true;
        }
        // Not needed for a batch without numbers, but Kafka's client does it too.
        self.bump_required |= self.can_bump && !self.transaction_v2 && !self.state.is_completing();
        Ok(self.abortable(failure))
    }
}

const fn is_fatal_for_producer(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CLUSTER_AUTHORIZATION_FAILED
            | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
            | ErrorCode::PRODUCER_FENCED
            | ErrorCode::UNSUPPORTED_VERSION
            | ErrorCode::INVALID_PRODUCER_ID_MAPPING
    )
}
