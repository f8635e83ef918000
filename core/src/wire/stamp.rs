//! How does a batch get its producer's identity and sequence, and keep a right CRC?

use super::bytes::Writer;
use super::crc::{change, crc32c};
use super::frame::{BatchError, field};
use super::header::BatchHeader;
use super::view::check;
use crate::ids::Stamp;

/// Producer id, epoch and base sequence stand side by side.
const STAMP_LEN: usize = 14;

const _: () = assert!(field::PRODUCER_ID + STAMP_LEN == field::RECORDS_COUNT);

/// The length field of a batch without a byte behind its header: base offset and length itself are
/// not counted.
const HEADER_ONLY: i32 = 49;

impl Stamp {
    /// The bytes of a batch from producer id to base sequence.
    fn to_bytes(self) -> [u8; STAMP_LEN] {
        let mut bytes = [0; STAMP_LEN];
        let mut writer = Writer::new(&mut bytes);
        let written = writer
            .field(self.identity.id.get().to_be_bytes())
            .and_then(|()| writer.field(self.identity.epoch.get().to_be_bytes()))
            .and_then(|()| writer.field(self.base_sequence.get().to_be_bytes()));
        debug_assert!(written.is_some(), "the three fields take 14 bytes");
        bytes
    }
}

/// The `N` bytes of `batch` at `at`.
fn chunk<const N: usize>(batch: &mut [u8], at: usize) -> Option<&mut [u8; N]> {
    batch.get_mut(at..)?.first_chunk_mut()
}

/// Writes `crc` into a checked batch.
fn put_crc(batch: &mut [u8], crc: u32) {
    if let Some(slot) = chunk(batch, field::CRC) {
        *slot = crc.to_be_bytes();
    }
}

/// Computes the CRC of a batch and writes it (R7). O(n). Gives the CRC.
///
/// # Errors
/// [`BatchError`] if `batch` is not exactly one batch of format v2; it is then untouched.
pub fn seal(batch: &mut [u8]) -> Result<u32, BatchError> {
    check(batch)?;
    let crc = crc32c(batch.get(field::ATTRIBUTES..).unwrap_or_default());
    put_crc(batch, crc);
    Ok(crc)
}

/// Writes a producer's identity and first sequence into a batch that is not sealed yet, and seals
/// it. O(n).
///
/// Whatever the CRC was, it is right afterwards: this is for the producer that made the bytes. For
/// a batch that was sealed before use [`restamp`].
///
/// # Errors
/// [`BatchError`] if `batch` is not exactly one batch of format v2; it is then untouched.
pub fn stamp(batch: &mut [u8], stamp: Stamp) -> Result<(), BatchError> {
    check(batch)?;
    if let Some(slot) = chunk(batch, field::PRODUCER_ID) {
        *slot = stamp.to_bytes();
    }
    seal(batch).map(|_crc| ())
}

/// Changes producer id, epoch and base sequence of a sealed batch. O(log n): the records are never
/// read (R19).
///
/// The CRC is linear in the bytes, so it changes by what the 14 changed bytes contribute, whatever
/// the others are. That contribution is computed and added to the **stored** CRC: a batch that was
/// damaged before stays exactly as damaged (stored xor computed is the same before and after), so
/// restamping never heals corruption.
///
/// # Errors
/// [`BatchError`] if `batch` is not exactly one batch of format v2; it is then untouched.
pub fn restamp(batch: &mut [u8], stamp: Stamp) -> Result<(), BatchError> {
    let size = check(batch)?;
    let mut difference = stamp.to_bytes();
    if let Some(slot) = chunk::<STAMP_LEN>(batch, field::PRODUCER_ID) {
        for (new, old) in difference.iter_mut().zip(slot.iter_mut()) {
            (*new, *old) = (*new ^ *old, *new);
        }
    }
    // The size of a checked batch fits 31 bits.
    let behind = u32::try_from(size.saturating_sub(field::RECORDS_COUNT)).unwrap_or(u32::MAX);
    if let Some(slot) = chunk(batch, field::CRC) {
        *slot = (u32::from_be_bytes(*slot) ^ change(&difference, behind)).to_be_bytes();
    }
    Ok(())
}

/// The CRC that the batch of this header would have with the fields of `other` instead, and the
/// same records. O(log n): from headers alone, the records are never read (R19).
///
/// If that is the CRC `other` came with, and both are of one length, the two batches hold the same
/// records, but for a chance of one in 2^32 (R81). It says nothing of whether the stored CRC is
/// right. A length that no batch can have counts as that of a header.
#[must_use]
pub fn crc_with_header(header: &BatchHeader, other: &BatchHeader) -> u32 {
    let (mut difference, mut new) = ([0; BatchHeader::LEN], [0; BatchHeader::LEN]);
    header.write(&mut difference);
    other.write(&mut new);
    for (old, new) in difference.iter_mut().zip(new) {
        *old ^= new;
    }
    let covered = difference.get(field::ATTRIBUTES..).unwrap_or_default();
    let behind = header.batch_length.saturating_sub(HEADER_ONLY).max(0).unsigned_abs();
    header.crc ^ change(covered, behind)
}
