//! Record batches of format 2: headers, whole batches, and their records.

use fencepost::wire;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::bytes::{BytesLike, Writable};
use crate::ids::Stamp;
use crate::raise::error;
use crate::value::{Many, value};

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

value! {
    /// The 61 bytes of a batch header (format 2, magic 2) as raw integers; any value may stand in
    /// any field. Timestamps are milliseconds.
    BatchHeader, {
        base_offset: i64,
        batch_length: i32,
        partition_leader_epoch: i32,
        crc: u32,
        attributes: i16,
        last_offset_delta: i32,
        base_timestamp: i64,
        max_timestamp: i64,
        producer_id: i64,
        producer_epoch: i16,
        base_sequence: i32,
        records_count: i32,
    }

    /// Reads the header at the start of some bytes; what follows its 61 bytes is not looked at.
    #[staticmethod]
    fn parse(data: BytesLike<'_>) -> PyResult<Self> {
        wire::BatchHeader::parse(data.as_bytes()).map(|h| Self::of(&h)).map_err(batch_error)
    }

    /// The 61 bytes, every field as it is, the CRC too.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut bytes = [0; wire::BatchHeader::LEN];
        self.to_core().write(&mut bytes);
        PyBytes::new(py, &bytes)
    }

    /// Bytes of the whole batch.
    #[getter]
    fn size_in_bytes(&self) -> i64 {
        i64::from(self.batch_length) + 12
    }

    /// Offset of the last record.
    #[getter]
    fn last_offset(&self) -> i64 {
        self.to_core().last_offset()
    }

    /// Offset after the last record.
    #[getter]
    fn next_offset(&self) -> i64 {
        self.to_core().next_offset()
    }

    /// Sequence of the last record, -1 if the batch has none.
    #[getter]
    fn last_sequence(&self) -> i32 {
        self.to_core().last_sequence()
    }

    /// Whether an idempotent or transactional producer wrote the batch.
    #[getter]
    fn has_producer_id(&self) -> bool {
        self.to_core().has_producer_id()
    }

    /// The codec: none, gzip, snappy, lz4, zstd, or `codec 5` to `codec 7`, which name none.
    #[getter]
    fn codec(&self) -> String {
        let number = wire::Attributes(self.attributes).codec();
        let name = usize::try_from(number).ok().and_then(|n| CODECS.get(n));
        name.map_or_else(|| format!("codec {number}"), |name| (*name).to_owned())
    }

    /// Whether the batch is part of a transaction.
    #[getter]
    fn is_transactional(&self) -> bool {
        wire::Attributes(self.attributes).is_transactional()
    }

    /// Whether the batch is a control batch (a marker), not data.
    #[getter]
    fn is_control(&self) -> bool {
        wire::Attributes(self.attributes).is_control()
    }

    /// Whether the timestamps are the broker's append time.
    #[getter]
    fn is_log_append_time(&self) -> bool {
        wire::Attributes(self.attributes).is_log_append_time()
    }

    /// Whether the base timestamp holds the delete horizon.
    #[getter]
    fn has_delete_horizon(&self) -> bool {
        wire::Attributes(self.attributes).has_delete_horizon()
    }
}

impl BatchHeader {
    pub(crate) const fn of(header: &wire::BatchHeader) -> Self {
        Self {
            base_offset: header.base_offset,
            batch_length: header.batch_length,
            partition_leader_epoch: header.partition_leader_epoch,
            crc: header.crc,
            attributes: header.attributes.0,
            last_offset_delta: header.last_offset_delta,
            base_timestamp: header.base_timestamp,
            max_timestamp: header.max_timestamp,
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            base_sequence: header.base_sequence,
            records_count: header.records_count,
        }
    }

    pub(crate) const fn to_core(&self) -> wire::BatchHeader {
        wire::BatchHeader {
            base_offset: self.base_offset,
            batch_length: self.batch_length,
            partition_leader_epoch: self.partition_leader_epoch,
            crc: self.crc,
            attributes: wire::Attributes(self.attributes),
            last_offset_delta: self.last_offset_delta,
            base_timestamp: self.base_timestamp,
            max_timestamp: self.max_timestamp,
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            base_sequence: self.base_sequence,
            records_count: self.records_count,
        }
    }
}

value! {
    /// A record. `sequence` is -1 if the batch has none; a key or value of `None` is null. Headers
    /// are pairs of bytes, in order; Kafka reads their keys as UTF-8.
    Record, {
        offset: i64,
        timestamp: i64,
        sequence: i32,
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        headers: Many<(Vec<u8>, Option<Vec<u8>>)>,
        attributes: i8,
    }
}

impl Record {
    fn of(record: &wire::Record<'_>) -> Self {
        let header = |h: wire::RecordHeader<'_>| (h.key.to_vec(), h.value.map(<[u8]>::to_vec));
        Self {
            offset: record.offset,
            timestamp: record.timestamp,
            sequence: record.sequence,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: Many::of(record.headers.map(header).collect()),
            attributes: record.attributes,
        }
    }
}

value! {
    /// The end of a transaction, as a control batch says it: `commit` or abort, the epoch of the
    /// coordinator that wrote it, and the record's timestamp in milliseconds.
    EndTxnMarker, {
        commit: bool,
        coordinator_epoch: i32,
        timestamp: i64,
    }
}

impl EndTxnMarker {
    pub(crate) const fn to_core(&self) -> wire::EndTxnMarker {
        let kind = if self.commit { wire::MarkerKind::Commit } else { wire::MarkerKind::Abort };
        wire::EndTxnMarker {
            kind,
            coordinator_epoch: self.coordinator_epoch,
            timestamp: self.timestamp,
        }
    }

