//! What happens to a partition's log beside appends.

use fencepost::ids::Timestamp;

use super::fencepost_partition;
use super::offset;
use crate::batch::flag;
use crate::boundary::handle::apart_from;
use crate::boundary::{Out, on_mut};
use crate::shapes::look;
use crate::status::fencepost_status::{self, *};

/// What a step of expiry did. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_swept {
    /// How many producers were forgotten.
    pub forgotten: u32,
    /// Whether every producer and verification has been looked at.
    pub finished: bool,
    /// 0.
    pub reserved: [u8; 3],
}

/// Forgets expired producers and verifications, looking at no more than `most`. O(most).
///
/// Kafka looks at all of them every ten minutes, under the log's lock: call until it is finished
/// for the same result, with other work in between. A producer with undecided batches stays.
/// swept is told what was done; NULL if nobody asks.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_expire(
    partition: *mut fencepost_partition,
    now_ms: i64,
    most: u32,
    swept: *mut fencepost_swept,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let out = if swept.is_null() { None } else { Some(Out::new(swept)?) };
            if let Some(out) = &out {
                apart_from([out.extent()], partition)?;
            }
            let swept = partition.line.expire(Timestamp::from_millis(now_ms), most);
            if let Some(out) = out {
                out.write(fencepost_swept {
                    forgotten: swept.forgotten,
                    finished: swept.finished,
                    reserved: [0; 3],
                });
            }
            Ok(())
        })
    }
}

/// Transactions whose marker is below the high watermark are stable. O(unreplicated).
///
/// Errors: FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_handle_high_watermark(
    partition: *mut fencepost_partition,
    high_watermark: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            partition.line.handle_high_watermark(offset::offset(high_watermark)?);
            Ok(())
        })
    }
}

/// The log's start has moved up (retention, DeleteRecords). latest_snapshot is the highest offset a
/// snapshot file exists for, -1 if there is none. Producers stay. O(unreplicated).
///
/// Errors: FENCEPOST_VALUE for another number below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_handle_log_start(
    partition: *mut fencepost_partition,
    log_start: i64,
    latest_snapshot: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            let (log_start, latest) =
                (offset::offset(log_start)?, offset::offset_or_none(latest_snapshot)?);
            partition.line.handle_log_start(log_start, latest);
            Ok(())
        })
    }
}

/// The log was emptied and begins again at this offset. Every snapshot file is to be deleted.
/// Verifications stay. O(producers).
///
/// A log that was truncated to an offset above its start is reloaded instead:
/// fencepost_partition_needs_reload, fencepost_partition_restore, and replay.
///
/// Errors: FENCEPOST_UNDECIDED; FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_truncate_fully(
    partition: *mut fencepost_partition,
    start_at: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            let start_at = offset::offset(start_at)?;
            partition.core_mut()?.truncate_fully(start_at);
            Ok(())
        })
    }
}

/// The state reflects the log up to here, exclusive: after a roll, after replay of a segment, after
/// all batches of a load, also those without a producer. O(1).
///
/// Errors: FENCEPOST_UNDECIDED; FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_set_map_end_offset(
    partition: *mut fencepost_partition,
    offset: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            let behind = offset::offset(offset)?;
            partition.core_mut()?.set_map_end_offset(behind);
            Ok(())
        })
    }
}

/// Whether a log that ends at this offset needs the state to be loaded and replayed anew. O(1). May
/// run side by side with other calls that take the partition as const.
///
/// Errors: FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_needs_reload(
    partition: *const fencepost_partition,
    log_end: i64,
    needs: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, needs, |partition| {
            Ok(partition.core().needs_reload(offset::offset(log_end)?))
        })
    }
}

/// Forgets all producers and transactions, because there is no good snapshot: replay begins at the
/// log's start. Verifications stay. O(producers).
///
/// Errors: FENCEPOST_UNDECIDED; FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_restore_nothing(
    partition: *mut fencepost_partition,
    log_start: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            let log_start = offset::offset(log_start)?;
            partition.core_mut()?.finish_reload_without_snapshot(log_start);
            Ok(())
        })
    }
}

/// A snapshot was written, and made durable, for this offset. O(1).
///
/// Errors: FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_snapshot_taken(
    partition: *mut fencepost_partition,
    offset: i64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            partition.line.snapshot_taken(offset::offset(offset)?);
            Ok(())
        })
    }
}

/// Turns verification of transactional writes on (1) or off (0). O(1).
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_set_verification(
    partition: *mut fencepost_partition,
    enabled: u32,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            partition.line.set_verification(flag(enabled)?);
            Ok(())
        })
    }
}

/// Changes producer.id.expiration.ms, at least 1. O(1).
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_set_expiration_ms(
    partition: *mut fencepost_partition,
    millis: u32,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            if millis == 0 {
                return Err(FENCEPOST_VALUE);
            }
            partition.line.set_expiration_ms(millis);
            partition.plan.expiration_ms = millis;
            Ok(())
        })
    }
}
