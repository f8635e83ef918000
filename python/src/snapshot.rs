//! The files that keep producers' states: Kafka's `.snapshot`, the format that keeps the window,
//! and `.txnindex`.

use fencepost::broker::{self, Slot};
use fencepost::snapshot::{SnapshotError, full, v1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::bytes::Source;
use crate::partition::ProducerState;
use crate::raise::{error, wrong};
use crate::room::Core;
use crate::value::{Many, value};

/// Which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    V1,
    Full,
}

impl Format {
    pub(crate) fn named(name: &str) -> PyResult<Self> {
        match name {
            "v1" => Ok(Self::V1),
            "full" => Ok(Self::Full),
            _ => Err(wrong(format!("format is one of v1, full, not {name:?}"))),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::Full => "full",
        }
    }
}

value! {
    /// A snapshot file: its format (`v1` is Kafka's, `full` keeps all five batches) and what it
    /// says of each producer, in the file's order.
    Snapshot, {
        format: String,
        producers: Many<ProducerState>,
    }
}

value! {
    /// An entry of a `.txnindex` file.
    AbortedTransaction, {
        producer_id: i64,
        first_offset: i64,
        last_offset: i64,
        last_stable_offset: i64,
    }
}

pub(crate) fn failed(e: &SnapshotError) -> PyErr {
    error("SnapshotError", e, None)
}

pub(crate) fn write(partition: &Core, format: Format) -> PyResult<Vec<u8>> {
    let producers = partition.producers();
    let len = match format {
        Format::V1 => v1::encoded_len(room_len(partition)),
        Format::Full => full::encoded_len(producers.clone()).into(),
    };
    let mut bytes = vec![0; len.unwrap_or(0)];
    let written = match format {
        Format::V1 => v1::encode(producers, &mut bytes),
        Format::Full => full::encode(producers, &mut bytes),
    };
    written.map(|_len| bytes).map_err(|e| failed(&e))
}

fn room_len(partition: &Core) -> usize {
    crate::room::to_usize(partition.len())
}

/// The producers of a snapshot of either format; all of it is checked.
pub(crate) fn read_slots(bytes: &[u8]) -> Result<(Format, Vec<Slot>), SnapshotError> {
    if bytes.starts_with(&full::MAGIC) {
        full::decode::<()>(bytes).map(|slots| (Format::Full, slots.collect()))
    } else {
        v1::decode::<()>(bytes).map(|slots| (Format::V1, slots.collect()))
    }
}

/// Reads a snapshot of either format, from a path or any bytes-like object. Raises `SnapshotError`
/// unless all of it is good.
#[pyfunction]
pub(crate) fn read_snapshot(py: Python<'_>, source: Source) -> PyResult<Snapshot> {
    let (format, slots) = source.read(py, read_slots)?.map_err(|e| failed(&e))?;
    let producers = Many(slots.iter().map(ProducerState::of).collect());
    Ok(Snapshot { format: format.name().to_owned(), producers })
}

/// Reads a `.txnindex` file, from a path or any bytes-like object. Raises `TxnIndexError`, whose
/// `position` is the entry's first byte, at the first entry that is not good.
#[pyfunction]
pub(crate) fn read_txn_index(py: Python<'_>, source: Source) -> PyResult<Vec<AbortedTransaction>> {
    let entry = |e: broker::AbortedTransaction| AbortedTransaction {
        producer_id: e.producer_id,
        first_offset: e.first_offset,
        last_offset: e.last_offset,
        last_stable_offset: e.last_stable_offset,
    };
    let read = source.read(py, |bytes| {
        let entries = broker::TxnIndex::new(bytes).map(|read| read.map(entry));
        entries.collect::<Result<Vec<_>, _>>()
    })?;
    read.map_err(|e| error("TxnIndexError", &e, None))
}
