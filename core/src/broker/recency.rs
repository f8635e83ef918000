//! Which producer was recorded least recently?
//!
//! A doubly linked list through the slots, kept only where the policy asks for it: each record then
//! relinks two neighbours.

use super::index::IndexLine;
use super::slot::{NO_SLOT, Slot};
use super::table::{Memory, Table};
use crate::window::Tag;

type Producers<S, I, T> = Table<S, I, Slot<T>>;

/// The two ends of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recency {
    oldest: u32,
    newest: u32,
}

impl Recency {
    pub(super) const EMPTY: Self = Self { oldest: NO_SLOT, newest: NO_SLOT };

    pub(super) fn oldest(self) -> Option<u32> {
        (self.oldest != NO_SLOT).then_some(self.oldest)
    }

    /// A slot that is not in the list becomes the newest.
    pub(super) fn add<S: Memory<Slot<T>>, I: Memory<IndexLine>, T: Tag>(
        &mut self,
        table: &mut Producers<S, I, T>,
        slot: u32,
    ) {
        set(table, slot, |s| (s.older, s.newer) = (self.newest, NO_SLOT));
        if self.newest == NO_SLOT {
            self.oldest = slot;
        } else {
            set(table, self.newest, |s| s.newer = slot);
        }
        self.newest = slot;
    }

    /// A slot leaves the list.
    pub(super) fn unlink<S: Memory<Slot<T>>, I: Memory<IndexLine>, T: Tag>(
        &mut self,
        table: &mut Producers<S, I, T>,
        slot: u32,
    ) {
        let Some((older, newer)) = table.get(slot).map(|s| (s.older, s.newer)) else {
            return;
        };
        self.relink(table, older, newer, newer, older);
    }

    /// The slot of this number has moved to another one: its neighbours follow.
    pub(super) fn moved<S: Memory<Slot<T>>, I: Memory<IndexLine>, T: Tag>(
        &mut self,
        table: &mut Producers<S, I, T>,
        to: u32,
    ) {
        let Some((older, newer)) = table.get(to).map(|s| (s.older, s.newer)) else {
            return;
        };
        self.relink(table, older, to, newer, to);
    }

    /// Sets what comes after `older` and what comes before `newer`, at the ends too.
    fn relink<S: Memory<Slot<T>>, I: Memory<IndexLine>, T: Tag>(
        &mut self,
        table: &mut Producers<S, I, T>,
        older: u32,
        after_older: u32,
        newer: u32,
        before_newer: u32,
    ) {
        if older == NO_SLOT {
            self.oldest = after_older;
        } else {
            set(table, older, |s| s.newer = after_older);
        }
        if newer == NO_SLOT {
            self.newest = before_newer;
        } else {
            set(table, newer, |s| s.older = before_newer);
        }
    }
}

fn set<S: Memory<Slot<T>>, I: Memory<IndexLine>, T: Tag>(
    table: &mut Producers<S, I, T>,
    slot: u32,
    change: impl FnOnce(&mut Slot<T>),
) {
    if let Some(cell) = table.get_mut(slot) {
        change(cell);
    }
}
