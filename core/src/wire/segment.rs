//! Which batches are in these bytes of a log, and where does it stop making sense?

use core::{error, fmt, iter::FusedIterator};

use super::frame::{BatchError, Frame, field, frame};
use super::view::{BatchView, CrcMismatch};
use crate::error_code::ErrorCode;

/// What is wrong at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The first byte of the batch concerned, counted from the first byte of the segment.
    pub position: usize,
    /// What is wrong with it.
    pub kind: FindingKind,
}

/// The kinds of [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// No batch of format v2 stands there, or not all of it ([`BatchError::Truncated`]: a torn
    /// tail).
    Batch(BatchError),
    /// One stands there, but its bytes have changed.
    Crc(CrcMismatch),
}

impl Finding {
    /// The first byte of the offending field or gap, counted from the first byte of the segment.
    #[must_use]
    pub fn byte(&self) -> usize {
        self.position.saturating_add(match self.kind {
            FindingKind::Batch(error) => error.position(),
            FindingKind::Crc(_) => field::CRC,
        })
    }

    /// Whether reading goes on behind it: the batch's length still says where the next one starts.
    #[must_use]
    pub const fn is_skipped(&self) -> bool {
        matches!(self.kind, FindingKind::Crc(_) | FindingKind::Batch(BatchError::Legacy { .. }))
    }

    /// The code of [`BatchError::error_code`] or [`CrcMismatch::error_code`].
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self.kind {
            FindingKind::Batch(error) => error.error_code(),
            FindingKind::Crc(error) => error.error_code(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "batch at {}: ", self.position)?;
        match self.kind {
            FindingKind::Batch(error) => error.fmt(f),
            FindingKind::Crc(error) => error.fmt(f),
        }
    }
}

impl error::Error for Finding {}

/// The batches of a log segment held in memory, each with its position.
///
/// A wrong CRC and a legacy batch are findings that are stepped over, since their length frames
/// them; anything else ends the iteration, because nothing says where a next batch would start. A
/// torn tail is a finding here (Kafka ends in silence), so that an audit can count what is missing.
/// Each step is O(1), or O(batch) with the CRC.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    rest: &'a [u8],
    position: usize,
    verify: bool,
}

impl<'a> Segment<'a> {
    /// Reads headers only: a batch with a wrong CRC is given like any other.
    #[must_use]
    pub const fn headers(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, position: 0, verify: false }
    }

    /// Checks each batch's CRC (R7).
    #[must_use]
    pub const fn verified(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, position: 0, verify: true }
    }

    /// Where the next batch would start.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Steps over `size` bytes and gives them; what is left if there are fewer.
    fn step(&mut self, size: usize) -> &'a [u8] {
        let (batch, rest) = self.rest.split_at_checked(size).unwrap_or((self.rest, &[]));
        self.rest = rest;
        self.position = self.position.saturating_add(batch.len());
        batch
    }

    #[inline(always)]
    fn read(&mut self) -> Result<BatchView<&'a [u8]>, FindingKind> {
        let view = match BatchView::first_of(self.rest) {
            Some((view, rest)) => {
                self.rest = rest;
                self.position = self.position.saturating_add(view.size_in_bytes());
                view
            }
            None => self.read_slowly()?,
        };
        if self.verify {
            view.verify_crc().map_err(FindingKind::Crc)?;
        }
        Ok(view)
    }

    /// What is wrong with the next batch.
    #[cold]
    fn read_slowly(&mut self) -> Result<BatchView<&'a [u8]>, FindingKind> {
        let got = self.rest.len();
        let (wanted, legacy) = match frame(self.rest).map_err(FindingKind::Batch)? {
            Frame::Batch { size } => (size, None),
            Frame::Legacy { magic, size } => (size, Some(BatchError::Legacy { magic })),
            Frame::Incomplete { missing } => (got.saturating_add(missing), None),
        };
        if wanted > got {
            return Err(FindingKind::Batch(BatchError::Truncated { wanted, got }));
        }
        let batch = self.step(wanted);
        if let Some(legacy) = legacy {
            return Err(FindingKind::Batch(legacy));
        }
        BatchView::new_checked(batch).map_err(FindingKind::Batch)
    }
}

impl<'a> Iterator for Segment<'a> {
    type Item = Result<(usize, BatchView<&'a [u8]>), Finding>;

    // Part of its caller, so that a header is read where it is used and copied nowhere.
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let position = self.position;
        Some(self.read().map(|view| (position, view)).map_err(|kind| {
            let finding = Finding { position, kind };
            if !finding.is_skipped() {
                self.rest = &[];
            }
            finding
        }))
    }
}

impl FusedIterator for Segment<'_> {}
