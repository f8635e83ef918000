//! What is in Kafka's `.snapshot` file, version 1? (broker spec 6, R53)
//!
//! ```text
//! 0 version i16 = 1 │ 2 crc u32, CRC-32C of all from byte 6 on │ 6 count i32 │ 10 entries of 46
//! ```
//!
//! The order of entries means nothing: Kafka writes them as its hash map happens to lie.

use super::SnapshotError;
use super::format::{EntryLen, Fields, Format, Header};
use super::{decoder, encoder as writing};
use crate::broker::{ProducerFacts, Slot};
use crate::window::{BatchMetadata, Tag};

/// Bytes before the first entry.
pub const HEADER_LEN: usize = 10;
/// Bytes of an entry.
pub const ENTRY_LEN: usize = 46;
/// Producers whose memory is asked for at a time.
const BLOCK: usize = 16;
/// How far ahead it is: two blocks are over a page of slots, at whose end a core stops to read on
/// by itself.
const BLOCKS_AHEAD: usize = 2;
const VERSION: i16 = 1;

/// Kafka's format, for [`super::Decoder`].
#[derive(Clone, Copy, Debug)]
pub struct V1;

/// Reads a version 1 snapshot as a stream.
pub type Decoder = super::Decoder<V1>;

/// The producers of a version 1 snapshot: see [`decode`].
pub type Entries<'a> = super::Entries<'a, V1>;

/// Writes a version 1 snapshot in pieces: see [`encoder`].
pub type Encoder<I> = super::Encoder<V1, I>;

/// Bytes a snapshot of this many producers takes; `None` if no file could be that large.
#[must_use]
pub const fn encoded_len(producers: usize) -> Option<usize> {
    match producers.checked_mul(ENTRY_LEN) {
        Some(entries) => entries.checked_add(HEADER_LEN),
        None => None,
    }
}

/// The header of a snapshot of these producers; their [`entry`]s follow it in the same order.
/// O(producers).
pub fn header<'p, T: Tag + 'p>(
    producers: impl Iterator<Item = &'p Slot<T>> + Clone,
) -> [u8; HEADER_LEN] {
    writing::header::<V1, false>(producers.map(entry))
}

/// What an entry says of a producer, in less than half of a [`Slot`]'s memory. Kafka's
/// `ProducerStateEntry` as `readSnapshot` gives it; [`Slot::from`] makes a slot of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// All but its batches.
    pub facts: ProducerFacts,
    /// The newest batch, if one was remembered; its timestamp is the producer's last one.
    pub newest: Option<BatchMetadata>,
}

impl<T: Tag> From<Entry> for Slot<T> {
    #[inline]
    fn from(Entry { facts, newest }: Entry) -> Self {
        Self::restored(&facts).with_only(newest)
    }
}

/// One producer's entry: the newest batch only, and the entry's last timestamp in place of the
/// batch's.
#[must_use]
pub fn entry<T: Tag>(producer: &Slot<T>) -> [u8; ENTRY_LEN] {
    let mut out = [0; ENTRY_LEN];
    lay(producer, &mut out);
    out
}

#[inline(always)]
fn lay<T: Tag>(producer: &Slot<T>, out: &mut [u8; ENTRY_LEN]) {
    let newest = producer.window().newest();
    let (last_sequence, last_offset, offset_delta) =
        newest.map_or((-1, -1, 0), |b| (b.last_sequence, b.last_offset, b.offset_delta));
    let mut fields = Places(out);
    fields.put(producer.producer_id().to_be_bytes());
    fields.put(producer.producer_epoch().to_be_bytes());
    fields.put(last_sequence.to_be_bytes());
    fields.put(last_offset.to_be_bytes());
    fields.put(offset_delta.to_be_bytes());
    fields.put(producer.last_timestamp().to_be_bytes());
    fields.put(producer.coordinator_epoch().to_be_bytes());
    fields.put(producer.current_txn_first_offset().unwrap_or(-1).to_be_bytes());
}

/// Puts fixed-width fields one behind the other. The widths are known when this is compiled, so
/// each is one store.
struct Places<'a>(&'a mut [u8]);

impl Places<'_> {
    #[inline(always)]
    fn put<const N: usize>(&mut self, field: [u8; N]) {
        if let Some((place, rest)) = core::mem::take(&mut self.0).split_first_chunk_mut() {
            *place = field;
            self.0 = rest;
        }
    }
}

/// Writes a snapshot of these producers in pieces. O(producers) if they can't be counted.
pub fn encoder<'p, T: Tag + 'p, I: Iterator<Item = &'p Slot<T>> + Clone>(
    producers: I,
) -> Encoder<I> {
    Encoder::new(producers)
}

