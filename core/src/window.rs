//! Have these five batches seen this one?
//!
//! ```text
//!            oldest                          newest
//!          ┌────────┬────────┬────────┬────────┬────────┐
//! push ──▶ │ 10..12 │ 13..13 │ 14..20 │ 21..21 │ 22..25 │   find(14, 20) = the third
//!  drops   └────────┴────────┴────────┴────────┴────────┘   find(14, 19) = none
//!  oldest        sequences, first..last of each batch
//! ```
//!
//! The ring lies in memory as columns (all last sequences, then all deltas, …), because the
//! question above reads the sequences of five batches and the rest of one: a look-up then touches
//! the first cache line of a producer's slot and no other.

use crate::ids::raw;
use crate::lanes::equal_of_five;

/// Batches remembered for each producer: Kafka's `NUM_BATCHES_TO_RETAIN` (R21).
pub const WINDOW_BATCHES: usize = 5;

/// One remembered batch. Raw integers: replication may have brought any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchMetadata {
    /// Sequence of the last record, or -1.
    pub last_sequence: i32,
    /// Last offset minus first offset.
    pub offset_delta: i32,
    /// Offset of the last record.
    pub last_offset: i64,
    /// Largest timestamp of the batch, in milliseconds.
    pub timestamp: i64,
}

impl BatchMetadata {
    /// Sequence of the first record. 2147483647 for a batch without sequence (R2).
    #[must_use]
    pub const fn first_sequence(&self) -> i32 {
        raw::decrement(self.last_sequence, self.offset_delta)
    }

    /// Offset of the first record, wrapping.
    #[must_use]
    pub fn first_offset(&self) -> i64 {
        self.last_offset.wrapping_sub(i64::from(self.offset_delta))
    }
}

/// What a slot may remember of a batch's content, to tell a repeated batch from a reused sequence
/// (R66).
///
/// Kafka compares only epoch and sequence range. `()` remembers nothing and is Kafka's behaviour;
/// [`ContentTag`] remembers 32 bits, for 32 bytes more a producer.
pub trait Tag: Copy + core::fmt::Debug + PartialEq {
    /// Nothing known: equal to any content.
    const UNKNOWN: Self;
    /// Whether a snapshot has a place for it.
    const IS_STORED: bool;
    /// Whether two batches with these tags may be the same batch.
    fn may_equal(self, other: Self) -> bool;
    /// The tag as a snapshot stores it; 0 is unknown.
    fn to_bits(self) -> u32;
    /// The tag from a snapshot.
    fn from_bits(bits: u32) -> Self;
}

impl Tag for () {
    const UNKNOWN: Self = ();
    const IS_STORED: bool = false;
    fn may_equal(self, (): ()) -> bool {
        true
    }
    fn to_bits(self) -> u32 {
        0
    }
    fn from_bits(_: u32) -> Self {}
}

/// 32 bits of a batch's content: the CRC of the batch **as the producer sent it**.
///
/// A broker that rewrites timestamps or codec stores another CRC than it received, so a tag taken
/// from the log is only right where batches are stored as they came. 0 stands for unknown and
/// equals everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct ContentTag(pub u32);

impl Tag for ContentTag {
    const UNKNOWN: Self = Self(0);
    const IS_STORED: bool = true;
    fn may_equal(self, other: Self) -> bool {
        self.0 == other.0 || self == Self::UNKNOWN || other == Self::UNKNOWN
    }
    fn to_bits(self) -> u32 {
        self.0
    }
    fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

/// The columns a look-up reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Sequences {
    last_sequence: [i32; WINDOW_BATCHES],
    offset_delta: [i32; WINDOW_BATCHES],
}

/// The columns only an answer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Positions {
    last_offset: [i64; WINDOW_BATCHES],
    timestamp: [i64; WINDOW_BATCHES],
}

/// How many batches there are, and which place holds the oldest: `oldest * 8 + len`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Order(u8);

impl Sequences {
    pub(crate) const EMPTY: Self =
        Self { last_sequence: [0; WINDOW_BATCHES], offset_delta: [0; WINDOW_BATCHES] };
}

