//! What is to be said of a whole folder?

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use fencepost::audit::{Finding, Severity};
use fencepost::broker::{ProducerDescription, Slot};
use fencepost::snapshot::{SnapshotError, v1};

use crate::compare::{Comparison, Excuses, compare};
use crate::index::{self, IndexCheck};
use crate::{Damage, Folder, Options, Replay, ReplayError, Seen, Witness, files};

/// A `.snapshot` file held against the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotCheck {
    /// The offset below which the snapshot says everything.
    pub offset: i64,
    /// The comparison, or why the file is no snapshot.
    pub result: Result<Comparison, SnapshotError>,
}

impl SnapshotCheck {
    /// Whether log and snapshot agree on everything both can know.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.result.as_ref().is_ok_and(|comparison| comparison.differences.is_empty())
    }
}

/// A folder, replayed to its end.
#[derive(Clone, Debug)]
pub struct Report {
    /// The folder's name.
    pub name: String,
    /// Segments in it.
    pub segments: usize,
    /// Batches replayed.
    pub batches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first segment's base offset.
    pub start: i64,
    /// The offset after the last batch replayed.
    pub end: i64,
    /// The snapshot that the replay began with, since batches before it were deleted.
    pub began_with: Option<i64>,
    /// The producers at the end, in order of their ids, with the number of remembered batches.
    pub producers: Vec<(ProducerDescription, usize)>,
    /// What was seen of each on the log.
    pub seen: BTreeMap<i64, Seen>,
    /// What can't be read or replayed.
    pub damage: Vec<Damage>,
    /// What the audit found, in order of offsets; transactions left open come last.
    pub findings: Vec<Finding>,
    /// Each snapshot within the log but the one that the replay began with.
    pub snapshots: Vec<SnapshotCheck>,
    /// Each transaction index.
    pub indexes: Vec<IndexCheck>,
}

impl Report {
    /// Whether every snapshot and transaction index says what the log says; `None` without any.
    #[must_use]
    pub fn equal_to_snapshots(&self) -> Option<bool> {
        if self.snapshots.is_empty() {
            return None;
        }
        Some(self.snapshots.iter().all(SnapshotCheck::is_equal))
    }

    /// The same of the transaction indexes that have entries, or should have.
    #[must_use]
    pub fn equal_to_indexes(&self) -> Option<bool> {
        if self.indexes.is_empty() {
            return None;
        }
        let equal = |check: &IndexCheck| check.differences.is_empty() && check.corrupt.is_none();
        Some(self.indexes.iter().all(equal))
    }

    /// Whether a snapshot or a transaction index says something else than the log.
    #[must_use]
    pub fn differs(&self) -> bool {
        [self.equal_to_snapshots(), self.equal_to_indexes()].contains(&Some(false))
    }

    /// How many faults there are: findings that are one, and places that can't be read.
    #[must_use]
    pub fn faults(&self) -> usize {
        let faults = self.findings.iter().filter(|f| f.severity() == Severity::Fault).count();
        faults + self.damage.iter().filter(|damage| !damage.is_legacy()).count()
    }
}

/// Replays a folder to its end, and compares with each of its files on the way.
///
/// # Errors
/// A file that the system does not give. What is wrong inside files is in the report.
pub fn examine(folder: &Folder, options: Options) -> Result<Report, ReplayError> {
    examine_before(folder, options, true, &mut ())
}

/// The same before a witness, and with the comparison (`compare`) left out where it is not wanted.
///
/// # Errors
/// As [`examine`], and as [`Replay::advance_before`].
pub fn examine_before(
    folder: &Folder,
    options: Options,
    compare: bool,
    witness: &mut dyn Witness,
) -> Result<Report, ReplayError> {
    let mut replay = Replay::new(folder, options)?;
    let mut snapshots = Vec::new();
    for (offset, path) in folder.snapshots.iter().filter(|_| compare) {
        // What lies below the log's start is of batches that are gone; Kafka deletes such files.
        if replay.began_with() == Some(*offset) || *offset < folder.start() {
            continue;
        }
        replay.advance_before(*offset, witness)?;
        match files::read(path, options.live, &mut || witness.goes_on()) {
            Ok(file) => snapshots.push(check(&replay, folder, options, *offset, path, &file)?),
            Err(error) if options.live && error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    replay.advance_before(i64::MAX, witness)?;
    let mut producers: Vec<_> =
        replay.producers().producers().map(|slot| (slot.describe(), slot.window().len())).collect();
    producers.sort_by_key(|(producer, _)| producer.producer_id);
    let findings = replay.findings().iter().copied().chain(replay.left_open()).collect();
    let indexes =
        if compare { index::check(folder, replay.aborted(), options.live)? } else { vec![] };
    Ok(Report {
        name: folder.name.clone(),
        segments: folder.segments.len(),
        batches: replay.batches(),
        bytes: replay.bytes_read(),
        start: folder.start(),
        end: replay.end(),
        began_with: replay.began_with(),
        producers,
        seen: replay.seen().clone(),
        damage: replay.damage().to_vec(),
        findings,
        snapshots,
        indexes,
    })
}

fn check(
    replay: &Replay<'_>,
    folder: &Folder,
    options: Options,
    offset: i64,
    path: &Path,
    file: &[u8],
) -> Result<SnapshotCheck, ReplayError> {
    let result = match v1::decode(file) {
        Ok(entries) => {
            let kafka: Vec<Slot> = entries.map(Slot::from).collect();
            let written = replay.newest_timestamp().max(modified_ms(path));
            let excuses = Excuses {
                offsets_missing: replay.offsets_missing_below(offset),
                expired_before: Some(written.saturating_sub(options.expiration_ms.into())),
            };
            Ok(compare(folder, offset, &kafka, replay.producers(), &excuses)?)
        }
        Err(error) => Err(error),
    };
    Ok(SnapshotCheck { offset, result })
}

/// When a file was written, in milliseconds; the beginning of time if the system does not say.
fn modified_ms(path: &Path) -> i64 {
    let modified = fs::metadata(path).and_then(|data| data.modified()).ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(i64::MIN)
}
