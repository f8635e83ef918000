//! What is in the files of a log? Whole folders audited, and single files read row by row, at the
//! core's speed and without the GIL.

mod audit;
mod compared;
mod folder;
mod journal;
mod scan;

pub(crate) use audit::{AuditProgress, LogAudit, LogDamage, LogFinding, ProducerRun, ProducerSeen};
pub(crate) use compared::{IndexComparison, ProducerEntry, SnapshotComparison, SnapshotDifference};
pub(crate) use folder::{LogFolder, discover_logs};
pub(crate) use journal::{JournalFile, JournalRow, inspect_journal};
pub(crate) use scan::{BatchRow, SegmentScan};

use std::path::Path;

use fencepost_replay::ReplayError;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

pyo3::import_exception!(fencepost.logs.errors, LogError);

/// The system's refusal as Python's own error; what is wrong with the file itself as `LogError`.
fn raised(error: &ReplayError) -> PyErr {
    match error {
        ReplayError::Io { path, error } => refused(path, error),
        other => LogError::new_err(other.to_string()),
    }
}

fn refused(path: &Path, error: &std::io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(code) => PyOSError::new_err((code, reason(error), path.as_os_str().to_owned())),
        None => LogError::new_err(format!("{}: {error}", path.display())),
    }
}

/// What the system says, without the number that Rust puts behind it.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// An error as one line: the place, and why.
fn told(error: &ReplayError) -> String {
    match error {
        ReplayError::Io { path, error } => format!("{}: {}", path.display(), reason(error)),
        other => other.to_string(),
    }
}
