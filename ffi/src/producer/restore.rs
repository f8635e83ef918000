//! A partition's numbers after a crash, for callers who keep them in a place of their own.

use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Timestamp};
use fencepost::producer::{RestoredBatch, RestoredPartition, Standing};

use super::fencepost_producer;
use crate::batch::flag;
use crate::boundary::handle::extent_of;
use crate::boundary::{Out, Versioned, apart, on_mut, options};
use crate::error::{Teller, fencepost_error};
use crate::shapes::{command, list, look, nothing};
use crate::status::fencepost_status::{self, *};

/// What is kept of a partition.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_kept_partition {
    /// sizeof(fencepost_kept_partition).
    pub struct_size: u32,
    /// The sequence that the next new batch would get.
    pub next_sequence: i32,
    /// The producer id.
    pub producer_id: i64,
    /// The epoch of this partition.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
    /// The last sequence acknowledged in this epoch, -1 if none was.
    pub last_acked: i32,
    /// The last offset acknowledged, -1 if none is known.
    pub last_acked_offset: i64,
    /// An offset before which nothing of this producer stands, -1 if none is known.
    pub first_use_offset: i64,
    /// The largest timestamp of the newest acknowledged batch, if has_newest_acked.
    pub newest_acked: i64,
    /// 1 if newest_acked is known.
    pub has_newest_acked: u32,
    /// 1 if this producer id was acknowledged here at all.
    pub acked_ever: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_kept_partition {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_kept_partition {
    pub(crate) fn read(&self) -> Result<RestoredPartition, fencepost_status> {
        let id = ProducerId::new(self.producer_id).ok_or(FENCEPOST_VALUE)?;
        let epoch = Epoch::new(self.producer_epoch).ok_or(FENCEPOST_VALUE)?;
        let offset = |offset: i64| (offset >= 0).then_some(offset);
        if self.reserved != 0 || self.last_acked < -1 {
            return Err(FENCEPOST_VALUE);
        }
        Ok(RestoredPartition {
            identity: Identity { id, epoch },
            next_sequence: Sequence::new(self.next_sequence).ok_or(FENCEPOST_VALUE)?,
            last_acked: Sequence::new(self.last_acked),
            last_acked_offset: offset(self.last_acked_offset),
            first_use_offset: offset(self.first_use_offset),
            newest_acked: flag(self.has_newest_acked)?
                .then_some(Timestamp::from_millis(self.newest_acked)),
            acked_ever: flag(self.acked_ever)?,
        })
    }

    pub(crate) fn of(kept: &RestoredPartition) -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            next_sequence: kept.next_sequence.get(),
            producer_id: kept.identity.id.get(),
            producer_epoch: kept.identity.epoch.get(),
            reserved: 0,
            last_acked: kept.last_acked.map_or(-1, Sequence::get),
            last_acked_offset: kept.last_acked_offset.unwrap_or(-1),
            first_use_offset: kept.first_use_offset.unwrap_or(-1),
            newest_acked: kept.newest_acked.map_or(-1, Timestamp::as_millis),
            has_newest_acked: kept.newest_acked.is_some().into(),
            acked_ever: kept.acked_ever.into(),
        }
    }
}

/// A batch that was sent, or may have been, and has no verdict. Its bytes are the caller's, the
/// same as before.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_kept_batch {
    /// sizeof(fencepost_kept_batch).
    pub struct_size: u32,
    /// Its first sequence.
    pub base_sequence: i32,
    /// How many records it holds.
    pub records: i32,
    /// 0.
    pub reserved: u32,
    /// The largest timestamp of its records, in milliseconds since 1970.
    pub max_timestamp: i64,
    /// From when its delivery timeout counts: now, for a batch that is worth a whole new one;
    /// milliseconds since 1970.
    pub created_ms: i64,
    /// When it was sent first, by the wall clock; milliseconds since 1970.
    pub first_sent_ms: i64,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_kept_batch {
    const FIRST: usize = size_of::<Self>();
}

/// What is to be kept of a partition, in a place that survives a crash. Its undecided batches are
/// the caller's to keep, with their bytes. O(1). May run side by side with other calls that take
/// the producer as const.
///
/// `kept` is written whole, struct_size too.
///
/// Errors: FENCEPOST_NOT_FOUND if the partition was never used, FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_keep(
    producer: *const fencepost_producer,
    partition: u32,
    kept: *mut fencepost_kept_partition,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        look(producer, kept, |producer| {
            producer.check(partition)?;
            let kept = producer.core()?.kept(partition).ok_or(FENCEPOST_NOT_FOUND)?;
            Ok(fencepost_kept_partition::of(&kept))
        })
    }
}

