//! How are sequences counted? (broker spec 1)

/// The sequence `by` after `sequence`: modulo 2^31 for arguments `>= 0`, Java's wrapping result
/// outside.
#[must_use]
pub fn increment(sequence: i32, by: i32) -> i32 {
    let room = i32::MAX.wrapping_sub(by);
    if sequence > room {
        by.wrapping_sub(i32::MAX.wrapping_sub(sequence)).wrapping_sub(1)
    } else {
        sequence.wrapping_add(by)
    }
}

/// The sequence `by` before `sequence`; `decrement(-1, 0)` is 2147483647, as in Kafka.
#[must_use]
pub fn decrement(sequence: i32, by: i32) -> i32 {
    if sequence < by {
        i32::MAX.wrapping_sub(by.wrapping_sub(sequence)).wrapping_add(1)
    } else {
        sequence.wrapping_sub(by)
    }
}

/// Whether `next` follows `last`; compared in 64 bits, so `i32::MIN` does not follow `i32::MAX`.
#[must_use]
pub fn in_sequence(last: i32, next: i32) -> bool {
    i64::from(next) == i64::from(last) + 1 || (next == 0 && last == i32::MAX)
}

/// The last sequence of a batch (broker spec 2.3); a base sequence of -1 means that there is none.
#[must_use]
pub fn last_sequence(base_sequence: i32, last_offset_delta: i32) -> i32 {
    if base_sequence == -1 { -1 } else { increment(base_sequence, last_offset_delta) }
}
