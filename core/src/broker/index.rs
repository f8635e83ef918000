//! In which slot is this producer?
//!
//! Open addressing over slot numbers, in lines of one cache line each: twelve places with an
//! eight-bit tag of the hash and the slot's number. Slots stay dense and are read only when a tag
//! matches (once in 255 by chance).
//!
//! ```text
//! line  ┌ slot numbers, 12 × 4 bytes ┬ tags, 12 × 1 byte ┬ overflow, 4 bytes ┐
//! ```
//!
//! `overflow` counts the entries that went past this line because it was full when they came. A
//! search ends at the first line whose count is 0, and a removal only counts down: there are no
//! tombstones, so an index never wears out. At the stated load, seven producers a line, about one
//! line in 37 has an overflow: of eight it would be one in 16, and a miss then takes 1.16 times
//! what it takes at 50 %.

use crate::lanes::first_of_twelve;
use crate::prefetch as memory;

/// Places in a line.
pub(super) const PLACES: usize = 12;

/// Producers a line is meant for: the stated load, seven twelfths.
pub const PRODUCERS_PER_LINE: usize = 7;

/// How many [`IndexLine`]s an index for this many producers needs.
#[must_use]
pub const fn index_lines(producers: usize) -> usize {
    producers.div_ceil(PRODUCERS_PER_LINE)
}

/// One cache line of an index. The caller owns the memory; the partition fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct IndexLine {
    slots: [u32; PLACES],
    /// 0 is a free place.
    tags: [u8; PLACES],
    overflow: u32,
}

const _: () = assert!(size_of::<IndexLine>() == 64, "a line is a cache line");

impl IndexLine {
    /// An unused line, to fill arrays with.
    pub const EMPTY: Self = Self { slots: [0; PLACES], tags: [0; PLACES], overflow: 0 };
}

/// The keyed hash of a producer id. Not cryptographic: it keeps a client that can only choose ids,
/// and not see hashes, from choosing ones that collide (law 6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Hasher {
    keys: [u64; 2],
}

impl Hasher {
    pub(super) fn new(seed: u64) -> Self {
        // Two keys out of one seed: two steps of a Weyl sequence, mixed.
        let first = fold(seed ^ 0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9);
        let second = fold(seed ^ 0xD1B5_4A32_D192_ED03, 0x94D0_49BB_1331_11EB);
        Self { keys: [first, second | 1] }
    }

    /// What tells one partition's tickets from another's.
    #[inline]
    pub(super) fn fingerprint(&self) -> u64 {
        let [first, second] = self.keys;
        first ^ second
    }

    #[inline]
    pub(super) fn hash(&self, producer_id: i64) -> u64 {
        let [first, second] = self.keys;
        // Ids come in rows, and a product alone would lay them down in rows again; a second one of
        // the folded first does not. Its high bits are the good ones.
        fold(producer_id.cast_unsigned() ^ first, second).wrapping_mul(first | 1)
    }

    /// A word that changes whenever one of these does: each is weighed by an odd number, so that no
    /// change of it is lost. A sum, because a ticket that another language is given is sealed each
    /// time.
    #[inline(always)]
    pub(super) fn seal(&self, words: &[u64; 7]) -> u64 {
        const WEIGHTS: [u64; 7] = [
            0x2545_F491,
            0x7F4A_7C15,
            0x1CE4_E5B9,
            0x1331_11EB,
            0x5851_F42D,
            0x4C95_7F2D,
            0x1405_7B7F,
        ];
        let [first, second] = self.keys;
        // Written out: a loop over the two arrays would lay both down in memory first.
        let [a, b, c, d, e, f, g] = *words;
        let [u, v, w, x, y, z, last] = WEIGHTS;
        let weighed = [(a, u), (b, v), (c, w), (d, x), (e, y), (f, z), (g, last)];
        let weighed = weighed.map(|(word, weight)| word.wrapping_mul(weight));
        weighed.into_iter().fold(first, u64::wrapping_add) ^ second
    }
}

/// The two halves of a 128-bit product, folded.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    low(product) ^ low(product >> 64)
}

fn low(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0)
}

fn home(hash: u64, lines: usize) -> usize {
    let lines = u128::try_from(lines).unwrap_or(u128::MAX);
    usize::try_from(low(u128::from(hash).wrapping_mul(lines) >> 64)).unwrap_or(0)
}

fn tag(hash: u64) -> u8 {
    let [.., byte, _, _, _, _] = hash.to_le_bytes();
    byte.wrapping_add(u8::from(byte == 0))
}

fn after(line: usize, lines: usize) -> usize {
    let next = line.wrapping_add(1);
    if next >= lines { 0 } else { next }
}

/// Where a producer stands in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    line: usize,
    place: usize,
    pub(super) slot: u32,
}

