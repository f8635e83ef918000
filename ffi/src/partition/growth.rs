//! How does a partition move into bigger memory?

use fencepost::broker::{IndexLine, OpenTransaction, Slot, Storage, VerificationEntry};
use fencepost::pipeline::Undecided;

use super::fencepost_partition;
use super::handle::{Array, Arrays, Line};
use super::storage::fencepost_storage;
use crate::boundary::handle::{apart_from, exclusive, extent_of};
use crate::boundary::{Extent, Out, apart, on_mut};
use crate::status::fencepost_status::{self, *};

/// Where a partition lies, if not in its own block.
pub(crate) struct Growth {
    now: *mut fencepost_storage,
    /// What it still moves out of.
    moving: Option<Moving>,
    is_begun: bool,
    /// Of both storages.
    extents: [Extent; 2],
}

/// The storage that producers move out of, NULL for the partition's own block, and what has moved
/// out of it already.
struct Moving {
    from: *mut fencepost_storage,
    transactions: Array<OpenTransaction>,
    guards: Array<VerificationEntry>,
    pool: Array<Undecided>,
}

impl Moving {
    /// Nobody lies there any more: it may be moved into again.
    ///
    /// # Safety
    /// The storage, if there is one, is a living handle.
    unsafe fn leave(
        self,
        (slots, index): (Array<Slot>, Array<IndexLine>),
    ) -> *mut fencepost_storage {
        let Self { from, transactions, guards, pool } = self;
        // SAFETY: the caller promises the same.
        if let Some(from) = unsafe { from.as_mut() } {
            let storage = Storage { slots, index, transactions, guards };
            from.arrays = Some(Arrays { storage, pool });
            from.is_in_use = false;
        }
        from
    }
}

impl Growth {
    pub(super) const NONE: Self = Self {
        now: core::ptr::null_mut(),
        moving: None,
        is_begun: false,
        extents: [Extent::NOTHING; 2],
    };

    #[inline(always)]
    pub(super) fn beside(&self) -> Option<&[Extent; 2]> {
        if self.is_begun { Some(&self.extents) } else { None }
    }

    /// The partition ends: nobody lies in its storages any more.
    pub(super) fn end(&mut self) {
        let from = self.moving.take().map(|moving| moving.from);
        for storage in [Some(self.now), from].into_iter().flatten() {
            if !storage.is_null() {
                // SAFETY: a storage in use is not ended, so it is a living handle.
                unsafe { (*storage).is_in_use = false };
            }
        }
    }
}

impl Arrays {
    /// The whole line moves into these, its producers in steps. Gives what it moves out of at once.
    ///
    /// They are larger: [`super::config::Plan::is_below`].
    fn take(self, line: &mut Line) -> Result<Moving, fencepost_status> {
        let Self { storage, pool } = self;
        line.grow(storage.slots, storage.index).map_err(|_| FENCEPOST_STATE)?;
        // What there is none of does not move: then the new one is as empty as the old.
        let transactions = line.grow_transactions(storage.transactions);
        let guards = line.grow_guards(storage.guards);
        let pool = line.grow_pool(pool);
        Ok(Moving {
            from: core::ptr::null_mut(),
            transactions: transactions.unwrap_or_else(|same| same),
            guards: guards.unwrap_or_else(|same| same),
            pool: pool.unwrap_or_else(|same| same),
        })
    }
}

/// Begins to move into bigger memory: from now on the partition has room for more. Its producers
/// move by fencepost_partition_grow_step, with any other calls in between; the rest has moved when
/// this returns. The storage must hold more producers than now, and more transactions, guards and
/// undecided batches; what there is none of now may stay so. O(index of the storage + transactions
/// + guards + undecided). Tickets given before are stale then.
///
/// The storage belongs to the partition from now on, until fencepost_partition_grow_step releases
/// it or the partition ends: end it after that, not before.
///
/// Errors: FENCEPOST_VALUE if it is not bigger; FENCEPOST_STATE if a growth is under way, or the
/// storage is or was another partition's; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_grow(
    partition: *mut fencepost_partition,
    storage: *mut fencepost_storage,
) -> fencepost_status {
    // SAFETY: the header says what handles must be.
    unsafe {
        on_mut(partition, |partition| {
            let bigger = exclusive(storage)?;
            if partition.growth.moving.is_some() {
                return Err(FENCEPOST_STATE);
            }
            let arrays = bigger.arrays.take().ok_or(FENCEPOST_STATE)?;
            if !partition.plan.is_below(&arrays) {
                bigger.arrays = Some(arrays);
                return Err(FENCEPOST_VALUE);
            }
            let [producers, transactions, guards, undecided] =
                arrays.lens().map(|len| u32::try_from(len).unwrap_or(u32::MAX));
            let moving = arrays.take(&mut partition.line)?;
            let (plan, growth) = (&mut partition.plan, &mut partition.growth);
            (plan.producers, plan.transactions) = (producers, transactions);
            (plan.guards, plan.undecided) = (guards, undecided);
            bigger.is_in_use = true;
            growth.extents = [extent_of(bigger), growth.extents[0]];
            growth.moving = Some(Moving { from: growth.now, ..moving });
            growth.now = storage;
            growth.is_begun = true;
            partition.reaches_beyond();
            Ok(())
        })
    }
}

/// Moves up to `most` producers. `finished` is told whether all have moved, also if no growth is
/// under way. `released` is told the storage that the partition has moved out of and that is the
/// caller's again, to be ended or to grow into once more; NULL if there is none, as after the first
/// growth, and while producers still move. O(most).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_grow_step(
    partition: *mut fencepost_partition,
    most: u32,
    released: *mut *mut fencepost_storage,
    finished: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let (released, finished) = (Out::new(released)?, Out::new(finished)?);
            let written = [released.extent(), finished.extent()];
            apart(written, [])?;
            apart_from(written, partition)?;
            let growth = &mut partition.growth;
            let mut left = core::ptr::null_mut();
            if let Some(moved) = partition.line.grow_step(most) {
                growth.extents[1] = Extent::NOTHING;
                if let Some(moving) = growth.moving.take() {
                    left = moving.leave(moved);
                }
            }
            released.write(left);
            finished.write(growth.moving.is_none());
            Ok(())
        })
    }
}
