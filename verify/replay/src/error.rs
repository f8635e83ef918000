//! Why can a folder not be replayed at all?

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Where and why. What is wrong *inside* a log is no error but a [`crate::Damage`] or a finding.
#[derive(Debug)]
pub enum ReplayError {
    /// The system did not give the bytes.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file, where a folder is wanted.
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// There is no partition here.
    NoPartition {
        /// The folder.
        path: PathBuf,
    },
    /// A snapshot file without an offset in its name; Kafka does not load such a folder.
    BadSnapshotName {
        /// The file.
        path: PathBuf,
    },
    /// A file that was written while it was read, where [`crate::Options::live`] does not say that
    /// this may be.
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The [`crate::Witness`] has seen enough.
    Stopped,
    /// More producers than 32 bits can number.
    TooManyProducers {
        /// The folder.
        path: PathBuf,
    },
}

impl ReplayError {
    /// Whether a file or folder is not, or no longer, there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |error| Self::Io { path, error }
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::NotAFolder { path } => {
                write!(
                    f,
                    "{}: this is a file; give the partition folder it lies in",
                    path.display()
                )
            }
            Self::NoPartition { path } => write!(
                f,
                "{}: no partition here: neither in it nor below it is a file <offset>.log",
                path.display()
            ),
            Self::BadSnapshotName { path } => write!(
                f,
                "{}: a .snapshot file whose name does not begin with an offset; Kafka does not \
                 load such a folder",
                path.display()
            ),
            Self::Changed { path } => {
                write!(f, "{}: the file was changed while it was read", path.display())
            }
            Self::Stopped => f.write_str("stopped"),
            Self::TooManyProducers { path } => {
                write!(f, "{}: more producers than memory can be numbered for", path.display())
            }
        }
    }
}

impl std::error::Error for ReplayError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
