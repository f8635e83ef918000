//! What are a producer id, an epoch, a sequence, a timestamp?
//!
//! Two views of the same numbers. The producer's side uses the newtypes: a value that exists is
//! valid, and a [`Sequence`] is a point on a circle, so it has no order and no operators. The
//! broker's side must take what hostile wires and replicas bring (negative sequences, epochs and
//! ids), so its rooms store raw integers and use the functions of [`raw`], which are Kafka's, bit
//! for bit.

use core::fmt;

/// The absence of a producer id on the wire. Only values above it name a producer: 0 is valid, -2
/// is not (R1).
pub const NO_PRODUCER_ID: i64 = -1;
/// The absence of an epoch on the wire, and the epoch of a producer state entry that has not seen
/// one yet.
pub const NO_PRODUCER_EPOCH: i16 = -1;
/// The absence of a sequence on the wire (coordinator writes and markers carry it).
pub const NO_SEQUENCE: i32 = -1;
/// The absence of a timestamp on the wire.
pub const NO_TIMESTAMP: i64 = -1;

/// Sequence arithmetic on raw integers, as Kafka does it: total functions, every operation wraps.
pub mod raw {
    use super::NO_SEQUENCE;

    /// The sequence `by` records after `sequence`; after 2147483647 comes 0 (R2).
    ///
    /// For arguments `>= 0` this is addition modulo 2^31. Outside that domain the results are
    /// Kafka's, wherever that leads: `increment(5, -1)` is -2147483644.
    #[must_use]
    pub const fn increment(sequence: i32, by: i32) -> i32 {
        if sequence > i32::MAX.wrapping_sub(by) {
            by.wrapping_sub(i32::MAX.wrapping_sub(sequence)).wrapping_sub(1)
        } else {
            sequence.wrapping_add(by)
        }
    }

    /// The sequence `by` records before `sequence`; before 0 comes 2147483647 (R2).
    ///
    /// `decrement(-1, 0)` is 2147483647, not -1: a batch without a sequence reports that as its
    /// first one.
    #[must_use]
    pub const fn decrement(sequence: i32, by: i32) -> i32 {
        if sequence < by {
            i32::MAX.wrapping_sub(by.wrapping_sub(sequence)).wrapping_add(1)
        } else {
            sequence.wrapping_sub(by)
        }
    }

    /// Whether `next` follows `last` directly (R3). Compared in 64 bits, so that `i32::MIN` does
    /// not follow `i32::MAX`.
    #[must_use]
    pub const fn in_sequence(last: i32, next: i32) -> bool {
        match last.checked_add(1) {
            Some(expected) => next == expected,
            None => next == 0,
        }
    }

    /// The last sequence of a batch: none if it has no base sequence, else `last_offset_delta`
    /// after it (R4).
    ///
    /// It depends on the offset delta, not on the number of records, so it survives compaction.
    #[must_use]
    pub const fn last_sequence(base_sequence: i32, last_offset_delta: i32) -> i32 {
        if base_sequence == NO_SEQUENCE {
            NO_SEQUENCE
        } else {
            increment(base_sequence, last_offset_delta)
        }
    }
}

/// A producer id: `0 ..= i64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct ProducerId(i64);

