//! What does a partition know?

use fencepost::broker::{LogRange, OpenTransaction, Slot};
use fencepost::ids::Timestamp;

use super::fencepost_partition;
use crate::batch::fencepost_batch_header;
use crate::boundary::handle::apart_from;
use crate::boundary::{In, Out, apart, on};
use crate::error::fencepost_batch_metadata;
use crate::shapes::{list, look};
use crate::status::fencepost_status::{self, *};

/// What a partition knows as a whole. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_partition_info {
    /// The offset up to which, exclusive, the state reflects the log.
    pub map_end_offset: i64,
    /// The first offset of the oldest open or unreplicated transaction, -1 if there is none.
    pub first_unstable_offset: i64,
    /// The first offset of the oldest open transaction, -1 if there is none.
    pub first_undecided_offset: i64,
    /// The offset a snapshot is to be taken for, -1 if nothing was recorded since the last one.
    pub snapshot_due: i64,
    /// How many producers are known.
    pub producers: u32,
    /// How many there is memory for.
    pub producers_capacity: u32,
    /// How many transactions are open.
    pub ongoing_transactions: u32,
    /// How many have ended with a marker that is not yet below the high watermark.
    pub unreplicated_transactions: u32,
    /// How many batches are undecided in the pipeline.
    pub undecided: u32,
    /// How many there is memory for.
    pub undecided_capacity: u32,
    /// 0.
    pub reserved: [u64; 4],
}

/// A producer as a partition knows it: what DescribeProducers shows, and its window. Frozen: it
/// never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_producer_description {
    /// The producer id.
    pub producer_id: i64,
    /// Largest timestamp of its last batch, or the time of its append, by the configuration;
    /// milliseconds since 1970, -1 if none is known.
    pub last_timestamp: i64,
    /// First offset of its open transaction, -1 if none is open.
    pub current_txn_start_offset: i64,
    /// Its epoch.
    pub producer_epoch: i32,
    /// Sequence of its last record, -1 if none is known.
    pub last_sequence: i32,
    /// Epoch of the coordinator of its last marker, -1 if none is known.
    pub coordinator_epoch: i32,
    /// How many batches are remembered, at most 5.
    pub window_len: u32,
    /// These batches, oldest first.
    pub window: [fencepost_batch_metadata; 5],
}

impl fencepost_producer_description {
    pub(crate) fn of(slot: &Slot) -> Self {
        let shown = slot.describe();
        let mut window = [fencepost_batch_metadata::NONE; 5];
        let mut window_len = 0;
        for (place, batch) in window.iter_mut().zip(slot.window().iter()) {
            *place = fencepost_batch_metadata::of(batch);
            window_len += 1;
        }
        Self {
            producer_id: shown.producer_id,
            last_timestamp: shown.last_timestamp,
            current_txn_start_offset: shown.current_txn_start_offset,
            producer_epoch: shown.producer_epoch,
            last_sequence: shown.last_sequence,
            coordinator_epoch: shown.coordinator_epoch,
            window_len,
            window,
        }
    }
}

/// An open transaction, or one whose marker is not replicated yet. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_transaction_range {
    /// Whose it is.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
    /// Offset of its marker; means nothing while it is open.
    pub last_offset: i64,
}

impl fencepost_transaction_range {
    fn of(range: &OpenTransaction) -> Self {
        let OpenTransaction { first_offset, last_offset, producer_id } = *range;
        Self { producer_id, first_offset, last_offset }
    }
}

/// What a partition knows as a whole. O(1). May run side by side with other calls that take it as
/// const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_look(
    partition: *const fencepost_partition,
    info: *mut fencepost_partition_info,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, info, |partition| {
            let core = partition.core();
            let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
            Ok(fencepost_partition_info {
                map_end_offset: core.map_end_offset(),
                first_unstable_offset: core.first_unstable_offset().unwrap_or(-1),
                first_undecided_offset: core.first_undecided_offset().unwrap_or(-1),
                snapshot_due: core.snapshot_due().unwrap_or(-1),
                producers: core.len(),
                producers_capacity: core.capacity(),
                ongoing_transactions: count(core.ongoing_transactions().len()),
                unreplicated_transactions: count(core.unreplicated_transactions().len()),
                undecided: count(partition.line.len()),
                undecided_capacity: count(partition.line.capacity()),
                reserved: [0; 4],
            })
        })
    }
}

