//! Did a file stay as it was while it was read?

use std::fs::{self, Metadata};
use std::path::Path;

use crate::ReplayError;

/// A file's bytes. Of one that may grow (`live`), those that were there.
pub(crate) fn read(path: &Path, live: bool) -> Result<Vec<u8>, ReplayError> {
    let look = || fs::metadata(path).map_err(ReplayError::io(path));
    let before = look()?;
    let bytes = fs::read(path).map_err(ReplayError::io(path))?;
    if !live && (changed(&before, &look()?) || before.len() != bytes.len() as u64) {
        return Err(ReplayError::Changed { path: path.to_path_buf() });
    }
    Ok(bytes)
}

fn changed(before: &Metadata, after: &Metadata) -> bool {
    before.len() != after.len() || before.modified().ok() != after.modified().ok()
}
