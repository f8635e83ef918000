//! Which batches are undecided, in what order were they admitted, and by what is each named?
//!
//! A ring in the caller's memory, oldest first.

use core::marker::PhantomData;

use crate::broker::{Intent, Memory, Promised};
use crate::window::Tag;

/// Names one undecided batch of one pipeline. A number is never given twice: what was settled once
/// can't be settled again. Another pipeline does not know it, if its partition has another
/// [`seed`](crate::broker::Config::seed); with the same one, and for a clone, the numbers can be
/// the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Ticket(u64);

impl Ticket {
    /// The ticket as a number, to carry it through a write.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The ticket from [`Ticket::to_bits`]. A number that names no undecided batch is refused
    /// wherever it is used.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl core::fmt::Display for Ticket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// One entry of the pool: a batch that was begun and not yet settled. The caller owns the memory;
/// the pipeline fills it.
#[derive(Clone, Copy, Debug)]
pub struct Undecided<T = ()> {
    ticket: Ticket,
    intent: Intent<T>,
    unknown: bool,
}

const _: () = assert!(size_of::<Undecided>() <= 72, "the budget of an undecided batch");

impl<T: Tag> Undecided<T> {
    /// An unused entry, to fill arrays with.
    pub const EMPTY: Self = Self { ticket: Ticket(0), intent: Intent::EMPTY, unknown: false };

    pub(super) fn new(ticket: Ticket, intent: Intent<T>) -> Self {
        Self { ticket, intent, unknown: false }
    }

    /// Its name.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Whose it is; `None` for a batch without a producer.
    #[must_use]
    pub fn producer_id(&self) -> Option<i64> {
        self.intent.producer()
    }

    /// Whether its write ended without an answer, so that it may be on the log.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.unknown
    }

    pub(super) fn intent(&self) -> &Intent<T> {
        &self.intent
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pool<U, T> {
    entries: U,
    first: usize,
    len: usize,
    entry: PhantomData<T>,
}

impl<U: Memory<Undecided<T>>, T: Tag> Pool<U, T> {
    pub(super) fn new(entries: U) -> Self {
        Self { entries, first: 0, len: 0, entry: PhantomData }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn capacity(&self) -> usize {
        self.entries.as_ref().len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= self.capacity()
    }

    /// Where the `n`th oldest lies; `n` and the first are below the capacity.
    fn place(&self, n: usize) -> usize {
        let place = self.first.wrapping_add(n);
        place.checked_sub(self.capacity()).unwrap_or(place)
    }

    fn get(&self, n: usize) -> Option<&Undecided<T>> {
        self.entries.as_ref().get(self.place(n))
    }

    fn get_mut(&mut self, n: usize) -> Option<&mut Undecided<T>> {
        let place = self.place(n);
        self.entries.as_mut().get_mut(place)
    }

    /// All, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Undecided<T>> {
        (0..self.len).filter_map(|n| self.get(n))
    }

    /// Those of a producer, oldest first.
    pub(super) fn of(&self, producer_id: i64) -> impl DoubleEndedIterator<Item = &Undecided<T>> {
        self.iter().filter(move |undecided| undecided.producer_id() == Some(producer_id))
    }

    pub(super) fn has(&self, producer_id: i64) -> bool {
        self.of(producer_id).next().is_some()
    }

    pub(super) fn oldest(&self) -> Option<&Undecided<T>> {
        self.iter().next()
    }

    pub(super) fn find(&self, ticket: Ticket) -> Option<&Undecided<T>> {
        self.iter().find(|undecided| undecided.ticket == ticket)
    }

    /// What all of them need once they are recorded.
    pub(super) fn promised(&self) -> Promised {
        let count = |wanted: fn(&Intent<T>) -> bool| {
            let n = self.iter().filter(|undecided| wanted(&undecided.intent)).count();
            u32::try_from(n).unwrap_or(u32::MAX)
        };
        Promised { slots: count(Intent::takes_slot), transactions: count(Intent::opens) }
    }

    /// Adds the newest. `false` if there is no room.
    pub(super) fn push(&mut self, undecided: Undecided<T>) -> bool {
        if self.is_full() {
            return false;
        }
        let len = self.len;
        let Some(cell) = self.get_mut(len) else { return false };
        *cell = undecided;
        self.len = len.saturating_add(1);
        true
    }

    /// Takes the oldest out.
    pub(super) fn pop(&mut self) {
        if self.len > 0 {
            self.first = self.place(1);
            self.len = self.len.saturating_sub(1);
        }
    }

    pub(super) fn mark_unknown(&mut self, ticket: Ticket) {
        for n in 0..self.len {
            if let Some(undecided) = self.get_mut(n).filter(|have| have.ticket == ticket) {
                undecided.unknown = true;
            }
        }
    }

    /// Takes out what is not to stay. The others keep their order.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(&Undecided<T>) -> bool) {
        let mut kept = 0_usize;
        for n in 0..self.len {
            let Some(&undecided) = self.get(n) else { continue };
            if stays(&undecided) {
                if let Some(cell) = self.get_mut(kept) {
                    *cell = undecided;
                }
                kept = kept.saturating_add(1);
            }
        }
        self.len = kept;
    }

    /// Moves into a bigger array, and gives the old one; or the new one if it is not bigger.
    pub(super) fn grow(&mut self, mut bigger: U) -> Result<U, U> {
        if bigger.as_mut().len() <= self.capacity() {
            return Err(bigger);
        }
        for (cell, undecided) in bigger.as_mut().iter_mut().zip(self.iter()) {
            *cell = *undecided;
        }
        self.first = 0;
        Ok(core::mem::replace(&mut self.entries, bigger))
    }

    pub(super) fn into_entries(self) -> U {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::collections::VecDeque;
    use std::vec;
    use std::vec::Vec;

    fn entry(n: u64) -> Undecided {
        Undecided::new(Ticket(n), Intent::EMPTY)
    }

    #[test]
    fn a_ring_keeps_the_order_of_admission_through_holes_wraps_and_growth() {
        for seed in 1..300_u64 {
            let mut random = seed;
            let mut draw = |n: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                (random >> 33) % n
            };
            let mut size = usize::try_from(draw(6)).unwrap();
            let mut pool: Pool<Vec<Undecided>, ()> = Pool::new(vec![Undecided::EMPTY; size]);
            let mut want = VecDeque::new();
            for n in 0..200 {
                match draw(8) {
                    0..4 => {
                        assert_eq!(pool.push(entry(n)), want.len() < size);
                        if want.len() < size {
                            want.push_back(n);
                        }
                    }
                    4 | 5 => {
                        pool.pop();
                        want.pop_front();
                    }
                    6 => {
                        let gone = draw(3);
                        pool.retain(|have| have.ticket.0 % 3 != gone);
                        want.retain(|have| have % 3 != gone);
                    }
                    _ => {
                        let more = usize::try_from(draw(2)).unwrap();
                        let same = pool.grow(vec![Undecided::EMPTY; size + more]).is_err();
                        assert_eq!(same, more == 0);
                        size += more;
                    }
                }
                let have: Vec<u64> = pool.iter().map(|have| have.ticket.0).collect();
                assert_eq!(have, Vec::from(want.clone()), "seed {seed} step {n}");
                assert_eq!(pool.oldest().map(|have| have.ticket.0), want.front().copied());
                assert_eq!((pool.len(), pool.is_full()), (want.len(), want.len() == size));
            }
        }
    }
}
