//! Which offsets can a log have?
//!
//! The core takes any number, as replay of a strange log may need. A caller that gives one which no
//! log of Kafka's has made a mistake, and what follows from it would be seen much later.

use crate::status::fencepost_status::{self, FENCEPOST_VALUE};

/// The highest that a batch may begin at, FENCEPOST_BASE_OFFSET_MAX: that of its last record, and
/// the one behind it, can be said whatever number of records it has.
pub(crate) const BASE_MAX: i64 = i64::MAX - (1 << 31);

/// Any offset.
#[inline(always)]
pub(crate) const fn offset(number: i64) -> Result<i64, fencepost_status> {
    if number < 0 { Err(FENCEPOST_VALUE) } else { Ok(number) }
}

/// An offset that a batch begins at.
#[inline(always)]
pub(crate) const fn base_offset(number: i64) -> Result<i64, fencepost_status> {
    if number < 0 || number > BASE_MAX { Err(FENCEPOST_VALUE) } else { Ok(number) }
}

/// An offset, or -1 for none.
pub(crate) const fn offset_or_none(number: i64) -> Result<Option<i64>, fencepost_status> {
    match number {
        -1 => Ok(None),
        ..0 => Err(FENCEPOST_VALUE),
        _ => Ok(Some(number)),
    }
}
