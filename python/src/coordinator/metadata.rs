//! What does a coordinator know of one transactional id?

use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::coordinator as core;
use fencepost::error_code::ErrorCode;
use fencepost::ids::ProducerId;
use fencepost::wire::MarkerKind;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use super::record::{AlreadyEnded, AppendFailed, Applied, TransactionRecord, expected};
use super::{NewId, refused, release};
use crate::admit::transaction_version;
use crate::home::Home;
use crate::ids::Identity;
use crate::partition::millis;
use crate::raise::{stale, wrong};

/// A prepared transition: write its record, then give it to `appended` or `append_failed`. Good
/// once. Dropped, it leaves the transition pending until the coordinator is loaded again.
#[pyclass(frozen, module = "fencepost.coordinator")]
pub(crate) struct Transit {
    home: Home,
    record: Option<TransactionRecord>,
    held: Mutex<Option<core::Transit>>,
}

#[pymethods]
impl Transit {
    /// The value to write under the transactional id's key, with acks -1; `None` is a tombstone.
    /// With it go the transaction's partitions: those added, those there were in the Prepare
    /// states, none in the others.
    #[getter]
    fn record(&self) -> Option<TransactionRecord> {
        self.record.clone()
    }
}

#[derive(IntoPyObject)]
pub(crate) enum EndStep {
    Write(Transit),
    Done(AlreadyEnded),
}

struct Inner {
    core: core::TransactionMetadata,
    /// What follows when every marker is written.
    completion: Option<core::Completion>,
}

/// What a coordinator knows of one transactional id. Its partitions are the caller's to keep.
///
/// Every change has two phases: a request gives a `Transit`, whose record is written; then
/// `appended` applies it, or `append_failed` takes it back. In between every other change raises
/// `ConcurrentTransactionsError`. `new_id` gives a producer id that was never used (that of an
/// `IdGenerator`) and is called only if one is needed; what it raises is passed on.
#[pyclass(frozen, module = "fencepost.coordinator")]
pub(crate) struct TransactionMetadata {
    home: Home,
    inner: Mutex<Inner>,
}

