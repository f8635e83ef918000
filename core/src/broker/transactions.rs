//! Which transactions are open, or ended but not yet replicated?
//!
//! Kafka's two sorted maps, in one array of the caller's: ongoing transactions from the front,
//! unreplicated ones from the back, each in order of first offset.
//!
//! ```text
//! [ ongoing: 3, 9, 12 │ free … │ unreplicated: 8, 5, 1 ]
//! ```

/// One entry of the transactions array. The caller owns the memory; the partition fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTransaction {
    /// Offset of the transaction's first record.
    pub first_offset: i64,
    /// Offset of its marker; meaningless while it is open.
    pub last_offset: i64,
    /// Whose it is.
    pub producer_id: i64,
}

impl OpenTransaction {
    /// An unused entry, to fill arrays with.
    pub const EMPTY: Self = Self { first_offset: 0, last_offset: 0, producer_id: -1 };
}

/// A transaction that a marker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompletedTransaction {
    /// Whose it was.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
    /// Offset of its marker.
    pub last_offset: i64,
    /// Whether the marker said ABORT.
    pub aborted: bool,
    /// The last stable offset as of just before the transaction was completed (R39).
    pub last_stable_offset: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Transactions<X> {
    entries: X,
    ongoing: u32,
    unreplicated: u32,
}

fn copy<'e>(from: &[OpenTransaction], to: impl Iterator<Item = &'e mut OpenTransaction>) {
    for (cell, txn) in to.zip(from) {
        *cell = *txn;
    }
}

