//! Where do the producers' slots lie, and how do they move to bigger memory?
//!
//! Slots are dense: numbers `0 .. len`. Removal moves the last slot into the hole. While the table
//! grows, slots not yet moved are in the old array under the same numbers, and are found through
//! the old index; new entries go to the new one.

use core::marker::PhantomData;

use super::index::{self, Guess, Hasher, IndexLine, Place};

/// Memory the caller gives: an array, a slice, a `Vec`, a box.
pub trait Memory<E>: AsRef<[E]> + AsMut<[E]> {}

impl<E, M: AsRef<[E]> + AsMut<[E]>> Memory<E> for M {}

/// What lies in a slot.
pub(super) trait Entry: Copy {
    fn producer_id(&self) -> i64;
}

#[derive(Clone, Debug)]
pub(super) struct Table<S, I, E> {
    slots: S,
    index: I,
    old: Option<(S, I)>,
    len: u32,
    /// While growing, slots `moved .. old_end` are still in the old array; else both are 0.
    moved: u32,
    old_end: u32,
    /// Where a sweep over the entries has come to. Its own: nothing here reads it, and here it
    /// takes no room.
    pub(super) sweep: u32,
    hasher: Hasher,
    entry: PhantomData<E>,
}

/// What one look at the index says of a producer.
pub(super) enum Look<'t, E> {
    Found(u32, &'t E),
    Absent,
    /// Not enough: search with this hash.
    Further(u64),
}

/// How many entries are loaded at a time: as many lines of the index as a core asks for at once,
/// and slots of which its first cache holds three blocks.
const BLOCK: usize = 16;

/// Entries that lie in slots behind the last one and are not in the index yet.
#[derive(Clone, Copy)]
pub(super) struct Laid {
    from: usize,
    filled: usize,
}

impl Laid {
    pub(super) fn len(&self) -> usize {
        self.filled
    }

    fn end(&self) -> usize {
        self.from.saturating_add(self.filled)
    }
}