impl ProducerId {
    /// `None` for a negative number: those do not name a producer.
    #[must_use]
    pub const fn new(id: i64) -> Option<Self> {
        if id > NO_PRODUCER_ID { Some(Self(id)) } else { None }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A producer epoch: `0 ..= 32767`. A higher one fences the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Epoch(i16);

impl Epoch {
    /// A new producer's epoch.
    pub const ZERO: Self = Self(0);
    /// The last epoch of a producer id; after it a new id is needed.
    pub const MAX: Self = Self(i16::MAX);

    /// `None` for a negative number.
    #[must_use]
    pub const fn new(epoch: i16) -> Option<Self> {
        if epoch >= 0 { Some(Self(epoch)) } else { None }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> i16 {
        self.0
    }

    /// The next epoch, or `None` when this id's epochs are exhausted. It never wraps.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }
}

/// A sequence number: a point on the circle `0 ..= 2147483647`, one per record of a producer in a
/// partition.
///
/// After the largest comes 0, so sequences have no order: only *follows* and *how far after* mean
/// something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Sequence(i32);

impl Sequence {
    /// The first sequence of a producer's epoch.
    pub const ZERO: Self = Self(0);

    /// `None` for a negative number.
    #[must_use]
    pub const fn new(sequence: i32) -> Option<Self> {
        if sequence >= 0 { Some(Self(sequence)) } else { None }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }

    /// The sequence `records` after this one. `None` if `records` is negative.
    #[must_use]
    pub const fn advance(self, records: i32) -> Option<Self> {
        if records < 0 { None } else { Some(Self(raw::increment(self.0, records))) }
    }

    /// Whether this sequence comes directly after `previous`.
    #[must_use]
    pub const fn follows(self, previous: Self) -> bool {
        raw::in_sequence(previous.0, self.0)
    }
}

/// Who writes: a producer id and the epoch that goes with it. The two are only ever changed
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The producer id.
    pub id: ProducerId,
    /// Its epoch.
    pub epoch: Epoch,
}

/// What the producer's side writes into a batch header: who, and the sequence of the first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Producer id and epoch.
    pub identity: Identity,
    /// The sequence of the batch's first record.
    pub base_sequence: Sequence,
}

/// Milliseconds since 1970-01-01 UTC, as Kafka counts them. Any value may arrive; arithmetic on it
/// wraps as Java's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A time from milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// `self - earlier` in milliseconds, wrapping.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.wrapping_sub(earlier.0)
    }
}

macro_rules! display_as_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}
display_as_number!(ProducerId, Epoch, Sequence, Timestamp);

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "producer {} epoch {}", self.id, self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R2: the table of results Kafka's own functions give, outside the domain too.
    #[test]
    fn r2_sequence_arithmetic_is_kafkas_for_any_input() {
        let increments = [
            (-1, 1, 0),
            (-5, 2, -3),
            (5, -1, -2_147_483_644),
            (-5, -7, 2_147_483_636),
            (0, i32::MIN, 0),
            (i32::MIN, 1, -2_147_483_647),
        ];
        for (a, b, want) in increments {
            assert_eq!(raw::increment(a, b), want, "increment({a}, {b})");
        }
        let decrements = [
            (-1, 0, i32::MAX),
            (-1, 1, 2_147_483_646),
            (5, -1, 6),
            (-5, -7, 2),
            (0, i32::MIN, i32::MIN),
            (i32::MIN, 1, -1),
        ];
        for (a, b, want) in decrements {
            assert_eq!(raw::decrement(a, b), want, "decrement({a}, {b})");
        }
    }

    #[test]
    fn r3_after_the_largest_sequence_comes_zero_and_nothing_else() {
        assert!(raw::in_sequence(i32::MAX, 0));
        assert!(!raw::in_sequence(i32::MAX, i32::MIN));
        assert!(raw::in_sequence(-1, 0));
        assert!(raw::in_sequence(4, 5));
        assert!(!raw::in_sequence(4, 4));
        assert!(raw::in_sequence(i32::MIN, i32::MIN + 1));
    }

    #[test]
    fn r4_last_sequence_counts_offsets_and_only_minus_one_means_none() {
        assert_eq!(raw::last_sequence(-1, 7), -1);
        let table = [
            (-5, 2, -3),
            (5, -1, -2_147_483_644),
            (0, -1, i32::MAX),
            (i32::MAX, i32::MAX, 2_147_483_646),
            (-5, 10, 5),
            (i32::MIN, 0, i32::MIN),
        ];
        for (base, delta, want) in table {
            assert_eq!(raw::last_sequence(base, delta), want, "last_sequence({base}, {delta})");
        }
    }

    #[test]
    fn r1_only_numbers_above_minus_one_name_a_producer() {
        assert!(ProducerId::new(0).is_some());
        assert!(ProducerId::new(-1).is_none());
        assert!(ProducerId::new(-2).is_none());
    }

    #[test]
    fn epochs_are_exhausted_and_never_wrap() {
        assert_eq!(Epoch::MAX.next(), None);
        assert_eq!(Epoch::ZERO.next(), Epoch::new(1));
    }
}