    const fn of(marker: wire::EndTxnMarker) -> Self {
        Self {
            commit: matches!(marker.kind, wire::MarkerKind::Commit),
            coordinator_epoch: marker.coordinator_epoch,
            timestamp: marker.timestamp,
        }
    }
}

/// One whole batch of format 2: its bytes, and its header read once.
#[pyclass(frozen, module = "fencepost")]
pub(crate) struct Batch {
    bytes: Py<PyBytes>,
    pub(crate) header: wire::BatchHeader,
}

impl Batch {
    pub(crate) fn view<'a>(&'a self, py: Python<'a>) -> PyResult<wire::BatchView<&'a [u8]>> {
        wire::BatchView::new_checked(self.bytes.as_bytes(py)).map_err(batch_error)
    }
}

#[pymethods]
impl Batch {
    /// Checks that the bytes are exactly one batch. Neither CRC nor records are looked at.
    #[new]
    fn new(data: BytesLike<'_>) -> PyResult<Self> {
        let header = *wire::BatchView::new_checked(data.as_bytes()).map_err(batch_error)?.header();
        Ok(Self { bytes: data.0.unbind(), header })
    }

    /// The header.
    #[getter]
    fn header(&self) -> BatchHeader {
        BatchHeader::of(&self.header)
    }

    /// The bytes after the header: the records, or if a codec is set one compressed block.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, self.view(py)?.records()))
    }

    /// Raises `CrcMismatchError` unless the stored CRC is that of the bytes.
    fn verify_crc(&self, py: Python<'_>) -> PyResult<()> {
        let mismatch = |e: wire::CrcMismatch| error("CrcMismatchError", &e, Some(e.error_code()));
        self.view(py)?.verify_crc().map_err(mismatch)
    }

    /// The records. Of a compressed batch they are read from its payload as the caller has
    /// decompressed it.
    #[pyo3(signature = (decompressed = None))]
    fn records(
        &self,
        py: Python<'_>,
        decompressed: Option<BytesLike<'_>>,
    ) -> PyResult<Vec<Record>> {
        let view = self.view(py)?;
        let records = match &decompressed {
            Some(block) => wire::Records::of_decompressed(&self.header, block.as_bytes()),
            None => view.iter(),
        };
        let record = |r: Result<wire::Record<'_>, _>| r.map(|r| Record::of(&r));
        records.and_then(|records| records.map(record).collect()).map_err(record_error)
    }

    /// The marker of a control batch that ends a transaction; `None` of any other batch.
    fn marker(&self, py: Python<'_>) -> PyResult<Option<EndTxnMarker>> {
        if !self.header.attributes.is_control() || !self.header.has_producer_id() {
            return Ok(None);
        }
        match wire::ControlBatch::read(&self.view(py)?).map_err(marker_error)? {
            wire::ControlBatch::EndTxn(marker) => Ok(Some(EndTxnMarker::of(marker))),
            wire::ControlBatch::Empty => Ok(None),
        }
    }

    fn __bytes__(&self, py: Python<'_>) -> Py<PyBytes> {
        self.bytes.clone_ref(py)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.bytes.as_bytes(py).len()
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>();
        other.is_ok_and(|other| other.get().bytes.as_bytes(py) == self.bytes.as_bytes(py))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.bytes.bind(py).hash()
    }

    fn __getnewargs__(&self, py: Python<'_>) -> (Py<PyBytes>,) {
        (self.bytes.clone_ref(py),)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Batch({})", self.bytes.bind(py).repr()?.to_str()?))
    }

    #[classattr]
    fn __match_args__() -> (&'static str,) {
        ("header",)
    }
}

/// Writes id, epoch and first sequence into a batch in place and computes its CRC, whatever it was.
#[pyfunction]
pub(crate) fn stamp_batch(batch: Writable<'_>, stamp: &Stamp) -> PyResult<()> {
    let stamp = stamp.to_core()?;
    batch.change(|bytes| wire::stamp(bytes, stamp).map_err(batch_error))
}

/// Changes id, epoch and first sequence of a sealed batch in place, and its CRC by what that
/// changes: a damaged batch stays as damaged.
#[pyfunction]
pub(crate) fn restamp_batch(batch: Writable<'_>, stamp: &Stamp) -> PyResult<()> {
    let stamp = stamp.to_core()?;
    batch.change(|bytes| wire::restamp(bytes, stamp).map_err(batch_error))
}

/// Computes the CRC of a batch in place.
#[pyfunction]
pub(crate) fn seal_batch(batch: Writable<'_>) -> PyResult<()> {
    batch.change(|bytes| wire::seal(bytes).map(|_crc| ()).map_err(batch_error))
}

/// CRC-32C (Castagnoli), of `data` behind what gave `crc`.
#[pyfunction]
#[pyo3(signature = (data, crc = 0))]
pub(crate) fn crc32c(data: BytesLike<'_>, crc: u32) -> u32 {
    wire::crc32c_append(crc, data.as_bytes())
}

pub(crate) fn batch_error(e: wire::BatchError) -> PyErr {
    error("BatchError", &e, Some(e.error_code()))
}

pub(crate) fn record_error(e: wire::RecordError) -> PyErr {
    Python::attach(|py| {
        let made = error("RecordError", &e, Some(e.error_code()));
        let value = made.value(py);
        let kind = crate::raise::Facts::of(&e.kind);
        let set =
            value.setattr("index", e.index).and_then(|()| value.setattr("position", e.position));
        let set = set.and_then(|()| value.setattr("kind", kind.kind));
        set.map_or_else(|failed| failed, |()| made)
    })
}

pub(crate) fn marker_error(e: wire::MarkerError) -> PyErr {
    error("MarkerError", &e, Some(e.error_code()))
}
