//! The files that keep producers' states: Kafka's `.snapshot`, and the format that keeps the
//! window.

use fencepost::broker::Slot;
use fencepost::snapshot::{SnapshotError, full, v1};
use fencepost::window::{ContentTag, Tag};
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
pub(crate) fn read_slots<T: Tag>(bytes: &[u8]) -> Result<(Format, Vec<Slot<T>>), SnapshotError> {
    // No version of Kafka's begins like this: it would be 18,000 and some.
    if bytes.starts_with(&full::MAGIC) {
        full::decode(bytes).map(|slots| (Format::Full, slots.collect()))
    } else {
        v1::decode(bytes).map(|entries| (Format::V1, entries.map(Slot::from).collect()))
    }
}

/// Reads a snapshot of either format, from a path or any bytes-like object. Raises `SnapshotError`
/// unless all of it is good.
#[pyfunction]
pub(crate) fn read_snapshot(py: Python<'_>, source: Source) -> PyResult<Snapshot> {
    let (format, slots) = source.read(py, read_slots::<ContentTag>)?.map_err(|e| failed(&e))?;
    let producers = Many::of(slots.iter().map(ProducerState::of).collect());
    Ok(Snapshot { format: format.name().to_owned(), producers })
}
