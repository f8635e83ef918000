//! What becomes of the state: the effects that several answers share.

use super::answer::IdentityAnswer;
use super::failure::{Cause, Failure, Unexpected};
use super::handle::Step;
use super::manager::{InFlight, Lookup, Offsets, Phase, TransactionManager};
use super::partitions::PartitionFlag;
use super::request::{Coordinator, RequestKind, Wait};
use super::state::State;
use crate::error_code::ErrorCode;
use crate::ids::{Identity, Timestamp};

/// The backoff after CONCURRENT_TRANSACTIONS while nothing was added to the transaction: its
/// predecessor is about to be completed (KAFKA-5477).
const ADD_PARTITIONS_BACKOFF_MS: u32 = 20;

impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> TransactionManager<M> {
    /// Takes the request in flight if this is the answer to it.
    pub(super) fn answered(
        &mut self,
        id: i32,
        is_it: impl Fn(RequestKind) -> bool,
    ) -> Result<RequestKind, Unexpected> {
        let Some(InFlight { kind, correlation_id }) = self.in_flight else {
            return Err(Unexpected::NothingInFlight);
        };
        if correlation_id != id || !is_it(kind) {
            return Err(Unexpected::InFlight { kind, correlation_id });
        }
        self.in_flight = None;
        Ok(kind)
    }

    pub(super) const fn can_go_on(&self) -> bool {
        self.can_bump || self.transaction_v2
    }

    pub(super) fn abortable_or_fatal(&mut self, failure: Failure) -> Step {
        if !self.can_go_on() {
            return self.fatal(failure);
        }
        self.bump_required |= self.state.is_ongoing();
        self.abortable(failure)
    }

    pub(super) fn abortable(&mut self, failure: Failure) -> Step {
        if !self.enter(State::AbortableError) {
            return Step::Ignored;
        }
        self.failure = Some(failure);
        // What is in flight may still be added, and then EndTxn is needed.
        if self.in_flight() != Some(RequestKind::AddPartitions) {
            self.partitions.drop_waiting();
        }
        self.fail_offsets(failure);
        self.finish_call(Err(failure));
        Step::Abortable(failure)
    }

    /// The first fatal error stays.
    pub(super) fn fatal(&mut self, failure: Failure) -> Step {
        if self.state == State::FatalError {
            return Step::Ignored;
        }
        self.enter(State::FatalError);
        self.failure = Some(failure);
        self.fail_offsets(failure);
        self.finish_call(Err(failure));
        Step::Fatal(failure)
    }

    pub(super) fn ask_again(&mut self, kind: RequestKind, millis: u32, now: Timestamp) -> Step {
        let wait = Wait::new(now, millis);
        match kind {
            RequestKind::FindCoordinator(whose) => {
                self.set_lookup(whose, Lookup { known: false, wait });
            }
            RequestKind::InitProducerId | RequestKind::EndTxn => self.wait = wait,
            // The transaction is to be aborted: what was to be added is dropped.
            RequestKind::AddPartitions if self.state == State::AbortableError => {
                self.partitions.drop_waiting();
                return Step::Ignored;
            }
            RequestKind::AddPartitions => {
                self.add_wait = wait;
                self.offsets_first = self.offsets_queued();
            }
            RequestKind::AddOffsets | RequestKind::TxnOffsetCommit => {
                if !self.offsets_queued() {
                    return Step::Ignored;
                }
                if let Some(offsets) = &mut self.offsets {
                    offsets.wait = wait;
                }
                self.offsets_first = !self.partitions_queued();
            }
        }
        Step::Retry
    }

    pub(super) fn look_up_again(&mut self, kind: RequestKind, now: Timestamp) -> Step {
        let whose = match (kind, self.offsets) {
            (RequestKind::TxnOffsetCommit, Some(offsets)) => Coordinator::Group(offsets.group),
            _ => Coordinator::Transaction,
        };
        self.set_lookup(whose, Lookup::UNKNOWN);
        match self.ask_again(kind, self.config.retry_backoff_ms, now) {
            Step::Retry => Step::FindCoordinator,
            step => step,
        }
    }

    pub(super) fn add_partitions_again(&mut self, code: ErrorCode, now: Timestamp) -> Step {
        self.in_doubt |= is_doubtful(code);
        if code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION {
            let since = *self.unknown_since.get_or_insert(now);
            if now.millis_since(since) >= i64::from(self.config.unknown_partition_ms) {
                self.partitions.drop_waiting();
                return self.abortable(Failure::new(Cause::UnknownPartition, code));
            }
        }
        let usual = self.config.retry_backoff_ms;
        let concurrent = code == ErrorCode::CONCURRENT_TRANSACTIONS;
        let first = concurrent && self.partitions.none_added();
        self.partitions.settle(false);
        let millis = if first { usual.min(ADD_PARTITIONS_BACKOFF_MS) } else { usual };
        self.ask_again(RequestKind::AddPartitions, millis, now)
    }

    pub(super) fn commit_offsets_next(&mut self) {
        let aborting = self.state == State::Aborting;
        if aborting {
            self.fail_offsets(Failure::new(Cause::Aborted, ErrorCode::OPERATION_NOT_ATTEMPTED));
        }
        if let Some(offsets @ Offsets { phase: Phase::Add { .. }, .. }) = &mut self.offsets {
            offsets.phase = Phase::Commit;
        }
        self.offsets_first = !self.partitions_queued();
    }

    /// Takes an identity that follows the present one, then does the rest.
    pub(super) fn adopt(
        &mut self,
        kind: RequestKind,
        identity: Option<Identity>,
        rest: impl FnOnce(&mut Self),
    ) -> Step {
        let follows = |new: &Identity| match self.identity {
            Some(old) if old.id == new.id => new.epoch > old.epoch,
            _ => true,
        };
        let Some(identity) = identity.filter(follows) else {
            let cause = Cause::Identity(kind);
            return self.fatal(Failure::new(cause, ErrorCode::UNKNOWN_SERVER_ERROR));
        };
        self.identity = Some(identity);
        self.bump_required = false;
        rest(self);
        Step::Identity(identity)
    }

    pub(super) fn ended(&mut self, kind: RequestKind, answer: IdentityAnswer) -> Step {
        self.mark_ended();
        let names_none = answer.producer_id == IdentityAnswer::code(answer.code).producer_id;
        if names_none || answer.identity().is_some_and(|new| Some(new) == self.identity) {
            self.end_transaction();
            return Step::Done;
        }
        self.adopt(kind, answer.identity(), Self::end_transaction)
    }

    /// Nothing was added to the transaction, as far as is known.
    pub(super) fn end_unsent(&mut self) {
        self.bump_required |= self.in_doubt && self.can_bump;
        self.mark_ended();
        self.end_transaction();
    }

    pub(super) fn mark_ended(&mut self) {
        if let Some(call) = &mut self.call {
            call.ended = true;
        }
    }

    pub(super) fn end_transaction(&mut self) {
        self.partitions.clear();
        self.completion = None;
        self.started = false;
        self.in_doubt = false;
        self.unknown_since = None;
        self.add_wait = Wait::NONE;
        if self.bump_required {
            self.enter(State::Initializing);
            self.bumping = true;
        } else {
            self.enter(State::Ready);
            self.finish_call(Ok(()));
        }
    }
}

/// Whether the code leaves open if the coordinator has done what it was asked.
pub(super) const fn is_doubtful(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::REQUEST_TIMED_OUT | ErrorCode::NETWORK_EXCEPTION)
}
