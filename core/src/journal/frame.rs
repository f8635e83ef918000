//! How do records hang together, so that only what was written after a record can follow it?
//!
//! Each record's CRC covers the CRC of the record before it and that of the header, which no other
//! use of the same memory has. What an earlier use left behind a torn tail does not fit.

use super::bytes::{In, Out};
use super::record::Record;
use super::value::{ClusterId, MAX_CLUSTER_ID_LEN};
use crate::wire::{crc32c, crc32c_append};

/// The version of the format.
pub const VERSION: u16 = 1;
/// Bytes of a record beside its body: length, kind and number before it, the CRC behind it.
pub const FRAME_LEN: usize = 13;
/// Bytes of the longest header.
pub const MAX_HEADER_LEN: usize = HEADER_LEN + MAX_CLUSTER_ID_LEN;

pub(super) const MAGIC: [u8; 4] = *b"FPJL";
/// Length, kind and number.
pub(super) const HEAD_LEN: usize = 9;
pub(super) const CRC_LEN: usize = 4;
/// A header without its cluster id.
pub(super) const HEADER_LEN: usize = 20;
/// A header up to its cluster id.
pub(super) const HEADER_FIXED: usize = 16;

/// A buffer is too short. Nothing was written that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferTooSmall {
    /// Bytes it must have.
    pub wanted: usize,
}

/// What stands at the beginning of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Counted up whenever the journal is written anew: of two complete ones the higher is newer.
    pub turn: u64,
    /// Whose numbers it holds.
    pub cluster: ClusterId,
}

impl Header {
    pub(super) fn put(&self, out: &mut [u8]) -> Option<u32> {
        let id = self.cluster.as_bytes();
        let len = HEADER_LEN.saturating_add(id.len()).saturating_sub(CRC_LEN);
        let mut fields = Out::new(out);
        fields.put(&MAGIC)?;
        fields.put(&VERSION.to_be_bytes())?;
        fields.put(&[u8::try_from(id.len()).ok()?, 0])?;
        fields.put(&self.turn.to_be_bytes())?;
        fields.put(id)?;
        let (covered, rest) = out.split_at_mut_checked(len)?;
        let crc = crc32c(covered);
        Out::new(rest).put(&crc.to_be_bytes())?;
        Some(crc)
    }
}

/// Where the next record goes, and what it hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// The header's CRC.
    salt: u32,
    /// The CRC of what stands before.
    last: u32,
    /// The next record's number.
    pub(super) number: u32,
    /// Where the next record begins.
    pub(super) offset: u64,
}

/// `bytes` more.
pub(super) fn after(offset: u64, bytes: usize) -> u64 {
    offset.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// The CRC of a record's head and body behind `last`.
pub(super) fn record_crc(salt: u32, last: u32, covered: &[u8]) -> u32 {
    let [a, b, c, d] = salt.to_be_bytes();
    let [e, f, g, h] = last.to_be_bytes();
    crc32c_append(crc32c(&[a, b, c, d, e, f, g, h]), covered)
}

/// What stands before a record's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) body: u32,
    pub(super) kind: u8,
    pub(super) number: u32,
}

impl Head {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut from = In(bytes);
        let body = from.u32()?;
        let [kind] = from.take()?;
        Some(Self { body, kind, number: from.u32()? })
    }

    /// Bytes of the whole record.
    pub(super) fn total(&self) -> usize {
        usize::try_from(self.body).unwrap_or(usize::MAX).saturating_add(FRAME_LEN)
    }
}

impl Chain {
    /// Behind a header.
    pub(super) const fn behind(header_crc: u32, header_len: u64) -> Self {
        Self { salt: header_crc, last: header_crc, number: 0, offset: header_len }
    }

    /// The CRC that a record with this head and body must have here.
    pub(super) fn crc(&self, covered: &[u8]) -> u32 {
        record_crc(self.salt, self.last, covered)
    }

    /// The same area's CRC behind another record.
    pub(super) fn crc_behind(&self, last: u32, covered: &[u8]) -> u32 {
        record_crc(self.salt, last, covered)
    }

    /// Behind the next record.
    pub(super) fn step(&mut self, crc: u32, total: usize) {
        self.last = crc;
        self.number = self.number.wrapping_add(1);
        self.offset = after(self.offset, total);
    }

    /// Writes the next record into `out`; gives its length.
    pub(super) fn encode(
        &mut self,
        record: &Record<'_>,
        out: &mut [u8],
    ) -> Result<usize, BufferTooSmall> {
        let body = record.body_len();
        let total = body.saturating_add(FRAME_LEN);
        let short = BufferTooSmall { wanted: total };
        let out = out.get_mut(..total).ok_or(short)?;
        let crc = self.put(record, body, out).ok_or(short)?;
        self.step(crc, total);
        Ok(total)
    }

    fn put(&self, record: &Record<'_>, body: usize, out: &mut [u8]) -> Option<u32> {
        let covered = body.checked_add(HEAD_LEN)?;
        let mut fields = Out::new(out);
        fields.put(&u32::try_from(body).ok()?.to_be_bytes())?;
        fields.put(&[record.kind()])?;
        fields.put(&self.number.to_be_bytes())?;
        record.put(&mut fields)?;
        let (covered, rest) = out.split_at_mut_checked(covered)?;
        let crc = self.crc(covered);
        Out::new(rest).put(&crc.to_be_bytes())?;
        Some(crc)
    }
}

/// Writes a journal record by record into buffers of the caller's. It knows what a record hangs on,
/// so what it has written must come to stand in the journal, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    pub(super) chain: Chain,
}

impl Writer {
    /// Begins a journal: the header into `out`, and its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`]: [`MAX_HEADER_LEN`] bytes always do.
    pub fn begin(header: &Header, out: &mut [u8]) -> Result<(Self, usize), BufferTooSmall> {
        let len = HEADER_LEN.saturating_add(header.cluster.as_bytes().len());
        let short = BufferTooSmall { wanted: len };
        let out = out.get_mut(..len).ok_or(short)?;
        let crc = header.put(out).ok_or(short)?;
        Ok((Self { chain: Chain::behind(crc, after(0, len)) }, len))
    }

    /// The next record into `out`, and its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`], and the writer is as it was: [`Writer::len_of`] says how much it takes.
    pub fn write(&mut self, record: &Record<'_>, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        self.chain.encode(record, out)
    }

    /// Where the next record begins, in bytes from the journal's beginning.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.chain.offset
    }

    /// Bytes a record takes.
    #[must_use]
    pub fn len_of(record: &Record<'_>) -> usize {
        record.body_len().saturating_add(FRAME_LEN)
    }
}
