//! Which files of a partition are in this folder?

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fencepost::snapshot::files;

use crate::ReplayError;

/// A partition's files, each kind in order of the offset in its name.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// The folder's own name: in Kafka `<topic>-<partition>`.
    pub name: String,
    /// Segments (`.log`) by base offset; at least one.
    pub segments: Vec<(i64, PathBuf)>,
    /// Producer snapshots (`.snapshot`) by the offset below which they say everything.
    pub snapshots: Vec<(i64, PathBuf)>,
    /// Transaction indexes (`.txnindex`) by base offset.
    pub indexes: Vec<(i64, PathBuf)>,
}

impl Folder {
    /// Lists a partition folder. Other files in it are of no concern.
    ///
    /// # Errors
    /// A path that can't be read, is a file, or has no segment in it; a snapshot without offset.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let (folder, _) = list(path)?;
        if folder.segments.is_empty() {
            return Err(ReplayError::NoPartition { path: path.to_path_buf() });
        }
        Ok(folder)
    }

    /// The first segment's base offset.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.segments.first().map_or(0, |segment| segment.0)
    }

    /// Whether a coordinator wrote the log for its clients, so that sequences mean nothing in it.
    #[must_use]
    pub fn is_coordinators(&self) -> bool {
        self.name.starts_with("__consumer_offsets-")
    }
}

/// The partition at this path, or every partition below it, in order of their paths.
///
/// # Errors
/// As [`Folder::open`]; also any folder below that can't be listed.
pub fn folders_below(path: &Path) -> Result<Vec<Folder>, ReplayError> {
    let (found, mut refused) = discover(path);
    if refused.is_empty() { Ok(found) } else { Err(refused.swap_remove(0)) }
}

/// The same, with every folder that can't be listed beside those that can. Without any partition
/// and any other error there is a [`ReplayError::NoPartition`].
///
/// Folders that Kafka is about to delete (`<topic>-<partition>.<id>-delete`) are left out, unless
/// the path names one.
#[must_use]
pub fn discover(path: &Path) -> (Vec<Folder>, Vec<ReplayError>) {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    let mut waiting = vec![path.to_path_buf()];
    while let Some(next) = waiting.pop() {
        match list(&next) {
            Ok((folder, mut below)) if folder.segments.is_empty() => waiting.append(&mut below),
            Ok((folder, _)) => found.push(folder),
            Err(error) => refused.push(error),
        }
        waiting.retain(|path| !path.as_os_str().as_encoded_bytes().ends_with(b"-delete"));
    }
    if found.is_empty() && refused.is_empty() {
        refused.push(ReplayError::NoPartition { path: path.to_path_buf() });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    (found, refused)
}

/// A folder's partition files, and the folders in it. Links are not followed, so this ends.
fn list(path: &Path) -> Result<(Folder, Vec<PathBuf>), ReplayError> {
    let kind = fs::metadata(path).map_err(ReplayError::io(path))?;
    if !kind.is_dir() {
        return Err(ReplayError::NotAFolder { path: path.to_path_buf() });
    }
    let absolute = fs::canonicalize(path).map_err(ReplayError::io(path))?;
    let name = absolute.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let mut folder = Folder {
        path: path.to_path_buf(),
        name,
        segments: Vec::new(),
        snapshots: Vec::new(),
        indexes: Vec::new(),
    };
    let (mut below, mut bad_name) = (Vec::new(), None);
    for entry in fs::read_dir(path).map_err(ReplayError::io(path))? {
        let entry = entry.map_err(ReplayError::io(path))?;
        let file = entry.path();
        if entry.file_type().map_err(ReplayError::io(&file))?.is_dir() {
            below.push(file);
            continue;
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let files = match files::parse_name(&name) {
            Ok(Some(offset)) => Some((offset, &mut folder.snapshots)),
            Err(_) => {
                bad_name = Some(file);
                continue;
            }
            Ok(None) => match (base_offset(&name, ".log"), base_offset(&name, ".txnindex")) {
                (Some(base), _) => Some((base, &mut folder.segments)),
                (None, Some(base)) => Some((base, &mut folder.indexes)),
                (None, None) => None,
            },
        };
        if let Some((offset, files)) = files {
            check_regular(&file).map_err(ReplayError::io(&file))?;
            files.push((offset, file));
        }
    }
    // Elsewhere than in a partition's folder such a file means nothing.
    if let Some(path) = bad_name.filter(|_| !folder.segments.is_empty()) {
        return Err(ReplayError::BadSnapshotName { path });
    }
    for files in [&mut folder.segments, &mut folder.snapshots, &mut folder.indexes] {
        files.sort();
    }
    Ok((folder, below))
}

/// A pipe or a device may have no end, and would be read for ever.
fn check_regular(file: &Path) -> io::Result<()> {
    if fs::metadata(file)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

/// The offset in a file name of digits and this suffix, nothing else.
fn base_offset(name: &str, suffix: &str) -> Option<i64> {
    let digits = name.strip_suffix(suffix)?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits.parse().ok() } else { None }
}
