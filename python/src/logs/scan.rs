//! Which batches are in this segment? Read in pieces, so that a file of any size can be looked at.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use fencepost::wire::{
    Attributes, BatchError, BatchHeader, BatchView, ControlBatch, FindingKind, MarkerKind, Segment,
};
use pyo3::prelude::*;

use super::{LogError, refused};

/// Bytes read at a time, at least.
const PIECE: usize = 1 << 20;

/// One batch, by its header.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
#[derive(Clone, Debug)]
pub(crate) struct BatchRow {
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

/// A place in a segment that is no batch, or a damaged one.
#[pyclass(frozen, get_all, module = "fencepost._fencepost")]
#[derive(Clone, Debug)]
pub(crate) struct ScanProblem {
    /// The first byte of the batch concerned.
    position: u64,
    /// The first byte of what is wrong in it.
    byte: u64,
    why: String,
    /// Whether reading went on behind it; otherwise nothing says where a next batch would begin.
    is_skipped: bool,
    /// The file ends inside this batch, as that of a broker which is writing may.
    is_torn: bool,
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

/// What has been read of the file and not yet been given.
struct Window {
    file: File,
    bytes: Vec<u8>,
    /// Where in `bytes` the next batch begins.
    from: usize,
    /// Where in the file it does.
    position: u64,
    at_end: bool,
}

impl Window {
    /// Makes the window hold this many bytes from the next batch on, if there are as many.
    fn fill(&mut self, wanted: usize) -> std::io::Result<()> {
        self.bytes.drain(..self.from);
        self.from = 0;
        let missing = wanted.max(PIECE).saturating_sub(self.bytes.len());
        // Grows with what is there, not with what a hostile length asks for.
        let got = (&self.file).take(missing as u64).read_to_end(&mut self.bytes)?;
        self.at_end = got < missing;
        Ok(())
    }

    fn step(&mut self, size: usize) {
        self.from = self.from.saturating_add(size);
        self.position = self.position.saturating_add(size as u64);
    }
}

/// The batches of one segment file, in pieces.
#[pyclass(frozen, module = "fencepost._fencepost")]
pub(crate) struct SegmentScan {
    path: PathBuf,
    wanted: Wanted,
    window: Mutex<Window>,
}

/// What a piece of a scan gives.
#[derive(IntoPyObject)]
pub(crate) enum Row {
    Batch(BatchRow),
    Problem(ScanProblem),
}

impl Window {
    /// The next row that is wanted; `None` at the end.
    fn next(&mut self, wanted: &Wanted) -> std::io::Result<Option<Row>> {
        loop {
            let rest = self.bytes.get(self.from..).unwrap_or_default();
            if rest.is_empty() {
                if self.at_end {
                    return Ok(None);
                }
                self.fill(PIECE)?;
                continue;
            }
            let mut segment = Segment::verified(rest);
            let read = segment.next();
            let (size, row) = match read {
                None => return Ok(None),
                Some(Ok((_, batch))) => {
                    let row = wanted.has(batch.header());
                    let row = row.then(|| Row::Batch(BatchRow::of(self.position, &batch)));
                    (batch.size_in_bytes(), row)
                }
                Some(Err(finding)) => {
                    if let FindingKind::Batch(BatchError::Truncated { wanted, .. }) = finding.kind
                        && !self.at_end
                    {
                        self.fill(wanted)?;
                        continue;
                    }
                    let is_torn =
                        matches!(finding.kind, FindingKind::Batch(BatchError::Truncated { .. }));
                    let problem = ScanProblem {
                        position: self.position,
                        byte: self.position.saturating_add(finding.byte() as u64),
                        why: why(&finding.kind),
                        is_skipped: finding.is_skipped(),
                        is_torn,
                    };
                    let size = if finding.is_skipped() { segment.position() } else { rest.len() };
                    self.at_end |= !finding.is_skipped();
                    (size, Some(Row::Problem(problem)))
                }
            };
            self.step(size);
            if row.is_some() {
                return Ok(row);
            }
        }
    }
}

fn why(kind: &FindingKind) -> String {
    match kind {
        FindingKind::Batch(error) => error.to_string(),
        FindingKind::Crc(error) => error.to_string(),
        other => format!("{other:?}"),
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
        let window = Window { file, bytes: Vec::new(), from: 0, position: 0, at_end: false };
        Ok(Self { path, wanted, window: Mutex::new(window) })
    }

    /// The next rows, at most `limit` of them, without the GIL; none at the end. Each is a
    /// `BatchRow` that is wanted, or a `ScanProblem`.
    fn next_rows(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<Row>> {
        let read = || -> std::io::Result<Vec<Row>> {
            let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
            let mut rows = Vec::new();
            while rows.len() < limit {
                let Some(row) = window.next(&self.wanted)? else { break };
                rows.push(row);
            }
            Ok(rows)
        };
        py.detach(read).map_err(|error| refused(&self.path, &error))
    }

    /// Bytes of the file that were read, those of batches that are not wanted too.
    #[getter]
    fn position(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.window.lock().unwrap_or_else(PoisonError::into_inner).position)
    }
}
