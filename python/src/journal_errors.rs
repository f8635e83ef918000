//! What is raised when a journal's file fails?

use std::path::Path;

use fencepost::journal::RecoverError;
use fencepost::journal::store::StoreError;
use pyo3::prelude::*;
use pyo3::types::PyModule;

use crate::answers::refused;
use crate::raise::{Facts, exception, wrong};

/// There is no such partition.
pub(crate) fn has_no_place() -> PyErr {
    wrong("the producer has no such partition")
}

/// A failure as an exception of `fencepost.errors`.
pub(crate) fn failed(error: StoreError) -> PyErr {
    let message = error.to_string();
    Python::attach(|py| match error {
        StoreError::Io { path, doing, offset, source } => system(py, &path, &source, doing, offset),
        StoreError::Held { path } => placed(py, "JournalHeldError", &message, &path, |_| Ok(())),
        StoreError::Moved { path, how } => {
            placed(py, "JournalMovedError", &message, &path, |made| made.setattr("how", how))
        }
        StoreError::Poisoned { path, .. } => {
            placed(py, "JournalPoisonedError", &message, &path, |_| Ok(()))
        }
        StoreError::Recover { path, error } => {
            placed(py, "JournalUnreadableError", &message, &path, |made| unreadable(made, &error))
        }
        StoreError::Refused(why) => refused(why),
        _ => exception(py, "JournalError", &message, |_| Ok(())),
    })
}

fn unreadable(made: &Bound<'_, PyAny>, error: &RecoverError) -> PyResult<()> {
    made.setattr("kind", Facts::of(error).kind)?;
    match error {
        RecoverError::Damage(damage) => {
            made.setattr("offset", damage.offset)?;
            made.setattr("next_good", damage.next)
        }
        RecoverError::Misfit { offset, .. } | RecoverError::Incomplete { offset } => {
            made.setattr("offset", offset)
        }
        RecoverError::OtherCluster { journal } => {
            made.setattr("cluster_id", String::from_utf8_lossy(journal.as_bytes()))
        }
        _ => Ok(()),
    }
}

fn placed(
    py: Python<'_>,
    class: &str,
    message: &str,
    path: &Path,
    fill: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>,
) -> PyErr {
    exception(py, class, message, |made| {
        made.setattr("path", path.as_os_str())?;
        fill(made)
    })
}

/// The system's refusal, as Python tells it: with its number, and the file's name.
fn system(py: Python<'_>, path: &Path, source: &std::io::Error, doing: &str, offset: u64) -> PyErr {
    let told = source.to_string();
    let why = told.split(" (os error").next().unwrap_or_default();
    let sentence = format!("{doing} at byte {offset}: {why}");
    let make = || {
        let class = PyModule::import(py, "fencepost.errors")?.getattr("JournalIOError")?;
        let made = class.call1((source.raw_os_error().unwrap_or(0), sentence, path.as_os_str()))?;
        made.setattr("path", path.as_os_str())?;
        made.setattr("doing", doing)?;
        made.setattr("offset", offset)?;
        Ok(PyErr::from_value(made))
    };
    make().unwrap_or_else(|error: PyErr| error)
}
