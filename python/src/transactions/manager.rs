//! The dialogue of one transactional producer with its coordinators.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;
use fencepost::producer::transactions as core;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use super::values::{CallResult, FailBatches, Failure, OffsetsResult, Request, Step, kind_name};
use crate::ids::Identity;
use crate::partition::millis;
use crate::raise::{exception, set_code, variant, wrong};
use crate::room::filled;
use crate::value::Many;

/// The most partitions of one producer: one byte each.
const MOST: usize = 1 << 24;

type Core = core::TransactionManager<Vec<core::PartitionFlag>>;

/// What a transactional producer asks its coordinators, and what it may send meanwhile. Strings,
/// nodes, offsets and batches are the caller's; a partition and a group are numbers.
///
/// `poll_request` says what to send, `mark_sent` that it goes out, one of the `handle_` methods
/// what came of it. Calls of the application raise `RefusedError` where they don't fit.
#[pyclass(frozen, module = "fencepost.transactions")]
pub(crate) struct TransactionManager {
    core: Mutex<Core>,
}

impl TransactionManager {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Core> {
        self.core.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(py: Python<'_>, refusal: &core::Refusal) -> PyErr {
    exception(py, "RefusedError", &refusal.to_string(), |made| {
        made.setattr("kind", variant(refusal))?;
        match *refusal {
            core::Refusal::Unacknowledged(call) => made.setattr("call", call.to_string()),
            core::Refusal::Failed(failure) => {
                set_code(made, Some(failure.error_code()))?;
                made.setattr("failure", Failure::of(failure))
            }
            core::Refusal::State(state) => made.setattr("state", variant(&state)),
            core::Refusal::UnknownPartition { partition } => made.setattr("partition", partition),
            core::Refusal::OffsetsPending { group } => made.setattr("group", group),
        }
    })
}

fn unexpected(py: Python<'_>, why: &core::Unexpected) -> PyErr {
    exception(py, "UnexpectedAnswerError", &why.to_string(), |made| {
        made.setattr("kind", variant(why))?;
        match *why {
            core::Unexpected::InFlight { kind, correlation_id } => {
                made.setattr("request", kind_name(kind))?;
                made.setattr("correlation_id", correlation_id)
            }
            core::Unexpected::NoTransaction(state) => made.setattr("state", variant(&state)),
            core::Unexpected::NothingInFlight | core::Unexpected::NotAsked => Ok(()),
        }
    })
}

fn stepped(py: Python<'_>, step: Result<core::Step, core::Unexpected>) -> PyResult<Step> {
    step.map(Step::of).map_err(|why| unexpected(py, &why))
}

/// As it stands on the wire: any numbers.
fn identity_answer(code: i16, producer_id: i64, producer_epoch: i16) -> core::IdentityAnswer {
    core::IdentityAnswer { code: ErrorCode::new(code), producer_id, producer_epoch }
}

#[pymethods]
impl TransactionManager {
    /// A producer that has not asked for an identity. Times are milliseconds.
    #[new]
    #[pyo3(signature = (*, partitions, transaction_timeout_ms = 60_000, retry_backoff_ms = 100,
                        unknown_partition_ms = 60_000))]
    fn new(
        partitions: usize,
        transaction_timeout_ms: i32,
        retry_backoff_ms: u32,
        unknown_partition_ms: u32,
    ) -> PyResult<Self> {
        if !(1..=MOST).contains(&partitions) {
            return Err(wrong(format!("partitions is from 1 to {MOST}, not {partitions}")));
        }
        let config = core::Config::new()
            .transaction_timeout_ms(transaction_timeout_ms)
            .retry_backoff_ms(retry_backoff_ms)
            .unknown_partition_ms(unknown_partition_ms);
        let flags = filled(core::PartitionFlag::NONE, partitions)?;
        Ok(Self { core: Mutex::new(core::TransactionManager::new(flags, config)) })
    }

    /// Asks for an identity, which fences every older producer of the transactional id.
    fn init(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py).init().map_err(|why| refused(py, &why))
    }

    /// Begins a transaction. Nothing is sent: it begins with what is added to it.
    fn begin(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py).begin().map_err(|why| refused(py, &why))
    }

    /// Adds a partition to the transaction; to be called for each record.
    fn add_partition(&self, py: Python<'_>, partition: u32) -> PyResult<()> {
        self.lock(py).add_partition(partition).map_err(|why| refused(py, &why))
    }

    /// Sends a consumer group's offsets, which stay with the caller, as part of the transaction.
    fn send_offsets(&self, py: Python<'_>, group: u32) -> PyResult<()> {
        self.lock(py).send_offsets(group).map_err(|why| refused(py, &why))
    }

    /// Commits the transaction, once all its batches are complete.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py).commit().map_err(|why| refused(py, &why))
    }

    /// Aborts the transaction, which is also the way out of an abortable error.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        self.lock(py).abort().map_err(|why| refused(py, &why))
    }

    /// Gives the producer up, for a reason of the caller's: a fatal error.
    fn fail(&self, py: Python<'_>, code: i16) {
        self.lock(py).fail(ErrorCode::new(code));
    }

    /// The result of `init`, `commit` or `abort`, once there is one.
    fn poll_result(&self, py: Python<'_>) -> Option<CallResult> {
        self.lock(py).poll_result().map(CallResult::of)
    }

    /// Takes that result: the application has seen it, and may make another call.
    fn acknowledge(&self, py: Python<'_>) -> Option<CallResult> {
        self.lock(py).acknowledge().map(CallResult::of)
    }

    /// What became of the last `send_offsets`, once it is known.
    fn poll_offsets(&self, py: Python<'_>) -> Option<OffsetsResult> {
        let (group, outcome) = self.lock(py).poll_offsets()?;
        Some(OffsetsResult { group, failure: outcome.err().map(Failure::of) })
    }

    /// `uninitialized`, `initializing`, `ready`, `in_transaction`, `committing`, `aborting`,
    /// `abortable_error` or `fatal_error`.
    #[getter]
    fn state(&self, py: Python<'_>) -> String {
        variant(&self.lock(py).state())
    }

    /// Why the state is an error.
    #[getter]
    fn failure(&self, py: Python<'_>) -> Option<Failure> {
        self.lock(py).failure().map(Failure::of)
    }

    /// Who writes. Whenever it changes, sequences begin at 0 in every partition.
    #[getter]
    fn identity(&self, py: Python<'_>) -> Option<Identity> {
        self.lock(py).identity().map(Identity::of)
    }

    /// The call whose result was not acknowledged yet.
    #[getter]
    fn unacknowledged(&self, py: Python<'_>) -> Option<String> {
        self.lock(py).unacknowledged().map(|call| call.to_string())
    }

    /// Which kind of request is in flight.
    #[getter]
    fn in_flight(&self, py: Python<'_>) -> Option<String> {
        self.lock(py).in_flight().map(kind_name)
    }

    /// Whether transaction version 2 is in use.
    #[getter]
    fn transaction_v2(&self, py: Python<'_>) -> bool {
        self.lock(py).transaction_v2()
    }

    /// Whether a batch that carries a number may be sent to the partition.
    fn may_send(&self, py: Python<'_>, partition: u32) -> bool {
        self.lock(py).may_send(partition)
    }

    /// Whether another batch of the partition may be numbered.
    fn may_number(&self, py: Python<'_>, partition: u32) -> bool {
        self.lock(py).may_number(partition)
    }

    /// Which batches are to be failed now.
    fn poll_batches(&self, py: Python<'_>) -> Option<FailBatches> {
        self.lock(py).poll_batches().map(FailBatches::of)
    }

    /// The request to be sent now, if there is one. EndTxn waits for `incomplete_batches`.
    #[pyo3(signature = (*, incomplete_batches, now))]
    fn poll_request(&self, py: Python<'_>, incomplete_batches: bool, now: i64) -> Option<Request> {
        self.lock(py).poll_request(incomplete_batches, millis(now)).map(Request::of)
    }

    /// When `poll_request` will have something, if nothing comes from outside.
    #[pyo3(signature = (*, incomplete_batches, now))]
    fn poll_timeout(&self, py: Python<'_>, incomplete_batches: bool, now: i64) -> Option<i64> {
        let due = self.lock(py).poll_timeout(incomplete_batches, millis(now));
        due.map(Timestamp::as_millis)
    }

    /// The request goes out, and its answer will carry this correlation id. Raises
    /// `UnexpectedAnswerError` if it is no longer what is asked for; of several threads that send
    /// it, all but one.
    fn mark_sent(&self, py: Python<'_>, request: &Request, correlation_id: i32) -> PyResult<()> {
        let request = request.to_core()?;
        let marked = self.lock(py).mark_sent(request, correlation_id);
        marked.map_err(|why| unexpected(py, &why))
    }

    /// The partitions of the AddPartitionsToTxn that was marked as sent.
    fn partitions_to_add(&self, py: Python<'_>) -> Vec<u32> {
        self.lock(py).partitions_to_add().collect()
    }

    /// FindCoordinator was answered.
    #[pyo3(signature = (correlation_id, code, *, now))]
    fn handle_find_coordinator(
        &self,
        py: Python<'_>,
        correlation_id: i32,
        code: i16,
        now: i64,
    ) -> PyResult<Step> {
        let code = ErrorCode::new(code);
        let step = self.lock(py).handle_find_coordinator(correlation_id, code, millis(now));
        stepped(py, step)
    }

    /// The transaction coordinator is connected, and takes InitProducerId up to this version.
    fn handle_transaction_coordinator(&self, py: Python<'_>, init_producer_id_version: i16) {
        self.lock(py).handle_transaction_coordinator(init_producer_id_version);
    }

    /// The coordinator of a group, or the transactional id's, can't be reached.
    #[pyo3(signature = (*, now, group = None))]
    fn handle_unreachable(&self, py: Python<'_>, now: i64, group: Option<u32>) {
        let whose = group.map_or(core::Coordinator::Transaction, core::Coordinator::Group);
        self.lock(py).handle_unreachable(whose, millis(now));
    }

    /// A broker told the finalized version of the feature `transaction.version`, and the epoch of
    /// its finalized features.
    #[pyo3(signature = (*, finalized_features_epoch, transaction_version))]
    fn handle_features(
        &self,
        py: Python<'_>,
        finalized_features_epoch: i64,
        transaction_version: i16,
    ) {
        self.lock(py).handle_features(finalized_features_epoch, transaction_version);
    }

    /// InitProducerId was answered.
    #[pyo3(signature = (correlation_id, code, *, now, producer_id = -1, producer_epoch = -1))]
    fn handle_init_producer_id(
        &self,
        py: Python<'_>,
        correlation_id: i32,
        code: i16,
        now: i64,
        producer_id: i64,
        producer_epoch: i16,
    ) -> PyResult<Step> {
        let answer = identity_answer(code, producer_id, producer_epoch);
        let step = self.lock(py).handle_init_producer_id(correlation_id, answer, millis(now));
        stepped(py, step)
    }

    /// AddPartitionsToTxn was answered, with these codes of its partitions.
    #[pyo3(signature = (correlation_id, results, *, now))]
    fn handle_add_partitions(
        &self,
        py: Python<'_>,
        correlation_id: i32,
        results: Many<(u32, i16)>,
        now: i64,
    ) -> PyResult<Step> {
        let results = results.items().iter().map(|(at, code)| (*at, ErrorCode::new(*code)));
        let step = self.lock(py).handle_add_partitions(correlation_id, results, millis(now));
        stepped(py, step)
    }

    /// AddOffsetsToTxn was answered.
    #[pyo3(signature = (correlation_id, code, *, now))]
    fn handle_add_offsets(
        &self,
        py: Python<'_>,
        correlation_id: i32,
        code: i16,
        now: i64,
    ) -> PyResult<Step> {
        let code = ErrorCode::new(code);
        let step = self.lock(py).handle_add_offsets(correlation_id, code, millis(now));
        stepped(py, step)
    }

    /// TxnOffsetCommit was answered, with these codes; `missing` is how many offsets were not
    /// confirmed before this answer.
    #[pyo3(signature = (correlation_id, codes, *, missing, now))]
    fn handle_txn_offset_commit(
        &self,
        py: Python<'_>,
        correlation_id: i32,
        codes: Many<i16>,
        missing: u32,
        now: i64,
    ) -> PyResult<Step> {
        let codes = codes.items().iter().map(|code| ErrorCode::new(*code));
        let mut core = self.lock(py);
        let step = core.handle_txn_offset_commit(correlation_id, missing, codes, millis(now));
        stepped(py, step)
    }

    /// EndTxn was answered. From version 5 on it names the identity of the next transaction.
    #[pyo3(signature = (correlation_id, code, *, now, producer_id = -1, producer_epoch = -1))]
    fn handle_end_txn(
        &self,
        py: Python<'_>,
        correlation_id: i32,
        code: i16,
        now: i64,
        producer_id: i64,
        producer_epoch: i16,
    ) -> PyResult<Step> {
        let answer = identity_answer(code, producer_id, producer_epoch);
        let step = self.lock(py).handle_end_txn(correlation_id, answer, millis(now));
        stepped(py, step)
    }

    /// The request will not be answered: the connection is gone, or its time is over.
    #[pyo3(signature = (correlation_id, *, now))]
    fn handle_disconnected(&self, py: Python<'_>, correlation_id: i32, now: i64) -> PyResult<Step> {
        let step = self.lock(py).handle_disconnected(correlation_id, millis(now));
        stepped(py, step)
    }

    /// The broker knows none of the request's versions that the caller can send: a fatal error.
    fn handle_unsupported_version(&self, py: Python<'_>, correlation_id: i32) -> PyResult<Step> {
        let step = self.lock(py).handle_unsupported_version(correlation_id);
        stepped(py, step)
    }

    /// A batch failed for good, or the call to send one did. `numbered`: it has a sequence, so the
    /// next batches can't do without it.
    #[pyo3(signature = (code, *, numbered))]
    fn handle_batch_failed(&self, py: Python<'_>, code: i16, numbered: bool) -> PyResult<Step> {
        let batch =
            if numbered { core::FailedBatch::Numbered } else { core::FailedBatch::NeverNumbered };
        let step = self.lock(py).handle_batch_failed(ErrorCode::new(code), batch);
        stepped(py, step)
    }
}
