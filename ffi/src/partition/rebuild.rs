//! What is to be loaded and replayed when a log is opened, recovered or truncated?

use fencepost::snapshot::rebuild::{LogShape, ReplaySegment};

use super::fencepost_partition;
use super::offset::offset;
use crate::batch::flag;
use crate::boundary::{Extent, InSlice, Out, OutSlice, Versioned, apart, call, options};
use crate::shapes::look;
use crate::status::fencepost_status::{self, *};

/// What a rebuild needs to know of a log.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_log_shape {
    /// sizeof(fencepost_log_shape).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The base offsets of its segments, ascending.
    pub segment_bases: *const i64,
    /// How many there are.
    pub segment_bases_len: usize,
    /// The log start offset.
    pub log_start: i64,
    /// The offset to rebuild up to, exclusive: the log's end, or where recovery stands.
    pub last_offset: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers and a pointer only.
unsafe impl Versioned for fencepost_log_shape {
    const FIRST: usize = size_of::<Self>();
}

/// A log's shape, and the two extents it takes.
///
/// # Safety
/// The pointer, and the one in it, are as the header asks.
unsafe fn shape<'a>(
    log: *const fencepost_log_shape,
) -> Result<(LogShape<'a>, [Extent; 2]), fencepost_status> {
    // SAFETY: the caller promises the same.
    let (log, log_at) = unsafe { options(log) }?;
    // SAFETY: the same.
    let bases = unsafe { InSlice::new(log.segment_bases, log.segment_bases_len) }?;
    let lowest = bases.get().first().copied().unwrap_or(0);
    if log.reserved != 0 || !bases.get().is_sorted() || lowest < 0 {
        return Err(FENCEPOST_VALUE);
    }
    let (segment_bases, at) = (bases.get(), [log_at, bases.extent()]);
    let (log_start, last_offset) = (offset(log.log_start)?, offset(log.last_offset)?);
    Ok((LogShape { segment_bases, log_start, last_offset }, at))
}

/// Whether the files are not read at all: after a clean shutdown (1), without any snapshot file.
/// Every producer is forgotten then, though its batches are in the log; that is Kafka's. Any
/// thread, any time.
///
/// If so, for each of fencepost_rebuild_snapshot_points set the partition's map end and take a
/// snapshot if one is due. If not, in this order:
///
/// Ask fencepost_rebuild_was_empty, before anything else. Truncate and reload
/// (fencepost_snapshot_outside_log, fencepost_partition_needs_reload, fencepost_partition_restore
/// or fencepost_partition_restore_nothing). Unless it was empty, for each segment of
/// fencepost_rebuild_replay set the map end to `from`, take a snapshot if it says so and one is
/// due, and replay its batches as one fencepost_partition_append with FENCEPOST_ORIGIN_REPLICATION.
/// Set the map end to the last offset, and take a snapshot if one is due.
///
/// Errors: FENCEPOST_VALUE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_rebuild_skips_files(
    was_clean_shutdown: u32,
    snapshots: usize,
    skips: *mut bool,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let out = unsafe { Out::new(skips) }?;
        let nothing = LogShape { segment_bases: &[], log_start: 0, last_offset: 0 };
        // Only whether there is any counts.
        let listing: &[i64] = if snapshots == 0 { &[] } else { &[0] };
        out.write(nothing.skips_files(flag(was_clean_shutdown)?, listing));
        Ok(())
    })
}

/// Where snapshots are taken: the bases of the two newest segments, and the last offset. `points`
/// has room for 3; `count` is told how many there are. O(segments). Any thread.
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL; FENCEPOST_VALUE if the bases do not ascend, or for an offset
/// below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_rebuild_snapshot_points(
    log: *const fencepost_log_shape,
    points: *mut i64,
    points_len: usize,
    count: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((log, at), mut all, count) =
            unsafe { (shape(log)?, OutSlice::new(points, points_len)?, Out::new(count)?) };
        apart([all.extent(), count.extent()], at)?;
        if all.len() < 3 {
            return Err(FENCEPOST_BUFFER_TOO_SMALL);
        }
        let points = log.snapshot_points();
        for (n, point) in points.iter().enumerate() {
            all.write(n, *point)?;
        }
        count.write(points.len());
        Ok(())
    })
}

/// Whether replay is left out because nothing can come of it: the partition knew no producer
/// **before** the log was truncated, and reflected it up to the last offset. O(1). May run side by
/// side with other calls that take the partition as const.
///
/// Errors: FENCEPOST_VALUE for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_rebuild_was_empty(
    partition: *const fencepost_partition,
    last_offset: i64,
    was_empty: *mut bool,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(partition, was_empty, |partition| {
            let last_offset = offset(last_offset)?;
            let log = LogShape { segment_bases: &[], log_start: 0, last_offset };
            let core = partition.core();
            Ok(log.was_empty(core.is_empty(), core.map_end_offset()))
        })
    }
}

/// A segment to replay. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_replay_segment {
    /// The segment's base offset.
    pub base_offset: i64,
    /// Replay from the batch that contains this offset, as a whole; set the map end to it before.
    pub from: i64,
    /// Replay up to, exclusive, the first batch whose last offset is at or above this; to the
    /// segment's end if it is 9223372036854775807.
    pub until: i64,
    /// Whether a snapshot is to be taken before the replay, if one is due.
    pub takes_snapshot: bool,
    /// 0.
    pub reserved: [u8; 7],
}

impl fencepost_replay_segment {
    fn of(segment: ReplaySegment) -> Self {
        Self {
            base_offset: segment.base_offset,
            from: segment.from,
            until: segment.until.unwrap_or(i64::MAX),
            takes_snapshot: segment.takes_snapshot,
            reserved: [0; 7],
        }
    }
}

/// The segments to replay after the reload, which has left the partition at map_end
/// (fencepost_partition_look), from number `from` on, as many as the array has room for; `count` is
/// told how many were written, 0 at the end. O(segments). Any thread.
///
/// Errors: FENCEPOST_VALUE if the bases do not ascend, or for an offset below 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_rebuild_replay(
    log: *const fencepost_log_shape,
    map_end: i64,
    from: usize,
    segments: *mut fencepost_replay_segment,
    segments_len: usize,
    count: *mut usize,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let ((log, at), mut all, count) =
            unsafe { (shape(log)?, OutSlice::new(segments, segments_len)?, Out::new(count)?) };
        apart([all.extent(), count.extent()], at)?;
        let (map_end, mut written) = (offset(map_end)?, 0);
        for segment in log.replay(map_end).skip(from).take(all.len()) {
            all.write(written, fencepost_replay_segment::of(segment))?;
            written += 1;
        }
        count.write(written);
        Ok(())
    })
}
