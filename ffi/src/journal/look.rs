//! What does a journal know?

use fencepost::journal::{Kept, KeptBatch};
use fencepost::producer::BatchId;

use super::value::{fencepost_cursor, fencepost_place, fencepost_unwritten};
use crate::producer::fencepost_producer;
use crate::shapes::look;
use crate::status::fencepost_status::{self, *};

/// Where a journal stands. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_journal_info {
    /// How many bytes it has, with those that are not known to be durable. 0 before it was begun.
    pub len: u64,
    /// Up to where it is durable.
    pub durable_len: u64,
    /// About how many bytes it takes when it is written anew.
    pub live_len: u64,
    /// How often it was written anew.
    pub turn: u64,
    /// How often it was opened.
    pub generation: u64,
    /// Where its holder holds it.
    pub place: fencepost_place,
    /// Whether it is time for fencepost_journal_compact: half of the capacity is used, and half of
    /// that is no longer needed.
    pub should_compact: bool,
    /// Whether it is in a file.
    pub in_file: bool,
    /// 0.
    pub reserved: [u8; 6],
}

/// Where the journal stands. O(partitions). May run side by side with other calls that take the
/// producer as const.
///
/// Errors: FENCEPOST_STATE if no journal is open.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_look(
    producer: *const fencepost_producer,
    info: *mut fencepost_journal_info,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, info, |producer| {
            let open = producer.open()?;
            let journal = open.producing.journal();
            Ok(fencepost_journal_info {
                len: journal.len(),
                durable_len: journal.durable_len(),
                live_len: journal.live_len(),
                turn: journal.turn(),
                generation: journal.generation(),
                place: fencepost_place { bytes: journal.place() },
                should_compact: journal.should_compact(),
                in_file: open.is_in_file(),
                reserved: [0; 6],
            })
        })
    }
}

/// A batch that a journal holds, and whose outcome is not known. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_journaled_batch {
    /// What the producer calls it; 18446744073709551615 until its partition is bound.
    pub batch: u64,
    /// Where its bytes are, from the journal's beginning.
    pub at: u64,
    /// The largest timestamp of its records, in milliseconds since 1970.
    pub max_timestamp: i64,
    /// When it was sent first, by the wall clock; milliseconds since 1970.
    pub first_sent_ms: i64,
    /// How many its bytes are.
    pub len: u32,
    /// Its first sequence.
    pub base_sequence: i32,
    /// How many records it holds.
    pub records: i32,
    /// Where in its source it ends.
    pub cursor: fencepost_cursor,
}

impl fencepost_journaled_batch {
    fn of(kept: &KeptBatch) -> Self {
        Self {
            batch: kept.name.map_or(u64::MAX, BatchId::get),
            at: kept.at,
            max_timestamp: kept.max_timestamp.as_millis(),
            first_sent_ms: kept.first_sent.as_millis(),
            len: kept.len,
            base_sequence: kept.base_sequence.get(),
            records: kept.records,
            cursor: fencepost_cursor::of(kept.cursor),
        }
    }
}

fn kept(producer: &fencepost_producer, partition: u32) -> Result<&Kept, fencepost_status> {
    let journal = producer.open()?.producing.journal();
    journal.kept(partition).ok_or(FENCEPOST_PRODUCER_NO_PARTITION)
}

/// The undecided batch `n` of a partition, from 0, oldest first: after a crash these are resolved
/// and sent again, so get their bytes ready. O(1). May run side by side with other calls that take
/// the producer as const.
///
/// Errors: FENCEPOST_NOT_FOUND behind the last one, FENCEPOST_PRODUCER_NO_PARTITION,
/// FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_undecided(
    producer: *const fencepost_producer,
    partition: u32,
    n: u32,
    batch: *mut fencepost_journaled_batch,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, batch, |producer| {
            let kept = kept(producer, partition)?;
            let n = usize::try_from(n).map_err(|_| FENCEPOST_NOT_FOUND)?;
            let batch = kept.batches().nth(n).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_journaled_batch::of(batch))
        })
    }
}

/// Batch `n` of a partition that did not end as written, from 0, the newest last: each until one
/// with the same cursor was written, and at most eight. After a crash some of them may not have
/// been told yet. Whether they are sent again is the application's choice. O(1). May run side by
/// side with other calls that take the producer as const.
///
/// Errors: FENCEPOST_NOT_FOUND behind the last one, FENCEPOST_PRODUCER_NO_PARTITION,
/// FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_unwritten(
    producer: *const fencepost_producer,
    partition: u32,
    n: u32,
    unwritten: *mut fencepost_unwritten,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, unwritten, |producer| {
            let kept = kept(producer, partition)?;
            let found = usize::try_from(n).ok().and_then(|n| kept.unwritten().get(n));
            Ok(fencepost_unwritten::of(found.ok_or(FENCEPOST_NOT_FOUND)?))
        })
    }
}

/// Up to where a partition's source is written: the cursor of its newest batch that ended so, as
/// far as the journal tells it (a verdict is told with the partition's next batch, or by
/// fencepost_journal_trim). O(1). May run side by side with other calls that take the producer as
/// const.
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_STATE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_journal_cursor(
    producer: *const fencepost_producer,
    partition: u32,
    cursor: *mut fencepost_cursor,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, cursor, |producer| {
            Ok(fencepost_cursor::of(kept(producer, partition)?.cursor()))
        })
    }
}
