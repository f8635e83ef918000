//! Which producers are being verified with their coordinator? (KIP-890, part 1)
//!
//! An open-addressing table over the caller's array, with linear probing; removal shifts entries
//! back, so there are no tombstones. Search is O(1) while a quarter of the array is free, O(array)
//! at worst.

use super::index::Hasher;

/// A token that proves a verification; unique for each one. [`Guard::SENTINEL`] proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Guard(pub(super) u64);

impl Guard {
    /// Given where no verification is needed; verifies nothing, not even itself.
    pub const SENTINEL: Self = Self(0);

    /// The token as a number, to carry it through a request. 0 is the sentinel.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The token from [`Guard::to_bits`].
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    fn verify(self, given: Self) -> bool {
        given != Self::SENTINEL && given == self
    }
}

/// One entry of the guards array. The caller owns the memory; the partition fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationEntry {
    producer_id: i64,
    timestamp: i64,
    guard: u64,
    lowest_sequence: i32,
    epoch: i16,
    used: bool,
    supports_epoch_bump: bool,
}

impl VerificationEntry {
    /// An unused entry, to fill arrays with.
    pub const EMPTY: Self = Self {
        producer_id: -1,
        timestamp: -1,
        guard: 0,
        lowest_sequence: -1,
        epoch: -1,
        used: false,
        supports_epoch_bump: false,
    };

    /// The producer being verified.
    #[must_use]
    pub const fn producer_id(&self) -> i64 {
        self.producer_id
    }

    /// The lowest sequence offered since the verification began: none higher may come first (R28).
    #[must_use]
    pub const fn lowest_sequence(&self) -> i32 {
        self.lowest_sequence
    }

    /// The epoch it was offered with.
    #[must_use]
    pub const fn producer_epoch(&self) -> i16 {
        self.epoch
    }

    /// When the verification began, in milliseconds.
    #[must_use]
    pub const fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Whether its client uses transaction version 2.
    #[must_use]
    pub const fn supports_epoch_bump(&self) -> bool {
        self.supports_epoch_bump
    }

    /// The token that was given out.
    #[must_use]
    pub const fn guard(&self) -> Guard {
        Guard(self.guard)
    }

    pub(super) fn is_proved_by(&self, given: Guard) -> bool {
        self.guard().verify(given)
    }
}

/// What a producer asks to be verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The base sequence of the batch it wants to write.
    pub base_sequence: i32,
    /// Whether the client uses transaction version 2, and so raises its epoch with each
    /// transaction.
    pub supports_epoch_bump: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Guards<G> {
    entries: G,
    len: u32,
}

impl<G: AsRef<[VerificationEntry]> + AsMut<[VerificationEntry]>> Guards<G> {
    /// An empty table. O(array).
    pub(super) fn new(mut entries: G) -> Self {
        entries.as_mut().fill(VerificationEntry::EMPTY);
        Self { entries, len: 0 }
    }

