//! What is in fencepost's own snapshot, which keeps the whole window? (R65)
//!
//! ```text
//! file    0 "FPWS" │ 4 version u16 = 1 │ 6 crc u32, CRC-32C of all from byte 10 on
//!         10 flags u16 │ 12 count u32 │ 16 entries
//!
//! entry   producer id i64 │ epoch i16 │ coordinator epoch i32 │ last timestamp i64 │ state u8
//!         transaction i64 │ up to five batches
//! batch   last sequence i32 │ offset delta i32 │ last offset i64 │ timestamp i64
//!         tag u32, if flag bit 0
//! ```
//!
//! Big-endian. An entry is 31 bytes and up to five batches, oldest first. The state's bits 0 to 2
//! are the number of batches, bit 3 says that a transaction is open from that offset; without it
//! the offset is -1. Nothing follows the last entry.

use core::marker::PhantomData;

use super::SnapshotError;
use super::format::{self, EntryBytes, EntryLen, Fields, Format, Header, put};
use super::{decoder, encoder as writing};
use crate::broker::{ProducerFacts, Slot};
use crate::window::{BatchMetadata, Tag, WINDOW_BATCHES};

/// Bytes before the first entry.
pub const HEADER_LEN: usize = 16;
/// Bytes of an entry without batches.
pub const MIN_ENTRY_LEN: usize = 31;
/// Bytes of the longest entry: five batches with tags.
pub const MAX_ENTRY_LEN: usize = format::MAX_ENTRY_LEN;
/// The first bytes of a snapshot; no snapshot of Kafka's begins so.
pub const MAGIC: [u8; 4] = *b"FPWS";
const VERSION: i16 = 1;
const HAS_TAGS: u16 = 1;
const BATCH_LEN: usize = 24;
const TAG_LEN: usize = 4;
const STATE_AT: usize = 22;
const IN_TRANSACTION: u8 = 0b1000;
const NO_TRANSACTION: i64 = -1;

const _: () = assert!(MAX_ENTRY_LEN == MIN_ENTRY_LEN + WINDOW_BATCHES * (BATCH_LEN + TAG_LEN));

/// The full-window format, for [`super::Decoder`], read into slots with these tags.
#[derive(Clone, Copy, Debug)]
pub struct Full<T = ()>(PhantomData<T>);

/// Reads a full-window snapshot as a stream.
pub type Decoder<T = ()> = super::Decoder<Full<T>>;

/// The producers of a full-window snapshot: see [`decode`].
pub type Entries<'a, T = ()> = super::Entries<'a, Full<T>>;

/// Writes a full-window snapshot in pieces: see [`encoder`].
pub type Encoder<I> = super::Encoder<Full, I>;

/// Bytes that any snapshot of this many producers fits in; `None` if no file could be that large.
#[must_use]
pub const fn max_encoded_len(producers: usize) -> Option<usize> {
    match producers.checked_mul(MAX_ENTRY_LEN) {
        Some(entries) => entries.checked_add(HEADER_LEN),
        None => None,
    }
}

/// Bytes a snapshot of these producers takes. O(producers).
pub fn encoded_len<'p, T: Tag + 'p>(producers: impl Iterator<Item = &'p Slot<T>>) -> usize {
    let batch = batch_len(T::IS_STORED);
    producers.fold(HEADER_LEN, |len, slot| {
        let batches = slot.window().len().saturating_mul(batch);
        len.saturating_add(MIN_ENTRY_LEN).saturating_add(batches)
    })
}

/// The header of a snapshot of these producers; their [`entry`]s follow it in the same order.
/// O(producers).
pub fn header<'p, T: Tag + 'p>(
    producers: impl Iterator<Item = &'p Slot<T>> + Clone,
) -> [u8; HEADER_LEN] {
    match T::IS_STORED {
        true => writing::header::<Full, true>(producers.map(entry)),
        false => writing::header::<Full, false>(producers.map(entry)),
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
    let (count, wanted) = (producers.clone().count(), encoded_len(producers.clone()));
    match T::IS_STORED {
        true => writing::encode::<Full, true>(count, wanted, producers.map(entry), out),
        false => writing::encode::<Full, false>(count, wanted, producers.map(entry), out),
    }
}

/// The producers in a snapshot's bytes: all of it is checked before the first is given. O(bytes).
///
/// # Errors
/// Whatever is not exactly such a snapshot, with the place.
pub fn decode<T: Tag>(bytes: &[u8]) -> Result<Entries<'_, T>, SnapshotError> {
    decoder::decode(bytes)
}

const fn batch_len(has_tags: bool) -> usize {
    if has_tags { BATCH_LEN.wrapping_add(TAG_LEN) } else { BATCH_LEN }
}

