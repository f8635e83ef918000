//! May this batch be appended while earlier ones are still being written?

use fencepost::broker::{Batch, Context};
use fencepost::pipeline::{Admission, NotUndecided, RecordError, Ticket, Undecided};

use super::admission::{fencepost_completed, fencepost_verdict};
use super::handle::Line;
use super::{fencepost_partition, offset};
use crate::batch::{fencepost_batch, fencepost_context};
use crate::boundary::handle::apart_from;
use crate::boundary::{Extent, In, Out, OutSlice, apart, on, on_mut, options};
use crate::error::{Facts, Tell, Teller, fencepost_batch_metadata, fencepost_error};
use crate::shapes::{Inputs, answer, list};
use crate::status::fencepost_status::{self, *};

/// What becomes of a batch that is not refused by a pipeline. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_pipelined {
    /// A fencepost_verdict.
    pub verdict: u32,
    /// 0.
    pub reserved: u32,
    /// Of FENCEPOST_VERDICT_APPEND and FENCEPOST_VERDICT_PENDING the undecided batch; 0 from
    /// fencepost_pipeline_admit, which begins nothing.
    pub ticket: u64,
    /// Of FENCEPOST_VERDICT_DUPLICATE the offset of the first record, which is answered; else -1.
    pub first_offset: i64,
    /// Of FENCEPOST_VERDICT_DUPLICATE the batch as it is remembered.
    pub seen: fencepost_batch_metadata,
}

impl fencepost_pipelined {
    fn new(verdict: fencepost_verdict, ticket: u64) -> Self {
        let (verdict, seen) = (verdict as u32, fencepost_batch_metadata::NONE);
        Self { verdict, reserved: 0, ticket, first_offset: -1, seen }
    }
}

/// An undecided batch. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_undecided {
    /// Its name.
    pub ticket: u64,
    /// Whose it is, -1 for a batch without a producer.
    pub producer_id: i64,
    /// Whether its write ended without an answer, so that it may be on the log.
    pub unknown: bool,
    /// 0.
    pub reserved: [u8; 7],
}

impl fencepost_undecided {
    fn of(undecided: &Undecided) -> Self {
        Self {
            ticket: undecided.ticket().to_bits(),
            producer_id: undecided.producer_id().unwrap_or(-1),
            unknown: undecided.is_unknown(),
            reserved: [0; 7],
        }
    }
}

impl Tell for RecordError {
    fn facts(&self) -> Facts {
        match self {
            Self::NotUndecided(_) => Facts::of(FENCEPOST_NOT_UNDECIDED, -1),
            Self::NotNext { ticket, next } => Facts::of(FENCEPOST_NOT_NEXT, -1)
                .numbers(next.to_bits().cast_signed(), ticket.to_bits().cast_signed()),
        }
    }
}

/// Decides on one batch as fencepost_partition_admit would if all undecided batches of its producer
/// had been recorded, and changes nothing. O(undecided). May run side by side with other calls that
/// take the partition as const.
///
/// Errors: a status from 200 on is the refusal that the client is answered with error.kafka_code;
/// in what it says an undecided batch begins at offset -1.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_admit(
    partition: *const fencepost_partition,
    batch: *const fencepost_batch,
    context: *const fencepost_context,
    pipelined: *mut fencepost_pipelined,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(partition, |partition| {
            let ((batch, context), read) = asked(batch, context)?;
            let (out, teller) = (Out::new(pipelined)?, Teller::new(error)?);
            let written = [out.extent(), teller.extent(), teller.text()];
            apart(written, read)?;
            apart_from(written, partition)?;
            let decided = partition.line.admit(&batch, &context);
            out.write(settled(decided.map_err(|refusal| teller.tell(&refusal))?));
            Ok(())
        })
    }
}

/// What is to be decided on.
///
/// # Safety
/// Both pointers are as the header asks.
unsafe fn asked(
    batch: *const fencepost_batch,
    context: *const fencepost_context,
) -> Inputs<(Batch, Context), 2> {
    // SAFETY: the caller promises the same.
    let (batch, (context, context_at)) = unsafe { (In::new(batch)?, options(context)?) };
    Ok(((batch.get().read()?, context.read()?), [batch.extent(), context_at]))
}

/// A verdict with which nothing begins.
fn settled(admission: Admission) -> fencepost_pipelined {
    match admission {
        Admission::Append(_) => {
            fencepost_pipelined::new(fencepost_verdict::FENCEPOST_VERDICT_APPEND, 0)
        }
        Admission::Pending(ticket) => {
            fencepost_pipelined::new(fencepost_verdict::FENCEPOST_VERDICT_PENDING, ticket.to_bits())
        }
        Admission::Duplicate(seen) => fencepost_pipelined {
            first_offset: seen.first_offset(),
            seen: fencepost_batch_metadata::of(seen),
            ..fencepost_pipelined::new(fencepost_verdict::FENCEPOST_VERDICT_DUPLICATE, 0)
        },
    }
}

/// Decides as fencepost_pipeline_admit does, and of FENCEPOST_VERDICT_APPEND takes the batch as
/// being written: it is undecided from now on, the newest of all, and what it needs to be recorded
/// is kept for it. Call it before the write. O(undecided).
///
/// Errors: those of fencepost_pipeline_admit; nothing has changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_begin(
    partition: *mut fencepost_partition,
    batch: *const fencepost_batch,
    context: *const fencepost_context,
    pipelined: *mut fencepost_pipelined,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let inputs = || asked(batch, context);
        answer(partition, inputs, pipelined, error, |partition, (batch, context), teller| {
            let decided = partition.line.admit(&batch, &context);
            Ok(match decided.map_err(|refusal| teller.tell(&refusal))? {
                Admission::Append(permit) => {
                    let begun = partition.line.begin(permit).map_err(|_| FENCEPOST_TICKET_STALE)?;
                    fencepost_pipelined::new(
                        fencepost_verdict::FENCEPOST_VERDICT_APPEND,
                        begun.to_bits(),
                    )
                }
                other => settled(other),
            })
        })
    }
}