/// Finds the entry whose slot is the wanted one. O(1) at the stated load, O(lines) at worst.
#[inline]
pub(super) fn find(lines: &[IndexLine], hash: u64, is: impl Fn(u32) -> bool) -> Option<Place> {
    let tag = tag(hash);
    let mut at = home(hash, lines.len());
    for _ in lines {
        let line = lines.get(at)?;
        for place in line.matching(tag) {
            let slot = *line.slots.get(place)?;
            if is(slot) {
                return Some(Place { line: at, place, slot });
            }
        }
        if line.overflow == 0 {
            return None;
        }
        at = after(at, lines.len());
    }
    None
}

/// What one look at the home line says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// No entry of this hash is in the index.
    Absent,
    /// If any slot is the wanted one, it is most likely this one.
    Slot(u32),
    /// The home line does not tell.
    Further,
}

/// The slot that is the wanted one in all but one of forty look-ups, without a loop: [`find`] is
/// for when it is not. Short enough to be part of its caller, so that a core which looks a few
/// hundred instructions ahead is at the next look-ups while this one waits for memory. O(1).
#[inline(always)]
pub(super) fn guess(lines: &[IndexLine], hash: u64) -> Guess {
    let Some(line) = lines.get(home(hash, lines.len())) else { return Guess::Absent };
    match line.first_matching(tag(hash)) {
        Some(place) => line.slots.get(place).map_or(Guess::Further, |&slot| Guess::Slot(slot)),
        None if line.overflow == 0 => Guess::Absent,
        None => Guess::Further,
    }
}

/// Asks for the home line of a hash.
#[inline(always)]
pub(super) fn prefetch(lines: &[IndexLine], hash: u64) {
    if let Some(line) = lines.get(home(hash, lines.len())) {
        memory::prefetch(&line.overflow);
    }
}

/// Adds an entry that is not there yet. `false` if every place is taken. O(1) at the stated load.
pub(super) fn insert(lines: &mut [IndexLine], hash: u64, slot: u32) -> bool {
    let count = lines.len();
    let start = home(hash, count);
    let mut at = start;
    for _ in 0..count {
        let Some(line) = lines.get_mut(at) else {
            return false;
        };
        if let Some(place) = line.free() {
            line.set(place, tag(hash), slot);
            passed(lines, start, at, |overflow| overflow.wrapping_add(1));
            return true;
        }
        at = after(at, count);
    }
    false
}

/// Adds an entry if one look at its home line says that it is not there and has a place. `false`,
/// and nothing is changed, if that line does not tell. O(1).
#[inline(always)]
pub(super) fn add_absent(lines: &mut [IndexLine], hash: u64, slot: u32) -> bool {
    let at = home(hash, lines.len());
    let Some(line) = lines.get_mut(at) else { return false };
    if line.overflow != 0 || line.first_matching(tag(hash)).is_some() {
        return false;
    }
    let Some(place) = line.free() else { return false };
    line.set(place, tag(hash), slot);
    true
}

/// Takes an entry out. O(1) at the stated load.
pub(super) fn remove(lines: &mut [IndexLine], hash: u64, entry: Place) {
    if let Some(line) = lines.get_mut(entry.line) {
        line.set(entry.place, 0, 0);
    }
    passed(lines, home(hash, lines.len()), entry.line, |overflow| overflow.wrapping_sub(1));
}

/// Gives an entry another slot number.
pub(super) fn renumber(lines: &mut [IndexLine], entry: Place, slot: u32) {
    if let Some(cell) = lines.get_mut(entry.line).and_then(|line| line.slots.get_mut(entry.place)) {
        *cell = slot;
    }
}

/// Counts, in each line an entry went past from its home on. A count is at most the number of
/// slots: no wrap.
fn passed(lines: &mut [IndexLine], from: usize, to: usize, count: impl Fn(u32) -> u32) {
    let mut at = from;
    while at != to {
        if let Some(line) = lines.get_mut(at) {
            line.overflow = count(line.overflow);
        }
        at = after(at, lines.len());
    }
}

impl IndexLine {
    fn set(&mut self, place: usize, tag: u8, slot: u32) {
        if let (Some(t), Some(s)) = (self.tags.get_mut(place), self.slots.get_mut(place)) {
            (*t, *s) = (tag, slot);
        }
    }

    /// The first free place. Without a branch on how many are taken: that is as good as random, and
    /// a wrong guess would wait for this line before the next one is asked for.
    #[inline(always)]
    fn free(&self) -> Option<usize> {
        self.first_matching(0)
    }

    /// The first place with this tag.
    #[inline(always)]
    fn first_matching(&self, tag: u8) -> Option<usize> {
        first_of_twelve(&self.tags, self.overflow.to_le_bytes(), tag)
    }

    /// The places with this tag.
    ///
    /// The twelve bytes are compared in two words, which differ by 0 where the tags are equal.
    #[inline]
    fn matching(&self, tag: u8) -> Matching {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = self.tags;
        let wanted = u64::from_le_bytes([tag; 8]);
        let first = zeros(u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ wanted);
        // Padded with what no producer's tag is.
        let rest = zeros(u64::from_le_bytes([i, j, k, l, 0, 0, 0, 0]) ^ wanted);
        Matching((first >> 7) | (rest >> 6))
    }
}