/// The whole of a snapshot into a buffer of at least [`encoded_len`]; gives its length.
/// O(producers).
///
/// # Errors
/// [`SnapshotError::BufferTooSmall`], with nothing written.
pub fn encode<'p, T: Tag + 'p>(
    producers: impl Iterator<Item = &'p Slot<T>> + Clone,
    out: &mut [u8],
) -> Result<usize, SnapshotError> {
    writing::encode_all::<V1, T>(producers, encoded_len, out)
}

/// The producers in a snapshot's bytes: all of it is checked before the first is given. O(bytes).
///
/// As Kafka does it takes what stands there: negative ids and epochs, an id twice, bytes after the
/// last entry.
///
/// # Errors
/// Everything Kafka calls a corrupt snapshot (R54), with the place.
pub fn decode(bytes: &[u8]) -> Result<Entries<'_>, SnapshotError> {
    decoder::decode(bytes)
}

impl Format for V1 {
    type Bytes = [u8; HEADER_LEN];
    const CRC_AT: usize = 2;
    const CRC_FROM: usize = 6;
    const TAIL_IS_IGNORED: bool = true;
    const WIDTH: Option<u64> = Some(46);
    const LONGEST: usize = ENTRY_LEN;
    type Producer = Entry;

    /// Producers are taken by the block and not one by one: the walk over a block may then be one
    /// loop for each part of the memory. Their memory was asked for two blocks before.
    #[inline]
    fn fill<'p, T: Tag + 'p>(
        producers: &mut (impl Iterator<Item = &'p Slot<T>> + Clone),
        out: &mut [u8],
    ) -> usize {
        let mut places = out.chunks_exact_mut(ENTRY_LEN);
        let all = places.len();
        // Nobody whom there is no room for: in small pieces he would be asked for again and again.
        let mut ahead = producers.clone().take(all);
        ahead.by_ref().take(BLOCKS_AHEAD.wrapping_mul(BLOCK)).for_each(Slot::prefetch);
        let (mut room, mut free) = (all, usize::MAX);
        // Until there is no more room, or nobody came to it.
        while room < free && room > 0 {
            ahead.by_ref().take(BLOCK).for_each(Slot::prefetch);
            producers.take(room.min(BLOCK)).for_each(|producer| {
                if let Some(place) = places.next().and_then(<[u8]>::first_chunk_mut) {
                    lay(producer, place);
                }
            });
            (free, room) = (room, places.len());
        }
        all.wrapping_sub(room).wrapping_mul(ENTRY_LEN)
    }

    fn begin(count: i32, _has_tags: bool) -> [u8; HEADER_LEN] {
        let ([v0, v1], [c0, c1, c2, c3]) = (VERSION.to_be_bytes(), count.to_be_bytes());
        [v0, v1, 0, 0, 0, 0, c0, c1, c2, c3]
    }

    fn parse(header: &[u8], file_len: u64) -> Result<Header, SnapshotError> {
        let got = u64::try_from(header.len()).unwrap_or(u64::MAX).min(file_len);
        let cut = SnapshotError::HeaderCutShort { got, wanted: 10 };
        let mut fields = Fields(header);
        // The version comes before everything else, as in Kafka.
        let version = i16::from_be_bytes(fields.take().ok_or(cut)?);
        if version != VERSION {
            return Err(SnapshotError::UnknownVersion { got: version });
        }
        Ok(Header {
            stored_crc: u32::from_be_bytes(fields.take().ok_or(cut)?),
            count: i32::from_be_bytes(fields.take().ok_or(cut)?),
            has_tags: false,
        })
    }

    fn entry_len(bytes: &[u8], _: &Header) -> EntryLen {
        if bytes.len() < ENTRY_LEN { EntryLen::CutShort } else { EntryLen::Is(ENTRY_LEN) }
    }

    #[inline]
    fn read(bytes: &[u8], _: &Header) -> Option<Entry> {
        let mut fields = Fields(bytes);
        let producer_id = i64::from_be_bytes(fields.take()?);
        let producer_epoch = i16::from_be_bytes(fields.take()?);
        let last_sequence = i32::from_be_bytes(fields.take()?);
        let last_offset = i64::from_be_bytes(fields.take()?);
        let offset_delta = i32::from_be_bytes(fields.take()?);
        let last_timestamp = i64::from_be_bytes(fields.take()?);
        let coordinator_epoch = i32::from_be_bytes(fields.take()?);
        let txn = i64::from_be_bytes(fields.take()?);
        let facts = ProducerFacts {
            producer_id,
            producer_epoch,
            coordinator_epoch,
            last_timestamp,
            current_txn_first_offset: (txn >= 0).then_some(txn),
        };
        let timestamp = last_timestamp;
        let batch = BatchMetadata { last_sequence, offset_delta, last_offset, timestamp };
        Some(Entry { facts, newest: (last_offset >= 0).then_some(batch) })
    }
}