/// Puts a partition back as it was kept. Its undecided batches follow, oldest first
/// (fencepost_producer_restore_batch). The producer's newest identity comes before, by
/// fencepost_producer_handle_identity; without one it takes the partition's. When all is decided,
/// and before anything new is numbered, call fencepost_producer_bump. O(1).
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION, FENCEPOST_PRODUCER_UNSETTLED for a partition that has
/// been used, FENCEPOST_VALUE. FENCEPOST_STATE for a journaled producer: fencepost_journal_bind
/// does it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_restore(
    producer: *mut fencepost_producer,
    partition: u32,
    kept: *const fencepost_kept_partition,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let ((kept, kept_at), teller) = (options(kept)?, Teller::new(error)?);
            apart([teller.extent(), teller.text()], [kept_at, extent_of(producer)])?;
            let restored = producer.plain_mut()?.restore(partition, &kept.read()?);
            restored.map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// Puts a batch back that has no verdict. Whether it was sent is forgotten, so it is possibly
/// written until it is resolved, and resolving begins at once. `batch` is told its name. O(1).
///
/// Errors: FENCEPOST_PRODUCER_FULL, FENCEPOST_PRODUCER_RECORD_COUNT; FENCEPOST_PRODUCER_UNSETTLED
/// if it does not lie behind the batches before it and before the partition's next sequence, or if
/// the partition was not restored; FENCEPOST_VALUE. FENCEPOST_STATE for a journaled producer:
/// fencepost_journal_bind does it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_restore_batch(
    producer: *mut fencepost_producer,
    partition: u32,
    kept: *const fencepost_kept_batch,
    now_ms: i64,
    batch: *mut u64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(producer, |producer| {
            let ((kept, kept_at), out) = (options(kept)?, Out::new(batch)?);
            let teller = Teller::new(error)?;
            let read = [kept_at, extent_of(producer)];
            apart([out.extent(), teller.extent(), teller.text()], read)?;
            if kept.reserved != 0 {
                return Err(FENCEPOST_VALUE);
            }
            let batch = RestoredBatch {
                base_sequence: Sequence::new(kept.base_sequence).ok_or(FENCEPOST_VALUE)?,
                records: kept.records,
                max_timestamp: Timestamp::from_millis(kept.max_timestamp),
                created: Timestamp::from_millis(kept.created_ms),
                first_sent: Timestamp::from_millis(kept.first_sent_ms),
            };
            let now = Timestamp::from_millis(now_ms);
            let name = producer.plain_mut()?.restore_batch(partition, batch, now);
            out.write(name.map_err(|refusal| teller.tell(&refusal))?.get());
            Ok(())
        })
    }
}

/// Begins another epoch on a partition of which nothing is undecided: what a producer does that
/// comes back after a crash, so that numbers it forgot are never used twice. At epoch 32767 another
/// producer id is asked for. O(1).
///
/// Errors: FENCEPOST_PRODUCER_UNSETTLED while a batch is undecided, or if the partition was never
/// used; FENCEPOST_PRODUCER_MUST_ABORT for a transactional producer;
/// FENCEPOST_PRODUCER_NO_PARTITION. FENCEPOST_STATE for a journaled producer, which does it by
/// itself.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_bump(
    producer: *mut fencepost_producer,
    partition: u32,
    now_ms: i64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        command(producer, nothing, error, |producer, (), teller| {
            let bumped = producer.plain_mut()?.bump(partition, Timestamp::from_millis(now_ms));
            bumped.map_err(|refusal| teller.tell(&refusal))
        })
    }
}

/// A batch as a partition holds it: undecided, or decided and the verdict not taken yet. Frozen: it
/// never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_standing_batch {
    /// Its name.
    pub batch: u64,
    /// The largest timestamp of its records, in milliseconds since 1970.
    pub max_timestamp: i64,
    /// When it was sent first, or numbered to be; milliseconds since 1970.
    pub first_sent_ms: i64,
    /// Its first sequence, under the partition's identity (fencepost_producer_keep).
    pub base_sequence: i32,
    /// How many records it holds.
    pub records: i32,
    /// How often it was sent; the number of its newest attempt.
    pub attempts: u32,
    /// Whether it is sent and not answered.
    pub on_wire: bool,
    /// Whether it has its verdict, which was not taken yet.
    pub has_ended: bool,
    /// 0.
    pub reserved: [u8; 2],
}

impl fencepost_standing_batch {
    fn of(batch: Standing) -> Self {
        Self {
            batch: batch.batch.get(),
            max_timestamp: batch.max_timestamp.as_millis(),
            first_sent_ms: batch.first_sent.as_millis(),
            base_sequence: batch.base_sequence.get(),
            records: batch.records,
            attempts: batch.attempts,
            on_wire: batch.on_wire,
            has_ended: batch.verdict.is_some(),
            reserved: [0; 2],
        }
    }
}

/// The batches of a partition in the order of their sequences, those with it whose verdict was not
/// taken: what is to be kept, with their bytes, beside fencepost_producer_keep. From number `from`
/// on, as many as the array has room for; `count` is told how many were written, 0 at the end.
/// O(batches). May run side by side with other calls that take the producer as const.
///
/// Errors: FENCEPOST_PRODUCER_NO_PARTITION.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_producer_batches(
    producer: *const fencepost_producer,
    partition: u32,
    from: usize,
    batches: *mut fencepost_standing_batch,
    batches_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        list(producer, from, (batches, batches_len), count, |producer| {
            producer.check(partition)?;
            Ok(producer.core()?.batches(partition).map(fencepost_standing_batch::of))
        })
    }
}