/// What is known of one producer. O(1). May run side by side with other calls that take the
/// partition as const.
///
/// Errors: FENCEPOST_NOT_FOUND if it is not known.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_describe(
    partition: *const fencepost_partition,
    producer_id: i64,
    description: *mut fencepost_producer_description,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, description, |partition| {
            let slot = partition.core().producer(producer_id).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_producer_description::of(slot))
        })
    }
}

/// The known producers from number `from` on, in no particular order, as many as the array has room
/// for; `count` is told how many were written, 0 at the end. O(from + descriptions_len).
///
/// The numbers hold until the partition's next change. May run side by side with other calls that
/// take the partition as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_producers(
    partition: *const fencepost_partition,
    from: usize,
    descriptions: *mut fencepost_producer_description,
    descriptions_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        list(partition, from, (descriptions, descriptions_len), count, |partition| {
            Ok(partition.core().producers().map(fencepost_producer_description::of))
        })
    }
}

/// The open transactions in order of first offset (`unreplicated` 0), or those whose marker is not
/// yet below the high watermark, newest first (1): from number `from` on, as many as the array has
/// room for; `count` is told how many were written, 0 at the end. O(ranges_len). May run side by
/// side with other calls that take the partition as const.
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_transactions(
    partition: *const fencepost_partition,
    unreplicated: u32,
    from: usize,
    ranges: *mut fencepost_transaction_range,
    ranges_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        list(partition, from, (ranges, ranges_len), count, |partition| {
            let ranges = match crate::batch::flag(unreplicated)? {
                false => partition.core().ongoing_transactions(),
                true => partition.core().unreplicated_transactions(),
            };
            Ok(ranges.iter().map(fencepost_transaction_range::of))
        })
    }
}

/// The last stable offset: how far a READ_COMMITTED consumer may read of a log that begins at
/// log_start and is replicated up to high_watermark. O(1). May run side by side with other calls
/// that take the partition as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_last_stable_offset(
    partition: *const fencepost_partition,
    log_start: i64,
    high_watermark: i64,
    offset: *mut i64,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, offset, |partition| {
            let log = LogRange { start: log_start, high_watermark };
            Ok(partition.core().last_stable_offset(log))
        })
    }
}

/// Whether the oldest open transaction is late: nothing written by its producer for longer than
/// transaction.max.timeout.ms and five minutes. O(1). May run side by side with other calls that
/// take the partition as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_has_late_transaction(
    partition: *const fencepost_partition,
    now_ms: i64,
    late: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, late, |partition| {
            Ok(partition.core().has_late_transaction(Timestamp::from_millis(now_ms)))
        })
    }
}

/// Whether the producer has an open transaction in this epoch. O(1). May run side by side with
/// other calls that take the partition as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_has_open_transaction(
    partition: *const fencepost_partition,
    producer_id: i64,
    producer_epoch: i16,
    open: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, open, |partition| {
            Ok(partition.core().has_open_transaction(producer_id, producer_epoch))
        })
    }
}

/// The guard of a producer's verification that has not been used yet. O(1) while a quarter of the
/// guards is free. May run side by side with other calls that take the partition as const.
///
/// Errors: FENCEPOST_NOT_FOUND if there is none.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_verification(
    partition: *const fencepost_partition,
    producer_id: i64,
    guard: *mut u64,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, guard, |partition| {
            let entry = partition.core().verification(producer_id).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(entry.guard().to_bits())
        })
    }
}

/// Whether compaction must keep this batch, as an empty header if all its records go: the state of
/// its producer is replayed from it. O(1). May run side by side with other calls that take the
/// partition as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_must_keep(
    partition: *const fencepost_partition,
    header: *const fencepost_batch_header,
    keep: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(partition, |partition| {
            let (header, out) = (In::new(header)?, Out::new(keep)?);
            apart([out.extent()], [header.extent()])?;
            apart_from([out.extent()], partition)?;
            out.write(partition.core().must_keep(header.get().as_core()));
            Ok(())
        })
    }
}