impl TransactionMetadata {
    fn make(core: core::TransactionMetadata) -> Self {
        Self { home: Home::new(), inner: Mutex::new(Inner { core, completion: None }) }
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Inner> {
        self.inner.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    fn transit(&self, transit: core::Transit) -> Transit {
        let record = transit.log_value().as_ref().map(TransactionRecord::of);
        Transit { home: self.home, record, held: Mutex::new(Some(transit)) }
    }

    /// Uses a transition, which may come back.
    fn settle<R>(
        &self,
        py: Python<'_>,
        transit: &Transit,
        work: impl FnOnce(&mut Inner, core::Transit) -> PyResult<(R, Option<core::Transit>)>,
    ) -> PyResult<R> {
        if transit.home != self.home {
            return Err(stale(py, "the transition is another transactional id's"));
        }
        let mut held = transit.held.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let taken = held.take().ok_or_else(|| stale(py, "the transition was settled before"))?;
        let (done, back) = work(&mut self.lock(py), taken)?;
        *held = back;
        Ok(done)
    }
}

#[pymethods]
impl TransactionMetadata {
    /// A transactional id that was not known, with a fresh producer id. `release` is `4.4`, or
    /// `2024-10` for Kafka's trunk before 4.0.
    #[new]
    #[pyo3(signature = (producer_id, *, coordinator_epoch, now, release = "4.4"))]
    fn new(producer_id: i64, coordinator_epoch: i32, now: i64, release: &str) -> PyResult<Self> {
        let id = ProducerId::new(producer_id);
        let id = id.ok_or_else(|| wrong(format!("producer id {producer_id} is negative")))?;
        let release = self::release(release)?;
        let core = core::TransactionMetadata::new(id, coordinator_epoch, release, millis(now));
        Ok(Self::make(core))
    }

    /// What the log says of a transactional id, when its coordinator partition is loaded. Then
    /// call `resume`.
    #[staticmethod]
    #[pyo3(signature = (record, *, coordinator_epoch, release = "4.4"))]
    fn load(record: &TransactionRecord, coordinator_epoch: i32, release: &str) -> PyResult<Self> {
        let (record, release) = (record.to_core()?, self::release(release)?);
        Ok(Self::make(core::TransactionMetadata::load(record, coordinator_epoch, release)))
    }

    /// InitProducerId: the next epoch, or a new producer id when the epochs are used up, or the
    /// abort of the running transaction. `producer_id` and `producer_epoch` are what the client
    /// expects, -1 and -1 for nothing; `server_version` is the cluster's transaction version.
    #[pyo3(signature = (*, timeout_ms, server_version, new_id, now, producer_id = -1,
                        producer_epoch = -1, max_timeout_ms = 900_000))]
    #[expect(clippy::too_many_arguments, reason = "what the request and the broker say")]
    fn init_producer_id(
        &self,
        py: Python<'_>,
        timeout_ms: i32,
        server_version: u8,
        new_id: NewId<'_>,
        now: i64,
        producer_id: i64,
        producer_epoch: i16,
        max_timeout_ms: i32,
    ) -> PyResult<Transit> {
        let server = transaction_version(server_version)?;
        let expected = expected(producer_id, producer_epoch)?;
        let request = core::InitProducerId::new(timeout_ms, max_timeout_ms, expected);
        let request = request.map_err(refused)?;
        let transit = new_id.when_needed(|new_id| {
            self.lock(py).core.init_producer_id(&request, server, new_id, millis(now))
        });
        transit.map(|transit| self.transit(transit))
    }

    /// AddPartitionsToTxn or AddOffsetsToTxn. `all_contained`: whether all of them are in the
    /// transaction's set already. `None`: so they are, answer NONE. `version` is what the request
    /// speaks: `add_partitions_version`.
    #[pyo3(signature = (*, producer_id, producer_epoch, version, all_contained, now))]
    fn add_partitions(
        &self,
        py: Python<'_>,
        producer_id: i64,
        producer_epoch: i16,
        version: u8,
        all_contained: bool,
        now: i64,
    ) -> PyResult<Option<Transit>> {
        let version = transaction_version(version)?;
        let request = core::AddPartitions { producer_id, producer_epoch, version };
        let added = self.lock(py).core.add_partitions(&request, all_contained, millis(now));
        Ok(added.map_err(refused)?.map(|transit| self.transit(transit)))
    }

    /// Whether a partition is in the producer's running transaction, as a broker asks before it
    /// appends; raises `CoordinatorError` if not. `contained` is what the transaction's set says.
    #[pyo3(signature = (*, producer_id, producer_epoch, contained))]
    fn verify_partition(
        &self,
        py: Python<'_>,
        producer_id: i64,
        producer_epoch: i16,
        contained: bool,
    ) -> PyResult<()> {
        let verified = self.lock(py).core.verify_partition(producer_id, producer_epoch, contained);
        verified.map_err(refused)
    }

    /// EndTxn. The client is answered when the verdict is on the log, before any marker is
    /// written. `version` is what the request speaks: `end_txn_version`.
    #[pyo3(signature = (*, producer_id, producer_epoch, commit, version, new_id, now))]
    #[expect(clippy::too_many_arguments, reason = "what the request says")]
    fn end_transaction(
        &self,
        py: Python<'_>,
        producer_id: i64,
        producer_epoch: i16,
        commit: bool,
        version: u8,
        new_id: NewId<'_>,
        now: i64,
    ) -> PyResult<EndStep> {
        let verdict = if commit { MarkerKind::Commit } else { MarkerKind::Abort };
        let version = transaction_version(version)?;
        let request = core::EndTransaction { producer_id, producer_epoch, verdict, version };
        let step = new_id.when_needed(|new_id| {
            self.lock(py).core.end_transaction(&request, new_id, millis(now))
        });
        Ok(match step? {
            core::EndStep::Write(transit) => EndStep::Write(self.transit(transit)),
            core::EndStep::Done(identity) => {
                EndStep::Done(AlreadyEnded { identity: identity.map(Identity::of) })
            }
        })
    }

    /// The transition's record is in the log: applies it and says what it means. Raises
    /// `CoordinatorError` if the coordinator has changed meanwhile.
    #[pyo3(signature = (transit, *, now))]
    fn appended(&self, py: Python<'_>, transit: &Transit, now: i64) -> PyResult<Applied> {
        self.settle(py, transit, |inner, transit| {
            let applied = inner.core.appended(transit, millis(now)).map_err(refused)?;
            let (applied, completion) = Applied::of(applied);
            inner.completion = completion;
            Ok((applied, None))
        })
    }

    /// The transition's record could not be written; `code` is what the append answered.
    fn append_failed(
        &self,
        py: Python<'_>,
        transit: &Transit,
        code: i16,
    ) -> PyResult<AppendFailed> {
        let code = ErrorCode::new(code);
        self.settle(py, transit, |inner, transit| {
            let failed = inner.core.append_failed(transit, code).map_err(refused)?;
            let (kind, code, back) = match failed {
                core::Failed::Answer(code) => ("answer", code, None),
                core::Failed::Retry(transit) => ("retry", core::append_error(code), Some(transit)),
                core::Failed::Stop => ("stop", core::append_error(code), None),
                core::Failed::Fatal(code) => ("fatal", code, None),
            };
            Ok((AppendFailed { kind: kind.to_owned(), error_code: code.get() }, back))
        })
    }

    /// What to write when so many partitions of an ending transaction are without their marker:
    /// its completion if none is left, otherwise nothing. Given once.
    #[pyo3(signature = (*, partitions_left))]
    fn completion(&self, py: Python<'_>, partitions_left: usize) -> Option<Transit> {
        let mut inner = self.lock(py);
        match inner.completion.take()?.when_none_left(partitions_left) {
            Ok(transit) => Some(self.transit(transit)),
            Err(completion) => {
                inner.completion = Some(completion);
                None
            }
        }
    }

    /// After a load: the rest of a transaction whose verdict is on the log, `None` if there is
    /// none to end. Its partitions are those of the record.
    #[pyo3(signature = (*, now))]
    fn resume(&self, py: Python<'_>, now: i64) -> PyResult<Option<Applied>> {
        let mut inner = self.lock(py);
        let Some(ending) = inner.core.resume(millis(now)).map_err(refused)? else {
            return Ok(None);
        };
        let core::Ending { answer, marker, completion } = ending;
        inner.completion = Some(completion);
        Ok(Some(Applied::ending(answer, marker)))
    }

    /// Whether the running transaction is over its timeout.
    #[pyo3(signature = (*, now))]
    fn is_timed_out(&self, py: Python<'_>, now: i64) -> bool {
        self.lock(py).core.is_timed_out(millis(now))
    }

    /// Aborts the transaction and fences its producer, if it is over its timeout; `None` if not.
    #[pyo3(signature = (*, server_version, new_id, now))]
    fn abort_if_timed_out(
        &self,
        py: Python<'_>,
        server_version: u8,
        new_id: NewId<'_>,
        now: i64,
    ) -> PyResult<Option<Transit>> {
        let server = transaction_version(server_version)?;
        let transit = new_id.when_needed(|new_id| {
            self.lock(py).core.abort_if_timed_out(server, new_id, millis(now))
        });
        Ok(transit?.map(|transit| self.transit(transit)))
    }

    /// Whether the transactional id has been idle for `expiration_ms`: a week, if not said.
    #[pyo3(signature = (*, now, expiration_ms = 604_800_000))]
    fn is_expired(&self, py: Python<'_>, now: i64, expiration_ms: i32) -> bool {
        self.lock(py).core.is_expired(expiration_ms, millis(now))
    }

    /// The tombstone of an idle transactional id; `None` if it is not idle.
    #[pyo3(signature = (*, now, expiration_ms = 604_800_000))]
    fn expire(&self, py: Python<'_>, now: i64, expiration_ms: i32) -> PyResult<Option<Transit>> {
        let expired = self.lock(py).core.expire(expiration_ms, millis(now)).map_err(refused)?;
        Ok(expired.map(|transit| self.transit(transit)))
    }

    /// The facts as the log holds them.
    #[getter]
    fn record(&self, py: Python<'_>) -> TransactionRecord {
        TransactionRecord::of(&self.lock(py).core.record())
    }

    /// The state, one of `STATES`.
    #[getter]
    fn state(&self, py: Python<'_>) -> &'static str {
        self.lock(py).core.state().name()
    }

    /// The state that a transition being written leads to.
    #[getter]
    fn pending(&self, py: Python<'_>) -> Option<&'static str> {
        self.lock(py).core.pending().map(core::TransactionState::name)
    }

    /// The producer id.
    #[getter]
    fn producer_id(&self, py: Python<'_>) -> i64 {
        self.lock(py).core.producer_id()
    }

    /// The epoch, -1 until the first InitProducerId is on the log.
    #[getter]
    fn producer_epoch(&self, py: Python<'_>) -> i16 {
        self.lock(py).core.producer_epoch()
    }

    /// The epoch that a client may still name once, after a bump whose answer it did not get; or
    /// -1.
    #[getter]
    fn last_producer_epoch(&self, py: Python<'_>) -> i16 {
        self.lock(py).core.last_producer_epoch()
    }

    /// Whether a fence was applied in memory, and could not be written.
    #[getter]
    fn has_failed_fence(&self, py: Python<'_>) -> bool {
        self.lock(py).core.has_failed_fence()
    }

    /// The epoch of the coordinator partition this belongs to.
    #[getter]
    fn coordinator_epoch(&self, py: Python<'_>) -> i32 {
        self.lock(py).core.coordinator_epoch()
    }
}