/// The high bit of each byte that is 0, and no other: adding 7f to the low seven bits of a byte
/// carries into its high bit unless they are 0. Exact, unlike shorter ways: a free place is never
/// taken for an entry.
#[inline]
const fn zeros(bytes: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    !((bytes & LOW).wrapping_add(LOW) | bytes | LOW)
}

/// Places of a line: bit `8 * n` stands for place `n`, and bit `8 * n + 1` for place `8 + n`.
#[derive(Clone, Copy)]
struct Matching(u64);

impl Iterator for Matching {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = usize::try_from(self.0.trailing_zeros()).unwrap_or(0);
        self.0 &= self.0.wrapping_sub(1);
        Some((bit >> 3) | ((bit & 1) << 3))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// Fills an index to `load` producers, and counts the lines that hits and misses read.
    fn lines_read(producers: u32, lines: usize) -> (f64, f64) {
        let hasher = Hasher::new(7);
        let mut index = vec![IndexLine::EMPTY; lines];
        for slot in 0..producers {
            assert!(insert(&mut index, hasher.hash(i64::from(slot) * 1000), slot));
        }
        let read = |id: i64| {
            let hash = hasher.hash(id);
            let mut at = home(hash, lines);
            let mut n = 1.0;
            while index[at].overflow != 0
                && find(&index[at..=at], hash, |s| i64::from(s) * 1000 == id).is_none()
            {
                at = after(at, lines);
                n += 1.0;
            }
            n
        };
        let mean = |ids: &mut dyn Iterator<Item = i64>| {
            let all: Vec<f64> = ids.map(read).collect();
            all.iter().sum::<f64>() / all.len() as f64
        };
        let hits = mean(&mut (0..i64::from(producers)).map(|n| n * 1000));
        let misses = mean(&mut (0..i64::from(producers)).map(|n| n * 1000 + 1));
        (hits, misses)
    }

    #[test]
    fn law6_at_the_stated_load_a_lookup_reads_little_more_than_one_line() {
        let producers = 80_000;
        let (hits, misses) = lines_read(producers, index_lines(80_000));
        assert!(hits < 1.02 && misses < 1.06, "hits {hits}, misses {misses}");
    }

    #[test]
    fn what_was_inserted_is_found_until_it_is_removed_even_in_a_full_index() {
        let hasher = Hasher::new(1);
        let mut index = [IndexLine::EMPTY; 3];
        let full = 36_u32;
        for slot in 0..full {
            assert!(insert(&mut index, hasher.hash(i64::from(slot)), slot));
        }
        assert!(!insert(&mut index, hasher.hash(99), 99), "every place is taken");
        for slot in 0..full {
            let hash = hasher.hash(i64::from(slot));
            let entry = find(&index, hash, |s| s == slot).expect("inserted");
            remove(&mut index, hash, entry);
            assert_eq!(find(&index, hash, |s| s == slot), None);
            for later in slot + 1..full {
                assert!(find(&index, hasher.hash(i64::from(later)), |s| s == later).is_some());
            }
        }
        assert!(index.iter().all(|line| line.overflow == 0), "removal leaves no trace");
    }

    /// Whatever lies in a line: bytes that differ by 1 and by 0 make a subtraction borrow.
    #[test]
    fn the_first_place_of_a_tag_is_the_first_of_all_its_places() {
        let mut random = 1_u64;
        let mut draw = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            [0, 1, 2, 3, 127, 128, 129, 255][usize::try_from(random >> 61).unwrap()]
        };
        for _ in 0..100_000 {
            let line = IndexLine { tags: core::array::from_fn(|_| draw()), ..IndexLine::EMPTY };
            let tag = draw().max(1);
            assert_eq!(line.first_matching(tag), line.matching(tag).min(), "{line:?} {tag}");
        }
    }

    #[test]
    fn law6_ids_in_rows_of_any_stride_spread_over_the_lines_as_random_ones_do() {
        let (producers, lines) = (70_000_u64, 10_000);
        for seed in 0..8 {
            let hasher = Hasher::new(seed);
            for shift in [0, 10, 16, 32, 40, 46] {
                let mut filled = vec![0_u32; lines];
                for n in 0..producers {
                    filled[home(hasher.hash((n << shift).cast_signed()), lines)] += 1;
                }
                let past: u32 = filled.iter().map(|n| n.saturating_sub(12)).sum();
                // Of random ids 0.7 % come to a full line.
                let past = f64::from(past) / producers as f64;
                assert!((0.005..0.01).contains(&past), "seed {seed} shift {shift}: {past}");
            }
        }
    }

    #[test]
    fn an_empty_index_finds_nothing_and_takes_nothing() {
        assert_eq!(guess(&[], 5), Guess::Absent);
        assert_eq!(find(&[], 5, |_| true), None);
        assert!(!insert(&mut [], 5, 0));
    }
}
