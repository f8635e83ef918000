//! Whose is this ticket? Each machine that gives tickets has a number of its own.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that no other machine of the process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home(u64);

impl Home {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