fn position(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl<X: AsRef<[OpenTransaction]> + AsMut<[OpenTransaction]>> Transactions<X> {
    pub(super) const fn new(entries: X) -> Self {
        Self { entries, ongoing: 0, unreplicated: 0 }
    }

    pub(super) fn capacity(&self) -> u32 {
        u32::try_from(self.entries.as_ref().len()).unwrap_or(u32::MAX)
    }

    /// Moves into a bigger array, and gives the old one; or the new one if it is not bigger.
    /// O(entries).
    pub(super) fn grow(&mut self, mut bigger: X) -> Result<X, X> {
        let len = bigger.as_mut().len();
        if len <= self.entries.as_ref().len() {
            return Err(bigger);
        }
        let from = len.saturating_sub(position(self.unreplicated));
        copy(self.ongoing(), bigger.as_mut().iter_mut());
        copy(self.unreplicated(), bigger.as_mut().iter_mut().skip(from));
        Ok(core::mem::replace(&mut self.entries, bigger))
    }

    /// How many open transactions more there is room for, if unreplicated ones merge into one
    /// (R61).
    pub(super) fn room(&self) -> u32 {
        self.capacity().saturating_sub(self.ongoing).saturating_sub(self.unreplicated.min(1))
    }

    pub(super) fn ongoing(&self) -> &[OpenTransaction] {
        self.entries.as_ref().get(..position(self.ongoing)).unwrap_or(&[])
    }

    /// Newest first.
    pub(super) fn unreplicated(&self) -> &[OpenTransaction] {
        let all = self.entries.as_ref();
        all.get(all.len().saturating_sub(position(self.unreplicated))..).unwrap_or(&[])
    }

    pub(super) fn clear(&mut self) {
        (self.ongoing, self.unreplicated) = (0, 0);
    }

    /// The smaller of the two first offsets (R40).
    pub(super) fn first_unstable_offset(&self) -> Option<i64> {
        let undecided = self.first_undecided_offset();
        let unreplicated = self.unreplicated().last().map(|txn| txn.first_offset);
        match (undecided, unreplicated) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    pub(super) fn first_undecided_offset(&self) -> Option<i64> {
        self.ongoing().first().map(|txn| txn.first_offset)
    }

    /// A transaction opens (R32). Another one with the same first offset is replaced, as in a map.
    /// Makes room by merging unreplicated ones; if every entry is open, gives `false`. O(open after
    /// it), so O(1) in log order.
    pub(super) fn open(&mut self, first_offset: i64, producer_id: i64) -> bool {
        let entry = OpenTransaction { first_offset, last_offset: 0, producer_id };
        let at = match self.ongoing().binary_search_by_key(&first_offset, |txn| txn.first_offset) {
            Ok(same) => {
                if let Some(cell) = self.entries.as_mut().get_mut(same) {
                    *cell = entry;
                }
                return true;
            }
            Err(at) => at,
        };
        if self.is_full() && !self.merge_newest() {
            return false;
        }
        let end = position(self.ongoing);
        let Some(tail) = self.entries.as_mut().get_mut(at..=end) else {
            return false;
        };
        // Each moves one place up. (A rotation would bring a panic path into the image.)
        let mut displaced = entry;
        for cell in tail {
            core::mem::swap(cell, &mut displaced);
        }
        self.ongoing = self.ongoing.wrapping_add(1);
        true
    }

    /// The last stable offset as a consumer would see it if this transaction were complete (R39):
    /// the first offset of the oldest open transaction of *another* producer, else the offset after
    /// the marker.
    pub(super) fn last_stable_offset(&self, producer_id: i64, last_offset: i64) -> i64 {
        self.first_open_of_another(producer_id).unwrap_or(last_offset.wrapping_add(1))
    }

    pub(super) fn first_open_of_another(&self, producer_id: i64) -> Option<i64> {
        let other = self.ongoing().iter().find(|txn| txn.producer_id != producer_id);
        other.map(|txn| txn.first_offset)
    }

    /// A transaction that one append both opened and completed. There is room, or one to merge it
    /// with: the append has seen to it.
    pub(super) fn end_staged(&mut self, first_offset: i64, last_offset: i64, producer_id: i64) {
        let ended = OpenTransaction { first_offset, last_offset, producer_id };
        if self.is_full() && !self.merge_newest() {
            self.merge_into_only(&ended);
        } else {
            self.add_unreplicated(ended);
        }
    }

    fn merge_into_only(&mut self, ended: &OpenTransaction) {
        if self.unreplicated == 1 {
            if let Some(only) = self.entries.as_mut().last_mut() {
                only.first_offset = only.first_offset.min(ended.first_offset);
                only.last_offset = only.last_offset.max(ended.last_offset);
            }
        }
    }

    /// Whether the entry of this first offset is this producer's. O(log open).
    pub(super) fn is_ongoing(&self, first_offset: i64, producer_id: i64) -> bool {
        let ongoing = self.ongoing();
        let at = ongoing.binary_search_by_key(&first_offset, |txn| txn.first_offset).ok();
        at.and_then(|at| ongoing.get(at)).is_some_and(|txn| txn.producer_id == producer_id)
    }

    /// An open transaction becomes an unreplicated one. `false` if none is open from that offset.
    /// O(open and unreplicated that began after it).
    pub(super) fn complete(&mut self, first_offset: i64, last_offset: i64) -> bool {
        let found = self.ongoing().binary_search_by_key(&first_offset, |txn| txn.first_offset);
        let Ok(at) = found else { return false };
        let end = position(self.ongoing);
        let Some(tail) = self.entries.as_mut().get_mut(at..end) else {
            return false;
        };
        let Some(&first) = tail.first() else {
            return false;
        };
        tail.rotate_left(1);
        self.ongoing = self.ongoing.wrapping_sub(1);
        self.add_unreplicated(OpenTransaction { last_offset, ..first });
        true
    }

    /// There is room: an open one has just left the array.
    fn add_unreplicated(&mut self, txn: OpenTransaction) {
        let unreplicated = position(self.unreplicated);
        let all = self.entries.as_mut();
        let begin = all.len().saturating_sub(unreplicated);
        let have = all.get(begin..).unwrap_or(&[]);
        // Newest first, so descending.
        let at = match have.binary_search_by(|have| txn.first_offset.cmp(&have.first_offset)) {
            Ok(same) => {
                if let Some(cell) = all.get_mut(begin.saturating_add(same)) {
                    *cell = txn;
                }
                return;
            }
            Err(at) => at,
        };
        let range = begin.saturating_sub(1)..begin.saturating_add(at);
        let Some(head) = all.get_mut(range) else {
            return;
        };
        let mut displaced = txn;
        for cell in head.iter_mut().rev() {
            core::mem::swap(cell, &mut displaced);
        }
        self.unreplicated = self.unreplicated.wrapping_add(1);
    }

    /// The marker is below the high watermark, or below the log's start: it is stable (R41).
    /// O(unreplicated).
    pub(super) fn remove_replicated(&mut self, below: i64) -> bool {
        let all = self.entries.as_mut();
        let len = all.len();
        let begin = len.saturating_sub(position(self.unreplicated));
        let mut keep = len;
        for from in (begin..len).rev() {
            let Some(&txn) = all.get(from) else { continue };
            if txn.last_offset >= below {
                keep = keep.saturating_sub(1);
                if let Some(cell) = all.get_mut(keep) {
                    *cell = txn;
                }
            }
        }
        let left = u32::try_from(len.saturating_sub(keep)).unwrap_or(u32::MAX);
        let changed = left != self.unreplicated;
        self.unreplicated = left;
        changed
    }

    fn is_full(&self) -> bool {
        self.ongoing.saturating_add(self.unreplicated) >= self.capacity()
    }

    /// Two unreplicated transactions become one that spans both: the last stable offset may be
    /// late, but is never beyond an unreplicated one (R61). The newest two, since the oldest decide
    /// the offset now.
    fn merge_newest(&mut self) -> bool {
        let unreplicated = position(self.unreplicated);
        let all = self.entries.as_mut();
        let begin = all.len().saturating_sub(unreplicated);
        let Some([newest, second, ..]) = all.get_mut(begin..) else {
            return false;
        };
        second.last_offset = second.last_offset.max(newest.last_offset);
        self.unreplicated = self.unreplicated.wrapping_sub(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firsts(txns: &[OpenTransaction]) -> impl Iterator<Item = i64> {
        txns.iter().map(|txn| txn.first_offset)
    }

    #[test]
    fn r61_unreplicated_transactions_merge_when_full_and_hold_the_last_stable_offset_back() {
        let mut txns = Transactions::new([OpenTransaction::EMPTY; 4]);
        for first in [0, 10, 20, 30] {
            assert!(txns.open(first, first));
        }
        assert!(!txns.open(40, 40), "every entry is open");
        for first in [20, 0, 10] {
            assert!(txns.complete(first, first + 100));
        }
        assert_eq!(txns.room(), 2);
        assert!(txns.open(40, 40));
        assert!(firsts(txns.unreplicated()).eq([10, 0]), "20 went into 10");
        txns.remove_replicated(101);
        assert_eq!(txns.first_unstable_offset(), Some(10));
        txns.remove_replicated(111);
        assert_eq!(txns.first_unstable_offset(), Some(10), "late: 20's marker is at 120");
        txns.remove_replicated(121);
        assert_eq!(txns.first_unstable_offset(), Some(30));
    }

    #[test]
    fn transactions_stay_in_order_of_first_offset_whatever_the_order_of_arrival() {
        let mut txns = Transactions::new([OpenTransaction::EMPTY; 6]);
        for first in [5, 1, 3, 1, 9] {
            assert!(txns.open(first, 7));
        }
        assert!(firsts(txns.ongoing()).eq([1, 3, 5, 9]));
        for first in [3, 9, 1] {
            assert!(txns.complete(first, 50));
        }
        assert!(firsts(txns.unreplicated()).eq([9, 3, 1]));
        assert!(!txns.complete(3, 51), "it is no longer open");
        assert!(txns.open(3, 8) && txns.complete(3, 60));
        assert!(firsts(txns.unreplicated()).eq([9, 3, 1]), "replaced, as in a map");
    }

    #[test]
    fn r64_bigger_memory_keeps_what_is_open_and_what_is_unreplicated() {
        let mut txns = Transactions::new([OpenTransaction::EMPTY; 8].to_vec());
        for first in 0..8 {
            assert!(txns.open(first, first));
        }
        for first in [3, 5, 6] {
            assert!(txns.complete(first, 100 + first));
        }
        let mut grown = txns.clone();
        assert_eq!(grown.grow([OpenTransaction::EMPTY; 8].to_vec()).unwrap_err().len(), 8);
        assert_eq!(grown.grow([OpenTransaction::EMPTY; 20].to_vec()).unwrap().len(), 8);
        assert_eq!(grown.ongoing(), txns.ongoing());
        assert_eq!(grown.unreplicated(), txns.unreplicated());
        assert_eq!(grown.room(), 20 - 5 - 1);
    }

    #[test]
    fn r41_an_unreplicated_transaction_goes_when_its_marker_is_strictly_below() {
        let mut txns = Transactions::new([OpenTransaction::EMPTY; 2]);
        assert!(txns.open(3, 1) && txns.complete(3, 10));
        assert!(!txns.remove_replicated(10));
        assert_eq!(txns.first_unstable_offset(), Some(3));
        assert!(txns.remove_replicated(11));
        assert_eq!(txns.first_unstable_offset(), None);
    }
}