impl Sequences {
    /// See [`Window::find`].
    #[inline]
    fn find(&self, order: Order, first_sequence: i32, last_sequence: i32) -> Option<usize> {
        let Self { last_sequence: lasts, offset_delta: deltas } = self;
        // Every place's last sequence is compared whatever the others say: which one it is can't be
        // predicted, and a wrong guess costs more than five comparisons. How many there are can be:
        // one of a duplicate, none of a new batch.
        let mut same_last = equal_of_five(lasts, last_sequence);
        let mut equal = 0_u32;
        while same_last != 0 {
            let lowest = same_last & same_last.wrapping_neg();
            let place = usize::try_from(same_last.trailing_zeros()).ok()?;
            let same_first = raw::decrement(last_sequence, *deltas.get(place)?) == first_sequence;
            equal |= lowest & u32::from(same_first).wrapping_neg();
            same_last ^= lowest;
        }
        order.oldest_of(equal)
    }

    /// The place of the batch that [`Sequences::find`] finds for one that begins with this sequence
    /// and ends so many records behind it; none is [`WINDOW_BATCHES`], where no batch lies.
    #[inline(always)]
    fn place_of(&self, order: Order, first_sequence: i32, offset_delta: i32) -> usize {
        if first_sequence | offset_delta < 0 {
            return self.search(order, first_sequence, offset_delta);
        }
        // Neither is negative, so their sum wraps as a sequence does, and whoever ends with the
        // same one after as many records began with the same one.
        let last = first_sequence.wrapping_add(offset_delta) & i32::MAX;
        let same_last = equal_of_five(&self.last_sequence, last);
        if same_last == 0 {
            return WINDOW_BATCHES;
        }
        let place = usize::try_from(same_last.trailing_zeros()).unwrap_or(WINDOW_BATCHES);
        let is_only_one = same_last & same_last.wrapping_sub(1) == 0;
        if is_only_one && self.offset_delta.get(place) == Some(&offset_delta) {
            return if order.holds(place) { place } else { WINDOW_BATCHES };
        }
        self.search(order, first_sequence, offset_delta)
    }

    /// The same, whatever the numbers are and however many batches end alike.
    #[cold]
    fn search(&self, order: Order, first_sequence: i32, offset_delta: i32) -> usize {
        let last_sequence = raw::last_sequence(first_sequence, offset_delta);
        let found = self.find(order, first_sequence, last_sequence);
        found.map_or(WINDOW_BATCHES, |n| order.place(n))
    }
}

impl Positions {
    pub(crate) const EMPTY: Self =
        Self { last_offset: [0; WINDOW_BATCHES], timestamp: [0; WINDOW_BATCHES] };

    /// What lies at the end of these columns, whether it is a batch's or not.
    #[inline(always)]
    pub(crate) fn end(&self) -> &i64 {
        let [.., last] = &self.timestamp;
        last
    }
}

impl Order {
    pub(crate) const EMPTY: Self = Self(0);

    fn len(self) -> usize {
        usize::from(self.0 & 0b111)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 & 0b111 == 0
    }

    /// The place of the `n`th batch, oldest first; `n < 5`, so `oldest + n < 10`.
    fn place(self, n: usize) -> usize {
        let place = usize::from(self.0 >> 3).wrapping_add(n);
        if place >= WINDOW_BATCHES { place.wrapping_sub(WINDOW_BATCHES) } else { place }
    }

    /// Whether a place holds a batch: the first ones do, until all do. The oldest batch goes only
    /// when another takes its place.
    fn holds(self, place: usize) -> bool {
        place < self.len()
    }

    /// The oldest of some places (bit `n` stands for place `n`), counted from the oldest batch.
    fn oldest_of(self, places: u32) -> Option<usize> {
        // Rotated, so that bit 0 stands for the oldest batch; then without the places that hold
        // none.
        let by_age = (places | (places << WINDOW_BATCHES)) >> (self.0 >> 3);
        let held = by_age & !(u32::MAX << (self.0 & 0b111));
        if held == 0 { None } else { usize::try_from(held.trailing_zeros()).ok() }
    }

