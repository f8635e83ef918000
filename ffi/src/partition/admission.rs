//! May this batch be appended, and what changes when it is?

use core::mem::offset_of;

use fencepost::broker::{Admission, CompletedTransaction, TICKET_WORDS, Verification};
use fencepost::ids::Timestamp;

use super::{fencepost_partition, offset};
use crate::batch::{fencepost_batch, fencepost_context, flag};
use crate::boundary::handle::{MARGIN, apart_from, extent_of, is_far_from, well};
use crate::boundary::{
    In, InSlice, Out, Versioned, apart, are_plain, on, on_mut, options, plainly,
};
use crate::error::{Teller, fencepost_batch_metadata, fencepost_error};
use crate::status::fencepost_status::{self, *};

/// The right to record one batch: plain data that may be copied, kept and thrown away. Good until
/// the partition's next change; a late or changed one is refused. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_ticket {
    /// The library's.
    pub opaque: [u64; 12],
}

const _: () = assert!(TICKET_WORDS <= 12);
const _: () = assert!(size_of::<fencepost_admission>() <= MARGIN);

/// What becomes of a batch that is not refused: fencepost_admission.verdict.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_verdict {
    /// Write it, then record the ticket.
    FENCEPOST_VERDICT_APPEND = 1,
    /// It is on the log already: answer where.
    FENCEPOST_VERDICT_DUPLICATE = 2,
    /// It is being written just now, by a pipeline: answer when that is decided.
    FENCEPOST_VERDICT_PENDING = 3,
}

/// What becomes of a batch that is not refused. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_admission {
    /// A fencepost_verdict. It says which of the members below are written; the others keep what
    /// was in them.
    pub verdict: u32,
    /// 0.
    pub reserved: u32,
    /// Of FENCEPOST_VERDICT_DUPLICATE the offset of the first record, which is answered.
    pub first_offset: i64,
    /// Of FENCEPOST_VERDICT_DUPLICATE the batch as it is remembered; its timestamp is the answer's
    /// log-append time, whatever the topic's timestamp type is.
    pub seen: fencepost_batch_metadata,
    /// Of FENCEPOST_VERDICT_APPEND what to record.
    pub ticket: fencepost_ticket,
}

/// A transaction that a marker ended. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_completed {
    /// Whose it was; -1 if the batch ended none, and then nothing else here means anything.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
    /// Offset of its marker.
    pub last_offset: i64,
    /// The last stable offset as it was before, which the .txnindex wants.
    pub last_stable_offset: i64,
    /// Whether it was aborted: then it belongs into the .txnindex.
    pub aborted: bool,
    /// 0.
    pub reserved: [u8; 7],
}

impl fencepost_completed {
    pub(crate) const NONE: Self = Self {
        producer_id: -1,
        first_offset: -1,
        last_offset: -1,
        last_stable_offset: -1,
        aborted: false,
        reserved: [0; 7],
    };

    #[inline(always)]
    pub(crate) fn of(completed: Option<CompletedTransaction>) -> Self {
        completed.map_or(Self::NONE, |done| Self {
            producer_id: done.producer_id,
            first_offset: done.first_offset,
            last_offset: done.last_offset,
            last_stable_offset: done.last_stable_offset,
            aborted: done.aborted,
            reserved: [0; 7],
        })
    }
}

/// Writes what was found to the caller's struct, and no more of it than the verdict asks for.
impl Out<fencepost_admission> {
    #[inline(always)]
    pub(crate) fn append(self, words: &[u64; TICKET_WORDS]) {
        let out = self.as_ptr();
        // SAFETY: the struct was checked; all of these are places in it.
        unsafe {
            (&raw mut (*out).verdict).write(fencepost_verdict::FENCEPOST_VERDICT_APPEND as u32);
            (&raw mut (*out).reserved).write(0);
            (&raw mut (*out).ticket.opaque).cast::<[u64; TICKET_WORDS]>().write(*words);
        }
    }

    #[inline(always)]
    pub(crate) fn duplicate(self, seen: fencepost::window::BatchMetadata) {
        let out = self.as_ptr();
        // SAFETY: the struct was checked; all of these are places in it.
        unsafe {
            (&raw mut (*out).verdict).write(fencepost_verdict::FENCEPOST_VERDICT_DUPLICATE as u32);
            (&raw mut (*out).reserved).write(0);
            (&raw mut (*out).first_offset).write(seen.first_offset());
            (&raw mut (*out).seen).write(fencepost_batch_metadata::of(seen));
        }
    }
}