/// One producer's entry.
#[must_use]
pub fn entry<T: Tag>(producer: &Slot<T>) -> EntryBytes {
    let window = producer.window();
    let txn = producer.current_txn_first_offset();
    let batches = u8::try_from(window.len()).unwrap_or(0);
    let state = batches | if txn.is_some() { IN_TRANSACTION } else { 0 };
    let mut out = EntryBytes::new();
    put(&mut out, &producer.producer_id().to_be_bytes());
    put(&mut out, &producer.producer_epoch().to_be_bytes());
    put(&mut out, &producer.coordinator_epoch().to_be_bytes());
    put(&mut out, &producer.last_timestamp().to_be_bytes());
    put(&mut out, &[state]);
    put(&mut out, &txn.unwrap_or(NO_TRANSACTION).to_be_bytes());
    for (n, batch) in window.iter().enumerate() {
        put(&mut out, &batch.last_sequence.to_be_bytes());
        put(&mut out, &batch.offset_delta.to_be_bytes());
        put(&mut out, &batch.last_offset.to_be_bytes());
        put(&mut out, &batch.timestamp.to_be_bytes());
        if T::IS_STORED {
            put(&mut out, &window.tag(n).unwrap_or(T::UNKNOWN).to_bits().to_be_bytes());
        }
    }
    out
}

impl<T: Tag> Format for Full<T> {
    type Bytes = [u8; HEADER_LEN];
    const CRC_AT: usize = 6;
    const CRC_FROM: usize = 10;
    const TAIL_IS_IGNORED: bool = false;
    const WIDTH: Option<u64> = None;
    const LONGEST: usize = MAX_ENTRY_LEN;
    type Producer = Slot<T>;

    fn fill<'p, U: Tag + 'p>(
        producers: &mut (impl Iterator<Item = &'p Slot<U>> + Clone),
        out: &mut [u8],
    ) -> usize {
        let mut written = 0_usize;
        while let Some(room) = out.get_mut(written..).filter(|room| room.len() >= MAX_ENTRY_LEN) {
            let Some(producer) = producers.next() else { break };
            let entry = entry(producer);
            let Some(place) = room.get_mut(..entry.len()) else { break };
            place.copy_from_slice(&entry);
            written = written.wrapping_add(entry.len());
        }
        written
    }

    fn begin(count: i32, has_tags: bool) -> [u8; HEADER_LEN] {
        let [m0, m1, m2, m3] = MAGIC;
        let [v0, v1] = VERSION.to_be_bytes();
        let [f0, f1] = if has_tags { HAS_TAGS } else { 0 }.to_be_bytes();
        let [c0, c1, c2, c3] = count.to_be_bytes();
        [m0, m1, m2, m3, v0, v1, 0, 0, 0, 0, f0, f1, c0, c1, c2, c3]
    }

    fn parse(header: &[u8], file_len: u64) -> Result<Header, SnapshotError> {
        let got = u64::try_from(header.len()).unwrap_or(u64::MAX).min(file_len);
        let cut = SnapshotError::HeaderCutShort { got, wanted: 16 };
        let mut fields = Fields(header);
        let magic = fields.take().ok_or(cut)?;
        if magic != MAGIC {
            return Err(SnapshotError::BadMagic { got: magic });
        }
        let version = i16::from_be_bytes(fields.take().ok_or(cut)?);
        let stored_crc = u32::from_be_bytes(fields.take().ok_or(cut)?);
        let flags = u16::from_be_bytes(fields.take().ok_or(cut)?);
        let count = i32::from_be_bytes(fields.take().ok_or(cut)?);
        // A flag of a later version changes what the entries are.
        if version != VERSION || flags > HAS_TAGS {
            return Err(SnapshotError::UnknownVersion { got: version });
        }
        Ok(Header { stored_crc, count, has_tags: flags == HAS_TAGS })
    }

    fn entry_len(bytes: &[u8], header: &Header) -> EntryLen {
        let Some(&state) = bytes.get(STATE_AT) else {
            return EntryLen::CutShort;
        };
        let batches = usize::from(state & 0b111);
        if batches > WINDOW_BATCHES || state & !0b1111 != 0 {
            return EntryLen::Bad;
        }
        let len = MIN_ENTRY_LEN.wrapping_add(batches.wrapping_mul(batch_len(header.has_tags)));
        if bytes.len() < len { EntryLen::CutShort } else { EntryLen::Is(len) }
    }

    fn read(bytes: &[u8], header: &Header) -> Option<Slot<T>> {
        let mut fields = Fields(bytes);
        let producer_id = i64::from_be_bytes(fields.take()?);
        let producer_epoch = i16::from_be_bytes(fields.take()?);
        let coordinator_epoch = i32::from_be_bytes(fields.take()?);
        let last_timestamp = i64::from_be_bytes(fields.take()?);
        let [state] = fields.take()?;
        let txn = i64::from_be_bytes(fields.take()?);
        // One state has one form, so that files can be compared.
        let in_transaction = state & IN_TRANSACTION != 0;
        if !in_transaction && txn != NO_TRANSACTION {
            return None;
        }
        let mut slot = Slot::restored(&ProducerFacts {
            producer_id,
            producer_epoch,
            coordinator_epoch,
            last_timestamp,
            current_txn_first_offset: in_transaction.then_some(txn),
        });
        for _ in 0..state & 0b111 {
            let batch = BatchMetadata {
                last_sequence: i32::from_be_bytes(fields.take()?),
                offset_delta: i32::from_be_bytes(fields.take()?),
                last_offset: i64::from_be_bytes(fields.take()?),
                timestamp: i64::from_be_bytes(fields.take()?),
            };
            let tag = match header.has_tags {
                true => T::from_bits(u32::from_be_bytes(fields.take()?)),
                false => T::UNKNOWN,
            };
            slot = slot.with_batch(batch, tag);
        }
        Some(slot)
    }
}
