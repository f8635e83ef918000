//! Which snapshot files are there, and which are to be loaded and deleted? (broker spec 5.7 to 5.9,
//! 6.4)
//!
//! Pure decisions over a listing of the offsets that the caller's files are named for. The offset
//! is exclusive: the state in a file includes everything below it. Listings may be in any order.

use core::fmt::{self, Write};

const SUFFIX: &str = ".snapshot";
const DELETED: &str = ".deleted";
const DIGITS: usize = 20;

/// The name of the snapshot file for an offset: 20 digits and `.snapshot` (R55).
///
/// A negative offset, which no log has, gets a sign before its 20 digits, as Kafka's number format
/// writes it.
#[must_use]
pub fn name(offset: i64) -> heapless::String<32, u8> {
    let mut name = heapless::String::new();
    // 20 digits or a sign and 20, and a suffix of nine: it fits.
    let (sign, digits) = (if offset < 0 { "-" } else { "" }, offset.unsigned_abs());
    let fits = write!(name, "{sign}{digits:0DIGITS$}{SUFFIX}").is_ok();
    debug_assert!(fits, "the longest name has 30 bytes");
    name
}

/// What a snapshot file is renamed to when its segment is deleted; it is deleted for good later, or
/// at the next load (broker spec 5.8, 7.5). It is then no longer a snapshot file.
#[must_use]
pub fn deleted_name(offset: i64) -> heapless::String<48, u8> {
    let mut deleted = heapless::String::new();
    let fits = write!(deleted, "{}{DELETED}", name(offset)).is_ok();
    debug_assert!(fits, "the longest name has 37 bytes");
    deleted
}

/// Whether a file of this name is left over from a deletion, of a snapshot or of anything else, and
/// is to be deleted when the log is loaded.
#[must_use]
pub fn is_deleted(name: &str) -> bool {
    name.ends_with(DELETED)
}

/// A file that ends as a snapshot's does, but is not named for an offset. Kafka fails to load such
/// a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadName;

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a .snapshot file whose name does not begin with an offset")
    }
}

impl core::error::Error for BadName {}

/// The offset a file is named for; `None` if it is not a snapshot file (R55).
///
/// As in Kafka the offset is the text before the **first** dot, leading zeros are optional, and a
/// sign is taken.
///
/// # Errors
/// [`BadName`] if it ends in `.snapshot` and has no offset of 64 bits in front.
pub fn parse_name(name: &str) -> Result<Option<i64>, BadName> {
    if !name.ends_with(SUFFIX) {
        return Ok(None);
    }
    let offset = name.split('.').next().unwrap_or_default();
    offset.parse().map(Some).map_err(|_| BadName)
}

/// The snapshot to load: the highest (R50).
#[must_use]
pub fn latest(snapshots: &[i64]) -> Option<i64> {
    snapshots.iter().copied().max()
}

/// The lowest.
#[must_use]
pub fn oldest(snapshots: &[i64]) -> Option<i64> {
    snapshots.iter().copied().min()
}

/// The snapshots to delete when the log is truncated: above its end, or at or below its start
/// (R50).
pub fn outside_log(
    snapshots: &[i64],
    log_start: i64,
    log_end: i64,
) -> impl Iterator<Item = i64> + '_ {
    let outside = move |offset: &i64| *offset > log_end || *offset <= log_start;
    snapshots.iter().copied().filter(outside)
}

/// The snapshots to delete before an offset, in retention: `0 <= snapshot < offset`.
pub fn before(snapshots: &[i64], offset: i64) -> impl Iterator<Item = i64> + '_ {
    snapshots.iter().copied().filter(move |snapshot| (0..offset).contains(snapshot))
}

/// The snapshots to delete when the log is loaded: those that belong to no segment (R56). The
/// highest of them stays, since a clean shutdown leaves one above the last segment's base; unless
/// it is below that base, and so out of date. O(snapshots × segments).
pub fn strays<'a>(
    snapshots: &'a [i64],
    segment_bases: &'a [i64],
) -> impl Iterator<Item = i64> + 'a {
    let is_stray = move |offset: &i64| !segment_bases.contains(offset);
    let highest = snapshots.iter().copied().filter(is_stray).max();
    let newest_segment = segment_bases.iter().copied().max();
    let kept = highest.filter(|&stray| newest_segment.is_none_or(|base| stray >= base));
    snapshots.iter().copied().filter(move |offset| is_stray(offset) && Some(*offset) != kept)
}
