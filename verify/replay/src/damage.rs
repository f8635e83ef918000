//! What in a log can't be read, or can't be replayed?

use std::fmt;

use fencepost::broker::Rejection;
use fencepost::wire::{BatchError, FindingKind, MarkerError};

/// A place in a segment where reading or replaying ends, or steps over something.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    /// The segment's file name.
    pub file: String,
    /// The first byte of the batch concerned.
    pub position: u64,
    /// What is wrong with it.
    pub kind: DamageKind,
    /// Bytes of the file from there on.
    pub bytes: u64,
    /// Segments after this one.
    pub later_segments: usize,
    /// Whether all these bytes are zero: a segment that was made longer before it was written
    /// (`log.preallocate`), or one that lost what a crash kept from the disk.
    pub is_zeros: bool,
}

/// The kinds of [`Damage`].
#[derive(Clone, Debug, PartialEq)]
pub enum DamageKind {
    /// No batch, not all of it, or changed bytes.
    Batch(FindingKind),
    /// A control batch that is not the end of a transaction.
    Marker(MarkerError),
    /// A batch that no replica can take in, so that Kafka does not load the log (R31).
    Refused(Box<Rejection>),
}

impl Damage {
    /// Whether this is a batch of an old format, which was stepped over: no producer wrote it.
    #[must_use]
    pub const fn is_legacy(&self) -> bool {
        matches!(self.kind, DamageKind::Batch(FindingKind::Batch(BatchError::Legacy { .. })))
    }

    /// Whether a broker that is still writing leaves the log's end like this: part of a batch, or
    /// zeros.
    #[must_use]
    pub const fn is_growing_tail(&self) -> bool {
        let torn = matches!(
            self.kind,
            DamageKind::Batch(FindingKind::Batch(BatchError::Truncated { .. }))
        );
        self.later_segments == 0 && (torn || self.is_zeros)
    }

    /// The kind's name for machines.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.kind {
            DamageKind::Batch(FindingKind::Batch(BatchError::Truncated { .. })) => "torn_batch",
            DamageKind::Batch(FindingKind::Batch(BatchError::Legacy { .. })) => "legacy_batch",
            DamageKind::Batch(FindingKind::Batch(_)) => "no_batch",
            DamageKind::Batch(_) => "bad_crc",
            DamageKind::Marker(_) => "bad_marker",
            DamageKind::Refused(_) => "refused",
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, position, kind, bytes, later_segments, .. } = self;
        write!(f, "{file}, byte {position}: ")?;
        match kind {
            DamageKind::Batch(FindingKind::Batch(error @ BatchError::Truncated { .. })) => {
                write!(f, "a torn batch: {error}")?;
            }
            DamageKind::Batch(FindingKind::Batch(error)) => write!(f, "no batch: {error}")?,
            DamageKind::Batch(FindingKind::Crc(error)) => write!(f, "changed bytes: {error}")?,
            DamageKind::Batch(other) => write!(f, "{other:?}")?,
            DamageKind::Marker(error) => write!(f, "a marker that can't be read: {error}")?,
            DamageKind::Refused(rejection) => {
                write!(f, "no replica can take this batch in: {rejection}")?;
            }
        }
        if self.is_legacy() {
            return f.write_str(". It is stepped over");
        }
        write!(f, ". Nothing from here on is replayed: {bytes} bytes")?;
        match later_segments {
            0 => Ok(()),
            1 => f.write_str(" and 1 later segment"),
            n => write!(f, " and {n} later segments"),
        }
    }
}
