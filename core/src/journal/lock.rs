//! Is this process the only one that has the journal, and is it the journal's own place? (J1,
//! feature `std`)
//!
//! The lock is on a file of its own, because the journal's is replaced. What it holds, and the
//! number that the file system gave it, are what a copy of the journal does not bring along.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::disk::real_path;
use super::store::{StoreError, beside};
use crate::wire::crc32c;

/// What a lock's file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// How often the journal was opened, at least.
    pub(super) generation: u64,
}

const STAMP_LEN: usize = 12;

impl Stamp {
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(STAMP_LEN);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&crc32c(&self.generation.to_be_bytes()).to_be_bytes());
        bytes
    }

    /// A stamp that was not written to its end is none.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (generation, crc) = bytes.split_first_chunk::<8>()?;
        let right = crc == crc32c(generation).to_be_bytes();
        right.then_some(Self { generation: u64::from_be_bytes(*generation) })
    }
}

/// A lock that this process holds until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    file: File,
    path: PathBuf,
    place: [u8; 16],
    told: Option<Stamp>,
}

impl Held {
    /// Takes the lock of the journal at `path`; gives what its file says.
    pub(super) fn take(path: &Path) -> Result<(Self, Option<Stamp>), StoreError> {
        let not_opened = |source| {
            let doing = "opening";
            StoreError::Io { path: path.into(), doing, offset: 0, source }
        };
        // A device or a pipe may have no end, and no lock is left beside it.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let why = "a journal is a regular file, and this is none";
            return Err(not_opened(io::Error::new(io::ErrorKind::InvalidInput, why)));
        }
        let path = beside(&real_path(path).map_err(not_opened)?, ".lock");
        let failed = |doing: &'static str, source: io::Error| StoreError::Io {
            path: path.clone(),
            doing,
            offset: 0,
            source,
        };
        let mut file = match open(&path) {
            Ok(Some(file)) => file,
            Ok(None) => return Err(StoreError::Held { path }),
            Err(error) => return Err(failed("locking", error)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| failed("reading", error))?;
        let place = place(&file).map_err(|error| failed("asking for its number", error))?;
        let told = Stamp::parse(&bytes);
        Ok((Self { file, path, place, told }, told))
    }

    /// Whether the lock says of which time it is.
    pub(super) const fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// What tells this file from a copy of it; zeros where that is not known.
    pub(super) const fn place(&self) -> [u8; 16] {
        self.place
    }

    pub(super) fn tell(&mut self, stamp: Stamp) -> Result<(), StoreError> {
        if self.told == Some(stamp) {
            return Ok(());
        }
        let written = (|| {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&stamp.to_bytes())?;
            self.file.sync_all()
        })();
        written.map_err(|source| StoreError::Io {
            path: self.path.clone(),
            doing: "writing",
            offset: 0,
            source,
        })?;
        self.told = Some(stamp);
        Ok(())
    }
}

/// `None`: another process has it.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{FlockOperation, flock};
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// `None`: another process has it. Who has it open shares it with nobody.
#[cfg(windows)]
fn open(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;
    const SHARING_VIOLATION: i32 = 32;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).share_mode(0);
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(not(any(unix, windows)))]
fn open(_: &Path) -> io::Result<Option<File>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "no lock is known for this system"))
}

#[cfg(unix)]
fn place(file: &File) -> io::Result<[u8; 16]> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    let mut place = [0; 16];
    let (device, inode) = place.split_at_mut(8);
    device.copy_from_slice(&metadata.dev().to_be_bytes());
    inode.copy_from_slice(&metadata.ino().to_be_bytes());
    Ok(place)
}

#[cfg(not(unix))]
fn place(_: &File) -> io::Result<[u8; 16]> {
    Ok([0; 16])
}
