//! What does the meter show?

/// When the first reading is taken, in milliseconds.
pub const BEGIN: i64 = 1_700_000_000_000;
/// Between two readings, in milliseconds.
pub const EVERY: i64 = 50;

/// A reading's value: any that tells it from its neighbours.
#[must_use]
pub fn value(number: u32) -> i32 {
    number.wrapping_mul(2_654_435_761).cast_signed()
}

/// When it is taken, in milliseconds.
#[must_use]
pub fn taken(number: u32) -> i64 {
    BEGIN + i64::from(number) * EVERY
}
