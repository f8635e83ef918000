//! Which snapshot files are to be taken, loaded, renamed and deleted?

use fencepost::snapshot::files;
use fencepost::snapshot::rebuild;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::raise::error;
use crate::value::{Many, value};

/// The name of the snapshot file for an offset: 20 digits and `.snapshot`.
#[pyfunction]
pub(crate) fn snapshot_name(offset: i64) -> String {
    files::name(offset).to_string()
}

/// What a snapshot file is renamed to when its segment is deleted.
#[pyfunction]
pub(crate) fn snapshot_deleted_name(offset: i64) -> String {
    files::deleted_name(offset).to_string()
}

/// Whether a file of this name is left over from a deletion, and is to be deleted when the log is
/// loaded.
#[pyfunction]
pub(crate) fn snapshot_is_deleted(name: &str) -> bool {
    files::is_deleted(name)
}

/// The offset a file is named for; `None` if it is not a snapshot file. Raises `SnapshotError` if
/// it ends as one and is not named for an offset: Kafka fails to load such a folder.
#[pyfunction]
pub(crate) fn snapshot_parse_name(name: &str) -> PyResult<Option<i64>> {
    files::parse_name(name).map_err(|why| error("SnapshotError", &why, None))
}

/// The snapshot to load: the highest.
#[pyfunction]
pub(crate) fn snapshot_latest(snapshots: Many<i64>) -> Option<i64> {
    files::latest(snapshots.items())
}

/// The lowest.
#[pyfunction]
pub(crate) fn snapshot_oldest(snapshots: Many<i64>) -> Option<i64> {
    files::oldest(snapshots.items())
}

/// The snapshots to delete when the log is truncated: above its end, or at or below its start.
#[pyfunction]
#[pyo3(signature = (snapshots, *, log_start, log_end))]
pub(crate) fn snapshots_outside_log(
    snapshots: Many<i64>,
    log_start: i64,
    log_end: i64,
) -> Vec<i64> {
    files::outside_log(snapshots.items(), log_start, log_end).collect()
}

/// The snapshots to delete before an offset, in retention.
#[pyfunction]
pub(crate) fn snapshots_before(snapshots: Many<i64>, offset: i64) -> Vec<i64> {
    files::before(snapshots.items(), offset).collect()
}

/// The snapshots to delete when the log is loaded: those that belong to no segment. The highest of
/// them stays, unless it is out of date.
#[pyfunction]
#[pyo3(signature = (snapshots, *, segment_bases))]
pub(crate) fn snapshots_stray(
    py: Python<'_>,
    snapshots: Many<i64>,
    segment_bases: Many<i64>,
) -> Vec<i64> {
    py.detach(|| files::strays(snapshots.items(), segment_bases.items()).collect())
}

value! {
    /// A segment to replay: from the batch that contains `from_offset` on, up to the first batch
    /// whose last offset is at or above `until`, or to its end. Set the map end to `from_offset`
    /// before; and take a snapshot, if it says so and one is due.
    ReplaySegment, in "fencepost.snapshot_files", {
        base_offset: i64,
        from_offset: i64,
        until: Option<i64>,
        takes_snapshot: bool,
    }
}

value! {
    /// What the rebuild of a log's state needs to know of it: the base offsets of its segments,
    /// ascending, where it begins, and the offset to rebuild up to, exclusive.
    LogShape, in "fencepost.snapshot_files", {
        segment_bases: Many<i64>,
        log_start: i64,
        last_offset: i64,
    }

    /// Whether the files are not read at all: after a clean shutdown, without any snapshot. Every
    /// producer is forgotten then, as in Kafka.
    #[pyo3(signature = (*, was_clean_shutdown, snapshots))]
    fn skips_files(&self, was_clean_shutdown: bool, snapshots: Many<i64>) -> bool {
        self.to_core().skips_files(was_clean_shutdown, snapshots.items())
    }

    /// Where snapshots are taken: the bases of the two newest segments, and the last offset.
    fn snapshot_points(&self) -> Vec<i64> {
        self.to_core().snapshot_points().to_vec()
    }

    /// Whether replay is left out because nothing can come of it: the state was empty before it
    /// was truncated, and did reach the last offset.
    #[pyo3(signature = (*, is_empty, map_end_offset))]
    fn was_empty(&self, is_empty: bool, map_end_offset: i64) -> bool {
        self.to_core().was_empty(is_empty, map_end_offset)
    }

    /// The segments to replay after the reload, which has left the state at this offset.
    fn replay(&self, map_end_offset: i64) -> Vec<ReplaySegment> {
        let segments = self.to_core().replay(map_end_offset).map(|segment| ReplaySegment {
            base_offset: segment.base_offset,
            from_offset: segment.from,
            until: segment.until,
            takes_snapshot: segment.takes_snapshot,
        });
        segments.collect()
    }
}

impl LogShape {
    fn to_core(&self) -> rebuild::LogShape<'_> {
        rebuild::LogShape {
            segment_bases: self.segment_bases.items(),
            log_start: self.log_start,
            last_offset: self.last_offset,
        }
    }
}