    pub(super) fn capacity(&self) -> usize {
        self.entries.as_ref().len()
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Moves into a bigger array, and gives the old one; or the new one if it is not bigger.
    /// O(both).
    pub(super) fn grow(&mut self, hasher: &Hasher, mut bigger: G) -> Result<G, G> {
        if bigger.as_mut().len() <= self.capacity() {
            return Err(bigger);
        }
        let old = core::mem::replace(self, Self::new(bigger));
        for entry in old.iter() {
            let place = self.position(hasher, entry.producer_id);
            if let Some(cell) = place.and_then(|at| self.entries.as_mut().get_mut(at)) {
                *cell = *entry;
                self.len = self.len.wrapping_add(1);
            }
        }
        Ok(old.entries)
    }

    #[inline(always)]
    pub(super) fn find(&self, hasher: &Hasher, producer_id: i64) -> Option<&VerificationEntry> {
        if self.len == 0 { None } else { self.search(hasher, producer_id) }
    }

    #[cold]
    fn search(&self, hasher: &Hasher, producer_id: i64) -> Option<&VerificationEntry> {
        let at = self.position(hasher, producer_id)?;
        self.entries.as_ref().get(at).filter(|entry| entry.used)
    }

    /// The entry of this producer, made if there is none (R44). `None` if there is no room.
    pub(super) fn start(
        &mut self,
        hasher: &Hasher,
        wanted: &Verification,
        now: i64,
        token: u64,
    ) -> Option<Guard> {
        let at = self.position(hasher, wanted.producer_id)?;
        let entry = self.entries.as_mut().get_mut(at)?;
        if !entry.used {
            *entry = VerificationEntry {
                producer_id: wanted.producer_id,
                timestamp: now,
                guard: token,
                lowest_sequence: wanted.base_sequence,
                epoch: wanted.producer_epoch,
                used: true,
                supports_epoch_bump: wanted.supports_epoch_bump,
            };
            self.len = self.len.wrapping_add(1);
        }
        let same_epoch = wanted.producer_epoch == entry.epoch;
        if same_epoch && wanted.base_sequence < entry.lowest_sequence {
            entry.lowest_sequence = wanted.base_sequence;
        }
        if wanted.producer_epoch > entry.epoch {
            entry.epoch = wanted.producer_epoch;
            entry.lowest_sequence = wanted.base_sequence;
        }
        Some(entry.guard())
    }

    pub(super) fn remove(&mut self, hasher: &Hasher, producer_id: i64) {
        if self.find(hasher, producer_id).is_some() {
            if let Some(at) = self.position(hasher, producer_id) {
                self.remove_at(hasher, at);
            }
        }
    }

    /// Forgets, from place `from` on and looking at `most` places, what `gone` says. Gives the
    /// place after.
    pub(super) fn sweep(
        &mut self,
        hasher: &Hasher,
        from: usize,
        most: u32,
        gone: impl Fn(&VerificationEntry) -> bool,
    ) -> usize {
        let mut at = from;
        for _ in 0..most {
            match self.entries.as_ref().get(at) {
                // What a removal shifts into this place must be looked at too.
                Some(entry) if entry.used && gone(entry) => self.remove_at(hasher, at),
                Some(_) => at = at.wrapping_add(1),
                None => break,
            }
        }
        at
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &VerificationEntry> {
        self.entries.as_ref().iter().filter(|entry| entry.used)
    }

    fn home(&self, hasher: &Hasher, producer_id: i64) -> usize {
        let len = u64::try_from(self.capacity()).unwrap_or(u64::MAX);
        let scaled = (hasher.hash(producer_id) >> 32).wrapping_mul(len) >> 32;
        usize::try_from(scaled).unwrap_or(0)
    }

    /// Where the producer's entry is, or the free place where it would go.
    fn position(&self, hasher: &Hasher, producer_id: i64) -> Option<usize> {
        let entries = self.entries.as_ref();
        let home = self.home(hasher, producer_id);
        let (before, from) = entries.split_at_checked(home)?;
        let wanted = |entry: &VerificationEntry| !entry.used || entry.producer_id == producer_id;
        match from.iter().position(wanted) {
            Some(n) => Some(home.wrapping_add(n)),
            None => before.iter().position(wanted),
        }
    }

    fn remove_at(&mut self, hasher: &Hasher, at: usize) {
        let len = self.capacity();
        let distance = |from: usize, to: usize| {
            if to >= from { to.wrapping_sub(from) } else { to.wrapping_add(len).wrapping_sub(from) }
        };
        let (mut hole, mut next) = (at, at);
        for _ in 1..len {
            next = if next.wrapping_add(1) >= len { 0 } else { next.wrapping_add(1) };
            let Some(&entry) = self.entries.as_ref().get(next) else {
                break;
            };
            if !entry.used {
                break;
            }
            let home = self.home(hasher, entry.producer_id);
            // It may move back if the hole is not before its home.
            if distance(home, next) >= distance(hole, next) {
                if let Some(cell) = self.entries.as_mut().get_mut(hole) {
                    *cell = entry;
                }
                hole = next;
            }
        }
        if let Some(cell) = self.entries.as_mut().get_mut(hole) {
            *cell = VerificationEntry::EMPTY;
        }
        self.len = self.len.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn r44_entries_are_found_until_removed_in_a_table_filled_to_the_last_place() {
        let hasher = Hasher::new(3);
        let mut guards = Guards::new([VerificationEntry::EMPTY; 7]);
        let mut want = BTreeMap::new();
        let mut random = 1_u64;
        for step in 1..20_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            let id = i64::try_from(random >> 60).unwrap();
            if random & (1 << 40) == 0 {
                guards.remove(&hasher, id);
                want.remove(&id);
            } else {
                let ask = Verification {
                    producer_id: id,
                    producer_epoch: 0,
                    base_sequence: 0,
                    supports_epoch_bump: false,
                };
                let got = guards.start(&hasher, &ask, 0, step);
                if want.len() < 7 || want.contains_key(&id) {
                    assert_eq!(got, Some(Guard(*want.entry(id).or_insert(step))));
                } else {
                    assert_eq!(got, None, "full");
                }
            }
            for id in 0..16 {
                let have = guards.find(&hasher, id).map(VerificationEntry::guard);
                assert_eq!(have, want.get(&id).map(|&token| Guard(token)), "step {step} id {id}");
            }
            assert_eq!(guards.iter().count(), want.len());
        }
    }

    #[test]
    fn an_array_of_no_guards_has_no_room() {
        let mut none = Guards::new([]);
        let ask = Verification {
            producer_id: 1,
            producer_epoch: 0,
            base_sequence: 0,
            supports_epoch_bump: false,
        };
        assert_eq!(none.start(&Hasher::new(0), &ask, 0, 1), None);
        none.remove(&Hasher::new(0), 1);
    }
}
