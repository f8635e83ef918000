//! Which partitions are at a path, and how is one audited?

use std::collections::BTreeSet;
use std::path::PathBuf;

use fencepost_replay::{
    Folder, Followed, Notebook, Options, ReplayError, discover, examine_before,
};
use pyo3::prelude::*;

use super::audit::{AuditProgress, LogAudit, Watched};
use super::{raised, told};

/// Runs that a timeline keeps of one partition: some 200 MiB of them at most.
const MOST_RUNS: usize = 1_000_000;
/// How often a live folder is listed anew after retention took a file from under the reader.
const LISTINGS: u32 = 5;

/// The folder of one partition.
#[pyclass(frozen, module = "fencepost._fencepost")]
pub(crate) struct LogFolder {
    folder: Folder,
    /// Bytes of its segments when it was found.
    #[pyo3(get)]
    size_in_bytes: u64,
}

/// The partitions at or below a path, in order of their paths, and why others can't be looked at.
#[pyfunction]
pub(crate) fn discover_logs(py: Python<'_>, path: PathBuf) -> (Vec<LogFolder>, Vec<String>) {
    py.detach(|| {
        let (found, refused) = discover(&path);
        let found = found.into_iter().map(LogFolder::of).collect();
        (found, refused.iter().map(told).collect())
    })
}

impl LogFolder {
    fn of(folder: Folder) -> Self {
        let len = |path: &PathBuf| std::fs::metadata(path).map_or(0, |data| data.len());
        let size_in_bytes = folder.segments.iter().map(|(_, path)| len(path)).sum();
        Self { folder, size_in_bytes }
    }

    /// What `follow` means: none given is nobody, an empty set everybody.
    fn followed(follow: Option<BTreeSet<i64>>) -> Followed {
        match follow {
            None => Followed::None,
            Some(ids) if ids.is_empty() => Followed::All,
            Some(ids) => Followed::Only(ids),
        }
    }

    /// One try; of a live folder, on what is there now.
    fn examine(
        &self,
        options: Options,
        compare: bool,
        followed: &Followed,
        progress: Option<&AuditProgress>,
    ) -> Result<LogAudit, ReplayError> {
        let relisted = if options.live { Some(Folder::open(&self.folder.path)?) } else { None };
        let folder = relisted.as_ref().unwrap_or(&self.folder);
        let mut watched =
            Watched { notebook: Notebook::new(followed.clone(), MOST_RUNS), progress, bytes: 0 };
        match examine_before(folder, options, compare, &mut watched) {
            Ok(report) => Ok(LogAudit::of(folder, report, &watched.notebook)),
            Err(error) => {
                watched.take_back();
                Err(error)
            }
        }
    }
}

#[pymethods]
impl LogFolder {
    /// Where it is.
    #[getter]
    fn path(&self) -> PathBuf {
        self.folder.path.clone()
    }

    /// Its own name, in Kafka `<topic>-<partition>`; bytes that are not UTF-8 are replaced.
    #[getter]
    fn name(&self) -> &str {
        &self.folder.name
    }

    /// How many segments it has.
    #[getter]
    fn segments(&self) -> usize {
        self.folder.segments.len()
    }

    /// Replays and audits the partition, without the GIL.
    ///
    /// `live`: a broker may be writing it. `compare`: with the broker's own `.snapshot` and
    /// `.txnindex` files. `follow`: the producers whose runs are kept; an empty set is all.
    #[pyo3(signature = (
        *, live=false, compare=false, follow=None, expiration_ms=86_400_000,
        max_transaction_ms=900_000, progress=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn audit(
        &self,
        py: Python<'_>,
        live: bool,
        compare: bool,
        follow: Option<BTreeSet<i64>>,
        expiration_ms: u32,
        max_transaction_ms: u32,
        progress: Option<Bound<'_, AuditProgress>>,
    ) -> PyResult<LogAudit> {
        let options = Options { expiration_ms, max_transaction_ms, live };
        let followed = Self::followed(follow);
        let progress = progress.as_ref().map(Bound::get);
        let examine = || {
            for _ in 1..LISTINGS {
                match self.examine(options, compare, &followed, progress) {
                    // Retention or a roll took a file away between the listing and the reading.
                    Err(error) if live && error.is_not_found() => {}
                    done => return done,
                }
            }
            self.examine(options, compare, &followed, progress)
        };
        py.detach(examine).map_err(|error| raised(&error))
    }
}
