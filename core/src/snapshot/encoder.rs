//! How is a snapshot of either format written, into memory or as a stream?

use core::marker::PhantomData;

use super::SnapshotError;
use super::format::Format;
use crate::broker::Slot;
use crate::window::Tag;
use crate::wire::crc32c_append;

/// The header for these entries; each comes as its bytes.
pub(super) fn header<F: Format, const TAGS: bool>(
    entries: impl Iterator<Item = impl AsRef<[u8]>> + Clone,
) -> F::Bytes {
    let count = entries.clone().count();
    let (header, mut crc) = begin::<F>(count, TAGS);
    for entry in entries {
        crc = crc32c_append(crc, entry.as_ref());
    }
    with_crc::<F>(header, crc)
}

/// A header without its checksum, and the checksum as far as the header goes.
fn begin<F: Format>(count: usize, has_tags: bool) -> (F::Bytes, u32) {
    let header = F::begin(i32::try_from(count).unwrap_or(i32::MAX), has_tags);
    let covered = header.as_ref().get(F::CRC_FROM..).unwrap_or(&[]);
    (header, crc32c_append(0, covered))
}

fn with_crc<F: Format>(mut header: F::Bytes, crc: u32) -> F::Bytes {
    let place = header.as_mut().get_mut(F::CRC_AT..).and_then(<[u8]>::first_chunk_mut);
    if let Some(place) = place {
        *place = crc.to_be_bytes();
    }
    header
}

/// The checksum takes as many bytes at a time as a core's first cache still holds when it comes to
/// them.
const HASHED_AT_ONCE: usize = 24 << 10;

/// The whole of a snapshot of entries of one width into a buffer; gives its length.
pub(super) fn encode_all<'p, F: Format, T: Tag + 'p>(
    producers: impl Iterator<Item = &'p Slot<T>> + Clone,
    wanted: impl Fn(usize) -> Option<usize>,
    out: &mut [u8],
) -> Result<usize, SnapshotError> {
    let mut encoder = Encoder::<F, _>::new(producers);
    let wanted = wanted(encoder.count).unwrap_or(usize::MAX);
    let too_small = SnapshotError::BufferTooSmall { got: out.len(), wanted };
    let file = out.get_mut(..wanted).ok_or(too_small)?;
    let (place, mut rest) = file.split_at_mut_checked(size_of::<F::Bytes>()).ok_or(too_small)?;
    while !rest.is_empty() {
        let most = rest.len().min(HASHED_AT_ONCE);
        let written = encoder.fill(rest.get_mut(..most).ok_or(too_small)?)?;
        if written == 0 {
            break;
        }
        rest = core::mem::take(&mut rest).get_mut(written..).ok_or(too_small)?;
    }
    place.copy_from_slice(encoder.header().as_ref());
    Ok(wanted)
}

/// The whole of a snapshot into a buffer; gives its length, which is `wanted`. Each entry is made
/// once: the checksum is taken of the bytes that stand there, and goes into the header at the end.
pub(super) fn encode<F: Format, const TAGS: bool>(
    count: usize,
    wanted: usize,
    entries: impl Iterator<Item = impl AsRef<[u8]>>,
    out: &mut [u8],
) -> Result<usize, SnapshotError> {
    let got = out.len();
    let too_small = SnapshotError::BufferTooSmall { got, wanted };
    let file = out.get_mut(..wanted).ok_or(too_small)?;
    let (header, mut crc) = begin::<F>(count, TAGS);
    let (place, mut rest) = file.split_at_mut_checked(size_of::<F::Bytes>()).ok_or(too_small)?;
    let (mut entries, mut done) = (entries, false);
    while !done {
        let block = core::mem::take(&mut rest);
        let mut written = 0_usize;
        while written < HASHED_AT_ONCE {
            let Some(entry) = entries.next() else {
                done = true;
                break;
            };
            let entry = entry.as_ref();
            let end = written.wrapping_add(entry.len());
            block.get_mut(written..end).ok_or(too_small)?.copy_from_slice(entry);
            written = end;
        }
        let (block, after) = block.split_at_mut_checked(written).ok_or(too_small)?;
        crc = crc32c_append(crc, block);
        rest = after;
    }
    place.copy_from_slice(with_crc::<F>(header, crc).as_ref());
    Ok(wanted)
}

/// Writes a snapshot in pieces, with one look at each producer and no more memory than a piece: for
/// a file that can be written at a position.
///
/// Leave room for the header, whose checksum is known only at the end. A file that lacks it is no
/// snapshot: zeros are no version. [`super::v1::encoder`] and [`super::full::encoder`] make one.
#[derive(Clone, Debug)]
pub struct Encoder<F, I> {
    producers: I,
    count: usize,
    has_tags: bool,
    crc: u32,
    format: PhantomData<F>,
}

impl<'p, F: Format, T: Tag + 'p, I: Iterator<Item = &'p Slot<T>> + Clone> Encoder<F, I> {
    /// Bytes of a header.
    pub const HEADER_LEN: usize = size_of::<F::Bytes>();

    pub(super) fn new(producers: I) -> Self {
        let (count, has_tags) = (producers.clone().count(), T::IS_STORED);
        let (_, crc) = begin::<F>(count, has_tags);
        Self { producers, count, has_tags, crc, format: PhantomData }
    }

    /// The next entries, as many as there is room for; gives how many bytes they are. 0 is the end.
    /// O(bytes).
    ///
    /// # Errors
    /// [`SnapshotError::BufferTooSmall`] for less room than the longest entry takes: 46 bytes of
    /// Kafka's format, 171 of the full-window one.
    pub fn fill(&mut self, out: &mut [u8]) -> Result<usize, SnapshotError> {
        let (got, wanted) = (out.len(), F::LONGEST);
        if got < wanted {
            return Err(SnapshotError::BufferTooSmall { got, wanted });
        }
        let written = F::fill(&mut self.producers, out);
        self.crc = crc32c_append(self.crc, out.get(..written).unwrap_or(&[]));
        Ok(written)
    }

    /// What goes in front of the pieces, once all were made.
    #[must_use]
    pub fn header(self) -> F::Bytes {
        with_crc::<F>(begin::<F>(self.count, self.has_tags).0, self.crc)
    }
}
