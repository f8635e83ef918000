//! Which transactions were aborted? A `.txnindex` file, read, grown, cut and asked.

use fencepost::broker::{self, TXN_INDEX_ENTRY_LEN, TxnIndex, TxnIndexError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::bytes::Source;
use crate::raise::error;
use crate::value::value;

value! {
    /// An entry of a `.txnindex` file.
    AbortedTransaction, {
        producer_id: i64,
        first_offset: i64,
        last_offset: i64,
        last_stable_offset: i64,
    }
}

impl AbortedTransaction {
    pub(crate) const fn of(entry: &broker::AbortedTransaction) -> Self {
        Self {
            producer_id: entry.producer_id,
            first_offset: entry.first_offset,
            last_offset: entry.last_offset,
            last_stable_offset: entry.last_stable_offset,
        }
    }

    const fn to_core(&self) -> broker::AbortedTransaction {
        broker::AbortedTransaction {
            producer_id: self.producer_id,
            first_offset: self.first_offset,
            last_offset: self.last_offset,
            last_stable_offset: self.last_stable_offset,
        }
    }
}

fn failed(e: &TxnIndexError) -> PyErr {
    error("TxnIndexError", e, None)
}

/// The entries up to the first that is not good, and why that is.
fn read(bytes: &[u8]) -> (Vec<AbortedTransaction>, Option<TxnIndexError>) {
    let (mut entries, mut problem) = (Vec::new(), None);
    for entry in TxnIndex::new(bytes) {
        match entry {
            Ok(entry) => entries.push(AbortedTransaction::of(&entry)),
            Err(error) => problem = Some(error),
        }
    }
    (entries, problem)
}

/// Reads a `.txnindex` file, from a path or any bytes-like object. Raises `TxnIndexError`, whose
/// `entry` is its number, at the first entry that is not good. A tail that is no whole entry is
/// passed over, as Kafka does.
#[pyfunction]
pub(crate) fn read_txn_index(py: Python<'_>, source: Source) -> PyResult<Vec<AbortedTransaction>> {
    let (entries, problem) = source.read(py, read)?;
    problem.map_or(Ok(entries), |why| Err(failed(&why)))
}

/// A transaction index's entries, and why it can't be read to its end, if it can't.
#[pyfunction]
pub(crate) fn inspect_transaction_index(
    py: Python<'_>,
    data: &[u8],
) -> (Vec<AbortedTransaction>, Option<String>) {
    let (entries, problem) = py.detach(|| read(data));
    let mut why = problem.map(|error| error.to_string());
    let tail = data.len() % TXN_INDEX_ENTRY_LEN;
    if why.is_none() && tail != 0 {
        let whole = entries.len() * TXN_INDEX_ENTRY_LEN;
        why = Some(format!("the last {tail} bytes, from byte {whole} on, are no whole entry"));
    }
    (entries, why)
}

/// The bytes of an entry, to be added to its segment's `.txnindex` file. `last` is the marker's
/// offset of the last entry that this process knows of. Raises `TxnIndexError` unless the entry's
/// is above it.
#[pyfunction]
#[pyo3(signature = (entry, *, last))]
pub(crate) fn append_txn_index<'py>(
    py: Python<'py>,
    entry: &AbortedTransaction,
    last: Option<i64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let entry = entry.to_core();
    broker::check_txn_index_append(last, &entry).map_err(|why| failed(&why))?;
    Ok(PyBytes::new(py, &entry.encode()))
}

/// Of a truncation of the log to this offset: how many bytes are left of the `.txnindex` file, and
/// the marker's offset of the last entry left. `None`: the file stays as it is.
#[pyfunction]
pub(crate) fn cut_txn_index(
    py: Python<'_>,
    source: Source,
    offset: i64,
) -> PyResult<Option<(usize, Option<i64>)>> {
    let cut = source.read(py, |bytes| TxnIndex::new(bytes).truncate_to(offset))?;
    cut.map_err(|why| failed(&why))
}

/// The aborted transactions that a consumer with isolation level read_committed must be told of,
/// whose fetch has the offsets from `fetch_offset` up to `upper_bound`, exclusive; and whether no
/// later segment can hold more.
#[pyfunction]
#[pyo3(signature = (source, *, fetch_offset, upper_bound))]
pub(crate) fn collect_aborted(
    py: Python<'_>,
    source: Source,
    fetch_offset: i64,
    upper_bound: i64,
) -> PyResult<(Vec<AbortedTransaction>, bool)> {
    let collected = source.read(py, |bytes| {
        let mut aborted = Vec::new();
        let index = TxnIndex::new(bytes);
        let is_complete = index.collect_aborted(fetch_offset, upper_bound, |entry| {
            aborted.push(AbortedTransaction::of(&entry));
        })?;
        Ok((aborted, is_complete))
    })?;
    collected.map_err(|why| failed(&why))
}
