//! Which partition of the transaction log coordinates an id?

use core::num::NonZeroU32;

/// Java's hash of a string given as UTF-16 code units, wrapping at 32 bits.
#[must_use]
pub fn java_string_hash(units: impl IntoIterator<Item = u16>) -> i32 {
    units.into_iter().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// The partition of a transactional id, `0 .. partitions` (coordinator spec 4). `partitions` is
/// `transaction.state.log.num.partitions`, 50 if not said; a group's partition is found so too, of
/// `offsets.topic.num.partitions`.
#[must_use]
pub fn coordinator_partition(id: &str, partitions: NonZeroU32) -> u32 {
    partition_of_hash(java_string_hash(id.encode_utf16()), partitions)
}

/// As [`coordinator_partition`], from the hash. The lowest number, which has no absolute value,
/// counts as 0.
#[must_use]
pub fn partition_of_hash(hash: i32, partitions: NonZeroU32) -> u32 {
    let hash = if hash == i32::MIN { 0 } else { hash.unsigned_abs() };
    hash.checked_rem(partitions.get()).unwrap_or(0)
}
