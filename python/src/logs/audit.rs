//! What did an audit say of a partition?

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fencepost::audit::{Finding, Severity};
use fencepost::broker::Batch;
use fencepost_replay::{Damage, Folder, Notebook, Place, Report, Run, Seen, Witness};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::compared::{IndexComparison, SnapshotComparison};
use crate::text::{Sentence, Word};
use crate::value::{Many, value};

/// How far audits in other threads are; and ends them.
#[pyclass(frozen, module = "fencepost._fencepost")]
#[derive(Debug, Default)]
pub(crate) struct AuditProgress {
    bytes: AtomicU64,
    stopped: AtomicBool,
}

#[pymethods]
impl AuditProgress {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Bytes that were audited.
    #[getter]
    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ends every audit that was given this, in a moment.
    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// A notebook that tells how far it is.
pub(super) struct Watched<'a> {
    pub(super) notebook: Notebook,
    pub(super) progress: Option<&'a AuditProgress>,
    pub(super) bytes: u64,
}

impl Watched<'_> {
    /// The audit begins again.
    pub(super) fn take_back(&self) {
        if let Some(progress) = self.progress {
            progress.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

impl Witness for Watched<'_> {
    fn see(
        &mut self,
        place: Place,
        size: usize,
        batch: &Batch,
        findings: &[Finding],
    ) -> ControlFlow<()> {
        if let Some(progress) = self.progress {
            self.bytes += size as u64;
            progress.bytes.fetch_add(size as u64, Ordering::Relaxed);
            self.goes_on()?;
        }
        self.notebook.see(place, size, batch, findings)
    }

    fn goes_on(&mut self) -> ControlFlow<()> {
        let stopped = self.progress.is_some_and(|p| p.stopped.load(Ordering::Relaxed));
        if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

value! {
    /// What went wrong at one place.
    LogFinding, in "fencepost.logs", {
        /// The segment's file name; `None` if the log no longer holds the batch.
        file: Option<Word>,
        /// The batch's first byte in it.
        position: Option<u64>,
        /// The batch's base offset; of an open transaction, its first offset.
        offset: i64,
        producer_id: i64,
        producer_epoch: i16,
        /// The kind's name, which does not change.
        kind: Word,
        /// The rule of `docs/rules.md`.
        rule: Word,
        /// `fault` or `note`.
        severity: Word,
        /// The sentence.
        why: Sentence,
        /// Whether offsets are missing from the log before it.
        offsets_missing: bool,
    }
}

impl LogFinding {
    /// `files` are the names of the folder's segments. There may be millions of these: nothing is
    /// written out that nobody has asked for.
    fn of(files: &[Arc<str>], finding: &Finding, place: Option<Place>) -> Self {
        let file = place.and_then(|place| files.get(place.segment).cloned());
        Self {
            file: file.map(Word::Shared),
            position: place.map(|place| place.position),
            offset: finding.offset,
            producer_id: finding.producer_id,
            producer_epoch: finding.producer_epoch,
            kind: Word::Known(finding.kind.name()),
            rule: Word::Known(finding.kind.rule()),
            severity: Word::Known(match finding.severity() {
                Severity::Fault => "fault",
                Severity::Note => "note",
            }),
            why: Sentence::Finding(finding.kind),
            offsets_missing: finding.offsets_missing,
        }
    }
}

value! {
    /// A place in a segment where reading or replaying ends, or steps over something.
    LogDamage, in "fencepost.logs", {
        file: String,
        position: u64,
        /// `torn_batch`, `legacy_batch`, `no_batch`, `bad_crc`, `bad_marker` or `refused`.
        kind: String,
        /// Bytes of the file from there on.
        bytes: u64,
        later_segments: usize,
        /// The log only ends there: in part of a batch, or in zeros.
        is_tail: bool,
        /// The sentence, with the place.
        why: String,
    }
}

impl LogDamage {
    fn of(damage: &Damage) -> Self {
        Self {
            file: damage.file.clone(),
            position: damage.position,
            kind: damage.name().to_owned(),
            bytes: damage.bytes,
            later_segments: damage.later_segments,
            is_tail: damage.is_growing_tail(),
            why: damage.to_string(),
        }
    }
}

value! {
    /// A producer at the log's end.
    ProducerSeen, in "fencepost.logs", {
        producer_id: i64,
        producer_epoch: i32,
        last_sequence: i32,
        last_timestamp: i64,
        coordinator_epoch: i32,
        current_transaction_start_offset: i64,
        /// Batches that a broker would remember after a replay.
        window: usize,
        batches: u64,
        /// Offsets in them: records, before compaction.
        records: u64,
        markers: u64,
    }
}

value! {
    /// Batches of one producer that follow on each other in one epoch, or one marker.
    ProducerRun, in "fencepost.logs", {
        /// `data`, `commit`, `abort` or `empty_control`.
        kind: Word,
        is_transactional: bool,
        producer_epoch: i16,
        leader_epoch: i32,
        first_sequence: i32,
        last_sequence: i32,
        first_offset: i64,
        last_offset: i64,
        batches: u64,
        records: u64,
        first_timestamp: i64,
        last_timestamp: i64,
        /// Whether the first batch has a finding.
        has_finding: bool,
        file: Word,
        position: u64,
    }
}

impl ProducerRun {
    fn of(files: &[Arc<str>], run: &Run) -> Self {
        let file = files.get(run.place.segment).cloned();
        Self {
            kind: Word::Known(run.kind.name()),
            is_transactional: run.is_transactional,
            producer_epoch: run.producer_epoch,
            leader_epoch: run.leader_epoch,
            first_sequence: run.first_sequence,
            last_sequence: run.last_sequence,
            first_offset: run.first_offset,
            last_offset: run.last_offset,
            batches: run.batches,
            records: run.records,
            first_timestamp: run.first_timestamp,
            last_timestamp: run.last_timestamp,
            has_finding: run.has_finding,
            file: file.map_or(Word::Known(""), Word::Shared),
            position: run.place.position,
        }
    }
}

value! {
    /// A partition, replayed to its end.
    LogAudit, in "fencepost.logs", {
        path: PathBuf,
        name: String,
        segments: usize,
        batches: u64,
        /// Bytes of these batches.
        bytes: u64,
        /// The first segment's base offset.
        start: i64,
        /// The offset after the last batch.
        end: i64,
        /// The snapshot that the replay began with.
        began_with: Option<i64>,
        producers: Many<ProducerSeen>,
        damage: Many<LogDamage>,
        findings: Many<LogFinding>,
        snapshots: Many<SnapshotComparison>,
        indexes: Many<IndexComparison>,
        /// The runs of each producer that was followed.
        runs: BTreeMap<i64, Many<ProducerRun>>,
        /// Batches of followed producers that there was no room for.
        batches_left_out: u64,
    }
}

impl LogAudit {
    pub(super) fn of(folder: &Folder, report: Report, notebook: &Notebook) -> Self {
        let findings = notebook.located(&report.findings);
        let files = names(folder);
        let findings = findings.map(|(finding, at)| LogFinding::of(&files, &finding, at)).collect();
        let runs = notebook.runs().iter();
        let runs = runs.map(|(id, runs)| {
            (*id, Many::of(runs.iter().map(|run| ProducerRun::of(&files, run)).collect()))
        });
        Self {
            path: folder.path.clone(),
            segments: report.segments,
            batches: report.batches,
            bytes: report.bytes,
            start: report.start,
            end: report.end,
            began_with: report.began_with,
            producers: Many::of(producers(&report)),
            damage: Many::of(report.damage.iter().map(LogDamage::of).collect()),
            findings: Many::of(findings),
            snapshots: Many::of(report.snapshots.iter().map(SnapshotComparison::of).collect()),
            indexes: Many::of(report.indexes.iter().map(IndexComparison::of).collect()),
            runs: runs.collect(),
            batches_left_out: notebook.batches_left_out(),
            name: report.name,
        }
    }
}

/// The file names of a folder's segments.
fn names(folder: &Folder) -> Vec<Arc<str>> {
    let place = |segment| Place { segment, position: 0 };
    (0..folder.segments.len()).map(|segment| place(segment).file(folder).into()).collect()
}

fn producers(report: &Report) -> Vec<ProducerSeen> {
    let seen = |id: i64| report.seen.get(&id).copied().unwrap_or(Seen::default());
    let producers = report.producers.iter().map(|(producer, window)| {
        let Seen { batches, records, markers } = seen(producer.producer_id);
        ProducerSeen {
            producer_id: producer.producer_id,
            producer_epoch: producer.producer_epoch,
            last_sequence: producer.last_sequence,
            last_timestamp: producer.last_timestamp,
            coordinator_epoch: producer.coordinator_epoch,
            current_transaction_start_offset: producer.current_txn_start_offset,
            window: *window,
            batches,
            records,
            markers,
        }
    });
    producers.collect()
}
