//! Which producer id and epoch does a producer get, and what became of its transaction?

mod answers;
mod ids;
mod metadata;
mod record;

pub(crate) use answers::{
    add_partitions_version, append_error_code, check_transactional_id, coordinator_partition,
    downgrade_code, end_txn_version, init_idempotent, is_epoch_exhausted, marker_step,
    partition_refusal, transaction_states,
};
pub(crate) use ids::{BlockAllocator, IdAllocation, IdBlock, IdGenerator, NextProducerId};
pub(crate) use metadata::{TransactionMetadata, Transit};
pub(crate) use record::{
    AlreadyEnded, AppendFailed, Applied, TransactionMarker, TransactionRecord,
};

use fencepost::coordinator::{self as core, Refusal, TransactionState};
use fencepost::error_code::ErrorCode;
use fencepost::ids::ProducerId;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
#[cfg(feature = "inspect")]
use pyo3::{inspect::PyStaticExpr, type_hint_identifier, type_hint_subscript};

use crate::raise::Facts;
use crate::raise::{error, exception, set_code, wrong};
use crate::room::one_of;

/// A request that the coordinator refuses. The class is chosen by the Kafka code.
fn refused(refusal: Refusal) -> PyErr {
    let code = refusal.error_code();
    let class = match code {
        ErrorCode::PRODUCER_FENCED => "ProducerFencedError",
        ErrorCode::CONCURRENT_TRANSACTIONS => "ConcurrentTransactionsError",
        _ => "CoordinatorError",
    };
    let state = match refusal {
        Refusal::Pending { target: state }
        | Refusal::Ending { state }
        | Refusal::InvalidState { state, .. }
        | Refusal::Internal(core::Fault::Unreachable { from: state, .. }) => Some(state.name()),
        _ => None,
    };
    let facts = Facts::of(&refusal);
    Python::attach(|py| {
        exception(py, class, &refusal.to_string(), |made| {
            made.setattr("kind", facts.kind)?;
            made.setattr("rule", refusal.rule())?;
            made.setattr("state", state)?;
            set_code(made, Some(code))?;
            facts.fields.into_iter().try_for_each(|(name, value)| made.setattr(name, value))
        })
    })
}

fn release(name: &str) -> PyResult<core::Release> {
    let all = [("4.4", core::Release::Kafka4_4), ("2024-10", core::Release::Trunk2024_10)];
    one_of("release", name, &all)
}

fn state(name: &str) -> PyResult<TransactionState> {
    let all = TransactionState::ALL.map(|state| (state.name(), state));
    one_of("state", name, &all)
}

/// A producer id, or why there is none.
type Given = Result<ProducerId, ErrorCode>;

/// What gives a producer id that was never handed out before.
pub(crate) struct NewId<'py>(Bound<'py, PyAny>);

impl<'py> FromPyObject<'_, 'py> for NewId<'py> {
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Callable"),
        PyStaticExpr::List { elts: &[] },
        type_hint_identifier!("builtins", "int")
    );

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_callable() {
            return Ok(Self(object.to_owned()));
        }
        Err(PyTypeError::new_err("what gives producer ids must be callable"))
    }
}

impl NewId<'_> {
    fn call(&self) -> PyResult<ProducerId> {
        let id: i64 = self.0.call0()?.extract()?;
        ProducerId::new(id).ok_or_else(|| wrong(format!("producer id {id} is negative")))
    }

    /// Does what may need a producer id. The id is asked for only if it is needed, and not under a
    /// lock; what is asked twice has changed nothing at the first time.
    fn when_needed<R>(
        &self,
        mut work: impl FnMut(&mut dyn FnMut() -> Given) -> Result<R, Refusal>,
    ) -> PyResult<R> {
        let mut id = None;
        loop {
            let mut is_missing = false;
            let done = work(&mut || {
                is_missing = id.is_none();
                id.take().ok_or(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)
            });
            if !is_missing {
                return done.map_err(refused);
            }
            id = Some(self.call()?);
        }
    }
}

fn waiting(why: &core::WaitingForBlock) -> PyErr {
    error("NoProducerIdError", why, Some(why.error_code()))
}
