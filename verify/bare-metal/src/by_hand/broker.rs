use core::iter::from_fn;

use fencepost::broker::{
    AbortedTransaction, Batch, CompletedTransaction, Ended, Origin, ReloadFull, TxnIndex,
    TxnIndexError, VerificationEntry,
};
use fencepost::ids::Timestamp;
use fencepost::wire::MarkerError;

use crate::types::{Append, BatchView, Partition, Scratch, Slot};

/// `broker::Batch::read`
pub(crate) fn read(view: &BatchView) -> Result<Batch, MarkerError> {
    Batch::read(view)
}

/// `broker::Partition::append`
pub(crate) fn append(
    partition: &'static mut Partition,
    scratch: &'static mut Scratch,
    origin: Origin,
    now: Timestamp,
) -> Append {
    partition.append(scratch, origin, now)
}

/// `broker::Append::commit`
pub(crate) fn commit(append: Append, completed: fn(CompletedTransaction)) -> Result<(), Ended> {
    append.commit(completed)
}

/// `broker::Partition::load_all`
pub(crate) fn load_all(
    partition: &mut Partition,
    producers: fn() -> Option<Slot>,
    now: Timestamp,
) -> Result<u32, ReloadFull> {
    partition.load_all(from_fn(producers), now)
}

/// `broker::Partition::prefetch`
pub(crate) fn prefetch(partition: &Partition, producer_ids: fn() -> Option<i64>) {
    partition.prefetch(from_fn(producer_ids));
}

/// `broker::Partition::producers`
pub(crate) fn producers(partition: &Partition, see: fn(&Slot)) {
    super::walk(partition.producers(), see);
}

/// `broker::Partition::verifications`
pub(crate) fn verifications(partition: &Partition, see: fn(&VerificationEntry)) {
    super::walk(partition.verifications(), see);
}

/// `broker::TxnIndex::collect_aborted`
pub(crate) fn collect_aborted(
    index: TxnIndex<'_>,
    fetch_offset: i64,
    upper_bound: i64,
    aborted: fn(AbortedTransaction),
) -> Result<bool, TxnIndexError> {
    index.collect_aborted(fetch_offset, upper_bound, aborted)
}
