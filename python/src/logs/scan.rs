//! Which batches are in this segment? Read in pieces, so that a file of any size can be looked at.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use fencepost::wire::{Attributes, BatchHeader, BatchView, ControlBatch, MarkerKind};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::{LogError, refused};
use crate::segment::{Damage, Reader, Step, Stopped, Walk};
use crate::value::value;

value! {
    /// One batch, by its header.
    BatchRow, in "fencepost.logs", {
        /// Its first byte in the file.
        position: u64,
        size_in_bytes: usize,
        base_offset: i64,
        last_offset: i64,
        producer_id: i64,
        producer_epoch: i16,
        base_sequence: i32,
        last_sequence: i32,
        records: i32,
        leader_epoch: i32,
        attributes: i16,
        /// `none`, `gzip`, `snappy`, `lz4`, `zstd`, or the number of one that there is not.
        codec: String,
        is_transactional: bool,
        is_control: bool,
        is_log_append_time: bool,
        has_delete_horizon: bool,
        base_timestamp: i64,
        max_timestamp: i64,
        crc: u32,
        /// Of a control batch: `commit`, `abort`, `empty`, or what makes it none of these.
        marker: Option<String>,
        /// Of a marker: the epoch of the coordinator that wrote it.
        coordinator_epoch: Option<i32>,
    }
}

impl BatchRow {
    fn of(position: u64, batch: &BatchView<&[u8]>) -> Self {
        let header = batch.header();
        let marker = header.attributes.is_control().then(|| ControlBatch::read(batch));
        let coordinator_epoch = match &marker {
            Some(Ok(ControlBatch::EndTxn(marker))) => Some(marker.coordinator_epoch),
            _ => None,
        };
        let marker = marker.map(|marker| match marker {
            Ok(ControlBatch::Empty) => "empty".to_owned(),
            Ok(ControlBatch::EndTxn(marker)) => match marker.kind {
                MarkerKind::Commit => "commit".to_owned(),
                MarkerKind::Abort => "abort".to_owned(),
            },
            Err(error) => format!("no end of a transaction: {error}"),
        });
        Self {
            position,
            size_in_bytes: batch.size_in_bytes(),
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            base_sequence: header.base_sequence,
            last_sequence: header.last_sequence(),
            records: header.records_count,
            leader_epoch: header.partition_leader_epoch,
            attributes: header.attributes.0,
            codec: codec(header.attributes),
            is_transactional: header.attributes.is_transactional(),
            is_control: header.attributes.is_control(),
            is_log_append_time: header.attributes.is_log_append_time(),
            has_delete_horizon: header.attributes.has_delete_horizon(),
            base_timestamp: header.base_timestamp,
            max_timestamp: header.max_timestamp,
            crc: header.crc,
            marker,
            coordinator_epoch,
        }
    }
}

fn codec(attributes: Attributes) -> String {
    let names = ["none", "gzip", "snappy", "lz4", "zstd"];
    let number = attributes.codec();
    let name = usize::try_from(number).ok().and_then(|n| names.get(n));
    name.map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// Which batches are wanted. All bounds are inclusive.
struct Wanted {
    producers: Option<BTreeSet<i64>>,
    offsets: (i64, i64),
    times: (i64, i64),
}

impl Wanted {
    fn has(&self, header: &BatchHeader) -> bool {
        let producer = |ids: &BTreeSet<i64>| ids.contains(&header.producer_id);
        self.producers.as_ref().is_none_or(producer)
            && header.last_offset() >= self.offsets.0
            && header.base_offset <= self.offsets.1
            && header.max_timestamp >= self.times.0
            && earliest(header) <= self.times.1
    }
}

/// The first record's timestamp, where the header has it; records in between are not looked at.
fn earliest(header: &BatchHeader) -> i64 {
    let has = !header.attributes.has_delete_horizon() && !header.attributes.is_log_append_time();
    if has { header.base_timestamp.min(header.max_timestamp) } else { header.max_timestamp }
}

/// How far a scan came.
struct Scan {
    reader: Reader,
    is_over: bool,
}

/// The batches of one segment file, in pieces.
#[pyclass(frozen, module = "fencepost._fencepost")]
pub(crate) struct SegmentScan {
    path: PathBuf,
    wanted: Wanted,
    scan: Mutex<Scan>,
}

/// What a piece of a scan gives.
#[derive(IntoPyObject)]
pub(crate) enum Row {
    Batch(BatchRow),
    Damage(Damage),
}

impl Row {
    const fn position(&self) -> u64 {
        match self {
            Self::Batch(row) => row.position,
            Self::Damage(damage) => damage.position,
        }
    }
}

impl Scan {
    /// The next rows that are wanted, and what is wrong between them; none at the end.
    fn next(&mut self, wanted: &Wanted, limit: usize) -> io::Result<Vec<Row>> {
        let (mut rows, mut damage) = (Vec::new(), Vec::new());
        while !self.is_over && rows.len() + damage.len() < limit {
            let mut each = |position, batch: &BatchView<&[u8]>| {
                if wanted.has(batch.header()) {
                    rows.push(Row::Batch(BatchRow::of(position, batch)));
                }
                if rows.len() < limit { Step::On } else { Step::Pause }
            };
            let walk = Walk { verify: true, past_crc: true };
            let walked = self.reader.walk_on(walk, &mut each, &mut damage);
            self.is_over = walked.map_err(|stopped: Stopped<Infallible>| match stopped {
                Stopped::Io(error) => error,
                Stopped::Failed(never) => match never {},
            })?;
        }
        rows.extend(damage.into_iter().map(Row::Damage));
        rows.sort_by_key(Row::position);
        Ok(rows)
    }
}

#[pymethods]
impl SegmentScan {
    /// Opens the file. Bounds are inclusive; times are milliseconds, held against the first and the
    /// largest timestamp of each batch.
    #[new]
    #[pyo3(signature = (
        path, *, producers=None, from_offset=i64::MIN, to_offset=i64::MAX, since=i64::MIN,
        until=i64::MAX
    ))]
    fn new(
        path: PathBuf,
        producers: Option<BTreeSet<i64>>,
        from_offset: i64,
        to_offset: i64,
        since: i64,
        until: i64,
    ) -> PyResult<Self> {
        // Opening a pipe waits for a writer.
        let is_file = fs::metadata(&path).map_err(|error| refused(&path, &error))?.is_file();
        if !is_file {
            return Err(LogError::new_err(format!("{}: not a regular file", path.display())));
        }
        let file = File::open(&path).map_err(|error| refused(&path, &error))?;
        let wanted = Wanted { producers, offsets: (from_offset, to_offset), times: (since, until) };
        let scan = Scan { reader: Reader::new(file), is_over: false };
        Ok(Self { path, wanted, scan: Mutex::new(scan) })
    }

    /// The next rows, some `limit` of them, without the GIL; none at the end. Each is a `BatchRow`
    /// that is wanted, or the `Damage` in between.
    fn next_rows(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<Row>> {
        let read = || {
            let mut scan = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
            scan.next(&self.wanted, limit)
        };
        py.detach(read).map_err(|error| refused(&self.path, &error))
    }

    /// Bytes of the file that were read, those of batches that are not wanted too.
    #[getter]
    fn position(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.scan.lock().unwrap_or_else(PoisonError::into_inner).reader.position())
    }
}
