//! Did a file stay as it was while it was read?

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use crate::ReplayError;

/// Bytes read at once: a fraction of a second on any disk.
const PIECE: u64 = 4 << 20;

/// A file's bytes. Of one that may grow (`live`), those that were there. `goes_on` is asked before
/// each piece.
pub(crate) fn read(
    path: &Path,
    live: bool,
    goes_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<u8>, ReplayError> {
    let before = fs::metadata(path).map_err(ReplayError::io(path))?;
    let bytes = in_pieces(path, before.len(), goes_on).map_err(ReplayError::io(path))?;
    let Some(bytes) = bytes else { return Err(ReplayError::Stopped) };
    if !live {
        is_unchanged(path, &before)?;
        if before.len() != bytes.len() as u64 {
            return Err(ReplayError::Changed { path: path.to_path_buf() });
        }
    }
    Ok(bytes)
}

/// # Errors
/// [`ReplayError::Changed`] if the file is not as it was before.
pub(crate) fn is_unchanged(path: &Path, before: &Metadata) -> Result<(), ReplayError> {
    let after = fs::metadata(path).map_err(ReplayError::io(path))?;
    if before.len() != after.len() || before.modified().ok() != after.modified().ok() {
        return Err(ReplayError::Changed { path: path.to_path_buf() });
    }
    Ok(())
}

/// All there is, or `None` if it does not go on.
fn in_pieces(
    path: &Path,
    len: u64,
    goes_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.try_reserve_exact(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    loop {
        if goes_on().is_break() {
            return Ok(None);
        }
        if file.by_ref().take(PIECE).read_to_end(&mut bytes)? == 0 {
            return Ok(Some(bytes));
        }
    }
}