/// Asks for the memory of these producers, so that what is asked of them next does not wait for it.
/// Changes no answer, and any id may be given, known or not. Worth it where several batches are at
/// hand together, and there are more producers than a core's cache holds: a dozen or two, then each
/// of them admitted, then the next dozen. Of more at once the first have left the nearest cache by
/// the time they are needed. O(producer_ids_len).
///
/// May run side by side with other calls that take the partition as const, and while the pipeline
/// holds batches. The ids are not kept.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_prefetch(
    partition: *const fencepost_partition,
    producer_ids: *const i64,
    producer_ids_len: usize,
) -> fencepost_status {
    // Ids, not batches or headers at some stride: whoever has batches copies a dozen numbers, which
    // is less than one of the waits it spares, and who has not made them yet, or keeps them in a
    // struct of its own, has ids all the same.
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(partition, |partition| {
            let producer_ids = InSlice::new(producer_ids, producer_ids_len)?;
            partition.core().prefetch(producer_ids.get().iter().copied());
            Ok(())
        })
    }
}

/// Decides on one batch, and changes nothing: the whole of a partition's produce request in Kafka.
/// O(1), plus the search for a victim when every slot is taken and the policy evicts.
///
/// Then write the batch and call fencepost_partition_record, or drop the ticket. May run side by
/// side with other calls that take the partition as const.
///
/// Errors: a status from 200 on is the refusal that the client is answered with error.kafka_code.
/// FENCEPOST_UNDECIDED while the pipeline holds batches: then fencepost_pipeline_begin decides.
/// What error points to may be looked at only if the call does not succeed.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_admit(
    partition: *const fencepost_partition,
    batch: *const fencepost_batch,
    context: *const fencepost_context,
    admission: *mut fencepost_admission,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        let done =
            plainly(partition, || admit_plainly(partition, batch, context, admission, error));
        match done {
            Some(status) => status,
            None => admit_with_care(partition, batch, context, admission, error),
        }
    }
}

/// What most calls come to: a client's records without a guard, that are not refused. Everything is
/// checked as in [`admit_with_care`], but several things at once and before anything is copied;
/// what is not as it mostly is, is left to that.
///
/// # Safety
/// As the header says of the call.
#[inline(always)]
unsafe fn admit_plainly(
    partition: *const fencepost_partition,
    batch: *const fencepost_batch,
    context: *const fencepost_context,
    admission: *mut fencepost_admission,
    error: *const fencepost_error,
) -> bool {
    // An error may be NULL: eight behind it is as plain as it is, and so is 8.
    let told = error.addr().wrapping_add(8);
    if !are_plain([partition.addr(), batch.addr(), context.addr(), admission.addr(), told]) {
        return false;
    }
    // SAFETY: all are aligned and not NULL. Of a context as much is there as it says, at least the
    // size; if a struct was too near to the end of memory, its address would not have been plain.
    unsafe {
        let Some(partition) = well(partition) else { return false };
        if !fencepost_context::is_of_client(context) {
            return false;
        }
        let (batch, context) = (In::plain(batch), In::plain(context));
        let out = Out::plain(admission);
        let clear = apart([out.extent()], [batch.extent(), context.extent()]).is_ok();
        if !clear || !(is_far_from(partition, admission.addr()) || lies_outside(partition, out)) {
            return false;
        }
        let rare = context.bits_from(offset_of!(fencepost_context, guard));
        let (batch, context) = (batch.get(), context.get());
        if rare | u64::from(batch.kind) | partition.line.len() as u64 != 0 {
            return false;
        }
        let core = partition.core();
        match core.admit_records(batch.header.as_core(), context.now()) {
            Some(Admission::Append(ticket)) => out.append(&core.ticket_to_words(&ticket)),
            Some(Admission::Duplicate(seen)) => out.duplicate(seen),
            None => return false,
        }
    }
    true
}

/// Of an answer that lies near the partition, or of a partition that has grown.
#[cold]
fn lies_outside(partition: &fencepost_partition, out: Out<fencepost_admission>) -> bool {
    apart_from([out.extent()], partition).is_ok()
}

