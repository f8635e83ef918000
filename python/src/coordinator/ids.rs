//! Which producer ids does a broker hand out, and who gives them to it?

use std::sync::{Mutex, MutexGuard, PoisonError};

use fencepost::coordinator as core;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyTuple};

use super::waiting;
use crate::partition::millis;
use crate::raise::error;
use crate::value::value;

value! {
    /// Producer ids that belong to one broker: `len` of them from `first` on.
    IdBlock, in "fencepost.coordinator", {
        broker_id: i32,
        first: i64,
        len: i32,
    }

    /// The last id; one below the first of an empty block.
    #[getter]
    fn last(&self) -> i64 {
        self.to_core().last()
    }

    /// The id after the last.
    #[getter]
    fn next_first(&self) -> i64 {
        self.to_core().next_first()
    }
}

impl IdBlock {
    const fn of(block: core::IdBlock) -> Self {
        Self { broker_id: block.broker_id, first: block.first, len: block.len }
    }

    const fn to_core(&self) -> core::IdBlock {
        core::IdBlock { broker_id: self.broker_id, first: self.first, len: self.len }
    }
}

value! {
    /// What the controller writes to the metadata log for a block: `next` is where the next one
    /// begins.
    NextProducerId, in "fencepost.coordinator", {
        broker_id: i32,
        broker_epoch: i64,
        next: i64,
    }
}

value! {
    /// A block, and the record that makes it the broker's: write it, `replay` it, then answer.
    IdAllocation, in "fencepost.coordinator", {
        block: IdBlock,
        record: NextProducerId,
    }
}

/// The controller's side: where the next block of producer ids begins. It moves only by what the
/// metadata log says.
#[pyclass(frozen, module = "fencepost.coordinator")]
pub(crate) struct BlockAllocator {
    core: Mutex<core::BlockAllocator>,
}

fn blocked(refusal: core::BlockRefusal) -> PyErr {
    error("CoordinatorError", &refusal, Some(refusal.error_code()))
}

impl BlockAllocator {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, core::BlockAllocator> {
        self.core.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl BlockAllocator {
    #[new]
    fn new() -> Self {
        Self { core: Mutex::new(core::BlockAllocator::new()) }
    }

    /// Where the next block begins, and to whom the last one went.
    #[getter]
    fn next_block(&self, py: Python<'_>) -> IdBlock {
        IdBlock::of(self.lock(py).next_block())
    }

    /// The next block for this broker; `registered` is the epoch it is registered under. Nothing
    /// moves until the record is replayed. Raises `CoordinatorError`.
    #[pyo3(signature = (*, broker_id, broker_epoch, registered))]
    fn allocate(
        &self,
        py: Python<'_>,
        broker_id: i32,
        broker_epoch: i64,
        registered: Option<i64>,
    ) -> PyResult<IdAllocation> {
        let given = self.lock(py).allocate(broker_id, broker_epoch, registered);
        let core::Allocation { block, record } = given.map_err(blocked)?;
        let core::NextProducerId { broker_id, broker_epoch, next } = record;
        let record = NextProducerId { broker_id, broker_epoch, next };
        Ok(IdAllocation { block: IdBlock::of(block), record })
    }

    /// A record of the metadata log. Raises `CoordinatorError` unless it moves the ids forward.
    fn replay(&self, py: Python<'_>, record: &NextProducerId) -> PyResult<()> {
        let NextProducerId { broker_id, broker_epoch, next } = *record;
        let record = core::NextProducerId { broker_id, broker_epoch, next };
        self.lock(py).replay(record).map_err(blocked)
    }
}

/// A broker's producer ids: the block in use, and the next one, fetched before it is needed. No id
/// is handed out twice, whatever the controller answers.
#[pyclass(frozen, module = "fencepost.coordinator")]
pub(crate) struct IdGenerator {
    core: Mutex<core::IdGenerator>,
}

impl IdGenerator {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, core::IdGenerator> {
        self.core.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl IdGenerator {
    #[new]
    fn new() -> Self {
        Self { core: Mutex::new(core::IdGenerator::new()) }
    }

    /// A producer id that was never handed out before. Raises `NoProducerIdError` while the next
    /// block is not there: then ask `poll_request`, as after every call.
    #[pyo3(signature = (*, now))]
    fn generate(&self, py: Python<'_>, now: i64) -> PyResult<i64> {
        let id = self.lock(py).generate(millis(now));
        id.map(fencepost::ids::ProducerId::get).map_err(|why| waiting(&why))
    }

    /// Whether AllocateProducerIds is to be sent now.
    fn poll_request(&self, py: Python<'_>) -> bool {
        self.lock(py).poll_request()
    }

    /// AllocateProducerIds goes out now. Of several threads that were told to send it, the one
    /// that gets `True` does.
    fn handle_sent(&self, py: Python<'_>) -> bool {
        let mut core = self.lock(py);
        let is_wanted = core.poll_request();
        core.handle_sent();
        is_wanted
    }

    /// The controller gave `len` ids from `first` on to this broker. Raises `CoordinatorError` if
    /// they would be handed out twice or are none; it is asked again after a backoff.
    #[pyo3(signature = (*, broker_id, first, len, now))]
    fn handle_block(
        &self,
        py: Python<'_>,
        broker_id: i32,
        first: i64,
        len: i32,
        now: i64,
    ) -> PyResult<()> {
        let taken = self.lock(py).handle_block(broker_id, first, len, millis(now));
        taken.map_err(|why| error("CoordinatorError", &why, None))
    }

    /// The controller answered an error, or nothing that can be read.
    #[pyo3(signature = (*, now))]
    fn handle_error(&self, py: Python<'_>, now: i64) {
        self.lock(py).handle_error(millis(now));
    }

    /// The request timed out: it may be sent again at once.
    fn handle_timeout(&self, py: Python<'_>) {
        self.lock(py).handle_timeout();
    }

    /// The block in use, an empty one at first.
    #[getter]
    fn current_block(&self, py: Python<'_>) -> IdBlock {
        IdBlock::of(self.lock(py).current_block())
    }

    /// The block that was fetched ahead.
    #[getter]
    fn next_block(&self, py: Python<'_>) -> Option<IdBlock> {
        self.lock(py).next_block().map(IdBlock::of)
    }
}
