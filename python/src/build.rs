//! Writing batches.

use std::sync::{Mutex, PoisonError};

use fencepost::wire;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyBytes;

use crate::bytes::BytesLike;
use crate::ids::{Identity, Stamp};
use crate::raise::{error, wrong};
use crate::wire::EndTxnMarker;

struct Written {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Written {
    /// What the core takes, from headers that it can borrow.
    fn with<R>(&self, then: impl FnOnce(&wire::RecordToWrite<'_>) -> R) -> R {
        let headers: Vec<wire::RecordHeader<'_>> = self
            .headers
            .iter()
            .map(|(key, value)| wire::RecordHeader { key, value: value.as_deref() })
            .collect();
        then(&wire::RecordToWrite {
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: &headers,
        })
    }
}

#[derive(Default)]
struct Pending {
    records: Vec<Written>,
    size: usize,
}

/// Collects the records of one uncompressed batch of at most `max_size` bytes.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct BatchBuilder {
    options: wire::BatchOptions,
    max_size: usize,
    pending: Mutex<Pending>,
}

#[pymethods]
impl BatchBuilder {
    #[new]
    #[pyo3(signature = (*, max_size = 1_048_576, transactional = false, base_timestamp = None,
                        base_offset = 0, partition_leader_epoch = -1))]
    fn new(
        max_size: usize,
        transactional: bool,
        base_timestamp: Option<i64>,
        base_offset: i64,
        partition_leader_epoch: i32,
    ) -> Self {
        let bits = if transactional { wire::Attributes::TRANSACTIONAL } else { 0 };
        let attributes = wire::Attributes(bits);
        let options =
            wire::BatchOptions { attributes, base_timestamp, partition_leader_epoch, base_offset };
        Self { options, max_size, pending: Mutex::new(Pending::default()) }
    }

    /// Adds a record. Raises `BuildError` of kind `full` if the batch would be larger than
    /// `max_size`; then nothing is added.
    #[pyo3(signature = (value, *, key = None, timestamp = 0, headers = Vec::new()))]
    fn push(
        &self,
        py: Python<'_>,
        value: Option<BytesLike<'_>>,
        key: Option<BytesLike<'_>>,
        timestamp: i64,
        headers: Vec<(BytesLike<'_>, Option<BytesLike<'_>>)>,
    ) -> PyResult<()> {
        let owned = |bytes: BytesLike<'_>| bytes.as_bytes().to_vec();
        let header = |(key, value): (BytesLike<'_>, Option<_>)| (owned(key), value.map(owned));
        let record = Written {
            timestamp,
            key: key.map(owned),
            value: value.map(owned),
            headers: headers.into_iter().map(header).collect(),
        };
        let mut pending = self.lock(py);
        let first = pending.records.first().map_or(timestamp, |first| first.timestamp);
        let base = self.options.base_timestamp.unwrap_or(first);
        let number = i32::try_from(pending.records.len()).unwrap_or(i32::MAX);
        let len = record.with(|r| wire::record_len(number, timestamp.wrapping_sub(base), r));
        let too_large = || build_error(wire::BuildError::TooLarge);
        let before = pending.size.max(wire::BatchHeader::LEN);
        let size = len.and_then(|len| before.checked_add(len)).ok_or_else(too_large)?;
        if size > self.max_size {
            return Err(build_error(wire::BuildError::Full { needed: size }));
        }
        i32::try_from(size).map_err(|_| too_large())?;
        pending.size = size;
        pending.records.push(record);
        Ok(())
    }

    /// The batch, sealed; the builder is empty then. Raises `BuildError` of kind `empty` without a
    /// record.
    #[pyo3(signature = (stamp = None))]
    fn finish<'py>(&self, py: Python<'py>, stamp: Option<&Stamp>) -> PyResult<Bound<'py, PyBytes>> {
        let stamp = stamp.map(Stamp::to_core).transpose()?;
        let mut pending = self.lock(py);
        let mut buffer = vec![0; pending.size.max(wire::BatchHeader::LEN)];
        let mut builder =
            wire::BatchBuilder::new(&mut buffer, self.options).map_err(build_error)?;
        for record in &pending.records {
            record.with(|record| builder.push(record)).map_err(build_error)?;
        }
        let batch = PyBytes::new(py, builder.finish(stamp).map_err(build_error)?);
        *pending = Pending::default();
        Ok(batch)
    }

    /// Bytes of the batch so far.
    #[getter]
    fn size_in_bytes(&self, py: Python<'_>) -> usize {
        self.lock(py).size.max(wire::BatchHeader::LEN)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.lock(py).records.len()
    }
}

impl BatchBuilder {
    fn lock(&self, py: Python<'_>) -> std::sync::MutexGuard<'_, Pending> {
        self.pending.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

/// The 78 bytes of a marker that ends a transaction, as Kafka's coordinator writes it.
#[pyfunction]
#[pyo3(signature = (identity, marker, *, base_offset = 0, partition_leader_epoch = -1))]
pub(crate) fn write_end_txn_marker<'py>(
    py: Python<'py>,
    identity: &Identity,
    marker: &EndTxnMarker,
    base_offset: i64,
    partition_leader_epoch: i32,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut buffer = [0; wire::END_TXN_MARKER_LEN];
    let batch = wire::MarkerBatch {
        base_offset,
        partition_leader_epoch,
        producer_id: identity.id,
        producer_epoch: identity.epoch,
    };
    let written = wire::write_end_txn_marker(&mut buffer, &batch, &marker.to_core());
    written.map(|bytes| PyBytes::new(py, bytes)).map_err(build_error)
}

fn build_error(e: wire::BuildError) -> PyErr {
    match e {
        wire::BuildError::Codec { .. } => wrong(e.to_string()),
        _ => error("BuildError", &e, None),
    }
}
