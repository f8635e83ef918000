//! What is wrong with some bytes, told to C.

use fencepost::wire::{BatchError, BuildError, CrcMismatch, MarkerError, RecordError};

use crate::error::{Facts, Tell};
use crate::status::fencepost_status::*;

/// A position or a count of bytes.
pub(crate) fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Tell for BatchError {
    fn facts(&self) -> Facts {
        let facts = Facts::of(FENCEPOST_BATCH, self.error_code().get()).at(wide(self.position()));
        match *self {
            Self::Truncated { wanted, got } => facts.numbers(signed(wanted), signed(got)),
            Self::Trailing { size, got } => facts.numbers(signed(size), signed(got)),
            Self::Magic { got } | Self::Legacy { magic: got } => facts.numbers(2, got.into()),
            Self::Length { got } | Self::LengthOverflow { got } => facts.numbers(0, got.into()),
            Self::TooSmall { size } => facts.numbers(61, signed(size)),
            _ => facts,
        }
    }
}

impl Tell for CrcMismatch {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_CRC, self.error_code().get())
            .at(17)
            .numbers(self.stored.into(), self.computed.into())
    }
}

impl Tell for RecordError {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_RECORD, self.error_code().get())
            .at(wide(self.position))
            .numbers(self.index.into(), 0)
    }
}

impl Tell for MarkerError {
    fn facts(&self) -> Facts {
        Facts::of(FENCEPOST_MARKER, self.error_code().get())
    }
}

impl Tell for BuildError {
    fn facts(&self) -> Facts {
        match *self {
            Self::Full { needed } => Facts::of(FENCEPOST_BUILD_FULL, -1).numbers(signed(needed), 0),
            Self::Codec { codec } => Facts::of(FENCEPOST_BUILD_CODEC, -1).numbers(0, codec.into()),
            Self::Empty => Facts::of(FENCEPOST_BUILD_EMPTY, -1),
            _ => Facts::of(FENCEPOST_BUILD_TOO_LARGE, -1),
        }
    }
}