fn position(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

/// How many producers this memory holds: as many as there are slots, unless the index is too small
/// for them.
fn room<E>(slots: &[E], index: &[IndexLine]) -> u32 {
    let places = index.len().saturating_mul(index::PLACES);
    // One number is kept for "no slot".
    u32::try_from(slots.len().min(places)).unwrap_or(u32::MAX).min(u32::MAX.wrapping_sub(1))
}

impl<S: Memory<E>, I: Memory<IndexLine>, E: Entry> Table<S, I, E> {
    /// An empty table. Whatever was in the index is wiped: O(lines).
    pub(super) fn new(slots: S, mut index: I, hasher: Hasher) -> Self {
        index.as_mut().fill(IndexLine::EMPTY);
        let (len, moved, old_end, sweep) = (0, 0, 0, 0);
        Self { slots, index, old: None, len, moved, old_end, sweep, hasher, entry: PhantomData }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    pub(super) fn capacity(&self) -> u32 {
        room(self.slots.as_ref(), self.index.as_ref())
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= self.capacity()
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Option<&E> {
        if slot >= self.len {
            return None;
        }
        match &self.old {
            Some((old, _)) if self.is_in_old(slot) => old.as_ref().get(position(slot)),
            _ => self.slots.as_ref().get(position(slot)),
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut E> {
        if slot >= self.len {
            return None;
        }
        let in_old = self.is_in_old(slot);
        match &mut self.old {
            Some((old, _)) if in_old => old.as_mut().get_mut(position(slot)),
            _ => self.slots.as_mut().get_mut(position(slot)),
        }
    }

    /// Every entry, in order of slot numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &E> + Clone {
        let old: &[E] = self.old.as_ref().map_or(&[], |(old, _)| old.as_ref());
        let (moved, old_end) = (position(self.moved), position(self.old_end));
        let slots = self.slots.as_ref();
        let before = slots.get(..moved).unwrap_or(&[]);
        let unmoved = old.get(moved..old_end).unwrap_or(&[]);
        let after = slots.get(moved.max(old_end)..position(self.len)).unwrap_or(&[]);
        before.iter().chain(unmoved).chain(after)
    }

    /// Forgets everything, and takes another key.
    pub(super) fn reset(&mut self, hasher: Hasher) {
        self.hasher = hasher;
        self.clear();
    }

    #[inline]
    pub(super) fn find(&self, producer_id: i64) -> Option<u32> {
        self.find_entry(producer_id).map(|(slot, _)| slot)
    }

    /// The slot of a producer, and what is in it.
    #[inline(always)]
    pub(super) fn find_entry(&self, producer_id: i64) -> Option<(u32, &E)> {
        match self.look(producer_id) {
            Look::Found(slot, entry) => Some((slot, entry)),
            Look::Absent => None,
            Look::Further(hash) => self.search(producer_id, hash),
        }
    }

    /// One look at the home line, which says it in all but one of forty.
    #[inline(always)]
    pub(super) fn look(&self, producer_id: i64) -> Look<'_, E> {
        let hash = self.hasher.hash(producer_id);
        // Nothing is left in the old memory, if there is one.
        if self.old_end == 0 {
            match index::guess(self.index.as_ref(), hash) {
                Guess::Absent => return Look::Absent,
                Guess::Slot(slot) => {
                    let Some(entry) = self.slots.as_ref().get(position(slot)) else {
                        return Look::Absent;
                    };
                    if entry.producer_id() == producer_id {
                        return Look::Found(slot, entry);
                    }
                }
                Guess::Further => {}
            }
        }
        Look::Further(hash)
    }

    /// Asks for the memory of these producers: for every line of the index first, so that no slot
    /// waits for the line before the next line is asked for. O(producers).
    #[inline]
    pub(super) fn prefetch(
        &self,
        producer_ids: impl Iterator<Item = i64> + Clone,
        all_of: impl Fn(&E),
    ) {
        let index = self.index.as_ref();
        producer_ids.clone().for_each(|id| index::prefetch(index, self.hasher.hash(id)));
        for producer_id in producer_ids {
            if let Guess::Slot(slot) = index::guess(index, self.hasher.hash(producer_id)) {
                if let Some(entry) = self.slots.as_ref().get(position(slot)) {
                    all_of(entry);
                }
            }
        }
    }

    /// The slot of a producer where the home line of the index was not enough.
    #[cold]
    pub(super) fn search(&self, producer_id: i64, hash: u64) -> Option<(u32, &E)> {
        let is = |slot| self.get(slot).is_some_and(|have| have.producer_id() == producer_id);
        let found = index::find(self.index.as_ref(), hash, is)
            .or_else(|| index::find(self.old.as_ref()?.1.as_ref(), hash, is));
        let slot = found?.slot;
        Some((slot, self.get(slot)?))
    }

    /// Adds a producer that is not there. `None` if there is no room.
    pub(super) fn push(&mut self, slot: E) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        let number = self.len;
        let cell = self.slots.as_mut().get_mut(position(number))?;
        let hash = self.hasher.hash(slot.producer_id());
        if !index::insert(self.index.as_mut(), hash, number) {
            return None;
        }
        *cell = slot;
        self.len = number.wrapping_add(1);
        Some(number)
    }

    /// No entries, behind all that are there.
    pub(super) fn laid_none(&self) -> Laid {
        Laid { from: position(self.len), filled: 0 }
    }

    /// The free slots behind those that were laid last, for more entries: no more than there is
    /// room for. Empty when full, and while the table grows.
    #[inline]
    pub(super) fn block(&mut self, laid: &Laid) -> &mut [E] {
        if self.old.is_some() {
            return &mut [];
        }
        let (first, capacity) = (laid.end(), position(self.capacity()));
        let end = first.saturating_add(BLOCK).min(capacity);
        self.slots.as_mut().get_mut(first..end).unwrap_or(&mut [])
    }

    /// What lies where the block behind the next one will be.
    #[inline]
    pub(super) fn behind_block(&self, laid: &Laid) -> &[E] {
        let first = laid.end().saturating_add(BLOCK);
        self.slots.as_ref().get(first..first.saturating_add(BLOCK)).unwrap_or(&[])
    }

    /// The first `filled` entries of the block behind those that were laid last. The index is asked
    /// for their lines, so that [`Table::take`] does not wait for them if it is called after
    /// another block was laid.
    pub(super) fn laid(&self, before: &Laid, filled: usize) -> Laid {
        let (from, index) = (before.end(), self.index.as_ref());
        let entries = self.slots.as_ref().get(from..from.saturating_add(filled)).unwrap_or(&[]);
        for entry in entries {
            index::prefetch(index, self.hasher.hash(entry.producer_id()));
        }
        Laid { from, filled }
    }

    /// Takes entries that were laid behind those that are there, in their order. One of a producer
    /// that is there already takes the known one's place.
    pub(super) fn take(&mut self, laid: &Laid) {
        for from in laid.from..laid.end() {
            let Some(entry) = self.slots.as_ref().get(from) else { return };
            let (hash, number) = (self.hasher.hash(entry.producer_id()), self.len);
            let added = index::add_absent(self.index.as_mut(), hash, number);
            if added && from == position(number) {
                self.len = number.wrapping_add(1);
            } else {
                self.take_one(from, added);
            }
        }
    }

    /// Takes the entry that lies here, where one before it was known already, or the home line of
    /// the index did not tell whether it is.
    #[cold]
    fn take_one(&mut self, from: usize, added: bool) {
        let Some(&entry) = self.slots.as_ref().get(from) else { return };
        let number = self.len;
        if !added {
            if let Some(known) = self.find(entry.producer_id()) {
                if let Some(cell) = self.get_mut(known) {
                    *cell = entry;
                }
                return;
            }
            let hash = self.hasher.hash(entry.producer_id());
            if !index::insert(self.index.as_mut(), hash, number) {
                return;
            }
        }
        if let Some(cell) = self.slots.as_mut().get_mut(position(number)) {
            *cell = entry;
        }
        self.len = number.wrapping_add(1);
    }

    /// Takes a producer out. The last slot, if that is another one, moves into its place.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(&gone) = self.get(slot) else { return };
        let last = self.len.wrapping_sub(1);
        let Some(&moving) = self.get(last) else {
            return;
        };
        self.in_each_index(gone.producer_id(), slot, index::remove);
        if slot != last {
            let id = moving.producer_id();
            self.in_each_index(id, last, |lines, _, place| index::renumber(lines, place, slot));
            // It may have come out of the old array, behind what has moved already.
            self.index_anew(id, slot);
            if let Some(cell) = self.get_mut(slot) {
                *cell = moving;
            }
        }
        self.len = last;
        self.moved = self.moved.min(last);
        self.old_end = self.old_end.min(last);
    }

    /// Forgets every producer. O(lines).
    pub(super) fn clear(&mut self) {
        self.index.as_mut().fill(IndexLine::EMPTY);
        if let Some((_, old)) = &mut self.old {
            old.as_mut().fill(IndexLine::EMPTY);
        }
        (self.len, self.moved, self.old_end) = (0, 0, 0);
    }

    /// Begins to move into bigger memory. Gives the memory back if it is not bigger, or if a growth
    /// is under way.
    pub(super) fn grow(&mut self, slots: S, mut index: I) -> Result<(), (S, I)> {
        let enough = room(slots.as_ref(), index.as_ref()) > self.capacity();
        if !enough || self.old.is_some() {
            return Err((slots, index));
        }
        index.as_mut().fill(IndexLine::EMPTY);
        let old_slots = core::mem::replace(&mut self.slots, slots);
        let old_index = core::mem::replace(&mut self.index, index);
        self.old = Some((old_slots, old_index));
        (self.moved, self.old_end) = (0, self.len);
        Ok(())
    }

    /// Moves up to `most` slots; the old memory once all are moved. O(most).
    pub(super) fn grow_step(&mut self, most: u32) -> Option<(S, I)> {
        self.old.as_ref()?;
        let until = self.old_end.min(self.moved.saturating_add(most));
        for number in self.moved..until {
            let Some(&slot) = self.get(number) else { break };
            let Some(cell) = self.slots.as_mut().get_mut(position(number)) else { break };
            *cell = slot;
            self.index_anew(slot.producer_id(), number);
        }
        self.moved = self.moved.max(until);
        if self.moved < self.old_end {
            return None;
        }
        (self.moved, self.old_end) = (0, 0);
        self.old.take()
    }

    /// The end first: while nothing grows it is 0, and says all.
    fn is_in_old(&self, slot: u32) -> bool {
        slot < self.old_end && slot >= self.moved
    }

    /// The new index has the entry from now on.
    fn index_anew(&mut self, producer_id: i64, slot: u32) {
        let hash = self.hasher.hash(producer_id);
        if index::find(self.index.as_ref(), hash, |n| n == slot).is_none() {
            index::insert(self.index.as_mut(), hash, slot);
        }
    }

    /// A slot that was moved stands in the old index still, so both are kept right.
    fn in_each_index(
        &mut self,
        producer_id: i64,
        slot: u32,
        change: impl Fn(&mut [IndexLine], u64, Place),
    ) {
        let hash = self.hasher.hash(producer_id);
        let apply = |lines: &mut [IndexLine]| {
            if let Some(place) = index::find(lines, hash, |n| n == slot) {
                change(lines, hash, place);
            }
        };
        apply(self.index.as_mut());
        if let Some((_, old)) = &mut self.old {
            apply(old.as_mut());
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::index::index_lines;
    use super::*;
    use std::collections::BTreeMap;
    use std::vec;
    use std::vec::Vec;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Item(i64, u32);

    impl Entry for Item {
        fn producer_id(&self) -> i64 {
            self.0
        }
    }

    fn memory(n: usize) -> (Vec<Item>, Vec<IndexLine>) {
        (vec![Item(-1, 0); n], vec![IndexLine::EMPTY; index_lines(n)])
    }

    /// R64: whatever is pushed, removed and changed while a growth is at any point, nothing is lost
    /// or doubled.
    #[test]
    fn r64_a_growing_table_holds_what_a_map_holds_at_every_step() {
        for seed in 1..30_u64 {
            let (slots, index) = memory(1);
            let mut table = Table::new(slots, index, Hasher::new(seed));
            let mut want = BTreeMap::new();
            let mut random = seed;
            let mut draw = move |n: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                (random >> 33) % n
            };
            for step in 0..3_000_u32 {
                let id = i64::try_from(draw(64)).unwrap();
                match draw(8) {
                    0 | 1 => {
                        if let Some(slot) = table.find(id) {
                            table.remove(slot);
                        }
                        want.remove(&id);
                    }
                    2 => drop(table.grow_step(u32::try_from(draw(3)).unwrap())),
                    3 if step % 64 == 0 => {
                        table.clear();
                        want.clear();
                    }
                    _ => {
                        if table.is_full() && table.find(id).is_none() {
                            let (slots, index) = memory(want.len() + 3);
                            let _ = table.grow(slots, index);
                        }
                        if let Some(slot) = table.find(id) {
                            table.get_mut(slot).expect("found").1 = step;
                            want.insert(id, step);
                        } else if table.push(Item(id, step)).is_some() {
                            want.insert(id, step);
                        }
                    }
                }
                assert_eq!(table.len() as usize, want.len());
                let have: BTreeMap<i64, u32> = table.iter().map(|item| (item.0, item.1)).collect();
                assert_eq!(have, want, "seed {seed} step {step}");
                assert_eq!(table.iter().count(), want.len());
                // Of whomever, known or not, moved or not.
                table.prefetch(-1..64, |_| ());
                for id in 0..64 {
                    let have = table.find(id).and_then(|slot| table.get(slot)).map(|item| item.1);
                    assert_eq!(have, want.get(&id).copied(), "seed {seed} step {step} id {id}");
                }
            }
        }
    }
}
