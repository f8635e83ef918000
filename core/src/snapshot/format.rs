//! What differs between the two formats?

use super::SnapshotError;
use crate::broker::Slot;
use crate::window::Tag;

/// The longest entry of any format: 31 bytes and five batches of 28.
pub(super) const MAX_ENTRY_LEN: usize = 171;

/// An entry's bytes.
pub(super) type EntryBytes = heapless::Vec<u8, MAX_ENTRY_LEN, u8>;

/// What a header says.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub(super) stored_crc: u32,
    pub(super) count: i32,
    pub(super) has_tags: bool,
}

/// What differs between the formats. Implemented here only.
pub trait Format {
    /// The header's bytes.
    #[doc(hidden)]
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Copy;
    #[doc(hidden)]
    const CRC_AT: usize;
    /// The checksum covers all bytes from here on.
    #[doc(hidden)]
    const CRC_FROM: usize;
    /// Kafka ignores what follows the last entry, as long as the checksum covers it.
    #[doc(hidden)]
    const TAIL_IS_IGNORED: bool;
    /// Bytes of an entry, if all have the same and any such bytes are one.
    #[doc(hidden)]
    const WIDTH: Option<u64>;
    /// Bytes of the longest entry.
    #[doc(hidden)]
    const LONGEST: usize;
    /// What an entry says.
    type Producer;
    /// Writes whole entries of the next producers, as many as there is room for; gives how many
    /// bytes they are. There is room for the longest.
    #[doc(hidden)]
    fn fill<'p, T: Tag + 'p>(
        producers: &mut (impl Iterator<Item = &'p Slot<T>> + Clone),
        out: &mut [u8],
    ) -> usize;
    /// A header with no checksum yet.
    #[doc(hidden)]
    fn begin(count: i32, has_tags: bool) -> Self::Bytes;
    #[doc(hidden)]
    fn parse(header: &[u8], file_len: u64) -> Result<Header, SnapshotError>;
    /// How many bytes the entry that begins here takes; `None` if that can't be told.
    #[doc(hidden)]
    fn entry_len(bytes: &[u8], header: &Header) -> EntryLen;
    #[doc(hidden)]
    fn read(bytes: &[u8], header: &Header) -> Option<Self::Producer>;
}

/// How long an entry is.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum EntryLen {
    Is(usize),
    CutShort,
    Bad,
}

/// Takes fixed-width big-endian fields off the front.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (&field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(field)
    }
}

/// Adds a field. The longest entry fits, so none is ever left out.
pub(super) fn put(out: &mut EntryBytes, field: &[u8]) {
    let fits = out.extend_from_slice(field).is_ok();
    debug_assert!(fits, "MAX_ENTRY_LEN is the longest entry");
}