/// The oldest undecided batch is on the log, at this base offset: does what
/// fencepost_partition_record does. O(1), plus what that says. completed is as there.
///
/// Errors: FENCEPOST_NOT_UNDECIDED; FENCEPOST_NOT_NEXT if an older one is undecided;
/// FENCEPOST_VALUE for an offset below 0 or above FENCEPOST_BASE_OFFSET_MAX.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_record(
    partition: *mut fencepost_partition,
    ticket: u64,
    base_offset: i64,
    completed: *mut fencepost_completed,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let (out, teller) = (Out::optional(completed)?, Teller::new(error)?);
            let told = out.map_or(Extent::NOTHING, |out| out.extent());
            apart_from([told, teller.extent(), teller.text()], partition)?;
            let base_offset = offset::base_offset(base_offset)?;
            let done = partition.line.record(Ticket::from_bits(ticket), base_offset);
            let done = done.map_err(|error| teller.tell(&error))?;
            if let Some(out) = out {
                out.write(fencepost_completed::of(done));
            }
            Ok(())
        })
    }
}

/// Takes undecided batches away, and tells which: all or none, so there must be room before.
///
/// # Safety
/// As of [`on_mut`], and of the two outputs.
unsafe fn take_away(
    partition: *mut fencepost_partition,
    (tickets, tickets_len): (*mut u64, usize),
    count: *mut usize,
    which: impl FnOnce(&mut Line, &mut dyn FnMut(Ticket)) -> Result<(), NotUndecided>,
) -> fencepost_status {
    // SAFETY: the caller promises the same.
    unsafe {
        on_mut(partition, |partition| {
            let (mut all, count) = (OutSlice::new(tickets, tickets_len)?, Out::new(count)?);
            apart_from([all.extent(), count.extent()], partition)?;
            if all.len() != 0 && all.len() < partition.line.len() {
                return Err(FENCEPOST_BUFFER_TOO_SMALL);
            }
            let mut told = 0;
            let abandoned = which(&mut partition.line, &mut |gone| {
                // There is room, or nobody asks.
                let _ = all.write(told, gone.to_bits());
                told += 1;
            });
            abandoned.map_err(|_| FENCEPOST_NOT_UNDECIDED)?;
            count.write(told);
            Ok(())
        })
    }
}

/// The batch is not on the log and never will be, and neither will those of its producer that were
/// begun after it. The partition is as if none of them had come. `tickets` is told which, oldest
/// first, and `count` how many: answer their senders with a retriable error. It has room for as
/// many as are undecided, or is NULL if nobody asks. O(undecided).
///
/// Errors: FENCEPOST_NOT_UNDECIDED, FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_abandon(
    partition: *mut fencepost_partition,
    ticket: u64,
    tickets: *mut u64,
    tickets_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take_away(partition, (tickets, tickets_len), count, |line, gone| {
            line.abandon(Ticket::from_bits(ticket), gone)
        })
    }
}

/// The same, and none of those that were begun after it is on the log either, whoever's they are:
/// the writes of a partition go one behind the other, and this one failed. Those before it stay.
/// `tickets` and `count` are as of fencepost_pipeline_abandon. O(undecided).
///
/// Errors: FENCEPOST_NOT_UNDECIDED, FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_abandon_from(
    partition: *mut fencepost_partition,
    ticket: u64,
    tickets: *mut u64,
    tickets_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take_away(partition, (tickets, tickets_len), count, |line, gone| {
            line.abandon_from(Ticket::from_bits(ticket), gone)
        })
    }
}

/// None of the undecided batches counts: the broker no longer leads the partition, or is about to
/// reload it. If any may be on the log, reload the partition and replay the log before it decides
/// again. `tickets` and `count` are as of fencepost_pipeline_abandon. O(undecided).
///
/// Errors: FENCEPOST_BUFFER_TOO_SMALL.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_abandon_all(
    partition: *mut fencepost_partition,
    tickets: *mut u64,
    tickets_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        take_away(partition, (tickets, tickets_len), count, |line, gone| {
            line.abandon_all(gone);
            Ok(())
        })
    }
}

/// The write ended without an answer: the batch may be on the log, or come to be. It stays
/// undecided, its retries stay pending, and no new batch of its producer is admitted, until it is
/// recorded or abandoned. O(undecided).
///
/// Errors: FENCEPOST_NOT_UNDECIDED.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_mark_unknown(
    partition: *mut fencepost_partition,
    ticket: u64,
) -> fencepost_status {
    // SAFETY: the header says what a handle must be.
    unsafe {
        on_mut(partition, |partition| {
            let marked = partition.line.mark_unknown(Ticket::from_bits(ticket));
            marked.map_err(|_| FENCEPOST_NOT_UNDECIDED)
        })
    }
}

/// The undecided batches, oldest first, from number `from` on, as many as the array has room for;
/// `count` is told how many were written, 0 at the end. O(from + undecided_len). May run side by
/// side with other calls that take the partition as const.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_pipeline_undecided(
    partition: *const fencepost_partition,
    from: usize,
    undecided: *mut fencepost_undecided,
    undecided_len: usize,
    count: *mut usize,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        list(partition, from, (undecided, undecided_len), count, |partition| {
            Ok(partition.line.undecided().map(fencepost_undecided::of))
        })
    }
}