/// The call with everything checked one by one.
///
/// # Safety
/// As the header says of the call.
#[cold]
unsafe fn admit_with_care(
    partition: *const fencepost_partition,
    batch: *const fencepost_batch,
    context: *const fencepost_context,
    admission: *mut fencepost_admission,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on(partition, |partition| {
            let (batch, out) = (In::new(batch)?, Out::new(admission)?);
            let (context, context_at) = options(context)?;
            let teller = Teller::new(error)?;
            teller.apart(out.extent(), [batch.extent(), context_at, extent_of(partition)])?;
            if let Some(beside) = partition.growth.beside() {
                teller.apart(out.extent(), *beside)?;
            }
            let (batch, context) = (batch.get().read()?, context.read()?);
            if !partition.line.is_empty() {
                return Err(FENCEPOST_UNDECIDED);
            }
            let core = partition.core();
            match core.admit(&batch, &context) {
                Ok(Admission::Append(ticket)) => out.append(&core.ticket_to_words(&ticket)),
                Ok(Admission::Duplicate(seen)) => out.duplicate(seen),
                Err(rejection) => return Err(teller.tell(&rejection)),
            }
            Ok(())
        })
    }
}

/// Applies an admitted batch that was written at this base offset (a marker's offset is its base
/// offset), and moves the map end behind it. O(1), plus the search for a victim; where it ends a
/// transaction O(open and unreplicated ones that began after it).
///
/// completed is told the transaction that the batch ended; NULL if nobody asks. That the offset
/// lies behind those before it is the log's to see to, and is not looked at.
///
/// Errors: FENCEPOST_TICKET_STALE, FENCEPOST_TICKET_FOREIGN, FENCEPOST_UNDECIDED; FENCEPOST_VALUE
/// for an offset below 0 or above FENCEPOST_BASE_OFFSET_MAX. Nothing is changed then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_record(
    partition: *mut fencepost_partition,
    ticket: *const fencepost_ticket,
    base_offset: i64,
    completed: *mut fencepost_completed,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let ticket = In::new(ticket)?;
            let out = if completed.is_null() { None } else { Some(Out::new(completed)?) };
            if let Some(out) = &out {
                apart([out.extent()], [ticket.extent()])?;
                apart_from([out.extent()], partition)?;
            }
            let base_offset = offset::base_offset(base_offset)?;
            let core = partition.core_mut()?;
            let [words @ .., _, _, _, _] = &ticket.get().opaque;
            let ticket = core.ticket_from_words(words).map_err(|_| FENCEPOST_TICKET_FOREIGN)?;
            let done = core.record(ticket, base_offset).map_err(|_| FENCEPOST_TICKET_STALE)?;
            if let Some(out) = out {
                out.write(fencepost_completed::of(done));
            }
            Ok(())
        })
    }
}

/// A transactional write that is to be verified with its coordinator (KIP-890).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_verification {
    /// sizeof(fencepost_verification).
    pub struct_size: u32,
    /// The first sequence of the batch that waits for it.
    pub base_sequence: i32,
    /// The producer id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// 0.
    pub reserved: u16,
    /// 1 if the client knows transaction version 2.
    pub supports_epoch_bump: u32,
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_verification {
    const FIRST: usize = 24;
}

/// Begins the verification of a transactional write. The guard belongs into the context of the
/// write, once the coordinator has confirmed the transaction; 0 if none is needed. O(1) while a
/// quarter of the guards is free.
///
/// Errors: FENCEPOST_STALE_EPOCH, FENCEPOST_GUARDS_FULL, FENCEPOST_VALUE;
/// FENCEPOST_VERIFICATION_WAITS if batches of the producer are undecided.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_partition_start_verification(
    partition: *mut fencepost_partition,
    wanted: *const fencepost_verification,
    now_ms: i64,
    guard: *mut u64,
    error: *mut fencepost_error,
) -> fencepost_status {
    // SAFETY: the header says what handles and pointers must be.
    unsafe {
        on_mut(partition, |partition| {
            let ((wanted, wanted_at), guard) = (options(wanted)?, Out::new(guard)?);
            let teller = Teller::new(error)?;
            let written = [guard.extent(), teller.extent(), teller.text()];
            apart(written, [wanted_at])?;
            apart_from(written, partition)?;
            let supports_epoch_bump = flag(wanted.supports_epoch_bump)?;
            if wanted.reserved != 0 {
                return Err(FENCEPOST_VALUE);
            }
            let verification = Verification {
                producer_id: wanted.producer_id,
                producer_epoch: wanted.producer_epoch,
                base_sequence: wanted.base_sequence,
                supports_epoch_bump,
            };
            let begun = partition
                .line
                .start_verification(&verification, Timestamp::from_millis(now_ms))
                .map_err(|refusal| teller.tell(&refusal))?;
            guard.write(begun.to_bits());
            Ok(())
        })
    }
}