    /// The place of the newest batch; meaningless when empty.
    fn newest(self) -> usize {
        self.place(self.len().saturating_sub(1))
    }

    /// The place the next batch goes to, and the order after it.
    fn pushed(self) -> (usize, Self) {
        if self.len() < WINDOW_BATCHES {
            (self.place(self.len()), Self(self.0.wrapping_add(1)))
        } else {
            let oldest = self.0 >> 3;
            let next = if oldest == 4 { 0 } else { oldest.wrapping_add(1) };
            (usize::from(oldest), Self((next << 3) | 5))
        }
    }
}

/// A producer's remembered batches, oldest first. Look-ups are O(5).
#[derive(Clone, Copy, Debug)]
pub struct Window<'a, T = ()> {
    pub(crate) sequences: &'a Sequences,
    pub(crate) positions: &'a Positions,
    pub(crate) tags: &'a [T; WINDOW_BATCHES],
    pub(crate) order: Order,
}

impl<'a, T: Tag> Window<'a, T> {
    /// How many batches are remembered: 0 to 5.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The `n`th batch, oldest first.
    #[must_use]
    pub fn get(&self, n: usize) -> Option<BatchMetadata> {
        if n < self.len() { self.at(self.order.place(n)) } else { None }
    }

    /// The `n`th batch's tag.
    #[must_use]
    pub fn tag(&self, n: usize) -> Option<T> {
        if n < self.len() { self.tags.get(self.order.place(n)).copied() } else { None }
    }

    /// The newest batch.
    #[must_use]
    pub fn newest(&self) -> Option<BatchMetadata> {
        if self.is_empty() { None } else { self.at(self.order.newest()) }
    }

    /// The newest batch's last sequence.
    #[must_use]
    pub fn last_sequence(&self) -> Option<i32> {
        if self.is_empty() {
            None
        } else {
            self.sequences.last_sequence.get(self.order.newest()).copied()
        }
    }

    /// The batches, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = BatchMetadata> + use<'a, T> {
        let window = *self;
        (0..self.len()).filter_map(move |n| window.get(n))
    }

    /// The oldest batch with exactly these first and last sequences, by its place from the oldest
    /// (R23).
    ///
    /// A part of a remembered batch, or a range over two of them, is not found.
    #[must_use]
    #[inline]
    pub fn find(&self, first_sequence: i32, last_sequence: i32) -> Option<usize> {
        self.sequences.find(self.order, first_sequence, last_sequence)
    }

    /// The batch that [`Window::find`] finds for one that begins with this sequence and ends so
    /// many records behind it, and its tag.
    #[inline(always)]
    pub(crate) fn find_batch(
        &self,
        first_sequence: i32,
        offset_delta: i32,
    ) -> Option<(BatchMetadata, T)> {
        let place = self.sequences.place_of(self.order, first_sequence, offset_delta);
        self.at(place).zip(self.tags.get(place).copied())
    }

    fn at(&self, place: usize) -> Option<BatchMetadata> {
        Some(BatchMetadata {
            last_sequence: *self.sequences.last_sequence.get(place)?,
            offset_delta: *self.sequences.offset_delta.get(place)?,
            last_offset: *self.positions.last_offset.get(place)?,
            timestamp: *self.positions.timestamp.get(place)?,
        })
    }
}

