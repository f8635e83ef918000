//! Can a sweep find nothing, or will it find everyone, before it looks at a single producer?

/// Bounds of the last timestamps of all producers, in units of 65,536 ms: one 32-bit number each
/// reaches four million years to both sides.
///
/// Never too narrow, so what they say of expiry is what a look at each producer would. A producer
/// with an open transaction does not expire, whatever its timestamp: it counts as one that is
/// never old enough. Whatever changes a producer's timestamp or ends its transaction notes it
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ages {
    /// No producer that may expire is of an earlier unit; `i32::MIN` is no bound.
    oldest: i32,
    /// Nor of a later one; `i32::MAX` is no bound.
    newest: i32,
}

const UNIT_BITS: u32 = 16;

/// The unit a timestamp is in, or the end of the range it is beyond.
fn unit(timestamp: i64) -> i32 {
    let end = if timestamp < 0 { i32::MIN } else { i32::MAX };
    i32::try_from(timestamp >> UNIT_BITS).unwrap_or(end)
}

/// The first millisecond of a unit.
fn begin(unit: i64) -> i64 {
    unit << UNIT_BITS
}

impl Ages {
    /// Of no producer.
    pub(super) const NONE: Self = Self { oldest: i32::MAX, newest: i32::MIN };

    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { oldest: i32::MIN, newest: i32::MAX };

    /// One more producer, or one that has changed. O(1).
    #[inline]
    pub(super) fn note(&mut self, last_timestamp: i64, in_transaction: bool) {
        if in_transaction {
            self.newest = i32::MAX;
            return;
        }
        // Most lie between the bounds, and change nothing.
        let unit = last_timestamp >> UNIT_BITS;
        if unit < i64::from(self.oldest) || unit > i64::from(self.newest) {
            self.widen(last_timestamp);
        }
    }

    #[cold]
    fn widen(&mut self, last_timestamp: i64) {
        let unit = unit(last_timestamp);
        self.oldest = self.oldest.min(unit);
        self.newest = self.newest.max(unit);
    }

    /// Whether no producer is this old or older, in milliseconds (R43). As in Kafka an age wraps:
    /// without a lower bound, or before 1970, that may make an old producer young.
    pub(super) fn none_is(self, age: i64, now: i64) -> bool {
        let most = now.checked_sub(begin(i64::from(self.oldest)));
        self.oldest != i32::MIN && now >= 0 && most.is_some_and(|most| most < age)
    }

    /// Whether every producer is this old or older, in milliseconds.
    pub(super) fn each_is(self, age: i64, now: i64) -> bool {
        let last = begin(i64::from(self.newest).wrapping_add(1)).wrapping_sub(1);
        let most = now.checked_sub(begin(i64::from(self.oldest)));
        let least = now.checked_sub(last);
        let bounded = self.oldest != i32::MIN && self.newest != i32::MAX;
        bounded && most.is_some() && least.is_some_and(|least| least >= age)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    const EDGES: [i64; 12] = [
        i64::MIN,
        -(1 << 47) - 1,
        -(1 << 47),
        -65_537,
        -1,
        0,
        65_535,
        65_536,
        1_700_000_000_000,
        (1 << 47) - 1,
        1 << 47,
        i64::MAX,
    ];

    fn is_expired(now: i64, (timestamp, in_transaction): (i64, bool), age: i64) -> bool {
        !in_transaction && now.wrapping_sub(timestamp) >= age
    }

    /// R43: whatever the numbers, what the bounds say is what Kafka finds producer by producer.
    #[test]
    fn r43_bounds_never_say_what_a_look_at_each_producer_does_not() {
        let near = |n: i64| [-2, -1, 0, 1, 2].map(|by| n.wrapping_add(by));
        let times: Vec<i64> = EDGES.into_iter().flat_map(near).collect();
        let (mut none, mut each) = (0, 0);
        for &first in &times {
            for &second in &times {
                for (first, second) in [
                    ((first, false), (second, false)),
                    ((first, true), (second, false)),
                    ((first, true), (second, true)),
                ] {
                    let mut ages = Ages::NONE;
                    ages.note(first.0, first.1);
                    ages.note(second.0, second.1);
                    for now in EDGES.into_iter().flat_map(|n| near(n.wrapping_add(86_400_000))) {
                        for age in [0, 1, 86_400_000, i64::from(u32::MAX)] {
                            let a = is_expired(now, first, age);
                            let b = is_expired(now, second, age);
                            assert!(!ages.none_is(age, now) || !(a || b), "{first:?} {second:?}");
                            assert!(!ages.each_is(age, now) || (a && b), "{first:?} {second:?}");
                            none += u32::from(ages.none_is(age, now));
                            each += u32::from(ages.each_is(age, now));
                        }
                    }
                }
            }
        }
        assert!(none > 10_000 && each > 10_000, "both answers come up: {none}, {each}");
    }

    #[test]
    fn r43_young_producers_are_known_to_be_young_and_old_ones_to_be_old() {
        let (now, day) = (1_700_000_000_000, 86_400_000);
        let mut ages = Ages::NONE;
        assert!(ages.none_is(day, now), "an empty table");
        ages.note(now, false);
        ages.note(now - day / 2, false);
        assert!(ages.none_is(day, now) && !ages.each_is(day, now));
        assert!(ages.each_is(day, now + 2 * day) && !ages.none_is(day, now + 2 * day));
        ages.note(0, true);
        assert!(ages.none_is(day, now), "an open transaction keeps nobody from being young");
        assert!(!ages.each_is(day, now + 2 * day), "but does not expire");
        assert!(!Ages::UNKNOWN.none_is(day, now) && !Ages::UNKNOWN.each_is(day, now));
    }
}
