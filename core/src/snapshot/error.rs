//! Why are these bytes not a snapshot?

use core::fmt;

/// Where and why a snapshot can't be read (R54). Positions are byte offsets in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file ends inside its header.
    HeaderCutShort {
        /// How many bytes there are.
        got: u64,
        /// How many a header takes.
        wanted: u64,
    },
    /// The file does not begin as this format does.
    BadMagic {
        /// What stands there.
        got: [u8; 4],
    },
    /// A version that is not known.
    UnknownVersion {
        /// The version.
        got: i16,
    },
    /// The number of entries is negative, or more than the bytes that follow it.
    BadCount {
        /// The number.
        got: i32,
        /// How many bytes follow.
        bytes_left: u64,
    },
    /// The file ends inside an entry.
    EntryCutShort {
        /// Which entry, from 0.
        entry: u32,
        /// Where it begins.
        position: u64,
    },
    /// An entry says something that no entry can.
    BadEntry {
        /// Which entry, from 0.
        entry: u32,
        /// Where it begins.
        position: u64,
    },
    /// Bytes that belong to no entry follow the last one.
    TrailingBytes {
        /// Where they begin.
        position: u64,
    },
    /// The checksum does not fit.
    CrcMismatch {
        /// As the file has it.
        stored: u32,
        /// As its bytes give it.
        computed: u32,
    },
    /// The buffer for writing is too small.
    BufferTooSmall {
        /// How many bytes it has.
        got: usize,
        /// How many are needed.
        wanted: usize,
    },
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::HeaderCutShort { got, wanted } => {
                write!(f, "the snapshot ends after {got} bytes, inside its header of {wanted}")
            }
            Self::BadMagic { got } => write!(f, "the snapshot begins with {got:02x?}"),
            Self::UnknownVersion { got } => write!(f, "snapshot version {got} is not known"),
            Self::BadCount { got, bytes_left } => {
                write!(f, "the snapshot says it has {got} entries, in {bytes_left} bytes")
            }
            Self::EntryCutShort { entry, position } => {
                write!(f, "the snapshot ends inside entry {entry}, which begins at byte {position}")
            }
            Self::BadEntry { entry, position } => {
                write!(f, "entry {entry} of the snapshot, at byte {position}, is no entry")
            }
            Self::TrailingBytes { position } => {
                write!(
                    f,
                    "bytes that belong to no entry follow the snapshot's end at byte {position}"
                )
            }
            Self::CrcMismatch { stored, computed } => {
                write!(f, "the snapshot's checksum is {stored:08x}, its bytes give {computed:08x}")
            }
            Self::BufferTooSmall { got, wanted } => {
                write!(f, "the snapshot needs {wanted} bytes, the buffer has {got}")
            }
        }
    }
}

impl core::error::Error for SnapshotError {}