/// Adds a batch as the newest; at five the oldest goes (R21).
#[inline]
pub(crate) fn push<T: Tag>(
    sequences: &mut Sequences,
    positions: &mut Positions,
    tags: &mut [T; WINDOW_BATCHES],
    order: Order,
    batch: BatchMetadata,
    tag: T,
) -> Order {
    fn set<V, const N: usize>(column: &mut [V; N], place: usize, value: V) {
        if let Some(cell) = column.get_mut(place) {
            *cell = value;
        }
    }
    let (place, after) = order.pushed();
    set(&mut sequences.last_sequence, place, batch.last_sequence);
    set(&mut sequences.offset_delta, place, batch.offset_delta);
    set(&mut positions.last_offset, place, batch.last_offset);
    set(&mut positions.timestamp, place, batch.timestamp);
    set(tags, place, tag);
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ring(Sequences, Positions, [(); 5], Order);

    impl Ring {
        fn new() -> Self {
            Self(Sequences::EMPTY, Positions::EMPTY, [(); 5], Order::EMPTY)
        }
        fn push(&mut self, first: i32, last: i32, last_offset: i64) {
            let batch = BatchMetadata {
                last_sequence: last,
                offset_delta: raw::decrement(last, first),
                last_offset,
                timestamp: 0,
            };
            self.3 = push(&mut self.0, &mut self.1, &mut self.2, self.3, batch, ());
        }
        fn view(&self) -> Window<'_> {
            Window { sequences: &self.0, positions: &self.1, tags: &self.2, order: self.3 }
        }
    }

    #[test]
    fn r21_the_window_holds_five_batches_and_forgets_the_oldest() {
        let mut ring = Ring::new();
        assert!(ring.view().is_empty());
        for n in 0..13 {
            ring.push(n, n, i64::from(n));
            let have: Vec<i32> = ring.view().iter().map(|b| b.last_sequence).collect();
            let want: Vec<i32> = ((n - 4).max(0)..=n).collect();
            assert_eq!(have, want);
            assert_eq!(ring.view().last_sequence(), Some(n));
        }
    }

    #[test]
    fn r23_only_the_exact_range_is_found_and_the_oldest_of_equals() {
        let mut ring = Ring::new();
        assert_eq!(ring.view().find(0, 0), None, "an unused place is not a batch");
        ring.push(0, 4, 4);
        ring.push(5, 9, 9);
        ring.push(5, 9, 19);
        assert_eq!(ring.view().find(5, 9), Some(1));
        for (first, last) in [(5, 8), (6, 9), (0, 9), (4, 5), (9, 9)] {
            assert_eq!(ring.view().find(first, last), None, "{first}..{last}");
        }
        ring.push(i32::MAX - 1, 2, 24);
        assert_eq!(ring.view().find(i32::MAX - 1, 2), Some(3), "a range over the wrap");
    }

    /// Few different numbers, so that batches end with the same sequence, and are the same.
    #[test]
    fn r23_the_short_way_finds_the_batch_that_the_long_one_does() {
        let mut random = 7_u64;
        let mut draw = |n: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i32::try_from((random >> 33) % n).unwrap()
        };
        let edge = |n: i32| [0, 1, 2, -1, i32::MAX, i32::MIN][usize::try_from(n).unwrap()];
        let (mut found, mut several) = (0, 0);
        for step in 0..200_000 {
            let mut ring = Ring::new();
            for n in 0..draw(12) {
                ring.push(edge(draw(6)), edge(draw(3)), i64::from(n));
            }
            if draw(3) == 0 {
                // What stays behind when an epoch clears the window is no batch.
                ring.3 = Order::EMPTY;
                for n in 0..draw(5) {
                    ring.push(edge(draw(6)), edge(draw(3)), 100 + i64::from(n));
                }
            }
            // As often as not the numbers of a batch that is there.
            let (mut first, mut delta) = (edge(draw(6)), edge(draw(6)));
            let n = usize::try_from(draw(10)).unwrap();
            if let Some(batch) = ring.view().get(n) {
                (first, delta) = (batch.first_sequence(), batch.offset_delta);
            }
            let last = raw::last_sequence(first, delta);
            let view = ring.view();
            let want = view.find(first, last).and_then(|n| view.get(n));
            let have = view.find_batch(first, delta).map(|(batch, ())| batch);
            assert_eq!(have, want, "step {step}: {first} and {delta}");
            found += u32::from(want.is_some());
            several += u32::from(
                view.iter().filter(|batch| Some(*batch) == want).count() > 1
                    || view.iter().filter(|batch| batch.last_sequence == last).count() > 1,
            );
        }
        assert!(found > 20_000 && several > 20_000, "found {found}, several {several}");
    }

    extern crate std;
    use std::vec::Vec;
}
