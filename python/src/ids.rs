//! Producer ids, epochs and sequences, and Kafka's error codes.

use fencepost::error_code::ErrorCode;
use fencepost::ids;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::raise::wrong;
use crate::value::value;

value! {
    /// Who writes: a producer id of 0 or more, and an epoch from 0 to 32767.
    Identity, check |this| this.to_core().map(|_| ()), {
        id: i64,
        epoch: i16,
    }
}

impl Identity {
    pub(crate) fn to_core(&self) -> PyResult<ids::Identity> {
        let id = ids::ProducerId::new(self.id);
        let id = id.ok_or_else(|| wrong(format!("producer id {} is negative", self.id)))?;
        let epoch = ids::Epoch::new(self.epoch);
        let epoch = epoch.ok_or_else(|| wrong(format!("epoch {} is negative", self.epoch)))?;
        Ok(ids::Identity { id, epoch })
    }

    pub(crate) const fn of(identity: ids::Identity) -> Self {
        Self { id: identity.id.get(), epoch: identity.epoch.get() }
    }
}

value! {
    /// What goes into a batch's header: who writes it, and the sequence of its first record, from 0
    /// to 2147483647.
    Stamp, check |this| this.to_core().map(|_| ()), {
        identity: Identity,
        base_sequence: i32,
    }
}

impl Stamp {
    pub(crate) fn to_core(&self) -> PyResult<ids::Stamp> {
        let sequence = ids::Sequence::new(self.base_sequence);
        let base_sequence = sequence
            .ok_or_else(|| wrong(format!("sequence {} is negative", self.base_sequence)))?;
        Ok(ids::Stamp { identity: self.identity.to_core()?, base_sequence })
    }

    pub(crate) const fn of(stamp: ids::Stamp) -> Self {
        Self { identity: Identity::of(stamp.identity), base_sequence: stamp.base_sequence.get() }
    }
}

/// The sequence so many records after another; after 2147483647 comes 0.
#[pyfunction]
pub(crate) fn advance_sequence(sequence: i32, records: i32) -> PyResult<i32> {
    let start = ids::Sequence::new(sequence);
    let start = start.ok_or_else(|| wrong(format!("sequence {sequence} is negative")))?;
    let end = start.advance(records);
    end.map(ids::Sequence::get).ok_or_else(|| wrong(format!("{records} records are negative")))
}

/// Whether a sequence comes directly after another.
#[pyfunction]
pub(crate) fn sequence_follows(sequence: i32, previous: i32) -> bool {
    ids::raw::in_sequence(previous, sequence)
}

/// Every error code that Kafka 4.4.0 knows: number, name, whether its client tries again.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<(i16, &'static str, bool)> {
    let row = |code: &ErrorCode| (code.get(), code.name().unwrap_or_default(), code.is_retriable());
    ErrorCode::ALL.iter().map(row).collect()
}
